"""The one march through time: all sites of a model, by the experimenter's hand and by macro steps.

A moment is a macro step, before or after the hand that acts at its start. Runs and experiments differ only in what they
look at between two moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from vesicula.errors import NumericalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vesicula.engine.system import System, SystemState
    from vesicula.results.description import RunDescription

    I64 = NDArray[np.int64]


def first_states(system: System, keys: Sequence[NDArray[np.uint64]]) -> SystemState:
    """States of all sites at time 0, all variants.

    keys : uint64[n_variants, 2] of every site in its order, see `Compiled.keys`
    Raises   NumericalError where cells have no place
    """
    from vesicula.engine.start import initial_state
    from vesicula.engine.system import SystemState
    from vesicula.results.countable import REMEDY

    try:
        sites = [
            initial_state(program, list(range(len(key))), key, [1] * len(key))
            for program, key in zip(system.sites, keys, strict=True)
        ]
    except ArithmeticError as error:
        raise NumericalError(str(error), REMEDY) from error
    return SystemState(tuple(sites), system.site_names)


class March:
    """All sites on their way to the last record. Variants that are alike so far are computed once (`engine.alike`).

    now : macro steps done      acted : whether the experimenter has acted at the present one
    news : sentences about what has happened and that a person should know; whoever has told them empties the list
    states : of all variants, as they are handed in
    """

    def __init__(
        self, description: RunDescription, system: System, states: SystemState, *, acted: bool = False
    ) -> None:
        from vesicula.engine.alike import Alike
        from vesicula.results.crowding import CrowdWatch

        self.acted, self.news = acted, list[str]()
        self.last = description.plan.record_steps[-1]
        self.macro_step = system.macro_step
        self._description, self._system, self._moving = description, system, states
        self._alike = Alike(system, [state.site_key for state in states.sites])
        self._turns = frozenset(self._alike.turns())
        self._variant = states.sites[0].site_variant
        self._row = np.arange(len(self._variant))  # of each variant in the states that are computed
        self._acts_at = frozenset(description.plan.event_steps)
        self._crowds = CrowdWatch(system, description.variants)
        self.now = states.step
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
    def states(self) -> SystemState:
        """States of all sites, every variant in its row; nobody may change them."""
        if len(self._row) == self._moving.n_rows:
            return self._moving
        out = self._moving.take(self._row)
        for state in out.sites:
            state.site_variant = self._variant.copy()
        return out

    @property
    def cells(self) -> int:
        """Simulated cells of all variants in all sites."""
        return sum(int(np.diff(state.cell_start)[self._row].sum()) for state in self._moving.sites)

    @property
    def vesicles(self) -> int:
        """Free vesicles of all variants in all sites."""
        return sum(int(state.vesicles.sum(axis=(1, 2))[self._row].sum()) for state in self._moving.sites)

    def _compute(self, alike: I64) -> None:
        """From now on compute one row of those that are alike: int64[n_variants], the first such variant of each."""
        computed, row = np.unique(alike, return_inverse=True)
        if len(computed) != self._moving.n_rows:
            self._moving, self._row = self.states.take(computed), row

    def on(self) -> None:
        """Go on to the next moment.

        Raises   NumericalError; ResourceError where cells outgrow their site or memory
        """
        from vesicula.engine.counts import Uncountable
        from vesicula.engine.kinetics import Unsolved
        from vesicula.results.countable import REMEDY, in_words, unsolved

        try:
            self._on()
        except Uncountable as error:
            raise in_words(error, self._system, self._description.labels, self._description.variants) from None
        except Unsolved as error:
            raise unsolved(error, self._description.labels) from None
        except ArithmeticError as error:
            raise NumericalError(str(error), REMEDY) from error

    def _on(self) -> None:
        from vesicula.engine.step import advance, elapse, intervene

        if not self.acted and self.now in self._turns and len(self._row) > self._moving.n_rows:
            self._compute(self._alike.classes(self.now, acted=True))
        if self.hand_is_due:
            intervene(self._system, self._moving)
            self.acted = True
            return
        (elapse if self.acted else advance)(self._system, self._moving)
        self.now += 1
        self.acted = False
        self.news += self._crowds.look(self._moving)
