"""Faults by which the first of two statements holds for both."""

from __future__ import annotations

from tests.sabotage.fault import Fault

FIRST_COME = (
    Fault(
        "first-saturation-for-all",
        "every cell type saturates where the first one does",
        "compiler/vesicles.py",
        'p_half_saturation=fates["saturation"],',
        'p_half_saturation=np.tile(fates["saturation"][:1], (n_types, 1)),',
        ("tests/laws/test_every_value_acts.py::test_every_stated_value_reaches_the_engine_or_is_refused",),
    ),
    Fault(
        "first-antibody-for-all",
        "the antibody of the first arm is that of all arms",
        "compiler/molecules.py",
        "for arm, step in antibodies(ctx)[target].items():",
        "for arm, step in list(antibodies(ctx)[target].items())[:1]:",
        ("tests/laws/test_each_its_own.py::test_an_antibody_is_drawn_under_its_own_value",),
    ),
    Fault(
        "equal-words-count-once",
        "a line said twice counts once",
        "spec/merge.py",
        "number if one.where is None else (one.where.file, one.where.line, one.where.column), one)",
        "one.text, one)",
        ("tests/unit/test_said_twice.py::test_a_dose_said_twice_is_given_twice",),
    ),
)
