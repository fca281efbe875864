"""Which experiments of the library test which claims, told as a laboratory would tell them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vesicula.errors import ModelError
from vesicula.evidence.folder import library_folder
from vesicula.experiments.verdicts.asked import files_of, levels_of
from vesicula.language import library_models, read
from vesicula.language.model import Arm, Labware, Model, Site
from vesicula.language.values import Value
from vesicula.results.bench_labels import value_text

RANGE = re.compile(r"\s*\([^()]*\.\.[^()]*\)")
SOURCE = re.compile(r"\s+@[A-Za-z][\w\-]*")
BLOCKS = ("plate", "kind", "area", "volume", "top", "bottom", "pores", "coat")


@dataclass(frozen=True)
class Told:
    """The experiment of a claim in words.

    where : labware and sites      parts : of the library      start, always : sentences that hold in all arms
    baseline, levels : (arm, its steps)      file : of the experiment, under the library's folder
    """

    claim: str
    file: str
    question: str
    where: tuple[str, ...]
    parts: tuple[str, ...]
    start: tuple[str, ...]
    always: tuple[str, ...]
    baseline: tuple[str, tuple[str, ...]]
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    measure: str
    span: str


@dataclass(frozen=True)
class Files:
    """All experiment files of a ledger. told: claim -> its experiments; texts: file -> its text; broken: those that
    cannot be read, with the reason.
    """

    told: Mapping[str, tuple[Told, ...]]
    texts: Mapping[str, str]
    broken: Mapping[str, str]


def experiments_of(ledger: str) -> Files:
    """The experiments that files and models of the library hold for the claims of a ledger."""
    told: dict[str, list[Told]] = {}
    texts: dict[str, str] = {}
    broken: dict[str, str] = {}
    root = library_folder()
    models = [root / "models" / f"{name}.yaml" for name in library_models()]
    for path in (*files_of(ledger), *models):
        shown = path.relative_to(root).as_posix()
        try:
            model = read(path)
        except ModelError as error:
            broken[shown] = error.message
            continue
        if model.experiments:
            texts[shown] = path.read_text(encoding="utf-8")
        for one in _told(model, path, shown):
            told.setdefault(one.claim, []).append(one)
    return Files({key: tuple(rows) for key, rows in told.items()}, texts, broken)


def _told(model: Model, path: Path, shown: str) -> Iterator[Told]:
    arms = {arm.name: arm for arm in model.arms}
    measures = {one.name: one.text for one in model.measures}
    for one in model.experiments:
        levels = [name for name in levels_of(model, one) if name in arms]
        if one.baseline not in arms or not levels:
            continue
        yield Told(
            claim=one.claim,
            file=shown,
            question=" ".join((model.question or path.stem).split()),
            where=(*map(_labware, model.labware), *map(_site, model.sites)),
            parts=tuple(model.use),
            start=tuple(_plain(s.text) for s in model.start),
            always=tuple(_plain(s.text) for s in model.protocol),
            baseline=(one.baseline, _steps(arms[one.baseline])),
            levels=tuple((name, _steps(arms[name])) for name in levels if name != one.baseline),
            measure=_plain(measures.get(one.measure, one.measure)),
            span="" if model.run.duration is None else value_text(model.run.duration),
        )


def _steps(arm: Arm) -> tuple[str, ...]:
    return tuple(_plain(step.text) for step in arm.steps)


def _plain(sentence: str) -> str:
    """A sentence without ranges and sources, as it would be said aloud."""
    return SOURCE.sub("", RANGE.sub("", sentence))


def _labware(one: Labware) -> str:
    parts = [one.plate or one.kind or ""]
    parts += [f"{key} {value_text(found)}" for key in BLOCKS[2:] if (found := getattr(one, key)) is not None]
    return f"{one.name}: {', '.join(part for part in parts if part)}".removesuffix(": ")


def _site(one: Site) -> str:
    edges = _edges(one.size)
    return f"{one.name}: {one.kind}{f', {edges}' if edges else f', {value_text(one.volume)}' if one.volume else ''}"


def _edges(size: Iterable[Value]) -> str:
    return " × ".join(map(value_text, size))
