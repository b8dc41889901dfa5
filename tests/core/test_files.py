"""Files: checked by what is in them, kept under their town, swept when nothing names them."""

import contextlib
import datetime as dt
import io
import os
import random
import struct
import uuid
import zlib

import pytest
from flask import Flask
from PIL import Image
from werkzeug.datastructures import FileStorage

from kyoso.core import files
from kyoso.core.db import db
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.scope import tenant_scope
from support.people import Town, actor_of
from support.uploads import GPS_IFD, PDF, office, picture


@pytest.fixture(autouse=True)
def _request(app: Flask):
    with app.test_request_context():
        yield


def upload(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def needing_version_20(content: bytes) -> bytes:
    """Return an archive that says it needs a program of the future."""
    place = content.find(b"PK\x01\x02") + 6
    return content[:place] + b"\xc8\x00" + content[place + 2 :]


def as_large_as(side: int) -> bytes:
    """Return a small PNG that claims to be a square of so many pixels a side."""
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    head = b"IHDR" + struct.pack(">II", side, side) + out.getvalue()[24:29]
    return out.getvalue()[:12] + head + struct.pack(">I", zlib.crc32(head)) + out.getvalue()[33:]


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (PDF, "計画書.pdf", "application/pdf"),
        (PDF, "計画書.PDF", "application/pdf"),
        (picture("PNG"), "絵.png", "image/png"),
        (picture("JPEG"), "写真.jpg", "image/jpeg"),
        (picture("JPEG"), "写真.jpeg", "image/jpeg"),
        (picture("WEBP"), "写真.webp", "image/webp"),
        (office("word/"), "案.docx", files.KINDS["docx"]),
        (office("xl/"), "表.xlsx", files.KINDS["xlsx"]),
        ("名前,数\n見本,1\n".encode(), "一覧.csv", "text/csv"),
        ("名前,数\n見本,1\n".encode("cp932"), "一覧.csv", "text/csv"),
    ],
)
def test_what_is_listed_is_taken(content: bytes, name: str, media_type: str) -> None:
    (checked,) = files.check_files([upload(content, name)])
    assert (checked.name, checked.media_type) == (name, media_type)
    assert checked.content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "計画書.exe"),
        (PDF, "計画書"),
        (PDF, "計画書.html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "絵.svg"),
        (b"MZ\x90", "計画書.pdf"),
        (PDF, "絵.png"),
        (picture("PNG"), "写真.jpg"),
        (picture("PNG")[:40], "絵.png"),
        (office("word/"), "表.xlsx"),
        (office("ppt/"), "案.docx"),
        (b"PK\x03\x04broken", "案.docx"),
        (needing_version_20(office("word/")), "案.docx"),
        (b"hello", "計画書.pdf"),
        (b"\x00\xff", "一覧.csv"),
        (b"", "空.pdf"),
        (PDF + b" " * (files.MAX_FILE_MB * 2**20), "大.pdf"),
    ],
)
def test_a_wrong_one_behind_a_good_ending_is_refused_by_name(content: bytes, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        files.check_files([upload(content, name)])
    assert name in refused.value.errors["files"][0]


@pytest.mark.parametrize("side", [6400, 9600, 20_000])
def test_an_image_that_would_fill_the_memory_is_refused(side: int) -> None:
    with pytest.raises(InvalidInput, match="確認") as refused:
        files.check_files([upload(as_large_as(side), "爆弾.png")])
    assert "画素数が多すぎます" in refused.value.errors["files"][0]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_no_broken_image_breaks_the_product(kind: str) -> None:
    out = io.BytesIO()
    image = Image.new("RGB", (16, 16))
    exif = image.getexif()
    exif[0x0112] = 6
    exif.get_ifd(GPS_IFD)[1] = "N"
    image.save(out, kind, exif=exif)
    rolls = random.Random(kind)  # noqa: S311 (the same every time)
    for _ in range(400):
        content = bytearray(out.getvalue())
        for _ in range(rolls.randint(1, 8)):
            content[rolls.randrange(len(content))] = rolls.randrange(256)
        with contextlib.suppress(InvalidInput):
            files.check_files([upload(bytes(content), f"絵.{kind.lower()}")])


def test_nothing_of_the_camera_stays_and_the_picture_stands_upright() -> None:
    out = io.BytesIO()
    image = Image.new("RGB", (40, 30))
    exif = image.getexif()
    exif[0x0112] = 6
    exif.get_ifd(GPS_IFD)[1] = "N"
    image.save(out, "JPEG", exif=exif, comment=b"secret")
    (checked,) = files.check_files([upload(out.getvalue(), "写真.jpg")])
    kept = Image.open(io.BytesIO(checked.content))
    assert kept.size == (30, 40)
    assert dict(kept.getexif()) == {}
    assert b"secret" not in checked.content


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "1", "CMYK"])
def test_pictures_of_every_make_can_be_encoded_anew(mode: str) -> None:
    out = io.BytesIO()
    kind, name = ("JPEG", "絵.jpg") if mode == "CMYK" else ("PNG", "絵.png")
    Image.new(mode, (10, 10)).save(out, kind)
    assert files.check_files([upload(out.getvalue(), name)])[0].content


def test_every_wrong_file_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        files.check_files([upload(b"", "一.pdf"), upload(PDF, "よい.pdf"), upload(b"x", "二.png")])
    assert len(refused.value.errors["files"]) == 2


def keep(town: Town, subject_id: uuid.UUID) -> files.StoredFile:
    with tenant_scope(town.id):
        checked = files.check_files([upload(PDF, "計画書.pdf")])
        (row,) = files.keep_files(checked, subject_id=subject_id, actor=actor_of(town))
        db.session.commit()
        return row


def test_a_file_lies_under_its_town_and_nobody_else_gets_it(hinode: Town, minato: Town) -> None:
    subject = uuid.uuid4()
    row = keep(hinode, subject)
    assert row.path.parent.name == str(hinode.id)
    with files.open_file(row) as stream:
        assert stream.read() == PDF
    with tenant_scope(hinode.id):
        assert files.get_file(actor_of(hinode), subject, row.id).name == "計画書.pdf"
        with pytest.raises(NotFound):
            files.get_file(actor_of(hinode), uuid.uuid4(), row.id)
    with tenant_scope(minato.id), pytest.raises(NotFound):
        files.get_file(actor_of(minato), subject, row.id)


def test_a_row_whose_bytes_are_gone_is_not_there(hinode: Town) -> None:
    subject = uuid.uuid4()
    row = keep(hinode, subject)
    row.path.unlink()
    with tenant_scope(hinode.id), pytest.raises(NotFound):
        files.get_file(actor_of(hinode), subject, row.id)


def test_only_old_bytes_that_no_row_names_are_swept(hinode: Town) -> None:
    row = keep(hinode, uuid.uuid4())
    folder = row.path.parent
    old, new = folder / str(uuid.uuid4()), folder / str(uuid.uuid4())
    for path in (old, new):
        path.write_bytes(b"x")
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).timestamp()
    for path in (old, row.path):
        os.utime(path, (yesterday, yesterday))
    with tenant_scope(hinode.id):
        assert files.sweep_files(hinode.id, older_than=dt.timedelta(hours=1)) == 1
    assert not old.exists()
    assert new.exists()
    assert row.path.exists()
