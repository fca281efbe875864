"""Questions asked of models and of the library: what a dose brings, and what an effect would need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vesicula.experiments.dose import KINDS, DoseAnswer, dose
from vesicula.experiments.recipient import QuestionError

if TYPE_CHECKING:
    from vesicula.experiments.loading import required_loading

__all__ = ["KINDS", "DoseAnswer", "QuestionError", "dose", "required_loading"]


def __getattr__(name: str) -> object:
    if name != "required_loading":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vesicula.experiments.loading import required_loading  # compiles models, which `dose` does without

    return required_loading
