"""The closed list of colours that a town may choose from, and whether they can be read.

The names are tokens of the デジタル庁デザインシステム. A town chooses a name and nothing else: its style
sheet, the only thing of its own that a browser gets, sets two properties to tokens of the list.
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

#: What a key colour turns to under the pointer, and the ground of the dark parts.
_DARKER = {
    "blue-900": "blue-1100",
    "light-blue-900": "light-blue-1100",
    "cyan-900": "cyan-1100",
    "green-800": "green-1000",
    "green-900": "green-1100",
    "lime-1000": "lime-1200",
    "yellow-1100": "yellow-1200",
    "orange-900": "orange-1100",
    "red-1000": "red-1200",
    "magenta-900": "magenta-1100",
    "purple-900": "purple-1100",
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


def style_sheet(token: str) -> str:
    """Return the town's style sheet, which changes its two colours and nothing else."""
    if token not in KEY_COLORS:
        token = next(iter(KEY_COLORS))
    return (
        f":root{{--town-key:var(--color-primitive-{token});"
        f"--town-key-dark:var(--color-primitive-{_DARKER[token]})}}\n"
    )
