"""Which arm switches a law off, and does it? Every law of the engine against arms that silence, halve and double it.

The table stands in `tests/cases`; what a measure reads in an arm is a number from theory. A process of the engine, a
behaviour of the rules or a sentence of an arm without a row here turns the test of the table red.
"""

from __future__ import annotations

from dataclasses import fields
from enum import EnumType
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import get_args

import pytest
from tests.cases.law import Bench, Law
from tests.cases.laws_without_rows import NO_HAND, NO_LAW, NOT_RUN

from vesicula.compiler import compile_model
from vesicula.engine import program as engine
from vesicula.engine import system
from vesicula.experiments.running import Measured, measured
from vesicula.language import prepare, read
from vesicula.language.sentences import BehaviourText
from vesicula.language.steps import Block, StepText

CASES = Path(__file__).parents[1] / "cases"
TABLES_OF_LAWS = [import_module(f"tests.cases.{file.stem}") for file in sorted(CASES.glob("laws_of_*.py"))]
BENCHES = {name: one for table in TABLES_OF_LAWS for name, one in vars(table).items() if isinstance(one, Bench)}
RUN = [(name, law) for name, bench in BENCHES.items() for law in bench.laws]


@cache
def shown(name: str) -> Measured:
    return measured(compile_model(prepare(BENCHES[name].model())))


@pytest.mark.parametrize(("bench", "law"), RUN, ids=[law.name for _, law in RUN])
def test_hands_do_to_a_law_what_theory_says(bench: str, law: Law) -> None:
    found, arms = shown(bench), BENCHES[bench].arms()
    scale = max(abs(law.reads), *(abs(one) for one in law.hands.values()))
    expected = {"as it is": law.reads, **law.hands}
    read = {hand: found.of(law.name, arms.get(hand, hand)).mean() for hand in expected}
    wrong = {
        hand: (read[hand], number)
        for hand, number in expected.items()
        if not abs(read[hand] - number) <= law.within * (abs(number) or scale)
    }
    assert not wrong


TABLES = (
    engine.Substances, engine.Reactions, engine.Matrix, engine.Vesicles, engine.Cargo, engine.Silencing,
    engine.Sequestration, engine.Networks, engine.Sensing, engine.Lifecycle, engine.CellTypes, system.Barriers,
    system.Transfers, system.Flows,
)  # fmt: skip
NOT_BEHAVIOURS = {"n", "p_base", "p_limit", "p_half", "p_hill"}


def laws_of_the_engine() -> set[str]:
    """Every member of an enumeration of what happens, every behaviour and every parameter, by name."""
    kinds = [one for one in vars(engine).values() if isinstance(one, EnumType) and one.__module__ == engine.__name__]
    members = {f"{kind.__name__}.{member.name}" for kind in kinds for member in kind}
    routes = {name for name in vars(engine) if name.startswith("ROUTE_")}
    assert len(routes) == engine.N_ROUTES
    parameters = {f"{table.__name__}.{one.name}" for table in TABLES for one in fields(table) if one.name[:2] == "p_"}
    rules = ("rule_", "trait_")
    behaviours = {f"Behaviours.{f.name}" for f in fields(engine.Behaviours) if not f.name.startswith(rules)}
    return members | routes | parameters | behaviours


def named(*tables: dict[str, str]) -> set[str]:
    return set(chain(*tables))


RULED = {verb for _, law in RUN for verb in law.verbs}
READ = {name for _, law in RUN for name in law.of}
HANDS = {hand for _, law in RUN for hand in law.hands}


def test_every_law_of_the_engine_has_a_row() -> None:
    """And none stands in two places: a law that is run needs no reason why it is not."""
    excused = named(NO_LAW, NO_HAND, NOT_RUN)
    engine_laws = laws_of_the_engine()
    assert READ - engine_laws == set()
    assert engine_laws - READ - excused == set()
    assert READ & excused == set()


def test_every_behaviour_of_rules_has_a_row() -> None:
    verbs = {f"verb {one}" for one in get_args(BehaviourText.model_fields["kind"].annotation)}
    ruled = {f"verb {one}" for one in RULED}
    assert ruled <= verbs
    assert verbs - ruled - named(NOT_RUN) == set()
    assert ruled & named(NOT_RUN) == set()


def test_every_sentence_and_process_of_arms_has_a_row() -> None:
    """Read back from the models of the benches, written and prepared: a hand is what the language takes it for."""
    models = [model(bench.model()) for bench in BENCHES.values() for model in (read, prepare)]
    steps = [step for model in models for arm in model.arms for step in arm.steps]
    kinds = {f"arm {type(step).__name__}" for step in steps}
    kinds |= {f"block {step.process}" for step in steps if isinstance(step, Block)}
    wanted = {f"arm {one.__name__}" for one in get_args(get_args(StepText)[0])}
    wanted |= {f"block {one}" for one in get_args(Block.model_fields["process"].annotation)}
    assert wanted - kinds - named(NOT_RUN) == set()
    assert kinds & named(NOT_RUN) == set()


def test_names_without_a_row_are_names_of_something() -> None:
    known = laws_of_the_engine() | {f"verb {one}" for one in get_args(BehaviourText.model_fields["kind"].annotation)}
    known |= {f"arm {one.__name__}" for one in get_args(get_args(StepText)[0])}
    known |= {f"block {one}" for one in get_args(Block.model_fields["process"].annotation)}
    assert named(NO_LAW, NO_HAND, NOT_RUN) - known == set()
    assert all(reason for table in (NO_LAW, NO_HAND, NOT_RUN) for reason in table.values())


def test_every_row_that_is_run_is_silenced_halved_or_doubled() -> None:
    """A row says at least one hand that changes what is read; else it shows nothing."""
    for _, law in RUN:
        assert any(abs(number - law.reads) > 2 * law.within * abs(law.reads) for number in law.hands.values()), law.name
        assert law.silent or 0 in law.hands.values(), law.name
