"""`vesicula questions`: open questions of the reviews with templates to run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from vesicula.cli import exits
from vesicula.cli.reading import known_ledger
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import VesiculaError


def answer_questions(what: str | None, *, out: Path | None, as_json: bool) -> int:
    """List open questions of all reviews or of one, show one of them, or write its template."""
    from vesicula.evidence.claims import ledgers

    if out is not None:
        if what is None or what in ledgers():
            raise VesiculaError("--out writes the template of one question", "name its claim, for example bm-163")
        return _write(what, out, as_json=as_json)
    if what is None or what in ledgers():
        return _list(what, as_json=as_json)
    return _show(what, as_json=as_json)


def _id(what: str) -> str:
    """The claim that a word names; a word that looks like no id is taken for a review's name."""
    from vesicula.evidence.search import found_claim

    return found_claim(what).id if any(c.isdigit() for c in what) else known_ledger(what)


def _write(what: str, out: Path, *, as_json: bool) -> int:
    from vesicula.experiments.verdicts.questions import write_template

    file = write_template(_id(what), out)
    if as_json:
        emit_json({"claim": _id(what), "file": str(file)})
    else:
        emit(str(file))
        say(f"  vesicula run {file}")
    return exits.OK


def _list(name: str | None, *, as_json: bool) -> int:
    from vesicula.experiments.verdicts.questions import open_claims, questions

    found = [(claim, questions().get(claim.id)) for claim in open_claims(name)]
    if as_json:
        rows = [{"claim": c.id, "text": c.text, "template": None if q is None else asdict(q)} for c, q in found]
        emit_json({"count": len(found), "questions": rows})
        return exits.OK
    for claim, question in found:
        emit(f"{claim.id}  {claim.text}")
        if question is not None:
            emit(f"        {question.asks}")
            for line in question.commands:
                emit(f"        $ {line}")
            if question.needs:
                emit(f"        needs: {question.needs}")
    ready = sum(question is not None and bool(question.commands) for _, question in found)
    say(f"{len(found)} open questions, {ready} with a template to run")
    return exits.OK


def _show(what: str, *, as_json: bool) -> int:
    from vesicula.evidence.claims import claim
    from vesicula.experiments.verdicts.questions import questions

    key = _id(what)
    one, question = claim(key), questions().get(key)
    if as_json:
        emit_json({"claim": key, "text": one.text, "template": None if question is None else asdict(question)})
        return exits.OK
    emit(f"{key}  {one.kind}: {one.text}")
    if question is None:
        say(
            "no template yet"
            if one.kind == "outlook"
            else f"a {one.kind} claim is no open question: vesicula claims {key}"
        )
        return exits.OK
    emit(f"\n{question.asks}\nRead: {question.reads}")
    for line in question.commands:
        emit(f"$ {line}")
    if question.needs:
        emit(f"needs: {question.needs}")
    if question.text:
        emit(f"\n{question.text}")
    return exits.OK
