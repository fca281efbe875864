"""From particles in a dish to what acts in a recipient cell: the engine's expected numbers for a well-mixed medium.

    F(t) = ∫ CL·C·n·(f + (1 − f) e)·a·exp(−(k_deg + k_div)(t − t′)) dt′

with C falling by the uptake of all cells and by decay, receptors and endosomes in between. The steps are those of
`engine.vesicles` (backward Euler over the macro step), so that a run of the same dish gives these numbers on average.
All arrays broadcast over draws, doses or whatever the caller varies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Number = F64 | float
MACRO_STEP = 6.0  # min, as in models that state none
MOST_ROUNDS = 60  # of receptors and free particles towards each other
AGREED = 1e-7


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


def leaving(rate: Number, time: float) -> F64:
    """Share that leaves a state within a step.

    Equation   H k / (1 + H k); 1 where k is infinite
    """
    rate = np.asarray(rate, dtype=np.float64)
    return np.where(np.isinf(rate), 1.0, rate * time / (1.0 + np.where(np.isinf(rate), 0.0, rate) * time))


def free_after(given: F64, loss: F64, endocytosis: F64, room: F64, time: float) -> F64:
    """Free particles after a step in which endocytosis saturates.

    Equation   y (1 + H k) + H e y / (1 + y/S) = g
    given : g; loss : k, 1/min, other ways out; endocytosis : e, 1/min when dilute; room : S, particles, inf without
    """
    limited = np.isfinite(room)
    s = np.where(limited, room, 1.0)
    a = 1.0 + time * loss
    b = (a + time * endocytosis) * s - given
    root = np.sqrt(b * b + 4.0 * a * given * s)
    with np.errstate(divide="ignore", invalid="ignore"):
        positive = np.where(given > 0.0, 2.0 * given * s / (b + root), 0.0)
    y = np.where(b > 0.0, positive, (root - b) / (2.0 * a))
    return np.minimum(np.where(limited, y, given / (a + time * endocytosis)), given)  # round-off may not make any


class _Cells:
    """The expected particles in and on all cells while steps are taken."""

    def __init__(self, handling: Handling, degradation: Number, shape: tuple[int, ...], time: float) -> None:
        self.h, self.time = handling, time
        self.free, self.bound, self.endosomal = (np.zeros(shape) for _ in range(3))
        self.acting, self.inserted = np.zeros(shape), np.zeros(shape)
        self.bound_ever, self.endocytosed, self.fused, self.escaped = (np.zeros(shape) for _ in range(4))
        inside = np.asarray(handling.internalise, dtype=np.float64) * time
        back = np.asarray(handling.detach, dtype=np.float64) * time
        self.kept, self.at_once = (1.0 + inside) / (1.0 + inside + back), inside / (1.0 + inside)
        rate = np.asarray(handling.internalise, dtype=np.float64) + handling.detach
        self.leave_surface = leaving(rate, time)
        self.inwards = np.divide(handling.internalise, rate, out=np.zeros_like(rate), where=rate > 0)
        escape, lysosome = np.asarray(handling.escape, np.float64), np.asarray(handling.lysosome, np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            digestion = np.where(lysosome > 0.0, np.where(escape < 1.0, lysosome / (1.0 - escape), np.inf), 0.0)
        self.digest = leaving(digestion, time)
        self.keep = 1.0 / (1.0 + time * np.asarray(degradation, dtype=np.float64))

    def advance(self, cells: F64, volume: Number, gained: Number) -> None:
        """One step, in the engine's order: surface, medium, endosomes, cargo."""
        going = self.bound * self.leave_surface
        inward = going * self.inwards
        self.bound = self.bound - going
        self.endocytosed += inward
        self.endosomal = self.endosomal + inward
        fused, eaten, held = self._enter(self.free + gained + going - inward, cells, volume)
        swallowed = held * self.at_once
        self.bound = self.bound + held - swallowed
        self.bound_ever += held
        self.endocytosed += eaten + swallowed
        self.fused += fused
        self.endosomal = self.endosomal + eaten + swallowed
        digested = self.endosomal * self.digest
        self.endosomal = self.endosomal - digested
        opened = digested * self.h.escape
        self.escaped += opened
        self.acting = (self.acting + opened + fused) * self.keep
        self.inserted = (self.inserted + fused) * self.keep

    def _enter(self, given: F64, cells: F64, volume: Number) -> tuple[F64, F64, F64]:
        """Free particles after the step, and those that fuse, are endocytosed and bind."""
        h, time = self.h, self.time
        per = cells / volume
        fusion, endocytosis = per * h.fusion, per * h.endocytosis
        binding = per * h.binding * self.kept
        room = np.asarray(h.saturation, dtype=np.float64) * volume
        total = np.asarray(h.receptors, dtype=np.float64) * cells
        open_share = np.ones_like(given)
        scarce = bool(np.any(np.isfinite(total) & (binding > 0.0)))
        for _ in range(MOST_ROUNDS):
            y = free_after(given, h.decay + fusion + binding * open_share, endocytosis, room, time)
            if not scarce:
                break
            offered = time * binding * (1.0 - self.at_once) * y
            with np.errstate(invalid="ignore"):
                fresh = np.maximum(1.0 - self.bound / total, 0.0) / (1.0 + offered / total)
            fresh = np.where(np.isfinite(total), fresh, 1.0)
            change = float(np.max(np.abs(fresh - open_share)))
            open_share = fresh
            if change < AGREED:
                break
        self.free = y
        crowd = np.where(np.isfinite(room), 1.0 / (1.0 + y / np.where(np.isfinite(room), room, 1.0)), 1.0)
        return time * fusion * y, time * endocytosis * crowd * y, time * binding * open_share * y


def follow(exposure: Exposure, handling: Handling, degradation: Number = 0.0) -> Passage:
    """What reaches a recipient cell, stage by stage.

    Equation   F(t) = ∫ CL·C·n·(f + (1 − f) e)·a·exp(−(k_deg + k_div)(t − t′)) dt′ = n·a·acting
    degradation : k_deg, 1/min, of the cargo in the recipient
    Returns    Passage; copies per particle (n) and the share that acts (a) multiply `acting`
    Source     own derivation of the engine's expected numbers, docs/decisions/vesicles.md; values: science.md 1.4
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
    out = time / (time + np.asarray(e.residence, dtype=np.float64))
    for k in range(steps):
        for event in e.events:
            if min(round(event.at / time), steps - 1) != k or event.at > e.minutes:
                continue
            if isinstance(event, Dose):
                cells.free = cells.free + event.particles
                offered = offered + event.particles
            else:
                cells.free = cells.free * (1.0 - np.asarray(event.share))
        number = start * np.exp(np.asarray(e.growth) * (k + 1) * time)
        pool = pool + np.asarray(e.source) * time
        released, pool = pool * out, pool * (1.0 - out)
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
        made = (made + left - after) / (1.0 + passage.step * np.asarray(enzyme.product_decay))
        left, highest = after, np.maximum(highest, made)
    return highest
