"""Texts of the library, kept as read: the same values, and never those of another text."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vesicula import kept, units
from vesicula.errors import ModelError
from vesicula.evidence.folder import library_folder
from vesicula.language import library, read
from vesicula.language.reading import model, texts
from vesicula.language.reading import parameters as reading_of_parameters
from vesicula.language.trees import tree


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
    monkeypatch.setattr(reading_of_parameters, "read_parameters", lambda *_: pytest.fail("read again"))
    assert read_anew().entries == first.entries
    assert first.entries


def test_another_text_is_read_and_so_is_one_whose_reading_is_damaged(parameters: Path):
    first = read_anew()
    text = parameters.read_text()
    quantity = first.entries[0].key.quantity
    parameters.write_text(text.replace(f"quantity: {quantity}", f"quantity: {quantity} of old", 1))
    assert read_anew().entries[0].key.quantity == f"{quantity} of old"
    file = kept.kept_reading("parameters", [parameters])
    file.write_bytes(file.read_bytes()[:100])
    assert read_anew().entries[0].key.quantity == f"{quantity} of old"


def test_an_edit_in_what_reads_is_another_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "vesicula"
    (package / "evidence").mkdir(parents=True)
    reader = package / "evidence" / "names.py"
    reader.write_text("1")
    monkeypatch.setattr(kept, "__file__", str(package / "kept.py"))
    first = kept.kept_reading("models", [])
    reader.write_text("2")
    assert kept.kept_reading("models", []) == first  # this process read with what it had
    kept.readers_digest.cache_clear()
    assert kept.kept_reading("models", []) != first


def test_a_part_is_kept_as_read_and_another_text_of_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "library"
    for one in ("parts", "identifiers"):
        shutil.copytree(library_folder() / one, folder / one)
    monkeypatch.setattr(texts, "library_folder", lambda: folder)
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "cache"))
    calls = []
    monkeypatch.setattr(model, "tree", lambda source, report: (calls.append(source.name), tree(source, report))[1])
    part = folder / "parts" / "cells" / "osteoclast.yaml"
    first = read(part)
    assert read(part) == first
    assert read(part).places == first.places
    assert len(calls) == 1
    part.write_text(part.read_text() + "\nquestion: another?\n")
    assert read(part).question == "another?"
    names = next(folder.glob("identifiers/mirna*.csv"))
    names.write_text(names.read_text() + "\n")  # may spell a miRNA otherwise
    assert read(part) != first
    assert len(calls) == 3


def test_what_is_wrong_with_a_part_is_said_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(texts, "library_folder", lambda: tmp_path)
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "cache"))
    part = tmp_path / "wrong.yaml"
    part.write_text("vesicula: 1\npart: wrong\nsubstances: {X: {half-lif: 3 h}}\n")
    for _ in range(2):
        with pytest.raises(ModelError, match="half-lif"):
            read(part)
    assert not list((tmp_path / "cache").glob("models/*"))


def test_a_model_of_somebody_else_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path / "cache"))
    mine = tmp_path / "mine.yaml"
    shutil.copy(library_folder() / "models" / "starter.yaml", mine)
    read(mine)
    assert not list((tmp_path / "cache").glob("models/*"))


ASK = """
import sys, vesicula
vesicula.dose(1e10, 2e5, "0.5 mL", 24, "miR-21-5p", "fibroblast")
vesicula.check("starter")
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""
NOT_ASKED = {
    "pint", "numba", "llvmlite", "scipy", "pandas", "zarr", "xarray", "pyarrow", "matplotlib", "jinja2", "networkx",
    "ruamel",
}  # fmt: skip


def test_what_was_asked_before_loads_nothing_it_does_without(tmp_path: Path):
    place = {
        **os.environ,
        "VESICULA_CACHE": str(tmp_path),
        "PYTHONPATH": str(Path(library.__file__).parents[2]),
    }
    for known in (False, True):
        done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True, env=place)
        loaded = set(done.stdout.split())
        assert ("pint" in loaded) is not known
    assert not loaded & NOT_ASKED


def test_a_unit_that_was_kept_is_what_pint_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VESICULA_CACHE", str(tmp_path))
    monkeypatch.setattr(units.atexit, "register", at_end := [].append)
    asked = ("ng/mL", "/h per nM", "copies/EV", "um^2/s", "particles/ug")
    units._known.cache_clear()
    units._in_base.cache_clear()
    first = [units._in_base(one) for one in asked]
    for keep in at_end.__self__:
        keep()
    units._known.cache_clear()
    units._in_base.cache_clear()
    monkeypatch.setattr(units, "registry", lambda: pytest.fail("pint was asked again"))
    assert [units._in_base(one) for one in asked] == first
    units._known.cache_clear()
