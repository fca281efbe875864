"""The claim ledgers: which statements there are, and what each says, apart from what it expects of an experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from vesicula.evidence.folder import library_folder

NOT_LEDGERS = ("vocabulary",)


@dataclass(frozen=True)
class Claim:
    """One statement of a review. study: authors, year and title of the original paper where it is known."""

    id: str
    ledger: str
    kind: str
    text: str
    text_zh: str
    species: str | None
    setting: str
    study: str | None
    doubts: str | None
    software: str | None
    restates: tuple[str, ...]
    has_experiment: bool


def _ledger_paths() -> list[Path]:
    folder = library_folder() / "claims"
    return sorted(path for path in folder.glob("*.yaml") if path.stem not in NOT_LEDGERS)


@lru_cache(maxsize=1)
def ledger_of() -> Mapping[str, str]:
    """Claim id -> name of its ledger, for all claims; reads no more than the ids."""
    pattern = re.compile(r"^- id: ([a-z]{2}-[0-9]{3})\s*$", flags=re.MULTILINE)
    table: dict[str, str] = {}
    for path in _ledger_paths():
        table.update(dict.fromkeys(pattern.findall(path.read_text(encoding="utf-8")), path.stem))
    return MappingProxyType(table)


@lru_cache(maxsize=8)
def ledger(name: str) -> Mapping[str, Claim]:
    """All claims of a ledger by id. Raises KeyError for a name that is no ledger."""
    from ruamel.yaml import YAML

    paths = {path.stem: path for path in _ledger_paths()}
    data = cast("Mapping[str, object]", YAML(typ="safe").load(paths[name]))  # pyright: ignore[reportUnknownMemberType]
    rows = cast("list[Mapping[str, object]]", data["claims"])
    return MappingProxyType({str(row["id"]): _claim(row, name) for row in rows})


def _claim(row: Mapping[str, object], name: str) -> Claim:
    context = cast("Mapping[str, str | None]", row["context"])
    study = cast("Mapping[str, object] | None", row.get("study"))
    cited = None
    if study is not None:
        cited = " ".join(str(study[key]) for key in ("authors", "year", "title") if study.get(key))
    return Claim(
        id=str(row["id"]),
        ledger=name,
        kind=str(row["kind"]),
        text=str(row["text"]),
        text_zh=str(row["text_zh"]),
        species=context.get("species"),
        setting=str(context.get("setting")),
        study=cited,
        doubts=cast("str | None", row.get("doubts")),
        software=cast("str | None", row.get("software")),
        restates=tuple(cast("list[str]", row.get("restates") or [])),
        has_experiment=row.get("experiment") is not None,
    )


def claim(claim_id: str) -> Claim:
    """One claim. Raises KeyError for an id that no ledger has."""
    return ledger(ledger_of()[claim_id])[claim_id]
