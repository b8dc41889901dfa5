"""What the pictures of numbers are drawn with: figures, axes, marks, patterns. See charts."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import locale

#: The drawing is this wide in its own units: on the narrowest screen, text stays readable.
WIDTH = 300
FONT = 12
LINE = 15
PLOT = 190
INK, FAINT, PAPER = "#1a1a1a", "#949494", "#ffffff"
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
    #: What is said of each where that is more than its number: 「3件中2件」, 「未提出」.
    words: Sequence[str] = ()

    def said(self, place: int, say: Say) -> str:
        """Return one number in words; none of a number that is missing."""
        if self.words:
            return self.words[place]
        value = self.values[place]
        return "" if value is None else say(value)


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
                [one.said(place, self.say) for one in self.series],
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


def numbers_of(series: Sequence[Series]) -> list[float]:
    """Return every number that there is."""
    return [value for one in series for value in one.values if value is not None]


def dash(order: int) -> str:
    """Return the attribute that tells a series' line from the others."""
    dashes = _DASHES[order % 8]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def marker(order: int, x: float, y: float, half: float = 4) -> str:
    """Return the beginning of a series' mark at a number, `half` as wide to each side."""
    a, b = half, half * 1.25
    shapes = (
        f"M{x - a:.1f} {y:.1f}a{a:g} {a:g} 0 1 0 {2 * a:g} 0a{a:g} {a:g} 0 1 0 {-2 * a:g} 0z",
        f"M{x - a:.1f} {y - a:.1f}h{2 * a:g}v{2 * a:g}h{-2 * a:g}z",
        f"M{x:.1f} {y - b:.1f}l{b:g} {a + b:g}h{-2 * b:g}z",
        f"M{x:.1f} {y - b:.1f}l{b:g} {b:g}l{-b:g} {b:g}l{-b:g} {-b:g}z",
        f"M{x:.1f} {y + b:.1f}l{b:g} {-a - b:g}h{-2 * b:g}z",
    )
    return (
        f'<path d="{shapes[order % 5]}" fill="{COLOURS[order % 8]}"'
        f' stroke="{PAPER}" stroke-width="1">'
    )


def swatch_bar(chart: Chart, order: int) -> str:
    """Return what stands for a series of bars in the legend."""
    return (
        f'<rect x="0" y="-10" width="14" height="11" fill="{chart.fill(order)}"'
        f' stroke="{COLOURS[order % 8]}"/>'
    )


def swatch_line(order: int) -> str:
    """Return what stands for a series' line in the legend."""
    line = (
        f'<path d="M0 -4h14" fill="none" stroke="{COLOURS[order % 8]}"'
        f' stroke-width="2.5"{dash(order)}/>'
    )
    return line + marker(order, 7, -4) + "</path>"


#: What stands for a line that should be reached, or not be passed.
SWATCH_LIMIT = (
    f'<path d="M0 -4h16" stroke="{INK}" stroke-width="2.5" stroke-dasharray="7 3" fill="none"/>'
)


def wide(words: str) -> float:
    """Return about how wide words are, in the drawing's units."""
    return sum(FONT if unicodedata.east_asian_width(c) in "WFA" else FONT * 0.6 for c in words)


def fitted(words: str, room: float) -> str:
    """Return words cut so that they fit."""
    while wide(words) > room and len(words) > 2:
        words = f"{words[:-2]}…"
    return words


def key_of(*said: object) -> str:
    """Return an id of its own on a page for what is said, the same each time.

    What is sent again is alike.
    """
    return f"c{hashlib.sha256(repr(said).encode()).hexdigest()[:10]}"


def said_mark(start: str, end: str, words: str, link: str | None = None) -> str:
    """Return a mark that says itself to a pointer and, where it leads on, is a link."""
    drawn = f"{start}<title>{escape(words)}</title>{end}"
    if link:
        drawn = f'<a href="{escape(link)}" aria-label="{escape(words)}">{drawn}</a>'
    return drawn


def svg(
    key: str,
    named: tuple[str, str],
    *parts: str,
    size: tuple[float, float],
    linked: bool = False,
    scale: float = 1.6,
) -> Markup:
    """Return a picture: its title and description, what is drawn, and its size.

    Every word in the parts must have gone through escape().
    """
    width, height = round(size[0]), math.ceil(size[1])
    # A picture with links is no single image: what is in it can be reached.
    role = "group" if linked else "img"
    title, description = named
    return Markup(  # noqa: S704 (as said above)
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{round(width * scale)}" height="{round(height * scale)}" role="{role}"'
        f' aria-labelledby="{key}-t {key}-d" font-size="{FONT}"'
        ' font-family="BIZ UDPGothic, Noto Sans JP, Noto Sans CJK JP, sans-serif">'
        f'<title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>'
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
        f"{''.join(parts)}</svg>"
    )


class Frame:
    """The axes: where a number and a label stand."""

    def __init__(
        self, found: Sequence[float], labels: Sequence[str], say_short: Say, top: float = 8
    ) -> None:
        self.top = top
        high, low = max([0.0, *found]), min([0.0, *found])
        step = _step(high - low)
        self.low = math.floor(low / step) * step
        self.high = max(math.ceil(high / step) * step, self.low + step)
        count = round((self.high - self.low) / step)
        self.ticks = [(value := self.low + n * step, say_short(value)) for n in range(count + 1)]
        self.left = max(wide(words) for _value, words in self.ticks) + 8
        self.slot = (WIDTH - self.left - 4) / max(1, len(labels))

    def y(self, value: float) -> float:
        """Return how far down a number stands."""
        return self.top + PLOT * (self.high - value) / (self.high - self.low)

    def middle(self, place: int) -> float:
        """Return how far right a label stands."""
        return self.left + (place + 0.5) * self.slot


def _step(span: float) -> float:
    """Return a round distance between about four lines."""
    if span <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(span / 4))
    return float(next(size * n for n in (1, 2, 2.5, 5, 10) if size * n * 4.001 >= span))


class Chart:
    """A drawing in the making."""

    def __init__(
        self,
        title: str,
        description: str,
        series: Sequence[Series],
        labels: Sequence[str],
        say: Say,
        key: str,
        frame: Frame,
        ticks: Sequence[tuple[int, str]] | None = None,
    ) -> None:
        for one in series:
            if len(one.values) != len(labels):
                raise ValueError(f"{one.name}: {len(one.values)} numbers, {len(labels)} labels")
        self.title, self.description, self.series = title, description, series
        self.labels, self.say, self.frame = labels, say, frame
        self.key = key_of(title, key, [(s.name, list(s.values)) for s in series], list(labels))
        self.linked = any(any(one.links) for one in series)
        self.parts: list[str] = []
        self.height: float = frame.top + PLOT
        self._lines()
        if ticks is None:
            self._labels()
        else:
            self._ticks(ticks)

    def add(self, part: str) -> None:
        """Draw something."""
        self.parts.append(part)

    def fill(self, order: int) -> str:
        """Return the paint of a series: its colour, or its pattern."""
        return COLOURS[0] if order % 8 == 0 else f"url(#{self.key}-p{order % 8})"

    def mark(self, start: str, end: str, one: Series, label: str, place: int) -> None:
        """Draw one number, which says itself to a pointer and, where it leads on, is a link."""
        words = f"{label.replace(chr(10), '')} {one.name} {one.said(place, self.say)}"
        link = one.links[place] if place < len(one.links) else None
        self.add(said_mark(start, end, words, link))

    def text(self, x: float, y: float, words: str, anchor: str = "start") -> None:
        """Write words."""
        self.add(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(words)}'
            "</text>"
        )

    def _lines(self) -> None:
        for value, words in self.frame.ticks:
            y = self.frame.y(value)
            ink = INK if value == 0 else FAINT
            self.add(
                f'<path d="M{self.frame.left:.1f} {y:.1f}H{WIDTH}" stroke="{ink}"'
                f' stroke-width="{1 if value == 0 else 0.5}" fill="none"/>'
            )
            self.text(self.frame.left - 5, y + 4, words, "end")

    def _ticks(self, ticks: Sequence[tuple[int, str]]) -> None:
        """Write words below some of the places only: the years of many months."""
        for place, words in ticks:
            x = self.frame.left + place * self.frame.slot
            self.add(f'<path d="M{x:.1f} {self.height:.1f}v5" stroke="{INK}" fill="none"/>')
            self.text(min(x, WIDTH - wide(words)), self.height + 17, words)
        self.height += 10 + LINE

    def _labels(self) -> None:
        lines_of = [label.split("\n") for label in self.labels]
        widest = max([wide(line) for lines in lines_of for line in lines] or [1.0])
        # Where there is no room for every label, every second or third is written.
        every = max(1, math.ceil((widest + 2) / self.frame.slot))
        deep = 0
        for place, lines in enumerate(lines_of):
            if place % every:
                continue
            for row, words in enumerate(lines):
                self.text(self.frame.middle(place), self.height + 16 + row * LINE, words, "middle")
            deep = max(deep, len(lines))
        self.height += 10 + deep * LINE

    def legend(self, named: Sequence[tuple[str, str]]) -> None:
        """Say below the picture which mark means what: each swatch and its words."""
        x, y = 4.0, self.height + 18
        for swatch, name in named:
            words = fitted(name, WIDTH - 30)
            if x > 4 and x + 22 + wide(words) > WIDTH:
                x, y = 4.0, y + 18
            self.add(f'<g transform="translate({x:.1f} {y:.1f})">{swatch}</g>')
            self.text(x + 20, y, words)
            x += 34 + wide(words)
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
        picture = svg(
            self.key,
            (self.title, self.description or self._described()),
            f"<defs>{patterns}</defs>",
            *self.parts,
            size=(WIDTH, self.height),
            linked=self.linked,
        )
        return Figure(self.title, self.labels, self.series, picture, self.say)

    def _described(self) -> str:
        names = _("、").join(one.name for one in self.series)
        return _("%(names)s。数字は下の表にあります。", names=names)
