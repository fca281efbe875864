"""A parser that is read from the user's cache reads as the one that was made."""

from pathlib import Path

import pytest

from vesicula.language.grammar import parsers
from vesicula.language.text import Report, Scalar, Source

WRONG = {"start": "40 tumour inn marrow", "plain": "12 umm", "event": "bone belowx 70"}
"""Sentences that only a word boundary or a terminal's own pattern tells from right ones."""


def read_all() -> list[tuple[object, list[str]]]:
    """Every example, and the wrong sentences, as parsers made or read now understand them."""
    parsers._parser.cache_clear()
    parsers._keywords.cache_clear()
    read = []
    for kind, text in (*parsers.EXAMPLES.items(), *WRONG.items()):
        report = Report()
        tree = parsers.parse(kind, Scalar(text, Source("m.yaml", text), 0, len(text)), report)
        read.append((tree, [str(one) for one in report.diagnostics]))
    return read


def test_a_kept_parser_reads_as_the_one_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path))
    made = read_all()
    assert len(list((tmp_path / "parsers").iterdir())) == len(parsers._PARSERS)
    assert [bool(errors) for _, errors in made] == [False] * len(parsers.EXAMPLES) + [True] * len(WRONG)

    def no_grammar(*_: object) -> None:
        raise AssertionError("a grammar is compiled again")

    monkeypatch.setattr("lark.lark.load_grammar", no_grammar)
    assert read_all() == made


def test_without_a_cache_that_can_be_written_parsers_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "file"))
    assert all(tree is not None for tree, _ in read_all()[: len(parsers.EXAMPLES)])
