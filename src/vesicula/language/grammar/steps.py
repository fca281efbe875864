"""Sentences about the question: regions, cells at the start, what the experimenter does, what is measured."""

from __future__ import annotations

from typing import Literal, cast

from lark import Token, Tree

from vesicula.language.assays import ASSAYS
from vesicula.language.grammar.parsers import parse
from vesicula.language.grammar.values import AT_REST, Reading, child, maybe, names, subtrees, tokens, values, words
from vesicula.language.measures import Measure
from vesicula.language.model import Box, Disc, HalfSpace, Rest, Ring, Shape
from vesicula.language.steps import (
    AddAntibody,
    AddCells,
    AddPreparation,
    AddSubstance,
    AddVesicles,
    Block,
    Clamp,
    Cool,
    Deplete,
    DoseSeries,
    GiveMedium,
    Hold,
    KnockOut,
    LoadCargo,
    MutateSite,
    Overexpress,
    RemoveCargo,
    RemoveCells,
    Replace,
    Rescale,
    SetParameter,
    ShuffleCells,
    StartAlong,
    StartConfluent,
    StartCount,
    StartDensity,
    StartTable,
    StartText,
    StepText,
    Transfect,
    Wash,
    Without,
)
from vesicula.language.text import Report, Scalar
from vesicula.language.values import Location, Value
from vesicula.units import SYMBOLS, measures

Process = Literal["release", "uptake", "fusion", "endocytosis", "binding", "escape", "sensing", "secretion"]
Fraction = Literal["whole", "EV", "soluble"]
NON_EV = "non-EV fraction"
"""What `replace PREPARATION by its non-EV fraction` leaves."""
MAXIMUM_DOSES = 50


def _sentence(scalar: Scalar) -> str:
    return " ".join(scalar.value.split())


def read_shape(scalar: Scalar, report: Report) -> Shape | None:
    """`below 120 um`, `disc at 300 um, 200 um, radius 80 um`, `rest` …"""
    tree = parse("shape_text", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report)
    data = str(tree.data)
    found = [reading.value(one) for one in values(tree)]
    points = [tuple(reading.value(one) for one in values(point)) for point in subtrees(tree) if point.data != "value"]
    if data == "rest":
        return Rest()
    if data == "box":
        return Box(low=points[0], high=points[1])
    if data == "disc":
        return Disc(centre=points[0], radius=found[0])
    if data == "ring":
        return Ring(centre=points[0], inner=found[0], outer=found[1])
    side = cast('Literal["below", "above", "left of", "right of"]', data.replace("_", " "))
    return HalfSpace(side=side, limit=found[0])


MOST_CELLS = 1e14
"""In one sentence; a person has some 3e13."""


def _count(reading: Reading, token: Token) -> int:
    number = float(token)
    where = reading.scalar.place(token.start_pos or 0, len(token))
    if number > MOST_CELLS:
        message = f"{number:.3g} cells: a person has some 3e13"
        reading.report.add("quantity", where, message, "write for example `2e5 tumour`")
        return 0
    if not number.is_integer() or number < 0:
        reading.report.add("quantity", where, "a number of cells is a whole number", "write for example `40 tumour`")
        return 0
    return int(number)


def read_start(scalar: Scalar, report: Report) -> StartText | None:
    """`40 tumour in marrow, dormant`, `osteoblast along trabecula, every 15 um`, `cells from positions.csv` …"""
    tree = parse("start", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    text, where = _sentence(scalar), reading.where()
    found = names(tree)
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    state = names(options["state"])[0] if "state" in options else None
    label = names(options["label"])[0] if "label" in options else None
    said = [reading.value(one) for one in values(tree)]
    sources = reading.sources(maybe(tree, "sources"))
    region = found[1] if len(found) > 1 else None
    match str(tree.data):
        case "start_table":
            return StartTable(text=text, where=where, sources=sources, path=str(tokens(tree)[0]))
        case "start_along":
            return StartAlong(
                text=text, where=where, sources=sources, cell=found[0], region=found[1], spacing=said[0],
                state=state, label=label,
            )  # fmt: skip
        case "start_confluent":
            return StartConfluent(
                text=text, where=where, sources=sources, cell=found[0], place=found[1],
                share=said[0] if said else None, state=state, label=label,
            )  # fmt: skip
        case "start_density":
            return StartDensity(
                text=text, where=where, sources=sources, cell=found[0], region=region, density=said[0],
                state=state, label=label,
            )  # fmt: skip
        case _:
            return StartCount(
                text=text, where=where, sources=sources, count=_count(reading, tokens(tree)[0]), cell=found[0],
                region=region, state=state, label=label,
            )  # fmt: skip


def read_step(scalar: Scalar, report: Report) -> StepText | None:
    """`at 2 h add 5 nM TGFB1 to marrow`, `knock out PTHLH in tumour, residual 10 %` …"""
    tree = parse("step", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    when, during = maybe(tree, "when"), maybe(tree, "during")
    times = [reading.value(one) for one in values(when)] if when is not None else []
    ends = [reading.value(one) for one in values(during)] if during is not None else []
    act = next(part for part in subtrees(tree) if str(part.data).startswith("act_"))
    step = _act(act, reading, _sentence(scalar), reading.where())
    if step is None:
        return None
    return step.model_copy(
        update={
            "sources": reading.sources(maybe(tree, "sources")),
            "at": next(iter((*times, *ends)), None),
            "every": times[1] if len(times) > 1 else None,
            "until": ends[1] if ends else None,
        }
    )


def _act(tree: Tree[Token], reading: Reading, text: str, where: Location) -> StepText | None:
    """The act of a step, without its time."""
    found = names(tree)
    first = found[0] if found else ""
    second = found[1] if len(found) > 1 else None
    said = [reading.value(one) for one in values(tree)]
    match str(tree.data):
        case "act_antibody":
            return _antibody(tree, reading, text, where)
        case "act_add":
            return _add(tree, reading, text, where)
        case "act_add_rest":
            after, left = maybe(tree, "act_state"), AT_REST.model_copy(update={"where": where})
            state = names(after)[0] if after is not None else None
            return AddCells(text=text, where=where, count=0, supply=left, cell=first, region=second, state=state)
        case "act_hold":
            return Hold(text=text, where=where, substance=first, level=said[0])
        case "act_hold_rest":
            return Hold(text=text, where=where, substance=first, level=AT_REST.model_copy(update={"where": where}))
        case "act_release":
            return Hold(text=text, where=where, substance=first)
        case "act_remove_share":
            cell = None if first == "cells" else first
            return RemoveCells(text=text, where=where, share=said[0], cell=cell, region=second)
        case "act_remove_cargo":
            return RemoveCargo(text=text, where=where, cargo=first, vesicle=second or "")
        case "act_shuffle":
            return ShuffleCells(text=text, where=where, cell=None if first == "cells" else first, region=second)
        case "act_wound":
            everything = Value(number=100.0, unit="%")
            return RemoveCells(text=text, where=where, share=everything, region=first, with_matrix=True)
        case "act_transfect":
            place = found[1] if len(found) > 2 else None
            return Transfect(text=text, where=where, cell=first, region=place, copies=said[0], cargo=found[-1])
        case "act_wash":
            return Wash(text=text, where=where, share=said[0])
        case "act_series":
            return _series(tree, reading, text, where)
        case "act_give":
            which = maybe(tree, "fraction")
            fraction = cast("Fraction", str(tokens(which)[0]) if which is not None else "whole")
            return GiveMedium(
                text=text, where=where, share=said[0], fraction=fraction, source=first, target=second or ""
            )
        case _:
            return _lasting(tree, reading, text, where)


def _lasting(tree: Tree[Token], reading: Reading, text: str, where: Location) -> StepText:
    """An act that lasts: for the whole run, from a time on, or from one time to another."""
    found = names(tree)
    first = found[0] if found else ""
    second = found[1] if len(found) > 1 else None
    said = [reading.value(one) for one in values(tree)]
    match str(tree.data):
        case "act_block" | "act_block_sensing" | "act_inhibit" | "act_inhibit_sensing":
            return _block(tree, reading, text, where)
        case "act_knock_out":
            residual = said[0] if said else None
            return KnockOut(text=text, where=where, what=first, cell=second, residual=residual)
        case "act_overexpress":
            return Overexpress(text=text, where=where, what=first, cell=second, factor=said[0])
        case "act_load":
            return LoadCargo(text=text, where=where, cargo=first, vesicle=second or "", factor=said[0])
        case "act_replace":
            return Replace(text=text, where=where, preparation=first, by=second or "")
        case "act_replace_rest":
            return Replace(text=text, where=where, preparation=first, by=NON_EV)
        case "act_rescale":
            return Rescale(text=text, where=where, what=first, factor=said[0])
        case "act_deplete":
            return Deplete(text=text, where=where, what=first, share=said[0])
        case "act_mutate":
            return MutateSite(text=text, where=where, mirna=first, node=second or "", cell=found[2])
        case "act_cool":
            return Cool(text=text, where=where, temperature=said[0])
        case "act_clamp":
            return Clamp(text=text, where=where, node=first, cell=second or "", level=said[0])
        case "act_without":
            return Without(text=text, where=where, cell=first)
        case _:
            return SetParameter(text=text, where=where, path=first, value=said[0])


def _block(tree: Tree[Token], reading: Reading, text: str, where: Location) -> Block:
    """`block uptake of tumour-EV by 90 %`, or by an inhibitor at a dose."""
    which = maybe(tree, "process")
    process = cast("Process", words(which)) if which is not None else "sensing"
    found = names(tree)
    said = reading.value(values(tree)[0])
    if not str(tree.data).startswith("act_inhibit"):
        cell = found[1] if len(found) > 1 else None
        return Block(text=text, where=where, process=process, what=found[0], share=said, cell=cell)
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    return Block(
        text=text, where=where, process=process, what=found[0], cell=found[1] if len(found) > 2 else None,
        inhibitor=found[-1], dose=said, ic50=reading.needed_value(options, "ic50"),
        hill=reading.option_value(options, "hill"),
    )  # fmt: skip


def _per(tree: Tree[Token], reading: Reading) -> Value | None:
    """`per 2e5 cells`, `per cell`."""
    several, one = maybe(tree, "per_value"), maybe(tree, "per_one")
    if several is not None:
        return reading.value(child(several, "value"))
    if one is not None:
        return Value(number=1.0, unit=str(tokens(one)[0]), where=reading.place(one))
    return None


def _series(tree: Tree[Token], reading: Reading, text: str, where: Location) -> DoseSeries:
    """`add doxorubicin at 1 nM to 10 uM in 8 doses`."""
    found = names(tree)
    low, high = (reading.value(one) for one in values(tree))
    token = next(one for one in tokens(tree) if one.type == "NUMBER")
    doses = float(token)
    if not doses.is_integer() or not 2 <= doses <= MAXIMUM_DOSES:
        place = reading.scalar.place(token.start_pos or 0, len(token))
        message = f"a series has a whole number of doses, 2 to {MAXIMUM_DOSES}"
        reading.report.add("quantity", place, message, "write for example `in 8 doses`")
        doses = 2.0
    return DoseSeries(
        text=text, where=where, what=found[0], low=low, high=high, doses=int(doses), per=_per(tree, reading),
        region=found[1] if len(found) > 1 else None,
    )  # fmt: skip


def _antibody(tree: Tree[Token], reading: Reading, text: str, where: Location) -> AddAntibody:
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    said = values(tree)
    amount = reading.value(said[0]) if said else reading.needed_value({}, "amount")
    return AddAntibody(
        text=text,
        where=where,
        against=names(tree)[0],
        amount=amount,
        kd=reading.option_value(options, "kd"),
        off=reading.option_value(options, "off_rate"),
        half_life=reading.option_value(options, "half_life"),
    )


def _add(tree: Tree[Token], reading: Reading, text: str, where: Location) -> StepText | None:
    """`add 40 tumour in marrow`, `add 1e6 particles of tumour-EV`, `add 5 nM TGFB1`: the unit decides.

    Masses, particles and concentrations may be of a preparation or a substance; merging decides, which knows all names.
    """
    found = names(tree)
    what, place = found[0], found[1] if len(found) > 1 else None
    after = maybe(tree, "act_state")
    value = reading.value(child(tree, "value"))
    per = _per(tree, reading)
    if per is not None or measures(value.unit, "mass") or measures(value.unit, "particles per volume"):
        if after is not None:
            reading.report.add("sentence", reading.place(after), "only cells have a state", "leave it out")
        return AddPreparation(text=text, where=where, preparation=what, amount=value, per=per, region=place)
    if value.unit in ("", "cells", "cell"):
        head, _, rest = what.partition(" ")
        if rest:
            name_tree = next(part for part in subtrees(tree) if part.data == "name")
            message = f"`{head}` is no unit" if head not in SYMBOLS else f"expected one name, not `{what}`"
            remedy = "write for example `add 5 nM TGFB1 to marrow` or `add 40 tumour in marrow`"
            where = reading.place(name_tree).model_copy(update={"length": len(head)})
            reading.report.add("unknown-unit", where, message, remedy)
            return None
        number = next(token for token in tokens(child(tree, "value")) if token.type == "NUMBER")
        state = names(after)[0] if after is not None else None
        count = _count(reading, number)
        return AddCells(text=text, where=where, count=count, cell=what, region=place, state=state)
    if after is not None:
        reading.report.add("sentence", reading.place(after), "only cells have a state", "leave it out")
    if measures(value.unit, "particles"):
        return AddVesicles(text=text, where=where, vesicle=what, particles=value, region=place)
    if not measures(value.unit, "concentration") and not measures(value.unit, "amount"):
        remedy = "write for example `20 pM`, `5 ng`, `2 pmol`, `1e6 particles of` or a number of cells"
        reading.report.add("wrong-quantity", value.where, "what is added is measured otherwise", remedy)
        return None
    return AddSubstance(text=text, where=where, substance=what, amount=value, region=place)


def read_measure(name: Scalar, scalar: Scalar, report: Report) -> Measure | None:
    """`count of tumour in bone`, `concentration of TNFSF11 in marrow in pM` …"""
    tree = parse("measure", scalar, report)
    if tree is None:
        return None
    reading = Reading(scalar, report, keep_claims=False)
    if tree.data == "m_assay":
        return _assay(tree, reading, name.value)
    found = names(tree)
    unit = " ".join(next((str(token) for token in tokens(tree) if token.type == "UNIT"), "").split())
    at = maybe(tree, "measure_at")
    when = reading.value(child(at, "value")) if at is not None else None
    second = found[1] if len(found) > 1 else None
    fields: dict[str, object] = {"what": found[0]}
    match str(tree.data):
        case "m_count":
            fields |= {"kind": "count", "cell": found[0], **_state_and_place(tree)}
        case "m_left":
            fields |= {"kind": "matrix left", "place": second, "unit": "% of start" if unit == "%" else unit}
        case "m_lost":
            fields |= {"kind": "matrix lost", "place": second, "unit": "% of start" if unit == "%" else unit}
        case "m_concentration":
            fields |= {"kind": "concentration", "place": second, "unit": unit}
        case "m_event_share":
            fields |= {"kind": "event share"}
        case "m_event_time":
            fields |= {"kind": "event time"}
        case "m_density":
            fields |= {"kind": "vesicles", "place": second, "unit": unit}
        case "m_carriers":
            place = found[2] if len(found) > 2 else None
            fields |= {"kind": "carriers", "what": second, "vesicle": found[0], "place": place, "unit": unit}
        case "m_copies":
            fields |= {"kind": "copies", "cell": second}
        case "m_delivered_copies":
            fields |= {"kind": "delivered copies", "cell": second}
        case "m_copies_per_particle":
            fields |= {"kind": "copies per particle", "vesicle": second, "place": found[2] if len(found) > 2 else None}
        case "m_delivered":
            fields |= {"kind": "delivered", "cell": second}
        case _:
            fields |= {"kind": "node", "cell": second}
    sources = reading.sources(maybe(tree, "sources"))
    fields |= {"text": _sentence(scalar), "sources": sources, "where": reading.where(), "name": name.value, "at": when}
    return Measure.model_validate(fields)


def _state_and_place(tree: Tree[Token]) -> dict[str, object]:
    """State and region of `count of CELL STATE in REGION`, either of which may be left out."""
    state = next((part for part in subtrees(tree) if part.data == "count_state"), None)
    place = next((part for part in subtrees(tree) if part.data == "count_place"), None)
    return {"state": names(state)[0] if state else None, "place": names(place)[0] if place else None}


def _assay(tree: Tree[Token], reading: Reading, name: str) -> Measure:
    """`ASSAY of THING`, with what stands behind it in any order."""
    assay = ASSAYS[" ".join(str(next(token for token in tokens(tree) if token.type == "ASSAY")).split())]
    options = reading.options(part for part in subtrees(tree) if str(part.data).startswith("option_"))
    within = names(options["within"])[0] if "within" in options else None
    unit = next((str(token) for key in ("relative", "unit") if key in options for token in tokens(options[key])), "")
    if "relative" in options and unit != "%":
        place = reading.place(options["relative"])
        reading.report.add("sentence", place, f"a share of an arm is in %, not in {unit}", "write `in % of ARM`")
    return Measure(
        kind="assay", text=_sentence(reading.scalar), where=reading.where(), name=name, what=names(tree)[0],
        assay=assay.name, unit=" ".join(unit.split()), at=reading.option_value(options, "at"),
        cell=within if "cell" in assay.within else None, place=None if "cell" in assay.within else within,
        to=names(options["to"])[0] if "to" in options else None, above=reading.option_value(options, "gate"),
        relative_to=names(options["relative"])[0] if "relative" in options else None,
        sources=reading.sources(maybe(tree, "sources")),
    )  # fmt: skip
