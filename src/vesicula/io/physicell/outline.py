"""What a cell does in the words and units of the model, and how each behavior of PhysiCell moves it.

Equation   dp/dt = (V/V_voxel) (S (T − p) − U p) + E/V_voxel  in PhysiCell, for a substrate p around a cell of volume V:
           secretes S T V + E in molecules/min, takes up q = (S + U) V in um^3/min of the voxel
Equation   CL = q / (1 + q s/D), at most D/(2 s): of the fluid far away, which a model states (`engine.faces`)
"""

from __future__ import annotations

from dataclasses import dataclass

from vesicula.io.physicell.account import Account
from vesicula.io.physicell.definitions import Definition, Exchange
from vesicula.io.physicell.names import Names
from vesicula.io.physicell.space import Domain, Substrate

AT_ONCE = 1e6  # 1/min; a phase that is left faster than this takes no time
SHORTEST_WALK = 0.1
"""Minutes between turns at least: PhysiCell turns a cell once in a mechanics step, which is 0.1 min."""
ROUNDING = 1e-6
NOTICED = 0.01
"""Relative difference of a clearance from that of the voxel, from which it is told."""
STILL = "what does not diffuse can be secreted, but not taken up"
UNLIKE = "nothing in a model does this"
WHY = {
    "cell-cell adhesion elastic constant": "cells are not held together by springs",
    "cell attachment rate": "cells are not held together by springs",
    "cell detachment rate": "cells are not held together by springs",
    "maximum number of cell attachments": "cells are not held together by springs",
    "relative maximum adhesion distance": "the reach of adhesion is one for a cell type, and no rule changes it",
    "damage rate": "cells have no damage", "damage repair rate": "cells have no damage",
    "attack damage rate": "cells have no damage; `kills` is a rate of death on contact",
    "attack duration": "cells have no damage; `kills` is a rate of death on contact",
    "is_movable": "`anchored` is one for a cell type, and no rule changes it",
}  # fmt: skip
WHY |= dict.fromkeys(("is movable", "movable"), WHY["is_movable"])
PREFIXES = {
    "exit from cycle phase ": "rules on division act on the first phase of a cycle",
    "adhesive affinity to ": "affinities are one for two cell types, and no rule changes them",
    "attack ": "an attack adds damage, which cells have none of; `kills` is a rate of death on contact",
    "fuse to ": "cells do not fuse", "asymmetric division to ": "both daughters are of the mother's type",
    "immunogenicity to ": "cells have no attacks that it could weigh", "cell-BM ": "there are no basement membranes",
    "cell-membrane ": "there are no basement membranes", "custom": "cells have no custom variables",
    "phagocyt": "dead cells are cleared at one rate, whatever they died of (`engulfs`)",
}  # fmt: skip
"""Beginnings of behaviors without equal, and why."""


@dataclass(frozen=True)
class Target:
    """What a behavior moves. words : in the model; its value is offset + factor · value in PhysiCell
    depletion : s/D, min/µm³, of an uptake, whose value is then that of the fluid far away; 0: of anything else
    """

    words: str
    offset: float
    factor: float
    depletion: float = 0.0

    def at(self, value: float) -> float:
        """The model's value at one of PhysiCell."""
        return far(self.offset + self.factor * value, self.depletion)


def far(clearance: float, depletion: float) -> float:
    """Clearance of the fluid far away, µm³/min, of a cell that clears its voxel so fast.

    Equation   CL = q / (1 + q s/D), at most D/(2 s)
    """
    if depletion <= 0.0:
        return clearance
    if clearance * depletion < 1.0 - ROUNDING:
        return clearance / (1.0 + clearance * depletion)
    return (0.5 - ROUNDING) / depletion


@dataclass(frozen=True)
class Meaning:
    """A behavior. base : in PhysiCell; targets : in the model; why : the reason where there are none"""

    base: float = 0.0
    targets: tuple[Target, ...] = ()
    why: str = ""


class Outline:
    """Values of a cell by the words of its behaviors, in internal units; rules may set those that are 0."""

    def __init__(self, cell: Definition, substrates: dict[str, Substrate], cells: Names, domain: Domain) -> None:
        self.cell, self.substrates, self.cells = cell, substrates, cells
        self.flat, spread = domain.flat, domain.depletion(cell.volume)
        self.depletion = {said: spread / one.diffusion if one.diffusion else 0.0 for said, one in substrates.items()}
        rates = [min(one.rate, AT_ONCE) for one in cell.cycle.phases]
        self.goes_round = all(rate > 0 for rate in rates[1:])
        self.values: dict[str, float] = {
            "division": rates[0] if self.goes_round else 0.0, "apoptosis": cell.apoptosis, "necrosis": cell.necrosis,
            "adhesion": cell.adhesion, "repulsion": cell.repulsion, "engulfing": cell.engulfs["apoptotic"],
        }  # fmt: skip
        for said, one in cell.exchange.items():
            scale, taken = substrates[said], (one.secretion + one.uptake) * cell.volume
            secreted = (one.secretion * one.target * cell.volume + one.export) * scale.per
            self.values[f"{scale.name} secretion"] = max(secreted, 0.0)
            self.values[f"{scale.name} uptake"] = far(taken, self.depletion[said]) if scale.diffusion else 0.0
        moving = cell.moving
        if moving is not None:
            self.values |= {"migration speed": moving.speed, "persistence": max(moving.persistence, SHORTEST_WALK)}
            self.values["bias"] = moving.bias if moving.weights else 0.0
            for said, weight in moving.weights.items():
                if weight != 0:
                    self.values[f"attraction to {substrates[said].name}"] = weight
        self.values |= {f"killing of {cells.told[said]}": rate for said, rate in cell.eats.items()}
        self.values |= {
            f"becoming {cells.told[said]}": rate for said, rate in cell.becomes.items() if said != cell.said
        }

    def meaning(self, behavior: str) -> Meaning:
        """What a behavior that PhysiCell knows is here."""
        plain = self._plain(behavior)
        if plain is not None:
            return plain
        for ending in (" secretion target", " secretion saturation density", " secretion", " uptake", " export"):
            said = behavior.removesuffix(ending)
            if said != behavior and said in self.substrates:
                return self._of_substrate(said, ending.strip())
        for beginning in ("chemotactic response to ", "chemotactic sensitivity to "):
            if behavior.startswith(beginning):
                return self._attraction(behavior.removeprefix(beginning))
        for beginning in ("transition to ", "transform to "):
            if behavior.startswith(beginning):
                return self._of_cell("becoming", behavior.removeprefix(beginning), self.cell.becomes)
        for beginning in ("phagocytose ", "phagocytosis of "):
            said = behavior.removeprefix(beginning)
            if said != behavior and said in self.cells.told:
                return self._of_cell("killing of", said, self.cell.eats)
        found = WHY.get(behavior) or next(
            (why for start, why in PREFIXES.items() if behavior.startswith(start)), UNLIKE
        )
        return Meaning(why=found)

    def _plain(self, behavior: str) -> Meaning | None:
        cell, moving = self.cell, self.cell.moving
        if behavior in ("cycle entry", "exit from cycle phase 0"):
            if not self.goes_round:
                return Meaning(why="a later phase of the cycle has no end, so the cell does not divide")
            return Meaning(self.values["division"], (Target("division", 0.0, 1.0),))
        same = {
            "cell-cell adhesion": "adhesion",
            "cell-cell repulsion": "repulsion",
            "apoptosis": "apoptosis",
            "necrosis": "necrosis",
        }
        if behavior in same:
            return Meaning(self.values[same[behavior]], (Target(same[behavior], 0.0, 1.0),))
        if behavior.rstrip("s") in ("phagocytose apoptotic cell", "phagocytosis of apoptotic cell"):
            return Meaning(cell.engulfs["apoptotic"], (Target("engulfing", 0.0, 1.0),))
        walk = {
            "migration speed": "migration speed", "migration bias": "bias", "migration persistence time": "persistence",
            "persistence time": "persistence",
        }  # fmt: skip
        if behavior not in walk:
            return None
        if moving is None:
            return Meaning(why="motility is not enabled, so PhysiCell does not move the cell either")
        if walk[behavior] == "bias" and not moving.weights:
            return Meaning(why="no chemotaxis is enabled, so PhysiCell does not bias the walk either")
        base = {"bias": moving.bias, "persistence": self.values["persistence"]}.get(walk[behavior], moving.speed)
        return Meaning(base, (Target(walk[behavior], 0.0, 1.0),))

    def _of_substrate(self, said: str, what: str) -> Meaning:
        one, scale, volume = (
            self.cell.exchange.get(said, Exchange(self.cell.at)),
            self.substrates[said],
            self.cell.volume,
        )
        secretes, takes = f"{scale.name} secretion", f"{scale.name} uptake"
        spread = self.depletion[said]
        match what:
            case "uptake":
                if not scale.diffusion:
                    return Meaning(why=STILL)
                return Meaning(one.uptake, (Target(takes, one.secretion * volume, volume, spread),))
            case "export":
                return Meaning(
                    one.export, (Target(secretes, one.secretion * one.target * volume * scale.per, scale.per),)
                )
            case "secretion":
                gives = Target(secretes, one.export * scale.per, one.target * volume * scale.per)
                taking = (Target(takes, one.uptake * volume, volume, spread),) if scale.diffusion else ()
                return Meaning(one.secretion, (gives, *taking))
            case _:
                return Meaning(
                    one.target, (Target(secretes, one.export * scale.per, one.secretion * volume * scale.per),)
                )

    def _attraction(self, said: str) -> Meaning:
        moving = self.cell.moving
        if moving is None or not moving.advanced:
            return Meaning(why="advanced chemotaxis is not enabled, so PhysiCell does not read it either")
        name = f"attraction to {self.substrates[said].name}"
        return Meaning(moving.weights.get(said, 0.0), (Target(name, 0.0, 1.0),))

    def _of_cell(self, words: str, said: str, rates: dict[str, float]) -> Meaning:
        if said not in self.cells.told:
            return Meaning(why="cell types are named, not numbered")
        if said == self.cell.said and words == "becoming":
            return Meaning(why="a cell does not become what it is")
        return Meaning(rates.get(said, 0.0), (Target(f"{words} {self.cells.told[said]}", 0.0, 1.0),))


def tell_exchange(outline: Outline, account: Account) -> None:
    """What became of secretion, uptake and export."""
    cell = outline.cell
    for said, one in cell.exchange.items():
        scale = outline.substrates[said]
        if one.export < 0:
            account.unequal(
                one.at,
                f"{cell.said}: net_export_rate {one.export:g} of {said}",
                "taking up at a rate that no level changes",
            )
        if not (one.secretion or one.uptake or one.export):
            continue
        what = (
            f"{cell.said}: {said} secretion_rate {one.secretion:g} 1/min to {one.target:g}, "
            f"uptake_rate {one.uptake:g} 1/min, net_export_rate {one.export:g}"
        )
        parts = []
        if outline.values[f"{scale.name} secretion"]:
            parts.append(f"secretes {outline.values[f'{scale.name} secretion']:.6g} molecules/min")
        if outline.values[f"{scale.name} uptake"]:
            parts.append(f"takes up {outline.values[f'{scale.name} uptake']:.6g} um^3/min")
        if scale.diffusion == 0 and (one.secretion or one.uptake):
            account.unequal(one.at, f"{cell.said}: uptake of {said}, and secretion to a target", STILL)
        cleared = (one.secretion + one.uptake) * cell.volume
        if scale.diffusion and cleared * outline.depletion[said] > NOTICED:
            limited = " at most, by what diffusion brings" if cleared * outline.depletion[said] >= 1 else ""
            why = "a model states the clearance of the fluid far away, of which so much clears the voxel as fast"
            account.assumed(
                one.at,
                f"{cell.said}: {said} cleared at {cleared:.6g} um^3/min",
                f"{why}{limited}",
                f"{outline.values[f'{scale.name} uptake']:.6g} um^3/min",
            )
        why = f"times the volume of {cell.volume:g} micron^3"
        account.converted(one.at, what, f"cells.{cell.name}: {' and '.join(parts) or 'nothing'}", why)
