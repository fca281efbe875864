"""Local kinetics: how fast a reaction runs in one voxel, and how that changes with each partner.

A reaction has one extent (molecules/µm³) for all its partners, so that what one loses another gains to round-off.
"""

from __future__ import annotations

from vesicula.engine.cache import device
from vesicula.engine.program import Reaction

BIND = int(Reaction.BIND)
CONVERT = int(Reaction.CONVERT)
ENZYME_FLUID = int(Reaction.ENZYME_FLUID)
SATURABLE = int(Reaction.ENZYME_CELL)  # on cells, on vesicles, and saturable uptake: the catalyst is given per voxel

# columns of a kinetics table, int64[n_reactions, 6], indices within the group of coupled fields (−1: none)
KIND, REACTANT, PARTNER, PRODUCT, CATALYST, COMPETITOR = range(6)


@device
def reaction_rate(kind, a, b, product, forward, backward, catalyst, competitor):
    """Net rate of one reaction and its derivatives with respect to a, b and the product.

    Equation   BIND k₊ a b − k₋ p;  CONVERT k a;  ENZYME_FLUID kcat b a/(Km + a);
               SATURABLE kcat E a/(Km + other + a), E and other given per voxel
    a, b, product, catalyst, competitor : float64, molecules/µm³
    forward : µm³/molecule/min (BIND) or 1/min;  backward : 1/min (BIND) or Km, molecules/µm³
    Returns    (rate molecules/µm³/min, d/da, d/db, d/dproduct)
    Source     mass action; Michaelis–Menten with competition for one site
    """
    if kind == BIND:
        return forward * a * b - backward * product, forward * b, forward * a, -backward
    if kind == CONVERT:
        return forward * a, forward, 0.0, 0.0
    half = backward + competitor
    amount = b if kind == ENZYME_FLUID else catalyst
    if half + a <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    share = a / (half + a)
    slope = forward * amount * half / ((half + a) * (half + a))
    return forward * amount * share, slope, forward * share if kind == ENZYME_FLUID else 0.0, 0.0
