"""Domain, times and substrates of a project, as blocks of a model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from vesicula import units
from vesicula.errors import UnitError
from vesicula.io.physicell.account import Account, shown
from vesicula.io.physicell.markup import Element
from vesicula.io.physicell.names import Names
from vesicula.language.writing.models import Tree

SITE = "domain"
FACES = {"xmin": "left", "xmax": "right", "ymin": "bottom", "ymax": "top", "zmin": "back", "zmax": "front"}
"""Faces of the domain -> of a site."""
FLAT_FACES = ("zmin", "zmax")
SOLUBILITY = "1.3 uM/mmHg"
"""Of oxygen in water at 37 degrees, rounded; it scales amounts and changes no level."""
UNSAID_UNIT = "1 nM"
"""What one of a substrate is whose unit says no concentration: all that is read of it is relative to it."""
NO_LOSS = "1e9 days @assumed"
"""Half-life of what does not decay; unsaid, the library would be asked for one."""
SMALLEST_STEP = 1e-3  # of the phenotype step, below which times have no common step


@dataclass(frozen=True)
class Domain:
    """Edges of the domain in µm. low : corner; size : edges of whole voxels; flat : one layer of cells"""

    low: tuple[float, float, float]
    size: tuple[float, float, float]
    voxel: float
    flat: bool

    def depletion(self, volume: float) -> float:
        """How much a cell's own uptake lowers what it meets, 1/µm, see `engine.faces`. volume : of the cell, µm³"""
        import numpy as np

        from vesicula.engine.faces import self_depletion
        from vesicula.engine.program import Grid

        nx, ny, nz = (round(edge / self.voxel) for edge in self.size)
        height = self.size[2] if self.flat else self.voxel
        grid = Grid(nx, ny, 1 if self.flat else nz, self.voxel, height, 2 if self.flat else 3)
        return float(self_depletion(grid, np.array([volume]))[0])

    @property
    def tree(self) -> dict[str, Tree]:
        """The block of the site."""
        edges = [f"{shown(edge)} um" for edge in self.size]
        size = {"size": tuple(edges[:2]), "depth": edges[2]} if self.flat else {"size": tuple(edges)}
        return {**size, "voxel": f"{shown(self.voxel)} um", "fluid": "culture", "walls": "closed"}


def read_domain(root: Element, account: Account) -> Domain:
    """The domain. Raises FileError where its edges make no box of cubic voxels."""
    domain = root.needed("domain")
    edges = {tag: domain.needed(tag) for tag in ("dx", "dy", "dz")}
    voxels = [edges[tag].number("micron") for tag in ("dx", "dy", "dz")]
    flat = domain.switch("use_2D")
    for tag, edge in zip(edges, voxels, strict=True):
        if edge <= 0:
            edges[tag].refuse("file-number", f"`{tag}` is the edge of a voxel", "write a number above zero")
    if voxels[1] != voxels[0] or (not flat and voxels[2] != voxels[0]):
        edges["dy"].refuse(
            "file-form", "voxels of a model are cubes, and dx, dy and dz differ", "give dx, dy and dz one value"
        )
    low, size = list[float](), list[float]()
    for axis, edge in zip("xyz", voxels, strict=True):
        ends = [domain.needed(f"{axis}_{end}") for end in ("min", "max")]
        first, last = (one.number("micron") for one in ends)
        if flat and axis == "z":
            first, last = -0.5 * edge, 0.5 * edge
        if not last > first:
            ends[1].refuse("file-number", f"{axis}_max is not above {axis}_min", "give the domain an extent")
        count = math.ceil((last - first) / edge - 1e-9)
        if abs(count * edge - (last - first)) > 1e-6 * edge:
            what, became = f"{axis} from {shown(first)} to {shown(last)} micron", f"{shown(count * edge)} um"
            account.assumed(ends[1], what, "whole voxels, as PhysiCell makes them", became)
        low.append(first)
        size.append(count * edge)
    found = Domain((low[0], low[1], low[2]), (size[0], size[1], size[2]), voxels[0], flat)
    what = " x ".join(shown(edge) for edge in size) + f" micron, voxels of {shown(voxels[0])} micron"
    why = f"its corner at {', '.join(shown(one) for one in low)} micron is 0, 0, 0"
    account.converted(domain, f"domain: {what}", f"sites.{SITE}", why)
    options = root.child("options")
    if options is not None and not options.switch("virtual_wall_at_domain_edge", unsaid=True):
        wall = options.needed("virtual_wall_at_domain_edge")
        account.unequal(wall, "virtual_wall_at_domain_edge false", "cells do not leave a site; its walls hold them")
    return found


def read_times(root: Element, account: Account) -> dict[str, Tree]:
    """The block `run`. Raises FileError where the time is not above zero."""
    overall = root.needed("overall")
    for tag, right in (("time_units", "min"), ("space_units", "micron")):
        said = overall.child(tag)
        if said is not None and said.text.rstrip("s") not in ("", right):
            said.refuse("file-number", f"PhysiCell counts in {right}, not in {said.text}", f"write `{right}`")
    last = overall.needed("max_time")
    span = last.number("min")
    if span <= 0:
        last.refuse("file-number", "a run has a time above zero", "write for example `1440`")
    phenotype = overall.child("dt_phenotype")
    step = 6.0 if phenotype is None else phenotype.number("min")
    if phenotype is not None and step <= 0:
        phenotype.refuse("file-number", "a step has a time above zero", "write for example `6`")
    full = root.child("save/full_data")
    interval = full.child("interval") if full is not None and full.switch("enable") else None
    every = span if interval is None else interval.number("min")
    if interval is not None and every <= 0:
        interval.refuse("file-number", "an interval is a time above zero", "write for example `60`")
    every = min(every, span)
    common = _common(span, every)
    if common < SMALLEST_STEP * step:
        account.assumed(
            last,
            f"max_time {shown(span)}, interval {shown(every)} min",
            "they have no common step, so one record is made at the end",
        )
        every = common = span
    taken = common / math.ceil(common / step - 1e-9)
    account.converted(last, f"max_time {shown(span)} min", f"run.for: {shown(span)} min")
    at = interval if interval is not None else last
    account.converted(at, f"full_data every {shown(every)} min", f"run.record: every {shown(every)} min")
    why = "PhysiCell's step of phenotypes" if taken == step else "the longest such step that divides both times"
    account.converted(phenotype or last, f"dt_phenotype {shown(step)} min", f"run.step: {shown(taken)} min", why)
    for tag in ("dt_diffusion", "dt_mechanics"):
        found = overall.child(tag)
        if found is not None:
            account.unequal(found, f"{tag} {found.text} min", "solvers choose their own steps and hold their error")
    return {"for": f"{shown(span)} min", "record": f"every {shown(every)} min", "step": f"{shown(taken)} min"}


def _common(first: float, second: float) -> float:
    """The longest time of which both are multiples, to a ten-thousandth of a minute."""
    a, b = (Fraction(one).limit_denominator(10_000) for one in (first, second))
    while b:
        a, b = b, a % b
    return float(a)


@dataclass(frozen=True)
class Substrate:
    """A substrate. name : in the model; unit : one of it in the model's words, without the number
    per : molecules/µm³ that one of it is; number : of `unit` that one of it is; level : the largest that is said of it
    diffusion : µm²/min
    """

    name: str
    unit: str
    number: float
    per: float
    level: float
    diffusion: float
    tree: dict[str, Tree]

    def value(self, number: float) -> str:
        """A level in the model's words."""
        return f"{shown(number * self.number)} {self.unit}"


def read_substrates(root: Element, names: Names, said: dict[str, str], account: Account) -> dict[str, Substrate]:
    """Substrates by their names in PhysiCell. said : name -> concentration of one of it. Raises FileError."""
    setup = root.needed("microenvironment_setup")
    variables = setup.all("variable")
    if not variables:
        setup.refuse("file-form", "there is no substrate, and PhysiCell needs one", 'add `<variable name="…">`')
    outer = any(one.needed("Dirichlet_boundary_condition").enabled for one in variables)
    flat = root.needed("domain").switch("use_2D")
    found: dict[str, Substrate] = {}
    for one in variables:
        name = names.add(one, account)
        found[one.name()] = _substrate(one, name, said.get(one.name()), account, outer=outer, flat=flat)
    for unknown in set(said) - set(found):
        near = units.nearest(unknown, found)
        remedy = f"did you mean `{near}`?" if near else f"its substrates: {', '.join(found)}"
        setup.refuse("unknown-name", f"`--unit` names `{unknown}`, which is no substrate of the project", remedy)
    for tag in ("initial_condition", "dirichlet_nodes"):
        file = setup.child(f"options/{tag}")
        if file is not None and file.enabled:
            for part in file.walk():
                part.seen = True
            name = (file.child("filename") or file).text
            account.unequal(file, f"{tag} from {name}", "levels start alike everywhere, and only walls are held")
    return found


def _unit(variable: Element, said: str | None, account: Account) -> tuple[str, float, float, dict[str, Tree]]:
    """Unit in the model, its number, molecules/µm³ of one, and entries of the substance that it needs. FileError."""
    own = variable.attributes.get("units", "").strip()
    if said is None and own == "mmHg":
        per = units.convert(1.0, "mmHg", "concentration", solubility=_measured(SOLUBILITY, "solubility"))
        account.assumed(
            variable, f"{variable.name()}: units mmHg", "of oxygen; it scales amounts only", f"solubility {SOLUBILITY}"
        )
        return "mmHg", 1.0, per, {"unit": "mmHg", "solubility": f"{SOLUBILITY} @assumed"}
    try:
        return own, 1.0, units.convert(1.0, own, "concentration"), {} if said is None else _refused_unit(variable, own)
    except UnitError:
        pass
    taken = said or UNSAID_UNIT
    try:
        quantity = units.parse_quantity(taken)
        per = units.convert(quantity.number, quantity.unit, "concentration")
    except UnitError as error:
        variable.refuse("unknown-unit", f"`--unit` says `{taken}`: {error.message}", "write a concentration: `1 nM`")
    if not 0 < per < math.inf:
        variable.refuse("file-number", f"`--unit` says `{taken}`", "write a concentration above zero, as `1 nM`")
    if said is None:
        why = "a level of a model is a concentration; `--unit 'SUBSTRATE=1 uM'` says another one"
        account.assumed(variable, f"{variable.name()}: units {own or 'unsaid'}", why, f"one is {taken}")
    return quantity.unit, quantity.number, per, {}


def _refused_unit(variable: Element, own: str) -> dict[str, Tree]:
    variable.refuse("file-asked", f"the settings say that it is in {own}", "leave `--unit` of it out")


def _measured(text: str, dimension: str) -> float:
    quantity = units.parse_quantity(text)
    return units.convert(quantity.number, quantity.unit, dimension)


def _substrate(
    one: Element, name: str, said: str | None, account: Account, *, outer: bool, flat: bool
) -> Substrate:  # fmt: skip
    unit, number, per, entries = _unit(one, said, account)
    at = f"substances.{name}"
    diffusion = one.needed("physical_parameter_set/diffusion_coefficient")
    spread = _not_negative(diffusion, diffusion.number("micron^2/min"))
    decay = one.needed("physical_parameter_set/decay_rate")
    rate = _not_negative(decay, decay.number("1/min"))
    start = one.needed("initial_condition")
    level = _not_negative(start, start.number())
    scale = Substrate(name, unit, number, per, level, spread, {})
    half_life = NO_LOSS if rate == 0 else f"{shown(math.log(2) / rate)} min @assumed"
    tree: dict[str, Tree] = {**entries, "diffuses": f"{shown(spread)} um^2/min @assumed", "half-life": half_life}
    tree["start"] = f"{scale.value(level)} @assumed" if level else scale.value(level)
    account.converted(diffusion, f"{name}: diffusion_coefficient {diffusion.text} micron^2/min", f"{at}.diffuses")
    why = "ln 2 over the rate" if rate else "no decay"
    account.converted(decay, f"{name}: decay_rate {decay.text} 1/min", f"{at}.half-life: {half_life}", why)
    account.converted(start, f"{name}: initial_condition {start.text}", f"{at}.start: {scale.value(level)}")
    held = _walls(one, account, name, outer=outer, flat=flat)
    if held:
        tree["walls"] = {FACES[face]: f"held at {scale.value(value)} @assumed" for face, value in held.items()}
    return Substrate(name, unit, number, per, max(level, *held.values(), 0.0), spread, tree)


def _not_negative(at: Element, number: float) -> float:
    if number < 0:
        at.refuse("file-number", f"`{at.tag}` cannot be below zero", "write a number of zero or more")
    return number


def _walls(one: Element, account: Account, name: str, *, outer: bool, flat: bool) -> dict[str, float]:
    """Level at which each face is held, by PhysiCell's names of faces."""
    general = one.needed("Dirichlet_boundary_condition")
    value = general.number()
    held = dict.fromkeys(FACES, value) if general.enabled else {}
    for face in one.all("Dirichlet_options/boundary_value"):
        said = face.attributes.get("ID", "")
        if said not in FACES:
            face.refuse("file-form", f"`{said}` is no face of the domain", f"one of {', '.join(FACES)}", words=said)
        held.pop(said, None)
        if face.enabled:
            held[said] = face.number()
        face.seen = True
    if flat:
        held = {face: level for face, level in held.items() if face not in FLAT_FACES}
    if held and not outer:
        why = "PhysiCell holds no wall while no `Dirichlet_boundary_condition` is enabled"
        account.assumed(general, f"{name}: Dirichlet_options", why, "walls stay closed")
        return {}
    for face, level in held.items():
        _not_negative(general, level)
        why = "at the face, where PhysiCell holds the outermost voxels"
        what, wall = f"{name}: Dirichlet {face} {shown(level)}", f"substances.{name}.walls.{FACES[face]}"
        account.converted(general, what, f"{wall}: held", why)
    return held
