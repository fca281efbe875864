"""The tour names files that there are, and its rows name all that a behaviour or a sentence touches."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from tests.cases.forms import FORMS

from vesicula.language.verbs import VERBS

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "vesicula"
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
FILE = re.compile(r"`([\w/.\-]+(?:/|\.py|\.md|\.yaml))`")
OF_THEIR_OWN = {
    "secretion": "its value counts molecules by mass", "uptake": "arms block that of vesicles by the same word",
    "surface enzyme": "reactions use it", "release": "only the donor's, by size classes", "clearance": "two routes",
    "fusion": "a share of the clearance", "endocytosis": "the rest of it", "binding": "receptors limit it",
    "loading": "columns are made where a rule names them", "division": "a clock", "apoptosis": "a clock",
    "necrosis": "a clock", "becoming": "a clock for each transition", "leaving": "a clock for each passage",
    "speed": "a dimension and an assay have the same word", "attraction": "receptors tell the direction",
    "adhesion": "an assay has the same word", "killing": "an assay has the same word",
    "resorption": "what lasts at rest is balanced",
    "deposition": "what lasts at rest is balanced",
}  # fmt: skip
"""Behaviours that other files name too, and why."""
NAMED_IN_ROOMS = {
    "language/fill.py": {"Edge", "KeepsItself", "NodeSetting", "Silences", "StartConfluent"},
    "language/names.py": {"AddAntibody", "Binds", "Closes", "Drives", "Edge", "Follows"},
    "language/merge.py": {"AddPreparation", "AddSubstance", "AddVesicles"},
    "language/classes.py": {"Block", "Rule"},
    "language/arrows.py": {"Block", "CoIsolated", "Leaves", "Makes", "RemoveCells", "SetParameter"},
    "language/influence.py": {"Block", "Measure", "Rule"},
    "language/bases.py": {"Becomes", "Leaves"},
    "experiments/verdicts/ablation.py": {"Edge", "Rule"},
    "experiments/verdicts/wiring.py": {"Measure"},
    **{
        f"language/{name}.py": set()
        for name in ("walk", "walk_cells", "spots", "overlap", "spellings", "coverage", "slots", "lines", "renaming")
    },
}
"""Rooms that ask the classes, and the sentences that they yet know by name."""


def rows() -> dict[str, str]:
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", TOUR, flags=re.MULTILINE)
    return {what.strip(): where for what, where in found}


@cache
def words() -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]]:
    """Texts, names and attributes of the sources -> the files in which they stand."""
    texts, names, attributes = defaultdict(set), defaultdict(set), defaultdict(set)
    for file in SOURCES.rglob("*.py"):
        place = file.relative_to(SOURCES).as_posix()
        if place.startswith("io/physicell/"):  # which reads the words of another program
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts[node.value].add(place)
            elif isinstance(node, ast.Name):
                names[node.id].add(place)
            elif isinstance(node, ast.Attribute):
                attributes[node.attr].add(place)
    return texts, names, attributes


def test_every_file_of_the_tour_is_there() -> None:
    for name in FILE.findall(TOUR):
        assert any((folder / name).exists() for folder in (SOURCES, ROOT)), name


def test_a_behaviour_is_named_in_the_files_of_its_row_alone() -> None:
    row = FILE.findall(rows()["a behaviour"])
    texts, _, _ = words()
    elsewhere = {kind: {place for place in texts[kind] if not place.startswith(tuple(row))} for kind in VERBS}
    assert {kind for kind, places in elsewhere.items() if places} == OF_THEIR_OWN.keys()


def test_a_behaviour_takes_six_files_at_most() -> None:
    assert len(FILE.findall(rows()["a behaviour"])) <= 6


def test_what_a_cell_states_of_a_behaviour_is_named_in_the_files_of_its_row_alone() -> None:
    row = FILE.findall(rows()["a behaviour"])
    _, _, attributes = words()
    for kind in VERBS.keys() - OF_THEIR_OWN.keys():
        for path in VERBS[kind].base:
            assert {one for one in attributes[path.rpartition(".")[2]] if not one.startswith(tuple(row))} == set(), kind


def test_rooms_that_ask_the_classes_know_no_other_sentence_by_name() -> None:
    _, names, _ = words()
    found = {room: {form.__name__ for form in FORMS if room in names[form.__name__]} for room in NAMED_IN_ROOMS}
    assert found == NAMED_IN_ROOMS
