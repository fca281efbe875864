"""Faults in how rules act together, and in the gain of closed loops."""

from __future__ import annotations

from tests.sabotage.fault import Fault

LOOPS = (
    Fault(
        "rules-in-a-mean",
        "rules that multiply are averaged, so that a weaker second activator lowers",
        "engine/behaviours.py",
        "averaged = table.rule_direction * table.rule_averaged",
        "averaged = table.rule_direction",
        ("tests/twins/test_behaviours_twin.py::test_one_more_activator_never_lowers",),
    ),
    Fault(
        "loops-apart",
        "loops through one thing are added up, without what they do to each other on the way",
        "experiments/loops/cycles.py",
        "back = np.linalg.solve(inner, matrix[row, rest, x])",
        "back = (2 * np.eye(len(rest)) - inner) @ matrix[row, rest, x]",
        ("tests/unit/experiments/test_loop_gain.py::test_loops_of_a_graph_are_found_once_and_opened_together",),
    ),
    Fault(
        "decoy-without-a-grip",
        "the balance of levels leaves out what reactions do to a level when another moves",
        "experiments/loops/levels.py",
        "slopes[place, end] += sign * slope",
        "slopes[place, end] += sign * slope * (place == end)",
        ("tests/unit/experiments/test_loop_gain.py::test_links_through_a_decoy_are_what_the_engine_answers",),
    ),
    Fault(
        "message-unread",
        "what a cell reads moves its rules, but not what its messages silence",
        "experiments/loops/doings.py",
        "return mean(other.signal, _Rest(program, other, alive))",
        "return mean(other.signal, rest)",
        ("tests/unit/experiments/test_loop_gain.py::test_links_through_vesicles_are_what_the_engine_answers",),
    ),
)
