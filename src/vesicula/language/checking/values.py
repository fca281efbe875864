"""Checks of single values: units, signs, ranges, sources; and of the few that must fit together."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from vesicula.errors import UnitError
from vesicula.evidence.classes import CLAIM_ID, SOURCE_KEYWORDS, EvidenceClass
from vesicula.evidence.references import Reference
from vesicula.language.model import FLUIDS, Cell, Model
from vesicula.language.names import Names
from vesicula.language.resolving import DEFAULT_STEP
from vesicula.language.sentences import Edge, Keeps, KeepsItself, Rule
from vesicula.language.spots import Spot
from vesicula.language.text import Report
from vesicula.language.values import Location, Value, odds
from vesicula.language.walk import values
from vesicula.units import DIMENSIONS, convert, internal

BOUNDED = ("ec50", "weight", "hill", "spread", "drift", "reach", "molar mass", "diameter", "on above", "off below")
"""Quantities whose nature bounds them, so that a narrow range claims nothing."""
OF_ONE_SIZE = ("length", "area", "volume", "molar mass", "mass", "temperature", "solubility")
"""Dimensions of what has about one size: unlike a rate or a number of molecules, it is never unknown by a factor 10."""
RARE = 0.1
"""A share below this is a rate in all but name: it may well be unknown by a factor 10."""
ASSUMED_SPAN = 10.0
FAR_BELOW = 10.0
"""Times that a time is shorter than the macro step, from where it is told."""
DEFAULT_EC50, DEFAULT_HILL = 0.5, 1.4


def check_values(model: Model, references: Mapping[str, Reference], report: Report) -> None:
    """Every value of a completed model."""
    names = Names(model)
    for spot, value in values(model).values():
        if not value.has_number:
            continue
        if _dimension(spot, value, names, report):
            _number(spot, value, report)
            _range(spot, value, report)
        if value.parameter is None:
            _evidence(spot, value, report)
        _references(spot, value, references, report)


def _place(spot: Spot, value: Value) -> Location | None:
    return value.where or spot.where


def molar_mass(names: Names, substance: str | None) -> float | None:
    """Molar mass of a substance in Da, None where the model does not say."""
    found = names.substances.get(substance or "")
    return stated(found.molar_mass, "molar mass") if found is not None else None


def solubility(names: Names, substance: str | None) -> float | None:
    """Solubility of a substance in molecules/µm³ per mmHg, None where the model does not say."""
    found = names.substances.get(substance or "")
    return stated(found.solubility, "solubility") if found is not None else None


def stated(value: Value | None, dimension: str) -> float | None:
    """A value in internal units; None where it is not said, or not right (told with the units)."""
    if value is None or not value.has_number:
        return None
    try:
        return internal(value, dimension)
    except UnitError:
        return None


def _dimension(spot: Spot, value: Value, names: Names, report: Report) -> bool:
    """Whether the unit fits."""
    dimensions = (spot.dimension,)
    if spot.dimension == "cells per area":
        dimensions = ("cells per area", "cells per volume")
    elif spot.dimension in ("number", "copies") and value.unit == "%":
        dimensions = ("share",)
    mass = molar_mass(names, spot.substance)
    if spot.dimension == "concentration" and spot.substance is None:
        mass = 1.0  # of an inhibitor, which is compared with another concentration of the same thing
    problem: UnitError | None = None
    for dimension in dimensions:
        try:
            convert(
                value.number, value.unit, dimension,
                molar_mass=mass, solubility=solubility(names, spot.substance),
            )  # fmt: skip
        except UnitError as error:
            problem = problem or error
        else:
            return True
    if problem is not None:
        what = f" ({spot.quantity})" if spot.quantity else ""
        report.add(problem.code, _place(spot, value), f"{problem.message}{what}", problem.remedy)
    return False


def _number(spot: Spot, value: Value, report: Report) -> None:
    where = _place(spot, value)
    what = spot.quantity or spot.path
    lowest = min(one for one in (value.number, value.low) if one is not None)
    if spot.sign != "any" and lowest < 0:
        report.add("negative", where, f"{what} cannot be below zero", "write a number of zero or more")
    elif spot.sign == "positive" and value.number == 0:
        report.add("not-positive", where, f"{what} cannot be zero", "write a number above zero")
    if spot.quantity in ("spread", "drift") and lowest < 1:
        report.add("spread", where, f"{what} is a geometric SD", "write a number of at least 1, for example `1.3`")
    if DIMENSIONS[spot.dimension].share:
        scale = 0.01 if value.unit == "%" else 1.0
        highest = max(one for one in (value.number, value.high) if one is not None) * scale
        if highest > 1:
            remedy = "write a share of at most 100 %, for example `30 %` or `0.3`"
            report.add("share", where, f"{what} is a share, and this is {highest:g}", remedy)


def _range(spot: Spot, value: Value, report: Report) -> None:
    low, high = value.low, value.high
    if low is None or high is None:
        return
    where = _place(spot, value)
    if not low < high or not low <= value.number <= high:
        message = f"{value.number:g} does not lie in {low:g}..{high:g}"
        report.add("range", where, message, "the range is `(low..high)` in the unit of the value, around it")
        return
    assumed = value.evidence is EvidenceClass.ASSUMED and (not value.range_sources or "assumed" in value.range_sources)
    if not assumed or value.parameter is not None or spot.quantity in BOUNDED or not spot.measured:
        return
    scale = 0.01 if value.unit == "%" else 1.0
    if spot.dimension in OF_ONE_SIZE or (DIMENSIONS[spot.dimension].share and high * scale > RARE):
        return
    unit_interval = spot.dimension in ("number", "factor") and high <= 1 and low <= 0.1 and high >= 0.9
    least, most, of = low, high, ""
    if spot.quantity == "limit":
        least, most = (odds(end * scale, raised=value.number * scale > 1) for end in (low, high))
        of = " of what the rule adds" if value.number * scale > 1 else " of what the rule leaves over what it takes"
    if least > 0 and most / least < ASSUMED_SPAN * (1 - 1e-9) and not unit_interval:
        message = f"{low:g}..{high:g} is a factor {most / least:.3g}{of}, and nobody measured it"
        remedy = "widen it to a factor 10, or name the source of the value"
        report.warn("narrow-range", where, message, remedy)


def _evidence(spot: Spot, value: Value, report: Report) -> None:
    """Warnings where a value of nature has no source or no range."""
    if not spot.measured or spot.quantity == "median" or (value.number == 0 and value.low is None):
        return
    where = _place(spot, value)
    what = spot.quantity or spot.path
    if not value.sources and not value.range_sources:
        message = f"nothing says where this {what} is from"
        remedy = "add `@key` or `@assumed`"
        if value.low is None:
            message, remedy = f"{message}, or how well it is known", f"{remedy}, and a range `(low..high)`"
        report.warn("no-source", where, message, remedy)
    elif value.low is None:
        report.warn("no-range", where, f"nothing says how well this {what} is known", "add its range: `(low..high)`")


def _references(spot: Spot, value: Value, references: Mapping[str, Reference], report: Report) -> None:
    if value.parameter is not None:
        return
    for key in (*value.sources, *value.range_sources):
        if key not in references and key not in SOURCE_KEYWORDS and not CLAIM_ID.fullmatch(key):
            message = f"no list of references has `{key}`, so the value counts as assumed"
            remedy = "add it to `references.bib` beside the model, or write `@assumed`"
            report.warn("unknown-reference", _place(spot, value), message, remedy)


# --- values that must fit together


def check_half_lives(model: Model, report: Report) -> None:
    """Half-lives, in the fluids that there are, which are far below the macro step."""
    step = stated(model.run.step or DEFAULT_STEP, "time")
    if step is None:
        return
    absent = {*FLUIDS} - {site.bathed_in for site in model.sites}
    for spot, value in values(model).values():
        if spot.quantity != "half-life" or spot.dimension != "time" or (model.sites and spot.condition in absent):
            continue
        half_life = stated(value, "time")
        if half_life is not None and 0.0 < half_life * FAR_BELOW < step:
            message = f"a half-life of {half_life:.3g} min is far below the step of {step:g} min"
            remedy = f"take a step of about {half_life:.2g} min, or leave it where only levels over days matter"
            report.warn("fast-loss", _place(spot, value), message, remedy)


def check_fits(model: Model, report: Report) -> None:
    """Thresholds of edges, memory, and limits of rules."""
    for cell in model.cells:
        _inside(cell, report)
        for rule in cell.rules:
            if isinstance(rule, Rule):
                _limit(rule, report)
            else:
                _kept(rule, report)


def _inside(cell: Cell, report: Report) -> None:
    for sentence in cell.inside:
        if isinstance(sentence, Edge):
            _threshold(sentence, report)
        elif isinstance(sentence, KeepsItself):
            on, off = sentence.on_above.number, sentence.off_below.number
            if not 0 < off < on < 1 and not sentence.on_above.from_library:
                message = f"on above {on:g} and off below {off:g}"
                report.add("memory", sentence.where, message, "write for example `on above 0.4, off below 0.1`")


def _threshold(edge: Edge, report: Report) -> None:
    """Normalised Hill (`engine.networks`): B = (EC50^n − 1)/(2 EC50^n − 1) is above zero only where EC50^n < 1/2."""
    ec50 = edge.ec50.number if edge.ec50 is not None and not edge.ec50.from_library else DEFAULT_EC50
    hill = edge.hill.number if edge.hill is not None and not edge.hill.from_library else DEFAULT_HILL
    if ec50 < 0 or hill <= 0:
        return
    product = ec50**hill
    if product >= 0.5:
        where = (edge.ec50.where if edge.ec50 is not None else None) or edge.where
        message = f"{ec50:g}^{hill:g} is {product:.2g}, and must be below 0.5"
        report.add("hill", where, message, "lower `ec50` or raise `hill`, for example `ec50 0.5, hill 1.4`")


def _limit(rule: Rule, report: Report) -> None:
    number, low, high = _multiples(rule.limit)
    if rule.direction == "raises" and number <= 1:
        remedy = "write a multiple above 1, for example `to 5x`, or say `lowers`"
        report.add("limit", rule.limit.where, f"to {number:g}x does not raise", remedy)
    elif rule.direction == "lowers" and number >= 1:
        remedy = "write a multiple below 1, for example `to 0.2x`, or say `raises`"
        report.add("limit", rule.limit.where, f"to {number:g}x does not lower", remedy)
    elif low is not None and high is not None and low < 1 < high:
        raised = number > 1
        end = odds(number, raised=raised) ** 2 / odds(high if raised else low, raised=raised) if high > low > 0 else inf
        near = 1 + end if raised else 1 / (1 + 1 / end)
        ends = f"{near:.3g}..{high:g}" if raised else f"{low:g}..{near:.3g}"
        message = f"some of {low:g}..{high:g} would turn the rule round"
        report.add("limit", rule.limit.where, message, f"end the range on this side of 1, for example `({ends})`")


def _kept(rule: Keeps, report: Report) -> None:
    limit = rule.limit
    if limit is None:
        return
    number, _, high = _multiples(limit)
    remedy = "write a multiple below 1, for example `to 0.1x`"
    if number >= 1:
        report.add("limit", limit.where, "`keeps` lowers the ways out of a state", remedy)
    elif high is not None and high > 1:
        report.add("limit", limit.where, f"a range up to {high:g} would turn `keeps` round", "end it below 1")


def _multiples(limit: Value) -> tuple[float, float | None, float | None]:
    """A limit and the ends of its range as multiples of 1."""
    whole = 100 if limit.unit == "%" else 1
    low, high = (None if end is None else end / whole for end in (limit.low, limit.high))
    return limit.number / whole, low, high
