"""What there is in places: substances, matrix, vesicles, and the preparations that a laboratory adds."""

from __future__ import annotations

from typing import Annotated, Literal

from vesicula.errors import UnitError
from vesicula.language.fields import Entry
from vesicula.language.model.named import Named
from vesicula.language.model.space import EVERY_FLUID
from vesicula.language.sentences import Degrades, Sentence
from vesicula.language.slots import Name, Slot, SlotBy, Way
from vesicula.language.values import Value
from vesicula.units import internal


class Substance(Named):
    """Dissolved. walls: face -> closed | open | `held at 38 mmHg` (Value). unit: a declared own unit with its
    solubility (molecules per volume and unit). half_life: fluid, or `all` -> value.
    """

    name: Annotated[str, Name("substance")]
    diffuses: Annotated[
        Value | None,
        Entry("diffusion constant", "38 um^2/s (20..96 @assumed)", "diffusion", fill="needed", sign="not negative"),
    ] = None
    half_life: Annotated[
        dict[str, Value],
        Entry(
            "of breakdown and loss together; one for everywhere, or by fluid, where `all` means every other",
            "{culture: 6 h @assumed (1..40 @assumed), tissue: 40 min @assumed (9..180 @assumed)}",
            "time",
            key="half-life",
            form="by fluid",
            fill="wanted",
        ),
    ] = {}
    molar_mass: Annotated[
        Value | None, Entry("needed where ng or pg are used", "60 kDa", "molar mass", fill="offered")
    ] = None
    start: Annotated[
        Value | None, Entry("concentration at the start", "0 pM", "concentration", sign="not negative")
    ] = None
    walls: Annotated[
        dict[str, str | Value],
        Entry(
            "faces: closed, open, or held at a concentration",
            "{top: held at 10 pM}",
            "concentration",
            sign="not negative",
        ),
    ] = {}
    unit: Annotated[Literal["mmHg", "Pa", "hPa", "kPa"] | None, Entry("own unit of the substance", "mmHg")] = None
    solubility: Annotated[
        Value | None, Entry("amount per volume and own unit", "1.3 uM/mmHg", "solubility", fill="offered")
    ] = None
    follows_flow: Annotated[bool, Entry("moved by the site's flow", "yes")] = True
    part: str | None = None  # library part it came from

    def half_life_in(self, fluid: str) -> tuple[str, Value] | None:
        """Half-life in a fluid, and the words behind the path of the substance that say it; None: it stays."""
        for key, path in ((fluid, f"half-life.{fluid}"), (EVERY_FLUID, "half-life")):
            if key in self.half_life:
                return path, self.half_life[key]
        return None


class Matrix(Named):
    """Solid component. fills: region -> share of full (1). stores: substance -> content per volume of full matrix."""

    fills: Annotated[
        dict[str, Value],
        Entry(
            "region, or regions with their share of full",
            "{trabecula: 100 %}",
            "share",
            form="special",
            sign="not negative",
        ),
    ] = {}
    solid: Annotated[bool, Entry("bars cells where denser than one half", "yes")] = False
    stores: Annotated[
        dict[str, Value],
        Name("substance"),
        Entry(
            "substances stored in it, set free when it is lost",
            "{TGFB1: 9 molecules/um^3 @bonewald1990 (2..40 @assumed)}",
            "concentration",
        ),
    ] = {}
    new_stores: Annotated[
        dict[str, Value],
        Name("substance"),
        Entry("the same in newly deposited matrix", "{TGFB1: 9 molecules/um^3 (2..40 @assumed)}", "concentration"),
    ] = {}
    passage: Annotated[
        dict[str, Value],
        Name("substance", "vesicle"),
        Entry(
            "diffusion in it relative to fluid, by substance, vesicle or `all`",
            "{all: 1 % (0.1..10 @assumed)}",
            "share",
        ),
    ] = {}
    holds: Annotated[
        dict[str, tuple[Value, Value]],
        Entry("binding and unbinding rate of vesicles", "{tumour-EV: [0.1 /min, 0.01 /min]}", "rate"),
    ] = {}
    degraded: Annotated[
        tuple[Degrades, ...],
        Entry(
            "enzymes that degrade it",
            "- MMP9 degrades mineral, 0.1 /h per nM (0.01..1 @assumed)",
            "rate per concentration",
        ),
    ] = ()
    part: str | None = None


class Carried(Named):
    """One cargo of a vesicle class. place: lumen, membrane or surface. type: what kind of molecule it is."""

    name: Annotated[str, Name("cargo")]
    copies: Annotated[
        Value,
        Entry(
            "copies per vesicle",
            "20 copies/EV",
            "copies per particle",
            quantity="carries",
            fill="needed",
            sign="not negative",
        ),
    ]
    # None: from the library (entity or type), else stable
    half_life: Annotated[
        Value | None, Entry("in the recipient's cytosol", "40 h", "time", key="half-life", fill="offered")
    ] = None
    place: Annotated[Literal["lumen", "membrane", "surface"], Entry("lumen, membrane or surface", "surface")] = "lumen"
    type: Annotated[
        Literal["miRNA", "mRNA", "lncRNA", "protein", "mtDNA", "drug", "unnamed"],
        Entry("what kind of molecule", "protein"),
    ]


class Vesicle(Named):
    """A class of particles from one donor cell type (`from: tumour`), or of a preparation (no donor)."""

    donor: Annotated[str | None, Name("cell"), Entry("donor cell type", "tumour", key="from", form="special")] = None
    kind: Annotated[str, Entry("class of vesicle in MISEV words", "small EV")] = "EV"
    diameter: Annotated[
        Value | None,
        Entry(
            "median diameter and geometric spread",
            "105 nm @koritzinsky2017 (80..140 @assumed), spread 1.4",
            "length",
            fill="needed",
            spread="size_spread",
        ),
    ] = None
    size_spread: Value | None = None  # geometric SD
    size_classes: Annotated[int, Entry("equally likely size classes", "1")] = 1
    made: Annotated[
        Literal["in endosomes", "at the membrane"],
        Entry("in endosomes (with residence) or at the membrane", "in endosomes"),
    ] = "in endosomes"
    residence: Annotated[
        Value | None,
        Entry("time in the endosome before release", "9.5 h @wang2017 (5..20 @assumed)", "time", fill="needed"),
    ] = None
    diffuses: Annotated[
        Value | None, Entry("diffusion constant; unsaid: Stokes–Einstein of the diameter", "4 um^2/s", "diffusion")
    ] = None
    half_life: Annotated[
        Value | None, Entry("of free vesicles", "24 h (12..48 @assumed)", "time", key="half-life", fill="wanted")
    ] = None
    carries: Annotated[
        tuple[Carried, ...],
        Entry(
            "cargo in copies per vesicle",
            "{miR-21-5p: 0.008 copies/EV @chevillet2014 (1e-4..1e-1 @assumed)}",
            "copies per particle",
        ),
    ] = ()
    follows_flow: Annotated[bool, Entry("moved by the site's flow", "yes")] = True
    walls: Annotated[dict[str, str], Entry("outer faces: closed or open", "{top: open}")] = {}
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

    of: Annotated[str, Name("vesicle"), Entry("its vesicle class", "MDA-EV")]
    isolated_by: Annotated[str | None, Entry("method of isolation", "ultracentrifugation")] = None
    particles_per_ug: Annotated[
        Value | None,
        Entry(
            "measured particles per mass of protein, to dose by mass",
            "1e10 particles/ug @webber2013 (2e9..3e10 @assumed)",
            "particles per mass",
        ),
    ] = None
    ev_share: Annotated[
        Value | None,
        Entry(
            "share of the counted particles that are vesicles; unsaid: all",
            "80 % (30..95 @assumed)",
            "share",
            key="EV share",
        ),
    ] = None
    co_isolated: Annotated[
        tuple[CoIsolated, ...],
        Entry(
            "what comes along: proteins, RNA on AGO, free RNA", "- 0.2 ug/ug ALB (0.05..1 @assumed)", key="co-isolated"
        ),
    ] = ()
    stored: Annotated[
        tuple[Storage, ...], Entry("what it went through before it is given", "- 48 h at 4 C in PBS")
    ] = ()
    part: str | None = None
