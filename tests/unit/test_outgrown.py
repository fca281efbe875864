"""What is said before a run: cells that will outgrow their site, in which draws and by when, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import vesicula
from vesicula.compiler.growth import growth
from vesicula.compiler.outgrown import by_when, outgrown
from vesicula.engine.room import filled
from vesicula.engine.start import initial_state
from vesicula.errors import ModelError

DAY = 1440.0
MODEL = """\
vesicula: 1
model: growing
sites:
  tissue:
    size: [200 um, 200 um]
    depth: 20 um
    voxel: 20 um
substances:
  CXCL12:
    diffuses: 80 um^2/s (20..400 @assumed)
    half-life: 3 h (0.5..10 @assumed)
cells:
  tumour:
    diameter: 12 um (10..14 @assumed)
    secretes:
      CXCL12: 0.5 molecules/s (0.05..5 @assumed)
    divides: every 1 day (0.1..10 @assumed)
    rules: []
start:
  - 20 tumour in tissue
measure:
  cells: count of tumour in tissue
run:
  for: 4 days
  record: every 4 h
"""
PLACE = MODEL.splitlines().index("    divides: every 1 day (0.1..10 @assumed)") + 1


def written(tmp_path: Path, *changes: tuple[str, str]) -> str:
    text = MODEL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "growing.yaml").write_text(text)
    return str(tmp_path / "growing.yaml")


def told(model: str, draws: int | None = None) -> list[str]:
    compiled = vesicula.load(model, draws=draws)
    found = outgrown(compiled.model, compiled.system, compiled.variants, compiled.span)
    assert all(one.code == "outgrown" and one.severity == "warning" and one.line == PLACE for one in found)
    return [one.message for one in found]


def test_a_culture_that_doubles_in_a_day_does(tmp_path: Path) -> None:
    compiled = vesicula.load(written(tmp_path, ("divides: every 1 day (0.1..10", "doubles: every 1 day (0.1..10")))
    found = growth(compiled.system, compiled.span)
    assert_allclose(found.cells[:, 0, 0, 0], 20 * 2 ** (found.times / DAY), rtol=1e-9)
    program = compiled.system.site("tissue")
    first = initial_state(program, [0], compiled.site_keys("tissue"), [1])
    assert_allclose(found.filled[0, 0, 0], filled(program, first)[0], rtol=1e-12)


def test_the_dead_stay_and_the_others_grow_less(tmp_path: Path) -> None:
    """n' = (r − μ) n and d' = μ n − d/s, in closed form."""
    death = "    apoptosis: 0.5 /day (0.05..5 @assumed)\n    dead stay: 12 h (5..50 @assumed)\n    rules: []"
    changes = (("divides: every 1 day (0.1", "doubles: every 1 day (0.1"), ("    rules: []", death))
    compiled = vesicula.load(written(tmp_path, *changes))
    found, r, mu, s = growth(compiled.system, compiled.span), math.log(2.0) / DAY, 0.5 / DAY, 720.0
    alive = 20 * np.exp((r - mu) * found.times)
    dead = 20 * mu / (r - mu + 1 / s) * (np.exp((r - mu) * found.times) - np.exp(-found.times / s))
    assert_allclose(found.cells[:, 0, 0, 0], alive + dead, rtol=1e-9)


def test_division_every_minute_is_refused_before_the_run(tmp_path: Path) -> None:
    model = written(tmp_path, ("every 1 day (0.1..10", "every 1 min (0.1..10"))
    with pytest.raises(ModelError) as refused:
        vesicula.simulate(model, out=tmp_path / "run")
    (one,) = refused.value.diagnostics
    assert (one.code, one.severity, one.line) == ("outgrown", "error", PLACE)
    assert "tumour would fill tissue" in one.message
    assert "a run ends at 10 times, here after" in one.message
    assert "pressure lowers division" in str(one.remedy)
    assert not (tmp_path / "run").exists()
    assert [found.code for found in vesicula.check(model) if found.severity == "error"] == ["outgrown"]


def test_the_draw_that_fills_the_site_is_named_with_its_day(tmp_path: Path) -> None:
    model = written(tmp_path, ("every 1 day (0.1..10", "every 2 days (0.2..20"))
    assert told(model) == []
    (message,) = told(model, draws=8)
    compiled = vesicula.load(model, draws=8)
    found = growth(compiled.system, compiled.span)
    when = found.first_above(2.0)[:, 0]
    first = int(np.argmin(when))
    assert first > 0
    assert message.startswith(f"draw {first + 1} fills tissue {by_when(when[first])}: ")
    assert f"({np.isfinite(when).sum()} of 8 draws do)" in message


def test_what_only_a_rule_can_do_is_a_doubt(tmp_path: Path) -> None:
    slow = ("every 1 day (0.1..10", "every 20 days (2..200")
    rule = "    rules:\n      - CXCL12 raises division to 1e6x (1e5..1e7 @assumed), half-max 1 nM (0.1..10 @assumed)"
    assert told(written(tmp_path, slow)) == []
    (message,) = told(written(tmp_path, slow, ("    rules: []", rule)))
    assert message.startswith("where rules raise its division to their limits, tumour fills tissue 10 times after")


def test_a_crowd_that_holds_its_division_back_is_not_accused(tmp_path: Path) -> None:
    fast = ("every 1 day (0.1..10", "every 4 h (0.4..40")
    rule = "    rules:\n      - pressure lowers division to 0.01x (0.001..0.1 @assumed)"
    with pytest.raises(ModelError):
        vesicula.load(written(tmp_path, fast))
    assert told(written(tmp_path, fast, ("    rules: []", rule))) == []


def test_a_rule_that_may_hold_division_back_makes_it_a_doubt(tmp_path: Path) -> None:
    fast = ("every 1 day (0.1..10", "every 4 h (0.4..40")
    rule = "    rules:\n      - CXCL12 lowers division to 0.01x (0.001..0.1 @assumed), half-max 1 nM (0.1..10 @assumed)"
    (message,) = told(written(tmp_path, fast, ("    rules: []", rule)))
    assert "fills tissue" in message
    assert "a run ends at 10 times" in message


@pytest.mark.parametrize(
    ("minutes", "words"), [(0.0, "from the start"), (40.0, "after 40 min"), (300.0, "after 5 h"), (2000.0, "by day 2")]
)
def test_times_in_words(minutes: float, words: str) -> None:
    assert by_when(minutes) == words
