"""Which of the documented laws a run used."""

from __future__ import annotations

from vesicula.results.description import RunDescription
from vesicula.results.laws import Law, laws

ALWAYS = "always"
USED_BY = {
    "engine.behaviours": "rules", "engine.lifecycle": "cells", "engine.matrix": "matrix", "engine.mechanics": "places",
    "engine.motility": "places", "engine.neighbours": "places", "engine.transport": "substances",
    "engine.multigrid": "substances", "engine.fields": "substances", "engine.reactions": "reactions",
    "engine.networks": "nodes", "engine.kinetics": "files", "engine.silencing": "silencing",
    "engine.invariants": "vesicles",
    "engine.leaving": "vesicles", "engine.trafficking": "vesicles", "engine.vesicle_transport": "vesicles",
    "engine.vesicle_draws": "vesicles",
    "engine.tiles": "vesicles", "engine.vesicles": "vesicles", "engine.cargo": "vesicles",
    "compiler.drawing": "draws",
    "compiler.vesicles": "vesicles", "results.needs": "silencing",
}  # fmt: skip


def _topics(description: RunDescription) -> set[str]:
    """What this run had that some law is about."""
    labels = description.labels
    present = {
        "rules": bool(description.rules),
        "cells": bool(labels.types),
        "matrix": bool(labels.matrices),
        "places": bool(labels.types) and any(s.dimensions for s in description.sites),
        "substances": bool(labels.substances),
        "nodes": any(t.nodes for t in labels.types),
        "reactions": any(r.owner == "molecules" for r in description.rules),
        "silencing": bool(description.needs),
        "vesicles": bool(labels.populations),
        "files": any(" follows " in r.text for r in description.rules),
        "draws": description.draws_differ,
        ALWAYS: True,
    }
    return {name for name, there in present.items() if there}


def used(description: RunDescription) -> list[Law]:
    """Laws of the modules that this run went through, in the order of the modules; unfiled modules count as used."""
    topics = _topics(description)
    return [law for law in laws() if USED_BY.get(".".join(law.place.split(".")[:2]), ALWAYS) in topics]
