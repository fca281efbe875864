"""The documentation does what it says: models are checked, code runs, commands run, generated pages are up to date."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from vesicula.cli import exits, main
from vesicula.experiments.verdicts.stored import stored

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LAB = {"test", "long", "bounds", "static", "setup", "readers"}


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}:{self.line}"


def blocks(language: str) -> list[Block]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += [
            Block(page, text[: match.start()].count("\n") + 1, language, match.group(2))
            for match in BLOCK.finditer(text)
            if match.group(1) == language
        ]
    return found


def commands() -> list[tuple[str, list[str]]]:
    """Every documented command with its page."""
    return [
        (str(block), shlex.split(line[2:], comments=True))
        for block in blocks("console")
        for line in block.text.splitlines()
        if line.startswith("$ ")
    ]


def outcome(words: list[str]) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_every_model_text_is_understood(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vesicula.evidence.physiology import read_physiology
    from vesicula.experiments.workers.places import slurm_jobs
    from vesicula.language import check, read

    if "\nconstraints:\n" in block.text:
        file = tmp_path / "known.yaml"
        file.write_text(block.text, encoding="utf-8")
        for text in re.findall(r"(?m)^ +text: (\S+)$", block.text):
            (tmp_path / "known").mkdir(exist_ok=True)
            (tmp_path / "known" / f"{text}.yaml").touch()
        assert read_physiology(file)
    elif block.text.startswith("jobs:"):
        file = tmp_path / "slurm.yaml"
        file.write_text(block.text, encoding="utf-8")
        monkeypatch.setattr("shutil.which", lambda name: name)
        assert slurm_jobs(file)["jobs"] == 10
    elif block.text.startswith("vesicula:"):
        assert [one for one in check(block.text) if one.severity == "error"] == []
    else:
        read(f"vesicula: 1\nmodel: fragment\n{block.text}")


def test_the_pieces_of_a_guide_make_one_model() -> None:
    from vesicula.language import check

    pieces = [b.text for b in blocks("yaml") if b.page.name == "how-to.md"][:4]
    found = check("vesicula: 1\nmodel: my-tissue\nquestion: Does it work?\n" + "\n".join(pieces))
    assert [one.text() for one in found if one.severity == "error"] == []


@pytest.mark.parametrize("page", sorted({b.page for b in blocks("python")}), ids=lambda page: page.name)
def test_every_python_block_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    for block in blocks("python"):
        if block.page == page:
            exec(compile(block.text, str(block), "exec"), space)


@pytest.mark.parametrize(
    ("where", "words"), commands(), ids=lambda part: part if isinstance(part, str) else " ".join(part)
)
def test_every_command_is_one(where: str, words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert where
    if words[:2] == ["python3", "lab.py"]:
        if words[2] in LAB:
            return
        words = ["vesicula", *words[2:]]
    assert words[0] == "vesicula"
    assert outcome([words[1], "--help"]) == exits.OK
    told = capfd.readouterr().out
    assert all(option in told for option in words if option.startswith("--"))


def generated(name: str) -> ModuleType:
    """A module of the folder `docs` that makes pages."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date() -> None:
    generate = generated("generate")
    old = [name for name, text in generate.pages().items() if (ROOT / "docs" / name).read_text() != text]
    assert old == [], "run `python docs/generate.py`"


def test_every_public_name_has_one_example_on_the_page_of_the_api() -> None:
    api = generated("api_page")
    wanted, given = list(api.names()), list(api.examples())
    assert sorted(wanted) == sorted(given)
    headings = re.findall(r"^### (\S+)$", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(wanted) <= set(headings)


def test_links_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_readme_lists_every_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(row) for row in rows] == list(exits.MEANINGS)


def test_the_readme_says_what_the_board_of_bone_says() -> None:
    board = stored("bone-metastasis")
    assert board is not None
    counts, text = board.board.counts(), " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    told = (
        f"Of {counts['tests']} test claims of bone {counts['holds'] + counts['holds_if']} hold",
        f"{counts['undecided']} are undecided, {counts['no_verdict']} have no verdict",
    )
    assert [words for words in told if words not in text] == []
