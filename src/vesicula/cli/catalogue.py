"""`vesicula models`, `new` and `schema`: what the library offers, and files to start from."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import typer

from vesicula.cli import exits
from vesicula.cli.checking import show
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import ModelError, VesiculaError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def entries() -> dict[str, list[dict[str, str]]]:
    """Models and parts of the library, each with its name and what it is about."""
    from vesicula.evidence.folder import library_folder
    from vesicula.language.reading.texts import library_models, library_parts

    root = library_folder()
    names = {"models": library_models(), "parts": library_parts()}
    return {kind: [_entry(name, root / kind / f"{name}.yaml") for name in names[kind]] for kind in names}


def _entry(name: str, file: Path) -> dict[str, str]:
    from vesicula.language import read

    model = read(file)
    return {"name": name, "about": " ".join((model.question or model.about or "").split())}


def list_library(*, as_json: bool) -> int:
    """Show all models and parts."""
    found = entries()
    if as_json:
        emit_json(found)
        return exits.OK
    for kind, heading in (("models", "Models (vesicula run NAME)"), ("parts", "Parts (use: in a model file)")):
        emit(heading)
        width = max((len(one["name"]) for one in found[kind]), default=0)
        for one in found[kind]:
            about = textwrap.shorten(one["about"], 100, placeholder=" …")
            emit(f"  {one['name']:<{width}}  {about}")
    return exits.OK


def write_new(name: str, source: str) -> int:
    """Write NAME.yaml: the text of another model, comments and all, under a new name."""
    from vesicula.language import check, locate

    if not NAME.fullmatch(name):
        raise typer.BadParameter(f"NAME takes letters, digits, - and _; not {name!r}")
    file = Path(f"{name}.yaml")
    text, _ = locate(source)
    renamed, count = re.subn(r"(?m)^model:[^\n]*$", f"model: {name}", text, count=1)
    if not count:
        raise VesiculaError(f"{source} is not a model but a part", "name a model: `vesicula models` lists them")
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(renamed)
    except FileExistsError:
        raise VesiculaError(f"{file} exists already", "choose another name; nothing was written") from None
    except OSError as error:
        raise VesiculaError(f"{file} cannot be written: {error.strerror}") from error
    found = check(str(file))
    if any(one.severity == "error" for one in found):
        file.unlink()
        raise ModelError(found)
    if found:
        show(found)
    emit(str(file))
    say(f"  vesicula check {file}\n  vesicula run {file}")
    return exits.OK


def write_schema(out: Path | None) -> int:
    """Write the JSON Schema of model files."""
    from vesicula.language import schema

    text = json.dumps(schema(), ensure_ascii=False, indent=2)
    if out is None:
        emit(text)
        return exits.OK
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise VesiculaError(f"{out} cannot be written: {error.strerror}") from error
    emit(str(out))
    return exits.OK
