"""What the bits of a run depend on beside its task: compared before a worker of another machine does anything."""

from __future__ import annotations

import hashlib
import math
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from vesicula.versions import version_of

PACKAGE = Path(__file__).parents[2]
READ = (".py", ".lark", ".yaml", ".csv", ".bib", ".json")
MADE = ("ensembles", "verdicts")  # folders of the library whose content travels with a task, or decides nothing
PACKAGES = ("numpy", "numba", "scipy")
ARITHMETIC = "last digits of exp, log and the like"


@cache
def software() -> Mapping[str, str]:
    """Versions, the sources and texts of this package, and the last digits that this machine computes."""
    return {
        "vesicula": f"{version_of('vesicula')} ({sources()})",
        "python": platform.python_version(),
        **{name: version_of(name) for name in PACKAGES},
        ARITHMETIC: arithmetic(),
    }


def differing(here: Mapping[str, str], there: Mapping[str, str]) -> str:
    """In what two machines differ, in words: `numpy 2.4.6 and not 2.3.0`; empty where they are alike."""
    return ", ".join(
        f"{name} {there.get(name, 'none')} and not {here.get(name, 'none')}"
        for name in dict.fromkeys((*here, *there))
        if here.get(name) != there.get(name)
    )


def sources() -> str:
    """Hash of the sources and texts of this package, 12 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(PACKAGE.rglob("*")):
        place = file.relative_to(PACKAGE)
        if file.suffix in READ and not set(place.parts) & set(MADE):
            digest.update(place.as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def arithmetic() -> str:
    """Hash of elementary functions at many places, 8 hexadecimal digits.

    The C library and NumPy choose their code by the processor, and two choices may differ in the last digit.
    """
    x = np.linspace(0.001, 30.0, 3001)
    whole = [f(x) for f in (np.exp, np.log, np.sin, np.cos, np.tanh, np.sqrt, np.expm1, np.log1p)]
    whole += [np.power(x, 0.37), np.exp(-x)]
    single = [[f(one) for one in x.tolist()] for f in (math.exp, math.log, math.tanh, math.expm1, math.cos, math.gamma)]
    matrix = np.cos(np.arange(256.0)).reshape(16, 16) + 16.0 * np.eye(16)
    whole += [*map(np.array, single), np.array([one**0.37 for one in x.tolist()]), np.linalg.solve(matrix, x[:16])]
    return hashlib.sha256(np.concatenate(whole).tobytes()).hexdigest()[:8]
