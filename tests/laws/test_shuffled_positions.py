"""What rests on who lies beside whom is gone when all cells change places every hour; what does not, stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vesicula.engine import order
from vesicula.engine.step import advance
from vesicula.engine.system import SystemState
from vesicula.evidence.claims import ledger
from vesicula.march import first_states
from vesicula.results import describe
from vesicula.results.measures import reader
from vesicula.simulation import load

SPATIAL = {key for key, claim in ledger("breast-exosome").items() if claim.carrier == "contact"}
HOURS, PAIRS, SEEDS = 6, 64, 4
NOISE = 5.0  # standard errors

# Stroma answers to breast cancer cells that it touches (be-051) and to a ligand in the fluid. All cells lie still, in
# pairs: stroma beside a cancer cell, or beside its like.
TEXT = """\
vesicula: 1
model: pairs
species: human
use: [networks/notch-rn7sl1, vesicles/breast-cancer-ev]
sites:
  tissue: {kind: tissue, size: [400 um, 400 um], depth: 20 um, voxel: 20 um}
cells:
  breast-cancer: {anchored: yes, moves: {speed: 1e-6 um/min (1e-7..1e-5 @assumed)}}
  stromal-cell: {anchored: yes, moves: {speed: 1e-6 um/min (1e-7..1e-5 @assumed)}}
start:
  - cells from ./cells.csv
arms:
  untreated: []
  JAG1:
    - at 0 h hold JAG1 at 3 nM
controls: none
measure:
  NOTCH1: NOTCH1 in stromal-cell
run: {for: 6 h, record: every 6 h, step: 30 min, seeds: %d}
"""


def compiled(folder: Path, *, mixed: bool):
    """The text with its cells on one and the same set of places; who lies where is what differs."""
    rows = ["x,y,type,state"]
    for k in range(PAIRS):
        first, second = ("breast-cancer", "stromal-cell") if mixed else [("breast-cancer", "stromal-cell")[k % 2]] * 2
        x, y = 25 + 50 * (k % 8), 25 + 50 * (k // 8)
        for place, cell in ((x - 7, first), (x + 7, second)):
            rows.append(f"{place},{y},{cell},{'dormant' if cell == 'breast-cancer' else ''}")
    (folder / "cells.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    model = folder / "pairs.yaml"
    model.write_text(TEXT % SEEDS, encoding="utf-8")
    return load(model)


def shuffle(system, states: SystemState, chance: np.random.Generator) -> None:
    """Let all cells of each row change places with each other."""
    for program, state in zip(system.sites, states.sites, strict=True):
        for begin, end in zip(state.cell_start[:-1], state.cell_start[1:], strict=True):
            state.position[begin:end] = chance.permutation(state.position[begin:end])
        order.canonical(program, state)


def notch(folder: Path, *, mixed: bool, shuffled: bool) -> dict[str, NDArray[np.float64]]:
    """NOTCH1 of stroma after six hours by arm, one value for each seed; cells change places at every hour or never."""
    one, chance = compiled(folder, mixed=mixed), np.random.default_rng(1)
    description = describe(one, record_steps=(0, 12))
    states = first_states(one.system, one.keys)
    for _ in range(HOURS):
        if shuffled:
            shuffle(one.system, states, chance)
        for _ in range(round(60 / one.macro_step)):
            advance(one.system, states)
    values = reader(description.measure("NOTCH1"), description, one.system)(states)
    return {arm: values[description.variants_of(arm)] for arm in description.arms}


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Mean of one minus mean of the other, and its standard error."""
    error = np.hypot(one.std(ddof=1), other.std(ddof=1)) / np.sqrt(len(one))
    return float(one.mean() - other.mean()), float(error)


def test_every_claim_whose_carrier_is_contact_has_its_text_here() -> None:
    assert {"be-051"} == SPATIAL


@pytest.mark.parametrize("shuffled", [False, True])
def test_an_effect_of_contact_is_gone_when_cells_change_places(tmp_path: Path, shuffled: bool) -> None:
    beside = notch(tmp_path, mixed=True, shuffled=shuffled)
    apart = notch(tmp_path, mixed=False, shuffled=shuffled)
    effect, error = difference(beside["untreated"], apart["untreated"])
    if shuffled:
        assert abs(effect) < NOISE * error
        assert abs(effect) < 0.1
    else:
        assert effect > 0.3
    of_ligand, error = difference(apart["JAG1"], apart["untreated"])
    assert of_ligand > max(0.2, NOISE * error)
