"""Cells and networks of the model text as typed parts."""

from __future__ import annotations

from vesicula.language.blocks import ATTRACTANT, CELL, FATE, MOVES, NETWORK, TRAIT
from vesicula.language.grammar.rules import read_becomes, read_behaviour, read_inside, read_rule
from vesicula.language.grammar.values import read_every, read_lifetime
from vesicula.language.model import ALL_VESICLES, Cell, Motion, Network, Phase, Sensed, StateBase, Trait, VesicleFate
from vesicula.language.reading.bench import read_barrier
from vesicula.language.reading.blocks import (
    Data,
    Special,
    block,
    build,
    entries,
    is_empty,
    name_of,
    named,
    report_duplicate,
    sentences,
    text,
    things,
    value,
    value_table,
)
from vesicula.language.sentences import BehaviourText
from vesicula.language.text import Mapping, Node, Report, Scalar, Sequence
from vesicula.language.values import Value


def read_network(key: Scalar, node: Node, report: Report) -> Network | None:
    """Sentences that cells attach by name."""
    head = named(key, report, one_word=True)
    special: dict[str, Special] = {
        "inside": lambda entry, report: {"inside": sentences(entry, "inside", read_inside, report)}
    }
    data = block(node, NETWORK, "a network", report, special)
    if key.source.folder is not None:
        data["folder"] = str(key.source.folder)
    return build(Network, {**head, **data}, key.place(), report) if head is not None else None


def _join_fate(fates: dict[str, Data], vesicle: str, said: Data, key: Scalar, report: Report) -> None:
    """What one key says of a vesicle class, beside what another has said."""
    known = fates.setdefault(vesicle, {})
    for name in said:
        if name in known and name != "ligand_at":
            word = next(field.key for field in FATE if field.attribute == name)
            message = f"`{word}` of {vesicle} is said already, by another key of this cell"
            report.add("two-ways", key, message, "leave one of the two out")
    known.update(said)


def read_cell(key: Scalar, node: Node, report: Report) -> Cell | None:
    """A cell type. Keys that hold a name (`clears EV`, `fate of tumour-EV`, `while dormant`) are read apart."""
    found = name_of(key, report, one_word=True)
    fates: dict[str, Data] = {}
    states: dict[str, StateBase] = {}
    plain: list[tuple[Scalar, Node]] = []
    for inner, entry in entries(node, "a cell", report):
        head, _, rest = inner.value.partition(" ")
        if head == "clears" and rest:
            rate = value(entry, report)
            if rate is not None:
                _join_fate(fates, rest, {"clears": rate}, inner, report)
        elif inner.value == "EV fate" or inner.value.startswith("fate of "):
            vesicle = ALL_VESICLES if inner.value == "EV fate" else inner.value.removeprefix("fate of ").strip()
            said = block(entry, FATE, "the fate of vesicles", report, {"ligand": _ligand})
            _join_fate(fates, vesicle, said, inner, report)
        elif head == "while" and rest:
            base = _state_base(entry, report)
            if base is not None:
                states[rest] = base
        else:
            plain.append((inner, entry))
    if not isinstance(node, Mapping):
        rest_of = Mapping((), key.source, key.start, flow=False)
    else:
        rest_of = Mapping(tuple(plain), node.source, node.start, node.flow)
    special: dict[str, Special] = {
        "divides": _divides,
        "doubles": _doubles,
        "cycle": _cycle,
        "dies": _dies,
        "moves": _moves,
        "barrier": read_barrier,
        "traits": _traits,
        "becomes": lambda entry, report: {"becomes": sentences(entry, "becomes", read_becomes, report)},
        "inside": lambda entry, report: {"inside": sentences(entry, "inside", read_inside, report)},
        "rules": lambda entry, report: {"rules": sentences(entry, "rules", read_rule, report)},
    }
    data = block(rest_of, CELL, "a cell", report, special)
    if found is None:
        return None
    if fates:
        built = {name: build(VesicleFate, fate, key.place(), report) for name, fate in fates.items()}
        data["vesicle_fate"] = {name: fate for name, fate in built.items() if fate is not None}
    if states:
        data["while_state"] = states
    head_data: Data = {"name": found[0], "ids": found[1], "base": found[2], "where": key.place()}
    return build(Cell, {**head_data, **data}, key.place(), report)


def _ligand(node: Node, report: Report) -> Data:
    """A molecule on vesicles, and where it is named."""
    found = None if is_empty(node) else text(node, "ligand", report)
    return {} if found is None else {"ligand": found, "ligand_at": node.place()}


def _state_base(node: Node, report: Report) -> StateBase | None:
    """`{PTHLH secretion: 0.006 molecules/s, migration speed: none}`."""
    values: dict[str, Value] = {}
    said: dict[BehaviourText, Scalar] = {}
    for key, entry in entries(node, "while", report):
        behaviour = read_behaviour(key, report)
        if behaviour is not None and said.setdefault(behaviour, key) is not key:
            report_duplicate(key, key.value, said[behaviour], report)
            continue
        if isinstance(entry, Scalar) and entry.value == "none":
            base: Value | None = Value(number=0.0, where=entry.place())
        else:
            base = value(entry, report)
        if behaviour is not None and base is not None:
            values[" ".join(key.value.split())] = base
    return build(StateBase, {"values": values}, None, report)


def _sentence_entry(node: Node, report: Report, example: str) -> Scalar | None:
    if isinstance(node, Scalar):
        return node
    report.add("wrong-shape", node, "one entry is expected, not a block", f"write for example `{example}`")
    return None


def _divides(node: Node, report: Report) -> Data:
    entry = _sentence_entry(node, report, "every 36 h (24..72 @assumed)")
    return _cycles("divides", entry, report)


def _doubles(node: Node, report: Report) -> Data:
    return _cycles("doubles", _sentence_entry(node, report, "every 24 h (16..48 @assumed)"), report)


def _cycles(key: str, entry: Scalar | None, report: Report) -> Data:
    """A cycle by its mean time or by its doubling time; steps that are not said do not stand against a base's."""
    found = read_every(entry, report, unsaid=0) if entry is not None and not is_empty(entry) else None
    if found is None:
        return {}
    steps: Data = {"division_steps": found[1]} if found[1] else {}
    return {key: found[0], "divides_while": found[2], **steps}


def _dies(node: Node, report: Report) -> Data:
    entry = _sentence_entry(node, report, "after 14 days (8..25 @assumed)")
    found = read_lifetime(entry, report) if entry is not None and not is_empty(entry) else None
    return {} if found is None else {"dies": found[0], "death_steps": found[1]}


def _cycle(node: Node, report: Report) -> Data:
    phases: list[Phase] = []
    for key, entry in things(node, "cycle", report):
        head = named(key, report)
        scalar = _sentence_entry(entry, report, "10 h in 4 steps")
        found = read_every(scalar, report, "phase") if scalar is not None else None
        if head is not None and found is not None:
            lasts = dict(zip(("lasts", "steps", "lasts_while"), found, strict=True))
            phase = build(Phase, {**head, **lasts}, key.place(), report)
            phases.extend([] if phase is None else [phase])
    return {"cycle": tuple(phases)}


def _moves(node: Node, report: Report) -> Data:
    motion = build(Motion, block(node, MOVES, "moves", report, {"toward": _toward}), None, report)
    return {} if motion is None else {"moves": motion}


def _toward(node: Node, report: Report) -> Data:
    """Weights, or blocks that say with which receptors a substance is followed."""
    weights: dict[str, Value] = {}
    sensed: dict[str, Sensed] = {}
    for key, entry in things(node, "toward", report):
        if not isinstance(entry, Mapping):
            one = Mapping(((key, entry),), key.source, key.start, isinstance(node, Mapping) and node.flow)
            weights |= value_table(one, "toward", report)
            continue
        head = named(key, report)
        data = block(entry, ATTRACTANT, "what a cell moves toward", report, {})
        weight = data.pop("weight", Value(number=1.0, where=key.place()))
        found = build(Sensed, data, key.place(), report) if data else None
        if head is not None and isinstance(weight, Value):
            weights[str(head["name"])] = weight
            sensed |= {} if found is None else {str(head["name"]): found}
    return {"toward": weights, "sensed": sensed} if sensed else {"toward": weights}


def _multiplies(node: Node, report: Report) -> Data:
    items = node.items if isinstance(node, Sequence) else (node,)
    said: dict[BehaviourText, Scalar] = {}
    for item in items:
        behaviour = read_behaviour(item, report) if isinstance(item, Scalar) else None
        if isinstance(item, Scalar) and behaviour is not None and said.setdefault(behaviour, item) is not item:
            report_duplicate(item, item.value, said[behaviour], report)
    return {"multiplies": tuple(" ".join(item.value.split()) for item in said.values())}


def _traits(node: Node, report: Report) -> Data:
    traits: list[Trait] = []
    for key, entry in things(node, "traits", report):
        head = named(key, report)
        data = block(entry, TRAIT, "a trait", report, {"multiplies": _multiplies})
        if "median" not in data:
            data["median"] = Value(number=1.0)
        if head is not None:
            trait = build(Trait, {**head, **data}, key.place(), report)
            traits.extend([] if trait is None else [trait])
    return {"traits": tuple(traits)}
