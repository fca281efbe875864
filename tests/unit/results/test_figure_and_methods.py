"""The figure for a paper and the methods text."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from vesicula.cli import exits, main
from vesicula.errors import VesiculaError
from vesicula.results import Result
from vesicula.results.description import ArmLabel, LabwareLabel, PreparationLabel, RunDescription
from vesicula.results.palette import CONTROL, HUES, arm_colours
from vesicula.results.report.methods import methods

SVG = "{http://www.w3.org/2000/svg}"


def texts(path) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.parse(path).iter(f"{SVG}text")]


def test_the_figure_is_svg_with_text_units_and_n(finished_bone, tmp_path):
    path = Result(finished_bone).figure(tmp_path / "arms.svg")
    words = " ".join(texts(path))
    for part in (
        "untreated",
        "RANKL block",
        "bone (% of start)",
        "n = 8 per arm",
        "lowest to highest",
        "read at 8 days",
    ):
        assert part in words
    content = path.read_text()
    assert "data-source" not in content
    assert content.count("<circle") >= 18


def test_another_measure_and_its_smallest_effect(finished_bone, tmp_path):
    words = " ".join(texts(Result(finished_bone).figure(tmp_path / "rankl.svg", "free RANKL")))
    assert "free RANKL (pM)" in words
    assert "shaded: ±20%, ELISA" in words


def test_figures_are_svg_alone(finished_bone, tmp_path):
    with pytest.raises(VesiculaError, match="no SVG"):
        Result(finished_bone).figure(tmp_path / "arms.png")
    with pytest.raises(VesiculaError, match="no measure"):
        Result(finished_bone).figure(tmp_path / "arms.svg", "nothing")


def outcome(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_command_writes_the_figure_and_shows_the_methods(finished_bone, tmp_path, capfd):
    figure = str(tmp_path / "arms.svg")
    assert outcome("report", str(finished_bone), "--figure", figure, "--methods") == exits.OK
    out = capfd.readouterr().out
    assert out.startswith(f"{figure}\n")
    assert "Simulations were run with Vesicula" in out
    assert "Read-outs (n = 8 draws per arm" in out
    assert outcome("report", str(finished_bone), "--figure", str(tmp_path / "arms.pdf")) == exits.USAGE
    assert ".svg" in capfd.readouterr().err


def test_controls_are_grey_and_leave_the_colours_of_the_others():
    colours = arm_colours(("vehicle", "EV", "dose x 0.1", "overloaded"), ("dose x 0.1",))
    assert colours["dose x 0.1"] == CONTROL
    assert (colours["EV"], colours["overloaded"]) == HUES[:2]


def test_methods_say_labware_preparation_arms_controls_and_assays(finished_bone):
    plain: RunDescription = Result(finished_bone).description
    labware = LabwareLabel(name="insert", kind="transwell", sites=("bone",), text="24-well transwell, pores 0.4 um")
    prep = PreparationLabel(
        name="MDA-prep", vesicle="tumour-EV", particles_per_ug=1e10,
        text="vesicles of class tumour-EV, isolated by ultracentrifugation, 1×10¹⁰ particles per ug protein",
    )  # fmt: skip
    arms = (
        ArmLabel(name="untreated"),
        ArmLabel(name="RANKL block", steps=("block TNFSF11 by 90 %",)),
        ArmLabel(name="release blocked", steps=("block release of tumour-EV by 65 %",), control="release blocked"),
    )
    described = plain.model_copy(
        update={
            "labware": (labware,), "preparations": (prep,), "arm_labels": arms,
            "protocol": ("at 0 h add 2 ug MDA-prep to insert top",),
        }
    )  # fmt: skip
    text = "\n".join(methods(described, {}, finished=True))
    for part in (
        "insert (24-well transwell, pores 0.4 um)",
        "MDA-prep, vesicles of class tumour-EV, isolated by ultracentrifugation, 1×10¹⁰ particles per ug",
        "at 0 h add 2 ug MDA-prep to insert top",
        "RANKL block (block TNFSF11 by 90 %)",
        "as MISEV2023 asks: release blocked (block release of tumour-EV by 65 %)",
        "(smallest visible change 20%, rule of thumb)",
    ):
        assert part in text
    assert "Cells were grown" not in "\n".join(methods(plain, {}, finished=True))
