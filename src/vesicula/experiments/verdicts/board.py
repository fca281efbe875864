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

VERDICTS = ("holds", "holds if", "too weak", "undecided", "sign unsure", "opposite", "absent")
"""Outcomes of an experiment that ran and could be read."""

HELD = ("holds", "holds if")
"""Outcomes that count for a model, and of which one asks what they rest on."""

TO_DIAGNOSE = ("too weak", "opposite", "absent")
"""Outcomes that are diagnosed by hand after looking."""


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
class Decider:
    """A value that separates draws that show the effect from the others. more : whether a larger value shows it

    auc : probability that a draw that shows it has the value that favours it      p : of so much by chance
    measurement, days : what a laboratory would do to settle it; "" and None where nothing is known
    """

    words: str
    path: str
    more: bool
    auc: float
    p: float
    measurement: str = ""
    days: float | None = None


@dataclass(frozen=True)
class Row:
    """One claim. outcome : a verdict, `no verdict` (its control failed, or its run was given up), `untestable`,
    `restated` (scored with another claim), or what its kind allows: `in the model`, `not in the model`,
    `reference value`, `open question`, `no check`

    role : construction (the model says it itself), physiology (calibration does) or test      n : draws that were read
    visible : share of draws with an effect that can be seen; right, low, high : of these, with the expected sign, with
    its Wilson interval      stated : of seeds at stated values, (as expected, seen, all)
    noise : change between arms that differ in their seed alone, as a share of the baseline
    dropped : (check, draws that it dropped)      controls : (positive control, share of draws in which it held)
    condition : of a claim that holds if; confirmed : (share, low, high, draws, share of all draws that meet it)
    deciding : values that separate draws that show the effect
    effect : perturbed − baseline; smallest : least change the assay shows, as a share of the baseline, with its source
    chance : share of sign-scrambled models that agree; core_seconds : its own ablations and its part of the shared run
    first : outcome of the first run with calibrated draws and its version      revised : why it differs from that run's
    wording : hash of the sentences of its run, then `first_wording`
    diagnosis : (cause, text, version, what has changed since)
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
    role: str = ""
    visible: float | None = None
    right: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    stated: tuple[int, int, int] | None = None
    noise: float | None = None
    dropped: tuple[tuple[str, int], ...] = ()
    controls: tuple[tuple[str, float], ...] = ()
    condition: str = ""
    confirmed: tuple[float, float, float, int, float] | None = None
    deciding: tuple[Decider, ...] = ()
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
    first: tuple[str, str] | None = None
    first_wording: str = ""
    wording: str = ""
    revised: str = ""
    diagnosis: tuple[str, str, str, str] | None = None
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

    @property
    def held(self) -> bool:
        """Whether it holds, or holds under a condition."""
        return self.outcome in HELD

    @property
    def first_held(self) -> bool:
        """Whether it did in the first run with calibrated draws."""
        return self.first is not None and self.first[0] in HELD


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

    quick : without ablation and tier A alone      ensemble : words of the calibrated draws, "" for draws of all ranges
    """

    model: str
    version: str
    date: str
    quick: bool
    rows: tuple[Row, ...]
    testable: tuple[str, ...]
    work: Work
    ensemble: str = ""

    def of_role(self, role: str) -> list[Row]:
        """Testable claims of one role, each counted once."""
        ids = set(self.testable)
        return [row for row in self.rows if row.claim in ids and row.role == role]

    def counts(self) -> dict[str, int | float]:
        """What the rows come to: testable = tests + construction + physiology; tests = all outcomes together; what of
        them holds or holds if = predicted + composed + encoded, except on a quick board, which does not ask for that.
        """
        tests, construction = self.of_role("test"), self.of_role("construction")
        outcomes = Counter(row.outcome for row in tests)
        held = Counter(row.provenance for row in tests if row.held)
        names = (*VERDICTS, "no verdict", "untestable")
        return {
            "claims": len(self.rows),
            "testable": len(self.testable),
            "tests": len(tests),
            **{name.replace(" ", "_"): outcomes[name] for name in names},
            "predicted": held["predicted"],
            "composed": held["composed"],
            "encoded": held["encoded"],
            "clinical": sum(row.held and row.kind == "clinical" for row in tests),
            "at_first": sum(row.first_held for row in tests),
            "revised": sum(bool(row.revised) for row in tests),
            "construction": len(construction),
            "construction_held": sum(row.held for row in construction),
            "physiology": len(self.of_role("physiology")),
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
    names = ("model", "version", "date", "quick", "ensemble")
    return Board(
        **{name: data[name] for name in names}, rows=rows, testable=tuple(data["testable"]), work=Work(**data["work"])
    )


def _row(data: dict[str, Any]) -> Row:
    data = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    for name in ("arms", "dropped", "controls"):
        data[name] = tuple(tuple(one) for one in data[name])
    data["effect"] = None if data["effect"] is None else Spread(**data["effect"])
    data["deciding"] = tuple(Decider(**one) for one in data["deciding"])
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
        case Decider():
            return f"{value.words} ({'more' if value.more else 'less'}, {value.auc:.2f}): {value.measurement}"
        case Needed():
            return f"{value.cargo} in {value.recipient}: dosed {value.dosed}, natural {value.natural}"
        case tuple():
            return "; ".join(_cell(part) for part in value)
        case _:
            return str(value)


def headline(board: Board) -> str:
    """The board in one sentence, which counts test claims alone."""
    c = board.counts()
    shown = int(c["holds"]) + int(c["holds_if"])
    if board.quick:
        tried = sum(row.tested for row in board.of_role("test"))
        return (
            f"{board.model}: {tried} of {c['tests']} test claims tried in a quick check, {shown} hold;"
            " what they rest on was not asked"
        )
    first = f"; {c['at_first']} at first sight" if any(row.first for row in board.rows) else ""
    of_them = f" ({c['holds_if']} of them under a condition)" if c["holds_if"] else ""
    return (
        f"{board.model}: {shown} of {c['tests']} test claims hold{of_them}{first};"
        f" {c['construction_held']} of {c['construction']} claims that the model says itself do;"
        f" {board.ensemble or 'values drawn from all their ranges'}"
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
