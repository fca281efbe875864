"""Twin of `engine.vesicle_draws`: whole particles from given expected numbers, in plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vesicula.engine.program import ROUTE_BINDING, ROUTE_FUSION, Program
from vesicula.engine.reference.streams import binomial, stream_key, uniform
from vesicula.engine.reference.vesicle_transport import lost_of, net_binding, net_matrix_binding, number
from vesicula.engine.state import Contact, State, VesicleTerm
from vesicula.engine.streams import Purpose
from vesicula.engine.voxels import Footprint


class Drawn:
    """Draws for one site and population of a state that is changed in place.

    given, entering, cargo, free, per_particle, leaving : float64[n] or [n_slots of the population, n]
    taken : float64[n_entries, 3]; regions : lists of pieces, each a list of voxels (`reference.tiles.pieces_in_order`)
    """

    def __init__(self, program: Program, state: State, s: int, p: int, covered: Footprint, regions) -> None:
        self.program, self.state, self.s, self.p = program, state, s, p
        self.covered, self.regions, self.h = covered, regions, program.macro_step
        self.slots = np.flatnonzero(program.vesicles.slot_population == p)
        self.returned = 0
        self.delivered = np.zeros((state.n_cells, program.n_slots))
        self.fused = np.zeros(state.n_cells, dtype=np.int64)
        seed, site = (int(k) for k in state.site_key[s])
        called = int(program.stream_names.population[p])
        self.rounding = stream_key(seed, site, state.step, Purpose.TILE_ROUNDING) ^ called
        self.events = stream_key(seed, site, state.step, Purpose.TILE_EVENTS) ^ called
        decay = number(program, state, s, program.vesicles.p_decay[p])
        self.decay, self.span = decay, self.h
        self.matrix_rate, self.stay = [], []
        for m in range(program.n_matrix):
            bind = number(program, state, s, program.vesicles.p_bind[p, m])
            unbind = number(program, state, s, program.vesicles.p_unbind[p, m])
            rate, stay = net_matrix_binding(bind, unbind, decay, self.h)
            self.matrix_rate.append(rate)
            self.stay.append(stay)

    def run(self, given, entering, cargo, taken, free, per_particle, span, leaving) -> None:
        """Replace the free particles of the state by drawn ones and send the others where they go."""
        self.taken, self.free, self.per_particle, self.leaving = taken, free, per_particle, leaving
        state, s, p = self.state, self.s, self.p
        plans = []
        for pieces in self.regions:
            self.span = span
            masses = [self.weigh(piece) for piece in pieces]
            arrived = sum(entering[x] for piece in pieces for x in piece)
            still = sum(mass["free"] for mass in masses)
            raw = sum(mass["all"] for mass in masses) - still
            if raw > 0 and arrived > 0:
                total = sum(given[x] for piece in pieces for x in piece)
                self.span *= lost_of(total, arrived, still, raw, span / self.h) / raw
                masses = [self.weigh(piece) for piece in pieces]
            spans = [self.span] * len(pieces)
            plans += list(zip(pieces, masses, spans, *self.round(pieces, masses, given, cargo), strict=True))
        state.vesicles[s, p] = 0
        state.cargo[s, self.slots] = 0.0
        for piece, mass, self.span, count, amounts in plans:
            if count:
                self.split(piece, mass, count, amounts)

    def rates(self, x: int) -> dict[str, Any]:
        """Rates, 1/min, out of the free state in voxel x, by where they lead."""
        density = self.state.matrix[self.s, :, x]
        bound = np.array(self.matrix_rate) * density
        cells = sum(self.taken[e].sum() for e in self.entries(x))
        lost = self.decay + bound @ (1 - np.array(self.stay))
        return {"cells": cells, "lost": lost, "left": self.leaving[x], "matrix": bound @ np.array(self.stay)}

    def entries(self, x: int) -> range:
        return range(self.covered.voxel_start[self.s, x], self.covered.voxel_start[self.s, x + 1])

    def weigh(self, piece) -> dict[str, Any]:
        """Expected particles of a piece by what becomes of them; `all` together, `cargo` copies by slot."""
        out: dict[str, Any] = {"free": 0.0, "cells": 0.0, "lost": 0.0, "left": 0.0, "matrix": 0.0}
        cargo = np.zeros(len(self.slots))
        for x in piece:
            rates = self.rates(x)
            out["free"] += self.free[x]
            for name, rate in rates.items():
                out[name] += self.span * rate * self.free[x]
            cargo += self.per_particle[:, x] * self.free[x] * (1 + self.span * sum(rates.values()))
        return {**out, "all": sum(out.values()), "cargo": cargo}

    def round(self, pieces, masses, given, cargo):
        """Whole particles and cargo of every piece of a region."""
        total = round(sum(given[x] for piece in pieces for x in piece))
        counts, amounts = [0] * len(pieces), np.zeros((len(pieces), len(self.slots)))
        if total == 0:
            return counts, amounts
        line = np.cumsum([m["all"] for m in masses])
        line *= total / line[-1]
        final = max(t for t, m in enumerate(masses) if m["all"] > 0)
        u = uniform(self.rounding, pieces[0][0], 0)
        marks = [total if t >= final else min(math.floor(x + u), total) for t, x in enumerate(line)]
        counts = list(np.diff([0, *marks]))
        for k in range(len(self.slots)):
            copies = sum(cargo[k, x] for piece in pieces for x in piece)
            load = np.cumsum([m["cargo"][k] for m in masses])
            if copies <= 0 or load[-1] <= 0:
                amounts[:, k] = copies * np.array(counts) / total
                continue
            load *= copies / load[-1]
            amounts[:, k] = np.diff([0, *np.interp(marks, [0, *line], [0, *load])])
        return counts, amounts

    def split(self, piece, mass, count, amounts) -> None:
        """Send the particles of a piece to cells, decay, walls, matrix and fluid, and share their cargo."""
        state, s, p = self.state, self.s, self.p
        rest, left_mass, numbers = count, mass["all"], {}
        for k, name in enumerate(("cells", "lost", "left", "matrix")):
            numbers[name] = binomial(self.events, piece[0], k, rest, mass[name] / left_mass)
            rest -= numbers[name]
            left_mass -= mass[name]
        fates = self.give_to_cells(piece, mass["cells"], numbers["cells"])
        fates += self.place(piece, rest, [("free", x, self.free[x]) for x in piece], 1)
        on_matrix = []
        for x in piece:
            for m, rate in enumerate(self.matrix_rate):
                weight = self.span * rate * self.stay[m] * state.matrix[s, m, x] * self.free[x]
                on_matrix.append((("matrix", m), x, weight))
        fates += self.place(piece, numbers["matrix"], on_matrix, 2)
        for name in ("lost", "left"):
            weights = [self.rates(x)[name] * self.free[x] for x in piece]
            if numbers[name]:
                mean = self.per_particle[:, piece] @ np.array(weights) / sum(weights)
                fates.append((name, mean, numbers[name]))
        self.carry(fates, count, amounts)
        for goal, x, drawn in fates:
            if goal == "free":
                state.vesicles[s, p, x] += drawn
            elif goal[0] == "matrix":
                state.vesicles_in_matrix[s, p, goal[1], x] += drawn
        ledger = state.vesicle_ledger[s, p]
        ledger[VesicleTerm.DEGRADED] += numbers["lost"]
        ledger[VesicleTerm.LEFT] += numbers["left"]

    def place(self, piece, count, options, counter):
        """Round `count` particles over weighted places."""
        total = sum(weight for _, _, weight in options)
        if not count:
            return []
        u = uniform(self.rounding, piece[0], counter)
        line = np.cumsum([weight * (count / total) for _, _, weight in options])
        final = max(k for k, (_, _, weight) in enumerate(options) if weight > 0)
        marks = [count if k >= final else min(math.floor(x + u), count) for k, x in enumerate(line)]
        drawn = np.diff([0, *marks])
        return [(goal, x, int(d)) for (goal, x, _), d in zip(options, drawn, strict=True) if d]

    def give_to_cells(self, piece, mass, count):
        """Conditional binomials over voxels, cells and routes; returns what went where."""
        state, s, p = self.state, self.s, self.p
        w, counter, fates, rest = self.program.vesicles, 4, [], mass
        for x in piece:
            for e in self.entries(x):
                i = int(self.covered.cell[e])
                t = int(state.cell_type[i])
                for route in range(3):
                    expected = self.taken[e, route] * self.span * self.free[x]
                    if count == 0 or expected == 0:
                        continue
                    vacant = count
                    if route == ROUTE_BINDING and w.p_receptors[t, p] >= 0:
                        total = int(number(self.program, state, s, w.p_receptors[t, p])) * int(state.stands_for[i])
                        vacant = max(total - int(state.bound[i, p]), 0)
                    mean = count * (expected / rest)
                    if rest <= expected * (1 + 1e-12):
                        drawn = count
                    elif mean < vacant < count:
                        drawn = binomial(self.events, piece[0], counter, vacant, mean / vacant)
                    else:
                        drawn = binomial(self.events, piece[0], counter, count, expected / rest)
                    counter, rest, count = counter + 1, rest - expected, count - drawn
                    if drawn == 0:
                        continue
                    talk = state.talk[s, p, t]
                    if route == ROUTE_FUSION:
                        talk[Contact.FUSED] += drawn
                        self.fused[i] += drawn
                        state.vesicle_ledger[s, p, VesicleTerm.DELIVERED] += drawn
                        fates.append((("cytosol", i), x, drawn))
                        continue
                    inside = drawn
                    if route == ROUTE_BINDING:
                        inwards = number(self.program, state, s, w.p_internalise[t, p])
                        back = number(self.program, state, s, w.p_detach[t, p])
                        _, share = net_binding(inwards, back, self.h)
                        inside = binomial(self.events, piece[0], counter, drawn, share)
                        counter += 1
                        staying = drawn - inside
                        if w.p_receptors[t, p] >= 0:
                            staying = min(staying, vacant)
                        excess = drawn - inside - staying
                        self.returned += excess
                        state.bound[i, p] += staying
                        talk[Contact.BOUND] += drawn - excess
                        fates += [("free", x, excess), (("surface", i), x, staying)]
                    talk[Contact.ENDOCYTOSED] += inside
                    state.endosomal[i, p] += inside
                    fates.append((("endosome", i), x, inside))
        return fates

    def carry(self, fates, count, amounts) -> None:
        """Share the cargo of a piece by count × expected copies per particle."""
        state, s = self.state, self.s
        for k, slot in enumerate(self.slots):
            each = [
                float(where[k]) if goal in ("lost", "left") else self.per_particle[k, where] for goal, where, _ in fates
            ]
            weight = sum(d * c for (_, _, d), c in zip(fates, each, strict=True))
            if weight <= 0:
                each, weight = [1.0] * len(fates), count
            for (goal, where, drawn), copies in zip(fates, each, strict=True):
                moved = amounts[k] * drawn * copies / weight
                ledger = state.cargo_ledger[s, slot]
                if goal == "free":
                    state.cargo[s, slot, where] += moved
                elif goal == "lost":
                    ledger[VesicleTerm.DEGRADED] += moved
                elif goal == "left":
                    ledger[VesicleTerm.LEFT] += moved
                elif goal[0] == "matrix":
                    state.cargo_in_matrix[s, slot, goal[1], where] += moved
                elif goal[0] == "surface":
                    state.bound_cargo[goal[1], slot] += moved
                elif goal[0] == "endosome":
                    state.endosomal_cargo[goal[1], slot] += moved
                else:
                    self.delivered[goal[1], slot] += moved
                    ledger[VesicleTerm.DELIVERED] += moved
