"""What a question says is given: particles, particles per mL or protein, copies, hours; and what cannot be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.errors import UnitError
from vesicula.evidence.classes import EvidenceClass
from vesicula.experiments.loading.recipient import QuestionError, Unknowns, from_library
from vesicula.language.checking.holds import copies_that_fit, particles_that_fit
from vesicula.language.values import Value
from vesicula.results.wording import number, span

F64 = NDArray[np.float64]
LONGEST = 90 * 24.0  # h; by then a culture has been passed on, or is none any more
DENSEST = 1e9 * 1e-12  # cells/µm³ when they touch
MOST_OWN = 1e6  # copies; all miRNAs of a cell together are some 1e5
WRITTEN = re.compile(rf"\s*({units.NUMBER_PATTERN})\s*(\S.*?)?\s*")


@dataclass(frozen=True)
class Measured:
    """A number as measured. low, high : its central 90 %, None where no repeat tells; words : what it is of

    evidence : how it is known, where nobody measured it
    """

    number: float
    low: float | None
    high: float | None
    words: str
    evidence: EvidenceClass = EvidenceClass.MEASURED

    def value(self, unit: str) -> Value:
        """The number with its interval, as values of a model are."""
        return Value(
            number=self.number,
            unit=unit,
            low=self.low,
            high=self.high,
            evidence=self.evidence,
            note=self.words,
        )


@dataclass(frozen=True)
class Given:
    """Particles of a dose. text : as asked; particles : float64[n] or one number; notes : what was assumed for them"""

    text: str
    particles: F64 | float
    notes: tuple[str, ...] = ()


def given(
    dose: float | str | Measured, volume: float, known: Unknowns, *, per_ug: float | Measured | None = None
) -> Given:
    """Particles of a dose said as a number, per volume (`1e9/mL`), as protein (`10 ug`), or measured.

    volume : of the medium, µm³; per_ug : measured particles per µg of protein, else the library's
    Raises   QuestionError
    """
    example = "write for example 1e10, `1e9/mL` or `10 ug`"
    if isinstance(dose, Measured):
        text = f"{number(dose.number)} particles"
        _fits(dose.number, text, volume)
        return Given(text, known.take("particles given", dose.value("particles"), "particles"))
    found = WRITTEN.fullmatch(str(dose))
    if found is None:
        raise QuestionError(f"`{dose}` is no dose", example)
    amount, unit = float(found.group(1)), found.group(2) or ""
    unit = re.sub(r"^(particles|EVs?|vesicles)\b\s*", "", unit)
    if not (math.isfinite(amount) and amount > 0):
        raise QuestionError(f"the particles given must be more than zero, not {dose}", example)
    if not unit:
        said = Given(f"{number(amount)} particles", amount)
    elif unit.startswith(("/", "per ")):
        bare = unit.removeprefix("per ").lstrip("/ ")
        said = Given(f"{number(amount)} particles/{bare}", amount * volume / _volume_of_one(bare, example))
    else:
        said = _as_protein(amount, unit, known, per_ug, example)
    _fits(float(np.max(said.particles)), str(dose), volume)
    return said


def _volume_of_one(unit: str, example: str) -> float:
    try:
        return units.convert(1.0, unit, "volume")
    except UnitError as error:
        raise QuestionError(f"`per {unit}` is no volume: {error.message}", example) from None


def _as_protein(amount: float, unit: str, known: Unknowns, per_ug: float | Measured | None, example: str) -> Given:
    try:
        mass = units.convert(amount, unit, "mass") / units.convert(1.0, "ug", "mass")
    except UnitError as error:
        raise QuestionError(f"`{amount:g} {unit}` is no dose: {error.message}", example) from None
    text = f"{number(amount)} {unit} of protein"
    one_ug = units.convert(1.0, "ug", "mass")
    if isinstance(per_ug, Measured):
        ratio = per_ug.value("particles/ug")
        return Given(text, mass * known.take("particles per ug", ratio, "particles per mass") * one_ug)
    if per_ug is not None:
        if not (math.isfinite(per_ug) and per_ug > 0):
            raise QuestionError(f"particles per µg must be more than zero, not {per_ug:g}", "for example --per-ug 1e10")
        return Given(text, mass * per_ug)
    ratio = from_library("particles per ug", "EV")
    assert ratio.low is not None
    assert ratio.high is not None
    drawn = known.take("particles per ug", ratio, "particles per mass") * one_ug
    note = (
        f"Particles per µg of protein are not said: {number(ratio.number)} ({span(ratio.low, ratio.high)}) assumed;"
        " --per-ug with the measured ratio of your preparation narrows it."
    )
    return Given(text, mass * drawn, (note,))


def _fits(particles: float, said: str, volume: float) -> None:
    """Raise where the medium cannot hold them."""
    diameter = units.internal(from_library("diameter", "EV"), "length")
    most = particles_that_fit(volume, diameter)
    if particles > most:
        raise QuestionError(
            f"{said} cannot be: {number(volume * 1e-12)} mL holds {number(most, 2)} particles of"
            f" {number(diameter * 1e3)} nm when it holds nothing else",
            "preparations have 1e8 to 1e12 particles/mL",
        )


def checked_copies(copies: float | Measured, kind: str) -> Value:
    """Copies per EV as measured. Raises QuestionError where no vesicle can carry them."""
    if isinstance(copies, Measured):
        checked_copies(copies.number, kind)
        return copies.value("copies/EV")
    if not (math.isfinite(copies) and copies >= 0):
        raise QuestionError(f"copies per EV must be a number from zero on, not {copies:g}", "for example --copies 0.01")
    diameter = units.internal(from_library("diameter", "EV"), "length") * 1e3
    surface = kind in ("membrane protein", "surface ligand", "surface enzyme")
    most = copies_that_fit(diameter, kind, "surface" if surface else "lumen")
    if copies > most:
        where = "on its surface" if surface else "into its lumen, with nothing else in it"
        raise QuestionError(
            f"{copies:g} copies cannot be in one EV: at {number(diameter)} nm some {number(most, 2)} fit {where}",
            "copies per EV are those of one particle on average; leave --copies out for the library's",
        )
    return Value(number=copies, unit="copies/EV")


def checked_own(own: float) -> Value:
    """The cell's own copies as measured. Raises QuestionError."""
    if not (math.isfinite(own) and 0 <= own <= MOST_OWN):
        raise QuestionError(
            f"own copies must lie between 0 and {MOST_OWN:g}, not {own:g}: a cell has some 1e5 miRNAs in all",
            "for example --own 500",
        )
    return Value(number=own, unit="copies")


def checked_cells(cells: float, volume: float) -> None:
    """Raise QuestionError where that many recipients cannot be in the medium. volume : µm³"""
    if not (math.isfinite(cells) and cells > 0):
        raise QuestionError(f"cells must be more than zero, not {cells:g}", "give for example 2e5")
    if cells > DENSEST * volume:
        raise QuestionError(
            f"{cells:g} cells cannot be in {number(volume * 1e-12)} mL: a pellet has some {DENSEST * 1e12:.0e} per mL",
            "give the recipients in the dish, for example 2e5",
        )


def checked_hours(hours: float) -> float:
    """Hours until the read-out. Raises QuestionError."""
    if not (math.isfinite(hours) and hours > 0):
        raise QuestionError(f"hours must be more than zero, not {hours:g}", "give for example 24")
    if hours > LONGEST:
        raise QuestionError(
            f"{number(hours)} h is longer than a culture lives: {number(LONGEST)} h (90 days) at most",
            "give the hours between the dose and the read-out",
        )
    return hours
