"""Finding claims: by cell with all that belong to it, molecule, ledger, kind and words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from vesicula.errors import VesiculaError
from vesicula.evidence.claims import Claim, all_claims, document, ledger, ledgers
from vesicula.evidence.folder import library_folder
from vesicula.evidence.identifiers import mirna_name
from vesicula.evidence.vocabulary import Vocabulary, vocabulary
from vesicula.kept import keep_reading, kept_reading, reading
from vesicula.units import nearest


class UnknownName(VesiculaError):
    """A claim, cell or molecule that the ledgers do not have."""

    exit_code = 1


def found_claim(word: str) -> Claim:
    """One claim, by its id or `BM51`. Raises UnknownName with the nearest id."""
    known = all_claims()
    parts = re.fullmatch(r"([a-z]{2})[-_ ]?([0-9]{1,3})", word.strip().casefold())
    claim_id = word if parts is None else f"{parts[1]}-{int(parts[2]):03d}"
    if claim_id in known:
        return known[claim_id]
    own = [name for name in ledgers() if parts is not None and document(name).prefix == parts[1]]
    if own:
        ids = tuple(ledger(own[0]))
        raise UnknownName(f"no claim is called {claim_id}", f"{own[0]} has {ids[0]} to {ids[-1]}")
    near = nearest(word.casefold(), known) if parts is None else None
    if near:
        raise UnknownName(f"no claim is called {word}", f"did you mean {near}?")
    listed = ", ".join(f"{document(name).prefix} ({name})" for name in ledgers())
    raise UnknownName(f"no claim is called {word}", f"ids are like bm-051; the letters say the ledger: {listed}")


def known_cell(word: str) -> str:
    """Name in the vocabulary of a cell: by that name, with blanks or hyphens, or by its CL id. Raises UnknownName."""
    cells = vocabulary().cells
    ids = {cell.cl: name for name, cell in cells.items() if cell.cl is not None}
    for name in (word.strip().casefold().replace(" ", "_").replace("-", "_"), ids.get(word.strip().upper())):
        if name in cells:
            return str(name)
        if name is not None and name.removesuffix("s") in cells:
            return name.removesuffix("s")
    for name, cell in cells.items():
        if word.casefold() in cell.definition.casefold().replace("(", " ").replace(")", " ").replace(",", " ").split():
            return name
    near = nearest(word.casefold().replace(" ", "_"), cells)
    remedy = f"did you mean {near}?" if near else f"cells: {', '.join(cells)}"
    raise UnknownName(f"no cell of the claims is called {word}", remedy)


@lru_cache(maxsize=1)
def _spellings() -> Mapping[str, str]:
    """Other ways to write a molecule or agent: ids, what reviews print, their abbreviations."""
    names = {**vocabulary().molecules, **vocabulary().agents}
    table: dict[str, str] = {}
    for one in all_claims().values():
        table |= {cargo.printed.casefold(): cargo.name for cargo in one.cargo if cargo.printed}
    for name in ledgers():
        for short, meant in document(name).abbreviations.items():
            first = meant.partition(" ")[0]
            table |= {short.casefold(): first} if first in names else {}
    for name, one in vocabulary().molecules.items():
        alias = one.definition.partition(";")[0].strip().casefold()
        if one.kind == "gene" and " " not in alias:  # `RANKL`, `SDF-1`: what reviews call it
            table.setdefault(alias, name)
    for name, one in names.items():
        table |= {one.id.casefold(): name} if one.id else {}
        table |= {name.casefold().removeprefix("hsa-"): name, name.casefold(): name}
    return MappingProxyType(table)


def _folded(word: str) -> str:
    """A name without case, hyphens and Greek letters: `TGF-β1` and `tgfb1` are one."""
    return re.sub(r"[-_ ]", "", word.casefold()).replace("β", "b").replace("α", "a")


@lru_cache(maxsize=1)
def _symbols() -> Mapping[str, str]:
    """Folded spelling -> name in the vocabulary, of genes that have one meaning; read from all ledgers once."""
    place = kept_reading("symbols", sorted((library_folder() / "claims").glob("*.yaml")))
    found = reading(place)
    if not isinstance(found, dict):
        found = _read_symbols()
        keep_reading(place, found)
    return MappingProxyType(cast("dict[str, str]", found))


def _read_symbols() -> dict[str, str]:
    table: dict[str, set[str]] = {}
    for way, name in _spellings().items():
        one = vocabulary().molecules.get(name)
        if one is not None and one.kind == "gene":
            table.setdefault(_folded(way), set()).add(name)
    return {way: next(iter(names)) for way, names in table.items() if len(names) == 1}


def molecule_key(word: str) -> str:
    """What all names of one molecule share: without case and hyphens, an alias (`RANKL`) as its gene."""
    folded = _folded(word)
    return _folded(_symbols().get(folded, folded))


def known_molecules(word: str) -> frozenset[str]:
    """Names in the vocabulary that a word stands for: name, id, what a review prints (`RANKL`), a miRNA without arm.

    Raises UnknownName
    """
    folded = word.strip().casefold()
    spellings = _spellings()
    for way in (folded, (mirna_name(word.strip()) or word).casefold()):
        if way in spellings:
            return frozenset({spellings[way]})
    alike = frozenset(name for way, name in spellings.items() if _folded(way) == _folded(word))
    if len(alike) == 1:
        return alike
    stem = (mirna_name(word.strip()) or word.strip()).casefold()
    arms = frozenset(name for way, name in spellings.items() if way.startswith(f"{stem}-"))
    if arms:
        return arms
    near = nearest(word, {*vocabulary().molecules, *vocabulary().agents})
    near = near or nearest(folded, spellings)
    remedy = f"did you mean {near}?" if near else "look for words in the text: vesicula claims --text WORD"
    raise UnknownName(f"no molecule or agent of the claims is called {word}", remedy)


def cells_of(claim: Claim) -> frozenset[str]:
    """Cells that a claim names: senders, recipients, and those in its chain, outcome and measure."""
    names = vocabulary()
    found = {actor.cell for actor in (*claim.sender, *claim.recipient)}
    found |= {edge.where for edge in claim.chain if edge.where in names.cells}
    return frozenset(found | (_named(claim, names) & names.cells.keys()))


def molecules_of(claim: Claim) -> frozenset[str]:
    """Molecules and agents that a claim names: its cargo, and those in its chain, outcome and measure."""
    names = vocabulary()
    found = _named(claim, names) | {cargo.name for cargo in claim.cargo}
    return frozenset(found & (names.molecules.keys() | names.agents.keys()))


def _named(claim: Claim, names: Vocabulary) -> set[str]:
    """Every name in the nodes of the chain, the outcome and the measure."""
    nodes = [end for edge in claim.chain for end in (edge.source, edge.target)]
    nodes += [one.phenotype for one in claim.outcome]
    found: set[str | None] = set()
    for text in nodes:
        node = names.node(text)
        if node is not None:
            found |= {node.name, node.argument, node.cargo}
    measure = None if claim.experiment is None else names.measure(claim.experiment.measure)
    if measure is not None:
        found |= {measure[1], measure[2]}
    return {name for name in found if name is not None}


def find(
    *,
    cell: str | None = None,
    molecule: str | None = None,
    in_ledger: str | None = None,
    kind: str | None = None,
    text: str | None = None,
) -> tuple[Claim, ...]:
    """Claims for which all that is asked holds, in the order of the ledgers.

    cell, molecule : in the words of `known_cell` and `known_molecules`; a cell includes those that belong to it
    text : words, each of which stands somewhere in the statement (English, Chinese), doubts, study or software text
    """
    cells = None if cell is None else vocabulary().with_children(known_cell(cell))
    molecules = None if molecule is None else known_molecules(molecule)
    words = () if text is None else text.casefold().split()
    claims: Iterable[Claim] = (all_claims() if in_ledger is None else ledger(in_ledger)).values()
    return tuple(
        one
        for one in claims
        if (kind is None or one.kind == kind)
        and (cells is None or cells & cells_of(one))
        and (molecules is None or molecules & molecules_of(one))
        and all(word in _words(one) for word in words)
    )


def _words(claim: Claim) -> str:
    parts = (claim.text, claim.text_zh, claim.doubts, claim.study, claim.software)
    return " ".join(str(part) for part in parts if part is not None).casefold()
