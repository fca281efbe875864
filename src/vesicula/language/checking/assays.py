"""Checks of assays: what they measure, where, and what they need."""

from __future__ import annotations

from vesicula.errors import UnitError
from vesicula.language.assays import ASSAYS, Assay
from vesicula.language.bench import place_names
from vesicula.language.body import Parts
from vesicula.language.checking.bench import PREPARATION, BenchCheck
from vesicula.language.checking.names import CELL
from vesicula.language.measures import Measure
from vesicula.language.names import nodes_of
from vesicula.language.sentences import Silences, place_in
from vesicula.units import describe

STATES = {"SA-b-gal": "senescent", "label retention": "dormant", "adhesion": "arrested"}
"""Assays that count the cells of one state."""


class AssayCheck(BenchCheck):
    """Checks of measures that name an assay."""

    def assay(self, one: Measure) -> None:
        """One assay."""
        assay = ASSAYS[one.assay or ""]
        self.thing(one, assay)
        if "cell" in assay.within and one.cell is None:
            remedy = f"write `{assay.name} of {one.what} in CELL`"
            self.report.add("assay", one.where, f"{assay.name} is of one cell type", remedy)
        self.on_labware(one, assay)
        self.options(one, assay)
        self.comparison(one, assay)

    def thing(self, one: Measure, assay: Assay) -> None:
        """What is measured, and in which cell."""
        cell = self.names.cells.get(one.cell or "")
        if one.cell is not None:
            self.named(one, "cell")
        kinds: dict[str, tuple[str, ...]] = {
            "node": nodes_of(cell) if cell is not None else (),
            "cargo": tuple(self.names.cargo),
            "substance": tuple(self.names.substances),
            "vesicle": self.names.vesicle_words(),
            "preparation": tuple(prepared.name for prepared in self.model.preparations),
            "cell": tuple(self.names.cells),
            "labware": (*(labware.name for labware in self.model.labware), *self.walled(assay)),
            "matrix": self.names.matrix,
        }
        words = {
            "node": f"a node of {one.cell}", "cargo": "cargo of this model", "substance": "a substance of this model",
            "vesicle": "a vesicle class of this model", "preparation": PREPARATION, "cell": CELL,
            "labware": "labware of this model", "matrix": "a matrix of this model",
        }  # fmt: skip
        if "node" in assay.of and cell is None:
            return
        known = [name for kind in assay.of for name in kinds[kind]]
        what = " or ".join(words[kind] for kind in assay.of)
        if not self.known(one.what, known, what, place_in(one, one.what)):
            return
        if assay.name.endswith("reporter") and cell is not None:
            silenced = [s.node for s in cell.inside if isinstance(s, Silences)]
            what = f"silenced by any miRNA in {one.cell}, so a reporter shows nothing"
            self.known(one.what, silenced, what, place_in(one, one.what))
        state = STATES.get(assay.name)
        if state is not None and state not in self.names.cells[one.what].states:
            remedy = f"add it to the `states` of {one.what}, with what leads there"
            self.report.add("assay", place_in(one, one.what), f"{one.what} has no state `{state}`", remedy)

    def walled(self, assay: Assay) -> tuple[str, ...]:
        """Places behind a wall of cells, where an assay of monolayers reads that."""
        walls = [one for one in self.model.body if isinstance(one, Parts)]
        return tuple(dict.fromkeys(one.target for one in walls)) if assay.labware == ("transwell",) else ()

    def on_labware(self, one: Measure, assay: Assay) -> None:
        """Labware that an assay can be run on."""
        self.named(one, "place")
        if not assay.labware:
            return
        named = one.what if "labware" in assay.of else one.place
        kinds = " or ".join(assay.labware)
        fitting = [labware for labware in self.model.labware if labware.kind in assay.labware]
        if named is None:
            if len(fitting) != 1:
                message = f"{assay.name} is run on one {kinds}, and this model has {len(fitting)}"
                self.report.add("assay", one.where, message, f"write `{assay.name} of {one.what} in LABWARE`")
            return
        if any(named in place_names(labware) for labware in fitting) or named in self.walled(assay):
            return
        labware = next((labware for labware in self.model.labware if named in place_names(labware)), None)
        if labware is not None and labware.kind is not None:
            message = f"{assay.name} needs a {kinds}, and {labware.name} is a {labware.kind}"
            remedy = f"use another `plate`, for example `{_example(assay.labware[0])}`"
            self.report.add("assay", place_in(one, named), message, remedy)
        elif named in self.names.sites:
            self.report.add("assay", place_in(one, named), f"{named} is no {kinds}", "add one under `labware`")

    def options(self, one: Measure, assay: Assay) -> None:
        """Gate, thing that passes, unit and dose series."""
        if assay.gated and one.above is None:
            message, remedy = f"{assay.name} needs a gate", "add for example `, positive above 0.5`"
            self.report.add("assay", one.where, message, remedy)
        elif one.above is not None and not assay.gated:
            self.report.add("assay", one.above.where or one.where, f"{assay.name} has no gate", "leave it out")
        if assay.to and one.to is None:
            remedy = f"write for example `{assay.name} of {one.what} to 70kDa-dextran`"
            self.report.add("assay", one.where, f"{assay.name} is that of something which passes", remedy)
        elif assay.to and one.to is not None:
            known = [*self.names.substances, *self.names.vesicle_words()]
            self.known(one.to, known, "a substance or vesicle class of this model", place_in(one, one.to))
        elif one.to is not None:
            self.report.add("assay", place_in(one, one.to), f"{assay.name} is not to something", "leave `to …` out")
        if assay.series and not any(arm.series is not None for arm in self.model.arms):
            remedy = "add an arm such as `- at 0 h add doxorubicin at 1 nM to 10 uM in 8 doses`"
            self.report.add("assay", one.where, f"{assay.name} is read over a dose series", remedy)
        if one.unit and one.relative_to is None and not _alike(one.unit, assay.unit):
            message = f"{assay.name} is read in {assay.unit or 'the unit of the dose'}"
            self.report.add("wrong-quantity", place_in(one, one.unit), message, "leave the unit out")

    def comparison(self, one: Measure, assay: Assay) -> None:
        """The arm whose value is 100 %."""
        if one.relative_to is not None:
            arms = [arm.name for arm in self.model.arms]
            what = "an arm of this model" if arms else "an arm: this model has none"
            self.known(one.relative_to, arms, what, place_in(one, one.relative_to), "name one of the arms")
        elif assay.compares:
            message, remedy = f"{assay.name} compares two arms", "add `in % of ARM`, the arm without suppressors"
            self.report.add("assay", one.where, message, remedy)


def _alike(unit: str, other: str) -> bool:
    """Whether two units measure the same."""
    if unit == other:
        return True
    try:
        return describe(unit) == describe(other)
    except UnitError:
        return False


def _example(kind: str) -> str:
    return {
        "well": "24-well plate", "transwell": "24-well transwell", "patch": "24-well scratch",
        "chamber": "24-well invasion chamber",
    }[kind]  # fmt: skip
