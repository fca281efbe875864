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
    gated: takes `positive above VALUE`; smallest: smallest relative effect that is seen; source: reference key of
    that figure, None: rule of thumb; limit: detection limit as a quantity, None: none stated; series: read over a dose
    series, once per series and not per arm; about: what is read.
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
    source: str | None = None
    limit: str | None = None
    series: bool = False


_ROWS = (
    Assay("qPCR", ("node",), "fold of start", "mRNA of a node, by silencing and by its inputs", ("cell",), smallest=0.5),
    Assay("blot", ("node",), "% of full", "protein of a node in lysate: the mean over living cells", ("cell",)),
    Assay("IF", ("node",), "% of full", "protein of a node seen cell by cell: the median cell", ("cell",)),
    Assay("ELISA", ("substance",), "pg/mL", "a soluble factor in the medium", ("place",), limit="1 pg/mL"),
    Assay(
        "flow cytometry", ("node", "cargo"), "% positive", "share of living cells above a gate", ("cell",), gated=True,
    ),
    Assay("reporter", ("node",), "% of no miRNA", "luciferase with the target's site", ("cell",)),
    Assay("mutant reporter", ("node",), "% of no miRNA", "luciferase with the site mutated", ("cell",)),
    Assay("EV uptake", ("vesicle",), "EV/cell", "labelled vesicles bound to or inside a living cell", ("cell",)),
    Assay("NTA", ("vesicle", "preparation"), "EV/mL", "particles above the limit of light scattering", ("place",)),
    Assay("TRPS", ("vesicle", "preparation"), "EV/mL", "particles above the limit of the pore", ("place",)),
    Assay("EV protein", ("vesicle", "preparation"), "ug", "protein mass, by the preparation's own ratio", ("place",)),
    Assay("EdU", ("cell",), "%", "living cells that were in S phase during the pulse", ("place",)),
    Assay("Ki67", ("cell",), "%", "living cells that are in cycle", ("place",)),
    Assay("viability", ("cell",), "cells", "living cells", ("place",), smallest=0.1),
    Assay("IC50", ("cell",), "", "dose that halves viability, from a dose series", ("place",), series=True),
    Assay("apoptosis", ("cell",), "%", "cells with annexin V: dying and not yet cleared", ("place",)),
    Assay("SA-b-gal", ("cell",), "%", "cells in the state `senescent`", ("place",)),
    Assay("glycolysis", ("cell",), "% of start", "acidification: secretion of lactate", ("place",)),
    Assay("scratch", ("cell",), "% closed", "share of the wounded area that cells cover again", ("place",), (), ("patch",), smallest=0.15),
    Assay("migration", ("cell",), "cells", "cells that came through the pores", ("place",), (), ("chamber",)),
    Assay("invasion", ("cell",), "cells", "cells that came through the coat and the pores", ("place",), (), ("chamber",)),
    Assay("spheroid", ("cell",), "um", "diameter of the body of cells", ("place",)),
    Assay("tubes", ("cell",), "mm/mm^2", "length of the skeleton of the cells' network", ("place",), (), ("patch",)),
    Assay("TEER", ("labware",), "ohm cm^2", "resistance of the monolayer", (), (), ("transwell",), smallest=0.1),
    Assay("permeability", ("labware",), "cm/s", "of filter and monolayer together", (), ("substance", "vesicle"), ("transwell",)),
    Assay("co-culture", ("cell",), "%", "share of living cells that are of this type", ("place",)),
    Assay("T-cell suppression", ("cell",), "%", "divisions missing against the arm without suppressors", ("place",)),
    Assay("pits", ("matrix",), "%", "mineral area that was resorbed", ("place",)),
    Assay("TRAP", ("cell",), "cells", "osteoclasts", ("place",)),
)  # fmt: skip

ASSAYS = MappingProxyType({row.name: row for row in _ROWS})
