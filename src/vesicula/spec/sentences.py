"""The sentences of a model as data: rules, edges, reactions, matrix, start, protocol and arm steps, measures.

Every sentence keeps its text (for reports and writing back) and the place where it stands. Names are still names;
`check` resolves them, and the compiler turns them into columns.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vesicula.spec.values import Frozen, Location, Value


class Sentence(Frozen):
    """What all sentences share. sources: claim ids and reference keys given with `@`."""

    text: str
    sources: tuple[str, ...] = ()
    where: Location | None = Field(default=None, exclude=True, repr=False)


# --- what rules and gates read -------------------------------------------------------------------------------------


class NamedSignal(Frozen):
    """A substance, node, cargo species, trait or matrix by its name (`TGFB1`, `mineral`).

    place narrows a name that stands for two things: `TGFB1 outside` (substance), `PTHLH inside` (node),
    `delivered miR-21-5p` (cargo copies in the cytosol), `bound X` (surface cargo on bound vesicles),
    `inserted X` (membrane cargo inserted by fusion); None: the only meaning, found by `check`.
    """

    kind: Literal["named"] = "named"
    name: str
    place: Literal["outside", "inside", "delivered", "bound", "inserted"] | None = None


class ContactSignal(Frozen):
    """`contact with CELL`: number of touching neighbours of that type."""

    kind: Literal["contact"] = "contact"
    cell: str


class PressureSignal(Frozen):
    """`pressure`: the mechanical pressure of the neighbours."""

    kind: Literal["pressure"] = "pressure"


SignalText = Annotated[NamedSignal | ContactSignal | PressureSignal, Field(discriminator="kind")]


class Term(Frozen):
    """One input of a gate with its own response; inhibit: `not X`.

    half_max: occupancy constant of this input where it has a unit; None: the edge's, else the library's (`resolve`).
    """

    kind: Literal["term"] = "term"
    signal: SignalText
    inhibit: bool = False
    half_max: Value | None = None


class AllOf(Frozen):
    """Logical AND of gates."""

    kind: Literal["and"] = "and"
    parts: tuple[Gate, ...]


class AnyOf(Frozen):
    """Logical OR of gates."""

    kind: Literal["or"] = "or"
    parts: tuple[Gate, ...]


Gate = Annotated[Term | AllOf | AnyOf, Field(discriminator="kind")]
AllOf.model_rebuild()
AnyOf.model_rebuild()


# --- behaviours ----------------------------------------------------------------------------------------------------


class BehaviourText(Frozen):
    """What a rule changes. Words by kind:

    secretion, uptake, attraction (`attraction to X`): of a substance; release, clearance, fusion, binding,
    endocytosis: of a vesicle class; loading: `loading of CARGO in VESICLE`; division, apoptosis, necrosis,
    speed, persistence, bias, adhesion, repulsion; becoming: `becoming STATE|CELL`; leaving: `leaving SITE`;
    resorption, deposition: of a matrix; killing (of CELL), engulfing; enzyme: `X on the surface`.
    """

    kind: Literal[
        "secretion", "uptake", "attraction", "release", "clearance", "fusion", "binding", "endocytosis",
        "loading", "division", "apoptosis", "necrosis", "speed", "persistence", "bias", "adhesion", "repulsion",
        "becoming", "leaving", "resorption", "deposition", "killing", "engulfing", "surface enzyme",
    ]  # fmt: skip
    what: str | None = None
    in_vesicle: str | None = None


class Rule(Sentence):
    """`TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50), hill 2 @bm-058`."""

    kind: Literal["rule"] = "rule"
    signal: SignalText
    direction: Literal["raises", "lowers"]
    behaviour: BehaviourText
    limit: Value  # multiple of the base
    half_max: Value | None = None  # None: from the parameter library
    hill: Value | None = None
    while_state: str | None = None


class Keeps(Sentence):
    """`IL6 keeps dormant, half-max 200 pM`: lowers every transition out of that state, to `limit` (default 0x)."""

    kind: Literal["keeps"] = "keeps"
    signal: SignalText
    state: str
    limit: Value | None = None
    half_max: Value | None = None
    hill: Value | None = None


RuleText = Annotated[Rule | Keeps, Field(discriminator="kind")]


# --- inside the cell -----------------------------------------------------------------------------------------------


class Edge(Sentence):
    """`PTHLH activates PTH1R, half-max 150 pM`, `IFNG and (TNF or IL1B) activate LICENCE`, `PTEN inhibits AKT1`.

    All edges into one node combine by OR of the activating gates, then AND with every inhibiting gate's complement.
    half_max: occupancy constant for signals with a unit (substances, copies); ec50, hill, weight: normalised Hill.
    """

    kind: Literal["edge"] = "edge"
    gate: Gate
    effect: Literal["activates", "inhibits"]
    node: str
    weight: Value | None = None
    half_max: Value | None = None
    ec50: Value | None = None
    hill: Value | None = None


class Silences(Sentence):
    """`miR-21-5p silences PDCD4 (20 mRNA, half-life 9 h, protein half-life 24 h)`; lambda and kappa optional."""

    kind: Literal["silences"] = "silences"
    mirna: str
    node: str
    mrna: Value
    mrna_half_life: Value
    protein_half_life: Value | None = None
    half_saturation: Value | None = None  # lambda, copies
    strength: Value | None = None  # kappa = g*/gR


class Sequesters(Sentence):
    """`SRP9 sequesters RN7SL1, capacity 1e4 copies, Kd 100 copies`: only free copies act."""

    kind: Literal["sequesters"] = "sequesters"
    node: str
    cargo: str
    capacity: Value
    kd: Value


class KeepsItself(Sentence):
    """`TA_MSC keeps itself, on above 0.4 (0.2..0.6), off below 0.1`: declared memory of a node."""

    kind: Literal["memory"] = "memory"
    node: str
    on_above: Value
    off_below: Value


class NodeSetting(Sentence):
    """`PTH1R starts at 0.1`, `PTH1R responds in 2 h`, `PTH1R reaches at most 0.8`."""

    kind: Literal["node"] = "node"
    node: str
    setting: Literal["starts at", "responds in", "reaches at most"]
    value: Value


class Closes(Sentence):
    """`TJP1 closes junctions, half-max 50 %, hill 4`: the node holds the junctions of a monolayer shut.

    Closed share of a cell's junctions: product over its `closes` sentences of h(x)/h(1), h(x) = x^n/(x^n + half^n).
    """

    kind: Literal["closes"] = "closes"
    node: str
    half_max: Value | None = None
    hill: Value | None = None


InsideText = Annotated[Edge | Silences | Sequesters | KeepsItself | NodeSetting | Closes, Field(discriminator="kind")]


class Becomes(Sentence):
    """`cycling from dormant at 0.02 /day`, `osteoclast after 3 days, in 4 steps`: a transition of state or type.

    Exactly one of rate (1/time) and after (mean waiting time) is given.
    """

    kind: Literal["becomes"] = "becomes"
    to: str  # state of the same cell, or another cell type
    from_state: str | None = None
    to_state: str | None = None  # state on arrival in another type
    rate: Value | None = None
    after: Value | None = None
    steps: int = 1


# --- between molecules ---------------------------------------------------------------------------------------------


class Binds(Sentence):
    """`TNFRSF11B binds TNFSF11, Kd 1 nM, off 0.1 /h`; the complex is named `A:B` unless `forming NAME` is said."""

    kind: Literal["binds"] = "binds"
    first: str
    second: str
    product: str
    kd: Value
    off: Value


class Makes(Sentence):
    """`NT5E makes adenosine from AMP, kcat 10 /s, Km 10 uM, on VESICLE|on CELL|in fluid`."""

    kind: Literal["makes"] = "makes"
    enzyme: str
    product: str
    substrate: str
    kcat: Value
    km: Value
    place: str | None = None  # None: in fluid; else a cell or vesicle name


class TurnsInto(Sentence):
    """`latent TGFB1 turns into TGFB1, half-life 2 h`: first order."""

    kind: Literal["turns into"] = "turns into"
    substrate: str
    product: str
    half_life: Value


ReactionText = Annotated[Binds | Makes | TurnsInto, Field(discriminator="kind")]


class Degrades(Sentence):
    """`MMP9 degrades collagen, 0.1 /h per nM`."""

    kind: Literal["degrades"] = "degrades"
    enzyme: str
    matrix: str
    rate: Value


# --- start, protocol and arms --------------------------------------------------------------------------------------


class StartCount(Sentence):
    """`40 tumour in marrow, dormant`."""

    kind: Literal["count"] = "count"
    count: int
    cell: str
    region: str | None = None
    state: str | None = None
    label: str | None = None


class StartDensity(Sentence):
    """`tumour in marrow, 200 /mm^2, dormant`, or per volume."""

    kind: Literal["density"] = "density"
    cell: str
    density: Value
    region: str | None = None
    state: str | None = None
    label: str | None = None


class StartAlong(Sentence):
    """`osteoblast along trabecula, every 15 um`: cells on the boundary of a region, just outside it."""

    kind: Literal["along"] = "along"
    cell: str
    region: str
    spacing: Value
    state: str | None = None
    label: str | None = None


class StartConfluent(Sentence):
    """`endothelium confluent on insert`, `tumour at 60 % confluence on dish`: in labware; share None: all of it."""

    kind: Literal["confluent"] = "confluent"
    cell: str
    place: str
    share: Value | None = None
    state: str | None = None
    label: str | None = None


class StartTable(Sentence):
    """`cells from positions.csv`: columns cell, x, y[, z][, state][, label], µm; path relative to the model file."""

    kind: Literal["table"] = "table"
    path: str


StartText = Annotated[StartCount | StartDensity | StartAlong | StartConfluent | StartTable, Field(discriminator="kind")]


class Step(Sentence):
    """One act of the experimenter; `at` None: from the start. `until` None: to the end. `every`: repeated."""

    at: Value | None = None
    every: Value | None = None
    until: Value | None = None


class AddSubstance(Step):
    """`at 2 h add 5 nM TGFB1 [to marrow]`, that comes on top; `at 2 h add 5 ng TGFB1 to dish`, of the whole labware."""

    kind: Literal["add substance"] = "add substance"
    substance: str
    amount: Value
    region: str | None = None


class AddAntibody(Step):
    """`at 7 days add antibody against TNFSF11, 10 nM, Kd 0.1 nM, half-life 20 days`: an own substance that binds."""

    kind: Literal["antibody"] = "antibody"
    against: str
    amount: Value
    kd: Value | None = None
    off: Value | None = None
    half_life: Value | None = None


class Hold(Step):
    """`at 0 days hold estradiol at 100 pM`; `level` None: `release estradiol`."""

    kind: Literal["hold"] = "hold"
    substance: str
    level: Value | None = None


class AddVesicles(Step):
    """`at 0 h add 1e6 particles of tumour-EV [to marrow]`."""

    kind: Literal["add vesicles"] = "add vesicles"
    vesicle: str
    particles: Value
    region: str | None = None


class AddPreparation(Step):
    """`at 0 h add 2 ug MDA-prep per 2e5 cells to insert top`, `add 1e4 particles of MDA-prep per cell to dish`.

    amount: protein mass (needs the preparation's `particles per ug`) or particles; per: cells it is given for (None:
    the whole labware); region: site, labware or region.
    """

    kind: Literal["add preparation"] = "add preparation"
    preparation: str
    amount: Value
    per: Value | None = None
    region: str | None = None


class DoseSeries(Step):
    """`at 0 h add doxorubicin at 1 nM to 10 uM in 8 doses`: an arm of its own for each dose, evenly on a log scale.

    what: substance or preparation.
    """

    kind: Literal["dose series"] = "dose series"
    what: str
    low: Value
    high: Value
    doses: int
    per: Value | None = None
    region: str | None = None


class GiveMedium(Step):
    """`at 24 h give 50 % medium of donors to recipients, EV fraction`: that share of the recipients' medium is replaced
    by the donors', whole or one fraction of it (the rest of the volume is fresh medium).
    """

    kind: Literal["give medium"] = "give medium"
    share: Value
    fraction: Literal["whole", "EV", "soluble"] = "whole"
    source: str
    target: str


class AddCells(Step):
    """`at 3 days add 40 tumour in marrow, dormant`."""

    kind: Literal["add cells"] = "add cells"
    count: int
    cell: str
    region: str | None = None
    state: str | None = None


class RemoveCells(Step):
    """`at 3 days remove 50 % of tumour [from marrow]`; cell None: all cells. `wound marrow` also removes matrix."""

    kind: Literal["remove cells"] = "remove cells"
    share: Value
    cell: str | None = None
    region: str | None = None
    with_matrix: bool = False


class Wash(Step):
    """`at 1 day wash 90 %`: exchange of medium."""

    kind: Literal["wash"] = "wash"
    share: Value


class Block(Step):
    """`block uptake of tumour-EV by 90 %`, `block TGFB1 in tumour by 90 %`, or by a dose: `block uptake of tumour-EV
    by heparin at 10 uM, IC50 3 uM (1..10), hill 1` leaves 1/(1 + (dose/IC50)^hill).

    process: release, uptake (all routes), fusion, endocytosis, binding, escape (from endosomes) of a vesicle class;
    secretion of a substance; sensing: what cells read of it, or what their own node, cargo, surface molecule does.
    """

    kind: Literal["block"] = "block"
    process: Literal["release", "uptake", "fusion", "endocytosis", "binding", "escape", "sensing", "secretion"]
    what: str
    share: Value | None = None  # None: by the inhibitor's dose
    cell: str | None = None
    inhibitor: str | None = None
    dose: Value | None = None
    ic50: Value | None = None
    hill: Value | None = None


class KnockOut(Step):
    """`knock out PTHLH in tumour, residual 10 %`: all that the cell has under that name."""

    kind: Literal["knock out"] = "knock out"
    what: str
    cell: str | None = None
    residual: Value | None = None


class Overexpress(Step):
    """`overexpress NT5E in c x 10`: all that the cell has under that name but the activity of a node."""

    kind: Literal["overexpress"] = "overexpress"
    what: str
    cell: str | None = None
    factor: Value


class RemoveCargo(Step):
    """`remove miR-21-5p from tumour-EV`."""

    kind: Literal["remove cargo"] = "remove cargo"
    cargo: str
    vesicle: str


class LoadCargo(Step):
    """`load miR-21-5p in tumour-EV x 1000`."""

    kind: Literal["load"] = "load"
    cargo: str
    vesicle: str
    factor: Value


class Replace(Step):
    """`replace MDA-prep by vehicle`, `by its non-EV fraction`, `by MCF10A-prep`. Whole run only."""

    kind: Literal["replace"] = "replace"
    preparation: str
    by: str  # "vehicle", "non-EV fraction" or another preparation


class Rescale(Step):
    """`dose MDA-prep x 0.1`: the same preparation (or vesicle class, or substance), another dose."""

    kind: Literal["rescale"] = "rescale"
    what: str
    factor: Value


class Deplete(Step):
    """`deplete serum-EV by 95 %`: of a vesicle class, preparation, substance or cell, at the start and in doses."""

    kind: Literal["deplete"] = "deplete"
    what: str
    share: Value


class MutateSite(Step):
    """`mutate miR-105-5p site of TJP1 in endothelium`: the target no longer binds the miRNA."""

    kind: Literal["mutate site"] = "mutate site"
    mirna: str
    node: str
    cell: str


class Cool(Step):
    """`cool to 4 C`: fusion, endocytosis and release stop but for a rest (`active at 4 C`); binding goes on."""

    kind: Literal["cool"] = "cool"
    temperature: Value


class Clamp(Step):
    """`clamp AKT1 in tumour at 0.5`."""

    kind: Literal["clamp"] = "clamp"
    node: str
    cell: str
    level: Value


class Without(Step):
    """`without tumour`: cells of that type are left out of the start. Whole run only."""

    kind: Literal["without"] = "without"
    cell: str


class SetParameter(Step):
    """`set cells.tumour.divides to 24 h`: a value of the model by its path."""

    kind: Literal["set"] = "set"
    path: str
    value: Value


StepText = Annotated[
    AddSubstance | AddAntibody | Hold | AddVesicles | AddPreparation | DoseSeries | GiveMedium | AddCells | RemoveCells
    | Wash | Block | KnockOut | Overexpress | RemoveCargo | LoadCargo | Replace | Rescale | Deplete | MutateSite | Cool
    | Clamp | Without | SetParameter,
    Field(discriminator="kind"),
]  # fmt: skip


# --- what is read from a run ---------------------------------------------------------------------------------------


class Measure(Sentence):
    """A number read from a run at every record. Forms:

    count: `count of tumour [dormant] [in marrow]`; matrix left: `mineral left in trabecula in % of start`;
    concentration: `concentration of TGFB1 in marrow in pM`; node: `PTH1R in osteoblast` (mean, living cells);
    copies: `copies of miR-21-5p in osteoclast-precursor` (mean per living cell: its own and those delivered that act);
    delivered copies: `delivered copies of miR-21-5p in osteoclast-precursor` (those delivered that act);
    event share, event time: `share with skeletal event`, `time to skeletal event` (of a cohort, in days);
    vesicles: `density of tumour-EV in marrow in EV/mL`; delivered: `particles of tumour-EV delivered to osteoclast`;
    assay: `blot of TJP1 in endothelium at 24 h in % of vehicle`, `permeability of insert to 70kDa-dextran in cm/s`,
    `flow cytometry of CD44 in tumour, positive above 0.5`: an entry of `spec.assays`; what: the thing after `of`,
    to: the thing after `to`, above: the gate, relative_to: arm whose value (same replicate) is 100 %.
    """

    kind: Literal[
        "count", "matrix left", "concentration", "node", "copies", "delivered copies", "vesicles", "delivered", "assay",
        "event share", "event time",
    ]  # fmt: skip
    name: str
    what: str
    cell: str | None = None
    state: str | None = None
    place: str | None = None  # region or site
    unit: str = ""
    at: Value | None = None  # None: the end
    assay: str | None = None
    to: str | None = None
    above: Value | None = None
    relative_to: str | None = None
