"""What a value is drawn under: its key in the library, or the words of its sentence; never its place in a list."""

import numpy as np
import pytest

from vesicula import ModelError, load
from vesicula.compiler.drawing import Z95, drawn_at, fold_quantile, score
from vesicula.evidence.folder import library_folder
from vesicula.language.library import parameter_library
from vesicula.language.reading.texts import read
from vesicula.language.sentences import Rule
from vesicula.language.values import RangeShape, Value

MODEL = """
vesicula: 1
run: {{for: 1 h, draws: 3}}
labware:
  dish: {{kind: well, area: 1 cm^2, volume: 1 mL}}
{substances}
cells:
{unused}{used}start:
  - 100 receiver in dish
"""
SUBSTANCES = """substances:
  TGFB1 (HGNC:11766): {}
  IL6 (HGNC:6018): {}
  dust: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.5..5 @assumed)}
"""
UNUSED = """  bystander:
    diameter: 15 um (10..20 @assumed)
    inside:
      - TGFB1 activates SMAD
    rules:
      - SMAD raises migration speed to 2x (1..10 @assumed), half-max 0.5 (0.1..0.9 @assumed)
    moves: {speed: 0.5 um/min (0.05..5 @assumed), persistence: 10 min (1..100 @assumed)}
"""
USED = """  receiver:
    diameter: 15 um (10..20 @assumed)
    secretes:
      IL6: 2 molecules/s (0.2..20 @assumed)
    inside:
{first}      - TGFB1 activates SMAD
    rules:
      - SMAD raises IL6 secretion to 5x (2..20 @assumed), half-max 0.5 (0.1..0.9 @assumed)
"""


def columns(tmp_path, *, unused: str = "", first: str = "", substances: str = SUBSTANCES) -> dict[str, list[float]]:
    """Drawn values of each parameter, by the name it is drawn under."""
    file = tmp_path / "model.yaml"
    file.write_text(MODEL.format(unused=unused, used=USED.format(first=first), substances=substances))
    compiled = load(file)
    return {info.drawn_as: compiled.system.site("dish").values[:, k].tolist()
            for k, info in enumerate(compiled.names.parameters) if info.drawn_as}  # fmt: skip


def test_a_cell_type_written_first_changes_no_draw(tmp_path):
    alone, beside = columns(tmp_path), columns(tmp_path, unused=UNUSED)
    assert len(beside) > len(alone) > 10
    assert {name: beside[name] for name in alone} == alone


def test_a_sentence_put_above_changes_no_draw(tmp_path):
    alone, below = columns(tmp_path), columns(tmp_path, first="      - IL6 activates STAT3\n")
    assert len(below) > len(alone)
    assert {name: below[name] for name in alone} == alone


def test_two_names_of_the_library_never_share_a_stream():
    library, _ = parameter_library()
    names = [entry.key.text() for entry in library.entries]
    drawn = {score(1, k, name) for name in names for k in (1, 2, 3)}
    assert len(names) > 200
    assert len(drawn) == 3 * len(names)


def test_names_that_collided_under_a_short_hash_are_apart():
    assert score(1, 1, "plumless") != score(1, 1, "buckeroo")  # one CRC-32


@pytest.mark.parametrize(
    ("value", "low", "high"), [(3, 1, 10), (1.5, 1, 10), (5, 1.5, 15), (0.4, 0.1, 1), (0.3, 0.05, 0.8)]
)
def test_no_draw_turns_a_rule_round(value, low, high):
    z = np.random.default_rng(1).standard_normal(20_000)
    drawn = np.array([fold_quantile(value, low, high, RangeShape.LOG_NORMAL, one) for one in z])
    assert ((drawn > 1) == (value > 1)).all()
    assert (drawn > 0).all()
    assert np.median(drawn) == pytest.approx(value, rel=0.03)
    assert np.mean((drawn >= low) & (drawn <= high)) == pytest.approx(0.95 if 1 in (low, high) else 0.9, abs=0.01)


def test_an_end_at_one_is_drawn_as_far_as_the_other_end():
    """On the logarithm of fold − 1, and on the logit of what is left."""
    assert fold_quantile(1.5, 1, 10, RangeShape.LOG_NORMAL, -Z95) == pytest.approx(1 + 0.25 / 9)
    assert fold_quantile(1.5, 1, 10, RangeShape.LOG_NORMAL, Z95) == pytest.approx(10)
    assert fold_quantile(0.4, 0.1, 1, RangeShape.LOG_NORMAL, Z95) == pytest.approx(0.8)
    assert fold_quantile(0.4, 0.1, 1, RangeShape.LOG_NORMAL, -Z95) == pytest.approx(0.1)
    assert fold_quantile(0.2, 0, 0.5, RangeShape.LOG_NORMAL, -Z95) == pytest.approx(1 / 17)


def test_a_multiple_in_percent_is_drawn_as_one():
    said = [Value(number=500, unit="%", low=120, high=2000), Value(number=5, unit="x", low=1.2, high=20)]
    for z in (-3.0, -1.0, 0.0, 2.0):
        percent, multiple = (drawn_at(one, z, fold=True) for one in said)
        assert percent == pytest.approx(100 * multiple)


def library_rules():
    """Every rule of the library, by the text that it stands in."""
    for file in sorted(library_folder().rglob("*.yaml")):
        if file.relative_to(library_folder()).parts[0] not in ("models", "parts", "experiments"):
            continue
        model = read(file)
        for cell in model.cells:
            for rule in cell.rules:
                if rule.limit is not None:
                    yield f"{file.stem}: {rule.text}", rule.limit, isinstance(rule, Rule) and rule.direction == "raises"


def test_no_draw_of_any_library_rule_turns_it_round():
    z = np.linspace(-4, 4, 33)
    found = list(library_rules())
    assert len(found) > 60
    for text, limit, raises in found:
        drawn = np.array([drawn_at(limit, one, fold=True) for one in z])
        assert ((drawn > 1) == raises).all(), text
        assert (drawn >= 0).all(), text


def test_no_range_of_a_library_rule_ends_at_one():
    """Such an end is none: fold − 1 has no logarithm there."""
    assert not [text for text, limit, _ in library_rules() if 1 in (limit.low, limit.high)]


def test_a_range_that_crosses_one_is_refused(tmp_path):
    file = tmp_path / "model.yaml"
    text = MODEL.format(unused="", used=USED.format(first=""), substances=SUBSTANCES)
    file.write_text(text.replace("to 5x (2..20", "to 5x (0.5..20"))
    with pytest.raises(ModelError) as refused:
        load(file)
    assert "limit" in [one.code for one in refused.value.diagnostics]


EXPERIMENTS = library_folder() / "experiments" / "bone-metastasis"


def spread_of(column):
    """Drawn over stated values, where a unit does not matter."""
    return np.round(column / column[0], 12).tolist()


@pytest.mark.parametrize("name", ["menopause-and-inhibitor", "lesion-in-bone"])
def test_one_constant_is_one_draw(name):
    compiled = load(EXPERIMENTS / f"{name}.yaml")
    values = compiled.system.sites[0].values
    drawn: dict[str, list[tuple[str, list[float]]]] = {}
    for k, info in enumerate(compiled.names.parameters):
        if info.drawn_as and info.value is not None and info.value.low is not None:
            stated = f"{info.drawn_as} = {info.value.number:g} ({info.value.low:g}..{info.value.high:g})"
            drawn.setdefault(stated, []).append((info.path, spread_of(values[:, k])))
    several = {name: found for name, found in drawn.items() if len(found) > 1}
    assert {"half-max|estradiol", "clears|EV"} <= {name.partition(" = ")[0] for name in several}
    for constant, found in several.items():
        assert len({tuple(ratios) for _, ratios in found}) == 1, constant
    if name == "menopause-and-inhibitor":
        assert sum("CYP19A1" in one and ".kcat = " in one for one in drawn) == 1
        assert len(next(found for one, found in several.items() if "CYP19A1" in one and ".Km = " in one)) == 2
