"""Questions about measured numbers, to the library and to a laboratory's own file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from vesicula.evidence.answers import COLUMNS, in_common_units, row_of
from vesicula.evidence.fact_search import Answer, find_facts
from vesicula.evidence.facts import Fact, library_facts

if TYPE_CHECKING:
    import pandas as pd  # pyright: ignore[reportMissingTypeStubs]


def answer_to(words: str, own: Iterable[Fact] = ()) -> Answer:
    """The answer to a question, from the library and from a user's own facts."""
    own = tuple(own)
    return find_facts(words, (*own, *library_facts().values()) if own else None)


def facts(words: str = "", *, own: str | Path | None = None) -> pd.DataFrame:
    """Measured facts that fit a question, best first, each quantity in one unit; all of them for no words.

    words : molecule, cell, quantity, place in any spelling, as `TGF-beta half-life`
    own : a file of own facts, which count like others
    Raises ModelError where that file has mistakes
    Example   >>> facts("half-life of TGFB1").unit.iloc[0]
              'min'
    """
    import pandas as pd  # pyright: ignore[reportMissingTypeStubs]

    extra = own_facts(own) if own is not None else ()
    found = answer_to(words, extra).facts if words.strip() else (*extra, *library_facts().values())
    return pd.DataFrame([row_of(*one) for one in in_common_units(found)], columns=pd.Index(COLUMNS))


def own_facts(path: str | Path) -> tuple[Fact, ...]:
    """The facts of a user's file. Raises ModelError with all its mistakes."""
    from vesicula.language.reading.facts import read_facts
    from vesicula.language.text import Report

    report = Report()
    found = read_facts(Path(path), str(path), report)
    report.stop_on_errors()
    return found
