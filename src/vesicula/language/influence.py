"""What can change what in a model: a graph without signs or numbers, complete rather than narrow.

Its arrows are those of `arrows`, so that no way means no effect.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vesicula.language.arrows import Arrows, Thing
from vesicula.language.measures import Measure
from vesicula.language.model import ALL_VESICLES, Cell, Model
from vesicula.language.sentences import Rule
from vesicula.language.steps import Block, StepText

SHOWS = ("cells", "motion", "junctions", "matrix", "vesicle")
"""Kinds of things that a picture of a run shows, also where no measure reads them."""


@dataclass
class Influence:
    """The graph of a resolved model. arrows : in order of the text, without those of a thing to itself"""

    model: Model

    def __post_init__(self) -> None:
        self.ways = Arrows(self.model)
        self.names = self.ways.names
        found = ((start, end) for start, end, _ in self.ways.all() if start != end)
        self.arrows: tuple[tuple[Thing, Thing], ...] = tuple(dict.fromkeys(found))
        self._after: dict[Thing, list[Thing]] = {}
        for start, end in self.arrows:
            self._after.setdefault(start, []).append(end)

    def after(self, thing: Thing) -> list[Thing]:
        """What a thing changes at once."""
        return self._after.get(thing, [])

    def reached(self, sources: Iterable[Thing]) -> set[Thing]:
        """What things can change by any way, themselves among it."""
        seen = set(sources)
        waiting = list(seen)
        while waiting:
            for end in self.after(waiting.pop()):
                if end not in seen:
                    seen.add(end)
                    waiting.append(end)
        return seen

    # --- acts

    def touched(self, step: StepText) -> list[Thing] | None:
        """Things that a step changes; None where that cannot be told (values by path, whole media, cold)."""
        if isinstance(step, Block) and step.process == "sensing":
            cells = [cell for cell in self.model.cells if step.cell in (None, cell.name)]
            return [end for cell in cells for end in self._sensed(cell, step.what)]
        found = self.ways.acts(step)
        return None if found is None else [thing for thing, _ in found]

    def _sensed(self, cell: Cell, what: str) -> list[Thing]:
        """What a cell's own molecules of a name change, and a substance through it: inside and by rules."""
        own: list[Thing] = [(kind, cell.name, what) for kind in ("node", "cargo", "surface")]
        here: Thing = ("substance", what)
        if any(self.after(thing) for thing in own):
            return [*own, *self.after(here)]
        ends = [end for end in self.after(here) if end[1] == cell.name]
        for rule in cell.rules:
            if here in self.ways.read(cell, rule.signal):
                found = self.ways.changed(cell, rule.behaviour) if isinstance(rule, Rule) else []
                ends += [thing for thing, _ in found] or [("cells", cell.name)]
        return ends

    # --- what is measured

    def measured(self, one: Measure) -> list[Thing] | None:
        """What a measure reads; None where that cannot be told."""
        match one.kind:
            case "count":
                return self._population(one.cell or one.what)
            case "matrix left" | "matrix lost":
                return [("matrix", one.what)]
            case "concentration":
                return [("substance", one.what)]
            case "node":
                return [("node", one.cell or "", one.what)]
            case "copies" | "delivered copies":
                return [("cargo", one.cell or "", one.what)]
            case "copies per particle" | "carriers":
                classes = self._particles(one.vesicle or "")
                return [*classes, *(("carried", name, one.what) for _, name in classes)]
            case "vesicles" | "delivered":
                return self._particles(one.what)
            case "assay":
                return self._assayed(one)
            case _:
                return None

    def _population(self, cell: str) -> list[Thing]:
        return [("cells", cell), ("motion", cell)]

    def _particles(self, what: str) -> list[Thing]:
        of = next((p.of for p in self.model.preparations if p.name == what), what)
        return [("vesicle", name) for name in (self.names.vesicles if of == ALL_VESICLES else (of,))]

    def _assayed(self, one: Measure) -> list[Thing] | None:
        what, cell = one.what, one.cell or ""
        if one.assay in ("TEER", "permeability"):
            layers: list[Thing] = [("junctions", name) for name in self.names.cells]
            through: list[Thing] = [("substance", one.to or ""), ("vesicle", one.to or "")]
            return [*layers, *through]
        if cell and what in self.names.nodes.get(cell, ()):
            return [("node", cell, what)]
        if cell and what in self.names.cargo:
            return [("cargo", cell, what), ("surface", cell, what)]
        if one.assay == "co-culture":  # a share goes with the others too
            return [thing for name in self.names.cells for thing in self._population(name)]
        if what in self.names.cells:
            more: list[Thing] = [("substance", "lactate")] if one.assay == "glycolysis" else []
            if one.assay == "adhesion":
                next_ = next((cell.becomes for cell in self.model.cells if cell.name == what), ())
                more = [("cells", step.to) for step in next_ if step.to in self.names.cells]
            return [*self._population(what), *more]
        if what in self.names.substances:
            return [("substance", what)]
        if what in self.names.matrix:
            return [("matrix", what)]
        if what in self.names.vesicles or any(p.name == what for p in self.model.preparations):
            return self._particles(what)
        return None
