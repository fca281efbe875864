"""Where `--on` says that runs are done: processes of this machine under dask, a scheduler, or jobs of SLURM."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vesicula.errors import FileError, VesiculaError
from vesicula.experiments.workers.cluster import Cluster
from vesicula.experiments.workers.here import Here, cores
from vesicula.experiments.workers.spread import Workers
from vesicula.language.text import Mapping as Block
from vesicula.language.text import Node, Report, Scalar, Sequence, load
from vesicula.language.trees import tree
from vesicula.units import nearest

FORMS = "write `--on '4 processes'`, `--on tcp://HOST:PORT` of a dask scheduler, or `--on FILE.yaml` of SLURM jobs"
PROCESSES = re.compile(r"(\d+)\s+process(?:es)?")
ADDRESS = re.compile(r"(?:tcp|tls|ucx|ws|wss)://\S+:\d+")
MOST = 10_000
TIME = re.compile(r"(\d+-)?\d{1,2}(:\d{2}){1,2}|\d+-\d{1,2}|\d+")
SIZE = re.compile(r"\d+(\.\d+)?\s*[kMGT]i?B")


@dataclass(frozen=True)
class Entry:
    """An entry of a file of SLURM jobs. means : in words; form : of its text, a list of words where it is None"""

    means: str
    form: re.Pattern[str] | None = re.compile(r".+", re.DOTALL)
    needed: bool = False


COUNT = re.compile(r"[1-9]\d{0,4}")
ENTRIES: Mapping[str, Entry] = {
    "jobs": Entry("how many jobs, for example 10", COUNT, needed=True),
    "cores": Entry("cores of a job, each with one worker, for example 16", COUNT, needed=True),
    "memory": Entry("memory of a job, for example 64 GB", SIZE, needed=True),
    "walltime": Entry("longest time of a job, for example 04:00:00", TIME),
    "queue": Entry("the partition"),
    "account": Entry("the account"),
    "interface": Entry("network of the workers, for example ib0"),
    "python": Entry("the Python of the workers"),
    "local_directory": Entry("folder of a worker on its machine"),
    "log_directory": Entry("folder for what jobs say"),
    "job_script_prologue": Entry("lines before the workers start, as a list", None),
    "job_extra_directives": Entry("lines `#SBATCH …`, as a list", None),
}
"""Entries of a file of SLURM jobs, which but for `jobs` are arguments of `SLURMCluster` of dask-jobqueue."""


class PlaceError(VesiculaError):
    """`--on` names no place."""

    exit_code = 64


def workers_on(jobs: int | None = None, on: str | None = None, *, tell: Callable[[str], None] | None = None) -> Workers:
    """Whoever does the runs of a command: processes of this machine, or those of a place.

    jobs : processes here, by default one for each core
    on : `4 processes` (here, under dask), the address of a dask scheduler, or a file of SLURM jobs
    tell : told in words of workers that come and go
    Raises   PlaceError: it names no place; FileError: mistakes in the file
    Example  >>> with workers_on(on="4 processes") as workers:  # doctest: +SKIP
             ...     vesicula.sweep("starter", ["cells.recipient.divides=12..48 h:5"], jobs=workers)
    """
    if on is None:
        return Here(jobs or cores())
    if jobs is not None:
        raise PlaceError("`--jobs` counts processes of this machine, and `--on` names another place", "leave one out")
    said = on.strip()
    if match := PROCESSES.fullmatch(said):
        if not 1 <= int(match[1]) <= MOST:
            raise PlaceError(f"`--on '{said}'` asks for {match[1]} processes", f"take from 1 to {MOST:,}")
        return Cluster({"processes": int(match[1])}, said, tell)
    if ADDRESS.fullmatch(said):
        return Cluster({"address": said}, said, tell)
    if said.endswith((".yaml", ".yml")):
        return Cluster({"slurm": slurm_jobs(Path(said))}, said, tell)
    raise PlaceError(f"`--on {on}` names no place where runs are done", FORMS)


def slurm_jobs(path: Path) -> dict[str, object]:
    """Entries of a file of SLURM jobs. Raises FileError with every mistake; PlaceError where there is no SLURM"""
    report = Report()
    source = load(path, str(path), report)
    root = tree(source, report) if source is not None else None
    found: dict[str, object] = {}
    if isinstance(root, Block):
        for key, node in root.entries:
            _read(key, node, found, report)
        for name in (name for name, entry in ENTRIES.items() if entry.needed and root.key(name) is None):
            report.add("missing-key", root, f"`{name}` is missing: {ENTRIES[name].means}", f"add `{name}: …`")
    elif not report.errors:
        report.add("wrong-shape", root, "a block of `key: value` is expected", f"begin with `jobs: 10`: {_known()}",
                   file=str(path))  # fmt: skip
    if report.errors:
        raise FileError(report.diagnostics)
    if shutil.which("sbatch") is None:
        raise PlaceError(
            "there is no `sbatch` on this machine, so that no SLURM job can be sent", "start on a login node"
        )
    return found


def _read(key: Scalar, node: Node, found: dict[str, object], report: Report) -> None:
    entry = ENTRIES.get(key.value)
    if entry is None:
        near = nearest(key.value, ENTRIES)
        remedy = f"did you mean `{near}`?" if near else f"there are: {_known()}"
        report.add("unknown-key", key, f"SLURM jobs have no `{key.value}`", remedy)
    elif entry.form is None:
        lines = node.items if isinstance(node, Sequence) else ()
        if not lines or not all(isinstance(line, Scalar) for line in lines):
            report.add("wrong-shape", node, f"`{key.value}` is a list: {entry.means}", f"write `{key.value}: [...]`")
        found[key.value] = [line.value for line in lines if isinstance(line, Scalar)]
    elif not isinstance(node, Scalar) or not entry.form.fullmatch(node.value.strip()):
        report.add("cluster-entry", node, f"this is not {entry.means}", f"write for example {_example(entry)}")
    else:
        found[key.value] = int(node.value) if entry.form is COUNT else node.value.strip()


def _known() -> str:
    return ", ".join(ENTRIES)


def _example(entry: Entry) -> str:
    return entry.means.partition("for example ")[2] or "a word"
