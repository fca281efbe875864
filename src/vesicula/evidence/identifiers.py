"""Identifiers of miRNAs: the seed decides which of them share targets."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def _seeds() -> dict[str, str]:
    text = files("vesicula.library").joinpath("identifiers/mirna_ids.csv").read_text(encoding="utf-8")
    return {row["name_mirbase22"].removeprefix("hsa-"): row["seed_2_8"] for row in csv.DictReader(text.splitlines())}


def seed_of(mirna: str) -> str | None:
    """Seed (nucleotides 2 to 8) of a human miRNA by its miRBase name, with or without `hsa-`; None if unknown."""
    return _seeds().get(mirna.removeprefix("hsa-"))
