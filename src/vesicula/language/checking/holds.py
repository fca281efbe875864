"""What a place can hold: particles in a medium, copies in and on a vesicle, cells in a site; what a cell can shed.

Laws of space alone, each with one number that is assumed: nothing that a model states may exceed them, whatever its
source. How far a measured value stays below is not their matter.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from vesicula.language.values import RangeShape, Value

PACKED = 0.64
"""Share of a volume that spheres fill when poured together."""
CLOSEST = 0.7405
"""Share of a volume that spheres fill in the closest packing, π/√18: the most there is."""
MEMBRANE_NM = 5.0
NM3_PER_KDA_PROTEIN, NM3_PER_KDA_NUCLEIC = 1.21, 0.90  # dry volumes, partial specific 0.73 and 0.54 mL/g
KDA = {"miRNA": 7.2, "mRNA": 660.0, "lncRNA": 660.0, "mtDNA": 10200.0, "drug": 0.5}
PROTEIN_KDA, NM2_PER_MEMBRANE_PROTEIN = 50.0, 20.0
MOST_SHED = 10.0
"""Own surfaces that a cell sheds in a day at most, assumed; the highest release known, that of monocytes into blood, is
three (2.7e3 vesicles per hour, auber2022)."""
Z95 = NormalDist().inv_cdf(0.95)


def particles_that_fit(volume: float, diameter: float) -> float:
    """Particles of a diameter, µm, that a medium of a volume, µm³, holds when it holds nothing else.

    Equation   0.64 V / (π/6 d³), random close packing of spheres
    """
    return PACKED * volume / (math.pi / 6.0 * diameter**3) if diameter > 0 else math.inf


def copies_that_fit(diameter_nm: float, kind: str, how: str) -> float:
    """Copies that fit into, or on, a vesicle when nothing else is there.

    Equation   (d − 10 nm)³ π/6 over the dry volume of a molecule; on the surface: π d² over 20 nm² per protein
    Source     a membrane of 5 nm, assumed; usual partial specific volumes; 22 nt, 2 kb, 16.6 kb and 50 kDa assumed
    """
    if how != "lumen":
        return math.pi * diameter_nm**2 / NM2_PER_MEMBRANE_PROTEIN
    lumen = max(diameter_nm - 2.0 * MEMBRANE_NM, 0.0) ** 3 * math.pi / 6.0
    nucleic = kind in ("miRNA", "mRNA", "lncRNA", "mtDNA")
    mass = KDA.get(kind, PROTEIN_KDA)
    return lumen / (mass * (NM3_PER_KDA_NUCLEIC if nucleic else NM3_PER_KDA_PROTEIN))


def shed_per_day(released: float, vesicle: float, cell: float) -> float:
    """Own surfaces that a cell sheds in a day. released : particles/min; vesicle, cell : diameters, µm

    Equation   1440 r d² / D², both as spheres
    """
    return 1440.0 * released * vesicle**2 / cell**2


def draws_beyond(value: Value, most: float) -> float:
    """Share of the draws of a stated range that exceed `most` (in the value's unit); 0 or 1 without a range.

    Equation   log-normal through the median and the end of the central 90 % on that side; else even in probability
               between the value and that end
    """
    above = value.number > most
    end = value.low if above else value.high
    if end is None or end == value.number:
        return 1.0 if above else 0.0
    if value.shape is RangeShape.LOG_NORMAL and min(value.number, end, most) > 0:
        away = math.log(most / value.number) / math.log(end / value.number)
        share = NormalDist().cdf(-Z95 * away)
    else:
        share = 0.5 * max(0.0, 1.0 - (most - value.number) / (end - value.number))
    return 1.0 - share if above else share
