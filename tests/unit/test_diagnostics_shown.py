"""The order in which mistakes and doubts are shown, and how much of each."""

import pytest

from vesicula.errors import CODES, Diagnostic, ModelError, render, render_json


def test_rendering_counts_and_exports():
    one = Diagnostic("a.yaml", 3, 5, 2, "error", "range", "why", "how", "abc defg")
    two = Diagnostic("a.yaml", 1, 1, 2, "warning", "no-range", "why")
    text = render([one, two])
    assert text.index("a.yaml:3:5") < text.index("a.yaml:1:1")
    assert text.endswith("1 error, 1 warning")
    assert render([]) == ""
    assert '"code": "range"' in render_json([one])
    assert one.as_dict()["title"] == CODES["range"].title


@pytest.mark.parametrize("doubts", ["full", "kind", "line"])
def test_errors_stand_before_forty_warnings(doubts):
    mistakes = [Diagnostic("a.yaml", line, 5, 2, "error", "range", "wrong", "mend it", "abc defg") for line in (60, 55)]
    evidence = [Diagnostic("a.yaml", line, 1, 2, "warning", "no-range", "bare", "say it") for line in range(1, 39)]
    speed = [Diagnostic("a.yaml", line, 1, 2, "warning", "fast-loss", "fast", "slow down") for line in (58, 59)]
    text = render([*evidence, *mistakes, *speed], doubts)
    parts = text.split("\n\n")
    assert [part[:9] for part in parts[:2]] == ["a.yaml:55", "a.yaml:60"]
    assert parts[-1] == "2 errors, 40 warnings"
    assert text.index(CODES["fast-loss"].title) < text.index(CODES["no-range"].title)
    shown = {"full": 40, "kind": 2, "line": 0}[doubts]
    assert text.count("bare") + text.count("fast\n") == shown
    if doubts == "kind":
        assert "37 more of this kind: a.yaml:2, 3, 4" in text
    if doubts == "line":
        assert f"warning: {CODES['no-range'].title} (38 times): a.yaml:1, 2, 3" in parts[2]
        assert parts[2].count("\n") == 1


def test_a_model_error_says_its_mistakes_first_and_doubts_in_a_line():
    doubts = [Diagnostic("a.yaml", line, 1, 2, "warning", "no-range", "bare", "say it") for line in range(1, 39)]
    mistake = Diagnostic("a.yaml", 60, 5, 2, "error", "range", "wrong", "mend it")
    text = str(ModelError([*doubts, mistake]))
    assert text.startswith("a.yaml:60:5")
    assert len(text.splitlines()) == 7


def test_long_lines_are_cut_around_the_place():
    line = "x" * 300 + "HERE" + "y" * 300
    text = Diagnostic("a.yaml", 3, 301, 4, "error", "range", "why", None, line).text()
    source, carets = text.split("\n")[1:3]
    assert len(source) < 130
    assert source[carets.index("^") : carets.index("^") + 4] == "HERE"
