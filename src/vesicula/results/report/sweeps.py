"""Sweeps and shares of variance on the report's page: picture, short table, and what has to be said of them."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from vesicula.results.mapped import Mapped


def sweeps_section(found: Sequence[Mapped]) -> list[dict[str, object]]:
    """What the template shows of each: the picture as an image of its own, whose styles stay in it."""
    return [
        {
            "title": one.title, "heading": one.heading, "rows": one.rows, "notes": one.notes, "table": one.table,
            "image": f"data:image/svg+xml;base64,{base64.b64encode(one.picture.encode()).decode()}",
        }
        for one in found
    ]  # fmt: skip
