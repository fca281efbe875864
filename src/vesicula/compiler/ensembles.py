"""Calibrated draws as they are kept: a table of scores, what it was made from, and whether that is still so.

NAME.csv     one line per name under which a value is drawn: the name, then its score in every row
NAME.json    hashes of what the rows were made from, and what `vesicula calibrate` says of them
They lie in `library/ensembles`, or in the folder `ensembles` beside the model file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np

from vesicula.compiler.drawing import Ensemble
from vesicula.errors import EnsembleError, ModelError
from vesicula.evidence.folder import library_folder
from vesicula.kept import user_cache
from vesicula.language.model import Model

ENSEMBLES = "ensembles"
FORMAT = 1
PACKAGE = Path(__file__).parent.parent
ENGINE = (
    "engine/*.py", "compiler/*.py", "language/samples.py", "results/measures.py", "results/assays/**/*.py", "march.py",
)  # fmt: skip
LIBRARY = ("parameters/*.yaml", "parts/**/*.yaml", "tables/*.csv", "facts/*.yaml", "rest/*.yaml", "physiology/*.yaml")
UNSAID = frozenset(
    {"text", "sources", "where", "places", "folder", "note", "about", "question", "range_sources", "says"}
)
"""Entries of a model that no number follows from."""


def home_of(model: Model) -> Path | None:
    """Table of the calibrated draws that a model would use: its own, or of the library's model whose experiment it is.

    Returns   the path of its CSV, whether there is one or not; None for a model without a file
    """
    if model.folder is None or not model.name:
        return None
    folder, library = Path(model.folder).resolve(), library_folder().resolve()
    if folder.is_relative_to(library):
        own = folder.parts[len(library.parts) :]
        return library / ENSEMBLES / f"{model.name if own == ('models',) else folder.name}.csv"
    return folder / ENSEMBLES / f"{model.name}.csv"


def ensemble_of(model: Model) -> Ensemble | None:
    """Calibrated draws of a model, None where there are none. Raises EnsembleError where they are stale or damaged."""
    home = home_of(model)
    return fresh(home) if home is not None and home.is_file() else None


def ensemble_named(name: str) -> Ensemble:
    """Calibrated draws by the name of a library model, or by their file. Raises EnsembleError."""
    place = Path(name) if Path(name).suffix == ".csv" else library_folder() / ENSEMBLES / f"{name}.csv"
    if not place.is_file():
        known = sorted(one.stem for one in (library_folder() / ENSEMBLES).glob("*.csv"))
        there = f"there are those of {', '.join(known)}; " if known else ""
        raise EnsembleError(f"there are no calibrated draws of {name}", f"{there}`vesicula calibrate` makes them")
    return fresh(place)


def fresh(path: Path) -> Ensemble:
    """The rows of a table, if what they were made from is as it was. Raises EnsembleError"""
    ensemble, made = read_ensemble(path)
    if changed := changes(made, path):
        message = f"the calibrated draws of {ensemble.name} are stale: {told(changed)}"
        raise EnsembleError(message, f"`vesicula calibrate {ensemble.name}` makes them anew; --prior does without them")
    return ensemble


def told(changed: Sequence[str], most: int = 6) -> str:
    """What has changed, in words."""
    more = f" and {len(changed) - most} more" if len(changed) > most else ""
    return f"{', '.join(changed[:most])}{more} changed since"


def read_ensemble(path: Path) -> tuple[Ensemble, Mapping[str, object]]:
    """The rows of a table and what is said of them, fresh or stale. Raises EnsembleError where it is damaged."""
    try:
        rows = [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))) if row]
        scores = {row[0]: np.array(row[1:], dtype=np.float64) for row in rows[1:]}
        made = cast("dict[str, object]", json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        whole = made["format"] == FORMAT and made["table"] == digest_of(path) and len({*map(len, rows)}) == 1
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise EnsembleError(f"{path} cannot be read: {error}", "`vesicula calibrate` makes it anew") from None
    if not whole:
        raise EnsembleError(f"{path} is not what {path.stem}.json says of it", "`vesicula calibrate` makes it anew")
    without = tuple(str(one) for one in cast("list[object]", made.get("left out", [])))
    name, digest = str(made["model"]), str(made["digest"])
    return Ensemble(name, scores, digest, without, bool(made.get("fitted")), tuple(map(int, rows[0][1:]))), made


def digest_of(path: Path) -> str:
    """Hash of a file, 16 hexadecimal digits; empty where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def place_of(path: Path, root: Path) -> str:
    """How a file is called in what is kept: `library/…`, else its way from the folder in which `ensembles` lies."""
    file, library = path.resolve(), library_folder().resolve()
    if file.is_relative_to(library):
        return f"library/{file.relative_to(library).as_posix()}"
    return Path(os.path.relpath(file, root.resolve())).as_posix()


def made_from(root: Path, texts: Mapping[str, Model], lists: Sequence[str], facts: Sequence[str]) -> dict[str, object]:
    """What calibrated draws follow from, as `changes` looks at it later.

    root : folder in which `ensembles` lies      texts : place of a text -> the model ready to compile
    lists : places of YAML files of which all but the words counts      facts : ids of the book that are cited there
    """
    return {
        "engine": engine_digest(),
        "files": _files(root, (*texts, *lists)),
        "texts": {place: meaning(model) for place, model in texts.items()},
        "lists": {place: _listed(_file(place, root)) for place in lists},
        "facts": {key: _fact(key) for key in facts},
    }


def changes(made: Mapping[str, object], path: Path) -> tuple[str, ...]:
    """What is not as it was when the rows of `path` were made, in words; empty: they are fresh.

    Files are compared first; where some differ, the texts are read and what they mean is compared.
    """
    made_of = cast("Mapping[str, object]", made["from"])
    was = {kind: cast("Mapping[str, str]", made_of[kind]) for kind in ("texts", "lists", "facts")}
    root = path.parent.parent
    engine = () if made_of["engine"] == engine_digest() else ("the engine",)
    files = _files(root, (*was["texts"], *was["lists"]))
    if engine or files == made_of["files"]:
        return engine
    seen = user_cache() / ENSEMBLES / _digest(json.dumps([made["digest"], made_of, files], sort_keys=True))
    if seen.is_file():
        return ()
    found = [place for place, digest in was["texts"].items() if _meaning_now(_file(place, root)) != digest]
    found += [place for place, digest in was["lists"].items() if _listed(_file(place, root)) != digest]
    found += [f"fact {key}" for key, digest in was["facts"].items() if _fact(key) != digest]
    if not found:
        with suppress(OSError):
            seen.parent.mkdir(parents=True, exist_ok=True)
            seen.touch()
    return tuple(found)


def meaning(model: Model) -> str:
    """Hash of all of a model that numbers follow from: not its comments, sources and places in the text."""
    return _digest(json.dumps(_bare(model.model_dump(mode="json")), sort_keys=True))


def _bare(part: object) -> object:
    if isinstance(part, dict):
        rows = cast("dict[str, object]", part)
        said = {key: _bare(entry) for key, entry in rows.items() if key not in UNSAID}
        return {key: entry for key, entry in said.items() if entry not in (None, [], {}, "")}
    return [_bare(one) for one in cast("list[object]", part)] if isinstance(part, list) else part


def _meaning_now(file: Path) -> str:
    from vesicula.language import prepare

    try:
        return meaning(prepare(file))
    except ModelError:
        return ""


def _listed(file: Path) -> str:
    """Hash of what a YAML file says, without its words."""
    from vesicula.evidence.yaml_data import parsed

    return _digest(json.dumps(_bare(parsed(file)), sort_keys=True, default=str)) if file.is_file() else ""


def _fact(key: str) -> str:
    from vesicula.evidence.facts import library_facts

    return _digest(repr(library_facts().get(key)))


def _file(place: str, root: Path) -> Path:
    return library_folder() / place.removeprefix("library/") if place.startswith("library/") else root / place


def _files(root: Path, places: Sequence[str]) -> str:
    """Hash of these files and of all of the library that texts are made from."""
    library = library_folder()
    found = [file for name in LIBRARY for file in sorted(library.glob(name))]
    return _digest("".join(map(digest_of, (*found, *(_file(place, root) for place in places)))))


@cache
def engine_digest() -> str:
    """Hash of all that turns a model into numbers, whatever the versions of what it runs on."""
    files = [file for name in ENGINE for file in sorted(PACKAGE.glob(name))]
    return _digest("".join(f"{file.name} {digest_of(file)} " for file in files))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
