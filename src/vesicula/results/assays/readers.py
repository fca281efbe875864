"""Which function reads which assay."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from vesicula.engine.system import System
from vesicula.language.assays import ASSAYS
from vesicula.results.assays import barrier, cytometry, dose_response, growth, molecules, motion, particles
from vesicula.results.assays.bench import Bench, Reader
from vesicula.results.description import MeasureLabel, RunDescription

READERS: MappingProxyType[str, Callable[[Bench], Reader]] = MappingProxyType(
    {
        "qPCR": molecules.qpcr,
        "blot": molecules.blot,
        "IF": molecules.immunofluorescence,
        "ELISA": molecules.elisa,
        "flow cytometry": cytometry.flow_cytometry,
        "reporter": molecules.reporter,
        "mutant reporter": molecules.mutant_reporter,
        "EV uptake": particles.ev_uptake,
        "NTA": particles.counted_particles,
        "TRPS": particles.counted_particles,
        "EV protein": particles.ev_protein,
        "EdU": growth.edu,
        "Ki67": growth.ki67,
        "viability": growth.living_cells,
        "survival": growth.survivors,
        "killing": growth.killed,
        "IC50": dose_response.ic50,
        "apoptosis": growth.annexin,
        "SA-b-gal": growth.senescent,
        "label retention": growth.dormant,
        "glycolysis": growth.lactate,
        "scratch": motion.scratch,
        "migration": motion.migration,
        "invasion": motion.invasion,
        "spheroid": motion.spheroid,
        "tubes": motion.tubes,
        "TEER": barrier.teer,
        "permeability": barrier.permeability,
        "co-culture": growth.co_culture,
        "T-cell suppression": growth.suppression,
        "electrode": molecules.electrode,
        "adhesion": growth.held,
        "pits": growth.pits,
        "TRAP": growth.osteoclasts,
    }
)
"""What reads each assay, by its name."""


def at_bench(measure: MeasureLabel, description: RunDescription, system: System) -> Bench:
    """A measure of kind assay with all that its reader looks at; raises KeyError for an unknown assay."""
    return Bench(measure, ASSAYS[measure.assay or ""], description, system)
