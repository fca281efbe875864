"""Networks as SBML: the rates that a file says are those of the engine, for every kind of gate and setting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import mathml
from tests.cases.random_networks import N_OUTER, random_program
from tests.cases.signalling import TISSUE

import vesicula
from vesicula.engine.program import Program
from vesicula.engine.reference import networks as reference
from vesicula.engine.reference.blank import system_of
from vesicula.results.description import Labels, PlanLabel, RunDescription, TypeLabel, VariantLabel
from vesicula.results.exports.sbml_models import Means, document_of
from vesicula.results.exports.sbml_xml import Ids


def described(nodes: int, variants: int) -> RunDescription:
    names = tuple(f"n{k}" for k in range(nodes))
    return RunDescription(
        model="random", plan=PlanLabel(macro_step_min=1.0, record_steps=(0, 1)), sites=(),
        variants=tuple(VariantLabel(arm=f"a{v}", replicate=0, draw=0, seed=1) for v in range(variants)),
        labels=Labels(types=tuple(TypeLabel(name=f"t{t}", states=("-",), nodes=names) for t in range(2))),
    )  # fmt: skip


def rates_of_engine(program: Program, which: tuple[int, int], signal: np.ndarray, y: np.ndarray) -> list[float]:
    """Change per minute of every node, from the plain twin of the kernels; NaN where it is clamped."""
    (cell_type, v), table, out = which, program.networks, []
    for k, row in enumerate(range(table.node_start[cell_type], table.node_start[cell_type + 1])):
        top = reference.number(program, v, table.p_maximum[row], 1.0)
        tau = reference.number(program, v, table.p_time[row], 60.0)
        clamp = reference.number(program, v, table.p_clamp[row], np.nan)
        goal = min(1.0, max(0.0, top * reference.aim(program, v, row, k, signal, y)))
        out.append((goal - y[k]) / tau if np.isnan(clamp) else np.nan)
    return out


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 2))
def test_rates_in_a_file_are_those_of_the_engine(
    tmp_path_factory: pytest.TempPathFactory, seed: int, nodes: int, variants: int
) -> None:
    rng = np.random.default_rng(seed)
    program = random_program(rng, nodes, variants)
    signal = np.concatenate([np.zeros(2 * nodes), rng.uniform(0.0, 2.0, N_OUTER)])
    signal[rng.random(len(signal)) < 0.1] = 0.0
    file = tmp_path_factory.mktemp("sbml") / "one.xml"
    for cell_type in range(2):
        for v in range(variants):
            document = document_of(
                described(nodes, variants), system_of([program], names=["dish"]), cell_type, v,
                Means(signal, np.ones(nodes), 1.0),
            )  # fmt: skip
            file.write_text(document.text(), encoding="utf-8")
            found = mathml.read(file)
            ids = list(found.names)[:nodes]
            for y in (rng.random(nodes), np.zeros(nodes), np.ones(nodes)):
                now = dict(zip(ids, y, strict=True))
                mine = [found.rates[one](now) if one in found.rates else np.nan for one in ids]
                np.testing.assert_allclose(mine, rates_of_engine(program, (cell_type, v), signal, y), 1e-12, 1e-13)


@pytest.fixture(scope="module")
def signalling(tmp_path_factory: pytest.TempPathFactory) -> vesicula.Result:
    return vesicula.simulate(TISSUE, out=tmp_path_factory.mktemp("signalling") / "run", threads=1)


def test_inputs_have_the_units_of_the_run_and_what_cells_sensed(signalling: vesicula.Result) -> None:
    folder = signalling.export("sbml")
    found = mathml.read(folder / "tumour-as-it-is-0.xml")
    by_name = {name: one for one, name in found.names.items()}
    fields = signalling.to_xarray("as it is").isel(time=-1)
    text = (folder / "tumour-as-it-is-0.xml").read_text("utf-8")
    picomolar = '<unitDefinition id="unit_pM" name="pM"><listOfUnits><unit kind="mole" exponent="1" scale="-12"'
    assert text.count(picomolar) == 1
    for name in ("TGFB1", "lipid"):
        one = by_name[f"input {name}"]
        assert found.constants[one] == pytest.approx(float(fields.sel(channel=name).mean()), rel=1e-3)
        assert found.units[one] == "unit_pM"
    assert found.constants[by_name["half of TGFB1 in SMAD2"]] == pytest.approx(20.0)
    assert found.constants[by_name["half of lipid in PTEN"]] == pytest.approx(5000.0)  # 5 ng/mL of 1 kDa
    assert found.constants[by_name["tau SMAD2"]] == pytest.approx(20.0)
    copies = by_name["input own and delivered copies of miR-21-5p"]
    assert (found.constants[copies], found.units[copies]) == (1000.0, "item")


def test_a_node_that_an_arm_holds_has_no_rate(signalling: vesicula.Result) -> None:
    folder = signalling.export("sbml", signalling.folder.path.with_name("held"), arm="PTEN held")
    (file,) = folder.glob("*.xml")
    found = mathml.read(file)
    assert found.start["PTEN"] == 0.3
    assert found.rates.keys() == found.start.keys() - {"PTEN"}


def test_a_model_without_networks_says_so(finished_dust: Path) -> None:
    with pytest.raises(vesicula.RunFolderError, match="no cell type of the model has a network"):
        vesicula.Result(finished_dust).export("sbml")


@pytest.fixture(scope="module")
def finished_dust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = """
vesicula: 1
model: dust
sites: {pool: {kind: pool, volume: 1 uL}}
substances: {dust: {diffuses: 100 um^2/s, half-life: 1 h, start: 1 nM}}
measure: {dust: concentration of dust in pool in nM}
run: {for: 2 h, record: every 1 h, step: 30 min, seeds: 1}
"""
    return vesicula.simulate(text, out=tmp_path_factory.mktemp("dust") / "run", threads=1).folder.path


def test_ids_are_letters_and_each_once() -> None:
    ids = Ids()
    given = [ids.of(name) for name in ("miR-21-5p", "miR 21 5p", "14-3-3", "time", "TGF-β", "β", "smad2", "SMAD2")]
    assert given == ["miR_21_5p", "miR_21_5p_2", "n_14_3_3", "time_2", "TGF", "x", "smad2", "SMAD2_2"]
