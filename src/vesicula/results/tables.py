"""The journal as long tables: series and ledgers, and the drawn parameter values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vesicula.engine.state import CellTerm, Contact, SubstanceTerm, VesicleTerm
from vesicula.results import standard
from vesicula.results.bundle import Bundle
from vesicula.results.checkpoints import moment
from vesicula.results.description import Labels, RunDescription
from vesicula.results.durable import TEMPORARY

if TYPE_CHECKING:
    import pandas as pd

NOW = ("free now", "matrix-bound now", "cell-bound now", "endosomal now")
VESICLE_TERMS = (*(t.name.lower().replace("_", " ") for t in VesicleTerm), *NOW, "imbalance")
SUBSTANCE_TERMS = (*(t.name.lower().replace("_", " ") for t in SubstanceTerm), "in the medium now", "imbalance")
CELL_TERMS = (*(t.name.lower() for t in CellTerm), "present now", "imbalance")
TALK_TERMS = tuple(t.name.lower() for t in Contact)


@dataclass(frozen=True)
class Block:
    """Values of one array, float64[n_records, n_variants, n_rows], and the words of each row."""

    values: np.ndarray
    words: list[tuple[str, ...]]


def _stack(records: list[Bundle], name: str, variants: int) -> np.ndarray:
    """An array of all records as float64[n_records, n_variants, n_rows]."""
    if not records:
        return np.zeros((0, variants, 0))
    return np.stack([r.arrays[name].reshape(variants, -1).astype(np.float64) for r in records])


def _dictionary(codes: np.ndarray, words: list[str]) -> pa.DictionaryArray:
    """The words with these numbers."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, pa.string()))


def _known(words: list[str]) -> tuple[np.ndarray, list[str]]:
    """Number of every word among the different ones, and these."""
    different = list(dict.fromkeys(words))
    number = {word: place for place, word in enumerate(different)}
    return np.array([number[word] for word in words], dtype=np.int32), different


def _long(description: RunDescription, records: list[Bundle], blocks: list[Block], names: list[str]) -> pa.Table:
    """All blocks below each other: each curve (row, variant) contiguous in time.

    What does not tell one row from another, and what is alike in all curves of a row, is one piece of memory to all.
    """
    variants, plan = description.variants, description.plan
    moments = [moment(r.header) for r in records]
    times = np.array([step for step, _ in moments]) * plan.macro_step_min
    before, sides = _known(["before" if plan.is_before(step, after=after) else "after" for step, after in moments])
    arms, arm_names = _known([v.arm for v in variants])
    rows = [words for block in blocks for words in block.words]
    curves, points = len(variants), len(times)
    if not rows:
        columns_ = ("time_min", "moment", "arm", "replicate", "draw", "seed", *names, "value")
        return pa.table({name: [] for name in columns_})
    of_each_row = {
        "time_min": pa.array(np.tile(times, curves)),
        "moment": _dictionary(np.tile(before, curves), sides),
        "arm": _dictionary(np.repeat(arms, points), arm_names),
    }
    for name, kind in (("replicate", np.int32), ("draw", np.int32), ("seed", np.int64)):
        of_each_row[name] = pa.array(np.repeat(np.array([getattr(v, name) for v in variants], dtype=kind), points))
    columns = {name: pa.chunked_array([one] * len(rows)) for name, one in of_each_row.items()}
    for i, name in enumerate(names):
        codes, different = _known([words[i] for words in rows])
        pieces = [_dictionary(np.full(curves * points, code), different) for code in range(len(different))]
        columns[name] = pa.chunked_array([pieces[code] for code in codes])
    values = [np.ascontiguousarray(block.values.transpose(2, 1, 0)).ravel() for block in blocks if block.words]
    columns["value"] = pa.chunked_array([pa.array(one) for one in values])
    return pa.table(columns)


def series(description: RunDescription, records: list[Bundle]) -> pa.Table:
    """Measures (kind `measure`) and standard series (kind: their topic), one row per record, variant and series."""
    n = len(description.variants)
    blocks = [
        Block(
            _stack(records, "measures", n),
            [("", m.name, m.unit, "measure") for m in description.measures],
        )
    ]
    for site in description.sites:
        words = [(site.name, c.name, c.unit, c.topic) for c in standard.columns(description.labels)]
        blocks.append(Block(_stack(records, f"{site.name}/series", n), words))
    return _long(description, records, blocks, ["site", "measure", "unit", "kind"])


def _words(kind: str, labels: Labels) -> list[tuple[str, str, str, str, str]]:
    """(ledger, what, partner, term, unit) of the rows of one ledger array."""
    slots = [(labels.populations[s.population].name, labels.species[s.species]) for s in labels.slots]
    types = [t.name for t in labels.types]
    match kind:
        case "vesicles":
            return [(kind, p.name, "", term, "particles") for p in labels.populations for term in VESICLE_TERMS]
        case "cargo":
            return [(kind, species, name, term, "copies") for name, species in slots for term in VESICLE_TERMS]
        case "substances":
            return [(kind, s.name, "", term, "molecules") for s in labels.substances for term in SUBSTANCE_TERMS]
        case "cells":
            return [(kind, name, "", term, "cells") for name in types for term in CELL_TERMS]
        case "talk":
            return [
                (kind, p.name, t, term, "particles") for p in labels.populations for t in types for term in TALK_TERMS
            ]
        case _:
            return [(kind, f"{species} in {name}", t, "delivered", "copies") for name, species in slots for t in types]


LEDGERS = ("vesicles", "cargo", "substances", "cells", "talk", "delivered copies")


def ledger(description: RunDescription, records: list[Bundle]) -> pa.Table:
    """All ledgers at every record; partner: recipient (talk, delivered copies) or carrier (cargo)."""
    blocks = []
    for site in description.sites:
        for kind in LEDGERS:
            words = [(site.name, *row) for row in _words(kind, description.labels)]
            blocks.append(Block(_stack(records, f"{site.name}/{kind}", len(description.variants)), words))
    return _long(description, records, blocks, ["site", "ledger", "what", "partner", "term", "unit"])


def write(path: Path, table: pa.Table) -> None:
    """Write a table as parquet, so that a crash leaves the old file or the new one."""
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        repeated: Any = [name for name in table.column_names if name != "value"]
        pq.write_table(table, temporary, compression="zstd", use_dictionary=repeated, write_statistics=False)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_draws(path: Path, draws: dict[str, np.ndarray]) -> None:
    """Parameter values by variant: one column per path, float64[n_variants]."""
    write(path, pa.table({name: pa.array(values) for name, values in draws.items()}))


def read_draws(path: Path, variants: int) -> pd.DataFrame:
    """The values written by `write_draws`; without columns where nothing was drawn."""
    import pandas as pd

    if not path.is_file():
        return pd.DataFrame(index=range(variants))
    return pq.read_table(path).to_pandas()
