"""The library keeps its promises: sources, ranges, claims, one value per thing, and no diagnostic."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path

import pytest

from vesicula.evidence.claims import ledger_of
from vesicula.evidence.classes import CLAIM_ID, SOURCE_KEYWORDS
from vesicula.evidence.facts import library_facts
from vesicula.evidence.folder import library_folder
from vesicula.evidence.references import library_references
from vesicula.language import check, prepare, read
from vesicula.language.abundance import TABLES
from vesicula.language.library import parameter_library
from vesicula.language.model import Model
from vesicula.language.sentences import Edge, PressureSignal, Silences
from vesicula.language.values import Value
from vesicula.language.walk import Spot, values

LIBRARY = library_folder()
MODELS = sorted((LIBRARY / "models").glob("*.yaml"))
PARTS = sorted((LIBRARY / "parts").rglob("*.yaml"))
PARAMETERS = sorted((LIBRARY / "parameters").glob("*.yaml"))
CODE = sorted(LIBRARY.parent.rglob("*.py"))
NOT_OF_ONE_THING = {"half-max", "hill", "limit", "weight", "ec50", "becomes", "spread"}
OF_A_CASE = re.compile(r"^arms\.|^protocol\.|\.while ")


def name_of(path: Path) -> str:
    return path.relative_to(LIBRARY).as_posix()


@lru_cache(maxsize=8)
def resolved(path: Path) -> Model:
    return prepare(path)


def measured(model: Model) -> dict[str, tuple[Spot, Value]]:
    """Values that describe nature; the median of a trait is 1 by definition."""
    return {
        path: (spot, one) for path, (spot, one) in values(model).items() if spot.measured and spot.quantity != "median"
    }


def within(value: Value) -> bool:
    """Whether the value states a range that holds it."""
    return value.low is not None and value.high is not None and value.low <= value.number <= value.high


def cited_in(path: Path) -> set[str]:
    """All `@key` outside comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return set(
        re.findall(r"@([A-Za-z][\w\-]*)", "\n".join(line for line in lines if not line.lstrip().startswith("#")))
    )


def test_the_library_is_not_empty():
    assert MODELS
    assert PARTS
    assert PARAMETERS
    assert len(parameter_library()[0].entries) > 50


@pytest.mark.parametrize("path", [*MODELS, *PARTS], ids=name_of)
def test_every_file_passes_check_without_errors(path: Path):
    assert [str(one) for one in check(path) if one.severity == "error"] == []


def test_parameter_files_have_no_diagnostics():
    library, report = parameter_library()
    assert [str(one) for one in report.diagnostics] == []
    assert library.conflicts == []


def test_every_parameter_has_source_and_range():
    for entry in parameter_library()[0].entries:
        value = entry.value.value
        assert value.sources or value.range_sources, entry.key.text()
        assert within(value), entry.key.text()


@pytest.mark.parametrize("path", MODELS, ids=name_of)
def test_every_value_of_a_resolved_model_has_source_range_and_class(path: Path):
    for where, (spot, value) in measured(resolved(path)).items():
        if not where.startswith("arms.") and value.has_number:
            assert value.sources or value.range_sources or spot.sources, where
            assert within(value), where
        assert value.evidence is not None, where


@pytest.mark.parametrize("path", [*MODELS, *PARTS, *PARAMETERS], ids=name_of)
def test_every_source_exists(path: Path):
    known = {*library_references(), *SOURCE_KEYWORDS, *ledger_of(), *library_facts()}
    assert cited_in(path) - known == set()


def test_every_reference_is_cited_and_says_what_was_read():
    cited = {table.source for table in TABLES} | {fact.source for fact in library_facts().values()}
    cited = cited.union(*(cited_in(path) for path in [*MODELS, *PARTS, *PARAMETERS]))
    for path in (LIBRARY / "studies").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as table:
            cited |= {row["source"] for row in csv.DictReader(table)}
    documentation = "\n".join(path.read_text(encoding="utf-8") for path in [*MODELS, *PARTS, *PARAMETERS, *CODE])
    for key, reference in library_references().items():
        assert "read" in reference.fields, key
        assert reference.fields.get("title"), key
        assert key in cited or re.search(rf"(?<![\w-]){key}(?![\w-])", documentation), f"{key} is cited nowhere"


@pytest.mark.parametrize("path", [*MODELS, *PARTS], ids=name_of)
def test_every_claim_exists(path: Path):
    claims = set(read(path).claims) | {key for key in cited_in(path) if CLAIM_ID.fullmatch(key)}
    assert claims - set(ledger_of()) == set()


def test_every_mechanism_of_the_bone_model_cites_a_claim_or_what_was_opened():
    def rests_on(key: str) -> bool:
        known = CLAIM_ID.fullmatch(key) or key in library_facts()
        return bool(known) or (key not in SOURCE_KEYWORDS and library_references()[key].read != "no")

    def cited(one) -> list[str]:
        return [*one.sources, *(getattr(one, "limit", None) or one).sources]

    for cell in resolved(LIBRARY / "models" / "bone-metastasis.yaml").cells:
        mechanisms = [one for one in cell.inside if isinstance(one, Edge | Silences)]
        rules = [one for one in cell.rules if not isinstance(one.signal, PressureSignal)]
        for one in (*mechanisms, *rules, *cell.becomes):
            assert any(rests_on(key) for key in cited(one)), f"{cell.name}: {one.text}"


def test_no_entity_has_two_values():
    found: dict[tuple[str, ...], tuple[str, float, str]] = {}
    for path in MODELS:
        for where, (spot, value) in measured(resolved(path)).items():
            if not spot.entities or spot.quantity in NOT_OF_ONE_THING or OF_A_CASE.search(where):
                continue
            within = (
                where.split(".")[1] if where.startswith("matrix.") else spot.condition or ""
            )  # of each matrix, fluid
            key = (spot.quantity, spot.entities[0], spot.cells[-1] if spot.cells else "", within)
            stated = (path.stem, value.number, value.unit)
            first = found.setdefault(key, stated)
            assert value.note or stated[1:] == first[1:], f"{key}: {first} and {stated}"


def test_no_text_repeats_what_the_parameter_library_holds():
    library = parameter_library()[0]
    for path in MODELS:
        for where, (spot, value) in measured(resolved(path)).items():
            if value.parameter is not None or not spot.entities:
                continue
            entry = library.find(spot.quantity, spot.entities[:1], cells=spot.cells, species="human").entry
            # a sentence has to state its mRNA: then it is the number of the table
            same = entry is not None and spot.quantity == "mRNA" and entry.value.value.number == value.number
            assert entry is None or same, f"{path.stem}: {where} stands in {entry.file}:{entry.line} too"
