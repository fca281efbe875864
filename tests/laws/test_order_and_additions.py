"""The order in which a model is written, and what is added to it without a part in it, change no bit of the rest."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

from __future__ import annotations

import numpy as np
import pytest
from tests.cases.by_name import Ran, ran

from vesicula import load, read
from vesicula.compiler.names import Compiled
from vesicula.engine.step import advance
from vesicula.language.values import Frozen
from vesicula.march import first_states

TEXT = """
vesicula: 1
run: {for: 6 h, step: 30 min, draws: 2}
sites:
SITES  dish:
    size: [100 um, 100 um]
    depth: 20 um
    voxel: 20 um
    regions: {left: left of 50 um, right: rest}
  pond: {kind: pool, volume: 1 uL}
substances:
SUBSTANCES  IL6 (HGNC:6018): {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 2 h (0.5..8 @assumed), molar mass: 21 kDa}
  TGFB1 (HGNC:11766): {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 2 h (0.5..8 @assumed), molar mass: 25 kDa}
vesicles:
VESICLES  donor-EV:
    from: donor
    carries: {miR-21-5p: 2 copies/EV (0.2..20 @assumed), miR-155-5p: 1 copies/EV (0.1..10 @assumed)}
  other-EV: {carries: {miR-21-5p: 1 copies/EV (0.1..10 @assumed)}}
cells:
CELLS  donor:
    diameter: 12 um (5..50 @assumed), spread 1.2 (1.02..1.5 @assumed)
    divides: every 8 h (2..20 @assumed)
    releases: {donor-EV: 100 particles/h (20..500 @assumed)}
    secretes: {IL6: 2 molecules/s (0.2..20 @assumed)}
    clears EV: library
    traits:
      output: {spread: 2 (1.2..4 @assumed), drift: 1.1 (1..1.3 @assumed), multiplies: [donor-EV release]}
  recipient:
    diameter: 12 um (5..50 @assumed)
    apoptosis: 1 /day (0.1..10 @assumed)
    clears EV: library
    own copies: {miR-21-5p: 200 (20..2000 @assumed)}
    competitors: library
    moves: {speed: 0.2 um/min (0.05..1 @assumed), persistence: 30 min (5..120 @assumed)}
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
      - IL6 activates STAT3
    rules:
      - PDCD4 lowers apoptosis to 0.5x (0.1..1 @assumed), half-max 0.5 (0.1..0.9 @assumed)
start:
  - 10 donor in left
  - 10 recipient in right
  - 5 recipient in pond
protocol:
  - at 1 h add 1000 particles of other-EV to dish
  - at 2 h, every 1 h, add 2 recipient in left
  - at 3 h remove 30 % of donor
"""
ADDED = {
    "SITES": "  puddle: {kind: pool, volume: 1 uL}\n",
    "SUBSTANCES": "  CXCL12 (HGNC:10672): {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 2 h (0.5..8 @assumed)}\n",
    "VESICLES": "  dust-EV: {carries: {miR-17-5p: 1 copies/EV (0.1..10 @assumed)}}\n",
    "CELLS": """  bystander:
    diameter: 12 um (5..50 @assumed)
    divides: every 8 h (2..20 @assumed)
    traits:
      mood: {spread: 2 (1.2..4 @assumed), multiplies: [division]}
""",
}


def text_with(*added: str) -> str:
    text = TEXT
    for word, block in ADDED.items():
        text = text.replace(word, block if word in added else "")
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def plain(folder) -> Ran:
    file = folder / "plain.yaml"
    file.write_text(text_with())
    out = ran(file)
    assert all(state.n_cells > 5 for state in out.states.sites)
    assert out.states.site("dish").vesicle_ledger.sum() > 1000
    return out


@pytest.mark.parametrize("added", [(word,) for word in ADDED] + [tuple(ADDED)])
def test_what_has_no_part_changes_no_bit_though_it_is_written_first(plain, folder, added):
    file = folder / f"{'-'.join(added)}.yaml"
    file.write_text(text_with(*added))
    more = ran(file)
    assert len(more.compiled.names.parameters) >= len(plain.compiled.names.parameters)
    for site in plain.states.site_names:
        there = more.by_name(site)
        for name, column in plain.by_name(site).items():
            np.testing.assert_array_equal(there[name], column, err_msg=f"{name} in {site}")


UNORDERED = (
    "sites", "labware", "substances", "reactions", "matrix", "vesicles", "preparations", "cells", "start", "inside",
    "rules", "becomes", "traits", "carries", "body", "degraded", "protocol", "steps", "co_isolated", "stored", "differ",
    "genotypes", "measures",
)  # fmt: skip


def turned(part: Frozen) -> Frozen:
    """A part of a model with every block in which order means nothing written from its end."""
    updates: dict[str, object] = {}
    for name in part.model_fields_set:
        value = getattr(part, name)
        if isinstance(value, dict):
            updates[name] = {k: turned(v) if isinstance(v, Frozen) else v for k, v in reversed(value.items())}
        elif isinstance(value, tuple):
            items = tuple(turned(one) if isinstance(one, Frozen) else one for one in value)
            updates[name] = items[::-1] if name in UNORDERED else items
        elif isinstance(value, Frozen):
            updates[name] = turned(value)
    return part.model_copy(update=updates)


def test_a_model_written_from_its_end_runs_alike(plain, folder):
    """Counts, cells and draws to the bit; what sums over substances, rules or terms to round-off."""
    other = ran(turned(read(folder / "plain.yaml")))
    assert [cell.name for cell in other.compiled.model.cells] == ["recipient", "donor"]
    for site in plain.states.site_names:
        there = other.by_name(site)
        for name, column in plain.by_name(site).items():
            if name.startswith(("concentration", "copies")) or name in ("position", "direction"):
                np.testing.assert_allclose(there[name], column, rtol=1e-9, atol=1e-12, err_msg=f"{name} in {site}")
            else:
                np.testing.assert_array_equal(there[name], column, err_msg=f"{name} in {site}")


def drawn_values(compiled: Compiled) -> dict[str, list]:
    """Values in every variant by the name they are drawn under."""
    order = sorted(range(len(compiled.variants)), key=lambda i: (compiled.variants[i].arm, compiled.variants[i].draw))
    values = compiled.system.sites[0].values[order]
    out: dict[str, list] = {}
    for k, info in enumerate(compiled.names.parameters):
        if info.drawn_as:
            out.setdefault(f"{info.drawn_as} {info.dimension}", []).append(values[:, k].tolist())
    return {name: sorted(columns) for name, columns in out.items()}


@pytest.mark.parametrize(
    "name",
    [
        "cascade",
        "invasion",
        "migration",
        "mir105-barrier",
        "scratch",
        "spheroid",
        "starter",
        "bone-metastasis",
        "breast-exosome",
    ],
)
def test_every_library_model_written_from_its_end_draws_alike(name):
    model = read(name)
    there, back = drawn_values(load(model)), drawn_values(load(turned(model)))
    assert len(there) > 10
    assert back == there


def test_no_two_cells_ever_share_an_identity(plain):
    for state in plain.states.sites:
        for s in range(state.n_sites):
            ids = state.cell_id[state.cell_start[s] : state.cell_start[s + 1]]
            assert len(np.unique(ids)) == len(ids)


SUPPLIED = """
vesicula: 1
run: {for: 12 days, step: 6 h, seeds: 96}
sites:
  pond: {kind: pool, volume: 1 mL}
cells:
  precursor:
    diameter: 10 um @assumed (5..20 @assumed)
    apoptosis: 0.5 /day (0.1..2 @assumed)
    dead stay: 1 min (0.1..10 @assumed)
protocol:
  - at 0 h, every 1 day, add 20 precursor in pond
"""


def test_cells_of_a_repeated_supply_live_lives_of_their_own(folder):
    """Numbers of living cells vary as independent lifetimes do: the sum of n p (1 − p), below Poisson."""
    file = folder / "supplied.yaml"
    file.write_text(SUPPLIED)
    compiled = load(file)
    states = first_states(compiled.system, compiled.keys)
    for _ in range(48):
        advance(compiled.system, states)
    state = states.site("pond")
    for s in range(state.n_sites):
        ids = state.cell_id[state.cell_start[s] : state.cell_start[s + 1]]
        assert len(np.unique(ids)) == len(ids)
    living = np.array(
        [np.sum(state.cell_dead[a:b] == 0) for a, b in zip(state.cell_start, state.cell_start[1:], strict=False)]
    )
    alive = np.exp(-0.5 * np.arange(1, 13))
    mean, variance = 20 * alive.sum(), 20 * (alive * (1 - alive)).sum()
    n = len(living)
    assert abs(living.mean() - mean) < 5 * np.sqrt(variance / n)
    assert abs(living.var(ddof=1) / variance - 1) < 5 * np.sqrt(2 / (n - 1))
