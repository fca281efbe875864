"""Timed steps of protocol and arms as events, and the cells at the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.context import Context
from vesicula.compiler.draw_names import in_full
from vesicula.compiler.geometry import along, grid_of, length, region_masks, stated_share
from vesicula.compiler.molecules import matrix_at_start
from vesicula.compiler.phases import macro_step_at
from vesicula.compiler.preparations import given
from vesicula.engine.founding import shared_out
from vesicula.engine.program import NONE, Event, Grid, Protocol, Start
from vesicula.engine.stream_names import named
from vesicula.errors import UnitError
from vesicula.language.model import Cell, Site
from vesicula.language.names import antibody
from vesicula.language.reading.cell_table import SHAPE, first_problems, read_cell_table
from vesicula.language.samples import most_for, most_simulated
from vesicula.language.slots import dimension_among
from vesicula.language.steps import (
    DISSOLVED,
    AddAntibody,
    AddCells,
    AddPreparation,
    AddSubstance,
    AddVesicles,
    Deplete,
    Hold,
    RemoveCells,
    ShuffleCells,
    StartAlong,
    StartConfluent,
    StartCount,
    StartDensity,
    StartTable,
    Step,
    StepText,
    Transfect,
    Wash,
    Without,
)
from vesicula.language.values import Value

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
EventRow = tuple[int, int, int, int, int]  # kind, what, state, region, amount column
ORDER = (
    Event.RELEASE_HOLD, Event.REMOVE_CELLS, Event.REMOVE_MATRIX, Event.WASH, Event.HOLD_SUBSTANCE,
    Event.DOSE_SUBSTANCE, Event.DOSE_VESICLES, Event.ADD_CELLS, Event.ADD_COPIES, Event.SHUFFLE_CELLS,
)  # fmt: skip
"""What goes before what at one time: first all that is taken out, then all that is put in, however it is written."""


@dataclass(frozen=True)
class Moment:
    """An event row at a macro step.

    name : what happens there, without amounts; said : the sentence, by which like events of one step are told apart
    """

    step: int
    row: EventRow
    name: str
    said: str
    stands_for: int = 1


def macro_step_of(ctx: Context) -> float:
    """The macro step in minutes."""
    step = ctx.need(ctx.model.run.step, "the macro step (`run: step`)", None)
    return units.internal(step, "time")


def compile_protocol(ctx: Context, site: Site) -> Protocol:
    """Events of this site in order of time, at one time in `ORDER`, then by name, those of the protocol first.

    Of like events at one time, what is said decides which comes first, not where it stands in its list. An arm's own
    events have no amount (0, or NaN to hold) in other arms.
    """
    everyone = tuple(arm.name for arm in ctx.model.arms) or ("",)
    common: Counter[tuple[int, str]] = Counter()
    numbered = _numbered(_all_moments(ctx, site, everyone, "protocol", ctx.model.protocol), common)
    for arm in ctx.model.arms:
        own = _all_moments(ctx, site, (arm.name,), f"arms.{arm.name}", arm.steps)
        numbered += _numbered(own, Counter(common))  # what two arms do alike draws alike
    numbered.sort(key=lambda one: (one[0].step, ORDER.index(Event(one[0].row[0])), one[0].name, one[1]))
    moments = [moment for moment, _ in numbered]
    table = np.array([m.row for m in moments], dtype=np.int32).reshape(len(moments), 5)
    kind, what, state, region, amount = (np.ascontiguousarray(table[:, k]) for k in range(5))
    steps = np.array([m.step for m in moments], dtype=np.int64)
    keys = np.array([named(f"{m.name} {time}") for m, time in numbered], dtype=np.uint64)
    stands_for = np.array([m.stands_for for m in moments], dtype=np.int64)
    return Protocol(steps, kind.astype(np.int8), what, state, region, amount, keys, stands_for)


def _numbered(moments: list[Moment], seen: Counter[tuple[int, str]]) -> list[tuple[Moment, int]]:
    """Events with the how manieth of its name each is at its step. seen : how many there are already, counted on."""
    numbered: list[tuple[Moment, int]] = []
    for moment in sorted(moments, key=lambda m: m.said):
        seen[moment.step, moment.name] += 1
        numbered.append((moment, seen[moment.step, moment.name]))
    return numbered


def _all_moments(ctx: Context, site: Site, arms: tuple[str, ...], path: str, steps: Sequence[StepText]) -> list[Moment]:
    return [moment for n, step in enumerate(steps) for moment in _moments(ctx, site, arms, f"{path}.{n}", step)]


def _moments(ctx: Context, site: Site, arms: tuple[str, ...], path: str, step: StepText) -> list[Moment]:
    """Events of one sentence."""
    moments: list[Moment] = []
    if isinstance(step, Hold) and step.until is not None:
        end = Hold(text=f"release {step.substance}", substance=step.substance, at=step.until, where=step.where)
        moments = _moments(ctx, site, arms, f"{path} ends", end)
    most = most_for(ctx.model, site, step.count, step) if isinstance(step, AddCells) else 1
    said = in_full(step)
    for row in _event_rows(ctx, site, arms, path, step):
        moments.extend(Moment(n, row, _event_name(ctx, site, row), said, most) for n in times_of(ctx, step))
    return moments


def _event_name(ctx: Context, site: Site, row: EventRow) -> str:
    """What happens, to what and where: the root of an event's draws, which no other arm or event changes."""
    kind, what, state, region, _ = row
    things: dict[int, tuple[str, ...]] = {
        Event.DOSE_VESICLES: tuple(f"{v.name} {k}" for v, k, _ in ctx.populations),
        Event.ADD_CELLS: tuple(cell.name for cell in ctx.model.cells),
        Event.REMOVE_CELLS: tuple(cell.name for cell in ctx.model.cells),
        Event.SHUFFLE_CELLS: tuple(cell.name for cell in ctx.model.cells),
        Event.REMOVE_MATRIX: tuple(one.name for one in ctx.model.matrix),
        Event.ADD_COPIES: tuple(ctx.species),
    }
    names = things.get(kind, tuple(one.name for one in ctx.substances))
    states = ctx.model.cells[what].states if kind == Event.ADD_CELLS else ()
    if kind == Event.ADD_COPIES:
        states = tuple(cell.name for cell in ctx.model.cells)
    return " | ".join(
        (
            Event(kind).name,
            names[what] if what != NONE else "all",
            states[state] if states and state != NONE else "",
            site.regions[region].name if region != NONE else site.name,
        )
    )


def times_of(ctx: Context, step: Step) -> list[int]:
    """Macro steps at whose start a step happens."""
    h = macro_step_of(ctx)
    first = 0 if step.at is None else macro_step_at(step.at, h)
    if step.every is None:
        return [first]
    plan = ctx.need(ctx.model.run.duration, "the duration (`run: for`)", None)
    last = round(units.internal(plan, "time") / h)
    return list(range(first, last, max(1, round(units.internal(step.every, "time") / h))))


def _event_rows(ctx: Context, site: Site, arms: tuple[str, ...], path: str, step: StepText) -> list[EventRow]:
    p = ctx.parameters

    def amount(column: int) -> int:
        return p.per_arm(f"{path}.amount by arm", 0.0, dict.fromkeys(arms, column))

    match step:
        case AddSubstance():
            what, region = ctx.substance_index(step.substance), _region(site, step.region)
            if region == ELSEWHERE:
                return []
            molecules = dict.fromkeys(arms, _added(ctx, site, region, path, step))
            column = p.per_arm(f"{path} in {site.name} by arm", 0.0, _rescaled(ctx, step.substance, molecules))
            return [(Event.DOSE_SUBSTANCE, what, NONE, region, column)]
        case AddAntibody():
            name = antibody(step.against)
            level = ctx.concentration(f"{path}.amount", step.amount, name, step.sources)
            molecules = dict.fromkeys(arms, _molecules(ctx, site, NONE, level))
            column = p.per_arm(f"{path} in {site.name} by arm", 0.0, _rescaled(ctx, name, molecules))
            return [(Event.DOSE_SUBSTANCE, ctx.substance_index(name), NONE, NONE, column)]
        case Hold():
            what = ctx.substance_index(step.substance)
            if step.level is None:
                return [(Event.RELEASE_HOLD, what, NONE, NONE, amount(p.constant("yes", 1.0)))]
            level = ctx.concentration(f"{path}.level", step.level, step.substance, step.sources)
            levels = _rescaled(ctx, step.substance, dict.fromkeys(arms, level))
            column = p.per_arm(f"{path}.amount by arm", float("nan"), levels)
            return [(Event.HOLD_SUBSTANCE, what, NONE, NONE, column)]
        case AddVesicles():
            dose = p.source(f"{path}.particles", step.particles, "particles")
            given = {arm: p.times(f"{path} in {site.name}", dose, _simulated(ctx, site)) for arm in arms}
            return _particle_rows(
                ctx, _region(site, step.region), path, step.vesicle, _rescaled(ctx, step.vesicle, given)
            )
        case AddPreparation():
            return _preparation_rows(ctx, site, path, step, arms)
        case Deplete() if ctx.type_index(step.what) != NONE:
            column = amount(p.source(f"{path}.share", step.share, "share"))
            return [(Event.REMOVE_CELLS, ctx.type_index(step.what), NONE, NONE, column)]
        case AddCells():
            cell = ctx.model.cells[ctx.type_index(step.cell)]
            region, number = _region(site, step.region), step.count
            column = p.constant(f"{path}.count in {site.name}", float(number))
            if step.supply is not None:
                column = p.source(f"{path}.supply", step.supply, "number")
            state = max(0, ctx.state_index(cell, step.state))
            counts = _rescaled(ctx, step.cell, dict.fromkeys(arms, column))
            by_arm = p.per_arm(f"{path}.count in {site.name} by arm", 0.0, counts)
            return _here(region, (Event.ADD_CELLS, ctx.type_index(step.cell), state, region, by_arm))
        case RemoveCells():
            column = amount(p.source(f"{path}.share", step.share, "share"))
            what = NONE if step.cell is None else ctx.type_index(step.cell)
            region = _region(site, step.region)
            rows = _here(region, (Event.REMOVE_CELLS, what, NONE, region, column))
            matrix = [(Event.REMOVE_MATRIX, m, NONE, region, column) for m in range(len(ctx.model.matrix))]
            return rows + matrix if step.with_matrix and rows else rows
        case ShuffleCells() if site.kind == "tissue":
            what = NONE if step.cell is None else ctx.type_index(step.cell)
            region = _region(site, step.region)
            return _here(region, (Event.SHUFFLE_CELLS, what, NONE, region, amount(p.constant("yes", 1.0))))
        case Transfect():
            column = amount(p.source(f"{path}.copies", step.copies, "copies"))
            cell, region = ctx.type_index(step.cell), _region(site, step.region)
            return _here(region, (Event.ADD_COPIES, ctx.species_index(step.cargo), cell, region, column))
        case Without():
            column = amount(p.constant("all", 1.0))
            return [(Event.REMOVE_CELLS, ctx.type_index(step.cell), NONE, NONE, column)]
        case Wash():
            return [(Event.WASH, NONE, NONE, NONE, amount(p.source(f"{path}.share", step.share, "share")))]
        case _:
            return []


ELSEWHERE = -2


def _added(ctx: Context, site: Site, region: int, path: str, step: AddSubstance) -> int:
    """Column of the molecules that a dose brings: by concentration, or the simulated share of an amount."""
    if dimension_among(step.amount.unit, DISSOLVED) == "concentration":
        level = ctx.concentration(f"{path}.amount", step.amount, step.substance, step.sources)
        return _molecules(ctx, site, region, level)
    whole = ctx.parameters.source(
        f"{path}.amount", step.amount, "amount", sources=step.sources, molar_mass=ctx.molar_mass(step.substance)
    )
    return ctx.parameters.times(f"{path}.amount in {site.name}", whole, _simulated(ctx, site))


def _molecules(ctx: Context, site: Site, region: int, level: int) -> int:
    """Column of the molecules that raise the fluid of a region (as it is at the start) by a concentration."""
    grid = grid_of(site)
    fluid = np.ones(grid.n_voxels, dtype=np.bool_) if region == NONE else region_masks(site, grid)[region]
    solid = [matrix.solid for matrix in ctx.model.matrix]
    fluid &= ~(matrix_at_start(ctx, site, grid)[solid] > 0.5).any(axis=0)
    volume = float(fluid.sum()) * grid.voxel_volume
    path = f"{ctx.parameters.path(level)} in {site.name}, molecules"
    return ctx.parameters.derive(path, lambda c: c * volume, level)


def _here(region: int, row: EventRow) -> list[EventRow]:
    return [] if region == ELSEWHERE else [row]


def _region(site: Site, name: str | None) -> int:
    """Row of a region in this site; NONE for the whole site (no name, or the site's own); ELSEWHERE otherwise."""
    if name is None or name == site.name:
        return NONE
    names = [r.name for r in site.regions]
    return names.index(name) if name in names else ELSEWHERE


def _simulated(ctx: Context, site: Site) -> int:
    """Column of the simulated share of what is stated for a site; NONE where all of it is simulated."""
    share = stated_share(site)
    return NONE if share == 1.0 else ctx.parameters.constant(f"simulated share of {site.name}", share)


def _rescaled(ctx: Context, what: str, by_arm: dict[str, int]) -> dict[str, int]:
    """The same columns times what arms do to the dose of a thing (`dose X x 0.1`, `deplete X`)."""
    factor = ctx.effects.factor("dose", what, "")
    return {
        arm: ctx.parameters.times(f"{ctx.parameters.path(column)} as dosed", column, factor)
        for arm, column in by_arm.items()
    }


def _particle_rows(ctx: Context, region: int, path: str, vesicle: str, by_arm: dict[str, int]) -> list[EventRow]:
    """Events that bring particles of a class, in equal parts of its size classes."""
    p, populations = ctx.parameters, ctx.populations_of(vesicle)
    share = p.constant(f"share of each of {len(populations)} size classes", 1 / len(populations))
    parts = {
        arm: p.times(f"{p.path(column)} per class", column, share if len(populations) > 1 else NONE)
        for arm, column in by_arm.items()
    }
    column = p.per_arm(f"{path}.{vesicle} by arm", 0.0, parts)
    return [row for i in populations for row in _here(region, (Event.DOSE_VESICLES, i, NONE, region, column))]


def _preparation_rows(
    ctx: Context, site: Site, path: str, step: AddPreparation, arms: tuple[str, ...]
) -> list[EventRow]:
    """Events that bring the vesicles of a preparation and what comes with them, as each arm gives it."""
    region = _region(site, step.region)
    if region == ELSEWHERE:
        return []
    doses = {arm: given(ctx, site, arm, path, step) for arm in arms}
    particles = {name: None for dose in doses.values() for name in dose.particles}
    molecules = {name: None for dose in doses.values() for name in dose.molecules}
    here = f"{path} in {site.name}"
    rows: list[EventRow] = []
    for name in particles:
        by_arm = {arm: dose.particles[name] for arm, dose in doses.items() if name in dose.particles}
        rows.extend(_particle_rows(ctx, region, here, name, by_arm))
    for name in molecules:
        by_arm = {arm: dose.molecules[name] for arm, dose in doses.items() if name in dose.molecules}
        column = ctx.parameters.per_arm(f"{here}.{name} by arm", 0.0, by_arm)
        rows.append((Event.DOSE_SUBSTANCE, ctx.substance_index(name), NONE, region, column))
    return rows


# --- the cells at the start ----------------------------------------------------------------------------------------


@dataclass
class StartRows:
    """Cells at time 0 while they are collected; labels in order of appearance."""

    types: list[int]
    states: list[int]
    labels: list[int]
    regions: list[int]
    positions: list[tuple[float, float, float]]
    stands_for: list[int]

    def add(
        self, cell_type: int, state: int, label: int, region: int, positions: list[tuple[float, float, float]],
        stands_for: list[int] | None = None,
    ) -> None:  # fmt: skip
        """Append one cell per position; each is itself, or stands for as many as said."""
        self.stands_for.extend(stands_for or [1] * len(positions))
        for position in positions:
            self.types.append(cell_type)
            self.states.append(max(0, state))
            self.labels.append(label)
            self.regions.append(region)
            self.positions.append(position)


def compile_start(ctx: Context, site: Site, labels: list[str], folder: Path | None) -> Start:
    """Cells of this site at time 0, by their keys, not by where they are said; random ones hold NaN positions."""
    rows = StartRows([], [], [], [], [], [])
    anywhere = (float("nan"), float("nan"), float("nan"))
    for sentence in ctx.model.start:
        match sentence:
            case StartTable():
                if site.kind == "tissue":
                    _read_table(ctx, sentence, rows, labels, folder)
                continue
            case StartConfluent():
                continue  # labware has been resolved into counts
            case StartCount() | StartDensity() | StartAlong():
                pass
        cell = ctx.model.cells[ctx.type_index(sentence.cell)]
        t, state, label = (
            ctx.type_index(cell.name),
            ctx.state_index(cell, sentence.state),
            _label(labels, sentence.label),
        )
        region = _region(site, sentence.region)
        if region == ELSEWHERE:
            continue
        match sentence:
            case StartCount():
                numbers = _shared_out(ctx, site, sentence.count, sentence)
                rows.add(t, state, label, region, [anywhere] * len(numbers), numbers)
            case StartDensity():
                numbers = _shared_out(ctx, site, _count(site, region, sentence.density), sentence)
                rows.add(t, state, label, region, [anywhere] * len(numbers), numbers)
            case StartAlong():
                shape = site.regions[region].shape
                points = along(shape, site, length(sentence.spacing), _radius(ctx, cell))
                rows.add(t, state, label, NONE, [(float(x), float(y), float(z)) for x, y, z in points])
    key, row = _founders(ctx, site, labels, rows)
    order = np.lexsort((row, key))
    return Start(
        key=key[order],
        row=row[order],
        type=np.array(rows.types, dtype=np.int32)[order],
        state=np.array(rows.states, dtype=np.int32)[order],
        label=np.array(rows.labels, dtype=np.int32)[order],
        region=np.array(rows.regions, dtype=np.int32)[order],
        position=np.array(rows.positions, dtype=np.float64).reshape(len(rows.positions), 3)[order],
        stands_for=np.array(rows.stands_for, dtype=np.int64)[order],
        most=np.array(
            [most_simulated(ctx.model, site, rows.types.count(t)) for t in range(len(ctx.model.cells))], dtype=np.int64
        ),
    )


def _shared_out(ctx: Context, site: Site, cells: int, one: StartCount | StartDensity) -> list[int]:
    """How many each simulated cell stands for of so many in a site."""
    return [int(n) for n in shared_out(cells, most_for(ctx.model, site, cells, one))]


def _founders(ctx: Context, site: Site, labels: list[str], rows: StartRows) -> tuple[U64, I64]:
    """Hash of what each cell is (type, state, label, its region or place, how many it stands for), and its number among
    those.
    """
    n = len(rows.types)
    columns = [rows.types, rows.states, rows.labels, rows.regions, rows.stands_for]
    kinds = np.array(columns, dtype=np.int64).reshape(5, n).T
    position = np.array(rows.positions, dtype=np.float64).reshape(n, 3)
    different, kind = np.unique(kinds, axis=0, return_inverse=True)
    words = [_founder_name(ctx, site, labels, [int(x) for x in row]) for row in different]
    hashes = np.array([named(word) for word in words], dtype=np.uint64)
    key = hashes[kind] if n else np.zeros(0, dtype=np.uint64)
    for i in np.flatnonzero(~np.isnan(position[:, 0])):
        key[i] = named(f"{words[kind[i]]} at {position[i].tolist()}")
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], key[order], side="left")
    row = np.empty(n, dtype=np.int64)
    row[order] = np.arange(n) - first
    return key, row


def _founder_name(ctx: Context, site: Site, labels: list[str], row: list[int]) -> str:
    cell_type, state, label, region, stands_for = row
    cell = ctx.model.cells[cell_type]
    return " | ".join(
        (
            cell.name,
            cell.states[state] if cell.states else "",
            labels[label] if label != NONE else "",
            site.regions[region].name if region != NONE else "",
            *([f"for {stands_for}"] if stands_for > 1 else []),
        )
    )


def _radius(ctx: Context, cell: Cell) -> float:
    return 0.5 * length(ctx.need(cell.diameter, f"the diameter of {cell.name}", cell.where))


def _label(labels: list[str], name: str | None) -> int:
    if name is None:
        return NONE
    if name not in labels:
        labels.append(name)
    return labels.index(name)


def _count(site: Site, region: int, density: Value) -> int:
    grid: Grid = grid_of(site)
    voxels = grid.n_voxels if region == NONE else int(region_masks(site, grid)[region].sum())
    try:
        return round(units.internal(density, "cells per area") * voxels * grid.voxel**2)
    except UnitError:
        return round(units.internal(density, "cells per volume") * voxels * grid.voxel_volume)


def _read_table(ctx: Context, sentence: StartTable, rows: StartRows, labels: list[str], folder: Path | None) -> None:
    try:
        table = read_cell_table((folder or Path()) / sentence.path)
    except OSError as problem:
        message = f"the table {sentence.path} cannot be read: {problem}"
        raise ctx.error("file-missing", message, SHAPE, sentence.where) from None
    unknown = sorted({one.cell for one in table.cells if ctx.type_index(one.cell) == NONE})
    problems = [*table.problems, *(f"there is no cell `{name}`" for name in unknown)]
    if problems or table.unread:
        message = f"the table {sentence.path} cannot be used: {first_problems(problems) or 'it is no text'}"
        raise ctx.error("cell-table", message, SHAPE, sentence.where)
    for one in table.cells:
        cell = ctx.model.cells[ctx.type_index(one.cell)]
        state = ctx.state_index(cell, one.state or None)
        rows.add(ctx.type_index(cell.name), state, _label(labels, one.label or None), NONE, [one.place])
