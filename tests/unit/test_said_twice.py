"""What is said twice counts twice, or is refused; nothing that a text says is left out without a word."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.spec import check, prepare

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
    program = compiled.programs["dish"]
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
    assert len(compile_model(prepare(text)).programs["dish"].start.type) == 5 + number


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
    "load": ("- block", "    - load miR-21-5p in V x 10\n    - load miR-21-5p in V x 100"),
    "dose": ("- block", "    - dose V x 10\n    - dose V x 100"),
    "deplete": ("- block", "    - deplete V by 50 %\n    - deplete V by 90 %"),
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
    program = compiled.programs["dish"]
    sizes = [float(program.values[k, program.cell_types.p_volume[0]]) for k in range(2)]
    assert sizes == pytest.approx([3.141592653589793 / 6 * d**3 for d in (9, 15)])
    last = {
        v.arm: [x for c in program.protocol.p_amount if not np.isnan(x := program.values[k, c])][-1]
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
