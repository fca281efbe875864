"""The undisturbed state of a tissue, from which rates follow that a text leaves to it (`as at rest`)."""

from __future__ import annotations

from typing import Annotated

from vesicula.language.fields import Entry
from vesicula.language.model.space import Fluid
from vesicula.language.slots import Name
from vesicula.language.values import Frozen, Value


class RestState(Frozen):
    """What stays as it is while nobody disturbs a tissue. like: states of the library that it begins from."""

    like: Annotated[
        tuple[str, ...], Entry("states of the library that hold where this one says nothing", "[bone]")
    ] = ()
    volume: Annotated[
        Value | None, Entry("fluid in which the cells and molecules are; none has a range", "3.36 nL", "volume")
    ] = None
    cells: Annotated[
        dict[str, Value], Name("cell"), Entry("numbers of cells in this fluid", "{osteoblast: 40}", sign="not negative")
    ] = {}
    blood: Annotated[
        Value | None,
        Entry("blood in which glands and organs keep their levels; it has no range", "67.2 nL", "volume"),
    ] = None
    in_blood: Annotated[
        dict[str, Value],
        Name("cell"),
        Entry("numbers of cells that serve this blood", "{parathyroid: 10}", sign="not negative"),
    ] = {}
    levels: Annotated[
        dict[str, Value],
        Name("substance"),
        Entry(
            "concentrations of what is dissolved; a complex that is not named follows from its partners",
            "{TNFRSF11B: 3.1 pM @opg-serum-pre (0.065..150 @opg-serum-pre)}",
            "concentration",
            quantity="level",
            sign="not negative",
        ),
    ] = {}
    shares: Annotated[
        dict[str, Value],
        Name("words"),
        Entry(
            "of what several kinds of cells secrete as at rest, the share of one; the last one's is what is left",
            "{IL6 of osteoclast: 8 % (0.8..80 @assumed)}",
            "share",
            quantity="share of secretion",
            sign="not negative",
        ),
    ] = {}

    def of(self, fluid: Fluid) -> RestState:
        """The state of one fluid: its volume and cells, and the levels, which all fluids share."""
        if fluid != "blood":
            return self
        return self.model_copy(update={"volume": self.blood, "cells": self.in_blood})

    def fluid_of(self, cell: str) -> Fluid:
        """The fluid that a cell type serves, by the name that it has here."""
        return "blood" if cell in self.in_blood else "tissue"
