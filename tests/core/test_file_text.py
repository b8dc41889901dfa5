"""The words in files are read within bounds; what is hostile or broken has none."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from kyoso.core import file_text
from kyoso.core.file_text import MAX_WORDS, words_in
from kyoso.core.files import KINDS, CheckedFile

HEAD = '<?xml version="1.0"?>'
SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(document: str) -> CheckedFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", document)
    return CheckedFile("x.docx", KINDS["docx"], out.getvalue())


def paragraphs(*texts: str) -> str:
    inside = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
    return f"{HEAD}<w:document {SPACE}><w:body>{inside}</w:body></w:document>"


def pdf(text: str) -> CheckedFile:
    """Return the smallest PDF that says something."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    out += b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start
    return CheckedFile("x.pdf", KINDS["pdf"], bytes(out))


def xlsx(*rows: tuple[object, ...]) -> CheckedFile:
    book, out = Workbook(), io.BytesIO()
    book.active.title = "台帳"
    for row in rows:
        book.active.append(row)
    book.save(out)
    return CheckedFile("x.xlsx", KINDS["xlsx"], out.getvalue())


def test_the_words_of_each_kind_are_read():
    assert words_in(docx(paragraphs("除雪の", "手順"))) == "除雪の 手順"
    assert words_in(xlsx(("町道", 12), (None, "県道"))) == "台帳 町道 12 県道"
    assert words_in(pdf("Snow plan")) == "Snow plan"
    assert words_in(CheckedFile("x.csv", "text/csv", "項目,円".encode("cp932"))) == "項目,円"
    assert words_in(CheckedFile("x.png", "image/png", b"...")) == ""


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 broken", b"PK\x03\x04", b"\x00" * 1000, b"%PDF-1.4\n%%EOF"]
)
@pytest.mark.parametrize("kind", ["pdf", "docx", "xlsx"])
def test_what_is_broken_has_no_words(kind, content):
    assert words_in(CheckedFile(f"x.{kind}", KINDS[kind], content)) == ""


def test_entities_are_not_unfolded():
    bomb = (
        f'{HEAD}<!DOCTYPE x [<!ENTITY a "boom"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        f"<w:document {SPACE}><w:body><w:p><w:t>&b;</w:t></w:p></w:body></w:document>"
    )
    assert "boom" not in words_in(docx(bomb))


def test_a_zip_that_unpacks_to_too_much_has_no_words():
    assert words_in(docx(paragraphs("あ" * 30_000_000))) == ""


def test_no_more_is_kept_than_may_be():
    assert len(words_in(docx(paragraphs("い" * (MAX_WORDS + 5000))))) == MAX_WORDS


def test_what_takes_too_long_has_no_words(monkeypatch):
    monkeypatch.setattr(file_text, "SECONDS", 0.01)
    began = time.monotonic()
    assert words_in(pdf("x")) == ""
    assert time.monotonic() - began < 5
