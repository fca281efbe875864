"""Networks of rates from SBML files: courses, events, refusals, the same bits in any company."""

# ruff: noqa: E501 (files stand in their own words)

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from tests.cases.rates import BIOMODELS, cells_of, course, of_file, of_text, program_of, values_now, written

from vesicula.engine import kinetics
from vesicula.engine.reference import kinetics as reference

pytest.importorskip("libsbml", reason='pip install "vesicula[sbml]"')
RECORDED = json.loads((BIOMODELS / "recorded.json").read_text())
CLOSE = 2e-3  # of the largest value of a species, over 100 units of time: cycles shift in phase


@pytest.mark.parametrize("name", RECORDED["files"])
def test_a_file_of_biomodels_has_the_course_that_roadrunner_gives_it(name: str) -> None:
    seen, steps = RECORDED["files"][name], RECORDED["steps"]
    found = course(of_file(name), [*seen], step=RECORDED["span"] / steps, steps=steps)
    for k, (species, values) in enumerate(seen.items()):
        wanted = np.array(values)
        assert np.abs(found[:, k] - wanted).max() <= CLOSE * np.abs(wanted).max(), species


def test_the_record_has_all_files() -> None:
    assert set(RECORDED["files"]) == {one.stem for one in BIOMODELS.glob("*.xml")}
    assert len(RECORDED["files"]) >= 20


# --- events

DECAY = (
    '<listOfParameters><parameter id="x" value="1" constant="false"/><parameter id="k" value="0.1" constant="true"/>'
    '<parameter id="n" value="0" constant="false"/></listOfParameters>'
    '<listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML">'
    "<apply><minus/><apply><times/><ci>k</ci><ci>x</ci></apply></apply></math></rateRule></listOfRules>"
)


def maths(inner: str) -> str:
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{inner}</math>'


def below(level: float) -> str:
    return f"<apply><lt/><ci>x</ci><cn>{level}</cn></apply>"


def event(
    trigger: str, variable: str, value: str, *, start: str = "true", persistent: str = "true", more: str = ""
) -> str:
    return (
        f'<event useValuesFromTriggerTime="true"><trigger initialValue="{start}" persistent="{persistent}">'
        f"{maths(trigger)}</trigger>{more}<listOfEventAssignments>"
        f'<eventAssignment variable="{variable}">{maths(value)}</eventAssignment></listOfEventAssignments></event>'
    )


ONE_MORE = "<apply><plus/><ci>n</ci><cn>1</cn></apply>"


def with_events(*events: str) -> str:
    return written(f"{DECAY}<listOfEvents>{''.join(events)}</listOfEvents>")


def test_decay_is_exponential() -> None:
    found = course(of_text(written(DECAY)), ["x"], step=1.0, steps=5)[:, 0]
    assert found == pytest.approx(np.exp(-0.1 * np.arange(1, 6)), rel=1e-6)


def test_an_event_happens_where_its_trigger_turns_true_and_sets_what_it_says() -> None:
    found = course(of_text(with_events(event(below(0.5), "x", "<cn>1</cn>"))), ["x"], step=1.0, steps=10)[:, 0]
    turn = math.log(2.0) / 0.1
    assert found[-1] == pytest.approx(math.exp(-0.1 * (10.0 - turn)), rel=1e-6)


def test_a_trigger_that_is_true_from_the_start_does_not_fire() -> None:
    found = course(of_text(with_events(event(below(2.0), "n", ONE_MORE))), ["n"], step=1.0, steps=3)
    assert (found == 0.0).all()


def test_a_trigger_that_counts_as_false_before_the_start_fires_there_once() -> None:
    text = with_events(event(below(2.0), "n", ONE_MORE, start="false"))
    assert (course(of_text(text), ["n"], step=1.0, steps=3) == 1.0).all()


def test_events_of_one_moment_go_by_priority_and_lapse_where_they_do_not_persist() -> None:
    def ranked(number: int) -> str:
        return f"<priority>{maths(f'<cn>{number}</cn>')}</priority>"

    first = event(below(0.5), "x", "<cn>5</cn>", more=ranked(2))
    lapsing = event(below(0.5), "n", ONE_MORE, persistent="false", more=ranked(1))
    lasting = event(below(0.5), "n", ONE_MORE, more=ranked(1))
    for second, happened in ((lapsing, 0.0), (lasting, 1.0)):
        assert course(of_text(with_events(second, first)), ["n"], step=10.0, steps=1)[0, 0] == happened


def test_events_that_set_off_each_other_without_end_are_told() -> None:
    there = event(below(0.5), "x", "<cn>1</cn>")
    back = event("<apply><gt/><ci>x</ci><cn>0.9</cn></apply>", "x", "<cn>0.1</cn>")
    program = program_of(of_text(with_events(there, back)), ["x"], {}, 20.0)
    with pytest.raises(kinetics.Unsolved) as raised:
        kinetics.advance(program, cells_of(program))
    assert raised.value.endless


# --- inputs

CHAIN = (
    '<listOfSpecies><species id="A" compartment="c" initialAmount="4" hasOnlySubstanceUnits="false"'
    ' boundaryCondition="false" constant="false"/><species id="B" compartment="c" initialAmount="0"'
    ' hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"/></listOfSpecies>'
    '<listOfParameters><parameter id="k" value="0.1" constant="true"/></listOfParameters>'
    '<listOfReactions><reaction id="r" reversible="false" fast="false"><listOfReactants>'
    '<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants><listOfProducts>'
    '<speciesReference species="B" stoichiometry="2" constant="true"/></listOfProducts><kineticLaw>'
    f"{maths('<apply><times/><ci>c</ci><ci>k</ci><ci>A</ci></apply>')}</kineticLaw></reaction></listOfReactions>"
)


def test_what_is_driven_stays_what_drives_it_and_what_is_taken_holds() -> None:
    found = course(of_text(written(CHAIN)), ["A", "B"], step=2.0, steps=1, inputs={"A": 3.0, "k": 0.5})[0]
    assert found == pytest.approx([3.0, 2.0 * 0.5 * 3.0 * 2.0])


def test_a_start_that_reads_an_input_is_kept_in_every_cell() -> None:
    rule = f'<listOfInitialAssignments><initialAssignment symbol="n">{maths("<apply><times/><cn>7</cn><ci>k</ci></apply>")}</initialAssignment></listOfInitialAssignments>'
    text = written(DECAY.replace("<listOfRules>", f"{rule}<listOfRules>"))
    assert course(of_text(text), ["n"], step=1.0, steps=1, inputs={"k": 3.0})[0, 0] == pytest.approx(21.0)


# --- what has no equal

DELAYED = event(below(0.5), "n", ONE_MORE, more=f"<delay>{maths('<cn>2</cn>')}</delay>")
LATER = (
    '<apply><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/delay">delay</csymbol>'
    "<ci>x</ci><cn>1</cn></apply>"
)
REFUSED = {
    "has a delay": with_events(DELAYED),
    "`delay` in a formula": with_events(event(below(0.5), "n", LATER)),
    "an algebraic rule": written(DECAY.replace("</listOfRules>", f"<algebraicRule>{maths('<ci>n</ci>')}</algebraicRule></listOfRules>")),
    "`r` is a fast reaction": written(CHAIN.replace('fast="false"', 'fast="true"')),
    "`r` has no kinetic law": written(CHAIN[: CHAIN.index("<kineticLaw>")] + "</reaction></listOfReactions>"),
    "the package `comp`": written(DECAY).replace(
        'level="3"', 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true" level="3"'
    ),
    "no valid SBML": "<sbml",
}  # fmt: skip


@pytest.mark.parametrize("said", REFUSED)
def test_what_has_no_equal_is_refused_by_name_and_line(said: str) -> None:
    from vesicula.sbml.reading import Unreadable

    with pytest.raises(Unreadable) as raised:
        of_text(REFUSED[said])
    assert any(said in one.what and one.line >= 1 and one.remedy for one in raised.value.refusals)


# --- the method


def test_the_steps_are_of_order_four() -> None:
    def end(n: int) -> float:
        y, h = 1.0, 1.0 / n
        for k in range(n):
            t, slope, u = k * h, -2.0 * y, np.zeros(kinetics.STAGES)
            for s in range(kinetics.STAGES):
                x = y + kinetics.A[s] @ u
                f = -x * x + math.sin(t + kinetics.AT[s] * h) + kinetics.D[s] * h * math.cos(t)
                u[s] = (f + kinetics.C[s] @ u / h) / (1.0 / (kinetics.GAMMA * h) - slope)
            y = x + u[-1]
        return y

    exact = end(2048)
    errors = [abs(end(n) - exact) for n in (8, 16, 32)]
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert (orders > 3.6).all(), orders


@pytest.mark.parametrize("name", ["BIOMD0000000104", "BIOMD0000000027", "BIOMD0000000060"])
def test_the_kernel_moves_cells_as_its_twin_does(name: str) -> None:
    net = of_file(name)
    species = [one for one, found in net.quantities.items() if found.kind == "species"]
    program = program_of(net, species, {}, 10.0)
    state = cells_of(program)
    wanted = reference.advance(program, state)
    kinetics.advance(program, state)
    states = slice(len(species) + kinetics.FIRST_OF, None)
    assert state.nodes[0, states] == pytest.approx(wanted[0, states], rel=1e-4, abs=1e-9)


def test_a_cell_has_the_same_bits_alone_and_among_others() -> None:
    program = program_of(of_file("BIOMD0000000027"), ["Mpp"], {}, 5.0)
    many, alone = cells_of(program, 4), cells_of(program)
    kinetics.advance(program, many)
    many.nodes[2, -1] *= 1.5  # a cell that differs stands between two that are alike
    for _ in range(3):
        kinetics.advance(program, many)
    for _ in range(4):
        kinetics.advance(program, alone)
    assert (many.nodes[[0, 1, 3]] == alone.nodes[0]).all()
    assert (many.nodes[2] != alone.nodes[0]).any()
    assert values_now(program, many, 2)[0] != values_now(program, many, 0)[0]
