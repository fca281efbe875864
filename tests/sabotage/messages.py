"""Faults of what a person is told about a text."""

from __future__ import annotations

from tests.sabotage.fault import Fault

MESSAGES = (
    Fault(
        "errors-among-warnings",
        "an error stands after the warnings of earlier lines",
        "errors.py",
        "    parts = [one.text() for one in errors]\n",
        "    parts: list[str] = []\n",
        ("tests/unit/test_diagnostics_shown.py::test_errors_stand_before_forty_warnings[kind]",),
    ),
    Fault(
        "every-warning-at-every-run",
        "what stops a run drowns in warnings in full",
        "errors.py",
        'super().__init__(render(diagnostics, "line"))',
        "super().__init__(render(diagnostics))",
        ("tests/unit/test_diagnostics_shown.py::test_a_model_error_says_its_mistakes_first_and_doubts_in_a_line",),
    ),
    Fault(
        "thousands-are-decimals",
        "1,000,000 is offered as 1.0",
        "language/hints/slips.py",
        'return "".join(groups)',
        'return ".".join(groups[:2])',
        ("tests/unit/test_what_was_meant.py::test_a_quantity_is_named_with_its_right_form",),
    ),
    Fault(
        "a-deviation-is-a-range",
        "the ends of a standard deviation pass as the central 90 %",
        "language/hints/slips.py",
        "ONE_SIDED = 1.645",
        "ONE_SIDED = 1.0",
        ("tests/unit/test_what_was_meant.py::test_a_quantity_is_named_with_its_right_form",),
    ),
    Fault(
        "what-is-blocked-is-what-is-left",
        "a knock-down by 70 % leaves 70 %",
        "language/hints/meant.py",
        "residual {100 - int(found.group(1))} %",
        "residual {int(found.group(1))} %",
        ("tests/unit/test_what_was_meant.py::test_the_sentence_that_was_meant_is_offered",),
    ),
    Fault(
        "a-swallowed-word",
        "a name with a word of the sentence in it gets the remedy for an unknown name",
        "language/checking/question.py",
        'self.reworded("step", one, self.step)',
        "self.step(one)",
        ("tests/unit/test_what_was_meant.py::test_a_name_that_swallowed_a_word_of_the_sentence",),
    ),
    Fault(
        "first-draw-blamed",
        "the first draw is named, not the one that fills the site first",
        "compiler/outgrown.py",
        "first = min(full, key=lambda i: (float(when[i, s]), i))",
        "first = min(full)",
        ("tests/unit/test_outgrown.py::test_the_draw_that_fills_the_site_is_named_with_its_day",),
    ),
    Fault(
        "the-dead-take-no-room",
        "dead cells vanish at once in the growth that is foretold",
        "compiler/growth.py",
        "cells[m] = alive.sum(axis=3) + dead",
        "cells[m] = alive.sum(axis=3)",
        ("tests/unit/test_outgrown.py::test_the_dead_stay_and_the_others_grow_less",),
    ),
    Fault(
        "one-arm-for-all",
        "the time that is foretold is that of a single draw of a single arm",
        "results/forecast.py",
        "steps * (PER_SITE + variants * (PER_VARIANT",
        "steps * (PER_SITE + 1 * (PER_VARIANT",
        ("tests/unit/test_forecast.py::test_more_draws_and_a_longer_span_take_longer",),
    ),
    Fault(
        "idle-arms-untold",
        "an arm that changes no value is run without a word",
        "compiler/idle_arms.py",
        "        if _alike(system, rows[baseline.name], rows[arm.name]):\n",
        "        if not system.sites:\n",
        ("tests/unit/test_compiler.py::test_an_arm_that_changes_no_value_is_told",),
    ),
)
