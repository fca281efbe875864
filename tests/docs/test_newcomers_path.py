"""A newcomer follows the pages word for word: each command in order, each text as it grows, each output as printed."""

from __future__ import annotations

import json
import logging
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cases import physicell
from tests.docs.test_documents import BLOCK, LAB, ROOT, outcome

from vesicula.cli import exits
from vesicula.evidence.folder import library_folder
from vesicula.experiments.workers.cluster import jobs_of_slurm
from vesicula.experiments.workers.places import slurm_jobs
from vesicula.results.loading import Loading, read_loading
from vesicula.results.wording import number

PATH = [
    "README.md",
    "docs/start.md",
    "docs/how-to.md",
    "docs/breast-exosome.md",
    "docs/files.md",
    "docs/export.md",
    "docs/could-those-vesicles-have-done-it.md",
]
# what takes minutes: such commands are followed with -m long
MINUTES = ("bone-metastasis", "uptake.csv", "run breast-exosome")
WHOLE_DESIGNS = {
    "vesicula sensitivity starter"
}  # likewise, as they stand: a design over all values; one over two is not
TABLES = {
    "docs/how-to.md": ["uptake.csv", "studies.csv"],
    "docs/files.md": ["sizes.csv", "pcr.csv"],
}  # files that a page prints, in their order
FILES_OF_THE_READER = {"docs/physicell.md"}  # its commands read a project that a reader has
SCHEDULER = re.compile(r"tcp://\S+:\d+")
ELSEWHERE = ("--on tcp", "--on slurm")  # commands that need other machines
TUTORIAL = ROOT / PATH[-1]
HEADER = "vesicula: 1\nmodel: my-tissue\nquestion: Does it work?\n"


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def steps(text: str) -> Iterator[tuple[list[str], str]]:
    """Every command of a page with what the page prints of its output: the `text` block that comes before the next."""
    pending: list[str] | None = None
    for kind, body in BLOCK.findall(text):
        if kind == "console":
            for line in (one for one in body.splitlines() if one.startswith("$ ")):
                if pending:
                    yield pending, ""
                pending = shlex.split(line[2:], comments=True)
        elif kind == "text" and pending and pending[1] == "dose":
            yield pending, body
            pending = None
    if pending:
        yield pending, ""


def of_vesicula(words: list[str]) -> list[str]:
    """A command as the program takes it, also where `lab.py` hands it on."""
    return ["vesicula", *words[2:]] if words[:2] == ["python3", "lab.py"] and words[2] not in LAB else words


def is_long(words: list[str]) -> bool:
    """Whether a command takes minutes."""
    line = " ".join(words)
    return line in WHOLE_DESIGNS or any(one in line for one in MINUTES)


def is_plain_run(words: list[str]) -> bool:
    """Whether it runs a model of the library and nothing more: what a page did before does not change it."""
    return len(words) == 3 and words[1] == "run" and "." not in words[2]


def plain_runs_before(name: str) -> set[str]:
    """Plain runs that the pages before this one show."""
    shown = [of_vesicula(words) for before in PATH[: PATH.index(name)] for words, _ in steps(page(before))]
    return {words[2] for words in shown if is_plain_run(words)}


def follow(name: str, capfd: pytest.CaptureFixture[str], *, long: bool) -> int:
    """The commands of a page in the folder where one stands, a plain run once on all pages; returns how many."""
    done, run = 0, plain_runs_before(name)
    for file, table in zip(TABLES.get(name, []), blocks(page(name), "csv"), strict=True):
        Path(file).write_text(table, encoding="utf-8")
    for words, printed in steps(page(name)):
        words = of_vesicula(words)
        if words[0] != "vesicula" or is_long(words) != long or any(one in " ".join(words) for one in ELSEWHERE):
            continue
        done += 1
        if is_plain_run(words):
            if words[2] in run:
                continue
            run.add(words[2])
        made = Path(f"{words[2]}.yaml") if words[1] == "new" else None
        assert made is None or not made.exists()
        capfd.readouterr()
        assert outcome(words[1:]) == exits.OK, (words, capfd.readouterr().err)
        shown = capfd.readouterr()
        for line in printed.splitlines():
            assert " ".join(line.split()) in " ".join(shown.out.split()), line
        assert made is None or made.is_file()
        if words[1] == "run":
            told = json.loads(shown.out)["report"] if "--json" in words else shown.out.strip()
            assert Path(told).read_text(encoding="utf-8").startswith("<!")
        for option in ("--out", "--figure"):
            assert option not in words or Path(words[words.index(option) + 1]).exists()
    return done


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", PATH)
def test_a_page_is_followed_in_its_order(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert follow(name, capfd, long=False) > 2
    if name == PATH[-1]:
        factors_are_those_of_the_run(read_loading(Path("runs/barrier")))


def test_no_page_with_commands_is_left_out() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert {str(one.relative_to(ROOT)) for one in pages if "```console" in one.read_text("utf-8")} == {
        *PATH, *FILES_OF_THE_READER,
    }  # fmt: skip


def test_a_project_of_physicell_is_followed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The page's commands, with a project that the tests hold."""
    settings, rules = (text.replace("growth factor", "TNF") for text in (physicell.SETTINGS, physicell.RULES))
    physicell.put(tmp_path, settings, rules).rename("my-project")
    run = [words[1:] for words, _ in steps(page("docs/physicell.md")) if words[0] == "vesicula"]
    assert [words[0] for words in run] == ["convert", "convert", "check", "run"]
    for words in run:
        assert outcome(words) == exits.OK, (words, capfd.readouterr().err)
    assert Path("my-project-cells.csv").is_file()
    assert Path("my-project-account.md").is_file()
    assert Path("hypoxia.yaml").is_file()


@pytest.mark.filterwarnings("ignore")  # a warning within dask's own loop would end its connections
def test_commands_for_a_scheduler_are_followed_on_loopback(capfd: pytest.CaptureFixture[str]) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra [cluster] is not installed")
    far = [words for words, _ in steps(page("docs/how-to.md")) if any(SCHEDULER.fullmatch(word) for word in words)]
    assert far
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=logging.CRITICAL
    ) as cluster:
        for words in far:
            here = [SCHEDULER.sub(cluster.scheduler_address, word) for word in words]
            assert outcome(here[1:]) == exits.OK, capfd.readouterr().err
            assert Path(capfd.readouterr().out.strip()).is_file()


def test_slurm_is_asked_for_the_job_that_the_page_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dask_jobqueue", reason="the extra [cluster] is not installed")
    (text,) = (body for body in blocks(page("docs/how-to.md"), "yaml") if body.startswith("jobs:"))
    Path("slurm.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "sbatch").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with jobs_of_slurm({**slurm_jobs(Path("slurm.yaml")), "interface": "lo"}) as jobs:
        script = jobs.job_script()
    for line in ("-p compute", "--cpus-per-task=16", "-t 04:00:00", "--qos=short"):
        assert f"#SBATCH {line}\n" in script
    assert "\nmodule load python\nsource venv/bin/activate\n" in script
    assert re.search(r"dask_worker tcp://127\.0\.0\.1:\d+ .*--nthreads 1 .*--nworkers 16 ", script)


@pytest.mark.long
@pytest.mark.parametrize("name", ["README.md", "docs/how-to.md", "docs/breast-exosome.md"])
def test_long_commands_of_a_page_are_followed(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert follow(name, capfd, long=True) > 0


def factors_are_those_of_the_run(loadings: tuple[Loading, ...]) -> None:
    """The section on required loading prints what `runs/barrier` holds, to two digits."""
    of_vesicles = [one for one in loadings if one.vesicle == "MDA-EV" and one.dosed is not None]
    leak, blot = (next(o for o in of_vesicles if word in o.readout) for word in ("permeability", "blot"))
    text = " ".join(page(PATH[-1]).split())
    for one, printed in (
        (leak, r"as dosed, some (\S+) times too few copies, 90 % of the draws between (\S+) and (\S+) times;"),
        (blot, r"for ZO-1 by blot some (\S+) times\."),
    ):
        assert one.dosed is not None
        found = re.search(printed, text)
        assert found is not None
        gap = one.dosed.gap
        shown = [number(10**decades, 2) for decades in (gap.median, gap.low, gap.high)]
        assert list(found.groups()) == shown[: len(found.groups())]
    ways = {one.name: one.steps for one in leak.closing}
    for row in re.findall(r"^\| ([\w -]+?)(?:, or loading)? \| `(.+?)` \|", page(PATH[-1]), re.MULTILINE):
        name = next(way for way in ways if way.startswith(row[0]))
        assert (row[1],) == ways[name], name


def tissue(arms: str = "") -> str:
    """The model that the page grows piece by piece, with other arms where they are given."""
    text = HEADER + "\n".join(blocks(page("docs/how-to.md"), "yaml")[:4])
    begin, end = text.index("arms:\n"), text.index("measure:\n")
    return text[:begin] + arms + text[end:] if arms else text


def test_the_tissue_of_ten_minutes_runs_to_an_answer_and_a_report(capfd: pytest.CaptureFixture[str]) -> None:
    Path("my-tissue.yaml").write_text(tissue(), encoding="utf-8")
    assert outcome(["run", "my-tissue.yaml", "--out", "runs/mine"]) == exits.OK
    shown = capfd.readouterr()
    assert Path(shown.out.strip()).is_file()
    assert "PDCD4 is" in shown.err
    assert "left out" not in shown.err


def test_the_tissue_takes_the_arms_of_the_next_section(capfd: pytest.CaptureFixture[str]) -> None:
    arms = blocks(page("docs/how-to.md"), "yaml")[4]
    assert arms.startswith("arms:")
    slow = tissue(arms).replace("divides: every 24 h (10..100 @assumed)", "divides: every 20 days (10..40 @assumed)")
    Path("my-drug.yaml").write_text(slow.replace("for: 24 h", "for: 20 days"), encoding="utf-8")
    assert outcome(["check", "my-drug.yaml"]) == exits.OK
    assert "error" not in capfd.readouterr().err


def lines_of(text: str) -> list[str]:
    return [line.split(" #")[0].strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("name", "number_of_block", "model"),
    [
        *((PATH[-1], n, "models/mir105-barrier.yaml") for n in range(4)),
        ("docs/body-and-cohort.md", 0, "models/cascade.yaml"),
        ("docs/how-to.md", 12, "experiments/bone-metastasis/tumour-factors-on-osteoblasts.yaml"),
    ],
)
def test_what_a_page_quotes_of_a_model_stands_in_it(name: str, number_of_block: int, model: str) -> None:
    quoted = lines_of(blocks(page(name), "yaml")[number_of_block])
    there = lines_of((library_folder() / model).read_text(encoding="utf-8"))
    plain = [re.sub(r" @\w+(?= \()", "", line) for line in there]  # a page may leave the source of a value out
    missing = [line for line in quoted if line not in there and re.sub(r" @\w+(?= \()", "", line) not in plain]
    assert missing == []
