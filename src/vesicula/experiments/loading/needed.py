"""How much of a cargo a recipient needs before the usual read-out moves by the smallest change it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vesicula.results.needs import (
    COMPETITOR_KAPPA,
    COMPETITOR_LAMBDA,
    FOLD,
    free_copies,
)

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


@dataclass(frozen=True)
class Course:
    """How a level came about, as a read-out that follows slowly sees it.

    shape : float64[k, ...], level at each of k times over the last one; weight : float64[k, ...], share of the
    read-out that each time makes up, where it follows the level itself
    spans : float64[k], minutes of each; first, response : 1/min, rate of the mRNA and of the read-out behind it
    """

    shape: F64
    weight: F64
    spans: F64
    first: Number = np.inf
    response: Number = np.inf


AT_ONCE = Course(np.ones((1, 1)), np.ones((1, 1)), np.full(1, np.inf))
"""A read-out that follows the level without delay."""
MOMENTS = 24
MOST = 1e60  # of a level over the last one, where all of it is gone at the end
LEAST = 1e-300  # share of an mRNA, where a rate over it has to stay a number
SAME = 1e-6  # of rates times a span, where the limit of equal rates is exact to its square
LOWEST, HIGHEST = -12.0, 18.0  # decades of levels searched
HALVINGS, SECANTS = 11, 3  # to 0.015 of a decade, then by straight lines to 1e-7 of one


def course(levels: F64, step: float, response: Number, *, first: Number = np.inf) -> Course:
    """The course of levels, float64[n_steps, ...], for a read-out that follows with rate `response`, 1/min.

    first : rate of what stands between, a silenced mRNA

    Equation   dR/dt = γ (effect(x(t)) − R):  R(T) = Σ_k effect(x_k) (exp(−γ (T − t_k)) − exp(−γ (T − t_{k−1})))
    """
    if np.all(np.isinf(response)) and np.all(np.isinf(first)):
        return AT_ONCE
    marks = np.array(sorted(set(np.linspace(0, len(levels), MOMENTS + 1).round().astype(int))))
    parts = np.stack([levels[first:last].mean(axis=0) for first, last in pairwise(marks)])
    final = levels[-1]
    with np.errstate(over="ignore"):
        shape = np.minimum(np.divide(parts, final, out=np.ones_like(parts), where=final > 0), MOST)
    left = (len(levels) - marks) * step
    rate = np.asarray(response, dtype=np.float64)
    behind = left.reshape(-1, *(1 for _ in rate.shape))
    kept = np.exp(-np.where(behind > 0.0, rate, 0.0) * behind)
    weight = np.diff(kept, axis=0)
    weight = weight.reshape(len(weight), *(1 for _ in range(shape.ndim - weight.ndim)), *weight.shape[1:])
    return Course(shape, weight, np.diff(marks) * step, first, response)


def left_of(rest: F64, seen: Course) -> F64:
    """Share of a protein left at the end of a course whose mRNA heads for the shares `rest`, float64[k, ...].

    Equation   dφ/dt = γ (1 − φ/φ*_k), dP/dt = γ_P (φ − P), φ = P = 1 at the start, exact over each span
    """
    mrna: F64 = np.ones(rest.shape[1:])
    slow = np.asarray(seen.response, np.float64)
    rates = seen.first / np.maximum(rest, LEAST)
    fades = np.exp(-rates * seen.spans.reshape(-1, *(1 for _ in rest.shape[1:])))
    if np.all(np.isinf(slow)):  # the protein is the mRNA
        for aim, fade in zip(rest, fades, strict=True):
            mrna = aim + (mrna - aim) * fade
        return mrna
    protein = mrna
    for aim, fast, fade, span in zip(rest, rates, fades, seen.spans, strict=True):
        end = np.exp(-slow * span)
        with np.errstate(invalid="ignore", divide="ignore"):
            near = np.abs(slow - fast) * span < SAME
            both: F64 = np.where(near, slow * span * end, slow * (fade - end) / (slow - fast))
        carried: F64 = np.where(np.isinf(fast), 0.0, np.where(np.isinf(slow), fade, both))
        gap = mrna - aim
        protein = aim + (protein - aim) * end + gap * carried
        mrna = aim + gap * fade
    return protein


def final_level(effect: Callable[[F64], F64], change: Number, seen: Course, *, through_mrna: bool = False) -> F64:
    """Last level of a course at which a read-out has moved by `change`; inf where it cannot by then.

    Equation   Σ_k w_k effect(x φ_k) = change, effect rising, by bisection of log x, then by secants
    through_mrna : the effect is on an mRNA that follows with its own rate (`left_of`)
    """
    shape = np.broadcast_shapes(
        seen.shape.shape[1:], seen.weight.shape[1:], np.shape(change), np.shape(effect(np.ones(1)))
    )
    low, high = np.full(shape, LOWEST), np.full(shape, HIGHEST)

    def moved(decades: F64) -> F64:
        effects = effect(10.0**decades * seen.shape)
        return 1.0 - left_of(1.0 - effects, seen) if through_mrna else np.sum(seen.weight * effects, axis=0)

    possible = moved(high) >= change
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        enough = moved(middle) >= change
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    short, over, at = moved(low) - change, moved(high) - change, high
    for _ in range(SECANTS):
        share = np.divide(over, over - short, out=np.full(shape, 0.5), where=over > short)
        at = high - np.clip(share, 0.0, 1.0) * (high - low)
        left = moved(at) - change
        low, short = np.where(left < 0.0, at, low), np.where(left < 0.0, left, short)
        high, over = np.where(left < 0.0, high, at), np.where(left < 0.0, over, left)
    return np.where(possible, 10.0**at, np.inf)


def unbound(target: Silenced, total: Number) -> F64:
    """Free copies of `total`, beside the target and the competitors (`results.needs.free_copies`)."""
    shape = np.broadcast_shapes(*(np.shape(one) for one in (total, *vars(target).values())))

    def beside(own: Number, others: float | Number) -> F64:
        return np.stack([np.broadcast_to(own, shape), np.broadcast_to(others, shape)], axis=-1)

    return free_copies(
        total, beside(target.mrna, target.sites), beside(target.half, COMPETITOR_LAMBDA),
        beside(target.strength, COMPETITOR_KAPPA),
    )  # fmt: skip


def silencing_copies(target: Silenced, *, seen: Course = AT_ONCE, fall: Number = 1.0 - 1.0 / FOLD) -> F64:
    """Functional copies that move a silenced target by the smallest change its read-out shows.

    Equation   1 − P(φ*_1, φ*_2, …) = s, φ*_k = (λ + κ m(M0))/(λ + κ m(M0 + F* φ_k)), P as in `left_of`
    seen : course of the copies as mRNA and protein follow it
    fall : s, smallest fall that is seen of the protein, or, where that follows at once, of the mRNA (qPCR: 1 − 1/1.5)
    Returns    copies per cell; inf where even no mRNA at all would not show in time
    """
    before = target.half + target.strength * unbound(target, target.own)

    def effect(more: F64) -> F64:
        return 1.0 - before / (target.half + target.strength * unbound(target, target.own + more))

    return final_level(effect, fall, seen, through_mrna=True)


def rule_level(limit: Number, half: Number, hill: Number, change: float, *, own: Number = 0.0) -> F64:
    """Level of a signal, beyond the cell's own, at which a rule moves its behaviour by `change` of what it was.

    Equation   (1 + b s)/(1 + s) = 1 ± δ, s = (x/c)^h;  s = δ / (|b − 1| − δ)
    Equation   (1 + b s)/(1 + s) = y = (1 ± δ)(1 + b s_0)/(1 + s_0), s_0 = (x_0/c)^h;  s = (y − 1)/(b − y)
    limit : b, multiple of the base at full signal; half : c; hill : h; own : x_0, which comes off the level
    Returns    float64[...], in the unit of `half`; inf where the full effect is smaller than δ
    """
    b, c, h = (np.asarray(one, np.float64) for one in (limit, half, hill))
    before = (np.asarray(own, np.float64) / c) ** h
    aim = (1.0 + b * before) / (1.0 + before) * (1.0 + np.where(b > 1.0, change, -change))
    room = np.where(b > 1.0, b - aim, aim - b)
    signal = np.where(room > 0.0, np.abs(aim - 1.0) / np.where(room > 0.0, room, 1.0), np.inf)
    return c * signal ** (1.0 / h) - own


def edge_level(
    half: Number, ec50: Number, hill: Number, weight: Number, change: Number, seen: Course, *, own: Number = 0.0
) -> F64:
    """Level of a signal, beyond the cell's own, at which an edge has moved its node by `change` of full activity.

    Equation   act(x) = w B o^n/(K^n + o^n), B = (e^n − 1)/(2 e^n − 1), K = (B − 1)^(1/n), o = x/(x + c)
    half : c, level of half occupancy; ec50, hill, weight : e, n, w of the edge; own : x that is there all along
    Returns    float64[...], in the unit of `half`; inf where the whole edge does less by then
    """
    power = np.asarray(ec50, np.float64) ** hill
    b = (power - 1.0) / (2.0 * power - 1.0)

    def act(level: Number) -> F64:
        occupied = (np.asarray(level) / (level + half)) ** hill
        return weight * np.minimum(1.0, b * occupied / (b - 1.0 + occupied))

    before = act(own)
    return final_level(lambda more: act(own + more) - before, change, seen)
