"""Visits every value of a model with its path, what it measures, and under which key the parameter library holds it.

One traversal serves checking, filling, overriding and listing: a change gets each value and returns the one to keep
(None: leave it out, where it may be missing).
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from vesicula.spec.body import BodyText, Perfuses
from vesicula.spec.cohort import Cohort
from vesicula.spec.fields import CARRIED, LABWARE, MATRIX, PREPARATION, RUN, SITE, SUBSTANCE, VESICLE, Fill, Sign
from vesicula.spec.model import (
    ALL_VESICLES,
    Arm,
    CoIsolated,
    Labware,
    Matrix,
    Model,
    Preparation,
    Site,
    Storage,
    Substance,
    Vesicle,
)
from vesicula.spec.names import antibody, pores_of, stays_of
from vesicula.spec.sentences import (
    AddAntibody,
    AddPreparation,
    AddSubstance,
    Binds,
    Block,
    Cool,
    DoseSeries,
    Hold,
    KnockOut,
    Makes,
    ReactionText,
    StepText,
    TurnsInto,
)
from vesicula.spec.spots import Change, Spot, T, Updates, Visit, updated
from vesicula.spec.values import Value
from vesicula.spec.walk_cells import CellVisit
from vesicula.units import measures


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
                "sites": tuple(self.site(one) for one in model.sites),
                "labware": tuple(self.labware(one) for one in model.labware),
                "substances": tuple(self.substance(one) for one in model.substances),
                "reactions": tuple(self.reaction(one, f"reactions.{i}") for i, one in enumerate(model.reactions)),
                "matrix": tuple(self.matrix(one) for one in model.matrix),
                "vesicles": tuple(self.vesicle(one) for one in model.vesicles),
                "preparations": tuple(self.preparation(one) for one in model.preparations),
                "networks": tuple(cells.network(one) for one in model.networks),
                "cells": tuple(cells.cell(one) for one in model.cells),
                "body": tuple(self.body(one, f"body.{i}") for i, one in enumerate(model.body)),
                "cohort": self.cohort(model.cohort),
                "start": tuple(self.start(one, f"start.{i}") for i, one in enumerate(model.start)),
                "protocol": tuple(self.step(one, f"protocol.{i}") for i, one in enumerate(model.protocol)),
                "arms": tuple(self.arm(one) for one in model.arms),
                "run": self.block(model.run, RUN, replace(setting, path="run")),
            },
        )

    # --- space

    def site(self, site: Site) -> Site:
        """A site and its regions."""
        outer = Spot(f"sites.{site.name}", "length", measured=False, where=site.where)
        regions = tuple(
            updated(region, {"shape": self.shape(region.shape, replace(outer, path=f"{outer.path}.{region.name}"))})
            for region in site.regions
        )
        same = all(new is old for new, old in zip(regions, site.regions, strict=True))
        site = self.block(site, SITE, outer)
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

    def reaction(self, one: ReactionText, path: str) -> ReactionText:
        """A reaction."""

        def spot(quantity: str, dimension: str, *entities: str, sign: Sign = "positive") -> Spot:
            return Spot(
                f"{path}.{quantity}", dimension, quantity, entities, substance=entities[-1], sign=sign,
                sources=one.sources, where=one.where,
            )  # fmt: skip

        match one:
            case Binds():
                both = (one.product, f"{one.first}:{one.second}", one.first)
                kd = self.needed(one.kd, spot("Kd", "concentration", *both))
                off = self.needed(one.off, spot("off", "rate", *both, sign="not negative"))
                return updated(one, {"kd": kd, "off": off})
            case Makes():
                kcat = self.needed(one.kcat, spot("kcat", "rate", one.enzyme, sign="not negative"))
                km = self.needed(one.km, spot("Km", "concentration", one.enzyme, one.substrate))
                return updated(one, {"kcat": kcat, "km": km})
            case TurnsInto():
                return updated(one, {"half_life": self.needed(one.half_life, spot("half-life", "time", one.substrate))})

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
        updates["degraded"] = tuple(
            updated(
                sentence,
                {
                    "rate": self.needed(
                        sentence.rate,
                        replace(
                            outer, path=f"{path}.degraded.{i}.rate", dimension="rate per concentration",
                            sign="not negative", substance=sentence.enzyme, sources=sentence.sources,
                            where=sentence.where, quantity="degrades", entities=(sentence.enzyme,),
                        ),
                    )
                },
            )
            for i, sentence in enumerate(one.degraded)
        )  # fmt: skip
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
        parts = tuple(self._part(part, f"{path}.co-isolated.{i}") for i, part in enumerate(one.co_isolated))
        stays = tuple(self._stay(stay, f"{path}.stored.{i}") for i, stay in enumerate(one.stored))
        updates: Updates = {} if parts == one.co_isolated else {"co_isolated": parts}
        return updated(changed, updates if stays == one.stored else {**updates, "stored": stays})

    def _part(self, one: CoIsolated, path: str) -> CoIsolated:
        dimension = "mass per mass" if one.form == "protein" else "copies per particle"
        spot = Spot(
            f"{path}.amount", dimension, "co-isolated", (one.name,), sign="not negative", sources=one.sources,
            where=one.where,
        )  # fmt: skip
        return updated(one, {"amount": self.needed(one.amount, spot)})

    def _stay(self, one: Storage, path: str) -> Storage:
        chosen = Spot(path, "time", measured=False, sources=one.sources, where=one.where)
        loss = replace(
            chosen, path=f"{path}.loss", dimension="share" if one.cycles is not None else "rate",
            quantity="storage loss", entities=stays_of(one), measured=True, sign="not negative", fill="needed",
        )  # fmt: skip
        warmth = replace(chosen, path=f"{path}.temperature", dimension="temperature", sign="any")
        return updated(
            one,
            {
                "duration": self.value(one.duration, replace(chosen, path=f"{path}.duration")),
                "temperature": self.value(one.temperature, warmth),
                "loss": self.value(one.loss, loss),
            },
        )

    # --- the question

    def body(self, one: BodyText, path: str) -> BodyText:
        """Blood flow between two sites, or a passage of cells."""
        key, dimension = ("flow", "volume rate") if isinstance(one, Perfuses) else ("rate", "rate")
        entities = (f"{one.source} to {one.target}", one.target)
        spot = Spot(
            f"{path}.{key}", dimension, "perfusion" if isinstance(one, Perfuses) else "passage", entities,
            () if isinstance(one, Perfuses) else self.cell_names(one.cell), sign="not negative", sources=one.sources,
            where=one.where,
        )  # fmt: skip
        return updated(one, {key: self.needed(one.flow if isinstance(one, Perfuses) else one.rate, spot)})

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
        differ = tuple(
            updated(
                differs,
                {
                    "factor": self.needed(
                        differs.factor,
                        Spot(
                            f"cohort.differ.{i}.factor", "factor", "genotype effect",
                            (f"{differs.locus} {differs.allele}",), sources=differs.sources, where=differs.where,
                        ),
                    )
                },
            )
            for i, differs in enumerate(one.differ)
        )  # fmt: skip
        return updated(one, {"genotypes": genotypes, "differ": differ})

    def start(self, one: T, path: str) -> T:
        """A sentence about cells at the start."""
        outer = Spot(path, "length", measured=False, where=getattr(one, "where", None))
        updates: Updates = {}
        for name, dimension in (("spacing", "length"), ("density", "cells per area"), ("share", "share")):
            current: object = getattr(one, name, None)
            if isinstance(current, Value):
                updates[name] = self.needed(current, replace(outer, path=f"{path}.{name}", dimension=dimension))
        return updated(one, updates)

    def arm(self, one: Arm) -> Arm:
        """An arm."""
        steps = tuple(self.step(step, f"arms.{one.name}.{i}") for i, step in enumerate(one.steps))
        return (
            one
            if all(new is old for new, old in zip(steps, one.steps, strict=True))
            else updated(one, {"steps": steps})
        )

    def step(self, one: StepText, path: str) -> StepText:
        """A step of protocol or arm."""
        outer = Spot(path, "time", measured=False, sign="not negative", sources=one.sources, where=one.where)
        updates: Updates = {
            "at": self.value(one.at, replace(outer, path=f"{path}.at")) or one.at,
            "every": self.value(one.every, replace(outer, path=f"{path}.every", sign="positive")) or one.every,
            "until": self.value(one.until, replace(outer, path=f"{path}.until", sign="positive")) or one.until,
        }
        for name, (key, dimension, substance) in self._step_values(one).items():
            current: object = getattr(one, name)
            if isinstance(current, Value):
                made = replace(outer, path=f"{path}.{key}", dimension=dimension, substance=substance, chosen=True)
                if isinstance(one, AddAntibody):
                    there = (antibody(one.against), "antibody")
                    made = replace(made, quantity=key, entities=there, fill="needed", sign="positive")
                    made = replace(made, chosen=key == "amount", measured=key != "amount")
                elif isinstance(one, Block) and key in ("IC50", "hill"):
                    made = self._inhibitor(one, made, key)
                elif isinstance(one, Cool):
                    made = replace(made, sign="any", chosen=False)
                updates[name] = self.value(current, made) if made.fill == "offered" else self.needed(current, made)
        return updated(one, updates)

    def _inhibitor(self, one: Block, made: Spot, key: str) -> Spot:
        """What the library may know of an inhibitor: its IC50 on a process, and how steep it is."""
        name = one.inhibitor or ""
        entities = (f"{name} on {one.process} of {one.what}", f"{name} on {one.process}", name)
        fill: Fill = "needed" if key == "IC50" else "offered"
        both = (*entities, "inhibitor") if key == "hill" else entities
        return replace(made, quantity=key, entities=both, fill=fill, sign="positive", chosen=False, measured=True)

    def _step_values(self, one: StepText) -> dict[str, tuple[str, str, str | None]]:
        """Attribute -> key in the path, dimension, substance."""
        match one:
            case AddSubstance():
                return {"amount": ("amount", dissolved_dimension(one.amount), one.substance)}
            case AddAntibody():
                name = antibody(one.against)
                return {
                    "amount": ("amount", "concentration", name),
                    "kd": ("Kd", "concentration", name),
                    "off": ("off", "rate", None),
                    "half_life": ("half-life", "time", None),
                }
            case Hold():
                return {"level": ("level", "concentration", one.substance)}
            case AddPreparation():
                what = dose_dimension(one.amount)
                return {"amount": ("amount", what, None), "per": ("per", "cells", None)}
            case DoseSeries():
                if one.what not in {preparation.name for preparation in self.model.preparations}:
                    what = dissolved_dimension(one.low)
                else:
                    what = dose_dimension(one.low)
                of = one.what if one.what in self.names.substances else None
                both = {"low": ("low", what, of), "high": ("high", what, of)}
                return {**both, "per": ("per", "cells", None)}
            case Block():
                return {
                    "share": ("share", "share", None),
                    "dose": ("dose", "concentration", None),
                    "ic50": ("IC50", "concentration", None),
                    "hill": ("hill", "number", None),
                }
            case Cool():
                return {"temperature": ("temperature", "temperature", None)}
            case KnockOut():
                return {"residual": ("residual", "share", None)}
            case _:
                plain = {
                    "particles": ("particles", "particles", None),
                    "share": ("share", "share", None),
                    "factor": ("factor", "factor", None),
                    "level": ("level", "number", None),
                }
                return {name: entry for name, entry in plain.items() if name in type(one).model_fields}


def dose_dimension(amount: Value) -> str:
    """What a dose of a preparation is measured in."""
    kinds = ("mass", "particles per volume", "concentration", "amount")
    return next((kind for kind in kinds if measures(amount.unit, kind)), "particles")


def dissolved_dimension(amount: Value) -> str:
    """What a dose of a dissolved substance is measured in: a mass counts as molecules."""
    return "amount" if measures(amount.unit, "amount") else "concentration"


def values(model: Model) -> dict[str, tuple[Spot, Value]]:
    """Every value of a model by its path, with what it is."""
    found: dict[str, tuple[Spot, Value]] = {}

    def note(spot: Spot, value: Value) -> Value:
        found[spot.path] = (spot, value)
        return value

    walk(model, note)
    return found
