"""Faults by which an amount is more than its place holds, or than can be counted."""

from __future__ import annotations

from tests.sabotage.fault import Fault

AMOUNTS = (
    Fault(
        "doses-wrap",
        "a dose beyond an integer of 64 bits is given",
        "engine/step.py",
        "        counts.refuse_events(program, state)\n",
        "",
        ("tests/laws/test_counts.py::test_a_dose_beyond_what_can_be_counted_is_refused_and_nothing_has_changed",),
    ),
    Fault(
        "travellers-wrap",
        "what travelling cells hold is not counted",
        "engine/counts.py",
        "state.bound + state.endosomal) * (goes[:, None] * max(scale, 1.0))",
        "state.bound + state.endosomal) * 0.0",
        ("tests/laws/test_counts.py::test_travelling_cells_that_are_or_hold_more_than_can_be_counted_are_refused[True]",),
    ),
    Fault(
        "only-the-protocol-fits",
        "what an arm gives is not compared with its medium",
        "compiler/amounts.py",
        "severity = \"error\" if (full & stated).any() or full[written].all() else \"warning\"",
        "severity = \"warning\"",
        (
            "tests/unit/test_amounts.py::test_a_dose_that_the_medium_cannot_hold_is_refused_before_the_run",
            "tests/unit/test_amounts.py::test_the_arm_that_gives_too_much_is_named",
        ),
    ),
    Fault(
        "draws-fit-as-stated",
        "only the stated value is compared with what fits",
        "language/checking/holds.py",
        "    return 1.0 - share if above else share\n",
        "    return 1.0 if above else 0.0\n",
        (
            "tests/unit/test_amounts.py::test_the_share_of_impossible_draws_is_that_of_the_draws",
            "tests/unit/test_amounts.py::test_cells_wider_than_their_site_are_told[94 um (30..300 @assumed)-warning]",
        ),
    ),
    Fault(
        "byte-order-mark-is-a-name",
        "the byte-order mark of a spreadsheet stands in the name of the first column",
        "language/reading/cell_table.py",
        '"utf-8-sig"',
        '"utf-8"',
        ("tests/unit/test_cell_tables.py::test_a_table_is_read_as_it_is_saved",),
    ),
    Fault(
        "any-place-is-in-the-site",
        "a position outside the site is taken",
        "language/checking/question.py",
        "table.problems + outside(table, self.edges(tissues[0]))",
        "table.problems",
        ("tests/unit/test_cell_tables.py::test_a_wrong_table_is_told_with_row_and_column",),
    ),
    Fault(
        "a-mass-into-the-piece",
        "the piece of a patch that is simulated gets the amount that the whole labware is given",
        "compiler/protocol.py",
        "ctx.parameters.times(f\"{path}.amount in {site.name}\", whole, _simulated(ctx, site))",
        "ctx.parameters.times(f\"{path}.amount in {site.name}\", whole)",
        (
            "tests/unit/test_doses_by_amount.py::"
            "test_the_concentration_is_the_amount_over_the_volume[slide-0.0005]",
        ),
    ),
    Fault(
        "masses-are-preparations",
        "a mass is always one of a preparation",
        "language/merge.py",
        "    dissolved = {*Names(model).substances} - known\n",
        "    dissolved = set[str]()\n",
        (
            "tests/unit/test_doses_by_amount.py::"
            "test_names_decide_whether_a_mass_is_of_a_substance_or_a_preparation",
        ),
    ),
    Fault(
        "an-amount-everywhere",
        "an amount without a place is given to every site",
        "language/dose_series.py",
        "    return not isinstance(step, AddPreparation) and measures(amount.unit, \"concentration\")\n",
        "    return True\n",
        (
            "tests/unit/test_doses_by_amount.py::test_an_amount_without_place_goes_into_the_only_labware",
            "tests/unit/test_doses_by_amount.py::test_an_amount_needs_its_place_where_there_are_several[5 ng drug]",
        ),
    ),
)  # fmt: skip
