"""Whether the signs of a model's paths alone decide an answer, or its numbers do.

A signed graph of what raises and lowers what: substances, nodes of cell types, numbers of cells, vesicles, delivered
cargo, matrix. Where every walk from what an arm changes to what is measured has one sign, the wiring decides; where
both signs arrive, thresholds, loops and opposing paths do, and only the run tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vesicula.language.arrows import Arrow, Arrows, Thing
from vesicula.language.measures import Measure
from vesicula.language.model import Arm, Model
from vesicula.language.sentences import Sentence
from vesicula.language.steps import StepText

MOTION, SHARE = ("migration", "invasion", "scratch"), "co-culture"


def arrows(model: Model) -> list[Arrow]:
    """Every arrow of a resolved model that has a sign."""
    return [arrow for arrow in Arrows(model).all() if arrow.sign]


def signs_at(model: Model, sources: list[tuple[Thing, int]], target: Thing) -> set[int]:
    """Signs with which walks from the sources arrive at the target, each source raised (1) or lowered (-1)."""
    return _signs(arrows(model), sources, target)


def _signs(drawn: Iterable[Arrow], sources: list[tuple[Thing, int]], target: Thing) -> set[int]:
    following: dict[Thing, list[tuple[Thing, int]]] = {}
    for start, end, sign in drawn:
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


def acts(model: Model, baseline: Arm, perturbation: Arm) -> list[tuple[Thing, int]]:
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
    ahead = reached(changed, [(start, end) for start, end, _ in drawn])
    back = reached(set() if target is None else {target}, [(end, start) for start, end, _ in drawn])
    return tuple(
        sentence
        for sentence, mine in _by_sentence(model)
        if not changed or target is None or any(start in ahead and end in back for start, end, _ in mine)
    )


def cut_without(
    model: Model, baseline: Arm, perturbation: Arm, measure: Measure, chosen: Callable[[Sentence], bool]
) -> bool:
    """Whether walks join what an arm changes to what is measured, and none once the chosen sentences are left out.

    That cells take each other's room to divide is no arrow with a sign.
    """
    steps, target = acts(model, baseline, perturbation), measured_node(model, measure)
    if not steps or target is None or not signs_at(model, steps, target):
        return False
    kept = [arrow for arrow in Arrows(model).of_blocks() if arrow.sign]
    kept += [arrow for sentence, mine in _by_sentence(model) for arrow in mine if not chosen(sentence)]
    return not _signs(kept, steps, target)


def reached(sources: set[Thing], pairs: list[tuple[Thing, Thing]]) -> set[Thing]:
    """Things that walks from the sources reach, the sources among them."""
    following: dict[Thing, list[Thing]] = {}
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
    """Each sentence with its arrows that have a sign."""
    for sentence, drawn in Arrows(model).by_sentence():
        yield sentence, [arrow for arrow in drawn if arrow.sign]


def _acts(model: Model, mine: tuple[StepText, ...], other: tuple[StepText, ...], sign: int) -> list[tuple[Thing, int]]:
    theirs, ways = {step.text for step in other}, Arrows(model)
    told = (found for step in mine if step.text not in theirs for found in ways.known_acts(step))
    return [(thing, sign * way) for thing, way in told if way]


def measured_node(model: Model, measure: Measure) -> Thing | None:
    """The node of the graph that a measure reads; None where it has none or many (a share of all cells, vesicles
    and what they carry).
    """
    cell = measure.cell or ""
    if measure.assay == SHARE or measure.kind == "carriers":
        return None
    if measure.assay in MOTION:
        return ("motion", measure.cell or measure.what)
    if measure.kind == "copies per particle":
        return ("carried", measure.vesicle or "", measure.what)
    if measure.kind == "count":
        return ("cells", measure.cell or measure.what)
    if measure.kind in ("matrix left", "matrix lost") or any(m.name == measure.what for m in model.matrix):
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
