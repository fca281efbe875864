"""An account as text: comments before the model, and a page beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from vesicula.io.physicell.account import KINDS, Account, Item, Kind

WIDTH = 116
IN_COMMENTS: tuple[Kind, ...] = ("assumed", "unequal")
"""Kinds that stand in the model itself; what was converted stands in its blocks."""
LONGEST = 90
"""Characters of one thing in comments; the page has all."""
MOST_BYTES = 100_000
"""Of all comments, so that there is room for the model; the page has all."""


def header(name: str, version: str, account: Account) -> str:
    """Comments above the text of the model."""
    lines = [
        f"# Converted from a project of PhysiCell (version {version}). `{name}-account.md` says what became of what.",
        "# Values are those of the project: nobody said where they are from or how well they are known.",
    ]
    for kind in IN_COMMENTS:
        found = account.of(kind)
        if found:
            lines += ["#", f"# {KINDS[kind]} ({len(found)}):"]
        for sentence in grouped(found):
            lines += textwrap.wrap(
                f"- {sentence}", WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False
            )  # fmt: skip
            if sum(map(len, lines)) > MOST_BYTES:
                lines.append("# - and more, see the account")
                break
    return "\n".join(lines) + "\n\n"


def grouped(items: Sequence[Item]) -> list[str]:
    """A sentence for each reason, with all that has it and their places: `reason: thing [file:12], thing [file:90]`."""
    reasons: dict[tuple[str, str], list[Item]] = {}
    for one in items:
        reasons.setdefault((one.why, one.became), []).append(one)
    sentences: list[str] = []
    for (why, became), found in reasons.items():
        things = "; ".join(f"{_short(one.what)} [{one.place}]" for one in found)
        arrow = f" -> {became}" if became else ""
        sentences.append(printable(f"{things}{arrow}{f': {why}' if why else ''}"))
    return sentences


def page(name: str, version: str, account: Account) -> str:
    """The whole account as Markdown."""
    lines = [
        f"# {name}: what became of the project",
        "",
        f"A project of PhysiCell (version {version}) as a model of Vesicula.",
    ]
    for kind, heading in KINDS.items():
        found = account.of(kind)
        lines += ["", f"## {heading} ({len(found)})", ""]
        if not found:
            lines.append("Nothing.")
            continue
        lines += ["| where | what | became | why |", "|---|---|---|---|"]
        lines += [
            f"| {_cell(one.place)} | {_cell(one.what)} | {_cell(one.became)} | {_cell(one.why)} |" for one in found
        ]
    return "\n".join(lines) + "\n"


def printable(text: str) -> str:
    """Text on one line without control characters."""
    return "".join(char if char.isprintable() else " " for char in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 2].rstrip(' ,')} …"


def _cell(text: str) -> str:
    return printable(text).replace("|", "\\|")
