"""The methods text of a run, from what ran."""

from __future__ import annotations

from vesicula.results.description import RunDescription, SiteLabel
from vesicula.results.wording import counted, duration, listed, number


def _site(site: SiteLabel) -> str:
    if site.dimensions == 0:
        return f"{site.name}, a well-mixed pool of {number(site.voxel_volume * 1e-12)} mL"
    across, up, deep = site.size
    if site.dimensions == 3:
        size, grid = f"{number(across)} × {number(up)} × {number(deep)} µm", f"{site.nx} × {site.ny} × {site.nz}"
    else:
        size = f"{number(across)} × {number(up)} µm with a depth of {number(site.height)} µm"
        grid = f"{site.nx} × {site.ny}"
    return f"{site.name} ({size}, {grid} voxels of {number(site.voxel)} µm)"


def methods(description: RunDescription, work: dict[str, int], *, finished: bool) -> list[str]:
    """Paragraphs for a paper's methods section. work : counters of effort over all sites"""
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
    arms = f"{counted(len(d.arms), 'arm')} ({listed(list(d.arms))})" if len(d.arms) > 1 else "one arm"
    out.append(
        f"We simulated {duration(d.plan.duration_min)} in {arms} with {d.replicates} {replicate} each (seed {d.seed};"
        f" a replicate is the same in every arm). The macro step was {duration(d.plan.macro_step_min)}; records were"
        f" made at {counted(len(d.plan.record_steps), 'time')}."
        + ("" if finished else " The run was not finished; the report shows what was recorded.")
    )
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
            " ledger (below) whose terms are counted independently."
        )
    if d.needs:
        out.append(
            "Silencing follows a titration of functional miRNA copies among targets and competing sites, with the"
            " recipient's own copies in place."
        )
    return out
