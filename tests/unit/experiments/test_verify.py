"""From small experiment files to verdicts, provenance, chance, and the board."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vesicula.cli import exits, main
from vesicula.compiler import compile_model
from vesicula.errors import ModelError
from vesicula.experiments.arms import unnamed_differences
from vesicula.experiments.verdicts import stored
from vesicula.experiments.verdicts.asked import files_of, levels_of, written_down
from vesicula.experiments.verdicts.board import VERDICTS, from_json, to_csv, to_json
from vesicula.experiments.verdicts.judging import judge, shown, together
from vesicula.experiments.verdicts.scoreboard import board, claims_to_test, scored_with
from vesicula.experiments.verdicts.trials import answer, run_file
from vesicula.experiments.verdicts.verifying import Broken, run_tasks, task_of
from vesicula.language import prepare
from vesicula.results.assays import SmallestEffect

RISES, SAME_AGAIN, ANOTHER, CLINICAL = "bm-052", "bm-041", "bm-013", "bm-012"
TEXT = """vesicula: 1
model: small
question: What does the signal do?
about: A dish for a test.
species: human
controls: none
labware:
  well: {{plate: 96-well plate, sample: 4 cells}}
substances:
  IL1B: {{diffuses: 100 um^2/s (20..400 @assumed), half-life: 40 h (10..100 @assumed)}}
cells:
  responder:
    diameter: 12 um (5..50 @assumed)
    inside:
{inside}
start:
  - 4000 responder in well
arms:
  vehicle: []
  IL-1B:
    - at 0 h hold IL1B at {dose}
{more}
measure:
  answer: {measure}
run: {{for: 12 h, record: every 6 h, step: 60 min}}
experiments:
  {claim}: {{baseline: {baseline}, perturbation: {perturbation}, measure: answer}}
"""
FIRST = "IL1B activates NFKB, half-max 10 pM (1..100 @assumed)"
APART = ("MTOR starts at 1", "MTOR activates AKT1, half-max 0.3 (0.05..0.9 @assumed)")
SECOND = "NFKB activates AKT1, half-max 0.3 (0.05..0.9 @assumed)"


def experiment(
    folder: Path, *inside: str, name: str = "small", claim: str = RISES, dose: str = "60 pM", more: str = "",
    measure: str = "blot of AKT1 in responder at 12 h", baseline: str = "vehicle", perturbation: str = "IL-1B",
) -> Path:  # fmt: skip
    """An experiment file with these sentences inside its cells."""
    path = folder / f"{name}.yaml"
    lines = "\n".join(f"      - {sentence}" for sentence in inside)
    path.write_text(
        TEXT.format(
            inside=lines, claim=claim, dose=dose, more=more, measure=measure, baseline=baseline,
            perturbation=perturbation,
        )
    )  # fmt: skip
    return path


def row_of(path: Path, claim: str = RISES, **how):
    made = board("bone-metastasis", [run_file(path, draws=8, **how)], only=[claim])
    return made.row(claim)


def test_a_path_from_the_signal_holds_and_one_turned_round_is_opposite(tmp_path: Path) -> None:
    assert row_of(experiment(tmp_path, FIRST, SECOND), ablate=False).outcome == "holds"
    turned = experiment(tmp_path, FIRST, "not NFKB activates AKT1, half-max 0.3 (0.05..0.9 @assumed)")
    assert row_of(turned, ablate=False).outcome == "opposite"


def test_without_a_path_it_is_absent(tmp_path: Path) -> None:
    row = row_of(experiment(tmp_path, FIRST, *APART), ablate=False)
    assert (row.outcome, row.by, row.visible, row.right) == ("absent", "nothing", 0.0, None)
    assert "nothing in the model joins" in row.reason


def test_an_effect_below_what_the_assay_shows_does_not_count() -> None:
    base = np.linspace(1.0, 2.0, 10)
    assay = SmallestEffect("ELISA", 0.2)
    small = shown(base, (base * 1.19)[None], "pM", assay)
    large = shown(base, (base * 1.21)[None], "pM", assay)
    assert judge("increase", small).outcome == "absent"
    assert judge("no_change", small).outcome == "holds"
    assert judge("increase", large).outcome == "holds"
    folds = SmallestEffect("qPCR", 0.5, fold=True)  # down to 1/1.5 = 0.67
    assert judge("decrease", shown(base, (base * 0.7)[None], "", folds)).outcome == "absent"
    assert judge("decrease", shown(base, (base * 0.6)[None], "", folds)).outcome == "holds"


def test_a_trace_of_a_change_counts_in_no_kind_of_measure(tmp_path: Path) -> None:
    weak = "NFKB activates AKT1, half-max 0.3 (0.05..0.9 @assumed), weight 0.02 (0.005..0.05 @assumed)"
    path = experiment(tmp_path, FIRST, "AKT1 starts at 0.5", weak, "MTOR starts at 1", "MTOR activates AKT1")
    text = path.read_text().replace("blot of AKT1 in responder at 12 h", "AKT1 in responder")
    path.write_text(text)
    seen = run_file(path, draws=8, ablate=False).trials[0].shown
    assert seen.smallest is not None
    assert seen.effect.median != 0.0
    assert not seen.signs.any()


def test_what_does_not_cite_the_claim_is_predicted(tmp_path: Path) -> None:
    row = row_of(experiment(tmp_path, f"{FIRST} @be-013", f"{SECOND} @be-014"))
    assert (row.outcome, row.provenance) == ("holds", "predicted")


def test_an_answer_that_needs_another_claim_too_is_composed(tmp_path: Path) -> None:
    row = row_of(experiment(tmp_path, f"{FIRST} @{RISES}", f"{SECOND} @be-014"))
    assert row.provenance == "composed"
    assert row.rests_on == (RISES, "be-014")


def test_a_claim_written_beside_others_on_one_sentence_is_not_predicted(tmp_path: Path) -> None:
    row = row_of(experiment(tmp_path, f"{FIRST} @{RISES} @be-013", SECOND))
    assert row.provenance == "encoded"


def test_one_sentence_from_what_is_changed_to_what_is_measured_is_encoded(tmp_path: Path) -> None:
    straight = f"IL1B activates AKT1, half-max 10 pM (1..100 @assumed) @{RISES}"
    path = experiment(tmp_path, FIRST, SECOND, straight)  # it would stay without the sentence that says it
    model = prepare(path)
    assert [s.text for s in written_down(model, model.experiments[0])] == [straight]
    assert row_of(path).provenance == "encoded"
    two = prepare(experiment(tmp_path, f"{FIRST} @{RISES}", f"{SECOND} @{RISES}"))
    assert written_down(two, two.experiments[0]) == ()


def test_a_clamped_node_is_encoded(tmp_path: Path) -> None:
    more = "  clamped:\n    - clamp NFKB in responder at 1"
    path = experiment(tmp_path, f"{FIRST} @be-013", f"{SECOND} @be-014", more=more, perturbation="clamped")
    assert row_of(path).provenance == "encoded"


def test_an_arm_that_acts_on_what_is_measured_is_encoded(tmp_path: Path) -> None:
    out = "  out:\n    - knock out AKT1 in responder, residual 5 % (0.5..50 @assumed)\n"
    path = experiment(tmp_path, FIRST, SECOND, more=out, baseline="IL-1B", perturbation="out", claim="bm-040")
    row = row_of(path, "bm-040")
    assert (row.outcome, row.provenance) == ("holds", "encoded")


def test_by_chance_half_of_the_scrambled_models_agree(tmp_path: Path) -> None:
    row = row_of(experiment(tmp_path, FIRST, SECOND))
    assert row.chance is not None
    assert 0.2 <= row.chance <= 0.8
    assert row.by == "wiring"


def test_no_change_where_nothing_joins_the_two_is_no_finding(tmp_path: Path) -> None:
    path = experiment(tmp_path, FIRST, *APART, claim="bm-048")
    row = row_of(path, "bm-048", ablate=False)
    assert row.outcome == "absent"
    assert "nothing in the model joins" in row.reason


def test_a_clinical_claim_that_holds_is_told_apart(tmp_path: Path) -> None:
    run = run_file(experiment(tmp_path, FIRST, SECOND, claim=CLINICAL), draws=8, ablate=False)
    made = board("bone-metastasis", [run], only=[CLINICAL])
    assert made.row(CLINICAL).outcome == "holds"
    assert made.counts()["clinical"] == 1


ARMS = """  half:
    - at 0 h hold IL1B at 30 pM
  nothing else:
    - at 0 h hold IL1B at 0 pM
"""


def each(path: Path) -> Path:
    """The experiment with its list of arms as perturbations of their own."""
    path.write_text(path.read_text().replace("measure: answer}", "measure: answer, each: yes}"))
    return path


def test_of_several_perturbations_all_must_agree(tmp_path: Path) -> None:
    words = {"more": ARMS, "baseline": "vehicle"}
    both = each(experiment(tmp_path, FIRST, SECOND, perturbation="[half, IL-1B]", **words))
    assert row_of(both, ablate=False).outcome == "holds"
    one_idle = each(experiment(tmp_path, FIRST, SECOND, perturbation="[IL-1B, nothing else]", **words))
    row = row_of(one_idle, ablate=False)
    assert row.outcome == "absent"
    assert row.effect is not None
    assert row.effect.median == 0.0  # of the one that changes least
    assert prepare(one_idle).experiments[0].each


def test_several_perturbations_agree_only_where_all_have_one_sign() -> None:
    base = np.ones(6)
    up, down = np.full(6, 2.0), np.array([2.0, 2.0, 0.5, 0.5, 2.0, 1.0])
    seen = together([shown(base, one[None], "", None) for one in (up, down)])
    assert seen.signs.tolist() == [1, 1, 0, 0, 1, 0]
    assert seen.n == 6


PRINTED = "bm-110"


def test_the_printed_reading_stands_beside_the_corrected_one(tmp_path: Path) -> None:
    path = experiment(tmp_path, FIRST, SECOND, claim=PRINTED, more=ARMS)
    entry = f"  {PRINTED} as printed: {{baseline: vehicle, perturbation: nothing else, measure: answer}}\n"
    path.write_text(path.read_text() + entry)
    row = row_of(path, PRINTED)
    assert row.outcome == "holds"
    assert row.printed
    assert row.as_printed == "absent (seen in 0 % of 8 draws)"
    assert [trial.provenance for trial in run_file(path, draws=4).trials][1] == ""
    assert task_of(path).claims == (PRINTED,)


def test_only_a_corrected_claim_has_a_printed_reading(tmp_path: Path) -> None:
    path = experiment(tmp_path, FIRST, SECOND, claim=f"{RISES} as printed")
    with pytest.raises(ModelError, match="nothing in bm-052 is corrected"):
        prepare(path)


def test_a_quantity_is_shown_beside_what_the_model_gives_and_gets_no_verdict(tmp_path: Path) -> None:
    row = row_of(experiment(tmp_path, FIRST, SECOND, claim="bm-087"), "bm-087", ablate=False)
    assert row.outcome == "reference value"
    assert not row.tested
    assert row.arms[0][0] == "vehicle"
    assert row.effect is not None
    assert row.effect.median > 0


def test_patients_are_the_draws_of_a_cohort(tmp_path: Path) -> None:
    path = experiment(tmp_path, FIRST, SECOND)
    text = path.read_text().replace("arms:\n", "cohort: {patients: 3, events: {high: answer above 90}}\narms:\n", 1)
    path.write_text(text)
    assert run_file(path, draws=5, ablate=False).trials[0].shown.n == 5
    assert run_file(path, draws=5).trials[0].provenance == "predicted"


def test_where_the_wiring_is_cut_a_change_falls_without_a_run(tmp_path: Path) -> None:
    from vesicula.experiments.verdicts.wiring import cut_without

    model = prepare(experiment(tmp_path, f"{FIRST} @{RISES}", f"{SECOND} @be-014", more=ARMS))
    baseline, perturbation = model.arms[0], model.arms[1]
    for cited, cut in ((RISES, True), ("be-014", True), ("be-013", False)):
        arms = (baseline, perturbation, model.measures[0])
        assert cut_without(model, *arms, lambda s, cited=cited: cited in s.sources) is cut
    straight = f"IL1B activates AKT1, half-max 10 pM (1..100 @assumed) @{RISES}"
    around = prepare(experiment(tmp_path, straight, FIRST, SECOND))
    arms = (around.arms[0], around.arms[1], around.measures[0])
    assert not cut_without(around, *arms, lambda s: RISES in s.sources)


def test_the_least_agreeing_of_several_experiments_counts(tmp_path: Path) -> None:
    good = run_file(experiment(tmp_path, FIRST, SECOND, name="good"), draws=8, ablate=False)
    bad = run_file(experiment(tmp_path, FIRST, *APART, name="bad"), draws=8, ablate=False)
    row = board("bone-metastasis", [good, bad], only=[RISES]).row(RISES)
    assert (row.outcome, row.file) == ("absent", "bad")
    assert "also tested in good" in row.reason


def test_the_board_partitions_what_can_be_tested(tmp_path: Path) -> None:
    made = board("bone-metastasis", [run_file(experiment(tmp_path, FIRST, SECOND), draws=8)])
    c = made.counts()
    assert c["claims"] == 172
    assert c["testable"] == c["tests"] + c["construction"] + c["physiology"]
    outcomes = (*VERDICTS, "no verdict", "untestable")
    assert c["tests"] == sum(c[key.replace(" ", "_")] for key in outcomes)
    assert c["holds"] + c["holds_if"] == c["predicted"] + c["composed"] + c["encoded"] == 1
    assert {made.row(key).outcome for key in claims_to_test("bone-metastasis")} <= set(outcomes)
    assert {made.row(key).role for key in claims_to_test("bone-metastasis")} == {"test", "construction", "physiology"}
    assert from_json(to_json(made)) == made
    assert len(to_csv(made).splitlines()) == 173


def test_restatements_are_scored_once() -> None:
    ids = claims_to_test("bone-metastasis")
    assert "bm-048" in ids
    assert "bm-004" not in ids  # it restates bm-048 and expects the same
    assert scored_with("bm-004") == "bm-048"
    assert scored_with("bm-060") == "bm-060"  # it sums up nine claims and expects a threshold of them together


def test_a_broken_file_is_a_row_with_its_reason_and_the_rest_runs(tmp_path: Path) -> None:
    good = experiment(tmp_path, FIRST, SECOND, name="good")
    bad = experiment(tmp_path, FIRST, SECOND, name="bad", claim=SAME_AGAIN, perturbation="nothing such")
    finished = run_tasks([task_of(good, draws=4, quick=True), task_of(bad, draws=4, quick=True)])
    made = board("bone-metastasis", finished)
    assert made.row(RISES).outcome == "holds"
    broken = made.row(SAME_AGAIN)
    assert broken.outcome == "no verdict"
    assert "bad.yaml:" in broken.reason
    assert "nothing such" in broken.reason


def test_a_value_that_changed_after_its_verdict_is_marked(tmp_path: Path) -> None:
    first = run_file(experiment(tmp_path, FIRST, SECOND), draws=4, ablate=False)
    before = stored.stored_from(stored.stored_text(board("bone-metastasis", [first]), [first]))
    same = board("bone-metastasis", [first], against=before).row(RISES)
    assert (same.changed, same.last) == ((), "holds")
    other = run_file(experiment(tmp_path, FIRST.replace("10 pM", "20 pM"), SECOND), draws=4, ablate=False)
    row = board("bone-metastasis", [other], against=before).row(RISES)
    assert len(row.changed) == 1
    assert "10 pM (1..100) -> 20 pM (1..100)" in row.changed[0]
    assert board("bone-metastasis", [first], against=before).row("bm-053").changed == ()


def test_finished_runs_are_read_and_show_the_same(tmp_path: Path) -> None:
    path, cache = experiment(tmp_path, FIRST, SECOND), tmp_path / "kept"
    first = run_file(path, draws=4, cache=cache)
    again = run_file(path, draws=4, cache=cache)
    assert (first.kept, again.kept) == (False, True)
    assert again.trials[0].provenance == first.trials[0].provenance
    np.testing.assert_array_equal(first.trials[0].shown.signs, again.trials[0].shown.signs)
    assert again.core_seconds == first.core_seconds
    assert len(list(cache.glob("*.json"))) >= 2
    assert not run_file(path, draws=5, cache=cache, ablate=False).kept


@pytest.mark.long
def test_processes_show_the_same_as_one(tmp_path: Path) -> None:
    paths = [experiment(tmp_path, FIRST, SECOND, name=f"file-{n}", dose=f"{n} pM") for n in (5, 50)]
    alone, apart = (run_tasks([task_of(path, draws=4) for path in paths], jobs=jobs) for jobs in (1, 2))
    for a, b in zip(alone, apart, strict=True):
        assert replace(a.trials[0], shown=None, core_seconds=0) == replace(b.trials[0], shown=None, core_seconds=0)


def test_arms_differ_in_nothing_but_what_they_name(tmp_path: Path) -> None:
    compiled = compile_model(prepare(experiment(tmp_path, FIRST, SECOND)))
    assert unnamed_differences(compiled, "vehicle", "IL-1B") == ()
    program = compiled.system.site("well")
    paths = [info.path for info in compiled.names.parameters]
    at = next(i for i, path in enumerate(paths) if "half-max" in path)
    values = program.values.copy()
    values[1, at] *= 1.01
    bent = replace(compiled, system=replace(compiled.system, sites=(replace(program, values=values),)))
    assert paths[at] in unnamed_differences(bent, "vehicle", "IL-1B")


@pytest.mark.parametrize("path", files_of("bone-metastasis"), ids=lambda path: path.stem)
def test_library_experiments_change_only_what_a_hand_changes(path: Path) -> None:
    model = prepare(path)
    single = model.model_copy(update={"run": model.run.model_copy(update={"draws": 2, "seeds": 1})})
    compiled = compile_model(single, folder=path.parent)
    for one in model.experiments:
        for level in levels_of(model, one):
            assert unnamed_differences(compiled, one.baseline, level) == ()


def test_no_stored_row_is_predicted_where_a_sentence_says_it() -> None:
    for name in stored.stored_boards():
        kept = stored.stored(name)
        assert kept is not None
        rows = {row.claim: row for row in kept.board.rows}
        for path in files_of(name):
            model = prepare(path)
            for one in model.experiments:
                row = rows[scored_with(one.claim)]
                if row.file == path.stem and written_down(model, one):
                    assert row.provenance in ("encoded", ""), row.claim


def test_nothing_is_clear_in_draws_that_disagree() -> None:
    base = np.ones(10)
    assert answer(shown(base, np.where(np.arange(10) < 7, 2.0, 0.1)[None], "", None)) == (None, None)


KEYS = {
    "claims", "testable", "tests", "holds", "holds_if", "too_weak", "undecided", "sign_unsure", "opposite", "absent",
    "no_verdict", "untestable", "predicted", "composed", "encoded", "clinical", "at_first", "revised", "construction",
    "physiology",
    "construction_held", "core_seconds",
}  # fmt: skip


def outcome(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_verify_as_json_is_one_object_with_the_counts(tmp_path: Path, capfd, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("vesicula.experiments.verdicts.verifying.kept_runs", lambda: tmp_path / "kept")
    experiment(tmp_path, FIRST, SECOND)
    assert outcome("verify", "small.yaml", "--quick", "--json", "--jobs", "1", "--out", "shown") == exits.OK
    out, err = capfd.readouterr()
    counts = json.loads(out)
    assert set(counts) == KEYS
    assert (counts["testable"], counts["holds"]) == (1, 1)
    assert "1/1  small: 1 claims" in err
    page = (tmp_path / "shown" / "bone-metastasis.html").read_text()
    assert '<tr id="bm-052" data-verdict="holds">' in page
    assert "<svg" in page
    assert (tmp_path / "shown" / "bone-metastasis.csv").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-model",), "neither an experiment file nor a reference model"),
        (("bone-metastasis", "--store", "--quick"), "--store keeps whole boards"),
    ],
)
def test_verify_says_what_is_wrong_with_the_command(words: tuple[str, ...], said: str, capfd) -> None:
    assert outcome("verify", *words) == exits.USAGE
    assert said in " ".join(capfd.readouterr().err.split())


def test_a_run_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("vesicula.experiments.verdicts.verifying.QUICK_LIMIT", 0.0)
    (found,) = run_tasks([task_of(experiment(tmp_path, FIRST, SECOND), quick=True)])
    assert isinstance(found, Broken)
    assert found.left_out
    assert "core-seconds" in found.reason


@pytest.mark.long
def test_a_process_that_is_ended_costs_its_own_file_alone(tmp_path: Path, monkeypatch) -> None:
    from tests.cases.ended_process import run_or_end

    monkeypatch.setattr("vesicula.experiments.verdicts.verifying.run_and_bring", run_or_end)
    paths = [experiment(tmp_path, FIRST, SECOND, name=name) for name in ("ended", "other")]
    first, second = run_tasks([task_of(path, draws=4) for path in paths], jobs=2)
    assert isinstance(first, Broken)
    assert "its process was ended" in first.reason
    assert not isinstance(second, Broken)


def test_cultures_without_end_are_given_up(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("vesicula.experiments.running.MOST_CELLS", 1)
    (found,) = run_tasks([task_of(experiment(tmp_path, FIRST, SECOND), draws=4)])
    assert isinstance(found, Broken)
    assert "grow beyond 1 simulated cells" in found.reason
