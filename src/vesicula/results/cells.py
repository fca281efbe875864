"""Cell tables with names instead of numbers, as data frames and as AnnData."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vesicula.results.description import Labels, RunDescription, SiteLabel

if TYPE_CHECKING:
    import anndata

FATES = ("alive", "apoptotic", "necrotic")
UNITS = {"x": "µm", "y": "µm", "z": "µm", "diameter": "µm", "age_min": "min"}
"""Columns of cells that are measured; what `quantities` names has its own unit."""


def node_names(labels: Labels) -> list[str]:
    """Nodes of all cell types, each name once."""
    return list(dict.fromkeys(node for t in labels.types for node in t.nodes))


def named(table: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Cells with the names of type, state, fate and label; one column per node name, NaN where a type lacks it."""
    kind = table["type"].to_numpy().astype(int)
    state = table["state"].to_numpy().astype(int)
    states = [labels.types[k].states[min(s, len(labels.types[k].states) - 1)] for k, s in zip(kind, state, strict=True)]
    label = table["label"].to_numpy().astype(int)
    columns: dict[str, object] = {
        "id": table["id"],
        "type": pd.Categorical([labels.types[k].name for k in kind], [t.name for t in labels.types]),
        "state": states,
        "fate": pd.Categorical([FATES[int(d)] for d in table["dead"]], FATES),
        "label": [labels.labels[k] if 0 <= k < len(labels.labels) else "" for k in label],
        "x": table["x"], "y": table["y"], "z": table["z"], "diameter": table["diameter"], "age_min": table["age"],
        "stands_for": table["stands for"].astype(np.int64),
    }  # fmt: skip
    for name in node_names(labels):
        column = np.full(len(table), np.nan, dtype=np.float32)
        for k, type_ in enumerate(labels.types):
            if name in type_.nodes:
                mine = kind == k
                column[mine] = table[f"node {type_.nodes.index(name)}"].to_numpy()[mine]
        columns[name] = column
    for prefix, names in (
        ("delivered copies of", labels.species),
        ("bound", [p.name for p in labels.populations]),
        ("endosomal", [p.name for p in labels.populations]),
    ):
        for name in names:
            columns[f"{prefix} {name}"] = table[f"{prefix} {name}"].to_numpy()
    return pd.DataFrame(columns)


def quantities(labels: Labels) -> list[tuple[str, str, str]]:
    """(column, kind, unit) of what is inside and on cells: nodes, delivered copies, bound and endosomal vesicles."""
    return [
        *((name, "node", "1") for name in node_names(labels)),
        *((f"delivered copies of {name}", "copies", "copies/cell") for name in labels.species),
        *((f"bound {p.name}", "bound", "particles/cell") for p in labels.populations),
        *((f"endosomal {p.name}", "endosomal", "particles/cell") for p in labels.populations),
    ]


def of_run(table: pd.DataFrame, description: RunDescription, site: SiteLabel, time_min: float) -> pd.DataFrame:
    """Cells with names, and before these where they are from: site, arm, replicate, draw, time_min."""
    cells = named(table, description.labels)
    mine = [description.variants[int(v)] for v in table["variant"]]
    columns: dict[str, object] = {
        "site": pd.Categorical([site.name] * len(cells), [s.name for s in description.sites]),
        "arm": pd.Categorical([v.arm for v in mine], description.arms),
        "replicate": np.array([v.replicate for v in mine], dtype=np.int64),
        "draw": np.array([v.draw for v in mine], dtype=np.int64),
        "time_min": np.full(len(cells), time_min),
    }
    return pd.concat([pd.DataFrame(columns, index=cells.index), cells], axis=1)


def annotated(cells: pd.DataFrame, labels: Labels, *, dimensions: int) -> anndata.AnnData:
    """Cells of `of_run`, of any sites and times, as AnnData.

    X : float32[n_cells, n_quantities], NaN for nodes that a type lacks; var : kind and unit
    obs : `sample` (site, arm, replicate and time in words), the parts of that, `id` (lineage), `cell_type`, the rest
    obsm["spatial"] : float64[n_cells, 2 or 3], µm
    """
    import anndata

    rows = quantities(labels)
    columns = [name for name, _, _ in rows]
    place = ["x", "y", "z"] if dimensions == 3 else ["x", "y"]
    frame = cells.drop(columns=[*columns, "x", "y", "z"]).rename(columns={"type": "cell_type"})
    ids = [f"{i:016x}" for i in cells["id"]]
    where = list(zip(*(cells[c].tolist() for c in ("site", "arm", "replicate", "time_min")), strict=True))
    samples = [f"{site}, {arm}, replicate {replicate}, {time:g} min" for site, arm, replicate, time in where]
    frame["id"] = ids
    frame.insert(0, "sample", pd.Categorical(samples, list(dict.fromkeys(samples))))
    for name in ("state", "label"):
        frame[name] = pd.Categorical(frame[name])
    frame.index = pd.Index([f"{number}, {sample}" for number, sample in zip(ids, samples, strict=True)])
    var = pd.DataFrame(
        {"kind": [kind for _, kind, _ in rows], "unit": [unit for _, _, unit in rows]}, index=pd.Index(columns)
    )
    out = anndata.AnnData(X=cells[columns].to_numpy(dtype=np.float32), obs=frame, var=var)
    out.obsm["spatial"] = cells[place].to_numpy(dtype=np.float64)
    return out
