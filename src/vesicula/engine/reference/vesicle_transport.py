"""Twin of `engine.vesicle_transport`: the expected step as one dense linear system, and the whole chain of a particle.

`expected_free` solves for the free particles with the bound states eliminated, as the engine does; `chain_rates` has
every state of a particle (free, bound to a cell, on the matrix, endosomal) in one system of ordinary equations.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.faces import self_depletion
from vesicula.engine.program import ROUTE_BINDING, ROUTE_ENDOCYTOSIS, ROUTE_FUSION, Program, Wall
from vesicula.engine.state import State
from vesicula.engine.voxels import footprint

F64 = NDArray[np.float64]


def number(program: Program, state: State, s: int, column: int, absent: float = 0.0) -> float:
    """A parameter of site s."""
    return float(program.values[state.site_variant[s], column]) if column >= 0 else absent


def mobility(program: Program, state: State, s: int, p: int) -> F64:
    """Diffusion coefficient of population p in every voxel, µm²/min."""
    w = program.vesicles
    out = np.full(program.grid.n_voxels, number(program, state, s, w.p_diffusion[p]))
    for m in range(program.n_matrix):
        out *= 1 - state.matrix[s, m] * (1 - number(program, state, s, w.p_passage[p, m], 1.0))
    return out


def transport_matrix(program: Program, state: State, s: int, p: int) -> tuple[F64, F64]:
    """Rates −∂(dN/dt)/∂N of moving between voxels, float64[n, n], and of leaving through walls, float64[n], 1/min."""
    grid, w = program.grid, program.vesicles
    n, d = grid.n_voxels, mobility(program, state, s, p)
    rates, leaving = np.zeros((n, n)), np.zeros(n)
    flow = program.flow * (w.moved_by_flow[p] != 0)
    for v in range(n):
        place = (v % grid.nx, v // grid.nx % grid.ny, v // (grid.nx * grid.ny))
        for axis, (size, step) in enumerate(
            zip((grid.nx, grid.ny, grid.nz), (1, grid.nx, grid.nx * grid.ny), strict=True)
        ):
            h = grid.height if axis == 2 else grid.voxel
            speed = flow[axis, v] / h
            if place[axis] + 1 < size:
                u = v + step
                both = 2 * d[v] * d[u] / (d[v] + d[u]) / h**2 if d[v] + d[u] > 0 else 0.0
                for source, target, rate in ((v, u, both + max(speed, 0)), (u, v, both + max(-speed, 0))):
                    rates[source, source] += rate
                    rates[target, source] -= rate
            for side, outwards in ((0, -speed), (1, speed)):
                at_wall = place[axis] == (0 if side == 0 else size - 1)
                if at_wall and w.wall[p, 2 * axis + side] != Wall.CLOSED:
                    leaving[v] += 2 * d[v] / h**2 + max(outwards, 0)
    return rates, leaving


def copies_each(number: F64, copies: F64) -> F64:
    """Copies per particle in every voxel, float64[n]; where there are no particles, those of the whole site."""
    whole = copies.sum() / number.sum() if number.sum() > 0 else 0.0
    return np.divide(copies, number, out=np.full(len(number), whole), where=number > 0)


def clearances(
    program: Program, state: State, s: int, p: int, number: F64, cargo: F64
) -> list[tuple[int, int, F64]]:  # fmt: skip
    """(cell, voxel, clearance of the voxel by fusion, endocytosis, binding, µm³/min) of all cells of a site.

    number, cargo : float64[n] particles of the population, float64[n_slots, n] copies, by which a ligand is weighed
    """
    covered = footprint(program, state)
    depletion = self_depletion(program.grid, state.volume)
    d = mobility(program, state, s, p)
    out = []
    for i in range(state.cell_start[s], state.cell_start[s + 1]):
        columns = program.behaviours.route[p]
        stated = np.array([state.behaviour[i, c] if c >= 0 else 0.0 for c in columns])
        slot = program.vesicles.ligand[state.cell_type[i], p]
        for e in range(covered.start[i], covered.start[i + 1]):
            x, own = int(covered.voxel[e]), stated.copy()
            if slot >= 0:
                own[ROUTE_BINDING] *= copies_each(number, cargo[slot])[x]
            used = min(own.sum() * depletion[i] / d[x], 0.5) if d[x] > 0 else 0.0
            out.append((i, x, covered.weight[e] * own / (1 - used)))
    return out


def leaving_share(rate: float, time: float) -> float:
    """Share of what is in a state that leaves it within a step."""
    return -math.expm1(-rate * time)


def passing_share(rate: float, time: float) -> float:
    """Share of what comes into a state evenly over a step that leaves it in the same step."""
    x = rate * time
    if math.isinf(x):
        return 1.0
    return 1.0 + math.expm1(-x) / x if x > 0.01 else sum(-((-x) ** j) / math.factorial(j + 1) for j in range(1, 8))


def span_of(rate: float, time: float) -> float:
    """Length of the implicit step that loses what an exponential of this rate loses over `time`."""
    return math.expm1(min(rate * time, 50.0)) / rate if rate > 0.0 else time


def lost_of(given: float, entering: float, free: float, raw: float, ratio: float) -> float:
    """Particles that leave the fluid within a step; see `engine.vesicle_transport.lost_of`."""
    return max(given - free if ratio > 1.3 else raw - (ratio - 1.0) * entering, 0.0)


def net_binding(inwards: float, back: float, time: float) -> tuple[float, float]:
    """Of particles that bind in a step: share not free again at its end, and the share of those that is inside."""
    if inwards + back == 0.0:
        return 1.0, 0.0
    passing = passing_share(inwards + back, time)
    kept = 1.0 - passing * back / (inwards + back)
    return kept, passing * inwards / (inwards + back) / kept if kept > 0.0 else 0.0


def net_matrix_binding(bind: float, unbind: float, decay: float, time: float) -> tuple[float, float]:
    """Net rate of binding to full matrix, and the share of that which is there at the end of the step."""
    if decay + unbind == 0.0:
        return bind, 1.0
    passing = passing_share(decay + unbind, time)
    kept = 1.0 - passing * unbind / (decay + unbind)
    return bind * kept, (1.0 - passing) / kept if kept > 0.0 else 1.0


def expected_free(
    program: Program, state: State, fluid, *, sweeps: int = 400
) -> tuple[F64, F64, F64]:  # fmt: skip
    """Expected free particles and copies after the step, as `vesicles.expect_step` (free, free × per_particle, span).

    fluid : `vesicles.Fluid`
    """
    h, volume, w = program.macro_step, program.grid.voxel_volume, program.vesicles
    given, cargo = fluid.given, fluid.cargo
    free, copies, spans = np.zeros_like(given), np.zeros_like(cargo), np.full(given.shape[:2], h)
    for s in range(state.n_sites):
        for p in range(program.n_populations):
            moving, leaving = transport_matrix(program, state, s, p)
            decay = number(program, state, s, w.p_decay[p])
            fixed = leaving + decay
            for m in range(program.n_matrix):
                bind = number(program, state, s, w.p_bind[p, m])
                unbind = number(program, state, s, w.p_unbind[p, m])
                fixed = fixed + state.matrix[s, m] * net_matrix_binding(bind, unbind, decay, h)[0]
            y, mean, span, operator = given[s, p].copy(), 1.0, h, np.eye(given.shape[2])
            for _ in range(sweeps):
                loss = fixed + taken(program, state, s, p, mean * y, fluid) / volume
                span = span_of(loss.min(), h)
                operator = np.eye(len(y)) + span * (moving + np.diag(loss))
                fresh = np.linalg.solve(operator, given[s, p] + (span / h - 1) * fluid.entering[s, p])
                done = np.abs(fresh - y).sum() <= 1e-15 * y.sum()
                y, raw = fresh, span * (loss @ fresh)
                lost = lost_of(given[s, p].sum(), fluid.entering[s, p].sum(), y.sum(), raw, span / h)
                mean = span / h * (lost / raw if raw else 1.0)
                if done:
                    break
            free[s, p], spans[s, p] = y, span
            for k in np.flatnonzero(w.slot_population == p):
                copies[s, k] = np.linalg.solve(operator, cargo[s, k] + (span / h - 1) * fluid.cargo_entering[s, k])
    return free, copies, spans


def taken(program: Program, state: State, s: int, p: int, y: F64, fluid) -> F64:
    """Clearance of all cells of each voxel at mean free numbers y, net of what is free again in the step, µm³/min.

    fluid : `vesicles.Fluid`, of the start of the step
    """
    h, volume, w = program.macro_step, program.grid.voxel_volume, program.vesicles
    crowd = np.ones((program.n_types, len(y)))
    for t in range(program.n_types):
        half = [number(program, state, s, column) for column in w.p_half_saturation[t]]
        for q in range(program.n_populations):
            if half[p] > 0 and half[q] > 0:
                crowd[t] += (y if q == p else state.vesicles[s, q]) / volume / half[q]
    places = clearances(program, state, s, p, fluid.given[s, p], fluid.cargo[s])

    def of_type(t: int) -> tuple[float, float]:
        inwards, back = (number(program, state, s, column[t, p]) for column in (w.p_internalise, w.p_detach))
        return net_binding(inwards, back, h)

    offered = np.zeros(state.n_cells)
    for i, x, (_, _, binding) in places:
        kept, inside = of_type(state.cell_type[i])
        offered[i] += h * binding / volume * y[x] * kept * (1 - inside)
    out = np.zeros_like(y)
    for i, x, clearance in places:
        t = state.cell_type[i]
        free_share = 1.0
        if w.p_receptors[t, p] >= 0:
            total = number(program, state, s, w.p_receptors[t, p])
            vacant = max(1 - state.bound[i, p] / (total * state.stands_for[i]), 0) if total > 0 else 0.0
            free_share = vacant / (1 + offered[i] / total) if total > 0 else 0.0
        net = of_type(t)[0] * free_share
        endocytosis = clearance[ROUTE_ENDOCYTOSIS] / crowd[t, x]
        out[x] += state.stands_for[i] * (clearance[ROUTE_FUSION] + endocytosis + clearance[ROUTE_BINDING] * net)
    return out


def chain_rates(program: Program, state: State, s: int, p: int) -> F64:
    """Rates of d/dt of the expected numbers in all states of a particle, float64[m, m], 1/min.

    States are free (n voxels), on the matrix (n_matrix × n), bound (cells), endosomal (cells), then the sums delivered,
    degraded, left; without receptors and crowding
    """
    volume, w = program.grid.voxel_volume, program.vesicles
    n, cells = program.grid.n_voxels, range(state.cell_start[s], state.cell_start[s + 1])
    on_matrix, on_cell = n, n + program.n_matrix * n
    in_cell = on_cell + len(cells)
    delivered, degraded, left = (in_cell + len(cells) + k for k in range(3))
    rate = np.zeros((left + 1, left + 1))

    def flow(source: int, target: int, k: float) -> None:
        rate[target, source] += k
        rate[source, source] -= k

    moving, leaving = transport_matrix(program, state, s, p)
    rate[:n, :n] -= moving
    decay = number(program, state, s, w.p_decay[p])
    for v in range(n):
        flow(v, left, leaving[v])
        flow(v, degraded, decay)
        for m in range(program.n_matrix):
            flow(v, on_matrix + m * n + v, state.matrix[s, m, v] * number(program, state, s, w.p_bind[p, m]))
            flow(on_matrix + m * n + v, v, number(program, state, s, w.p_unbind[p, m]))
            flow(on_matrix + m * n + v, degraded, decay)
    covered = footprint(program, state)
    for i, x, clearance in clearances(program, state, s, p, state.vesicles[s, p].astype(float), state.cargo[s]):
        clearance = clearance * state.stands_for[i]
        flow(x, delivered, clearance[ROUTE_FUSION] / volume)
        flow(x, in_cell + i - cells.start, clearance[ROUTE_ENDOCYTOSIS] / volume)
        flow(x, on_cell + i - cells.start, clearance[ROUTE_BINDING] / volume)
    for i in cells:
        t, b, e = state.cell_type[i], on_cell + i - cells.start, in_cell + i - cells.start
        flow(b, e, number(program, state, s, w.p_internalise[t, p]))
        for k in range(covered.start[i], covered.start[i + 1]):
            flow(b, int(covered.voxel[k]), covered.weight[k] * number(program, state, s, w.p_detach[t, p]))
        lysosome, escape = number(program, state, s, w.p_lysosome[t, p]), number(program, state, s, w.p_escape[t, p])
        flow(e, degraded, lysosome)
        flow(e, delivered, lysosome * escape / (1 - escape))
    return rate
