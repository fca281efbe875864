"""The forms of every sentence with their slots, and the words that laboratories use for the words of the language.

`<kind>` is a slot, `[…]` may be left out (`[…]!`: put in where the model has a name for it). From these the sentence
that was meant is found (`language.hints.meant`); a test holds them to the grammars.
"""

from __future__ import annotations

from types import MappingProxyType

from vesicula.language.assays import ASSAYS
from vesicula.language.verbs import VERBS, Verb

NAME_SLOTS = MappingProxyType(
    {
        "cell": ("cell",),
        "by-cell": ("cell",),
        "vesicle": ("vesicle",),
        "substance": ("substance",),
        "drug": ("substance",),
        "gene": ("node", "substance"),
        "node": ("node",),
        "cargo": ("cargo",),
        "place": ("place",),
        "from-place": ("place",),
        "state": ("state",),
        "matrix": ("matrix",),
        "prep": ("preparation",),
        "by-prep": ("preparation",),
        "labware": ("place",),
        "carried": ("vesicle", "preparation"),
        "given": ("substance", "vesicle", "preparation"),
        "signal": ("substance", "cargo", "node"),
        "molecule": ("substance",),
        "partner": ("substance",),
        "source": ("substance",),
        "product": ("substance",),
        "file": (),
        "path": (),
        "name": (),
        "buffer": (),
    }
)
"""Slot for a name -> kinds of thing that may stand there."""
QUANTITY_SLOTS = MappingProxyType(
    {
        "time": (("time",), "0 h"),
        "interval": (("time",), "24 h"),
        "half-life": (("time",), "24 h"),
        "share": (("share",), "90 %"),
        "rest": (("share",), "20 %"),
        "conc": (("concentration",), "10 nM"),
        "Kd": (("concentration",), "1 nM"),
        "dose": (("concentration", "mass", "amount", "particles", "particles per volume"), "10 nM"),
        "high": (("concentration", "mass", "amount", "particles", "particles per volume"), "10 uM"),
        "count": (("number", "cells"), "40"),
        "number": (("number", "factor"), "10"),
        "factor": (("factor", "number"), "5x"),
        "temperature": (("temperature",), "4 C"),
        "rate": (("rate",), "0.1 /h"),
        "length": (("length",), "15 um"),
        "area": (("area",), "1 cm^2"),
        "density": (("cells per area", "cells per volume"), "200 /mm^2"),
        "flow": (("volume rate",), "2 mL/min"),
        "half-max": (("concentration", "copies", "share", "number"), "20 pM"),
        "mRNA": (("copies",), "20 mRNA (2..200 @assumed)"),
        "copies": (("copies",), "1e5 copies"),
        "value": ((), "1"),
    }
)
"""Slot for a quantity -> what it measures, and what stands there where nothing was said."""
PROCESSES = ("release", "uptake", "fusion", "endocytosis", "binding", "escape", "secretion")
PREPOSITIONS = frozenset(
    ("of", "in", "to", "by", "at", "from", "on", "for", "against", "with", "into", "per", "and", "particles")
)
"""Words that by themselves say nothing about which sentence was meant."""

_NAMED: dict[str, str] = {"site": "place", "molecule": "gene"}
"""Kinds whose slot has another word."""


def _behaviour_forms() -> tuple[str, ...]:
    """`<substance> secretion` …"""

    def form(verb: Verb) -> str:
        what = f"<{_NAMED.get(verb.of[0], verb.of[0])}>" if verb.of else None
        return verb.written(what, "<vesicle>")

    return tuple(form(verb) for verb in VERBS.values())


_OF = {
    "node": "node", "substance": "substance", "cargo": "cargo", "vesicle": "vesicle", "preparation": "prep",
    "cell": "cell", "labware": "labware", "matrix": "matrix",
}  # fmt: skip


def _assay_forms() -> tuple[str, ...]:
    """`blot of <node> in <cell>` …"""
    told: list[str] = []
    for one in ASSAYS.values():
        of = "carried" if one.of == ("vesicle", "preparation") else _OF[one.of[0]]
        within = f" [in <{one.within[0]}>]{'!' if one.within[0] == 'cell' else ''}" if one.within else ""
        to = f" to <{_OF[one.to[0]]}>" if one.to else ""
        told.append(f"{one.name} of <{of}>{within}{to}{', positive above <value>' if one.gated else ''}")
    return tuple(told)


FORMS = MappingProxyType(
    {
        "step": (
            "at <time>[ every <interval>] add <dose> <given>[ to <place>]!",
            "at <time>[ every <interval>] add <count> <cell>[ in <place>]![, <state>]",
            "at <time>[ every <interval>] add <number> particles of <carried>[ to <place>]!",
            "at <time> add antibody against <substance>, <conc>[, Kd <Kd>][, half-life <half-life>]",
            "at <time> add <given> at <dose> to <high> in <count> doses",
            "at <time> give <share> medium of <from-place> to <place>",
            "at <time> hold <substance> at <conc>",
            "at <time> hold <substance> as at rest",
            "at <time>[ every <interval>] add <cell> as at rest[ in <place>]![, <state>]",
            "at <time> release <substance>",
            "at <time> transfect <cell>[ in <place>] with <copies> of <cargo>",
            "at <time> remove <share> of <cell>[ from <place>]",
            "remove <cargo> from <vesicle>",
            "at <time>[ every <interval>] shuffle <cell>[ in <place>]",
            "at <time> wound <place>",
            "at <time> wash <share>",
            "[at <time> ]block <process> of <vesicle>[ in <cell>] by <share>",
            "[at <time> ]block <process> of <vesicle>[ in <cell>] by <drug> at <conc>[, IC50 <Kd>]",
            "[at <time> ]block <substance>[ in <cell>] by <share>",
            "[at <time> ]block <substance>[ in <cell>] by <drug> at <conc>[, IC50 <Kd>]",
            "[at <time> ]knock out <gene>[ in <cell>][, residual <rest>]",
            "[at <time> ]overexpress <gene>[ in <cell>] x <number>",
            "[at <time> ]load <cargo> in <vesicle> x <number>",
            "replace <prep> by <by-prep>",
            "replace <prep> by its non-EV fraction",
            "dose <prep> x <number>",
            "deplete <carried> by <share>",
            "mutate <cargo> site of <node> in <cell>",
            "cool to <temperature>",
            "[at <time> ]clamp <node> in <cell> at <number>",
            "without <cell>",
            "[at <time> ]set <path> to <value>",
        ),
        "measure": (
            "count of <cell>[ in <place>]",
            "<matrix> left[ in <place>]",
            "<matrix> lost[ from <place>] in %",
            "concentration of <substance>[ in <place>]",
            "copies of <cargo> in <cell>",
            "delivered copies of <cargo> in <cell>",
            "copies of <cargo> per particle of <vesicle>[ in <place>]",
            "density of <vesicle>[ in <place>]",
            "density of <vesicle> with <cargo>[ in <place>]",
            "particles of <vesicle> delivered to <cell>",
            "share with <name>",
            "time to <name>",
            "<node> in <cell>",
            *_assay_forms(),
        ),
        "rule": (
            *(
                f"<signal> {verb} {behaviour} to <factor>[, half-max <half-max>][, hill <number>]"
                for verb in ("raises", "lowers")
                for behaviour in _behaviour_forms()
            ),
            "<signal> keeps <state>",
        ),
        "inside": (
            "<signal> activates <node>[, half-max <half-max>][, hill <number>]",
            "<signal> inhibits <node>[, half-max <half-max>][, hill <number>]",
            "<cargo> silences <node> (<mRNA>[, half-life <half-life>])",
            "<node> sequesters <cargo>[, Kd <Kd>]",
            "<node> keeps itself",
            "<node> closes junctions",
            "<node> starts at <number>",
            "<node> responds in <half-life>",
            "<node> reaches at most <number>",
            "<signal> drives <name> of <buffer>[, full at <number>]",
            "<node> follows <name> of <buffer>, full at <number>",
            "<name> takes <buffer> at <number>",
        ),
        "becomes": (
            "<state>[ from <name>] at <rate>",
            "<state>[ from <name>] after <half-life>",
            "<state>[ from <name>] as at rest",
        ),
        "reaction": (
            "<molecule> binds <partner>, Kd <Kd>[, off <rate>]",
            "<molecule> makes <product> from <source>[, kcat <rate>][, Km <Kd>]",
            "<molecule> turns into <product>[, half-life <half-life>]",
        ),
        "degrades": ("<molecule> degrades <matrix>, <value>",),
        "start": (
            "<count> <cell>[ in <place>]![, <state>]",
            "<cell>[ in <place>]!, <density>[, <state>]",
            "<cell> along <place>, every <length>",
            "<cell> confluent on <place>",
            "<cell> at <share> confluence on <place>",
            "cells from <file>",
        ),
        "body": (
            "<from-place> perfuses <place>, <flow>",
            "<cell> parts <from-place> from <place>, <area>, membrane <length>",
            "<cell> leaves <from-place> for <place> at <rate>[ between <by-cell>][, <state>]",
        ),
        "storage": ("<half-life> at <temperature>[ in <buffer>]", "<count> freeze-thaw cycles"),
    }
)
"""Kind of sentence -> its forms."""

_MEASURED = (
    (r"(?:western[ -]?blots?|WB|immunoblots?|blotting)(?!\w)", "blot"),
    (r"(?:RT-?|q-?RT-?)?q?-?(?:rt-?)?PCR(?!\w)|mRNA(?: levels?| expression)?(?= of)|qpcr(?!\w)", "qPCR"),
    (r"(?:immuno-?(?:fluorescence|staining|cytochemistry)|IHC|ICC|staining)(?!\w)", "IF"),
    (r"(?:elisa|Elisa|secretome)(?!\w)", "ELISA"),
    (r"(?:FACS|facs|flow)(?! cytometry)(?!\w)", "flow cytometry"),
    (r"(?:nanoparticle tracking(?: analysis)?|nano-?sight|NanoSight|nta)(?!\w)", "NTA"),
    (r"(?:MTT|MTS|CCK-?8|cell viability|survival|live cells|PrestoBlue|CellTiter-Glo)(?: assay)?(?!\w)", "viability"),
    (r"(?:annexin[ -]V|TUNEL|cell death|caspase-?3?)(?: assay)?(?!\w)", "apoptosis"),
    (r"(?:wound[ -]healing|scratch|gap closure|wound closure)(?: assay)?(?!\w)", "scratch"),
    (r"(?:trans-?well (?:migration)|Boyden chamber)(?: assay)?(?!\w)", "migration"),
    (r"(?:Matrigel invasion|transwell invasion)(?: assay)?(?!\w)", "invasion"),
    (r"(?:dual[ -])?luciferase(?: reporter)?(?: assay)?(?!\w)", "reporter"),
    (r"(?:TER|TEER|teer|electrical resistance)(?!\w)", "TEER"),
    (r"(?:dextran flux|leak(?:age)?|permeability assay)(?!\w)", "permeability"),
    (r"(?:BrdU|EdU incorporation|edu)(?!\w)", "EdU"),
    (r"(?:Ki-67|ki67|KI67|MKI67 staining)(?!\w)", "Ki67"),
    (r"(?:tube formation|tubulogenesis)(?: assay)?(?!\w)", "tubes"),
    (r"(?:beta-gal(?:actosidase)?|SA-?β-?gal|SA-beta-gal)(?!\w)", "SA-b-gal"),
    (r"(?:EV|exosome|vesicle) (?:internali[sz]ation|uptake)|uptake(?= of)(?!\w)", "EV uptake"),
    (r"(?:pit assay|resorption pits?)(?!\w)", "pits"),
    (r"(?:number|counts?|amount) of (?=[\w\-]+ (?:delivered|taken))", "particles of "),
    (r"(?:number|amount|no\.) of(?! cells)(?!\w)", "count of"),
    (r"(?:number|amount|no\.) of cells(?: of)?(?!\w)", "count of"),
    (r"(?:levels?|amount|conc\.?|secreted|secretion)(?= of)(?!\w)", "concentration"),
    (r"(?:expression|activity|protein)(?: levels?)? of(?!\w)", ""),
    (r"(?:expression|activity|levels?)(?= in)(?!\w)", ""),
    (r"copy number(?!\w)", "copies"),
    (r"(?:EV|exosome|vesicle) (?:count|number|density|concentration)(?!\w)", "density"),
    (r"concentration(?= of \S+ (?:with|that carry) )", "density"),
)
_GIVEN = (
    (r"^set (\S+)\s*(?:=|:|->)", r"set \1 to"),
    (
        r"knock(?:ed|ing)?[ -]?down(?: of)?|silenc(?:e|ed|ing)(?: of)?|(?:si|sh)-?RNA(?: against| for| to| of|:)?"
        r"|RNAi(?: of)?",
        "knock out",
    ),
    (
        r"knock(?:ed|ing)?-out(?: of)?|knockout(?: of)?|KO(?: of)?|delet(?:e|ion of)|CRISPR(?: out)?|disrupt|ablate",
        "knock out",
    ),
    (
        r"inhibit|neutrali[sz]e|antagoni[sz]e|suppress|abolish|impair|prevent|stop|blocks|reduce"
        r"|(?:inhibition|blockade) of",
        "block",
    ),
    (r"(?:treat|stimulate|incubate|pulse|expose|supplement)(?: (?:the )?[\w\-]+)? (?:with|to)", "add"),
    (r"(?:apply|administer|inject|spike(?: in)?|supplement|give(?! [\d.]+ ?%)|infuse|pipette|treat with|adds)", "add"),
    (r"(?:seed|plate|inoculate|introduce)", "add"),
    (r"(?:change|refresh|renew|replace|exchange)(?: the)? (?:culture )?medium|medium change|rinse", "wash"),
    (r"(?:transfer|move|put)(?= .*medium)|conditioned(?= medium)", "give"),
    (r"scratch(?: the)?", "wound"),
    (r"permute|randomi[sz]e|mix up|(?:permute|randomi[sz]e) (?:the )?(?:positions|places) of", "shuffle"),
    (r"over-?expression of|over-express|up-?regulate|induce", "overexpress"),
    (r"(?:over-?express|enrich|up-?load)(?= (?:hsa-)?(?:miR|let)-)", "load"),
    (r"(?:lipofect|nucleofect|electroporate)", "transfect"),
    (r"^(?:omit|leave out|no|exclude|drop|minus)", "without"),
    (r"(?:incubate at|chill to|cool down to|on ice at|keep at)(?= -?\d+ ?°?C)", "cool to"),
    (r"(?:kill|eliminate|take away|remove)(?= [\d.]+ ?%)", "remove"),
    (r"(?:maintain|keep|fix|buffer)", "hold"),
    (r"anti-(?=[A-Z])|antibody (?:to|for|of) |neutrali[sz]ing antibody against ", "antibody against "),
)
_CHANGED = (
    (r"(?:increas|induc|enhanc|elevat|promot|boost|stimulat|up-?regulat)(?:es|e)|steps up", "raises"),
    (r"(?:decreas|reduc|suppress|inhibit|diminish|repress|down-?regulat|block|attenuat)(?:es|e|s)", "lowers"),
    (r"(?:proliferation|growth|cell division|mitosis)", "division"),
    (r"(?:cell death|death|dying)", "apoptosis"),
    (r"(?:migration|motility|speed|movement)(?! speed)", "migration speed"),
    (r"(?:release|production|expression)(?= of)", "secretion"),
    (r"(?:chemotaxis|homing)(?= to)", "attraction"),
    (r"(?:expression|production|synthesis)", "secretion"),
)
_WIRED = (
    (r"(?:-+>|=+>|→)", " activates "),
    (r"(?:-+\||⊣|--?x)", " inhibits "),
    (
        r"(?:induc|up-?regulat|stimulat|enhanc|increas|promot|turn)(?:es|e|s)(?: on)?|raises|switches on"
        r"|phosphorylates",
        "activates",
    ),
    (r"(?:targets|knocks down|degrades|cleaves)", "silences"),
    (r"(?:suppress|repress|reduc|decreas|down-?regulat|block|lower)(?:es|e|s)", "inhibits"),
    (r"sponges|soaks up|binds", "sequesters"),
)
WORDS = MappingProxyType(
    {
        "step": _GIVEN,
        "measure": _MEASURED,
        "rule": _CHANGED,
        "inside": _WIRED,
        "becomes": (
            (r"^(\S+)\s*(?:->|→|=>|becomes|turns into|to)\s*(\S+)", r"\2 from \1"),
            (r"(?:becomes|turns into|differentiates into|to)(?!\w)", ""),
            (r"(?:within|in)(?= \d)", "after"),
        ),
        "reaction": (
            (r"^(\S+) (?:converts|processes|turns) (\S+) (?:in)?to (\S+)", r"\1 makes \3 from \2"),
            (r"(?:binds to|attaches to|sequesters|neutrali[sz]es|traps)", "binds"),
            (r"(?:decays|matures|converts|changes)(?: in)?to", "turns into"),
            (r"(?:produces|generates|synthesi[sz]es)", "makes"),
        ),
        "degrades": ((r"(?:cleaves|digests|dissolves|breaks down|degrade)", "degrades"),),
        "start": (
            (r"(?:seed|plate|place|put|add)(?!\w)", ""),
            (r"(?<=% )confluent|confluency", "confluence"),
            (r"monolayer(?: of)?|a layer of", "confluent"),
        ),
        "body": (
            (r"(?:flows (?:in)?to|supplies|feeds|drains into)", "perfuses"),
            (r"(?:moves|travels|migrates|goes|exits)(?: from)?", "leaves"),
            (r"(?:separates|divides|walls off)", "parts"),
        ),
        "storage": ((r"(?:freezing|freeze/thaw|freeze and thaw|freeze thaw)(?: cycles?)?", "freeze-thaw cycles"),),
    }
)
"""Kind of sentence -> (words of a laboratory, words of the language)."""
