"""Files of networks beside a model: whether they are there, can run in cells, and fit what is said of them."""

from __future__ import annotations

from vesicula.language.model import Cell, Model, Network
from vesicula.language.names import Names
from vesicula.language.networks import (
    INSTALLED,
    Misfit,
    OfFile,
    checked_file,
    content_of,
    entering,
    entry_of,
    in_file,
    minutes,
    run_by,
    said_of,
)
from vesicula.language.sentences import Drives, Edge, Follows, KeepsItself, NodeSetting, Silences, place_in
from vesicula.language.text import Report
from vesicula.language.values import Location
from vesicula.sbml.file import Kinetics
from vesicula.sbml.reading import Unreadable
from vesicula.units import nearest


def check_networks(model: Model, report: Report) -> None:
    """Files of networks and all sentences about them."""
    files = {one.name: _content(one, report) for one in model.networks if one.sbml is not None}
    known = {one.name: one for one in model.networks}
    names = Names(model)
    for cell in model.cells:
        _moved_twice(cell, report)
        for one in said_of(cell):
            network = known.get(one.network)
            if network is None or network.sbml is None:
                near = nearest(one.network, files)
                remedy = f"did you mean `{near}`?" if near else f"add `networks: {{{one.network}: {{sbml: FILE}}}}`"
                report.add(
                    "unknown-name", place_in(one, one.network), f"`{one.network}` is no network with a file", remedy
                )
                continue
            content = files[one.network]
            if content is not None:
                _sentence(one, cell, content, names, report)
        for name in run_by(cell):
            content = files.get(name)
            if content is not None and not names.followers(cell.name, name):
                _none_follows(cell, name, report)
    for network in model.networks:
        if network.sbml is not None and not any(network.name in run_by(cell) for cell in model.cells):
            message = f"no cell runs {network.name}: no sentence of a cell drives or follows it"
            remedy = f"let a cell attach it: `networks: [{network.name}]`"
            report.warn("nothing-reads", network.where, message, remedy)


def _none_follows(cell: Cell, name: str, report: Report) -> None:
    message = f"nothing in {cell.name} follows {name}, which then changes nothing"
    report.warn(
        "nothing-reads", said_of(cell, name)[0].where, message, f"add `NODE follows ENTRY of {name}, full at …`"
    )


def _content(network: Network, report: Report) -> Kinetics | None:
    """What a file says, None after a diagnostic."""
    where, path = network.where, checked_file(network, report)
    if path is None:
        return None
    try:
        content = content_of(network)
    except ImportError:
        message = f"{network.sbml} is read by libSBML, which is not installed"
        report.add("extra", where, message, INSTALLED)
        return None
    except Unreadable as problem:
        for one in problem.refusals:
            report.add("sbml", Location(file=str(path), line=one.line, column=1), one.what, one.remedy)
        return None
    try:
        minutes(network, content)
    except Misfit as problem:
        report.add("sbml", where, str(problem), problem.remedy)
        return None
    return content


def _sentence(one: OfFile, cell: Cell, content: Kinetics, names: Names, report: Report) -> None:
    """One sentence: the quantity is in the file, nothing in the file says it where it is driven, and units fit."""
    name = entry_of(one)
    where = place_in(one, name)
    reactions = {each.name for each in content.reactions}
    quantity = content.quantities.get(name)
    if quantity is None and not (isinstance(one, Follows) and name in reactions):
        near = nearest(name, content.quantities)
        remedy = f"did you mean `{near}`?" if near else f"it has {', '.join([*content.quantities][:12])}"
        report.add("unknown-name", where, f"the file of {one.network} has no `{name}`", remedy)
        return
    if not isinstance(one, Follows) and (name in content.assignments or name in content.rates):
        message = f"a rule of the file says what `{name}` is"
        report.add("sbml", where, message, "drive what the rule reads, or take the rule out of the file")
    stepped = next((e for e in content.events if name in dict(e.assignments)), None)
    if not isinstance(one, Follows) and stepped is not None:
        message = f"the event `{stepped.name}` of the file (line {stepped.line}) changes `{name}`"
        report.add("sbml", where, message, "drive something else, or take the event out of the file")
    try:
        if isinstance(one, Drives):
            entering(one, names.meaning(cell, one.signal), content)
        else:
            value = one.full if isinstance(one, Follows) else one.value
            in_file(value, None if quantity is None else quantity.unit, name)
    except Misfit as problem:
        report.add("wrong-quantity", where, str(problem), problem.remedy or None)


def _moved_twice(cell: Cell, report: Report) -> None:
    """Nodes that follow a file, and that something else in the cell would move."""
    following = {one.node: one for one in cell.inside if isinstance(one, Follows)}
    for one in cell.inside:
        if isinstance(one, Edge | KeepsItself | NodeSetting | Silences) and one.node in following:
            if isinstance(one, NodeSetting) and one.setting == "reaches at most":
                continue
            message = f"`{one.node}` follows a file, and this moves it too"
            remedy = f"give it another name, and let `{following[one.node].node}` act on that"
            report.add("two-ways", one.where, message, remedy)
