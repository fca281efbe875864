"""Which sentences and values of parts and models carry which claims, and which claims none carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from vesicula.evidence.claims import RUN, Claim, all_claims, claim, ledger, ledger_of
from vesicula.evidence.folder import library_folder
from vesicula.evidence.remarks import reasons_not_carried
from vesicula.language.library import parameter_library
from vesicula.language.model import Model
from vesicula.language.reading.texts import library_models, library_parts, read
from vesicula.language.sentences import Sentence
from vesicula.language.values import Frozen, Location, Value

LISTED = "listed"
"""Kind of a citation that is only an entry of the list `claims`."""

KINDS = MappingProxyType(
    {
        "inside": "edge",
        "rules": "rule",
        "becomes": "transition",
        "reactions": "reaction",
        "degraded": "reaction",
        "start": "start",
        "protocol": "protocol",
        "steps": "arm",
        "measures": "measure",
        "co_isolated": "preparation",
        "stored": "preparation",
        "body": "body",
        "differ": "cohort",
        "events": "cohort",
    }
)
"""Field of a model in which a sentence stands -> what it is called here; a value outside a sentence is a `value`."""

SHOWN = MappingProxyType({"vesicle_fate": "EV fate", "takes_up": "takes up", "own_copies": "own copies"})


@dataclass(frozen=True)
class Citation:
    """A place that cites a claim.

    kind: one of `KINDS`, `value`, or `listed`; source: `cells/osteoblast`, `model starter`,
    `parameters/…`; owner: the cell, network, matrix or arm, or the path of a value; text: the sentence or value
    """

    claim: str
    kind: str
    source: str
    owner: str
    text: str
    file: str = ""
    line: int = 0


class Standing(StrEnum):
    """How a claim stands in the library."""

    CARRIED = "carried"
    RESTATED = "carried by claims it restates"
    REASONED = "left out with a reason"
    LISTED = "only listed"
    OPEN = "not carried"


def citations(model: Model, source: str) -> tuple[Citation, ...]:
    """Every place of a model or part that cites a claim.

    source : name of the part or model, as it is shown
    """
    ids = ledger_of()
    places = model.places

    def listed(one: str) -> Citation:
        where = places.get(f"claims.{one}")
        return Citation(one, LISTED, source, "", "", *_place(where))

    return (
        *(found for found in _within(model, "", "", source) if found.claim in ids),
        *(listed(one) for one in model.claims if one in ids),
    )


def _place(where: Location | None) -> tuple[str, int]:
    return ("", 0) if where is None else (where.file, where.line)


def _children(thing: object) -> Iterator[tuple[str, str, object]]:
    """Field and shown name of what a part of a model holds."""
    if isinstance(thing, Frozen):
        for field in type(thing).model_fields:
            content: object = getattr(thing, field)
            yield from _entries(field, content)
    elif isinstance(thing, tuple):
        for entry in cast("tuple[object, ...]", thing):
            yield "", "", entry


def _entries(field: str, content: object) -> Iterator[tuple[str, str, object]]:
    shown = SHOWN.get(field, field.replace("_", " "))
    if isinstance(content, Mapping):
        for key, entry in cast("Mapping[str, object]", content).items():
            yield field, f"{shown}.{key}", entry
    elif isinstance(content, tuple):
        for entry in cast("tuple[object, ...]", content):
            name: object = getattr(entry, "name", None)
            yield field, f"{shown}.{name}" if isinstance(name, str) else shown, entry
    else:
        yield field, shown, content


def _within(thing: object, path: str, kind: str, source: str) -> Iterator[Citation]:
    if isinstance(thing, Sentence):
        for key in dict.fromkeys(thing.sources):
            yield Citation(key, kind, source, path.partition(".")[2], thing.text, *_place(thing.where))
    elif isinstance(thing, Value):
        for key in dict.fromkeys((*thing.sources, *thing.range_sources)):
            yield Citation(key, "value", source, path, f"{thing.number:g} {thing.unit}".strip(), *_place(thing.where))
    else:
        for field, shown, entry in _children(thing):
            deeper = isinstance(entry, Frozen) and not isinstance(entry, Sentence)
            named = shown if deeper or isinstance(entry, Value) else ""
            yield from _within(entry, ".".join(part for part in (path, named) if part), KINDS.get(field, kind), source)


@lru_cache(maxsize=1)
def library_coverage() -> Mapping[str, tuple[Citation, ...]]:
    """Claim id -> all places of the library's parts, models and parameters that cite it.

    Raises ModelError where a text of the library cannot be read
    """
    table: dict[str, list[Citation]] = {}
    root = library_folder()
    texts = [(name, root / "parts" / f"{name}.yaml") for name in library_parts()]
    texts += [(f"model {name}", root / "models" / f"{name}.yaml") for name in library_models()]
    for source, path in texts:
        shown = path.relative_to(root.parent).as_posix()
        for one in citations(read(path), source):
            table.setdefault(one.claim, []).append(_in_file(one, shown))
    for one in _in_parameters():
        table.setdefault(one.claim, []).append(one)
    return MappingProxyType({key: tuple(rows) for key, rows in table.items()})


def _in_file(one: Citation, file: str) -> Citation:
    return Citation(one.claim, one.kind, one.source, one.owner, one.text, file, one.line)


def _in_parameters() -> Iterator[Citation]:
    ids = ledger_of()
    library, _ = parameter_library()
    for entry in library.entries:
        value = entry.value.value
        text = f"{value.number:g} {value.unit}".strip()
        for key in dict.fromkeys((*value.sources, *value.range_sources)):
            if key in ids:
                yield Citation(key, "value", "parameters", entry.key.text(), text, entry.file, entry.line)


def is_carried(claim_id: str, coverage: Mapping[str, tuple[Citation, ...]]) -> bool:
    """Whether a sentence or value cites the claim; to be listed is not enough."""
    return any(one.kind != LISTED for one in coverage.get(claim_id, ()))


def standing(claim_id: str, coverage: Mapping[str, tuple[Citation, ...]]) -> Standing:
    """How a claim stands where it is cited as `coverage` says. Raises KeyError for an id that no ledger has."""
    if is_carried(claim_id, coverage):
        return Standing.CARRIED
    restated = claim(claim_id).restates
    if restated and all(is_carried(one, coverage) for one in restated):
        return Standing.RESTATED
    if claim_id in reasons_not_carried():
        return Standing.REASONED
    return Standing.LISTED if claim_id in coverage else Standing.OPEN


def holes(
    in_ledger: str | None = None, coverage: Mapping[str, tuple[Citation, ...]] | None = None
) -> tuple[Claim, ...]:
    """Mechanism and intervention claims that no sentence carries, not even one that they only restate.

    in_ledger : name of one ledger; coverage : that of one model, instead of the whole library
    """
    known = library_coverage() if coverage is None else coverage
    claims = all_claims() if in_ledger is None else ledger(in_ledger)
    covered = (Standing.CARRIED, Standing.RESTATED)
    return tuple(one for key, one in claims.items() if one.kind in RUN and standing(key, known) not in covered)


def by_claim(found: tuple[Citation, ...]) -> Mapping[str, tuple[Citation, ...]]:
    """Citations by claim id."""
    table: dict[str, list[Citation]] = {}
    for one in found:
        table.setdefault(one.claim, []).append(one)
    return MappingProxyType({key: tuple(rows) for key, rows in table.items()})
