"""Faults in what a simulated cell stands for."""

from tests.sabotage.fault import Fault

NO_READING = "tests/laws/test_samples.py::test_no_reading_depends_on_the_sample"
SAMPLES = (
    Fault(
        "one-takes-for-all",
        "a cell in the only voxel takes as one where it stands for many",
        "engine/voxels.py",
        "cell_weight=weight * state.stands_for,",
        "cell_weight=weight,",
        ("tests/unit/test_voxel_lists.py::test_every_cell_covers_the_only_voxel",),
    ),
    Fault(
        "one-releases-for-all",
        "a cell that stands for many releases as one",
        "engine/trafficking.py",
        "behaviour[i, release[p]] * time * cells.stands_for[i])",
        "behaviour[i, release[p]] * time)",
        (f"{NO_READING}[40]",),
    ),
    Fault(
        "one-takes-up-for-all",
        "a cell that stands for many takes up as one",
        "engine/voxels.py",
        "weight[entry] * state.stands_for[cell]",
        "weight[entry]",
        (f"{NO_READING}[40]",),
    ),
    Fault(
        "all-copies-to-one",
        "a cell gets the copies of all that it stands for",
        "engine/cargo.py",
        "    if stands_for == 1:\n        return\n",
        "    return\n",
        (f"{NO_READING}[40]",),
    ),
    Fault(
        "cells-counted-once",
        "a simulated cell counts as one",
        "results/places.py",
        "    number = state.stands_for[chosen].astype(np.float64)",
        "    number = np.ones(chosen.sum())",
        (f"{NO_READING}[40]",),
    ),
    Fault(
        "travellers-multiply",
        "a cell that arrives holds the vesicles of all that left",
        "engine/body.py",
        "        if before[i] == after[i]:\n            continue",
        "        if before[i] > 0:\n            continue",
        ("tests/twins/test_body_twin.py::test_travelling_cells_equal_the_twin[pools of many and a piece of tissue]",),
    ),
    Fault(
        "own-copies-forgotten",
        "copies in a cell are the delivered ones alone",
        "results/measures.py",
        'if measure.kind == "delivered copies" or p_own == NONE:',
        'if measure.kind != "":',
        ("tests/laws/test_samples.py::test_copies_are_the_cells_own_and_the_delivered_ones",),
    ),
    Fault(
        "differences-below-the-limit",
        "concentrations that no assay can see are compared",
        "experiments/verdicts/judging.py",
        "    if limit > 0.0:\n",
        "    if limit < 0.0:\n",
        ("tests/unit/experiments/test_limit_of_detection.py::test_what_no_immunoassay_sees_is_no_change",),
    ),
)
