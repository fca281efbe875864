"""From the model as written to the model that runs: parts merged, overrides applied, library values filled."""

from __future__ import annotations

from collections.abc import Mapping

from vesicula.language.bench import expand, furnished
from vesicula.language.classes import expanded
from vesicula.language.controls import with_controls
from vesicula.language.fill import Filler, opened, references_of
from vesicula.language.library import parameter_library
from vesicula.language.lines import specialised
from vesicula.language.merge import attached, merged
from vesicula.language.model import Model
from vesicula.language.paths import canonical, parse_value, put
from vesicula.language.resting import with_rest
from vesicula.language.steps import SetParameter, StepText
from vesicula.language.text import Report
from vesicula.language.values import Value

DEFAULT_STEP = Value(number=6.0, unit="min")
"""Macro step of models that state none."""


def assembled(model: Model, report: Report) -> Model:
    """Parts, bases and networks merged and `but` applied; library values still open."""
    whole = attached(specialised(merged(model, report), report), report)
    whole = with_rest(expanded(furnished(whole, report)), report)
    for path, value in whole.but.items():
        whole = put(whole, path, value, model.places.get(f"but.{path}"), report)
    arms = tuple(arm.model_copy(update={"steps": _canonical(arm.steps)}) for arm in whole.arms)
    return whole.model_copy(update={"arms": arms, "protocol": _canonical(whole.protocol)})


def _canonical(steps: tuple[StepText, ...]) -> tuple[StepText, ...]:
    """Steps whose paths are as values are listed."""
    return tuple(
        step.model_copy(update={"path": canonical(step.path)}) if isinstance(step, SetParameter) else step
        for step in steps
    )


def completed(model: Model, report: Report) -> Model:
    """An assembled model with library values, evidence classes, sites for labware and controls."""
    library, problems = parameter_library()
    report.diagnostics.extend(one for one in problems.diagnostics if one not in report.diagnostics)
    if model.run.step is None:
        model = model.model_copy(update={"run": model.run.model_copy(update={"step": DEFAULT_STEP})})
    filler = Filler(opened(model), library, references_of(model), report)
    done = with_controls(expand(filler.filled(), report), report)
    return done.model_copy(update={"resolved": True, "but": {}})


def resolve(model: Model) -> Model:
    """The model with parts merged, bases specialised, `but` applied, library values filled and evidence classed.

    Raises   ModelError: parts that do not fit together, paths that lead nowhere, values that nobody states
    """
    if model.resolved:
        return model
    report = Report()
    whole = assembled(model, report)
    report.stop_on_errors()
    whole = completed(whole, report)
    report.stop_on_errors()
    return whole


def changed(model: Model, changes: Mapping[str, str]) -> Model:
    """A model with other values at some paths, as `--set PATH=VALUE` gives them. Raises ModelError."""
    report = Report()
    for path, text in changes.items():
        model = put(model, path, parse_value(text, path), None, report)
    report.stop_on_errors()
    return model
