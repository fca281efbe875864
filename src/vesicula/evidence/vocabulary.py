"""The names that all ledgers share, and how they are put together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, cast

from vesicula.evidence.folder import library_folder
from vesicula.evidence.ledgers import VOCABULARY, parsed

VESICLES = re.compile(r"(EV|MV)\((\w+)(?::(\w+))?\)(?:@(\w+))?(?:/(.+))?")
LISTS = MappingProxyType(
    {
        "cell": ("cells",),
        "state": ("states",),
        "agent": ("agents",),
        "molecule": ("molecules",),
        "pathway": ("pathways",),
        "place": ("places", "cells"),
    }
)
"""Word that a vocabulary entry says of its argument -> lists in which the argument is a name."""

NodeKind = Literal["vesicles", "phenotype", "condition", "cell", "molecule", "agent", "pathway"]
Argument = str | tuple[str, ...] | None


@dataclass(frozen=True)
class CellName:
    """A cell of the tree. cl: its id in the Cell Ontology."""

    name: str
    parent: str | None
    cl: str | None
    definition: str


@dataclass(frozen=True)
class Substance:
    """A molecule or agent. id: HGNC, miRBase or ChEBI."""

    name: str
    kind: str
    id: str | None
    definition: str


@dataclass(frozen=True)
class Phenotype:
    """What a cell or tissue does. argument: which one it takes (`molecule`, `place?`, or the words it may be)."""

    name: str
    argument: Argument
    unit: str
    definition: str


@dataclass(frozen=True)
class MeasureName:
    """What a test reads. reads: the phenotype it shows; sense: `-` where it falls when the phenotype rises."""

    name: str
    argument: Argument
    unit: str
    reads: str | None
    sense: Literal["+", "-"]
    definition: str


@dataclass(frozen=True)
class NodeName:
    """The parts of a node of a chain: `EV(msc:ageing)@joint/hsa-miR-21-5p`, `caf:FAP_positive`, `level:TNF`, `AKT`.

    name: the cell of vesicles, else what stands before the colon; argument: state of a cell, else of the phenotype.
    """

    kind: NodeKind
    name: str
    argument: str | None = None
    place: str | None = None
    cargo: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """All names. states, places, pathways, conditions: name -> definition; carriers: name -> whether vesicles."""

    enumerations: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, CellName]
    states: Mapping[str, str]
    places: Mapping[str, str]
    carriers: Mapping[str, bool]
    molecules: Mapping[str, Substance]
    agents: Mapping[str, Substance]
    pathways: Mapping[str, str]
    phenotypes: Mapping[str, Phenotype]
    conditions: Mapping[str, str]
    measures: Mapping[str, MeasureName]

    def lineage(self, cell: str) -> tuple[str, ...]:
        """A cell and the more general ones it belongs to, narrowest first."""
        found: list[str] = []
        name: str | None = cell
        while name is not None and name not in found:
            found.append(name)
            name = self.cells[name].parent
        return tuple(found)

    def with_children(self, cell: str) -> frozenset[str]:
        """A cell and all that belong to it: `msc` with `bm_msc`, `ad_msc` …"""
        return frozenset(name for name in self.cells if cell in self.lineage(name))

    def node(self, text: str) -> NodeName | None:
        """The parts of a node of a chain; None where it is not made of known names."""
        match = VESICLES.fullmatch(text)
        if match is not None:
            _, cell, state, place, cargo = match.groups()
            known = cell in self.cells and (not state or state in self.states) and (not place or place in self.places)
            known = known and (not cargo or cargo in self.molecules or cargo in self.agents)
            return NodeName("vesicles", cell, state, place, cargo) if known else None
        base, _, said = text.partition(":")
        argument = said or None
        if base in self.phenotypes:
            return NodeName("phenotype", base, argument) if self.phenotype(text) is not None else None
        if base in self.conditions:
            return NodeName("condition", base, argument) if not argument or argument in self.cells else None
        if base in self.cells:
            return NodeName("cell", base, argument) if not argument or argument in self.states else None
        kinds: tuple[tuple[NodeKind, Mapping[str, object]], ...] = (
            ("molecule", self.molecules),
            ("agent", self.agents),
            ("pathway", self.pathways),
        )
        return next((NodeName(kind, base) for kind, names in kinds if base in names and not argument), None)

    def phenotype(self, text: str) -> tuple[Phenotype, str | None] | None:
        """`secretion:TNF` as the phenotype and its argument; None where one of them is not known or does not fit."""
        base, _, argument = text.partition(":")
        found = self.phenotypes.get(base)
        fits = found is not None and self._fits(found.argument, argument or None)
        return (found, argument or None) if found is not None and fits else None

    def measure(self, text: str) -> tuple[MeasureName, str | None, str] | None:
        """`expression:TNF@macrophage` as measure, argument and place (or cell); None where one does not fit."""
        head, _, place = text.partition("@")
        base, _, argument = head.partition(":")
        found = self.measures.get(base)
        if found is None or not self._fits(found.argument, argument or None):
            return None
        return (found, argument or None, place) if self.is_place(place) else None

    def is_place(self, name: str) -> bool:
        """Whether something can change there: a place or a cell."""
        return name in self.places or name in self.cells

    def _fits(self, takes: Argument, argument: str | None) -> bool:
        if takes is None:
            return argument is None
        if isinstance(takes, tuple):
            return "?" in takes if argument is None else argument in takes and argument != "?"
        if argument is None:
            return takes.endswith("?")
        names = [name for word in takes.rstrip("?").split("|") for name in LISTS[word]]
        return any(argument in cast("Mapping[str, object]", getattr(self, name)) for name in names)


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The names of the library's ledgers."""
    data = cast("Mapping[str, Mapping[str, dict]]", parsed(library_folder() / "claims" / f"{VOCABULARY}.yaml"))

    def table(key: str) -> Mapping:
        return MappingProxyType(data[key])

    def made(key: str, kind: type) -> Mapping:
        return MappingProxyType({name: kind(name=name, **_argument(row)) for name, row in data[key].items()})

    return Vocabulary(
        enumerations=MappingProxyType({name: tuple(rows) for name, rows in data["enumerations"].items()}),
        cells=made("cells", CellName),
        states=table("states"),
        places=table("places"),
        carriers=MappingProxyType({name: bool(row["vesicle"]) for name, row in data["carriers"].items()}),
        molecules=made("molecules", Substance),
        agents=made("agents", Substance),
        pathways=table("pathways"),
        phenotypes=made("phenotypes", Phenotype),
        conditions=table("conditions"),
        measures=made("measures", MeasureName),
    )


def _argument(row: dict) -> dict:
    """An entry with its `arg` under the name it has here."""
    if "arg" not in row:
        return row
    takes = row["arg"]
    rest = {key: entry for key, entry in row.items() if key != "arg"}
    return {**rest, "argument": tuple(takes) if isinstance(takes, list) else takes}
