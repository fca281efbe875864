"""The entries of a block, told once where the class of the block has its fields: `Entry` in the annotation.

From them (`entries`) come reading, writing, checking, filling from the parameter library, the JSON Schema and the
reference page; `blocks` names the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from vesicula.language.values import Frozen, Value

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

Form = Literal[
    "value", "values", "sized", "by fluid", "list", "switch", "names", "text", "choice", "count", "words", "walls",
    "special",
]  # fmt: skip
Fill = Literal["never", "needed", "wanted", "offered"]
Sign = Literal["positive", "not negative", "any"]
PLAIN: dict[object, Form] = {
    Value: "value", dict[str, Value]: "values", tuple[Value, ...]: "list", bool: "switch", tuple[str, ...]: "names",
    str: "text", int: "count", dict[str, str]: "words", dict[str, str | Value]: "walls",
}  # fmt: skip
"""How an entry of a type is written, where it says nothing else; an entry of another type has a reader of its own."""


@dataclass(frozen=True)
class Entry:
    """What the field of a block says of itself as an entry of the text.

    about: one line of documentation; example: how it is written; dimension: name in `units.DIMENSIONS`
    key: as written, "": the name of the field with blanks; form: how it is written, None: as its type says
    quantity: its word in the parameter library, None: the key; sign: which numbers it may hold
    fill: what happens where it is not said. `needed`: the library must have it; `wanted`: a warning if it has not;
    `offered`: taken if it is there; `never`: stays unsaid
    spread: field of the geometric spread behind a value of the form `sized`
    """

    about: str
    example: str
    dimension: str = "number"
    key: str = ""
    form: Form | None = None
    quantity: str | None = None
    fill: Fill = "never"
    sign: Sign = "positive"
    spread: str = ""


@dataclass(frozen=True)
class Field:
    """One entry of a block, as its class says it (`Entry`). attribute: of the class; choices: of the form `choice`."""

    key: str
    attribute: str
    form: Form
    about: str
    example: str
    dimension: str = "number"
    quantity: str | None = None
    fill: Fill = "never"
    sign: Sign = "positive"
    choices: tuple[str, ...] = ()
    spread: str = ""

    @property
    def library_word(self) -> str:
        """The quantity under which the parameter library holds this value."""
        return self.quantity or self.key


@cache
def entries(kind: type[Frozen]) -> tuple[Field, ...]:
    """The entries of a block in their order, which is that of the fields of its class."""
    told = ((name, field, one) for name, field in kind.model_fields.items() for one in field.metadata)
    return tuple(_field(name, field, one) for name, field, one in told if isinstance(one, Entry))


def _field(name: str, info: FieldInfo, one: Entry) -> Field:
    form, choices = _form(info.annotation)
    return Field(
        key=one.key or name.replace("_", " "), attribute=name, form=one.form or ("sized" if one.spread else form),
        about=one.about, example=one.example, dimension=one.dimension, quantity=one.quantity, fill=one.fill,
        sign=one.sign, choices=choices, spread=one.spread,
    )  # fmt: skip


def _form(annotation: object) -> tuple[Form, tuple[str, ...]]:
    """How a type is written, and its choices."""
    if annotation in PLAIN:
        return PLAIN[annotation], ()
    if get_origin(annotation) is Literal:
        return "choice", get_args(annotation)
    said = tuple(one for one in get_args(annotation) if one is not NoneType)
    if len(said) == 1 and NoneType in get_args(annotation):
        return _form(said[0])
    return "special", ()
