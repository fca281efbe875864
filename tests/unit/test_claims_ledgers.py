"""The ledgers as typed records: complete, made of known names, quick to read, searched by what they are about."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from vesicula.evidence import claims, remarks, yaml_data
from vesicula.evidence.claims import RUN, TREATED_AS, all_claims, claim, document, restated_by
from vesicula.evidence.folder import library_folder
from vesicula.evidence.ledgers import ledger_paths, parsed
from vesicula.evidence.search import UnknownName, cells_of, find, found_claim, known_cell, known_molecules, molecules_of
from vesicula.evidence.vocabulary import NodeName, vocabulary
from vesicula.evidence.yaml_data import kept_data

EVERY = tuple(all_claims().values())


def raw_rows() -> dict[str, dict]:
    return {row["id"]: row for path in ledger_paths().values() for row in parsed(path)["claims"]}


@pytest.mark.parametrize("name", ["vocabulary", *claims.ledgers()])
def test_every_file_keeps_to_the_schema(name: str):
    schema = json.loads((library_folder() / "claims" / "schema.json").read_text(encoding="utf-8"))
    schema = {key: entry for key, entry in schema.items() if key != "oneOf"}
    schema["$ref"] = f"#/$defs/{'vocabulary' if name == 'vocabulary' else 'ledger'}"
    validator = Draft202012Validator(schema)
    assert [e.message for e in validator.iter_errors(parsed(library_folder() / "claims" / f"{name}.yaml"))] == []


def test_ids_are_unique_and_belong_to_their_ledger():
    ids = [row["id"] for path in ledger_paths().values() for row in parsed(path)["claims"]]
    assert len(ids) == len(set(ids)) == len(EVERY) == 851
    assert [one.id for one in EVERY if not one.id.startswith(document(one.ledger).prefix + "-")] == []
    assert {one.kind for one in EVERY} == set(TREATED_AS)
    assert set(RUN) < set(TREATED_AS)


def test_a_record_holds_all_fields_of_its_row():
    rows = raw_rows()
    renamed = {"context"}
    for one in EVERY:
        row = rows[one.id]
        assert set(row) - renamed <= set(one.__dataclass_fields__)
        assert (one.species, one.model, one.setting) == tuple(
            row["context"][k] for k in ("species", "model", "setting")
        )
        assert [(e.source, e.sign, e.target, e.where, e.added) for e in one.chain] == [
            (e["source"], e["sign"], e["target"], e["where"], e["added"]) for e in row["chain"]
        ]
        assert [c.name for c in one.cargo] == [c["name"] for c in row["cargo"]]
        assert list(one.lines) == row["lines"]
        assert one.has_experiment == (row["experiment"] is not None)
        assert one.experiment is None or one.experiment.measure == row["experiment"]["measure"]


def unknown_names(one: claims.Claim) -> list[str]:
    names = vocabulary()
    actors = (*one.sender, *one.recipient)
    wrong = [a.cell for a in actors if a.cell not in names.cells]
    wrong += [a.state for a in actors if a.state not in names.states]
    wrong += [c.name for c in one.cargo if c.name not in names.molecules and c.name not in names.agents]
    wrong += [end for e in one.chain for end in (e.source, e.target) if names.node(end) is None]
    wrong += [e.where for e in one.chain if not names.is_place(e.where)]
    wrong += [o.phenotype for o in one.outcome if names.phenotype(o.phenotype) is None]
    wrong += [one.carrier] if one.carrier not in names.carriers else []
    wrong += [key for key in one.section.split(", ") if key not in document(one.ledger).sections]
    wrong += [one.setting] if one.setting not in names.enumerations["setting"] else []
    wrong += [one.species] if one.species is not None and one.species not in names.enumerations["species"] else []
    if one.experiment is not None and names.measure(one.experiment.measure) is None:
        wrong.append(one.experiment.measure)
    return wrong


def test_every_name_of_every_claim_is_in_the_vocabulary():
    assert {one.id: wrong for one in EVERY if (wrong := unknown_names(one))} == {}


def test_every_reference_to_another_claim_leads_to_one():
    known = all_claims()
    assert [(one.id, other) for one in EVERY for other in one.restates if other not in known or other == one.id] == []
    for name in claims.ledgers():
        rows = (*document(name).contradictions, *document(name).feedback_loops)
        assert rows
        assert [other for row in rows for other in row.claims if other not in known] == []
    assert "bm-060" in restated_by()["bm-051"]


def test_names_that_are_not_there_are_not_taken():
    names = vocabulary()
    for node in (
        "EV(nobody)",
        "caf:nonsense",
        "EV(msc)/nobody",
        "secretion:nobody",
        "secretion",
        "differentiation",
        "migration:bone",
        "AKT:active",
    ):
        assert names.node(node) is None, node
    for measure in ("expression:TNF@nowhere", "expression@bone", "nothing@bone", "tumour_size"):
        assert names.measure(measure) is None, measure
    assert names.node("EV(msc)@brain/hsa-miR-21-5p") == NodeName("vesicles", "msc", None, "brain", "hsa-miR-21-5p")
    assert names.node("caf:FAP_positive") == NodeName("cell", "caf", "FAP_positive")


def test_cells_form_a_tree_and_measures_read_phenotypes():
    names = vocabulary()
    assert names.lineage("ipfp_msc") == ("ipfp_msc", "ad_msc", "msc", "stem_cell", "any_cell")
    assert {"bm_msc", "ipfp_msc", "msc"} <= names.with_children("msc")
    assert "ipsc" not in names.with_children("msc")
    assert {names.lineage(cell)[-1] for cell in names.cells} == {"any_cell", "tissue"}
    assert {one.reads for one in names.measures.values() if one.reads} <= set(names.phenotypes)
    assert names.measures["wound_area_fraction"].sense == "-"
    assert names.carriers["exosome"]
    assert not names.carriers["soluble"]


def test_a_search_takes_cells_with_all_that_belong_to_them():
    narrow, wide = {one.id for one in find(cell="bm_msc")}, {one.id for one in find(cell="msc")}
    assert narrow < wide
    assert {one.id for one in find(cell="CL:0002540")} == narrow == {one.id for one in find(cell="BM MSC")}
    assert cells_of(claim("bm-051")) == {"breast_cancer_cell", "osteoblast"}


def test_a_search_takes_molecules_as_they_are_printed():
    for word in ("TNFSF11", "RANKL", "hgnc:11926"):
        assert "bm-051" in {one.id for one in find(molecule=word)}, word
    assert known_molecules("miR-105") == {"hsa-miR-105-5p"}
    assert {"PTHLH", "TNFSF11"} <= molecules_of(claim("bm-051"))
    with pytest.raises(UnknownName, match="did you mean"):
        known_molecules("TNFSF1l1")


def test_filters_hold_together_and_words_in_both_languages():
    found = find(cell="osteoblast", in_ledger="bone-metastasis", kind="mechanism", text="tumour-derived rankl")
    assert {one.id for one in found} == {"bm-051", "bm-052", "bm-053"}
    assert "bm-051" in {one.id for one in find(text="成骨细胞 RANKL")}
    assert find(text="no such words anywhere") == ()


@pytest.mark.parametrize(
    ("said", "told"),
    [("bm-999", "bm-001 to bm-172"), ("xx-001", "the letters say the ledger"), ("bn-051x", "did you mean bm-051")],
)
def test_an_unknown_claim_is_told_with_what_there_is(said: str, told: str):
    with pytest.raises(UnknownName, match=told):
        found_claim(said)
    assert found_claim("BM51").id == "bm-051"


def test_an_unknown_cell_is_told_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean macrophage"):
        known_cell("macrophge")


def test_only_doubted_claims_are_corrected():
    corrected = remarks.corrections()
    assert {"cr-071", "cr-137", "bm-020", "be-059", "mt-131"} <= set(corrected)
    assert [key for key in corrected if key not in all_claims() or not claim(key).doubts] == []
    assert all(one.printed and one.corrected and one.printed != one.corrected for one in corrected.values())


def test_files_of_remarks_hold_claims_of_their_own_ledger():
    for folder in ("claims-corrected", "claims-not-carried"):
        paths = {path.stem: path for path in (library_folder() / folder).glob("*.yaml")}
        assert set(paths) == set(claims.ledgers())
        for name, path in paths.items():
            assert set(parsed(path)) <= set(claims.ledger(name))


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path))
    kept_data.cache_clear()
    yield tmp_path
    kept_data.cache_clear()


def small(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_parsed_once_and_then_read_as_json(own_cache: Path, monkeypatch: pytest.MonkeyPatch):
    path = small(own_cache, "a: [1, {b: 中}]\n")
    data = parsed(path)
    kept_data.cache_clear()
    monkeypatch.setattr(yaml_data, "_read", lambda _: pytest.fail("parsed again"))
    assert parsed(path) == data == {"a": [1, {"b": "中"}]}


def test_a_changed_file_is_not_taken_from_the_cache(own_cache: Path):
    parsed(small(own_cache, "a: 1\n"))
    kept_data.cache_clear()
    assert parsed(small(own_cache, "a: 2\n")) == {"a": 2}


def test_a_damaged_cache_is_replaced(own_cache: Path):
    path = small(own_cache, "a: 1\n")
    parsed(path)
    (kept,) = (own_cache / "claims").iterdir()
    kept.write_text('{"a": ')
    kept_data.cache_clear()
    assert parsed(path) == {"a": 1}
    assert json.loads(kept.read_text()) == {"a": 1}


def test_a_cache_that_cannot_be_written_changes_nothing(own_cache: Path, monkeypatch: pytest.MonkeyPatch):
    (own_cache / "file").write_text("")
    monkeypatch.setenv("VESICULA_CACHE", str(own_cache / "file"))
    assert parsed(small(own_cache, "a: 1\n")) == {"a": 1}
