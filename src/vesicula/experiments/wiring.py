"""Whether the signs of a model's paths alone decide an answer, or its numbers do.

A signed graph of what raises and lowers what: substances, nodes of cell types, numbers of cells, vesicles, delivered
cargo, matrix. Where every walk from what an arm changes to what is measured has one sign, the wiring decides; where
both signs arrive, thresholds, loops and opposing paths do, and only the run tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vesicula.spec.measures import Measure
from vesicula.spec.model import Arm, Cell, Model
from vesicula.spec.names import receptors_of
from vesicula.spec.sentences import (
    BehaviourText,
    Binds,
    Closes,
    ContactSignal,
    Degrades,
    Edge,
    Gate,
    InsideText,
    Keeps,
    KeepsItself,
    Makes,
    NamedSignal,
    PressureSignal,
    Rule,
    RuleText,
    Sentence,
    Sequesters,
    SignalText,
    Silences,
    Term,
    TurnsInto,
)
from vesicula.spec.steps import (
    AddAntibody,
    AddCells,
    AddPreparation,
    AddSubstance,
    AddVesicles,
    Block,
    Clamp,
    Deplete,
    GiveMedium,
    Hold,
    KnockOut,
    LoadCargo,
    MutateSite,
    Overexpress,
    RemoveCargo,
    RemoveCells,
    Replace,
    Rescale,
    StepText,
    Without,
)

Node = tuple[str, ...]
MOTION = ("migration", "invasion", "scratch")
Arrow = tuple[Node, Node, int]


def arrows(model: Model) -> list[Arrow]:
    """Every signed arrow of a resolved model."""
    out = [*_between_molecules(model), *_vesicles(model)]
    for cell in model.cells:
        out += [*_bases(model, cell), *_inside(model, cell, cell.inside), *_rules(model, cell, cell.rules)]
    return out


def signs_at(model: Model, sources: list[tuple[Node, int]], target: Node) -> set[int]:
    """Signs with which walks from the sources arrive at the target, each source raised (1) or lowered (-1)."""
    following: dict[Node, list[tuple[Node, int]]] = {}
    for start, end, sign in arrows(model):
        following.setdefault(start, []).append((end, sign))
    seen = set(sources)
    waiting = list(sources)
    while waiting:
        node, sign = waiting.pop()
        for end, turn in following.get(node, ()):
            if (end, sign * turn) not in seen:
                seen.add((end, sign * turn))
                waiting.append((end, sign * turn))
    return {sign for node, sign in seen if node == target}


def decided_by(model: Model, baseline: Arm, perturbation: Arm, measure: Measure) -> str:
    """`wiring` where all walks agree in sign, `nothing` where no walk arrives, `run` otherwise (also where an arm's act
    has no place in the graph).
    """
    steps, target = acts(model, baseline, perturbation), measured_node(model, measure)
    if not steps or target is None:
        return "run"
    return {0: "nothing", 1: "wiring"}.get(len(signs_at(model, steps, target)), "run")


def acts(model: Model, baseline: Arm, perturbation: Arm) -> list[tuple[Node, int]]:
    """What the perturbation raises (1) or lowers (-1) against the baseline."""
    return [
        *_acts(model, perturbation.steps, baseline.steps, 1),
        *_acts(model, baseline.steps, perturbation.steps, -1),
    ]


def shortcuts(
    model: Model, baseline: Arm, perturbation: Arm, measure: Measure, chosen: Callable[[Sentence], bool]
) -> tuple[Sentence, ...]:
    """Chosen sentences that alone join what an arm changes to what is measured: the answer was written down."""
    target = measured_node(model, measure)
    changed = {node for node, _ in acts(model, baseline, perturbation)}
    return tuple(
        sentence
        for sentence, drawn in _by_sentence(model)
        if chosen(sentence) and any(start in changed and end == target for start, end, _ in drawn)
    )


def on_paths(model: Model, baseline: Arm, perturbation: Arm, measure: Measure) -> tuple[Sentence, ...]:
    """Sentences that lie on a walk from what an arm changes to what is measured; all where either has no place."""
    target = measured_node(model, measure)
    changed = {node for node, _ in acts(model, baseline, perturbation)}
    drawn = arrows(model)
    ahead = _reached(changed, [(start, end) for start, end, _ in drawn])
    back = _reached(set() if target is None else {target}, [(end, start) for start, end, _ in drawn])
    return tuple(
        sentence
        for sentence, mine in _by_sentence(model)
        if not changed or target is None or any(start in ahead and end in back for start, end, _ in mine)
    )


def cut_without(
    model: Model, baseline: Arm, perturbation: Arm, measure: Measure, chosen: Callable[[Sentence], bool]
) -> bool:
    """Whether walks join what an arm changes to what is measured, and none once the chosen sentences are left out.

    That cells take each other's room to divide is no arrow of the graph.
    """

    def kept(them: Sequence[Sentence]) -> tuple[Sentence, ...]:
        return tuple(s for s in them if not chosen(s))

    cells = tuple(
        cell.model_copy(update={name: kept(getattr(cell, name)) for name in ("inside", "rules", "becomes")})
        for cell in model.cells
    )
    matrix = tuple(m.model_copy(update={"degraded": kept(m.degraded)}) for m in model.matrix)
    bare = model.model_copy(update={"cells": cells, "matrix": matrix, "reactions": kept(model.reactions)})
    steps, target = acts(model, baseline, perturbation), measured_node(model, measure)
    if not steps or target is None or not signs_at(model, steps, target):
        return False
    return not signs_at(bare, steps, target)


def _reached(sources: set[Node], pairs: list[tuple[Node, Node]]) -> set[Node]:
    """Nodes that walks from the sources reach, the sources among them."""
    following: dict[Node, list[Node]] = {}
    for start, end in pairs:
        following.setdefault(start, []).append(end)
    seen, waiting = set(sources), list(sources)
    while waiting:
        for end in following.get(waiting.pop(), ()):
            if end not in seen:
                seen.add(end)
                waiting.append(end)
    return seen


def _by_sentence(model: Model) -> Iterator[tuple[Sentence, list[Arrow]]]:
    """Each sentence with the arrows that it draws alone."""
    for reaction in model.reactions:
        yield reaction, list(_between_molecules(model.model_copy(update={"reactions": (reaction,), "matrix": ()})))
    for matrix in model.matrix:
        for law in matrix.degraded:
            single = matrix.model_copy(update={"degraded": (law,)})
            others = tuple(m for m in model.matrix if m.name != matrix.name)
            bare = tuple(m.model_copy(update={"degraded": ()}) for m in others)
            yield law, list(_between_molecules(model.model_copy(update={"reactions": (), "matrix": (single, *bare)})))
    for cell in model.cells:
        for sentence in cell.inside:
            yield sentence, list(_inside(model, cell, (sentence,)))
        for rule in cell.rules:
            yield rule, list(_rules(model, cell, (rule,)))


def _acts(model: Model, mine: tuple[StepText, ...], other: tuple[StepText, ...], sign: int) -> list[tuple[Node, int]]:
    theirs = {step.text for step in other}
    return [(node, sign * way) for step in mine if step.text not in theirs for node, way in _act(model, step)]


def _act(model: Model, step: StepText) -> Iterator[tuple[Node, int]]:
    """What a step raises or lowers."""
    match step:
        case AddSubstance() | Hold():
            yield ("substance", step.substance), 1
        case AddAntibody():
            yield ("substance", step.against), -1
        case AddVesicles():
            yield ("vesicle", step.vesicle), 1
        case AddPreparation():
            yield ("vesicle", _class_of(model, step.preparation)), 1
        case Replace():
            yield ("vesicle", _class_of(model, step.preparation)), -1
        case Rescale():
            yield ("vesicle", _class_of(model, step.what)), 1 if step.factor.number > 1 else -1
        case AddCells():
            yield ("cells", step.cell), 1
        case RemoveCells() if step.cell is not None:
            yield ("cells", step.cell), -1
        case Without():
            yield ("cells", step.cell), -1
        case Deplete():
            for kind in ("cells", "substance", "vesicle"):
                yield (kind, step.what), -1
        case KnockOut():
            for cell in model.cells:
                if step.cell in (None, cell.name):
                    yield ("node", cell.name, step.what), -1
                    if step.what in receptors_of(cell):
                        yield ("motion", cell.name), -1
            yield ("substance", step.what), -1
        case Clamp():
            yield ("node", step.cell, step.node), 1 if step.level.number >= 0.5 else -1
        case Block() if step.process == "sensing" and all(s.name != step.what for s in model.substances):
            yield from _expressed(model, step)
        case Block() if step.process in ("sensing", "secretion"):
            yield ("substance", step.what), -1
        case Block() if step.process == "release":
            yield ("vesicle", step.what), -1
        case Block():
            for cargo in (c.name for v in model.vesicles if v.name == step.what for c in v.carries):
                for cell in model.cells:
                    yield ("cargo", cell.name, cargo), -1
        case RemoveCargo() | LoadCargo():
            for cell in model.cells:
                yield ("cargo", cell.name, step.cargo), -1 if isinstance(step, RemoveCargo) else 1
        case MutateSite():
            yield ("node", step.cell, step.node), 1
        case GiveMedium():
            for substance in model.substances:
                yield ("substance", substance.name), 1
        case _:
            return


def _expressed(model: Model, step: KnockOut | Overexpress | Block) -> Iterator[tuple[Node, int]]:
    """What a cell has of a gene: node, secretion, enzyme, own copies, cargo of its vesicles, for all that read it."""
    sign = 1 if isinstance(step, Overexpress) else -1
    donors = [cell.name for cell in model.cells if step.cell in (None, cell.name)]
    for cell in donors:
        yield ("node", cell, step.what), sign
        yield ("cargo", cell, step.what), sign
    yield ("substance", step.what), sign
    if any(step.what in cell.surface for cell in model.cells if cell.name in donors):
        yield from ((end, sign * way) for end, way in _made_by(model, step.what))
    if any(v.donor in donors and any(c.name == step.what for c in v.carries) for v in model.vesicles):
        for cell in model.cells:
            if cell.name not in donors:
                yield ("cargo", cell.name, step.what), sign


def _class_of(model: Model, name: str) -> str:
    return next((p.of for p in model.preparations if p.name == name), name)


def measured_node(model: Model, measure: Measure) -> Node | None:
    """The node of the graph that a measure reads; None where it has none."""
    cell = measure.cell or ""
    if measure.assay in MOTION:
        return ("motion", measure.cell or measure.what)
    if measure.kind == "count":
        return ("cells", measure.cell or measure.what)
    if measure.kind == "matrix left" or any(m.name == measure.what for m in model.matrix):
        return ("matrix", measure.what)
    if any(s.name == measure.what for s in model.substances) and not cell:
        return ("substance", measure.what)
    if measure.kind in ("vesicles", "delivered") or any(v.name == measure.what for v in model.vesicles):
        return ("vesicle", measure.what)
    if measure.kind in ("copies", "delivered copies"):
        return ("cargo", cell, measure.what)
    if any(c.name == measure.what for c in model.cells):
        return ("cells", measure.what)
    return ("node", cell, measure.what) if cell else None


def _signal(model: Model, cell: Cell, signal: SignalText) -> Node | None:
    if isinstance(signal, ContactSignal):
        return ("cells", signal.cell)
    if isinstance(signal, PressureSignal):
        return ("pressure", cell.name)
    if not isinstance(signal, NamedSignal):
        return None
    name = signal.name
    if signal.place in ("delivered", "bound", "inserted"):
        return ("cargo", cell.name, name)
    if signal.place != "outside" and any(getattr(s, "node", None) == name for s in cell.inside):
        return ("node", cell.name, name)
    if any(s.name == name for s in model.substances):
        return ("substance", name)
    if any(m.name == name for m in model.matrix):
        return ("matrix", name)
    return ("cargo", cell.name, name)


def _terms(gate: Gate, sign: int = 1) -> Iterator[tuple[SignalText, int]]:
    if isinstance(gate, Term):
        yield gate.signal, -sign if gate.inhibit else sign
    else:
        for part in gate.parts:
            yield from _terms(part, sign)


def _inside(model: Model, cell: Cell, sentences: Sequence[InsideText]) -> Iterator[Arrow]:
    for s in sentences:
        match s:
            case Edge():
                for signal, sign in _terms(s.gate):
                    start = _signal(model, cell, signal)
                    if start is not None:
                        yield start, ("node", cell.name, s.node), sign if s.effect == "activates" else -sign
            case Silences():
                yield ("cargo", cell.name, s.mirna), ("node", cell.name, s.node), -1
            case Sequesters():
                yield ("node", cell.name, s.node), ("cargo", cell.name, s.cargo), -1
            case KeepsItself():
                yield ("node", cell.name, s.node), ("node", cell.name, s.node), 1
            case Closes():
                for vesicle in model.vesicles:
                    yield ("node", cell.name, s.node), ("vesicle", vesicle.name), -1
            case _:
                pass


def _rules(model: Model, cell: Cell, rules: Sequence[RuleText]) -> Iterator[Arrow]:
    for rule in rules:
        start = _signal(model, cell, rule.signal)
        if start is None or start[0] == "pressure":
            continue
        if isinstance(rule, Keeps):
            yield start, ("cells", cell.name), -1
        elif isinstance(rule, Rule):
            sign = 1 if rule.direction == "raises" else -1
            for end, way in _effects(model, cell, rule.behaviour):
                yield start, end, sign * way


def _effects(model: Model, cell: Cell, behaviour: BehaviourText) -> Iterator[tuple[Node, int]]:
    what = behaviour.what or ""
    match behaviour.kind:
        case "secretion":
            yield ("substance", what), 1
        case "uptake":
            yield ("substance", what), -1
        case "release":
            yield ("vesicle", what), 1
        case "clearance" | "fusion" | "endocytosis" | "binding":
            for cargo in (c.name for v in model.vesicles if v.name == what for c in v.carries):
                yield ("cargo", cell.name, cargo), 1
        case "loading":
            for other in model.cells:
                yield ("cargo", other.name, what), 1
        case "division":
            yield ("cells", cell.name), 1
        case "apoptosis" | "necrosis":
            yield ("cells", cell.name), -1
        case "becoming":
            if any(other.name == what for other in model.cells):
                yield ("cells", what), 1
                yield ("cells", cell.name), -1
            else:
                yield ("cells", cell.name), 1
        case "resorption":
            yield from _resorbed(model, what)
        case "deposition":
            yield ("matrix", what), 1
        case "killing":
            yield ("cells", what), -1
        case "surface enzyme":
            yield from _made_by(model, what)
        case "speed" | "bias" | "attraction" | "persistence" | "repulsion":
            yield ("motion", cell.name), 1
        case "adhesion":
            yield ("motion", cell.name), -1
        case "engulfing":  # the dead make room
            for other in model.cells:
                yield ("pressure", other.name), -1
        case "leaving":  # fewer here, more elsewhere
            yield ("cells", cell.name), 1
            yield ("cells", cell.name), -1


def _made_by(model: Model, enzyme: str) -> Iterator[tuple[Node, int]]:
    """What an enzyme on cells makes and uses up."""
    for r in model.reactions:
        if isinstance(r, Makes) and r.enzyme == enzyme:
            yield ("substance", r.product), 1
            yield ("substance", r.substrate), -1


def _resorbed(model: Model, matrix: str) -> Iterator[tuple[Node, int]]:
    """What the loss of a matrix changes: itself, and what it stores is set free."""
    yield ("matrix", matrix), -1
    for m in model.matrix:
        if m.name == matrix:
            for substance in {**m.stores, **m.new_stores}:
                yield ("substance", substance), 1


def _bases(model: Model, cell: Cell) -> Iterator[Arrow]:
    here: Node = ("cells", cell.name)
    for name in cell.secretes:
        yield here, ("substance", name), 1
    for name in cell.takes_up:
        yield here, ("substance", name), -1
    for name in cell.releases:
        yield here, ("vesicle", name), 1
    for name in cell.resorbs:
        for end, sign in _resorbed(model, name):
            yield here, end, sign
    for name in cell.deposits:
        yield here, ("matrix", name), 1
    for name in cell.kills:
        yield here, ("cells", name), -1
    for name in cell.surface:
        for end, sign in _made_by(model, name):
            yield here, end, sign
    for other in model.cells:
        yield ("cells", other.name), ("pressure", cell.name), 1
    if cell.moves is not None:
        for name in cell.moves.toward:
            yield ("substance", name), ("motion", cell.name), 1
        for receptor in receptors_of(cell):
            yield ("node", cell.name, receptor), ("motion", cell.name), 1
    for change in cell.becomes:
        if any(other.name == change.to for other in model.cells):
            yield here, ("cells", change.to), 1


def _vesicles(model: Model) -> Iterator[Arrow]:
    for vesicle in model.vesicles:
        for carried in vesicle.carries:
            for cell in model.cells:
                yield ("vesicle", vesicle.name), ("cargo", cell.name, carried.name), 1


def _between_molecules(model: Model) -> Iterator[Arrow]:
    for r in model.reactions:
        match r:
            case Binds():
                first, second = ("substance", r.first), ("substance", r.second)
                yield from ((first, second, -1), (second, first, -1))
                yield from ((first, ("substance", r.product), 1), (second, ("substance", r.product), 1))
            case Makes():
                enzyme = ("substance", r.enzyme) if r.place is None else ("vesicle", r.place)
                yield from ((enzyme, ("substance", r.product), 1), (enzyme, ("substance", r.substrate), -1))
                yield ("substance", r.substrate), ("substance", r.product), 1
            case TurnsInto():
                yield ("substance", r.substrate), ("substance", r.product), 1
    for m in model.matrix:
        for d in m.degraded:
            if isinstance(d, Degrades):
                for end, sign in _resorbed(model, m.name):
                    yield ("substance", d.enzyme), end, sign
