"""Finding facts by words: molecules, cells, quantities and places in any spelling, in a sentence or a list of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from vesicula.evidence.facts import TRUST, Fact, library_facts
from vesicula.evidence.folder import library_folder
from vesicula.evidence.quantities import quantities
from vesicula.evidence.search import molecule_key
from vesicula.evidence.yaml_data import parsed

EMPTY = frozenset(
    {
        "a", "an", "and", "are", "at", "by", "do", "does", "for", "from", "has", "have", "how", "in",
        "into", "is", "it", "its", "long", "many", "of", "on", "or", "per", "some", "than", "that", "the",
        "their", "there", "to", "was", "what", "when", "where", "which", "who", "with", "one",
    }
)  # fmt: skip
LONGEST = 5  # words of a name
LETTERS = {"β": "b", "α": "a", "γ": "g", "beta": "b", "alpha": "a", "gamma": "g", "oestr": "estr", "interleukin": "il"}
CJK = re.compile(r"[\u4e00-\u9fff]+")
WORD = re.compile(r"[\u4e00-\u9fff]+|[^\s,;:?!()\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Answer:
    """What was found. facts : best first; quantities : those that the words name; unused : words that no fact has"""

    facts: tuple[Fact, ...]
    quantities: tuple[str, ...]
    unused: tuple[str, ...] = ()


@lru_cache(maxsize=16384)
def folded(word: str) -> str:
    """A name without case, hyphens, blanks and Greek letters; a molecule by its gene (`RANKL` is `tnfsf11`)."""
    text = word.casefold()
    for long, short in LETTERS.items():
        text = text.replace(long, short)
    return molecule_key(text)


def find_facts(words: str, facts: Iterable[Fact] | None = None) -> Answer:
    """Facts in which all words of a question have a sense; where none has, those in which most have.

    words : any order, with or without little words: `TGF-beta half-life`, `how much OPG is in serum`, `表皮厚度`
    facts : where to look (by default the library)
    """
    all_facts = tuple(library_facts().values() if facts is None else facts)
    asked, rest = _read(words)
    terms = [_Term(word) for word in rest]
    scored = [(fact, [term.weight(fact) for term in terms]) for fact in all_facts]
    fitting = [(fact, weights) for fact, weights in scored if not asked or fact.quantity in asked]
    for among in (fitting, scored) if terms else (fitting,):
        useful = [k for k in range(len(terms)) if any(weights[k] for _, weights in among)]
        best = max((sum(map(bool, weights)) for _, weights in among), default=0)
        if terms and not best:
            continue
        kept = [(fact, weights) for fact, weights in among if sum(map(bool, weights)) == best]
        kept.sort(key=lambda one: (-sum(one[1]), not one[0].has_number, bool(one[0].near_claim),
                                   one[0].species != "human",
                                   TRUST.index(one[0].trust), one[0].id))  # fmt: skip
        if not asked and not terms:
            break
        held = {k for _, weights in kept for k in useful if weights[k]}
        unused = tuple(term.word for k, term in enumerate(terms) if k not in held)
        lost = tuple(asked) if among is scored and asked else ()
        return Answer(tuple(fact for fact, _ in kept), () if lost else asked, (*unused, *lost))
    return Answer((), asked, tuple(rest))


def _read(words: str) -> tuple[tuple[str, ...], list[str]]:
    """Quantities that the words name, and what else they say."""
    parts: list[str] = []
    for part in WORD.findall(words):
        parts += _chinese(part) if CJK.fullmatch(part) else [part.strip(".'\"")]
    terms, known = _quantity_terms(), _names()
    asked: list[str] = []
    rest: list[str] = []
    place = 0
    while place < len(parts):
        for length in range(min(LONGEST, len(parts) - place), 0, -1):
            phrase = " ".join(parts[place : place + length])
            if (names := terms.get(_plain(phrase))) is not None:
                asked += names
                break
            if length > 1 and folded(phrase) in known:
                rest.append(phrase)
                break
        else:
            length = 1
            if parts[place].casefold() not in EMPTY and parts[place]:
                rest.append(parts[place])
        place += length
    return tuple(dict.fromkeys(asked)), rest


def _chinese(text: str) -> list[str]:
    """Known names in a run of Chinese characters, longest first; single characters between them say nothing."""
    table = _chinese_names()
    out: list[str] = []
    place = 0
    while place < len(text):
        found = next((text[place:end] for end in range(len(text), place, -1) if text[place:end] in table), None)
        if found is not None:
            out.append(table[found])
        place += len(found) if found else 1
    return out


@lru_cache(maxsize=1)
def _chinese_names() -> Mapping[str, str]:
    names = cast("Mapping[str, str]", parsed(library_folder() / "quantities.yaml")["names"])
    table = dict(names)
    for one in quantities().values():
        table |= {word: one.name for word in (one.zh, *one.words) if CJK.fullmatch(word)}
    return table


def _plain(phrase: str) -> str:
    return re.sub(r"[-_ ]", "", phrase.casefold())


@lru_cache(maxsize=1)
def _quantity_terms() -> Mapping[str, tuple[str, ...]]:
    """Folded word or phrase -> quantities that it names."""
    table: dict[str, tuple[str, ...]] = {}
    for one in quantities().values():
        for word in (one.name, *one.words):
            way = _plain(word)
            table[way] = (*table.get(way, ()), one.name)
            if way.isascii() and not way.endswith("s"):
                table[way + "s"] = table[way]
    return table


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Folded names of all that library facts are about."""
    return frozenset(folded(name) for fact in library_facts().values() for name in (fact.entity, fact.cell, fact.place))


class _Term:
    """A word or name of the question."""

    def __init__(self, word: str) -> None:
        self.word = word
        self._key = folded(word)
        self._singular = self._key[:-1] if self._key.endswith("s") and len(self._key) > 3 else self._key
        self._text = re.compile(rf"(?<![a-z0-9]){re.escape(_loose(word))}", re.IGNORECASE)

    def weight(self, fact: Fact) -> float:
        """How much a fact is about it: 4 its very subject, 3 a member of the class, 2 the cell or place, 1 in words."""
        entity = _folded_name(fact.entity)
        if entity in (self._key, self._singular):
            return 4.0
        if self._member(entity):
            return 3.0
        around = (fact.cell, fact.place, fact.species)
        if any(name and _folded_name(name) in (self._key, self._singular) for name in around):
            return 2.0
        if any(name and self._part(name) for name in (fact.entity, *around)):
            return 1.5
        return 1.0 if self._text.search(_words_of(fact)) else 0.0

    def _member(self, entity: str) -> bool:
        """`TGFB1` where `TGFB` is asked, and the other way round: the class, where the isoform is not said."""
        rest = entity.removeprefix(self._key) if entity.startswith(self._key) else None
        if rest is not None and re.fullmatch(r"[0-9]?[a-z]?([35]p)?", rest):
            return True
        rest = self._key.removeprefix(entity) if len(entity) > 3 and self._key.startswith(entity) else None
        return rest is not None and re.fullmatch(r"[0-9]([35]p)?|[35]p", rest) is not None

    def _part(self, name: str) -> bool:
        return self._singular in {folded(part) for part in re.split(r"[-\s]", name)}


@lru_cache(maxsize=4096)
def _folded_name(name: str) -> str:
    return folded(name)


@lru_cache(maxsize=4096)
def _words_of(fact: Fact) -> str:
    said = (fact.what, fact.entity, fact.cell, fact.place, fact.condition, fact.use, fact.id)
    return _loose(" ".join(said))


def _loose(text: str) -> str:
    text = text.casefold()
    for long, short in LETTERS.items():
        text = text.replace(long, short)
    text = re.sub(r"[-_]", " ", text)
    return text[:-1] if re.fullmatch(r"[a-z]{4,}s", text) else text


def grouped(facts: Sequence[Fact]) -> Mapping[str, list[Fact]]:
    """Facts by quantity, in the order in which the quantities first come."""
    table: dict[str, list[Fact]] = {}
    for fact in facts:
        table.setdefault(fact.quantity, []).append(fact)
    return table
