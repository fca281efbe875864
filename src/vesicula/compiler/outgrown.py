"""What is said before a run of cells that will outgrow their sites: where, in which draws, and by when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vesicula.compiler.growth import Growth, growth
from vesicula.compiler.names import Variant
from vesicula.engine.room import BYTES_PER_CELL, FULL, FULLEST, MOST_BYTES
from vesicula.engine.system import System
from vesicula.errors import Diagnostic, ModelError, Severity
from vesicula.language.model import Model
from vesicula.language.values import Location

CODE = "outgrown"
DAY, HOUR = 1440.0, 60.0
REMEDY = (
    "let pressure hold division back (`pressure lowers division to 0.01x (0.001..0.1 @assumed)`), or make the site"
    " larger, the cells smaller, their range narrower, or the span shorter"
)


def by_when(minutes: float) -> str:
    """`from the start`, `after 40 min`, `after 5 h`, `by day 2`."""
    if minutes <= 0.0:
        return "from the start"
    if minutes >= DAY:
        return f"by day {int(np.ceil(minutes / DAY))}"
    return f"after {minutes / HOUR:.2g} h" if minutes >= 2 * HOUR else f"after {minutes:.2g} min"


def refuse_outgrown(
    model: Model, system: System, variants: Sequence[Variant], span: float, *, in_parts: bool = False
) -> None:
    """Raise ModelError where cells outgrow a tissue, or memory, at the stated values and whatever rules do.

    in_parts : memory needs to hold one draw at a time
    """
    rows = [i for i, v in enumerate(variants) if v.draw == 0]
    found = growth(system.of_variants(rows), span, "least")
    for s, (name, program) in enumerate(zip(system.site_names, system.sites, strict=True)):
        most = found.filled[:, :, s].max(axis=0)
        row = int(np.argmax(most))
        if program.grid.dimensions > 0 and most[row] > FULLEST:
            when = float(found.first_above(FULLEST)[row, s])
            cell = _grown(found, row, s)
            message = (
                f"{model.cells[cell].name} would fill {name} {_times(most[row])} times {_span(span)}, at the stated"
                f" values and whatever its rules do; a run ends at {FULLEST:g} times, here {by_when(when)}"
            )
            raise ModelError([_diagnostic(model, cell, "error", message)])
    cells = found.simulated[-1].sum()
    cells = cells if in_parts else cells * len(variants) / len(rows)
    if cells * BYTES_PER_CELL > MOST_BYTES:
        row, s, _ = np.unravel_index(int(np.argmax(found.cells[-1])), found.cells[-1].shape)
        cell = _grown(found, int(row), int(s))
        message = (
            f"{model.cells[cell].name} would grow to {_times(float(cells))} simulated cells, more than memory should"
            " hold"
        )
        raise ModelError([_diagnostic(model, cell, "error", message)])


def outgrown(model: Model, system: System, variants: Sequence[Variant], span: float) -> list[Diagnostic]:
    """Warnings about sites that their cells fill at base rates, or at the stated values where rules do their most."""
    found, warnings = growth(system, span), list[Diagnostic]()
    draws = len({v.draw for v in variants}) > 1
    when = found.first_above(FULL)
    stated = [i for i, v in enumerate(variants) if v.draw == 0]
    for s, (name, program) in enumerate(zip(system.site_names, system.sites, strict=True)):
        full = [i for i in range(len(variants)) if np.isfinite(when[i, s])]
        if full:
            first = min(full, key=lambda i: (float(when[i, s]), i))
            most, others = float(found.filled[:, first, s].max()), _others(variants, full)
            ends = f"; a run ends at {FULLEST:g} times" if program.grid.dimensions > 0 and most > FULLEST else ""
            message = (
                f"{_which(variants[first], draws)} fills {name} {by_when(float(when[first, s]))}: at base rates its"
                f" cells take {_times(most)} times what it holds {_span(span)}{ends}{others}"
            )
            warnings.append(_diagnostic(model, _grown(found, first, s), "warning", message))
    if tissues := [s for s, program in enumerate(system.sites) if program.grid.dimensions > 0]:
        most_grown = growth(system, span, "most")
        late = most_grown.first_above(FULLEST)
        for s in tissues:
            row = min(stated, key=lambda i: float(late[i, s]))
            name = system.site_names[s]
            if np.isfinite(late[row, s]) and not np.isfinite(when[:, s]).any():
                cell = _grown(most_grown, row, s)
                message = (
                    f"where rules raise its division to their limits, {model.cells[cell].name} fills {name}"
                    f" {FULLEST:g} times {by_when(float(late[row, s]))}, and the run ends"
                )
                warnings.append(_diagnostic(model, cell, "warning", message))
    return warnings


def _which(variant: Variant, draws: bool) -> str:
    arm = f" (arm {variant.arm})" if variant.arm else ""
    return f"{'draw' if draws else 'replicate'} {variant.replicate + 1}{arm}"


def _others(variants: Sequence[Variant], full: list[int]) -> str:
    """` (2 of 8 draws do)`, where there are several."""
    of = len({v.replicate for v in variants})
    those = {variants[i].replicate for i in full}
    word = "draws" if len({v.draw for v in variants}) > 1 else "replicates"
    return f" ({len(those)} of {of} {word} do)" if len(those) > 1 or of > 1 else ""


def _times(number: float) -> str:
    return f"{number:,.0f}" if 100 <= number < 1e6 else f"{number:.3g}"


def _span(span: float) -> str:
    return f"within {span / DAY:.3g} days" if span >= 2 * DAY else f"within {span / HOUR:.3g} h"


def _grown(found: Growth, row: int, s: int) -> int:
    """Cell type that takes most of a site at the end."""
    return int(np.argmax(found.cells[-1, row, s] * found.taken[row, s]))


def _diagnostic(model: Model, cell: int, severity: Severity, message: str) -> Diagnostic:
    place = _place(model, cell)
    file, line, column, length = ("model", 0, 1, 1)
    if place is not None:
        file, line, column, length = place.file, place.line, place.column, place.length
    return Diagnostic(file, line, column, length, severity, CODE, message, REMEDY)


def _place(model: Model, cell: int) -> Location | None:
    """Where the model says how fast a cell divides; else where it says what the cell is."""
    one = model.cells[cell]
    said = one.doubles or one.divides or (one.cycle[0].lasts if one.cycle else None) or one.diameter
    return (said.where if said is not None else None) or one.where
