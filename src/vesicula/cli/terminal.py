"""Writing to a terminal, a pipe or a file without breaking on what it cannot show."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Mapping

PLAIN = {
    "µ": "u", "μ": "u", "×": "x", "·": "-", "…": "...", "–": "-", "—": "-", "−": "-", "±": "+/-", "≤": "<=", "≥": ">=",
    "→": "->", "β": "beta", "α": "alpha", "γ": "gamma", "²": "2", "³": "3", "°": " deg ", "’": "'", "“": '"', "”": '"',
}  # fmt: skip


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Stand-ins for characters that the terminal's encoding lacks."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(c, "?") for c in error.object[error.start : error.end]), error.end


def prepare_streams() -> None:
    """Let standard output and error write stand-ins for letters they lack, instead of failing."""
    codecs.register_error("vesicula-plain", _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="vesicula-plain")


def forget_output() -> None:
    """After the reader of a pipe has gone: nothing written later, not even at exit, may fail."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())


def say(text: str) -> None:
    """A line for the person: standard error, so that standard output stays for results."""
    print(text, file=sys.stderr, flush=True)


def emit(text: str) -> None:
    """A result, on standard output."""
    print(text)


def emit_json(content: Mapping[str, object]) -> None:
    """One JSON object on standard output."""
    print(json.dumps(content, ensure_ascii=False, indent=2, default=str))
