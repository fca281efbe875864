"""From draws of all ranges to rows that satisfy every constraint: rejection text by text, and moves where that is dear.

A text asks one or more constraints of the names that it draws. Texts come one after the other, the cheap ones first. A
bank of rows holds draws that satisfy all texts so far; names that no text has asked about are still as drawn from the
prior, and are drawn anew whenever a row is used again, as are those that no reading follows. Where too few rows are
left, they are copied and moved: a stand-in (`emulator`) leads, and the texts themselves accept. At the end every
constraint is asked again, under the numbers that rows will have; rows that fail give way to others that are led. Rows
so led are draws of the prior times the stand-in's chance, among all that satisfy everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vesicula.experiments.calibration.emulator import Emulator, fitted, log_chance, tells, wander

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
ROWS, FEWEST = 256, 64
SPARE = 1.25  # rows of the bank for each that is wanted
PILOT = 64  # draws of all ranges that every text is asked about
REJECTED = 0.25  # of the rows asked have to pass, or else moves are cheaper than more draws
SECONDS = 30.0  # of a core, for which a text is asked about more draws all the same
MOST_COPIES, COPIES_ON_THE_WAY = 0.08, 0.15  # of the rows may hold one value
SWEEPS, REACHES, FINISHES, STEPS = 2, 6, 30, 200
ENOUGH_TO_MOVE, LED = 8, 64
FOREBEARS = 8  # rows that may come from one
MOST_AT_ONCE, MOST_PROPOSALS = 10, 40  # for each row of the bank
MORE = 1.2  # times as many rows as stand-ins were fitted to make it worth fitting them anew
SHARPENED = 6  # rounds at the end, after which rows are led to where stand-ins are surer
NEARLY_ALL, TELLS = 0.7, 0.1  # share that satisfies a constraint, or of the surprise that a stand-in takes away
MENDS, DONORS = 4, 400  # times that a row is mended for a text, and rows that it is mended from
MIXED = 0.3  # of led rows are put together of others alone
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
        self._fits: dict[str, tuple[int, tuple[int, ...], list[Emulator]]] = {}
        self._unsure: set[str] = set()
        self._left: dict[str, Left] = {}
        self._stages: dict[str, tuple[int, int]] = {}
        self._touched = np.zeros(n_names, dtype=np.bool_)
        self._done: list[Asked] = []
        self._bank = np.zeros((0, n_names))
        self._moves = [0, 0]

    def run(self) -> Sampled:
        """All texts in order, then every constraint again."""
        pilot = self._prior(max((text.pilot for text in self._texts), default=0))
        prior: dict[str, float] = {}
        for text in self._texts:
            found = self._ask(text, pilot[: text.pilot])
            for name, miss in zip(text.constraints, text.misses(found), strict=True):
                prior[name] = float((miss == 0).mean())
        self._bank = self._prior(self._size)
        for text in self._texts:
            if not text.last:
                self._stage(text)
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
        kept, share = self._finish(lead=False)
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
        free = np.setdiff1d(np.arange(self._n_names), self._followed(self._done))
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
        before = self._touched.copy()
        self._touched[text.columns] = True
        self._done.append(text)
        while len(found) < self._size // FOREBEARS:
            found = np.concatenate([found, self._reach(text)])
            if len(found) or not self._leave_out(text):
                break
        if not len(self._asked(text)):
            self._done.remove(text)
            self._touched = before
        elif len(found) < self._size:
            joined = self._joined(text)
            chosen = self._random.permutation(np.resize(np.arange(len(found)), self._size))
            self._bank = self._bank[np.resize(np.arange(len(self._bank)), self._size)]
            self._bank[:, joined] = found[chosen][:, joined]
            self._loosen(text)
        else:
            self._bank = found

    def _followed(self, texts: Sequence[Asked]) -> I64:
        """Columns that some reading of these texts follows; all of a text of which the stand-ins know too little."""
        columns = [np.zeros(0, dtype=np.int64)]
        for text in texts:
            guides = self._guides_of(text)
            columns += [text.columns] if text.name in self._unsure else [guide.columns for guide in guides]
        return np.unique(np.concatenate(columns))

    def _joined(self, text: Asked) -> I64:
        """Columns that a text follows, and all that others follow which share one: they stand or fall together."""
        joined, others = self._followed([text]), [one for one in self._done if one is not text]
        while others:
            more = [one for one in others if len(np.intersect1d(self._followed([one]), joined))]
            if not more:
                break
            joined = np.union1d(joined, self._followed(more))
            others = [one for one in others if one not in more]
        return joined

    def _refresh(self) -> None:
        """Draw anew what no reading follows."""
        idle = np.setdiff1d(np.arange(self._n_names), self._followed(self._done))
        self._bank[:, idle] = self._prior(len(self._bank))[:, idle]

    def _loosen(self, text: Asked) -> None:
        """Move rows until no value that a text's readings follow stands in too many of them."""
        for _ in range(SWEEPS):
            among = self._joined(text)
            if most_copied(self._bank, among) <= COPIES_ON_THE_WAY * len(self._bank):
                break
            self._sweep(among)
        self._refresh()

    def _sweep(self, moved: I64) -> None:
        """One move of every row of the bank, under all texts that it could trouble."""
        texts = self._troubled(moved)
        rows = wander(self._bank, moved, self._chance(texts), self._random, STEPS).round(DECIMALS)
        good = self._satisfying(texts, rows)
        self._bank[good] = rows[good]
        self._moves[0] += len(rows)
        self._moves[1] += len(good)
        self._watch(f"moves under {len(texts)} texts", len(good), len(rows))

    def _troubled(self, moved: I64, among: Sequence[Asked] | None = None) -> list[Asked]:
        texts = self._done if among is None else among
        return [text for text in texts if len(np.intersect1d(self._followed([text]), moved))]

    def _satisfying(self, texts: Sequence[Asked], rows: F64) -> I64:
        """Indices of rows that satisfy all of these texts; a row that fails one is not asked about the next."""
        left = np.arange(len(rows))
        for text in texts:
            if len(left) and len(self._asked(text)):
                left = left[self._miss(text, self._ask(text, rows[left], left + 1)) == 0]
        return left

    def _guides(self, texts: Sequence[Asked]) -> list[Emulator]:
        return [guide for text in texts for guide in self._guides_of(text)]

    def _chance(self, texts: Sequence[Asked], sharp: float = 1.0) -> Callable[[F64], F64]:
        """Logarithm of the chance that rows satisfy all of these texts, times `sharp`."""
        guides = self._guides(texts)
        return lambda rows: sharp * log_chance(guides, rows)

    def _guides_of(self, text: Asked) -> list[Emulator]:
        """Stand-ins of a text's constraints, fitted anew when much more was read of it."""
        asked = tuple(self._asked(text))
        n = sum(len(rows) for rows, _ in self._known.get(text.name, ()))
        known, old, guides = self._fits.get(text.name, (0, (), []))
        if not n or (asked == old and n < MORE * known):
            return guides
        rows = np.concatenate([one for one, _ in self._known[text.name]])
        read = np.concatenate([one for _, one in self._known[text.name]], axis=1)
        guides: list[Emulator] = []
        sure = True
        for k in asked:
            guide = fitted(rows, read[k], text.columns, float(text.low[k]), float(text.high[k]))
            met = text.misses(read)[k] == 0
            sure = sure and (met.mean() > NEARLY_ALL or (guide is not None and tells(guide, rows, met) > TELLS))
            guides += [] if guide is None else [guide]
        self._unsure.discard(text.name)
        if not sure:
            self._unsure.add(text.name)
        self._fits[text.name] = (n, asked, guides)
        return guides

    def _reach(self, text: Asked) -> F64:
        """Rows that satisfy a text which hardly any does: the nearest ones are led by stand-ins, round after round."""
        found = np.zeros((0, self._n_names))
        for attempt in range(REACHES):
            rows = np.concatenate([known for known, _ in self._known[text.name]])
            miss = self._miss(text, np.concatenate([read for _, read in self._known[text.name]], axis=1))
            near = rows[np.argsort(miss, kind="stable")[: max(ENOUGH_TO_MOVE, len(rows) // 8)]]
            start = near[np.resize(np.arange(len(near)), min(self._size, text.at_once(LED)))]
            moved = self._joined(text) if attempt % 2 else self._followed([text])
            texts = self._troubled(moved)
            proposed = wander(start, moved, self._chance(texts), self._random, 3 * STEPS).round(DECIMALS)
            first = [text, *(one for one in texts if one is not text)]
            found = np.concatenate([found, proposed[self._satisfying(first, proposed)]])
            self._watch(f"{text.name}, led", len(found), self._size // FOREBEARS)
            if len(found) >= self._size // FOREBEARS:
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

    def _finish(self, *, lead: bool = True) -> tuple[F64, float]:
        """Every constraint again, each row under its own number; rows that fail give way to others, spare or led.

        Returns   the rows, and the share of those of the bank that satisfied all
        """
        texts = [*self._done, *(text for text in self._texts if text.last and len(self._asked(text)))]
        followed = self._followed(texts) if lead else np.flatnonzero(self._touched)
        spare = self._random.permutation(len(self._bank))
        slots = np.full((min(self._wanted, len(spare)), self._n_names), np.nan)
        tried = kept = 0
        for attempt in range(FINISHES):
            empty = np.flatnonzero(np.isnan(slots).any(axis=1))
            if not len(empty) or (not len(spare) and not lead):
                break
            if len(spare):
                put, spare = self._bank[spare[: len(empty)]], spare[len(empty) :]
                tried += len(put)
            else:
                put = self._led(slots[~np.isnan(slots).any(axis=1)], len(empty), texts, attempt)
            good = self._standing(texts, put, empty[: len(put)], mend=lead)
            kept += len(good) if attempt * len(slots) < tried else 0
            for k in good:
                if self._copies_of(slots, put[k], followed) < MOST_COPIES * self._wanted:
                    slots[empty[k]] = put[k]
            self._watch("all again", int((~np.isnan(slots).any(axis=1)).sum()), self._wanted)
        return self._closed(slots, texts), kept / tried if tried else 0.0

    def _led(self, standing: F64, n: int, texts: Sequence[Asked], attempt: int) -> F64:
        """New rows from those that satisfy all: what stands or falls together comes from one of them, and may move."""
        source = standing if len(standing) >= ENOUGH_TO_MOVE else np.concatenate([standing, self._bank])
        islands = self._islands(texts)
        led = self._prior(n)
        for columns in islands:
            led[:, columns] = source[self._random.integers(len(source), size=n)][:, columns]
        chosen = self._random.integers(len(islands), size=n) if islands else np.zeros(n, dtype=np.int64)
        chosen[self._random.random(n) < MIXED] = -1
        for k, columns in enumerate(islands):
            alike = most_copied(source, columns) > MOST_COPIES / 2 * len(source)  # else nothing new would come of it
            rows = np.arange(n) if alike else np.flatnonzero(chosen == k)
            if len(rows):
                chance = self._chance(self._troubled(columns, texts), 1.0 if attempt < SHARPENED else 2.0)
                moved = wander(led[rows], columns, chance, self._random, 2 * STEPS, whole=alike)
                led[rows] = moved.round(DECIMALS)
        return led

    def _islands(self, texts: Sequence[Asked]) -> list[I64]:
        """Columns that stand or fall together, by texts that follow one of them."""
        out: list[I64] = []
        for text in texts:
            mine = self._followed([text])
            met = [one for one in out if len(np.intersect1d(one, mine))]
            out = [one for one in out if not any(one is other for other in met)]
            if len(mine):
                out.append(np.unique(np.concatenate([mine, *met])))
        return out

    def _copies_of(self, slots: F64, row: F64, followed: I64) -> int:
        return int((slots[:, followed] == row[followed]).sum(axis=0).max()) if len(followed) else 0

    def _closed(self, slots: F64, texts: Sequence[Asked]) -> F64:
        """Rows without gaps: the last move into them; what stood under one number may fall under another."""
        filled: NDArray[np.bool_] = np.asarray(~np.isnan(slots).any(axis=1))
        while not filled.all():
            gap = int(np.argmin(filled))
            last = [k for k in np.flatnonzero(filled) if k > gap][: -GAPS - 1 : -1]
            if not last:
                return slots[:gap]
            good = self._standing(texts, slots[last], np.full(len(last), gap))
            moved = last[good[0] if len(good) else 0]
            slots[gap], filled[gap] = slots[moved], True
            filled[moved] = False
            end = int(np.flatnonzero(filled)[-1]) + 1
            slots, filled = slots[:end], filled[:end]
        return slots

    def _standing(self, texts: Sequence[Asked], rows: F64, slots: I64, *, mend: bool = False) -> I64:
        """Indices of rows that satisfy all texts under their numbers.

        mend : where a row fails, what that text alone follows of it comes from rows that satisfied it, in place
        """
        left, settled = np.arange(len(rows)), np.zeros(0, dtype=np.int64)
        for text in texts:
            if not len(left):
                break
            met = self._miss(text, self._ask(text, rows[left], slots[left] + 1)) == 0
            mine = np.setdiff1d(self._followed([text]), settled) if mend else settled[:0]
            donors = self._donors(text) if len(mine) else rows[:0]
            for _ in range(MENDS if len(donors) else 0):
                bad = left[~met]
                if not len(bad):
                    break
                rows[np.ix_(bad, mine)] = donors[self._random.integers(len(donors), size=len(bad))][:, mine]
                met[~met] = self._miss(text, self._ask(text, rows[bad], slots[bad] + 1)) == 0
            left, settled = left[met], np.union1d(settled, self._followed([text])) if mend else settled
        return left

    def _donors(self, text: Asked) -> F64:
        """The latest rows that satisfied a text."""
        good = [rows[self._miss(text, read) == 0] for rows, read in self._known[text.name][::-1]]
        return np.concatenate(good)[:DONORS]
