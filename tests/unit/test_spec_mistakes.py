"""Whatever a user mistypes, the answer is a diagnostic with a place, never a traceback."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.bench import BENCH
from tests.cases.language import EVERYTHING, PART, POSITIONS, REFERENCES

from vesicula.errors import CODES
from vesicula.language import check, prepare

LINES = EVERYTHING.split("\n")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
numbers = st.integers(0, len(LINES) - 1)
slips = st.one_of(
    st.tuples(st.just("drop"), numbers, numbers),
    st.tuples(st.just("repeat"), numbers, numbers),
    st.tuples(st.just("cut"), numbers, st.integers(0, 60)),
    st.tuples(st.just("indent"), numbers, st.integers(-2, 2)),
    st.tuples(st.just("character"), numbers, st.tuples(st.integers(0, 80), st.sampled_from("(){}[],:@.x0 -/%\"'#é"))),
    st.tuples(st.just("number"), numbers, st.sampled_from(["0", "-1", "1e30", "1e-30", "1e99", "1e999", "x"])),
)


def mistyped(slip, lines):
    kind, at, how = slip
    at %= len(lines)
    line = lines[at]
    if kind == "drop":
        return lines[:at] + lines[at + 1 :]
    if kind == "repeat":
        return [*lines[:at], LINES[how], *lines[at:]]
    if kind == "cut":
        line = line[:how]
    elif kind == "indent":
        line = " " * how + line if how > 0 else line[-how:]
    elif kind == "character":
        place, character = how
        line = line[:place] + character + line[place + 1 :]
    else:
        line = NUMBER.sub(how, line, count=1)
    return [*lines[:at], line, *lines[at + 1 :]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("mistakes")
    (root / "parts").mkdir()
    (root / "parts" / "cancer.yaml").write_text(PART)
    (root / "references.bib").write_text(REFERENCES)
    (root / "positions.csv").write_text(POSITIONS)
    return root


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(slips, min_size=1, max_size=2))
def test_every_slip_is_told(folder, slip):
    told(folder, LINES, slip)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(slips, min_size=1, max_size=2))
def test_every_slip_at_the_bench_is_told(folder, slip):
    told(folder, BENCH.split("\n"), slip)


def told(folder, lines, slip):
    for one in slip:
        lines = mistyped(one, lines)
    path = folder / "model.yaml"
    path.write_text("\n".join(lines))
    diagnostics = check(path)
    for one in diagnostics:
        assert one.code in CODES
        assert one.text()
    if not any(one.severity == "error" for one in diagnostics):
        assert prepare(path).resolved
