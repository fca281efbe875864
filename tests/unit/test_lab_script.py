"""The set-up script: what it says, what it repeats, what it mends."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "lab.py"


class Shell:
    """Stands in for running programs: remembers them, makes what they would make, and can fail."""

    def __init__(self, lab: ModuleType) -> None:
        self.lab, self.commands, self.failing = lab, [], ""

    def __call__(self, command: list[object], **_: object) -> int:
        words = " ".join(str(part) for part in command)
        self.commands.append(words)
        if self.failing and self.failing in words:
            return 1
        if "-m venv" in words:
            python = Path(str(command[-1])) / self.lab.PYTHON.relative_to(self.lab.VENV)
            python.parent.mkdir(parents=True)
            python.touch()
        return 0

    def count(self, word: str) -> int:
        return sum(word in command for command in self.commands)


@pytest.fixture
def lab(tmp_path: Path) -> ModuleType:
    """The script as a module of a small project in a folder of its own."""
    spec = importlib.util.spec_from_file_location("lab_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-readers.txt", "pyproject.toml"):
        (tmp_path / name).write_text("a==1\n")
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.MARKER = module.VENV / "vesicula-setup.json"
    module.SCRIPTS = module.VENV / "bin"
    module.PYTHON = module.SCRIPTS / "python"
    return module


@pytest.fixture
def shell(lab: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell(lab)
    monkeypatch.setattr(lab, "run", shell)
    return shell


def test_an_old_python_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer; this is Python 3\.9"):
        runpy.run_path(str(SCRIPT))


def test_it_stands_on_the_standard_library_alone() -> None:
    imported = {
        line.split()[1].split(".")[0]
        for line in SCRIPT.read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names


def test_a_second_call_installs_nothing(lab: ModuleType, shell: Shell) -> None:
    assert lab.main(["check", "model.yaml"]) == 0
    assert (shell.count("-m venv"), shell.count("pip install")) == (1, 2)
    shell.commands.clear()
    assert lab.main(["check", "model.yaml"]) == 0
    assert shell.commands == [f"{lab.PYTHON} -m vesicula check model.yaml"]


def test_tests_add_what_they_need(lab: ModuleType, shell: Shell) -> None:
    lab.main(["run", "starter"])
    shell.commands.clear()
    lab.main(["test", "tests/unit"])
    assert (shell.count("-m venv"), shell.count("requirements-dev.txt")) == (0, 1)
    assert shell.commands[-1].endswith("tests/unit")
    assert " -n " in shell.commands[-1]


@pytest.mark.parametrize(
    ("changed", "rebuilt"), [("requirements.txt", 1), ("requirements-dev.txt", 0), ("pyproject.toml", 0)]
)
def test_changed_pins_make_the_environment_anew(lab: ModuleType, shell: Shell, changed: str, rebuilt: int) -> None:
    lab.main(["test"])
    shell.commands.clear()
    (lab.ROOT / changed).write_text("a==2\n")
    lab.main(["test"])
    assert shell.count("-m venv") == rebuilt
    assert shell.count("pip install") >= 1


def test_an_interrupted_set_up_starts_again(lab: ModuleType, shell: Shell) -> None:
    shell.failing = "--editable"
    with pytest.raises(SystemExit, match="pip could not install"):
        lab.main(["run", "starter"])
    assert not lab.MARKER.exists()
    shell.failing = ""
    assert lab.main(["run", "starter"]) == 0
    assert shell.count("-m venv") == 2
    assert json.loads(lab.MARKER.read_text())["requirements.txt"]


def test_a_moved_folder_is_noticed(lab: ModuleType, shell: Shell) -> None:
    lab.main(["run", "starter"])
    lab.MARKER.write_text(json.dumps(json.loads(lab.MARKER.read_text()) | {"root": "elsewhere"}))
    shell.commands.clear()
    lab.main(["run", "starter"])
    assert shell.count("-m venv") == 1


def test_readers_of_exports_are_kept_apart_and_made_once(lab: ModuleType, shell: Shell) -> None:
    assert lab.main(["readers", "-k", "some"]) == 0
    assert (shell.count("-m venv"), shell.count("requirements-readers.txt")) == (2, 1)
    assert shell.commands[-1] == f"{lab.PYTHON} -m pytest tests/readers -k some"
    (installing,) = (words for words in shell.commands if "requirements-readers.txt" in words)
    assert installing.startswith(str(lab.ROOT / ".venv-readers"))
    shell.commands.clear()
    assert lab.main(["readers"]) == 0
    assert shell.count("pip install") == 0
    (lab.ROOT / "requirements-readers.txt").write_text("a==2\n")
    shell.commands.clear()
    assert lab.main(["readers"]) == 0
    assert (shell.count("-m venv"), shell.count("pip install")) == (1, 1)


def test_a_network_that_fails_is_named(lab: ModuleType, shell: Shell) -> None:
    shell.failing = "requirements.txt"
    with pytest.raises(SystemExit, match="Mostly this is the network"):
        lab.main(["run", "starter"])


def test_a_python_without_venv_is_told(lab: ModuleType, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="no venv"):
        lab.main(["run", "starter"])
    assert not shell.commands


def test_coverage_is_measured_where_it_is_asked_for(
    lab: ModuleType, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lab.main(["test", "-k", "some"]) == 0
    assert shell.count("-m coverage") == 0
    shell.failing = "-m pytest"
    assert lab.main(["test", "--coverage", "-k", "some"]) == 1
    tested, *told = (words for words in shell.commands if "-m coverage" in words)
    assert "-m coverage run -m pytest" in tested
    assert tested.endswith("-k some")
    assert [words.split(" -m coverage ")[1].split()[0] for words in told] == ["combine", "report", "report"]
    assert "without the kernels" in capsys.readouterr().out


def test_every_static_check_runs_even_after_a_failure(lab: ModuleType, shell: Shell) -> None:
    shell.failing = "lint-imports"
    assert lab.main(["static"]) == 1
    for program in ("ruff check", "ruff format --check", "lint-imports", "basedpyright", "tests/static"):
        assert shell.count(program) == 1
    shell.failing = ""
    assert lab.main(["static"]) == 0


def test_exit_codes_pass_through(lab: ModuleType, shell: Shell) -> None:
    shell.failing = "-m vesicula"
    assert lab.main(["check", "nothing"]) == 1


def test_sabotage_passes_the_names_of_faults_on(lab: ModuleType, shell: Shell) -> None:
    assert lab.main(["sabotage", "stale-cache", "seed-reused"]) == 0
    assert shell.commands[-1].endswith("-m tests.sabotage.check stale-cache seed-reused")


def test_bounds_are_checked_by_machine_code_of_its_own(lab: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, str]] = []
    monkeypatch.delenv("NUMBA_BOUNDSCHECK", raising=False)
    monkeypatch.setattr(lab, "set_up", lambda _: None)
    monkeypatch.setattr(lab, "run", lambda _, **options: given.append(options["env"]) or 0)
    assert [lab.main([command, "-n", "1"]) for command in ("test", "bounds")] == [0, 0]
    assert "NUMBA_BOUNDSCHECK" not in given[0]
    assert given[1]["NUMBA_BOUNDSCHECK"] == "1"
    assert Path(given[1]["VESICULA_CACHE"]).is_relative_to(lab.VENV)
