"""What bars the way of cells: the walls of a site, and solid matrix.

A cell goes axis by axis, so that it slides along what bars it; one that is inside solid matrix may leave it.
"""

from __future__ import annotations

from vesicula.engine.cache import device
from vesicula.engine.voxels import along, voxel_of

AT_WALL = 1e-9  # of a voxel's edge, between a cell at a wall of solid matrix and the wall


@device
def up_to_wall(x, ax, n, edge):
    """Where a cell at x that is barred on its way to ax comes to stand along an axis: at the face of its voxel."""
    k = along(x, n, edge)
    at = (k + 1 - AT_WALL) * edge if ax > x else (k + AT_WALL) * edge
    return at if along(at, n, edge) == k and (at - x) * (ax - x) > 0.0 else x


@device
def confine(x, y, z, ax, ay, az, ground):
    """Where a cell at (x, y, z) that is to go to (ax, ay, az) comes to stand: in the box, not in solid matrix.

    Axis by axis.
    ground : barred, any_barred, nx, ny, nz, voxel, height
    """
    barred, any_barred, nx, ny, nz, voxel, height = ground
    ax = min(max(ax, 0.0), nx * voxel)
    ay = min(max(ay, 0.0), ny * voxel)
    az = min(max(az, 0.0), nz * height)
    if not any_barred:
        return ax, ay, az
    here = voxel_of(x, y, z, nx, ny, nz, voxel, height)
    if barred[here] or here == voxel_of(ax, ay, az, nx, ny, nz, voxel, height):
        return ax, ay, az
    if barred[voxel_of(ax, y, z, nx, ny, nz, voxel, height)]:
        ax = up_to_wall(x, ax, nx, voxel)
    if barred[voxel_of(ax, ay, z, nx, ny, nz, voxel, height)]:
        ay = up_to_wall(y, ay, ny, voxel)
    if barred[voxel_of(ax, ay, az, nx, ny, nz, voxel, height)]:
        az = up_to_wall(z, az, nz, height)
    return ax, ay, az


@device
def nothing_bars(low_x, low_y, low_z, high_x, high_y, high_z, ground):
    """Whether a box lies in the site and reaches into no solid matrix."""
    barred, any_barred, nx, ny, nz, voxel, height = ground
    if low_x < 0.0 or low_y < 0.0 or low_z < 0.0:
        return False
    if high_x > nx * voxel or high_y > ny * voxel or high_z > nz * height:
        return False
    if not any_barred:
        return True
    for iz in range(along(low_z, nz, height), along(high_z, nz, height) + 1):
        for iy in range(along(low_y, ny, voxel), along(high_y, ny, voxel) + 1):
            for ix in range(along(low_x, nx, voxel), along(high_x, nx, voxel) + 1):
                if barred[(iz * ny + iy) * nx + ix]:
                    return False
    return True


@device
def way_is_free(x, y, z, vx, vy, vz, cell, begin, step, walk, ground):
    """Whether nothing bars any way that a cell pushed at an even velocity goes, turn by turn of its walk."""
    _, start, until, velocity = walk
    low_x, low_y, low_z, high_x, high_y, high_z, since, end = x, y, z, x, y, z, begin, begin + step
    for piece in range(start[cell], start[cell + 1]):
        if until[piece] > since:
            time = min(until[piece], end) - since
            x, y = x + time * (vx + velocity[piece, 0]), y + time * (vy + velocity[piece, 1])
            z += time * (vz + velocity[piece, 2])
            low_x, low_y, low_z = min(low_x, x), min(low_y, y), min(low_z, z)
            high_x, high_y, high_z = max(high_x, x), max(high_y, y), max(high_z, z)
            since += time
            if not until[piece] < end:
                return nothing_bars(low_x, low_y, low_z, high_x, high_y, high_z, ground)
    time = end - since
    x, y, z = x + time * vx, y + time * vy, z + time * vz
    low_x, low_y, low_z = min(low_x, x), min(low_y, y), min(low_z, z)
    high_x, high_y, high_z = max(high_x, x), max(high_y, y), max(high_z, z)
    return nothing_bars(low_x, low_y, low_z, high_x, high_y, high_z, ground)


@device
def along_walls(x, y, z, vx, vy, vz, cell, begin, step, walk, ground):
    """Where a cell that is pushed at an even velocity comes to stand, turn by turn of its walk, along what bars it.

    cell : its number in the batch
    """
    _, start, until, velocity = walk
    since, end = begin, begin + step
    for piece in range(start[cell], start[cell + 1]):
        if until[piece] > since:
            time = min(until[piece], end) - since
            x, y, z = confine(
                x, y, z, x + time * (vx + velocity[piece, 0]), y + time * (vy + velocity[piece, 1]),
                z + time * (vz + velocity[piece, 2]), ground,
            )  # fmt: skip
            since += time
            if not until[piece] < end:
                return x, y, z
    time = end - since
    return confine(x, y, z, x + time * vx, y + time * vy, z + time * vz, ground)
