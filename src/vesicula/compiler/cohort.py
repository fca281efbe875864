"""Patients of a cohort as replicates: their genotypes, and the values these multiply."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from vesicula import units
from vesicula.compiler.drawing import score
from vesicula.compiler.names import Variant
from vesicula.compiler.parameters import ParameterTable
from vesicula.language.cohort import Cohort, Genotype
from vesicula.language.model import Arm, Model
from vesicula.language.steps import SetParameter


def patients_of(model: Model, cohort: Cohort, seed: int) -> tuple[Variant, ...]:
    """Arms × patients; a patient is one draw of parameters, random numbers and genotypes, the same in every arm."""
    arms = model.arms or (Arm(name=""),)
    return tuple(
        Variant(arm.name, patient, patient, tuple(genotype_of(one, arm, seed, patient) for one in cohort.genotypes))
        for arm in arms
        for patient in range(cohort.patients)
    )


def genotype_of(one: Genotype, arm: Arm, seed: int, patient: int) -> str:
    """The genotype of a patient at a locus, drawn by the shares of the arm."""
    shares = _shares(one, arm)
    u = NormalDist().cdf(score(seed, patient + 1, f"cohort.genotypes.{one.name}")) * sum(shares.values())
    for name, share in sorted(shares.items()):
        u -= share
        if u < 0.0:
            return name
    return max(shares, key=lambda name: shares[name])


def _shares(one: Genotype, arm: Arm) -> dict[str, float]:
    """Shares of the genotypes; those that an arm does not set share what it leaves."""
    stated = {name: units.internal(value, "share") for name, value in one.shares.items()}
    path = f"cohort.genotypes.{one.name}."
    mine = {
        step.path.removeprefix(path): units.internal(step.value, "share")
        for step in arm.steps
        if isinstance(step, SetParameter) and step.path.startswith(path)
    }
    rest = sum(share for name, share in stated.items() if name not in mine)
    left = max(0.0, 1.0 - sum(mine.values()))
    return {name: mine.get(name, share * left / rest if rest > 0 else 0.0) for name, share in stated.items()}


def multiply_by_genotype(model: Model, variants: tuple[Variant, ...], parameters: ParameterTable) -> None:
    """Let the values that genotypes change be multiplied in the patients who have them."""
    cohort = model.cohort
    if cohort is None:
        return
    for one in cohort.genotypes:
        for name, value in one.shares.items():
            path = f"cohort.genotypes.{one.name}.{name}"
            if path in parameters.unused_settings:
                parameters.source(path, value, "share")
    loci = [one.name for one in cohort.genotypes]
    for number, differs in enumerate(cohort.differ):
        place = loci.index(differs.locus)
        carriers = np.array([variant.genotypes[place] == differs.allele for variant in variants], dtype=np.bool_)
        factor = parameters.source(f"cohort.differ.{number}.factor", differs.factor, "factor", sources=differs.sources)
        parameters.multiply(differs.path, carriers, factor)
