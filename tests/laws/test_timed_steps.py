"""A step that lasts acts from its time on, until its second one; before, after and in other arms nothing changes."""

from __future__ import annotations

import os
import signal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import vesicula
from vesicula.compiler import compile_model
from vesicula.engine import step
from vesicula.experiments.loading.required import required_loading
from vesicula.experiments.running import measured
from vesicula.language import check, prepare
from vesicula.march import first_states
from vesicula.results.stored_program import packed, read
from vesicula.simulation import Interrupted

HALF = 6.0  # h, of everything
MODEL = """\
vesicula: 1
model: over-time
sites:
  dish: {kind: pool, volume: 1 mL}
substances:
  IL6: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 6 h (0.6..60 @assumed)}
vesicles:
  V:
    from: c
    diameter: 100 nm (30..300 @assumed)
    half-life: 6 h (0.6..60 @assumed)
    made: at the membrane
    carries: {miR-21-5p: 2 copies/EV (0.1..10 @assumed)}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    secretes: {IL6: 1000 molecules/s (100..10000 @assumed)}
    releases: {V: 1e6 particles/h (1e5..1e7 @assumed)}
    inside:
      - A starts at 1 @assumed (0.1..1)
      - A responds in 1 h (0.1..10 @assumed)
start:
  - 10 c in dish
arms:
  as it is: []
  {arm}:
{steps}
controls: none
measure:
{measures}
run: {for: 36 h, record: every 12 h, step: {step}, seeds: 1}
"""
FINE, COARSE = "6 min", "30 min"  # macro steps; a constant rate is exact at any
READ = {"V": "density of V in dish in EV/mL", "IL6": "concentration of IL6 in dish in pM", "A": "A in c"}
HOURS = (12, 24, 36)


def model(*steps: str, arm: str = "changed", macro_step: str = FINE) -> str:
    """The model with one arm of these steps; every read-out at every hour."""
    reads = "".join(f"  {name} {hour}: {text} at {hour} h\n" for name, text in READ.items() for hour in HOURS)
    lines = "".join(f"    - {one}\n" for one in steps) or "    []\n"
    text = MODEL.replace("{arm}", arm).replace("{step}", macro_step)
    return text.replace("{steps}\n", lines).replace("{measures}\n", reads)


def level(production: dict[float, float], until: float) -> float:
    """Level at a time with production (per h, from each time on) and loss of a half-life of 6 h."""
    k, starts = np.log(2) / HALF, [*sorted(production), np.inf]
    pieces = [(production[a], a, min(b, until)) for a, b in pairwise(starts) if a < until]
    return sum(p / k * (np.exp(-k * (until - b)) - np.exp(-k * (until - a))) for p, a, b in pieces)


MAKES = 1000 * 3600 * 10 / 6.02214076e23 / 1e-3 * 1e12  # pM per h of 10 cells in 1 mL
RELEASES = 1e7  # EV/mL per h
COURSES = {
    ("at 12 h block release of V by 75 %",): ("V", RELEASES, {0: 1.0, 12: 0.25}),
    ("from 12 h to 24 h block release of V by 75 %",): ("V", RELEASES, {0: 1.0, 12: 0.25, 24: 1.0}),
    ("from 0 h to 12 h block release of V by 75 %",): ("V", RELEASES, {0: 0.25, 12: 1.0}),
    ("from 6 h to 12 h block release of V by 50 %", "at 12 h block release of V by 75 %"): (
        "V", RELEASES, {0: 1.0, 6: 0.5, 12: 0.25},
    ),
    ("at 12 h knock out IL6 in c, residual 10 %",): ("IL6", MAKES, {0: 1.0, 12: 0.1}),
    ("from 12 h to 24 h overexpress IL6 in c x 5",): ("IL6", MAKES, {0: 1.0, 12: 5.0, 24: 1.0}),
    ("at 12 h block secretion of IL6 in c by 50 %",): ("IL6", MAKES, {0: 1.0, 12: 0.5}),
    ("at 12 h block secretion of IL6 by drug at 9 nM, IC50 1 nM (0.1..10 @assumed), hill 1",): (
        "IL6", MAKES, {0: 1.0, 12: 0.1},
    ),
    ("at 12 h set cells.c.secretes.IL6 to 4000 molecules/s",): ("IL6", MAKES, {0: 1.0, 12: 4.0}),
    (
        "set cells.c.secretes.IL6 to 2000 molecules/s",
        "from 12 h to 24 h set cells.c.secretes.IL6 to 4000 molecules/s",
    ): ("IL6", MAKES, {0: 2.0, 12: 4.0, 24: 2.0}),
    ("from 12 h to 24 h cool to 4 C",): ("V", RELEASES, {0: 1.0, 12: None, 24: 1.0}),
}  # fmt: skip


@pytest.mark.parametrize("steps", list(COURSES), ids="; ".join)
def test_course_of_what_is_made(steps: tuple[str, ...]) -> None:
    name, rate, shares = COURSES[steps]
    compiled = compile_model(prepare(model(*steps, macro_step=COARSE)))
    if None in shares.values():  # what the library says is left of it
        active = next(i.value for i in compiled.names.parameters if i.path.endswith(".share") and "changed" in i.path)
        left = 1 - active.number / (100 if active.unit == "%" else 1)
        shares = {start: left if share is None else share for start, share in shares.items()}
    shown = measured(compiled)
    for hour in HOURS:
        untouched = shown.of(f"{name} {hour}", "as it is")[0]
        assert untouched == pytest.approx(level({0: rate}, hour), rel=0.01)
        expected = level({start: rate * share for start, share in shares.items()}, hour)
        assert shown.of(f"{name} {hour}", "changed")[0] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("steps", "levels"),
    [
        (("at 12 h clamp A in c at 0.5",), (1.0, 0.5, 0.5)),
        (("from 12 h to 24 h clamp A in c at 0.2",), (1.0, 0.2, 1.0)),
        (("clamp A in c at 0.2", "at 12 h clamp A in c at 0.7"), (0.2, 0.7, 0.7)),
        (("at 12 h clamp A in c at 0.7", "clamp A in c at 0.2"), (0.2, 0.7, 0.7)),
        (("at 12 h knock out A in c, residual 30 %",), (1.0, 0.3, 0.3)),
        (("from 12 h to 24 h knock out A",), (1.0, 0.0, 1.0)),
        (("at 12 h block A in c by 40 %",), (1.0, 0.6, 0.6)),
    ],
    ids=lambda part: "; ".join(map(str, part)),
)
def test_course_of_a_node(steps: tuple[str, ...], levels: tuple[float, ...]) -> None:
    """At 11 h, before; at 23 h and 35 h, eleven times the 1 h in which it responds later."""
    text = model(*steps, macro_step=COARSE)
    for hour in HOURS:
        text = text.replace(f"A in c at {hour} h", f"A in c at {hour - 1} h")
    shown = measured(compile_model(prepare(text)))
    found = [shown.of(f"A {hour}", "changed")[0] for hour in HOURS]
    assert found == pytest.approx(levels, abs=2e-4)


def test_copies_of_what_is_released() -> None:
    """Vesicles released after the step carry the changed copies, those released before keep theirs."""
    compiled = compile_model(prepare(model("at 12 h load miR-21-5p in V x 10", arm="loaded")))
    found = {}
    for hours in (12, 24):
        states = first_states(compiled.system, compiled.keys)
        for _ in range(hours * 10):
            step.advance(compiled.system, states)
        found[hours] = states.site("dish")
    per = {hours: state.cargo.sum((1, 2)) / state.vesicles.sum((1, 2)) for hours, state in found.items()}
    assert per[12] == pytest.approx([2, 2])
    new, old = level({12: 1.0}, 24), level({0: 1.0}, 24) - level({12: 1.0}, 24)
    assert per[24] == pytest.approx([2, (20 * new + 2 * old) / (new + old)], rel=0.01)


def test_other_arms_keep_their_bits() -> None:
    alone = measured(compile_model(prepare(model(macro_step=COARSE))))
    blocked = model("from 12 h to 24 h block release of V by 75 %", macro_step=COARSE)
    beside = measured(compile_model(prepare(blocked)))
    for name, values in alone.values.items():
        assert values[0] == beside.values[name][0]


def test_a_step_acts_from_its_macro_step_on() -> None:
    program = compile_model(prepare(model("from 12 h to 24 h block release of V by 75 %"))).system.site("dish")
    for at, values in ((119, program.values), (120, program.later_values[0]), (239, program.later_values[0])):
        np.testing.assert_array_equal(program.at(at).values, values)
    np.testing.assert_array_equal(program.at(240).values, program.values)
    assert not np.array_equal(program.values, program.later_values[0])


def test_no_time_is_one_piece() -> None:
    compiled = compile_model(prepare(model("block release of V by 75 %")))
    assert len(compiled.system.site("dish").later_step) == 0


def test_a_restart_between_has_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = model("from 12 h to 24 h block release of V by 75 %", "at 18 h set cells.c.secretes.IL6 to 9 molecules/s")
    path = tmp_path / "over-time.yaml"
    path.write_text(text)
    vesicula.simulate(path, out=tmp_path / "whole")
    real = step.advance
    for stop in (125, 200, 245):

        def stops(system, states, stop=stop) -> None:
            if states.step == stop:
                os.kill(os.getpid(), signal.SIGINT)
            real(system, states)

        monkeypatch.setattr(step, "advance", stops)
        with pytest.raises(Interrupted):
            vesicula.simulate(path, out=tmp_path / f"stopped {stop}")
        monkeypatch.setattr(step, "advance", real)
        vesicula.resume(tmp_path / f"stopped {stop}")
        again = (tmp_path / f"stopped {stop}/series.parquet").read_bytes()
        assert again == (tmp_path / "whole/series.parquet").read_bytes()


def test_the_kept_program_changes_on_the_way_too(tmp_path: Path) -> None:
    compiled = compile_model(prepare(model("from 12 h to 24 h block release of V by 75 %")))
    (tmp_path / "program.bin").write_bytes(packed(compiled.system, compiled.keys))
    from vesicula.results.folder import PROGRAM

    (tmp_path / "program.bin").rename(tmp_path / PROGRAM)
    kept = read(tmp_path).site("dish")
    np.testing.assert_array_equal(kept.later_step, [120, 240])
    np.testing.assert_array_equal(kept.later_values, compiled.system.site("dish").later_values)


def test_a_hold_can_say_until_when() -> None:
    """Held at 100 pM from 12 h to 24 h, then left alone; a second hold may begin where the first ends."""
    shown = measured(compile_model(prepare(model("from 6 h to 12 h hold IL6 at 100 pM", macro_step=COARSE))))
    expected = 100 * 0.5 ** (12 / HALF) + level({0: MAKES}, 12)
    assert shown.of("IL6 24", "changed")[0] == pytest.approx(expected, rel=0.01)
    both = ("from 18 h to 30 h hold IL6 at 50 pM", "from 6 h to 18 h hold IL6 at 100 pM")
    for steps in (both, both[::-1]):
        shown = measured(compile_model(prepare(model(*steps, macro_step=COARSE))))
        assert shown.of("IL6 12", "changed")[0] == pytest.approx(100, rel=1e-6)
        assert shown.of("IL6 24", "changed")[0] == pytest.approx(50, rel=1e-6)


def codes(*steps: str) -> list[str]:
    return [one.code for one in check(model(*steps))]


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        (("at 12 h without c",), "whole-run"),
        (("at 12 h deplete V by 50 %",), "whole-run"),
        (("from 12 h to 24 h wash 50 %",), "step-time"),
        (("from 24 h to 12 h block release of V by 50 %",), "step-time"),
        (("at 0 h, every 2 h, block release of V by 50 %",), "step-time"),
        (("at 40 h block release of V by 50 %",), "run-times"),
        (("block release of V by 50 %", "at 12 h block release of V by 90 %"), "two-ways"),
        (("at 12 h clamp A in c at 0.5", "at 12 h clamp A in c at 0.7"), "two-ways"),
        (("at 0.05 h block release of V by 50 %",), "moved-time"),
        (("from 1 h to 2.03 h block release of V by 50 %",), "moved-time"),
    ],
    ids=str,
)
def test_times_that_do_not_fit(steps: tuple[str, ...], code: str) -> None:
    assert code in codes(*steps)


def test_steps_that_follow_each_other_do_not_meet() -> None:
    told = codes("from 0 h to 12 h block release of V by 50 %", "at 12 h block release of V by 90 %")
    assert not {"two-ways", "step-time", "moved-time", "run-times"} & {*told}


def test_a_moved_time_says_where_it_went() -> None:
    """Half a step is moved to the step after or before; what is told is what happens."""
    for written, told in (("3 min", "0 min"), ("10.05 h", "600 min"), ("10.06 h", "606 min"), ("9 min", "12 min")):
        found = [one for one in check(model(f"at {written} wash 50 %")) if one.code == "moved-time"]
        assert [told in one.message for one in found] == [True], found


def test_a_value_that_counts_at_the_start_only() -> None:
    text = model("at 12 h set substances.IL6.start to 5 pM").replace(
        "IL6: {diffuses", "IL6: {start: 1 pM @assumed (0.1..10), diffuses"
    )
    assert [one.code for one in vesicula.check(prepare(text)) if one.severity == "error"] == ["start-only"]
    whole = text.replace("at 12 h set", "set")
    assert [one for one in vesicula.check(prepare(whole)) if one.severity == "error"] == []


def test_required_loading_is_not_told_of_values_that_change() -> None:
    text = model("at 12 h block uptake of V by 50 %").replace("  as it is: []\n", "")
    with pytest.raises(vesicula.ModelError, match="change on the way"):
        required_loading(compile_model(prepare(text)))
