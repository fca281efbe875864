"""The YAML under a model: places of words, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vesicula.language.text import MAXIMUM_BYTES, Mapping, Report, Scalar, Sequence, Source, load
from vesicula.language.trees import tree


def refused(text):
    report = Report()
    assert tree(Source("t.yaml", text), report) is None or report.errors
    return [one.code for one in report.diagnostics]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key"),
        ("a: &x 1\n", "anchor"),
        ("a: &x [1]\nb: [*x, *x]\n", "anchor"),
        ("a: *x\n", "anchor"),
        ("a: !!python/object:os.system x\n", "tag"),
        ("a: !x 1\n", "tag"),
        ("%YAML 1.1\n---\na: yes\n", "tag"),
        ("a: 1\n---\nb: 2\n", "tag"),
        ("[" * 60, "too-deep"),
        ("[" * 100_000, "too-deep"),
        ("a:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 60)), "too-deep"),
        ("a: b: c\n", "yaml"),
        ("\ta: 1\n", "yaml"),
        ("a: [1\n", "yaml"),
        ("a: 'x\n", "yaml"),
        ("a: \x07\n", "not-utf-8"),
        ("? [a]\n: b\n", "wrong-shape"),
        ("a: " + "x" * MAXIMUM_BYTES, "file-too-large"),
    ],
)
def test_what_is_refused(text, code):
    assert code in refused(text)


def test_laughing_billions_stay_small():
    bomb = 'a: &a ["lol"]\n' + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(9)
    )
    assert refused(bomb) == ["anchor"]


def test_words_stay_text():
    root = tree(Source("t.yaml", "NO: no\nyes: 012\nn: null\nd: 2020-01-01\ne:\n"), Report())
    assert isinstance(root, Mapping)
    assert [(key.value, node.value) for key, node in root.entries] == [
        ("NO", "no"), ("yes", "012"), ("n", "null"), ("d", "2020-01-01"), ("e", ""),
    ]  # fmt: skip


def test_every_word_knows_its_place():
    text = "a:\n  - one two\n  - {b: three}\n"
    root = tree(Source("t.yaml", text), Report())
    assert isinstance(root, Mapping)
    items = root.entries[0][1]
    assert isinstance(items, Sequence)
    first, second = items.items
    assert isinstance(first, Scalar)
    assert isinstance(second, Mapping)
    place = first.place(4, 3)
    assert (place.line, place.column, place.length) == (2, 9, 3)
    inner = second.entries[0][1]
    assert isinstance(inner, Scalar)
    assert (inner.place().line, inner.place().column) == (3, 9)


def test_places_in_folded_and_quoted_text():
    text = "a: one\n   two three\nb: 'it''s four'\n"
    root = tree(Source("t.yaml", text), Report())
    assert isinstance(root, Mapping)
    folded, quoted = (node for _, node in root.entries)
    assert isinstance(folded, Scalar)
    assert isinstance(quoted, Scalar)
    assert folded.value == "one two three"
    assert (folded.place(8, 5).line, folded.place(8, 5).column) == (2, 8)
    assert (quoted.place(5, 4).line, quoted.place(5, 4).column) == (3, 11)
    root = tree(Source("t.yaml", 'a: "one\ntwo three"\n'), Report())
    assert isinstance(root, Mapping)
    flush = root.entries[0][1]
    assert isinstance(flush, Scalar)
    assert (flush.place(8, 5).line, flush.place(8, 5).column) == (2, 5)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    report = Report()
    tree(Source("t.yaml", text), report)
    for one in report.diagnostics:
        assert one.text()


def test_files_that_cannot_be_read(tmp_path):
    report = Report()
    assert load(tmp_path / "none.yaml", "none.yaml", report) is None
    (tmp_path / "latin.yaml").write_bytes("a: caf\xe9\n".encode("latin-1"))
    assert load(tmp_path / "latin.yaml", "latin.yaml", report) is None
    (tmp_path / "large.yaml").write_bytes(b"a" * (MAXIMUM_BYTES + 1))
    assert load(tmp_path / "large.yaml", "large.yaml", report) is None
    assert load(tmp_path, "folder", report) is None
    assert [one.code for one in report.diagnostics] == ["file-missing", "not-utf-8", "file-too-large", "file-missing"]
    assert "line 1" in report.diagnostics[1].message
    assert "folder" in report.diagnostics[3].message
    assert all(one.remedy for one in report.diagnostics)


def test_paths_stay_inside(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.yaml").write_text("a: 1\n")
    (inside / "link.yaml").symlink_to(outside / "secret.yaml")
    (inside / "fine.yaml").write_text("a: 1\n")
    for path in (inside / "../outside/secret.yaml", outside / "secret.yaml", inside / "link.yaml"):
        report = Report()
        assert load(path, "x", report, inside=inside) is None
        assert [one.code for one in report.diagnostics] == ["outside-folder"]
    assert load(inside / "fine.yaml", "x", Report(), inside=inside) is not None


def test_windows_line_ends_and_byte_order_marks(tmp_path):
    (tmp_path / "dos.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: two\r\n")
    source = load(tmp_path / "dos.yaml", "dos.yaml", Report())
    assert source is not None
    root = tree(source, Report())
    assert isinstance(root, Mapping)
    assert [key.value for key, _ in root.entries] == ["a", "b"]
    assert source.line(2) == "b: two"
