"""Plain twin of `engine.transport`: dense matrices, one SDIRK2 or backward Euler step, no multigrid, no clipping."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.reference.reactions import reaction_rates, stoichiometry

F64 = NDArray[np.float64]

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
NEWTON_STEPS = 50
DIFFERENCE = 1e-7


def transport_matrix(shape: tuple[int, int, int], faces: F64) -> F64:
    """Matrix A of dc/dt = A c by faces alone, float64[n, n], 1/min; columns sum to 0.

    shape : nx, ny, nz; faces : float64[n_faces], uniform or general layout of `multigrid`
    """
    nx, ny, nz = shape
    n = nx * ny * nz
    matrix = np.zeros((n, n))
    uniform = len(faces) != 6 * n
    start = (0, nx, nx + ny) if uniform else (0, n, 2 * n)
    upper = nx + ny + nz if uniform else 3 * n
    for axis, (size, step) in enumerate(zip(shape, (1, nx, nx * ny), strict=True)):
        for v in range(n):
            k = (v // step) % size
            if k + 1 == size:
                continue
            here, above = (k, k + 1) if uniform else (v, v + step)
            up, down = faces[start[axis] + above], faces[upper + start[axis] + here]
            matrix[v + step, v] += up
            matrix[v, v] -= up
            matrix[v, v + step] += down
            matrix[v + step, v + step] -= down
    return matrix


def slope(fields: F64, matrices: list[F64], source: F64, loss: F64, kinetics, rates: F64, local: F64) -> F64:
    """Slopes dc/dt of all fields, float64[m, n]."""
    flux = np.array([a @ c for a, c in zip(matrices, fields, strict=True)])
    used = stoichiometry(kinetics, len(fields)) @ reaction_rates(kinetics, rates, local, fields)
    return flux + source - loss * fields - used


def implicit_stage(known: F64, tau: float, matrices: list[F64], source: F64, loss: F64, kinetics, rates, local) -> F64:
    """Solve y = known + τ slope(y) by Newton's method with a dense numerical Jacobian, float64[m, n]."""
    y = known.clip(min=0.0)
    size = y.size

    def gap(values: F64) -> F64:
        fields = values.reshape(y.shape)
        return (fields - known - tau * slope(fields, matrices, source, loss, kinetics, rates, local)).ravel()

    values = y.ravel().copy()
    for _ in range(NEWTON_STEPS):
        here = gap(values)
        width = DIFFERENCE * max(1.0, np.abs(values).max())
        columns = [(gap(values + width * unit) - gap(values - width * unit)) / (2.0 * width) for unit in np.eye(size)]
        change = np.linalg.solve(np.array(columns).T, here)
        values -= change
        if np.abs(change).max() <= 1e-15 * max(np.abs(values).max(), 1e-300):
            break
    return values.reshape(y.shape)


def sdirk_step(
    fields: F64, tau: float, matrices: list[F64], source: F64, loss: F64, kinetics, rates: F64, local: F64
) -> tuple[F64, F64, F64]:
    """One SDIRK2 step: new fields, exposure ∫c dt, extents ∫rate dt."""
    rest = (matrices, source, loss, kinetics, rates, local)
    first = implicit_stage(fields, GAMMA * tau, *rest)
    later = fields + (1.0 - GAMMA) * tau * slope(first, *rest)
    second = implicit_stage(later, GAMMA * tau, *rest)
    exposure = tau * ((1.0 - GAMMA) * first + GAMMA * second)
    extent = tau * (
        (1.0 - GAMMA) * reaction_rates(kinetics, rates, local, first)
        + GAMMA * reaction_rates(kinetics, rates, local, second)
    )
    return second, exposure, extent
