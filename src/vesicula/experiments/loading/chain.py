"""From particles in a dish to what acts in a recipient cell: the engine's expected numbers for a well-mixed medium.

    F(t) = ∫ CL·C·n·(f + (1 − f) e)·a·exp(−(k_deg + k_div)(t − t′)) dt′

with C falling by the uptake of all cells and by decay, receptors and endosomes in between. The steps are those of
`engine.vesicles` (exact for a state alone, order 2 for the chain), so that a run of the same dish gives these numbers
on average.
All arrays broadcast over draws, doses or whatever the caller varies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vesicula.engine.leaving import leaving_shares, passing_shares

F64 = NDArray[np.float64]
Number = F64 | float
MACRO_STEP = 6.0  # min, as in models that state none
MOST_ROUNDS = 60  # of receptors and free particles towards each other
AGREED, ROUND_OFF = 1e-9, 1e-14


@dataclass(frozen=True)
class Dose:
    """Particles given at a time. at : float, min; particles : float64[...]"""

    at: float
    particles: Number


@dataclass(frozen=True)
class Wash:
    """An exchange of medium. at : float, min; share : float64[...], of the free particles that goes"""

    at: float
    share: Number


@dataclass(frozen=True)
class Exposure:
    """Where and how long.

    volume : float64[...], µm³; cells : float64[...], at the start; minutes : float; growth : float64[...], of the
    number of cells, 1/min; source : float64[...], particles/min made by donors in the same medium; residence :
    float64[...], min, in the donors before release
    """

    volume: Number
    cells: Number
    minutes: float
    events: Sequence[Dose | Wash] = ()
    source: Number = 0.0
    residence: Number = 0.0
    growth: Number = 0.0
    step: float = MACRO_STEP


@dataclass(frozen=True)
class Handling:
    """What the medium and a cell do with a vesicle class, each float64[...].

    fusion, endocytosis, binding : clearances, µm³/min; receptors : per cell, inf without limit; internalise, detach,
    lysosome, decay : 1/min; escape : share; saturation : particles/µm³ at half-maximal endocytosis, inf without
    """

    fusion: Number
    endocytosis: Number
    escape: Number
    lysosome: Number
    binding: Number = 0.0
    receptors: Number = math.inf
    internalise: Number = 0.0
    detach: Number = 0.0
    decay: Number = 0.0
    saturation: Number = math.inf


@dataclass(frozen=True)
class Passage:
    """Particles per cell seeded, up to the end, and what is there at the end; each float64[...].

    acting, inserted : particles whose freed lumen, or inserted membrane, is still there, per cell
    on_surface : bound particles per cell
    free : float64[n_steps, ...], particles in the medium after each step of `step` minutes
    acting_at, inserted_at, on_surface_at : float64[n_steps, ...], the same as above after each step
    """

    offered: F64
    bound: F64
    taken_up: F64
    escaped: F64
    free: F64
    acting_at: F64
    inserted_at: F64
    on_surface_at: F64
    step: float

    def apart(self) -> list[Passage]:
        """One passage for each place along the first axis, float64[k, ...], of what was followed together."""
        whole = {name: value for name, value in vars(self).items() if name != "step"}
        each = [
            {name: value[:, k] if name.endswith("_at") or name == "free" else value[k] for name, value in whole.items()}
            for k in range(len(self.offered))
        ]
        return [Passage(**one, step=self.step) for one in each]

    @property
    def acting(self) -> F64:
        """At the end."""
        return self.acting_at[-1]

    @property
    def inserted(self) -> F64:
        """At the end."""
        return self.inserted_at[-1]

    @property
    def on_surface(self) -> F64:
        """At the end."""
        return self.on_surface_at[-1]


def free_after(
    kept: F64, entering: F64, loss: F64, endocytosis: F64, room: F64, time: float
) -> tuple[F64, F64]:  # fmt: skip
    """Free particles after a step in which endocytosis saturates, and their mean over the step.

    Equation   y = N e^(−K H) + A (1 − ψ), mean = (N + A − y) / (K H), K = k + e / (1 + mean/S), ψ see `engine.leaving`
    kept : N, there before; entering : A, evenly over the step; loss : k, 1/min, other ways out
    endocytosis : e, 1/min when dilute; room : S, particles, inf without
    """
    given = np.asarray(kept + entering, dtype=np.float64)
    some = bool(np.any(entering))

    def after(mean: F64) -> tuple[F64, F64]:
        x = (loss + endocytosis / (1.0 + mean / room)) * time + given * 0.0
        passed = passing_shares(x, 1.0)
        stay = 1.0 - passed
        if not some:
            return kept * np.exp(-x), kept * stay
        half = np.divide(passed, x, out=np.full_like(x, 0.5), where=x > 0.0)
        return kept * np.exp(-x) + entering * stay, kept * stay + entering * half

    free, mean = after(given)
    if not np.any(np.isfinite(room)):
        return free, mean
    for _ in range(MOST_ROUNDS):
        first = after(mean)[1]
        free, second = after(first)
        bend = second - 2.0 * first + mean
        straight = np.abs(bend) <= ROUND_OFF * given
        ahead = np.where(straight, second, mean - (first - mean) ** 2 / np.where(straight, 1.0, bend))
        agreed = np.all(np.abs(second - first) <= AGREED * given)
        mean = second if agreed else np.clip(ahead, 0.0, given)
        if agreed:
            break
    return free, mean


@dataclass(frozen=True)
class _Ways:
    """Ways out of the medium with a number of cells, 1/min each, with all receptors open.

    others : decay and fusion; dilute : with binding; room : particles at half-maximal endocytosis; receptors : of all
    cells; scarce : whether they can run out
    """

    cells: F64
    fusion: F64
    endocytosis: F64
    binding: F64
    others: F64
    dilute: F64
    room: F64
    receptors: F64
    scarce: bool

    @classmethod
    def of(cls, h: Handling, kept: F64, cells: F64, volume: Number) -> _Ways:
        """With `kept`, the share of what binds that is still there, or inside, after the step."""
        per = cells / volume
        fusion, binding = per * h.fusion, per * h.binding * kept
        others = np.asarray(h.decay + fusion, dtype=np.float64)
        receptors = np.asarray(h.receptors, dtype=np.float64) * cells
        return cls(
            cells, fusion, per * h.endocytosis, binding, others, others + binding,
            np.asarray(h.saturation, dtype=np.float64) * volume, receptors,
            bool(np.any(np.isfinite(receptors) & (binding > 0.0))),
        )  # fmt: skip


class _Cells:
    """The expected particles in and on all cells while steps are taken."""

    def __init__(self, handling: Handling, degradation: Number, shape: tuple[int, ...], time: float) -> None:
        self.h, self.time = handling, time
        self.free, self.bound, self.endosomal = (np.zeros(shape) for _ in range(3))
        self.acting, self.inserted = np.zeros(shape), np.zeros(shape)
        self.bound_ever, self.endocytosed, self.fused, self.escaped = (np.zeros(shape) for _ in range(4))
        rate = np.asarray(handling.internalise, dtype=np.float64) + handling.detach
        self.leave_surface = leaving_shares(rate, time)
        self.inwards = np.divide(handling.internalise, rate, out=np.zeros_like(rate), where=rate > 0)
        gone = passing_shares(rate, time)
        self.kept = 1.0 - gone * np.where(rate > 0, 1.0 - self.inwards, 0.0)
        self.at_once = np.divide(gone * self.inwards, self.kept, out=np.zeros_like(self.kept), where=self.kept > 0)
        escape, lysosome = np.asarray(handling.escape, np.float64), np.asarray(handling.lysosome, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            digestion = np.where(lysosome > 0.0, np.where(escape < 1.0, lysosome / (1.0 - escape), np.inf), 0.0)
        self.digest, self.digest_new = leaving_shares(digestion, time), passing_shares(digestion, time)
        self.ways: _Ways | None = None
        self.keep, self.arrive = 1.0 - leaving_shares(degradation, time), 1.0 - passing_shares(degradation, time)

    def advance(self, cells: F64, volume: Number, gained: Number) -> None:
        """One step, in the engine's order: surface, medium, endosomes, cargo."""
        going = self.bound * self.leave_surface
        inward = going * self.inwards
        self.bound = self.bound - going
        fused, eaten, held = self._enter(gained + going - inward, cells, volume)
        swallowed = held * self.at_once
        self.bound = self.bound + held - swallowed
        self.bound_ever += held
        arrived = inward + eaten + swallowed
        self.endocytosed += arrived
        self.fused += fused
        digested = self.endosomal * self.digest + arrived * self.digest_new
        self.endosomal = self.endosomal + arrived - digested
        opened = digested * self.h.escape
        self.escaped += opened
        self.acting = self.acting * self.keep + (opened + fused) * self.arrive
        self.inserted = self.inserted * self.keep + fused * self.arrive

    def _enter(self, entering: F64, cells: F64, volume: Number) -> tuple[F64, F64, F64]:
        """Free particles after the step, and those that fuse, are endocytosed and bind."""
        time = self.time
        if self.ways is None or self.ways.cells is not cells:  # the same array while no cell is born
            self.ways = _Ways.of(self.h, self.kept, cells, volume)
        w = self.ways
        endocytosis, binding, room, total = w.endocytosis, w.binding, w.room, w.receptors
        open_share = np.ones_like(self.free)
        y = mean = self.free
        for _ in range(MOST_ROUNDS):
            loss = w.others + binding * open_share if w.scarce else w.dilute
            y, mean = free_after(self.free, entering, loss, endocytosis, room, time)
            if not w.scarce:
                break
            offered = time * binding * (1.0 - self.at_once) * mean
            with np.errstate(invalid="ignore"):
                fresh = np.maximum(1.0 - self.bound / total, 0.0) / (1.0 + offered / total)
            fresh = np.where(np.isfinite(total), fresh, 1.0)
            change = float(np.max(np.abs(fresh - open_share)))
            open_share = fresh
            if change < AGREED:
                break
        self.free = y
        eaten = time * endocytosis / (1.0 + mean / room) * mean
        return time * w.fusion * mean, eaten, time * binding * open_share * mean


def follow(exposure: Exposure, handling: Handling, degradation: Number = 0.0) -> Passage:
    """What reaches a recipient cell, stage by stage.

    Equation   F(t) = ∫ CL·C·n·(f + (1 − f) e)·a·exp(−(k_deg + k_div)(t − t′)) dt′ = n·a·acting
    degradation : k_deg, 1/min, of the cargo in the recipient
    Returns    Passage; copies per particle (n) and the share that acts (a) multiply `acting`
    Source     own derivation of the engine's expected numbers, docs/decisions/vesicles.md; values: library/parameters
    """
    e = exposure
    steps = max(1, math.ceil(e.minutes / e.step - 1e-9))
    time = e.minutes / steps
    arrays = [e.volume, e.cells, e.source, e.residence, e.growth, degradation, *vars(handling).values()]
    arrays += [event.particles if isinstance(event, Dose) else event.share for event in e.events]
    shape = np.broadcast_shapes(*(np.shape(one) for one in arrays))
    cells = _Cells(handling, degradation, shape, time)
    start = np.broadcast_to(np.asarray(e.cells, dtype=np.float64), shape)
    offered, pool = np.zeros(shape), np.zeros(shape)
    free, acting, inserted, surface = (np.empty((steps, *shape)) for _ in range(4))
    with np.errstate(divide="ignore"):
        out_of_pool = 1.0 / np.asarray(e.residence, dtype=np.float64)
    out, out_at_once = leaving_shares(out_of_pool, time), passing_shares(out_of_pool, time)
    grows = bool(np.any(e.growth))
    for k in range(steps):
        for event in e.events:
            if min(round(event.at / time), steps - 1) != k or event.at > e.minutes:
                continue
            if isinstance(event, Dose):
                cells.free = cells.free + event.particles
                offered = offered + event.particles
            else:
                cells.free = cells.free * (1.0 - np.asarray(event.share))
        number = start * np.exp(np.asarray(e.growth) * (k + 1) * time) if grows else start
        made = np.asarray(e.source) * time
        released = pool * out + made * out_at_once
        pool = pool + made - released
        cells.advance(number, e.volume, released)
        offered = offered + released
        free[k], acting[k] = cells.free, cells.acting / number
        inserted[k], surface[k] = cells.inserted / number, cells.bound / number
    return Passage(
        offered=offered / start, bound=cells.bound_ever / start, taken_up=(cells.endocytosed + cells.fused) / start,
        escaped=(cells.escaped + cells.fused) / start, free=free, acting_at=acting, inserted_at=inserted,
        on_surface_at=surface, step=time,
    )  # fmt: skip


@dataclass(frozen=True)
class Enzyme:
    """An enzyme on vesicles in the medium, each float64[...].

    kcat : 1/min; km, substrate : molecules/µm³ (substrate: at the start); product_decay : 1/min
    """

    kcat: Number
    km: Number
    substrate: Number
    product_decay: Number = 0.0


def product(passage: Passage, copies: Number, volume: Number, enzyme: Enzyme) -> F64:
    """Highest level of a surface enzyme's product in the medium up to the end, molecules/µm³.

    Equation   dP/dt = kcat·E·S/(Km + S) − k_P P,  dS/dt = −kcat·E·S/(Km + S),  E = n · free particles / volume
    copies : n, per particle; volume : µm³
    """
    made = np.zeros(np.broadcast_shapes(passage.free.shape[1:], np.shape(copies), np.shape(enzyme.kcat)))
    left, highest = made + enzyme.substrate, made
    for free in passage.free:
        speed = np.asarray(enzyme.kcat) * copies * free / volume
        after = left / (1.0 + passage.step * speed / (enzyme.km + left))
        stay, arrive = (
            leaving_shares(enzyme.product_decay, passage.step),
            passing_shares(enzyme.product_decay, passage.step),
        )
        made = made * (1.0 - stay) + (left - after) * (1.0 - arrive)
        left, highest = after, np.maximum(highest, made)
    return highest
