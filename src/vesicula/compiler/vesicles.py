"""Vesicle populations, cargo and silencing of a model as engine tables."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.context import Context
from vesicula.compiler.geometry import walls
from vesicula.compiler.molecules import with_washout
from vesicula.compiler.names import PopulationName, SlotName
from vesicula.compiler.parameters import LN2
from vesicula.engine.program import NONE, Cargo, Sequestration, Silencing, Vesicles, Wall
from vesicula.evidence.identifiers import seed_of
from vesicula.language.bases import binds, fate_of
from vesicula.language.model import ALL_VESICLES, Cell, Site, Vesicle
from vesicula.language.names import cargo_named
from vesicula.language.sentences import Sequesters, Silences
from vesicula.language.values import Value

I32 = NDArray[np.int32]
PLACES = ("lumen", "membrane", "surface")
BOLTZMANN_TIMES_BODY_TEMPERATURE = 1.380649e-23 * 310.15  # J
WATER_VISCOSITY_37C = 0.69e-3  # Pa s


def stokes_einstein(diameter_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Diffusion coefficient of a sphere in water at 37 °C.

    Equation   D = k T / (3 π η d)
    diameter_nm : float64[...], nm
    Returns    float64[...], µm²/min
    """
    metres = diameter_nm * 1e-9
    return BOLTZMANN_TIMES_BODY_TEMPERATURE / (3 * np.pi * WATER_VISCOSITY_37C * metres) * 1e12 * 60


def collect_vesicles(ctx: Context) -> None:
    """Populations (one per vesicle class and size class), species with their kind, slots, seed families."""
    for vesicle in ctx.model.vesicles:
        diameter = _diameter_nm(vesicle)
        for k in range(vesicle.size_classes):
            ctx.populations.append((vesicle, k, diameter * _size_factor(vesicle, k)))
            population = len(ctx.populations) - 1
            for carried in vesicle.carries:
                ctx.species.setdefault(carried.name, carried.type)
                ctx.slots.append((population, carried.name, carried.place))
    for cell in ctx.model.cells:
        for name in cell.own_copies:
            ctx.species.setdefault(name, "miRNA")
        for name, sentence in cargo_named(cell):
            ctx.species.setdefault(name, sentence.cargo_type)
    for name, kind in ctx.species.items():
        if kind == "miRNA":
            family = seed_of(name) or name
            ctx.family_of[name] = family
            if family not in ctx.families:
                ctx.families.append(family)


def _diameter_nm(vesicle: Vesicle) -> float:
    if vesicle.diameter is None:
        return 105.0
    return units.internal(vesicle.diameter, "length") * 1000


def _size_factor(vesicle: Vesicle, size_class: int) -> float:
    """Median of one of k equally likely classes of a log-normal, relative to the whole median."""
    if vesicle.size_classes == 1 or vesicle.size_spread is None:
        return 1.0
    middle = (size_class + 0.5) / vesicle.size_classes
    return float(vesicle.size_spread.number ** NormalDist().inv_cdf(middle))


def population_names(ctx: Context) -> tuple[PopulationName, ...]:
    """Names of the populations; a class with several size classes numbers them."""
    out: list[PopulationName] = []
    for vesicle, k, diameter in ctx.populations:
        name = vesicle.name if vesicle.size_classes == 1 else f"{vesicle.name} [{k + 1}/{vesicle.size_classes}]"
        out.append(PopulationName(name, vesicle.name, vesicle.donor, k, diameter, vesicle.kind))
    return tuple(out)


def slot_names(ctx: Context) -> tuple[SlotName, ...]:
    """What each cargo slot holds."""
    return tuple(SlotName(p, ctx.species_index(species), place) for p, species, place in ctx.slots)


def fate_column(ctx: Context, cell: Cell, vesicle: str, what: str, dimension: str) -> int:
    """Column of one value of a cell's vesicle fate; NONE where it is not given."""
    value = getattr(fate_of(cell, vesicle), what)
    if not isinstance(value, Value):
        return NONE
    own = vesicle in cell.vesicle_fate and getattr(cell.vesicle_fate[vesicle], what) is not None
    whose = vesicle if own else ALL_VESICLES
    return ctx.parameters.source(f"cells.{cell.name}.fate of {whose}.{what}", value, dimension)


def endocytosis_column(ctx: Context, cell: Cell, vesicle: str, *, undisturbed: bool = False) -> int:
    """Column of what a cell states to clear of a vesicle class by endocytosis; NONE where it states no clearance.

    undisturbed : without what arms and genotypes change
    """
    p, here = ctx.parameters, f"{cell.name}: {vesicle} endocytosis"
    clears, fusion = (fate_column(ctx, cell, vesicle, *what) for what in (("clears", "clearance"), ("fusion", "share")))
    if NONE in (clears, fusion):
        return clears if clears == NONE or not undisturbed else p.undisturbed(clears)
    whole, fused = (p.undisturbed(column) if undisturbed else column for column in (clears, fusion))
    name = here if (whole, fused) == (clears, fusion) else f"{here}, undisturbed"
    return p.derive(name, lambda c, f: c * (1.0 - f), whole, fused)


def compile_vesicles(ctx: Context) -> Vesicles:
    """Columns of every population, its cargo slots and its fate on every cell type; its walls are closed until a site
    says more, see `vesicle_walls`.
    """
    p = ctx.parameters
    n, n_types, n_matrix = len(ctx.populations), len(ctx.model.cells), len(ctx.model.matrix)
    table = {name: np.full(n, NONE, dtype=np.int32) for name in ("diffusion", "decay", "residence")}
    passage, bind, unbind = (np.full((n, n_matrix), NONE, dtype=np.int32) for _ in range(3))
    for i, (vesicle, k, _) in enumerate(ctx.populations):
        path = f"vesicles.{vesicle.name}"
        table["diffusion"][i] = _diffusion(ctx, vesicle, k, path)
        if vesicle.half_life is not None:
            table["decay"][i] = p.rate(p.source(f"{path}.half-life", vesicle.half_life, "time"))
        if vesicle.made == "in endosomes" and vesicle.residence is not None:
            table["residence"][i] = p.source(f"{path}.residence", vesicle.residence, "time")
        for m, matrix in enumerate(ctx.model.matrix):
            name = vesicle.name if vesicle.name in matrix.passage else "all"
            if name in matrix.passage:
                passage[i, m] = p.source(f"matrix.{matrix.name}.passage.{name}", matrix.passage[name], "share")
            if vesicle.name in matrix.holds:
                on, off = matrix.holds[vesicle.name]
                bind[i, m] = p.source(f"matrix.{matrix.name}.holds.{vesicle.name}.on", on, "rate")
                unbind[i, m] = p.source(f"matrix.{matrix.name}.holds.{vesicle.name}.off", off, "rate")
    fates = {name: np.full((n_types, n), NONE, dtype=np.int32) for name in (*FATES, "ligand")}
    for t, cell in enumerate(ctx.model.cells):
        for i, (vesicle, _, _) in enumerate(ctx.populations):
            for name, dimension in FATES.items():
                fates[name][t, i] = fate_column(ctx, cell, vesicle.name, name, dimension)
            fates["ligand"][t, i] = _ligand(ctx, cell, i)
            fates["escape"][t, i] = _escape(ctx, cell, vesicle.name, int(fates["escape"][t, i]))
    copies = [_copies(ctx, population, species) for population, species, _ in ctx.slots]
    return Vesicles(
        p_diffusion=table["diffusion"],
        p_decay=table["decay"],
        p_residence=table["residence"],
        donor=np.array([NONE if v.donor is None else ctx.type_index(v.donor) for v, _, _ in ctx.populations], np.int32),
        slot_population=np.array([population for population, _, _ in ctx.slots], dtype=np.int32),
        slot_species=np.array([ctx.species_index(name) for _, name, _ in ctx.slots], dtype=np.int32),
        p_copies=np.array(copies, dtype=np.int32),
        slot_kind=np.array([PLACES.index(place) for _, _, place in ctx.slots], dtype=np.int8),
        p_bind=bind,
        p_unbind=unbind,
        wall=np.full((n, 6), Wall.CLOSED, dtype=np.int8),
        p_passage=passage,
        p_receptors=fates["receptors"],
        p_internalise=fates["internalised"],
        p_detach=fates["detached"],
        p_escape=fates["escape"],
        p_lysosome=fates["lysosome"],
        p_half_saturation=fates["saturation"],
        ligand=fates["ligand"],
        moved_by_flow=np.array([v.follows_flow for v, _, _ in ctx.populations], dtype=np.int8),
    )


def _ligand(ctx: Context, cell: Cell, population: int) -> int:
    """Cargo slot by which a cell binds a population; NONE where it names none, or the population does not show it."""
    vesicle = ctx.populations[population][0]
    name = fate_of(cell, vesicle.name).ligand
    if name is None or not binds(cell, vesicle):
        return NONE
    return next(k for k, (holder, species, _) in enumerate(ctx.slots) if (holder, species) == (population, name))


def vesicle_walls(ctx: Context, site: Site) -> NDArray[np.int8]:
    """`Wall` of every population at every face of a site, int8[n_populations, 6]: its own, else the site's."""
    kinds = [walls({**site.walls, **vesicle.walls}) for vesicle, _, _ in ctx.populations]
    return np.array(kinds, dtype=np.int8).reshape(len(kinds), 6)


def vesicle_losses(ctx: Context, site: Site, decay: I32) -> I32:
    """Columns of the rate at which free vesicles are lost in a site, 1/min, int32[n_populations]: their decay, and
    washout of those that follow its flow.
    """
    kinds = [vesicle for vesicle, _, _ in ctx.populations]
    lost = [
        with_washout(ctx, site, int(column)) if vesicle.follows_flow else int(column)
        for vesicle, column in zip(kinds, decay, strict=True)
    ]
    return np.array(lost, dtype=np.int32)


FATES = {
    "receptors": "number",
    "internalised": "rate",
    "detached": "rate",
    "escape": "share",
    "lysosome": "rate",
    "saturation": "particles per volume",
}


def diameter_of(ctx: Context, vesicle: Vesicle, size_class: int) -> int:
    """Column of the diameter of one size class, µm."""
    p, path, factor = ctx.parameters, f"vesicles.{vesicle.name}.diameter", _size_factor(vesicle, size_class)
    if vesicle.diameter is None:
        return p.constant(f"{path} of size class {size_class}, unsaid", _diameter_nm(vesicle) / 1000 * factor)
    stated = p.source(path, vesicle.diameter, "length")
    return p.derive(f"{path} of size class {size_class}", lambda um: um * factor, stated)


def _diffusion(ctx: Context, vesicle: Vesicle, size_class: int, path: str) -> int:
    p = ctx.parameters
    if vesicle.diffuses is not None:
        return p.source(f"{path}.diffuses", vesicle.diffuses, "diffusion")
    value = ctx.need(vesicle.diameter, f"the diameter of {vesicle.name}", vesicle.where)
    diameter = p.source(f"{path}.diameter", value, "length")
    factor = _size_factor(vesicle, size_class)
    name = f"{path}.diffusion of size class {size_class}"
    return p.derive(name, lambda um: stokes_einstein(um * 1000 * factor), diameter)


def _escape(ctx: Context, cell: Cell, vesicle: str, stated: int) -> int:
    """Column of the escaping share, lowered where an arm blocks escape."""
    blocked = ctx.effects.factor("escape", vesicle, cell.name)
    return stated if blocked == NONE else ctx.parameters.times(f"escape of {vesicle} in {cell.name}", stated, blocked)


def _copies(ctx: Context, population: int, species: str) -> int:
    p = ctx.parameters
    vesicle = ctx.populations[population][0]
    carried = next(c for c in vesicle.carries if c.name == species)
    base = p.source(f"vesicles.{vesicle.name}.carries.{species}", carried.copies, "copies per particle")
    return p.times(f"copies of {species} in {vesicle.name}", base, ctx.effects.factor("copies", species, vesicle.name))


def compile_cargo(ctx: Context) -> Cargo:
    """Degradation and functional loading of each species in each cell type.

    A species' half-life is looked up as the substance or cell value of that name; without one it does not decay.
    """
    p = ctx.parameters
    names = list(ctx.species)
    degradation = np.full(len(names), NONE, dtype=np.int32)
    loading = np.full((len(ctx.model.cells), len(ctx.slots)), NONE, dtype=np.int32)
    own = np.full((len(ctx.model.cells), len(names)), NONE, dtype=np.int32)
    whole = p.constant("all delivered copies act", 1.0)
    for i, name in enumerate(names):
        half_life = ctx.cargo_half_life(name)
        if half_life is not None:
            degradation[i] = p.rate(p.source(f"cargo.{name}.half-life", half_life, "time"))
    for t, cell in enumerate(ctx.model.cells):
        for i, name in enumerate(names):
            if name in cell.own_copies:
                own[t, i] = own_copies(ctx, cell, name)
        for k, (population, species, _) in enumerate(ctx.slots):
            column = NONE
            if ctx.species[species] == "miRNA":
                column = fate_column(ctx, cell, ctx.populations[population][0].name, "loading", "share")
            loading[t, k] = whole if column == NONE else column
    return Cargo(
        p_degradation=degradation,
        p_loading=loading,
        p_own=own,
        family=np.array([_family(ctx, name) for name in names], dtype=np.int32),
        whole_copies=np.array([ctx.species[name] != "protein" for name in names], dtype=np.int8),
    )


def _family(ctx: Context, species: str) -> int:
    return ctx.families.index(ctx.family_of[species]) if species in ctx.family_of else NONE


def compile_silencing(ctx: Context) -> Silencing:
    """One row per `silences` sentence; own copies and competitors per cell type and seed family."""
    p = ctx.parameters
    n_types, n_families = len(ctx.model.cells), len(ctx.families)
    own, undisturbed, sites, half, strength = (np.full((n_types, n_families), NONE, dtype=np.int32) for _ in range(5))
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    for t, cell in enumerate(ctx.model.cells):
        for f, family in enumerate(ctx.families):
            members = [m for m, fam in ctx.family_of.items() if fam == family and m in cell.own_copies]
            stated = [_stated_copies(ctx, cell, m) for m in members]
            columns = [own_copies(ctx, cell, m) for m in members]
            undisturbed[t, f] = p.sum(f"own copies of family {family} in {cell.name}", stated)
            own[t, f] = undisturbed[t, f]
            if columns != stated:
                own[t, f] = p.sum(f"own copies of family {family} in {cell.name} in arms", columns)
            if cell.competitors is not None:
                sites[t, f] = p.source(f"cells.{cell.name}.competitors", cell.competitors, "number")
                half[t, f] = p.constant("competitor half-saturation, copies", 1e3)
                strength[t, f] = p.constant("competitor strength", 1.0)
        for number, sentence in enumerate(cell.inside):
            if isinstance(sentence, Silences):
                rows.append(_silencing_row(ctx, t, cell, sentence, f"cells.{cell.name}.inside.{number}"))
    table = np.array(rows, dtype=np.int32).reshape(len(rows), 7)
    row = [np.ascontiguousarray(table[:, k]) for k in range(7)]
    lags = np.array(_lags(ctx), dtype=np.int32).reshape(-1, 4)
    return Silencing(
        type=row[0],
        family=row[1],
        node=row[2],
        p_mrna=row[3],
        p_lambda=row[4],
        p_kappa=row[5],
        p_kappa_undisturbed=row[6],
        p_own=own,
        p_own_undisturbed=undisturbed,
        p_competitor_sites=sites,
        p_competitor_lambda=half,
        p_competitor_kappa=strength,
        lag_type=np.ascontiguousarray(lags[:, 0]),
        lag_node=np.ascontiguousarray(lags[:, 1]),
        lag_column=np.ascontiguousarray(lags[:, 2]),
        p_lag=np.ascontiguousarray(lags[:, 3]),
        n_families=n_families,
    )


def _stated_copies(ctx: Context, cell: Cell, mirna: str) -> int:
    return ctx.parameters.source(f"cells.{cell.name}.own copies.{mirna}", cell.own_copies[mirna], "copies")


def own_copies(ctx: Context, cell: Cell, mirna: str) -> int:
    """Column of a cell's own copies of a miRNA, as arms leave them."""
    stated = _stated_copies(ctx, cell, mirna)
    name = f"{ctx.parameters.path(stated)} in arms"
    return ctx.parameters.times(name, stated, ctx.effects.factor("own", mirna, cell.name))


def _most_nodes(ctx: Context) -> int:
    return max((len(nodes) for nodes in ctx.nodes.values()), default=0)


def _lags(ctx: Context) -> list[tuple[int, int, int, int]]:
    """One row per silenced node: type, node, column of its missing mRNA behind all nodes, mean life of the mRNA.

    Sentences about one node state one half-life, as `check` sees to; one that states none yields, and of two alike the
    first by its miRNA is read, wherever it stands.
    """
    p, rows = ctx.parameters, list[tuple[int, int, int, int]]()
    for t, cell in enumerate(ctx.model.cells):
        seen: set[str] = set()
        silences = [(number, one) for number, one in enumerate(cell.inside) if isinstance(one, Silences)]
        for number, one in sorted(
            silences, key=lambda item: (item[1].mrna_half_life.parameter is not None, item[1].mirna)
        ):
            if one.node not in seen:
                column = _most_nodes(ctx) + len(seen)
                seen.add(one.node)
                path = f"cells.{cell.name}.inside.{number}.mRNA half-life"
                half_life = p.source(path, one.mrna_half_life, "time", sources=one.sources)
                mean_life = p.derive(f"{path} as mean life", lambda x: x / LN2, half_life)
                rows.append((t, ctx.nodes[cell.name].index(one.node), column, mean_life))
    return rows


def n_columns(ctx: Context) -> int:
    """Columns of the activities of nodes, with the missing mRNA of silenced nodes behind them."""
    silenced = (len({one.node for one in cell.inside if isinstance(one, Silences)}) for cell in ctx.model.cells)
    return _most_nodes(ctx) + max(silenced, default=0)


def _silencing_row(
    ctx: Context, t: int, cell: Cell, s: Silences, path: str
) -> tuple[int, int, int, int, int, int, int]:
    p = ctx.parameters
    family = ctx.families.index(ctx.family_of[s.mirna])
    half = ctx.need(s.half_saturation, f"the half-saturation of silencing of {s.node}", s.where)
    strength = ctx.need(s.strength, f"the strength of silencing of {s.node}", s.where)
    stated = p.source(f"{path}.strength", strength, "number")
    return (
        t,
        family,
        ctx.nodes[cell.name].index(s.node),
        p.source(f"{path}.mRNA", s.mrna, "copies", sources=s.sources),
        p.source(f"{path}.half-saturation", half, "copies"),
        p.times(
            f"{path}.strength in arms", stated, ctx.effects.factor("site", s.node, cell.name),
            ctx.effects.factor("sensing", s.mirna, cell.name),
        ),
        stated,
    )  # fmt: skip


def compile_sequestration(ctx: Context) -> Sequestration:
    """One row per `sequesters` sentence."""
    p = ctx.parameters
    rows: list[tuple[int, int, int, int, int]] = []
    for t, cell in enumerate(ctx.model.cells):
        for number, s in enumerate(cell.inside):
            if isinstance(s, Sequesters):
                path = f"cells.{cell.name}.inside.{number}"
                capacity = p.source(f"{path}.capacity", s.capacity, "copies", sources=s.sources)
                kd = p.source(f"{path}.Kd", s.kd, "copies")
                node = ctx.nodes[cell.name].index(s.node)
                rows.append((t, ctx.species_index(s.cargo), node, capacity, kd))
    table = np.array(rows, dtype=np.int32).reshape(len(rows), 5)
    return Sequestration(*(np.ascontiguousarray(table[:, k]) for k in range(5)))
