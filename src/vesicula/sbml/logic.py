"""Boolean networks from files: rules of BoolNet and BooleanNet, MaBoSS, and SBML with the package `qual`.

What a file says becomes formulas of AND, OR and NOT, starts and rates, node by node. What graded nodes have no equal
for is refused by its name: more than two levels, a random start, rates up and down that differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vesicula.sbml.refused import Refusal


class Illogical(Exception):
    """A file that cannot be a logical network of cells; `refusals` say why."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(f"line {one.line}: {one.what}" for one in refusals))
        self.refusals = refusals


@dataclass(frozen=True)
class Formula:
    """`and`, `or`, `not` of formulas, a `name`, or a `constant`. name: of the node, or 1 and 0."""

    kind: str
    parts: tuple[Formula, ...] = ()
    name: str = ""

    def text(self) -> str:
        """As a gate of the language."""
        match self.kind:
            case "name" | "constant":
                return self.name
            case "not":
                inner = self.parts[0]
                return f"not {inner.text()}" if inner.kind == "name" else f"not ({inner.text()})"
            case _:
                return f" {self.kind} ".join(
                    one.text() if one.kind in ("name", "not") else f"({one.text()})" for one in self.parts
                )


TRUE, FALSE = Formula("constant", name="1"), Formula("constant", name="0")


def joined(kind: str, *parts: Formula) -> Formula:
    """A formula without idle constants and without the same operation inside itself."""
    if kind == "not":
        inner = parts[0]
        return {"0": TRUE, "1": FALSE}[inner.name] if inner.kind == "constant" else (
            inner.parts[0] if inner.kind == "not" else Formula("not", (inner,))
        )  # fmt: skip
    idle, strong = (TRUE, FALSE) if kind == "and" else (FALSE, TRUE)
    flat = [one for part in parts for one in (part.parts if part.kind == kind else (part,)) if one != idle]
    if strong in flat:
        return strong
    return idle if not flat else flat[0] if len(flat) == 1 else Formula(kind, tuple(flat))


@dataclass(frozen=True)
class LogicNode:
    """A node: what turns it on, its activity at the start, and per unit of time of the file how fast it follows."""

    name: str
    formula: Formula | None
    line: int
    start: float | None = None
    rate: float | None = None

    @property
    def is_input(self) -> bool:
        """Whether nothing but itself says what it is."""
        return self.formula is None or self.formula == Formula("name", name=self.name)


def read_logic(name: str, content: str, beside: str = "") -> tuple[LogicNode, ...]:
    """The nodes of a file, in its order. beside : content of the `.cfg` of a MaBoSS file. Raises Illogical."""
    if name.endswith(".bnd"):
        found, refused = _Maboss(content, beside).whole()
    else:
        found, refused = _rules(content)
    if not refused and not found:
        refused = [Refusal("there is no rule in it", "name a file of rules (`A, B & !C` or `A* = B and not C`)", 1)]
    if refused:
        raise Illogical(tuple(refused))
    return tuple(found)


# --- formulas

TOKEN = re.compile(r"\s*(&&|\|\||[&|!()?:]|(?:and|or|not|AND|OR|NOT|And|Or|Not)\b|[@$]?[A-Za-z0-9_.\-]+|\S)")
SPELLED = {"&&": "and", "&": "and", "and": "and", "||": "or", "|": "or", "or": "or", "!": "not", "not": "not"}


@dataclass
class _Parser:
    """Reads a formula by falling through its precedences: or, and, not."""

    words: list[str]
    at: int = 0

    def look(self) -> str:
        """The next word, in one spelling; "" at the end."""
        word = self.words[self.at] if self.at < len(self.words) else ""
        return SPELLED.get(word.lower(), word)

    def take(self) -> str:
        """Go on by a word."""
        self.at += 1
        return self.words[self.at - 1]

    def formula(self, kind: str = "or") -> Formula:
        """Parts joined by `kind`."""
        inner = "and" if kind == "or" else "not"
        parts = [self.formula(inner) if kind == "or" else self.single()]
        while self.look() == kind:
            self.take()
            parts.append(self.formula(inner) if kind == "or" else self.single())
        return joined(kind, *parts)

    def single(self) -> Formula:
        """A name, a constant, a negation or a formula in brackets. Raises ValueError."""
        word = self.look()
        if word == "not":
            self.take()
            return joined("not", self.single())
        if word == "(":
            self.take()
            found = self.formula()
            if self.look() != ")":
                raise ValueError("a bracket is not closed")
            self.take()
            return found
        if not re.fullmatch(r"[A-Za-z0-9_.\-]+", word):
            raise ValueError(f"`{word}` stands where a name is expected" if word else "it breaks off")
        self.take()
        if word.lower() in ("1", "true"):
            return TRUE
        return FALSE if word.lower() in ("0", "false") else Formula("name", name=word)


def formula_of(text: str) -> Formula:
    """A formula in any of the spellings (`&`, `&&`, `and` …). Raises ValueError with what is wrong."""
    parser = _Parser(TOKEN.findall(text))
    found = parser.formula()
    if parser.at < len(parser.words):
        raise ValueError(f"`{parser.words[parser.at]}` stands where nothing is expected")
    return found


# --- rules of BoolNet and BooleanNet

RULE = re.compile(r"^(?:(\d+)\s*:)?\s*([A-Za-z0-9_.\-]+)\s*(\*?\s*=|,)\s*(.+)$")


def _rules(content: str) -> tuple[list[LogicNode], list[Refusal]]:
    """Lines `A, formula` or `A* = formula`, and `A = True` for starts."""
    formulas: dict[str, tuple[Formula, int]] = {}
    starts: dict[str, float] = {}
    refused: list[Refusal] = []
    for number, line in enumerate(content.splitlines(), start=1):
        text = line.split("#")[0].strip().rstrip(";")
        if not text or text.replace(" ", "").lower() == "targets,factors":
            continue
        found = RULE.match(text)
        if found is None:
            refused.append(Refusal(f"`{text}` is no rule", "write `A, B & !C` or `A* = B and not C`", number))
            continue
        _, name, sign, right = found.groups()
        said = right.strip().lower()
        if sign.strip() == "=" and said == "random":
            refused.append(
                Refusal(f"`{name}` starts at random", f"say `{name} starts at 0.5`, or one of True and False", number)
            )
        elif sign.strip() == "=":
            starts[name] = {"true": 1.0, "1": 1.0}.get(said, 0.0)
            if said not in ("true", "false", "0", "1"):
                refused.append(Refusal(f"`{text}` is neither a start nor a rule", "write `A* = …` for a rule", number))
        elif name in formulas:
            refused.append(Refusal(f"`{name}` has two rules", "join them by `or`", number))
        else:
            try:
                formulas[name] = formula_of(right), number
            except ValueError as problem:
                refused.append(Refusal(f"the rule of `{name}`: {problem}", "correct the rule", number))
    nodes = [LogicNode(name, one, number, starts.get(name)) for name, (one, number) in formulas.items()]
    nodes += [LogicNode(name, None, 1, start) for name, start in starts.items() if name not in formulas]
    return nodes, refused


# --- MaBoSS

NODE = re.compile(r"node\s+([A-Za-z0-9_.\-]+)\s*\{(.*?)\}", re.IGNORECASE | re.DOTALL)
ENTRY = re.compile(r"([A-Za-z_]+)\s*=\s*([^;]*);")
SETTING = re.compile(r"(\$[A-Za-z0-9_]+|\[?[A-Za-z0-9_.\-, ]+?\]?\.istate)\s*=\s*([^;]*);")
SHARE = re.compile(r"([0-9.eE+\-]+)\s*\[\s*([01])\s*\]")


@dataclass
class _Maboss:
    """A `.bnd` with its `.cfg`."""

    content: str
    beside: str
    refused: list[Refusal] = field(default_factory=list[Refusal])

    def whole(self) -> tuple[list[LogicNode], list[Refusal]]:
        """All nodes, and why the file is refused."""
        text, numbers = _without_comments(self.content), dict[str, float]()
        starts: dict[str, float] = {}
        for name, value in SETTING.findall(_without_comments(self.beside)):
            if name.startswith("$"):
                numbers[name] = float(value)
            else:
                starts[name.removesuffix(".istate").strip("[] ")] = _start(value)
        nodes = [self.node(found, numbers, starts, text) for found in NODE.finditer(text)]
        return nodes, self.refused

    def node(self, found: re.Match[str], numbers: dict[str, float], starts: dict[str, float], text: str) -> LogicNode:
        """One node."""
        name, line = found.group(1), text[: found.start()].count("\n") + 1
        entries = {key.lower(): value.strip() for key, value in ENTRY.findall(found.group(2))}
        if "logic" not in entries:
            self.refused.append(
                Refusal(f"`{name}` has rates without `logic`", "write its logic: a graded node follows a formula", line)
            )
            return LogicNode(name, None, line)
        try:
            formula: Formula | None = formula_of(entries["logic"])
        except ValueError as problem:
            self.refused.append(Refusal(f"the logic of `{name}`: {problem}", "correct it", line))
            formula = None
        up = _rate(entries.get("rate_up", "@logic ? 1 : 0"), numbers, first=True)
        down = _rate(entries.get("rate_down", "@logic ? 0 : 1"), numbers, first=False)
        if up is None or down is None:
            self.refused.append(
                Refusal(f"a rate of `{name}` is more than `@logic ? RATE : 0`", "put the condition into `logic`", line)
            )
        elif up != down:
            remedy = "give both one rate: a graded node has one time constant"
            self.refused.append(Refusal(f"`{name}` rises at {up:g} and falls at {down:g}", remedy, line))
        return LogicNode(name, formula, line, starts.get(name), up)


def _without_comments(text: str) -> str:
    """The text with comments taken out, lines kept."""
    text = re.sub(r"/\*.*?\*/", lambda one: "\n" * one.group().count("\n"), text, flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)


def _rate(text: str, numbers: dict[str, float], *, first: bool) -> float | None:
    """The rate of `@logic ? RATE : 0` (first) or `@logic ? 0 : RATE`, None where it is another formula."""
    found = re.fullmatch(r"\(?\s*@logic\s*\?\s*([^:]+?)\s*:\s*([^:)]+?)\s*\)?", text)
    if found is None:
        return None
    rate, zero = found.groups() if first else found.groups()[::-1]
    try:
        other = numbers.get(zero)
        idle = float(zero) if other is None else other
        value = numbers[rate] if rate in numbers else float(rate)
    except ValueError:
        return None
    return value if idle == 0.0 and value > 0.0 else None


def _start(value: str) -> float:
    """The mean of a start: `1`, `0`, or shares as in `0.3 [1], 0.7 [0]`."""
    shares: dict[str, float] = {}
    for number, state in SHARE.findall(value):
        shares[state] = float(number)
    if shares:
        return shares.get("1", 0.0) / sum(shares.values())
    return 1.0 if value.strip().lower() in ("1", "true") else 0.0


def sentences_of_logic(nodes: tuple[LogicNode, ...], minutes: float | None) -> Iterator[tuple[str, int]]:
    """What a logical network is in the language, sentence by sentence, with the line of the file.

    minutes : in a unit of time of the file; None: the nodes follow as nodes do
    """
    for one in nodes:
        if one.formula is not None and not one.is_input and one.formula.kind != "constant":
            yield f"{one.formula.text()} activates {one.name}", one.line
        start = float(one.formula.name) if one.formula is not None and one.formula.kind == "constant" else one.start
        if start is not None:
            yield f"{one.name} starts at {start:g} @assumed", one.line
        if minutes is not None:
            yield f"{one.name} responds in {minutes / (one.rate or 1.0):.6g} min @assumed", one.line
