"""What can change what in a model, and which way: all arrows between its things, by sentence and by block.

An arrow stands wherever the model has a way by which one thing can change another, with a sign where more of the one
always means more (1) or less (-1) of the other, else with none (0). `influence` asks for ways whatever their signs;
`experiments.verdicts.wiring` asks whether the signs alone decide. What a sentence draws stands with its class (`ways`),
what a behaviour changes with its row (`verbs`); here stands what their kinds of ends mean in a model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, cast

from vesicula.evidence.identifiers import seed_of
from vesicula.language.bases import binds, fate_of, stated
from vesicula.language.body import Leaves
from vesicula.language.grammar.rules import parse_behaviour
from vesicula.language.model import ALL_VESICLES, Cell, CoIsolated, Matrix, Model, Vesicle
from vesicula.language.names import Names, antibody, receptors_of
from vesicula.language.sentences import (
    AllOf,
    AnyOf,
    BehaviourText,
    ContactSignal,
    Gate,
    Makes,
    NamedSignal,
    Sentence,
    SignalText,
    Term,
)
from vesicula.language.slots import SIGNS, EndKind, Way
from vesicula.language.steps import Block, RemoveCells, SetParameter, StepText
from vesicula.language.values import Frozen, Value
from vesicula.language.verbs import VERBS

Thing = tuple[str, ...]
"""`("substance", X)`, `("vesicle", V)`, `("preparation", P)`, `("matrix", M)`, `("cells", C)`, `("motion", C)`,
`("junctions", C)`, `("pressure", C)`, `("carried", V, X)`, and in a cell `("cargo", C, X)`, `("surface", C, X)`,
`("node", C, N)`, `("trait", C, T)`."""
Signed = tuple[Thing, int]
"""A thing, and whether it goes with (1), against (-1) or neither (0)."""


class Arrow(NamedTuple):
    """More of `start` means more (1), less (-1) or something else (0) of `end`."""

    start: Thing
    end: Thing
    sign: int


def given(value: Value | None) -> bool:
    """Whether a value is above zero, or will be: taken from the library, or derived."""
    return value is not None and (value.number > 0 or not value.has_number)


def alike(mirna: str, other: str) -> bool:
    """Whether two miRNAs act as one: the same, or the same seed."""
    seed = seed_of(mirna)
    return mirna == other or (seed is not None and seed == seed_of(other))


class Arrows:
    """The arrows of a resolved model."""

    def __init__(self, model: Model) -> None:
        self.model, self.names = model, Names(model)
        self._cells = self.names.cells

    def all(self) -> Iterator[Arrow]:
        """Every arrow, in order of the text."""
        yield from self.of_blocks()
        for _, drawn in self.by_sentence():
            yield from drawn

    def by_sentence(self) -> Iterator[tuple[Sentence, list[Arrow]]]:
        """Each sentence with the arrows that it draws."""
        for one in self.model.reactions:
            yield one, self.of(one, "")
        for matrix in self.model.matrix:
            for one in matrix.degraded:
                yield one, self.of(one, matrix.name)
        for preparation in self.model.preparations:
            for one in preparation.co_isolated:
                yield one, self.of(one, preparation.name)
        for cell in self.model.cells:
            for one in (*cell.inside, *cell.rules, *cell.becomes):
                yield one, self.of(one, cell.name)

    def of(self, one: Sentence, owner: str) -> list[Arrow]:
        """The arrows of a sentence. owner: cell, matrix or preparation in whose block it stands"""
        found: list[Arrow] = []
        for way in one.ways:
            assert way.start is not None
            sign = _sign(one, way)
            for start, first in self.ends(way.start[0], one, way.start[1], owner):
                for end, last in self.ends(way.end[0], one, way.end[1], owner):
                    found.append(Arrow(start, end, sign * first * last))
        return found

    def acts(self, step: StepText) -> list[Signed] | None:
        """What a step raises (1), lowers (-1) or changes (0); None where that cannot be told."""
        if any(way.end[0] == "anything" for way in step.ways):
            return None
        return self.known_acts(step)

    def known_acts(self, step: StepText) -> list[Signed]:
        """What a step raises, lowers or changes as far as that can be told."""
        found: list[Signed] = []
        for way in step.ways:
            sign = _sign(step, way)
            found += [(thing, sign * turn) for thing, turn in self.ends(way.end[0], step, way.end[1], "")]
        return found

    def changed(self, cell: Cell, one: BehaviourText) -> list[Signed]:
        """What a behaviour of a cell changes."""
        ends = VERBS[one.kind].ends
        return [(thing, sign * turn) for kind, sign in ends for thing, turn in self.ends(kind, one, "what", cell.name)]

    # --- ends of sentences

    def ends(self, kind: EndKind, one: Frozen, field: str, owner: str) -> list[Signed]:
        """The things that an end of a way means."""
        found: object = getattr(one, field) if field else owner
        name = found if isinstance(found, str) else ""
        inside = owner or str(getattr(one, "cell", None) or "")
        vesicle = str(getattr(one, "in_vesicle", None) or getattr(one, "vesicle", None) or "")
        match kind:
            case "substance" | "matrix" | "cells" | "preparation":
                return [((kind, name), 1)]
            case "node" | "cargo" | "surface":
                return [((kind, inside, name), 1)]
            case "here":
                return [(("cells", owner), 1)]
            case "motion" | "junctions":
                return [((kind, owner), 1)]
            case "antibody":
                return [(("substance", antibody(name)), 1)]
            case "arrival":
                return [(("cells", name), 1)] if name in self._cells else []
            case "becoming":
                here: Thing = ("cells", owner)
                return [(("cells", name), 1), (here, -1)] if name in self._cells else [(here, 1)]
            case "all cells":
                return [(("cells", cell), 1) for cell in self._cells]
            case "room":
                return [(("pressure", cell), 1) for cell in self._cells]
            case "alike":
                return [(("cargo", owner, other), 1) for other in self.names.cargo if alike(other, name)]
            case "signal":
                return self._signal(found, owner)
            case "gate":
                return self._gate(found, owner)
            case "behaviour":
                return self.changed(self._cells[owner], found) if isinstance(found, BehaviourText) else []
            case "along":
                return self._along(one)
            case "followers":
                return [(("node", owner, node), 1) for node in self.names.followers(owner, name)]
            case "anything":
                return []
            case "vesicle" | "carried" | "delivered" | "brought":
                return self._with_vesicles(kind, name, owner, vesicle)
            case "enzyme" | "made" | "stored" | "passing":
                return self._of_molecules(kind, one, name, owner)
            case "named" | "medium" | "removed" | "expressed" | "blocked":
                return self._of_acts(kind, one, name)

    def read(self, cell: Cell, signal: SignalText) -> list[Thing]:
        """What a signal of a cell reads."""
        if isinstance(signal, ContactSignal):
            return [("cells", signal.cell)]
        if not isinstance(signal, NamedSignal):  # pressure, of all cells around
            return [("pressure", cell.name)]
        kinds = {"bound": "surface", "inserted": "surface"}
        found: list[Thing] = []
        for meaning in self.names.meanings(cell, signal):
            kind = kinds.get(meaning, meaning)
            inside = kind in ("cargo", "surface", "node", "trait")
            found.append((kind, cell.name, signal.name) if inside else (kind, signal.name))
        return found

    def _signal(self, signal: object, owner: str) -> list[Signed]:
        """What a rule reads; that cells take each other's room to divide is a way without a sign."""
        cell = self._cells[owner]
        if isinstance(signal, NamedSignal | ContactSignal):
            return [(thing, 1) for thing in self.read(cell, signal)]
        return [(("pressure", owner), 0)]

    def _gate(self, gate: object, owner: str) -> list[Signed]:
        if isinstance(gate, Term):
            return [(thing, -1 if gate.inhibit else 1) for thing in self.read(self._cells[owner], gate.signal)]
        parts: tuple[Gate, ...] = gate.parts if isinstance(gate, AllOf | AnyOf) else ()
        return [found for part in parts for found in self._gate(part, owner)]

    def _along(self, one: Frozen) -> list[Signed]:
        """What comes with a preparation: dissolved, or into whatever cells it is given to."""
        if not isinstance(one, CoIsolated):
            return []
        if one.form == "protein":
            return [(("substance", one.name), 1)]
        return [(("cargo", cell, one.name), 1) for cell in self._cells]

    def _with_vesicles(self, kind: EndKind, name: str, owner: str, vesicle: str) -> list[Signed]:
        """A class of vesicles, its cargo, where that comes to, and all cargo that a cell gets with a class."""
        if kind == "carried":
            return [(("carried", vesicle, name), 1)]
        if kind == "delivered":
            classes = [one for one in self.model.vesicles if one.name == vesicle]
            return [(end, 1) for one in classes for end in self.delivered(one, name)]
        classes = [one for one in self.model.vesicles if name in (one.name, ALL_VESICLES)]
        if kind == "vesicle":
            return [(("vesicle", one.name), 1) for one in classes]
        carried = [cargo.name for one in classes for cargo in one.carries]
        return [((place, owner, cargo), 1) for cargo in carried for place in ("cargo", "surface")]

    def _of_molecules(self, kind: EndKind, one: Frozen, name: str, owner: str) -> list[Signed]:
        if kind == "enzyme" and isinstance(one, Makes):
            if one.place is None:
                return [(("substance", name), 1)]
            if one.place in self._cells:
                return [(("surface", one.place, name), 1), (("cells", one.place), 1)]
            return [(("vesicle", one.place), 1), (("carried", one.place, name), 1)]
        if kind == "made":
            laws = [r for r in self.model.reactions if isinstance(r, Makes) and (r.enzyme, r.place) == (name, owner)]
            return [end for r in laws for end in ((("substance", r.product), 1), (("substance", r.substrate), -1))]
        if kind == "stored":
            return [(("substance", held), 1) for m in self.model.matrix if m.name == name for held in stores(m)]
        if not self._cells[owner].barrier:
            return []
        return [
            *((("vesicle", vesicle), 1) for vesicle in self.names.vesicles),
            *((("substance", substance), 0) for substance in self.names.substances),
        ]

    # --- ends of acts

    def _of_acts(self, kind: EndKind, one: Frozen, name: str) -> list[Signed]:
        if kind == "named":
            return self._named(name)
        if kind == "medium":
            dissolved: list[Signed] = [(("substance", substance), 1) for substance in self.names.substances]
            return [*dissolved, *((("vesicle", vesicle), 1) for vesicle in self.names.vesicles)]
        if kind == "expressed":
            return self.expressed(name, getattr(one, "cell", None))
        if kind == "blocked" and isinstance(one, Block):
            return self._blocked(one)
        if not isinstance(one, RemoveCells):
            return []
        cells = [one.cell] if one.cell is not None else [*self._cells]
        matrix = self.names.matrix if one.with_matrix else ()
        return [*((("cells", cell), 1) for cell in cells), *((("matrix", m), 1) for m in matrix)]

    def _named(self, name: str) -> list[Signed]:
        """Whatever has a name: substance, vesicle class, cells, preparation with its class."""
        found: list[Signed] = []
        for kind, known in (
            ("substance", self.names.substances), ("vesicle", self.names.vesicles), ("cells", self._cells),
        ):  # fmt: skip
            found += [((kind, name), 1)] if name in known else []
        for one in self.model.preparations:
            found += [(("preparation", name), 1), (("vesicle", one.of), 1)] if one.name == name else []
        return found

    def expressed(self, name: str, cell: str | None) -> list[Signed]:
        """All that cells (None: all) have of a name, what that makes, and what others get of it."""
        donors = [one for one in self.model.cells if cell in (None, one.name)]
        found: list[Signed] = [(("substance", name), 1)] if name in self.names.substances else []
        for one in donors:
            found += [((kind, one.name, name), 1) for kind in ("node", "cargo", "surface")]
            found += [(("motion", one.name), 1)] if name in receptors_of(one) else []
            found += self._of_molecules("made", one, name, one.name) if name in one.surface else []
        for vesicle in self.model.vesicles:
            found.append((("carried", vesicle.name, name), 1))
            if any(vesicle.donor == one.name for one in donors) and any(c.name == name for c in vesicle.carries):
                found += [(end, 1) for end in self.delivered(vesicle, name)]
        return found

    def _blocked(self, step: Block) -> list[Signed]:
        """Secretion and release of a thing; what cells read of it or do with their own; what they do with vesicles."""
        if step.process == "secretion" or (step.process == "sensing" and step.what in self.names.substances):
            return [(("substance", step.what), 1)]
        if step.process == "sensing":
            return self.expressed(step.what, step.cell)
        if step.process == "release":
            return [(("vesicle", step.what), 1)]
        cells = [cell.name for cell in self.model.cells if step.cell in (None, cell.name)]
        brought = [end for cell in cells for end in self._with_vesicles("brought", step.what, cell, "")]
        return [(("vesicle", step.what), 0), *brought]

    # --- blocks

    def of_blocks(self) -> Iterator[Arrow]:
        """Arrows that no single sentence draws."""
        for matrix in self.model.matrix:
            here: Thing = ("matrix", matrix.name)
            held = {**matrix.stores, **matrix.new_stores, **matrix.passage}
            every = [*self.names.substances, *self.names.vesicles] if "all" in held else []
            for name in (*held, *every, *matrix.holds):
                yield Arrow(here, ("vesicle" if name in self.names.vesicles else "substance", name), 0)
            for cell in self.model.cells:  # cells walk around and through it
                yield Arrow(here, ("motion", cell.name), 0)
        for vesicle in self.model.vesicles:
            for carried in vesicle.carries:
                for end in self.delivered(vesicle, carried.name):
                    yield Arrow(("vesicle", vesicle.name), end, 1)
                    yield Arrow(("carried", vesicle.name, carried.name), end, 1)
        for one in self.model.preparations:
            yield Arrow(("preparation", one.name), ("vesicle", one.of), 1)
        for cell in self.model.cells:
            yield from self._of_cell(cell)
        for one in self.model.body:
            if isinstance(one, Leaves) and one.between is not None:
                yield Arrow(("junctions", one.between), ("cells", one.cell), 0)

    def takes_up(self, cell: Cell, vesicle: str) -> bool:
        """Whether a cell clears or binds a vesicle class, in some state or some arm."""
        fates = [fate for name, fate in cell.vesicle_fate.items() if name in (vesicle, ALL_VESICLES)]
        bound = any(binds(cell, one) for one in self.model.vesicles if one.name == vesicle)
        if any(given(fate.clears) or (bound and given(fate.binding)) for fate in fates):
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

    def _by_ligand(self, cell: Cell) -> Iterator[Arrow]:
        """The more of the ligand vesicles show, the more of them a cell binds, and the more they bring to it."""
        for one in self.model.vesicles:
            ligand = fate_of(cell, one.name).ligand
            if ligand is not None and binds(cell, one):
                start: Thing = ("carried", one.name, ligand)
                for thing, turn in self.changed(cell, BehaviourText(kind="binding", what=one.name)):
                    yield Arrow(start, thing, turn)

    def _of_cell(self, cell: Cell) -> Iterator[Arrow]:
        here: Thing = ("cells", cell.name)
        yield from self._bases(cell)
        yield from self._by_ligand(cell)
        for vesicle in self.names.vesicles:
            if self.takes_up(cell, vesicle):
                yield Arrow(here, ("vesicle", vesicle), 0)
        for other in self._cells:  # cells take each other's room
            yield Arrow(here, ("cells", other), 0)
            yield Arrow(here, ("motion", other), 0)
            yield Arrow(("cells", other), ("pressure", cell.name), 1)
        yield Arrow(("motion", cell.name), here, 0)
        yield Arrow(here, ("junctions", cell.name), 0)
        for node in self.names.nodes[cell.name]:
            yield Arrow(here, ("node", cell.name, node), 0)
        for cargo in self.names.cargo:
            yield from (Arrow(here, (place, cell.name, cargo), 0) for place in ("cargo", "surface"))
        for thing, turn in self._of_molecules("passing", cell, "", cell.name):
            yield Arrow(("junctions", cell.name), thing, -turn)
        for trait in cell.traits:
            for words in trait.multiplies:
                for thing, turn in self.changed(cell, parse_behaviour(words)):
                    yield Arrow(("trait", cell.name, trait.name), thing, turn)
        if cell.moves is not None:
            yield from (Arrow(("substance", name), ("motion", cell.name), 1) for name in cell.moves.toward)
            yield from (Arrow(("node", cell.name, name), ("motion", cell.name), 1) for name in receptors_of(cell))

    def _bases(self, cell: Cell) -> Iterator[Arrow]:
        """What cells do together: the more of them, the more of it. In one state alone it has no sign."""
        here: Thing = ("cells", cell.name)
        for kind, verb in VERBS.items():
            entry = stated(cell, verb.base[0]) if verb.sums else None
            names = cast("dict[str, Value]", entry) if isinstance(entry, dict) else {}
            every = [BehaviourText(kind=kind, what=name) for name in names]
            for one in [BehaviourText(kind=kind)] if isinstance(entry, Value) else every:
                for thing, turn in self.changed(cell, one):
                    yield Arrow(here, thing, turn)
        for base in cell.while_state.values():
            for words in base.values:
                for thing, _ in self.changed(cell, parse_behaviour(words)):
                    yield Arrow(here, thing, 0)


def stores(matrix: Matrix) -> tuple[str, ...]:
    """What a matrix holds and sets free where it goes."""
    return (*{**matrix.stores, **matrix.new_stores},)


def _sign(one: Sentence, way: Way) -> int:
    if isinstance(way.sign, int):
        return way.sign
    said: object = getattr(one, way.sign)
    if isinstance(said, Value):
        return 1 if said.number >= way.over else -1
    return SIGNS[str(said)]
