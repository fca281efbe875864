"""How well a value is founded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from vesicula.evidence.references import Reference

CLAIM_ID = re.compile(r"[a-z]{2}-[0-9]{3}")


class EvidenceClass(StrEnum):
    """How well a value is founded, best first."""

    MEASURED = "measured here"
    BORROWED = "borrowed"
    DERIVED = "derived"
    FITTED = "fitted"
    ASSUMED = "assumed"


SOURCE_KEYWORDS = {
    "measured": EvidenceClass.MEASURED,
    "borrowed": EvidenceClass.BORROWED,
    "derived": EvidenceClass.DERIVED,
    "fitted": EvidenceClass.FITTED,
    "assumed": EvidenceClass.ASSUMED,
}
"""Words that may stand as a source: `@assumed`."""


def classify(
    sources: Iterable[str],
    references: Mapping[str, Reference],
    *,
    stated: EvidenceClass | None = None,
    same_context: bool = True,
) -> EvidenceClass:
    """Class of a value from its sources.

    sources : keys of references, claim ids, or words of `SOURCE_KEYWORDS`
    stated : class its author gives; same_context : measured in the same cell and species
    Returns  ASSUMED where nothing but claims or unopened references stands behind it, whatever is stated
    """
    keys = [key for key in sources if not CLAIM_ID.fullmatch(key)]
    said = [SOURCE_KEYWORDS[key] for key in keys if key in SOURCE_KEYWORDS]
    cited = [key for key in keys if key not in SOURCE_KEYWORDS]
    if EvidenceClass.ASSUMED in said or not keys:
        return EvidenceClass.ASSUMED
    if any(key not in references or not references[key].opened for key in cited):
        return EvidenceClass.ASSUMED
    if stated is not None and stated is not EvidenceClass.MEASURED:
        return stated
    if said:
        return said[0]
    return EvidenceClass.MEASURED if same_context else EvidenceClass.BORROWED
