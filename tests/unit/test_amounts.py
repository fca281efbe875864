"""Every amount is compared with what its place can hold, in the stated values and over their draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.drawing import quantile
from vesicula.errors import ModelError, NumericalError
from vesicula.experiments.running import measured
from vesicula.language import check as check_text
from vesicula.language import prepare
from vesicula.language.checking.holds import draws_beyond, particles_that_fit, shed_per_day
from vesicula.language.values import RangeShape, Value
from vesicula.simulation import check, load

MODEL = """\
vesicula: 1
model: amounts
question: Does it fit?
{where}
vesicles:
  V:
    from: donor
    diameter: {vesicle}
    half-life: 40 h (4..400 @assumed)
    carries: {miR-21-5p: {copies}}
preparations:
  prep: {of: V, particles per ug: "{ratio}"}
cells:
  donor:
    diameter: {diameter}
    releases: {V: {release}}
start:
  - {cells} donor in dish
protocol:
  - at 0 h add {dose} to dish
arms:
  as dosed: []
  more:
    - {arm}
measure:
  density: density of V in dish in EV/mL
run: {for: 1 h, step: 6 min{draws}}
"""
DISH = "labware: {dish: {plate: 24-well plate, volume: 500 uL}}"
TISSUE = "sites: {dish: {size: [200 um, 200 um], depth: 20 um, voxel: 20 um, walls: closed}}"
FITTING = {
    "where": DISH, "vesicle": "100 nm (30..300 @assumed)", "copies": "10 copies/EV (1..100 @assumed)",
    "ratio": "1e10 particles/ug (1e9..1e11 @assumed)",
    "diameter": "12 um (5..50 @assumed)", "release": "100 particles/h (30..1000 @assumed)", "cells": "4000",
    "dose": "1e9 particles of prep", "arm": "dose prep x 2", "draws": "",
}  # fmt: skip


def model(**words: str) -> str:
    text = MODEL
    for name, word in {**FITTING, **words}.items():
        text = text.replace("{" + name + "}", word)
    return text


def told(code: str, find=check_text, **words: str) -> list[tuple[str, str]]:
    found = find(model(**words))
    others = [one.text() for one in found if one.severity == "error" and one.code != code]
    assert not others
    return [(one.severity, one.message) for one in found if one.code == code]


CODES = ("too-many", "too-many-cells", "too-large-cell", "too-much-release")


@pytest.mark.parametrize(("where", "cells", "dose"), [(DISH, "4000", "1e9"), (TISSUE, "20", "1e5")])
def test_what_fits_is_not_told(where, cells, dose):
    found = check(model(where=where, cells=cells, dose=f"{dose} particles of prep", diameter="12 um (8..20 @assumed)"))
    assert not [one.text() for one in found if one.severity == "error" or one.code in CODES]


@pytest.mark.parametrize(
    "dose", ["1e24 particles of prep", "1e24 particles of V", "1e15 ug prep", "1e18 particles of prep per cell"]
)
def test_a_dose_that_the_medium_cannot_hold_is_refused_before_the_run(dose):
    ((severity, message),) = told("too-many", check, dose=dose)
    assert severity == "error"
    assert "cannot be in the medium: dish holds 6.1e+14 particles of 100 nm in 0.5 mL" in message
    with pytest.raises(ModelError, match="more than fits"):
        load(model(dose=dose))


def test_the_arm_that_gives_too_much_is_named():
    ((severity, message),) = told("too-many", check, arm="dose prep x 1e6")
    assert severity == "error"
    assert "1e+15 particles in arm more" in message


def test_a_control_arm_that_gives_too_much_is_a_doubt():
    """Ten times the dose is added unasked."""
    ((severity, message),) = told("too-many", check, dose="1e14 particles of prep")
    assert severity == "warning"
    assert "in arm dose x 10" in message


def test_a_dose_that_some_draws_make_impossible_is_a_doubt():
    words = {"dose": "1.5e4 ug prep", "draws": ", draws: 16"}
    ((severity, message),) = told("too-many", check, **words)
    compiled = load(model(**words))
    assert severity == "warning"
    columns = [k for k, one in enumerate(compiled.names.parameters) if one.path.endswith("in dish.V by arm")]
    values = compiled.system.sites[0].values
    limit = particles_that_fit(5e11, 0.1)
    arms = {v.arm: [] for v in compiled.variants}
    for v, x in zip(compiled.variants, values[:, columns[0]], strict=True):
        arms[v.arm].append(x > limit)
    wrong = [one for one in arms["dose x 10"] if one]
    assert 0 < sum(arms["as dosed"]) <= len(wrong) < 16
    assert message.startswith(f"{len(wrong)} of 16 draws")


@pytest.mark.parametrize(("copies", "severity"), [
    ("1e9 copies/EV (1e8..1e10 @assumed)", "error"), ("1e4 copies/EV (1000..1e6 @assumed)", "warning"),
    ("1000 copies/EV (100..10000 @assumed)", None),
])  # fmt: skip
def test_copies_that_a_vesicle_cannot_hold_are_told(copies, severity):
    """A lumen of 90 nm holds 59,000 miRNAs of 7.2 kDa."""
    assert [one for one, _ in told("too-many", copies=copies)] == ([severity] if severity else [])


def test_an_arm_that_loads_more_than_fits_is_a_doubt():
    ((severity, message),) = told("too-many", arm="load miR-21-5p in V x 1e5")
    assert severity == "warning"
    assert "1e+06 copies of miR-21-5p in one V" in message


@pytest.mark.parametrize(("release", "told_of"), [
    ("1e7 particles/h (1e6..1e8 @assumed)", "of 12 um would shed"),
    ("2700 particles/h (1000..1e5 @assumed)", "of the draws"),
    ("100 particles/h (30..1000 @assumed)", None),
])  # fmt: skip
def test_release_beyond_the_membrane_of_a_cell_is_a_doubt(release, told_of):
    found = told("too-much-release", release=release)
    assert [severity for severity, _ in found] == (["warning"] if told_of else [])
    assert told_of is None or told_of in found[0][1]


def test_the_highest_release_known_is_not_doubted():
    """2.7e3 vesicles/h of 100 nm by monocytes of 16 um are 2.5 own surfaces a day."""
    assert shed_per_day(2700 / 60, 0.1, 16.0) == pytest.approx(2.53, rel=1e-2)


@pytest.mark.parametrize(("words", "severity"), [
    ({"cells": "1e8"}, "warning"), ({"cells": "4e5"}, None),
    ({"where": TISSUE, "cells": "5000"}, "error"), ({"where": TISSUE, "cells": "1000"}, "warning"),
    ({"where": "sites: {dish: {kind: pool, volume: 1 nL}}", "cells": "2000"}, "error"),
    ({"where": "sites: {dish: {kind: pool, volume: 1 nL}}", "cells": "500"}, None),
])  # fmt: skip
def test_more_cells_than_there_is_room_for_are_told(words, severity):
    found = told("too-many-cells", dose="1e3 particles of prep", **words)
    assert [one for one, _ in found] == ([severity] if severity else [])


@pytest.mark.parametrize(("diameter", "severity"), [
    ("300 um (200..400 @assumed)", "error"), ("94 um (30..300 @assumed)", "warning"), ("12 um (5..50 @assumed)", None),
])  # fmt: skip
def test_cells_wider_than_their_site_are_told(diameter, severity):
    found = told("too-large-cell", where=TISSUE, diameter=diameter, cells="2", dose="1e3 particles of prep")
    assert [one for one, _ in found] == ([severity] if severity else [])


def test_a_cell_that_covers_thousands_of_voxels_is_doubted():
    where = TISSUE.replace("voxel: 20 um", "voxel: 0.2 um")
    ((severity, message),) = told("too-large-cell", where=where, cells="2", dose="1e3 particles of prep")
    assert severity == "warning"
    assert "voxels" in message


@pytest.mark.parametrize("cells", ["1e24", "1e15", "1e400"])
def test_a_number_of_cells_beyond_those_of_a_person_is_refused(cells):
    found = [one.message for one in check_text(model(cells=cells)) if one.code == "quantity"]
    assert len(found) == 1
    assert "a person has some 3e13" in found[0]


def test_what_cannot_be_counted_is_told_with_site_draw_population_and_time():
    """Nobody looked at the dose before: what a programmer compiles and runs is still not wrapped."""
    compiled = compile_model(prepare(model(arm="at 0.2 h add 1e20 particles of V to dish")))
    with pytest.raises(NumericalError) as refused:
        measured(compiled)
    assert refused.value.message == (
        "replicate 1 (arm more) would hold 1×10²⁰ particles of V in dish at 12 min; 9.01×10¹⁵ at most are counted one"
        " by one"
    )
    assert refused.value.exit_code == 5


@pytest.mark.parametrize("shape", [RangeShape.LOG_NORMAL, RangeShape.LINEAR])
@pytest.mark.parametrize("most", [3.0, 8.0, 12.0, 60.0, 200.0])
def test_the_share_of_impossible_draws_is_that_of_the_draws(shape, most):
    value = Value(number=10.0, low=2.0, high=70.0, unit="copies", shape=shape)
    scores = np.random.default_rng(1).normal(size=20000)
    drawn = np.array([quantile(10.0, 2.0, 70.0, shape, z) for z in scores])
    share = float((drawn > most).mean())
    assert draws_beyond(value, most) == pytest.approx(share, abs=4 * math.sqrt(0.25 / len(drawn)))


@pytest.mark.parametrize(("share", "told"), [("1 in 1e30", 1), ("1 in 1e15", 1), ("1 in 1e12", 0)])
def test_a_simulated_cell_stands_for_no_more_than_a_body_has(share: str, told: int) -> None:
    text = f"""
vesicula: 1
model: organ
question: How many does one stand for?
sites: {{organ: {{kind: pool, volume: 1 mL, share: {share}}}}}
cells: {{c: {{diameter: 12 um}}}}
start:
  - 1000 c in organ
measure: {{n: count of c in organ}}
run: {{for: 1 h, step: 10 min}}
"""
    found = [one for one in check_text(text) if one.code == "too-many"]
    assert len(found) == told
