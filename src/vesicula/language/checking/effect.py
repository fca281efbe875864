"""Doubts about what can have no effect: what nothing reads, what nothing makes, and arms that reach no measure.

Told of what stands in the model's own text, not of what the library's parts bring along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vesicula.language.arrows import Thing, given
from vesicula.language.grammar.rules import parse_behaviour
from vesicula.language.influence import SHOWS, Influence
from vesicula.language.measures import Measure
from vesicula.language.model import Arm, Cell, Model, Vesicle
from vesicula.language.names import Names, antibody, cargo_named, cargo_read, signals_of
from vesicula.language.sentences import Binds, InsideText, Makes, NamedSignal, NodeSetting, Sentence, place_in
from vesicula.language.spellings import line_of, named_molecules, related
from vesicula.language.steps import AddAntibody, AddSubstance, DoseSeries, Hold, SetParameter, StepText
from vesicula.language.text import Report
from vesicula.language.values import Location, Value


def check_effect(written: Model, resolved: Model, report: Report) -> None:
    """All doubts about what can have no effect.

    written : assembled, so that what the library fills in is told from what the text says
    """
    EffectCheck(written, resolved, report).run()


class EffectCheck:
    """Checks of one model."""

    def __init__(self, written: Model, resolved: Model, report: Report) -> None:
        self.written, self.model, self.report = written, resolved, report
        self.graph = Influence(resolved)
        self.names = Names(written)
        self.file = next((place.file for place in written.places.values()), "")
        self.steps = [*resolved.protocol, *(step for arm in resolved.arms for step in arm.steps)]
        self.paths = {word for one in self.steps if isinstance(one, SetParameter) for word in one.path.split(".")}
        self.molecules: dict[str, Location | None] = {}
        for name, where in named_molecules(written):
            self.molecules.setdefault(name, where)
        self.watched = {thing for one in resolved.measures for thing in self.graph.measured(one) or []}
        if resolved.cohort is not None:
            self.paths |= {word for one in resolved.cohort.differ for word in one.path.split(".")}

    def run(self) -> None:
        """All checks."""
        for vesicle in self.written.vesicles:
            self.cargo(vesicle)
        for cell in self.written.cells:
            self.readings(cell)
            self.unread(cell)
        self.substances()
        if self.model.measures:
            self.arms()
            for one in self.model.measures:
                self.constant(one)
            self.controls()

    def own(self, where: Location | None) -> bool:
        """Whether a place is in the model's own text."""
        return where is not None and (where.file == self.file or not where.file.startswith("library/"))

    def meant(self, name: str, among: Iterable[str], where: Location | None) -> str | None:
        """`did you mean …?` where another spelling, arm, letter or species of a molecule is among the names."""
        found = related(name, among)
        return None if found is None else f"did you mean `{found}`{line_of(self.molecules.get(found), where)}?"

    # --- what nothing reads

    def cargo(self, vesicle: Vesicle) -> None:
        """Cargo that no cell reads which takes the vesicles up."""
        for one in vesicle.carries:
            where = one.where or vesicle.where
            here: Thing = ("carried", vesicle.name, one.name)
            ends = set(self.graph.after(here))
            if not self.own(where) or any(self.graph.after(end) for end in ends) or one.name in self.paths:
                continue
            enzymes = [r for r in self.model.reactions if isinstance(r, Makes) and r.place == vesicle.name]
            if any(r.enzyme == one.name for r in enzymes):
                continue
            read = {name for cell in self.written.cells for name in cargo_read(cell)}
            hint = self.meant(one.name, read, where)
            if hint is None and ({here, *ends} & self.watched or self._marks(one.name)):
                continue
            if one.name in read:
                takers = [c.name for c in self.written.cells if one.name in cargo_read(c)]
                message = f"{' and '.join(takers)} read `{one.name}`, and none of them takes up {vesicle.name}"
                self.report.warn(
                    "nothing-reads", where, message, f"add for example `clears EV: library` to {takers[0]}"
                )
                continue
            message = f"no cell reads the `{one.name}` that {vesicle.name} carries"
            remedy = hint or f"say under `inside` or `rules` of a cell what it does, or leave it out of {vesicle.name}"
            self.report.warn("nothing-reads", where, message, remedy)

    def _marks(self, cargo: str) -> bool:
        return any(one.kind == "assay" and cargo in (one.what, one.to) for one in self.model.measures)

    def unread(self, cell: Cell) -> None:
        """Nodes and traits of a cell that nothing reads."""
        for node in self.names.nodes[cell.name]:
            said = [one for one in cell.inside if getattr(one, "node", None) == node]
            if not said or not all(self.own(one.where) for one in said):
                continue
            where = place_in(said[0], node)
            if self._useless(("node", cell.name, node)):
                readers = {name for name, _ in self.molecules.items() if name != node}
                hint = self.meant(node, readers, where)
                message = f"nothing in {cell.name} reads `{node}`, and no measure does"
                remedy = hint or f"add a rule or an edge that reads it, or a measure: `{node} in {cell.name}`"
                self.report.warn("nothing-reads", where, message, remedy)
        for trait in cell.traits:
            if self.own(trait.where) and not trait.multiplies and self._useless(("trait", cell.name, trait.name)):
                message = f"nothing in {cell.name} reads the trait `{trait.name}`"
                remedy = "say what it `multiplies`, or read it in a rule"
                self.report.warn("nothing-reads", trait.where, message, remedy)

    def _useless(self, thing: Thing) -> bool:
        """Whether no way leads from a thing to a measure or to what a picture shows, and it is the last of that way."""
        reached = self.graph.reached([thing])
        if any(one in self.watched or one[0] in SHOWS for one in reached):
            return False
        ends = [one for one in reached if not self.graph.after(one)]
        return not ends or thing in ends

    def substances(self) -> None:
        """Substances that cells secrete or a step adds, and nothing reads; and those that nothing makes at all."""
        read = {name for cell in self.written.cells for name in _outside(cell)}
        for name, where in self._supplied():
            here: Thing = ("substance", name)
            if not self.own(where) or name in self.paths or not self._useless(here):
                continue
            hint = self.meant(name, read, where)
            self.report.warn(
                "nothing-reads", where, f"nothing reads `{name}`, and no measure does",
                hint or f"add a rule that reads it, or a measure: `concentration of {name} in PLACE in pM`",
            )  # fmt: skip

    def _supplied(self) -> Iterator[tuple[str, Location | None]]:
        """Substances that the text makes, where it does, each once."""
        found: dict[str, Location | None] = {}
        for cell in self.written.cells:
            for name, value in cell.secretes.items():
                found.setdefault(name, value.where or cell.where)
        for step in self.steps:
            if isinstance(step, AddSubstance | Hold):
                found.setdefault(step.substance, step.where)
        preparations = {one.name for one in self.model.preparations}
        yield from ((name, where) for name, where in found.items() if name not in preparations)

    # --- what nothing makes

    def readings(self, cell: Cell) -> None:
        """Signals that nothing makes or brings."""
        for signal, sentence in _signals(cell):
            if not self.own(sentence.where) or signal.name in self.paths:
                continue
            for kind in self.names.meanings(cell, signal):
                if kind == "substance" and not self._made(signal.name):
                    made = [name for name in self.names.substances if self._made(name)]
                    self._unmade(signal.name, "no cell secretes it, and no step adds it", sentence, made)
                elif kind in ("cargo", "bound", "inserted"):
                    self._unbrought(cell, signal.name, sentence)
        for name, one in cargo_named(cell):
            if self.own(one.where) and name not in self.paths:
                self._unbrought(cell, name, one)
        for name, value in cell.moves.toward.items() if cell.moves is not None else ():
            if self.own(value.where) and name not in self.paths and not self._made(name):
                made = [other for other in self.names.substances if self._made(other)]
                hint = self.meant(name, made, value.where)
                message = f"nothing makes `{name}`: no cell secretes it, and no step adds it"
                remedy = hint or f"let a cell secrete it, or hold or add it under `protocol`: `at 0 h add 1 nM {name}`"
                self.report.warn("nothing-makes", value.where, message, remedy)

    def _unbrought(self, cell: Cell, cargo: str, sentence: Sentence) -> None:
        """A cargo that neither the cell itself nor any vesicles it takes up bring."""
        if given(cell.own_copies.get(cargo)) or any(
            cargo == part.name for one in self.model.preparations for part in one.co_isolated
        ):
            return
        carried = {v.name: [c.name for c in v.carries] for v in self.written.vesicles}
        bringing = [name for name, held in carried.items() if cargo in held]
        taker = next(one for one in self.model.cells if one.name == cell.name)
        if any(self.graph.ways.takes_up(taker, name) for name in bringing):
            return
        every = dict.fromkeys(name for held in carried.values() for name in held)
        self._unmade(cargo, f"no vesicles bring it to {cell.name}, which has no own copies", sentence, every)

    def _unmade(self, name: str, why: str, sentence: Sentence, among: Iterable[str]) -> None:
        hint = self.meant(name, among, sentence.where)
        remedy = hint or "add what makes or brings it, or leave the sentence out"
        self.report.warn("nothing-makes", place_in(sentence, name), f"nothing makes `{name}`: {why}", remedy)

    def _made(self, name: str) -> bool:
        """Whether anything makes a substance, brings it, or holds it."""
        return name in self._sources()

    def _sources(self) -> set[str]:
        if not hasattr(self, "_kept_sources"):
            self._kept_sources = set(_sources(self.model))
        return self._kept_sources

    # --- arms and measures

    def arms(self) -> None:
        """Arms that reach nothing that is measured; and an answer that no arm can change."""
        if len(self.model.arms) < 2 or any(self.graph.measured(one) is None for one in self.model.measures):
            return
        baseline, *others = self.model.arms
        answer = set(self.graph.measured(self.model.measures[0]) or ())
        moved: list[bool] = []
        for arm in others:
            if arm.control is not None or arm.series is not None:
                continue
            ways = self._ways(baseline, arm)
            moved.append(ways is None or bool(ways & answer))
            if ways is not None and not ways & self.watched:
                self._told_of_arm(arm)
        first = self.model.measures[0]
        if moved and not any(moved) and self.own(first.where):
            message = f"no arm changes anything that leads to `{first.name}`, which the answer is about"
            remedy = "so the answer is `no difference` by the wiring: see what the sentences of the cells read"
            self.report.warn("no-way", first.where, message, remedy)

    def controls(self) -> None:
        """Positive controls that cannot show anything, and checks whose outcome the wiring decides."""
        arms = {arm.name: arm for arm in self.model.arms}
        measures = {one.name: one for one in self.model.measures}
        for one in self.model.positive_controls:
            if not self._joined(arms[one.baseline], arms[one.perturbation], measures[one.measure]):
                message = f"nothing leads from what the arm {one.perturbation} changes to `{one.measure}`"
                remedy = "so this control fails in every draw: name an arm that has to move the measure"
                self.report.warn("no-way", one.where, message, remedy)
        for one in self.model.checks:
            for bound in (one.below, one.above, one.within):
                if bound is None or bound.of not in arms:
                    continue
                if not self._joined(arms[bound.of], arms[one.arm], measures[one.measure]):
                    message = f"nothing leads from what differs between {bound.of} and {one.arm} to `{one.measure}`"
                    remedy = "so this check drops all draws or none: check something that the arm changes"
                    self.report.warn("no-way", one.where, message, remedy)

    def _joined(self, baseline: Arm, arm: Arm, measure: Measure) -> bool:
        """Whether something leads from what an arm changes to what is measured; in doubt, yes."""
        things, ways = self.graph.measured(measure), self._ways(baseline, arm)
        return things is None or ways is None or bool(ways.intersection(things))

    def _told_of_arm(self, arm: Arm) -> None:
        where = arm.steps[0].where if arm.steps else arm.where
        if not self.own(where or arm.where):
            return
        message = f"nothing leads from what the arm {arm.name} changes to anything that is measured"
        remedy = "measure what it changes, or say which sentence of which cell reads it"
        self.report.warn("no-way", where or arm.where, message, remedy)

    def _ways(self, baseline: Arm, arm: Arm) -> set[Thing] | None:
        """All that an arm can change against the baseline; None where that cannot be told."""
        mine, theirs = {s.text: s for s in arm.steps}, {s.text: s for s in baseline.steps}
        sources: set[Thing] = set()
        for text in mine.keys() ^ theirs.keys():
            found = self.graph.touched(mine.get(text) or theirs[text])
            if found is None:
                return None
            sources.update(found)
        return self.graph.reached(sources) if sources else None

    def constant(self, one: Measure) -> None:
        """A measure that nothing can move."""
        things = self.graph.measured(one)
        if things is None or not self.own(one.where) or self.model.cohort is not None:
            return
        sources: set[Thing] = set()
        for step in self.steps:
            found = self.graph.touched(step)
            if found is None:
                return
            sources.update(found)
        moved = self.graph.reached(sources)
        if any(thing in moved or self._moves(thing) for thing in things):
            return
        message = f"nothing in the model can move `{one.name}`: it is the same at all times and in all arms"
        self.report.warn("constant", one.where, message, "measure what a sentence or an arm changes, or leave it out")

    def _moves(self, thing: Thing) -> bool:
        """Whether anything but the steps of arms changes a thing in time; in doubt, yes."""
        kind = thing[0]
        if kind == "substance":
            return thing[1] in self._sources()
        if kind == "vesicle":
            steps = [getattr(s, "vesicle", getattr(s, "preparation", None)) for s in self.steps]
            released = any(given(c.releases.get(thing[1])) for c in self.model.cells)
            return released or any(step is not None for step in steps)
        if kind == "node":
            cell = next(c for c in self.model.cells if c.name == thing[1])
            return any(_drives(one, thing[2]) for one in cell.inside)
        if kind in ("cargo", "surface"):
            vesicles = [v for v in self.model.vesicles if any(c.name == thing[2] for c in v.carries)]
            rna = any(part.name == thing[2] for p in self.model.preparations for part in p.co_isolated)
            return rna or any(thing in self.graph.ways.delivered(v, thing[2]) for v in vesicles)
        return True


def _drives(one: InsideText, node: str) -> bool:
    return getattr(one, "node", None) == node and not isinstance(one, NodeSetting)


def _signals(cell: Cell) -> Iterator[tuple[NamedSignal, Sentence]]:
    read = signals_of(cell.inside, cell.rules)
    return ((signal, sentence) for signal, sentence in read if isinstance(signal, NamedSignal))


def _outside(cell: Cell) -> set[str]:
    """Names that may be substances and that a cell reads."""
    found = {signal.name for signal, _ in _signals(cell) if signal.place in (None, "outside")}
    return found | (set(cell.moves.toward) if cell.moves is not None else set())


def _sources(model: Model) -> Iterator[str]:
    """Substances that something makes, brings or holds."""
    for one in model.substances:
        held = any(isinstance(wall, Value) for wall in one.walls.values())
        if held or given(one.start):
            yield one.name
    for cell in model.cells:
        yield from cell.secretes
        for base in cell.while_state.values():
            yield from (b.what or "" for b in map(parse_behaviour, base.values) if b.kind == "secretion")
    for reaction in model.reactions:
        if isinstance(reaction, Binds):
            yield from (reaction.product, reaction.first, reaction.second)
        else:
            yield reaction.product
    for matrix in model.matrix:
        yield from (*matrix.stores, *matrix.new_stores)
    for preparation in model.preparations:
        yield from (part.name for part in preparation.co_isolated)
    for step in (*model.protocol, *(step for arm in model.arms for step in arm.steps)):
        yield from _brought_by(step)


def _brought_by(step: StepText) -> tuple[str, ...]:
    match step:
        case AddSubstance() | Hold():
            return (step.substance,)
        case AddAntibody():
            return (step.against, antibody(step.against), f"{antibody(step.against)}:{step.against}")
        case DoseSeries():
            return (step.what,)
        case _:
            return ()
