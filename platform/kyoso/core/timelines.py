"""One number over many months: a line that says where it is broken, and what happened meanwhile.

As in `charts`: presentation attributes only, a title on each mark, the same numbers as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from kyoso.core.drawing import (
    COLOURS,
    FAINT,
    INK,
    PLOT,
    SWATCH_LIMIT,
    Chart,
    Figure,
    Frame,
    Say,
    Series,
    dash,
    fitted,
    marker,
    numbers_of,
    said_mark,
    short_number,
    swatch_line,
)
from kyoso.core.i18n import number as plain_number

#: How much stands above the line for the signs of notes, and how tall the strip below is.
_FLAGS, _STRIP = 18, 18


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that happened: where it stands, what is written there, what it means."""

    place: int
    sign: str
    words: str


def timeline(
    series: Series,
    labels: Sequence[str],
    *,
    title: str,
    ticks: Sequence[tuple[int, str]],
    description: str = "",
    breaks: Sequence[Sign] = (),
    notes: Sequence[Sign] = (),
    limit: Series | None = None,
    strip: Series | None = None,
    say: Say = plain_number,
    say_short: Say = short_number,
    key: str = "",
) -> Figure:
    """Draw a line over months; a number that is missing leaves a gap.

    `ticks` are the words below some of the places. At a break the line ends and another one
    begins, with another dash and mark. `limit` is what is aimed at, `strip` a hint below the
    line: of how many the number is made.
    """
    shown = [series, *(one for one in (limit, strip) if one)]
    frame = Frame(numbers_of([series, *([limit] if limit else [])]), labels, say_short, 8 + _FLAGS)
    chart = Chart(title, description, shown, labels, say, key, frame, ticks)
    for order, sign in enumerate([*breaks, *notes]):
        _stand(chart, sign, dashed=order < len(breaks))
    if limit:
        _limit(chart, limit)
    _line(chart, series, [sign.place for sign in breaks])
    if strip:
        _strip(chart, strip)
    named = [(swatch_line(0), series.name)]
    named += [(swatch_line(order), sign.words) for order, sign in enumerate(breaks, 1)]
    chart.legend([*named, *([(SWATCH_LIMIT, limit.name)] if limit else [])])
    return chart.figure()


def _stand(chart: Chart, sign: Sign, *, dashed: bool) -> None:
    """Draw a line from top to bottom, before the place of a break or through that of a note."""
    frame = chart.frame
    x = frame.left + sign.place * frame.slot if dashed else frame.middle(sign.place)
    dashes = ' stroke-dasharray="3 3"' if dashed else ""
    words = escape(sign.sign)
    chart.add(
        said_mark(
            f'<g><path d="M{x:.1f} {frame.top - 3:.1f}V{frame.top + PLOT:.1f}" stroke="{INK}"'
            f' stroke-width="{1.5 if dashed else 0.75}" fill="none"{dashes}/>'
            f'<text x="{x:.1f}" y="{frame.top - 7:.1f}" text-anchor="middle" fill="{INK}">'
            f"{words}</text>",
            "</g>",
            sign.words,
        )
    )


def _limit(chart: Chart, limit: Series) -> None:
    frame = chart.frame
    for place, label in enumerate(chart.labels):
        value = limit.values[place]
        if value is not None:
            x = frame.left + place * frame.slot
            step = (
                f'<path d="M{x:.1f} {frame.y(value):.1f}h{frame.slot:.1f}" fill="none"'
                f' stroke="{INK}" stroke-width="2" stroke-dasharray="7 3">'
            )
            chart.mark(step, "</path>", limit, label, place)


def _line(chart: Chart, series: Series, breaks: Sequence[int]) -> None:
    frame = chart.frame
    paths = [""] * (len(breaks) + 1)
    half = min(4.0, max(1.5, frame.slot * 0.42))
    open_line, marks = False, []
    for place, label in enumerate(chart.labels):
        value = series.values[place]
        open_line = open_line and place not in breaks
        if value is None:
            open_line = False
            continue
        order = sum(one <= place for one in breaks)
        x, y = frame.middle(place), frame.y(value)
        paths[order] += f"{'L' if open_line else 'M'}{x:.1f} {y:.1f}"
        open_line = True
        marks.append((order, x, y, label, place))
    for order, path in enumerate(paths):
        if path:
            chart.add(
                f'<path d="{path}" fill="none" stroke="{COLOURS[order % 8]}" stroke-width="2"'
                f' stroke-linejoin="round"{dash(order)}/>'
            )
    for order, x, y, label, place in marks:
        chart.mark(marker(order, x, y, half), "</path>", series, label, place)


def _strip(chart: Chart, strip: Series) -> None:
    """Draw small bars below the line, with what they are in words."""
    frame, top = chart.frame, chart.height + 22
    chart.text(4, top, fitted(strip.name, 280))
    high = max([1.0, *numbers_of([strip])])
    for place, label in enumerate(chart.labels):
        value = strip.values[place]
        if value is not None:
            tall = max(1.0, _STRIP * value / high)
            bar = (
                f'<rect x="{frame.left + place * frame.slot:.1f}" fill="{FAINT}"'
                f' y="{top + 5 + _STRIP - tall:.1f}" width="{max(0.8, frame.slot * 0.8):.1f}"'
                f' height="{tall:.1f}">'
            )
            chart.mark(bar, "</rect>", strip, label, place)
    base = top + 5 + _STRIP
    chart.add(f'<path d="M{frame.left:.1f} {base:.1f}H296" stroke="{INK}" fill="none"/>')
    chart.height = base + 4
