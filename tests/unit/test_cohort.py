"""Cohorts: text, patients and their genotypes in the compiled values, events, curves, and the report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from vesicula import compiler
from vesicula.compiler import compile_model
from vesicula.errors import ModelError, VesiculaError
from vesicula.language import prepare, read, write
from vesicula.results import Recorder, Result
from vesicula.results.events import survival
from vesicula.results.statistics import share_interval, wilson
from vesicula.simulation import DRAWS_LOOKED_AT, foresee, simulate

TEXT = """\
vesicula: 1
model: bone-loss
species: human
sites: {bone: {kind: pool, volume: 1 uL}}
matrix: {mineral: {fills: bone}}
cohort:
  patients: %s
  genotypes:
    rs2234693: {TT: 30 %% (3..90 @assumed), TC: 45 %%, CC: 25 %%}
  differ:
    - rs2234693 CC multiplies cells.osteoclast.dies by 0.3 (0.1..1 @assumed) @bm-100
  events:
    skeletal event: bone below 70
cells:
  osteoclast:
    diameter: 20 um (5..50 @assumed)
    dies: after 12 days (3..40 @assumed)
    dead stay: 1 h (0.1..10 @assumed)
    resorbs: {mineral: 4e5 um^3/day (4e4..4e6 @assumed)}
start:
  - 80 osteoclast in bone
arms:
  untreated: []
  all CC:
    - set cohort.genotypes.rs2234693.CC to 100 %%
measure:
  bone: mineral left in %% of start
  fractures: share with skeletal event
  free of it: time to skeletal event
run: {for: 40 days, record: every 4 days, step: 1 day}
"""
SMALL = TEXT % 24


def column(compiled, path):
    paths = [info.path for info in compiled.names.parameters]
    return compiled.system.sites[0].values[:, paths.index(path)]


def test_text_reads_and_writes():
    model = read(SMALL)
    assert read(write(model)) == model
    cohort = model.cohort
    assert cohort is not None
    assert cohort.patients == 24
    assert cohort.differ[0].path == "cells.osteoclast.dies"
    assert (cohort.events[0].measure, cohort.events[0].side, cohort.events[0].threshold) == ("bone", "below", 70.0)
    assert [m.kind for m in model.measures] == ["matrix left", "event share", "event time"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("TC: 45 %", "TC: 50 %", "genotype-shares"),
        ("rs2234693 CC multiplies", "rs2234693 CG multiplies", "unknown-name"),
        ("rs2234693 CC multiplies", "rs1 CC multiplies", "unknown-name"),
        ("cells.osteoclast.dies by", "cells.osteoclast.dives by", "unknown-path"),
        ("event: bone below", "event: bones below", "unknown-name"),
        ("share with skeletal event", "share with fracture", "unknown-name"),
        ("  patients: 24\n", "", "missing-key"),
        ("bone below 70", "bone beneath 70", "sentence"),
        ("step: 1 day}", "step: 1 day, draws: 8}", "two-ways"),
        ("patients: 24", "patients: 99999999", "too-large"),
    ],
)
def test_mistakes(old, new, code):
    assert old in SMALL
    with pytest.raises(ModelError) as caught:
        prepare(SMALL.replace(old, new))
    assert code in {one.code for one in caught.value.diagnostics}


def test_patients_are_the_same_in_every_arm_but_for_what_the_arm_sets():
    compiled = compile_model(prepare(TEXT % 400))
    n = 400
    assert len(compiled.variants) == 2 * n
    genotypes = np.array([v.genotypes[0] for v in compiled.variants]).reshape(2, n)
    for name, share in (("TT", 0.30), ("TC", 0.45), ("CC", 0.25)):
        assert abs((genotypes[0] == name).mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
    assert set(genotypes[1]) == {"CC"}
    resorption = column(compiled, "cells.osteoclast.resorbs.mineral").reshape(2, n)
    np.testing.assert_array_equal(resorption[0], resorption[1])
    assert len(np.unique(resorption[0])) == n
    dies = column(compiled, "cells.osteoclast.dies").reshape(2, n)
    factor = column(compiled, "cohort.differ.0.factor")[:n]
    carriers = genotypes[0] == "CC"
    np.testing.assert_array_equal(dies[0, carriers], dies[1, carriers])
    np.testing.assert_allclose(dies[1, ~carriers] / dies[0, ~carriers], factor[~carriers], rtol=1e-12)
    keys = compiled.site_keys("bone").reshape(2, n, 2)
    np.testing.assert_array_equal(keys[0], keys[1])


def test_what_an_arm_leaves_is_shared_by_the_other_genotypes():
    text = TEXT.replace("CC to 100 %%", "CC to 60 %%") % 600
    genotypes = np.array([v.genotypes[0] for v in compile_model(prepare(text)).variants]).reshape(2, 600)[1]
    for name, share in (("CC", 0.6), ("TT", 0.16), ("TC", 0.24)):
        assert abs((genotypes == name).mean() - share) < 4 * np.sqrt(share * (1 - share) / 600), name


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return simulate(SMALL, out=tmp_path_factory.mktemp("cohort") / "run")


def test_events_are_the_first_time_beyond_the_threshold(result):
    table, bone = result.patients(), result.to_dataframe()[result.to_dataframe()["measure"] == "bone"]
    assert list(table.columns) == ["arm", "patient", "rs2234693", "skeletal event", "days to skeletal event"]
    seen = set(table["skeletal event"])
    assert seen == {True, False}
    for row in table.to_dict("records"):
        mine = bone[(bone["arm"] == row["arm"]) & (bone["replicate"] == row["patient"])].sort_values("time_min")
        low = mine[mine["value"] < 70.0]
        assert row["skeletal event"] == (len(low) > 0)
        assert row["days to skeletal event"] == (low["time_min"].iloc[0] / 1440 if len(low) else 40.0)


def test_measures_of_events_agree_with_the_patients(result):
    table = result.patients()
    shares, times = result.values("fractures"), result.values("free of it")
    np.testing.assert_array_equal(shares["value"], table["skeletal event"].astype(float))
    np.testing.assert_allclose(times["value"], table["days to skeletal event"])
    first = result.compare("fractures").arms[0]
    assert first.summary.median == pytest.approx(table["skeletal event"][:24].mean())
    assert first.summary.low < first.summary.median < first.summary.high
    assert first.summary.what == "95 % interval"


def test_a_run_that_goes_on_remembers_events(result):
    """A recorder that opens the folder again reads past events although the measure is back on the safe side."""
    from vesicula.results.stored_program import read as stored

    recorder = Recorder(result.folder, stored(result.folder.path))
    states = result.folder.last_state()
    healed = tuple(replace(state, matrix=np.ones_like(state.matrix)) for state in states.sites)
    values = recorder._readers[1](replace(states, sites=healed))
    np.testing.assert_array_equal(values, result.patients()["skeletal event"].astype(float))


def test_the_interval_of_a_share_by_hand():
    found = share_interval(np.array([1.0, 0.0, 0.0, 0.0, np.nan]))
    half = 1.96 * np.sqrt((0.75 + 1.0) / 20)
    assert (found.median, found.low, found.high, found.n) == (0.25, 0.0, pytest.approx(0.25 + half), 4)
    assert share_interval(np.ones(9)).low == pytest.approx(1 - 1.96 * np.sqrt(1 / 90))


def test_curves_equal_the_product_limit_by_hand():
    days, seen = [2.0, 4.0, 4.0, 6.0, 6.0, 6.0], [True, True, False, True, False, False]
    table = pd.DataFrame({"arm": "a", "event": seen, "days to event": days})
    (one,) = survival(table, "event")
    np.testing.assert_allclose(one.share[np.searchsorted(one.days, [2.0, 4.0, 6.0])], [5 / 6, 4 / 6, 4 / 6 * 2 / 3])
    assert np.all((one.low <= one.share) & (one.share <= one.high))
    assert (one.n, one.events) == (6, 3)
    assert one.at_end == wilson(3, 6)
    assert wilson(3, 6)[1:] == pytest.approx((0.18762, 0.81238), abs=1e-4)


def test_curves_by_genotype_and_report(result):
    loci = {one.group for one in result.survival("skeletal event", "rs2234693")}
    assert loci == set(result.patients()["rs2234693"][:24])
    assert sum(one.n for one in result.survival("skeletal event", "rs2234693")) == 24
    assert 'id="patients"' in result.report().read_text()
    with pytest.raises(VesiculaError, match="no event"):
        result.survival("fracture")


def test_a_run_without_a_cohort_says_so(result):
    plain = Result(result.folder.path)
    plain.folder.description.__dict__["cohort"] = None
    with pytest.raises(VesiculaError, match="no cohort"):
        plain.patients()


def test_check_looks_at_the_first_of_very_many_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty thousand of a model of the library took it minutes."""
    seen = []
    real = compiler.compile_model
    monkeypatch.setattr(compiler, "compile_model", lambda ready, *a, **k: seen.append(ready) or real(ready, *a, **k))
    (_, many), (_, few) = foresee(TEXT % (10 * DRAWS_LOOKED_AT)), foresee(TEXT % DRAWS_LOOKED_AT)
    assert [one.cohort.patients for one in seen] == [DRAWS_LOOKED_AT, DRAWS_LOOKED_AT]
    assert many.variants == 10 * few.variants
    assert many.seconds == pytest.approx(10.0 * few.seconds)
