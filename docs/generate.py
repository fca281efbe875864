"""Writes the pages that are made from the code: `python docs/generate.py`; a test compares them."""

from __future__ import annotations

import inspect
import math
import re
import sys
from itertools import groupby
from pathlib import Path

from vesicula.cli import exits
from vesicula.errors import CODES
from vesicula.evidence.claims import ledgers
from vesicula.evidence.folder import library_folder
from vesicula.evidence.references import library_references
from vesicula.experiments.verdicts.board import Board, Needed, headline, overtaken
from vesicula.experiments.verdicts.board_page import (
    MEANINGS,
    agreeing,
    at_stated,
    caution,
    decider,
    diagnosis_words,
    first_words,
    why,
    worked,
)
from vesicula.experiments.verdicts.stored import stored_boards, stored_of, verdict_words
from vesicula.language.assays import ASSAYS, Assay
from vesicula.language.document import document
from vesicula.results.assays.readers import READERS
from vesicula.results.laws import ANSWERS, PACKAGE, PLACES, laws

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER))

import api_page  # noqa: E402 - beside this file
import gallery  # noqa: E402
import numbers_page  # noqa: E402
import physiology_page  # noqa: E402

REPRODUCED = """# What the models show of the reviews, and what they do not

Every testable statement of the reviews is an experiment, which `vesicula verify` runs. A *construction* claim is said
by the model itself: one sentence that cites it joins what is done to what is measured. Every other one is a *test*;
roles follow from the texts alone, and the headline counts tests. An effect is *seen* in a draw where it is larger than
the least that the assay shows, and than what another seed changes. A file whose positive control fails gives no
verdict; draws in which a check of an arm fails are dropped.

{meanings}

*Predicted*: without any sentence that cites the claim. *Composed*: only together with sentences of other claims.
*Encoded*: the model says it as the claim does. *By chance*: the share of models with randomly turned signs that agree.
*At first*: the verdict of the first run with calibrated draws. A verdict says what the model's evidence implies, not
whether a study is right.
"""
MADE = "<!-- made by docs/generate.py from the code -->\n\n"


def errors_page() -> str:
    """Exit codes and every kind of diagnostic."""
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in exits.MEANINGS.items())
    kinds = "\n".join(f"| `{key}` | {code.title} | {code.meaning} |" for key, code in CODES.items())
    return f"""# Messages and exit codes

A mistake in a model is shown with file, line and column, the words it is about, the reason and a remedy; all mistakes
of a model are shown at once. Errors stop a run, warnings do not. Errors come first, then warnings by kind: `check`
shows the first of each kind in full with the lines of the others, `check --all` every one, `run` a line for each kind.
With `--json` they come as data, with the names below.

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
        "hold the code to them. Sources are keys of the [list of references](references.md).\n",
    ]
    for module, group in groupby(laws((*PLACES, *ANSWERS)), key=lambda law: ".".join(law.place.split(".")[:2])):
        out.append(f"## {module}\n")
        for law in group:
            name = law.place.removeprefix(module).lstrip(".")
            out.append(f"**{name}** {law.summary}\n" if name else f"{law.summary}\n")
            out.append("```text\n" + "\n".join(law.equation) + "\n```\n")
            if law.source:
                out.append(f"Source: {law.source}\n")
    return "\n".join(out).rstrip() + "\n"


def assays_page() -> str:
    """Every assay: how a measure names it, what it computes, what it can show."""
    out = [
        "# Assays\n",
        "What a measure can read as a laboratory would, from the table `language.assays` and the documentation of what",
        "computes it. Any assay but an IC50 may be read `in % of ARM`, replicate by replicate, and `at` a time.\n",
    ]
    for row in ASSAYS.values():
        text = inspect.cleandoc(READERS[row.name].__doc__ or "")
        summary, _, rest = text.partition("\n\n")
        head, *lines = rest.splitlines()
        while lines and lines[0].startswith(" "):
            head += "\n" + lines.pop(0).strip()
        out.append(f"## {row.name}\n\n`{_how(row)}` · unit {row.unit or 'of the doses'}\n")
        out.append(" ".join(summary.split()) + "\n\n```text\n" + head.removeprefix("Equation").strip() + "\n```\n")
        out.append("\n".join(lines) + "\n" if lines else "")
        out.append(_shown(row) + "\n")
    text = "\n".join(part for part in out if part)
    papers = {key: paper for key, paper in library_references().items() if key in text}
    cited = "\n".join(f"- `{key}`: {paper.text()} Read: {paper.read}." for key, paper in sorted(papers.items()))
    return f"{text}\n## References\n\n{cited}\n"


def references_page() -> str:
    """Every entry of the list of references, with what was opened of it and where it is cited."""
    modules = {".".join(file.relative_to(PACKAGE).with_suffix("").parts): file for file in PACKAGE.rglob("*.py")}
    words = {name: set(re.findall(r"[\w-]+", file.read_text(encoding="utf-8"))) for name, file in modules.items()}
    values = "".join(file.read_text(encoding="utf-8") for file in library_folder().rglob("*.yaml"))
    cited, measured = set(re.findall(r"@([\w-]+)", values)), set(re.findall(r"(?m)^ +source: (\S+)$", values))
    tables = "".join(file.read_text(encoding="utf-8") for file in (library_folder() / "studies").glob("*.csv"))
    studied = set(re.findall(r"[\w-]+", tables))
    out = [
        "# References\n",
        "What values and documentation cite, from `references.bib` of the library. *Read* says what somebody here",
        "opened: the whole work (yes), its abstract, or a table or file of it; *no*: cited from memory, and a value",
        "that rests on it counts as assumed. An entry without a DOI has none, or none that could be looked up.\n",
    ]
    for key, paper in sorted(library_references().items()):
        places = [f"`{name}`" for name in sorted(words) if key in words[name]]
        places += ["values of the library"] if key in cited else []
        places += ["measured facts"] if key in measured else []
        places += ["the table of studies"] if key in studied else []
        places = places or ["notes of the library"]
        doi = paper.fields.get("doi")
        link = f" [doi:{doi}](https://doi.org/{doi.replace('(', '%28').replace(')', '%29')})" if doi else ""
        note = f" ({paper.fields['note']})" if paper.fields.get("note") else ""
        out.append(f"**{key}** {paper.text().split(' doi:')[0].rstrip('.').replace('..', '.')}.{link}")
        out.append(f"Read: {paper.read}{note}. Cited by {', '.join(places)}.\n")
    return "\n".join(out).rstrip() + "\n"


def _how(row: Assay) -> str:
    """The form of a measure of an assay."""
    within = {"cell": " in CELL", "place": " in PLACE"}
    words = f"{row.name} of {' or '.join(kind.upper() for kind in row.of)}" + "".join(within[w] for w in row.within)
    words += f" to {' or '.join(kind.upper() for kind in row.to)}" if row.to else ""
    return words + (", positive above GATE" if row.gated else "") + (" in % of ARM" if row.compares else "")


def _shown(row: Assay) -> str:
    """Labware, smallest effect, limit and scatter of an assay, with what they rest on."""
    size = f"{1 + row.smallest:g}-fold" if row.fold else f"{100 * row.smallest:g} %"
    words = f"Smallest effect seen: {size} ({row.source or 'rule of thumb, no source read'})."
    words += f" Detection limit: {row.limit}." if row.limit else ""
    words += f" CV of one reading: {100 * row.cv:g} % ({row.cv_source})." if row.cv is not None else ""
    return words + (f" On: {', '.join(row.labware)}." if row.labware else "")


def reproduced_page() -> str:
    """What the stored boards say, with what they do not."""
    out = [REPRODUCED.format(meanings="\n".join(f"- *{name}*: {meaning}." for name, meaning in MEANINGS.items()))]
    for name in stored_boards():
        for calibrated, draws in ((True, "calibrated draws"), (False, "draws of all ranges")):
            kept = stored_of(name, calibrated=calibrated)
            if kept is not None:
                out += _board_section(f"{name}, {draws}", kept.board)
    missing = [name for name in ledgers() if name not in stored_boards()]
    if missing:
        out.append(f"No board is stored of {', '.join(missing)}: nothing is said of what they show.\n")
    return "\n".join(out).rstrip() + "\n"


def _board_section(name: str, board: Board) -> list[str]:
    """One model: the headline, the counts, every verdict, and the holes by their reason."""
    counts = board.counts()
    out = [f"## {name}\n"]
    if overtaken(board):
        out.append(f"**Overtaken:** stored with version {board.version}; numbers have changed since (CHANGELOG.md).\n")
    out.append(f"Version {board.version}, {board.date}. {headline(board)}. {caution(board)}\n")
    out.append("| " + " | ".join(key.replace("_", " ") for key in counts) + " |\n" + "|---" * len(counts) + "|")
    out.append("| " + " | ".join(str(value) for value in counts.values()) + " |\n")
    out.append(f"{worked(board)}.\n")
    out.append(
        "| claim | role | statement | verdict | draws | at stated values | by chance | if, why, or what it rests on |"
        " what decides |\n" + "|---" * 9 + "|"
    )
    for row in board.rows:
        if row.tested:
            chance = "" if row.chance is None else f"{100 * row.chance:.0f} %"
            told = [why(row) or ", ".join(row.rests_on), first_words(row), row.revised and f"revised: {row.revised}"]
            verdict, diagnosed = verdict_words(row.outcome, row.provenance), diagnosis_words(row)
            cells = (
                row.claim, row.role, row.text, verdict, agreeing(row), at_stated(row).removeprefix("at stated values "),
                chance, "; ".join(one for one in (*told, diagnosed) if one), "; ".join(map(decider, row.deciding)),
            )  # fmt: skip
            out.append(f"| {' | '.join(cells)} |")
    out += _beside(board)
    holes: dict[str, list[str]] = {}
    for row in board.rows:
        if row.claim in board.testable and row.outcome in ("untestable", "no verdict"):
            holes.setdefault(row.reason, []).append(row.claim)
    out.append("\nWithout a verdict:\n")
    out += [f"- {', '.join(ids)}: {reason}" for reason, ids in sorted(holes.items(), key=lambda one: -len(one[1]))]
    return [*out, ""]


def _beside(board: Board) -> list[str]:
    """What stands beside the verdicts: chance, printed readings, reference values, required loading."""
    chances = [row.chance for row in board.rows if row.chance is not None]
    out = []
    if chances:
        mean = f"{100 * sum(chances) / len(chances):.0f} %"
        out.append(
            f"\nModels with randomly turned signs agree with {mean} of the {len(chances)} answers that were clear.\n"
        )
    printed = [row for row in board.rows if row.as_printed]
    if printed:
        out.append("As the review prints it, and as it is built:\n")
        out += [
            f"- {row.claim}, printed: {row.printed}: {row.as_printed}. Corrected: {row.corrected}: {row.outcome}."
            for row in printed
        ]
        out.append("")
    quantities = [row for row in board.rows if row.kind == "quantity" and row.arms]
    if quantities:
        out.append("Reference values, beside what the model gives (median, central 90 % of the draws):\n")
        for row in quantities:
            arms = "; ".join(f"{name} {median:.3g} ({low:.3g}..{high:.3g})" for name, median, low, high in row.arms)
            out.append(f"- {row.claim}: {row.text} The model, {row.measure}: {arms} {row.unit}.".rstrip())
        out.append("")
    return out + _loading_table(board)


def _loading_table(board: Board) -> list[str]:
    """Required loading of every claim about vesicles, the widest gap first, below what it comes to."""
    claims: dict[Needed, list[str]] = {}
    for row in board.rows:
        for one in row.loading:
            claims.setdefault(one, []).append(row.claim)
    if not claims:
        return []
    told = []
    for how, gaps in (
        ("as dosed", [one.dosed for one in claims if one.dosed]),
        ("with a donor for each recipient", [one.natural for one in claims if one.natural]),
    ):
        told.append(f"{how} in {sum(gap <= 0 for gap, _ in gaps)} of {len(gaps)}")
    out = [
        "**Required loading of the claims about vesicles.** In the median draw measured loading brings the copies that"
        f" the read-out needs {', '.join(told)}.\n",
        "| claims | cargo | recipient | read-out | too few by, as dosed | enough | too few by, natural | enough |\n"
        + "|---" * 8 + "|",
    ]  # fmt: skip
    for one in sorted(claims, key=_widest, reverse=True):
        cells = [", ".join(sorted(set(claims[one]))), one.cargo, one.recipient, one.readout]
        for found in (one.dosed, one.natural):
            cells += ["", ""] if found is None else [f"{10 ** found[0]:.2g}", f"{100 * found[1]:.0f} % of draws"]
        out.append(f"| {' | '.join(cells)} |")
    return [*out, ""]


def _widest(one: Needed) -> float:
    """log10 of the wider gap of the two."""
    return max((gap for gap, _ in filter(None, (one.dosed, one.natural))), default=-math.inf)


def pages() -> dict[str, str]:
    """Text of every generated page by file name."""
    made = {
        "language.md": document(),
        "equations.md": equations_page(),
        "errors.md": errors_page(),
        "api.md": api_page.page(),
        "assays.md": assays_page(),
        "gallery.md": gallery.page(),
        "numbers.md": numbers_page.page(),
        "physiology.md": physiology_page.page(),
        "references.md": references_page(),
        "reproduced.md": reproduced_page(),
    }
    return {name: MADE + text for name, text in made.items()}


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
