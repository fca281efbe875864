"""Texts and the nodes of their trees, in which every key and word knows its place; what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vesicula.errors import Diagnostic, ModelError, Severity
from vesicula.language.values import Location

MAXIMUM_BYTES = 512 * 1024
ELSEWHERE = "look at the spelling of its path, and whether you may read it"
MAXIMUM_DEPTH = 12


@dataclass(frozen=True)
class Source:
    """A text with the name under which messages show it. folder: where files it names are looked up."""

    name: str
    text: str
    folder: Path | None = None

    def line(self, number: int) -> str | None:
        """Line `number` (from 1) without its end."""
        lines = self.text.split("\n")
        return lines[number - 1].rstrip("\r") if 1 <= number <= len(lines) else None

    def place(self, start: int, length: int) -> Location:
        """Location of `length` characters from index `start`, cut at the end of the line."""
        line = self.text.count("\n", 0, start) + 1
        begin = self.text.rfind("\n", 0, start) + 1
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        return Location(file=self.name, line=line, column=start - begin + 1, length=max(1, min(length, end - start)))


@dataclass(frozen=True)
class Scalar:
    """A piece of text. value: as YAML reads it; start, end: indices in the source."""

    value: str
    source: Source
    start: int
    end: int
    quoted: bool = False

    def place(self, offset: int = 0, length: int | None = None) -> Location:
        """Location of a part of `value`, also where it runs over several lines."""
        begin = self._raw(offset)
        if length is None:
            return self.source.place(begin, self.end - begin)
        return self.source.place(begin, max(1, self._raw(offset + length - 1) + 1 - begin))

    def _raw(self, offset: int) -> int:
        """Index in the source of character `offset` of the value; folded blanks count as one."""
        raw, text, index, at = self.source.text, self.value, self.start, 0
        if self.quoted:
            index += 1
        while at < min(offset, len(text)) and index < self.end:
            if text[at].isspace() and raw[index].isspace():
                while index < self.end and raw[index].isspace():
                    index += 1
            elif raw[index] != text[at]:
                index += 1
                continue
            else:
                index += 1
            at += 1
        return min(index, max(self.start, self.end - 1))


@dataclass(frozen=True)
class Mapping:
    """Keys with their entries, in order."""

    entries: tuple[tuple[Scalar, Node], ...]
    source: Source
    start: int
    flow: bool

    def place(self) -> Location:
        """Where the block begins."""
        return self.source.place(self.start, 1)

    def get(self, key: str) -> Node | None:
        """The entry of `key`."""
        return next((node for scalar, node in self.entries if scalar.value == key), None)

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its place."""
        return next((scalar for scalar, _ in self.entries if scalar.value == key), None)


@dataclass(frozen=True)
class Sequence:
    """Items of a list."""

    items: tuple[Node, ...]
    source: Source
    start: int
    flow: bool

    def place(self) -> Location:
        """Where the list begins."""
        return self.source.place(self.start, 1)


Node = Scalar | Mapping | Sequence


@dataclass
class Report:
    """Collects the diagnostics of one reading; knows the sources, so that every message can quote its line."""

    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])
    sources: dict[str, Source] = field(default_factory=dict[str, Source])

    def add(  # noqa: D102
        self,
        code: str,
        where: Location | Node | None,
        message: str,
        remedy: str | None = None,
        *,
        severity: Severity = "error",
        file: str = "",
    ) -> None:
        location = where.place() if isinstance(where, Scalar | Mapping | Sequence) else where
        if location is None:
            found = Diagnostic(file or "model", 0, 0, 0, severity, code, message, remedy)
        else:
            source = self.sources.get(location.file)
            line = source.line(location.line) if source else None
            found = Diagnostic(
                location.file, location.line, location.column, location.length, severity, code, message, remedy, line
            )
        if found not in self.diagnostics:
            self.diagnostics.append(found)

    def warn(self, code: str, where: Location | Node | None, message: str, remedy: str | None = None) -> None:
        """Add a warning."""
        self.add(code, where, message, remedy, severity="warning")

    @property
    def errors(self) -> list[Diagnostic]:
        """The diagnostics that stop."""
        return [one for one in self.diagnostics if one.severity == "error"]

    def stop_on_errors(self) -> None:
        """Raise ModelError with everything collected if anything stops."""
        if self.errors:
            raise ModelError(self.diagnostics)


def load(path: Path, name: str, report: Report, *, inside: Path | None = None) -> Source | None:
    """Read a file as a source. inside: the folder it must not leave, not even by a link."""
    remedy = "use a path inside the folder of the model, without `..` and links that lead out"
    if inside is not None:
        root = inside.resolve()
        if ".." in path.parts or not path.resolve().is_relative_to(root):
            report.add("outside-folder", None, f"{name} lies outside {inside}", remedy, file=name)
            return None
    try:
        if not path.is_file():
            what, way = (
                ("it is a folder", "name the file in it") if path.is_dir() else ("there is no such file", ELSEWHERE)
            )
            report.add("file-missing", None, what, way, file=name)
            return None
        with path.open("rb") as stream:
            raw = stream.read(MAXIMUM_BYTES + 1)
    except OSError as problem:
        report.add("file-missing", None, f"it cannot be read: {problem.strerror}", ELSEWHERE, file=name)
        return None
    if len(raw) > MAXIMUM_BYTES:
        message = f"it is larger than {MAXIMUM_BYTES // 1024} KiB"
        report.add("file-too-large", None, message, "split it into parts (`use: ./…`)", file=name)
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        report.add("not-utf-8", None, f"byte {raw[problem.start]:#x} in line {line}", "save it as UTF-8", file=name)
        return None
    source = Source(name, text, path.parent)
    report.sources[name] = source
    return source
