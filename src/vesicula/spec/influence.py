"""What can change what in a model: a graph without signs or numbers, complete rather than narrow.

An arrow stands wherever the model has a way by which one thing can change another, so that no way means no effect.
Whether the signs of the ways alone decide an answer is asked elsewhere (`experiments.wiring`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vesicula.evidence.identifiers import seed_of
from vesicula.spec.measures import Measure
from vesicula.spec.model import ALL_VESICLES, Cell, Model, Vesicle
from vesicula.spec.names import Names, receptors_of, terms
from vesicula.spec.parse_rules import parse_behaviour
from vesicula.spec.sentences import (
    BehaviourText,
    Binds,
    Closes,
    ContactSignal,
    Edge,
    Keeps,
    Makes,
    NamedSignal,
    ReactionText,
    Sequesters,
    SignalText,
    Silences,
    TurnsInto,
)
from vesicula.spec.steps import SetParameter
from vesicula.spec.values import Value

Thing = tuple[str, ...]
"""`("substance", X)`, `("vesicle", V)`, `("preparation", P)`, `("matrix", M)`, `("cells", C)`, `("motion", C)`,
`("junctions", C)`, and in a cell `("cargo", C, X)`, `("surface", C, X)`, `("node", C, N)`, `("trait", C, T)`."""
Arrow = tuple[Thing, Thing]
SHOWS = ("cells", "motion", "junctions", "matrix", "vesicle")
"""Kinds of things that a picture of a run shows, also where no measure reads them."""


def given(value: Value | None) -> bool:
    """Whether a value is above zero, or will be taken from the library."""
    return value is not None and (value.number > 0 or value.from_library)


def alike(mirna: str, other: str) -> bool:
    """Whether two miRNAs act as one: the same, or the same seed."""
    seed = seed_of(mirna)
    return mirna == other or (seed is not None and seed == seed_of(other))


@dataclass
class Influence:
    """The graph of a resolved model. arrows : in order of the text, without those of a thing to itself"""

    model: Model

    def __post_init__(self) -> None:
        self.names = Names(self.model)
        found = (*self._molecules(), *self._brought(), *(a for cell in self.model.cells for a in self._cell(cell)))
        self.arrows: tuple[Arrow, ...] = tuple(dict.fromkeys(arrow for arrow in found if arrow[0] != arrow[1]))
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

    # --- molecules, matrix, vesicles

    def _molecules(self) -> Iterator[Arrow]:
        for reaction in self.model.reactions:
            yield from self._reaction(reaction)
        for matrix in self.model.matrix:
            here: Thing = ("matrix", matrix.name)
            held = {**matrix.stores, **matrix.new_stores, **matrix.passage}
            every = [*self.names.substances, *self.names.vesicles] if "all" in held else []
            for name in (*held, *every, *matrix.holds):
                yield here, ("vesicle" if name in self.names.vesicles else "substance", name)
            for law in matrix.degraded:
                yield ("substance", law.enzyme), here
            for cell in self.model.cells:  # cells walk around and through it
                yield here, ("motion", cell.name)

    def _reaction(self, one: ReactionText) -> Iterator[Arrow]:
        match one:
            case Binds():
                parts: tuple[Thing, ...] = tuple(("substance", name) for name in (one.first, one.second, one.product))
                yield from ((start, end) for start in parts for end in parts)
            case Makes():
                ends: tuple[Thing, ...] = (("substance", one.product), ("substance", one.substrate))
                if one.place is None:
                    starts: list[Thing] = [("substance", one.enzyme)]
                elif one.place in self.names.cells:
                    starts = [("surface", one.place, one.enzyme), ("cells", one.place)]
                else:
                    starts = [("vesicle", one.place), ("carried", one.place, one.enzyme)]
                yield from ((start, end) for start in starts for end in ends)
                yield ends[1], ends[0]
            case TurnsInto():
                yield ("substance", one.substrate), ("substance", one.product)

    def _brought(self) -> Iterator[Arrow]:
        """Cargo into the cells that take vesicles up, and what preparations bring."""
        for vesicle in self.model.vesicles:
            for carried in vesicle.carries:
                for end in self.delivered(vesicle, carried.name):
                    yield ("vesicle", vesicle.name), end
                    yield ("carried", vesicle.name, carried.name), end
        for one in self.model.preparations:
            here: Thing = ("preparation", one.name)
            yield here, ("vesicle", one.of)
            for part in one.co_isolated:
                if part.form == "protein":
                    yield here, ("substance", part.name)
                else:
                    yield from ((here, ("cargo", cell.name, part.name)) for cell in self.model.cells)

    def takes_up(self, cell: Cell, vesicle: str) -> bool:
        """Whether a cell clears or binds a vesicle class, in some state or some arm."""
        fates = [fate for name, fate in cell.vesicle_fate.items() if name in (vesicle, ALL_VESICLES)]
        if any(given(fate.clears) or given(fate.binding) for fate in fates):
            return True
        told = (parse_behaviour(words) for base in cell.while_state.values() for words in base.values)
        if any(one.what == vesicle for one in told):
            return True
        steps = (*self.model.protocol, *(step for arm in self.model.arms for step in arm.steps))
        return any(isinstance(one, SetParameter) and one.path.startswith(f"cells.{cell.name}.") for one in steps)

    def delivered(self, vesicle: Vesicle, cargo: str) -> list[Thing]:
        """Where a cargo of a vesicle class comes to."""
        cells = [cell.name for cell in self.model.cells if self.takes_up(cell, vesicle.name)]
        return [(place, cell, cargo) for cell in cells for place in ("cargo", "surface")]

    # --- cells

    def _cell(self, cell: Cell) -> Iterator[Arrow]:
        here: Thing = ("cells", cell.name)
        for table, kind in (
            (cell.secretes, "substance"), (cell.takes_up, "substance"), (cell.releases, "vesicle"),
            (cell.resorbs, "matrix"), (cell.deposits, "matrix"), (cell.kills, "cells"),
        ):  # fmt: skip
            yield from ((here, (kind, name)) for name in table)
        for vesicle in self.names.vesicles:
            if self.takes_up(cell, vesicle):
                yield here, ("vesicle", vesicle)
        for other in self.names.cells:  # cells take each other's room
            yield here, ("cells", other)
            yield here, ("motion", other)
        yield ("motion", cell.name), here
        yield here, ("junctions", cell.name)
        inner: list[Thing] = [("node", cell.name, node) for node in self.names.nodes[cell.name]]
        inner += [(place, cell.name, cargo) for cargo in self.names.cargo for place in ("cargo", "surface")]
        yield from ((here, thing) for thing in inner)
        passing: list[Thing] = [("vesicle", name) for name in self.names.vesicles]
        passing += [("substance", name) for name in self.names.substances]
        if cell.barrier:
            yield from ((("junctions", cell.name), thing) for thing in passing)
        yield from self._inside(cell)
        for rule in cell.rules:
            ends = [here] if isinstance(rule, Keeps) else self.changed(cell, rule.behaviour)
            yield from ((start, end) for start in self.read(cell, rule.signal) for end in ends)
        for base in cell.while_state.values():
            for words in base.values:
                yield from ((here, end) for end in self.changed(cell, parse_behaviour(words)))
        for trait in cell.traits:
            for words in trait.multiplies:
                ends = self.changed(cell, parse_behaviour(words))
                yield from ((("trait", cell.name, trait.name), end) for end in ends)
        if cell.moves is not None:
            yield from ((("substance", name), ("motion", cell.name)) for name in cell.moves.toward)
            yield from ((("node", cell.name, name), ("motion", cell.name)) for name in receptors_of(cell))

    def _inside(self, cell: Cell) -> Iterator[Arrow]:
        species = [*self.names.cargo]
        for one in cell.inside:
            match one:
                case Edge():
                    for term in terms(one.gate):
                        for start in self.read(cell, term.signal):
                            yield start, ("node", cell.name, one.node)
                case Silences():
                    for name in (name for name in species if alike(name, one.mirna)):
                        yield ("cargo", cell.name, name), ("node", cell.name, one.node)
                case Sequesters():
                    yield ("node", cell.name, one.node), ("cargo", cell.name, one.cargo)
                case Closes():
                    yield ("node", cell.name, one.node), ("junctions", cell.name)
                case _:
                    pass

    def read(self, cell: Cell, signal: SignalText) -> list[Thing]:
        """What a signal of a cell reads."""
        if isinstance(signal, ContactSignal):
            return [("cells", signal.cell)]
        if not isinstance(signal, NamedSignal):  # pressure, of all cells around
            return [("cells", name) for name in self.names.cells]
        kinds = {"bound": "surface", "inserted": "surface"}
        found: list[Thing] = []
        for meaning in self.names.meanings(cell, signal):
            kind = kinds.get(meaning, meaning)
            inside = kind in ("cargo", "surface", "node", "trait")
            found.append((kind, cell.name, signal.name) if inside else (kind, signal.name))
        return found

    def changed(self, cell: Cell, one: BehaviourText) -> list[Thing]:
        """What a behaviour of a cell changes."""
        what, kind, here = one.what or "", one.kind, ("cells", cell.name)
        match kind:
            case "secretion" | "uptake":
                return [("substance", what)]
            case "release" | "clearance" | "fusion" | "endocytosis" | "binding":
                carriers = [v for v in self.model.vesicles if what in (v.name, ALL_VESICLES)]
                brought = [
                    (place, cell.name, c.name) for v in carriers for c in v.carries for place in ("cargo", "surface")
                ]
                return [*(("vesicle", v.name) for v in carriers), *(brought if one.kind != "release" else [])]
            case "loading":
                return [("carried", one.in_vesicle or "", what)]
            case "becoming":
                return [here, *([("cells", what)] if what in self.names.cells else [])]
            case "resorption" | "deposition":
                return [("matrix", what)]
            case "killing":
                return [("cells", what)]
            case "engulfing":
                return [("cells", name) for name in self.names.cells]
            case "speed" | "persistence" | "bias" | "attraction" | "adhesion" | "repulsion":
                return [("motion", cell.name)]
            case "surface enzyme":
                return [("surface", cell.name, what)]
            case _:
                return [here]

    # --- what is measured

    def measured(self, one: Measure) -> list[Thing] | None:
        """What a measure reads; None where that cannot be told."""
        match one.kind:
            case "count":
                return self._population(one.cell or one.what)
            case "matrix left":
                return [("matrix", one.what)]
            case "concentration":
                return [("substance", one.what)]
            case "node":
                return [("node", one.cell or "", one.what)]
            case "copies" | "delivered copies":
                return [("cargo", one.cell or "", one.what)]
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
        if what in self.names.cells:
            more: list[Thing] = [("substance", "lactate")] if one.assay == "glycolysis" else []
            return [*self._population(what), *more]
        if what in self.names.substances:
            return [("substance", what)]
        if what in self.names.matrix:
            return [("matrix", what)]
        if what in self.names.vesicles or any(p.name == what for p in self.model.preparations):
            return self._particles(what)
        return None
