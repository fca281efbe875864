"""Cell types of a model from cell definitions, and what became of each of their values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from vesicula.io.physicell.account import Account, shown
from vesicula.io.physicell.cycles import FIXED_STEPS, Phase
from vesicula.io.physicell.outline import AT_ONCE, SHORTEST_WALK, Outline, tell_exchange
from vesicula.language.writing.models import Tree

SENSITIVE = "1e12"
"""Receptors of a cell that follows a gradient however shallow it is, as PhysiCell has it."""
SHORTEST_STAY = 0.01
"""Minutes that a dead cell stays at least: a text says no time of 0."""
ABOVE_LEVELS = 1000.0
"""Kd over the largest level of the project: far from saturation, differences add as gradients do."""


def cell_tree(outline: Outline, rules: list[str], account: Account, *, largest: float) -> dict[str, Tree]:
    """The block of one cell type. largest : level that is said of a substrate."""
    cell = outline.cell
    at = f"cells.{cell.name}"
    diameter = (6.0 * cell.volume / math.pi) ** (1.0 / 3.0)
    tree: dict[str, Tree] = {"diameter": f"{shown(diameter)} um @assumed"}
    account.converted(
        cell.places["volume"],
        f"{cell.said}: volume {cell.volume:g} micron^3",
        f"{at}.diameter: {diameter:.4g} um",
        "of a sphere",
    )
    tree |= _division(outline, rules, account)
    tree |= _deaths(outline, rules, account)
    tell_exchange(outline, account)
    secretes = _table(outline, " secretion", "molecules/min")
    tree |= {"secretes": secretes} if secretes else {}
    takes = _table(outline, " uptake", "um^3/min")
    tree |= {"takes up": takes} if takes else {}
    tree |= _eating(outline, account)
    moves = _moves(outline, account, largest=largest)
    tree |= {"moves": moves} if moves else {}
    tree |= _mechanics(outline, account)
    becomes = _becoming(outline, account)
    tree |= {"becomes": becomes} if becomes else {}
    return tree | ({"rules": list(rules)} if rules else {})


def _value(number: float, unit: str) -> str:
    return f"{shown(number)}{f' {unit}' if unit else ''}{' @assumed' if number else ''}"


def _table(outline: Outline, ending: str, unit: str) -> dict[str, Tree]:
    """Values above zero of behaviors with this ending, by the name before it."""
    return {
        words.removesuffix(ending): _value(number, unit)
        for words, number in outline.values.items()
        if words.endswith(ending) and number > 0
    }


def _ruled(rules: list[str], words: str) -> bool:
    """Whether a rule moves a behavior."""
    return any(f" raises {words} to " in one or f" lowers {words} to " in one for one in rules)


# --- life


def _division(outline: Outline, rules: list[str], account: Account) -> dict[str, Tree]:
    """`divides` or `cycle`, with the phase after which the cell divides as the last one."""
    cell, cycle = outline.cell, outline.cell.cycle
    phases = [Phase(one.name, min(one.rate, AT_ONCE), one.fixed) for one in cycle.phases]
    first = outline.values["division"]
    what = f"{cell.said}: cycle {cycle.form.name}, " + ", ".join(_phase_words(one) for one in cycle.phases)
    if first <= 0:
        account.converted(cycle.at, what, "no division", "a phase has no end")
        return {}
    phases[0] = Phase(phases[0].name, first, phases[0].fixed)
    ruled = _ruled(rules, "division")
    turned = cycle.form.divides + 1
    if turned < len(phases):
        if ruled:
            why = "a rule moves its first phase, so phases stand in their order, and the cell divides after the last"
            account.assumed(cycle.at, f"{cell.said}: divides after {phases[cycle.form.divides].name}", why)
        else:
            phases = [*phases[turned:], *phases[:turned]]
    if any(one.fixed for one in phases):
        why = f"steps of a phase are {FIXED_STEPS} at most, so that it scatters by 10 %"
        account.assumed(cycle.at, f"{cell.said}: fixed_duration", why, f"in {FIXED_STEPS} steps")
    kept = [one for k, one in enumerate(phases) if one.rate < AT_ONCE or (ruled and k == 0)]
    if not kept:
        cycle.at.refuse("file-number", "all phases of the cycle take no time", "give one a duration above zero")
    if len(cycle.phases) > 1:
        why = "cells of the start stand anywhere in their cycle; PhysiCell starts all in phase 0"
        account.assumed(cycle.at, f"{cell.said}: phase at the start", why)
    if len(kept) == 1:
        steps = FIXED_STEPS if kept[0].fixed else 1
        tree: dict[str, Tree] = {"divides": f"every {shown(1.0 / kept[0].rate)} min @assumed, in {steps} steps"}
        account.converted(cycle.at, what, f"cells.{cell.name}.divides: every {1.0 / kept[0].rate:.6g} min")
        return tree
    times: dict[str, Tree] = {
        one.name: f"{shown(1.0 / one.rate)} min @assumed{f', in {FIXED_STEPS} steps' if one.fixed else ''}"
        for one in kept
    }
    became = ", ".join(f"{one.name} {1.0 / one.rate:.6g} min" for one in kept)
    account.converted(cycle.at, what, f"cells.{cell.name}.cycle: {became}")
    return {"cycle": times}


def _phase_words(one: Phase) -> str:
    return f"{one.name} {one.rate:.4g} 1/min{' fixed' if one.fixed else ''}"


def _deaths(outline: Outline, rules: list[str], account: Account) -> dict[str, Tree]:
    cell = outline.cell
    tree: dict[str, Tree] = {}
    for kind in ("apoptosis", "necrosis"):
        rate = outline.values[kind]
        if rate > 0:
            tree[kind] = _value(rate, "/min")
            place = cell.places.get(kind, cell.at)
            account.converted(place, f"{cell.said}: {kind} death_rate {rate:g} 1/min", f"cells.{cell.name}.{kind}")
    stay = max(cell.stay, SHORTEST_STAY)
    tree["dead stay"] = _value(stay, "min")
    place = cell.places.get("apoptosis", cell.at)
    account.converted(
        place, f"{cell.said}: apoptosis lasts {cell.stay:g} min", f"cells.{cell.name}.dead stay: {stay:g} min"
    )
    if (outline.values["necrosis"] > 0 or _ruled(rules, "necrosis")) and cell.necrotic_stay != cell.stay:
        why = "all dead cells of a type stay equally long, and neither swell nor lyse"
        told = f"{cell.said}: necrosis lasts {cell.necrotic_stay:g} min"
        account.assumed(cell.places.get("necrosis", cell.at), told, why, f"{cell.stay:g} min")
    return tree


def _eating(outline: Outline, account: Account) -> dict[str, Tree]:
    cell, at = outline.cell, outline.cell.places["cell_interactions"]
    tree: dict[str, Tree] = {}
    eaten = _starting(outline.values, "killing of ")
    if eaten:
        tree["kills"] = {name: _value(rate, "/min") for name, rate in eaten.items()}
        for name, rate in eaten.items():
            why = "the prey dies and stays as a dead cell does; PhysiCell takes it away and the eater grows"
            account.assumed(
                at, f"{cell.said}: phagocytosis of live {name} at {rate:g} 1/min", why, f"cells.{cell.name}.kills"
            )
    engulfs = outline.values["engulfing"]
    others = {kind: rate for kind, rate in cell.engulfs.items() if rate != cell.engulfs["apoptotic"]}
    for kind, rate in others.items():
        why = "dead cells are cleared at one rate, whatever they died of; that of apoptotic ones is taken"
        account.unequal(at, f"{cell.said}: {kind.replace(' ', '_')}_phagocytosis_rate {rate:g} 1/min", why)
    if engulfs > 0:
        tree["engulfs"] = _value(engulfs, "/min")
        account.converted(
            at, f"{cell.said}: apoptotic_phagocytosis_rate {engulfs:g} 1/min", f"cells.{cell.name}.engulfs"
        )
    return tree


def _becoming(outline: Outline, account: Account) -> list[str]:
    cell = outline.cell
    found = _starting(outline.values, "becoming ")
    for said, rate in cell.becomes.items():
        name = outline.cells.told[said]
        if not rate or name not in found:
            continue
        what = f"{cell.said}: transformation_rate to {said} {rate:g} 1/min"
        account.converted(cell.places["cell_transformations"], what, f"cells.{cell.name}.becomes")
    return [f"{name} at {_value(rate, '/min')}" for name, rate in found.items()]


def _starting(values: Mapping[str, float], beginning: str) -> dict[str, float]:
    return {
        words.removeprefix(beginning): number
        for words, number in values.items()
        if words.startswith(beginning) and number > 0
    }


# --- place


def _mechanics(outline: Outline, account: Account) -> dict[str, Tree]:
    cell, values = outline.cell, outline.values
    at, place = f"cells.{cell.name}", cell.places["mechanics"]
    tree: dict[str, Tree] = {
        "adhesion": _value(values["adhesion"], "um/min"), "repulsion": _value(values["repulsion"], "um/min"),
        "reach": _value(max(cell.reach, 1.0), ""),
    }  # fmt: skip
    what = f"{cell.said}: adhesion {cell.adhesion:.6g}, repulsion {cell.repulsion:g} micron/min, reach {cell.reach:g}"
    account.converted(place, what, f"{at}.adhesion, .repulsion, .reach", "the same law")
    if "equilibrium" in cell.places:
        why = "the adhesion at which two such cells rest at this distance"
        element = cell.places["equilibrium"]
        account.converted(
            element, f"{cell.said}: {element.tag} {element.text}", f"{at}.adhesion: {cell.adhesion:.6g} um/min", why
        )
    if cell.reach < 1.0:
        account.assumed(place, f"{cell.said}: reach {cell.reach:g}", "adhesion does not end before cells touch", "1")
    other = {outline.cells.told[said]: one for said, one in cell.affinity.items() if one != 1.0}
    if other:
        tree["affinity"] = {name: shown(one) if one == 0 else f"{shown(one)} @assumed" for name, one in other.items()}
        account.converted(place, f"{cell.said}: {len(other)} affinities other than 1", f"{at}.affinity")
    return tree


def _moves(outline: Outline, account: Account, *, largest: float) -> dict[str, Tree]:
    cell, moving, values = outline.cell, outline.cell.moving, outline.values
    if moving is None:
        return {}
    at = f"cells.{cell.name}.moves"
    tree: dict[str, Tree] = {
        "speed": _value(values["migration speed"], "um/min"), "persistence": _value(values["persistence"], "min"),
        "bias": _value(values["bias"], ""),
    }  # fmt: skip
    what = f"{cell.said}: speed {moving.speed:g} micron/min, persistence_time {moving.persistence:g} min"
    account.converted(moving.at, what, at, "turns at the same rate")
    if moving.persistence < SHORTEST_WALK:
        why = "PhysiCell turns a cell once in a mechanics step"
        account.assumed(
            moving.at, f"{cell.said}: persistence_time {moving.persistence:g} min", why, f"{SHORTEST_WALK} min"
        )
    if moving.bias and not moving.weights:
        account.assumed(
            moving.at,
            f"{cell.said}: migration_bias {moving.bias:g}",
            "no chemotaxis is enabled, so the walk has none",
            "0",
        )
    if moving.flat and not outline.flat:
        account.unequal(
            moving.at, f"{cell.said}: use_2D of motility", "in a site with three edges cells walk along all"
        )
    toward: dict[str, Tree] = {}
    for said, scale in outline.substrates.items():
        weight = values.get(f"attraction to {scale.name}")
        if weight is None:
            continue
        toward[scale.name] = {
            "weight": _value(weight, ""), "Kd": f"{scale.value(ABOVE_LEVELS * largest)} @assumed",
            "receptors": f"{SENSITIVE} @assumed", "off": "1 /min @assumed",
        }  # fmt: skip
        account.converted(
            moving.at, f"{cell.said}: chemotaxis to {said}, weight {weight:g}", f"{at}.toward.{scale.name}"
        )
    if toward:
        tree["toward"] = toward
        why = (
            "so many receptors that any gradient is followed; the direction follows it all the time, not only at turns"
        )
        account.assumed(moving.at, f"{cell.said}: chemotaxis", why, f"{SENSITIVE} receptors")
    if moving.normalized and len(moving.weights) > 1:
        why = "gradients add by their strength; none is taken as a direction alone"
        account.unequal(moving.at, f"{cell.said}: normalize_each_gradient true", why)
    return tree
