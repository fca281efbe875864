"""Vesicles inside cells and on the matrix: making, pool, release, what leaves the bound states, endosomes.

A state of total rate k is left within a macro step H with probability 1 − e^(−H k), and by what came in during the
step, evenly over it, with 1 − (1 − e^(−H k)) / (H k). Every state alone is then exact at any H, its mean residence is
1/k, and a chain of states is of second order in H and exact where nothing changes. Cargo leaves with its particles.

    made → pool → free ⇄ bound → endosome → cytosol or degraded;  free ⇄ matrix;  free → endosome;  free → cytosol

Source: rates of the chain with theirs in library/parameters/uptake.yaml; shares of what comes in during a step: own
derivation, see docs/decisions/vesicles.md
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.cache import device, kernel
from vesicula.engine.leaving import leaving_share, passing_share
from vesicula.engine.parameters import parameter
from vesicula.engine.state import Contact, VesicleTerm
from vesicula.engine.streams import Purpose, binomial, binomial_of, chance_of, poisson, stream_key, uniform

RELEASED, DELIVERED, DEGRADED = int(VesicleTerm.RELEASED), int(VesicleTerm.DELIVERED), int(VesicleTerm.DEGRADED)
ENDOCYTOSED, ESCAPED = int(Contact.ENDOCYTOSED), int(Contact.ESCAPED)
MAKING, POOL_RELEASE = int(Purpose.VESICLE_MAKING), int(Purpose.POOL_RELEASE)
BOUND_FATE, ENDOSOME_FATE = int(Purpose.BOUND_FATE), int(Purpose.ENDOSOME_FATE)
MATRIX_BINDING = int(Purpose.MATRIX_BINDING)

# rows of the tables that hold parameter columns of one population
P_DIFFUSION, P_DECAY, P_RESIDENCE = range(3)
F_RECEPTORS, F_INTERNALISE, F_DETACH, F_ESCAPE, F_LYSOSOME, F_HALF_SATURATION = range(6)
SLOT_KIND, SLOT_SPECIES, SLOT_COPIES, SLOT_LOADING = range(4)
LUMINAL = 0


class Departing(NamedTuple):
    """One population on one site, as `depart` sees it: site, population, variant, its slots, and what it sets free.

    arriving : int64[n_voxels], arriving_cargo : float64[n_slots, n_voxels], added to
    """

    s: int
    p: int
    v: int
    slot_first: int
    slot_last: int
    arriving: NDArray[np.int64]
    arriving_cargo: NDArray[np.float64]


@device
def shares_of(rate, time):
    """Chances (`leaving_share`, `passing_share`) of a state of this rate, prepared by `chance_of`."""
    return chance_of(leaving_share(rate, time)), chance_of(passing_share(rate, time))


@device
def fill_off(values, v, p_fate, t, dead, p, time, row):
    """What becomes of bound particles of cells of type t: row[4], chances (`chance_of`) to leave and to go inwards."""
    internalise = 0.0 if dead else parameter(values, v, p_fate[F_INTERNALISE, t, p], 0.0)
    rate = internalise + parameter(values, v, p_fate[F_DETACH, t, p], 0.0)
    row[0], row[1] = chance_of(leaving_share(rate, time))
    row[2], row[3] = chance_of(internalise / rate)


@device
def fill_digestion(values, v, p_fate, t, p, time, row):
    """What becomes of endosomal particles of cells of type t: row[6], chances (`chance_of`) to leave of those before
    the step, of those that come in during it, and to escape; all stay where row[0] is 0.
    """
    lysosome = parameter(values, v, p_fate[F_LYSOSOME, t, p], 0.0)
    row[:] = 0.0
    if lysosome > 0.0:
        part = min(max(parameter(values, v, p_fate[F_ESCAPE, t, p], 0.0), 0.0), 1.0)
        before, during = shares_of(lysosome / (1.0 - part) if part < 1.0 else math.inf, time)
        row[0], row[1] = before
        row[2], row[3] = during
        row[4], row[5] = chance_of(part)


@device
def leaving_number(key, identity, counter, before, during, shares):
    """Particles that leave a state in a step, drawn: of those `before` it and of those that came in `during` it.

    shares : see `shares_of`. Takes `counter` and the next
    """
    leaving = binomial_of(key, identity, counter, before, shares[0])
    return leaving + binomial_of(key, identity, counter + 1, during, shares[1])


@device
def taken_share(leaving, present):
    """Share of the cargo that goes with `leaving` of `present` particles; all of it, to the last bit, with the last."""
    return 1.0 if leaving >= present else leaving / present


@device
def set_free(here, covered, number, present, key, identity, counter, i, row):
    """Put `number` of the `present` particles of cell i into the voxels it covers, rounded with the key's uniform.

    row : float64[n_slots], the cell's cargo in them, changed; cargo goes where the particles go
    """
    share = taken_share(number, present)
    voxel, weight, arriving, arriving_cargo = covered.voxel, covered.weight, here.arriving, here.arriving_cargo
    first, last, slot_first, slot_last = covered.start[i], covered.start[i + 1], here.slot_first, here.slot_last
    along, before = 0.0, 0
    u = uniform(key, identity, counter) if last - first > 1 else 0.0
    for e in range(first, last):
        along += weight[e] * number
        upto = number if e == last - 1 else min(math.floor(along + u), number)
        if upto > before:
            arriving[voxel[e]] += upto - before
            for k in range(slot_first, slot_last):
                arriving_cargo[k, voxel[e]] += row[k] * share * (upto - before) / number
        before = upto
    for k in range(slot_first, slot_last):
        row[k] = 0.0 if number == present else row[k] - row[k] * share


@device
def move_cargo(row, share, slot_first, slot_last, target):
    """Move a share of row[n_slots] to target[n_slots]."""
    for k in range(slot_first, slot_last):
        moved = row[k] * share
        row[k] = 0.0 if share >= 1.0 else row[k] - moved
        target[k] += moved


@device
def leave_matrix(key, here, decay, sites, columns, suspended, ledgers):
    """Particles that leave the matrix components of a site: back to the fluid, or degraded; all where it is gone."""
    s, p, v, values, time = here.s, here.p, here.v, sites.values, sites.time
    density, in_matrix, cargo_in_matrix = suspended.density[s], suspended.in_matrix[s, p], suspended.cargo_in_matrix[s]
    arriving, arriving_cargo, matrix_name, p_unbind = (
        here.arriving,
        here.arriving_cargo,
        sites.matrix_name,
        columns.p_unbind,
    )
    ledger, cargo_ledger, slot_first, slot_last = (
        ledgers.vesicle[s, p],
        ledgers.cargo[s],
        here.slot_first,
        here.slot_last,
    )
    n_matrix, n = density.shape
    for m in range(n_matrix):
        unbind = parameter(values, v, p_unbind[p, m], 0.0)
        rate = unbind + decay
        for x in range(n):
            present = in_matrix[m, x]
            if present == 0:
                continue
            gone = density[m, x] <= 0.0
            leaving = present if gone else binomial(key ^ matrix_name[m], x, 0, present, leaving_share(rate, time))
            if leaving == 0:
                continue
            degraded = 0 if gone else binomial(key ^ matrix_name[m], x, 1, leaving, decay / rate)
            in_matrix[m, x] -= leaving
            arriving[x] += leaving - degraded
            ledger[DEGRADED] += degraded
            for k in range(slot_first, slot_last):
                moved = cargo_in_matrix[k, m, x] * taken_share(leaving, present)
                cargo_in_matrix[k, m, x] = 0.0 if leaving == present else cargo_in_matrix[k, m, x] - moved
                lost = moved * degraded / leaving
                arriving_cargo[k, x] += moved - lost
                cargo_ledger[k, DEGRADED] += lost


@kernel(
    "void(Sites, Cells, Footprint, VesicleTables, Suspended, Ledgers, int64[:, :, ::1], float64[:, :, ::1],"
    " float64[:, ::1])",
)
def depart(sites, cells, covered, columns, suspended, ledgers, arriving, arriving_cargo, off):
    """Everything that becomes free during a macro step, evenly over it, for every site and population.

    arriving : int64[n_sites, n_populations, n_voxels], out; arriving_cargo : float64[n_sites, n_slots, n_voxels], out
    off : float64[2 n_types, 4], workspace: see `fill_off`, living and dead cells of every type
    """
    values, time, release, slot_table = sites.values, sites.time, columns.release, columns.slot
    cell_id, behaviour, pool, pool_cargo, bound = cells.id, cells.behaviour, cells.pool, cells.pool_cargo, cells.bound
    n_populations = len(release)
    for item in range(len(sites.variant) * n_populations):
        s, p = item // n_populations, item % n_populations
        v = sites.variant[s]
        slots = columns.slot_start[p], columns.slot_start[p + 1]
        here = Departing(
            s=s, p=p, v=v, slot_first=slots[0], slot_last=slots[1], arriving=arriving[s, p],
            arriving_cargo=arriving_cargo[s],
        )  # fmt: skip
        residence = parameter(values, v, columns.population[P_RESIDENCE, p], 0.0)
        rate = 1.0 / residence if residence > 0.0 else math.inf
        shares_out = shares_of(rate, time)
        off[:, 0] = math.nan
        decay = parameter(values, v, columns.population[P_DECAY, p], 0.0)
        key_made = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, MAKING) ^ sites.population_name[p]
        key_out = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, POOL_RELEASE) ^ sites.population_name[p]
        key_bound = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, BOUND_FATE) ^ sites.population_name[p]
        for i in range(cells.start[s], cells.start[s + 1]):
            made = 0
            if release[p] >= 0 and behaviour[i, release[p]] > 0.0:
                made = poisson(key_made, cell_id[i], 0, behaviour[i, release[p]] * time * cells.stands_for[i])
                pool[i, p] += made
                for k in range(slots[0], slots[1]):
                    factor = behaviour[i, slot_table[SLOT_LOADING, k]] if slot_table[SLOT_LOADING, k] >= 0 else 1.0
                    pool_cargo[i, k] += made * parameter(values, v, slot_table[SLOT_COPIES, k], 0.0) * factor
            if pool[i, p] > 0 and not cells.dead[i]:
                out = leaving_number(key_out, cell_id[i], 0, pool[i, p] - made, made, shares_out)
                if out > 0:
                    for k in range(slots[0], slots[1]):
                        ledgers.cargo[s, k, RELEASED] += pool_cargo[i, k] * taken_share(out, pool[i, p])
                    set_free(here, covered, out, pool[i, p], key_out, cell_id[i], 2, i, pool_cargo[i])
                    pool[i, p] -= out
                    ledgers.vesicle[s, p, RELEASED] += out
            if bound[i, p] == 0:
                continue
            t, dead = cells.type[i], cells.dead[i] != 0
            kind = 2 * t + dead
            if math.isnan(off[kind, 0]):
                fill_off(values, v, columns.fate, t, dead, p, time, off[kind])
            leaving = binomial_of(key_bound, cell_id[i], 0, bound[i, p], (off[kind, 0], off[kind, 1]))
            if leaving == 0:
                continue
            inside = binomial_of(key_bound, cell_id[i], 1, leaving, (off[kind, 2], off[kind, 3]))
            if inside > 0:
                share = taken_share(inside, bound[i, p])
                move_cargo(cells.bound_cargo[i], share, slots[0], slots[1], cells.endosomal_cargo[i])
                bound[i, p] -= inside
                cells.endosomal[i, p] += inside
                ledgers.talk[s, p, t, ENDOCYTOSED] += inside
            detached = leaving - inside
            if detached > 0:
                set_free(here, covered, detached, bound[i, p], key_bound, cell_id[i], 2, i, cells.bound_cargo[i])
                bound[i, p] -= detached
        key_matrix = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, MATRIX_BINDING) ^ sites.population_name[p]
        leave_matrix(key_matrix, here, decay, sites, columns, suspended, ledgers)


@device
def digest_endosomes(key, s, p, sites, cells, columns, landed, ledgers, digestion):
    """Escape to the cytosol and degradation of the endosomal particles of one site and population.

    digestion : float64[n_types, 6], workspace: see `fill_digestion`

    Equation   k_escape = k_lysosome f / (1 − f); the lumen of a share f of the particles reaches the cytosol
    """
    v, values, time, cell_id, dead, cell_type = (
        sites.variant[s],
        sites.values,
        sites.time,
        cells.id,
        cells.dead,
        cells.type,
    )
    p_fate, slot_table = columns.fate, columns.slot
    slot_first, slot_last = columns.slot_start[p], columns.slot_start[p + 1]
    endosomal, endosomal_cargo, endosomal_before = cells.endosomal, cells.endosomal_cargo, landed.endosomal_before
    ledger, cargo_ledger, talk = ledgers.vesicle[s, p], ledgers.cargo[s], ledgers.talk[s, p]
    delivered, particles = landed.copies, landed.particles[1, p]
    digestion[:, 0] = math.nan
    for i in range(cells.start[s], cells.start[s + 1]):
        present = endosomal[i, p]
        if present == 0 or dead[i]:
            continue
        t = cell_type[i]
        if math.isnan(digestion[t, 0]):
            fill_digestion(values, v, p_fate, t, p, time, digestion[t])
        if not digestion[t, 0] > 0.0:
            continue
        before = endosomal_before[i, p]
        shares = (digestion[t, 0], digestion[t, 1]), (digestion[t, 2], digestion[t, 3])
        leaving = leaving_number(key, cell_id[i], 0, before, present - before, shares)
        if leaving == 0:
            continue
        escaped = binomial_of(key, cell_id[i], 2, leaving, (digestion[t, 4], digestion[t, 5]))
        endosomal[i, p] -= leaving
        ledger[DELIVERED] += escaped
        particles[i] += escaped
        ledger[DEGRADED] += leaving - escaped
        talk[t, ESCAPED] += escaped
        for k in range(slot_first, slot_last):
            moved = endosomal_cargo[i, k] * taken_share(leaving, present)
            endosomal_cargo[i, k] = 0.0 if leaving == present else endosomal_cargo[i, k] - moved
            reached = moved * escaped / leaving if slot_table[SLOT_KIND, k] == LUMINAL else 0.0
            delivered[i, k] += reached
            cargo_ledger[k, DELIVERED] += reached
            cargo_ledger[k, DEGRADED] += moved - reached
