"""Copies per EV from a count and a curve, and doses answered from files instead of numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from tests.cases.lab_files import DPCR, PCR, RELATIVE, nanosight, zetaview

from vesicula.cli import exits, main
from vesicula.errors import FileError
from vesicula.experiments import dose
from vesicula.experiments.loading.given import Measured
from vesicula.io import Amounts, Particles, copies_per_ev, read_file
from vesicula.io.dosing import Files, dose_from_files
from vesicula.io.loaded import volume_in_well

QUESTION = ["--cells", "2e5", "--volume", "0.5mL", "--hours", "24", "--cargo", "miR-105-5p", "--in", "MCF-7"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in (
        ("nta", nanosight()), ("pcr", PCR), ("relative", RELATIVE), ("dpcr", DPCR), ("zeta", zetaview()),
        ("other", PCR.replace("6\tA6\tfalse\tEV", "6\tA6\tfalse\tEV2")),
    ):  # fmt: skip
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def both(folder: Path, pcr: str = "pcr", nta: str = "nta") -> tuple[Particles, Amounts]:
    counted, amounts = read_file(folder / nta, dilution=100), read_file(folder / pcr)
    assert isinstance(counted, Particles)
    assert isinstance(amounts, Amounts)
    return counted, amounts


def test_copies_per_ev_are_copies_over_particles_in_a_well(folder: Path) -> None:
    counted, amounts = both(folder)
    found = copies_per_ev(counted, amounts, per_well="200 uL * 5/14 * 2/20")
    assert found.particles == pytest.approx(2.2e10 * 0.2 * 5 / 14 * 2 / 20)
    assert found.value == pytest.approx(amounts.amounts[0].copies / found.particles)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert math.sqrt(found.low * found.high) == pytest.approx(found.value)
    narrow, wide = found.interval(0.5), found.interval(0.99)
    assert narrow is not None
    assert wide is not None
    assert wide[0] < found.low < narrow[0]
    assert {one.name for one in found.parts} == {"wells", "curve", "particles"}
    assert any("too few" in one for one in found.account.assumed)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Drawn counts and wells of a known sample: 95 % of the intervals hold the truth, within 4 standard errors."""
    from vesicula.io.loaded import Part, _interval

    rng, n, spread, held = np.random.default_rng(7), 3000, 0.12, 0
    for _ in range(n):
        wells, repeat = rng.normal(0.0, spread, 4), rng.normal(0.0, 0.1, 6)
        off = wells.mean() + rng.normal(0.0, 0.1)  # repeats share their error, so that their mean is off as one of them
        parts = (Part("wells", float(wells.var(ddof=1)) / 4, 3), Part("particles", float(repeat.var(ddof=1)), 5))
        ends = _interval(math.exp(off), parts, 0.95)
        assert ends is not None
        held += ends[0] < 1.0 < ends[1]
    assert abs(held / n - 0.95) < 4 * math.sqrt(0.95 * 0.05 / n) + 0.01


@pytest.mark.parametrize(
    ("said", "millilitres"),
    [("7.1 uL", 7.1e-3), ("200 uL * 5/14 * 2/20", 0.2 * 5 / 14 / 10), ("1mL × 0.5", 0.5), ("10 µL x 2", 0.02)],
)
def test_the_way_into_a_well_is_worked_out(said: str, millilitres: float) -> None:
    assert volume_in_well(said, "f") == pytest.approx(millilitres)


@pytest.mark.parametrize("said", ["7", "uL", "7 h", "7 uL * 0", "7 uL / x", "-3 uL", "1e400 uL", ""])
def test_what_is_no_volume_is_refused(said: str) -> None:
    with pytest.raises(FileError, match="--per-well"):
        volume_in_well(said, "f")


def test_digital_pcr_needs_the_volume_of_the_reaction(folder: Path) -> None:
    counted, amounts = both(folder, "dpcr")
    with pytest.raises(FileError, match="--reaction"):
        copies_per_ev(counted, amounts, per_well="1 uL", sample="EV")
    found = copies_per_ev(counted, amounts, per_well="1 uL", sample="EV", reaction="40 uL")
    assert found.copies == pytest.approx(3200)
    with pytest.raises(FileError, match="EV and EV 2"):
        copies_per_ev(counted, amounts, per_well="1 uL", reaction="40 uL")


def test_copies_without_a_curve_are_refused(folder: Path) -> None:
    counted, amounts = both(folder, "relative")
    with pytest.raises(FileError, match="without a standard curve"):
        copies_per_ev(counted, amounts, per_well="1 uL")


def test_a_dose_from_files_narrows_what_is_loaded(folder: Path) -> None:
    files = Files(folder / "nta", folder / "pcr", dilution=100, added="50uL", per_well="7 uL")
    found = dose_from_files(files, None, 2e5, "0.5 mL", 24, "miR-105-5p", "MCF-7")
    assert found.answer.particles == pytest.approx(2.2e10 * 0.05, rel=0.05)
    assert found.library is not None
    offered = found.answer.stage("offered").value
    assert 1.05 < offered.high / offered.low < 2
    own, before = found.answer.stages[-1].value, found.library.stages[-1].value
    assert own.high / own.low < before.high / before.low
    assert "times narrower" in found.narrowed
    assert any(kind == "assumed" and "too few" in one for kind, one in found.sentences)


def test_protein_makes_the_ratio_of_a_dose_in_micrograms(folder: Path) -> None:
    files = Files(folder / "nta", dilution=100, protein="2 mg/mL")
    found = dose_from_files(files, "10 ug", 2e5, "0.5 mL", 24, "miR-105-5p", "MCF-7")
    assert found.particles.per_ug == pytest.approx(2.2e10 / 2000)
    assert found.answer.particles == pytest.approx(1.1e8, rel=0.05)
    assert found.library is not None
    assert found.library.particles > 10 * found.answer.particles


def test_measured_numbers_are_drawn_within_their_interval() -> None:
    sharp = Measured(1e9, 9.9e8, 1.01e9, "counted")
    found = dose(sharp, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium", copies=Measured(0.01, 0.009, 0.011, "qPCR"))
    offered = found.stage("offered").value
    assert offered.median == pytest.approx(5000, rel=0.01)
    assert offered.high / offered.low == pytest.approx(1.01 / 0.99, rel=0.01)
    plain = dose(1e9, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium", copies=0.01)
    assert plain.stages[-1].value.median == pytest.approx(found.stages[-1].value.median, rel=0.05)


def answered(words: list[str]) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_command_answers_from_files(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["dose", *QUESTION, "--nta", str(folder / "nta"), "--qpcr", str(folder / "pcr"), "--dilution", "100"]
    assert answered([*words, "--added", "50uL", "--per-well", "7 uL"]) == exits.OK
    told = capfd.readouterr().out
    assert "assumed   Dilution 100 as you say." in told
    assert "times narrower" in told
    assert answered([*words, "--added", "50uL", "--per-well", "7 uL", "--json"]) == exits.OK
    found = json.loads(capfd.readouterr().out)
    assert found["files"]["copies"]["low"] < found["files"]["copies"]["value"]
    assert found["with_library"]["stages"]


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (["--nta", "nta", "--added", "50uL"], "--dilution"),
        (["--nta", "nta", "--dilution", "9"], "--added"),
        (["--nta", "nta", "--dilution", "9", "--qpcr", "pcr", "--added", "1uL"], "--per-well"),
        (["--nta", "nta", "--dilution", "9", "--qpcr", "other", "--added", "1uL", "--per-well", "1uL"], "--sample"),
        (["--nta", "nta", "--dilution", "9", "--qpcr", "relative", "--added", "1uL", "--per-well", "1uL"], "--copies"),
        (["--nta", "pcr", "--added", "1uL"], "a count of particles is expected"),
        (["--nta", "zeta", "--qpcr", "zeta", "--added", "1uL", "--per-well", "1uL"], "qPCR or digital PCR is expected"),
        (["--qpcr", "pcr", "--particles", "1e9"], "--nta"),
        (["--nta", "zeta", "--added", "1uL", "--particles", "1e9"], "said twice"),
        (["--particles", "1e9", "--added", "1uL"], "--nta"),
    ],
)
def test_the_command_asks_for_what_is_not_said(
    options: list[str], asked: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [str(folder / one) if (folder / one).is_file() else one for one in options]
    assert answered(["dose", *QUESTION, *words]) in (exits.MODEL, exits.USAGE)
    assert asked in capfd.readouterr().err
