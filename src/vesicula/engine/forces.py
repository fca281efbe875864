"""How spheres push and stick, pair by pair: the law that `mechanics` states, for many pairs side by side.

Pairs lie in order of the cell stored first, then of the other. They are computed in three sweeps over pieces of the
list: distances, the law (in plain operations that run side by side), the sums. These run in storage order, so their
bits depend on the list alone. Places and results have a row per component, so that loops over cells run side by side
too.
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
def select_pairs(cells, place, outer_start, outer, margin, affinity, pair, law):
    """Pairs of a longer list that may come within reach before a cell has gone farther than its margin; their number.

    cells : float64[n_cells, 8], columns X … KIND (REPULSION and ADHESION as square roots); place : float64[3, n_cells]
    margin : float64[n_cells], µm
    pair : int32[2, n_pairs], first and second cells, law : float64[4, n_pairs], out: 1/contact distance, 1/reach,
        repulsion and adhesion
    """
    count = 0
    for i in range(cells.shape[0]):
        x, y, z = place[0, i], place[1, i], place[2, i]
        own = max(cells[i, RADIUS], cells[i, REACH]) + margin[i]
        for k in range(outer_start[i], outer_start[i + 1]):
            j = outer[k]
            dx, dy, dz = x - place[0, j], y - place[1, j], z - place[2, j]
            cut = own + max(cells[j, RADIUS], cells[j, REACH]) + margin[j]
            pair[0, count], pair[1, count] = i, j  # before it is known whether it stays: which pairs do is a gamble
            count += dx * dx + dy * dy + dz * dz < cut * cut
    for q in range(count):
        i, j = pair[0, q], pair[1, q]
        law[0, q] = 1.0 / (cells[i, RADIUS] + cells[j, RADIUS])
        far = cells[i, REACH] + cells[j, REACH]
        law[1, q] = 1.0 / far if far > 0.0 else FAR
        law[2, q] = cells[i, REPULSION] * cells[j, REPULSION]
        law[3, q] = cells[i, ADHESION] * cells[j, ADHESION] * affinity[int(cells[i, KIND]), int(cells[j, KIND])]
    return count


@device
def measure(place, flat, begin, end, pair, sweep):
    """Distances of the pairs begin … end − 1 along the axes; returns how many of them are in one place."""
    same = 0
    for q in range(end - begin):
        i, j = pair[0, begin + q], pair[1, begin + q]
        dx, dy, dz = place[0, i] - place[0, j], place[1, i] - place[1, j], 0.0
        sweep[q], sweep[PIECE + q] = dx, dy
        if not flat:
            dz = place[2, i] - place[2, j]
            sweep[2 * PIECE + q] = dz
        same += dx * dx + dy * dy + dz * dz < SAME_PLACE * SAME_PLACE
    return same


@device
def part(identity, flat, begin, end, pair, sweep):
    """Put pairs in one place apart, along an axis of their own, by the floor of a distance."""
    for q in range(end - begin):
        square = sweep[q] ** 2 + sweep[PIECE + q] ** 2 + (0.0 if flat else sweep[2 * PIECE + q] ** 2)
        if square < SAME_PLACE * SAME_PLACE:
            ux, uy, uz = parting_axis(identity, pair[0, begin + q], pair[1, begin + q], flat)
            sweep[q], sweep[PIECE + q], sweep[2 * PIECE + q] = -SAME_PLACE * ux, -SAME_PLACE * uy, -SAME_PLACE * uz


@device
def parting_speed(overlap, gap, repulsion, adhesion, quadratic):
    """Speed f with which a pair parts, µm/min; overlap, gap : 1 − d/R and 1 − d/S, at least 0."""
    return repulsion * overlap * (quadratic * overlap + (1.0 - quadratic)) - adhesion * gap * gap


@device
def apply_law(sweep, flat, count, begin, law, quadratic):
    """Turn distances into velocities, side by side.

    begin : number of the first pair in `law`; quadratic : 1.0, or 0.0 where repulsion is linear
    """
    least = SAME_PLACE * SAME_PLACE
    for q in range(count):
        dx, dy, dz = sweep[q], sweep[PIECE + q], 0.0 if flat else sweep[2 * PIECE + q]
        square = dx * dx + dy * dy + dz * dz
        distance = math.sqrt(square if square > least else least)
        overlap, gap = 1.0 - distance * law[0, begin + q], 1.0 - distance * law[1, begin + q]
        overlap = overlap if overlap > 0.0 else 0.0
        gap = gap if gap > 0.0 else 0.0
        speed = parting_speed(overlap, gap, law[2, begin + q], law[3, begin + q], quadratic) / distance
        sweep[q], sweep[PIECE + q] = speed * dx, speed * dy
        if not flat:
            sweep[2 * PIECE + q] = speed * dz


@device
def apply_law_fully(sweep, flat, count, begin, law, quadratic):
    """The same, with bounds on the slopes of the pairs and their squared overlaps."""
    least = SAME_PLACE * SAME_PLACE
    for q in range(count):
        dx, dy, dz = sweep[q], sweep[PIECE + q], 0.0 if flat else sweep[2 * PIECE + q]
        square = dx * dx + dy * dy + dz * dz
        distance = math.sqrt(square if square > least else least)
        per_contact, per_reach, repulsion, adhesion = (
            law[0, begin + q], law[1, begin + q], law[2, begin + q], law[3, begin + q]
        )  # fmt: skip
        overlap, gap = 1.0 - distance * per_contact, 1.0 - distance * per_reach
        overlap, touch = (overlap, 1.0) if overlap > 0.0 else (0.0, 0.0)
        gap = gap if gap > 0.0 else 0.0
        speed = parting_speed(overlap, gap, repulsion, adhesion, quadratic) / distance
        turning = distance * per_contact * (1.0 / CLOSE)
        slope = repulsion * (2.0 * quadratic * overlap + (1.0 - quadratic) * touch) * per_contact
        slope += 2.0 * adhesion * gap * per_reach
        sweep[q], sweep[PIECE + q] = speed * dx, speed * dy
        if not flat:
            sweep[2 * PIECE + q] = speed * dz
        sweep[3 * PIECE + q] = slope + abs(speed) * (turning if turning < 1.0 else 1.0)
        sweep[4 * PIECE + q] = overlap * overlap


@device
def add_up(begin, end, pair, sweep, flat, full, result):
    """Add what was computed for the pairs begin … end − 1 to both cells of each; along z nothing where all is flat."""
    for q in range(end - begin):
        i, j = pair[0, begin + q], pair[1, begin + q]
        result[VX, i] += sweep[q]
        result[VX, j] -= sweep[q]
        result[VY, i] += sweep[PIECE + q]
        result[VY, j] -= sweep[PIECE + q]
        if not flat:
            result[VZ, i] += sweep[2 * PIECE + q]
            result[VZ, j] -= sweep[2 * PIECE + q]
        if full:
            result[STIFFNESS, i] += sweep[3 * PIECE + q]
            result[STIFFNESS, j] += sweep[3 * PIECE + q]
            result[PRESSURE, i] += sweep[4 * PIECE + q]
            result[PRESSURE, j] += sweep[4 * PIECE + q]


@device
def push(place, identity, flat, total, pair, law, quadratic, sweep, full, result):
    """Velocities of all cells by their neighbours, and if `full` their stiffness and pressure.

    place : float64[3, n_cells]; identity : uint64[n_cells], lineage hashes; flat : whether cells move in a plane
    total : number of pairs; pair, law : see `select_pairs`; quadratic : see `apply_law`
    sweep : float64[5 PIECE], scratch
    result : float64[5, n_cells], rows VX … PRESSURE, out (STIFFNESS: Σ|f'|, PRESSURE: Σ of squared overlaps); the last
        two only if `full`, and VZ, which is 0 before, only where cells do not move in a plane
    """
    for row in range(5 if full else 3):
        if row != VZ or not flat:
            result[row, :] = 0.0
    begin = 0
    while begin < total:
        end = min(begin + PIECE, total)
        if measure(place, flat, begin, end, pair, sweep) > 0:
            part(identity, flat, begin, end, pair, sweep)
        if full:
            apply_law_fully(sweep, flat, end - begin, begin, law, quadratic)
        else:
            apply_law(sweep, flat, end - begin, begin, law, quadratic)
        add_up(begin, end, pair, sweep, flat, full, result)
        begin = end
