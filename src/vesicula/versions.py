"""Versions of this software and of what it runs with."""

from __future__ import annotations

from functools import cache


@cache
def version_of(package: str) -> str:
    """Version of an installed package; "source" for this one where only its sources are there."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "source" if package == "vesicula" else "not installed"
