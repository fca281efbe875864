"""Two statements about like things, each with its own number: each holds where it was said, in any order of writing."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.experiments.running import measured
from vesicula.spec import prepare

SATURATIONS = """\
vesicula: 1
model: two-saturations
sites:
  dish: {kind: pool, volume: 1 mL}
vesicles:
  V:
    diameter: 100 nm (30..300 @assumed)
    half-life: 1000 h (100..10000 @assumed)
    carries: {miR-21-5p: 1 copies/EV (0.1..10 @assumed)}
cells:
{cells}
start:
  - 20 a in dish
  - 20 b in dish
protocol:
  - at 0 h add 1e10 particles of V to dish
controls: none
measure:
  a: particles of V delivered to a
  b: particles of V delivered to b
run: {for: 24 h, record: every 24 h, step: 30 min, seeds: 1}
"""
CELL = """\
  {name}:
    diameter: 12 um (5..50 @assumed)
    EV fate:
      clears: 10 pL/h (1..100 @assumed)
      fusion: 0 %
      escape: 50 % (2..90 @assumed)
      lysosome: 2 /h (0.2..20 @assumed)
      saturation: {saturation} particles/mL @assumed
"""


def saturable(*cells: tuple[str, str]) -> str:
    """The model with its cells written in this order."""
    return SATURATIONS.replace(
        "{cells}\n", "".join(CELL.format(name=name, saturation=saturation) for name, saturation in cells)
    )


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["a first", "b first"])
def test_each_cell_type_saturates_at_its_own_density(order: slice) -> None:
    shown = measured(compile_model(prepare(saturable(*(("a", "1e14"), ("b", "1e8"))[order]))))
    hours = np.arange(0, 24, 0.01)
    density = 1e10 * np.exp(-np.log(2) / 1000 * hours)  # per mL; what 40 cells take is a few of 100,000
    for name, half in (("a", 1e14), ("b", 1e8)):
        entered = 20 * 1e-8 * density / (1 + density / half)  # per h; 10 pL/h are 1e-8 mL/h
        left = 1 - np.exp(-2 / 0.5 * (24 - hours))  # share that has left the endosome, by lysosome and escape
        expected = float(0.5 * np.sum(entered * left) * 0.01)
        assert shown.of(name, "")[0] == pytest.approx(expected, abs=4 * expected**0.5)
