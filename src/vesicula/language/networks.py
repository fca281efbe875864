"""Files of networks: where they are, what they say, and what their quantities are beside those of a model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vesicula import units
from vesicula.errors import UnitError
from vesicula.language.grammar.rules import read_inside
from vesicula.language.model import Cell, Network
from vesicula.language.names import Meaning
from vesicula.language.sentences import Drives, Follows, InsideText, Takes
from vesicula.language.text import MAXIMUM_BYTES, Report, Scalar, Source
from vesicula.language.values import Location, Value
from vesicula.sbml.file import Kinetics, Unit
from vesicula.sbml.logic import Illogical, LogicNode, read_logic, sentences_of_logic
from vesicula.sbml.qual import read_qual
from vesicula.sbml.reading import INSTALL, read

INSTALLED = f"install it: {INSTALL}"
LARGEST = 8 * MAXIMUM_BYTES
OfFile = Drives | Follows | Takes
DIMENSIONS: dict[tuple[tuple[str, int], ...], str] = {
    (("length", -3), ("molecules", 1)): "concentration", (("molecules", 1),): "amount", (("time", -1),): "rate",
    (("time", 1),): "time", (): "number",
}  # fmt: skip
"""What a unit of a file measures, in the words of the language."""
CARRIED: tuple[Meaning, ...] = ("cargo", "bound", "inserted")


class Misfit(Exception):
    """A quantity of a file and one of the model do not fit; the arguments say what, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


def file_of(network: Network) -> Path | None:
    """The SBML file of a network, None where it has none or its text lies in no folder."""
    return None if network.sbml is None or network.folder is None else Path(network.folder) / network.sbml


def with_digest(network: Network) -> Network:
    """The network with the hash of its file, so that two contents are two networks."""
    name = network.sbml or network.logic
    path = None if name is None or network.folder is None else Path(network.folder) / name
    if path is None or not path.is_file():
        return network
    return network.model_copy(update={"digest": hashlib.sha256(path.read_bytes()).hexdigest()})


def logic_of(network: Network, report: Report) -> tuple[InsideText, ...]:
    """The sentences that a file of Boolean rules is; mistakes go to the report, at the lines of the file."""
    assert network.logic is not None
    path = _beside(network, network.logic, report)
    if path is None:
        return ()
    content, settings = path.read_text(encoding="utf-8", errors="replace"), path.with_suffix(".cfg")
    beside = settings.read_text(encoding="utf-8", errors="replace") if settings.is_file() else ""
    try:
        nodes = read_qual(content) if path.suffix in (".xml", ".sbml") else read_logic(path.name, content, beside)
    except ImportError:
        report.add("extra", network.where, f"{path.name} is read by libSBML, which is not installed", INSTALLED)
        return ()
    except Illogical as problem:
        for one in problem.refusals:
            report.add("logic", Location(file=str(path), line=one.line, column=1), one.what, one.remedy)
        return ()
    step = None if network.time is None else units.internal(network.time, "time")
    if step is None and any(one.rate is not None for one in nodes):
        message = f"{path.name} has rates, and does not say what its unit of time is"
        report.add("logic", network.where, message, f"say so under `{network.name}`, for example `time: 1 h`")
    return tuple(_sentences(nodes, step, path, report))


def _sentences(nodes: tuple[LogicNode, ...], step: float | None, path: Path, report: Report) -> Iterator[InsideText]:
    for text, line in sentences_of_logic(nodes, step):
        where, inner = Location(file=str(path), line=line, column=1), Report()
        found = read_inside(Scalar(text, Source(str(path), text), 0, len(text)), inner)
        if found is None or inner.errors:
            message = f"`{text}` is no sentence of the language: {inner.errors[0].message if inner.errors else ''}"
            report.add("logic", where, message, "give its nodes names of letters, digits and `-_.`")
        else:
            yield _placed(found, where)


def _placed(one: InsideText, where: Location) -> InsideText:
    """A sentence of a file at its line there."""
    updates: dict[str, object] = {"where": where}
    for name, value in vars(one).items():
        if isinstance(value, Value):
            updates[name] = value.model_copy(update={"where": where})
    return one.model_copy(update=updates)


def _beside(network: Network, name: str, report: Report) -> Path | None:
    """A file beside the text of a network, None after a diagnostic."""
    if network.folder is None:
        message = "a text without a file has no folder"
        report.add("outside-folder", network.where, message, "save the model to a file first")
        return None
    path = Path(network.folder) / name
    if ".." in Path(name).parts or not path.resolve().is_relative_to(Path(network.folder).resolve()):
        report.add("outside-folder", network.where, f"{name} lies outside the folder", "put it beside the model")
    elif not path.is_file():
        report.add("file-missing", network.where, f"there is no {name} beside the text", "check the name")
    elif path.stat().st_size > LARGEST:
        report.add("file-too-large", network.where, f"{name} is larger than 4 MiB", "take a smaller model")
    else:
        return path
    return None


def checked_file(network: Network, report: Report) -> Path | None:
    """The SBML file of a network, None after a diagnostic."""
    return _beside(network, network.sbml or "", report)


def content_of(network: Network) -> Kinetics:
    """What the file of a network says. Raises OSError, ImportError, `sbml.reading.Unreadable`."""
    path = file_of(network)
    assert path is not None
    return _content(str(path), network.sbml or "", path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _content(path: str, name: str, changed: int) -> Kinetics:  # noqa: ARG001
    return read(name, Path(path).read_bytes())


def said_of(cell: Cell, network: str | None = None) -> list[OfFile]:
    """Sentences of a cell about files, or about the file of one network."""
    told = [one for one in cell.inside if isinstance(one, Drives | Follows | Takes)]
    return [one for one in told if network in (None, one.network)]


def run_by(cell: Cell) -> tuple[str, ...]:
    """Networks whose files a cell runs, in the order in which its sentences name them."""
    return tuple(dict.fromkeys(one.network for one in said_of(cell)))


def entry_of(one: InsideText) -> str:
    """The quantity of the file that a sentence is about."""
    assert isinstance(one, Drives | Follows | Takes)
    return one.source if isinstance(one, Follows) else one.target


def minutes(network: Network, content: Kinetics) -> float:
    """Minutes in a unit of time of the file. Raises Misfit where nobody says, or both say."""
    stated = content.time if content.time is not None and content.time.base == (("time", 1),) else None
    if stated is None and network.time is None:
        what = f"{network.sbml} does not say what its unit of time is"
        raise Misfit(what, f"say so under `{network.name}`, for example `time: 1 min`")
    if network.time is None:
        assert stated is not None
        return stated.factor
    if stated is not None:
        raise Misfit(f"{network.sbml} states its unit of time itself", "leave `time` out")
    return units.internal(network.time, "time")


def in_file(value: Value, unit: Unit | None, name: str) -> tuple[str, float]:
    """Dimension of a value of a quantity of a file, and what its internal unit is in the unit of the file.

    Raises Misfit where the one has a unit and the other has not, or the two measure something else
    """
    dimension = None if unit is None else DIMENSIONS.get(unit.base)
    if not value.unit:
        if dimension in (None, "number"):
            return "number", 1.0 if dimension is None or unit is None else 1.0 / unit.factor
        raise Misfit(f"the file gives `{name}` {_as(dimension)}", "write the unit behind the number")
    if unit is None:
        raise Misfit(f"the file does not say in which unit `{name}` is", "write the number alone, as the file counts")
    for one in (dimension, "copies" if dimension == "amount" else None, "share" if dimension == "number" else None):
        if one is not None and units.measures(value.unit, one):
            try:
                units.factor(value.unit, one)
            except UnitError as problem:
                raise Misfit(str(problem), problem.remedy or "write moles instead of a mass") from None
            return one, 1.0 / unit.factor
    what = _as(dimension) if dimension is not None else "in a unit that the language has not"
    raise Misfit(f"`{value.unit}` is another kind of quantity: the file gives `{name}` {what}", _alone(dimension))


def _as(dimension: str) -> str:
    return f"as {units.DIMENSIONS[dimension].what}"


def _alone(dimension: str | None) -> str:
    return "write the number alone, as the file counts" if dimension is None else "write a unit that measures that"


@dataclass(frozen=True)
class Entering:
    """How a signal becomes a quantity of a file: times `scale`, or, where that is None, times `full`."""

    scale: float | None


def entering(one: Drives, meaning: Meaning | None, content: Kinetics) -> Entering:
    """How what a cell reads becomes a quantity of a file. Raises Misfit where units do not fit."""
    quantity = content.quantities[one.target]
    called = one.signal.called
    if meaning not in ("substance", *CARRIED):
        if one.full is None:
            what = f"`{called}` is a plain number, and `{one.target}` needs a value for it"
            raise Misfit(what, f"say which: `{called} drives {one.target} of {one.network}, full at 50 nM`")
        in_file(one.full, quantity.unit, one.target)
        return Entering(None)
    if one.full is not None:
        raise Misfit(f"`{called}` has a unit of its own, which is converted", "leave `full at` out")
    wanted = "concentration" if meaning == "substance" else "amount"
    if one.unit:
        if quantity.unit is not None and DIMENSIONS.get(quantity.unit.base) is not None:
            raise Misfit(f"the file states the unit of `{one.target}` itself", f"leave `in {one.unit}` out")
        try:
            return Entering(1.0 / units.factor(one.unit, wanted if wanted == "concentration" else "copies"))
        except UnitError as problem:
            raise Misfit(str(problem), problem.remedy or "write for example `in nM`") from None
    if quantity.unit is None:
        what = f"the file does not say in which unit `{one.target}` is"
        raise Misfit(what, f"say so: `{called} drives {one.target} of {one.network}, in nM`")
    found = DIMENSIONS.get(quantity.unit.base)
    if found == wanted:
        return Entering(1.0 / quantity.unit.factor)
    place = content.quantities.get(quantity.compartment)
    if (found, wanted) == ("concentration", "amount") and place is not None and place.start and place.unit:
        return Entering(1.0 / (place.start * place.unit.factor * quantity.unit.factor))
    given = _as(found) if found is not None else "in a unit that the language has not"
    raise Misfit(f"`{called}` is {units.DIMENSIONS[wanted].what}, and the file gives `{one.target}` {given}", "")
