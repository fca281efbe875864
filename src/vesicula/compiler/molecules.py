"""Substances, reactions and matrix of a model as engine tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.arms import steps_of_arms
from vesicula.compiler.context import Context
from vesicula.compiler.draw_names import call_list
from vesicula.compiler.geometry import FACES, region_masks, walls
from vesicula.compiler.names import SubstanceName
from vesicula.engine.program import NONE, Grid, Matrix, Reaction, Reactions, Substances, Wall
from vesicula.language.model import Site, Substance
from vesicula.language.names import antibody
from vesicula.language.sentences import Binds, Makes, ReactionText, TurnsInto
from vesicula.language.steps import AddAntibody
from vesicula.language.values import Value

MOLECULES_PER_CUBIC_UM_PER_NM = 0.602214076
I32 = NDArray[np.int32]
F64 = NDArray[np.float64]


def antibodies(ctx: Context) -> dict[str, dict[str, AddAntibody]]:
    """Target -> arm -> the step that adds its antibody; `check` refuses two unlike ones in an arm."""
    found: dict[str, dict[str, AddAntibody]] = {}
    for arm, steps in steps_of_arms(ctx.model).items():
        for _, step in steps:
            if isinstance(step, AddAntibody):
                found.setdefault(step.against, {})[arm] = step
    return found


def _antibody_constant(ctx: Context, target: str, what: str, dimension: str) -> int:
    """Column of a constant of the antibody against a target, in each arm that of the antibody it is given.

    A constant is drawn under its stated value, so that arms with the same antibody share its draws. Where antibodies
    differ, arms without one hold 1: nothing of it is there.
    """
    p, by_arm = ctx.parameters, dict[str, int]()
    for arm, step in antibodies(ctx)[target].items():
        stated = {"Kd": step.kd, "off": step.off, "half-life": step.half_life}[what]
        value = ctx.need(stated, f"the {what} of the antibody against {target}", step.where)
        span = "" if value.low is None else f" ({value.low:g}..{value.high:g})"
        by_arm[arm] = p.source(f"antibodies.{target}.{what} {value.number:g} {value.unit}{span}", value, dimension)
    columns = [*by_arm.values()]
    same = len(set(columns)) == 1
    return columns[0] if same else p.per_arm(f"antibody {what} of {target} in every place, by arm", 1.0, by_arm)


def all_reactions(ctx: Context) -> list[ReactionText]:
    """Reactions of the model and the binding of every antibody."""
    out: list[ReactionText] = list(ctx.model.reactions)
    for target, by_arm in antibodies(ctx).items():
        name, step = antibody(target), next(iter(by_arm.values()))
        kd = ctx.need(step.kd, f"the Kd of the antibody against {target}", step.where)
        off = ctx.need(step.off, f"the off-rate of the antibody against {target}", step.where)
        text = f"{name} binds {target}"
        out.append(Binds(text=text, first=name, second=target, product=f"{name}:{target}", kd=kd, off=off))
    return out


def collect_substances(ctx: Context) -> None:
    """Substances of the model, antibodies, and complexes that no one declared (slower partner's diffusion, first
    partner's half-life).
    """
    ctx.substances.extend(ctx.model.substances)
    for target in antibodies(ctx):
        name = antibody(target)
        ctx.substances.append(Substance(name=name, diffuses=ctx.substance(target).diffuses))
        ctx.compiler_made.add(name)
    for reaction in all_reactions(ctx):
        if isinstance(reaction, Binds) and ctx.substance_index(reaction.product) == NONE:
            first, second = ctx.substance(reaction.first), ctx.substance(reaction.second)
            slower = min((first, second), key=lambda s: float("inf") if s.diffuses is None else s.diffuses.number)
            ctx.substances.append(Substance(name=reaction.product, diffuses=slower.diffuses, half_life=first.half_life))
            ctx.compiler_made.add(reaction.product)


def substance_names(ctx: Context) -> tuple[SubstanceName, ...]:
    """Names with the unit results are shown in: the own unit, else pM."""
    out: list[SubstanceName] = []
    for s in ctx.substances:
        made = s.name in ctx.compiler_made
        solubility = ctx.solubility(s.name)
        if s.unit is not None and solubility is not None:
            out.append(SubstanceName(s.name, s.unit, 1 / solubility, made))
        else:
            out.append(SubstanceName(s.name, "pM", 1000 / MOLECULES_PER_CUBIC_UM_PER_NM, made))
    return tuple(out)


def compile_substances(ctx: Context) -> Substances:
    """Columns of every substance; its walls are closed and it stays until a site says more, see `substance_walls` and
    `substance_losses`.
    """
    p = ctx.parameters
    n, n_matrix = len(ctx.substances), len(ctx.model.matrix)
    diffusion, initial = (np.full(n, NONE, dtype=np.int32) for _ in range(2))
    wall_level = np.full((n, 6), NONE, dtype=np.int32)
    passage = np.full((n, n_matrix), NONE, dtype=np.int32)
    for i, s in enumerate(ctx.substances):
        path = f"substances.{s.name}"
        value = ctx.need(s.diffuses, f"the diffusion coefficient of {s.name}", s.where)
        diffusion[i] = p.source(diffusion_path(ctx, s), value, "diffusion")
        if s.start is not None:
            stated = ctx.concentration(f"{path}.start", s.start, s.name)
            initial[i] = p.times(f"{path}.start in arms", stated, ctx.effects.factor("dose", s.name, ""))
        for face, word in _said_of_walls(s):
            if isinstance(word, Value):
                wall_level[i, _faces(face)] = ctx.concentration(f"{path}.walls.{face}", word, s.name)
        for m, matrix in enumerate(ctx.model.matrix):
            name = s.name if s.name in matrix.passage else "all"
            if name in matrix.passage:
                passage[i, m] = p.source(f"matrix.{matrix.name}.passage.{name}", matrix.passage[name], "share")
    return Substances(
        p_diffusion=diffusion,
        p_decay=np.full(n, NONE, dtype=np.int32),
        p_initial=initial,
        p_wall=wall_level,
        wall=np.full((n, 6), Wall.CLOSED, dtype=np.int8),
        p_passage=passage,
        moved_by_flow=np.array([s.follows_flow for s in ctx.substances], dtype=np.int8),
    )


def taken_from(ctx: Context, s: Substance, what: Callable[[Substance], Value | None]) -> str:
    """The substance whose column a value is; a complex or antibody shares that of the partner it takes it from."""
    if s.name in ctx.compiler_made:
        for other in ctx.model.substances:
            if what(other) is not None and what(other) is what(s):
                return other.name
    return s.name


def diffusion_path(ctx: Context, s: Substance) -> str:
    """Path of the column of a substance's diffusion constant."""
    return f"substances.{taken_from(ctx, s, lambda one: one.diffuses)}.diffuses"


def _half_life(ctx: Context, s: Substance, fluid: str) -> int:
    """Column of a substance's half-life in a fluid; NONE where it stays."""

    def value(one: Substance) -> Value | None:
        found = one.half_life_in(fluid)
        return None if found is None else found[1]

    stated = s.half_life_in(fluid)
    if stated is None:
        return NONE
    return ctx.parameters.source(f"substances.{taken_from(ctx, s, value)}.{stated[0]}", stated[1], "time")


def substance_losses(ctx: Context, site: Site) -> I32:
    """Columns of the rate at which every substance is lost in a site, 1/min: breakdown in its fluid, and washout."""
    p = ctx.parameters
    out = np.full(len(ctx.substances), NONE, dtype=np.int32)
    against = {name: t for t in antibodies(ctx) for name in (antibody(t), f"{antibody(t)}:{t}")}
    for i, s in enumerate(ctx.substances):
        antibody_against = against.get(s.name) if s.name in ctx.compiler_made else None
        if antibody_against is not None:
            half_life = _antibody_constant(ctx, antibody_against, "half-life", "time")
        else:
            half_life = _half_life(ctx, s, site.bathed_in)
        out[i] = NONE if half_life == NONE else p.rate(half_life)
        if s.follows_flow:
            out[i] = with_washout(ctx, site, int(out[i]))
    return out


def with_washout(ctx: Context, site: Site, loss: int) -> int:
    """Column of a rate of loss (NONE: none) and of what the site's fluid takes along as it is renewed, 1/min."""
    p = ctx.parameters
    if site.renewed is None:
        return loss
    washout = p.inverse(p.source(f"sites.{site.name}.renewed", site.renewed, "time"))
    return washout if loss == NONE else p.sum(f"{p.path(loss)} and washout of {site.name}", [loss, washout])


def substance_walls(ctx: Context, site: Site) -> NDArray[np.int8]:
    """`Wall` of every substance at every face of a site, int8[n_substances, 6]: its own, else the site's."""
    out = np.zeros((len(ctx.substances), 6), dtype=np.int8)
    for i, s in enumerate(ctx.substances):
        out[i] = walls(site.walls)
        for face, word in _said_of_walls(s):
            kind = Wall.HELD if isinstance(word, Value) else Wall.OPEN if word == "open" else Wall.CLOSED
            out[i, _faces(face)] = kind
    return out


def _said_of_walls(s: Substance) -> list[tuple[str, str | Value]]:
    """What a substance says of faces; one face says more than `all`, and comes after it."""
    return sorted(s.walls.items(), key=lambda one: one[0] != "all")


def _faces(face: str) -> list[int]:
    return list(range(6)) if face == "all" else [FACES.index(face)]


def compile_reactions(ctx: Context, enzyme_columns: dict[tuple[str, str], int]) -> tuple[Reactions, tuple[str, ...]]:
    """Reaction table and texts. enzyme_columns : (cell type, enzyme) -> behaviour column of its surface copies."""
    p = ctx.parameters
    rows: list[tuple[int, int, int, int, int, int]] = []
    texts: list[str] = []
    reactions = all_reactions(ctx)
    call_list(p, "reactions", reactions, counted=False)
    for number, r in enumerate(reactions):
        path = f"reactions.{number}"
        match r:
            case Binds() if number >= len(ctx.model.reactions):  # of an antibody
                kd = _antibody_constant(ctx, r.second, "Kd", "concentration")
                off = _antibody_constant(ctx, r.second, "off", "rate")
                on = p.derive(f"antibodies.{r.second}.on", lambda o, k: o / k, off, kd)
                a, b = ctx.substance_index(r.first), ctx.substance_index(r.second)
                rows.append((Reaction.BIND, a, b, ctx.substance_index(r.product), on, off))
                texts.append(r.text)
            case Binds():
                kd = ctx.concentration(f"{path}.Kd", r.kd, r.first, r.sources)
                off = p.source(f"{path}.off", r.off, "rate", sources=r.sources)
                on = p.derive(f"{path}.on", lambda o, k: o / k, off, kd)
                a, b = ctx.substance_index(r.first), ctx.substance_index(r.second)
                rows.append((Reaction.BIND, a, b, ctx.substance_index(r.product), on, off))
                texts.append(r.text)
            case TurnsInto():
                rate = p.rate(p.source(f"{path}.half-life", r.half_life, "time", sources=r.sources))
                a, product = ctx.substance_index(r.substrate), ctx.substance_index(r.product)
                rows.append((Reaction.CONVERT, a, NONE, product, rate, NONE))
                texts.append(r.text)
            case Makes():
                for row in _enzyme_rows(ctx, r, path, enzyme_columns):
                    rows.append(row)
                    texts.append(r.text)
    table = np.array(rows, dtype=np.int32).reshape(len(rows), 6)
    columns = [np.ascontiguousarray(table[:, k]) for k in range(6)]
    return Reactions(columns[0].astype(np.int8), *columns[1:]), tuple(texts)


def _enzyme_rows(
    ctx: Context, r: Makes, path: str, enzyme_columns: dict[tuple[str, str], int]
) -> list[tuple[int, int, int, int, int, int]]:
    """One row per place where the enzyme sits: the fluid, a cell type's surface, a vesicle class's surface."""
    p = ctx.parameters
    kcat = p.source(f"{path}.kcat", r.kcat, "rate", sources=r.sources)
    km = ctx.concentration(f"{path}.Km", r.km, r.substrate, r.sources)
    a, product = ctx.substance_index(r.substrate), ctx.substance_index(r.product)
    if r.place is None:
        return [(Reaction.ENZYME_FLUID, a, ctx.substance_index(r.enzyme), product, kcat, km)]
    if ctx.type_index(r.place) != NONE:
        return [(Reaction.ENZYME_CELL, a, enzyme_columns[r.place, r.enzyme], product, kcat, km)]
    return [
        (Reaction.ENZYME_VESICLE, a, slot, product, kcat, km)
        for slot, (population, species, _) in enumerate(ctx.slots)
        if species == r.enzyme and population in ctx.populations_of(r.place)
    ]


def compile_matrix(ctx: Context) -> Matrix:
    """Columns of every component, without a voxel; what fills a site at the start is `matrix_at_start`."""
    p = ctx.parameters
    n, n_sub = len(ctx.model.matrix), len(ctx.substances)
    enzyme = np.full((n, n_sub), NONE, dtype=np.int32)
    content: list[int] = []
    new_content: list[int] = []
    for i, matrix in enumerate(ctx.model.matrix):
        path = f"matrix.{matrix.name}"
        for name in dict.fromkeys((*matrix.stores, *matrix.new_stores)):
            ctx.stores.append((matrix.name, name))
            for table, what, values in (
                (content, "stores", matrix.stores),
                (new_content, "new stores", matrix.new_stores),
            ):
                found = values.get(name)
                table.append(NONE if found is None else ctx.concentration(f"{path}.{what}.{name}", found, name))
        for number, sentence in enumerate(matrix.degraded):
            column = p.source(f"{path}.degraded.{number}.rate", sentence.rate, "rate per concentration")
            enzyme[i, ctx.substance_index(sentence.enzyme)] = column
    return Matrix(
        solid=np.array([m.solid for m in ctx.model.matrix], dtype=np.int8),
        store_matrix=_ints([ctx.matrix_index(m) for m, _ in ctx.stores]),
        store_substance=_ints([ctx.substance_index(s) for _, s in ctx.stores]),
        p_content=_ints(content),
        p_new_content=_ints(new_content),
        p_enzyme_rate=enzyme,
        initial=np.zeros((n, 0)),
    )


def matrix_at_start(ctx: Context, site: Site, grid: Grid) -> F64:
    """Density of every component in a site at the start, float64[n_matrix, n_voxels]."""
    masks = region_masks(site, grid)
    where = {region.name: masks[row] for row, region in enumerate(site.regions)}
    where.setdefault(site.name, np.ones(grid.n_voxels, dtype=np.bool_))  # a dish or pool has no regions
    initial = np.zeros((len(ctx.model.matrix), grid.n_voxels))
    for i, matrix in enumerate(ctx.model.matrix):
        for region, share in matrix.fills.items():
            if region in where:
                level = ctx.parameters.source(f"matrix.{matrix.name}.fills.{region}", share, "share")
                initial[i, where[region]] = ctx.parameters.column(level)[0]
    return initial


def _ints(numbers: list[int]) -> I32:
    return np.array(numbers, dtype=np.int32)
