"""A table reads back the same however it was written; a file cut or garbled anywhere is read or refused, no more."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases.lab_files import BEADS, DPCR, KINETIC, PCR, PLATE, POSITIONS, RELATIVE, nanosight, zetaview

from vesicula.errors import FileError
from vesicula.io import Particles, Values, read_file
from vesicula.io.numbers import Around, Decimal, NotANumberError, read_numbers

FORMS = {
    "nanosight": nanosight(), "zetaview": zetaview(), "positions": POSITIONS, "pcr": PCR, "relative": RELATIVE,
    "dpcr": DPCR, "plate": PLATE, "kinetic": KINETIC, "beads": BEADS,
    "sizes": "Sample;EV\nDilution;10\n\nSize (nm);Concentration (/mL)\n50;1,5e8\n100;2,5e8\n",
    "course": "time (h),EV 1,EV 2,EV SD\n0,1,2,0.1\n4,3,4,0.2\n", "places": "cell,x (um),y (um)\na,1,2\nb,3,4\n",
}  # fmt: skip
WRITTEN = [
    (sep, decimal, encoding, end)
    for sep in (",", ";", "\t")
    for decimal in (".", ",")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")
    for end in ("\n", "\r\n")
    if not (sep == "," and decimal == ",")
]
LEVELS = st.lists(st.floats(0.001, 9e5).map(lambda x: round(x, 3)), min_size=2, max_size=12)


def read_bytes(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(content)
        return read_file(path)


@settings(max_examples=60, deadline=None)
@given(levels=LEVELS, how=st.sampled_from(WRITTEN), quoted=st.booleans())
def test_a_table_reads_back_the_same_however_it_was_written(
    levels: list[float], how: tuple[str, ...], quoted: bool
) -> None:
    sep, decimal, encoding, end = how
    mark = '"' if quoted else ""
    rows = [f"time (h){sep}EV", f"0{sep}{mark}0{decimal}25{mark}"]
    rows += [f"{k + 1}{sep}{mark}{f'{one:.3f}0'.replace('.', decimal)}{mark}" for k, one in enumerate(levels)]
    found = read_bytes((end.join(rows) + end).encode(encoding))
    assert isinstance(found, Values)
    assert [one.value for one in found.entries] == [0.25, *levels]
    assert [one.minutes for one in found.entries] == [60.0 * k for k in range(len(levels) + 1)]


@settings(max_examples=60, deadline=None)
@given(
    levels=st.lists(st.integers(1, 10**9), min_size=1, max_size=8), mark=st.sampled_from([",", ".", "'", "\u00a0", " "])
)
def test_thousands_are_read_whole_where_the_column_says_so(levels: list[int], mark: str) -> None:
    cells = [f"{one:,}".replace(",", mark) for one in (*levels, 1_234_567)]
    assert read_numbers(cells, "count", Around()).values == (*levels, 1_234_567)


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[1-9]\d{0,2},\d{3}", fullmatch=True), min_size=1, max_size=5))
def test_a_comma_that_nothing_explains_is_never_guessed(cells: list[str]) -> None:
    with pytest.raises(NotANumberError):
        read_numbers(cells, "count", Around())
    meant = read_numbers(cells, "count", Around(Decimal.COMMA, "so"))
    assert meant.values == tuple(float(one.replace(",", ".")) for one in cells)
    assert "so" in meant.said


@settings(max_examples=80, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(FORMS)))
def test_a_file_cut_anywhere_is_read_or_refused(data: st.DataObject, name: str) -> None:
    content = FORMS[name].encode()
    begin = data.draw(st.integers(0, len(content) // 2))
    end = data.draw(st.integers(begin, len(content)))
    judge(content[begin:end])


@settings(max_examples=80, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(FORMS)), encoding=st.sampled_from(["utf-8", "utf-16", "cp437"]))
def test_a_file_with_random_bytes_is_read_or_refused(data: st.DataObject, name: str, encoding: str) -> None:
    content = bytearray(FORMS[name].encode(encoding, errors="replace"))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    judge(bytes(content))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(FORMS)))
def test_a_file_with_other_cells_is_read_or_refused(data: st.DataObject, name: str) -> None:
    """Cells swapped, emptied, or made of what spreadsheets make."""
    odd = st.sampled_from(
        [
            "",
            "NaN",
            "-1",
            "0",
            "1,234",
            "1-May",
            "1e400",
            "1e-400",
            "<LOD",
            "1.2.3",
            "A1",
            "X",
            "[Results]",
            "-",
            "\u221e",
            '"',
            "1e99",
        ]
    )
    sep = next(mark for mark in ("\t", ";", ",") if mark in FORMS[name])
    lines = [line.split(sep) for line in FORMS[name].splitlines()]
    for _ in range(data.draw(st.integers(1, 6))):
        row = data.draw(st.integers(0, len(lines) - 1))
        lines[row][data.draw(st.integers(0, len(lines[row]) - 1))] = data.draw(odd)
    judge("\n".join(sep.join(line) for line in lines).encode())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_read_or_refused(content: bytes) -> None:
    judge(content)


def judge(content: bytes) -> None:
    """Read it: nothing but FileError may be raised, and what is read is sound."""
    try:
        found = read_bytes(content)
    except FileError:
        return
    if isinstance(found, Particles):
        assert found.measured is None or 0 < found.measured < 1e300
        assert found.dilution is None or found.dilution > 0
