"""What an SBML file says, as data: quantities, reactions, rules and events, with the line each stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vesicula.sbml.expressions import Expression

Kind = Literal["species", "compartment", "parameter", "stoichiometry"]


@dataclass(frozen=True)
class Unit:
    """A unit of a file. factor: internal units (µm, min, molecule, dalton) in one of it

    base : exponents of length, time, molecules, mass and others, without those that are 0
    """

    factor: float
    base: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Quantity:
    """What has an id and a number. A species is an amount inside, whatever its id means in formulas.

    start : number at the start, in formulas; None where a rule or an initial assignment says it, or nobody
    is_amount : whether `start` is an amount, where the file gives amount or concentration
    compartment : of a species; only_amount : whether its id means its amount in formulas, else its concentration
    boundary : whether reactions leave it alone; constant : whether nothing changes it
    per_extent : parameter by which reactions are multiplied that change it (conversion factor)
    unit : of its id in formulas, None where the file does not say
    """

    name: str
    kind: Kind
    start: float | None
    line: int
    is_amount: bool = False
    compartment: str = ""
    only_amount: bool = False
    boundary: bool = False
    constant: bool = False
    per_extent: str = ""
    unit: Unit | None = None


@dataclass(frozen=True)
class Reaction:
    """A reaction and what one of it adds to species: species, stoichiometry."""

    name: str
    rate: Expression
    changes: tuple[tuple[str, Expression], ...]
    line: int


@dataclass(frozen=True)
class Event:
    """What happens when `trigger` turns true.

    at_start : whether the trigger counts as true before the start, so that being true there does not fire it
    persistent : whether it still happens where another event of the same moment makes the trigger false
    values_then : whether values are those of the moment of firing, not of the moment of its turn
    priority : the higher goes first; None: after those that have one
    """

    name: str
    trigger: Expression
    assignments: tuple[tuple[str, Expression], ...]
    line: int
    at_start: bool = True
    persistent: bool = True
    values_then: bool = True
    priority: Expression | None = None


@dataclass(frozen=True)
class Kinetics:
    """A whole file. assignments, rates, initials : formulas by id

    time : unit of time, None where the file does not say; digest : of the file's bytes
    """

    file: str
    quantities: dict[str, Quantity]
    reactions: tuple[Reaction, ...]
    assignments: dict[str, Expression]
    rates: dict[str, Expression]
    initials: dict[str, Expression]
    events: tuple[Event, ...]
    time: Unit | None
    digest: str
