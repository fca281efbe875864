"""Faults in what binds vesicles to cells, in what is read of their cargo, in what carries them and cells through walls,
in what cells have of a miRNA themselves, and in who lies where.
"""

from __future__ import annotations

from tests.sabotage.fault import Fault

LIGANDS = (
    Fault(
        "one-copy-binds-as-all",
        "a vesicle is bound as if it had one copy of the ligand",
        "engine/vesicle_transport.py",
        "return clearance * one.per_particle[slot - one.slot_first, x] if slot >= 0 else clearance",
        "return clearance",
        (
            "tests/exact/test_binding_by_ligand.py::test_vesicles_that_are_alike_are_bound_by_all_their_copies",
            "tests/twins/test_vesicles_twin.py::test_expected_numbers",
        ),
    ),
    Fault(
        "copies-of-all-that-is-carried",
        "copies per vesicle are those of all its cargo",
        "results/measures.py",
        "if slot.population in rows and slot.species == species]",
        "if slot.population in rows and species >= 0]",
        ("tests/unit/results/test_copies_per_particle.py::test_each_class_and_all_vesicles_are_means_over_particles",),
    ),
    Fault(
        "transcytosis-whatever-is-eaten",
        "what passes through cells does not follow what they take in",
        "engine/exchange.py",
        "across = stated * endocytosis(barriers, program, state)",
        "across = stated",
        (
            "tests/laws/test_exchange_laws.py::test_transcytosis_follows_endocytosis_and_is_plain_without",
            "tests/twins/test_exchange_twin.py::test_permeability_equals_cell_by_cell",
        ),
    ),
    Fault(
        "carriers-by-the-mean",
        "vesicles that carry something are counted by their copies",
        "results/measures.py",
        "found -= particles * np.expm1(-mean)",
        "found += particles * mean",
        ("tests/unit/results/test_copies_per_particle.py::test_carriers_are_those_with_a_copy_at_least",),
    ),
    Fault(
        "everybody-on-the-wall",
        "all that is in blood lies on the wall of an organ",
        "engine/exchange.py",
        "barriers.member[number, state.cell_type] != 0, taken, 0.0",
        "barriers.member[number, state.cell_type] >= 0, taken, 0.0",
        (
            "tests/twins/test_exchange_twin.py::test_a_wall_has_its_own_cells_alone_and_is_open_where_they_are_not_shut",
            "tests/laws/test_walls_of_organs.py::test_an_organ_of_a_body_without_endothelium_has_no_barrier_to_open",
        ),
    ),
    Fault(
        "walls-bar-nobody",
        "cells leave through a wall as if it were not there",
        "engine/exchange.py",
        "state.behaviour[:, column] *= free[cell_sites(state)]",
        "state.behaviour[:, column] *= 1.0",
        ("tests/laws/test_arms_against_laws.py::test_hands_do_to_a_law_what_theory_says[cells through a wall]",),
    ),
    Fault(
        "own-copies-as-at-rest",
        "what an arm does to a cell's own miRNA counts as how the cell is at rest",
        "engine/silencing.py",
        "before, after = undisturbed[v, t, f], alone[v, t, f]",
        "before, after = alone[v, t, f], alone[v, t, f]",
        (
            "tests/exact/test_silencing_balance.py::test_own_copies_silence_and_their_loss_raises_what_they_held_down",
            "tests/laws/test_arms_against_laws.py::test_hands_do_to_a_law_what_theory_says[competitors]",
        ),
    ),
    Fault(
        "own-copies-unread",
        "a rule on a miRNA does not read what the cell has of its own",
        "engine/signals.py",
        "    _add_own(program, state)\n",
        "",
        ("tests/laws/test_arms_against_laws.py::test_hands_do_to_a_law_what_theory_says[what reads them]",),
    ),
    Fault(
        "shuffled-into-their-own-places",
        "cells that are shuffled stay where they are",
        "engine/protocol.py",
        'mine[np.argsort(draws[:, 0], kind="stable")]',
        "mine",
        ("tests/laws/test_shuffled_positions.py::test_places_stay_and_cells_keep_all_but_theirs",),
    ),
    Fault(
        "one-shuffle-for-all-seeds",
        "cells of every seed are shuffled alike",
        "engine/protocol.py",
        "streams.fill_draws(seed, site, state.step, PROTOCOL, key,",
        "streams.fill_draws(seed, 0 * site, state.step, PROTOCOL, key,",
        ("tests/laws/test_shuffled_positions.py::test_every_seed_has_an_order_of_its_own",),
    ),
)
