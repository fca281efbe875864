"""Sentences about the question as data: cells at the start, steps of protocol and arms.

What a class says of itself: see `slots`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from vesicula.language.sentences import Sentence
from vesicula.language.slots import Free, Name, Slot, Way
from vesicula.language.values import Value

CellName = Annotated[str, Name("cell")]
AnyCell = Annotated[str | None, Name("cell")]
StateName = Annotated[str | None, Name("state")]
PlaceName = Annotated[str | None, Name("place")]
Label = Annotated[str | None, Name("label")]
VesicleName = Annotated[str, Name("vesicle")]
CargoName = Annotated[str, Name("cargo")]
NodeName = Annotated[str, Name("node")]
Given = Annotated[str, Name("substance", "vesicle", "preparation")]
DISSOLVED = ("amount", "concentration")
"""What a dose of a dissolved substance is measured in: a mass counts as molecules."""
PREPARED = ("mass", "particles per volume", "concentration", "amount", "particles")
"""What a dose of a preparation is measured in."""


def _chosen(dimension: str | tuple[str, ...], key: str, substance: str = "", prepared: tuple[str, ...] = ()) -> Slot:
    return Slot(dimension, key, sign="not negative", role="chosen", substance=substance, prepared=prepared)


_SHARE, _FACTOR, _PER = _chosen("share", "share"), _chosen("factor", "factor"), _chosen("cells", "per")
_ANTIBODY = ("anti-{against}", "antibody")
_INHIBITOR = ("{inhibitor} on {process} of {what}", "{inhibitor} on {process}", "{inhibitor}")
_ANYTHING = Way(None, ("anything", ""))


class Start(Sentence):
    """Cells at time 0."""

    about = None
    no_way = "it is the same in every arm"
    without = "stays"


class StartCount(Start):
    """`40 tumour in marrow, dormant`."""

    kind: Literal["count"] = "count"
    count: int
    cell: CellName
    region: PlaceName = None
    state: StateName = None
    label: Label = None


class StartDensity(Start):
    """`tumour in marrow, 200 /mm^2, dormant`, or per volume."""

    kind: Literal["density"] = "density"
    cell: CellName
    density: Annotated[Value, Slot("cells per area", "density", role="setting")]
    region: PlaceName = None
    state: StateName = None
    label: Label = None


class StartAlong(Start):
    """`osteoblast along trabecula, every 15 um`: cells on the boundary of a region, just outside it."""

    kind: Literal["along"] = "along"
    cell: CellName
    region: Annotated[str, Name("place")]
    spacing: Annotated[Value, Slot("length", "spacing", role="setting")]
    state: StateName = None
    label: Label = None


class StartConfluent(Start):
    """`endothelium confluent on insert`, `tumour at 60 % confluence on dish`: in labware; share None: all of it."""

    kind: Literal["confluent"] = "confluent"
    cell: CellName
    place: Annotated[str, Name("labware")]
    share: Annotated[Value | None, Slot("share", "share", role="setting")] = None
    state: StateName = None
    label: Label = None


class StartTable(Start):
    """`cells from positions.csv`: columns cell, x, y[, z][, state][, label], µm; path relative to the model file."""

    kind: Literal["table"] = "table"
    path: Annotated[str, Name("file")]


StartText = Annotated[StartCount | StartDensity | StartAlong | StartConfluent | StartTable, Field(discriminator="kind")]


class Step(Sentence):
    """One act of the experimenter; `at` None: from the start. `until` None: to the end. `every`: repeated.

    when: it happens at a moment; or lasts, from a moment (held) or from the start (lasting) to an end or for ever; or
    changes what there is at the start and all that is given (whole run)
    """

    when: ClassVar[Literal["moment", "held", "lasting", "whole run"]]
    without = "stays"

    at: Annotated[Value | None, Slot("time", "at", sign="not negative", role="setting")] = None
    every: Annotated[Value | None, Slot("time", "every", role="setting")] = None
    until: Annotated[Value | None, Slot("time", "until", role="setting")] = None


class AddSubstance(Step):
    """`at 2 h add 5 nM TGFB1 [to marrow]`, that comes on top; `at 2 h add 5 ng TGFB1 to dish`, of the whole labware."""

    about = None
    when = "moment"
    ways = (Way(None, ("named", "substance"), 1),)

    kind: Literal["add substance"] = "add substance"
    substance: Annotated[str, Name("substance")]
    amount: Annotated[Value, _chosen(DISSOLVED, "amount", "{substance}")]
    region: PlaceName = None


class AddAntibody(Step):
    """`at 7 days add antibody against TNFSF11, 10 nM, Kd 0.1 nM, half-life 20 days`: an own substance that binds."""

    about = ("against",)
    when = "moment"
    ways = (Way(None, ("substance", "against"), -1), Way(None, ("antibody", "against"), 1))

    kind: Literal["antibody"] = "antibody"
    against: Annotated[str, Name("substance")]
    amount: Annotated[
        Value,
        Slot(
            "concentration",
            "amount",
            _ANTIBODY,
            fill="needed",
            quantity="amount",
            role="chosen",
            substance="anti-{against}",
        ),
    ]
    kd: Annotated[Value | None, Slot("concentration", "Kd", _ANTIBODY, fill="needed", substance="anti-{against}")] = (
        None
    )
    off: Annotated[Value | None, Slot("rate", "off", _ANTIBODY, fill="needed")] = None
    half_life: Annotated[Value | None, Slot("time", "half-life", _ANTIBODY, fill="needed")] = None


class Hold(Step):
    """`at 0 days hold estradiol at 100 pM`; `level` None: `release estradiol`."""

    about = None
    when = "held"
    ways = (Way(None, ("named", "substance"), 1),)

    kind: Literal["hold"] = "hold"
    substance: Annotated[str, Name("substance")]
    level: Annotated[Value | None, _chosen("concentration", "level", "{substance}")] = None


class AddVesicles(Step):
    """`at 0 h add 1e6 particles of tumour-EV [to marrow]`."""

    about = None
    when = "moment"
    ways = (Way(None, ("named", "vesicle"), 1),)

    kind: Literal["add vesicles"] = "add vesicles"
    vesicle: VesicleName
    particles: Annotated[Value, _chosen("particles", "particles")]
    region: PlaceName = None


class AddPreparation(Step):
    """`at 0 h add 2 ug MDA-prep per 2e5 cells to insert top`, `add 1e4 particles of MDA-prep per cell to dish`.

    amount: protein mass (needs the preparation's `particles per ug`) or particles; per: cells it is given for (None:
    the whole labware); region: site, labware or region.
    """

    about = None
    when = "moment"
    ways = (Way(None, ("named", "preparation"), 1),)

    kind: Literal["add preparation"] = "add preparation"
    preparation: Annotated[str, Name("preparation")]
    amount: Annotated[Value, _chosen(PREPARED, "amount")]
    per: Annotated[Value | None, _PER] = None
    region: PlaceName = None


class DoseSeries(Step):
    """`at 0 h add doxorubicin at 1 nM to 10 uM in 8 doses`: an arm of its own for each dose, evenly on a log scale.

    what: substance or preparation.
    """

    about = None
    when = "moment"
    ways = (Way(None, ("named", "what"), 1),)

    kind: Literal["dose series"] = "dose series"
    what: Given
    low: Annotated[Value, _chosen(DISSOLVED, "low", "{what}", PREPARED)]
    high: Annotated[Value, _chosen(DISSOLVED, "high", "{what}", PREPARED)]
    doses: int
    per: Annotated[Value | None, _PER] = None
    region: PlaceName = None


class GiveMedium(Step):
    """`at 24 h give 50 % medium of donors to recipients, EV fraction`: that share of the recipients' medium is replaced
    by the donors', whole or one fraction of it (the rest of the volume is fresh medium).
    """

    about = None
    when = "moment"
    ways = (Way(None, ("medium", "source"), 1), _ANYTHING)

    kind: Literal["give medium"] = "give medium"
    share: Annotated[Value, _SHARE]
    fraction: Literal["whole", "EV", "soluble"] = "whole"
    source: Annotated[str, Name("place")]
    target: Annotated[str, Name("place")]


class AddCells(Step):
    """`at 3 days add 40 tumour in marrow, dormant`; supply: as many as keep their number (`add tumour as at rest`)."""

    about = None
    when = "moment"
    ways = (Way(None, ("cells", "cell"), 1),)

    kind: Literal["add cells"] = "add cells"
    count: int
    supply: Annotated[Value | None, Slot("number", "supply", ("{cell}",), quantity="supply", role="setting")] = None
    cell: CellName
    region: PlaceName = None
    state: StateName = None


class Transfect(Step):
    """`at 24 h transfect tumour [in marrow] with 1e5 copies of miR-21-5p`: so many more that act, in each living cell;
    they are lost with the half-life of the cargo and shared out at division, as delivered ones are.
    """

    about = None
    when = "moment"
    ways = (Way(None, ("cargo", "cargo"), 1),)

    kind: Literal["transfect"] = "transfect"
    cell: CellName
    region: PlaceName = None
    copies: Annotated[Value, _chosen("copies", "copies")]
    cargo: CargoName


class RemoveCells(Step):
    """`at 3 days remove 50 % of tumour [from marrow]`; cell None: all cells. `wound marrow` also removes matrix."""

    about = None
    when = "moment"
    ways = (Way(None, ("removed", "cell"), -1),)

    kind: Literal["remove cells"] = "remove cells"
    share: Annotated[Value, _SHARE]
    cell: AnyCell = None
    region: PlaceName = None
    with_matrix: bool = False


class ShuffleCells(Step):
    """`at 0 h, every 1 h, shuffle cells [in marrow]`, `shuffle tumour`: they change places with each other; cell None:
    all cells. What rests on who lies beside whom is gone.
    """

    about = None
    when = "moment"
    ways = (_ANYTHING,)

    kind: Literal["shuffle"] = "shuffle"
    cell: AnyCell = None
    region: PlaceName = None


class Wash(Step):
    """`at 1 day wash 90 %`: exchange of medium."""

    about = None
    when = "moment"
    ways = (Way(None, ("medium", ""), -1),)

    kind: Literal["wash"] = "wash"
    share: Annotated[Value, _SHARE]


class Block(Step):
    """`block uptake of tumour-EV by 90 %`, `block TGFB1 in tumour by 90 %`, or by a dose: `block uptake of tumour-EV
    by heparin at 10 uM, IC50 3 uM (1..10), hill 1` leaves 1/(1 + (dose/IC50)^hill).

    process: release, uptake (all routes), fusion, endocytosis, binding, escape (from endosomes) of a vesicle class;
    secretion of a substance; sensing: what cells read of it, or what their own node, cargo, surface molecule does.
    """

    about = ("process", "what", "cell", "inhibitor")
    when = "lasting"
    ways = (Way(None, ("blocked", "what"), -1),)

    kind: Literal["block"] = "block"
    process: Literal["release", "uptake", "fusion", "endocytosis", "binding", "escape", "sensing", "secretion"]
    what: Annotated[str, Name("molecule", "vesicle")]
    share: Annotated[Value | None, _SHARE] = None  # None: by the inhibitor's dose
    cell: AnyCell = None
    inhibitor: Annotated[str | None, Name("drug")] = None
    dose: Annotated[Value | None, _chosen("concentration", "dose")] = None
    ic50: Annotated[Value | None, Slot("concentration", "IC50", _INHIBITOR, fill="needed", beside="inhibitor")] = None
    hill: Annotated[
        Value | None, Slot("number", "hill", (*_INHIBITOR, "inhibitor"), fill="offered", beside="inhibitor")
    ] = None


class KnockOut(Step):
    """`knock out PTHLH in tumour, residual 10 %`: all that the cell has under that name."""

    about = ("what", "cell")
    when = "lasting"
    ways = (Way(None, ("expressed", "what"), -1),)

    kind: Literal["knock out"] = "knock out"
    what: Annotated[str, Name("molecule")]
    cell: AnyCell = None
    residual: Annotated[Value | None, _chosen("share", "residual")] = None


class Overexpress(Step):
    """`overexpress NT5E in c x 10`: all that the cell has under that name but the activity of a node."""

    about = ("what", "cell")
    when = "lasting"
    ways = (Way(None, ("expressed", "what"), 1),)

    kind: Literal["overexpress"] = "overexpress"
    what: Annotated[str, Name("molecule")]
    cell: AnyCell = None
    factor: Annotated[Value, _FACTOR]


class RemoveCargo(Step):
    """`remove miR-21-5p from tumour-EV`."""

    about = ("cargo", "vesicle")
    of = "LoadCargo"
    when = "lasting"
    ways = (Way(None, ("carried", "cargo"), -1), Way(None, ("delivered", "cargo"), -1))

    kind: Literal["remove cargo"] = "remove cargo"
    cargo: CargoName
    vesicle: VesicleName


class LoadCargo(Step):
    """`load miR-21-5p in tumour-EV x 1000`."""

    about = ("cargo", "vesicle")
    when = "lasting"
    ways = (Way(None, ("carried", "cargo"), 1), Way(None, ("delivered", "cargo"), 1))

    kind: Literal["load"] = "load"
    cargo: CargoName
    vesicle: VesicleName
    factor: Annotated[Value, _FACTOR]


class Replace(Step):
    """`replace MDA-prep by vehicle`, `by its non-EV fraction`, `by MCF10A-prep`. Whole run only."""

    about = ("preparation",)
    when = "whole run"
    ways = (Way(None, ("named", "preparation"), -1), Way(None, ("named", "by")))

    kind: Literal["replace"] = "replace"
    preparation: Annotated[str, Name("preparation")]
    by: Annotated[str, Name("preparation")]  # "vehicle", "non-EV fraction" or another preparation


class Rescale(Step):
    """`dose MDA-prep x 0.1`: the same preparation (or vesicle class, or substance), another dose."""

    about = ("what",)
    when = "lasting"
    ways = (Way(None, ("named", "what"), "factor"),)

    kind: Literal["rescale"] = "rescale"
    what: Given
    factor: Annotated[Value, _FACTOR]


class Deplete(Step):
    """`deplete serum-EV by 95 %`: of a vesicle class, preparation, substance or cell, at the start and in doses."""

    about = ("what",)
    when = "whole run"
    ways = (Way(None, ("named", "what"), -1),)

    kind: Literal["deplete"] = "deplete"
    what: Annotated[str, Name("vesicle", "preparation", "substance", "cell")]
    share: Annotated[Value, _SHARE]


class MutateSite(Step):
    """`mutate miR-105-5p site of TJP1 in endothelium`: the target no longer binds the miRNA."""

    about = None
    when = "lasting"
    ways = (Way(None, ("node", "node"), 1),)

    kind: Literal["mutate site"] = "mutate site"
    mirna: CargoName
    node: NodeName
    cell: CellName


class Cool(Step):
    """`cool to 4 C`: fusion, endocytosis and release stop but for a rest (`active at 4 C`); binding goes on."""

    about = ()
    when = "lasting"
    ways = (_ANYTHING,)

    kind: Literal["cool"] = "cool"
    temperature: Annotated[Value, Slot("temperature", "temperature", sign="any", role="setting")]


class Clamp(Step):
    """`clamp AKT1 in tumour at 0.5`."""

    about = ("node", "cell")
    when = "lasting"
    ways = (Way(None, ("node", "node"), "level", 0.5),)

    kind: Literal["clamp"] = "clamp"
    node: NodeName
    cell: CellName
    level: Annotated[Value, _chosen("number", "level")]


class Without(Step):
    """`without tumour`: cells of that type are left out of the start. Whole run only."""

    about = None
    when = "whole run"
    ways = (Way(None, ("cells", "cell"), -1),)

    kind: Literal["without"] = "without"
    cell: CellName


class SetParameter(Step):
    """`set cells.tumour.divides to 24 h`: a value of the model by its path."""

    about = ("path",)
    when = "lasting"
    ways = (_ANYTHING,)

    kind: Literal["set"] = "set"
    path: Annotated[str, Name("path")]
    value: Annotated[Value, Free("of the dimension that the value of the path has")]


StepText = Annotated[
    AddSubstance | AddAntibody | Hold | AddVesicles | AddPreparation | DoseSeries | GiveMedium | AddCells | RemoveCells
    | Wash | Block | KnockOut | Overexpress | RemoveCargo | LoadCargo | Replace | Rescale | Deplete | MutateSite | Cool
    | Clamp | Without | SetParameter | Transfect | ShuffleCells,
    Field(discriminator="kind"),
]  # fmt: skip
