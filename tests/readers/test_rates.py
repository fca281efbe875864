"""The record of libRoadRunner beside the files of BioModels, made again: `python lab.py readers`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.cases.rates import BIOMODELS

ROOT = Path(__file__).parent.parent.parent
PYTHON = Path(os.environ.get("VESICULA_READERS", ROOT / ".venv-readers" / "bin" / "python"))
pytestmark = pytest.mark.skipif(not PYTHON.is_file(), reason="the readers are not installed: python lab.py readers")


def test_roadrunner_computes_what_is_recorded_of_every_file() -> None:
    recorded = json.loads((BIOMODELS / "recorded.json").read_text())
    command = [str(PYTHON), str(ROOT / "tests" / "readers" / "rates_seen.py"), str(BIOMODELS)]
    ran = subprocess.run(
        [*command, str(recorded["span"]), str(recorded["steps"])], capture_output=True, text=True, check=True
    )
    again = json.loads(ran.stdout)["files"]
    assert again.keys() == recorded["files"].keys()
    for name, seen in recorded["files"].items():
        assert again[name].keys() == seen.keys()
        for species, values in seen.items():
            most = np.abs(values).max()
            assert np.abs(np.array(again[name][species]) - values).max() <= 1e-5 * most, (name, species)
