"""Rules of a project as rules of a model with `rules: averaged`, whose law is the same.

    Equation   U = b0 + (bmax − b0) S↑/(1 + S↑),  b = U + (bmin − U) S↓/(1 + S↓),  S = Σ (s/half)^hill  in PhysiCell
               bmax = largest of the saturations of rules that increase, and b0 where a rule decreases; bmin likewise

A limit of a model is a multiple of the base: (offset + factor · bmax)/(offset + factor · b0). The law keeps its form
under such a change of scale, so that one behavior may move two things. A base of 0 has no multiple: it is written as
`SPARK` of its largest limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vesicula.io.physicell.account import Account, shown
from vesicula.io.physicell.outline import NOTICED, Meaning, Outline, Target
from vesicula.io.physicell.rulesets import Row, Vocabulary

SPARK = 1e-6
"""Share of its largest limit that a base of 0 is given."""
SMALLEST_CHANGE = 1e-12  # of a limit from its base, relative
SIGNAL_WHY = {
    "volume": "no rule reads the volume of a cell", "damage": "cells have no damage", "time": "no rule reads the time",
    "attacking": "cells do not attack", "total attack time": "cells do not attack", "dead": "dead cells do nothing",
    "apoptotic": "dead cells do nothing", "necrotic": "dead cells do nothing",
}  # fmt: skip
SIGNAL_WORDS = {
    "gradient": "rules read levels; cells follow gradients by `toward`",
    "grad(": "rules read levels; cells follow gradients by `toward`",
    "damage": "cells have no damage", "attack": "cells do not attack", "time": "no rule reads the time",
    "internalized": "what a cell has taken up is not kept", "intracellular": "what a cell has taken up is not kept",
    "custom": "cells have no custom variables", "contact with": "contact is read by cell type",
    "dead": "dead cells do nothing",
    "apoptotic": "dead cells do nothing", "necrotic": "dead cells do nothing",
}  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """A signal in the words of the model. half_max : as it is written; "" words where there is none, and why"""

    words: str
    half_max: str = ""
    why: str = ""


def signal_of(row: Row, outline: Outline, vocabulary: Vocabulary) -> Signal:
    """What a rule of the model would read."""
    said = row.signal
    if said in outline.substrates:
        scale = outline.substrates[said]
        return Signal(scale.name, scale.value(row.half_max))
    if said == "pressure":
        return Signal("pressure", shown(row.half_max))
    if said.startswith("contact with "):
        cell = vocabulary.cell(said.removeprefix("contact with "))
        if cell is None and len(vocabulary.cells) == 1 and said.removesuffix("s") == "contact with live cell":
            cell = vocabulary.cells[0]
        if cell is not None:
            return Signal(f"contact with {cell.name}", shown(row.half_max))
    why = SIGNAL_WHY.get(said.removeprefix("is ").removeprefix("is_"))
    why = why or next((why for word, why in SIGNAL_WORDS.items() if word in said), "no rule reads it")
    return Signal("", why=why)


def write_rules(rows: Sequence[Row], outline: Outline, vocabulary: Vocabulary, account: Account) -> list[str]:
    """Sentences of the rules of one cell; sets bases of its outline that are 0. Raises FileError."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.behavior, []).append(row)
    sentences: list[str] = []
    moved: dict[str, str] = {}
    for behavior, group in groups.items():
        _said_once(group)
        meaning = outline.meaning(behavior)
        _same_base(group, meaning)
        if not meaning.targets:
            for row in group:
                account.add(row.item("unequal", why=meaning.why))
            continue
        taken = next((moved[one.words] for one in meaning.targets if one.words in moved), None)
        if taken is not None:
            for row in group:
                account.add(row.item("unequal", why=f"rules on {taken} move the same already"))
            continue
        written = _group(group, meaning, outline, vocabulary, account)
        moved |= {words: behavior for words, _ in written}
        sentences += [sentence for _, sentence in written]
    return sentences


def _said_once(group: Sequence[Row]) -> None:
    said: dict[tuple[str, bool], int] = {}
    for row in group:
        first = said.setdefault((row.signal, row.raises), row.line)
        if first != row.line:
            message = f"line {first} says of {row.signal} and {row.behavior} the same way"
            row.refuse("duplicate-name", message, "keep one of them", row.signal)


def _same_base(group: Sequence[Row], meaning: Meaning) -> None:
    """Raise FileError where a row of version 1 has another base value than the settings, as PhysiCell did."""
    for row in group:
        if (
            row.base is not None
            and meaning.targets
            and not math.isclose(row.base, meaning.base, rel_tol=1e-6, abs_tol=1e-15)
        ):
            message = f"the rule has the base value {row.base:g}, the settings {meaning.base:g}"
            row.refuse("file-number", message, f"write {meaning.base:g}, or change the settings", f"{row.base:g}")


def limits_of(group: Sequence[Row], base: float) -> tuple[float, float]:
    """The largest and the smallest value that the rules of one behavior let it have together."""
    raised = [row.saturation for row in group if row.raises]
    lowered = [row.saturation for row in group if not row.raises]
    return max(raised + [base] * bool(lowered)), min(lowered + [base] * bool(raised))


def _group(
    group: Sequence[Row], meaning: Meaning, outline: Outline, vocabulary: Vocabulary, account: Account
) -> list[tuple[str, str]]:
    """Words of what is moved, and the sentence, of every rule of one behavior."""
    highest, lowest = limits_of(group, meaning.base)
    signals = [signal_of(row, outline, vocabulary) for row in group]
    for row, signal in zip(group, signals, strict=True):
        if not signal.words:
            account.add(row.item("unequal", why=signal.why))
        elif row.dead:
            account.add(row.item("assumed", why="applies to dead: only living cells follow it, dead ones do nothing"))
        if signal.words.startswith("contact with "):
            account.add(row.item("assumed", why="living cells are counted; PhysiCell counts dead ones of the type too"))
    left = [(row, signal) for row, signal in zip(group, signals, strict=True) if signal.words]
    if not left:
        return []
    both = len({row.raises for row, _ in left}) > 1
    written: list[tuple[str, str]] = []
    became: dict[int, list[str]] = {}
    for target in meaning.targets:
        folds = _folds(target, meaning.base, highest, lowest, outline, account, left)
        if folds is None:
            continue
        for k, (row, signal) in enumerate(left):
            fold = folds[0] if row.raises else folds[1]
            if abs(fold - 1.0) < SMALLEST_CHANGE:
                continue
            if fold < 0 or (both and (fold > 1) != row.raises):
                why = "its limit lies on the other side of the base, beside rules that go the other way"
                account.add(row.item("unequal", why=why if fold >= 0 else "its limit has another sign than its base"))
                continue
            if (fold > 1) != row.raises:
                account.add(
                    row.item(
                        "assumed", why="its saturation lies on the other side of the base value, as PhysiCell reads it"
                    )
                )
            verb = "raises" if fold > 1 else "lowers"
            sentence = (
                f"{signal.words} {verb} {target.words} to {shown(fold)}x @assumed, "
                f"half-max {signal.half_max} @assumed, hill {shown(row.hill)} @assumed"
            )
            became.setdefault(k, []).append(sentence.replace(" @assumed", ""))
            written.append((target.words, sentence))
    for k, (row, _) in enumerate(left):
        if k in became:
            account.add(row.item("converted", " and ".join(became[k])))
        elif not any(
            one.kind == "unequal" and one.line == row.line and one.file == row.source.file for one in account.items
        ):
            account.add(row.item("assumed", "no rule", "its saturation is the base value, so it changes nothing"))
    return written


def _folds(
    target: Target,
    base: float,
    highest: float,
    lowest: float,
    outline: Outline,
    account: Account,
    left: Sequence[tuple[Row, Signal]],
) -> tuple[float, float] | None:
    """Multiples of the base at the limits of rules that increase and decrease, None where nothing is moved."""
    start, high, low = target.at(base), target.at(highest), target.at(lowest)
    if start == 0.0:
        ends = [one for one, raises in ((high, True), (low, False)) if any(row.raises == raises for row, _ in left)]
        largest = max(ends, default=0.0)
        if not largest > 0.0:
            return None
        start = SPARK * largest
        outline.values[target.words] = start
        row = left[0][0]
        why = f"a multiple of 0 is 0, so the base is {SPARK:g} of the limit"
        account.add(row.item("assumed", f"cells.{outline.cell.name}: {target.words} {start:.3g} at rest", why))
    if target.depletion * (target.offset + target.factor * highest) > NOTICED:
        why = "its ends are those of the project; between them it bends, since a model states the clearance far away"
        account.add(left[0][0].item("assumed", why=why))
    folds = (high / start, low / start)
    return folds if all(math.isfinite(one) for one in folds) else None
