"""The one march through time: all sites of a model, by the experimenter's hand and by macro steps.

A moment is a macro step, before or after the hand that acts at its start. Runs and experiments differ only in what they
look at between two moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import NumericalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vesicula.engine.exchange import Exchange
    from vesicula.engine.program import Program
    from vesicula.engine.state import State
    from vesicula.results.description import RunDescription

    I64 = NDArray[np.int64]


def first_states(programs: Mapping[str, Program], keys: Mapping[str, NDArray[np.uint64]]) -> dict[str, State]:
    """States of all sites at time 0, all variants.

    keys : uint64[n_variants, 2] for each site, see `Compiled.site_keys`
    Raises   NumericalError where cells have no place
    """
    from vesicula.engine.start import initial_state
    from vesicula.results.countable import REMEDY

    try:
        return {
            site: initial_state(program, list(range(len(keys[site]))), keys[site], [1] * len(keys[site]))
            for site, program in programs.items()
        }
    except ArithmeticError as error:
        raise NumericalError(str(error), REMEDY) from error


class March:
    """All sites on their way to the last record. Variants that are alike so far are computed once (`engine.alike`).

    now : macro steps done      acted : whether the experimenter has acted at the present one
    news : sentences about what has happened and that a person should know; whoever has told them empties the list
    states : of all variants, as they are handed in
    """

    def __init__(
        self, description: RunDescription, programs: dict[str, Program], exchange: Exchange, states: dict[str, State],
        *, acted: bool = False,
    ) -> None:  # fmt: skip
        from vesicula.engine.alike import Alike
        from vesicula.results.crowding import CrowdWatch

        self.acted, self.news = acted, list[str]()
        self.last = description.plan.record_steps[-1]
        self.macro_step = next(iter(programs.values())).macro_step
        self._description, self._named, self._exchange = description, programs, exchange
        self._programs, self._moving = tuple(programs.values()), tuple(states[name] for name in programs)
        self._alike = Alike(self._programs, exchange, {k: state.site_key for k, state in enumerate(self._moving)})
        self._turns = frozenset(self._alike.turns())
        self._variant = self._moving[0].site_variant
        self._row = np.arange(len(self._variant))  # of each variant in the states that are computed
        self._acts_at = frozenset(description.plan.event_steps)
        self._crowds = CrowdWatch(programs, description.variants)
        self.now = self._moving[0].step
        self._compute(self._alike.classes(self.now, acted=acted))

    @property
    def hand_is_due(self) -> bool:
        """Whether the experimenter has still to act at this macro step."""
        return not self.acted and self.now in self._acts_at

    @property
    def ended(self) -> bool:
        """Whether the last moment has been reached."""
        return self.now >= self.last and not self.hand_is_due

    @property
    def states(self) -> dict[str, State]:
        """States of all sites by name, every variant in its row; nobody may change them."""
        return dict(zip(self._named, self._whole(), strict=True))

    @property
    def cells(self) -> int:
        """Simulated cells of all variants in all sites."""
        return sum(int(np.diff(state.cell_start)[self._row].sum()) for state in self._moving)

    @property
    def vesicles(self) -> int:
        """Free vesicles of all variants in all sites."""
        return sum(int(state.vesicles.sum(axis=(1, 2))[self._row].sum()) for state in self._moving)

    def _whole(self) -> tuple[State, ...]:
        """A row for every variant."""
        if len(self._row) == self._moving[0].n_sites:
            return self._moving
        out = tuple(state.take(self._row) for state in self._moving)
        for state in out:
            state.site_variant = self._variant.copy()
        return out

    def _compute(self, alike: I64) -> None:
        """From now on compute one row of those that are alike: int64[n_variants], the first such variant of each."""
        computed, row = np.unique(alike, return_inverse=True)
        if len(computed) != self._moving[0].n_sites:
            whole = self._whole()
            self._moving, self._row = tuple(state.take(computed) for state in whole), row

    def on(self) -> None:
        """Go on to the next moment.

        Raises   NumericalError; ResourceError where cells outgrow their site or memory
        """
        from vesicula.engine.counts import Uncountable
        from vesicula.results.countable import REMEDY, in_words

        try:
            self._on()
        except Uncountable as error:
            raise in_words(error, self._named, self._description.labels, self._description.variants) from None
        except ArithmeticError as error:
            raise NumericalError(str(error), REMEDY) from error

    def _on(self) -> None:
        from vesicula.engine.step import advance, elapse, intervene

        if not self.acted and self.now in self._turns and len(self._row) > self._moving[0].n_sites:
            self._compute(self._alike.classes(self.now, acted=True))
        if self.hand_is_due:
            intervene(self._exchange, self._programs, self._moving)
            self.acted = True
            return
        (elapse if self.acted else advance)(self._exchange, self._programs, self._moving)
        self.now += 1
        self.acted = False
        self.news += self._crowds.look(dict(zip(self._named, self._moving, strict=True)))
