"""Linear solver of one implicit stage: (mass + τ(loss + Jacobian)) y + τ Σ_faces flux(y) = rhs on a box of voxels.

Geometric multigrid on 2×2×2 aggregates (axes with one voxel are left alone) with red–black Gauss–Seidel. Several
fields that react with each other are solved together: their m×m coupling in a voxel is inverted exactly in the
smoother, so fast binding costs no extra cycles. Iterates carry a guard of one plane of zeros on both sides.

Faces of one field, float64, 1/min, are coefficients of inflow: `lower` from the neighbour below, `upper` from the one
above, 0 at outer faces. Two layouts, told apart by length:
  uniform   lower x[nx] y[ny] z[nz], upper x[nx] y[ny] z[nz]         length 2 (nx + ny + nz)
  general   lower x[n] y[n] z[n], upper x[n] y[n] z[n], n = nx ny nz  length 6 n
Walls are no concern of this module: an outer face adds to the loss and to the source of its voxel.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from vesicula.engine.cache import device

# columns of the table of levels; offsets count from the start of a field's block (ITERATE … LINE) or of the block that
# the fields of a group share (JACOBIAN, INVERSE)
NX, NY, NZ, COUNT, GUARD, ITERATE, RHS, DIAGONAL, MASS, LOSS, FACES, LINE, JACOBIAN, INVERSE = range(14)
N_COLUMNS = 14
MAX_LEVELS = 24
LANES = 32  # matrices that are inverted side by side


@device
def copy_values(given, into):
    """Copy an array of one axis; an assignment of slices takes Numba four times as long to compile."""
    for k in range(given.shape[0]):
        into[k] = given[k]


@device
def level_table(nx, ny, nz, n_fields, levels):
    """Fill the table of levels; returns (number of levels, length of a field's block, length of the shared block)."""
    field_length = 0
    shared_length = 0
    depth = 0
    while True:
        n = nx * ny * nz
        row = levels[depth]
        row[NX], row[NY], row[NZ], row[COUNT], row[GUARD] = nx, ny, nz, n, nx * ny
        row[ITERATE] = field_length
        row[RHS] = row[ITERATE] + n + 2 * nx * ny
        row[DIAGONAL] = row[RHS] + n
        row[MASS] = row[DIAGONAL] + n
        row[LOSS] = row[MASS] + n
        row[FACES] = row[LOSS] + n
        row[LINE] = row[FACES] + (6 * n if depth > 0 else 0)
        field_length = row[LINE] + n + 2
        row[JACOBIAN] = shared_length
        row[INVERSE] = shared_length + n_fields * n_fields * n
        shared_length += 2 * n_fields * n_fields * n
        depth += 1
        if n == 1:
            return depth, field_length, shared_length
        nx, ny, nz = (nx + 1) // 2, (ny + 1) // 2, (nz + 1) // 2


@device
def face_places(faces, nx, ny, nz):
    """Where faces lie: offsets of lower x, y, z and the distance to the upper ones, and whether they are uniform."""
    n = nx * ny * nz
    if faces.size == 6 * n:
        return n, 2 * n, 3 * n, False
    return nx, nx + ny, nx + ny + nz, True


@device
def neighbours_inflow(y, g, faces, x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform):
    """Σ over the six neighbours of inflow coefficient × their value, for voxel v at place g of the guarded iterate."""
    if uniform:
        jx, jy, jz = x, at_y + iy, at_z + iz
    else:
        jx, jy, jz = v, at_y + v, at_z + v
    return (
        (faces[jx] * y[g - 1] + faces[upper + jx] * y[g + 1])
        + (faces[jy] * y[g - nx] + faces[upper + jy] * y[g + nx])
        + (faces[jz] * y[g - plane] + faces[upper + jz] * y[g + plane])
    )


@device
def relax(y, rhs, inverse, faces, nx, ny, nz, tau, colour):
    """One half-sweep of Gauss–Seidel of a single field over the voxels of one colour."""
    plane = nx * ny
    at_y, at_z, upper, uniform = face_places(faces, nx, ny, nz)
    for iz in range(nz):
        for iy in range(ny):
            row = iz * plane + iy * nx
            first = (colour + iy + iz) & 1
            if uniform:
                below, above = faces[at_y + iy], faces[upper + at_y + iy]
                under, over = faces[at_z + iz], faces[upper + at_z + iz]
                for x in range(first, nx, 2):
                    g = row + x + plane
                    inflow = (
                        (faces[x] * y[g - 1] + faces[upper + x] * y[g + 1])
                        + (below * y[g - nx] + above * y[g + nx])
                        + (under * y[g - plane] + over * y[g + plane])
                    )
                    y[g] = (rhs[row + x] + tau * inflow) * inverse[row + x]
            else:
                for x in range(first, nx, 2):
                    v = row + x
                    g = v + plane
                    inflow = neighbours_inflow(y, g, faces, x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform)
                    y[g] = (rhs[v] + tau * inflow) * inverse[v]


@device
def balance(work, levels, depth, i, field_length, faces, tau, colour):
    """What field i would hold without its own losses, in the voxels of one colour of a level, into LINE."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    plane, block = nx * ny, i * field_length
    y = work[block + levels[depth, ITERATE] : block + levels[depth, RHS]]
    rhs = work[block + levels[depth, RHS] : block + levels[depth, DIAGONAL]]
    line = work[block + levels[depth, LINE] : block + levels[depth, LINE] + n]
    own = faces_of(work, levels, depth, i, field_length, faces)
    at_y, at_z, upper, uniform = face_places(own, nx, ny, nz)
    for iz in range(nz):
        for iy in range(ny):
            row, first = iz * plane + iy * nx, (colour + iy + iz) & 1
            if uniform:
                below, above = own[at_y + iy], own[upper + at_y + iy]
                under, over = own[at_z + iz], own[upper + at_z + iz]
                for x in range(first, nx, 2):
                    g = row + x + plane
                    inflow = (
                        (own[x] * y[g - 1] + own[upper + x] * y[g + 1])
                        + (below * y[g - nx] + above * y[g + nx])
                        + (under * y[g - plane] + over * y[g + plane])
                    )
                    line[row + x] = rhs[row + x] + tau * inflow
            else:
                for x in range(first, nx, 2):
                    v = row + x
                    g = v + plane
                    inflow = neighbours_inflow(y, g, own, x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform)
                    line[v] = rhs[v] + tau * inflow


@device
def relax_coupled(work, levels, depth, n_fields, field_length, shared, faces, tau, colour):
    """One half-sweep over the voxels of one colour for fields coupled in each voxel."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    plane, lines, iterates = nx * ny, levels[depth, LINE], levels[depth, ITERATE]
    for i in range(n_fields):
        balance(work, levels, depth, i, field_length, faces, tau, colour)
    for iz in range(nz):
        for iy in range(ny):
            row, first = iz * plane + iy * nx, (colour + iy + iz) & 1
            for i in range(n_fields):
                own = i * field_length + iterates + plane + row
                inverse = shared + levels[depth, INVERSE] + i * n_fields * n + row
                for x in range(first, nx, 2):
                    work[own + x] = 0.0
                for j in range(n_fields):
                    other = j * field_length + lines + row
                    for x in range(first, nx, 2):
                        work[own + x] += work[inverse + j * n + x] * work[other + x]


@device(inline=True)
def faces_of(work, levels, depth, i, field_length, faces):
    """Faces of field i on a level: the caller's on the finest, the aggregated ones in the workspace below."""
    if depth == 0:
        return faces[i]
    first = i * field_length + levels[depth, FACES]
    return work[first : first + 6 * levels[depth, COUNT]]


@device
def aggregate_faces(fine, fx, fy, fz, coarse, cx, cy, cz):
    """Faces between aggregates: flow adds up; diffusion adds up and shrinks with the distance of the centres.

    Of the two inflow coefficients of a face the smaller one is its diffusion, the rest is flow.
    """
    at_y, at_z, upper, uniform = face_places(fine, fx, fy, fz)
    n = cx * cy * cz
    coarse[:] = 0.0
    for axis in range(3):
        size = fx if axis == 0 else (fy if axis == 1 else fz)
        step = 1 if axis == 0 else (fx if axis == 1 else fx * fy)
        back = 1 if axis == 0 else (cx if axis == 1 else cx * cy)
        at = 0 if axis == 0 else (at_y if axis == 1 else at_z)
        for iz in range(2 if axis == 2 else 0, fz, 2 if axis == 2 else 1):
            for iy in range(2 if axis == 1 else 0, fy, 2 if axis == 1 else 1):
                row = ((iz >> 1) * cy + (iy >> 1)) * cx
                for ix in range(2 if axis == 0 else 0, fx, 2 if axis == 0 else 1):
                    i = ix if axis == 0 else (iy if axis == 1 else iz)
                    v = (iz * fy + iy) * fx + ix
                    c = row + (ix >> 1)
                    here, there = (at + i, at + i - 1) if uniform else (at + v, at + v - step)
                    lower, above = fine[here], fine[upper + there]
                    diffusion = min(lower, above)
                    scaled = diffusion * (0.5 if i + 1 < size else 2.0 / 3.0)
                    coarse[axis * n + c] += lower - diffusion + scaled
                    coarse[(axis + 3) * n + c - back] += above - diffusion + scaled


@device
def sum_aggregates(fine, fx, fy, fz, coarse, cx, cy):
    """Sum of `fine` over each aggregate, into `coarse`."""
    coarse[:] = 0.0
    for iz in range(fz):
        for iy in range(fy):
            row = (iz * fy + iy) * fx
            below = ((iz >> 1) * cy + (iy >> 1)) * cx
            for ix in range(fx):
                coarse[below + (ix >> 1)] += fine[row + ix]


@device
def outflow_rates(faces, nx, ny, nz, out):
    """Add to out[n] what leaves each voxel through its faces: the inflow coefficients of its neighbours, 1/min."""
    plane = nx * ny
    at_y, at_z, upper, uniform = face_places(faces, nx, ny, nz)
    for iz in range(nz):
        for iy in range(ny):
            row = iz * plane + iy * nx
            for ix in range(nx):
                v = row + ix
                x, y, z = (ix, iy, iz) if uniform else (v, v, v)
                step_x, step_y, step_z = (1, 1, 1) if uniform else (1, nx, plane)
                total = out[v]
                if ix > 0:
                    total += faces[upper + x - step_x]
                if ix + 1 < nx:
                    total += faces[x + step_x]
                if iy > 0:
                    total += faces[upper + at_y + y - step_y]
                if iy + 1 < ny:
                    total += faces[at_y + y + step_y]
                if iz > 0:
                    total += faces[upper + at_z + z - step_z]
                if iz + 1 < nz:
                    total += faces[at_z + z + step_z]
                out[v] = total


@device
def spread_wall(wall, mass, nx, ny, nz, depth, fine_x, fine_y, fine_z, out):
    """out[n] = what each aggregate loses through outer faces: conductance × its volume / (its width)²."""
    regular = 1 << depth
    for axis in range(3):
        size, fine = (nx, fine_x) if axis == 0 else ((ny, fine_y) if axis == 1 else (nz, fine_z))
        for side in range(2):
            width = min(regular, fine) if side == 0 else fine - (size - 1) * regular
            if fine == 1:
                width = 1
            share = wall[2 * axis + side] / (width * width)
            if share == 0.0:
                continue
            at = 0 if side == 0 else size - 1
            for iz in range(at if axis == 2 else 0, at + 1 if axis == 2 else nz):
                for iy in range(at if axis == 1 else 0, at + 1 if axis == 1 else ny):
                    row = (iz * ny + iy) * nx
                    for ix in range(at if axis == 0 else 0, at + 1 if axis == 0 else nx):
                        out[row + ix] += share * mass[row + ix]


@device
def build_operator(work, levels, n_levels, n_fields, field_length, loss, wall, faces, again):
    """Mass, loss and faces of every level; the loss includes what leaves through inner faces. Once per span.

    again : whether the same faces were built before, so that only losses are new
    wall : float64[n_fields, 6], 1/min, what `loss` holds of diffusion through outer faces where these are uniform:
    the wider an aggregate, the farther from the wall is its centre (not used where faces have the general layout)
    """
    uniform = faces.shape[1] != 6 * levels[0, COUNT]
    for i in range(n_fields):
        block = i * field_length
        for depth in range(n_levels):
            nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
            work[block + levels[depth, ITERATE] : block + levels[depth, RHS]] = 0.0
            mass = work[block + levels[depth, MASS] : block + levels[depth, LOSS]]
            own_loss = work[block + levels[depth, LOSS] : block + levels[depth, FACES]]
            own_wall = work[block + levels[depth, DIAGONAL] : block + levels[depth, MASS]]
            own_wall[:] = 0.0
            if depth == 0:
                mass[:] = 1.0
                copy_values(loss[i], own_loss)
                if uniform:
                    spread_wall(wall[i], mass, nx, ny, nz, depth, nx, ny, nz, own_wall)
                continue
            up = depth - 1
            fx, fy, fz = levels[up, NX], levels[up, NY], levels[up, NZ]
            loss_up = work[block + levels[up, LOSS] : block + levels[up, FACES]]
            wall_up = work[block + levels[up, DIAGONAL] : block + levels[up, MASS]]
            sum_aggregates(work[block + levels[up, MASS] : block + levels[up, LOSS]], fx, fy, fz, mass, nx, ny)
            sum_aggregates(loss_up, fx, fy, fz, own_loss, nx, ny)
            sum_aggregates(wall_up, fx, fy, fz, own_wall, nx, ny)
            for v in range(n):
                own_loss[v] -= own_wall[v]
                own_wall[v] = 0.0
            if uniform:
                spread_wall(
                    wall[i], mass, nx, ny, nz, depth, levels[0, NX], levels[0, NY], levels[0, NZ], own_wall
                )  # fmt: skip
            for v in range(n):
                own_loss[v] += own_wall[v]
            if not again:
                coarse = work[block + levels[depth, FACES] : block + levels[depth, FACES] + 6 * n]
                aggregate_faces(faces_of(work, levels, up, i, field_length, faces), fx, fy, fz, coarse, nx, ny, nz)
        for depth in range(n_levels):
            own_loss = work[block + levels[depth, LOSS] : block + levels[depth, FACES]]
            own = faces_of(work, levels, depth, i, field_length, faces)
            outflow_rates(own, levels[depth, NX], levels[depth, NY], levels[depth, NZ], own_loss)


@device
def pivot_lanes(matrix, k, m, count):
    """Bring the largest entry of column k of every lane from row k on into row k; returns whether rows changed."""
    changed = False
    for i in range(k + 1, m):
        larger = 0
        for b in range(count):
            larger += abs(matrix[i, k, b]) > abs(matrix[k, k, b])
        changed = changed or larger > 0
    if not changed:
        return False
    for b in range(count):
        pivot = k
        for i in range(k + 1, m):
            if abs(matrix[i, k, b]) > abs(matrix[pivot, k, b]):
                pivot = i
        if pivot != k:
            for j in range(2 * m):
                matrix[k, j, b], matrix[pivot, j, b] = matrix[pivot, j, b], matrix[k, j, b]
    return True


@device
def invert_lanes(matrix, m, count):
    """Gauss–Jordan with partial pivoting of the m×m matrices at the left of matrix[:m, 2 m, lanes], side by side.

    The inverses come right. Columns that are done, and those of the unit matrix that no row has touched, are left out:
    nothing reads the first, and the second are zero in the pivot's row. Row m of `matrix` is scratch.
    """
    factor, swapped = matrix[m, 0], False
    for i in range(m):
        for j in range(m):
            matrix[i, m + j, :count] = 1.0 if i == j else 0.0
    for k in range(m):
        swapped = pivot_lanes(matrix, k, m, count) or swapped
        end = 2 * m if swapped else m + k + 1
        for b in range(count):
            factor[b] = 1.0 / matrix[k, k, b]
        for j in range(k + 1, end):
            for b in range(count):
                matrix[k, j, b] *= factor[b]
        for i in range(m):
            if i != k:
                for b in range(count):
                    factor[b] = matrix[i, k, b]
                for j in range(k + 1, end):
                    for b in range(count):
                        matrix[i, j, b] -= factor[b] * matrix[k, j, b]


@device
def build_inverses(work, levels, n_levels, n_fields, field_length, shared, reacting, tau, matrix):
    """Diagonal blocks mass + τ(loss + Jacobian) of every level and their inverses, for this τ.

    matrix : float64[m + 1, 2 m, LANES], scratch
    """
    m = n_fields
    for depth in range(n_levels):
        n = levels[depth, COUNT]
        jacobian = shared + levels[depth, JACOBIAN]
        inverse = shared + levels[depth, INVERSE]
        if reacting and depth > 0:
            up = depth - 1
            wide = levels[up, COUNT]
            above = shared + levels[up, JACOBIAN]
            for k in range(m * m):
                fine = work[above + k * wide : above + (k + 1) * wide]
                coarse = work[jacobian + k * n : jacobian + (k + 1) * n]
                shape = levels[up]
                sum_aggregates(fine, shape[NX], shape[NY], shape[NZ], coarse, levels[depth, NX], levels[depth, NY])
        for i in range(m):
            block = i * field_length
            diagonal, mass, loss = (
                block + levels[depth, DIAGONAL],
                block + levels[depth, MASS],
                block + levels[depth, LOSS],
            )
            for v in range(n):
                work[diagonal + v] = work[mass + v] + tau * work[loss + v]
        if m == 1:
            for v in range(n):
                curvature = tau * work[jacobian + v] if reacting else 0.0
                work[inverse + v] = 1.0 / (work[levels[depth, DIAGONAL] + v] + curvature)
            continue
        for first in range(0, n, LANES):
            count = min(LANES, n - first)
            for i in range(m):
                diagonal = i * field_length + levels[depth, DIAGONAL] + first
                for j in range(m):
                    own = jacobian + (i * m + j) * n + first
                    for b in range(count):
                        matrix[i, j, b] = tau * work[own + b] if reacting else 0.0
                for b in range(count):
                    matrix[i, i, b] += work[diagonal + b]
            invert_lanes(matrix, m, count)
            for i in range(m):
                for j in range(m):
                    own = inverse + (i * m + j) * n + first
                    for b in range(count):
                        work[own + b] = matrix[i, m + j, b]


@device
def residual(work, levels, depth, i, n_fields, field_length, shared, reacting, faces, tau, colour):
    """Residual rhs − (linear operator)(y) of field i in the voxels of one colour of a level, into LINE."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    plane, block = nx * ny, i * field_length
    balance(work, levels, depth, i, field_length, faces, tau, colour)
    for iz in range(nz):
        for iy in range(ny):
            row, first = iz * plane + iy * nx, (colour + iy + iz) & 1
            line, diagonal = block + levels[depth, LINE] + row, block + levels[depth, DIAGONAL] + row
            y = levels[depth, ITERATE] + plane + row
            for x in range(first, nx, 2):
                work[line + x] -= work[diagonal + x] * work[block + y + x]
            if reacting:
                for j in range(n_fields):
                    other = j * field_length + y
                    jacobian = shared + levels[depth, JACOBIAN] + (i * n_fields + j) * n + row
                    for x in range(first, nx, 2):
                        work[line + x] -= tau * work[jacobian + x] * work[other + x]


@device
def restrict_residual(work, levels, depth, i, n_fields, field_length, shared, reacting, faces, tau):
    """Right-hand side of the next level: residuals of the even colour (the odd one is solved), summed by aggregate."""
    nx, ny, nz = levels[depth, NX], levels[depth, NY], levels[depth, NZ]
    down, even = depth + 1, np.int64(0)  # a literal would be compiled twice
    cx, cy = levels[down, NX], levels[down, NY]
    block = i * field_length
    coarse = work[block + levels[down, RHS] : block + levels[down, DIAGONAL]]
    coarse[:] = 0.0
    work[block + levels[down, ITERATE] : block + levels[down, RHS]] = 0.0
    residual(work, levels, depth, i, n_fields, field_length, shared, reacting, faces, tau, even)
    for iz in range(nz):
        for iy in range(ny):
            below = ((iz >> 1) * cy + (iy >> 1)) * cx
            line = block + levels[depth, LINE] + (iz * ny + iy) * nx
            for x in range((iy + iz) & 1, nx, 2):
                coarse[below + (x >> 1)] += work[line + x]


@device
def prolong_constant(work, levels, depth, i, field_length):
    """Add the correction of level depth + 1 to the iterate of level depth, one value per aggregate."""
    nx, ny, nz = levels[depth, NX], levels[depth, NY], levels[depth, NZ]
    down = depth + 1
    cx, cy = levels[down, NX], levels[down, NY]
    fine = i * field_length + levels[depth, ITERATE] + levels[depth, GUARD]
    coarse = i * field_length + levels[down, ITERATE] + levels[down, GUARD]
    for iz in range(nz):
        for iy in range(ny):
            row = fine + (iz * ny + iy) * nx
            below = coarse + ((iz >> 1) * cy + (iy >> 1)) * cx
            for x in range(nx):
                work[row + x] += work[below + (x >> 1)]


@device
def interpolation(k, size, coarse_size, wall_below, wall_above):
    """(own aggregate, the nearest other one, its weight, own weight) for fine index k on an axis.

    Weights 3/4 and 1/4; an aggregate of one voxel has its centre there. Beyond a closed face the correction goes on
    unchanged, at a wall it is zero.
    """
    own = k >> 1
    if size == 1 or (k & 1 == 0 and k + 1 == size):
        return own, own, 0.0, 1.0
    other = own + 1 if k & 1 == 1 else own - 1
    if other < 0:
        return own, own, 0.0, 0.5 if wall_below else 1.0
    if other >= coarse_size:
        return own, own, 0.0, 0.5 if wall_above else 1.0
    return own, other, 0.25, 0.75


@device
def prolong_linear(work, levels, depth, i, field_length, wall):
    """Add the correction of level depth + 1, interpolated between the centres of aggregates. wall : float64[6]."""
    nx, ny, nz = levels[depth, NX], levels[depth, NY], levels[depth, NZ]
    down = depth + 1
    cx, cy, cz = levels[down, NX], levels[down, NY], levels[down, NZ]
    fine = i * field_length + levels[depth, ITERATE] + levels[depth, GUARD]
    coarse = i * field_length + levels[down, ITERATE] + levels[down, GUARD]
    line = i * field_length + levels[depth, LINE] + 1
    for iz in range(nz):
        z, z_other, z_far, z_near = interpolation(iz, nz, cz, wall[4] > 0.0, wall[5] > 0.0)
        for iy in range(ny):
            y, y_other, y_far, y_near = interpolation(iy, ny, cy, wall[2] > 0.0, wall[3] > 0.0)
            row_1, row_2 = coarse + (z * cy + y) * cx, coarse + (z * cy + y_other) * cx
            row_3, row_4 = coarse + (z_other * cy + y) * cx, coarse + (z_other * cy + y_other) * cx
            for x in range(cx):
                near = y_near * work[row_1 + x] + y_far * work[row_2 + x]
                far = y_near * work[row_3 + x] + y_far * work[row_4 + x]
                work[line + x] = z_near * near + z_far * far
            work[line - 1] = -work[line] if wall[0] > 0.0 else work[line]
            work[line + cx] = -work[line + cx - 1] if wall[1] > 0.0 else work[line + cx - 1]
            row = fine + (iz * ny + iy) * nx
            for x in range(nx >> 1):
                own = 0.75 * work[line + x]
                work[row + 2 * x] += own + 0.25 * work[line + x - 1]
                work[row + 2 * x + 1] += own + 0.25 * work[line + x + 1]
            if nx & 1 == 1:
                work[row + nx - 1] += work[line + cx - 1]


@device
def smooth(work, levels, depth, n_fields, field_length, shared, faces, tau):
    """One sweep of Gauss–Seidel on a level: even colour, then odd."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    y = work[levels[depth, ITERATE] : levels[depth, RHS]]
    rhs = work[levels[depth, RHS] : levels[depth, DIAGONAL]]
    inverse = work[shared + levels[depth, INVERSE] : shared + levels[depth, INVERSE] + n]
    field = np.int64(0)  # a literal would be compiled twice
    own = faces_of(work, levels, depth, field, field_length, faces)
    for colour in range(2):
        if n_fields > 1:
            relax_coupled(work, levels, depth, n_fields, field_length, shared, faces, tau, colour)
        else:
            relax(y, rhs, inverse, own, nx, ny, nz, tau, colour)


@device
def cycle(work, levels, n_levels, n_fields, field_length, shared, reacting, faces, wall, tau):
    """One V-cycle with one sweep before and one after each coarse correction; improves the iterate in place."""
    smooth_faces = faces.shape[1] != 6 * levels[0, COUNT]
    for visit in range(2 * n_levels - 1):
        upwards = visit >= n_levels
        depth = 2 * n_levels - 2 - visit if upwards else visit
        if upwards:
            for i in range(n_fields):
                if smooth_faces:
                    prolong_linear(work, levels, depth, i, field_length, wall[i])
                else:
                    prolong_constant(work, levels, depth, i, field_length)
        smooth(work, levels, depth, n_fields, field_length, shared, faces, tau)
        if visit < n_levels - 1:
            for i in range(n_fields):
                restrict_residual(work, levels, depth, i, n_fields, field_length, shared, reacting, faces, tau)


@device
def residual_norms(work, levels, n_fields, field_length, shared, reacting, faces, tau, norms, everywhere):
    """Largest residual, sum of absolute ones and sum of each field on the finest level: norms[n_fields, 3].

    everywhere: False right after a sweep, when the odd colour is solved and only the even one is looked at
    """
    nx, ny, nz = levels[0, NX], levels[0, NY], levels[0, NZ]
    top, colours = np.int64(0), 2 if everywhere else 1
    for i in range(n_fields):
        largest, total, imbalance = 0.0, 0.0, 0.0
        for colour in range(colours):
            residual(work, levels, top, i, n_fields, field_length, shared, reacting, faces, tau, colour)
        for iz in range(nz):
            for iy in range(ny):
                subtotal, signed = 0.0, 0.0
                line = i * field_length + levels[0, LINE] + (iz * ny + iy) * nx
                for colour in range(colours):
                    for x in range((iy + iz + colour) & 1, nx, 2):
                        size = abs(work[line + x])
                        largest = max(largest, size)
                        subtotal += size
                        signed += work[line + x]
                imbalance += signed
                total += subtotal
        norms[i, 0] = largest
        norms[i, 1] = total
        norms[i, 2] = imbalance


def workspace_length(nx: int, ny: int, nz: int, n_fields: int, n_reactions: int) -> int:
    """Length of the float64 workspace that `transport.advance_fields` needs for a group of fields."""
    levels = np.zeros((MAX_LEVELS, N_COLUMNS), dtype=np.int64)
    _, field_length, shared_length = cast("Any", level_table).py_func(nx, ny, nz, n_fields, levels)
    extras = (4 * n_fields + 2 * n_reactions + 3) * nx * ny * nz
    lanes = 2 * n_fields * (n_fields + 1) * LANES
    return n_fields * field_length + shared_length + extras + lanes + 12 * n_fields + 16
