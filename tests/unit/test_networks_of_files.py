"""Files of networks in a model text: what is asked of them, and what cells that run them do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cases.forms import RATES

from vesicula.compiler import compile_model
from vesicula.engine.start import initial_state
from vesicula.engine.state import State
from vesicula.engine.step import step
from vesicula.language import check, prepare, read, write
from vesicula.results import program_hash
from vesicula.results.folder import PROGRAM
from vesicula.results.stored_program import packed
from vesicula.results.stored_program import read as stored

pytest.importorskip("libsbml", reason='pip install "vesicula[sbml]"')
MODEL = """\
vesicula: 1
model: files
sites:
  dish: {kind: pool, volume: 1 mL}
substances:
  GF: {diffuses: 60 um^2/s (20..200 @assumed), half-life: 1 h (0.2..4 @assumed)}
networks:
  rates:
    sbml: rates.xml
    inside:
      - GF drives A of rates
      - PRODUCT follows B of rates, full at 4 nM (0.4..40 @assumed)
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    networks: [rates]
start:
  - 3 c in dish
protocol:
  - at 0 h hold GF at 2 nM
measure:
  product: PRODUCT in c
run: {for: 1 h, step: 6 min}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rates.xml").write_text(RATES, encoding="utf-8")
    return tmp_path


def said(folder: Path, text: str) -> list[str]:
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    return [
        f"{Path(one.file).name}:{one.line} {one.message}"
        for one in check(folder / "model.yaml")
        if one.severity == "error"
    ]


def test_a_substance_drives_a_file_and_a_node_follows_it(folder: Path) -> None:
    (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
    compiled = compile_model(prepare(folder / "model.yaml"), folder=folder)
    program = compiled.system.sites[0]
    state = initial_state(program, [0], [[1, 5]])
    node = compiled.names.types[0].nodes.index("PRODUCT")
    step(program, state)  # the fluid comes to be held in the first step, behind what cells read
    assert (state.nodes[:, node] == 0.0).all()
    for minutes in (6.0, 12.0, 18.0):
        step(program, state)
        # dB/dt = k (A − B) with A = 2 nM and k = 1e-3 /s, over 4 nM
        assert state.nodes[:, node] == pytest.approx(0.5 * (1.0 - np.exp(-1e-3 * 60.0 * minutes)), rel=1e-5)


def test_a_number_that_a_network_takes_holds_in_the_place_of_the_file_s(folder: Path) -> None:
    text = MODEL.replace(
        "      - GF drives A of rates", "      - rates takes A at 2 nM\n      - rates takes k at 0.002"
    )
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    compiled = compile_model(prepare(folder / "model.yaml"), folder=folder)
    program = compiled.system.sites[0]
    state = initial_state(program, [0], [[1, 5]])
    step(program, state)
    # dB/dt = k (A − B) with A = 2 nM and k = 2e-3 /s, over 4 nM
    node = compiled.names.types[0].nodes.index("PRODUCT")
    assert state.nodes[:, node] == pytest.approx(0.5 * (1.0 - np.exp(-2e-3 * 360.0)), rel=1e-5)


def test_a_text_with_a_file_is_written_and_read_again() -> None:
    assert read(write(read(MODEL))) == read(MODEL)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("drives A of", "drives Z of", "model.yaml:11 the file of rates has no `Z`"),
        ("drives A of rates", "drives A of other", "model.yaml:11 `other` is no network with a file"),
        ("drives A of rates", "drives A of rates, in nM", "model.yaml:11 the file states the unit of `A` itself"),
        ("full at 4 nM", "full at 4", "model.yaml:12 the file gives `B` as a concentration"),
        (
            "full at 4 nM (0.4..40 @assumed)",
            "full at 4 h (0.4..40 @assumed)",
            "model.yaml:12 `h` is another kind of quantity",
        ),
        (
            "sbml: rates.xml",
            "sbml: rates.xml\n    time: 1 min",
            "model.yaml:8 rates.xml states its unit of time itself",
        ),
        ("sbml: rates.xml", "sbml: missing.xml", "model.yaml:8 there is no missing.xml beside the text"),
        ("GF drives A of rates", "PRODUCT drives k of rates", "model.yaml:11 `PRODUCT` is a plain number"),
        (
            "GF drives A of rates",
            "GF activates PRODUCT, half-max 1 nM (0.1..10 @assumed)",
            "model.yaml:11 `PRODUCT` follows a file",
        ),
    ],
)
def test_what_does_not_fit_is_told_in_its_line(folder: Path, old: str, new: str, message: str) -> None:
    assert any(one.startswith(message) for one in said(folder, MODEL.replace(old, new))), said(
        folder, MODEL.replace(old, new)
    )


def test_what_a_file_may_not_say_is_told_in_the_line_of_the_file(folder: Path) -> None:
    (folder / "rates.xml").write_text(RATES.replace('fast="false"', 'fast="true"'), encoding="utf-8")
    line = 1 + RATES[: RATES.index("<listOfReactions>")].count("\n")
    assert f"rates.xml:{line} `r` is a fast reaction" in said(folder, MODEL)


def test_a_boolean_file_becomes_edges_of_the_cell(folder: Path) -> None:
    (folder / "fate.bnet").write_text("A, B & !C\nB, 1\nC, 0\n", encoding="utf-8")
    text = MODEL.replace("    sbml: rates.xml\n    inside:\n", "    logic: fate.bnet\n    time: 30 min\n    inside:\n")
    text = "\n".join(one for one in text.split("\n") if "of rates" not in one).replace("    inside:\n", "")
    (folder / "model.yaml").write_text(text.replace("PRODUCT in c", "A in c"), encoding="utf-8")
    cell = prepare(folder / "model.yaml").cells[0]
    assert [one.text for one in cell.inside if "activates" in one.text] == ["B and not C activates A"]
    (folder / "fate.bnet").write_text("A, B\nA, C\n", encoding="utf-8")
    assert "fate.bnet:2 `A` has two rules" in said(folder, (folder / "model.yaml").read_text())


def test_a_run_goes_on_from_what_is_kept_with_the_same_bits_and_without_the_file(folder: Path) -> None:
    (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
    system = compile_model(prepare(folder / "model.yaml"), folder=folder).system
    state = initial_state(system.sites[0], [0], [[1, 5]])
    step(system.sites[0], state)
    (folder / PROGRAM).write_bytes(packed(system, [np.array([[1, 5]], dtype=np.uint64)]))
    kept = State.from_arrays({name: array.copy() for name, array in state.arrays().items()})
    (folder / "rates.xml").unlink()
    program = stored(folder).sites[0]
    for _ in range(3):
        step(system.sites[0], state)
        step(program, kept)
    assert state.nodes.tobytes() == kept.nodes.tobytes()


def test_another_content_of_the_file_is_another_network_and_another_program(folder: Path) -> None:
    (folder / "model.yaml").write_text(MODEL, encoding="utf-8")
    first = compile_model(prepare(folder / "model.yaml"), folder=folder)
    (folder / "rates.xml").write_text(RATES.replace('id="k" value="0.001"', 'id="k" value="0.002"'), encoding="utf-8")
    second = compile_model(prepare(folder / "model.yaml"), folder=folder)
    assert first.model.networks[0].digest != second.model.networks[0].digest
    assert program_hash(first.system) != program_hash(second.system)
