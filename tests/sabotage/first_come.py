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
        "language/merge.py",
        "number if one.where is None else (one.where.file, one.where.line, one.where.column), one)",
        "one.text, one)",
        ("tests/unit/test_said_twice.py::test_a_dose_said_twice_is_given_twice",),
    ),
    Fault(
        "steps-as-written",
        "steps at one time happen in the order in which they are written",
        "compiler/protocol.py",
        "(one[0].step, ORDER.index(Event(one[0].row[0])), one[0].name, one[1])",
        "one[0].step",
        (
            "tests/unit/test_said_twice.py::test_steps_at_one_time_take_out_before_they_put_in_in_whatever_order_they_are_written",
        ),
    ),
    Fault(
        "mrna-at-once",
        "a silenced mRNA is at rest at once, whatever its half-life",
        "engine/silencing.py",
        "if gap == 0.0 or not scale > 0.0:",
        "if True:",
        ("tests/exact/test_silencing_balance.py::test_mrna_follows_as_the_rate_equation_of_the_twin",),
    ),
    Fault(
        "clearance-twice",
        "the clearance of a state is given to each route in full",
        "compiler/behaviours.py",
        'if behaviour.kind == "clearance":\n                    stated',
        'if behaviour.kind == "clear":\n                    stated',
        ("tests/unit/test_said_twice.py::test_the_clearance_of_a_state_is_that_of_both_routes_together",),
    ),
    Fault(
        "later-network-wins",
        "of two networks that disagree the later one holds, without a word",
        "language/merge.py",
        "        if subject(other) not in own:\n",
        "        if False:\n",
        (
            "tests/unit/test_said_twice.py::test_two_networks_of_a_cell_that_disagree_are_refused_unless_the_cell_says_it",
        ),
    ),
    Fault(
        "later-part-wins",
        "of two parts that disagree about a sentence the first one holds, without a word",
        "language/overlap.py",
        "                if subject(other) not in mine:\n",
        "                if False:\n",
        ("tests/unit/test_said_twice.py::test_two_parts_that_disagree_are_refused_unless_the_model_says_it",),
    ),
    Fault(
        "doses-by-place",
        "of two doses of one thing at one time, the one that is written first draws first",
        "compiler/protocol.py",
        "key=lambda m: m.said",
        "key=lambda m: 0",
        ("tests/unit/test_each_form_twice.py::test_a_form_said_twice_acts_twice_or_is_refused_whatever_the_order",),
    ),
    Fault(
        "last-name-wins",
        "of two entries of one name with different ids the last one holds, without a word",
        "language/reading/blocks.py",
        "            report_duplicate(key, name, found[name][0], report)\n",
        "            found[name] = key, entry\n",
        ("tests/unit/test_each_form_twice.py::test_a_name_that_stands_twice_with_ids_behind_it_is_told",),
    ),
    Fault(
        "one-state-unheard",
        "what a cell does in one state alone is ignored",
        "language/fill.py",
        "    one = _in_states(one)\n",
        "",
        ("tests/unit/test_values_of_states.py::test_what_a_cell_does_in_one_state_alone_acts_there",),
    ),
    Fault(
        "groups-taken-whole",
        "a simulated cell that stands for many is taken out with all of them, or not at all",
        "engine/protocol.py",
        "gone[i] = binomial(key, cell_id[i], 0, stands_for[i], share[i])",
        "gone[i] = stands_for[i] if uniform(key, cell_id[i], 0) < share[i] else 0",
        ("tests/unit/test_protocol_events.py::test_a_share_of_cells_that_stand_for_many_is_taken_of_them_one_by_one",),
    ),
    Fault(
        "one-half-max-for-all",
        "one half-max of a concentration and a number of copies is not told",
        "language/checking/cells.py",
        "if len(measured) > 1:",
        "if len(measured) > 9:",
        ("tests/unit/test_values_of_states.py::test_one_half_max_for_what_is_measured_differently_is_told",),
    ),
)
