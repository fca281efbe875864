"""Doses: an arm for each of a series, evenly on a logarithmic scale; amounts of preparations given per volume."""

from __future__ import annotations

from vesicula.errors import UnitError
from vesicula.language.lasting import when_text
from vesicula.language.model import Arm, Model
from vesicula.language.steps import AddPreparation, AddSubstance, AddVesicles, DoseSeries, StepText
from vesicula.language.values import Value
from vesicula.language.writing.models import value_text
from vesicula.units import factor, internal, measures

DIMENSIONS = ("concentration", "mass", "amount", "particles", "particles per volume")


def in_doses(model: Model) -> Model:
    """The model with an arm for each dose of an arm's series; series that cannot be read stay (`check` tells)."""
    arms = [new for arm in model.arms for new in _arms(arm, model)]
    return model.model_copy(update={"arms": tuple(arms)})


def with_amounts(model: Model) -> Model:
    """The model in which a preparation that is given per volume is given as the amount for the whole labware.

    Equation   amount = concentration · volume of the medium there
    """
    sites = {site.name: site for site in model.sites}
    labware = {one.name: one for one in model.labware}

    def volume(place: str | None) -> Value | None:
        site = sites.get(place or "")
        if site is None or site.volume is not None:
            return None if site is None else site.volume
        ware = labware.get(site.labware or "")
        return None if ware is None else ware.volume or ware.top

    def told(step: StepText) -> StepText:
        if not isinstance(step, AddPreparation) or step.per is not None:
            return step
        amount = _amount(step.amount, volume(step.region))
        if amount is None:
            return step
        words = f"{when_text(step)}add {value_text(amount)} of {step.preparation} to {step.region}"
        return step.model_copy(update={"amount": amount, "text": words})

    arms = tuple(arm.model_copy(update={"steps": tuple(told(one) for one in arm.steps)}) for arm in model.arms)
    return model.model_copy(update={"arms": arms, "protocol": tuple(told(one) for one in model.protocol)})


def of_every_place(step: AddSubstance | AddVesicles | AddPreparation | DoseSeries) -> bool:
    """Whether a dose without a place is one for every place, as a concentration is; an amount goes to one."""
    if isinstance(step, AddVesicles):
        return False
    amount = step.low if isinstance(step, DoseSeries) else step.amount
    return not isinstance(step, AddPreparation) and measures(amount.unit, "concentration")


def is_mass_per_volume(value: Value) -> bool:
    """Whether a concentration is a mass per volume, as `10 ug/mL`."""
    try:
        factor(value.unit, "concentration")
    except UnitError as problem:
        return problem.code == "molar-mass"
    return False


def _amount(stated: Value, volume: Value | None) -> Value | None:
    """A concentration times a volume; None where one of them is none."""
    if volume is None or not measures(volume.unit, "volume"):
        return None
    if measures(stated.unit, "particles per volume"):
        per, unit = factor(stated.unit, "particles per volume"), "particles"
    elif is_mass_per_volume(stated):
        per, unit = factor(stated.unit, "concentration", molar_mass=1.0) / factor("ug", "mass"), "ug"
    else:
        return None
    times = per * volume.number * factor(volume.unit, "volume")
    low, high = (None if one is None else one * times for one in (stated.low, stated.high))
    return stated.model_copy(update={"number": stated.number * times, "unit": unit, "low": low, "high": high})


def doses(one: DoseSeries, model: Model) -> tuple[Value, ...]:
    """The doses, in the unit of the highest from 1 on, else of the lowest; empty where they cannot be read.

    Equation   d_i = low · (high / low)^(i / (n − 1)), i = 0 … n − 1
    """
    molar = _molar_mass(one, model)
    for dimension in DIMENSIONS:
        try:
            per_low, per_high = (factor(value.unit, dimension, molar_mass=molar) for value in (one.low, one.high))
        except UnitError:
            continue
        low, high = one.low.number * per_low, one.high.number * per_high
        if not 0 < low < high:
            return ()
        found: list[Value] = []
        for number in range(one.doses):
            amount = low * (high / low) ** (number / (one.doses - 1))
            unit, per = (one.high.unit, per_high) if amount >= per_high * (1 - 1e-9) else (one.low.unit, per_low)
            found.append(Value(number=float(f"{amount / per:.3g}"), unit=unit, where=one.where))
        return tuple(found)
    return ()


def _molar_mass(one: DoseSeries, model: Model) -> float | None:
    """Molar mass by which a mass is compared with molecules; any number where both doses are the one or the other."""
    if _holds_mass(one.low) == _holds_mass(one.high):
        return 1.0
    found = next((thing.molar_mass for thing in model.substances if thing.name == one.what), None)
    if found is None or found.from_library or not measures(found.unit, "molar mass"):
        return None
    return internal(found, "molar mass")


def _holds_mass(value: Value) -> bool:
    return measures(value.unit, "mass") or is_mass_per_volume(value)


def _arms(arm: Arm, model: Model) -> list[Arm]:
    series = next((step for step in arm.steps if isinstance(step, DoseSeries)), None)
    levels = doses(series, model) if series is not None else ()
    preparations = {one.name for one in model.preparations}
    if series is None or not levels or (series.per is not None and series.what not in preparations):
        return [arm]
    return [
        arm.model_copy(
            update={
                "name": f"{arm.name} {value_text(dose)}",
                "steps": tuple(_step(step, series, dose, preparations) for step in arm.steps),
                "series": arm.name,
                "dose": dose,
            }
        )
        for dose in levels
    ]


def _step(step: StepText, series: DoseSeries, dose: Value, preparations: set[str]) -> StepText:
    if step is not series:
        return step
    per = f" per {value_text(series.per)}" if series.per is not None else ""
    where = f" to {series.region}" if series.region is not None else ""
    words = f"{when_text(series)}add {value_text(dose)} of {series.what}{per}{where}"
    if series.what in preparations:
        return AddPreparation(
            text=words, where=series.where, sources=series.sources, at=series.at, every=series.every,
            preparation=series.what, amount=dose, per=series.per, region=series.region,
        )  # fmt: skip
    return AddSubstance(
        text=words, where=series.where, sources=series.sources, at=series.at, every=series.every,
        substance=series.what, amount=dose, region=series.region,
    )  # fmt: skip
