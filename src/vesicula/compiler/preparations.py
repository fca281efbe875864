"""What a preparation brings besides its vesicles, and how much of everything a dose of it holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vesicula import units
from vesicula.compiler.context import Context
from vesicula.compiler.geometry import stated_share
from vesicula.engine.program import NONE
from vesicula.evidence.classes import EvidenceClass
from vesicula.language.library import parameter_library
from vesicula.language.model import (
    ALL_VESICLES,
    Carried,
    Cell,
    CoIsolated,
    Model,
    Preparation,
    Site,
    Vesicle,
    VesicleFate,
)
from vesicula.language.steps import AddPreparation, Replace
from vesicula.language.values import Value
from vesicula.units import measures

ON_AGO, FREE, OTHER = "AGO2", "free RNA", "NVEP"
VEHICLE, NON_EV = "vehicle", "non-EV fraction"
ONE_COPY = Value(number=1.0, unit="copies/EV", note="one molecule is one particle")
NO_MEMBRANE = {
    "fusion": Value(number=0.0, unit="%", note="without a membrane nothing fuses"),
    "binding": Value(number=0.0, unit="pL/h", note="receptors of vesicles bind vesicles"),
}
"""What holds of vesicles alone, where a cell states it for `EV`."""


def particle_of(part: CoIsolated) -> str:
    """Name of the class of particles that carries a co-isolated RNA: `AGO2-miR-105-5p`, `free-miR-105-5p`."""
    return f"{ON_AGO if part.form == 'on AGO' else 'free'}-{part.name}"


def with_particles(model: Model) -> Model:
    """The model with a class of non-vesicular particles for each co-isolated RNA, and one for particles without cargo.

    What cells do with them and how long they last is the parameter library's (entities `AGO2`, `free RNA`, `NVEP`);
    they do not fuse and bind no receptors of vesicles.
    """
    new: dict[str, tuple[str, str | None]] = {}
    for preparation in model.preparations:
        for part in preparation.co_isolated:
            if part.form != "protein":
                new[particle_of(part)] = (ON_AGO if part.form == "on AGO" else FREE, part.name)
        if preparation.ev_share is not None:
            new[OTHER] = (OTHER, None)
    if not new:
        return model
    types = {carried.name: carried for vesicle in model.vesicles for carried in vesicle.carries}
    vesicles = [_particle(name, entity, cargo, types) for name, (entity, cargo) in new.items()]
    fates = {name: _fate(entity) for name, (entity, _) in new.items()}
    cells = [_with_fates(cell, fates) for cell in model.cells]
    return model.model_copy(update={"vesicles": (*model.vesicles, *vesicles), "cells": tuple(cells)})


def _particle(name: str, entity: str, cargo: str | None, types: dict[str, Carried]) -> Vesicle:
    carries: tuple[Carried, ...] = ()
    if cargo is not None:
        known = types.get(cargo)
        kind, half_life = ("miRNA", None) if known is None else (known.type, known.half_life)
        carries = (Carried(name=cargo, copies=ONE_COPY, half_life=half_life, type=kind),)
    return Vesicle(
        name=name, kind=OTHER, made="at the membrane", carries=carries,
        diameter=_stated("diameter", entity), half_life=_stated("half-life", entity),
    )  # fmt: skip


def _fate(entity: str) -> VesicleFate:
    return VesicleFate(
        clears=_stated("clears", entity), escape=_stated("escape", entity), lysosome=_stated("lysosome", entity)
    )  # fmt: skip


def _with_fates(cell: Cell, fates: dict[str, VesicleFate]) -> Cell:
    of_vesicles = cell.vesicle_fate.get(ALL_VESICLES, VesicleFate())
    not_theirs = {name: zero for name, zero in NO_MEMBRANE.items() if getattr(of_vesicles, name) is not None}
    own = {name: fate.model_copy(update=not_theirs) for name, fate in fates.items()}
    return cell.model_copy(update={"vesicle_fate": {**own, **cell.vesicle_fate}})


def _stated(quantity: str, entity: str) -> Value:
    library, _ = parameter_library()
    entry = library.find(quantity, [entity]).entry
    assert entry is not None, f"the parameter library lost {quantity} of {entity}"
    evidence = entry.evidence or EvidenceClass.ASSUMED
    return entry.value.value.model_copy(
        update={"evidence": evidence, "note": entry.note, "parameter": entry.key.text()}
    )


@dataclass(frozen=True)
class Dose:
    """Columns of what one arm is given by a step, of the simulated share: particles by class, molecules by substance.

    Both hold the classes and substances of every preparation the step may stand for.
    """

    particles: dict[str, int]
    molecules: dict[str, int]


def given(ctx: Context, site: Site, arm: str, path: str, step: AddPreparation) -> Dose:
    """What `step` gives to a site in one arm, after replacements, other doses, depletion, storage and the share that is
    simulated.
    """
    by, without_vesicles = _replaced(ctx, arm, step.preparation)
    if by is None:
        return Dose({}, {})
    return _contents(ctx, site, by, path, step, without_vesicles)


def _replaced(ctx: Context, arm: str, name: str) -> tuple[Preparation | None, bool]:
    """The preparation an arm really gives (None: vehicle), and whether without its vesicles.

    All replacements of an arm hold at once: what stands for another is not replaced again.
    """
    known = {p.name: p for p in ctx.model.preparations}
    steps = (*ctx.model.protocol, *(s for a in ctx.model.arms if a.name == arm for s in a.steps))
    by = next((one.by for one in steps if isinstance(one, Replace) and one.preparation == name), name)
    if by == VEHICLE:
        return None, False
    return (known[name], True) if by == NON_EV else (known[by], False)


def cells_of(ctx: Context, site: Site) -> float:
    """Cells that stand in the whole labware of a site at the start."""
    starts = (s for s in ctx.model.start if getattr(s, "region", None) in (site.name, *(r.name for r in site.regions)))
    return sum(getattr(s, "count", 0) for s in starts) / stated_share(site)


def _contents(
    ctx: Context, site: Site, preparation: Preparation, path: str, step: AddPreparation, without_vesicles: bool
) -> Dose:
    p, name = ctx.parameters, preparation.name
    here = f"preparations.{name}"
    per = 1.0 if step.per is None else cells_of(ctx, site) / units.internal(step.per, "cells")
    scale = p.constant(f"{path}, simulated share in {site.name}", stated_share(site) * per)
    factor = ctx.effects.factor("dose", name, "")
    ratio = NONE
    if preparation.particles_per_ug is not None:
        ratio = p.source(f"{here}.particles per ug", preparation.particles_per_ug, "particles per mass")
    if measures(step.amount.unit, "mass"):
        mass = p.times(f"{path} in {site.name}, mass", p.source(f"{path}.amount", step.amount, "mass"), scale, factor)
        counted = p.times(f"{path} in {site.name}, particles of {name}", mass, ratio)
    else:
        stated = p.source(f"{path}.amount", step.amount, "particles")
        counted = p.times(f"{path} in {site.name}, particles of {name}", stated, scale, factor)
        mass = NONE if ratio == NONE else p.derive(f"{path} in {site.name}, mass of {name}", np.divide, counted, ratio)
    kept = _kept(ctx, preparation)
    left = p.times(f"{path} in {site.name}, {name} after storage", counted, kept)
    vesicles, particles = left, dict[str, int]()
    if preparation.ev_share is not None:
        share = p.source(f"{here}.EV share", preparation.ev_share, "share")
        vesicles = p.times(f"{path} in {site.name}, vesicles of {name}", left, share)
        rest = p.derive(f"{here}.non-vesicular share", lambda x: 1.0 - x, share)
        particles[OTHER] = p.times(f"{path} in {site.name}, other particles of {name}", left, rest)
    if not without_vesicles:
        particles[preparation.of] = p.times(
            f"{path} in {site.name}, vesicles of {name} given", vesicles, ctx.effects.factor("dose", preparation.of, "")
        )
    molecules: dict[str, int] = {}
    for number, part in enumerate(preparation.co_isolated):
        _add_part(ctx, f"{here}.co-isolated.{number}", path, part, (vesicles, mass), particles, molecules)
    return Dose(particles, molecules)


def _add_part(
    ctx: Context, here: str, path: str, part: CoIsolated, base: tuple[int, int],
    particles: dict[str, int], molecules: dict[str, int],
) -> None:  # fmt: skip
    """Molecules of a co-isolated protein, or particles of a co-isolated RNA, in a dose of so many vesicles and mass."""
    p, (vesicles, mass) = ctx.parameters, base
    if part.form == "protein":
        molar = ctx.molar_mass(part.name)
        if mass == NONE or molar is None:
            lacking = "`particles per ug`" if mass == NONE else f"the molar mass of {part.name}"
            raise ctx.error(
                "mass-without-ratio", f"{part.name} comes with the protein of the preparation, which needs {lacking}",
                "state it", part.where,
            )  # fmt: skip
        share = p.source(f"{here}.amount", part.amount, "number")
        brought = p.derive(f"{path}: {part.name} with {here}", lambda m, x: m * x / molar, mass, share)
        factor = ctx.effects.factor("dose", part.name, "")
        molecules[part.name] = p.times(f"{path}: {part.name} with {here}, as dosed", brought, factor)
        return
    copies = p.source(f"{here}.amount", part.amount, "copies per particle")
    particles[particle_of(part)] = p.times(f"{path}: {particle_of(part)} with {here}", vesicles, copies)


def _kept(ctx: Context, preparation: Preparation) -> int:
    """Column of the share of particles that storage leaves: exp(−loss · time), and (1 − loss) per freeze-thaw."""
    p, columns = ctx.parameters, list[int]()
    for number, stay in enumerate(preparation.stored):
        here = f"preparations.{preparation.name}.stored.{number}"
        loss = ctx.need(stay.loss, f"the loss of {preparation.name} while stored", stay.where)
        if stay.duration is not None:
            minutes = units.internal(stay.duration, "time")
            rate = p.source(f"{here}.loss", loss, "rate")
            columns.append(p.derive(f"{here}.kept", lambda k, t=minutes: np.exp(-k * t), rate))
        else:
            cycles = float(stay.cycles or 0)
            share = p.source(f"{here}.loss", loss, "share")
            columns.append(p.derive(f"{here}.kept", lambda x, n=cycles: (1.0 - x) ** n, share))
    return p.times(f"preparations.{preparation.name}.kept", *columns) if columns else NONE
