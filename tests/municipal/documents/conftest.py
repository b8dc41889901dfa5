from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable

import pypdf
import pytest

from kyoso.core import files
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.documents import queries
from kyoso.municipal.documents.models import Document
from kyoso.municipal.documents.operations import issue_document
from kyoso.municipal.documents.rules import DocumentKind
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
VALUES = {
    "recipient": "見本 一郎（見本） 様",
    "title": "空き家で #月に一度 の食堂",
    "receipt": "2026-0001",
    "decided_on": dt.date(2026, 11, 20),
    "grounds": "町の目指す姿に合うため。",
}


@pytest.fixture
def issue() -> Callable[..., Document]:
    """Issue an adoption's letter: ``issue(town, at=…, title=…)``."""

    def make(town: Town, *, at: dt.datetime = NOON, title: str = "採択通知書") -> Document:
        with tenant_scope(town.id):
            document = issue_document(
                DocumentKind.ADOPTION,
                new_id(),
                VALUES,
                title=title,
                actor=actor_of(town, Role.SECRETARIAT, name="見本 事務（見本）"),
                now=at,
            )
            db.session.commit()
            return document

    return make


@pytest.fixture
def read() -> Callable[..., str]:
    """Return the words of a document's PDF: ``read(town, document.id)``."""

    def words(town: Town, document_id: uuid.UUID) -> str:
        actor = actor_of(town, Role.AUDITOR)
        with tenant_scope(town.id):
            document = queries.get_document(actor, document_id)
            with files.open_file(queries.file_of(actor, document)) as pdf:
                return words_of(pdf.read())

    return words


def words_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
