"""What is asked: arms, experiments, the plan of the runs, and the whole of a file."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from vesicula.language.body import BodyText
from vesicula.language.cohort import Cohort
from vesicula.language.fields import Entry
from vesicula.language.measures import Measure
from vesicula.language.model.cells import Cell, Network
from vesicula.language.model.matter import Matrix, Preparation, Substance, Vesicle
from vesicula.language.model.named import Named
from vesicula.language.model.rest import RestState
from vesicula.language.model.space import Labware, Site
from vesicula.language.sentences import ReactionText
from vesicula.language.steps import StartText, StepText
from vesicula.language.values import Frozen, Location, Value


class Arm(Named):
    """What the experimenter does differently. The first arm of a model is the baseline.

    control: added unasked (MISEV), which one; series, dose: the dose series it belongs to and its dose.
    """

    steps: tuple[StepText, ...] = ()
    control: str | None = None
    series: str | None = None
    dose: Value | None = None


class Experiment(Frozen):
    """Which arms of this file are the test of a claim, and what is read. It says nothing of what is expected.

    perturbation: one arm, or for a dose or time series its levels in order, the baseline first or left out.
    each: the arms are no levels; each is a perturbation of its own, and a draw shows what all of them show.
    as_printed: it tests what the review prints where the ledger corrects it; the others test the claim as corrected.
    """

    claim: str
    baseline: Annotated[str, Entry("arm against which is compared", "untreated")]
    perturbation: Annotated[
        tuple[str, ...], Entry("arm, or levels in order, or a series", "RANKL block", form="special")
    ]
    measure: Annotated[str, Entry("what is compared", "bone")]
    each: Annotated[bool, Entry("each arm of `perturbation` on its own, all must agree", "yes")] = False
    as_printed: bool = False
    where: Location | None = pydantic.Field(default=None, exclude=True, repr=False)


class Bound(Frozen):
    """`2 pM`, in a unit of the measure, or `5 % of untreated`: that share of another arm in the same draw."""

    number: float
    unit: str = ""
    of: str | None = None


class PositiveControl(Frozen):
    """The arm that any laboratory would add to show that an assay works.

    stands_for: claims whose verdicts need it, all of the file where none is named.
    """

    baseline: Annotated[str, Entry("arm against which the control is compared", "vehicle")]
    perturbation: Annotated[str, Entry("arm in which the assay has to show something", "RANKL added")]
    measure: Annotated[str, Entry("what is compared", "osteoclasts")]
    shows: Annotated[Literal["increase", "decrease"], Entry("what it shows in at least 80 % of the draws", "increase")]
    stands_for: Annotated[
        tuple[str, ...], Entry("claims that it stands for (unsaid: all of the file)", "[bm-059]", key="for")
    ] = ()
    where: Location | None = pydantic.Field(default=None, exclude=True, repr=False)


class Check(Frozen):
    """What has to be so in an arm before its outcome is read, draw by draw; draws in which it is not are dropped.

    stands_for: claims whose draws it drops; unsaid: those that read its arm, or all of the file where none does.
    """

    measure: Annotated[str, Entry("what is checked", "free RANKL")]
    arm: Annotated[str, Entry("arm in which it is checked", "RANKL block")]
    below: Annotated[
        Bound | None, Entry("it lies below this number, or share of another arm", "5 % of untreated", form="special")
    ] = None
    above: Annotated[Bound | None, Entry("it lies above this", "50 % of untreated", form="special")] = None
    within: Annotated[
        Bound | None, Entry("it differs from another arm by no more than this", "20 % of untreated", form="special")
    ] = None
    stands_for: Annotated[
        tuple[str, ...],
        Entry("claims that it stands for (unsaid: those that read its arm, else all)", "[bm-051]", key="for"),
    ] = ()
    where: Location | None = pydantic.Field(default=None, exclude=True, repr=False)


class RunPlan(Frozen):
    """duration, recording interval, macro step; seeds: repeats with other random numbers; draws: repeats with other
    random numbers and other parameter values within their ranges (the first draw holds the stated values).
    """

    duration: Annotated[Value | None, Entry("simulated time", "21 days", "time", key="for")] = None
    record: Annotated[Value | None, Entry("interval of records", "every 6 h", "time", form="special")] = None
    step: Annotated[
        Value | None, Entry("macro step (unsaid: 6 min), the grid of draws and records", "6 min", "time")
    ] = None
    seeds: Annotated[int, Entry("repeats with other random numbers", "4")] = 1
    draws: Annotated[int, Entry("repeats with other random numbers and parameter values", "16")] = 1


class Model(Frozen):
    """One file. The text is kept by the reader, not here.

    folder: where files it names are looked up; places: of its keys, `use` entries and paths in `but`;
    resolved: parts are merged and library values filled. rules: None counts as multiplied.
    """

    version: Annotated[int, Entry("version of the language; first key", "1", key="vesicula")] = 1
    name: Annotated[str, Entry("name of the model", "bone-metastasis", key="model")]
    part: Annotated[str | None, Entry("name of a part, instead of `model`", "cells/osteoblast")] = None
    question: Annotated[str | None, Entry("what the model shall answer", "What stops the vicious cycle?")] = None
    about: Annotated[str | None, Entry("free text", "A trabecula and its marrow.")] = None
    species: Annotated[str | None, Entry("a value measured in another species counts as borrowed", "human")] = None
    data: Annotated[str | None, Entry("table beside this file that `vesicula fit` fits values to", "./uptake.csv")] = (
        None
    )
    rules: Annotated[
        Literal["multiplied", "averaged"] | None,
        Entry("how rules on one behaviour act together (unsaid: multiplied; `averaged`: as in PhysiCell)", "averaged"),
    ] = None
    claims: Annotated[tuple[str, ...], Entry("claims of the ledgers that the model carries", "[bm-051, bm-060]")] = ()
    facts: Annotated[tuple[str, ...], Entry("files of own measured facts beside this one", "[./our-lab.yaml]")] = ()
    use: Annotated[
        tuple[str, ...],
        Entry("parts of the library, or files beside this one (`./parts/my.yaml`)", "[cells/osteoblast]"),
    ] = ()
    but: Annotated[
        dict[str, Value],
        Entry(
            "values of parts that differ here, by path",
            "{cells.osteoblast.secretes.TNFSF11: 0.1 molecules/s (0.01..1 @assumed)}",
            form="special",
        ),
    ] = {}
    rest: Annotated[
        RestState | None,
        Entry("undisturbed state, from which values follow that are `as at rest`: of the library, or a block", "bone"),
    ] = None
    sites: Annotated[
        tuple[Site, ...], Entry("places with cells and medium", "{blood: {kind: pool, volume: 2 mL}}")
    ] = ()
    labware: Annotated[
        tuple[Labware, ...],
        Entry(
            "what cultures are grown in; each becomes one or two sites",
            "{insert: {plate: 24-well transwell, pores: 0.4 um}}",
        ),
    ] = ()
    substances: Annotated[
        tuple[Substance, ...], Entry("dissolved molecules", "{TNFSF11 (HGNC:11926): {diffuses: library}}")
    ] = ()
    reactions: Annotated[
        tuple[ReactionText, ...],
        Entry(
            "between substances",
            "- TNFRSF11B binds TNFSF11, Kd 1 nM (0.01..10 @assumed), off 0.1 /h (0.01..1 @assumed)",
        ),
    ] = ()
    matrix: Annotated[tuple[Matrix, ...], Entry("deposited material", "{mineral: {fills: trabecula}}")] = ()
    vesicles: Annotated[tuple[Vesicle, ...], Entry("classes of vesicles by donor", "{tumour-EV: {from: tumour}}")] = ()
    preparations: Annotated[
        tuple[Preparation, ...],
        Entry("what a laboratory adds: vesicles with all that comes along", "{MDA-prep: {of: MDA-EV}}"),
    ] = ()
    networks: Annotated[tuple[Network, ...], Entry("networks that cells attach by name", "nfkb:")] = ()
    cells: Annotated[tuple[Cell, ...], Entry("cell types", "{tumour (breast-cancer): {divides: every 36 h}}")] = ()
    body: Annotated[
        tuple[BodyText, ...],
        Entry("blood flow between sites, and cells that travel", "- blood perfuses bone, 2 mL/min (0.2..20 @assumed)"),
    ] = ()
    cohort: Annotated[
        Cohort | None,
        Entry(
            "patients, their genotypes, and what counts as an event",
            "{patients: 200, events: {skeletal event: bone below 70}}",
        ),
    ] = None
    start: Annotated[tuple[StartText, ...], Entry("cells at time 0", "- 40 tumour in marrow, dormant")] = ()
    protocol: Annotated[tuple[StepText, ...], Entry("steps in every arm", "- at 0 days hold estradiol at 100 pM")] = ()
    arms: Annotated[
        tuple[Arm, ...], Entry("what is done differently; the first is the baseline", "{untreated: []}")
    ] = ()
    # None: all that fit; (): none
    controls: Annotated[
        tuple[str, ...] | None,
        Entry("control arms that are added; unsaid: all, where preparations are given", "none", form="special"),
    ] = None
    measures: Annotated[
        tuple[Measure, ...], Entry("numbers read from a run", "{tumour cells: count of tumour in bone}", key="measure")
    ] = ()
    experiments: Annotated[
        tuple[Experiment, ...],
        Entry(
            "claims that arms of this file test, and what is read",
            "{bm-051: {baseline: untreated, perturbation: RANKL block, measure: bone}}",
        ),
    ] = ()
    positive_controls: Annotated[
        tuple[PositiveControl, ...],
        Entry(
            "arms that show that the assay works, one or a list",
            "{baseline: untreated, perturbation: RANKL added, measure: bone, shows: decrease}",
            key="positive control",
        ),
    ] = ()
    checks: Annotated[
        tuple[Check, ...],
        Entry(
            "what has to be so in an arm before its outcome is read",
            "[{measure: free RANKL, arm: RANKL block, below: 5 % of untreated}]",
        ),
    ] = ()
    run: Annotated[RunPlan, Entry("times and repeats", "{for: 21 days, record: every 6 h, step: 6 min, seeds: 4}")] = (
        RunPlan()
    )
    resolved: bool = False
    folder: str | None = pydantic.Field(default=None, exclude=True, repr=False)
    places: dict[str, Location] = pydantic.Field(default={}, exclude=True, repr=False)
