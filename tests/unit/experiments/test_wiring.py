"""The signed graph of a model: every behaviour has its arrow, as in the graph without signs."""

from __future__ import annotations

from typing import get_args

import pytest

from vesicula.spec.influence import Influence
from vesicula.spec.sentences import BehaviourText

KINDS = get_args(BehaviourText.model_fields["kind"].annotation)
WHAT = {
    "secretion": "IL6", "uptake": "IL6", "attraction": "IL6", "release": "V", "clearance": "V", "fusion": "V",
    "binding": "V", "endocytosis": "V", "loading": "NT5E", "becoming": "other", "leaving": "well", "resorption": "gel",
    "deposition": "gel", "killing": "other", "surface enzyme": "CD38",
}  # fmt: skip
MODEL = """
vesicula: 1
model: verbs
question: What does each behaviour change?
species: human
labware: {well: {plate: 96-well}}
substances: {IL6: {diffuses: 100 um^2/s}, NADX: {diffuses: 100 um^2/s}, ADPR: {diffuses: 100 um^2/s}}
reactions:
  - CD38 makes ADPR from NADX, kcat 1 /s, Km 1 uM, on one
matrix: {gel: {fills: well}}
vesicles: {V: {from: one, carries: {NT5E: {copies: 10 copies/EV, type: protein}}}}
cells:
  one: {diameter: 12 um, surface: {CD38: 100 copies}}
  other: {diameter: 12 um}
start:
  - 10 one in well
measure: {one: count of one in well}
run: {for: 1 h, step: 10 min}
"""


@pytest.fixture(scope="module")
def graph() -> Influence:
    from vesicula.spec.reading import read

    return Influence(read(MODEL))


@pytest.mark.parametrize("kind", KINDS)
def test_every_behaviour_changes_something_in_both_graphs(graph: Influence, kind: str) -> None:
    cell, words = graph.model.cells[0], BehaviourText(kind=kind, what=WHAT.get(kind), in_vesicle="V")
    assert {sign for _, sign in graph.ways.changed(cell, words)} - {0} in ({1}, {-1}, {1, -1})
