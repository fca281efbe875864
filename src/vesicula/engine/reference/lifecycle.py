"""Twin of `engine.lifecycle`: cells as dictionaries, one event after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vesicula.engine import order
from vesicula.engine.program import NONE, Effect, Program, Signal
from vesicula.engine.reference import behaviours, streams
from vesicula.engine.reference.networks import number
from vesicula.engine.reference.streams import stream_key
from vesicula.engine.state import PER_CELL, CellTerm, State, VesicleTerm
from vesicula.engine.streams import Purpose
from vesicula.engine.voxels import solid_voxels

GROWTH_TIME = 60 / 0.27
OF_ALL = [f"{place}{what}" for place in ("pool", "bound", "endosomal") for what in ("", "_cargo")]
Cell = dict[str, Any]


class Twin:
    """Lifecycle of one state over one macro step; contacts : neighbours of every cell, list of lists of rows."""

    def __init__(self, program: Program, state: State, contacts: list[list[int]]) -> None:
        self.program, self.state, self.contacts = program, state, contacts
        self.site = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
        self.n = program.n_clocks

    def advance(self) -> None:
        """Change the state in place."""
        program, state = self.program, self.state
        danger = [self._hazard(i) for i in range(state.n_cells)]
        kinds = [(int(s), int(t)) for s, t in zip(self.site, state.cell_type, strict=True)]
        stood_for = [int(n) for n in state.stands_for]
        rows: list[tuple[int, Cell]] = []
        for i in range(state.n_cells):
            s = int(self.site[i])
            cell: Cell = {name: np.copy(getattr(state, name)[i]) for name in PER_CELL}
            before = int(cell["cell_type"])
            was_dead = bool(cell["cell_dead"])
            fate, left = self._run(s, cell, danger[i])
            after = int(cell["cell_type"])
            ledger, number_of = state.cell_ledger[s], int(cell["stands_for"])
            if after != before:
                ledger[after, CellTerm.BECAME] += number_of
                ledger[before, CellTerm.BECAME] -= number_of
            ledger[after, CellTerm.DIED] += number_of * (not was_dead and bool(cell["cell_dead"]))
            if fate == "leaves":
                ledger[after, CellTerm.REMOVED] += number_of
                state.vesicle_ledger[s, :, VesicleTerm.IN_REMOVED] += cell["bound"] + cell["endosomal"]
                state.cargo_ledger[s, :, VesicleTerm.IN_REMOVED] += cell["bound_cargo"] + cell["endosomal_cargo"]
            elif fate == "divides":
                ledger[after, CellTerm.DIVIDED] += number_of
                pair = self._daughters(s, cell, left, danger[i])
                same = [n for kind, n in zip(kinds, stood_for, strict=True) if kind == (s, after)]
                if self._stands_for_both(after, number_of, same):
                    pair[0]["stands_for"] *= 2
                    pair[0] |= {name: cell[name] for name in OF_ALL}
                    pair = pair[:1]
                rows += [(s, daughter) for daughter in pair]
            else:
                rows.append((s, cell))
        for name in PER_CELL:
            old = getattr(state, name)
            joined = [cell[name] for _, cell in rows]
            setattr(state, name, np.array(joined, dtype=old.dtype).reshape(len(rows), *old.shape[1:]))
        order.canonical(program, state, cell_site=np.array([s for s, _ in rows], dtype=np.int64))

    def _stands_for_both(self, kind: int, own: int, same: list[int]) -> bool:
        """Whether a mother becomes one daughter; same : what each cell of her kind stood for before the step."""
        most = int(self.program.start.most[kind]) if len(self.program.start.most) else 0
        return bool(most and len(same) >= most and own * len(same) <= 2 * sum(same))

    def _hazard(self, i: int) -> float:
        table, state = self.program.behaviours, self.state
        column = table.engulf if state.cell_dead[i] else table.kill[state.cell_type[i]]
        return 0.0 if column == NONE else sum(float(state.behaviour[j, column]) for j in self.contacts[i])

    def _shape(self, s: int, c: int) -> int:
        if c >= self.n:
            return 1
        return max(1, round(number(self.program, self.state.site_variant[s], self.program.lifecycle.p_steps[c], 1.0)))

    def _runs(self, cell: Cell, c: int) -> bool:
        table = self.program.lifecycle
        return (
            table.type[c] == cell["cell_type"]
            and table.state[c] in (NONE, cell["cell_state"])
            and table.phase[c] in (NONE, cell["cell_phase"])
            and table.site[c] in (NONE, self._where(cell))
        )

    def _where(self, cell: Cell) -> int:
        """Number of the site a cell is in, or bound for."""
        return int(cell["cell_bound_for"]) - 1 if cell["cell_bound_for"] else self.program.site

    def _speeds(self, s: int, cell: Cell, danger: float) -> dict[int, float]:
        speeds = {self.n: danger}
        for c in range(self.n):
            column = self.program.behaviours.clock[c]
            if self._runs(cell, c) and column != NONE:
                speeds[c] = float(cell["behaviour"][column]) * self._shape(s, c)
        return speeds

    def _renew(self, s: int, cell: Cell, c: int) -> None:
        key = stream_key(*self._site(s), 0, Purpose.THRESHOLD) ^ int(self.program.stream_names.clock[c])
        births = int(cell["cell_births"])
        cell["clock"][c] = 0.0
        cell["clock_threshold"][c] = streams.erlang(key, int(cell["cell_id"]), births, self._shape(s, c))

    def _site(self, s: int) -> tuple[int, int]:
        return int(self.state.site_key[s, 0]), int(self.state.site_key[s, 1])

    def _run(self, s: int, cell: Cell, danger: float) -> tuple[str, float]:
        table, span, v = self.program.lifecycle, self.program.macro_step, int(self.state.site_variant[s])
        if cell["cell_dead"]:
            cell["cell_dead_for"] += span
            cell["clock"][self.n + 1] += danger * span
            clearance = int(table.p_clearance[cell["cell_type"], cell["cell_dead"] - 1])
            stays = number(self.program, v, clearance, 0.0)
            eaten = cell["clock"][self.n + 1] >= cell["clock_threshold"][self.n + 1]
            return ("leaves" if eaten or cell["cell_dead_for"] >= stays else "lives"), 0.0
        cell["cell_age"] += span
        cell["volume"] += (cell["volume_target"] - cell["volume"]) * -math.expm1(-span / GROWTH_TIME)
        time, home = span, self._where(cell)
        while True:
            speeds = self._speeds(s, cell, danger)
            waits = [
                ((cell["clock_threshold"][c] - cell["clock"][c]) / speed, c) for c, speed in speeds.items() if speed > 0
            ]
            wait, c = min(waits, default=(math.inf, NONE))
            wait = max(wait, time - 2.0 * span)  # an overdue event is made good for one macro step at most
            effect = Effect.APOPTOSIS if c in (NONE, self.n) else Effect(int(table.effect[c]))
            waits_for_arrival = effect is Effect.DIVIDE and self._where(cell) != home
            ran = time if waits_for_arrival else min(wait, time)
            for d, speed in speeds.items():
                cell["clock"][d] += speed * ran
            if wait > time or waits_for_arrival:
                return "lives", 0.0
            time -= wait
            if effect is Effect.DIVIDE:
                return "divides", time
            if effect is Effect.REMOVE:
                return "leaves", 0.0
            if effect in (Effect.APOPTOSIS, Effect.NECROSIS):
                cell["cell_dead"] = np.int8(1 if effect is Effect.APOPTOSIS else 2)
                cell["cell_dead_for"] = np.float64(time)
                cell["behaviour"][:] = 0.0
                return "lives", 0.0
            cell["cell_births"] += 1
            if effect is Effect.NEXT_PHASE:
                cell["cell_phase"] = (cell["cell_phase"] + 1) % max(1, table.n_phases[cell["cell_type"]])
                fresh = [d for d in range(self.n) if d == c or table.phase[d] == cell["cell_phase"]]
            elif effect is Effect.LEAVE:
                fresh = self._leave(cell, c)
            else:
                fresh = self._turn(s, v, cell, c)
            for d in fresh:
                self._renew(s, cell, d)
            if effect in (Effect.TRANSITION, Effect.LEAVE):
                self._behave(s, cell)

    def _leave(self, cell: Cell, c: int) -> list[int]:
        """Set out for another site; returns the clocks that start anew."""
        table = self.program.lifecycle
        to = int(table.to_site[c])
        cell["cell_bound_for"] = np.int32(0 if to == self.program.site else to + 1)
        changes = table.to_state[c] not in (NONE, cell["cell_state"])
        if changes:
            cell["cell_state"] = np.int16(table.to_state[c])
        return [
            d
            for d in range(self.n)
            if d == c or table.site[d] == to or (changes and table.state[d] == cell["cell_state"])
        ]

    def _turn(self, s: int, v: int, cell: Cell, c: int) -> list[int]:
        """Change type and state; returns the clocks that start anew."""
        table, types, networks = self.program.lifecycle, self.program.cell_types, self.program.networks
        old = int(cell["cell_type"])
        cell["cell_type"], cell["cell_state"] = np.int16(table.to_type[c]), np.int16(max(0, table.to_state[c]))
        new = int(cell["cell_type"])
        if new == old:
            return [d for d in range(self.n) if d == c or table.state[d] == cell["cell_state"]]
        cell["cell_phase"] = np.int16(0)
        volumes = [number(self.program, v, types.p_volume[t], 0.0) for t in (old, new)]
        if min(volumes) > 0:
            cell["volume_target"] *= volumes[1] / volumes[0]
        key = stream_key(*self._site(s), 0, Purpose.START_TRAIT)
        for k in range(self.program.n_traits):
            if types.p_trait_mean[new, k] != NONE and types.p_trait_mean[old, k] == NONE:
                spread = number(self.program, v, types.p_trait_spread[new, k], 1.0)
                z = streams.normal(key ^ int(self.program.stream_names.trait[k]), int(cell["cell_id"]), 0)
                mean = number(self.program, v, types.p_trait_mean[new, k], 1.0)
                cell["trait"][k] = mean * spread**z if spread > 1 else mean
        cell["nodes"][:] = 0.0
        for k, r in enumerate(range(networks.node_start[new], networks.node_start[new + 1])):
            clamp = number(self.program, v, networks.p_clamp[r], math.nan)
            cell["nodes"][k] = number(self.program, v, networks.p_initial[r], 0.0) if math.isnan(clamp) else clamp
        signals = self.program.signals
        for column, (kind, argument, of_type) in enumerate(
            zip(signals.kind, signals.argument, signals.type, strict=True)
        ):
            if kind == Signal.NODE:
                cell["signal"][column] = cell["nodes"][argument] if of_type in (NONE, new) else 0.0
        return list(range(self.n))

    def _behave(self, s: int, cell: Cell) -> None:
        """Behaviours of one cell after a change, from its signals as they are."""
        one = State.from_arrays(
            self.state.arrays() | {name: np.asarray(cell[name])[None] for name in PER_CELL}
            | {"cell_start": np.array([0] * (s + 1) + [1] * (self.state.n_sites - s))}
        )  # fmt: skip
        cell["behaviour"] = behaviours.evaluate(self.program, one)[0]

    def _daughters(self, s: int, mother: Cell, left: float, danger: float) -> list[Cell]:
        seed = self._site(s)
        hash_ = int(mother["cell_id"])
        pair: list[Cell] = [{name: np.copy(value) for name, value in mother.items()} for _ in range(2)]
        self._split_contents(stream_key(*seed, 0, Purpose.DIVISION_SPLIT), hash_, pair)
        for side, cell in enumerate(pair):
            cell["cell_births"] += 1
            cell["cell_id"] = np.uint64(streams.daughter(hash_, int(cell["cell_births"]), side))
            cell["cell_phase"] = np.int16(0)
            cell["cell_age"] = np.float64(left)
            cell["volume"] = mother["volume"] / 2
            cell["direction"][:] = 0.0
            cell["position"] = self._place(s, mother, side)
            key, traits = stream_key(*seed, 0, Purpose.TRAIT_DRIFT), self.program.stream_names.trait
            for k in range(self.program.n_traits):
                p = self.program.cell_types.p_trait_drift[cell["cell_type"], k]
                drift = number(self.program, int(self.state.site_variant[s]), p, 1.0)
                if drift > 1:
                    cell["trait"][k] *= drift ** streams.normal(key ^ int(traits[k]), int(cell["cell_id"]), 0)
            for c in range(self.n + 2):
                self._renew(s, cell, c)
            for c, speed in self._speeds(s, cell, danger).items():
                cell["clock"][c] += speed * left
        return pair

    def _split_contents(self, key: int, mother: int, pair: list[Cell]) -> None:
        first, second = pair
        names = self.program.stream_names
        for p in range(self.program.n_populations):
            slots = np.flatnonzero(self.program.vesicles.slot_population == p)
            for k, name in enumerate(("pool", "bound", "endosomal")):
                whole = int(first[name][p])
                kept = streams.binomial(key ^ int(names.population[p]), mother, k, whole, 0.5)
                first[name][p], second[name][p] = kept, whole - kept
                share = kept / whole if whole else 0.5
                copies = first[f"{name}_cargo"][slots]
                first[f"{name}_cargo"][slots] = copies * share
                second[f"{name}_cargo"][slots] = copies - copies * share
        for m in range(self.program.n_species):
            for k, name in enumerate(("copies", "inserted")):
                copies = float(first[name][m])
                kept = 0.5 * copies
                if self.program.cargo.whole_copies[m]:
                    whole = math.floor(copies)
                    named = key ^ int(names.species[m])
                    kept = streams.binomial(named, mother, k, whole, 0.5) + 0.5 * (copies - whole)
                first[name][m], second[name][m] = kept, copies - kept

    def _place(self, s: int, mother: Cell, side: int) -> np.ndarray:
        """Where a daughter lies: on a random axis inside the mother, nearer where box or solid matrix bar it."""
        grid = self.program.grid
        key = stream_key(*self._site(s), 0, Purpose.DIVISION_AXIS)
        axis = np.array(streams.unit_vector(key, int(mother["cell_id"]), 0, grid.dimensions))
        step = (1 if side == 0 else -1) * (1 - 0.5 ** (1 / 3)) * (0.75 * mother["volume"] / math.pi) ** (1 / 3)
        barred = solid_voxels(self.program, self.state)[s]
        edge = np.array([grid.voxel, grid.voxel, grid.height])
        shape = np.array([grid.nx, grid.ny, grid.nz])
        for _ in range(40):
            x = mother["position"] + step * axis
            k = np.clip((x // edge).astype(int), 0, shape - 1)
            if np.all(x >= 0) and np.all(x <= shape * edge) and not barred[(k[2] * grid.ny + k[1]) * grid.nx + k[0]]:
                break
            step /= 2
        return mother["position"] + step * axis
