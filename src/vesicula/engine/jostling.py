"""Chance in the exchange between tiles: the noise that rounding expected numbers leaves out.

Expected numbers move particles between tiles without chance, so counts in a large part of a site would vary less than
the Poisson law says (variance/mean 0.5 behind a wall with a slit). Before the expected step every pair of neighbouring
pieces a, b swaps particles: X go from a to b, Y from b to a,

    X ~ Binomial(n_a, m/n_a),  Y ~ Binomial(n_b, m/n_b),  m = w (n_a/v_a + n_b/v_b) / 2,  w = H Σ_faces (D/h²) / d

with v the voxels of a piece and d the distance of the centres in voxels. Both have mean m, so no number changes on
average, and their variance 2 m is what diffusion between the tiles has. Inside a piece the numbers of all voxels scale
alike. Cargo goes with the net number of particles, at the copies per particle of the piece they come from.

Source: own derivation and measurements, docs/decisions/vesicles.md
"""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.cache import device, kernel
from vesicula.engine.multigrid import copy_values
from vesicula.engine.streams import Purpose, binomial, stream_key

EXCHANGE = int(Purpose.TILE_EXCHANGE)
MOST_SWEEPS = 16
LARGEST_SHARE = 0.5  # of the smaller piece's particles that a pair may swap at once


@device
def piece_totals(voxel, start, n_pieces, amount, out):
    """out[n_pieces] = sum of amount[n_voxels] over the voxels of each piece."""
    for t in range(n_pieces):
        total = 0.0
        for k in range(start[t], start[t + 1]):
            total += amount[voxel[k]]
        out[t] = total


@device
def rescale(voxel, start, n_pieces, before, after, number_before, pattern, amount):
    """Scale amount[n_voxels] of every piece from total `before` to `after`; from nothing it follows the pattern.

    pattern : float64[n_voxels], its piece totals number_before[n_pieces]
    """
    for t in range(n_pieces):
        if after[t] == before[t]:
            continue
        for k in range(start[t], start[t + 1]):
            x = voxel[k]
            amount[x] = (
                amount[x] * (after[t] / before[t]) if before[t] > 0.0 else after[t] * (pattern[x] / number_before[t])
            )


@device
def pair_weights(time, edges, mobility, speed, moved, tiles, pair, distance, out):
    """Swap weight w of every pair, float64[n_pairs]; flow counts through the spread it causes in the upwind step.

    mobility : float64[n or 1], µm²/min; speed : float64[3, n], µm/min
    edges : (voxel in µm, its height in µm, nx, ny); tiles : (voxel, start, piece)
    """
    voxel_edge, height, nx, ny = edges
    voxel, start, piece = tiles
    for row in range(pair.shape[0]):
        a, b, axis = pair[row, 0], pair[row, 1], pair[row, 2]
        h = height if axis == 2 else voxel_edge
        if mobility.size == 1 and not moved:
            out[row] = time * mobility[0] / (h * h) * pair[row, 3] / distance[row]
            continue
        step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
        total = 0.0
        for k in range(start[a], start[a + 1]):
            v = voxel[k]
            if v + step >= piece.size or piece[v + step] != b:
                continue
            here, there = mobility[v], mobility[v + step]
            total += 2.0 * here * there / (here + there) if here + there > 0.0 else 0.0
            if moved:
                total += 0.5 * abs(speed[axis, v]) * (h + abs(speed[axis, v]) * time)
        out[row] = time * total / (h * h) / distance[row]


@device
def swap(key, counter, identity, weight, a, b, size_a, size_b, number, copies):
    """One swap between pieces a and b; number : float64[n_pieces], copies : float64[n_slots, n_pieces], changed."""
    if number[a] <= 0.0 or number[b] <= 0.0:
        return
    mean = 0.5 * weight * (number[a] / size_a + number[b] / size_b)
    mean = min(mean, LARGEST_SHARE * min(number[a], number[b]))
    gone = binomial(key, identity, counter, int(number[a]), mean / number[a])
    come = binomial(key, identity, counter + 1, int(number[b]), mean / number[b])
    net = gone - come
    if net == 0:
        return
    source, target = (a, b) if net > 0 else (b, a)
    share = abs(net) / number[source]
    for k in range(copies.shape[0]):
        moved = copies[k, source] * share
        copies[k, source] = 0.0 if share >= 1.0 else copies[k, source] - moved
        copies[k, target] += moved
    number[source] -= abs(net)
    number[target] += abs(net)


@device(allocates=True)
def jostle_site(key, voxel, start, n_pieces, pair, weight, given, cargo):
    """Swap particles between all pairs of pieces of one site and population, in several sweeps where they mix fast."""
    n_slots, n = cargo.shape
    number, before = np.empty(n_pieces), np.empty(n_pieces)
    copies, copies_before = np.empty((n_slots, n_pieces)), np.empty((n_slots, n_pieces))
    piece_totals(voxel, start, n_pieces, given, number)
    copy_values(number, before)
    for k in range(n_slots):
        piece_totals(voxel, start, n_pieces, cargo[k], copies[k])
    for k in range(n_slots):
        copy_values(copies[k], copies_before[k])
    fastest = 0.0
    for row in range(pair.shape[0]):
        a = pair[row, 0]
        fastest = max(fastest, weight[row] / (start[a + 1] - start[a]))
    sweeps = min(max(math.ceil(fastest / LARGEST_SHARE), 1), MOST_SWEEPS)
    for sweep in range(sweeps):
        for row in range(pair.shape[0]):
            a, b = pair[row, 0], pair[row, 1]
            identity = voxel[start[a]] * n + voxel[start[b]]
            swap(
                key, 2 * sweep, identity, weight[row] / sweeps, a, b, start[a + 1] - start[a],
                start[b + 1] - start[b], number, copies,
            )  # fmt: skip
    for k in range(n_slots):
        rescale(voxel, start, n_pieces, copies_before[k], copies[k], before, given, cargo[k])
    rescale(voxel, start, n_pieces, before, number, before, given, given)


@kernel("void(Rows, Box, Sites, Tilings, VesicleTables, Conduits, float64[:, ::1], Fluid)", allocates=True)
def jostle(rows, box, sites, cut, columns, ways, flow, fluid):
    """Swap particles between tiles: fluid.given and fluid.cargo change, and pieces keep whole numbers of particles.

    An item is one population on one site; flow : float64[3, n_voxels], µm/min
    """
    n_populations = fluid.given.shape[1]
    for item in range(rows.first, rows.end):
        s, p = item // n_populations, item % n_populations
        tile = cut.row[s, p]
        pair = cut.pair[cut.pair_start[tile] : cut.pair_start[tile + 1]]
        distance = cut.distance[cut.pair_start[tile] : cut.pair_start[tile + 1]]
        if pair.shape[0] == 0 or np.sum(fluid.given[s, p]) == 0.0:
            continue
        weight = np.empty(pair.shape[0])
        moved = columns.moved_by_flow[p] != 0 and ways.mobility.shape[2] > 1
        pair_weights(
            sites.time, (box.voxel, box.height, box.nx, box.ny), ways.mobility[s, p], flow, moved,
            (cut.voxel[tile], cut.start[tile], cut.piece[tile]), pair, distance, weight,
        )  # fmt: skip
        key = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, EXCHANGE) ^ sites.population_name[p]
        first, last = columns.slot_start[p], columns.slot_start[p + 1]
        jostle_site(
            key, cut.voxel[tile], cut.start[tile], cut.n_pieces[tile], pair, weight, fluid.given[s, p],
            fluid.cargo[s, first:last],
        )  # fmt: skip
