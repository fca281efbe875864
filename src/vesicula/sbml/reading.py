"""An SBML file as data, by libSBML. What has no equal here is refused by its name, with the line where it stands."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import import_module
from typing import Any

from vesicula.sbml.expressions import TIME, Expression, Number, Symbol, apply, symbols
from vesicula.sbml.file import Event, Kinetics, Quantity, Reaction, Unit
from vesicula.sbml.formulas import Formulas, NoEqual
from vesicula.sbml.measured import Part, over, unit_of
from vesicula.sbml.refused import Refusal, refuse_file

INSTALL = 'pip install "vesicula[sbml]"'


class Unreadable(Exception):
    """A file that cannot be a network of cells; `refusals` say why."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(f"line {one.line}: {one.what}" for one in refusals))
        self.refusals = refusals


@lru_cache(maxsize=16)
def read(name: str, content: bytes) -> Kinetics:
    """The network that the content of a file describes. Raises Unreadable; ImportError without libSBML."""
    libsbml = import_module("libsbml")
    document = libsbml.readSBMLFromString(content.decode("utf-8-sig", "replace"))
    refuse = refuse_file(document, libsbml)
    model = document.getModel()
    if refuse or model is None:
        raise Unreadable(refuse or (Refusal("there is no model in it", "name an SBML file", 1),))
    found = _Reader(libsbml, model).whole()
    return replace(found, file=name, digest=hashlib.sha256(content).hexdigest())


class _Reader:
    """Reads one model of libSBML; collects what is refused."""

    def __init__(self, sbml: Any, model: Any) -> None:
        self.sbml, self.model = sbml, model
        self.formulas = Formulas(sbml)
        self.refusals: list[Refusal] = []
        self.quantities: dict[str, Quantity] = {}
        self.initials: dict[str, Expression] = {}
        self.assignments: dict[str, Expression] = {}
        self.rates: dict[str, Expression] = {}

    def whole(self) -> Kinetics:
        """All of the model. Raises Unreadable."""
        model = self.model
        for one in model.getListOfFunctionDefinitions():
            try:
                self.formulas.define(one)
            except NoEqual as problem:
                self.refuse(one, str(problem))
        self.collect()
        reactions = tuple(self.reaction(one) for one in model.getListOfReactions())
        self.rules()
        events = tuple(self.event(one, number) for number, one in enumerate(model.getListOfEvents()))
        known = {*self.quantities, *(one.name for one in reactions)}
        self.unknown(known, reactions, events)
        if self.refusals:
            raise Unreadable(tuple(self.refusals))
        return Kinetics(
            file="", quantities=self.quantities, reactions=reactions, assignments=self.assignments, rates=self.rates,
            initials=self.initials, events=events, time=self.unit(self.of_model("time")), digest="",
        )  # fmt: skip

    def refuse(self, one: Any, what: str, remedy: str = "take it out of the file, or use another file") -> None:
        """Keep why the file is refused."""
        self.refusals.append(Refusal(what, remedy, max(int(one.getLine()), 1)))

    def formula(self, one: Any, math_of: Any, local: Mapping[str, Expression] | None = None) -> Expression:
        """A formula, not a number where it is refused or missing."""
        if math_of is None:
            return Number(math.nan)
        try:
            return self.formulas.read(math_of, local or {})
        except NoEqual as problem:
            self.refuse(one, f"{problem} has no equal here")
            return Number(math.nan)

    # --- units

    def of_model(self, what: str) -> str:
        """Id of the unit of `substance`, `volume`, …: as the model says, in levels 1 and 2 with their own defaults."""
        said = getattr(self.model, f"get{what.capitalize()}Units")() if self.model.getLevel() > 2 else ""
        return said if self.model.getLevel() > 2 else what

    def unit(self, name: str) -> Unit | None:
        """The unit of that id, None where there is none."""
        if not name:
            return None
        definition = self.model.getUnitDefinition(name)
        if definition is not None:
            parts = definition.getListOfUnits()
            return unit_of(self.part(one) for one in parts) if definition.getNumUnits() else None
        default = {"substance": "mole", "volume": "litre", "area": "metre", "length": "metre", "time": "second"}
        if self.model.getLevel() < 3 and name in default:
            unit = self.unit(default[name])
            if unit is None or name != "area":
                return unit
            return Unit(unit.factor**2, tuple((what, 2 * power) for what, power in unit.base))
        if self.sbml.UnitKind_forName(name) == self.sbml.UNIT_KIND_INVALID:
            return None
        return unit_of([(name, 1.0, 0, 1.0)])

    def part(self, one: Any) -> Part:
        """A part of a unit."""
        kind = self.sbml.UnitKind_toString(one.getKind())
        return kind, one.getExponentAsDouble(), one.getScale(), one.getMultiplier()

    # --- quantities

    def collect(self) -> None:
        """Compartments, species, parameters and stoichiometries with an id."""
        for one in self.model.getListOfCompartments():
            what = {0.0: "", 1.0: "length", 2.0: "area"}.get(one.getSpatialDimensionsAsDouble(), "volume")
            start = one.getSize() if one.isSetSize() else (1.0 if self.model.getLevel() == 1 else None)
            unit = self.unit(one.getUnits() or (self.of_model(what) if what else ""))
            self.keep(one, Quantity(one.getId(), "compartment", start, one.getLine(), unit=unit))
        for one in self.model.getListOfSpecies():
            self.species(one)
        for one in self.model.getListOfParameters():
            start = one.getValue() if one.isSetValue() else None
            self.keep(one, Quantity(one.getId(), "parameter", start, one.getLine(), unit=self.unit(one.getUnits())))
        for reaction in self.model.getListOfReactions():
            for one in (*reaction.getListOfReactants(), *reaction.getListOfProducts()):
                if one.isSetId() and one.getId():
                    start = one.getStoichiometry() if one.isSetStoichiometry() else None
                    self.keep(one, Quantity(one.getId(), "stoichiometry", start, one.getLine()))
        for one in self.model.getListOfInitialAssignments():
            self.initials[one.getSymbol()] = self.formula(one, one.getMath())

    def keep(self, one: Any, found: Quantity) -> None:
        """Keep a quantity, with whether it is constant."""
        constant = bool(one.getConstant()) if hasattr(one, "getConstant") else True
        start = None if found.start is not None and math.isnan(found.start) else found.start
        self.quantities[found.name] = replace(found, start=start, constant=constant)

    def species(self, one: Any) -> None:
        """A species: its id means an amount where it has only substance units or its compartment has no size."""
        place = self.model.getCompartment(one.getCompartment())
        flat = place is not None and place.getSpatialDimensionsAsDouble() == 0
        only_amount = bool(one.getHasOnlySubstanceUnits()) or flat
        amount = self.unit(one.getSubstanceUnits() or self.of_model("substance"))
        size = self.quantities.get(one.getCompartment())
        start = one.getInitialConcentration() if one.isSetInitialConcentration() else None
        if one.isSetInitialAmount():
            start = one.getInitialAmount()
        factor = one.getConversionFactor() if self.model.getLevel() > 2 else ""
        if not factor and self.model.getLevel() > 2:
            factor = self.model.getConversionFactor()
        self.keep(
            one,
            Quantity(
                one.getId(), "species", start, one.getLine(), is_amount=one.isSetInitialAmount() or flat,
                compartment=one.getCompartment(), only_amount=only_amount, boundary=bool(one.getBoundaryCondition()),
                per_extent=factor, unit=amount if only_amount else over(amount, size.unit if size else None),
            ),
        )  # fmt: skip

    # --- what happens

    def reaction(self, one: Any) -> Reaction:
        """A reaction with its rate, in amount per time."""
        if one.isSetFast() and one.getFast():
            self.refuse(one, f"`{one.getId()}` is a fast reaction", "give it a rate, or replace it by a rule")
        law = one.getKineticLaw()
        if law is None or law.getMath() is None:
            remedy = "give it a kinetic law: cells need rates"
            self.refuse(one, f"`{one.getId()}` has no kinetic law", remedy)
            return Reaction(one.getId(), Number(math.nan), (), one.getLine())
        own = law.getListOfLocalParameters() if self.model.getLevel() > 2 else law.getListOfParameters()
        local = {each.getId(): Number(each.getValue() if each.isSetValue() else math.nan) for each in own}
        rate = self.formula(law, law.getMath(), local)
        changes = [(each.getSpecies(), apply("negate", self.stoichiometry(each))) for each in one.getListOfReactants()]
        changes += [(each.getSpecies(), self.stoichiometry(each)) for each in one.getListOfProducts()]
        return Reaction(one.getId(), rate, tuple(changes), one.getLine())

    def stoichiometry(self, one: Any) -> Expression:
        """How many of a species a reaction takes or makes."""
        if one.isSetId() and one.getId() in self.quantities and self.model.getLevel() > 2:
            return Symbol(one.getId())
        varying = one.getStoichiometryMath() if self.model.getLevel() == 2 else None
        if varying is not None and varying.getMath() is not None:
            return self.formula(one, varying.getMath())
        if self.model.getLevel() > 2 and not one.isSetStoichiometry():
            self.refuse(one, f"the stoichiometry of `{one.getSpecies()}` is not stated", "write `stoichiometry`")
        return Number(one.getStoichiometry() / (one.getDenominator() if self.model.getLevel() < 2 else 1))

    def rules(self) -> None:
        """Rules that assign, and rules that say a rate."""
        for one in self.model.getListOfRules():
            if one.isAlgebraic():
                self.refuse(one, "an algebraic rule stands there", "solve it by hand, and write an assignment rule")
                continue
            found = self.formula(one, one.getMath())
            (self.rates if one.isRate() else self.assignments)[one.getVariable()] = found

    def event(self, one: Any, number: int) -> Event:
        """An event; a delay is refused."""
        name = one.getId() or f"event {number + 1}"
        if one.isSetDelay() and self.formula(one, one.getDelay().getMath()) != Number(0.0):
            self.refuse(one, f"the event `{name}` has a delay", "let a parameter with a rate rule count the time")
        trigger = one.getTrigger()
        if trigger is None or trigger.getMath() is None:
            self.refuse(one, f"the event `{name}` has no trigger", "give it one")
            return Event(name, Number(0.0), (), one.getLine())
        newer = self.model.getLevel() > 2
        priority = one.getPriority() if newer and one.isSetPriority() else None
        return Event(
            name=name, trigger=self.formula(trigger, trigger.getMath()),
            assignments=tuple(
                (each.getVariable(), self.formula(each, each.getMath()))
                for each in one.getListOfEventAssignments()
                if each.getMath() is not None
            ),
            line=one.getLine(), at_start=bool(trigger.getInitialValue()) if newer else True,
            persistent=bool(trigger.getPersistent()) if newer else True,
            values_then=bool(one.getUseValuesFromTriggerTime()),
            priority=None if priority is None else self.formula(priority, priority.getMath()),
        )  # fmt: skip

    def unknown(self, known: set[str], reactions: tuple[Reaction, ...], events: tuple[Event, ...]) -> None:
        """Refuse what changes or reads an id that the file does not have."""
        formulas = [*self.assignments.values(), *self.rates.values(), *self.initials.values()]
        formulas += [one.rate for one in reactions] + [one.trigger for one in events]
        formulas += [value for one in events for _, value in one.assignments]
        formulas += [number for one in reactions for _, number in one.changes]
        read = {name for one in formulas for name in symbols(one)} - {TIME.name}
        changed = {*self.assignments, *self.rates, *self.initials}
        changed |= {name for one in events for name, _ in one.assignments}
        changed |= {name for one in reactions for name, _ in one.changes}
        for name in sorted((read | changed) - known):
            self.refuse(self.model, f"`{name}` is read or changed, and the file does not have it", "correct the file")
