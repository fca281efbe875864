"""What documentation cites is in the list of references; it points to nothing that is not in the repository."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.test_documents import PAGES, ROOT

from vesicula.evidence.references import library_references

SOURCES = sorted((ROOT / "src").rglob("*.py"))
EVERYWHERE = sorted(
    file
    for place in ("src", "docs", "tests", "benchmarks")
    for file in (ROOT / place).rglob("*")
    if file.suffix in (".py", ".md", ".yaml", ".lark", ".bib", ".csv") and file != Path(__file__)
)
KEY = re.compile(r"(?<![\w-])[a-z]{3,}(?:19|20)\d{2}[a-z]?(?!\w)")
BY_NAME = re.compile(
    r"[A-Z][\w'’-]+(?: (?:and|&) [A-Z][\w'’-]+| et al\.?)?,? \(?(?:19|20)\d{2}\)?(?![\d-])|\bdoi:|\barXiv:|\bPMC\d"
)
NAMED_DOCUMENT = re.compile(r"[\w/.-]*\w\.md\b")
WITH_TEXTS = {
    "assays.md",
    "numbers.md",
    "physiology.md",
    "references.md",
    "reproduced.md",
}  # pages that print entries of the list or texts of reviews


def documentation(file: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string that stands alone in a module, and of its comments."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for number, line in enumerate(text.splitlines(), start=1):
        if "  # " in line or line.lstrip().startswith("# "):
            yield number, line.partition("# ")[2]


def told() -> Iterator[tuple[str, str]]:
    """Place and text of all documentation: of the code, and the pages."""
    for file in SOURCES:
        for line, text in documentation(file):
            yield f"{file.relative_to(ROOT).as_posix()}:{line}", text
    for page in PAGES:
        yield page.relative_to(ROOT).as_posix(), page.read_text(encoding="utf-8")


def test_every_key_that_documentation_cites_is_in_the_list() -> None:
    known = set(library_references())
    unknown = [f"{place}: {key}" for place, text in told() for key in KEY.findall(text) if key not in known]
    assert unknown == []


def test_documentation_cites_by_key() -> None:
    loose = [
        f"{place}: {found.group()}"
        for place, text in told()
        if Path(place).name not in WITH_TEXTS
        for found in BY_NAME.finditer(text)
    ]
    assert loose == []


def test_no_text_points_to_a_document_outside_the_repository() -> None:
    names = {file.name for file in ROOT.rglob("*.md") if ".venv" not in file.parts}
    lost = [
        f"{file.relative_to(ROOT).as_posix()}:{number}: {pointer}"
        for file in EVERYWHERE
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        for pointer in [*NAMED_DOCUMENT.findall(line), *re.findall(r"(?<![\w/])shared/[\w.-]+", line)]
        if (not pointer.endswith(".md") or Path(pointer).name not in names)
        and not pointer.endswith("-account.md")  # which a conversion writes
    ]
    assert lost == []


def test_every_doi_is_one_and_stands_once() -> None:
    given = {key: one.fields["doi"] for key, one in library_references().items() if "doi" in one.fields}
    assert [key for key, doi in given.items() if not re.fullmatch(r"10\.\d{4,9}/[^\s{}]+", doi)] == []
    assert [doi for doi, n in Counter(doi.lower() for doi in given.values()).items() if n > 1] == []


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("see sobol1993 (not read)", ["sobol1993"]),
        ("salmon2011, hormann1993a", ["salmon2011", "hormann1993a"]),
        ("in2010 or bm-2010", []),
    ],
)
def test_keys_are_told_from_other_words(text: str, cited: list[str]) -> None:
    assert KEY.findall(text) == cited


@pytest.mark.parametrize(
    "text", ["Renkin 1954", "Auber & Svenningsen 2022", "Hu et al. (2010)", "doi:10.1/x", "PMC290"]
)
def test_a_reference_by_name_is_seen(text: str) -> None:
    assert BY_NAME.search(text)
