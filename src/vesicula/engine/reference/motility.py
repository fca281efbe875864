"""Pieces of the persistent walks of one macro step in plain Python."""

from __future__ import annotations

import numpy as np

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


def attraction_direction(grid, weights, fields, barred, voxel):
    """Unit vector of chemotaxis, or zeros."""
    total = np.zeros(3)
    for weight, field in zip(weights, fields, strict=True):
        slope = gradient(grid, field, barred, voxel)
        steep = np.linalg.norm(slope)
        if weight != 0.0 and steep * grid.voxel > 1e-6 * field[voxel]:
            total += weight * slope / steep
    length = np.linalg.norm(total)
    return total / length if length > 0.0 else total


def pieces(program, state, site, i, barred):
    """Walk of cell i of a site: list of (until, velocity) and the direction at the end; empty for cells that stay."""
    columns, behaviour = program.behaviours, state.behaviour[i]
    speed, persistence = behaviour[columns.speed], behaviour[columns.persistence]
    bias = min(behaviour[columns.bias], 1.0) if columns.bias >= 0 else 0.0
    if not (speed > 0.0 and persistence > 0.0):
        return [], state.direction[i]
    key = streams.stream_key(*state.site_key[site].tolist(), state.step, MOTILITY)
    identity, dimensions = int(state.cell_id[i]), program.grid.dimensions
    u = np.array(state.direction[i])
    if u @ u < 0.5:
        u = np.array(streams.unit_vector(key, identity, 0, dimensions))
    e = np.zeros(3)
    if bias > 0.0:
        used = [(behaviour[c], state.concentration[site, k]) for k, c in enumerate(columns.attraction) if c >= 0]
        voxel = voxel_at(program.grid, state.position[i])
        e = attraction_direction(program.grid, [w for w, _ in used], [f for _, f in used], barred, voxel)
    out, time, k = [], 0.0, 0
    while True:
        time += persistence * streams.exponential(key, identity, 2 * k + 1)
        heading = (1.0 - bias) * u + bias * e if e.any() else u
        length = np.linalg.norm(heading)
        heading = heading / length if length > 0.0 else u
        last = not time < program.macro_step
        out.append((np.inf if last else time, speed * heading))
        if last:
            return out, u
        u = np.array(streams.unit_vector(key, identity, 2 * k + 2, dimensions))
        k += 1
