"""Every read of documents. A caller passes the actor; a query never guesses the town."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from kyoso.core import clock, files
from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.documents import NotRendered, render_pdf
from kyoso.core.errors import NotFound
from kyoso.core.files import StoredFile
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.search import like_pattern
from kyoso.municipal.documents import rules
from kyoso.municipal.documents.models import Document as Document
from kyoso.municipal.documents.models import DocumentTemplate as DocumentTemplate
from kyoso.municipal.documents.rules import DocumentKind, Wording
from kyoso.tenancy.queries import TenantInfo, get_tenant

PER_PAGE = 20
_FOLDER = Path(__file__).parent / "templates" / "documents"
_KINDS = frozenset(DocumentKind)


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """What somebody asked the list of issued documents for."""

    words: str = ""
    kind: DocumentKind | None = None
    subject_id: uuid.UUID | None = None
    page: int = 1

    @classmethod
    def of(cls, address: Mapping[str, str]) -> DocumentFilter:
        """Return what an address asks for; what it says wrongly counts as not said."""
        kind, page = address.get("kind", ""), address.get("page", "")
        try:
            subject_id = uuid.UUID(address["subject"]) if address.get("subject") else None
        except ValueError:
            subject_id = None
        return cls(
            words=address.get("q", "")[:100].replace("\0", "").strip(),
            kind=DocumentKind(kind) if kind in _KINDS else None,
            subject_id=subject_id,
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def address(self, **changes: Any) -> dict[str, Any]:
        """Return what to write into an address for this list, or for a changed one."""
        asked = replace(self, **{"page": 1, **changes})
        said = {
            "q": asked.words,
            "kind": asked.kind or "",
            "subject": asked.subject_id or "",
            "page": asked.page if asked.page > 1 else "",
        }
        return {key: str(value) for key, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out of the list."""
        return bool(self.words or self.kind or self.subject_id)


@dataclass(frozen=True, slots=True)
class CurrentWording:
    """The wording in force of one kind and language; version 0 is the platform's own."""

    kind: DocumentKind
    locale: str
    version: int
    wording: Wording
    is_own: bool
    edited_by: str = ""
    edited_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """A document ready to be kept: its PDF, and what it was made from."""

    pdf: bytes
    template_version: int
    values: dict[str, str]


def get_document(actor: Actor, document_id: uuid.UUID) -> Document:
    """Return the document, or NotFound: another town's looks just like a missing one."""
    return _one(Document.id == document_id, actor)


def _one(condition: sa.ColumnElement[bool], actor: Actor) -> Document:
    found = db.session.scalar(
        sa.select(Document).where(Document.tenant_id == actor.tenant_id, condition)
    )
    if found is None:
        raise NotFound
    return found


def list_for_subject(actor: Actor, *subject_ids: uuid.UUID) -> Sequence[Document]:
    """Return what was issued about one thing or several, latest first."""
    return db.session.scalars(
        sa.select(Document)
        .where(Document.tenant_id == actor.tenant_id, Document.subject_id.in_(subject_ids))
        .order_by(Document.id.desc())
    ).all()


def select_issued(actor: Actor, kind: DocumentKind, subject_id: uuid.UUID) -> sa.Exists:
    """Tell, as a part of somebody else's statement, whether a document in force was issued."""
    return sa.exists().where(
        Document.tenant_id == actor.tenant_id,
        Document.subject_id == subject_id,
        Document.kind == kind,
        Document.voided_at.is_(None),
    )


def list_documents(
    actor: Actor, wanted: DocumentFilter, *, limit: int | None = None, offset: int = 0
) -> Sequence[Document]:
    """Return one page of what the town issued, latest first."""
    query = _matching(actor, wanted, sa.select(Document))
    return db.session.scalars(
        query.order_by(Document.issued_at.desc(), Document.id.desc()).limit(limit).offset(offset)
    ).all()


def count_documents(actor: Actor, wanted: DocumentFilter) -> int:
    """Return how many documents match."""
    found: int = db.session.scalars(_matching(actor, wanted, sa.select(sa.func.count()))).one()
    return found


def _matching(actor: Actor, wanted: DocumentFilter, query: sa.Select[Any]) -> sa.Select[Any]:
    query = query.where(Document.tenant_id == actor.tenant_id)
    if wanted.kind is not None:
        query = query.where(Document.kind == wanted.kind)
    if wanted.subject_id is not None:
        query = query.where(Document.subject_id == wanted.subject_id)
    for word in wanted.words.split():
        pattern = like_pattern(word)
        columns = (Document.title, Document.reference, Document.recipient)
        query = query.where(sa.or_(*(column.ilike(pattern) for column in columns)))
    return query


def file_of(actor: Actor, document: Document) -> StoredFile:
    """Return the PDF of a document as it was sent."""
    return files.get_file(actor, document.id, document.file_id)


def next_number(actor: Actor, fiscal_year: int) -> int:
    """Return the next number of a fiscal year; whoever asks second waits for the first."""
    key = f"documents:{actor.tenant_id}"
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(key))))
    query = sa.select(sa.func.coalesce(sa.func.max(Document.number), 0) + 1).where(
        Document.tenant_id == actor.tenant_id, Document.fiscal_year == fiscal_year
    )
    return db.session.scalars(query).one()


@functools.cache
def default_wording(kind: DocumentKind, locale: str) -> Wording:
    """Return how the platform words a kind of document until a town does."""
    text = (_FOLDER / "wording" / f"{kind}.{locale}.txt").read_text("utf-8")
    first, _blank, body = text.partition("\n")
    return Wording(first.removeprefix("Subject:").strip(), body.strip())


def current_wording(actor: Actor, kind: DocumentKind, locale: str = "ja") -> CurrentWording:
    """Return the wording in force; a language that the kind has no words for counts as Japanese."""
    locale = locale if locale in kind.locales else "ja"
    newest = next(iter(list_versions(actor, kind, locale, limit=1)), None)
    return _current(kind, locale, newest)


def _current(kind: DocumentKind, locale: str, newest: DocumentTemplate | None) -> CurrentWording:
    if newest is None:
        return CurrentWording(kind, locale, 0, default_wording(kind, locale), is_own=False)
    return CurrentWording(
        kind,
        locale,
        newest.version,
        Wording(newest.subject, newest.body),
        is_own=not newest.is_reset,
        edited_by=newest.edited_by,
        edited_at=newest.edited_at,
    )


def list_wordings(actor: Actor) -> list[CurrentWording]:
    """Return the wording in force of every kind and language."""
    newest = {
        (row.kind, row.locale): row
        for row in db.session.scalars(
            sa.select(DocumentTemplate)
            .where(DocumentTemplate.tenant_id == actor.tenant_id)
            .ext(distinct_on(DocumentTemplate.kind, DocumentTemplate.locale))
            .order_by(
                DocumentTemplate.kind, DocumentTemplate.locale, DocumentTemplate.version.desc()
            )
        )
    }
    return [
        _current(kind, locale, newest.get((kind, locale)))
        for kind in DocumentKind
        for locale in kind.locales
    ]


def list_versions(
    actor: Actor, kind: DocumentKind, locale: str, *, limit: int | None = None
) -> Sequence[DocumentTemplate]:
    """Return the town's versions of a wording, newest first."""
    return db.session.scalars(
        sa.select(DocumentTemplate)
        .where(
            DocumentTemplate.tenant_id == actor.tenant_id,
            DocumentTemplate.kind == kind,
            DocumentTemplate.locale == locale,
        )
        .order_by(DocumentTemplate.version.desc())
        .limit(limit)
    ).all()


def hold_wording(actor: Actor, kind: DocumentKind, locale: str) -> CurrentWording:
    """Return the wording in force and let nobody else save one until the transaction ends."""
    key = f"document_templates:{actor.tenant_id}:{kind}:{locale}"
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(key))))
    return current_wording(actor, kind, locale)


def draft(
    kind: DocumentKind, values: Mapping[str, Any], actor: Actor, *, locale: str = "ja"
) -> Wording:
    """Return the town's wording with values filled in, as text that may still be changed.

    What is known only when it is issued (文書番号, 発行日) stays as its placeholder.
    """
    current = current_wording(actor, kind, locale)
    words = rules.words_of(values, locale) | _town_words(get_tenant(actor.tenant_id), locale)
    return Wording(
        rules.fill(current.wording.subject, words), rules.fill(current.wording.body, words)
    )


def preview(
    kind: DocumentKind,
    values: Mapping[str, Any],
    actor: Actor,
    *,
    title: str = "",
    locale: str = "ja",
    wording: Wording | None = None,
    body: str | None = None,
) -> bytes:
    """Return the PDF as it would be issued, without a number.

    `wording` is tried instead of the town's; `body` is a text that was drafted and changed.
    """
    made = compose(
        kind,
        values,
        actor,
        title=title,
        reference="",
        day=clock.today(),
        locale=locale,
        wording=wording,
        body=body,
    )
    return made.pdf


def compose(
    kind: DocumentKind,
    values: Mapping[str, Any],
    actor: Actor,
    *,
    title: str,
    reference: str,
    day: dt.date,
    locale: str,
    wording: Wording | None = None,
    body: str | None = None,
) -> Composed:
    """Return a document set as PDF; without a reference it is marked as not issued."""
    rules.check_values(kind, values)
    current = current_wording(actor, kind, locale)
    chosen, town = wording or current.wording, get_tenant(actor.tenant_id)
    with force_locale(current.locale):
        unissued = "" if reference else _("見本（まだ発行していません）")
        words = (
            dict.fromkeys(rules.placeholders_of(kind), "")
            | rules.words_of(values, current.locale)
            | _town_words(town, current.locale)
            | {
                "reference": reference or _("（文書番号）"),
                "issued_on": rules.day_in_words(day, current.locale),
            }
        )
    heading = rules.fill(chosen.subject, words)
    data = rules.layout_data(
        heading=heading,
        blocks=rules.blocks_of(chosen.body if body is None else body, words),
        reference=words["reference"],
        day=words["issued_on"],
        recipient=words.get("recipient", "").splitlines(),
        sender=_sender(town, current.locale),
        logo=_logo(town),
        logo_alt=str(town.declaration.get("theme", {}).get("logo_alt") or town.name),
        draft=unissued,
    )
    pdf = _render(data, title=title or heading, lang=current.locale)
    return Composed(pdf, current.version, words)


def _render(data: dict[str, Any], *, title: str, lang: str) -> bytes:
    layout = (_FOLDER / "letter.typ").read_text("utf-8")
    try:
        return render_pdf(layout, data, title=title, lang=lang)
    except NotRendered:
        if data["logo"] is None:
            raise
        # A picture that cannot be set must not keep a letter from going out.
        return render_pdf(layout, data | {"logo": None}, title=title, lang=lang)


def _town_words(town: TenantInfo, locale: str) -> dict[str, str]:
    name = town.name if locale == "ja" else town.name_en or town.name
    return {
        "town": name,
        "programme": town.programme_name,
        "contact_point": town.sender_name,
    }


def _sender(town: TenantInfo, locale: str) -> list[str]:
    name = town.name if locale == "ja" else town.name_en or town.name
    place = f"{town.prefecture}{name}" if locale == "ja" else name
    return [place] if town.sender_name == town.name else [place, town.sender_name]


def _logo(town: TenantInfo) -> list[int] | None:
    _kind, comma, content = (town.logo or "").partition(";base64,")
    return list(base64.b64decode(content)) if comma else None


def reference_of(actor: Actor, fiscal_year: int, number: int) -> str:
    """Return a number as the town prints it (文書番号)."""
    declared = get_tenant(actor.tenant_id).declaration.get("documents", {})
    return rules.reference_of(str(declared.get("number_prefix") or ""), fiscal_year, number)
