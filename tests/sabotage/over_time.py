"""Faults in what happens when: steps that last from a time on, or until one."""

from __future__ import annotations

from tests.sabotage.fault import Fault

TIMED = "tests/laws/test_timed_steps.py::"

ALIKE = "tests/laws/test_alike_rows.py::"

OVER_TIME = (
    Fault(
        "alike-whatever-the-hand-does",
        "arms that differ only in a dose are computed once to the end",
        "engine/alike.py",
        "done = program.protocol.p_amount[program.protocol.step < end].astype(np.int64)",
        "done = program.protocol.p_amount[:0].astype(np.int64)",
        (
            f"{ALIKE}test_a_run_has_the_same_bits_as_one_of_each_for_itself",
            f"{ALIKE}test_rows_are_computed_from_when_they_differ",
        ),
    ),
    Fault(
        "parted-a-hand-late",
        "rows part after the hand that makes them differ, not before it",
        "march.py",
        "self._compute(self._alike.classes(self.now, acted=True))",
        "self._compute(self._alike.classes(self.now, acted=False))",
        (f"{ALIKE}test_a_run_has_the_same_bits_as_one_of_each_for_itself",),
    ),
    Fault(
        "made-once-for-all-programs",
        "what was made for one program is taken for another with other values",
        "engine/once.py",
        'found = program.__dict__.setdefault("_made", {})',
        'found = once.__dict__.setdefault("_made", {})',
        ("tests/unit/test_once.py::test_another_programs_values_are_not_taken_for_those_of_the_first",),
    ),
    Fault(
        "doubling-as-mean-cycle",
        "a doubling time is taken for the mean of a memoryless cycle",
        "compiler/doubling.py",
        "return np.log(2.0) / (doubling * steps * (2.0 ** (1.0 / steps) - 1.0))",
        "return 1.0 / doubling",
        ("tests/laws/test_doubling.py::test_cells_double_in_the_time_that_is_said[, in 1 steps]",),
    ),
    Fault(
        "a-step-late",
        "what an experimenter changes on the way acts a macro step late",
        "engine/program.py",
        'np.searchsorted(self.later_step, step, side="right")',
        'np.searchsorted(self.later_step, step, side="left")',
        (f"{TIMED}test_a_step_acts_from_its_macro_step_on",),
    ),
    Fault(
        "no-end",
        "a step that says until when acts to the end of the run",
        "compiler/phases.py",
        "if start >= first and (end is None or start < end)",
        "if start >= first",
        (f"{TIMED}test_a_step_acts_from_its_macro_step_on",),
    ),
    Fault(
        "first-clamp-stays",
        "of two clamps of one node the first holds to the end",
        "compiler/parameters.py",
        "np.where(np.isnan(self._columns[one]), column, self._columns[one])",
        "np.where(np.isnan(column), self._columns[one], column)",
        (f"{TIMED}test_course_of_a_node[clamp A in c at 0.2; at 12 h clamp A in c at 0.7-0.2; 0.7; 0.7]",),
    ),
    Fault(
        "order-of-writing",
        "of two values that are set the one written last holds, whenever it is set",
        "compiler/arms.py",
        'key=lambda one: (one[0].startswith("arms."), span(one[1])[0])',
        'key=lambda one: one[0].startswith("arms.")',
        (f"{TIMED}test_course_of_a_node[at 12 h clamp A in c at 0.7; clamp A in c at 0.2-0.2; 0.7; 0.7]",),
    ),
    Fault(
        "hold-without-end",
        "a substance that is held until a time is held to the end",
        "compiler/protocol.py",
        "if isinstance(step, Hold) and step.until is not None:",
        "if False:",
        (f"{TIMED}test_a_hold_can_say_until_when",),
    ),
)
