"""Faults in what the first screen of a report says and shows."""

from __future__ import annotations

from tests.sabotage.fault import Fault

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
)
