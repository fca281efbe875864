"""Open questions: every template can be run as it stands, and what cannot be run says what it needs."""

import json
from pathlib import Path

import pytest

from vesicula.cli import exits, main
from vesicula.evidence.claims import ledger_of
from vesicula.experiments.verdicts.questions import open_claims, questions
from vesicula.language import check


def outcome(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


DOUBTS = ("fast-loss", "too-much-release")  # of measured half-lives and releases of the library's own parts


@pytest.mark.parametrize("key", questions())
def test_templates_are_models_without_mistakes(key: str):
    one = questions()[key]
    assert key in ledger_of()
    assert one.commands or one.needs
    if one.text is not None:
        doubts = [d for d in check(one.text) if not (d.code in DOUBTS and d.file.startswith("library/parts/"))]
        assert [d.text() for d in doubts] == []
    if one.sweep is not None:
        model, path, values = one.sweep
        for value in values:
            assert [d.text() for d in check(model, changes={path: value}) if d.severity == "error"] == []


def test_every_open_question_on_bone_has_an_entry():
    assert {one.id for one in open_claims("bone-metastasis")} == {k for k in questions() if k.startswith("bm-")}
    assert len(open_claims()) == 58


def test_a_template_is_written_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert outcome("questions", "bm-163", "--out", str(tmp_path / "new")) == exits.OK
    file = tmp_path / "new" / "bm-163.yaml"
    assert file.read_text(encoding="utf-8") == questions()["bm-163"].text
    assert outcome("questions", "bm-163", "--out", str(tmp_path / "new")) == exits.OTHER
    assert "exists already" in capfd.readouterr().err


def test_lists_and_single_questions_are_shown(capfd: pytest.CaptureFixture[str]):
    assert outcome("questions", "bone-metastasis", "--json") == exits.OK
    assert json.loads(capfd.readouterr().out)["count"] == 7
    assert outcome("questions", "bm-164") == exits.OK
    assert "--set 'cells.osteoclast.resorbs.mineral=64 um^3/h'" in capfd.readouterr().out
    assert outcome("questions", "skin-repair") == exits.OK
    assert "9 open questions, 0 with a template" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bone-metastas",), "did you mean bone-metastasis?"),
        (("bm-999",), "bm-001 to bm-172"),
        (("bm-164", "--out", "."), "has no model to write"),
        (("bm-051", "--out", "."), "it is a mechanism claim"),
        (("--out", "."), "writes the template of one question"),
    ],
)
def test_mistakes_are_told_in_words(words: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]):
    assert outcome("questions", *words) == exits.OTHER
    assert said in capfd.readouterr().err
