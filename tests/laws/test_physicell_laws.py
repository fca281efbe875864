"""Converted projects do what PhysiCell's equations say: growth, fields, exchange of a cell, and the law of rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.cases.physicell import changed, put, without_rules

from vesicula.compiler import compile_model
from vesicula.compiler.doubling import doubling_time
from vesicula.engine.faces import far_field_clearance
from vesicula.engine.program import Effect, Signal
from vesicula.engine.reference import behaviours as plain
from vesicula.engine.reference.blank import blank_state
from vesicula.experiments.running import measured
from vesicula.io.physicell import convert_project
from vesicula.io.physicell.outline import far
from vesicula.language import prepare
from vesicula.language.model import Model

VOLUME = 2494.0
MICROMOLAR = 6.02214076e23 * 1e-6 / 1e15  # molecules/µm³


def made(folder: Path, settings: str, rules: str | None = None, cells: str | None = None) -> Model:
    """The model of a project, ready to be compiled."""
    done = convert_project(put(folder, settings, rules, cells))
    for name, text in done.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return prepare(folder / f"{done.name}.yaml")


# --- growth


def test_a_live_cycle_doubles_in_ln_2_over_its_rate(tmp_path: Path) -> None:
    model = made(tmp_path, without_rules())
    time = doubling_time(model.cells[0])
    assert time == pytest.approx(math.log(2) / 0.001, rel=1e-9)


def test_a_cycle_of_three_phases_grows_as_its_phases_say(tmp_path: Path) -> None:
    """2 Π m(x) = 1, m the Laplace transform of a phase: (1 + x T/k)^(−k), e^(−x T) where its duration is fixed."""
    rows = "".join(
        f'<duration index="{k}" fixed_duration="{"true" if k else "false"}">{one}</duration>'
        for k, one in enumerate((217.2, 780.0, 150.0))
    )
    text = without_rules()
    old = text[text.index("<cycle") : text.index("</cycle>")]
    new = f'<cycle code="0" name="Ki67"><phase_durations units="min">{rows}</phase_durations>'
    time = doubling_time(made(tmp_path, text.replace(old, new, 1)).cells[0])

    def growth(of_fixed: Callable[[float, float], float]) -> float:
        low, high = 0.0, 0.01
        for _ in range(200):
            x = 0.5 * (low + high)
            left = 2.0 / (1.0 + 217.2 * x) * of_fixed(780.0, x) * of_fixed(150.0, x)
            low, high = (x, high) if left > 1.0 else (low, x)
        return low

    stepped = growth(lambda mean, x: (1.0 + mean * x / 100.0) ** -100)
    assert time == pytest.approx(math.log(2) / stepped, rel=1e-6)
    assert time == pytest.approx(math.log(2) / growth(lambda mean, x: math.exp(-mean * x)), rel=5e-3)


# --- fields


def still() -> str:
    """Settings without rules and places, whose cells do nothing to oxygen."""
    return without_rules().replace('<uptake_rate units="1/min">10<', '<uptake_rate units="1/min">0<')


def test_oxygen_along_a_domain_is_held_at_one_end_and_decays(tmp_path: Path) -> None:
    """c0 cosh((L − x)/λ)/cosh(L/λ), λ = √(D/k); its mean over L is c0 (λ/L) tanh(L/λ)."""
    text = still().replace("<x_max>100<", "<x_max>1900<").replace('">0.1</decay_rate>', '">0.2</decay_rate>')
    assert '">0.2</decay_rate>' in text
    model = made(tmp_path, text)
    shown = measured(compile_model(model)).of("mean oxygen", "")
    length, spread = 2000.0, math.sqrt(1e5 / 0.2)
    assert float(shown.mean()) == pytest.approx(38 * spread / length * math.tanh(length / spread), rel=2e-3)


def test_a_cell_alone_in_a_voxel_brings_it_to_the_level_of_its_equation(tmp_path: Path) -> None:
    """0 = V (S (T − p) − U p) + E − k W p, with W the volume of the voxel."""
    text = changed(
        ("<x_min>-100</x_min> <x_max>100</x_max>", "<x_min>-10</x_min> <x_max>10</x_max>"),
        ("<y_min>-60</y_min> <y_max>60</y_max>", "<y_min>-10</y_min> <y_max>10</y_max>"),
        ('units="1/min">0</decay_rate>', 'units="1/min">0.3</decay_rate>'),
        ('format="csv" enabled="true"', 'format="csv" enabled="false"'),
        ('<rate start_index="0" end_index="0" fixed_duration="false">0.001<', '<rate start_index="0" end_index="0">0<'),
        ('<death_rate units="1/min">0.0001<', '<death_rate units="1/min">0<'),
        ('<death_rate units="1/min">0.003<', '<death_rate units="1/min">0<'),
        ('name="T cell" units="1/min">0.0002<', 'name="T cell" units="1/min">0<'),
    )
    model = made(tmp_path, text, cells="x,y,z,type\n0,0,0,tumor\n")
    shown = measured(compile_model(model, folder=tmp_path)).of("mean growth-factor", "")
    level = (0.2 * 3 * VOLUME + 40) / ((0.2 + 0.05) * VOLUME + 0.3 * 20**3)
    assert float(shown.mean()) == pytest.approx(level, rel=2e-3)


@pytest.mark.parametrize("cleared", [1.0, 1e3, 2.4e4])
def test_the_voxel_is_cleared_as_fast_as_there(cleared: float) -> None:
    diffusion, depletion = 1e3, 0.0125
    far_away = far(cleared, depletion / diffusion)
    again = far_field_clearance(far_away, diffusion, depletion)
    assert again == pytest.approx(cleared if cleared * depletion < diffusion else diffusion / depletion, rel=1e-5)


# --- rules


Acting = list[tuple[float, float, float]]
"""Signals that act one way: level, half-max, Hill."""


def law(base: float, raised: Acting, lowered: Acting, ends: tuple[float, float]) -> float:
    """PhysiCell's. ends : what the behavior reaches at least and at most"""
    floor, top = ends
    up = sum((x / half) ** hill for x, half, hill in raised)
    down = sum((x / half) ** hill for x, half, hill in lowered)
    middle = base + (top - base) * up / (1 + up)
    return middle + (floor - middle) * down / (1 + down)


ROWS = (
    "tumor,oxygen,increases,cycle entry,0.004,21.5,4,0\n"
    "tumor,growth factor,increases,cycle entry,0.0025,1.5,2,0\n"
    "tumor,pressure,decreases,cycle entry,0.0002,0.7,3,0\n"
    "tumor,growth factor,increases,migration speed,3,2,1.5,0\n"
    "tumor,oxygen,decreases,growth factor secretion,0.02,10,2,0\n"
)


def test_rules_answer_as_the_published_law_does_at_any_level(tmp_path: Path) -> None:
    """Level by level, with several signals at once; the model is given the signals, the law is computed here."""
    text = changed(
        ('type="csv" enabled="true">', 'type="csv" enabled="false">'), ('"none">0<', '"none">1<')
    )  # fmt: skip
    program = compile_model(made(tmp_path, text, rules=ROWS)).system.sites[0]
    state = blank_state(program, [np.array([[5.0, 5.0, 5.0]])])
    table, life, signals = program.behaviours, program.lifecycle, program.signals
    divides = table.clock[np.flatnonzero((life.type == 0) & (life.effect == Effect.DIVIDE))]
    assert len(divides) == 1
    per = (1.3 * MICROMOLAR, 1e-3 * MICROMOLAR)  # molecules/µm³ of one mmHg of oxygen, and of one nM
    pick = np.random.default_rng(5)
    for _ in range(50):
        oxygen, factor, pressure = pick.uniform(0, 60), pick.uniform(0, 8), pick.uniform(0, 3)
        for column, (kind, argument) in enumerate(zip(signals.kind, signals.argument, strict=True)):
            level = (oxygen, factor)[argument] * per[argument] if kind == Signal.SUBSTANCE else pressure
            state.signal[0, column] = level
        reached = plain.evaluate(program, state)[0]
        entry = law(0.001, [(oxygen, 21.5, 4), (factor, 1.5, 2)], [(pressure, 0.7, 3)], (0.0002, 0.004))
        assert reached[divides[0]] == pytest.approx(entry, rel=1e-8)
        assert reached[table.speed] == pytest.approx(law(0.5, [(factor, 2, 1.5)], [], (0.5, 3)), rel=1e-8)
        secreted = (law(0.2, [], [(oxygen, 10, 2)], (0.02, 0.2)) * 3 * VOLUME + 40) * per[1]
        assert reached[table.secretion[1]] == pytest.approx(secreted, rel=1e-7)
