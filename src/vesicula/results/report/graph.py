"""The communication graph: cell types as nodes, what passes between them as arrows."""

from __future__ import annotations

import math
from collections import defaultdict
from html import escape

import numpy as np

from vesicula.results.bundle import Bundle
from vesicula.results.description import RunDescription
from vesicula.results.messages import talk
from vesicula.results.palette import CELL_HUES, INK, SOFT_INK
from vesicula.results.report.charts import PARTICLES, svg, text
from vesicula.results.wording import listed, number

SOLUBLE = "#8a94a3"
WIDTH, HEIGHT, RADIUS = 760.0, 520.0, 30.0


def delivered(description: RunDescription, records: list[Bundle], arm: str) -> dict[tuple[str, str, str], float]:
    """Median particles delivered by (donor, recipient, population) in one arm; donor `added` for preparations."""
    table = talk(description, records)
    mine = table[table["arm"] == arm].groupby(["donor", "recipient", "vesicle", "replicate"])["delivered"].sum()
    return {key: float(v) for key, v in mine.groupby(level=[0, 1, 2]).median().items()}  # type: ignore[misc]


def graph(description: RunDescription, particles: dict[tuple[str, str, str], float]) -> str:
    """Arrows of soluble factors (grey) and of vesicles (purple, wider with more particles delivered)."""
    names = [t.name for t in description.labels.types]
    if any(donor == "added" and count > 0 for (donor, _, _), count in particles.items()):
        names.append("added")
    place = {
        name: (
            WIDTH / 2 + 250 * math.sin(2 * math.pi * i / len(names)),
            HEIGHT / 2 - 190 * math.cos(2 * math.pi * i / len(names)),
        )
        for i, name in enumerate(names)
    }
    soluble: dict[tuple[str, str], list[str]] = defaultdict(list)
    for link in description.links:
        if link.donor in place and link.recipient in place:
            soluble[link.donor, link.recipient].append(link.substance)
    messages: dict[tuple[str, str], float] = defaultdict(float)
    for (donor, recipient, _), count in particles.items():
        if donor in place and count > 0:
            messages[donor, recipient] += count
    parts = [_markers()]
    for (donor, recipient), substances in soluble.items():
        words = f"{donor} → {recipient}: {', '.join(substances)}. Source: rules and edges of the model"
        label = listed(substances) if len(substances) <= 3 else f"{', '.join(substances[:2])} + {len(substances) - 2}"
        parts.append(_arrow(place[donor], place[recipient], 0.16, SOLUBLE, 1.5, "soluble", words, label))
    top = max(messages.values(), default=1.0)
    for (donor, recipient), count in messages.items():
        width = 1.5 + 5.0 * math.log1p(count) / math.log1p(top)
        words = f"{donor} → {recipient}: {number(count)} particles delivered. Source: ledger.parquet, talk"
        parts.append(
            _arrow(place[donor], place[recipient], -0.16, PARTICLES, width, "vesicle", words, f"{number(count)} EV")
        )
    for i, name in enumerate(names):
        x, y = place[name]
        hue = CELL_HUES[i % len(CELL_HUES)] if name != "added" else INK
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{hue}" stroke="#fff" stroke-width="3"/>')
        below = RADIUS + 16 if y >= HEIGHT / 2 else -RADIUS - 8
        parts.append(text(x, y + below, name, anchor="middle", size=13, weight=600))
    return svg(WIDTH, HEIGHT, parts, "who talks to whom")


def _markers() -> str:
    out = []
    for name, colour in (("soluble", SOLUBLE), ("vesicle", PARTICLES)):
        out.append(
            f'<marker id="end-{name}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="9" markerHeight="9"'
            f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="{colour}"/></marker>'
        )
    return f"<defs>{''.join(out)}</defs>"


def _arrow(
    start: tuple[float, float], end: tuple[float, float], bend: float, colour: str, width: float, kind: str, words: str,
    label: str,
) -> str:  # fmt: skip
    """A curved arrow between two nodes (a loop where they are one), with a label at its middle."""
    a, b = np.array(start), np.array(end)
    if start == end:
        out = a - np.array([WIDTH, HEIGHT]) / 2
        out = out / (np.linalg.norm(out) or 1.0)
        side = np.array([-out[1], out[0]]) * np.sign(bend)
        first, last = a + RADIUS * (out * 0.8 + side * 0.6), a + RADIUS * (out * 0.2 + side * 1.05)
        middle = a + (RADIUS + 34) * out + 52 * side
    else:
        along = b - a
        middle = (a + b) / 2 + bend * np.array([-along[1], along[0]])
        first = a + (middle - a) / np.linalg.norm(middle - a) * (RADIUS + 3)
        last = b + (middle - b) / np.linalg.norm(middle - b) * (RADIUS + 5)
    label_at = 0.25 * first + 0.5 * middle + 0.25 * last
    path = f"M{first[0]:.1f},{first[1]:.1f} Q{middle[0]:.1f},{middle[1]:.1f} {last[0]:.1f},{last[1]:.1f}"
    halo = f'<text x="{label_at[0]:.1f}" y="{label_at[1] + 3:.1f}" font-size="10.5" text-anchor="middle"'
    return (
        f'<g data-source="{escape(words, quote=True)}" tabindex="0">'
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" opacity="0.8"'
        f' marker-end="url(#end-{kind})"/>'
        f'{halo} stroke="#fff" stroke-width="3.5" paint-order="stroke" fill="{SOFT_INK}">{escape(label)}</text></g>'
    )
