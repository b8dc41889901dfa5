"""Every read of accounts. The first two look before it is known who is there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import PersonActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.journal import PersonJournalEntry
from kyoso.core.tokens import token_hash
from kyoso.identity.accounts.models import PasswordResetLink, Person, Session


@dataclass(frozen=True, slots=True)
class Credentials:
    """What sign-in needs to know of an account."""

    person_id: uuid.UUID
    password_hash: str | None
    name: str
    deactivated: bool


def find_credentials(email: str) -> Credentials | None:
    """Return what belongs to an address.

    The policies hide every account from somebody who is nobody yet, so a function of the
    database's owner answers; on a connection of its own, before the scope is known.
    """
    with db.engine.begin() as connection:
        row = connection.execute(
            sa.text("SELECT * FROM identity.find_credentials(:email)"), {"email": email}
        ).one_or_none()
    return None if row is None else Credentials(*row)


def person_of_email(email: str) -> uuid.UUID | None:
    """Return whose address this is, if it is known; on a connection of its own."""
    with db.engine.begin() as connection:
        found: uuid.UUID | None = connection.scalar(
            sa.text("SELECT identity.person_of_email(:email)"), {"email": email}
        )
    return found


def get_person(actor: PersonActor, *, lock: bool = False) -> Person:
    """Return the actor's own account."""
    query = sa.select(Person).where(Person.id == actor.person_id)
    person = db.session.scalar(query.with_for_update() if lock else query)
    if person is None:
        raise NotFound
    return person


def list_sessions(actor: PersonActor, *, since: dt.datetime) -> Sequence[Session]:
    """Return the sessions that still hold, the latest used first."""
    return db.session.scalars(
        sa.select(Session)
        .where(
            Session.person_id == actor.person_id,
            Session.ended_at.is_(None),
            Session.last_seen_at > since,
        )
        .order_by(Session.last_seen_at.desc(), Session.id.desc())
    ).all()


def get_session(actor: PersonActor, session_id: uuid.UUID) -> Session:
    """Return one of the actor's sessions, or NotFound."""
    found = db.session.scalar(
        sa.select(Session).where(
            Session.person_id == actor.person_id,
            Session.id == session_id,
            Session.ended_at.is_(None),
        )
    )
    if found is None:
        raise NotFound
    return found


def find_reset(
    actor: PersonActor, token: str, *, now: dt.datetime, lock: bool = False
) -> PasswordResetLink | None:
    """Return the reset that a link means, if it can still be used."""
    query = sa.select(PasswordResetLink).where(
        PasswordResetLink.person_id == actor.person_id,
        PasswordResetLink.token_hash == token_hash(token),
        PasswordResetLink.used_at.is_(None),
        PasswordResetLink.expires_at > now,
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def list_own_journal(actor: PersonActor, *, limit: int = 20) -> Sequence[PersonJournalEntry]:
    """Return what was done with the actor's own account, newest first."""
    return db.session.scalars(
        sa.select(PersonJournalEntry)
        .where(PersonJournalEntry.person_id == actor.person_id)
        .order_by(PersonJournalEntry.id.desc())
        .limit(limit)
    ).all()
