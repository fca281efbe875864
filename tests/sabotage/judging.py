"""Faults in what ends growth, and in how experiments are judged."""

from __future__ import annotations

from tests.sabotage.fault import Fault

VERIFY, GROWTH = "tests/unit/experiments/test_verify.py", "tests/laws/test_growth_in_labware.py"
KINDS = "tests/unit/experiments/test_judging.py"

JUDGING = (
    Fault(
        "room-without-end",
        "cells of dishes and pools feel no crowding",
        "engine/mechanics.py",
        "        state.pressure[:] = crowding(program, state)\n",
        "        state.pressure[:] = 0.0 * crowding(program, state)\n",
        (
            "tests/twins/test_mechanics_twin.py::test_crowding_equals_the_twin",
            f"{GROWTH}::test_pressure_ends_growth_a_little_above_a_closed_layer_or_packing",
        ),
    ),
    Fault(
        "phases-in-any-state",
        "a phase that waits for a state runs in all of them",
        "compiler/lifecycle.py",
        "out.append(Clock(text, word, t, ctx.state_index(cell, state), k, rate, steps, effect))",
        "out.append(Clock(text, word, t, NONE, k, rate, steps, effect))",
        (f"{GROWTH}::test_a_phase_that_asks_for_a_state_waits_for_it",),
    ),
    Fault(
        "below-what-the-assay-shows",
        "an effect smaller than the assay shows counts",
        "experiments/verdicts/judging.py",
        "np.where(change > up * scale, 1,",
        "np.where(change > 0.0 * up * scale, 1,",
        (f"{VERIFY}::test_an_effect_below_what_the_assay_shows_does_not_count",),
    ),
    Fault(
        "one-of-several-is-enough",
        "of several perturbations the first alone decides",
        "experiments/verdicts/judging.py",
        "alike = (signs == signs[0]).all(axis=0)",
        "alike = (signs == signs[0]).any(axis=0)",
        (
            f"{VERIFY}::test_of_several_perturbations_all_must_agree",
            f"{VERIFY}::test_several_perturbations_agree_only_where_all_have_one_sign",
        ),
    ),
    Fault(
        "noise-is-an-effect",
        "what another seed changes counts as an effect",
        "experiments/verdicts/judging.py",
        "    up = max(noise, 0.0",
        "    up = max(0.0, 0.0",
        (f"{KINDS}::test_what_another_seed_changes_is_no_effect",),
    ),
    Fault(
        "controls-never-fail",
        "a file whose positive control fails is judged all the same",
        "experiments/verdicts/scoreboard.py",
        "    failed = [control for control in controls if not control.held]",
        "    failed = [control for control in controls if control.n < 0]",
        (f"{KINDS}::test_a_file_whose_control_fails_gives_no_verdict",),
    ),
    Fault(
        "confirmed-where-it-was-sought",
        "a condition is confirmed on the draws that it was sought in",
        "experiments/verdicts/conditions.py",
        "        found = _confirmed(limits, agree, values, other)",
        "        found = _confirmed(limits, agree, values, sought)",
        (
            "tests/unit/experiments/test_conditions.py::test_shuffled_labels_have_a_condition_in_less_than_one_of_twenty",
        ),
    ),
    Fault(
        "construction-is-counted",
        "the headline counts what the model says itself",
        "experiments/verdicts/board.py",
        'self.of_role("test"), self.of_role("construction")',
        'self.of_role("test") + self.of_role("construction"), self.of_role("construction")',
        ("tests/unit/experiments/test_boards_kept.py::test_the_headline_counts_test_claims_alone",),
    ),
    Fault(
        "printed-is-corrected",
        "what the review prints is scored as the corrected claim",
        "experiments/verdicts/scoreboard.py",
        "            if trial.as_printed:\n",
        "            if trial.as_printed and not trial.claim:\n",
        (f"{VERIFY}::test_the_printed_reading_stands_beside_the_corrected_one",),
    ),
    Fault(
        "quantities-are-scored",
        "a reference value gets a verdict",
        "experiments/verdicts/scoreboard.py",
        'RUN = ("mechanism", "intervention", "clinical")',
        'RUN = ("mechanism", "intervention", "clinical", "quantity")',
        (f"{VERIFY}::test_a_quantity_is_shown_beside_what_the_model_gives_and_gets_no_verdict",),
    ),
    Fault(
        "the-cut-is-never-felt",
        "the wiring without a claim's sentences is the wiring with them",
        "experiments/verdicts/wiring.py",
        "    return not _signs(kept, steps, target)",
        "    return not signs_at(model, steps, target)",
        (f"{VERIFY}::test_where_the_wiring_is_cut_a_change_falls_without_a_run",),
    ),
    Fault(
        "a-question-draws-its-own",
        "a question without a run draws other values than a run of the same dish",
        "experiments/loading/draws.py",
        "Scores(seed, ensemble).of",
        "Scores(seed + 1, ensemble).of",
        ("tests/unit/experiments/test_loading.py::test_the_command_and_the_model_give_one_number",),
    ),
    Fault(
        "ratio-of-medians",
        "the funnel shows the ratio of two medians beside the median of the draws",
        "results/report/loading.py",
        "math.nan if shown is None else shown.gap.median\n",
        "None\n",
        ("tests/unit/experiments/test_loading.py::test_a_page_shows_one_factor_for_one_question",),
    ),
    Fault(
        "copies-per-hundred-thousand",
        "reads per million are taken as parts of 100,000",
        "language/abundance.py",
        "each = whole.number / 1e6",
        "each = whole.number / 1e5",
        ("tests/unit/test_abundance.py::test_copies_are_the_share_of_all_copies_of_a_cell",),
    ),
    Fault(
        "every-cell-alike",
        "own copies of the general cell stand for every cell",
        "experiments/loading/dosing.py",
        'copies_of("own copies", cargo, asked)',
        'copies_of("own copies", cargo, Recipient(Cell(name=ANY_CELL)))',
        ("tests/unit/experiments/test_dose.py::test_own_copies_are_those_of_the_mirna_in_the_cell",),
    ),
    Fault(
        "more-than-fits",
        "a billion copies in one vesicle are answered",
        "experiments/loading/given.py",
        "if copies > most:",
        "if copies > 1e9 * most:",
        ("tests/unit/experiments/test_dose.py::test_mistakes_are_told_with_a_remedy",),
    ),
    Fault(
        "filled-in-unasked",
        "a usual dish stands in for what a study does not say, asked for or not",
        "experiments/loading/studies.py",
        "if not (usual and key in USUAL)",
        "if key not in USUAL",
        ("tests/unit/experiments/test_studies.py::test_a_row_is_what_dose_says_of_it",),
    ),
)
