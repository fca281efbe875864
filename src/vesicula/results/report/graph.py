"""The communication graphs: cell types as nodes, soluble factors or vesicles as arrows."""

from __future__ import annotations

import math
from collections import defaultdict
from html import escape

import numpy as np

from vesicula.results.bundle import Bundle
from vesicula.results.description import RunDescription
from vesicula.results.messages import talk
from vesicula.results.palette import CELL_HUES, INK
from vesicula.results.report.charts import PARTICLES, svg
from vesicula.results.report.lettering import LEADING, kept_inside, text, wrapped
from vesicula.results.wording import number

SOLUBLE = "#7d8896"
WIDTH, HEIGHT, RADIUS = 600.0, 470.0, 24.0
BEND, LABELLED, NAME_ROOM = 0.13, 8, 190.0
ADDED = " (added)"  # behind the name of a preparation
Point = tuple[float, float]


def delivered(description: RunDescription, records: list[Bundle], arm: str) -> dict[tuple[str, str, str], float]:
    """Median particles delivered by (donor, recipient, population) in one arm; donor `added` for preparations."""
    table = talk(description, records)
    mine = table[table["arm"] == arm].groupby(["donor", "recipient", "vesicle", "replicate"])["delivered"].sum()
    return {key: float(v) for key, v in mine.groupby(level=[0, 1, 2]).median().items()}  # type: ignore[misc]


def _places(names: list[str]) -> dict[str, Point]:
    turn = 2 * math.pi / max(1, len(names))
    return {
        name: (WIDTH / 2 + 200 * math.sin(turn * i), HEIGHT / 2 - 165 * math.cos(turn * i))
        for i, name in enumerate(names)
    }


def soluble_graph(description: RunDescription) -> str:
    """Who secretes what, and who reads it."""
    place = _places([t.name for t in description.labels.types])
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for link in description.links:
        if link.donor in place and link.recipient in place:
            found[link.donor, link.recipient].append(link.substance)
    arrows = []
    for (donor, recipient), substances in found.items():
        words = f"{donor} → {recipient}: {', '.join(substances)}. Source: secretion, rules and edges of the model"
        label = ", ".join(substances[:2]) + (f" and {len(substances) - 2} more" if len(substances) > 2 else "")
        width = 1.2 + 0.5 * len(substances)
        arrows.append(_arrow(place, donor, recipient, SOLUBLE, width, "soluble", words, label))
    return _graph(place, arrows, "soluble", SOLUBLE)


def vesicle_graph(description: RunDescription, particles: dict[tuple[str, str, str], float]) -> str:
    """Particles delivered from donors to recipients; the largest numbers are written, all are told on hover."""
    names = [t.name for t in description.labels.types]
    classes = {p.name: p.vesicle for p in description.labels.populations}
    messages: dict[tuple[str, str], float] = defaultdict(float)
    for (donor, recipient, population), count in particles.items():
        if count > 0:
            messages[f"{classes[population]}{ADDED}" if donor == "added" else donor, recipient] += count
    place = _places([*names, *dict.fromkeys(donor for donor, _ in messages if donor not in names)])
    top = max(messages.values(), default=1.0)
    arrows = []
    for rank, ((donor, recipient), count) in enumerate(sorted(messages.items(), key=lambda item: -item[1])):
        width = 1.0 + 5.5 * math.sqrt(count / top)
        words = f"{donor} → {recipient}: {number(count)} particles delivered. Source: ledger.parquet, talk"
        label = f"{number(count)} EV" if rank < LABELLED else ""
        arrows.append(_arrow(place, donor, recipient, PARTICLES, width, "vesicle", words, label))
    return _graph(place, arrows, "vesicle", PARTICLES)


def _graph(place: dict[str, Point], arrows: list[tuple[str, str]], kind: str, colour: str) -> str:
    marker = (
        f'<defs><marker id="end-{kind}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="9" markerHeight="9"'
        f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="{colour}"/></marker></defs>'
    )
    parts = [marker, *(arrow for arrow, _ in arrows)]
    for i, (name, (x, y)) in enumerate(place.items()):
        hue = INK if name.endswith(ADDED) else CELL_HUES[i % len(CELL_HUES)]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{hue}" stroke="#fff" stroke-width="3"/>')
    parts += [label for _, label in arrows]
    for name, (x, y) in place.items():
        below = y > HEIGHT / 2 + 1
        lines = wrapped(name, NAME_ROOM, 13.5, 600)
        start = y + (RADIUS + 17 if below else -RADIUS - 9 - LEADING * 13.5 * (len(lines) - 1))
        parts += [_halo(x, start + LEADING * 13.5 * k, words, 13.5, INK, 600) for k, words in enumerate(lines)]
    return svg(WIDTH, HEIGHT, parts, f"{kind} messages between cells")


def _halo(x: float, y: float, words: str, size: float, colour: str, weight: int = 400) -> str:
    x, y = kept_inside(x, words, size, "middle", WIDTH - 4, weight), min(max(y, size), HEIGHT - 4)
    plain = text(x, y, words, size=size, anchor="middle", colour=colour, weight=weight)
    return plain.replace("<text ", '<text stroke="#fff" stroke-width="3.5" paint-order="stroke" ', 1)


def _arrow(
    place: dict[str, Point], donor: str, recipient: str, colour: str, width: float, kind: str, words: str, label: str
) -> tuple[str, str]:
    """A curved arrow between two nodes (a loop where they are one), and its label beside the donor's end."""
    a, b = np.array(place[donor]), np.array(place[recipient])
    if donor == recipient:
        out = a - np.array([WIDTH, HEIGHT]) / 2
        out = out / (np.linalg.norm(out) or 1.0)
        side = np.array([-out[1], out[0]])
        first, last = a + RADIUS * (0.35 * out - 1.1 * side), a + RADIUS * (0.5 * out + 1.15 * side)
        path = "C" + " ".join(
            f"{p[0]:.1f},{p[1]:.1f}" for p in (a + 74 * out - 62 * side, a + 74 * out + 62 * side, last)
        )
        at = a + 62 * out
    else:
        along = b - a
        middle = (a + b) / 2 + BEND * np.array([-along[1], along[0]])
        first = a + (middle - a) / np.linalg.norm(middle - a) * (RADIUS + 2)
        last = b + (middle - b) / np.linalg.norm(middle - b) * (RADIUS + 5)
        path = f"Q{middle[0]:.1f},{middle[1]:.1f} {last[0]:.1f},{last[1]:.1f}"
        at = 0.36 * first + 0.48 * middle + 0.16 * last
    source = f'data-source="{escape(words, quote=True)}" tabindex="0"'
    arrow = (
        f'<path {source} d="M{first[0]:.1f},{first[1]:.1f} {path}" fill="none" stroke="{colour}"'
        f' stroke-width="{width:.1f}" opacity="0.75" marker-end="url(#end-{kind})"/>'
    )
    return arrow, _halo(at[0], at[1] + 3, label, 11, INK) if label else ""
