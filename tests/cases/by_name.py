"""A run of a model, and all that its states hold by name: to compare models that number their columns differently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vesicula import Model, load
from vesicula.compiler.names import Compiled
from vesicula.engine.step import advance
from vesicula.engine.system import SystemState
from vesicula.march import first_states


@dataclass
class Ran:
    """A model, and its states at the end."""

    compiled: Compiled
    states: SystemState

    def by_name(self, site: str) -> dict[str, np.ndarray]:
        """Everything of a site by the names of its columns, float64, int64 or uint64[…]."""
        names, state = self.compiled.names, self.states.site(site)
        out: dict[str, np.ndarray] = {
            name: getattr(state, name)
            for name in ("cell_id", "cell_dead", "cell_births", "position", "volume", "cell_age", "direction")
        }
        out["type"] = np.array([names.types[t].name for t in state.cell_type])
        for k, one in enumerate(names.substances):
            out[f"concentration of {one.name}"] = state.concentration[:, k]
        for k, one in enumerate(names.populations):
            out[f"particles of {one.name}"] = state.vesicles[:, k]
            out[f"ledger of {one.name}"] = state.vesicle_ledger[:, k]
            for name in ("pool", "bound", "endosomal"):
                out[f"{name} {one.name}"] = getattr(state, name)[:, k]
        for k, one in enumerate(names.species):
            out[f"copies of {one}"] = state.copies[:, k]
        for k, one in enumerate(names.traits):
            out[f"trait {one}"] = state.trait[:, k]
        for k, one in enumerate(names.clocks):
            out[f"threshold of {one}"] = state.clock_threshold[:, k]
        return out


def ran(source: Path | Model) -> Ran:
    """A model marched through its time."""
    compiled = load(source)
    states = first_states(compiled.system, compiled.keys)
    for _ in range(round(compiled.span / compiled.macro_step)):
        advance(compiled.system, states)
    return Ran(compiled, states)
