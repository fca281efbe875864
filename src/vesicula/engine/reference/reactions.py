"""Plain twin of `engine.reactions`: rates of all reactions of a group at given concentrations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Reaction
from vesicula.engine.reactions import CATALYST, COMPETITOR, KIND, PARTNER, PRODUCT, REACTANT, SATURABLE

F64 = NDArray[np.float64]


def reaction_rates(kinetics: NDArray[np.int64], rates: F64, local: F64, fields: F64) -> F64:
    """Net rates, molecules/µm³/min, float64[n_reactions, n].

    kinetics : int64[n_reactions, 6]; rates : float64[n_reactions, 2]; local : float64[n_local, n]
    fields : float64[m, n], molecules/µm³
    """
    out = np.zeros((len(kinetics), fields.shape[1]))
    for r, row in enumerate(kinetics):
        forward, backward = rates[r]
        a = fields[row[REACTANT]]
        if row[KIND] == Reaction.BIND:
            product = fields[row[PRODUCT]] if row[PRODUCT] >= 0 else 0.0
            out[r] = forward * a * fields[row[PARTNER]] - backward * product
        elif row[KIND] == Reaction.CONVERT:
            out[r] = forward * a
        else:
            enzyme = local[row[CATALYST]] if row[KIND] == SATURABLE else fields[row[PARTNER]]
            half = backward + (local[row[COMPETITOR]] if row[COMPETITOR] >= 0 else 0.0)
            out[r] = forward * enzyme * a / (half + a)
    return out


def stoichiometry(kinetics: NDArray[np.int64], n_fields: int) -> F64:
    """Molecules of each field that one turn of each reaction uses up (made: negative), float64[m, n_reactions]."""
    used = np.zeros((n_fields, len(kinetics)))
    for r, row in enumerate(kinetics):
        used[row[REACTANT], r] += 1.0
        if row[KIND] == Reaction.BIND:
            used[row[PARTNER], r] += 1.0
        if row[PRODUCT] >= 0:
            used[row[PRODUCT], r] -= 1.0
    return used
