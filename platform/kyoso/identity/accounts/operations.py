"""Every change to accounts. Each acts in the person's own scope."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from kyoso.core.access import PersonActor, authorise_self
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.tokens import new_token, token_hash
from kyoso.identity import passwords
from kyoso.identity.accounts import rules
from kyoso.identity.accounts.events import (
    AccountCreated,
    AccountUpdated,
    AllSessionsEnded,
    PasswordChanged,
    PasswordReset,
    PasswordResetRequested,
    PersonDeactivated,
    SessionEnded,
    SignedIn,
    SignedOut,
)
from kyoso.identity.accounts.models import PasswordResetLink, Person, Session


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a person says of themselves when they first come."""

    #: Chosen before the account exists, because the scope must name the person already.
    person_id: uuid.UUID
    email: str
    name: str
    password: str
    name_kana: str = ""
    locale: str = "ja"


@dataclass(frozen=True, slots=True)
class AccountUpdate:
    """What a person may change of their account."""

    name: str
    name_kana: str
    locale: str


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """The old password, and the new."""

    current: str
    password: str


@dataclass(frozen=True, slots=True)
class Device:
    """The browser that a person signs in with."""

    user_agent: str
    address: str


def create_account(new: NewAccount, *, actor: PersonActor, now: dt.datetime) -> Person:
    """Make the account of the person who acts."""
    authorise_self(actor, new.person_id)
    _check_password(new.password, email=new.email, name=new.name)

    person = Person(
        id=new.person_id,
        email=new.email.lower(),
        name=new.name,
        name_kana=new.name_kana,
        locale=new.locale,
        password_hash=passwords.hash_password(new.password),
    )
    db.session.add(person)
    # Before anything that points at the person: there is no relationship to order them.
    db.session.flush()

    record(AccountCreated(person.id), actor=actor, now=now)
    return person


def update_account(
    person: Person, update: AccountUpdate, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Change what a person says of themselves."""
    authorise_self(actor, person.id)

    person.name = update.name
    person.name_kana = update.name_kana
    person.locale = update.locale

    record(AccountUpdated(person.id), actor=actor, now=now)


def deactivate_person(person: Person, *, actor: PersonActor, now: dt.datetime) -> None:
    """Close an account to sign-in, everywhere, from the next click on."""
    authorise_self(actor, person.id)

    person.deactivated_at = person.deactivated_at or now
    _end_sessions(person, now)

    record(PersonDeactivated(person.id), actor=actor, now=now)


def sign_in(
    person: Person,
    device: Device,
    *,
    actor: PersonActor,
    now: dt.datetime,
    password: str | None = None,
) -> str:
    """Begin a session and return its secret; `password` was just found right, if one was asked."""
    authorise_self(actor, person.id)

    if password and person.password_hash and passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_password(password)
    secret = new_token()
    begun = Session(
        id=new_id(),
        person_id=person.id,
        secret_hash=token_hash(secret),
        last_seen_at=now,
        user_agent=rules.short_agent(device.user_agent),
        address=device.address,
    )
    db.session.add(begun)

    record(SignedIn(begun.id, begun.user_agent, begun.address), actor=actor, now=now)
    return secret


def sign_out(ended: Session, *, actor: PersonActor, now: dt.datetime) -> None:
    """End the session of the browser in front of the person."""
    authorise_self(actor, ended.person_id)

    ended.ended_at = now

    record(SignedOut(ended.id), actor=actor, now=now)


def end_session(ended: Session, *, actor: PersonActor, now: dt.datetime) -> None:
    """End a session on another device."""
    authorise_self(actor, ended.person_id)

    ended.ended_at = now

    record(SessionEnded(ended.id), actor=actor, now=now)


def end_all_sessions(person: Person, *, actor: PersonActor, now: dt.datetime) -> int:
    """Sign a person out everywhere, also here; return of how many browsers."""
    authorise_self(actor, person.id)

    count = _end_sessions(person, now)

    record(AllSessionsEnded(person.id, count), actor=actor, now=now)
    return count


def change_password(
    person: Person,
    change: PasswordChange,
    *,
    keep: Session | None,
    actor: PersonActor,
    now: dt.datetime,
) -> None:
    """Choose a new password; every other browser is signed out."""
    authorise_self(actor, person.id)
    if not passwords.matches(person.password_hash, change.current):
        raise InvalidInput({"current": [_("いまのパスワードが違います。")]})
    _check_password(change.password, email=person.email, name=person.name)

    person.password_hash = passwords.hash_password(change.password)
    _end_sessions(person, now, keep=keep)

    record(PasswordChanged(person.id), actor=actor, now=now)


def request_password_reset(person: Person, *, actor: PersonActor, now: dt.datetime) -> str:
    """Make a link to choose a new password, and return its secret; older links stop working."""
    authorise_self(actor, person.id)

    _use_up_resets(person, now)
    secret = new_token()
    link = PasswordResetLink(
        id=new_id(),
        person_id=person.id,
        token_hash=token_hash(secret),
        expires_at=now + rules.RESET_LASTS,
    )
    db.session.add(link)

    record(PasswordResetRequested(link.id), actor=actor, now=now)
    return secret


def reset_password(
    person: Person, link: PasswordResetLink, password: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Choose a new password through a link; every browser is signed out."""
    authorise_self(actor, link.person_id)
    _check_password(password, email=person.email, name=person.name)

    person.password_hash = passwords.hash_password(password)
    link.used_at = now
    _use_up_resets(person, now)
    _end_sessions(person, now)

    record(PasswordReset(person.id), actor=actor, now=now)


def _check_password(password: str, *, email: str, name: str) -> None:
    problem = rules.password_problem(password, email=email, name=name)
    if problem:
        raise InvalidInput({"password": [problem]})


def _end_sessions(person: Person, now: dt.datetime, keep: Session | None = None) -> int:
    query = sa.update(Session).where(Session.person_id == person.id, Session.ended_at.is_(None))
    if keep is not None:
        query = query.where(Session.id != keep.id)
    done = cast("sa.CursorResult[Any]", db.session.execute(query.values(ended_at=now)))
    return done.rowcount


def _use_up_resets(person: Person, now: dt.datetime) -> None:
    db.session.execute(
        sa.update(PasswordResetLink)
        .where(PasswordResetLink.person_id == person.id, PasswordResetLink.used_at.is_(None))
        .values(used_at=now)
    )
