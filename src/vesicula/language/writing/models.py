"""From a typed model back to text: `read(write(model)) == model`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import cast

from vesicula.evidence.identifiers import mirna_name
from vesicula.language.blocks import (
    ATTRACTANT,
    CARRIED,
    CELL,
    FATE,
    LABWARE,
    MATRIX,
    MOVES,
    NETWORK,
    PREPARATION,
    REST,
    RUN,
    SITE,
    SUBSTANCE,
    TRAIT,
    VESICLE,
)
from vesicula.language.fields import Field
from vesicula.language.model import (
    ALL_VESICLES,
    CYCLE_STEPS,
    EVERY_FLUID,
    Box,
    Carried,
    Cell,
    Disc,
    HalfSpace,
    Matrix,
    Model,
    Motion,
    Named,
    Network,
    Preparation,
    Rest,
    RestState,
    Ring,
    Shape,
    Site,
    Substance,
    Vesicle,
)
from vesicula.language.reading.bench import WAYS
from vesicula.language.reading.checks import written_checks, written_controls
from vesicula.language.reading.experiments import written
from vesicula.language.sentences import Sentence
from vesicula.language.values import Frozen, RangeShape, Value

Tree = str | list[str] | list["dict[str, Tree]"] | tuple[str, ...] | dict[str, "Tree"]
"""An entry: text, sentences (one per line), a short list (in brackets), a block, or a list of blocks."""
PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=.~][^\n]*|\.[0-9][^\n]*|[-.][^\s\-.][^\n]*")


def write(model: Model) -> str:
    """The text of a model, block by block in the order of the language."""
    top: dict[str, Tree] = {"vesicula": str(model.version)}
    top["part" if model.part is not None else "model"] = model.part if model.part is not None else model.name
    for key in ("question", "about", "species", "data", "rules"):
        said = cast("str | None", getattr(model, key))
        if said is not None:
            top[key] = said
    lists: dict[str, Iterable[str]] = {"claims": model.claims, "facts": model.facts, "use": model.use}
    top |= {key: tuple(items) for key, items in lists.items() if items}
    top |= _some("but", {path: value_text(value) for path, value in model.but.items()})
    top |= _rest(model.rest)
    top |= _some("sites", {_key(one): _site(one) for one in model.sites})
    top |= _some("labware", {_key(one): _block(one, LABWARE, {}) for one in model.labware})
    top |= _some("substances", {_key(one): _substance(one) for one in model.substances})
    top |= _sentences("reactions", model.reactions)
    top |= _some("matrix", {_key(one): _matrix(one) for one in model.matrix})
    top |= _some("vesicles", {_key(one): _vesicle(one) for one in model.vesicles})
    top |= _some("preparations", {_key(one): _preparation(one) for one in model.preparations})
    top |= _some("networks", {_key(one): _network(one) for one in model.networks})
    top |= _some("cells", {_key(one): _cell(one) for one in model.cells})
    top |= _sentences("body", model.body)
    top |= _some("cohort", _cohort(model))
    top |= _sentences("start", model.start)
    top |= _sentences("protocol", model.protocol)
    top |= _some("arms", {one.name: list(step.text for step in one.steps) for one in model.arms})
    if model.controls is not None:
        top["controls"] = model.controls or "none"
    top |= _some("measure", {one.name: one.text for one in model.measures})
    top |= _some("experiments", {claim: {**parts} for claim, parts in written(model).items()})
    top |= _asked("positive control", written_controls(model), one_alone=True)
    top |= _asked("checks", written_checks(model))
    run = _block(model.run, RUN, {"record": _every})
    top |= _some("run", {key: entry for key, entry in run.items() if entry != "1"})
    return text_of(top)


def text_of(tree: dict[str, Tree]) -> str:
    """A text of blocks, in their order."""
    return "".join(_emit(tree, 0))


def _network(one: Network) -> dict[str, Tree]:
    return {**_block(one, NETWORK, {"inside": lambda _: None}), **_sentences("inside", one.inside)}


def _asked(key: str, blocks: list[dict[str, str | tuple[str, ...]]], *, one_alone: bool = False) -> dict[str, Tree]:
    """A list of blocks; one_alone: a single one stands without a list."""
    trees: list[dict[str, Tree]] = [{**block} for block in blocks]
    return {} if not trees else {key: trees[0] if one_alone and len(trees) == 1 else trees}


def _cohort(model: Model) -> dict[str, Tree]:
    cohort = model.cohort
    if cohort is None:
        return {}
    genotypes: dict[str, Tree] = {one.name: _table(one.shares) for one in cohort.genotypes}
    events: dict[str, Tree] = {one.name: one.text for one in cohort.events}
    return {
        "patients": str(cohort.patients), **_some("genotypes", genotypes), **_sentences("differ", cohort.differ),
        **_some("events", events),
    }  # fmt: skip


# --- words


def number_text(number: float) -> str:
    """A number as short as it reads back the same."""
    if number.is_integer() and abs(number) < 1e6:
        return str(int(number))
    return repr(number)


def value_text(value: Value) -> str:
    """`VALUE UNIT @source (LOW..HIGH @source)`, or `library`."""
    if not value.has_number:
        return "library" if value.from_library else "as at rest"
    parts = [number_text(value.number), value.unit, *(f"@{source}" for source in value.sources)]
    if value.low is not None and value.high is not None:
        inner = [f"{number_text(value.low)}..{number_text(value.high)}"]
        if value.shape is not RangeShape.LOG_NORMAL:
            inner.append(value.shape.value)
        inner += [f"@{source}" for source in value.range_sources]
        parts.append(f"({' '.join(inner)})")
    return " ".join(part for part in parts if part)


def _spread_text(value: Value, spread: Value | None) -> str:
    return value_text(value) if spread is None else f"{value_text(value)}, spread {value_text(spread)}"


def _steps_text(steps: int) -> str:
    return f", in {steps} steps" if steps > 1 else ""


def _key(one: Named) -> str:
    base = one.base if isinstance(one, Cell) else None
    inside = ", ".join([*([base] if base is not None else []), *one.ids])
    return f"{one.name} ({inside})" if inside else one.name


def _some(key: str, entry: dict[str, Tree]) -> dict[str, Tree]:
    return {key: entry} if entry else {}


def _sentences(key: str, sentences: Iterable[Sentence]) -> dict[str, Tree]:
    texts = [one.text for one in sentences]
    return {key: texts} if texts else {}


def _table(table: dict[str, Value]) -> dict[str, Tree]:
    return {name: value_text(value) for name, value in table.items()}


Special = Callable[[object], Tree | None]


def _block(thing: Frozen, fields: tuple[Field, ...], special: dict[str, Special]) -> dict[str, Tree]:
    """Entries of a block that are said (differ from what silence means), in the order of the table."""
    entries: dict[str, Tree] = {}
    silent = type(thing).model_fields
    for field in fields:
        current = cast("object", getattr(thing, field.attribute, None))
        if field.attribute not in silent or current is None or current == silent[field.attribute].default:
            continue
        entry = special[field.key](current) if field.key in special else _entry(field, current)
        if entry is not None and entry not in ({}, [], ()):
            entries[field.key] = entry
    return entries


def _entry(field: Field, current: object) -> Tree | None:
    match field.form:
        case "value" | "sized":
            return value_text(cast("Value", current))
        case "values":
            return _table(cast("dict[str, Value]", current))
        case "by fluid":
            table = cast("dict[str, Value]", current)
            return value_text(table[EVERY_FLUID]) if [*table] == [EVERY_FLUID] else _table(table)
        case "list":
            return tuple(value_text(value) for value in cast("tuple[Value, ...]", current))
        case "switch":
            return "yes" if current else "no"
        case "names":
            return cast("tuple[str, ...]", current)
        case "text" | "choice" | "count":
            return str(current)
        case "words" | "walls":
            walls = cast("dict[str, str | Value]", current)
            return {
                face: wall if isinstance(wall, str) else f"held at {value_text(wall)}" for face, wall in walls.items()
            }
        case "special":
            return None


# --- blocks


def _rest(one: RestState | None) -> dict[str, Tree]:
    if one is None:
        return {}
    only = one == RestState(like=one.like) and len(one.like) == 1
    return {"rest": one.like[0] if only else _block(one, REST, {})}


def _site(one: Site) -> dict[str, Tree]:
    regions: dict[str, Tree] = {_key(region): shape_text(region.shape) for region in one.regions}
    special: dict[str, Special] = {
        "regions": lambda _: regions,
        "share": lambda share: number_text(cast("float", share)),
        "renewed": _every,
    }
    return _block(one, SITE, special)


def _every(time: object) -> str:
    return f"every {value_text(cast('Value', time))}"


def shape_text(shape: Shape) -> str:
    """A region in words."""
    match shape:
        case HalfSpace():
            return f"{shape.side} {value_text(shape.limit)}"
        case Box():
            return f"box from {_point(shape.low)} to {_point(shape.high)}"
        case Disc():
            return f"disc at {_point(shape.centre)}, radius {value_text(shape.radius)}"
        case Ring():
            inner, outer = value_text(shape.inner), value_text(shape.outer)
            return f"ring at {_point(shape.centre)}, from {inner} to {outer}"
        case Rest():
            return "rest"


def _point(values: tuple[Value, ...]) -> str:
    return ", ".join(value_text(value) for value in values)


def _substance(one: Substance) -> dict[str, Tree]:
    return _block(one, SUBSTANCE, {})


def _matrix(one: Matrix) -> dict[str, Tree]:
    holds: dict[str, Tree] = {name: (value_text(on), value_text(off)) for name, (on, off) in one.holds.items()}
    special: dict[str, Special] = {
        "fills": lambda _: _table(one.fills),
        "holds": lambda _: holds,
        "degraded": lambda _: list(sentence.text for sentence in one.degraded),
    }
    return _block(one, MATRIX, special)


def _preparation(one: Preparation) -> dict[str, Tree]:
    special: dict[str, Special] = {
        "co-isolated": lambda _: list(sentence.text for sentence in one.co_isolated),
        "stored": lambda _: list(sentence.text for sentence in one.stored),
    }
    return _block(one, PREPARATION, special)


def _barrier(one: Cell) -> dict[str, Tree]:
    table: dict[str, Tree] = {}
    for name, passage in one.barrier.items():
        for way in WAYS:
            stated = cast("Value | None", getattr(passage, way))
            if stated is not None:
                table[f"{name}, {way}"] = value_text(stated)
    return table


def _vesicle(one: Vesicle) -> dict[str, Tree]:
    carries: dict[str, Tree] = {_key(cargo): _cargo(cargo) for cargo in one.carries}
    special: dict[str, Special] = {
        "from": lambda donor: str(donor),
        "diameter": lambda value: _spread_text(cast("Value", value), one.size_spread),
        "carries": lambda _: carries,
    }
    return _block(one, VESICLE, special)


def _cargo(one: Carried) -> Tree:
    by_name = one.type == "miRNA" and mirna_name(one.name) is not None
    if by_name and one.place == "lumen" and one.half_life is None:
        return value_text(one.copies)
    entries = _block(one, CARRIED, {})
    return entries if not by_name else {key: entry for key, entry in entries.items() if key != "type"}


def _cell(one: Cell) -> dict[str, Tree]:
    cycle: dict[str, Tree] = {
        _key(phase): f"{value_text(phase.lasts)}{_steps_text(phase.steps)}{_while_text(phase.lasts_while)}"
        for phase in one.cycle
    }
    special: dict[str, Special] = {
        "diameter": lambda value: _spread_text(cast("Value", value), one.diameter_spread),
        "divides": lambda _: _divides(one, one.divides),
        "doubles": lambda _: _divides(one, one.doubles),
        "cycle": lambda _: cycle,
        "dies": lambda value: _dies(cast("Value", value), one.death_steps),
        "moves": lambda moves: _moves(cast("Motion", moves)),
        "barrier": lambda _: _barrier(one),
        "traits": lambda _: {_key(trait): _block(trait, TRAIT, {}) for trait in one.traits},
        "becomes": lambda _: list(sentence.text for sentence in one.becomes),
        "inside": lambda _: list(sentence.text for sentence in one.inside),
        "rules": lambda _: list(sentence.text for sentence in one.rules),
    }
    entries = _block(one, CELL, special)
    for name, fate in one.vesicle_fate.items():
        entries["EV fate" if name == ALL_VESICLES else f"fate of {name}"] = _block(fate, FATE, {})
    for state, base in one.while_state.items():
        entries[f"while {state}"] = _table(base.values)
    return entries


def _moves(one: Motion) -> dict[str, Tree]:
    toward: dict[str, Tree] = {}
    for name, weight in one.toward.items():
        said = _block(one.sensed[name], ATTRACTANT, {}) if name in one.sensed else {}
        toward[name] = {"weight": value_text(weight), **said} if said else value_text(weight)
    return _block(one, MOVES, {"toward": lambda _: toward})


def _divides(one: Cell, time: Value | None) -> str:
    if time is None or not time.has_number:
        return "library" if time is None else value_text(time)
    steps = "" if one.division_steps == CYCLE_STEPS else f", in {one.division_steps} steps"
    return f"every {value_text(time)}{steps}{_while_text(one.divides_while)}"


def _while_text(states: tuple[str, ...]) -> str:
    return f", while {' or '.join(states)}" if states else ""


def _dies(value: Value, steps: int) -> str:
    return f"after {value_text(value)}{_steps_text(steps)}" if value.has_number else value_text(value)


# --- YAML


def _quoted(text: str) -> str:
    """Text as a YAML scalar: plain where that reads back the same, else in double quotes."""
    plain = PLAIN.fullmatch(text) and not re.search(r":\s|\s#|:$|\s$", text) and "\n" not in text
    if plain and all(char.isprintable() for char in text) and not re.match(r"---|\.\.\.", text):
        return text
    out: list[str] = []
    for char in text:
        if char in '"\\':
            out.append(f"\\{char}")
        elif char == "\n":
            out.append("\\n")
        elif char.isprintable():
            out.append(char)
        else:
            code = ord(char)
            out.append(f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")
    return f'"{"".join(out)}"'


def _in_flow(text: str) -> str:
    """Text as an item between brackets."""
    plain = _quoted(text)
    return f'"{plain}"' if plain == text and re.search(r"[,\[\]{}]", text) else plain


def _emit(tree: dict[str, Tree], indent: int) -> list[str]:
    """Lines of a block."""
    blanks = " " * indent
    lines: list[str] = []
    for key, entry in tree.items():
        head = f"{blanks}{_quoted(key)}:"
        if isinstance(entry, str):
            lines.append(f"{head} {_quoted(entry)}\n")
        elif isinstance(entry, tuple):
            lines.append(f"{head} [{', '.join(_in_flow(item) for item in entry)}]\n")
        elif isinstance(entry, list):
            lines.append(f"{head} []\n" if not entry else f"{head}\n")
            for item in entry:
                lines += [f"{blanks}  - {_quoted(item)}\n"] if isinstance(item, str) else _item(item, indent + 2)
        elif entry:
            lines.append(f"{head}\n")
            lines += _emit(entry, indent + 2)
        else:
            lines.append(f"{head} {{}}\n")
    return lines


def _item(block: dict[str, Tree], indent: int) -> list[str]:
    """Lines of a block that is an item of a list."""
    lines = _emit(block, indent + 2)
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]
