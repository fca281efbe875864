"""From text to a typed model, as written: parts are named, not merged, and library values are left open."""

from __future__ import annotations

from pathlib import Path

from vesicula.errors import ModelError
from vesicula.evidence.folder import library_folder
from vesicula.kept import keep_reading, kept_reading, reading
from vesicula.language.model import Model
from vesicula.language.text import Report, Source, load
from vesicula.units import nearest


def library_models() -> tuple[str, ...]:
    """Names of the library's models."""
    return tuple(sorted(path.stem for path in (library_folder() / "models").glob("*.yaml")))


def library_parts() -> tuple[str, ...]:
    """Names of the library's parts, as `use` writes them."""
    root = library_folder() / "parts"
    return tuple(sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.yaml")))


def find_source(text_or_path: str | Path, report: Report, *, library: bool = True) -> Source | None:
    """The text behind a path, a library name, or the text itself: what has several lines, or no letter."""
    if isinstance(text_or_path, str) and ("\n" in text_or_path or not text_or_path.strip()):
        source = Source("model", text_or_path)
        report.sources[source.name] = source
        return source
    path = Path(text_or_path)
    name = str(text_or_path)
    if not path.is_file() and library and name in library_models():
        return load(library_folder() / "models" / f"{name}.yaml", f"library/models/{name}.yaml", report)
    if not path.exists() and library and not path.suffix:
        near = nearest(name, library_models())
        remedy = f"did you mean `{near}`?" if near else f"models of the library: {', '.join(library_models())}"
        report.add("file-missing", None, "no file and no library model has this name", remedy, file=name)
        return None
    return load(path, name, report)


def read(text_or_path: str | Path, *, library: bool = True) -> Model:
    """The model of a text, a file or (with `library`) a library name, as written.

    Raises   ModelError with all diagnostics of the text
    Example  >>> read("bone-metastasis").run.duration.unit
             'days'
    """
    report = Report()
    source = find_source(text_or_path, report, library=library)
    model = read_source(source, report) if source is not None else None
    report.stop_on_errors()
    if model is None:
        raise ModelError(report.diagnostics)
    return model


def locate(text_or_path: str | Path) -> tuple[str, Path | None]:
    """The text of a model and the folder where the files it names are. Raises ModelError where there is none."""
    report = Report()
    source = find_source(text_or_path, report)
    if source is None:
        raise ModelError(report.diagnostics)
    return source.text, source.folder


def read_source(source: Source, report: Report) -> Model | None:
    """The model of a source; diagnostics go to the report. What the library says is read once on a machine."""
    place = _kept_at(source)
    found = None if place is None else reading(place)
    if isinstance(found, Model):
        report.sources[source.name] = source
        return found
    from vesicula.language.reading.model import parsed  # and all grammars, which what is kept does without

    model = parsed(source, report)
    if model is not None and place is not None and not any(one.file == source.name for one in report.diagnostics):
        keep_reading(place, model)
    return model


def _kept_at(source: Source) -> Path | None:
    """Where the reading of a text of the library is kept, None for one of somebody else."""
    if source.folder is None or not source.folder.is_relative_to(library_folder()):
        return None
    names = sorted((library_folder() / "identifiers").glob("*.csv"))
    return kept_reading("models", names, source.name, str(source.folder), source.text)
