"""A model is read, merged and checked once for all that a command does with it."""

from pathlib import Path

import pytest

from vesicula import simulation
from vesicula.cli.guard import guarded
from vesicula.errors import ModelError
from vesicula.experiments.loading.required import keep_loading
from vesicula.language import examine, prepare
from vesicula.language.checking import examine as checking


@pytest.fixture
def counted(monkeypatch):
    """How often a model was merged and completed."""
    calls = dict.fromkeys(("assembled", "completed"), 0)
    for name in calls:
        one = getattr(checking, name)

        def call(*given, _one=one, _name=name):
            calls[_name] += 1
            return _one(*given)

        monkeypatch.setattr(checking, name, call)
    return calls


def test_check_merges_and_completes_a_model_once(counted):
    simulation.foresee("starter")
    assert counted == {"assembled": 1, "completed": 1}


def test_load_merges_and_completes_a_model_once(counted):
    simulation.load("starter", changes={"run.for": "1 h"})
    assert counted == {"assembled": 1, "completed": 1}


@pytest.mark.parametrize("more", [[], ["--set", "run.for=6 min"]])
def test_run_merges_and_completes_a_model_once(counted, monkeypatch, more):
    def stop(_threads: int | None) -> None:
        raise ModelError([])

    monkeypatch.setattr(simulation, "_use_threads", stop)
    guarded(["run", "starter", "--quiet", *more])
    assert counted == {"assembled": 1, "completed": 1}


def test_what_was_examined_is_not_examined_again(counted):
    examined = examine("starter")
    assert examine(examined) is examined
    assert prepare(examined) is prepare(examined)
    assert keep_loading(Path("nowhere"), examined, changes={}, seed=1) == ""
    assert counted == {"assembled": 1, "completed": 1}


def test_what_is_wrong_with_the_text_stops_also_without_controls(tmp_path: Path):
    file = tmp_path / "wrong.yaml"
    file.write_text("vesicula: 1\nmodel: wrong\nsites: {a: nonsense}\nrun: {for: 1 day}\n")
    with pytest.raises(ModelError):
        simulation.load(file, controls=False)
