"""What a cell does in one state alone, and values of cells that nothing could read: they act, or are told."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tests.cases.forms import Place, with_lines
from tests.cases.read_by_engine import alike, read_by_engine

from vesicula.compiler import compile_model
from vesicula.engine.program import Effect
from vesicula.language import check, prepare

STATES = "    states: [quiet, loud]\n"
ACT = {
    "TGFB1 secretion": "3 molecules/s", "IL6 uptake": "3 pL/h", "U release": "30 particles/h",
    "EV release": "9 particles/h",
    "W clearance": "2 pL/h", "W fusion": "2 pL/h", "W endocytosis": "2 pL/h", "loading of CD9 in U": "3",
    "division": "0.1 /h", "apoptosis": "0.1 /h", "necrosis": "0.1 /h", "adhesion": "1 um/min", "repulsion": "1 um/min",
    "resorption of mineral": "3 um^3/h", "deposition of mineral": "3 um^3/h", "killing of c": "0.1 /h",
    "engulfing": "0.1 /h", "CD73 on the surface": "100 copies",
}  # fmt: skip
TOLD = {
    "attraction to IL6": "2", "W release": "30 particles/h", "W binding": "2 pL/h", "migration speed": "1 um/min",
    "persistence": "10 min", "bias": "50 %", "turning away": "50 %", "loading of miR-21-5p in W": "3",
}  # fmt: skip


def text(*lines: Place, cell: str = "") -> str:
    loaded = with_lines(*lines).replace(
        "  U: {from: c}\n",
        "  U:\n    from: c\n    carries: {CD9: {copies: 2 copies/EV (0.2..20 @assumed), type: protein}}\n",
    )
    return loaded.replace(STATES, STATES + "".join(f"    {line}\n" for line in cell.splitlines()))


def errors(model: str) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in check(model) if one.severity == "error"]


def line_of(model: str, words: str) -> int:
    return next(n + 1 for n, line in enumerate(model.splitlines()) if words in line)


@pytest.mark.parametrize("words", ACT)
def test_what_a_cell_does_in_one_state_alone_acts_there(words: str) -> None:
    first, other = (text(cell=f"while loud: {{{words}: {n} @assumed}}") for n in (ACT[words], f"7{ACT[words]}"))
    assert errors(first) == []
    plain, stated, changed = (read_by_engine(compile_model(prepare(one))) for one in (text(), first, other))
    assert not alike(plain, stated)
    assert not alike(stated, changed)


@pytest.mark.parametrize("words", TOLD)
def test_what_a_cell_cannot_do_in_any_state_is_told_in_its_line(words: str) -> None:
    model = text(cell=f"while loud: {{{words}: {TOLD[words]} @assumed}}")
    assert errors(model) == [("missing-key", line_of(model, words))]


@pytest.mark.parametrize(
    ("where", "words"),
    [("toward: {IL6: -1}", "attraction to IL6"), ("climbs: {mineral: -9}", "haptotaxis along mineral")],
)
def test_a_rule_changes_what_is_below_zero_too(where: str, words: str) -> None:
    cell = f"moves: {{speed: 1 um/min @assumed, persistence: 10 min @assumed, bias: 50 % @assumed, {where}}}"
    rule = f"TGFB1 raises {words} to 3x (1.5..9 @assumed), half-max 20 pM (2..200 @assumed)"
    assert errors(text(("rules", rule), cell=cell)) == []
    nothing = text(("rules", rule), cell=re.sub("-[0-9]", "0", cell))
    assert errors(nothing) == [("base-zero", line_of(nothing, words))]


def test_a_trait_multiplies_what_the_cell_does() -> None:
    model = text(cell="traits: {vigour: {median: 1, multiplies: [division, IL6 uptake]}}")
    assert errors(model) == [("base-zero", line_of(model, "vigour"))]
    assert errors(model.replace(", IL6 uptake", "")) == []


def test_the_apoptosis_of_a_state_is_one_rate_beside_a_lifetime_too() -> None:
    model = text(cell="dies: after 14 days (5..50 @assumed)\nwhile loud: {apoptosis: 0.6 /h (0.06..6 @assumed)}")
    program = compile_model(prepare(model)).system.site("dish")
    clocks = [n for n, effect in enumerate(program.lifecycle.effect) if effect == Effect.APOPTOSIS]
    columns = program.behaviours.p_base[0, 1, program.behaviours.clock[clocks]]
    assert len(clocks) == 2
    assert float(np.sum(program.values[0, columns])) == pytest.approx(0.01)


def test_one_half_max_for_what_is_measured_differently_is_told() -> None:
    node = ("inside", "TGFB1 activates SMAD, half-max 20 pM (2..200 @assumed)")
    for gate in ("TGFB1 and delivered miR-21-5p", "delivered miR-21-5p and TGFB1", "TGFB1 or contact with c"):
        model = text(node, ("inside", f"{gate} activate NODE, half-max 20 pM (2..200 @assumed)"))
        assert ("wrong-quantity", line_of(model, "NODE")) in errors(model)
        assert any("one half-max" in one.message for one in check(model))
    fits = text(node, ("inside", "TGFB1 and SMAD or IL6 activate NODE, half-max 20 pM (2..200 @assumed)"))
    assert errors(fits) == []


def test_what_is_said_of_all_vesicles_while_each_class_has_its_own_is_doubted() -> None:
    own = "\n".join(f"fate of {name}: {{clears: 2 pL/h (0.2..20 @assumed)}}" for name in ("V", "W", "U"))
    model = text(cell=own)
    (told,) = [one for one in check(model) if "of all vesicles" in one.message]
    assert (told.code, told.line) == ("nothing-reads", line_of(model, "EV fate"))
    fewer = model.replace("    fate of U: {clears: 2 pL/h (0.2..20 @assumed)}\n", "")
    assert not any("of all vesicles" in one.message for one in check(fewer))


def test_receptors_of_what_is_not_bound_are_doubted() -> None:
    model = text(cell="fate of W: {receptors: 1e4 (1e3..1e5 @assumed)}")
    assert [one.line for one in check(model) if "binds no W" in one.message] == [line_of(model, "fate of W")]
    bound = model.replace("{receptors:", "{binding: 1 pL/h (0.1..10 @assumed), receptors:")
    assert not any("binds no W" in one.message for one in check(bound))


@pytest.mark.parametrize(("degrees", "doubted"), [(4, False), (8, False), (11, True)])
def test_another_cold_than_that_of_a_refrigerator_is_doubted(degrees: int, doubted: bool) -> None:
    found = check(with_lines(("treated", f"cool to {degrees} C")))
    assert [one.code for one in found if "taken as cells at 4 C" in one.message] == ["temperature"] * doubted
