"""Names of cells and vesicle classes wherever a model speaks of them: told apart from other words, and changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar, cast

from vesicula.language.model import Model
from vesicula.language.sentences import Sentence, place_in
from vesicula.language.slots import kinds_of
from vesicula.language.values import Frozen, Location, Value

F = TypeVar("F", bound=Frozen)
Kind = Literal["cell", "vesicle"]
Table = dict[str, object]
Items = tuple[object, ...]


def renamed(thing: F, names: Mapping[str, str], kind: Kind = "cell") -> F:
    """A copy in which cells, or vesicle classes, have other names, in every sentence and table."""
    updates: dict[str, object] = {}
    for attribute in type(thing).model_fields:
        current: object = getattr(thing, attribute)
        new = _renamed_entry(thing, attribute, current, names, kind)
        if new is not current:
            updates[attribute] = new
    if not updates:
        return thing
    if isinstance(thing, Sentence) and "text" not in updates:
        updates["text"] = renamed_words(thing.text, names)
    return thing.model_copy(update=updates)


def renamed_words(text: str, names: Mapping[str, str]) -> str:
    """A text in which names that stand alone are others."""
    for old, new in names.items():
        text = re.sub(_alone(old), new, text)
    return text


def _alone(name: str) -> str:
    return rf"(?<![\w\-]){re.escape(name)}(?![\w\-])"


def _renamed_entry(thing: Frozen, attribute: str, current: object, names: Mapping[str, str], kind: Kind) -> object:
    if isinstance(current, str):
        if kind in kinds_of(thing, attribute):
            return names.get(current, current)
        return _path(current, names, kind) if _is_path(thing, attribute) else current
    if isinstance(current, Frozen):
        return renamed(current, names, kind)
    if isinstance(current, tuple):
        items = cast("Items", current)
        new = tuple(renamed(one, names, kind) if isinstance(one, Frozen) else one for one in items)
        return items if all(a is b for a, b in zip(new, items, strict=True)) else new
    if isinstance(current, dict):
        return _renamed_table(thing, attribute, cast("Table", current), names, kind)
    return current


def _renamed_table(thing: Frozen, attribute: str, current: Table, names: Mapping[str, str], kind: Kind) -> object:
    keyed, paths = kind in kinds_of(thing, attribute), _is_path(thing, attribute)
    table: Table = {}
    for key, value in current.items():
        name = names.get(key, key) if keyed else _path(key, names, kind) if paths else key
        table[name] = renamed(value, names, kind) if isinstance(value, Frozen) else value
    same = list(table) == list(current) and all(table[key] is current[key] for key in current)
    return current if same else table


def _is_path(thing: Frozen, attribute: str) -> bool:
    """Whether a text, or the keys of a table, are paths of values: of `but`, `set` and genotypes."""
    return "path" in kinds_of(thing, attribute) or (isinstance(thing, Model) and attribute == "but")


def _path(text: str, names: Mapping[str, str], kind: Kind) -> str:
    """A path to other cells, or to what is said of other vesicle classes."""
    if kind == "vesicle":
        return renamed_words(text, names)
    for old, new in names.items():
        if text.startswith(f"cells.{old}."):
            return f"cells.{new}.{text.removeprefix(f'cells.{old}.')}"
    return text


# --- where a name is spoken


def spoken(thing: Frozen, kind: Kind, name: str) -> Iterator[Location | None]:
    """Where a thing speaks of a cell or vesicle class by its name."""
    yield from _spoken(thing, kind, name, None)


def _spoken(thing: Frozen, kind: Kind, name: str, outer: Location | None) -> Iterator[Location | None]:
    where = cast("Location | None", getattr(thing, "where", None)) or outer
    if isinstance(thing, Sentence):
        where = place_in(thing, name)
    for attribute in type(thing).model_fields:
        current: object = getattr(thing, attribute)
        named, paths = kind in kinds_of(thing, attribute), _is_path(thing, attribute)
        if isinstance(current, str):
            if (named and current == name) or (paths and _path(current, {name: ""}, kind) != current):
                yield where
        elif isinstance(current, Frozen):
            if not isinstance(current, Value | Location):
                yield from _spoken(current, kind, name, where)
        elif isinstance(current, tuple):
            for one in cast("Items", current):
                if isinstance(one, Frozen):
                    yield from _spoken(one, kind, name, where)
        elif isinstance(current, dict):
            for key, entry in cast("Table", current).items():
                place = cast("Location | None", getattr(entry, "where", None)) or where
                if paths and isinstance(thing, Model):
                    place = thing.places.get(f"but.{key}", place)
                if (named and key == name) or (paths and _path(key, {name: ""}, kind) != key):
                    yield place
                if isinstance(entry, Frozen) and not isinstance(entry, Value | Location):
                    yield from _spoken(entry, kind, name, place)
