"""Faults in what passes between sites: filters, medium, blood flow, travelling cells; and in cohorts."""

from __future__ import annotations

from tests.sabotage.fault import Fault

BETWEEN_SITES = (
    Fault(
        "layer-beside-the-filter",
        "cells and filter are two ways through, not one after the other",
        "engine/exchange.py",
        "series = np.divide(bare * layer, both,",
        "series = np.divide(both * both, both,",
        (
            "tests/twins/test_exchange_twin.py::test_permeability_equals_cell_by_cell",
            "tests/laws/test_exchange_laws.py::test_closed_junctions_hold_back_and_gaps_leak",
        ),
    ),
    Fault(
        "one-side-of-the-filter",
        "the fluid on the other side counts as endless",
        "engine/body.py",
        "both = np.broadcast_to(np.asarray(one + two), conductance.shape)",
        "both = np.broadcast_to(np.asarray(one + 0.0 * two), conductance.shape)",
        ("tests/exact/test_two_compartments.py::test_concentrations_follow_the_exponential",),
    ),
    Fault(
        "lost-in-the-filter",
        "vesicles that crossed are not there",
        "engine/exchange.py",
        "two.vesicles[s, p, 0] += down - up",
        "two.vesicles[s, p, 0] -= up",
        ("tests/laws/test_exchange_laws.py::test_ledgers_close_on_both_sides_and_nothing_is_negative",),
    ),
    Fault(
        "rounded-down-when-poured",
        "fractions of a vesicle are cut off where medium is given",
        "engine/exchange.py",
        "int(taken * scale + uniform(key_in ^ name[p], 0, 2))",
        "int(taken * scale)",
        ("tests/laws/test_exchange_laws.py::test_fractions_of_the_medium",),
    ),
    Fault(
        "dead-cells-hold-tight",
        "dead cells go on covering the filter",
        "engine/exchange.py",
        "            if cells.dead[i]:\n                continue\n            closed = 1.0",
        "            closed = 1.0",
        ("tests/laws/test_exchange_laws.py::test_dead_cells_cover_nothing",),
    ),
    Fault(
        "one-draw-of-contacts",
        "cells in a dish have the same neighbours for ever",
        "engine/neighbours.py",
        "site_key[s, 1], step, CONTACT_PLACES)",
        "site_key[s, 1], 0, CONTACT_PLACES)",
        ("tests/statistics/test_contact_statistics.py::test_every_step_draws_anew",),
    ),
    Fault(
        "contacts-by-number",
        "a large cell is met no more often than a small one",
        "engine/neighbours.py",
        "upto = np.cumsum(taken[first:last])",
        "upto = np.cumsum(np.full(last - first, area / 40.0))",
        ("tests/statistics/test_contact_statistics.py::test_mean_contacts_are_six_times_confluence_and_share",),
    ),
)

BODY = (
    Fault(
        "washed-out-between-steps",
        "pools are washed out before and after secretion, not while it lasts",
        "engine/body.py",
        "if all(system.sites[k].grid.n_voxels == 1 for k in sides)]",
        "if all(system.sites[k].grid.n_voxels == 0 for k in sides)]",
        (
            "tests/exact/test_washed_out_pools.py::test_the_schedule_has_the_level_that_cells_keep_up[6]",
            "tests/exact/test_washed_out_pools.py::test_blood_that_is_held_washes_out_as_an_endless_fluid",
        ),
    ),
    Fault(
        "secreted-at-the-start",
        "what cells secrete over a step flows as if all of it had been there at its start",
        "engine/flowing.py",
        "second[k, j] * (span * q[j])",
        "first[k, j] * (span * q[j])",
        ("tests/exact/test_washed_out_pools.py::test_the_schedule_has_the_level_that_cells_keep_up[6]",),
    ),
    Fault(
        "bound-as-in-the-smallest-pool",
        "molecules bind as fast as if every pool had the volume of the smallest one",
        "engine/pools.py",
        "rate[:, table[:, KIND] == Reaction.BIND, 0] /= size",
        "rate[:, table[:, KIND] == Reaction.BIND, 0] /= 1.0",
        (
            "tests/exact/test_washed_out_pools.py::test_what_is_bound_is_washed_out_with_the_rest",
            "tests/twins/test_pools_twin.py::test_joined_pools_equal_the_twin[and reactions-held0]",
        ),
    ),
    Fault(
        "washed-in-unscaled",
        "what comes into a pool is booked as if the whole were simulated",
        "engine/pools.py",
        "WALL_IN] += amount * self.share[b]",
        "WALL_IN] += amount",
        ("tests/exact/test_washed_out_pools.py::test_what_flows_out_of_one_pool_flows_into_others",),
    ),
    Fault(
        "flows-one-by-one",
        "what is dissolved goes with one flow after the other, so that a place behind the blood gets it a step later",
        "engine/body.py",
        "for rows in joined(flows, [row for row in range(n) if row not in pooled]):",
        "for rows in ([row] for row in reversed(range(n)) if row not in pooled):",
        ("tests/laws/test_body_laws.py::test_a_site_behind_another_has_what_flows_there_within_the_step",),
    ),
    Fault(
        "share-forgotten-in-blood",
        "particles arrive as if both sites were simulated whole",
        "engine/body.py",
        "scale = float(flows.share[sides[1]] / flows.share[sides[0]])",
        "scale = 1.0",
        ("tests/laws/test_body_laws.py::test_shares_are_unbiased_for_cells_and_particles[2.6]",),
    ),
    Fault(
        "cells-rounded-down-on-the-way",
        "where the shares differ, fractions of a cell are cut off",
        "engine/body.py",
        "int(stands_for[i] * scale + uniform(key, cell_id[i], 0))",
        "int(stands_for[i] * scale)",
        ("tests/laws/test_body_laws.py::test_shares_are_unbiased_for_cells_and_particles[0.3]",),
    ),
    Fault(
        "luggage-not-booked",
        "vesicles in endosomes of a travelling cell leave no trace in the ledger",
        "engine/body.py",
        'cells["bound"] + cells["endosomal"]',
        'cells["bound"]',
        ("tests/laws/test_body_laws.py::test_ledgers_close_on_all_sides",),
    ),
    Fault(
        "departures-from-everywhere",
        "cells leave a site in which they are not",
        "engine/lifecycle.py",
        "        and (clocks[c, C_SITE] < 0 or clocks[c, C_SITE] == kind[K_SITE])\n",
        "",
        ("tests/laws/test_body_laws.py::test_clocks_run_only_at_home_and_times_do_not_depend_on_the_step",),
    ),
    Fault(
        "genotype-of-everybody",
        "what one genotype changes holds for all patients",
        "compiler/cohort.py",
        "variant.genotypes[place] == differs.allele",
        "variant.genotypes[place] != ''",
        ("tests/unit/test_cohort.py::test_patients_are_the_same_in_every_arm_but_for_what_the_arm_sets",),
    ),
    Fault(
        "events-forgotten",
        "an event counts only while the measure stays beyond the threshold",
        "results/events.py",
        "np.where(np.isnan(self._since) & happened(self._event, values), now, self._since)",
        "np.where(happened(self._event, values), now, np.nan)",
        ("tests/unit/test_cohort.py::test_a_run_that_goes_on_remembers_events",),
    ),
)
