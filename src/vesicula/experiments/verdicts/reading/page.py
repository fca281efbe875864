"""What stands in the executable review, as plain values for its template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vesicula.evidence.claims import RUN, Claim, Contradiction, all_claims, document, ledger, restated_by
from vesicula.evidence.remarks import Correction, corrections, reasons_not_carried, untestable_reasons
from vesicula.experiments.verdicts.board import Board, Row, Spread, overtaken
from vesicula.experiments.verdicts.conflicts import maps_of
from vesicula.experiments.verdicts.questions import Question, questions
from vesicula.experiments.verdicts.reading.tested import Files, Told, experiments_of
from vesicula.experiments.verdicts.reading.thumbnail import thumbnail
from vesicula.experiments.verdicts.reading.words import LANGUAGES, headings, words
from vesicula.experiments.verdicts.stored import stored
from vesicula.language import library_models, prepare
from vesicula.language.coverage import LISTED, Citation, library_coverage, standing
from vesicula.language.definitions import definition_of
from vesicula.language.model import Model
from vesicula.results.wording import number, span

__all__ = ["LANGUAGES", "review_html"]

SHOWN_CARRIERS = 4
UNJUDGED = ("definition", "quantity", "outlook")
"""Kinds that get no verdict, whatever a run shows of them."""


@dataclass(frozen=True)
class Verdict:
    """What is shown of a verdict. key: the outcome, or waiting, none; why: the reason where there is none."""

    key: str
    name: str
    why: str = ""
    share: str = ""
    effect: str = ""
    notes: tuple[str, ...] = ()
    picture: Markup | None = None
    as_printed: str = ""


@dataclass(frozen=True)
class Entry:
    """One claim on the page."""

    claim: Claim
    text: str
    standing: str
    standing_name: str
    correction: Correction | None
    carriers: tuple[Citation, ...]
    reason: str
    tests: tuple[Told, ...]
    verdict: Verdict
    question: Question | None
    check: tuple[str, str]
    contradictions: tuple[tuple[Contradiction, str], ...]
    restated_by: tuple[str, ...]
    haystack: str


class Review:
    """Gathers the parts of the review of one ledger in one language."""

    def __init__(self, name: str, lang: str) -> None:
        self.name, self.lang = name, lang
        self.words = words(lang)
        self.review = document(name)
        self.coverage = library_coverage()
        self.files: Files = experiments_of(name)
        kept = stored(name)
        self.board: Board | None = None if kept is None else kept.board
        self.rows = {} if self.board is None else {row.claim: row for row in self.board.rows}
        self.model: Model | None = prepare(name) if name in library_models() else None
        self.here = ledger(name)

    def sections(self) -> list[tuple[str, str, list[Entry]]]:
        """Sections in the order of the article with their claims in the order of their lines."""
        named = headings(self.name, self.review.sections, self.lang)
        rows: dict[str, list[Claim]] = {key: [] for key in self.review.sections}
        for one in sorted(self.here.values(), key=lambda one: (one.lines, one.id)):
            rows[one.section.split(", ")[0]].append(one)
        return [(key, named[key], [self.entry(one) for one in claims]) for key, claims in rows.items() if claims]

    def entry(self, claim: Claim) -> Entry:
        """One claim with all that is known of it."""
        stands = standing(claim.id, self.coverage)
        cited = tuple(one for one in self.coverage.get(claim.id, ()) if one.kind != LISTED)
        topics = tuple(
            (topic, _map(topic, claim.id)) for topic in self.review.contradictions if claim.id in topic.claims
        )
        found = (claim.id, claim.text, claim.text_zh, claim.doubts, claim.study, *(edge.text() for edge in claim.chain))
        carried_by_kind = claim.kind in RUN or bool(cited)
        return Entry(
            claim=claim,
            text=claim.text_zh if self.lang == "zh" else claim.text,
            standing=str(stands) if carried_by_kind else "",
            standing_name=self.words[f"s.{stands}"] if carried_by_kind else "",
            correction=corrections().get(claim.id),
            carriers=cited,
            reason=reasons_not_carried().get(claim.id, ""),
            tests=self.files.told.get(claim.id, ()),
            verdict=self.verdict(claim),
            question=questions().get(claim.id),
            check=self.check(claim),
            contradictions=topics,
            restated_by=restated_by().get(claim.id, ()),
            haystack=" ".join(str(part) for part in found if part).casefold(),
        )

    def check(self, claim: Claim) -> tuple[str, str]:
        """The structural check of a definition, and what it finds in the reference model."""
        definition = definition_of(claim.id)
        if definition is None:
            return "", ""
        if self.model is None:
            return definition.says, self.words["w.model"]
        if not definition.applies(self.model):
            return definition.says, self.words["not_about"].format(model=self.name)
        missing = definition.missing(self.model)
        if missing:
            return definition.says, self.words["lacks"].format(model=self.name, what=", ".join(missing))
        return definition.says, self.words["holds"].format(model=self.name)

    def verdict(self, claim: Claim) -> Verdict:
        """The stored verdict of a claim, or why there is none."""
        row = self.rows.get(claim.id)
        if claim.kind in UNJUDGED:
            effect = "" if row is None else _effect(row.effect, row.unit)
            picture = thumbnail(row.arms, row.unit) if row is not None and row.arms else None
            why = self.words[f"w.{claim.kind}"]
            return Verdict("none", self.words["v.none"], why, effect=effect, picture=picture)
        if row is not None and (row.tested or row.outcome == "no verdict"):
            return self._stored(row)
        if row is not None and row.with_claim:
            return Verdict("none", self.words["v.none"], f"{self.words['w.restated']} {row.with_claim}")
        if claim.id in self.files.told:
            return Verdict("waiting", self.words["v.waiting"], self.words["w.waiting"])
        return Verdict("none", self.words["v.none"], self._why_none(claim))

    def _why_none(self, claim: Claim) -> str:
        if claim.restates:
            return f"{self.words['w.restated']} {', '.join(claim.restates)}"
        if self.model is None:
            return self.words["w.model"]
        reason = untestable_reasons().get(claim.id)
        if reason is not None:
            return self.words["w.needs"].format(what=reason)
        return self.words["w.unwritten" if claim.has_experiment else "w.nothing"]

    def _stored(self, row: Row) -> Verdict:
        said = self.words
        share = ""
        if row.visible is not None:
            share = said["seen"].format(share=f"{row.visible:.0%}", n=row.n)
        if row.right is not None and row.low is not None and row.high is not None:
            share += ", " + said["sign"].format(share=f"{row.right:.0%}", low=f"{row.low:.0%}", high=f"{row.high:.0%}")
        notes = [said.get(f"r.{row.role}", ""), said.get(f"p.{row.provenance}", ""), said.get(f"b.{row.by}", "")]
        if row.stated is not None:
            notes.append(said["stated"].format(right=row.stated[0], seeds=row.stated[2]))
        if row.first is not None and row.first[0] != row.outcome:
            notes.append(said["first"].format(outcome=said[f"v.{row.first[0]}"], version=row.first[1]))
        if row.revised:
            notes.append(said["revised"].format(why=row.revised))
        if row.diagnosis is not None:
            notes.append(said["diagnosis"].format(cause=row.diagnosis[0], text=row.diagnosis[1]))
        if row.chance is not None:
            notes.append(said["chance"].format(share=f"{row.chance:.0%}"))
        return Verdict(
            key=row.outcome,
            name=said[f"v.{row.outcome}"],
            why=said["if"].format(condition=row.condition) if row.condition else row.reason,
            share=share,
            effect=_effect(row.effect, row.unit),
            notes=tuple(note for note in notes if note),
            picture=thumbnail(row.arms, row.unit),
            as_printed=row.as_printed,
        )

    def headline(self) -> list[tuple[int, str]]:
        """The numbers at the top."""
        entries = [self.here[key] for key in self.here]
        run = [one for one in entries if one.kind in RUN]
        carried = sum(standing(one.id, self.coverage).startswith("carried") for one in run)
        judged = [row for row in self.rows.values() if row.tested and row.kind not in UNJUDGED]
        shown = sum(row.held and row.role == "test" for row in judged)
        counts = [
            (len(entries), "claims"), (len(run), "runnable"), (carried, "carried"),
            (sum(one.id in self.files.told for one in entries), "planned"), (len(judged), "judged"), (shown, "shown"),
        ]  # fmt: skip
        return [(count, self.words[key]) for count, key in counts]

    def kinds(self) -> list[tuple[str, str, str, int]]:
        """Kinds with their names, how they are treated, and how many claims there are of each."""
        counts = Counter(one.kind for one in self.here.values())
        return [(kind, self.words[f"k.{kind}"], self.words[f"t.{kind}"], n) for kind, n in counts.most_common()]

    def loops(self) -> list[Mapping[str, object]]:
        """Feedback loops of the review."""
        rows = self.review.feedback_loops
        return [{"loop": one, "how": self.words["closed" if one.closed_in_review else "open"]} for one in rows]


def _map(topic: Contradiction, claim_id: str) -> str:
    """The command that draws the topic's condition map; empty where the library has none."""
    for one in maps_of(claim_id):
        if set(one.claims) <= set(topic.claims):
            return f"vesicula conflict {one.claims[0]} {one.claims[1]}"
    return ""


def _effect(effect: Spread | None, unit: str) -> str:
    return "" if effect is None else f"{number(effect.median)} ({span(effect.low, effect.high)}) {unit}".strip()


def review_html(name: str, lang: str = "en") -> str:
    """The executable review of one ledger as one HTML page.

    name : of a ledger      lang : one of `LANGUAGES`
    Raises KeyError for a name that is no ledger, ModelError where a part of the library cannot be read
    """
    page = Review(name, lang)
    loader = PackageLoader("vesicula.results", "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    sections = page.sections()
    listed = [entry for _, _, entries in sections for entry in entries]
    verdicts = Counter((entry.verdict.key, entry.verdict.name) for entry in listed)
    ways = Counter((entry.standing, entry.standing_name) for entry in listed if entry.standing)

    def read(file: str) -> Markup:
        return Markup(environment.loader.get_source(environment, file)[0]) if environment.loader else Markup("")

    return environment.get_template("review.html").render(
        lang=lang, w=page.words, review=page.review, page=page, sections=sections, headline=page.headline(),
        kinds=page.kinds(), loops=page.loops(), verdicts=verdicts.most_common(), standings=ways.most_common(),
        files=page.files, board=page.board, overtaken=page.board is not None and overtaken(page.board),
        shown_carriers=SHOWN_CARRIERS, known=all_claims(), kinds_run=RUN,
        style=read("style.css") + read("review.css"), script=read("review.js"), map_of=_map,
        title=page.review.title_zh if lang == "zh" else page.review.title_en, outcome_signs={"+": "↑", "-": "↓"},
    )  # fmt: skip
