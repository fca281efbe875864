"""What rules, states and traits change: one row per verb, by which it is read, written, checked and compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from vesicula.language.fields import Sign
from vesicula.language.slots import EndKind, Kind

BehaviourKind = Literal[
    "secretion", "uptake", "surface enzyme", "release", "clearance", "fusion", "endocytosis", "binding", "loading",
    "division", "apoptosis", "necrosis", "becoming", "leaving", "adhesion", "repulsion", "speed", "persistence", "bias",
    "turning away", "attraction", "haptotaxis", "resorption", "deposition", "killing", "engulfing",
]  # fmt: skip
Over = Literal["", "substance", "matrix", "cell", "vesicle", "enzyme", "cargo", "clock"]
"""What the columns of a verb run over; "": it has one."""


@dataclass(frozen=True)
class Verb:
    """One behaviour of cells.

    words: as rules write it, with NAME for a name and WORD for a name of one word
    about: what it is, one line; dimension, unit: of its base value, and the internal unit as reports show it
    base: entries of a cell where that stands, each dot one block deeper; stands: where it stands else, in words
    ends: what it changes, up (1), down (-1) or without a sign (0); kinds as in `language.arrows`
    column: field of `engine.program.Behaviours`, "" where it has none of its own; over: what that runs over
    of: kinds of thing that `what` names
    alone: a cell may do it in one state alone; then it has none of it in the others
    sums: what it changes is shared by all, so that more cells change it the same way
    said_with: remedy where a cell shall do in one state what it does in none
    process: word under which arms change it; assay: the one that usually shows it
    """

    words: str
    about: str
    dimension: str
    unit: str
    base: tuple[str, ...]
    ends: tuple[tuple[EndKind, int], ...]
    column: str = ""
    over: Over = ""
    of: tuple[Kind, ...] = ()
    sign: Sign = "not negative"
    alone: bool = False
    sums: bool = False
    said_with: str = ""
    process: str = ""
    assay: str = ""
    stands: str = ""

    def written(self, what: str | None, inside: str | None) -> str:
        """The words with names in them. inside: the vesicle class of `loading`"""
        names = [name for name in (what, inside) if name is not None]
        return re.sub(r"NAME|WORD", lambda _: names.pop(0), self.words)

    def grammar(self) -> str:
        """The words as a production of the grammar."""
        symbols = {"NAME": "name", "WORD": "one"}
        return " ".join(symbols.get(word, f'"{word}"') for word in self.words.split())


_MOVES = "say how it `moves`"
_FATE = "say it under `EV fate`, or under `fate of` that class"
_RATE = ("rate", "1/min")
_FLOW = ("clearance", "µm³/min")
_SPEED = ("speed", "µm/min")
_SOLID = ("volume rate", "µm³/min")
_BROUGHT: tuple[tuple[EndKind, int], ...] = (("vesicle", 0), ("brought", 1))

VERBS: MappingProxyType[BehaviourKind, Verb] = MappingProxyType(
    {
        "secretion": Verb(
            "NAME secretion", "molecules of a substance that a cell gives off", "secretion", "molecules/min",
            ("secretes",), (("substance", 1),), "secretion", "substance", ("substance",), alone=True, sums=True,
            process="secretion", assay="ELISA",
        ),
        "uptake": Verb(
            "NAME uptake", "volume that a cell clears of a substance", *_FLOW,
            ("takes_up",), (("substance", -1),), "uptake", "substance", ("substance",), alone=True, sums=True,
        ),
        "surface enzyme": Verb(
            "NAME on the surface", "copies of an enzyme on a cell", "copies", "copies",
            ("surface",), (("surface", 1), ("made", 1)), "enzyme", "enzyme", ("molecule",), alone=True, sums=True,
            process="surface",
        ),
        "release": Verb(
            "NAME release", "vesicles of a class that a cell gives off", "release", "particles/min",
            ("releases",), (("vesicle", 1),), "release", "vesicle", ("vesicle",), sums=True, process="release",
            said_with="only the cells that vesicles are `from` release them",
        ),
        "clearance": Verb(
            "NAME clearance", "volume that a cell clears of vesicles, by fusion and endocytosis together", *_FLOW,
            ("vesicle_fate.clears",), _BROUGHT, of=("vesicle",), said_with=_FATE,
        ),
        "fusion": Verb(
            "NAME fusion", "volume that a cell clears of vesicles by fusion at its membrane", *_FLOW,
            ("vesicle_fate.clears",), _BROUGHT, "route", "vesicle", ("vesicle",), process="fusion", said_with=_FATE,
        ),
        "endocytosis": Verb(
            "NAME endocytosis", "volume that a cell clears of vesicles by endocytosis", *_FLOW,
            ("vesicle_fate.clears",), _BROUGHT, "route", "vesicle", ("vesicle",), process="endocytosis",
            said_with=_FATE,
        ),
        "binding": Verb(
            "NAME binding", "volume that a cell clears of vesicles by receptors, of a `ligand` per copy", *_FLOW,
            ("vesicle_fate.binding",), _BROUGHT, "route", "vesicle", ("vesicle",), process="binding",
            said_with="say its `binding` under `EV fate`, or under `fate of` that class",
        ),
        "loading": Verb(
            "loading of NAME in WORD", "copies of a cargo in a new vesicle, as a multiple of what it carries",
            "factor", "factor", (), (("carried", 1), ("delivered", 1)), "loading", "cargo", ("cargo",),
            said_with="only the cells that vesicles are `from` load them", stands="`carries` of the vesicles",
        ),
        "division": Verb(
            "division", "pace of the cell cycle, or of its first phase", *_RATE,
            ("divides", "doubles", "cycle"), (("here", 1),), over="clock",
            said_with="say `divides`, `doubles` or `cycle`", assay="viability",
        ),
        "apoptosis": Verb(
            "apoptosis", "rate of programmed death", *_RATE,
            ("apoptosis", "dies"), (("here", -1),), over="clock", said_with="say `apoptosis`, 0 where there is none",
        ),
        "necrosis": Verb(
            "necrosis", "rate of necrotic death", *_RATE,
            ("necrosis",), (("here", -1),), over="clock", alone=True,
        ),
        "becoming": Verb(
            "becoming WORD", "rate of a transition to a state or another cell", *_RATE,
            ("becomes",), (("becoming", 1),), over="clock", of=("state", "cell"),
        ),
        "leaving": Verb(
            "leaving NAME", "rate at which cells leave a site", *_RATE,
            (), (("here", 1), ("here", -1)), over="clock", of=("site",), stands="`body`",
        ),
        "adhesion": Verb(
            "adhesion", "speed at which touching cells draw together", *_SPEED,
            ("adhesion",), (("motion", -1),), "adhesion",
        ),
        "repulsion": Verb(
            "repulsion", "speed at which overlapping cells part", *_SPEED,
            ("repulsion",), (("motion", 1),), "repulsion",
        ),
        "speed": Verb(
            "migration speed", "speed of the random walk", *_SPEED,
            ("moves.speed",), (("motion", 1),), "speed", said_with=_MOVES, assay="scratch",
        ),
        "persistence": Verb(
            "persistence", "time between turns of the random walk", "time", "min",
            ("moves.persistence",), (("motion", 1),), "persistence", said_with=_MOVES,
        ),
        "bias": Verb(
            "bias", "share of the direction that follows gradients", "share", "share",
            ("moves.bias",), (("motion", 1),), "bias", said_with="say the `bias` under `moves`, 0 where there is none",
        ),
        "turning away": Verb(
            "turning away", "share of the direction that follows the free side of a cell that others touch", "share",
            "share", ("moves.turns_away",), (("motion", 1),), "turning",
            said_with="say how it `turns away` under `moves`",
        ),
        "attraction": Verb(
            "attraction to NAME", "weight of a substance that a cell moves toward; below zero: away from",
            "number", "weight", ("moves.toward",), (("motion", 1),), "attraction", "substance", ("substance",), "any",
            said_with="say under `moves` what it goes `toward`, with the weight 0 where it does not",
        ),
        "haptotaxis": Verb(
            "haptotaxis along NAME", "weight of a matrix whose density a cell climbs; below zero: downward", "number",
            "weight", ("moves.climbs",), (("motion", 1),), "haptotaxis", "matrix", ("matrix",), "any",
            said_with="say under `moves` what it `climbs`, with the weight 0 where it does not",
        ),
        "resorption": Verb(
            "resorption of NAME", "volume of a matrix that a cell takes away", *_SOLID,
            ("resorbs",), (("matrix", -1), ("stored", 1)), "resorption", "matrix", ("matrix",), alone=True, sums=True,
        ),
        "deposition": Verb(
            "deposition of NAME", "volume of a matrix that a cell lays down", *_SOLID,
            ("deposits",), (("matrix", 1),), "deposition", "matrix", ("matrix",), alone=True, sums=True,
        ),
        "killing": Verb(
            "killing of WORD", "rate at which a touching cell is killed", *_RATE,
            ("kills",), (("cells", -1),), "kill", "cell", ("cell",), alone=True, sums=True,
        ),
        "engulfing": Verb(
            "engulfing", "rate at which a touching dead cell is cleared away", *_RATE,
            ("engulfs",), (("all cells", 0), ("room", -1)), "engulf", alone=True, sums=True,
        ),
    }
)  # fmt: skip
"""Every verb, in the order in which the engine's columns are laid out."""


def grammar() -> str:
    """The grammar of behaviours."""
    rows = [f"{verb.grammar()} -> b_{kind.replace(' ', '_')}" for kind, verb in VERBS.items()]
    return "// What rules change.\nbehaviour: " + "\n    | ".join(rows) + "\n"
