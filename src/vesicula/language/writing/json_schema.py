"""JSON Schema of the model text, with which editors complete and check the blocks while one writes."""

from __future__ import annotations

from vesicula.language.blocks import (
    ATTRACTANT,
    CARRIED,
    CELL,
    CHECK,
    COHORT,
    EXPERIMENT,
    FACES,
    FATE,
    LABWARE,
    MATRIX,
    MOVES,
    NETWORK,
    POSITIVE_CONTROL,
    PREPARATION,
    RESERVED,
    REST,
    RUN,
    SITE,
    SUBSTANCE,
    TOP,
    TRAIT,
    VESICLE,
)
from vesicula.language.fields import Field
from vesicula.language.grammar.parsers import EXAMPLES
from vesicula.language.model import EVERY_FLUID, FLUIDS
from vesicula.language.reading.bench import CONTROLS
from vesicula.units import DIMENSIONS

Json = str | int | bool | list["Json"] | dict[str, "Json"]
Entry = dict[str, Json]
NAMED = "a name, with ids in brackets: `osteoblast (CL:0000062)`"


def schema() -> Entry:
    """The JSON Schema (2020-12) of a model or part."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Vesicula model text, version 1",
        "type": "object",
        "required": ["vesicula"],
        "oneOf": [
            {"required": ["model"]},
            {"required": ["part"]},
            {"not": {"anyOf": [{"required": ["model"]}, {"required": ["part"]}]}},
        ],
        "properties": _top(),
        "additionalProperties": False,
        "$defs": {
            "quantity": _quantity(),
            "sentences": {"type": ["array", "null"], "items": {"type": "string"}},
            "switch": {"enum": ["yes", "no", True, False]},
            "names": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "walls": _walls(["closed", "open"]),
            "site": _block(
                SITE,
                {
                    "regions": _named(_sentence("shape_text")),
                    "share": {"type": ["string", "number"]},
                    "renewed": {"type": "string"},
                },
            ),
            "labware": _block(LABWARE, {}),
            "preparation": {
                **_block(
                    PREPARATION,
                    {"co-isolated": {"$ref": "#/$defs/sentences"}, "stored": {"$ref": "#/$defs/sentences"}},
                ),
                "required": ["of"],
            },
            "substance": _block(
                SUBSTANCE, {"walls": {"anyOf": [{"$ref": "#/$defs/walls"}, _faces({"type": "string"})]}}
            ),
            "matrix": _block(MATRIX, _matrix()),
            "vesicle": _block(VESICLE, {"from": {"type": "string"}, "carries": _named(_either("quantity", "cargo"))}),
            "cargo": _block(CARRIED, {}),
            "cell": _cell(),
            "fate": _block(FATE, {}),
            "toward": _block(ATTRACTANT, {}),
            "trait": _block(TRAIT, {}),
            "network": _block(NETWORK, {"inside": {"$ref": "#/$defs/sentences"}}),
            "run": _block(RUN, {"record": {"type": "string"}}),
            "positive control": {
                **_block(POSITIVE_CONTROL, {}),
                "type": "object",
                "required": ["baseline", "perturbation", "measure", "shows"],
            },
            "check": {
                **_block(CHECK, dict.fromkeys(("below", "above", "within"), _bound())),
                "type": "object",
                "required": ["measure", "arm"],
                "anyOf": [{"required": [side]} for side in ("below", "above", "within")],
            },
            "experiment": _block(EXPERIMENT, {"perturbation": {"anyOf": [{"type": "string"}, {"type": "array"}]}}),
        },
    }


def _quantity() -> Entry:
    return {
        "anyOf": [{"type": "string"}, {"type": "number"}],
        "description": "VALUE UNIT @source (LOW..HIGH @source), `library` or `as at rest`",
        "examples": [EXAMPLES["plain"], "library", "as at rest"],
    }


def _sentence(kind: str) -> Entry:
    return {"type": "string", "examples": [EXAMPLES[kind]]}


def _named(entry: Entry) -> Entry:
    return {"type": ["object", "null"], "additionalProperties": entry}


def _either(*names: str) -> Entry:
    choices: list[Json] = [{"$ref": f"#/$defs/{name}"} for name in names]
    return {"anyOf": choices}


def _one_or_more(name: str) -> Entry:
    one: Entry = {"$ref": f"#/$defs/{name}"}
    return {"anyOf": [one, {"type": "array", "items": one}, {"type": "null"}]}


def _bound() -> Entry:
    return {"type": ["string", "number"], "examples": ["5 % of untreated", "2 pM"]}


def _faces(entry: Entry) -> Entry:
    return {"type": "object", "properties": {face: entry for face in FACES}, "additionalProperties": False}


def _walls(choices: list[Json]) -> Entry:
    one: Entry = {"enum": choices}
    return {"anyOf": [one, _faces(one)]}


def _block(fields: tuple[Field, ...], special: dict[str, Entry]) -> Entry:
    properties: Entry = {field.key: _entry(field, special.get(field.key)) for field in fields}
    return {"type": ["object", "null"], "properties": properties, "additionalProperties": False}


def _entry(field: Field, special: Entry | None) -> Entry:
    entry: Entry = {"description": _about(field), **(special or _form(field))}
    if field.form in ("value", "sized"):
        entry["examples"] = [field.example]
    return entry


def _about(field: Field) -> str:
    if field.form in ("value", "values", "sized", "by fluid", "list") and field.dimension != "number":
        return f"{field.about} ({DIMENSIONS[field.dimension].what}); for example {field.example}"
    return f"{field.about}; for example {field.example}"


def _form(field: Field) -> Entry:
    match field.form:
        case "value" | "sized":
            return {"$ref": "#/$defs/quantity"}
        case "values":
            return _named({"anyOf": [{"$ref": "#/$defs/quantity"}, {"type": "null"}]})
        case "by fluid":
            names: Entry = {name: {"$ref": "#/$defs/quantity"} for name in (*FLUIDS, EVERY_FLUID)}
            table: Entry = {"type": "object", "properties": names, "additionalProperties": False}
            return {"anyOf": [{"$ref": "#/$defs/quantity"}, table]}
        case "list":
            return {"type": "array", "items": {"$ref": "#/$defs/quantity"}}
        case "switch":
            return {"$ref": "#/$defs/switch"}
        case "names":
            return {"$ref": "#/$defs/names"}
        case "choice":
            return {"enum": list(field.choices)}
        case "count":
            return {"type": "integer", "minimum": 1}
        case "words" | "walls":
            return {"$ref": "#/$defs/walls"}
        case "text" | "special":
            return {"type": "string"}


def _matrix() -> dict[str, Entry]:
    fills = _either("names", "quantity")
    return {
        "fills": {"anyOf": [fills, _named({"$ref": "#/$defs/quantity"})]},
        "holds": _named({"type": "array", "items": {"$ref": "#/$defs/quantity"}}),
        "degraded": {"$ref": "#/$defs/sentences"},
    }


def _cell() -> Entry:
    sentences: Entry = {"$ref": "#/$defs/sentences"}
    toward: Entry = {"anyOf": [{"$ref": "#/$defs/quantity"}, {"type": "null"}, {"$ref": "#/$defs/toward"}]}
    special: dict[str, Entry] = {
        "divides": _sentence("every"),
        "doubles": _sentence("every"),
        "cycle": _named(_sentence("phase")),
        "dies": _sentence("lifetime"),
        "moves": _block(MOVES, {"toward": _named(toward)}),
        "traits": _named({"$ref": "#/$defs/trait"}),
        "barrier": _named({"$ref": "#/$defs/quantity"}),
        "becomes": sentences,
        "inside": sentences,
        "rules": sentences,
    }
    cell = _block(CELL, special)
    properties = cell["properties"]
    assert isinstance(properties, dict)
    properties["EV fate"] = {"$ref": "#/$defs/fate", "description": "what the cell does with every vesicle class"}
    cell["patternProperties"] = {
        "^clears .+$": {"$ref": "#/$defs/quantity"},
        "^fate of .+$": {"$ref": "#/$defs/fate"},
        "^while .+$": {"type": "object", "additionalProperties": {"$ref": "#/$defs/quantity"}},
    }
    return cell


def _top() -> Entry:
    sentences: Entry = {"$ref": "#/$defs/sentences"}
    blocks: dict[str, Entry] = {
        "vesicula": {"const": 1},
        "but": _named({"$ref": "#/$defs/quantity"}),
        "rest": {"anyOf": [{"$ref": "#/$defs/names"}, _block(REST, {})]},
        "sites": _named({"$ref": "#/$defs/site"}),
        "labware": _named({"$ref": "#/$defs/labware"}),
        "preparations": _named({"$ref": "#/$defs/preparation"}),
        "controls": {"anyOf": [{"const": "none"}, {"type": "array", "items": {"enum": [*CONTROLS]}}]},
        "substances": _named({"$ref": "#/$defs/substance"}),
        "reactions": sentences,
        "matrix": _named({"$ref": "#/$defs/matrix"}),
        "vesicles": _named({"$ref": "#/$defs/vesicle"}),
        "networks": _named({"$ref": "#/$defs/network"}),
        "cells": _named({"$ref": "#/$defs/cell", "description": NAMED}),
        "body": sentences,
        "cohort": _block(
            COHORT,
            {
                "genotypes": _named(_named({"$ref": "#/$defs/quantity"})),
                "differ": sentences,
                "events": _named(_sentence("event")),
            },
        ),
        "start": sentences,
        "protocol": sentences,
        "arms": _named(sentences),
        "measure": _named(_sentence("measure")),
        "run": {"$ref": "#/$defs/run"},
        "experiments": _named({"$ref": "#/$defs/experiment"}),
        "positive control": _one_or_more("positive control"),
        "checks": _one_or_more("check"),
    }
    top: Entry = {field.key: _entry(field, blocks.get(field.key)) for field in TOP}
    for key in RESERVED:
        top[key] = {"not": {}, "description": "not in this version"}
    return top
