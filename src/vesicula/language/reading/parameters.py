"""From the texts of the parameter library to its entries."""

from __future__ import annotations

from pathlib import Path

from vesicula.evidence.classes import SOURCE_KEYWORDS, EvidenceClass
from vesicula.evidence.parameters import Entry, Key
from vesicula.language.grammar.values import read_every, read_lifetime, read_sized, read_value
from vesicula.language.library_values import Library, LibraryValue
from vesicula.language.text import Mapping, Report, Scalar, load
from vesicula.language.trees import rows_of
from vesicula.units import nearest

KEYS = ("quantity", "entity", "cell", "condition", "species", "value", "evidence", "note")
CLASSES = {one.value: one for one in EvidenceClass} | SOURCE_KEYWORDS


def read_parameters(path: Path, name: str, library: Library, report: Report) -> None:
    """Add the entries of one file to the library; diagnostics go to the report."""
    for row in rows_of(load(path, name, report), "parameters", "quantity", report)[1]:
        entry = _entry(row, name, report)
        if entry is not None:
            library.add(entry)


def _entry(row: Mapping, name: str, report: Report) -> Entry[LibraryValue] | None:
    fields: dict[str, Scalar] = {}
    for key, node in row.entries:
        if key.value not in KEYS:
            near = nearest(key.value, KEYS)
            remedy = f"did you mean `{near}`?" if near else f"an entry has {', '.join(KEYS)}"
            report.add("unknown-key", key, "an entry of the parameter library has no such key", remedy)
        elif isinstance(node, Scalar):
            fields[key.value] = node
        else:
            report.add("wrong-shape", node, f"`{key.value}` is text", "write it on one line")
    missing = [key for key in ("quantity", "entity", "value") if key not in fields]
    if missing:
        report.add("missing-key", row, f"the entry has no {' and no '.join(missing)}", "add it")
        return None
    found = _value(fields["quantity"].value, fields["value"], report)
    if found is None:
        return None

    def said(key: str) -> str | None:
        return fields[key].value if key in fields else None

    evidence = said("evidence")
    if evidence is not None and evidence not in CLASSES:
        listed = ", ".join(one.value for one in EvidenceClass)
        report.add("not-a-choice", fields["evidence"], f"expected {listed}", "write one of them")
    stated = CLASSES.get(evidence) if evidence is not None else None
    note = said("note")
    if stated is EvidenceClass.DERIVED and not note:
        report.add("missing-key", row, "a derived value shows its arithmetic", "add a `note` with the arithmetic")
    return Entry(
        key=Key(fields["quantity"].value, fields["entity"].value, said("cell"), said("condition"), said("species")),
        value=found,
        evidence=stated,
        note=" ".join(note.split()) if note else None,
        file=name,
        line=row.place().line,
    )


def _value(quantity: str, scalar: Scalar, report: Report) -> LibraryValue | None:
    if quantity in ("dies", "lasts"):
        lifetime = read_lifetime(scalar, report)
        return None if lifetime is None else LibraryValue(*lifetime)
    if quantity in ("divides", "doubles"):
        cycle = read_every(scalar, report)
        return None if cycle is None else LibraryValue(cycle[0], cycle[1])
    if quantity == "diameter":
        sized = read_sized(scalar, report)
        return None if sized is None else LibraryValue(sized[0])
    value = read_value(scalar, report)
    return None if value is None else LibraryValue(value)
