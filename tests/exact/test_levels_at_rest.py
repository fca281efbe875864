"""What is as at rest keeps its level: by hand, in a run, in every draw, and as one number wherever a part is used."""

from __future__ import annotations

import re

import numpy as np
import pytest

from vesicula import simulate
from vesicula.compiler import compile_model
from vesicula.language import check, prepare, read
from vesicula.language.writing.models import write

LN2 = float(np.log(2.0))
DAY = 1440.0
PM = 0.602214076e-3  # molecules/µm³
POOL = """\
vesicula: 1
model: resting
rest:
  volume: 1 nL
  cells: {maker: 50, drinker: 10}
  levels:
    A: 10 pM @assumed (1..100 @assumed)
    B: 4 pM @assumed (0.4..40 @assumed)
    S: 30 pM @assumed (3..300 @assumed)
sites:
  pool: {kind: pool, volume: 1 nL}
substances:
  A: {diffuses: 60 um^2/s, half-life: 2 h (0.2..20 @assumed), start: as at rest}
  B: {diffuses: 60 um^2/s, half-life: 5 h (0.5..50 @assumed), start: as at rest}
  S: {diffuses: 60 um^2/s, start: as at rest}
  "A:B": {diffuses: 60 um^2/s, half-life: 1 h (0.1..10 @assumed), start: as at rest}
reactions:
  - A binds B, Kd 20 pM (2..200 @assumed), off 0.5 /h (0.05..5 @assumed)
cells:
  maker:
    diameter: 10 um
    secretes: {A: as at rest, B: as at rest}
    inside:
      - S activates N, half-max 20 pM (2..200 @assumed), weight 1, ec50 0.5, hill 1.4
      - N responds in 1 min
    rules:
      - N raises A secretion to 6x (2..18 @assumed), half-max 0.4 (0.1..0.8 @assumed), hill 1
      - S lowers A secretion to 0.2x (0.05..0.8 @assumed), half-max 40 pM (4..400 @assumed), hill 1
  drinker:
    diameter: 10 um
    takes up: {A: 20 pL/h (2..200 @assumed)}
    secretes: {B: 0.02 molecules/min (0.01..0.04 @assumed)}
start:
  - 50 maker in pool
  - 10 drinker in pool
protocol:
  - at 0 h hold S as at rest
measure:
  A: concentration of A in pool in pM
  B: concentration of B in pool in pM
run: {for: 20 h, record: every 2 h, step: 2 min, DRAWS}
"""


def pool(draws: int = 1) -> str:
    return POOL.replace("DRAWS", f"draws: {draws}" if draws > 1 else "seeds: 1")


def values_of(text: str) -> dict[str, np.ndarray]:
    compiled = compile_model(prepare(text), seed=3)
    table = compiled.system.values
    return {info.path: table[:, k] for k, info in enumerate(compiled.names.parameters)}


def test_a_secretion_replaces_what_is_lost_bound_and_taken_up() -> None:
    found = values_of(pool())
    a, b, s = 10 * PM, 4 * PM, 30 * PM
    off, on = 0.5 / 60, 0.5 / 60 / (20 * PM)
    complexed = on * a * b / (off + LN2 / 60)
    bound = on * a * b - off * complexed
    x = s / (s + 20 * PM)
    top = (0.5**1.4 - 1) / (2 * 0.5**1.4 - 1)
    node = top * x**1.4 / (top - 1 + x**1.4)
    up, down = node / 0.4, 30 / 40
    fold = (1 + 5 * up / (1 + up)) * (1 - 0.8 * down / (1 + down))
    made = 1e6 * (LN2 / 120 * a + bound) + 10 * (20_000 / 60) * a
    assert found["cells.maker.secretes.A"][0] == pytest.approx(made / 50 / fold, rel=1e-6)
    made = 1e6 * (LN2 / 300 * b + bound) - 10 * 0.02
    assert found["cells.maker.secretes.B"][0] == pytest.approx(made / 50, rel=1e-9)
    assert found["substances.A:B.start"][0] == pytest.approx(complexed, rel=1e-9)


def test_levels_stay_in_a_run_in_every_draw_and_differ_between_draws() -> None:
    series = simulate(pool(8), seed=5).to_dataframe()
    for name in ("A", "B"):
        rows = [of_draw.value for _, of_draw in series[series.measure == name].groupby("replicate")]
        assert max(one.max() / one.min() for one in rows) < 1.02
        firsts = [one.iloc[0] for one in rows]
        assert max(firsts) / min(firsts) > 2


def test_an_arm_disturbs_and_does_not_reset_the_rest() -> None:
    text = pool().replace("measure:", "arms:\n  untreated: []\n  blind: [ ]\nmeasure:", 1)
    text = text.replace("  blind: [ ]\n", "  blind:\n    - block S in maker by 100 %\n")
    found = values_of(text)["cells.maker.secretes.A"]
    assert found[0] == found[1] == values_of(pool())["cells.maker.secretes.A"][0]


def test_the_same_in_a_place_without_what_it_is_balanced_against() -> None:
    alone = """\
vesicula: 1
model: dish
use: [cells/osteoblast, networks/bone-matrix, vesicles/osteoblast-ev]
sites: {dish: {kind: pool, volume: 1 uL}}
start: [ ]
measure: {OPG: concentration of TNFRSF11B in dish in pM}
run: {for: 1 day, draws: 4}
"""
    alone = alone.replace("start: [ ]", "start:\n  - 40 osteoblast in dish")
    one, other = (
        values_of(alone),
        values_of("vesicula: 1\nmodel: whole\nuse: [models/bone-metastasis]\nrun: {for: 1 day, draws: 4}"),
    )
    path = "cells.osteoblast.secretes.TNFRSF11B"
    assert len(set(one[path])) == 4
    assert one[path] == pytest.approx(other[path], rel=1e-9)


def test_what_follows_is_derived_and_shows_its_arithmetic() -> None:
    compiled = compile_model(prepare(pool()), seed=3)
    info = next(one for one in compiled.names.parameters if one.path == "cells.maker.secretes.A")
    assert info.value is not None
    assert info.value.evidence == "derived"
    assert info.value.note is not None
    assert "10 pM in 1 nL are 6.02e+03 molecules" in info.value.note
    assert {"rest.levels.A", "rest.levels.B", "rest.levels.S"} == set(info.derived_from)
    assert info.drawn_as == ""
    drawn = {one.path for one in compiled.names.parameters if one.drawn_as}
    assert {"rest.levels.A", "rest.levels.B", "rest.levels.S"} <= drawn


def test_a_text_with_it_reads_back_the_same() -> None:
    model = read(pool())
    assert read(write(model)) == model
    assert "secretes:\n      A: as at rest" in write(model)


def is_told(text: str, before: str, after: str, code: str, says: str) -> None:
    """A slip in a text is a mistake with its place and remedy."""
    assert before in text
    text = text.replace(before, after)
    if before.startswith("rest:"):
        text = re.sub(r"(?s)about: >.*?sites:", "sites:", text)
    found = [one for one in check(text) if one.code == code and says in one.message]
    assert found, [one.message for one in check(text)]
    assert all(one.severity == "error" and one.line > 1 and one.remedy for one in found)


MISTAKES = [
    ("rest:\n  volume", "about: >\n  volume", "no-rest", "is as at rest, and the model has no undisturbed state"),
    ("    A: 10 pM @assumed (1..100 @assumed)\n", "", "no-rest", "no level of A"),
    ("{maker: 50, drinker: 10}", "{drinker: 10}", "no-rest", "no maker"),
    (
        "B: 0.02 molecules/min (0.01..0.04 @assumed)",
        "B: as at rest",
        "two-unknowns",
        "what maker and drinker each secrete",
    ),
    ("diameter: 10 um\n    secretes", "diameter: as at rest\n    secretes", "no-balance", "nothing at rest tells"),
    ("secretes: {A: as at rest, B", "secretes: {S: as at rest, A: as at rest, B", "no-balance", "S is never lost"),
]


@pytest.mark.parametrize(("before", "after", "code", "says"), MISTAKES)
def test_a_mistake_is_told_with_its_place(before: str, after: str, code: str, says: str) -> None:
    is_told(pool(), before, after, code, says)


def test_more_than_is_lost_from_others_is_refused_and_told_of_draws() -> None:
    from vesicula.errors import ModelError

    with pytest.raises(ModelError, match="others bring more than is lost"):
        compile_model(prepare(pool().replace("B: 0.02 molecules/min (0.01..0.04", "B: 20 molecules/min (2..200")))
    some = compile_model(prepare(pool(32).replace("(0.01..0.04 @assumed)}", "(0.01..40 @assumed)}")), seed=1)
    assert any("of the draws others bring more" in one.message for one in some.too_much)


TISSUE = """\
vesicula: 1
model: turning
rest:
  volume: 1 nL
  cells: {stem: 60, builder: 200, eater: 20}
  levels: {H: 5 pM @assumed (0.5..50 @assumed)}
sites:
  pool: {kind: pool, volume: 10 nL}
substances:
  H: {diffuses: 60 um^2/s}
  G: {diffuses: 60 um^2/s, half-life: 1 h (0.1..10 @assumed)}
matrix:
  bone:
    fills: {pool: 50 %}
    solid: no
    stores: {G: 2 molecules/um^3 @assumed}
    new stores: {G: 2 molecules/um^3 @assumed}
cells:
  stem:
    diameter: 5 um
    apoptosis: 0.1 /day (0.03..0.3 @assumed)
    dead stay: 1 h
    becomes:
      - eater as at rest
    rules:
      - H raises becoming eater to 9x (3..27 @assumed), half-max 10 pM (1..100 @assumed), hill 1
  builder:
    diameter: 5 um
    apoptosis: 0.2 /day (0.06..0.6 @assumed)
    dead stay: 1 h
    divides: as at rest
    deposits: {bone: as at rest}
    rules:
      - G raises deposition of bone to 3x (1.5..6 @assumed), half-max 4 pM (0.4..40 @assumed), hill 1
      - H raises division to 2x (1.2..4 @assumed), half-max 5 pM (0.5..50 @assumed), hill 1
  eater:
    diameter: 5 um
    dies: after 8 days (4..16 @assumed), in 4 steps
    dead stay: 1 h
    resorbs: {bone: 20 um^3/h (10..40 @assumed)}
    traits:
      vigour: {median: 0.8, spread: 1.6, multiplies: [resorption of bone]}
    rules:
      - H raises apoptosis to 3x (1.5..6 @assumed), half-max 5 pM (0.5..50 @assumed), hill 1
start:
  - 600 stem in pool
  - 2000 builder in pool
  - 200 eater in pool
protocol:
  - at 0 h hold H as at rest
  - at 6 h, every 6 h, add stem as at rest in pool
measure:
  stems: count of stem in pool
  builders: count of builder in pool
  eaters: count of eater in pool
  bone: bone left in pool in % of start
run: {for: 20 days, record: every 2 days, step: 1 h, DRAWS}
"""


def tissue(draws: int = 1) -> str:
    return TISSUE.replace("DRAWS", f"draws: {draws}" if draws > 1 else "seeds: 1")


def test_division_change_supply_and_formation_replace_what_goes() -> None:
    found = values_of(tissue())
    raised = 1 + 2 * 0.5  # 5 pM at a half-max of 5 pM, to 3x
    gone = raised / 8 / DAY
    assert found["cells.stem.becomes.0.rate"][0] == pytest.approx(20 * gone / 60 / (1 + 8 / 3), rel=1e-6)
    k = 10
    cycle = k * (2 ** (1 / k) - 1) * 1.5 / (0.2 / DAY)
    assert found["cells.builder.divides"][0] == pytest.approx(cycle, rel=1e-9)
    eaten = 20 * 20 / 60 * 0.8 * np.exp(0.5 * np.log(1.6) ** 2)
    g = 2 * eaten / (1e6 * LN2 / 60) / (4 * PM)
    fold = 1 + 2 * g / (1 + g)
    assert found["cells.builder.deposits.bone"][0] == pytest.approx(eaten / 200 / fold, rel=1e-6)
    assert found["protocol.1.supply"][0] == pytest.approx((600 * 0.1 + 200 * gone * DAY) / 4, rel=1e-6)


def test_numbers_of_cells_and_matrix_stay_in_a_run_in_every_draw() -> None:
    text = tissue(6).replace(
        ", in 4 steps", ""
    )  # cells of the start are all new, which a life in steps shows for a while
    series = simulate(text, seed=4).to_dataframe()
    for name, tolerance in (("stems", 0.15), ("builders", 0.15), ("eaters", 0.35), ("bone", 0.08)):
        last = series[(series.measure == name) & (series.time_min == 20 * DAY)].value
        first = series[(series.measure == name) & (series.time_min == 0)].value
        assert len(last) >= 6
        assert abs(last.mean() / first.mean() - 1) < tolerance / 2, name
        assert (abs(last.to_numpy() / first.mean() - 1) < tolerance).all(), name


SLIPS = [
    ("apoptosis: 0.2 /day (0.06..0.6 @assumed)", "apoptosis: as at rest", "two-unknowns", "the number builder"),
    ("stem: 60, ", "", "no-rest", "no stem"),
    ("at 6 h, every 6 h, add", "at 6 h add", "no-balance", "what comes once"),
    ("  - 600 stem in pool\n", "", "no-balance", "how many stem there are"),
    ("  - at 6 h, every", "  - at 0 h set rest.levels.H to 3 pM\n  - at 6 h, every", "no-balance", "other rest"),
]


@pytest.mark.parametrize(("before", "after", "code", "says"), SLIPS)
def test_a_mistake_of_numbers_is_told_with_its_place(before: str, after: str, code: str, says: str) -> None:
    is_told(tissue(), before, after, code, says)


def test_what_two_rates_would_follow_from_is_refused() -> None:
    text = tissue().replace("apoptosis: 0.2 /day (0.06..0.6 @assumed)", "apoptosis: as at rest")
    assert "two-unknowns" in [one.code for one in check(text)]


BLOOD = """\
vesicula: 1
model: blood
rest:
  volume: 1 nL
  cells: {stem: 60}
  blood: 20 nL
  in blood: {gland: 4, gut: 5}
  levels:
    H: 5 pM @assumed (0.5..50 @assumed)
    C: 200 pM @assumed (20..2000 @assumed)
    D: 300 pM @assumed (30..3000 @assumed)
sites:
  blood: {kind: pool, volume: 20 nL, fluid: blood}
substances:
  H:
    diffuses: 60 um^2/s
    half-life: {tissue: 3 h (1..10 @assumed), blood: 30 min (10..100 @assumed)}
    start: as at rest
  C:
    diffuses: 60 um^2/s
    half-life: {tissue: 1 h (0.5..2 @assumed), blood: 2 h (0.5..8 @assumed)}
    start: as at rest
  D: {diffuses: 60 um^2/s}
reactions:
  - T makes C from D, kcat 2 /min (0.2..20 @assumed), Km 100 pM (10..1000 @assumed), on gut
cells:
  gland:
    diameter: 10 um
    secretes: {H: as at rest}
    rules:
      - C lowers H secretion to 0.2x (0.05..0.8 @assumed), half-max 400 pM (40..4000 @assumed), hill 1
  gut:
    diameter: 10 um
    surface: {T: as at rest}
    rules:
      - H raises T on the surface to 6x (2..18 @assumed), half-max 10 pM (1..100 @assumed), hill 1
start:
  - 4 gland in blood
  - 5 gut in blood
protocol:
  - at 0 h hold D as at rest
measure:
  H: concentration of H in blood in pM
  C: concentration of C in blood in pM
run: {for: 20 h, record: every 2 h, step: 2 min, DRAWS}
"""


def blood(draws: int = 1) -> str:
    return BLOOD.replace("DRAWS", f"draws: {draws}" if draws > 1 else "seeds: 1")


def test_in_blood_an_enzyme_makes_what_is_lost_there_and_a_gland_secretes_it() -> None:
    found = values_of(blood())
    each, fold = 2 * 300 / 400, 1 + 5 * 0.5 / 1.5
    copies = 20e6 * LN2 / 120 * 200 * PM / (5 * each * fold)
    assert found["cells.gut.surface.T"][0] == pytest.approx(copies, rel=1e-6)
    secreted = 20e6 * LN2 / 30 * 5 * PM / 4 / (1 - 0.8 * 0.5 / 1.5)
    assert found["cells.gland.secretes.H"][0] == pytest.approx(secreted, rel=1e-6)
    info = next(one for one in compile_model(prepare(blood())).names.parameters if one.path == "cells.gut.surface.T")
    assert {"rest.levels.C", "rest.levels.D", "rest.levels.H", "reactions.0.kcat"} <= set(info.derived_from)
    assert "by a copy of T" in str(info.value and info.value.note)


def test_levels_of_blood_stay_in_every_draw() -> None:
    series = simulate(blood(8), seed=5).to_dataframe()
    for name in ("H", "C"):
        rows = [of_draw.value for _, of_draw in series[series.measure == name].groupby("replicate")]
        assert max(one.max() / one.min() for one in rows) < 1.02
        assert max(one.iloc[0] for one in rows) / min(one.iloc[0] for one in rows) > 2


OF_BLOOD = [
    ("  blood: 20 nL\n", "", "no-rest", "has no `blood`"),
    ("gland: 4, gut: 5", "gland: 4", "no-rest", "no gut"),
    ("{stem: 60}", "{stem: 60, gut: 5}", "two-unknowns", "gut stands under `cells` and under `in blood`"),
    ("    D: 300 pM @assumed (30..3000 @assumed)\n", "", "no-rest", "of which T makes C"),
    ("    C: 200 pM @assumed (20..2000 @assumed)\n", "", "no-rest", "no level of C"),
    ("surface: {T: as at rest}", "surface: {T: as at rest, U: as at rest}", "no-balance", "U on gut makes nothing"),
    (", blood: 2 h (0.5..8 @assumed)}", "}", "no-balance", "C is never lost"),
    ("secretes: {H: as at rest}", "secretes: {H: as at rest, C: as at rest}", "two-unknowns", "the level of C cannot"),
]


@pytest.mark.parametrize(("before", "after", "code", "says"), OF_BLOOD)
def test_a_mistake_about_blood_is_told_with_its_place(before: str, after: str, code: str, says: str) -> None:
    is_told(blood(), before, after, code, says)


def test_a_text_with_blood_reads_back_the_same() -> None:
    model = read(blood())
    assert read(write(model)) == model
