"""Texts of models with slips of the pen, from every model, page and case of this repository; a number gives a text."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.cases.bench import BENCH

from vesicula.evidence.folder import library_folder

ROOT = Path(__file__).parents[2]
TOKEN = re.compile(r"[\w.+-]+|[^\w\s]")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
UNIT = re.compile(r"(?<=\d )[A-Za-z%][\w/^%]*")
EXTREMES = (
    "0", "-1", "1e400", "-1e-300", "nan", "inf", "1e24", "1e-30", "9223372036854775808", "4.6e18", "1e9", "3,5",
    "1/2", "1e", "٣", "1_000", "0x10", "1.5.2", "１２", "17-24", "20 ± 2", "~3", "",
)  # fmt: skip
UNITS = (
    "um", "nm", "m", "km", "h", "min", "s", "days", "years", "uM", "pM", "M", "kDa", "mL", "fL", "L", "particles", "%",
    "copies/EV", "particles/h", "molecules/s", "um/min", "um^2/s", "cells", "C", "x", "parsecs", "µm", "/day", "ug",
)  # fmt: skip
STRANGE = (
    "\u0000", "\u200b", "\ufeff", "é", "β", "细胞", "🧫", "\t", "\r", "\u2028", "'", '"', "{", "}", "[", "]", ":",
    "#", "&a", "*a", "|", ">", "%", "@", "`", "\\", "- ", "? ", "!!str ", "<<: ", "~", "null", "yes",
)  # fmt: skip
LARGEST = 12_000  # characters of a text: what is longer takes seconds to be checked, and holds nothing of its own


@dataclass(frozen=True)
class Text:
    """A model text and where it is from."""

    origin: str
    text: str


@cache
def corpus() -> tuple[Text, ...]:
    """Whole models: of the library, of the pages (fragments with a header), and of the cases."""
    files = [
        *sorted((library_folder() / "models").glob("*.yaml")),
        *sorted((library_folder() / "experiments").rglob("*.yaml")),
        *sorted((ROOT / "tests" / "cases" / "inputs").glob("*.yaml")),
    ]
    found = [Text(file.stem, file.read_text(encoding="utf-8")) for file in files] + [Text("bench", BENCH)]
    for page in sorted((ROOT / "docs").glob("*.md")):
        blocks = re.findall(r"^```yaml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        whole = "\n".join(block for block in blocks[:4] if not block.startswith("vesicula:"))
        if whole:
            found.append(Text(page.stem, f"vesicula: 1\nmodel: page\n{whole}"))
        found += [Text(page.stem, f"vesicula: 1\nmodel: page\n{one}") for one in blocks]
    return tuple(one for one in found if len(one.text) < LARGEST)


def starter() -> str:
    """The smallest model of the library as its author wrote it."""
    return next(one.text for one in corpus() if one.origin == "starter")


def _at(pick: random.Random, pattern: re.Pattern[str], text: str) -> tuple[int, int] | None:
    places = [match.span() for match in pattern.finditer(text)]
    return pick.choice(places) if places else None


def _replaced(pick: random.Random, pattern: re.Pattern[str], text: str, words: tuple[str, ...]) -> str:
    place = _at(pick, pattern, text)
    return text if place is None else text[: place[0]] + pick.choice(words) + text[place[1] :]


def _scaled(pick: random.Random, text: str) -> str:
    """A number a thousandth to a million times what it was: the text stays one that can be read."""
    place = _at(pick, NUMBER, text)
    if place is None:
        return text
    return (
        f"{text[: place[0]]}{float(text[slice(*place)]) * 10.0 ** pick.choice((-3, -1, 1, 3, 6)):g}{text[place[1] :]}"
    )


def _tokens(pick: random.Random, text: str) -> str:
    """A token left out, said twice, changed for another one of the text, or misspelt."""
    one, other = _at(pick, TOKEN, text), _at(pick, TOKEN, text)
    if one is None or other is None:
        return text
    word, way = text[slice(*one)], pick.randrange(5)
    letters = list(word)
    pick.shuffle(letters)
    new = ("", f"{word} {word}", text[slice(*other)], "".join(letters), pick.choice((word.upper(), word.lower())))[way]
    return text[: one[0]] + new + text[one[1] :]


def _lines(pick: random.Random, text: str, spare: str) -> str:
    """A line left out, said twice, moved, indented otherwise, cut, or taken from another model."""
    lines = text.splitlines(keepends=True) or [""]
    n, way = pick.randrange(len(lines)), pick.randrange(7)
    line = lines[n]
    if way == 0:
        del lines[n]
    elif way == 1:
        lines.insert(pick.randrange(len(lines)), line)
    elif way == 2:
        m = pick.randrange(len(lines))
        lines[n], lines[m] = lines[m], lines[n]
    elif way == 3:
        lines[n] = " " * pick.randrange(9) + line.lstrip(" ")
    elif way == 4:
        lines[n] = line[: pick.randrange(len(line) + 1)] + "\n"
    elif way == 5:
        lines.insert(n, pick.choice(spare.splitlines(keepends=True) or ["\n"]))
    else:
        lines[n] = re.sub(r"^(\s*(?:- )?)([\w -]+):", lambda m: f"{m[1]}{pick.choice((m[2][::-1], 'x' + m[2]))}:", line)
    return "".join(lines)


def mutated(number: int) -> Text:
    """The text of this number: always the same one."""
    pick = random.Random(f"text {number}")
    one, spare = pick.choice(corpus()), pick.choice(corpus()).text
    text = one.text
    if pick.random() < 0.4:
        return Text(one.origin, _scaled(pick, text))
    for _ in range(pick.choice((1, 1, 1, 2, 3))):
        way = pick.randrange(8)
        if way <= 1:
            text = _replaced(pick, NUMBER, text, EXTREMES)
        elif way == 2:
            text = _replaced(pick, UNIT, text, UNITS)
        elif way == 3:
            place = pick.randrange(len(text) + 1)
            text = text[:place] + pick.choice(STRANGE) + text[place:]
        elif way <= 5:
            text = _tokens(pick, text)
        else:
            text = _lines(pick, text, spare)
    return Text(one.origin, text)
