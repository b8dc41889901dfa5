"""Pictures of who stands where, drawn here: SVG for a page under strict CSP, for a file, for a PDF.

A stack of boxes from the top down, and under it branches in columns, each box with those below it.
As in `charts`: presentation attributes only, dark on light, a shape and a word beside each other,
a title on every mark. The same things always give the same picture.
"""

from __future__ import annotations

import enum
import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 720
_INK, _SOFT, _PAPER, _TINT = "#1a1a1a", "#4d4d4d", "#ffffff", "#e8f1fe"
_TITLE, _WORDS, _NOTE = 14, 13, 11
_GAP, _PAD = 14, 9
_COLUMNS = 3
_STACK_WIDTH = 320
#: How far a box stands right of the line that leads to it.
_STEP = 16


#: What no line begins with.
_NOT_FIRST = "、。・）」ーぁぃぅぇぉっゃゅょァィゥェォッャュョ "


class Shape(enum.StrEnum):
    """What stands before a line of words."""

    DOT = "dot"
    DIAMOND = "diamond"
    SQUARE = "square"


_DRAWN = {
    Shape.DOT: '<circle cx="5" cy="-4.5" r="4" fill="#1a1a1a"/>',
    Shape.DIAMOND: (
        '<path d="M5 -10.5l5.5 6l-5.5 6l-5.5 -6z" fill="#ffffff" stroke="#1a1a1a"'
        ' stroke-width="1.8"/>'
    ),
    Shape.SQUARE: (
        '<path d="M0 -9.5h10v10h-10z" fill="#ffffff" stroke="#1a1a1a" stroke-width="1.8"/>'
        '<path d="M2.5 -7h5v5h-5z" fill="#1a1a1a"/>'
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line in a box, what is said of it in small, and its shape."""

    words: str
    note: str = ""
    shape: Shape | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A titled box, and those that stand below it."""

    title: str
    entries: Sequence[Entry] = ()
    #: Nobody is in it: its outline is dashed, and this says so.
    empty: str = ""
    link: str = ""
    below: Sequence[Box] = ()


def wrap(words: str, size: float, width: float) -> list[str]:
    """Return words in lines that fit a width; no line begins with what may not begin one."""
    lines, line = [], ""
    for character in words:
        if line and wide(line + character, size) > width:
            cut = _cut(line, character)
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
        line += character
    return [*lines, line.strip()]


def _cut(line: str, following: str) -> int:
    """Return where to break a full line: not inside a number or a word, not before a mark."""
    for cut in range(len(line), 0, -1):
        before, after = line[cut - 1], (line + following)[cut]
        in_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
        if not in_word and after not in _NOT_FIRST and before not in "（「":
            return cut
    return len(line)


def wide(words: str, size: float) -> float:
    """Return about how wide words are."""
    return sum(
        size if unicodedata.east_asian_width(character) in "WFA" else size * 0.6
        for character in words
    )


def diagram(
    stack: Sequence[Box],
    branches: Sequence[Box] = (),
    *,
    title: str,
    description: str,
    legend: Sequence[tuple[Shape, str]] = (),
) -> Markup:
    """Draw a stack of boxes, and branches that hang below its last one."""
    drawing = _Drawing()
    y = 4.0
    left = (WIDTH - _STACK_WIDTH) / 2
    for place, box in enumerate(stack):
        if place:
            drawing.arrow(WIDTH / 2, y - _GAP - 4, y)
        y += drawing.box(box, left, y, _STACK_WIDTH, strong=True) + _GAP + 4
    y -= _GAP + 4
    if branches:
        y = _columns(drawing, branches, y)
    if legend:
        y = drawing.legend(legend, y + 26)
    return drawing.finish(title, description, y + 6)


def _columns(drawing: _Drawing, branches: Sequence[Box], top: float) -> float:
    count = min(_COLUMNS, len(branches))
    width = (WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS
    left = (WIDTH - count * width - _GAP * (count - 1)) / 2
    lines = [left + n * (width + _GAP) + 4 for n in range(count)]
    bus, middle = top + _GAP, WIDTH / 2
    drawing.line(f"M{middle:.1f} {top:.1f}V{bus:.1f}")
    ends = [*lines, middle]
    drawing.line(f"M{min(ends):.1f} {bus:.1f}H{max(ends):.1f}")
    return max(
        drawing.branch(column, x, bus, width - 4)
        for x, column in zip(lines, _shared_out(branches, count, width), strict=True)
    )


def _shared_out(branches: Sequence[Box], count: int, width: float) -> list[list[Box]]:
    """Return branches in columns of about one height, in their order, none of them empty."""
    heights = [_height_with_below(box, width - 4) for box in branches]
    columns: list[list[Box]] = [[]]
    filled = 0.0
    for place, (box, height) in enumerate(zip(branches, heights, strict=True)):
        left_over = len(branches) - place
        still = count - len(columns)
        share = (filled + sum(heights[place:])) / (still + 1)
        if columns[-1] and still and (left_over <= still or filled + height / 2 > share):
            columns.append([])
            filled = 0.0
        columns[-1].append(box)
        filled += height
    return columns


def _height_with_below(box: Box, width: float) -> float:
    inner = width - _STEP
    own = _height(_lines(box, inner)) + _GAP
    return own + sum(_height_with_below(one, inner - 8) for one in box.below)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of text: how tall it is, and where it begins."""

    words: str
    size: int
    tall: float
    indent: float = 0
    bold: bool = False
    shape: Shape | None = None
    #: The whole entry in one sentence, at its first line.
    said: str = ""


def _lines(box: Box, width: float) -> list[_Line]:
    room = width - 2 * _PAD
    lines = [_Line(part, _TITLE, 20, bold=True) for part in wrap(box.title, _TITLE, room)]
    for entry in box.entries:
        indent = 17 if entry.shape else 0
        said = f"{entry.words} {entry.note}".strip()
        for place, part in enumerate(wrap(entry.words, _WORDS, room - indent)):
            shape = entry.shape if place == 0 else None
            lines.append(_Line(part, _WORDS, 20, indent, shape=shape, said="" if place else said))
        if entry.note:
            lines += [_Line(part, _NOTE, 15, indent) for part in wrap(entry.note, _NOTE, room - 17)]
    if box.empty:
        lines += [_Line(part, _NOTE, 15) for part in wrap(box.empty, _NOTE, room)]
    return lines


def _height(lines: Sequence[_Line]) -> float:
    return sum(line.tall for line in lines) + 2 * _PAD - 2


class _Drawing:
    """A picture in the making."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.linked = False

    def line(self, path: str) -> None:
        """Draw a line between boxes."""
        self.parts.append(f'<path d="{path}" fill="none" stroke="{_SOFT}" stroke-width="1.5"/>')

    def arrow(self, x: float, top: float, bottom: float) -> None:
        """Draw a line down that says who leads whom."""
        self.line(f"M{x:.1f} {top:.1f}V{bottom - 5:.1f}")
        self.parts.append(f'<path d="M{x - 5:.1f} {bottom - 7:.1f}h10l-5 7z" fill="{_SOFT}"/>')

    def branch(self, boxes: Sequence[Box], x: float, top: float, width: float) -> float:
        """Draw boxes under each other, hung on a line at `x`; return where they end."""
        y, last = top, top
        for box in boxes:
            y += _GAP
            last = y + _PAD + 9
            self.line(f"M{x:.1f} {last:.1f}H{x + _STEP:.1f}")
            y += self.box(box, x + _STEP, y, width - _STEP)
            if box.below:
                y = self.branch(box.below, x + _STEP + 8, y, width - _STEP - 8)
        self.line(f"M{x:.1f} {top:.1f}V{last:.1f}")
        return y

    def box(self, box: Box, x: float, y: float, width: float, *, strong: bool = False) -> float:
        """Draw a box and return how tall it is."""
        lines = _lines(box, width)
        tall = _height(lines)
        dash = ' stroke-dasharray="5 4"' if box.empty else ""
        fill = _TINT if strong and not box.empty else _PAPER
        drawn = [
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}" rx="4"'
            f' fill="{fill}" stroke="{_INK}" stroke-width="{2 if strong else 1.2}"{dash}>'
            f"<title>{escape(f'{box.title} {box.empty}'.strip())}</title></rect>"
        ]
        at = y + _PAD - 2
        for line in lines:
            at += line.tall
            left, base = x + _PAD, at - line.tall * 0.25
            weight = ' font-weight="700"' if line.bold else ""
            ink = _SOFT if line.size == _NOTE else _INK
            text = (
                f'<text x="{left + line.indent:.1f}" y="{base:.1f}" font-size="{line.size}"'
                f' fill="{ink}"{weight}>{escape(line.words)}</text>'
            )
            if line.said:
                shape = _DRAWN[line.shape] if line.shape else ""
                moved = f'<g transform="translate({left:.1f} {base:.1f})">{shape}</g>'
                said = f"<title>{escape(line.said)}</title>"
                text = f"<g>{said}{moved if shape else ''}{text}</g>"
            drawn.append(text)
        picture = "".join(drawn)
        if box.link:
            self.linked = True
            label = escape(box.title)
            picture = f'<a href="{escape(box.link)}" aria-label="{label}">{picture}</a>'
        self.parts.append(picture)
        return tall

    def legend(self, legend: Sequence[tuple[Shape, str]], y: float) -> float:
        """Say below the picture which shape means what; return where that ends."""
        x = 4.0
        for shape, words in legend:
            long = 17 + wide(words, _NOTE) + 20
            if x > 4 and x + long > WIDTH:
                x, y = 4.0, y + 18
            self.parts.append(
                f'<g transform="translate({x:.1f} {y:.1f})">{_DRAWN[shape]}</g>'
                f'<text x="{x + 17:.1f}" y="{y:.1f}" font-size="{_NOTE}" fill="{_INK}">'
                f"{escape(words)}</text>"
            )
            x += long
        return y

    def finish(self, title: str, description: str, height: float) -> Markup:
        """Return the picture."""
        drawn = "".join(self.parts)
        key = f"d{hashlib.sha256(f'{title}{drawn}'.encode()).hexdigest()[:10]}"
        # A picture with links is no single image: what is in it can be reached.
        role = "group" if self.linked else "img"
        # Every word in it went through escape().
        return Markup(  # noqa: S704
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}"'
            f' width="{WIDTH}" height="{height:.0f}" role="{role}"'
            f' aria-labelledby="{key}-t {key}-d"'
            ' font-family="BIZ UDPGothic, Noto Sans JP, Noto Sans CJK JP, sans-serif">'
            f'<title id="{key}-t">{escape(title)}</title>'
            f'<desc id="{key}-d">{escape(description)}</desc>'
            f'<rect width="{WIDTH}" height="{height:.0f}" fill="{_PAPER}"/>{drawn}</svg>'
        )
