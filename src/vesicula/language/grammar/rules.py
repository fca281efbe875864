"""Sentences inside cells and between molecules: rules, behaviours, edges, transitions, reactions, degradation."""

from __future__ import annotations

from typing import Literal, cast

from lark import Token, Tree

from vesicula.errors import ModelError
from vesicula.language.grammar.parsers import parse
from vesicula.language.grammar.values import AT_REST, Reading, child, maybe, names, subtrees, tokens, values
from vesicula.language.sentences import (
    AllOf,
    AnyOf,
    Becomes,
    BehaviourText,
    Binds,
    Closes,
    ContactSignal,
    Degrades,
    Drives,
    Edge,
    Follows,
    Gate,
    InsideText,
    Keeps,
    KeepsItself,
    Makes,
    NamedSignal,
    NodeSetting,
    PressureSignal,
    ReactionText,
    Rule,
    RuleText,
    Sequesters,
    SignalText,
    Silences,
    Takes,
    Term,
    TurnsInto,
)
from vesicula.language.text import Report, Scalar, Source
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS

_SETTINGS: dict[str, Literal["starts at", "responds in", "reaches at most"]] = {
    "node_start": "starts at",
    "node_time": "responds in",
    "node_maximum": "reaches at most",
}


def _sentence(scalar: Scalar) -> str:
    return " ".join(scalar.value.split())


def _behaviour(tree: Tree[Token]) -> BehaviourText:
    kind = str(tree.data).removeprefix("b_").replace("_", " ")
    named = names(tree)
    return BehaviourText.model_validate(
        {
            "kind": kind,
            "what": named[0] if named else None,
            "in_vesicle": named[1] if len(named) > 1 else None,
        }
    )


def _signal(tree: Tree[Token]) -> SignalText:
    data = str(tree.data)
    if data == "s_pressure":
        return PressureSignal()
    name = names(tree)[0]
    if data == "s_contact":
        return ContactSignal(cell=name)
    place = data.removeprefix("s_")
    if place == "named":
        return NamedSignal(name=name)
    return NamedSignal(name=name, place=cast('Literal["outside", "inside", "delivered", "bound", "inserted"]', place))


def read_behaviour(scalar: Scalar, report: Report) -> BehaviourText | None:
    """The words of a behaviour, as in `TNFSF11 secretion`."""
    tree = parse("behaviour", scalar, report)
    return _behaviour(tree) if tree is not None else None


def parse_behaviour(text: str) -> BehaviourText:
    """The words of a behaviour as data. Raises ModelError for words that name none."""
    report = Report()
    source = Source("behaviour", text)
    report.sources[source.name] = source
    found = read_behaviour(Scalar(text, source, 0, len(text)), report)
    if found is None:
        raise ModelError(report.diagnostics)
    return found


def read_rule(scalar: Scalar, report: Report) -> RuleText | None:
    """`TGFB1 raises PTHLH secretion to 5x, half-max 20 pM, hill 2`, or `IL6 keeps dormant, half-max 200 pM`."""
    tree = parse("rule", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    text, where = _sentence(scalar), reading.where()
    parts = list(subtrees(tree))
    signal = _signal(parts[0])
    options = reading.options(part for part in parts if str(part.data).startswith("option_"))
    limit = [reading.value(one) for one in values(tree)]
    half_max = reading.option_value(options, "half_max")
    hill = reading.option_value(options, "hill")
    state = names(options["while"])[0] if "while" in options else None
    sources = reading.sources(maybe(tree, "sources"))
    if tree.data == "rule_keeps":
        if state is not None:
            where_while = reading.place(options["while"])
            report.add("sentence", where_while, "`keeps` already says in which state", "leave the `while` out")
        return Keeps(
            text=text, sources=sources, where=where, signal=signal, state=names(tree)[0],
            limit=limit[0] if limit else None, half_max=half_max, hill=hill,
        )  # fmt: skip
    return Rule(
        text=text, sources=sources, where=where, signal=signal,
        direction="raises" if tree.data == "rule_raises" else "lowers",
        behaviour=_behaviour(parts[1]), limit=limit[0], half_max=half_max, hill=hill, while_state=state,
    )  # fmt: skip


def read_becomes(scalar: Scalar, report: Report) -> Becomes | None:
    """`cycling from dormant at 0.05 /day`, `osteoclast after 3 days, in 4 steps`."""
    tree = parse("becomes", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    to_state = from_state = None
    both = maybe(tree, "becomes_from")
    if both is not None:
        found = names(both)
        from_state = found[-1]
        to_state = found[0] if len(found) > 1 else None
    arrival = maybe(tree, "becomes_as")
    if arrival is not None:
        to_state = names(arrival)[0]
    rest = tree.data == "becomes_rest"
    value = AT_REST.model_copy(update={"where": reading.where()}) if rest else reading.value(child(tree, "value"))
    after = tree.data == "becomes_after"
    return Becomes(
        text=_sentence(scalar),
        where=reading.where(),
        to=names(tree)[0],
        from_state=from_state,
        to_state=to_state,
        rate=None if after else value,
        after=value if after else None,
        steps=reading.steps(maybe(tree, "steps")),
        sources=reading.sources(maybe(tree, "sources")),
    )


def _gate(tree: Tree[Token]) -> Gate:
    """`A and (B or not C)`: one term, or parts joined."""
    parts = [_both(part) for part in subtrees(tree)]
    return parts[0] if len(parts) == 1 else AnyOf(parts=tuple(parts))


def _both(tree: Tree[Token]) -> Gate:
    parts = [_term(part) for part in subtrees(tree)]
    return parts[0] if len(parts) == 1 else AllOf(parts=tuple(parts))


def _term(tree: Tree[Token]) -> Gate:
    inner = next(subtrees(tree))
    match str(tree.data):
        case "term_signal":
            return Term(signal=_signal(inner))
        case "term_not":
            return Term(signal=_signal(inner), inhibit=True)
        case "term_gate":
            return _gate(inner)
        case _:
            return _negated(_gate(inner))


def _negated(gate: Gate) -> Gate:
    """`not (A or B)` is `not A and not B` (De Morgan)."""
    match gate:
        case Term():
            return gate.model_copy(update={"inhibit": not gate.inhibit})
        case AllOf():
            return AnyOf(parts=tuple(_negated(part) for part in gate.parts))
        case AnyOf():
            return AllOf(parts=tuple(_negated(part) for part in gate.parts))


def read_inside(scalar: Scalar, report: Report) -> InsideText | None:
    """One sentence about the inside of a cell: edge, silencing, sequestering, memory, junctions or node setting."""
    tree = parse("inside", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    data = str(tree.data)
    if data.startswith("edge_"):
        return _edge(tree, reading)
    text, where = _sentence(scalar), reading.where()
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    found = names(tree)
    if data == "silences":
        sentence: InsideText = Silences(
            text=text, where=where, mirna=found[0], node=found[1],
            mrna=reading.needed_value(options, "mrna"),
            mrna_half_life=reading.needed_value(options, "mrna_half_life"),
            protein_half_life=reading.option_value(options, "protein_half_life"),
            half_saturation=reading.option_value(options, "half_saturation"),
            strength=reading.option_value(options, "strength"),
        )  # fmt: skip
    elif data == "sequesters":
        sentence = Sequesters(
            text=text, where=where, node=found[0], cargo=found[1],
            capacity=reading.needed_value(options, "capacity"), kd=reading.needed_value(options, "kd"),
        )  # fmt: skip
    elif data == "memory":
        sentence = KeepsItself(
            text=text, where=where, node=found[0],
            on_above=reading.needed_value(options, "on"), off_below=reading.needed_value(options, "off"),
        )  # fmt: skip
    elif data == "closes":
        sentence = Closes(
            text=text, where=where, node=found[0],
            half_max=reading.option_value(options, "half_max"), hill=reading.option_value(options, "hill"),
        )  # fmt: skip
    elif data in ("drives", "follows", "takes"):
        sentence = _of_file(tree, reading)
    else:
        value = reading.value(child(tree, "value"))
        sentence = NodeSetting(text=text, where=where, node=found[0], setting=_SETTINGS[data], value=value)
    return sentence.model_copy(update={"sources": reading.sources(maybe(tree, "sources"))})


def _of_file(tree: Tree[Token], reading: Reading) -> InsideText:
    """What drives a network of a file, what follows it, and what is another number in it."""
    text, where, found = _sentence(reading.scalar), reading.where(), names(tree)
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    if tree.data == "takes":
        value = reading.value(child(tree, "value"))
        return Takes(text=text, where=where, network=found[0], target=found[1], value=value)
    if tree.data == "follows":
        full = reading.option_value(options, "full")
        if full is None:
            remedy = "say at which value it is fully active: `, full at 300 nM`"
            reading.report.add("sentence", where, f"`{found[0]}` needs a value that counts as full activity", remedy)
            full = Value(number=1.0, where=where)
        return Follows(text=text, where=where, node=found[0], source=found[1], network=found[2], full=full)
    unit = " ".join(str(one) for one in tokens(options["unit"])) if "unit" in options else ""
    return Drives(
        text=text, where=where, signal=_signal(next(subtrees(tree))), target=found[0], network=found[1],
        full=reading.option_value(options, "full"), unit=unit,
    )  # fmt: skip


def _edge(tree: Tree[Token], reading: Reading) -> Edge:
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    return Edge(
        text=_sentence(reading.scalar),
        where=reading.where(),
        gate=_gate(child(tree, "gate")),
        effect="activates" if tree.data == "edge_activates" else "inhibits",
        node=names(tree)[0],
        weight=reading.option_value(options, "weight"),
        half_max=reading.option_value(options, "half_max"),
        ec50=reading.option_value(options, "ec50"),
        hill=reading.option_value(options, "hill"),
        sources=reading.sources(maybe(tree, "sources")),
    )


def read_reaction(scalar: Scalar, report: Report) -> ReactionText | None:
    """`A binds B, Kd …, off …`, `E makes P from S, kcat …, Km …, on CELL`, `L turns into A, half-life …`."""
    tree = parse("reaction", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    text, where, found = _sentence(scalar), reading.where(), names(tree)
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    if tree.data == "binds":
        first, second = found
        product = names(options["forming"])[0] if "forming" in options else f"{first}:{second}"
        sentence: ReactionText = Binds(
            text=text, where=where, first=first, second=second, product=product,
            kd=reading.needed_value(options, "kd"), off=reading.needed_value(options, "off_rate"),
        )  # fmt: skip
    elif tree.data == "makes":
        enzyme, product, substrate = found
        if "on_cell" in options and "fluid" in options:
            report.add("repeated-option", reading.place(options["fluid"]), "the place stands twice", "leave one out")
        sentence = Makes(
            text=text, where=where, enzyme=enzyme, product=product, substrate=substrate,
            kcat=reading.needed_value(options, "kcat"), km=reading.needed_value(options, "km"),
            place=names(options["on_cell"])[0] if "on_cell" in options else None,
        )  # fmt: skip
    else:
        said = values(tree)
        half_life = reading.value(said[0]) if said else reading.needed_value({}, "half_life")
        sentence = TurnsInto(text=text, where=where, substrate=found[0], product=found[1], half_life=half_life)
    return sentence.model_copy(update={"sources": reading.sources(maybe(tree, "sources"))})


def read_degrades(scalar: Scalar, report: Report) -> Degrades | None:
    """`MMP9 degrades collagen, 0.1 /h per nM`."""
    tree = parse("degrades", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    enzyme, matrix = names(tree)
    return Degrades(
        text=_sentence(scalar),
        where=reading.where(),
        enzyme=enzyme,
        matrix=matrix,
        rate=reading.value(child(tree, "value")),
        sources=reading.sources(maybe(tree, "sources")),
    )


def behaviour_words(behaviour: BehaviourText) -> str:
    """A behaviour in the words of rules: inverse of `parse_behaviour`."""
    return VERBS[behaviour.kind].written(behaviour.what, behaviour.in_vesicle)
