"""Who talked to whom, and the funnel from particles offered to copies that act, per recipient cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vesicula.engine.invariants import PARTICLES_IN
from vesicula.engine.state import Contact, VesicleTerm
from vesicula.results import standard
from vesicula.results.bundle import Bundle
from vesicula.results.description import RunDescription
from vesicula.results.statistics import Interval, interval

if TYPE_CHECKING:
    import pandas as pd

ADDED = [VesicleTerm.START, VesicleTerm.DOSED]
MORE = 2.0  # times as many taken up in the baseline: the arm asked takes vesicles away


@dataclass(frozen=True)
class Stage:
    """One stage of a funnel, per recipient cell. unit: particles or copies."""

    name: str
    meaning: str
    unit: str
    value: Interval


@dataclass(frozen=True)
class Funnel:
    """One population (and one of its cargoes) in one kind of recipient.

    answered : log10 of the factor where draws of all values answer the question, NaN where they answer another one
    dosed : this arm adds the population, and more of it than the baseline
    """

    population: str
    recipient: str
    species: str | None
    target: str | None
    arm: str
    stages: tuple[Stage, ...]
    answered: float | None = None
    dosed: bool = False

    @property
    def taken_up(self) -> float:
        """Median particles taken up per recipient cell."""
        return next(s.value.median for s in self.stages if s.name == "taken up")

    @property
    def reached(self) -> bool:
        """Whether any particle was bound or taken up."""
        return any(s.value.high > 0 for s in self.stages if s.name in ("bound", "taken up"))

    @property
    def gap(self) -> float:
        """log10 of copies needed over copies loaded; NaN where nothing is needed or nothing arrived.

        The median over draws is not the ratio of two medians: a page that has the one does not show the other.
        """
        if self.answered is not None:
            return self.answered
        at = {s.name: s.value.median for s in self.stages}
        if not at.get("needed") or not at.get("loaded"):
            return float("nan")
        return float(np.log10(at["needed"] / at["loaded"]))


def talk(description: RunDescription, records: list[Bundle]) -> pd.DataFrame:
    """Particles by donor, vesicle and recipient at the last record, one row per variant and pair (all sites)."""
    import pandas as pd

    labels, rows = description.labels, []
    for site in description.sites:
        contacts = records[-1].arrays[f"{site.name}/talk"]
        for v, variant in enumerate(description.variants):
            for p, population in enumerate(labels.populations):
                for t, type_ in enumerate(labels.types):
                    bound, endocytosed, fused, escaped = (int(contacts[v, p, t, c]) for c in Contact)
                    rows.append(
                        (site.name, variant.arm, variant.replicate, population.donor or "added", population.name,
                         type_.name, bound, endocytosed, fused, escaped, fused + escaped)
                    )  # fmt: skip
    names = ["site", "arm", "replicate", "donor", "vesicle", "recipient", "bound", "endocytosed", "fused", "escaped"]
    return pd.DataFrame(rows, columns=pd.Index([*names, "delivered"]))


def _mean_cells(description: RunDescription, records: list[Bundle], type_: int) -> np.ndarray:
    """Living cells of a type over all sites, averaged over the records, float64[n_variants]."""
    means = [
        np.mean([r.arrays[f"{site.name}/series"][:, type_] for r in records], axis=0) for site in description.sites
    ]
    return np.sum(means, axis=0)


def _sum(description: RunDescription, record: Bundle, name: str) -> np.ndarray:
    return np.sum([record.arrays[f"{site.name}/{name}"].astype(np.float64) for site in description.sites], axis=0)


def _copies_now(description: RunDescription, records: list[Bundle], name: str) -> np.ndarray:
    """Largest mean number of functional copies per cell of any record, float64[n_variants]."""
    column = [c.name for c in standard.columns(description.labels)].index(name)
    all_sites = [np.stack([r.arrays[f"{site.name}/series"][:, column] for r in records]) for site in description.sites]
    known = np.nan_to_num(np.stack(all_sites))
    return known.max(axis=(0, 1))


def funnels(description: RunDescription, records: list[Bundle], arm: str) -> list[Funnel]:
    """Every pair of a population and a recipient that took up something or needs it; first what this arm adds, then
    what has a target.
    """
    labels, last = description.labels, records[-1]
    variants, given = description.variants_of(arm), dosed(description, records, arm)
    contacts, vesicles = _sum(description, last, "talk"), _sum(description, last, "vesicles")
    copies = _sum(description, last, "delivered copies")
    out = []
    for p, population in enumerate(labels.populations):
        offered = vesicles[:, p][:, PARTICLES_IN].sum(axis=1)
        for t, type_ in enumerate(labels.types):
            cells = _mean_cells(description, records, t)
            if not (cells[variants] > 0).any() or not offered[variants].any():
                continue

            def per_cell(amount: np.ndarray, cells: np.ndarray = cells) -> Interval:
                mine = np.divide(amount, cells, out=np.full(len(cells), np.nan), where=cells > 0)
                return interval(mine[variants])

            c = contacts[:, p, t]
            bound = [Stage("bound", "bound to receptors", "particles", per_cell(c[:, Contact.BOUND]))]
            bound = bound if c[variants][:, Contact.BOUND].any() else []
            stages = [
                Stage("offered", "released or added, shared among the recipients", "particles", per_cell(offered)),
                *bound,
                Stage("taken up", "endocytosed or fused", "particles",
                      per_cell(c[:, Contact.ENDOCYTOSED] + c[:, Contact.FUSED])),
                Stage("escaped", "opened into the cytosol (escaped or fused)", "particles",
                      per_cell(c[:, Contact.ESCAPED] + c[:, Contact.FUSED])),
            ]  # fmt: skip
            mine = [(s, slot) for s, slot in enumerate(labels.slots) if slot.population == p and slot.place == "lumen"]
            for s, slot in mine or [(-1, None)]:
                species = None if slot is None else labels.species[slot.species]
                need = next((n for n in description.needs if n.type == type_.name and species in n.species), None)
                rows = list(stages)
                if slot is not None:
                    now = _copies_now(description, records, f"delivered copies of {species} in {type_.name}")
                    rows += [
                        Stage("delivered", f"copies of {species} in the cytosol, in all", "copies",
                              per_cell(copies[:, s, t])),
                        Stage("loaded", f"functional copies of {species} at once, at most", "copies",
                              interval(now[variants])),
                    ]  # fmt: skip
                if need is not None:
                    what = f"copies of {species} that lower {need.node} {need.fold:g}-fold"
                    rows.append(Stage("needed", what, "copies", interval(np.array(need.copies)[variants])))
                target = None if need is None else need.node
                out.append(Funnel(population.name, type_.name, species, target, arm, tuple(rows), dosed=p in given))
    donors = {p.name: p.donor for p in labels.populations}
    return sorted(
        out,
        key=lambda f: (
            not f.dosed, f.target is None, donors[f.population] == f.recipient, -np.nan_to_num(f.taken_up)
        ),
    )  # fmt: skip


def dosed(description: RunDescription, records: list[Bundle], arm: str) -> frozenset[int]:
    """Populations of which an arm adds more than the baseline (in the baseline: anything)."""
    added = _sum(description, records[-1], "vesicles")[:, :, ADDED].sum(axis=2)
    mine = np.median(added[description.variants_of(arm)], axis=0)
    base = np.median(added[description.variants_of(description.arms[0])], axis=0)
    return frozenset(np.flatnonzero(mine > (base if arm != description.arms[0] else 0)).tolist())


def telling(description: RunDescription, records: list[Bundle]) -> list[Funnel]:
    """Funnels of the arm that the question is about: the second of the model. Where that one adds nothing and takes
    vesicles away (a release that is blocked), those of the baseline; where a cargo has a target in another arm of the
    user's own alone, those of that arm.
    """
    own = [arm for arm in description.arms if arm not in description.controls]
    asked, baseline = own[min(1, len(own) - 1)], own[0]
    found = {arm: [f for f in funnels(description, records, arm) if f.target or f.reached or f.dosed] for arm in own}
    if any(f.dosed for f in found[asked]):
        return found[asked]
    taken = {arm: sum(np.nan_to_num(f.taken_up) for f in found[arm]) for arm in own}
    order = [baseline, asked] if taken[baseline] > MORE * taken[asked] else [asked, baseline]
    order += own[2:]
    aimed = (found[arm] for arm in order if any(f.target for f in found[arm]))
    return next(aimed, next((found[arm] for arm in order if found[arm]), []))
