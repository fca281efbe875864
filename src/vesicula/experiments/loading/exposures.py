"""What recipients meet and do in a compiled model: the same columns that a run reads, with many draws."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler import Compiled, compile_model
from vesicula.compiler.doubling import growth_of_cycle
from vesicula.engine.program import NONE, ROUTE_BINDING, ROUTE_ENDOCYTOSIS, ROUTE_FUSION, Event, Program
from vesicula.experiments.loading.chain import Dose, Exposure, Handling, Wash
from vesicula.experiments.loading.draws import DRAWS, draws_in, scores
from vesicula.language.values import Value

F64 = NDArray[np.float64]
Number = F64 | float


@dataclass
class Table:
    """A model of one arm with many draws; it remembers which stated values were read."""

    compiled: Compiled
    used: set[str] = field(default_factory=set[str])
    _place: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def values(self) -> F64:
        """All columns, float64[n_draws, n_parameters]."""
        return self.compiled.system.values

    def scores(self, name: str) -> F64:
        """Scores of a value that the model does not have, float64[n_draws]: those of its draws all the same."""
        return scores(name, len(self.values), seed=self.compiled.seed, ensemble=self.compiled.ensemble)

    def at(self, column: int, otherwise: float) -> Number:
        """A column, float64[n_draws], or a plain number where there is none."""
        if column == NONE:
            return otherwise
        self._remember(self.compiled.names.parameters[column].path)
        return self.values[:, column]

    def named(self, path: str) -> F64 | None:
        """The column of a path; None where the model has no such value."""
        self._index()
        if path not in self._place:
            return None
        self._remember(path)
        return self.values[:, self._place[path]]

    def value(self, path: str) -> Value | None:
        """The value as stated."""
        self._index()
        return self.compiled.names.parameters[self._place[path]].value if path in self._place else None

    def unknowns(self) -> tuple[dict[str, F64], dict[str, Value]]:
        """Draws and stated values of everything that was read and has a range."""
        stated = {path: value for path in sorted(self.used) if (value := self.value(path)) and value.low is not None}
        return {path: self.values[:, self._place[path]] for path in stated}, stated

    def _index(self) -> None:
        if not self._place:
            self._place.update({info.path: i for i, info in enumerate(self.compiled.names.parameters)})

    def _remember(self, path: str) -> None:
        self._index()
        info = self.compiled.names.parameters[self._place[path]]
        if info.value is not None:
            self.used.add(path)
        for other in info.derived_from:
            if other not in self.used:
                self._remember(other)


def tabulate(compiled: Compiled, arm: str, *, draws: int = DRAWS) -> Table:
    """A model's columns in one arm, drawn many times (the first draw holds the stated values).

    Sites count as well mixed here, so that draws which the voxels of a run could not follow stay in.
    """
    model = compiled.model
    arms = tuple(one for one in model.arms if one.name == arm)
    plan = model.run.model_copy(update={"draws": draws_in(compiled.ensemble, draws), "seeds": 1})
    folder = None if model.folder is None else Path(model.folder)
    one_arm = model.model_copy(update={"arms": arms, "run": plan})
    return Table(compile_model(one_arm, seed=compiled.seed, folder=folder, resolved=False, ensemble=compiled.ensemble))


def cells_at_start(program: Program) -> NDArray[np.int64]:
    """Cells of every type at time 0, int64[n_types]."""
    return np.bincount(program.start.type, program.start.stands_for, program.n_types).astype(np.int64)


def populations_given(program: Program) -> set[int]:
    """Populations that the protocol adds in some draw."""
    rows = np.flatnonzero(program.protocol.kind == int(Event.DOSE_VESICLES))
    amounts = program.protocol.p_amount[rows]
    given = (program.values[:, amounts] > 0).any(axis=0)
    return {int(what) for what in program.protocol.what[rows[given]]}


def exposure(table: Table, site: str, recipient: int, population: int, minutes: float) -> Exposure:
    """Doses, washes, donors and medium that a recipient type meets in a site, taken as well mixed."""
    program = table.compiled.system.site(site)
    counts, grid, rows = cells_at_start(program), program.grid, program.protocol
    events: list[Dose | Wash] = []
    for k in range(len(rows.step)):
        at = float(rows.step[k]) * program.macro_step
        if rows.kind[k] == int(Event.DOSE_VESICLES) and rows.what[k] == population:
            events.append(Dose(at, table.at(int(rows.p_amount[k]), 0.0)))
        elif rows.kind[k] == int(Event.WASH):
            events.append(Wash(at, table.at(int(rows.p_amount[k]), 1.0)))
    source: Number = 0.0
    release = int(program.behaviours.release[population])
    if release != NONE:
        for donor in np.flatnonzero(counts):
            column = int(program.behaviours.p_base[donor, 0, release])
            source = source + counts[donor] * table.at(column, 0.0)
    return Exposure(
        volume=grid.n_voxels * grid.voxel_volume,
        cells=float(counts[recipient]),
        minutes=minutes,
        events=tuple(events),
        source=source,
        residence=table.at(int(program.vesicles.p_residence[population]), 0.0),
        growth=_growth(table, recipient),
        step=program.macro_step,
    )


def _growth(table: Table, recipient: int) -> Number:
    """Growth of the number of recipients by their stated cycle, 1/min; rules on division are left out."""
    cell = table.compiled.model.cells[recipient]
    doubling = table.named(f"cells.{cell.name}.doubles")
    if doubling is not None:
        return math.log(2.0) / doubling
    cycle = table.named(f"cells.{cell.name}.divides")
    return 0.0 if cycle is None else growth_of_cycle(cycle, cell.division_steps)


def copies_carried(table: Table, program: Program, slot: int) -> Number:
    """Copies per particle of a cargo slot, with what its donor loads without rules."""
    copies = table.at(int(program.vesicles.p_copies[slot]), 0.0)
    column, names = int(program.behaviours.loading[slot]), table.compiled.names
    donor = names.populations[names.slots[slot].population].donor
    if column == NONE or donor is None:
        return copies
    return copies * table.at(int(program.behaviours.p_base[names.type(donor), 0, column]), 1.0)


def handling(table: Table, site: str, recipient: int, population: int) -> Handling:
    """What a recipient type does with a population; other cells of the site take their part as decay.

    A ligand counts with the copies that particles carry as stated.
    """
    program = table.compiled.system.site(site)
    w, counts, t, p = program.vesicles, cells_at_start(program), recipient, population
    volume = program.grid.n_voxels * program.grid.voxel_volume

    def route(which: int, cell: int) -> Number:
        column = int(program.behaviours.route[p, which])
        return 0.0 if column == NONE else table.at(int(program.behaviours.p_base[cell, 0, column]), 0.0)

    others: Number = 0.0
    for cell in np.flatnonzero(counts):
        if cell != t:
            taken = sum((route(which, int(cell)) for which in (ROUTE_FUSION, ROUTE_ENDOCYTOSIS)), 0.0)
            others = others + counts[cell] * taken / volume
    slot = int(w.ligand[t, p])
    ligands: Number = 1.0 if slot == NONE else copies_carried(table, program, slot)
    return Handling(
        fusion=route(ROUTE_FUSION, t),
        endocytosis=route(ROUTE_ENDOCYTOSIS, t),
        escape=table.at(int(w.p_escape[t, p]), 0.0),
        lysosome=table.at(int(w.p_lysosome[t, p]), 0.0),
        binding=route(ROUTE_BINDING, t) * ligands,
        receptors=table.at(int(w.p_receptors[t, p]), math.inf),
        internalise=table.at(int(w.p_internalise[t, p]), 0.0),
        detach=table.at(int(w.p_detach[t, p]), 0.0),
        decay=table.at(int(w.p_decay[p]), 0.0) + others,
        saturation=_or_none(table.at(int(w.p_half_saturation[t, p]), math.inf)),
    )


def _or_none(saturation: Number) -> Number:
    """The engine reads 0 as: not saturable."""
    return np.where(np.asarray(saturation) > 0.0, saturation, np.inf)


def times(events: Iterable[Dose | Wash], factor: Number) -> tuple[Dose | Wash, ...]:
    """The same events with every dose multiplied."""
    return tuple(
        replace(event, particles=event.particles * factor) if isinstance(event, Dose) else event for event in events
    )


def reading_minutes(table: Table, at: Value | None) -> float:
    """Time at which a measure is read, min; the end of the run where it does not say."""
    plan = table.compiled.model.run
    chosen = at if at is not None else plan.duration
    assert chosen is not None
    return units.internal(chosen, "time")
