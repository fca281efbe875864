"""Faults of declarations: what a sentence or a verb no longer says of itself."""

from __future__ import annotations

from tests.sabotage.fault import Fault

TOLD_ONCE = "tests/unit/test_sentences_told_once.py"
DECLARING = (
    Fault(
        "a-name-of-no-kind",
        "a sentence does not say what one of its names names",
        "language/sentences.py",
        'state: Annotated[str, Name("state")]',
        "state: str",
        (f"{TOLD_ONCE}::test_a_form_says_what_each_of_its_fields_holds[Keeps]",),
    ),
    Fault(
        "a-sentence-without-arrow",
        "a sentence that changes something has no place in the graph",
        "language/sentences.py",
        '    ways = (Way(("node", "node"), ("cargo", "cargo"), -1),)\n',
        "",
        (f"{TOLD_ONCE}::test_a_form_says_what_it_is_about_what_it_changes_and_how_it_has_no_effect[Sequesters]",),
    ),
    Fault(
        "a-sentence-that-cannot-be-neutral",
        "a reaction does not say how it is there without effect",
        "language/sentences.py",
        'substance="{substrate}", neutral="never")',
        'substance="{substrate}")',
        (f"{TOLD_ONCE}::test_a_form_says_what_it_is_about_what_it_changes_and_how_it_has_no_effect[TurnsInto]",),
    ),
    Fault(
        "a-verb-without-arrow",
        "what a verb changes is left out",
        "language/verbs.py",
        '(("all cells", 0), ("room", -1))',
        "()",
        (f"{TOLD_ONCE}::test_a_verb_changes_something_with_a_sign[engulfing]",),
    ),
)
