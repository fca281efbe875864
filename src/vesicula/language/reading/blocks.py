"""Blocks of the model text as typed parts: everything but cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence as SequenceOf
from typing import TypeVar, cast

from pydantic import ValidationError

from vesicula.evidence.identifiers import mirna_name
from vesicula.language.blocks import CARRIED, FACES, MATRIX, REST, SITE, SUBSTANCE, VESICLE
from vesicula.language.fields import Field
from vesicula.language.grammar.rules import read_degrades
from vesicula.language.grammar.steps import read_shape
from vesicula.language.grammar.values import FROM_LIBRARY, read_every, read_sized, read_value, read_wall
from vesicula.language.model import EVERY_FLUID, FLUIDS, Carried, Matrix, Region, RestState, Site, Substance, Vesicle
from vesicula.language.sentences import Sentence
from vesicula.language.text import Mapping, Node, Report, Scalar, Sequence
from vesicula.language.values import Location, Value
from vesicula.units import NUMBER_PATTERN, nearest

WORD = re.compile(r"(?:[0-9]+-?)?[^\W\d][\w\-+.:'’/]*(?<=[\w+'’])")
IDENTIFIER = re.compile(r"[A-Za-z.]+:\S+|CVCL_\w+|[A-Z]{2,}_\w+")
Data = dict[str, object]
S = TypeVar("S", bound=Sentence)
T = TypeVar("T")
SWITCHES = {"yes": True, "no": False, "true": True, "false": False}


def entries(node: Node, what: str, report: Report) -> list[tuple[Scalar, Node]]:
    """Keys and entries of a block; a diagnostic where something else stands."""
    if isinstance(node, Mapping):
        return list(node.entries)
    if not (isinstance(node, Scalar) and node.value == "") and not (isinstance(node, Sequence) and not node.items):
        report.add("wrong-shape", node, f"{what} is a block of `name: entry`", "write one `name: entry` per line")
    return []


def things(node: Node, what: str, report: Report) -> list[tuple[Scalar, Node]]:
    """Keys and entries of a block of named things; a diagnostic where a name comes again, with other ids behind it."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for key, entry in entries(node, what, report):
        name = " ".join(re.sub(r"\([^()]*\)\s*$", "", key.value).split())
        if name in found:
            report_duplicate(key, name, found[name][0], report)
        else:
            found[name] = key, entry
    return [*found.values()]


def report_duplicate(key: Scalar, name: str, first: Scalar, report: Report) -> None:
    """Report a key that says what another key of its block says."""
    message = f"`{name}` already stands in line {first.place().line}"
    report.add("duplicate-name", key, message, "join the two entries, or leave one out")


def is_empty(node: Node) -> bool:
    """Whether a key stands there without an entry."""
    return isinstance(node, Scalar) and node.value == "" and not node.quoted


def text(node: Node, what: str, report: Report) -> str | None:
    """A word or text."""
    if isinstance(node, Scalar):
        return node.value
    report.add("wrong-shape", node, f"{what} is text", "write it on one line after the key")
    return None


def name_of(key: Scalar, report: Report, *, one_word: bool = False) -> tuple[str, tuple[str, ...], str | None] | None:
    """`tumour (breast-cancer)`, `osteoblast (CL:0000062)`: name, ids and base."""
    match = re.fullmatch(r"(.*?)\s*(?:\(([^()]*)\))?", key.value.strip(), flags=re.DOTALL)
    name, inside = (match.group(1), match.group(2)) if match else (key.value, None)
    pieces = name.split()
    if not pieces or (one_word and len(pieces) > 1) or any(WORD.fullmatch(piece) is None for piece in pieces):
        kind = "one word of" if one_word else "words of"
        report.add("name", key, f"a name is {kind} letters, digits and `-_.:+/'`", "write for example `MDA-MB-231`")
        return None
    ids: list[str] = []
    base: str | None = None
    for part in (one.strip() for one in (inside or "").split(",")):
        if IDENTIFIER.fullmatch(part):
            ids.append(part)
        elif part and base is None and WORD.fullmatch(part):
            base = part
        elif part:
            report.add("name", key, f"`{part}` is neither an id nor a name", "write for example `(CL:0000115)`")
    return " ".join(pieces), tuple(ids), base


def named(key: Scalar, report: Report, *, one_word: bool = False) -> Data | None:
    """Name, ids and place of a thing without a base."""
    found = name_of(key, report, one_word=one_word)
    if found is None:
        return None
    name, ids, base = found
    if base is not None:
        report.add("name", key, f"`{base}` is no id", "only cells have a base; ids hold a colon, as in `HGNC:11926`")
    return {"name": name, "ids": ids, "where": key.place()}


def switch(node: Node, report: Report) -> bool | None:
    """`yes` or `no`."""
    if isinstance(node, Scalar) and node.value in SWITCHES:
        return SWITCHES[node.value]
    report.add("not-a-boolean", node, "this is a switch", "write `yes` or `no`")
    return None


def choice(node: Node, choices: SequenceOf[str], report: Report) -> str | None:
    """One of a few words."""
    if isinstance(node, Scalar) and node.value in choices:
        return node.value
    listed = ", ".join(f"`{one}`" for one in choices)
    said = node.value if isinstance(node, Scalar) else ""
    near = nearest(said, choices)
    remedy = f"did you mean `{near}`?" if near else f"write one of {listed}"
    report.add("not-a-choice", node, f"expected {listed}", remedy)
    return None


def count(node: Node, report: Report) -> int | None:
    """A whole number of at least 1."""
    if isinstance(node, Scalar) and re.fullmatch(r"[0-9]{1,9}", node.value) and int(node.value) >= 1:
        return int(node.value)
    report.add("quantity", node, "a whole number of at least 1 is expected", "write for example `4`")
    return None


def words(node: Node, report: Report) -> tuple[str, ...]:
    """A list of names, or one name."""
    if isinstance(node, Scalar):
        return () if is_empty(node) else (node.value,)
    if isinstance(node, Mapping):
        report.add("wrong-shape", node, "a list of names is expected", "write `[one, two]`")
        return ()
    found: list[str] = []
    for item in node.items:
        word = text(item, "a name", report)
        if word is not None and word in found:
            report.add("duplicate-name", item, f"`{word}` already stands in this list", "leave one of the two out")
        elif word is not None:
            found.append(word)
    return tuple(found)


def value(node: Node, report: Report) -> Value | None:
    """A quantity."""
    if isinstance(node, Scalar):
        return read_value(node, report)
    message = "one quantity is expected, not a block"
    report.add("wrong-shape", node, message, "write for example `12 um @source (8..16 @assumed)`")
    return None


def value_table(node: Node, what: str, report: Report) -> dict[str, Value]:
    """Names with quantities."""
    table: dict[str, Value] = {}
    for key, entry in things(node, what, report):
        if is_empty(entry) and isinstance(node, Mapping) and node.flow:
            message = "a comma inside `{…}` ends the entry"
            report.add("flow-sentence", key, message, _of_a_comma(key))
            continue
        found = FROM_LIBRARY.model_copy(update={"where": key.place()}) if is_empty(entry) else value(entry, report)
        name = named(key, report)
        if found is not None and name is not None:
            table[str(name["name"])] = found
    return table


def by_fluid(node: Node, what: str, report: Report) -> dict[str, Value]:
    """One quantity for every fluid, or a table of fluids."""
    if isinstance(node, Scalar):
        found = value(node, report)
        return {} if found is None else {EVERY_FLUID: found}
    for key, _ in entries(node, what, report):
        choice(key, (*FLUIDS, EVERY_FLUID), report)
    return {key: found for key, found in value_table(node, what, report).items() if key in (*FLUIDS, EVERY_FLUID)}


def faces(node: Node, report: Report, *, held: bool) -> dict[str, str | Value]:
    """`closed`, or a block of faces."""

    def one(entry: Node) -> str | Value | None:
        if not isinstance(entry, Scalar):
            report.add("wrong-shape", entry, "`closed` or `open` is expected", "write `{left: open, all: closed}`")
            return None
        if not held and entry.value not in ("closed", "open"):
            return choice(entry, ("closed", "open"), report)
        return read_wall(entry, report)

    if isinstance(node, Scalar):
        found = one(node)
        return {} if found is None else {"all": found}
    table: dict[str, str | Value] = {}
    for key, entry in entries(node, "walls", report):
        face = choice(key, FACES, report)
        found = one(entry)
        if face is not None and found is not None:
            table[face] = found
    return table


def sentences(node: Node, what: str, read: Callable[[Scalar, Report], S | None], report: Report) -> tuple[S, ...]:
    """The sentences of a block list."""
    remedy = "write each sentence on its own line: `- …`"
    if is_empty(node) or (isinstance(node, Sequence | Mapping) and node.flow and _is_void(node)):
        return ()
    if not isinstance(node, Sequence):
        code = "flow-sentence" if isinstance(node, Mapping) and node.flow else "wrong-shape"
        report.add(code, node, f"{what} is a list of sentences", remedy)
        return ()
    if node.flow:
        report.add("flow-sentence", node, "sentences hold commas, which end an item inside `[…]`", remedy)
        return ()
    found: list[S] = []
    for item in node.items:
        if not isinstance(item, Scalar):
            message = "a sentence is expected" if not isinstance(item, Mapping) else "`: ` splits this sentence"
            report.add("wrong-shape", item, message, "leave the colon out, or put the sentence in quotes")
            continue
        sentence = read(item, report)
        if sentence is not None:
            found.append(sentence)
    return tuple(found)


def _is_void(node: Sequence | Mapping) -> bool:
    return not (node.items if isinstance(node, Sequence) else node.entries)


Special = Callable[[Node, Report], Data]


def block(node: Node, table: tuple[Field, ...], what: str, report: Report, special: MappingOf[str, Special]) -> Data:
    """The entries of a block by attribute. special: readers of entries that the table alone does not describe."""
    by_key = {field.key: field for field in table}
    data: Data = {}
    for key, entry in entries(node, what, report):
        field = by_key.get(key.value)
        if field is None:
            unknown_key(key, entry, node, [*by_key, *special], what, report)
        elif key.value in special:
            data.update(special[key.value](entry, report))
        else:
            _plain_entry(field, entry, data, report)
    return data


def _plain_entry(field: Field, entry: Node, data: Data, report: Report) -> None:
    """An entry that the table of fields describes fully; empty ones count as unsaid."""
    if is_empty(entry):
        return
    found: object = None
    match field.form:
        case "value":
            found = value(entry, report)
        case "values":
            found = value_table(entry, field.key, report)
        case "by fluid":
            found = by_fluid(entry, field.key, report)
        case "sized":
            pair = read_sized(entry, report) if isinstance(entry, Scalar) else value(entry, report)
            if isinstance(pair, tuple):
                found, spread = pair
                if spread is not None:
                    data[field.spread] = spread
        case "list":
            items = entry.items if isinstance(entry, Sequence) else (entry,)
            read = [value(item, report) for item in items]
            found = tuple(one for one in read if one is not None)
        case "switch":
            found = switch(entry, report)
        case "names":
            found = words(entry, report)
        case "text":
            found = text(entry, field.key, report)
        case "choice":
            found = choice(entry, field.choices, report)
        case "count":
            found = count(entry, report)
        case "words":
            found = faces(entry, report, held=False)
        case "walls":
            found = faces(entry, report, held=True)
        case "special":
            pass
    if found is not None:
        data[field.attribute] = found


def _of_a_comma(key: Scalar) -> str:
    """Remedy of a comma that ended an entry between braces."""
    if re.match(r"\d+(?![^\W\d])", key.value):
        return "numbers have a decimal point: `3.5 h`, not `3,5 h`"
    return "write one entry per line, without braces"


def unknown_key(key: Scalar, entry: Node, node: Node, known: SequenceOf[str], what: str, report: Report) -> None:
    """Report a key that the block does not have."""
    if is_empty(entry) and isinstance(node, Mapping) and node.flow:
        message = "a comma inside `{…}` ends the entry, so this reads as a key"
        report.add("flow-sentence", key, message, _of_a_comma(key))
        return
    near = nearest(key.value, known)
    remedy = f"did you mean `{near}`?" if near else f"this block has {', '.join(dict.fromkeys(known))}"
    report.add("unknown-key", key, f"{what} has no `{key.value}`", remedy)


def build(kind: Callable[..., T], data: Data, where: Location | None, report: Report) -> T | None:
    """A typed part from its entries; what does not fit was reported where it was read."""
    try:
        return kind(**data)
    except ValidationError as problem:
        if not report.errors:
            first = problem.errors()[0]
            report.add("wrong-shape", where, str(first["msg"]), "docs/language.md says what this block takes")
        return None


def read_rest(node: Node, report: Report) -> RestState | None:
    """An undisturbed state: `bone`, or a block."""
    if isinstance(node, Mapping):
        return build(RestState, block(node, REST, "rest", report, {}), None, report)
    return build(RestState, {"like": words(node, report)}, None, report)


def read_site(key: Scalar, node: Node, report: Report) -> Site | None:
    """A place with cells and medium."""
    head = named(key, report)
    special: dict[str, Special] = {"regions": _regions, "share": _share, "renewed": _renewed}
    data = block(node, SITE, "a site", report, special)
    return build(Site, {**head, **data}, key.place(), report) if head is not None else None


def _share(node: Node, report: Report) -> Data:
    """What is simulated over what is there: `1 in 1000`, `0.1 %` or `0.001`."""
    words = node.value if isinstance(node, Scalar) else ""
    of = re.fullmatch(rf"({NUMBER_PATTERN})(?:\s+in\s+({NUMBER_PATTERN})|\s*(%))?", words)
    if of is not None:
        whole = 100.0 if of.group(3) else float(of.group(2) or 1.0)
        share = float(of.group(1)) / whole if whole > 0 else 0.0
        if 0 < share <= 1:
            return {"share": share}
    report.add("quantity", node, "a share above 0 and up to 1 is expected", "write for example `1 in 1000`")
    return {}


def _renewed(node: Node, report: Report) -> Data:
    """`every 3 h`."""
    found = interval(node, report)
    return {} if found is None else {"renewed": found}


def interval(node: Node, report: Report) -> Value | None:
    """`every 6 h`."""
    if not isinstance(node, Scalar):
        report.add("wrong-shape", node, "one interval is expected", "write for example `every 6 h`")
        return None
    found = read_every(node, report)
    return None if found is None else found[0]


def _regions(node: Node, report: Report) -> Data:
    regions: list[Region] = []
    for key, entry in things(node, "regions", report):
        head = named(key, report)
        if not isinstance(entry, Scalar):
            report.add("wrong-shape", entry, "a shape is expected", "write for example `below 120 um`")
            continue
        shape = read_shape(entry, report)
        if head is not None and shape is not None:
            region = build(Region, {**head, "shape": shape}, key.place(), report)
            regions.extend([] if region is None else [region])
    return {"regions": tuple(regions)}


def read_substance(key: Scalar, node: Node, report: Report) -> Substance | None:
    """A dissolved molecule."""
    head = named(key, report)
    data = block(node, SUBSTANCE, "a substance", report, {})
    return build(Substance, {**head, **data}, key.place(), report) if head is not None else None


def read_matrix(key: Scalar, node: Node, report: Report) -> Matrix | None:
    """Deposited material."""
    head = named(key, report)
    special: dict[str, Special] = {"fills": _fills, "holds": _holds, "degraded": _degraded}
    data = block(node, MATRIX, "a matrix", report, special)
    return build(Matrix, {**head, **data}, key.place(), report) if head is not None else None


def _fills(node: Node, report: Report) -> Data:
    if isinstance(node, Scalar):
        full = Value(number=100.0, unit="%", where=node.place())
        return {"fills": {} if is_empty(node) else {node.value: full}}
    if isinstance(node, Sequence):
        return {"fills": {name: Value(number=100.0, unit="%", where=node.place()) for name in words(node, report)}}
    return {"fills": value_table(node, "fills", report)}


def _holds(node: Node, report: Report) -> Data:
    table: dict[str, tuple[Value, Value]] = {}
    for key, entry in entries(node, "holds", report):
        items = entry.items if isinstance(entry, Sequence) else ()
        rates = [one for one in (value(item, report) for item in items) if one is not None]
        if len(items) != 2:
            message = "binding and unbinding rate are expected"
            report.add("wrong-shape", entry, message, "write for example `[0.1 /min, 0.01 /min]`")
        elif len(rates) == 2:
            table[key.value] = (rates[0], rates[1])
    return {"holds": table}


def _degraded(node: Node, report: Report) -> Data:
    return {"degraded": sentences(node, "degraded", read_degrades, report)}


def read_vesicle(key: Scalar, node: Node, report: Report) -> Vesicle | None:
    """A class of vesicles."""
    head = named(key, report, one_word=True)
    ids: list[str] = []

    def donor(entry: Node, report: Report) -> Data:
        if not isinstance(entry, Scalar):
            report.add("wrong-shape", entry, "the name of the donor cell is expected", "write for example `tumour`")
            return {}
        found = name_of(entry, report, one_word=True)
        if found is None:
            return {}
        ids.extend(found[1])
        return {"donor": found[0]}

    data = block(node, VESICLE, "a vesicle class", report, {"from": donor, "carries": _carries})
    if head is None:
        return None
    both = (*cast("tuple[str, ...]", head["ids"]), *ids)
    return build(Vesicle, {**head, **data, "ids": both}, key.place(), report)


def _carries(node: Node, report: Report) -> Data:
    carried: list[Carried] = []
    for key, entry in things(node, "carries", report):
        head = named(key, report)
        if isinstance(entry, Mapping):
            data = block(entry, CARRIED, "cargo", report, {})
        else:
            found = FROM_LIBRARY.model_copy(update={"where": key.place()}) if is_empty(entry) else value(entry, report)
            data: Data = {} if found is None else {"copies": found}
        if head is None or (not data and not isinstance(entry, Mapping)):
            continue
        data.setdefault("copies", FROM_LIBRARY.model_copy(update={"where": key.place()}))
        if "type" not in data:
            if mirna_name(str(head["name"])) is None:
                kinds = "miRNA, mRNA, lncRNA, protein, mtDNA, drug, unnamed"
                remedy = f"write `{{copies: 20 copies/EV, type: protein}}` ({kinds})"
                report.add("missing-key", key, "only miRNAs are known by their name; say the `type`", remedy)
                continue
            data["type"] = "miRNA"
        one = build(Carried, {**head, **data}, key.place(), report)
        carried.extend([] if one is None else [one])
    return {"carries": tuple(carried)}
