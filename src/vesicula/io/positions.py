"""Positions of cells: a table with x and y, or the spatial coordinates of an AnnData file."""

from __future__ import annotations

import re
from pathlib import Path

from vesicula.io.decoding import plain
from vesicula.io.results import Notes, Place, Places
from vesicula.io.sheets import Sheet, Table, tables, unit_in
from vesicula.io.trouble import refuse
from vesicula.results.wording import counted, listed, number

LENGTHS = {"um": 1.0, "micron": 1.0, "microns": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4}
AXIS = (
    r"(?:(?:centroid|center|centre|position|pos|location|cell|nucleus)[ ._\-]?)?{0}"
    r"(?:[ ._\-]?(?:centroid|center|position|pos|location|coord(?:inate)?))?(?:\s*[(\[/_].*)?"
)
WANTED = {
    "x": re.compile(AXIS.format("x")),
    "y": re.compile(AXIS.format("y")),
    "z": re.compile(AXIS.format("z")),
    "kind": re.compile(r"cell|cell[ _]?type|type|class|phenotype|classification|cluster|label"),
    "name": re.compile(r"(?:cell|object)?[ _]?(?:id|name|no\.?|number|index)|object"),
}
MOST = 2_000_000


def fits(sheet: Sheet) -> bool:
    """Whether a heading has x and y."""
    return bool(_tables(sheet))


def _tables(sheet: Sheet) -> list[Table]:
    return tables(sheet, WANTED, lambda found: {"x", "y"} <= found.keys())


def read(sheet: Sheet, *, dilution: float | None = None) -> Places:
    """Positions of a table. dilution : of no meaning here, and refused. Raises FileError."""
    if dilution is not None:
        sheet.fail("file-asked", "a dilution is that of counted particles", "leave `--dilution` out")
    table, notes = _tables(sheet)[0], Notes()
    if not table.rows:
        sheet.fail("file-empty", "no row follows the heading", "give the table with its cells", table.heading)
    factor = _factor(table, notes)
    found = [table.numbers(axis) for axis in ("x", "y")]
    notes.read += [one.said for one in found]
    axes = [[None if one is None else one * factor for one in axis.values] for axis in found]
    depth = table.numbers("z").values if table.has("z") else (None,) * len(table.rows)
    kinds, names = table.words("kind"), table.words("name")
    places = [
        Place(x, y, None if z is None else z * factor, kind, name)
        for x, y, z, kind, name in zip(*axes, depth, kinds, names, strict=True)
        if x is not None and y is not None
    ]
    if len(places) < len(table.rows):
        notes.left_out.append(f"{counted(len(table.rows) - len(places), 'row')} without x and y.")
    if not places:
        sheet.fail("file-empty", "no cell has a place", "give the table with its cells", table.heading)
    others = [c for k, c in enumerate(table.heading.cells) if c and k not in table.columns.values()]
    if others:
        notes.left_out.append(f"Other columns: {listed(others[:8])}{' …' if len(others) > 8 else ''}.")
    return _places(sheet.file, "positions of cells", places, notes)


def _factor(table: Table, notes: Notes) -> float:
    """Micrometres of a unit of the table. Raises FileError for pixels, which are no length."""
    heading = table.heading.cell(table.columns["x"])
    unit = unit_in(heading)[1]
    if unit in LENGTHS:
        notes.read.append(f"Places are in {unit.replace('um', 'µm')}.")
        return LENGTHS[unit]
    if not unit or unit in ("x", "centroid", "position"):
        notes.assumed.append("Places are in µm, as no unit is said.")
        return 1.0
    table.sheet.fail(
        "file-asked", f"`{unit}` is no length", "give places in µm, with the heading `x (µm)`", table.heading, heading
    )


def _places(file: str, kind: str, places: list[Place], notes: Notes) -> Places:
    xs, ys = [one.x for one in places], [one.y for one in places]
    kinds = list(dict.fromkeys(one.kind for one in places if one.kind))
    notes.read.insert(
        0,
        f"{counted(len(places), 'cell')} in {number(max(xs) - min(xs))} × {number(max(ys) - min(ys))} µm"
        f"{f': {listed(kinds[:8])}' if kinds else ''}.",
    )
    return Places(file=file, kind=kind, account=notes.done(), places=tuple(places))


def read_anndata(path: Path) -> Places:
    """Positions of the cells of an AnnData file (`obsm["spatial"]`). Raises FileError."""
    import anndata
    import numpy as np

    try:
        found = anndata.read_h5ad(path)
    except Exception as error:
        refuse(path.name, "file-form", f"it is HDF5 but no AnnData file: {error}", "write it with `AnnData.write_h5ad`")
    if "spatial" not in found.obsm:
        refuse(
            path.name, "file-form", f"`obsm['spatial']` is expected, and it has {listed(sorted(found.obsm)) or 'none'}",
            "store the coordinates there, in µm",
        )  # fmt: skip
    at = np.asarray(found.obsm["spatial"], dtype=np.float64)
    if at.ndim != 2 or at.shape[1] not in (2, 3) or not len(at) or len(at) > MOST or not np.all(np.isfinite(at)):
        refuse(
            path.name, "file-form", "two or three finite coordinates of each cell are expected", "look at its `obsm`"
        )
    notes = Notes()
    notes.assumed.append("Places are in µm: AnnData says no unit.")
    column = next((one for one in found.obs.columns if WANTED["kind"].fullmatch(plain(str(one)))), None)
    kinds = [""] * len(at) if column is None else [str(one) for one in found.obs[column]]
    if column is not None:
        notes.read.append(f"Kinds of cells are those of `obs['{column}']`.")
    notes.left_out.append(f"{counted(found.n_vars, 'variable')} of each cell.")
    places = [
        Place(float(row[0]), float(row[1]), float(row[2]) if len(row) > 2 else None, kind, str(name))
        for row, kind, name in zip(at, kinds, found.obs_names, strict=True)
    ]
    return _places(path.name, "positions of cells (AnnData)", places, notes)
