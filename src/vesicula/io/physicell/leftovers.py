"""What of the settings nothing has read: each block is told once, with the reason why a model has no equal for it."""

from __future__ import annotations

from vesicula.io.physicell.account import Account
from vesicula.io.physicell.markup import Element

SPRINGS = "cells are not held together by springs"
DAMAGE = "cells have no damage; what an attack does is `kills`, a rate of death on contact"
REASONS = {
    "volume": "a cell grows back to its volume at 0.27 /h after it divides; it has no nucleus, fluid and calcium apart",
    "parameters": "a dead cell keeps its volume, and is taken away after `dead stay`",
    "attack_rates": DAMAGE, "attack_damage_rate": DAMAGE, "attack_duration": DAMAGE, "cell_integrity": DAMAGE,
    "immunogenicities": "cells have no attacks that it could weigh", "fusion_rates": "cells do not fuse",
    "standard_asymmetric_division": "both daughters are of the mother's type",
    "asymmetric_division": "both daughters are of the mother's type",
    "attachment_elastic_constant": SPRINGS, "attachment_rate": SPRINGS, "detachment_rate": SPRINGS,
    "maximum_number_of_attachments": SPRINGS, "cell_BM_adhesion_strength": "there are no basement membranes",
    "cell_BM_repulsion_strength": "there are no basement membranes",
    "custom_data": "only own code and rules read it; what a cell remembers is a node of a network (`inside`)",
    "initial_parameter_distributions": "cells of a type start alike, but for `spread` of the diameter and `traits`",
    "intracellular": "models inside cells are not read; write its nodes and edges under `inside` or `networks`",
    "molecular": "what a cell has taken up is not kept", "user_parameters": "only own code reads it",
    "parallel": "`--threads` of `vesicula run`; results do not depend on it",
    "save": "every run keeps its records; pictures are made by `vesicula report` and `export`",
    "options": "an option of PhysiCell's code", "random_seed": "`--seed` of `vesicula run`",
    "calculate_gradients": "gradients are computed where a cell follows them",
    "track_internalized_substrates_in_each_agent": "what a cell has taken up is not kept",
    "cell_functions": "own code is not read", "functions": "own code is not read",
    "initial_conditions": "only the places of cells are read",
    "cell_rules": "only rulesets are read", "chemotaxis": "it is not enabled",
    "advanced_chemotaxis": "it is not enabled",
    "overall": "solvers choose their own steps",
}  # fmt: skip
"""Tags of blocks, the innermost that is listed counts -> why nothing of the model is like them."""
UNKNOWN = "this reader does not know it"
SILENT = {
    "attack_damage_rate": "attack_rates", "attack_duration": "attack_rates",
    "attachment_elastic_constant": "attachment_rate", "maximum_number_of_attachments": "attachment_rate",
    "detachment_rate": "attachment_rate",
}  # fmt: skip
"""Elements that do nothing while all numbers of another one beside them are 0."""
QUIET = ("parallel", "save", "chemotaxis", "advanced_chemotaxis")
"""Blocks of which nothing is told: what stands there says how to compute or show, or is not enabled."""
SAYING_LITTLE = {"enabled", "units", "name", "type", "ID", "description"}
"""Attributes of an element without text that say nothing by themselves."""
TRIVIAL = ("0", "0.0", "false", "False", "")


def tell_leftovers(root: Element, account: Account) -> None:
    """Add what was not read to the account, block by block."""
    groups: dict[tuple[int, str], list[Element]] = {}
    for one in root.walk():
        if one.children or one.seen or _off(one) or _nothing(one):
            continue
        tag, why = _reason(one)
        if tag not in QUIET:
            block = _block(one, tag)
            groups.setdefault((id(block), why), []).append(one)
    for (_, why), found in groups.items():
        account.unequal(found[0], _words(found), why)


def _reason(one: Element) -> tuple[str, str]:
    above: Element | None = one
    while above is not None:
        inner = above.tag == "options" and above.parent is not None and above.parent.parent is not None
        if above.tag in REASONS and not inner:
            return above.tag, REASONS[above.tag]
        above = above.parent
    return "", UNKNOWN


def _block(one: Element, tag: str) -> Element:
    """The element of this tag around one, else its parent."""
    above: Element | None = one
    while above is not None and above.tag != tag:
        above = above.parent
    if above is not None and above.children:
        return above
    return one.parent or one


def _off(one: Element) -> bool:
    """Whether it, or a block around it, is not enabled."""
    above: Element | None = one
    while above is not None:
        if "enabled" in above.attributes and not above.enabled:
            return True
        above = above.parent
    return False


def _nothing(one: Element) -> bool:
    """Whether it says a zero, or belongs to what is zero."""
    if one.text in TRIVIAL:
        return bool(one.text) or one.attributes.keys() <= SAYING_LITTLE
    try:
        if float(one.text) == 0.0:
            return True
    except ValueError:
        pass
    other = SILENT.get(one.tag)
    beside = one.parent.children if one.parent is not None else []
    return other is not None and all(
        part.text in TRIVIAL or _is_zero(part) for found in beside if found.tag == other for part in found.walk()
    )


def _is_zero(one: Element) -> bool:
    try:
        return not one.children and float(one.text) == 0.0
    except ValueError:
        return bool(one.children)


def _words(found: list[Element]) -> str:
    """`tumor: volume: fluid_fraction 0.75, nuclear 540`."""
    first = found[0]
    path = list[str]()
    above = first.parent
    while above is not None and above.parent is not None:
        if above.tag == "cell_definition":
            path.insert(0, above.attributes.get("name", ""))
            break
        if above.tag not in ("phenotype", "cell_definitions"):
            path.insert(0, above.attributes.get("name") or above.attributes.get("type") or above.tag)
        above = above.parent
    shown = [f"{one.tag}{_named(one)} {one.text[:40]}".strip() for one in found[:6]]
    more = f" and {len(found) - 6} more" if len(found) > 6 else ""
    return ": ".join([*path, f"{', '.join(shown)}{more}"])


def _named(one: Element) -> str:
    said = one.attributes.get("name") or one.attributes.get("type")
    return f" {said}" if said else ""
