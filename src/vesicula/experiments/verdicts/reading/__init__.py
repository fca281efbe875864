"""The executable review: an article claim by claim, with what carries each claim, its experiment and its verdict."""

from vesicula.experiments.verdicts.reading.page import LANGUAGES, review_html

__all__ = ["LANGUAGES", "review_html"]
