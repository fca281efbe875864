"""What the names of a model mean: which thing a signal, a behaviour or a measure speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from vesicula.language.model import ALL_VESICLES, Cell, Labware, Model, Site, Substance, number_of
from vesicula.language.sentences import (
    Binds,
    Closes,
    ContactSignal,
    Drives,
    Edge,
    Follows,
    Gate,
    InsideText,
    NamedSignal,
    PressureSignal,
    RuleText,
    Sentence,
    SignalText,
    Term,
)
from vesicula.language.slots import kinds_of, name_fields
from vesicula.language.steps import AddAntibody

Meaning = Literal["substance", "node", "cargo", "bound", "inserted", "trait", "matrix", "contact", "pressure"]
WITH_UNIT: tuple[Meaning, ...] = ("substance", "cargo", "bound", "inserted", "trait", "contact", "pressure")
"""Signals that need a half-max; nodes and matrix are shares already."""


def antibody(target: str) -> str:
    """Name of the substance that `add antibody against TARGET` adds."""
    return f"anti-{target}"


def receptors_of(cell: Cell) -> list[str]:
    """Names of the receptors with which a cell follows substances."""
    sensed = cell.moves.sensed.values() if cell.moves is not None else ()
    return [one.receptor for one in sensed if one.receptor is not None]


def pores_of(one: Labware) -> str:
    """How the parameter library names the pores of a filter: `0.4 um pores`."""
    return f"{number_of(one.pores, 'length'):g} um pores"


def terms(gate: Gate) -> Iterator[Term]:
    """All terms of a gate, left to right."""
    if isinstance(gate, Term):
        yield gate
        return
    for part in gate.parts:
        yield from terms(part)


def nodes_of(cell: Cell) -> tuple[str, ...]:
    """Names of a cell's nodes, in order of appearance: whatever an edge or setting points at, or follows a file."""
    told = (getattr(one, "node", None) for one in cell.inside if not isinstance(one, Closes))
    return tuple(dict.fromkeys(node for node in told if isinstance(node, str)))


def kin(model: Model, cell: str) -> tuple[str, ...]:
    """A cell type and all that its cells become."""
    ways = {one.name: tuple(after.to for after in one.becomes) for one in model.cells}
    found = [cell]
    for name in found:  # grows on the way
        found += [other for other in ways.get(name, ()) if other in ways and other not in found]
    return tuple(found)


def expressed_by(model: Model, cell: Cell, *, nodes: bool = True) -> tuple[str, ...]:
    """What a cell has by name: nodes, secreted, surface molecules, receptors, own copies, cargo of its vesicles.

    nodes : with its nodes
    """
    cargo = (one.name for vesicle in model.vesicles if vesicle.donor == cell.name for one in vesicle.carries)
    own = (*cell.secretes, *cell.surface, *receptors_of(cell), *cell.own_copies, *cargo)
    return tuple(dict.fromkeys((*(nodes_of(cell) if nodes else ()), *own)))


def signals_of(inside: Iterable[InsideText], rules: Iterable[RuleText] = ()) -> Iterator[tuple[SignalText, Sentence]]:
    """Every signal that edges, files and rules read, with its sentence."""
    for one in inside:
        if isinstance(one, Edge):
            yield from ((term.signal, one) for term in terms(one.gate))
        elif isinstance(one, Drives):
            yield one.signal, one
    yield from ((rule.signal, rule) for rule in rules)


def cargo_named(cell: Cell) -> Iterator[tuple[str, Sentence]]:
    """Cargo that sentences inside a cell name (what it silences with, what it sequesters), with the sentence."""
    for one in cell.inside:
        yield from ((getattr(one, field), one) for field in name_fields(type(one)) if "cargo" in kinds_of(one, field))


def cargo_read(cell: Cell) -> tuple[str, ...]:
    """Names that a cell silences with, sequesters, or reads in edges and rules, of which some may be cargo."""
    read = (signal for signal, _ in signals_of(cell.inside, cell.rules))
    signals = (one.name for one in read if isinstance(one, NamedSignal) and one.place != "outside")
    return tuple(dict.fromkeys((*(name for name, _ in cargo_named(cell)), *signals)))


@dataclass
class Names:
    """Everything a model names, by kind."""

    model: Model
    substances: dict[str, Substance | None] = field(default_factory=dict[str, "Substance | None"])
    cells: dict[str, Cell] = field(default_factory=dict[str, Cell])
    nodes: dict[str, tuple[str, ...]] = field(default_factory=dict[str, "tuple[str, ...]"])
    vesicles: tuple[str, ...] = ()
    cargo: dict[str, str] = field(default_factory=dict[str, str])
    matrix: tuple[str, ...] = ()
    sites: dict[str, Site] = field(default_factory=dict[str, Site])

    def __post_init__(self) -> None:
        """Collect the names; complexes and antibodies are substances that nobody declares."""
        model = self.model
        self.substances.update({one.name: one for one in model.substances})
        for reaction in model.reactions:
            if isinstance(reaction, Binds):
                self.substances.setdefault(reaction.product, None)
        for step in (*model.protocol, *(step for arm in model.arms for step in arm.steps)):
            if isinstance(step, AddAntibody):
                self.substances.setdefault(antibody(step.against), None)
                self.substances.setdefault(f"{antibody(step.against)}:{step.against}", None)
        self.cells.update({one.name: one for one in model.cells})
        self.nodes.update({one.name: nodes_of(one) for one in model.cells})
        self.vesicles = tuple(one.name for one in model.vesicles)
        self.matrix = tuple(one.name for one in model.matrix)
        self.sites.update({one.name: one for one in model.sites})
        for vesicle in model.vesicles:
            self.cargo.update({one.name: one.type for one in vesicle.carries})
        for cell in model.cells:
            self.cargo.update(dict.fromkeys(cell.own_copies, "miRNA"))
            for name, sentence in cargo_named(cell):
                self.cargo.setdefault(name, sentence.cargo_type)

    def meanings(self, cell: Cell, signal: SignalText) -> tuple[Meaning, ...]:
        """All things a signal can stand for in a cell; one if the model is right."""
        match signal:
            case ContactSignal():
                return ("contact",) if signal.cell in self.cells else ()
            case PressureSignal():
                return ("pressure",)
            case _:
                pass
        name, place = signal.name, signal.place
        is_cargo = name in self.cargo
        if place in ("delivered", "bound", "inserted"):
            meaning: Meaning = "cargo" if place == "delivered" else place
            return (meaning,) if is_cargo else ()
        possible: list[tuple[Meaning, bool, tuple[str | None, ...]]] = [
            ("node", name in self.nodes.get(cell.name, ()), (None, "inside")),
            ("substance", name in self.substances, (None, "outside")),
            ("cargo", is_cargo, (None,)),
            ("trait", any(trait.name == name for trait in cell.traits), (None, "inside")),
            ("matrix", name in self.matrix, (None,)),
        ]
        return tuple(meaning for meaning, there, places in possible if there and place in places)

    def meaning(self, cell: Cell, signal: SignalText) -> Meaning | None:
        """The thing a signal stands for: what is inside the cell before what is outside it."""
        found = self.meanings(cell, signal)
        return found[0] if found else None

    def meant(self, cell: Cell, signal: SignalText) -> str:
        """One word for all signals of a cell that stand for one thing: `TGFB1` and `TGFB1 outside`."""
        return f"{self.meaning(cell, signal) or signal.model_dump_json()} {signal.called}"

    def followers(self, cell: str, network: str) -> list[str]:
        """Nodes of a cell that follow the file of a network."""
        inside = self.cells[cell].inside if cell in self.cells else ()
        return [one.node for one in inside if isinstance(one, Follows) and one.network == network]

    def regions(self) -> dict[str, tuple[str, ...]]:
        """Region name -> sites that have it."""
        table: dict[str, tuple[str, ...]] = {}
        for site in self.model.sites:
            for region in site.regions:
                table[region.name] = (*table.get(region.name, ()), site.name)
        return table

    def vesicle_words(self) -> tuple[str, ...]:
        """Vesicle classes and the word for all of them."""
        return (*self.vesicles, ALL_VESICLES)


HALF_MAX_DIMENSION: dict[str, str] = {
    "substance": "concentration",
    "cargo": "copies",
    "bound": "copies",
    "inserted": "copies",
}
"""What the half-max of a signal is measured in; plain numbers otherwise."""
