"""Experiments that are run some draws at a time: no bit changes, and growth beyond memory is met by fewer of them."""

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.compiler.outgrown import refuse_outgrown
from vesicula.errors import ModelError
from vesicula.evidence.folder import library_folder
from vesicula.experiments import running
from vesicula.experiments.verdicts import trials
from vesicula.language import prepare

FOLDER = library_folder() / "physiology" / "bone"


def dish():
    model = prepare(FOLDER / "endothelium-under-vegf.yaml")
    model = model.model_copy(update={"run": model.run.model_copy(update={"draws": 6, "seeds": 1}), "experiments": ()})
    return compile_model(model, folder=FOLDER)


@pytest.fixture(scope="module")
def whole():
    return running.measured(dish())


@pytest.mark.parametrize("together", [1, 4])
def test_draws_in_parts_are_those_run_together(whole, monkeypatch, together):
    monkeypatch.setattr(running, "TOGETHER", together)
    parts = running.measured(dish())
    assert parts.values.keys() == whole.values.keys()
    for name, values in whole.values.items():
        assert np.array_equal(parts.values[name], values, equal_nan=True)


def test_cells_that_become_too_many_are_run_in_fewer_draws(whole, monkeypatch):
    tried = []
    run = running._run

    def watched(compiled, description, rows, *more):
        tried.append(len(rows))
        return run(compiled, description, rows, *more)

    monkeypatch.setattr(running, "_run", watched)
    arms = len(whole.description.arms)
    cells = next(values for name, values in whole.values.items() if "cells" in name).size
    assert cells == 6 * arms
    for most in (4000, 2000, 1000, 500):
        monkeypatch.setattr(running, "MOST_CELLS", most)
        tried.clear()
        try:
            parts = running.measured(dish())
        except running.OvergrownError:
            break
        if len(tried) > 1:
            assert tried[0] == 6 * arms
            assert min(tried) >= arms
            for name, values in whole.values.items():
                assert np.array_equal(parts.values[name], values, equal_nan=True)
            break
    assert len(tried) > 1
    monkeypatch.setattr(running, "MOST_CELLS", 1)
    with pytest.raises(running.OvergrownError, match="grow beyond 1 simulated cells"):
        running.measured(dish())


def test_a_question_about_an_event_keeps_the_measure_of_the_event():
    path = library_folder() / "experiments" / "bone-metastasis" / "stays-on-therapy.yaml"
    model = prepare(path)
    assert model.cohort is not None
    for experiment in model.experiments:
        kept = trials._narrowed(model, [experiment])
        asked = next(one for one in kept.measures if one.name == experiment.measure)
        events = [one.measure for one in model.cohort.events if one.name == asked.what]
        assert set(events) <= {one.name for one in kept.measures}
    assert any(
        one.name == measure.what
        for one in model.cohort.events
        for measure in model.measures
        if measure.name in {e.measure for e in model.experiments}
    )


def test_what_memory_holds_draw_by_draw_is_not_refused():
    compiled = dish()
    stated, *drawn = compiled.variants
    many = [stated, *[one for one in drawn if one.draw] * 400_000]
    span = 4 * 1440.0
    with pytest.raises(ModelError, match="more than memory should hold"):
        refuse_outgrown(compiled.model, compiled.system, many, span)
    refuse_outgrown(compiled.model, compiled.system, many, span, in_parts=True)
