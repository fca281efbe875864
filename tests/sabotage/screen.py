"""Faults in what the first screen of a report says and shows."""

from __future__ import annotations

from tests.sabotage.fault import Fault

ARM = "tests/unit/results/test_report_arm_asked.py"
DRAWINGS = "tests/unit/results/test_report_drawings.py"
ANSWER = "tests/unit/results/test_answer_in_draws.py"

SCREEN = (
    Fault(
        "draws-against-the-median-baseline",
        "the change of a draw is judged against the median baseline",
        "results/compare.py",
        "shows.shows(b, c) for b, c in zip(base, each, strict=True)",
        "shows.shows(middle, c) for b, c in zip(base, each, strict=True)",
        (f"{ANSWER}::test_effect_that_the_median_hides_is_told_with_its_draws",),
    ),
    Fault(
        "own-vesicles-before-the-dose",
        "the funnel shows the vesicles of the cells before the preparation that was dosed",
        "results/messages.py",
        "not f.dosed, f.target is None",
        "f.target is None",
        (f"{ARM}::test_dosed_preparation_comes_first_in_the_arm_asked",),
    ),
    Fault(
        "funnel-of-the-vehicle",
        "the arm that was asked is passed over for the baseline",
        "results/messages.py",
        "asked, baseline = own[min(1, len(own) - 1)], own[0]",
        "asked, baseline = own[0], own[0]",
        (f"{ARM}::test_own_vesicles_of_the_arm_asked_where_nothing_is_dosed",),
    ),
    Fault(
        "ticks-with-three-digits",
        "the labels of an axis do not tell its ticks apart",
        "results/report/lettering.py",
        "    for digits in range(3, 15):\n",
        "    for digits in range(3, 4):\n",
        (f"{DRAWINGS}::test_tick_labels_differ_and_are_the_ticks",),
    ),
    Fault(
        "noise-fills-the-axis",
        "an axis is stretched until noise looks like an effect",
        "results/report/lettering.py",
        "    room = least * max(abs(low), abs(high))\n",
        "    room = 0.0 * least * max(abs(low), abs(high))\n",
        (f"{DRAWINGS}::test_curves_that_hardly_move_are_flat_with_an_axis_that_can_be_read",),
    ),
)
