"""Every change to notices: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db
from kyoso.core.journal import record
from kyoso.municipal.notices import rules
from kyoso.municipal.notices.events import (
    NoticeCreated,
    NoticePublished,
    NoticeUpdated,
    NoticeWithdrawn,
)
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.permissions import NoticePermission
from kyoso.municipal.notices.rules import NoticeStatus


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """What the secretariat writes."""

    title: str
    body: str


def create_notice(
    draft: NoticeDraft, *, notice_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> Notice:
    """Write a notice, not yet public."""
    authorise(actor, NoticePermission.WRITE)

    notice = Notice(
        id=notice_id,
        tenant_id=actor.tenant_id,
        title=draft.title,
        body=draft.body,
        status=NoticeStatus.DRAFT,
        created_by=actor.name,
    )
    db.session.add(notice)

    record(NoticeCreated(notice.id, notice.title), actor=actor, now=now)
    return notice


def update_notice(notice: Notice, draft: NoticeDraft, *, actor: Actor, now: dt.datetime) -> None:
    """Change what a notice says; a public one changes at once, the journal keeps the old words."""
    authorise(actor, NoticePermission.WRITE, notice)

    old_title, old_body = notice.title, notice.body
    notice.title = draft.title
    notice.body = draft.body

    record(NoticeUpdated(notice.id, old_title, old_body), actor=actor, now=now)


def publish_notice(notice: Notice, *, actor: Actor, now: dt.datetime) -> None:
    """Show a notice on the portal, also one that was withdrawn."""
    authorise(actor, NoticePermission.WRITE, notice)
    rules.check_move(notice.status, NoticeStatus.PUBLISHED)

    notice.status = NoticeStatus.PUBLISHED
    notice.published_at = now
    notice.withdrawn_at = None

    record(NoticePublished(notice.id), actor=actor, now=now)


def withdraw_notice(notice: Notice, reason: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take a notice off the portal; it stays at the desk."""
    authorise(actor, NoticePermission.WRITE, notice)
    rules.check_move(notice.status, NoticeStatus.WITHDRAWN)

    notice.status = NoticeStatus.WITHDRAWN
    notice.withdrawn_at = now

    record(NoticeWithdrawn(notice.id, reason), actor=actor, now=now)
