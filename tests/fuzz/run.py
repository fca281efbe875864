"""Many texts and command lines with slips of the pen, judged one after the other: `python -m tests.fuzz.run 20000`.

Three of four are texts; what is right and small of them is run for a few steps. What is wrong is printed with its
number, with which `--first NUMBER` and a count of 1 shows it again; the exit code is 1 where anything was.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import judge, lines, texts


@dataclass(frozen=True)
class Judged:
    """One text or line. what : the text, or the words; became : what became of it; wrong : what must not be."""

    number: int
    what: str
    became: str
    wrong: tuple[str, ...]


def judged(number: int, *, every: int) -> Judged:
    """The text or line of this number."""
    if number % 4 == 3:
        words = lines.mutated(number)
        became, wrong = judge.of_line(words)
        return Judged(number, " ".join(words), became, tuple(wrong))
    one = texts.mutated(number)
    became, wrong = judge.of_text(one.text, run=number % every == 0)
    return Judged(number, f"{one.origin}\n{one.text}", became, tuple(wrong))


def many(first: int, count: int, *, every: int = 1, seconds: float = float("inf")) -> Iterator[Judged]:
    """So many numbers from `first` on, or until so many seconds are over; in a folder of their own."""
    here, end = Path.cwd(), time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            Path("model.yaml").write_text(texts.starter(), encoding="utf-8")
            for number in range(first, first + count):
                if time.monotonic() > end:
                    return
                yield judged(number, every=every)
        finally:
            os.chdir(here)


def main(arguments: list[str]) -> int:
    """Judge, print what is wrong and a count of what became of all; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("count", type=int, help="texts and lines")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--every", type=int, default=1, help="run one text in so many")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no more than so long")
    asked = parser.parse_args(arguments)
    became: Counter[str] = Counter()
    wrong = 0
    for one in many(asked.first, asked.count, every=asked.every, seconds=asked.seconds):
        became[one.became] += 1
        if one.wrong:
            wrong += 1
            print(f"{one.number}: {'; '.join(one.wrong)}\n    {one.what.splitlines()[0]}", flush=True)
    print(f"{became.total()} judged, {wrong} wrong: {', '.join(f'{n} {what}' for what, n in became.most_common())}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
