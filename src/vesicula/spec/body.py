"""What joins the sites of a model to a body: blood flow between them, and cells that travel."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vesicula.spec.sentences import Sentence
from vesicula.spec.values import Value


class Perfuses(Sentence):
    """`blood perfuses bone, 2 mL/min (0.2..20 @assumed)`: what is dissolved, and free vesicles, are exchanged; the
    same volume of fluid both ways, of the whole that each site stands for.
    """

    kind: Literal["perfuses"] = "perfuses"
    source: str
    target: str
    flow: Value


class Leaves(Sentence):
    """`tumour circulating leaves blood for bone at 0.1 /h (0.01..1 @assumed), dormant`: cells (of a state) go to
    another site at a rate, with all they carry, and arrive there in a state (None: as they are).
    """

    kind: Literal["leaves"] = "leaves"
    cell: str
    from_state: str | None = None
    source: str
    target: str
    rate: Value
    to_state: str | None = None


BodyText = Annotated[Perfuses | Leaves, Field(discriminator="kind")]
