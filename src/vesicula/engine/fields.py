"""All substances of all sites over one macro step: transport, decay, secretion, uptake, reactions, walls, holds.

    Equation   ∂c/∂t = ∇·(D ∇c − u c) − λ c + Σ_i w_iv (S_i − CL_i c)/V + R(c)

c: concentration in a voxel v of volume V; D: diffusion there (`faces.hindered`); u: flow of the site, for what follows
it; λ: decay; S_i and CL_i: secretion and clearance of cell i, of which the share w_iv lies in the voxel (CL_i as the
voxel sees it, `gather`); R: reactions (`reactions`), with what enzymes turn over. Outer walls are closed, open, or held
at a concentration. `transport` advances it.

Substances that reactions couple advance together, all others each for itself; every substance (or group) of every
site has its own error-controlled steps. What happens is booked in `State.substance_ledger` where it happens: the
quadrature of the step itself gives the amounts, so old + in = new + out to round-off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import reactions
from vesicula.engine.cache import device, kernel
from vesicula.engine.faces import conduits, far_field_clearance, self_depletion
from vesicula.engine.groups import Aims, Conduits, Fields, Footprint, Kinetics
from vesicula.engine.multigrid import workspace_length
from vesicula.engine.once import once
from vesicula.engine.program import NONE, Program, Reaction
from vesicula.engine.sharing import share_out
from vesicula.engine.state import State, SubstanceTerm, Work
from vesicula.engine.transport import CYCLES, REDONE, SUBSTEPS, advance_fields
from vesicula.engine.voxels import box, footprint

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

TOLERANCE = 5e-3  # local error of a field step, relative to the field's largest value
PRECISION = 5e-4  # error of one solve, relative to the same: a tenth of the tolerance
SUM_BLOCK = 256


@kernel(
    "void(Footprint, float64[:, ::1], int32[::1], int32[::1], float64[::1], float64, Conduits, float64[:, ::1],"
    " float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1])"
)
def gather(
    covered, behaviour, secretion, uptake, depletion, volume, ways, decay, source, loss, taken, given
):  # fmt: skip
    """Sources and losses of every voxel from its cells, in storage order, and from walls and decay.

    Equation   q = w CL / (1 − CL s / D), at most 2 w CL, for the share w of a cell in the voxel; loss = λ + Σ q / V
    behaviour : float64[n_cells, n_behaviours]
    secretion, uptake : int32[m], columns; depletion : float64[n_cells], 1/µm, see `faces.self_depletion`
    volume : µm³; decay : float64[n_sites, m], 1/min
    source, loss, taken : float64[n_sites, m, n], out; taken is the part of the loss that is uptake
    given : float64[n_sites, m, 2], out, molecules/min from cells and molecules/min from walls
    """
    n_sites, m, n = source.shape
    for s in range(n_sites):
        for i in range(m):
            secreted, entered = 0.0, 0.0
            for v in range(n):
                out_of_cells, into_cells = 0.0, 0.0
                diffusion = ways.mobility[s, i, v if ways.mobility.shape[2] > 1 else 0]
                if secretion[i] >= 0 or uptake[i] >= 0:
                    for e in range(covered.voxel_start[s, v], covered.voxel_start[s, v + 1]):
                        k = covered.cell[e]
                        if secretion[i] >= 0:
                            out_of_cells += covered.cell_weight[e] * behaviour[k, secretion[i]]
                        if uptake[i] >= 0:
                            clearance = far_field_clearance(behaviour[k, uptake[i]], diffusion, depletion[k])
                            into_cells += covered.cell_weight[e] * clearance
                taken[s, i, v] = into_cells / volume
                loss[s, i, v] = decay[s, i] + into_cells / volume
                source[s, i, v] = out_of_cells / volume
                secreted += out_of_cells
                if ways.leaving.shape[2] > 0:
                    loss[s, i, v] += ways.leaving[s, i, v]
                    source[s, i, v] += ways.entering[s, i, v]
                    entered += ways.entering[s, i, v] * volume
            given[s, i, 0] = secreted
            given[s, i, 1] = entered


@kernel("void(int64[:, ::1], int64[::1], float64[::1], float64[:, ::1], int64, float64, float64[:, ::1])")
def density_on_cells(voxel_start, cell, cell_weight, behaviour, column, volume, out):
    """Copies on cells per µm³ of every voxel, float64[n_sites, n], from a column of `behaviour`."""
    for s in range(out.shape[0]):
        for v in range(out.shape[1]):
            total = 0.0
            for e in range(voxel_start[s, v], voxel_start[s, v + 1]):
                total += cell_weight[e] * behaviour[cell[e], column]
            out[s, v] = total / volume


@device
def weighted_sum(weight, values):
    """Σ weight × values in blocks, so that the sum of many voxels keeps its digits; weight : float64[n or 1]."""
    total = 0.0
    n = values.size
    for block in range(0, n, SUM_BLOCK):
        part = 0.0
        for v in range(block, min(block + SUM_BLOCK, n)):
            part += (weight[v] if weight.size > 1 else weight[0]) * values[v]
        total += part
    return total


@kernel(
    "void(float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64[:, :, ::1], float64, float64[:, :, ::1])"
)
def lost_amounts(exposure, decay, taken, leaving, volume, out):
    """Molecules that decayed, were taken up and left through walls: out float64[n_sites, m, 3].

    exposure, taken : float64[n_sites, m, n]; decay : float64[n_sites, m, 1]; leaving : float64[n_sites, m, n or 0]
    """
    for s in range(exposure.shape[0]):
        for i in range(exposure.shape[1]):
            out[s, i, 0] = weighted_sum(decay[s, i], exposure[s, i]) * volume
            out[s, i, 1] = weighted_sum(taken[s, i], exposure[s, i]) * volume
            out[s, i, 2] = 0.0
            if leaving.shape[2] > 0:
                out[s, i, 2] = weighted_sum(leaving[s, i], exposure[s, i]) * volume


@dataclass(frozen=True)
class Group:
    """Substances that advance together and the reactions between them (rows of `Reactions`)."""

    members: I64
    reactions: I64


def partners(program: Program, row: int) -> list[int]:
    """Substances that take part in a reaction, its enzyme included where that is dissolved."""
    table = program.reactions
    found = [int(table.a[row]), int(table.product[row])]
    if table.kind[row] in (Reaction.BIND, Reaction.ENZYME_FLUID):
        found.append(int(table.b[row]))
    return [i for i in found if i != NONE]


def coupled(programs: Sequence[Program], chosen: I64 | None = None) -> tuple[list[I64], I64]:
    """Connected groups of substances that reactions of any of these programs couple, and substances without reactions.

    Groups stand in order of their first member. chosen : the reactions that run, all unless given
    """
    label = np.arange(programs[0].n_substances)
    reacts = np.zeros(len(label), dtype=np.bool_)
    for program in programs:
        for row in range(len(program.reactions.kind)) if chosen is None else chosen:
            mine = partners(program, row)
            reacts[mine] = True
            label[np.isin(label, label[mine])] = label[mine].min()
    return [np.flatnonzero(label == first) for first in np.unique(label[reacts])], np.flatnonzero(~reacts)


def group_of(program: Program, members: I64, chosen: I64 | None = None) -> Group:
    """These substances with the program's reactions between them, of those that are chosen."""
    mine = np.flatnonzero(np.isin(program.reactions.a, members))
    return Group(members, mine if chosen is None else np.intersect1d(mine, chosen))


def running(program: Program, fields: Fields) -> NDArray[np.bool_]:
    """Reactions that can run in a macro step, bool[n_sites, n_reactions]: what they need is there, comes in or is made.

    What a reaction lacks it cannot use, so its partners are not coupled by it and nobody has to solve for it.
    """
    return _running_with(program, np.asarray(((fields.concentration > 0.0) | (fields.source > 0.0)).any(axis=2)))


@once
def _running_with(program: Program, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same for the substances that are there, bool[n_sites, n_substances]."""
    table, present = program.reactions, there.copy()
    out = np.zeros((len(present), len(table.kind)), dtype=np.bool_)
    for _ in range(len(table.kind)):
        before = out.copy()
        for r in range(len(table.kind)):
            a, b, product = int(table.a[r]), int(table.b[r]), int(table.product[r])
            runs = present[:, a].copy()
            if table.kind[r] in (Reaction.BIND, Reaction.ENZYME_FLUID):
                runs &= present[:, b]
            if table.kind[r] == Reaction.BIND and product != NONE:
                runs |= present[:, product]
                present[:, b] |= runs
                present[:, a] |= runs
            if product != NONE:
                present[:, product] |= runs
            out[:, r] = runs
        if np.array_equal(out, before):
            break
    return out


@dataclass(frozen=True)
class Reacting:
    """What is solved together: sites in which the same reactions run, with the groups that these couple; and what none
    couples, each for itself.

    together : (rows int64[n], groups); site, member : int64[m], where the uncoupled substances are
    """

    together: list[tuple[I64, list[Group]]]
    site: I64
    member: I64


@once
def reacting(program: Program, runs: NDArray[np.bool_]) -> Reacting:
    """What is solved together where these reactions run, see `running`."""
    numbers = np.zeros(len(runs), dtype=np.int64)
    if runs.size:
        numbers = np.unique(runs, axis=0, return_inverse=True)[1].ravel()
    together, places = [], []
    for number in range(numbers.max() + 1):
        rows = np.flatnonzero(numbers == number)
        chosen = np.flatnonzero(runs[rows[0]])
        groups, single = coupled([program], chosen)
        together.append((rows, [group_of(program, members, chosen) for members in groups]))
        places.append(np.stack(np.meshgrid(rows, single, indexing="ij")).reshape(2, -1))
    return Reacting(together, *np.concatenate(places, axis=1))


def read_values(program: Program, state: State, columns: NDArray[np.int32], absent: float) -> F64:
    """Parameters of every site, float64[n_sites, *columns.shape]; `absent` where a column is NONE.

    Nobody may write into it: it is made once for a batch.
    """
    return _values_of(program, state.site_variant, columns, absent)


@once
def _values_of(program: Program, variants: NDArray[np.int32], columns: NDArray[np.int32], absent: float) -> F64:
    if not program.values.shape[1]:
        return np.full((len(variants), *columns.shape), absent)
    row = variants.reshape(-1, *[1] * columns.ndim)
    return np.where(columns >= 0, program.values[row, np.maximum(columns, 0)], absent)


def substance_conduits(program: Program, state: State) -> Conduits:
    """Diffusion, obstruction by matrix, flow and walls of all substances in every site."""
    table = program.substances
    passage = read_values(program, state, table.p_passage.reshape(program.n_substances, program.n_matrix), 1.0)
    flows = bool(program.flow.any() and table.moved_by_flow.any())
    return conduits(
        program.grid,
        read_values(program, state, table.p_diffusion, 0.0),
        passage=passage,
        density=state.matrix,
        flow=program.flow,
        moved=table.moved_by_flow if flows else np.zeros_like(table.moved_by_flow),
        kinds=table.wall,
        general=program.grid.n_voxels > 1 and (flows or bool((passage != 1.0).any())),
        outside=read_values(program, state, table.p_wall, 0.0),
    )


def no_kinetics(n_fields: int, n: int) -> Kinetics:
    return Kinetics(
        table=np.empty((0, 6), dtype=np.int64), rates=np.empty((n_fields, 0, 2)), local=np.empty((n_fields, 0, n))
    )


def group_kinetics(program: Program, state: State, group: Group, cells: Footprint) -> Kinetics:
    """Kinetics table of a group, with the enzymes on cells and vesicles of every voxel."""
    table = program.reactions
    place = {int(i): k for k, i in enumerate(group.members)}
    volume = program.grid.voxel_volume
    rows, enzymes = [], []
    for r in group.reactions:
        kind, b = int(table.kind[r]), int(table.b[r])
        row = [kind, place[int(table.a[r])], NONE, place.get(int(table.product[r]), NONE), NONE, NONE]
        if kind in (Reaction.BIND, Reaction.ENZYME_FLUID):
            row[reactions.PARTNER] = place[b]
        elif kind in (Reaction.ENZYME_CELL, Reaction.ENZYME_VESICLE):
            row[reactions.KIND], row[reactions.CATALYST] = reactions.SATURABLE, len(enzymes)
            if kind == Reaction.ENZYME_CELL:
                density = np.empty((state.n_sites, program.grid.n_voxels))
                density_on_cells(
                    cells.voxel_start, cells.cell, cells.cell_weight, state.behaviour, b, volume, density
                )  # fmt: skip
            else:
                density = state.cargo[:, b] / volume
            enzymes.append(density)
        rows.append(row)
    none = np.empty((state.n_sites, 0, program.grid.n_voxels))
    rates = [read_values(program, state, p[group.reactions], 0.0) for p in (table.p_forward, table.p_backward)]
    return Kinetics(
        table=np.array(rows, dtype=np.int64).reshape(-1, 6),
        rates=np.ascontiguousarray(np.stack(rates, axis=-1)),
        local=np.ascontiguousarray(np.stack(enzymes, axis=1)) if enzymes else none,
    )


CHANGED = ("concentration", "step", "exposure", "tally")
"""What the solver changes of fields."""


def of_each(fields: Fields, made: Callable[[NDArray[Any]], NDArray[Any]]) -> Fields:
    """Fields whose arrays are made of these, one by one."""
    return Fields(**{name: made(array) for name, array in fields._asdict().items()})


def in_a_row(array: NDArray[Any]) -> NDArray[Any]:
    """Fields of all sites one after the other, [n_sites, m, …] as [n_sites · m, …]; no copy."""
    return array.reshape(array.shape[0] * array.shape[1], *array.shape[2:])


def places(fields: Fields, site: I64, member: I64) -> I64:
    """Where fields stand among those of all sites in a row, int64[k]; site and member are broadcast."""
    return (site * fields.held.shape[1] + member).ravel()


def picked(fields: Fields, rows: I64, members: I64) -> Fields:
    """Some of the m fields of some of the sites: copies, or all of them as they are."""
    shape = len(rows), len(members)
    if shape == fields.held.shape:
        return fields
    place = places(fields, rows[:, None], members)
    return of_each(fields, lambda array: in_a_row(array).take(place, axis=0).reshape(*shape, *array.shape[2:]))


def each_apart(fields: Fields, site: I64, member: I64) -> Fields:
    """The fields at these places, int64[k], each for itself: copies, or all of them as they are."""
    if len(site) == fields.held.size:
        return of_each(fields, lambda array: in_a_row(array)[:, None])
    place = places(fields, site, member)
    return of_each(fields, lambda array: in_a_row(array).take(place, axis=0)[:, None])


def put_back(fields: Fields, part: Fields, site: I64, member: I64) -> None:
    """Write what the solver changed in fields that are copies of those at some places, see `places`."""
    place = places(fields, site, member)
    for name in CHANGED:
        whole, own = getattr(fields, name), getattr(part, name)
        if not np.may_share_memory(whole, own):
            in_a_row(whole)[place] = in_a_row(own)


def solve(program: Program, fields: Fields, kinetics: Kinetics, aims: tuple[float, float] | None = None) -> F64:
    """Advance fields by a macro step, in place; returns the reactions' extents, float64[n_sites, n_reactions, n].

    aims : tolerance and precision of `transport.advance_fields`, those of this module unless given
    """
    tolerance, precision = aims or (TOLERANCE, PRECISION)
    asked = Aims(span=program.macro_step, tolerance=tolerance, precision=precision)
    grid = program.grid
    n_sites, m, n = fields.concentration.shape
    extent = np.empty((n_sites, len(kinetics.table), n))
    step = fields.step.min(axis=1)
    tally = np.zeros((n_sites, 3), dtype=np.int64)
    length = workspace_length(grid.nx, grid.ny, grid.nz, m, len(kinetics.table))

    def task(first: int, end: int) -> int:
        tried: Any = advance_fields(
            first, end, box(grid), fields, kinetics, asked, step, extent, tally, np.empty(length)
        )
        return tried

    if share_out(task, n_sites, m * n):
        raise ArithmeticError("a substance could not be advanced with any step length: some rate is not finite")
    fields.step[:] = step[:, None]
    fields.tally[:, 0] += tally
    return extent


def set_held(state: State, volume: float) -> NDArray[np.bool_]:
    """Put held substances at their value and book what that adds or removes; returns bool[n_sites, n_substances]."""
    held, field = ~np.isnan(state.held), state.concentration
    if not held.any():
        return held
    change = np.where(held, (state.held * field.shape[2] - field.sum(axis=2)) * volume, 0.0)
    state.substance_ledger[:, :, SubstanceTerm.WALL_IN] += np.maximum(change, 0.0)
    state.substance_ledger[:, :, SubstanceTerm.WALL_OUT] += np.maximum(-change, 0.0)
    np.copyto(field, state.held[:, :, None], where=held[:, :, None])
    return held


def book_reactions(state: State, program: Program, group: Group, extent: F64) -> F64:
    """Molecules that reactions made and used up, into the ledger; returns net gains float64[n_sites, n_substances]."""
    volume = program.grid.voxel_volume
    net = np.zeros((state.n_sites, program.n_substances))
    table = program.reactions
    forwards = np.maximum(extent, 0.0).sum(axis=2) * volume
    backwards = np.maximum(-extent, 0.0).sum(axis=2) * volume
    for k, r in enumerate(group.reactions):
        forward, backward = forwards[:, k], backwards[:, k]
        used = [int(table.a[r])] + ([int(table.b[r])] if table.kind[r] == Reaction.BIND else [])
        for i in used:
            state.substance_ledger[:, i, SubstanceTerm.REACTED_OUT] += forward
            state.substance_ledger[:, i, SubstanceTerm.REACTED_IN] += backward
            net[:, i] += backward - forward
        made = int(table.product[r])
        if made != NONE:
            state.substance_ledger[:, made, SubstanceTerm.REACTED_IN] += forward
            state.substance_ledger[:, made, SubstanceTerm.REACTED_OUT] += backward
            net[:, made] += forward - backward
    return net


def book(state: State, program: Program, given: F64, lost: F64, held: NDArray[np.bool_], net: F64) -> None:
    """What cells, walls and decay did in the step, into the ledger; what a hold had to add or take counts as wall.

    net : float64[n_sites, n_substances], molecules from reactions, the stores of matrix and flows
    """
    ledger = state.substance_ledger
    secreted, entered = given[:, :, 0] * program.macro_step, given[:, :, 1] * program.macro_step
    supply = lost[:, :, 0] + lost[:, :, 1] - secreted - net
    ledger[:, :, SubstanceTerm.SECRETED] += secreted
    ledger[:, :, SubstanceTerm.DECAYED] += lost[:, :, 0]
    ledger[:, :, SubstanceTerm.TAKEN_UP] += lost[:, :, 1]
    ledger[:, :, SubstanceTerm.WALL_IN] += np.where(held, np.maximum(supply, 0.0), entered)
    ledger[:, :, SubstanceTerm.WALL_OUT] += np.where(held, np.maximum(-supply, 0.0), lost[:, :, 2])


@dataclass(frozen=True)
class Turn:
    """What the substances of all sites of a batch are about to do in a macro step; shapes as in `gather`.

    held : bool[n_sites, n_substances]; net : float64[n_sites, n_substances], molecules from reactions, the stores of
    matrix and flows, added to where the fields are solved
    """

    fields: Fields
    cells: Footprint
    held: NDArray[np.bool_]
    decay: F64
    taken: F64
    leaving: F64
    given: F64
    net: F64


def prepare(program: Program, state: State, from_stores: F64 | None = None) -> Turn:
    """Sources and losses of all substances in a macro step; puts held ones at their value.

    from_stores : what matrix sets free over the step, molecules/µm³/min, see `matrix.advance`
    Reads state.behaviour (secretion molecules/min, uptake clearance µm³/min, enzyme copies), matrix, cargo and holds.
    """
    volume = program.grid.voxel_volume
    shape = state.concentration.shape
    cells = footprint(program, state)
    ways = substance_conduits(program, state)
    held = set_held(state, volume)
    decay = read_values(program, state, program.substances.p_decay, 0.0)
    source, loss, taken, given = np.empty(shape), np.empty(shape), np.empty(shape), np.empty((*shape[:2], 2))
    gather(
        cells, state.behaviour, program.behaviours.secretion, program.behaviours.uptake,
        self_depletion(program.grid, state.volume), volume, ways, decay, source, loss, taken, given,
    )  # fmt: skip
    net = np.zeros(shape[:2])
    if from_stores is not None:
        source += from_stores
        net += from_stores.sum(axis=2) * volume * program.macro_step
    if held.any():
        for array in (source, loss, ways.faces, ways.wall):
            array[held] = 0.0
    tally = np.zeros((*shape[:2], 3), dtype=np.int64)
    fields = Fields(
        concentration=state.concentration, source=source, loss=loss, faces=ways.faces, wall=ways.wall,
        region=ways.region, n_regions=ways.n_regions, held=held.astype(np.int8), step=state.field_step,
        exposure=np.empty(shape), tally=tally,
    )  # fmt: skip
    return Turn(fields, cells, held, decay, taken, ways.leaving, given, net)


def settle(program: Program, state: State, turn: Turn) -> None:
    """Solve the prepared fields of every site for itself, in place; sites in which the same reactions run together."""
    fields, n_voxels = turn.fields, program.grid.n_voxels
    how = reacting(program, running(program, fields))
    if len(how.site):
        apart = each_apart(fields, how.site, how.member)
        solve(program, apart, no_kinetics(len(how.site), n_voxels))
        put_back(fields, apart, how.site, how.member)
    for rows, groups in how.together:
        for group in groups:
            part = picked(fields, rows, group.members)
            kinetics = group_kinetics(program, state, group, turn.cells)
            rates, local = (np.ascontiguousarray(a[rows]) for a in (kinetics.rates, kinetics.local))
            own = kinetics._replace(rates=rates, local=local)
            extent = np.zeros((state.n_sites, len(group.reactions), n_voxels))
            extent[rows] = solve(program, part, own)
            put_back(fields, part, rows[:, None], group.members)
            turn.net[:] += book_reactions(state, program, group, extent)


def close(program: Program, state: State, turn: Turn) -> None:
    """Book what the solved fields lost and gained, and the work."""
    lost = np.empty((*turn.net.shape, 3))
    lost_amounts(
        turn.fields.exposure, turn.decay[:, :, None], turn.taken, turn.leaving, program.grid.voxel_volume, lost
    )  # fmt: skip
    book(state, program, turn.given, lost, turn.held, turn.net)
    tally = turn.fields.tally
    state.work[:, Work.FIELD_SUBSTEPS] += tally[:, :, SUBSTEPS].sum(axis=1)
    state.work[:, Work.V_CYCLES] += tally[:, :, CYCLES].sum(axis=1)
    state.work[:, Work.REDONE_FIRST_ORDER] += tally[:, :, REDONE].sum(axis=1)


def advance(program: Program, state: State, from_stores: F64 | None = None) -> None:
    """Advance all substances of all sites by one macro step, every site for itself, in place.

    from_stores : see `prepare`; writes concentration, field_step, substance_ledger, work
    """
    if program.n_substances:
        turn = prepare(program, state, from_stores)
        settle(program, state, turn)
        close(program, state, turn)
