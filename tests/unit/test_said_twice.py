"""What is said twice counts twice, or is refused; nothing that a text says is left out without a word."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.engine.program import Event
from vesicula.language import check, prepare

# ruff: noqa: E501 (texts of models stand as their authors write them)

TWICE = """\
vesicula: 1
model: said-twice
sites:
  dish: {kind: pool, volume: 1 mL}
  well: {kind: pool, volume: 1 mL}
substances:
  TGFB1: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
  IL6: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
vesicles:
  V:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      miR-21-5p: {copies: 10 copies/EV (1..100 @assumed), half-life: 20 h (2..200 @assumed)}
  W:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      miR-21-5p: 10 copies/EV (1..100 @assumed)
preparations:
  prep: {of: V}
  other-prep: {of: W}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    states: [quiet, loud]
    secretes: {IL6: 2 molecules/s (0.2..20 @assumed)}
    own copies: {miR-21-5p: 100 (10..1000 @assumed), miR-105-5p: 100 (10..1000 @assumed)}
    EV fate: {clears: 50 pL/h (5..500 @assumed), fusion: 5 % (0.5..50 @assumed)}
    becomes:
      - loud from quiet at 0.05 /day (0.005..0.5 @assumed)
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
      - TGFB1 activates SMAD, half-max 20 pM (2..200 @assumed)
    rules:
      - SMAD raises IL6 secretion to 5x (1.5..15 @assumed), half-max 0.5 (0.1..0.9 @assumed)
start:
  - 5 c in dish
protocol:
  - at 0 h add 1000 particles of V to dish
controls: none
arms:
  untreated: []
  treated:
    - block sensing of TGFB1 in c by 90 % (50..99 @assumed)
run: {for: 2 h, step: 6 min}
"""


def doubled(after: str, line: str) -> str:
    """The model with a line put after the one that begins so."""
    lines = TWICE.split("\n")
    at = next(n for n, one in enumerate(lines) if one.strip().startswith(after))
    return "\n".join([*lines[: at + 1], line, *lines[at + 1 :]])


def amounts(text: str, arm: str = "untreated") -> list[float]:
    compiled = compile_model(prepare(text))
    program = compiled.system.site("dish")
    row = next(i for i, v in enumerate(compiled.variants) if v.arm == arm)
    return [float(program.values[row, column]) for column in program.protocol.p_amount]


@pytest.mark.parametrize("number", ["1000", "1e3", "2000"])
def test_a_dose_said_twice_is_given_twice(number: str) -> None:
    text = doubled("- at 0 h add 1000", f"  - at 0 h add {number} particles of V to dish")
    assert sum(amounts(text)) == 1000 + float(number)
    in_arm = doubled("treated:", f"    - at 0 h add {number} particles of V to dish")
    assert sum(amounts(in_arm, "treated")) == 1000 + float(number)


@pytest.mark.parametrize("number", [5, 7])
def test_cells_said_twice_are_there_twice(number: int) -> None:
    text = doubled("- 5 c in dish", f"  - {number} c in dish")
    assert len(compile_model(prepare(text)).system.site("dish").start.type) == 5 + number


def test_a_part_used_by_two_parts_counts_once(tmp_path) -> None:
    (tmp_path / "dose.yaml").write_text(
        "vesicula: 1\npart: ./dose.yaml\nprotocol:\n  - at 0 h add 300 particles of V to dish\n", encoding="utf-8"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(
            f"vesicula: 1\npart: ./{name}.yaml\nuse: [./dose.yaml]\n", encoding="utf-8"
        )
    model = tmp_path / "model.yaml"
    model.write_text(TWICE.replace("sites:\n", "use: [./one.yaml, ./two.yaml, ././dose.yaml]\nsites:\n", 1), "utf-8")
    assert sum(amounts(model)) == 1300


SILENCED = "      - miR-105-5p silences PDCD4 ({mrna} mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed){more})"
ANTIBODY = "    - at {at} h add antibody against IL6, 1 nM, Kd {kd} nM @assumed, off 1 /h (0.1..10 @assumed), half-life {life} h"
REFUSED = {  # what: (line after which it is put, lines)
    "flow": ("- at 0 h add", "body:\n  - dish perfuses well, 1 mL/h @assumed\n  - dish perfuses well, 1 mL/h @assumed"),
    "flow back": ("- at 0 h add", "body:\n  - dish perfuses well, 1 mL/h @assumed\n  - well perfuses dish, 2 mL/h"),
    "reaction": ("- at 0 h add", "reactions:\n  - IL6 turns into TGFB1, half-life 1 h\n  - IL6 turns into TGFB1, half-life 9 h"),
    "binding": ("- at 0 h add", "reactions:\n  - IL6 binds TGFB1, Kd 1 nM, off 1 /h\n  - IL6 binds TGFB1, Kd 2 nM, off 1 /h"),
    "rule": ("- SMAD raises", "      - SMAD raises IL6 secretion to 3x (1.5..15 @assumed), half-max 0.5 (0.1..0.9 @assumed)"),
    "edge": ("- TGFB1 activates", "      - TGFB1 activates SMAD, half-max 200 pM (2..2000 @assumed)"),
    "rule of a signal with its place": (
        "- SMAD raises",
        "      - SMAD inside raises IL6 secretion to 3x (1.5..15 @assumed), half-max 0.5 (0.1..0.9 @assumed)",
    ),
    "edge of a signal with its place": (
        "- TGFB1 activates", "      - TGFB1 outside activates SMAD, half-max 200 pM (2..2000 @assumed)"
    ),
    "node": ("- TGFB1 activates", "      - SMAD starts at 0.1\n      - SMAD starts at 0.3"),
    "protein": ("- TGFB1 activates", SILENCED.format(mrna=20, more=", protein half-life 12 h (5..100 @assumed)")),
    "mRNA": ("- TGFB1 activates", SILENCED.format(mrna=50, more="")),
    "follows": ("- TGFB1 activates", "      - PDCD4 responds in 3 h (0.3..30 @assumed)"),
    "transition": ("- loud from", "      - loud from quiet at 0.5 /day (0.05..5 @assumed)"),
    "clearance": ("EV fate", "    clears EV: 5 pL/h (0.5..50 @assumed)"),
    "state": ("secretes", "    while loud: {V clearance: 9 pL/h (1..90 @assumed), V fusion: 1 pL/h (0.1..10 @assumed)}"),
    "half-life of a cargo": ("miR-21-5p: 10 copies/EV", "  X:\n    carries: {miR-21-5p: {copies: 1 copies/EV, half-life: 9 h}}"),
    "kind of a cargo": ("miR-21-5p: 10 copies/EV", "  X:\n    carries: {miR-21-5p: {copies: 1 copies/EV, type: protein}}"),
    "co-isolated": (
        "other-prep",
        "  third:\n    of: V\n    co-isolated:\n"
        "      - 2 copies/EV miR-21-5p on AGO\n      - 5 copies/EV miR-21-5p on AGO",
    ),
    "override": ("model: said", "but:\n  cells.c.EV fate.clears: 1 pL/h\n  cells.c.fate of EV.clears: 2 pL/h"),
    "block": ("- block", "    - block sensing of TGFB1 in c by 50 % (5..90 @assumed)"),
    "block of the protocol": ("- at 0 h add", "  - block sensing of TGFB1 in c by 50 % (5..90 @assumed)"),
    "clamp": ("- block", "    - clamp SMAD in c at 0.2\n    - clamp SMAD in c at 0.5"),
    "knock out": ("- block", "    - knock out IL6 in c, residual 10 % (1..50 @assumed)\n    - knock out IL6 in c"),
    "set": ("- block", "    - set cells.c.diameter to 9 um\n    - set cells.c.diameter to 15 um"),
    "hold": ("- block", "    - at 1 h hold IL6 at 1 pM\n    - at 60 min hold IL6 at 9 pM"),
    "load and remove": ("- block", "    - load miR-21-5p in V x 10\n    - remove miR-21-5p from V"),
    "clamp and knock out": ("- block", "    - clamp SMAD in c at 0.2\n    - knock out SMAD"),
    "load": ("- block", "    - load miR-21-5p in V x 10\n    - load miR-21-5p in V x 100"),
    "dose": ("- block", "    - dose V x 10\n    - dose V x 100"),
    "deplete": ("- block", "    - deplete V by 50 %\n    - deplete V by 90 %"),
    "medium through": ("- at 0 h add", "  - at 1 h give 50 % medium of dish to well\n  - at 1 h give 10 % medium of well to dish"),
    "medium twice": ("- at 0 h add", "  - at 1 h give 50 % medium of dish to well\n  - at 60 min give 10 % medium of dish to well"),
    "replace": ("- block", "    - replace prep by vehicle\n    - replace prep by other-prep"),
    "cool": ("- block", "    - cool to 4 C\n    - cool to 8 C"),
    "antibody": ("- block", f"{ANTIBODY.format(at=0, kd=1, life=9)}\n{ANTIBODY.format(at=1, kd=2, life=9)}"),
    "life of an antibody": ("- block", f"{ANTIBODY.format(at=0, kd=1, life=9)}\n{ANTIBODY.format(at=1, kd=1, life=5)}"),
    "declared antibody": ("TGFB1: {diffuses", f"  anti-IL6: {{diffuses: 30 um^2/s, half-life: 3 h}}\nNEXT{ANTIBODY.format(at=0, kd=1, life=9)}"),
}  # fmt: skip


def test_the_model_itself_is_right() -> None:
    assert [one for one in check(TWICE) if one.severity == "error"] == []


@pytest.mark.parametrize("what", REFUSED)
def test_one_thing_said_twice_is_refused_with_both_places(what: str) -> None:
    after, lines = REFUSED[what]
    lines, _, arm = lines.partition("\nNEXT")
    text = doubled(after, lines)
    if arm:
        text = text.replace("  treated:\n", f"  treated:\n{arm}\n")
    found = [one for one in check(text) if one.severity == "error"]
    assert [one.code for one in found] == ["two-ways"], found
    assert found[0].line > 0
    assert found[0].remedy


def test_an_arm_goes_before_the_protocol_in_what_it_sets_and_holds() -> None:
    held = doubled("- at 0 h add", "  - at 0 h hold IL6 at 1 nM\n  - set cells.c.diameter to 9 um")
    held = held.replace(
        "  treated:\n", "  treated:\n    - at 0 h hold IL6 at 5 nM\n    - set cells.c.diameter to 15 um\n"
    )
    compiled = compile_model(prepare(held))
    program = compiled.system.site("dish")
    sizes = [float(program.values[k, program.cell_types.p_volume[0]]) for k in range(2)]
    assert sizes == pytest.approx([3.141592653589793 / 6 * d**3 for d in (9, 15)])
    holds = program.protocol.p_amount[program.protocol.kind == Event.HOLD_SUBSTANCE]
    last = {
        v.arm: [x for c in holds if not np.isnan(x := program.values[k, c])][-1]
        for k, v in enumerate(compiled.variants)
    }
    assert last["treated"] == pytest.approx(5 * last["untreated"])


def test_steps_of_protocol_and_arm_keep_their_own_numbers() -> None:
    text = doubled("- at 0 h add", "  - deplete W by 30 %").replace(
        "  treated:\n", "  treated:\n    - at 1 h wash 80 %\n"
    )
    text = text.replace("  untreated: []", "  untreated:\n    - at 1 h wash 60 %")
    assert amounts(text, "treated")[1:] == [0.0, 0.8]
    assert amounts(text, "untreated")[1:] == [0.6, 0.0]


# --- at one time ---------------------------------------------------------------------------------------------------

STEPS = (
    "at 1 h release TGFB1", "at 1 h remove 50 % of c", "at 1 h wash 80 %", "at 1 h hold IL6 at 1 nM",
    "at 1 h add 2 nM TGFB1 to dish", "at 1 h add 3000 particles of V to dish", "at 1 h add 3 c in dish",
)  # fmt: skip


def table_of(steps: list[str]) -> list[tuple[object, ...]]:
    text = TWICE.replace("  - at 0 h add 1000 particles of V to dish\n", "".join(f"  - {one}\n" for one in steps))
    compiled = compile_model(prepare(text))
    program = compiled.system.site("dish")
    events = program.protocol
    return [
        (int(events.kind[k]), int(events.what[k]), int(events.key[k]), float(program.values[0, events.p_amount[k]]))
        for k in range(len(events.kind))
    ]


def test_steps_at_one_time_take_out_before_they_put_in_in_whatever_order_they_are_written() -> None:
    table = table_of([*STEPS])
    kinds = [Event(row[0]).name for row in table]
    assert kinds == [
        "RELEASE_HOLD", "REMOVE_CELLS", "WASH", "HOLD_SUBSTANCE", "DOSE_SUBSTANCE", "DOSE_VESICLES", "ADD_CELLS",
    ]  # fmt: skip
    assert table_of([*reversed(STEPS)]) == table
    assert table_of([*STEPS[3:], *STEPS[:3]]) == table


BLOCK = "    - block sensing of TGFB1 in c by 90 % (50..99 @assumed)\n"


def in_arm(*lines: str, text: str = TWICE) -> str:
    """The model with other steps in the arm `treated`."""
    return text.replace(BLOCK, "".join(f"    - {one}\n" for one in lines))


def given(text: str, kind: Event, arm: str = "treated") -> list[float]:
    compiled = compile_model(prepare(text))
    program = compiled.system.site("dish")
    row = next(i for i, v in enumerate(compiled.variants) if v.arm == arm)
    events = program.protocol
    return [float(program.values[row, events.p_amount[k]]) for k in np.flatnonzero(events.kind == kind)]


@pytest.mark.parametrize("step", ["dose {} x 0.3", "deplete {} by 70 %"])
def test_another_dose_holds_for_all_that_is_given_of_a_thing(step: str) -> None:
    antibody = ANTIBODY.format(at=0, kd=1, life=9).strip().removeprefix("- ")
    for what, line, kind in (
        ("anti-IL6", antibody, Event.DOSE_SUBSTANCE),
        ("IL6", "at 0 h add 2 nM IL6 to dish", Event.DOSE_SUBSTANCE),
        ("IL6", "at 0 h hold IL6 at 2 nM", Event.HOLD_SUBSTANCE),
    ):
        whole, less = given(in_arm(line), kind), given(in_arm(line, step.format(what)), kind)
        assert sum(whole) > 0
        assert less == pytest.approx([0.3 * one for one in whole])
        assert given(in_arm(step.format(what), line), kind) == less


def test_what_is_depleted_of_cells_is_missing_in_those_that_are_added() -> None:
    added = given(in_arm("at 1 h add 100 c in dish", "deplete c by 70 %"), Event.ADD_CELLS)
    assert added == pytest.approx([30.0])


def test_medium_given_to_two_at_once_is_drawn_from_what_was_there() -> None:
    gifts = ("at 1 h give 40 % medium of dish to well", "at 1 h give 30 % medium of dish to pond")
    shares = []
    for lines in (gifts, gifts[::-1]):
        text = TWICE.replace("  well: {", "  pond: {kind: pool, volume: 1 mL}\n  well: {")
        text = text.replace("protocol:\n", "protocol:\n" + "".join(f"  - {one}\n" for one in lines))
        compiled = compile_model(prepare(text))
        table, values = compiled.system.exchange.transfers, compiled.system.site("dish").values
        left, drawn = 1.0, {}
        for target, column in zip(table.target, table.p_drawn, strict=True):
            drawn[int(target)] = left * values[0, column]
            left -= drawn[int(target)]
        shares.append(drawn)
    assert shares[0] == shares[1]
    assert sorted(shares[0].values()) == pytest.approx([0.3, 0.4])


def test_replacements_hold_at_once() -> None:
    text = TWICE.replace(
        "  - at 0 h add 1000 particles of V to dish\n",
        """\
  - at 0 h add 1000 particles of prep to dish
  - at 0 h add 70 particles of other-prep to dish
""",
    )
    swap = ("replace prep by other-prep", "replace other-prep by prep")
    tables = [given(in_arm(*lines, text=text), Event.DOSE_VESICLES) for lines in (swap, swap[::-1])]
    assert tables[0] == tables[1]
    assert sorted(tables[0]) == [0.0, 0.0, 70.0, 1000.0]
    assert tables[0] != given(text, Event.DOSE_VESICLES)


def test_the_clearance_of_a_state_is_that_of_both_routes_together() -> None:
    text = doubled("secretes", "    while loud: {V clearance: 9 pL/h (1..90 @assumed)}")
    compiled = compile_model(prepare(text))
    program = compiled.system.site("dish")
    b = program.behaviours
    quiet, loud = (
        [float(program.values[0, b.p_base[0, state, b.route[0, route]]]) for route in (0, 1)] for state in (0, 1)
    )
    assert sum(loud) == pytest.approx(9 / 50 * sum(quiet))
    assert loud[0] == pytest.approx(0.05 * sum(loud))


# --- two parts, two networks -----------------------------------------------------------------------------------------

CELL = "cells:\n  d:\n    diameter: 12 um (5..50 @assumed)\n    states: [quiet, loud]\n"
PARTS = {
    "rule": "    secretes: {{IL6: 2 molecules/s (0.2..20 @assumed)}}\n    rules:\n"
    "      - TGFB1 raises IL6 secretion to {n}x (1.1..15 @assumed), half-max 20 pM (2..200 @assumed)\n",
    "edge": "    inside:\n      - TGFB1 activates SMAD, half-max {n} pM (0.2..200 @assumed)\n",
    "node": "    inside:\n      - TGFB1 activates SMAD, half-max 20 pM (2..200 @assumed)\n      - SMAD starts at 0.{n}\n",
    "transition": "    becomes:\n      - loud from quiet at {n} /day (0.1..20 @assumed)\n",
    "fate": "    EV fate: {{clears: {n} pL/h (0.5..50 @assumed)}}\n",
    "motion": "    moves: {{speed: 0.{n} um/min (0.05..1 @assumed), persistence: 30 min (5..120 @assumed)}}\n",
    "state": "    secretes: {{IL6: 2 molecules/s (0.2..20 @assumed)}}\n"
    "    while loud: {{IL6 secretion: {n} molecules/s (0.2..20 @assumed)}}\n",
    "competitors": "    competitors: {n}e4 sites (1e3..1e6 @assumed)\n",
}  # fmt: skip


def of_parts(folder, what: str, first: int, second: int, own: int | None) -> list:
    for name, number in (("a", first), ("b", second)):
        text = f"vesicula: 1\npart: ./{name}.yaml\n{CELL}{PARTS[what].format(n=number)}"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    text = TWICE.replace("sites:\n", "use: [./a.yaml, ./b.yaml]\nsites:\n", 1)
    if own is not None:
        said = PARTS[what].format(n=own)
        text = text.replace("start:\n", f"  d:\n    diameter: 12 um (5..50 @assumed)\n{said}start:\n", 1)
    model = folder / "model.yaml"
    model.write_text(text, encoding="utf-8")
    return [one for one in check(model) if one.severity == "error"]


@pytest.mark.parametrize("what", PARTS)
def test_two_parts_that_disagree_are_refused_unless_the_model_says_it(tmp_path, what: str) -> None:
    found = of_parts(tmp_path, what, 2, 3, None)
    assert [one.code for one in found] == ["two-values"], found
    assert "b.yaml" in found[0].file
    assert "a.yaml:" in found[0].message
    assert of_parts(tmp_path, what, 2, 2, None) == []
    assert of_parts(tmp_path, what, 2, 3, 4) == []


def with_networks(own: str, order: str = "[one, two]") -> str:
    networks = "".join(
        f"  {name}:\n    inside:\n      - TGFB1 activates NFKB1, half-max {n} pM (1..200 @assumed)\n"
        for name, n in (("one", 20), ("two", 30))
    )
    text = TWICE.replace("cells:\n", f"networks:\n{networks}cells:\n", 1)
    text = text.replace("    inside:\n      - miR", f"    networks: {order}\n    inside:\n{own}      - miR", 1)
    return text


def test_two_networks_of_a_cell_that_disagree_are_refused_unless_the_cell_says_it() -> None:
    for order in ("[one, two]", "[two, one]"):
        found = [one for one in check(with_networks("", order)) if one.severity == "error"]
        assert [one.code for one in found] == ["two-values"]
        assert "two networks of c" in found[0].message
        assert found[0].line > 0
    own = "      - TGFB1 activates NFKB1, half-max 25 pM (1..200 @assumed)\n"
    assert [one for one in check(with_networks(own)) if one.severity == "error"] == []
