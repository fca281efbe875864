"""What the numbers of a `Program` are called: the way back from columns to words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.drawing import Ensemble
from vesicula.engine.stream_names import named
from vesicula.engine.system import System
from vesicula.errors import Diagnostic
from vesicula.language.model import Model
from vesicula.language.values import Value


@dataclass(frozen=True)
class ParameterInfo:
    """A column of `Program.values`.

    path : where the value stands in the model (`cells.tumour.divides`, or the sentence's path)
    value : the value as written, None for derived columns
    unit : internal unit; derived_from : paths of the columns a derived column is computed from
    sources : claims and references of the sentence or value
    drawn_as : name that keys its draws, shared by all columns of one constant; empty for derived columns
    """

    path: str
    value: Value | None
    dimension: str
    derived_from: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    drawn_as: str = ""


@dataclass(frozen=True)
class Unknown:
    """What draws of one name are taken from: a value with its range. fold : a multiple that a rule tends to"""

    value: Value
    fold: bool


@dataclass(frozen=True)
class Variant:
    """One column of the batch: an arm with one replicate. draw 0 holds the stated values."""

    arm: str
    replicate: int
    draw: int
    genotypes: tuple[str, ...] = ()  # of a patient, in the order of the cohort's loci


@dataclass(frozen=True)
class SubstanceName:
    """display_unit, display_factor : value in display_unit = concentration in molecules/µm³ × display_factor."""

    name: str
    display_unit: str
    display_factor: float
    made_by_compiler: bool = False


@dataclass(frozen=True)
class PopulationName:
    """donor : cell type name or None; vesicle : class in the model; size_class counts from 0."""

    name: str
    vesicle: str
    donor: str | None
    size_class: int
    diameter_nm: float
    kind: str = "EV"


@dataclass(frozen=True)
class SlotName:
    """What a cargo slot holds: population and species by index, and where in the particle it sits."""

    population: int
    species: int
    place: str


@dataclass(frozen=True)
class TypeName:
    """A cell type: its states (at least one) and the nodes of its network."""

    name: str
    states: tuple[str, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class BehaviourName:
    """A behaviour column in the words of rules (`PTHLH secretion`) with its internal unit."""

    text: str
    unit: str


@dataclass(frozen=True)
class Names:
    """All names by index. regions : site name -> region names, rows of `Program.regions`."""

    substances: tuple[SubstanceName, ...]
    populations: tuple[PopulationName, ...]
    species: tuple[str, ...]
    species_kind: tuple[str, ...]
    slots: tuple[SlotName, ...]
    types: tuple[TypeName, ...]
    matrices: tuple[str, ...]
    stores: tuple[tuple[str, str], ...]  # (matrix, substance)
    families: tuple[str, ...]
    traits: tuple[str, ...]
    labels: tuple[str, ...]
    behaviours: tuple[BehaviourName, ...]
    signals: tuple[str, ...]
    clocks: tuple[str, ...]
    reactions: tuple[str, ...]
    regions: dict[str, tuple[str, ...]]
    parameters: tuple[ParameterInfo, ...]

    def type(self, name: str) -> int:
        """Index of a cell type; raises KeyError."""
        return _index([t.name for t in self.types], name)


def _index(names: list[str], name: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise KeyError(name) from None


@dataclass(frozen=True)
class Switch:
    """An accidental switch: a positive cycle of a cell's network with more than one stable state."""

    cell: str
    nodes: tuple[str, ...]
    stable_states: tuple[dict[str, float], ...]
    declared: bool


@dataclass(frozen=True)
class Compiled:
    """A model ready to run: its system, the names of what the system numbers, and its variants.

    Row of a `SystemState` = index in `variants`. too_much : doses that their medium
    cannot hold, and draws that clear more than voxels can supply. ensemble : the calibrated draws they were taken from.
    unknowns : what is drawn from a range, those of the undisturbed state too, by the name that keys its draws.
    """

    model: Model
    text: str
    system: System
    names: Names
    variants: tuple[Variant, ...]
    seed: int
    switches: tuple[Switch, ...] = field(default=())
    too_much: tuple[Diagnostic, ...] = field(default=())
    ensemble: Ensemble | None = None
    unknowns: Mapping[str, Unknown] = field(default_factory=dict[str, Unknown])

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms in the order of the model; the first is the baseline."""
        return tuple(dict.fromkeys(v.arm for v in self.variants))

    @property
    def macro_step(self) -> float:
        """Macro step, min."""
        return self.system.macro_step

    @property
    def span(self) -> float:
        """Simulated time, min."""
        assert self.model.run.duration is not None
        return units.internal(self.model.run.duration, "time")

    @property
    def keys(self) -> list[NDArray[np.uint64]]:
        """Roots of the random keys of every site in its order, as `site_keys`."""
        return [self.site_keys(site) for site in self.system.site_names]

    def site_keys(self, site: str) -> NDArray[np.uint64]:
        """Root of the random keys of each variant's site, uint64[n_variants, 2]: the same in every arm."""
        rows = [(self.seed, named(f"site {v.replicate}: {site}")) for v in self.variants]
        return np.array(rows, dtype=np.uint64).reshape(len(rows), 2)
