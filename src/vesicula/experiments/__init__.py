"""Questions asked of models and of the library: what a dose brings, what an effect would need, and what decides."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vesicula.experiments.loading.cargo import KINDS
    from vesicula.experiments.loading.dosing import DoseAnswer, dose
    from vesicula.experiments.loading.recipient import QuestionError
    from vesicula.experiments.loading.required import required_loading
    from vesicula.experiments.loops.gain import LoopGain, loop_gain
    from vesicula.experiments.sweeps.sensitivity import Sensitivity, sensitivity
    from vesicula.experiments.sweeps.sweeping import Sweep, sweep
    from vesicula.experiments.workers.places import workers_on

__all__ = [
    "KINDS", "DoseAnswer", "LoopGain", "QuestionError", "Sensitivity", "Sweep", "dose", "loop_gain", "required_loading",
    "sensitivity", "sweep", "workers_on",
]  # fmt: skip

_HOMES = {
    "KINDS": "loading.cargo", "DoseAnswer": "loading.dosing", "dose": "loading.dosing",
    "LoopGain": "loops.gain", "loop_gain": "loops.gain", "QuestionError": "loading.recipient",
    "required_loading": "loading.required", "Sensitivity": "sweeps.sensitivity",
    "sensitivity": "sweeps.sensitivity", "Sweep": "sweeps.sweeping", "sweep": "sweeps.sweeping",
    "workers_on": "workers.places",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found
