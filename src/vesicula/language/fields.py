"""The entries of every block of the language: one table from which reading, writing, checking, filling from the
parameter library, the JSON Schema and the reference page are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Form = Literal[
    "value", "values", "sized", "list", "switch", "names", "text", "choice", "count", "words", "walls", "special"
]
Fill = Literal["never", "needed", "wanted", "offered"]
Sign = Literal["positive", "not negative", "any"]


@dataclass(frozen=True)
class Field:
    """One entry of a block.

    key: as written; attribute: of the typed model; form: how it is written; dimension: name in `units.DIMENSIONS`;
    quantity: its word in the parameter library; about: one line of documentation; example: how it is written;
    fill: what happens where it is not said. `needed`: the library must have it; `wanted`: a warning if it has not;
    `offered`: taken if it is there; `never`: stays unsaid. sign: which numbers it may hold. spread: attribute of the
    geometric spread behind a value of the form `sized`.
    """

    key: str
    attribute: str
    form: Form
    about: str
    example: str
    dimension: str = "number"
    quantity: str | None = None
    fill: Fill = "never"
    sign: Sign = "positive"
    choices: tuple[str, ...] = ()
    spread: str = ""

    @property
    def library_word(self) -> str:
        """The quantity under which the parameter library holds this value."""
        return self.quantity or self.key


SITE = (
    Field(
        "kind", "kind", "choice", "tissue (cells have positions), pool (well mixed), or dish (well mixed, of labware)",
        "pool", choices=("tissue", "pool", "dish"),
    ),
    Field("size", "size", "list", "edges; three make the site 3D", "[600 um, 400 um]", "length"),
    Field("depth", "depth", "value", "thickness of a 2D site", "20 um", "length"),
    Field("voxel", "voxel", "value", "edge of a voxel; divides the size", "20 um", "length"),
    Field("volume", "volume", "value", "volume of a pool, or of the medium of a whole dish", "2 mL", "volume"),
    Field("area", "area", "value", "area of a whole dish", "1.9 cm^2", "area"),
    Field(
        "share", "share", "special", "part of the organ that a tissue is; of a pool: simulated cells for so many",
        "1 in 1000",
    ),
    Field("labware", "labware", "text", "labware from which the site was made", "insert"),
    Field("walls", "walls", "words", "outer faces: closed or open", "closed", choices=("closed", "open")),
    Field(
        "flow", "flow", "list", "velocity of the fluid along x, y[, z]", "[0 um/min, 0.5 um/min]", "speed",
        sign="any",
    ),
    Field(
        "regions", "regions", "special", "named parts; where they overlap, the first wins",
        "{trabecula: below 120 um}",
    ),
)  # fmt: skip

LABWARE = (
    Field("plate", "plate", "text", "name in the catalogue, which fills what is not said", "24-well transwell"),
    Field(
        "kind", "kind", "choice", "well (mixed), transwell, patch (with positions), chamber (section of a filter)",
        "transwell", choices=("well", "transwell", "patch", "chamber"),
    ),
    Field("area", "area", "value", "growth area", "1.9 cm^2", "area"),
    Field("volume", "volume", "value", "medium of a well or patch", "500 uL", "volume"),
    Field("top", "top", "value", "medium above the filter", "100 uL", "volume"),
    Field("bottom", "bottom", "value", "medium below the filter", "600 uL", "volume"),
    Field("pores", "pores", "value", "diameter of the filter's pores", "0.4 um", "length"),
    Field(
        "pore density", "pore_density", "value", "pores per area; unsaid: as usual for pores of that diameter",
        "1e8 /cm^2", "pores per area",
    ),
    Field("filter", "filter", "value", "thickness of the filter", "10 um", "length"),
    Field("coat", "coat", "value", "thickness of the gel on the filter of a chamber", "50 um", "length"),
    Field(
        "confluence", "confluence", "value", "cells per area in a closed layer, for cells that state none",
        "1e5 cells/cm^2", "cells per area",
    ),
    Field("medium", "medium", "text", "what the medium is", "EV-depleted"),
    Field(
        "sample", "sample", "value", "simulated cells of a well or transwell; unsaid: as many as the question needs",
        "40 cells", "cells",
    ),
    Field("patch", "patch", "list", "edges of the simulated part of a patch or chamber", "[600 um, 400 um]", "length"),
    Field("voxel", "voxel", "value", "edge of a voxel of a patch or chamber", "20 um", "length"),
)  # fmt: skip

PREPARATION = (
    Field("of", "of", "text", "its vesicle class", "MDA-EV"),
    Field("isolated by", "isolated_by", "text", "method of isolation", "ultracentrifugation"),
    Field(
        "particles per ug", "particles_per_ug", "value", "measured particles per mass of protein, to dose by mass",
        "1e10 particles/ug @webber2013 (2e9..3e10 @assumed)", "particles per mass",
    ),
    Field(
        "EV share", "ev_share", "value", "share of the counted particles that are vesicles; unsaid: all",
        "80 % (30..95 @assumed)", "share",
    ),
    Field(
        "co-isolated", "co_isolated", "special", "what comes along: proteins, RNA on AGO, free RNA",
        "- 0.2 ug/ug ALB (0.05..1 @assumed)",
    ),
    Field("stored", "stored", "special", "what it went through before it is given", "- 48 h at 4 C in PBS"),
)  # fmt: skip

SUBSTANCE = (
    Field(
        "diffuses", "diffuses", "value", "diffusion constant", "38 um^2/s (20..96 @assumed)", "diffusion",
        fill="needed", sign="not negative",
    ),
    Field(
        "half-life", "half_life", "value", "of breakdown and loss together", "1.6 h @pivonka2008 (0.5..8 @assumed)",
        "time", fill="wanted",
    ),
    Field(
        "molar mass", "molar_mass", "value", "needed where ng or pg are used", "60 kDa", "molar mass", fill="offered",
    ),
    Field("start", "start", "value", "concentration at the start", "0 pM", "concentration", sign="not negative"),
    Field(
        "walls", "walls", "walls", "faces: closed, open, or held at a concentration", "{top: held at 10 pM}",
        "concentration", sign="not negative",
    ),
    Field("unit", "unit", "choice", "own unit of the substance", "mmHg", choices=("mmHg", "Pa", "hPa", "kPa")),
    Field(
        "solubility", "solubility", "value", "amount per volume and own unit", "1.3 uM/mmHg", "solubility",
        fill="offered",
    ),
    Field("follows flow", "follows_flow", "switch", "moved by the site's flow", "yes"),
)  # fmt: skip

MATRIX = (
    Field(
        "fills", "fills", "special", "region, or regions with their share of full", "{trabecula: 100 %}", "share",
        sign="not negative",
    ),
    Field("solid", "solid", "switch", "bars cells where denser than one half", "yes"),
    Field(
        "stores", "stores", "values", "substances stored in it, set free when it is lost",
        "{TGFB1: 9 molecules/um^3 @bonewald1990 (2..40 @assumed)}", "concentration",
    ),
    Field(
        "new stores", "new_stores", "values", "the same in newly deposited matrix",
        "{TGFB1: 9 molecules/um^3 (2..40 @assumed)}", "concentration",
    ),
    Field(
        "passage", "passage", "values", "diffusion in it relative to fluid, by substance, vesicle or `all`",
        "{all: 1 % (0.1..10 @assumed)}", "share",
    ),
    Field(
        "holds", "holds", "special", "binding and unbinding rate of vesicles", "{tumour-EV: [0.1 /min, 0.01 /min]}",
        "rate",
    ),
    Field(
        "degraded", "degraded", "special", "enzymes that degrade it",
        "- MMP9 degrades mineral, 0.1 /h per nM (0.01..1 @assumed)", "rate per concentration",
    ),
)  # fmt: skip

VESICLE = (
    Field("from", "donor", "special", "donor cell type", "tumour"),
    Field("kind", "kind", "text", "class of vesicle in MISEV words", "small EV"),
    Field(
        "diameter", "diameter", "sized", "median diameter and geometric spread",
        "105 nm @koritzinsky2017 (80..140 @assumed), spread 1.4", "length", fill="needed", spread="size_spread",
    ),
    Field("size classes", "size_classes", "count", "equally likely size classes", "1"),
    Field(
        "made", "made", "choice", "in endosomes (with residence) or at the membrane", "in endosomes",
        choices=("in endosomes", "at the membrane"),
    ),
    Field(
        "residence", "residence", "value", "time in the endosome before release", "9.5 h @wang2017 (5..20 @assumed)",
        "time", fill="needed",
    ),
    Field(
        "diffuses", "diffuses", "value", "diffusion constant; unsaid: Stokes–Einstein of the diameter", "4 um^2/s",
        "diffusion",
    ),
    Field("half-life", "half_life", "value", "of free vesicles", "24 h (12..48 @assumed)", "time", fill="wanted"),
    Field(
        "carries", "carries", "special", "cargo in copies per vesicle",
        "{miR-21-5p: 0.008 copies/EV @chevillet2014 (1e-4..1e-1 @assumed)}", "copies per particle",
    ),
    Field("follows flow", "follows_flow", "switch", "moved by the site's flow", "yes"),
    Field("walls", "walls", "words", "outer faces: closed or open", "{top: open}", choices=("closed", "open")),
)  # fmt: skip

CARRIED = (
    Field(
        "copies", "copies", "value", "copies per vesicle", "20 copies/EV", "copies per particle", quantity="carries",
        fill="needed", sign="not negative",
    ),
    Field("half-life", "half_life", "value", "in the recipient's cytosol", "40 h", "time", fill="offered"),
    Field(
        "place", "place", "choice", "lumen, membrane or surface", "surface", choices=("lumen", "membrane", "surface"),
    ),
    Field(
        "type", "type", "choice", "what kind of molecule", "protein",
        choices=("miRNA", "mRNA", "lncRNA", "protein", "mtDNA", "drug", "unnamed"),
    ),
)  # fmt: skip

FATE = (
    Field(
        "clears", "clears", "value", "clearance by fusion and endocytosis together",
        "10 pL/h @bonsergent2021 (1..100 @assumed)", "clearance", fill="needed", sign="not negative",
    ),
    Field(
        "fusion", "fusion", "value", "share of it that fuses", "5 % (0.5..50 @assumed)", "share", fill="needed",
        sign="not negative",
    ),
    Field(
        "binding", "binding", "value", "clearance by surface receptors", "1 pL/h", "clearance", fill="offered",
        sign="not negative",
    ),
    Field("receptors", "receptors", "value", "receptors per cell", "1e4", "number", fill="offered"),
    Field(
        "internalised", "internalised", "value", "rate from the bound state", "0.1 /min", "rate", fill="offered",
        sign="not negative",
    ),
    Field(
        "detached", "detached", "value", "rate from the bound state", "0.01 /min", "rate", fill="offered",
        sign="not negative",
    ),
    Field(
        "escape", "escape", "value", "share of endosomal vesicles whose lumen reaches the cytosol",
        "25 % (2..80 @assumed)", "share", fill="needed", sign="not negative",
    ),
    Field(
        "lysosome", "lysosome", "value", "rate of degradation in the endosome", "0.2 /h", "rate", fill="needed",
        sign="not negative",
    ),
    Field(
        "saturation", "saturation", "value", "density at which endocytosis is half saturated", "3e10 particles/mL",
        "particles per volume", fill="offered",
    ),
    Field(
        "AGO loading", "loading", "value", "share of delivered miRNA that is loaded into AGO",
        "5 % (0.5..50 @assumed)", "share", fill="needed", sign="not negative",
    ),
)  # fmt: skip

MOVES = (
    Field(
        "speed", "speed", "value", "of the random walk", "0.3 um/min (0.1..1 @assumed)", "speed", quantity="speed",
        fill="needed", sign="not negative",
    ),
    Field("persistence", "persistence", "value", "time between turns", "30 min", "time", fill="needed"),
    Field(
        "bias", "bias", "value", "share of the direction that follows gradients", "30 %", "share", fill="offered",
        sign="not negative",
    ),
    Field(
        "turns away", "turns_away", "value", "share of the direction that follows the free side when cells touch",
        "80 % (30..100 @assumed)", "share", sign="not negative",
    ),
    Field(
        "toward", "toward", "values", "weights of substances; negative: away from", "{CXCL12: 1}", "number",
        sign="any",
    ),
)  # fmt: skip

ATTRACTANT = (
    Field("weight", "weight", "value", "gain; 1 is what receptors tell; negative: away from", "1", sign="any"),
    Field(
        "Kd", "kd", "value", "concentration at which half of the receptors are bound", "5 nM (0.5..50 @assumed)",
        "concentration", quantity="receptor Kd", fill="needed",
    ),
    Field(
        "receptors", "receptors", "value", "receptors per cell", "3e4 (3e3..3e5 @assumed)", "number", fill="needed",
        sign="not negative",
    ),
    Field(
        "off", "off", "value", "rate at which a bound receptor lets go", "0.5 /min (0.05..5 @assumed)", "rate",
        quantity="receptor off", fill="needed", sign="not negative",
    ),
    Field(
        "receptor", "receptor", "text",
        "name of the receptor, by which it is knocked out; copies of that name under `surface` are its number, the"
        " activity of a node of that name is the share of them that is there", "CXCR4",
    ),
)  # fmt: skip

TRAIT = (
    Field("median", "median", "value", "median over cells", "1", "number", fill="needed"),
    Field("spread", "spread", "value", "geometric SD over cells", "1.3", "number"),
    Field("drift", "drift", "value", "geometric SD per division", "1.05", "number"),
    Field("multiplies", "multiplies", "names", "behaviours, in the words of rules", "[division]"),
)  # fmt: skip

CELL = (
    Field(
        "diameter", "diameter", "sized", "median diameter and geometric spread",
        "12 um (10..16 @assumed), spread 1.1", "length", fill="needed", spread="diameter_spread",
    ),
    Field("anchored", "anchored", "switch", "pushed by none", "no"),
    Field("states", "states", "names", "named states; the first is the default", "[dormant, cycling]"),
    Field("divides", "divides", "special", "mean cycle time", "every 36 h (24..72 @assumed) while cycling", "time"),
    Field(
        "doubles", "doubles", "special", "time in which a culture doubles while none die, instead of `divides`",
        "every 24 h (16..48 @assumed)", "time",
    ),
    Field(
        "cycle", "cycle", "special", "phases instead of `divides`; rules on division change the first",
        "{G1: 10 h in 4 steps, S: 8 h in 4 steps, G2M: 4 h}", "time",
    ),
    Field("dies", "dies", "special", "mean lifetime (apoptosis)", "after 14 days (8..25 @assumed), in 4 steps", "time"),
    Field(
        "apoptosis", "apoptosis", "value", "basal rate", "0.01 /day (0.001..0.1 @assumed)", "rate",
        sign="not negative",
    ),
    Field("necrosis", "necrosis", "value", "basal rate", "0.001 /day", "rate", sign="not negative"),
    Field("dead stay", "dead_stay", "value", "how long a dead cell stays", "8 h", "time", fill="needed"),
    Field(
        "secretes", "secretes", "values", "substances, per cell", "{PTHLH: 0.06 molecules/s (0.01..0.6 @assumed)}",
        "secretion", sign="not negative",
    ),
    Field(
        "takes up", "takes_up", "values", "clearance of substances", "{TGFB1: 1 pL/h (0.1..10 @assumed)}",
        "clearance", sign="not negative",
    ),
    Field(
        "releases", "releases", "values", "vesicles, per cell",
        "{tumour-EV: 60 particles/h @chiu2016 (20..200 @assumed)}", "release", sign="not negative",
    ),
    Field(
        "own copies", "own_copies", "values", "the cell's own miRNA", "{miR-21-5p: 2000 (500..10000 @assumed)}",
        "copies", sign="not negative",
    ),
    Field(
        "competitors", "competitors", "value", "target sites that compete for one miRNA family", "3e4 sites",
        "number", sign="not negative",
    ),
    Field("surface", "surface", "values", "surface enzymes", "{NT5E: 1e4 copies}", "copies", sign="not negative"),
    Field(
        "resorbs", "resorbs", "values", "matrix taken away", "{mineral: 60 um^3/h (6..600 @assumed)}", "volume rate",
        sign="not negative",
    ),
    Field(
        "deposits", "deposits", "values", "matrix laid down", "{mineral: 2 um^3/h}", "volume rate",
        sign="not negative",
    ),
    Field("kills", "kills", "values", "cells killed on contact", "{tumour: 0.01 /h}", "rate", sign="not negative"),
    Field("engulfs", "engulfs", "value", "dead cells cleared on contact", "0.1 /h", "rate", sign="not negative"),
    Field("moves", "moves", "special", "random walk and chemotaxis", "{speed: 0.3 um/min, persistence: 30 min}"),
    Field(
        "adhesion", "adhesion", "value", "speed of attraction between touching cells", "0.4 um/min", "speed",
        fill="offered", sign="not negative",
    ),
    Field(
        "repulsion", "repulsion", "value", "speed of repulsion at full overlap", "10 um/min", "speed", fill="offered",
        sign="not negative",
    ),
    Field("reach", "reach", "value", "adhesion distance over contact distance", "1.25", "number", fill="offered"),
    Field(
        "affinity", "affinity", "values", "multiple of adhesion to other cell types", "{osteoblast: 0.5}", "number",
        sign="not negative",
    ),
    Field(
        "confluence", "confluence", "value", "cells per area in a closed layer", "1e5 cells/cm^2 (3e4..3e5 @assumed)",
        "cells per area",
    ),
    Field(
        "barrier", "barrier", "special", "what a closed layer lets through: substance, vesicle class, `EV` or `TEER`",
        '{"70kDa-dextran, closed": 2e-6 cm/s (5e-7..1e-5 @assumed)}',
    ),
    Field(
        "traits", "traits", "special", "heritable, distributed values",
        "{vigour: {median: 1, spread: 1.3, drift: 1.05, multiplies: [division]}}",
    ),
    Field(
        "becomes", "becomes", "special", "transitions of state or type",
        "- cycling from dormant at 0.05 /day (0.005..0.5 @assumed)",
    ),
    Field("networks", "networks", "names", "networks attached to this cell", "[nfkb]"),
    Field(
        "inside", "inside", "special", "edges, silencing, memory, node settings",
        "- PTHLH activates PTH1R, half-max 150 pM (15..1500 @assumed)",
    ),
    Field(
        "rules", "rules", "special", "signals that change behaviours",
        "- TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50 @assumed)",
    ),
)  # fmt: skip

RUN = (
    Field("for", "duration", "value", "simulated time", "21 days", "time"),
    Field("record", "record", "special", "interval of records", "every 6 h", "time"),
    Field("step", "step", "value", "macro step (unsaid: 6 min), the grid of draws and records", "6 min", "time"),
    Field("seeds", "seeds", "count", "repeats with other random numbers", "4"),
    Field("draws", "draws", "count", "repeats with other random numbers and parameter values", "16"),
)  # fmt: skip

TOP = (
    Field("vesicula", "version", "count", "version of the language; first key", "1"),
    Field("model", "name", "text", "name of the model", "bone-metastasis"),
    Field("part", "part", "text", "name of a part, instead of `model`", "cells/osteoblast"),
    Field("question", "question", "text", "what the model shall answer", "What stops the vicious cycle?"),
    Field("about", "about", "text", "free text", "A trabecula and its marrow."),
    Field("species", "species", "text", "a value measured in another species counts as borrowed", "human"),
    Field("claims", "claims", "names", "claims of the ledgers that the model carries", "[bm-051, bm-060]"),
    Field(
        "use", "use", "names", "parts of the library, or files beside this one (`./parts/my.yaml`)",
        "[cells/osteoblast]",
    ),
    Field(
        "but", "but", "special", "values of parts that differ here, by path",
        "{cells.osteoblast.secretes.TNFSF11: 0.1 molecules/s (0.01..1 @assumed)}",
    ),
    Field("sites", "sites", "special", "places with cells and medium", "{blood: {kind: pool, volume: 2 mL}}"),
    Field(
        "labware", "labware", "special", "what cultures are grown in; each becomes one or two sites",
        "{insert: {plate: 24-well transwell, pores: 0.4 um}}",
    ),
    Field("substances", "substances", "special", "dissolved molecules", "{TNFSF11 (HGNC:11926): {diffuses: library}}"),
    Field(
        "reactions", "reactions", "special", "between substances",
        "- TNFRSF11B binds TNFSF11, Kd 1 nM (0.01..10 @assumed), off 0.1 /h (0.01..1 @assumed)",
    ),
    Field("matrix", "matrix", "special", "deposited material", "{mineral: {fills: trabecula}}"),
    Field("vesicles", "vesicles", "special", "classes of vesicles by donor", "{tumour-EV: {from: tumour}}"),
    Field(
        "preparations", "preparations", "special", "what a laboratory adds: vesicles with all that comes along",
        "{MDA-prep: {of: MDA-EV}}",
    ),
    Field(
        "networks", "networks", "special", "networks that cells attach by name",
        "nfkb:",
    ),
    Field("cells", "cells", "special", "cell types", "{tumour (breast-cancer): {divides: every 36 h}}"),
    Field(
        "body", "body", "special", "blood flow between sites, and cells that travel",
        "- blood perfuses bone, 2 mL/min (0.2..20 @assumed)",
    ),
    Field(
        "cohort", "cohort", "special", "patients, their genotypes, and what counts as an event",
        "{patients: 200, events: {skeletal event: bone below 70}}",
    ),
    Field("start", "start", "special", "cells at time 0", "- 40 tumour in marrow, dormant"),
    Field("protocol", "protocol", "special", "steps in every arm", "- at 0 days hold estradiol at 100 pM"),
    Field("arms", "arms", "special", "what is done differently; the first is the baseline", "{untreated: []}"),
    Field(
        "controls", "controls", "special", "control arms that are added; unsaid: all, where preparations are given",
        "none",
    ),
    Field("measure", "measures", "special", "numbers read from a run", "{tumour cells: count of tumour in bone}"),
    Field(
        "experiments", "experiments", "special", "claims that arms of this file test, and what is read",
        "{bm-051: {baseline: untreated, perturbation: RANKL block, measure: bone}}",
    ),
    Field("run", "run", "special", "times and repeats", "{for: 21 days, record: every 6 h, step: 6 min, seeds: 4}"),
)  # fmt: skip

COHORT = (
    Field("patients", "patients", "count", "number of patients, each a draw of values and random numbers", "200"),
    Field(
        "genotypes", "genotypes", "special", "locus -> genotype -> share of patients",
        "{rs2234693: {TT: 30 %, TC: 45 %, CC: 25 %}}",
    ),
    Field(
        "differ", "differ", "special", "what values a genotype multiplies",
        "- rs2234693 CC multiplies cells.osteoclast.dies by 0.8 (0.25..2.5 @assumed)",
    ),
    Field(
        "events", "events", "special", "a measure of the file below or above a number in its unit",
        "{skeletal event: bone below 70}",
    ),
)  # fmt: skip

EXPERIMENT = (
    Field("baseline", "baseline", "text", "arm against which is compared", "untreated"),
    Field("perturbation", "perturbation", "special", "arm, or levels in order, or a series", "RANKL block"),
    Field("measure", "measure", "text", "what is compared", "bone"),
    Field("each", "each", "switch", "each arm of `perturbation` on its own, all must agree", "yes"),
)

RESERVED = ("vessels", "depots", "expect")
"""Blocks of later versions."""

BLOCKS = MappingProxyType(
    {
        "model": TOP,
        "site": SITE,
        "labware": LABWARE,
        "substance": SUBSTANCE,
        "matrix": MATRIX,
        "vesicle": VESICLE,
        "cargo": CARRIED,
        "preparation": PREPARATION,
        "cell": CELL,
        "EV fate": FATE,
        "moves": MOVES,
        "toward": ATTRACTANT,
        "trait": TRAIT,
        "cohort": COHORT,
        "run": RUN,
        "experiment": EXPERIMENT,
    }
)
"""Every block of the language by name."""

FACES = ("left", "right", "bottom", "top", "back", "front", "all")
