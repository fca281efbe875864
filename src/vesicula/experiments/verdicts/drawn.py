"""The values that differ between the draws of a run, each once and with words for a reader; and the words of a text."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from vesicula.compiler import Compiled
from vesicula.compiler.names import ParameterInfo
from vesicula.experiments.verdicts.conditions import Drawn
from vesicula.language.model import Model
from vesicula.language.walk import values

SENTENCES = ("rules", "inside", "becomes", "degraded")
IN_SENTENCE = re.compile(
    r"(?:\w+\.(?P<owner>.+)\.(?P<list>\w+)|(?P<top>reactions|body)|arms\.(?P<arm>.+))\.(?P<at>\d+)\.(?P<what>[^.]+)"
)
NUMBERS = re.compile(r"\s*\([^()]*\)|\s+@\S+|(?<![\w.-])[\d.]+(?:e[+-]?\d+)?x?(?![\w.-])")
STATED = re.compile(r"\s+[0-9].*")
OPTIONS = re.compile(r"(?: to [\d.]|, |\s+@|\s*\().*")


def drawn_values(compiled: Compiled) -> Drawn:
    """Stated values that differ between the draws of a compiled model, in the units in which they are stated."""
    spots, model = values(compiled.model), compiled.model
    by_arm: dict[str, list[int]] = {}
    for row, variant in enumerate(compiled.variants):
        by_arm.setdefault(variant.arm, []).append(row)
    table, found = compiled.system.values, {}
    for column, info in enumerate(compiled.names.parameters):
        if info.value is None or info.drawn_as in found:
            continue
        rows = next((rows for rows in by_arm.values() if np.ptp(table[rows, column]) > 0), None)
        if rows is not None and table[rows[0], column] != 0.0:
            found[info.drawn_as] = info, info.value.number * table[rows, column] / table[rows[0], column]
    infos = [info for info, _ in found.values()]
    quantities = tuple(spots[info.path][0].quantity if info.path in spots else "" for info in infos)
    rows = [row for _, row in found.values()]
    shape = (0, len(next(iter(by_arm.values()))))
    return Drawn(
        tuple(info.path for info in infos), tuple(_words(model, info) for info in infos), quantities,
        tuple(info.value.unit for info in infos if info.value is not None), np.stack(rows) if rows else np.zeros(shape),
    )  # fmt: skip


def _words(model: Model, info: ParameterInfo) -> str:
    """What a value is: `half-life of BMP`, `half-max of "NFKB raises TNFSF11 secretion" in osteoblast`."""
    if "|" in info.drawn_as and "{" not in info.drawn_as:
        what, *of = info.drawn_as.split("|")
        return f"{what} of {', '.join(of)}"
    found = IN_SENTENCE.fullmatch(info.path)
    text = "" if found is None else _sentence(model, found)
    if found is not None and text:
        owner = found["owner"] or found["arm"]
        return f"{found['what']} of “{OPTIONS.sub('', text)}”" + (f" in {owner}" if owner else "")
    if info.path.startswith("antibodies."):
        _, against, what = info.path.split(".", 2)
        return f"{STATED.sub('', what)} of the antibody against {against}"
    _, _, rest = info.path.partition(".")
    owner, _, what = rest.partition(".")
    return f"{what.replace('.', ' ')} of {owner}" if what else info.path


def _sentence(model: Model, found: re.Match[str]) -> str:
    """The sentence in which a value stands; empty where it is told otherwise."""
    at, held = int(found["at"]), ()
    if found["top"]:
        held = getattr(model, found["top"])
    elif found["arm"]:
        held = next((one.steps for one in model.arms if one.name == found["arm"]), ())
    elif found["list"] in SENTENCES:
        things = (*model.cells, *model.matrix)
        held = next((getattr(one, found["list"], ()) for one in things if one.name == found["owner"]), ())
    return held[at].text if at < len(held) else ""


def wording(model: Model) -> str:
    """Hash of all that a model says in sentences, without numbers and sources: what it takes to revise it."""
    things = (*model.cells, *model.matrix)
    sentences = [s.text for one in things for name in SENTENCES for s in getattr(one, name, ())]
    sentences += [s.text for s in (*model.reactions, *model.body, *model.start, *model.protocol)]
    sentences += [f"{arm.name}: {step.text}" for arm in model.arms for step in arm.steps]
    sentences += [one.text for one in model.measures]
    words = "\n".join(NUMBERS.sub("", one) for one in sentences)
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()
