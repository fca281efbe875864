"""Everything that can go wrong for a user: one exception tree, and diagnostics that quote the user's words.

A mistake in a model is a `Diagnostic` with a place in the file, the reason and a remedy; `ModelError` carries all
diagnostics of a text at once. `CODES` lists every kind of diagnostic.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]
Doubts = Literal["full", "kind", "line"]
"""How much `render` shows of warnings."""


@dataclass(frozen=True)
class Code:
    """One kind of diagnostic. title: heads the message; meaning: one sentence for the documentation."""

    title: str
    meaning: str


CODES = MappingProxyType(
    {
        # --- the file
        "file-missing": Code("no such file", "The model file, or a file it names, does not exist or cannot be read."),
        "file-too-large": Code("file too large", "Model files are limited to 512 KiB, tables of cells to 64 MiB."),
        "not-utf-8": Code("not UTF-8 text", "Model files are UTF-8 text without control characters."),
        "outside-folder": Code(
            "file outside the model's folder", "`use: ./…` and tables must stay inside the folder of the model file."
        ),
        "yaml": Code("not valid YAML", "The text breaks a rule of YAML 1.2."),
        "duplicate-key": Code("key given twice", "Every key stands once in its block."),
        "anchor": Code("anchors and aliases are not used", "`&name` and `*name` are refused: write the value out."),
        "tag": Code("tags are not used", "`!!type`, `%` directives and further documents are refused."),
        "too-deep": Code("blocks too deep", "Blocks nest at most 12 deep."),
        # --- blocks
        "version": Code("unknown version of the language", "The first key is `vesicula: 1`."),
        "missing-key": Code("key missing", "A key that this block needs is missing."),
        "unknown-key": Code("unknown key", "A key that the language does not know stands in this block."),
        "reserved-key": Code("not in this version", "The block is planned, but this version cannot run it."),
        "sbml": Code(
            "SBML file that cannot run here",
            "What a file says has no equal here, or contradicts the sentence about it.",
        ),
        "logic": Code(
            "Boolean network that has no equal here", "A rule of a file cannot be edges and settings of nodes."
        ),
        "extra": Code("package missing", "A file is read by a package that is not installed by itself."),
        "cell-table": Code("table of cells", "It has the columns cell, x and y, and finite places in the site."),
        "wrong-shape": Code("wrong kind of entry", "A list stands where a block is expected, or the like."),
        "flow-sentence": Code(
            "sentence in brackets", "Sentences stand as items of a block list, one line each, not in `[…]` or `{…}`."
        ),
        "not-a-boolean": Code("yes or no expected", "The entry is a switch: write `yes` or `no`."),
        "not-a-choice": Code("not one of the choices", "The entry must be one of a few words."),
        "name": Code(
            "not usable as a name", "Names are words of letters, digits and `-_.:+/'`; ids stand in brackets."
        ),
        "duplicate-name": Code("name used twice", "Two things of one kind have the same name."),
        # --- sentences and quantities
        "sentence": Code("sentence not understood", "The words do not form a sentence of this block."),
        "repeated-option": Code("said twice", "An option stands twice in one sentence."),
        "quantity": Code("quantity not understood", "A number with unit, sources and range is expected."),
        "unknown-unit": Code("unknown unit", "The unit is not known."),
        "wrong-quantity": Code("wrong kind of quantity", "The unit does not measure what is asked for."),
        "molar-mass": Code("molar mass needed", "Mass units (ng, pg …) need the substance's `molar mass`."),
        "solubility": Code("solubility needed", "A substance in an own unit (mmHg) needs its `solubility`."),
        "negative": Code("negative value", "The quantity cannot be below zero."),
        "not-positive": Code("value must be above zero", "The quantity cannot be zero or less."),
        "not-finite": Code("not a usable number", "Numbers lie between 1e-100 and 1e100."),
        "spread": Code("spread below 1", "Spread and drift are geometric standard deviations, so at least 1."),
        "memory": Code("memory cannot hold", "`on above` lies above `off below`, both between 0 and 1."),
        "share": Code("share outside 0 to 100 %", "Shares and probabilities lie between 0 and 1 (100 %)."),
        "range": Code("value outside its range", "The range needs low ≤ value ≤ high and low < high."),
        "narrow-range": Code(
            "assumed range too narrow",
            "An assumed range of a rate, a number of molecules or the like spans at least a factor 10; sizes, masses,"
            " temperatures and shares above 10 % need not.",
        ),
        "no-source": Code("value without source", "A value names its source: `@key`, or `@assumed`."),
        "no-range": Code("value without range", "A value states its central 90 % range: `(low..high)`."),
        "outside-measured": Code(
            "outside everything measured", "Nobody has measured such a value of this quantity of this thing."
        ),
        "fact-at-hand": Code("assumed, though somebody has measured", "The library has a fact for an assumed value."),
        "hill": Code("half-max and hill do not fit", "The normalised Hill function needs ec50^hill below 1/2."),
        "base-zero": Code("multiple of nothing", "A rule multiplies a base value; here the base is zero or absent."),
        "limit": Code(
            "limit on the wrong side", "`raises` needs a limit above 1x, `lowers` one below 1x, and so do their ranges."
        ),
        "no-rest": Code(
            "no undisturbed state", "What is `as at rest` needs the volume, the cells and the levels of one (`rest:`)."
        ),
        "no-balance": Code(
            "nothing to follow from", "No level or number of cells that stays tells what is `as at rest`."
        ),
        "two-unknowns": Code(
            "more than one unknown", "One level or number of cells that stays tells one rate, not two."
        ),
        # --- names
        "unknown-name": Code("unknown name", "Nothing in the model has this name."),
        "ambiguous-name": Code("name with two meanings", "The name stands for two things here; say which."),
        "no-ligand": Code(
            "no such ligand on the vesicles", "Receptors bind what lies on the surface or in the membrane of vesicles."
        ),
        "vesicle-density": Code(
            "no rule reads a vesicle's density",
            "Vesicles act through bound or inserted surface molecules, or delivered copies, never by their density.",
        ),
        "spelling": Code(
            "which molecule is meant", "A miRNA without its arm, or two names of one molecule, may be a slip."
        ),
        "nothing-reads": Code("nothing reads it", "This can have no effect: nothing in the model reads it."),
        "nothing-makes": Code("nothing makes it", "A sentence reads what nothing in the model makes or brings."),
        "constant": Code("nothing can move it", "What is measured here is the same at all times and in all arms."),
        "no-way": Code("no way to what is measured", "Nothing leads from what an arm changes to what is measured."),
        "unknown-claim": Code("unknown claim", "The claim is in none of the ledgers."),
        "unknown-reference": Code("unknown reference", "The key is in no list of references."),
        "genotype-shares": Code("shares of genotypes", "The genotypes of a locus add up to 100 % of the patients."),
        "same-site": Code("one site on both sides", "A flow or passage joins two different sites."),
        "nobody-there": Code("no such cell there", "Cells leave a site to which none of that type ever comes."),
        # --- space, time, size
        "clearance": Code(
            "clearance beyond what voxels can supply",
            "A cell clears a substance or vesicle class faster than diffusion can bring it at this voxel size.",
        ),
        "geometry": Code("impossible geometry", "A region, a size or a spacing does not fit the site."),
        "two-ways": Code("said in two ways", "Two entries say the same thing differently."),
        "too-fast": Code("faster than cells crawl", "The walk of a cell takes more sub-steps than a macro step has."),
        "too-many": Code(
            "more than fits",
            "More particles than the medium holds, or more copies than a vesicle or a cell does, with nothing else.",
        ),
        "too-many-cells": Code(
            "more cells than there is room", "The cells take more of a site's area or volume than it has."
        ),
        "too-large-cell": Code("cell larger than its place", "A cell is wider than a site, or covers 1000 voxels."),
        "too-much-release": Code(
            "more membrane than a cell makes",
            "The vesicles that a cell releases in a day have more than ten times its own surface, the most assumed.",
        ),
        "too-large": Code("larger than this machine should hold", "The estimated memory exceeds the limit."),
        "outgrown": Code(
            "cells outgrow their site",
            "Expected growth, without what rules do or with all that they may do, fills a site more than it can hold;"
            " an error where a run would end of it whatever rules do.",
        ),
        "run-times": Code("times do not fit", "The step divides the recording interval and the duration."),
        "fast-loss": Code(
            "half-life far below the step",
            "Levels and sums are right, but what cells read of it they read a step late, so that rises and falls blur.",
        ),
        "washed-out": Code(
            "place washed out within a step",
            "Vesicles, and what is dissolved in a tissue, flow before and after the rest of a step: what such a place"
            " makes of them has flowed away at every record.",
        ),
        # --- inside the cell
        "switch": Code(
            "accidental switch",
            "A loop of a network rests in more than one state although no node is declared to keep itself.",
        ),
        # --- arms
        "crowded-run": Code(
            "many experiments share a run", "Verdicts from one run are not independent: one odd run decides them all."
        ),
        "same-as-baseline": Code(
            "arm equals another one", "The arm does what the baseline or another arm does, so it can show nothing."
        ),
        "own-control": Code(
            "control is the experiment", "A positive control shows that an assay works, whatever the tested claim says."
        ),
        "never-given": Code("nothing to change", "The arm changes the dose of something that no step gives."),
        "dose-series": Code(
            "dose series not possible", "A dose series stands in an arm, with two rising doses of one kind of quantity."
        ),
        "whole-run": Code("step lasts the whole run", "The step cannot have a time; it holds from start to end."),
        "step-time": Code(
            "time does not fit the step",
            "A moment has one time, what lasts `at 24 h` or `from 24 h to 48 h`, the earlier time first.",
        ),
        "moved-time": Code("time between two steps", "It happens at the nearest step of the run, which is said."),
        "start-only": Code(
            "value counts at the start only", "The step changes a value on the way that nothing reads after the start."
        ),
        "overexpressed-node": Code(
            "a node cannot be overexpressed", "The activity of a node lies between 0 and 1: clamp it instead."
        ),
        "no-time": Code("time missing", "The step happens at a time: begin with `at 2 h`."),
        "dose-place": Code("place of the dose missing", "An amount goes to one place: name it if there are several."),
        # --- the bench
        "mass-without-ratio": Code(
            "protein mass without particles", "A dose by protein mass needs the preparation's `particles per ug`."
        ),
        "medium": Code("medium not possible", "Medium goes between well-mixed places, and no more than there is."),
        "temperature": Code("temperature without known effect", "`cool to` is known for 0 to 12 degrees Celsius."),
        "assay": Code("assay not possible here", "The assay needs other labware, or something that is not said."),
        # --- parts and the parameter library
        "unknown-part": Code("unknown part", "`use` names no part of the library and no file."),
        "part-circle": Code("parts use each other in a circle", "A part uses, directly or not, itself."),
        "two-values": Code("two values for one entity", "Two parts give one quantity of one entity different values."),
        "unclear-base": Code(
            "name stands for several",
            "Lines of one base stand side by side, and a sentence names the base or its vesicles: which of them?",
        ),
        "second-donor": Code(
            "vesicles of another donor", "A cell releases a class of vesicles that comes from another one."
        ),
        "unknown-path": Code("path leads nowhere", "`but` and `set` name a value by its path in the model."),
        "no-library-value": Code("no value", "The value is not stated and the parameter library has none."),
        "ambiguous-library": Code("two library values fit", "Two entries of the library fit equally well."),
        "conflicting-library": Code("library gives two values", "Two entries have the same key."),
        # --- where runs are done
        "cluster-entry": Code(
            "entry of SLURM jobs not understood", "The entry has another form in a file of SLURM jobs."
        ),
        # --- files of a laboratory
        "file-form": Code(
            "form of the file not known", "The file has none of the forms that are read, or only part of one."
        ),
        "file-number": Code(
            "number of a file not understood", "A cell of a column of numbers is none, or reads two ways."
        ),
        "file-empty": Code(
            "no measurement", "The file has a known form, and nothing was measured or it is not what counts."
        ),
        "file-asked": Code(
            "something has to be said", "A dilution, volume or sample without which a figure would be a guess."
        ),
    }
)


@dataclass(frozen=True)
class Diagnostic:
    """One mistake or doubt in a model text.

    file, line, column (from 1), length: the words it is about (line 0: the file as a whole);
    severity: `error` stops, `warning` does not; code: key of `CODES`; message: the reason, in the user's words;
    remedy: what to write instead; source_line: the line as it stands in the file.
    """

    file: str
    line: int
    column: int
    length: int
    severity: Severity
    code: str
    message: str
    remedy: str | None = None
    source_line: str | None = None

    @property
    def title(self) -> str:
        """Heading of this kind of diagnostic."""
        return CODES[self.code].title

    def text(self) -> str:
        """The diagnostic as a person reads it: place, heading, the line with carets, reason, remedy."""
        prefix = "warning: " if self.severity == "warning" else ""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        lines = [f"{place}  {prefix}{self.title}"]
        if self.source_line is None or not self.line:
            lines.append(f"  {self.message}")
        else:
            number = str(self.line)
            shown, column = _window(self.source_line, self.column)
            room = max(1, len(shown) - column + 1)
            carets = "^" * max(1, min(self.length, room))
            lines.append(f"  {number} | {shown}")
            lines.append(f"  {' ' * len(number)} | {' ' * (column - 1)}{carets} {self.message}")
        if self.remedy:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, str | int | None]:
        """The diagnostic for programs (`--json`)."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "length": self.length,
            "severity": self.severity,
            "code": self.code,
            "title": self.title,
            "message": self.message,
            "remedy": self.remedy,
            "source": self.source_line,
        }


def _window(line: str, column: int, width: int = 118) -> tuple[str, int]:
    """Cut a long line around `column`; tabs count as one blank so that carets stay below their words."""
    line = line.replace("\t", " ")
    if len(line) <= width:
        return line, column
    start = max(0, min(column - 1 - width // 2, len(line) - width))
    shown = line[start : start + width]
    if start:
        shown = "…" + shown[1:]
    if start + width < len(line):
        shown = shown[:-1] + "…"
    return shown, column - start


FIRST_KINDS = ("no-way", "nothing-reads", "nothing-makes", "constant", "spelling")
"""Warnings that an answer may be `no difference` whatever the numbers are."""
LAST_KINDS = ("no-source", "no-range", "narrow-range")
"""Warnings about evidence: many in a young model, so that they come after those about what a run does."""


def render(diagnostics: Sequence[Diagnostic], doubts: Doubts = "full") -> str:
    """Diagnostics as text: errors first, in order of place, then warnings by kind, with a last line that counts them.

    doubts: every warning in `full`; each `kind` with its count, its places and the first of it in full; or one `line`
    for each kind.
    """
    ordered = sorted(diagnostics, key=lambda one: (one.file, one.line, one.column))
    errors = [one for one in ordered if one.severity == "error"]
    warnings = _by_kind([one for one in ordered if one.severity == "warning"])
    parts = [one.text() for one in errors]
    if doubts == "full":
        parts += [one.text() for kind in warnings for one in kind]
    elif doubts == "kind":
        parts += [_kind_text(kind) for kind in warnings]
    elif warnings:
        parts.append("\n".join(_kind_line(kind) for kind in warnings))
    return "\n\n".join([*parts, *([counted(diagnostics)] if diagnostics else [])])


def counted(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 40 warnings`."""
    errors = sum(one.severity == "error" for one in diagnostics)
    return ", ".join(
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((errors, "error"), (len(diagnostics) - errors, "warning"))
        if number
    )


def _by_kind(warnings: Sequence[Diagnostic]) -> list[list[Diagnostic]]:
    """Warnings of one kind together; by their first place, those of no effect first, of evidence last."""
    kinds: dict[str, list[Diagnostic]] = {}
    for one in warnings:
        kinds.setdefault(one.code, []).append(one)
    return [kinds[code] for code in sorted(kinds, key=lambda code: (code not in FIRST_KINDS, code in LAST_KINDS))]


def _kind_text(kind: list[Diagnostic]) -> str:
    """The first warning of a kind, and where the others are."""
    more = f"\n  {len(kind) - 1} more of this kind: {_places(kind[1:])}" if len(kind) > 1 else ""
    return kind[0].text() + more


def _kind_line(kind: list[Diagnostic]) -> str:
    times = f" ({len(kind)} times)" if len(kind) > 1 else ""
    return f"warning: {kind[0].title}{times}: {_places(kind)}"


def _places(kind: Sequence[Diagnostic], most: int = 12) -> str:
    """`model.yaml:5, 9, 14 …`: lines by file."""
    lines: dict[str, list[str]] = {}
    for one in kind:
        found = lines.setdefault(one.file, [])
        if one.line and str(one.line) not in found:
            found.append(str(one.line))
    told = [
        f"{file}:{', '.join(found[:most])}{' …' if found[most:] else ''}" if found else file
        for file, found in lines.items()
    ]
    return "; ".join(told[:4]) + (" …" if told[4:] else "")


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """All diagnostics as a JSON list."""
    return json.dumps([one.as_dict() for one in diagnostics], indent=2, ensure_ascii=False)


class VesiculaError(Exception):
    """Whatever a user may meet; shown without a traceback. `exit_code` is what the command line returns."""

    exit_code = 1

    def __init__(self, message: str, remedy: str | None = None):
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message if self.remedy is None else f"{self.message}\n  {self.remedy}"


class ModelError(VesiculaError):
    """A model text cannot be used; `diagnostics` says why, all at once."""

    exit_code = 2

    def __init__(self, diagnostics: Sequence[Diagnostic]):
        super().__init__(render(diagnostics, "line"))
        self.diagnostics = tuple(diagnostics)


class FileError(ModelError):
    """A laboratory's file cannot be used; its diagnostic says what was expected, what was found, where, what to do."""


class UnitError(VesiculaError):
    """A unit is unknown or measures something else than asked for. code: key of `CODES`."""

    exit_code = 2

    def __init__(self, message: str, remedy: str | None = None, code: str = "wrong-quantity"):
        super().__init__(message, remedy)
        self.code = code


class RunFolderError(VesiculaError):
    """A run folder is missing, half-written, changed or not empty."""

    exit_code = 3


class EnsembleError(VesiculaError):
    """Calibrated draws are stale, damaged, too few, or cannot be made."""

    exit_code = 6


class ResourceError(VesiculaError):
    """The run would need more memory, disk or time than there is."""

    exit_code = 4


class NumericalError(VesiculaError):
    """A solver could not keep its promised error."""

    exit_code = 5
