"""The undisturbed state of a model: what the texts of the library say of it, and the model over them."""

from __future__ import annotations

from vesicula.evidence.folder import library_folder
from vesicula.language.merge import laid_over
from vesicula.language.model import Cell, Model, RestState
from vesicula.language.reading.texts import read_source
from vesicula.language.text import Report, load
from vesicula.units import nearest


def library_rests() -> tuple[str, ...]:
    """Names of the undisturbed states of the library, as `rest` writes them."""
    return tuple(sorted(path.stem for path in (library_folder() / "rest").glob("*.yaml")))


def rest_text(name: str, report: Report) -> Model | None:
    """The text of an undisturbed state of the library; None where there is none of that name."""
    source = load(library_folder() / "rest" / f"{name}.yaml", f"library/rest/{name}.yaml", report)
    return None if source is None else read_source(source, report)


def with_rest(model: Model, report: Report) -> Model:
    """A model whose undisturbed state holds all that the states say from which it begins."""
    own = model.rest
    if own is None:
        return model
    found = RestState()
    for name in own.like:
        if name not in library_rests():
            near = nearest(name, library_rests())
            remedy = f"did you mean `{near}`?" if near else f"the library has {', '.join(library_rests())}"
            message = f"the library has no undisturbed state `{name}`"
            report.add("unknown-part", model.places.get("rest"), message, remedy)
            continue
        text = rest_text(name, report)
        if text is not None and text.rest is not None:
            found = laid_over(found, text.rest)
    return model.model_copy(update={"rest": laid_over(found, own)})


def called_at_rest(cell: Cell, state: RestState) -> str:
    """What the undisturbed state calls a cell type: its own name, else that of the cell it specialises."""
    return cell.name if cell.name in state.cells or cell.base is None else cell.base
