"""From bytes to text: byte-order marks, UTF-16 with and without one, UTF-8, and one-byte codes of older programs."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from vesicula.io.trouble import refuse

LARGEST = 64 * 2**20
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
OTHER_FORMS = (
    (b"PK\x03\x04", "a workbook or another zip file", "save its sheet as CSV or text and give that"),
    (b"\xd0\xcf\x11\xe0", "an old workbook", "save its sheet as CSV and give that"),
    (b"%PDF", "a PDF", "export the table as CSV or text and give that"),
    (b"FCS", "a file of a flow cytometer", "export sizes with counts, or counts per volume, as CSV and give that"),
)
HDF5 = b"\x89HDF\r\n\x1a\n"
MOST_CONTROL = 0.01  # share of characters that no text has
SAMPLE = 4000


@dataclass(frozen=True)
class Text:
    """The text of a file. file : its name; assumed : what was assumed to read it"""

    file: str
    text: str
    encoding: str
    assumed: tuple[str, ...] = ()


def raw(path: Path) -> bytes:
    """Bytes of a file. Raises FileError where there is none, or more than 64 MiB."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            refuse(str(path), "file-too-large", f"it has {size / 2**20:.0f} MiB; 64 are read", "give a smaller export")
        return path.read_bytes()
    except OSError as error:
        refuse(
            str(path), "file-missing", f"it cannot be read: {error.strerror or error}", "look at its name and rights"
        )


def decoded(content: bytes, file: str) -> Text:
    """Text of the bytes of a file. Raises FileError where they are none."""
    for start, what, remedy in OTHER_FORMS:
        if content.startswith(start):
            refuse(file, "file-form", f"text is expected, and this is {what}", remedy)
    if not content.strip():
        refuse(file, "file-form", "a table is expected, and the file is empty", "export it again")
    name, assumed = _encoding(content)
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        text = content.decode(name, errors="replace")
        assumed = (*assumed, f"Bytes that are no {name.upper()}, from {error.start} on, are read as `�`.")
    bad = sum(unicodedata.category(c) == "Cc" and c not in "\t\r\n\f\v\x1a" for c in text)
    if bad > MOST_CONTROL * len(text) + 2:
        refuse(file, "file-form", "text is expected, and these bytes are none", "export a table as CSV or text")
    return Text(file, text.lstrip("\ufeff"), name, assumed)


def _encoding(content: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, name in MARKS:
        if content.startswith(mark):
            return name, ()
    head = content[:SAMPLE]
    if len(head) > 3:
        even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
        if max(even, odd) > 0.4 and min(even, odd) < 0.1:
            name = "utf-16-le" if odd > even else "utf-16-be"
            return name, (f"The text is {name.upper()}, though no byte-order mark says so.",)
    try:
        content.decode("utf-8")
        return "utf-8", ()
    except UnicodeDecodeError as error:
        said = f"Its bytes are no UTF-8 (the first at {error.start}); they are read as"
    try:
        content.decode("cp1252")
        return "cp1252", (f"{said} Windows-1252, which holds Latin-1.",)
    except UnicodeDecodeError:
        return "latin-1", (f"{said} Latin-1.",)


MICRO = re.compile("\u00c2\u00b5|\u00ce\u00bc|[\u00b5\u03bc]")
BROKEN_MICRO = re.compile("[\u00e6\ufffd\u2030](?=[lmgs](?:\\b|/|$))")
CYRILLIC = str.maketrans("\u0441\u0442\u0421\u0422", "ctct")  # of some programs' Ct


def plain(cell: str) -> str:
    """A heading or word without case, quotes, double blanks and other spellings of µ: `Conc. (copies/ul)`."""
    text = MICRO.sub("u", cell.strip().strip('"').strip())
    text = BROKEN_MICRO.sub("u", text.casefold().translate(CYRILLIC))
    return re.sub(r"\s+", " ", text.replace("\u03c4", "t")).strip()
