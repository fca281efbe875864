"""The control arms of MISEV2023, which experiments with preparations get unasked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

from vesicula.language.bench import complement
from vesicula.language.fill import library_value
from vesicula.language.grammar.steps import NON_EV
from vesicula.language.model import Arm, Model, Vesicle
from vesicula.language.names import cargo_read
from vesicula.language.reading.bench import CONTROLS
from vesicula.language.steps import (
    AddPreparation,
    AddVesicles,
    Block,
    KnockOut,
    RemoveCargo,
    Replace,
    Rescale,
    StepText,
)
from vesicula.language.text import Report
from vesicula.language.values import Value
from vesicula.language.writing.models import number_text, value_text

BASELINE = "as dosed"
"""Name of the arm that does nothing else, in models that name no arms."""
VEHICLE = "vehicle"
DOSES = (0.01, 0.1, 10.0)
NO_DOSE = Value(number=0.0)


def given(model: Model) -> tuple[str, ...]:
    """Preparations of the model that every arm is given."""
    known = {one.name for one in model.preparations}
    steps = (step.preparation for step in model.protocol if isinstance(step, AddPreparation))
    return tuple(dict.fromkeys(name for name in steps if name in known))


def with_controls(model: Model, report: Report) -> Model:
    """The model with the control arms it wants, behind its own; one that does what another arm does is left out.

    A model that gives preparations wants all of them, unless `controls` says otherwise; any other only what it names.
    """
    wanted = model.controls
    if wanted is None:
        wanted = CONTROLS if given(model) else ()
    made = [arm for name in wanted for arm in _arms(name, model, report)] if not _has_controls(model) else []
    arms = list(model.arms) or ([Arm(name=BASELINE)] if made else [])
    known = {_meaning(arm.steps) for arm in arms}
    names = {arm.name for arm in arms}
    for arm in made:
        meaning = _meaning(arm.steps)
        if arm.steps and meaning not in known:
            known.add(meaning)
            arms.append(arm if arm.name not in names else arm.model_copy(update={"name": f"{arm.name} (control)"}))
    return model.model_copy(update={"arms": tuple(arms)}) if made else model


def _has_controls(model: Model) -> bool:
    return any(arm.control is not None for arm in model.arms)


def _meaning(steps: tuple[StepText, ...]) -> frozenset[str]:
    """What an arm does, without words and sources; by how much an inhibitor or a knock-out acts does not count."""
    found: set[str] = set()
    for step in steps:
        left_out = {"text", "where", "sources"}
        if isinstance(step, Block):
            left_out |= {"share", "inhibitor", "dose", "ic50", "hill"}
        elif isinstance(step, KnockOut):
            left_out |= {"residual"}
        data = cast("dict[str, object]", step.model_dump(exclude=left_out))
        for name in data:
            stated: object = getattr(step, name)
            if isinstance(stated, Value):
                data[name] = [stated.number, stated.unit]
        found.add(json.dumps(data, sort_keys=True))
    return frozenset(found)


def _classes(model: Model) -> tuple[Vesicle, ...]:
    """Vesicle classes the question is about: of the preparations and particles given, else of all donors."""
    of = {one.of for one in model.preparations if one.name in given(model)}
    of |= {step.vesicle for step in model.protocol if isinstance(step, AddVesicles)}
    return tuple(one for one in model.vesicles if (one.name in of if of else one.donor is not None))


def _arms(name: str, model: Model, report: Report) -> Iterator[Arm]:
    """The arms of one control."""
    if name == "dose series":
        for factor in DOSES:
            steps = tuple(_rescaled(what, Value(number=factor)) for what in _doses(model))
            yield Arm(name=f"dose x {number_text(factor)}", steps=steps, control=name)
        return
    yield Arm(name=name, steps=tuple(_steps(name, model, report)), control=name)


def _doses(model: Model) -> tuple[str, ...]:
    """Preparations and vesicle classes that are given."""
    known = {one.name for one in model.vesicles}
    added = (step.vesicle for step in model.protocol if isinstance(step, AddVesicles) and step.vesicle in known)
    return (*given(model), *dict.fromkeys(added))


def _rescaled(what: str, factor: Value) -> Rescale:
    return Rescale(text=f"dose {what} x {value_text(factor)}", what=what, factor=factor)


def _steps(name: str, model: Model, report: Report) -> Iterator[StepText]:
    preparations = {one.name: one for one in model.preparations}
    match name:
        case "vehicle":
            for what in _doses(model):
                if what in preparations:
                    yield Replace(text=f"replace {what} by {VEHICLE}", preparation=what, by=VEHICLE)
                else:
                    yield _rescaled(what, NO_DOSE)
        case "non-EV fraction":
            for what in given(model):
                if preparations[what].co_isolated or preparations[what].ev_share is not None:
                    yield Replace(text=f"replace {what} by its {NON_EV}", preparation=what, by=NON_EV)
        case "release blocked":
            yield from _release_blocked(model, report)
        case "cargo deleted":
            read = {cargo for cell in model.cells for cargo in cargo_read(cell)}
            for vesicle in _classes(model):
                for cargo in vesicle.carries:
                    if cargo.name in read:
                        words = f"remove {cargo.name} from {vesicle.name}"
                        yield RemoveCargo(text=words, cargo=cargo.name, vesicle=vesicle.name)
        case _:
            blocked = library_value(model, report, "uptake block", ("EV",), None)
            if blocked is None:
                return
            for vesicle in _classes(model):
                words = f"block uptake of {vesicle.name} by {value_text(blocked)}"
                yield Block(text=words, process="uptake", what=vesicle.name, share=blocked)


def _release_blocked(model: Model, report: Report) -> Iterator[StepText]:
    """Donors with RAB27A knocked down: fewer particles come, what is co-isolated stays."""
    residual = library_value(model, report, "release residual", ("EV",), None)
    if residual is None:
        return
    added = bool(_doses(model))
    for vesicle in _classes(model):
        if added:
            yield _rescaled(vesicle.name, residual)
        else:
            share = complement(residual)
            words = f"block release of {vesicle.name} by {value_text(share)}"
            yield Block(text=words, process="release", what=vesicle.name, share=share)
