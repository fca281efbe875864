"""Pushing, sticking and walking spheres in plain Python, all pairs, one site."""

from __future__ import annotations

import itertools
import math

import numpy as np

from vesicula.engine.reference import streams

PRESSURE_UNIT = 0.0272888


def pair(spheres, affinity, i, j, distance, law):
    """Speed with which j pushes i away, bound on its slope, and the overlap 1 − d/R (0 where apart)."""
    contact = spheres.radius[i] + spheres.radius[j]
    reach = spheres.reach[i] + spheres.reach[j]
    repulsion = math.sqrt(spheres.repulsion[i]) * math.sqrt(spheres.repulsion[j])
    adhesion = math.sqrt(spheres.adhesion[i]) * math.sqrt(spheres.adhesion[j])
    adhesion *= affinity[spheres.kind[i], spheres.kind[j]]
    overlap, gap = max(1.0 - distance / contact, 0.0), max(1.0 - distance / reach, 0.0) if reach > 0.0 else 0.0
    pushing = repulsion * (overlap**2 if law == 0 else overlap)
    slope = (2.0 * repulsion * overlap if law == 0 else repulsion * (overlap > 0.0)) / contact
    if gap > 0.0:
        slope += 2.0 * adhesion * gap / reach
    turning = abs(pushing - adhesion * gap**2) / max(distance, 0.1 * contact)
    return pushing - adhesion * gap**2, slope + turning, overlap


def parting_axis(spheres, i, j, flat):
    """Direction in which cell i leaves cell j that stands in the same place."""
    first, second = min(i, j), max(i, j)
    mixed = int(spheres.identity[first]) ^ (int(spheres.identity[second]) << 1 & 2**64 - 1)
    axis = np.array(streams.unit_vector(0x70617274696E6700, mixed, 0, 2 if flat else 3))
    return -axis if i < j else axis


def velocities(spheres, affinity, position, law, flat):
    """Velocity float64[n, 3], Σ|f'| and pressure float64[n] of every cell at the given positions."""
    n = len(position)
    velocity, stiffness, pressure = np.zeros((n, 3)), np.zeros(n), np.zeros(n)
    for i in range(n):
        for j in range(n):
            step = position[i] - position[j]
            distance = math.sqrt(float(step @ step))
            cut = max(spheres.radius[i] + spheres.radius[j], spheres.reach[i] + spheres.reach[j])
            if i == j or distance >= cut:
                continue
            if distance < 1e-5:
                distance, step = 1e-5, 1e-5 * parting_axis(spheres, i, j, flat)
            speed, slope, overlap = pair(spheres, affinity, i, j, distance, law)
            velocity[i] += speed / distance * step
            stiffness[i] += slope
            pressure[i] += overlap**2 / PRESSURE_UNIT
    return velocity, stiffness, pressure


def pieces(walk, i, begin, end):
    """(duration, velocity) of every straight piece of the walk of cell i between two times."""
    since = begin
    for k in range(walk.start[i], walk.start[i + 1]):
        stop = min(walk.until[k], end)
        if stop > since:
            yield stop - since, walk.velocity[k]
            since = stop
    if since < end:
        yield end - since, np.zeros(3)


def twice_the_mean(walk, i, begin, end):
    """Twice the mean displacement of cell i by its walk between two times, µm."""
    total, area = np.zeros(3), np.zeros(3)
    for time, velocity in pieces(walk, i, begin, end):
        area += time * (total + 0.5 * time * velocity)
        total += time * velocity
    return 2.0 * area / (end - begin)


def voxel_at(grid, place):
    """Index of the voxel at a place, the nearest one outside the box."""
    counts, edges = (grid.nx, grid.ny, grid.nz), (grid.voxel, grid.voxel, grid.height)
    ix, iy, iz = (min(max(math.floor(x / h), 0), n - 1) for x, n, h in zip(place, counts, edges, strict=True))
    return (iz * grid.ny + iy) * grid.nx + ix


def face(edge, x, ax, n):
    """Face of the voxel that holds x on the way to ax, a hair's breadth inside; x where that is no way on."""
    k = min(max(math.floor(x / edge), 0), n - 1)
    at = (k + 1 - 1e-9) * edge if ax > x else (k + 1e-9) * edge
    return at if min(max(math.floor(at / edge), 0), n - 1) == k and (at - x) * (ax - x) > 0.0 else x


def confine(grid, barred, here, target):
    """Target clipped to the box; axis by axis up to the face of solid matrix, unless the cell is inside already."""
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    counts, edges = (grid.nx, grid.ny, grid.nz), (grid.voxel, grid.voxel, grid.height)
    target = np.clip(target, 0.0, size)
    if barred[voxel_at(grid, here)] or voxel_at(grid, here) == voxel_at(grid, target):
        return target
    place = np.array(here, dtype=np.float64)
    for axis in range(3):
        trial = place.copy()
        trial[axis] = target[axis]
        if barred[voxel_at(grid, trial)]:
            trial[axis] = face(edges[axis], here[axis], target[axis], counts[axis])
        place = trial
    return place


def along_walls(grid, barred, here, velocity, walk, i, begin, end):
    """Where cell i comes to stand, pushed at an even velocity, turn by turn of its walk."""
    for time, own in pieces(walk, i, begin, end):
        here = confine(grid, barred, here, here + time * (velocity + own))
    return here


def free(grid, barred, here, velocity, walk, i, begin, end):
    """Whether nothing bars any way of cell i: the box around its path is inside the site and holds no solid matrix."""
    path = [np.array(here)]
    for time, own in pieces(walk, i, begin, end):
        path.append(path[-1] + time * (velocity + own))
    low, high = np.min(path, axis=0), np.max(path, axis=0)
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    if (low < 0.0).any() or (high > size).any():
        return False
    corners = zip(low, high, strict=True)
    return not any(barred[voxel_at(grid, place)] for place in itertools.product(*corners))


def runge_kutta(grid, spheres, affinity, position, begin, step, walk, barred, law):
    """Positions after one sub-step of three stages, of order 3 by the conditions of its weights."""
    flat, end = grid.dimensions < 3, begin + step

    def velocity(places):
        found, _, _ = velocities(spheres, affinity, places, law, flat)
        found[~spheres.mobile] = 0.0
        return found

    def ahead(share, pace):
        until = begin + share * step
        out = position + share * (step * pace + twice)
        for i, x in enumerate(position):
            if not free(grid, barred, x, pace[i], walk, i, begin, until):
                out[i] = along_walls(grid, barred, x, pace[i], walk, i, begin, until)
        return out

    twice = np.array([twice_the_mean(walk, i, begin, end) for i in range(len(position))])
    first = velocity(position)
    second = velocity(ahead(1.0 / 2.0, first))
    third = velocity(ahead(3.0 / 4.0, second))
    mean = (2.0 * first + 3.0 * second + 4.0 * third) / 9.0
    moved = enumerate(zip(position, mean, strict=True))
    return np.array([along_walls(grid, barred, x, v, walk, i, begin, end) for i, (x, v) in moved])


def relax(grid, spheres, affinity, span, walk, barred, law, *, displacement=0.3, most=math.inf):
    """Positions and pressures after `span` minutes without rest; number of sub-steps; whether `most` cut the motion."""
    position = np.array(spheres.position, dtype=np.float64)
    height = position[:, 2].copy()
    if grid.dimensions < 3:
        position[:, 2] = 0.0
    left, substeps, flat = float(span), 0, grid.dimensions < 3
    size = np.array([grid.nx * grid.voxel, grid.ny * grid.voxel, grid.nz * grid.height])
    while left > 0.0 and substeps < most:
        velocity, stiffness, _ = velocities(spheres, affinity, position, law, flat)
        velocity[(position <= 0.0) & (velocity < 0.0) | (position >= size) & (velocity > 0.0)] = 0.0
        velocity[~spheres.mobile] = 0.0
        pushed = np.linalg.norm(velocity, axis=1)
        pace = pushed + walk.speed
        limits = [left]
        counted = np.maximum(pace, pushed / 0.6)
        limits += [displacement * max(r, 0.5) / p for r, p in zip(spheres.radius, counted, strict=True) if p > 0.0]
        limits += [1.25 / k for k, p in zip(stiffness, pace, strict=True) if p > 0.0 and k > 0.0]
        step = min(limits)
        position = runge_kutta(grid, spheres, affinity, position, span - left, step, walk, barred, law)
        left = left - step if step < left else 0.0
        substeps += 1
    pressure = velocities(spheres, affinity, position, law, flat)[2]
    if grid.dimensions < 3:
        position[:, 2] = height
    return position, pressure, substeps, left > 0.0


def crowding(area, volume, taken):
    """Pressure in one dish (area > 0) or pool: cells of a hexagonal layer, or of the closest packing, spread evenly.

    taken : areas in a closed layer of the cells of a dish, or their volumes
    """
    if area > 0.0:
        neighbours, ratio = 6, math.sqrt(area / sum(taken))
    else:
        neighbours, ratio = 12, (math.pi / (3.0 * math.sqrt(2.0)) * volume / sum(taken)) ** (1.0 / 3.0)
    return sum(max(1.0 - ratio, 0.0) ** 2 / PRESSURE_UNIT for _ in range(neighbours))
