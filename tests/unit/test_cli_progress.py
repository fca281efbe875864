"""Progress of a run in words."""

from __future__ import annotations

import pytest

from vesicula.cli.progress import count, duration, line, simulated, watching
from vesicula.simulation import Progress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (200, "3 min 20 s"),
        (3599.9, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (float("nan"), "?"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("minutes", "total", "words"),
    [(1440, 30240, "1.0 of 21 days"), (90, 1440, "1.5 of 24 h"), (6, 60, "6 of 60 min")],
)
def test_simulated_time_has_the_unit_of_the_run(minutes: float, total: float, words: str) -> None:
    assert simulated(minutes, total) == words


@pytest.mark.parametrize(("number", "words"), [(812, "812"), (14300, "14,300"), (21_000_000, "2.1e+07")])
def test_counts(number: int, words: str) -> None:
    assert count(number) == words


def test_a_line_gives_time_cells_vesicles_speed_and_time_left() -> None:
    progress = Progress(
        step=50, steps=200, simulated_min=300.0, cells=40, vesicles=1200, wall_s=2.0, steps_here=40, left_s=8.0
    )
    assert line(progress) == "5.0 of 20 h · 40 cells · 1,200 vesicles · 0.083 days/s · 8 s left"


def test_without_a_terminal_the_end_is_always_told(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(quiet=False) as watch:
        assert watch is not None
        for step in range(1, 201):
            watch(Progress(step, 200, step * 6.0, 40, 1200, step * 0.01, step, (200 - step) * 0.01))
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["20.0 of 20 h · 40 cells · 1,200 vesicles · 0.42 days/s · 0 s left"]


def test_the_first_step_is_told_while_it_lasts() -> None:
    assert line(Progress(0, 200, 0.0, 40, 0, 12.0, 0)) == "40 cells · in the first step for 12 s"


def test_news_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with watching(quiet=False) as watch:
        assert watch is not None
        watch(Progress(3, 200, 18.0, 40, 0, 0.1, 3, 5.0, ("lobule holds no more cells",)))
    assert capsys.readouterr().err == "warning: lobule holds no more cells\n"


def test_quiet_is_quiet() -> None:
    with watching(quiet=True) as watch:
        assert watch is None
