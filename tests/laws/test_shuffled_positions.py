"""What rests on who lies beside whom is gone when all cells change places every hour; what does not, stays."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vesicula.engine.state import PER_CELL
from vesicula.engine.step import intervene
from vesicula.evidence.claims import ledger
from vesicula.experiments.running import measured
from vesicula.language import check
from vesicula.march import first_states
from vesicula.simulation import load

SPATIAL = {key for key, claim in ledger("breast-exosome").items() if claim.carrier == "contact"}
PAIRS, SEEDS = 64, 4
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
  shuffled:
    - at 0 h, every 1 h, shuffle cells
  shuffled JAG1:
    - at 0 h hold JAG1 at 3 nM
    - at 0 h, every 1 h, shuffle cells
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


@pytest.fixture(scope="module")
def notch(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, dict[str, NDArray[np.float64]]]:
    """NOTCH1 of stroma after six hours, for pairs of two kinds or of one, by arm, one value for each seed."""
    found = {}
    for mixed in (True, False):
        shown = measured(compiled(tmp_path_factory.mktemp("pairs"), mixed=mixed))
        found[mixed] = {arm: shown.of("NOTCH1", arm) for arm in ("untreated", "JAG1", "shuffled", "shuffled JAG1")}
    return found


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, float]:
    """Mean of one minus mean of the other, and its standard error."""
    error = np.hypot(one.std(ddof=1), other.std(ddof=1)) / np.sqrt(len(one))
    return float(one.mean() - other.mean()), float(error)


def test_every_claim_whose_carrier_is_contact_has_its_text_here() -> None:
    assert {"be-051"} == SPATIAL


@pytest.mark.parametrize("shuffled", ["", "shuffled"])
def test_an_effect_of_contact_is_gone_when_cells_change_places(
    notch: dict[bool, dict[str, NDArray[np.float64]]], shuffled: str
) -> None:
    beside, apart = notch[True], notch[False]
    effect, error = difference(beside[shuffled or "untreated"], apart[shuffled or "untreated"])
    if shuffled:
        assert abs(effect) < NOISE * error
        assert abs(effect) < 0.1
    else:
        assert effect > 0.3
    of_ligand, error = difference(apart[f"{shuffled} JAG1".strip()], apart[shuffled or "untreated"])
    assert of_ligand > max(0.2, NOISE * error)


# --- the step itself


@cache
def _moved(folder: Path):
    """States before and after the first shuffle, and the variants of its arm."""
    one = compiled(folder, mixed=True)
    before, after = first_states(one.system, one.keys), first_states(one.system, one.keys)
    intervene(one.system, after)
    shuffled = [v for v, variant in enumerate(one.variants) if variant.arm.startswith("shuffled")]
    return before.sites[0], after.sites[0], shuffled


def test_places_stay_and_cells_keep_all_but_theirs(tmp_path: Path) -> None:
    before, after, shuffled = _moved(tmp_path)
    for s in range(before.n_sites):
        rows = slice(before.cell_start[s], before.cell_start[s + 1])
        was, now = (np.argsort(state.cell_id[rows]) for state in (before, after))
        for name in PER_CELL:
            if name != "position":
                np.testing.assert_array_equal(getattr(before, name)[rows][was], getattr(after, name)[rows][now])
        went = (before.position[rows][was] != after.position[rows][now]).any(axis=1)
        assert went.mean() > 0.9 if s in shuffled else not went.any()
        places = [np.array(sorted(state.position[rows].tolist())) for state in (before, after)]
        np.testing.assert_array_equal(*places)


def test_every_seed_has_an_order_of_its_own(tmp_path: Path) -> None:
    _, after, shuffled = _moved(tmp_path)
    orders = {after.cell_id[after.cell_start[s] : after.cell_start[s + 1]].tobytes() for s in shuffled}
    assert len(orders) == SEEDS


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("shuffle cells", "this happens at a time"),
        ("at 1 h shuffle tumour", "`tumour` is not a cell of this model"),
        ("at 1 h shuffle cells in bath", "`bath` is not a region or site of this model"),
        ("at 1 h shuffle cells in dish", "cells have no places where all is well mixed"),
    ],
)
def test_what_cannot_be_shuffled_is_told(words: str, told: str) -> None:
    text = TEXT.replace("at 0 h, every 1 h, shuffle cells", words, 1) % SEEDS
    text = text.replace("cells from ./cells.csv", "6 stromal-cell in tissue")
    text = text.replace("sites:\n", "sites:\n  dish: {kind: pool, volume: 1 uL}\n")
    assert told in [one.message for one in check(text) if one.severity == "error"]
