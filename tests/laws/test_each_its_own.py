"""Two statements about like things, each with its own number: each holds where it was said, in any order of writing."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.experiments.running import measured
from vesicula.language import prepare

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


TWICE = """\
vesicula: 1
model: said-twice
labware:
  dish: {plate: 24-well plate, volume: 500 uL, sample: 40 cells}
vesicles:
  V: {diameter: 100 nm (30..300 @assumed), half-life: 40 h (4..400 @assumed)}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    EV fate:
      clears: 50 pL/h (5..500 @assumed)
      fusion: 5 % (0.5..50 @assumed)
      escape: 25 % (2..80 @assumed)
      lysosome: 0.2 /h (0.02..2 @assumed)
      saturation: 1e20 particles/mL @assumed
start:
  - 1e5 c in dish
  - 1e5 c in dish
protocol:
  - at 0 h add 1e11 particles of V to dish
  - at 0 h add 1e11 particles of V to dish
controls: none
measure:
  density: density of V in dish in EV/mL
run: {for: 24 h, step: 6 min}
"""


def test_equal_lines_count_twice() -> None:
    shown = measured(compile_model(prepare(TWICE)))
    lost = np.log(2) / 40 + 2e5 * 50e-9 / 0.5  # per h, of 500 uL
    assert shown.of("density", "")[0] == pytest.approx(4e11 * np.exp(-24 * lost), rel=0.01)


ANTIBODIES = """\
vesicula: 1
model: two-antibodies
sites:
  dish: {kind: pool, volume: 1 mL}
substances:
  TNFSF11: {diffuses: 100 um^2/s (30..300 @assumed), half-life: 2 h (0.6..6 @assumed)}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    secretes: {TNFSF11: 3 molecules/s (1..10 @assumed)}
start:
  - 1000 c in dish
controls: none
arms:
{arms}
measure:
  free: concentration of TNFSF11 in dish in pM
run: {for: {hours} h, step: 6 min, seeds: 1}
"""
GIVEN = {  # arm: (hours of the doses, dose in pM, half-life in h)
    "none": ((), 0.0, 1.0),
    "long-lived": ((24,), 1e4, 12.0),
    "little": ((24,), 10.0, 1000.0),
    "twice": ((24, 96), 1e3, 6.0),
}


def antibodies(arms: list[str], hours: int) -> str:
    """The model with its arms written in this order, to be run so long."""
    lines: list[str] = []
    for arm in arms:
        doses, dose, half_life = GIVEN[arm]
        lines.append(f"  {arm}:" if doses else f"  {arm}: []")
        constants = f"Kd 10 pM (1..100 @assumed), off 0.1 /h (0.01..1 @assumed), half-life {half_life:g} h @assumed"
        lines.extend(f"    - at {at} h add antibody against TNFSF11, {dose:g} pM, {constants}" for at in doses)
    return ANTIBODIES.replace("{arms}", "\n".join(lines)).replace("{hours}", str(hours))


def free(arm: str, at: float) -> float:
    """Free target in pM by the ordinary equations: secretion, loss of target, antibody and complex, and binding."""
    hours, dose, half_life = GIVEN[arm]
    made = 3 * 3600 * 1000 / 6.02214076e23 * 1e3 * 1e12  # pM/h of 3 molecules/s by 1,000 cells in 1 mL
    lost, gone, off = np.log(2) / 2, np.log(2) / half_life, 0.1
    on = off / 10.0
    target = antibody = bound = 0.0
    step = 2e-4
    for n in range(round(at / step)):
        if any(n == round(hour / step) for hour in hours):
            antibody += dose
        joined = on * target * antibody - off * bound
        target, antibody, bound = (
            target + step * (made - lost * target - joined),
            antibody - step * (gone * antibody + joined),
            bound + step * (joined - gone * bound),
        )
    return target


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["as told", "reversed"])
def test_the_antibody_of_each_arm_has_its_own_constants(order: slice) -> None:
    for hours, arms in ((36, GIVEN), (48, ("little",)), (98, ("twice",))):
        shown = measured(compile_model(prepare(antibodies([*GIVEN][order], hours))))
        for arm in arms:
            assert shown.of("free", arm)[0] == pytest.approx(free(arm, hours), rel=0.01), (arm, hours)


def test_an_antibody_is_drawn_under_its_own_value() -> None:
    text = antibodies([*GIVEN], 36).replace("seeds: 1", "draws: 4")
    compiled = compile_model(prepare(text))
    program, names = compiled.system.site("dish"), [s.name for s in compiled.names.substances]
    on, decay = program.reactions.p_forward[0], program.substances.p_decay[names.index("anti-TNFSF11")]
    for v, row in zip(compiled.variants, program.values, strict=True):
        same = next(i for i, other in enumerate(compiled.variants) if (other.arm, other.draw) == ("little", v.draw))
        if v.arm != "none":
            assert row[decay] == pytest.approx(np.log(2) / 60 / GIVEN[v.arm][2])
            assert row[on] == program.values[same, on]
