"""Tables as CSV in UTF-8, one row per value with its unit: `series.csv`, `ledger.csv`, `talk.csv`, `cells.csv`.

A value that is not there (a node that a cell type lacks) has no row; a mean over no cells is an empty field.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vesicula.errors import RunFolderError
from vesicula.results.cells import UNITS, quantities
from vesicula.results.choice import Choice
from vesicula.results.description import Labels
from vesicula.results.kept_cells import KeptCells

if TYPE_CHECKING:
    from vesicula.results.result import Result

OF_A_CELL = ("site", "arm", "replicate", "draw", "time_min", "id", "type", "state", "fate", "label", "stands_for")
OF_TALK = ["site", "arm", "replicate", "donor", "vesicle", "recipient"]


def write(result: Result, choice: Choice, path: Path) -> list[str]:
    """Write the tables. Raises OSError"""
    d = result.description
    tables = {"series": result.to_dataframe(), "ledger": result.ledger}
    if choice.time is None:
        talk = result.talk
        kinds = [name for name in talk.columns if name not in OF_TALK]
        long = talk.melt(id_vars=OF_TALK, value_vars=kinds, var_name="what", value_name="value")
        long.insert(len(long.columns) - 1, "unit", "particles")
        tables["talk"] = long
    notes = []
    for name, table in tables.items():
        rows = choice.rows(table, d)
        _put(rows, path / f"{name}.csv")
        notes.append(f"{name}.csv: {len(rows):,} rows")
    if "talk" not in tables:
        notes.append("talk.csv was left out: it counts over the whole run")
    try:
        n = _write_cells(result, choice, path / "cells.csv")
        notes.append(f"cells.csv: {n:,} rows")
    except RunFolderError as error:
        (path / "cells.csv").unlink()
        notes.append(f"cells.csv was left out: {error.message}")
    return notes


def _write_cells(result: Result, choice: Choice, path: Path) -> int:
    """Write the table of cells, a moment after the other; returns its rows."""
    labels, n = result.description.labels, 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for one in KeptCells.of_result(result).of(choice):
            rows = long_cells(one.cells, labels, with_place=one.site.dimensions > 0)
            rows.to_csv(file, index=False, header=file.tell() == 0, lineterminator="\n", float_format="%.9g")
            n += len(rows)
    return n


def long_cells(cells: pd.DataFrame, labels: Labels, *, with_place: bool) -> pd.DataFrame:
    """Cells of `cells.of_run` as one row per value: what tells a cell, then quantity, unit and value.

    with_place : whether their site has places      Returns  float64 values without NaN, in the order of cells
    """
    units = {name: unit for name, unit in UNITS.items() if with_place or name not in ("x", "y", "z")}
    units |= {name: unit for name, _, unit in quantities(labels)}
    values = np.column_stack([cells[name].to_numpy(dtype=np.float64) for name in units])
    row, column = np.nonzero(np.isfinite(values))
    told = cells.loc[:, list(OF_A_CELL)].iloc[row].reset_index(drop=True)
    told["id"] = [f"{i:016x}" for i in told["id"]]
    words = np.array(list(units.items()), dtype=object).reshape(len(units), 2)
    told["quantity"], told["unit"], told["value"] = words[column, 0], words[column, 1], values[row, column]
    return told


def _put(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
