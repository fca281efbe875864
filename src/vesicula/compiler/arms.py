"""What the experimenter's whole-run steps do to parameters: factors and clamps, per arm, by what they touch."""

from __future__ import annotations

from collections import defaultdict

from vesicula.compiler.parameters import ParameterTable
from vesicula.engine.program import NONE
from vesicula.spec.model import Model
from vesicula.spec.sentences import (
    Block,
    Clamp,
    Deplete,
    KnockOut,
    LoadCargo,
    MutateSite,
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

    process : release, fusion, endocytosis, binding, escape (vesicle class), secretion, sensing (substance), node,
    copies (cargo in vesicle class, which stands in the place of the cell), site (silenced node), clamp, dose
    (preparation, vesicle class or substance; no cell)
    """

    def __init__(self, model: Model, parameters: ParameterTable) -> None:
        self._parameters = parameters
        self._columns: dict[tuple[str, str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for name, steps in steps_of_arms(model).items():
            for path, step in steps:
                self._read(name, path, step)

    def _read(self, arm: str, path: str, step: StepText) -> None:
        p = self._parameters
        match step:
            case Block():
                left = self._left(path, step)
                routes = ROUTES if step.process == "uptake" else (step.process,)
                for process in routes:
                    self._columns[process, step.what, step.cell or ANY_CELL][arm].append(left)
            case KnockOut():
                residual = p.constant("no residual", 0.0)
                if step.residual is not None:
                    residual = p.source(f"{path}.residual", step.residual, "share")
                self._columns["node", step.what, step.cell or ANY_CELL][arm].append(residual)
                self._columns["secretion", step.what, step.cell or ANY_CELL][arm].append(residual)
            case RemoveCargo():
                self._columns["copies", step.cargo, step.vesicle][arm].append(p.constant("no copies", 0.0))
            case LoadCargo():
                factor = p.source(f"{path}.factor", step.factor, "factor")
                self._columns["copies", step.cargo, step.vesicle][arm].append(factor)
            case Rescale():
                self._columns["dose", step.what, ""][arm].append(p.source(f"{path}.factor", step.factor, "factor"))
            case Deplete():
                share = p.source(f"{path}.share", step.share, "share")
                left = p.derive(f"{path}.left", lambda x: 1.0 - x, share)
                self._columns["dose", step.what, ""][arm].append(left)
            case MutateSite():
                self._columns["site", step.node, step.cell][arm].append(p.constant("no site", 0.0))
            case Clamp():
                level = p.source(f"{path}.level", step.level, "number")
                self._columns["clamp", step.node, step.cell][arm].append(level)
            case SetParameter():
                p.set_in_arm(arm, step.path, step.value)
            case _:
                pass

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
        return self._per_arm(process, what, cell, default=1.0)

    def clamp(self, node: str, cell: str) -> int:
        """Column of the clamped level, NaN in arms that leave the node free; NONE if no arm clamps it."""
        return self._per_arm("clamp", node, cell, default=float("nan"))

    def _per_arm(self, process: str, what: str, cell: str, *, default: float) -> int:
        by_arm: dict[str, int] = {}
        for key_cell in dict.fromkeys((cell, ANY_CELL)):
            for arm, columns in self._columns.get((process, what, key_cell), {}).items():
                found = [*columns, by_arm[arm]] if arm in by_arm else columns
                by_arm[arm] = self._parameters.times(f"{arm}: {process} of {what} in {key_cell} in {cell}", *found)
        if not by_arm:
            return NONE
        return self._parameters.per_arm(f"{process} of {what} in {cell}, by arm", default, by_arm)
