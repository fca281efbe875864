"""Faults in what binds vesicles to cells, in what is read of their cargo, and in what carries them through cells."""

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
)
