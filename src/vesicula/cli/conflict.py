"""`vesicula conflict`: where each of two opposing claims holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from vesicula.cli import exits
from vesicula.cli.reading import write_text
from vesicula.cli.terminal import emit, emit_json, say
from vesicula.errors import VesiculaError

if TYPE_CHECKING:
    from vesicula.experiments.verdicts.conflicts import ConflictMap, Mapped


def answer_conflict(
    what: str | None, other: str | None, *, out: Path | None, draws: int | None, prior: bool, seed: int,
    as_json: bool,
) -> int:  # fmt: skip
    """List the maps, or run one and draw it."""
    if what is None:
        return _list(as_json=as_json)
    from vesicula.cli.calibrating import rows_of
    from vesicula.evidence.claims import ledger_of
    from vesicula.experiments.verdicts.conflicts import DRAWS, holds, map_summary, run_conflict
    from vesicula.experiments.verdicts.map_picture import picture
    from vesicula.experiments.verdicts.verifying import kept_runs

    one = _chosen(what, other)
    rows = None if prior else rows_of(ledger_of()[one.claims[0]])
    mapped = run_conflict(one, draws=draws or DRAWS, seed=seed, cache=kept_runs(), ensemble=rows)
    file = out or Path(f"{one.name}.svg")
    write_text(file, picture(mapped))
    if as_json:
        cells = [[asdict(held) | {"holds": holds(held)} for held in row] for row in mapped.cells]
        axes = {axis.name: list(axis.levels) for axis in one.axes}
        emit_json(
            {
                "map": one.name, "claims": one.claims, "axes": axes, "cells": cells, "draws": mapped.draws,
                "values": "" if rows is None else rows.words,
                "answer": map_summary(mapped), "picture": str(file),
                "core_seconds": mapped.core_seconds,
            }
        )  # fmt: skip
        return exits.OK
    _tell(mapped)
    emit(map_summary(mapped))
    emit(str(file))
    return exits.OK


def _list(*, as_json: bool) -> int:
    from vesicula.evidence.claims import document, ledgers
    from vesicula.experiments.verdicts.conflicts import conflict_maps

    maps = conflict_maps()
    if as_json:
        emit_json({"maps": [{"name": one.name, "claims": one.claims, "topic": one.topic} for one in maps.values()]})
        return exits.OK
    for one in maps.values():
        emit(f"{' '.join(one.claims)}  {one.topic}")
    listed = sum(len(document(name).contradictions) for name in ledgers())
    say(f"{len(maps)} maps; the reviews list {listed} contradictions (vesicula claims CLAIM shows those of a claim)")
    return exits.OK


def _chosen(what: str, other: str | None) -> ConflictMap:
    """The map of a file, a name, a claim, or a pair of claims."""
    from vesicula.evidence.search import found_claim
    from vesicula.experiments.verdicts.conflicts import ConflictError, conflict_maps, maps_of, read_conflict

    if other is None and Path(what).suffix in (".yaml", ".yml"):
        return read_conflict(Path(what))
    maps = conflict_maps()
    if other is None and what in maps:
        return maps[what]
    first = _claim(what)
    found = maps_of(first)
    if other is not None:
        second = found_claim(other).id
        found = tuple(one for one in found if second in one.claims)
        if not found:
            raise ConflictError(f"the library has no map of {first} and {second}", _known(first))
    if not found:
        raise ConflictError(f"the library has no map of {first}", _known(first))
    only, *others = found
    if others:
        names = ", ".join(f"{' '.join(one.claims)} ({one.name})" for one in found)
        raise ConflictError(f"{first} stands in {len(found)} maps", f"name one: {names}")
    return only


def _claim(what: str) -> str:
    from vesicula.evidence.search import found_claim
    from vesicula.experiments.verdicts.conflicts import conflict_maps
    from vesicula.units import nearest

    if any(c.isdigit() for c in what):
        return found_claim(what).id
    near = nearest(what, conflict_maps())
    remedy = f"did you mean {near}?" if near else "`vesicula conflict` lists the maps"
    raise VesiculaError(f"no map is called {what}", remedy)


def _known(claim_id: str) -> str:
    """What the ledger says of a contradiction that has no map."""
    from vesicula.evidence.claims import document, ledger_of

    topics = [t for t in document(ledger_of()[claim_id]).contradictions if claim_id in t.claims]
    said = "; ".join(f"{topic.topic}: {topic.resolution}" for topic in topics)
    how = "write one as a file, from a text under library/conflicts, and run `vesicula conflict FILE.yaml`"
    return f"the review's ledger says: {said}. {how}" if said else how


def _tell(mapped: Mapped) -> None:
    """The map in letters: A, B, AB or - by condition."""
    from vesicula.experiments.verdicts.conflicts import holds

    one = mapped.conflict
    for letter, side in zip("AB", one.sides, strict=True):
        emit(f"{letter}  {side.claim}: {side.says}")
    first, second = one.axes
    width = max(len(level) for level in (*second.levels, second.name))
    columns = [max(len(level), 2) for level in first.levels]
    emit(f"\n{'':<{width}}  {first.name}")
    emit(f"{second.name:<{width}}  " + "  ".join(f"{v:<{n}}" for v, n in zip(first.levels, columns, strict=True)))
    for level, row in zip(second.levels, mapped.cells, strict=True):
        letters = ["".join(x for x, held in zip("AB", holds(cell), strict=True) if held) or "-" for cell in row]
        emit(f"{level:<{width}}  " + "  ".join(f"{v:<{n}}" for v, n in zip(letters, columns, strict=True)))
    emit("")
