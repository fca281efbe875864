"""`vesicula check`, and the check that stands before every run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import Diagnostic, Doubts, render

if TYPE_CHECKING:
    from rich.text import Text


def check_model(model: str, *, as_json: bool, every: bool = False) -> int:
    """Show the diagnostics of a model, `every` warning in full or by kind; 2 where it has errors."""
    from vesicula.simulation import foresee

    found, will = foresee(model)
    errors = sum(one.severity == "error" for one in found)
    if as_json:
        emit_json(
            {
                "model": model,
                "errors": errors,
                "warnings": len(found) - errors,
                "diagnostics": [one.as_dict() for one in found],
                "run": None if will is None else will.as_dict(),
            }
        )
    elif found:
        show(found, "full" if every else "kind")
        kinds = {one.code for one in found if one.severity == "warning"}
        if not every and len(kinds) < len(found) - errors:
            say(f"every warning in full: vesicula check {shlex.quote(model)} --all")
    else:
        emit(f"{model}: no mistakes, no doubts")
    if will is not None and not as_json:
        for sentence in will.sentences():
            emit(sentence)
    return exits.MODEL if errors else exits.OK


def show(diagnostics: Sequence[Diagnostic], doubts: Doubts = "full") -> None:
    """Diagnostics as a person reads them, with colours on a terminal that has them."""
    text = render(diagnostics, doubts)
    if not sys.stderr.isatty():
        say(text)
        return
    from rich.console import Console

    Console(stderr=True, soft_wrap=True, highlight=False).print(_coloured(text))


def _coloured(text: str) -> Text:
    from rich.text import Text

    out = Text(text)
    out.highlight_regex(r"(?m)^\S[^\n]*?:\d+:\d+", "bold")
    out.highlight_regex(r"\^+", "bold red")
    return out
