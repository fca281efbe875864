"""Questions asked of models and of the library: what a dose brings, and what an effect would need."""

from vesicula.experiments.dose import KINDS, DoseAnswer, dose
from vesicula.experiments.recipient import QuestionError

__all__ = ["KINDS", "DoseAnswer", "QuestionError", "dose"]
