"""Tiles: the small blocks of voxels within which whole particles follow their expected numbers.

A tile is a block of 5×5 voxels (2D) or 4×4×4 (3D). Obstacles cut it into pieces within which particles mix well: parts
connected through wide faces, those whose conductance is at least a quarter of the freer side's, and not through necks,
voxels with obstacles on two opposite sides. A piece of one or two voxels joins a neighbour in its tile.

Pieces are visited depth first through open faces, with the directions tried in the order x+, x−, y+, y−, z+, z−: in an
open box this is the serpentine order, and where walls stand it follows the passages, so that rounding moves fractions
of a particle between neighbours. Voxels connected through any open faces form a region; numbers are rounded within a
region and nothing crosses from one region to another.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.program import Grid

EDGE_2D, EDGE_3D = 5, 4
MOST_VOXELS = max(EDGE_2D**2, EDGE_3D**3)  # of a tile, and so of a piece of one
CLOSED, NARROW, WIDE = 0, 1, 2
WIDE_FROM = 0.25  # of the freer side's coefficient
SMALL = 2  # voxels


@device
def neighbour_through(v, direction, nx, ny, nz, open_faces, least):
    """Voxel on the other side of an open face of v, −1 where there is none.

    direction : 0..5, x+ x− y+ y− z+ z−; open_faces : uint8[3, n_voxels], upper face of each voxel along x, y, z, at
        least `least` (CLOSED, NARROW, WIDE) to count as open
    """
    axis = direction // 2
    index = v % nx if axis == 0 else ((v // nx) % ny if axis == 1 else v // (nx * ny))
    size = nx if axis == 0 else (ny if axis == 1 else nz)
    step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
    if direction % 2 == 0:
        return v + step if index + 1 < size and open_faces[axis, v] >= least else -1
    return v - step if index > 0 and open_faces[axis, v - step] >= least else -1


@device
def tile_of(v, nx, ny, edge, edge_z):
    """Number of the block that holds voxel v."""
    tiles_x, tiles_y = (nx + edge - 1) // edge, (ny + edge - 1) // edge
    return ((v // (nx * ny)) // edge_z * tiles_y + (v // nx) % ny // edge) * tiles_x + v % nx // edge


@device
def is_neck(v, nx, ny, nz, open_faces):
    """Whether obstacles or the box stand on two opposite sides of voxel v."""
    for axis in range(3):
        if (nx if axis == 0 else (ny if axis == 1 else nz)) > 1:
            above = neighbour_through(v, 2 * axis, nx, ny, nz, open_faces, WIDE)
            below = neighbour_through(v, 2 * axis + 1, nx, ny, nz, open_faces, WIDE)
            if above < 0 and below < 0:
                return True
    return False


@device
def label_parts(nx, ny, nz, edge, edge_z, open_faces, neck, piece, stack):
    """piece[n_voxels] = number of the part of its block that wide faces connect, necks apart; returns how many."""
    piece[:] = -1
    n_pieces = 0
    for seed in range(nx * ny * nz):
        if piece[seed] >= 0:
            continue
        block = tile_of(seed, nx, ny, edge, edge_z)
        piece[seed] = n_pieces
        stack[0] = seed
        depth = 1
        while depth > 0:
            depth -= 1
            v = stack[depth]
            for direction in range(6):
                w = neighbour_through(v, direction, nx, ny, nz, open_faces, WIDE)
                if (
                    w >= 0 and piece[w] < 0 and neck[w] == neck[seed]
                    and tile_of(w, nx, ny, edge, edge_z) == block
                ):  # fmt: skip
                    piece[w] = n_pieces
                    stack[depth] = w
                    depth += 1
        n_pieces += 1
    return n_pieces


@device(allocates=True)
def join_small(nx, ny, nz, edge, edge_z, open_faces, n_parts, piece, root):
    """Join parts of one or two voxels to the part of their block that comes first; renumber; returns how many.

    piece : int64[n_voxels], changed to numbers in the order of lowest voxels; root : int64[≥ n_parts], scratch
    """
    n = nx * ny * nz
    size = np.zeros(n_parts, dtype=np.int64)
    for v in range(n):
        size[piece[v]] += 1
    target = np.full(n_parts, -1, dtype=np.int64)
    for v in range(n):
        if size[piece[v]] > SMALL:
            continue
        for direction in range(6):
            w = neighbour_through(v, direction, nx, ny, nz, open_faces, WIDE)
            if w >= 0 and piece[w] != piece[v] and tile_of(w, nx, ny, edge, edge_z) == tile_of(v, nx, ny, edge, edge_z):
                best = target[piece[v]]
                if best < 0 or size[piece[w]] > size[best] or (size[piece[w]] == size[best] and piece[w] < best):
                    target[piece[v]] = piece[w]
    for p in range(n_parts):
        root[p] = p
    for p in range(n_parts):
        if target[p] >= 0:
            a, b = p, target[p]
            while root[a] != a:
                a = root[a]
            while root[b] != b:
                b = root[b]
            root[max(a, b)] = min(a, b)
    number = np.full(n_parts, -1, dtype=np.int64)
    n_pieces = 0
    for v in range(n):
        a = piece[v]
        while root[a] != a:
            a = root[a]
        if number[a] < 0:
            number[a] = n_pieces
            n_pieces += 1
        piece[v] = number[a]
    return n_pieces


@device(allocates=True)
def label_pieces(nx, ny, nz, edge, edge_z, open_faces, piece, stack):
    """piece[n_voxels] = number of the piece of its block, in the order of lowest voxels; returns how many."""
    n = nx * ny * nz
    neck = np.empty(n, dtype=np.uint8)
    for v in range(n):
        neck[v] = is_neck(v, nx, ny, nz, open_faces)
    n_parts = label_parts(nx, ny, nz, edge, edge_z, open_faces, neck, piece, stack)
    return join_small(nx, ny, nz, edge, edge_z, open_faces, n_parts, piece, stack)


@device
def next_piece(p, members, first, piece, visited, nx, ny, nz, open_faces):
    """The piece to visit after p: unvisited, through an open face, first direction first, then lowest voxel; or −1."""
    for direction in range(6):
        best = -1
        for k in range(first[p], first[p + 1]):
            w = neighbour_through(members[k], direction, nx, ny, nz, open_faces, NARROW)
            if w >= 0 and not visited[piece[w]] and (best < 0 or piece[w] < best):
                best = piece[w]
        if best >= 0:
            return best
    return -1


@kernel("int64(int64, int64, int64, uint8[:, ::1], int64[::1], int64[::1], int32[::1])", allocates=True)
def order_pieces(nx, ny, nz, open_faces, voxel, start, region):
    """Pieces of all blocks in the order in which rounding visits them; returns their number.

    open_faces : uint8[3, n_voxels], upper face of each voxel along x, y, z: CLOSED, NARROW or WIDE
    voxel : int64[n_voxels], out, voxels piece by piece, in a piece by index
    start : int64[n_voxels + 1], out, first place of each piece in `voxel`
    region : int32[n_voxels], out, region of each piece, rising from 0
    """
    n = nx * ny * nz
    edge = EDGE_3D if nz > 1 else EDGE_2D
    edge_z = EDGE_3D if nz > 1 else 1
    piece = np.empty(n, dtype=np.int64)
    stack = np.empty(n, dtype=np.int64)
    n_pieces = label_pieces(nx, ny, nz, edge, edge_z, open_faces, piece, stack)
    first = np.zeros(n_pieces + 1, dtype=np.int64)
    for v in range(n):
        first[piece[v] + 1] += 1
    for p in range(n_pieces):
        first[p + 1] += first[p]
    fill = first[:-1].copy()
    members = np.empty(n, dtype=np.int64)
    for v in range(n):
        members[fill[piece[v]]] = v
        fill[piece[v]] += 1
    visited = np.zeros(n_pieces, dtype=np.uint8)
    rank, place, n_regions = 0, 0, 0
    start[0] = 0
    for root in range(n_pieces):
        if visited[root]:
            continue
        depth, following = 0, root
        while depth > 0 or following >= 0:
            if following >= 0:
                visited[following] = 1
                for k in range(first[following], first[following + 1]):
                    voxel[place] = members[k]
                    place += 1
                region[rank] = n_regions
                rank += 1
                start[rank] = place
                stack[depth] = following
                depth += 1
            else:
                depth -= 1
            following = -1
            if depth > 0:
                following = next_piece(stack[depth - 1], members, first, piece, visited, nx, ny, nz, open_faces)
        n_regions += 1
    return n_pieces


@kernel(
    "int64(int64, int64, int64, uint8[:, ::1], int64[::1], int64[::1], int64, int64[::1], int64[:, ::1], float64[::1])",
    allocates=True,
)
def pair_pieces(nx, ny, nz, open_faces, voxel, start, n_pieces, piece, pair, distance):
    """Pairs of pieces that share open faces, one row each by piece: (a, b, axis, number of faces); returns how many.

    voxel, start, n_pieces : of `order_pieces`; piece : int64[n_voxels], out, piece of each voxel
    pair : int64[≥ 3 n_voxels, 4], out; distance : float64[≥ 3 n_voxels], out, of their centres along the axis, voxels
    """
    centre = np.zeros((n_pieces, 3))
    for t in range(n_pieces):
        for k in range(start[t], start[t + 1]):
            piece[voxel[k]] = t
            centre[t, 0] += voxel[k] % nx
            centre[t, 1] += (voxel[k] // nx) % ny
            centre[t, 2] += voxel[k] // (nx * ny)
        centre[t] /= start[t + 1] - start[t]
    n_pairs = 0
    for t in range(n_pieces):
        first = n_pairs
        for axis in range(3):
            for k in range(start[t], start[t + 1]):
                w = neighbour_through(voxel[k], 2 * axis, nx, ny, nz, open_faces, NARROW)
                if w < 0 or piece[w] == t:
                    continue
                row = first
                while row < n_pairs and (pair[row, 1] != piece[w] or pair[row, 2] != axis):
                    row += 1
                if row == n_pairs:
                    pair[row, 0], pair[row, 1], pair[row, 2], pair[row, 3] = t, piece[w], axis, 0
                    distance[row] = max(abs(centre[t, axis] - centre[piece[w], axis]), 1.0)
                    n_pairs += 1
                pair[row, 3] += 1
    return n_pairs


@dataclass(frozen=True, eq=False)
class Tiling:
    """Pieces in visiting order: voxels voxel[start[t] : start[t + 1]] of piece t, which lies in region[t].

    voxel : int64[n_voxels]; start : int64[n_voxels + 1]; region : int32[n_voxels]; n_pieces : int
    piece : int64[n_voxels], piece of each voxel
    pair : int64[n_pairs, 4], pieces that share open faces: lower, upper, axis, number of faces
    distance : float64[n_pairs], of their centres along the axis, voxels
    """

    voxel: NDArray[np.int64]
    start: NDArray[np.int64]
    region: NDArray[np.int32]
    n_pieces: int
    piece: NDArray[np.int64]
    pair: NDArray[np.int64]
    distance: NDArray[np.float64]


_TILINGS: OrderedDict[bytes, Tiling] = OrderedDict()
TILINGS_KEPT = 64


def tiling(grid: Grid, open_faces: NDArray[np.uint8]) -> Tiling:
    """Tiling of a box whose faces are open or closed, remembered: geometries change seldom and sites share them.

    open_faces : uint8[3, n_voxels], upper face of each voxel along x, y, z: CLOSED, NARROW or WIDE
    """
    n = grid.n_voxels
    faces = np.ascontiguousarray(open_faces)
    digest = hashlib.blake2b(np.array([grid.nx, grid.ny, grid.nz], dtype=np.int64).tobytes() + faces.tobytes()).digest()
    if digest in _TILINGS:
        _TILINGS.move_to_end(digest)
        return _TILINGS[digest]
    voxel, start = np.empty(n, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    region = np.zeros(n, dtype=np.int32)
    n_pieces: Any = order_pieces(grid.nx, grid.ny, grid.nz, faces, voxel, start, region)
    piece, pair, distance = np.empty(n, dtype=np.int64), np.empty((3 * n, 4), dtype=np.int64), np.empty(3 * n)
    n_pairs = pair_pieces(grid.nx, grid.ny, grid.nz, faces, voxel, start, n_pieces, piece, pair, distance)
    made = Tiling(voxel, start, region, n_pieces, piece, pair[:n_pairs].copy(), distance[:n_pairs].copy())
    _TILINGS[digest] = made
    if len(_TILINGS) > TILINGS_KEPT:
        _TILINGS.popitem(last=False)
    return made


@lru_cache(maxsize=16)
def open_tiling(grid: Grid) -> Tiling:
    """Tiling of a box without obstacles."""
    return tiling(grid, np.full((3, grid.n_voxels), WIDE, dtype=np.uint8))


@kernel("void(int64, int64, int64, float64[::1], float64[:, ::1], float64[::1], uint8[:, ::1])")
def judge_faces(nx, ny, nz, mobility, speed, edges, open_faces):
    """Which faces let particles through, and which are wide.

    mobility : float64[n_voxels], µm²/min; speed : float64[3, n_voxels], µm/min (0 where flow does not carry)
    edges : float64[3], voxel edges, µm; open_faces : uint8[3, n_voxels], out, CLOSED, NARROW or WIDE
    """
    open_faces[:] = CLOSED
    for axis in range(3):
        size = nx if axis == 0 else (ny if axis == 1 else nz)
        step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
        for v in range(mobility.size - step):
            if (v // step) % size + 1 == size:
                continue
            here, there, carried = mobility[v], mobility[v + step], abs(speed[axis, v]) * edges[axis]
            through = (2.0 * here * there / (here + there) if here + there > 0.0 else 0.0) + carried
            if through > 0.0:
                open_faces[axis, v] = WIDE if through >= WIDE_FROM * (max(here, there) + carried) else NARROW
