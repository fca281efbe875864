"""Pieces of the persistent walks of one macro step in plain Python."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ive

from vesicula.engine.motility import MOTILITY
from vesicula.engine.reference import streams
from vesicula.engine.reference.mechanics import voxel_at


def gradient(grid, field, barred, voxel):
    """Gradient of a field at a voxel: central, one-sided beside walls and solid matrix, 0 where it cannot be told."""
    places = np.unravel_index(voxel, (grid.nz, grid.ny, grid.nx))[::-1]
    counts, edges = (grid.nx, grid.ny, grid.nz), (grid.voxel, grid.voxel, grid.height)
    strides = (1, grid.nx, grid.nx * grid.ny)
    out = np.zeros(3)
    for axis in range(3):
        low = voxel - strides[axis] if places[axis] > 0 else voxel
        high = voxel + strides[axis] if places[axis] + 1 < counts[axis] else voxel
        low, high = (voxel if barred[low] else low), (voxel if barred[high] else high)
        spacings = (high - low) // strides[axis]
        if spacings:
            out[axis] = (field[high] - field[low]) / (spacings * edges[axis])
    return out


def mean_cosine(kappa, dimensions):
    """Mean cosine of an estimated direction, by the closed forms in the plane and in space."""
    if kappa == 0.0:
        return 0.0
    if dimensions == 2:
        return math.sqrt(math.pi * kappa / 8.0) * (ive(0, kappa / 4.0) + ive(1, kappa / 4.0))
    if kappa < 1e-3:  # the closed form loses its digits here
        return math.sqrt(8.0 * kappa / (9.0 * math.pi)) * (1.0 - kappa / 10.0 + 3.0 * kappa**2 / 280.0)
    root = math.sqrt(2.0 / (math.pi * kappa))
    return (1.0 - 1.0 / kappa) * math.erf(math.sqrt(kappa / 2.0)) + root * math.exp(-kappa / 2.0)


def sensed_direction(program, state, site, i, barred):
    """Unit vector in which attractants rise, and the share of the way along it that receptors can tell."""
    e, kappa = signal_to_noise(program, state, site, i, barred)
    return e, mean_cosine(kappa, max(program.grid.dimensions, 2))


def signal_to_noise(program, state, site, i, barred):
    """Unit vector in which attractants rise, and the square of signal over noise on one axis."""
    grid, table, variant = program.grid, program.sensing, state.site_variant[site]
    kind, behaviour = state.cell_type[i], state.behaviour[i]
    persistence = behaviour[program.behaviours.persistence]
    diameter = np.cbrt(6.0 * state.volume[i] / np.pi)
    voxel = voxel_at(grid, state.position[i])

    def read(column, absent):
        return program.values[variant, column] if column >= 0 else absent

    signal, noises, weights = np.zeros(3), [], []
    for k, column in enumerate(program.behaviours.attraction):
        if column < 0 or table.receptors[kind, k] < 0:
            continue
        weight, field = behaviour[column], state.concentration[site, k]
        number = behaviour[table.receptors[kind, k]] * read(table.p_unblocked[kind, k], 1.0)
        if table.node[kind, k] >= 0:
            number *= state.nodes[i, table.node[kind, k]]
        half, c = read(table.p_half[kind, k], 0.0), field[voxel]
        if weight == 0.0 or number <= 0.0 or half <= 0.0 or c <= 0.0:
            continue
        share = c / (c + half)
        scatter = number * share * (1.0 - share)
        met = c * diameter**3
        if met < 1.0:
            scatter += scatter**2 * (1.0 / met - 1.0)
        slope = gradient(grid, field, barred, voxel)
        signal += weight * number * diameter / 2.0 * slope * half / (c + half) ** 2
        noises.append(weight**2 * scatter / max(persistence * read(table.p_off[kind, k], 0.0), 1.0))
        weights.append(abs(weight))
    length = np.linalg.norm(signal)
    if not noises or length == 0.0:
        return np.zeros(3), 0.0
    return signal / length, (max(weights) * length) ** 2 / sum(noises) / max(grid.dimensions, 2)


def climbed(program, state, site, i, barred):
    """Vector up the density of matrices, shorter than 1."""
    diameter, voxel = np.cbrt(6.0 * state.volume[i] / np.pi), voxel_at(program.grid, state.position[i])
    h = np.zeros(3)
    for density, column in zip(state.matrix[site], program.behaviours.haptotaxis, strict=True):
        if column >= 0:
            h += state.behaviour[i, column] * diameter * gradient(program.grid, density, barred, voxel)
    return h / (1.0 + np.linalg.norm(h))


def free_side(program, state, site, i):
    """Unit vector to the free side of a cell that others touch, and the share of its direction that follows it."""
    types, variant = program.cell_types, state.site_variant[site]

    def of_type(column, absent):
        return program.values[variant, column] if column >= 0 else absent

    def reach(j):
        factor = of_type(types.p_reach[state.cell_type[j]], 1.25)
        return np.cbrt(0.75 / np.pi * state.volume[j]) * max(factor, 1.0)

    total = np.zeros(3)
    for j in range(state.cell_start[site], state.cell_start[site + 1]):
        step = state.position[i] - state.position[j]
        if program.grid.dimensions < 3:
            step = step * np.array([1.0, 1.0, 0.0])
        distance = math.sqrt(float(step @ step))
        if i != j and not state.cell_dead[j] and 1e-5 < distance <= reach(i) + reach(j):
            total += step / distance
    length = math.sqrt(float(total @ total))
    column = program.behaviours.turning
    share = min(max(state.behaviour[i, column], 0.0), 1.0) * min(length / 2.0, 1.0) if column >= 0 else 0.0
    return total / length if length > 0.0 else total, share


def pieces(program, state, site, i, barred):
    """Walk of cell i of a site: list of (until, velocity) and the direction at the end; empty for cells that stay."""
    columns, behaviour = program.behaviours, state.behaviour[i]
    speed, persistence = behaviour[columns.speed], behaviour[columns.persistence]
    bias = min(behaviour[columns.bias], 1.0) if columns.bias >= 0 else 0.0
    if not (speed > 0.0 and persistence > 0.0):
        return [], state.direction[i]
    seed, own = state.site_key[site].tolist()
    key = streams.stream_key(seed, own, state.step, MOTILITY)
    identity, dimensions = int(state.cell_id[i]), program.grid.dimensions
    u = np.array(state.direction[i])
    if u @ u < 0.5:
        u = np.array(streams.unit_vector(key, identity, 0, dimensions))
    e = np.zeros(3)
    if bias > 0.0:
        e, told = sensed_direction(program, state, site, i, barred)
        e = told * e + climbed(program, state, site, i, barred)
        length = np.linalg.norm(e)
        e = e / length if length > 0.0 else e
        bias *= min(length, 1.0)
    side, share = free_side(program, state, site, i)
    out, time, k = [], 0.0, 0
    while True:
        time += persistence * streams.exponential(key, identity, 2 * k + 1)
        heading = (1.0 - bias) * u + bias * e if e.any() else u
        length = np.linalg.norm(heading)
        heading = heading / length if length > 0.0 else u
        turned = (1.0 - share) * heading + share * side
        if share > 0.0 and turned.any():
            heading = turned / np.linalg.norm(turned)
        last = not time < program.macro_step
        out.append((np.inf if last else time, speed * heading))
        if last:
            return out, u
        u = np.array(streams.unit_vector(key, identity, 2 * k + 2, dimensions))
        k += 1
