"""Files of every form with every quirk: the right answer, or the right refusal in the right line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cases.lab_files import BEADS, DPCR, KINETIC, PCR, PLATE, POSITIONS, RELATIVE, nanosight, zetaview

from vesicula.errors import FileError
from vesicula.io import Amounts, Particles, Places, Reading, Values, read_file

MU = "\u00b5"


@dataclass(frozen=True)
class Case:
    """A file and what is right to read from it. said : words that its account has; dilution : as said"""

    name: str
    content: str | bytes
    right: Callable[..., bool]
    said: tuple[str, ...] = ()
    dilution: float | None = None


@dataclass(frozen=True)
class Refusal:
    """A file that cannot be used. code, line : of the diagnostic; says : words of its message or remedy"""

    name: str
    content: str | bytes
    code: str
    line: int
    says: str
    dilution: float | None = None


def near(value: float | None, other: float, share: float = 1e-3) -> bool:
    return value is not None and abs(value - other) <= share * abs(other)


def particles(measured: float, dilution: float | None = None, n: int | None = None) -> Callable[[Particles], bool]:
    return lambda p: near(p.measured, measured) and p.dilution == dilution and (n is None or p.n == n)


def values(found: Values) -> list[float | None]:
    return [one.value for one in found.entries]


SIZES = "Size (nm),Concentration (particles/mL)\n50,1e8\n100,3e8\n150,1e8\n"
COURSE = "time (h);EV;vehicle\n0;1,5;1,0\n4;2,25;1,5\n24;10,5;2,0\n"
CASES = [
    # --- NanoSight
    Case("nanosight", nanosight(), particles(2.2e8, None, 3), ("mean of 3 videos", "they are no videos")),
    Case("nanosight said dilution", nanosight(), lambda p: near(p.per_mL, 2.2e10), ("as you say",), dilution=100),
    Case(
        "nanosight recorded dilution",
        nanosight(dilution="50"),
        lambda p: near(p.measured, 4.4e6) and near(p.per_mL, 2.2e8),
    ),
    Case(
        "nanosight hint is not taken",
        nanosight(name="EMT d200"),
        lambda p: p.dilution is None and p.hinted == 200,
        ("hints at a dilution of 200", "told but not taken"),
    ),
    Case("nanosight hint 1:500", nanosight(name="EV 1:500 run"), lambda p: p.hinted == 500),
    Case("nanosight, a date is no hint", nanosight(name="EV 1/04/2021"), lambda p: p.hinted is None, ("not recorded",)),
    Case("nanosight one video", nanosight([3e8]), lambda p: p.sd is None and p.n == 1 and near(p.measured, 3e8)),
    Case("nanosight semicolons", nanosight(sep=";", decimal=","), particles(2.2e8, None, 3), ("decimal comma",)),
    Case("nanosight tabs", nanosight(sep="\t"), particles(2.2e8)),
    Case("nanosight CRLF", nanosight(end="\r\n"), particles(2.2e8)),
    Case("nanosight old Mac lines", nanosight(end="\r"), particles(2.2e8)),
    Case("nanosight UTF-16", nanosight().encode("utf-16"), particles(2.2e8), ("UTF-16",)),
    Case("nanosight UTF-16 without mark", nanosight().encode("utf-16-le"), particles(2.2e8), ("no byte-order mark",)),
    Case("nanosight UTF-8 mark", b"\xef\xbb\xbf" + nanosight().encode(), particles(2.2e8)),
    Case("nanosight camera levels", nanosight(levels=(10, 10, 15)), particles(2.2e8), ("level 10", "level 15")),
    Case(
        "nanosight warning", nanosight(warning="Low"), particles(2.2e8), ("Completed Tracks: Low (in 1 of 3 videos)",)
    ),
    Case(
        "nanosight first distribution",
        nanosight(),
        lambda p: (
            [c.nm for c in p.classes] == [45.5, 80.5, 120.5, 200.5]
            and near(p.sizes["mean"], 110)
            and near(sum(c.per_mL for c in p.classes), 2.2e8)
        ),
        ("volume",),
    ),
    Case(
        "nanosight no distribution by number",
        nanosight(weighting="Surface Area"),
        lambda p: p.classes == (),
        ("No distribution of sizes by number",),
    ),
    Case("nanosight other mean", nanosight(mean=9e8), particles(2.2e8), ("The file states a mean of",)),
    # --- ZetaView
    Case("zetaview", zetaview().encode("latin-1"), particles(6e6, 1000), ("Windows-1252", "The second table")),
    Case("zetaview one table", zetaview(second=False), particles(6e6, 1000), ("No row of -1",)),
    Case(
        "zetaview other traces",
        zetaview().replace("Traces:\t400", "Traces:\t300"),
        particles(6e6, 1000),
        ("do not agree",),
    ),
    Case("zetaview other dilution said", zetaview(), particles(6e6, 500), ("the file records 1000",), dilution=500),
    Case("zetaview one colon", zetaview(cell="Dilution:"), particles(6e6, 1000)),
    Case("zetaview drift", zetaview(drift="too high"), particles(6e6, 1000), ("drift of particles says `too high`",)),
    Case(
        "zetaview positions",
        POSITIONS,
        lambda p: near(p.measured, 1.5e7) and p.dilution == 1000 and p.n == 2,
        ("MAX_DRIFT", "Mean and St.Dev."),
    ),
    Case(
        "zetaview positions Latin-1",
        POSITIONS.replace("Removal", f"{MU}m/s\tRemoval").encode("latin-1"),
        particles(1.5e7, 1000),
    ),
    # --- tables of sizes
    Case("sizes", SIZES, lambda p: near(p.measured, 5e8) and near(p.sizes["D50"], 83.3, 0.3) and p.dilution is None),
    Case("sizes in um", f"Diameter ({MU}m);Conc. (/mL)\n0,05;100000000\n0,1;300000000\n", particles(4e8)),
    Case(
        "sizes per uL",
        f"Size [nm]\tConcentration [particles/{MU}L]\n50\t100\n100\t300\n",
        particles(4e5),
        ("multiplied by 1000",),
    ),
    Case("sizes with power", "Size (nm),Concentration (10^6 particles/mL)\n50,1.5\n100,2.5\n", particles(4e6)),
    Case(
        "sizes with dilution in head",
        f"Sample;EV\nDilution factor;100\n\n{SIZES.replace(',', ';')}",
        particles(5e8, 100),
    ),
    Case("sizes, comment lines", f"# instrument: nano-flow\n# Dilution: 1:250\n{SIZES}", particles(5e8, 250)),
    Case("sizes, repeats", "Size (nm),Conc A (/mL),Conc B (/mL)\n50,1e8,2e8\n100,1e8,2e8\n", particles(3e8, None, 2)),
    Case(
        "sizes, average is no repeat",
        "Size (nm),Conc A (/mL),Conc B (/mL),Average conc (/mL)\n50,1e8,2e8,1.5e8\n60,0,0,0\n",
        particles(1.5e8, None, 2),
    ),
    Case("sizes, per nm", "Size (nm),Concentration (particles/mL/nm)\n50,1e6\n60,1e6\n", particles(2e7), ("width",)),
    Case("sizes, counts alone", "Size (nm),Count\n50,10\n100,30\n", lambda p: p.measured is None and p.counted == 40),
    Case(
        "sizes, counts and total",
        "Concentration (particles/mL),4e9\n\nBin centre (nm),Number\n50,10\n100,30\n",
        lambda p: near(p.measured, 4e9) and near(p.classes[1].per_mL, 3e9),
    ),
    Case(
        "sizes, thousands",
        'Size (nm),Concentration (/mL)\n50,"1,000,000"\n100,"2,000,000"\n',
        particles(3e6),
        ("parts thousands",),
    ),
    Case("sizes, below detection", "Size (nm);Concentration (/mL)\n50;<LOD\n100;200\n", particles(200), ("`<LOD`",)),
    Case("sizes, total row", "Size (nm),Count\n50,10\n100,30\nTotal,40\n", lambda p: p.counted == 40, ("`Total`",)),
    Case("single particles", "Size/nm\n" + "\n".join(str(60 + k) for k in range(20)), lambda p: p.counted == 20),
    # --- qPCR
    Case(
        "qpcr",
        PCR,
        lambda a: (
            len(a.amounts) == 1
            and a.amounts[0].n == 2
            and near(a.amounts[0].ct, 25.1)
            and near(a.curves[0].slope, -3.32, 0.01)
            and not a.relative
        ),
        ("1 well that the file omits", "Undetermined"),
    ),
    Case("qpcr copies of the curve", PCR, lambda a: near(a.amounts[0].copies, 3011, 0.02)),
    Case(
        "qpcr without curve",
        RELATIVE,
        lambda a: a.relative and a.amounts[0].copies is None,
        ("relative", "not computed"),
    ),
    Case("qpcr empty first column", "\n".join("," + line for line in RELATIVE.splitlines()), lambda a: a.relative),
    Case(
        "qpcr control with Ct",
        PCR.replace("Undetermined", "24.0"),
        lambda a: len(a.amounts) == 1,
        ("earlier than a sample",),
    ),
    Case("qpcr two dyes", RELATIVE + "A01,VIC,miR-21,Unkn,EV,20.0,NaN\n", lambda a: len(a.amounts) == 2),
    Case(
        "dpcr",
        DPCR,
        lambda a: (
            near(a.amounts[0].concentration, 80) and near(a.amounts[0].concentration_low, 76) and len(a.amounts) == 2
        ),
        ("more than 1 sample (EV 2)", "first line says that commas"),
    ),
    Case("dpcr, other micro", DPCR.encode("latin-1"), lambda a: near(a.amounts[0].concentration, 80)),
    Case(
        "dpcr, micro of DOS",
        DPCR.encode("cp437", errors="replace").replace(b"\xe6", b"\xe6"),
        lambda a: len(a.amounts) == 2,
    ),
    # --- plates, beads
    Case("plate", PLATE, lambda v: values(v) == [0.1, None, 0.3, 0.4, 0.5, None], ("`OVRFLW`", "`MISSED`", "not 0")),
    Case("plate, decimal comma", PLATE.replace("0.", "0,").replace("3.1", "3"), lambda v: values(v)[0] == 0.1),
    Case(
        "kinetic",
        KINETIC,
        lambda v: len(v.entries) == 4 and v.arms == ("A1", "A2") and near(v.entries[1].minutes, 4.3667),
        ("2 rows with a time and no values", "every 4 min"),
    ),
    Case(
        "kinetic with computed plate",
        KINETIC + "\nResults\n\t1\t2\nA\t5\t6\tMax V\n",
        lambda v: len(v.entries) == 4,
        ("computed",),
    ),
    Case(
        "plate with a layout",
        "Layout\n\t1\t2\nA\tSPL1\tBLK\tWell ID\n\nResults\n\t1\t2\nA\t0.1\t0.2\t450\n",
        lambda v: values(v) == [0.1, 0.2],
        ("Rows of words in a plate (Well ID)",),
    ),
    Case(
        "list of wells",
        "Well\tName\t450\nA1\tEV\t0.1\nA2\tEV\tOVRFLW\n",
        lambda v: values(v) == [0.1, None] and v.arms == ("A1", "A2"),
        ("The column Name", "`OVRFLW`"),
    ),
    Case(
        "spectrum", "Wavelength\tA1\tA2\n400\t0.1\t0.2\n410\t0.3\t0.4\n", lambda v: v.measures == ("400 nm", "410 nm")
    ),
    Case(
        "nanosight in units of 1e6",
        nanosight([200, 240]).replace("Concentration (P", "Concentration (E6 P"),
        particles(2.2e8),
    ),
    Case(
        "sizes, words around",
        "Size (nm);Run 1 conc (/mL);Run 2 conc (/mL)\n80;1,5e8;1,7e8\n",
        particles(1.6e8, None, 2),
    ),
    Case(
        "decimal comma beside a version",
        "Version 3.1\n\ntime (h);EV\n0;1,5\n1;2,5\n2;1,234\n",
        lambda v: values(v)[2] == 1.234,
    ),
    Case(
        "beads",
        BEADS,
        lambda v: len(v.entries) == 8 and v.of("IL-6, Median")[0].value == 100.5,
        ("1 count of beads below 100, the lowest 30", "no concentration", "Audit Logs"),
    ),
    # --- courses
    Case(
        "course",
        COURSE,
        lambda v: (
            v.arms == ("EV", "vehicle")
            and values(v)[:3] == [1.5, 2.25, 10.5]
            and [e.minutes for e in v.entries[:3]] == [0, 240, 1440]
        ),
        ("decimal comma",),
    ),
    Case(
        "course, replicates",
        "Time [min],EV 1,EV 2,ctrl\n0,1,2,3\n60,4,5,6\n",
        lambda v: v.arms == ("EV", "ctrl") and [e.replicate for e in v.entries[:4]] == ["1", "1", "2", "2"],
    ),
    Case("course, sd", "hours,EV,EV SD\n0,1,0.1\n1,2,0.2\n", lambda v: [e.sd for e in v.entries] == [0.1, 0.2]),
    Case(
        "course, long",
        "time,arm,measure,value,sd\n4 h,EV,uptake,5,1\n30 min,EV,uptake,2,1\n",
        lambda v: [e.minutes for e in v.entries] == [240, 30] and v.measures == ("uptake",),
    ),
    Case("course, scratch", "Time (h)\tWound area (um^2)\n0\t1000\n12\t500\n", lambda v: values(v) == [1000, 500]),
    Case("course, commas at line ends", "time (h),EV,,,\n0,1,,,\n1,2,,\n", lambda v: values(v) == [1, 2]),
    # --- places
    Case(
        "places",
        f"cell,x ({MU}m),y ({MU}m)\ntumour,1.5,2\nstroma,3,4\n",
        lambda p: [(c.kind, c.x, c.y) for c in p.places] == [("tumour", 1.5, 2), ("stroma", 3, 4)],
    ),
    Case(
        "places in mm",
        "Centroid X mm;ID;Centroid Y mm\n".replace(" mm", " (mm)") + "0,5;1;0,25\n",
        lambda p: (p.places[0].x, p.places[0].y) == (500, 250),
        ("decimal comma",),
    ),
    Case("places without unit", "x,y\n1,2\n3,4\n", lambda p: len(p.places) == 2, ("in µm, as no unit is said",)),
]
REFUSALS = [
    Refusal("empty", b"", "file-form", 0, "empty"),
    Refusal("workbook", b"PK\x03\x04" + b"x" * 50, "file-form", 0, "workbook"),
    Refusal("flow cytometer", b"FCS3.1  " + b"x" * 50, "file-form", 0, "flow cytometer"),
    Refusal("bytes", bytes(range(256)) * 4, "file-form", 0, ""),
    Refusal("prose", "Dear all,\nthe particles are fine.\n", "file-form", 1, "expected is one of these"),
    Refusal("unknown table", "a,b,c\n1,2,3\n4,5,6\n", "file-form", 1, "NanoSight"),
    Refusal("zetaview without traces", zetaview(traces=0), "file-empty", 9, "0 traces"),
    Refusal("zetaview profile", zetaview(kind="Profile"), "file-empty", 8, "Profile"),
    Refusal("zetaview cut in its table", "\n".join(zetaview().splitlines()[:-3]), "file-form", 9, "it is cut"),
    Refusal("zetaview without table", zetaview()[:300], "file-form", 0, "Size / nm"),
    Refusal("positions all removed", POSITIONS.replace("\nX", "\n"), "file-empty", 1, "marked with X"),
    Refusal(
        "nanosight without results", nanosight().replace("Concentration (Particles", "C ("), "file-form", 0, "[Results]"
    ),
    Refusal("nanosight word for a number", nanosight().replace("2.400e+08", "abc", 1), "file-number", 15, "`abc`"),
    Refusal("nanosight all zero", nanosight([0, 0]), "file-empty", 15, "zero"),
    Refusal("size made a date", "Size (nm),Count\n50,10\n1-May,30\n", "file-number", 3, "a spreadsheet made the date"),
    Refusal(
        "course made dates", "time (h),EV\n0,1.5\n4,02.05.2021\n8,2\n", "file-number", 3, "a spreadsheet made the date"
    ),
    Refusal(
        "comma that reads both ways", "time (h)\tEV\n0\t1,234\n4\t2,345\n", "file-number", 2, "may have a decimal comma"
    ),
    Refusal("two decimal marks", "time (h)\tEV\n0\t1,5\n4\t2.5\n", "file-number", 3, "another decimal mark"),
    Refusal("no unit of time", "time,EV\n0,1\n4,2\n", "file-asked", 1, "time (h)"),
    Refusal("pixels", "x (px),y (px)\n1,2\n", "file-asked", 1, "no length"),
    Refusal(
        "qpcr without Ct",
        PCR.replace("20.0", "").split("1\tA1")[0] + "1\tA1\tfalse\tS\tT\tUNKNOWN\tF\tUndetermined\n",
        "file-empty",
        5,
        "no well has a Ct",
    ),
    Refusal("dilution of a Ct", PCR, "file-asked", 0, "a Ct has none", dilution=10),
    Refusal("dilution below 1", SIZES, "file-asked", 0, "cannot be", dilution=0.5),
    Refusal("negative concentration", "Size (nm),Concentration (/mL)\n50,-5\n100,7\n", "file-number", 2, "below zero"),
    Refusal("empty classes", "Size (nm),Concentration (/mL)\n50,0\n100,0\n", "file-empty", 1, "nothing was counted"),
]


def put(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "without-a-hint"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def sentences(found: Reading) -> str:
    account = found.account
    return "\n".join((*account.read, *account.left_out, *account.assumed, *account.doubts))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_read_right_and_says_what_it_was(case: Case, tmp_path: Path) -> None:
    found = read_file(put(tmp_path, case.content), dilution=case.dilution)
    assert case.right(found), found
    told = sentences(found)
    assert [words for words in case.said if words not in told] == [], told
    assert found.account.read


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_file_is_refused_in_the_right_line_with_a_remedy(case: Refusal, tmp_path: Path) -> None:
    with pytest.raises(FileError) as raised:
        read_file(put(tmp_path, case.content), dilution=case.dilution)
    (told,) = raised.value.diagnostics
    assert (told.code, told.line) == (case.code, case.line)
    assert case.says in f"{told.message} {told.remedy}"
    assert told.remedy
    assert told.file == "without-a-hint"


def test_there_are_many_cases_and_all_kinds_of_readings() -> None:
    assert len(CASES) + len(REFUSALS) >= 40
    assert len({one.name for one in (*CASES, *REFUSALS)}) == len(CASES) + len(REFUSALS)


def test_anndata_is_read_by_its_content(tmp_path: Path) -> None:
    import anndata
    import numpy as np
    import pandas as pd

    obs = pd.DataFrame({"cell_type": ["tumour", "stroma"]}, index=["a", "b"])
    whole = anndata.AnnData(np.zeros((2, 3)), obs=obs)
    whole.obsm["spatial"] = np.array([[1.0, 2.0], [3.0, 4.0]])
    whole.write_h5ad(tmp_path / "cells")
    found = read_file(tmp_path / "cells")
    assert isinstance(found, Places)
    assert [(one.kind, one.x, one.y) for one in found.places] == [("tumour", 1, 2), ("stroma", 3, 4)]
    del whole.obsm["spatial"]
    whole.write_h5ad(tmp_path / "bare")
    with pytest.raises(FileError, match="spatial"):
        read_file(tmp_path / "bare")


@pytest.mark.parametrize("kind", [Particles, Amounts, Values, Places])
def test_readings_say_themselves_as_data(kind: type[Reading], tmp_path: Path) -> None:
    import json

    case = next(one for one in CASES if isinstance(read_file(put(tmp_path, one.content), dilution=one.dilution), kind))
    told = read_file(put(tmp_path, case.content), dilution=case.dilution).as_dict()
    assert json.loads(json.dumps(told))["becomes"] == kind.__name__.lower()
