"""Flow cytometry: the distribution of a node or cargo over cells, seen through the cells' own fluorescence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.state import State
from vesicula.engine.system import SystemState
from vesicula.results.assays.bench import F64, Bench, Reader
from vesicula.results.places import Place, index

BACKGROUND_NODE = 0.05  # of a full node; assumed, 0.01 to 0.2
BACKGROUND_COPIES = 1000.0  # fluorophores; assumed, 200 to 5,000
BACKGROUND_CV = 0.4  # assumed, 0.2 to 1
CHANNELS = 64


def _sigma() -> float:
    return float(np.sqrt(np.log1p(BACKGROUND_CV**2)))


def _below(fluorescence: F64, levels: F64, background: float) -> F64:
    """Probability that level and own fluorescence together lie below a value, for all pairs that broadcast."""
    from scipy.special import ndtr

    room = np.maximum(fluorescence - levels, 0.0)
    with np.errstate(divide="ignore"):
        return ndtr(np.log(room / background) / _sigma())


def level(bench: Bench) -> tuple[Callable[[State, Place], F64], float]:
    """What is stained, per cell, and the median own fluorescence in the same unit; raises KeyError.

    A node in shares of full; a cargo in copies, wherever they are: bound, in endosomes, in the cytosol or the membrane.
    """
    name, labels = bench.measure.what, bench.labels
    if name in labels.types[bench.type].nodes:
        column = index(labels.types[bench.type].nodes, name)
        return lambda state, _: state.nodes[:, column], BACKGROUND_NODE
    species = index(labels.species, name)
    slots = [i for i, slot in enumerate(labels.slots) if slot.species == species]

    def copies(state: State, _: Place) -> F64:
        outside = state.bound_cargo[:, slots].sum(axis=1) + state.endosomal_cargo[:, slots].sum(axis=1)
        return outside / state.stands_for + state.copies[:, species] + state.inserted[:, species]

    return copies, BACKGROUND_COPIES


def flow_cytometry(bench: Bench) -> Reader:
    """Share of living cells above the gate.

    Equation   100 · mean of P(x + A > gate),  A log-normal with median a and CV 0.4
    x is the cell's level, A its own fluorescence: a = 5 % of a full node (assumed, 1 to 20 %) or 1,000 fluorophores
    beside cargo copies (assumed, 200 to 5,000). The share is the expected one: it carries no counting noise of its own.
    """
    gate = bench.measure.above
    if gate is None:
        raise KeyError("gate")
    stained, background = level(bench)

    def positive(state: State, place: Place) -> F64:
        return 1.0 - _below(np.array(gate), stained(state, place), background)

    return lambda states: 100.0 * bench.mean(states, positive)


def histogram(levels: F64, number: NDArray[np.number], background: float) -> tuple[F64, F64]:
    """Expected histogram of a stained sample over channels that are even on a log scale.

    levels : float64[n_cells]; number : of cells that each stands for
    Returns    edges float64[65] in units of `levels`, shares float64[64] that sum to 1
    """
    top = max(float(levels.max(initial=0.0)), background) + 20.0 * background
    edges = np.geomspace(background / 20.0, top, CHANNELS + 1)
    below = _below(edges[:, None], levels[None, :], background) @ (number / number.sum())
    below[0], below[-1] = 0.0, 1.0
    return edges, np.diff(below)


def distribution(bench: Bench, states: SystemState, variants: list[int]) -> tuple[F64, F64]:
    """Histogram of the living cells of some variants (an arm), as `histogram`."""
    stained, background = level(bench)
    values, where, number = bench.of_cells(states, stained)
    mine = np.isin(where, variants)
    return histogram(values[mine], number[mine], background)
