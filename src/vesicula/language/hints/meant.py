"""The sentence that was probably meant: the nearest form of the block, filled with the person's own words.

The words of a laboratory become words of the language (`forms.WORDS`); quantities and names go into the slots of every
form whose kind they fit; the form that leaves least over wins. Nothing is offered that its grammar does not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from vesicula import units
from vesicula.language.hints.forms import FORMS, NAME_SLOTS, PREPOSITIONS, PROCESSES, QUANTITY_SLOTS, WORDS
from vesicula.language.hints.known import NOTHING, Known

_CITED = r"(?:\s*@[A-Za-z][\w\-]*)*"
_QUANTITY = re.compile(
    rf"(?<![\w.,\-])({units.NUMBER_PATTERN})\s*({units.UNIT_PATTERN}(?![\w\-]))?({_CITED}(?:\s*\([^()]*\.\.[^()]*\))?{_CITED})"
    r"(?![\w\-])"
)
_TAIL = re.compile(
    rf"(?:\s+in\s+(?:%\s+of\s+\S.*|{units.UNIT_PATTERN}|%)|\s+at\s+{units.NUMBER_PATTERN}\s*{units.UNIT_PATTERN})+\s*$"
)
_LASTS = re.compile(
    rf"(?<!\w)(?:from|between|during)\s+({units.NUMBER_PATTERN})\s*({units.UNIT_PATTERN})\s*(?:to|until|till|and|-|–)\s*"
    rf"({units.NUMBER_PATTERN})\s*({units.UNIT_PATTERN})(?!\w)"
)
_LESS = re.compile(r"knock\w*[ -]?down|s[ih]-?RNA|RNAi|silenc")
_SAME = {"with": "by", "using": "by", "via": "by", "into": "to", "onto": "to", "on": "in", "under": "in"}
"""Word before a name -> the word of the language for it."""
_ALONE = (
    ("substance", "concentration of {}"),
    ("cell", "count of {}"),
    ("vesicle", "density of {}"),
    ("matrix", "{} left"),
)
_SOURCES = re.compile(r"(?:\s*@[A-Za-z][\w\-]*)+\s*$")
_IDLE = frozenset((
    "the", "a", "an", "any", "all", "cells", "cell", "assay", "of", "please", "also", "its",
    "protein", "gene", "medium", "in", "to", "by", "at", "from", "on", "for", "with", "and",
))  # fmt: skip
"""Words that may be left over."""
_JOINING = frozenset(("and", "or", "not"))


@dataclass(frozen=True)
class _Piece:
    """A word, name or quantity of a sentence. before: the word before it; unit: of a quantity, None for words."""

    text: str
    before: str
    unit: str | None = None


@dataclass(frozen=True)
class _Slot:
    kind: str
    literal: str
    needed: bool
    wished: bool


@dataclass
class _Fit:
    """A form with what stands in its slots. score: how much of the sentence it explains."""

    score: float = 0.0
    filled: dict[str, str] = field(default_factory=dict[str, str])


def meant(kind: str, text: str, parses: Callable[[str], bool], known: Known = NOTHING) -> str | None:
    """The nearest right sentence of that kind, None where none is near or the sentence is one already."""
    if kind not in FORMS:
        return None
    tail = _TAIL.search(text) if kind == "measure" else None
    body = text[: tail.start()] if tail else text
    cited = _SOURCES.search(body)
    sources = cited.group().rstrip() if cited else ""
    said, during = _during(kind, body[: cited.start()] if cited else body)
    said = _translated(kind, said)
    if kind == "measure":
        said = next((told.format(said) for one, told in _ALONE if said in known.get(one, ())), said)
    ranked = sorted(((_fit(form, said, kind, known), form) for form in FORMS[kind]), key=lambda one: -one[0].score)
    for fit, form in ranked[:3]:
        if fit.score <= 0:
            break
        written = _written(form, fit, known)
        if during:
            written = during + re.sub(r"^at \S+ \S+ ", "", written)
        written += sources + (tail.group().rstrip() if tail else "")
        if " ".join(written.split()) != " ".join(text.split()) and parses(written):
            return written
        if fit.score > 0 and " ".join(written.split()) == " ".join(text.split()):
            return None
    return None


def _during(kind: str, text: str) -> tuple[str, str]:
    """A sentence without the time that it lasts, and that time in front: `from 24 h to 48 h `."""
    found = _LASTS.search(text) if kind == "step" else None
    if found is None or not all(units.measures(found.group(one), "time") for one in (2, 4)):
        return text, ""
    first, unit, last, to = found.groups()
    return text[: found.start()] + " " + text[found.end() :], f"from {first} {unit} to {last} {to} "


def _translated(kind: str, text: str) -> str:
    """The words of a laboratory as words of the language."""
    less = _LESS.search(text) is not None
    for pattern, word in WORDS.get(kind, ()):
        bounded = pattern if pattern.startswith(("(?:-", "(?:=", "^")) else rf"(?<![\w\-])(?:{pattern})"
        end = r"(?![\w\-])" if word and not word.endswith(" ") else ""
        text = re.sub(bounded + end, word, text)
    if kind == "step" and "knock out" in text:
        text = re.sub(r"(?<!\w)by (\d+)\s*%", lambda found: f"residual {100 - int(found.group(1))} %", text)
        text = text if "residual" in text or not less else f"{text}, residual 20 %"
    text = re.sub(r"(?<![\w\-])contact with (\S+)", "contact\u00a0with\u00a0\\1", text)
    return " ".join(text.split(" "))


def _pieces(text: str, literals: set[str], kind: str, known: Known) -> tuple[list[_Piece], list[str]]:
    """Names and quantities of a sentence in order, and the words of the form that it holds."""
    names = sorted((one for group in known.values() for one in group if " " in one), key=len, reverse=True)
    whole = "|".join(re.escape(one) for one in names)
    token = re.compile((rf"(?P<known>{whole})(?![\w\-])|" if whole else "") + r"(?P<word>[^\s,()]+)|(?P<mark>[,()])")
    pieces: list[_Piece] = []
    words: list[str] = []
    run: list[str] = []
    before = ""

    def close() -> None:
        if run:
            pieces.append(_Piece(" ".join(run), run_before))
            run.clear()

    at, run_before = 0, ""
    while at < len(text):
        quantity = _QUANTITY.match(text, at)
        if quantity is not None:
            close()
            pieces.append(
                _Piece(" ".join(quantity.group().split()), before, " ".join((quantity.group(2) or "").split()))
            )
            at, before = quantity.end(), ""
            continue
        found = token.match(text, at)
        if found is None:
            at += 1
            continue
        at = found.end()
        word = found.group().strip(":;.!?")
        if found.lastgroup == "mark" or not word:
            close()
            before = ""
        elif word in literals and not (kind == "inside" and word in _JOINING):
            close()
            words.append(word)
            before = word
        elif word in _IDLE and not (run and word in _JOINING and kind == "inside"):
            close()
            before = word
        else:
            if not run:
                run_before = before
            run.append(word)
            before = word
    close()
    return pieces, words


def _parts(form: str) -> list[tuple[str, bool, bool]]:
    """Pieces of a form: text, whether it may be left out, whether it is wished for."""
    found: list[tuple[str, bool, bool]] = []
    for match in re.finditer(r"\[([^\]]*)\](!?)|([^\[]+)", form):
        optional = match.group(1)
        found.append((optional if optional is not None else match.group(3), optional is not None, bool(match.group(2))))
    return found


def _literals(form: str) -> list[str]:
    """The fixed words of a form."""
    return re.findall(r"[^\s,()<>]+", re.sub(r"<[\w\-]+>", " ", form))


def _slots(form: str) -> list[_Slot]:
    found: list[_Slot] = []
    for text, optional, wished in _parts(form):
        last = ""
        for word in re.findall(r"<[\w\-]+>|[^\s,()<>]+", text):
            if word.startswith("<"):
                found.append(_Slot(word[1:-1], last, not optional, wished))
                last = ""
            else:
                last = word
    return found


def _fit(form: str, text: str, kind: str, known: Known) -> _Fit:
    """What stands in the slots of a form, and how much of the sentence that explains."""
    needed = _literals("".join(part for part, optional, _ in _parts(form) if not optional))
    pieces, words = _pieces(text, set(_literals("".join(part for part, _, _ in _parts(form)))), kind, known)
    fit = _Fit()
    strong = [word for word in needed if word not in PREPOSITIONS]
    fit.score += sum(3.0 if word in words else -3.0 for word in strong)
    fit.score += sum(0.25 for word in needed if word in PREPOSITIONS and word in words)
    if strong and not any(word in words for word in strong):
        fit.score -= 3.0
    slots = _slots(form)
    if "<process>" in form:
        pieces = _with_process(pieces, fit)
    pairs = [
        (_suits(piece, slot, known), -index - order / 100, piece, slot)
        for index, piece in enumerate(pieces)
        for order, slot in enumerate(slots)
        if slot.kind != "process"
    ]
    taken: set[int] = set()
    for score, _, piece, slot in sorted(pairs, key=lambda one: (-one[0], -one[1])):
        if score <= 0 or slot.kind in fit.filled or id(piece) in taken:
            continue
        taken.add(id(piece))
        text_of = piece.text.removesuffix("x").rstrip() if slot.kind == "number" and piece.unit == "x" else piece.text
        fit.filled[slot.kind] = text_of.replace("\u00a0", " ")
        fit.score += score
    left = [piece for piece in pieces if id(piece) not in taken]
    fit.score -= sum(2.5 if piece.unit is None else 100.0 for piece in left)  # a number is never dropped
    missing = [slot for slot in slots if slot.needed and slot.kind not in fit.filled and slot.kind != "time"]
    fit.score -= 1.0 * len(missing)
    return fit


def _with_process(pieces: list[_Piece], fit: _Fit) -> list[_Piece]:
    """The process that is blocked, taken out of the names."""
    for index, piece in enumerate(pieces):
        words = piece.text.split() if piece.unit is None else []
        found = next((word for word in words if word.casefold() in PROCESSES), None)
        if found is not None:
            fit.filled["process"] = found.casefold()
            fit.score += 2.0
            rest = " ".join(word for word in words if word != found)
            return [*pieces[:index], *([_Piece(rest, piece.before)] if rest else []), *pieces[index + 1 :]]
    fit.score -= 3.0
    return pieces


def _suits(piece: _Piece, slot: _Slot, known: Known) -> float:
    """How well a piece stands in a slot; 0: not at all."""
    before = _SAME.get(piece.before, piece.before)
    here = 0.6 if slot.literal and before == slot.literal else 0.0
    if not here and before in PREPOSITIONS and before != "of" and piece.unit is None:
        here = -0.1
    if slot.kind in QUANTITY_SLOTS:
        if piece.unit is None:
            return 0.0
        dimensions = QUANTITY_SLOTS[slot.kind][0]
        if not dimensions:
            return 0.4 + here
        if slot.kind in ("time", "interval", "half-life") and slot.literal not in ("", before):
            here -= 0.3
        unit = "" if piece.unit == "x" and slot.kind in ("number", "factor") else piece.unit
        if not unit and not {"number", "factor", "copies"} & set(dimensions):
            return 0.0
        return 1.0 + here if any(units.measures(unit, one) for one in dimensions) else 0.0
    if piece.unit is not None or slot.kind not in NAME_SLOTS:
        return 0.0
    kinds = [kind for kind, names in known.items() if piece.text in names]
    allowed = NAME_SLOTS[slot.kind]
    if kinds and allowed:
        return (1.5 if any(kind in allowed for kind in kinds) else 0.1) + here
    several = 0.3 * piece.text.count(" ") if known else 0.5 * piece.text.count(" ")
    return max(0.2, 0.9 - several) + here


def _written(form: str, fit: _Fit, known: Known) -> str:
    """The form with its slots filled: by the sentence, by names of the model, or by what usually stands there."""
    used = set(fit.filled.values())
    out: list[str] = []
    for text, optional, wished in _parts(form):
        kinds = re.findall(r"<([\w\-]+)>", text)
        if optional and not any(kind in fit.filled for kind in kinds):
            one = kinds[0] if wished and kinds else ""
            if not any(_of(kind, known) for kind in kinds) or not one:
                continue
        out.append(re.sub(r"<([\w\-]+)>", lambda found: _filled(found.group(1), fit, known, used), text))
    told = re.sub(r"\s+(?=[,)])", "", "".join(out).strip())
    return re.sub(r"^at (\S+ \S+) add (\S+ (?:particles|EV|EVs)) (?!of)", r"at \1 add \2 of ", told)


def _of(slot: str, known: Known) -> tuple[str, ...]:
    return tuple(name for kind in NAME_SLOTS.get(slot, ()) for name in known.get(kind, ()))


def _filled(slot: str, fit: _Fit, known: Known, used: set[str]) -> str:
    if slot in fit.filled:
        return fit.filled[slot]
    if slot in QUANTITY_SLOTS:
        return QUANTITY_SLOTS[slot][1]
    owners = [owner for one in sorted(used) for owner in known.get(f"with {one}", ())]
    options = [one for one in _of(slot, known) if one not in used]
    name = next((one for one in options if one in owners), next(iter(options), None))
    if name is not None:
        used.add(name)
        return name
    return {"process": "uptake"}.get(slot, slot.upper())
