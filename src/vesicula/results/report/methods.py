"""The methods text of a run, from what ran."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vesicula.engine.state import CellTerm, Work
from vesicula.results.assays import smallest_effect
from vesicula.results.bundle import Bundle
from vesicula.results.crowding import which
from vesicula.results.description import ArmLabel, MeasureLabel, RunDescription, SiteLabel
from vesicula.results.wording import counted, duration, listed, number

CELLS_PRESENT = len(CellTerm)  # column of a record's cell ledger behind its terms


def work_done(description: RunDescription, records: list[Bundle]) -> dict[str, int]:
    """Counters of effort over all sites; 0 of those that a run of an earlier version did not count."""
    total = np.sum([records[-1].arrays[f"{site.name}/work"].sum(axis=0) for site in description.sites], axis=0)
    return {term.name: int(total[term]) if term < len(total) else 0 for term in Work}


def motion_cut(description: RunDescription, records: list[Bundle]) -> list[str]:
    """Sites and variants in which the mechanics left motion out, each with its steps and its cells at the end."""
    arrays, out = records[-1].arrays, []
    for site in description.sites:
        work, cells = arrays[f"{site.name}/work"], arrays[f"{site.name}/cells"]
        if work.shape[1] <= Work.MOTION_CUT:
            continue
        for s, steps in enumerate(work[:, Work.MOTION_CUT].tolist()):
            if steps:
                case = which(description.variants[s], draws=description.draws_differ)
                present = int(cells[s, :, CELLS_PRESENT].sum())
                out.append(f"{site.name}, {case}: {counted(steps, 'step')}, {counted(present, 'cell')} at the end")
    return out


def _site(site: SiteLabel) -> str:
    if site.labware is not None and site.dimensions == 0:
        return f"{site.name}, well mixed, {number(site.voxel_volume * 1e-12)} mL"
    if site.dimensions == 0:
        said = "".join(f", {words}" for words in site.sampled)
        return f"{site.name}, a well-mixed pool of {number(site.voxel_volume * 1e-12)} mL{said}"
    across, up, deep = site.size
    if site.dimensions == 3:
        size, grid = f"{number(across)} × {number(up)} × {number(deep)} µm", f"{site.nx} × {site.ny} × {site.nz}"
    else:
        size = f"{number(across)} × {number(up)} µm with a depth of {number(site.height)} µm"
        grid = f"{site.nx} × {site.ny}"
    return f"{site.name} ({size}, {grid} voxels of {number(site.voxel)} µm)"


def methods(description: RunDescription, work: dict[str, int], *, finished: bool, cut: Sequence[str] = ()) -> list[str]:
    """Paragraphs for a paper's methods section. work : counters of effort over all sites; cut : see `motion_cut`"""
    d, labels = description, description.labels
    version = d.versions.get("vesicula", "unknown")
    replicate = "draws of parameters and random numbers" if d.draws_differ else "repeats with other random numbers"
    out = [
        f"Simulations were run with Vesicula {version} (Python {d.versions.get('python', '?')}, NumPy"
        f" {d.versions.get('numpy', '?')}, Numba {d.versions.get('numba', '?')}; {d.versions.get('system', '?')})."
        f" The model “{d.model}” (text hash {d.text_hash[:12]}) has the {'site' if len(d.sites) == 1 else 'sites'}"
        f" {listed([_site(s) for s in d.sites])}; {counted(len(labels.types), 'cell type')},"
        f" {counted(len(labels.substances), 'substance')}, {counted(len(labels.matrices), 'matrix component')}"
        f" and {counted(len(labels.populations), 'vesicle population')}."
    ]
    growing = [f"{t.name} in {duration(t.doubling_min)}" for t in labels.types if t.doubling_min is not None]
    if growing:
        out.append(f"By their cycle, where none die and no rule acts, cells double: {listed(growing)}.")
    out += _bench(d)
    arms = f"{counted(len(d.arms), 'arm')} ({listed(list(d.arms))})" if len(d.arms) > 1 else "one arm"
    out.append(
        f"We simulated {duration(d.plan.duration_min)} in {arms} with {d.replicates} {replicate} each (seed {d.seed};"
        f" a replicate is the same in every arm). The macro step was {duration(d.plan.macro_step_min)}; records were"
        f" made at {counted(len(d.plan.record_steps), 'time')}."
        + ("" if finished else " The run was not finished; the report shows what was recorded.")
    )
    if d.measures:
        out.append(_readings(d))
    if labels.substances:
        out.append(
            "Transport, decay and uptake of dissolved substances were solved as one implicit operator (finite volumes,"
            " second-order SDIRK with error-controlled steps, geometric multigrid), conservative and never negative;"
            f" {number(work.get('FIELD_SUBSTEPS', 0))} sub-steps were taken,"
            f" {number(work.get('REDONE_FIRST_ORDER', 0))} of them redone at first order to stay positive."
        )
    if labels.populations:
        out.append(
            "Vesicles are whole particles, moved and taken up so that their expected numbers follow the transport"
            " equation; cargo is counted in copies and moves with its particles. Every particle and copy is kept in a"
            " ledger whose terms are counted independently."
        )
    if cut:
        out.append(
            "Cells would have moved more than the sub-steps of a macro step allow, and the rest of that motion was left"
            f" out, in {'; '.join(cut)}. What cells of these sites do depends on it."
        )
    if d.needs:
        out.append(
            "Silencing follows a titration of functional miRNA copies among targets and competing sites, with the"
            " recipient's own copies in place."
        )
    return out


def _bench(d: RunDescription) -> list[str]:
    """Labware, preparations, what was done to all, and what arms did differently."""
    out: list[str] = []
    if d.labware:
        out.append("Cells were grown in " + listed([f"{one.name} ({one.text})" for one in d.labware]) + ".")
    if d.preparations:
        out.append("Preparations: " + "; ".join(f"{one.name}, {one.text}" for one in d.preparations) + ".")
    if d.protocol:
        out.append("In every arm unless it says otherwise: " + "; ".join(d.protocol) + ".")
    own = [arm for arm in d.arm_labels if arm.control is None and arm.steps]
    if own:
        out.append("Arms: " + "; ".join(_arm(one) for one in own) + ".")
    if d.controls:
        unasked = [arm for arm in d.arm_labels if arm.control is not None]
        out.append("Controls added as MISEV2023 asks: " + "; ".join(_arm(one) for one in unasked) + ".")
    return out


def _arm(arm: ArmLabel) -> str:
    return f"{arm.name} ({', '.join(arm.steps)})" if arm.steps else arm.name


def _readings(d: RunDescription) -> str:
    n = f"n = {d.replicates} {'draws' if d.draws_differ else 'seeds'} per arm"
    if d.calibrated:
        n += f", values from {d.calibrated}"
    return f"Read-outs ({n}; medians with {'their central 90 %' if d.replicates >= 10 else 'lowest and highest'}): " + (
        "; ".join(_reading(one) for one in d.measures) + "."
    )


def _reading(measure: MeasureLabel) -> str:
    effect = smallest_effect(measure)
    if effect is None:
        return f"{measure.name}, {measure.text}"
    size = f"{1 + effect.share:g}-fold" if effect.fold else f"{effect.share:.0%}"
    source = "rule of thumb" if effect.source is None else effect.source
    return f"{measure.name}, {measure.text} (smallest visible change {size}, {source})"
