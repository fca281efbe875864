"""Where the experimenter acts, the moments before and after are recorded; readings show the moment after."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import vesicula
from vesicula import simulation
from vesicula.errors import ResourceError
from vesicula.experiments.running import measured
from vesicula.results import Recorder, Result
from vesicula.results.events import survival

BOLUS = """
vesicula: 1
model: bolus
sites:
  dish: {kind: pool, volume: 1 uL}
substances:
  IL6: {half-life: 1 h}
protocol:
  - at 0 h add 1 nM IL6 to dish
  - at 1 h add 2 nM IL6 to dish
  - at 90 min add 4 nM IL6 to dish
  - at 3 h wash 90 %
measure:
  IL6: concentration of IL6 in dish in nM
  at once: concentration of IL6 in dish in nM at 1 h
run: {for: 3 h, record: every 1 h, step: 30 min, seeds: 1}
"""
HALF = 0.5**0.5
AT_1 = 0.5 + 2.0
AT_90 = AT_1 * HALF + 4.0
AT_2 = AT_90 * HALF
CURVE = [
    (0, "before", 0.0), (0, "after", 1.0), (60, "before", 0.5), (60, "after", AT_1), (90, "before", AT_1 * HALF),
    (90, "after", AT_90), (120, "after", AT_2), (180, "before", AT_2 / 2), (180, "after", AT_2 / 20),
]  # fmt: skip


@pytest.fixture(scope="module")
def bolus(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return vesicula.simulate(BOLUS, out=tmp_path_factory.mktemp("bolus") / "run", threads=1)


def curve(table: pd.DataFrame) -> list[tuple[float, str, float]]:
    mine = table[table["measure"] == "IL6"]
    return list(zip(mine["time_min"], mine["moment"].astype(str), mine["value"], strict=True))


def test_a_bolus_has_its_peak_at_and_between_recording_times(bolus: Result) -> None:
    seen = curve(bolus.to_dataframe())
    assert [one[:2] for one in seen] == [one[:2] for one in CURVE]
    np.testing.assert_allclose([one[2] for one in seen], [one[2] for one in CURVE], rtol=1e-9)
    written = pd.read_parquet(bolus.folder.path / "series.parquet")
    assert curve(written) == seen
    assert bolus.times_min.tolist() == [0, 0, 60, 60, 90, 90, 120, 180, 180]


def test_the_moment_after_holds_each_time_once(bolus: Result) -> None:
    for table in (
        bolus.to_dataframe()[bolus.to_dataframe()["measure"] == "IL6"],
        bolus.ledger[bolus.ledger["term"] == "dosed"],
    ):
        after = table[table["moment"] == "after"]
        assert after["time_min"].tolist() == [0, 60, 90, 120, 180]
    dosed = bolus.ledger[bolus.ledger["term"] == "dosed"].groupby(["time_min", "moment"], observed=True)["value"].sum()
    assert dosed[0, "before"] == 0 < dosed[0, "after"]


def test_readings_show_the_moment_after(bolus: Result) -> None:
    for measure, right in (("IL6", AT_2 / 20), ("at once", AT_1)):
        assert bolus.values(measure)["value"].item() == pytest.approx(right, rel=1e-9)
    in_memory = measured(simulation.load(BOLUS)).values
    assert {name: row.item() for name, row in in_memory.items()} == {
        name: bolus.values(name)["value"].item() for name in ("IL6", "at once")
    }
    last = bolus.folder.last_state().site("dish").concentration
    assert last.item() * 1e15 / 6.02214076e23 * 1e9 == pytest.approx(AT_2 / 20, rel=1e-6)


@pytest.mark.parametrize("stop", [0, 1, 2, 4, 7, 8])
@pytest.mark.parametrize("kept", [-1.0, 1e9])
def test_a_run_goes_on_across_an_event_bit_for_bit(bolus, tmp_path, monkeypatch, stop: int, kept: float) -> None:
    monkeypatch.setattr(simulation, "CHECKPOINT_EVERY_S", kept)
    real, made = Recorder.record, []

    def fails(self, states, **moment):
        if len(made) == stop:
            raise ResourceError("no more")
        made.append(moment)
        return real(self, states, **moment)

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "record", fails)
        with pytest.raises(ResourceError, match="no more"):
            vesicula.simulate(BOLUS, out=tmp_path / "run", threads=1)
    again = vesicula.resume(tmp_path / "run", threads=1)
    assert again.folder.status == "finished"
    assert (tmp_path / "run/journal").read_bytes() == (bolus.folder.path / "journal").read_bytes()
    for name, array in again.folder.last_state().site("dish").arrays().items():
        np.testing.assert_array_equal(array, bolus.folder.last_state().site("dish").arrays()[name])


def test_a_run_that_stops_between_its_last_state_and_its_end_does_not_wash_twice(bolus, tmp_path, monkeypatch) -> None:
    from vesicula.results import RunFolder

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_tables", lambda _self: (_ for _ in ()).throw(ResourceError("no more")))
        with pytest.raises(ResourceError, match="no more"):
            vesicula.simulate(BOLUS, out=tmp_path / "run", threads=1)
    assert curve(vesicula.resume(tmp_path / "run", threads=1).to_dataframe()) == curve(bolus.to_dataframe())


def test_a_pump_is_recorded_at_recording_times_only() -> None:
    from vesicula.results import describe

    pump = BOLUS.replace("at 90 min add", "at 0 h, every 6 min, add").replace("for: 3 h", "for: 20 h")
    pump = pump.replace("step: 30 min", "step: 6 min").replace("at 3 h wash", "at 20 h wash")
    compiled = simulation.load(pump)
    plan = describe(compiled, record_steps=simulation.record_steps(compiled)).plan
    assert plan.event_steps == plan.record_steps
    assert len(plan.moments()) == 2 * 21


def test_an_event_seen_in_the_moment_after_has_that_time(bolus: Result) -> None:
    table = pd.DataFrame({"arm": ["a"] * 3, "days to relapse": [0.0, 1.0, 1.0], "relapse": [True, True, False]})
    (found,) = survival(table, "relapse")
    assert found.share[-1] == pytest.approx(1 / 3)
    assert bolus.report(bolus.folder.path / "page.html").stat().st_size > 1000


SLAB = """
vesicula: 1
model: slab
sites:
  slab: {size: [40 um, 20 um], depth: 20 um, voxel: 20 um, walls: closed}
substances:
  IL6: {half-life: 1 h, diffuses: 1 um^2/s}
cells:
  c: {diameter: 10 um}
start:
  - 1 c in slab
protocol:
  - at 0 h add 1 nM IL6 to slab
  - at 1 h remove 100 % of c from slab
measure: {left: count of c in slab}
run: {for: 2 h, record: every 1 h, step: 30 min, seeds: 1}
"""


def test_pictures_show_each_recording_time_once_after_what_was_done(tmp_path) -> None:
    result = vesicula.simulate(SLAB, out=tmp_path / "run", threads=1)
    fields = result.to_xarray(result.arms[0])
    assert fields.time.values.tolist() == [0, 60, 120] == result.picture_times_min.tolist()
    levels = fields.sel(channel="IL6").mean(("x", "y")).values
    np.testing.assert_allclose(levels / levels[0], [1, 0.5, 0.25], rtol=1e-2)
    assert levels[0] > 0
    assert [len(result.cells(time=time)) for time in (0, 60, 120)] == [1, 0, 0]
    counts = result.to_dataframe()[result.to_dataframe()["measure"] == "left"]
    assert counts["value"].tolist() == [1, 1, 1, 0, 0]
    assert result.report().stat().st_size > 1000
