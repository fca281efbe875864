"""Why a claim is too weak, absent or opposite: written by hand after looking, in `library/diagnoses/LEDGER.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from vesicula.errors import VesiculaError
from vesicula.evidence.claims import ledger
from vesicula.evidence.folder import library_folder
from vesicula.evidence.yaml_data import parsed

CAUSES = ("unknown value", "protocol", "missing mechanism", "assay floor", "disagreement")


@dataclass(frozen=True)
class Diagnosis:
    """What somebody found behind a verdict. verdict, version : of which outcome of which version it speaks"""

    cause: str
    text: str
    verdict: str
    version: str

    def stale(self, outcome: str, version: str) -> str:
        """What has changed since it was written; empty where it still speaks of what is shown."""
        if outcome != self.verdict:
            return f"written of `{self.verdict}`"
        return "" if version == self.version else f"written of version {self.version}"


class DiagnosisError(VesiculaError):
    """A file of diagnoses that cannot be read."""

    exit_code = 1


@lru_cache(maxsize=8)
def diagnoses(name: str) -> Mapping[str, Diagnosis]:
    """Claim -> its diagnosis, for one ledger. Raises DiagnosisError"""
    path = library_folder() / "diagnoses" / f"{name}.yaml"
    rows = cast("Mapping[str, Mapping[str, str]]", (parsed(path) if path.is_file() else None) or {})
    return MappingProxyType({key: diagnosis(key, row, ledger(name)) for key, row in rows.items()})


def diagnosis(key: str, row: Mapping[str, str], claims: Mapping[str, object]) -> Diagnosis:
    """One entry of a file. Raises DiagnosisError where it says something else than it should"""
    fields = ("cause", "text", "verdict", "version")
    if key not in claims:
        raise DiagnosisError(f"diagnosis of {key}: no such claim", "ids are like bm-051")
    if set(row) != set(fields):
        raise DiagnosisError(f"diagnosis of {key} says {', '.join(row)}", f"it says {', '.join(fields)}")
    if row["cause"] not in CAUSES:
        raise DiagnosisError(f"diagnosis of {key}: `{row['cause']}` is no cause", f"one of {', '.join(CAUSES)}")
    return Diagnosis(*(" ".join(str(row[name]).split()) for name in fields))
