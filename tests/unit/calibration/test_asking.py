"""Which values a text asks of: all that can change what it reads, and what is brought by hand as stated."""

from dataclasses import replace

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.drawing import Ensemble
from vesicula.errors import EnsembleError
from vesicula.evidence.folder import library_folder
from vesicula.experiments.calibration.asking import DEAREST_S, Fact, affordable, texts_of
from vesicula.experiments.calibration.calibrating import constraints_of
from vesicula.experiments.calibration.evaluating import Reader


@pytest.fixture(scope="module")
def gland():
    """A text with a level held by hand, an edge of which the weight and half-max act in some draws only."""
    path = library_folder() / "physiology" / "bone" / "parathyroid-cells.yaml"
    (text,) = texts_of([one for one in constraints_of("bone-metastasis")[0] if one[0] == path])
    assert all(isinstance(one, Fact) for one in text.questions)
    return text


def test_no_value_beside_those_asked_of_changes_a_number(gland):
    random = np.random.default_rng(3)
    every = compile_model(gland.model, folder=gland.path.parent, draws=[1]).unknowns
    assert any(name.endswith(".weight") for name in gland.unknowns)  # which acts where it is below one
    beside = sorted(set(every) - set(gland.unknowns) - set(gland.by_hand))
    for _ in range(8):
        table = {name: np.full(2, random.standard_normal()) for name in every}
        table |= {name: random.standard_normal(2) for name in beside}
        compiled = compile_model(
            gland.model, folder=gland.path.parent, ensemble=Ensemble("x", table), draws=[1, 2], resolved=False
        )
        draw = np.array([variant.draw for variant in compiled.variants])
        values = compiled.system.values
        assert np.array_equal(values[draw == 1], values[draw == 2], equal_nan=True)


def test_what_is_brought_by_hand_is_asked_as_stated(gland, tmp_path):
    assert [name for name in gland.by_hand if "calcitriol" in name]
    names = sorted(gland.unknowns)
    asked = gland.asked({name: k for k, name in enumerate(names)})
    with Reader([gland], names, seed=1, jobs=1, cache=tmp_path) as reader:
        found = reader(asked, np.zeros((6, len(names))), np.arange(11, 17))
    # at the stated values of all, chance alone differs under six numbers: cells of a spread of sizes
    assert np.all(found.std(axis=1) < 0.05)


def test_a_text_that_takes_too_long_is_named_and_not_asked(gland):
    dear = replace(gland, seconds=1.01 * DEAREST_S)
    asked, why = affordable([gland, dear])
    assert asked == [gland]
    assert set(why) == {one.name for one in dear.questions}
    assert all(f"a draw of {gland.name} is foreseen to take 61 s" in reason for reason in why.values())
    with pytest.raises(EnsembleError, match="every text of constraints takes too long"):
        affordable([dear])
