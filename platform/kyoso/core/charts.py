"""Pictures of numbers, drawn here: SVG that a page under strict CSP and a PDF both show as it is.

Only presentation attributes, no style. Every mark carries its number as a title, every series has
a pattern, a dash or a shape beside its colour, and the same numbers are there as a table: a
Figure keeps the two together, and components/chart.html shows them.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale
from kyoso.core.i18n import number as plain_number

#: The drawing is this wide in its own units: on the narrowest screen, text stays readable.
WIDTH = 300
FONT = 12
_LINE = 15
_PLOT = 190
_INK, _FAINT, _PAPER = "#1a1a1a", "#949494", "#ffffff"
#: Dark enough on white for a shape (3:1) and apart from each other; the pattern says the same.
COLOURS = ("#0017c1", "#197a4b", "#ac3e00", "#5c10be", "#00707f", "#927200", "#aa004c", "#4d4d4d")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "10 4", "4 2", "1 3", "12 3 3 3")
_PATTERNS = (
    "",
    "M0 6L6 0M-1 1L1 -1M5 7L7 5",
    "M0 3H6",
    "M3 0V6",
    "M0 0L6 6M-1 5L1 7M5 -1L7 1",
    "M0 3H6M3 0V6",
    "M2 2h2v2h-2z",
    "M0 0L6 6M0 6L6 0",
)

Say = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers with a name; None where there is none, and links where a mark leads on."""

    name: str
    values: Sequence[float | None]
    links: Sequence[str | None] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture together with the numbers it shows. In a template it is its picture."""

    title: str
    #: A label may hold a line break, which only the picture keeps.
    labels: Sequence[str]
    series: Sequence[Series]
    picture: Markup
    say: Say = field(repr=False)

    def __html__(self) -> str:
        """Return the picture."""
        return self.picture

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: each label, and the number of each series in words."""
        return [
            (
                label.replace("\n", ""),
                ["" if (v := s.values[place]) is None else self.say(v) for s in self.series],
            )
            for place, label in enumerate(self.labels)
        ]


def short_number(value: float) -> str:
    """Return a number as an axis says it: ``1,200万``, ``3億``, ``12M``."""
    steps = ((1e8, "億"), (1e4, "万")) if locale() == "ja" else ((1e6, "M"), (1e3, "k"))
    for size, word in steps:
        if abs(value) >= size:
            return f"{_round(value / size):,}{word}"
    return f"{_round(value):,}"


def _round(value: float) -> float | int:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


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
        found = [*tops, *lows, *_numbers([limit] if limit else [])]
    else:
        found = _numbers(shown)
    frame = _Frame(found, labels, say_short)
    chart = _Chart(title, description, shown, labels, say, key, frame)
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
                f'<path d="M{x:.1f} {frame.y(value):.1f}h{slot:.1f}" fill="none" stroke="{_INK}"'
                ' stroke-width="2.5" stroke-dasharray="7 3">'
            )
            chart.mark(step, "</path>", limit, label, place)
    chart.legend([_swatch_bar(chart, n) for n in range(len(series))], limit)
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
    frame = _Frame(_numbers(series), labels, say_short)
    chart = _Chart(title, description, series, labels, say, key, frame)
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
                f' stroke-linejoin="round"{_dash(order)}/>'
            )
        for place, label in enumerate(labels):
            value = one.values[place]
            if value is not None:
                marker = _marker(order, frame.middle(place), frame.y(value))
                chart.mark(marker, "</path>", one, label, place)
    chart.legend([_swatch_line(n) for n in range(len(series))], None)
    return chart.figure()


def _numbers(series: Sequence[Series]) -> list[float]:
    return [value for one in series for value in one.values if value is not None]


def _dash(order: int) -> str:
    dash = _DASHES[order % 8]
    return f' stroke-dasharray="{dash}"' if dash else ""


def _marker(order: int, x: float, y: float) -> str:
    shapes = (
        f"M{x - 4:.1f} {y:.1f}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        f"M{x - 4:.1f} {y - 4:.1f}h8v8h-8z",
        f"M{x:.1f} {y - 5:.1f}l5 9h-10z",
        f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z",
        f"M{x:.1f} {y + 5:.1f}l5 -9h-10z",
    )
    return (
        f'<path d="{shapes[order % 5]}" fill="{COLOURS[order % 8]}"'
        f' stroke="{_PAPER}" stroke-width="1">'
    )


def _swatch_bar(chart: _Chart, order: int) -> str:
    return (
        f'<rect x="0" y="-10" width="14" height="11" fill="{chart.fill(order)}"'
        f' stroke="{COLOURS[order % 8]}"/>'
    )


def _swatch_line(order: int) -> str:
    line = (
        f'<path d="M0 -4h14" fill="none" stroke="{COLOURS[order % 8]}"'
        f' stroke-width="2.5"{_dash(order)}/>'
    )
    return line + _marker(order, 7, -4) + "</path>"


def _wide(words: str) -> float:
    """Return about how wide words are, in the drawing's units."""
    return sum(FONT if unicodedata.east_asian_width(c) in "WFA" else FONT * 0.6 for c in words)


class _Frame:
    """The axes: where a number and a label stand."""

    def __init__(self, found: Sequence[float], labels: Sequence[str], say_short: Say) -> None:
        high, low = max([0.0, *found]), min([0.0, *found])
        step = _step(high - low)
        self.low = math.floor(low / step) * step
        self.high = max(math.ceil(high / step) * step, self.low + step)
        count = round((self.high - self.low) / step)
        self.ticks = [(value := self.low + n * step, say_short(value)) for n in range(count + 1)]
        self.left = max(_wide(words) for _value, words in self.ticks) + 8
        self.slot = (WIDTH - self.left - 4) / max(1, len(labels))

    def y(self, value: float) -> float:
        """Return how far down a number stands."""
        return 8 + _PLOT * (self.high - value) / (self.high - self.low)

    def middle(self, place: int) -> float:
        """Return how far right a label stands."""
        return self.left + (place + 0.5) * self.slot


def _step(span: float) -> float:
    """Return a round distance between about four lines."""
    if span <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(span / 4))
    return float(next(size * n for n in (1, 2, 2.5, 5, 10) if size * n * 4.001 >= span))


class _Chart:
    """A drawing in the making."""

    def __init__(
        self,
        title: str,
        description: str,
        series: Sequence[Series],
        labels: Sequence[str],
        say: Say,
        key: str,
        frame: _Frame,
    ) -> None:
        for one in series:
            if len(one.values) != len(labels):
                raise ValueError(f"{one.name}: {len(one.values)} numbers, {len(labels)} labels")
        self.title, self.description, self.series = title, description, series
        self.labels, self.say, self.frame = labels, say, frame
        said = repr((title, key, [(s.name, list(s.values)) for s in series], list(labels)))
        # An id of its own on a page, the same each time: what is sent again is alike.
        self.key = f"c{hashlib.sha256(said.encode()).hexdigest()[:10]}"
        self.linked = any(any(one.links) for one in series)
        self.parts: list[str] = []
        self.height: float = 8 + _PLOT
        self._axes()

    def add(self, part: str) -> None:
        """Draw something."""
        self.parts.append(part)

    def fill(self, order: int) -> str:
        """Return the paint of a series: its colour, or its pattern."""
        return COLOURS[0] if order % 8 == 0 else f"url(#{self.key}-p{order % 8})"

    def mark(self, start: str, end: str, one: Series, label: str, place: int) -> None:
        """Draw one number, which says itself to a pointer and, where it leads on, is a link."""
        value = one.values[place]
        words = f"{label.replace(chr(10), '')} {one.name} {self.say(value or 0)}"
        drawn = f"{start}<title>{escape(words)}</title>{end}"
        link = one.links[place] if place < len(one.links) else None
        if link:
            drawn = f'<a href="{escape(link)}" aria-label="{escape(words)}">{drawn}</a>'
        self.add(drawn)

    def _text(self, x: float, y: float, words: str, anchor: str = "start") -> None:
        self.add(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{escape(words)}'
            "</text>"
        )

    def _axes(self) -> None:
        for value, words in self.frame.ticks:
            y = self.frame.y(value)
            ink = _INK if value == 0 else _FAINT
            self.add(
                f'<path d="M{self.frame.left:.1f} {y:.1f}H{WIDTH}" stroke="{ink}"'
                f' stroke-width="{1 if value == 0 else 0.5}" fill="none"/>'
            )
            self._text(self.frame.left - 5, y + 4, words, "end")
        lines_of = [label.split("\n") for label in self.labels]
        widest = max([_wide(line) for lines in lines_of for line in lines] or [1.0])
        # Where there is no room for every label, every second or third is written.
        every = max(1, math.ceil((widest + 2) / self.frame.slot))
        deep = 0
        for place, lines in enumerate(lines_of):
            if place % every:
                continue
            for row, words in enumerate(lines):
                self._text(
                    self.frame.middle(place), self.height + 16 + row * _LINE, words, "middle"
                )
            deep = max(deep, len(lines))
        self.height += 10 + deep * _LINE

    def legend(self, swatches: Sequence[str], limit: Series | None) -> None:
        """Say below the picture which mark means what."""
        named = [*zip(swatches, self.series, strict=False)]
        if limit:
            named.append(
                (
                    f'<path d="M0 -4h16" stroke="{_INK}" stroke-width="2.5"'
                    ' stroke-dasharray="7 3" fill="none"/>',
                    limit,
                )
            )
        x, y = 4.0, self.height + 18
        for swatch, one in named:
            words = one.name
            while _wide(words) > WIDTH - 30 and len(words) > 2:
                words = f"{words[:-2]}…"
            if x > 4 and x + 22 + _wide(words) > WIDTH:
                x, y = 4.0, y + 18
            self.add(f'<g transform="translate({x:.1f} {y:.1f})">{swatch}</g>')
            self._text(x + 20, y, words)
            x += 34 + _wide(words)
        self.height = y + 8

    def figure(self) -> Figure:
        """Return the picture with its numbers."""
        used = range(1, min(8, len(self.series)))
        patterns = "".join(
            f'<pattern id="{self.key}-p{n}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{COLOURS[n]}" fill-opacity="0.25"/>'
            f'<path d="{_PATTERNS[n]}" stroke="{COLOURS[n]}" stroke-width="1.5" fill="none"/>'
            "</pattern>"
            for n in used
        )
        # A picture with links is no single image: what is in it can be reached.
        role = "group" if self.linked else "img"
        height = math.ceil(self.height)
        picture = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            f' width="{round(WIDTH * 1.6)}" height="{round(height * 1.6)}" role="{role}"'
            f' aria-labelledby="{self.key}-t {self.key}-d" font-size="{FONT}"'
            ' font-family="BIZ UDPGothic, Noto Sans JP, Noto Sans CJK JP, sans-serif">'
            f'<title id="{self.key}-t">{escape(self.title)}</title>'
            f'<desc id="{self.key}-d">{escape(self.description or self._described())}</desc>'
            f"<defs>{patterns}</defs>"
            f'<rect width="{WIDTH}" height="{height}" fill="{_PAPER}"/>'
            f"{''.join(self.parts)}</svg>"
        )
        # Every word in it went through escape().
        return Figure(self.title, self.labels, self.series, Markup(picture), self.say)  # noqa: S704

    def _described(self) -> str:
        names = _("、").join(one.name for one in self.series)
        return _("%(names)s。数字は下の表にあります。", names=names)
