"""The board as data: one row per claim of a ledger, what the rows come to, and how both are written and read."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from vesicula.versions import version_of

VERDICTS = ("reproduced", "fragile", "opposite", "not reproduced", "proxy")
"""Outcomes of an experiment that ran."""

HELD = ("reproduced", "proxy")
"""Outcomes of which one asks what they rest on."""


@dataclass(frozen=True)
class Spread:
    """Median with the central 90 % of the draws."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Needed:
    """Required loading behind a row: log10 of needed over arrived, and the share of draws in which it suffices.

    dosed, natural : (gap, P(gap ≤ 0)); None where nothing is dosed, or no cell releases it
    """

    cargo: str
    recipient: str
    readout: str
    dosed: tuple[float, float] | None
    natural: tuple[float, float] | None


@dataclass(frozen=True)
class Row:
    """One claim. outcome : a verdict, `untestable`, `restated` (scored with another claim), or what its kind allows:
    `holds`, `does not hold`, `reference value`, `open question`, `no check`

    share, low, high : share of draws that agree with its Wilson interval
    effect : perturbed − baseline; smallest : least change the assay shows, as a share of the baseline, with its source
    chance : share of sign-scrambled models that agree; core_seconds : its own ablations and its part of the shared run
    changed : values of its run that differ from those of the stored verdict; last : stored outcome; explained : a note
    printed, corrected : what the review says and what is built beside it, where the ledger doubts it
    as_printed : what the model shows of the printed reading, where an experiment asks that too
    """

    claim: str
    kind: str
    text: str
    outcome: str
    reason: str = ""
    with_claim: str = ""
    share: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    effect: Spread | None = None
    unit: str = ""
    smallest: tuple[str, float, str] | None = None
    provenance: str = ""
    rests_on: tuple[str, ...] = ()
    by: str = ""
    tier: str = ""
    core_seconds: float = 0.0
    file: str = ""
    measure: str = ""
    arms: tuple[tuple[str, float, float, float], ...] = ()
    chance: float | None = None
    loading: tuple[Needed, ...] = ()
    changed: tuple[str, ...] = ()
    last: str = ""
    explained: str = ""
    printed: str = ""
    corrected: str = ""
    as_printed: str = ""

    @property
    def tested(self) -> bool:
        """Whether an experiment ran and gave a verdict."""
        return self.outcome in VERDICTS


@dataclass(frozen=True)
class Work:
    """What a board took: distinct runs, files and core-seconds by tier."""

    runs: int
    files: int
    core_seconds: dict[str, float]

    @property
    def total(self) -> float:
        """Core-seconds of all tiers."""
        return sum(self.core_seconds.values())


@dataclass(frozen=True)
class Board:
    """All claims of one ledger. testable : ids with an experiment in the ledger, each counted once.

    quick : without ablation and tier A alone
    """

    model: str
    version: str
    date: str
    quick: bool
    rows: tuple[Row, ...]
    testable: tuple[str, ...]
    work: Work

    def counts(self) -> dict[str, int | float]:
        """What the rows come to: testable = tested + untestable; reproduced = predicted + composed + encoded, except on
        a quick board, which does not ask for provenance.
        """
        ids = set(self.testable)
        rows = [row for row in self.rows if row.claim in ids]
        outcomes = Counter(row.outcome for row in rows)
        held = Counter(row.provenance for row in rows if row.outcome == "reproduced")
        return {
            "claims": len(self.rows),
            "testable": len(ids),
            "tested": sum(row.tested for row in rows),
            "reproduced": outcomes["reproduced"],
            "predicted": held["predicted"],
            "composed": held["composed"],
            "encoded": held["encoded"],
            "fragile": outcomes["fragile"],
            "opposite": outcomes["opposite"],
            "not_reproduced": outcomes["not reproduced"],
            "proxy": outcomes["proxy"],
            "untestable": outcomes["untestable"],
            "core_seconds": round(self.work.total, 1),
        }

    def row(self, claim: str) -> Row:
        """The row of a claim; raises KeyError."""
        found = next((row for row in self.rows if row.claim == claim), None)
        if found is None:
            raise KeyError(claim)
        return found


def to_json(board: Board) -> str:
    """A board as text."""
    return json.dumps({"counts": board.counts(), **asdict(board)}, ensure_ascii=False, indent=1, allow_nan=True) + "\n"


def from_json(text: str) -> Board:
    """A board from its text."""
    data = json.loads(text)
    rows = tuple(_row(row) for row in data["rows"])
    return Board(
        data["model"], data["version"], data["date"], data["quick"], rows, tuple(data["testable"]), Work(**data["work"])
    )


def _row(data: dict[str, Any]) -> Row:
    data = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    data["arms"] = tuple(tuple(arm) for arm in data["arms"])
    data["effect"] = None if data["effect"] is None else Spread(**data["effect"])
    data["loading"] = tuple(
        Needed(**cast("dict[str, Any]", {key: tuple(v) if isinstance(v, list) else v for key, v in one.items()}))
        for one in data["loading"]
    )
    return Row(**data)


def to_csv(board: Board) -> str:
    """A board as a table, one line per claim; lists are joined with `; `."""
    out = io.StringIO()
    names = [field.name for field in fields(Row)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in board.rows:
        writer.writerow([_cell(getattr(row, name)) for name in names])
    return out.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.6g}"
        case Spread():
            return f"{value.median:.6g} ({value.low:.6g}..{value.high:.6g})"
        case Needed():
            return f"{value.cargo} in {value.recipient}: dosed {value.dosed}, natural {value.natural}"
        case tuple():
            return "; ".join(_cell(part) for part in value)
        case _:
            return str(value)


def headline(board: Board) -> str:
    """The board in one sentence, which counts predicted and composed."""
    c = board.counts()
    if board.quick:
        return (
            f"{board.model}: {c['tested']} of {c['testable']} testable claims tried in a quick check,"
            f" {c['reproduced']} reproduced; what they rest on was not asked"
        )
    shown = int(c["predicted"]) + int(c["composed"])
    return (
        f"{board.model}: {shown} of {c['testable']} testable claims come out of the model"
        f" ({c['predicted']} predicted, {c['composed']} composed); {c['encoded']} more are encoded,"
        f" {c['tested']} tested"
    )


def by_kind(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows by the kind of their claim, in the order of first appearance."""
    out: dict[str, list[Row]] = {}
    for row in rows:
        out.setdefault(row.kind, []).append(row)
    return out


def overtaken(board: Board) -> bool:
    """Whether a board was stored with another version: a change of numbers is a new version, so it has to run again."""
    return board.version != version_of("vesicula")
