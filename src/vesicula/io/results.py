"""What a file becomes: particles, amounts of a nucleic acid, or a table; each says what was read, left out, assumed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from pydantic_core import to_jsonable_python

from vesicula.io.trouble import refuse

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Account:
    """Sentences: what was read, what was left out, what was assumed, and what of it is to be doubted."""

    read: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass
class Notes:
    """An account while a file is read."""

    read: list[str] = field(default_factory=list[str])
    left_out: list[str] = field(default_factory=list[str])
    assumed: list[str] = field(default_factory=list[str])
    doubts: list[str] = field(default_factory=list[str])

    def done(self) -> Account:
        """The account, each sentence once."""
        lists = (self.read, self.left_out, self.assumed, self.doubts)
        return Account(*(tuple(dict.fromkeys(one for one in sentences if one)) for sentences in lists))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a file holds. kind : the form that it has, in words; file : its name"""

    file: str
    kind: str
    account: Account

    def as_dict(self) -> dict[str, object]:
        """The reading for programs (`--json`)."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return to_jsonable_python({"becomes": type(self).__name__.lower(), **found}, inf_nan_mode="null")


@dataclass(frozen=True)
class SizeClass:
    """Particles of one class of size. nm : its middle; per_mL : as measured, None where only counted; counted"""

    nm: float
    per_mL: float | None
    counted: float | None = None


@dataclass(frozen=True, kw_only=True)
class Particles(Reading):
    """Particles of one sample.

    measured : particles/mL in what was measured, after dilution; None where a file only counts
    repeats : the same of each video or position, float[n]      repeat : what they are called
    sd : of the repeats; None where there are none      dilution : by which the sample was thinned; None: not said
    hinted : dilution that a name hints at, which is not taken      counted : tracks, traces or events
    sizes : nm by name (mean, mode, D10, D50, D90)      classes : size classes      ug_per_mL : protein of the sample
    by_setting : mean and number of repeats by setting of the camera
    """

    sample: str
    measured: float | None
    repeats: tuple[float, ...] = ()
    repeat: str = "videos"
    sd: float | None = None
    dilution: float | None = None
    hinted: float | None = None
    counted: float | None = None
    sizes: Mapping[str, float] = field(default_factory=dict[str, float])
    classes: tuple[SizeClass, ...] = ()
    ug_per_mL: float | None = None

    @property
    def n(self) -> int:
        """Number of repeats."""
        return len(self.repeats)

    @property
    def se(self) -> float | None:
        """Standard error of the mean of the repeats."""
        return None if self.sd is None else self.sd / math.sqrt(self.n)

    @property
    def per_mL(self) -> float:
        """Particles/mL of the sample before dilution. Raises FileError where the dilution is not said."""
        if self.measured is None:
            refuse(
                self.file, "file-asked", "it counts particles and says no volume, so there is no number per mL",
                "give a file with concentrations",
            )  # fmt: skip
        if self.dilution is None:
            hint = f"; a name hints at {self.hinted:g}" if self.hinted else ""
            refuse(
                self.file, "file-asked", f"the dilution of the sample is not recorded{hint}",
                f"add `--dilution {self.hinted or 1000:g}` with the number that you thinned by, or 1",
            )  # fmt: skip
        return self.measured * self.dilution

    @property
    def relative_sd(self) -> float | None:
        """Standard deviation of the logarithm: of repeats, else of what was counted (1/√n); None where neither is."""
        if self.measured and self.sd is not None:
            return math.sqrt(math.log1p((self.sd / self.measured) ** 2))
        return 1.0 / math.sqrt(self.counted) if self.counted else None

    @property
    def per_ug(self) -> float | None:
        """Particles per µg of protein, where the protein is said."""
        return None if self.ug_per_mL is None else self.per_mL / self.ug_per_mL


@dataclass(frozen=True)
class Curve:
    """A standard curve: Ct = intercept + slope log10(quantity).

    efficiency : 10^(−1/slope) − 1, as a share; error : standard deviation of Ct around it; fitted : from the standards
    here, else as the file states; low, high : least and most of the standards; points : standards with Ct
    """

    target: str
    slope: float
    intercept: float
    efficiency: float
    r2: float | None = None
    error: float | None = None
    fitted: bool = False
    low: float | None = None
    high: float | None = None
    points: int = 0

    def quantity(self, ct: float) -> float:
        """Quantity at a Ct."""
        return 10.0 ** ((ct - self.intercept) / self.slope)


@dataclass(frozen=True)
class Well:
    """One reaction. role : unknown, standard or control; ct : cycles; quantity : of it; concentration : copies/µL"""

    well: str
    sample: str
    target: str
    role: str
    dye: str = ""
    ct: float | None = None
    quantity: float | None = None
    concentration: float | None = None
    low: float | None = None
    high: float | None = None
    line: int = 0


@dataclass(frozen=True)
class Amount:
    """Of one target in one sample. n : wells; copies : mean per well, with sd; each None where it was not measured

    concentration : copies/µL of the reaction (digital PCR), with sd
    """

    sample: str
    target: str
    n: int
    ct: float | None = None
    ct_sd: float | None = None
    copies: float | None = None
    copies_sd: float | None = None
    concentration: float | None = None
    concentration_sd: float | None = None
    concentration_low: float | None = None
    concentration_high: float | None = None
    wells: tuple[str, ...] = ()


def standards_of(wells: Sequence[Well], target: str) -> list[tuple[float, float]]:
    """Standards of a target among wells: log10 of their quantity, and Ct."""
    return [
        (math.log10(one.quantity), one.ct)
        for one in wells
        if one.target == target and one.role == "standard" and one.ct is not None and one.quantity and one.quantity > 0
    ]


@dataclass(frozen=True, kw_only=True)
class Amounts(Reading):
    """Amounts of nucleic acids by sample and target. relative : whether only ratios can be said, for want of a curve"""

    amounts: tuple[Amount, ...]
    wells: tuple[Well, ...]
    curves: tuple[Curve, ...] = ()
    relative: bool = False

    def standards(self, target: str) -> list[tuple[float, float]]:
        """Standards of a target: log10 of their quantity, and Ct."""
        return standards_of(self.wells, target)

    def curve(self, target: str) -> Curve | None:
        """The standard curve of a target."""
        return next((one for one in self.curves if one.target == target), None)


@dataclass(frozen=True)
class Entry:
    """One value of a table. minutes : None for an end point; mark : what stood where no value could be read"""

    arm: str
    measure: str
    value: float | None
    minutes: float | None = None
    sd: float | None = None
    replicate: str = ""
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class Values(Reading):
    """A table of values: of wells, samples or arms, at an end or over time. unit : by measure"""

    entries: tuple[Entry, ...]
    unit: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, measure: str) -> Sequence[Entry]:
        """Entries of a measure."""
        return [one for one in self.entries if one.measure == measure]

    @property
    def arms(self) -> tuple[str, ...]:
        """Wells, samples or arms, in the order in which they first come."""
        return tuple(dict.fromkeys(one.arm for one in self.entries))

    @property
    def measures(self) -> tuple[str, ...]:
        """What was read."""
        return tuple(dict.fromkeys(one.measure for one in self.entries))

    @property
    def missing(self) -> tuple[Entry, ...]:
        """Entries without a value."""
        return tuple(one for one in self.entries if one.value is None)


@dataclass(frozen=True)
class Place:
    """Where a cell lies, in µm. kind : as the file calls it, or empty"""

    x: float
    y: float
    z: float | None = None
    kind: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Places(Reading):
    """Positions of cells."""

    places: tuple[Place, ...]
