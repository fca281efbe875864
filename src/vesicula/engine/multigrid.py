"""Linear solver of one implicit stage: (mass + τ(loss + Jacobian)) y + τ Σ_faces flux(y) = rhs on a box of voxels.

Geometric multigrid on 2×2×2 aggregates (axes with one voxel are left alone) with red–black Gauss–Seidel. Several
fields that react with each other are solved together: their m×m coupling in a voxel is inverted exactly in the smoother,
so fast binding costs no extra cycles. Iterates carry a guard of one plane of zeros on both sides.

Faces of one field, float64, 1/min, are coefficients of inflow: `lower` from the neighbour below, `upper` from the one
above, 0 at outer faces. Two layouts, told apart by length:
  uniform   lower x[nx] y[ny] z[nz], upper x[nx] y[ny] z[nz]         length 2 (nx + ny + nz)
  general   lower x[n] y[n] z[n], upper x[n] y[n] z[n], n = nx ny nz  length 6 n
Walls are no concern of this module: an outer face adds to the loss and to the source of its voxel.
"""

from __future__ import annotations

import numpy as np

from vesicula.engine.cache import device

# columns of the table of levels; offsets count from the start of a field's block (ITERATE … FACES) or of the block that
# the fields of a group share (JACOBIAN, INVERSE)
NX, NY, NZ, COUNT, GUARD, ITERATE, RHS, DIAGONAL, MASS, LOSS, FACES, JACOBIAN, INVERSE = range(13)
N_COLUMNS = 13
MAX_LEVELS = 24


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
        field_length = row[FACES] + (6 * n if depth > 0 else 0)
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
                    inflow = neighbours_inflow(y, g, faces, x, iy, iz, v, nx, plane, at_y, at_z, upper, False)
                    y[g] = (rhs[v] + tau * inflow) * inverse[v]


@device
def relax_coupled(work, levels, depth, n_fields, field_length, shared, faces, tau, colour, balance):
    """One half-sweep over the voxels of one colour for fields coupled in each voxel; balance is scratch [n_fields]."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    plane = nx * ny
    inverse = shared + levels[depth, INVERSE]
    for iz in range(nz):
        for iy in range(ny):
            row = iz * plane + iy * nx
            for x in range((colour + iy + iz) & 1, nx, 2):
                v = row + x
                for i in range(n_fields):
                    block = i * field_length
                    y = work[block + levels[depth, ITERATE] : block + levels[depth, RHS]]
                    own = faces_of(work, levels, depth, i, field_length, faces)
                    at_y, at_z, upper, uniform = face_places(own, nx, ny, nz)
                    inflow = neighbours_inflow(y, v + plane, own, x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform)
                    balance[i] = work[block + levels[depth, RHS] + v] + tau * inflow
                for i in range(n_fields):
                    total = 0.0
                    for j in range(n_fields):
                        total += work[inverse + (i * n_fields + j) * n + v] * balance[j]
                    work[i * field_length + levels[depth, ITERATE] + plane + v] = total


@device
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
    for iz in range(fz):
        for iy in range(fy):
            for ix in range(fx):
                v = (iz * fy + iy) * fx + ix
                c = ((iz // 2) * cy + iy // 2) * cx + ix // 2
                for axis in range(3):
                    i, size = (ix, fx) if axis == 0 else ((iy, fy) if axis == 1 else (iz, fz))
                    if i == 0 or i % 2 == 1:
                        continue
                    step = 1 if axis == 0 else (fx if axis == 1 else fx * fy)
                    back = 1 if axis == 0 else (cx if axis == 1 else cx * cy)
                    at = 0 if axis == 0 else (at_y if axis == 1 else at_z)
                    here, there = (at + i, at + i - 1) if uniform else (at + v, at + v - step)
                    lower, above = fine[here], fine[upper + there]
                    diffusion = min(lower, above)
                    wide = 2.0 if i + 1 < size else 1.0
                    scaled = diffusion * 2.0 / (2.0 + wide)
                    coarse[axis * n + c] += lower - diffusion + scaled
                    coarse[(axis + 3) * n + c - back] += above - diffusion + scaled


@device
def sum_aggregates(fine, fx, fy, fz, coarse, cx, cy):
    """coarse = sum of fine over each aggregate."""
    coarse[:] = 0.0
    for iz in range(fz):
        for iy in range(fy):
            row = (iz * fy + iy) * fx
            below = ((iz // 2) * cy + iy // 2) * cx
            for ix in range(fx):
                coarse[below + ix // 2] += fine[row + ix]


@device
def outflow_rates(faces, nx, ny, nz, out):
    """Add to out[n] what leaves each voxel through its faces: the inflow coefficients of its neighbours, 1/min."""
    n = nx * ny * nz
    plane = nx * ny
    at_y, at_z, upper, uniform = face_places(faces, nx, ny, nz)
    for iz in range(nz):
        for iy in range(ny):
            for ix in range(nx):
                v = iz * plane + iy * nx + ix
                for axis in range(3):
                    i, size = (ix, nx) if axis == 0 else ((iy, ny) if axis == 1 else (iz, nz))
                    step = 1 if axis == 0 else (nx if axis == 1 else plane)
                    at = 0 if axis == 0 else (at_y if axis == 1 else at_z)
                    if i > 0:
                        out[v] += faces[upper + at + (i - 1 if uniform else v - step)]
                    if i + 1 < size and v + step < n:
                        out[v] += faces[at + (i + 1 if uniform else v + step)]


@device
def build_operator(work, levels, n_levels, n_fields, field_length, loss, faces):
    """Mass, loss and faces of every level; the loss includes what leaves through inner faces. Once per span."""
    for i in range(n_fields):
        block = i * field_length
        for depth in range(n_levels):
            nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
            work[block + levels[depth, ITERATE] : block + levels[depth, RHS]] = 0.0
            mass = work[block + levels[depth, MASS] : block + levels[depth, LOSS]]
            own_loss = work[block + levels[depth, LOSS] : block + levels[depth, FACES]]
            if depth == 0:
                mass[:] = 1.0
                own_loss[:] = loss[i]
                continue
            up = depth - 1
            fx, fy, fz = levels[up, NX], levels[up, NY], levels[up, NZ]
            sum_aggregates(work[block + levels[up, MASS] : block + levels[up, LOSS]], fx, fy, fz, mass, nx, ny)
            sum_aggregates(work[block + levels[up, LOSS] : block + levels[up, FACES]], fx, fy, fz, own_loss, nx, ny)
            coarse = work[block + levels[depth, FACES] : block + levels[depth, FACES] + 6 * n]
            aggregate_faces(faces_of(work, levels, up, i, field_length, faces), fx, fy, fz, coarse, nx, ny, nz)
        for depth in range(n_levels):
            own_loss = work[block + levels[depth, LOSS] : block + levels[depth, FACES]]
            own = faces_of(work, levels, depth, i, field_length, faces)
            outflow_rates(own, levels[depth, NX], levels[depth, NY], levels[depth, NZ], own_loss)


@device
def invert_in_place(matrix, m):
    """Gauss–Jordan with partial pivoting of the m×m matrix at the left of matrix[m, 2 m]; the inverse comes right."""
    for i in range(m):
        for j in range(m):
            matrix[i, m + j] = 1.0 if i == j else 0.0
    for k in range(m):
        pivot = k
        for i in range(k + 1, m):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        for j in range(2 * m):
            matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
        scale = 1.0 / matrix[k, k]
        for j in range(2 * m):
            matrix[k, j] *= scale
        for i in range(m):
            if i != k:
                factor = matrix[i, k]
                for j in range(2 * m):
                    matrix[i, j] -= factor * matrix[k, j]


@device
def build_inverses(work, levels, n_levels, n_fields, field_length, shared, reacting, tau, matrix):
    """Diagonal blocks mass + τ(loss + Jacobian) of every level and their inverses, for this τ."""
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
        for v in range(n):
            for i in range(m):
                for j in range(m):
                    matrix[i, j] = tau * work[jacobian + (i * m + j) * n + v] if reacting else 0.0
                matrix[i, i] += work[i * field_length + levels[depth, DIAGONAL] + v]
            invert_in_place(matrix, m)
            for i in range(m):
                for j in range(m):
                    work[inverse + (i * m + j) * n + v] = matrix[i, m + j]


@device
def residual_at(work, levels, depth, i, n_fields, field_length, shared, reacting, own, tau, x, iy, iz, v):
    """rhs − (linear operator)(y) of field i in voxel v of a level."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    plane = nx * ny
    block = i * field_length
    y = work[block + levels[depth, ITERATE] : block + levels[depth, RHS]]
    at_y, at_z, upper, uniform = face_places(own, nx, ny, nz)
    inflow = neighbours_inflow(y, v + plane, own, x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform)
    left = work[block + levels[depth, DIAGONAL] + v] * y[v + plane]
    if reacting:
        jacobian = shared + levels[depth, JACOBIAN]
        for j in range(n_fields):
            other = work[j * field_length + levels[depth, ITERATE] + plane + v]
            left += tau * work[jacobian + (i * n_fields + j) * n + v] * other
    return work[block + levels[depth, RHS] + v] + tau * inflow - left


@device
def restrict_residual(work, levels, depth, i, n_fields, field_length, shared, reacting, faces, tau):
    """Right-hand side of the next level: residuals of the even colour (the odd one is solved), summed by aggregate."""
    nx, ny, nz = levels[depth, NX], levels[depth, NY], levels[depth, NZ]
    down = depth + 1
    cx, cy = levels[down, NX], levels[down, NY]
    block = i * field_length
    coarse = work[block + levels[down, RHS] : block + levels[down, DIAGONAL]]
    coarse[:] = 0.0
    work[block + levels[down, ITERATE] : block + levels[down, RHS]] = 0.0
    own = faces_of(work, levels, depth, i, field_length, faces)
    for iz in range(nz):
        for iy in range(ny):
            row = (iz * ny + iy) * nx
            below = ((iz // 2) * cy + iy // 2) * cx
            for x in range((iy + iz) & 1, nx, 2):
                coarse[below + x // 2] += residual_at(
                    work, levels, depth, i, n_fields, field_length, shared, reacting, own, tau, x, iy, iz, row + x
                )


@device
def prolong(work, levels, depth, i, field_length):
    """Add the correction of level depth + 1 to the iterate of level depth."""
    nx, ny, nz = levels[depth, NX], levels[depth, NY], levels[depth, NZ]
    down = depth + 1
    cx, cy = levels[down, NX], levels[down, NY]
    fine = i * field_length + levels[depth, ITERATE] + levels[depth, GUARD]
    coarse = i * field_length + levels[down, ITERATE] + levels[down, GUARD]
    for iz in range(nz):
        for iy in range(ny):
            row = fine + (iz * ny + iy) * nx
            below = coarse + ((iz // 2) * cy + iy // 2) * cx
            for x in range(nx):
                work[row + x] += work[below + x // 2]


@device
def smooth(work, levels, depth, n_fields, field_length, shared, faces, tau, balance):
    """One sweep of Gauss–Seidel on a level: even colour, then odd."""
    nx, ny, nz, n = levels[depth, NX], levels[depth, NY], levels[depth, NZ], levels[depth, COUNT]
    y = work[levels[depth, ITERATE] : levels[depth, RHS]]
    rhs = work[levels[depth, RHS] : levels[depth, DIAGONAL]]
    inverse = work[shared + levels[depth, INVERSE] : shared + levels[depth, INVERSE] + n]
    own = faces_of(work, levels, depth, 0, field_length, faces)
    for colour in range(2):
        if n_fields > 1:
            relax_coupled(work, levels, depth, n_fields, field_length, shared, faces, tau, colour, balance)
        else:
            relax(y, rhs, inverse, own, nx, ny, nz, tau, colour)


@device
def cycle(work, levels, n_levels, n_fields, field_length, shared, reacting, faces, tau, balance):
    """One V-cycle with one sweep before and one after each coarse correction; improves the iterate in place."""
    for visit in range(2 * n_levels - 1):
        upwards = visit >= n_levels
        depth = 2 * n_levels - 2 - visit if upwards else visit
        if upwards:
            for i in range(n_fields):
                prolong(work, levels, depth, i, field_length)
        smooth(work, levels, depth, n_fields, field_length, shared, faces, tau, balance)
        if visit < n_levels - 1:
            for i in range(n_fields):
                restrict_residual(work, levels, depth, i, n_fields, field_length, shared, reacting, faces, tau)


@device
def residual_norms(work, levels, n_fields, field_length, shared, reacting, faces, tau, norms, everywhere):
    """Largest and summed absolute residual of each field on the finest level: norms[n_fields, 2].

    everywhere: False right after a sweep, when the odd colour is solved and only the even one is looked at
    """
    nx, ny, nz = levels[0, NX], levels[0, NY], levels[0, NZ]
    for i in range(n_fields):
        largest, total = 0.0, 0.0
        own = faces[i]
        for iz in range(nz):
            for iy in range(ny):
                row = (iz * ny + iy) * nx
                subtotal = 0.0
                first, stride = (0, 1) if everywhere else ((iy + iz) & 1, 2)
                for x in range(first, nx, stride):
                    size = abs(
                        residual_at(
                            work, levels, 0, i, n_fields, field_length, shared, reacting, own, tau, x, iy, iz, row + x
                        )
                    )
                    largest = max(largest, size)
                    subtotal += size
                total += subtotal
        norms[i, 0] = largest
        norms[i, 1] = total


def workspace_length(nx: int, ny: int, nz: int, n_fields: int, n_reactions: int) -> int:
    """Length of the float64 workspace that `transport.advance_fields` needs for a group of fields."""
    levels = np.zeros((MAX_LEVELS, N_COLUMNS), dtype=np.int64)
    _, field_length, shared_length = level_table.py_func(nx, ny, nz, n_fields, levels)
    extras = (4 * n_fields + 2 * n_reactions + 3) * nx * ny * nz
    return n_fields * field_length + shared_length + extras + 2 * n_fields * n_fields + 12 * n_fields + 16
