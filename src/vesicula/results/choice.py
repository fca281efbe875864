"""What of a run a person means: arms, replicates, sites and kept times by name; an unknown one is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import VesiculaError

if TYPE_CHECKING:
    import pandas as pd

    from vesicula.results.description import RunDescription, SiteLabel

SAME_TIME_MIN = 0.01  # times said to the hundredth of a minute, such as 0.2 h, are the kept ones


def arm_named(description: RunDescription, name: str) -> str:
    """An arm of the run; raises VesiculaError for an unknown one."""
    if name not in description.arms:
        raise VesiculaError(f"no arm is called {name or '(nothing)'}", f"there are: {', '.join(description.arms)}")
    return name


def site_named(description: RunDescription, name: str) -> str:
    """A site of the run; raises VesiculaError for an unknown one."""
    sites = [s.name for s in description.sites]
    if name not in sites:
        raise VesiculaError(f"no site is called {name or '(nothing)'}", f"there are: {', '.join(sites)}")
    return name


def variant_named(description: RunDescription, arm: str, replicate: int) -> int:
    """Number of the variant that is a replicate of an arm; raises VesiculaError where there is none."""
    try:
        return description.variant(arm_named(description, arm), replicate)
    except KeyError:
        raise VesiculaError(
            f"there is no replicate {replicate} of {arm}", f"replicates 0 to {description.replicates - 1}"
        ) from None


def picture_at(times: np.ndarray, time: float) -> int:
    """Number of a kept time, min; raises VesiculaError where nothing was kept then.

    times : float64[n], min, rising
    """
    nearest = int(np.argmin(np.abs(times - time)))
    if not abs(float(times[nearest]) - time) <= SAME_TIME_MIN:
        kept = times if len(times) <= 12 else [*times[:4], *times[max(0, nearest - 1) : nearest + 2], times[-1]]
        told = ", ".join(f"{one:g}" for one in dict.fromkeys(float(one) for one in kept))
        raise VesiculaError(
            f"nothing was kept at {time:g} min; the nearest kept time is {times[nearest]:g} min",
            f"ask for one of the {len(times)} kept times, in min: {told}",
        )
    return nearest


@dataclass(frozen=True)
class Choice:
    """A part of a run: of one arm, one replicate, one site, one kept time (min); None: of all of them."""

    arm: str | None = None
    replicate: int | None = None
    site: str | None = None
    time: float | None = None

    def variants(self, description: RunDescription) -> list[int]:
        """Numbers of the chosen variants; raises VesiculaError for an unknown arm or replicate."""
        arms = description.arms if self.arm is None else (arm_named(description, self.arm),)
        if self.replicate is not None:
            return [variant_named(description, arm, self.replicate) for arm in arms]
        return [i for i, one in enumerate(description.variants) if one.arm in arms]

    def sites(self, description: RunDescription) -> list[SiteLabel]:
        """The chosen sites; raises VesiculaError for an unknown one."""
        if self.site is None:
            return list(description.sites)
        return [description.site(site_named(description, self.site))]

    def pictures(self, times: np.ndarray) -> list[int]:
        """Numbers of the chosen kept times; raises VesiculaError where nothing was kept then.

        times : float64[n], min, rising
        """
        return list(range(len(times))) if self.time is None else [picture_at(times, self.time)]

    def rows(self, table: pd.DataFrame, description: RunDescription) -> pd.DataFrame:
        """Rows of a table of the run that are of the chosen part; what has no site is of all sites.

        Raises     VesiculaError as above
        """
        chosen = np.ones(len(table), dtype=np.bool_)
        self.variants(description)
        if self.arm is not None:
            chosen &= (table["arm"] == self.arm).to_numpy()
        if self.replicate is not None:
            chosen &= (table["replicate"] == self.replicate).to_numpy()
        if self.site is not None and "site" in table:
            chosen &= table["site"].isin([site_named(description, self.site), ""]).to_numpy()
        if self.time is not None and "time_min" in table:
            chosen &= (np.abs(table["time_min"] - self.time) <= SAME_TIME_MIN).to_numpy()
        return table.loc[chosen].reset_index(drop=True)
