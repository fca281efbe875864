"""Boolean networks from files: the formulas that they say, and what is refused by its name."""

# ruff: noqa: E501 (files stand in their own words)

from __future__ import annotations

from itertools import product

import pytest

from vesicula.sbml.logic import Formula, Illogical, formula_of, read_logic, sentences_of_logic

RULES = "targets, factors\nA, B & !C\nB, B\nC, !(A | B)  # turned off\nD, 1\n"
BOOLEANNET = "A = True\nB = False\nA* = B and not C\nC* = (A or B) and (not A or not B)\n"
BND = "node A {\n  logic = B & !C;\n  rate_up = @logic ? $u : 0;\n  rate_down = @logic ? 0 : $u;\n}\nnode B { logic = (B); }\n"
CFG = "$u = 0.5; // per hour\n[A].istate = 0.25 [1], 0.75 [0];\nB.istate = 1;\nmax_time = 10;\n"


def value(one: Formula, at: dict[str, bool]) -> bool:
    match one.kind:
        case "name":
            return at[one.name]
        case "constant":
            return one.name == "1"
        case "not":
            return not value(one.parts[0], at)
        case "and":
            return all(value(part, at) for part in one.parts)
        case _:
            return any(value(part, at) for part in one.parts)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("a & !b | c", lambda a, b, c: (a and not b) or c),
        ("not (a or b) and c", lambda a, b, c: not (a or b) and c),
        ("!(!a && (b || !c))", lambda a, b, c: not (not a and (b or not c))),
        ("a and b and (1 or c)", lambda a, b, _: a and b),
    ],
)
def test_a_formula_is_true_where_its_text_is(text: str, law) -> None:
    read = formula_of(text)
    again = formula_of(read.text())
    for a, b, c in product((False, True), repeat=3):
        at = {"a": a, "b": b, "c": c}
        assert value(read, at) == value(again, at) == bool(law(a, b, c))


def test_rules_become_edges_and_settings() -> None:
    assert [text for text, _ in sentences_of_logic(read_logic("x.bnet", RULES), None)] == [
        "B and not C activates A", "not (A or B) activates C", "D starts at 1 @assumed",
    ]  # fmt: skip


def test_starts_and_the_time_of_a_step_are_settings() -> None:
    told = [text for text, _ in sentences_of_logic(read_logic("x.txt", BOOLEANNET), 30.0)]
    assert "A starts at 1 @assumed" in told
    assert "B starts at 0 @assumed" in told
    assert "A responds in 30 min @assumed" in told
    assert "(A or B) and (not A or not B) activates C" in told


def test_maboss_has_rates_and_shares_of_starts() -> None:
    first, second = read_logic("x.bnd", BND, CFG)
    assert (first.rate, first.start, first.line) == (0.5, 0.25, 1)
    assert (second.is_input, second.start) == (True, 1.0)
    assert "A responds in 120 min @assumed" in [text for text, _ in sentences_of_logic((first, second), 60.0)]


@pytest.mark.parametrize(
    ("name", "text", "said", "line"),
    [
        ("x.bnet", "A, B\nB = Random", "`B` starts at random", 2),
        ("x.bnet", "A, B &", "it breaks off", 1),
        ("x.bnet", "A, B\nA, C", "`A` has two rules", 2),
        ("x.bnet", "just words", "is no rule", 1),
        ("x.bnd", "\nnode A { logic = B; rate_up = @logic ? 2 : 0; rate_down = @logic ? 0 : 1; }", "rises at 2", 2),
        ("x.bnd", "node A { logic = B; rate_up = @logic ? 2 : 1; }", "is more than", 1),
        ("x.bnd", "node A { rate_up = 1; rate_down = 1; }", "rates without `logic`", 1),
        ("x.bnd", "", "no rule in it", 1),
    ],
)
def test_what_has_no_equal_is_refused_by_name_and_line(name: str, text: str, said: str, line: int) -> None:
    with pytest.raises(Illogical) as raised:
        read_logic(name, text)
    assert any(said in one.what and one.line == line and one.remedy for one in raised.value.refusals)


QUAL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"
 xmlns:qual="http://www.sbml.org/sbml/level3/version1/qual/version1" qual:required="true"><model id="m">
<listOfCompartments><compartment id="c" constant="true"/></listOfCompartments>
<qual:listOfQualitativeSpecies>
<qual:qualitativeSpecies qual:id="A" qual:compartment="c" qual:constant="false" qual:maxLevel="LEVELS"/>
<qual:qualitativeSpecies qual:id="B" qual:compartment="c" qual:constant="false" qual:maxLevel="1" qual:initialLevel="1"/>
</qual:listOfQualitativeSpecies><qual:listOfTransitions><qual:transition qual:id="t">
<qual:listOfInputs><qual:input qual:id="i" qual:qualitativeSpecies="B" qual:transitionEffect="none" qual:thresholdLevel="1"/></qual:listOfInputs>
<qual:listOfOutputs><qual:output qual:qualitativeSpecies="A" qual:transitionEffect="assignmentLevel"/></qual:listOfOutputs>
<qual:listOfFunctionTerms><qual:defaultTerm qual:resultLevel="0"/><qual:functionTerm qual:resultLevel="1">
<math xmlns="http://www.w3.org/1998/Math/MathML"><apply><lt/><ci>B</ci><ci>i</ci></apply></math>
</qual:functionTerm></qual:listOfFunctionTerms></qual:transition></qual:listOfTransitions></model></sbml>
"""


def test_qual_has_transitions_of_two_levels() -> None:
    pytest.importorskip("libsbml", reason='pip install "vesicula[sbml]"')
    from vesicula.sbml.qual import read_qual

    told = [text for text, _ in sentences_of_logic(read_qual(QUAL.replace("LEVELS", "1")), None)]
    assert told == ["not B activates A", "B starts at 1 @assumed"]
    with pytest.raises(Illogical, match="`A` has 3 levels"):
        read_qual(QUAL.replace("LEVELS", "2"))
