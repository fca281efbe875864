"""Faults by which what is as at rest keeps nothing, or is another number elsewhere."""

from __future__ import annotations

from tests.sabotage.fault import Fault

HERE = "tests/exact/test_levels_at_rest.py"
RESTING = (
    Fault(
        "rules-rest-too",
        "what rules make of a secretion at rest is left out of its base",
        "compiler/resting.py",
        "rate = share * np.maximum(needed, 0.0) / (state.number[t] * fold)",
        "rate = share * np.maximum(needed, 0.0) / state.number[t]",
        (f"{HERE}::test_a_secretion_replaces_what_is_lost_bound_and_taken_up",),
    ),
    Fault(
        "dormant-cells-in-mid-cycle",
        "cells whose state holds them in a phase start in all phases",
        "engine/founding.py",
        "            if not ends:\n                return phase\n",
        "",
        ("tests/laws/test_growth_in_labware.py::test_a_phase_that_asks_for_a_state_waits_for_it",),
    ),
    Fault(
        "an-enzyme-of-one-fluid",
        "what cells keep in blood is balanced in the fluid of tissue",
        "language/model/rest.py",
        'return "blood" if cell in self.in_blood else "tissue"',
        'return "tissue"',
        (f"{HERE}::test_in_blood_an_enzyme_makes_what_is_lost_there_and_a_gland_secretes_it",),
    ),
    Fault(
        "an-enzyme-counts-itself",
        "what an enzyme as at rest makes is taken for what others make",
        "compiler/resting.py",
        "np.ones(state.program.n_types, dtype=np.bool_), without=row)",
        "np.ones(state.program.n_types, dtype=np.bool_))",
        (f"{HERE}::test_in_blood_an_enzyme_makes_what_is_lost_there_and_a_gland_secretes_it",),
    ),
    Fault(
        "a-cycle-without-steps",
        "a cycle in ten steps is taken to grow as one in a single step",
        "compiler/resting.py",
        "clock = rate / (k * np.expm1(np.log(2.0) / k)) if",
        "clock = rate if",
        (f"{HERE}::test_division_change_supply_and_formation_replace_what_goes",),
    ),
    Fault(
        "change-leaves-no-gap",
        "cells that become others are not made good",
        "compiler/rest_state.py",
        "if int(life.effect[c]) in BIRTHS or life.state[c] not in (NONE, 0):",
        "if int(life.effect[c]) in (*BIRTHS, int(Effect.TRANSITION)) or life.state[c] not in (NONE, 0):",
        (f"{HERE}::test_division_change_supply_and_formation_replace_what_goes",),
    ),
    Fault(
        "medians-for-means",
        "cells that differ do in the mean what the median cell does",
        "compiler/rest_state.py",
        "out[:, t, column] *= np.exp(0.5 * np.log(program.values[:, p]) ** 2)",
        "out[:, t, column] *= 1.0",
        (f"{HERE}::test_division_change_supply_and_formation_replace_what_goes",),
    ),
    Fault(
        "two-unknowns-of-one-number",
        "division and death may both follow from one number of cells",
        "language/checking/rest.py",
        "if known.setdefault(what, mine) != mine:",
        "if known.setdefault(what, mine) is None:",
        (f"{HERE}::test_what_two_rates_would_follow_from_is_refused",),
    ),
)
