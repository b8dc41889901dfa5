"""The same small picture many times, one for each of many: all to one scale.

Each is a picture of its own, so that a page puts as many beside each other as there is room;
`figure.picture` is all of them in one, for paper and files. The table has a row for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

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
)
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import number as plain_number

#: One picture: its width, where its bars begin and end, its height.
_WIDE, _TOP, _BOTTOM, _TALL = 120, 38, 80, 86
_BAND = "#e6e6e6"


@dataclass(frozen=True, slots=True)
class Panel:
    """One of many: its name, its numbers, and what is said of each."""

    name: str
    values: Sequence[float | None]
    words: Sequence[str]
    #: What stands below its name, such as the newest number.
    head: str = ""
    link: str = ""
    #: The places at which no number is expected: before it joined, after it left.
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Multiples:
    """Many small pictures, one by one and as one figure, and what their marks mean."""

    panels: Sequence[Markup]
    figure: Figure
    legend: Markup


def small_multiples(
    panels: Sequence[Panel],
    labels: Sequence[str],
    *,
    title: str,
    description: str,
    missing: str,
    absent: str,
    say: Say = plain_number,
    columns: int = 4,
    key: str = "",
) -> Multiples:
    """Draw bars for each of many.

    A number that is `missing` is an empty, dashed box; a place where none is expected is a grey
    band: the two words say what they are called.
    """
    for one in panels:
        if not len(one.values) == len(one.words) == len(labels):
            raise ValueError(f"{one.name}: {len(one.values)} numbers, {len(labels)} labels")
    found = [value for one in panels for value in one.values if value is not None]
    high, low = max([0.0, *found]), min([0.0, *found])
    scale = (_BOTTOM - _TOP) / ((high - low) or 1)
    zero = _TOP + high * scale if found else float(_BOTTOM)
    drawn = [_panel(one, labels, zero, scale) for one in panels]
    described = f"{description} {_('数字は下の表にあります。')}"
    keys = [key_of(title, key, n, one.name, list(one.values)) for n, one in enumerate(panels)]
    pictures = [
        svg(
            ident,
            (f"{title} {one.name}", one.head or described),
            marks,
            size=(_WIDE, _TALL),
            linked=bool(one.link),
            scale=1.25,
        )
        for ident, one, marks in zip(keys, panels, drawn, strict=True)
    ]
    figure = Figure(
        title,
        [one.name for one in panels],
        [
            Series(
                label.replace("\n", ""),
                [one.values[place] for one in panels],
                words=[one.words[place] for one in panels],
            )
            for place, label in enumerate(labels)
        ],
        _together(drawn, key_of(title, key, keys), (title, described), columns),
        say,
    )
    return Multiples(pictures, figure, _legend(missing, absent, key_of(key, missing, absent)))


def _panel(one: Panel, labels: Sequence[str], zero: float, scale: float) -> str:
    slot = (_WIDE - 8) / max(1, len(labels))
    name = (
        f'<text x="4" y="14" fill="{INK}" font-weight="700">{escape(fitted(one.name, _WIDE - 8))}'
        "</text>"
    )
    if one.link:
        whole = escape(f"{one.name} {one.head}".strip())
        name = f'<a href="{escape(one.link)}" aria-label="{whole}">{name}</a>'
    parts = [
        name,
        f'<text x="4" y="30" fill="{INK}">{escape(fitted(one.head, _WIDE - 8))}</text>',
    ]
    for place, label in enumerate(labels):
        x, value = 4 + place * slot, one.values[place]
        box: tuple[float, float, float, float, str]
        if place in one.absent and value is None:
            box = (x, slot, _TOP, _BOTTOM - _TOP, f'fill="{_BAND}"')
        elif value is None:
            dashes = f'fill="none" stroke="{INK}" stroke-width="0.75" stroke-dasharray="2 1.5"'
            box = (x + slot * 0.15, slot * 0.7, zero - 9, 9, dashes)
        else:
            tall = max(1.0, abs(value) * scale)
            top = zero - tall if value >= 0 else zero
            box = (x + slot * 0.1, slot * 0.8, top, tall, f'fill="{COLOURS[0]}"')
        left, width, top, tall, paint = box
        rect = (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{tall:.1f}" {paint}>'
        )
        month = label.replace("\n", "")
        parts.append(said_mark(rect, "</rect>", f"{one.name} {month} {one.words[place]}"))
    parts.append(f'<path d="M4 {zero:.1f}H{_WIDE - 4}" stroke="{INK}" fill="none"/>')
    return "".join(parts)


def _together(drawn: Sequence[str], key: str, named: tuple[str, str], columns: int) -> Markup:
    """Return all of them in one picture, so many beside each other."""
    rows = -(-len(drawn) // columns) or 1
    placed = [
        f'<g transform="translate({place % columns * _WIDE} {place // columns * _TALL})">{one}</g>'
        for place, one in enumerate(drawn)
    ]
    linked = any("<a " in one for one in drawn)
    return svg(key, named, *placed, size=(columns * _WIDE, rows * _TALL), linked=linked)


def _legend(missing: str, absent: str, key: str) -> Markup:
    """Return a picture of what an empty box and a grey band mean."""
    parts = (
        f'<rect x="4" y="4" width="9" height="12" fill="none" stroke="{INK}"'
        ' stroke-dasharray="2 1.5"/>',
        f'<text x="18" y="14" fill="{INK}">{escape(missing)}</text>',
        f'<rect x="4" y="24" width="9" height="12" fill="{_BAND}" stroke="{FAINT}"/>',
        f'<text x="18" y="34" fill="{INK}">{escape(absent)}</text>',
    )
    words = (_("印の見方"), _("、").join((missing, absent)))
    return svg(key, words, *parts, size=(WIDTH, 28 + FONT), scale=1.25)
