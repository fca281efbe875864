"""Reading a number of a variant from a table that may hold none."""

from __future__ import annotations

from vesicula.engine.cache import device


@device(inline=True)
def parameter(values, v, p, absent):
    """Parameter p of variant v, or `absent` where p is NONE; values : float64[n_variants, n_parameters]."""
    return values[v, p] if p >= 0 else absent
