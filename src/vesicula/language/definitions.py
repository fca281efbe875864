"""Definitions of the ledgers that can be checked in the structure of a model, without a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vesicula.evidence.vocabulary import vocabulary
from vesicula.language.model import Cell, Model, Vesicle
from vesicula.language.names import terms
from vesicula.language.sentences import (
    Binds,
    Closes,
    ContactSignal,
    Edge,
    InsideText,
    NamedSignal,
    Silences,
)

Check = Callable[[Model], tuple[str, ...]]
"""What a resolved model lacks; nothing where the definition holds."""

TETRASPANINS = ("CD9", "CD63", "CD81")
INTERLEUKINS = ("IL1A", "IL1B", "IL6", "CXCL8", "IL11")
CARGO_OF_TUMOUR = ("lncRNA", "miRNA", "mRNA", "mtDNA", "protein")


@dataclass(frozen=True)
class Definition:
    """Definitions that are one check. claims: their ids; says: the check in words; cell, vesicles: what a model must
    have for it to apply (cells of the vocabulary with all that belong to them; their vesicles).
    """

    claims: tuple[str, ...]
    says: str
    missing: Check
    cell: str | None = None
    vesicles: str | None = None
    model: str | None = None

    def applies(self, model: Model) -> bool:
        """Whether the model has what the definition is about."""
        return (
            (self.cell is None or bool(cells_of(model, self.cell)))
            and (self.vesicles is None or bool(vesicles_of(model, self.vesicles)))
            and (self.model is None or self.model == model.name)
        )


@dataclass(frozen=True)
class Finding:
    """What a check found. missing: what the model lacks, nothing where the definition holds."""

    definition: Definition
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the definition holds in the model."""
        return not self.missing


def cells_of(model: Model, name: str) -> tuple[Cell, ...]:
    """Cells of a model that are a cell of the vocabulary or belong to it, by CL id, name or base."""
    names = vocabulary()
    wanted = names.with_children(name)
    ids = {names.cells[one].cl for one in wanted}
    return tuple(
        cell
        for cell in model.cells
        if ids.intersection(cell.ids) or any(_plain(one) in wanted for one in (cell.name, cell.base) if one is not None)
    )


def _plain(name: str) -> str:
    return name.rpartition("/")[2].replace("-", "_").casefold()


def vesicles_of(model: Model, name: str) -> tuple[Vesicle, ...]:
    """Vesicle classes of a model whose donor is a cell of the vocabulary or belongs to it."""
    donors = {cell.name for cell in cells_of(model, name)}
    wanted = vocabulary().with_children(name)
    return tuple(one for one in model.vesicles if one.donor in donors or _plain(one.donor or "") in wanted)


def _inside(model: Model, cell: Cell) -> tuple[InsideText, ...]:
    attached = (sentence for one in model.networks if one.name in cell.networks for sentence in one.inside)
    return (*attached, *cell.inside)


def _nodes(model: Model, cell: Cell) -> set[str]:
    """Nodes that the network of a cell has."""
    found: set[str] = set()
    for sentence in _inside(model, cell):
        if isinstance(sentence, Edge):
            read = (term.signal for term in terms(sentence.gate))
            found |= {sentence.node, *(one.name for one in read if isinstance(one, NamedSignal))}
        elif isinstance(sentence, Silences):
            found.add(sentence.node)
    return found


def _without(names: Iterable[str], there: Iterable[str]) -> tuple[str, ...]:
    known = set(there)
    return tuple(name for name in names if name not in known)


def _cargo(vesicles: Iterable[Vesicle]) -> set[str]:
    return {carried.name for one in vesicles for carried in one.carries}


def _every_cell_releases(model: Model) -> tuple[str, ...]:
    return tuple(f"EV release of {cell.name}" for cell in model.cells if not cell.releases)


def _release_is_a_rate(model: Model) -> tuple[str, ...]:
    cells = {cell.name: cell for cell in model.cells}
    return tuple(
        f"release rate of {one.name} in {one.donor}"
        for one in model.vesicles
        if one.donor in cells and one.name not in cells[one.donor].releases
    )


def _three_channels(model: Model) -> tuple[str, ...]:
    contact = any(isinstance(rule.signal, ContactSignal) for cell in model.cells for rule in cell.rules)
    there = {
        "vesicles": bool(model.vesicles),
        "soluble factors": bool(model.substances),
        "contact": contact,
    }
    return tuple(name for name, found in there.items() if not found)


def _bone(model: Model) -> tuple[str, ...]:
    substances = {one.name for one in model.substances}
    stores = any(one.stores for one in model.matrix)
    return (
        *(name for name in ("osteoblast", "osteoclast") if not cells_of(model, name)),
        *(() if stores else ("a matrix with stored factors",)),
        *_without(("PTHLH", "TNF"), substances),
        *(() if substances & set(INTERLEUKINS) else ("an interleukin",)),
    )


def _rankl_axis(model: Model) -> tuple[str, ...]:
    bound = {(one.first, one.second) for one in model.reactions if isinstance(one, Binds)}
    decoy = ("TNFRSF11B", "TNFSF11")
    precursors = (*cells_of(model, "osteoclast_precursor"), *cells_of(model, "osteoclast"))
    occupied = any("TNFRSF11A" in _nodes(model, cell) for cell in precursors)
    return (
        *_without(decoy, (one.name for one in model.substances)),
        *(() if decoy in bound or decoy[::-1] in bound else ("TNFRSF11B binds TNFSF11",)),
        *(() if occupied else ("TNFRSF11A in osteoclasts or their precursors",)),
    )


def _leaky_sinusoids(model: Model) -> tuple[str, ...]:
    cells = cells_of(model, "marrow_endothelial_cell")
    return tuple(
        f"{cell.name} without tight junctions"
        for cell in cells
        if any(isinstance(sentence, Closes) for sentence in _inside(model, cell))
    )


def _parts_of_bone(model: Model) -> tuple[str, ...]:
    count = max((len(site.regions) for site in model.sites), default=0)
    return () if count >= 3 else (f"three regions of bone (there are {count})",)


def _moving_tumour(model: Model) -> tuple[str, ...]:
    return tuple(f"motion of {cell.name}" for cell in cells_of(model, "tumour_cell") if cell.moves is None)


def _kinds_of_cargo(model: Model) -> tuple[str, ...]:
    types = {str(carried.type) for one in vesicles_of(model, "tumour_cell") for carried in one.carries}
    return tuple(f"{name} in tumour EVs" for name in _without(CARGO_OF_TUMOUR, types))


def _made_where_they_are_made(model: Model) -> tuple[str, ...]:
    wrong = {"microvesicle": "in endosomes", "exosome": "at the membrane"}
    return tuple(f"another origin of {one.name}" for one in model.vesicles if wrong.get(one.kind) == one.made)


def _markers(*names: str) -> Check:
    """Cargo that every vesicle class of an MSC carries."""

    def missing(model: Model) -> tuple[str, ...]:
        return tuple(
            f"{name} on {one.name}"
            for one in vesicles_of(model, "msc")
            for name in _without(names, _cargo((one,)))
        )  # fmt: skip

    return missing


def _nodes_in(cell: str, *names: str) -> Check:
    """Nodes that some cell of a kind has."""

    def missing(model: Model) -> tuple[str, ...]:
        there = {node for one in cells_of(model, cell) for node in _nodes(model, one)}
        return tuple(f"{name} in {cell.replace('_', ' ')}" for name in _without(names, there))

    return missing


def _substance(name: str) -> Check:
    def missing(model: Model) -> tuple[str, ...]:
        return _without((name,), (one.name for one in model.substances))

    return missing


def _hypoxia(model: Model) -> tuple[str, ...]:
    consumed = any("oxygen" in cell.takes_up for cell in cells_of(model, "tumour_cell"))
    return (*_substance("oxygen")(model), *(() if consumed else ("uptake of oxygen by tumour cells",)))


def _no_vessels(model: Model) -> tuple[str, ...]:
    return tuple(f"cartilage without {cell.name}" for cell in cells_of(model, "endothelial_cell"))


DEFINITIONS = (
    Definition(("be-013", "sr-050"), "every cell type releases EVs", _every_cell_releases),
    Definition(("be-011",), "EVs are released at a rate per living cell of their donor", _release_is_a_rate),
    Definition(("be-121",), "vesicles, soluble factors and contact are separate channels", _three_channels),
    Definition(
        ("sr-044",), "microvesicles are made at the membrane, exosomes in endosomes", _made_where_they_are_made
    ),
    Definition(
        ("be-016",), "EVs of tumour cells carry lncRNA, miRNA, mRNA, DNA and proteins", _kinds_of_cargo,
        vesicles="tumour_cell",
    ),
    Definition(("be-022",), "malignant cells move", _moving_tumour, cell="tumour_cell"),
    Definition(("be-092",), "doxorubicin is a substance", _substance("doxorubicin"), model="breast-exosome"),
    Definition(
        ("bm-003", "bm-017"), "bone has its cells, a matrix with stores, and its cytokines", _bone, cell="osteoblast"
    ),
    Definition(("bm-049",), "RANKL, its decoy OPG and RANK are there", _rankl_axis, cell="osteoblast"),
    Definition(
        ("bm-035",), "endothelium of marrow sinusoids has no tight junctions", _leaky_sinusoids,
        cell="marrow_endothelial_cell",
    ),
    Definition(("bm-171",), "bone has inner parts", _parts_of_bone, cell="osteoblast"),
    Definition(("mt-118",), "CDH1 and CDH2 show EMT", _nodes_in("tumour_cell", "CDH1", "CDH2"), model="msc-tumour"),
    Definition(("mt-130",), "tumour cells use up oxygen", _hypoxia, model="msc-tumour"),
    Definition(("cr-006",), "cartilage has no vessels", _no_vessels, cell="chondrocyte"),
    Definition(("sr-056",), "EVs of MSC carry CD9, CD63 and CD81", _markers(*TETRASPANINS), vesicles="msc"),
    Definition(("sr-069",), "EVs of MSC carry CD29, CD44 and CD73", _markers("ITGB1", "CD44", "NT5E"), vesicles="msc"),
    Definition(
        ("sr-122", "sr-123", "sr-124"), "macrophages have the M2 markers IL-1RA, CD163 and CCL22",
        _nodes_in("macrophage", "IL1RN", "CD163", "CCL22"), model="skin-repair",
    ),
)  # fmt: skip
"""Every definition that is checked; the others say nothing that a model could lack."""


def definition_of(claim_id: str) -> Definition | None:
    """The check of a definition; None where there is none."""
    return next((one for one in DEFINITIONS if claim_id in one.claims), None)


def definition_findings(model: Model) -> tuple[Finding, ...]:
    """What the checks that apply to a resolved model find, in their order."""
    return tuple(Finding(one, one.missing(model)) for one in DEFINITIONS if one.applies(model))
