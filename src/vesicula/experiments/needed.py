"""How much of a cargo a recipient needs before the usual read-out moves by the smallest change it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.results.needs import COMPETITOR_KAPPA, COMPETITOR_LAMBDA, FOLD, copies_needed

F64 = NDArray[np.float64]
Number = F64 | float


@dataclass(frozen=True)
class Silenced:
    """What decides how many copies silence a target, each float64[...]; names as in `engine.silencing`.

    own, mrna, half (λ), sites : copies; strength : κ
    """

    own: Number
    mrna: Number
    half: Number
    strength: Number
    sites: Number


def silencing_copies(target: Silenced, *, lag: Number = 1.0, fall: float | None = None) -> F64:
    """Functional copies that move the target by the smallest change its read-out shows.

    Equation   F* = M(m*) − M0 at an mRNA fall of s/L; of 1 − 1/1.5 for the mRNA itself
    lag : L, share of the mRNA's fall that the protein shows by then; fall : s, smallest fall of the protein that is
    seen; None: the mRNA is read by qPCR
    Returns    copies per cell; inf where even no mRNA at all would not show in time
    """
    shape = np.broadcast_shapes(*(np.shape(one) for one in (*vars(target).values(), lag)))
    fold: Number = FOLD
    if fall is not None:
        asked = fall / np.maximum(np.broadcast_to(lag, shape), 1e-300)
        fold = np.where(asked < 1.0, 1.0 / (1.0 - np.minimum(asked, 0.999999)), np.inf)

    def row(first: Number, second: Number) -> F64:
        return np.stack([np.broadcast_to(np.asarray(one, np.float64), shape) for one in (first, second)], axis=-1)

    return copies_needed(
        np.broadcast_to(np.asarray(target.own, np.float64), shape), 0, row(target.mrna, target.sites),
        row(target.half, COMPETITOR_LAMBDA), row(target.strength, COMPETITOR_KAPPA), fold=fold,
    )  # fmt: skip


def rule_level(limit: Number, half: Number, hill: Number, change: float) -> F64:
    """Level of a signal at which a rule moves its behaviour by `change` of the base.

    Equation   (1 + b s)/(1 + s) = 1 ± δ, s = (x/c)^h;  s = δ / (|b − 1| − δ)
    limit : b, multiple of the base at full signal; half : c; hill : h
    Returns    float64[...], in the unit of `half`; inf where the full effect is smaller than δ
    """
    room = np.abs(np.asarray(limit, np.float64) - 1.0) - change
    signal = np.where(room > 0.0, change / np.where(room > 0.0, room, 1.0), np.inf)
    return np.asarray(half) * signal ** (1.0 / np.asarray(hill, np.float64))


def edge_level(half: Number, ec50: Number, hill: Number, weight: Number, change: Number) -> F64:
    """Level of a signal at which an edge moves its node by `change` of full activity.

    Equation   w B o^n/(K^n + o^n) = s, B = (e^n − 1)/(2 e^n − 1), K = (B − 1)^(1/n), o = x/(x + c)
    half : c, level of half occupancy; ec50, hill, weight : e, n, w of the edge
    Returns    float64[...], in the unit of `half`; inf where the whole edge does less
    """
    power = np.asarray(ec50, np.float64) ** hill
    b = (power - 1.0) / (2.0 * power - 1.0)
    share = np.asarray(change, np.float64) / weight
    possible = share < 1.0
    least = np.where(possible, share, 0.5)
    occupancy = ((b - 1.0) * least / (b - least)) ** (1.0 / np.asarray(hill, np.float64))
    occupancy = np.minimum(occupancy, 1.0 - 1e-12)
    return np.where(possible, np.asarray(half) * occupancy / (1.0 - occupancy), np.inf)
