"""What an experiment is expected to show, read by the scoreboard alone.

A model, a part or an experiment that could see the answer could be bent until it fits. So this is the only place of
the package where the verdict side of a claim is read, and a test names the only module that may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from vesicula.evidence.claims import ledger_of
from vesicula.evidence.ledgers import ledger_paths, parsed

EXPECTATIONS = ("increase", "decrease", "no_change", "threshold")


def expectation(claim_id: str) -> str:
    """Change of the claim's measure under its perturbation: one of `EXPECTATIONS`.

    Raises KeyError for an id that no ledger has, ValueError for a claim without experiment
    """
    data = parsed(ledger_paths()[ledger_of()[claim_id]])
    rows = cast("list[Mapping[str, object]]", data["claims"])
    experiment = cast("Mapping[str, str] | None", next(row for row in rows if row["id"] == claim_id)["experiment"])
    if experiment is None:
        raise ValueError(f"{claim_id} has no experiment")
    return experiment["expect"]
