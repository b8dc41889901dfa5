"""Files that people hand in: checked by content, kept outside the web root under their town."""

from __future__ import annotations

import datetime as dt
import io
import os
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import puremagic
import sqlalchemy as sa
from PIL import Image, ImageOps
from sqlalchemy.orm import Mapped
from werkzeug.datastructures import FileStorage
from werkzeug.utils import secure_filename

from kyoso.core import clock
from kyoso.core import text as texts
from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.db import Id, Model, TenantOwned, db, new_id
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _

#: Ending to media type: all that is taken in.
KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
}
IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
MAX_FILE_MB = 10
MAX_PIXELS = 40_000_000
#: Pillow would refuse some sizes before we can say why; we count before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
ACCEPT = ",".join(f".{ending}" for ending in KINDS)


class StoredFile(TenantOwned, Model):
    """One file of a town. Its bytes lie in ``var/files/<town>/<id>``."""

    __tablename__ = "files"
    __table_args__ = (
        sa.Index(None, "tenant_id", "subject_id"),
        {"schema": "core"},
    )

    id: Mapped[Id]
    #: What the file belongs to, such as a proposal.
    subject_id: Mapped[uuid.UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    #: In bytes, after images were encoded anew.
    size: Mapped[int]
    #: Who handed it in, as they were called then.
    given_by: Mapped[str]
    created_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return settings().var_dir / "files" / str(self.tenant_id) / str(self.id)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """An upload whose content is what its ending says, ready to be kept."""

    name: str
    media_type: str
    content: bytes


def check_files(uploads: Sequence[FileStorage], *, field: str = "files") -> list[CheckedFile]:
    """Return the uploads, checked; raises InvalidInput naming each file that cannot be taken."""
    good, errors = [], []
    for upload in uploads:
        if not upload.filename:
            continue
        try:
            good.append(_check(upload))
        except _Refused as refusal:
            name = upload.filename[-80:]
            errors.append(_("「%(name)s」%(refusal)s", name=name, refusal=str(refusal)))
    if errors:
        raise InvalidInput({field: errors})
    return good


def check_portrait(upload: FileStorage, *, side: int, field: str) -> bytes:
    """Return a picture as a small square WebP; raises InvalidInput where it is no picture."""
    checked = check_files([upload], field=field)
    if not checked or checked[0].media_type not in IMAGES:
        raise InvalidInput({field: [_("写真は画像（PNG, JPEG, WebP）にしてください。")]})
    out = io.BytesIO()
    with Image.open(io.BytesIO(checked[0].content)) as image:
        edge = min(side, image.width, image.height)
        ImageOps.fit(image.convert("RGB"), (edge, edge)).save(out, format="WEBP")
    return out.getvalue()


def keep_files(
    files: Sequence[CheckedFile], *, subject_id: uuid.UUID, actor: Actor
) -> list[StoredFile]:
    """Keep checked files as the town's.

    The bytes are written before the row: a crash in between leaves a file that no row names,
    which `sweep_files` removes, never a row without its file.
    """
    kept = []
    for file in files:
        row = StoredFile(
            id=new_id(),
            tenant_id=actor.tenant_id,
            subject_id=subject_id,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            given_by=actor.name,
            created_at=clock.now(),
        )
        write_new(row.path, file.content)
        db.session.add(row)
        kept.append(row)
    return kept


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet, so that it survives a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def list_files(actor: Actor, subject_id: uuid.UUID) -> Sequence[StoredFile]:
    """Return the files of one thing, oldest first."""
    return db.session.scalars(
        sa.select(StoredFile)
        .where(
            StoredFile.tenant_id == actor.tenant_id,
            StoredFile.subject_id == subject_id,
            StoredFile.removed_at.is_(None),
        )
        .order_by(StoredFile.id)
    ).all()


def get_file(actor: Actor, subject_id: uuid.UUID, file_id: uuid.UUID) -> StoredFile:
    """Return a file of one thing, or NotFound."""
    row = db.session.scalar(
        sa.select(StoredFile).where(
            StoredFile.tenant_id == actor.tenant_id,
            StoredFile.subject_id == subject_id,
            StoredFile.id == file_id,
            StoredFile.removed_at.is_(None),
        )
    )
    if row is None or not row.path.exists():
        raise NotFound
    return row


def sweep_files(tenant_id: uuid.UUID, *, older_than: dt.timedelta) -> int:
    """Remove bytes that no row names, left by a crash; returns how many files went."""
    folder = settings().var_dir / "files" / str(tenant_id)
    if not folder.is_dir():
        return 0
    known = set(
        db.session.scalars(sa.select(StoredFile.id).where(StoredFile.tenant_id == tenant_id))
    )
    limit = (clock.now() - older_than).timestamp()
    removed = 0
    for path in folder.iterdir():
        if uuid.UUID(path.name) not in known and path.stat().st_mtime < limit:
            path.unlink()
            removed += 1
    return removed


def erase_files(actor: Actor, subject_id: uuid.UUID, *, now: dt.datetime) -> int:
    """Erase the files of one thing, also those taken out before, with their names; return how many.

    Their rows stay: that something was handed in, and when. A night that fails half-way begins
    again with the same rows.
    """
    rows = db.session.scalars(
        sa.select(StoredFile).where(
            StoredFile.tenant_id == actor.tenant_id, StoredFile.subject_id == subject_id
        )
    ).all()
    for row in rows:
        row.path.unlink(missing_ok=True)
        row.name = row.given_by = ""
        row.removed_at = row.removed_at or now
    return len(rows)


class _Refused(Exception):
    """Why one upload cannot be taken; the sentence follows the file's name."""


def _check(upload: FileStorage) -> CheckedFile:
    name = texts.clean(upload.filename or "").replace("/", "_").replace("\\", "_")[-120:]
    name = "".join(c for c in name if texts.control_position(c, multiline=False) is None)
    ending = name.rpartition(".")[2].lower()
    if ending not in KINDS:
        raise _Refused(
            _(
                "は受け取れない種類です。PDF・画像（PNG, JPEG, WebP）・Excel・Word・CSVにしてください。"
            )
        )
    content = upload.stream.read(MAX_FILE_MB * 2**20 + 1)
    if len(content) > MAX_FILE_MB * 2**20:
        raise _Refused(_("は大きすぎます。1つ%(mb)sMBまでにしてください。", mb=MAX_FILE_MB))
    if not content:
        raise _Refused(_("は空です。中身のあるファイルを選んでください。"))
    media_type = KINDS[ending]
    if media_type in IMAGES:
        content = _reencode(content, media_type)
    elif not _is(media_type, content):
        raise _Refused(
            _(
                "は中身が%(kind)sではありません。正しいファイルを選んでください。",
                kind=ending.upper(),
            )
        )
    return CheckedFile(name or secure_filename(ending), media_type, content)


def _is(media_type: str, content: bytes) -> bool:
    if media_type == "text/csv":
        return b"\0" not in content and _decodes(content)
    if media_type == "application/pdf":
        try:
            return puremagic.from_string(content, mime=True) == media_type
        except puremagic.PureError:
            return False
    folder = "xl/" if "spreadsheet" in media_type else "word/"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    return "[Content_Types].xml" in names and any(n.startswith(folder) for n in names)


def _decodes(content: bytes) -> bool:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _reencode(content: bytes, media_type: str) -> bytes:
    # Encoding anew leaves out what cameras add: the place (GPS), the time, the device.
    wrong = _("は画像として開けません。壊れていないか、別の種類でないかをお確かめください。")
    try:
        with Image.open(io.BytesIO(content), formats=[IMAGES[media_type]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _Refused(_("は画素数が多すぎます。縮小してください。"))
            upright = ImageOps.exif_transpose(image)
            upright.info = {}
            out = io.BytesIO()
            if media_type == "image/jpeg" and upright.mode not in {"L", "RGB"}:
                upright = upright.convert("RGB")
            upright.save(out, format=IMAGES[media_type])
    except _Refused:
        raise
    except Exception as error:  # Pillow raises nearly anything on what a stranger has broken.
        raise _Refused(wrong) from error
    return out.getvalue()


def open_file(row: StoredFile) -> BinaryIO:
    """Return the bytes of a file, to be sent as an attachment."""
    return row.path.open("rb")
