"""The page on texts of earlier versions: what it says of the old and of the new text is so."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from ruamel.yaml import YAML
from tests.docs.test_documents import BLOCK, ROOT

from vesicula.errors import CODES
from vesicula.language import check, read

PAGE = (ROOT / "docs" / "migration.md").read_text(encoding="utf-8")
AROUND = """\
vesicula: 1
model: an-older-text
sites: {dish: {kind: pool, volume: 1 mL}, lymph: {kind: pool, volume: 1 mL}}
substances:
  IL6: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 5 h (1..20 @assumed), start: 0 pM (0..1 @assumed)}
vesicles:
  donor-EV:
    from: donor
    diameter: 105 nm (80..140 @assumed)
    half-life: 24 h (12..240 @assumed)
    carries: {miR-21-5p: 20 copies/EV (2..200 @assumed)}
cells:
  donor:
    diameter: 12 um (9..16 @assumed)
    releases: {donor-EV: 100 particles/h (20..500 @assumed)}
    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}
  recipient:
    diameter: 12 um (9..16 @assumed)
    clears EV: library
    own copies: {miR-21-5p: 200 (20..2000 @assumed)}
    moves: {speed: 0.2 um/min (0.05..1 @assumed), persistence: 30 min (5..120 @assumed)}
start:
  - 10 donor in dish
  - 10 recipient in dish
measure:
  released: particles of donor-EV delivered to recipient
run: {for: 6 h, record: 1 h, step: 6 min}
"""


@dataclass(frozen=True)
class Section:
    """A section of the page: what it says of the old text (the code that refuses it, or ""), and both texts."""

    title: str
    code: str
    before: str
    after: str

    def __str__(self) -> str:
        return self.title


def sections() -> list[Section]:
    found = []
    for part in PAGE.split("\n## ")[1:]:
        blocks = [body for _, body in BLOCK.findall(part)]
        refused = re.search(r"^\*Refused:\* `([\w-]+)`", part, re.MULTILINE)
        assert refused or "*Means something else.*" in part
        found.append(Section(part.splitlines()[0], refused.group(1) if refused else "", *blocks))
    return found


def joined(old: object, new: object) -> object:
    """Blocks of both; what both name has the entries of the new one."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{key: joined(old.get(key), value) for key, value in new.items()}}
    return new


def whole(fragment: str) -> str:
    """The fragment of the page in a model around it."""
    yaml, out = YAML(typ="safe"), io.StringIO()
    yaml.width, yaml.default_flow_style = 1000, False
    yaml.sort_base_mapping_type_on_output = False  # the first key of a model stays the first
    yaml.dump(joined(yaml.load(AROUND), yaml.load(fragment)), out)
    return out.getvalue()


def errors(text: str) -> set[str]:
    return {one.code for one in check(text) if one.severity == "error"}


@pytest.mark.parametrize("section", sections(), ids=str)
def test_the_old_text_is_what_the_page_says_and_the_new_one_is_right(section: Section) -> None:
    old, new = whole(section.before), whole(section.after)
    assert not section.code or section.code in CODES
    assert errors(old) == ({section.code} if section.code else set())
    assert errors(new) == set()
    if not section.code:
        assert read(old) != read(new)


def section_of(title: str) -> Section:
    return next(one for one in sections() if one.title == title)


def test_copies_of_a_cargo_are_two_measures() -> None:
    section = section_of("Copies of a cargo")
    old, new = (read(whole(text)).measures[-1] for text in (section.before, section.after))
    assert (old.kind, new.kind) == ("copies", "delivered copies")


def test_an_old_cycle_is_one_step() -> None:
    section = section_of("How cycle times scatter")
    steps = [
        next(cell for cell in read(whole(text)).cells if cell.name == "recipient").division_steps
        for text in (section.before, section.after)
    ]
    assert steps == [10, 1]
