"""A ligand named under the fate of vesicles: read, checked, drawn, explained, compiled and counted in a dose."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.engine.program import NONE
from vesicula.errors import ModelError
from vesicula.experiments import dose
from vesicula.experiments.loading import dosing
from vesicula.experiments.loading.exposures import handling, tabulate
from vesicula.experiments.loading.recipient import recipient
from vesicula.experiments.loops import vesicles as loops
from vesicula.experiments.verdicts.wiring import decided_by
from vesicula.language import check, prepare, read, write
from vesicula.language.bases import fate_of
from vesicula.language.influence import Influence
from vesicula.language.model import ALL_VESICLES, VesicleFate
from vesicula.language.paths import put
from vesicula.language.text import Report
from vesicula.language.values import Value
from vesicula.results.labelling import _rules

TEXT = """\
vesicula: 1
model: docking
sites:
  dish: {kind: pool, volume: 1 uL}
vesicles:
  A-EV:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      PIN: {copies: 4 copies/EV (0.4..40 @assumed), place: membrane, type: protein}
      CORE: {copies: 4 copies/EV (0.4..40 @assumed), type: protein}
      RNA: {copies: 1 copies/EV (0.1..10 @assumed), type: lncRNA, half-life: 8 h (1..50 @assumed)}
  B-EV:
    diameter: 100 nm (30..300 @assumed)
    half-life: 40 h (4..400 @assumed)
    carries:
      RNA: {copies: 1 copies/EV (0.1..10 @assumed), type: lncRNA, half-life: 8 h (1..50 @assumed)}
cells:
  taker:
    diameter: 12 um (5..50 @assumed)
    clears EV: 10 pL/h (1..100 @assumed)
    fate of A-EV:
      binding: 5 pL/h (0.5..50 @assumed)
      ligand: PIN
      internalised: 0.1 /min (0.01..1 @assumed)
    inside:
      - delivered RNA activates GO, half-max 10 copies (1..100 @assumed)
start:
  - 12 taker in dish
protocol:
  - at 0 h add 1e6 particles of A-EV to dish
arms:
  plain: []
  bare:
    - remove PIN from A-EV
measure:
  RNA: delivered copies of RNA in taker
  uptake: EV uptake of A-EV in taker at 24 h
run: {for: 24 h, record: every 24 h, step: 1 h}
"""
FATE = """\
    fate of A-EV:
      binding: 5 pL/h (0.5..50 @assumed)
      ligand: PIN
"""


def changed(*pairs: tuple[str, str]) -> str:
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def told(text: str) -> list[tuple[str, int, str]]:
    return [(one.code, one.line, one.message) for one in check(text) if one.code not in ("no-source", "no-range")]


def line_of(words: str, text: str = TEXT) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_ligand_on_the_vesicle_is_no_mistake_and_its_cargo_is_read() -> None:
    assert [message for code, _, message in told(TEXT) if code == "nothing-reads" and "EV" in message] == [
        "no cell reads the `CORE` that A-EV carries"
    ]


@pytest.mark.parametrize(
    ("ligand", "why"),
    [("PEG", "which they do not carry"), ("CORE", "which lies inside them"), ("PINN", "which they do not carry")],
)
def test_what_the_vesicle_does_not_show_is_told_at_its_name(ligand: str, why: str) -> None:
    text = changed(("ligand: PIN", f"ligand: {ligand}"))
    (one,) = [one for one in check(text) if one.severity == "error"]
    assert (one.code, one.line, one.column) == ("no-ligand", line_of("ligand:"), 15)
    assert one.message == f"taker binds A-EV by {ligand}, {why}"
    assert one.remedy is not None
    assert ("did you mean `PIN`?" in one.remedy) == (ligand == "PINN")


def test_a_ligand_without_binding_is_told_at_its_name() -> None:
    text = changed(
        ("      binding: 5 pL/h (0.5..50 @assumed)\n", ""), ("      internalised: 0.1 /min (0.01..1 @assumed)\n", "")
    )
    assert ("missing-key", line_of("ligand:", text), "taker binds A-EV by PIN, and how much is not said") in told(text)


def test_receptors_of_all_vesicles_bind_those_that_show_their_ligand() -> None:
    every = changed(("fate of A-EV", "EV fate"))
    assert [one for one in told(every) if "ligand" in one[0] or "PIN" in one[2]] == []
    compiled = compile_model(prepare(every))
    program = compiled.system.site("dish")
    assert program.vesicles.ligand.tolist() == [[0, NONE]]
    assert program.behaviours.route[:, 2].tolist()[1] == NONE
    nobody = changed(("fate of A-EV", "EV fate"), ("ligand: PIN", "ligand: PEG"))
    assert ("nothing-reads", line_of("ligand:"), "no vesicles show PEG, so taker binds none by it") in told(nobody)


def test_a_class_has_its_own_ligand_before_that_of_all_vesicles() -> None:
    cell = read(changed((FATE, f"    EV fate: {{ligand: COAT}}\n{FATE}"))).cells[0]
    assert fate_of(cell, "A-EV").ligand == "PIN"
    assert fate_of(cell, "B-EV").ligand == "COAT"


def test_states_and_rules_of_binding_that_cannot_be_leave_it_out() -> None:
    more = (
        "    states: [calm, eager]\n    while eager: {B-EV binding: 9 pL/h @assumed, A-EV binding: 9 pL/h @assumed}\n"
    )
    text = changed((FATE, more + FATE.replace("fate of A-EV", "EV fate")))
    program = compile_model(prepare(text)).system.site("dish")
    assert program.behaviours.route[1, 2] == NONE
    column = program.behaviours.route[0, 2]
    base = program.values[0, program.behaviours.p_base[0, :, column]]
    assert base == pytest.approx([5e3 / 60, 9e3 / 60])


def test_it_is_written_as_it_was_read_and_no_value_at_its_path() -> None:
    model = read(TEXT)
    assert read(write(model)) == model
    assert "      ligand: PIN\n" in write(model)
    report = Report()
    put(model, "cells.taker.fate of A-EV.ligand", Value(number=1.0), None, report)
    assert [one.code for one in report.diagnostics] == ["unknown-path"]


PART = """\
vesicula: 1
part: {name}
species: human
cells:
  taker:
    fate of A-EV:
      binding: 5 pL/h (0.5..50 @assumed)
      ligand: {ligand}
"""


@pytest.mark.parametrize(("other", "codes"), [("PIN", []), ("CORE", ["two-values"])])
def test_two_parts_have_to_name_one_ligand(tmp_path, other: str, codes: list[str]) -> None:
    for name, ligand in (("one", "PIN"), ("two", other)):
        (tmp_path / f"{name}.yaml").write_text("\n" * (name == "two") + PART.format(name=name, ligand=ligand))
    (tmp_path / "model.yaml").write_text(
        changed((FATE, "    fate of A-EV:\n"), ("sites:", "use:\n  - ./one.yaml\n  - ./two.yaml\nsites:"))
    )
    found = [one for one in check(tmp_path / "model.yaml") if one.severity == "error"]
    assert [one.code for one in found] == codes
    assert all("ligand of" in one.message for one in found)


def test_more_of_a_ligand_brings_more_and_the_graphs_know_it() -> None:
    model = prepare(TEXT)
    start = ("carried", "A-EV", "PIN")
    assert {("vesicle", "A-EV"), ("cargo", "taker", "RNA")} <= set(Influence(model).after(start))
    (plain, bare), (rna, _) = model.arms, model.measures
    assert decided_by(model, bare, plain, rna) == "wiring"
    assert decided_by(prepare(changed(("      ligand: PIN\n", ""))), bare, plain, rna) == "nothing"


def test_explain_says_what_binds_what() -> None:
    assert ("taker", "binds A-EV by PIN, 5 pL/h (0.5..50 @assumed) per copy") in [
        (r.owner, r.text) for r in _rules(prepare(TEXT))
    ]


def test_a_clearance_beyond_what_voxels_supply_counts_all_copies() -> None:
    room = ("{kind: pool, volume: 1 uL}", "{kind: tissue, size: [200 um, 200 um], depth: 20 um, voxel: 20 um}")
    compile_model(prepare(changed(room)))
    with pytest.raises(ModelError, match="A-EV clearance of taker reaches"):
        compile_model(prepare(changed(room, ("remove PIN from A-EV", "load PIN in A-EV x 1000"))))


def test_required_loading_binds_with_the_copies_that_are_carried() -> None:
    table = tabulate(compile_model(prepare(TEXT)), "plain", draws=20)
    program = table.compiled.system.site("dish")
    copies = program.values[:, program.vesicles.p_copies[0]]
    each = program.values[:, program.behaviours.p_base[0, 0, program.behaviours.route[0, 2]]]
    assert np.ptp(copies) > 0
    np.testing.assert_allclose(handling(table, "dish", 0, 0).binding, each * copies, rtol=1e-12)
    assert {path for path in table.unknowns()[0] if "PIN" in path} == {"vesicles.A-EV.carries.PIN"}


def test_loops_bind_with_the_copies_that_are_carried() -> None:
    program = compile_model(prepare(TEXT)).system.site("dish")
    np.testing.assert_allclose(loops._ligands(program, 0, 0), program.values[:, program.vesicles.p_copies[0]])
    assert loops._ligands(program, 1, 0) == 1.0


@pytest.mark.parametrize(("asked", "bound"), [("PIN", True), ("CD9", False)])
def test_a_dose_binds_by_what_it_asks_for_or_says_that_it_does_not(monkeypatch, asked: str, bound: bool) -> None:
    found = recipient("endothelium")
    fate = VesicleFate(binding=Value(number=10.0, unit="pL/h"), ligand="PIN", internalised=Value(number=1.0, unit="/h"))
    cell = found.cell.model_copy(update={"vesicle_fate": {ALL_VESICLES: fate}})
    monkeypatch.setattr(dosing, "recipient", lambda _: found.__class__(cell))
    one, two = (
        dose(1e9, 2e5, "0.5 mL", 2.0, asked, "endothelium", kind="surface ligand", copies=n, draws=64)
        for n in (1.0, 2.0)
    )
    seen = [one.stage("bound").value.median, two.stage("bound").value.median] if bound else []
    assert not bound or seen[1] == pytest.approx(2 * seen[0], rel=0.05)
    assert bound or all(stage.name != "bound" for stage in one.stages)
    assert any(note.startswith("endothelium binds vesicles by PIN: ") for note in one.notes)
