"""XML as a tree that knows its lines, what of it was read, and how PhysiCell takes numbers, switches and units."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from vesicula import units
from vesicula.errors import UnitError
from vesicula.io.trouble import refuse

LARGEST = 16 * 1024 * 1024  # bytes of a file
DEEPEST = 40  # elements within elements
MOST = 1e90  # of a number; one below 1/MOST is 0
TRUE = ("1", "t", "T", "y", "Y")
"""First letters of what PhysiCell's reader takes for yes."""
PLAIN = ("", "none", "dimensionless")
"""Units of which PhysiCell's projects say nothing."""
SAME = {
    "min": ("time", "min"), "1/min": ("rate", "1/min"), "micron": ("length", "um"),
    "micron^2/min": ("diffusion", "um^2/min"), "micron^3": ("volume", "um^3"), "micron/min": ("speed", "um/min"),
}  # fmt: skip
"""Units that PhysiCell takes every number in -> what they measure, and as the model language writes them."""


@dataclass
class Source:
    """A file and its lines, for messages."""

    file: str
    lines: list[str]

    def refuse(self, code: str, message: str, remedy: str, *, line: int = 0, words: str = "") -> NoReturn:
        """Raise FileError about a line, from 1; 0: the file as a whole."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        refuse(self.file, code, message, remedy, line=line, text=text, words=words)


@dataclass
class Element:
    """One element. line : of its start, from 1; text : between its tags, without blanks around; seen : it was read"""

    tag: str
    attributes: dict[str, str]
    line: int
    source: Source
    parent: Element | None = None
    text: str = ""
    children: list[Element] = field(default_factory=list["Element"])
    seen: bool = False

    def child(self, path: str) -> Element | None:
        """The first element at a path of tags (`mechanics/options`), which counts as read."""
        found: Element | None = self
        for tag in path.split("/"):
            found = next((one for one in found.children if one.tag == tag), None)
            if found is None:
                return None
            found.seen = True
        return found

    def all(self, path: str) -> list[Element]:
        """All elements of the last tag of a path, which count as read."""
        inside, _, tag = path.rpartition("/")
        within = self.child(inside) if inside else self
        found = [] if within is None else [one for one in within.children if one.tag == tag]
        for one in found:
            one.seen = True
        return found

    def needed(self, path: str) -> Element:
        """The element at a path. Raises FileError where it is missing."""
        found = self.child(path)
        if found is None:
            message = f"`{self.tag}` has no `{path}`"
            self.source.refuse("file-form", message, f"add `<{path.rpartition('/')[2]}>`", line=self.line)
        return found

    def name(self) -> str:
        """The attribute `name`. Raises FileError where it is missing or empty."""
        found = self.attributes.get("name", "").strip()
        if not found:
            self.refuse("file-form", f"a `{self.tag}` without name", f'write `<{self.tag} name="…">`')
        return found

    def switch(self, path: str = "", *, unsaid: bool = False) -> bool:
        """A yes or no, as PhysiCell's reader takes it: by the first letter."""
        found = self.child(path) if path else self
        return unsaid if found is None else found.text.startswith(TRUE)

    def yes(self, attribute: str) -> bool:
        """Whether an attribute is a yes; without it PhysiCell takes no."""
        return self.attributes.get(attribute, "").startswith(TRUE)

    @property
    def enabled(self) -> bool:
        """The attribute `enabled`."""
        return self.yes("enabled")

    def file_name(self) -> str:
        """`folder` and `filename` together, as a path from the folder of the project."""
        return posixpath.normpath("/".join(self.needed(tag).text or "." for tag in ("folder", "filename")))

    def number(self, kind: str = "") -> float:
        """The number in an element. kind : of `SAME`, what PhysiCell takes it in; "" without check. FileError."""
        self.seen = True
        try:
            number = float(self.text)
        except ValueError:
            number = math.nan
        if not abs(number) < MOST:
            what = f"`{self.text[:40]}`" if self.text else "nothing"
            self.refuse("file-number", f"`{self.tag}` is a number, and here stands {what}", "write a number, as `0.1`")
        if kind:
            check_unit(self, self.attributes.get("units", ""), kind)
        return number if abs(number) > 1.0 / MOST else 0.0

    def refuse(self, code: str, message: str, remedy: str, *, words: str = "") -> NoReturn:
        """Raise FileError about this element."""
        self.source.refuse(code, message, remedy, line=self.line, words=words or self.text or self.tag)

    def walk(self) -> Iterator[Element]:
        """The element and all below it."""
        yield self
        for one in self.children:
            yield from one.walk()


def check_unit(element: Element, said: str, kind: str) -> None:
    """Raise FileError where a unit is said that PhysiCell does not take the number in: it would be read two ways."""
    bare = said.strip().replace("microns", "micron")
    if bare in PLAIN or bare == kind:
        return
    dimension, taken = SAME[kind]
    try:
        same = math.isclose(units.convert(1.0, bare, dimension), units.convert(1.0, taken, dimension))
    except UnitError as error:
        if error.code == "unknown-unit" and not any(word in units.SYMBOLS for word in bare.split("/")):
            return  # words that name no unit: PhysiCell reads past them
        same = False
    if not same:
        element.refuse(
            "file-number", f"{element.text} {said}: PhysiCell takes it as {kind} whatever the unit says",
            f"convert the number to {kind}, and write that unit", words=said,
        )  # fmt: skip


def read_lines(path: Path, file: str, remedy: str) -> tuple[bytes, Source]:
    """Content and lines of a file. Raises FileError where there is none, or it is too large."""
    try:
        size = path.stat().st_size
        content = b"" if size > LARGEST else path.read_bytes()
    except OSError as error:
        refuse(file, "file-missing", f"it cannot be read: {error.strerror or error}", remedy)
    except ValueError as error:
        refuse(file, "file-missing", f"this is no path: {error}", remedy)
    if size > LARGEST:
        refuse(file, "file-too-large", f"it has {size / 2**20:.0f} MiB", f"at most {LARGEST // 2**20} MiB are read")
    return content, Source(file, content.decode("utf-8-sig", errors="replace").splitlines())


def read_markup(path: Path, file: str) -> Element:
    """The root of an XML file. Raises FileError with line and remedy where it is none."""
    content, source = read_lines(path, file, "name a folder of PhysiCell, or its settings file")
    builder = _Builder(source)
    try:
        builder.parser.Parse(content, True)
    except expat.ExpatError as error:
        message = f"not XML: {expat.ErrorString(error.code)}"
        source.refuse("file-form", message, "repair the line, or save the settings anew", line=error.lineno)
    except (ValueError, LookupError) as error:
        source.refuse("file-form", f"not XML: {error}", "save it as UTF-8", line=1)
    assert builder.root is not None
    return builder.root


class _Builder:
    """Makes the tree while expat reads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Element | None = None
        self.open: list[Element] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        above = self.open[-1] if self.open else None
        one = Element(tag, attributes, self.parser.CurrentLineNumber, self.source, above)
        if len(self.open) >= DEEPEST:
            one.refuse("file-form", f"elements nest deeper than {DEEPEST}", "settings of PhysiCell nest ten deep")
        if above is None:
            self.root = one
        else:
            above.children.append(one)
        self.open.append(one)

    def end(self, _: str) -> None:
        one = self.open.pop()
        one.text = one.text.strip()

    def characters(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text

    def doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        self.source.refuse("file-form", "a document type is not read", "delete the line `<!DOCTYPE …>`", line=line)
