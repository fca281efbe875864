"""All experiment files of a ledger, each one job; what is finished stays in the cache, so a killed run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from vesicula.compiler.drawing import Ensemble
from vesicula.errors import ModelError, ResourceError, VesiculaError
from vesicula.evidence.claims import claim
from vesicula.evidence.vocabulary import vocabulary
from vesicula.experiments.verdicts.asked import files_of
from vesicula.experiments.verdicts.board import Needed
from vesicula.experiments.verdicts.bringing import Runs, keep_runs, note_used, runs_at, used_last
from vesicula.experiments.verdicts.trials import Trials, run_file, tier_of
from vesicula.experiments.workers.carried import Carried, carried
from vesicula.experiments.workers.here import Jobs, working
from vesicula.experiments.workers.spread import Lost, spread
from vesicula.kept import user_cache
from vesicula.language.reading.experiments import claim_of
from vesicula.results.loading import Verdict as LoadingVerdict

QUICK_DRAWS = 8
LIMIT, QUICK_LIMIT = 600.0, 1.5  # core-seconds of one run
KEEPS = "experiments"  # folder under the user's cache


@dataclass(frozen=True)
class Broken:
    """A file whose experiments could not be run. claims : those that it would test; reason : the first diagnostic."""

    file: str
    claims: tuple[str, ...]
    reason: str
    left_out: bool = False


Finished = Trials | Broken
Watch = Callable[[int, int, Finished], None]


@dataclass(frozen=True)
class Task:
    """One file.

    draws : instead of the tier's      quick : tier A alone, with few cells and without ablation
    ensemble : calibrated draws
    far : it goes where neither its files nor `cache` are, so that it carries all that it names, and the runs that it
    used last      brought : these runs, once it is there
    """

    path: Path
    draws: int | None
    quick: bool
    cache: Path | None
    claims: tuple[str, ...]
    ensemble: Ensemble | None = None
    far: bool = False
    brought: Runs | None = None

    def __reduce__(self) -> tuple[object, ...]:
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        if self.far:
            runs = {} if self.cache is None else runs_at(self.cache, used_last(self.cache, self.path))
            own |= {"path": carried(self.path), "cache": None, "far": False, "brought": runs}
        return _unpacked, (own,)


def _unpacked(own: dict[str, Any]) -> Task:
    path = own["path"]
    here: dict[str, Any] = own | {"path": path.unpacked() if isinstance(path, Carried) else path}
    return Task(**here)


def tasks(
    model: str, *, claims: Sequence[str] = (), draws: int | None = None, quick: bool = False,
    folder: Path | None = None, cache: Path | None = None, ensemble: Ensemble | None = None,
) -> list[Task]:  # fmt: skip
    """One task for each file that tests one of the claims, or any.

    folder : of experiment files, by default the library's for this model      ensemble : calibrated draws
    """
    paths = files_of(model) if folder is None else sorted(folder.glob("*.yaml"))
    found = [task_of(path, draws=draws, quick=quick, cache=cache, ensemble=ensemble) for path in paths]
    return [task for task in found if not claims or set(claims) & set(task.claims)]


def task_of(
    path: Path, *, draws: int | None = None, quick: bool = False, cache: Path | None = None,
    ensemble: Ensemble | None = None,
) -> Task:  # fmt: skip
    """The task of one experiment file."""
    return Task(path, draws or (QUICK_DRAWS if quick else None), quick, cache, claims_in(path), ensemble)


def kept_runs() -> Path:
    """Folder in which finished runs are kept."""
    return user_cache() / KEEPS


def claims_in(path: Path) -> tuple[str, ...]:
    """Claims that a file's experiments name, also where the file has mistakes."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))  # pyright: ignore[reportUnknownMemberType]
        found = data.get("experiments") or {}
        return tuple(dict.fromkeys(claim_of(str(key))[0] for key in found))
    except (OSError, ValueError, AttributeError, TypeError, YAMLError):
        return ()


def run_tasks(todo: Sequence[Task], *, jobs: Jobs = 1, watch: Watch | None = None) -> list[Finished]:
    """Run the files; the order of the answers is that of the files.

    jobs : processes, or whoever does them      Raises   ClusterError
    Ctrl-C raises KeyboardInterrupt; what is finished stays in the cache.
    """
    sent = {task.path: task for task in todo}
    answers: dict[Path, Finished] = {}

    def arrived(path: Path, answer: tuple[Finished, Runs] | Lost) -> None:
        task = sent[path]
        if isinstance(answer, Lost):
            answers[path] = Broken(path.stem, task.claims, "its process was ended (out of memory?)")
        else:
            answers[path], brought = done, _ = answer
            if task.cache is not None and isinstance(done, Trials):
                keep_runs(task.cache, brought)
                note_used(task.cache, path, done.used)
        if watch is not None:
            watch(len(answers), len(todo), answers[path])

    with working(jobs) as workers:
        spread(workers, run_and_bring, {key: replace(one, far=workers.far) for key, one in sent.items()}, arrived)
    return [answers[task.path] for task in todo]


def run_and_bring(task: Task) -> tuple[Finished, Runs]:
    """The experiments of one file; and where the cache is out of reach, runs to be kept there."""
    if task.brought is None:
        return run_task(task), {}
    here = kept_runs()
    keep_runs(here, task.brought)
    done = run_task(replace(task, cache=here))
    used = [key for key in done.used if key not in task.brought] if isinstance(done, Trials) else []
    return done, runs_at(here, used)


def run_task(task: Task) -> Finished:
    """The experiments of one file; what goes wrong is told, so that the other files are not lost with it."""
    name = task.path.stem
    try:
        if task.quick:
            from vesicula.language import prepare

            tier = tier_of(prepare(task.path))
            if tier != "A":
                return Broken(name, task.claims, f"left out of the quick check (tier {tier})", left_out=True)
        limit = QUICK_LIMIT if task.quick else LIMIT
        done = run_file(
            task.path, draws=task.draws, cache=task.cache, ablate=not task.quick, limit=limit, ensemble=task.ensemble,
            few=task.quick,
        )  # fmt: skip
        return done if task.quick else replace(done, loading=_loading(task, done))
    except ModelError as error:
        return Broken(name, task.claims, _told(error))
    except ResourceError as error:
        return Broken(name, task.claims, error.message, left_out=task.quick)
    except VesiculaError as error:
        return Broken(name, task.claims, f"the run fails: {error.message}")


def _loading(task: Task, done: Trials) -> tuple[Needed, ...]:
    """Required loading of each cargo in each recipient; nothing where no claim of the file is about vesicles."""
    from vesicula.compiler import compile_model
    from vesicula.experiments.loading.required import required_loading
    from vesicula.language import prepare

    if not any(_by_vesicles(one.claim) for one in done.trials):
        return ()
    model = prepare(task.path)
    single = model.model_copy(update={"run": model.run.model_copy(update={"draws": 1, "seeds": 1})})
    answers = required_loading(compile_model(single, folder=task.path.parent, ensemble=task.ensemble))
    return tuple(Needed(one.cargo, one.recipient, one.readout, _gap(one.dosed), _gap(one.natural)) for one in answers)


def _gap(verdict: LoadingVerdict | None) -> tuple[float, float] | None:
    return None if verdict is None else (verdict.gap.median, verdict.enough)


def _by_vesicles(claim_id: str) -> bool:
    """Whether the claim's carrier is a vesicle."""
    return vocabulary().carriers.get(claim(claim_id).carrier, False)


def _told(error: ModelError) -> str:
    """The first mistake with its place and remedy, and how many more there are."""
    errors = [one for one in error.diagnostics if one.severity == "error"]
    if not errors:
        return error.message
    first, more = errors[0], len(errors) - 1
    place = f"{Path(first.file).name}:{first.line}" if first.line else Path(first.file).name
    told = f"{place}: {first.message}" + (f"; {first.remedy}" if first.remedy else "")
    return f"{told} (and {more} more)" if more else told
