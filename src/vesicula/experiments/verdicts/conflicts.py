"""Condition maps of claims that oppose each other: under which conditions each of them holds, as runs show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from vesicula.errors import VesiculaError
from vesicula.evidence.claims import ledger_of
from vesicula.evidence.folder import library_folder
from vesicula.units import nearest

if TYPE_CHECKING:
    from vesicula.compiler.drawing import Ensemble
    from vesicula.experiments.running import Measured
    from vesicula.results.assays import SmallestEffect
    from vesicula.results.description import MeasureLabel

Steps = tuple[str, ...]
Direction = Literal["rises", "falls", "stays"]
DIRECTIONS: Mapping[Direction, int] = MappingProxyType({"rises": 1, "falls": -1, "stays": 0})
DRAWS = 4
MOST_ARMS = 400


class ConflictError(VesiculaError):
    """A condition map that cannot be read or does not exist."""

    exit_code = 1


@dataclass(frozen=True)
class Side:
    """One of the claims: under a condition it holds where `measure` moves as said from `without` to `does`.

    least : smallest change that counts, as a share, for a measure whose assay sets none
    """

    claim: str
    says: str
    measure: str
    moves: Direction
    without: Steps
    does: Steps
    least: float | None = None


@dataclass(frozen=True)
class Axis:
    """A condition that a user sets. levels: shown name -> steps in every arm of that level."""

    name: str
    levels: Mapping[str, Steps]


@dataclass(frozen=True)
class ConflictMap:
    """Two claims, two conditions, and the model text in which both are read."""

    name: str
    topic: str
    about: str
    sides: tuple[Side, Side]
    axes: tuple[Axis, Axis]
    model: str

    @property
    def claims(self) -> tuple[str, str]:
        """The two claims."""
        return self.sides[0].claim, self.sides[1].claim


@dataclass(frozen=True)
class Held:
    """One cell of the map. share: of draws in which each claim holds; n: draws; moved: median relative change."""

    share: tuple[float, float]
    n: tuple[int, int]
    moved: tuple[float, float]


@dataclass(frozen=True)
class Mapped:
    """A map that was run. cells: by level of the second axis, then of the first."""

    conflict: ConflictMap
    cells: tuple[tuple[Held, ...], ...]
    draws: int
    core_seconds: float
    kept: bool
    units: tuple[str, str]
    smallest: tuple[str, str]


@lru_cache(maxsize=1)
def conflict_maps() -> Mapping[str, ConflictMap]:
    """All maps of the library by name."""
    folder = library_folder() / "conflicts"
    return MappingProxyType({path.stem: read_conflict(path) for path in sorted(folder.glob("*.yaml"))})


def maps_of(claim_id: str) -> tuple[ConflictMap, ...]:
    """The library's maps in which a claim is one side."""
    return tuple(one for one in conflict_maps().values() if claim_id in one.claims)


def read_conflict(path: Path) -> ConflictMap:
    """A map from its text. Raises ConflictError where the text is not one."""
    from ruamel.yaml import YAML, YAMLError

    try:
        data = cast("object", YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConflictError(f"{path} cannot be read: {error}", "name a file or a claim") from error
    except YAMLError as error:
        raise ConflictError(f"{path} is not valid YAML: {str(error).splitlines()[0]}", "mend the text") from error
    return _built(data, path)


def _built(data: object, path: Path) -> ConflictMap:
    """The typed map; every mistake names the entry."""
    top = _block(data, path.name)
    try:
        sides = [_side(key, _block(row, key)) for key, row in _block(top["claims"], "claims").items()]
        axes = [_axis(key, _block(row, key)) for key, row in _block(top["axes"], "axes").items()]
        model = str(top["model"])
        topic, about = (" ".join(str(top.get(key, "")).split()) for key in ("topic", "about"))
    except KeyError as error:
        raise ConflictError(f"{path.name} lacks the entry {error}", "see `vesicula conflict --help`") from None
    if len(sides) != 2 or len(axes) != 2:
        raise ConflictError(f"{path.name} has {len(sides)} claims and {len(axes)} axes", "a map has two of each")
    return ConflictMap(path.stem, topic, about, (sides[0], sides[1]), (axes[0], axes[1]), model)


def _block(found: object, what: str) -> Mapping[str, object]:
    if not isinstance(found, Mapping) or not found:
        raise ConflictError(f"{what} is not a block of `key: entry`", "see the texts under library/conflicts")
    return {str(key): entry for key, entry in cast("Mapping[object, object]", found).items()}


def _steps(found: object, what: str) -> Steps:
    if found is None:
        return ()
    if not isinstance(found, list):
        raise ConflictError(f"{what} is not a list of steps", "write `[]` or one step per line, each after a `-`")
    return tuple(str(one) for one in cast("list[object]", found))


def _side(key: str, row: Mapping[str, object]) -> Side:
    if key not in ledger_of():
        near = nearest(key, ledger_of())
        raise ConflictError(f"no claim is called {key}", f"did you mean {near}?" if near else "ids are like bm-051")
    moves = str(row["moves"])
    if moves not in DIRECTIONS:
        raise ConflictError(f"{key}: `moves` is {moves}", f"one of {', '.join(DIRECTIONS)}")
    without, does = (_steps(row.get(part), f"{key}: {part}") for part in ("without", "does"))
    says, least = " ".join(str(row["says"]).split()), row.get("at least")
    return Side(
        key,
        says,
        str(row["measure"]),
        cast("Direction", moves),
        without,
        does,
        None if least is None else _share(key, str(least)),
    )


def _share(key: str, said: str) -> float:
    number, percent, rest = said.partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not percent or rest or not 0 < share < 1:
        raise ConflictError(f"{key}: `at least` is {said}", "write a share, for example `5 %`")
    return share


def _axis(key: str, row: Mapping[str, object]) -> Axis:
    return Axis(key, MappingProxyType({level: _steps(steps, f"{key}: {level}") for level, steps in row.items()}))


def _arms(one: ConflictMap) -> Iterator[tuple[str, Steps]]:
    """Every arm of the map with its steps, named by its place and what is done; the same steps stand once."""
    first, second = one.axes
    for y, across in enumerate(second.levels.values()):
        for x, along in enumerate(first.levels.values()):
            for steps in dict.fromkeys(part for side in one.sides for part in (side.without, side.does)):
                yield _arm(one, x, y, steps), (*_not_taken_back((*along, *across), steps), *steps)


def _not_taken_back(levels: Steps, steps: Steps) -> Steps:
    """Steps of the levels without those that set what a doing sets: it takes them back."""
    taken = {one.split(" to ")[0] for one in steps if one.startswith("set ")}
    return tuple(one for one in levels if one.split(" to ")[0] not in taken)


def _arm(one: ConflictMap, x: int, y: int, steps: Steps) -> str:
    doings = list(dict.fromkeys(part for side in one.sides for part in (side.without, side.does)))
    return f"x{x} y{y} s{doings.index(steps)}"


def model_text(one: ConflictMap) -> str:
    """The text of the whole model: that of the map with one arm per condition and doing, no controls."""
    arms = list(_arms(one))
    if len(arms) > MOST_ARMS:
        raise ConflictError(f"{one.name} needs {len(arms)} arms", f"take fewer levels; {MOST_ARMS} arms at most")
    lines = [one.model.rstrip(), "", "controls: none", "", "arms:"]
    for name, steps in arms:
        lines.append(f"  {name}:" + ("" if steps else " []"))
        lines += [f"    - {step}" for step in steps]
    return "\n".join(lines) + "\n"


def run_conflict(
    one: ConflictMap, *, draws: int = DRAWS, seed: int = 1, cache: Path | None = None, ensemble: Ensemble | None = None
) -> Mapped:
    """Run all conditions in one batch and see where each claim holds.

    draws : of seed and parameters together, the same in every arm      cache : folder of finished runs
    ensemble : calibrated draws; None: draws of all ranges
    Raises  EnsembleError, ModelError, NumericalError, ConflictError
    """
    from vesicula.compiler import compile_model
    from vesicula.experiments.running import measured
    from vesicula.language import prepare

    model = prepare(model_text(one))
    known = {m.name for m in model.measures}
    for side in one.sides:
        if side.measure not in known:
            raise ConflictError(f"{one.name}: no measure is called {side.measure}", f"it has {', '.join(known)}")
    plan = model.run.model_copy(update={"seeds": 1, "draws": draws})
    compiled = compile_model(model.model_copy(update={"run": plan}), seed=seed, folder=None, ensemble=ensemble)
    result = measured(compiled, cache=cache)
    first, second = (len(axis.levels) for axis in one.axes)
    cells = tuple(tuple(_held(one, result, x, y) for x in range(first)) for y in range(second))
    labels = [result.label(side.measure) for side in one.sides]
    limits = [_limit(side, label) for side, label in zip(one.sides, labels, strict=True)]
    told = ["any change" if limit is None else f"{limit.share:.0%} ({limit.name})" for limit in limits]
    return Mapped(
        one, cells, draws, result.core_seconds, result.kept, (labels[0].unit, labels[1].unit), (told[0], told[1])
    )


def _limit(side: Side, label: MeasureLabel) -> SmallestEffect | None:
    """The smallest change that counts: the assay's, or where none is agreed the one that the map states."""
    from vesicula.results.assays import SmallestEffect, smallest_effect

    found = smallest_effect(label)
    if found is not None and side.least is not None:
        raise ConflictError(
            f"{side.claim}: {side.measure} is read by {found.name}, which shows {found.share:.0%}",
            "leave `at least` out: it is for measures whose assay sets no limit",
        )
    if found is not None or side.least is None:
        return found
    return SmallestEffect("as the map states", side.least)


def _held(one: ConflictMap, result: Measured, x: int, y: int) -> Held:
    """Both claims under one condition, draw by draw."""
    from vesicula.experiments.verdicts.judging import shown

    shares: list[float] = []
    counts: list[int] = []
    moved: list[float] = []
    for side in one.sides:
        label = result.label(side.measure)
        base = result.of(side.measure, _arm(one, x, y, side.without))
        end = result.of(side.measure, _arm(one, x, y, side.does))
        seen = shown(base, end[None], label.unit, _limit(side, label))
        shares.append(float((seen.signs == DIRECTIONS[side.moves]).mean()) if seen.n else 0.0)
        counts.append(seen.n)
        moved.append(seen.effect.median / seen.baseline.median if seen.n and seen.baseline.median else float("nan"))
    return Held((shares[0], shares[1]), (counts[0], counts[1]), (moved[0], moved[1]))


def holds(held: Held) -> tuple[bool, bool]:
    """Which of the two claims hold under a condition: in at least 80 % of the draws."""
    from vesicula.experiments.verdicts.judging import MOST

    return held.share[0] >= MOST, held.share[1] >= MOST


def map_summary(mapped: Mapped) -> str:
    """What the map shows, in one sentence."""
    first, second = mapped.conflict.claims
    found = [holds(held) for row in mapped.cells for held in row]
    both, neither = sum(map(all, found)), sum(not any(one) for one in found)
    only = [sum(one[i] and not one[1 - i] for one in found) for i in (0, 1)]
    n = len(found)
    parts = [(both, "both hold"), (only[0], f"only {first} holds"), (only[1], f"only {second} holds")]
    parts.append((neither, "neither holds"))
    shown = ", ".join(f"{what} in {count}" for count, what in parts if count)
    missing = [claim for i, claim in enumerate((first, second)) if not any(one[i] for one in found)]
    ending = f"; not shown anywhere on this map: {', '.join(missing)}" if missing else ""
    return f"Of {n} conditions {shown}{ending}."
