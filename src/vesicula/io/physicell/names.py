"""Names of PhysiCell as the model language takes them: no blanks, no two alike."""

from __future__ import annotations

import re

from vesicula.io.physicell.account import Account
from vesicula.io.physicell.markup import Element
from vesicula.units import SYMBOLS

TAKEN = ("pressure", "contact", "delivered", "bound", "inserted", "library", "none", "cells", "rest", "EV", "and", "or")
"""Words that sentences of the model language hold, so that no name may be one of them."""


class Names:
    """Names of one kind of thing. told : name in PhysiCell -> name in the model"""

    def __init__(self, others: tuple[Names, ...] = ()) -> None:
        self.told: dict[str, str] = {}
        self.others = others

    def add(self, element: Element, account: Account) -> str:
        """The model's name of an element with a `name`. Raises FileError where the name stands twice."""
        said = element.name()
        if said in self.told:
            element.refuse("duplicate-name", f"`{said}` stands twice", "name each only once", words=said)
        bare = re.sub(r"[^\w+.-]+", "-", said).strip("-.") or "unnamed"
        if not bare[0].isalpha() or bare in TAKEN or bare in SYMBOLS:
            bare = f"{element.tag.partition('_')[0]}-{bare.lstrip('_')}"
        used = {*self.told.values(), *(name for other in self.others for name in other.told.values())}
        name, number = bare, 2
        while name.casefold() in {one.casefold() for one in used}:
            name, number = f"{bare}-{number}", number + 1
        self.told[said] = name
        if name != said:
            account.assumed(element, f"name `{said}`", "names have no blanks and stand once", f"`{name}`")
        return name


def slug(said: str) -> str:
    """A name of a file and a model, of whatever a folder is called."""
    bare = re.sub(r"[^A-Za-z0-9_-]+", "-", said).strip("-_") or "project"
    return bare if bare[0].isalpha() else f"project-{bare}"
