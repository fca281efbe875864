"""The sentences about cells and molecules as data: rules, edges, transitions, reactions, degradation.

Every sentence keeps its text (for reports and writing back) and the place where it stands. Names are still names;
`check` resolves them, and the compiler turns them into columns. What a class says of itself: see `slots`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, cast

from pydantic import Field

from vesicula.language.slots import Kind, Name, Slot, SlotBy, Way
from vesicula.language.values import Frozen, Location, Value
from vesicula.language.verbs import VERBS, BehaviourKind


class Sentence(Frozen):
    """What all sentences share. sources: claim ids and reference keys given with `@`.

    about: fields that say what it is about (in brackets: in any order), so that a later sentence on that replaces it;
    None: each stands for itself. of: a class that it shares its subject with; sense: field that says which way
    ways: what it lets change what, or no_way: why nothing
    without: how it is there without effect, where no slot says so
    cargo_type: of the cargo that it names inside a cell, where no vesicles say it
    """

    about: ClassVar[tuple[str | tuple[str, ...], ...] | None]
    of: ClassVar[str] = ""
    sense: ClassVar[str] = ""
    ways: ClassVar[tuple[Way, ...]] = ()
    no_way: ClassVar[str] = ""
    without: ClassVar[Literal["left out", "stays", ""]] = ""
    cargo_type: ClassVar[str] = ""

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
    name: Annotated[str, Name("molecule", "matrix")]
    place: Literal["outside", "inside", "delivered", "bound", "inserted"] | None = None

    @property
    def called(self) -> str:
        """Its word in the parameter library."""
        return self.name


class ContactSignal(Frozen):
    """`contact with CELL`: number of touching neighbours of that type."""

    kind: Literal["contact"] = "contact"
    cell: Annotated[str, Name("cell")]

    @property
    def called(self) -> str:
        """Its word in the parameter library."""
        return f"contact with {self.cell}"


class PressureSignal(Frozen):
    """`pressure`: the mechanical pressure of the neighbours."""

    kind: Literal["pressure"] = "pressure"
    called: ClassVar[str] = "pressure"


SignalText = Annotated[NamedSignal | ContactSignal | PressureSignal, Field(discriminator="kind")]


class Term(Frozen):
    """One input of a gate with its own response; inhibit: `not X`.

    half_max: occupancy constant of this input where it has a unit; None: the edge's, else the library's (`resolve`).
    """

    kind: Literal["term"] = "term"
    signal: SignalText
    inhibit: bool = False
    half_max: Annotated[Value | None, Slot("", "half-max", fill="needed", signal="signal")] = None


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


def _of_verb(one: BehaviourText) -> tuple[Kind, ...]:
    return VERBS[one.kind].of


class BehaviourText(Frozen):
    """What a rule changes, a row of `verbs.VERBS`. in_vesicle: of `loading of CARGO in VESICLE`."""

    kind: BehaviourKind
    what: Annotated[str | None, Name(by=_of_verb)] = None
    in_vesicle: Annotated[str | None, Name("vesicle")] = None


_HALF_OF_RULE = Slot("", "half-max", fill="needed", signal="signal")
_HILL_OF_RULE = Slot("number", "hill", ("{signal.called}", "rule"), fill="offered")
_LIMIT = Slot("factor", "limit", sign="not negative", neutral="once")


class Rule(Sentence):
    """`TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50), hill 2 @bm-058`."""

    about = ("signal", "behaviour", "while_state")
    sense = "direction"
    ways = (Way(("signal", "signal"), ("behaviour", "behaviour"), "direction"),)

    kind: Literal["rule"] = "rule"
    signal: SignalText
    direction: Literal["raises", "lowers"]
    behaviour: BehaviourText
    limit: Annotated[Value, _LIMIT]  # multiple of the base
    half_max: Annotated[Value | None, _HALF_OF_RULE] = None
    hill: Annotated[Value | None, _HILL_OF_RULE] = None
    while_state: Annotated[str | None, Name("state")] = None


class Keeps(Sentence):
    """`IL6 keeps dormant, half-max 200 pM`: lowers every transition out of that state, to `limit` (default 0x)."""

    about = ("signal", "state")
    ways = (Way(("signal", "signal"), ("here", ""), -1),)

    kind: Literal["keeps"] = "keeps"
    signal: SignalText
    state: Annotated[str, Name("state")]
    limit: Annotated[Value | None, _LIMIT] = None
    half_max: Annotated[Value | None, _HALF_OF_RULE] = None
    hill: Annotated[Value | None, _HILL_OF_RULE] = None


RuleText = Annotated[Rule | Keeps, Field(discriminator="kind")]


# --- inside the cell -----------------------------------------------------------------------------------------------


_EDGE, _NODE, _MIRNA = ("{node}", "edge"), ("{node}", "node"), ("{mirna}", "miRNA")
_JUNCTIONS = ("{node}", "junctions")


class Edge(Sentence):
    """`PTHLH activates PTH1R, half-max 150 pM`, `IFNG and (TNF or IL1B) activate LICENCE`, `PTEN inhibits AKT1`.

    All edges into one node combine by OR of the activating gates, then AND with every inhibiting gate's complement.
    half_max: occupancy constant for signals with a unit (substances, copies); ec50, hill, weight: normalised Hill.
    """

    about = ("gate", "node")
    sense = "effect"
    ways = (Way(("gate", "gate"), ("node", "node"), "effect"),)

    kind: Literal["edge"] = "edge"
    gate: Gate
    effect: Literal["activates", "inhibits"]
    node: Annotated[str, Name("node")]
    weight: Annotated[Value | None, Slot("number", "weight", _EDGE, fill="offered", neutral="nothing")] = None
    half_max: Annotated[Value | None, Slot("", "half-max", signal="gate")] = None
    ec50: Annotated[Value | None, Slot("number", "ec50", _EDGE, fill="offered")] = None
    hill: Annotated[Value | None, Slot("number", "hill", _EDGE, fill="offered")] = None


class Silences(Sentence):
    """`miR-21-5p silences PDCD4 (20 mRNA, half-life 9 h, protein half-life 24 h)`; lambda and kappa optional."""

    about = ("mirna", "node")
    ways = (Way(("alike", "mirna"), ("node", "node"), -1),)
    cargo_type = "miRNA"

    kind: Literal["silences"] = "silences"
    mirna: Annotated[str, Name("cargo")]
    node: Annotated[str, Name("node")]
    mrna: Annotated[Value, Slot("copies", "mRNA", _NODE, "not negative", fill="needed")]
    mrna_half_life: Annotated[Value, Slot("time", "mRNA half-life", _NODE, fill="needed")]
    protein_half_life: Annotated[Value | None, Slot("time", "protein half-life", _NODE, fill="offered", at="node")] = (
        None
    )
    half_saturation: Annotated[
        Value | None, Slot("copies", "half-saturation", _MIRNA, fill="offered", quantity="lambda")
    ] = None  # copies
    strength: Annotated[
        Value | None,
        Slot("number", "strength", _MIRNA, "not negative", fill="offered", quantity="kappa", neutral="nothing"),
    ] = None  # kappa = g*/gR


class Sequesters(Sentence):
    """`SRP9 sequesters RN7SL1, capacity 1e4 copies, Kd 100 copies`: only free copies act."""

    about = ("node", "cargo")
    ways = (Way(("node", "node"), ("cargo", "cargo"), -1),)
    cargo_type = "lncRNA"

    kind: Literal["sequesters"] = "sequesters"
    node: Annotated[str, Name("node")]
    cargo: Annotated[str, Name("cargo")]
    capacity: Annotated[
        Value, Slot("copies", "capacity", ("{node}",), "not negative", fill="needed", neutral="nothing")
    ]
    kd: Annotated[Value, Slot("copies", "Kd", ("{node}",), fill="needed")]


class KeepsItself(Sentence):
    """`TA_MSC keeps itself, on above 0.4 (0.2..0.6), off below 0.1`: declared memory of a node."""

    about = ("node",)
    ways = (Way(("node", "node"), ("node", "node"), 1),)
    without = "left out"

    kind: Literal["memory"] = "memory"
    node: Annotated[str, Name("node")]
    on_above: Annotated[Value, Slot("number", "on above", ("{node}",), fill="needed", at="node")]
    off_below: Annotated[Value, Slot("number", "off below", ("{node}",), fill="needed", at="node")]


def _setting(one: NodeSetting) -> Slot:
    if one.setting == "responds in":
        return Slot("time", one.setting, _NODE, fill="offered", at="node")
    return Slot("number", one.setting, _NODE, "not negative", at="node")


class NodeSetting(Sentence):
    """`PTH1R starts at 0.1`, `PTH1R responds in 2 h`, `PTH1R reaches at most 0.8`."""

    about = ("setting", "node")
    no_way = "what drives the node changes it, from and up to this"
    without = "stays"

    kind: Literal["node"] = "node"
    node: Annotated[str, Name("node")]
    setting: Literal["starts at", "responds in", "reaches at most"]
    value: Annotated[Value, SlotBy(_setting)]


class Closes(Sentence):
    """`TJP1 closes junctions, half-max 50 %, hill 4`: the node holds the junctions of a monolayer shut.

    Closed share of a cell's junctions: product over its `closes` sentences of h(x)/h(1), h(x) = x^n/(x^n + half^n).
    """

    about = ("node",)
    ways = (Way(("node", "node"), ("junctions", ""), 1), Way(("node", "node"), ("passing", ""), -1))
    without = "left out"

    kind: Literal["closes"] = "closes"
    node: Annotated[str, Name("node")]
    half_max: Annotated[Value | None, Slot("share", "half-max", _JUNCTIONS)] = None
    hill: Annotated[Value | None, Slot("number", "hill", _JUNCTIONS)] = None


_IN_FILE = ("concentration", "amount", "copies", "rate", "time", "number")


class Drives(Sentence):
    """`TNF drives TNFalpha of nfkb`, `IKBKB drives IKK of nfkb, full at 50 nM`: a signal is a quantity of a file.

    full: value of the quantity at an activity of 1; unit: of the quantity, where the file states none
    """

    about = ("target", "network")
    ways = (Way(("signal", "signal"), ("followers", "network")),)
    without = "left out"

    kind: Literal["drives"] = "drives"
    signal: SignalText
    target: Annotated[str, Name("entry")]
    network: Annotated[str, Name("network")]
    full: Annotated[Value | None, Slot(_IN_FILE, "full at", ("{target}",), "any")] = None
    unit: Annotated[str, Name("unit")] = ""


class Follows(Sentence):
    """`RELA follows NFkBn of nfkb, full at 300 nM`: a node's activity is a quantity of a file over its full value."""

    about = ("node",)
    no_way = "the network of the file moves the node; what drives the network changes it"
    without = "stays"

    kind: Literal["follows"] = "follows"
    node: Annotated[str, Name("node")]
    source: Annotated[str, Name("entry")]
    network: Annotated[str, Name("network")]
    full: Annotated[Value, Slot(_IN_FILE, "full at", ("{node}",))]


class Takes(Sentence):
    """`nfkb takes k1 at 0.3 /min (0.1..1 @assumed)`: a number of a file that is another one here."""

    about = ("target", "network")
    of = "Drives"
    no_way = "a number of the network, which has its part in all that the network does"
    without = "stays"

    kind: Literal["takes"] = "takes"
    network: Annotated[str, Name("network")]
    target: Annotated[str, Name("entry")]
    value: Annotated[Value, Slot(_IN_FILE, "value", ("{target}",), "any")]


InsideText = Annotated[
    Edge | Silences | Sequesters | KeepsItself | NodeSetting | Closes | Drives | Follows | Takes,
    Field(discriminator="kind"),
]


class Becomes(Sentence):
    """`cycling from dormant at 0.02 /day`, `osteoclast after 3 days, in 4 steps`: a transition of state or type.

    Exactly one of rate (1/time) and after (mean waiting time) is given.
    """

    about = ("to", "from_state")
    ways = (Way(("here", ""), ("arrival", "to"), 1),)

    kind: Literal["becomes"] = "becomes"
    to: Annotated[str, Name("state", "cell")]  # state of the same cell, or another cell type
    from_state: Annotated[str | None, Name("state")] = None
    to_state: Annotated[str | None, Name("state")] = None  # state on arrival in another type
    rate: Annotated[
        Value | None, Slot("rate", "rate", ("{to}",), "not negative", quantity="becomes", neutral="nothing")
    ] = None
    after: Annotated[Value | None, Slot("time", "after", ("{to}",), quantity="becomes", neutral="never")] = None
    steps: int = 1


# --- between molecules ---------------------------------------------------------------------------------------------


_COMPLEX = ("{product}", "{first}:{second}", "{first}")


class Binds(Sentence):
    """`TNFRSF11B binds TNFSF11, Kd 1 nM, off 0.1 /h`; the complex is named `A:B` unless `forming NAME` is said."""

    about = (("first", "second"), "product")
    ways = (
        Way(("substance", "first"), ("substance", "second"), -1),
        Way(("substance", "second"), ("substance", "first"), -1),
        Way(("substance", "first"), ("substance", "product"), 1),
        Way(("substance", "second"), ("substance", "product"), 1),
        Way(("substance", "product"), ("substance", "first")),
        Way(("substance", "product"), ("substance", "second")),
    )

    kind: Literal["binds"] = "binds"
    first: Annotated[str, Name("substance")]
    second: Annotated[str, Name("substance")]
    product: Annotated[str, Name("complex")]
    kd: Annotated[Value, Slot("concentration", "Kd", _COMPLEX, fill="needed", substance="{first}", neutral="never")]
    off: Annotated[Value, Slot("rate", "off", _COMPLEX, "not negative", fill="needed", substance="{first}")]


class Makes(Sentence):
    """`NT5E makes adenosine from AMP, kcat 10 /s, Km 10 uM, on VESICLE|on CELL|in fluid`."""

    about = ("enzyme", "product", "substrate", "place")
    ways = (
        Way(("enzyme", "enzyme"), ("substance", "product"), 1),
        Way(("enzyme", "enzyme"), ("substance", "substrate"), -1),
        Way(("substance", "substrate"), ("substance", "product"), 1),
    )

    kind: Literal["makes"] = "makes"
    enzyme: Annotated[str, Name("molecule")]
    product: Annotated[str, Name("substance")]
    substrate: Annotated[str, Name("substance")]
    kcat: Annotated[
        Value,
        Slot("rate", "kcat", ("{enzyme}",), "not negative", fill="needed", substance="{enzyme}", neutral="nothing"),
    ]
    km: Annotated[
        Value, Slot("concentration", "Km", ("{enzyme}", "{substrate}"), fill="needed", substance="{substrate}")
    ]
    place: Annotated[str | None, Name("cell", "vesicle")] = None  # None: in fluid


class TurnsInto(Sentence):
    """`latent TGFB1 turns into TGFB1, half-life 2 h`: first order."""

    about = ("substrate", "product")
    ways = (Way(("substance", "substrate"), ("substance", "product"), 1),)

    kind: Literal["turns into"] = "turns into"
    substrate: Annotated[str, Name("substance")]
    product: Annotated[str, Name("substance")]
    half_life: Annotated[
        Value, Slot("time", "half-life", ("{substrate}",), fill="needed", substance="{substrate}", neutral="never")
    ]


ReactionText = Annotated[Binds | Makes | TurnsInto, Field(discriminator="kind")]


class Degrades(Sentence):
    """`MMP9 degrades collagen, 0.1 /h per nM`."""

    kind: Literal["degrades"] = "degrades"
    about = ("enzyme", "matrix")
    ways = (
        Way(("substance", "enzyme"), ("matrix", "matrix"), -1),
        Way(("substance", "enzyme"), ("stored", "matrix"), 1),
    )

    enzyme: Annotated[str, Name("substance")]
    matrix: Annotated[str, Name("matrix")]
    rate: Annotated[
        Value,
        Slot(
            "rate per concentration", "rate", ("{enzyme}",), "not negative", quantity="degrades", substance="{enzyme}",
            neutral="nothing",
        ),
    ]  # fmt: skip


def sentences_of(thing: Frozen) -> Iterator[Sentence]:
    """Every sentence of a thing, in the order of its fields."""
    if isinstance(thing, Sentence):
        yield thing
        return
    for attribute in type(thing).model_fields:
        found: object = getattr(thing, attribute)
        for one in cast("tuple[object, ...]", found) if isinstance(found, tuple) else (found,):
            if isinstance(one, Frozen) and not isinstance(one, Value | Location):
                yield from sentences_of(one)


def place_in(sentence: Sentence, words: str) -> Location | None:
    """Place of some words inside a sentence; of the sentence where they cannot be found."""
    where = sentence.where
    if where is None or where.length != len(sentence.text) or not words:
        return where
    at = sentence.text.find(words)
    return where if at < 0 else where.model_copy(update={"column": where.column + at, "length": len(words)})
