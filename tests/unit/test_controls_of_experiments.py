"""Positive controls and checks of an experiment file: read, written, and told where they can show nothing."""

import jsonschema
import pytest
from ruamel.yaml import YAML

from vesicula.errors import ModelError
from vesicula.evidence.folder import library_folder
from vesicula.language import check, prepare, read, write
from vesicula.language.model import Bound
from vesicula.language.writing.json_schema import schema

TEXT = """\
vesicula: 1
model: block
species: human
labware:
  well: {plate: 96-well plate}
substances:
  IL6: {half-life: 3 h @assumed (1..10)}
  TNF: {half-life: 3 h @assumed (1..10)}
cells:
  donor:
    diameter: 15 um @assumed (10..20)
    secretes: {IL6: 1 molecules/s @assumed (0.1..10)}
    rules:
      - TNF raises IL6 secretion to 5x (2..20 @assumed), half-max 1 nM (0.1..10 @assumed), hill 1 @assumed (0.7..2)
start:
  - 1000 donor in well
arms:
  untreated: []
  TNF added:
    - at 0 h add 10 nM TNF
  antibody:
    - at 0 h, every 4 h, wash 90 %
  nothing of use:
    - at 0 h add 1 pM TNF
measure:
  level: concentration of IL6 in well in pM
  TNF: concentration of TNF in well in pM
run:
  for: 24 h
  record: every 1 h
  step: 6 min
experiments:
  bm-059:
    baseline: untreated
    perturbation: antibody
    measure: level
positive control:
  baseline: untreated
  perturbation: TNF added
  measure: level
  shows: increase
checks:
  - measure: level
    arm: antibody
    below: 5 % of untreated
  - measure: level
    arm: untreated
    above: 0.1 nM
    for: [bm-059]
"""


OF_VALUES = ("fact-at-hand", "outside-measured")


def told(text: str) -> list[tuple[str, str, int]]:
    return [(one.code, one.severity, one.line) for one in check(text) if one.code not in OF_VALUES]


def test_both_blocks_are_read_and_written_back():
    model = read(TEXT)
    (control,) = model.positive_controls
    assert (control.baseline, control.perturbation, control.measure) == ("untreated", "TNF added", "level")
    assert (control.shows, control.stands_for) == ("increase", ())
    first, second = model.checks
    assert first.below == Bound(number=5.0, unit="%", of="untreated")
    assert (first.above, first.within, first.stands_for) == (None, None, ())
    assert second.above == Bound(number=0.1, unit="nM")
    assert second.stands_for == ("bm-059",)
    assert read(write(model)) == model
    assert told(TEXT) == []


def test_several_positive_controls_are_a_list():
    text = TEXT.replace(
        "positive control:\n  baseline: untreated\n  perturbation: TNF added\n  measure: level\n  shows: increase\n",
        "positive control:\n"
        "  - {baseline: untreated, perturbation: TNF added, measure: level, shows: increase, for: [bm-059]}\n"
        "  - {baseline: TNF added, perturbation: untreated, measure: TNF, shows: decrease}\n",
    )
    model = read(text)
    assert [one.shows for one in model.positive_controls] == ["increase", "decrease"]
    assert read(write(model)) == model
    assert told(text) == []
    validator = jsonschema.Draft202012Validator(schema())
    assert [one.message for one in validator.iter_errors(YAML(typ="safe").load(text))] == []


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("  perturbation: TNF added\n", "  perturbation: TNF aded\n", "unknown-name", "did you mean `TNF added`"),
        ("  perturbation: TNF added\n", "  perturbation: untreated\n", "same-as-baseline", "name the arm"),
        ("  measure: level\n  shows", "  measure: levl\n  shows", "unknown-name", "did you mean `level`"),
        ("  shows: increase\n", "  shows: rise\n", "not-a-choice", "`increase`, `decrease`"),
        ("  shows: increase\n", "", "missing-key", "add it"),
        ("  shows: increase\n", "  shows: increase\n  for: [bm-051]\n", "unknown-name", "bm-059"),
        ("    below: 5 % of untreated\n", "", "missing-key", "below: 5 % of untreated"),
        ("5 % of untreated", "5 % of untreted", "unknown-name", "did you mean `untreated`"),
        ("5 % of untreated", "5 % of antibody", "same-as-baseline", "another arm"),
        ("5 % of untreated", "5 pM of untreated", "wrong-quantity", "5 % of untreated"),
        ("5 % of untreated", "little", "quantity", "0.5 mL"),
        ("5 % of untreated", "0 pM", "not-positive", "above zero"),
        ("0.1 nM", "0.1 h", "wrong-quantity", "pM"),
        ("0.1 nM", "0.1", "wrong-quantity", "pM"),
        ("below: 5 % of untreated", "within: 5 pM", "wrong-shape", "20 % of untreated"),
        ("    arm: antibody\n", "    arm: antibdy\n", "unknown-name", "did you mean `antibody`"),
        ("    arm: antibody\n", "", "missing-key", "add it"),
        ("checks:\n  - measure: level\n    arm: antibody\n", "checks:\n  - measure\n", "yaml", ""),
    ],
)
def test_mistakes_are_told_with_line_and_remedy(old, new, code, says):
    assert TEXT.count(old) >= 1
    found = [one for one in check(TEXT.replace(old, new, 1)) if one.severity == "error"]
    assert [one.code for one in found][:1] == [code]
    assert found[0].line > TEXT[: TEXT.index("experiments:")].count("\n")
    assert says in found[0].remedy
    with pytest.raises(ModelError):
        prepare(TEXT.replace(old, new, 1))


def test_a_share_of_the_start_is_a_number_of_its_measure():
    text = TEXT.replace(
        "level: concentration of IL6 in well in pM", "level: viability of donor in well in % of untreated"
    )
    text = text.replace("above: 0.1 nM", "above: 50 %")
    assert "error" not in [severity for _, severity, _ in told(text)]


def test_a_control_that_nothing_can_move_is_told():
    text = TEXT.replace("- at 0 h add 10 nM TNF\n", "- at 0 h add 10 nM TGFB1\n").replace(
        "  TNF: {half", "  TGFB1: {half-life: 3 h @assumed (1..10)}\n  TNF: {half"
    )
    found = [one for one in check(text) if one.code == "no-way" and "control" in (one.remedy or "")]
    assert [(one.severity, "TNF added" in one.message) for one in found] == [("warning", True)]
    assert found[0].line == text[: text.index("positive control")].count("\n") + 2


def test_a_check_that_the_wiring_decides_is_told():
    text = TEXT.replace("- measure: level\n    arm: antibody", "- measure: TNF\n    arm: donor knocked down").replace(
        "  nothing of use:\n    - at 0 h add 1 pM TNF\n",
        "  donor knocked down:\n    - block secretion of IL6 by 90 %\n",
    )
    found = [one for one in check(text) if one.code == "no-way" and "drops all draws or none" in (one.remedy or "")]
    assert [one.severity for one in found] == ["warning"]


def test_a_control_that_is_the_experiment_is_told():
    text = TEXT.replace("  perturbation: TNF added\n", "  perturbation: antibody\n")
    assert ("own-control", "warning") in [one[:2] for one in told(text)]
    other = text.replace("  shows: increase\n", "  shows: increase\n  for: [bm-060]\n").replace(
        "experiments:\n", "experiments:\n  bm-060: {baseline: untreated, perturbation: TNF added, measure: level}\n"
    )
    assert "own-control" not in [one[0] for one in told(other)]


def test_controls_without_experiments_are_told():
    text = TEXT[: TEXT.index("experiments:")] + TEXT[TEXT.index("positive control:") :].replace(
        "    for: [bm-059]\n", ""
    )
    assert [one[0] for one in told(text)] == ["nothing-reads"] * 3


@pytest.mark.parametrize("path", [*(library_folder() / "experiments").rglob("*.yaml")], ids=lambda path: path.stem)
def test_every_experiment_of_the_library_has_a_control_for_each_claim(path):
    model = read(path)
    for one in model.experiments:
        stands = [c for c in model.positive_controls if not c.stands_for or one.claim in c.stands_for]
        assert stands, one.claim
        for control in stands:
            asked = (one.baseline, one.perturbation[-1], one.measure)
            assert (control.baseline, control.perturbation, control.measure) != asked
    assert model.checks
