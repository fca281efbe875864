"""What has a name in a model."""

from __future__ import annotations

import pydantic

from vesicula.language.values import Frozen, Location


class Named(Frozen):
    """Something with a name, and ids after it: `osteoblast (CL:0000062)`."""

    name: str
    ids: tuple[str, ...] = ()
    where: Location | None = pydantic.Field(default=None, exclude=True, repr=False)
