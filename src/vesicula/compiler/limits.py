"""What a grid cannot resolve: clearance that the voxels around a cell could not supply, and walks that leap over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.behaviours import BehaviourTable
from vesicula.engine.faces import largest_clearance
from vesicula.engine.program import NONE, Program
from vesicula.engine.substeps import DISPLACEMENT, SMALLEST, most_substeps
from vesicula.errors import ModelError

ROUTES = ("fusion", "endocytosis", "binding")


def refuse_unresolved_clearance(table: BehaviourTable, site: str, program: Program) -> None:
    """Raise ModelError where a cell type clears a substance or vesicle class faster than its voxels can supply.

    Rules count with their largest multiple. Only stated values are refused: a draw that would clear more gets what
    diffusion brings, within a factor of two (`faces.far_field_clearance`).
    """
    stated = table.ctx.parameters.stated
    for t, cell in enumerate(table.ctx.model.cells):
        volume = float(table.ctx.parameters.column(int(program.cell_types.p_volume[t]))[stated].min())
        for i, substance in enumerate(table.ctx.substances):
            wanted = _largest(table, t, [table.find("uptake", i)], stated)
            offered = _offered(table, program, int(program.substances.p_diffusion[i]), volume)
            if wanted > offered:
                raise _refusal(table, site, cell.name, f"{substance.name} uptake", wanted, offered)
        for i, (vesicle, _, _) in enumerate(table.ctx.populations):
            wanted = _largest(table, t, [table.find(route, i) for route in ROUTES], stated)
            offered = _offered(table, program, int(program.vesicles.p_diffusion[i]), volume)
            if wanted > offered:
                raise _refusal(table, site, cell.name, f"{vesicle.name} clearance", wanted, offered)


def refuse_leaps(table: BehaviourTable, site: str, program: Program) -> None:
    """Raise ModelError where the walk of a cell type takes more sub-steps than a macro step has.

    Only stated values are refused: a draw that walks faster has its motion cut, which the run tells.
    Equation   sub-steps = v H / (0.1 r), v with the largest multiples of rules, at the stated values
    """
    stated = table.ctx.parameters.stated
    if program.grid.n_voxels == 1:
        return
    for t, cell in enumerate(table.ctx.model.cells):
        speed = _largest(table, t, [table.find("speed", 0)], stated)
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


def _largest(table: BehaviourTable, t: int, columns: list[int], among: NDArray[np.bool_]) -> float:
    """Sum over behaviour columns of the largest base × the largest multiple a rule may set, µm³/min.

    among : bool[n_variants], the variants that count
    """
    total = 0.0
    for column in columns:
        bases = [table.base.get((t, state, column), NONE) for state in range(table.n_states(t))]
        stated = [float(table.ctx.parameters.column(p)[among].max()) for p in bases if p != NONE]
        limits = [row[3] for row in table.rules.get((t, column), []) if row[2] > 0]
        multiples = [float(table.ctx.parameters.column(p)[among].max()) for p in limits]
        total += max(stated, default=0.0) * max(1.0, *multiples, 1.0)
    return total


def _offered(table: BehaviourTable, program: Program, p_diffusion: int, volume: float) -> float:
    p = table.ctx.parameters
    diffusion = 0.0 if p_diffusion == NONE else float(p.column(p_diffusion)[p.stated].min())
    return largest_clearance(program.grid, diffusion, volume)


def _refusal(table: BehaviourTable, site: str, cell: str, what: str, wanted: float, offered: float) -> ModelError:
    place = next((c.where for c in table.ctx.model.cells if c.name == cell), None)
    ratio = float(np.ceil(100 * wanted / offered) / 100) if offered > 0 else float("inf")
    return table.ctx.error(
        "clearance",
        f"{what} of {cell} reaches {wanted / 1000 * 60:.3g} pL/h; voxels of {site} can supply {offered / 1000 * 60:.3g}"
        f" pL/h ({ratio:g} times less)",
        "use finer voxels, or check the clearance and its unit",
        place,
    )
