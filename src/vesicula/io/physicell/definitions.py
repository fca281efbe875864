"""Cell definitions with what they inherit, in PhysiCell's units: micron, minute, one of a substrate.

A definition inherits from its `parent_type`, else from the one whose ID is 0 or that is called `default`; of the latter
motility, secretion, interactions and transformations start at none (`legacy_cell_defaults_copy`: they are taken too).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vesicula import units
from vesicula.io.physicell.account import Account
from vesicula.io.physicell.cycles import Cycle, read_cycle
from vesicula.io.physicell.markup import Element
from vesicula.io.physicell.names import Names

OWN = ("motility", "secretion", "cell_interactions", "cell_transformations")
"""Blocks of the phenotype of which a definition without `parent_type` inherits nothing."""
UNSAID = {
    "volume/total": 2494.0, "mechanics/cell_cell_adhesion_strength": 0.4,
    "mechanics/cell_cell_repulsion_strength": 10.0,
    "mechanics/relative_maximum_adhesion_distance": 1.25, "motility/speed": 1.0, "motility/persistence_time": 1.0,
}  # fmt: skip
"""Values that PhysiCell 1.14.2 takes where no definition says them."""
APOPTOSIS, NECROSIS = "100", "101"
APOPTOSIS_RATE = 0.00319 / 60.0  # 1/min, where no definition says a model of death
APOPTOTIC_STAY = 516.0  # min, where nothing is said of its phase


@dataclass(frozen=True)
class Exchange:
    """What a cell does with a substrate. rates : 1/min; target : level; export : amount of it per min"""

    at: Element
    secretion: float = 0.0
    target: float = 0.0
    uptake: float = 0.0
    export: float = 0.0


@dataclass(frozen=True)
class Moving:
    """Motility. weights : substrate -> weight, empty without chemotaxis; advanced : several gradients add"""

    at: Element
    speed: float
    persistence: float
    bias: float
    weights: dict[str, float]
    advanced: bool
    normalized: bool
    flat: bool


@dataclass
class Definition:
    """A cell definition. said : name in PhysiCell; name : in the model; number : its ID; rates : 1/min

    engulfs : by what dead cells died of; eats, becomes, affinity : by cell definition; places : where blocks stand
    """

    said: str
    name: str
    number: str
    at: Element
    cycle: Cycle
    apoptosis: float = APOPTOSIS_RATE
    necrosis: float = 0.0
    stay: float = APOPTOTIC_STAY
    necrotic_stay: float = 0.0
    volume: float = 0.0
    adhesion: float = 0.0
    repulsion: float = 0.0
    reach: float = 1.0
    affinity: dict[str, float] = field(default_factory=dict[str, float])
    moving: Moving | None = None
    exchange: dict[str, Exchange] = field(default_factory=dict[str, Exchange])
    engulfs: dict[str, float] = field(default_factory=dict[str, float])
    eats: dict[str, float] = field(default_factory=dict[str, float])
    becomes: dict[str, float] = field(default_factory=dict[str, float])
    places: dict[str, Element] = field(default_factory=dict[str, Element])


class Lineage:
    """A definition and those it inherits from, nearest first; part of them only for blocks of `OWN`."""

    def __init__(self, at: Element, above: Lineage | None, *, stated: bool) -> None:
        self.at, self.above, self.stated = at, above, stated

    def all(self, path: str) -> list[Element]:
        """The elements at a path below the phenotype, those of the farthest ancestor first."""
        inherited: list[Element] = []
        if self.above is not None and (self.stated or path.partition("/")[0] not in OWN):
            inherited = self.above.all(path)
        return [*inherited, *self.at.all(f"phenotype/{path}")]

    def one(self, path: str) -> Element | None:
        """The element that counts, None where nobody says it."""
        found = self.all(path)
        return found[-1] if found else None

    def number(self, path: str, kind: str, unsaid: float = 0.0, *, least: float | None = 0.0) -> float:
        """A number at a path; least: below which it is refused."""
        found = self.one(path)
        if found is None:
            return UNSAID.get(path, unsaid)
        number = found.number(kind)
        if least is not None and number < least:
            found.refuse("file-number", f"`{found.tag}` cannot be below {least:g}", f"write {least:g} or more")
        return number

    def enabled(self, path: str) -> Element | None:
        """An element with `enabled`, where that is yes."""
        found = self.one(path)
        return found if found is not None and found.enabled else None

    def table(self, path: str, key: str, kind: str, names: dict[str, str], what: str) -> dict[str, float]:
        """Numbers by the thing that an attribute names; those of zero too. names : those that there are."""
        table: dict[str, float] = {}
        for one in self.all(path):
            said = one.attributes.get(key, "").strip()
            known(one, said, names, what)
            table[said] = one.number(kind)
            if table[said] < 0 and key != "substrate":
                one.refuse("file-number", f"`{one.tag}` cannot be below zero", "write a number of zero or more")
        return table


def known(at: Element, said: str, names: dict[str, str], what: str) -> None:
    """Raise FileError where a name is none of those that there are."""
    if said not in names:
        near = units.nearest(said, names)
        remedy = f"did you mean `{near}`?" if near else f"known: {', '.join(names)}"
        at.refuse("unknown-name", f"`{said}` is no {what} of this project", remedy, words=said)


def read_definitions(root: Element, cells: Names, substrates: Names, account: Account) -> list[Definition]:
    """All cell definitions in the order of the file. Raises FileError."""
    block = root.needed("cell_definitions")
    elements = block.all("cell_definition")
    if not elements:
        block.refuse("file-form", "there is no cell definition", 'add `<cell_definition name="…" ID="0">`')
    for one in elements:
        cells.add(one, account)
    options = root.child("options")
    legacy = options is not None and options.switch("legacy_cell_defaults_copy")
    lineages: dict[str, Lineage] = {}
    default: Lineage | None = None
    found: list[Definition] = []
    for one in elements:
        said, parent = one.name(), one.attributes.get("parent_type", "").strip()
        above = default
        if parent:
            if parent not in lineages:
                known(one, parent, cells.told, "cell definition")
                message = f"`{said}` inherits from `{parent}`, which stands below it"
                one.refuse("unknown-name", message, "put the parent first", words=parent)
            above = lineages[parent]
        lineages[said] = Lineage(one, above, stated=bool(parent) or legacy)
        if said == "default" or one.attributes.get("ID", "") == "0":
            default = lineages[said]
        if above is not None and parent:
            account.converted(one, f"{said} inherits from {parent}", "its values, where it says none itself")
        found.append(_definition(one, lineages[said], cells, substrates))
    numbers = [one.number for one in found if one.number]
    for one in found:
        if numbers.count(one.number) > 1:
            one.at.refuse("duplicate-name", f"the ID {one.number} stands twice", "number them 0, 1, 2 …")
    return found


def _definition(one: Element, lineage: Lineage, cells: Names, substrates: Names) -> Definition:
    said = one.name()
    done = Definition(said, cells.told[said], one.attributes.get("ID", ""), one, read_cycle(said, one, lineage))
    for element in lineage.all("death/model"):
        code = element.attributes.get("code", "")
        if code not in (APOPTOSIS, NECROSIS):
            element.refuse("file-form", f"`{code}` is no model of death", "100 is apoptosis, 101 necrosis")
        rate = element.child("death_rate")
        value = None if rate is None else rate.number("1/min")
        if value is not None and value < 0:
            element.refuse("file-number", "a rate cannot be below zero", "write a number of zero or more")
        stay = _stay(element)
        if code == APOPTOSIS:
            done.apoptosis = done.apoptosis if value is None else value
            done.stay = done.stay if stay is None else stay
        else:
            done.necrosis = done.necrosis if value is None else value
            done.necrotic_stay = done.necrotic_stay if stay is None else stay
        done.places["apoptosis" if code == APOPTOSIS else "necrosis"] = element
    done.volume = lineage.number("volume/total", "micron^3")
    if done.volume <= 0:
        (lineage.one("volume/total") or one).refuse("file-number", "a cell has a volume", "write for example `2494`")
    _mechanics(done, lineage, cells)
    done.moving = _moving(one, lineage, substrates)
    done.exchange = _exchange(lineage, substrates)
    interactions = {"apoptotic": "apoptotic_", "necrotic": "necrotic_", "other dead": "other_dead_"}
    old = lineage.number("cell_interactions/dead_phagocytosis_rate", "1/min")
    for kind, prefix in interactions.items():
        rate = lineage.number(f"cell_interactions/{prefix}phagocytosis_rate", "1/min", old)
        done.engulfs[kind] = rate
    path = "cell_interactions/live_phagocytosis_rates/phagocytosis_rate"
    done.eats = lineage.table(path, "name", "1/min", cells.told, "cell definition")
    path = "cell_transformations/transformation_rates/transformation_rate"
    done.becomes = lineage.table(path, "name", "1/min", cells.told, "cell definition")
    for block in ("volume", "mechanics", "motility", "secretion", "cell_interactions", "cell_transformations"):
        done.places[block] = lineage.one(block) or one
    return done


def _stay(model: Element) -> float | None:
    """Minutes for which a dead cell stays: the sum of its phases, None where nothing is said."""
    times = [one.number("min") for one in model.all("phase_durations/duration")]
    for path in ("phase_transition_rates/rate", "transition_rates/rate"):
        rates = [one.number("1/min") for one in model.all(path)]
        times += [1.0 / rate if rate > 0 else 1e9 for rate in rates]
    return sum(times) if times else None


def _mechanics(done: Definition, lineage: Lineage, cells: Names) -> None:
    done.adhesion = lineage.number("mechanics/cell_cell_adhesion_strength", "micron/min")
    done.repulsion = lineage.number("mechanics/cell_cell_repulsion_strength", "micron/min")
    done.reach = lineage.number("mechanics/relative_maximum_adhesion_distance", "")
    path = "mechanics/cell_adhesion_affinities/cell_adhesion_affinity"
    done.affinity = lineage.table(path, "name", "", cells.told, "cell definition")
    radius = (done.volume * 3.0 / (4.0 * 3.141592653589793)) ** (1.0 / 3.0)
    for tag, scale in (("set_relative_equilibrium_distance", 1.0), ("set_absolute_equilibrium_distance", radius)):
        found = lineage.enabled(f"mechanics/options/{tag}")
        if found is not None:
            done.adhesion = balanced_adhesion(done.repulsion, found.number() / scale, done.reach)
            done.places["equilibrium"] = found


def balanced_adhesion(repulsion: float, distance: float, reach: float) -> float:
    """Adhesion at which two like cells rest `distance` radii apart, as PhysiCell sets it.

    Equation   α = ρ ((1 − s/2)/(1 − s/(2A)))²,  s = min(distance, 2)
    """
    s = min(distance, 2.0)
    beyond = 1.0 - s / (2.0 * reach) if reach > 0 else 0.0
    return repulsion * ((1.0 - 0.5 * s) / beyond) ** 2 if beyond > 0 else 0.0


def _moving(one: Element, lineage: Lineage, substrates: Names) -> Moving | None:
    """Motility, None where it is not enabled."""
    enabled = lineage.one("motility/options/enabled")
    speed = lineage.number("motility/speed", "micron/min")
    persistence = lineage.number("motility/persistence_time", "min")
    bias = lineage.number("motility/migration_bias", "")
    flat = lineage.one("motility/options/use_2D")
    if enabled is None or not enabled.switch():
        return None
    if bias > 1:
        (lineage.one("motility/migration_bias") or one).refuse("file-number", "a bias is a share", "write 0 to 1")
    weights, advanced, normalized = dict[str, float](), False, False
    simple = lineage.one("motility/options/chemotaxis")
    if simple is not None and simple.switch("enabled"):
        said = simple.needed("substrate").text
        known(simple.needed("substrate"), said, substrates.told, "substrate")
        weights = {said: simple.needed("direction").number()}
    several = lineage.one("motility/options/advanced_chemotaxis")
    if several is not None and several.switch("enabled"):
        path = "motility/options/advanced_chemotaxis/chemotactic_sensitivities/chemotactic_sensitivity"
        weights = lineage.table(path, "substrate", "", substrates.told, "substrate")
        advanced, normalized = True, several.switch("normalize_each_gradient")
    at = lineage.one("motility") or one
    return Moving(at, speed, persistence, bias, weights, advanced, normalized, flat is not None and flat.switch())


def _exchange(lineage: Lineage, substrates: Names) -> dict[str, Exchange]:
    """What is done with each substrate that is named."""
    found: dict[str, Exchange] = {}
    tags = {
        "secretion": ("secretion_rate", "1/min"), "target": ("secretion_target", ""),
        "uptake": ("uptake_rate", "1/min"), "export": ("net_export_rate", ""),
    }  # fmt: skip
    for one in lineage.all("secretion/substrate"):
        said = one.attributes.get("name", "").strip()
        known(one, said, substrates.told, "substrate")
        before = found.get(said, Exchange(one))
        rates: dict[str, float] = {}
        for key, (tag, kind) in tags.items():
            element = one.child(tag)
            if element is not None:
                rates[key] = element.number(kind)
                if rates[key] < 0 and key != "export":
                    element.refuse("file-number", f"`{tag}` cannot be below zero", "write a number of zero or more")
        found[said] = replace(before, at=one, **rates)
    return found
