"""Walls of cells between places of a body: their words, their mistakes, and what the tables and graphs hold."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases.laws_of_walls import WALLS

from vesicula.compiler import compile_model
from vesicula.language import check, prepare, read, write
from vesicula.language.body import Leaves, Parts
from vesicula.language.influence import Influence
from vesicula.language.names import kin

TEXT = WALLS.text.replace("{arms}", "  quiet: []").replace("{measures}", "  walkers: count of walker in organ")
RAGGED = """\
  ragged:
    diameter: 12 um
    clears EV: 0 pL/h
    barrier: {"HELD, open": 5e-5 cm/s}
body:
"""
BECOMES = "    inside:\n      - J starts at 1\n"


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_its_words_are_read_and_written() -> None:
    model = read(TEXT)
    assert read(write(model)) == model
    wall, way = model.body
    assert isinstance(wall, Parts)
    assert (wall.cell, wall.source, wall.target) == ("layer", "blood", "organ")
    assert (wall.area.unit, wall.membrane.unit) == ("cm^2", "um")
    assert isinstance(way, Leaves)
    assert (way.between, way.to_state) == ("layer", None)


@pytest.mark.parametrize(
    ("old", "new", "code", "told"),
    [
        ("layer parts", "walls parts", "unknown-name", "`walls` is not a cell of this model"),
        ("from organ", "from bone", "unknown-name", "`bone` is not a site of this model"),
        ("from organ", "from blood", "same-site", "blood is on both sides"),
        ("layer parts", "walker parts", "missing-key", "nothing says what a layer of walker lets through"),
        ("16500 layer in blood", "16500 layer in organ", "nobody-there", "no layer ever comes to blood"),
        ("between layer", "between walker", "unknown-name", "no wall of walker parts blood from organ"),
        (
            "organ: {kind: pool, volume: 0.6 mL}",
            "organ: {size: [100 um, 100 um], depth: 20 um, voxel: 20 um}",
            "geometry",
            "organ is a tissue, in which cells have places",
        ),
    ],
)
def test_what_cannot_be_is_told(old: str, new: str, code: str, told: str) -> None:
    found = {(one.code, one.message) for one in check(changed((old, new))) if one.severity == "error"}
    assert (code, told) in found


def test_assays_of_monolayers_read_what_lies_before_a_place_and_nothing_else() -> None:
    measure = "walkers: count of walker in organ"
    for words in ("permeability of organ to HELD", "TEER of organ"):
        assert not [one for one in check(changed((measure, f"x: {words}"))) if one.severity == "error"]
    for words in ("permeability of blood to HELD", "scratch of layer in organ"):
        assert [one for one in check(changed((measure, f"x: {words}"))) if one.severity == "error"]


def test_cells_of_a_wall_line_a_place_and_do_not_fill_it() -> None:
    full = changed(("blood: {kind: pool, volume: 0.1 mL", "blood: {kind: pool, volume: 10 nL"))
    assert "too-many-cells" not in {one.code for one in check(full)}
    floating = full.replace("16500 layer in blood", "16500 walker in blood\n  - 1 layer in blood")
    assert "too-many-cells" in {one.code for one in check(floating)}


def test_a_wall_is_said_once() -> None:
    line = "  - layer parts blood from organ, 0.33 cm^2, membrane 100 um\n"
    again = line + line.replace("blood from organ", "organ from blood").replace("0.33", "0.5")
    assert "two-ways" in {one.code for one in check(changed((line, again))) if one.severity == "error"}


def test_the_table_has_a_row_for_the_wall_on_which_its_cells_lie() -> None:
    compiled = compile_model(prepare(TEXT))
    barriers, names = compiled.system.exchange.barriers, compiled.system.site_names
    assert [names[k] for k in (*barriers.first, *barriers.second)] == ["blood", "organ"]
    assert barriers.area.tolist() == [pytest.approx(0.33e8)]
    types = [one.name for one in compiled.names.types]
    assert barriers.member[0, types.index("layer")] == 1
    assert barriers.member[0, types.index("walker")] == 0
    bare = compiled.system.sites[0].values[0, barriers.p_filter[0]]
    np.testing.assert_allclose(bare, 60.0 / 100.0)
    assert len(compiled.system.exchange.passages.barred_clock) == 1


def test_what_the_cells_of_a_wall_become_stays_in_it() -> None:
    text = changed(("body:\n", RAGGED), (BECOMES, f"    becomes:\n      - ragged at 1 /h\n{BECOMES}"))
    compiled = compile_model(prepare(text))
    assert kin(compiled.model, "layer") == ("layer", "ragged")
    types = [one.name for one in compiled.names.types]
    assert compiled.system.exchange.barriers.member[0, types.index("ragged")] == 1


def test_a_model_without_walls_has_its_cells_on_every_filter() -> None:
    assert len(compile_model(prepare("mir105-barrier")).system.exchange.barriers.member) == 0


def test_the_graph_knows_that_an_open_wall_lets_cells_through() -> None:
    graph = Influence(prepare(TEXT))
    assert ("cells", "walker") in graph.reached([("node", "layer", "J")])
