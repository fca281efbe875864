"""What is read from a run, as data."""

from __future__ import annotations

from typing import Annotated, Literal

from vesicula.language.assays import ASSAYS
from vesicula.language.sentences import Sentence
from vesicula.language.slots import KINDS, Free, Kind, Name
from vesicula.language.values import Value

_OF: dict[str, tuple[Kind, ...]] = {
    "count": ("cell",), "matrix left": ("matrix",), "matrix lost": ("matrix",),
    "concentration": ("substance",), "node": ("node",),
    "copies": ("cargo",), "delivered copies": ("cargo",), "copies per particle": ("cargo",),
    "carriers": ("cargo",), "vesicles": ("vesicle", "preparation"), "delivered": ("vesicle", "preparation"),
    "event share": ("label",), "event time": ("label",),
}  # fmt: skip
"""Kind of a plain measure -> what it can be of."""


def _measured(one: Measure) -> tuple[Kind, ...]:
    if one.assay is None:
        return _OF[one.kind]
    return tuple(kind for kind in KINDS if kind in ASSAYS[one.assay].of)


class Measure(Sentence):
    """A number read from a run at every record. Forms:

    count: `count of tumour [dormant] [in marrow]`; matrix left: `mineral left in trabecula in % of start`;
    matrix lost: `mineral lost from trabecula in % of start` (100 % less what is left; below 0 where there is more);
    concentration: `concentration of TGFB1 in marrow in pM`; node: `PTH1R in osteoblast` (mean, living cells);
    copies: `copies of miR-21-5p in osteoclast-precursor` (mean per living cell: its own and those delivered that act);
    delivered copies: `delivered copies of miR-21-5p in osteoclast-precursor` (those delivered that act);
    copies per particle: `copies of miR-21-5p per particle of tumour-EV in marrow` (mean over free vesicles);
    carriers: `density of EV with miR-21-5p in blood in EV/mL` (free vesicles with at least one copy);
    event share, event time: `share with skeletal event`, `time to skeletal event` (of a cohort, in days);
    vesicles: `density of tumour-EV in marrow in EV/mL`; delivered: `particles of tumour-EV delivered to osteoclast`;
    assay: `blot of TJP1 in endothelium at 24 h in % of vehicle`, `permeability of insert to 70kDa-dextran in cm/s`,
    `flow cytometry of CD44 in tumour, positive above 0.5`: an entry of `language.assays`; what: the thing after `of`,
    to: the thing after `to`, above: the gate, relative_to: arm whose value (same replicate) is 100 %.
    """

    about = ("name",)
    no_way = "it reads what there is"
    without = "stays"

    kind: Literal[
        "count", "matrix left", "matrix lost", "concentration", "node", "copies", "delivered copies",
        "copies per particle", "carriers", "vesicles", "delivered", "assay", "event share", "event time",
    ]  # fmt: skip
    name: Annotated[str, Name("label")]
    what: Annotated[str, Name(by=_measured)]
    vesicle: Annotated[str | None, Name("vesicle")] = None
    cell: Annotated[str | None, Name("cell")] = None
    state: Annotated[str | None, Name("state")] = None
    place: Annotated[str | None, Name("place")] = None
    unit: Annotated[str, Name("unit")] = ""
    at: Annotated[Value | None, Free("a time of the run, told by the checks of the question")] = None  # None: the end
    assay: Annotated[str | None, Name("label")] = None
    to: Annotated[str | None, Name("substance", "vesicle")] = None
    above: Annotated[Value | None, Free("the gate of an assay, in the unit of what it reads")] = None
    relative_to: Annotated[str | None, Name("label")] = None
