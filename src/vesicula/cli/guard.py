"""Everything that can go wrong on the command line, turned into a message and an exit code."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer

from vesicula.cli import exits
from vesicula.cli.app import app
from vesicula.cli.terminal import emit_json, forget_output, prepare_streams, say
from vesicula.errors import ModelError, VesiculaError
from vesicula.versions import version_of

PACKAGES = ("vesicula", "numpy", "numba", "scipy", "pydantic", "zarr", "pyarrow")


def guarded(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code and never raises."""
    prepare_streams()
    as_json = "--json" in arguments
    try:
        code = _run(list(arguments) or ["--help"], as_json=as_json)
        sys.stdout.flush()
    except BrokenPipeError:
        forget_output()
        return exits.OTHER
    return code


def _run(arguments: list[str], *, as_json: bool) -> int:
    try:
        returned = app(arguments, prog_name="vesicula", standalone_mode=False)
    except typer.TyperException as error:
        _explain_usage(error)
        return exits.USAGE
    except VesiculaError as error:
        tell(error, as_json=as_json)
        return error.exit_code
    except MemoryError:
        say("not enough memory\n  make the site smaller, the voxels coarser, or run fewer arms and replicates at once")
        return exits.RESOURCES
    except (KeyboardInterrupt, typer.Abort):
        say("stopped")
        return exits.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception:
        _apologise(arguments)
        if as_json:
            emit_json({"error": "Bug", "message": _problem(), "exit_code": exits.BUG})
        return exits.BUG
    return returned if isinstance(returned, int) else exits.OK


def tell(error: VesiculaError, *, as_json: bool) -> None:
    """An error in words, and with `--json` also as one object on standard output."""
    if as_json:
        diagnostics = [one.as_dict() for one in error.diagnostics] if isinstance(error, ModelError) else []
        emit_json(
            {
                "error": type(error).__name__,
                "message": error.message,
                "remedy": error.remedy,
                "exit_code": error.exit_code,
                "diagnostics": diagnostics,
            }
        )
    say(str(error))


def _explain_usage(error: typer.TyperException) -> None:
    context = getattr(error, "ctx", None)
    if context is not None:
        say(context.get_usage())
    path = "vesicula" if context is None else context.command_path
    say(f"{error.format_message()}\n  `{path} --help` shows what it takes")


def _apologise(arguments: list[str]) -> None:
    """Keep the traceback in a file and say so in a few words."""
    if os.environ.get("VESICULA_TRACEBACK"):
        traceback.print_exc()
        return
    when = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    content = (
        f"vesicula {shlex.join(arguments)}\n"
        + f"{platform.platform()}, Python {platform.python_version()}\n"
        + "".join(f"{name} {version_of(name)}\n" for name in PACKAGES)
        + f"\n{traceback.format_exc()}"
    )
    try:
        file = Path(tempfile.gettempdir()) / f"vesicula-problem-{when}-{os.getpid()}.txt"
        file.write_text(content, encoding="utf-8")
    except OSError:
        say(content)
        return
    say(
        f"Sorry, this is a mistake in Vesicula, not in what you wrote.\n  {_problem()}\n"
        f"  Please report it with your model and this file, which holds the details: {file}"
    )


def _problem() -> str:
    return traceback.format_exception_only(*sys.exc_info()[:2])[-1].strip()
