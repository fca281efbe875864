"""Required loading: what the vesicles of a model bring into a cell, against what each read-out needs.

F(t) is the law of `chain`; F* is the amount that moves the measured read-out by the smallest change its assay shows
(`readouts`). The gap is log10(F*/F); a gap says what the model's values imply, never that a study is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler import Compiled, compile_model
from vesicula.compiler.drawing import drawn_as
from vesicula.engine.program import NONE, Event, Program
from vesicula.errors import Diagnostic, ModelError, VesiculaError
from vesicula.experiments.loading.answers import cheapest_experiment, spread, unknowns
from vesicula.experiments.loading.chain import Dose, Enzyme, Exposure, Passage, follow, product
from vesicula.experiments.loading.closing import NO_AMOUNT, Case, closings
from vesicula.experiments.loading.draws import DRAWS, drawn
from vesicula.experiments.loading.exposures import (
    Table,
    cells_at_start,
    copies_carried,
    exposure,
    handling,
    populations_given,
    tabulate,
    times,
)
from vesicula.experiments.loading.readouts import Readout, course_of, readouts, shown_unit
from vesicula.experiments.loading.recipient import from_library
from vesicula.experiments.loading.shares import variance_shares
from vesicula.language.checking.examine import Examined
from vesicula.language.checking.holds import copies_that_fit
from vesicula.language.model import Model
from vesicula.language.sentences import Rule
from vesicula.language.steps import AddPreparation, AddVesicles
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS
from vesicula.results.loading import (
    Experiment,
    Loading,
    Plane,
    Stage,
    Unknown,
    Verdict,
    ask_loading,
    asked_loading,
    write_loading,
)

F64 = NDArray[np.float64]
Number = F64 | float
LARGEST = NO_AMOUNT  # decades; an effect that no amount shows by then counts as this far away
MOST_COPIES = 1e12  # in a cell: a hundred times all its proteins; what would need more shows at no amount
SHOWN = 5
NOT_VESICLES = "NVEP"
PER_CELL = np.logspace(-1, 7, 41)  # particles per recipient cell
PER_EV = np.logspace(-5, 5, 41)  # copies
WORDS = (
    (r"\.carries\.", "copies per EV"),
    (r"fate of .*\.clears$", "clearance"),
    (r"fate of .*\.fusion$", "share that fuses"),
    (r"fate of .*\.escape$", "share that escapes"),
    (r"fate of .*\.lysosome$", "rate of degradation in endosomes"),
    (r"fate of .*\.saturation$", "saturation"),
    (r"fate of .*\.loading$", "share loaded into AGO"),
    (r"fate of .*\.binding$", "clearance by receptors"),
    (r"fate of .*\.receptors$", "receptors"),
    (r"fate of .*\.internalised$", "rate of internalisation"),
    (r"fate of .*\.detached$", "rate of detachment"),
    (r"^cargo\..*half-life$", "half-life of the cargo"),
    (r"^vesicles\..*\.half-life$", "half-life of free EVs"),
    (r"own copies", "own copies"),
    (r"\.competitors$", "target sites that compete"),
    (r"\.half-saturation$", "copies at half silencing"),
    (r"\.mRNA half-life$", "half-life of the target's mRNA"),
    (r"\.strength$", "strength of silencing"),
    (r"\.mRNA$", "mRNA of the target"),
    (r"protein half-life$", "half-life of the target protein"),
    (r"particles per ug$", "particles per ug"),
    (r"EV share$", "share of particles that are EVs"),
    (r"^cells\..*\.half-max$", "copies that act"),
    (r"\.kcat$", "turnover of the enzyme"),
    (r"\.Km$", "half-saturation of the enzyme"),
    (r"releases", "release by donors"),
)
"""Path of a value -> what `library/measurements.yaml` calls it."""


def required_loading(
    model: str | Path | Model | Compiled, *, draws: int = DRAWS, changes: Mapping[str, str] | None = None,
    prior: bool = False, ensemble: str | None = None,
) -> tuple[Loading, ...]:  # fmt: skip
    """What every cargo brings into every kind of cell that reads it, against what each read-out needs.

    model : file, library name, `Model`, or what `vesicula.load` gave      draws : of all values, at least 20
    prior : draws of all ranges, also where the model has calibrated ones
    ensemble : model of the library, or file, whose calibrated draws to take; what was loaded keeps its own
    Returns   one Loading per cargo, recipient and read-out, largest gap last; empty where no cell reads a cargo
    Raises    ModelError
    Example   >>> required_loading("mir105-barrier")[0].dosed.gap.median  # doctest: +SKIP
    """
    if isinstance(model, Compiled):
        compiled = model
    else:
        from vesicula.simulation import draws_for, load

        compiled = load(model, changes=changes, prior=True)
        if not prior:
            compiled = replace(compiled, ensemble=draws_for(compiled.model, ensemble))
    arm = arm_as_dosed(compiled)
    drawn_often, as_stated = tabulate(compiled, arm, draws=max(20, draws)), tabulate(compiled, arm, draws=1)
    if len(as_stated.compiled.system.later_values):
        message = "values change on the way, and required loading is worked out for values that stay"
        remedy = "give the model an arm that changes nothing on the way"
        raise ModelError([Diagnostic("model", 0, 1, 1, "error", "start-only", message, remedy)])
    found = [
        _answer(arm, _Answerer(drawn_often, question), _Answerer(as_stated, same))
        for question, same in zip(_questions(drawn_often), _questions(as_stated), strict=True)
    ]
    return tuple(sorted(found, key=_smallest_first))


def _smallest_first(one: Loading) -> float:
    shown = one.dosed or one.natural
    return LARGEST if shown is None else shown.gap.median


def keep_loading(
    folder: Path, model: str | Path | Model | Examined, *, changes: Mapping[str, str], seed: int, prior: bool = False,
    ensemble: str | None = None,
) -> str:  # fmt: skip
    """Put the required loading of a model that gives vesicles into its run folder, where the report finds it.

    prior, ensemble : as the run took its draws, see `simulation.load`

    Returns   why there is none although the model gives vesicles, in words; the run's answer stands without it. Else ""
    """
    from vesicula.language import prepare
    from vesicula.simulation import draws_for

    try:
        ready = prepare(model, changes=changes)
        steps = (*ready.protocol, *(step for arm in ready.arms for step in arm.steps))
        if any(isinstance(step, AddPreparation | AddVesicles) for step in steps):
            table_folder = None if ready.folder is None else Path(ready.folder)
            rows = None if prior else draws_for(ready, ensemble)
            compiled = compile_model(ready, seed=seed, folder=table_folder, ensemble=rows)
            write_loading(folder, required_loading(compiled))
    except Exception as error:
        problem = error.message if isinstance(error, VesiculaError) else f"{type(error).__name__}: {error}"
        with suppress(OSError):
            write_loading(folder, (), problem=problem)
        return problem
    return ""


def keep_loading_later(
    folder: Path, model: str | Path, *, changes: Mapping[str, str], seed: int, prior: bool = False,
    ensemble: str | None = None,
) -> None:  # fmt: skip
    """Note what `keep_loading` was to be asked: whoever stopped a run does not wait for what a full run adds."""
    from vesicula.language import locate

    with suppress(OSError, VesiculaError):
        text, _ = locate(model)
        place = str(Path(model).resolve()) if Path(model).is_file() else str(model)
        asked = {"model": place, "changes": dict(changes), "seed": seed, "prior": prior, "ensemble": ensemble}
        ask_loading(folder, {**asked, "text": text})


def keep_asked_loading(folder: Path) -> str:
    """Work out what `keep_loading_later` noted, if anything. Returns what `keep_loading` does."""
    from vesicula.language import locate

    asked = asked_loading(folder)
    if not asked:
        return ""
    try:
        same = locate(asked["model"])[0] == asked["text"]
    except VesiculaError:
        same = False
    if same:
        drawn_from = {"prior": asked.get("prior", False), "ensemble": asked.get("ensemble")}
        return keep_loading(folder, asked["model"], changes=asked["changes"], seed=asked["seed"], **drawn_from)
    problem = "the model file has been changed or moved since the run began"
    write_loading(folder, (), problem=problem)
    return problem


def arm_as_dosed(compiled: Compiled) -> str:
    """The arm that gives what the protocol says and nothing else; else the first one that gives vesicles."""
    arms = compiled.model.arms
    plain = [arm for arm in arms if arm.control is None]
    giving = [arm for arm in plain if _gives(compiled, arm.name)]
    untouched = [arm for arm in giving if not arm.steps]
    steady = [arm for arm in giving if all(s.at is None for s in arm.steps if s.when == "lasting")]
    return next((arm.name for arm in (*untouched, *steady, *giving, *plain, *arms)), "")


def _gives(compiled: Compiled, arm: str) -> bool:
    row = next(i for i, v in enumerate(compiled.variants) if v.arm == arm)
    return any(_doses(program, row) for program in compiled.system.sites)


def _doses(program: Program, row: int) -> bool:
    return any(
        program.protocol.kind[k] == int(Event.DOSE_VESICLES) and program.values[row, program.protocol.p_amount[k]] > 0
        for k in range(len(program.protocol.kind))
    )


@dataclass(frozen=True)
class _Question:
    """One cargo of one vesicle class (its populations and slots), one cell type in one site, one read-out."""

    site: str
    recipient: int
    vesicle: str
    populations: tuple[int, ...]
    slots: tuple[int, ...]
    species: int
    readout: Readout


def _questions(table: Table) -> Iterator[_Question]:
    names = table.compiled.names
    for site, program in zip(table.compiled.system.site_names, table.compiled.system.sites, strict=True):
        given, counts = populations_given(program), cells_at_start(program)
        for recipient in np.flatnonzero(counts):
            classes: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
            for k, slot in enumerate(names.slots):
                population = names.populations[slot.population]
                donors = population.donor is not None and any(counts[d] for d in _donors(program, slot.population))
                if slot.population in given or donors:
                    of = classes.setdefault((population.vesicle, slot.species), ([], []))
                    of[0].append(slot.population)
                    of[1].append(k)
            for (vesicle, species), (populations, slots) in classes.items():
                for one in readouts(table, program, int(recipient), species, vesicle):
                    yield _Question(site, int(recipient), vesicle, tuple(populations), tuple(slots), species, one)


def _donors(program: Program, population: int) -> list[int]:
    column = int(program.behaviours.release[population])
    if column == NONE:
        return []
    return [int(t) for t in np.flatnonzero(program.behaviours.p_base[:, 0, column] != NONE)]


class _Answerer:
    """The parts of one answer: how the particles go, how much acts, how much is needed."""

    def __init__(self, table: Table, question: _Question) -> None:
        self.table, self.q = table, question
        self.program = table.compiled.system.site(question.site)
        self.names = table.compiled.names
        minutes = question.readout.minutes
        self.exposures = [exposure(table, question.site, question.recipient, p, minutes) for p in question.populations]
        self.handlings = [handling(table, question.site, question.recipient, p) for p in question.populations]
        cargo = self.program.cargo
        self.degradation = table.at(int(cargo.p_degradation[question.species]), 0.0)
        self.share: Number = 1.0
        if question.readout.how == "lumen":  # of one vesicle class, so of all its slots
            self.share = table.at(int(cargo.p_loading[question.recipient, question.slots[0]]), 1.0)
        self.copies = [copies_carried(table, self.program, slot) for slot in question.slots]
        self.enzyme = self._enzyme()
        self.vesicle = next(v for v in table.compiled.model.vesicles if v.name == question.vesicle)
        self.vesicular = self.vesicle.kind != NOT_VESICLES

    def _enzyme(self) -> Enzyme | None:
        if self.q.readout.makes is None:
            return None
        number, reaction = self.q.readout.makes
        kcat, km = (self.table.named(f"reactions.{number}.{what}") for what in ("kcat", "Km"))
        substances = self.program.substances
        at = [s.name for s in self.names.substances]
        substrate = self.table.at(int(substances.p_initial[at.index(reaction.substrate)]), 0.0)
        decay = self.table.at(int(substances.p_decay[at.index(reaction.product)]), 0.0)
        assert kcat is not None
        assert km is not None
        return Enzyme(kcat, km, substrate + self._dosed_substrate(at.index(reaction.substrate)), decay)

    def _dosed_substrate(self, substance: int) -> Number:
        """Substrate that the protocol adds, as if all of it were there from the start."""
        rows, total = self.program.protocol, cast("Number", 0.0)
        for k in np.flatnonzero((rows.kind == int(Event.DOSE_SUBSTANCE)) & (rows.what == substance)):
            total = total + self.table.at(int(rows.p_amount[k]), 0.0)
        return total / (self.program.grid.n_voxels * self.program.grid.voxel_volume)

    def level(self, passage: Passage, copies: Number, volume: Number) -> F64:
        """What acts of the cargo of one population."""
        match self.q.readout.how:
            case "lumen":
                return np.asarray(copies) * self.share * passage.acting
            case "membrane":
                return np.asarray(copies) * passage.inserted
            case "surface":
                return np.asarray(copies) * passage.on_surface
            case _:
                assert self.enzyme is not None
                return product(passage, copies, volume, self.enzyme)

    def arrive(self, exposures: Sequence[Exposure]) -> list[Passage]:
        """Passages of all populations."""
        return [follow(e, h, self.degradation) for e, h in zip(exposures, self.handlings, strict=True)]

    def levels(self, passages: Sequence[Passage], *, copies: float | None = None) -> F64:
        """What acts of all populations; copies : per EV, instead of the model's."""
        each = [c if copies is None else copies for c in self.copies]
        volume = self.exposures[0].volume
        parts = [self.level(passage, c, volume) for passage, c in zip(passages, each, strict=True)]
        return np.sum(np.broadcast_arrays(*parts), axis=0)

    def need(self, passages: Sequence[Passage]) -> F64:
        """What the read-out needs, for cargo that came as it did in the first population."""
        return self.q.readout.needed(course_of(self.q.readout, passages[0]))


@dataclass(frozen=True)
class _Side:
    """How the particles went, what acts, and what the read-out needs; level, need : float64[n_draws]."""

    passages: Sequence[Passage]
    level: F64
    need: F64


def _side(one: _Answerer, exposures: Sequence[Exposure]) -> _Side:
    passages, n = one.arrive(exposures), len(one.table.values)
    need = np.broadcast_to(one.need(passages), n)
    if one.q.readout.how != "medium":
        need = np.where(need > MOST_COPIES, np.inf, need)
    return _Side(passages, np.broadcast_to(one.levels(passages), n), need)


def _gap(need: F64, level: F64) -> F64:
    """log10(F*/F), within ±30."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log10(need) - np.log10(level)
    return np.clip(np.nan_to_num(gap, nan=LARGEST), -LARGEST, LARGEST)


def _answer(arm: str, one: _Answerer, as_stated: _Answerer) -> Loading:
    table, question, names = one.table, one.q, one.names
    readout, n = question.readout, len(table.values)
    given = any(isinstance(event, Dose) for e in one.exposures for event in e.events)
    natural, release, notes = _natural(one)
    dosed_side = _side(one, one.exposures) if given else None
    natural_side = _side(one, natural) if one.vesicular else None
    shown = dosed_side or natural_side
    assert shown is not None
    main = _gap(shown.need, shown.level)
    found, experiment = _decides(table, question, np.broadcast_to(main, n))
    plane = _plane(one, as_stated, natural_side, given=given)
    cell, unit = table.compiled.model.cells[question.recipient], shown_unit(readout.how)
    possible = main[np.isfinite(shown.need)]
    case = Case(
        model=table.compiled.model, vesicle=question.vesicle, cargo=names.species[question.species],
        recipient=cell.name, site=question.site, gap=float(np.median(possible)) if len(possible) else LARGEST,
        plane=plane, how=readout.how, given=given, vesicular=one.vesicular,
    )  # fmt: skip
    return Loading(
        cargo=case.cargo, vesicle=question.vesicle, recipient=cell.name, site=question.site, arm=arm,
        place=readout.how, readout=readout.text, hours=readout.minutes / 60.0,
        stages=_stages(shown, unit, readout),
        dosed=None if dosed_side is None else _verdict("as dosed", dosed_side),
        natural=None if natural_side is None else _verdict(release, natural_side),
        unknowns=found, experiment=experiment,
        closing=closings(case), plane=plane, notes=(*(notes if one.vesicular else ()), *_notes(table, question)),
        draws=n,
    )  # fmt: skip


def _decides(table: Table, question: _Question, gap: F64) -> tuple[tuple[Unknown, ...], Experiment | None]:
    """The values that decide, and the cheapest experiment that would narrow them."""
    values, said = table.unknowns()
    usual = gap[np.abs(gap) < LARGEST]
    shares = variance_shares(values, np.clip(gap, usual.min(), usual.max())) if len(usual) else ()
    quantity = {path: next((w for pattern, w in WORDS if re.search(pattern, path)), path) for path in said}
    kind = table.compiled.names.species_kind[question.species]
    return unknowns(shares[:SHOWN], said), cheapest_experiment(shares, said, kind, quantity)


def _verdict(name: str, side: _Side) -> Verdict:
    """Gap over the draws in which some amount would show; `never` counts the others."""
    gap, some = _gap(side.need, side.level), np.isfinite(side.need)
    return Verdict(
        name=name, gap=spread(gap[some] if some.any() else gap), enough=float(np.mean(gap <= 0)),
        never=float(np.mean(~some)),
    )  # fmt: skip


def _natural(one: _Answerer) -> tuple[list[Exposure], str, list[str]]:
    """Exposure to donors at their own rate for the same time: those of the model, else one per recipient."""
    if any(np.any(np.asarray(e.source) > 0) for e in one.exposures):
        return [replace(e, events=()) for e in one.exposures], "natural, with the donors of the model", []
    table = one.table
    value = from_library("releases", "EV")
    notes = [f"Natural exposure takes the library's default release ({value.number:g} {value.unit} per donor)."]
    rate = drawn(value, "release", table.scores(drawn_as("releases", value)))
    parts = max(1, one.vesicle.size_classes)
    exposures = [replace(e, events=(), source=rate * e.cells / parts, residence=0.0) for e in one.exposures]
    return exposures, "natural, one donor per recipient", notes


def _stages(side: _Side, unit: tuple[str, float], readout: Readout) -> tuple[Stage, ...]:
    passages, level, need = side.passages, side.level, side.need

    def total(name: str) -> F64:
        return np.sum(np.broadcast_arrays(*(getattr(p, name) for p in passages)), axis=0)

    words = {
        "lumen": "functional copies in the cytosol at the read-out",
        "membrane": "copies in the membrane at the read-out",
        "surface": "copies held at the surface at the read-out",
        "medium": "product in the medium at its highest",
    }
    rows = [
        ("offered", "particles in the medium", total("offered")),
        ("bound", "held by receptors, for however long", total("bound")),
        ("taken up", "endocytosed or fused", total("taken_up")),
        ("escaped", "opened into the cytosol: out of endosomes, or by fusion", total("escaped")),
    ]
    rows = [row for row in rows if row[0] != "bound" or np.any(row[2] > 0)]
    stages = [Stage(name=n, meaning=m, unit="EV", value=spread(np.atleast_1d(v))) for n, m, v in rows]
    name, scale = unit
    some = need[np.isfinite(need)] * scale if np.isfinite(need).any() else np.full(1, 1e300)
    stages.append(Stage(name="loaded", meaning=words[readout.how], unit=name, value=spread(level * scale)))
    stages.append(Stage(name="needed", meaning=f"for {readout.text}", unit=name, value=spread(some)))
    return tuple(stages)


def _plane(one: _Answerer, as_stated: _Answerer, natural: _Side | None, *, given: bool) -> Plane:
    """Gap at the stated values over particles per cell and copies per particle."""
    n = len(one.q.populations)
    offered = float(sum(passage.offered.flat[0] for passage in as_stated.arrive(as_stated.exposures)))
    exposures: list[Exposure] = []
    for e in as_stated.exposures:
        events = times(e.events, PER_CELL / offered) if given else (Dose(0.0, PER_CELL * e.cells / n),)
        exposures.append(replace(e, events=events, source=0.0))
    passages = as_stated.arrive(exposures)
    need = as_stated.need(passages)
    rows: list[tuple[float | None, ...]] = []
    for copies in PER_EV:
        gap = np.broadcast_to(_gap(need, as_stated.levels(passages, copies=float(copies))), PER_CELL.shape)
        rows.append(tuple(float(g) if abs(g) < LARGEST else None for g in gap))
    kind = one.names.species_kind[one.q.species]
    return Plane(
        particles=tuple(PER_CELL.tolist()), copies=tuple(PER_EV.tolist()), gap=tuple(rows),
        dose=offered if given else None,
        natural=None if natural is None else float(sum(np.median(passage.offered) for passage in natural.passages)),
        measured=tuple(float(c) for c in np.percentile(one.copies[0], (5, 25, 50, 75, 95))),
        ceiling=copies_that_fit(_diameter(one.vesicle.diameter), kind, one.q.readout.how) if one.vesicular else 1.0,
    )  # fmt: skip


def _diameter(value: Value | None) -> float:
    """Median diameter, nm."""
    return 105.0 if value is None else units.internal(value, "length") * 1000.0


def _notes(table: Table, question: _Question) -> Iterator[str]:
    program, cell = table.compiled.system.site(question.site), table.compiled.model.cells[question.recipient]
    if program.grid.n_voxels > 1:
        yield f"{question.site} is taken as well mixed; gradients around cells are left out."
    if any(one.kind == "transwell" and question.site.startswith(one.name) for one in table.compiled.model.labware):
        yield "What leaks through the filter is left out."
    ligands = {int(program.vesicles.ligand[question.recipient, p]) for p in question.populations} & {*question.slots}
    if ligands:
        name = table.compiled.names.species[question.species]
        yield f"{cell.name} binds {question.vesicle} by {name}; how many copies of it bind stays as stated."
    if any(isinstance(r, Rule) and ("brought", 1) in VERBS[r.behaviour.kind].ends for r in cell.rules):
        yield f"Rules on the uptake of {cell.name} are left out: its base values count."
