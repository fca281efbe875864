"""Every loop of the engine without a fixed number of rounds ends, and here is why.

A new `while` has to be entered with what bounds it; an entry without its loop is a failure too. Beside these bounds,
every macro step can be given up from outside (`engine.attended`), so that Ctrl-C is heard in whatever loop it is.
"""

from __future__ import annotations

import ast

from tests.static.sources import python_files, shown, tree

ENGINE = "src/vesicula/engine/"
ATTEMPTS = "each attempt is taken with a probability above 0.6 whatever the (finite) mean, and draws new numbers"
INVERSION = "counts to a fixed number"
FLOOD = "every voxel is put on the stack once: it is marked when it is put there"
ROOTS = "a root is the lowest of its set and points at itself; every step goes to a lower number"
INSERTION = "goes down a list"
STACK = "every definition or node is taken off once"

BOUNDS = {
    ("ahead.py", "_feed", "waiting"): "every kernel is taken off once",
    ("ahead.py", "_wait", "True"): "every worker ends with its kernels or dies; Ctrl-C is heard ten times a second",
    ("attended.py", "_serve", "(work := self._tasks.get()) is not None"): "close() puts None; a daemon thread",
    ("attended.py", "run", "not self._done.wait(LISTEN_EVERY_S)"): "asks give_up every 50 ms: this is the interrupt",
    ("faces.py", "label_regions", "count > 0"): FLOOD,
    ("forces.py", "push", "begin < total"): "begin rises by the pairs of a piece",
    ("kinetics.py", "march_cell", "fault == DONE and time < end"): "steps rise to MOST_STEPS",
    ("mechanics.py", "relax_site", "True"): "substeps rises to `most` (substeps.most_substeps), then left = 0",
    ("mechanics.py", "walk_on", "until[piece] <= begin"): "the last piece of a walk has no end",
    ("motility.py", "mean_cosine", "abs(term) > 1e-17 and k < FAR"): "k rises to FAR",
    ("motility.py", "mean_cosine", "term > 1e-17 * total"): "z ≤ FAR: once k > z, terms of the series fall",
    ("motility.py", "wander", "True"): "time rises by a positive exponential time; NaN and inf end it",
    ("multigrid.py", "level_table", "True"): "every level halves the voxels along an axis, down to one",
    ("networks.py", "halvings", "span > longest and count < MOST_HALVINGS"): "count rises to MOST_HALVINGS",
    ("networks.py", "march_block", "left > 0"): "a cell moves on, or halves its sub-step; the finest is always taken",
    ("neighbours.py", "bin_numbers", "True"): "the edge grows by 1.26 until one bin holds the finite site",
    ("neighbours.py", "fill_places", "slot > begin and index[slot - 1] > j"): INSERTION,
    ("order.py", "_insertions", "(search := np.flatnonzero(first < last)).size"): "every round halves what is searched",
    ("order.py", "lay_out", "k < n"): "k rises to end > k",
    ("order.py", "lay_out", "end < n and source[end] == source[end - 1] + 1"): "end rises to n",
    ("reference/kinetics.py", "moved", "time < end and n"): "time rises to the end, or to an event that is over then",
    ("reference/lifecycle.py", "_run", "True"): "an event takes time, or is a division that waits; as lifecycle.fire",
    ("reference/mechanics.py", "relax", "left > 0.0 and substeps < most"): "substeps rises to most",
    ("reference/motility.py", "pieces", "True"): "as motility.wander",
    ("reference/networks.py", "reached", "new"): "every node is new once",
    ("reference/networks.py", "until", "span > longest and count < MOST_HALVINGS"): "count rises to MOST_HALVINGS",
    ("reference/networks.py", "advance", "at < 1.0"): "as networks.march_block",
    ("reference/streams.py", "poisson", "u > total and k < 200"): INVERSION,
    ("reference/streams.py", "poisson", "True"): ATTEMPTS,
    ("reference/streams.py", "binomial", "u > total and k < n and (k < 400)"): INVERSION,
    ("reference/streams.py", "binomial", "True"): ATTEMPTS,
    ("reference/tiles.py", "pieces", "waiting"): FLOOD,
    ("reference/tiles.py", "pieces_in_order", "path"): "every piece is entered once and left once",
    ("sharing.py", "work", "not problems and (first := next(taken)) < pieces"): "the counter rises by at least 1",
    ("sources.py", "reach", "waiting"): STACK,
    ("sources.py", "_chains", "waiting"): STACK,
    ("sources.py", "_chains", "isinstance(inner, ast.Attribute)"): "goes down a finite syntax tree",
    ("streams.py", "poisson", "u > total and k < 200"): INVERSION,
    ("streams.py", "poisson", "True"): ATTEMPTS,
    ("streams.py", "binomial_low", "u > total and k < n and (k < 400)"): INVERSION,
    ("streams.py", "binomial_low", "True"): ATTEMPTS,
    ("switches.py", "_has_loop", "edges"): "every round takes nodes out of the graph, or returns",
    ("tiles.py", "label_parts", "depth > 0"): FLOOD,
    ("tiles.py", "join_small", "root[a] != a"): ROOTS,
    ("tiles.py", "join_small", "root[b] != b"): ROOTS,
    ("tiles.py", "order_pieces", "depth > 0 or following >= 0"): "every piece is entered once and left once",
    (
        "tiles.py", "pair_pieces", "row < n_pairs and (pair[row, 1] != piece[w] or pair[row, 2] != axis)",
    ): "row rises to n_pairs",
    ("transport.py", "solve_stage", "cycles < MOST_CYCLES"): "cycles rises, or the stage is given up",
    ("transport.py", "attempt_step", "True"): "FIRST, SECOND, EULER, FILTER in this order, FILTER at most twice",
    ("transport.py", "march", "done < span"): (
        "a refused sub-step is shorter by 0.7 at least and fails below SHORTEST_STEP; an accepted one moves on"
    ),
    ("vesicle_draws.py", "round_pieces", "masses[final, M_ALL] == 0.0"): "some piece has mass where particles are",
    ("vesicle_draws.py", "follow_line", "at < final and line < mark"): "at rises to final",
    ("vesicle_draws.py", "place_free", "free[voxel[final]] == 0.0"): "drawn particles were free in some voxel",
    ("vesicle_draws.py", "draw_site", "first < n_pieces"): "first rises to last > first",
    ("vesicle_draws.py", "draw_site", "last < n_pieces and region[last] == region[first]"): "last rises",
}  # fmt: skip


def loops(node: ast.AST, function: str = "") -> list[tuple[str, str]]:
    """(function, condition) of every `while` below a node."""
    found: list[tuple[str, str]] = []
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.FunctionDef) else function
        if isinstance(child, ast.While):
            found.append((inside, ast.unparse(child.test)))
        found += loops(child, inside)
    return found


def test_every_loop_of_the_engine_has_its_bound() -> None:
    found = {
        (shown(file).removeprefix(ENGINE), function, condition)
        for file in python_files(ENGINE)
        for function, condition in loops(tree(file))
    }
    assert found - BOUNDS.keys() == set(), "loops without a bound in the table"
    assert BOUNDS.keys() - found == set(), "bounds without a loop"


def test_a_new_loop_is_seen() -> None:
    text = "def f(x):\n    for k in range(3):\n        while x > k:\n            x = g(x)\n"
    assert loops(ast.parse(text)) == [("f", "x > k")]
