"""Every block of the language by name: a table of its entries, which its class tells (`fields.Entry`)."""

from __future__ import annotations

from types import MappingProxyType

from vesicula.language.cohort import Cohort
from vesicula.language.fields import Field, entries
from vesicula.language.model import (
    Carried,
    Cell,
    Check,
    Experiment,
    Labware,
    Matrix,
    Model,
    Motion,
    Network,
    PositiveControl,
    Preparation,
    RestState,
    RunPlan,
    Sensed,
    Site,
    Substance,
    Trait,
    Vesicle,
    VesicleFate,
)

TOP = entries(Model)
REST = entries(RestState)
SITE = entries(Site)
LABWARE = entries(Labware)
SUBSTANCE = entries(Substance)
MATRIX = entries(Matrix)
VESICLE = entries(Vesicle)
CARRIED = entries(Carried)
PREPARATION = entries(Preparation)
CELL = entries(Cell)
NETWORK = entries(Network)
FATE = entries(VesicleFate)
MOVES = entries(Motion)
WEIGHT = Field("weight", "weight", "value", "gain; 1 is what receptors tell; negative: away from", "1", sign="any")
ATTRACTANT = (WEIGHT, *entries(Sensed))
TRAIT = entries(Trait)
COHORT = entries(Cohort)
RUN = entries(RunPlan)
EXPERIMENT = entries(Experiment)
POSITIVE_CONTROL = entries(PositiveControl)
CHECK = entries(Check)

RESERVED = ("vessels", "depots", "expect")
"""Blocks of later versions."""

BLOCKS = MappingProxyType(
    {
        "model": TOP,
        "rest": REST,
        "site": SITE,
        "labware": LABWARE,
        "substance": SUBSTANCE,
        "matrix": MATRIX,
        "vesicle": VESICLE,
        "cargo": CARRIED,
        "preparation": PREPARATION,
        "network": NETWORK,
        "cell": CELL,
        "EV fate": FATE,
        "moves": MOVES,
        "toward": ATTRACTANT,
        "trait": TRAIT,
        "cohort": COHORT,
        "run": RUN,
        "experiment": EXPERIMENT,
        "positive control": POSITIVE_CONTROL,
        "check": CHECK,
    }
)

FACES = ("left", "right", "bottom", "top", "back", "front", "all")
