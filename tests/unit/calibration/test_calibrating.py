"""Calibration of a dish whose answer is known, and what it may never ask."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from vesicula import load
from vesicula.cli.guard import guarded
from vesicula.compiler.ensembles import fresh
from vesicula.errors import EnsembleError, VesiculaError
from vesicula.evidence.yaml_data import kept_data
from vesicula.experiments.calibration import evaluating
from vesicula.experiments.calibration.asking import texts_of
from vesicula.experiments.calibration.calibrating import calibrate, constraints_of
from vesicula.experiments.calibration.sampling import most_copied
from vesicula.experiments.verdicts import scoreboard
from vesicula.experiments.verdicts.roles import roles

MODEL = """
vesicula: 1
model: made
run: {for: 4 h, step: 1 h, draws: 8}
labware:
  dish: {kind: well, area: 1 cm^2, volume: 1 mL}
substances:
  dust: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
cells:
  maker:
    diameter: 15 um (10..20 @assumed)
    secretes: {dust: 2000 molecules/s (200..20000 @assumed)}
start:
  - 100 maker in dish
"""
TEXT = (
    MODEL.replace("draws: 8", "draws: 1")
    + """
arms:
  alone: []
  twice:
    - at 0 h add 100 maker to dish
measure:
  dust: concentration of dust in dish in pM
"""
)
CONSTRAINTS = """
vesicula: 1
tissue: made
constraints:
  - id: dust-level
    says: Dust is there.
    value: 1 pM
    range: 0.5 pM .. 2 pM
    facts: [rankl-serum-pre]
    text: dish
    measure: dust
    arm: alone
  - id: twice-as-much
    says: Twice the cells make twice the dust.
    value: 2
    range: 1.5 .. 2.5
    facts: [rankl-serum-pre]
    text: dish
    measure: dust
    fold: {arm: twice, of: alone}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A model with a file of constraints, calibrated."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "made.yaml").write_text(MODEL)
    (folder / "known.yaml").write_text(CONSTRAINTS)
    (folder / "known").mkdir()
    (folder / "known" / "dish.yaml").write_text(TEXT)
    calibrate(folder / "made.yaml", constraints=folder / "known.yaml", rows=48, cache=folder / "kept")
    return folder


def level(compiled) -> np.ndarray:
    """Dust after 4 h by the closed form, pM, for every draw."""
    names = {info.path: k for k, info in enumerate(compiled.names.parameters)}
    values = compiled.system.values
    rate, life = (values[:, names[path]] for path in ("cells.maker.secretes.dust", "substances.dust.half-life"))
    loss = np.log(2) / life
    return 100 * rate / loss * (1 - np.exp(-loss * 240)) / 6.02214076e23 / 1e-3 * 1e12


def test_every_draw_that_runs_take_satisfies_the_constraint(place):
    found = level(load(place / "made.yaml", draws=49))[1:]
    assert np.all((found > 0.45) & (found < 2.2))
    prior = level(load(place / "made.yaml", draws=200, prior=True))
    assert 0.02 < ((prior > 0.5) & (prior < 2)).mean() < 0.5


def test_what_is_said_beside_the_table(place):
    rows = fresh(place / "ensembles" / "made.csv")
    said = json.loads((place / "ensembles" / "made.json").read_text())
    assert rows.rows == 48
    assert [one["id"] for one in said["constraints"]] == ["dust-level", "twice-as-much"]
    assert said["constraints"][0]["share of all draws"] < said["constraints"][1]["share of all draws"] == 1.0
    assert said["values"]["cells.maker.secretes.dust"]["width"] < 0.9
    assert set(said["from"]["texts"]) == {"made.yaml", "known/dish.yaml"}
    assert "rankl-serum-pre" in said["from"]["facts"]
    assert said["conflicts"] == []
    assert most_copied(np.array(list(rows.scores.values())).T, np.arange(len(rows.scores))) <= 5


def test_a_changed_constraint_makes_the_rows_stale_and_its_words_do_not(place, tmp_path, monkeypatch):
    monkeypatch.setattr("vesicula.compiler.ensembles.user_cache", lambda: tmp_path / "cache")
    copy = shutil.copytree(place, tmp_path / "copy")
    (copy / "known.yaml").write_text(CONSTRAINTS.replace("Dust is there.", "There is dust."))
    assert load(copy / "made.yaml").ensemble is not None
    (copy / "known.yaml").write_text(CONSTRAINTS.replace("0.5 pM .. 2 pM", "0.4 pM .. 2 pM"))
    kept_data.cache_clear()
    with pytest.raises(EnsembleError, match=r"known\.yaml changed"):
        load(copy / "made.yaml")


def test_what_was_read_before_a_kill_is_not_read_again(place, tmp_path, monkeypatch):
    whole = fresh(place / "ensembles" / "made.csv").scores
    copy = shutil.copytree(place, tmp_path / "copy")
    pieces = []
    run = evaluating.readings

    def counted(piece):
        if len(pieces) == 2:
            raise KeyboardInterrupt
        pieces.append(piece)
        return run(piece)

    monkeypatch.setattr(evaluating, "readings", counted)
    ask = {"constraints": copy / "known.yaml", "rows": 48, "cache": tmp_path / "kept"}
    with pytest.raises(KeyboardInterrupt):
        calibrate(copy / "made.yaml", **ask)
    monkeypatch.setattr(evaluating, "readings", lambda piece: pieces.append(piece) or run(piece))
    pieces.clear()
    calibrate(copy / "made.yaml", **ask)
    first = len(pieces)
    pieces.clear()
    calibrate(copy / "made.yaml", **ask)
    assert first > 0 == len(pieces)
    again = fresh(copy / "ensembles" / "made.csv").scores
    assert all(np.array_equal(whole[name], again[name]) for name in whole)


def test_the_command_lists_what_no_draw_satisfies_and_ends_with_6(place, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "cache"))
    copy = shutil.copytree(place, tmp_path / "copy")
    (copy / "known.yaml").write_text(CONSTRAINTS.replace("range: 1.5 .. 2.5", "range: 1.5 .. 1.7").replace(
        "value: 2\n", "value: 1.6\n"))  # fmt: skip
    ask = [
        "calibrate",
        str(copy / "made.yaml"),
        "--constraints",
        str(copy / "known.yaml"),
        "--draws",
        "64",
        "--jobs",
        "1",
    ]
    assert guarded(ask) == 6
    out, told = capfd.readouterr()
    assert "twice-as-much" in told
    assert "the nearest row gives 2" in told
    assert "64 calibrated draws in" in out
    assert "leave out twice-as-much" in fresh(copy / "ensembles" / "made.csv").words
    assert guarded([*ask, "--again", "--json"]) == 6
    told = json.loads(capfd.readouterr().out)
    assert (told["rows"], told["left out"]) == (64, ["twice-as-much"])
    assert told["satisfy all when asked again"] == 1.0


def test_no_test_claim_is_asked(monkeypatch):
    """Every expectation that calibration reads is one of a construction claim."""
    model = "bone-metastasis"
    asked = []
    real = scoreboard.expectation
    monkeypatch.setattr(scoreboard, "expectation", lambda key: asked.append(key) or real(key))
    questions, files = constraints_of(model)
    kept = roles(model)
    said = [one for _, one in questions if hasattr(one, "claim")]
    assert len(said) >= 6
    assert set(asked) == {one.claim for one in said}
    assert {kept[key].role for key in asked} == {"construction"}
    test = next(key for key, role in kept.items() if role.role == "test")
    with pytest.raises(VesiculaError, match="is a test claim"):
        scoreboard.sign_of_construction(model, test)
    assert [file.name for file in files] == ["bone.yaml", "bone-metastasis.yaml"]


def test_a_model_that_nothing_constrains_is_refused():
    with pytest.raises(EnsembleError, match="nothing constrains"):
        texts_of(constraints_of("starter")[0])
