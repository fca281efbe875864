"""Three sites of a body, breast, blood and bone, built from plain numbers, for tests of flows and travelling cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vesicula.engine import program as p
from vesicula.engine.program import NONE, Effect, Grid
from vesicula.engine.reference.blank import absent, blank_exchange, blank_program, states_of, system_of
from vesicula.engine.reference.sketch import Clock, Numbers, finished, with_clocks
from vesicula.engine.start import initial_state
from vesicula.engine.state import State, SubstanceTerm, VesicleTerm
from vesicula.engine.system import Flows, Passages, System, SystemState

BREAST, BLOOD, BONE = range(3)
POOL_EDGE = 100.0  # µm
GRIDS = (Grid(4, 4, 1, 20.0, 20.0, 2), Grid(1, 1, 1, POOL_EDGE, POOL_EDGE, 0), Grid(5, 3, 1, 20.0, 10.0, 2))


@dataclass
class Body:
    """Sites with two substances, two vesicle populations and cells of one type with two states.

    flows : (first, second, µm³/min); clocks : hazard clocks with their sites; cells : at the start, by site
    share : simulated over real, by site; solid : voxels of bone filled with solid matrix
    """

    flows: Sequence[tuple[int, int, object]] = ((BREAST, BLOOD, 900.0), (BLOOD, BONE, 500.0))
    clocks: Sequence[Clock] = (
        Clock(Effect.LEAVE, 1 / 300, site=BREAST, to_site=BLOOD),
        Clock(Effect.LEAVE, 1 / 100, site=BLOOD, to_site=BONE, to_state=1),
        Clock(Effect.LEAVE, 1 / 400, site=BONE, to_site=BLOOD, to_state=0),
        Clock(Effect.DIVIDE, 1 / 600, state=0),
        Clock(Effect.APOPTOSIS, 1 / 900, steps=2.0),
    )
    cells: Sequence[int] = (60, 10, 0)
    share: Sequence[float] = (1.0, 0.5, 0.2)
    stands_for: Sequence[int] = (1, 1, 1)
    solid: Sequence[int] = (0, 1, 2)
    variants: int = 1
    macro_step: float = 30.0
    stay: float = 60.0
    n_substances: int = 2
    copies: Sequence[float] = (3.0, 0.5)
    numbers: Numbers = field(init=False)

    def system(self) -> System:
        """The sites, and what passes between them."""
        self.numbers = Numbers(self.variants)
        sites = [self._site(k) for k in range(3)]
        share = np.array(self.share, dtype=np.float64)
        flows = Flows(
            first=np.array([f[0] for f in self.flows], np.int32), second=np.array([f[1] for f in self.flows], np.int32),
            p_flow=self.numbers.row([f[2] for f in self.flows]), share=share,
        )  # fmt: skip
        between = replace(
            blank_exchange(1, self.n_substances + 2),
            flows=flows,
            passages=Passages(share, np.array(self.stands_for, dtype=np.int64)),
        )
        return system_of([finished(site, self.numbers) for site in sites], between)

    def _site(self, k: int) -> p.Program:
        program = blank_program(GRIDS[k], n_substances=self.n_substances, n_matrix=1, macro_step=self.macro_step)
        program.matrix.solid[0] = 1
        if k == BONE:
            program.matrix.initial[0, list(self.solid)] = 1.0
        n = len(self.copies)
        tables = {name: absent(1, n) for name in ("p_receptors", "p_internalise", "p_detach", "p_escape")}
        vesicles = replace(
            program.vesicles, p_diffusion=self.numbers.row([240.0] * n), p_decay=absent(n), p_residence=absent(n),
            p_half_saturation=absent(1, n), ligand=absent(1, n),
            donor=absent(n), slot_population=np.arange(n, dtype=np.int32),
            slot_species=np.zeros(n, np.int32), p_copies=self.numbers.row(self.copies), slot_kind=np.zeros(n, np.int8),
            p_bind=absent(n, 1), p_unbind=absent(n, 1), wall=np.zeros((n, 6), np.int8), p_passage=absent(n, 1),
            p_lysosome=absent(1, n), moved_by_flow=np.zeros(n, np.int8), **tables,
        )  # fmt: skip
        cargo = replace(
            program.cargo, p_degradation=absent(1), p_loading=absent(1, n), family=absent(1),
            whole_copies=np.zeros(1, np.int8),
        )  # fmt: skip
        substances = replace(program.substances, p_diffusion=self.numbers.row([6000.0] * self.n_substances))
        program = replace(program, vesicles=vesicles, cargo=cargo, substances=substances, n_species=1, site=k)
        program = with_clocks(
            program, self.numbers, self.clocks, n_states=2, stay=self.stay, release=absent(n), route=absent(n, 3),
            loading=absent(n),
        )  # fmt: skip
        types = replace(program.cell_types, p_volume=self.numbers.row([800.0]))
        number = self.cells[k]
        start = p.Start(
            type=np.zeros(number, np.int32), state=np.zeros(number, np.int32), label=np.full(number, k, np.int32),
            region=np.full(number, NONE, np.int32), position=np.full((number, 3), np.nan),
            stands_for=np.full(number, self.stands_for[k], np.int64),
        )  # fmt: skip
        return replace(program, cell_types=types, start=start)

    def states(self, system: System, seeds: Sequence[int] = (1, 2, 3)) -> SystemState:
        """A batch with one row per seed, with the cells of the start."""
        variants = [s % self.variants for s in range(len(seeds))]
        return states_of(
            *(
                initial_state(program, variants, [[seed, (k << 32) + 5] for seed in seeds])
                for k, program in enumerate(system.sites)
            )
        )


def fill(program: p.Program, state: State, *, molecules: float = 0.0, particles: int = 0) -> None:
    """Put molecules of every substance and particles of every population into every open voxel, booked."""
    open_voxels = program.matrix.initial[0] < 0.5
    n = int(open_voxels.sum())
    state.concentration[:, :, open_voxels] += molecules / program.grid.voxel_volume
    state.substance_ledger[:, :, SubstanceTerm.START] += molecules * n
    state.vesicles[:, :, open_voxels] += particles
    state.vesicle_ledger[:, :, VesicleTerm.START] += particles * n
    copies = particles * program.values[0, program.vesicles.p_copies]
    state.cargo[:, :, open_voxels] += copies[:, None]
    state.cargo_ledger[:, :, VesicleTerm.START] += copies * n


def laden(state: State, seed: int = 3) -> None:
    """Give every cell particles of all kinds, booked as present at the start."""
    rng = np.random.default_rng(seed)
    for name in ("pool", "bound", "endosomal"):
        count = getattr(state, name)
        count[:] = rng.integers(0, 30, count.shape)
        cargo = getattr(state, f"{name}_cargo")
        cargo[:] = rng.random(cargo.shape) * count
    site, start = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start)), int(VesicleTerm.START)
    np.add.at(state.vesicle_ledger[:, :, start], site, state.bound + state.endosomal)
    np.add.at(state.cargo_ledger[:, :, start], site, state.bound_cargo + state.endosomal_cargo)
    state.copies[:] = rng.integers(0, 9, state.copies.shape)
