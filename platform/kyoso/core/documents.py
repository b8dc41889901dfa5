"""PDF that everybody can read: tagged (PDF/UA-1), set by Typst with our own fonts and nothing else.

What people wrote reaches the layout as data, never as Typst code, so markup in it stays words.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import logging
import struct
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from kyoso.core.errors import DomainError
from kyoso.core.i18n import gettext as _

log = logging.getLogger(__name__)

FONTS = Path(__file__).resolve().parent / "fonts"
FAMILY = "BIZ UDPGothic"
#: What Japanese printers set where a character is missing (下駄).
GETA = "〓"

# Before every layout: what makes the PDF say its title and its language.
_HEAD = f"""\
#let data = json(bytes(sys.inputs.data))
#set document(title: sys.inputs.title, date: none)
#set text(font: "{FAMILY}", lang: sys.inputs.lang, fallback: false)
"""


class NotRendered(DomainError):
    """Typst refused the layout or the data; the log says why."""

    def default_message(self) -> str:
        """Say what a reader can do about it."""
        return _(
            "PDFを作れませんでした。文面に特殊な文字や画像がないか確かめ、もう一度お試しください。"
        )


def render_pdf(template_source: str, data: Mapping[str, Any], *, title: str, lang: str) -> bytes:
    """Return a tagged PDF/UA-1 of a layout in Typst, which finds `data` under that name.

    The same arguments give the same bytes. No layout reads a file or a package: what it shows
    is in `data`, also pictures (as lists of bytes).
    """
    if '"@' in template_source:
        # Typst would ask the network for a package.
        log.error("a document's layout imports a package")
        raise NotRendered
    return _rendered(
        template_source, data, title, lang, format="pdf", pdf_standards=["ua-1"], timestamp=_NEVER
    )


# The page is as large as the picture on it.
_PICTURE = """
#set page(width: auto, height: auto, margin: 6pt, fill: white)
#image(bytes(data.picture), format: "svg")
"""


def render_png(picture: str, *, dots: int = 216) -> bytes:
    """Return an SVG of ours as a PNG with our own fonts, so many dots to an inch."""
    data = {"picture": list(picture.encode())}
    return _rendered(_PICTURE, data, "", "ja", format="png", ppi=dots)


def _rendered(source: str, data: Mapping[str, Any], title: str, lang: str, **options: Any) -> bytes:
    said = json.dumps(_printable(data), ensure_ascii=False)
    try:
        compiler = typst.Compiler(
            (_HEAD + source).encode(),
            root=FONTS,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": said, "title": _printable(title), "lang": lang},
        )
        made = compiler.compile(**options)
    except (typst.TypstError, RuntimeError, ValueError) as error:
        log.error("a document was not rendered: %s", error)
        raise NotRendered from error
    assert isinstance(made, bytes)
    return made


#: Kept out of the file, so that the same document is the same bytes.
_NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _printable(value: Any) -> Any:
    """Return data in which every character is in our fonts: PDF/UA allows no empty boxes."""
    if isinstance(value, str):
        return "".join(map(_glyph, unicodedata.normalize("NFC", value)))
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value


def _glyph(character: str) -> str:
    if character in "\n\t" or ord(character) in _characters():
        return character
    # Joiners, selectors of a variant and control characters are not seen anyway.
    kind = unicodedata.category(character)
    return "" if kind in {"Cf", "Mn", "Cc", "Cs"} else GETA


@functools.cache
def _characters() -> frozenset[int]:
    """Return every character of the font, read from its table ``cmap`` (formats 4 and 12)."""
    font = (FONTS / "BIZUDPGothic_400Regular.ttf").read_bytes()
    (tables,) = struct.unpack_from(">H", font, 4)
    places = {font[at : at + 4]: at + 8 for at in range(12, 12 + tables * 16, 16)}
    (start,) = struct.unpack_from(">I", font, places[b"cmap"])
    (count,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for n in range(count):
        (offset,) = struct.unpack_from(">I", font, start + 4 + n * 8 + 4)
        found |= _subtable(font, start + offset)
    return frozenset(found)


def _subtable(font: bytes, at: int) -> set[int]:
    (kind,) = struct.unpack_from(">H", font, at)
    if kind == 12:
        (groups,) = struct.unpack_from(">I", font, at + 12)
        ranges = [struct.unpack_from(">II", font, at + 16 + n * 12) for n in range(groups)]
    elif kind == 4:
        (twice,) = struct.unpack_from(">H", font, at + 6)
        ends = struct.unpack_from(f">{twice // 2}H", font, at + 14)
        starts = struct.unpack_from(f">{twice // 2}H", font, at + 16 + twice)
        ranges = list(zip(starts, ends, strict=True))
    else:
        return set()
    return {c for first, last in ranges for c in range(first, last + 1) if c != 0xFFFF}
