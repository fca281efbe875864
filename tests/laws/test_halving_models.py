"""Halving the macro step moves no level of a library model by more than the stated error: 3 %, and the noise.

Levels: substances and free vesicles of every site in the first two arms, over the second half of a short span. Models
without either are held to it by what they measure of their cells, over a span in which cells divide and wounds close.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vesicula
from vesicula import units
from vesicula.evidence.folder import library_folder
from vesicula.language import read

STATED = 0.03
NOISE = 5.0  # standard errors between seeds
SEEDS, STEPS, RECORDS = 6, 32, 8  # macro steps and records of the span
LEVELS = ("concentration of ", "density of ")
LIBRARY = library_folder()
OTHERS = ("experiments/bone-metastasis/oestrogen-loss.yaml",)  # with the longest step: 6 h
CELLS = {"scratch": 720.0, "spheroid": 1440.0}  # models of cells alone: span, min; the scratch is made at 360 min
MODELS = {file.stem: file for file in (*sorted((LIBRARY / "models").glob("*.yaml")), *(LIBRARY / o for o in OTHERS))}


def shortened(name: str):
    """A library model with its stated values, its first two arms and few seeds, and its macro step in minutes."""
    model = read(MODELS[name])
    step = 6.0 if model.run.step is None else units.internal(model.run.step, "time")
    run = model.run.model_copy(update={"draws": 1, "seeds": SEEDS})
    return model.model_copy(update={"run": run, "arms": model.arms[:2], "experiments": ()}), step


def levels(folder: Path, model, step: float, span: float) -> dict:
    """Mean over the second half and its standard error by arm, site and level."""
    times = {"run.for": f"{span:g} min", "run.record": f"{span / RECORDS:g} min", "run.step": f"{step:g} min"}
    result = vesicula.simulate(model, out=folder, changes=times, controls=False, threads=1)
    series = result.to_dataframe()
    late = series[(series["time_min"] > span / 2) & (series["moment"] == "after")]
    measures = late["kind"] == "measure"
    of_fluid = late["measure"].astype(str).str.startswith(LEVELS) & ~measures
    late = late[of_fluid if model.substances or model.vesicles else measures]
    out = {}
    for key, table in late.groupby(["arm", "site", "measure"], observed=True):
        each = table.groupby("replicate", observed=True)["value"].mean()
        out[key] = (float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))
    return out


def compare(whole: dict, halved: dict) -> None:
    assert halved, "nothing to compare"
    assert whole.keys() == halved.keys(), f"only with one of the steps: {sorted(whole.keys() ^ halved.keys())}"
    assert any(level > 0 for level, _ in halved.values()), f"nothing above 0 in {sorted(halved)}"
    for key, (level, error) in halved.items():
        seen, other = whole[key]
        noise = NOISE * float(np.hypot(error, other))
        bound = STATED * abs(level) + noise
        said = (
            f"{key}: {seen:.4g} with the step, {level:.4g} with half of it, bound {bound:.2g}, noise {noise:.2g} of it"
        )
        assert abs(seen - level) <= bound, said


@pytest.mark.long
@pytest.mark.parametrize("name", MODELS)
def test_half_the_step_gives_the_same_levels(tmp_path: Path, name: str) -> None:
    model, step = shortened(name)
    span = CELLS.get(name, STEPS * step)
    whole, halved = (levels(tmp_path / f"{h:g}", model, h, span) for h in (step, step / 2))
    compare(whole, halved)


def test_more_than_the_stated_error_is_seen() -> None:
    compare({"IL6": (102.9, 0.0)}, {"IL6": (100.0, 0.0)})
    for wrong in ((103.1, 0.0), (104.0, 0.1), (96.9, 0.0), (float("nan"), 0.0)):
        with pytest.raises(AssertionError):
            compare({"IL6": wrong}, {"IL6": (100.0, 0.0)})
