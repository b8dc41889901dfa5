"""Files that a proposer hands in, good ones and others."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kyoso.core import clock
from kyoso.core.db import db
from kyoso.core.files import StoredFile
from kyoso.core.scope import tenant_scope
from kyoso.municipal.proposals.rules import ProposalStatus as S
from support.intake import make_policy
from support.pages import Browser, text_of
from support.people import Town
from support.proposals import NOON, Made, make
from support.uploads import GPS_IFD, PDF, picture


@pytest.fixture(autouse=True)
def _noon():
    with clock.frozen(NOON):
        yield


@pytest.fixture
def made(hinode: Town) -> Made:
    make_policy(hinode)
    return make(hinode, S.DRAFT)


def send(visitor: Browser, town: Town, made: Made, *files: tuple[bytes, str], status: int = 303):
    # Encoded here: what the test client puts aside for large uploads, it never closes.
    uploads = [FileStorage(io.BytesIO(content), name) for content, name in files]
    boundary, body = encode_multipart({"files": uploads})
    return visitor.open(
        "POST",
        f"/{town.slug}/p/{made.token}/files",
        status,
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def download(visitor: Browser, town: Town, made: Made, file: StoredFile):
    with visitor.fetch(f"/{town.slug}/p/{made.token}/files/{file.id}") as response:
        return response.data, response


def stored(town: Town) -> list[StoredFile]:
    with tenant_scope(town.id):
        return list(db.session.scalars(sa.select(StoredFile).order_by(StoredFile.id)))


def test_several_files_at_once_are_listed_and_can_be_taken_out(
    visitor: Browser, hinode: Town, made: Made
) -> None:
    answer = send(visitor, hinode, made, (PDF, "計画書.pdf"), (picture(), "写真.png"))
    page = visitor.follow(answer)
    assert "計画書.pdf" in page
    assert "写真.png" in page
    first = stored(hinode)[0]
    visitor.post(f"/{hinode.slug}/p/{made.token}/files/{first.id}/remove")
    after = visitor.get(f"/{hinode.slug}/p/{made.token}/files")
    assert "計画書.pdf</a>" not in after
    visitor.get(f"/{hinode.slug}/p/{made.token}/files/{first.id}", status=404)


def test_a_file_comes_back_as_an_attachment_and_nothing_else(
    visitor: Browser, hinode: Town, made: Made
) -> None:
    send(visitor, hinode, made, (PDF, "計画書.pdf"))
    (file,) = stored(hinode)
    content, response = download(visitor, hinode, made, file)
    assert content == PDF
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.mimetype == "application/pdf"


def test_where_a_photo_was_taken_is_forgotten(visitor: Browser, hinode: Town, made: Made) -> None:
    sent = picture("JPEG", with_place=True)
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(GPS_IFD)
    send(visitor, hinode, made, (sent, "写真.jpg"))
    (file,) = stored(hinode)
    kept, _response = download(visitor, hinode, made, file)
    assert dict(Image.open(io.BytesIO(kept)).getexif()) == {}
    assert b"Mihon Camera" not in kept


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"MZ\x90\x00", "ゲーム.exe", "受け取れない種類です"),
        (b"MZ\x90\x00", "計画書.pdf", "中身がPDFではありません"),
        (b"<html><script>alert(1)</script></html>", "写真.png", "画像として開けません"),
        (PDF, "表.xlsx", "中身がXLSXではありません"),
        (b"", "空.pdf", "は空です"),
        (b"\x00\x01", "一覧.csv", "中身がCSVではありません"),
        (PDF + b" " * (10 * 2**20), "大きい.pdf", "大きすぎます。1つ10MBまで"),
    ],
)
def test_a_file_that_cannot_be_taken_is_named_and_the_good_one_is_kept(
    visitor: Browser, hinode: Town, made: Made, content: bytes, name: str, sentence: str
) -> None:
    page = send(visitor, hinode, made, (content, name), (PDF, "よい.pdf"), status=422).text
    assert f"「{name}」" in text_of(page)
    assert sentence in text_of(page)
    assert [file.name for file in stored(hinode)] == ["よい.pdf"]
    assert "よい.pdf" in page


def test_no_file_at_all_is_said(visitor: Browser, hinode: Town, made: Made) -> None:
    page = visitor.post(f"/{hinode.slug}/p/{made.token}/files", status=422).text
    assert "ファイルを選んでから" in page


def test_a_hundred_megabytes_are_refused_politely_and_nothing_is_written(
    visitor: Browser, hinode: Town, made: Made
) -> None:
    big = PDF + b"\0" * (100 * 2**20)
    page = send(visitor, hinode, made, (big, "巨大.pdf"), status=413).text
    assert "大きすぎて受け取れませんでした" in page
    assert stored(hinode) == []


def test_the_eleventh_file_is_refused(visitor: Browser, hinode: Town, made: Made) -> None:
    send(visitor, hinode, made, *[(PDF, f"{n}.pdf") for n in range(10)])
    page = send(visitor, hinode, made, (PDF, "11.pdf"), status=409).text
    assert "全部で10個まで" in page
    assert len(stored(hinode)) == 10


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", ".._.._etc_passwd.pdf"),
        ("ｶﾞｲﾖｳ.pdf", "ガイヨウ.pdf"),
        ("計画\x07書.pdf", "計画書.pdf"),
        ("🍙.pdf", "🍙.pdf"),
        ("長" * 200 + ".pdf", "長" * 116 + ".pdf"),
    ],
)
def test_a_name_is_kept_as_words_never_as_a_path(
    visitor: Browser, hinode: Town, made: Made, name: str, kept: str
) -> None:
    send(visitor, hinode, made, (PDF, name))
    (file,) = stored(hinode)
    assert file.name == kept
    assert file.path.name == str(file.id)


def test_files_may_follow_while_the_town_is_reading_but_none_goes(
    visitor: Browser, hinode: Town
) -> None:
    make_policy(hinode)
    sent = make(hinode, S.SCREENING)
    send(visitor, hinode, sent, (PDF, "追加.pdf"))
    (file,) = stored(hinode)
    assert "取り除く" not in visitor.get(f"/{hinode.slug}/p/{sent.token}/files")
    visitor.post(f"/{hinode.slug}/p/{sent.token}/files/{file.id}/remove", status=409)


def test_another_proposals_link_opens_no_file_of_this_one(
    visitor: Browser, hinode: Town, minato: Town, made: Made
) -> None:
    send(visitor, hinode, made, (PDF, "計画書.pdf"))
    (file,) = stored(hinode)
    make_policy(minato)
    neighbour, stranger = make(hinode, S.DRAFT), make(minato, S.DRAFT)
    for town, token in ((hinode, neighbour.token), (minato, stranger.token), (minato, made.token)):
        visitor.get(f"/{town.slug}/p/{token}/files/{file.id}", status=404)
        visitor.post(f"/{town.slug}/p/{token}/files/{file.id}/remove", status=404)
