"""Shares of variance with SALib: a Sobol design where runs are cheap, RBD-FAST on plain draws where they are dear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
CHANCE = "chance"
LEVEL = 0.95  # of intervals
RESAMPLINGS = 400
SHUFFLES = 40
HARMONICS = 10  # of RBD-FAST
LEAST_DRAWS = 4 * HARMONICS + 2


@dataclass(frozen=True)
class Share:
    """What one value takes of the variance. order : first (it alone) or total (with all that it acts together with)

    low, high : 95 %, of resamplings      beyond : whether it is more than chance gives to a value that does nothing
    """

    value: str
    order: str
    share: float
    low: float
    high: float
    beyond: bool


@dataclass(frozen=True)
class SobolDesign:
    """Rows of Saltelli's design for n values and chance. scores : float64[rows, n_values]; numbers : int64[rows]

    Of each of `base` rows A and B, and A with one column of B for every value, and with the random numbers of B.
    """

    scores: F64
    numbers: I64
    base: int

    def whole(self, answers: F64) -> F64:
        """Answers without base rows of which one answer is missing, float64[n]."""
        blocks = answers.reshape(self.base, -1)
        return blocks[np.isfinite(blocks).all(axis=1)].ravel()


def sobol_design(names: Sequence[str], base: int, seed: int) -> SobolDesign:
    """Saltelli's design of scores, with the number of random numbers as one value more.

    base : a power of two      Returns   base × (n_values + 3) rows
    """
    from SALib.sample import sobol

    rows = sobol.sample(_problem(names), base, calc_second_order=False, seed=seed + 1)
    blocks = rows.reshape(base, -1, len(names) + 1)
    theirs = blocks[:, :, -1] != blocks[:, :1, -1]  # rows with the random numbers of B
    numbers = np.arange(base)[:, None] + np.where(theirs, base, 0) + 1
    return SobolDesign(rows[:, :-1], numbers.ravel(), base)


def sobol_shares(names: Sequence[str], answers: F64, seed: int) -> tuple[Share, ...]:
    """First and total order of every value and of chance, from the whole base rows of a design.

    Equation   S = Var(E[y|x]) / Var(y),  T = 1 − Var(E[y|all but x]) / Var(y)
    Source     saltelli2010 (not read), as SALib computes them
    """
    from SALib.analyze import sobol

    found = sobol.analyze(
        _problem(names), answers, calc_second_order=False, num_resamples=RESAMPLINGS, conf_level=LEVEL, seed=seed + 1
    )
    out: list[Share] = []
    for order, key in (("first", "S1"), ("total", "ST")):
        for name, share, half in zip((*names, CHANCE), found[key], found[f"{key}_conf"], strict=True):
            ends = float(share - half), float(share + half)
            out.append(Share(name, order, float(share), *ends, beyond=ends[0] > 0.0))
    return tuple(out)


def draw_shares(names: Sequence[str], scores: F64, answers: F64, seed: int) -> tuple[Share, ...]:
    """First order of every value from draws that nobody designed, by the random balance of their ranks.

    scores : float64[n, n_values]      answers : float64[n], at least `LEAST_DRAWS`
    Equation   y in the order of x, folded: S = Σ power of the first 10 harmonics / Σ power, less what noise gives
    Ends are NaN where a resampling holds one answer alone
    beyond : more than the largest share in 95 % of shufflings of the answers
    Source     plischke2010, tissot2012 (not read), as SALib computes them
    """
    from SALib.analyze import rbd_fast

    problem, random = _problem(names, chance=False), np.random.default_rng([seed, 50])
    with np.errstate(invalid="ignore", divide="ignore"):  # a resampling may hold one answer alone: its ends are NaN
        found = rbd_fast.analyze(
            problem, scores, answers, M=HARMONICS, num_resamples=RESAMPLINGS // 4, conf_level=LEVEL, seed=seed + 1
        )
        shuffled = [random.permutation(answers) for _ in range(SHUFFLES)]
        largest = [
            max(rbd_fast.analyze(problem, scores, one, M=HARMONICS, num_resamples=2, seed=1)["S1"]) for one in shuffled
        ]
    least = float(np.quantile(largest, LEVEL))
    return tuple(
        Share(name, "first", float(share), float(share - half), float(share + half), beyond=float(share) > least)
        for name, share, half in zip(names, found["S1"], found["S1_conf"], strict=True)
    )


def _problem(names: Sequence[str], *, chance: bool = True) -> dict[str, object]:
    whole = [*names, CHANCE] if chance else list(names)
    return {
        "num_vars": len(whole), "names": whole, "bounds": [[0.0, 1.0]] * len(whole), "dists": ["norm"] * len(whole),
    }  # fmt: skip
