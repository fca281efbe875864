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
)
