"""Cell tables with names instead of numbers, as data frames and as AnnData."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vesicula.results.description import Labels, SiteLabel

if TYPE_CHECKING:
    import anndata

FATES = ("alive", "apoptotic", "necrotic")


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


def annotated(cells: pd.DataFrame, labels: Labels, site: SiteLabel) -> anndata.AnnData:
    """Cells as AnnData: X float32[n_cells, nodes and copies], obs the rest, obsm["spatial"] float64[n, 2 or 3], µm."""
    import anndata

    nodes = node_names(labels)
    columns = [*nodes, *(f"delivered copies of {s}" for s in labels.species)]
    frame = cells.drop(columns=[*columns, "x", "y", "z"])
    frame.index = [f"{i:016x}" for i in frame.pop("id")]
    var = pd.DataFrame({"kind": ["node"] * len(nodes) + ["copies"] * len(labels.species)}, index=pd.Index(columns))
    axes = ["x", "y", "z"] if site.dimensions == 3 else ["x", "y"]
    out = anndata.AnnData(X=cells[columns].to_numpy(dtype=np.float32), obs=frame, var=var)
    out.obsm["spatial"] = cells[axes].to_numpy(dtype=np.float64)
    return out
