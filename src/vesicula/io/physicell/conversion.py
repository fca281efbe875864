"""A project of PhysiCell as a model text, a table of its cells, and an account of what became of what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vesicula.io.physicell.account import Account
from vesicula.io.physicell.celltypes import cell_tree
from vesicula.io.physicell.definitions import Definition, read_definitions
from vesicula.io.physicell.leftovers import tell_leftovers
from vesicula.io.physicell.markup import Element, read_markup
from vesicula.io.physicell.names import Names, slug
from vesicula.io.physicell.outline import Outline
from vesicula.io.physicell.page import header, page
from vesicula.io.physicell.positions import Start, read_start, table_text
from vesicula.io.physicell.responses import write_rules
from vesicula.io.physicell.rulesets import Row, Vocabulary, check_words, read_rulesets
from vesicula.io.physicell.space import SITE, Substrate, read_domain, read_substrates, read_times
from vesicula.io.trouble import refuse
from vesicula.language.writing.models import Tree, text_of

ROOT = "PhysiCell_settings"
SETTINGS = "PhysiCell_settings.xml"
OLDEST, NEWEST = (1, 10), (1, 14)
"""Versions of PhysiCell whose settings are read; what was renamed in between is known by both names."""
OWN_CODE = "custom_modules"
INNER = {
    "maboss": "a Boolean network of MaBoSS", "roadrunner": "equations of SBML", "dfba": "flux balance of SBML",
    "librr": "equations of SBML",
}  # fmt: skip


@dataclass(frozen=True)
class Conversion:
    """What a project became. text : the model; cells : table of those with places; page : the account"""

    name: str
    text: str
    cells: str | None
    account: Account
    page: str

    @property
    def files(self) -> dict[str, str]:
        """Names of the files that belong together, with what stands in them."""
        table = {} if self.cells is None else {f"{self.name}-cells.csv": self.cells}
        return {f"{self.name}.yaml": self.text, **table, f"{self.name}-account.md": self.page}


def convert_project(path: Path, *, name: str | None = None, unit: Mapping[str, str] | None = None) -> Conversion:
    """Convert a project. path : its folder, or its settings file; name : of the model; unit : substrate -> what one is.

    Raises FileError where a file is missing, no such project, or wrong.
    """
    settings = find_settings(path)
    home = _home(settings)
    file = settings.absolute().relative_to(home).as_posix()
    root = read_markup(settings, file)
    account = Account()
    version = _version(root)
    account.read(file, f"settings of PhysiCell, version {version}")
    named = slug(name or (home.name if settings.name == SETTINGS else settings.stem))
    tree, start = _model(root, home, named, dict(unit or {}), account)
    if (home / OWN_CODE).is_dir():
        account.unequal(root, f"{OWN_CODE}/", "own C++ code is not read: what it does beyond the template is missing")
    tell_leftovers(root, account)
    cells = table_text(start.placed, flat=root.needed("domain").switch("use_2D")) if start.placed else None
    text = header(named, version, account) + text_of(tree)
    return Conversion(named, text, cells, account, page(named, version, account))


def _home(settings: Path) -> Path:
    """The folder that paths of a project start from: above `config`, else that of the settings."""
    above = settings.absolute().parents
    config = next((one for one in above if one.name == "config"), None)
    return settings.absolute().parent if config is None else config.parent


def find_settings(path: Path) -> Path:
    """The settings file of a project. Raises FileError where there is none, or more than one."""
    try:
        folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError):
        folder = exists = False
    if not exists:
        refuse(
            str(path),
            "file-missing",
            "nothing stands at that place",
            "name a folder of PhysiCell, or its settings file",
        )
    if not folder:
        return path
    for found in (path / "config" / SETTINGS, path / SETTINGS):
        if found.is_file():
            return found
    several = sorted(one for inside in (path / "config", path) if inside.is_dir() for one in inside.glob("*.xml"))
    if len(several) == 1:
        return several[0]
    if several:
        listed = ", ".join(one.relative_to(path).as_posix() for one in several[:6])
        refuse(str(path), "file-asked", f"it has several settings: {listed}", "name the one that is meant")
    refuse(str(path), "file-missing", f"it has no config/{SETTINGS}", "name the settings file of the project")


def _version(root: Element) -> str:
    if root.tag != ROOT:
        root.source.refuse(
            "file-form", f"`<{root.tag}>` begins no settings of PhysiCell", f"they begin with `<{ROOT}>`",
            line=root.line, words=root.tag,
        )  # fmt: skip
    said = root.attributes.get("version", "").strip()
    numbers = re.match(r"(\d{1,4})\.(\d{1,4})", said)
    if numbers and not OLDEST <= (int(numbers[1]), int(numbers[2])) <= NEWEST:
        between = " to ".join(f"{major}.{minor}" for major, minor in (OLDEST, NEWEST))
        root.source.refuse(
            "file-form", f"settings of PhysiCell {said}; those of {between} are read",
            'write version="1.14.2" if PhysiCell 1.14 runs them', line=root.line, words=said,
        )  # fmt: skip
    return said or "unsaid"


def _model(
    root: Element, home: Path, name: str, unit: dict[str, str], account: Account
) -> tuple[dict[str, Tree], Start]:  # fmt: skip
    """The model, block by block, and its cells at the start."""
    domain = read_domain(root, account)
    substances, cells = Names(), Names()
    substrates = read_substrates(root, substances, unit, account)
    cells.others = (substances,)
    definitions = read_definitions(root, cells, substances, account)
    _inner(root, account)
    rows = read_rulesets(root, home, account)
    vocabulary = Vocabulary(tuple(substrates), tuple(definitions), _custom(root))
    check_words(rows, vocabulary)
    largest = max((one.level for one in substrates.values()), default=0.0)
    targets = [one.target for cell in definitions for one in cell.exchange.values() if one.secretion > 0]
    largest = max([largest, *targets]) or 1.0
    blocks = {
        cell.name: _cell(Outline(cell, substrates, cells, domain), rows, vocabulary, account, largest=largest)
        for cell in definitions
    }
    start = read_start(root, home, domain, definitions, account)
    sentences = [*([f"cells from ./{name}-cells.csv"] if start.placed else []), *start.sentences]
    tree: dict[str, Tree] = {
        "vesicula": "1", "model": name, "about": f"Converted from the PhysiCell project {name}; see {name}-account.md.",
        "rules": "averaged", "sites": {SITE: domain.tree},
        "substances": {one.name: one.tree for one in substrates.values()},
        "cells": {**blocks},
    }  # fmt: skip
    if sentences:
        tree["start"] = sentences
    tree["measure"] = _measures(definitions, substrates)
    tree["run"] = read_times(root, account)
    return tree, start


def _cell(
    outline: Outline, rows: list[Row], vocabulary: Vocabulary, account: Account, *, largest: float
) -> dict[str, Tree]:  # fmt: skip
    own = [one for one in rows if one.cell == outline.cell.said]
    rules = write_rules(own, outline, vocabulary, account)
    return cell_tree(outline, rules, account, largest=largest)


def _measures(cells: list[Definition], substrates: dict[str, Substrate]) -> dict[str, Tree]:
    """What PhysiCell's saves are mostly read for: numbers of cells, and mean levels."""
    counts: dict[str, Tree] = {f"{one.name} cells": f"count of {one.name} in {SITE}" for one in cells}
    levels: dict[str, Tree] = {
        f"mean {one.name}": f"concentration of {one.name} in {SITE} in {one.unit}" for one in substrates.values()
    }
    return {**counts, **levels}


def _inner(root: Element, account: Account) -> None:
    """Models inside cells, by name."""
    for definition in root.all("cell_definitions/cell_definition"):
        for one in definition.all("phenotype/intracellular"):
            for part in one.walk():
                part.seen = True
            kind = one.attributes.get("type", "").strip()
            files = [part.text for part in one.walk() if part.tag.endswith("_filename") and part.text]
            what = f"{definition.name()}: intracellular {kind or 'of no type'} ({', '.join(files) or 'no file'})"
            why = f"{INNER.get(kind, 'a model inside cells')} is not read"
            account.unequal(one, what, f"{why}; write its nodes and edges under `inside` or `networks`")


def _custom(root: Element) -> tuple[str, ...]:
    """Names of custom variables, those of all definitions."""
    found = [
        child.tag
        for definition in root.all("cell_definitions/cell_definition")
        for block in definition.children
        if block.tag == "custom_data"
        for child in block.children
    ]
    return tuple(dict.fromkeys(found))
