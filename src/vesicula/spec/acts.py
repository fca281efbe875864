"""What a step of the experimenter touches, as things of the graph of influence."""

from __future__ import annotations

from vesicula.spec.influence import Influence, Thing
from vesicula.spec.names import antibody, receptors_of
from vesicula.spec.steps import (
    AddAntibody,
    AddCells,
    AddPreparation,
    AddSubstance,
    AddVesicles,
    Block,
    Clamp,
    Deplete,
    DoseSeries,
    Hold,
    KnockOut,
    LoadCargo,
    MutateSite,
    Overexpress,
    RemoveCargo,
    RemoveCells,
    Replace,
    Rescale,
    StepText,
    Wash,
    Without,
)


class Acts:
    """What steps touch in one model."""

    def __init__(self, graph: Influence) -> None:
        self.graph, self.model, self.names = graph, graph.model, graph.names

    def of(self, step: StepText) -> list[Thing] | None:
        """Things that a step changes; None where that cannot be told (values by path, whole media, cold)."""
        match step:
            case AddSubstance() | Hold():
                return self._named(step.substance)
            case AddAntibody():
                return [("substance", name) for name in (step.against, antibody(step.against))]
            case AddVesicles():
                return self._named(step.vesicle)
            case AddPreparation() | Replace():
                other = step.by if isinstance(step, Replace) else ""
                return [*self._named(step.preparation), *self._named(other)]
            case DoseSeries() | Rescale() | Deplete():
                return self._named(step.what)
            case AddCells() | Without():
                return [("cells", step.cell)]
            case RemoveCells():
                return self._removed(step)
            case Wash():
                found: list[Thing] = [("substance", name) for name in self.names.substances]
                return [*found, *(("vesicle", name) for name in self.names.vesicles)]
            case Block():
                return self._blocked(step)
            case KnockOut() | Overexpress():
                return self._knocked(step)
            case RemoveCargo() | LoadCargo():
                return [("carried", step.vesicle, step.cargo)]
            case Clamp() | MutateSite():
                return [("node", step.cell, step.node)]
            case _:
                return None

    def _named(self, name: str) -> list[Thing]:
        """Whatever has a name: substance, vesicle class, preparation, cells."""
        kinds = {
            "substance": self.names.substances, "vesicle": self.names.vesicles, "cells": self.names.cells,
            "preparation": [one.name for one in self.model.preparations],
        }  # fmt: skip
        return [(kind, name) for kind, known in kinds.items() if name in known]

    def _removed(self, step: RemoveCells) -> list[Thing]:
        cells = [step.cell] if step.cell is not None else [*self.names.cells]
        found: list[Thing] = [("cells", cell) for cell in cells]
        return [*found, *(("matrix", name) for name in self.names.matrix if step.with_matrix)]

    def _blocked(self, step: Block) -> list[Thing] | None:
        """Secretion and release of a thing; what cells read of it; what they do with vesicles."""
        cells = [cell for cell in self.model.cells if step.cell in (None, cell.name)]
        if step.process == "secretion":
            return [("substance", step.what)]
        if step.process == "release":
            return [("vesicle", step.what)]
        if step.process == "sensing":
            return [end for cell in cells for end in self._sensed(cell.name, step.what)]
        found: list[Thing] = [("vesicle", step.what)]
        for vesicle in (v for v in self.model.vesicles if v.name == step.what):
            for carried in vesicle.carries:
                found += [(place, cell.name, carried.name) for cell in cells for place in ("cargo", "surface")]
        return found

    def _sensed(self, cell: str, substance: str) -> list[Thing]:
        """What a cell's own molecules of a name change, and a substance through it: inside and by rules."""
        one = self.names.cells[cell]
        own: list[Thing] = [(kind, cell, substance) for kind in ("node", "cargo", "surface")]
        if any(self.graph.after(thing) for thing in own):
            return [*own, *self.graph.after(("substance", substance))]
        ends = [end for end in self.graph.after(("substance", substance)) if end[1] == cell]
        for rule in one.rules:
            if ("substance", substance) in self.graph.read(one, rule.signal):
                behaviour = getattr(rule, "behaviour", None)
                ends += [("cells", cell)] if behaviour is None else self.graph.changed(one, behaviour)
        return ends

    def _knocked(self, step: KnockOut | Overexpress) -> list[Thing]:
        found: list[Thing] = [("substance", step.what)] if step.what in self.names.substances else []
        for cell in self.model.cells:
            if step.cell in (None, cell.name):
                found += [(kind, cell.name, step.what) for kind in ("node", "cargo", "surface")]
                if step.what in receptors_of(cell):
                    found.append(("motion", cell.name))
        for vesicle in self.model.vesicles:
            found.append(("carried", vesicle.name, step.what))
        return found
