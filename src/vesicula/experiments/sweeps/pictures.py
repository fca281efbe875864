"""Pictures of sweeps and of shares of variance, drawn with Matplotlib."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vesicula.results.palette import BASELINE, HUES, SOFT_INK, arm_colours
from vesicula.results.plots import rendered
from vesicula.results.statistics import ENOUGH_FOR_PERCENTILES
from vesicula.results.wording import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from vesicula.experiments.sweeps.sensitivity import Outcome, Sensitivity
    from vesicula.experiments.sweeps.sweeping import Sweep

F64 = NDArray[np.float64]
PANELS, ROWS, COLUMNS = 6, 3, 4  # of lines; of maps
BARS, OUTCOMES = 12, 4
LOG_FROM = 20.0  # spread of positive readings from which their axis is logarithmic
LEAST_SHOWN = 0.01  # share of a value that has a bar though it may be chance
ORDERS = (
    ("first", HUES[0], "first order: alone"),
    ("total", BASELINE, "total: with all it acts together with"),
)
LONG = 44  # letters of a path on an axis


def sweep_picture(done: Sweep, kind: str = "svg") -> bytes:
    """Lines with intervals over one value, maps over two, dots over more. kind : svg or png"""
    if len(done.over) == 1:
        draw = _lines
    elif len(done.over) == 2:
        draw = _maps
    else:
        draw = _dots
    return rendered(lambda figure: draw(figure, done), kind)


def sensitivity_picture(done: Sensitivity, kind: str = "svg") -> bytes:
    """Bars with intervals: of the first measure, in the baseline and as changes from it. kind : svg or png"""
    return rendered(lambda figure: _bars(figure, done), kind)


def shown_outcomes(done: Sensitivity) -> tuple[Outcome, ...]:
    """Outcomes of the first measure that are drawn: the first arm, and the changes from it."""
    first = [one for one in done.outcomes if one.measure == done.outcomes[0].measure] if done.outcomes else []
    base = [one for one in first if one.of == "value"][:1]
    return tuple([*base, *(one for one in first if one.of != "value")][:OUTCOMES])


def _shortened(words: str) -> str:
    return words if len(words) <= LONG else f"…{words[1 - LONG :]}"


def _wide(readings: F64) -> bool:
    """Whether readings need a logarithmic scale."""
    seen = readings[np.isfinite(readings)]
    return bool(len(seen) and seen.min() > 0 and seen.max() > LOG_FROM * seen.min())


def _middle(readings: F64) -> F64:
    """Medians over the last axis, NaN where nothing was read."""
    out = np.full(readings.shape[:-1], np.nan)
    some = np.isfinite(readings).any(axis=-1)
    out[some] = np.nanmedian(readings[some], axis=-1)
    return out


def _unit(done: Sweep, measure: str) -> str:
    unit = next(one.unit for one in done.seen if one.measure == measure)
    return f"{measure} ({unit})" if unit else measure


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def _in_folds(axis: Axis) -> None:
    """A logarithmic axis with plain numbers at 1, 2 and 5 of every decade."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=10))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axis.set_minor_formatter(NullFormatter())


def _scaled(axes: Axes, *, x: bool, y: bool) -> None:
    """Logarithmic axes where they are asked for."""
    if x:
        axes.set_xscale("log")
        _in_folds(axes.xaxis)
    if y:
        axes.set_yscale("log")
        _in_folds(axes.yaxis)


def _lines(figure: Figure, done: Sweep) -> None:
    measures, (over,) = done.measures[:PANELS], done.over
    columns = min(3, len(measures))
    rows = math.ceil(len(measures) / columns)
    figure.set_size_inches(4.0 * columns + 0.4, 3.1 * rows + 0.5)
    order = np.argsort(done.points[:, 0])
    x, colours = done.points[order, 0], arm_colours(done.arms)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, measure in zip(grid, measures, strict=False):
        wide = _wide(np.stack([done.of(measure, arm) for arm in done.arms]))
        for arm in done.arms:
            ends = [done.intervals(measure, arm)[k] for k in order.tolist()]
            axes.plot(x, [one.median for one in ends], color=colours[arm], marker="o", markersize=3, label=arm or None)
            if done.repeats > 1:
                low, high = [one.low for one in ends], [one.high for one in ends]
                axes.fill_between(x, low, high, color=colours[arm], alpha=0.18, linewidth=0)
        stated = done.stated[0]
        if over.low <= stated <= over.high:
            axes.axvline(stated, color=SOFT_INK, linewidth=0.8, linestyle=(0, (2, 3)))
        axes.set_xlabel(_shortened(over.name))
        axes.set_ylabel(_unit(done, measure))
        _scaled(axes, x=over.log, y=wide)
        _plain(axes)
    for axes in grid[len(measures) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    if labels:
        figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)), frameon=False)
    figure.suptitle(_what(done), fontsize=8, color=SOFT_INK)


def _what(done: Sweep, *, bands: bool = True) -> str:
    """What is drawn: medians, and bands beside them."""
    n = done.repeats
    if n == 1:
        return f"{done.model}: one run at each point"
    ends = f" and {'central 90 %' if n >= ENOUGH_FOR_PERCENTILES else 'lowest to highest'}" if bands else ""
    return f"{done.model}: median{ends} of {n} {'draws of all other values' if done.drawn else 'seeds'}"


def _maps(figure: Figure, done: Sweep) -> None:
    from matplotlib.colors import LogNorm, Normalize

    measures, arms = done.measures[:ROWS], done.arms[:COLUMNS]
    figure.set_size_inches(3.1 * len(arms) + 1.2, 2.8 * len(measures) + 0.5)
    grid = figure.subplots(len(measures), len(arms), squeeze=False)
    for row, measure in zip(grid, measures, strict=True):
        middle = {arm: _middle(done.of(measure, arm)) for arm in arms}
        every = np.concatenate(list(middle.values()))
        seen = every[np.isfinite(every)]
        low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
        norm = LogNorm(low, high) if _wide(every) else Normalize(low, high)
        drawn = [_map(axes, done, middle[arm], norm) for axes, arm in zip(row, arms, strict=True)]
        for axes, arm in zip(row, arms, strict=True):
            axes.set_title(arm, fontsize=9)
            axes.set_xlabel(_shortened(done.over[0].name), fontsize=8)
            axes.set_ylabel(_shortened(done.over[1].name), fontsize=8)
            _scaled(axes, x=done.over[0].log, y=done.over[1].log)
            axes.plot(*([value] for value in done.stated), marker="+", color="white", markersize=9, markeredgewidth=1.6)
        figure.colorbar(drawn[0], ax=list(row), label=_unit(done, measure))
    figure.suptitle(f"{_what(done, bands=False)}; +: as stated", fontsize=8, color=SOFT_INK)


def _map(axes: Axes, done: Sweep, middle: F64, norm):
    """Fields of a grid, dots of other designs."""
    if done.design != "grid":
        return axes.scatter(done.points[:, 0], done.points[:, 1], c=middle, norm=norm, s=26, edgecolors="0.4", lw=0.3)
    x, y = (np.unique(done.points[:, k]) for k in (0, 1))
    fields = middle.reshape(len(x), len(y)).T
    edges = [_edges(values, log=over.log) for values, over in zip((x, y), done.over, strict=True)]
    return axes.pcolormesh(*edges, fields, norm=norm, rasterized=False)


def _edges(values: F64, *, log: bool) -> F64:
    """Edges of fields around values, float64[n + 1]."""
    at = np.log(values) if log else values
    middle = (at[1:] + at[:-1]) / 2
    edges = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(edges) if log else edges


def _dots(figure: Figure, done: Sweep) -> None:
    measures, colours = done.measures[:ROWS], arm_colours(done.arms)
    figure.set_size_inches(2.7 * len(done.over) + 0.8, 2.6 * len(measures) + 0.6)
    grid = figure.subplots(len(measures), len(done.over), squeeze=False, sharey="row")
    for row, measure in zip(grid, measures, strict=True):
        wide = _wide(np.stack([done.of(measure, arm) for arm in done.arms]))
        for k, (axes, over) in enumerate(zip(row, done.over, strict=True)):
            for arm in done.arms:
                middle = _middle(done.of(measure, arm))
                axes.scatter(done.points[:, k], middle, color=colours[arm], s=9, label=arm or None)
            axes.set_xlabel(_shortened(over.name), fontsize=8)
            _scaled(axes, x=over.log, y=wide)
            _plain(axes)
        row[0].set_ylabel(_unit(done, measure))
    handles, labels = grid[0, 0].get_legend_handles_labels()
    if labels:
        figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)), frameon=False)
    figure.suptitle(_what(done, bands=False), fontsize=8, color=SOFT_INK)


def _bars(figure: Figure, done: Sensitivity) -> None:
    from matplotlib.patches import Patch

    shown = shown_outcomes(done)
    n = max(1, len(shown))
    most = max((len(_barred(one)) for one in shown), default=1)
    figure.set_size_inches(4.6 * min(2, n) + 0.6, (0.24 * most + 1.1) * math.ceil(n / 2) + 0.5)
    grid = figure.subplots(math.ceil(n / 2), min(2, n), squeeze=False).ravel()
    for axes, one in zip(grid, shown, strict=False):
        _panel(axes, one)
    for axes in grid[len(shown) :]:
        axes.set_visible(False)
    if shown:
        orders = ORDERS if shown[0].order("total") else ORDERS[:1]
        handles = [Patch(color=colour, label=label) for _, colour, label in orders]
        figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(f"{done.model}: shares of variance, {len(done.values)} values; whiskers: 95 %", fontsize=8,
                    color=SOFT_INK)  # fmt: skip


def _barred(one: Outcome) -> list[str]:
    """Values that have bars, the largest share first."""
    ranked = one.order("total") or one.order("first")
    found = [share.value for share in ranked if share.beyond or share.share >= LEAST_SHOWN]
    return (found or [share.value for share in ranked])[:BARS]


def _panel(axes: Axes, one: Outcome) -> None:
    """Bars of the values that take most, total below first order; pale: may be nothing."""
    names = _barred(one)[::-1]
    orders = ORDERS if one.order("total") else ORDERS[:1]
    thick = 0.8 / len(orders)
    for j, (order, colour, _) in enumerate(orders):
        of = {share.value: share for share in one.order(order)}
        rows = [of[name] for name in names]
        y = np.arange(len(names)) + (0.0 if len(orders) == 1 else (0.5 - j) * thick)
        width = np.array([row.share for row in rows])
        error = np.array([[row.share - row.low, row.high - row.share] for row in rows]).T
        for patch, row in zip(axes.barh(y, width, thick, color=colour), rows, strict=True):
            patch.set_alpha(1.0 if row.beyond else 0.35)
        axes.errorbar(width, y, xerr=error, fmt="none", ecolor="0.25", elinewidth=0.9, capsize=1.5)
    axes.set_yticks(np.arange(len(names)), [_shortened(name) for name in names], fontsize=7.5)
    axes.axvline(0.0, color="0.3", linewidth=0.8)
    total = sum(share.share for share in one.order("first"))
    axes.set_title(f"{one.name}\nfirst orders add up to {total:.2f}", fontsize=8.5)
    axes.set_xlabel(f"share of the variance{' of the logarithm' if one.scale == 'log' else ''}")
    _plain(axes)
