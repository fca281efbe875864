"""Models of the cell cycle by their codes: phases, mean times, and after which phase a cell divides.

Equation   rate of leaving a phase = 1 / its duration; memoryless unless `fixed_duration`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vesicula.io.physicell.markup import Element

if TYPE_CHECKING:
    from vesicula.io.physicell.definitions import Lineage

FIXED_STEPS = 100
"""Erlang steps of a phase of fixed duration, the most that a phase of a model has: it scatters by 10 %."""


@dataclass(frozen=True)
class Form:
    """A model of the cycle. phases : their names here; divides : number of the phase after which a cell divides
    rates : 1/min of leaving each, and whether its duration is fixed, where nothing is said, as in PhysiCell 1.14.2
    """

    name: str
    phases: tuple[str, ...]
    divides: int
    rates: tuple[float, ...]
    fixed: tuple[bool, ...]


FORMS = {
    "0": Form("Ki67 (advanced)", ("Ki67-negative", "Ki67-premitotic", "Ki67-postmitotic"), 1,
              (1 / 217.2, 1 / 780.0, 1 / 150.0), (False, True, True)),
    "1": Form("Ki67 (basic)", ("Ki67-negative", "Ki67-positive"), 1, (1 / 275.4, 1 / 930.0), (False, True)),
    "2": Form("flow cytometry", ("G0G1", "S", "G2M"), 2, (0.00324, 0.00208, 0.00333), (False, False, False)),
    "5": Form("live", ("live",), 0, (0.00072,), (False,)),
    "6": Form("flow cytometry (separated)", ("G0G1", "S", "G2", "M"), 3, (0.00335, 0.00208, 0.00417, 0.0167),
              (False, False, False, False)),
    "7": Form("cycling-quiescent", ("quiescent", "cycling"), 1, (1 / 275.4, 1 / 930.0), (False, True)),
}  # fmt: skip
LIVE_TOO = ("3", "4")
"""Codes for which PhysiCell takes the live model."""
BY_NAME = {
    "ki67 (advanced)": "0", "advanced ki67": "0", "ki67 (basic)": "1", "basic ki67": "1", "flow cytometry": "2",
    "flow cytometry model (basic)": "2", "live": "5", "live cells": "5", "flow cytometry (separated)": "6",
    "flow cytometry model (separated)": "6", "cycling-quiescent": "7", "cycling-quiescent model": "7",
}  # fmt: skip


@dataclass(frozen=True)
class Phase:
    """A phase. rate : of leaving it, 1/min; fixed : its duration does not vary"""

    name: str
    rate: float
    fixed: bool


@dataclass(frozen=True)
class Cycle:
    """A cycle as PhysiCell has it: phases from number 0, and the one after which a cell divides."""

    at: Element
    form: Form
    phases: tuple[Phase, ...]


def read_cycle(said: str, at: Element, lineage: Lineage) -> Cycle:
    """The cycle of a definition. Raises FileError where none is said, or none that is known."""
    blocks = lineage.all("cycle")
    if not blocks:
        message = f"`{said}` has no cycle, nor has what it inherits from"
        at.refuse("file-form", message, 'add for example `<cycle code="5" name="live">` with its rate', words=said)
    codes = [_code(one) for one in blocks]
    form = FORMS[codes[-1]]
    rates, fixed = list(form.rates), list(form.fixed)
    for block, code in zip(blocks, codes, strict=True):
        if code == codes[-1]:  # those of another model are not inherited
            _rates(block, rates, fixed)
    phases = tuple(Phase(*one) for one in zip(form.phases, rates, fixed, strict=True))
    return Cycle(blocks[-1], form, phases)


def _code(block: Element) -> str:
    code = block.attributes.get("code", "").strip()
    name = block.attributes.get("name", "").strip()
    if not code:
        code = BY_NAME.get(name.lower(), name)
    code = "5" if code in LIVE_TOO else code
    if code not in FORMS:
        known = ", ".join(f"{number} ({form.name})" for number, form in FORMS.items())
        block.refuse("file-form", f"`{code or name}` is no model of the cycle", f"known codes: {known}", words=code)
    return code


def _rates(block: Element, rates: list[float], fixed: list[bool]) -> None:
    """Take what a block says of its phases."""
    last = len(rates) - 1
    for path in ("phase_transition_rates/rate", "transition_rates/rate"):
        for one in block.all(path):
            start, end = _index(one, "start_index", last), _index(one, "end_index", last)
            if end != (start + 1) % len(rates):
                one.refuse("file-form", f"no link leads from phase {start} to phase {end}", "write the next phase")
            number = one.number("1/min")
            if number < 0:
                one.refuse("file-number", "a rate cannot be below zero", "write a number of zero or more")
            rates[start], fixed[start] = number, one.yes("fixed_duration")
    for one in block.all("phase_durations/duration"):
        start = _index(one, "index", last)
        number = one.number("min")
        if number < 0:
            one.refuse("file-number", "a duration cannot be below zero", "write a number of zero or more")
        rates[start], fixed[start] = 1.0 / (number + 1e-16), one.yes("fixed_duration")


def _index(one: Element, key: str, last: int) -> int:
    said = one.attributes.get(key, "0").strip()
    if not said.isdecimal() or int(said[:9]) > last:
        one.refuse("file-form", f"`{said}` is no phase of this cycle", f"phases are numbered 0 to {last}", words=said)
    return int(said)
