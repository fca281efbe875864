"""Writes the pages that are made from the code: `python docs/generate.py`; a test compares them."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from vesicula.cli import exits
from vesicula.errors import CODES
from vesicula.results.laws import laws
from vesicula.spec.document import document

FOLDER = Path(__file__).parent
MADE = "<!-- made by docs/generate.py from the code -->\n\n"


def errors_page() -> str:
    """Exit codes and every kind of diagnostic."""
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in exits.MEANINGS.items())
    kinds = "\n".join(f"| `{key}` | {code.title} | {code.meaning} |" for key, code in CODES.items())
    return f"""# Messages and exit codes

A mistake in a model is shown with file, line and column, the words it is about, the reason and a remedy; all mistakes
of a model are shown at once. Errors stop a run, warnings do not. With `--json` they come as data, with the names below.

## Exit codes of `vesicula`

| code | meaning |
|---|---|
{codes}

## Diagnostics of a model

| name | heading | what it means |
|---|---|---|
{kinds}
"""


def equations_page() -> str:
    """Every law with the place that computes it."""
    out = [
        "# Equations\n",
        "Every law that the software computes, taken from the documentation of the function or module that computes",
        "it. Units inside the engine: µm, minute, molecule, particle, copy, cell. `tests/docs/test_equations.py`",
        "evaluates them as they are printed and compares with the code; `tests/twins`, `tests/exact` and `tests/laws`",
        "hold the code to them.\n",
    ]
    for module, group in groupby(laws(), key=lambda law: ".".join(law.place.split(".")[:2])):
        out.append(f"## {module}\n")
        for law in group:
            name = law.place.removeprefix(module).lstrip(".")
            out.append(f"**{name}** {law.summary}\n" if name else f"{law.summary}\n")
            out.append("```text\n" + "\n".join(law.equation) + "\n```\n")
            if law.source:
                out.append(f"Source: {law.source}\n")
    return "\n".join(out).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Text of every generated page by file name."""
    made = {"language.md": document(), "equations.md": equations_page(), "errors.md": errors_page()}
    return {name: MADE + text for name, text in made.items()}


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
