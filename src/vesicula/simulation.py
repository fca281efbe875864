"""The front door: from a model to a run folder and its result."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from vesicula import units
from vesicula.errors import Diagnostic, ModelError, ResourceError, RunFolderError, VesiculaError
from vesicula.march import March, first_states
from vesicula.parts import PARTS, Alone
from vesicula.parts import do as do_parts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vesicula.compiler import Compiled, Switch
    from vesicula.compiler.drawing import Ensemble
    from vesicula.engine.system import System, SystemState
    from vesicula.language import Examined
    from vesicula.language.model import Model
    from vesicula.parts import Workers
    from vesicula.results import Recorder, Result, RunFolder
    from vesicula.results.forecast import Forecast

CHECKPOINT_EVERY_S = 10.0  # at a record
CHECKPOINT_LATEST_S = 30.0  # at any macro step: what a step that is given up may cost
DRAWS_LOOKED_AT = 256  # or patients, by `check`, of those that the model asks for
REPORT_EVERY_S = 0.2
PIECE_S = 0.1  # macro steps that are done without looking up
PATIENCE_S = 1.0  # after Ctrl-C, for the macro step to end


@dataclass(frozen=True)
class Progress:
    """Where a run is: macro steps done and in all, simulated minutes, cells and free vesicles in all its sites,
    seconds of work in this process, macro steps done in them, and the estimate of seconds left (NaN: none yet).

    news : sentences about what has happened since the last progress and that a person should know
    parts : of a run that is done in parts, those that are there and all; minutes, cells and vesicles are 0 then
    """

    step: int
    steps: int
    simulated_min: float
    cells: int
    vesicles: int
    wall_s: float
    steps_here: int
    left_s: float = float("nan")
    news: tuple[str, ...] = ()
    parts: tuple[int, int] | None = None


Watcher = Callable[[Progress], None]


class Interrupted(KeyboardInterrupt):
    """A run was stopped with Ctrl-C and can go on: `resume(folder)`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"the run in {folder} was stopped; it can be resumed")
        self.folder = folder


def load(
    model: str | Path | Model | Examined,
    *,
    changes: Mapping[str, str] | None = None,
    seed: int = 1,
    draws: int | None = None,
    controls: bool = True,
    prior: bool = False,
    ensemble: str | None = None,
) -> Compiled:
    """A model (file, library name, `Model`, or what `language.examine` made of one) checked, resolved and compiled.

    changes : values by path, as text      draws : replicates with drawn values, instead of the model's seeds and draws
    controls : add the control arms that fit; False: only the arms of the model
    prior : draws of all ranges, also where the model has calibrated ones
    ensemble : model of the library, or file, whose calibrated draws to take instead of the model's own
    Raises   ModelError with all diagnostics of the text; ResourceError for more draws than memory holds;
        EnsembleError for calibrated draws that are stale or too few
    """
    from vesicula.language import examine
    from vesicula.results.machine import refuse_too_large

    if draws is not None and not (isinstance(draws, Integral) and draws >= 1):
        raise VesiculaError(f"draws are a whole number from 1 on, not {draws}", "give for example draws=64")
    if not (isinstance(seed, Integral) and 0 <= seed < 2**63):
        raise VesiculaError(f"a seed is a whole number from 0 to 2^63, not {seed}", "give for example seed=1")
    examined = examine(model, changes=changes, controls=controls)
    ready = examined.ready()
    if draws is not None:
        ready = ready.model_copy(update={"run": ready.run.model_copy(update={"draws": draws, "seeds": 1})})
        refuse_too_large(ready)
    many = ready.run.draws > 1 or ready.cohort is not None
    return _compiled(examined, ready, seed, draws_for(ready, ensemble) if many and not prior else None)


def draws_for(model: Model, ensemble: str | None = None) -> Ensemble | None:
    """The calibrated draws of a model, None where it has none.

    ensemble : model of the library, or file, whose draws to take instead of the model's own      Raises  EnsembleError
    """
    from vesicula.compiler.ensembles import ensemble_named, ensemble_of

    return ensemble_of(model) if ensemble is None else ensemble_named(ensemble)


def _compiled(examined: Examined, ready: Model, seed: int, ensemble: Ensemble | None = None) -> Compiled:
    """`ready`, which is what was examined or a smaller one. Raises   ModelError"""
    from vesicula.compiler import compile_model

    text, folder = ("", None) if examined.source is None else (examined.source.text, examined.source.folder)
    compiled = compile_model(ready, text, seed=seed, folder=folder, ensemble=ensemble)
    if any(one.severity == "error" for one in compiled.too_much):
        raise ModelError([one for one in compiled.too_much if one.severity == "error"])
    return compiled


def check(model: str | Path | Model) -> list[Diagnostic]:
    """All mistakes and doubts of a model: of its text, and, where that has no errors, of the compiled whole.

    The second part finds clearance that the voxels cannot supply, accidental switches of networks, cells that
    outgrow their sites, and arms that change no value; of many draws or patients it looks at the first
    `DRAWS_LOOKED_AT`.
    """
    return foresee(model)[0]


def foresee(model: str | Path | Model) -> tuple[list[Diagnostic], Forecast | None]:
    """What `check` finds, and what a run will be; None where there can be no run."""
    from vesicula.compiler.idle_arms import idle_arms
    from vesicula.compiler.outgrown import outgrown
    from vesicula.language import examine
    from vesicula.results.forecast import forecast

    examined = examine(model)
    found, written = examined.diagnostics, examined.written
    if written is None or written.part is not None or any(one.severity == "error" for one in found):
        return found, None
    try:
        ready = examined.ready()
        compiled = _compiled(examined, _looked_at(ready), seed=1)
    except ModelError as error:
        return [*found, *error.diagnostics], None
    switches = (_switch_warning(compiled, one) for one in compiled.switches if not one.declared)
    crowds = outgrown(compiled.model, compiled.system, compiled.variants, compiled.span)
    idle = idle_arms(compiled.model, compiled.system, compiled.variants, found)
    times = max(1.0, (ready.run.draws if ready.cohort is None else ready.cohort.patients) / DRAWS_LOOKED_AT)
    return [*found, *compiled.too_much, *switches, *crowds, *idle], forecast(compiled, times=times)


def _looked_at(ready: Model) -> Model:
    """A model with no more draws or patients than `check` looks at."""
    if ready.cohort is not None and ready.cohort.patients > DRAWS_LOOKED_AT:
        return ready.model_copy(update={"cohort": ready.cohort.model_copy(update={"patients": DRAWS_LOOKED_AT})})
    if ready.cohort is None and ready.run.draws > DRAWS_LOOKED_AT:
        run = ready.run.model_copy(update={"draws": DRAWS_LOOKED_AT, "seeds": 1})
        return ready.model_copy(update={"run": run})
    return ready


def _switch_warning(compiled: Compiled, switch: Switch) -> Diagnostic:
    place = next((c.where for c in compiled.model.cells if c.name == switch.cell), None)
    file, line, column, length = ("model", 0, 1, 1)
    if place is not None:
        file, line, column, length = place.file, place.line, place.column, place.length
    states = " or ".join(
        "(" + ", ".join(f"{node} {state[node]:.2g}" for node in switch.nodes) + ")" for state in switch.stable_states
    )
    message = f"the network of {switch.cell} rests in {len(switch.stable_states)} states without any input: {states}"
    remedy = f"declare it (`{switch.nodes[0]} keeps itself, on above 0.4, off below 0.1`) or weaken an edge of the loop"
    return Diagnostic(file, line, column, length, "warning", "switch", message, remedy)


def simulate(
    model: str | Path | Model | Examined,
    *,
    out: str | Path | None = None,
    seed: int = 1,
    changes: Mapping[str, str] | None = None,
    draws: int | None = None,
    controls: bool = True,
    prior: bool = False,
    ensemble: str | None = None,
    threads: int | None = None,
    workers: Workers | None = None,
    replace: bool = False,
    watch: Watcher | None = None,
    foretell: Callable[[Compiled], None] | None = None,
) -> Result:
    """Run a model, all arms and replicates, and return its result.

    model : path of a model file, name of a library model, a `Model`, or what `language.examine` made of one
    out : run folder, by default `runs/<model>-<n>`; refused when not empty unless `replace`
    changes : values by path, as text: {"cells.tumour.divides": "24 h"}
    draws : replicates, each with values drawn from their ranges (the first has the stated ones), or, where the model
        has calibrated draws, with those
    prior : values drawn from their ranges all the same      ensemble : whose calibrated draws to take, see `load`
    controls : add the control arms that fit a model with preparations (its block `controls` can refuse them too)
    threads : cores used; the bits do not depend on it
    workers : whoever runs the replicates in parts (`workers_on`), with the same bits; by default this process, at once
    foretell : called with the compiled model before the first step
    Raises    ModelError, RunFolderError, ResourceError, NumericalError; Interrupted (a KeyboardInterrupt) after
        keeping the state
    Example   >>> simulate("bone-metastasis").plot("bone")  # doctest: +SKIP
    """
    from vesicula.results import Recorder, RunFolder, describe, drawn, known_references, program_hash
    from vesicula.results.machine import refuse_too_large
    from vesicula.results.stored_program import packed

    compiled = load(model, changes=changes, seed=seed, draws=draws, controls=controls, prior=prior, ensemble=ensemble)
    refuse_too_large(compiled.model)
    if foretell is not None:
        foretell(compiled)
    _use_threads(threads)
    description = describe(compiled, record_steps=record_steps(compiled), references=known_references(compiled))
    folder = RunFolder.create(
        out or _next_folder(compiled.model.name),
        description,
        program_hash=program_hash(compiled.system),
        program=packed(compiled.system, compiled.keys),
        draws=drawn(compiled),
        replace=replace,
    )
    if workers is not None:
        return _in_parts(folder, compiled.system, compiled.keys, workers, watch)
    _compile(folder, compiled.system, threads)
    try:
        states = first_states(compiled.system, compiled.keys)
    except VesiculaError as error:
        folder.interrupt(error.message)
        raise
    recorder = Recorder(folder, compiled.system)
    _begin(folder, recorder, states)
    return _advance(folder, recorder, compiled.system, states, watch)


def resume(
    folder: str | Path, *, threads: int | None = None, workers: Workers | None = None, watch: Watcher | None = None
) -> Result:
    """Go on with a run that was interrupted or crashed, from its newest checkpoint, bit for bit.

    A run that stopped before its first checkpoint starts anew. One that was done in parts keeps those that came.
    workers : whoever does the parts that are left of such a run; by default this process
    Raises   RunFolderError: no run, finished already, damaged, in use, or not begun in parts though `workers` are given
    """
    from vesicula.results import Recorder, RunFolder
    from vesicula.results.stored_program import read, read_keys

    _use_threads(threads)
    opened = RunFolder.open(folder)
    system = read(opened.path)
    if (opened.path / PARTS).is_dir():
        opened.begin_again()
        if workers is None:
            _compile(opened, system, threads)
        return _in_parts(opened, system, read_keys(opened.path), workers or Alone(), watch)
    if workers is not None and opened.status != "finished":
        raise RunFolderError(f"the run in {opened.path} was not begun in parts", "go on without another place")
    anew = opened.unbegun
    states = opened.resume(first=first_states(system, read_keys(opened.path)) if anew else None)
    _compile(opened, system, threads)
    recorder = Recorder(opened, system)
    if anew:
        _begin(opened, recorder, states)
    return _advance(opened, recorder, system, states, watch)


def _in_parts(
    folder: RunFolder, system: System, keys: Sequence[NDArray[np.uint64]], workers: Workers, watch: Watcher | None
) -> Result:
    """Run the replicates in parts; on an interruption or a failure, leave a folder that `resume` can go on with."""
    from vesicula.results import Result

    begun, steps = time.perf_counter(), folder.description.plan.last_step
    first: list[int] = []

    def tell(done: int, whole: int, news: Sequence[str]) -> None:
        first.append(done)
        if watch is not None:
            spent, new = time.perf_counter() - begun, done - first[0]
            left = spent / new * (whole - done) if new else float("nan")
            watch(
                Progress(done * steps, whole * steps, 0.0, 0, 0, spent, new * steps, left, tuple(news), (done, whole))
            )

    try:
        do_parts(folder, system, keys, workers, tell)
    except KeyboardInterrupt:
        folder.interrupt()
        raise Interrupted(folder.path) from None
    except VesiculaError as error:
        folder.interrupt(error.message)
        raise
    return Result(folder.path)


def _compile(folder: RunFolder, system: System, threads: int | None) -> None:
    """Compile on all cores what the model needs of the engine and is not kept on this machine.

    Raises   Interrupted
    """
    from vesicula.engine.ahead import compile_ahead
    from vesicula.engine.needed import kernels_of

    try:
        compile_ahead(kernels_of(system), threads or os.cpu_count() or 1)
    except KeyboardInterrupt:
        folder.interrupt()
        raise Interrupted(folder.path) from None


def _begin(folder: RunFolder, recorder: Recorder, states: SystemState) -> None:
    """Keep what is there at time 0."""
    try:
        recorder.record(states)
        folder.checkpoint(states)
    except VesiculaError as error:
        folder.interrupt(error.message)
        raise


def record_steps(compiled: Compiled) -> tuple[int, ...]:
    """Macro steps of the recording times: 0, every recording interval, and the end."""
    plan = compiled.model.run
    assert plan.duration is not None
    last = round(units.internal(plan.duration, "time") / compiled.macro_step)
    every = last if plan.record is None else max(1, round(units.internal(plan.record, "time") / compiled.macro_step))
    return (*range(0, last, every), last)


def _advance(
    folder: RunFolder,
    recorder: Recorder,
    system: System,
    states: SystemState,
    watch: Watcher | None,
) -> Result:
    """March to the last record; on an interruption or a failure, leave a folder that `resume` can go on with."""
    from vesicula.results import Result

    march = March(folder.description, system, states, acted=folder.acted)
    run = _Watched(folder, recorder, march, watch)
    try:
        run.to_the_end()
        folder.finish(march.states, wall_s=time.perf_counter() - run.kept, after=march.acted)
    except VesiculaError as error:
        folder.interrupt(error.message)
        raise
    except MemoryError:
        folder.interrupt("out of memory")
        raise ResourceError(
            "the run needs more memory than there is", "make the site smaller or the voxels coarser"
        ) from None
    return Result(folder.path)


class _Watched:
    """A run on its way: macro steps in a thread of their own, while this one listens for Ctrl-C and tells how it goes.

    kept : time of the newest checkpoint
    """

    def __init__(self, folder: RunFolder, recorder: Recorder, march: March, watch: Watcher | None) -> None:
        from vesicula.results.pace import Pace

        self._folder, self._recorder, self._march, self._watch = folder, recorder, march, watch
        self._first, self._pace = march.now, Pace()
        self._begun = self.kept = self._shown = time.perf_counter()
        self._asked_at = 0.0
        self._last = self._progress()

    def to_the_end(self) -> None:
        """Raises   Interrupted, with all kept that can be; whatever a macro step raises"""
        from vesicula.engine.attended import Attendant

        attendant, march = Attendant(), self._march
        try:
            with _interruption() as asked:
                while not march.ended:
                    if not attendant.run(lambda: self._piece(asked), give_up=lambda: self._waited_enough(asked)):
                        self._folder.interrupt()
                        raise Interrupted(self._folder.path)
                    if self._recorder.is_due(march.now, after=march.acted):
                        self._recorder.record(march.states, after=march.acted)
                    self._keep(asked())
                    if asked():
                        self._folder.interrupt()
                        raise Interrupted(self._folder.path)
                    self._tell(always=march.now == march.last)
        finally:
            attendant.close()

    def _piece(self, asked: Callable[[], bool]) -> None:
        """Moments until a record is due, the hand has acted, some time has passed, or somebody has pressed Ctrl-C."""
        end, march = time.perf_counter() + PIECE_S, self._march
        while True:
            begun = time.perf_counter()
            march.on()
            if march.acted:
                return
            self._pace.note(time.perf_counter() - begun, march.cells)
            due = self._recorder.is_due(march.now) or march.now >= march.last
            if due or asked() or time.perf_counter() > end:
                return

    def _waited_enough(self, asked: Callable[[], bool]) -> bool:
        """Whether a macro step that does not end is to be given up; meanwhile the progress stays alive."""
        clock = time.perf_counter()
        if not asked():
            if self._watch is not None and clock - self._shown > REPORT_EVERY_S:
                self._watch(replace(self._last, wall_s=clock - self._begun, news=()))
                self._shown = clock
            return False
        self._asked_at = self._asked_at or clock
        return clock - self._asked_at > PATIENCE_S

    def _keep(self, asked: bool) -> None:
        clock = time.perf_counter()
        march = self._march
        due = self._recorder.is_due(march.now, after=march.acted)
        latest = CHECKPOINT_EVERY_S if due else CHECKPOINT_LATEST_S
        if asked or clock - self.kept > latest:
            self._folder.checkpoint(march.states, wall_s=clock - self.kept, after=march.acted)
            self.kept = clock

    def _tell(self, *, always: bool) -> None:
        clock = time.perf_counter()
        if self._watch is not None and (always or self._march.news or clock - self._shown > REPORT_EVERY_S):
            self._last = self._progress()
            self._watch(self._last)
            self._march.news.clear()
            self._shown = clock

    def _progress(self) -> Progress:
        march = self._march
        return Progress(
            march.now, march.last, march.now * march.macro_step, march.cells, march.vesicles,
            time.perf_counter() - self._begun, march.now - self._first, self._pace.left(march.last - march.now),
            tuple(march.news),
        )  # fmt: skip


@contextmanager
def _interruption() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a question that the march asks; a second one stops at once."""
    pressed = False

    def handler(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    try:
        before = signal.signal(signal.SIGINT, handler)
    except ValueError:  # not in the main thread: nobody can press Ctrl-C there
        yield lambda: False
        return
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)


def _use_threads(threads: int | None) -> None:
    if threads is None:
        return
    from vesicula.engine.sharing import use_threads

    use_threads(threads)


def _next_folder(name: str) -> Path:
    """`runs/<name>-<n>` with the lowest n that is free."""
    n = 1
    while (path := Path("runs") / f"{name}-{n}").exists():
        n += 1
    return path
