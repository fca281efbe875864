"""Programs and states with vesicles, built from plain numbers, for tests of the vesicle part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from vesicula.engine import program as p
from vesicula.engine.order import canonical
from vesicula.engine.reference.blank import blank_program, blank_state
from vesicula.engine.state import State, VesicleTerm


@dataclass
class Population:
    """One vesicle population; rates per minute, clearances in µm³/min by (fusion, endocytosis, binding)."""

    diffusion: float = 240.0
    decay: float = 0.0
    residence: float | None = None
    half_saturation: tuple[float | None, ...] = (None,)  # particles/µm³, by cell type
    release: tuple[float, ...] = (0.0,)  # particles/min by cell type
    routes: tuple[tuple[float, float, float], ...] = ((0.0, 0.0, 0.0),)  # by cell type
    receptors: float | None = None
    internalise: float = 0.0
    detach: float = 0.0
    escape: float = 0.0
    lysosome: float = 0.0
    bind: tuple[float, ...] = ()
    unbind: tuple[float, ...] = ()
    passage: tuple[float, ...] = ()
    wall: tuple[int, ...] = (0, 0, 0, 0, 0, 0)
    moved: bool = False
    cargo: tuple[tuple[int, int, float], ...] = ()  # (species, kind, copies per particle)
    ligand: tuple[int | None, ...] = (None,)  # by cell type, which of the cargo it binds by


@dataclass
class Case:
    """A site with cells at places, matrix and vesicle populations."""

    grid: p.Grid
    populations: tuple[Population, ...]
    n_types: int = 1
    n_species: int = 1
    matrix: tuple[np.ndarray, ...] = ()
    macro_step: float = 6.0
    degradation: tuple[float, ...] = (0.0,)
    loading: float | None = None  # of the first slot, half of it of the second, and so on
    whole: tuple[int, ...] = (0,)
    loading_rule: bool = False  # give every slot a loading behaviour (column value 1)
    numbers: list[float] = field(default_factory=list)

    def put(self, x: float | None) -> int:
        if x is None:
            return p.NONE
        self.numbers.append(float(x))
        return len(self.numbers) - 1

    def column(self, *values: float | None) -> np.ndarray:
        return np.array([self.put(x) for x in values], dtype=np.int32)

    def table(self, rows) -> np.ndarray:
        return np.array([[self.put(x) for x in row] for row in rows], dtype=np.int32)

    def ligands(self) -> np.ndarray:
        """Cargo slots by which each cell type binds each population, int32[n_types, n]."""
        first = np.cumsum([0, *(len(pop.cargo) for pop in self.populations)])
        rows = [np.resize(np.array([p.NONE if k is None else k for k in pop.ligand]), self.n_types)
                for pop in self.populations]  # fmt: skip
        return np.array([np.where(row >= 0, row + at, p.NONE) for row, at in zip(rows, first, strict=False)],
                        dtype=np.int32).T.copy()  # fmt: skip

    def program(self) -> p.Program:
        self.numbers.clear()
        pops, n = self.populations, len(self.populations)
        types, n_matrix = self.n_types, len(self.matrix)
        base = blank_program(self.grid, n_types=types, n_matrix=n_matrix, macro_step=self.macro_step)
        slots = [(k, *slot) for k, pop in enumerate(pops) for slot in pop.cargo]

        share_of_slot = [None if self.loading is None else self.loading / (1 + k) for k in range(len(slots))]

        def by_type(name: str) -> np.ndarray:
            rows = [[getattr(pop, name) for pop in pops] for _ in range(types)]
            return self.table(rows).reshape(types, n)

        vesicles = replace(
            base.vesicles,
            p_diffusion=self.column(*(q.diffusion for q in pops)), p_decay=self.column(*(q.decay for q in pops)),
            p_residence=self.column(*(q.residence for q in pops)),
            p_half_saturation=self.table(np.transpose([np.resize(q.half_saturation, types) for q in pops])),
            ligand=self.ligands(), donor=np.zeros(n, dtype=np.int32),
            slot_population=np.array([s[0] for s in slots], dtype=np.int32),
            slot_species=np.array([s[1] for s in slots], dtype=np.int32),
            slot_kind=np.array([s[2] for s in slots], dtype=np.int8), p_copies=self.column(*(s[3] for s in slots)),
            p_bind=self.table([q.bind or [None] * n_matrix for q in pops]).reshape(n, n_matrix),
            p_unbind=self.table([q.unbind or [None] * n_matrix for q in pops]).reshape(n, n_matrix),
            wall=np.array([q.wall for q in pops], dtype=np.int8).reshape(n, 6),
            p_passage=self.table([q.passage or [None] * n_matrix for q in pops]).reshape(n, n_matrix),
            p_receptors=by_type("receptors"), p_internalise=by_type("internalise"), p_detach=by_type("detach"),
            p_escape=by_type("escape"), p_lysosome=by_type("lysosome"),
            moved_by_flow=np.array([q.moved for q in pops], dtype=np.int8),
        )  # fmt: skip
        cargo = replace(
            base.cargo, p_degradation=self.column(*self.degradation),
            p_loading=self.table([share_of_slot] * types).reshape(types, len(slots)),
            family=np.full(self.n_species, p.NONE, dtype=np.int32), whole_copies=np.array(self.whole, dtype=np.int8),
        )  # fmt: skip
        n_columns = 4 * n + (len(slots) if self.loading_rule else 0)
        behaviours = replace(
            base.behaviours, n=n_columns, release=np.arange(n, dtype=np.int32),
            route=np.arange(n, 4 * n, dtype=np.int32).reshape(n, 3),
            loading=np.arange(4 * n, n_columns, dtype=np.int32)
            if self.loading_rule else np.full(len(slots), p.NONE, dtype=np.int32),
        )  # fmt: skip
        matrix = replace(base.matrix, initial=np.array(self.matrix).reshape(n_matrix, self.grid.n_voxels))
        return replace(
            base, vesicles=vesicles, cargo=cargo, behaviours=behaviours, matrix=matrix, n_species=self.n_species,
            values=np.array([self.numbers], dtype=np.float64),
        )  # fmt: skip

    def state(self, program: p.Program, places, types=None, *, seeds=(1,), volume: float = 1000.0) -> State:
        """One site per seed, all with cells at `places` (float64[n, 3]) of the given types."""
        places = np.asarray(places, dtype=np.float64).reshape(-1, 3)
        state = blank_state(program, [places] * len(seeds), volume=volume)
        state.site_key = np.array([[seed, 7] for seed in seeds], dtype=np.uint64)
        kinds = np.zeros(len(places), dtype=np.int16) if types is None else np.asarray(types, dtype=np.int16)
        state.cell_type = np.tile(kinds, len(seeds))
        state.cell_id = np.tile(state.cell_id[: len(places)], len(seeds))
        canonical(program, state)
        self.behave(state)
        return state

    def behave(self, state: State) -> None:
        """Fill the behaviour columns from the cell types; dead cells have none."""
        n = len(self.populations)
        state.behaviour[:] = 1.0
        for k, pop in enumerate(self.populations):
            release = np.resize(np.array(pop.release), self.n_types)
            routes = np.resize(np.array(pop.routes), (self.n_types, 3))
            state.behaviour[:, k] = release[state.cell_type]
            state.behaviour[:, n + 3 * k : n + 3 * k + 3] = routes[state.cell_type]
        state.behaviour[state.cell_dead != 0] = 0.0


def scatter(program: p.Program, state: State, number: int, rng: np.random.Generator, population: int = 0) -> None:
    """Put whole particles with cargo anywhere on every site and book them as there from the start."""
    for s in range(state.n_sites):
        where = rng.integers(0, program.grid.n_voxels, number)
        np.add.at(state.vesicles[s, population], where, 1)
        state.vesicle_ledger[s, population, VesicleTerm.START] += number
        for k in np.flatnonzero(program.vesicles.slot_population == population):
            copies = rng.exponential(5.0, number)
            np.add.at(state.cargo[s, k], where, copies)
            state.cargo_ledger[s, k, VesicleTerm.START] += copies.sum()
