"""What libRoadRunner computes of SBML files: `python rates_seen.py FOLDER SPAN STEPS > recorded.json`.

It runs in an environment with libRoadRunner alone, and so imports nothing of this project. Each file gives its species
in the unit that its formulas have, after each of the steps of the span.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def course(file: Path, span: float, steps: int) -> dict[str, list[float]]:
    """Species by id after each step, integrated by CVODE to 1e-9."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    model = roadrunner.RoadRunner(str(file))
    model.integrator.relative_tolerance, model.integrator.absolute_tolerance = 1e-9, 1e-13
    text = file.read_text(encoding="utf-8")
    species = [*model.model.getFloatingSpeciesIds(), *model.model.getBoundarySpeciesIds()]
    amounts = {name for name in species if _only_amount(text, name)}
    model.timeCourseSelections = [name if name in amounts else f"[{name}]" for name in species]
    rows = model.simulate(0, span, steps + 1)[1:]
    return {name: [float(f"{row[k]:.8g}") for row in rows] for k, name in enumerate(species)}


def _only_amount(text: str, name: str) -> bool:
    """Whether the text of a file says that a species is an amount in formulas."""
    at = text.index(f'id="{name}"', text.index("<listOfSpecies"))
    tag = text[text.rindex("<species", 0, at) : text.index(">", at)]
    return 'hasOnlySubstanceUnits="true"' in tag


def main() -> None:
    folder, span, steps = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    files = {one.stem: course(one, span, steps) for one in sorted(folder.glob("*.xml"))}
    json.dump({"span": span, "steps": steps, "files": files}, sys.stdout, indent=0)


if __name__ == "__main__":
    main()
