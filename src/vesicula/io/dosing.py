"""`vesicula dose` from files: counted particles and measured copies in place of numbers, and what they narrow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vesicula.experiments import DoseAnswer, dose
from vesicula.experiments.loading.given import Measured
from vesicula.io.loaded import CopiesPerEV, copies_per_ev, interval_of, volume_in_well
from vesicula.io.reading import read_as, with_protein
from vesicula.io.results import Amounts, Particles
from vesicula.io.trouble import refuse
from vesicula.results.loading import Spread
from vesicula.results.wording import number

WIDTH = 0.90  # of the intervals that draws are taken from


@dataclass(frozen=True)
class Files:
    """Files of a dose. nta : a count of particles; qpcr : of its cargo; the others as in `copies_per_ev`

    dilution : where the count does not record it; protein : of the sample, for a dose in µg; added : volume given
    """

    nta: Path | None = None
    qpcr: Path | None = None
    dilution: float | None = None
    protein: str | None = None
    added: str | None = None
    per_well: str | None = None
    sample: str | None = None
    assay: str | None = None
    reaction: str | None = None


@dataclass(frozen=True)
class MeasuredDose:
    """A dose answered from files. answer : with what was measured; library : with the library's ranges in its place,
    None where the library has none; files : the readings
    """

    answer: DoseAnswer
    library: DoseAnswer | None
    particles: Particles
    amounts: Amounts | None
    copies: CopiesPerEV | None

    @property
    def narrowed(self) -> str:
        """By how much the interval of what is loaded narrowed, in a sentence."""
        if self.library is None:
            return (
                "The library has no range for particles of a preparation, so nothing is narrowed: they were measured."
            )
        stage = self.answer.stages[-1]
        own, before = factor(stage.value), factor(self.library.stages[-1].value)
        what = f"The 90 % interval of {stage.unit} loaded spans a factor of {number(own, 2)}"
        if before == own:
            return f"{what}, as with the library's ranges."
        return (
            f"{what}; with the library's range in place of what was measured it spans {number(before, 2)}:"
            f" {number(before / own, 2)} times narrower."
        )

    @property
    def sentences(self) -> tuple[tuple[str, str], ...]:
        """What was read, left out, assumed and is to be doubted in the files, each with its kind."""
        accounts = [one.account for one in (self.particles, self.amounts, self.copies) if one is not None]
        kinds = ("read", "left_out", "assumed", "doubts")
        told = ((kind, one) for kind in kinds for account in accounts for one in getattr(account, kind))
        return tuple(dict.fromkeys(told))


def factor(value: Spread) -> float:
    """High over low of an interval; infinite where nothing may arrive."""
    return value.high / value.low if value.low > 0 else float("inf")


def dose_from_files(
    files: Files, particles: str | None, cells: float, volume: str, hours: float, cargo: str, into: str, *,
    per_ug: float | None = None, copies: float | None = None, kind: str | None = None, target: str | None = None,
    own: float | None = None, donor: str | None = None, seed: int = 1, ensemble: str | None = None,
) -> MeasuredDose:  # fmt: skip
    """A dose with measured particles, copies per EV or both.

    particles : as in `dose`, or None where a volume of the counted sample was added
    Raises   FileError for a file that is not understood, or where something has to be said; QuestionError
    """
    if files.nta is None:
        where = files.qpcr or Path("dose")
        refuse(where.name, "file-asked", "copies per EV need a count of particles", "add `--nta FILE`")
    counted = read_as(Particles, files.nta, dilution=files.dilution)
    if files.protein is not None:
        counted = with_protein(counted, files.protein)
    amounts, loaded = _loaded(files, counted, copies)
    given, ratio = _given(files, counted, particles, per_ug)
    measured = None if loaded is None else _as_measured(loaded.value, loaded.interval(WIDTH), "copies per EV")

    def ask(many: float | Measured | None, each: float | Measured | None) -> DoseAnswer:
        return dose(
            given, cells, volume, hours, cargo, into, copies=many, per_ug=each, kind=kind, target=target, own=own,
            donor=donor, seed=seed, ensemble=ensemble,
        )  # fmt: skip

    answer = ask(copies if measured is None else measured, ratio)
    by_library = measured is not None or isinstance(ratio, Measured)
    plain_ratio = None if isinstance(ratio, Measured) else ratio
    return MeasuredDose(answer, ask(copies, plain_ratio) if by_library else None, counted, amounts, loaded)


def _loaded(files: Files, counted: Particles, copies: float | None) -> tuple[Amounts | None, CopiesPerEV | None]:
    if files.qpcr is None:
        return None, None
    if copies is not None:
        refuse(files.qpcr.name, "file-asked", "copies per EV are said twice", "give `--qpcr`, or `--copies`")
    amounts = read_as(Amounts, files.qpcr)
    if files.per_well is None:
        refuse(
            files.qpcr.name, "file-asked", "how much of the sample went into a well is not said",
            "add `--per-well`, for example '200 uL * 5/14 * 2/20': 200 uL extracted into 14, 5 of these in 20 of cDNA,"
            " 2 per well",
        )  # fmt: skip
    return amounts, copies_per_ev(
        counted, amounts, per_well=files.per_well, sample=files.sample, target=files.assay, reaction=files.reaction
    )


def _given(
    files: Files, counted: Particles, particles: str | None, per_ug: float | None
) -> tuple[str | Measured, float | Measured | None]:
    """What is given, and the particles per µg of protein."""
    if files.added is not None:
        if particles is not None:
            refuse(
                counted.file, "file-asked", "what is given is said twice", "say `--added`, or `--particles` or `--dose`"
            )
        volume = volume_in_well(files.added, counted.file)
        ends = interval_of(counted, WIDTH)
        scaled = None if ends is None else (ends[0] * volume, ends[1] * volume)
        return _as_measured(counted.per_mL * volume, scaled, f"particles in {files.added}"), per_ug
    if particles is None:
        refuse(
            counted.file, "file-asked", "how much of the counted sample the cells got is not said",
            "add `--added 50uL`, or `--dose '10 ug'` with `--protein '0.8 mg/mL'`",
        )  # fmt: skip
    if counted.per_ug is None or per_ug is not None:
        return particles, per_ug
    ends, level = interval_of(counted, WIDTH), counted.ug_per_mL or 1.0
    scaled = None if ends is None else (ends[0] / level, ends[1] / level)
    return particles, _as_measured(counted.per_ug, scaled, "particles per µg of protein")


def _as_measured(value: float, ends: tuple[float, float] | None, words: str) -> Measured:
    low, high = ends or (None, None)
    return Measured(value, low, high, words)
