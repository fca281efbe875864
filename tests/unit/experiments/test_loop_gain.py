"""Loops whose gain is known in closed form, and links against what the engine itself does when one thing is changed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import vesicula
from vesicula.cli import exits, main
from vesicula.experiments import loop_gain
from vesicula.experiments.loops.cycles import gain, loops, opened
from vesicula.experiments.loops.gain import _run_to
from vesicula.experiments.loops.links import graph
from vesicula.experiments.running import measured

TWO = """\
vesicula: 1
model: two-cells
run: {{for: 4 days, record: every 1 days, step: 2 h}}
sites:
  pond: {{kind: pool, volume: 1 uL}}
substances:
  X: {{half-life: 2 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 20 kDa @assumed}}
  Y: {{half-life: 1 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 20 kDa @assumed}}
cells:
  a:
    diameter: 15 um @assumed
    secretes: {{X: 40 molecules/s @assumed}}
    rules:
      - Y {verb} X secretion to {limit} @assumed, half-max {half} pM @assumed, hill {hill} @assumed
  b:
    diameter: 15 um @assumed
    secretes: {{Y: 60 molecules/s @assumed}}
    rules:
      - X raises Y secretion to 5x @assumed, half-max 70 pM @assumed, hill 2 @assumed
start:
  - 100 a in pond
  - 100 b in pond
arms: {{plain: []}}
measure:
  X: concentration of X in pond in pM
  Y: concentration of Y in pond in pM
"""


def two(verb: str = "raises", limit: str = "8x", half: float = 90, hill: float = 1.5) -> str:
    return TWO.format(verb=verb, limit=limit, half=half, hill=hill)


def slope(x: float, limit: float, half: float, hill: float) -> float:
    """d ln b / d ln x of b = b0 (1 + limit s)/(1 + s), s = (x/half)^hill."""
    s = (x / half) ** hill
    return hill * s * (limit / (1 + limit * s) - 1 / (1 + s))


@pytest.mark.parametrize(("verb", "limit"), [("raises", 8.0), ("lowers", 0.1)])
def test_a_loop_of_two_cells_has_the_product_of_its_two_slopes(verb: str, limit: float) -> None:
    found = loop_gain(two(verb, f"{limit:g}x"))
    level = {one.name: one.seen for one in found.levels}
    expected = slope(level["X"], 5, 70, 2) * slope(level["Y"], limit, 90, 1.5)
    assert found.found == 1
    (loop,) = found.loops
    assert loop.gain.stated == pytest.approx(expected, rel=1e-3)
    assert (loop.gain.stated > 0) == (verb == "raises")
    strengths = [abs(found.links[k].elasticity.stated) for k in loop.links]
    assert sum(one == pytest.approx(1.0, rel=1e-3) for one in strengths) == 2  # each cell alone makes its substance
    assert abs(found.links[loop.weakest].elasticity.stated) == min(strengths)
    assert all(gain.stated == pytest.approx(expected, rel=1e-3) for gain in found.opened.values())
    assert all(one.balanced == pytest.approx(one.seen, rel=1e-3) for one in found.levels)


def test_no_loop_where_nothing_comes_back() -> None:
    one_way = (
        two()
        .replace("      - Y raises X secretion to 8x", "      - X raises X uptake to 8x")
        .replace("    secretes: {X: 40 molecules/s @assumed}\n", "    takes up: {X: 1 pL/h @assumed}\n")
    )
    found = loop_gain(one_way.replace("half-life: 2 h @assumed,", "half-life: 2 h @assumed, start: 9 pM @assumed,"))
    assert (found.found, found.loops, found.opened) == (0, (), {})


def test_what_a_weak_link_rests_on_are_the_values_of_its_rule() -> None:
    found = loop_gain(two(half=3000))
    weakest = found.links[found.loops[0].weakest]
    assert (weakest.start, weakest.end) == ("Y", "X secretion of a")
    named = {one.path: one for one in found.rests_on}
    assert {"cells.a.rules.0.half-max", "cells.a.rules.0.limit", "cells.a.rules.0.hill"} == set(named)
    s = (next(one.seen for one in found.levels if one.name == "Y") / 3000) ** 1.5
    left = 1 - 8 * s / (1 + 8 * s)
    assert named["cells.a.rules.0.half-max"].influence == pytest.approx(-1.5 * (left - s / (1 + s)), rel=0.03)
    assert named["cells.a.rules.0.limit"].influence == pytest.approx(8 / 7 - 1 + left, rel=0.03)
    assert named["cells.a.rules.0.half-max"].evidence == "assumed"


DECOY = """\
vesicula: 1
model: decoy
run: {for: 12 days, record: every 1 days, step: 2 h}
sites:
  pond: {kind: pool, volume: 1 uL}
substances:
  L: {half-life: 2 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 20 kDa @assumed}
  D: {half-life: 9 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 50 kDa @assumed}
  "D:L": {half-life: 3 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 70 kDa @assumed}
reactions:
  - D binds L, Kd 5 pM @assumed, off 0.5 /h @assumed
cells:
  a:
    diameter: 15 um @assumed
    secretes: {L: 60 molecules/s @assumed, D: 100 molecules/s @assumed}
    takes up: {L: 300 pL/h @assumed}
    rules:
      - L raises D secretion to 4x @assumed, half-max 3 pM @assumed
start:
  - 100 a in pond
arms: {plain: []}
measure:
  L: concentration of L in pond in pM
  D: concentration of D in pond in pM
"""


def levels(text: str) -> dict[str, float]:
    return {name: float(one[0]) for name, one in measured(vesicula.load(text)).values.items()}


def test_links_through_a_decoy_are_what_the_engine_answers() -> None:
    """One cell is left out of the loop by a rule that reads nothing: the levels then answer to secretion alone."""
    still = DECOY.replace("L raises D secretion to 4x", "L raises D secretion to 1.0001x")
    found = loop_gain(DECOY.replace("to 4x", "to 1.5x"), at="11 days", over="7 days")
    link = {(one.start, one.end): one.elasticity.stated for one in found.links}
    assert link["D secretion of a", "L"] < -0.1
    base = levels(still)
    more = levels(still.replace("D: 100 molecules/s", "D: 102 molecules/s"))
    seen = math.log(more["L"] / base["L"]) / math.log(1.02)
    again = loop_gain(still.replace("1.0001x", "1.01x"), at="11 days", over="7 days")
    assert again.links[[one.end for one in again.links].index("L")].elasticity.stated == pytest.approx(seen, rel=0.03)


GROWING = """\
vesicula: 1
model: growing
run: {for: 6 days, record: every 1 days, step: 2 h}
sites:
  pond: {kind: pool, volume: 1 uL}
substances:
  X: {half-life: 2 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 20 kDa @assumed}
cells:
  a:
    diameter: 15 um @assumed
    divides: every 4 days @assumed, in 1 steps
    apoptosis: 0.1 /day @assumed
    dead stay: 1 h @assumed
    secretes: {X: 40 molecules/s @assumed}
    rules:
      - X raises division to 3x @assumed, half-max 300 pM @assumed, hill 1 @assumed
start:
  - 400 a in pond
arms: {plain: []}
"""


@pytest.mark.parametrize("days", [1.0, 3.0])
def test_cells_that_feed_themselves_gain_by_division_times_the_horizon(days: float) -> None:
    """Memoryless birth and death: n(T) = n e^((k - d) T), so d ln n / d ln k = k T, and X follows the cells."""
    found = loop_gain(GROWING, at="3 days", over=f"{days:g} days")
    x = next(one.seen for one in found.levels if one.name == "X")
    s = x / 300
    rate = (1 + 3 * s) / (1 + s) / 4
    (loop,) = found.loops
    assert loop.gain.stated == pytest.approx(slope(x, 3, 300, 1) * rate * days, rel=0.01)


def test_loops_of_a_graph_are_found_once_and_opened_together() -> None:
    links = {
        ("a", "b"): np.array([2.0]), ("b", "a"): np.array([0.1]), ("b", "c"): np.array([0.5]),
        ("c", "a"): np.array([-0.4]), ("c", "c"): np.array([0.5]), ("c", "d"): np.array([9.0]),
    }  # fmt: skip
    found, more = loops(links)
    assert not more
    assert sorted("".join(sorted(one)) for one in found) == ["ab", "abc", "c"]
    assert sorted(round(float(gain(one, links)[0]), 6) for one in found) == [-0.4, 0.2, 0.5]
    assert opened("a", links)[0] == pytest.approx(2.0 * (0.1 + 0.5 * -0.4 / (1 - 0.5)))  # c answers itself twice
    assert opened("d", links)[0] == 0.0


MESSAGES = """\
vesicula: 1
model: messages
run: {for: 4 days, record: every 1 days, step: 1 h}
sites:
  pond: {kind: pool, volume: 0.1 uL}
substances:
  X: {half-life: 2 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 20 kDa @assumed}
vesicles:
  V: {from: a, kind: small EV, carries: {miR-21-5p: 4 copies/EV @assumed}}
cells:
  a:
    diameter: 15 um @assumed
    releases: {V: 500 particles/h @assumed}
    clears EV: 20 pL/h @assumed
    rules:
      - X raises V release to 4x @assumed, half-max 30 pM @assumed, hill 1 @assumed
  b:
    diameter: 15 um @assumed
    secretes: {X: 1 molecules/s @assumed}
    clears EV: 60 pL/h @assumed
    own copies: {miR-21-5p: 50 copies @assumed}
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA @assumed, half-life 4 h @assumed, protein half-life 4 h @assumed)
    rules:
      - PDCD4 raises X secretion to 6x @assumed, half-max 0.5 @assumed, hill 1 @assumed
start:
  - 300 a in pond
  - 200 b in pond
arms: {plain: []}
"""


def test_a_loop_leads_through_vesicles_and_what_they_silence() -> None:
    """X raises release, vesicles bring miR-21 to b, which silences what raises X: a loop that holds against change."""
    found = loop_gain(MESSAGES)
    loop = found.loops[0]
    assert loop.gain.stated < -0.01
    assert {"X", "V release of a", "V", "miR-21-5p in b", "X secretion of b"} == set(loop.things)
    link = {(one.start, one.end): one.elasticity.stated for one in found.links}
    assert link["V release of a", "V"] == pytest.approx(1.0, rel=1e-6)
    assert link["V", "miR-21-5p in b"] == pytest.approx(1.0, rel=1e-6)
    assert link["miR-21-5p in b", "X secretion of b"] < -0.01
    x = next(one.seen for one in found.levels if one.name == "X")
    assert link["X", "V release of a"] == pytest.approx(slope(x, 4, 30, 1), rel=1e-3)
    assert not any("vesicle" in one for one in found.notes)


def test_links_through_vesicles_are_what_the_engine_answers() -> None:
    still = MESSAGES.replace("to 4x @assumed, half-max 30", "to 1.01x @assumed, half-max 30")
    read = still + "measure:\n  X: concentration of X in pond in pM\n"
    base, more = (levels(read.replace("500 particles/h", f"{n} particles/h"))["X"] for n in (480, 520))
    seen = math.log(more / base) / math.log(520 / 480)
    link = {(one.start, one.end): one.elasticity.stated for one in loop_gain(still, at="90 h", over="6 h").links}
    ways = [("V", "miR-21-5p in b"), ("miR-21-5p in b", "X secretion of b"), ("X secretion of b", "X")]
    assert math.prod(link[way] for way in ways) == pytest.approx(seen, rel=0.15)


def test_the_answer_marks_the_weakest_link_and_says_what_it_rests_on(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model = tmp_path / "two.yaml"
    model.write_text(two(half=3000), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["explain", str(model), "--loop", "--at", "2 days", "--draws", "3", "--through", "X", "--prior"])
    assert stopped.value.code == exits.OK
    told = capfd.readouterr().out
    assert "3 draws, at 48 h" in told
    assert any(line.endswith("weakest") and "Y -> X secretion of a" in line for line in told.splitlines())
    assert "Y -> X secretion of a, rests on" in told
    assert "cells.a.rules.0.half-max  3000 pM, assumed" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--at", "1 h"], "add `--loop`"),
        (["--loop", "--at", "9 days"], "no moment 9 days"),
        (["--loop", "--through", "Z"], "called `Z`"),
    ],
)
def test_a_question_that_has_no_answer_is_refused(
    words: list[str], said: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    model = tmp_path / "two.yaml"
    model.write_text(two(), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["explain", str(model), *words])
    assert stopped.value.code not in (exits.OK, exits.BUG)
    assert said in capfd.readouterr().err


WALL = """\
vesicula: 1
model: wall
run: {for: 4 days, record: every 1 days, step: 30 min}
sites:
  blood: {kind: pool, volume: 3 uL, fluid: blood}
  organ: {kind: pool, volume: 1 uL}
substances:
  X: {half-life: 2 h @assumed, diffuses: 50 um^2/s @assumed, molar mass: 20 kDa @assumed}
body:
  - lining parts blood from organ, 0.01 cm^2, membrane 10 um @assumed
  - guest floating leaves blood for organ at 0.4 /day @assumed between lining, seeded
vesicles:
  V:
    from: lining
    kind: small EV
    half-life: 20 h @assumed
cells:
  lining:
    diameter: 15 um @assumed
    confluence: 1e5 cells/cm^2 @assumed
    secretes: {X: 40 molecules/s @assumed}
    releases: {V: 50 particles/h @assumed}
    inside:
      - junction starts at %s @assumed
      - junction closes junctions, half-max 0.5 @assumed
    barrier:
      "X, closed": 1e-5 cm/s @assumed
      "X, open": 1e-4 cm/s @assumed
      "EV, closed": 1e-6 cm/s @assumed
      "EV, open": 1e-5 cm/s @assumed
  guest:
    diameter: 12 um @assumed
    states: [floating, seeded]
start:
  - 500 lining in blood
  - 1000 guest in blood, floating
arms: {plain: []}
measure:
  X: concentration of X in organ in pM
  V: density of V in organ in EV/mL
  guests: count of guest in organ
"""


@pytest.mark.parametrize("junction", ["0.01", "0.5"])
def test_a_wall_lets_through_in_the_balance_what_it_lets_through_in_the_run(junction: str) -> None:
    """Dissolved, in vesicles, and guests on their passage, of which an open junction lets through more."""
    compiled = vesicula.load(WALL % junction)
    run = {name: float(one[0]) for name, one in measured(compiled).values.items()}
    half = round(0.5 * compiled.span / compiled.macro_step)
    drawn = graph(_run_to(compiled, half, 0.5 * compiled.span))
    organ = compiled.system.site_names.index("organ")
    place = organ * len(compiled.names.substances) + [one.name for one in compiled.names.substances].index("X")
    assert drawn.levels.balanced[0, place] == pytest.approx(drawn.levels.seen[0, place], rel=0.05)
    guests = drawn.numbers.then[0].reshape(len(compiled.system.sites), -1)[organ].sum()
    assert guests == pytest.approx(run["guests"], rel=0.05)
    ends = {end.site for start, end in drawn.links if start.kind == "doing" and end.kind == "particles"}
    assert ends == {0, 1}
