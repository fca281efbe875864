"""Cells that specialise a base: one alone names it everywhere, those side by side have vesicles of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from vesicula.language.classes import Meant, told_apart
from vesicula.language.merge import laid_over, nested
from vesicula.language.model import Cell, Matrix, Model, Vesicle
from vesicula.language.renaming import Kind, renamed, renamed_words, spoken
from vesicula.language.sentences import ReactionText
from vesicula.language.slots import kinds_of, name_fields
from vesicula.language.text import Report
from vesicula.units import nearest

T = TypeVar("T")
Lines = Mapping[str, Sequence[Cell]]
"""Base -> the cells that specialise it."""
Classes = Mapping[str, Mapping[str, str]]
"""Vesicle class of a base -> line -> the class of the line."""


def specialised(model: Model, report: Report) -> Model:
    """Cells over the cells they specialise. A base that only one specialises takes its name everywhere; lines side by
    side have each all that is said of the base, and their own of its vesicle classes.
    """
    by_base = _by_base(model, report)
    beside = {base: ones for base, ones in by_base.items() if len(ones) > 1}
    classes = _classes(model, beside, report)
    bases = {cell.name: cell for cell in model.cells}
    cells: list[Cell] = []
    for cell in model.cells:
        if cell.name in by_base:
            for one in by_base[cell.name]:
                own = renamed(_of_classes(bases[cell.name], one.name, classes), {cell.name: one.name})
                whole = laid_over(own, _of_classes(one, one.name, classes))
                cells.append(whole.model_copy(update={"base": cell.name, "part": cell.part}))
        elif cell.base is None or cell.base not in by_base:
            cells.append(_of_classes(cell, cell.name, classes))
    model = model.model_copy(update={"cells": tuple(cells)})
    if classes:
        model = _each_its_own(model, classes)
    for base, ones in by_base.items():
        if len(ones) == 1:
            model = renamed(model, {base: ones[0].name})
    for base, ones in beside.items():
        model = _unclear(model, "cell", base, [one.name for one in ones], report)
    for word, own in classes.items():
        if word not in own.values():  # else it is the class of a line that is called so (`tumour` beside `skbr3`)
            model = _unclear(model, "vesicle", word, [*own.values()], report)
    return model


def _by_base(model: Model, report: Report) -> dict[str, list[Cell]]:
    """The cells that specialise each base that a part has; a diagnostic where none has it."""
    found: dict[str, list[Cell]] = {}
    names = {cell.name for cell in model.cells}
    for cell in model.cells:
        if cell.base is None:
            continue
        if cell.base in names:
            found.setdefault(cell.base, []).append(cell)
        elif cell.part is None:  # a cell of a part that has been laid over its base keeps the name of it
            near = nearest(cell.base, [one.name for one in model.cells if one.base is None])
            remedy = f"did you mean `{near}`?" if near else f"add the part to `use`, for example `cells/{cell.base}`"
            report.add("unknown-name", cell.where, f"no part has a cell `{cell.base}`", remedy)
    return found


def _unclear(model: Model, kind: Kind, name: str, meant: Sequence[str], report: Report) -> Model:
    """A diagnostic for every place that speaks of a name for several; what else is wrong there is told of the first."""
    for where in dict.fromkeys(spoken(model, kind, name)):
        message = f"`{name}` stands for {' and '.join(meant)}, side by side here"
        report.add("unclear-base", where, message, f"name the one that is meant, for example `{meant[0]}`")
    return renamed(model, {name: meant[0]}, kind)


# --- vesicles


def class_of(line: str, vesicle: Vesicle) -> str:
    """What a vesicle class of a base is called where it is one of a line: the line stands in the place of the donor, or
    of the first word where the class is not called by it (`tumour-EV` of skbr3: `skbr3-EV`).
    """
    donor = f"{vesicle.donor}-"
    rest = vesicle.name.removeprefix(donor) if vesicle.name.startswith(donor) else vesicle.name.partition("-")[2]
    return f"{line}-{rest or vesicle.name}"


def _classes(model: Model, beside: Lines, report: Report) -> dict[str, dict[str, str]]:
    """The vesicle classes of bases with several lines; a diagnostic where the name of one is that of another."""
    found: dict[str, dict[str, str]] = {}
    there = {one.name: one for one in model.vesicles}
    taken: dict[str, str] = {}
    for vesicle in model.vesicles:
        for line in beside.get(vesicle.donor or "", ()):
            name = class_of(line.name, vesicle)
            other = there.get(name)
            if name in taken:
                message = f"`{taken[name]}` and `{vesicle.name}` would both be `{name}` of {line.name}"
                remedy = "let their names differ behind the first word, for example `tumour-EV` and `tumour-bud-EV`"
                report.add("duplicate-name", vesicle.where, message, remedy)
            elif other is not None and other is not vesicle and other.donor != line.name:
                donor = "has no donor" if other.donor is None else f"comes from {other.donor}"
                message = f"`{name}` would be the `{vesicle.name}` of {line.name}, and here it {donor}"
                remedy = f"let it come `from: {line.name}` if they are one class, else give it another name"
                report.add("duplicate-name", other.where, message, remedy)
            taken.setdefault(name, vesicle.name)
            found.setdefault(vesicle.name, {})[line.name] = name
    return found


def _each_its_own(model: Model, classes: Classes) -> Model:
    """A model in which every line has its class; what a model says of that by its name lies over what the base's is."""
    said = {one.name: one for one in model.vesicles}
    own = {name for names in classes.values() for name in names.values()}
    vesicles: list[Vesicle] = []
    for one in model.vesicles:
        for line, name in classes.get(one.name, {}).items():
            made = one.model_copy(update={"name": name, "donor": line})
            over = said.get(name)
            vesicles.append(made if over is None or over.donor != line else laid_over(made, over))
        if one.name not in classes and one.name not in own:
            vesicles.append(one)
    every = {word: tuple(names.values()) for word, names in classes.items()}
    return model.model_copy(
        update={
            "vesicles": tuple(vesicles),
            "matrix": tuple(_matrix(one, every) for one in model.matrix),
            "reactions": tuple(new for one in model.reactions for new in _reactions(one, every)),
        }
    )


def _of_classes(cell: Cell, name: str, classes: Classes) -> Cell:
    """A cell that says of every class what it says of the class of a base; name: of the line, where it is one"""
    if not classes:
        return cell
    every = {word: tuple(names.values()) for word, names in classes.items()}
    own = {word: (names.get(name, word),) for word, names in classes.items()}
    cell = told_apart(cell, {word: Meant(own[word], every[word]) for word in classes})
    tables = {
        "releases": _spread(cell.releases, own),
        "vesicle_fate": _spread(cell.vesicle_fate, every),
        "barrier": _spread(cell.barrier, every),
    }
    return cell.model_copy(update={key: table for key, table in tables.items() if table is not getattr(cell, key)})


def _spread(table: dict[str, T], words: Mapping[str, Sequence[str]]) -> dict[str, T]:
    """A table whose entries for a word are entries for all that it stands for, under those for one by its name."""
    if words.keys().isdisjoint(table):
        return table
    out: dict[str, T] = {}
    for key, entry in table.items():
        for name in words.get(key, ()):
            out[name] = cast("T", nested(entry, table[name])) if name in table else entry
    return {**{key: entry for key, entry in table.items() if key not in words}, **out}


def _matrix(one: Matrix, every: Mapping[str, Sequence[str]]) -> Matrix:
    updates = {"passage": _spread(one.passage, every), "holds": _spread(one.holds, every)}
    return one.model_copy(update=updates)


def _reactions(one: ReactionText, every: Mapping[str, Sequence[str]]) -> list[ReactionText]:
    """What happens on the vesicles of a base happens on those of each line."""
    for field in name_fields(type(one)):
        word: object = getattr(one, field)
        if "vesicle" in kinds_of(one, field) and isinstance(word, str) and word in every:
            texts = {name: renamed_words(one.text, {word: name}) for name in every[word]}
            return [one.model_copy(update={field: name, "text": text}) for name, text in texts.items()]
    return [one]
