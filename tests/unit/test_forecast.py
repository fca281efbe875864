"""What is told of a run before it: its time in words, its cells now and later, and how many stand for how many."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import vesicula
from vesicula import compiler
from vesicula.cli import exits, main
from vesicula.language.samples import sampled
from vesicula.results import describe
from vesicula.results.forecast import about, forecast
from vesicula.results.report.methods import methods

SMALL = {"run.for": "2 h", "run.record": "1 h"}


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a few seconds"), (44.0, "about 40 s"), (130.0, "about 2 min"), (9000.0, "about 2 h"),
        (3.1e5, "about 4 days"),
    ],
)  # fmt: skip
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_more_draws_and_a_longer_span_take_longer() -> None:
    one = forecast(vesicula.load("starter", changes=SMALL, draws=4))
    assert 4.0 < forecast(vesicula.load("starter", changes=SMALL, draws=40)).seconds / one.seconds < 10.0
    assert forecast(vesicula.load("starter", changes={**SMALL, "run.for": "20 h"}, draws=4)).seconds > 8.0 * one.seconds
    assert one.cells == sum(len(p.start.type) for p in vesicula.load("starter", draws=4).system.sites) * one.variants


def test_check_tells_time_and_cells(capfd: pytest.CaptureFixture[str]) -> None:
    will = forecast(vesicula.load("starter"))
    assert outcome("check", "starter") == exits.OK
    out = capfd.readouterr().out
    assert f"will take {about(will.seconds)} of one core: {will.variants} cultures" in out
    assert outcome("check", "starter", "--json") == exits.OK
    assert json.loads(capfd.readouterr().out)["run"] == will.as_dict()


def test_what_stands_for_what_is_told_before_the_run(capfd: pytest.CaptureFixture[str]) -> None:
    compiled = vesicula.load("mir105-barrier")
    found = sampled(compiled.model, compiled.model.sites)
    assert found
    assert outcome("check", "mir105-barrier") == exits.OK
    out = capfd.readouterr().out
    for one in found:
        assert f"{one.simulated:,} simulated cells stand for {one.cells:,} {one.cell} in {one.site}" in out


def test_a_run_begins_with_what_it_will_be(capfd: pytest.CaptureFixture[str]) -> None:
    words = [f"--set={key}={value}" for key, value in SMALL.items()]
    assert outcome("run", "starter", *words, "--no-report", "--out", "told") == exits.OK
    assert "will take a few seconds of one core" in capfd.readouterr().err
    assert outcome("run", "starter", *words, "--no-report", "--quiet", "--out", "quiet") == exits.OK
    assert "will take" not in capfd.readouterr().err


POOL = """\
vesicula: 1
model: pooled
sites:
  blood: {kind: pool, volume: 1 mL}
cells:
  platelet:
    diameter: 3 um (2..4 @assumed)
start:
  - 50000 platelet in blood
measure:
  platelets: count of platelet in blood
run: {for: 2 h, record: 1 h}
"""


def test_pools_say_what_their_cells_stand_for_too() -> None:
    """In the forecast, and in the methods of the report."""
    Path("pooled.yaml").write_text(POOL)
    compiled = vesicula.load("pooled.yaml")
    (one,) = sampled(compiled.model, compiled.model.sites)
    assert one.simulated < one.cells == 50000
    assert f"{one.words} in blood" in forecast(compiled).sentences()
    description = describe(compiled, record_steps=(0, 10, 20))
    assert one.words in " ".join(methods(description, {}, finished=True))


def test_check_looks_at_some_of_very_many_draws_and_foretells_all(monkeypatch):
    """64,000 draws were compiled one by one, for a minute without a word."""
    asked = []
    real = compiler.compile_model

    def counted(ready, *rest, **named):
        asked.append(ready.run.draws)
        return real(ready.model_copy(update={"run": ready.run.model_copy(update={"draws": 2})}), *rest, **named)

    monkeypatch.setattr(compiler, "compile_model", counted)
    many = vesicula.read("starter")
    many = many.model_copy(update={"run": many.run.model_copy(update={"draws": 64_000, "seeds": 1})})
    _, will = vesicula.simulation.foresee(many)
    assert asked == [256]
    assert will is not None
    assert will.variants == len(many.arms) * 2 * 250
