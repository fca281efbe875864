"""What blocking, dosing and inert vesicles must and must not change in a dish."""

import pytest

from vesicula.compiler import compile_model
from vesicula.experiments.running import measured
from vesicula.language import prepare

DISH = """\
vesicula: 1
model: routes
labware:
  dish:
    plate: 24-well plate
    sample: 20 cells
substances:
  AMP: {diffuses: 300 um^2/s (30..3000 @assumed), half-life: 100 h (10..1000 @assumed), start: 1 uM @assumed (0.1..10)}
  adenosine: {diffuses: 300 um^2/s (30..3000 @assumed), half-life: 10 h (1..100 @assumed)}
reactions:
  - NT5E makes adenosine from AMP, kcat 100 /s (10..1000 @assumed), Km 10 uM (1..100 @assumed), on EVs
vesicles:
  EVs:
    kind: small EV
    diameter: 105 nm (50..500 @assumed)
    half-life: 100 h (10..1000 @assumed)
    carries:
      miR-21-5p: 500 copies/EV (50..5000 @assumed)
      CD274: {copies: 20 copies/EV (2..200 @assumed), place: surface, type: protein}
      NT5E: {copies: 100 copies/EV (10..1000 @assumed), place: surface, type: protein}
preparations:
  prep: {of: EVs}
controls: none
cells:
  recipient:
    diameter: 12 um (5..50 @assumed)
    confluence: 1e5 cells/cm^2 (1e4..1e6 @assumed)
    EV fate:
      clears: 10 pL/h (1..100 @assumed)
      fusion: 0 %
      binding: 10 pL/h (1..100 @assumed)
      receptors: 1e5 (1e4..1e6 @assumed)
      internalised: 0.001 /min (1e-4..1e-2 @assumed)
      detached: 0.001 /min (1e-4..1e-2 @assumed)
      escape: 25 % (2..80 @assumed)
      lysosome: 0.2 /h (0.05..0.6 @assumed)
      AGO loading: 50 % (5..95 @assumed)
    competitors: library
    own copies:
      miR-21-5p: 10 (1..100 @assumed)
    inside:
      - >
        miR-21-5p silences PDCD4
        (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 12 h (5..100 @assumed))
      - bound CD274 activates PDCD1, half-max 1e4 copies (1e3..1e5 @assumed)
      - adenosine activates ADORA2A, half-max 100 nM (10..1000 @assumed)
start:
  - recipient confluent on dish
protocol:
  - at 0 h add 1e4 particles of prep per cell to dish
arms:
{arms}
measure:
  protein: blot of PDCD4 in recipient
  receptor: PDCD1 in recipient
  adenosine: ADORA2A in recipient
  copies: delivered copies of miR-21-5p in recipient
  uptake: EV uptake of EVs in recipient
run: {for: 24 h, step: 30 min}
"""


def shown(*arms: tuple[str, ...], changes=()) -> list[dict[str, float]]:
    """Measures in each arm, given as its steps; the first arm gives no vesicles."""
    named = [("none", ("replace prep by vehicle",)), *((f"arm {k}", steps) for k, steps in enumerate(arms))]
    blocks = (
        f"  {name}:\n" + "".join(f"    - {step}\n" for step in steps) if steps else f"  {name}: []"
        for name, steps in named
    )
    text = DISH.replace("{arms}", "\n".join(blocks))
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    compiled = compile_model(prepare(text))
    result = measured(compiled)
    return [{m: float(result.of(m, name)[0]) for m in result.values} for name, _ in named]


@pytest.fixture(scope="module")
def answers():
    names = ("all", "escape", "endocytosis", "binding", "uptake")
    steps = [(), *((f"block {process} of EVs by 100 %",) for process in names[1:])]
    none, *rest = shown(*steps)
    return {"none": none, **dict(zip(names, rest, strict=True))}


def test_only_escape_frees_what_is_in_the_lumen(answers):
    assert answers["all"]["copies"] > 1000
    assert answers["all"]["protein"] < 0.9 * answers["none"]["protein"]
    assert answers["escape"]["copies"] == 0
    assert answers["escape"]["protein"] == pytest.approx(answers["none"]["protein"])


def test_a_ligand_acts_without_entry(answers):
    assert answers["none"]["receptor"] < 1e-6
    assert answers["all"]["receptor"] > 0.1
    assert answers["escape"]["receptor"] == pytest.approx(answers["all"]["receptor"], rel=0.02)
    assert answers["endocytosis"]["receptor"] > 0.9 * answers["all"]["receptor"]
    assert answers["binding"]["receptor"] < 1e-6


def test_an_enzyme_on_vesicles_acts_in_the_medium(answers):
    assert answers["none"]["adenosine"] < 1e-6
    assert answers["all"]["adenosine"] > 0.2
    assert answers["uptake"]["adenosine"] > 0.99 * answers["all"]["adenosine"]
    assert answers["uptake"]["copies"] == 0


def test_more_vesicles_never_do_less():
    doses = (0.01, 0.1, 1, 10)
    none, *rest = shown(*((f"dose prep x {factor}",) for factor in doses))
    copies, receptor, protein = ([row[m] for row in (none, *rest)] for m in ("copies", "receptor", "protein"))
    assert copies == sorted(copies)
    assert receptor == sorted(receptor)
    assert protein == sorted(protein, reverse=True)


def test_inert_vesicles_differ_in_the_ledger_and_nothing_else():
    inert = [
        ("500 copies/EV (50..5000 @assumed)", "0 copies/EV @assumed"),
        ("20 copies/EV (2..200 @assumed)", "0 copies/EV @assumed"),
        ("100 copies/EV (10..1000 @assumed)", "0 copies/EV @assumed"),
    ]
    none, given = shown((), changes=inert)
    assert given.pop("uptake") > 100
    assert none.pop("uptake") == 0
    assert given == none
