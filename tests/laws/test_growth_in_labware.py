"""What ends growth where cells have no positions, and what growth signals cannot shorten."""

import pytest

from vesicula.compiler import compile_model
from vesicula.experiments.running import measured
from vesicula.language import prepare

CULTURE = """\
vesicula: 1
model: growth
{where}
cells:
  tumour:
    diameter: 12 um
    states: [cycling, dormant]
    {cycle}
    dead stay: 8 h
    {confluence}
    rules:
      - {rule}
start:
  - {cells} tumour in {place}
arms:
  {arms}
measure:
  cells: count of tumour in {place}
  in cycle: Ki67 of tumour in {place}
run: {for: {days} days, step: {step}}
"""
DISH = {
    "where": "labware: {dish: {plate: 24-well plate, sample: 60 cells}}", "place": "dish", "cells": "60000",
    "confluence": "confluence: 1e5 cells/cm^2", "arms": "untreated: []",
}  # fmt: skip
POOL = {
    "where": "sites: {pool: {kind: pool, volume: 0.1 nL}}", "place": "pool", "cells": "5", "confluence": "",
    "arms": "untreated: []",
}  # fmt: skip
INHIBITED = "pressure lowers division to 0x, half-max 1, hill 4"
PHASES = 'cycle: {G1: "23 h, while cycling", S: "8 h, in 8 steps", G2M: "5 h, in 8 steps"}'


def final(frame: dict[str, str], measure: str = "cells", **words: str) -> dict[str, float]:
    text = CULTURE
    for name, word in {"step": "1 h", **frame, **words}.items():
        text = text.replace("{" + name + "}", word)
    result = measured(compile_model(prepare(text)))
    return {arm: float(result.of(measure, arm)[0]) for arm in result.description.arms}


@pytest.mark.parametrize(("frame", "closed"), [(DISH, 190e3), (POOL, 0.7405e5 / 904.8)], ids=["dish", "pool"])
def test_pressure_ends_growth_a_little_above_a_closed_layer_or_packing(frame, closed):
    """Hexagonal layer: pressure 1 at 1.15 times confluence; closest packing: at 1.16 times touching spheres."""
    earlier, later = (
        final(frame, cycle="divides: every 12 h", rule=INHIBITED, days=days)["untreated"] for days in ("12", "20")
    )
    assert closed < earlier <= later < 2 * closed
    assert later < 1.15 * earlier


def test_without_room_as_a_signal_nothing_ends_growth():
    grown = final(POOL, cycle="divides: every 12 h", rule=INHIBITED.replace("0x", "0.999x"), days="4")["untreated"]
    assert grown > 5 * 0.7405e5 / 904.8


def test_cells_that_were_late_do_not_divide_on_when_their_clock_nearly_stops():
    """Cycles of 2 h at a step of 12 h leave every daughter overdue; once there is no room they stop."""
    fast = PHASES.replace("23 h", "0.2 h").replace("8 h, in", "1 h, in").replace("5 h, in", "1 h, in")
    rule = "pressure lowers division to 1e-5x, half-max 0.3, hill 4"
    grown = [final(POOL, cycle=fast, rule=rule, days=days, step="12 h")["untreated"] for days in ("6", "12")]
    assert grown[1] < 1.3 * grown[0] < 12 * 0.7405e5 / 904.8


def test_growth_signals_shorten_the_first_phase_alone():
    """A G1 shortened a thousandfold leaves S, G2 and M: 13 h a cycle, 7.4 divisions in four days instead of 2.7."""
    words = {"rule": "pressure lowers division to 0.999x, half-max 1", "cycle": PHASES, "days": "4"}
    roomy = {**POOL, "where": "sites: {pool: {kind: pool, volume: 1 mL}}", "cells": "40"}
    fast = final(roomy, arms="untreated: []\n  fast:\n    - set cells.tumour.cycle.G1 to 1.4 min", **words)
    assert 40 * 2**1.8 < fast["untreated"] < 40 * 2**4.2
    assert 40 * 2**6.2 < fast["fast"] < 40 * 2**7.7


def test_a_phase_that_asks_for_a_state_waits_for_it():
    """Cells of a start rest in the phase that their state does not let them leave: none divides, none is in cycle."""
    asleep = PHASES.replace("while cycling", "while dormant")
    words = {"rule": "pressure lowers division to 0.999x, half-max 1", "cycle": asleep, "cells": "40"}
    earlier, later = (final({**POOL, **words}, days=days)["untreated"] for days in ("3", "6"))
    assert earlier == later == 40.0
    assert final({**POOL, **words}, "in cycle", days="3")["untreated"] == 0.0
    assert final({**POOL, **words, "cycle": PHASES}, "in cycle", days="3")["untreated"] == 100.0
