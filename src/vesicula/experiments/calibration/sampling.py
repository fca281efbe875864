"""From draws of all ranges to rows that satisfy every constraint: rejection text by text, and moves where that is dear.

A text asks one or more constraints of the names that it draws. Texts come one after the other, the cheap ones first. A
bank of rows holds draws that satisfy all texts so far; names that no text has asked about are still as drawn from the
prior, and are drawn anew whenever a row is used again, as are those that no reading follows. Where too few rows are
left, all of them move: a stand-in (`emulator`) proposes, and the texts themselves accept, in such a way that the prior
under the constraints stays as it is (Liu 2001, surrogate transition). At the end every constraint is asked again, under
the numbers that rows will have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vesicula.experiments.calibration.emulator import Emulator, fitted, log_chance, wander

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROWS, FEWEST = 256, 64
SPARE = 1.25  # rows of the bank for each that is wanted
PILOT = 64  # draws of all ranges that every text is asked about
REJECTED = 0.25  # of the rows asked have to pass, or else moves are cheaper than more draws
SECONDS = 60.0  # of a core, for which a text is asked about more draws all the same
MOST_COPIES, COPIES_ON_THE_WAY = 0.03, 0.06  # of the rows may hold one value
SWEEPS, REACHES, STEPS = 6, 5, 60
ENOUGH_TO_MOVE, LED = 8, 64
MOST_AT_ONCE, MOST_PROPOSALS = 10, 40  # for each row of the bank
GAPS = 4  # rows that are tried for one
DECIMALS = 3


@dataclass(frozen=True)
class Asked:
    """One text with its constraints. columns : of the names that it draws; low, high : ends of each reading

    last : it is so dear that it is asked at the end alone      pilot : draws of all ranges that it is asked about
    seconds : of a core, for one row, as foreseen
    """

    name: str
    constraints: tuple[str, ...]
    columns: I64
    low: F64
    high: F64
    last: bool = False
    pilot: int = PILOT
    seconds: float = 0.0

    def at_once(self, size: int) -> int:
        """Rows of which the readings take so long that they should tell something first."""
        return int(np.clip(SECONDS / max(self.seconds, 1e-9), size, MOST_AT_ONCE * size))

    def misses(self, readings: F64) -> F64:
        """How far readings lie outside, in widths of the range, float64[n_constraints, n]; infinite where unread."""
        width = np.where(np.isfinite(self.high - self.low), self.high - self.low, 1.0)[:, None]
        out = np.maximum(self.low[:, None] - readings, readings - self.high[:, None]) / width
        return np.where(np.isnan(out), np.inf, np.maximum(out, 0.0))


Read = Callable[[Asked, F64, I64], F64]
"""(text, rows float64[n, n_names], numbers int64[n], which key chance) -> readings, float64[n_constraints, n]."""
Watch = Callable[[str, int, int], None]
"""Told what is done: the text, rows that satisfy all so far, rows that are wanted."""


@dataclass
class Left:
    """A constraint that no row satisfies beside the others.

    nearest : reading of the row that comes nearest      beside : the constraint that it agrees with least
    """

    constraint: str
    nearest: float
    beside: str


@dataclass
class Sampled:
    """Rows that satisfy all constraints but those that are left out.

    rows : float64[n, n_names]      prior : share of draws of all ranges that satisfy each constraint
    stages : text -> (rows asked, rows that satisfied it)      again : share of rows that satisfied all when asked again
    copies : rows that hold the value which most rows hold      moved : share of proposed moves that were accepted
    """

    rows: F64
    prior: dict[str, float]
    stages: dict[str, tuple[int, int]]
    left: list[Left] = field(default_factory=list["Left"])
    again: float = 1.0
    copies: int = 1
    moved: float = float("nan")


def most_copied(rows: F64, columns: I64) -> int:
    """How many rows hold the value of one column that most rows hold."""
    return (
        max((int(np.unique(rows[:, k], return_counts=True)[1].max()) for k in columns), default=1) if len(rows) else 0
    )


class Sampler:
    """The rows on their way. Same seed and readings: same rows, whatever was interrupted."""

    def __init__(
        self, texts: Sequence[Asked], n_names: int, read: Read, *, rows: int = ROWS, seed: int = 1,
        watch: Watch | None = None,
    ) -> None:  # fmt: skip
        self._texts, self._n_names, self._read = list(texts), n_names, read
        self._wanted, self._watch = rows, watch or (lambda *_: None)
        self._size = int(np.ceil(SPARE * rows))
        self._random = np.random.default_rng([seed, 20])
        self._known: dict[str, list[tuple[F64, F64]]] = {}
        self._left: dict[str, Left] = {}
        self._stages: dict[str, tuple[int, int]] = {}
        self._touched = np.zeros(n_names, dtype=np.bool_)
        self._done: list[Asked] = []
        self._bank = self._prior(self._size)
        self._moves = [0, 0]

    def run(self) -> Sampled:
        """All texts in order, then every constraint again."""
        pilot = self._prior(max((text.pilot for text in self._texts), default=0))
        prior: dict[str, float] = {}
        for text in self._texts:
            found = self._ask(text, pilot[: text.pilot])
            for name, miss in zip(text.constraints, text.misses(found), strict=True):
                prior[name] = float((miss == 0).mean())
        for text in self._texts:
            if not text.last:
                self._stage(text)
        self._loosen(MOST_COPIES)
        rows, again = self._finish()
        return self._sampled(rows, prior, again)

    def again(self, rows: F64, without: Sequence[str] = ()) -> Sampled:
        """Rows that satisfied every constraint once, asked again; those that fail now are dropped.

        without : constraints that were left out
        """
        self._left = {name: Left(name, float("nan"), "") for name in without}
        self._bank, self._done = rows, [text for text in self._texts if not text.last]
        for text in self._texts:
            self._touched[text.columns] = True
        kept, share = self._finish()
        return self._sampled(kept, {}, share)

    def _sampled(self, rows: F64, prior: dict[str, float], again: float) -> Sampled:
        copies = most_copied(rows, np.flatnonzero(self._touched))
        moved = self._moves[1] / self._moves[0] if self._moves[0] else float("nan")
        return Sampled(rows, prior, self._stages, list(self._left.values()), again, copies, moved)

    def _prior(self, n: int) -> F64:
        return np.round(self._random.standard_normal((n, self._n_names)), DECIMALS)

    def _ask(self, text: Asked, rows: F64, numbers: I64 | None = None) -> F64:
        found = self._read(text, rows, np.arange(1, len(rows) + 1) if numbers is None else numbers)
        self._known.setdefault(text.name, []).append((rows, found))
        return found

    def _asked(self, text: Asked) -> I64:
        """Constraints of a text that are not left out."""
        return np.array([k for k, name in enumerate(text.constraints) if name not in self._left], dtype=np.int64)

    def _miss(self, text: Asked, readings: F64) -> F64:
        return text.misses(readings)[self._asked(text)].sum(axis=0)

    def _stage(self, text: Asked) -> None:
        """Rows that satisfy one more text."""
        free = np.flatnonzero(~self._touched)
        own = np.intersect1d(text.columns, free)
        kept: list[F64] = []
        asked = passed = 0
        cheap, most = text.at_once(self._size), MOST_PROPOSALS * self._size
        while passed < self._size and asked < most and (not asked or len(own)):
            if asked >= cheap and passed < REJECTED * asked:
                break
            rows = self._bank[self._random.permutation(len(self._bank))]
            if asked:
                rows[:, free] = self._prior(len(rows))[:, free]
            good = self._miss(text, self._ask(text, rows)) == 0
            kept.append(rows[good])
            asked, passed = asked + len(rows), passed + int(good.sum())
            self._watch(text.name, passed, self._size)
        found = np.concatenate(kept)[: self._size]
        self._stages[text.name] = asked, passed
        before, apart = self._touched.copy(), len(own) == len(text.columns)
        self._touched[text.columns] = True
        self._done.append(text)
        while len(found) < ENOUGH_TO_MOVE:
            reached = self._reach(text, apart=apart)
            found = np.concatenate([found, reached])
            if len(found) or not self._leave_out(text):
                break
        if not len(self._asked(text)):
            self._done.remove(text)
            self._touched = before
            return
        if len(found) < self._size:
            chosen = self._random.permutation(np.resize(np.arange(len(found)), self._size))
            whole = found[chosen]
            if apart:  # what this text asks about stands beside any row
                mixed = self._bank[np.resize(np.arange(len(self._bank)), self._size)].copy()
                mixed[:, text.columns] = whole[:, text.columns]
                whole = mixed
            rest = self._idle()
            whole[:, rest] = self._prior(len(whole))[:, rest]
            found = whole
        self._bank = found
        self._loosen(COPIES_ON_THE_WAY, text.columns if apart else None)

    def _idle(self) -> I64:
        """Columns that no constraint follows, as far as the stand-ins can tell: these may be drawn anew at any time."""
        followed = np.zeros(self._n_names, dtype=np.bool_)
        for guide in self._guides(self._done):
            followed[guide.columns] = True
        return np.flatnonzero(~(followed & self._touched))

    def _loosen(self, share: float, among: I64 | None = None) -> None:
        """Move rows until no value stands in more than this share of them. among : columns that alone may be copied"""
        among = np.flatnonzero(self._touched) if among is None else among
        for _ in range(SWEEPS):
            if not len(self._bank) or most_copied(self._bank, among) <= max(1.0, share * len(self._bank)):
                return
            idle = self._idle()
            self._bank[:, idle] = self._prior(len(self._bank))[:, idle]
            self._sweep(np.setdiff1d(among, idle))

    def _sweep(self, moved: I64) -> None:
        """One move of every row of the bank, under all texts that it could trouble."""
        texts = self._troubled(moved)
        guides = self._guides(texts)
        rows = wander(self._bank, moved, guides, self._random, STEPS).round(DECIMALS)
        ratio = log_chance(guides, self._bank) - log_chance(guides, rows)
        tried = np.flatnonzero(np.log(self._random.random(len(rows))) < ratio)
        good = self._satisfying(texts, rows[tried])
        self._bank[tried[good]] = rows[tried[good]]
        self._moves[0] += len(rows)
        self._moves[1] += len(good)
        self._watch(f"moves under {len(texts)} texts", len(good), len(rows))

    def _troubled(self, moved: I64) -> list[Asked]:
        return [text for text in self._done if len(np.intersect1d(text.columns, moved))]

    def _satisfying(self, texts: Sequence[Asked], rows: F64) -> I64:
        """Indices of rows that satisfy all of these texts; a row that fails one is not asked about the next."""
        left = np.arange(len(rows))
        for text in texts:
            if len(left) and len(self._asked(text)):
                left = left[self._miss(text, self._ask(text, rows[left], left + 1)) == 0]
        return left

    def _guides(self, texts: Sequence[Asked]) -> list[Emulator]:
        out: list[Emulator] = []
        for text in texts:
            rows = np.concatenate([known for known, _ in self._known[text.name]])
            read = np.concatenate([found for _, found in self._known[text.name]], axis=1)
            for k in self._asked(text):
                one = fitted(rows, read[k], text.columns, float(text.low[k]), float(text.high[k]))
                out += [] if one is None else [one]
        return out

    def _reach(self, text: Asked, *, apart: bool) -> F64:
        """Rows that satisfy a text which hardly any does: the nearest ones are led by stand-ins, round after round."""
        texts = self._troubled(text.columns if apart else np.flatnonzero(self._touched))
        found = np.zeros((0, self._n_names))
        for _ in range(REACHES):
            rows = np.concatenate([known for known, _ in self._known[text.name]])
            miss = self._miss(text, np.concatenate([read for _, read in self._known[text.name]], axis=1))
            near = rows[np.argsort(miss, kind="stable")[: max(ENOUGH_TO_MOVE, len(rows) // 4)]]
            start = near[np.resize(np.arange(len(near)), min(self._size, text.at_once(LED)))]
            guides = self._guides(texts)
            moved = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(one.columns for one in guides)]))
            proposed = wander(start, moved, guides, self._random, 3 * STEPS).round(DECIMALS)
            first = [text, *(one for one in texts if one is not text)]
            found = np.concatenate([found, proposed[self._satisfying(first, proposed)]])
            self._watch(f"{text.name}, led", len(found), ENOUGH_TO_MOVE)
            if len(found) >= ENOUGH_TO_MOVE:
                break
        return found

    def _leave_out(self, text: Asked) -> bool:
        """Leave out the constraint of a text that the fewest rows satisfy; False where none is left."""
        asked = self._asked(text)
        if not len(asked):
            return False
        read = np.concatenate([found for _, found in self._known[text.name]], axis=1)
        rows = np.concatenate([known for known, _ in self._known[text.name]])
        miss = text.misses(read)
        worst = int(asked[np.argmin([(miss[k] == 0).sum() - miss[k].min() * 1e-6 for k in asked])])
        name = text.constraints[worst]
        nearest = read[worst, int(np.argmin(miss[worst]))]
        self._left[name] = Left(name, float(nearest), self._least_agreeing(text, worst, rows, miss))
        return bool(len(self._asked(text)))

    def _least_agreeing(self, text: Asked, worst: int, rows: F64, miss: F64) -> str:
        """The constraint that the stand-in of another one says is satisfied least where this one comes nearest."""
        near = rows[np.argsort(miss[worst], kind="stable")[: max(ENOUGH_TO_MOVE, len(rows) // 20)]]
        lowest, found = np.inf, ""
        for other in self._done:
            for k in self._asked(other):
                if other.constraints[k] == text.constraints[worst]:
                    continue
                known = np.concatenate([one for one, _ in self._known[other.name]])
                read = np.concatenate([one for _, one in self._known[other.name]], axis=1)[k]
                guide = fitted(known, read, other.columns, float(other.low[k]), float(other.high[k]))
                chance = np.inf if guide is None else float(guide.chance(near).mean() / guide.chance(known).mean())
                if chance < lowest:
                    lowest, found = chance, other.constraints[k]
        return found

    def _finish(self) -> tuple[F64, float]:
        """Every constraint again, each row under its own number; rows that fail give way to spare ones."""
        texts = [*self._done, *(text for text in self._texts if text.last)]
        spare = list(self._random.permutation(len(self._bank)))
        slots: list[int | None] = [None] * min(self._wanted, len(spare))
        tried = kept = 0
        while spare and None in slots:
            empty = [k for k, one in enumerate(slots) if one is None][: len(spare)]
            put = np.array([spare.pop() for _ in empty], dtype=np.int64)
            good = self._standing(texts, self._bank[put], np.array(empty))
            tried, kept = tried + len(empty), kept + len(good)
            for k in good:
                slots[empty[k]] = int(put[k])
            self._watch("all again", sum(one is not None for one in slots), self._wanted)
        while None in slots:  # the last rows move into the gaps; what stood under one number may fall under another
            gap = slots.index(None)
            last = [k for k, one in enumerate(slots) if one is not None and k > gap][: -GAPS - 1 : -1]
            if not last:
                del slots[gap:]
                break
            put = np.array([slots[k] for k in last], dtype=np.int64)
            good = self._standing(texts, self._bank[put], np.full(len(put), gap))
            tried, kept = tried + len(last), kept + len(good)
            moved = last[good[0] if len(good) else 0]
            slots[gap], slots[moved] = slots[moved], None
            while slots[-1] is None:
                slots.pop()
        rows = self._bank[np.array(slots, dtype=np.int64)]
        return rows, kept / tried if tried else 0.0

    def _standing(self, texts: Sequence[Asked], rows: F64, slots: I64) -> I64:
        left = np.arange(len(rows))
        for text in texts:
            if not len(left):
                break
            left = left[self._miss(text, self._ask(text, rows[left], slots[left] + 1)) == 0]
        return left
