"""`vesicula verify`: the experiments of reference models, with progress, and the board."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vesicula.cli import exits
from vesicula.cli.calibrating import rows_of
from vesicula.cli.columns import emit_rows
from vesicula.cli.progress import duration
from vesicula.cli.terminal import emit, emit_json, say

if TYPE_CHECKING:
    from vesicula.experiments.verdicts.board import Board
    from vesicula.experiments.verdicts.verifying import Finished, Watch
    from vesicula.experiments.workers.spread import Workers

FOLDER = Path("board")
IDS = re.compile(r"[\s,;]+")


def verify_models(
    model: str | None, *, claims: str | None, quick: bool, draws: int | None, prior: bool, jobs: int | None,
    on: str | None, out: Path | None, store: bool, roles: bool, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Run the experiments and show the board of each model. Returns the exit code."""
    from vesicula.evidence.claims import ledgers
    from vesicula.evidence.search import found_claim
    from vesicula.experiments.workers.places import workers_on

    ids = [found_claim(word).id for word in IDS.split(claims or "") if word]
    if store and (quick or ids or draws):
        raise typer.BadParameter("--store keeps whole boards; it does not go with --quick, --claims or --draws")
    file = None if model is None or model in ledgers() else _file(model)
    if store and file is not None:
        raise typer.BadParameter("--store keeps whole boards, not the answers of one file")
    names = _models(model, file, ids)
    if roles:
        from vesicula.cli.roles import write_roles

        return write_roles(names, as_json=as_json)
    folder, shown = out or FOLDER, {}
    with workers_on(jobs, on, tell=None if quiet else say) as workers:
        for name in names:
            mine = [key for key in ids if key in _ledger(name)]
            board = _verified(name, file, mine, quick, draws, workers, store, prior=prior, quiet=quiet)
            paths = _written(board, folder)
            shown[name] = board.counts()
            if not as_json:
                _tell(board, paths)
    if as_json:
        emit_json(shown[names[0]] if len(names) == 1 else shown)
    return exits.OK


def _ledger(name: str) -> frozenset[str]:
    from vesicula.evidence.claims import ledger

    return frozenset(ledger(name))


def _file(model: str) -> Path:
    from vesicula.evidence.claims import ledgers

    path = Path(model)
    if not path.is_file():
        raise typer.BadParameter(
            f"{model!r} is neither an experiment file nor a reference model: {', '.join(ledgers())}"
        )
    return path


def _models(model: str | None, file: Path | None, ids: Sequence[str]) -> list[str]:
    """Reference models that are asked for: by name, by the claims, by the file's claims, or all with experiments."""
    from vesicula.evidence.claims import ledger_of, ledgers
    from vesicula.experiments.verdicts.asked import files_of
    from vesicula.experiments.verdicts.verifying import claims_in

    if file is not None:
        known = [ledger_of()[key] for key in claims_in(file) if key in ledger_of()]
        if not known:
            raise typer.BadParameter(f"{file.name} tests no claim; `vesicula check {file}` shows what is wrong")
        return [known[0]]
    if model is not None:
        return [model]
    if ids:
        return list(dict.fromkeys(ledger_of()[key] for key in ids))
    return [name for name in ledgers() if files_of(name)]


def _verified(
    name: str, file: Path | None, ids: list[str], quick: bool, draws: int | None, workers: Workers, store: bool, *,
    prior: bool, quiet: bool,
) -> Board:  # fmt: skip
    from vesicula.experiments.verdicts import stored
    from vesicula.experiments.verdicts.scoreboard import board, scored_with_all
    from vesicula.experiments.verdicts.verifying import claims_in, kept_runs, run_tasks, task_of, tasks

    rows = None if prior else rows_of(name)
    if file is None:
        todo = tasks(name, claims=scored_with_all(ids), draws=draws, quick=quick, cache=kept_runs(), ensemble=rows)
    else:
        todo = [task_of(file, draws=draws, quick=quick, cache=kept_runs(), ensemble=rows)]
        ids = ids or [key for key in claims_in(file) if key in _ledger(name)]
    if todo and not quiet:
        say(f"{name}: {len(todo)} experiment files, {min(workers.count, len(todo))} at once")
    try:
        finished = run_tasks(todo, jobs=workers, watch=None if quiet else _watch())
    except KeyboardInterrupt:
        say("stopped; what is finished is kept, and the same command goes on from there")
        raise
    made = board(name, finished, definitions=_definitions(name), quick=quick, only=ids)
    if store:
        say(f"stored: {stored.store(made, finished)}")
    return made


def _watch() -> Watch:
    from vesicula.experiments.verdicts.verifying import Broken

    begun = time.monotonic()

    def watch(done: int, all_of_them: int, answer: Finished) -> None:
        spent = time.monotonic() - begun
        left = duration(spent / done * (all_of_them - done))
        if isinstance(answer, Broken):
            how = answer.reason if answer.left_out else f"no verdict: {answer.reason}"
        else:
            how = f"{len(answer.trials)} claims, {duration(answer.all_core_seconds)} of a core"
            how += ", from the cache" if answer.kept else ""
        say(f"{done}/{all_of_them}  {answer.file}: {how} · {left} left")

    return watch


def _definitions(name: str) -> tuple:
    """Checks of the model's structure; none where the library has no such model, or it has mistakes."""
    from vesicula.errors import ModelError
    from vesicula.language import library_models, prepare
    from vesicula.language.definitions import definition_findings

    if name not in library_models():
        return ()
    try:
        return definition_findings(prepare(name))
    except ModelError as error:
        say(f"the definitions of {name} cannot be checked: {error.message}")
        return ()


def _written(board: Board, folder: Path) -> tuple[Path, ...]:
    from vesicula.experiments.verdicts.board_page import write_board

    return write_board(board, folder)


def _tell(board: Board, paths: Sequence[Path]) -> None:
    """The board as a person reads it: what ran, what changed, and where all of it stands."""
    from vesicula.experiments.verdicts.board import headline
    from vesicula.experiments.verdicts.board_page import agreeing, at_stated, caution, why, worked
    from vesicula.experiments.verdicts.stored import verdict_words

    rows = [row for row in board.rows if row.tested or row.file]
    emit_rows(
        (
            (row.claim, verdict_words(row.outcome, row.provenance), agreeing(row), at_stated(row), row.file, why(row))
            for row in rows
        ),
        heading=("claim", "verdict", "draws", "seeds", "file", "why"),
    )
    other = [row for row in board.rows if row.last and row.last != verdict_words(row.outcome, row.provenance)]
    for row in () if board.quick else other:
        now = verdict_words(row.outcome, row.provenance)
        emit(f"{row.claim} was {row.last}, is {now}: {row.explained or 'not explained'}")
    marked = [row for row in rows if row.changed]
    if marked:
        emit(f"values changed since the stored verdict: {', '.join(row.claim for row in marked)}")
    emit(f"\n{headline(board)}\n{caution(board)}\n{worked(board)}")
    say(f"board: {', '.join(str(path) for path in paths)}")
