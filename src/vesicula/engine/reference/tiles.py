"""Twin of `engine.tiles`: pieces of tiles, the order in which rounding visits them, and their neighbours."""

from __future__ import annotations

import numpy as np

from vesicula.engine.program import Grid

EDGES = {True: (4, 4, 4), False: (5, 5, 1)}  # of a tile in voxels, by whether the grid has depth


def steps(v: int, grid: Grid, open_faces: np.ndarray, least: int = 1) -> list[int | None]:
    """Voxels beyond the faces x+, x−, y+, y−, z+, z− of v, None where not open.

    open_faces : uint8[3, n], 0 closed, 1 narrow, 2 wide; least : what counts as open
    """
    sizes, strides = (grid.nx, grid.ny, grid.nz), (1, grid.nx, grid.nx * grid.ny)
    place = (v % grid.nx, v // grid.nx % grid.ny, v // (grid.nx * grid.ny))
    out: list[int | None] = []
    for axis in range(3):
        above = place[axis] + 1 < sizes[axis] and open_faces[axis, v] >= least
        below = place[axis] > 0 and open_faces[axis, v - strides[axis]] >= least
        out += [v + strides[axis] if above else None, v - strides[axis] if below else None]
    return out


def tile_of(v: int, grid: Grid) -> tuple[int, int, int]:
    """Place of the block that holds voxel v."""
    edge = EDGES[grid.nz > 1]
    return v % grid.nx // edge[0], v // grid.nx % grid.ny // edge[1], v // (grid.nx * grid.ny) // edge[2]


def is_neck(v: int, grid: Grid, open_faces: np.ndarray) -> bool:
    """Whether nothing wide opens on either of two opposite sides of v, axes of one voxel apart."""
    wide = steps(v, grid, open_faces, 2)
    return any(
        size > 1 and wide[2 * axis] is None and wide[2 * axis + 1] is None
        for axis, size in enumerate((grid.nx, grid.ny, grid.nz))
    )


def pieces(grid: Grid, open_faces: np.ndarray) -> list[list[int]]:
    """Pieces of all tiles in the order of their lowest voxels."""
    neck = [is_neck(v, grid, open_faces) for v in range(grid.n_voxels)]

    def beside(v: int) -> list[int]:
        wide = steps(v, grid, open_faces, 2)
        return [w for w in wide if w is not None and tile_of(w, grid) == tile_of(v, grid)]

    parts: list[set[int]] = []
    owner: dict[int, int] = {}
    for seed in range(grid.n_voxels):
        if seed in owner:
            continue
        part, waiting = {seed}, [seed]
        while waiting:
            for w in beside(waiting.pop()):
                if w not in part and neck[w] == neck[seed]:
                    part.add(w)
                    waiting.append(w)
        owner.update(dict.fromkeys(part, len(parts)))
        parts.append(part)
    together = {p: {p} for p in range(len(parts))}
    for p, part in enumerate(parts):
        others = {owner[w] for v in part for w in beside(v)} - {p}
        if len(part) <= 2 and others:
            joined = together[p] | together[min(others, key=lambda q: (-len(parts[q]), q))]
            together.update(dict.fromkeys(joined, joined))
    unique = {min(group): group for group in together.values()}
    return sorted((sorted(v for q in group for v in parts[q]) for group in unique.values()), key=lambda piece: piece[0])


def pieces_in_order(grid: Grid, open_faces: np.ndarray) -> list[list[list[int]]]:
    """Regions, each a list of pieces in visiting order, each a sorted list of voxels."""
    members = pieces(grid, open_faces)
    owner = {v: p for p, piece in enumerate(members) for v in piece}
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
        regions.append([members[p] for p in order])
    return regions
