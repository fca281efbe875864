"""Fields over a span of time: transport, losses, sources and local kinetics in one error-controlled implicit step.

For a group of m fields on one site's grid (m > 1 where reactions couple them)

    dc_i/dt = Σ_faces inflow_i − (outflow_i + loss_i) c_i + source_i − Σ_r ν_ri ξ_r(c)

with SDIRK2 (γ = 1 − 1/√2, order 2, L-stable): two solves per step. The local error comes from the embedded third-order
formula of the three slopes, filtered by the operator. A step with a value below zero is redone with backward Euler
(order 1, positive; counted). After each solve the field is clipped at 0 and multiplied by one factor per region of open
faces so that the budget

    new = old + ∫source − loss · exposure − Σ_r ν_ri extent_r        (summed over the region)

closes to round-off; `exposure` = ∫c dt and `extent` = ∫ξ dt are the step's own quadrature. One extent per reaction and
voxel serves all its partners. Walls: an outer face adds its conductance to `loss` and conductance × outside value to
`source`. Amounts are concentrations; multiply by the voxel volume for molecules.
"""

from __future__ import annotations

import math

import numpy as np

from vesicula.engine.cache import device, kernel
from vesicula.engine.multigrid import (
    COUNT,
    ITERATE,
    JACOBIAN,
    LOSS,
    MAX_LEVELS,
    N_COLUMNS,
    NX,
    NY,
    NZ,
    RHS,
    build_inverses,
    build_operator,
    cycle,
    face_places,
    level_table,
    neighbours_inflow,
    residual_norms,
)
from vesicula.engine.reactions import (
    BIND,
    CATALYST,
    COMPETITOR,
    KIND,
    PARTNER,
    PRODUCT,
    REACTANT,
    reaction_rate,
)

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
# embedded third-order weights of the slopes at 0, γτ, τ for linear problems, minus the method's own
THIRD_1 = 1.0 / (12.0 * GAMMA * (0.5 - GAMMA))
THIRD_2 = 0.5 - THIRD_1 * GAMMA
ERROR_0 = 1.0 - THIRD_1 - THIRD_2
ERROR_1 = THIRD_1 - (1.0 - GAMMA)
ERROR_2 = THIRD_2 - GAMMA

SOLVER_SHARE = 0.01  # error of a solve, as a share of the step tolerance
STEADY_SHARE = 1e-3  # of that: a field that changes less in a step is left alone
NEGATIVE_SHARE = 0.1  # of the step tolerance: undershoot that clipping may remove
NEGLIGIBLE = 1e-60  # a source-free field below this does not change any more
MOST_CYCLES = 60
CYCLES_PER_LINEARISATION = 2
SHORTEST_STEP = 1e-9  # of the span
HOPELESS = 1e6  # relative error of a step that could not be solved
SOLVED, NEGATIVE, FAILED = 0, 1, 2
FIRST, SECOND, EULER, FILTER = 0, 1, 2, 3  # stages of a step
SUBSTEPS, CYCLES, REDONE = 0, 1, 2  # columns of the tally
LARGEST, TOTAL, CHANGE, START = 0, 1, 2, 3  # columns of the limits of a solve; START has two


@device
def partner_signs(kinetics, r):
    """Signs of first, second partner and product in the extent of reaction r: +1 consumed, −1 made, 0 untouched."""
    second = 1.0 if kinetics[r, KIND] == BIND else 0.0
    product = -1.0 if kinetics[r, PRODUCT] >= 0 else 0.0
    return 1.0, second, product


@device
def rate_at(kinetics, rates, local, r, v, values):
    """Rate and derivatives of reaction r in voxel v where the fields are `values` float64[m]."""
    a = values[kinetics[r, REACTANT]]
    b = values[kinetics[r, PARTNER]] if kinetics[r, PARTNER] >= 0 else 0.0
    product = values[kinetics[r, PRODUCT]] if kinetics[r, PRODUCT] >= 0 else 0.0
    catalyst = local[kinetics[r, CATALYST], v] if kinetics[r, CATALYST] >= 0 else 0.0
    competitor = local[kinetics[r, COMPETITOR], v] if kinetics[r, COMPETITOR] >= 0 else 0.0
    return reaction_rate(kinetics[r, KIND], a, b, product, rates[r, 0], rates[r, 1], catalyst, competitor)


@device
def linearise(work, levels, m, field_length, shared, kinetics, rates, local, tau, keep, extent, values):
    """Right-hand side and Jacobian of the kinetics at the iterate; extent[r, v] = rate there."""
    n, guard = levels[0, COUNT], levels[0, NX] * levels[0, NY]
    jacobian = shared + levels[0, JACOBIAN]
    work[jacobian : jacobian + m * m * n] = 0.0
    for i in range(m):
        work[i * field_length + levels[0, RHS] : i * field_length + levels[0, RHS] + n] = keep[i]
    for v in range(n):
        for i in range(m):
            values[i] = work[i * field_length + levels[0, ITERATE] + guard + v]
        for r in range(kinetics.shape[0]):
            rate, by_first, by_second, by_product = rate_at(kinetics, rates, local, r, v, values)
            extent[r, v] = rate
            first, second, product = kinetics[r, REACTANT], kinetics[r, PARTNER], kinetics[r, PRODUCT]
            tangent = rate - by_first * values[first]
            if second >= 0:
                tangent -= by_second * values[second]
            if product >= 0:
                tangent -= by_product * values[product]
            signs = partner_signs(kinetics, r)
            for k in range(3):
                i = first if k == 0 else (second if k == 1 else product)
                sign = signs[0] if k == 0 else (signs[1] if k == 1 else signs[2])
                if i < 0 or sign == 0.0:
                    continue
                work[i * field_length + levels[0, RHS] + v] -= tau * sign * tangent
                work[jacobian + (i * m + first) * n + v] += sign * by_first
                if second >= 0:
                    work[jacobian + (i * m + second) * n + v] += sign * by_second
                if product >= 0:
                    work[jacobian + (i * m + product) * n + v] += sign * by_product


@device
def rates_at_iterate(work, levels, m, field_length, kinetics, rates, local, extent, values):
    """extent[r, v] = rate of every reaction at the iterate."""
    n, guard = levels[0, COUNT], levels[0, NX] * levels[0, NY]
    for v in range(n):
        for i in range(m):
            values[i] = work[i * field_length + levels[0, ITERATE] + guard + v]
        for r in range(kinetics.shape[0]):
            rate, _, _, _ = rate_at(kinetics, rates, local, r, v, values)
            extent[r, v] = rate


@device
def largest_and_sum(values):
    """Largest absolute value and sum of absolute values, float64[n]."""
    largest, total = 0.0, 0.0
    for v in range(values.size):
        size = abs(values[v])
        largest = max(largest, size)
        total += size
    return largest, total


@device
def clip_iterate(work, levels, m, field_length, limits):
    """Set values below zero to zero; returns the lowest one in units of the field's residual limit."""
    n, guard = levels[0, COUNT], levels[0, NX] * levels[0, NY]
    worst = 0.0
    for i in range(m):
        at = i * field_length + levels[0, ITERATE] + guard
        y = work[at : at + n]
        lowest = 0.0
        for v in range(n):
            if y[v] < 0.0:
                lowest = min(lowest, y[v])
                y[v] = 0.0
        if lowest < 0.0:
            worst = min(worst, lowest / limits[i, LARGEST])
    return worst


@device
def largest_change(work, levels, m, field_length, start, limits):
    """limits[i, CHANGE] = largest difference of the iterate of field i from start[m, n]."""
    n, guard = levels[0, COUNT], levels[0, NX] * levels[0, NY]
    for i in range(m):
        at = i * field_length + levels[0, ITERATE] + guard
        change = 0.0
        for v in range(n):
            change = max(change, abs(work[at + v] - start[i, v]))
        limits[i, CHANGE] = change


@device
def converged(m, norms, limits, cycles):
    """Whether every field's error is small: bounded by the residual, or estimated by how far the residual fell.

    ‖A⁻¹‖ ≤ 1 in the largest norm, so the residual bounds the error; the change by the first cycle times the fall of the
    residual since then estimates it. What a field changes in a step is in any case solved to a tenth.
    """
    for i in range(m):
        fall = 0.0
        for k in range(2):
            if norms[i, k] > 0.0:
                fall = max(fall, norms[i, k] / limits[i, START + k])
        steady = norms[i, 0] <= STEADY_SHARE * limits[i, LARGEST]
        estimate = 2.0 * fall * limits[i, CHANGE] if cycles > 0 else limits[i, LARGEST] * 2.0
        small = norms[i, 0] <= limits[i, LARGEST] or estimate <= limits[i, LARGEST]
        if not small or abs(norms[i, 2]) > limits[i, TOTAL] or not (steady or fall <= 0.1):
            return False
    return True


@device
def solve_stage(
    work, levels, n_levels, m, field_length, shared, faces, wall, kinetics, rates, local,
    tau, tolerance, stage, start, keep, extent, norms, limits, balance, matrix, values, tally, fresh,
):  # fmt: skip
    """Solve y + τ(…)(y) = keep for all fields of the group, from the iterate that lies in the workspace (= start).

    Returns SOLVED, NEGATIVE (stage SECOND only: a value below −NEGATIVE_SHARE · tolerance · scale) or FAILED.
    The iterate is left clipped at 0. fresh: the inverses of this τ are not built yet. Stage FILTER is one cycle on
    the right-hand side that lies in the workspace.
    """
    n = levels[0, COUNT]
    reacting = kinetics.shape[0] > 0
    allowed = SOLVER_SHARE * tolerance
    since, cycles = 0, 0
    while cycles < MOST_CYCLES:
        if stage != FILTER:
            if reacting and since == 0:
                linearise(work, levels, m, field_length, shared, kinetics, rates, local, tau, keep, extent, values)
                fresh = True
            elif cycles == 0:
                work[levels[0, RHS] : levels[0, RHS] + n] = keep[0]
            residual_norms(work, levels, m, field_length, shared, reacting, faces, tau, norms, since == 0)
            if cycles == 0:
                for i in range(m):
                    scale, total = largest_and_sum(keep[i])
                    limits[i, LARGEST] = max(scale, norms[i, 0]) * allowed
                    limits[i, TOTAL] = max(total, norms[i, 1]) * allowed
                    limits[i, START] = norms[i, 0]
                    limits[i, START + 1] = norms[i, 1]
            elif cycles == 1:
                largest_change(work, levels, m, field_length, start, limits)
            done = converged(m, norms, limits, cycles)
            since += 1
            if done or (reacting and since > CYCLES_PER_LINEARISATION):
                lowest = clip_iterate(work, levels, m, field_length, limits)
                if stage == SECOND and lowest < -NEGATIVE_SHARE / SOLVER_SHARE:
                    return NEGATIVE
                if done and (not reacting or since == 1):
                    return SOLVED
                since = 0
                continue
            if not math.isfinite(norms[0, 0]):
                return FAILED
        if fresh:
            build_inverses(work, levels, n_levels, m, field_length, shared, reacting, tau, matrix)
            fresh = False
        cycle(work, levels, n_levels, m, field_length, shared, reacting, faces, wall, tau, balance)
        cycles += 1
        tally[CYCLES] += 1
        if stage == FILTER:
            return SOLVED
    return FAILED


@device
def close_budget(y, i, keep, loss, region, n_regions, kinetics, extent, tau, sums):
    """Scale y[n] by one factor per region so that Σ(1 + τ loss) y = Σ keep − τ Σ_r ν_r extent_r; False if impossible.

    sums : scratch float64[3, ≥ n_regions]
    """
    sums[:, :n_regions] = 0.0
    one = region.size == 1
    block = 0
    n = y.size
    while block < n:
        end = min(block + 256, n)
        label = 0 if one else region[block]
        given, held, weight = 0.0, 0.0, 0.0
        for v in range(block, end):
            if not one and region[v] != label:
                sums[0, label] += given
                sums[1, label] += held
                sums[2, label] += weight
                given, held, weight = 0.0, 0.0, 0.0
                label = region[v]
            change = 0.0
            for r in range(kinetics.shape[0]):
                signs = partner_signs(kinetics, r)
                if kinetics[r, REACTANT] == i:
                    change += signs[0] * extent[r, v]
                if kinetics[r, PARTNER] == i:
                    change += signs[1] * extent[r, v]
                if kinetics[r, PRODUCT] == i:
                    change += signs[2] * extent[r, v]
            given += keep[v] - tau * change
            held += (1.0 + tau * loss[v]) * y[v]
            weight += 1.0 + tau * loss[v]
        sums[0, label] += given
        sums[1, label] += held
        sums[2, label] += weight
        block = end
    for k in range(n_regions):
        if sums[0, k] < 0.0:
            return False
    for v in range(n):
        k = 0 if one else region[v]
        if sums[1, k] > 0.0:
            y[v] *= sums[0, k] / sums[1, k]
        else:
            y[v] = sums[0, k] / sums[2, k]
    return True


@device
def slopes(work, levels, m, field_length, faces, source, kinetics, extent, slope):
    """slope[m, n] = dc/dt at the iterate, with the rates in `extent`."""
    nx, ny, nz, n = levels[0, NX], levels[0, NY], levels[0, NZ], levels[0, COUNT]
    plane = nx * ny
    for i in range(m):
        block = i * field_length
        y = work[block + levels[0, ITERATE] : block + levels[0, RHS]]
        at_y, at_z, upper, uniform = face_places(faces[i], nx, ny, nz)
        for iz in range(nz):
            for iy in range(ny):
                row = (iz * ny + iy) * nx
                for x in range(nx):
                    v = row + x
                    inflow = neighbours_inflow(
                        y, v + plane, faces[i], x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform
                    )
                    slope[i, v] = source[i, v] + inflow - work[block + levels[0, LOSS] + v] * y[v + plane]
    for r in range(kinetics.shape[0]):
        signs = partner_signs(kinetics, r)
        slope[kinetics[r, REACTANT]] -= signs[0] * extent[r]
        if signs[1] != 0.0:
            slope[kinetics[r, PARTNER]] -= signs[1] * extent[r]
        if signs[2] != 0.0:
            slope[kinetics[r, PRODUCT]] -= signs[2] * extent[r]


@device
def relative_error(work, levels, m, field_length, at, scales, tolerance):
    """Largest |value| / (tolerance · scale) of m arrays that lie at offset `at` of their field's block."""
    worst = 0.0
    for i in range(m):
        first = i * field_length + at
        largest, _ = largest_and_sum(work[first : first + levels[0, COUNT]])
        if largest > 0.0 and scales[i] > 0.0:
            worst = max(worst, largest / (tolerance * scales[i]))
    return worst


@device
def raw_error(work, levels, m, field_length, tau, stage, concentration, first, second, slope):
    """Embedded estimate of the local error before filtering, left as right-hand side.

    SDIRK2: third-order combination of three slopes; backward Euler: half the change of slope across the step.
    """
    share = (1.0 - GAMMA) / GAMMA
    for i in range(m):
        at = i * field_length + levels[0, RHS]
        for v in range(levels[0, COUNT]):
            old = concentration[i, v]
            if stage == EULER:
                work[at + v] = 0.5 * (second[i, v] - old - tau * slope[i, v])
            else:
                rise = first[i, v] - old
                later = second[i, v] - old - share * rise
                work[at + v] = tau * ERROR_0 * slope[i, v] + (ERROR_1 * rise + ERROR_2 * later) / GAMMA


@device
def worth_solving(concentration, source):
    """Whether a group holds or receives anything, concentration and source float64[m, n]."""
    for i in range(concentration.shape[0]):
        for v in range(concentration.shape[1]):
            if concentration[i, v] > NEGLIGIBLE or source[i, v] > 0.0:
                return True
    return False


@device
def relax_exactly(concentration, source, loss, span, exposure):
    """One voxel without kinetics: dc/dt = source − loss c, solved exactly."""
    decay = loss * span
    if decay > 1e-4:
        reach = -math.expm1(-decay) / loss
        ramp = (span - reach) / loss
    else:
        reach = span * (1.0 - 0.5 * decay * (1.0 - decay / 3.0))
        ramp = 0.5 * span * span * (1.0 - decay / 3.0 * (1.0 - 0.25 * decay))
    exposure[0] = concentration[0] * reach + source * ramp
    concentration[0] = max(concentration[0] + source * span - loss * exposure[0], 0.0)


@device
def prepare_stage(work, levels, m, field_length, stage, tau, concentration, source, first, keep):
    """Right-hand side and first iterate of a stage."""
    n, guard = levels[0, COUNT], levels[0, NX] * levels[0, NY]
    share = (1.0 - GAMMA) / GAMMA
    for i in range(m):
        at = i * field_length + levels[0, ITERATE]
        if stage == FILTER:
            work[at : at + n + 2 * guard] = 0.0
            continue
        for v in range(n):
            old = concentration[i, v]
            if stage == FIRST:
                keep[i, v] = old + GAMMA * tau * source[i, v]
                work[at + guard + v] = old
            elif stage == SECOND:
                keep[i, v] = old + share * (first[i, v] - old) + GAMMA * tau * source[i, v]
                work[at + guard + v] = first[i, v]
            else:
                keep[i, v] = old + tau * source[i, v]
                work[at + guard + v] = first[i, v]


@device
def take_stage(
    work, levels, m, field_length, keep, loss, region, n_regions, kinetics, rates, local, extent, tau, sums, values, out
):  # fmt: skip
    """Close the budget of the solved iterate and copy it to out[m, n]; False if no budget can be closed."""
    n, guard = levels[0, COUNT], levels[0, NX] * levels[0, NY]
    if kinetics.shape[0] > 0:
        rates_at_iterate(work, levels, m, field_length, kinetics, rates, local, extent, values)
    for i in range(m):
        at = i * field_length + levels[0, ITERATE] + guard
        y = work[at : at + n]
        if not close_budget(y, i, keep[i], loss[i], region[i], n_regions[i], kinetics, extent, tau, sums):
            return False
        out[i] = y
    return True


@device
def attempt_step(
    work, levels, n_levels, field_length, shared, concentration, source, loss, faces, wall, region, n_regions, kinetics,
    rates, local, tau, tolerance, tally, first, second, keep, slope, extent_1, extent_2, sums, matrix, norms, limits,
    balance, values, scales, built_for,
):  # fmt: skip
    """Try one step of length τ: stages into `first` and `second`, rates into `extent_1` and `extent_2`.

    Returns (order 2 or 1, error relative to what is tolerated, τ for which the inverses are built).
    """
    m, n = concentration.shape
    guard = levels[0, NX] * levels[0, NY]
    stage, order, filtered, error = FIRST, 2, 0, HOPELESS
    while True:
        inner = tau if order == 1 else GAMMA * tau
        prepare_stage(work, levels, m, field_length, stage, tau, concentration, source, first, keep)
        extent = extent_1 if stage == FIRST else extent_2
        outcome = solve_stage(
            work, levels, n_levels, m, field_length, shared, faces, wall, kinetics, rates, local, inner, tolerance,
            stage, concentration if stage == FIRST else first, keep, extent, norms, limits, balance, matrix, values, tally, built_for != inner,
        )  # fmt: skip
        built_for = inner
        if stage == FILTER:
            filtered += 1
            error = relative_error(work, levels, m, field_length, levels[0, ITERATE] + guard, scales, tolerance)
            if error <= 1.0 or filtered == 2 or order == 1:
                return order, error, built_for
            for i in range(m):
                at = i * field_length
                for v in range(n):
                    work[at + levels[0, RHS] + v] = work[at + levels[0, ITERATE] + guard + v]
            continue
        if outcome == SOLVED and not take_stage(
            work, levels, m, field_length, keep, loss, region, n_regions, kinetics, rates, local, extent, inner, sums,
            values, first if stage == FIRST else second,
        ):  # fmt: skip
            outcome = FAILED
        if stage == FIRST and outcome == SOLVED:
            stage = SECOND
        elif stage == SECOND and outcome != SOLVED:
            stage, order = EULER, 1
        elif outcome != SOLVED:
            return order, HOPELESS, built_for
        else:
            for i in range(m):
                scales[i] = max(largest_and_sum(concentration[i])[0], largest_and_sum(second[i])[0])
            raw_error(work, levels, m, field_length, tau, stage, concentration, first, second, slope)
            error = relative_error(work, levels, m, field_length, levels[0, RHS], scales, tolerance)
            if error <= 1.0:
                return order, error, built_for
            stage = FILTER


@device
def march(
    work, levels, n_levels, field_length, shared, concentration, source, loss, faces, wall, region, n_regions, kinetics,
    rates, local, span, tolerance, step, exposure, extent, tally, first, second, keep, slope, extent_1, extent_2, sums,
    matrix, norms, limits, balance, values, scales,
):  # fmt: skip
    """Sub-steps with error control until the span is done; returns (solved, length to try first next time)."""
    m, n = concentration.shape
    guard = levels[0, NX] * levels[0, NY]
    build_operator(work, levels, n_levels, m, field_length, loss, wall, faces)
    done, tau, proposal = 0.0, step if step > 0.0 else span, 0.0
    built_for, accepted = -1.0, True
    while done < span:
        left = span - done
        if tau >= left:
            tau = left
        elif tau > 0.5 * left:
            tau = 0.5 * left
        if accepted:
            for i in range(m):
                at = i * field_length + levels[0, ITERATE] + guard
                work[at : at + n] = concentration[i]
            rates_at_iterate(work, levels, m, field_length, kinetics, rates, local, extent_1, values)
            slopes(work, levels, m, field_length, faces, source, kinetics, extent_1, slope)
        order, error, built_for = attempt_step(
            work, levels, n_levels, field_length, shared, concentration, source, loss, faces, wall, region, n_regions,
            kinetics, rates, local, tau, tolerance, tally, first, second, keep, slope, extent_1, extent_2, sums, matrix,
            norms, limits, balance, values, scales, built_for,
        )  # fmt: skip
        if kinetics.shape[0] > 0:
            built_for = -1.0
        growth = min(5.0, max(0.15, 0.9 * max(error, 1e-12) ** (-1.0 / (order + 1.0))))
        accepted = error <= 1.0
        if not accepted:
            tau *= min(growth, 0.7)
            if tau < SHORTEST_STEP * span:
                return False, 0.0
            continue
        weight_1, weight_2 = ((1.0 - GAMMA) * tau, GAMMA * tau) if order == 2 else (0.0, tau)
        for i in range(m):
            for v in range(n):
                exposure[i, v] += weight_1 * first[i, v] + weight_2 * second[i, v]
                concentration[i, v] = second[i, v]
        for r in range(kinetics.shape[0]):
            for v in range(n):
                extent[r, v] += weight_1 * extent_1[r, v] + weight_2 * extent_2[r, v]
        tally[SUBSTEPS] += 1
        tally[REDONE] += 2 - order
        done = span if tau == left else done + tau
        tau *= growth
        if proposal == 0.0:
            proposal = tau
    return True, proposal


@kernel(
    "int64(int64, int64, int64, int64, int64, float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1],"
    " float64[:, :, ::1], float64[:, :, ::1], int32[:, :, ::1], int64[:, ::1], int64[:, ::1], float64[:, :, ::1], float64[:, :, ::1],"
    " float64, float64, float64[::1], float64[:, :, ::1], float64[:, :, ::1], int64[:, ::1], float64[::1])"
)
def advance_fields(
    first_site, end_site, nx, ny, nz, concentration, source, loss, faces, wall, region, n_regions, kinetics, rates, local,
    span, tolerance, step, exposure, extent, tally, workspace,
):  # fmt: skip
    """Advance a group of m fields of sites first_site … end_site − 1 by `span` minutes, each site for itself.

    concentration : float64[n_sites, m, n], molecules/µm³, in and out
    source : float64[n_sites, m, n], molecules/µm³/min, with what comes through walls
    loss : float64[n_sites, m, n], 1/min, with what leaves through walls
    faces : float64[n_sites, m, n_faces], 1/min, see `multigrid`
    wall : float64[n_sites, m, 6], 1/min, diffusion through outer faces (x−, x+, y−, y+, z−, z+) where these are
        uniform; it is in `loss` already and only speeds up the solver (zeros are right too)
    region : int32[n_sites, m, n], label of each voxel's region of open faces; int32[n_sites, m, 1] where all is one
    n_regions : int64[n_sites, m]
    kinetics : int64[n_reactions, 6], see `reactions`; rates : float64[n_sites, n_reactions, 2], forward and backward
    local : float64[n_sites, n_local, n], catalysts and competitors of `kinetics`
    tolerance : local error of a step relative to the field's largest value
    step : float64[n_sites], min, length to try first (0: the span); out: what the first accepted step proposes
    exposure : float64[n_sites, m, n], out, ∫c dt; extent : float64[n_sites, n_reactions, n], out, ∫rate dt
    tally : int64[n_sites, 3], added to: sub-steps, V-cycles, sub-steps of first order
    workspace : float64[≥ workspace_length(…)]
    Returns    number of sites for which no step was short enough to be solved
    Source     alexander1977 (SDIRK2, not read); bolley1978 (no linear positive scheme beyond order 1, not read)
    """
    m, n = concentration.shape[1:]
    n_reactions = kinetics.shape[0]
    levels = np.empty((MAX_LEVELS, N_COLUMNS), dtype=np.int64)
    n_levels, field_length, shared_length = level_table(nx, ny, nz, m, levels)
    shared = m * field_length
    at = shared + shared_length
    blocks = workspace[at : at + 4 * m * n].reshape((4, m, n))
    at += 4 * m * n
    extents = workspace[at : at + 2 * n_reactions * n].reshape((2, n_reactions, n))
    at += 2 * n_reactions * n
    sums = workspace[at : at + 3 * n].reshape((3, n))
    at += 3 * n
    matrix = workspace[at : at + 2 * m * m].reshape((m, 2 * m))
    at += 2 * m * m
    small = workspace[at : at + 11 * m].reshape((11, m))
    norms = workspace[at : at + 3 * m].reshape((m, 3))
    limits = workspace[at + 3 * m : at + 8 * m].reshape((m, 5))
    failed = 0
    for s in range(first_site, end_site):
        exposure[s] = 0.0
        extent[s] = 0.0
        if not worth_solving(concentration[s], source[s]):
            continue
        if n == 1 and n_reactions == 0:
            for i in range(m):
                relax_exactly(concentration[s, i], source[s, i, 0], loss[s, i, 0], span, exposure[s, i])
            tally[s, SUBSTEPS] += 1
            continue
        solved, proposal = march(
            workspace, levels, n_levels, field_length, shared, concentration[s], source[s], loss[s], faces[s],
            wall[s], region[s], n_regions[s], kinetics, rates[s], local[s], span, tolerance, step[s], exposure[s], extent[s],
            tally[s], blocks[0], blocks[1], blocks[2], blocks[3], extents[0], extents[1], sums, matrix, norms, limits,
            small[8], small[9], small[10],
        )  # fmt: skip
        step[s] = proposal
        failed += 0 if solved else 1
    return failed
