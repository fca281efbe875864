"""The values of a model that no fact speaks of, those that most questions hang on first: what to measure next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from vesicula.evidence.measurements import settling
from vesicula.experiments.verdicts.asked import files_of, levels_of
from vesicula.experiments.verdicts.wiring import acts, measured_node, reached
from vesicula.language import prepare
from vesicula.language.arrows import Arrows, Thing
from vesicula.language.behind import facts_of
from vesicula.language.checking.facts import NO_CONTEXT
from vesicula.language.model import Arm, Model
from vesicula.language.spots import Spot
from vesicula.language.values import Value
from vesicula.language.walk import values
from vesicula.language.writing.models import value_text


@dataclass(frozen=True)
class Unmeasured:
    """A value without a fact.

    decides : questions (experiments of the library on this model, arms of the model itself) whose way from what is
    done to what is measured leads past it      measurement : what a laboratory would do, and in how many days
    """

    path: str
    quantity: str
    stated: str
    evidence: str
    decides: int
    measurement: str
    days: float | None

    def as_dict(self) -> dict[str, object]:
        """Flat, for JSON and CSV."""
        return asdict(self)


def unmeasured_values(model: str) -> list[Unmeasured]:
    """Values of nature of a model (file or name) that no fact speaks of, in any cell; the most deciding first.

    Constants of a law's form (weights, limits, hill) are left out: nobody measures them as such.
    Raises ModelError where the model has mistakes
    """
    ready = prepare(model)
    known = facts_of(ready)
    held = {
        path: (spot, value)
        for path, (spot, value) in values(ready).items()
        if spot.measured and spot.quantity not in NO_CONTEXT and not known.behind(spot).all
    }
    counts = _decides(ready, held)
    found = [_row(path, spot, value, counts[path]) for path, (spot, value) in held.items()]
    return sorted(found, key=lambda one: (-one.decides, one.path))


def _row(path: str, spot: Spot, value: Value, decides: int) -> Unmeasured:
    way = settling(spot.quantity.rpartition(" ")[2]) or settling(spot.quantity)
    evidence = "" if value.evidence is None else value.evidence.value
    return Unmeasured(
        path, spot.quantity, value_text(value), evidence, decides, "" if way is None else way.text,
        None if way is None else way.days,
    )  # fmt: skip


def _decides(model: Model, held: dict[str, tuple[Spot, Value]]) -> Counter[str]:
    """In how many questions a value's things lie on the way."""
    counts: Counter[str] = Counter()
    names = {path: _names(spot) for path, (spot, _) in held.items()}
    for there in _ways(model):
        for path, said in names.items():
            if any(said.issuperset(thing[1:]) for thing in there):
                counts[path] += 1
    return counts


def _names(spot: Spot) -> frozenset[str]:
    """Names of the cells, molecules and vesicles that a value belongs to."""
    return frozenset((*spot.path.split("."), *spot.entities[:1], *spot.cells))


def _ways(model: Model) -> Iterator[set[Thing]]:
    """For each question, the things between what is done and what is measured."""
    for path in files_of(model.name):
        tested = prepare(path)
        arms = {arm.name: arm for arm in tested.arms}
        for one in tested.experiments:
            measure = next(m for m in tested.measures if m.name == one.measure)
            yield _between(tested, arms[one.baseline], arms[levels_of(tested, one)[-1]], measured_node(tested, measure))
    for arm in model.arms[1:]:
        for measure in model.measures:
            yield _between(model, model.arms[0], arm, measured_node(model, measure))


def _between(model: Model, baseline: Arm, perturbation: Arm, target: Thing | None) -> set[Thing]:
    pairs = [(start, end) for start, end, _ in Arrows(model).all()]
    sources = {thing for thing, _ in acts(model, baseline, perturbation)}
    if target is None or not sources:
        return set()
    return reached(sources, pairs) & reached({target}, [(end, start) for start, end in pairs])
