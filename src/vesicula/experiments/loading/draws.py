"""Many draws of stated values at once: those that a run has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vesicula import units
from vesicula.compiler.drawing import Ensemble, Scores, drawn_at
from vesicula.language.values import Value

F64 = NDArray[np.float64]
DRAWS = 512
"""Of questions, unless they say otherwise."""


def draws_in(ensemble: Ensemble | None, wanted: int = DRAWS) -> int:
    """So many draws as are wanted, or as calibrated rows and the stated values are."""
    return wanted if ensemble is None else min(wanted, ensemble.rows + 1)


def scores(name: str, n: int, *, seed: int = 1, ensemble: Ensemble | None = None) -> F64:
    """Standard-normal scores of a value, float64[n]: those that draws 0 to n - 1 of a run with this seed have.

    ensemble : calibrated draws, at least n - 1 rows
    """
    of = Scores(seed, ensemble).of
    return np.array([of(draw, name) for draw in range(n)])


def drawn(value: Value, dimension: str, z: F64, *, molar_mass: float | None = None) -> F64:
    """Values in internal units at scores z, float64[n]."""
    factor = units.factor(value.unit, dimension, molar_mass=molar_mass)
    return np.array([drawn_at(value, one) for one in z.tolist()]) * factor
