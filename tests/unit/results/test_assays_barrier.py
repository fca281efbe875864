"""TEER and permeability of a monolayer, and a tracer that really crosses at that rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.cases.exchange_cases import AREA, BOTTOM, CELL_AREA, TOP, Insert, pour_in

from vesicula.engine.step import advance
from vesicula.results.assays import assay_reader
from vesicula.results.description import (
    Labels,
    MeasureLabel,
    PlanLabel,
    PopulationLabel,
    RunDescription,
    SiteLabel,
    SubstanceLabel,
    TypeLabel,
    VariantLabel,
)

FILTER, CLOSED, OPEN = (50.0, 20.0), (0.5, 0.01), (5.0, 0.5)  # µm/min
CM_PER_S = 1e-4 / 60.0  # of µm/min
FULL = int(AREA / CELL_AREA)


def culture(cells: tuple[int, ...]):
    insert = Insert(
        filter=FILTER,
        closed=(CLOSED,),
        opened=(OPEN,),
        closers=((0, 0, 0.5, 4.0),),
        resistance=((20.0,), (4.0,)),
        macro_step=0.5,
    )
    names = ("insert top", "insert bottom")
    system = replace(insert.system(), site_names=names)
    states = replace(insert.states(system, cells=cells, seeds=range(len(cells))), site_names=names)
    description = RunDescription(
        model="insert", plan=PlanLabel(macro_step_min=30.0, record_steps=(0, 1)),
        variants=tuple(VariantLabel(arm=f"arm {i}", replicate=0, draw=0, seed=1) for i in range(len(cells))),
        sites=tuple(
            SiteLabel(name=name, nx=1, ny=1, nz=1, voxel=1.0, height=1.0, dimensions=0, labware="insert")
            for name in names
        ),
        labels=Labels(
            substances=(SubstanceLabel(name="70kDa-dextran", unit="nM", factor=1.66),),
            populations=(PopulationLabel(name="MDA-EV", vesicle="MDA-EV"),),
            types=(TypeLabel(name="endothelium", states=("-",), nodes=("TJP1",)),),
        ),
    )  # fmt: skip

    def read(assay: str, what: str = "insert", **fields) -> np.ndarray:
        measure = MeasureLabel(name="m", text="m", kind="assay", assay=assay, what=what, **fields)
        return assay_reader(measure, description, system)(states)

    return system, states, read


def test_permeability_is_filter_and_closed_layer_in_series():
    *_, read = culture((FULL, 0))
    got = read("permeability", to="70kDa-dextran")
    assert got == pytest.approx(np.array([1 / (1 / FILTER[0] + 1 / CLOSED[0]), FILTER[0]]) * CM_PER_S)
    assert read("permeability", to="MDA-EV")[1] == pytest.approx(FILTER[1] * CM_PER_S)
    assert read("permeability", to="70kDa-dextran", unit="um/min")[1] == pytest.approx(FILTER[0])


def test_teer_is_that_of_the_layer_and_nothing_without_cells():
    _, states, read = culture((FULL, 0, FULL))
    states.sites[0].nodes[FULL:] = 0.0
    assert read("TEER") == pytest.approx([20.0, 0.0, 4.0])


def test_a_tracer_from_the_top_appears_in_the_bottom_at_the_measured_rate():
    system, states, read = culture((FULL, FULL // 2, 0))
    pour_in(system.sites[0], states.sites[0], molecules=1e9)
    p = read("permeability", to="70kDa-dextran") / CM_PER_S
    minutes = 2.0
    for _ in range(4):
        advance(system, states)
    rate = p * AREA * (1 / TOP + 1 / BOTTOM)
    wanted = 1e9 * BOTTOM / (TOP + BOTTOM) * -np.expm1(-rate * minutes)
    assert states.sites[1].concentration[:, 0, 0] * BOTTOM == pytest.approx(wanted, rel=1e-9)
    assert wanted[0] < wanted[1] < wanted[2]


@pytest.mark.parametrize(
    ("assay", "what", "to"),
    [("TEER", "dish", None), ("permeability", "dish", "MDA-EV"), ("permeability", "insert", "albumin"),
     ("permeability", "insert", None), ("TEER", "insert bottom", None)],
)  # fmt: skip
def test_what_has_no_filter_or_does_not_exist_is_refused(assay, what, to):
    *_, read = culture((FULL,))
    with pytest.raises(KeyError):
        read(assay, what, to=to)
