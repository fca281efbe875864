"""What an effect would need and what arrives: the answers of required loading, as kept in a run folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from vesicula.language.values import Frozen
from vesicula.results.durable import replace_file

LOADING = "loading.json"
FORMAT = 1


class Spread(Frozen):
    """Median and central 90 % of draws."""

    median: float
    low: float
    high: float


class Stage(Frozen):
    """One stage from what is offered to what acts, per recipient cell. unit: EV, copies, or a concentration."""

    name: str
    meaning: str
    unit: str
    value: Spread


class Unknown(Frozen):
    """A value that is not known well. share: of the variance of the gap that it alone explains, with 90 % interval."""

    name: str
    stated: str
    evidence: str
    share: float
    low: float
    high: float


class Experiment(Frozen):
    """What a laboratory could do. days: of one person; removes: share of the variance; narrows: names of unknowns."""

    text: str
    days: float
    removes: float
    narrows: tuple[str, ...]


class Verdict(Frozen):
    """Whether what arrives suffices. gap: log10 of needed over arrived; enough: share of draws with a gap ≤ 0;
    never: share of draws in which no amount would show by then.
    """

    name: str
    gap: Spread
    enough: float
    never: float = 0.0


class Closing(Frozen):
    """One thing that would close the gap. steps: of an arm, in the language; blocks: what the model needs besides;
    possible: as far as what fits and saturates tells.
    """

    name: str
    why: str
    steps: tuple[str, ...] = ()
    blocks: str = ""
    possible: bool = True


class Plane(Frozen):
    """Gap over dose and copies at the stated values.

    particles: per recipient cell; copies: per EV; gap[i][j]: at copies i and particles j, log10, None where nothing
    suffices; dose, natural: particles per cell; measured: 5, 25, 50, 75 and 95 % of the copies per EV; ceiling: copies
    that fit into the vesicle (or on it)
    """

    particles: tuple[float, ...]
    copies: tuple[float, ...]
    gap: tuple[tuple[float | None, ...], ...]
    dose: float | None
    natural: float | None
    measured: tuple[float, ...]
    ceiling: float


class Loading(Frozen):
    """What one cargo brings into one kind of cell, against what one read-out needs.

    stages, dosed: of the study's dose (stages of natural exposure and dosed None where none is given); natural: of
    donors at their own rate (None for particles that no cell releases); place: lumen,
    membrane, surface, or medium (products of an enzyme); readout: in words; hours: until it is read
    """

    cargo: str
    vesicle: str
    recipient: str
    site: str
    arm: str
    place: str
    readout: str
    hours: float
    stages: tuple[Stage, ...]
    dosed: Verdict | None
    natural: Verdict | None
    unknowns: tuple[Unknown, ...]
    experiment: Experiment | None
    closing: tuple[Closing, ...]
    plane: Plane
    notes: tuple[str, ...] = ()
    draws: int = 0


_ALL = TypeAdapter(tuple[Loading, ...])


def write_loading(folder: Path, loadings: tuple[Loading, ...], *, problem: str = "") -> Path:
    """Put the answers into a run folder, or the `problem` that left none; returns the file."""
    path = folder / LOADING
    content = {"format": FORMAT, "loadings": _ALL.dump_python(loadings, mode="json"), "problem": problem}
    replace_file(path, json.dumps(content, ensure_ascii=False, indent=1).encode())
    return path


def ask_loading(folder: Path, asked: Mapping[str, object]) -> None:
    """Leave word in a run folder that its required loading is still to be worked out, of `asked`."""
    problem = "the run was stopped before it was worked out"
    content: dict[str, object] = {"format": FORMAT, "loadings": [], "problem": problem, "asked": dict(asked)}
    replace_file(folder / LOADING, json.dumps(content, ensure_ascii=False, indent=1).encode())


def asked_loading(folder: Path) -> dict[str, Any]:
    """What `ask_loading` left; empty where nothing is to be worked out."""
    try:
        return dict(json.loads((folder / LOADING).read_text(encoding="utf-8")).get("asked", {}))
    except (OSError, ValueError, AttributeError):
        return {}


def read_loading(folder: Path) -> tuple[Loading, ...]:
    """The answers in a run folder; none where there is no such file."""
    path = folder / LOADING
    if not path.is_file():
        return ()
    return _ALL.validate_python(json.loads(path.read_text(encoding="utf-8"))["loadings"])


def loading_problem(folder: Path) -> str:
    """Why a run folder holds no answers though they were asked for; empty where nothing went wrong."""
    path = folder / LOADING
    if not path.is_file():
        return ""
    try:
        return str(json.loads(path.read_text(encoding="utf-8")).get("problem", ""))
    except (OSError, ValueError, AttributeError) as error:
        return f"{path.name} cannot be read: {error}"
