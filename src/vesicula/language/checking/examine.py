"""All that is wrong with a model, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vesicula.errors import Diagnostic, ModelError
from vesicula.language.checking.amounts import check_amounts
from vesicula.language.checking.body import check_body
from vesicula.language.checking.cells import check_cells
from vesicula.language.checking.effect import check_effect
from vesicula.language.checking.facts import check_facts
from vesicula.language.checking.names import NameCheck
from vesicula.language.checking.networks import check_networks
from vesicula.language.checking.question import QuestionCheck
from vesicula.language.checking.rest import check_rest
from vesicula.language.checking.space import check_space
from vesicula.language.checking.twice import check_twice
from vesicula.language.checking.values import check_fits, check_half_lives, check_values
from vesicula.language.fill import references_of
from vesicula.language.model import Model, Substance
from vesicula.language.reading.checks import check_controls
from vesicula.language.reading.cohort import check_cohort
from vesicula.language.reading.experiments import check_experiments
from vesicula.language.reading.texts import find_source, read_source
from vesicula.language.resolving import assembled, changed, completed
from vesicula.language.spellings import check_spellings
from vesicula.language.text import Report, Source


@dataclass(frozen=True)
class Examined:
    """A model that was read, merged and checked, once for all that is done with it.

    diagnostics : all that is wrong with it, in order of place      source : its text, None for a `Model`
    written : as it stands in its text, None where that cannot be read      whole : with its parts, changes and values
    """

    diagnostics: list[Diagnostic]
    source: Source | None
    written: Model | None
    whole: Model | None

    def ready(self) -> Model:
        """The model as it is compiled. Raises ModelError with all diagnostics if any of them is an error."""
        if self.whole is None or any(one.severity == "error" for one in self.diagnostics):
            raise ModelError(self.diagnostics)
        if self.whole.resolved:
            return self.whole
        report = Report()
        done = completed(self.whole, report)
        report.stop_on_errors()
        return done


def examine(
    model: str | Path | Model | Examined, *, changes: Mapping[str, str] | None = None, controls: bool = True
) -> Examined:
    """Read and check a model; what was examined before stays as it is.

    model : path of a file, name of a library model, the text itself, or a `Model`
    changes : values by path, as `--set` gives them      controls : False: without control arms, whatever it says
    """
    if isinstance(model, Examined):
        return model
    report, source = Report(), None
    if isinstance(model, Model):
        written: Model | None = model
    else:
        source = find_source(model, report)
        written = read_source(source, report) if source is not None else None
    if written is not None and not controls:
        written = written.model_copy(update={"controls": ()})
    whole = None if written is None else _check(written, changes or {}, report)
    diagnostics = sorted(report.diagnostics, key=lambda one: (one.file, one.line, one.column))
    return Examined(diagnostics, source, written, whole)


def check(model: str | Path | Model, *, changes: Mapping[str, str] | None = None) -> list[Diagnostic]:
    """Every diagnostic of a model, in order of place: none where all is well.

    Example   >>> check("bone-metastasis")
              []
    """
    return examine(model, changes=changes).diagnostics


def prepare(model: str | Path | Model | Examined, *, changes: Mapping[str, str] | None = None) -> Model:
    """A model ready to compile: read, checked, changed and resolved.

    Raises   ModelError with all diagnostics if any of them is an error
    """
    return examine(model, changes=changes).ready()


def _check(written: Model, changes: Mapping[str, str], report: Report) -> Model | None:
    """All checks after reading; each looks at all that the ones before left readable. Returns the model checked."""
    whole = written if written.resolved else assembled(written, report)
    if changes:
        try:
            whole = changed(whole, changes)
        except ModelError as problem:
            report.diagnostics.extend(problem.diagnostics)
            return None
    if whole.part is None:
        _needed(whole, report)
    for substance in whole.substances:
        _own_unit(substance, report)
    for cell in whole.cells:
        ways = {"divides": cell.divides, "doubles": cell.doubles, "cycle": cell.cycle}
        said = [word for word, there in ways.items() if there]
        if len(said) > 1:
            message = f"{cell.name} has both `{said[0]}` and `{said[1]}`"
            report.add("two-ways", cell.where, message, "leave one of them out")
        for name, one in cell.moves.sensed.items() if cell.moves is not None else ():
            if one.receptors is not None and one.receptor in cell.surface:
                message = f"{cell.name} has the number of {one.receptor} under `surface` and under `toward {name}`"
                report.add("two-ways", one.receptors.where or cell.where, message, "leave `receptors` out")
    done = whole
    if whole.part is None:
        NameCheck(whole, report).run()
        check_twice(whole, report)
        check_spellings(whole, report)
        done = completed(whole, report)
        check_cells(whole, done, report)
        QuestionCheck(done, report).run()
        check_space(done, report)
        check_rest(done, report)
        check_amounts(done, report)
        check_body(done, report)
        check_networks(done, report)
        check_cohort(done, report)
        check_experiments(done, report)
        check_controls(done, report)
        if not report.errors:
            check_effect(whole, done, report)
    check_values(done, references_of(done), report)
    check_fits(done, report)
    check_half_lives(done, report)
    check_facts(whole, done, report)
    return whole if whole.resolved else done


def _needed(model: Model, report: Report) -> None:
    """Blocks without which nothing can run."""
    place = next(iter(model.places.values()), None)
    if not model.sites and not model.labware:
        report.add("missing-key", place, "a model has at least one site", "add `sites:`, or `labware:`")
    if model.run.duration is None:
        where = model.places.get("run", place)
        report.add("missing-key", where, "`run` does not say for how long", "add for example `for: 21 days`")


def _own_unit(substance: Substance, report: Report) -> None:
    if substance.unit is not None and substance.solubility is None:
        message = f"{substance.name} is measured in {substance.unit}"
        report.add("solubility", substance.where, message, "add for example `solubility: 1.3 uM/mmHg`")
