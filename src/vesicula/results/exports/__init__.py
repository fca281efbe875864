"""Runs as files of the formats that other programs read; each is one module, and none needs a package of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from vesicula.errors import RunFolderError, VesiculaError
from vesicula.results.choice import Choice
from vesicula.results.durable import beside, cannot_write
from vesicula.results.folder import CHECKPOINT, MANIFEST
from vesicula.versions import version_of

if TYPE_CHECKING:
    from vesicula.results.result import Result

ACCOUNT = "export.json"
"""What a folder of exports is and holds; only a folder that has it is replaced."""
ROOM = "make room, then the same command writes it"
Writer = Callable[["Result", Choice, Path], list[str]]


@dataclass(frozen=True)
class Form:
    """A format. home : module here whose `write(result, choice, path)` writes it and returns what is to be known;
    ending : of its one file, empty where it is a folder; holds : what a person finds in it.
    """

    home: str
    ending: str
    holds: str


FORMS = MappingProxyType(
    {
        "anndata": Form("anndata_file", ".h5ad", "cells with nodes, copies and places, for scanpy and squidpy"),
        "csv": Form("csv_tables", "", "curves, ledgers, talk and cells as tables, one row per value with its unit"),
        "ome-zarr": Form("ome_images", "", "fields as images of many channels over time, for napari and Fiji"),
        "sbml": Form("sbml_models", "", "the network inside each cell type as equations, for libRoadRunner and COPASI"),
        "simularium": Form("simularium_films", "", "cells and free vesicles as films, for the Simularium viewer"),
        "vtk": Form("vtk_series", "", "cells and fields of every kept moment, for ParaView and PyVista"),
    }
)


@dataclass(frozen=True)
class Exported:
    """What was written. path : file or folder; notes : sentences on what was left out or stands for something."""

    form: str
    path: Path
    notes: tuple[str, ...]


def export(
    result: Result, to: str, out: str | Path | None = None, choice: Choice | None = None, *, replace: bool = False
) -> Exported:
    """Write a part of a run in a format of `FORMS`; see `Result.export`."""
    if to not in FORMS:
        raise VesiculaError(f"there is no format {to or '(nothing)'}", f"one of: {', '.join(FORMS)}")
    form, run = FORMS[to], result.folder.path
    whole = run if run.name not in ("", "..") else run.resolve()
    target = whole.with_name(f"{whole.name}{form.ending or f'-{to}'}") if out is None else Path(out)
    if form.ending and target.suffix.lower() != form.ending:
        raise VesiculaError(
            f"{target} is no {form.ending} file", f"name it for example {target.with_suffix(form.ending)}"
        )
    _refuse(target, run, form, replace=replace)
    part = choice or Choice()
    part.variants(result.description)
    part.sites(result.description)
    writer: Writer = import_module(f"{__name__}.{form.home}").write
    try:
        with beside(target) as path:
            if not form.ending:
                path.mkdir()
            notes = [*_status(result), *writer(result, part, path)]
            if not form.ending:
                (path / ACCOUNT).write_text(_account(result, to, part, notes), encoding="utf-8")
    except OSError as error:
        raise cannot_write(target, error, "name another place with `--out`", room=ROOM) from error
    return Exported(to, target, tuple(notes))


def _refuse(target: Path, run: Path, form: Form, *, replace: bool) -> None:
    """Refuse a target that holds something else than an older export of the kind, or that one without `replace`."""
    whole, of_run = target.resolve(), run.resolve()
    if whole == of_run or whole in of_run.parents or of_run in whole.parents:
        raise RunFolderError(f"{target} is the run, in it or around it", "name another place with `--out`")
    if not target.exists():
        return
    if form.ending and not target.is_file():
        raise RunFolderError(f"{target} is no file", "name another place with `--out`")
    if not form.ending and not target.is_dir():
        raise RunFolderError(f"{target} is a file", "name a folder with `--out`")
    if target.is_dir() and any(target.iterdir()) and not (target / ACCOUNT).is_file():
        holds = "a run" if (target / MANIFEST).is_file() or (target / CHECKPOINT).is_dir() else "something else"
        raise RunFolderError(f"{target} holds {holds}", "name another place with `--out`")
    if not replace and (target.is_file() or any(target.iterdir())):
        raise RunFolderError(f"{target} is there already", "name another place with `--out`, or add `--replace`")


def _status(result: Result) -> list[str]:
    """A sentence where the run has not ended."""
    if result.folder.status == "finished":
        return []
    return [f"the run has not ended: this is what it had recorded up to {float(result.times_min[-1]):g} min"]


def _account(result: Result, to: str, choice: Choice, notes: list[str]) -> str:
    """Text of `export.json`."""
    d = result.description
    told = {
        "format": to, "vesicula": version_of("vesicula"), "model": d.model, "question": d.question, "seed": d.seed,
        "run": result.folder.path.name, "status": result.folder.status, "part": asdict(choice), "notes": notes,
    }  # fmt: skip
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
