"""A model: what stands in one file, typed and frozen.

The same types hold the text as written (parts named in `use`, values that are left to the parameter library = None)
and the resolved model (`resolve`), in which parts are merged and every required value is filled.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vesicula.errors import UnitError
from vesicula.language.body import BodyText
from vesicula.language.cohort import Cohort
from vesicula.language.measures import Measure
from vesicula.language.sentences import Becomes, Degrades, InsideText, ReactionText, RuleText, Sentence
from vesicula.language.slots import Name, Slot, SlotBy, Way
from vesicula.language.steps import StartText, StepText
from vesicula.language.values import Frozen, Location, Value
from vesicula.units import internal

ALL_VESICLES = "EV"
"""Name under which a cell says what it does with vesicles of every class."""


class Named(Frozen):
    """Something with a name, and ids after it: `osteoblast (CL:0000062)`."""

    name: str
    ids: tuple[str, ...] = ()
    where: Location | None = Field(default=None, exclude=True, repr=False)


# --- space ---------------------------------------------------------------------------------------------------------


class HalfSpace(Frozen):
    """`below 120 um`, `above …`, `left of …`, `right of …`: along y (below, above) or x."""

    kind: Literal["half-space"] = "half-space"
    side: Literal["below", "above", "left of", "right of"]
    limit: Value


class Box(Frozen):
    """`box from 0 um, 0 um to 100 um, 50 um`."""

    kind: Literal["box"] = "box"
    low: tuple[Value, ...]
    high: tuple[Value, ...]


class Disc(Frozen):
    """`disc at 300 um, 200 um, radius 80 um` (a ball in 3D)."""

    kind: Literal["disc"] = "disc"
    centre: tuple[Value, ...]
    radius: Value


class Ring(Frozen):
    """`ring at 300 um, 200 um, from 80 um to 120 um` (a shell in 3D)."""

    kind: Literal["ring"] = "ring"
    centre: tuple[Value, ...]
    inner: Value
    outer: Value


class Rest(Frozen):
    """`rest`: what no other region of the site covers."""

    kind: Literal["rest"] = "rest"


Shape = Annotated[HalfSpace | Box | Disc | Ring | Rest, Field(discriminator="kind")]


class Region(Named):
    """A named part of a site; where regions overlap, the first named wins."""

    shape: Shape


class Site(Named):
    """A place with cells and medium. size: edges (2 or 3); 2D sites have a depth; a pool has only a volume.

    A dish is well mixed and made from labware: volume, area and cells are those of the whole labware. So they are of a
    pool, whose `share` says how many of its cells are simulated; a tissue is one of 1/share such pieces of an organ.
    """

    kind: Literal["tissue", "pool", "dish"] = "tissue"
    area: Value | None = None
    share: float = 1.0
    labware: str | None = None
    size: tuple[Value, ...] = ()
    depth: Value | None = None
    voxel: Value | None = None
    volume: Value | None = None
    walls: dict[str, str] = {}  # face (left, right, bottom, top, back, front, all) -> closed | open
    flow: tuple[Value, ...] = ()  # uniform velocity along x, y[, z]
    regions: tuple[Region, ...] = ()


class Labware(Named):
    """What a culture is grown in. plate: its name in the catalogue (library part `labware/…`), which fills what is not
    said. Resolved into sites: a well is one dish of its name; a transwell `insert` is the dishes `insert top` and
    `insert bottom` with the filter and the monolayer on it between them; a patch is a part of the bottom in which cells
    have positions; a chamber is a vertical section through filter, pores and coat, with positions too.
    """

    plate: str | None = None
    kind: Literal["well", "transwell", "patch", "chamber"] | None = None
    area: Value | None = None
    volume: Value | None = None  # medium of a well or patch
    top: Value | None = None  # medium of a transwell or chamber
    bottom: Value | None = None
    pores: Value | None = None  # diameter
    pore_density: Value | None = None  # per area
    filter: Value | None = None  # its thickness
    coat: Value | None = None  # thickness of the gel on the filter of a chamber
    confluence: Value | None = None  # cells per area
    medium: str | None = None
    sample: Value | None = None  # simulated cells of a well or transwell
    patch: tuple[Value, ...] = ()  # edges of the simulated part of a patch or chamber
    voxel: Value | None = None
    part: str | None = None


# --- molecules, matrix, vesicles -----------------------------------------------------------------------------------


class Substance(Named):
    """Dissolved. walls: face -> closed | open | `held at 38 mmHg` (Value). unit: a declared own unit with its
    solubility (molecules per volume and unit).
    """

    name: Annotated[str, Name("substance")]
    diffuses: Value | None = None
    half_life: Value | None = None
    molar_mass: Value | None = None
    start: Value | None = None
    walls: dict[str, str | Value] = {}
    unit: str | None = None
    solubility: Value | None = None
    follows_flow: bool = True
    part: str | None = None  # library part it came from


class Matrix(Named):
    """Solid component. fills: region -> share of full (1). stores: substance -> content per volume of full matrix."""

    fills: dict[str, Value] = {}
    solid: bool = False
    stores: Annotated[dict[str, Value], Name("substance")] = {}
    new_stores: Annotated[dict[str, Value], Name("substance")] = {}
    passage: Annotated[dict[str, Value], Name("substance", "vesicle")] = {}  # or `all` -> D in it / D in fluid
    holds: dict[str, tuple[Value, Value]] = {}  # vesicle class -> binding rate at full density, unbinding rate
    degraded: tuple[Degrades, ...] = ()
    part: str | None = None


class Carried(Named):
    """One cargo of a vesicle class. place: lumen, membrane or surface. type: what kind of molecule it is."""

    name: Annotated[str, Name("cargo")]
    copies: Value
    half_life: Value | None = None  # in the recipient's cytosol; None: from the library (entity or type), else stable
    place: Literal["lumen", "membrane", "surface"] = "lumen"
    type: Literal["miRNA", "mRNA", "lncRNA", "protein", "mtDNA", "drug", "unnamed"]


class Vesicle(Named):
    """A class of particles from one donor cell type (`from: tumour`), or of a preparation (no donor)."""

    donor: Annotated[str | None, Name("cell")] = None
    kind: str = "EV"
    diameter: Value | None = None
    size_spread: Value | None = None  # geometric SD
    size_classes: int = 1
    made: Literal["in endosomes", "at the membrane"] = "in endosomes"
    residence: Value | None = None
    diffuses: Value | None = None  # None: Stokes–Einstein of the diameter
    half_life: Value | None = None
    carries: tuple[Carried, ...] = ()
    follows_flow: bool = True
    walls: dict[str, str] = {}
    part: str | None = None


def _amount_along(one: CoIsolated) -> Slot:
    dimension = "mass per mass" if one.form == "protein" else "copies per particle"
    return Slot(dimension, "amount", ("{name}",), "not negative", quantity="co-isolated")


class CoIsolated(Sentence):
    """What comes along with the vesicles: `0.2 ug/ug ALB` (protein, per µg of the preparation's protein),
    `2 copies/EV miR-105-5p on AGO`, `0.1 copies/EV miR-105-5p free`.
    """

    about = ("form", "name")
    ways = (Way(("preparation", ""), ("along", "name"), 1),)
    without = "stays"

    name: Annotated[str, Name("molecule")]
    amount: Annotated[Value, SlotBy(_amount_along)]
    form: Literal["protein", "on AGO", "free"] = "protein"


def stays_of(one: Storage) -> tuple[str, ...]:
    """How the parameter library names a stay, narrowest first: `4 C in PBS`, `4 C`; or `freeze-thaw cycle`.

    Temperatures are the usual ones, each standing for those around it.
    """
    if one.cycles is not None:
        return ("freeze-thaw cycle",)
    warmth = number_of(one.temperature, "temperature")
    usual = min((-80, -20, 4, 20, 37), key=lambda degrees: abs(degrees - warmth))
    return (f"{usual} C in {one.buffer}", f"{usual} C")


def number_of(value: Value | None, dimension: str) -> float:
    """A value in internal units, 0 where it is not said or measures something else (reported with the units)."""
    if value is None:
        return 0.0
    try:
        return internal(value, dimension)
    except UnitError:
        return 0.0


def _loss(one: Storage) -> Slot:
    dimension = "share" if one.cycles is not None else "rate"
    return Slot(dimension, "loss", stays_of(one), "not negative", fill="needed", quantity="storage loss")


class Storage(Sentence):
    """`48 h at 4 C in PBS`, `3 freeze-thaw cycles`: what the preparation went through before it is given.

    duration and temperature, or cycles; loss: particles lost per time or cycle (library: `storage loss`).
    """

    about = None
    no_way = "it happened to the preparation before the run, in every arm alike"
    without = "stays"

    duration: Annotated[Value | None, Slot("time", "duration", role="setting")] = None
    temperature: Annotated[Value | None, Slot("temperature", "temperature", sign="any", role="setting")] = None
    buffer: Annotated[str | None, Name("buffer")] = None
    cycles: int | None = None
    loss: Annotated[Value | None, SlotBy(_loss)] = None


class Preparation(Named):
    """What a laboratory adds: vesicles of a class with their protein, co-isolated molecules and history.

    particles_per_ug: the measured ratio, without which protein mass is never turned into particles; ev_share: share
    of the counted particles that are vesicles (None: all).
    """

    of: str
    isolated_by: str | None = None
    particles_per_ug: Value | None = None
    ev_share: Value | None = None
    co_isolated: tuple[CoIsolated, ...] = ()
    stored: tuple[Storage, ...] = ()
    part: str | None = None


# --- cells ---------------------------------------------------------------------------------------------------------


class Phase(Named):
    """A phase of the cell cycle: mean duration, in Erlang steps; states in which its clock runs (empty: all)."""

    lasts: Value
    steps: int = 1
    lasts_while: tuple[str, ...] = ()


class VesicleFate(Frozen):
    """What a cell does with a vesicle class (or with all: key `EV`).

    clears: total clearance by fusion and endocytosis; fusion: share of it that fuses; binding: clearance by surface
    receptors; receptors per cell; internalised, detached: rates from the bound state; escape: share of endosomal
    particles; lysosome: rate; saturation: particles per volume at half-maximal endocytosis.
    """

    clears: Value | None = None
    fusion: Value | None = None
    binding: Value | None = None
    receptors: Value | None = None
    internalised: Value | None = None
    detached: Value | None = None
    escape: Value | None = None
    lysosome: Value | None = None
    saturation: Value | None = None
    loading: Value | None = None  # share of delivered miRNA that is loaded into AGO


class Passage(Frozen):
    """How a monolayer lets one thing through: permeability with junctions closed and open, and by transcytosis."""

    closed: Value | None = None
    open: Value | None = None
    transcytosis: Value | None = None


class Trait(Named):
    """A heritable, distributed value of a cell that multiplies behaviours. drift: geometric SD per division."""

    median: Value
    spread: Value | None = None
    drift: Value | None = None
    multiplies: Annotated[tuple[str, ...], Name("words")] = ()  # behaviours, in the words of rules


class Sensed(Frozen):
    """The receptors with which a cell follows one substance. receptor: their name, where they have one."""

    kd: Value | None = None
    receptors: Value | None = None
    off: Value | None = None
    receptor: str | None = None


class Motion(Frozen):
    """Persistent random walk with chemotaxis; toward: substance -> weight (negative: away); sensed: with what.

    turns_away: how much of the direction follows the free side of a cell that others touch
    """

    speed: Value | None = None
    persistence: Value | None = None
    bias: Value | None = None
    turns_away: Value | None = None
    toward: Annotated[dict[str, Value], Name("substance")] = {}
    sensed: Annotated[dict[str, Sensed], Name("substance")] = {}


class StateBase(Frozen):
    """Base values that differ in one state: behaviour words -> value, or `none`."""

    values: Annotated[dict[str, Value], Name("words")]


CYCLE_STEPS = 10
"""Erlang steps of a cycle that states none: cycle times scatter by 1/√10 = 32 % (assumed)."""


class Cell(Named):
    """A cell type. `base` names the library cell it specialises: `tumour (breast-cancer)`."""

    base: str | None = None
    diameter: Value | None = None
    diameter_spread: Value | None = None
    anchored: bool = False
    states: tuple[str, ...] = ()
    divides: Value | None = None  # mean cycle time of an unphased cycle
    doubles: Value | None = None  # instead of it: time in which a culture doubles while none die
    division_steps: int = CYCLE_STEPS
    divides_while: tuple[str, ...] = ()  # states; empty: all
    cycle: tuple[Phase, ...] = ()  # a phased cycle instead of `divides`
    dies: Value | None = None  # mean time to apoptosis
    death_steps: int = 1
    apoptosis: Value | None = None  # basal rate, where no lifetime is given
    necrosis: Value | None = None
    dead_stay: Value | None = None
    secretes: Annotated[dict[str, Value], Name("substance")] = {}
    takes_up: Annotated[dict[str, Value], Name("substance")] = {}
    releases: dict[str, Value] = {}
    vesicle_fate: dict[str, VesicleFate] = {}
    own_copies: Annotated[dict[str, Value], Name("cargo")] = {}
    competitors: Value | None = None  # target sites that compete for one miRNA family
    surface: Annotated[dict[str, Value], Name("molecule")] = {}  # surface enzymes, copies per cell
    resorbs: dict[str, Value] = {}
    deposits: dict[str, Value] = {}
    kills: Annotated[dict[str, Value], Name("cell")] = {}
    engulfs: Value | None = None
    moves: Motion | None = None
    adhesion: Value | None = None
    repulsion: Value | None = None
    reach: Value | None = None
    affinity: Annotated[dict[str, Value], Name("cell")] = {}
    barrier: dict[str, Passage] = {}  # substance, vesicle class, `EV`, or `TEER` (then resistance × area)
    confluence: Value | None = None  # cells per area in a closed layer
    traits: tuple[Trait, ...] = ()
    becomes: tuple[Becomes, ...] = ()
    networks: tuple[str, ...] = ()  # library networks attached to this cell
    inside: tuple[InsideText, ...] = ()
    rules: tuple[RuleText, ...] = ()
    while_state: dict[str, StateBase] = {}
    part: str | None = None


class Network(Named):
    """A network that cells attach by name."""

    inside: tuple[InsideText, ...] = ()
    part: str | None = None


# --- the question --------------------------------------------------------------------------------------------------


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
    baseline: str
    perturbation: tuple[str, ...]
    measure: str
    each: bool = False
    as_printed: bool = False
    where: Location | None = Field(default=None, exclude=True, repr=False)


class RunPlan(Frozen):
    """duration, recording interval, macro step; seeds: repeats with other random numbers; draws: repeats with other
    random numbers and other parameter values within their ranges (the first draw holds the stated values).
    """

    duration: Value | None = None
    record: Value | None = None
    step: Value | None = None
    seeds: int = 1
    draws: int = 1


class Model(Frozen):
    """One file. The text is kept by the reader, not here.

    folder: where files it names are looked up; places: of its keys, `use` entries and paths in `but`;
    resolved: parts are merged and library values filled.
    """

    version: int = 1
    name: str
    part: str | None = None  # set in part files: `part: cells/osteoblast`
    question: str | None = None
    about: str | None = None
    species: str | None = None
    claims: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    but: dict[str, Value] = {}  # path -> value that overrides a part's
    sites: tuple[Site, ...] = ()
    labware: tuple[Labware, ...] = ()
    preparations: tuple[Preparation, ...] = ()
    controls: tuple[str, ...] | None = None  # None: all that fit; (): none
    substances: tuple[Substance, ...] = ()
    reactions: tuple[ReactionText, ...] = ()
    matrix: tuple[Matrix, ...] = ()
    vesicles: tuple[Vesicle, ...] = ()
    networks: tuple[Network, ...] = ()
    cells: tuple[Cell, ...] = ()
    body: tuple[BodyText, ...] = ()
    cohort: Cohort | None = None
    start: tuple[StartText, ...] = ()
    protocol: tuple[StepText, ...] = ()
    arms: tuple[Arm, ...] = ()
    measures: tuple[Measure, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    run: RunPlan = RunPlan()
    resolved: bool = False
    folder: str | None = Field(default=None, exclude=True, repr=False)
    places: dict[str, Location] = Field(default={}, exclude=True, repr=False)
