"""What of a program and a state kernels are handed, as groups."""

from __future__ import annotations

from vesicula.engine.groups import Cells, Ledgers, Side, Sites, Suspended
from vesicula.engine.program import Program
from vesicula.engine.state import State


def sites(program: Program, state: State) -> Sites:
    """What holds in the sites during the macro step."""
    names = program.stream_names
    return Sites(
        step=state.step, time=program.macro_step, values=program.values, variant=state.site_variant, key=state.site_key,
        population_name=names.population, species_name=names.species, trait_name=names.trait, matrix_name=names.matrix,
        clock_name=names.clock,
    )  # fmt: skip


def cells(state: State) -> Cells:
    """All cells and what they hold."""
    return Cells(
        start=state.cell_start, id=state.cell_id, type=state.cell_type, dead=state.cell_dead,
        stands_for=state.stands_for, behaviour=state.behaviour, pool=state.pool, pool_cargo=state.pool_cargo,
        bound=state.bound, bound_cargo=state.bound_cargo, endosomal=state.endosomal,
        endosomal_cargo=state.endosomal_cargo, copies=state.copies, inserted=state.inserted,
    )  # fmt: skip


def suspended(state: State) -> Suspended:
    """Vesicles outside cells."""
    return Suspended(
        density=state.matrix, vesicles=state.vesicles, cargo=state.cargo, in_matrix=state.vesicles_in_matrix,
        cargo_in_matrix=state.cargo_in_matrix,
    )  # fmt: skip


def ledgers(state: State) -> Ledgers:
    """What is booked of vesicles."""
    return Ledgers(vesicle=state.vesicle_ledger, cargo=state.cargo_ledger, talk=state.talk)


def side(state: State) -> Side:
    """A site that exchanges its fluid with another."""
    return Side(
        key=state.site_key, vesicles=state.vesicles, cargo=state.cargo, ledger=state.vesicle_ledger,
        cargo_ledger=state.cargo_ledger,
    )  # fmt: skip
