"""The block `experiments`: which arms of a file test which claims, and what is read. Reading, writing, checking."""

from __future__ import annotations

from collections.abc import Collection

from vesicula.evidence.claims import ledger_of
from vesicula.evidence.remarks import corrections
from vesicula.language.blocks import EXPERIMENT
from vesicula.language.model import Experiment, Model
from vesicula.language.reading.blocks import Data, block, build, entries, words
from vesicula.language.text import Mapping, Node, Report
from vesicula.language.values import Location
from vesicula.units import nearest

MOST_IN_ONE_RUN = 5
PRINTED = " as printed"


def read_experiments(node: Node, report: Report) -> tuple[Experiment, ...]:
    """Claim by claim: baseline, perturbation (one arm, or levels in order) and measure.

    `bm-110 as printed` tests what the review prints where the ledger corrects it.
    """
    found: list[Experiment] = []
    for key, entry in entries(node, "experiments", report):
        claim, printed = claim_of(key.value)
        data: Data = {"claim": claim, "as_printed": printed, "where": key.place()}
        data |= block(entry, EXPERIMENT, "an experiment", report, {"perturbation": _levels})
        missing = [field.key for field in EXPERIMENT if field.attribute not in data and field.form != "switch"]
        if isinstance(entry, Mapping) and missing:
            report.add("missing-key", key, f"the experiment has no {' and no '.join(missing)}", "add it")
        elif not missing:
            experiment = build(Experiment, data, key.place(), report)
            found.extend([] if experiment is None else [experiment])
    return tuple(found)


def claim_of(key: str) -> tuple[str, bool]:
    """The claim that a key of the block names, and whether it is meant as printed."""
    return key.removesuffix(PRINTED), key.endswith(PRINTED)


def _levels(node: Node, report: Report) -> Data:
    return {"perturbation": words(node, report)}


def written(model: Model) -> dict[str, dict[str, str | tuple[str, ...]]]:
    """The block as it is written, by claim."""
    return {
        one.claim + (PRINTED if one.as_printed else ""): {
            "baseline": one.baseline,
            "perturbation": one.perturbation[0] if len(one.perturbation) == 1 else one.perturbation,
            "measure": one.measure,
            **({"each": "yes"} if one.each else {}),
        }
        for one in model.experiments
    }


def check_experiments(model: Model, report: Report) -> None:
    """Claims, arms and measures that the block names must exist; one run serves a few experiments only.

    A claim that restates another one counts with it.
    """
    arms = {arm.name for arm in model.arms} | {arm.series for arm in model.arms if arm.series is not None}
    measures = {one.name for one in model.measures}
    claims = ledger_of()
    for one in model.experiments:
        known_to(report, one.where, one.claim, claims, "claim")
        if one.as_printed and one.claim in claims and one.claim not in corrections():
            message = f"`{one.claim}{PRINTED}`: nothing in {one.claim} is corrected"
            report.add("unknown-name", one.where, message, f"leave `{PRINTED.strip()}` out")
        for arm in (one.baseline, *one.perturbation):
            known_to(report, one.where, arm, arms, "arm of this file")
        known_to(report, one.where, one.measure, measures, "measure of this file")
        if one.baseline in one.perturbation[-1:]:
            message = f"the perturbation of {one.claim} is its baseline"
            report.add("same-as-baseline", one.where, message, "name the arm in which something is done")
    if len(model.experiments) > MOST_IN_ONE_RUN:
        message = f"{len(model.experiments)} experiments share this run"
        remedy = f"at most {MOST_IN_ONE_RUN} may; write another file with a protocol of its own"
        report.warn("crowded-run", model.experiments[MOST_IN_ONE_RUN].where, message, remedy)


def known_to(report: Report, where: Location | None, name: str, known: Collection[str], what: str) -> None:
    """A diagnostic where a name is not among the known ones."""
    if name in known:
        return
    near = nearest(name, known)
    remedy = f"did you mean `{near}`?" if near else f"there are: {', '.join([*known][:8])}"
    report.add("unknown-name", where, f"`{name}` is no {what}", remedy)
