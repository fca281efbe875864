"""Colours that colour-blind readers tell apart (after Okabe and Ito), by arm, cell type and state."""

from __future__ import annotations

from vesicula.results.description import Labels

BASELINE, CONTROL = "#6b7280", "#a9b0ba"
HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d1f")
CELL_HUES = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d1f", "#444444")
DEAD = "#9ca3af"
MATRIX = ("#e4d8bf", "#cfd8d3", "#d9cfe0", "#d3dbe6")
LAYER = ("#f7f3fb", "#d8c6ea", "#a57fcb", "#6b3fa0", "#3b1a6b")
LEVELS = ("#fff7bc", "#fec44f", "#ec7014", "#993404", "#4d1a02")  # of a node, from 0 to the highest
INK, SOFT_INK, RULE, PAPER = "#1c2430", "#5b6573", "#dfe3e8", "#ffffff"


def arm_colours(arms: tuple[str, ...], controls: tuple[str, ...] = ()) -> dict[str, str]:
    """Colour of each arm; the baseline is grey, controls that were added unasked are lighter grey."""
    own = [arm for arm in arms[1:] if arm not in controls]
    hues = {arm: HUES[i % len(HUES)] for i, arm in enumerate(own)}
    return {arm: BASELINE if i == 0 else hues.get(arm, CONTROL) for i, arm in enumerate(arms)}


def lighter(colour: str, share: float) -> str:
    """A colour mixed with `share` of white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(c + (255 - c) * share):02x}" for c in parts)


def cell_colours(labels: Labels) -> list[list[str]]:
    """Colour of each state of each cell type: the last state in the full hue, earlier ones lighter."""
    out = []
    for i, type_ in enumerate(labels.types):
        hue, n = CELL_HUES[i % len(CELL_HUES)], len(type_.states)
        out.append([lighter(hue, 0.55 * (n - 1 - s) / max(1, n - 1)) for s in range(n)])
    return out
