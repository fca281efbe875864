"""The measured facts that speak of the values of a model, as a report shows them."""

from __future__ import annotations

from vesicula.evidence.answers import cited, number_text
from vesicula.evidence.facts import Fact
from vesicula.language.behind import facts_of, molar_mass_of, numbers_of
from vesicula.language.checking.facts import NO_CONTEXT
from vesicula.language.model import Model
from vesicula.language.values import Value
from vesicula.language.walk import values
from vesicula.results.description import FactLabel

MOST = 12  # of a value


class FactsBehind:
    """Facts by the path of a value."""

    def __init__(self, model: Model) -> None:
        self._model, self._known = model, facts_of(model)
        self._spots = {path: spot for path, (spot, _) in values(model).items()}

    def of(self, path: str, value: Value) -> tuple[FactLabel, ...]:
        """Facts that speak of a value, the cited ones first, then those of its own cell; at most `MOST`."""
        spot = self._spots.get(path)
        if spot is None or not spot.measured or spot.quantity in NO_CONTEXT:
            return ()
        behind = self._known.behind(spot)
        named = [self._known.by_id[key] for key in value.sources if key in self._known.by_id]
        facts = list({fact.id: fact for fact in (*named, *behind.all)}.values())[:MOST]
        mass = molar_mass_of(self._model, spot.substance)
        return tuple(_label(fact, value, mass, fact in named, fact in behind.same) for fact in facts)


def _label(fact: Fact, value: Value, mass: float | None, is_cited: bool, same: bool) -> FactLabel:
    ends = numbers_of(fact, value, mass)
    low = value.number if value.low is None else value.low
    high = value.number if value.high is None else value.high
    agrees = ends is not None and ends[0] <= high and low <= ends[1]
    number = number_text(fact.as_reported, fact.unit, fact)
    place = ", ".join(one for one in (fact.species, fact.cell, fact.place) if one and one != "none")
    text = f"{fact.what} ({place}; {cited(fact)})"
    return FactLabel(id=fact.id, text=text, number=number, agrees=agrees, cited=is_cited, same_cell=same)
