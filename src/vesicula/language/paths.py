"""Values of a model by path: `cells.tumour.secretes.PTHLH`, as `but`, `set` and `--set` write it."""

from __future__ import annotations

import re

from vesicula.errors import ModelError
from vesicula.language.blocks import BLOCKS, FATE
from vesicula.language.fields import Field
from vesicula.language.grammar.values import read_every, read_lifetime, read_value
from vesicula.language.model import EVERY_FLUID, FLUIDS, Cell, Model, VesicleFate
from vesicula.language.spellings import spelled_path
from vesicula.language.spots import Spot
from vesicula.language.text import Report, Scalar, Source
from vesicula.language.values import Location, Value
from vesicula.language.walk import values, walk
from vesicula.units import nearest

HOLDERS = {
    "labware": "labware", "substances": "substance", "matrix": "matrix", "vesicles": "vesicle",
    "preparations": "preparation", "cells": "cell", "sites": "site",
}  # fmt: skip


def canonical(path: str) -> str:
    """A path in the words of the text (`clears EV`, `EV fate.AGO loading`) as values are listed by `values`."""
    path = spelled_path(path)
    path = re.sub(r"\.clears ([^.]+)$", r".fate of \1.clears", path)
    path = path.replace(".EV fate.", ".fate of EV.")
    if ".fate of " in path:
        head, _, key = path.rpartition(".")
        path = f"{head}.{next((field.attribute for field in FATE if field.key == key), key)}"
    return path


def put(model: Model, path: str, value: Value, where: Location | None, report: Report) -> Model:
    """The model with another value at a path; a diagnostic where the path leads nowhere."""
    path = canonical(path)
    hit = False

    def change(spot: Spot, old: Value) -> Value:
        nonlocal hit
        if spot.path != path:
            return old
        hit = True
        return value

    changed = walk(model, change)
    if hit:
        return changed
    added = _added(model, path, value)
    if added is not None:
        return added
    near = nearest(path, values(model))
    remedy = f"did you mean `{near}`?" if near else "write for example `cells.tumour.secretes.PTHLH`"
    report.add("unknown-path", where, f"`{path}` is no value of this model", remedy)
    return model


def _added(model: Model, path: str, value: Value) -> Model | None:
    """A value at a path where the model says nothing yet."""
    holder, _, rest = path.partition(".")
    if holder not in HOLDERS:
        return None
    things = getattr(model, holder)
    found = [one for one in things if rest.startswith(f"{one.name}.")]
    if not found:
        return None
    thing = max(found, key=lambda one: len(one.name))
    entry = rest.removeprefix(f"{thing.name}.")
    changed = _fate(thing, entry, value) if isinstance(thing, Cell) and entry.startswith("fate of ") else None
    if changed is None:
        update = _update(thing, BLOCKS[HOLDERS[holder]], entry, value)
        if update is None:
            return None
        changed = thing.model_copy(update=update)
    return model.model_copy(update={holder: tuple(changed if one is thing else one for one in things)})


def _update(thing: object, fields: tuple[Field, ...], entry: str, value: Value) -> dict[str, object] | None:
    for field in fields:
        if field.form in ("value", "sized") and entry == field.key:
            return {field.attribute: value}
        if field.key in ("divides", "doubles", "dies") and entry == field.key:
            return {field.attribute: value}
        if field.form == "by fluid" and entry == field.key:
            return {field.attribute: {EVERY_FLUID: value}}
        if field.form == "by fluid" and entry.removeprefix(f"{field.key}.") in FLUIDS:
            fluid = entry.removeprefix(f"{field.key}.")
            return {field.attribute: {**getattr(thing, field.attribute), fluid: value}}
        if field.form == "values" and entry.startswith(f"{field.key}."):
            return {field.attribute: {**getattr(thing, field.attribute), entry.removeprefix(f"{field.key}."): value}}
    return None


def _fate(cell: Cell, entry: str, value: Value) -> Cell | None:
    vesicle, _, what = entry.removeprefix("fate of ").rpartition(".")
    if all(field.attribute != what or field.form != "value" for field in FATE):
        return None
    update: dict[str, object] = {what: value}
    fate = cell.vesicle_fate.get(vesicle, VesicleFate()).model_copy(update=update)
    return cell.model_copy(update={"vesicle_fate": {**cell.vesicle_fate, vesicle: fate}})


def parse_value(text: str, path: str = "") -> Value:
    """A quantity from text; times of division and death may be written as in the model. Raises ModelError."""
    report = Report()
    source = Source(path or "value", text)
    report.sources[source.name] = source
    scalar = Scalar(text, source, 0, len(text))
    value: Value | None
    if text.startswith("every "):
        cycle = read_every(scalar, report)
        value = None if cycle is None else cycle[0]
    elif text.startswith("after "):
        lifetime = read_lifetime(scalar, report)
        value = None if lifetime is None else lifetime[0]
    else:
        value = read_value(scalar, report)
    if value is None or report.errors:
        raise ModelError(report.diagnostics)
    return value
