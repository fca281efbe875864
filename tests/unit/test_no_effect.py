"""What can have no effect is told before a run: what nothing reads, what nothing makes, arms and measures without a way."""

import pytest

from vesicula.errors import FIRST_KINDS, render
from vesicula.language import check, library_models, prepare
from vesicula.language.influence import Influence

# ruff: noqa: E501 (texts of models stand as their authors write them)

MODEL = """\
vesicula: 1
model: wired
species: human
sites:
  dish: {kind: pool, volume: 1 mL}
substances:
  IL6: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
  CXCL12: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
vesicles:
  donor-EV:
    from: donor
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      miR-21-5p: 1000 copies/EV (100..10000 @assumed)
cells:
  donor:
    diameter: 12 um (5..50 @assumed)
    releases: {donor-EV: 100 particles/h (20..500 @assumed)}
    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}
    EV fate: {clears: 0 pL/h @assumed}
  recipient:
    diameter: 12 um (5..50 @assumed)
    clears EV: library
    own copies: {miR-21-5p: 200 (20..2000 @assumed)}
    traits:
      vigour: {median: 1, spread: 1.3 (1.1..1.6 @assumed)}
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
      - vigour activates STRONG, half-max 1 (0.1..10 @assumed)
      - IL6 and STRONG activate STAT3, half-max 20 pM (2..200 @assumed)
start:
  - 12 donor in dish
  - 12 recipient in dish
protocol:
  - at 1 h add 1 nM CXCL12 to dish
arms:
  untreated: []
  loaded:
    - load miR-21-5p in donor-EV x 1000
  blocked:
    - block sensing of IL6 in recipient by 90 % (50..99 @assumed)
measure:
  PDCD4: PDCD4 in recipient
  STAT3: STAT3 in recipient
  CXCL12: concentration of CXCL12 in dish in pM
run: {for: 24 h, step: 6 min}
"""

STRONG = "      - vigour activates STRONG, half-max 1 (0.1..10 @assumed)\n"


def doubts(text: str) -> list[tuple[str, str, str]]:
    found = check(text)
    assert not [one for one in found if one.severity == "error"], render(found)
    return [(one.code, one.message, one.remedy or "") for one in found if one.code in FIRST_KINDS]


def changed(*pairs: tuple[str, str]) -> str:
    text = MODEL
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_what_is_wired_is_not_doubted() -> None:
    assert doubts(MODEL) == []


@pytest.mark.parametrize("name", library_models())
def test_models_of_the_library_hold_nothing_without_effect(name: str) -> None:
    assert [one for one in check(name) if one.code in FIRST_KINDS] == []


@pytest.mark.parametrize("cargo", ["miR-21", "hsa-mir-21", "miR21", "MIR21", "mmu-miR-21a-5p", "miR-21-3p"])
def test_cargo_that_another_name_reads_is_asked_about(cargo: str) -> None:
    """The cargo, the sentence that reads nothing, and the answer that no arm can change."""
    text = changed(
        ("miR-21-5p: 1000", f"{cargo}: 1000"),
        ("load miR-21-5p", f"load {cargo}"),
        ("measure:\n", f"measure:\n  copies: copies of {cargo} in recipient\n"),
    )
    text = text.replace(f"  copies: copies of {cargo} in recipient\n", "", 1).replace(
        "  STAT3: STAT3", f"  copies: copies of {cargo} in recipient\n  STAT3: STAT3", 1
    )
    found = doubts(text)
    line = next(n for n, one in enumerate(text.split("\n"), 1) if "own copies" in one)
    reads = [remedy for code, message, remedy in found if code == "nothing-reads" and "donor-EV carries" in message]
    assert reads == [f"did you mean `miR-21-5p`, as in line {line}?"]
    assert ("no-way", "no arm changes anything that leads to `PDCD4`, which the answer is about") in [
        one[:2] for one in found
    ]


def test_the_family_of_a_mirna_acts_with_it() -> None:
    """miR-222-3p has the seed of miR-221-3p, so that it silences what that does."""
    text = changed(
        ("miR-21-5p: 1000", "miR-222-3p: 1000"),
        ("load miR-21-5p", "load miR-222-3p"),
        ("miR-21-5p silences", "miR-221-3p silences"),
        ("{miR-21-5p: 200", "{miR-221-3p: 200"),
    )
    assert not [one for one in doubts(text) if one[0] in ("nothing-reads", "no-way")]


def test_a_mirna_that_neither_vesicles_nor_the_cell_itself_bring() -> None:
    text = changed(
        ("miR-21-5p: 1000", "miR-105-5p: 1000"),
        ("load miR-21-5p", "load miR-105-5p"),
        ("200 (20..2000 @assumed)", "0 copies @assumed"),
    )
    told = [message for code, message, _ in doubts(text) if code == "nothing-makes"]
    assert told == ["nothing makes `miR-21-5p`: no vesicles bring it to recipient, which has no own copies"]


def test_cargo_that_reaches_none_of_its_readers() -> None:
    text = changed(("clears EV: library", "EV fate: {clears: 0 pL/h @assumed}"))
    assert "recipient read `miR-21-5p`, and none of them takes up donor-EV" in [one[1] for one in doubts(text)]


def test_cargo_that_a_cell_only_sequesters_is_read_by_it():
    holds = (
        "      - STRONG sequesters RN7SL1, capacity 1e4 copies (1e3..1e5 @assumed), Kd 100 copies (10..1000 @assumed)\n"
    )
    text = changed(
        ("    clears EV: library\n", ""), (STRONG, STRONG + holds),
        ("      miR-21-5p: 1000", "      RN7SL1: {copies: 10 copies/EV (1..100 @assumed), type: lncRNA}\n      miR-21-5p: 1000"),
    )  # fmt: skip
    assert "recipient read `RN7SL1`, and none of them takes up donor-EV" in [one[1] for one in doubts(text)]


def test_a_signal_that_nothing_makes() -> None:
    text = changed(("    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}\n", ""))
    found = doubts(text)
    assert ("nothing-makes", "nothing makes `IL6`: no cell secretes it, and no step adds it") in [
        one[:2] for one in found
    ]
    alias = changed(
        ("    secretes: {IL6:", "    secretes: {Il-6:"),
        (
            "substances:\n",
            "substances:\n  Il-6: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}\n",
        ),
    )
    remedies = [remedy for code, _, remedy in doubts(alias) if code == "nothing-makes"]
    assert len(remedies) == 1
    assert remedies[0].startswith("did you mean `Il-6`")


def test_what_is_made_and_nothing_reads() -> None:
    text = changed(("  CXCL12: concentration of CXCL12 in dish in pM\n", ""))
    assert [one[:2] for one in doubts(text)] == [("nothing-reads", "nothing reads `CXCL12`, and no measure does")]
    text = changed(("  STAT3: STAT3 in recipient\n", ""))
    assert ("nothing-reads", "nothing in recipient reads `STAT3`, and no measure does") in [
        one[:2] for one in doubts(text)
    ]
    text = changed((STRONG, ""), ("IL6 and STRONG activate", "IL6 activates"))
    assert [one[:2] for one in doubts(text)] == [("nothing-reads", "nothing in recipient reads the trait `vigour`")]


def test_an_arm_that_reaches_no_measure() -> None:
    """The first measure stays moved by another arm, so that only the arm is told of."""
    text = changed(("  STAT3: STAT3 in recipient\n", "  IL6: concentration of IL6 in dish in pM\n"))
    text = text.replace(
        "    - block sensing", "    - clamp STAT3 in recipient at 0.5\n  senseless:\n    - block sensing"
    )
    told = [message for code, message, _ in doubts(text) if code == "no-way"]
    assert told == [
        "nothing leads from what the arm blocked changes to anything that is measured",
        "nothing leads from what the arm senseless changes to anything that is measured",
    ]


@pytest.mark.parametrize(
    "step",
    [
        "block sensing of PDCD4 in recipient by 90 % (50..99 @assumed)",
        "overexpress IL6 in donor x 10",
        "knock out PDCD4 in recipient",
    ],
)
def test_steps_on_what_a_cell_has_find_their_way(step: str) -> None:
    """A node that inhibits the one that is measured."""
    text = changed(
        ("block sensing of IL6 in recipient by 90 % (50..99 @assumed)", step),
        ("IL6 and STRONG activate", "PDCD4 inhibits STAT3\n      - IL6 and STRONG activate"),
    )
    assert [one for one in doubts(text) if one[0] == "no-way"] == []


def test_a_measure_that_nothing_moves() -> None:
    text = changed(
        ("IL6 and STRONG activate STAT3, half-max 20 pM (2..200 @assumed)", "STAT3 starts at 0.5 (0.1..0.9 @assumed)")
    )
    assert "nothing in the model can move `STAT3`: it is the same at all times and in all arms" in [
        one[1] for one in doubts(text)
    ]
    clamped = text.replace(
        "    - block sensing of IL6 in recipient by 90 % (50..99 @assumed)", "    - clamp STAT3 in recipient at 0.9"
    )
    assert "constant" not in [one[0] for one in doubts(clamped)]


def test_doubts_of_no_effect_come_first() -> None:
    """Before those of the evidence, also where these stand further up in the file."""
    text = changed(
        ("half-life: 1 h (0.2..4 @assumed)", "half-life: 1 h"),
        ("miR-21-5p: 1000", "miR-21: 1000"),
        ("load miR-21-5p", "load miR-21"),
    )
    kinds = [line for line in render(check(text), "line").splitlines() if line.startswith("warning")]
    assert "value without source" in kinds[-1] or "value without range" in kinds[-1]
    assert [line.partition(":")[2].partition(":")[0].strip() for line in kinds[:3]] == [
        "which molecule is meant", "nothing reads it", "no way to what is measured (2 times)",
    ]  # fmt: skip


def test_the_graph_knows_the_ways_of_cargo() -> None:
    graph = Influence(prepare(MODEL))
    reached = graph.reached([("carried", "donor-EV", "miR-21-5p")])
    assert ("node", "recipient", "PDCD4") in reached
    assert ("node", "recipient", "STAT3") not in reached
    assert not [one for one in reached if one[1] == "donor"]  # the donor takes none of its vesicles up
