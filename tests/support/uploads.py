"""Files for tests: small, and really what they say they are."""

from __future__ import annotations

import io
import zipfile

from PIL import Image

#: A place on earth, as a camera writes it down.
GPS_IFD, GPS_LATITUDE_REF, MAKE = 0x8825, 1, 0x010F


def picture(kind: str = "PNG", *, with_place: bool = False) -> bytes:
    """Return a picture; with_place adds camera and GPS as a telephone does."""
    image = Image.new("RGB", (40, 30), "seagreen")
    out = io.BytesIO()
    exif = image.getexif()
    if with_place:
        exif[MAKE] = "Mihon Camera"
        exif.get_ifd(GPS_IFD)[GPS_LATITUDE_REF] = "N"
    image.save(out, kind, exif=exif)
    return out.getvalue()


def office(folder: str) -> bytes:
    """Return the smallest thing that is a Word (word/) or Excel (xl/) file inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}document.xml", "<x/>")
    return out.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
