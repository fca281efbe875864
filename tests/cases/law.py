"""A law of the engine beside the hands that switch it off, halve it and double it: the rows of one table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

AVOGADRO = 6.02214076e23


@dataclass(frozen=True)
class Law:
    """One law of the engine in one bench (a model in which it runs beside others).

    of : what the engine calls it: `Reaction.BIND`, `Behaviours.release`, `Vesicles.p_decay` …
    verbs : behaviours of the language's rules that act on it; measure : what is read, at the end of the run
    reads : what theory says of the measure where nothing is done
    hands : steps of an arm, joined by "; " -> what theory says of the measure in that arm; of a dose series " | " and
        the dose stand behind
    within : relative, or of the largest reading where theory says 0
    silent : why what is read falls to 0 in no arm
    """

    name: str
    of: tuple[str, ...]
    measure: str
    reads: float
    hands: Mapping[str, float]
    verbs: tuple[str, ...] = ()
    within: float = 0.01
    silent: str = ""


@dataclass(frozen=True)
class Bench:
    """A model with `{arms}` and `{measures}` in its text, and the laws that are read from it."""

    text: str
    laws: tuple[Law, ...]

    def arms(self) -> dict[str, str]:
        """Steps of an arm, as in `Law.hands` -> name of the arm, with the dose of a series."""
        names = self._names()
        parts = {hand: hand.partition(" | ") for law in self.laws for hand in law.hands}
        return {hand: f"{names[steps]} {dose}".rstrip() for hand, (steps, _, dose) in parts.items()}

    def _names(self) -> dict[str, str]:
        hands = dict.fromkeys(hand.partition(" | ")[0] for law in self.laws for hand in law.hands)
        return {steps: f"hand {number}" for number, steps in enumerate(hands)}

    def model(self) -> str:
        """The text with an arm for every hand and a measure for every law."""
        arms = ["  as it is: []"]
        for steps, name in self._names().items():
            arms += [f"  {name}:", *(f"    - {step}" for step in steps.split("; "))]
        reads = [f'  "{law.name}": {law.measure}' for law in self.laws]
        return self.text.replace("{arms}", "\n".join(arms)).replace("{measures}", "\n".join(reads))


def picomolar(molecules: float, litres: float) -> float:
    """Concentration, pM."""
    return molecules / AVOGADRO / litres * 1e12


def bound(first: float, second: float, kd: float) -> float:
    """Complex of two that bind each other, at equilibrium, in the unit of all three."""
    whole = first + second + kd
    return 0.5 * (whole - math.sqrt(whole * whole - 4 * first * second))


def course(change: Callable[[list[float]], list[float]], start: list[float], hours: float, parts: int = 1000):
    """What a system of ordinary differential equations reaches, by the classical method of order 4."""
    y, h = list(start), hours / parts

    def moved(by: list[float], share: float) -> list[float]:
        return [a + share * b for a, b in zip(y, by, strict=True)]

    for _ in range(parts):
        a = change(y)
        b = change(moved(a, h / 2))
        c = change(moved(b, h / 2))
        d = change(moved(c, h))
        y = [one + h / 6 * (p + 2 * q + 2 * r + s) for one, p, q, r, s in zip(y, a, b, c, d, strict=True)]
    return y
