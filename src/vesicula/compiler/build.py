"""The whole of a model, part by part, into a `System`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from vesicula import units
from vesicula.compiler.amounts import doses_that_do_not_fit
from vesicula.compiler.arms import ArmEffects
from vesicula.compiler.behaviours import (
    BehaviourTable,
    collect_bases,
    collect_rules,
    compile_behaviours,
    compile_sensing,
)
from vesicula.compiler.cohort import multiply_by_genotype, patients_of
from vesicula.compiler.context import Context
from vesicula.compiler.draw_names import call_by_words
from vesicula.compiler.drawing import Ensemble
from vesicula.compiler.exchange import compile_exchange
from vesicula.compiler.geometry import grid_of, region_masks
from vesicula.compiler.idle import refuse_idle_steps
from vesicula.compiler.kinetics import columns_of, compile_kinetics
from vesicula.compiler.lifecycle import Clock, clocks_of, compile_lifecycle
from vesicula.compiler.limits import judge_clearance, refuse_leaps
from vesicula.compiler.molecules import (
    collect_substances,
    compile_matrix,
    compile_reactions,
    compile_substances,
    matrix_at_start,
    substance_losses,
    substance_names,
    substance_walls,
)
from vesicula.compiler.names import BehaviourName, Compiled, Names, Switch, TypeName, Variant
from vesicula.compiler.networks import compile_networks
from vesicula.compiler.outgrown import refuse_outgrown
from vesicula.compiler.parameters import ParameterTable
from vesicula.compiler.phases import phases_of
from vesicula.compiler.preparations import with_particles
from vesicula.compiler.protocol import compile_protocol, compile_start, macro_step_of
from vesicula.compiler.resting import settle
from vesicula.compiler.signals import SignalTable
from vesicula.compiler.streams import stream_names
from vesicula.compiler.vesicles import (
    collect_vesicles,
    compile_cargo,
    compile_sequestration,
    compile_silencing,
    compile_vesicles,
    n_columns,
    population_names,
    slot_names,
    vesicle_losses,
    vesicle_walls,
)
from vesicula.engine.kinetic_tables import Kinetics
from vesicula.engine.program import (
    NONE,
    Behaviours,
    Cargo,
    CellTypes,
    Lifecycle,
    Matrix,
    Networks,
    Program,
    Reactions,
    Sensing,
    Sequestration,
    Signals,
    Silencing,
    Substances,
    Vesicles,
)
from vesicula.engine.stream_names import StreamNames
from vesicula.engine.switches import positive_loops, stable_states
from vesicula.engine.system import System
from vesicula.errors import Diagnostic
from vesicula.language.model import Model, Site
from vesicula.language.names import nodes_of
from vesicula.language.sentences import KeepsItself

UNNAMED_STATE = "any"


def compile_model(
    model: Model, text: str = "", *, seed: int = 1, folder: Path | None = None, resolved: bool = True,
    ensemble: Ensemble | None = None, draws: Sequence[int] | None = None, in_parts: bool = False,
) -> Compiled:  # fmt: skip
    """System, names and variants of a resolved model.

    text : the model as its author wrote it, kept for the run folder; folder : where its tables of cells are
    resolved : refuse clearance that the voxels cannot supply (False: for what takes a site as well mixed)
    ensemble : calibrated draws; None: draws of all ranges
    draws : numbers of the draws to compile beside the stated values, instead of as many as the model asks for
    in_parts : memory needs to hold one draw at a time
    Raises   EnsembleError for more draws than the ensemble has
    Raises   ModelError for what only the whole model shows (values missing from the library, unreadable tables)
    """
    model = with_particles(model)
    variants = variants_of(model, seed) if draws is None else _chosen(model, draws)
    if ensemble is not None:
        ensemble.hold(1 + max(variant.draw for variant in variants))
        if model.cohort is None:
            variants = tuple(replace(one, replicate=ensemble.number(one.draw)) if one.draw else one for one in variants)
    parameters = ParameterTable(variants, seed, phases_of(model), ensemble)
    unkept = settle(model, parameters, partial(_compiled, seed=seed, resolved=False))
    done = _compiled(
        model, parameters, variants, text=text, seed=seed, folder=folder, resolved=resolved, in_parts=in_parts
    )
    return replace(done, too_much=(*done.too_much, *unkept), ensemble=ensemble, unknowns=parameters.unknowns)


def _compiled(
    model: Model, parameters: ParameterTable, variants: tuple[Variant, ...], *, text: str = "", seed: int,
    folder: Path | None = None, resolved: bool = True, in_parts: bool = False,
) -> Compiled:  # fmt: skip
    """A model with its table of parameters, in which all that is as at rest has its numbers."""
    call_by_words(model, parameters)
    effects = ArmEffects(model, parameters)
    multiply_by_genotype(model, variants, parameters)
    ctx = Context(model, parameters, effects)
    collect_substances(ctx)
    collect_vesicles(ctx)
    ctx.nodes.update({cell.name: [*nodes_of(cell)] for cell in model.cells})
    clocks = [clock for t, cell in enumerate(model.cells) for clock in clocks_of(ctx, t, cell)]
    signals = SignalTable(ctx)
    table = BehaviourTable(ctx, signals, clocks)
    collect_bases(table)
    collect_rules(table)
    labels: list[str] = []
    shared = _shared(ctx, table, signals, clocks)
    programs = [_program(ctx, shared, site, table, labels, folder) for site in model.sites]
    exchange = compile_exchange(ctx, clocks)
    for path in parameters.unused_settings:
        raise ctx.error("unknown-path", f"an arm sets {path}, which this model has not", "see `vesicula explain`", None)
    first, *later = parameters.table()
    starts = np.array(parameters.phases.starts[1:], dtype=np.int64)
    values = np.stack(later) if later else np.zeros((0, 0, 0))
    held = {"values": first, "later_step": starts, "later_values": values}
    sites = tuple(replace(program, **held) for program in programs)
    system = System(sites, tuple(site.name for site in model.sites), exchange)
    refuse_idle_steps(ctx, system)
    beyond: list[Diagnostic] = []
    for name, program in zip(system.site_names, system.sites, strict=True):
        if resolved:
            beyond += judge_clearance(table, name, program)
        refuse_leaps(table, name, program)
    if resolved and model.run.duration is not None:
        refuse_outgrown(model, system, variants, units.internal(model.run.duration, "time"), in_parts=in_parts)
    names = _names(ctx, shared, signals, clocks, labels)
    switches = _switches(ctx, system.sites[0]) if system.sites else ()
    too_much = (*doses_that_do_not_fit(ctx, variants), *beyond)
    return Compiled(model, text, system, names, variants, seed, switches, too_much)


def variants_of(model: Model, seed: int) -> tuple[Variant, ...]:
    """Arms × replicates; a replicate is one draw of parameters and random numbers, the same in every arm."""
    if model.cohort is not None:
        return patients_of(model, model.cohort, seed)
    arms = [arm.name for arm in model.arms] or [""]
    repeats = max(model.run.draws, model.run.seeds)
    draws = model.run.draws > 1
    return tuple(Variant(arm, r, r if draws else 0) for arm in arms for r in range(repeats))


def _chosen(model: Model, draws: Sequence[int]) -> tuple[Variant, ...]:
    """Arms × the stated values and these draws; a draw is the same whatever others are compiled with it."""
    arms = [arm.name for arm in model.arms] or [""]
    return tuple(Variant(arm, draw, draw) for arm in arms for draw in (0, *draws))


@dataclass(frozen=True)
class _Shared:
    """Tables that are the same in all sites, and the texts of behaviour columns and reactions.

    substances, vesicles : with closed walls; matrix : without a voxel
    """

    substances: Substances
    matrix: Matrix
    networks: Networks
    kinetics: Kinetics
    behaviours: Behaviours
    behaviour_texts: tuple[BehaviourName, ...]
    reactions: Reactions
    reaction_texts: tuple[str, ...]
    vesicles: Vesicles
    cargo: Cargo
    silencing: Silencing
    sequestration: Sequestration
    signals: Signals
    sensing: Sensing
    lifecycle: Lifecycle
    cell_types: CellTypes
    names: StreamNames


def _shared(ctx: Context, table: BehaviourTable, signals: SignalTable, clocks: list[Clock]) -> _Shared:
    networks = compile_networks(ctx, signals)  # first, since it asks for signals
    kinetics = compile_kinetics(ctx, signals, n_columns(ctx))
    behaviours, behaviour_texts = compile_behaviours(table)
    enzymes = {key: int(behaviours.enzyme[number]) for key, number in table.enzymes.items()}
    reactions, reaction_texts = compile_reactions(ctx, enzymes)
    return _Shared(
        substances=compile_substances(ctx),
        matrix=compile_matrix(ctx),
        networks=networks,
        kinetics=kinetics,
        behaviours=behaviours,
        behaviour_texts=behaviour_texts,
        reactions=reactions,
        reaction_texts=reaction_texts,
        vesicles=compile_vesicles(ctx),
        cargo=compile_cargo(ctx),
        silencing=compile_silencing(ctx),
        sequestration=compile_sequestration(ctx),
        signals=signals.table()[0],
        sensing=compile_sensing(table),
        lifecycle=compile_lifecycle(ctx, clocks),
        cell_types=_cell_types(ctx),
        names=stream_names(ctx, clocks, _traits(ctx)),
    )


def _program(
    ctx: Context, shared: _Shared, site: Site, table: BehaviourTable, labels: list[str], folder: Path | None
) -> Program:
    """One site, without values."""
    grid, n_types = grid_of(site), len(ctx.model.cells)
    flow = np.zeros((3, grid.n_voxels))
    for axis, speed in enumerate(site.flow):
        flow[axis] = units.internal(speed, "speed")
    return Program(
        grid=grid,
        macro_step=macro_step_of(ctx),
        n_types=n_types,
        n_states=max((table.n_states(t) for t in range(n_types)), default=1),
        n_species=len(ctx.species),
        n_traits=len(_traits(ctx)),
        n_nodes=max(n_columns(ctx), columns_of(shared.kinetics)),
        substances=replace(shared.substances, wall=substance_walls(ctx, site), p_decay=substance_losses(ctx, site)),
        reactions=shared.reactions,
        matrix=replace(shared.matrix, initial=matrix_at_start(ctx, site, grid)),
        vesicles=replace(
            shared.vesicles,
            wall=vesicle_walls(ctx, site),
            p_decay=vesicle_losses(ctx, site, shared.vesicles.p_decay),
        ),
        cargo=shared.cargo,
        silencing=shared.silencing,
        sequestration=shared.sequestration,
        signals=shared.signals,
        networks=shared.networks,
        kinetics=shared.kinetics,
        behaviours=shared.behaviours,
        sensing=shared.sensing,
        lifecycle=shared.lifecycle,
        cell_types=shared.cell_types,
        protocol=compile_protocol(ctx, site),
        start=compile_start(ctx, site, labels, folder),
        regions=region_masks(site, grid),
        flow=flow,
        values=np.zeros((1, 1)),
        names=shared.names,
        site=[one.name for one in ctx.model.sites].index(site.name),
    )


def _traits(ctx: Context) -> list[tuple[str, str]]:
    """Trait columns: (cell type, trait), so that no type reads another's."""
    return [(cell.name, trait.name) for cell in ctx.model.cells for trait in cell.traits]


def _cell_types(ctx: Context) -> CellTypes:
    p, cells = ctx.parameters, ctx.model.cells
    n, traits = len(cells), _traits(ctx)
    volume, spread, reach, confluence = (np.full(n, NONE, dtype=np.int32) for _ in range(4))
    mean, width, drift = (np.full((n, len(traits)), NONE, dtype=np.int32) for _ in range(3))
    affinity = np.full((n, n), NONE, dtype=np.int32)
    neutral = p.constant("trait of another cell type", 1.0)
    for t, cell in enumerate(cells):
        path = f"cells.{cell.name}"
        size = ctx.need(cell.diameter, f"the diameter of {cell.name}", cell.where)
        diameter = p.source(f"{path}.diameter", size, "length")
        volume[t] = p.derive(f"{path}.volume", lambda d: np.pi / 6 * d**3, diameter)
        if cell.diameter_spread is not None:
            column = p.source(f"{path}.diameter spread", cell.diameter_spread, "number")
            spread[t] = p.derive(f"{path}.volume spread", lambda s: s**3, column)
        if cell.reach is not None:
            reach[t] = p.source(f"{path}.reach", cell.reach, "number")
        if cell.confluence is not None:
            # as stated, not drawn: `confluent` has set the number of cells from the stated value
            stated = cell.confluence.model_copy(update={"low": None, "high": None})
            confluence[t] = p.source(f"{path}.confluence", stated, "cells per area")
        for other, value in cell.affinity.items():
            affinity[t, ctx.type_index(other)] = p.source(f"{path}.affinity.{other}", value, "number")
        mean[t, :] = neutral
        for trait in cell.traits:
            column = traits.index((cell.name, trait.name))
            place = f"{path}.traits.{trait.name}"
            mean[t, column] = p.source(f"{place}.median", trait.median, "number")
            for what, into, value in (("spread", width, trait.spread), ("drift", drift, trait.drift)):
                if value is not None:
                    into[t, column] = p.source(f"{place}.{what}", value, "number")
    anchored = np.array([cell.anchored for cell in cells], dtype=np.int8)
    return CellTypes(volume, spread, reach, anchored, mean, width, drift, affinity, confluence)


def _names(ctx: Context, shared: _Shared, signals: SignalTable, clocks: list[Clock], labels: list[str]) -> Names:
    types = tuple(
        TypeName(cell.name, cell.states or (UNNAMED_STATE,), tuple(ctx.nodes[cell.name])) for cell in ctx.model.cells
    )
    return Names(
        substances=substance_names(ctx),
        populations=population_names(ctx),
        species=tuple(ctx.species),
        species_kind=tuple(ctx.species.values()),
        slots=slot_names(ctx),
        types=types,
        matrices=tuple(m.name for m in ctx.model.matrix),
        stores=tuple(ctx.stores),
        families=tuple(ctx.families),
        traits=tuple(f"{trait} of {cell}" for cell, trait in _traits(ctx)),
        labels=tuple(labels),
        behaviours=shared.behaviour_texts,
        signals=signals.table()[1],
        clocks=tuple(clock.text for clock in clocks),
        reactions=shared.reaction_texts,
        regions={site.name: tuple(region.name for region in site.regions) for site in ctx.model.sites},
        parameters=ctx.parameters.infos(),
    )


def _switches(ctx: Context, program: Program) -> tuple[Switch, ...]:
    """Networks with more than one stable state: accidental unless a node of the loop is declared to keep itself."""
    out: list[Switch] = []
    for t, cell in enumerate(ctx.model.cells):
        loops = positive_loops(program, t)
        keeping = {s.node for s in cell.inside if isinstance(s, KeepsItself)}
        if not loops and not keeping:
            continue
        found = stable_states(program, t).states
        if len(found) < 2:
            continue
        nodes = ctx.nodes[cell.name]
        in_loops = tuple(dict.fromkeys([*(nodes[k] for loop in loops for k in loop), *keeping]))
        states = tuple({name: float(row[k]) for k, name in enumerate(nodes)} for row in found)
        out.append(Switch(cell.name, in_loops, states, declared=not loops))
    return tuple(out)
