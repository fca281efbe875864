"""Two lines of one base side by side do what the same cells do that are written out one by one, and kept apart what each
does alone.
"""

# ruff: noqa: E501 (texts of models stand as their authors write them)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cases.by_name import Ran, ran

NOISE = 5.0  # standard errors between seeds
HEAD = """
vesicula: 1
run: {{for: 6 h, step: 30 min, {repeats}}}
"""
SUBSTANCES = """
substances:
  IL6 (HGNC:6018): {diffuses: 100 um^2/s (10..1000 @assumed), half-life: 2 h (0.5..8 @assumed)}
"""
CLASS = """  {name}:
    from: {donor}
    made: at the membrane
    half-life: 8 h (2..30 @assumed)
    carries: {{miR-21-5p: 2 copies/EV (0.2..20 @assumed)}}
"""
CELL = """  {name}:
    diameter: 12 um (5..50 @assumed), spread 1.2 (1.02..1.5 @assumed)
    states: [quiet, loud]
    divides: every 8 h (2..20 @assumed)
    apoptosis: 1 /day (0.1..10 @assumed)
    secretes: {{IL6: 2 molecules/s (0.2..20 @assumed)}}
    releases: {{{own}: 100 particles/h (20..500 @assumed)}}
    clears EV: library
{fates}    while loud:
      {own} release: 300 particles/h (30..3000 @assumed)
      loading of miR-21-5p in {own}: 3x (1.2..10 @assumed)
    traits:
      output: {{spread: 2 (1.2..4 @assumed), drift: 1.1 (1..1.3 @assumed), multiplies: [{own} release]}}
    own copies: {{miR-21-5p: 200 (20..2000 @assumed)}}
    competitors: library
    becomes:
      - loud from quiet at 2 /day (0.2..20 @assumed)
    inside:
      - miR-21-5p silences PDCD4 (20 mRNA (2..200 @assumed), half-life 9 h (2..24 @assumed), protein half-life 24 h (5..100 @assumed))
      - IL6 activates STAT3
    rules:
      - PDCD4 lowers apoptosis to 0.5x (0.1..1 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - STAT3 raises {own} release to 3x (1.5..10 @assumed), half-max 0.5 (0.1..0.9 @assumed)
{uptake}"""
FATE = "    fate of {name}: {{clears: 30 pL/h (3..300 @assumed)}}\n"
UPTAKE = "      - STAT3 raises {name} endocytosis to 2x (1.1..5 @assumed), half-max 0.5 (0.1..0.9 @assumed)\n"
LINES = "  one (cancer): {}\n  two (cancer): {}\n"
TOGETHER = "sites:\n  dish: {kind: pool, volume: 1 uL}\nstart:\n  - 10 one in dish, quiet\n  - 15 two in dish, quiet\n"
APART = "sites:\n  left: {kind: pool, volume: 1 uL}\n  right: {kind: pool, volume: 1 uL}\nstart:\n  - 10 one in left, quiet\n  - 15 two in right, quiet\n"
ALONE = {
    "one": "sites:\n  left: {kind: pool, volume: 1 uL}\nstart:\n  - 10 one in left, quiet\n",
    "two": "sites:\n  right: {kind: pool, volume: 1 uL}\nstart:\n  - 15 two in right, quiet\n",
}
SITE = {"one": "left", "two": "right"}


def cell(name: str, own: str, *classes: str) -> str:
    fates, uptake = ("".join(line.format(name=one) for one in classes) for line in (FATE, UPTAKE))
    return CELL.format(name=name, own=own, fates=fates, uptake=uptake)


def by_hand(*lines: str) -> str:
    """Cells and vesicles said one by one, of no base."""
    classes = [f"{line}-EV" for line in lines]
    vesicles = "".join(CLASS.format(name=f"{line}-EV", donor=line) for line in lines)
    return f"{SUBSTANCES}vesicles:\n{vesicles}cells:\n{''.join(cell(line, f'{line}-EV', *classes) for line in lines)}"


BASE = (
    f"vesicula: 1\npart: ./base.yaml\n{SUBSTANCES}vesicles:\n{CLASS.format(name='tumour-EV', donor='cancer')}"
    f"cells:\n{cell('cancer', 'tumour-EV', 'tumour-EV')}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lines")
    (folder / "base.yaml").write_text(BASE)
    return folder


def run_of(folder: Path, *blocks: str, repeats: str = "draws: 3") -> Ran:
    file = folder / "model.yaml"
    file.write_text(HEAD.format(repeats=repeats) + "".join(blocks))
    return ran(file)


def of_base(folder: Path, *blocks: str, repeats: str = "draws: 3") -> Ran:
    return run_of(folder, "use: [./base.yaml]\n", *blocks, repeats=repeats)


def assert_same_bits(mine: Ran, other: Ran, site: str, *, but: str = "tumour-EV") -> None:
    """All that the other run holds of a site."""
    there = mine.by_name(site)
    assert other.states.site(site).n_cells > 20
    for name, column in other.by_name(site).items():
        if but not in name:
            np.testing.assert_array_equal(there[name], column, err_msg=f"{name} in {site}")


def test_two_lines_are_the_two_cells_that_are_written_out(folder):
    beside, out = of_base(folder, "cells:\n", LINES, TOGETHER), run_of(folder, by_hand("one", "two"), TOGETHER)
    assert {one.name for one in beside.compiled.names.populations} == {"one-EV", "two-EV"}
    assert (out.states.site("dish").vesicle_ledger.sum(axis=(0, 2)) > 100).all()
    assert_same_bits(beside, out, "dish")


@pytest.mark.parametrize("line", ["one", "two"])
def test_kept_apart_each_does_to_the_bit_what_it_does_alone(folder, line):
    """In all draws: a line's values are drawn under the same names, whether the other is there or not."""
    beside = of_base(folder, "cells:\n", LINES, APART)
    assert_same_bits(beside, run_of(folder, by_hand(line), ALONE[line]), SITE[line])


@pytest.mark.parametrize("line", ["one", "two"])
def test_against_the_line_alone_whose_vesicles_keep_their_name_the_law_is_the_same(folder, line):
    """Random numbers hold the names of vesicles, so that those of `tumour-EV` are others: means agree within their error."""
    beside = of_base(folder, "cells:\n", LINES, APART, repeats="seeds: 300")
    alone = of_base(folder, f"cells:\n  {line} (cancer): {{}}\n", ALONE[line], repeats="seeds: 300")
    site, own = SITE[line], f"{line}-EV"
    for mine, other in ((f"ledger of {own}", "ledger of tumour-EV"), (f"particles of {own}", "particles of tumour-EV")):
        a, b = (one.by_name(site)[name].reshape(300, -1) for one, name in ((beside, mine), (alone, other)))
        error = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / 300)
        assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) <= NOISE * error).all(), mine
        assert a.mean(axis=0).max() > 100
