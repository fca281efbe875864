"""Labware, preparations and arms in the words of a methods section."""

from __future__ import annotations

from vesicula import units
from vesicula.language.model import Arm, Labware, Model, Preparation
from vesicula.language.samples import sampled
from vesicula.language.values import Value
from vesicula.results.description import ArmLabel, LabwareLabel, PreparationLabel
from vesicula.results.wording import number

LABWARE_WORDS = (
    ("area", "growth area"), ("volume", "medium"), ("top", "medium above"), ("bottom", "medium below"),
    ("pores", "pores"), ("pore_density", "pore density"), ("filter", "filter"), ("coat", "coat"),
)  # fmt: skip


def value_text(value: Value) -> str:
    """A value as a person writes it: `100 uL`."""
    return f"{number(value.number)} {value.unit}".strip()


def labware_label(labware: Labware, model: Model) -> LabwareLabel:
    """Plate, dimensions, and what of it is simulated: so many cells of each kind, or a piece."""
    sites = [site for site in model.sites if site.labware == labware.name]
    words = [
        f"{word} {value_text(value)}" for key, word in LABWARE_WORDS if (value := getattr(labware, key)) is not None
    ]
    if labware.medium is not None:
        words.append(f"{labware.medium} medium")
    shares = {site.share for site in sites if site.share < 1.0}
    words += [f"one part in {number(1 / share)} of its cells and medium simulated" for share in shares]
    words += [one.words for one in sampled(model, sites)]
    text = f"{labware.plate or labware.kind or 'dish'}: {', '.join(words)}"
    return LabwareLabel(
        name=labware.name, kind=labware.kind or "well", sites=tuple(site.name for site in sites), text=text
    )


def preparation_label(preparation: Preparation) -> PreparationLabel:
    """Vesicle class, isolation, measured ratio, co-isolated molecules and storage."""
    words = [f"vesicles of class {preparation.of}"]
    if preparation.isolated_by is not None:
        words.append(f"isolated by {preparation.isolated_by}")
    ratio = None
    if preparation.particles_per_ug is not None:
        value = preparation.particles_per_ug
        ratio = units.internal(value, "particles per mass") * units.factor("ug", "mass")
        words.append(f"{number(ratio)} particles per ug protein")
    if preparation.ev_share is not None:
        words.append(f"{value_text(preparation.ev_share)} of the counted particles are vesicles")
    words += [f"with {part.text}" for part in preparation.co_isolated]
    words += [f"stored {stay.text}" for stay in preparation.stored]
    return PreparationLabel(
        name=preparation.name, vesicle=preparation.of, particles_per_ug=ratio, text=", ".join(words)
    )


def arm_label(arm: Arm) -> ArmLabel:
    """What an arm does, and whether it is a control that nobody asked for."""
    dose = arm.dose
    return ArmLabel(
        name=arm.name, steps=tuple(step.text for step in arm.steps), control=arm.control, series=arm.series,
        dose=None if dose is None else dose.number, dose_unit="" if dose is None else dose.unit,
    )  # fmt: skip
