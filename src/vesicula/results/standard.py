"""The series that every run records unasked, site by site: from cell numbers to delivered copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.invariants import by_site
from vesicula.engine.state import CellTerm, Contact, State
from vesicula.engine.voxels import cell_sites
from vesicula.results.description import Labels, SiteLabel

F64 = NDArray[np.float64]
PER_ML = 1e12  # µm³ per mL


@dataclass(frozen=True)
class Column:
    """One standard series. name: in the words of measures; topic: what curves are drawn together."""

    name: str
    unit: str
    topic: str


def columns(labels: Labels) -> list[Column]:
    """Names of the standard series of a site, in the order of `values`."""
    out = [Column(f"count of {t.name}", "cells", "cells") for t in labels.types]
    out += [Column(f"count of {t.name} {s}", "cells", "states") for t in labels.types for s in t.states]
    out += [Column(f"dead {t.name}", "cells", "dead cells") for t in labels.types]
    out += [Column(f"{t} that {did}", "cells", "passages") for t in labels.travellers for did in ("arrived", "left")]
    out += [Column(f"concentration of {s.name}", s.unit, "substances") for s in labels.substances]
    out += [Column(f"amount of {name}", "% of site", "matrix") for name in labels.matrices]
    out += [Column(f"density of {p.name}", "EV/mL", "vesicles") for p in labels.populations]
    out += [
        Column(f"particles of {p.name} delivered to {t.name}", "particles", "messages")
        for p in labels.populations
        for t in labels.types
    ]
    out += [Column(f"{node} in {t.name}", "", "nodes") for t in labels.types for node in t.nodes]
    out += [
        Column(f"delivered copies of {s} in {t.name}", "copies/cell", "copies")
        for t in labels.types
        for s in labels.species
    ]
    return out


def _counts(key: NDArray[np.int64], shape: tuple[int, ...], weights: F64 | None = None) -> F64:
    flat = np.bincount(key, weights=weights, minlength=int(np.prod(shape)))
    return flat.reshape(shape).astype(np.float64)


def _means(total: F64, count: F64) -> F64:
    """Mean per cell; NaN where there is no cell."""
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def values(state: State, labels: Labels, site: SiteLabel) -> F64:
    """Standard series of every site of the batch, float64[n_sites, n_columns], in the units of `columns`."""
    sites, types = state.n_sites, len(labels.types)
    where = cell_sites(state)
    alive = state.cell_dead == 0
    number = state.stands_for.astype(np.float64)
    of_type = [np.flatnonzero(alive & (state.cell_type == t)) for t in range(types)]
    living = np.zeros((sites, types))
    for t, mine in enumerate(of_type):
        living[:, t] = by_site(state, state.stands_for[mine, None], mine)[:, 0]
    blocks: list[np.ndarray] = [living]
    for mine, label in zip(of_type, labels.types, strict=True):
        n = len(label.states)
        blocks.append(_counts(where[mine] * n + np.minimum(state.cell_state[mine], n - 1), (sites, n), number[mine]))
    dead = np.flatnonzero(~alive)
    blocks.append(_counts(where[dead] * types + state.cell_type[dead], (sites, types), number[dead]))
    names = [t.name for t in labels.types]
    passed = [CellTerm.ARRIVED, CellTerm.LEFT]
    blocks.extend(state.cell_ledger[:, names.index(name), passed] for name in labels.travellers)
    blocks = [np.asarray(block, dtype=np.float64) * site.whole for block in blocks]
    factors = np.array([s.factor for s in labels.substances])
    blocks.append(state.concentration.mean(axis=2) * factors)
    blocks.append(state.matrix.mean(axis=2) * 100.0)
    free = state.vesicles.sum(axis=2)
    blocks.append(free * (PER_ML / (site.n_voxels * site.voxel_volume)))
    delivered = state.talk[..., Contact.FUSED] + state.talk[..., Contact.ESCAPED]
    blocks.append(delivered.reshape(sites, -1).astype(np.float64) * site.whole)
    for array, wanted in ((state.nodes, [len(label.nodes) for label in labels.types]), (state.copies, None)):
        for t, mine in enumerate(of_type):
            columns = len(labels.species) if wanted is None else wanted[t]
            weighed = np.ascontiguousarray(array[mine, :columns].T) * number[mine]
            for column in weighed:
                blocks.append(_means(_counts(where[mine], (sites,), column), living[:, t])[:, None])
    return np.concatenate([np.asarray(block, dtype=np.float64).reshape(sites, -1) for block in blocks], axis=1)
