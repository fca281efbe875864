"""Writing calibrated draws: the table, and beside it what it was made from and how it came about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vesicula.compiler.drawing import Ensemble
from vesicula.compiler.ensembles import FORMAT, digest_of
from vesicula.results.durable import replace_file

DECIMALS = 3


def stored_scores(scores: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Scores as the table keeps them: with three decimals, names in order."""
    return {name: np.round(scores[name], DECIMALS) + 0.0 for name in sorted(scores)}


def write_ensemble(
    path: Path, ensemble: Ensemble, made_from: Mapping[str, object], said: Mapping[str, object]
) -> Ensemble:
    """Write the table and what is said of it; returns the rows as they are read back.

    path : of the CSV; the JSON lies beside it      made_from : see `compiler.ensembles.made_from`
    said : acceptance, intervals, conflicts: whatever a reader of the JSON is to know
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scores = stored_scores(ensemble.scores)
    heading = ",".join(["name", *(str(ensemble.number(k)) for k in range(1, ensemble.rows + 1))])
    lines = [f"{_quoted(name)},{','.join(f'{z:.{DECIMALS}f}' for z in row)}" for name, row in scores.items()]
    content = "\n".join([heading, *lines, ""]).encode()
    digest = hashlib.sha256(content).hexdigest()[:12]
    done = replace(ensemble, scores=scores, digest=digest)
    replace_file(path, content)
    facts: dict[str, object] = {
        "format": FORMAT, "model": done.name, "digest": digest, "table": digest_of(path), "rows": done.rows,
        "fitted": done.fitted, "left out": list(done.without), "from": made_from, **said,
    }  # fmt: skip
    replace_file(path.with_suffix(".json"), (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())
    return done


def _quoted(name: str) -> str:
    """A name as a field of a CSV: names of sentences hold commas and quotes."""
    return '"' + name.replace('"', '""') + '"'
