"""Checks of the question: cells at the start, steps of protocol and arms, measures, times and repeats."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from vesicula.errors import UnitError
from vesicula.language.checking.assays import AssayCheck
from vesicula.language.checking.names import CELL, FLUID_ONLY, VESICLE
from vesicula.language.grammar.parsers import nearest_sentence
from vesicula.language.lasting import span, when_text
from vesicula.language.measures import Measure
from vesicula.language.model import Arm, Rest, Site
from vesicula.language.names import expressed_by
from vesicula.language.reading.cell_table import SHAPE, first_problems, outside, read_cell_table
from vesicula.language.sentences import Sentence, place_in
from vesicula.language.steps import (
    AddAntibody,
    AddCells,
    AddSubstance,
    AddVesicles,
    Block,
    Clamp,
    Deplete,
    Hold,
    KnockOut,
    LoadCargo,
    Overexpress,
    RemoveCargo,
    RemoveCells,
    SetParameter,
    ShuffleCells,
    StartAlong,
    StartConfluent,
    StartTable,
    StartText,
    StepText,
    Transfect,
    Wash,
    Without,
)
from vesicula.language.values import Location, Value
from vesicula.language.walk import values
from vesicula.language.writing.models import value_text
from vesicula.units import internal, measures, nearest

S = TypeVar("S", bound=Sentence)
MAXIMUM_TABLE_BYTES = 64 * 1024 * 1024
MOST_COPIES = 1e9
"""Of one RNA in a cell."""
MAXIMUM_STEPS = 1e7
"""Largest number of macro steps of a run."""


class QuestionCheck(AssayCheck):
    """Checks of what stands around the tissue."""

    def run(self) -> None:
        """All checks."""
        self.bench()
        for one in self.model.start:
            self.reworded("start", one, self.start)
        for one in (*self.model.protocol, *(step for arm in self.model.arms for step in arm.steps)):
            self.reworded("step", one, self.step)
        self.arms()
        for one in self.model.measures:
            self.reworded("measure", one, self.measure)
        self.times()

    def reworded(self, kind: str, one: S, checked: Callable[[S], None]) -> None:
        """Check a sentence; where it speaks of what nobody knows, offer the sentence that was meant if there is one."""
        before = len(self.report.diagnostics)
        checked(one)
        found = self.report.diagnostics
        if not any(new.code == "unknown-name" for new in found[before:]):
            return
        source = self.report.sources.get(one.where.file) if one.where is not None else None
        near = nearest_sentence(kind, one.text, source)
        for index, new in enumerate(found[before:], start=before):
            guessed = "did you mean" in (new.remedy or "") and not re.match(r"`[^`]* ", new.message)
            if near is not None and new.code == "unknown-name" and not guessed:
                found[index] = replace(new, remedy=f"write `{near}`")

    # --- start

    def start(self, one: StartText) -> None:
        """One sentence about cells at the start."""
        if isinstance(one, StartTable):
            self.positions(one)
            return
        if isinstance(one, StartConfluent):
            self.confluent(one)
            return
        if not isinstance(one, StartAlong):
            self.named(one)
            return
        self.named(one, "cell", "state")
        regions = self.names.regions()
        where = place_in(one, one.region)
        if self.known(one.region, regions, "a region of this model", where):
            site = self.names.sites[regions[one.region][0]]
            shape = next(region.shape for region in site.regions if region.name == one.region)
            if isinstance(shape, Rest):
                remedy = "name the region on whose boundary the cells lie"
                self.report.add("geometry", where, f"`{one.region}` is the rest and has no boundary of its own", remedy)

    def positions(self, one: StartTable) -> None:
        """A table of cells: inside the model's folder, with the columns it needs and cells of the model."""
        where = place_in(one, one.path)
        if self.model.folder is None:
            message = "a text without a file has no folder"
            self.report.add("outside-folder", where, message, "save the model to a file first")
            return
        folder = Path(self.model.folder)
        path = folder / one.path
        if ".." in Path(one.path).parts or not path.resolve().is_relative_to(folder.resolve()):
            self.report.add(
                "outside-folder", where, f"{one.path} lies outside the folder", "put the table beside the model"
            )
            return
        if not path.is_file():
            self.report.add("file-missing", where, f"there is no {one.path} beside the model", "check the name")
            return
        if path.stat().st_size > MAXIMUM_TABLE_BYTES:
            self.report.add("file-too-large", where, "a table of cells is limited to 64 MiB", "use fewer cells")
            return
        self.rows(path, where)

    def rows(self, path: Path, where: Location | None) -> None:
        """A table's columns, positions, and names of cells and states."""
        table = read_cell_table(path)
        if table.unread:
            self.report.add("not-utf-8", where, f"{path.name} is no CSV text in UTF-8", "save it as CSV (UTF-8)")
            return
        tissues = [site for site in self.model.sites if site.kind == "tissue"]
        if len(tissues) != 1:
            message = f"{path.name} has places, and the model has {len(tissues) or 'no'} sites that have them"
            self.report.add(
                "cell-table", where, message, "put cells by name (`40 tumour in marrow`), or keep one tissue"
            )
            return
        problems = table.problems + outside(table, self.edges(tissues[0]))
        if problems:
            self.report.add("cell-table", where, f"{path.name}: {first_problems(problems)}", SHAPE)
        if table.taken:
            message = f"{path.name}: {', '.join(table.taken)} is taken"
            self.report.warn("cell-table", where, message, "rename the columns where that is not what they are")
        for name in sorted({one.cell for one in table.cells}):
            self.known(name, self.names.cells, CELL, where)
        for name, state in sorted({(one.cell, one.state) for one in table.cells if one.state}):
            cell = self.names.cells.get(name)
            if cell is not None:
                self.known(state, set(cell.states), f"a state of {name}", where)

    def edges(self, site: Site) -> tuple[float, float, float]:
        """Edges of a tissue, µm; no limit where one is not right (told with the geometry)."""
        values = [*site.size, *([] if len(site.size) == 3 else [site.depth or site.voxel])]
        found: list[float] = []
        for value in values[:3]:
            try:
                found.append(math.inf if value is None else internal(value, "length"))
            except UnitError:
                found.append(math.inf)
        found += [math.inf] * (3 - len(found))
        return found[0], found[1], found[2]

    # --- steps

    def step(self, one: StepText) -> None:
        """One act of the experimenter."""
        self.when(one)
        match one:
            case AddSubstance() | Hold():
                self.added(one, one.substance)
                if isinstance(one, AddSubstance):
                    self.dose_place(one)
            case AddAntibody() | AddCells() | RemoveCells() | Without() | Clamp():
                self.named(one)
            case Transfect():
                self.named(one)
                self.transfected(one)
            case AddVesicles():
                self.named(one, "vesicle")
                self.dose_place(one)
            case RemoveCargo() | LoadCargo():
                self.cargo(one, one.cargo, one.vesicle)
            case Block():
                self.block(one)
            case KnockOut() | Overexpress():
                self.expressed(one)
            case SetParameter():
                self.parameter(one)
            case ShuffleCells():
                self.shuffled(one)
            case Wash():
                pass
            case _:
                self.bench_step(one)

    def when(self, one: StepText) -> None:
        """The time of a step: a moment, from then on, from one time to another, or none."""
        words = one.text.removeprefix(when_text(one)) if one.at is not None else one.text
        if one.when in ("moment", "held") and one.at is None:
            self.report.add("no-time", one.where, "this happens at a time", f"write `at 2 h {one.text}`")
        if one.at is not None and one.when == "whole run":
            self.report.add("whole-run", one.where, "this holds from start to end", _instead(one))
        elif one.until is not None and one.when not in ("lasting", "held"):
            remedy = f"write `at {_time(one.at)} …`"
            self.report.add("step-time", one.until.where or one.where, "this happens at a moment", remedy)
        elif one.every is not None and one.when == "lasting":
            message = "what lasts is not repeated"
            remedy = f"write `at {_time(one.at)} {words}`, or `from {_time(one.at)} to …`"
            self.report.add("step-time", one.every.where or one.where, message, remedy)
        elif one.until is not None and span(one)[1] <= span(one)[0]:
            message = "it would end before it begins"
            self.report.add("step-time", one.until.where or one.where, message, "write the earlier time first")

    def moved(self, value: Value | None, step: float, what: str) -> None:
        """A time between two macro steps happens at the nearest one, which is said."""
        at = self.minutes(value)
        if at is None or value is None or step <= 0:
            return
        nearest_step = round(at / step)
        if abs(at / step - nearest_step) > 1e-6:
            message = f"{what} {nearest_step * step:g} min, the nearest step; the run has steps of {step:g} min"
            remedy = "write a multiple of the step, or choose a `step` that divides it"
            self.report.warn("moved-time", value.where, message, remedy)

    def added(self, one: AddSubstance | Hold, name: str) -> None:
        """What is added or held; a drug is no substance unless something reads it."""
        what = next(iter(self.names.vesicles), next(iter(self.names.substances), "TGFB1"))
        process = "release of " if what in self.names.vesicles else ""
        remedy = f"add `{name}: {{}}` under `substances`"
        if isinstance(one, AddSubstance) and measures(one.amount.unit, "amount"):
            remedy = f"add `{name}: {{molar mass: …}}` under `substances`, or `{name}: {{of: …}}` under `preparations`"
        elif isinstance(one, AddSubstance):
            block = f"block {process}{what} by {name} at {value_text(one.amount)}"
            remedy += f"; what a drug does is said by `{block}`, without adding it"
        self.known(name, self.names.substances, FLUID_ONLY, place_in(one, name), remedy)

    def cargo(self, one: Sentence, cargo: str, vesicle: str) -> None:
        """Cargo of a vesicle class."""
        held = {v.name: [c.name for c in v.carries] for v in self.model.vesicles}
        if self.known(vesicle, held, VESICLE, place_in(one, vesicle)):
            self.known(cargo, held[vesicle], f"cargo of {vesicle}", place_in(one, cargo))

    def transfected(self, one: Transfect) -> None:
        """A number of copies that a cell can hold."""
        try:
            copies = internal(one.copies, "copies")
        except UnitError:
            return  # told with the quantity
        if copies > MOST_COPIES:
            message = f"{copies:.3g} copies in a cell, which has some 1e5 miRNAs and 1e6 mRNAs in all"
            self.report.add("too-many", one.copies.where or one.where, message, "write for example `1e5 copies`")

    def shuffled(self, one: ShuffleCells) -> None:
        """Cells that change places: they have some only in a tissue."""
        if not self.named(one):
            return
        here = [site for site in self.model.sites if one.region in (None, site.name, site.labware)]
        inside = self.names.regions().get(one.region or "", ())
        here += [site for site in self.model.sites if site.name in inside]
        if all(site.kind != "tissue" for site in here):
            where = one.where if one.region is None else place_in(one, one.region)
            message = "cells have no places where all is well mixed"
            self.report.add("geometry", where, message, "name a tissue, or a patch or chamber of labware")

    def block(self, one: Block) -> None:
        """An inhibitor."""
        self.named(one, "cell")
        self.inhibitor(one)
        where = place_in(one, one.what)
        if one.process == "secretion":
            self.substance(one.what, where)
        elif one.process != "sensing":
            self.known(one.what, self.names.vesicle_words(), VESICLE, where)
        elif one.what not in self.names.substances:
            known = (*self.names.substances, *self.own(one.cell), *self.names.cargo)
            whose = one.cell or "any cell"
            what = f"a substance of this model, or a node, receptor, surface molecule or cargo of {whose}"
            self.known(one.what, known, what, where, _of_block(one, self.names.vesicle_words()))

    def own(self, cell: str | None) -> tuple[str, ...]:
        """What a cell (None: any) has by name: nodes, secreted, on its surface, receptors, own copies, cargo."""
        cells = [c for c in self.model.cells if cell in (None, c.name)]
        return tuple(dict.fromkeys(name for c in cells for name in expressed_by(self.model, c)))

    def expressed(self, one: KnockOut | Overexpress) -> None:
        """A gene that is switched off, down to a residual, or expressed more: all that the cell has of that name."""
        if not self.named(one, "cell"):
            return
        whose, where = one.cell or "any cell", place_in(one, one.what)
        what = f"a node, secreted substance, receptor, surface molecule or cargo of {whose}"
        if not self.known(one.what, self.own(one.cell), what, where) or isinstance(one, KnockOut):
            return
        cells = [c for c in self.model.cells if one.cell in (None, c.name)]
        if all(one.what not in expressed_by(self.model, c, nodes=False) for c in cells):
            message = f"{one.what} is a node, whose activity lies between 0 and 1"
            remedy = f"write `clamp {one.what} in {one.cell or 'CELL'} at 1`"
            self.report.add("overexpressed-node", where, message, remedy)

    def parameter(self, one: SetParameter) -> None:
        """A value by its path."""
        known = {path for path, (spot, _) in values(self.model).items() if spot.measured}
        if one.path not in known:
            near = nearest(one.path, known)
            remedy = f"did you mean `{near}`?" if near else "write for example `set cells.tumour.divides to 24 h`"
            where = place_in(one, one.path)
            self.report.add("unknown-path", where, f"`{one.path}` is no parameter of this model", remedy)

    def arms(self) -> None:
        """Arms that do what another one does."""
        seen: list[Arm] = []
        for arm in self.model.arms:
            same = next((one for one in seen if _acts(one) == _acts(arm)), None)
            seen.append(arm)
            if same is not None:
                message = f"`{arm.name}` does what `{same.name}` does"
                self.report.warn("same-as-baseline", arm.where, message, "add what is done differently")

    # --- measures and times

    def measure(self, one: Measure) -> None:
        """One number read from a run."""
        if one.kind == "assay":
            self.assay(one)
            return
        self.named(one, "place", "cell", "state", "vesicle", *(() if one.kind == "count" else ("what",)))
        if one.kind in ("copies per particle", "carriers"):
            self.carried(one)
        if one.kind in ("vesicles", "delivered"):
            self.of_kind("vesicle", one.what, place_in(one, one.what))
        self.unit(one)

    def carried(self, one: Measure) -> None:
        """Whether the vesicles of a measure carry what it counts in them."""
        held = {v.name: [cargo.name for cargo in v.carries] for v in self.model.vesicles}
        if one.vesicle in held and one.what in self.names.cargo:
            self.known(one.what, held[one.vesicle], f"cargo of {one.vesicle}", place_in(one, one.what))

    def unit(self, one: Measure) -> None:
        """The unit of a measure."""
        expected = {
            "concentration": ("concentration",),
            "vesicles": ("particles per volume",),
            "carriers": ("particles per volume",),
            "matrix left": ("volume", "share"),
            "matrix lost": ("share",),
        }.get(one.kind, ())
        unit = one.unit.removesuffix(" of start")
        if unit and not any(measures(unit, dimension) for dimension in expected):
            message = f"{unit} does not measure {one.kind}" if expected else f"{one.kind} has no unit to choose"
            density = "in EV/mL"
            example = {
                "concentration": "in pM", "vesicles": density, "carriers": density, "matrix left": "in % of start",
                "matrix lost": "in % of start",
            }.get(one.kind)  # fmt: skip
            remedy = f"write for example `{example}`" if example else "leave the unit out"
            self.report.add("wrong-quantity", place_in(one, unit), message, remedy)

    def times(self) -> None:
        """Step, recording interval, duration, and steps after the end."""
        run = self.model.run
        step = self.minutes(run.step)
        end = self.minutes(run.duration)
        if step is not None and end is not None and step > 0 and end / step > MAXIMUM_STEPS:
            message = f"{end / step:.3g} macro steps, more than {MAXIMUM_STEPS:.0e}"
            where = run.duration.where if run.duration is not None else None
            self.report.add("run-times", where, message, "run for a shorter time, or take a longer `step`")
        for one in (*self.model.protocol, *(act for arm in self.model.arms for act in arm.steps)):
            at = self.minutes(one.at)
            if at is not None and end is not None and at > end * (1 + 1e-9) and one.at is not None:
                add = self.report.warn if at < 1e3 * end else self.report.add
                add("run-times", one.at.where, "this happens after the end of the run", "move it, or run for longer")
            if step is not None:
                self.moved(one.at, step, "this happens at")
                self.moved(one.every, step, "this is repeated every")
                self.moved(one.until, step, "this ends at")
        for one in self.model.measures:
            if step is not None:
                self.moved(one.at, step, "this is read at")
        for name, value in (("for", run.duration), ("record", run.record)):
            length = self.minutes(value)
            if step is None or length is None or value is None or step <= 0:
                continue
            if abs(length / step - round(length / step)) > 1e-6 or length < step:
                message = f"`{name}` is {length:g} min, which is no multiple of the step of {step:g} min"
                self.report.add("run-times", value.where, message, "choose a step that divides it, for example `6 min`")

    def minutes(self, value: Value | None) -> float | None:
        """A time in minutes, None where it is not one."""
        if value is None:
            return None
        try:
            return internal(value, "time")
        except UnitError:
            return None


def _time(value: Value | None) -> str:
    return "24 h" if value is None else value_text(value)


def _instead(one: StepText) -> str:
    """What does at a time what a step does for the whole run."""
    match one:
        case Without():
            return f"write `at {_time(one.at)} remove 100 % of {one.cell}`, or leave the time out"
        case Deplete():
            rest = f"`at {_time(one.at)} remove {value_text(one.share)} of {one.what}` takes cells out"
            return f"leave the time out; {rest}, `at {_time(one.at)} wash 90 %` what is dissolved or free"
        case _:
            return "leave the time out: it is another preparation that is given, whenever that is"


def _of_block(one: Block, vesicles: Iterable[str]) -> str | None:
    """The process that is missing where a vesicle class is blocked as such."""
    by = f" by {value_text(one.share)}" if one.share is not None else ""
    return f"write `block uptake of {one.what}{by}` or `block release of …`" if one.what in vesicles else None


def _acts(arm: Arm) -> list[StepText]:
    """What an arm does, apart from its words."""
    return [step.model_copy(update={"text": ""}) for step in arm.steps]
