"""`vesicula dose`: the answer in words, or as JSON."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from pydantic_core import to_jsonable_python

from vesicula.cli import exits
from vesicula.cli.columns import emit_rows
from vesicula.cli.sweeping import Places
from vesicula.cli.terminal import emit, emit_json
from vesicula.errors import VesiculaError
from vesicula.results.wording import number, span

if TYPE_CHECKING:
    from vesicula.experiments import DoseAnswer
    from vesicula.experiments.loading.studies import Studies
    from vesicula.io.dosing import MeasuredDose
    from vesicula.results.loading import Spread

WIDTH, SHOWN = 100, 6
WORDS = {"read": "read    ", "left_out": "left out", "assumed": "assumed ", "doubts": "doubt   "}


def answer_table(
    table: str,
    *,
    usual: bool,
    seed: int,
    out: Path | None,
    plot: Path | None,
    as_json: bool,
    told: Mapping[str, object],
) -> int:
    """Answer `vesicula dose --table`: every row, all gaps, and what decides across them. Returns the exit code.

    usual : let a usual dish stand in for what a row does not say
    told : what else was said of a dose, which stands in the table instead
    """
    from vesicula.experiments.loading.studies import answer_studies, gaps_picture, read_studies
    from vesicula.experiments.sweeps.telling import write_table

    if useless := [option for option, value in told.items() if value is not None]:
        raise typer.BadParameter(f"{', '.join(useless)} is about one dose, and a table has its own")
    Places(out, plot).checked()
    done = answer_studies(read_studies(table), usual=usual, seed=seed)
    stem = Path(table).stem
    picture, parquet = plot or Path(f"{stem}-gaps.svg"), out or Path(f"{stem}-doses.parquet")
    files: dict[str, str] = {}
    if done.answered:
        write_table(parquet, done.table())
        try:
            picture.write_bytes(gaps_picture(done, picture.suffix.lower().removeprefix(".")))
        except OSError as error:
            raise VesiculaError(f"{picture} cannot be written: {error.strerror}", "give another --plot") from None
        files = {"picture": str(picture), "table": str(parquet)}
    if as_json:
        rows = [
            {"line": row.study.line, "study": row.study.name, "why": row.why, "usual": row.usual,
             "answer": None if row.answer is None else row.answer.as_dict()}
            for row in done.rows
        ]  # fmt: skip
        emit_json({"rows": rows, "deciding": [vars(one) for one in done.deciding], **files})
        return exits.OK
    _tell_table(done)
    for name in files.values():
        emit(name)
    return exits.OK


def _tell_table(done: Studies) -> None:
    """The gap of every row, what decides across them, and which rows say too little."""
    rows = [
        (one.name, f"{a.cargo} in {a.recipient}", number(a.stage("loaded").value.median, 2),
         number(a.needed.value.median, 2), f"{number(a.missing.median, 2)} ({_ends(a.missing)})",
         "as said" if one.as_said else "usual")
        for one in done.experiments
        if (a := one.answer)
    ]  # fmt: skip
    if rows:
        head = ("study", "cargo and recipient", "loaded", "needed", "needed over loaded (90 %)", "dose")
        emit_rows([head, *rows])
        emit(f"\n{done.enough} of {len(rows)} doses suffice at the median (needed over loaded at most 1)")
        if usual := sum(not one.as_said for one in done.experiments):
            emit(f"{usual} of them say no dose: a usual one stands in, with its range, as if the cells were in a well.")
        emit("What decides across them (mean share of the variance of the factor's logarithm):")
        for one in done.deciding[:SHOWN]:
            emit(f"  {one.name}: {100 * one.share:.0f} %, among the first three in {one.rows} of {len(rows)}")
    left = [row for row in done.rows if row.answer is None]
    reasons: dict[str, list[str]] = {}
    for row in left:
        reasons.setdefault(row.why, []).append(row.study.name)
    for why, names in sorted(reasons.items(), key=lambda one: -len(one[1])):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        emit(f"no answer ({len(names)}), {why}: {'; '.join(names[:SHOWN])}{more}")
    if not rows and left:
        emit("`--usual` takes what a row does not say of its dish as laboratories usually have it.")


def answer_dose(
    *, particles: str | None, protein: str | None, per_ug: float | None, cells: float, volume: str, hours: float,
    cargo: str, into: str, copies: float | None, kind: str | None, target: str | None, own: float | None,
    donor: str | None, ensemble: str | None, seed: int, as_json: bool, nta: Path | None, qpcr: Path | None,
    dilution: float | None, ug: str | None, added: str | None, per_well: str | None, sample: str | None,
    assay: str | None, reaction: str | None,
) -> int:  # fmt: skip
    """Answer `vesicula dose`. ug : protein of the counted sample, per volume. Returns the exit code."""
    from vesicula.experiments import QuestionError, dose

    told = {
        "--dilution": dilution, "--protein": ug, "--added": added, "--per-well": per_well, "--sample": sample,
        "--assay": assay, "--reaction": reaction,
    }  # fmt: skip
    if particles is not None and protein is not None:
        raise QuestionError("say once what is given", "write --particles or --dose")
    if nta is not None or qpcr is not None:
        from vesicula.io.dosing import Files, dose_from_files

        files = Files(nta, qpcr, dilution, ug, added, per_well, sample, assay, reaction)
        found = dose_from_files(
            files, particles or protein, cells, volume, hours, cargo, into, copies=copies, kind=kind, target=target,
            own=own, donor=donor, per_ug=per_ug, seed=seed, ensemble=ensemble,
        )  # fmt: skip
        _show_measured(found, as_json=as_json)
        return exits.OK
    if useless := [option for option, value in told.items() if value is not None]:
        raise QuestionError(f"{', '.join(useless)} is about a file, and none is given", "add --nta FILE")
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


def _show_measured(found: MeasuredDose, *, as_json: bool) -> None:
    """Show an answer from files, with what was read of them and what that narrows."""
    if as_json:
        emit_json({
            **found.answer.as_dict(),
            "files": to_jsonable_python({"particles": found.particles, "copies": found.copies}),
            "with_library": None if found.library is None else found.library.as_dict(), "narrowed": found.narrowed,
        })  # fmt: skip
        return
    lines = [f"{WORDS[kind]}  {one}" for kind, one in found.sentences]
    folded = [textwrap.fill(line, WIDTH, subsequent_indent=" " * 10) for line in lines]
    emit("\n".join([*folded, "", answer_text(found.answer), textwrap.fill(found.narrowed, WIDTH)]))


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
