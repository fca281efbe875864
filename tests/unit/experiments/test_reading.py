"""The executable review: order, completeness, both languages, verdicts and what stands where there is none."""

import json
import re
from html.parser import HTMLParser

import pytest

from vesicula.cli import exits, main
from vesicula.evidence.claims import ledger, ledgers
from vesicula.experiments.verdicts.board import Board, Row, Spread, Work
from vesicula.experiments.verdicts.reading import page, review_html
from vesicula.experiments.verdicts.reading.tested import experiments_of
from vesicula.experiments.verdicts.reading.thumbnail import thumbnail
from vesicula.experiments.verdicts.reading.words import _WORDS, headings
from vesicula.experiments.verdicts.stored import Stored

VOID = {"meta", "link", "input", "br"}


class Articles(HTMLParser):
    """Attributes and words of every article, and whether all tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.words: dict[str, str] = {}
        self.open: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "article":
            row = dict(attrs)
            self._inside = str(row["id"])
            self.found[self._inside] = row
            self.words[self._inside] = ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "article":
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.words[self._inside] += data


@pytest.fixture(scope="module")
def bone() -> Articles:
    return Articles(review_html("bone-metastasis"))


@pytest.mark.parametrize("name", ledgers())
def test_every_claim_stands_once_in_the_order_of_the_article(name: str):
    html = review_html(name)
    read = Articles(html)
    assert read.open == []
    claims = ledger(name)
    assert len(re.findall("<article ", html)) == len(claims)
    assert set(read.found) == set(claims)
    sections = [claims[key].section.split(", ")[0] for key in read.found]
    assert [key for i, key in enumerate(sections) if i == 0 or sections[i - 1] != key] == list(dict.fromkeys(sections))
    for section in set(sections):
        lines = [claims[key].lines for key in read.found if claims[key].section.split(", ")[0] == section]
        assert lines == sorted(lines)


def test_a_claim_shows_its_reading_its_carriers_and_its_experiment(bone: Articles):
    words = bone.words["bm-059"]
    assert ledger("bone-metastasis")["bm-059"].text in words
    assert "TGFB_SMAD raises PTHLH secretion" in words
    assert "at 0 h hold TGFB1 at 200 pM" in words
    assert "@assumed" not in words.partition("Experiment")[2]


def test_a_doubted_claim_stands_in_both_readings(bone: Articles):
    words = bone.words["bm-020"]
    assert "negative feedback" in words
    assert "a forward activating edge" in words


def test_kinds_are_what_they_are(bone: Articles):
    claims = ledger("bone-metastasis")
    for key, words in bone.words.items():
        if claims[key].kind == "quantity":
            assert "Quantities get no verdict" in words
        if claims[key].kind == "outlook":
            assert "Open questions get no verdict" in words


def test_a_review_without_model_says_so():
    html = review_html("skin-repair")
    assert "not in the library yet" in html
    assert set(re.findall(r'data-verdict="([^"]*)"', html)) == {"none"}


def test_chinese_has_every_heading_and_statement():
    read = Articles(review_html("bone-metastasis", "zh"))
    for key, claim in ledger("bone-metastasis").items():
        assert claim.text_zh in read.words[key]
    assert all(both[0] != both[1] and re.search("[一-鿿/，]", both[1]) for key, both in _WORDS.items())
    from vesicula.evidence.claims import document

    for name in ledgers():
        sections = document(name).sections
        assert headings(name, sections, "zh").keys() == sections.keys()
        assert all(re.search("[一-鿿]|MSC", heading) for heading in headings(name, sections, "zh").values())


def test_words_of_a_claim_cannot_become_markup(monkeypatch: pytest.MonkeyPatch):
    from dataclasses import replace

    rows = dict(ledger("bone-metastasis"))
    rows["bm-001"] = replace(rows["bm-001"], text="<script>alert(1)</script>")
    monkeypatch.setattr(page, "ledger", lambda _: rows)
    assert "<script>alert(1)" not in review_html("bone-metastasis")


def test_a_stored_verdict_is_shown_with_share_range_provenance_and_arms(monkeypatch: pytest.MonkeyPatch):
    arms = (("vehicle", 1.0, 0.8, 1.3), ("TGF-beta", 3.0, 2.0, 5.0))
    row = Row(
        "bm-059", "mechanism", "", "holds if", role="test", visible=0.6, right=0.95, low=0.87, high=0.98, n=64,
        effect=Spread(2.0, 1.2, 3.7), unit="pM", provenance="composed", by="run", arms=arms, chance=0.15,
        condition="half-max of TGFB1 is below 40 pM", stated=(7, 7, 8), first=("too weak", "0.4.0"),
        revised="the arm was stronger than a laboratory's", diagnosis=("protocol", "too few cells", "0.4.0", ""),
    )  # fmt: skip
    board = Board("bone-metastasis", "0.1.0", "2026-01-01", False, (row,), ("bm-059",), Work(1, 1, {"A": 1.0}))
    monkeypatch.setattr(page, "stored", lambda _: Stored(board, {}))
    html = review_html("bone-metastasis")
    read = Articles(html)
    words = read.words["bm-059"]
    assert read.found["bm-059"]["data-verdict"] == "holds if"
    assert "seen in 60% of 64 draws, of these 95% (87%–98%) with the expected sign" in words
    assert "if half-max of TGFB1 is below 40 pM" in words
    assert "at stated values in 7 of 8 seeds" in words
    assert "at first sight: too weak (0.4.0)" in words
    assert "revised: the arm was stronger" in words
    assert "diagnosis, protocol: too few cells" in words
    assert "test: the model does not say it itself" in words
    assert "composed: needs other claims too" in words
    assert "scrambled signs agree in 15%" in words
    assert "TGF-beta" in words
    assert "<b>1</b>claims with a verdict" in html


def test_the_picture_has_one_dot_for_each_arm_that_could_be_read():
    nan = float("nan")
    shown = thumbnail([("a", 1, 0.5, 2), ("b", nan, nan, nan), ("c", 3, 2, 4)], "pM")
    assert shown.count("<circle") == 2
    assert thumbnail([("a", nan, nan, nan)], "pM") == ""
    assert thumbnail([("a", 0, 0, 0)], "").count("<circle") == 1


def test_experiments_are_told_without_ranges_and_sources():
    found = experiments_of("bone-metastasis")
    assert not found.broken
    for rows in found.told.values():
        for one in rows:
            said = " ".join(
                (one.measure, *one.start, *one.always, *one.baseline[1], *(s for _, t in one.levels for s in t))
            )
            assert ".." not in said
            assert "@" not in said


def outcome(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_the_command_writes_one_file(tmp_path, capfd: pytest.CaptureFixture[str]):
    file = tmp_path / "deep" / "review.html"
    assert outcome("read", "skin-repair", "--lang", "zh", "--out", str(file), "--json") == exits.OK
    assert json.loads(capfd.readouterr().out)["review"] == str(file)
    assert '<html lang="zh">' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("read", "bone-metastas"), exits.OTHER, "did you mean bone-metastasis?"),
        (("read", "skin-repair", "--lang", "de"), exits.USAGE, "en or zh"),
        (("read", "starter"), exits.OTHER, "no review is called starter"),
    ],
)
def test_mistakes_are_told_in_words(words, code, said, tmp_path, monkeypatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    assert outcome(*words) == code
    assert said in capfd.readouterr().err
