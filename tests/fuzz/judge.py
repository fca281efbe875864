"""What must hold of any text and any command line: it ends in words, nothing wraps, and what cannot act is told."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import time
from collections.abc import Iterator
from types import FrameType

import numpy as np

from vesicula.cli import exits
from vesicula.cli.guard import guarded
from vesicula.compiler import Compiled
from vesicula.engine.ahead import compile_ahead
from vesicula.engine.invariants import cell_balance, vesicle_balance
from vesicula.engine.needed import kernels_of
from vesicula.engine.room import NoRoom
from vesicula.engine.state import CellTerm
from vesicula.engine.step import advance, intervene
from vesicula.errors import CODES, Diagnostic, VesiculaError, render
from vesicula.language import read
from vesicula.march import first_states
from vesicula.simulation import check, load

LONGEST_S = 60.0  # for one text or line; a machine with others on it is slow
AGAIN_S = 5.0
CELLS, VOXELS, STEPS = 3_000, 30_000, 4  # of what is run
DRAWS = 4  # or patients, of a text with more: `check` has looked at many, and each costs what the first does


class TooLongError(Exception):
    """It did not end."""


@contextlib.contextmanager
def ended_within(seconds: float) -> Iterator[None]:
    """Raise TooLongError after so much processor time; does nothing where signals are missing."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_: int, __: FrameType | None) -> None:
        raise TooLongError(f"more than {seconds:g} s of processor time")

    old = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, AGAIN_S)  # an exception within a callback of C is lost
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)


def of_text(text: str, *, run: bool) -> tuple[str, list[str]]:
    """What became of a text (`refused`, `checked` or `ran`), and what of it must not be."""
    try:
        with ended_within(LONGEST_S):
            found = check(text)
            wrong = _of_diagnostics(text, found)
            if any(one.severity == "error" for one in found):
                return "refused", wrong
            compiled = _loaded(text)
            wrong += _silent_arms(compiled, found)
            return ("ran", wrong + _of_run(compiled)) if run and _small(compiled) else ("checked", wrong)
    except VesiculaError as told:
        return "refused", [] if str(told) else ["an error without words"]
    except Exception as error:
        if type(error) in (ArithmeticError, NoRoom) and str(error):  # of the engine: a run ends with its words
            return "given up", []
        return "broke", [f"{type(error).__name__}: {error}"]  # the fault that is looked for


def _loaded(text: str) -> Compiled:
    """The text compiled, without controls and with few draws or patients."""
    model = read(text)
    if model.cohort is not None and model.cohort.patients > DRAWS:
        model = model.model_copy(update={"cohort": model.cohort.model_copy(update={"patients": DRAWS})})
        return load(model, controls=False)
    return load(text, controls=False, draws=DRAWS if model.run.draws > DRAWS else None)


def _of_diagnostics(text: str, found: list[Diagnostic]) -> list[str]:
    lines = max(1, text.count("\n") + 2 + text.count("\r") + text.count("\u2028"))
    wrong = [f"unknown code {one.code}" for one in found if one.code not in CODES]
    wrong += [f"{one.code} without words" for one in found if not one.message or not one.remedy]
    wrong += [f"{one.code} in line {one.line}" for one in found if one.file == "model" and one.line > lines]
    render(found)
    return wrong


def _silent_arms(compiled: Compiled, found: list[Diagnostic]) -> list[str]:
    """Arms with steps whose every value is that of the baseline, without a doubt in their lines."""
    arms = compiled.model.arms
    rows = {arm.name: [n for n, v in enumerate(compiled.variants) if v.arm == arm.name] for arm in arms}
    wrong = []
    for arm in arms[1:]:
        one, other = rows[arms[0].name], rows[arm.name]
        same = all(
            np.array_equal(values[one], values[other], equal_nan=True)
            for values in (compiled.system.values, *compiled.system.later_values)
        )
        lines = {one.where.line for one in (arm, *arm.steps) if one.where is not None}
        if arm.steps and same and not any(d.line in lines for d in found) and arms[0].steps != arm.steps:
            wrong.append(f"the arm {arm.name} is the baseline, and nothing says so")
    return wrong


def _small(compiled: Compiled) -> bool:
    variants = len(compiled.variants)
    voxels = sum(p.grid.n_voxels for p in compiled.system.sites) * variants
    return voxels <= VOXELS and variants <= 16


def _of_run(compiled: Compiled) -> list[str]:
    """A few steps: balances are closed and nothing is below zero."""
    system, states = compiled.system, first_states(compiled.system, compiled.keys)
    if states.n_cells > CELLS:
        return []
    compile_ahead(kernels_of(system), os.cpu_count() or 1)  # in processes whose time is not ours
    wrong = []
    for _ in range(STEPS):
        intervene(system, states)
        advance(system, states)
    for state in states.sites:
        if len(system.sites) == 1 and vesicle_balance(state).any():
            wrong.append("vesicles are not balanced")
        if len(system.sites) == 1 and cell_balance(state).any():
            wrong.append("cells are not balanced")
        cells = np.delete(state.cell_ledger, CellTerm.BECAME, axis=-1)  # that column is signed
        counts = {"vesicles": state.vesicles, "vesicle_ledger": state.vesicle_ledger, "cell_ledger": cells}
        wrong += [f"{name} below zero" for name, array in counts.items() if (array < 0).any()]
        if not np.isfinite(state.concentration).all() or (state.concentration < 0).any():
            wrong.append("a concentration below zero or undefined")
    return wrong


def of_line(words: list[str]) -> tuple[str, list[str]]:
    """The exit code of a command line, and what of it must not be. Runs in the folder where one stands."""
    out, err = io.StringIO(), io.StringIO()
    before = os.environ.get("VESICULA_TRACEBACK")
    os.environ["VESICULA_TRACEBACK"] = "1"
    begun = time.process_time()
    try:
        with ended_within(LONGEST_S), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = guarded(words)
    except BaseException as error:  # the fault that is looked for
        return "broke", [f"{type(error).__name__}: {error}"]
    finally:
        if before is None:
            del os.environ["VESICULA_TRACEBACK"]
        else:
            os.environ["VESICULA_TRACEBACK"] = before
    wrong = []
    told = out.getvalue() + err.getvalue()
    if code not in exits.MEANINGS or code == exits.BUG:
        wrong.append(f"exit code {code}: {told[-600:]}")
    elif "Traceback" in told:
        wrong.append("a traceback")
    if code != exits.OK and not told.strip():
        wrong.append(f"exit code {code} without a word")
    return f"exit {code} in {time.process_time() - begun:.0f} s" if wrong else f"exit {code}", wrong
