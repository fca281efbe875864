"""Roles of claims, from texts alone: whether a model says a claim itself (construction), whether calibration makes sure
of it (physiology), or whether the model has to show it (test).

Kept in `library/claim-roles/LEDGER.yaml` before anything is calibrated; nothing here runs or reads a result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from vesicula.evidence.claims import ledger
from vesicula.evidence.folder import library_folder
from vesicula.evidence.physiology import physiology_of, tissues
from vesicula.evidence.yaml_data import parsed
from vesicula.experiments.verdicts.asked import files_of, said_by, tested_with
from vesicula.language import prepare

Kind = Literal["construction", "physiology", "test"]
EXPERIMENTS = ("mechanism", "intervention", "clinical")
"""Kinds of claims that an experiment can test."""
HEAD = """\
# Roles of claims, from the texts alone: `vesicula verify MODEL --roles` writes them. construction: a sentence that
# cites the claim, or a step of its experiment, says the answer itself; physiology: a constraint of calibration
# restates it; test: every other one. revised: by hand, why.
"""


@dataclass(frozen=True)
class Role:
    """Role of a claim. file : its experiment, "" where none is written      says : what says a construction claim
    revised : why its text was changed after a verdict
    """

    role: Kind
    file: str = ""
    says: str = ""
    revised: str = ""


def computed_roles(name: str) -> dict[str, Role]:
    """Role of each claim of a ledger that an experiment can test. Raises ModelError where a file has mistakes.

    A claim that several experiments test is a construction claim where one of them is answered by a sentence.
    """
    found: dict[str, Role] = {}
    for path in files_of(name):
        model = prepare(path)
        for one in model.experiments:
            if one.as_printed:
                continue
            said = said_by(model, one)
            role = Role("construction", path.stem, said[0].text) if said else Role("test", path.stem)
            for key in tested_with(one.claim):
                if key not in found or (found[key].role == "test" and role.role == "construction"):
                    found[key] = role
    for one in (constraint for tissue in tissues() for constraint in physiology_of(tissue)):
        for key in one.restates:
            found[key] = Role("physiology", found[key].file if key in found else "", f"{one.tissue}: {one.id}")
    claims = (key for key, one in ledger(name).items() if one.kind in EXPERIMENTS and one.has_experiment)
    return {key: found.get(key, Role("test")) for key in claims}


def roles_file(name: str) -> Path:
    """Where the roles of a ledger are kept."""
    return library_folder() / "claim-roles" / f"{name}.yaml"


@lru_cache(maxsize=8)
def roles(name: str) -> Mapping[str, Role]:
    """The roles of a ledger as they are kept; empty where none are."""
    path = roles_file(name)
    return read_roles(path) if path.is_file() else MappingProxyType({})


def read_roles(path: Path) -> Mapping[str, Role]:
    """Roles from their file."""
    rows = cast("Mapping[str, Mapping[str, str]]", parsed(path) or {})
    return MappingProxyType({key: Role(**cast("dict", row)) for key, row in rows.items()})


def with_remarks(now: Mapping[str, Role], kept: Mapping[str, Role]) -> dict[str, Role]:
    """Computed roles with what was written by hand beside the kept ones."""
    return {key: replace(role, revised=kept[key].revised) if key in kept else role for key, role in now.items()}


def roles_text(found: Mapping[str, Role]) -> str:
    """Roles as they are kept."""
    lines = [HEAD]
    for key, role in found.items():
        lines.append(f"{key}:\n")
        said = {"role": role.role, "file": role.file, "says": role.says, "revised": role.revised}
        lines += [f"  {name}: {json.dumps(text, ensure_ascii=False)}\n" for name, text in said.items() if text]
    return "".join(lines)
