"""The closed list of colours that a town may choose from, and whether they can be read.

The names are tokens of the デジタル庁デザインシステム; `ui/static/ui.css` has one rule for each
(``[data-key-color="green-900"]``). A colour outside the list would need an inline style, which
the content security policy refuses.
"""

from __future__ import annotations

#: Token → colour, as @digital-go-jp/design-tokens 1.1.9 defines `--color-primitive-<token>`.
KEY_COLORS = {
    "blue-900": "#0017c1",
    "light-blue-900": "#0055ad",
    "cyan-900": "#006f83",
    "green-800": "#197a4b",
    "green-900": "#115a36",
    "lime-1000": "#3e5a00",
    "yellow-1100": "#6e5600",
    "orange-900": "#ac3e00",
    "red-1000": "#a90000",
    "magenta-900": "#8b008b",
    "purple-900": "#5109ad",
}

#: WCAG 2.2 AA for text; the key colour is used for words on white and under white words.
LEAST_CONTRAST = 4.5
WHITE = "#ffffff"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (1–21) of two colours written ``#rrggbb``, as WCAG defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
