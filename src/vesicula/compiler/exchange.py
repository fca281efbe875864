"""Filters with cells on them, medium given from one culture to another, and the body, as engine tables."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.context import Context
from vesicula.compiler.geometry import grid_of, simulated_share
from vesicula.compiler.lifecycle import Clock
from vesicula.compiler.molecules import diffusion_path
from vesicula.compiler.protocol import times_of
from vesicula.compiler.streams import keys_at, keys_of
from vesicula.compiler.vesicles import diameter_of, endocytosis_column
from vesicula.engine.program import NONE
from vesicula.engine.system import (
    ONLY_SOLUBLE,
    ONLY_VESICLES,
    WHOLE,
    Barriers,
    Exchange,
    Flows,
    Passages,
    Transfers,
)
from vesicula.language.body import Parts, Perfuses
from vesicula.language.model import Cell, Labware, Passage
from vesicula.language.names import kin
from vesicula.language.sentences import Closes
from vesicula.language.steps import GiveMedium
from vesicula.language.values import Value

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
TransferRow = tuple[int, int, int, int, int, int, float, str]
"""Step, source, target, fraction, columns of the shares replaced and drawn, scale, name."""
FRACTIONS = {"whole": WHOLE, "EV": ONLY_VESICLES, "soluble": ONLY_SOLUBLE}
ALL_VESICLES, RESISTANCE = "EV", "TEER"
SQUARE_UM_PER_SQUARE_CM = 1e8


def compile_exchange(ctx: Context, clocks: list[Clock]) -> Exchange:
    """All that passes between the sites of a model. clocks : those of its cells, by which they leave"""
    share = np.array([simulated_share(site) for site in ctx.model.sites], dtype=np.float64)
    most = np.array([1 if site.kind == "tissue" else round(1 / site.share) for site in ctx.model.sites], dtype=np.int64)
    barred = _barred(ctx, clocks)
    passages = Passages(
        share=share, stands_for=most, barred_clock=np.array([clock for clock, _ in barred], dtype=np.int32),
        barred_by=np.array([row for _, row in barred], dtype=np.int32),
    )  # fmt: skip
    return Exchange(_barriers(ctx), _transfers(ctx), _flows(ctx, share), passages)


def _flows(ctx: Context, share: F64) -> Flows:
    sites = [site.name for site in ctx.model.sites]
    rows = [(number, one) for number, one in enumerate(ctx.model.body) if isinstance(one, Perfuses)]
    speeds = [
        ctx.parameters.source(f"body.{number}.flow", one.flow, "volume rate", sources=one.sources)
        for number, one in rows
    ]
    return Flows(
        first=np.array([sites.index(one.source) for _, one in rows], dtype=np.int32),
        second=np.array([sites.index(one.target) for _, one in rows], dtype=np.int32),
        p_flow=np.array(speeds, dtype=np.int32),
        share=share,
        key=keys_of(f"{one.source} perfuses {one.target}" for _, one in rows),
    )


def hindrance(ratio: F64) -> F64:
    """Share of free diffusion that a sphere keeps in a round pore.

    Equation   (1 − λ)² (1 − 2.104 λ + 2.09 λ³ − 0.95 λ⁵), 0 for λ ≥ 1
    ratio : λ, float64[...], sphere over pore diameter
    Source     renkin1954 (abstract read; the polynomial from memory)
    """
    kept = np.clip(1.0 - ratio, 0.0, 1.0)
    return np.asarray(kept**2 * (1.0 - 2.104 * ratio + 2.09 * ratio**3 - 0.95 * ratio**5) * (ratio < 1.0))


def things_of(ctx: Context) -> list[tuple[str, bool]]:
    """What may pass a barrier, in the order of its columns: substances, then populations (True)."""
    return [(s.name, False) for s in ctx.substances] + [(vesicle.name, True) for vesicle, _, _ in ctx.populations]


def _barriers(ctx: Context) -> Barriers:
    sites = [site.name for site in ctx.model.sites]
    inserts = [one for one in ctx.model.labware if one.kind == "transwell"]
    n_types, things = len(ctx.model.cells), things_of(ctx)
    closed, opened, across, eaten = (np.full((n_types, len(things)), NONE, dtype=np.int32) for _ in range(4))
    resistance = np.full((2, n_types), NONE, dtype=np.int32)
    closers: list[tuple[int, int, int, int]] = []
    for t, cell in enumerate(ctx.model.cells):
        _passages(ctx, t, cell, (closed, opened, across), resistance)
        for k, (name, vesicle) in enumerate(things):
            if vesicle and across[t, k] != NONE:
                eaten[t, k] = endocytosis_column(ctx, cell, name, undisturbed=True)
        closers.extend(_closers(ctx, t, cell))
    closer = np.array(closers, dtype=np.int32).reshape(len(closers), 4)
    tops = [next(s for s in ctx.model.sites if s.name == f"{one.name} top") for one in inserts]
    walls = _walls(ctx)
    ends = [(f"{one.name} top", f"{one.name} bottom") for one in inserts]
    ends += [(one.source, one.target) for _, one in walls]
    areas = [grid_of(top).area for top in tops] + [units.internal(one.area, "area") for _, one in walls]
    bare = [_filter(ctx, one) for one in inserts] + [_membrane(ctx, number, one) for number, one in walls]
    names = [f"filter of {one.name}" for one in inserts]
    names += [f"{one.cell} parts {one.source} from {one.target}" for _, one in walls]
    on_walls = [[int(cell.name in kin(ctx.model, one.cell)) for cell in ctx.model.cells] for _, one in walls]
    member = [[1] * n_types for _ in inserts] + on_walls if walls else []
    return Barriers(
        first=np.array([sites.index(first) for first, _ in ends], dtype=np.int32),
        second=np.array([sites.index(second) for _, second in ends], dtype=np.int32),
        area=np.array(areas, dtype=np.float64),
        p_filter=np.array(bare, dtype=np.int32).reshape(len(bare), len(things)),
        p_closed=closed,
        p_open=opened,
        p_transcytosis=across,
        p_endocytosis=eaten,
        closer_type=np.ascontiguousarray(closer[:, 0]),
        closer_node=np.ascontiguousarray(closer[:, 1]),
        p_closer_half=np.ascontiguousarray(closer[:, 2]),
        p_closer_hill=np.ascontiguousarray(closer[:, 3]),
        p_resistance_closed=np.ascontiguousarray(resistance[0]),
        p_resistance_open=np.ascontiguousarray(resistance[1]),
        key=keys_of(names),
        member=np.array(member, dtype=np.int8).reshape(len(member), n_types if walls else 0),
    )


def _walls(ctx: Context) -> list[tuple[int, Parts]]:
    """Walls of cells with their numbers in the body, in the order of their rows behind the filters."""
    return [(number, one) for number, one in enumerate(ctx.model.body) if isinstance(one, Parts)]


def _barred(ctx: Context, clocks: list[Clock]) -> list[tuple[int, int]]:
    """Clocks by which cells leave through a wall, each with the row of the wall."""
    sites = [site.name for site in ctx.model.sites]
    filters = sum(one.kind == "transwell" for one in ctx.model.labware)
    walls = [one for _, one in _walls(ctx)]
    rows: list[tuple[int, int]] = []
    for number, clock in enumerate(clocks):
        if clock.between is not None:
            ends = {sites[clock.site], sites[clock.to_site]}
            row = next(k for k, w in enumerate(walls) if w.cell == clock.between and {w.source, w.target} == ends)
            rows.append((number, filters + row))
    return rows


def _membrane(ctx: Context, number: int, wall: Parts) -> list[int]:
    """Columns of the permeability of the membrane under a wall, D over its thickness, for each thing."""
    p, path = ctx.parameters, f"body.{number}"
    thick = p.source(f"{path}.membrane", wall.membrane, "length", sources=wall.sources)
    over = p.inverse(thick)
    return [p.times(f"{path}: {name} through the membrane", column, over) for name, column in _diffusions(ctx)]


def _diffusions(ctx: Context) -> list[tuple[str, int]]:
    """What may pass a barrier, with the column of its free diffusion, in the order of `things_of`."""
    found = [(one.name, ctx.parameters.column_of(diffusion_path(ctx, one))) for one in ctx.substances]
    for vesicle, k, _ in ctx.populations:
        path = f"vesicles.{vesicle.name}"
        column = ctx.parameters.column_of(f"{path}.diffuses", f"{path}.diffusion of size class {k}")
        found.append((f"{vesicle.name} {k}", column))
    return found


def _passages(ctx: Context, t: int, cell: Cell, tables: tuple[I32, I32, I32], resistance: I32) -> None:
    """What a closed layer of one cell type lets through."""
    closed, opened, across = tables
    for k, (name, vesicle) in enumerate(things_of(ctx)):
        found = name if name in cell.barrier else ALL_VESICLES if vesicle else ""
        if found in cell.barrier:
            passage = cell.barrier[found]
            for table, word in ((closed, "closed"), (opened, "open"), (across, "transcytosis")):
                table[t, k] = _passage(ctx, cell, found, passage, word, "speed")
    if RESISTANCE in cell.barrier:
        for row, word in enumerate(("closed", "open")):
            stated = _passage(ctx, cell, RESISTANCE, cell.barrier[RESISTANCE], word, "area resistance")
            if stated != NONE:
                path = f"{ctx.parameters.path(stated)} in Ω cm²"
                resistance[row, t] = ctx.parameters.derive(path, lambda r: r / SQUARE_UM_PER_SQUARE_CM, stated)


def _passage(ctx: Context, cell: Cell, name: str, passage: Passage, word: str, dimension: str) -> int:
    value = getattr(passage, word)
    if not isinstance(value, Value):
        return NONE
    return ctx.parameters.source(f"cells.{cell.name}.barrier.{name}.{word}", value, dimension)


def _closers(ctx: Context, t: int, cell: Cell) -> list[tuple[int, int, int, int]]:
    p = ctx.parameters
    rows: list[tuple[int, int, int, int]] = []
    for number, sentence in enumerate(cell.inside):
        if isinstance(sentence, Closes):
            path = f"cells.{cell.name}.inside.{number}"
            half = hill = NONE
            if sentence.half_max is not None:
                half = p.source(f"{path}.half-max", sentence.half_max, "share", sources=sentence.sources)
            if sentence.hill is not None:
                hill = p.source(f"{path}.hill", sentence.hill, "number")
            rows.append((t, ctx.nodes[cell.name].index(sentence.node), half, hill))
    return rows


def _filter(ctx: Context, insert: Labware) -> list[int]:
    """Columns of the permeability of a bare filter, D · porosity · hindrance / thickness, for each thing."""
    p, path = ctx.parameters, f"labware.{insert.name}"
    pores = ctx.need(insert.pores, f"the pores of {insert.name}", insert.where)
    density = ctx.need(insert.pore_density, f"the pore density of {insert.name}", insert.where)
    thickness = ctx.need(insert.filter, f"the filter of {insert.name}", insert.where)
    pore = p.source(f"{path}.pores", pores, "length")
    count = p.source(f"{path}.pore density", density, "cells per area")
    porosity = p.derive(f"{path}.porosity", lambda d, n: np.minimum(np.pi / 4 * d**2 * n, 1.0), pore, count)
    through = p.derive(
        f"{path}.porosity over thickness", np.divide, porosity, p.source(f"{path}.filter", thickness, "length")
    )
    free, n = _diffusions(ctx), len(ctx.substances)
    out = [p.times(f"{path}: {name} through the bare filter", column, through) for name, column in free[:n]]
    for (vesicle, k, _), (name, column) in zip(ctx.populations, free[n:], strict=True):
        diameter = diameter_of(ctx, vesicle, k)
        held = p.derive(f"{path}: hindrance of {name}", lambda d, s: hindrance(s / d), pore, diameter)
        out.append(p.times(f"{path}: {name} through the bare filter", column, through, held))
    return out


def _at_once(ctx: Context, rows: list[TransferRow]) -> list[TransferRow]:
    """Rows in order of time; those of one time and source all draw from the medium as it was.

    The engine takes one after the other, so each takes its share of what those before it leave: d / (1 − their sum).
    """
    p, before, out = ctx.parameters, dict[tuple[int, int], list[int]](), list[TransferRow]()
    for row in rows:
        drawn = before.setdefault((row[0], row[1]), [])
        column = row[5]
        if drawn:
            others = ", ".join(p.path(one) for one in drawn)
            taken = p.sum(f"{others}, together", drawn)
            column = p.derive(f"{p.path(column)} after {others}", _of_the_rest, column, taken)
        drawn.append(row[5])
        out.append((*row[:5], column, *row[6:]))
    return out


def _of_the_rest(share: F64, taken: F64) -> F64:
    return np.where(share > 0.0, share / np.maximum(1.0 - taken, np.maximum(share, 1e-300)), 0.0)


def _transfers(ctx: Context) -> Transfers:
    sites = {site.name: n for n, site in enumerate(ctx.model.sites)}
    arms = tuple(arm.name for arm in ctx.model.arms) or ("",)
    everyone = [(arms, f"protocol.{n}", step) for n, step in enumerate(ctx.model.protocol)]
    own = [((a.name,), f"arms.{a.name}.{n}", step) for a in ctx.model.arms for n, step in enumerate(a.steps)]
    rows: list[TransferRow] = []
    for names, path, step in (*everyone, *own):
        if isinstance(step, GiveMedium):
            p = ctx.parameters
            stated = p.source(f"{path}.share", step.share, "share", sources=step.sources)
            source, target = (ctx.model.sites[sites[name]] for name in (step.source, step.target))
            volumes = [grid_of(site).voxel_volume / simulated_share(site) for site in (source, target)]
            share = p.per_arm(f"{path}.share by arm", 0.0, dict.fromkeys(names, stated))
            ratio = volumes[1] / volumes[0]
            drawn = p.derive(f"{path}.drawn", lambda x, r=ratio: np.minimum(x * r, 1.0), share)
            name = f"{step.fraction} of {step.source} to {step.target}"
            for moment in times_of(ctx, step):
                where = (sites[step.source], sites[step.target])
                scale = simulated_share(target) / simulated_share(source)
                rows.append((moment, *where, FRACTIONS[step.fraction], share, drawn, scale, name))
    rows.sort(key=lambda row: (row[0], row[7]))
    rows = _at_once(ctx, rows)
    return Transfers(
        step=np.array([r[0] for r in rows], dtype=np.int64),
        source=np.array([r[1] for r in rows], dtype=np.int32),
        target=np.array([r[2] for r in rows], dtype=np.int32),
        fraction=np.array([r[3] for r in rows], dtype=np.int8),
        p_share=np.array([r[4] for r in rows], dtype=np.int32),
        p_drawn=np.array([r[5] for r in rows], dtype=np.int32),
        scale=np.array([r[6] for r in rows], dtype=np.float64),
        key=keys_at([r[0] for r in rows], [r[7] for r in rows]),
    )
