"""The whole of a run: its sites in their order, what passes between them, and what all of them hold.

A `System` is to a model what a `Program` is to a site, and a `SystemState` what a `State` is. Sites are numbered in
their order (`Program.site`); row s of every site's state is the same variant and replicate, and exchanges with row s of
the others. Names of sites are labels for those who ask from outside; the engine goes by number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.program import Program
from vesicula.engine.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

WHOLE, ONLY_VESICLES, ONLY_SOLUBLE = 0, 1, 2  # fractions of a transfer


@dataclass(frozen=True)
class Barriers:
    """Filters and walls between two well-mixed sites, with cells of the first on them; all columns are of `values`.

    first, second : int32[n], sites on both sides      area : float64[n], µm²
    member : int8[n, n_types], whether cells of a type in the first site lie on it (empty: all do)
    Things are the substances, then the vesicle populations.
    p_filter : int32[n, n_things], µm/min, permeability of the bare filter (NONE: nothing passes)
    p_closed, p_open, p_transcytosis : int32[n_types, n_things], µm/min through a closed layer of such cells with all
    junctions shut, with all junctions open, and across the cells (NONE: closed and open: the layer is no hindrance,
    transcytosis: none)
    p_endocytosis : int32[n_types, n_things], µm³/min that a cell is stated to clear of a population by endocytosis, to
    which its transcytosis belongs (NONE: transcytosis stays what it is)
    closer_type, closer_node : int32[n_closers]; p_closer_half, p_closer_hill : int32[n_closers]; nodes that hold the
    junctions of a type shut (NONE: 0.5 and 1); a type without rows has shut junctions
    p_resistance_closed, p_resistance_open : int32[n_types], Ω cm² of a closed layer with junctions shut and open (NONE:
    unknown), which only measures read
    key : uint64[n], hashes of names that key the draws (empty: numbers stand in)
    """

    first: I32
    second: I32
    area: F64
    p_filter: I32
    p_closed: I32
    p_open: I32
    p_transcytosis: I32
    p_endocytosis: I32
    closer_type: I32
    closer_node: I32
    p_closer_half: I32
    p_closer_hill: I32
    p_resistance_closed: I32
    p_resistance_open: I32
    key: U64 = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    member: I8 = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int8))


@dataclass(frozen=True)
class Transfers:
    """Medium given from one well-mixed site to another, in order of time.

    step : int64[n], macro step at whose start it happens      source, target : int32[n], sites
    fraction : int8[n], WHOLE, ONLY_VESICLES or ONLY_SOLUBLE
    p_share : int32[n], share of the target's medium that is replaced (0: not in this variant)
    p_drawn : int32[n], share of the source's medium that is taken for it (0: not in this variant)
    scale : float64[n], simulated share of the target's labware over that of the source's
    key : uint64[n], as in `Protocol`
    """

    step: I64
    source: I32
    target: I32
    fraction: I8
    p_share: I32
    p_drawn: I32
    scale: F64
    key: U64


@dataclass(frozen=True)
class Flows:
    """Blood flow between sites.

    first, second : int32[n], sites      p_flow : int32[n], µm³/min of real fluid each way, column of `values`
    share : float64[n_sites], simulated over real amounts of every site
    key : uint64[n], hashes of names that key the draws (empty: numbers stand in)
    """

    first: I32
    second: I32
    p_flow: I32
    share: F64
    key: U64 = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))


@dataclass(frozen=True)
class Passages:
    """Cells that leave one site for another; their clocks stand in `Lifecycle`.

    share : float64[n_sites], simulated over real numbers of every site
    stands_for : int64[n_sites], cells that one arriving cell may stand for; 1 where cells have positions
    barred_clock, barred_by : int32[n_barred], clocks by which cells leave through a wall, and its row of `Barriers`
    """

    share: F64
    stands_for: I64
    barred_clock: I32 = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    barred_by: I32 = field(default_factory=lambda: np.zeros(0, dtype=np.int32))


@dataclass(frozen=True)
class Exchange:
    """All that passes between sites."""

    barriers: Barriers
    transfers: Transfers
    flows: Flows
    passages: Passages


@dataclass(frozen=True)
class System:
    """Sites of a model and what passes between them; all sites have the same table of values.

    site_names : what each site is called
    """

    sites: tuple[Program, ...]
    site_names: tuple[str, ...]
    exchange: Exchange

    def site(self, name: str) -> Program:
        """The site of that name; raises KeyError."""
        return self.sites[_number(self.site_names, name)]

    @property
    def macro_step(self) -> float:
        """Macro step, min."""
        return self.sites[0].macro_step

    @property
    def values(self) -> F64:
        """Parameters of every variant, float64[n_variants, n_parameters], at the start."""
        return self.sites[0].values

    @property
    def later_values(self) -> F64:
        """Those that hold from `Program.later_step` on, float64[n_later, n_variants, n_parameters]."""
        return self.sites[0].later_values

    def at(self, step: int) -> System:
        """The system with the values that hold in a macro step; the same one for the same values."""
        now = tuple(site.at(step) for site in self.sites)
        if all(one is site for one, site in zip(now, self.sites, strict=True)):
            return self
        later: dict[tuple[int, ...], System] = self.__dict__.setdefault("_later", {})
        key = tuple(id(site) for site in now)  # sites keep theirs, so that no number is given twice
        if key not in later:
            later[key] = replace(self, sites=now)
        return later[key]

    def of_variants(self, rows: Sequence[int]) -> System:
        """The system with some of its variants, in that order."""
        values, later = self.values[rows], self.later_values
        later = later[:, rows] if len(later) else later
        return replace(self, sites=tuple(replace(site, values=values, later_values=later) for site in self.sites))

    def __getstate__(self) -> dict[str, object]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True)
class SystemState:
    """States of all sites of a system, in its order; the engine changes them in place."""

    sites: tuple[State, ...]
    site_names: tuple[str, ...]

    def site(self, name: str) -> State:
        """State of the site of that name; raises KeyError."""
        return self.sites[_number(self.site_names, name)]

    @property
    def step(self) -> int:
        """Macro steps done, by all sites."""
        return self.sites[0].step

    @property
    def n_rows(self) -> int:
        """Rows of every site: variants and replicates that are computed."""
        return self.sites[0].n_sites

    @property
    def n_cells(self) -> int:
        """Simulated cells of all rows of all sites."""
        return sum(state.n_cells for state in self.sites)

    def take(self, rows: I64) -> SystemState:
        """These rows of all sites, in that order, as states of their own; copies."""
        return SystemState(tuple(state.take(rows) for state in self.sites), self.site_names)

    @classmethod
    def joined(cls, parts: Sequence[SystemState]) -> SystemState:
        """States of the rows of several, one after the other, at the same step; copies."""
        each = zip(*(part.sites for part in parts), strict=True)
        return cls(tuple(State.joined(mine) for mine in each), parts[0].site_names)

    def arrays(self) -> dict[str, np.ndarray]:
        """Every array as `site/name`, for checkpoints and comparisons."""
        named = zip(self.site_names, self.sites, strict=True)
        return {f"{site}/{name}": array for site, state in named for name, array in state.arrays().items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], site_names: Sequence[str]) -> SystemState:
        """States of these sites from what `arrays` gave."""
        own = (
            {name.removeprefix(f"{site}/"): array for name, array in arrays.items() if name.startswith(f"{site}/")}
            for site in site_names
        )
        return cls(tuple(State.from_arrays(mine) for mine in own), tuple(site_names))


def _number(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise KeyError(name)
    return names.index(name)
