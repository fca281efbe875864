"""What the experimenter's lasting steps do to parameters: factors and clamps, per arm and phase, by what they touch."""

from __future__ import annotations

from collections import defaultdict

from vesicula.compiler.parameters import ParameterTable
from vesicula.engine.program import NONE
from vesicula.language.lasting import span
from vesicula.language.model import Model
from vesicula.language.steps import (
    Block,
    Clamp,
    Deplete,
    KnockOut,
    LoadCargo,
    MutateSite,
    Overexpress,
    RemoveCargo,
    Rescale,
    SetParameter,
    StepText,
)

ANY_CELL = "*"
ROUTES = ("fusion", "endocytosis", "binding")


def steps_of_arms(model: Model) -> dict[str, tuple[tuple[str, StepText], ...]]:
    """Arm -> its steps and those of the protocol, each with its path: a step of the protocol is one in all arms."""
    common = tuple((f"protocol.{number}", step) for number, step in enumerate(model.protocol))
    arms = [(arm.name, arm.steps) for arm in model.arms] or [("", ())]
    return {name: (*common, *((f"arms.{name}.{n}", step) for n, step in enumerate(steps))) for name, steps in arms}


class ArmEffects:
    """Columns by (process, what, cell): an arm's factor on a process, or the level of a clamp.

    process : release, fusion, endocytosis, binding, escape (vesicle class), secretion, sensing (what is read of a
    substance, cargo or miRNA), node, surface (molecule), own (copies), copies (cargo in vesicle class, which stands in
    the place of the cell), site (silenced node), clamp, dose (preparation, vesicle class or substance; no cell)
    A step that has a time is 1 (a clamp NaN) in the phases in which it does not act.
    """

    def __init__(self, model: Model, parameters: ParameterTable) -> None:
        self._parameters = parameters
        self._model = model
        self._columns: dict[tuple[str, str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for name, steps in steps_of_arms(model).items():
            # of what is set or clamped the last holds: an arm's goes before the protocol's, a later start before others
            for path, step in sorted(steps, key=lambda one: (one[0].startswith("arms."), span(one[1])[0])):
                self._read(name, path, step)

    def _read(self, arm: str, path: str, step: StepText) -> None:
        p = self._parameters
        match step:
            case Block():
                self._block(arm, path, step)
            case KnockOut():
                residual = p.constant("no residual", 0.0)
                if step.residual is not None:
                    residual = p.source(f"{path}.residual", step.residual, "share")
                self._express(arm, path, step, residual, ("node", "secretion", "surface", "own"))
            case Overexpress():
                factor = p.source(f"{path}.factor", step.factor, "factor")
                self._express(arm, path, step, factor, ("secretion", "surface", "own"))
            case RemoveCargo():
                self._add("copies", step.cargo, step.vesicle, arm, path, step, p.constant("no copies", 0.0))
            case LoadCargo():
                factor = p.source(f"{path}.factor", step.factor, "factor")
                self._add("copies", step.cargo, step.vesicle, arm, path, step, factor)
            case Rescale():
                self._add("dose", step.what, "", arm, path, step, p.source(f"{path}.factor", step.factor, "factor"))
            case Deplete():
                share = p.source(f"{path}.share", step.share, "share")
                left = p.derive(f"{path}.left", lambda x: 1.0 - x, share)
                self._add("dose", step.what, "", arm, path, step, left)
            case MutateSite():
                self._add("site", step.node, step.cell, arm, path, step, p.constant("no site", 0.0))
            case Clamp():
                level = p.source(f"{path}.level", step.level, "number")
                self._add("clamp", step.node, step.cell, arm, path, step, level, otherwise=float("nan"))
            case SetParameter():
                p.set_in_arm(arm, step.path, step.value, p.phases.of(step))
            case _:
                pass

    def _add(
        self, process: str, what: str, cell: str | None, arm: str, path: str, step: StepText, column: int,
        *, otherwise: float = 1.0,
    ) -> None:  # fmt: skip
        p = self._parameters
        acting = p.during(f"{path}: {p.path(column)} in time", column, p.phases.of(step), otherwise)
        self._columns[process, what, ANY_CELL if cell is None else cell][arm].append(acting)

    def _block(self, arm: str, path: str, step: Block) -> None:
        left = self._left(path, step)
        processes = ROUTES if step.process == "uptake" else (step.process,)
        if step.process == "sensing" and all(one.name != step.what for one in self._model.substances):
            processes = ("sensing", "node", "surface")
        for process in processes:
            self._add(process, step.what, step.cell, arm, path, step, left)

    def _express(
        self, arm: str, path: str, step: KnockOut | Overexpress, factor: int, processes: tuple[str, ...]
    ) -> None:
        """A gene of a cell: what it makes of that name, and what its vesicles carry of it."""
        for process in processes:
            self._add(process, step.what, step.cell, arm, path, step, factor)
        for vesicle in self._model.vesicles:
            if vesicle.donor is not None and step.cell in (None, vesicle.donor):
                self._add("copies", step.what, vesicle.name, arm, path, step, factor)

    def _left(self, path: str, step: Block) -> int:
        """Column of what a block leaves: 1 − share, or 1 / (1 + (dose / IC50)^hill) of an inhibitor."""
        p = self._parameters
        if step.share is not None:
            share = p.source(f"{path}.share", step.share, "share")
            return p.derive(f"{path}.left", lambda x: 1.0 - x, share)
        assert step.dose is not None
        assert step.ic50 is not None
        # the molar mass cancels where both are masses per volume
        dose = p.source(f"{path}.dose", step.dose, "concentration", molar_mass=1.0)
        half = p.source(f"{path}.IC50", step.ic50, "concentration", molar_mass=1.0)
        ratio = p.derive(f"{path}.dose over IC50", lambda d, h: d / h, dose, half)
        steep = p.constant("hill of an inhibitor", 1.0)
        if step.hill is not None:
            steep = p.source(f"{path}.hill", step.hill, "number")
        return p.derive(f"{path}.left", lambda r, n: 1.0 / (1.0 + r**n), ratio, steep)

    def factor(self, process: str, what: str, cell: str) -> int:
        """Column of the product of all factors on a process, 1 in arms that leave it alone; NONE if none touches it."""
        by_arm: dict[str, int] = {}
        for key_cell in dict.fromkeys((cell, ANY_CELL)):
            for arm, columns in self._columns.get((process, what, key_cell), {}).items():
                found = [*columns, by_arm[arm]] if arm in by_arm else columns
                by_arm[arm] = self._parameters.times(f"{arm}: {process} of {what} in {key_cell} in {cell}", *found)
        return self._by_arm(process, what, cell, 1.0, by_arm)

    def clamp(self, node: str, cell: str) -> int:
        """Column of the clamped level, NaN in arms that leave the node free; NONE if no arm clamps it."""
        by_arm = {
            arm: self._parameters.latest(f"{arm}: clamp of {node} in {cell}", columns)
            for arm, columns in self._columns.get(("clamp", node, cell), {}).items()
        }
        return self._by_arm("clamp", node, cell, float("nan"), by_arm)

    def _by_arm(self, process: str, what: str, cell: str, default: float, by_arm: dict[str, int]) -> int:
        if not by_arm:
            return NONE
        return self._parameters.per_arm(f"{process} of {what} in {cell}, by arm", default, by_arm)
