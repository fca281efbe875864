"""Tiles: the small blocks of voxels within which whole particles follow their expected numbers.

A tile is a block of 5×5 voxels (2D) or 4×4×4 (3D); obstacles cut it into pieces, the sets of its voxels that are
connected through open faces inside it. Pieces are visited depth first through open faces, with the directions tried in
the order x+, x−, y+, y−, z+, z−: in an open box this is the serpentine order, and where walls stand it follows the
passages, so that rounding moves fractions of a particle between neighbours. Voxels connected through any open faces
form a region; numbers are rounded within a region and nothing crosses from one region to another.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.program import Grid

EDGE_2D, EDGE_3D = 5, 4


@device
def neighbour_through(v, direction, nx, ny, nz, open_faces):
    """Voxel on the other side of an open face of v, −1 where there is none.

    direction : 0..5, x+ x− y+ y− z+ z−; open_faces : uint8[3, n_voxels], the upper face of each voxel along x, y, z
    """
    axis = direction // 2
    index = v % nx if axis == 0 else ((v // nx) % ny if axis == 1 else v // (nx * ny))
    size = nx if axis == 0 else (ny if axis == 1 else nz)
    step = 1 if axis == 0 else (nx if axis == 1 else nx * ny)
    if direction % 2 == 0:
        return v + step if index + 1 < size and open_faces[axis, v] else -1
    return v - step if index > 0 and open_faces[axis, v - step] else -1


@device
def tile_of(v, nx, ny, edge, edge_z):
    """Number of the block that holds voxel v."""
    tiles_x, tiles_y = (nx + edge - 1) // edge, (ny + edge - 1) // edge
    return ((v // (nx * ny)) // edge_z * tiles_y + (v // nx) % ny // edge) * tiles_x + v % nx // edge


@device
def label_pieces(nx, ny, nz, edge, edge_z, open_faces, piece, stack):
    """piece[n_voxels] = number of the connected part of its block, in the order of lowest voxels; returns how many."""
    n = nx * ny * nz
    piece[:] = -1
    n_pieces = 0
    for seed in range(n):
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
                w = neighbour_through(v, direction, nx, ny, nz, open_faces)
                if w >= 0 and piece[w] < 0 and tile_of(w, nx, ny, edge, edge_z) == block:
                    piece[w] = n_pieces
                    stack[depth] = w
                    depth += 1
        n_pieces += 1
    return n_pieces


@device
def next_piece(p, members, first, piece, visited, nx, ny, nz, open_faces):
    """The piece to visit after p: unvisited, through an open face, first direction first, then lowest voxel; or −1."""
    for direction in range(6):
        best = -1
        for k in range(first[p], first[p + 1]):
            w = neighbour_through(members[k], direction, nx, ny, nz, open_faces)
            if w >= 0 and not visited[piece[w]] and (best < 0 or piece[w] < best):
                best = piece[w]
        if best >= 0:
            return best
    return -1


@kernel("int64(int64, int64, int64, uint8[:, ::1], int64[::1], int64[::1], int32[::1])")
def order_pieces(nx, ny, nz, open_faces, voxel, start, region):
    """Pieces of all blocks in the order in which rounding visits them; returns their number.

    open_faces : uint8[3, n_voxels], 1 where particles can pass the upper face of a voxel along x, y, z
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


@kernel("int64(int64, int64, int64, uint8[:, ::1], int64[::1], int64[::1], int64, int64[::1], int64[:, ::1])")
def pair_pieces(nx, ny, nz, open_faces, voxel, start, n_pieces, piece, pair):
    """Pairs of pieces that share open faces, one row each by piece: (a, b, axis, number of faces); returns how many.

    voxel, start, n_pieces : of `order_pieces`
    piece : int64[n_voxels], out, piece of each voxel; pair : int64[≥ 3 n_voxels, 4], out
    """
    for t in range(n_pieces):
        piece[voxel[start[t] : start[t + 1]]] = t
    n_pairs = 0
    for t in range(n_pieces):
        first = n_pairs
        for axis in range(3):
            for k in range(start[t], start[t + 1]):
                w = neighbour_through(voxel[k], 2 * axis, nx, ny, nz, open_faces)
                if w < 0 or piece[w] == t:
                    continue
                row = first
                while row < n_pairs and (pair[row, 1] != piece[w] or pair[row, 2] != axis):
                    row += 1
                if row == n_pairs:
                    pair[row, 0], pair[row, 1], pair[row, 2], pair[row, 3] = t, piece[w], axis, 0
                    n_pairs += 1
                pair[row, 3] += 1
    return n_pairs


@dataclass(frozen=True, eq=False)
class Tiling:
    """Pieces in visiting order: voxels voxel[start[t] : start[t + 1]] of piece t, which lies in region[t].

    voxel : int64[n_voxels]; start : int64[n_voxels + 1]; region : int32[n_voxels]; n_pieces : int
    piece : int64[n_voxels], piece of each voxel
    pair : int64[n_pairs, 4], pieces that share open faces: lower, upper, axis, number of faces
    """

    voxel: NDArray[np.int64]
    start: NDArray[np.int64]
    region: NDArray[np.int32]
    n_pieces: int
    piece: NDArray[np.int64]
    pair: NDArray[np.int64]


_TILINGS: OrderedDict[bytes, Tiling] = OrderedDict()
TILINGS_KEPT = 64


def tiling(grid: Grid, open_faces: NDArray[np.uint8]) -> Tiling:
    """Tiling of a box whose faces are open or closed, remembered: geometries change seldom and sites share them.

    open_faces : uint8[3, n_voxels], 1 where particles can pass the upper face of a voxel along x, y, z
    """
    n = grid.n_voxels
    faces = np.ascontiguousarray(open_faces)
    digest = hashlib.blake2b(np.array([grid.nx, grid.ny, grid.nz], dtype=np.int64).tobytes() + faces.tobytes()).digest()
    if digest in _TILINGS:
        _TILINGS.move_to_end(digest)
        return _TILINGS[digest]
    voxel, start = np.empty(n, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    region = np.zeros(n, dtype=np.int32)
    n_pieces = order_pieces(grid.nx, grid.ny, grid.nz, faces, voxel, start, region)
    piece, pair = np.empty(n, dtype=np.int64), np.empty((3 * n, 4), dtype=np.int64)
    n_pairs = pair_pieces(grid.nx, grid.ny, grid.nz, faces, voxel, start, n_pieces, piece, pair)
    made = Tiling(voxel, start, region, n_pieces, piece, pair[:n_pairs].copy())
    _TILINGS[digest] = made
    if len(_TILINGS) > TILINGS_KEPT:
        _TILINGS.popitem(last=False)
    return made


@lru_cache(maxsize=16)
def open_tiling(grid: Grid) -> Tiling:
    """Tiling of a box without obstacles."""
    return tiling(grid, np.ones((3, grid.n_voxels), dtype=np.uint8))
