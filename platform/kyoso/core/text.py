"""What people type: cleaned without losing anything, refused where it cannot be stored."""

from __future__ import annotations

import unicodedata

#: Characters that reorder what a reader sees (bidirectional overrides and isolates).
_REORDERING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
#: What no XML can carry: one of them in a title, and no feed or workbook that names it opens.
_NOT_IN_XML = frozenset("\ufffe\uffff")
_REFUSED = _REORDERING | _NOT_IN_XML
_HALF_WIDTH_KANA = range(0xFF61, 0xFFA0)


def clean(text: str) -> str:
    """Return the text trimmed, composed (NFC), with full-width kana and ``\\n`` line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(ord(char) in _HALF_WIDTH_KANA for char in text):
        text = _widen(text)
    return unicodedata.normalize("NFC", text)


def _widen(text: str) -> str:
    # Only runs of half-width kana are widened: NFKC on the whole would also turn ① into 1.
    out: list[str] = []
    run = ""
    for char in text:
        if ord(char) in _HALF_WIDTH_KANA:
            run += char
            continue
        out.append(unicodedata.normalize("NFKC", run) + char)
        run = ""
    return "".join(out) + unicodedata.normalize("NFKC", run)


def control_position(text: str, *, multiline: bool) -> int | None:
    """Return the 1-based place of the first character that may not be stored, or None."""
    allowed = "\n\t" if multiline else ""
    for place, char in enumerate(text, 1):
        if char in _REFUSED or (unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed):
            return place
    return None


def printable(typed: object) -> str:
    """Return what was typed as a page may show it again: without what HTML cannot carry."""
    text = str(typed)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
