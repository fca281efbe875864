"""What experiments showed, joined with what the ledger expects of them: the only place where the two meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.errors import VesiculaError
from vesicula.evidence.claims import Claim, claim, ledger, ledger_of
from vesicula.evidence.expectations import expectation
from vesicula.evidence.measurements import settling
from vesicula.evidence.remarks import corrections, untestable_reasons, verdict_notes
from vesicula.experiments.verdicts.asked import files_of, tested_with
from vesicula.experiments.verdicts.board import HELD, Board, Decider, Needed, Row, Spread, Work
from vesicula.experiments.verdicts.conditions import Drawn, condition, deciding
from vesicula.experiments.verdicts.diagnoses import diagnoses
from vesicula.experiments.verdicts.judging import Expectation, Shown, agreement, judge
from vesicula.experiments.verdicts.roles import roles
from vesicula.experiments.verdicts.stored import Stored, changed_values, stored_of, verdict_words
from vesicula.experiments.verdicts.trials import Trial, Trials
from vesicula.experiments.verdicts.verifying import Broken, Finished
from vesicula.language import prepare
from vesicula.language.definitions import Finding
from vesicula.language.model import Experiment
from vesicula.versions import version_of

RUN = ("mechanism", "intervention", "clinical")
"""Kinds whose experiments are scored."""

WORST_FIRST = (
    "opposite", "absent", "too weak", "sign unsure", "undecided", "holds if", "holds", "no verdict", "untestable"
)  # fmt: skip
NO_EXPERIMENT = "no experiment has been written for it"


def claims_to_test(model: str) -> tuple[str, ...]:
    """Claims that an experiment can test, a claim and those that restate it once."""
    return tuple(
        key
        for key, one in ledger(model).items()
        if _scored(one) and scored_with(key) == key
    )  # fmt: skip


@cache
def scored_with(claim_id: str) -> str:
    """The claim with which a restatement is scored, itself where it restates none that expects the same.

    A claim that sums up several others and expects something else of them together is a test of its own.
    """
    one = claim(claim_id)
    seen = {one.id}
    while one.has_experiment or one.restates:
        others = [claim(key) for key in one.restates if key not in seen]
        found = next((other for other in others if _scored(other) and _expects_the_same(one, other)), None)
        if found is None:
            break
        one = found
        seen.add(one.id)
    return one.id


def _wanted(claim_id: str) -> Expectation:
    return cast("Expectation", expectation(claim_id))


def _scored(one: Claim) -> bool:
    return one.kind in RUN and one.has_experiment


def _expects_the_same(one: Claim, other: Claim) -> bool:
    return not one.has_experiment or expectation(one.id) == expectation(other.id)


def scored_with_all(ids: Sequence[str]) -> tuple[str, ...]:
    """These claims with all that are scored with one of them, so that a test of any is found."""
    scores = {scored_with(key) for key in ids}
    return tuple(
        sorted(key for name in {ledger_of()[key] for key in ids} for key in ledger(name) if scored_with(key) in scores)
    )


def construction_claims(model: str) -> tuple[tuple[str, Path, Experiment], ...]:
    """Claims of a ledger that its model says itself, each with its file and what it asks; no test claim is among them.

    Raises   ModelError where a file has mistakes
    """
    out: list[tuple[str, Path, Experiment]] = []
    for path in files_of(model):
        mine = {key for key, role in roles(model).items() if role.role == "construction" and role.file == path.stem}
        if mine:
            asked = prepare(path).experiments
            out += [(one.claim, path, one) for one in asked if not one.as_printed and tested_with(one.claim) & mine]
    return tuple(out)


def sign_of_construction(model: str, claim_id: str) -> int | None:
    """What a construction claim expects: 1 a rise, -1 a fall, 0 no change; None for a threshold.

    The only way in which calibration may ask. Raises VesiculaError for a test claim: none may be looked at
    """
    kept = roles(model)
    if not any(kept[key].role == "construction" for key in tested_with(claim_id) if key in kept):
        raise VesiculaError(f"{claim_id} is a test claim, and nothing is calibrated by it")
    return {"increase": 1, "decrease": -1, "no_change": 0}.get(expectation(claim_id))


def board(
    model: str, finished: Sequence[Finished], *, definitions: Sequence[Finding] = (), quick: bool = False,
    only: Sequence[str] = (), against: Stored | None = None,
) -> Board:  # fmt: skip
    """All claims of a ledger with what the finished experiment files show of them.

    definitions : checks of the model's structure      only : claims to show, all by default
    against : the stored board, by default the library's of the same kind of draws
    """
    done = [one for one in finished if isinstance(one, Trials)]
    ensemble = next((one.ensemble for one in done if one.ensemble), "")
    before = stored_of(model, calibrated=bool(ensemble)) if against is None else against
    candidates: dict[str, list[Row]] = {}
    printed: dict[str, Row] = {}
    for run in done:
        for trial in run.trials:
            if trial.as_printed:
                printed[trial.claim] = _tested(trial, run)
            else:
                candidates.setdefault(scored_with(trial.claim), []).append(_tested(trial, run))
    for one in finished:
        if isinstance(one, Broken):
            for key in ledger_of().keys() & set(one.claims):
                candidates.setdefault(scored_with(key), []).append(_failed(key, one))
    files = {run.file: run for run in done}
    rows = []
    for key, one in ledger(model).items():
        if only and key not in only:
            continue
        scored = key in candidates and one.kind in RUN
        row = _worst(key, candidates[key]) if scored else _untested(one, definitions)
        if one.kind == "quantity" and key in candidates:
            row = _measured(row, candidates[key][0])
        if key in printed:
            row = replace(row, as_printed=_in_words(printed[key]))
        rows.append(_remembered(row, before, files, model, calibrated=bool(ensemble)))
    ids = tuple(key for key in claims_to_test(model) if not only or key in only)
    today = datetime.now(UTC).date().isoformat()
    return Board(model, version_of("vesicula"), today, quick, tuple(rows), ids, _work(done), ensemble)


def _work(done: Sequence[Trials]) -> Work:
    spent: dict[str, float] = defaultdict(float)
    for run in done:
        spent[run.tier] += run.all_core_seconds
    return Work(sum(run.runs for run in done), len(done), {tier: round(spent[tier], 2) for tier in sorted(spent)})


def _plain(one: Claim, outcome: str, reason: str = "", **more: object) -> Row:
    correction = corrections().get(one.id)
    said = {} if correction is None else {"printed": correction.printed, "corrected": correction.corrected}
    return Row(one.id, one.kind, one.text, outcome, reason, **said, **more)  # pyright: ignore[reportArgumentType]


def _tested(trial: Trial, run: Trials) -> Row:
    """The row of one experiment."""
    one = claim(trial.claim)
    if not one.has_experiment:
        return _plain(one, "untestable", "the ledger describes no experiment of it", file=trial.file)
    wanted, seen = _wanted(trial.claim), trial.shown
    verdict = judge(wanted, seen, joined=trial.by != "nothing")
    codes = agreement(wanted, seen)
    drawn = None if run.drawn is None or not len(run.drawn.paths) else run.drawn.at(seen.draws)
    found = condition(codes == 1, drawn.values) if drawn is not None and verdict.open else None
    outcome, reason = verdict.outcome if found is None else "holds if", verdict.reason
    controls = [control for control in run.controls if control.needed_by(trial.claim)]
    failed = [control for control in controls if not control.held]
    if failed:
        outcome = "no verdict"
        reason = "its positive control failed: " + "; ".join(f"{c.words} in {c.share:.0%} of {c.n}" for c in failed)
    return _plain(
        one, outcome, reason, visible=verdict.visible, right=verdict.right, low=verdict.low, high=verdict.high,
        n=verdict.n, stated=_at_stated(wanted, trial.stated), noise=None if trial.stated is None else seen.noise,
        dropped=trial.dropped, controls=tuple((c.words, c.share) for c in controls), wording=run.wording,
        condition="" if found is None or drawn is None else found.words(drawn),
        confirmed=None if found is None else (found.share, found.low, found.high, found.n, found.met),
        deciding=() if drawn is None else _deciding(codes, drawn, verdict.outcome),
        effect=Spread(seen.effect.median, seen.effect.low, seen.effect.high), unit=seen.unit,
        smallest=_least(seen), provenance=trial.provenance if outcome in HELD else "",
        rests_on=trial.rests_on if outcome in HELD else (), by=trial.by, tier=trial.tier,
        core_seconds=trial.core_seconds + (run.core_seconds + run.of_controls) / max(1, len(run.trials)),
        file=trial.file, measure=trial.measure, arms=trial.arms, chance=_by_chance(wanted, trial),
        loading=_loading(one, run),
    )  # fmt: skip


def _least(seen: Shown) -> tuple[str, float, str] | None:
    """What shows the measure, the least change it shows, and the source of that."""
    return None if seen.smallest is None else (
        seen.smallest.name, seen.smallest.share, seen.smallest.source or "rule of thumb"
    )  # fmt: skip


def _at_stated(wanted: Expectation, seen: Shown | None) -> tuple[int, int, int] | None:
    """Of the seeds at stated values, those that show what is expected, those that show an effect, and all."""
    if seen is None or not seen.n or (wanted == "threshold" and seen.steep is None):
        return None
    codes = agreement(wanted, seen)
    visible = codes == -1 if wanted == "no_change" else codes != 0
    return int((codes == 1).sum()), int(visible.sum()), seen.n


def _deciding(codes: NDArray[np.int8], drawn: Drawn, outcome: str) -> tuple[Decider, ...]:
    """The values that separate draws that show what is expected, with what would settle each."""
    if outcome == "sign unsure":
        drawn, codes = drawn.at(np.flatnonzero(codes != 0)), codes[codes != 0]
    out = []
    for one in deciding(codes == 1, drawn.values):
        quantity = drawn.quantities[one.value]
        way = settling(quantity.rpartition(" ")[2]) or settling(quantity)
        out.append(
            Decider(
                drawn.words[one.value], drawn.paths[one.value], one.more, one.auc, one.p,
                "" if way is None else way.text, None if way is None else way.days,
            )
        )  # fmt: skip
    return tuple(out)


def _measured(row: Row, seen: Row) -> Row:
    """A reference value with what the model shows beside it; it is no verdict."""
    return replace(
        row, n=seen.n, effect=seen.effect, unit=seen.unit, tier=seen.tier, file=seen.file, measure=seen.measure,
        arms=seen.arms, core_seconds=seen.core_seconds,
    )  # fmt: skip


def _in_words(row: Row) -> str:
    """A verdict with the share of draws that agree."""
    share = "" if row.visible is None else f" (seen in {100 * row.visible:.0f} % of {row.n} draws)"
    return f"{row.outcome}{share}"


def _by_chance(wanted: str, trial: Trial) -> float | None:
    """Share of sign-scrambled models that agree with what is expected."""
    if not trial.chance:
        return None
    if wanted == "threshold":
        agree = [steep is True for _, steep in trial.chance]
    else:
        sign = {"increase": 1, "decrease": -1, "no_change": 0}[wanted]
        agree = [seen == sign for seen, _ in trial.chance]
    return sum(agree) / len(agree)


def _loading(one: Claim, run: Trials) -> tuple[Needed, ...]:
    """Required loading of the claim's cargo in its file; of all cargo where the claim names none that is there."""
    from vesicula.evidence.vocabulary import vocabulary

    if not vocabulary().carriers.get(one.carrier, False):
        return ()
    named = {cargo.name for cargo in one.cargo}
    mine = tuple(need for need in run.loading if need.cargo in named)
    return mine or run.loading


def _failed(key: str, broken: Broken) -> Row:
    return _plain(claim(key), "untestable" if broken.left_out else "no verdict", broken.reason, file=broken.file)


def _worst(key: str, rows: Sequence[Row]) -> Row:
    """Of several experiments of one claim the one that agrees least counts; the claim's own text stands on the row."""
    found = min(rows, key=lambda row: (WORST_FIRST.index(row.outcome), row.visible or 0.0))
    one = claim(key)
    others = sorted({row.file for row in rows} - {found.file})
    reason = found.reason + (f" (also tested in {', '.join(others)})" if others else "")
    return replace(found, claim=key, kind=one.kind, text=one.text, reason=reason.strip())


def _untested(one: Claim, definitions: Sequence[Finding]) -> Row:
    if one.kind == "definition":
        return _definition(one, definitions)
    if one.kind == "quantity":
        return _plain(one, "reference value", one.software or "")
    if one.kind == "outlook":
        return _plain(one, "open question", one.software or "")
    other = scored_with(one.id)
    if other != one.id:
        return _plain(one, "restated", f"scored with {other}", with_claim=other)
    without = NO_EXPERIMENT if one.has_experiment else one.software or "the ledger describes no experiment of it"
    return _plain(one, "untestable", untestable_reasons().get(one.id, without))


def _definition(one: Claim, definitions: Sequence[Finding]) -> Row:
    found = next((finding for finding in definitions if one.id in finding.definition.claims), None)
    if found is None:
        return _plain(one, "no check", one.software or "it says nothing that a model could lack")
    lacks = "" if found.holds else f"the model lacks {', '.join(found.missing)}"
    return _plain(one, "in the model" if found.holds else "not in the model", lacks or found.definition.says)


def _remembered(
    row: Row, before: Stored | None, files: Mapping[str, Trials], model: str, *, calibrated: bool
) -> Row:  # fmt: skip
    """The row with its role, its first verdict, what was found behind it, and what has changed since it was stored."""
    role = roles(model).get(row.claim)
    if role is not None:
        row = replace(row, role=role.role, revised=role.revised)
    said = diagnoses(model).get(row.claim)
    if said is not None:
        stale = said.stale(row.outcome, version_of("vesicula"))
        row = replace(row, diagnosis=(said.cause, said.text, said.version, stale))
    was = None if before is None else before.rows.get(row.claim)
    if was is None:
        return _at_first(row, None, calibrated=calibrated)
    run = files.get(row.file)
    changed: tuple[str, ...] = ()
    if before is not None and run is not None and row.tested:
        changed = changed_values(before, run.file, run.parameters)
    row = _at_first(row, was, calibrated=calibrated)
    last = verdict_words(was.outcome, was.provenance)
    return replace(row, last=last, changed=changed, explained=verdict_notes(model).get(row.claim, ""))


def _at_first(row: Row, was: Row | None, *, calibrated: bool) -> Row:
    """The row with its first verdict on calibrated draws, and whether its text was changed after that."""
    if not calibrated:
        return row
    if was is None or was.first is None:
        first = (row.outcome, version_of("vesicula"))
        return replace(row, first=first, first_wording=row.wording) if row.tested else row
    row = replace(row, first=was.first, first_wording=was.first_wording)
    other = row.wording not in ("", was.first_wording)
    return replace(row, revised=row.revised or "the text of its run was changed") if other else row
