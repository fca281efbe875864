"""Smallest effects that an assay, or the usual assay for a plain measure, can show."""

from __future__ import annotations

from dataclasses import dataclass

from vesicula.language.assays import ASSAYS, USUAL
from vesicula.results.description import MeasureLabel

CELL_COUNT = "cell count"  # as precise as the viability assay, which counts cells too


@dataclass(frozen=True)
class SmallestEffect:
    """name : the assay      share : smallest visible change over the baseline      fold : the same factor down as up
    source : reference key of the figure, None: rule of thumb      limit : below it values do not differ, in the unit
    of the measure
    """

    name: str
    share: float
    fold: bool = False
    source: str | None = None
    limit: float = 0.0

    @property
    def down(self) -> float:
        """Smallest visible fall over the baseline: the share, or 1 − 1/(1 + share) where the assay reads in folds."""
        return 1.0 - 1.0 / (1.0 + self.share) if self.fold else self.share

    def shows(self, baseline: float, change: float) -> bool:
        """Whether a change of a baseline value is larger than the smallest visible one, and not below the limit."""
        if self.limit > 0.0:
            seen = max(baseline, self.limit)
            baseline, change = seen, max(baseline + change, self.limit) - seen
        return abs(change) > (self.share if change > 0 else self.down) * abs(baseline)


def smallest_effect(measure: MeasureLabel) -> SmallestEffect | None:
    """What the measure's assay (of a plain measure: the usual one) can show; None where none is agreed."""
    if measure.kind == "count":
        row = ASSAYS["viability"]
        return SmallestEffect(CELL_COUNT, row.smallest, row.fold, row.source)
    row = ASSAYS.get((measure.assay if measure.kind == "assay" else USUAL.get(measure.kind)) or "")
    return None if row is None else SmallestEffect(row.name, row.smallest, row.fold, row.source, measure.limit)
