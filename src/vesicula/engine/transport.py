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
    GUARD,
    ITERATE,
    LANES,
    LOSS,
    MAX_LEVELS,
    N_COLUMNS,
    NX,
    NY,
    NZ,
    RHS,
    build_inverses,
    build_operator,
    copy_values,
    cycle,
    face_places,
    level_table,
    neighbours_inflow,
    residual_norms,
)
from vesicula.engine.reactions import PARTNER, PRODUCT, REACTANT, linearise, partner_signs, rates_at_iterate

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
SECOND_SHARE = (1.0 - GAMMA) / GAMMA  # of the first stage's change in the second's right-hand side
# embedded third-order weights of the slopes at 0, γτ, τ for linear problems, minus the method's own
THIRD_1 = 1.0 / (12.0 * GAMMA * (0.5 - GAMMA))
THIRD_2 = 0.5 - THIRD_1 * GAMMA
ERROR_0 = 1.0 - THIRD_1 - THIRD_2
ERROR_1 = THIRD_1 - (1.0 - GAMMA)
ERROR_2 = THIRD_2 - GAMMA

STEADY_SHARE = 1e-3  # of the precision: a field that changes less in a step is left alone
NEGATIVE_SHARE = 0.1  # of the step tolerance: undershoot that clipping may remove
NOTHING = 1e-12  # molecules/µm³, one in a millilitre: what starts from zero and makes less of it has no relative error
NEGLIGIBLE = 1e-60  # a source-free field below this does not change any more
MOST_CYCLES = 60
CYCLES_PER_LINEARISATION = 2
PATIENCE = 8  # V-cycles of a stage that may use the Jacobian of its step's start
SHORTEST_STEP = 1e-13  # of the span
BOLDER = 25.0  # times the length that did last time is tried first: what made it short may be over
CAREFUL = 4.0  # instead, where a longer one than did was refused last time
RESOLVED = 10.0  # residual limits; less than that in every voxel of a region is not resolved by a solve
ROUND_OFF = 1e-14  # leaves a limited reaction on the safe side
SUM_BLOCK = 256
HOPELESS = 1e6  # relative error of a step that could not be solved
SOLVED, NEGATIVE, FAILED = 0, 1, 2
FIRST, SECOND, EULER, FILTER = 0, 1, 2, 3  # stages of a step
SUBSTEPS, CYCLES, REDONE = 0, 1, 2  # columns of the tally
LARGEST, TOTAL, CHANGE, START = 0, 1, 2, 3  # columns of the limits of a solve; START has two


@device(inline=True)
def iterate_of(operator, i):
    """The iterate of field i on the finest level without its guard, float64[n]."""
    work, levels, _, _, field_length, _, _, _ = operator
    at = i * field_length + levels[0, ITERATE] + levels[0, GUARD]
    return work[at : at + levels[0, COUNT]]


@device(inline=True)
def right_side_of(operator, i):
    """The right-hand side of field i on the finest level, float64[n]."""
    work, levels, _, _, field_length, _, _, _ = operator
    at = i * field_length + levels[0, RHS]
    return work[at : at + levels[0, COUNT]]


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
def clip_iterate(operator, limits):
    """Set values below zero to zero; returns the lowest one in units of the field's residual limit."""
    worst = 0.0
    for i in range(operator[3]):
        y = iterate_of(operator, i)
        lowest = 0.0
        for v in range(y.size):
            if y[v] < 0.0:
                lowest = min(lowest, y[v])
                y[v] = 0.0
        if lowest < 0.0:
            worst = min(worst, lowest / limits[i, LARGEST])
    return worst


@device
def set_limits(operator, keep, start, norms, limits, allowed, cycles):
    """Before the first cycle: what residual is small; after it: how much the iterate changed from start[m, n]."""
    for i in range(operator[3]):
        if cycles == 0:
            scale, total = largest_and_sum(keep[i])
            limits[i, LARGEST] = max(scale, norms[i, 0], NOTHING) * allowed
            limits[i, TOTAL] = max(total, norms[i, 1], NOTHING) * allowed
            limits[i, START] = norms[i, 0]
            limits[i, START + 1] = norms[i, 1]
        elif cycles == 1:
            y = iterate_of(operator, i)
            change = 0.0
            for v in range(y.size):
                change = max(change, abs(y[v] - start[i, v]))
            limits[i, CHANGE] = change


@device
def converged(norms, limits, cycles):
    """Whether every field's error is small: bounded by the residual, or estimated by how far the residual fell.

    ‖A⁻¹‖ ≤ 1 in the largest norm, so the residual bounds the error; the change by the first cycle times the fall of the
    residual since then estimates it. What a field changes in a step is in any case solved to a tenth.
    """
    for i in range(norms.shape[0]):
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
def solve_stage(operator, chemistry, scratch, tau, aims, stage, start, keep, extent, tally, fresh):
    """Solve y + τ(…)(y) = keep for all fields of the group, from the iterate that lies in the workspace (= start).

    Returns SOLVED, NEGATIVE (stage SECOND only: a value below −NEGATIVE_SHARE · tolerance · scale) or FAILED.
    The iterate is left clipped at 0. fresh: the inverses of this τ are not built yet. A step keeps the Jacobian of
    its start while that converges. Stage FILTER is one cycle on
    the right-hand side that lies in the workspace.
    """
    work, levels, n_levels, m, field_length, shared, faces, wall = operator
    _, matrix, norms, limits, values, _ = scratch
    tolerance, precision = aims
    reacting = chemistry[1].shape[0] > 0
    since, cycles = np.int64(0), np.int64(0)
    while cycles < MOST_CYCLES:
        if stage != FILTER:
            if reacting and since == 0:
                anew = cycles >= PATIENCE or (cycles == 0 and stage != SECOND)
                linearise(operator, chemistry, tau, keep, extent, values, anew)
                fresh = fresh or anew
            elif cycles == 0:
                for i in range(m):
                    copy_values(keep[i], right_side_of(operator, i))
            if fresh:
                build_inverses(work, levels, n_levels, m, field_length, shared, reacting, tau, matrix)
                fresh = False
            residual_norms(work, levels, m, field_length, shared, reacting, faces, tau, norms, since == 0)
            set_limits(operator, keep, start, norms, limits, precision, cycles)
            done = converged(norms, limits, cycles)
            since += 1
            if done or (reacting and since > CYCLES_PER_LINEARISATION):
                lowest = clip_iterate(operator, limits)
                if stage == SECOND and lowest * precision < -NEGATIVE_SHARE * tolerance:
                    return NEGATIVE
                if done and (not reacting or since == 1):
                    return SOLVED
                since = np.int64(0)
                continue
            if not math.isfinite(norms[0, 0]):
                return FAILED
        cycle(work, levels, n_levels, m, field_length, shared, reacting, faces, wall, tau)
        cycles += 1
        tally[CYCLES] += 1
        if stage == FILTER:
            return SOLVED
    return FAILED


@device
def sign_in(kinetics, r, i):
    """Molecules of field i that one turn of reaction r uses up (made: negative)."""
    first, second, product = partner_signs(kinetics, r)
    sign = first if kinetics[r, REACTANT] == i else 0.0
    sign += second if kinetics[r, PARTNER] == i else 0.0
    return sign + (product if kinetics[r, PRODUCT] == i else 0.0)


@device
def reacted(signs, extent, i, v):
    """Rate at which reactions use up field i in voxel v; signs : float64[n_reactions, m], see `sign_in`."""
    change = 0.0
    for r in range(signs.shape[0]):
        change += signs[r, i] * extent[r, v]
    return change


@device
def limit_extents(i, keep, region, n_regions, signs, extent, tau, smallest, sums):
    """Where reactions use up more of field i than a region has, by less than the solver resolves, let them use less.

    smallest : concentration below which the solver does not look; sums : scratch float64[3, ≥ n_regions]
    Returns    whether there is (now) enough of the field everywhere
    """
    sums[:, :n_regions] = 0.0
    one = region.size == 1
    for v in range(keep.size):
        k = 0 if one else region[v]
        sums[0, k] += keep[v]
        sums[2, k] += 1.0
        for r in range(signs.shape[0]):
            change = tau * signs[r, i] * extent[r, v]
            sums[1 if change > 0.0 else 0, k] += abs(change)
    short = False
    for k in range(n_regions):
        if sums[1, k] > sums[0, k]:
            if sums[1, k] - sums[0, k] > smallest * sums[2, k]:
                return False
            short = True
            sums[1, k] = max(sums[0, k], 0.0) / sums[1, k] * (1.0 - ROUND_OFF)
        else:
            sums[1, k] = 1.0
    if short:
        for v in range(keep.size):
            share = sums[1, 0 if one else region[v]]
            for r in range(signs.shape[0]):
                if share < 1.0 and signs[r, i] * extent[r, v] > 0.0:
                    extent[r, v] *= share
    return True


@device
def close_budget(y, i, keep, loss, region, n_regions, signs, extent, tau, sums):
    """Scale y[n] by one factor per region so that Σ(1 + τ loss) y = Σ keep − τ Σ_r ν_r extent_r; False if impossible.

    sums : scratch float64[3, ≥ n_regions]
    """
    sums[:, :n_regions] = 0.0
    one = region.size == 1
    n = y.size
    for block in range(0, n, SUM_BLOCK):
        label = 0 if one else region[block]
        given, present, weight = 0.0, 0.0, 0.0
        for v in range(block, min(block + SUM_BLOCK, n)):
            if not one and region[v] != label:
                sums[0, label] += given
                sums[1, label] += present
                sums[2, label] += weight
                given, present, weight = 0.0, 0.0, 0.0
                label = region[v]
            given += keep[v] - tau * reacted(signs, extent, i, v)
            present += (1.0 + tau * loss[v]) * y[v]
            weight += 1.0 + tau * loss[v]
        sums[0, label] += given
        sums[1, label] += present
        sums[2, label] += weight
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
def take_stage(operator, chemistry, scratch, supply, tau, keep, extent, out):
    """Close the budget of the solved iterate and copy it to out[m, n]; False if no budget can be closed."""
    _, loss, region, n_regions = supply
    held, signs = chemistry[0], chemistry[4]
    sums, values = scratch[0], scratch[4]
    if signs.shape[0] > 0:
        rates_at_iterate(operator, chemistry, extent, values)
        for i in range(out.shape[0]):
            smallest = RESOLVED * scratch[3][i, LARGEST]
            if held[i] == 0 and not limit_extents(
                i, keep[i], region[i], n_regions[i], signs, extent, tau, smallest, sums
            ):
                return False
    for i in range(out.shape[0]):
        y = iterate_of(operator, i)
        if held[i] == 0 and not close_budget(y, i, keep[i], loss[i], region[i], n_regions[i], signs, extent, tau, sums):
            return False
        copy_values(y, out[i])
    return True


@device
def slopes(operator, chemistry, source, extent, slope):
    """Fill slope[m, n] with dc/dt at the iterate, with the rates in `extent`."""
    work, levels, _, m, field_length, _, faces, _ = operator
    nx, ny, nz, plane = levels[0, NX], levels[0, NY], levels[0, NZ], levels[0, GUARD]
    held, signs = chemistry[0], chemistry[4]
    for i in range(m):
        block = i * field_length
        y = work[block + levels[0, ITERATE] : block + levels[0, RHS]]
        at_y, at_z, upper, uniform = face_places(faces[i], nx, ny, nz)
        for iz in range(nz):
            for iy in range(ny):
                for x in range(nx):
                    v = (iz * ny + iy) * nx + x
                    inflow = neighbours_inflow(
                        y, v + plane, faces[i], x, iy, iz, v, nx, plane, at_y, at_z, upper, uniform
                    )
                    loss = work[block + levels[0, LOSS] + v]
                    slope[i, v] = source[i, v] + inflow - loss * y[v + plane] - reacted(signs, extent, i, v)
        if held[i] != 0:
            slope[i] = 0.0


@device
def worst_share(operator, stage, scales, tolerance):
    """Largest |error| / (tolerance · scale): in the iterates when filtered, before that in the right-hand sides."""
    worst = 0.0
    for i in range(operator[3]):
        largest, _ = largest_and_sum(iterate_of(operator, i) if stage == FILTER else right_side_of(operator, i))
        if largest > 0.0 and scales[i] > 0.0:
            worst = max(worst, largest / (tolerance * max(scales[i], NOTHING)))
    return worst


@device
def raw_error(operator, tau, stage, concentration, first, second, slope):
    """Embedded estimate of the local error before filtering, left as right-hand side.

    SDIRK2: third-order combination of three slopes; backward Euler: half the change of slope across the step.
    """
    for i in range(concentration.shape[0]):
        out = right_side_of(operator, i)
        for v in range(out.size):
            old = concentration[i, v]
            if stage == EULER:
                out[v] = 0.5 * (second[i, v] - old - tau * slope[i, v])
            else:
                rise = first[i, v] - old
                later = second[i, v] - old - SECOND_SHARE * rise
                out[v] = tau * ERROR_0 * slope[i, v] + (ERROR_1 * rise + ERROR_2 * later) / GAMMA


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
def prepare_stage(operator, stage, tau, concentration, source, first, keep):
    """Right-hand side and first iterate of a stage."""
    work, levels, _, m, field_length, _, _, _ = operator
    for i in range(m):
        if stage == FILTER:
            work[i * field_length + levels[0, ITERATE] : i * field_length + levels[0, RHS]] = 0.0
            continue
        y = iterate_of(operator, i)
        for v in range(y.size):
            old = concentration[i, v]
            y[v] = old if stage == FIRST else first[i, v]
            if stage == SECOND:
                old += SECOND_SHARE * (first[i, v] - old)
            keep[i, v] = old + (tau if stage == EULER else GAMMA * tau) * source[i, v]


@device
def attempt_step(
    operator, chemistry, scratch, supply, concentration, tau, aims, tally, stages, extents, built_for
):  # fmt: skip
    """Try one step of length τ: stages into stages[0], stages[1] and rates into extents.

    Returns (order 2 or 1, error relative to what is tolerated, τ for which the inverses are built).
    """
    source, scales = supply[0], scratch[5]
    first, second, keep, slope = stages[0], stages[1], stages[2], stages[3]
    stage, order, filtered, error = np.int64(FIRST), 2, 0, HOPELESS  # a literal would be compiled twice
    while True:
        inner = tau if order == 1 else GAMMA * tau
        prepare_stage(operator, stage, tau, concentration, source, first, keep)
        extent = extents[0] if stage == FIRST else extents[1]
        start = concentration if stage == FIRST else first
        outcome = solve_stage(
            operator, chemistry, scratch, inner, aims, stage, start, keep, extent, tally, built_for != inner
        )
        built_for = inner
        if stage == FILTER:
            filtered += 1
            error = worst_share(operator, stage, scales, aims[0])
            if error <= 1.0 or filtered == 2 or order == 1:
                return order, error, built_for
            for i in range(concentration.shape[0]):
                copy_values(iterate_of(operator, i), right_side_of(operator, i))
            continue
        if outcome == SOLVED and not take_stage(
            operator, chemistry, scratch, supply, inner, keep, extent, first if stage == FIRST else second
        ):
            outcome = FAILED
        if stage == FIRST and outcome == SOLVED:
            stage = np.int64(SECOND)
        elif stage == SECOND and outcome != SOLVED:
            stage, order = np.int64(EULER), 1
        elif outcome != SOLVED:
            return order, HOPELESS, built_for
        else:
            for i in range(concentration.shape[0]):
                scales[i] = max(largest_and_sum(concentration[i])[0], largest_and_sum(second[i])[0])
            raw_error(operator, tau, stage, concentration, first, second, slope)
            error = worst_share(operator, stage, scales, aims[0])
            if error <= 1.0:
                return order, error, built_for
            stage = np.int64(FILTER)


@device
def march(
    operator, chemistry, scratch, supply, concentration, span, aims, step, exposure, extent, tally, of_stages
):  # fmt: skip
    """Sub-steps with error control until the span is done; returns (solved, length that the first one proposes).

    operator : work, levels, n_levels, m, field_length, shared, faces, wall (see `multigrid`)
    chemistry : held, kinetics, rates, local, signs (see `reacted`);  supply : source, loss, region, n_regions
    aims : tolerance, precision
    scratch : sums, matrix, norms, limits, values, scales
    of_stages : float64[4, m, n], two stages, right-hand side, slope; float64[2, n_reactions, n], their extents
    """
    stages, extents = of_stages
    work, levels, n_levels, m, field_length, _, faces, wall = operator
    source, loss, _, _ = supply
    reacting = chemistry[1].shape[0] > 0
    build_operator(work, levels, n_levels, m, field_length, loss, wall, faces, False)
    done, tau, proposal = 0.0, min(BOLDER * step, span) if step > 0.0 else span, 0.0
    built_for, accepted, refused = -1.0, True, False
    while done < span:
        left = span - done
        if tau >= left:
            tau = left
        elif tau > 0.5 * left:
            tau = 0.5 * left
        if accepted:
            for i in range(m):
                copy_values(concentration[i], iterate_of(operator, i))
            rates_at_iterate(operator, chemistry, extents[0], scratch[4])
            slopes(operator, chemistry, source, extents[0], stages[3])
        order, error, built_for = attempt_step(
            operator, chemistry, scratch, supply, concentration, tau, aims, tally, stages, extents, built_for
        )
        if reacting:
            built_for = -1.0
        growth = min(5.0, max(0.15, 0.9 * max(error, 1e-12) ** (-1.0 / (order + 1.0))))
        accepted = error <= 1.0
        if not accepted:
            refused = True
            tau *= min(growth, 0.7)
            if tau < SHORTEST_STEP * span:
                return False, 0.0
            continue
        weight_1, weight_2 = ((1.0 - GAMMA) * tau, GAMMA * tau) if order == 2 else (0.0, tau)
        for i in range(m):
            for v in range(concentration.shape[1]):
                exposure[i, v] += weight_1 * stages[0, i, v] + weight_2 * stages[1, i, v]
                concentration[i, v] = stages[1, i, v]
        for r in range(extent.shape[0]):
            for v in range(concentration.shape[1]):
                extent[r, v] += weight_1 * extents[0, r, v] + weight_2 * extents[1, r, v]
        tally[SUBSTEPS] += 1
        tally[REDONE] += 2 - order
        done = span if tau == left else done + tau
        tau *= growth
        if proposal == 0.0:
            proposal = CAREFUL / BOLDER * tau if refused else tau
    return True, proposal


@kernel(
    "int64(int64, int64, Box, Fields, Kinetics, Aims, float64[::1], float64[:, :, ::1], int64[:, ::1], float64[::1])",
    allocates=True,
)
def advance_fields(first_site, end_site, box, fields, kinetics, aims, step, extent, tally, workspace):
    """Advance a group of m fields of sites first_site … end_site − 1 by a span, each site for itself.

    fields : without `step` and `tally`, which are those of each field for itself; shapes as in `groups`
    step : float64[n_sites], min, BOLDER times this is tried first (0: the span); out: what the first accepted one
        proposes, where longer ones were refused so much less that CAREFUL times it is tried next
    extent : float64[n_sites, n_reactions, n], out, ∫rate dt
    tally : int64[n_sites, 3], added to: sub-steps, V-cycles, sub-steps of first order
    workspace : float64[≥ workspace_length(…)]
    Returns    number of sites for which no step was short enough to be solved
    Source     alexander1977 (SDIRK2, not read); bolley1978 (no linear positive scheme beyond order 1, not read)
    """
    m, n = fields.concentration.shape[1:]
    n_reactions = kinetics.table.shape[0]
    levels = np.empty((MAX_LEVELS, N_COLUMNS), dtype=np.int64)
    n_levels, field_length, shared_length = level_table(box.nx, box.ny, box.nz, m, levels)
    shared = m * field_length
    at = shared + shared_length
    stages = workspace[at : at + 4 * m * n].reshape((4, m, n))
    at += 4 * m * n
    extents = workspace[at : at + 2 * n_reactions * n].reshape((2, n_reactions, n))
    at += 2 * n_reactions * n
    sums = workspace[at : at + 3 * n].reshape((3, n))
    at += 3 * n
    matrix = workspace[at : at + 2 * m * (m + 1) * LANES].reshape((m + 1, 2 * m, LANES))
    at += 2 * m * (m + 1) * LANES
    small = workspace[at : at + 10 * m].reshape((10, m))
    scratch = (
        sums, matrix, workspace[at : at + 3 * m].reshape((m, 3)), workspace[at + 3 * m : at + 8 * m].reshape((m, 5)),
        small[8], small[9],
    )  # fmt: skip
    signs = np.empty((n_reactions, m))
    for r in range(n_reactions):
        for i in range(m):
            signs[r, i] = sign_in(kinetics.table, r, i)
    failed = 0
    for s in range(first_site, end_site):
        exposure, concentration = fields.exposure[s], fields.concentration[s]
        exposure[:] = 0.0
        extent[s] = 0.0
        if not worth_solving(concentration, fields.source[s]):
            continue
        if n == 1 and n_reactions == 0:
            for i in range(m):
                relax_exactly(concentration[i], fields.source[s, i, 0], fields.loss[s, i, 0], aims.span, exposure[i])
            tally[s, SUBSTEPS] += 1
            continue
        operator = workspace, levels, n_levels, m, field_length, shared, fields.faces[s], fields.wall[s]
        chemistry = fields.held[s], kinetics.table, kinetics.rates[s], kinetics.local[s], signs
        supply = fields.source[s], fields.loss[s], fields.region[s], fields.n_regions[s]
        solved, proposal = march(
            operator, chemistry, scratch, supply, concentration, aims.span, (aims.tolerance, aims.precision), step[s],
            exposure, extent[s], tally[s], (stages, extents),
        )  # fmt: skip
        step[s] = proposal
        failed += 0 if solved else 1
    return failed
