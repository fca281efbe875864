"""`vesicula dose`: what a dose of vesicles brings into a cell, and whether that is enough, without a run."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_jsonable_python

from vesicula import units
from vesicula.compiler.doubling import growth_of_cycle
from vesicula.compiler.ensembles import ensemble_named
from vesicula.errors import UnitError
from vesicula.evidence.identifiers import gene_symbols, seed_of
from vesicula.experiments.loading.answers import cheapest_experiment, spread, unknowns, value_with_range
from vesicula.experiments.loading.cargo import cargo_of, unheard_of
from vesicula.experiments.loading.chain import MACRO_STEP, Dose, Enzyme, Exposure, Handling, Passage, follow, product
from vesicula.experiments.loading.draws import DRAWS, draws_in
from vesicula.experiments.loading.given import (
    Measured,
    checked_cells,
    checked_copies,
    checked_hours,
    checked_own,
    given,
)
from vesicula.experiments.loading.needed import Silenced, course, silencing_copies
from vesicula.experiments.loading.recipient import (
    QuestionError,
    Recipient,
    Unknowns,
    copies_of,
    fate,
    from_library,
    recipient,
)
from vesicula.experiments.loading.shares import variance_shares
from vesicula.language.abundance import ANY_CELL
from vesicula.language.abundance import known as known_molecules
from vesicula.language.model import ALL_VESICLES, Cell, VesicleFate
from vesicula.language.sentences import Silences
from vesicula.language.values import Value
from vesicula.results.loading import Experiment, Spread, Stage, Unknown
from vesicula.results.needs import FOLD
from vesicula.results.wording import number
from vesicula.units import nearest

F64 = NDArray[np.float64]
Number = F64 | float
SHOWN = 3
DONOR_HOURS = 48.0
MOST_STEPS = 1000
UNKNOWN = "unknown miRNA"
VESICLES = "EVs"
"""What a model would call them: values that nobody states for EVs in general are drawn under this name."""
LN2 = 0.6931471805599453


@dataclass(frozen=True)
class DoseAnswer:
    """What a dose brings to one recipient cell, and what that lacks.

    stages : from offered to loaded; needed : in the unit of the last stage; missing : needed over loaded (below 1:
    enough); enough : share of draws in which the dose suffices; natural : missing where one donor per recipient
    releases at its own rate for the same time; warnings : what is not known, and what was taken for what, to be read
    first; particles : median; donor_cell_hours : of release that make the dose
    """

    question: str
    warnings: tuple[str, ...]
    cargo: str
    kind: str
    recipient: str
    particles: float
    cells: float
    volume_mL: float
    hours: float
    stages: tuple[Stage, ...]
    needed: Stage
    missing: Spread
    enough: float
    natural: Spread
    natural_enough: float
    donor_cell_hours: Spread
    unknowns: tuple[Unknown, ...]
    experiment: Experiment | None
    notes: tuple[str, ...]
    draws: int

    def as_dict(self) -> dict[str, object]:
        """The answer for programs (`--json`)."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return to_jsonable_python(own)

    @property
    def donor_cells(self) -> float:
        """Donor cells that make the dose in 48 h (median)."""
        return self.donor_cell_hours.median / DONOR_HOURS

    def stage(self, name: str) -> Stage:
        """A stage by name; KeyError where the answer has none of that name."""
        found = {one.name: one for one in (*self.stages, self.needed)}
        return found[name]


@dataclass(frozen=True)
class _Case:
    """Everything drawn, before the particles are sent on their way.

    act, needed : passage -> amount that acts, amount that the read-out needs of what came so
    """

    handling: Handling
    degradation: Number
    act: Callable[[Passage], F64]
    meaning: str
    unit: str
    needed: Callable[[Passage], F64]
    needed_meaning: str
    growth: Number
    factor: float = 1.0  # from internal units to `unit`


def dose(
    particles: float | str | Measured,
    cells: float,
    volume: str,
    hours: float,
    cargo: str,
    into: str,
    *,
    copies: float | Measured | None = None,
    kind: str | None = None,
    target: str | None = None,
    own: float | None = None,
    donor: str | None = None,
    per_ug: float | Measured | None = None,
    fold: float | None = None,
    draws: int = DRAWS,
    seed: int = 1,
    ensemble: str | None = None,
) -> DoseAnswer:
    """What reaches and acts in a recipient cell of a dish, from the parameter library, without a run.

    particles : given once, at the start: a number, `"1e9/mL"`, protein such as `"10 ug"`, or as measured
    cells : recipients in the dish      volume : of medium, such as "0.5 mL"
    hours : until the read-out      cargo : its name      into : a cell or line
    copies : per EV; None: the library's for this cargo or kind      kind : one of `KINDS`, by default from the name
    target : node that the cargo silences in the cell      own : copies the recipient has itself
    donor : cell of the library whose release rate counts      per_ug : measured particles per µg
    fold : fall of the target's mRNA that has to be explained, by default the least that qPCR shows (1.5)
    draws : of all values within their ranges      ensemble : model of the library, or file, whose calibrated draws to
        take, as many as it has at most
    Raises   QuestionError: what is given, carried or asked cannot be, with its reason
    Source   the law of `chain.follow`; values with their sources in `vesicula explain` and library/parameters
    Example  >>> dose(1e10, 2e5, "0.5 mL", 24, "miR-105-5p", "endothelium").missing.median  # doctest: +SKIP
    """
    room = volume_of(volume)
    checked_cells(cells, room)
    if not 2 <= draws <= 100_000:
        raise QuestionError(f"draws must lie between 2 and 100,000, not {draws}", f"leave it out for {DRAWS}")
    minutes = checked_hours(hours) * 60.0
    carried = cargo_of(cargo, kind)
    name, chosen = carried.name, carried.kind
    rows = None if ensemble is None else ensemble_named(ensemble)
    draws = draws_in(rows, draws)
    known, notes = Unknowns(draws, seed, rows), [] if rows is None else [f"Values from {rows.words}."]
    taken = given(particles, room, known, per_ug=per_ug)
    asked = recipient(into)
    warnings = [*asked.heard, *carried.heard, *taken.notes]
    exposure = Exposure(room, cells, minutes, (Dose(0.0, taken.particles),), step=max(MACRO_STEP, minutes / MOST_STEPS))
    silenced = _Silenced(target, own, _checked_fold(fold))
    case = _case(asked, name, chosen, silenced, copies, exposure, known, notes, warnings)
    decisive = dict(known.draws)
    release = known.take("release by donors", _release(donor, notes), "release")
    none = np.zeros(draws)
    both = replace(
        exposure, growth=case.growth, source=np.stack([none, release * cells]),
        events=(Dose(0.0, np.stack([none + taken.particles, none])),),
    )  # fmt: skip
    passage, natural = follow(both, case.handling, case.degradation).apart()
    loaded = case.act(passage)
    needed = case.needed(passage)
    gap = _gap(needed, loaded)
    shares = variance_shares(decisive, gap) if np.all(np.isfinite(gap)) else ()
    natural_gap = _gap(case.needed(natural), case.act(natural))
    return DoseAnswer(
        question=(
            f"{taken.text} for {number(cells)} cells in {volume}, {number(hours)} h: {name} in {asked.cell.name}"
        ),
        warnings=tuple(warnings), cargo=name, kind=chosen, recipient=asked.cell.name,
        particles=float(median(np.ravel(taken.particles))), cells=cells, volume_mL=room * 1e-12, hours=hours,
        stages=_stages(passage, loaded, case), missing=spread(10.0**gap),
        needed=Stage(
            name="needed", meaning=case.needed_meaning, unit=case.unit, value=spread(needed * case.factor)
        ),
        enough=float(np.mean(gap <= 0)), natural=spread(10.0**natural_gap),
        natural_enough=float(np.mean(natural_gap <= 0)), donor_cell_hours=spread(taken.particles / (release * 60.0)),
        unknowns=unknowns(shares[:SHOWN], known.stated),
        experiment=cheapest_experiment(shares, known.stated, chosen), notes=tuple(notes), draws=draws,
    )  # fmt: skip


@dataclass(frozen=True)
class _Silenced:
    """What is said of the target of a miRNA: its name, the recipient's own copies, and its fall as a fold."""

    target: str | None
    own: float | None
    fold: float


def _checked_fold(fold: float | None) -> float:
    """Raises QuestionError where nothing falls by it."""
    if fold is not None and not (math.isfinite(fold) and fold > 1):
        raise QuestionError(f"a fall by a fold of {fold:g} is none", "write for example 2, for half of the mRNA left")
    return FOLD if fold is None else fold


def _gap(needed: F64, loaded: F64) -> F64:
    with np.errstate(divide="ignore"):
        return np.log10(needed) - np.log10(loaded)


def _stages(passage: Passage, loaded: F64, case: _Case) -> tuple[Stage, ...]:
    rows = [
        ("offered", "in the medium", passage.offered),
        ("bound", "held by receptors, for however long", passage.bound),
        ("taken up", "endocytosed or fused", passage.taken_up),
        ("escaped", "opened into the cytosol: out of endosomes, or by fusion", passage.escaped),
    ]
    if not np.any(passage.bound > 0):
        del rows[1]
    stages = tuple(Stage(name=name, meaning=meaning, unit="EV", value=spread(values)) for name, meaning, values in rows)
    return (*stages, Stage(name="loaded", meaning=case.meaning, unit=case.unit, value=spread(loaded * case.factor)))


def volume_of(text: str) -> float:
    """A volume with its unit, in µm³. Raises QuestionError."""
    found = re.fullmatch(rf"\s*({units.NUMBER_PATTERN})\s*(\S.*)?", str(text))
    remedy = "write it with its unit, for example 0.5mL"
    if found is None or not found.group(2):
        raise QuestionError(f"`{text}` is no volume", remedy)
    try:
        volume = units.convert(float(found.group(1)), found.group(2).strip(), "volume")
    except UnitError as error:
        raise QuestionError(f"`{text}` is no volume: {error.message}", remedy) from None
    if not volume > 0:
        raise QuestionError(f"the volume must be more than zero, not {text}", remedy)
    return volume


def _carried(cargo: str, kind: str) -> Value:
    """Copies per EV of a cargo, else of its kind; nobody knows how many EVs carry of a miRNA nobody knows."""
    return from_library("carries", UNKNOWN if kind == "miRNA" and unheard_of(cargo) else cargo, kind)


def _release(donor: str | None, notes: list[str]) -> Value:
    if donor is None:
        notes.append("Donors release at the library's default rate; name them with --donor.")
        return from_library("releases", "EV")
    return from_library("releases", "EV", cell=recipient(donor).cell)


def _case(
    asked: Recipient, cargo: str, kind: str, silenced: _Silenced, copies: float | Measured | None,
    exposure: Exposure, known: Unknowns, notes: list[str], warnings: list[str],
) -> _Case:  # fmt: skip
    cell = asked.cell
    handling = _handling(cell, kind, known)
    stated = checked_copies(copies, kind) if copies is not None else _carried(cargo, kind)
    each = known.take("copies per EV", stated, "copies per particle", f"vesicles.{VESICLES}.carries.{cargo}")
    ligand = cell.vesicle_fate.get(ALL_VESICLES, VesicleFate()).ligand
    if ligand is not None:
        if ligand == cargo:
            bound, left = handling.binding * each, "all of its copies that they carry"
        else:
            bound, left = 0.0, "none of it is asked for, so binding is left out"
        handling = replace(handling, binding=bound)
        notes.append(f"{cell.name} binds vesicles by {ligand}: {left}.")
    growth = 0.0
    if cell.divides is not None and cell.divides.has_number:
        cycle = known.take("cycle of the recipient", cell.divides, "time")
        growth = growth_of_cycle(cycle, cell.division_steps)
    elif cell.doubles is not None and cell.doubles.has_number:
        growth = math.log(2.0) / known.take(
            "doubling time of the recipient", cell.doubles, "time", f"cells.{cell.name}.doubles"
        )
    if kind == "miRNA":
        return _silencing(asked, cargo, silenced, each, handling, growth, known, notes, warnings)
    if silenced.target is not None:
        notes.append(f"--target is for miRNA; a {kind} is set against the usual need of its kind.")
    entity, dimension, unit = kind, "copies", "copies"
    degradation, factor = 0.0, 1.0
    if kind == "surface enzyme":
        dimension, unit, factor = "concentration", "nM", 1.0 / units.factor("nM", "concentration")
        enzyme = Enzyme(
            kcat=known.take("turnover of the enzyme", from_library("kcat", entity), "rate"),
            km=known.take("half-saturation of the enzyme", from_library("Km", entity), "concentration"),
            substrate=known.take("substrate in the medium", from_library("substrate", entity), "concentration"),
            product_decay=LN2
            / known.take("half-life of the product", from_library("half-life", "product of a surface enzyme"), "time"),
        )
        meaning = "of product in the medium, at its highest"

        def act(passage: Passage) -> F64:
            return product(passage, each, exposure.volume, enzyme)
    elif kind == "surface ligand":
        meaning = "held at the cell's receptors at the end"

        def act(passage: Passage) -> F64:
            return each * passage.on_surface
    else:
        inserted = kind == "membrane protein"
        life = from_library("half-life", "delivered protein" if inserted else f"delivered {kind}")
        degradation = LN2 / known.take("half-life of the cargo", life, "time")
        meaning = "in the cell's membrane, by fusion" if inserted else "in the cytosol at the end"

        def act(passage: Passage) -> F64:
            return each * (passage.inserted if inserted else passage.acting)

    need = known.take("copies that act", from_library("smallest effect at", entity), dimension)
    what = f"to move the read-out by the smallest change it shows ({kind} in general; nothing is known of {cargo})"
    return _Case(handling, degradation, act, meaning, unit, lambda _: need, what, growth, factor)


def _handling(cell: Cell, kind: str, known: Unknowns) -> Handling:
    """Values of the uptake chain for a cell."""

    def value(what: str) -> Value:
        found = fate(cell, what)
        assert found is not None
        return found

    place = f"cells.{cell.name}.fate of {ALL_VESICLES}"

    def take(what: str, name: str, dimension: str) -> F64:
        return known.take(name, value(what), dimension, f"{place}.{what}")

    clears, fusion = take("clears", "clearance", "clearance"), take("fusion", "share that fuses", "share")
    ligand = kind == "surface ligand"

    def route(what: str, name: str, dimension: str, otherwise: float) -> F64 | float:
        stated = fate(cell, what, needed=False)
        if stated is None and ligand:
            stated = from_library(what, kind)
        return known.maybe(name, stated, dimension, otherwise, f"{place}.{what}")

    life = from_library("half-life", "EV").model_copy(update={"stand_in": True})
    limit = fate(cell, "saturation", needed=False)
    return Handling(
        fusion=clears * fusion,
        endocytosis=clears * (1.0 - fusion),
        escape=take("escape", "share that escapes", "share"),
        lysosome=take("lysosome", "rate of degradation in endosomes", "rate"),
        binding=route("binding", "clearance by receptors", "clearance", 0.0),
        receptors=route("receptors", "receptors", "number", math.inf),
        internalise=route("internalised", "rate of internalisation", "rate", 0.0),
        detach=route("detached", "rate of detachment", "rate", 0.0),
        decay=LN2 / known.take("half-life of free EVs", life, "time", f"vesicles.{VESICLES}.half-life"),
        saturation=known.maybe("saturation", limit, "particles per volume", math.inf, f"{place}.saturation"),
    )


def _silencing(
    asked: Recipient, cargo: str, silenced: _Silenced, each: F64, handling: Handling, growth: Number,
    known: Unknowns, notes: list[str], warnings: list[str],
) -> _Case:  # fmt: skip
    """A miRNA: copies on AGO at the end, against those that lower an mRNA by a fold among the cell's other sites."""
    target, own, fold = silenced.target, silenced.own, silenced.fold
    cell, seed = asked.cell, seed_of(cargo) or cargo
    silences = [s for s in cell.inside if isinstance(s, Silences) and (seed_of(s.mirna) or s.mirna) == seed]
    if target is not None:
        silences = [s for s in silences if s.node == target]
        if not silences:
            _known_gene(target)
            notes.append(f"The library has no site of {cargo} in {target} of {cell.name}; usual strengths stand in.")
    sentence = silences[0] if silences else None
    name = target or (sentence.node if sentence else "a target")
    stated = checked_own(own) if own is not None else _own_copies(asked, cargo, notes, warnings)
    mrna = sentence.mrna if sentence else _mrna(asked, target, notes, warnings)

    here = f"cells.{cell.name}"
    words = {"kind": "silences", "mirna": sentence.mirna if sentence else cargo, "node": name}
    inside = f"{here}.inside: {json.dumps(words, sort_keys=True)}"

    def kinetic(stated: Value | None, quantity: str) -> Value:
        if stated is not None and stated.has_number:
            return stated
        return from_library(quantity, "miRNA").model_copy(update={"stand_in": True})

    half, strength = (sentence.half_saturation, sentence.strength) if sentence else (None, None)
    target_values = Silenced(
        own=known.take("own copies", stated, "copies", f"{here}.own copies.{cargo}"),
        mrna=known.take("mRNA of the target", mrna, "copies", f"{inside}.mRNA"),
        half=known.take("copies at half silencing", kinetic(half, "lambda"), "copies", f"{inside}.half-saturation"),
        strength=known.take("strength of silencing", kinetic(strength, "kappa"), "number", f"{inside}.strength"),
        sites=known.take(
            "target sites that compete", kinetic(cell.competitors, "competitors"), "number", f"{here}.competitors"
        ),
    )
    loading = fate(cell, "loading")
    assert loading is not None
    share = known.take("share loaded into AGO", loading, "share", f"{here}.fate of {ALL_VESICLES}.loading")
    life = known.take(
        "half-life of the cargo", from_library("half-life", cargo, "miRNA"), "time", f"cargo.{cargo}.half-life"
    )

    def act(passage: Passage) -> F64:
        return each * share * passage.acting

    turnover = sentence.mrna_half_life if sentence else from_library("mRNA half-life", "node")
    if sentence is None:
        turnover = turnover.model_copy(update={"stand_in": True})
    decay = LN2 / known.take("half-life of the target's mRNA", turnover, "time", f"{inside}.mRNA half-life")

    def needed(passage: Passage) -> F64:
        seen = course(passage.acting_at, passage.step, np.inf, first=decay)
        return silencing_copies(target_values, seen=seen, fall=1.0 - 1.0 / fold)

    what = f"on AGO, beyond the cell's own, to lower the mRNA of {name} {fold:g}-fold (qPCR)"
    return _Case(
        handling, LN2 / life, act, f"of {cargo} on AGO at the end", "copies",
        needed, what, growth,
    )  # fmt: skip


def _own_copies(asked: Recipient, cargo: str, notes: list[str], warnings: list[str]) -> Value:
    """A cell's own copies of a miRNA: its part's, else the table's of its kind, else of cells in general."""
    cell = asked.cell
    stated = cell.own_copies.get(cargo)
    if stated is not None and stated.has_number:
        return stated
    try:
        found, instead = copies_of("own copies", cargo, asked)
    except KeyError:
        found = from_library("own copies", "any miRNA" if seed_of(cargo) else UNKNOWN)
        warnings.append(f"Nothing is known of {cell.name}'s own {cargo}: {value_with_range(found)} assumed (--own).")
        return found
    where = f"{found.note} ({', '.join(found.sources)})"
    if instead is None:
        notes.append(f"Own {cargo} of {cell.name}: {value_with_range(found)}; {where}.")
    else:
        warnings.append(
            f"{cell.name}'s own {cargo} was not counted: {value_with_range(found)} as in {_words(instead)}"
            f" (--own); {where}."
        )
    return found


def _words(cell: str) -> str:
    return "cells in general" if cell == ANY_CELL else cell


def _mrna(asked: Recipient, target: str | None, notes: list[str], warnings: list[str]) -> Value:
    """MRNA of a target in a cell; that of a median mRNA where no target is named."""
    if target is None:
        notes.append("No target is named (--target): a median mRNA stands in.")
        return from_library("mRNA", "any target")
    try:
        found, instead = copies_of("mRNA", target, asked)
    except KeyError:
        found = from_library("mRNA", "any target")
        warnings.append(f"Nothing is known of {asked.cell.name}'s {target} mRNA: {value_with_range(found)} assumed.")
        return found
    where = f"{found.note} ({', '.join(found.sources)})"
    if instead is None:
        notes.append(f"{target} mRNA of {asked.cell.name}: {value_with_range(found)}; {where}.")
    else:
        words = f"{asked.cell.name}'s {target} mRNA was not counted: {value_with_range(found)} as in {_words(instead)}"
        warnings.append(f"{words}; {where}.")
    return found


def _known_gene(target: str) -> None:
    """Raise for a target that is no gene."""
    genes = known_molecules("mRNA")
    if target in genes or target in gene_symbols():
        return
    near = nearest(target, genes)
    raise QuestionError(
        f"the library knows no gene called {target}",
        f"did you mean {near}?" if near else "write its HGNC symbol, for example PTEN",
    )
