"""Faults of names: what is drawn under which, and which molecule is meant."""

from __future__ import annotations

from tests.sabotage.fault import Fault

NAMING = (
    Fault(
        "drawn-by-place",
        "a sentence is drawn by its number in a list",
        "compiler/parameters.py",
        "return self._called[place] + rest if place in self._called else path",
        "return path",
        ("tests/unit/test_names_of_draws.py::test_a_sentence_put_above_changes_no_draw",),
    ),
    Fault(
        "a-constant-drawn-twice",
        "a constant of the library is drawn anew wherever it is used",
        "compiler/drawing.py",
        "if value.parameter is None or value.stand_in:",
        "if value.parameter is None or value.parameter:",
        ("tests/unit/test_names_of_draws.py::test_one_constant_is_one_draw",),
    ),
    Fault(
        "a-limit-turned-round",
        "the multiple of a rule is drawn as any factor",
        "compiler/drawing.py",
        "return 1.0 + x if raised else x / (1.0 + x)",
        "return quantile(value, low, high, shape, z)",
        ("tests/unit/test_names_of_draws.py::test_no_draw_turns_a_rule_round[3-1-10]",),
    ),
    Fault(
        "supply-of-the-same-cells",
        "cells that a repeated event adds are the same each time",
        "engine/protocol.py",
        "streams.key_of(_key(program, event), np.uint64(0), state.step, PROTOCOL)",
        "streams.key_of(_key(program, event), np.uint64(0), 0, PROTOCOL)",
        ("tests/laws/test_order_and_additions.py::test_cells_of_a_repeated_supply_live_lives_of_their_own",),
    ),
    Fault(
        "clocks-by-number",
        "the threshold of a clock is keyed by its number",
        "engine/founding.py",
        "threshold[c] = erlang(key ^ name[c], cell_id, 0, shape + 1)",
        "threshold[c] = erlang(key ^ np.uint64(c), cell_id, 0, shape + 1)",
        ("tests/laws/test_order_and_additions.py::test_what_has_no_part_changes_no_bit_though_it_is_written_first",),
    ),
    Fault(
        "sites-by-number",
        "random numbers of a site are keyed by its place in the text",
        "compiler/names.py",
        'named(f"site {v.replicate}: {site}")',
        "self.system.site_names.index(site) * 1000 + v.replicate",
        ("tests/laws/test_order_and_additions.py::test_what_has_no_part_changes_no_bit_though_it_is_written_first",),
    ),
    Fault(
        "cargo-without-reader",
        "cargo that no cell reads counts as read",
        "language/checking/effect.py",
        "or any(self.graph.after(end) for end in ends)",
        "or ends",
        ("tests/unit/test_no_effect.py::test_cargo_that_another_name_reads_is_asked_about",),
    ),
    Fault(
        "wiring-through-the-name",
        "every miRNA silences what any of them does",
        "language/arrows.py",
        "return mirna == other or (seed is not None and seed == seed_of(other))",
        "return mirna != seed",
        ("tests/unit/test_no_effect.py::test_cargo_that_another_name_reads_is_asked_about",),
    ),
    Fault(
        "a-line-takes-up-its-own-alone",
        "of two lines side by side each takes up its own vesicles alone",
        "language/classes.py",
        'names = meant.own if behaviour.kind == "release" else meant.every',
        "names = meant.own",
        ("tests/laws/test_lines_side_by_side.py::test_two_lines_are_the_two_cells_that_are_written_out",),
    ),
    Fault(
        "one-class-for-all-lines",
        "a line loads the vesicles of the other",
        "language/lines.py",
        "own = {word: (names.get(name, word),) for word, names in classes.items()}",
        "own = {word: tuple(names.values())[:1] for word, names in classes.items()}",
        ("tests/laws/test_lines_side_by_side.py::test_kept_apart_each_does_to_the_bit_what_it_does_alone[two]",),
    ),
    Fault(
        "spellings-are-molecules",
        "another spelling of a miRNA is another molecule",
        "language/reading/model.py",
        "return None if model is None else spelled(model, report)",
        "return model",
        ("tests/unit/test_names_of_molecules.py::test_spellings_of_one_mature_mirna_are_one_model",),
    ),
)
