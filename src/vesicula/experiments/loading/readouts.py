"""What in a cell reads a cargo, and how much of it moves each read-out by the smallest change it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import NONE, Program
from vesicula.experiments.loading.chain import Passage
from vesicula.experiments.loading.exposures import Table, reading_minutes
from vesicula.experiments.loading.needed import (
    AT_ONCE,
    Course,
    Silenced,
    course,
    edge_level,
    rule_level,
    silencing_copies,
)
from vesicula.language.assays import ASSAYS
from vesicula.language.measures import Measure
from vesicula.language.model import Cell
from vesicula.language.sentences import Closes, Edge, Gate, Makes, NamedSignal, Rule, Sequesters, SignalText, Term
from vesicula.language.verbs import VERBS
from vesicula.results.needs import COMPETITOR_LAMBDA, COMPETITOR_SITES
from vesicula.units import factor

F64 = NDArray[np.float64]
Number = F64 | float
LN2 = 0.6931471805599453
USUAL_CHANGE = 0.2  # of behaviours for which no assay is usual
QPCR, BLOT = ASSAYS["qPCR"], ASSAYS["blot"]


Needed = Callable[[Course], F64]
HALVINGS = 60  # of a range of levels


class Level(Protocol):
    """Level of a signal beyond the cell's `own` at which a read-out has moved by the smallest change."""

    def __call__(self, seen: Course, /, own: Number) -> F64:
        """float64[...], for cargo that came about so."""
        ...


@dataclass(frozen=True)
class Readout:
    """One read-out of a cargo in a cell.

    how : lumen, membrane, surface or medium: what of the vesicles counts; text : in words; minutes : until it is read
    response : 1/min, rate at which it follows the cargo; first : rate of a silenced mRNA between the two
    needed : course -> last level, float64[...], copies (lumen and membrane: in the cell; surface: bound) or
    molecules/µm³ of product; makes : the reaction of an enzyme
    """

    how: str
    text: str
    minutes: float
    response: Number
    needed: Needed
    makes: tuple[int, Makes] | None = None
    first: Number = np.inf


def course_of(readout: Readout, passage: Passage) -> Course:
    """How the cargo came about, as the read-out follows it."""
    levels = {"lumen": passage.acting_at, "membrane": passage.inserted_at, "surface": passage.on_surface_at}
    if readout.how not in levels:
        return AT_ONCE
    return course(levels[readout.how], passage.step, readout.response, first=readout.first)


def readouts(table: Table, program: Program, recipient: int, species: int, vesicle: str) -> Iterator[Readout]:
    """All read-outs of a cargo in a cell type."""
    model, names = table.compiled.model, table.compiled.names
    cell, name = model.cells[recipient], names.species[species]
    family = int(program.cargo.family[species])
    for k in np.flatnonzero((program.silencing.type == recipient) & (program.silencing.family == family)):
        if family != NONE:
            yield from _of_silencing(table, program, recipient, int(k))
    own = table.at(int(program.cargo.p_own[recipient, species]), 0.0)
    for number, sentence in enumerate(cell.inside):
        if isinstance(sentence, Edge):
            path = f"cells.{cell.name}.inside.{number}"
            yield from _of_edge(table, cell, sentence, sentence.gate, path, name, own)
    for number, rule in enumerate(cell.rules):
        if isinstance(rule, Rule):
            yield from _of_rule(table, cell, rule, f"cells.{cell.name}.rules.{number}", name, own)
    for number, reaction in enumerate(model.reactions):
        if isinstance(reaction, Makes) and reaction.enzyme == name and reaction.place == vesicle:
            yield from _of_product(table, cell, number, reaction)


def _measures(table: Table, node: str, cell: Cell) -> list[Measure]:
    return [m for m in table.compiled.model.measures if m.what == node and m.cell == cell.name]


def _end(table: Table) -> float:
    """When the first measure is read."""
    measures = table.compiled.model.measures
    return reading_minutes(table, measures[0].at if measures else None)


# --- silencing -----------------------------------------------------------------------------------------------------


def _of_silencing(table: Table, program: Program, t: int, k: int) -> Iterator[Readout]:
    s, cell = program.silencing, table.compiled.model.cells[t]
    f = int(s.family[k])
    node = table.compiled.names.types[t].nodes[int(s.node[k])]
    target = Silenced(
        own=table.at(int(s.p_own[t, f]), 0.0),
        mrna=table.at(int(s.p_mrna[k]), 0.0),
        half=table.at(int(s.p_lambda[k]), COMPETITOR_LAMBDA),
        strength=table.at(int(s.p_kappa[k]), 1.0),
        sites=table.at(int(s.p_competitor_sites[t, f]), COMPETITOR_SITES),
    )
    half_life = table.named(f"cells.{cell.name}.inside.{node}.protein half-life")
    response: Number = np.inf if half_life is None else LN2 / half_life

    lag = np.flatnonzero((s.lag_type == t) & (s.lag_node == s.node[k]))
    first: Number = 1.0 / table.at(int(s.p_lag[lag[0]]), 0.0) if len(lag) else np.inf

    def silenced(text: str, minutes: float, fall: Number, rate: Number = response) -> Readout:
        return Readout("lumen", text, minutes, rate, protein(fall), first=first)

    def protein(fall: Number) -> Needed:
        return lambda seen: silencing_copies(target, seen=seen, fall=fall)

    measures = _measures(table, node, cell)
    for measure in measures:
        minutes = reading_minutes(table, measure.at)
        if measure.assay == QPCR.name:
            text = f"mRNA of {node}, {_fold(QPCR.smallest)} ({QPCR.name})"
            yield silenced(text, minutes, 1.0 - 1.0 / (1.0 + QPCR.smallest), np.inf)
        else:
            row = ASSAYS.get(measure.assay or "", BLOT)
            fall = 1.0 - 1.0 / (1.0 + row.smallest) if row.fold else row.smallest
            yield silenced(f"{node} protein, {fall:.0%} less ({row.name})", minutes, fall)
    if not measures:
        fall = BLOT.smallest
        text = f"{node} protein, {fall:.0%} less ({BLOT.name}; no measure reads it)"
        yield silenced(text, _end(table), fall)
    for measure, fall in _barriers(table, cell, node):
        minutes = reading_minutes(table, measure.at)
        change = ASSAYS[measure.assay or ""].smallest
        text = f"{measure.assay} of {measure.what}, {change:.0%} (through {node})"
        yield silenced(text, minutes, fall)


def _fold(share: float) -> str:
    return f"{1 + share:g}-fold"


def _barriers(table: Table, cell: Cell, node: str) -> Iterator[tuple[Measure, F64]]:
    """Measures of a monolayer of this cell, each with the fall of the node that moves it enough."""
    for number, sentence in enumerate(cell.inside):
        if not isinstance(sentence, Closes) or sentence.node != node:
            continue
        for measure in table.compiled.model.measures:
            shut = _shut(table, cell, measure)
            if shut is None:
                continue
            path = f"cells.{cell.name}.inside.{number}"
            half, hill = (table.named(f"{path}.{what}") for what in ("half-max", "hill"))
            power = (0.5 if half is None else half) ** (n := 1.0 if hill is None else hill)
            closed = np.clip(shut, 0.0, 1.0)
            level = closed * power / (1.0 + power - closed)
            yield measure, np.where(shut > 0.0, 1.0 - level ** (1.0 / n), 2.0)


def _shut(table: Table, cell: Cell, measure: Measure) -> F64 | None:
    """Closed share of the junctions at which a monolayer's read-out has moved enough; below 0 where it cannot.

    Equation   1/P = 1/P_filter + 1/P_layer,  P_layer = open + (closed − open) j + transcytosis;
               1/R = (1 − j)/R_open + j/R_closed; transcytosis as stated
    """
    if measure.assay == "permeability" and measure.to is not None:
        path = f"cells.{cell.name}.barrier.{measure.to}"
        closed, opened, across = (table.named(f"{path}.{what}") for what in ("closed", "open", "transcytosis"))
        if closed is None or opened is None:
            return None
        more = 0.0 if across is None else across
        bare = table.named(f"labware.{measure.what}: {measure.to} through the bare filter")
        resistance = 0.0 if bare is None else 1.0 / bare
        asked = (resistance + 1.0 / (closed + more)) / (1.0 + ASSAYS["permeability"].smallest) - resistance
        layer = 1.0 / np.where(asked > 0.0, asked, np.inf)
        possible = (asked > 0.0) & (opened > closed)
        return np.where(possible, (opened + more - layer) / np.where(possible, opened - closed, 1.0), -1.0)
    if measure.assay == "TEER":
        path = f"cells.{cell.name}.barrier.TEER"
        closed, opened = table.named(f"{path}.closed"), table.named(f"{path}.open")
        if closed is None or opened is None:
            return None
        asked = 1.0 / (closed * (1.0 - ASSAYS["TEER"].smallest))
        possible = closed > opened
        return np.where(possible, (1.0 / opened - asked) / np.where(possible, 1.0 / opened - 1.0 / closed, 1.0), -1.0)
    return None


# --- what reads copies or products ---------------------------------------------------------------------------------


def _way(signal: SignalText, name: str) -> str | None:
    """How a signal reads a cargo: lumen (delivered), membrane (inserted), surface (bound); None where it does not."""
    if not isinstance(signal, NamedSignal) or signal.name != name:
        return None
    return {None: "lumen", "delivered": "lumen", "inserted": "membrane", "bound": "surface"}.get(signal.place)


def _beside(signal: SignalText, own: Number) -> Number:
    """The cell's own copies, where the signal counts them: `X`, and not `delivered X`."""
    return own if isinstance(signal, NamedSignal) and signal.place is None else 0.0


def _terms(gate: Gate, path: str) -> Iterator[tuple[Term, str]]:
    if isinstance(gate, Term):
        yield gate, path
        return
    for number, part in enumerate(gate.parts):
        yield from _terms(part, f"{path}.{number}")


def _level_of_edge(table: Table, path: str, change: Number) -> Level | None:
    half, ec50, hill, weight = (table.named(f"{path}.{what}") for what in ("half-max", "ec50", "hill", "weight"))
    if half is None or ec50 is None or hill is None:
        return None
    full: Number = 1.0 if weight is None else weight
    return lambda seen, own: edge_level(half, ec50, hill, full, change, seen, own=own)


def _of_edge(table: Table, cell: Cell, edge: Edge, gate: Gate, path: str, name: str, own: Number) -> Iterator[Readout]:
    for term, place in _terms(gate, path):
        how = _way(term.signal, name)
        level = None if how is None else _level_of_edge(table, place, BLOT.smallest)
        if how is None or level is None:
            continue
        responds = table.named(f"cells.{cell.name}.inside.{edge.node}.responds in")
        measures = _measures(table, edge.node, cell)
        minutes = reading_minutes(table, measures[0].at) if measures else _end(table)
        text = f"{edge.node}, by {BLOT.smallest:.0%} of full ({BLOT.name}), by `{edge.text}`"
        response: Number = np.inf if responds is None else 1.0 / responds
        yield Readout(how, text, minutes, response, _acting(table, cell, name, level, _beside(term.signal, own)))


def _acting(table: Table, cell: Cell, name: str, level: Level, own: Number) -> Needed:
    """Copies in all, beyond the cell's own, where only what is not sequestered acts: L + capacity · L/(Kd + L)."""
    bound: list[tuple[F64, F64]] = []
    for number, sentence in enumerate(cell.inside):
        if isinstance(sentence, Sequesters) and sentence.cargo == name:
            path = f"cells.{cell.name}.inside.{number}"
            capacity, kd = table.named(f"{path}.capacity"), table.named(f"{path}.Kd")
            if capacity is not None and kd is not None:
                bound.append((capacity, kd))

    def total(free: F64) -> F64:
        with np.errstate(divide="ignore"):
            return free + sum((capacity / (1.0 + kd / free) for capacity, kd in bound), np.zeros_like(free))

    free_own = np.asarray(_free(total, own) if bound else own)
    return lambda seen: total(free_own + level(seen, free_own)) - own


def _free(total: Callable[[F64], F64], own: Number) -> F64:
    """What is free of a cell's own copies, by bisection."""
    high = np.asarray(own, dtype=np.float64) + total(np.zeros(1))
    low = np.zeros_like(high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        less = total(middle) < own
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return high


def _change_of_rule(rule: Rule) -> tuple[str, float]:
    assay = VERBS[rule.behaviour.kind].assay
    return (assay, ASSAYS[assay].smallest) if assay else ("the usual assay", USUAL_CHANGE)


def _level_of_rule(table: Table, path: str, change: float) -> Level | None:
    limit, half, hill = (table.named(f"{path}.{what}") for what in ("limit", "half-max", "hill"))
    if limit is None or half is None:
        return None
    return lambda _, own: rule_level(limit, half, 1.0 if hill is None else hill, change, own=own)


def _of_rule(table: Table, cell: Cell, rule: Rule, path: str, name: str, own: Number) -> Iterator[Readout]:
    how, (assay, change) = _way(rule.signal, name), _change_of_rule(rule)
    level = None if how is None else _level_of_rule(table, path, change)
    if how is None or level is None:
        return
    text = f"{rule.behaviour.kind}, by {change:.0%} ({assay}), by `{rule.text}`"
    yield Readout(how, text, _end(table), np.inf, _acting(table, cell, name, level, _beside(rule.signal, own)))


def _of_product(table: Table, cell: Cell, number: int, reaction: Makes) -> Iterator[Readout]:
    """What the cell reads of an enzyme's product."""
    for i, sentence in enumerate(cell.inside):
        if not isinstance(sentence, Edge):
            continue
        for term, place in _terms(sentence.gate, f"cells.{cell.name}.inside.{i}"):
            if isinstance(term.signal, NamedSignal) and term.signal.name == reaction.product:
                level = _level_of_edge(table, place, BLOT.smallest)
                if level is not None:
                    text = f"{sentence.node}, by {BLOT.smallest:.0%} of full ({BLOT.name}), by {reaction.product}"
                    yield Readout("medium", text, _end(table), np.inf, partial(level, own=0.0), (number, reaction))
    for i, rule in enumerate(cell.rules):
        if isinstance(rule, Rule) and isinstance(rule.signal, NamedSignal) and rule.signal.name == reaction.product:
            assay, change = _change_of_rule(rule)
            level = _level_of_rule(table, f"cells.{cell.name}.rules.{i}", change)
            if level is not None:
                text = f"{rule.behaviour.kind}, by {change:.0%} ({assay}), by {reaction.product}"
                yield Readout("medium", text, _end(table), np.inf, partial(level, own=0.0), (number, reaction))


def shown_unit(how: str) -> tuple[str, float]:
    """Unit in which a level is shown, and the factor to it."""
    return ("nM", 1.0 / factor("nM", "concentration")) if how == "medium" else ("copies", 1.0)
