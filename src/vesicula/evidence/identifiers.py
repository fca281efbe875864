"""Identifiers of miRNAs: the seed decides which of them share targets."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


@cache
def _rows(file: str) -> tuple[dict[str, str], ...]:
    text = files("vesicula.library").joinpath(f"identifiers/{file}").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _seeds() -> dict[str, str]:
    return {row["name_mirbase22"].removeprefix("hsa-"): row["seed_2_8"] for row in _rows("mirna_ids.csv")}


@cache
def gene_symbols() -> frozenset[str]:
    """Symbols of the genes whose identifiers the library holds."""
    return frozenset(row["symbol"] for row in _rows("gene_ids.csv"))


def name_of_accession(accession: str) -> str | None:
    """Name of a mature miRNA by its miRBase accession (`MIMAT…`), without `hsa-`; None if unknown."""
    found = {row["mimat"]: row["name_mirbase22"] for row in _rows("mirna_ids.csv")}.get(accession.strip())
    return None if found is None else found.removeprefix("hsa-")


def seed_of(mirna: str) -> str | None:
    """Seed (nucleotides 2 to 8) of a human miRNA by its miRBase name, with or without `hsa-`; None if unknown."""
    return _seeds().get(mirna.removeprefix("hsa-"))
