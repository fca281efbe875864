"""What a fit predicts beside its data: one panel for each measure, drawn with Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vesicula.results.palette import arm_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from vesicula.experiments.calibration.fitting import Fit

HOUR, DAY = 60.0, 1440.0


def picture(fit: Fit, kind: str = "svg") -> bytes:
    """The predictive check: data with their errors, and the central 90 % of draws before and after the fit.

    kind : svg or png
    """
    from vesicula.results.plots import rendered

    return rendered(lambda figure: _checked(figure, fit), kind)


def _checked(figure: Figure, fit: Fit) -> None:
    data = fit.table.data
    measures = list(dict.fromkeys(one.measure for one in data))
    arms = list(dict.fromkeys(one.arm for one in data))
    colours = dict(zip(arms, list(arm_colours(("", *arms)).values())[1:], strict=True))  # grey is for before
    scale, unit = (DAY, "days") if max(one.minutes for one in data) >= 2 * DAY else (HOUR, "h")
    figure.set_size_inches(4.2 * len(measures), 3.4)
    for axes, measure in zip(np.atleast_1d(figure.subplots(1, len(measures))), measures, strict=True):
        for arm in arms:
            mine = [k for k, one in enumerate(data) if one.measure == measure and one.arm == arm]
            if mine:
                _arm(axes, fit, mine, scale, colours[arm], arm or "model", alone=len(arms) == 1)
        axes.set_xlabel(f"time ({unit})")
        axes.set_ylabel(f"{measure} ({fit.units[measure]})" if fit.units.get(measure) else measure)
        if fit.table.errors == "log":
            axes.set_yscale("log")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8)


def _arm(axes, fit: Fit, mine: list[int], scale: float, colour: str, arm: str, *, alone: bool) -> None:
    times = np.array([fit.table.data[k].minutes for k in mine]) / scale
    values = np.array([fit.table.data[k].value for k in mine])
    errors = 1.96 * np.array([fit.table.data[k].error for k in mine])
    low, high = (values * np.exp(-errors), values * np.exp(errors)) if fit.table.errors == "log" else (
        values - errors, values + errors)  # fmt: skip
    name = "" if alone else f"{arm}: "
    for readings, face, alpha, told in (
        (fit.prior_readings, "0.6", 0.25, "before"), (fit.readings, colour, 0.35, "after"),
    ):  # fmt: skip
        ends = np.nanquantile(readings[mine], (0.05, 0.5, 0.95), axis=1)
        floor = 1e-3 * float(values.min()) if fit.table.errors == "log" else -np.inf
        ends = np.maximum(ends, floor)
        _band(axes, times, ends, face, alpha, f"{name}{told} the fit, 90 %")
    axes.errorbar(
        times, values, np.array([values - low, high - values]), fmt="o", color=colour, ecolor="0.2", markersize=4,
        capsize=2, label=f"{name}data, 95 %",
    )  # fmt: skip


def _band(axes, times: NDArray[np.float64], ends: NDArray[np.float64], face: str, alpha: float, label: str) -> None:
    if len(times) == 1:
        axes.vlines(times, ends[0], ends[2], color=face, alpha=alpha, linewidth=10, label=label)
        return
    axes.fill_between(times, ends[0], ends[2], color=face, alpha=alpha, linewidth=0, label=label)
    axes.plot(times, ends[1], color=face, linewidth=1)
