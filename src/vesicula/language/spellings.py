"""One molecule, one name: spellings of a miRNA are read as one; what may be meant otherwise is asked about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from vesicula.evidence.identifiers import family_number, mirna_name, stem_of
from vesicula.evidence.search import molecule_key
from vesicula.language.abundance import known, with_arm
from vesicula.language.model import Arm, Carried, Model, Substance
from vesicula.language.sentences import Sentence
from vesicula.language.slots import MOLECULES, kinds_of
from vesicula.language.text import Report
from vesicula.language.values import Frozen, Location, Value

F = TypeVar("F", bound=Frozen)


def spelled(model: Model, report: Report) -> Model:
    """A model in which every spelling of a miRNA is its one name, in names, tables and the words of sentences.

    What cells, vesicle classes, preparations, places and arms are called stays as it is.
    """
    blocks = (model.cells, model.vesicles, model.preparations, model.sites, model.labware, model.arms)
    return _Speller(frozenset(one.name for block in blocks for one in block), report).over(model)


def spelled_path(path: str) -> str:
    """A path of a value in which every spelling of a miRNA is its one name."""
    return ".".join(" ".join(mirna_name(word) or word for word in part.split(" ")) for part in path.split("."))


class _Speller:
    """kept : names that are no molecules."""

    def __init__(self, kept: frozenset[str], report: Report) -> None:
        self._kept, self._report = kept, report

    def over(self, thing: F) -> F:
        """A copy with all names spelled."""
        updates: dict[str, object] = {}
        for attribute in type(thing).model_fields:
            current: object = getattr(thing, attribute)
            new = self._entry(thing, attribute, current)
            if new is not current:
                updates[attribute] = new
        if not updates:
            return thing
        if isinstance(thing, Sentence):
            updates["text"] = self._words(thing.text)
        return thing.model_copy(update=updates)

    def _one(self, word: str) -> str:
        found = None if word in self._kept else mirna_name(word)
        return word if found is None or found == word else found

    def _words(self, text: str) -> str:
        """Words apart by blanks, commas and brackets, each miRNA by its one name."""
        return re.sub(r"[^\s,()]+", lambda found: self._one(found.group()), text)

    def _entry(self, thing: Frozen, attribute: str, current: object) -> object:
        if isinstance(current, str):
            return self._one(current) if _is_molecule(thing, attribute) else current
        if isinstance(current, Frozen):
            return current if isinstance(current, Value | Location) else self.over(current)
        if isinstance(current, tuple):
            return self._list(thing, attribute, cast("tuple[object, ...]", current))
        if isinstance(current, dict):
            return self._table(thing, attribute, cast("dict[str, object]", current))
        return current

    def _list(self, thing: Frozen, attribute: str, items: tuple[object, ...]) -> object:
        new: list[object] = []
        for one in items:
            if isinstance(one, Frozen):
                new.append(self.over(one))
            else:
                new.append(self._words(one) if isinstance(one, str) and _in_words(thing, attribute) else one)
        if all(a is b for a, b in zip(new, items, strict=True)):
            return items
        seen: dict[str, Frozen] = {}
        for one in new:
            if isinstance(one, Carried | Substance) and seen.setdefault(one.name, one) is not one:
                self._told(one.name, one.where)
        return tuple(new)

    def _table(self, thing: Frozen, attribute: str, current: dict[str, object]) -> object:
        if attribute == "places":
            return current
        table: dict[str, object] = {}
        for key, entry in current.items():
            name = spelled_path(key) if attribute == "but" else self._words(key) if _in_words(thing, attribute) else key
            if name in table:
                self._told(name, cast("Location | None", getattr(entry, "where", None)))
            table[name] = self.over(entry) if isinstance(entry, Frozen) and not isinstance(entry, Value) else entry
        same = list(table) == list(current) and all(table[key] is current[key] for key in table)
        return current if same else table

    def _told(self, name: str, where: Location | None) -> None:
        message = f"`{name}` already stands in this block, in another spelling"
        self._report.add("duplicate-name", where, message, "give one of the two, or join them")


def _is_molecule(thing: Frozen, attribute: str) -> bool:
    """Whether the name in an attribute, or the keys of a table, may be those of molecules."""
    return not MOLECULES.isdisjoint(kinds_of(thing, attribute))


def _in_words(thing: Frozen, attribute: str) -> bool:
    """Whether molecules stand in the words of an attribute."""
    return _is_molecule(thing, attribute) or kinds_of(thing, attribute) == ("words",)


# --- what may be meant otherwise


def named_molecules(model: Model) -> Iterator[tuple[str, Location | None]]:
    """Every molecule that a model names, where it does: nodes and cargo, substances and what sentences speak of."""
    yield from _named(model, None)


def _named(thing: Frozen, where: Location | None) -> Iterator[tuple[str, Location | None]]:
    here = cast("Location | None", getattr(thing, "where", None)) or where
    for attribute in type(thing).model_fields:
        current: object = getattr(thing, attribute)
        if isinstance(current, str):
            if _is_molecule(thing, attribute):
                yield current, here
        elif isinstance(current, Frozen):
            if not isinstance(current, Value | Location):
                yield from _named(current, here)
        elif isinstance(current, tuple):
            for one in cast("tuple[object, ...]", current):
                if isinstance(one, Frozen) and not (isinstance(one, Arm) and one.control is not None):
                    yield from _named(one, here)
        elif isinstance(current, dict) and attribute not in ("places", "but"):
            for key, entry in cast("dict[str, object]", current).items():
                place = cast("Location | None", getattr(entry, "where", None)) or here
                if MOLECULES.issuperset(kinds_of(thing, attribute) or ("words",)):
                    yield key, place
                if isinstance(entry, Frozen) and not isinstance(entry, Value):
                    yield from _named(entry, place)


def line_of(where: Location | None, asked: Location | None) -> str:
    """`, as in line 7` of a place, with its file where that is another one; nothing where it has none."""
    if where is None:
        return ""
    file = "" if asked is not None and asked.file == where.file else f" of {where.file}"
    return f", as in line {where.line}{file}"


def related(name: str, others: Iterable[str]) -> str | None:
    """The name among others that may be meant: another spelling, arm, letter or species of the molecule."""
    among = [other for other in others if other != name]
    mirna = mirna_name(name)
    if mirna is not None:
        for alike in (stem_of, family_number):
            for other in among:
                if mirna_name(other) is not None and alike(other) == alike(name):
                    return other
        return None
    return next((other for other in among if molecule_key(other) == molecule_key(name)), None)


def check_spellings(model: Model, report: Report) -> None:
    """Ask about a miRNA without its arm, and about two names of one molecule."""
    found: dict[str, Location | None] = {}
    for name, where in named_molecules(model):
        if found.get(name) is None:
            found[name] = where
    for name, where in found.items():
        if mirna_name(name) is not None:
            _arm(name, where, found, report)
    by_key: dict[str, str] = {}
    for name, where in found.items():
        first = by_key.setdefault(molecule_key(name), name)
        if first != name and mirna_name(name) is None:
            message = f"`{name}` and `{first}` are two names of one molecule, and here they are two molecules"
            report.warn("spelling", where, message, f"did you mean `{first}`{line_of(found[first], where)}?")


def _arm(name: str, where: Location | None, found: dict[str, Location | None], report: Report) -> None:
    """Ask which arm of the hairpin is meant."""
    if name.endswith(("-3p", "-5p")) or name in known("own copies"):
        return
    here = [
        other for other in found if other != name and mirna_name(other) is not None and stem_of(other) == stem_of(name)
    ]
    arms = here or list(with_arm(stem_of(name)))
    if not arms:
        return
    listed = " or ".join(f"`{one}`" for one in arms)
    place = line_of(found[here[0]], where) if len(here) == 1 else ""
    message = f"`{name}` does not say which arm of the hairpin, so it is another molecule than {listed}"
    report.warn("spelling", where, message, f"did you mean {listed}{place}?")
