"""What the command line says when something goes wrong, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from vesicula.cli import exits, guard, main
from vesicula.cli.terminal import prepare_streams
from vesicula.errors import (
    CODES,
    Diagnostic,
    EnsembleError,
    ModelError,
    NumericalError,
    ResourceError,
    RunFolderError,
    VesiculaError,
)

MISTAKE = Diagnostic(
    "tumour.yaml", 14, 11, 7, "error", next(iter(CODES)), "a concentration", "write …", "  VEGFA: 3 ng/mL"
)


def failing(error: BaseException) -> Callable[..., int]:
    def command(*_: object, **__: object) -> int:
        raise error

    return command


def outcome(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (VesiculaError("no", "do that"), exits.OTHER),
        (ModelError([MISTAKE]), exits.MODEL),
        (RunFolderError("no"), exits.RUN_FOLDER),
        (ResourceError("no"), exits.RESOURCES),
        (MemoryError(), exits.RESOURCES),
        (NumericalError("no"), exits.NUMERICAL),
        (KeyboardInterrupt(), exits.INTERRUPTED),
        (typer.BadParameter("no"), exits.USAGE),
        (ZeroDivisionError("x / y"), exits.BUG),
    ],
)
def test_every_error_has_its_exit_code_and_no_traceback(
    error: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr("vesicula.cli.checking.check_model", failing(error))
    assert outcome(["check", "model.yaml"]) == code
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    assert out == ""
    if isinstance(error, VesiculaError):
        assert error.message.splitlines()[0] in err


@pytest.mark.parametrize(
    "arguments", [["run"], ["--nonsense"], ["fly"], ["run", "m", "--seed", "x"], ["run", "m", "--threads", "0"]]
)
def test_a_command_line_that_is_not_understood(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome(arguments) == exits.USAGE
    out, err = capfd.readouterr()
    assert out == ""
    assert "--help" in err


def test_usage_errors_differ_from_model_mistakes() -> None:
    assert len(set(exits.MEANINGS)) == 11
    assert exits.USAGE != ModelError.exit_code == exits.MODEL
    kinds = (VesiculaError, ModelError, RunFolderError, ResourceError, NumericalError, EnsembleError)
    assert [kind.exit_code for kind in kinds] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_names_every_command_and_every_exit_code(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome(arguments) == exits.OK
    text = capfd.readouterr().out
    for word in ("run", "resume", "report", "check", "explain", "models", "new", "schema"):
        assert f"\n  {word} " in text
    for code, meaning in exits.MEANINGS.items():
        assert f"{code}  {meaning}" in text


def test_json_errors_are_one_object(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("vesicula.cli.checking.check_model", failing(ModelError([MISTAKE])))
    assert outcome(["check", "m", "--json"]) == exits.MODEL
    told = json.loads(capfd.readouterr().out)
    assert told["error"] == "ModelError"
    assert told["exit_code"] == 2
    assert told["diagnostics"][0]["line"] == 14


def test_a_mistake_of_ours_is_kept_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("vesicula.cli.checking.check_model", failing(ZeroDivisionError("x / y")))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert outcome(["check", "m"]) == exits.BUG
    told = capfd.readouterr().err
    with open(told.rsplit("details: ", 1)[1].strip(), encoding="utf-8") as file:
        kept = file.read()
    assert "ZeroDivisionError" in told
    assert "vesicula check m" in kept
    assert "Traceback" in kept


def test_a_reader_that_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vesicula.cli.checking.check_model", failing(BrokenPipeError()))
    forgotten: list[bool] = []
    monkeypatch.setattr(guard, "forget_output", lambda: forgotten.append(True))
    assert outcome(["check", "m"]) == exits.OTHER


def test_letters_that_a_terminal_lacks_get_stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    prepare_streams()
    print("20 µm × 3 → TGF-β ± 1 ☃")
    sys.stdout.flush()
    assert raw.getvalue() == b"20 um x 3 -> TGF-beta +/- 1 ?\n"


def test_a_command_hardly_looks_for_dead_cycles_and_leaves_without_looking() -> None:
    code = (
        "import atexit, gc\n"
        "looked = []\n"
        "gc.callbacks.append(lambda phase, _: looked.append(1) if phase == 'start' else None)\n"
        "atexit.register(lambda: print(len(looked), gc.get_freeze_count() > 10 * len(gc.get_objects())))\n"
        "from vesicula.cli import main\n"
        "main(['check', 'starter'])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    times, unsearched = found.stdout.split()[-2:]
    assert int(times) < 20  # some 150 as Python comes
    assert unsearched == "True"
