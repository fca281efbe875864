"""From a compiled model to the description that a run folder keeps."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import chain

import numpy as np

from vesicula import units
from vesicula.compiler.doubling import doubling_time
from vesicula.compiler.geometry import simulated_share
from vesicula.compiler.names import Compiled, Names, PopulationName, SubstanceName
from vesicula.engine.program import Event, Grid
from vesicula.engine.system import System
from vesicula.evidence.claims import claim, ledger_of
from vesicula.evidence.classes import SOURCE_KEYWORDS
from vesicula.language.assays import ASSAYS, USUAL
from vesicula.language.bases import binds, fate_of
from vesicula.language.body import Leaves
from vesicula.language.fill import references_of
from vesicula.language.measures import Measure
from vesicula.language.model import Cell, Model, Network, Site
from vesicula.language.names import signals_of
from vesicula.language.samples import sampled
from vesicula.language.sentences import NamedSignal, Sentence, SignalText
from vesicula.language.writing.models import value_text
from vesicula.results.bench_labels import arm_label, labware_label, preparation_label
from vesicula.results.description import (
    CohortLabel,
    EventLabel,
    Labels,
    LinkLabel,
    MeasureLabel,
    ParameterLabel,
    PlanLabel,
    PopulationLabel,
    ReferenceLabel,
    RuleLabel,
    RunDescription,
    SiteLabel,
    SlotLabel,
    SubstanceLabel,
    SwitchLabel,
    TypeLabel,
    VariantLabel,
)
from vesicula.results.fact_labels import FactsBehind
from vesicula.results.needs import needs
from vesicula.versions import version_of

USUAL_MOLAR_MASS = units.factor("kDa", "molar mass") * 20.0  # of a cytokine, where none is stated; assumed, 5 to 100
READ_WORDS = ("yes", "abstract", "table")
MOST_EVENTS = 100  # times between recording times of which records are made too
LASTING_EVENTS = (Event.HOLD_SUBSTANCE, Event.RELEASE_HOLD)  # change nothing before time passes


def _content(value: object, path: str) -> Iterator[tuple[str, bytes]]:
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _content(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, np.ndarray):
        yield path, f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
    else:
        yield path, repr(value).encode()


def program_hash(system: System) -> str:
    """One hash of all sites' structure and values and what passes between them: equal ones run to equal bits."""
    digest = hashlib.blake2b(digest_size=16)
    for path, content in _content(system.exchange, "between sites"):
        digest.update(path.encode() + b"\0" + content)
    for site, program in zip(system.site_names, system.sites, strict=True):
        for path, content in _content(program, site):
            digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of what computed a run."""
    out = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for package in ("vesicula", "numpy", "numba", "scipy", "zarr", "pyarrow"):
        out[package] = version_of(package)
    return out


def _event_steps(compiled: Compiled, record_steps: tuple[int, ...]) -> tuple[int, ...]:
    """Macro steps of which the moments before and after the experimenter's hand are recorded.

    More than MOST_EVENTS (a pump, not a hand) are recorded at recording times only, so that a run stays readable.
    """
    acting = {int(step) for step in compiled.system.exchange.transfers.step}
    for program in compiled.system.sites:
        at_once = np.isin(program.protocol.kind, LASTING_EVENTS, invert=True)
        acting |= {int(step) for step in program.protocol.step[at_once]}
    acting = {step for step in acting if step <= record_steps[-1]}
    return tuple(sorted(acting if len(acting) <= MOST_EVENTS else acting & set(record_steps)))


def describe(
    compiled: Compiled, *, record_steps: tuple[int, ...], references: tuple[ReferenceLabel, ...] = (),
    pictured: tuple[int, ...] | None = None,
) -> RunDescription:  # fmt: skip
    """Everything that reading the run needs, in plain words and numbers.

    record_steps : macro steps of the records, first 0, last the end of the run
    references : what is known about the sources that the model cites
    pictured : variants whose fields and cells are kept; None: the first replicate of every arm
    """
    model, names = compiled.model, compiled.names
    variants = tuple(
        VariantLabel(
            arm=v.arm,
            replicate=v.replicate,
            draw=v.draw,
            seed=compiled.seed,
            genotypes=dict(zip(_loci(model), v.genotypes, strict=True)),
        )
        for v in compiled.variants
    )
    if pictured is None:
        first = min(v.replicate for v in compiled.variants)
        pictured = tuple(i for i, v in enumerate(compiled.variants) if v.replicate == first)
    labels = _labels(names, model)
    parameters = _parameters(model, names, {r.key: r.read for r in references})
    rules = tuple(_rules(model))
    cited = {key for p in parameters for key in (*p.sources, *p.cites)} | {key for r in rules for key in r.sources}
    return RunDescription(
        model=model.name, question=model.question, about=model.about, species=model.species, claims=model.claims,
        text=compiled.text, text_hash=hashlib.blake2b(compiled.text.encode(), digest_size=16).hexdigest(),
        versions=versions(), seed=compiled.seed,
        plan=PlanLabel(
            macro_step_min=compiled.macro_step, record_steps=record_steps, pictured=pictured,
            event_steps=_event_steps(compiled, record_steps),
        ),
        variants=variants,
        sites=tuple(
            _site(site, compiled.system.site(site.name).grid, names.regions.get(site.name, ()), model)
            for site in model.sites
        ),
        labels=labels, measures=tuple(_measure(m, model, labels) for m in model.measures), parameters=parameters,
        references=tuple(r for r in references if r.key in cited), rules=rules,
        links=_links(model),
        switches=tuple(
            SwitchLabel(cell=s.cell, nodes=s.nodes, stable_states=s.stable_states, declared=s.declared)
            for s in compiled.switches
        ),
        needs=needs(compiled.system.sites[0], labels),
        labware=tuple(labware_label(one, model) for one in model.labware),
        preparations=tuple(preparation_label(one) for one in model.preparations),
        cohort=_cohort(model), protocol=tuple(step.text for step in model.protocol),
        arm_labels=tuple(arm_label(arm) for arm in model.arms),
        calibrated=compiled.ensemble.words if compiled.ensemble is not None and _many(compiled) else "",
    )  # fmt: skip


def _many(compiled: Compiled) -> bool:
    return any(variant.draw for variant in compiled.variants)


def _loci(model: Model) -> tuple[str, ...]:
    return () if model.cohort is None else tuple(one.name for one in model.cohort.genotypes)


def _cohort(model: Model) -> CohortLabel | None:
    if model.cohort is None:
        return None
    events = tuple(
        EventLabel(name=e.name, measure=e.measure, side=e.side, threshold=e.threshold, text=e.text)
        for e in model.cohort.events
    )
    return CohortLabel(patients=model.cohort.patients, loci=_loci(model), events=events)


def known_references(compiled: Compiled) -> tuple[ReferenceLabel, ...]:
    """What the library knows about the papers and claims that a model cites; unknown keys are left out."""
    names = {key for info in compiled.names.parameters for key in info.sources}
    names |= {key for p in compiled.names.parameters if p.value is not None for key in p.value.range_sources}
    names |= {key for rule in _rules(compiled.model) for key in rule.sources} | set(compiled.model.claims)
    papers, ledgers = references_of(compiled.model), ledger_of()
    out = []
    for key in sorted(names):
        if key in papers:
            paper = papers[key]
            out.append(ReferenceLabel(key=key, text=paper.text(), doi=paper.fields.get("doi", ""), read=paper.read))
        elif key in ledgers:
            statement = claim(key)
            study = f" ({statement.study})" if statement.study else ""
            out.append(ReferenceLabel(key=key, kind="claim", text=statement.text + study, read="yes"))
    return tuple(out)


def drawn(compiled: Compiled) -> dict[str, np.ndarray]:
    """Stated parameters, none that follows from others, whose value differs between variants.

    Returns path -> float64[n_variants], internal units
    """
    values = compiled.system.values
    return {
        info.path: values[:, column].copy()
        for column, info in enumerate(compiled.names.parameters)
        if info.drawn_as and np.ptp(values[:, column]) > 0
    }


def _labels(names: Names, model: Model) -> Labels:
    cells = {cell.name: cell for cell in model.cells}
    return Labels(
        substances=tuple(_substance(s, model) for s in names.substances),
        populations=tuple(_population(p, model) for p in names.populations),
        species=names.species,
        slots=tuple(SlotLabel(population=s.population, species=s.species, place=s.place) for s in names.slots),
        types=tuple(
            TypeLabel(
                name=t.name, states=t.states, nodes=t.nodes,
                phases=tuple(p.name for p in cells[t.name].cycle) if t.name in cells else (),
                doubling_min=doubling_time(cells[t.name]) if t.name in cells else None,
            )
            for t in names.types
        ),
        matrices=names.matrices, stores=names.stores, families=names.families, traits=names.traits,
        labels=names.labels,
        travellers=tuple(dict.fromkeys(one.cell for one in model.body if isinstance(one, Leaves))),
    )  # fmt: skip


def _substance(name: SubstanceName, model: Model) -> SubstanceLabel:
    mass = next((s.molar_mass for s in model.substances if s.name == name.name), None)
    return SubstanceLabel(
        name=name.name, unit=name.display_unit, factor=name.display_factor, hidden=name.made_by_compiler,
        molar_mass_da=None if mass is None else units.internal(mass, "molar mass"),
    )  # fmt: skip


def _population(name: PopulationName, model: Model) -> PopulationLabel:
    vesicle = next((v for v in model.vesicles if v.name == name.vesicle), None)
    label = PopulationLabel(name=name.name, vesicle=name.vesicle, donor=name.donor, diameter_nm=name.diameter_nm)
    if vesicle is None or vesicle.diameter is None:
        return label
    median = units.internal(vesicle.diameter, "length") * 1000
    spread = 1.0 if vesicle.size_spread is None else vesicle.size_spread.number
    return label.model_copy(update={"median_nm": median, "spread": spread, "size_class": name.size_class,
                                    "size_classes": vesicle.size_classes})  # fmt: skip


def _site(site: Site, grid: Grid, regions: tuple[str, ...], model: Model) -> SiteLabel:
    said = () if site.labware is not None else sampled(model, [site])
    return SiteLabel(
        name=site.name, nx=grid.nx, ny=grid.ny, nz=grid.nz, voxel=grid.voxel, height=grid.height,
        dimensions=grid.dimensions, regions=regions, area_um2=grid.area,
        share=simulated_share(site), labware=site.labware, sampled=tuple(one.words for one in said),
    )  # fmt: skip


def _measure(measure: Measure, model: Model, labels: Labels) -> MeasureLabel:
    """A measure with the factor from internal units to its own."""
    unit, factor, limit = measure.unit, 1.0, 0.0
    match measure.kind:
        case "concentration":
            shown = next((s for s in labels.substances if s.name == measure.what), None)
            if shown is not None and unit in ("", shown.unit):
                unit, factor = shown.unit, shown.factor
            else:
                mass = next((s.molar_mass for s in model.substances if s.name == measure.what), None)
                molar = None if mass is None else units.internal(mass, "molar mass")
                factor = 1 / units.factor(unit, "concentration", molar_mass=molar)
            limit = factor * _limit(measure.what, model)
        case "vesicles" | "carriers":
            unit = unit or "EV/mL"
            factor = 1 / units.factor(unit, "particles per volume")
        case "matrix left" | "matrix lost":
            unit = unit or "um^3"
            factor = 100.0 if "%" in unit else 1 / units.factor(unit, "volume")
        case "count":
            unit = unit or "cells"
        case "copies" | "delivered copies":
            unit = unit or "copies/cell"
        case "copies per particle":
            unit = "copies/EV"
        case "delivered":
            unit = unit or "particles"
        case "event share":
            unit = "of patients"
        case "event time":
            unit, factor = "days", 1 / 1440
        case _:
            pass
    at = None if measure.at is None else units.internal(measure.at, "time")
    assay = ASSAYS[measure.assay or ""] if measure.kind == "assay" else None
    if assay is not None:
        series = next((arm.dose.unit for arm in model.arms if arm.dose is not None), "") if assay.series else ""
        unit = unit or assay.unit or series
    if assay is not None and assay.compares:
        unit = assay.unit
    elif measure.relative_to is not None:
        unit = f"% of {measure.relative_to}"
    return MeasureLabel(
        name=measure.name, text=measure.text, kind=measure.kind, what=measure.what, vesicle=measure.vesicle,
        cell=measure.cell, state=measure.state, place=measure.place, unit=unit, factor=factor, at_min=at,
        assay=measure.assay, to=measure.to, relative_to=measure.relative_to, limit=limit,
        above=None if measure.above is None else units.internal(measure.above, "copies"),
    )  # fmt: skip


def _limit(substance: str, model: Model) -> float:
    """Limit of detection of the usual immunoassay, molecules/µm³; see `results.assays.molecules.elisa`."""
    mass = next((s.molar_mass for s in model.substances if s.name == substance), None)
    molar = USUAL_MOLAR_MASS if mass is None else units.internal(mass, "molar mass")
    stated = units.parse_quantity(ASSAYS[USUAL["concentration"]].limit or "0 pg/mL")
    return units.internal(stated, "concentration", molar_mass=molar)


def _parameters(model: Model, names: Names, read: dict[str, str]) -> tuple[ParameterLabel, ...]:
    """Stated values, each path once, with the class of evidence the reader of the text gave them."""
    out = {}
    behind = FactsBehind(model)
    for info in names.parameters:
        value = info.value
        if value is None:
            continue
        sources = tuple(dict.fromkeys((*value.sources, *value.range_sources)))
        cited = [key for key in sources if key not in SOURCE_KEYWORDS]
        evidence = "assumed" if value.evidence is None else value.evidence.value
        out[info.path] = ParameterLabel(
            path=info.path, number=value.number, unit=value.unit, low=value.low, high=value.high, evidence=evidence,
            sources=sources, read=all(read.get(key, "no") in READ_WORDS for key in cited), note=value.note,
            cites=tuple(key for key in info.sources if key not in sources), facts=behind.of(info.path, value),
        )  # fmt: skip
    return tuple(out.values())


def _rules(model: Model) -> Iterator[RuleLabel]:
    def labelled(owner: str, sentences: tuple[Sentence, ...]) -> Iterator[RuleLabel]:
        for sentence in sentences:
            yield RuleLabel(owner=owner, text=sentence.text, sources=sentence.sources)

    yield from labelled("molecules", model.reactions)
    for matrix in model.matrix:
        yield from labelled(matrix.name, matrix.degraded)
    for network in model.networks:
        yield from labelled(network.name, network.inside)
    for cell in model.cells:
        for sentences in (cell.inside, cell.rules, cell.becomes):
            yield from labelled(cell.name, sentences)
        for vesicle, fate in ((one, fate_of(cell, one.name)) for one in model.vesicles if binds(cell, one)):
            if fate.ligand is not None and fate.binding is not None:
                text = f"binds {vesicle.name} by {fate.ligand}, {value_text(fate.binding)} per copy"
                yield RuleLabel(owner=cell.name, text=text, sources=fate.binding.sources)


def _signals(cell: Cell, networks: dict[str, Network]) -> Iterator[SignalText]:
    """Everything that the rules and edges of a cell read."""
    attached = (networks[name].inside for name in cell.networks if name in networks)
    yield from (signal for signal, _ in signals_of(chain(cell.inside, *attached), cell.rules))


def _links(model: Model) -> tuple[LinkLabel, ...]:
    """Substances from the cell types that secrete them to those that read them."""
    networks = {n.name: n for n in model.networks}
    substances = {s.name for s in model.substances}
    read = {
        cell.name: {
            s.name
            for s in _signals(cell, networks)
            if isinstance(s, NamedSignal) and s.name in substances and s.place in (None, "outside")
        }
        for cell in model.cells
    }
    return tuple(
        LinkLabel(donor=donor.name, recipient=recipient, substance=name)
        for donor in model.cells
        for name in donor.secretes
        for recipient, names in read.items()
        if name in names
    )
