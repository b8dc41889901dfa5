"""Every change to the secret addresses of calendars: each verb guards, changes, records."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden
from kyoso.core.journal import record
from kyoso.core.tokens import new_token, token_hash
from kyoso.municipal.calendars import queries
from kyoso.municipal.calendars.events import CalendarLinkIssued, CalendarLinkRevoked
from kyoso.municipal.calendars.models import CalendarLink
from kyoso.municipal.calendars.permissions import CalendarPermission


def issue_link(*, actor: Actor, now: dt.datetime) -> str:
    """Give the actor a new secret address, which ends the one before; returns the secret."""
    authorise(actor, CalendarPermission.LINK)
    if actor.membership_id is None:
        raise Forbidden

    for link in queries.load_links(actor, actor.membership_id):
        link.revoked_at = now
    token = new_token()
    db.session.add(
        CalendarLink(
            id=new_id(),
            tenant_id=actor.tenant_id,
            membership_id=actor.membership_id,
            token_hash=token_hash(token),
            created_at=now,
        )
    )

    record(CalendarLinkIssued(actor.membership_id), actor=actor, now=now)
    return token


def revoke_link(*, actor: Actor, now: dt.datetime) -> None:
    """End the actor's secret address."""
    authorise(actor, CalendarPermission.LINK)
    if actor.membership_id is None:
        raise Forbidden

    for link in queries.load_links(actor, actor.membership_id):
        link.revoked_at = now

    record(CalendarLinkRevoked(actor.membership_id), actor=actor, now=now)
