"""Behaviour columns, their base values by cell type and state, and the rules that change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import Context
from vesicula.compiler.lifecycle import Clock
from vesicula.compiler.names import BehaviourName
from vesicula.compiler.signals import SignalTable
from vesicula.compiler.vesicles import endocytosis_column, fate_column
from vesicula.engine.program import N_ROUTES, NONE, Behaviours, Effect, Sensing
from vesicula.language import behaviour_words, parse_behaviour
from vesicula.language.bases import binds, stated
from vesicula.language.blocks import CELL, MOVES
from vesicula.language.model import Cell, Sensed
from vesicula.language.sentences import BehaviourText, Keeps, Rule, RuleText
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS, BehaviourKind

I32 = NDArray[np.int32]
ROUTE_WORDS = ("fusion", "endocytosis", "binding")
WITHOUT_VERB = {"clock": ("1/min", "rate"), "receptors": ("copies", "number")}
"""Columns that no verb names: internal unit and dimension."""
KEYS = {entry.attribute: entry.key for entry in (*CELL, *MOVES)}
"""Attribute of a cell or its motion -> its word in paths."""
Key = tuple[str, int]


def _of_column(word: str) -> tuple[str, str]:
    """Internal unit and dimension of a column."""
    if word in WITHOUT_VERB:
        return WITHOUT_VERB[word]
    verb = VERBS[cast("BehaviourKind", word)]
    return verb.unit, verb.dimension


@dataclass
class BehaviourTable:
    """Columns by (word, index) while they are collected, base values, and rules per (type, column)."""

    ctx: Context
    signals: SignalTable
    clocks: list[Clock]
    columns: dict[Key, int] = field(default_factory=dict[Key, int])
    texts: list[BehaviourName] = field(default_factory=list[BehaviourName])
    base: dict[tuple[int, int, int], int] = field(default_factory=dict[tuple[int, int, int], int])
    enzymes: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    rules: dict[tuple[int, int], list[tuple[int, int, int, int, int, int]]] = field(
        default_factory=dict[tuple[int, int], list[tuple[int, int, int, int, int, int]]]
    )

    def column(self, word: str, index: int, text: str) -> int:
        """Column of a behaviour; new ones are appended."""
        key = (word, index)
        if key not in self.columns:
            self.columns[key] = len(self.columns)
            self.texts.append(BehaviourName(text, _of_column(word)[0]))
        return self.columns[key]

    def find(self, word: str, index: int) -> int:
        """Column of a behaviour some cell has, else NONE."""
        return self.columns.get((word, index), NONE)

    def set_base(self, t: int, word: str, index: int, text: str, parameter: int) -> None:
        """Base value of a cell type in all its states."""
        column = self.column(word, index, text)
        for state in range(self.n_states(t)):
            self.base[t, state, column] = parameter

    def n_states(self, t: int) -> int:
        """Number of states of a cell type (one without named states)."""
        return max(1, len(self.ctx.model.cells[t].states))


def collect_bases(table: BehaviourTable) -> None:
    """Base values of every cell type: what its block says, with the factors of arms."""
    for t, cell in enumerate(table.ctx.model.cells):
        for kind, verb in VERBS.items():
            if kind == "release":
                _vesicle_bases(table, t, cell)
            elif verb.column and verb.over in ("", "substance", "matrix", "cell", "enzyme"):
                _plain_bases(table, t, cell, kind)
    for number, clock in enumerate(table.clocks):
        table.set_base(clock.type, "clock", number, clock.text, clock.p_rate)
    for t, cell in enumerate(table.ctx.model.cells):
        _state_bases(table, t, cell)


def _plain_bases(table: BehaviourTable, t: int, cell: Cell, kind: BehaviourKind) -> None:
    """What a cell states of a verb: one value, or one for each thing that it names."""
    for path in VERBS[kind].base:
        entry = stated(cell, path)
        place = ".".join(("cells", cell.name, *(KEYS[attribute] for attribute in path.split("."))))
        if isinstance(entry, Value):
            _plain_base(table, t, cell, BehaviourText(kind=kind), place, entry)
        elif isinstance(entry, dict):
            for name, value in cast("dict[str, Value]", entry).items():
                _plain_base(table, t, cell, BehaviourText(kind=kind, what=name), f"{place}.{name}", value)


def _plain_base(table: BehaviourTable, t: int, cell: Cell, one: BehaviourText, path: str, value: Value) -> None:
    ctx, p, verb, what = table.ctx, table.ctx.parameters, VERBS[one.kind], one.what or ""
    mass = ctx.molar_mass(what) if verb.dimension == "secretion" else None
    base = p.source(path, value, verb.dimension, molar_mass=mass)
    if verb.process:
        base = p.times(f"{path} in arms", base, ctx.effects.factor(verb.process, what, cell.name))
    text = behaviour_words(one)
    if verb.over == "enzyme":
        table.enzymes[cell.name, what] = len(table.enzymes)
        text = f"{text} of {cell.name}"
    table.set_base(t, one.kind, _index(table, cell, one), text, base)
    said = cell.moves.sensed.get(what) if one.kind == "attraction" and cell.moves is not None else None
    if said is not None and said.receptors is not None and said.receptor not in cell.surface:
        number = p.source(f"{path}.receptors", said.receptors, "number")
        table.set_base(t, "receptors", ctx.substance_index(what), f"receptors for {what}", number)


def _index(table: BehaviourTable, cell: Cell, one: BehaviourText) -> int:
    """Which of the columns of its verb a behaviour means."""
    ctx, what = table.ctx, one.what or ""
    match VERBS[one.kind].over:
        case "substance":
            return ctx.substance_index(what)
        case "matrix":
            return ctx.matrix_index(what)
        case "cell":
            return ctx.type_index(what)
        case "enzyme":
            return table.enzymes.get((cell.name, what), NONE)
        case _:
            return 0


def _vesicle_bases(table: BehaviourTable, t: int, cell: Cell) -> None:
    ctx, p = table.ctx, table.ctx.parameters
    for i, (vesicle, _, _) in enumerate(ctx.populations):
        name, here = vesicle.name, f"{cell.name}: {vesicle.name}"
        if name in cell.releases and vesicle.donor == cell.name:
            path = f"cells.{cell.name}.releases.{name}"
            stated = p.source(path, cell.releases[name], "release")
            share = p.constant(f"share of each of {vesicle.size_classes} size classes", 1 / vesicle.size_classes)
            factor = ctx.effects.factor("release", name, cell.name)
            base = p.times(f"{path} per size class", stated, share if vesicle.size_classes > 1 else NONE, factor)
            table.set_base(t, "release", i, f"{name} release", base)
        clears = fate_column(ctx, cell, name, "clears", "clearance")
        if clears != NONE:
            fusion = fate_column(ctx, cell, name, "fusion", "share")
            fused = p.times(f"{here} fusion", clears, fusion) if fusion != NONE else NONE
            for route, base in ((0, fused), (1, endocytosis_column(ctx, cell, name))):
                _route_base(table, t, cell, i, route, base)
        if binds(cell, vesicle):
            _route_base(table, t, cell, i, 2, fate_column(ctx, cell, name, "binding", "clearance"))


def _route_base(table: BehaviourTable, t: int, cell: Cell, population: int, route: int, base: int) -> None:
    if base == NONE:
        return
    ctx = table.ctx
    name, word = ctx.populations[population][0].name, ROUTE_WORDS[route]
    factor = ctx.effects.factor(word, name, cell.name)
    blocked = ctx.parameters.times(f"{cell.name}: {word} of {name} in arms", base, factor)
    table.set_base(t, word, population, f"{name} {word}", blocked)


def _state_bases(table: BehaviourTable, t: int, cell: Cell) -> None:
    """Other base values in one state (`while dormant: {…}`), with the factors of arms."""
    for state, block in cell.while_state.items():
        for words, value in block.values.items():
            behaviour = parse_behaviour(words)
            path = f"cells.{cell.name}.while {state}.{words}"
            for number, (column, dimension) in enumerate(_targets(table, t, cell, behaviour)):
                mass = table.ctx.molar_mass(behaviour.what or "") if dimension == "secretion" else None
                stated = table.ctx.parameters.source(path, value, dimension, molar_mass=mass)
                word = next(key[0] for key, number in table.columns.items() if number == column)
                if behaviour.kind == "apoptosis" and number > 0:  # beside a lifetime: one rate in all
                    stated = table.ctx.parameters.constant("no rate beside", 0.0)
                if behaviour.kind == "clearance":
                    stated = _route_share(table.ctx, cell, behaviour.what or "", path, word, stated)
                factor = table.ctx.effects.factor(_process(word), behaviour.what or "", cell.name)
                name = f"{path} ({word} {column}) in arms"
                table.base[t, cell.states.index(state), column] = table.ctx.parameters.times(name, stated, factor)


def _process(word: str) -> str:
    """Under which word arms change a column."""
    return word if word in WITHOUT_VERB else VERBS[cast("BehaviourKind", word)].process or word


def _route_share(ctx: Context, cell: Cell, vesicle: str, path: str, route: str, whole: int) -> int:
    """Column of what one route takes of a whole clearance, by the share that fuses."""
    fusion = fate_column(ctx, cell, vesicle, "fusion", "share")
    if fusion == NONE:
        return ctx.parameters.constant("nothing fuses", 0.0) if route == "fusion" else whole
    if route == "fusion":
        return ctx.parameters.times(f"{path}, fusion", whole, fusion)
    return ctx.parameters.derive(f"{path}, {route}", lambda c, f: c * (1.0 - f), whole, fusion)


def _targets(table: BehaviourTable, t: int, cell: Cell, b: BehaviourText) -> list[tuple[int, str]]:
    """Columns (with the dimension of their values) that a behaviour's words name for a cell type."""
    ctx = table.ctx
    verb = VERBS[b.kind]
    if verb.over == "clock":
        word = behaviour_words(b)
        numbers = [n for n, clock in enumerate(table.clocks) if clock.type == t and clock.word == word]
        return [(table.columns["clock", n], verb.dimension) for n in numbers]
    if verb.over == "cargo":
        slots = [
            s
            for s, (population, species, _) in enumerate(ctx.slots)
            if species == b.what and population in ctx.populations_of(b.in_vesicle or "")
        ]
        return [(_loading_column(table, t, s), verb.dimension) for s in slots]
    if "vesicle" in verb.of:
        routes = (b.kind,) if verb.column else ("fusion", "endocytosis")
        every = ctx.populations_of(b.what or "")
        meant = [i for i in every if b.kind != "binding" or binds(cell, ctx.populations[i][0])]
        keys: list[Key] = [(w, i) for i in meant for w in routes]
    else:
        keys = [(b.kind, _index(table, cell, b))]
    return [(table.columns[key], verb.dimension) for key in keys if key in table.columns]


def _loading_column(table: BehaviourTable, t: int, slot: int) -> int:
    """Column of the loading factor of a cargo slot, 1 at base."""
    one = table.ctx.parameters.constant("loading without rules", 1.0)
    column = table.column("loading", slot, f"loading of {table.ctx.slots[slot][1]}")
    if (t, 0, column) not in table.base:
        table.set_base(t, "loading", slot, f"loading of {table.ctx.slots[slot][1]}", one)
    return column


def collect_rules(table: BehaviourTable) -> None:
    """Rules of every cell type by the column they change."""
    for t, cell in enumerate(table.ctx.model.cells):
        for number, rule in enumerate(cell.rules):
            _collect_rule(table, t, cell, rule, f"cells.{cell.name}.rules.{number}")


def _collect_rule(table: BehaviourTable, t: int, cell: Cell, rule: RuleText, path: str) -> None:
    ctx, p = table.ctx, table.ctx.parameters
    signal = table.signals.column(cell, rule.signal, rule.where)
    half = table.signals.half(f"{path}.half-max", cell, rule.signal, rule.half_max, rule.where)
    hill = NONE if rule.hill is None else p.source(f"{path}.hill", rule.hill, "number")
    limit = p.constant("to nothing", 0.0)
    if rule.limit is not None:
        limit = p.source(f"{path}.limit", rule.limit, "factor", sources=rule.sources, fold=True)
    match rule:
        case Keeps():
            leaving = [
                n
                for n, c in enumerate(table.clocks)
                if c.type == t and c.effect is Effect.TRANSITION and c.state in (NONE, cell.states.index(rule.state))
            ]
            columns, state, direction = [table.columns["clock", n] for n in leaving], rule.state, -1
        case Rule():
            columns = [column for column, _ in _targets(table, t, cell, rule.behaviour)]
            state, direction = rule.while_state, 1 if rule.direction == "raises" else -1
    for column in columns:
        row = (ctx.state_index(cell, state), signal, direction, limit, half, hill)
        table.rules.setdefault((t, column), []).append(row)


def compile_behaviours(table: BehaviourTable) -> tuple[Behaviours, tuple[BehaviourName, ...]]:
    """The engine's table of columns, base values, rules and trait effects."""
    ctx = table.ctx
    traits = _trait_rows(table)
    n_types, n = len(ctx.model.cells), len(table.columns)
    n_states = max((table.n_states(t) for t in range(n_types)), default=1)
    p_base = np.full((n_types, n_states, n), NONE, dtype=np.int32)
    for (t, state, column), parameter in table.base.items():
        p_base[t, state, column] = parameter
    start = np.zeros(n_types * n + 1, dtype=np.int32)
    rows: list[tuple[int, int, int, int, int, int]] = []
    for t in range(n_types):
        for column in range(n):
            rows.extend(table.rules.get((t, column), []))
            start[t * n + column + 1] = len(rows)
    rule = np.array(rows, dtype=np.int32).reshape(len(rows), 6)
    n_pop = len(ctx.populations)
    sizes = {
        "substance": len(ctx.substances), "matrix": len(ctx.model.matrix), "cell": n_types, "vesicle": n_pop,
        "cargo": len(ctx.slots), "enzyme": len(table.enzymes),
    }  # fmt: skip
    columns: dict[str, I32 | int] = {
        verb.column: _finds(table, kind, sizes[verb.over]) if verb.over else table.find(kind, 0)
        for kind, verb in VERBS.items()
        if verb.column and kind not in ROUTE_WORDS
    }
    route = np.array([[table.find(w, i) for w in ROUTE_WORDS] for i in range(n_pop)], dtype=np.int32)
    behaviours = cast("Callable[..., Behaviours]", Behaviours)(
        **columns,
        n=n,
        route=route.reshape(n_pop, N_ROUTES),
        clock=_finds(table, "clock", len(table.clocks)),
        p_base=p_base,
        rule_start=start,
        rule_state=np.ascontiguousarray(rule[:, 0]),
        rule_signal=np.ascontiguousarray(rule[:, 1]),
        rule_direction=rule[:, 2].astype(np.int8),
        rule_averaged=int(ctx.model.rules == "averaged"),
        p_limit=np.ascontiguousarray(rule[:, 3]),
        p_half=np.ascontiguousarray(rule[:, 4]),
        p_hill=np.ascontiguousarray(rule[:, 5]),
        trait_column=np.array([trait for trait, _ in traits], dtype=np.int32),
        trait_behaviour=np.array([column for _, column in traits], dtype=np.int32),
    )
    return behaviours, tuple(table.texts)


def compile_sensing(table: BehaviourTable) -> Sensing:
    """Receptors of every cell type for what it moves toward; blocks and knock-outs of arms take their share of them."""
    ctx, p = table.ctx, table.ctx.parameters
    shape = (len(ctx.model.cells), len(ctx.substances))
    receptors, node, unblocked, half, off = (np.full(shape, NONE, dtype=np.int32) for _ in range(5))
    for t, cell in enumerate(ctx.model.cells):
        for name in cell.moves.toward if cell.moves is not None else ():
            assert cell.moves is not None
            k, path = ctx.substance_index(name), f"cells.{cell.name}.moves.toward.{name}"
            said = cell.moves.sensed.get(name, Sensed())
            own = table.enzymes.get((cell.name, said.receptor or ""))
            receptors[t, k] = table.find("receptors", k) if own is None else table.find("surface enzyme", own)
            if said.receptor in ctx.nodes[cell.name]:
                node[t, k] = ctx.nodes[cell.name].index(said.receptor)
            kd = ctx.need(said.kd, f"the Kd of what {cell.name} senses {name} with", cell.where)
            half[t, k] = ctx.concentration(f"{path}.Kd", kd, name)
            lets_go = ctx.need(said.off, f"the off-rate of what {cell.name} senses {name} with", cell.where)
            off[t, k] = p.source(f"{path}.off", lets_go, "rate")
            blocked = ctx.effects.factor("sensing", name, cell.name)
            lost = NONE
            if said.receptor is not None and said.receptor not in ctx.nodes[cell.name] and own is None:
                lost = ctx.effects.factor("surface", said.receptor, cell.name)
            first, second = (blocked, lost) if blocked != NONE else (lost, NONE)
            unblocked[t, k] = p.times(f"{path} in arms", first, second)
    return Sensing(receptors, node, unblocked, half, off)


def _finds(table: BehaviourTable, word: str, n: int) -> I32:
    return np.array([table.find(word, i) for i in range(n)], dtype=np.int32)


def _trait_rows(table: BehaviourTable) -> list[tuple[int, int]]:
    """(trait column, behaviour column) pairs; trait columns run over all cell types' traits."""
    rows: list[tuple[int, int]] = []
    k = 0
    for t, cell in enumerate(table.ctx.model.cells):
        for trait in cell.traits:
            targets = (b for words in trait.multiplies for b in _targets(table, t, cell, parse_behaviour(words)))
            rows.extend((k, column) for column, _ in targets)
            k += 1
    return rows
