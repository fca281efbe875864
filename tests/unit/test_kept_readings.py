"""The parameter library, kept as read: the same values, and never those of another text."""

import shutil
from pathlib import Path

import pytest

from vesicula.spec import kept, library


@pytest.fixture
def parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of one file of the library, and a cache of its own."""
    folder = tmp_path / "parameters"
    folder.mkdir()
    shutil.copy(library._parameter_files()[0], folder)
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(library, "_parameter_files", lambda: tuple(folder.glob("*.yaml")))
    monkeypatch.setattr(library, "TABLES", ())
    return next(folder.glob("*.yaml"))


def read_anew() -> library.Library:
    library._loaded.cache_clear()
    found, report = library.parameter_library()
    assert not report.diagnostics
    return found


@pytest.mark.usefixtures("parameters")
def test_what_was_kept_is_what_was_read_and_is_not_read_twice(monkeypatch: pytest.MonkeyPatch):
    first = read_anew()
    monkeypatch.setattr(library, "read_parameters", lambda *_: pytest.fail("read again"))
    assert read_anew().entries == first.entries
    assert first.entries


def test_another_text_is_read_and_so_is_one_whose_reading_is_damaged(parameters: Path):
    first = read_anew()
    text = parameters.read_text()
    quantity = first.entries[0].key.quantity
    parameters.write_text(text.replace(f"quantity: {quantity}", f"quantity: {quantity} of old", 1))
    assert read_anew().entries[0].key.quantity == f"{quantity} of old"
    file = kept.kept_reading([parameters])
    file.write_bytes(file.read_bytes()[:100])
    assert read_anew().entries[0].key.quantity == f"{quantity} of old"


def test_an_edit_in_what_reads_is_another_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "vesicula"
    (package / "spec").mkdir(parents=True)
    reader = package / "spec" / "parse.py"
    reader.write_text("1")
    monkeypatch.setattr(kept, "__file__", str(package / "spec" / "kept.py"))
    first = kept.kept_reading([])
    reader.write_text("2")
    assert kept.kept_reading([]) != first
