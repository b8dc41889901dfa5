"""Every change to documents and their wording: each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from kyoso.core import clock
from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile, keep_files
from kyoso.core.journal import record
from kyoso.municipal.documents import events, queries, rules
from kyoso.municipal.documents.models import Document, DocumentTemplate
from kyoso.municipal.documents.permissions import DocumentPermission as May
from kyoso.municipal.documents.queries import CurrentWording
from kyoso.municipal.documents.rules import DocumentKind, Wording


def issue_document(
    kind: DocumentKind,
    subject_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    title: str,
    actor: Actor,
    now: dt.datetime,
    locale: str = "ja",
    body: str | None = None,
) -> Document:
    """Give a document its number and keep its PDF as it is sent.

    `values` are the placeholders of the kind; `body` is a text that was drafted from the
    town's wording and may have been changed since.
    """
    authorise(actor, May.ISSUE)
    day = now.astimezone(clock.JST).date()
    year = clock.fiscal_year(day)
    number = queries.next_number(actor, year)
    reference = queries.reference_of(actor, year, number)
    made = queries.compose(
        kind, values, actor, title=title, reference=reference, day=day, locale=locale, body=body
    )

    document = Document(
        id=new_id(),
        tenant_id=actor.tenant_id,
        subject_id=subject_id,
        kind=kind,
        locale=locale if locale in kind.locales else "ja",
        fiscal_year=year,
        number=number,
        reference=reference,
        title=title,
        recipient=made.values.get("recipient", "").partition("\n")[0],
        template_version=made.template_version,
        values=made.values,
        issued_by=actor.name,
        issued_at=now,
    )
    pdf = CheckedFile(document.file_name, "application/pdf", made.pdf)
    (kept,) = keep_files([pdf], subject_id=document.id, actor=actor)
    document.file_id = kept.id
    # No relationship tells the session that the file's row comes first.
    db.session.flush()
    db.session.add(document)

    record(events.DocumentIssued(subject_id, reference, title), actor=actor, now=now)
    return document


def void_documents(
    subject_id: uuid.UUID,
    kinds: Collection[DocumentKind],
    reason: str,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Say that what was issued about something holds no longer; the papers stay as sent."""
    authorise(actor, May.ISSUE)
    held = [
        document
        for document in queries.list_for_subject(actor, subject_id)
        if document.kind in kinds and document.voided_at is None
    ]

    for document in held:
        document.voided_at, document.voided_reason = now, reason

    references = tuple(document.reference for document in held)
    record(events.DocumentsVoided(subject_id, references, reason), actor=actor, now=now)


def edit_wording(
    current: CurrentWording, wording: Wording, *, actor: Actor, now: dt.datetime
) -> DocumentTemplate:
    """Word a kind of document differently from now on; the caller holds the wording."""
    authorise(actor, May.WRITE)
    rules.check_wording(current.kind, current.locale, wording)

    template = _add(current, wording, is_reset=False, actor=actor, now=now)

    record(
        events.WordingEdited(template.id, current.kind, current.locale, template.version),
        actor=actor,
        now=now,
    )
    return template


def reset_wording(current: CurrentWording, *, actor: Actor, now: dt.datetime) -> DocumentTemplate:
    """Go back to the platform's own words, as one version more."""
    authorise(actor, May.WRITE)

    own = queries.default_wording(current.kind, current.locale)
    template = _add(current, own, is_reset=True, actor=actor, now=now)

    record(
        events.WordingReset(template.id, current.kind, current.locale, template.version),
        actor=actor,
        now=now,
    )
    return template


def _add(
    current: CurrentWording,
    wording: Wording,
    *,
    is_reset: bool,
    actor: Actor,
    now: dt.datetime,
) -> DocumentTemplate:
    template = DocumentTemplate(
        id=new_id(),
        tenant_id=actor.tenant_id,
        kind=current.kind,
        locale=current.locale,
        version=current.version + 1,
        subject=wording.subject,
        body=wording.body,
        is_reset=is_reset,
        edited_by=actor.name,
        edited_at=now,
    )
    db.session.add(template)
    return template
