"""A dish of two cell types at the bench: a small state whose assays can be worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from vesicula.engine import program as p
from vesicula.engine.reference.blank import absent, blank_program, blank_state, states_of, system_of
from vesicula.engine.reference.sketch import (
    Clock,
    Node,
    Numbers,
    Term,
    finished,
    with_clocks,
    with_networks,
    with_signals,
)
from vesicula.engine.state import State
from vesicula.engine.system import System, SystemState
from vesicula.results.assays import assay_reader
from vesicula.results.assays.bench import Bench
from vesicula.results.assays.readers import at_bench
from vesicula.results.description import (
    ArmLabel,
    Labels,
    MeasureLabel,
    PlanLabel,
    PopulationLabel,
    PreparationLabel,
    RunDescription,
    SiteLabel,
    SlotLabel,
    SubstanceLabel,
    TypeLabel,
    VariantLabel,
)

TUMOUR, T_CELL = 0, 1
VOLUME, SHARE = 1.0e6, 1e-3  # µm³ that are simulated, of a real dish a thousand times as large
DIVIDES, LACTATE_RATE = 1 / 1440.0, 1e5  # /min, molecules/min
MRNA, LAMBDA, KAPPA, OWN = 20.0, 500.0, 3.0, 100.0
PHASES = ("G1", "S", "G2M")

LABELS = Labels(
    substances=(
        SubstanceLabel(name="TGFB1", unit="pM", factor=1660.539, molar_mass_da=25_000.0),
        SubstanceLabel(name="lactate", unit="mM", factor=1.66e-6),
    ),
    populations=(
        PopulationLabel(name="tumour-EV", vesicle="tumour-EV", diameter_nm=105.0, median_nm=105.0, spread=1.4),
        PopulationLabel(name="NVEP", vesicle="NVEP", diameter_nm=100.0),
    ),
    species=("miR-105-5p",),
    slots=(SlotLabel(population=0, species=0),),
    types=(
        TypeLabel(name="tumour", states=("-", "senescent", "dormant"), nodes=("TJP1", "SMAD2")),
        TypeLabel(name="T-cell", states=("-",), nodes=("CD69",), phases=PHASES),
    ),
    matrices=("mineral",),
    families=("miR-105",),
)


@dataclass
class Dish:
    """Two arms with `cells` tumour cells and as many T cells each. state : to be changed by the test."""

    cells: int = 4
    arms: tuple[str, ...] = ("vehicle", "EV")
    arm_labels: tuple[ArmLabel, ...] = ()
    program: p.Program = field(init=False)
    state: State = field(init=False)

    def __post_init__(self) -> None:
        self.program = dish_program()
        places = np.full((2 * self.cells, 3), 50.0)
        self.state = blank_state(self.program, [places] * len(self.arms))
        self.state.step = 1
        self.state.cell_type[:] = np.tile(np.repeat([TUMOUR, T_CELL], self.cells), len(self.arms))
        self.state.nodes[:] = 0.5
        self.state.clock_threshold[:] = 1.0

    @property
    def system(self) -> System:
        return system_of([self.program], names=["dish"])

    @property
    def states(self) -> SystemState:
        return states_of(self.state, names=["dish"])

    @property
    def description(self) -> RunDescription:
        return RunDescription(
            model="dish", plan=PlanLabel(macro_step_min=60.0, record_steps=(0, 1)), labels=LABELS,
            variants=tuple(VariantLabel(arm=arm, replicate=0, draw=0, seed=1) for arm in self.arms),
            sites=(SiteLabel(name="dish", nx=1, ny=1, nz=1, voxel=100.0, height=100.0, dimensions=0, area_um2=1e4,
                             share=SHARE, labware="well"),),
            preparations=(
                PreparationLabel(name="MDA-prep", vesicle="tumour-EV", particles_per_ug=1e10),
                PreparationLabel(name="crude-prep", vesicle="tumour-EV"),
            ),
            arm_labels=self.arm_labels,
        )  # fmt: skip

    def measure(self, assay: str, what: str, **fields) -> MeasureLabel:
        return MeasureLabel(name="m", text="m", kind="assay", assay=assay, what=what, **fields)

    def read(self, assay: str, what: str, **fields) -> np.ndarray:
        """The assay's value in every arm."""
        measure = self.measure(assay, what, **fields)
        reader = assay_reader(measure, self.description, self.system)
        return reader(self.states)

    def bench(self, assay: str, what: str, **fields) -> Bench:
        return at_bench(
            self.measure(assay, what, **fields), self.description, self.system
        )  # fmt: skip

    def of(self, type_: int, arm: int = 0) -> np.ndarray:
        """Cells of a type in an arm."""
        start = self.state.cell_start
        inside = np.arange(start[arm], start[arm + 1])
        return inside[self.state.cell_type[inside] == type_]


def dish_program() -> p.Program:
    """Tumour cells divide by one clock, T cells by phases; miR-105 silences TJP1, SMAD2 follows TGFB1."""
    numbers = Numbers()
    program = blank_program(p.Grid(1, 1, 1, 100.0, 100.0, 0, 1e4), n_types=2, n_substances=2, n_matrix=1)
    program = with_signals(program, [(p.Signal.SUBSTANCE, 0, p.NONE)])
    follows = Node([Term(p.Gate.ACTIVATE, 0, half=1.0)], time=100.0)
    program = with_networks(program, numbers, [[Node(initial=0.8, time=2000.0), follows], [Node(initial=0.3)]])
    pool = {name: np.array([numbers.row([x]), [p.NONE]], np.int32) for name, x in (
        ("p_own", OWN), ("p_own_undisturbed", OWN), ("p_competitor_sites", 1e3), ("p_competitor_lambda", 500.0),
        ("p_competitor_kappa", 1.0),
    )}  # fmt: skip
    silencing = replace(
        program.silencing, n_families=1, type=np.zeros(1, np.int32), family=np.zeros(1, np.int32),
        node=np.zeros(1, np.int32), p_mrna=numbers.row([MRNA]), p_lambda=numbers.row([LAMBDA]),
        p_kappa=numbers.row([KAPPA]), p_kappa_undisturbed=numbers.row([KAPPA]), **pool,
    )  # fmt: skip
    cargo = replace(
        program.cargo, family=np.zeros(1, np.int32), whole_copies=np.ones(1, np.int8), p_loading=absent(2, 1)
    )
    program = replace(program, silencing=silencing, cargo=cargo, n_species=1)
    clocks = [
        Clock(p.Effect.DIVIDE, DIVIDES, type=TUMOUR, steps=3.0),
        *(Clock(p.Effect.NEXT_PHASE if k < 2 else p.Effect.DIVIDE, 1 / 300.0, type=T_CELL, phase=k) for k in range(3)),
    ]
    program = with_clocks(program, numbers, clocks, n_states=2, n_phases=[0, 3])
    table = program.behaviours
    lactate = np.array([p.NONE, table.n], np.int32)
    base = np.concatenate([table.p_base, np.full((2, 2, 1), numbers(LACTATE_RATE), np.int32)], axis=2)
    start = np.concatenate([table.rule_start, np.full(2, table.rule_start[-1], np.int32)])
    table = replace(table, n=table.n + 1, p_base=base, secretion=lactate, rule_start=start)
    vesicles = replace(
        program.vesicles, p_decay=absent(2), slot_population=np.zeros(1, np.int32), slot_species=np.zeros(1, np.int32),
        p_copies=absent(1), slot_kind=np.zeros(1, np.int8),
    )  # fmt: skip
    matrix = replace(program.matrix, initial=np.ones((1, 1)))
    return finished(replace(program, behaviours=table, vesicles=vesicles, matrix=matrix), numbers)


def rates(dish: Dish) -> None:
    """Fill the behaviours from the base values, as a step would."""
    from vesicula.engine import behaviours

    behaviours.evaluate(dish.program, dish.state)
