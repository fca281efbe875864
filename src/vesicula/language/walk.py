"""Visits every value of a model with its path, what it measures, and under which key the parameter library holds it.

One traversal serves checking, filling, overriding and listing: a change gets each value and returns the one to keep
(None: leave it out, where it may be missing).
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from vesicula.language.blocks import CARRIED, LABWARE, MATRIX, PREPARATION, REST, RUN, SITE, SUBSTANCE, VESICLE
from vesicula.language.cohort import Cohort
from vesicula.language.model import (
    ALL_VESICLES,
    Arm,
    Labware,
    Matrix,
    Model,
    Preparation,
    RestState,
    Site,
    Substance,
    Vesicle,
)
from vesicula.language.names import pores_of
from vesicula.language.spots import Change, Spot, T, Updates, Visit, updated
from vesicula.language.values import Value
from vesicula.language.walk_cells import CellVisit


def walk(model: Model, change: Change) -> Model:
    """The model with every value replaced by what `change` makes of it."""
    return ModelVisit(model, change).model_changed()


class ModelVisit(Visit):
    """A whole model."""

    def model_changed(self) -> Model:
        """The whole model."""
        model = self.model
        cells = CellVisit(model, self.change)
        setting = Spot("", "time", measured=False)
        return updated(
            model,
            {
                "rest": self.rest(model.rest),
                "sites": tuple(self.site(one) for one in model.sites),
                "labware": tuple(self.labware(one) for one in model.labware),
                "substances": tuple(self.substance(one) for one in model.substances),
                "reactions": self.sentences(model.reactions, "reactions"),
                "matrix": tuple(self.matrix(one) for one in model.matrix),
                "vesicles": tuple(self.vesicle(one) for one in model.vesicles),
                "preparations": tuple(self.preparation(one) for one in model.preparations),
                "networks": tuple(cells.network(one) for one in model.networks),
                "cells": tuple(cells.cell(one) for one in model.cells),
                "body": self.sentences(model.body, "body"),
                "cohort": self.cohort(model.cohort),
                "start": self.sentences(model.start, "start"),
                "protocol": self.sentences(model.protocol, "protocol"),
                "arms": tuple(self.arm(one) for one in model.arms),
                "run": self.block(model.run, RUN, replace(setting, path="run")),
            },
        )

    # --- space

    def rest(self, one: RestState | None) -> RestState | None:
        """The undisturbed state: its levels are facts of nature; its size and numbers of cells, of a piece of it."""
        if one is None:
            return None
        outer = Spot("rest", "volume", measured=False)
        field = {entry.attribute: entry for entry in REST}
        spots = {
            name: replace(
                outer, dimension=field[name].dimension, quantity=field[name].library_word, sign="not negative"
            )
            for name in ("cells", "in_blood", "levels", "shares")
        }
        tables = {
            "cells": self.table(one.cells, lambda name: replace(spots["cells"], path=f"rest.cells.{name}")),
            "in_blood": self.table(one.in_blood, lambda name: replace(spots["in_blood"], path=f"rest.in blood.{name}")),
            "levels": self.table(
                one.levels,
                lambda name: replace(
                    spots["levels"], path=f"rest.levels.{name}", entities=(name,), substance=name, measured=True
                ),
            ),
            "shares": self.table(
                one.shares,
                lambda name: replace(spots["shares"], path=f"rest.shares.{name}", entities=(name,), measured=True),
            ),
        }
        return updated(self.block(one, REST, outer), {name: new for name, new in tables.items() if new})

    def site(self, site: Site) -> Site:
        """A site and its regions."""
        outer = Spot(f"sites.{site.name}", "length", measured=False, where=site.where)
        regions = tuple(
            updated(region, {"shape": self.shape(region.shape, replace(outer, path=f"{outer.path}.{region.name}"))})
            for region in site.regions
        )
        same = all(new is old for new, old in zip(regions, site.regions, strict=True))
        flows = replace(outer, path=f"{outer.path}.renewed", dimension="time", quantity="renewed", measured=True)
        renewed = self.value(site.renewed, flows)
        site = updated(self.block(site, SITE, outer, skip=("renewed",)), {"renewed": renewed})
        return site if same else updated(site, {"regions": regions})

    def shape(self, shape: T, outer: Spot) -> T:
        """A region's shape."""
        updates: Updates = {}
        for name in type(shape).model_fields:
            current: object = getattr(shape, name)
            spot = replace(outer, path=f"{outer.path}.{name}", sign="any")
            if isinstance(current, Value):
                updates[name] = self.needed(current, spot)
            elif isinstance(current, tuple):
                updates[name] = self.listed(cast("tuple[object, ...]", current), spot)
        return updated(shape, updates)

    def labware(self, one: Labware) -> Labware:
        """What a culture is grown in. How many pores a filter has is a fact of nature; the rest is chosen."""
        outer = Spot(f"labware.{one.name}", "length", measured=False, where=one.where)
        changed = self.block(one, LABWARE, outer, skip=("pore_density",))
        density = replace(
            outer, path=f"{outer.path}.pore density", dimension="pores per area", quantity="pore density",
            entities=(pores_of(one),), measured=True, fill="needed",
        )  # fmt: skip
        return updated(changed, {"pore_density": self.value(one.pore_density, density)})

    # --- molecules, matrix, vesicles

    def substance(self, one: Substance) -> Substance:
        """A substance."""
        outer = Spot(f"substances.{one.name}", "", entities=(one.name,), substance=one.name, where=one.where)
        walls = {
            face: self.needed(
                wall,
                replace(outer, path=f"{outer.path}.walls.{face}", dimension="concentration", sign="not negative"),
            )
            if isinstance(wall, Value)
            else wall
            for face, wall in one.walls.items()
        }
        changed = self.block(one, SUBSTANCE, outer)
        return changed if walls == one.walls else updated(changed, {"walls": walls})

    def matrix(self, one: Matrix) -> Matrix:
        """A matrix."""
        path = f"matrix.{one.name}"
        outer = Spot(path, "", where=one.where)
        field = {entry.attribute: entry for entry in MATRIX}
        updates: Updates = {}
        for attribute, table in (("stores", one.stores), ("new_stores", one.new_stores)):
            entry = field[attribute]
            updates[attribute] = self.table(
                table,
                lambda name, entry=entry: replace(
                    outer, path=f"{path}.{entry.key}.{name}", dimension="concentration", quantity=entry.key,
                    entities=(name,), substance=name, fill="needed",
                ),
            )  # fmt: skip
        updates["fills"] = self.table(
            one.fills,
            lambda name: replace(
                outer, path=f"{path}.fills.{name}", dimension="share", sign="not negative", measured=False
            ),
        )
        updates["passage"] = self.table(
            one.passage,
            lambda name: replace(
                outer, path=f"{path}.passage.{name}", dimension="share", quantity="passage", entities=(name, one.name)
            ),
        )
        updates["holds"] = {name: self._holds(pair, path, name, outer) for name, pair in one.holds.items()}
        updates["degraded"] = self.sentences(one.degraded, f"{path}.degraded")
        return updated(one, {name: new for name, new in updates.items() if new != getattr(one, name)})

    def _holds(self, pair: tuple[Value, Value], path: str, name: str, outer: Spot) -> tuple[Value, Value]:
        on, off = (
            self.needed(
                rate,
                replace(
                    outer, path=f"{path}.holds.{name}.{way}", dimension="rate", sign="not negative",
                    quantity=f"holds {way}", entities=(name, ALL_VESICLES),
                ),
            )
            for rate, way in zip(pair, ("on", "off"), strict=True)
        )  # fmt: skip
        return on, off

    def vesicle(self, one: Vesicle) -> Vesicle:
        """A vesicle class and its cargo."""
        donor = () if one.donor is None else self.cell_names(one.donor)
        outer = Spot(f"vesicles.{one.name}", "", entities=(one.name, ALL_VESICLES), cells=donor, where=one.where)
        changed = self.block(one, VESICLE, outer)
        spread = self.value(
            one.size_spread, replace(outer, path=f"{outer.path}.diameter spread", dimension="number", quantity="spread")
        )
        carries = tuple(
            self.block(
                cargo,
                CARRIED,
                replace(outer, path=f"{outer.path}.carries.{cargo.name}", entities=(cargo.name, cargo.type)),
            )
            for cargo in one.carries
        )
        same = all(new is old for new, old in zip(carries, one.carries, strict=True))
        return updated(changed, {"size_spread": spread, **({} if same else {"carries": carries})})

    def preparation(self, one: Preparation) -> Preparation:
        """A preparation, what comes along and what it went through."""
        path = f"preparations.{one.name}"
        outer = Spot(path, "", entities=(one.name,), where=one.where)
        changed = self.block(one, PREPARATION, outer)
        parts = self.sentences(one.co_isolated, f"{path}.co-isolated")
        return updated(changed, {"co_isolated": parts, "stored": self.sentences(one.stored, f"{path}.stored")})

    # --- the question

    def cohort(self, one: Cohort | None) -> Cohort | None:
        """Shares of genotypes, and what genotypes multiply values by."""
        if one is None:
            return None
        genotypes = tuple(
            updated(
                genotype,
                {
                    "shares": self.table(
                        genotype.shares,
                        lambda name, genotype=genotype: Spot(
                            f"cohort.genotypes.{genotype.name}.{name}", "share", "genotype",
                            (f"{genotype.name} {name}",), sign="not negative", where=genotype.where,
                        ),
                    )
                },
            )
            for genotype in one.genotypes
        )  # fmt: skip
        differ = self.sentences(one.differ, "cohort.differ")
        return updated(one, {"genotypes": genotypes, "differ": differ})

    def arm(self, one: Arm) -> Arm:
        """An arm."""
        return updated(one, {"steps": self.sentences(one.steps, f"arms.{one.name}")})


def values(model: Model) -> dict[str, tuple[Spot, Value]]:
    """Every value of a model by its path, with what it is."""
    found: dict[str, tuple[Spot, Value]] = {}

    def note(spot: Spot, value: Value) -> Value:
        found[spot.path] = (spot, value)
        return value

    walk(model, note)
    return found
