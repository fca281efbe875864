"""`vesicula dose`: the answer in words, or as JSON."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json
from vesicula.results.wording import number, span

if TYPE_CHECKING:
    from vesicula.experiments import DoseAnswer
    from vesicula.results.loading import Spread

WIDTH = 100


def answer_dose(
    *, particles: str | None, protein: str | None, per_ug: float | None, cells: float, volume: str, hours: float,
    cargo: str, into: str, copies: float | None, kind: str | None, target: str | None, own: float | None,
    donor: str | None, ensemble: str | None, seed: int, as_json: bool,
) -> int:  # fmt: skip
    """Answer `vesicula dose`. Returns the exit code."""
    from vesicula.experiments import QuestionError, dose

    if (particles is None) == (protein is None):
        raise QuestionError(
            "say once what is given",
            "write --particles 1e10, --particles 1e9/mL, or --dose with protein: --dose '10 ug'",
        )
    answer = dose(
        particles or protein or "", cells, volume, hours, cargo, into, copies=copies, kind=kind,
        target=target, own=own, donor=donor,
        per_ug=per_ug, seed=seed, ensemble=ensemble,
    )  # fmt: skip
    if as_json:
        emit_json(answer.as_dict())
    else:
        emit(answer_text(answer))
    return exits.OK


def answer_text(answer: DoseAnswer) -> str:
    """The answer as a person reads it."""
    a = answer
    lines = [
        a.question,
        *(f"! {one}" for one in a.warnings),
        "",
        f"{'per ' + a.recipient + ' cell':<28}{'median':>12}   90 % of {a.draws:,} draws",
    ]
    for stage in (*a.stages, a.needed):
        unit = stage.unit
        row = f"  {stage.name:<26}{number(stage.value.median, 2):>12}   {_ends(stage.value)} {unit}"
        lines.append(f"{row}, {stage.meaning}")
    lines += ["", _verdict("As dosed", a.missing, a.enough)]
    lines.append(
        f"The dose is {number(a.donor_cell_hours.median, 2)} donor-cell-hours"
        f" ({_ends(a.donor_cell_hours)}): {number(a.donor_cells, 2)} donor cells for 48 h."
    )
    lines.append(_verdict("Natural (one donor per recipient, for the same hours)", a.natural, a.natural_enough))
    if a.unknowns:
        lines += ["", "Unknowns that matter most (share of the variance of the factor's logarithm)"]
    for i, one in enumerate(a.unknowns, 1):
        ends = f"{100 * one.low:.0f}–{100 * one.high:.0f}"
        lines.append(f"  {i}  {one.name}, {one.stated}, {one.evidence}: {100 * one.share:.0f} % ({ends})")
    if a.experiment is not None:
        e = a.experiment
        lines.append(
            f"Cheapest experiment: {e.text}. About {number(e.days)} person-days (assumed); it would remove"
            f" {100 * e.removes:.0f} % of the variance."
        )
    lines += ["", *a.notes, "A factor says what these values imply, not that a study is wrong."]
    return "\n".join(
        textwrap.fill(line, WIDTH, subsequent_indent="      ") if len(line) > WIDTH else line for line in lines
    )


def _ends(value: Spread) -> str:
    return span(value.low, value.high, 2)


def _verdict(what: str, missing: Spread, enough: float) -> str:
    """`As dosed: 19,000 times too few (110–6×10⁶); enough in 0.1 % of the draws.`"""
    share = f"enough in {100 * enough:.3g} % of the draws" if enough else "enough in none of the draws"
    if missing.median == math.inf:
        return f"{what}: nothing of it arrives; {share}."
    if missing.median > 1:
        return f"{what}: {number(missing.median, 2)} times too few ({_ends(missing)}); {share}."
    return (
        f"{what}: {number(1 / missing.median, 2)} times what is needed (needed over loaded: {_ends(missing)}); {share}."
    )
