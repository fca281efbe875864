"""Parts and networks merged into one model; nothing about numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast

from vesicula.evidence.folder import library_folder
from vesicula.language.model import EVERY_FLUID, Cell, Model, Named, Network, RestState
from vesicula.language.names import Names
from vesicula.language.networks import logic_of, with_digest
from vesicula.language.overlap import BY_SUBJECT, agreed, differing, placed, subject
from vesicula.language.reading.texts import library_models, library_parts, read_source
from vesicula.language.sentences import ReactionText, Sentence
from vesicula.language.steps import AddPreparation, AddSubstance, AddVesicles, StepText
from vesicula.language.text import Report, load
from vesicula.language.values import Frozen, Value
from vesicula.units import measures, nearest

F = TypeVar("F", bound=Frozen)
Table = dict[str, object]
Items = tuple[object, ...]
JOINED = (
    "substances", "matrix", "vesicles", "preparations", "networks", "cells", "sites", "labware", "measures", "arms",
)  # fmt: skip
MODELS = "models/"  # a whole model may be used too: all of it but its question
LISTED = ("body", "start", "protocol")


def merged(model: Model, report: Report) -> Model:
    """The model with its parts in it."""
    parts = _parts(model, (model.name,), report)
    unique: dict[str, Model] = {}
    for part in parts:
        unique.setdefault(part.name, part)
    return _with_doses(_joined([*unique.values()], model, report))


def _parts(model: Model, chain: tuple[str, ...], report: Report) -> list[Model]:
    """All parts a model uses, each after those it uses itself."""
    found: list[Model] = []
    for name in model.use:
        where = model.places.get(f"use.{name}")
        if name in chain:
            report.add("part-circle", where, f"{' uses '.join((*chain, name))}", "leave one of the `use` out")
            continue
        part = _part(name, model, report)
        if part is not None:
            found.extend(_parts(part, (*chain, name), report))
            found.append(part)
    return found


def _part(name: str, model: Model, report: Report) -> Model | None:
    """One part: of the library, or a file inside the model's folder."""
    where = model.places.get(f"use.{name}")
    if name.startswith((".", "/")) or name.endswith((".yaml", ".yml")):
        if model.folder is None:
            report.add("outside-folder", where, "a text without a file has no folder", "save the model to a file first")
            return None
        folder = Path(model.folder)
        path = folder / name
        inner = Report()
        source = load(path, str(path), inner, inside=folder)
        if source is None:
            problem = inner.diagnostics[0]
            report.add(problem.code, where, problem.message, problem.remedy)
            return None
    elif name.startswith(MODELS) and name.removeprefix(MODELS) in library_models():
        source = load(library_folder() / f"{name}.yaml", f"library/{name}.yaml", report)
    elif name in library_parts():
        source = load(library_folder() / "parts" / f"{name}.yaml", f"library/parts/{name}.yaml", report)
    else:
        near = nearest(name, library_parts())
        remedy = (
            f"did you mean `{near}`?" if near else "write a name of `vesicula models`, or a file as `./parts/my.yaml`"
        )
        report.add("unknown-part", where, f"the library has no part `{name}`", remedy)
        return None
    if source is None:
        return None
    part = read_source(source, report)
    if part is None:
        return None
    if name.startswith(MODELS):
        asked = ("arms", "measures", "experiments", "positive_controls", "checks")
        part = part.model_copy(update=dict.fromkeys(asked, ()))
    named = {
        attribute: tuple(thing.model_copy(update={"part": name}) for thing in getattr(part, attribute))
        for attribute in ("labware", "substances", "matrix", "vesicles", "preparations", "networks", "cells")
    }
    facts = tuple(str(Path(name).parent / file) for file in part.facts)
    return part.model_copy(update={**named, "name": name, "facts": facts})


def _joined(parts: Sequence[Model], model: Model, report: Report) -> Model:
    """Things of all parts and the model by name; what the model says wins over parts, a part over those it uses."""
    updates: dict[str, object] = {}
    uses = _uses(parts)
    for attribute in JOINED:
        said: dict[str, list[tuple[str, Frozen]]] = {}
        own = {thing.name: thing for thing in getattr(model, attribute)}
        for source in parts:
            for thing in getattr(source, attribute):
                said.setdefault(thing.name, []).append((source.name, thing))
        table = {name: _of_parts(each, uses, own.get(name), model.but, report) for name, each in said.items()}
        for name, thing in own.items():
            table[name] = _laid(table[name], thing) if name in table else thing
        updates[attribute] = tuple(table.values())
    for attribute in LISTED:
        sentences = [sentence for source in (*parts, model) for sentence in getattr(source, attribute)]
        updates[attribute] = _each_place_once(sentences)
    updates["rest"] = _rest([*(part.rest for part in parts), model.rest])
    updates["reactions"] = _reactions([part.reactions for part in parts], model.reactions, report)
    overrides: dict[str, Value] = {}
    givers: dict[str, str] = {}
    for part in parts:
        for path, value in part.but.items():
            below = overrides.get(path, value)
            if path not in model.but and below != value and givers[path] not in uses[part.name]:
                message = f"two parts give {path} different values under `but`"
                report.add("two-values", value.where, message, "say under `but` of the model which one holds")
        overrides.update(part.but)
        givers.update(dict.fromkeys(part.but, part.name))
    updates["but"] = {**overrides, **model.but}
    if model.controls is None:
        stated = [part for part in parts if part.controls is not None]
        for part in stated[1:]:
            if part.controls != stated[0].controls:
                message = f"{stated[0].name} and {part.name} state different `controls`"
                report.add("two-values", part.places.get("controls"), message, "state them in the model, which holds")
        updates["controls"] = stated[0].controls if stated else None
    if model.rules is None:
        for part in parts:
            if part.rules == "averaged":
                message = f"{part.name} averages its rules, and the model does not say which law holds"
                remedy = "say `rules: averaged` or `rules: multiplied` in the model, for all of its rules"
                report.add("two-values", part.places.get("rules"), message, remedy)
    updates["facts"] = tuple(dict.fromkeys((*model.facts, *(name for part in parts for name in part.facts))))
    return model.model_copy(update=updates)


def _uses(parts: Sequence[Model]) -> dict[str, set[str]]:
    """Names of all parts that each part uses, directly or not; `parts` holds each after those it uses."""
    found: dict[str, set[str]] = {}
    for part in parts:
        found[part.name] = {*part.use, *(far for name in part.use for far in found.get(name, ()))}
    return found


def _of_parts(
    said: Sequence[tuple[str, Frozen]],
    uses: Mapping[str, set[str]],
    own: Frozen | None,
    stated: Mapping[str, Value],
    report: Report,
) -> Frozen:
    """One thing of several parts: parts side by side have to agree; a part goes before those that it uses.

    said : name of the part and what it says      own, stated : what the model says of it, and its `but`
    """
    below = {name for name, _ in said if any(name in uses[other] for other, _ in said)}
    first, *others = [thing for name, thing in said if name not in below]
    for thing in others:
        first = agreed(first, thing, own, stated, report)
    if not below:
        return first
    base = _of_parts([one for one in said if one[0] in below], uses, own or first, stated, report)
    return _laid(base, first)


def _each_place_once(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Sentences without those that a part brings a second time: told apart by where they stand, not by their words."""
    found: dict[object, Sentence] = {}
    for number, one in enumerate(sentences):
        found.setdefault(number if one.where is None else (one.where.file, one.where.line, one.where.column), one)
    return tuple(found.values())


def _reactions(
    parts: Sequence[Sequence[ReactionText]], own: Sequence[ReactionText], report: Report
) -> tuple[ReactionText, ...]:
    """Reactions of parts and model: between the same molecules the model's hold; two parts have to agree."""
    mine = {subject(one) for one in own}
    found: list[ReactionText] = []
    for reactions in parts:
        before = {subject(one): one for one in found}
        for one in reactions:
            first = before.get(subject(one))
            if subject(one) in mine or first == one:
                continue
            if first is not None:
                message = f"two parts say `{one.text}` with different values"
                report.add("two-values", one.where, message, "say it in the model too, which holds")
            found.append(one)
    return (*found, *own)


def _rest(states: Sequence[RestState | None]) -> RestState | None:
    """Undisturbed states of parts and model, each over the ones before; None where nobody states one."""
    found: RestState | None = None
    for one in states:
        if found is not None and one is not None:
            like = tuple(dict.fromkeys((*found.like, *one.like)))
            found = laid_over(found, one).model_copy(update={"like": like})
        else:
            found = found or one
    return found


def _laid(base: Frozen, over: Frozen) -> Frozen:
    """A thing of the model over one of its parts; a sentence replaces a sentence."""
    return over if isinstance(over, Sentence) else laid_over(base, over)


def laid_over(base: F, over: F) -> F:
    """`base` with all that `over` says; tables and lists of named things are joined, sentences added."""
    updates: dict[str, object] = {}
    for attribute in over.model_fields_set - {"name", "where", "part", "ids"}:
        before: object = getattr(base, attribute)
        after: object = getattr(over, attribute)
        if isinstance(before, dict) and isinstance(after, dict):
            old, new = cast("Table", before), cast("Table", after)
            if attribute == "half_life" and EVERY_FLUID in new:  # said of every fluid, so nothing is left of the base
                old = {}
            updates[attribute] = {**old, **{key: nested(old.get(key), value) for key, value in new.items()}}
        elif isinstance(before, tuple) and isinstance(after, tuple):
            updates[attribute] = _listed(attribute, cast("Items", before), cast("Items", after))
        else:
            updates[attribute] = nested(getattr(base, attribute), getattr(over, attribute))
    if isinstance(over, Cell) and isinstance(base, Cell) and not (over.divides and over.doubles):
        # the cycle of a base is replaced by another way to say it
        said = {"divides", "doubles", "cycle"} & over.model_fields_set
        silent: dict[str, object] = {"divides": None, "doubles": None, "cycle": ()}
        updates |= {name: silent[name] for name in silent if said and name not in said}
    if isinstance(over, Cell) and isinstance(base, Cell):
        updates["base"] = over.base or base.base
    if isinstance(over, Named) and isinstance(base, Named):
        updates |= {"name": over.name, "where": over.where, "ids": over.ids or base.ids}
    return base.model_copy(update=updates)


def nested(before: object, after: object) -> object:
    """A block over a block of the same kind; anything else replaces."""
    if isinstance(before, Frozen) and isinstance(after, Frozen) and type(before) is type(after):
        return after if isinstance(after, Value | Sentence) else laid_over(before, after)
    return after


def _listed(attribute: str, before: tuple[object, ...], after: tuple[object, ...]) -> tuple[object, ...]:
    """Named things by name, sentences about the same thing replaced, other lists replaced whole."""
    if attribute in ("traits", "carries", "regions", "cycle"):
        table = {thing.name: thing for thing in before if isinstance(thing, Named)}
        table |= {thing.name: nested(table.get(thing.name), thing) for thing in after if isinstance(thing, Named)}  # type: ignore[misc]
        return tuple(table.values())
    if attribute in BY_SUBJECT:
        subjects = {subject(one) for one in after if isinstance(one, Sentence)}
        kept = tuple(one for one in before if isinstance(one, Sentence) and subject(one) not in subjects)
        return (*kept, *after)
    if attribute == "networks":
        return tuple(dict.fromkeys((*before, *after)))
    return after


def _with_doses(model: Model) -> Model:
    """Doses of a preparation told from those of a vesicle class or substance, as only all names together can tell."""
    known = {one.name for one in model.preparations}
    dissolved = {*Names(model).substances} - known

    def told(step: StepText) -> StepText:
        match step:
            case AddVesicles():
                name, amount = step.vesicle, step.particles
            case AddSubstance():
                name, amount = step.substance, step.amount
            case AddPreparation() if (
                step.preparation in dissolved and step.per is None and measures(step.amount.unit, "amount")
            ):
                return AddSubstance(
                    text=step.text, where=step.where, sources=step.sources, at=step.at, every=step.every,
                    substance=step.preparation, amount=step.amount, region=step.region,
                )  # fmt: skip
            case _:
                return step
        if name not in known:
            return step
        return AddPreparation(
            text=step.text, where=step.where, sources=step.sources, at=step.at, every=step.every, preparation=name,
            amount=amount, region=step.region,
        )  # fmt: skip

    arms = tuple(arm.model_copy(update={"steps": tuple(told(one) for one in arm.steps)}) for arm in model.arms)
    return model.model_copy(update={"arms": arms, "protocol": tuple(told(one) for one in model.protocol)})


# --- networks


def attached(model: Model, report: Report) -> Model:
    """Cells with the sentences of the networks they attach; the cell's own sentence on the same subject wins."""
    known = {network.name: _whole(network, report) for network in model.networks}
    cells: list[Cell] = []
    for cell in model.cells:
        inside: tuple[object, ...] = ()
        for name in cell.networks:
            if name not in known:
                near = nearest(name, known)
                remedy = f"did you mean `{near}`?" if near else "add the part to `use`, for example `networks/nfkb`"
                report.add("unknown-name", cell.where, f"there is no network `{name}`", remedy)
                continue
            _same_inside(cell, inside, known[name], report)
            inside = _listed("inside", inside, known[name].inside)
        if cell.networks:
            whole = _listed("inside", inside, cell.inside)
            cell = cell.model_copy(update={"inside": whole, "networks": ()})
        cells.append(cell)
    return model.model_copy(update={"cells": tuple(cells), "networks": tuple(known.values())})


def _whole(network: Network, report: Report) -> Network:
    """The network with what its file says; what is said beside the file holds."""
    network = with_digest(network)
    if network.logic is None:
        return network
    return network.model_copy(update={"inside": _listed("inside", logic_of(network, report), network.inside)})


def _same_inside(cell: Cell, inside: Sequence[object], network: Network, report: Report) -> None:
    """Report what a network says otherwise than those that the cell attaches before it, unless the cell says it."""
    own = {subject(one) for one in cell.inside}
    before = [one for one in inside if isinstance(one, Sentence)]
    for first, other in differing(before, network.inside):
        if subject(other) not in own:
            message = f"two networks of {cell.name} say one thing differently: `{first.text}`{placed(first.where)}"
            report.add("two-values", other.where, message, f"say under `inside` of {cell.name} which one holds")
