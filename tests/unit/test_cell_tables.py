"""Tables of cells as spreadsheets save them: one reader, every mistake with its row and column."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.errors import ModelError
from vesicula.language import check, prepare

MODEL = """\
vesicula: 1
model: cells-table
question: Are the cells where the table says?
sites:
  dish:
    size: [200 um, 200 um]
    depth: 20 um
    voxel: 20 um
    walls: closed
cells:
  donor:
    diameter: 12 um (5..50 @assumed)
    anchored: yes
    states: [cycling, dormant]
start:
  - cells from cells.csv
measure:
  donors: count of donor in dish
run: {for: 1 h, record: every 1 h, step: 6 min, seeds: 1}
"""
PLAIN = "cell,x,y,z,state,label\ndonor,50,60.5,10,dormant,red\ndonor,150,20,0,,\n"
PLACES = [[50.0, 60.5, 10.0], [150.0, 20.0, 0.0]]


def saved(folder, table: str | bytes, model: str = MODEL):
    content = table if isinstance(table, bytes) else table.encode()
    (folder / "cells.csv").write_bytes(content)
    (folder / "model.yaml").write_text(model)
    return folder / "model.yaml"


def told(folder, table: str | bytes, model: str = MODEL) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in check(saved(folder, table, model)) if one.code == "cell-table"]


@pytest.mark.parametrize("table", [
    PLAIN.encode(), PLAIN.encode("utf-8-sig"), PLAIN.encode("utf-16"), PLAIN.replace("\n", "\r\n").encode(),
    PLAIN.replace(",", "\t").encode(), PLAIN.replace(",", ";").replace(".", ",").encode(),
    PLAIN.replace(",", "\t").replace(".", ",").encode("utf-8-sig"), (PLAIN + ",,,,,\n\n").encode(),
    PLAIN.replace("cell,x,y,z", "Type,X (um),Y [µm],z_um").encode("utf-8-sig"),
    PLAIN.replace("cell,x,y,z", "CELL TYPE, X , Y,Z").encode(),
    PLAIN.replace("cell,x,y,z", "cell,x (mm),y,z").replace("50,60", "0.05,60").replace("150,", "0.15,").encode(),
])  # fmt: skip
def test_a_table_is_read_as_it_is_saved(tmp_path, table):
    path = saved(tmp_path, table)
    assert not [one.text() for one in check(path) if one.severity == "error"]
    start = compile_model(prepare(path), folder=tmp_path).system.site("dish").start
    order = np.argsort(start.position[:, 0])  # the order of rows means nothing
    np.testing.assert_allclose(start.position[order], PLACES, rtol=1e-12)
    assert start.state[order].tolist() == [1, 0]


def test_which_column_is_taken_for_which_is_said(tmp_path):
    ((severity, message),) = told(tmp_path, PLAIN.replace("cell,x", "Type,x (um)"))
    assert severity == "warning"
    assert message == "cells.csv: `Type` for cell, `x (um)` for x is taken"
    assert told(tmp_path, PLAIN) == []


@pytest.mark.parametrize(("table", "said"), [
    ("cell,x,y\ndonor,50,50\ndonor,nan,20\n", "row 3, column x: `nan` is no position"),
    ("cell,x,y\ndonor,50,inf\n", "row 2, column y: `inf` is no position"),
    ("cell,x,y\ndonor,1e400,50\n", "row 2, column x: `1e400` is no position"),
    ("cell,x,y\ndonor,,50\n", "row 2, column x: there is no position"),
    ("cell,x,y\ndonor,-5,50\n", "row 2, column x: -5 lies outside the site, which is 200 um along x"),
    ("cell,x,y\n\ndonor,50,1000\n", "row 3, column y: 1000 lies outside the site, which is 200 um along y"),
    ("cell,x,y,z\ndonor,50,50,35\n", "row 2, column z: 35 lies outside the site, which is 20 um along z"),
    ("cell,x,y\n", "it has no rows below its header"), ("", "it is empty"),
    ("cell,x\ndonor,1\n", "it has no column y, but `cell`, `x`"),
    ("cell,type,x,y\ndonor,donor,1,2\n", "the columns `cell` and `type` are both cell"),
    ("cell,x,y\n,1,2\n", "row 2, column cell: there is no cell"),
    ("cell,x,y\ndonor,1,5,2,5\n", "row 2 has 5 entries, the header 3"),
    ("cell,x (h),y\ndonor,1,2\n", "column `x (h)`"),
])  # fmt: skip
def test_a_wrong_table_is_told_with_row_and_column(tmp_path, table, said):
    errors = [message for severity, message in told(tmp_path, table) if severity == "error"]
    assert len(errors) == 1
    assert said in errors[0]
    with pytest.raises(ModelError):
        prepare(tmp_path / "model.yaml")


def test_many_wrong_rows_are_counted(tmp_path):
    ((_, message),) = told(tmp_path, "cell,x,y\n" + "donor,-1,5\n" * 20)
    assert message.endswith("; 12 more")


@pytest.mark.parametrize(("table", "said"), [
    ("cell,x,y\ndonr,1,2\n", "donr"), ("cell,x,y,state\ndonor,1,2,dorman\n", "dorman"),
])  # fmt: skip
def test_cells_and_states_of_a_table_are_those_of_the_model(tmp_path, table, said):
    found = [one for one in check(saved(tmp_path, table)) if one.severity == "error"]
    assert [one.code for one in found] == ["unknown-name"]
    assert said in found[0].message + (found[0].remedy or "")


def test_a_table_needs_one_site_with_places(tmp_path):
    two = MODEL.replace(
        "cells:\n  donor", "  other: {size: [40 um, 40 um], depth: 20 um, voxel: 20 um}\ncells:\n  donor"
    )
    ((severity, message),) = told(tmp_path, PLAIN, two)
    assert severity == "error"
    assert "the model has 2 sites that have them" in message


def test_cells_of_a_table_do_not_stand_in_a_pool_too(tmp_path):
    pool = MODEL.replace("cells:\n  donor", "  blood: {kind: pool, volume: 1 nL}\ncells:\n  donor")
    path = saved(tmp_path, PLAIN, pool)
    system = compile_model(prepare(path), folder=tmp_path).system
    found = [len(one.start.type) for one in system.sites]
    assert dict(zip(system.site_names, found, strict=True)) == {"dish": 2, "blood": 0}


def test_bytes_that_are_no_text_are_told(tmp_path):
    path = saved(tmp_path, b"cell,x,y\ndonor,\xff\xfe\x00,2\n")
    assert [one.code for one in check(path) if one.severity == "error"] == ["not-utf-8"]
