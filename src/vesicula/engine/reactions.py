"""Local kinetics: how fast a reaction runs in one voxel, and how that changes with each partner.

A reaction has one extent (molecules/µm³) for all its partners, so that what one loses another gains to round-off.
"""

from __future__ import annotations

from vesicula.engine.cache import device
from vesicula.engine.multigrid import COUNT, GUARD, ITERATE, JACOBIAN, RHS, copy_values
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


@device
def partner_signs(kinetics, r):
    """Signs of first, second partner and product in the extent of reaction r: +1 consumed, −1 made, 0 untouched."""
    second = 1.0 if kinetics[r, KIND] == BIND else 0.0
    product = -1.0 if kinetics[r, PRODUCT] >= 0 else 0.0
    return 1.0, second, product


@device
def rate_at(kinetics, rates, local, r, v, values):
    """Rate and derivatives of reaction r in voxel v where the fields are `values` float64[m]."""
    a = values[kinetics[r, REACTANT]]
    b = values[kinetics[r, PARTNER]] if kinetics[r, PARTNER] >= 0 else 0.0
    product = values[kinetics[r, PRODUCT]] if kinetics[r, PRODUCT] >= 0 else 0.0
    catalyst = local[kinetics[r, CATALYST], v] if kinetics[r, CATALYST] >= 0 else 0.0
    competitor = local[kinetics[r, COMPETITOR], v] if kinetics[r, COMPETITOR] >= 0 else 0.0
    return reaction_rate(kinetics[r, KIND], a, b, product, rates[r, 0], rates[r, 1], catalyst, competitor)


@device
def linearise(operator, chemistry, tau, keep, extent, values, anew):
    """Right-hand side keep − τ (Σ_r ν_r ξ_r(y) − J y), Jacobian J at the iterate y, and rates extent[r, v] = ξ_r.

    operator, chemistry : see `transport`; keep : float64[m, n], right-hand side without reactions; values : scratch [m]
    anew : whether J is that of the iterate; else it stays the one of an earlier iterate, which moves only how fast the
        iterations converge: the residual of the linear equation at y is that of the kinetics either way
    """
    work, levels, _, m, field_length, shared, _, _ = operator
    held, kinetics, rates, local, _ = chemistry
    n, guard = levels[0, COUNT], levels[0, GUARD]
    jacobian = shared + levels[0, JACOBIAN]
    if anew:
        work[jacobian : jacobian + m * m * n] = 0.0
    for i in range(m):
        right_side = i * field_length + levels[0, RHS]
        copy_values(keep[i], work[right_side : right_side + n])
    for v in range(n):
        for i in range(m):
            values[i] = work[i * field_length + levels[0, ITERATE] + guard + v]
        for r in range(kinetics.shape[0]):
            rate, by_first, by_second, by_product = rate_at(kinetics, rates, local, r, v, values)
            extent[r, v] = rate
            first, second, product = kinetics[r, REACTANT], kinetics[r, PARTNER], kinetics[r, PRODUCT]
            signs = partner_signs(kinetics, r)
            for k in range(3):
                i = first if k == 0 else (second if k == 1 else product)
                sign = signs[0] if k == 0 else (signs[1] if k == 1 else signs[2])
                if i < 0 or sign == 0.0 or held[i] != 0:
                    continue
                work[i * field_length + levels[0, RHS] + v] -= tau * sign * rate
                if not anew:
                    continue
                work[jacobian + (i * m + first) * n + v] += sign * by_first
                if second >= 0:
                    work[jacobian + (i * m + second) * n + v] += sign * by_second
                if product >= 0:
                    work[jacobian + (i * m + product) * n + v] += sign * by_product
        for i in range(m):
            total = 0.0
            for j in range(m):
                total += work[jacobian + (i * m + j) * n + v] * values[j]
            work[i * field_length + levels[0, RHS] + v] += tau * total


@device
def rates_at_iterate(operator, chemistry, extent, values):
    """Fill extent[r, v] with the rate of every reaction at the iterate."""
    work, levels, _, m, field_length, _, _, _ = operator
    _, kinetics, rates, local, _ = chemistry
    n, guard = levels[0, COUNT], levels[0, GUARD]
    for v in range(n):
        for i in range(m):
            values[i] = work[i * field_length + levels[0, ITERATE] + guard + v]
        for r in range(kinetics.shape[0]):
            rate, _, _, _ = rate_at(kinetics, rates, local, r, v, values)
            extent[r, v] = rate
