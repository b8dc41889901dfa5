"""Small files as people attach them: a sketch, a page, a table."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from werkzeug.datastructures import FileStorage

from kyoso.core.files import CheckedFile, check_files

SIZE = (960, 540)
PAPER, INK, GREEN, BLUE, RED = "#fbfaf5", "#333333", "#b9d8b0", "#9cc3e6", "#d9534f"

TABLE = "月,見回りの回数,かかった時間（時間）,見本\n4月,22,41,（見本）\n5月,25,47,（見本）\n6月,31,60,（見本）\n"


def sample_files(names: list[str]) -> list[CheckedFile]:
    """Return files of these names, made for their endings and checked like any upload."""
    return check_files([FileStorage(io.BytesIO(_content(name)), name) for name in names])


def _content(name: str) -> bytes:
    if name.endswith(".csv"):
        return TABLE.encode("utf-8-sig")
    out = io.BytesIO()
    _sketch().save(out, format="PDF" if name.endswith(".pdf") else "PNG")
    return out.getvalue()


def _sketch() -> Image.Image:
    """Draw a map of nowhere: hills, a river, a road and a few marked houses."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 190), (240, 60), (460, 200), (700, 40), (960, 180), (960, 0), (0, 0)], GREEN)
    draw.line([(0, 430), (260, 380), (520, 440), (960, 350)], BLUE, width=34)
    draw.line([(120, 540), (340, 300), (620, 290), (880, 200)], INK, width=6)
    for x, y in ((300, 250), (430, 240), (560, 330), (690, 230), (790, 290)):
        draw.rectangle((x, y, x + 46, y + 34), outline=INK, width=4)
        draw.polygon([(x - 8, y), (x + 23, y - 26), (x + 54, y)], outline=INK, width=4)
    for x, y in ((323, 300), (583, 380), (813, 340)):
        draw.ellipse((x - 11, y - 11, x + 11, y + 11), fill=RED)
    draw.text((24, 500), "SAMPLE", fill=INK, font_size=24)
    return image
