"""What vesicles carry becomes what cells hold: delivered copies are loaded, counted where they are few, and decay.

    copies ← e^(−H k) copies + φ loading × delivered      inserted ← e^(−H k) inserted + φ delivered

with φ = (1 − e^(−H k)) / (H k) for what comes evenly over the step: exact at any step H.

Luminal cargo that reached the cytosol adds to `copies`; membrane and surface cargo of vesicles that fused adds to
`inserted`. Species counted in whole copies arrive as Poisson numbers and decay binomially, so few copies are few.
"""

from __future__ import annotations

from vesicula.engine.cache import device, kernel
from vesicula.engine.parameters import parameter
from vesicula.engine.streams import Purpose, binomial, poisson, stream_key
from vesicula.engine.trafficking import LUMINAL, SLOT_KIND, SLOT_SPECIES, leaving_share, passing_share

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


@kernel(
    "void(int64, float64, float64[:, ::1], int32[::1], uint64[:, ::1], uint64[::1], int64[::1], uint64[::1],"
    " int16[::1],"
    " int8[::1],"
    " int32[:, ::1], int32[::1], int32[:, ::1], int8[::1], float64[:, ::1], float64[:, ::1], float64[:, ::1],"
    " float64[:, :, ::1])",
)
def deliver(
    step, time, values, site_variant, site_key, name, cell_start, cell_id, cell_type, dead, slot_table, p_degradation,
    p_loading, whole_copies, delivered, copies, inserted, delivered_copies,
):  # fmt: skip
    """Add what reached the cells in a step, and let it decay.

    name : uint64[n_species]; slot_table : int32[4, n_slots], rows `SLOT_…`; p_degradation : int32[n_species];
    whole_copies : int8[n_species]
    delivered : float64[n_cells, n_slots]; copies, inserted : float64[n_cells, n_species], changed
    delivered_copies : float64[n_sites, n_slots, n_types], added to, before loading
    """
    n_species = copies.shape[1]
    for s in range(len(site_variant)):
        v = site_variant[s]
        key_in = stream_key(site_key[s, 0], site_key[s, 1], step, DELIVERY)
        key_out = stream_key(site_key[s, 0], site_key[s, 1], step, DEGRADATION)
        for i in range(cell_start[s], cell_start[s + 1]):
            t = cell_type[i]
            for k in range(slot_table.shape[1]):
                delivered_copies[s, k, t] += delivered[i, k]
            if dead[i]:
                continue
            for species in range(n_species):
                rate = parameter(values, v, p_degradation[species], 0.0)
                keep, arriving = 1.0 - leaving_share(rate, time), 1.0 - passing_share(rate, time)
                new = arriving * functional_copies(values, v, t, species, p_loading, slot_table, delivered[i])
                if whole_copies[species]:
                    kept = binomial(key_out ^ name[species], cell_id[i], 0, int(copies[i, species]), keep)
                    copies[i, species] = kept + poisson(key_in ^ name[species], cell_id[i], 0, new)
                else:
                    copies[i, species] = copies[i, species] * keep + new
                fresh = arriving * inserted_copies(species, slot_table, delivered[i])
                inserted[i, species] = inserted[i, species] * keep + fresh
