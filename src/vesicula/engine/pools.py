"""Substances of pools that blood joins: flow, secretion, loss and reactions of all of them are solved together.

Between pools of real volumes V_k, which flows Q_kj join, each with its own cells and reactions:

    Equation   dc_k/dt = q_k + Σ_j Q_kj/V_k (c_j − c_k) − λ_k c_k − Σ_r ν_r ξ_r(c_k)   (q: secretion, λ: all loss)

so a pool that blood washes out faster than a macro step holds what its cells keep up against the blood. The solver sees
one fluid of volume V₀, the smallest of these, in which a substance of pool k is a field of its own:

    Equation   y_k = c_k V_k/V₀;   a flow turns y_k into y_j at Q/V_k, and y_j into y_k at Q/V_j
               k₊ of binding times V₀/V_k, Km and densities of enzymes times V_k/V₀

What turned, times V₀, is the real amount that flowed. It is booked as WALL_OUT and WALL_IN on both sides, in the
simulated amounts of each. A held concentration stays, and the hold supplies the rest. What does not react is solved
exactly (`flowing`); steps of what does have the control of errors of `transport`, with a tolerance of their own. Sites
without such flows are solved each for itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vesicula.engine import fields, matrix
from vesicula.engine.body import between_pools, fluid_of, joined, same_things, speed_of
from vesicula.engine.fields import Group, Turn
from vesicula.engine.flowing import flow_exactly
from vesicula.engine.groups import Fields, Kinetics
from vesicula.engine.program import NONE, Reaction
from vesicula.engine.reactions import CATALYST, KIND, PARTNER, PRODUCT, REACTANT, SATURABLE
from vesicula.engine.state import SubstanceTerm
from vesicula.engine.system import System, SystemState
from vesicula.engine.transport import SUBSTEPS

I64 = NDArray[np.int64]
F64 = NDArray[np.float64]

TOLERANCE = 1e-6  # local error of a sub-step, relative to the field's value: many of them are cheap in one voxel
PRECISION = 1e-7  # error of one solve, relative to the same
WALL_IN, WALL_OUT = int(SubstanceTerm.WALL_IN), int(SubstanceTerm.WALL_OUT)


def advance(system: System, states: SystemState) -> None:
    """Advance matrix and all substances of all sites of a model by one macro step, in place.

    Raises ValueError where pools that flows join do not hold the same things
    """
    flows = system.exchange.flows
    stores = [matrix.advance(program, state) for program, state in zip(system.sites, states.sites, strict=True)]
    dissolved = [k for k, program in enumerate(system.sites) if program.n_substances]
    turns = {k: fields.prepare(system.sites[k], states.sites[k], stores[k]) for k in dissolved}
    alone = set(dissolved)
    for rows in joined(flows, between_pools(system)):
        sites = sorted({int(k) for row in rows for k in (flows.first[row], flows.second[row])})
        same_things(system, *sites)
        if alone.issuperset(sites):
            _Joined(system, states, rows, sites, turns).settle()
            alone -= set(sites)
    for k in sorted(alone):
        fields.settle(system.sites[k], states.sites[k], turns[k])
    for k, turn in turns.items():
        fields.close(system.sites[k], states.sites[k], turn)


class _Joined:
    """Pools that flows join, in one macro step."""

    def __init__(
        self, system: System, states: SystemState, rows: list[int], sites: list[int], turns: dict[int, Turn]
    ) -> None:
        flows = system.exchange.flows
        self.share = [float(flows.share[k]) for k in sites]
        self.programs, self.states = [system.sites[k] for k in sites], [states.sites[k] for k in sites]
        self.turns = [turns[k] for k in sites]
        real = np.array([p.grid.voxel_volume / share for p, share in zip(self.programs, self.share, strict=True)])
        self.smallest = float(real.min())
        self.size = (real / self.smallest).tolist()
        fluid = {k: fluid_of(system, states, k)[1] for k in sites}
        ways = [(int(flows.first[row]), int(flows.second[row])) for row in rows]
        speed = [speed_of(system, states, row, (fluid[a], fluid[b])) for row, (a, b) in zip(rows, ways, strict=True)]
        ends = [(sites.index(a), sites.index(b)) for a, b in ways]
        self.ways = [*ends, *((b, a) for a, b in ends)]
        self.rates = np.stack([v / real[k] for v, (k, _) in zip([*speed, *speed], self.ways, strict=True)], axis=1)

    def settle(self) -> None:
        """Solve all substances, group by group, in place, and book reactions and flows."""
        groups, single = fields.coupled(self.programs)
        rows = np.arange(self.states[0].n_sites)
        if len(single):
            self._flow(single)
        for members in groups:
            mine = [fields.group_of(program, members) for program in self.programs]
            parts = [fields.picked(turn.fields, rows, members) for turn in self.turns]
            together = _stacked(parts, self.size)
            kinetics = self._kinetics(mine, len(members))
            extent = fields.solve(self.programs[0], together, kinetics, (TOLERANCE, PRECISION))
            _apart(together, parts, self.size)
            for turn, part in zip(self.turns, parts, strict=True):
                fields.put_back(turn.fields, part, rows[:, None], members)
            self._book(mine, members, extent)

    def _flow(self, members: I64) -> None:
        """What does not react, all of it at once, in place, and book what flowed."""
        shape = self.turns[0].fields.held.shape
        amount, source, loss, held = (
            np.ascontiguousarray(
                np.stack([getattr(turn.fields, name).reshape(shape)[:, members] for turn in self.turns], axis=2)
            )
            for name in ("concentration", "source", "loss", "held")
        )
        amount *= self.size
        source *= self.size
        exposure, carried = np.empty_like(amount), np.empty((len(amount), len(self.ways), len(members)))
        span, way = self.programs[0].macro_step, np.array(self.ways, dtype=np.int64)
        rates = np.ascontiguousarray(self.rates)
        if flow_exactly(span, way, rates, source, loss, held, amount, exposure, carried):
            raise ArithmeticError("a substance could not be advanced: some rate is not finite")
        for k, (turn, size) in enumerate(zip(self.turns, self.size, strict=True)):
            turn.fields.concentration[:, members, 0] = amount[:, :, k] / size
            turn.fields.exposure[:, members, 0] = exposure[:, :, k] / size
        self.turns[0].fields.tally[:, members, SUBSTEPS] += 1
        none = np.empty(0, dtype=np.int64)
        self._book([Group(members, none)] * len(self.programs), members, carried.reshape(len(amount), -1, 1))

    def _kinetics(self, groups: Sequence[Group], m: int) -> Kinetics:
        """Reactions of every pool, then every flow's turns of each of the m substances, there and then back."""
        tables, rates, local, catalysts = [], [], [], 0
        for k, group in enumerate(groups):
            own = fields.group_kinetics(self.programs[k], self.states[k], group, self.turns[k].cells)
            table, rate, size = own.table.copy(), own.rates.copy(), self.size[k]
            for column, shift in ((REACTANT, k * m), (PARTNER, k * m), (PRODUCT, k * m), (CATALYST, catalysts)):
                table[:, column] += np.where(table[:, column] == NONE, 0, shift)
            rate[:, table[:, KIND] == Reaction.BIND, 0] /= size
            rate[:, np.isin(table[:, KIND], (Reaction.ENZYME_FLUID, SATURABLE)), 1] *= size
            catalysts += own.local.shape[1]
            for things, one in ((tables, table), (rates, rate), (local, own.local * size)):
                things.append(one)
        turned = [[Reaction.CONVERT, a * m + i, NONE, b * m + i, NONE, NONE] for a, b in self.ways for i in range(m)]
        carried = np.repeat(self.rates, m, axis=1)
        both = np.stack([carried, np.zeros_like(carried)], -1)
        return Kinetics(
            table=np.concatenate([*tables, np.array(turned, dtype=np.int64)]),
            rates=np.ascontiguousarray(np.concatenate([*rates, both], axis=1)),
            local=np.ascontiguousarray(np.concatenate(local, axis=1)),
        )

    def _book(self, groups: Sequence[Group], members: I64, extent: F64) -> None:
        """Reactions of every pool, and what flowed, in the simulated amounts of each."""
        first = 0
        for k, group in enumerate(groups):
            own = extent[:, first : first + len(group.reactions)] / self.size[k]
            self.turns[k].net[:] += fields.book_reactions(self.states[k], self.programs[k], group, own)
            first += len(group.reactions)
        for a, b in self.ways:
            amount = extent[:, first : first + len(members), 0] * self.smallest
            self.states[a].substance_ledger[:, members, WALL_OUT] += amount * self.share[a]
            self.states[b].substance_ledger[:, members, WALL_IN] += amount * self.share[b]
            self.turns[a].net[:, members] -= amount * self.share[a]
            self.turns[b].net[:, members] += amount * self.share[b]
            first += len(members)


def _stacked(parts: Sequence[Fields], size: Sequence[float]) -> Fields:
    """Fields of several pools as those of one fluid, the pools one after the other; copies."""
    arrays = {name: [getattr(part, name) for part in parts] for name in parts[0]._fields}
    for name in ("concentration", "source"):
        arrays[name] = [array * factor for array, factor in zip(arrays[name], size, strict=True)]
    return Fields(**{name: np.ascontiguousarray(np.concatenate(each, axis=1)) for name, each in arrays.items()})


def _apart(together: Fields, parts: Sequence[Fields], size: Sequence[float]) -> None:
    """Give every pool back what the solver changed of its fields."""
    m = parts[0].concentration.shape[1]
    for k, (part, factor) in enumerate(zip(parts, size, strict=True)):
        mine = slice(k * m, (k + 1) * m)
        part.concentration[:] = together.concentration[:, mine] / factor
        part.exposure[:] = together.exposure[:, mine] / factor
        part.step[:], part.tally[:] = together.step[:, mine], together.tally[:, mine]
