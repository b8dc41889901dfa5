"""Pictures of numbers, drawn here: SVG that a page under strict CSP and a PDF both show as it is.

Only presentation attributes, no style. Every mark carries its number as a title, every series has
a pattern, a dash or a shape beside its colour, and the same numbers are there as a table: a
Figure keeps the two together, and components/chart.html shows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from kyoso.core.drawing import COLOURS as COLOURS
from kyoso.core.drawing import FONT as FONT
from kyoso.core.drawing import (
    INK,
    SWATCH_LIMIT,
    Chart,
    Frame,
    Say,
    dash,
    marker,
    numbers_of,
    swatch_bar,
    swatch_line,
)
from kyoso.core.drawing import WIDTH as WIDTH
from kyoso.core.drawing import Figure as Figure
from kyoso.core.drawing import Series as Series
from kyoso.core.drawing import short_number as short_number
from kyoso.core.i18n import number as plain_number


def bars(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    title: str,
    description: str = "",
    stacked: bool = False,
    limit: Series | None = None,
    say: Say = plain_number,
    say_short: Say = short_number,
    key: str = "",
) -> Figure:
    """Draw bars, side by side or `stacked`; `limit` is a dashed line of what should not be passed.

    What is below zero goes down from the axis. `key` tells two equal pictures of a page apart.
    """
    shown = [*series, limit] if limit else list(series)
    if stacked:
        tops = [sum(v for s in series if (v := s.values[n]) and v > 0) for n in range(len(labels))]
        lows = [sum(v for s in series if (v := s.values[n]) and v < 0) for n in range(len(labels))]
        found = [*tops, *lows, *numbers_of([limit] if limit else [])]
    else:
        found = numbers_of(shown)
    frame = Frame(found, labels, say_short)
    chart = Chart(title, description, shown, labels, say, key, frame)
    slot = frame.slot
    for place, label in enumerate(labels):
        left = frame.left + place * slot
        up = down = 0.0
        for order, one in enumerate(series):
            value = one.values[place]
            if value is None:
                continue
            if stacked:
                base = up if value >= 0 else down
                x, width = left + slot * 0.15, slot * 0.7
                up, down = (up + value, down) if value >= 0 else (up, down + value)
            else:
                base, width = 0.0, slot * 0.8 / len(series)
                x = left + slot * 0.1 + order * width
            y1, y2 = frame.y(base), frame.y(base + value)
            rect = (
                f'<rect x="{x:.1f}" y="{min(y1, y2):.1f}" width="{max(width, 1):.1f}"'
                f' height="{abs(y1 - y2):.1f}" fill="{chart.fill(order)}"'
                f' stroke="{COLOURS[order % 8]}" stroke-width="1">'
            )
            chart.mark(rect, "</rect>", one, label, place)
    if limit:
        for place, label in enumerate(labels):
            value = limit.values[place]
            if value is None:
                continue
            x = frame.left + place * slot
            step = (
                f'<path d="M{x:.1f} {frame.y(value):.1f}h{slot:.1f}" fill="none" stroke="{INK}"'
                ' stroke-width="2.5" stroke-dasharray="7 3">'
            )
            chart.mark(step, "</path>", limit, label, place)
    named = [(swatch_bar(chart, n), one.name) for n, one in enumerate(series)]
    chart.legend([*named, *([(SWATCH_LIMIT, limit.name)] if limit else [])])
    return chart.figure()


def lines(
    series: Sequence[Series],
    labels: Sequence[str],
    *,
    title: str,
    description: str = "",
    say: Say = plain_number,
    say_short: Say = short_number,
    key: str = "",
) -> Figure:
    """Draw lines with a marker at each number; a number that is missing leaves a gap."""
    frame = Frame(numbers_of(series), labels, say_short)
    chart = Chart(title, description, series, labels, say, key, frame)
    for order, one in enumerate(series):
        colour = COLOURS[order % 8]
        path, open_line = "", False
        for place in range(len(labels)):
            value = one.values[place]
            if value is None:
                open_line = False
                continue
            path += f"{'L' if open_line else 'M'}{frame.middle(place):.1f} {frame.y(value):.1f}"
            open_line = True
        if path:
            chart.add(
                f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.5"'
                f' stroke-linejoin="round"{dash(order)}/>'
            )
        for place, label in enumerate(labels):
            value = one.values[place]
            if value is not None:
                drawn = marker(order, frame.middle(place), frame.y(value))
                chart.mark(drawn, "</path>", one, label, place)
    chart.legend([(swatch_line(n), one.name) for n, one in enumerate(series)])
    return chart.figure()
