"""What a run was, in plain words and numbers: all that reading a run folder needs."""

from __future__ import annotations

from pydantic import Field

from vesicula.language.values import Frozen

FOLDER_FORMAT = 1


class SubstanceLabel(Frozen):
    """A substance; value in `unit` = concentration in molecules/µm³ × factor."""

    name: str
    unit: str
    factor: float
    hidden: bool = False  # made by the compiler (complexes, antibodies)
    molar_mass_da: float | None = None


class PopulationLabel(Frozen):
    """A vesicle population: a class (or one of its equally large size classes) from one donor type.

    median_nm, spread: median and geometric SD of the whole class (None: its own diameter; 1: all of one size).
    """

    name: str
    vesicle: str
    donor: str | None = None
    diameter_nm: float = 100.0
    kind: str = "EV"  # in MISEV words; NVEP: no vesicle
    median_nm: float | None = None
    spread: float = 1.0
    size_class: int = 0
    size_classes: int = 1


class SlotLabel(Frozen):
    """One cargo of one population. place: lumen, membrane or surface."""

    population: int
    species: int
    place: str = "lumen"


class TypeLabel(Frozen):
    """A cell type with its states, the nodes of its network and the phases of its cycle, if it has any.

    doubling_min : by its stated cycle, where none die and no rule acts; None where it does not divide
    """

    name: str
    states: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    doubling_min: float | None = None


class Labels(Frozen):
    """Names by index, the same for every site of a run."""

    substances: tuple[SubstanceLabel, ...] = ()
    populations: tuple[PopulationLabel, ...] = ()
    species: tuple[str, ...] = ()
    slots: tuple[SlotLabel, ...] = ()
    types: tuple[TypeLabel, ...] = ()
    matrices: tuple[str, ...] = ()
    stores: tuple[tuple[str, str], ...] = ()  # (matrix, substance)
    families: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    travellers: tuple[str, ...] = ()  # cell types that go from site to site


class SiteLabel(Frozen):
    """A site and its voxels. dimensions: 0 (pool, dish), 2 or 3; voxel and height in µm.

    area_um2: culture surface of a dish; share: the piece of its labware, or of the organ, that a tissue is.
    sampled: of a pool, what is simulated of its cells, in words (of labware: in the text of that).
    """

    name: str
    nx: int
    ny: int
    nz: int
    voxel: float
    height: float
    dimensions: int
    regions: tuple[str, ...] = ()
    area_um2: float = 0.0
    share: float = 1.0
    labware: str | None = None
    sampled: tuple[str, ...] = ()

    @property
    def whole(self) -> float:
        """What is said over what is in the site: the whole labware over the piece of it; 1 for other sites."""
        return 1.0 if self.labware is None else 1.0 / self.share

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return self.nx * self.ny * self.nz

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel, µm³."""
        return self.voxel * self.voxel * self.height

    @property
    def size(self) -> tuple[float, float, float]:
        """Edges, µm."""
        return self.nx * self.voxel, self.ny * self.voxel, self.nz * self.height

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along (z, y, x) in 3D, (y, x) otherwise."""
        return (self.nz, self.ny, self.nx) if self.dimensions == 3 else (self.ny, self.nx)


class LabwareLabel(Frozen):
    """What cells were grown in, as the methods of a paper say it. text: plate, area, volumes, pores, medium."""

    name: str
    kind: str
    sites: tuple[str, ...]
    text: str


class PreparationLabel(Frozen):
    """What was added: vesicles of a class, particles per µg protein where measured, and the text of how it was made."""

    name: str
    vesicle: str
    particles_per_ug: float | None = None
    text: str = ""


class ArmLabel(Frozen):
    """What an arm does, in the words of the model. control: which unasked control it is; series, dose (in its unit)."""

    name: str
    steps: tuple[str, ...] = ()
    control: str | None = None
    series: str | None = None
    dose: float | None = None
    dose_unit: str = ""


class VariantLabel(Frozen):
    """One site of the batch: an arm with one replicate. Draw 0 holds the stated values."""

    arm: str
    replicate: int
    draw: int
    seed: int
    genotypes: dict[str, str] = {}


class EventLabel(Frozen):
    """What counts as an event of a patient: a measure below or above a threshold in its unit."""

    name: str
    measure: str
    side: str
    threshold: float
    text: str


class CohortLabel(Frozen):
    """Patients (the replicates of every arm), loci, and events."""

    patients: int
    loci: tuple[str, ...] = ()
    events: tuple[EventLabel, ...] = ()


class MeasureLabel(Frozen):
    """A measure as the model states it, and when it is read (None: at the end). limit: of detection, in `unit`."""

    name: str
    text: str
    kind: str
    what: str
    vesicle: str | None = None
    cell: str | None = None
    state: str | None = None
    place: str | None = None
    unit: str = ""
    factor: float = 1.0  # value in `unit` = internal value × factor
    at_min: float | None = None
    assay: str | None = None
    to: str | None = None
    above: float | None = None
    relative_to: str | None = None
    limit: float = 0.0


class FactLabel(Frozen):
    """A measured fact that speaks of a value. agrees : its numbers overlap the stated range; cited : as a source"""

    id: str
    text: str
    number: str
    agrees: bool
    cited: bool = False
    same_cell: bool = True


class ParameterLabel(Frozen):
    """A value of the model as written, with its evidence. read: every source it cites has been opened."""

    path: str
    number: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    evidence: str = "assumed"
    sources: tuple[str, ...] = ()
    read: bool = False
    note: str | None = None
    cites: tuple[str, ...] = ()  # claims and references of the sentence it stands in
    facts: tuple[FactLabel, ...] = ()  # that speak of it, the nearest first


class LinkLabel(Frozen):
    """A substance that one cell type secretes and another one reads."""

    donor: str
    recipient: str
    substance: str


class ReferenceLabel(Frozen):
    """A source that this run rests on. kind: paper, or claim (a statement of a review in the ledgers)."""

    key: str
    kind: str = "paper"
    text: str = ""
    doi: str = ""
    read: str = "no"  # yes, abstract, table, no


class RuleLabel(Frozen):
    """A sentence of the model (rule, edge, reaction …) with what it cites."""

    owner: str
    text: str
    sources: tuple[str, ...] = ()


class SwitchLabel(Frozen):
    """A network of a cell type with more than one stable state."""

    cell: str
    nodes: tuple[str, ...]
    stable_states: tuple[dict[str, float], ...]
    declared: bool


class NeedLabel(Frozen):
    """Delivered functional copies that would lower a silenced node by the smallest visible effect, per variant."""

    type: str
    node: str
    family: str
    species: tuple[str, ...]
    copies: tuple[float, ...]
    fold: float


class PlanLabel(Frozen):
    """Times of a run: macro step, the macro steps of the recording times (the first is 0), those at which the
    experimenter acts, and the variants whose fields and cells are kept at every recording time.
    """

    macro_step_min: float
    record_steps: tuple[int, ...]
    event_steps: tuple[int, ...] = ()
    pictured: tuple[int, ...] = (0,)

    @property
    def last_step(self) -> int:
        """Macro steps of the whole run."""
        return self.record_steps[-1]

    @property
    def duration_min(self) -> float:
        """Simulated minutes of the whole run."""
        return self.last_step * self.macro_step_min

    def moments(self) -> list[tuple[int, bool]]:
        """Macro step of every record, and whether it was made after the experimenter had acted there.

        Where the experimenter acts there are two records of one time; no other time has two.
        """
        steps = sorted({*self.record_steps, *self.event_steps})
        acting = set(self.event_steps)
        return [(step, after) for step in steps for after in ((False, True) if step in acting else (False,))]

    def is_before(self, step: int, *, after: bool) -> bool:
        """Whether a record shows what was there before the experimenter acted at that time."""
        return step in self.event_steps and not after

    def times_min(self) -> list[float]:
        """Times of the records, min; a time at which the experimenter acts stands there twice."""
        return [step * self.macro_step_min for step, _ in self.moments()]

    def picture_times_min(self) -> list[float]:
        """Times at which fields and cells are kept, min: each recording time once."""
        return [step * self.macro_step_min for step in self.record_steps]


class RunDescription(Frozen):
    """A run: the question, the text, the names, the plan and what every value rests on."""

    model: str
    question: str | None = None
    about: str | None = None
    species: str | None = None
    claims: tuple[str, ...] = ()
    text: str = ""
    text_hash: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    seed: int = 1
    plan: PlanLabel
    variants: tuple[VariantLabel, ...]
    sites: tuple[SiteLabel, ...]
    labels: Labels = Labels()
    measures: tuple[MeasureLabel, ...] = ()
    parameters: tuple[ParameterLabel, ...] = ()
    references: tuple[ReferenceLabel, ...] = ()
    rules: tuple[RuleLabel, ...] = ()
    links: tuple[LinkLabel, ...] = ()
    switches: tuple[SwitchLabel, ...] = ()
    needs: tuple[NeedLabel, ...] = ()
    labware: tuple[LabwareLabel, ...] = ()
    preparations: tuple[PreparationLabel, ...] = ()
    protocol: tuple[str, ...] = ()
    arm_labels: tuple[ArmLabel, ...] = ()
    cohort: CohortLabel | None = None
    calibrated: str = ""  # the calibrated draws that values were taken from, in words; empty: from all ranges

    @property
    def controls(self) -> tuple[str, ...]:
        """Arms that were added unasked."""
        return tuple(a.name for a in self.arm_labels if a.control is not None)

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms in the order of the model; the first is the baseline."""
        return tuple(dict.fromkeys(v.arm for v in self.variants))

    @property
    def replicates(self) -> int:
        """Replicates of each arm."""
        return len({v.replicate for v in self.variants})

    @property
    def draws_differ(self) -> bool:
        """Whether replicates differ in parameter values and not only in random numbers."""
        return len({v.draw for v in self.variants}) > 1

    def variants_of(self, arm: str) -> list[int]:
        """Indices of the variants of an arm, by replicate; raises KeyError."""
        found = [i for i, v in enumerate(self.variants) if v.arm == arm]
        if not found:
            raise KeyError(arm)
        return found

    def variant(self, arm: str, replicate: int) -> int:
        """Index of one variant; raises KeyError."""
        for i, v in enumerate(self.variants):
            if v.arm == arm and v.replicate == replicate:
                return i
        raise KeyError((arm, replicate))

    def site(self, name: str) -> SiteLabel:
        """A site by name; raises KeyError."""
        for site in self.sites:
            if site.name == name:
                return site
        raise KeyError(name)

    def measure(self, name: str) -> MeasureLabel:
        """A measure by name; raises KeyError."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)
