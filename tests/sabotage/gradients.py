"""Faults in what holds a gradient up, and in what a cell makes of it."""

from __future__ import annotations

from tests.sabotage.fault import Fault

GRADIENTS = (
    Fault(
        "chemotaxis-away",
        "the sign of chemotaxis",
        "engine/motility.py",
        "dx = (1.0 - bias) * ux + bias * ex",
        "dx = (1.0 - bias) * ux - bias * ex",
        ("tests/exact/test_oblique_attraction.py::test_full_bias_follows_an_oblique_gradient",),
    ),
    Fault(
        "gradient-without-receptors",
        "a cell follows a gradient however few receptors see it",
        "engine/motility.py",
        "return ex / length, ey / length, ez / length, mean_cosine(kappa, dimensions)",
        "return ex / length, ey / length, ez / length, 1.0",
        ("tests/exact/test_chemotaxis.py::test_cells_drift_as_the_law_says_and_a_turned_site_turns_the_drift",),
    ),
    Fault(
        "haptotaxis-without-end",
        "a cell follows the density of a matrix as far as it says, however little that rises",
        "engine/motility.py",
        "share = 1.0 / (1.0 + math.sqrt(hx * hx + hy * hy + hz * hz))",
        "share = 1.0",
        ("tests/laws/test_arms_against_laws.py::test_hands_do_to_a_law_what_theory_says[climb along a matrix]",),
    ),
    Fault(
        "one-wall-for-all",
        "every held face has the concentration of the first one",
        "engine/faces.py",
        "(diffusing + max(-outwards, 0.0)) * outside[2 * axis + side]",
        "(diffusing + max(-outwards, 0.0)) * outside[2 * axis]",
        (
            "tests/exact/test_field_solutions.py"
            "::test_a_source_and_a_sink_hold_a_straight_line_between_their_two_concentrations",
        ),
    ),
)
