"""The undisturbed state as a model of its own: one pool, in which all values `as at rest` follow from the others."""

from __future__ import annotations

from functools import lru_cache

from vesicula.language.model import Fluid, Model, RunPlan, Site, Substance
from vesicula.language.overlap import subject
from vesicula.language.resolving import resolve
from vesicula.language.resting import called_at_rest, library_rests, rest_text
from vesicula.language.spots import Spot
from vesicula.language.steps import StartCount
from vesicula.language.text import Report
from vesicula.language.values import Value
from vesicula.language.walk import values

PLACE = "rest"
"""Name of the one site of an undisturbed state."""
ORDER = {"becomes": 1, "divides": 2, "doubles": 2, "apoptosis": 2, "deposits": 3, "supply": 4}
"""Kinds of balances, later ones from what earlier ones say; levels and what keeps them come first."""


def left_to_rest(model: Model) -> dict[str, tuple[Spot, Value]]:
    """All values of a model that are `as at rest`, by their paths."""
    return {path: (spot, value) for path, (spot, value) in values(model).items() if value.at_rest}


def in_order(left: dict[str, tuple[Spot, Value]]) -> dict[str, tuple[Spot, Value]]:
    """Values `as at rest`, each after those it follows from: a type is kept before those it comes from."""
    after = {spot.cells[0]: spot.entities[0] for spot, _ in left.values() if spot.quantity == "becomes"}

    def depth(name: str, seen: tuple[str, ...] = ()) -> int:
        following = after.get(name)
        return 0 if following is None or following in seen else 1 + depth(following, (*seen, name))

    def place(path: str) -> tuple[int, int]:
        spot, _ = left[path]
        return ORDER.get(spot.quantity, 0), depth(spot.cells[0]) if spot.quantity == "becomes" else 0

    return {path: left[path] for path in sorted(left, key=place)}


def kept_in(model: Model, fluid: Fluid) -> Model:
    """A model with the undisturbed state of one fluid alone."""
    assert model.rest is not None
    return model.model_copy(update={"rest": model.rest.of(fluid)})


def by_fluid(model: Model, left: dict[str, tuple[Spot, Value]]) -> dict[Fluid, dict[str, tuple[Spot, Value]]]:
    """Values `as at rest` by the fluid whose balance tells them: that of their cell.

    Levels are those of every fluid; they go with the first that tells something else.
    """
    assert model.rest is not None
    out: dict[Fluid, dict[str, tuple[Spot, Value]]] = {}
    levels: dict[str, tuple[Spot, Value]] = {}
    for path, (spot, value) in left.items():
        names = (*spot.cells[:1], *spot.entities[:1])
        cell = next((one for one in model.cells if one.name in names), None)
        if cell is None:
            levels[path] = spot, value
        else:
            out.setdefault(model.rest.fluid_of(called_at_rest(cell, model.rest)), {})[path] = spot, value
    if levels:
        alone: Fluid = "blood" if model.rest.volume is None else "tissue"
        first: Fluid = "tissue" if "tissue" in out else "blood" if "blood" in out else alone
        out[first] = levels | out.get(first, {})
    return out


def rest_model(model: Model, fluid: Fluid = "tissue") -> Model:
    """The undisturbed state of a resolved model as a model of its own: one pool, and one cell of every type in it.

    It holds what the texts of the library say that it begins from, and over that all that the model itself says, but
    no arms, no protocol and no labware.
    """
    assert model.rest is not None
    state = model.rest.of(fluid)
    brought = model.rest.like if fluid == "tissue" else ()  # glands and organs bring all that they need themselves
    base = [_resolved(name) for name in brought if name in library_rests()]
    texts = [one for one in base if one is not None]
    own = {called_at_rest(cell, model.rest) for cell in model.cells}
    cells = {cell.name: cell for text in texts for cell in text.cells if cell.name not in own}
    cells |= {cell.name: cell for cell in model.cells}
    reactions = {subject(one): one for text in (*texts, model) for one in text.reactions}
    every = (*texts, model)
    substances: dict[str, Substance] = {}
    for one in (one for text in every for one in text.substances):
        known = substances.get(one.name)
        silent = known is not None and one.half_life_in(fluid) is None
        loss = known.half_life if known is not None and silent else one.half_life
        update = {"start": state.levels.get(one.name), "half_life": loss}
        substances[one.name] = one.model_copy(update=update)
    start = tuple(StartCount(text=f"1 {name} in {PLACE}", count=1, cell=name, region=PLACE) for name in cells)
    day = Value(number=1.0, unit="day")
    return Model(
        name=f"{model.name} at rest", species=model.species, rest=state, folder=model.folder,
        sites=(Site(name=PLACE, kind="pool", volume=state.volume, fluid=fluid),), reactions=tuple(reactions.values()),
        cells=tuple(cells.values()), start=start, run=RunPlan(duration=day, step=Value(number=6.0, unit="min")),
        resolved=True, rules=model.rules,
        substances=tuple(substances.values()),
        matrix=tuple({one.name: one for text in every for one in text.matrix}.values()),
        vesicles=tuple({one.name: one for text in every for one in text.vesicles}.values()),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _resolved(name: str) -> Model | None:
    """The text of an undisturbed state with its parts and values; read once."""
    text = rest_text(name, Report())
    site = Site(name=PLACE, kind="pool", volume=None if text is None or text.rest is None else text.rest.volume)
    return None if text is None else resolve(text.model_copy(update={"part": None, "sites": (site,)}))
