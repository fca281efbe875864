"""Cells: what they do, how they move, what is inside them, and the networks that they attach."""

from __future__ import annotations

from typing import Annotated

import pydantic

from vesicula.language.fields import Entry
from vesicula.language.model.named import Named
from vesicula.language.sentences import Becomes, InsideText, RuleText
from vesicula.language.slots import Name
from vesicula.language.values import Frozen, Location, Value

ALL_VESICLES = "EV"
"""Name under which a cell says what it does with vesicles of every class."""


class Phase(Named):
    """A phase of the cell cycle: mean duration, in Erlang steps; states in which its clock runs (empty: all)."""

    lasts: Value
    steps: int = 1
    lasts_while: tuple[str, ...] = ()


class VesicleFate(Frozen):
    """What a cell does with a vesicle class (or with all: key `EV`). ligand_at: where the ligand is named."""

    clears: Annotated[
        Value | None,
        Entry(
            "clearance by fusion and endocytosis together",
            "10 pL/h @bonsergent2021 (1..100 @assumed)",
            "clearance",
            fill="needed",
            sign="not negative",
        ),
    ] = None
    fusion: Annotated[
        Value | None,
        Entry("share of it that fuses", "5 % (0.5..50 @assumed)", "share", fill="needed", sign="not negative"),
    ] = None
    binding: Annotated[
        Value | None,
        Entry(
            "clearance by surface receptors; with a `ligand` the clearance per copy of it",
            "1 pL/h",
            "clearance",
            fill="offered",
            sign="not negative",
        ),
    ] = None
    ligand: Annotated[
        str | None,
        Name("cargo"),
        Entry(
            "molecule on the vesicle, of its surface or membrane, that the receptors bind; under `EV fate` vesicles"
            " without it are not bound",
            "ITGB4",
        ),
    ] = None
    ligand_at: Location | None = pydantic.Field(default=None, exclude=True, repr=False)
    receptors: Annotated[Value | None, Entry("receptors per cell", "1e4", fill="offered")] = None
    internalised: Annotated[
        Value | None, Entry("rate from the bound state", "0.1 /min", "rate", fill="offered", sign="not negative")
    ] = None
    detached: Annotated[
        Value | None, Entry("rate from the bound state", "0.01 /min", "rate", fill="offered", sign="not negative")
    ] = None
    escape: Annotated[
        Value | None,
        Entry(
            "share of endosomal vesicles whose lumen reaches the cytosol",
            "25 % (2..80 @assumed)",
            "share",
            fill="needed",
            sign="not negative",
        ),
    ] = None
    lysosome: Annotated[
        Value | None, Entry("rate of degradation in the endosome", "0.2 /h", "rate", fill="needed", sign="not negative")
    ] = None
    saturation: Annotated[
        Value | None,
        Entry(
            "density at which endocytosis is half saturated",
            "3e10 particles/mL",
            "particles per volume",
            fill="offered",
        ),
    ] = None
    loading: Annotated[
        Value | None,
        Entry(
            "share of delivered miRNA that is loaded into AGO",
            "5 % (0.5..50 @assumed)",
            "share",
            key="AGO loading",
            fill="needed",
            sign="not negative",
        ),
    ] = None


class Passage(Frozen):
    """How a monolayer lets one thing through: permeability with junctions closed and open, and by transcytosis, which
    for vesicles follows the endocytosis of them that the cell states.
    """

    closed: Value | None = None
    open: Value | None = None
    transcytosis: Value | None = None


class Trait(Named):
    """A heritable, distributed value of a cell that multiplies behaviours. drift: geometric SD per division."""

    median: Annotated[Value, Entry("median over cells", "1", fill="needed")]
    spread: Annotated[Value | None, Entry("geometric SD over cells", "1.3")] = None
    drift: Annotated[Value | None, Entry("geometric SD per division", "1.05")] = None
    multiplies: Annotated[tuple[str, ...], Name("words"), Entry("behaviours, in the words of rules", "[division]")] = ()


class Sensed(Frozen):
    """The receptors with which a cell follows one substance."""

    kd: Annotated[
        Value | None,
        Entry(
            "concentration at which half of the receptors are bound",
            "5 nM (0.5..50 @assumed)",
            "concentration",
            key="Kd",
            quantity="receptor Kd",
            fill="needed",
        ),
    ] = None
    receptors: Annotated[
        Value | None, Entry("receptors per cell", "3e4 (3e3..3e5 @assumed)", fill="needed", sign="not negative")
    ] = None
    off: Annotated[
        Value | None,
        Entry(
            "rate at which a bound receptor lets go",
            "0.5 /min (0.05..5 @assumed)",
            "rate",
            quantity="receptor off",
            fill="needed",
            sign="not negative",
        ),
    ] = None
    receptor: Annotated[
        str | None,
        Entry(
            "name of the receptor, by which it is knocked out; copies of that name under `surface` are its number, the"
            " activity of a node of that name is the share of them that is there",
            "CXCR4",
        ),
    ] = None


class Motion(Frozen):
    """Persistent random walk with chemotaxis and haptotaxis. sensed: with what receptors substances are followed."""

    speed: Annotated[
        Value | None,
        Entry(
            "of the random walk",
            "0.3 um/min (0.1..1 @assumed)",
            "speed",
            quantity="speed",
            fill="needed",
            sign="not negative",
        ),
    ] = None
    persistence: Annotated[Value | None, Entry("time between turns", "30 min", "time", fill="needed")] = None
    bias: Annotated[
        Value | None,
        Entry("share of the direction that follows gradients", "30 %", "share", fill="offered", sign="not negative"),
    ] = None
    turns_away: Annotated[
        Value | None,
        Entry(
            "share of the direction that follows the free side when cells touch",
            "80 % (30..100 @assumed)",
            "share",
            sign="not negative",
        ),
    ] = None
    toward: Annotated[
        dict[str, Value],
        Name("substance"),
        Entry("weights of substances; negative: away from", "{CXCL12: 1}", sign="any"),
    ] = {}
    climbs: Annotated[
        dict[str, Value],
        Name("matrix"),
        Entry(
            "weights of matrices: 1 over the difference of density across the cell at which half of the direction"
            " follows; negative: downward",
            "{fibronectin: 20 (5..80 @assumed)}",
            sign="any",
        ),
    ] = {}
    sensed: Annotated[dict[str, Sensed], Name("substance")] = {}


class StateBase(Frozen):
    """Base values that differ in one state: behaviour words -> value, or `none`."""

    values: Annotated[dict[str, Value], Name("words")]


CYCLE_STEPS = 10
"""Erlang steps of a cycle that states none: cycle times scatter by 1/√10 = 32 % (assumed)."""


class Cell(Named):
    """A cell type. `base` names the library cell it specialises: `tumour (breast-cancer)`."""

    base: str | None = None
    diameter: Annotated[
        Value | None,
        Entry(
            "median diameter and geometric spread",
            "12 um (10..16 @assumed), spread 1.1",
            "length",
            fill="needed",
            spread="diameter_spread",
        ),
    ] = None
    diameter_spread: Value | None = None
    anchored: Annotated[bool, Entry("pushed by none", "no")] = False
    states: Annotated[tuple[str, ...], Entry("named states; the first is the default", "[dormant, cycling]")] = ()
    divides: Annotated[
        Value | None, Entry("mean cycle time", "every 36 h (24..72 @assumed) while cycling", "time", form="special")
    ] = None
    doubles: Annotated[
        Value | None,
        Entry(
            "time in which a culture doubles while none die, instead of `divides`",
            "every 24 h (16..48 @assumed)",
            "time",
            form="special",
        ),
    ] = None
    division_steps: int = CYCLE_STEPS
    divides_while: tuple[str, ...] = ()  # states; empty: all
    cycle: Annotated[
        tuple[Phase, ...],
        Entry(
            "phases instead of `divides`; rules on division change the first",
            "{G1: 10 h in 4 steps, S: 8 h in 4 steps, G2M: 4 h}",
            "time",
        ),
    ] = ()
    dies: Annotated[
        Value | None,
        Entry("mean lifetime (apoptosis)", "after 14 days (8..25 @assumed), in 4 steps", "time", form="special"),
    ] = None
    death_steps: int = 1
    apoptosis: Annotated[
        Value | None, Entry("basal rate", "0.01 /day (0.001..0.1 @assumed)", "rate", sign="not negative")
    ] = None
    necrosis: Annotated[Value | None, Entry("basal rate", "0.001 /day", "rate", sign="not negative")] = None
    dead_stay: Annotated[Value | None, Entry("how long a dead cell stays", "8 h", "time", fill="needed")] = None
    secretes: Annotated[
        dict[str, Value],
        Name("substance"),
        Entry(
            "substances, per cell", "{PTHLH: 0.06 molecules/s (0.01..0.6 @assumed)}", "secretion", sign="not negative"
        ),
    ] = {}
    takes_up: Annotated[
        dict[str, Value],
        Name("substance"),
        Entry("clearance of substances", "{TGFB1: 1 pL/h (0.1..10 @assumed)}", "clearance", sign="not negative"),
    ] = {}
    releases: Annotated[
        dict[str, Value],
        Name("vesicle"),
        Entry(
            "vesicles, per cell",
            "{tumour-EV: 60 particles/h @chiu2016 (20..200 @assumed)}",
            "release",
            sign="not negative",
        ),
    ] = {}
    vesicle_fate: dict[str, VesicleFate] = {}
    own_copies: Annotated[
        dict[str, Value],
        Name("cargo"),
        Entry("the cell's own miRNA", "{miR-21-5p: 2000 (500..10000 @assumed)}", "copies", sign="not negative"),
    ] = {}
    competitors: Annotated[
        Value | None, Entry("target sites that compete for one miRNA family", "3e4 sites", sign="not negative")
    ] = None
    surface: Annotated[
        dict[str, Value],
        Name("molecule"),
        Entry("surface enzymes", "{NT5E: 1e4 copies}", "copies", sign="not negative"),
    ] = {}
    resorbs: Annotated[
        dict[str, Value],
        Name("matrix"),
        Entry("matrix taken away", "{mineral: 60 um^3/h (6..600 @assumed)}", "volume rate", sign="not negative"),
    ] = {}
    deposits: Annotated[
        dict[str, Value],
        Name("matrix"),
        Entry("matrix laid down", "{mineral: 2 um^3/h}", "volume rate", sign="not negative"),
    ] = {}
    kills: Annotated[
        dict[str, Value],
        Name("cell"),
        Entry("cells killed on contact", "{tumour: 0.01 /h}", "rate", sign="not negative"),
    ] = {}
    engulfs: Annotated[Value | None, Entry("dead cells cleared on contact", "0.1 /h", "rate", sign="not negative")] = (
        None
    )
    moves: Annotated[Motion | None, Entry("random walk and chemotaxis", "{speed: 0.3 um/min, persistence: 30 min}")] = (
        None
    )
    adhesion: Annotated[
        Value | None,
        Entry("speed of attraction between touching cells", "0.4 um/min", "speed", fill="offered", sign="not negative"),
    ] = None
    repulsion: Annotated[
        Value | None,
        Entry("speed of repulsion at full overlap", "10 um/min", "speed", fill="offered", sign="not negative"),
    ] = None
    reach: Annotated[Value | None, Entry("adhesion distance over contact distance", "1.25", fill="offered")] = None
    affinity: Annotated[
        dict[str, Value],
        Name("cell"),
        Entry("multiple of adhesion to other cell types", "{osteoblast: 0.5}", sign="not negative"),
    ] = {}
    confluence: Annotated[
        Value | None, Entry("cells per area in a closed layer", "1e5 cells/cm^2 (3e4..3e5 @assumed)", "cells per area")
    ] = None
    barrier: Annotated[
        dict[str, Passage],
        Entry(
            "what a closed layer lets through: substance, vesicle class, `EV` or `TEER`; transcytosis of vesicles goes"
            " up and down with the cell's clearance of them by endocytosis",
            '{"70kDa-dextran, closed": 2e-6 cm/s (5e-7..1e-5 @assumed)}',
        ),
    ] = {}
    traits: Annotated[
        tuple[Trait, ...],
        Entry(
            "heritable, distributed values", "{vigour: {median: 1, spread: 1.3, drift: 1.05, multiplies: [division]}}"
        ),
    ] = ()
    becomes: Annotated[
        tuple[Becomes, ...],
        Entry("transitions of state or type", "- cycling from dormant at 0.05 /day (0.005..0.5 @assumed)"),
    ] = ()
    networks: Annotated[tuple[str, ...], Entry("networks attached to this cell", "[nfkb]")] = ()
    inside: Annotated[
        tuple[InsideText, ...],
        Entry(
            "edges, silencing, memory, node settings", "- PTHLH activates PTH1R, half-max 150 pM (15..1500 @assumed)"
        ),
    ] = ()
    rules: Annotated[
        tuple[RuleText, ...],
        Entry(
            "signals that change behaviours",
            "- TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50 @assumed)",
        ),
    ] = ()
    while_state: dict[str, StateBase] = {}
    part: str | None = None


class Network(Named):
    """A network that cells attach by name. folder: of the text that it stands in; digest: of the bytes of its file."""

    sbml: Annotated[
        str | None,
        Name("file"),
        Entry(
            "SBML file beside the model, which runs in every cell of which a sentence drives or follows it", "nfkb.xml"
        ),
    ] = None
    logic: Annotated[
        str | None,
        Name("file"),
        Entry(
            "Boolean network beside the model (`.bnet`, `.bnd` with `.cfg`, SBML with `qual`), as edges", "fate.bnet"
        ),
    ] = None
    time: Annotated[
        Value | None, Entry("a unit of time of the file, where it does not state what that is", "1 min", "time")
    ] = None
    inside: Annotated[
        tuple[InsideText, ...],
        Entry("sentences as of a cell; of a file: what drives it, what follows it", "- TNF drives TNFalpha of nfkb"),
    ] = ()
    part: str | None = None
    folder: str | None = pydantic.Field(default=None, exclude=True, repr=False)
    digest: str = ""
