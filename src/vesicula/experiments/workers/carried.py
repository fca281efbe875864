"""Files that a model names, on their way to a machine that does not have them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vesicula.evidence.folder import library_folder
from vesicula.kept import user_cache

KEEPS = "carried"  # folder under the user's cache
BESIDE = ("references.bib",)  # files that are read though no text names them
WORD = re.compile(r"'([^']+)'|\"([^\"]+)\"|([^\s'\"\[\]{},]+)")
LIBRARY = "library"


@dataclass(frozen=True)
class Carried:
    """A file and what it names beside it. place : from the folder of all of them, or from the library's

    files : way from that folder -> content; empty: the file is the library's, which every machine has
    """

    place: str
    files: tuple[tuple[str, bytes], ...] = ()

    def unpacked(self) -> Path:
        """The file on this machine."""
        if not self.files:
            return library_folder() / self.place
        digest = hashlib.sha256()
        for name, content in self.files:
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        home = user_cache() / KEEPS / digest.hexdigest()[:20]
        if not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            unfinished = Path(tempfile.mkdtemp(dir=home.parent))
            for name, content in self.files:
                file = unfinished / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            try:
                unfinished.rename(home)
            except OSError:  # another worker of this machine was faster
                shutil.rmtree(unfinished, ignore_errors=True)
        return home / self.place


def carried(path: Path, names: Iterable[str] | None = None) -> Carried:
    """A file of a model with the files that it names.

    names : ways of these files from its folder; None: every word of its text, and of theirs, that is such a way
    """
    file, library = path.resolve(), library_folder().resolve()
    if file.is_relative_to(library):
        return Carried(file.relative_to(library).as_posix())
    found: dict[str, bytes] = {path.name: file.read_bytes() if file.is_file() else b""}
    waiting = [path.name] if names is None else []
    for name in (*BESIDE, *(names or ())):
        _add(file.parent, name, found)
    while waiting:
        text = found[waiting.pop()].decode("utf-8", "replace")
        words = {word.strip(":") for groups in WORD.findall(text) for word in groups if word}
        waiting += [name for word in sorted(words) if (name := _add(file.parent, word, found))]
    return Carried(path.name, tuple(sorted(found.items())))


def _add(folder: Path, word: str, found: dict[str, bytes]) -> str:
    """Put the file that a word names among those found; returns its way, empty where there is none or it is there."""
    name = os.path.normpath(word)
    if "." not in word or name.startswith("..") or Path(name).is_absolute() or name in found:
        return ""
    try:
        if not (folder / name).is_file():
            return ""
        found[name] = (folder / name).read_bytes()
    except (OSError, ValueError):
        return ""
    return name
