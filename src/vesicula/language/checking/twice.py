"""Checks that nothing is said twice where only one of the two could hold."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from vesicula.errors import UnitError
from vesicula.language.body import Leaves, Parts
from vesicula.language.grammar.rules import parse_behaviour
from vesicula.language.lasting import minutes, overlap, span
from vesicula.language.model import Cell, Model, Preparation
from vesicula.language.names import Names, antibody
from vesicula.language.overlap import Meant, subject
from vesicula.language.paths import canonical
from vesicula.language.resolving import DEFAULT_STEP
from vesicula.language.sentences import NodeSetting, Sentence, Silences
from vesicula.language.steps import (
    AddAntibody,
    Block,
    Clamp,
    GiveMedium,
    Hold,
    KnockOut,
    LoadCargo,
    Overexpress,
    RemoveCargo,
    Rescale,
    SetParameter,
    StepText,
)
from vesicula.language.text import Report
from vesicula.language.values import Frozen, Location, Value
from vesicula.units import internal

Meet = Callable[[StepText, StepText, str], None]
"""Reports a step with the one that it meets, and a remedy."""
ONE_OUT = "leave one of the two out"


def check_twice(model: Model, report: Report) -> None:
    """All of an assembled model, before the library fills what is not said."""
    _sentences(model.reactions, "the reaction", report)
    for matrix in model.matrix:
        _sentences(matrix.degraded, f"how {matrix.name} is degraded", report)
    names = Names(model)
    for cell in model.cells:
        for sentences, what in ((cell.rules, "rule"), (cell.inside, "sentence"), (cell.becomes, "transition")):
            _sentences(sentences, f"the {what} of {cell.name}", report, partial(names.meant, cell))
        _silencing(cell, report)
        _states(cell, report)
    _cargo(model, report)
    for preparation in model.preparations:
        _co_isolated(preparation, report)
    _overrides(model, report)
    _sentences([one for one in model.body if isinstance(one, Leaves)], "the passage", report)
    _sentences([one for one in model.body if isinstance(one, Parts)], "the wall", report)
    _sentences(() if model.cohort is None else model.cohort.differ, "what this genotype multiplies", report)
    protocol = _snapped(model.protocol, model)
    for arm, steps in [(arm.name, arm.steps) for arm in model.arms] or [("", ())]:
        _steps(arm, protocol, _snapped(steps, model), report)
    declared = {one.name: one for one in model.substances}
    for step in (*model.protocol, *(step for arm in model.arms for step in arm.steps)):
        if isinstance(step, AddAntibody) and antibody(step.against) in declared:
            message = f"{antibody(step.against)} is declared under `substances` too, with values of its own"
            remedy = "add it as that substance, with a reaction `binds`, or leave it out of `substances`"
            report.add("two-ways", step.where, message, remedy)


def _snapped(steps: Sequence[StepText], model: Model) -> tuple[StepText, ...]:
    """Steps with the numbers of the macro steps at which they happen in place of their times (as minutes)."""
    grid = minutes(model.run.step or DEFAULT_STEP, 0.0)
    if not grid > 0.0:
        return (*steps,)

    def told(value: Value | None) -> Value | None:
        time = minutes(value, math.nan)
        return value if math.isnan(time) else Value(number=float(round(time / grid)), unit="min")

    return tuple(
        one.model_copy(update={name: told(getattr(one, name)) for name in ("at", "every", "until")}) for one in steps
    )


def _line(where: Location | None) -> str:
    return "" if where is None else f" in line {where.line}"


def _sentences(sentences: Iterable[Sentence], what: str, report: Report, meant: Meant = Frozen.model_dump_json) -> None:
    """Two sentences of one list about the same thing."""
    seen: dict[tuple[str, str], Sentence] = {}
    for one in sentences:
        sense = getattr(one, one.sense) if one.sense else ""
        first = seen.setdefault((subject(one, meant), sense), one)
        if first is not one:
            message = f"{what} is said already{_line(first.where)}: `{first.text}`"
            report.add("two-ways", one.where, message, ONE_OUT)


def _differ(first: Value | None, second: Value | None) -> bool:
    """Whether both are stated, and not alike."""
    stated = [one for one in (first, second) if one is not None and one.has_number and one.parameter is None]
    return len(stated) == 2 and (stated[0].number, stated[0].unit) != (stated[1].number, stated[1].unit)


def _silencing(cell: Cell, report: Report) -> None:
    """A target has one number of mRNA and one half-life of mRNA and protein, whatever silences it."""
    settings = {one.node: one for one in cell.inside if isinstance(one, NodeSetting) and one.setting == "responds in"}
    first: dict[tuple[str, str], Value] = {}
    for one in cell.inside:
        if not isinstance(one, Silences):
            continue
        for name in ("mrna", "mrna_half_life", "protein_half_life"):
            value: object = getattr(one, name)
            if not isinstance(value, Value) or not value.has_number or value.parameter is not None:
                continue
            if _differ(first.setdefault((one.node, name), value), value):
                what = name.replace("mrna", "mRNA").replace("_", " ")
                message = f"{one.node} of {cell.name} has two values of its {what}"
                report.add("two-ways", value.where or one.where, message, "write the same in both sentences")
            if name == "protein_half_life" and one.node in settings:
                message = f"`{settings[one.node].text}` and a half-life of its protein say how fast {one.node} follows"
                report.add("two-ways", value.where or one.where, message, ONE_OUT)


def _states(cell: Cell, report: Report) -> None:
    """Clearance of a vesicle class in a state is fusion and endocytosis together."""
    for state, base in cell.while_state.items():
        said = {words: parse_behaviour(words) for words in base.values}
        for words, value in base.values.items():
            routes = (each for each in said if said[each].kind in ("fusion", "endocytosis"))
            parts = [each for each in routes if said[each].what == said[words].what]
            if said[words].kind == "clearance" and parts:
                message = f"while {state}, `{words}` holds `{parts[0]}` too"
                report.add("two-ways", value.where or cell.where, message, ONE_OUT)


def _cargo(model: Model, report: Report) -> None:
    """A cargo is one kind of molecule, with one half-life in the cytosol, whichever vesicles bring it."""
    kinds: dict[str, str] = {}
    lives: dict[str, Value] = {}
    for vesicle in model.vesicles:
        for one in vesicle.carries:
            if kinds.setdefault(one.name, one.type) != one.type:
                message = f"{one.name} is {kinds[one.name]} in one vesicle class and {one.type} in {vesicle.name}"
                report.add("two-ways", one.where, message, "give two molecules two names")
            life = one.half_life
            if life is None or not life.has_number or life.parameter is not None:
                continue
            if _differ(lives.setdefault(one.name, life), life):
                message = f"{one.name} has another half-life in the cytosol where another vesicle class brings it"
                report.add("two-ways", life.where or one.where, message, "write the same in both, or in one of them")


def _co_isolated(preparation: Preparation, report: Report) -> None:
    seen: set[str] = set()
    for one in preparation.co_isolated:
        if subject(one) in seen:
            message = f"{one.name} comes with {preparation.name} already"
            report.add("two-ways", one.where, message, "write the sum in one line")
        seen.add(subject(one))


def _overrides(model: Model, report: Report) -> None:
    seen: dict[str, str] = {}
    for path, value in model.but.items():
        first = seen.setdefault(canonical(path), path)
        if first != path:
            report.add("two-ways", value.where, f"`{path}` and `{first}` are one value", ONE_OUT)


def _steps(arm: str, protocol: Sequence[StepText], own: Sequence[StepText], report: Report) -> None:
    """Steps of one arm, the protocol's among them, of which only one could hold.

    What an arm sets or holds goes before what the protocol does. Of what is set or clamped, the later start holds.
    """

    def meet(one: StepText, first: StepText, remedy: str) -> None:
        common = any(one is step for step in protocol) and any(first is step for step in protocol)
        of_arm = f" in the arm {arm}" if arm and not common else ""
        message = f"`{one.text}` meets `{first.text}`{_line(first.where)}{of_arm}"
        if not any((other.message, other.code) == (message, "two-ways") for other in report.diagnostics):
            report.add("two-ways", one.where, message, remedy)

    _clamped((*protocol, *own), meet)
    _held(protocol, own, meet)
    _poured((*protocol, *own), meet)
    seen: dict[tuple[str, bool], list[StepText]] = {}
    for number, one in enumerate((*protocol, *own)):
        if one.about is None:
            continue
        about = (subject(one), isinstance(one, SetParameter) and number < len(protocol))
        first = next((other for other in seen.get(about, []) if _meet(other, one)), None)
        seen.setdefault(about, []).append(one)
        if first is not None and not _one_and_the_same(one, first):
            meet(one, first, _remedy(one))


def _clamped(steps: Sequence[StepText], meet: Meet) -> None:
    """A node cannot be held at a level and be gone in one arm."""
    gone = [one for one in steps if isinstance(one, KnockOut)]
    for one in steps:
        for other in gone if isinstance(one, Clamp) else ():
            if (
                isinstance(one, Clamp)
                and other.what == one.node
                and other.cell in (None, one.cell)
                and overlap(one, other)
            ):
                meet(one, other, "clamp it at 0, or leave one of the two out")


def _held(protocol: Sequence[StepText], own: Sequence[StepText], meet: Meet) -> None:
    """A substance is held at one level at a time, and what ends one hold would end another that has begun since."""
    said = [(one, mine) for mine, steps in ((False, protocol), (True, own)) for one in steps if isinstance(one, Hold)]
    for number, (one, mine) in enumerate(said):
        for other, of_arm in said[:number]:
            if one.substance != other.substance:
                continue
            if mine is of_arm and _at_one_time(one, other):
                meet(one, other, _remedy(one))
            elif _cut_short(one, other) or (mine is of_arm and _cut_short(other, one)):
                meet(one, other, "let one of the two end before the other begins, or say no end")


def _at_one_time(one: Hold, other: Hold) -> bool:
    """Whether both happen at one time: a level beside a level, or a release beside a release."""
    if (one.level is None) != (other.level is None):
        return False  # a release goes before what is held from then on
    first, second = _times(one), _times(other)
    both = range(max(first.start, second.start), min(first.stop, second.stop))
    return any(time in first and time in second for time in both[: first.step * second.step])


def _times(one: Hold) -> range:
    """Macro steps at which a hold happens, without an end where it is repeated."""
    begins, every = round(span(one)[0]), round(minutes(one.every, 0.0))
    return range(begins, sys.maxsize, max(every, 1)) if one.every is not None else range(begins, begins + 1)


def _cut_short(one: Hold, other: Hold) -> bool:
    """Whether the end of `other` ends `one` too, which begins before it and says another end or none."""
    begins, ends = span(one)
    other_begins, other_ends = span(other)
    return one.level is not None and other_begins <= begins < other_ends < math.inf and ends != other_ends


def _poured(steps: Sequence[StepText], meet: Meet) -> None:
    """What gets medium at a time gives none then, nor gets it twice: one would have to go before the other."""
    gifts = [one for one in steps if isinstance(one, GiveMedium)]
    for number, one in enumerate(gifts):
        for other in gifts[:number]:
            met = {one.target, other.target} & {one.source, other.source} or {one.target} & {other.target}
            if met and _time(one.at) == _time(other.at) and one.source != one.target:
                meet(one, other, "give the two at different times, in the order that is meant")


def _time(value: Value | None) -> float:
    try:
        return 0.0 if value is None else round(internal(value, "time"), 6)
    except UnitError:
        return float("nan")


def _one_and_the_same(one: StepText, first: StepText) -> bool:
    """Whether two steps about one thing say the same of it: doses of one antibody, a cargo taken out twice."""
    match one:
        case AddAntibody():
            return _constants(one) == _constants(first)
        case RemoveCargo():
            return isinstance(first, RemoveCargo)
        case _:
            return False


def _meet(first: StepText, second: StepText) -> bool:
    """Whether two steps about one thing hold at the same time, so that only one of them could."""
    if second.when != "lasting":
        return True
    if isinstance(second, SetParameter | Clamp):
        return span(first)[0] == span(second)[0]
    return overlap(first, second)


def _constants(one: StepText) -> tuple[object, ...]:
    values = (one.kd, one.off, one.half_life) if isinstance(one, AddAntibody) else ()
    return tuple(None if v is None or not v.has_number else (v.number, v.unit, v.low, v.high) for v in values)


def _remedy(one: StepText) -> str:
    match one:
        case AddAntibody():
            return "repeat its Kd, off and half-life; a second antibody is a substance of its own that `binds`"
        case LoadCargo() | RemoveCargo():
            return "load it with the factor that is meant: `x 0` takes it out, more than 0 replaces it"
        case Block():
            return (
                "say one share, or name the two inhibitors: `by heparin at 10 uM, IC50 3 uM`; shares that follow each "
                "other say until when: `from 0 h to 24 h block …`"
            )
        case KnockOut() | Overexpress() | Rescale() if one.at is not None:
            return "say until when the first one acts: `from 0 h to 24 h …`"
        case Hold() if one.every is not None:
            return "leave one of the two out, or let them happen at other times"
        case _:
            return "say it once; what differs between arms stands in the arms, not under `protocol`"
