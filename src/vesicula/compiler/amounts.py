"""What is given against what a medium can hold, in every arm and draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.context import UNKNOWN_PLACE, Context
from vesicula.compiler.geometry import grid_of, region_masks, stated_share
from vesicula.compiler.names import Variant
from vesicula.engine.program import NONE
from vesicula.errors import Diagnostic
from vesicula.language.checking.holds import PACKED, particles_that_fit
from vesicula.language.model import Site
from vesicula.language.steps import AddPreparation, AddVesicles, StepText

F64 = NDArray[np.float64]


def doses_that_do_not_fit(ctx: Context, variants: tuple[Variant, ...]) -> tuple[Diagnostic, ...]:
    """A mistake for each dose that its medium cannot hold as stated, a doubt where some draws of it, or only control
    arms that nobody wrote, cannot.
    """
    found: list[Diagnostic] = []
    steps = [(f"protocol.{k}", step) for k, step in enumerate(ctx.model.protocol)]
    for arm in ctx.model.arms:
        steps += [(f"arms.{arm.name}.{k}", step) for k, step in enumerate(arm.steps)]
    for path, step in steps:
        if isinstance(step, AddVesicles | AddPreparation):
            for site in ctx.model.sites:
                volume = _volume(site, step.region)
                if volume is not None:
                    found += _judged(ctx, site, path, step, volume, variants)
    return tuple(found)


def _volume(site: Site, region: str | None) -> float | None:
    """Medium of a place in a site, simulated, µm³; None where the place is elsewhere."""
    grid = grid_of(site)
    names = [one.name for one in site.regions]
    if region is None or region == site.name:
        return grid.n_voxels * grid.voxel_volume
    if region not in names:
        return None
    return float(region_masks(site, grid)[names.index(region)].sum()) * grid.voxel_volume


def _judged(
    ctx: Context, site: Site, path: str, step: StepText, volume: float, variants: tuple[Variant, ...]
) -> list[Diagnostic]:
    taken, given, largest = np.zeros(len(variants)), np.zeros(len(variants)), 0.0
    for name in dict.fromkeys(vesicle.name for vesicle, _, _ in ctx.populations):
        column = ctx.parameters.column_of(f"{path} in {site.name}.{name} by arm", f"{path}.{name} by arm")
        if column == NONE:
            continue
        diameters = [diameter for vesicle, _, diameter in ctx.populations if vesicle.name == name]
        for diameter in diameters:
            part = ctx.parameters.column(column).reshape(-1, len(variants)).max(axis=0)  # the most of any phase
            given += part
            taken += part / particles_that_fit(volume, diameter * 1e-3)
            largest = max(largest, diameter) if part.any() else largest
    full = ~(taken <= 1.0)
    if not full.any():
        return []
    place = step.where or UNKNOWN_PLACE
    unasked = {arm.name for arm in ctx.model.arms if arm.control is not None}
    written = np.array([variant.arm not in unasked for variant in variants])
    stated = written & np.array([variant.draw == 0 for variant in variants])
    severity = "error" if (full & stated).any() or full[written].all() else "warning"
    rows = full & stated if (full & stated).any() else full
    worst = int(np.argmax(np.where(rows, np.nan_to_num(taken, nan=np.inf), -1.0)))
    arm = f" in arm {variants[worst].arm}" if variants[worst].arm and path.startswith("protocol") else ""
    real = volume / stated_share(site)
    most = given[worst] / taken[worst] if np.isfinite(taken[worst]) else particles_that_fit(volume, largest * 1e-3)
    holds = (
        f"{site.name} holds {most / stated_share(site):.2g} particles of {largest:.3g} nm in {real * 1e-12:.3g} mL when"
        f" {PACKED:.0%} of it is spheres and nothing else"
    )
    if severity == "error":
        message = f"{given[worst] / stated_share(site):.3g} particles{arm} cannot be in the medium: {holds}"
    else:
        alike = np.array([variant.arm == variants[worst].arm for variant in variants])
        message = f"{(full & alike).sum()} of {alike.sum()} draws{arm} give more particles than fit: {holds}"
    remedy = "preparations have 1e8 to 1e12 particles/mL; check the number, the unit and the range"
    return [Diagnostic(place.file, place.line, place.column, place.length, severity, "too-many", message, remedy)]
