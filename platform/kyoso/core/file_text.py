"""The words in a file that somebody handed in: read in a process of its own, within bounds.

What a stranger made may be broken or hostile: a page that unpacks to gigabytes, a loop in a PDF.
So the reading has so many seconds and so much memory, and a file that needs more has no words.
"""

from __future__ import annotations

import io
import logging
import re
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from kyoso.core.files import KINDS, CheckedFile

log = logging.getLogger(__name__)

#: What is kept of a file.
MAX_WORDS = 200_000
SECONDS = 8
_MEMORY = 700 * 2**20
#: What a zip may hold, unpacked; and what is read of one part.
_UNPACKED = 60 * 2**20
_PAGES = 300
_CELLS = 200_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def words_in(file: CheckedFile) -> str:
    """Return the words in a checked file; nothing for pictures and for what cannot be read."""
    if file.media_type == KINDS["csv"]:
        return _tidy(_decoded(file.content))
    if file.media_type not in _READERS:
        return ""
    with tempfile.NamedTemporaryFile() as copy:
        copy.write(file.content)
        copy.flush()
        try:
            done = subprocess.run(  # noqa: S603 (our own module)
                [sys.executable, "-m", "kyoso.core.file_text", copy.name, file.media_type],
                capture_output=True,
                timeout=SECONDS * 2,
                check=True,
                env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PYTHONUTF8": "1"},
            )
        except (subprocess.SubprocessError, OSError) as error:
            log.warning("no words read from a %s: %s", file.media_type, type(error).__name__)
            return ""
    return _tidy(done.stdout.decode("utf-8", "replace"))


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


def _tidy(text: str) -> str:
    kept = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]", " ", text[:MAX_WORDS])
    return re.sub(r"\s+", " ", kept).strip()


def _docx(path: str) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        _check_size(archive)
        names = sorted(
            name
            for name in archive.namelist()
            if re.fullmatch(r"word/(document|header\d*|footer\d*|footnotes)\.xml", name)
        )
        for name in names:
            with archive.open(name) as part:
                if b"<!DOCTYPE" in part.read(4096):
                    continue
            with archive.open(name) as part:
                for _event, element in ET.iterparse(part):  # noqa: S314 (bounded, no DTD)
                    if element.tag == f"{_WORD}t":
                        yield element.text or ""
                    elif element.tag == f"{_WORD}p":
                        yield "\n"
                    element.clear()


def _xlsx(path: str) -> Iterator[str]:
    import openpyxl

    with zipfile.ZipFile(path) as archive:
        _check_size(archive)
    # As a stream: openpyxl would judge a path by its ending.
    book = openpyxl.load_workbook(
        io.BytesIO(Path(path).read_bytes()), read_only=True, data_only=True
    )
    cells = 0
    for sheet in book.worksheets:
        yield sheet.title + "\n"
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
            if cells > _CELLS:
                return
            yield " ".join(str(value) for value in row if value is not None) + "\n"


def _pdf(path: str) -> Iterator[str]:
    import pypdf

    reader = pypdf.PdfReader(path)
    for page in reader.pages[:_PAGES]:
        yield page.extract_text() + "\n"


_READERS = {KINDS["docx"]: _docx, KINDS["xlsx"]: _xlsx, KINDS["pdf"]: _pdf}


def _check_size(archive: zipfile.ZipFile) -> None:
    if sum(info.file_size for info in archive.infolist()) > _UNPACKED:
        raise ValueError("too large when unpacked")


def main(path: str, media_type: str) -> None:
    """Write the words in a file to standard output, as many as are kept."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    left = MAX_WORDS
    for part in _READERS[media_type](path):
        sys.stdout.write(part[:left])
        left -= len(part)
        if left <= 0:
            break


if __name__ == "__main__":
    main(*sys.argv[1:])
