"""No value that a text states is left out without a word: another number, and the engine reads another model.

The model of this law says everything the language can say, with every cell type and every arm once more: a value of the
second that were read from the first, or from nowhere, would change nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cases.language import EVERYTHING, PART, POSITIONS, REFERENCES
from tests.cases.read_by_engine import alike, read_by_engine, tables

from vesicula.compiler import Compiled, compile_model
from vesicula.errors import UnitError
from vesicula.spec import prepare
from vesicula.spec.merge import renamed
from vesicula.spec.model import Model
from vesicula.spec.paths import put
from vesicula.spec.text import Report
from vesicula.spec.walk import values

ACTS_ELSEWHERE = {
    "molar mass": "turns masses into molecules; this model states no mass of these",
    "sites.bone.slab.low": "the edge of the site, or within a voxel of it",
    "networks.": "a network is copied into the cells that attach it, and is read there",
    "fate of EV.clears": "every vesicle class of this model has a clearance of its own in this cell",
    "cells.tumour-twin.releases": "vesicles have one donor, and the twin is not it",
    "run.record": "when results are written, which the engine does not read",
}
"""Ends or beginnings of paths whose values do not reach the engine of this model, and why that is right."""


@pytest.fixture(scope="module")
def doubled(tmp_path_factory) -> Model:
    folder: Path = tmp_path_factory.mktemp("everything")
    (folder / "parts").mkdir()
    (folder / "parts" / "cancer.yaml").write_text(PART, encoding="utf-8")
    (folder / "references.bib").write_text(REFERENCES, encoding="utf-8")
    (folder / "positions.csv").write_text(POSITIONS, encoding="utf-8")
    (folder / "model.yaml").write_text(EVERYTHING, encoding="utf-8")
    model = prepare(folder / "model.yaml")
    run = model.run.model_copy(update={"draws": 1, "seeds": 1})
    cells = [renamed(c, {c.name: f"{c.name}-twin"}).model_copy(update={"name": f"{c.name}-twin"}) for c in model.cells]
    arms = [arm.model_copy(update={"name": f"{arm.name} twin"}) for arm in model.arms]
    return model.model_copy(update={"run": run, "cells": (*model.cells, *cells), "arms": (*model.arms, *arms)})


def compiled(model: Model) -> Compiled:
    return compile_model(model, folder=Path(model.folder or ""))


def columns_read(of: Compiled) -> set[str]:
    """Paths of the columns that some table of the engine names, and of those that they are computed from."""
    infos = of.names.parameters
    by_path = {info.path: info for info in infos}
    found: set[str] = set()
    for path, entry in tables(of):
        if path.rpartition(".")[2].startswith("p_"):
            found |= {infos[k].path for k in np.unique(np.asarray(entry)) if k >= 0}
    new = set(found)
    while new:
        new = {other for path in new for other in by_path[path].derived_from if other in by_path} - found
        found |= new
    return found


def test_every_stated_value_reaches_the_engine_or_is_refused(doubled: Model) -> None:
    before = compiled(doubled)
    reached, numbers = columns_read(before), read_by_engine(before)
    stated = values(doubled)
    assert len(reached & stated.keys()) > 200
    silent: list[str] = []
    for path, (_, value) in stated.items():
        if path in reached or any(path.endswith(key) or path.startswith(key) for key in ACTS_ELSEWHERE):
            continue
        other = value.model_copy(update={"number": 0.7 * value.number if value.number else 0.3})
        try:
            after = compiled(put(doubled, path, other, None, Report()))
        except UnitError:
            continue  # a zero without a unit
        if alike(numbers, read_by_engine(after)):
            silent.append(path)
    assert silent == []
