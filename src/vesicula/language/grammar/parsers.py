"""Reads one sentence or quantity with the grammars of this package, and explains in plain words where it fails."""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken
from lark.common import LexerConf
from lark.grammar import Rule
from lark.lark import LarkOptions
from lark.lexer import PatternRE, PatternStr, TerminalDef

from vesicula import units
from vesicula.kept import user_cache
from vesicula.language import verbs
from vesicula.language.assays import ASSAYS
from vesicula.language.text import Report, Scalar, Source
from vesicula.versions import version_of

if TYPE_CHECKING:
    from vesicula.language.hints.slips import Slip

EXAMPLES = {
    "plain": "12 um @source (8..16 @assumed)",
    "sized": "12 um @source (10..16 @assumed), spread 1.1",
    "wall": "held at 38 mmHg",
    "every": "every 36 h (24..72 @assumed), in 4 steps, while cycling",
    "lifetime": "after 14 days (8..25 @assumed), in 4 steps",
    "phase": "10 h in 4 steps",
    "behaviour": "TNFSF11 secretion",
    "rule": "TGFB1 raises PTHLH secretion to 5x (3..10 @assumed), half-max 20 pM (5..50), hill 2 @bm-058",
    "becomes": "cycling from dormant at 0.05 /day (0.005..0.5 @assumed)",
    "inside": "IFNG and (TNF or IL1B) activate LICENCE",
    "reaction": "TNFRSF11B binds TNFSF11, Kd 1 nM (0.01..10 @assumed), off 0.1 /h (0.01..1 @assumed)",
    "degrades": "MMP9 degrades collagen, 0.1 /h per nM (0.01..1 @assumed)",
    "shape_text": "disc at 300 um, 200 um, radius 80 um",
    "start": "40 tumour in marrow, dormant",
    "step": "at 7 days add antibody against TNFSF11, 10 nM, Kd 0.1 nM, half-life 20 days",
    "body": "tumour circulating leaves blood for bone at 0.1 /h (0.01..1 @assumed), dormant",
    "differs": "rs2234693 CC multiplies cells.osteoclast.dies by 0.8 (0.25..2.5 @assumed)",
    "event": "bone below 70",
    "measure": "concentration of TNFSF11 in marrow in pM",
    "co_isolated": "0.2 ug/ug ALB (0.05..1 @assumed)",
    "storage": "48 h at 4 C in PBS",
}
"""Every kind of sentence -> one that is right, for messages and the documentation."""

_WORDS = {
    "WORD": "a name", "NUMBER": "a number", "UNIT": "a unit", "SOURCE": "`@source`", "FILE": "a file name",
    "ASSAY": "an assay",
}  # fmt: skip
_NUMBER = rf"{units.NUMBER_PATTERN}(?:(?![A-Za-z0-9_µμ%²³\-'’])|(?=\.\.)|(?={units.UNIT_PATTERN}(?![\w\-])))"
_UNIT = rf"{units.UNIT_PATTERN}(?![\w])"
_ASSAYS = "|".join(r"\s+".join(map(re.escape, name.split())) for name in sorted(ASSAYS, key=len, reverse=True))
_ASSAY = rf"(?:{_ASSAYS})(?=\s+of\s)"


@lru_cache(maxsize=32)
def grammar_text(name: str) -> str:
    """One grammar, by the name of its file without ending; that of behaviours is made from the table of verbs."""
    if name == "behaviours":
        return verbs.grammar()
    return (files("vesicula.language") / "grammar" / f"{name}.lark").read_text(encoding="utf-8")


def _set_terminals(terminal: TerminalDef) -> None:
    patterns = {"NUMBER": _NUMBER, "UNIT": _UNIT, "ASSAY": _ASSAY}
    if terminal.name in patterns:
        terminal.pattern = PatternRE(patterns[terminal.name])
    elif isinstance(terminal.pattern, PatternStr) and terminal.pattern.value[-1].isalpha():
        # A fixed word ends where it ends (`in` does not begin `inn`); Lark takes no subclass of its pattern for that.
        pattern = rf"{re.escape(terminal.pattern.value)}(?!\w)"
        setattr(terminal.pattern, "to_regexp", lambda: pattern)  # noqa: B010


_PARSERS = (
    (("plain", "sized", "wall", "every", "lifetime", "phase"), ("fields",)),
    (("behaviour", "rule"), ("behaviours", "signals", "rules")),
    (("becomes",), ("becomes",)),
    (("inside",), ("signals", "inside")),
    (("reaction", "degrades"), ("reactions",)),
    (("shape_text", "start"), ("space",)),
    (("body",), ("body",)),
    (("differs", "event"), ("cohort",)),
    (("step",), ("steps",)),
    (("measure",), ("measures",)),
    (("co_isolated", "storage"), ("preparations",)),
)
"""Kinds that share a parser, and the files of its grammar; keywords of one sentence stay names in another."""


def _grammar(kind: str) -> Lark:
    return _parser(*next(group for group in _PARSERS if kind in group[0]))


class _Kept(Lark):
    """A parser that is read from a file where it has been made before; what a terminal matches is set anew."""

    def _deserialize_lexer_conf(
        self, data: dict[str, object], memo: dict[int, TerminalDef | Rule], options: LarkOptions
    ) -> LexerConf:
        lexer = super()._deserialize_lexer_conf(data, memo, options)  # pyright: ignore[reportUnknownMemberType]
        for terminal in lexer.terminals:
            _set_terminals(terminal)
        return lexer


def _kept(kinds: tuple[str, ...], grammar: str) -> str | bool:
    """File that a parser is kept in, named after its grammar; False where none can be written."""
    digest = hashlib.sha256(f"{version_of('lark')} {kinds} {grammar}".encode()).hexdigest()
    folder = user_cache() / "parsers"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    file = folder / f"{kinds[0]}-{digest[:20]}"
    return str(file) if file.exists() or os.access(folder, os.W_OK) else False


@lru_cache(maxsize=len(_PARSERS))
def _parser(kinds: tuple[str, ...], names: tuple[str, ...]) -> Lark:
    grammar = "\n".join(grammar_text(name) for name in ("common", *names))
    return _Kept(
        grammar,
        cache=_kept(kinds, grammar),
        parser="lalr",
        start=list(kinds),
        propagate_positions=True,
        maybe_placeholders=True,
        edit_terminals=_set_terminals,
    )


@lru_cache(maxsize=len(EXAMPLES))
def _keywords(kind: str) -> frozenset[str]:
    """All fixed words of a kind's grammar."""
    patterns = (terminal.pattern for terminal in _grammar(kind).terminals)
    return frozenset(one.value for one in patterns if isinstance(one, PatternStr) and one.value[0].isalpha())


def parse(kind: str, scalar: Scalar, report: Report) -> Tree[Token] | None:
    """The tree of a sentence of that kind (key of `EXAMPLES`), or None after a diagnostic."""
    try:
        return _grammar(kind).parse(scalar.value, start=kind)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput as problem:
        _explain(problem, kind, scalar, report)
        return None


def _expected(problem: UnexpectedInput) -> list[str]:
    """Terminal names that could have stood there."""
    if isinstance(problem, UnexpectedToken):
        return sorted(problem.accepts or problem.expected)
    if isinstance(problem, UnexpectedCharacters):
        return sorted(problem.allowed or ())
    if isinstance(problem, UnexpectedEOF):
        return sorted(str(name) for name in problem.expected)
    return []


def _in_words(names: list[str], kind: str) -> tuple[list[str], list[str]]:
    """What was expected, as words of a message, and the keywords among it."""
    spoken: list[str] = []
    keywords: list[str] = []
    for name in names:
        if name in _WORDS:
            spoken.append(_WORDS[name])
        elif name == "$END":
            spoken.append("the end")
        else:
            pattern = _grammar(kind).get_terminal(name).pattern
            if isinstance(pattern, PatternStr):
                spoken.append(f"`{pattern.value}`")
                if pattern.value[0].isalpha():
                    keywords.append(pattern.value)
    return spoken, keywords


def _parses(kind: str, text: str) -> bool:
    """Whether a sentence of that kind is right."""
    try:
        _grammar(kind).parse(text, start=kind)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput:
        return False
    return True


def nearest_sentence(kind: str, text: str, source: Source | None) -> str | None:
    """The sentence of that kind that was probably meant, with the names of the text; None where there is none."""
    from vesicula.language.hints.known import NOTHING, names_in
    from vesicula.language.hints.meant import meant  # asked only where a sentence is none

    known = names_in(source) if source is not None else NOTHING
    return meant(kind, text, lambda sentence: _parses(kind, sentence), known)


def _explain(problem: UnexpectedInput, kind: str, scalar: Scalar, report: Report) -> None:
    """Say what is wrong: a quantity written otherwise, a misspelt word, a unit, or another sentence that was meant."""
    text = scalar.value
    position = max(0, problem.pos_in_stream or 0)
    if isinstance(problem, UnexpectedToken) and cast("Token", problem.token).type == "$END":
        position = len(text.rstrip())
    names = _expected(problem)
    spoken, keywords = _in_words(names, kind)
    from vesicula.language.hints.slips import first_slip

    slip, mended = first_slip(text, kind)
    if slip is not None and _parses(kind, mended):
        _say_slip(slip, mended, scalar, report)
        return
    misspelt = _misspelt(text, position, keywords, _keywords(kind))
    if misspelt is not None and _parses(kind, _replaced(text, misspelt)):
        _say_misspelt(misspelt, kind, scalar, report)
        return
    if (misspelt is None or misspelt[0] < position) and _is_unknown_unit(text, position, names, scalar, report):
        return
    near = nearest_sentence(kind, mended, scalar.source)
    if near is None and misspelt is not None:
        _say_misspelt(misspelt, kind, scalar, report)
    elif slip is not None and (near is not None or slip.start <= position <= slip.start + slip.length + 1):
        _say_slip(slip, near or slip.right, scalar, report)
    else:
        remedy = f"write `{near}`" if near is not None else f"write for example `{EXAMPLES[kind]}`"
        _say_expected(spoken, position, remedy, kind, scalar, report)


def _replaced(text: str, misspelt: tuple[int, str, str]) -> str:
    start, word, near = misspelt
    return text[:start] + near + text[start + len(word) :]


def _say_misspelt(misspelt: tuple[int, str, str], kind: str, scalar: Scalar, report: Report) -> None:
    start, word, near = misspelt
    example = f"write for example `{EXAMPLES[kind]}`"
    report.add("sentence", scalar.place(start, len(word)), f"did you mean `{near}`?", example)


def _say_slip(slip: Slip, right: str, scalar: Scalar, report: Report) -> None:
    remedy = f"write `{right}` {slip.note}".rstrip()
    report.add("quantity", scalar.place(slip.start, slip.length), slip.message, remedy)


def _say_expected(spoken: list[str], position: int, remedy: str, kind: str, scalar: Scalar, report: Report) -> None:
    """What could have stood where the sentence stops being one."""
    text = scalar.value
    order = {"a name": 0, "a number": 0, "the end": 2, "`,`": 2, "`@source`": 3}
    spoken = sorted(spoken, key=lambda word: order.get(word, 1))
    listed = spoken[:12]
    if len(spoken) > len(listed):
        listed.append("…")
    wanted = ", ".join(listed) or "something else"
    before = text[:position].split()
    after = f" after `{' '.join(before[-3:])}`" if before else ""
    rest = re.match(r"\S+", text[position:])
    code = "quantity" if kind in ("plain", "sized") else "sentence"
    if rest is None:
        where = scalar.place(max(0, position - 1), 1)
        report.add(code, where, f"ends too early: expected {wanted}{after}", remedy)
    else:
        report.add(code, scalar.place(position, len(rest.group())), f"expected {wanted}{after}", remedy)


def _is_unknown_unit(text: str, position: int, names: list[str], scalar: Scalar, report: Report) -> bool:
    """Report a word after a number that should have been a unit."""
    number = re.search(rf"(?:^|(?<=[\s(])){units.NUMBER_PATTERN}\s*$", text[:position])
    word = re.match(r"[/\w%µμ²³^·*\-]+(?:\s*/\s*[\w^]+)*", text[position:])
    if number is None and word is not None and word.group().startswith("/"):
        number = re.search(rf"{units.NUMBER_PATTERN}\s*{units.UNIT_PATTERN}\s*$", text[:position])
    if number is None:
        glued = re.match(rf"({units.NUMBER_PATTERN})([A-Za-zµμ%][/\w%^]*)", text[position:])
        if glued is None or "NUMBER" not in names:
            return False
        position += glued.end(1)
        spelled = glued.group(2)
    elif word is None or not re.match(r"/|[^\W\d]", word.group()):
        return False
    else:
        spelled = word.group()
    near = units.nearest(spelled, units.SYMBOLS)
    atoms = [part for part in re.split(r"[/*·\s]+|\^?-?\d+|[²³]", spelled) if part]
    wrong = next((atom for atom in atoms if atom not in units.SYMBOLS), None)
    if wrong is not None and wrong != spelled:
        close = units.nearest(wrong, units.SYMBOLS)
        near = spelled.replace(wrong, close) if close else None
    remedy = (
        f"did you mean `{near}`?" if near else "for example um, h, days, /h, nM, ng/mL, pL/h, molecules/s, copies/EV"
    )
    report.add("unknown-unit", scalar.place(position, len(spelled)), f"`{wrong or spelled}` is no unit", remedy)
    return True


def _misspelt(text: str, position: int, keywords: list[str], known: frozenset[str]) -> tuple[int, str, str] | None:
    """A word before or at the place of failure that is nearly one of the expected keywords."""
    end = re.match(r"\S*", text[position:])
    reach = position + (end.end() if end else 0)
    found: tuple[int, str, str] | None = None
    for match in re.finditer(r"[A-Za-z][\w\-]*", text[:reach]):
        word = match.group()
        near = units.nearest(word, [one for one in keywords if len(one) > 3]) if len(word) > 3 else None
        if near is not None and word not in known:
            found = (match.start(), word, near)
    return found
