"""The assays a measure can name: one table from which reading, checking and the reference page are made.

What an assay computes stands in `results.assays`, under the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Assay:
    """One assay.

    name: as written in a measure, `NAME of THING [in CELL | on LABWARE …]`; of: kinds of thing it can measure;
    within: kinds of place or cell that must or may follow (empty: none); to: kind of thing after `to`;
    unit: of its value, before any `in % of ARM`; labware: kinds it can be run on (empty: any site);
    gated: takes `positive above VALUE`; smallest: smallest relative effect that is seen; fold: the same factor down as
    up; source: reference key of that figure, None: rule of thumb; limit: detection limit as a quantity, None: none
    stated; cv: coefficient of variation of one reading, between days or laboratories, with its reference key; series:
    read over a dose series, once per series and not per arm; compares: needs `in % of ARM` and does the comparing
    itself; about: what is read.
    """

    name: str
    of: tuple[str, ...]
    unit: str
    about: str
    within: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    labware: tuple[str, ...] = ()
    gated: bool = False
    smallest: float = 0.2
    fold: bool = False
    source: str | None = None
    limit: str | None = None
    cv: float | None = None
    cv_source: str | None = None
    series: bool = False
    compares: bool = False


CELL, PLACE = ("cell",), ("place",)
PARTICLES = ("vesicle", "preparation")

_ROWS = (
    Assay(
        "qPCR", ("node",), "% of full", "mRNA of a node: what its inputs and silencing leave of full expression", CELL,
        smallest=0.5, fold=True,
    ),
    Assay(
        "blot", ("node",), "% of full", "protein of a node in lysate: the mean over living cells", CELL,
        smallest=0.25, cv=0.22, cv_source="wbvariation",
    ),
    Assay("IF", ("node",), "% of full", "protein of a node seen cell by cell: the median cell", CELL),
    Assay("ELISA", ("substance",), "pg/mL", "a soluble factor in the medium", PLACE, limit="1 pg/mL"),
    Assay(
        "flow cytometry", ("node", "cargo"), "% positive", "share of living cells above a gate", CELL, gated=True,
    ),
    Assay("reporter", ("node",), "% of no miRNA", "luciferase with the target's site", CELL),
    Assay("mutant reporter", ("node",), "% of no miRNA", "luciferase with the site mutated", CELL),
    Assay(
        "EV uptake", ("vesicle",), "EV/cell", "labelled vesicles that a living cell has bound or taken up so far", CELL,
        smallest=0.3,
    ),
    Assay(
        "NTA", PARTICLES, "EV/mL", "particles above the limit of light scattering", PLACE, smallest=0.3, limit="70 nm",
        cv=0.25, cv_source="vestad2017",
    ),
    Assay(
        "TRPS", PARTICLES, "EV/mL", "particles above the limit of the pore", PLACE, smallest=0.3, limit="75 nm",
        cv=0.525, cv_source="vogel2016",
    ),
    Assay("EV protein", PARTICLES, "ug", "protein of the vesicles in the medium", PLACE),
    Assay("EdU", CELL, "%", "living cells that were in S phase during the pulse", PLACE),
    Assay("Ki67", CELL, "%", "living cells that are in cycle", PLACE),
    Assay("viability", CELL, "cells", "living cells", PLACE, smallest=0.1),
    Assay(
        "survival", CELL, "%", "cells that have not died, of all that were put in or came by division", PLACE,
        smallest=0.1,
    ),
    Assay(
        "killing", CELL, "%", "cells that have died, of all that were put in or came by division", PLACE, smallest=0.1,
    ),
    Assay("IC50", CELL, "", "dose that halves viability, from a dose series", PLACE, smallest=1.0, series=True),
    Assay("apoptosis", CELL, "%", "cells with annexin V: dying and not yet cleared", PLACE),
    Assay("SA-b-gal", CELL, "%", "cells in the state `senescent`", PLACE),
    Assay("label retention", CELL, "%", "cells in the state `dormant`", PLACE),
    Assay("glycolysis", CELL, "fmol/cell/h", "lactate that the living cells secrete", PLACE),
    Assay(
        "scratch", CELL, "% of wound", "share of the wounded area that cells cover again", PLACE, labware=("patch",),
        smallest=0.15,
    ),
    Assay(
        "migration", CELL, "cells/mm^2", "cells that came through the pores, per area of filter", PLACE,
        labware=("chamber",),
    ),
    Assay(
        "invasion", CELL, "cells/mm^2", "cells that came through the coat and the pores, per area of filter", PLACE,
        labware=("chamber",),
    ),
    Assay("spheroid", CELL, "um", "diameter of the largest body of cells", PLACE),
    Assay(
        "tubes", CELL, "mm/mm^2", "length of the skeleton of the cells' network", PLACE, labware=("patch",),
    ),
    Assay("TEER", ("labware",), "ohm cm^2", "resistance of the monolayer", labware=("transwell",), smallest=0.1),
    Assay(
        "permeability", ("labware",), "cm/s", "of filter and monolayer together", to=("substance", "vesicle"),
        labware=("transwell",),
    ),
    Assay("co-culture", CELL, "%", "share of living cells that are of this type", PLACE),
    Assay(
        "T-cell suppression", CELL, "%", "divisions missing against the arm without suppressors", PLACE, compares=True,
    ),
    Assay(
        "electrode", ("substance",), "mM", "ions in the medium, by an ion-selective electrode", PLACE, smallest=0.03,
        source="ica-one", cv=0.014, cv_source="ica-one",
    ),
    Assay("adhesion", CELL, "cells", "cells that hold to what is under them, or have passed it", PLACE, smallest=0.1),
    Assay("pits", ("matrix",), "%", "mineral area that was resorbed", PLACE),
    Assay("TRAP", CELL, "cells", "osteoclasts", PLACE),
)  # fmt: skip

ASSAYS = MappingProxyType({row.name: row for row in _ROWS})
"""All assays by name."""
USUAL = MappingProxyType(
    {
        "concentration": "ELISA", "vesicles": "NTA", "carriers": "NTA", "delivered": "EV uptake", "copies": "qPCR",
        "delivered copies": "qPCR", "copies per particle": "qPCR", "count": "viability",
    }
)  # fmt: skip
"""The usual assay of a plain measure, by its kind; cells are counted as precisely as viability is read."""
RULE_OF_THUMB = 0.1


def smallest_of(kind: str, assay: str | None) -> float:
    """Smallest relative effect that a measure shows, by its kind and assay; a rule of thumb where none is agreed."""
    row = ASSAYS.get((assay if kind == "assay" else USUAL.get(kind)) or "")
    return RULE_OF_THUMB if row is None else row.smallest
