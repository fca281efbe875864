"""What a cell has by name is knocked out, blocked and overexpressed by one sentence, wherever it stands."""

from __future__ import annotations

import numpy as np
import pytest

from vesicula.compiler import compile_model
from vesicula.language import check, prepare

TEXT = """\
vesicula: 1
model: genes
sites:
  dish: {kind: pool, volume: 1 mL}
substances:
  IL6: {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 6 h (0.6..60 @assumed)}
  AMP: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
  adenosine: {diffuses: 300 um^2/s (100..1000 @assumed), half-life: 1 h (0.1..10 @assumed)}
reactions:
  - NT5E makes adenosine from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed), on c
vesicles:
  V:
    from: c
    diameter: 100 nm (30..300 @assumed)
    half-life: 6 h (0.6..60 @assumed)
    carries:
      NT5E: {copies: 5 copies/EV (0.5..50 @assumed), place: surface, type: protein}
cells:
  c:
    diameter: 12 um (5..50 @assumed)
    secretes: {IL6: 10 molecules/s (1..100 @assumed)}
    surface: {NT5E: 1e4 copies (1e3..1e5 @assumed)}
    releases: {V: 60 particles/h (6..600 @assumed)}
start:
  - 10 c in dish
arms:
  as it is: []
  changed:
    - {step}
controls: none
measure:
  made: concentration of adenosine in dish in pM
run: {for: 1 h, step: 6 min}
"""


@pytest.mark.parametrize(
    ("step", "surface", "carried", "secreted"),
    [
        ("knock out NT5E in c", 0.0, 0.0, 1.0),
        ("knock out NT5E, residual 10 %", 0.1, 0.1, 1.0),
        ("overexpress NT5E in c x 10", 10.0, 10.0, 1.0),
        ("block NT5E in c by 60 %", 0.4, 1.0, 1.0),
        ("block NT5E in c by APCP at 9 nM, IC50 1 nM (0.1..10 @assumed), hill 1", 0.1, 1.0, 1.0),
        ("overexpress IL6 in c x 4", 1.0, 1.0, 4.0),
        ("knock out IL6 in c", 1.0, 1.0, 0.0),
    ],
)
def test_one_sentence_reaches_all_of_that_name(step: str, surface: float, carried: float, secreted: float) -> None:
    compiled = compile_model(prepare(TEXT.replace("{step}", step)))
    program, tables = compiled.system.site("dish"), compiled.system.site("dish").behaviours

    def ratio(column: int) -> float:
        plain, changed = program.values[:, column]
        return changed / plain

    enzyme = next(int(c) for c in tables.enzyme if c >= 0)
    il6 = int(tables.secretion[[s.name for s in compiled.names.substances].index("IL6")])
    found = (
        ratio(int(tables.p_base[0, 0, enzyme])), ratio(int(program.vesicles.p_copies[0])),
        ratio(int(tables.p_base[0, 0, il6])),
    )  # fmt: skip
    np.testing.assert_allclose(found, (surface, carried, secreted), rtol=1e-9)


def test_what_a_cell_has_not_is_told() -> None:
    found = check(TEXT.replace("{step}", "knock out NT5 in c"))
    assert [one.code for one in found if one.severity == "error"] == ["unknown-name"]
    assert "NT5E" in (next(one.remedy for one in found if one.code == "unknown-name") or "")
