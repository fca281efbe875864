"""`vesicula claims`: the statements of the reviews, what each says, and which sentences of the library carry it."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from vesicula.cli import exits
from vesicula.cli.columns import emit_rows, on_terminal
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import ModelError

if TYPE_CHECKING:
    from vesicula.evidence.claims import Actor, Cargo, Claim, Study
    from vesicula.language.coverage import Citation

FIRST = 40
WORDS = 100
LANGUAGES = ("en", "zh")
SIGNS = {"+": "up", "-": "down"}


def list_claims(
    *, cell: str | None, molecule: str | None, model: str | None, kind: str | None, text: str | None, holes: bool,
    limit: int | None, lang: str, as_json: bool,
) -> int:  # fmt: skip
    """Show the claims that fit all filters, or of them those that no sentence of the library carries."""
    from vesicula.evidence.claims import TREATED_AS, ledgers
    from vesicula.evidence.search import find

    _choice("--model", model, ledgers())
    _choice("--kind", kind, tuple(TREATED_AS))
    _choice("--lang", lang, LANGUAGES)
    found = find(cell=cell, molecule=molecule, in_ledger=model, kind=kind, text=text)
    if holes:
        from vesicula.language.coverage import holes as not_carried

        open_ids = {one.id for one in not_carried(model)}
        found = tuple(one for one in found if one.id in open_ids)
    shown = found[: limit or None] if limit is not None or as_json or not on_terminal() else found[:FIRST]
    if as_json:
        emit_json({"count": len(found), "claims": [_brief(one, lang, chain=holes) for one in shown]})
        return exits.OK
    if holes:
        _emit_holes(shown, lang)
    else:
        rows = ((one.id, one.kind, textwrap.shorten(_said(one, lang), WORDS, placeholder=" …")) for one in shown)
        emit_rows(rows, heading=("claim", "kind", "statement"))
    if not found:
        say("every such claim is carried" if holes else "no claim fits all of that; leave a filter out")
    elif len(shown) < len(found):
        say(f"{len(found) - len(shown)} more; --limit 0 shows all {len(found)}")
    if holes:
        _say_counts(model)
    return exits.OK


def _choice(option: str, said: str | None, known: Sequence[str]) -> None:
    if said is not None and said not in known:
        raise typer.BadParameter(f"{option} takes {', '.join(known[:-1])} or {known[-1]}; not {said!r}")


def _said(claim: Claim, lang: str) -> str:
    return claim.text_zh if lang == "zh" else claim.text


def _brief(claim: Claim, lang: str, *, chain: bool) -> dict[str, object]:
    row: dict[str, object] = {"id": claim.id, "ledger": claim.ledger, "kind": claim.kind, "text": _said(claim, lang)}
    return row | {"chain": [edge.text() for edge in claim.chain], "why": why_not(claim)} if chain else row


def why_not(claim: Claim) -> str:
    """The recorded reason why no sentence carries a claim, or what of the library would carry it or only lists it."""
    from vesicula.evidence.remarks import reasons_not_carried
    from vesicula.language.coverage import LISTED, library_coverage

    reason = reasons_not_carried().get(claim.id)
    if reason is not None:
        return reason
    cited = library_coverage().get(claim.id, ())
    carriers = dict.fromkeys(one.source for one in cited if one.kind != LISTED)
    if carriers:
        return f"{', '.join(carriers)} would carry it"
    listed = dict.fromkeys(one.source for one in cited)
    return f"only listed under `claims` of {', '.join(listed)}" if listed else ""


def _emit_holes(shown: Sequence[Claim], lang: str) -> None:
    for claim in shown:
        emit(f"{claim.id}  {claim.kind}  {_said(claim, lang)}")
        for edge in claim.chain:
            emit(f"          {edge.text()}")
        why = why_not(claim)
        if why:
            emit(f"          ({why})")


def _say_counts(model: str | None) -> None:
    """How many claims of each ledger are carried."""
    from vesicula.evidence.claims import RUN, ledger, ledgers
    from vesicula.language.coverage import Standing, library_coverage, standing

    for name in ledgers() if model is None else (model,):
        run = [key for key, one in ledger(name).items() if one.kind in RUN]
        ways = Counter(standing(key, library_coverage()) for key in run)
        told = ", ".join(f"{ways[way]} {way}" for way in Standing if ways[way])
        say(f"{name}: {len(run)} mechanisms and interventions: {told}")


def show_claim(word: str, *, lang: str, as_json: bool) -> int:
    """Show one claim with all that is known of it."""
    from vesicula.evidence.claims import RUN, TREATED_AS, restated_by
    from vesicula.evidence.remarks import corrections, reasons_not_carried
    from vesicula.evidence.search import found_claim
    from vesicula.language.coverage import library_coverage, standing

    _choice("--lang", lang, LANGUAGES)
    claim = found_claim(word)
    cited = library_coverage().get(claim.id, ())
    status = standing(claim.id, library_coverage())
    tests = experiment_files(claim.id)
    if as_json:
        correction = corrections().get(claim.id)
        emit_json(
            asdict(claim)
            | {
                "restated_by": restated_by().get(claim.id, ()),
                "correction": None if correction is None else asdict(correction),
                "standing": status,
                "reason_not_carried": reasons_not_carried().get(claim.id),
                "carried_by": [asdict(one) for one in cited],
                "experiments": tests,
                "definition": dict(_definition(claim)),
            }
        )
        return exits.OK
    emit(f"{claim.id}  {claim.kind}: {TREATED_AS[claim.kind]}")
    emit(f"{_said(claim, lang)}\n")
    emit_rows(_rows(claim))
    _emit_correction(claim)
    emit(f"\nin the library: {status if claim.kind in RUN or cited else 'no sentence cites it'}")
    if claim.id in reasons_not_carried():
        emit(f"  {reasons_not_carried()[claim.id]}")
    emit_rows(_citation_rows(cited))
    emit_rows(_definition(claim))
    emit(f"experiments: {', '.join(tests) or 'none yet'}")
    return exits.OK


def _rows(claim: Claim) -> Iterator[tuple[str, str]]:
    """What the ledger says of a claim, each with its heading."""
    from vesicula.evidence.claims import document, restated_by

    review = document(claim.ledger)
    sections = "; ".join(_section(key, review.sections[key]) for key in claim.section.split(", "))
    first, last = claim.lines
    lines = f"line {first}" if first == last else f"lines {first} to {last}"
    yield "review", f"{review.title_en} ({claim.ledger})"
    yield (
        "place",
        f"{sections}, {lines}" + (f", references {', '.join(map(str, claim.cites))}" if claim.cites else ""),
    )
    yield "study", _study(claim.study) if claim.study is not None else "not known"
    if claim.study_candidate is not None:
        yield "perhaps", f"{_study(claim.study_candidate)}; a guess, no evidence"
    yield "context", ", ".join(part for part in (claim.species, claim.model, claim.setting) if part)
    yield "sender", _actors(claim.sender)
    yield "carrier", claim.carrier + (f" with {', '.join(map(_cargo, claim.cargo))}" if claim.cargo else "")
    yield "recipient", _actors(claim.recipient)
    for edge in claim.chain:
        yield "chain", edge.text()
    for one in claim.outcome:
        yield "outcome", f"{one.phenotype} {SIGNS[one.sign]}"
    if claim.experiment is not None:
        test = claim.experiment
        yield "experiment", f"{test.perturbation}, against {test.baseline}"
        yield "read-out", f"{test.readout} ({test.measure}); its direction is {test.basis} by the review"
    for amount in claim.quantities:
        value = " to ".join(map(str, amount.value)) if isinstance(amount.value, tuple) else amount.value
        yield "quantity", f"{amount.name} {value} {amount.unit} ({amount.origin}{_dated(claim)})"
    if claim.software:
        yield "to build", claim.software
    if claim.doubts:
        yield "doubts", claim.doubts
    for heading, ids in (("restates", claim.restates), ("restated by", restated_by().get(claim.id, ()))):
        for other in ids:
            yield heading, _other(other)
    for topic in review.contradictions:
        if claim.id in topic.claims:
            yield "contradiction", f"{topic.topic}: {topic.resolution} ({', '.join(topic.claims)})"
    for loop in review.feedback_loops:
        if claim.id in loop.claims:
            yield "loop", f"{loop.name} ({loop.sign}): {loop.nodes}"


def _section(key: str, heading: str) -> str:
    return f"section {key} {heading}" if heading != key else heading


def _other(claim_id: str) -> str:
    from vesicula.evidence.claims import claim

    return f"{claim_id} {claim(claim_id).text}"


def _study(study: Study) -> str:
    place = ", ".join(part for part in (study.journal, f"doi:{study.doi}" if study.doi else "") if part)
    seen = "its abstract was seen" if study.checked else "not seen"
    return f"{study}{f' ({place})' if place else ''}; {seen}, confidence {study.confidence}"


def _dated(claim: Claim) -> str:
    return f", {claim.study.year}" if claim.study is not None and claim.study.year else ""


def _actors(actors: Sequence[Actor]) -> str:
    named = (one.cell + ("" if one.state == "any" else f" ({one.state})") for one in actors)
    return ", ".join(named) or "none"


def _cargo(cargo: Cargo) -> str:
    remarks = [f"printed {cargo.printed}"] if cargo.printed else []
    remarks += ["added"] if cargo.added else []
    return cargo.name + (f" ({', '.join(remarks)})" if remarks else "")


def _emit_correction(claim: Claim) -> None:
    """Both readings of a claim that its doubts call wrong."""
    from vesicula.evidence.remarks import corrections

    correction = corrections().get(claim.id)
    if correction is None:
        return
    emit("")
    if on_terminal():
        emit_rows([(correction.printed, correction.corrected)], heading=("as printed", "as corrected"))
    else:
        emit_rows([("as printed", correction.printed), ("as corrected", correction.corrected)])


def _citation_rows(cited: Sequence[Citation]) -> Iterator[tuple[str, ...]]:
    for one in cited:
        place = f"{one.file}:{one.line}" if one.line else one.file
        yield one.source, one.owner, one.kind, f"{one.text}  {place}".strip()


def _definition(claim: Claim) -> list[tuple[str, str]]:
    """The structural check of a definition, and what it finds in the models of the library."""
    from vesicula.language.definitions import definition_of

    definition = definition_of(claim.id)
    if definition is None:
        return []
    from vesicula.language import library_models, prepare

    rows = [("checked", definition.says)]
    for name in library_models():
        try:
            model = prepare(name)
        except ModelError:
            rows.append((f"in {name}", f"the model has mistakes: vesicula check {name}"))
            continue
        if definition.applies(model):
            missing = definition.missing(model)
            rows.append((f"in {name}", f"lacks {', '.join(missing)}" if missing else "holds"))
    return rows


def experiment_files(claim_id: str) -> list[str]:
    """Experiments of the library that name a claim: files, and models that hold a test of it."""
    from vesicula.evidence.folder import library_folder
    from vesicula.language import library_models, read

    folder = library_folder() / "experiments"
    word = re.compile(rf"(?<![\w-]){claim_id}(?![\w-])")
    files = [path for path in sorted(folder.rglob("*.yaml")) if word.search(path.read_text(encoding="utf-8"))]
    tested = [f"model {name}" for name in library_models() if any(t.claim == claim_id for t in read(name).experiments)]
    return [*(path.relative_to(folder).as_posix() for path in files), *tested]
