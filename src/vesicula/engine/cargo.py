"""What vesicles carry becomes what cells hold: delivered copies are loaded, counted where they are few, and decay.

    copies ← e^(−H k) copies + φ loading × delivered      inserted ← e^(−H k) inserted + φ delivered

with φ = (1 − e^(−H k)) / (H k) for what comes evenly over the step: exact at any step H.

Luminal cargo that reached the cytosol adds to `copies`; membrane and surface cargo of vesicles that fused adds to
`inserted`. Species counted in whole copies arrive as Poisson numbers and decay binomially, so few copies are few.

A cell that stands for n gets what one of the n gets: each particle that landed in them is its own with probability 1/n,
with the mean cargo of these particles, so that cells differ as much as when all of them are simulated.
"""

from __future__ import annotations

import numpy as np

from vesicula.engine.cache import device, kernel
from vesicula.engine.leaving import leaving_share, passing_share
from vesicula.engine.parameters import parameter
from vesicula.engine.streams import Purpose, binomial, binomial_of, chance_of, poisson, stream_key
from vesicula.engine.trafficking import LUMINAL, SLOT_KIND, SLOT_SPECIES

DELIVERY, DEGRADATION = int(Purpose.DELIVERY), int(Purpose.DEGRADATION)


@device
def functional_copies(values, v, t, species, p_loading, slot_table, delivered):
    """Copies of a species that become functional of those delivered[n_slots] to a cell of type t.

    p_loading : int32[n_types, n_slots], share; NONE: all of them
    """
    total = 0.0
    for k in range(slot_table.shape[1]):
        if slot_table[SLOT_SPECIES, k] == species and slot_table[SLOT_KIND, k] == LUMINAL:
            total += delivered[k] * parameter(values, v, p_loading[t, k], 1.0)
    return total


@device
def inserted_copies(species, slot_table, delivered):
    """Copies of a species that fusion brought into the membrane of a cell; delivered : float64[n_slots]."""
    total = 0.0
    for k in range(slot_table.shape[1]):
        if slot_table[SLOT_SPECIES, k] == species and slot_table[SLOT_KIND, k] != LUMINAL:
            total += delivered[k]
    return total


@device
def share_of_one(key, name, cell_id, stands_for, slot_population, slot_table, delivered, landed, own):
    """Copies own[n_slots] that one cell gets of those delivered[n_slots] to the `stands_for` that it stands for.

    name : uint64[n_populations]
    landed : int64[2, n_populations], particles that fused and that escaped; what is outside on a vesicle needs fusion
    """
    for k in range(own.shape[0]):
        own[k] = delivered[k]
    if stands_for == 1:
        return
    for p in range(landed.shape[1]):
        fused, escaped = landed[0, p], landed[1, p]
        mine = binomial(key ^ name[p], cell_id, 0, fused, 1.0 / stands_for)
        inside = mine + binomial(key ^ name[p], cell_id, 1, escaped, 1.0 / stands_for)
        for k in range(own.shape[0]):
            if slot_population[k] != p:
                continue
            if slot_table[SLOT_KIND, k] == LUMINAL:
                own[k] = delivered[k] * inside / (fused + escaped) if fused + escaped > 0 else 0.0
            else:
                own[k] = delivered[k] * mine / fused if fused > 0 else 0.0


@kernel("void(Sites, Cells, VesicleTables, CargoTables, Landed, float64[:, :, ::1])", allocates=True)
def deliver(sites, cells, columns, cargo, landed, delivered_copies):
    """Add what reached the cells in a step, and let it decay.

    delivered_copies : float64[n_sites, n_slots, n_types], added to, before loading
    """
    n_species = cells.copies.shape[1]
    values, delivered, copies, inserted = sites.values, landed.copies, cells.copies, cells.inserted
    own, shares = np.empty(delivered.shape[1]), np.empty((n_species, 3))
    for s in range(sites.variant.shape[0]):
        v = sites.variant[s]
        key_in = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, DELIVERY)
        key_out = stream_key(sites.key[s, 0], sites.key[s, 1], sites.step, DEGRADATION)
        for species in range(n_species):
            rate = parameter(values, v, cargo.p_degradation[species], 0.0)
            shares[species, 0], shares[species, 1] = chance_of(1.0 - leaving_share(rate, sites.time))
            shares[species, 2] = 1.0 - passing_share(rate, sites.time)
        for i in range(cells.start[s], cells.start[s + 1]):
            t, some = cells.type[i], False
            for k in range(columns.slot.shape[1]):
                delivered_copies[s, k, t] += delivered[i, k]
                some = some or delivered[i, k] != 0.0
            if cells.dead[i]:
                continue
            if some:
                share_of_one(
                    key_in, sites.population_name, cells.id[i], cells.stands_for[i], columns.slot_population,
                    columns.slot, delivered[i], landed.particles[:, :, i], own,
                )  # fmt: skip
            for species in range(n_species):
                keep, arriving, new, fresh = shares[species, 0], shares[species, 2], 0.0, 0.0
                if some:
                    new = arriving * functional_copies(values, v, t, species, cargo.p_loading, columns.slot, own)
                    fresh = arriving * inserted_copies(species, columns.slot, own)
                if cargo.whole_copies[species]:
                    chance, number = (keep, shares[species, 1]), int(copies[i, species])
                    kept = binomial_of(key_out ^ sites.species_name[species], cells.id[i], 0, number, chance)
                    copies[i, species] = kept + poisson(key_in ^ sites.species_name[species], cells.id[i], 0, new)
                else:
                    copies[i, species] = copies[i, species] * keep + new
                inserted[i, species] = inserted[i, species] * keep + fresh
