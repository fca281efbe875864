"""What readers of particles share: dilutions that names hint at, percentiles of sizes, how far repeats differ."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence

from vesicula.io.results import Notes, SizeClass
from vesicula.results.wording import counted, number

HINT = re.compile(
    r"(?:(?<![a-z0-9])d(?:il(?:ution|uted)?)?[\s_\-]?|(?<!\d)1[:/]\s?|(?<![a-z0-9])x)(\d{1,3}(?:,\d{3})+|\d{2,7})(?![\d:./])"
    r"|(?<![\d.])(\d{2,7})\s?(?:x|fold|-fold)(?![a-z0-9])",
    re.IGNORECASE,
)
DIFFERS = 0.02  # between what a file states and what its numbers give


def hinted_dilution(names: Iterable[str]) -> tuple[float, str] | None:
    """A dilution that a name hints at (`EMT1 d200`, `1:500`, `dil_1000`), and the name."""
    for name in names:
        if found := HINT.search(name):
            return float((found[1] or found[2]).replace(",", "")), name
    return None


def spread_of(values: Sequence[float]) -> float | None:
    """Standard deviation of repeats; None where there are none."""
    return statistics.stdev(values) if len(values) > 1 else None


def percentiles(classes: Sequence[SizeClass]) -> dict[str, float]:
    """Mean, mode, D10, D50 and D90 of size classes, nm; the D between the middles of two classes in proportion."""
    weights = [one.per_mL if one.per_mL is not None else one.counted or 0.0 for one in classes]
    total = sum(weights)
    if total <= 0:
        return {}
    sizes = {
        "mean": sum(one.nm * weight for one, weight in zip(classes, weights, strict=True)) / total,
        "mode": max(zip(weights, classes, strict=True), key=lambda pair: pair[0])[1].nm,
    }
    for share in (10, 50, 90):
        below, last = 0.0, classes[0].nm
        for one, weight in zip(classes, weights, strict=True):
            if weight > 0 and (below + weight) * 100 >= share * total:
                sizes[f"D{share}"] = last + (one.nm - last) * (share * total / 100 - below) / weight
                break
            below, last = below + weight, one.nm
    return sizes


def take_dilution(
    recorded: float | None, said: float | None, hint: tuple[float, str] | None, notes: Notes
) -> tuple[float | None, float | None]:
    """The dilution that counts, and the one that a name hints at; what a person says goes before the file.

    Returns   dilution, hinted
    """
    hinted = None
    if hint is not None and recorded is None:
        hinted = hint[0]
        words = f"The name `{hint[1]}` hints at a dilution of {hinted:g}, which is told but not taken"
        notes.left_out.append(words + ("." if said is not None else f": say `--dilution {hinted:g}` if it is so."))
    if said is not None:
        if recorded is not None and recorded != said:
            notes.assumed.append(f"Dilution {said:g} as you say; the file records {recorded:g}, which is not taken.")
        else:
            notes.assumed.append(f"Dilution {said:g} as you say.")
        return said, hinted
    if recorded is not None:
        notes.read.append(f"Dilution {recorded:g}, as recorded.")
    elif hint is None:
        notes.left_out.append("The dilution is not recorded; say it with `--dilution`.")
    return recorded, hinted


def told_spread(mean: float, repeats: Sequence[float], what: str, notes: Notes) -> None:
    """Say the mean of repeats, and how far they differ."""
    sd = spread_of(repeats)
    if sd is None:
        notes.read.append(f"{number(mean)} particles/mL in what was measured, one {what[:-1]}.")
        return
    notes.read.append(
        f"{number(mean)} particles/mL in what was measured: mean of {counted(len(repeats), what[:-1])}"
        f" ({number(min(repeats))} to {number(max(repeats))}; standard deviation {number(sd)}, standard error of the"
        f" mean {number(sd / len(repeats) ** 0.5)})."
    )
