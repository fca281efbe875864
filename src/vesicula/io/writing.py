"""What a file became, written for the model language: a preparation, data to fit, or a plain table."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from vesicula import units
from vesicula.errors import UnitError
from vesicula.io.loaded import interval_of
from vesicula.io.results import Amounts, Particles, Places, Reading, Values
from vesicula.io.trouble import refuse

WAYS = ("preparation", "data", "table")
NORMAL_90 = 1.2815515655446004  # standard-normal score of 90 %


def written(reading: Reading, way: str, *, measure: str | None = None, at: str | None = None) -> str:
    """Text of a reading. way : of `WAYS`; measure : of the model, for data; at : time of an end point. FileError."""
    if way == "preparation":
        return preparation_text(reading)
    return data_text(reading, measure=measure, at=at) if way == "data" else table_text(reading)


def preparation_text(reading: Reading) -> str:
    """Blocks `vesicles` and `preparations` of a count of particles. Raises FileError for anything else."""
    if not isinstance(reading, Particles):
        refuse(
            reading.file, "file-asked", f"a preparation is made of counted particles, and this is: {reading.kind}",
            "take `--as table`, or `--as data` for values over time",
        )  # fmt: skip
    name = name_of(reading.sample or Path(reading.file).stem)
    level, ends = reading.per_mL, interval_of(reading, 0.9)
    between = "" if ends is None else f" (90 %: {ends[0]:.3g} to {ends[1]:.3g})"
    lines = [
        f"# {reading.kind}, {reading.file}: {level:.3g} particles/mL{between} before dilution {reading.dilution:g}.",
        f"# 50 uL of it are {level * 0.05:.3g} particles: `at 0 h add {level * 0.05:.3g} particles of {name}-prep`.",
    ]
    if "D50" in reading.sizes and reading.sizes["D50"] > 0:
        low, high = reading.sizes.get("D10", 0.0), reading.sizes.get("D90", 0.0)
        spread = math.exp(math.log(high / low) / (2 * NORMAL_90)) if 0 < low < high else None
        said = "" if spread is None else f", spread {spread:.3g} @measured"
        lines += ["vesicles:", f"  {name}-EV:", f"    diameter: {reading.sizes['D50']:.4g} nm @measured{said}"]
    lines += ["preparations:", f"  {name}-prep:", f"    of: {name}-EV"]
    if reading.per_ug is not None and reading.ug_per_mL:
        around = (
            "" if ends is None else f" ({ends[0] / reading.ug_per_mL:.3g}..{ends[1] / reading.ug_per_mL:.3g} @measured)"
        )
        lines.append(f"    particles per ug: {reading.per_ug:.3g} particles/ug @measured{around}")
    return "\n".join(lines) + "\n"


def name_of(said: str) -> str:
    """A name that the model language takes."""
    bare = re.sub(r"[^A-Za-z0-9.+-]+", "-", said.removesuffix(".nano")).strip("-.+") or "sample"
    return bare if bare[0].isalpha() else f"S-{bare}"


def data_text(reading: Reading, *, measure: str | None = None, at: str | None = None) -> str:
    """The table that `data:` and `vesicula fit` read. Raises FileError where there are no values, or no times."""
    if not isinstance(reading, Values):
        refuse(
            reading.file, "file-asked", f"data to fit are values over time, and this is: {reading.kind}",
            "take `--as table`, or `--as preparation` for counted particles",
        )  # fmt: skip
    moment = None
    if at is not None:
        try:
            said = units.parse_quantity(at)
            moment = units.convert(said.number, said.unit, "time")
        except UnitError as error:
            refuse(reading.file, "file-asked", f"`{at}` is no time: {error.message}", "write for example `--at '24 h'`")
    rows: list[tuple[object, ...]] = []
    for one in reading.entries:
        if one.value is None:
            continue
        minutes = one.minutes if one.minutes is not None else moment
        if minutes is None:
            refuse(
                reading.file, "file-asked", "its values are of an end point, and no time is said",
                "add for example `--at '24 h'`",
            )  # fmt: skip
        sd = one.sd if one.sd is not None and one.sd > 0 else ""
        rows.append((f"{minutes / 60.0:.10g}", one.arm, measure or one.measure, one.value, sd, one.replicate))
    return _csv(("time (h)", "arm", "measure", "value", "sd", "replicate"), rows)


def table_text(reading: Reading) -> str:
    """A plain table, comma-separated, UTF-8, with points as decimal marks."""
    if isinstance(reading, Particles):
        return _csv(
            ("size (nm)", "concentration (particles/mL)", "count"),
            [(c.nm, c.per_mL, c.counted) for c in reading.classes],
        )
    if isinstance(reading, Amounts):
        return _csv(
            ("sample", "target", "wells", "Ct", "Ct SD", "copies per well", "copies SD", "copies/uL", "copies/uL SD"),
            [(a.sample, a.target, a.n, a.ct, a.ct_sd, a.copies, a.copies_sd, a.concentration, a.concentration_sd)
             for a in reading.amounts],
        )  # fmt: skip
    if isinstance(reading, Places):
        deep = any(one.z is not None for one in reading.places)
        heading = ("cell", "x (um)", "y (um)", *(("z (um)",) if deep else ()))
        return _csv(heading, [(p.kind or "cell", p.x, p.y, *((p.z,) if deep else ())) for p in reading.places])
    assert isinstance(reading, Values)
    return _csv(
        ("arm", "measure", "time (min)", "value", "sd", "replicate", "mark"),
        [(e.arm, e.measure, e.minutes, e.value, e.sd, e.replicate, e.mark) for e in reading.entries],
    )


def _csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return out.getvalue()
