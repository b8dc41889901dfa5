"""What goes from one to another: a matrix of circles; and what is left at each step: a funnel.

As in `charts`: presentation attributes only, a title on each mark, the same numbers as a table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from kyoso.core.drawing import (
    COLOURS,
    FAINT,
    FONT,
    INK,
    WIDTH,
    Figure,
    Say,
    Series,
    fitted,
    key_of,
    said_mark,
    svg,
    wide,
)
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import number as plain_number

_HEAD, _ROW = 24, 16
_TINT = "#c5d7fb"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a funnel: what is left there, and what part of the step before that is."""

    name: str
    #: None where nothing was said.
    value: float | None
    words: str
    #: Such as 「提案の40%」.
    share: str = ""
    link: str = ""


def matrix(
    names: Sequence[str],
    cells: Mapping[tuple[int, int], float],
    *,
    title: str,
    description: str,
    name: str,
    sides: str,
    say: Say = plain_number,
    key: str = "",
) -> Figure:
    """Draw a circle for each pair of which something went from the one to the other.

    `name` is what goes, `sides` says what rows and columns are. The table has a line for each
    pair, in the order of the names.
    """
    found = {pair: cells[pair] for pair in sorted(cells) if cells[pair]}
    labels = [f"{names[source]} → {names[target]}" for source, target in found]
    series = Series(name, list(found.values()))
    figures = len(str(len(names)))
    left = min(112.0, max([wide(one) for one in names] or [0.0]) + figures * 8 + 10)
    side = (WIDTH - left - 2) / max(1, len(names))
    side, tall = min(side, 34.0), max(min(side, 34.0), _ROW)
    base = _HEAD + len(names) * tall
    parts = [
        f'<text x="2" y="14" fill="{INK}">{escape(fitted(sides, 296))}</text>',
    ]
    every = max(1, math.ceil((figures * 8 + 3) / side))
    for place, one in enumerate(names):
        y = _HEAD + (place + 0.5) * tall
        words = fitted(f"{place + 1} {one}", left - 4)
        parts.append(f'<text x="2" y="{y + 4:.1f}" fill="{INK}">{escape(words)}</text>')
        x = left + place * side
        if place % every == 0:
            parts.append(
                f'<text x="{x + side / 2:.1f}" y="{base + 14:.1f}" text-anchor="middle"'
                f' fill="{INK}">{place + 1}</text>'
            )
        parts.append(
            f'<rect x="{x:.1f}" y="{_HEAD + place * tall:.1f}" width="{side:.1f}"'
            f' height="{tall:.1f}" fill="#e6e6e6"/>'
        )
    for place in range(len(names) + 1):
        x, y = left + place * side, _HEAD + place * tall
        parts.append(
            f'<path d="M{x:.1f} {_HEAD}V{base:.1f}M{left:.1f} {y:.1f}'
            f'H{left + len(names) * side:.1f}" stroke="{FAINT}" stroke-width="0.4" fill="none"/>'
        )
    most = max([abs(value) for value in found.values()] or [1.0])
    for label, ((source, target), value) in zip(labels, found.items(), strict=True):
        x, y = left + (target + 0.5) * side, _HEAD + (source + 0.5) * tall
        radius = max(1.5, math.sqrt(abs(value) / most) * min(side, tall) * 0.47)
        circle = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_TINT}"'
            f' stroke="{COLOURS[0]}" stroke-width="1.2">'
        )
        parts.append(said_mark(circle, "</circle>", f"{label} {name} {say(value)}"))
        written = plain_number(round(value))
        if wide(written) <= 2 * radius - 2:
            parts.append(
                f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="{INK}"'
                f' pointer-events="none">{escape(written)}</text>'
            )
    picture = svg(
        key_of(title, key, list(names), list(found.items())),
        (title, f"{description} {_('数字は下の表にあります。')}"),
        *parts,
        size=(WIDTH, base + FONT + 10),
    )
    return Figure(title, labels, [series], picture, say)


def funnel(
    stages: Sequence[Stage],
    *,
    title: str,
    description: str,
    name: str,
    missing: str,
    key: str = "",
) -> Figure:
    """Draw what is left at each step, as wide as it is many; `missing` is said of a step unsaid."""
    most = max([stage.value or 0 for stage in stages] or [0]) or 1
    parts, y = [], 4.0
    for stage in stages:
        words = f"{stage.name} {stage.words}"
        head = f"{words}　{stage.share}" if stage.share else words
        text = f'<text x="{WIDTH / 2}" y="{y + 14:.1f}" text-anchor="middle" fill="{INK}">'
        said = f"{text}{escape(fitted(head, WIDTH - 8))}</text>"
        if stage.link:
            label = escape(head)
            said = f'<a href="{escape(stage.link)}" aria-label="{label}">{said}</a>'
        parts.append(said)
        width = max(2.0, (WIDTH - 8) * (stage.value or 0) / most)
        paint = f'fill="{COLOURS[0]}"'
        if stage.value is None:
            width, paint = 60.0, f'fill="none" stroke="{INK}" stroke-dasharray="3 2"'
        rect = (
            f'<rect x="{(WIDTH - width) / 2:.1f}" y="{y + 20:.1f}" width="{width:.1f}" height="18"'
            f" {paint}>"
        )
        parts.append(said_mark(rect, "</rect>", f"{stage.name} {name} {stage.words}"))
        y += 48
    series = Series(
        name,
        [stage.value for stage in stages],
        words=[stage.words or missing for stage in stages],
    )
    picture = svg(
        key_of(title, key, [(stage.name, stage.words) for stage in stages]),
        (title, f"{description} {_('数字は下の表にあります。')}"),
        *parts,
        size=(WIDTH, y),
        linked=any(stage.link for stage in stages),
    )
    return Figure(title, [stage.name for stage in stages], [series], picture, plain_number)
