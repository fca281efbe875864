"""Open questions of the reviews, each with a template that can be run, or what it would need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from vesicula.errors import VesiculaError
from vesicula.evidence.claims import Claim, ledger, ledger_of, ledgers
from vesicula.evidence.remarks import question_texts


@dataclass(frozen=True)
class Question:
    """An open question. asks: what a run can say about it; reads: what would be read, and how to take it.

    text : a whole model to run, or None; sweep : (model, path, values) of runs with one value changed each, or None
    needs : what the language or library lacks where there is neither
    """

    claim: str
    asks: str
    reads: str
    text: str | None = None
    sweep: tuple[str, str, tuple[str, ...]] | None = None
    needs: str | None = None

    @property
    def commands(self) -> tuple[str, ...]:
        """What to type; nothing where the question cannot be run yet."""
        if self.text is not None:
            return (f"vesicula questions {self.claim} --out .", f"vesicula run {self.claim}.yaml")
        if self.sweep is None:
            return ()
        model, path, values = self.sweep
        return tuple(f"vesicula run {model} --set '{path}={value}'" for value in values)


@lru_cache(maxsize=1)
def questions() -> Mapping[str, Question]:
    """Claim id -> its question, for all that the library has a text for."""
    return MappingProxyType({key: _question(key, row) for key, row in question_texts().items()})


def _question(key: str, row: Mapping[str, object]) -> Question:
    sweep = cast("Mapping[str, object] | None", row.get("sweep"))
    return Question(
        claim=key,
        asks=" ".join(str(row["asks"]).split()),
        reads=" ".join(str(row["reads"]).split()),
        text=cast("str | None", row.get("model")),
        sweep=None if sweep is None else _sweep(sweep),
        needs=None if row.get("needs") is None else " ".join(str(row["needs"]).split()),
    )


def _sweep(row: Mapping[str, object]) -> tuple[str, str, tuple[str, ...]]:
    return str(row["model"]), str(row["set"]), tuple(str(one) for one in cast("list[object]", row["values"]))


def open_claims(in_ledger: str | None = None) -> tuple[Claim, ...]:
    """The outlook claims of one ledger, or of all."""
    names = ledgers() if in_ledger is None else (in_ledger,)
    return tuple(one for name in names for one in ledger(name).values() if one.kind == "outlook")


def write_template(claim_id: str, folder: Path) -> Path:
    """Write the model of a question as `<claim>.yaml`; an existing file is kept. Raises VesiculaError."""
    one = questions().get(claim_id)
    if one is None or one.text is None:
        kind = ledger(ledger_of()[claim_id])[claim_id].kind
        asked = one.needs if one is not None else None
        remedy = asked or (
            f"its sweep: {'; '.join(one.commands)}" if one is not None else f"it is a {kind} claim without template"
        )
        raise VesiculaError(f"{claim_id} has no model to write", remedy)
    file = folder / f"{claim_id}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(one.text)
    except FileExistsError:
        raise VesiculaError(f"{file} exists already", "choose another folder; nothing was written") from None
    except OSError as error:
        raise VesiculaError(f"{file} cannot be written: {error.strerror}", "choose another folder") from error
    return file
