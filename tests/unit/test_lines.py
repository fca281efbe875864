"""Lines of one base side by side: each has all that is said of the base, and vesicles of its own."""

# ruff: noqa: E501 (texts of models stand as their authors write them)

from __future__ import annotations

from pathlib import Path

import pytest

from vesicula.cli import exits, main
from vesicula.evidence.folder import library_folder
from vesicula.experiments.loading.required import required_loading
from vesicula.experiments.verdicts.wiring import measured_node
from vesicula.language import check, prepare, read, resolve, write
from vesicula.language.arrows import Arrows
from vesicula.language.influence import Influence
from vesicula.language.library import parameter_library
from vesicula.language.model import ALL_VESICLES, Model
from vesicula.language.values import Value

BASE = """vesicula: 1
part: ./base.yaml
species: human
substances:
  IL6 (HGNC:6018): {half-life: 3 h (1..10 @assumed)}
  AMP (CHEBI:16027): {diffuses: 400 um^2/s (100..1000 @assumed), half-life: 3 h (1..10 @assumed)}
  adenosine (CHEBI:16335): {diffuses: 400 um^2/s (100..1000 @assumed), half-life: 3 h (1..10 @assumed)}
reactions:
  - NT5E makes adenosine from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed), on tumour-EV
matrix:
  gel:
    fills: dish
    passage: {tumour-EV: 50 % (10..90 @assumed)}
    holds: {tumour-EV: [0.1 /min (0.01..1 @assumed), 0.01 /min (0.001..0.1 @assumed)]}
vesicles:
  tumour-EV:
    from: cancer
    kind: small EV
    carries:
      miR-21-5p: 0.01 copies/EV (0.001..0.1 @assumed)
      NT5E: {copies: 4 copies/EV (1..40 @assumed), place: surface, type: protein}
  tumour-bud-EV:
    from: cancer
    kind: small EV
    made: at the membrane
    carries: {miR-21-5p: 0.01 copies/EV (0.001..0.1 @assumed)}
cells:
  cancer (CL:0001064):
    diameter: 15 um (10..20 @assumed)
    states: [quiet, loud]
    divides: every 30 h (5..90 @assumed)
    releases:
      tumour-EV: 60 particles/h (6..600 @assumed)
      tumour-bud-EV: 30 particles/h (3..300 @assumed)
    clears EV: 10 pL/h (1..100 @assumed)
    fate of tumour-EV: {clears: 20 pL/h (2..200 @assumed)}
    while loud:
      tumour-EV release: 120 particles/h (12..1200 @assumed)
      tumour-EV clearance: 5 pL/h (0.5..50 @assumed)
      loading of miR-21-5p in tumour-EV: 3x (1.5..10 @assumed)
    traits:
      output: {spread: 2 (1.2..4 @assumed), multiplies: [tumour-EV release, tumour-EV endocytosis]}
    becomes:
      - loud from quiet at 0.5 /day (0.05..5 @assumed)
    inside:
      - IL6 activates STAT3
      - delivered miR-21-5p activates RESPONSE, half-max 100 copies (10..1000 @assumed)
    rules:
      - STAT3 raises tumour-EV release to 3x (1.5..10 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - STAT3 raises loading of miR-21-5p in tumour-bud-EV to 3x (1.5..10 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - STAT3 lowers tumour-EV fusion to 0.5x (0.1..0.9 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - RESPONSE raises division to 2x (1.1..5 @assumed), half-max 0.5 (0.1..0.9 @assumed)
  eater:
    diameter: 15 um (10..20 @assumed)
    clears EV: 10 pL/h (1..100 @assumed)
    fate of tumour-EV: {clears: 40 pL/h (4..400 @assumed)}
    barrier:
      tumour-EV, closed: 1e-7 cm/s (1e-8..1e-6 @assumed)
    while fed:
      tumour-EV clearance: 80 pL/h (8..800 @assumed)
    states: [hungry, fed]
    becomes:
      - fed from hungry at 0.5 /day (0.05..5 @assumed)
    inside:
      - IL6 activates STAT3
      - delivered miR-21-5p activates RESPONSE, half-max 100 copies (10..1000 @assumed)
    rules:
      - STAT3 raises tumour-EV endocytosis to 3x (1.5..10 @assumed), half-max 0.5 (0.1..0.9 @assumed)
      - RESPONSE raises IL6 secretion to 2x (1.1..5 @assumed), half-max 0.5 (0.1..0.9 @assumed)
    secretes: {IL6: 1 molecules/s (0.1..10 @assumed)}
"""
TEXT = """vesicula: 1
model: lines
question: Which line feeds the eater?
species: human
use: [./base.yaml]
sites:
  dish: {kind: pool, volume: 1 uL}
vesicles:
  two-EV:
    from: two
    carries: {miR-21-5p: 0.02 copies/EV (0.002..0.2 @assumed)}
cells:
  one (cancer): {}
  two (cancer):
    releases: {tumour-bud-EV: 90 particles/h (9..900 @assumed)}
    rules:
      - STAT3 raises two-EV release to 7x (2..20 @assumed), half-max 0.5 (0.1..0.9 @assumed)
  eater:
    fate of one-EV: {fusion: 9 % (1..40 @assumed)}
    barrier:
      one-EV, open: 1e-5 cm/s (1e-6..1e-4 @assumed)
    while fed:
      two-EV clearance: 60 pL/h (6..600 @assumed)
start:
  - 20 one in dish, quiet
  - 20 two in dish, quiet
  - 20 eater in dish, hungry
protocol:
  - at 0 h add 1 uM AMP
arms:
  as they are: []
  release of the other blocked:
    - block release of two-EV by 90 %
measure:
  one: NTA of one-EV in dish
  two: NTA of two-EV in dish
  taken up: EV uptake of two-bud-EV in eater
  response: RESPONSE in eater
  made: concentration of adenosine in dish in nM
run: {for: 6 h, record: every 1 h, step: 30 min}
"""
BY_HAND = """
reactions:
  - NT5E makes adenosine from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed), on one-EV
  - NT5E makes adenosine from AMP, kcat 10 /s (1..100 @assumed), Km 10 uM (1..100 @assumed), on two-EV
"""


def written(folder: Path, text: str = TEXT, base: str = BASE) -> Path:
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    return folder / "model.yaml"


def beside(folder: Path, text: str = TEXT, base: str = BASE) -> Model:
    return prepare(written(folder, text, base))


def named(things: tuple, name: str):
    return next(one for one in things if one.name == name)


def numbers(table: dict[str, Value]) -> dict[str, float]:
    return {name: value.number for name, value in table.items()}


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("lines"))


@pytest.fixture(scope="module")
def model(file) -> Model:
    return prepare(file)


# --- reading


def test_every_line_has_its_own_of_every_class_of_the_base(model):
    assert {one.name: one.donor for one in model.vesicles} == {
        "one-EV": "one", "two-EV": "two", "one-bud-EV": "one", "two-bud-EV": "two",
    }  # fmt: skip
    assert {one.made for one in model.vesicles if "bud" in one.name} == {"at the membrane"}
    assert {cell.name: cell.base for cell in model.cells} == {"one": "cancer", "two": "cancer", "eater": None}
    assert numbers(named(model.cells, "one").releases) == {"one-EV": 60.0, "one-bud-EV": 30.0}


def test_what_a_line_and_its_vesicles_say_lies_over_the_base(model):
    two = named(model.cells, "two")
    assert numbers(two.releases) == {"two-EV": 60.0, "two-bud-EV": 90.0}
    copies = {one.name: one.copies.number for one in named(model.vesicles, "two-EV").carries}
    assert copies == {"miR-21-5p": 0.02, "NT5E": 4.0}
    limits = [rule.limit.number for rule in two.rules if rule.text.startswith("STAT3 raises two-EV release")]
    assert limits == [7.0]


def test_release_and_loading_are_of_the_own_class_uptake_of_each(model):
    one, eater = named(model.cells, "one"), named(model.cells, "eater")
    assert [rule.text.partition(",")[0] for rule in one.rules] == [
        "STAT3 raises one-EV release to 3x (1.5..10 @assumed)",
        "STAT3 raises loading of miR-21-5p in one-bud-EV to 3x (1.5..10 @assumed)",
        "STAT3 lowers one-EV fusion to 0.5x (0.1..0.9 @assumed)",
        "STAT3 lowers two-EV fusion to 0.5x (0.1..0.9 @assumed)",
        "RESPONSE raises division to 2x (1.1..5 @assumed)",
    ]
    assert one.traits[0].multiplies == ("one-EV release", "one-EV endocytosis", "two-EV endocytosis")
    assert numbers(one.while_state["loud"].values) == {
        "one-EV release": 120.0, "one-EV clearance": 5.0, "two-EV clearance": 5.0,
        "loading of miR-21-5p in one-EV": 3.0,
    }  # fmt: skip
    assert {name: fate.clears.number for name, fate in one.vesicle_fate.items()} == {
        ALL_VESICLES: 10.0, "one-EV": 20.0, "two-EV": 20.0,
    }  # fmt: skip
    assert [rule.text.split(" to ")[0] for rule in eater.rules if "EV" in rule.text] == [
        "STAT3 raises one-EV endocytosis", "STAT3 raises two-EV endocytosis",
    ]  # fmt: skip


def test_what_is_said_of_a_class_by_its_name_goes_before_what_is_said_of_the_base(model):
    eater = named(model.cells, "eater")
    fate = eater.vesicle_fate["one-EV"]
    assert (fate.clears.number, fate.fusion.number) == (40.0, 9.0)
    assert eater.vesicle_fate["two-EV"].fusion is None
    assert numbers(eater.while_state["fed"].values) == {"one-EV clearance": 80.0, "two-EV clearance": 60.0}
    assert {name: (way.closed is not None, way.open is not None) for name, way in eater.barrier.items()} == {
        "one-EV": (True, True), "two-EV": (True, False),
    }  # fmt: skip


def test_matrix_and_enzymes_know_each(model):
    assert set(model.matrix[0].holds) == set(model.matrix[0].passage) == {"one-EV", "two-EV"}
    assert [one.text.rpartition(" ")[2] for one in model.reactions] == ["one-EV", "two-EV"]


def test_one_line_alone_gives_the_base_its_name_and_leaves_its_vesicles_theirs(tmp_path):
    text = TEXT[: TEXT.index("vesicles:\n")] + "cells:\n  one (cancer): {}\nstart:\n  - 20 one in dish, quiet\n"
    model = beside(tmp_path, text + "measure:\n  made: NTA of tumour-EV in dish\nrun: {for: 1 h}\n")
    assert {one.name: one.donor for one in model.vesicles} == {"tumour-EV": "one", "tumour-bud-EV": "one"}


def test_a_class_called_by_its_donor_is_called_by_the_line(tmp_path):
    base = BASE.replace("tumour-bud-EV", "cancer-stem-EV").replace("cancer (CL", "cancer-stem (CL")
    base = base.replace("from: cancer", "from: cancer-stem")
    text = TEXT.replace("(cancer)", "(cancer-stem)").replace("bud-EV", "EV-of-buds")
    text = text.replace("tumour-EV-of-buds", "cancer-stem-EV").replace(
        "EV uptake of two-EV-of-buds", "EV uptake of two-EV"
    )
    base = base.replace("tumour-EV", "big-EV-1")
    text = text.replace("NTA of one-EV", "NTA of one-EV-1")
    text = text.replace(
        "    rules:\n      - STAT3 raises two-EV release to 7x (2..20 @assumed), half-max 0.5 (0.1..0.9 @assumed)\n", ""
    )
    model = beside(tmp_path, text, base)
    assert {one.name for one in model.vesicles} == {"one-EV", "two-EV", "one-EV-1", "two-EV-1"}


def test_a_line_that_has_the_name_of_the_class_has_the_class_of_that_name(tmp_path):
    text = (
        TEXT.replace("one (cancer)", "tumour (cancer)")
        .replace("20 one in", "20 tumour in")
        .replace("one-EV", "tumour-EV")
    )
    model = beside(tmp_path, text)
    assert {one.name: one.donor for one in model.vesicles if "bud" not in one.name} == {
        "tumour-EV": "tumour",
        "two-EV": "two",
    }
    assert {name: fate.clears.number for name, fate in named(model.cells, "two").vesicle_fate.items()} == {
        ALL_VESICLES: 10.0, "tumour-EV": 20.0, "two-EV": 20.0,
    }  # fmt: skip
    assert numbers(named(model.cells, "two").releases) == {"two-EV": 60.0, "two-bud-EV": 90.0}


def test_a_line_may_be_named_again_without_its_base(tmp_path):
    (tmp_path / "lines.yaml").write_text(
        "vesicula: 1\npart: ./lines.yaml\nuse: [./base.yaml]\ncells:\n  one (cancer): {}\n"
    )
    text = TEXT.replace("[./base.yaml]", "[./lines.yaml]").replace(
        "  one (cancer): {}\n", "  one: {diameter: 11 um (8..15 @assumed)}\n"
    )
    one = named(beside(tmp_path, text).cells, "one")
    assert (one.base, one.diameter.number, one.divides.number) == ("cancer", 11.0, 30.0)


def test_values_of_a_class_are_changed_by_its_name(tmp_path):
    text = TEXT.replace("sites:\n", "but:\n  vesicles.one-EV.half-life: 5 h (1..20 @assumed)\nsites:\n", 1)
    model = beside(tmp_path, text)
    assert named(model.vesicles, "one-EV").half_life.number == 5.0
    assert named(model.vesicles, "two-EV").half_life.number != 5.0


def test_the_lines_of_the_library_stand_side_by_side():
    text = TEXT.replace("[./base.yaml]", "[cells/mda-mb-231, cells/skbr3, cells/bt474, vesicles/breast-cancer-ev]")
    text = (
        text[: text.index("vesicles:\n")]
        + "start:\n  - 20 skbr3 in dish, cycling\nmeasure:\n  made: NTA of skbr3-EV in dish\nrun: {for: 1 h}\n"
    )
    model = prepare(text)
    lines = ("mda-mb-231", "skbr3", "bt474")
    assert {one.name: one.donor for one in model.vesicles if one.donor != "platelet"} == {
        f"{line}-EV": line for line in lines
    }
    assert len({named(model.cells, line).releases[f"{line}-EV"].number for line in lines}) == 1


def test_the_parameter_library_knows_vesicles_by_their_donor_and_never_by_their_class():
    """A value of one class, by its name, would not be found for the class of a line."""
    library, _ = parameter_library()
    classes = {one.name for path in (library_folder() / "parts").rglob("*.yaml") for one in read(path).vesicles}
    assert len(classes) > 10
    assert not classes & {entry.key.entity for entry in library.entries}


# --- mistakes


def told(folder: Path, text: str, base: str = BASE) -> list[tuple[str, str, int, str, str]]:
    """Code, file, line, message and remedy of every error."""
    return [
        (one.code, Path(one.file).name, one.line, one.message, one.remedy or "")
        for one in check(written(folder, text, base))
        if one.severity == "error"
    ]


EITHER = "`tumour-EV` stands for one-EV and two-EV, side by side here"
WHICH = "`cancer` stands for one and two, side by side here"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  one: NTA of one-EV in dish", "  one: NTA of tumour-EV in dish", EITHER),
        ("taken up: EV uptake of two-bud-EV", "taken up: EV uptake of tumour-EV", EITHER),
        ("  - at 0 h add 1 uM AMP", "  - at 0 h add 1e6 particles of tumour-EV to dish", EITHER),
        ("    - block release of two-EV by 90 %", "    - load miR-21-5p in tumour-EV x 10", EITHER),
        ("    - block release of two-EV by 90 %", "    - block uptake of tumour-EV by 90 %", EITHER),
        ("    - block release of two-EV by 90 %", "    - deplete tumour-EV by 90 %", EITHER),
        ("    - block release of two-EV by 90 %", "    - set vesicles.tumour-EV.half-life to 3 h", EITHER),
        ("sites:", "but: {vesicles.tumour-EV.half-life: 5 h (1..20 @assumed)}\nsites:", EITHER),
        ("sites:", "but: {cells.eater.fate of tumour-EV.clears: 5 pL/h (1..20 @assumed)}\nsites:", EITHER),
        ("start:", "preparations:\n  prep: {of: tumour-EV}\nstart:", EITHER),
        ("  - 20 one in dish, quiet", "  - 20 cancer in dish, quiet", WHICH),
        ("    - block release of two-EV by 90 %", "    - without cancer", WHICH),
        ("sites:", "but: {cells.cancer.diameter: 9 um (8..16 @assumed)}\nsites:", WHICH),
    ],
)  # fmt: skip
def test_a_name_for_several_is_told_where_it_stands(tmp_path, old, new, message):
    assert TEXT.count(old) == 1
    text = TEXT.replace(old, new)
    name, meant = ("tumour-EV", "one-EV") if message == EITHER else ("cancer", "one")
    line = text[: text.index(new) + new.index(name)].count("\n") + 1
    assert told(tmp_path, text) == [
        ("unclear-base", "model.yaml", line, message, f"name the one that is meant, for example `{meant}`")
    ]


def test_the_place_is_that_of_the_name_in_its_sentence(tmp_path):
    (found,) = [
        one
        for one in check(written(tmp_path, TEXT.replace("NTA of one-EV", "NTA of tumour-EV")))
        if one.severity == "error"
    ]
    assert (found.column, found.length) == (len("  one: NTA of ") + 1, len("tumour-EV"))


def test_two_lines_that_claim_one_class_are_told_how_each_has_its_own(tmp_path):
    claimed = TEXT.replace("  two-EV:\n    from: two\n", "  tumour-EV:\n    from: two\n")
    line = next(k for k, said in enumerate(claimed.splitlines(), 1) if said == "  tumour-EV:")
    found = [one for one in told(tmp_path, claimed) if one[0] == "second-donor"]
    message = "one releases `tumour-EV`, which comes from two, and a class has one donor"
    assert found == [
        (
            "second-donor",
            "model.yaml",
            line,
            message,
            "let `tumour-EV` come `from: cancer`: then two and one have each their own",
        )
    ]


def test_a_class_of_another_donor_is_told_beside_its_donor(tmp_path):
    text = TEXT.replace(
        "  eater:\n    fate", "  eater:\n    releases: {one-EV: 9 particles/h (1..90 @assumed)}\n    fate"
    )
    ((code, _, line, message, remedy),) = told(tmp_path, text)
    assert (code, text.splitlines()[line - 1].strip()[:8]) == ("second-donor", "releases")
    assert message == "eater releases `one-EV`, which comes from one, and a class has one donor"
    assert remedy == "give eater a class of its own, with `from: eater`"


@pytest.mark.parametrize(("donor", "says"), [("    from: eater\n", "comes from eater"), ("", "has no donor")])
def test_a_name_that_another_class_has_is_told(tmp_path, donor, says):
    text = TEXT.replace("    from: two\n", donor)
    found = told(tmp_path, text)
    line = text[: text.index("  two-EV:")].count("\n") + 1
    message = f"`two-EV` would be the `tumour-EV` of two, and here it {says}"
    assert found == [
        (
            "duplicate-name",
            "model.yaml",
            line,
            message,
            "let it come `from: two` if they are one class, else give it another name",
        )
    ]


def test_two_classes_of_the_base_that_would_have_one_name_are_told(tmp_path):
    base = BASE.replace("tumour-bud-EV", "cancer-EV")
    found = told(tmp_path, TEXT.replace("two-bud-EV", "two-EV").replace("tumour-bud-EV", "cancer-EV"), base)
    assert {one[:4] for one in found} == {
        ("duplicate-name", "base.yaml", base[: base.index("  cancer-EV:")].count("\n") + 1, f"`tumour-EV` and `cancer-EV` would both be `{line}-EV` of {line}")
        for line in ("one", "two")
    }  # fmt: skip


# --- what is done with it


def test_it_is_written_and_read_back(file):
    written_so = read(file)
    assert read(write(written_so)) == written_so
    done = resolve(written_so)
    again = read(write(done))
    assert [one.name for one in again.vesicles] == [one.name for one in done.vesicles]
    assert [[rule.text for rule in one.rules] for one in again.cells] == [
        [rule.text for rule in one.rules] for one in done.cells
    ]


def test_nothing_is_doubted_but_values(file):
    assert {one.code for one in check(file)} <= {"fact-at-hand", "outside-measured", "narrow-range"}


def test_the_graph_knows_whose_vesicles_bring_what(model):
    arrows = {(one.start, one.end) for one in Arrows(model).all() if one.sign == 1}
    for line, other in (("one", "two"), ("two", "one")):
        own, carried = ("vesicle", f"{line}-EV"), ("carried", f"{line}-bud-EV", "miR-21-5p")
        assert {(("cells", line), own), (("node", line, "STAT3"), own), (("node", line, "STAT3"), carried)} <= arrows
        assert not {(("cells", other), own), (("node", other, "STAT3"), own)} & arrows
        assert (own, ("cargo", other, "miR-21-5p")) in arrows


def test_a_share_of_all_cells_goes_with_those_of_the_other_line(model):
    text = model.measures[0].model_copy(update={"kind": "assay", "assay": "co-culture", "what": "one"})
    assert {("cells", "one"), ("motion", "two")} <= {*Influence(model).measured(text)}
    assert measured_node(model, text) is None


def test_explain_tells_rules_of_one_line(file, capfd):
    with pytest.raises(SystemExit) as stopped:
        main(["explain", str(file), "two-EV"])
    assert stopped.value.code == exits.OK
    said = capfd.readouterr().out
    assert "STAT3 raises two-EV release to 7x" in said
    assert "one-EV release" not in said


def test_required_loading_is_of_each_class_from_its_own_line(tmp_path):
    base = BASE[: BASE.index("  tumour-bud-EV:\n")] + BASE[BASE.index("cells:\n") :].replace(
        "tumour-bud-EV", "tumour-EV"
    )
    base = base.replace("      tumour-EV: 30 particles/h (3..300 @assumed)\n", "")
    text = TEXT[: TEXT.index("vesicles:\n")] + "cells:\n  one (cancer): {}\n  two (cancer): {}\n"
    text += "start:\n  - 20 one in dish, quiet\n  - 20 eater in dish, hungry\nmeasure:\n  response: RESPONSE in eater\n"
    found = required_loading(beside(tmp_path, text + "run: {for: 6 h, step: 30 min}\n", base), draws=20, prior=True)
    assert {one.vesicle for one in found if one.recipient == "eater"} == {"one-EV"}
    assert all(one.natural is not None for one in found)
