"""Twin of `engine.tiles`: pieces of tiles, the order in which rounding visits them, and their neighbours."""

from __future__ import annotations

import numpy as np

from vesicula.engine.program import Grid

EDGES = {True: (4, 4, 4), False: (5, 5, 1)}  # of a tile in voxels, by whether the grid has depth


def steps(v: int, grid: Grid, open_faces: np.ndarray) -> list[int | None]:
    """Voxels beyond the faces x+, x−, y+, y−, z+, z− of v, None where closed; open_faces : uint8[3, n]."""
    sizes, strides = (grid.nx, grid.ny, grid.nz), (1, grid.nx, grid.nx * grid.ny)
    place = (v % grid.nx, v // grid.nx % grid.ny, v // (grid.nx * grid.ny))
    out: list[int | None] = []
    for axis in range(3):
        above = place[axis] + 1 < sizes[axis] and open_faces[axis, v]
        below = place[axis] > 0 and open_faces[axis, v - strides[axis]]
        out += [v + strides[axis] if above else None, v - strides[axis] if below else None]
    return out


def tile_of(v: int, grid: Grid) -> tuple[int, int, int]:
    """Place of the block that holds voxel v."""
    edge = EDGES[grid.nz > 1]
    return v % grid.nx // edge[0], v // grid.nx % grid.ny // edge[1], v // (grid.nx * grid.ny) // edge[2]


def pieces_in_order(grid: Grid, open_faces: np.ndarray) -> list[list[list[int]]]:
    """Regions, each a list of pieces in visiting order, each a sorted list of voxels."""
    members: list[set[int]] = []
    owner: dict[int, int] = {}
    for seed in range(grid.n_voxels):
        if seed in owner:
            continue
        piece, waiting = {seed}, [seed]
        while waiting:
            for w in steps(waiting.pop(), grid, open_faces):
                if w is not None and w not in piece and tile_of(w, grid) == tile_of(seed, grid):
                    piece.add(w)
                    waiting.append(w)
        owner.update(dict.fromkeys(piece, len(members)))
        members.append(piece)
    regions, visited = [], set()
    for root in range(len(members)):
        if root in visited:
            continue
        order, path = [root], [root]
        visited.add(root)
        while path:
            found = None
            for direction in range(6):
                beyond = [steps(v, grid, open_faces)[direction] for v in members[path[-1]]]
                fresh = [owner[w] for w in beyond if w is not None and owner[w] not in visited]
                if fresh:
                    found = min(fresh)
                    break
            if found is None:
                path.pop()
                continue
            visited.add(found)
            order.append(found)
            path.append(found)
        regions.append([sorted(members[p]) for p in order])
    return regions
