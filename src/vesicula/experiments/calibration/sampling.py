"""From draws of all ranges to rows that satisfy every constraint: rejection text by text, and moves where that is dear.

A text asks one or more constraints of the names that it draws. Row k of the bank is asked under the number k that it
will have. Texts come one after the other, the cheap ones first. A row that fails stays in its slot, and names that no
reading so far follows are drawn anew until it satisfies the text, or are led where a stand-in (`emulator`) says; rows
with a greater chance to do so lend others their block: what this text follows, and texts linked with it. What was drawn
anew has to be asked again by all that it may act in: so at the end blocks that fail are chosen anew for every number
until each row satisfies all. Where that brings too few, rows are moved, led by stand-ins and accepted by the texts
themselves. Rows so found are draws of the prior times the stand-ins' chance, among all that satisfy everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vesicula.experiments.calibration.emulator import Emulator, fitted, log_chance, suspected, tells, wander
from vesicula.experiments.calibration.rows import FEWEST, MOST_PROPOSALS, ROWS, Asked, Left, Read, Sampled, Watch

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
REJECTED = 0.25  # of the rows asked have to pass, or else stand-ins lead
MOST_COPIES, COPIES_ON_THE_WAY = 0.08, 0.15  # of the rows may hold one value
REACHES, STEPS = 6, 200
WITNESSES = 8  # rows of which the readings are kept
ALIKE = 1e-9  # relative difference of readings that are the same
LINKED = 0.25  # of the columns that two texts follow, which both do
PATIENT = 6.0  # times as many tries of a row as one takes on average, after which it gives way
ANEW = 32  # draws of what a row is free in, over which its chance is a mean
ENOUGH_TO_MOVE, LED = 8, 64
FOREBEARS = 8  # rows that may come from one
MORE = 1.2  # times as many rows as stand-ins were fitted to make it worth fitting them anew
NEARLY_ALL, TELLS = 0.7, 0.1  # share that satisfies a constraint, or of the surprise that a stand-in takes away
ROUNDS, TRIES, SWEEPS = 6, 3, 3  # of asking every text, of moves in each where a row fails, and where values crowd
FILLINGS, PATIENCE = 200, 6  # times that rows which fail are chosen anew, and such that together bring too little
LITTLE = 0.02  # of the rows
MET, FAILED, UNKNOWN = 1, -1, 0
DECIMALS = 3


def _most(n: int, share: float) -> int:
    """How many of n rows may hold one value."""
    return max(1, int(share * n))


def _overlap(one: I64, two: I64) -> float:
    """Columns of both, as a share of those of the smaller."""
    return len(np.intersect1d(one, two)) / max(1, min(len(one), len(two)))


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
        self._random = np.random.default_rng([seed, 20])
        self._known: dict[str, list[tuple[F64, F64]]] = {}
        self._fits: dict[str, tuple[int, tuple[int, ...], list[Emulator]]] = {}
        self._felt: dict[str, list[I64]] = {}
        self._unsure: set[str] = set()
        self._left: dict[str, Left] = {}
        self._stages: dict[str, tuple[int, int]] = {}
        self._touched = np.zeros(n_names, dtype=np.bool_)
        self._done: list[Asked] = []
        self._bank, self._numbers = np.zeros((0, n_names)), np.zeros(0, dtype=np.int64)
        self._state: dict[str, NDArray[np.int8]] = {}
        self._moves = [0, 0]

    def run(self) -> Sampled:
        """All texts in order, then every constraint of every row as it is."""
        pilot = self._prior(max((text.pilot for text in self._texts), default=0))
        prior: dict[str, float] = {}
        for text in self._texts:
            found = self._ask(text, pilot[: text.pilot])
            for name, miss in zip(text.constraints, text.misses(found), strict=True):
                prior[name] = float((miss == 0).mean())
        self._begin(self._prior(self._wanted), np.arange(1, self._wanted + 1))
        for text in self._texts:
            if not text.last:
                self._stage(text)
        for text in self._texts:
            if text.last and len(self._asked(text)):
                self._done.append(text)
                self._touched[text.columns] = True
        again = self._rounds()
        return self._sampled(prior, again)

    def again(
        self, rows: F64, numbers: Sequence[int], without: Sequence[str] = (), witness: Mapping[str, F64] | None = None
    ) -> Sampled:
        """Rows that satisfied every constraint once, asked again under their numbers; the others give way to them.

        without : constraints that were left out
        witness : what the first rows read then; where they read it but for the last digits, all do: no more is asked
        """
        self._left = {name: Left(name, float("nan"), "") for name in without}
        self._begin(rows.copy(), np.asarray(numbers, dtype=np.int64))
        self._done = [text for text in self._texts if len(self._asked(text))]
        for text in self._done:
            self._touched[text.columns] = True
        if witness and self._witnessed(witness):
            for text in self._done:
                self._state[text.name][:] = MET
            return self._sampled({}, 1.0)
        for text in self._done:
            self._ask_left(np.arange(len(rows)), text)
        good = self._satisfied()
        if good.any():
            self._filled(rows[good])
        return self._sampled({}, float(good.mean()) if len(good) else 0.0)

    def _begin(self, rows: F64, numbers: I64) -> None:
        self._bank, self._numbers = rows, numbers
        self._state = {text.name: np.zeros(len(rows), dtype=np.int8) for text in self._texts}

    def _sampled(self, prior: dict[str, float], again: float) -> Sampled:
        chosen = self._chosen()
        rows, numbers = self._bank[chosen], self._numbers[chosen]
        copies = most_copied(rows, np.flatnonzero(self._touched))
        moved = self._moves[1] / self._moves[0] if self._moves[0] else float("nan")
        left, first = list(self._left.values()), slice(0, WITNESSES)
        witness = {text.name: self._read(text, rows[first], numbers[first]) for text in self._done}
        return Sampled(rows, numbers, prior, self._stages, left, again, copies, moved, witness)

    def _witnessed(self, witness: Mapping[str, F64]) -> bool:
        """Whether the first rows read what they did, but for the last digits, in which processors differ."""
        rows, numbers = self._bank[:WITNESSES], self._numbers[:WITNESSES]
        return set(witness) == {text.name for text in self._done} and all(
            np.allclose(self._read(text, rows, numbers), witness[text.name], rtol=ALIKE, atol=0.0, equal_nan=True)
            for text in self._done
        )

    def _prior(self, n: int) -> F64:
        return np.round(self._random.standard_normal((n, self._n_names)), DECIMALS)

    def _ask(self, text: Asked, rows: F64, numbers: I64 | None = None) -> F64:
        found = self._read(text, rows, np.arange(1, len(rows) + 1) if numbers is None else numbers)
        self._known.setdefault(text.name, []).append((rows.copy(), found))
        return found

    def _meets(self, text: Asked, rows: F64, slots: I64) -> NDArray[np.bool_]:
        """Whether rows satisfy a text in these slots of the bank, bool[n]."""
        if not len(rows):
            return np.zeros(0, dtype=np.bool_)
        return np.asarray(self._miss(text, self._ask(text, rows, self._numbers[slots])) == 0)

    def _asked(self, text: Asked) -> I64:
        """Constraints of a text that are not left out."""
        return np.array([k for k, name in enumerate(text.constraints) if name not in self._left], dtype=np.int64)

    def _miss(self, text: Asked, readings: F64) -> F64:
        return text.misses(readings)[self._asked(text)].sum(axis=0)

    def _put(self, slots: I64, rows: F64, changed: I64) -> None:
        """New rows in slots of the bank; texts that draw one of the changed columns have to be asked again."""
        self._bank[slots] = rows
        for text in self._texts:
            if len(np.intersect1d(text.columns, changed)):
                self._state[text.name][slots] = UNKNOWN

    def _satisfied(self) -> NDArray[np.bool_]:
        """Rows that satisfy every text as they are, bool[n]."""
        known = [self._state[text.name] == MET for text in self._done if len(self._asked(text))]
        return np.logical_and.reduce(known) if known else np.ones(len(self._bank), dtype=np.bool_)

    def _stage(self, text: Asked) -> None:
        """Rows that satisfy one more text, each in its slot, about as often as its chance is to satisfy it.

        What a text draws and no reading so far may follow is drawn anew for a row until it does.
        """
        n, every = len(self._bank), np.arange(len(self._bank))
        met = self._meets(text, self._bank, every)
        self._state[text.name][:] = np.where(met, MET, FAILED)
        own = np.setdiff1d(text.columns, self._guarded())
        free = np.union1d(own, np.flatnonzero(~self._touched))
        origin = self._shared(self._chances(text, own, met))
        self._take(every[origin != every], self._bank[origin[origin != every]], self._block(text))
        filled = met & (origin == every)
        self._stages[text.name] = n, int(met.sum())
        if len(own):
            self._try(text, filled, free)
        before = self._touched.copy()
        self._touched[text.columns] = True
        self._done.append(text)
        found = self._bank[filled]
        while len(found) < n // FOREBEARS:
            found = np.concatenate([found, self._reach(text)])
            if len(found) or not self._leave_out(text):
                break
        if not len(self._asked(text)):
            self._done.remove(text)
            self._touched = before
        elif len(found):
            self._take(np.flatnonzero(~filled), self._dealt(found, int((~filled).sum())), self._block(text))
            self._spread(COPIES_ON_THE_WAY)

    def _try(self, text: Asked, filled: NDArray[np.bool_], free: I64) -> None:
        """Draw free columns anew in slots not filled, or lead them where that finds more, till few are left."""
        n = len(self._bank)
        asked, passed = self._stages[text.name]
        led, share = False, [passed / n if n else 0.0, np.inf]  # of rows drawn anew, and led, that satisfied it last
        tries, enough = 0.0, PATIENT / max(share[0], 1.0 / max(n, 1))
        while not filled.all() and asked < text.at_once(n) and tries < enough:
            empty = np.flatnonzero(~filled)
            slots = np.resize(empty, max(len(empty), LED))
            rows = self._bank[slots]
            rows[:, free] = self._prior(len(slots))[:, free]
            led = text.at_once(n) < MOST_PROPOSALS * n and passed < REJECTED * asked and share[1] > share[0]
            if led:
                moved = np.intersect1d(free, self._followed([text]))
                rows = wander(rows, moved, self._chance([text]), self._random, STEPS).round(DECIMALS)
            good = np.flatnonzero(self._meets(text, rows, slots))
            share[led], tries = len(good) / len(slots), tries + len(slots) / len(empty)
            into, which = np.unique(slots[good], return_index=True)
            self._put(into, rows[good[which]], free)
            self._state[text.name][into] = MET
            filled[into] = True
            asked, passed = asked + len(slots), passed + len(good)
            self._watch(text.name, int(filled.sum()), n)
        self._stages[text.name] = asked, passed

    def _chances(self, text: Asked, own: I64, met: NDArray[np.bool_]) -> F64:
        """Chance of each row to satisfy a text if its own columns were drawn anew, by stand-ins, float64[n].

        Where these know too little, whether the row satisfies it counts as much.
        """
        if not len(own):
            return met.astype(np.float64)
        rows = np.repeat(self._bank, ANEW, axis=0)
        rows[:, own] = self._prior(len(rows))[:, own]
        chances = np.exp(self._chance([text])(rows)).reshape(-1, ANEW).mean(axis=1)
        chances *= max(float(met.mean()), 1.0 / len(met)) / float(chances.mean())
        return (chances + met) / 2 if text.name in self._unsure else chances

    def _shared(self, chances: F64) -> I64:
        """Row that each slot starts from, by systematic resampling: its own where that may stay, int64[n]."""
        n, every = len(chances), np.arange(len(chances))
        if not chances.sum() > 0:
            return every
        order = self._random.permutation(n)
        ends = np.cumsum(chances[order]) / chances.sum() * n
        counts = np.zeros(n, dtype=np.int64)
        counts[order] = np.diff(np.floor(ends + self._random.random()), prepend=0.0).astype(np.int64)
        counts[order[-1]] += n - counts.sum()  # what rounding loses
        origin = every.copy()
        origin[counts == 0] = self._random.permutation(np.repeat(every, np.maximum(counts - 1, 0)))
        return origin

    def _take(self, slots: I64, rows: F64, columns: I64) -> None:
        """Give slots these columns of rows, one for each."""
        after = self._bank[slots]
        after[:, columns] = rows[:, columns]
        self._put(slots, after, columns)

    def _dealt(self, found: F64, n: int) -> F64:
        """So many of these rows, each about as often, in any order."""
        return found[self._random.permutation(np.resize(self._random.permutation(len(found)), n))]

    def _block(self, text: Asked) -> I64:
        """Columns that a text may follow, and those of texts linked with it: they follow much of the same.

        What a row holds beside them has nothing to do with whether it satisfies the text.
        """
        linked, others = [text], [one for one in self._done if one is not text]
        mine = {one.name: self._followed([one]) for one in (text, *others)}
        for one in linked:
            near = [two for two in others if _overlap(mine[one.name], mine[two.name]) >= LINKED]
            linked += near
            others = [two for two in others if two not in near]
        felt = [columns for one in linked for columns in self._felt[one.name]]
        return np.unique(np.concatenate([*(mine[one.name] for one in linked), *felt]))

    def _followed(self, texts: Sequence[Asked]) -> I64:
        """Columns that some reading of these texts follows; all of a text of which the stand-ins know too little."""
        columns = [np.zeros(0, dtype=np.int64)]
        for text in texts:
            guides = self._guides_of(text)
            columns += [text.columns] if text.name in self._unsure else [guide.columns for guide in guides]
        return np.unique(np.concatenate(columns))

    def _guarded(self) -> I64:
        """Columns that some reading so far may follow: not to be drawn anew without asking."""
        followed = self._followed(self._done)
        return np.unique(np.concatenate([followed, *(one for text in self._done for one in self._felt[text.name])]))

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

    def _troubled(self, moved: I64) -> list[Asked]:
        """Texts of which a reading follows what was moved."""
        return [text for text in self._done if len(np.intersect1d(self._followed([text]), moved))]

    def _satisfying(self, texts: Sequence[Asked], rows: F64) -> I64:
        """Indices of rows that satisfy all of these texts; a row that fails one is not asked about the next."""
        left = np.arange(len(rows))
        for text in texts:
            if len(left) and len(self._asked(text)):
                left = left[self._meets(text, rows[left], left)]
        return left

    def _chance(self, texts: Sequence[Asked]) -> Callable[[F64], F64]:
        """Logarithm of the chance that rows satisfy all of these texts."""
        guides = [guide for text in texts for guide in self._guides_of(text)]
        return lambda rows: log_chance(guides, rows)

    def _guides_of(self, text: Asked) -> list[Emulator]:
        """Stand-ins of a text's constraints, fitted anew when much more was read of it."""
        asked = tuple(self._asked(text))
        n = sum(len(rows) for rows, _ in self._known.get(text.name, ()))
        known, old, guides = self._fits.get(text.name, (0, (), []))
        self._felt.setdefault(text.name, [])
        if not n or (asked == old and n < MORE * known):
            return guides
        rows = np.concatenate([one for one, _ in self._known[text.name]])
        read = np.concatenate([one for _, one in self._known[text.name]], axis=1)
        guides: list[Emulator] = []
        felt: list[I64] = []
        sure = True
        for k in asked:
            guide = fitted(rows, read[k], text.columns, float(text.low[k]), float(text.high[k]))
            met = text.misses(read)[k] == 0
            sure = sure and (met.mean() > NEARLY_ALL or (guide is not None and tells(guide, rows, met) > TELLS))
            guides += [] if guide is None else [guide]
            felt.append(suspected(rows, read[k], text.columns, float(text.low[k]), float(text.high[k])))
        self._felt[text.name] = felt
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
            start = near[np.resize(np.arange(len(near)), min(len(self._bank), text.at_once(LED)))]
            moved = self._joined(text) if attempt % 2 else self._followed([text])
            texts = self._troubled(moved)
            proposed = wander(start, moved, self._chance(texts), self._random, 3 * STEPS).round(DECIMALS)
            first = [text, *(one for one in texts if one is not text)]
            found = np.concatenate([found, proposed[self._satisfying(first, proposed)]])
            self._watch(f"{text.name}, led", len(found), len(self._bank) // FOREBEARS)
            if len(found) >= len(self._bank) // FOREBEARS:
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

    def _rounds(self) -> float:
        """Fill the bank; while too few rows are left so, ask what changed and move those that fail or crowd.

        Returns   the share of rows that satisfied all at the first asking
        """
        idle = np.setdiff1d(np.flatnonzero(self._touched), self._guarded())
        whole = self._filled(self._bank.copy(), idle)
        for _ in range(ROUNDS):
            if int(self._chosen().sum()) >= min(FEWEST, len(self._bank)):
                break
            for text in self._done:
                self._ask_left(np.arange(len(self._bank)), text)
                for _ in range(TRIES):
                    self._move(np.flatnonzero(self._state[text.name] == FAILED), self._followed([text]), text)
            good = self._satisfied()
            if good.any():
                failed = np.logical_or.reduce([self._state[text.name] == FAILED for text in self._done])
                slots = np.flatnonzero(failed)
                self._put(slots, self._dealt(self._bank[good], len(slots)), np.arange(self._n_names))
            self._spread()
            self._watch("all together", int(self._chosen().sum()), len(self._bank))
        return whole

    def _filled(self, parents: F64, idle: I64 | None = None) -> float:
        """Rows of which what fails is chosen anew for every slot, until they satisfy all there and no value crowds.

        A text is asked only of rows that satisfied those before it. Where one fails, its block is taken from a parent.
        parents : to choose from, float64[n, n_names]
        idle : columns that no reading follows, to be drawn anew; None where that is unknown: rows are chosen whole
        Returns   the share of rows that satisfied all at the first asking
        """
        share, slots, counts = 0.0, np.arange(len(self._bank)), list[int]()
        for attempt in range(FILLINGS):
            left, failing = slots, list[tuple[Asked | None, I64]]()
            for text in self._done:
                asked, left = left, self._ask_left(left, text)
                failing.append((text, np.setdiff1d(asked, left)))
            good = self._satisfied()
            share = share if attempt or not len(good) else float(good.mean())
            crowded = self._crowded(among=good)[0]
            good[crowded] = False
            self._watch("all together", int(good.sum()), len(good))
            counts.append(int(good.sum()))
            slots = np.flatnonzero(~good)
            if not len(slots) or (attempt >= PATIENCE and counts[-1] - counts[-1 - PATIENCE] < LITTLE * len(good)):
                break
            for text, some in [*failing, (None, crowded)]:
                if len(some):
                    self._choose_anew(text if idle is not None else None, some, parents, self._bank[good], idle)
        return share

    def _choose_anew(self, text: Asked | None, slots: I64, parents: F64, kept: F64, idle: I64 | None) -> None:
        """Take the block of a text, or all, from parents; what the text draws and no reading follows is drawn anew."""
        columns = np.flatnonzero(self._touched) if text is None else self._block(text)
        chosen = self._random.choice(len(parents), len(slots), p=self._evenly(parents, kept, columns))
        free = np.zeros(0, dtype=np.int64) if idle is None else idle
        free = free if text is None else np.intersect1d(free, text.columns)
        rows = parents[chosen]
        rows[:, free] = self._prior(len(slots))[:, free]
        self._take(slots, rows, np.union1d(columns, free))

    def _evenly(self, rows: F64, kept: F64, columns: I64) -> F64:
        """Chances of rows with which no value is chosen much more often than others of its column, float64[n].

        kept : rows that are not chosen anew; a value of which these hold as many as may is chosen no more
        """
        crowd, full, most = np.ones(len(rows)), np.zeros(len(rows), dtype=np.bool_), _most(len(self._bank), MOST_COPIES)
        for k in columns:
            both = np.concatenate([rows[:, k], kept[:, k]])
            _, which = np.unique(both, return_inverse=True)
            crowd = np.maximum(crowd, np.bincount(which[: len(rows)])[which[: len(rows)]])
            full |= np.bincount(which[len(rows) :], minlength=len(both))[which[: len(rows)]] >= most
        chances = np.where(full & ~full.all(), 0.0, 1.0 / crowd)
        return chances / chances.sum()

    def _ask_left(self, slots: I64, text: Asked) -> I64:
        """Ask a text about those of these slots of which the rows changed since; returns the slots that satisfy it."""
        unknown = slots[self._state[text.name][slots] == UNKNOWN]
        met = self._meets(text, self._bank[unknown], unknown)
        self._state[text.name][unknown] = np.where(met, MET, FAILED)
        return slots[self._state[text.name][slots] == MET]

    def _move(self, slots: I64, moved: I64, first: Asked | None = None) -> None:
        """Move rows where stand-ins lead; taken where `first` is satisfied, and nothing that was is lost.

        What a text draws and no reading follows is drawn anew in half of the rows.
        """
        if not len(slots) or not len(moved):
            return
        texts = self._troubled(moved)
        rows = wander(self._bank[slots], moved, self._chance(texts), self._random, STEPS)
        changed = moved
        if first is not None:
            idle = np.setdiff1d(first.columns, self._guarded())
            changed, half = np.union1d(moved, idle), self._random.random(len(slots)) < 0.5
            rows[np.ix_(half, idle)] = self._prior(int(half.sum()))[:, idle]
            texts = [first, *(one for one in texts if one is not first)]
        rows, left = rows.round(DECIMALS), np.arange(len(slots))
        told: dict[str, NDArray[np.int8]] = {}
        for text in texts:
            met = self._meets(text, rows[left], slots[left])
            told[text.name] = np.full(len(slots), UNKNOWN, dtype=np.int8)
            told[text.name][left] = np.where(met, MET, FAILED)
            left = left[met | ((self._state[text.name][slots[left]] != MET) & (text is not first))]
        self._put(slots[left], rows[left], changed)
        for name, state in told.items():
            self._state[name][slots[left]] = state[left]
        self._moves[0] += len(rows)
        self._moves[1] += len(left)

    def _crowded(self, share: float = MOST_COPIES, among: NDArray[np.bool_] | None = None) -> tuple[I64, I64]:
        """Rows beyond those that may hold one value, and the columns in which they do.

        among : the rows that count, bool[n]; by default all
        """
        counted = np.arange(len(self._bank)) if among is None else np.flatnonzero(among)
        most, rows, columns = _most(len(self._bank), share), set[int](), list[int]()
        for k in np.flatnonzero(self._touched):
            _, which, counts = np.unique(self._bank[counted, k], return_inverse=True, return_counts=True)
            over = [counted[which == one][most:] for one in np.flatnonzero(counts > most)]
            if over:
                columns.append(int(k))
                rows |= set(np.concatenate(over).tolist())
        return np.array(sorted(rows), dtype=np.int64), np.array(columns, dtype=np.int64)

    def _spread(self, share: float = MOST_COPIES) -> None:
        """Move values that stand in too many rows: anew where no reading follows them, else where stand-ins lead."""
        followed = self._followed(self._done)
        for _ in range(SWEEPS):
            slots, columns = self._crowded(share)
            if not len(slots):
                break
            idle = np.setdiff1d(columns, followed)
            if len(idle):
                rows = self._bank[slots]
                rows[:, idle] = self._prior(len(slots))[:, idle]
                self._put(slots, rows, idle)
            self._move(slots, np.intersect1d(columns, followed))

    def _chosen(self) -> NDArray[np.bool_]:
        """Rows that satisfy everything, without those of which a value stands in too many, bool[n]."""
        chosen = self._satisfied()
        columns = np.flatnonzero(self._touched)
        _, codes = np.unique(self._bank[:, columns].T + 100.0 * np.arange(len(columns))[:, None], return_inverse=True)
        codes = codes.reshape(len(columns), -1).T  # one number for each value of each column, int64[n, n_columns]
        while chosen.any():
            counts = np.bincount(codes[chosen].ravel(), minlength=int(codes.max()) + 1)
            over = counts > _most(int(chosen.sum()), MOST_COPIES)
            if not over.any():
                break
            worst = np.where(chosen, over[codes].sum(axis=1), -1)
            chosen[int(np.argmax(worst))] = False
        return chosen
