"""The block `cohort`: reading, writing and checking."""

from __future__ import annotations

from vesicula.language.blocks import COHORT
from vesicula.language.cohort import Cohort, Differs, Event, Genotype
from vesicula.language.grammar.parsers import parse
from vesicula.language.grammar.values import Reading, child, maybe, names, tokens
from vesicula.language.model import Model
from vesicula.language.paths import canonical
from vesicula.language.reading.blocks import Data, block, build, entries, sentences, value_table
from vesicula.language.reading.experiments import known_to
from vesicula.language.text import Node, Report, Scalar
from vesicula.language.values import Value
from vesicula.language.walk import values
from vesicula.units import nearest

WHOLE = 1e-6
"""How far shares may add up beside 100 %."""


def read_cohort(key: Scalar, node: Node, report: Report) -> Cohort | None:
    """Patients, genotypes, how these differ, and events."""
    data = block(node, COHORT, "a cohort", report, {"genotypes": _genotypes, "differ": _differ, "events": _events})
    if "patients" not in data:
        report.add("missing-key", key, "the number of patients is missing", "add for example `patients: 200`")
        return None
    return build(Cohort, {**data, "where": key.place()}, key.place(), report)


def _genotypes(node: Node, report: Report) -> Data:
    found = [
        Genotype(name=key.value, shares=value_table(entry, "genotypes", report), where=key.place())
        for key, entry in entries(node, "genotypes", report)
    ]
    return {"genotypes": tuple(found)}


def _differ(node: Node, report: Report) -> Data:
    return {"differ": sentences(node, "differ", read_differs, report)}


def read_differs(scalar: Scalar, report: Report) -> Differs | None:
    """`rs2234693 CC multiplies cells.osteoclast.dies by 0.8`."""
    tree = parse("differs", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    locus, allele, path = names(tree)
    factor = reading.value(child(tree, "value"))
    return Differs(
        text=" ".join(scalar.value.split()), sources=reading.sources(maybe(tree, "sources")), where=reading.where(),
        locus=locus, allele=allele, path=canonical(path), factor=factor,
    )  # fmt: skip


def _events(node: Node, report: Report) -> Data:
    found: list[Event] = []
    for key, entry in entries(node, "events", report):
        tree = parse("event", entry, report) if isinstance(entry, Scalar) else None
        if tree is None or not isinstance(entry, Scalar):
            continue
        words = {token.type: str(token) for token in tokens(tree)}
        side = "below" if any(str(token) == "below" for token in tokens(tree)) else "above"
        found.append(
            Event(
                name=" ".join(key.value.split()), text=" ".join(entry.value.split()), where=entry.place(),
                measure=names(tree)[0], side=side, threshold=float(words["NUMBER"]),
            )
        )  # fmt: skip
    return {"events": tuple(found)}


def check_cohort(model: Model, report: Report) -> None:
    """Shares, genotypes, paths and measures of the cohort, and measures of its events."""
    cohort = model.cohort
    events = [] if cohort is None else [event.name for event in cohort.events]
    for one in model.measures:
        if one.kind in ("event share", "event time") and one.what not in events:
            near = nearest(one.what, events)
            remedy = f"did you mean `{near}`?" if near else "add it under `cohort: events:`"
            report.add("unknown-name", one.where, f"`{one.what}` is no event of this model", remedy)
    if cohort is None:
        return
    if max(model.run.seeds, model.run.draws) > 1:
        message = "the patients of a cohort are its repeats"
        report.add("two-ways", cohort.where, message, "leave `seeds` and `draws` out of `run`")
    alleles = {one.name: one.shares for one in cohort.genotypes}
    for one in cohort.genotypes:
        total = sum(_share(value) for value in one.shares.values())
        if abs(total - 1.0) > WHOLE:
            message = f"the genotypes of {one.name} add up to {100 * total:g} %"
            report.add("genotype-shares", one.where, message, "let them add up to 100 %")
    paths = values(model)
    for one in cohort.differ:
        known_to(report, one.where, one.locus, alleles, "genotype of this cohort")
        if one.locus in alleles:
            known_to(report, one.where, one.allele, alleles[one.locus], f"genotype at {one.locus}")
        if one.path not in paths:
            near = nearest(one.path, paths)
            remedy = f"did you mean `{near}`?" if near else "write for example `cells.osteoclast.dies`"
            report.add("unknown-path", one.where, f"`{one.path}` is no value of this model", remedy)
    plain = [one.name for one in model.measures if one.kind not in ("event share", "event time")]
    for one in cohort.events:
        known_to(report, one.where, one.measure, plain, "measure of this file")


def _share(value: Value) -> float:
    return value.number / 100.0 if value.unit == "%" else value.number
