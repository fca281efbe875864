"""Small inputs that once gave a wrong number, no end or no word: each runs, or is told, and the right value is held.

The texts lie in `tests/cases/inputs`. What holds a whole kind of such faults stands in a test of its own; here is the
input as its author wrote it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import vesicula
from vesicula.cli import exits, main
from vesicula.compiler import compile_model
from vesicula.errors import Diagnostic
from vesicula.experiments.running import Measured, measured
from vesicula.language import prepare
from vesicula.simulation import check

INPUTS = Path(__file__).parents[1] / "cases" / "inputs"


def changed(name: str, *edits: tuple[str, str], times: int = -1) -> str:
    """The text of an input with something else written in it; what is replaced must be there."""
    text = (INPUTS / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, times)
    return text


def run(name: str, *edits: tuple[str, str]) -> Measured:
    return measured(compile_model(prepare(changed(name, *edits))))


def told(text: str, code: str) -> list[Diagnostic]:
    return [one for one in check(text) if one.code == code]


def outcome(words: list[str]) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


@pytest.mark.parametrize("model", sorted(INPUTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_input_ends_in_words(model: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome(["check", str(model)]) in (exits.OK, exits.MODEL)
    shown = capfd.readouterr()
    assert shown.out or shown.err
    assert "Traceback" not in shown.out + shown.err


def of_cargo(name: str) -> str:
    return changed(
        "cargo-without-arm",
        ("      miR-21:", f"      {name}:"),
        ("load miR-21 ", f"load {name} "),
        ("copies of miR-21 ", f"copies of {name} "),
    )


@pytest.mark.parametrize("name", ["miR-21", "hsa-mir-21", "miR21", "MIR21"])
def test_cargo_without_arm_is_asked_about(name: str) -> None:
    """As in the line where the recipient first names it; that the answer is null by the wiring is told too."""
    text = of_cargo(name)
    line = next(n for n, one in enumerate(text.splitlines(), 1) if one.strip().startswith("miR-21-5p:"))
    for code in ("spelling", "nothing-reads"):
        (one,) = told(text, code)
        assert f"did you mean `miR-21-5p`, as in line {line}?" in one.remedy
    assert any("PDCD4" in one.message for one in told(text, "no-way"))


@pytest.mark.parametrize("name", ["let-7a", "mmu-miR-21a-5p"])
def test_another_family_or_species_is_asked_about(name: str) -> None:
    text = of_cargo(name)
    assert told(text, "spelling") or told(text, "nothing-reads")
    assert told(text, "no-way")


@pytest.mark.parametrize("name", ["mir-21-5p", "miR-21-5P", "miRNA-21-5p", "MIMAT0000076", "hsa-miR-21-5p"])
def test_spellings_of_one_mirna_act_as_one(name: str) -> None:
    nothing = {"spelling", "nothing-reads", "nothing-makes", "no-way", "same-as-baseline"}
    assert [one for one in check(of_cargo(name)) if one.severity == "error" or one.code in nothing] == []
    assert prepare(of_cargo(name)).vesicles == prepare(of_cargo("miR-21-5p")).vesicles


def test_every_antibody_has_its_own_constants() -> None:
    shown = run("two-antibodies", ("168 h", "36 h"))
    for arm, pM in (("twice", 0.00982), ("little", 0.0465), ("long-lived", 0.00071)):
        assert shown.of("free", arm)[0] == pytest.approx(pM, rel=0.01)


def test_each_cell_type_saturates_at_its_own_density_in_either_order() -> None:
    lines = changed("two-saturations").splitlines(keepends=True)
    begin = lines.index("  a:\n")
    a, b = lines[begin : begin + 3], lines[begin + 3 : begin + 6]
    assert b[0] == "  b:\n"
    turned = [*lines[:begin], *b, *a, *lines[begin + 6 :]]
    seen = []
    for text in ("".join(lines), "".join(turned)):
        shown = measured(compile_model(prepare(text)))
        seen.append([shown.of(name, "EV")[0] for name in "ab"])
    assert seen[0] == seen[1]
    for delivered, alone in zip(seen[0], (10_220, 2_470), strict=True):  # both with the number of the one
        assert delivered == pytest.approx(alone, abs=4 * alone**0.5)


def test_what_is_said_twice_counts_twice() -> None:
    shown = run("said-twice")
    (cell,) = prepare(changed("said-twice")).cells
    saturation = cell.vesicle_fate["EV"].saturation
    assert saturation is not None
    half = saturation.number  # particles/mL, of the library
    density, taken = 4e11, 2e5 * 50e-9 / 0.5  # 2e11 particles in 500 uL; 50 pL/h by each of 2e5 cells
    for _ in range(24_000):  # steps of 1e-3 h; what fuses, 5 %, does not saturate
        density -= 1e-3 * density * (np.log(2) / 40 + taken * (0.05 + 0.95 / (1 + density / half)))
    assert shown.of("density", "") == pytest.approx(density, rel=0.005)
    assert shown.of("cells", "").tolist() == [2e5, 2e5]


@pytest.mark.parametrize("cells", [40, 200, 2000])
def test_a_rare_donor_counts_as_it_is(cells: int) -> None:
    shown = run("rare-donor", ("sample: 200 cells", f"sample: {cells} cells"))
    # 1,000 per hour from each of 100, 9.5 h in the endosomal pool on average, then decay and uptake, in 0.5 mL
    out, loss, hours = 1 / 9.5, np.log(2) / 40 + 1e6 * 0.001e-9 / 0.5, 24.0
    waiting = (np.exp(-loss * hours) - np.exp(-out * hours)) / (out - loss)
    by_hand = 1e5 * ((1 - np.exp(-loss * hours)) / loss - waiting) / 0.5
    assert by_hand == pytest.approx(2.6e6, rel=0.02)
    assert shown.of("density", "").mean() == pytest.approx(by_hand, rel=0.02)
    for measure, whole in (("donors", 100), ("rest", 1e6), ("viability", 100)):
        assert shown.of(measure, "").tolist() == [whole, whole]


def test_a_cycle_in_steps_doubles_nearly_in_the_time_it_says() -> None:
    """Twenty steps: 24 h on average, and a doubling in 23.6 h by the equation of the chain, (1 + r/k)^20 = 2."""
    shown = run(
        "doubling", ("200 b", "600 b"), ("200 a", "10 a"), ("every 24 h (8..80 @assumed), in", "every 24 h, in")
    )
    begun, now = 600, shown.of("b", "")
    rate = np.log(now / begun).mean() / 72
    chain = 20 / 24 * (2 ** (1 / 20) - 1)
    assert rate == pytest.approx(chain, rel=0.04)


@pytest.mark.long
def test_cells_follow_no_gradient_that_they_cannot_tell(tmp_path: Path) -> None:
    result = vesicula.simulate(INPUTS / "chemotaxis.yaml", out=tmp_path / "run")
    for arm in ("receptor blocked", "antibody"):
        x = result.cells(arm)["x"].to_numpy()
        assert abs(x.mean() - 500.0) < 4.0 * x.std() / np.sqrt(len(x)), arm


def test_a_crowd_in_corners_comes_to_no_standstill() -> None:
    """Hepatocytes of 66 µm that divide every 24 h in 300 × 300 µm: two days of it take seconds."""
    edits = (("20 um (10..100 @assumed)", "66 um"), ("every 40 h (20..200 @assumed)", "every 24 h"))
    shown = run("corner-stall", *edits, ("for: 4 days", "for: 2 days"))
    assert shown.of("hepatocytes", "loaded")[0] > 60  # from 30
    assert shown.core_seconds < 60  # a standstill took an hour


@pytest.mark.parametrize("at", ["3 min", "10.05 h"])
def test_a_time_between_two_steps_is_told(at: str) -> None:
    text = changed("said-twice", ("at 0 h add", f"at {at} add"), times=1)
    (one,) = told(text, "moved-time")
    assert "nearest step" in one.message
    assert one.line == next(n for n, line in enumerate(text.splitlines(), 1) if at in line)


def test_a_walk_over_many_voxels_in_a_step_is_refused() -> None:
    (one,) = told(changed("corner-stall", ("0.1 um/min (0.02..0.5 @assumed)", "1e4 um/min")), "too-fast")
    assert one.severity == "error"


def test_walls_are_a_source_and_a_sink() -> None:
    text = changed("chemotaxis", ("{right: held at 1 pM}", "{left: held at 0 pM, right: held at 1 pM}"))
    assert [one for one in check(text) if one.severity == "error"] == []


@pytest.mark.parametrize("step", ["at 24 h block release of HSC-EV by 90 %", "from 1 days to 2 days knock out HGF"])
def test_a_drug_is_given_on_a_later_day(step: str) -> None:
    text = changed("liver", ("block release of HSC-EV by 90 %", step))
    assert [one for one in check(text) if one.severity == "error"] == []
    compiled = compile_model(prepare(text))
    assert compiled.system.sites  # that it acts from then on is held by the laws of timed steps


def test_a_surface_enzyme_is_knocked_out_by_its_name() -> None:
    text = changed(
        "liver",
        (
            "    clears EV: library\n  hepatocyte",
            "    clears EV: library\n    surface: {NT5E: 1000 copies}\n  hepatocyte",
        ),
        ("remove miR-21-5p from HSC-EV", "knock out NT5E in stellate"),
    )
    assert [one for one in check(text) if one.severity == "error"] == []


@pytest.mark.parametrize(
    ("written", "wrong", "remedy"),
    [
        ("block release of HSC-EV by 90 %", "block HSC-EV release by 90 %", "block release of HSC-EV by 90 %"),
        ("PTEN in hepatocyte\n  AKT", "western blot of PTEN\n  AKT", "blot of PTEN in hepatocyte"),
        (
            "remove miR-21-5p from HSC-EV",
            "knock down PTEN in hepatocyte",
            "knock out PTEN in hepatocyte, residual 20 %",
        ),
        ("remove miR-21-5p from HSC-EV", "add GW4869 10 uM", "at 0 h add 10 uM GW4869 to lobule"),
        ("3 h (0.5..10 @assumed)", "3,5 h (0.5..10 @assumed)", "3.5 h (0.5..10 @assumed)"),
        ("20 um (10..100 @assumed)", "20 ± 2 um", "20 um (16.7..23.3)"),
        ("every 40 h (20..200 @assumed)", "every 17-24 h", "every 20 h (17..24)"),
    ],
)
def test_the_remedy_is_the_sentence_that_was_meant(written: str, wrong: str, remedy: str) -> None:
    text = changed("liver", (written, wrong))
    line = text[: text.index(wrong)].count("\n") + 1
    found = [one for one in check(text) if one.severity == "error" and one.line == line]
    assert found
    assert all(f"write `{remedy}`" in one.remedy for one in found)


def test_more_particles_than_the_medium_holds_are_refused() -> None:
    found = told(changed("said-twice", ("1e11 particles", "1e24 particles")), "too-many")
    assert [one.severity for one in found] == ["error", "error"]
    assert "1e+24 particles" in found[0].message


def test_a_position_that_is_no_number_is_refused_with_row_and_column() -> None:
    found = check(INPUTS / "cells-table.yaml")
    assert [one.code for one in found if one.severity == "error"] == ["cell-table"]
    assert "row 3, column x: `nan`" in found[0].message


@pytest.mark.parametrize(
    ("written", "wrong", "severity"),
    [
        ("every 40 h (20..200 @assumed)", "every 1 min", "error"),
        ("AKT raises division to 3x (1..10 @assumed)", "AKT raises division to 1e6x", "warning"),
    ],
)
def test_cells_that_fill_their_site_are_told_before(written: str, wrong: str, severity: str) -> None:
    found = told(changed("corner-stall", (written, wrong)), "outgrown")
    assert [one.severity for one in found] == [severity]
    assert "lobule" in found[0].message


def test_a_mass_of_a_factor_is_a_dose() -> None:
    text = changed("liver", ("remove miR-21-5p from HSC-EV", "at 0 h add 5 ng HGF to lobule"))
    assert [one for one in check(text) if one.severity == "error"] == []


def test_a_doubling_time_is_what_it_says() -> None:
    words = ("divides: every 24 h (8..80 @assumed)\n", "doubles: every 24 h (8..80 @assumed)\n")
    shown = run("doubling", words, ("200 a", "2000 a"), ("200 b", "10 b"), ("for: 72 h", "for: 48 h"))
    doublings = np.log2(shown.of("a", "") / 2000).mean()
    assert 48 / doublings == pytest.approx(24, rel=0.03)
