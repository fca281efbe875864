"""Funnel, graph and pictures show the preparation that was dosed, in the arm that was asked."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vesicula.engine.state import VesicleTerm
from vesicula.results import Result, RunFolder, standard
from vesicula.results.description import PopulationLabel, RunDescription, SlotLabel
from vesicula.results.messages import telling
from vesicula.results.report.page import Page

OWN, DOSED, CLAST = 0, 1, 2


def widened(run, *, dose: int, taken: tuple[float, float] = (1.0, 1.0)) -> Result:
    """The make-believe bone with a preparation that the second arm adds; taken: uptake of own vesicles."""
    labels = run.description.labels
    populations = (*labels.populations, PopulationLabel(name="prep-EV", vesicle="prep-EV", diameter_nm=100.0))
    slots = (*labels.slots, SlotLabel(population=1, species=0))
    wide = labels.model_copy(update={"populations": populations, "slots": slots})
    description: RunDescription = run.description.model_copy(update={"labels": wide})
    plain = Result(run.path)
    half = len(description.variants) // 2
    before, after = ([c.name for c in standard.columns(one)] for one in (labels, wide))
    for record in plain.records:
        arrays = record.arrays
        for name in ("vesicles", "talk"):
            table = arrays[f"bone/{name}"]
            arrays[f"bone/{name}"] = np.concatenate([table, np.zeros_like(table[:, :1])], axis=1)
        series = np.zeros((2 * half, len(after)))
        series[:, [after.index(name) for name in before]] = arrays["bone/series"]
        arrays["bone/series"] = series
        copies = arrays["bone/delivered copies"]
        arrays["bone/delivered copies"] = np.concatenate([copies, copies[:, :1]], axis=1)
        arrays["bone/talk"][:half, OWN] = arrays["bone/talk"][:half, OWN] * taken[0]
        arrays["bone/talk"][half:, OWN] = arrays["bone/talk"][half:, OWN] * taken[1]
        if dose:
            arrays["bone/vesicles"][half:, DOSED, VesicleTerm.DOSED] = dose
            arrays["bone/talk"][half:, DOSED, CLAST] = [4, 3, 1, 2]
    plain.folder.description = description
    return plain


@pytest.fixture
def run(bone, tmp_path):
    bone.go(RunFolder.create(tmp_path / "run", bone.description))
    bone.path = tmp_path / "run"
    return bone


def test_dosed_preparation_comes_first_in_the_arm_asked(run):
    result = widened(run, dose=1000)
    shown = telling(result.description, result.records)
    assert (shown[0].population, shown[0].arm, shown[0].dosed) == ("prep-EV", "RANKL block", True)
    assert {f.population for f in shown} == {"prep-EV", "tumour-EV"}
    assert all(a.dosed >= b.dosed for a, b in pairwise(shown))
    page = Page(result)
    assert (page.told_arm, page.layer) == ("RANKL block", "prep-EV")
    graph = page.graph()
    assert graph["arm"] == "RANKL block"
    assert "prep-EV (added)</text>" in graph["vesicles"]
    assert [name for name, _ in graph["rows"]] == ["prep-EV (added)", "tumour-EV (from tumour)"]
    assert page.shown_arms == ["untreated", "RANKL block"]


def test_own_vesicles_of_the_arm_asked_where_nothing_is_dosed(run):
    result = widened(run, dose=0)
    shown = telling(result.description, result.records)
    assert (shown[0].population, shown[0].arm, shown[0].target) == ("tumour-EV", "RANKL block", "NFATC1")


def test_baseline_where_the_arm_asked_takes_vesicles_away(run):
    result = widened(run, dose=0, taken=(1.0, 0.1))
    assert Page(result).told_arm == "untreated"
