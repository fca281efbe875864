"""Virtual assays: what a laboratory would read from a run, named as laboratories name it.

Every entry of `language.assays.ASSAYS` has one function in `readers.READERS`; its documentation says what is computed,
with the equation, and becomes the page `docs/assays.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vesicula.results.assays.effects import SmallestEffect, smallest_effect

if TYPE_CHECKING:
    import numpy as np

    from vesicula.engine.system import System, SystemState
    from vesicula.results.description import MeasureLabel, RunDescription

__all__ = ["SmallestEffect", "assay_reader", "smallest_effect"]


def assay_reader(
    measure: MeasureLabel, description: RunDescription, system: System
) -> Callable[[SystemState], np.ndarray]:
    """A function from the states of all sites to the assay's value in its unit, float64[n_variants].

    The value is NaN where it is not defined.

    Raises     KeyError where the assay or a name of the measure is unknown, or the place will not do for it
    """
    from vesicula.results.assays.readers import READERS, at_bench

    bench = at_bench(measure, description, system)
    return READERS[bench.assay.name](bench)
