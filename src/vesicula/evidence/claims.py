"""The claim ledgers: which statements there are, and what each says, apart from what it expects of an experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, cast

from vesicula.evidence.ledgers import Data, ledger_paths, parsed

Sign = Literal["+", "-"]

TREATED_AS = MappingProxyType(
    {
        "mechanism": "run as an experiment",
        "intervention": "run as an experiment",
        "definition": "checked in the structure of a model, never run",
        "quantity": "a dated reference value or an input, never a verdict",
        "clinical": "a cohort run, whose verdict is of a stand-in",
        "outlook": "an open question with a template to run",
    }
)
"""Kind of claim -> what the software does with it."""

RUN = ("mechanism", "intervention")
"""Kinds that a sentence of a part or model has to carry."""


@dataclass(frozen=True)
class Actor:
    """A sender or recipient: cell and its state, names of the vocabulary."""

    cell: str
    state: str


@dataclass(frozen=True)
class Cargo:
    """A molecule on the way. printed: how the review spells it; added: the review does not name it."""

    name: str
    printed: str | None = None
    added: bool = False


@dataclass(frozen=True)
class ChainEdge:
    """source raises (+) or lowers (-) target, which changes in the place or cell `where`."""

    source: str
    sign: Sign
    target: str
    where: str
    added: bool

    def text(self) -> str:
        """The edge on one line, `-|` where it lowers."""
        arrow = "->" if self.sign == "+" else "-|"
        return f"{self.source} {arrow} {self.target} in {self.where}{' (added)' if self.added else ''}"


@dataclass(frozen=True)
class Outcome:
    """Effect in the situation of the claim."""

    phenotype: str
    sign: Sign


@dataclass(frozen=True)
class Study:
    """The original paper. checked: seen in a stored abstract."""

    first_author: str | None
    authors: str | None
    year: int | None
    journal: str | None
    title: str | None
    doi: str | None
    confidence: str
    checked: bool

    def __str__(self) -> str:
        """Authors, year and title."""
        return " ".join(str(part) for part in (self.authors or self.first_author, self.year, self.title) if part)


@dataclass(frozen=True)
class Amount:
    """A number of a claim. origin: `review`, or `primary study` for context that the review does not state."""

    name: str
    value: float | str | tuple[float, float]
    unit: str
    origin: str


@dataclass(frozen=True)
class ClaimExperiment:
    """The test of a claim in words, and the measure that is read. basis: direction stated or implied by the review."""

    baseline: str
    perturbation: str
    readout: str
    measure: str
    basis: str


@dataclass(frozen=True)
class Claim:
    """One statement of a review. study_candidate: a guess, no evidence; restates: claims whose test covers this one."""

    id: str
    ledger: str
    section: str
    lines: tuple[int, int]
    cites: tuple[int, ...]
    study: Study | None
    study_candidate: Study | None
    text: str
    text_zh: str
    kind: str
    species: str | None
    model: str | None
    setting: str
    sender: tuple[Actor, ...]
    carrier: str
    cargo: tuple[Cargo, ...]
    recipient: tuple[Actor, ...]
    chain: tuple[ChainEdge, ...]
    outcome: tuple[Outcome, ...]
    experiment: ClaimExperiment | None
    software: str | None
    quantities: tuple[Amount, ...]
    restates: tuple[str, ...]
    doubts: str | None

    @property
    def has_experiment(self) -> bool:
        """Whether the ledger describes a test of it."""
        return self.experiment is not None


@dataclass(frozen=True)
class Contradiction:
    """Claims that do not hold together, and the condition that parts them."""

    topic: str
    claims: tuple[str, ...]
    resolution: str


@dataclass(frozen=True)
class FeedbackLoop:
    """A loop of a review. closed_in_review: the review itself closes it."""

    name: str
    sign: str
    nodes: str
    claims: tuple[str, ...]
    closed_in_review: bool


@dataclass(frozen=True)
class Document:
    """The review behind a ledger. misprints: as seen -> as read; sections: key -> heading."""

    id: str
    prefix: str
    title_en: str
    title_zh: str
    title_note: str | None
    journal: str | None
    doi: str | None
    file: str
    sections: Mapping[str, str]
    abbreviations: Mapping[str, str]
    misprints: Mapping[str, str]
    notes: tuple[str, ...]
    study_notes: Mapping[str, str]
    contradictions: tuple[Contradiction, ...]
    feedback_loops: tuple[FeedbackLoop, ...]


@lru_cache(maxsize=1)
def ledger_of() -> Mapping[str, str]:
    """Claim id -> name of its ledger, for all claims; reads no more than the ids."""
    pattern = re.compile(r"^- id: ([a-z]{2}-[0-9]{3})\s*$", flags=re.MULTILINE)
    table: dict[str, str] = {}
    for name, path in ledger_paths().items():
        table.update(dict.fromkeys(pattern.findall(path.read_text(encoding="utf-8")), name))
    return MappingProxyType(table)


def ledgers() -> tuple[str, ...]:
    """Names of the ledgers, which are those of the reference models."""
    return tuple(ledger_paths())


@lru_cache(maxsize=8)
def ledger(name: str) -> Mapping[str, Claim]:
    """All claims of a ledger by id. Raises KeyError for a name that is no ledger."""
    rows = cast("list[Data]", parsed(ledger_paths()[name])["claims"])
    return MappingProxyType({str(row["id"]): _claim(row, name) for row in rows})


@lru_cache(maxsize=8)
def document(name: str) -> Document:
    """What a ledger says of its review as a whole. Raises KeyError for a name that is no ledger."""
    data = dict(cast("Mapping[str, object]", parsed(ledger_paths()[name])["document"]))
    misprints = cast("list[Mapping[str, str]]", data["misprints"])
    loops = cast("list[dict[str, object]]", data["feedback_loops"])
    topics = cast("list[dict[str, object]]", data["contradictions"])
    for key in ("sections", "abbreviations", "study_notes"):
        data[key] = MappingProxyType(cast("dict[str, str]", data[key]))
    data |= {
        "misprints": MappingProxyType({one["seen"]: one["read"] for one in misprints}),
        "notes": tuple(cast("list[str]", data["notes"])),
        "contradictions": tuple(Contradiction(**_with_tuples(one)) for one in topics),
        "feedback_loops": tuple(FeedbackLoop(**_with_tuples(one)) for one in loops),
    }
    return Document(**cast("dict", data))


def _with_tuples(row: Mapping[str, object]) -> dict:
    return {key: tuple(entry) if isinstance(entry, list) else entry for key, entry in row.items()}


def _study(row: Mapping[str, object] | None) -> Study | None:
    return None if row is None else Study(**cast("dict", row))


def _claim(row: Data, name: str) -> Claim:
    context = cast("Mapping[str, str | None]", row["context"])
    test = cast("Mapping[str, str] | None", row["experiment"])
    kept = ClaimExperiment.__dataclass_fields__
    rows = {key: cast("list[dict]", row[key]) for key in ("sender", "recipient", "cargo", "chain", "outcome")}
    lines = cast("list[int]", row["lines"])
    return Claim(
        id=str(row["id"]),
        ledger=name,
        section=str(row["section"]),
        lines=(lines[0], lines[1]),
        cites=tuple(cast("list[int]", row["cites"])),
        study=_study(cast("Mapping[str, object] | None", row["study"])),
        study_candidate=_study(cast("Mapping[str, object] | None", row["study_candidate"])),
        text=str(row["text"]),
        text_zh=str(row["text_zh"]),
        kind=str(row["kind"]),
        species=context["species"],
        model=context["model"],
        setting=str(context["setting"]),
        sender=tuple(Actor(**one) for one in rows["sender"]),
        carrier=str(row["carrier"]),
        cargo=tuple(Cargo(**one) for one in rows["cargo"]),
        recipient=tuple(Actor(**one) for one in rows["recipient"]),
        chain=tuple(ChainEdge(**one) for one in rows["chain"]),
        outcome=tuple(Outcome(**one) for one in rows["outcome"]),
        experiment=None if test is None else ClaimExperiment(**{key: test[key] for key in kept}),
        software=cast("str | None", row["software"]),
        quantities=tuple(Amount(**_with_tuples(one)) for one in cast("list[Data]", row["quantities"])),
        restates=tuple(cast("list[str]", row["restates"])),
        doubts=cast("str | None", row["doubts"]),
    )


def claim(claim_id: str) -> Claim:
    """One claim. Raises KeyError for an id that no ledger has."""
    return ledger(ledger_of()[claim_id])[claim_id]


def all_claims() -> Mapping[str, Claim]:
    """All claims of all ledgers by id, in the order of the ledgers."""
    return MappingProxyType({key: one for name in ledgers() for key, one in ledger(name).items()})


@lru_cache(maxsize=1)
def restated_by() -> Mapping[str, tuple[str, ...]]:
    """Claim id -> claims that restate it."""
    table: dict[str, list[str]] = {}
    for one in all_claims().values():
        for other in one.restates:
            table.setdefault(other, []).append(one.id)
    return MappingProxyType({key: tuple(ids) for key, ids in table.items()})
