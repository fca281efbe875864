"""No value that an arm sets is taken without a word: it acts in that arm, or is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.cases.bench import BENCH
from tests.cases.language import EVERYTHING, PART, POSITIONS, REFERENCES
from tests.cases.read_by_engine import tables

from vesicula.compiler import Compiled, compile_model
from vesicula.language import prepare
from vesicula.language.model import Arm, Model
from vesicula.language.steps import SetParameter
from vesicula.language.walk import values


def compiled(model: Model) -> Compiled:
    return compile_model(model, folder=Path(model.folder or ""))


def silent_in_arms(model: Model) -> list[str]:
    """Paths that an arm may set, that the compiler has a column for, and that change nothing in it."""
    run = model.run.model_copy(update={"draws": 1, "seeds": 1})
    bare = model.model_copy(update={"run": run, "measures": (), "experiments": ()})
    known = {info.path for info in compiled(bare).names.parameters}
    set_to = {
        path: value.model_copy(update={"number": 0.7 * value.number, "low": None, "high": None})
        for path, (spot, value) in values(model).items()
        if spot.measured and path in known and value.number and not path.startswith("arms.")
    }
    assert len(set_to) > 50
    arms = [
        Arm(name=path, steps=(SetParameter(text=f"set {path}", path=path, value=value),))
        for path, value in set_to.items()
    ]
    of = compiled(bare.model_copy(update={"arms": (Arm(name="as it is", steps=()), *arms)}))
    named = [np.ravel(np.asarray(entry)) for path, entry in tables(of) if path.rpartition(".")[2].startswith("p_")]
    read = np.unique(np.concatenate(named))
    numbers = of.system.sites[0].values[:, read[read >= 0].astype(np.int64)]
    rows = {variant.arm: numbers[k] for k, variant in enumerate(of.variants)}
    return [one for one in set_to if np.array_equal(rows[one], rows["as it is"], equal_nan=True)]


def test_every_value_of_the_bench_that_an_arm_sets_acts_in_it() -> None:
    assert silent_in_arms(prepare(BENCH)) == []


def test_every_value_of_the_language_that_an_arm_sets_acts_in_it(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "cancer.yaml").write_text(PART, encoding="utf-8")
    (tmp_path / "references.bib").write_text(REFERENCES, encoding="utf-8")
    (tmp_path / "positions.csv").write_text(POSITIONS, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(EVERYTHING, encoding="utf-8")
    assert silent_in_arms(prepare(tmp_path / "model.yaml")) == []
