"""Identifiers of miRNAs: their seed, which decides what they share, and the spellings of one name."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files

MIRNA = re.compile(
    r"(?:(?P<species>(?!mir|let)[a-z]{3})-)?(?:(?:mirna|microrna|mir)-?(?P<family>let-?)?|(?P<let>let-?))(?P<number>\d+)"
    r"(?P<letter>(?!hg)[a-z]{0,2})(?:-?(?P<copy>(?<=[a-z])\d|(?<=-)\d))?(?:-(?P<arm>[35]p))?",
    re.IGNORECASE,
)


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


@cache
def _accessions() -> dict[str, str]:
    return {row["mimat"]: row["name_mirbase22"].removeprefix("hsa-") for row in _rows("mirna_ids.csv")}


def seed_of(mirna: str) -> str | None:
    """Seed (nucleotides 2 to 8) of a human miRNA by its miRBase name, with or without `hsa-`; None if unknown."""
    return _seeds().get(mirna.removeprefix("hsa-"))


def mirna_name(word: str) -> str | None:
    """A miRNA as miRBase writes it, without `hsa-`; None where the word is no name of one.

    Case, a missing hyphen, `miRNA-`, `microRNA-`, the gene (`MIR21`), and the accession of a mature miRNA that is
    known are spellings; arm, letter, copy and species are not.
    Example  >>> mirna_name("hsa-mir21-5P"), mirna_name("MIMAT0000076"), mirna_name("MIR21")
             ('miR-21-5p', 'miR-21-5p', 'miR-21')
    """
    folded = word.upper().removeprefix("MIRBASE:")
    if folded in _accessions():
        return _accessions()[folded]
    found = MIRNA.fullmatch(word)
    if found is None:
        return None
    species = (found["species"] or "").lower()
    head = "let" if found["family"] or found["let"] else "miR"
    parts = [] if species in ("", "hsa") else [species]
    parts += [head, found["number"] + found["letter"].lower()]
    parts += [found["copy"]] if found["copy"] else []
    parts += [found["arm"].lower()] if found["arm"] else []
    return "-".join(parts)


def stem_of(mirna: str) -> str:
    """What the arms and copies of one hairpin share: `miR-21` of `miR-21-5p`, `miR-199a` of `miR-199a-1`."""
    found = MIRNA.fullmatch(mirna)
    if found is None:
        return mirna
    head = "let" if found["family"] or found["let"] else "miR"
    species = (found["species"] or "").lower()
    return f"{species + '-' if species not in ('', 'hsa') else ''}{head}-{found['number']}{found['letter'].lower()}"


def family_number(mirna: str) -> str:
    """What a name shares with those of other letters and species: `miR-21` of `mmu-miR-21a-5p`, `let-7` of `let-7b`."""
    found = MIRNA.fullmatch(mirna)
    if found is None:
        return mirna
    return f"{'let' if found['family'] or found['let'] else 'miR'}-{found['number']}"
