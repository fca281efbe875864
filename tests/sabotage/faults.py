"""Faults that a tired programmer could make, each with the tests that notice it.

`old` stands exactly once in `file`; `check.py` puts `new` in its place in a copy and runs `tests`, all of which must
fail. An entry that no longer fits its file is a failure too (tests/unit/test_sabotage_table.py).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One seeded fault. file: below src/vesicula; tests: pytest node ids, every one of which has to fail."""

    name: str
    imitates: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


TEXT_AND_COMPILER = (
    Fault(
        "hours-are-minutes",
        "a time in hours is read as minutes",
        "units.py",
        "h = 60 * min",
        "h = 1 * min",
        ("tests/unit/test_spec_units.py::test_units_in_internal_units",),
    ),
    Fault(
        "copies-are-particles",
        "a number of vesicles passes as a number of copies",
        "units.py",
        "copy = [copies]",
        "copy = particle",
        ("tests/unit/test_spec_units.py::test_molecule_particle_copy_and_cell_are_apart",),
    ),
    Fault(
        "borrowed-as-measured",
        "a value of another species counts as measured here",
        "spec/fill.py",
        "same = found.same_context and (entry.key.cell is None or entry.key.cell in spot.cells)",
        "same = True",
        ("tests/unit/test_borrowed_values.py::test_another_species_is_borrowed",),
    ),
    Fault(
        "unread-as-read",
        "a reference that nobody opened founds a value",
        "evidence/classes.py",
        "any(key not in references or not references[key].opened for key in cited)",
        "any(key not in references for key in cited)",
        ("tests/unit/test_evidence_sources.py::test_classes",),
    ),
    Fault(
        "half-life-as-time-constant",
        "ln 2 is forgotten between a half-life and its rate",
        "compiler/parameters.py",
        "lambda x: LN2 / x",
        "lambda x: 1.0 / x",
        ("tests/unit/test_compiler.py::test_values_arrive_in_internal_units",),
    ),
    Fault(
        "treatment-in-the-control",
        "what one arm does happens in all arms",
        "compiler/parameters.py",
        "            if variant.arm in by_arm:\n                column[i] = self._columns[by_arm[variant.arm]][i]",
        "            if by_arm:\n                column[i] = self._columns[next(iter(by_arm.values()))][i]",
        ("tests/unit/test_compiler.py::test_each_arm_changes_what_it_names",),
    ),
    Fault(
        "draws-move-together",
        "two parameters share their random number",
        "compiler/parameters.py",
        "zlib.crc32(path.encode())",
        "0",
        ("tests/unit/test_parameter_draws.py::test_parameters_and_seeds_are_drawn_independently",),
    ),
    Fault(
        "radius-for-diameter",
        "Stokes and Einstein with 6 π η d",
        "compiler/vesicles.py",
        "(3 * np.pi * WATER_VISCOSITY_37C * metres)",
        "(6 * np.pi * WATER_VISCOSITY_37C * metres)",
        ("tests/unit/test_compiler.py::test_values_arrive_in_internal_units",),
    ),
)

FIELDS = (
    Fault(
        "uptake-counted-twice",
        "the solver takes up twice what is booked",
        "engine/fields.py",
        "loss[s, i, v] = decay[s, i] + into_cells / volume",
        "loss[s, i, v] = decay[s, i] + 2.0 * into_cells / volume",
        (
            "tests/laws/test_field_laws.py::test_everything_at_once_is_conserved_and_stays_positive",
            "tests/exact/test_field_solutions.py::test_a_cell_has_its_clearance_of_the_fluid_far_away",
        ),
    ),
    Fault(
        "source-without-time",
        "a rate is added where rate times step belongs",
        "engine/transport.py",
        "(tau if stage == EULER else GAMMA * tau) * source[i, v]",
        "source[i, v]",
        ("tests/laws/test_field_laws.py::test_everything_at_once_is_conserved_and_stays_positive",),
    ),
    Fault(
        "unbinding-forgotten",
        "a reversible reaction has no way back",
        "engine/reactions.py",
        "forward * a * b - backward * product, forward * b",
        "forward * a * b, forward * b",
        ("tests/exact/test_field_solutions.py::test_binding_comes_to_its_equilibrium",),
    ),
    Fault(
        "flow-in-one-direction",
        "upwind flow through a face is taken from the wrong side",
        "engine/faces.py",
        "faces[axis * n + w] = conductance + max(speed, 0.0)",
        "faces[axis * n + w] = conductance + max(-speed, 0.0)",
        ("tests/exact/test_field_solutions.py::test_flow_carries_the_centre_of_mass",),
    ),
    Fault(
        "voxel-above-skipped",
        "one of six neighbours of a voxel is left out",
        "engine/multigrid.py",
        "        + (faces[jz] * y[g - plane] + faces[upper + jz] * y[g + plane])\n    )\n",
        "        + faces[jz] * y[g - plane]\n    )\n",
        ("tests/twins/test_fields_twin.py::test_multigrid_equals_a_sparse_direct_solver",),
    ),
    Fault(
        "one-order-less",
        "the second stage of the field step starts where the first did",
        "engine/transport.py",
        "old += SECOND_SHARE * (first[i, v] - old)",
        "old += 0.5 * SECOND_SHARE * (first[i, v] - old)",
        ("tests/order/test_field_order.py::test_diffusion_with_decay_and_source_is_of_second_order",),
    ),
)

VESICLES = (
    Fault(
        "ledger-by-subtraction",
        "what is there is computed from what ought to be there",
        "engine/invariants.py",
        "now = now + _by_site(state, state.bound) + _by_site(state, state.endosomal)\n",
        "now = ledger[:, :, PARTICLES_IN].sum(axis=2) - ledger[:, :, PARTICLES_OUT].sum(axis=2)\n",
        ("tests/laws/test_balances.py::test_vesicle_and_cargo_balance_count_every_place",),
    ),
    Fault(
        "degraded-and-delivered",
        "particles that escaped are booked as degraded as well",
        "engine/trafficking.py",
        "ledger[DEGRADED] += leaving - escaped",
        "ledger[DEGRADED] += leaving",
        ("tests/laws/test_vesicle_laws.py::test_no_random_program_loses_a_particle_or_a_copy",),
    ),
    Fault(
        "membrane-in-the-cytosol",
        "membrane proteins of endocytosed vesicles reach the cytosol",
        "engine/trafficking.py",
        "reached = moved * escaped / leaving if slot_table[SLOT_KIND, k] == LUMINAL else 0.0",
        "reached = moved * escaped / leaving",
        ("tests/twins/test_vesicles_twin.py::test_whole_particles",),
    ),
    Fault(
        "seed-reused",
        "making and release of vesicles draw the same numbers",
        "engine/trafficking.py",
        "key_out = stream_key(site_key[s, 0], site_key[s, 1], step, POOL_RELEASE)",
        "key_out = stream_key(site_key[s, 0], site_key[s, 1], step, MAKING)",
        ("tests/twins/test_vesicles_twin.py::test_everything_that_becomes_free",),
    ),
    Fault(
        "residence-explicit",
        "vesicles leave the pool by an explicit step",
        "engine/trafficking.py",
        "share = time / (time + residence)",
        "share = time / residence",
        ("tests/twins/test_vesicles_twin.py::test_everything_that_becomes_free",),
    ),
    Fault(
        "receptors-never-fill",
        "bound vesicles leave their receptors free",
        "engine/vesicle_transport.py",
        "return max(1.0 - occupied / receptors, 0.0) / (1.0 + offered / receptors)",
        "return 1.0 / (1.0 + offered / receptors)",
        ("tests/twins/test_vesicles_twin.py::test_expected_numbers",),
    ),
    Fault(
        "rounded-down",
        "whole particles of a tile without the uniform of the step",
        "engine/vesicle_draws.py",
        "upto = total if t == final else max(before, min(math.floor(along + u), total))",
        "upto = total if t == final else max(before, min(math.floor(along), total))",
        ("tests/twins/test_vesicles_twin.py::test_whole_particles",),
    ),
    Fault(
        "cargo-of-one-particle",
        "cells that take many particles get the cargo of one",
        "engine/vesicle_draws.py",
        "moved = events[e, E_COUNT] * (factor * copies[x] if known else factor)",
        "moved = factor * copies[x] if known else factor",
        ("tests/laws/test_vesicle_laws.py::test_no_random_program_loses_a_particle_or_a_copy",),
    ),
    Fault(
        "through-the-wall",
        "tiles reach through closed faces",
        "engine/tiles.py",
        "            if through > 0.0:\n",
        "            if through >= 0.0:\n",
        ("tests/unit/test_tile_faces.py::test_no_piece_and_no_region_reaches_through_a_wall",),
    ),
    Fault(
        "cargo-in-both-tiles",
        "cargo of particles that swap tiles stays where it was as well",
        "engine/jostling.py",
        "copies[k, source] = 0.0 if share >= 1.0 else copies[k, source] - moved",
        "copies[k, source] += 0.0 * moved",
        ("tests/twins/test_vesicles_twin.py::test_swaps_between_tiles",),
    ),
    Fault(
        "everything-is-loaded",
        "all copies that arrive are functional",
        "engine/cargo.py",
        "return total * parameter(values, v, p_loading[t, species], 1.0)",
        "return total",
        ("tests/twins/test_vesicles_twin.py::test_a_cell_loads_and_loses_copies",),
    ),
)

RANDOM_NUMBERS = (
    Fault(
        "same-numbers-every-step",
        "the macro step is no part of the key",
        "engine/streams.py",
        "key, _ = block(root, np.uint64(step), np.uint64(purpose), 1)",
        "key, _ = block(root, np.uint64(0), np.uint64(purpose), 1)",
        ("tests/unit/test_philox_vectors.py::test_every_part_of_the_key_changes_the_number",),
    ),
    Fault(
        "sisters-draw-alike",
        "both daughters of a division get one lineage",
        "engine/streams.py",
        "np.uint64(mother), np.uint64(division), np.uint64(which))",
        "np.uint64(mother), np.uint64(division), np.uint64(0))",
        ("tests/unit/test_philox_vectors.py::test_lineage_hashes_are_distinct_through_ten_generations",),
    ),
    Fault(
        "share-turned-round",
        "a binomial number with p above one half counts the others",
        "engine/streams.py",
        "return n - binomial_low(key, identity, counter, n, 1.0 - p)",
        "return binomial_low(key, identity, counter, n, 1.0 - p)",
        ("tests/twins/test_streams_twin.py::test_binomial",),
    ),
    Fault(
        "place-in-the-batch",
        "draws depend on the row of the site and not on its key",
        "engine/motility.py",
        "key = stream_key(site_key[s, 0], site_key[s, 1], step, MOTILITY)",
        "key = stream_key(site_key[s, 0], np.uint64(s), step, MOTILITY)",
        ("tests/laws/test_mechanics_laws.py::test_bits_do_not_depend_on_threads_batch_or_order_of_input",),
    ),
    Fault(
        "order-of-input",
        "cells in one voxel keep the order in which they came",
        "engine/order.py",
        "np.lexsort((state.cell_id, code, site))",
        "np.lexsort((code, site))",
        ("tests/laws/test_mechanics_laws.py::test_canonical_order_joins_arrays_in_any_order",),
    ),
    Fault(
        "stale-cache",
        "machine code is kept under the hash of its own module alone",
        "engine/cache.py",
        "    for module in reachable_sources(name):\n",
        "    for module in [name]:\n",
        ("tests/unit/test_kernel_cache.py::test_an_edit_in_a_module_a_kernel_calls_compiles_it_anew",),
    ),
)

INSIDE_CELLS = (
    Fault(
        "inhibitor-activates",
        "the sign of an inhibiting edge",
        "engine/networks.py",
        "top[b] = gates[g, G_WEIGHT] - top[b]",
        "top[b] = gates[g, G_WEIGHT] * top[b]",
        ("tests/exact/test_network_laws.py::test_gates_are_those_of_the_logic",),
    ),
    Fault(
        "gate-not-normalised",
        "a Hill function that ends below one",
        "engine/hill.py",
        "out[b] = weight * min(1.0, top * out[b] / (constant + out[b]))",
        "out[b] = weight * min(1.0, out[b] / (constant + out[b]))",
        ("tests/twins/test_networks_twin.py::test_activation_is_normalised",),
    ),
    Fault(
        "no-corrector",
        "networks move by the predictor alone",
        "engine/networks.py",
        "moved = guess[k, b] + (then[k, b] - now[k, b]) * correction",
        "moved = guess[k, b] + 0.0 * correction",
        ("tests/exact/test_network_laws.py::test_chain_has_order_two_in_the_step",),
    ),
    Fault(
        "no-competitors",
        "delivered miRNA meets no other binding sites",
        "engine/silencing.py",
        "bound = pool[SITES] * m / d\n",
        "bound = 0.0\n",
        ("tests/exact/test_silencing_balance.py::test_hundred_copies_do_little_beside_competitors_and_much_without",),
    ),
    Fault(
        "silencing-raises",
        "the factor of silencing upside down",
        "engine/silencing.py",
        "(half + kappa * before) / (half + kappa * after)",
        "(half + kappa * after) / (half + kappa * before)",
        ("tests/exact/test_silencing_balance.py::test_factors_equal_the_twin",),
    ),
    Fault(
        "fold-as-absolute",
        "a rule's `to 5x` is taken for 5, not for 5 times the base",
        "engine/behaviours.py",
        "values[v, rules[k, R_LIMIT]] * b0 if",
        "values[v, rules[k, R_LIMIT]] if",
        ("tests/twins/test_behaviours_twin.py::test_interpreter_equals_the_formula",),
    ),
    Fault(
        "old-activities",
        "behaviours read the network as it was before it moved",
        "engine/step.py",
        "    signals.read_nodes(program, state)\n",
        "",
        ("tests/laws/test_schedule.py::test_behaviours_follow_the_network_of_the_same_step",),
    ),
    Fault(
        "the-dead-are-counted",
        "dead neighbours count as contacts",
        "engine/signals.py",
        "elif dead[j] == 0 and (of_type < 0 or cell_type[j] == of_type):",
        "elif of_type < 0 or cell_type[j] == of_type:",
        ("tests/unit/test_what_cells_sense.py::test_contacts_by_type_and_with_the_dead",),
    ),
)

LIVES_AND_PLACES = (
    Fault(
        "mother-keeps-the-cargo",
        "the mother keeps the cargo that went to her daughter",
        "engine/lifecycle.py",
        "            cargo[b, k] = copies - cargo[a, k]\n",
        "            cargo[b, k] = copies - cargo[a, k]\n            cargo[a, k] = copies\n",
        ("tests/twins/test_lifecycle_twin.py::test_every_array_equals_the_twin",),
    ),
    Fault(
        "synchronous-start",
        "all cells begin their cycle at time 0",
        "engine/founding.py",
        "clock[c] = threshold[c] * uniform_pair(key, cell_id, c, shape + 2)[0]",
        "clock[c] = 0.0 * uniform_pair(key, cell_id, c, shape + 2)[0]",
        ("tests/statistics/test_lifecycle_laws.py::test_birth_and_death_have_the_exact_mean_and_variance",),
    ),
    Fault(
        "overshoot-lost",
        "what is left of a step after an event is lost",
        "engine/lifecycle.py",
        "            time -= when\n",
        "            time = 0.0\n",
        ("tests/statistics/test_lifecycle_laws.py::test_chain_of_states_is_not_delayed_by_the_step",),
    ),
    Fault(
        "growth-per-minute",
        "a growth rate per hour is used per minute",
        "engine/lifecycle.py",
        "GROWTH_TIME = 60.0 / 0.27",
        "GROWTH_TIME = 1.0 / 0.27",
        ("tests/twins/test_lifecycle_twin.py::test_every_array_equals_the_twin",),
    ),
    Fault(
        "action-without-reaction",
        "the second cell of a pair is pushed the same way",
        "engine/mechanics.py",
        "result[j, VX] -= dx",
        "result[j, VX] += dx",
        ("tests/laws/test_mechanics_laws.py::test_pushing_and_sticking_move_no_centre_of_mass",),
    ),
    Fault(
        "adhesion-repels",
        "the sign of adhesion",
        "engine/mechanics.py",
        "speed -= gap * (1.0 - distance * per_reach)",
        "speed += gap * (1.0 - distance * per_reach)",
        ("tests/laws/test_mechanics_laws.py::test_pairs_settle_where_repulsion_equals_adhesion",),
    ),
    Fault(
        "neighbour-skipped",
        "the search leaves out one side",
        "engine/neighbours.py",
        "x_first, x_last = max(left - 1, 0), min(left + 1, nx - 1)",
        "x_first, x_last = max(left - 1, 0), left",
        ("tests/twins/test_neighbours_twin.py::test_lists_equal_all_pairs",),
    ),
    Fault(
        "one-number-for-two-things",
        "a waiting time and the direction after it come from one draw",
        "engine/motility.py",
        "unit_vector(key, cell_id[i], 2 * k + 2, dimensions)",
        "unit_vector(key, cell_id[i], 2 * k + 1, dimensions)",
        ("tests/twins/test_mechanics_twin.py::test_walk_pieces",),
    ),
    Fault(
        "chemotaxis-away",
        "the sign of chemotaxis",
        "engine/motility.py",
        "dx = (1.0 - bias) * ux + bias * ex",
        "dx = (1.0 - bias) * ux - bias * ex",
        ("tests/exact/test_oblique_attraction.py::test_full_bias_follows_an_oblique_gradient",),
    ),
    Fault(
        "store-never-empties",
        "resorbed matrix sets its store free and keeps it",
        "engine/matrix.py",
        "state.store[:, k] -= freed",
        "state.store[:, k] -= 0.0 * freed",
        ("tests/laws/test_matrix_laws.py::test_stores_are_conserved_and_density_stays_in_bounds",),
    ),
    Fault(
        "large-cells-act-more",
        "shares of a cell in its voxels do not add up to one",
        "engine/voxels.py",
        "weight[e] /= total",
        "weight[e] /= total - 1 if total > 1 else 1",
        ("tests/unit/test_voxel_lists.py::test_large_cells_cover_their_volume_evenly",),
    ),
    Fault(
        "wash-without-volume",
        "a wash books concentrations as molecules",
        "engine/protocol.py",
        "+= float(np.sum(there * share)) * volume",
        "+= float(np.sum(there * share))",
        ("tests/unit/test_protocol_events.py::test_wash_takes_substances_and_free_vesicles",),
    ),
    Fault(
        "start-not-booked",
        "what is dissolved at the start enters no ledger",
        "engine/start.py",
        "= concentration.sum(axis=2) * grid.voxel_volume",
        "= 0.0 * concentration.sum(axis=2)",
        ("tests/unit/test_initial_state.py::test_substances_keep_out_of_what_they_cannot_enter_and_are_booked",),
    ),
)

OUTSIDE = (
    Fault(
        "older-checkpoint",
        "a run goes on from the older of its two states",
        "results/checkpoints.py",
        "newest = max(whole, key=",
        "newest = min(whole, key=",
        ("tests/unit/results/test_checkpoint_slots.py::test_the_newest_state_is_read",),
    ),
    Fault(
        "newest-overwritten",
        "a crash while writing takes the newest state along",
        "results/checkpoints.py",
        "older = min(SLOTS, key=",
        "older = max(SLOTS, key=",
        ("tests/unit/results/test_checkpoint_slots.py::test_writing_leaves_the_newest_state_alone",),
    ),
    Fault(
        "checksum-not-compared",
        "damaged records pass as whole ones",
        "results/bundle.py",
        "digest_size=32).digest() != expected:",
        'digest_size=32).digest() == b"":',
        ("tests/unit/results/test_results_folder.py::test_bundle_notices_every_flipped_byte",),
    ),
    Fault(
        "torn-record-kept",
        "a writer goes on behind a torn record",
        "results/journal.py",
        "            end += len(whole)\n            yield bundle, end",
        "            end += len(whole) + 1\n            yield bundle, end",
        ("tests/unit/results/test_results_folder.py::test_stopped_and_resumed_run_equals_the_uninterrupted_one",),
    ),
    Fault(
        "the-dead-are-measured",
        "a count of cells includes dead ones",
        "results/measures.py",
        "mine = (state.cell_dead == 0) & (state.cell_type == type_) & place.holds(state)",
        "mine = (state.cell_type == type_) & place.holds(state)",
        ("tests/unit/results/test_results_measures.py::test_count_sees_type_state_region_and_life",),
    ),
    Fault(
        "replicates-not-paired",
        "an arm is set against the mean of the baseline, not against its own replicate",
        "results/compare.py",
        "change = interval(mine - base)",
        "change = interval(mine - base.mean())",
        ("tests/unit/results/test_results_reading.py::test_change_is_taken_within_replicates",),
    ),
    Fault(
        "failure-ends-well",
        "a command that failed ends with exit code 0",
        "cli/guard.py",
        "        return error.exit_code\n",
        "        return exits.OK\n",
        ("tests/unit/test_cli_guard.py::test_every_error_has_its_exit_code_and_no_traceback",),
    ),
)

FAULTS = (*TEXT_AND_COMPILER, *FIELDS, *VESICLES, *RANDOM_NUMBERS, *INSIDE_CELLS, *LIVES_AND_PLACES, *OUTSIDE)
