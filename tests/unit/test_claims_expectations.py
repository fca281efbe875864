"""Nothing but the scoreboard can see what an experiment is expected to show."""

import ast
from functools import cache
from pathlib import Path

import pytest

import vesicula
from vesicula.evidence import claims
from vesicula.evidence.claims import all_claims
from vesicula.evidence.expectations import EXPECTATIONS, expectation
from vesicula.evidence.folder import library_folder

PACKAGE = Path(vesicula.__file__).parent
HOME = "evidence/expectations.py"
READERS = {"experiments/verdicts/scoreboard.py"}
RAW = {HOME, "evidence/claims.py", "evidence/vocabulary.py", "evidence/remarks.py"}
RESERVED = ("vessels", "depots", "expect")


@cache
def modules() -> dict[str, ast.Module]:
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    return {name: ast.parse(path.read_bytes()) for name, path in files.items()}


def imported(tree: ast.Module) -> set[str]:
    """Modules, and names of modules, that a module imports from `vesicula.evidence`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def says_expect(tree: ast.Module) -> bool:
    """Whether a module names the field `expect` as text, attribute, name, keyword or parameter."""
    reserved = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple) and tuple(p.value for p in node.elts if isinstance(p, ast.Constant)) == RESERVED
        for part in node.elts
    }
    return any(
        (isinstance(node, ast.Constant) and node.value == "expect" and id(node) not in reserved)
        or (isinstance(node, ast.Attribute) and node.attr == "expect")
        or (isinstance(node, ast.Name) and node.id == "expect")
        or (isinstance(node, ast.keyword | ast.arg) and node.arg == "expect")
        for node in ast.walk(tree)
    )


def test_only_the_scoreboard_imports_what_is_expected():
    home = "vesicula.evidence.expectations"
    readers = {name for name, tree in modules().items() if home in imported(tree)}
    assert readers <= READERS


def test_no_other_module_mentions_the_field():
    # The engine has a kernel of that name, and may import nothing of the evidence at all.
    said = {name for name, tree in modules().items() if says_expect(tree) and not name.startswith("engine/")}
    assert said == {HOME}
    assert not [
        n for n, t in modules().items() if n.startswith("engine/") and any("evidence" in i for i in imported(t))
    ]


def test_only_the_records_read_the_raw_ledgers():
    raw = {
        name
        for name, tree in modules().items()
        if name != "evidence/ledgers.py" and "vesicula.evidence.ledgers.parsed" in imported(tree)
    }
    assert raw == RAW
    whole = {name for name, tree in modules().items() if "vesicula.evidence.ledgers" in imported(tree)}
    assert whole == RAW


@pytest.mark.parametrize(
    "text",
    ['row["expect"]', "claim.expect", "expect = 1", "f(expect=1)", "def f(expect): pass", 'x = ("body", "expect")'],
)
def test_a_mention_would_be_found(text: str):
    assert says_expect(ast.parse(text))
    assert not says_expect(ast.parse(f"RESERVED = {RESERVED!r}\nexpected = 'what to expect'"))


def test_an_import_would_be_found():
    for text in (
        "from vesicula.evidence.expectations import expectation",
        "from vesicula.evidence import expectations",
        "import vesicula.evidence.expectations",
    ):
        assert "vesicula.evidence.expectations" in imported(ast.parse(text))


def test_a_claim_does_not_show_it():
    for kind in (claims.Claim, claims.ClaimExperiment):
        assert not [name for name in kind.__dataclass_fields__ if "expect" in name]
    shown = {value for one in all_claims().values() if one.experiment for value in vars(one.experiment).values()}
    assert not shown & set(EXPECTATIONS)


def test_experiments_of_the_library_do_not_state_it():
    files = (*(library_folder() / "experiments").rglob("*.yaml"), *(library_folder() / "models").glob("*.yaml"))
    assert [path.name for path in files if "expect:" in path.read_text(encoding="utf-8")] == []


def test_the_scoreboard_can_read_it():
    assert expectation("bm-051") == "increase"
    tested = [one.id for one in all_claims().values() if one.has_experiment]
    assert len(tested) == 689
    assert {expectation(one) for one in tested} == set(EXPECTATIONS)
    with pytest.raises(ValueError, match="bm-001 has no experiment"):
        expectation("bm-001")
    with pytest.raises(KeyError):
        expectation("bm-999")
