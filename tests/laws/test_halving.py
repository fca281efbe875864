"""Halving the macro step moves no mean level by more than the stated error: 3 %, and the noise between seeds."""

from __future__ import annotations

import numpy as np

import vesicula

STATED = 0.03
NOISE = 5.0  # standard errors between seeds
DISH = """
vesicula: 1
model: dish
sites:
  dish: {kind: pool, volume: 20 nL}
substances:
  IL6: {half-life: 20 min @chevillet2014 (10..40 @chevillet2014)}
vesicles:
  donor-EV:
    from: donor
    half-life: 3 h (1..10 @assumed)
    carries:
      miR-105-5p: {copies: 2 copies/EV (0.2..20 @assumed), half-life: 4 h (1..10 @assumed)}
cells:
  donor:
    diameter: 14 um (6..60 @assumed)
    secretes: {IL6: 5 molecules/s (0.5..50 @assumed)}
    releases: {donor-EV: 400 particles/h (40..4000 @assumed)}
  recipient:
    diameter: 14 um (6..60 @assumed)
    clears EV: 100 pL/h (30..3000 @assumed)
    EV fate:
      fusion: 5 % (0.5..50 @assumed)
      escape: 25 % (2..80 @assumed)
      lysosome: 0.4 /h (0.02..2 @assumed)
      binding: 50 pL/h (5..500 @assumed)
      receptors: 4000 (40..40000 @assumed)
      internalised: 0.02 /min (0.002..0.2 @assumed)
      detached: 0.01 /min (0.001..0.1 @assumed)
start:
  - 20 donor in dish
  - 20 recipient in dish
measure:
  IL6: concentration of IL6 in dish in pM
  copies: copies of miR-105-5p in recipient
run: {for: 12 h, record: every 2 h, step: 1 h, seeds: 6}
"""


def levels(folder, model, step: str, changes) -> dict:
    """Means over time by arm and level: one number per replicate."""
    result = vesicula.simulate(model, out=folder, changes={**changes, "run.step": step}, threads=1)
    series = result.folder.series()
    series = series[(series["time_min"] > 0) & series["unit"].isin(["pM", "particles", "copies", "EV", "EV/mL"])]
    out: dict = {}
    for (arm, site, measure), table in series.groupby(["arm", "site", "measure"], dropna=False, observed=True):
        each = table.groupby(["draw", "replicate"], dropna=False, observed=True)["value"].mean()
        out[arm, site, measure] = (float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each))))
    return out


def compare(tmp_path, model, step: str, half: str, changes) -> None:
    whole, halved = (levels(tmp_path / name, model, length, changes) for name, length in (("a", step), ("b", half)))
    assert whole.keys() == halved.keys()
    assert {measure for _, _, measure in whole} >= {"IL6", "density of donor-EV"}
    for key, (level, error) in halved.items():
        seen, other = whole[key]
        allowed = STATED * abs(level) + NOISE * np.hypot(np.nan_to_num(error), np.nan_to_num(other))
        assert abs(seen - level) <= allowed, (key, seen, level, allowed)


def test_secretion_release_and_delivery_in_a_dish(tmp_path):
    compare(tmp_path, DISH, "1 h", "30 min", {})
