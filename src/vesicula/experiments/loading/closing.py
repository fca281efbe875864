"""What would close a gap, each as an arm that a laboratory can do and the language can run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vesicula.compiler.geometry import stated_share
from vesicula.language.model import Model, Preparation
from vesicula.language.steps import AddPreparation, AddVesicles
from vesicula.results.loading import Closing, Plane
from vesicula.results.wording import number

FULL = 100.0  # copies of a heavily loaded vesicle, if as many fit
LARGEST_FACTOR = 1e6
NO_AMOUNT = 30.0  # decades: the gap of what no amount would show


@dataclass(frozen=True)
class Case:
    """What a gap is about.

    gap : log10, median as dosed (natural where nothing is given); vesicular : whether these are vesicles at all
    """

    model: Model
    vesicle: str
    cargo: str
    recipient: str
    site: str
    gap: float
    plane: Plane
    how: str
    given: bool
    vesicular: bool = True

    @property
    def copies(self) -> float:
        """Median copies per EV."""
        return self.plane.measured[2]

    @property
    def preparation(self) -> Preparation | None:
        """The preparation that brings these vesicles, or that the particles come along with."""
        found = (p for p in self.model.preparations if p.of == self.vesicle or not self.vesicular)
        return next(found, None)


def closings(case: Case) -> tuple[Closing, ...]:
    """Ways to close the gap; none where there is none."""
    if case.gap <= 0:
        return ()
    if case.gap >= NO_AMOUNT:
        return (Closing(name="a later reading", why="no amount of it shows by then"),)
    if not case.vesicular:
        return (_bolus(case),) if case.given else ()
    out = [_load(case), _full(case)]
    if case.given:
        out.append(_bolus(case))
    return (*out, _route(case), *_co_isolated(case))


def _up(value: float) -> float:
    """Rounded up to two digits."""
    size = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value / size - 1e-9) * size


def _load(case: Case) -> Closing:
    factor = _up(10.0**case.gap)
    fits = case.copies * factor <= case.plane.ceiling
    room = f"about {number(case.plane.ceiling, 2)} fit"
    why = f"{number(case.copies * factor, 2)} copies per EV instead of {number(case.copies, 2)}; {room}"
    return Closing(
        name="over-expressing donors or loading", why=why if fits else f"{why}: impossible by loading alone",
        steps=(f"load {case.cargo} in {case.vesicle} x {factor:g}",), possible=fits,
    )  # fmt: skip


def _full(case: Case) -> Closing:
    """A few vesicles that carry much: their own class beside the others."""
    full = min(FULL, case.plane.ceiling)
    offered = next(value for value in (case.plane.dose, case.plane.natural) if value is not None)
    share = case.copies * 10.0**case.gap / full
    per_cell, name = _up(max(share * offered, 1e-3)), f"{case.vesicle}-full"
    why = (
        f"{number(per_cell, 2)} particles per cell with {number(full, 2)} copies each: one particle in"
        f" {number(1 / share, 2)} of the dose"
        if share <= 1
        else f"even if every particle held {number(full, 2)} copies, {number(share, 2)} times the dose were needed"
    )
    blocks = (
        f"vesicles:\n  {name}:\n    kind: small EV\n    half-life: library\n    carries:\n"
        f"      {case.cargo}:\n        copies: {full:.3g} copies/EV (1..1000 @assumed)\n        type: {_type(case)}\n"
    )
    total = _up(per_cell * _cells(case))
    return Closing(
        name="rare full carriers", why=why, steps=(f"at 0 h add {total:g} particles of {name} to {_place(case)}",),
        blocks=blocks, possible=share <= 1,
    )  # fmt: skip


def _type(case: Case) -> str:
    carried = (c for v in case.model.vesicles for c in v.carries if c.name == case.cargo)
    return next(c.type for c in carried)


def _cells(case: Case) -> float:
    """Recipients that stand in the real labware at the start."""
    site = next(s for s in case.model.sites if s.name == case.site)
    places = {site.name, *(r.name for r in site.regions)}
    counted = sum(
        getattr(one, "count", 0)
        for one in case.model.start
        if getattr(one, "cell", None) == case.recipient and getattr(one, "region", None) in (None, *places)
    )
    return max(counted, 1) / stated_share(site)


def _place(case: Case) -> str:
    for step in case.model.protocol:
        if isinstance(step, AddPreparation | AddVesicles) and step.region is not None:
            return step.region
    return case.site


def _bolus(case: Case) -> Closing:
    """A larger dose of the same, as far as uptake and receptors let it through."""
    assert case.plane.dose is not None
    row = min(
        range(len(case.plane.copies)), key=lambda i: abs(math.log(case.plane.copies[i] / max(case.copies, 1e-12)))
    )
    enough = [
        p for p, gap in zip(case.plane.particles, case.plane.gap[row], strict=True)
        if gap is not None and gap <= 0 and p >= case.plane.dose
    ]  # fmt: skip
    given = case.vesicle if case.preparation is None else case.preparation.name
    factor = _up(enough[0] / case.plane.dose) if enough else LARGEST_FACTOR
    why = (
        f"{number(factor, 2)} times the dose, {number(enough[0], 2)} particles per cell, at the stated values"
        if enough
        else f"no dose up to {number(case.plane.particles[-1], 2)} particles per cell suffices: uptake saturates"
    )
    return Closing(name="bolus", why=why, steps=(f"dose {given} x {factor:g}",), possible=bool(enough))


def _route(case: Case) -> Closing:
    """If the effect does not go through delivery: a surface molecule would act without it."""
    process = "binding" if case.how == "surface" else "uptake"
    why = (
        "a molecule on the surface needs no uptake: an effect that stays when uptake is blocked goes another way"
        if process == "uptake"
        else "an effect that stays without binding does not go through this receptor"
    )
    return Closing(name="surface route", why=why, steps=(f"block {process} of {case.vesicle} by 90 %",))


def _co_isolated(case: Case) -> tuple[Closing, ...]:
    if case.preparation is None:
        return ()
    per_ev = number(case.copies * 10.0**case.gap, 2)
    why = (
        f"what came along (proteins, RNA on AGO2) does it: as much as {per_ev} copies per EV; it stays without the EVs"
    )
    steps = (f"replace {case.preparation.name} by its non-EV fraction",)
    return (Closing(name="co-isolated factors", why=why, steps=steps),)
