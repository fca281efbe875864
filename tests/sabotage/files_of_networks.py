"""Faults in networks of rates that come from files."""

from __future__ import annotations

from tests.sabotage.fault import Fault

RATES = "tests/unit/test_rates_of_files.py"
FILES_OF_NETWORKS = (
    Fault(
        "true-from-the-start-fires",
        "every trigger counts as false before the start",
        "engine/kinetics.py",
        "flags[e] = net.event[e, AT_START]",
        "flags[e] = 0.0",
        (f"{RATES}::test_a_trigger_that_is_true_from_the_start_does_not_fire",),
    ),
    Fault(
        "lowest-priority-first",
        "events of one moment go the wrong way round",
        "engine/kinetics.py",
        "if best < 0 or rank > (",
        "if best < 0 or rank < (",
        (f"{RATES}::test_events_of_one_moment_go_by_priority_and_lapse_where_they_do_not_persist",),
    ),
    Fault(
        "seconds-are-minutes",
        "the unit of time of a file is left out",
        "compiler/kinetics.py",
        "per_minute = 1.0 / minutes(network, content)",
        "per_minute = 1.0",
        ("tests/unit/test_networks_of_files.py::test_a_substance_drives_a_file_and_a_node_follows_it",),
    ),
)
