"""What a grid cannot resolve: clearance that the voxels around a cell could not supply, and walks that leap over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.behaviours import BehaviourTable
from vesicula.compiler.context import UNKNOWN_PLACE
from vesicula.engine.faces import largest_clearance
from vesicula.engine.program import NONE, Program
from vesicula.engine.substeps import DISPLACEMENT, SMALLEST, most_substeps
from vesicula.errors import Diagnostic

F64 = NDArray[np.float64]
UNBOUND = ("fusion", "endocytosis")
REMEDY = "use finer voxels, or check the clearance and its unit"


def judge_clearance(table: BehaviourTable, site: str, program: Program) -> list[Diagnostic]:
    """Doubts where draws of a cell type clear a substance or vesicle class faster than its voxels can supply.

    Such a draw gets what diffusion brings: at most twice its clearance of the voxels (`faces.far_field_clearance`).
    Rules count with their largest multiple. Raises ModelError where stated values ask for more.
    """
    parameters, found = table.ctx.parameters, list[Diagnostic]()
    if program.grid.n_voxels == 1:
        return found
    for t, cell in enumerate(table.ctx.model.cells):
        volume = parameters.column(int(program.cell_types.p_volume[t]))
        things = [
            (f"{one.name} uptake", [table.find("uptake", i)], int(program.substances.p_diffusion[i]), NONE)
            for i, one in enumerate(table.ctx.substances)
        ] + [
            (f"{one.name} clearance", [table.find(way, i) for way in UNBOUND], int(program.vesicles.p_diffusion[i]), i)
            for i, (one, _, _) in enumerate(table.ctx.populations)
        ]
        for what, columns, p_diffusion, population in things:
            wanted = _largest(table, t, columns) + _bound(table, program, t, population)
            diffusion = np.zeros_like(volume) if p_diffusion == NONE else parameters.column(p_diffusion)
            offered = largest_clearance(program.grid, diffusion, volume)
            beyond = wanted > offered
            if not beyond.any():
                continue
            refused = beyond & parameters.stated
            worst = int(np.argmax(np.where(refused if refused.any() else beyond, wanted, -1.0)))
            most, ratio = float(offered[worst]), float(np.ceil(100 * wanted[worst] / offered[worst]) / 100)
            reached = f"{what} of {cell.name} reaches {_pl(float(wanted[worst]))}"
            asked = f"{reached}; voxels of {site} can supply {_pl(most)}"
            if refused.any():
                raise table.ctx.error("clearance", f"{asked} ({ratio:g} times less)", REMEDY, cell.where)
            message = f"in {beyond.mean():.0%} of the draws {asked}, and such a draw gets what diffusion brings"
            place = cell.where or UNKNOWN_PLACE
            found.append(
                Diagnostic(place.file, place.line, place.column, place.length, "warning", "clearance", message, REMEDY)
            )
    return found


def _bound(table: BehaviourTable, program: Program, t: int, population: int) -> F64:
    """Largest clearance by binding of a population, float64[n_rows]; of a ligand, with the most copies ever loaded."""
    if population == NONE:
        return np.zeros(len(table.ctx.parameters.stated))
    w, slot = program.vesicles, int(program.vesicles.ligand[t, population])
    bound = _largest(table, t, [table.find("binding", population)])
    if slot == NONE:
        return bound
    loading, donor = table.find("loading", slot), int(w.donor[population])
    loaded = _largest(table, donor, [loading]) if NONE not in (loading, donor) else 1.0
    return bound * table.ctx.parameters.column(int(w.p_copies[slot])) * loaded


def _pl(clearance: float) -> str:
    return f"{clearance / 1000 * 60:.3g} pL/h"


def refuse_leaps(table: BehaviourTable, site: str, program: Program) -> None:
    """Raise ModelError where the walk of a cell type takes more sub-steps than a macro step has.

    Only stated values are refused: a draw that walks faster has its motion cut, which the run tells.
    Equation   sub-steps = v H / (0.3 r), v with the largest multiples of rules, at the stated values
    """
    stated = table.ctx.parameters.stated
    if program.grid.n_voxels == 1:
        return
    for t, cell in enumerate(table.ctx.model.cells):
        speed = float(_largest(table, t, [table.find("speed", 0)])[stated].max())
        volume = float(table.ctx.parameters.column(int(program.cell_types.p_volume[t]))[stated].min())
        radius = max(float(np.cbrt(0.75 / np.pi * volume)), SMALLEST)
        if speed * program.macro_step > DISPLACEMENT * radius * most_substeps(program.macro_step):
            fastest = DISPLACEMENT * radius * most_substeps(program.macro_step) / program.macro_step
            way = speed * program.macro_step / program.grid.voxel
            raise table.ctx.error(
                "too-fast",
                f"{cell.name} walks up to {speed:.3g} um/min: {way:,.0f} voxels of {site} in a step of"
                f" {program.macro_step:g} min; a cell of {2 * radius:.3g} um can do {fastest:.3g} um/min at most",
                "check the speed, its unit and its range, or take a shorter step",
                cell.where,
            )


def _largest(table: BehaviourTable, t: int, columns: list[int]) -> F64:
    """Sum over behaviour columns of the largest that rules may make of a state's base, float64[n_rows].

    Rules that raise multiply; where they are averaged, the highest of their limits is what they may reach together.
    """
    parameters = table.ctx.parameters
    total = np.zeros(len(parameters.stated))
    together = np.maximum if table.ctx.model.rules == "averaged" else np.multiply
    for column in columns:
        most = np.zeros_like(total)
        for state in range(table.n_states(t)):
            base = table.base.get((t, state, column), NONE)
            if base == NONE:
                continue
            acting = [row for row in table.rules.get((t, column), []) if row[0] in (NONE, state) and row[2] > 0]
            multiples = [parameters.column(row[3]) for row in acting]
            most = np.maximum(most, parameters.column(base) * together.reduce([np.ones_like(total), *multiples]))
        total += most
    return total
