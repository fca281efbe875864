"""`vesicula convert`: a project of PhysiCell as a model, its table of cells and the account of what became of what."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from vesicula.cli import exits
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import VesiculaError, render
from vesicula.io.physicell import Account, Conversion, convert_project
from vesicula.io.physicell.account import KINDS
from vesicula.io.physicell.names import slug
from vesicula.io.physicell.page import grouped

WIDTH = 100


def convert_to_model(
    project: Path, *, out: Path | None, unit: Sequence[str], replace: bool, as_json: bool
) -> int:  # fmt: skip
    """Answer `vesicula convert`. Returns the exit code: that of a model with mistakes where `check` finds one."""
    from vesicula.simulation import check

    if out is not None and out.suffix != ".yaml":
        raise typer.BadParameter(f"--out writes a model: name it for example {slug(out.stem)}.yaml")
    if out is not None and slug(out.stem) != out.stem:
        raise typer.BadParameter(f"a model is named by letters, digits and hyphens: for example {slug(out.stem)}.yaml")
    done = convert_project(project, name=None if out is None else out.stem, unit=_units(unit))
    folder = Path() if out is None else out.parent
    paths = _write(done, folder, replace=replace)
    found = check(paths[0])
    errors = [one for one in found if one.severity == "error"]
    if as_json:
        emit_json({
            "model": str(paths[0]), "files": [str(one) for one in paths],
            "account": [asdict(one) for one in done.account.items],
            "check": [one.as_dict() for one in found],
        })  # fmt: skip
    else:
        emit("\n".join(_lines(done.account)))
        for path in paths:
            say(f"written: {path}")
    if errors:
        say(render(errors))
        return exits.MODEL
    if not as_json:
        doubts = f", with {len(found)} doubts that `vesicula check {paths[0]} --all` shows" if found else ""
        say(f"`vesicula run {paths[0]}` runs it{doubts}")
    return exits.OK


def _units(said: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in said:
        name, mark, value = one.partition("=")
        if not mark or not name.strip() or not value.strip():
            raise typer.BadParameter(f"--unit takes SUBSTRATE=CONCENTRATION, for example 'TNF=1 nM', not {one!r}")
        found[name.strip()] = value.strip()
    return found


def _write(done: Conversion, folder: Path, *, replace: bool) -> list[Path]:
    """Write all files, or none where one stands there."""
    paths = {folder / name: text for name, text in done.files.items()}
    if not replace and (there := [path for path in paths if path.exists()]):
        raise VesiculaError(f"{there[0]} stands there already", "add `--replace`, or name another file with `--out`")
    for path, text in paths.items():
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise VesiculaError(f"{path} cannot be written: {error.strerror}") from error
    return list(paths)


def _lines(account: Account) -> list[str]:
    """The account on a screen: what was converted as a number, all else by its reason."""
    lines: list[str] = []
    for kind, heading in KINDS.items():
        found = account.of(kind)
        if kind == "converted":
            lines += [f"{heading}: {len(found)} entries and rules, each with its line in the account beside the model"]
            continue
        lines += [f"{heading} ({len(found)}):"] if found else [f"{heading}: nothing"]
        for sentence in grouped(found):
            lines += textwrap.wrap(
                sentence, WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
            )  # fmt: skip
    return lines
