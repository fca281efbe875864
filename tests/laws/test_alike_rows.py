"""Variants that are alike until the experimenter's hand are computed once, and nothing that is shown tells it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vesicula
from vesicula import march, simulation
from vesicula.engine.alike import Alike, columns_of
from vesicula.engine.step import advance
from vesicula.simulation import Interrupted, load

MODEL = """\
vesicula: 1
model: late-hands
sites:
  well: {kind: tissue, size: [120 um, 120 um], depth: 20 um, voxel: 20 um}
substances:
  IL6: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 6 h (0.6..60 @assumed)}
vesicles:
  V:
    from: c
    diameter: 100 nm (30..300 @assumed)
    half-life: 6 h (0.6..60 @assumed)
    made: at the membrane
    carries: {miR-21-5p: 2 copies/EV (0.1..10 @assumed)}
cells:
  c:
    diameter: 12 um (5..20 @assumed)
    secretes: {IL6: 10 molecules/s (1..100 @assumed)}
    releases: {V: 1e3 particles/h (1e2..5e3 @assumed)}
    moves: {speed: 0.3 um/min (0.03..3 @assumed), persistence: 10 min (1..100 @assumed)}
    divides: every 20 h (5..50 @assumed)
    dies: after 5 days (1..50 @assumed)
start:
  - 8 c in well
arms:
  as it is: []
  {arms}
controls: none
measure:
  IL6: concentration of IL6 in well in pM
  V: density of V in well in EV/mL
  cells: count of c in well
run: {for: 12 h, record: every 3 h, step: 30 min, seeds: 2}
"""
HANDS = {
    "dosed": "at 4 h add 10 pM IL6 to well",
    "held": "at 5 h hold IL6 at 3 pM",
    "blocked": "at 6 h block release of V by 90 %",
    "fed": "at 6 h add 4 c to well",
    "faster": "at 7 h set cells.c.moves.speed to 1 um/min",
    "other from the start": "set cells.c.secretes.IL6 to 20 molecules/s",
}
ALL = MODEL.replace("{arms}", "".join(f"  {arm}:\n    - {hand}\n" for arm, hand in HANDS.items()).strip())


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "late.yaml"
    path.write_text(ALL)
    return path


def each_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Alike, "classes", lambda self, *_, **__: np.arange(self._n))


def content(result: vesicula.Result) -> dict[str, np.ndarray]:
    """Every array of the last states."""
    return result.folder.last_state().arrays()


def same(one: vesicula.Result, other: vesicula.Result) -> None:
    first, second = content(one), content(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)
    pd.testing.assert_frame_equal(one.to_dataframe(), other.to_dataframe(), check_exact=True)
    pd.testing.assert_frame_equal(one.ledger, other.ledger, check_exact=True)


def test_a_run_has_the_same_bits_as_one_of_each_for_itself(text: Path, tmp_path: Path, monkeypatch):
    once = vesicula.simulate(text, out=tmp_path / "once")
    each_for_itself(monkeypatch)
    same(once, vesicula.simulate(text, out=tmp_path / "each"))


@pytest.mark.parametrize("stops", [2, 9, 13])
def test_a_run_goes_on_before_and_after_rows_have_parted(text: Path, tmp_path: Path, monkeypatch, stops: int):
    whole = vesicula.simulate(text, out=tmp_path / "whole")

    def watch(progress: simulation.Progress) -> None:
        if progress.step >= stops:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(simulation, "PIECE_S", 0.0)
    monkeypatch.setattr(simulation, "REPORT_EVERY_S", 0.0)
    monkeypatch.setattr(simulation, "CHECKPOINT_LATEST_S", 0.0)
    with pytest.raises(Interrupted):
        vesicula.simulate(text, out=tmp_path / "stopped", watch=watch)
    same(whole, vesicula.resume(tmp_path / "stopped"))


def test_rows_are_computed_from_when_they_differ(text: Path):
    compiled = load(text)
    alike = Alike(compiled.system, compiled.keys)

    def together(hour: float, *, acted: bool) -> set[frozenset[str]]:
        """Arms of the first replicate that are alike."""
        first = alike.classes(round(60 * hour / 30), acted=acted)
        mine = [(v.arm, first[k]) for k, v in enumerate(compiled.variants) if v.replicate == 0]
        return {frozenset(arm for arm, kind in mine if kind == one) for _, one in mine}

    late = frozenset({"as it is", *HANDS}) - {"other from the start"}
    other = frozenset({"other from the start"})
    assert together(0, acted=True) == {late, other}
    assert together(4, acted=False) == {late, other}
    assert together(4, acted=True) == {late - {"dosed"}, frozenset({"dosed"}), other}
    assert frozenset({"blocked"}) in together(6, acted=True)
    assert frozenset({"faster", "as it is"}) in together(6, acted=True)
    assert frozenset({"faster"}) in together(7, acted=True)


def test_one_row_is_computed_for_all_that_are_alike(text: Path, tmp_path: Path, monkeypatch):
    rows = list[int]()
    forward = march.March._on

    def counted(self):
        rows.append(self._moving.n_rows)
        forward(self)

    monkeypatch.setattr(march.March, "_on", counted)
    vesicula.simulate(text, out=tmp_path / "once")
    assert rows[0] == 4  # two replicates, as it is and other from the start
    assert rows[-1] == 14  # seven arms
    assert rows == sorted(rows)


@pytest.mark.parametrize(
    "name",
    [
        "starter",
        "migration",
        "scratch",
        "tubes",
        "invasion",
        "cascade",
        "mir105-barrier",
        "bone-metastasis",
        "breast-exosome",
    ],
)
def test_the_engine_reads_no_column_but_those_that_tables_name(name: str):
    """All other columns are made no numbers: what is alike in the named ones is alike."""
    compiled = load(name, draws=1)
    passing = list(columns_of(compiled.system.exchange))
    blind = []
    for program in compiled.system.sites:
        named = np.unique(np.concatenate([*columns_of(program), *passing]))
        values = np.full_like(program.values, np.nan)
        values[:, named[named >= 0]] = program.values[:, named[named >= 0]]
        assert np.isnan(values).any()
        blind.append(replace(program, values=values))
    systems = compiled.system, replace(compiled.system, sites=tuple(blind))
    states = [march.first_states(system, compiled.keys) for system in systems]
    for _ in range(3):
        for system, mine in zip(systems, states, strict=True):
            advance(system, mine)
    one, other = (mine.arrays() for mine in states)
    for field, array in one.items():
        np.testing.assert_array_equal(array, other[field], err_msg=field)


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["balance-after-disturbance", "dormant-in-bone", "menopause-and-inhibitor", "sources-of-oestradiol"]
)
def test_experiments_of_the_library_have_the_same_bits(name: str, tmp_path: Path, monkeypatch):
    text = Path(vesicula.__file__).parent / "library/experiments/bone-metastasis" / f"{name}.yaml"
    once = vesicula.simulate(text, draws=2, out=tmp_path / "once")
    each_for_itself(monkeypatch)
    same(once, vesicula.simulate(text, draws=2, out=tmp_path / "each"))
