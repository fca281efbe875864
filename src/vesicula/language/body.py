"""What joins the sites of a model to a body: blood flow between them, and cells that travel."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vesicula.language.sentences import Sentence
from vesicula.language.slots import Name, Slot
from vesicula.language.values import Value

_BETWEEN = ("{source} to {target}", "{target}")


class Perfuses(Sentence):
    """`blood perfuses bone, 2 mL/min (0.2..20 @assumed)`: what is dissolved, and free vesicles, are exchanged; the
    same volume of fluid both ways, of the whole that each site stands for.
    """

    about = None
    no_way = "it joins two places, and things of the graph have none"
    without = "stays"

    kind: Literal["perfuses"] = "perfuses"
    source: Annotated[str, Name("site")]
    target: Annotated[str, Name("site")]
    flow: Annotated[Value, Slot("volume rate", "flow", _BETWEEN, "not negative", fill="needed", quantity="perfusion")]


class Parts(Sentence):
    """`endothelium parts blood from lung, 600 cm^2, membrane 0.3 um (0.1..1 @assumed)`: cells of this type in the first
    place, and what they become, lie on the membrane between the two, as those on a filter do.
    """

    about = ("cell", ("source", "target"))
    no_way = "it joins two places, and things of the graph have none"
    without = "stays"

    kind: Literal["parts"] = "parts"
    cell: Annotated[str, Name("cell")]
    source: Annotated[str, Name("site")]
    target: Annotated[str, Name("site")]
    area: Annotated[Value, Slot("area", "area", role="setting")]
    membrane: Annotated[Value, Slot("length", "membrane")]


class Leaves(Sentence):
    """`tumour circulating leaves blood for bone at 0.1 /h (0.01..1 @assumed), dormant`: cells (of a state) go to
    another site at a rate, with all they carry, and arrive there in a state (None: as they are). `… at 0.1 /h between
    endothelium, dormant`: through the wall of these cells, as fast as said where all its junctions are open.
    """

    about = ("cell", "from_state", "source", "target", "to_state", "between")
    no_way = "it joins two places, and things of the graph have none"
    without = "stays"

    kind: Literal["leaves"] = "leaves"
    cell: Annotated[str, Name("cell")]
    from_state: Annotated[str | None, Name("state")] = None
    source: Annotated[str, Name("site")]
    target: Annotated[str, Name("site")]
    rate: Annotated[
        Value, Slot("rate", "rate", _BETWEEN, "not negative", fill="needed", quantity="passage", cells="{cell}")
    ]
    to_state: Annotated[str | None, Name("state")] = None
    between: Annotated[str | None, Name("cell")] = None


BodyText = Annotated[Perfuses | Parts | Leaves, Field(discriminator="kind")]
