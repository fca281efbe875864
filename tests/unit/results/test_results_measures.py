"""Measures, standard series and ledgers against sums made by hand on a state."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.engine.reference.blank import states_of
from vesicula.engine.state import State
from vesicula.results import RunFolder, standard
from vesicula.results.description import MeasureLabel
from vesicula.results.measures import reader
from vesicula.results.record import ledgers


@pytest.fixture
def scene(bone):
    """A state in mid-run, its system, and the description."""
    state = bone.start()
    for _ in range(9):
        bone.advance(state)
    return bone.description, bone.system, states_of(state, names=["bone"])


def value(scene, **fields) -> np.ndarray:
    description, system, states = scene
    measure = MeasureLabel(**{"name": "m", "text": "m", "what": "x", **fields})
    return reader(measure, description, system)(states)


def cells_of(state: State, variant: int) -> slice:
    return slice(int(state.cell_start[variant]), int(state.cell_start[variant + 1]))


def test_count_sees_type_state_region_and_life(scene):
    state = scene[2].site("bone")
    state.cell_dead[:3] = 1
    marrow = state.position[:, 1] >= 120.0
    got = value(scene, kind="count", what="tumour", cell="tumour", state="cycling", place="marrow")
    for v in range(state.n_sites):
        mine = cells_of(state, v)
        wanted = (state.cell_type[mine] == 0) & (state.cell_state[mine] == 1) & (state.cell_dead[mine] == 0)
        assert got[v] == np.sum(wanted & marrow[mine])
    everywhere = value(scene, kind="count", what="tumour", cell="tumour")
    assert everywhere[0] == np.sum(
        (state.cell_type[cells_of(state, 0)] == 0) & (state.cell_dead[cells_of(state, 0)] == 0)
    )
    assert value(scene, kind="count", what="osteoblast", cell="osteoblast", place="trabecula")[0] == 0


def test_matrix_left_counts_from_the_start(scene):
    state = scene[2].site("bone")
    kept = state.matrix[:, 0, :180].sum(axis=1)
    kw = {"kind": "matrix left", "what": "mineral", "place": "trabecula", "factor": 100.0}
    np.testing.assert_allclose(value(scene, unit="% of start", **kw), 100 * kept / 180)
    np.testing.assert_allclose(value(scene, unit="%", **kw), 100 * kept / 180)
    lost = value(scene, unit="% of start", **kw | {"kind": "matrix lost"})
    np.testing.assert_allclose(lost, 100 - 100 * kept / 180)
    kw["place"] = "bone"
    np.testing.assert_allclose(value(scene, unit="%", **kw), 100 * state.matrix[:, 0].sum(axis=1) / 600)
    kw["factor"] = 1.0
    np.testing.assert_allclose(value(scene, unit="um^3", **kw), state.matrix[:, 0].sum(axis=1) * 8000)


def test_concentration_and_density_are_means_over_the_place(scene):
    state = scene[2].site("bone")
    got = value(scene, kind="concentration", what="TNFSF11", place="marrow", factor=2.0, unit="pM")
    np.testing.assert_allclose(got, 2 * state.concentration[:, 1, 180:].mean(axis=1))
    got = value(scene, kind="vesicles", what="tumour-EV", place="trabecula", factor=1e12)
    np.testing.assert_allclose(got, 1e12 * state.vesicles[:, 0, :180].sum(axis=1) / (180 * 8000))


def test_nodes_and_copies_are_means_over_living_cells(scene):
    state = scene[2].site("bone")
    dead = np.flatnonzero(state.cell_type == 2)[0]
    state.cell_dead[dead] = 1
    state.nodes[dead, 0], state.copies[dead, 0] = 1e6, 1e6
    mine = (state.cell_type[cells_of(state, 0)] == 2) & (state.cell_dead[cells_of(state, 0)] == 0)
    got = value(scene, kind="node", what="NFATC1", cell="osteoclast")
    assert got[0] == pytest.approx(state.nodes[cells_of(state, 0), 0][mine].mean())
    got = value(scene, kind="copies", what="miR-21-5p", cell="osteoclast")
    assert got[0] == pytest.approx(state.copies[cells_of(state, 0), 0][mine].mean())
    assert np.isnan(value(scene, kind="node", what="NFATC1", cell="osteoclast", place="trabecula")).all()


def test_delivered_counts_particles_that_opened(scene):
    state = scene[2].site("bone")
    got = value(scene, kind="delivered", what="tumour-EV", cell="osteoclast")
    np.testing.assert_array_equal(got, state.talk[:, 0, 2, 2] + state.talk[:, 0, 2, 3])


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "count", "what": "tumor", "cell": "tumor"},
        {"kind": "node", "what": "PTH1R", "cell": "osteoclast"},
        {"kind": "concentration", "what": "TGFB1", "place": "brain"},
        {"kind": "vesicles", "what": "other-EV"},
    ],
)
def test_unknown_names_are_refused(scene, fields):
    with pytest.raises(KeyError):
        value(scene, **fields)


def test_standard_series_agree_with_measures(scene):
    description, _, states = scene
    names = [c.name for c in standard.columns(description.labels)]
    table = standard.values(states.site("bone"), description.labels, description.sites[0])
    assert table.shape == (6, len(names))
    pairs = {
        "count of tumour": {"kind": "count", "what": "tumour", "cell": "tumour"},
        "concentration of TGFB1": {"kind": "concentration", "what": "TGFB1", "factor": 1660.539},
        "density of tumour-EV": {"kind": "vesicles", "what": "tumour-EV", "factor": 1e12},
        "NFATC1 in osteoclast": {"kind": "node", "what": "NFATC1", "cell": "osteoclast"},
        "delivered copies of miR-21-5p in osteoclast": {
            "kind": "delivered copies", "what": "miR-21-5p", "cell": "osteoclast",
        },
        "particles of tumour-EV delivered to osteoclast": {
            "kind": "delivered", "what": "tumour-EV", "cell": "osteoclast",
        },
    }  # fmt: skip
    for name, fields in pairs.items():
        np.testing.assert_allclose(table[:, names.index(name)], value(scene, **fields), rtol=1e-12)


def test_a_site_has_the_same_bits_in_any_batch(scene):
    description, _, states = scene
    state = states.site("bone")
    whole = standard.values(state, description.labels, description.sites[0])
    from vesicula.engine.state import PER_CELL

    arrays = state.arrays()
    mine = cells_of(state, 2)
    alone = {
        name: a[mine] if name in PER_CELL else a[2:3]
        for name, a in arrays.items()
        if name not in ("step", "cell_start")
    }
    alone |= {"step": arrays["step"], "cell_start": np.array([0, mine.stop - mine.start])}
    single = standard.values(State.from_arrays(alone), description.labels, description.sites[0])
    assert single.tobytes() == whole[2:3].tobytes()


def test_ledgers_close_and_a_lost_particle_shows(scene):
    _, system, states = scene
    state = states.site("bone")
    closed = ledgers(system.sites[0], state)
    assert not closed["vesicles"][..., -1].any()
    assert not closed["cells"][..., -1].any()
    assert np.abs(closed["substances"][..., -1]).max() < 1e-6
    state.vesicles[1, 0, 5] -= 1
    state.concentration[2, 1, 7] += 1.0
    opened = ledgers(system.sites[0], state)
    assert opened["vesicles"][1, 0, -1] == 1
    assert opened["substances"][2, 1, -1] == pytest.approx(-8000.0)


def test_long_table_puts_every_value_in_its_row(bone, tmp_path):
    folder = RunFolder.create(tmp_path / "run", bone.description)
    bone.go(folder)
    series, records = folder.series(), folder.records()
    for column, measure in enumerate(bone.description.measures):
        for v, variant in enumerate(bone.description.variants):
            mine = series[
                (series.measure == measure.name)
                & (series.kind == "measure")
                & (series.arm == variant.arm)
                & (series.replicate == variant.replicate)
            ]
            assert list(mine.time_min) == bone.description.plan.times_min()
            assert set(mine.unit) == {measure.unit}
            np.testing.assert_array_equal(mine.value, [r.arrays["measures"][v, column] for r in records])
    ledger = folder.ledger()
    free = ledger[(ledger.term == "free now") & (ledger.what == "tumour-EV") & (ledger.arm == "untreated")]
    assert free.value.iloc[-1] > 0
    assert not ledger[(ledger.term == "imbalance") & (ledger.ledger == "cells")].value.any()
