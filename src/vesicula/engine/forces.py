"""How spheres push and stick, pair by pair: the law that `mechanics` states, for many pairs side by side.

Pairs lie in the list of the cell stored first: those of cell i are start[i] … start[i + 1] − 1. They are computed in
three sweeps over pieces of the list: distances, the law (in plain operations that run side by side), the sums. These
run in storage order, so their bits depend on the list alone.
"""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.cache import device
from vesicula.engine.streams import unit_vector

SAME_PLACE = 1e-5  # µm, floor of a distance
CLOSE = 0.1  # of the contact distance, floor of the distance in the slope |f|/d
PARTING = np.uint64(0x70617274696E6700)  # key of the axes along which cells in one place part
PIECE = 512  # pairs of one sweep
FAR = 1e300  # 1/reach of what reaches nothing

X, Y, Z, RADIUS, REACH, REPULSION, ADHESION, KIND = range(8)
VX, VY, VZ, STIFFNESS, PRESSURE = range(5)


@device
def parting_axis(identity, i, j, flat):
    """Unit vector from cell i towards cell j where both are in one place, for i stored before j: (x, y, z)."""
    return unit_vector(PARTING, identity[i] ^ (identity[j] << np.uint64(1)), 0, 2 if flat else 3)


@device
def select_pairs(cells, place, outer_start, outer, margin, affinity, start, pair, law):
    """Pairs of a longer list that may come within reach before a cell has gone farther than its margin.

    cells : float64[n_cells, 8], columns X … KIND (REPULSION and ADHESION as square roots); place : float64[n_cells, 3]
    margin : float64[n_cells], µm
    start : int64[n_cells + 1], pair : int32[2, n_pairs], first and second cells, law : float64[4, n_pairs], out:
        1/contact distance, 1/reach, repulsion and adhesion
    """
    count = 0
    start[0] = 0
    for i in range(cells.shape[0]):
        x, y, z, radius, reach = place[i, 0], place[i, 1], place[i, 2], cells[i, RADIUS], cells[i, REACH]
        row, own = affinity[int(cells[i, KIND])], max(radius, reach) + margin[i]
        for k in range(outer_start[i], outer_start[i + 1]):
            j = outer[k]
            dx, dy, dz = x - place[j, 0], y - place[j, 1], z - place[j, 2]
            cut = own + max(cells[j, RADIUS], cells[j, REACH]) + margin[j]
            if dx * dx + dy * dy + dz * dz < cut * cut:
                pair[0, count], pair[1, count] = i, j
                law[0, count] = 1.0 / (radius + cells[j, RADIUS])
                far = reach + cells[j, REACH]
                law[1, count] = 1.0 / far if far > 0.0 else FAR
                law[2, count] = cells[i, REPULSION] * cells[j, REPULSION]
                law[3, count] = cells[i, ADHESION] * cells[j, ADHESION] * row[int(cells[j, KIND])]
                count += 1
        start[i + 1] = count
    return count


@device
def measure(place, begin, end, pair, sweep):
    """Distances of the pairs begin … end − 1 along the three axes; returns how many of them are in one place."""
    same = 0
    for q in range(end - begin):
        i, j = pair[0, begin + q], pair[1, begin + q]
        dx, dy, dz = place[i, 0] - place[j, 0], place[i, 1] - place[j, 1], place[i, 2] - place[j, 2]
        sweep[q], sweep[PIECE + q], sweep[2 * PIECE + q] = dx, dy, dz
        same += dx * dx + dy * dy + dz * dz < SAME_PLACE * SAME_PLACE
    return same


@device
def part(identity, flat, begin, end, pair, sweep):
    """Put pairs in one place apart, along an axis of their own, by the floor of a distance."""
    for q in range(end - begin):
        square = sweep[q] ** 2 + sweep[PIECE + q] ** 2 + sweep[2 * PIECE + q] ** 2
        if square < SAME_PLACE * SAME_PLACE:
            ux, uy, uz = parting_axis(identity, pair[0, begin + q], pair[1, begin + q], flat)
            sweep[q], sweep[PIECE + q], sweep[2 * PIECE + q] = -SAME_PLACE * ux, -SAME_PLACE * uy, -SAME_PLACE * uz


@device
def parting_speed(distance, per_contact, per_reach, repulsion, adhesion, quadratic):
    """Speed f with which a pair parts, µm/min; distances in µm, the other arguments as rows of `law`."""
    overlap = 1.0 - distance * per_contact
    overlap = overlap if overlap > 0.0 else 0.0
    gap = 1.0 - distance * per_reach
    gap = gap if gap > 0.0 else 0.0
    return repulsion * overlap * (quadratic * overlap + (1.0 - quadratic)) - adhesion * gap * gap


@device
def apply_law(sweep, count, begin, law, quadratic):
    """Turn distances into velocities, side by side.

    begin : number of the first pair in `law`; quadratic : 1.0, or 0.0 where repulsion is linear
    """
    least = SAME_PLACE * SAME_PLACE
    for q in range(count):
        dx, dy, dz = sweep[q], sweep[PIECE + q], sweep[2 * PIECE + q]
        square = dx * dx + dy * dy + dz * dz
        distance = math.sqrt(square if square > least else least)
        per_contact, per_reach, repulsion, adhesion = (
            law[0, begin + q], law[1, begin + q], law[2, begin + q], law[3, begin + q]
        )  # fmt: skip
        speed = parting_speed(distance, per_contact, per_reach, repulsion, adhesion, quadratic) / distance
        sweep[q], sweep[PIECE + q], sweep[2 * PIECE + q] = speed * dx, speed * dy, speed * dz


@device
def find_slopes(sweep, count, begin, law, quadratic):
    """Bounds on the slopes of the pairs, and their squared overlaps, from their distances, side by side."""
    least = SAME_PLACE * SAME_PLACE
    for q in range(count):
        dx, dy, dz = sweep[q], sweep[PIECE + q], sweep[2 * PIECE + q]
        square = dx * dx + dy * dy + dz * dz
        distance = math.sqrt(square if square > least else least)
        per_contact, per_reach, repulsion, adhesion = (
            law[0, begin + q], law[1, begin + q], law[2, begin + q], law[3, begin + q]
        )  # fmt: skip
        speed = abs(parting_speed(distance, per_contact, per_reach, repulsion, adhesion, quadratic)) / distance
        overlap, gap = 1.0 - distance * per_contact, 1.0 - distance * per_reach
        overlap, touch = (overlap, 1.0) if overlap > 0.0 else (0.0, 0.0)
        gap = gap if gap > 0.0 else 0.0
        turning = distance * per_contact * (1.0 / CLOSE)
        slope = repulsion * (2.0 * quadratic * overlap + (1.0 - quadratic) * touch) * per_contact
        slope += 2.0 * adhesion * gap * per_reach
        sweep[3 * PIECE + q] = slope + speed * (turning if turning < 1.0 else 1.0)
        sweep[4 * PIECE + q] = overlap * overlap


@device
def add_up(first, begin, end, start, pair, sweep, full, result):
    """Add what was computed for the pairs begin … end − 1 to both cells of each; returns the last one's first cell."""
    q, i = 0, first
    while i < result.shape[0] and start[i] < end:
        vx, vy, vz = result[i, VX], result[i, VY], result[i, VZ]
        stiffness, pressure = result[i, STIFFNESS], result[i, PRESSURE]
        for k in range(max(start[i], begin), min(start[i + 1], end)):
            j = pair[1, k]
            vx += sweep[q]
            vy += sweep[PIECE + q]
            vz += sweep[2 * PIECE + q]
            result[j, VX] -= sweep[q]
            result[j, VY] -= sweep[PIECE + q]
            result[j, VZ] -= sweep[2 * PIECE + q]
            if full:
                stiffness += sweep[3 * PIECE + q]
                pressure += sweep[4 * PIECE + q]
                result[j, STIFFNESS] += sweep[3 * PIECE + q]
                result[j, PRESSURE] += sweep[4 * PIECE + q]
            q += 1
        result[i, VX], result[i, VY], result[i, VZ] = vx, vy, vz
        result[i, STIFFNESS], result[i, PRESSURE] = stiffness, pressure
        i += 1
    return i - 1


@device
def push(place, identity, flat, start, pair, law, quadratic, sweep, full, result):
    """Velocities of all cells by their neighbours, and if `full` their stiffness and pressure.

    place : float64[n_cells, 3]; identity : uint64[n_cells], lineage hashes; flat : whether cells move in a plane
    start, pair, law : see `select_pairs`; quadratic : see `apply_law`; sweep : float64[5 PIECE], scratch
    result : float64[n_cells, 5], columns VX … PRESSURE, out (STIFFNESS: Σ|f'|, PRESSURE: Σ of squared overlaps)
    """
    result[:] = 0.0
    total, first, begin = start[place.shape[0]], 0, 0
    while begin < total:
        end = min(begin + PIECE, total)
        if measure(place, begin, end, pair, sweep) > 0:
            part(identity, flat, begin, end, pair, sweep)
        if full:
            find_slopes(sweep, end - begin, begin, law, quadratic)
        apply_law(sweep, end - begin, begin, law, quadratic)
        first = add_up(first, begin, end, start, pair, sweep, full, result)
        begin = end
