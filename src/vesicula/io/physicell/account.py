"""What became of a project: what was read, converted to what, assumed, and what has no equal, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vesicula.io.physicell.markup import Element

Kind = Literal["read", "converted", "assumed", "unequal"]
KINDS: dict[Kind, str] = {
    "read": "Read", "converted": "Converted", "assumed": "Assumed, or near but not the same", "unequal": "Without equal"
}  # fmt: skip
"""Kinds of items, with the headings under which they stand."""


@dataclass(frozen=True)
class Item:
    """One sentence of an account.

    file, line : where it stands (0: the whole file)      what : in PhysiCell's words, with number and unit
    became : in the words of the model, "" where it became nothing      why : the reason, "" where there is none
    """

    kind: Kind
    file: str
    line: int
    what: str
    became: str = ""
    why: str = ""

    @property
    def place(self) -> str:
        """`config/PhysiCell_settings.xml:12`."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def sentence(self) -> str:
        """The item without its place."""
        arrow = f" -> {self.became}" if self.became else ""
        return f"{self.what}{arrow}{f': {self.why}' if self.why else ''}"


@dataclass
class Account:
    """All items, in the order in which they were found."""

    items: list[Item] = field(default_factory=list[Item])

    def read(self, file: str, what: str) -> None:
        """A file, or what of it was read."""
        self.add(Item("read", file, 0, what))

    def converted(self, at: Element, what: str, became: str, why: str = "") -> None:
        """An element, or several, that became something in the model."""
        self.add(Item("converted", at.source.file, at.line, what, became, why))

    def assumed(self, at: Element, what: str, why: str, became: str = "") -> None:
        """What the project leaves open, or what is near to it."""
        self.add(Item("assumed", at.source.file, at.line, what, became, why))

    def unequal(self, at: Element, what: str, why: str) -> None:
        """What the model language cannot say."""
        self.add(Item("unequal", at.source.file, at.line, what, "", why))

    def add(self, item: Item) -> None:
        """An item, once."""
        if item not in self.items:
            self.items.append(item)

    def of(self, kind: Kind) -> list[Item]:
        """All items of a kind."""
        return [one for one in self.items if one.kind == kind]


def shown(number: float) -> str:
    """A number as the model text has it: ten digits, which is more than anybody measured."""
    return f"{number:.10g}"
