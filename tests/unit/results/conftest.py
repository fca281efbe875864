"""A make-believe bone: states that change by fixed arithmetic, so that folders and reports can be tested alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from vesicula.engine.program import Grid, Program
from vesicula.engine.reference.blank import (
    absent,
    blank_program,
    blank_state,
    flags,
    states_of,
    system_of,
)
from vesicula.engine.state import CellTerm, State, SubstanceTerm, VesicleTerm
from vesicula.engine.system import System, SystemState
from vesicula.results import Recorder, RunFolder
from vesicula.results.description import (
    Labels,
    MeasureLabel,
    NeedLabel,
    ParameterLabel,
    PlanLabel,
    PopulationLabel,
    ReferenceLabel,
    RuleLabel,
    RunDescription,
    SiteLabel,
    SlotLabel,
    SubstanceLabel,
    TypeLabel,
    VariantLabel,
)

GRID = Grid(nx=30, ny=20, nz=1, voxel=20.0, height=20.0, dimensions=2)
STEP_MIN = 360.0
TUMOUR, OSTEOBLAST, OSTEOCLAST = range(3)
TRABECULA = np.arange(GRID.n_voxels) // GRID.nx < 6
NOISE = np.random.Generator(np.random.Philox(7)).random(4096)


def labels() -> Labels:
    return Labels(
        substances=(
            SubstanceLabel(name="TGFB1", unit="pM", factor=1660.539),
            SubstanceLabel(name="TNFSF11", unit="pM", factor=1660.539),
        ),
        populations=(PopulationLabel(name="tumour-EV", vesicle="tumour-EV", donor="tumour", diameter_nm=105.0),),
        species=("miR-21-5p", "ITGB3"),
        slots=(SlotLabel(population=0, species=0), SlotLabel(population=0, species=1, place="surface")),
        types=(
            TypeLabel(name="tumour", states=("dormant", "cycling"), nodes=("SMAD2", "PTH1R")),
            TypeLabel(name="osteoblast", states=("-",), nodes=("PTH1R",)),
            TypeLabel(name="osteoclast", states=("-",), nodes=("NFATC1",)),
        ),
        matrices=("mineral",),
        stores=(("mineral", "TGFB1"),),
        families=("miR-21-5p",),
    )


def describe_bone(*, replicates: int = 3, draws: bool = False, records: int = 9) -> RunDescription:
    variants = tuple(
        VariantLabel(arm=arm, replicate=r, draw=r if draws else 0, seed=1)
        for arm in ("untreated", "RANKL block")
        for r in range(replicates)
    )
    first = tuple(i for i, v in enumerate(variants) if v.replicate == 0)
    measures = (
        MeasureLabel(name="bone", text="mineral left in trabecula in % of start", kind="matrix left", what="mineral",
                     place="trabecula", unit="% of start", factor=100.0),
        MeasureLabel(name="tumour cells", text="count of tumour in bone", kind="count", what="tumour", cell="tumour",
                     place="bone", unit="cells"),
        MeasureLabel(name="free RANKL", text="concentration of TNFSF11 in marrow in pM", kind="concentration",
                     what="TNFSF11", place="marrow", unit="pM", factor=1660.539),
        MeasureLabel(name="PTH1R signal", text="PTH1R in osteoblast", kind="node", what="PTH1R", cell="osteoblast"),
        MeasureLabel(name="messages", text="particles of tumour-EV delivered to osteoclast", kind="delivered",
                     what="tumour-EV", cell="osteoclast", unit="particles"),
    )  # fmt: skip
    return RunDescription(
        model="make-believe-bone", question="What does blocking RANKL change in this make-believe bone?",
        species="human", claims=("bm-051",), text="vesicula: 1\nmodel: make-believe-bone\n", text_hash="0" * 32,
        versions={"vesicula": "0.1.0", "python": "3.11"}, seed=1,
        plan=PlanLabel(macro_step_min=STEP_MIN, record_steps=tuple(range(0, 4 * records - 3, 4)), pictured=first),
        variants=variants,
        sites=(SiteLabel(name="bone", nx=30, ny=20, nz=1, voxel=20.0, height=20.0, dimensions=2,
                         regions=("trabecula", "marrow")),),
        labels=labels(), measures=measures,
        parameters=(
            ParameterLabel(path="cells.tumour.divides", number=36, unit="h", low=24, high=72, sources=("assumed",)),
            ParameterLabel(path="substances.TNFSF11.half-life", number=1.6, unit="h", low=0.5, high=8,
                           evidence="borrowed", sources=("pivonka2008", "assumed"), read=True),
            ParameterLabel(path="vesicles.tumour-EV.carries.miR-21-5p", number=0.008, unit="copies/EV", low=1e-4,
                           high=1e-1, evidence="measured here", sources=("chevillet2014",), read=True),
            ParameterLabel(path="matrix.mineral.stores.TGFB1", number=9, unit="molecules/um^3", low=2, high=40,
                           evidence="derived", sources=("janssens2005",), note="200 ug/kg × 2 kg/L / 25 kDa"),
        ),
        references=(
            ReferenceLabel(key="pivonka2008", text="Pivonka et al. Bone 2008", doi="10.1016/j.bone.2008.03.025",
                           read="table"),
            ReferenceLabel(key="chevillet2014", text="Chevillet et al. PNAS 2014", doi="10.1073/pnas.1408301111",
                           read="abstract"),
            ReferenceLabel(key="janssens2005", text="Janssens et al. Endocr Rev 2005", read="no"),
        ),
        rules=(
            RuleLabel(owner="tumour", text="TGFB1 raises PTHLH secretion to 5x, half-max 20 pM", sources=("bm-058",)),
        ),
        needs=(NeedLabel(type="osteoclast", node="NFATC1", family="miR-21-5p", species=("miR-21-5p",),
                         copies=(820.0,) * len(variants), fold=1.5),),
    )  # fmt: skip


def bone_program(description: RunDescription) -> Program:
    base = blank_program(GRID, n_types=3, n_substances=2, n_matrix=1, macro_step=STEP_MIN,
                         values=np.zeros((len(description.variants), 1)))  # fmt: skip
    tables = {name: absent(3, 1) for name in ("p_receptors", "p_internalise", "p_detach", "p_escape", "p_lysosome")}
    vesicles = replace(
        base.vesicles, p_decay=absent(1), p_diffusion=absent(1), slot_population=np.zeros(2, dtype=np.int32),
        slot_species=np.arange(2, dtype=np.int32), p_copies=absent(2), slot_kind=flags(2), wall=flags(1, 6), **tables,
    )  # fmt: skip
    matrix = replace(base.matrix, initial=TRABECULA[None].astype(float))
    cargo = replace(base.cargo, p_own=absent(3, 2))
    return replace(base, vesicles=vesicles, cargo=cargo, matrix=matrix, regions=np.stack([TRABECULA, ~TRABECULA]),
                   n_species=2, n_nodes=2)  # fmt: skip


def start_bone(description: RunDescription, program: Program) -> State:
    n = len(description.variants)
    centre = np.array([380.0, 260.0, 10.0])
    ring = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    tumour = centre + np.stack([45 * np.cos(ring), 35 * np.sin(ring), 0 * ring], axis=1)
    lining = np.stack([np.arange(12.0, 600.0, 18.0), np.full(33, 127.0), np.full(33, 10.0)], axis=1)
    clasts = np.stack([np.linspace(60, 540, 9), np.full(9, 146.0), np.full(9, 10.0)], axis=1)
    places = np.concatenate([tumour, lining, clasts])
    state = blank_state(program, [places] * n, volume=905.0)
    kinds = np.repeat([TUMOUR, OSTEOBLAST, OSTEOCLAST], [24, 33, 9]).astype(np.int16)
    state.cell_type = np.tile(kinds, n)
    state.volume = np.tile(np.repeat([905.0, 700.0, 3000.0], [24, 33, 9]), n)
    state.cell_ledger[:, :, CellTerm.ADDED] = [24, 33, 9]
    return state


def advance_bone(state: State) -> None:
    """One macro step: fixed arithmetic on the state alone, with births, a death, and ledgers that close."""
    state.step += 1
    t = state.step
    y, x = np.divmod(np.arange(GRID.n_voxels), GRID.nx)
    spot = np.exp(-(((x - 19) / 7.0) ** 2 + ((y - 12) / 5.0) ** 2))
    half = state.n_sites // 2
    for s in range(state.n_sites):
        blocked = s >= half
        jitter = 1 + 0.1 * NOISE[(7 * s) % 4096]
        gain = spot[None] * np.array([[2e-3], [4e-3]]) * jitter * (0.15 if blocked else 1.0)
        state.concentration[s] += gain
        state.substance_ledger[s, :, SubstanceTerm.SECRETED] += gain.sum(axis=1) * GRID.voxel_volume
        state.matrix[s, 0] *= 1 - (0.002 if blocked else 0.018) * jitter * spot**0.3
        made = (spot * (20 + 5 * jitter)).astype(np.int64)
        state.vesicles[s, 0] += made
        state.vesicle_ledger[s, 0, VesicleTerm.RELEASED] += made.sum()
        taken = int(40 * jitter)
        state.vesicles[s, 0, int(np.argmax(spot))] -= taken
        lost = np.array([[VesicleTerm.DEGRADED, 3], [VesicleTerm.IN_REMOVED, 2], [VesicleTerm.LEFT, 5]])
        state.vesicles[s, 0, int(np.argmax(made))] -= lost[:, 1].sum()
        state.vesicle_ledger[s, 0, lost[:, 0]] += lost[:, 1]
        state.vesicle_ledger[s, 0, VesicleTerm.DELIVERED] += taken
        state.vesicles[s, 0, 0] += 7
        state.vesicle_ledger[s, 0, VesicleTerm.DOSED] += 7
        state.talk[s, 0, OSTEOCLAST] += [2 * taken, taken, taken // 20, taken - taken // 20]
        state.delivered_copies[s, 0, OSTEOCLAST] += 0.008 * taken
    where = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    wobble = NOISE[(np.arange(state.n_cells) * 3 + t * 11 + where * 5) % 4096] - 0.5
    moving = state.cell_type == TUMOUR
    state.position[moving, 0] += 6 * wobble[moving]
    state.position[moving, 1] += 4 * wobble[moving][::-1]
    state.nodes[:, 0] += (1 - state.nodes[:, 0]) * 0.04 * (0.5 + NOISE[where])
    state.copies[state.cell_type == OSTEOCLAST, 0] += 0.03
    state.cell_state[moving & (wobble > 0.3)] = 1
    if t % 3 == 0:
        _divide(state, t)


def _divide(state: State, t: int) -> None:
    """Up to four cycling tumour cells of each site put a daughter beside themselves."""
    where = np.repeat(np.arange(state.n_sites), np.diff(state.cell_start))
    able = np.flatnonzero((state.cell_type == TUMOUR) & (state.cell_state == 1))
    rank = np.arange(len(able)) - np.searchsorted(where[able], where[able])
    mothers = able[(rank + t) % 5 == 0][: 4 * state.n_sites]
    order = np.argsort(np.concatenate([where, where[mothers]]), kind="stable")
    for name, array in state.arrays().items():
        if len(array) == len(where) and name not in ("step",) and array is not state.site_variant:
            grown = np.concatenate([array, array[mothers]])
            if name == "position":
                grown[len(where) :, :2] += 16 * (NOISE[(2 * mothers + t) % 4095][:, None] - 0.5) * [2, 1.4] + [6, 2]
            if name == "cell_id":
                grown[len(where) :] = grown[len(where) :] * np.uint64(2862933555777941757) + np.uint64(t)
            if name == "cell_state":
                grown[len(where) :] = 0
            setattr(state, name, grown[order])
    births = np.bincount(where[mothers], minlength=state.n_sites)
    state.cell_start = np.concatenate([[0], np.cumsum(np.diff(state.cell_start) + births)]).astype(np.int64)
    state.cell_ledger[:, TUMOUR, CellTerm.DIVIDED] += births


@dataclass
class BoneRun:
    """A make-believe run that stops where it is told."""

    description: RunDescription
    program: Program
    checkpoint_every: int = 2  # records

    def start(self) -> State:
        return start_bone(self.description, self.program)

    def advance(self, state: State) -> None:
        advance_bone(state)

    @property
    def system(self) -> System:
        return system_of([self.program], names=["bone"])

    def go(self, folder: RunFolder, states: SystemState | None = None, *, until: int | None = None) -> None:
        recorder = Recorder(folder, self.system)
        if states is None:
            states = states_of(start_bone(self.description, self.program), names=["bone"])
            recorder.record(states)
            folder.checkpoint(states)
        state = states.site("bone")
        last = self.description.plan.last_step
        while state.step < last:
            if until is not None and state.step >= until:
                return
            advance_bone(state)
            if recorder.is_due(state.step):
                recorder.record(states)
                if (self.description.plan.record_steps.index(state.step)) % self.checkpoint_every == 0:
                    folder.checkpoint(states, wall_s=0.5)
        folder.finish(states)


@pytest.fixture
def bone() -> BoneRun:
    description = describe_bone()
    return BoneRun(description, bone_program(description))


@pytest.fixture
def short_bone() -> BoneRun:
    description = describe_bone(replicates=1, records=4)
    return BoneRun(description, bone_program(description))


@pytest.fixture(scope="session")
def finished_bone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a whole make-believe run with draws."""
    description = describe_bone(replicates=8, draws=True)
    path = tmp_path_factory.mktemp("bone") / "run"
    draws = {
        "cells.tumour.divides": 2160.0 * (0.7 + NOISE[np.arange(16) % 8]),
        "substances.TNFSF11.half-life": 96.0 * (0.7 + NOISE[50 + np.arange(16) % 8]),
    }
    BoneRun(description, bone_program(description)).go(RunFolder.create(path, description, draws=draws))
    return path
