"""What a cargo is, from its name: its kind, as said or as inferred, and the name the library has for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vesicula.evidence.identifiers import gene_symbols, mirna_name, seed_of
from vesicula.experiments.loading.recipient import QuestionError
from vesicula.language.abundance import known as known_molecules
from vesicula.language.abundance import with_arm
from vesicula.units import nearest

KINDS = (
    "miRNA", "protein", "membrane protein", "surface ligand", "surface enzyme", "mRNA", "lncRNA", "mtDNA", "drug",
)  # fmt: skip
ANY = {"microRNA": "miRNA", "messenger RNA": "mRNA", "long non-coding RNA": "lncRNA", "mitochondrial DNA": "mtDNA"}
"""Other words for a kind as a whole: a cargo that is not named more closely."""

OTHER_NAMES = {
    "CD73": "NT5E", "CD39": "ENTPD1", "PD-L1": "CD274", "PDL1": "CD274", "HER2": "ERBB2", "P-gp": "ABCB1",
    "CX43": "GJA1", "CX46": "GJA3", "ZO-1": "TJP1", "TRAIL": "TNFSF10", "FasL": "FASLG", "RANKL": "TNFSF11",
    "TGF-beta": "TGFB1", "TGFB": "TGFB1", "TNF-alpha": "TNF", "IL-6": "IL6", "IL-10": "IL10", "IL-1B": "IL1B",
    "VEGF": "VEGFA", "p53": "TP53",
}  # fmt: skip
"""Proteins by the names of the bench, beside HGNC symbols."""

_LNCRNA = re.compile(
    r"LINC\d+|\w[\w-]*-(AS|IT|OT|DT)\d?|SNHG\d+|MIR\w+HG|(hsa_)?circ.+|RN7SL\d?.*|RN7SK|MALAT1|HOTAIR(M1)?|HOTTIP|NEAT1|H19|GAS5|"
    r"XIST|MEG3|HISLA|UCA1|PVT1|CCAT[12]|TUG1|CRNDE|DANCR|KCNQ1OT1|LINCROR|PCAT\d+|BANCR|SAMMSON|ZFAS1",
    re.IGNORECASE,
)  # fmt: skip
_DRUG = re.compile(
    r"\w*(rubicin|taxel|platin|citabine|tinib|ciclib|parib|mustine|oxifen|dronate|dronic acid|thecan|tecan|vastatin|"
    r"prazole)|adriamycin|taxol|curcumin|methotrexate|fulvestrant|letrozole|dexamethasone|rapamycin|sirolimus|"
    r"5-?FU|(5-)?fluorouracil|vincristine|etoposide|temozolomide|metformin|resveratrol|quercetin|paclitaxel",
    re.IGNORECASE,
)
_ENZYME = re.compile(r"NT5E|ENTPD\d|ALPL|ALPP|ACE2?|DPP4|MME|MMP1[4-7]|ADAM\d+|CA9|CA12|ENPP\d")
_LIGAND = re.compile(
    r"WNT\d+[AB]?|FASLG|TNFSF\d+B?|CD274|PDCD1LG2|CD80|CD86|DLL[1-4]|JAG[12]|[SID]HH|EFN[AB]\d|SEMA\d[A-G]|MHC|HLA-\w+|BMP\d+\w?"
)
_MEMBRANE = re.compile(
    r"CD\d+\w?|GJ[A-E]\d+|ITG[AB]\w+|TSPAN\d+|EGFR|ERBB\d|MET|ABC[A-G]\d+|SLC\d+A\d+|AQP\d+|NOTCH\d|TNFRSF\d+\w?|CXCR\d|"
    r"CCR\d+|TLR\d+|P2RX\d|PDGFR[AB]|FGFR\d|KDR|EPCAM|CDH\d+|LAMP\d|TGFBR\d"
)
_SAID = re.compile(
    r"(?P<before>mRNA|lncRNA|circRNA|protein)[ -](of )?(?P<rest>.+)|"
    r"(?P<name>.+?)[ _]\(?(?P<after>mRNA|lncRNA|protein)s?\)?"
)
_AS_LNCRNA = {"circRNA": "lncRNA"}


@dataclass(frozen=True)
class Cargo:
    """A cargo as asked for. name : as the library writes it; heard : what it was taken as, in words for the reader"""

    name: str
    kind: str
    heard: tuple[str, ...] = ()


def cargo_of(said: str, kind: str | None = None) -> Cargo:
    """A cargo from what was said, and its kind: as said, else inferred from the name.

    kind : one of `KINDS`
    Raises  QuestionError where the name does not tell its kind, or which arm of a hairpin is meant
    Example  >>> cargo_of("MALAT1").kind, cargo_of("CD81").kind, cargo_of("doxorubicin").kind
             ('lncRNA', 'membrane protein', 'drug')
    """
    shown = said.strip()
    if not shown:
        raise QuestionError("no cargo is named", "give for example miR-21-5p")
    if kind is not None and kind not in KINDS:
        near = nearest(kind, KINDS)
        raise QuestionError(
            f"`{kind}` is no kind of cargo", f"did you mean {near}?" if near else f"kinds: {', '.join(KINDS)}"
        )
    if kind not in (None, "miRNA"):
        return Cargo(shown, kind)
    whole = _kind_as_a_whole(shown)
    if kind is None and whole is not None:
        heard = f"No {whole} is named: what follows holds for one in general."
        return Cargo(shown, whole, () if whole == "mtDNA" else (heard,))
    if kind == "miRNA" or mirna_name(shown.removesuffix("*")) is not None:
        name = mature(shown)
        return Cargo(name, "miRNA", tuple(_heard_of(name, shown)))
    return _inferred(shown)


def _kind_as_a_whole(said: str) -> str | None:
    word = said.replace("_", " ").casefold()
    named = {one.casefold(): one for one in KINDS} | {other.casefold(): kind for other, kind in ANY.items()}
    return named.get(word) or named.get(word.removesuffix("s"))


def _inferred(said: str) -> Cargo:
    """A cargo that is no miRNA: the kind that its name tells, with a word on what it was taken as."""
    found = _SAID.fullmatch(said)
    if found is not None:
        word = found["before"] or found["after"]
        bare = (found["rest"] or found["name"]).strip()
        if word != "protein":
            return Cargo(bare, _AS_LNCRNA.get(word, word))
        return Cargo(_symbol(bare) or said, _protein(_symbol(bare) or bare))
    if said.startswith("MT-"):
        return Cargo(said, "mtDNA")
    if _LNCRNA.fullmatch(said):
        return Cargo(said, "lncRNA", (_taken(said, "a long non-coding RNA"),))
    if _DRUG.fullmatch(said):
        return Cargo(said, "drug", (_taken(said, "a drug"),))
    symbol = _symbol(said)
    if symbol is not None:
        kind = _protein(symbol)
        named = "" if symbol == said else f"{symbol}, "
        return Cargo(symbol, kind, (_taken(said, f"{named}a {kind}", "; `--kind mRNA` if its mRNA is meant"),))
    raise QuestionError(f"the name {said} does not tell what it is", f"add --kind, one of: {', '.join(KINDS)}")


def _taken(said: str, what: str, otherwise: str = "") -> str:
    return f"{said} is taken as {what}, from its name (--kind says otherwise{otherwise})."


def _symbol(said: str) -> str | None:
    """HGNC symbol of a gene or of a protein by a usual name; None where it is none."""
    usual = {other.casefold(): symbol for other, symbol in OTHER_NAMES.items()}
    if said.casefold() in usual:
        return usual[said.casefold()]
    genes = gene_symbols().union(known_molecules("mRNA"))
    return next((one for one in (said, said.upper()) if one in genes), None)


def _protein(symbol: str) -> str:
    """Where a protein acts, from the family that its symbol names."""
    kinds = ((_ENZYME, "surface enzyme"), (_LIGAND, "surface ligand"), (_MEMBRANE, "membrane protein"))
    return next((kind for family, kind in kinds if family.fullmatch(symbol)), "protein")


def mature(cargo: str) -> str:
    """A miRNA as the library writes it. Raises QuestionError where the name does not say which arm is meant."""
    name = mirna_name(cargo) or cargo
    arms = () if name in known_molecules("own copies") else with_arm(name)
    if arms:
        raise QuestionError(f"{cargo} names no arm of its hairpin", f"did you mean {' or '.join(arms)}?")
    return name


def _heard_of(name: str, said: str) -> list[str]:
    """What was made of the name of a miRNA, and whether anything is known of it."""
    heard = [] if name == said else [f"{said} is taken as {name}."]
    if unheard_of(name):
        heard.append(
            f"The library knows no miRNA called {name}: neither its copies in cells nor in EVs nor its targets. All"
            " that follows is what holds for miRNAs in general, with wider ranges."
        )
    return heard


def unheard_of(mirna: str) -> bool:
    """Whether no table of the library has a miRNA."""
    return seed_of(mirna) is None and mirna not in known_molecules("own copies")
