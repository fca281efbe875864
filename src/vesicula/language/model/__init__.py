"""A model: what stands in one file, typed and frozen.

The same types hold the text as written (parts named in `use`, values that are left to the parameter library = None)
and the resolved model (`resolve`), in which parts are merged and every required value is filled.
"""

from vesicula.language.model.cells import (
    ALL_VESICLES,
    CYCLE_STEPS,
    Cell,
    Motion,
    Network,
    Passage,
    Phase,
    Sensed,
    StateBase,
    Trait,
    VesicleFate,
)
from vesicula.language.model.matter import (
    Carried,
    CoIsolated,
    Matrix,
    Preparation,
    Storage,
    Substance,
    Vesicle,
    number_of,
    stays_of,
)
from vesicula.language.model.named import Named
from vesicula.language.model.question import Arm, Bound, Check, Experiment, Model, PositiveControl, RunPlan
from vesicula.language.model.rest import RestState
from vesicula.language.model.space import (
    EVERY_FLUID,
    FLUIDS,
    Box,
    Disc,
    Fluid,
    HalfSpace,
    Labware,
    Region,
    Rest,
    Ring,
    Shape,
    Site,
)

__all__ = [
    "ALL_VESICLES",
    "CYCLE_STEPS",
    "EVERY_FLUID",
    "FLUIDS",
    "Arm",
    "Bound",
    "Box",
    "Carried",
    "Cell",
    "Check",
    "CoIsolated",
    "Disc",
    "Experiment",
    "Fluid",
    "HalfSpace",
    "Labware",
    "Matrix",
    "Model",
    "Motion",
    "Named",
    "Network",
    "Passage",
    "Phase",
    "PositiveControl",
    "Preparation",
    "Region",
    "Rest",
    "RestState",
    "Ring",
    "RunPlan",
    "Sensed",
    "Shape",
    "Site",
    "StateBase",
    "Storage",
    "Substance",
    "Trait",
    "Vesicle",
    "VesicleFate",
    "number_of",
    "stays_of",
]
