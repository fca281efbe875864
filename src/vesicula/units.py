"""Quantities: the units biologists write, and the internal units in which the engine counts.

Internal units: micrometre, minute, molecule, particle, copy, cell; mass in dalton, pressure in mmHg. Molecule,
particle, copy and cell are four separate dimensions, so a vesicle count never turns into a concentration unnoticed.
Neighbours and binding sites are plain numbers.
"""

from __future__ import annotations

import atexit
import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from vesicula.errors import UnitError
from vesicula.kept import keep_reading, kept_reading, reading

if TYPE_CHECKING:
    import pint

AVOGADRO = 6.02214076e23

_DEFINITIONS = f"""
um = [length]
min = [time]
Da = [mass]
mmHg = [pressure]
molecule = [molecules]
particle = [particles]
copy = [copies]
cell = [cells]
C = [temperature]
ohm = [resistance]
V = [voltage]
mV = 1e-3 * V
Gy = [dose_of_radiation]
one = []
percent = 0.01 * one
s = min / 60
ms = s / 1000
h = 60 * min
day = 24 * h
week = 7 * day
month = 30.4375 * day
year = 365.25 * day
pm_ = 1e-6 * um
nm = 1e-3 * um
mm = 1e3 * um
cm = 1e4 * um
dm = 1e5 * um
m = 1e6 * um
L = dm ** 3
dL = 1e-1 * L
mL = 1e-3 * L
uL = 1e-6 * L
nL = 1e-9 * L
pL = 1e-12 * L
fL = 1e-15 * L
mol = {AVOGADRO} * molecule
mmol = 1e-3 * mol
umol = 1e-6 * mol
nmol = 1e-9 * mol
pmol = 1e-12 * mol
fmol = 1e-15 * mol
amol = 1e-18 * mol
molar = mol / L
mM = 1e-3 * molar
uM = 1e-6 * molar
nM = 1e-9 * molar
pM = 1e-12 * molar
fM = 1e-15 * molar
aM = 1e-18 * molar
kDa = 1e3 * Da
MDa = 1e6 * Da
g = {AVOGADRO} * Da
kg = 1e3 * g
mg = 1e-3 * g
ug = 1e-6 * g
ng = 1e-9 * g
pg = 1e-12 * g
fg = 1e-15 * g
ag = 1e-18 * g
J = kg * m ** 2 / s ** 2
mJ = 1e-3 * J
Pa = mmHg / 133.322387415
hPa = 1e2 * Pa
kPa = 1e3 * Pa
MPa = 1e6 * Pa
"""

_SPELLINGS = {
    "molecule": "molecule molecules",
    "particle": "particle particles EV EVs vesicle vesicles exosome exosomes",
    "copy": "copy copies mRNA mRNAs miRNA",
    "cell": "cell cells",
    "one": "x neighbour neighbours neighbor neighbors site sites receptor receptors step steps",
    "percent": "% percent",
    "s": "s sec second seconds",
    "min": "min minute minutes",
    "h": "h hr hour hours",
    "day": "d day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years",
    "molar": "M",
    "L": "L l",
    "mL": "mL ml",
    "dL": "dL dl",
    "uL": "uL ul µL μL µl",
    "um": "um µm μm micron microns",
    "uM": "uM µM μM",
    "ug": "ug µg μg",
    "umol": "umol µmol μmol",
    "C": "C °C",
    "ohm": "ohm Ω",
}


def _symbols() -> dict[str, str]:
    names = [line.split(" = ")[0] for line in _DEFINITIONS.strip().splitlines()]
    table = {name: name for name in names if name not in {"one", "percent", "molar", "pm_"}}
    for name, spellings in _SPELLINGS.items():
        table.update(dict.fromkeys(spellings.split(), name))
    return table


SYMBOLS = MappingProxyType(_symbols())
"""Every unit word of the language -> its name in the registry."""

NUMBER_PATTERN = r"[+-]?(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_POWER = r"(?:\^?-?[1-9](?![0-9])|[²³])?"
_ATOM = (
    "(?:" + "|".join(re.escape(word) for word in sorted(SYMBOLS, key=len, reverse=True)) + ")"
    rf"{_POWER}(?![A-Za-z0-9_µμ^])"
)
_TIMES = r"(?:[0-9]+(?:\.[0-9]+)?(?:[eE][+]?[0-9]+)?\s*)?"
_JOINED = rf"(?:\s*(?:/|\*|·|\sper\s)\s*{_TIMES}|(?:(?<=ohm)|(?<=Ω))\s+){_ATOM}"
UNIT_PATTERN = rf"(?:(?:1?\s*/|per\s)\s*{_TIMES})?{_ATOM}(?:{_JOINED})*(?!-[A-Za-z0-9])"
"""Regular expression of a whole unit, as in `ng/1e6 cells/24 h`, `/h per nM` or `ohm cm^2`."""


@dataclass(frozen=True)
class Dimension:
    """What a value measures. unit: the internal unit in words; what: for messages; example: how to write one.

    base: exponents of the internal base dimensions. per_cell: a trailing `/cell` may be written or left out.
    also: further exponents that mean the same (copies may be plain numbers).
    """

    name: str
    unit: str
    what: str
    example: str
    base: tuple[tuple[str, int], ...]
    per_cell: bool = False
    also: tuple[tuple[tuple[str, int], ...], ...] = ()
    share: bool = False


def _base(**exponents: int) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, power) for name, power in exponents.items()))


def _all(*dimensions: Dimension) -> dict[str, Dimension]:
    return {one.name: one for one in dimensions}


DIMENSIONS = MappingProxyType(
    _all(
        Dimension("length", "um", "a length", "12 um", _base(length=1)),
        Dimension("time", "min", "a time", "36 h", _base(time=1)),
        Dimension("rate", "1/min", "a rate (per time)", "0.1 /h", _base(time=-1)),
        Dimension("speed", "um/min", "a speed", "0.3 um/min", _base(length=1, time=-1)),
        Dimension("diffusion", "um^2/min", "a diffusion constant", "40 um^2/s", _base(length=2, time=-1)),
        Dimension("volume", "um^3", "a volume", "2 mL", _base(length=3)),
        Dimension("volume rate", "um^3/min", "a volume per time", "60 um^3/h", _base(length=3, time=-1), per_cell=True),
        Dimension("clearance", "um^3/min", "a clearance (volume per time)", "10 pL/h", _base(length=3, time=-1), True),
        Dimension("concentration", "molecule/um^3", "a concentration", "20 pM", _base(molecules=1, length=-3)),
        Dimension(
            "secretion", "molecule/min", "an amount per time", "3 molecules/s", _base(molecules=1, time=-1), True
        ),
        Dimension(
            "release", "particle/min", "a number of particles per time", "60 particles/h",
            _base(particles=1, time=-1), True,
        ),
        Dimension(
            "particles per volume", "particle/um^3", "a number of particles per volume", "1e9 EV/mL",
            _base(particles=1, length=-3),
        ),
        Dimension("particles", "particle", "a number of particles", "1e6 particles", _base(particles=1)),
        Dimension(
            "copies per particle", "copy/particle", "copies per vesicle", "0.008 copies/EV",
            _base(copies=1, particles=-1),
        ),
        Dimension("amount", "molecule", "an amount", "5 ng", _base(molecules=1)),
        Dimension(
            "copies", "copy", "a number of copies", "2000 copies", _base(copies=1), per_cell=True,
            also=(_base(), _base(molecules=1)),
        ),
        Dimension(
            "cells per area", "cell/um^2", "a number of cells per area", "200 /mm^2", _base(cells=1, length=-2),
            also=(_base(length=-2),),
        ),
        Dimension(
            "cells per volume", "cell/um^3", "a number of cells per volume", "1e6 cells/mL",
            _base(cells=1, length=-3), also=(_base(length=-3),),
        ),
        Dimension("molar mass", "Da", "a molar mass", "25 kDa", _base(mass=1), also=(_base(mass=1, molecules=-1),)),
        Dimension(
            "solubility", "molecule/um^3/mmHg", "a solubility", "1.3 uM/mmHg",
            _base(molecules=1, length=-3, pressure=-1),
        ),
        Dimension(
            "rate per concentration", "um^3/molecule/min", "a rate per concentration", "0.1 /h per nM",
            _base(molecules=-1, length=3, time=-1),
        ),
        Dimension("area", "um^2", "an area", "1.9 cm^2", _base(length=2)),
        Dimension("pores per area", "1/um^2", "a number of pores per area", "1e8 /cm^2", _base(length=-2)),
        Dimension("temperature", "C", "a temperature", "4 C", _base(temperature=1)),
        Dimension(
            "area resistance", "ohm*um^2", "a resistance times area", "20 ohm cm^2", _base(resistance=1, length=2)
        ),
        Dimension("mass", "Da", "a mass", "2 ug", _base(mass=1)),
        Dimension(
            "particles per mass", "particle/Da", "a number of particles per mass", "1e10 particles/ug",
            _base(particles=1, mass=-1),
        ),
        Dimension("mass per mass", "", "a mass per mass", "0.2 ug/ug", _base()),
        Dimension("cells", "cell", "a number of cells", "2e5 cells", _base(cells=1), also=(_base(),)),
        Dimension("share", "", "a share", "30 %", _base(), share=True),
        Dimension("number", "", "a plain number", "0.5", _base()),
        Dimension("factor", "", "a multiple", "5x", _base()),
    )
)  # fmt: skip
"""Every kind of quantity in the language, by name."""


class Measured(Protocol):
    """Anything with a number and a unit as written, such as `language.values.Value`."""

    @property
    def number(self) -> float: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102


@dataclass(frozen=True)
class Quantity:
    """A number with its unit as written."""

    number: float
    unit: str


@lru_cache(maxsize=1)
def registry() -> pint.UnitRegistry[float]:
    """The pint registry of the language: only its own units, in internal base units."""
    import pint

    own: pint.UnitRegistry[float] = pint.UnitRegistry(cast("str", None))
    own.load_definitions(_DEFINITIONS.replace("pm_ = 1e-6 * um\n", "").strip().splitlines())
    return own


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None where nothing is like it."""
    options = list(known)
    found = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if found:
        return found[0]
    folded = {option.casefold(): option for option in reversed(options)}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _expression(unit: str) -> str:
    """A unit as pint reads it: `/` divides by everything up to the next `/`, ` per ` by all that follows."""
    groups = re.split(r"(?:^|\s+)per\s+", unit.strip())
    parts: list[str] = []
    for position, group in enumerate(groups):
        if not group.strip():
            continue
        pieces = [_product(piece) for piece in group.split("/")]
        inner = "/".join(f"({piece})" for piece in pieces)
        parts.append(inner if position == 0 else f"1/({inner})")
    return "*".join(f"({part})" for part in parts) or "1"


def _product(piece: str) -> str:
    """One product of a number and unit words, each known."""
    out: list[str] = []
    rest = piece.strip()
    if not rest:
        return "1"
    number = re.match(rf"{NUMBER_PATTERN}(?![A-Za-z])|{NUMBER_PATTERN}(?=\s)", rest)
    if number:
        out.append(number.group())
        rest = rest[number.end() :].strip()
    for word in re.split(r"[\s*·]+", rest) if rest else []:
        match = re.fullmatch(r"([A-Za-zµμ%°Ω]+)(?:\^?(-?[1-9])|([²³]))?", word)
        name = SYMBOLS.get(match.group(1)) if match else None
        if match is None or name is None:
            spelled = match.group(1) if match else word
            near = nearest(spelled, SYMBOLS)
            remedy = f"did you mean `{near}`?" if near else "known units: um, s, h, days, nM, ng/mL, pL/h, copies/EV …"
            raise UnitError(f"`{spelled}` is no unit", remedy, code="unknown-unit")
        power = match.group(2) or {"²": "2", "³": "3"}.get(match.group(3) or "", "1")
        out.append(f"{name}**{power}")
    return "*".join(out)


_Base = tuple[float, tuple[tuple[str, int], ...]]
"""Factor to internal base units, and exponents of the base dimensions."""
MOST_KEPT = 1000  # units, of which a model has some dozen ways to write


class _Parsed(Protocol):
    """What pint makes of a unit."""

    magnitude: float
    dimensionality: Mapping[str, float]

    def to_base_units(self) -> _Parsed: ...


@lru_cache(maxsize=4096)
def _in_base(unit: str) -> _Base:
    """Factor to internal base units, and exponents of the base dimensions."""
    if not unit:
        return 1.0, ()
    known = _known()
    if unit not in known:
        known[unit] = _as_pint_reads(unit)
    return known[unit]


@lru_cache(maxsize=1)
def _known() -> dict[str, _Base]:
    """Units that pint has read on this machine; those it reads in this process are added when it ends."""
    place = kept_reading("units", [])
    found = reading(place)
    known = cast("dict[str, _Base]", found) if isinstance(found, dict) else {}
    before = len(known)

    def keep() -> None:
        if before < len(known) <= MOST_KEPT:
            keep_reading(place, known)

    atexit.register(keep)
    return known


def _as_pint_reads(unit: str) -> _Base:
    parsed: object = registry().parse_expression(_expression(unit))
    if isinstance(parsed, int | float):
        return float(parsed), ()
    quantity = cast("_Parsed", parsed).to_base_units()
    powers = quantity.dimensionality
    exponents = tuple(sorted((name.strip("[]"), int(power)) for name, power in powers.items() if name != "[]"))
    return quantity.magnitude, exponents


def describe(unit: str) -> str:
    """What a unit measures, in words: `ng/mL` -> `a concentration`."""
    _, exponents = _in_base(unit)
    if not exponents:
        return DIMENSIONS["number"].what
    for dimension in DIMENSIONS.values():
        if exponents in (dimension.base, *dimension.also):
            return dimension.what
    with_molecules = _mass_as_molecules(exponents)
    for dimension in DIMENSIONS.values():
        if with_molecules == dimension.base:
            return dimension.what
        if dimension.per_cell and dict(with_molecules).get("cells") == -1 and _without_cell(with_molecules) in (
            dimension.base, *dimension.also,
        ):  # fmt: skip
            return dimension.what
    return "measured in " + " ".join(f"{name}^{power}" if power != 1 else name for name, power in exponents)


def _mass_as_molecules(exponents: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    table = dict(exponents)
    mass = table.pop("mass", 0)
    if mass:
        table["molecules"] = table.get("molecules", 0) + mass
    return tuple(sorted((name, power) for name, power in table.items() if power))


def _without_cell(exponents: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    table = dict(exponents)
    if table.get("cells") == -1:
        del table["cells"]
    return tuple(sorted(table.items()))


def factor(unit: str, dimension: str, *, molar_mass: float | None = None, solubility: float | None = None) -> float:
    """Internal units per one `unit`.

    unit : as written, "" for a plain number
    dimension : name in `DIMENSIONS`
    molar_mass : Da, needed where the unit holds a mass but molecules are asked for
    solubility : molecules/µm³ per mmHg, needed where a pressure stands for a concentration
    Raises UnitError where the unit is unknown or measures something else.
    """
    target = DIMENSIONS[dimension]
    scale, exponents = _in_base(unit)
    accepted = (target.base, *target.also)
    if exponents in accepted:
        return scale
    if target.per_cell and _without_cell(exponents) in accepted:
        return scale
    molecules = dict(target.base).get("molecules", 0)
    mass = dict(exponents).get("mass", 0)
    if mass and mass == molecules:
        converted = _mass_as_molecules(exponents)
        if converted == target.base or (target.per_cell and _without_cell(converted) == target.base):
            if molar_mass is None or molar_mass <= 0.0:
                raise UnitError(
                    f"{unit} holds a mass, and no molar mass is known",
                    "give the substance a `molar mass`, for example `molar mass: 25 kDa`",
                    code="molar-mass",
                )
            return scale / molar_mass**mass
    if target.name == "concentration" and exponents == (("pressure", 1),):
        if solubility is None:
            raise UnitError(
                f"{unit} is a pressure",
                "give the substance a `solubility`, for example `solubility: 1.3 uM/mmHg`",
                code="solubility",
            )
        return scale * solubility
    raise UnitError(f"{describe(unit)}, not {target.what}", f"write for example `{target.example}`")


def ratio(unit: str, other: str, *, molar_mass: float | None = None) -> float:
    """How many of `other` one `unit` is, where both measure the same.

    molar_mass : Da, needed where one holds a mass and the other molecules. Copies count as molecules, and `/cell` may
    be left out on either side, as in a number of receptors.
    Raises UnitError where they measure different things.
    """
    (scale, exponents), (other_scale, wanted) = _in_base(unit), _in_base(other)
    if exponents == wanted:
        return scale / other_scale
    power = dict(exponents).get("mass", 0) - dict(wanted).get("mass", 0)
    if power and _counted(_mass_as_molecules(exponents)) == _counted(_mass_as_molecules(wanted)):
        if molar_mass is None or molar_mass <= 0.0:
            raise UnitError(
                f"`{unit}` holds a mass, and no molar mass is known", "say the `molar mass`", code="molar-mass"
            )
        return scale / other_scale / molar_mass**power
    if _counted(exponents) == _counted(wanted):
        return scale / other_scale
    raise UnitError(f"`{unit}` measures {describe(unit)}, `{other}` {describe(other)}", f"write it in {other}")


def _counted(exponents: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """Exponents with copies and molecules as plain numbers of one kind, and without the cell that they belong to."""
    table = dict(exponents)
    number = table.pop("copies", 0) + table.pop("molecules", 0)
    table.pop("cells", None)
    return tuple(sorted({**table, "number": number}.items()))


def measures(unit: str, dimension: str) -> bool:
    """Whether a unit can express a dimension, given molar mass and solubility where they are needed."""
    try:
        factor(unit, dimension, molar_mass=1.0, solubility=1.0)
    except UnitError:
        return False
    return True


def convert(
    number: float, unit: str, dimension: str, *, molar_mass: float | None = None, solubility: float | None = None
) -> float:
    """A number in `unit` as a number in the internal unit of `dimension`; zero needs no unit."""
    if number == 0.0 and not unit:
        return 0.0
    return number * factor(unit, dimension, molar_mass=molar_mass, solubility=solubility)


def internal(
    value: Measured, dimension: str, *, molar_mass: float | None = None, solubility: float | None = None
) -> float:
    """A stated value in the internal unit of `dimension`.

    >>> internal(Quantity(1.0, "nM"), "concentration")  # doctest: +ELLIPSIS
    0.6022...
    """
    return convert(value.number, value.unit, dimension, molar_mass=molar_mass, solubility=solubility)


def from_internal(
    number: float, unit: str, dimension: str, *, molar_mass: float | None = None, solubility: float | None = None
) -> float:
    """A number in the internal unit of `dimension`, expressed in `unit`."""
    return number / factor(unit, dimension, molar_mass=molar_mass, solubility=solubility)


def parse_quantity(text: str) -> Quantity:
    """Read `0.5 mL`, `24h`, `1e10` or `50 %`.

    Raises UnitError where there is no number, or an unknown unit.
    """
    match = re.match(rf"\s*({NUMBER_PATTERN})\s*(.*?)\s*$", text)
    if match is None:
        raise UnitError(f"`{text.strip()}` does not begin with a number", "write for example `0.5 mL`", "quantity")
    number = float(match.group(1))
    if not math.isfinite(number):
        raise UnitError(f"`{match.group(1)}` is not a finite number", code="not-finite")
    unit = match.group(2)
    _in_base(unit)
    return Quantity(number, "" if unit == "x" else unit)
