"""Every diagnostic code on the text that causes it, and the exact words of some."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

import textwrap
from pathlib import Path

import pytest
from tests.cases.language import EVERYTHING, PART, POSITIONS, REFERENCES

from vesicula.errors import CODES, FIRST_KINDS, ModelError, render
from vesicula.evidence.classes import EvidenceClass
from vesicula.evidence.parameters import ParameterLibrary
from vesicula.language import check, prepare, read
from vesicula.language.checking.values import _range
from vesicula.language.reading.parameters import read_parameters
from vesicula.language.spots import Spot
from vesicula.language.text import Report
from vesicula.language.values import Value

SMALL = """\
vesicula: 1
model: small
species: human
sites:
  dish:
    size: [200 um, 100 um]
    depth: 20 um
    voxel: 20 um
    regions:
      left: left of 100 um
      right: rest
substances:
  TGFB1: {molar mass: 25 kDa @chevillet2014 (24..26 @chevillet2014), start: 10 pM (1..100 @assumed)}
  IL6: {}
vesicles:
  donor-EV:
    from: donor
    carries:
      miR-21-5p: library
cells:
  donor:
    diameter: 12 um @chevillet2014 (5..50 @assumed)
    states: [quiet, loud]
    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}
    becomes:
      - loud from quiet at 0.05 /day (0.005..0.5 @assumed)
    inside:
      - TGFB1 activates SMAD
    rules:
      - SMAD raises IL6 secretion to 5x (1.5..15 @assumed)
  recipient:
    diameter: 12 um @chevillet2014 (5..50 @assumed)
    inside:
      - delivered miR-21-5p activates GO, half-max 10 copies (1..100 @assumed)
start:
  - 12 donor in left
  - 3 recipient in right
arms:
  untreated: []
  block:
    - block release of donor-EV by 90 %
measure:
  GO: GO in recipient
  IL6: concentration of IL6 in dish in pM
run: {for: 24 h, record: every 1 h, step: 6 min}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "cancer.yaml").write_text(PART)
    (tmp_path / "references.bib").write_text(REFERENCES)
    (tmp_path / "positions.csv").write_text(POSITIONS)
    return tmp_path


def found(text, tmp_path=None):
    if tmp_path is None:
        return check(text)
    (tmp_path / "model.yaml").write_text(text)
    return check(tmp_path / "model.yaml")


def changed(old, new, text=SMALL):
    assert old in text, old
    return text.replace(old, new, 1)


def test_the_models_the_tests_start_from_are_right(folder):
    assert check(SMALL) == []
    told = found(EVERYTHING, folder)  # says all that the language can, and so much that nothing reads
    assert [one for one in told if one.code not in FIRST_KINDS] == []


PREPARED = "preparations:\n  p: {of: donor-EV}\n"

CHANGES = {
    "fact-at-hand": [("IL6: {}", "IL6: {half-life: 3 h (0.3..30 @assumed)}")],
    "outside-measured": [("IL6: {}", "IL6: {half-life: 9000 h @chevillet2014 (1000..20000 @chevillet2014)}")],
    "yaml": [("model: small", "model: small: big")],
    "duplicate-key": [("species: human", "species: human\nspecies: mouse")],
    "anchor": [("species: human", "species: &s human")],
    "tag": [("species: human", "species: !!str human")],
    "too-deep": [("species: human", "about: " + "[" * 20 + "]" * 20)],
    "version": [("vesicula: 1", "vesicula: 2")],
    "missing-key": [
        ("vesicula: 1\n", ""),
        ("    depth: 20 um\n", ""),
        ("    voxel: 20 um\n", ""),
        ("for: 24 h, ", ""),
        ("miR-21-5p: library", "ITGB3: 20 copies/EV"),
        ("dish:\n", "blood: {kind: pool}\n  dish:\n"),
    ],
    "unknown-key": [("species: human", "specis: human"), ("    states:", "    stats:"), ("donor-EV:\n", "donor-EV:\n    form: donor\n")],
    "reserved-key": [("species: human", "vessels: {}"), ("species: human", "depots: {}")],
    "wrong-shape": [
        ("species: human", "species: [human]"),
        ("  - 12 donor in left\n", "  - 12 donor: left\n"),
        ("start:\n", "start: 12 donor\nprotocol:\n"),
        ("[200 um, 100 um]", "{x: 200 um}"),
        ("model: small", "model: small\npart: cells/x"),
        ("{IL6: 1 molecules/s (0.1..10 @assumed)}", "1 molecules/s"),
    ],
    "flow-sentence": [
        ("arms:\n  untreated: []\n", "arms:\n  untreated: [at 2 h wash 90 %, at 3 h wash 90 %]\n"),
        ("{IL6: 1 molecules/s (0.1..10 @assumed)}", "{IL6: 1 molecules/s (0.1..10 @assumed), spread 1.4}"),
        ("  untreated: []", "  untreated: {at 2 h wash: 90 %}"),
    ],
    "not-a-boolean": [("    states:", "    anchored: maybe\n    states:")],
    "not-a-choice": [("  dish:\n", "  dish:\n    kind: tisue\n"), ("  dish:\n", "  dish:\n    walls: {lft: open}\n")],
    "name": [("  recipient:\n", "  the recipient:\n"), ("IL6: {}", "IL6 (no id): {}"), ("IL6: {}", "(IL6): {}")],
    "duplicate-name": [("  recipient:\n", "  donor (CL:1):\n")],
    "sentence": [("12 donor in left", "12 donor inn left"), ("TGFB1 activates SMAD", "TGFB1 activates")],
    "repeated-option": [("TGFB1 activates SMAD", "TGFB1 activates SMAD, hill 1.4, hill 1.5")],
    "quantity": [("depth: 20 um", "depth: deep"), ("12 donor", "1.5 donor"), ("step: 6 min", "seeds: some")],
    "unknown-unit": [("depth: 20 um", "depth: 20 umm")],
    "wrong-quantity": [
        ("1 molecules/s (0.1..10 @assumed)", "3 ng/mL (0.3..30 @assumed)"),
        ("depth: 20 um", "depth: 20 h"),
        ("in dish in pM", "in dish in EV/mL"),
        ("TGFB1 activates SMAD", "TGFB1 activates SMAD, half-max 0.5"),
    ],
    "molar-mass": [("IL6: {}", "IL6: {}\n  XYZ: {diffuses: 9 um^2/s (1..90 @assumed), start: 1 ng/mL}")],
    "solubility": [("IL6: {}", "IL6: {unit: mmHg}"), ("IL6: {}", "IL6: {start: 38 mmHg}")],
    "negative": [("1 molecules/s (0.1", "-1 molecules/s (0.1"), ("at 0.05 /day", "at -0.05 /day")],
    "not-positive": [("diameter: 12 um @", "diameter: 0 um @"), ("voxel: 20 um", "voxel: 0 um")],
    "not-finite": [("depth: 20 um", "depth: 1e999 um"), ("depth: 20 um", "depth: 1e-101 um")],
    "spread": [("(5..50 @assumed)\n    states", "(5..50 @assumed), spread 0.5\n    states")],
    "memory": [("TGFB1 activates SMAD", "SMAD keeps itself, on above 0.1, off below 0.4")],
    "share": [("by 90 %", "by 190 %"), ("by 90 %", "by 1.5")],
    "range": [("1 molecules/s (0.1..10", "1 molecules/s (2..10"), ("1 molecules/s (0.1..10", "1 molecules/s (10..0.1"), ("1 molecules/s (0.1..10", "1 molecules/s (1..1")],
    "fast-loss": [("IL6: {}", "IL6: {half-life: 30 s @chevillet2014 (20..40 @chevillet2014)}")],
    "washed-out": [
        (
            "sites:\n",
            "body:\n  - blood perfuses dish, 1 mL/min (0.1..10 @assumed)\nsites:\n  blood: {kind: pool, volume: 5 L}\n",
        ),
    ],
    "narrow-range": [("1 molecules/s (0.1..10", "1 molecules/s (0.9..1.1")],
    "no-source": [("1 molecules/s (0.1..10 @assumed)", "1 molecules/s"), ("(0.1..10 @assumed)", "(0.1..10)")],
    "no-range": [("1 molecules/s (0.1..10 @assumed)", "1 molecules/s @assumed")],
    "hill": [("TGFB1 activates SMAD", "TGFB1 activates SMAD, ec50 0.8 (0.1..0.9 @assumed), hill 1 (0.3..3 @assumed)")],
    "base-zero": [
        ("raises IL6 secretion", "raises division"),
        ("IL6: 1 molecules/s (0.1..10 @assumed)", "IL6: 0 molecules/s"),
        ("      - SMAD raises", "      - SMAD keeps loud\n      - SMAD raises"),
    ],
    "limit": [("raises IL6 secretion to 5x (1.5..15 @assumed)", "raises IL6 secretion to 0.5x (0.1..0.9 @assumed)"), ("SMAD raises", "SMAD lowers")],
    "unknown-name": [
        ("12 donor in left", "12 donr in left"),
        ("12 donor in left", "12 donor in lft"),
        ("12 donor in left", "12 donor in left, lout"),
        ("TGFB1 activates", "TGFb1 activates"),
        ("from: donor", "from: doner"),
        ("concentration of IL6", "concentration of IL7"),
        ("release of donor-EV", "release of donr-EV"),
        ("{IL6: 1 molecules/s", "{IL7: 1 molecules/s"),
        ("    states:", "    networks: [nfkb]\n    states:"),
        ("  recipient:\n", "  recipient (basis):\n"),
        ("loud from quiet", "loud from quite"),
        ("- TGFB1 activates SMAD", "- SMAF activates SMAD"),
        ("cells:\n", "matrix: {bone: {fills: lefft}}\ncells:\n"),
    ],
    "ambiguous-name": [("- TGFB1 activates SMAD", "- TGFB1 activates SMAD\n      - IL6 activates TGFB1")],
    "vesicle-density": [("- TGFB1 activates SMAD", "- donor-EV activates SMAD"), ("- SMAD raises IL6", "- EV raises IL6")],
    "nothing-reads": [
        ("delivered miR-21-5p activates GO, half-max 10 copies (1..100 @assumed)", "TGFB1 activates GO"),
        ("  GO: GO in recipient\n", ""),
    ],
    "nothing-makes": [(", start: 10 pM (1..100 @assumed)", "")],
    "constant": [
        ("delivered miR-21-5p activates GO, half-max 10 copies (1..100 @assumed)", "GO starts at 0.5 (0.1..0.9 @assumed)")
    ],
    "no-way": [("  GO: GO in recipient\n", "")],
    "spelling": [("miR-21-5p: library", "miR-21: 10 copies/EV (1..100 @assumed)")],
    "unknown-claim": [("species: human", "claims: [bm-999]"), ("TGFB1 activates SMAD", "TGFB1 activates SMAD @bm-999")],
    "unknown-reference": [("1 molecules/s (0.1", "1 molecules/s @nobody1999 (0.1")],
    "geometry": [
        ("left of 100 um", "left of -10 um"),
        ("left of 100 um", "right of 250 um"),
        ("left of 100 um", "disc at 400 um, 50 um, radius 30 um"),
        ("left of 100 um", "disc at 100 um, 50 um, radius 1 um"),
        ("left of 100 um", "disc at 100 um, 50 um, 50 um, radius 50 um"),
        ("left of 100 um", "ring at 100 um, 50 um, from 40 um to 20 um"),
        ("left of 100 um", "box from 80 um, 0 um to 20 um, 50 um"),
        ("left of 100 um", "left of 200 um"),
        ("right: rest", "right: left of 60 um"),
        ("[200 um, 100 um]", "[210 um, 100 um]"),
        ("[200 um, 100 um]", "[200 um]"),
        ("    voxel: 20 um\n", "    voxel: 20 um\n    flow: [1 um/min]\n"),
        ("12 donor in left", "donor along right, every 15 um"),
        ("dish:\n", "blood: {kind: pool, volume: 2 mL, size: [2 um, 2 um]}\n  dish:\n"),
    ],
    "too-large": [
        ("[200 um, 100 um]", "[200000 um, 100000 um, 20000 um]"),
        ("12 donor in left", "99999999 donor in left"),
        ("12 donor in left", "donor in left, 1e30 /mm^2"),
        ("12 donor in left", "donor along left, every 1e-30 um"),
    ],
    "genotype-shares": [("start:\n", "cohort: {patients: 4, genotypes: {rs1: {TT: 50 %, CC: 40 %}}}\nstart:\n")],
    "same-site": [("start:\n", "body:\n  - dish perfuses dish, 1 mL/min (0.1..10 @assumed)\nstart:\n")],
    "nobody-there": [
        ("sites:\n", "body:\n  - recipient leaves blood for dish at 1 /day (0.1..10 @assumed)\nsites:\n  blood: {kind: pool, volume: 2 mL}\n"),
    ],
    "two-ways": [("    states:", "    divides: every 36 h (10..100 @assumed)\n    cycle: {G1: 4 h (1..10 @assumed)}\n    states:")],
    "run-times": [("step: 6 min", "step: 7 min"), ("record: every 1 h", "record: every 1 min"), ("for: 24 h", "for: 1e6 days"), ("- block release of donor-EV by 90 %", "- at 3 days wash 90 %"), ("- block release of donor-EV by 90 %", "- at 1e30 days wash 90 %")],
    "crowded-run": [
        ("run: {", "experiments:\n" + "".join(f"  bm-00{k}: {{baseline: untreated, perturbation: block, measure: IL6}}\n" for k in range(1, 8)) + "run: {"),
    ],
    "same-as-baseline": [("    - block release of donor-EV by 90 %\n", "    []\n")],
    "never-given": [("arms:\n", PREPARED + "arms:\n  rest:\n    - replace p by vehicle\n")],
    "dose-series": [
        ("start:\n", "protocol:\n  - at 0 h add IL6 at 1 nM to 10 nM in 3 doses\nstart:\n"),
        ("- block release of donor-EV by 90 %", "- at 0 h add IL6 at 10 nM to 1 nM in 3 doses"),
        ("- block release of donor-EV by 90 %", "- at 0 h add IL6 at 1 nM to 5 h in 3 doses"),
    ],
    "dose-place": [
        ("start:\n", "labware:\n  a: {plate: 96-well plate}\nprotocol:\n  - at 0 h add 5 ng TGFB1\nstart:\n"),
        ("start:\n", "labware:\n  a: {plate: 96-well plate}\nprotocol:\n  - at 0 h add 1e6 particles of donor-EV\nstart:\n"),
    ],
    "mass-without-ratio": [
        ("start:\n", PREPARED + "protocol:\n  - at 0 h add 2 ug p to dish\nstart:\n"),
        ("start:\n", PREPARED.replace(" {of: donor-EV}", "\n    of: donor-EV\n    co-isolated:\n      - 0.2 ug/ug IL6 (0.05..1 @assumed)") + "start:\n"),
    ],
    "medium": [
        ("- block release of donor-EV by 90 %", "- at 2 h give 50 % medium of dish to dish"),
        ("- block release of donor-EV by 90 %", "- at 2 h give 50 % medium of left to right"),
        ("    - block release of donor-EV by 90 %\n", "    - at 2 h give 50 % medium of a to b\nlabware:\n  a: {plate: 96-well plate}\n  b: {plate: T75 flask}\n"),
    ],
    "temperature": [("- block release of donor-EV by 90 %", "- cool to 20 C")],
    "assay": [
        ("concentration of IL6 in dish in pM", "flow cytometry of SMAD in donor"),
        ("concentration of IL6 in dish in pM", "blot of SMAD in donor, positive above 0.5"),
        ("concentration of IL6 in dish in pM", "SA-b-gal of donor in dish"),
        ("concentration of IL6 in dish in pM", "scratch of donor in dish"),
        ("concentration of IL6 in dish in pM", "scratch of donor"),
        ("concentration of IL6 in dish in pM", "blot of SMAD"),
        ("concentration of IL6 in dish in pM", "viability of donor in dish to IL6"),
        ("concentration of IL6 in dish in pM", "IC50 of donor in dish"),
        ("concentration of IL6 in dish in pM", "T-cell suppression of donor in dish"),
        ("IL6: concentration of IL6 in dish in pM", "leak: TEER of well\nlabware:\n  well: {plate: 24-well plate}"),
        ("IL6: concentration of IL6 in dish in pM", "leak: permeability of insert\nlabware:\n  insert: {plate: 24-well transwell}"),
    ],
    "whole-run": [
        ("- block release of donor-EV by 90 %", "- at 2 h deplete donor-EV by 90 %"),
        ("- block release of donor-EV by 90 %", "- at 2 h without donor"),
    ],
    "step-time": [
        ("- block release", "- from 4 h to 2 h block release"),
        ("- block release", "- at 2 h, every 2 h, block release"),
        ("- block release of donor-EV by 90 %", "- from 2 h to 4 h wash 90 %"),
    ],
    "moved-time": [
        ("- block release", "- at 3 min block release"),
        ("- block release of donor-EV by 90 %", "- at 10.05 h wash 90 %"),
        ("- block release of donor-EV by 90 %", "- at 0 h, every 10 min, wash 90 %"),
        ("concentration of IL6 in dish in pM", "concentration of IL6 in dish in pM at 10.05 h"),
    ],
    "overexpressed-node": [("- block release of donor-EV by 90 %", "- overexpress SMAD in donor x 10")],
    "no-time": [("- block release of donor-EV by 90 %", "- wash 90 %")],
    "unknown-part": [("species: human", "use: [cells/osteoblst]"), ("species: human", "use: [cells/nothing-like-it]")],
    "unknown-path": [
        ("species: human", "but: {cells.donor.secrets.IL6: 1 molecules/s @assumed (0.1..10)}"),
        ("- block release of donor-EV by 90 %", "- set cells.donor.diametr to 12 um"),
    ],
    "no-library-value": [("IL6: {}", "IL6: {}\n  XYZ: {}"), ("miR-21-5p: library", "XYZ: {copies: 1 copies/EV (0.01..100 @assumed), type: unnamed, half-life: library}")],
}  # fmt: skip

CASES = [(code, old, new) for code, pairs in CHANGES.items() for old, new in pairs]


@pytest.mark.parametrize(("code", "old", "new"), CASES)
def test_the_text_that_causes_it(code, old, new):
    diagnostics = check(changed(old, new))
    assert code in [one.code for one in diagnostics], render(diagnostics)
    one = next(one for one in diagnostics if one.code == code)
    assert one.line > 0
    assert one.remedy
    assert one.source_line is not None
    assert one.column <= len(one.source_line) + 1


def test_missing_sites_and_empty_texts():
    assert [one.code for one in check("vesicula: 1\nmodel: x\nrun: {for: 1 h}\n")] == ["missing-key"]
    for empty in ("\n", " ", ""):
        assert [(one.code, bool(one.remedy)) for one in check(empty)] == [("missing-key", True)]
    assert [one.code for one in check("- a\n- b\n")] == ["wrong-shape"]


# --- diagnostics of files


def test_missing_files(tmp_path):
    assert [one.code for one in check(tmp_path / "none.yaml")] == ["file-missing"]
    assert "bone-metastasis" in check("bone-metastasi")[0].text()
    diagnostics = found(changed("- 12 donor in left", "- cells from none.csv"), tmp_path)
    assert [one.code for one in diagnostics] == ["file-missing"]
    assert [one.code for one in found(changed("species: human", "use: [./none.yaml]"), tmp_path)] == ["file-missing"]


def test_large_and_undecodable_files(tmp_path):
    (tmp_path / "large.yaml").write_text("a: " + "x" * 600_000)
    assert [one.code for one in check(tmp_path / "large.yaml")] == ["file-too-large"]
    (tmp_path / "latin.yaml").write_bytes(b"a: caf\xe9\n")
    assert [one.code for one in check(tmp_path / "latin.yaml")] == ["not-utf-8"]


@pytest.mark.parametrize("name", ["../out.csv", "/etc/hostname", "sub/../../out.csv", "link.csv"])
def test_tables_outside_the_folder(tmp_path, name):
    inside = tmp_path / "inside"
    (inside / "sub").mkdir(parents=True)
    (tmp_path / "out.csv").write_text(POSITIONS)
    (inside / "link.csv").symlink_to(tmp_path / "out.csv")
    diagnostics = found(changed("- 12 donor in left", f"- cells from {name}"), inside)
    assert [one.code for one in diagnostics] == ["outside-folder"]


@pytest.mark.parametrize("name", ["../out.yaml", "/etc/hostname", "./link.yaml"])
def test_parts_outside_the_folder(tmp_path, name):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "out.yaml").write_text(PART)
    (inside / "link.yaml").symlink_to(tmp_path / "out.yaml")
    diagnostics = found(changed("species: human", f"use: [{name}]"), inside)
    assert [one.code for one in diagnostics] == ["outside-folder"]
    assert diagnostics[0].line == 3


def test_a_text_without_a_file_uses_no_files():
    assert [one.code for one in check(changed("species: human", "use: [./part.yaml]"))] == ["outside-folder"]


def test_tables_of_cells(tmp_path):
    text = changed("- 12 donor in left", "- cells from p.csv")
    (tmp_path / "p.csv").write_text("cell,x\ndonor,1\n")
    assert [one.code for one in found(text, tmp_path)] == ["cell-table"]
    (tmp_path / "p.csv").write_text("cell,x,y\ndonr,1,2\n")
    assert [one.code for one in found(text, tmp_path)] == ["unknown-name"]
    (tmp_path / "p.csv").write_bytes(b"cell,x,y\ndon\xe9r,1,2\n")
    assert [one.code for one in found(text, tmp_path)] == ["not-utf-8"]
    (tmp_path / "p.csv").write_text("cell,x,y\ndonor,1,2\n")
    assert found(text, tmp_path) == []


def test_parts_in_a_circle(tmp_path):
    (tmp_path / "a.yaml").write_text("vesicula: 1\npart: a\nuse: [./b.yaml]\n")
    (tmp_path / "b.yaml").write_text("vesicula: 1\npart: b\nuse: [./a.yaml]\n")
    assert "part-circle" in [one.code for one in found(changed("species: human", "use: [./a.yaml]"), tmp_path)]


def test_two_parts_with_two_values(tmp_path):
    for name, number in (("a", 1), ("b", 2)):
        part = f"vesicula: 1\npart: {name}\nsubstances:\n  IL6: {{half-life: {number} h @assumed (0.1..10)}}\n"
        (tmp_path / f"{name}.yaml").write_text(part)
    told = [one.message for one in found(changed("species: human", "use: [./a.yaml, ./b.yaml]"), tmp_path)]
    assert "half life of IL6 differs between ./a.yaml and ./b.yaml" in " ".join(told)


def test_a_base_that_stands_for_two_cells(folder):
    text = changed("species: human", "use: [./parts/cancer.yaml]")
    text = changed("  recipient:\n", "  one (breast-cancer): {}\n  two (breast-cancer): {}\n  recipient:\n", text)
    told = {one.message for one in found(text, folder) if one.code != "fact-at-hand"}
    assert told == {"nothing reads `PTHLH`, and no measure does"}
    rule = "      - contact with breast-cancer raises IL6 secretion to 5x (1.5..15 @assumed), half-max 1 (0.3..3 @assumed)\n"
    text = changed("    rules:\n", "    rules:\n" + rule, text)
    assert "unclear-base" in [one.code for one in found(text, folder)]


def test_a_library_that_contradicts_itself(tmp_path):
    entry = "  - {{quantity: half-life, entity: {0}, value: {1} h @assumed}}\n"
    (tmp_path / "p.yaml").write_text("vesicula: 1\nparameters:\n" + entry.format("A", 1) + entry.format("A", 2))
    library = ParameterLibrary()
    report = Report()
    read_parameters(tmp_path / "p.yaml", "p.yaml", library, report)
    assert report.diagnostics == []
    assert [(one.line, other.line) for one, other in library.conflicts] == [(3, 4)]


def test_contradictions_of_the_library_reach_the_user(tmp_path, monkeypatch):
    from vesicula.language import library

    (tmp_path / "parameters").mkdir()
    rows = [
        "{quantity: half-life, entity: A, value: 1 h @assumed}",
        "{quantity: half-life, entity: A, value: 2 h @assumed}",
        "{quantity: start, entity: A, cell: x, condition: a, value: 2 h @assumed}",
    ]
    text = "vesicula: 1\nparameters:\n" + "".join(f"  - {row}\n" for row in rows)
    (tmp_path / "parameters" / "p.yaml").write_text(text)
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path)
    assert "conflicting-library" in [one.code for one in library.parameter_library()[1].diagnostics]


def test_two_library_entries_that_fit_equally_well(tmp_path, monkeypatch):
    from vesicula.language import library

    (tmp_path / "parameters").mkdir()
    row = "  - {{quantity: half-life, entity: IL6, species: {0}, value: 1 h @assumed}}\n"
    text = "vesicula: 1\nparameters:\n" + row.format("mouse") + row.format("rat")
    (tmp_path / "parameters" / "p.yaml").write_text(text)
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path)
    assert "ambiguous-library" in [one.code for one in check(SMALL)]


# --- the whole


ELSEWHERE = {  # test_amounts, test_cell_tables, test_ligands, test_file_forms, test_lines
    "file-missing", "file-too-large", "not-utf-8", "outside-folder", "part-circle", "two-values", "unclear-base",
    "conflicting-library", "ambiguous-library", "clearance", "switch", "own-control", "no-rest", "no-balance", "no-ligand",
    "two-unknowns", "too-many", "too-many-cells", "too-large-cell", "too-much-release", "cell-table", "file-asked",
    "file-form", "file-number", "file-empty", "second-donor", "cluster-entry", "sbml", "logic", "extra",
}  # fmt: skip
BY_THE_COMPILER = {"clearance", "switch", "too-fast", "start-only", "outgrown"}


def test_every_code_has_a_test():
    assert set(CHANGES) | ELSEWHERE | BY_THE_COMPILER == set(CODES)
    files = ("test_compiler.py", "test_outgrown.py", "../laws/test_timed_steps.py")
    text = "".join((Path(__file__).parent / name).read_text(encoding="utf-8") for name in files)
    assert all(f'"{code}"' in text for code in BY_THE_COMPILER)


def test_all_mistakes_are_told_at_once():
    text = SMALL
    for old, new in (("depth: 20 um", "depth: 20 h"), ("12 donor", "12 donr"), ("step: 6 min", "step: 7 min")):
        text = changed(old, new, text)
    codes = [one.code for one in check(text)]
    assert {"wrong-quantity", "unknown-name", "run-times"} <= set(codes)
    lines = [one.line for one in check(text)]
    assert lines == sorted(lines)


def test_errors_stop_and_warnings_do_not():
    with pytest.raises(ModelError) as caught:
        prepare(changed("depth: 20 um", "depth: 20 h"))
    assert caught.value.exit_code == 2
    assert "Traceback" not in str(caught.value)
    assert prepare(changed("(0.1..10 @assumed)", "(0.9..1.1 @assumed)")).resolved
    with pytest.raises(ModelError):
        read("vesicula: 1\nmodel: x\nfoo: bar\n")


GOLDEN = {
    ("1 molecules/s (0.1..10 @assumed)", "3 ng/mL @assumed (0.3..30)"): """
        model:24:21  wrong kind of quantity
          24 |     secretes: {IL6: 3 ng/mL @assumed (0.3..30)}
             |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^ a concentration, not an amount per time (secretes)
          write for example `3 molecules/s`
    """,
    ("12 donor in left", "12 donr in left"): """
        model:36:8  unknown name
          36 |   - 12 donr in left
             |        ^^^^ `donr` is not a cell of this model
          did you mean `donor`?
    """,
    ("SMAD raises IL6", "SMAD rises IL6"): """
        model:30:14  sentence not understood
          30 |       - SMAD rises IL6 secretion to 5x (1.5..15 @assumed)
             |              ^^^^^ did you mean `raises`?
          write for example `TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50), hill 2 @bm-058`
    """,
    ("depth: 20 um", "depth: 20 umm"): """
        model:7:15  unknown unit
          7 |     depth: 20 umm
            |               ^^^ `umm` is no unit
          did you mean `um`?
    """,
    ("- TGFB1 activates SMAD", "- donor-EV activates SMAD"): """
        model:28:9  no rule reads a vesicle's density
          28 |       - donor-EV activates SMAD
             |         ^^^^^^^^ `donor-EV` is vesicles
          read what they bring: `delivered miR-21-5p`, `bound ITGB3`, `inserted ITGB3`
    """,
    ("[200 um, 100 um]", "[210 um, 100 um]"): """
        model:6:12  impossible geometry
          6 |     size: [210 um, 100 um]
            |            ^^^^^^ 210 um is no multiple of the voxel of 20 um
          write for example `200 um`
    """,
    ("raises IL6 secretion to 5x", "raises division to 5x"): """
        model:30:21  multiple of nothing
          30 |       - SMAD raises division to 5x (1.5..15 @assumed)
             |                     ^^^^^^^^ donor has no division, and a rule changes a multiple of it
          give donor a base value above zero, or leave the rule out
    """,
    ("species: human", "species: human\nspecies: mouse"): """
        model:4:1  key given twice
          4 | species: mouse
            | ^^^^^^^ `species` already stands in line 3
          join the two entries, or leave one out
    """,
    ("1 molecules/s (0.1..10", "1 molecules/s (0.9..1.1"): """
        model:24:21  warning: assumed range too narrow
          24 |     secretes: {IL6: 1 molecules/s (0.9..1.1 @assumed)}
             |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 0.9..1.1 is a factor 1.22, and nobody measured it
          widen it to a factor 10, or name the source of the value
    """,
    ("  untreated: []", "  untreated: {at 2 h wash: 90 %}"): """
        model:39:14  sentence in brackets
          39 |   untreated: {at 2 h wash: 90 %}
             |              ^ an arm is a list of sentences
          write each sentence on its own line: `- …`
    """,
    ("[200 um, 100 um]", "[200000 um, 100000 um, 20000 um]"): """
        model:8:12  larger than this machine should hold
          8 |     voxel: 20 um
            |            ^^^^^ about 3.13e+04 GiB, more than 24 GiB
          use coarser voxels, a smaller site, fewer arms or fewer repeats
    """,
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), list(GOLDEN))
def test_the_exact_words(old, new):
    wanted = textwrap.dedent(GOLDEN[old, new]).strip()
    assert wanted in [one.text() for one in check(changed(old, new))]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("diameter: 12 um (5..50 @assumed)", "diameter: 12 um (10..14 @assumed)", False),
        ("1 molecules/s (0.1..10 @assumed)", "1 molecules/s (0.9..1.1 @assumed)", True),
    ],
)
def test_only_what_is_unknown_by_factors_is_to_be_wide(old, new, told):
    """A diameter widened to a factor 10 made cells of a third of their site."""
    text = WIDE.replace(old, new)
    assert text != WIDE
    assert ("narrow-range" in [one.code for one in check(text)]) == told


@pytest.mark.parametrize(
    ("quantity", "text", "told"),
    [
        ("length", "20 um (18..22 @assumed)", False), ("molar mass", "83 kDa (80..90 @assumed)", False),
        ("temperature", "4 C (3..5 @assumed)", False), ("volume", "2 mL (1.8..2.2 @assumed)", False),
        ("share", "30 % (20..40 @assumed)", False), ("share", "1 % (0.8..1.2 @assumed)", True),
        ("rate", "0.1 /h (0.08..0.12 @assumed)", True), ("diffusion", "80 um^2/s (70..90 @assumed)", True),
    ],
)  # fmt: skip
def test_wide_ranges_by_kind_of_quantity(quantity, text, told):
    report, (number, unit, rest) = Report(), text.split(" ", 2)
    low, high = map(float, rest[1:].split(" ")[0].split(".."))
    value = Value(
        number=float(number), unit=unit, low=low, high=high, sources=("assumed",), evidence=EvidenceClass.ASSUMED
    )
    _range(Spot("a.path", quantity, quantity="something"), value, report)
    assert [one.code for one in report.diagnostics] == (["narrow-range"] if told else [])


WIDE = """\
vesicula: 1
model: wide
sites:
  tissue:
    size: [200 um, 200 um]
    depth: 20 um
    voxel: 20 um
substances:
  HGF:
    diffuses: 80 um^2/s (20..400 @assumed)
    half-life: 3 h (0.5..10 @assumed)
    molar mass: 83 kDa @assumed
cells:
  stellate:
    diameter: 12 um (5..50 @assumed)
    secretes:
      HGF: 1 molecules/s (0.1..10 @assumed)
start:
  - 5 stellate in tissue
measure:
  HGF: concentration of HGF in tissue in pM
run:
  for: 1 day
"""
