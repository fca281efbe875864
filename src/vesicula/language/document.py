"""The reference page of the language, made from the same tables and grammars that read it."""

from __future__ import annotations

from vesicula.errors import CODES
from vesicula.language.assays import ASSAYS
from vesicula.language.bench import catalogue
from vesicula.language.blocks import BLOCKS, CELL, FATE, MOVES, RESERVED, TOP
from vesicula.language.checking.question import MAXIMUM_STEPS
from vesicula.language.checking.space import MAXIMUM_BYTES as MEMORY
from vesicula.language.fields import Field
from vesicula.language.grammar.parsers import EXAMPLES, grammar_text
from vesicula.language.text import MAXIMUM_BYTES, MAXIMUM_DEPTH
from vesicula.language.values import Value
from vesicula.language.verbs import VERBS
from vesicula.language.writing.models import number_text
from vesicula.units import DIMENSIONS, SYMBOLS

GRAMMARS = (
    "common", "fields", "signals", "behaviours", "rules", "inside", "becomes", "reactions", "body", "cohort",
    "space", "steps", "measures", "preparations",
)  # fmt: skip

KINDS = {
    "plain": "a quantity",
    "sized": "a quantity with a spread",
    "wall": "a wall",
    "every": "`divides`, `record`",
    "lifetime": "`dies`",
    "phase": "a phase of `cycle`",
    "behaviour": "a behaviour",
    "rule": "`rules`",
    "becomes": "`becomes`",
    "inside": "`inside`",
    "reaction": "`reactions`",
    "degrades": "`degraded`",
    "shape_text": "`regions`",
    "body": "`body`",
    "differs": "`differ` of `cohort`",
    "event": "`events` of `cohort`",
    "start": "`start`",
    "step": "`protocol`, `arms`",
    "measure": "`measure`",
    "co_isolated": "`co-isolated`",
    "storage": "`stored`",
}

FILLS = {
    "needed": "from the parameter library; an error if it has none",
    "wanted": "from the parameter library; a warning if it has none",
    "offered": "from the parameter library, if it has one",
    "never": "",
}

INTRODUCTION = """# The language of model texts

A model is one YAML 1.2 file. Keys are read as text, stand once in their block, and quantities carry units as they are
measured. Sentences stand as items of block lists, one per line. Names may be followed by ids in brackets
(`osteoblast (CL:0000062)`); a cell may name the library cell it specialises (`tumour (breast-cancer)`), which then goes
by its name everywhere. Several lines of one base stand side by side (`skbr3 (breast-cancer)`, `mda-mb-231
(breast-cancer)`), each with all that is said of the base and with vesicles of its own, called by the line: for
`tumour-EV`, which comes `from: breast-cancer`, there are `skbr3-EV` and `mda-mb-231-EV`. What cells, matrices and
enzymes say of `tumour-EV` holds for each of them; release and loading are of the line's own. `skbr3-EV: {from: skbr3,
carries: …}` says what is different in them. Arms, measures and preparations name the one that is meant.

A quantity is `VALUE UNIT @source (LOW..HIGH @source)`. The range is the central 90 % of a log-normal law (logit-normal
for shares; write `linear` behind it for a triangular one). `@assumed` says that nobody measured it; `library` takes the
value from the parameter library; `as at rest` lets it follow from the undisturbed state (`rest`).

What is known is often a level or a number of cells that lasts; what is unknown, the rate behind it. `as at rest` may
stand for what a cell secretes (its level stays against loss, reactions and uptake), for the copies of a surface enzyme
(what it makes stays), for how a cell divides, doubles, dies (apoptosis) and what it lays down (what is resorbed), for
a transition to another type (whose number stays), for cells that the protocol adds every so often (`add CELL as at
rest`), for the start of a substance and for what is held (`hold PTH as at rest`). Each level, number and matrix tells
one such value. Rules, networks and traits act as they do at rest, in every draw. Cells named `in blood` keep levels in
the `blood` of the state, the others in its `volume`; a level is one for both. Levels that nobody states follow from
what is secreted at stated rates and set free. An arm disturbs, it has no other rest: what follows is one number in all
arms, and in all texts that use a part.

What a list of `start`, `protocol` or an arm says twice counts twice: two equal lines of 1e5 cells are 2e5 cells. A part
that two others use counts once. What can only be said once (a reaction, a rule, an edge, a transition, the flow between
two sites, what an arm sets, clamps, blocks by a share, knocks out, loads, replaces or depletes, the antibody of an arm
against a target) is refused where it stands twice; the sum of two flows is written as one. Two inhibitors with names
act together, each by its share. Values of a model go before those of its parts, values for a vesicle class before those
for `EV`, and what an arm sets or holds before what the protocol does. Each arm has its own antibody with its constants.

What is done at a time is done at that moment, also at 0 h and at the end of the run. Records are made at the times of
`record` and wherever something is done; there two records have one time, `before` and `after` it, so that a bolus has
its peak and a wash its drop. Measures (also those `at` a time), pictures and tables of cells show the moment after. Of
more than 100 such times (a pump) only those at the times of `record` are recorded.

The order in which things are written means nothing. Two parts, or two networks of a cell, say of one thing the same, or
the model says it itself. Steps at one time happen in this order: medium of one place is given to another, as it is
before anything else is done; what was held is released; cells and matrix are removed (`remove`, `wound`, `without`,
`deplete`); medium is washed out; substances are held; substances, vesicles and preparations are added; cells are added;
cells are transfected; cells are shuffled. All `replace` of an arm hold at once: with `replace A by B` and `replace B by
A` the two are exchanged. Where a state has a `clearance` of its own, the share that fuses stays what it is.

This page is made from the tables and grammars that read the text (`vesicula.language.document`).
"""


TIMES = """## What is done, and when

What happens at a moment (`add`, `remove`, `wash`, `wound`, `give`, `transfect`, `shuffle`) has its time, and may be
repeated: `at 0 h, every 12 h, wash 90 %`. What lasts (`block`, `knock out`, `overexpress`, `remove CARGO from`, `load`,
`dose`, `mutate`, `cool`, `clamp`, `set`) acts for the whole run without a time, from then on with `at 7 days`, and
between two times with `from 7 days to 14 days`; so does `hold`. `replace`, `deplete` and `without` change what there is
at the start, and have no time. Two steps that last and speak of one thing follow each other; of what is set or clamped,
the later start holds. Times lie on the steps of the run; another one is moved to the nearest, and told.

`knock out X in CELL, residual 10 %` takes all that the cell has of that name: the activity of a node, what it secretes,
molecules on its surface, receptors by which it is led, own copies, and cargo of the vesicles it releases from then on.
`overexpress X in CELL x 10` multiplies the same, but for the activity of a node, which is clamped. `block X in CELL by
90 %` takes its share of what the cell reads of a substance or cargo, silences with a miRNA, or does with a node,
receptor or surface molecule.

A cell's own miRNA holds its targets down already where nobody does anything: that is the level that the text says of
them. `overexpress miR-21-5p in CELL x 10` lowers them further; `block miR-21-5p in CELL by 90 %` (an antagomir, a
sponge), `knock out` and `mutate … site` let them rise, up to full activity. `at 24 h transfect CELL with 1e5 copies of
miR-21-5p` (a mimic) puts so many more that act into each living cell, to be lost and shared out at division as
delivered ones are. Rules and edges that name a miRNA read what a cell has of it, its own and what came; `delivered
miR-21-5p` reads what came alone. So `miR-21-5p raises loading of miR-21-5p in tumour-EV to 10x, half-max 1e4 copies`
has vesicles follow what the cell has; what overexpresses or knocks out a miRNA changes what its vesicles carry in any
case. `set cells.CELL.own copies…` says another cell, whose targets are where the text says.

`at 0 h, every 1 h, shuffle cells in SITE` (or `shuffle CELL`) lets cells of a tissue change places with each other: a
control in which an effect of who lies beside whom has to be gone.
"""

CYCLES = """## How fast cells divide

`doubles: every 24 h` is what laboratories know: the time in which a culture doubles while none die and no rule acts.
`divides: every 24 h` is the mean time from division to division. Either is a cycle of ten steps unless told otherwise
(`in 20 steps`; `in 1 steps` is memoryless), so that cycle times scatter by 32 % (assumed). Cells that divide every 24 h
on average double in 16.6 h with one step, 23.2 h with ten. `explain` and the report say the doubling time.
"""

BENCH = """## The bench

Labware becomes sites: a well `dish` is the site `dish`; a transwell `insert` the sites `insert top` and `insert bottom`
(its name alone means the top, where its cells are); a patch is a part of the bottom in which cells have positions; a
chamber is a vertical section through its filter. Of the cells of a well or transwell a sample is simulated, kind by
kind, each of which stands for many; few cells are all there. The program chooses how many (40 of a kind, up to 1,000
where lives of cells are drawn and small effects are asked for) and says so; `sample` asks for another number, which
changes nothing but the noise. Counts, doses, deliveries and all else that is read are those of the whole labware. Cells
are counted (`20000 tumour in dish`) or said by confluence.

What is dissolved is dosed by the concentration that comes on top (`at 2 h add 5 nM TGFB1`), or by an amount for the
whole labware or site: a mass (`at 2 h add 5 ng TGFB1 to dish`, which needs its `molar mass`), moles (`2 pmol`) or
`5e9 molecules`. An amount needs its place where there are several; of a patch, the piece gets its share.

A preparation is dosed by particles, or by mass of protein where its `particles per ug` is measured, on the whole
labware or `per 2e5 cells`; a dose per volume (`10 ug/mL`, `1e9 EV/mL`) is the amount for the whole labware. How it was
stored costs particles: first order in time, and a share per thaw.

Models that give a preparation in their `protocol` get the control arms of MISEV2023 unasked, behind their own arms and
unless one of these does the same: `vehicle`, `non-EV fraction`, `release blocked`, `cargo deleted`, `uptake blocked`,
`dose series` (0.01, 0.1 and 10 times the dose). `controls: none` refuses them, a list chooses some; other models get
those that they list. `cool to 4 C` blocks fusion, endocytosis and release of all vesicles but for a rest. A dose series
becomes an arm for each dose: `drug 1 nM`, `drug 10 nM` …

What is dissolved is lost as its place says. A half-life is one for everywhere, or one by fluid: labware holds `culture`
medium, other sites `tissue` fluid, unless they say `fluid: blood`; the library has half-lives of most molecules in all
three. Binding is no loss: reactions and receptors say it. `renewed: every 3 h` washes out of a site all that follows
its flow, free vesicles too, whatever else is lost: a perfused chip, lymph.
"""

BODY = """## Body and cohort

`SITE perfuses SITE, FLOW` exchanges what is dissolved and free vesicles between two sites; `CELL [STATE] leaves SITE
for SITE at RATE[, STATE]` moves cells with all they carry, at a hazard that rules change as `leaving SITE`. `CELL parts
SITE from SITE, AREA, membrane THICKNESS` is a wall: cells of that type in the first site, and what they become, lie on
the membrane, and let through what their `barrier` says, as on the filter of a transwell. `… at RATE between CELL` has
cells leave through that wall, at the rate times the share of it that is bare or whose junctions are open.
`share: 1 in 1000` asks for one simulated cell for so many of a pool, of which all that is said and read is of the
whole; of a tissue, which describes and counts the piece itself, it says which part of the organ it is.

The patients of a `cohort` are the replicates, each one draw of values, genotypes and random numbers, and the same in
every arm. `LOCUS GENOTYPE multiplies PATH by FACTOR`; `EVENT: MEASURE below NUMBER` (or above), in the unit of the
measure, seen at the recording times. Measures: `share with EVENT`, `time to EVENT` (in days, or followed without). An
arm sets genotypes with `set cohort.genotypes.LOCUS.GENOTYPE to 100 %`; the others share what is left.
"""

BEHAVIOURS = """What rules raise and lower, values of a state replace, and traits multiply. NAME is a name, WORD one
of one word.

A rule multiplies its behaviour by (1 + limit · s)/(1 + s), s = (signal/half-max)^hill: by 1 without the signal, by half
of the way to its limit at half-max. Rules on one behaviour multiply, so signals act each for itself: two that raise it
to 5x make it 25 times as much together. A model with `rules: averaged` has the law of PhysiCell for all of its rules:
the mean of the limits with the weights s, in which a weaker second activator lowers. Converted models say so.
"""

FILES = """## Networks of files

A network with `sbml: FILE` runs that SBML model in every cell of which a sentence speaks of it. `SIGNAL drives ENTRY
of NETWORK` sets a species or parameter of the file to what the cell reads, held over each step of the run: a
concentration or copies are converted to the unit of the file (`, in nM` where it states none), a plain number needs
`, full at VALUE`, the value at an activity of 1. What is driven is changed by nothing else. `NODE follows ENTRY of
NETWORK, full at VALUE` is a node whose activity is the entry over its full value, at most 1. `NETWORK takes ENTRY at
VALUE` puts another number into the file. `time: 1 min` says what the file's unit of time is, where it does not. A
daughter has her mother's network as it stands; a cell that becomes another type begins anew.

A network with `logic: FILE` is a Boolean one, read as sentences: its rules become gates that activate, its starts
`starts at`, its rates (equal ways up and down) or the `time` of its steps `responds in`. What stands under `inside`
beside it holds.
"""

NAMES = """## Names of molecules

Any name will do for a molecule, and two names are two molecules. Only a miRNA is known by its name: case, a missing
hyphen, `hsa-`, `miRNA-`, the gene (`MIR21`) and the accession (`MIMAT0000076`) are spellings, read as `miR-21-5p`
would be. Its arm, letter and species are not: `check` asks about a miRNA without arm, and about two names of one gene
(`RANKL` beside `TNFSF11`, `Il6` beside `IL6`).
"""

ASSAYS_TEXT = """## Assays

`ASSAY of THING`, and then in any order `in CELL` or `in PLACE`, `to THING`, `at TIME`, `in UNIT` or `in % of ARM`
(relative to that arm in the same repeat), `, positive above VALUE`.
"""


def document() -> str:
    """The language reference as Markdown."""
    parts = [INTRODUCTION, "## Blocks\n"]
    parts += [_table(name, fields) for name, fields in BLOCKS.items()]
    parts.append(_cell_keys())
    parts.append(f"Reserved for later versions: {', '.join(f'`{key}`' for key in RESERVED)}.\n")
    parts.append("## Sentences\n")
    parts.append("| where | example |\n|---|---|\n" + "".join(_example(kind) for kind in EXAMPLES))
    parts += ["## Behaviours\n", BEHAVIOURS, _verbs()]
    parts += [
        FILES,
        NAMES,
        TIMES,
        CYCLES,
        BODY,
        BENCH,
        "## Labware of the catalogue\n",
        _catalogue(),
        ASSAYS_TEXT,
        _assays(),
    ]
    parts.append("## Quantities\n")
    parts.append("| quantity | example | counted inside as |\n|---|---|---|\n" + "".join(_dimensions()))
    units = ", ".join(f"`{symbol}`" for symbol in sorted(SYMBOLS, key=str.casefold))
    parts.append(f"Units: {units}. `/` divides by all up to the next `/`: `ng/1e6 cells/24 h`.\n")
    parts.append("## Limits\n")
    parts.append(
        f"A file holds at most {MAXIMUM_BYTES // 1024} KiB and nests {MAXIMUM_DEPTH} deep. A run has at most "
        f"{MAXIMUM_STEPS:.0e} macro steps and\nan estimated {MEMORY // 1024**3} GiB of memory (all arms and repeats "
        "together); `check` estimates it before the start. `run` refuses what needs more than the machine has.\n"
    )
    parts.append("## Diagnostics\n")
    rows = (f"| `{code}` | {entry.title} | {_cell(entry.meaning)} |\n" for code, entry in CODES.items())
    parts.append("| code | heading | meaning |\n|---|---|---|\n" + "".join(rows))
    parts.append("## Grammar\n")
    parts += [f"```lark\n{grammar_text(name)}```\n" for name in GRAMMARS]
    return "\n".join(parts)


def _verbs() -> str:
    """Behaviours with what their base values measure."""
    rows = (
        f"| `{verb.words}` | {_cell(verb.about)} | {_base(verb.base) or verb.stands} |"
        f" {DIMENSIONS[verb.dimension].what} |\n"
        for verb in VERBS.values()
    )
    return "| words | what it is | base value | measured as |\n|---|---|---|---|\n" + "".join(rows)


def _base(paths: tuple[str, ...]) -> str:
    """Where a base value stands, in the words of blocks."""
    blocks = {"vesicle_fate": ("EV fate", FATE), "moves": ("moves", MOVES)}
    found: list[str] = []
    for path in paths:
        block, _, attribute = path.rpartition(".")
        head, fields = blocks.get(block, ("", CELL))
        key = next(field.key for field in fields if field.attribute == attribute)
        found.append(f"`{key}` of `{head}`" if head else f"`{key}`")
    return " or ".join(found)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(name: str, fields: tuple[Field, ...]) -> str:
    title = "The file" if fields is TOP else name[0].upper() + name[1:]
    rows = (
        f"| `{field.key}` | {_cell(field.about)} | `{_cell(field.example)}` | {FILLS[field.fill]} |\n"
        for field in fields
    )
    return f"### {title}\n\n| key | what it says | example | unsaid |\n|---|---|---|---|\n{''.join(rows)}"


def _cell_keys() -> str:
    return (
        "A cell also has `clears EV: 10 pL/h` and `EV fate: {…}` for every vesicle class, `fate of tumour-EV: {…}`\n"
        "for one, where `library` as `binding`, `receptors`, `internalised` or `detached` is that of other ligands,\n"
        "and `while dormant: {PTHLH secretion: 0.006 molecules/s}` for base values that differ in a state;\n"
        "what a cell is said to do in one state alone it does not do in the others.\n"
    )


def _example(kind: str) -> str:
    return f"| {KINDS[kind]} | `{_cell(EXAMPLES[kind])}` |\n"


def _catalogue() -> str:
    """Labware of the library, with its sizes."""
    rows: list[str] = []
    for one in catalogue():
        stated = {"top": one.top, "bottom": one.bottom, "medium": one.volume, "pores": one.pores, "coat": one.coat}
        sizes = ", ".join(f"{what} {_short(value)}" for what, value in stated.items() if value is not None)
        area = _short(one.area) if one.area is not None else ""
        rows.append(f"| `{one.name}` | {one.kind} | {area} | {sizes} |\n")
    return "| plate | kind | area | sizes |\n|---|---|---|---|\n" + "".join(rows)


def _short(value: Value) -> str:
    return f"{number_text(value.number)} {value.unit}"


def _assays() -> str:
    rows = (
        f"| `{one.name}` | {' or '.join(one.of)} | {_cell(one.about)} | {one.unit or 'of the dose'} | "
        f"{', '.join(one.labware)} |\n"
        for one in ASSAYS.values()
    )
    return "| assay | of | what is read | unit | only on |\n|---|---|---|---|---|\n" + "".join(rows)


def _dimensions() -> list[str]:
    return [f"| {one.what} | `{one.example}` | {one.unit or 'number'} |\n" for one in DIMENSIONS.values()]
