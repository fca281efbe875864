"""Checks of names: everything a sentence speaks of must be in the model, and mean one thing."""

from __future__ import annotations

from collections.abc import Iterable

from vesicula.evidence.claims import ledger_of
from vesicula.evidence.classes import CLAIM_ID
from vesicula.language.bases import base_values
from vesicula.language.bench import place_names
from vesicula.language.body import Leaves
from vesicula.language.fields import entries
from vesicula.language.grammar.rules import behaviour_words, parse_behaviour
from vesicula.language.model import Cell, Matrix, Model, Vesicle
from vesicula.language.names import Names, terms
from vesicula.language.sentences import (
    Becomes,
    BehaviourText,
    ContactSignal,
    Drives,
    Edge,
    Keeps,
    Makes,
    PressureSignal,
    ReactionText,
    RuleText,
    Sentence,
    SignalText,
    place_in,
    sentences_of,
)
from vesicula.language.slots import Kind, kinds_of, name_fields
from vesicula.language.text import Report
from vesicula.language.values import Location
from vesicula.language.verbs import VERBS
from vesicula.units import nearest

FLUID_ONLY = "a substance of this model"
VESICLE = "a vesicle class of this model"
CELL = "a cell of this model"


class NameCheck:
    """Checks of one model."""

    def __init__(self, model: Model, report: Report):
        self.model = model
        self.report = report
        self.names = Names(model)

    def run(self) -> None:
        """All checks."""
        for one in self.model.reactions:
            self.reaction(one)
        for one in self.model.matrix:
            self.matrix(one)
        for one in self.model.vesicles:
            self.vesicle(one)
        for one in self.model.cells:
            self.cell(one)
        self.claims()

    def known(
        self, name: str, among: Iterable[str], what: str, where: Location | None, remedy: str | None = None
    ) -> bool:
        """Whether a name is among the known ones; a diagnostic with the nearest if not."""
        options = list(among)
        if name in options:
            return True
        near = nearest(name, options)
        hint = f"did you mean `{near}`?" if near else remedy or f"add it to the model, or write {what}"
        self.report.add("unknown-name", where, f"`{name}` is not {what}", hint)
        return False

    def claims(self) -> None:
        """Claim ids of the model and of its sentences."""
        for claim in self.model.claims:
            self.claim(claim, self.model.places.get(f"claims.{claim}"))
        for sentence in sentences_of(self.model):
            for source in sentence.sources:
                if CLAIM_ID.fullmatch(source):
                    self.claim(source, place_in(sentence, f"@{source}"))

    def claim(self, claim: str, where: Location | None) -> None:
        """One claim id."""
        if claim in ledger_of():
            return
        near = nearest(claim, ledger_of())
        remedy = f"did you mean `{near}`?" if near else "claims are be-001 …, bm-…, mt-…, cr-…, sr-…"
        self.report.add("unknown-claim", where, f"no ledger has the claim `{claim}`", remedy)

    # --- molecules, matrix, vesicles

    def substance(self, name: str, where: Location | None) -> None:
        """A dissolved molecule."""
        self.of_kind("substance", name, where)

    def reaction(self, one: ReactionText) -> None:
        """The partners of a reaction."""
        self.named(one)
        if isinstance(one, Makes):
            self.enzyme(one)

    def enzyme(self, one: Makes) -> None:
        """Where an enzyme sits."""
        where = place_in(one, one.enzyme)
        if one.place is None:
            self.substance(one.enzyme, where)
            return
        if one.place in self.names.cells:
            held: Iterable[str] = self.names.cells[one.place].surface
            remedy = f"add `surface: {{{one.enzyme}: 1e4 copies}}` to {one.place}"
        elif one.place in self.names.vesicles:
            vesicle = next(v for v in self.model.vesicles if v.name == one.place)
            held = [cargo.name for cargo in vesicle.carries if cargo.place == "surface"]
            remedy = f"let {one.place} carry `{one.enzyme}: {{copies: 10 copies/EV, place: surface, type: protein}}`"
        else:
            both = [*self.names.cells, *self.names.vesicles]
            self.known(one.place, both, "a cell or vesicle class of this model", place_in(one, one.place))
            return
        self.known(one.enzyme, held, f"on the surface of {one.place}", where, remedy)

    def matrix(self, one: Matrix) -> None:
        """Names in a matrix block."""
        regions = {*self.names.regions(), *self.names.sites}
        regions |= {name for labware in self.model.labware for name in place_names(labware)}
        for region, share in one.fills.items():
            if self.model.sites or self.model.labware:
                self.known(region, regions, "a region or site of this model", share.where or one.where)
        for table in (one.stores, one.new_stores):
            for name, value in table.items():
                self.substance(name, value.where or one.where)
        through = [*self.names.substances, *self.names.vesicles, "all"]
        for name, value in one.passage.items():
            self.known(name, through, "a substance, a vesicle class or `all`", value.where or one.where)
        for name, (on, _) in one.holds.items():
            self.known(name, self.names.vesicles, "a vesicle class of this model", on.where or one.where)
        for sentence in one.degraded:
            self.named(sentence, "enzyme")
            self.known(
                sentence.matrix,
                [one.name],
                f"{one.name}, in whose block it stands",
                place_in(sentence, sentence.matrix),
            )

    def vesicle(self, one: Vesicle) -> None:
        """The donor."""
        if one.donor is not None:
            remedy = "add the cell, or leave `from` out for an added preparation"
            self.known(one.donor, self.names.cells, "a cell of this model", one.where, remedy)

    # --- cells

    def state(self, cell: Cell, state: str | None, where: Location | None) -> None:
        """A state of a cell."""
        if state is not None:
            self.of_kind("state", state, where, cell)

    def tables(self, cell: Cell) -> None:
        """Names in the tables of a cell and of its motion, each of the one kind that its field says; its vesicles have
        a check of their own.
        """
        for block in (cell, cell.moves):
            for field in () if block is None else entries(type(block)):
                kinds = () if field.form != "values" or block is None else kinds_of(block, field.attribute)
                if len(kinds) == 1 and kinds != ("vesicle",):
                    for name, value in getattr(block, field.attribute).items():
                        self.of_kind(kinds[0], name, value.where or cell.where, cell)

    def cell(self, cell: Cell) -> None:
        """All names in a cell."""
        self.tables(cell)
        for name, value in cell.releases.items():
            self.donor(cell, name, value.where or cell.where)
        for name in cell.vesicle_fate:
            self.known(name, self.names.vesicle_words(), VESICLE, cell.where)
        for state in (*cell.divides_while, *cell.while_state):
            stated = cell.divides or cell.doubles
            self.state(cell, state, (stated.where if stated is not None else None) or cell.where)
        for phase in cell.cycle:
            for state in phase.lasts_while:
                self.state(cell, state, phase.lasts.where or cell.where)
        for base in cell.while_state.values():
            for words, value in base.values.items():
                self.behaviour(cell, parse_behaviour(words), value.where or cell.where)
        for trait in cell.traits:
            for words in trait.multiplies:
                self.behaviour(cell, parse_behaviour(words), trait.where)
        for one in cell.becomes:
            self.becomes(cell, one)
        for sentence in cell.inside:
            if isinstance(sentence, Edge):
                for term in terms(sentence.gate):
                    self.signal(cell, term.signal, sentence)
            elif isinstance(sentence, Drives):
                self.signal(cell, sentence.signal, sentence)
        for rule in cell.rules:
            self.rule(cell, rule)

    def donor(self, cell: Cell, name: str, where: Location | None) -> None:
        """Vesicles that a cell releases: a class that comes from it and from no other."""
        classes = {vesicle.name: vesicle for vesicle in self.model.vesicles}
        other = self.names.cells.get(classes[name].donor or "") if name in classes else None
        if other is None or other is cell:
            own = [vesicle for vesicle, one in classes.items() if one.donor == cell.name]
            self.known(name, own, f"a vesicle class from {cell.name}", where)
            return
        message = f"{cell.name} releases `{name}`, which comes from {other.name}, and a class has one donor"
        remedy = f"give {cell.name} a class of its own, with `from: {cell.name}`"
        if cell.base is not None and cell.base == other.base:
            where = classes[name].where or where
            remedy = f"let `{name}` come `from: {cell.base}`: then {other.name} and {cell.name} have each their own"
        self.report.add("second-donor", where, message, remedy)

    def becomes(self, cell: Cell, one: Becomes) -> None:
        """A transition."""
        where = place_in(one, one.to)
        if one.to not in cell.states:
            both = [*cell.states, *self.names.cells]
            if self.known(one.to, both, f"a state of {cell.name} or a cell of this model", where):
                target = self.names.cells[one.to]
                self.state(target, one.to_state, place_in(one, one.to_state or ""))
        self.state(cell, one.from_state, place_in(one, one.from_state or ""))

    def rule(self, cell: Cell, one: RuleText) -> None:
        """A rule."""
        self.signal(cell, one.signal, one)
        self.named(one, cell=cell)
        if isinstance(one, Keeps):
            if one.state in cell.states and not any(b.from_state in (None, one.state) for b in cell.becomes):
                message = f"nothing leads out of {one.state}"
                remedy = f"add under `becomes` for example `other from {one.state} at 0.05 /day`"
                self.report.add("base-zero", place_in(one, one.state), message, remedy)
            return
        if self.behaviour(cell, one.behaviour, place_in(one, one.behaviour.what or "")) and not self.has_base(
            cell, one.behaviour
        ):
            what = behaviour_words(one.behaviour)
            message = f"{cell.name} has no {what}, and a rule changes a multiple of it"
            remedy = f"give {cell.name} a base value above zero, or leave the rule out"
            self.report.add("base-zero", place_in(one, what), message, remedy)

    def signal(self, cell: Cell, signal: SignalText, sentence: Sentence) -> None:
        """What a rule or an edge reads."""
        if isinstance(signal, PressureSignal):
            return
        if isinstance(signal, ContactSignal):
            self.known(signal.cell, self.names.cells, "a cell of this model", place_in(sentence, signal.cell))
            return
        where = place_in(sentence, signal.name)
        words = signal.name.split()
        if any(word in self.names.vesicle_words() for word in words) and signal.name not in self.names.cargo:
            remedy = "read what they bring: `delivered miR-21-5p`, `bound ITGB3`, `inserted ITGB3`"
            self.report.add("vesicle-density", where, f"`{signal.name}` is vesicles", remedy)
            return
        found = self.names.meanings(cell, signal)
        if len(found) > 1:
            options = {"substance": "outside", "node": "inside", "cargo": "delivered"}
            listed = " or ".join(
                f"`{signal.name} {options[one]}`" if one != "cargo" else f"`delivered {signal.name}`"
                for one in found
                if one in options
            )
            both = " and ".join(found)
            self.report.add("ambiguous-name", where, f"`{signal.name}` is {both} here", f"write {listed}")
        elif not found:
            self._unknown_signal(cell, signal.name, where)

    def _unknown_signal(self, cell: Cell, name: str, where: Location | None) -> None:
        options = [*self.names.nodes[cell.name], *self.names.substances, *self.names.cargo, *self.names.matrix]
        options += [trait.name for trait in cell.traits]
        near = nearest(name, options)
        remedy = f"did you mean `{near}`?" if near else f"add the substance, or the node with `{name} starts at 1`"
        what = f"nothing that {cell.name} can read: no substance, node, cargo, trait or matrix"
        self.report.add("unknown-name", where, f"`{name}` is {what}", remedy)

    def behaviour(self, cell: Cell, one: BehaviourText, where: Location | None) -> bool:
        """Whether the names in a behaviour are known."""
        what = one.what or ""
        if one.in_vesicle is not None:
            held = {v.name: [cargo.name for cargo in v.carries] for v in self.model.vesicles}
            vesicle = one.in_vesicle
            return self.known(vesicle, held, VESICLE, where) and self.known(
                what, held[vesicle], f"cargo of {vesicle}", where
            )
        if one.kind == "leaving":
            sites = [x.source for x in self.model.body if isinstance(x, Leaves) and x.cell == cell.name]
            remedy = f"add under `body` for example `{cell.name} leaves {what} for blood at 0.01 /day`"
            return self.known(what, sites, f"a site that {cell.name} leaves", where, remedy)
        if one.kind == "becoming":
            targets = [b.to for b in cell.becomes]
            return self.known(what, targets, f"what {cell.name} becomes", where, "add it under `becomes`")
        return all(self.of_kind(kind, what, where) for kind in VERBS[one.kind].of)

    def named(self, one: Sentence, *fields: str, cell: Cell | None = None) -> bool:
        """Whether what a sentence names is there: in the fields, unsaid in all that name things of one kind.

        cell: in whose block it stands, unsaid the one that it names
        """
        owner = cell or self.names.cells.get(str(getattr(one, "cell", None)))
        known = True
        for field in fields or name_fields(type(one)):
            name: str | None = getattr(one, field)
            kinds = kinds_of(one, field)
            if name is not None and len(kinds) == 1:
                known = self.of_kind(kinds[0], name, place_in(one, name), owner) and known
        return known

    def of_kind(self, kind: Kind, name: str, where: Location | None, owner: Cell | None = None) -> bool:
        """Whether a name of a kind is known. owner: the cell whose states and nodes it can be of"""
        match kind:
            case "substance":
                remedy = f"add `{name}: {{}}` under `substances`"
                return self.known(name, self.names.substances, FLUID_ONLY, where, remedy)
            case "vesicle":
                return self.known(name, self.names.vesicle_words(), VESICLE, where)
            case "matrix":
                return self.known(name, self.names.matrix, "a matrix of this model", where)
            case "cell":
                return self.known(name, self.names.cells, CELL, where)
            case "site":
                return self.known(name, self.names.sites, "a site of this model", where)
            case "place":
                places = [name for one in self.model.labware for name in place_names(one)]
                known = [*self.names.regions(), *self.names.sites, *places]
                return self.known(name, known, "a region or site of this model", where)
            case "cargo":
                return self.known(name, self.names.cargo, "cargo of this model", where)
            case "state" if owner is not None:
                remedy = f"add it to the `states` of {owner.name}"
                return self.known(name, owner.states, f"a state of {owner.name}", where, remedy)
            case "node" if owner is not None:
                return self.known(name, self.names.nodes[owner.name], f"a node of {owner.name}", where)
            case _:
                return True

    def has_base(self, cell: Cell, one: BehaviourText) -> bool:
        """Whether a cell has a base value of a behaviour in some state that a factor changes: another than zero."""
        for base in cell.while_state.values():
            for words, value in base.values.items():
                if parse_behaviour(words) == one and value.number != 0:
                    return True
        return any(value.number != 0 or not value.has_number for value in base_values(self.model, cell, one))
