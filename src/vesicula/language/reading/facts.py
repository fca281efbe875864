"""Files of measured facts: a laboratory's own, and those of the library, which a test reads the same way."""

from __future__ import annotations

import math
import re
from pathlib import Path

from vesicula.errors import UnitError
from vesicula.evidence.facts import NEEDED, NUMBERS, OPENED, RANGES, TEXTS, TRUST, Fact, fact_of
from vesicula.evidence.quantities import quantities
from vesicula.language.text import Mapping, Node, Report, Scalar, Sequence, load
from vesicula.language.trees import rows_of
from vesicula.units import NUMBER_PATTERN, SYMBOLS, nearest, ratio

KEYS = (*TEXTS, *NUMBERS, "n", "also")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CHOICES = {"range": RANGES, "opened": OPENED}


def read_facts(
    path: Path, name: str, report: Report, *, own: bool = True, inside: Path | None = None
) -> tuple[Fact, ...]:
    """The facts of a file; what is wrong goes to the report, with its line.

    path : the file; name : how messages call it; own : they are a user's, and are shown so
    inside : the folder that it must lie in
    """
    root, rows = rows_of(load(path, name, report, inside=inside), "facts", "id", report)
    topic = None if root is None else root.get("topic")
    of = topic.value if isinstance(topic, Scalar) else Path(name).stem
    found: dict[str, Fact] = {}
    for row in rows:
        entries = _entries(row, report)
        if entries is None:
            continue
        fact = fact_of(entries, of, own=own)
        if fact.id in found:
            report.add(
                "duplicate-name", row.get("id"), f"`{fact.id}` already stands in this file", "give it another id"
            )
        found[fact.id] = fact
    return tuple(found.values())


def _entries(row: Mapping, report: Report) -> dict[str, object] | None:
    """What an entry says, or None after a diagnostic."""
    before = len(report.errors)
    found: dict[str, object] = {}
    for key, node in row.entries:
        if key.value not in KEYS:
            near = nearest(key.value, KEYS)
            remedy = f"did you mean `{near}`?" if near else f"a fact has {', '.join(KEYS)}"
            report.add("unknown-key", key, "a fact has no such key", remedy)
        elif key.value == "also":
            found["also"] = _listed(node, report)
        elif not isinstance(node, Scalar):
            report.add("wrong-shape", node, f"`{key.value}` is text", "write it on one line")
        elif key.value in (*NUMBERS, "n"):
            found[key.value] = _number(node, report, whole=key.value == "n")
        else:
            found[key.value] = " ".join(node.value.split())
    missing = [key for key in NEEDED if not found.get(key)]
    if missing:
        message = f"the fact has no {' and no '.join(missing)}"
        report.add("missing-key", row, message, "add it; docs/how-to.md shows a whole one")
    if len(report.errors) == before:
        _choices(row, found, report)
    if len(report.errors) == before:
        _numbers(row, found, report)
    return None if len(report.errors) > before else found


def _listed(node: Node, report: Report) -> list[str]:
    if isinstance(node, Sequence) and all(isinstance(one, Scalar) for one in node.items):
        return [one.value for one in node.items if isinstance(one, Scalar)]
    report.add("wrong-shape", node, "`also` is a list of ids", "write `[id, id]`")
    return []


def _number(node: Scalar, report: Report, *, whole: bool) -> float | int | None:
    try:
        number = float(node.value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (whole and (number < 1 or number != int(number))):
        kind = "a whole number from 1 on" if whole else "a number"
        report.add("not-finite", node, f"`{node.value}` is not {kind}", "write digits; the unit stands in `unit`")
        return None
    return int(number) if whole else number


def _choices(row: Mapping, found: dict[str, object], report: Report) -> None:
    """Words that come from a list."""
    fact_id = str(found["id"])
    if not ID.fullmatch(fact_id):
        remedy = "write small letters, digits and hyphens, for example `opg-in-serum`"
        report.add("name", row.get("id"), f"`{fact_id}` is no id of a fact", remedy)
    trust = str(found["trust"]).partition(",")[0].strip()
    known = {key: (str(found[key]), CHOICES[key]) for key in CHOICES if key in found}
    known |= {"trust": (trust, TRUST), "quantity": (str(found["quantity"]), tuple(quantities()))}
    for key, (word, choices) in known.items():
        if word not in choices:
            near = nearest(word, choices)
            shown = ", ".join(choices) if len(choices) < 12 else "the quantities of docs/numbers.md"
            remedy = f"did you mean `{near}`?" if near else f"write one of {shown}"
            report.add("not-a-choice", row.get(key), f"`{word}` is no {key} of a fact", remedy)


def _numbers(row: Mapping, found: dict[str, object], report: Report) -> None:
    """Ends in order, said what they are, and a unit of the quantity."""
    value, low, high = (found.get(key) for key in NUMBERS)
    said = [float(one) for one in (low, value, high) if isinstance(one, int | float)]
    if not said:
        if found.get("unit"):
            report.add("missing-key", row.get("unit"), "a unit without a number", "add `value`, or leave the unit out")
        return
    if said != sorted(said):
        report.add("range", row, "low, value and high are not in order", "low ≤ value ≤ high, in one unit")
    kind = found.get("range")
    if (low is None) != (high is None) and kind != "bound":
        report.add(
            "range", row, "only one end is said", "write `range: bound` where it is a bound, or add the other end"
        )
    if low is not None and high is not None and kind is None:
        report.add("missing-key", row, "nothing says what low and high are", f"`range:` {', '.join(RANGES)}")
    unit, quantity = str(found.get("unit", "")), str(found["quantity"])
    if not unit:
        report.add("missing-key", row, "a number without a unit", "add `unit`, `1` for a plain number")
    elif not _fits(unit, quantity, report, row):
        wanted = ", ".join(quantities()[quantity].units)
        report.add(
            "wrong-quantity", row.get("unit"), f"`{unit}` does not measure {quantity}", f"units that do: {wanted}"
        )
    mass = found.get("molar mass")
    if mass is not None and not re.match(rf"{NUMBER_PATTERN} (Da|kDa|MDa)\b", str(mass)):
        report.add("wrong-quantity", row.get("molar mass"), f"`{mass}` is no molar mass", "write for example `25 kDa`")


def _fits(unit: str, quantity: str, report: Report, row: Mapping) -> bool:
    for other in quantities()[quantity].units:
        try:
            ratio(unit, other, molar_mass=1.0)
        except UnitError as error:
            if error.code == "unknown-unit":
                near = nearest(unit, SYMBOLS)
                report.add("unknown-unit", row.get("unit"), error.message, near and f"did you mean `{near}`?")
                return True
        else:
            return True
    return False
