"""Copies per EV from a count of particles and an amount of a nucleic acid, with the interval that both leave.

    c = q/(P·v),  var ln c = (s_q/q)²/n + (ln 10)² (s/b)² (1/N + (y − ȳ)²/(b² Σ(x − x̄)²)) + (s_P/P)²

q copies per well (n wells, s_q), P particles/mL of the sample (s_P, of its repeats, which share their errors and are
not averaged), v the volume of the sample whose nucleic acid is in a well, b the slope of the curve, s how far its N
standards lie off (x their log10 quantity, y their Ct). The interval is that of Student's t in the logarithm with the
degrees of freedom of Welch and Satterthwaite.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from vesicula import units
from vesicula.errors import UnitError
from vesicula.io.decoding import plain
from vesicula.io.results import Account, Amount, Amounts, Notes, Particles
from vesicula.io.trouble import refuse
from vesicula.results.wording import listed, number, span

MANY = 1e6  # degrees of freedom where none are lost
SHOWN = 12
TERM = re.compile(rf"\s*([*×x/·])\s*({units.NUMBER_PATTERN})\s*")
EXAMPLE = (
    "for example `--per-well '200 uL * 5/14 * 2/20'`: 200 uL extracted into 14, 5 of these in 20 of cDNA, 2 per well"
)


@dataclass(frozen=True)
class Part:
    """What one measurement adds to the variance of the logarithm. free : degrees of freedom"""

    name: str
    variance: float
    free: float


@dataclass(frozen=True)
class CopiesPerEV:
    """Copies of a target per counted particle.

    value : mean; low, high : 95 % interval, None where no repeat says how far it may be off
    copies, particles : in one well      parts : of the variance of the logarithm
    """

    value: float
    low: float | None
    high: float | None
    target: str
    sample: str
    copies: float
    particles: float
    parts: tuple[Part, ...]
    account: Account

    def interval(self, level: float) -> tuple[float, float] | None:
        """Central interval at a level between 0 and 1."""
        return _interval(self.value, self.parts, level)


def copies_per_ev(
    particles: Particles, amounts: Amounts, *, per_well: str, sample: str | None = None, target: str | None = None,
    reaction: str | None = None,
) -> CopiesPerEV:  # fmt: skip
    """Copies per EV of a sample.

    per_well : volume of the sample (before dilution) whose nucleic acid is in one well, such as "7.1 uL" or as worked
        out on the way there, "200 uL * 5/14 * 2/20"
    sample, target : which, where the table has several      reaction : volume of a well of digital PCR, "40 uL"
    Raises   FileError, which names what has to be said
    """
    amount = chosen(amounts, sample, target)
    notes = Notes()
    copies = _copies(amounts, amount, reaction, notes)
    volume = volume_in_well(per_well, amounts.file)
    held = particles.per_mL * volume
    parts = (
        *_of_wells(amounts, amount, notes),
        *_of_curve(amounts, amount, notes),
        *_of_particles(particles, notes),
    )
    value = copies / held
    ends = _interval(value, parts, 0.95)
    notes.read.insert(
        0,
        f"{number(copies)} copies of {amount.target or 'the target'} in a well of {amount.sample}, from"
        f" {number(volume * 1e3)} µL of the sample with {number(held)} particles:"
        f" {number(value)} copies per particle{'' if ends is None else f' (95 %: {span(*ends)})'}.",
    )
    notes.assumed += [
        "Nothing was lost on the way into the well (extraction, transcription); what was makes copies per EV too few.",
        "Every counted particle is an EV, and all copies were in EVs.",
    ]
    low, high = ends or (None, None)
    return CopiesPerEV(
        value, low, high, amount.target, amount.sample, copies, held, parts, notes.done()
    )  # fmt: skip


def chosen(amounts: Amounts, sample: str | None, target: str | None) -> Amount:
    """The amount that is meant. Raises FileError with the names to choose from."""
    left = list(amounts.amounts)
    for said, option, name in ((sample, "--sample", "sample"), (target, "--assay", "target")):
        names = list(dict.fromkeys(getattr(one, name) for one in left))
        if said is not None:
            left = [one for one in left if plain(getattr(one, name)) == plain(said)]
        if not left or len({getattr(one, name) for one in left}) > 1:
            what = f"it has no {name} `{said}`" if said is not None else f"it has {len(names)} {name}s"
            refuse(
                amounts.file, "file-asked", f"{what}: {listed(names[:SHOWN])}{' …' if names[SHOWN:] else ''}",
                f"say which with `{option}`",
            )  # fmt: skip
    if not left:
        refuse(
            amounts.file,
            "file-empty",
            "it has no samples, only standards and controls",
            "give the plate of the samples",
        )
    return left[0]


def volume_in_well(said: str, file: str) -> float:
    """Volume in mL of `7.1 uL`, or of `200 uL * 5/14 * 2/20`. Raises FileError."""
    first = re.match(rf"\s*({units.NUMBER_PATTERN})\s*([^\W\d_]+)", said)
    if first is None:
        refuse(file, "file-asked", f"`{said}` is no volume", EXAMPLE)
    try:
        volume = units.convert(float(first[1]), first[2], "volume") * 1e-12
    except UnitError as error:
        refuse(file, "file-asked", f"`{said}` is no volume: {error.message}", EXAMPLE)
    at = first.end()
    while at < len(said):
        term = TERM.match(said, at)
        if term is None or float(term[2]) == 0:
            refuse(file, "file-asked", f"`{said[at:].strip()}` of `{said}` is not understood", EXAMPLE)
        volume *= 1.0 / float(term[2]) if term[1] == "/" else float(term[2])
        at = term.end()
    if not (math.isfinite(volume) and volume > 0):
        refuse(file, "file-asked", f"`{said}` is no volume above zero", EXAMPLE)
    return volume


def _copies(amounts: Amounts, amount: Amount, reaction: str | None, notes: Notes) -> float:
    """Copies in a well. Raises FileError where a Ct has no curve, or a concentration no volume."""
    if amount.copies is not None:
        if amount.copies <= 0:
            refuse(amounts.file, "file-empty", f"{amount.sample} holds no copies", "measure more of it")
        notes.assumed.append("Quantities of the standards are copies per well (reaction).")
        return amount.copies
    if amount.concentration is not None:
        if amount.concentration <= 0:
            refuse(amounts.file, "file-empty", f"{amount.sample} holds no copies", "measure more of it")
        if reaction is None:
            refuse(
                amounts.file, "file-asked", "it gives copies/µL of the reaction, and not how large a reaction is",
                "add for example `--reaction 40uL`",
            )  # fmt: skip
        return amount.concentration * volume_in_well(reaction, amounts.file) * 1e3
    if amount.ct is None:
        refuse(
            amounts.file, "file-empty", f"{amount.sample} was not detected: that is below a limit, and no number",
            "measure more of it, or give the limit as `--copies`",
        )  # fmt: skip
    refuse(
        amounts.file, "file-asked", "it has Ct values without a standard curve, which are relative and give no copies",
        "measure standards with known copies on the same plate, or use `--copies`",
    )  # fmt: skip


def _of_wells(amounts: Amounts, amount: Amount, notes: Notes) -> tuple[Part, ...]:
    sd, mean = (amount.copies_sd, amount.copies) if amount.copies is not None else (
        amount.concentration_sd, amount.concentration
    )  # fmt: skip
    if sd is not None and mean:
        return (Part("wells", (sd / mean) ** 2 / amount.n, amount.n - 1.0),)
    if amount.concentration_low and amount.concentration_high:
        spread = math.log(amount.concentration_high / amount.concentration_low) / (2 * 1.96)
        notes.read.append("How far one well may be off is its interval, as the file states.")
        return (Part("wells", spread**2, MANY),)
    curve = amounts.curve(amount.target)
    if curve is not None and curve.error and curve.points > 2:
        notes.assumed.append("One well: it may be off by as much as a standard is.")
        return (Part("wells", (math.log(10.0) * curve.error / curve.slope) ** 2, curve.points - 2.0),)
    notes.left_out.append("How far one well may be off: there is no repeat.")
    return ()


def _of_curve(amounts: Amounts, amount: Amount, notes: Notes) -> tuple[Part, ...]:
    """What the curve itself adds, from its standards in the file."""
    curve = amounts.curve(amount.target)
    if curve is None or amount.ct is None or amount.copies is None:
        return ()
    points = amounts.standards(amount.target)
    if curve.error is None or len(points) < 3:
        notes.left_out.append("How far the curve may be off: its standards are not in the file.")
        return ()
    x, y = (np.array(one) for one in zip(*points, strict=True))
    across = curve.slope**2 * float(((x - x.mean()) ** 2).sum())
    if across <= 0:
        notes.left_out.append("How far the curve may be off: its standards in the file are all alike.")
        return ()
    share = 1.0 / len(points) + (amount.ct - float(y.mean())) ** 2 / across
    return (Part("curve", (math.log(10.0) * curve.error / curve.slope) ** 2 * share, len(points) - 2.0),)


def _of_particles(particles: Particles, notes: Notes) -> tuple[Part, ...]:
    spread = particles.relative_sd
    if spread is None:
        notes.left_out.append("How far the count of particles may be off: there is no repeat.")
        return ()
    if particles.sd is None:
        notes.assumed.append(
            f"The count of particles is off by no more than {particles.counted:,.0f} counted ones are by chance:"
            " repeats would tell more."
        )
        return (Part("particles", spread**2, MANY),)
    notes.read.append(f"The count of particles is off by as much as its {particles.n} {particles.repeat} differ.")
    return (Part("particles", spread**2, particles.n - 1.0),)


def _interval(value: float, parts: tuple[Part, ...], level: float) -> tuple[float, float] | None:
    total = sum(one.variance for one in parts)
    if total <= 0:
        return None
    from scipy.stats import t

    free = total**2 / sum(one.variance**2 / one.free for one in parts)
    reach = min(float(t.ppf(0.5 + level / 2, free)) * math.sqrt(total), 200.0)
    return value * math.exp(-reach), value * math.exp(reach)


def interval_of(particles: Particles, level: float) -> tuple[float, float] | None:
    """Central interval of the particles per mL of a sample, from its repeats, else from what was counted."""
    return _interval(particles.per_mL, _of_particles(particles, Notes()), level)
