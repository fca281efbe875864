"""The run folder: what is in it, and how a crash at any moment leaves it readable.

program           compiled program and random keys     written first
manifest.json     what was run, status, times          replaced atomically
draws.parquet     drawn value of every parameter       written once
journal           series and ledgers, record by record append-only, each record checked
snapshots.zarr    fields (OME-Zarr 0.5) and cells      one chunk per record; valid where the journal has the record
checkpoint/       full state in two alternating slots  replaced atomically
series.parquet, ledger.parquet                         the journal as tables, when a run ends or a report is made
sweep.json, sweep.parquet, sensitivity.json …         what was asked about the run's model since (`mapped`)
report.html
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from vesicula.engine.system import SystemState
from vesicula.errors import RunFolderError
from vesicula.results import checkpoints
from vesicula.results.bundle import Bundle, pack
from vesicula.results.description import FOLDER_FORMAT, RunDescription
from vesicula.results.durable import cannot_write, replace_file
from vesicula.results.journal import Journal, records

if TYPE_CHECKING:
    import pandas as pd


MANIFEST, JOURNAL, SNAPSHOTS, CHECKPOINT = "manifest.json", "journal", "snapshots.zarr", "checkpoint"
PROGRAM = "program"
SERIES, LEDGER, DRAWS, REPORT = "series.parquet", "ledger.parquet", "draws.parquet", "report.html"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class RunFolder:
    """A run on disk. Reading needs `open`; writing needs `create` or `resume`, one process at a time."""

    def __init__(self, path: Path, description: RunDescription, manifest: dict[str, object]) -> None:
        self.path = path
        self.description = description
        self._manifest = manifest
        self._written: dict[str, tuple[object, str]] = {}  # values of the manifest and their text
        self._journal: Journal | None = None
        self.acted = False  # whether the experimenter had acted at the macro step of the states `resume` gave

    # --- making and opening

    @classmethod
    def create(
        cls, path: str | Path, description: RunDescription, *, program_hash: str = "",
        program: bytes = b"", draws: dict[str, np.ndarray] | None = None, replace: bool = False,
    ) -> RunFolder:  # fmt: skip
        """A new folder, ready for records.

        program_hash : what `resume` compares      draws : parameter path -> float64[n_variants], internal units
        program : `stored_program.packed`, in place before the folder counts as a run, so that it can always go on
        replace : remove an older run that stands there
        Raises     RunFolderError where something else stands at `path`, or an older run and not `replace`
        """
        path = Path(path)
        _make_room(path, replace=replace)
        manifest: dict[str, object] = {
            "format": FOLDER_FORMAT, "status": "running", "started": _now(), "ended": None, "wall_s": 0.0,
            "problem": None, "program": program_hash, "description": description.model_dump(mode="json"),
        }  # fmt: skip
        folder = cls(path, description, manifest)
        try:
            path.mkdir(parents=True, exist_ok=True)
            (path / CHECKPOINT).mkdir()
            if program:
                replace_file(path / PROGRAM, program)
            if draws:
                from vesicula.results.tables import write_draws

                write_draws(path / DRAWS, draws)
            folder._write_manifest()
            folder._journal = Journal(path / JOURNAL)
        except OSError as error:
            raise cannot_write(path, error, "name another folder with `--out`") from error
        return folder

    @classmethod
    def open(cls, path: str | Path) -> RunFolder:
        """An existing folder, for reading; raises RunFolderError."""
        path = Path(path)
        file = path / MANIFEST
        if not path.is_dir():
            raise RunFolderError(f"there is no run folder {path}")
        if not file.is_file():
            raise RunFolderError(
                f"{path} is no run folder: it has no {MANIFEST}", "a run that crashed before its first moment has none"
            )
        try:
            manifest = json.loads(file.read_bytes())
            if manifest["format"] != FOLDER_FORMAT:
                raise RunFolderError(
                    f"{path} has folder format {manifest['format']}; this version reads format {FOLDER_FORMAT}",
                    "read it with the version of Vesicula that wrote it",
                )
            description = RunDescription.model_validate(manifest["description"])
        except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
            raise RunFolderError(
                f"{file} cannot be read: {str(error).splitlines()[0]}",
                "restore the file, or run the model again into another folder",
            ) from error
        return cls(path, description, manifest)

    @property
    def unbegun(self) -> bool:
        """Whether the run stopped before its first checkpoint, so that it has to start anew."""
        folder = self.path / CHECKPOINT
        return checkpoints.read(folder) is None and not checkpoints.damaged(folder)

    def resume(self, *, program_hash: str = "", first: SystemState | None = None) -> SystemState:
        """Open for writing at the newest checkpoint: forget records after it and return the states.

        first : states of all sites at time 0, where the run is `unbegun`
        Raises     RunFolderError: run finished, no whole checkpoint, another program, or another process writes
        """
        if self.status == "finished":
            raise RunFolderError(f"the run in {self.path} is finished", "there is nothing to resume")
        found = self._checkpoint() if first is None else checkpoints.Checkpoint(first, -1, False, "")
        if program_hash and found.program_hash and program_hash != found.program_hash:
            raise RunFolderError(
                f"the model in {self.path} no longer compiles to the program that ran",
                "the library or Vesicula changed; resume with the versions in the manifest, or run it again",
            )
        self._open_journal()
        assert self._journal is not None
        now = (found.step, found.after)
        kept = [end for bundle, end in records(self.path / JOURNAL) if checkpoints.moment(bundle.header) <= now]
        self._journal.cut(kept[-1] if kept else 0)
        self._manifest |= {"status": "running", "problem": None, "ended": None}
        self._write_manifest()
        self.acted = found.after
        return found.states

    def begin_again(self) -> None:
        """Open for writing from the start, without any record; raises RunFolderError as `resume`."""
        if self.status == "finished":
            raise RunFolderError(f"the run in {self.path} is finished", "there is nothing to resume")
        self._open_journal()
        assert self._journal is not None
        self._journal.cut(0)
        self._manifest |= {"status": "running", "problem": None, "ended": None}
        self._write_manifest()

    def _open_journal(self) -> None:
        try:
            self._journal = Journal(self.path / JOURNAL)
        except BlockingIOError as error:
            raise RunFolderError(f"another process writes to {self.path}") from error

    # --- writing

    def append_record(self, step: int, arrays: dict[str, np.ndarray], *, after: bool = False) -> None:
        """Add one record to the journal; raises RunFolderError where the disk does not take it.

        after : made after the experimenter had acted at this macro step
        """
        if self._journal is None:
            raise RunFolderError(f"{self.path} is open for reading only")
        try:
            self._journal.append(pack(arrays, {"step": step, "after": after}))
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def checkpoint(self, states: SystemState, *, wall_s: float = 0.0, after: bool = False) -> None:
        """Keep the full state of all sites; `wall_s` seconds of work are added to the manifest's.

        after : the experimenter has acted at the states' macro step already
        """
        try:
            checkpoints.write(self.path / CHECKPOINT, states, program_hash=str(self._manifest["program"]), after=after)
            self._manifest["wall_s"] = float(str(self._manifest["wall_s"])) + wall_s
            self._write_manifest()
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def finish(self, states: SystemState, *, wall_s: float = 0.0, after: bool = False) -> None:
        """Keep the last state, write the tables and close: the run is complete."""
        self.checkpoint(states, wall_s=wall_s, after=after)
        self.write_tables()
        self._close("finished", None)

    def interrupt(self, problem: str | None = None) -> None:
        """Close a run that stops before its end (by the user, or with the `problem` that stopped it)."""
        self._close("failed" if problem else "interrupted", problem)

    def write_tables(self) -> None:
        """Write `series.parquet` and `ledger.parquet` from what the journal holds."""
        from vesicula.results import tables

        whole = self.records()
        try:
            tables.write(self.path / SERIES, tables.series(self.description, whole))
            tables.write(self.path / LEDGER, tables.ledger(self.description, whole))
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _close(self, status: str, problem: str | None) -> None:
        self._manifest |= {"status": status, "problem": problem, "ended": _now()}
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        try:
            self._write_manifest()
        except OSError as error:
            if status == "finished":
                raise cannot_write(self.path, error) from error

    def _write_manifest(self) -> None:
        for key, value in self._manifest.items():
            if key not in self._written or self._written[key][0] is not value:
                text = json.dumps({key: value}, indent=1, ensure_ascii=False)
                self._written[key] = value, text.removeprefix("{\n").removesuffix("\n}")
        lines = (self._written[key][1] for key in self._manifest)
        replace_file(self.path / MANIFEST, ("{\n" + ",\n".join(lines) + "\n}").encode())

    # --- reading

    @property
    def status(self) -> str:
        """`finished`, `interrupted`, `failed`, or `running` (also after a crash, when nobody was left to say so)."""
        return str(self._manifest["status"])

    @property
    def problem(self) -> str | None:
        """What stopped a failed run."""
        problem = self._manifest.get("problem")
        return None if problem is None else str(problem)

    @property
    def started(self) -> str:
        """Date and time (UTC) at which the run began."""
        return str(self._manifest["started"])

    @property
    def wall_s(self) -> float:
        """Seconds of work up to the last checkpoint."""
        return float(str(self._manifest["wall_s"]))

    def records(self) -> list[Bundle]:
        """Every whole record of the journal, in order of time."""
        return [bundle for bundle, _ in records(self.path / JOURNAL)]

    def recorded_steps(self) -> list[int]:
        """Macro steps of the whole records."""
        return [int(str(bundle.header["step"])) for bundle in self.records()]

    def last_state(self) -> SystemState:
        """States of all sites in the newest checkpoint; raises RunFolderError."""
        return self._checkpoint().states

    def _checkpoint(self) -> checkpoints.Checkpoint:
        found = checkpoints.read(self.path / CHECKPOINT)
        if found is not None:
            return found
        damaged = checkpoints.damaged(self.path / CHECKPOINT)
        if damaged:
            raise RunFolderError(
                f"no checkpoint in {self.path} is whole: {', '.join(damaged)} cannot be read",
                "the records up to the crash are still readable (`vesicula report`); run the model again to go on",
            )
        raise RunFolderError(
            f"the run in {self.path} stopped before its first checkpoint", "run the model again into this folder"
        )

    def series(self) -> pd.DataFrame:
        """Measures and standard series: time_min, moment, arm, replicate, draw, seed, site, measure, value, unit, kind.

        moment : `before` what the experimenter does at that time, `after` it; where nothing is done, only `after`
        """
        from vesicula.results import tables

        return tables.series(self.description, self.records()).to_pandas()

    def ledger(self) -> pd.DataFrame:
        """Ledgers at every record: time_min, moment, arm, replicate, site, ledger, what, partner, term, value, unit."""
        from vesicula.results import tables

        return tables.ledger(self.description, self.records()).to_pandas()

    def draws(self) -> pd.DataFrame:
        """Values of the parameters that differ between variants, in internal units: one row per variant."""
        from vesicula.results import tables

        return tables.read_draws(self.path / DRAWS, len(self.description.variants))


def _make_room(path: Path, *, replace: bool) -> None:
    """Refuse a path that holds something; remove an older run if told to, and nothing else."""
    if path.exists() and not path.is_dir():
        raise RunFolderError(f"{path} is a file", "name a folder that does not exist yet")
    if not path.exists() or not any(path.iterdir()):
        return
    if not (path / MANIFEST).is_file() and not (path / CHECKPOINT).is_dir():
        raise RunFolderError(f"{path} is not empty and holds no run", "name a folder that does not exist yet")
    if not replace:
        raise RunFolderError(f"{path} already holds a run", "name another folder, or allow it to be replaced")
    shutil.rmtree(path)
