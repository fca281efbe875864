"""Checks of the bench: labware, preparations, barriers, and the steps that use them."""

from __future__ import annotations

from collections import Counter

from vesicula.errors import UnitError
from vesicula.language.bench import NEEDS, place_names, places
from vesicula.language.checking.names import NameCheck
from vesicula.language.controls import VEHICLE
from vesicula.language.dose_series import doses, is_mass_per_volume, of_every_place
from vesicula.language.grammar.steps import NON_EV
from vesicula.language.model import ALL_VESICLES, Cell, Labware, Preparation, Site
from vesicula.language.sentences import Closes, Sentence, Silences, place_in
from vesicula.language.steps import (
    AddPreparation,
    AddSubstance,
    AddVesicles,
    Block,
    Deplete,
    DoseSeries,
    GiveMedium,
    MutateSite,
    Replace,
    Rescale,
    StartConfluent,
    StepText,
)
from vesicula.language.walk_cells import RESISTANCE
from vesicula.units import internal, measures, nearest

PREPARATION = "a preparation of this model"


class BenchCheck(NameCheck):
    """Checks of the laboratory's things."""

    def bench(self) -> None:
        """Labware, preparations and barriers."""
        for one in self.model.labware:
            self.labware(one)
        for one in self.model.preparations:
            self.preparation(one)
        for one in self.model.cells:
            self.barrier(one)

    # --- labware

    def labware(self, one: Labware) -> None:
        """What labware must know, and names that its sites share with others."""
        if one.kind is None:
            remedy = "name its `plate`, for example `24-well plate`, or say its `kind`, `area` and `volume`"
            self.report.add("missing-key", one.where, f"nothing says what {one.name} is", remedy)
            return
        missing = [name for name in NEEDS[one.kind] if not getattr(one, name)]
        if missing:
            remedy = "name its `plate`, which knows it, or add it"
            self.report.add("missing-key", one.where, f"a {one.kind} has {' and '.join(missing)}", remedy)
        elif not any(site.labware == one.name for site in self.model.sites):
            message = f"the {one.kind} {one.name} cannot be laid out in these sizes"
            self.report.add(
                "geometry", one.where, message, "give `patch` two edges, higher than filter and coat together"
            )
        taken = Counter(site.name for site in self.model.sites)
        for name in places(one):
            if taken[name] > 1 or any(site.name == name and site.labware != one.name for site in self.model.sites):
                message = f"`{name}` is a site, too"
                self.report.add("duplicate-name", one.where, message, "give one of them another name")

    def confluent(self, one: StartConfluent) -> None:
        """A closed layer of cells needs labware to lie in."""
        self.named(one, "cell", "state")
        remedy = "add it under `labware`, or write for example `40 tumour in marrow`"
        known = [name for labware in self.model.labware for name in place_names(labware)]
        if one.place in known:
            return
        if one.place in (*self.names.sites, *self.names.regions()):
            message = f"`{one.place}` is no labware, so nothing says how many cells cover it"
            self.report.add("unknown-name", place_in(one, one.place), message, remedy)
            return
        self.known(one.place, known, "labware of this model", place_in(one, one.place), remedy)

    # --- preparations

    def preparation(self, one: Preparation) -> None:
        """Class, and what is co-isolated."""
        remedy = f"add `{one.of}:` under `vesicles`"
        self.known(one.of, self.names.vesicles, "a vesicle class of this model", one.where, remedy)
        carried = {cargo.name for vesicle in self.model.vesicles for cargo in vesicle.carries}
        for part in one.co_isolated:
            where = place_in(part, part.name)
            if part.form == "protein":
                self.substance(part.name, where)
                if one.particles_per_ug is None:
                    self.no_ratio(one, part)
            else:
                known = [*carried, *self.names.cargo]
                self.known(
                    part.name, known, "cargo of this model", where, "let a vesicle class carry it, or a cell read it"
                )

    def no_ratio(self, one: Preparation, sentence: Sentence) -> None:
        """Protein mass without a measured ratio is never turned into particles."""
        message = f"{one.name} has no measured ratio of particles to protein"
        remedy = f"add for example `particles per ug: 1e10 particles/ug @source (2e9..3e10)` to {one.name}"
        self.report.add("mass-without-ratio", sentence.where, message, remedy)

    def prepared(self, sentence: Sentence, name: str) -> Preparation | None:
        """The preparation of that name."""
        known = {one.name: one for one in self.model.preparations}
        remedy = f"add `{name}: {{of: …}}` under `preparations`"
        if self.known(name, known, PREPARATION, place_in(sentence, name), remedy):
            return known[name]
        return None

    def barrier(self, cell: Cell) -> None:
        """What passes a layer of cells, and what holds it shut."""
        known = (*self.names.substances, *self.names.vesicle_words(), RESISTANCE)
        for name, passage in cell.barrier.items():
            said = next((one for one in (passage.closed, passage.open, passage.transcytosis) if one is not None), None)
            where = (said.where if said is not None else None) or cell.where
            self.known(name, known, f"a substance, a vesicle class, `{ALL_VESICLES}` or `{RESISTANCE}`", where)
            if name == RESISTANCE and passage.transcytosis is not None:
                message, remedy = (
                    "a resistance has no transcytosis",
                    f"write `{RESISTANCE}, closed` and `{RESISTANCE}, open`",
                )
                self.report.add("wrong-quantity", where, message, remedy)
        for one in cell.inside:
            if isinstance(one, Closes):
                remedy = f"add what it depends on, or `{one.node} starts at 1`"
                nodes = self.names.nodes[cell.name]
                self.known(one.node, nodes, f"a node of {cell.name}", place_in(one, one.node), remedy)

    # --- steps

    def bench_step(self, one: StepText) -> None:
        """Steps of preparations, media and arms of the bench."""
        match one:
            case AddPreparation():
                self.dose(one)
                self.dose_place(one)
            case GiveMedium():
                self.give(one)
            case Replace():
                self.prepared(one, one.preparation)
                if one.by not in (VEHICLE, NON_EV):
                    known = [VEHICLE, *(other.name for other in self.model.preparations)]
                    what = "`vehicle`, `its non-EV fraction` or a preparation"
                    self.known(one.by, known, what, place_in(one, one.by))
                self.is_given(one, one.preparation)
            case Rescale():
                self.known(one.what, self.doses(), "something this model is given", place_in(one, one.what))
                self.is_given(one, one.what)
            case Deplete():
                known = [*self.doses(), *self.names.cells]
                self.known(one.what, known, "a preparation, vesicle class, substance or cell", place_in(one, one.what))
            case MutateSite():
                self.mutate(one)
            case DoseSeries():
                self.series(one)
            case _:
                pass

    def dose(self, one: AddPreparation) -> None:
        """A dose by mass, per cells or per volume: of a preparation, or of something that is dosed otherwise."""
        name = one.preparation
        found = next((other for other in self.model.preparations if other.name == name), None)
        if found is None:
            self.not_prepared(one, name)
        elif found.particles_per_ug is None and measures(one.amount.unit, "mass"):
            self.no_ratio(found, one)
        elif not measures(one.amount.unit, "mass") and not measures(one.amount.unit, "particles"):
            remedy = "write for example `add 2 ug MDA-prep` or `add 1e4 particles of MDA-prep per cell`"
            message = "a dose is a mass or particles, or one of them per volume in labware without `per`"
            self.report.add("wrong-quantity", one.amount.where or one.where, message, remedy)

    def not_prepared(self, one: AddPreparation, name: str) -> None:
        """What can be done about a dose of something that is no preparation."""
        where = place_in(one, name)
        ratio = ", particles per ug: …" if measures(one.amount.unit, "mass") else ""
        if name in self.names.substances:
            self.dissolved(one, name)
        elif name in self.names.vesicles:
            message = f"`{name}` is a vesicle class, whose dose is a number of particles for the whole place"
            remedy = f"write `add 1e6 particles of {name}`, or add `{name}-prep: {{of: {name}{ratio}}}` under "
            self.report.add("wrong-quantity", where, message, f"{remedy}`preparations` and give that")
        else:
            known = self.doses()
            remedy = f"add `{name}: {{of: …{ratio}}}` under `preparations`"
            if ratio and one.per is None:
                remedy = f"add `{name}: {{molar mass: …}}` under `substances` if it is dissolved; of vesicles, {remedy}"
            near = nearest(name, known)
            what = "a preparation or substance of this model"
            self.report.add(
                "unknown-name", where, f"`{name}` is not {what}", f"did you mean `{near}`?" if near else remedy
            )

    def dissolved(self, one: AddPreparation | DoseSeries, name: str) -> None:
        """A substance has no particles, and is given per place, not per cell."""
        message = f"`{name}` is dissolved, so its dose is a concentration or an amount for the whole place"
        place = f" to {one.region}" if one.region is not None else ""
        series = f"`add {name} at 1 ng to 100 ng in 5 doses{place}`"
        remedy = series if isinstance(one, DoseSeries) else f"`add 5 ng {name}{place}` or `add 20 pM {name}{place}`"
        self.report.add("wrong-quantity", place_in(one, name), message, f"write for example {remedy}")

    def dose_place(self, one: AddSubstance | AddVesicles | AddPreparation) -> None:
        """Where a dose goes; an amount is given to one place, and only a concentration can be one of all."""
        if self.named(one, "region") and one.region is None and not of_every_place(one):
            sites = tuple(self.names.sites)
            if len(sites) > 1:
                message = f"an amount goes to one place, and this model has {len(sites)}"
                remedy = f"write for example `… to {sites[0]}`"
                self.report.add("dose-place", one.where, message, remedy)

    def doses(self) -> tuple[str, ...]:
        """What doses can be of."""
        return (*(one.name for one in self.model.preparations), *self.names.vesicles, *self.names.substances)

    def is_given(self, one: Replace | Rescale, name: str) -> None:
        """An arm that changes a dose of something nobody gives shows nothing."""
        steps = (*self.model.protocol, *(step for arm in self.model.arms for step in arm.steps))
        given = {step.preparation for step in steps if isinstance(step, AddPreparation)}
        given |= {other.of for other in self.model.preparations if other.name in given}
        given |= {step.vesicle for step in steps if isinstance(step, AddVesicles)}
        known = {other.name for other in self.model.preparations} | {*self.names.vesicles}
        if name in known and name not in given:
            message = f"{name} is never given"
            self.report.warn("never-given", place_in(one, name), message, f"add for example `at 0 h add 2 ug {name}`")

    def give(self, one: GiveMedium) -> None:
        """Medium goes between well-mixed places, and no more of it than there is."""
        volumes: list[float] = []
        if not self.named(one, "source", "target"):
            return
        for name in (one.source, one.target):
            site = self.names.sites.get(name)
            if site is None or site.kind == "tissue":
                message = f"`{name}` is not well mixed, so its medium cannot be taken or replaced as one"
                remedy = "name a well, a side of a transwell or a pool"
                self.report.add("medium", place_in(one, name), message, remedy)
                return
            volumes.append(self.volume(site))
        if one.source == one.target:
            self.report.add("medium", one.where, "medium is given back to where it is from", "name another target")
        source, target = volumes
        share = one.share.number * (0.01 if one.share.unit == "%" else 1.0)
        if 0 < source < share * target * (1 - 1e-9):
            uL = 1e9
            message = f"{share * target / uL:.3g} uL are wanted, and {one.source} holds {source / uL:.3g} uL"
            self.report.add("medium", one.share.where or one.where, message, "give a smaller share")

    def volume(self, site: Site) -> float:
        """Volume of a whole well-mixed site in µm³, 0 where it is not known."""
        try:
            return internal(site.volume, "volume") if site.volume is not None else 0.0
        except UnitError:
            return 0.0

    def mutate(self, one: MutateSite) -> None:
        """A site is of a miRNA, on a target that it silences in that cell."""
        if not self.named(one, "cell"):
            return
        sites = {(s.mirna, s.node) for s in self.names.cells[one.cell].inside if isinstance(s, Silences)}
        if (one.mirna, one.node) not in sites:
            mirnas, nodes = {mirna for mirna, _ in sites}, {node for _, node in sites}
            if self.known(
                one.mirna, mirnas, f"a miRNA that silences something in {one.cell}", place_in(one, one.mirna)
            ):
                what = f"what {one.mirna} silences in {one.cell}"
                wanted = [node for mirna, node in sites if mirna == one.mirna]
                self.known(one.node, wanted or nodes, what, place_in(one, one.node))

    def series(self, one: DoseSeries) -> None:
        """A dose series that could not be made into arms."""
        known = (*(other.name for other in self.model.preparations), *self.names.substances)
        self.known(one.what, known, "a substance or preparation of this model", place_in(one, one.what))
        if one.per is not None and one.what in self.names.substances:
            self.dissolved(one, one.what)
            return
        if not doses(one, self.model):
            message = "the doses do not rise from the first to the second in one kind of quantity"
            self.report.add("dose-series", one.where, message, "write for example `1 nM to 10 uM in 8 doses`")
        else:
            message = "a series has an arm for each of its doses"
            self.report.add(
                "dose-series", one.where, message, "write it once, in an arm of its own, not under `protocol`"
            )

    def inhibitor(self, one: Block) -> None:
        """Dose and IC50 of an inhibitor are of one kind."""
        if one.dose is None or one.ic50 is None or one.ic50.from_library:
            return
        if is_mass_per_volume(one.dose) != is_mass_per_volume(one.ic50):
            message = "dose and IC50 are a mass and an amount per volume"
            self.report.add("wrong-quantity", one.ic50.where, message, "write both in nM, or both in ug/mL")
