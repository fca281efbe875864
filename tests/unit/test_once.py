"""What is made once for a program."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np

import vesicula
from vesicula.compiler import compile_model
from vesicula.engine.once import once

made = []


@once
def parameters_of(program, rows, factor=1.0):
    made.append(len(rows))
    return program.values[rows].sum() * factor


def program():
    return compile_model(vesicula.resolve(vesicula.read("starter"))).system.sites[0]


def test_it_is_made_once_for_the_same_question_and_anew_for_another():
    one = program()
    made.clear()
    first = parameters_of(one, np.array([0, 1]))
    assert parameters_of(one, np.array([0, 1])) == first
    assert parameters_of(one, np.array([0])) != first
    assert parameters_of(one, np.array([0, 1]), 2.0) == 2.0 * first
    assert made == [2, 1, 2]


def test_another_programs_values_are_not_taken_for_those_of_the_first():
    one = program()
    other = replace(one, values=2.0 * one.values)
    rows = np.array([0])
    assert parameters_of(other, rows) == 2.0 * parameters_of(one, rows)


def test_a_program_with_later_values_is_one_program_for_each_time_and_keeps_no_memory_on_disk():
    one = program()
    later = replace(one, later_step=np.array([3, 7]), later_values=np.stack([2.0 * one.values, 4.0 * one.values]))
    assert later.at(0) is later
    assert later.at(3) is later.at(6)
    assert later.at(7) is not later.at(6)
    assert parameters_of(later.at(7), np.array([0])) == 4.0 * parameters_of(one, np.array([0]))
    again = pickle.loads(pickle.dumps(later))
    assert set(vars(again)) == {name for name in vars(later) if not name.startswith("_")}
