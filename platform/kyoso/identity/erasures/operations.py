"""Asking for erasure, taking that back, and carrying it out; all in the person's own scope."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from kyoso.core.access import PersonActor, authorise_self
from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.identity.accounts.models import Person, Session
from kyoso.identity.erasures import queries, rules
from kyoso.identity.erasures.events import ErasureCarriedOut, ErasureRequested, ErasureWithdrawn
from kyoso.identity.erasures.models import ErasureRequest
from kyoso.identity.profiles.models import Profile
from kyoso.identity.profiles.operations import remove_file
from kyoso.identity.profiles.queries import list_files, own_profile


def request_erasure(
    person: Person, *, request_id: uuid.UUID, actor: PersonActor, now: dt.datetime
) -> ErasureRequest:
    """Ask for everything that is the person's own to be erased."""
    authorise_self(actor, person.id)
    if queries.find_open_request(actor) is not None:
        raise RuleViolation(_("消去は、すでに申し出られています。運用者の作業をお待ちください。"))
    rules.check_no_desk(queries.list_desks(actor))

    request = ErasureRequest(id=request_id, person_id=person.id, requested_at=now)
    db.session.add(request)
    db.session.flush()

    record(ErasureRequested(person.id), actor=actor, now=now)
    return request


def withdraw_erasure(request: ErasureRequest, *, actor: PersonActor, now: dt.datetime) -> None:
    """Take the wish back: everything stays as it is."""
    authorise_self(actor, request.person_id)

    request.withdrawn_at = now

    record(ErasureWithdrawn(request.person_id), actor=actor, now=now)


def carry_out_erasure(
    request: ErasureRequest, person: Person, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Empty profile and account and close sign-in, for good. What towns recorded stays theirs."""
    authorise_self(actor, person.id)
    rules.check_no_desk(queries.list_desks(actor))

    for file in list_files(actor):
        remove_file(file, actor=actor, now=now)
    profile = own_profile(actor, lock=True)
    if profile.revision:
        _empty(profile, now)
    db.session.execute(
        sa.update(Session)
        .where(Session.person_id == person.id)
        .values(ended_at=sa.func.coalesce(Session.ended_at, now), user_agent="", address="")
    )
    person.email = rules.erased_address(person.id)
    person.name, person.name_kana = rules.ERASED_NAME, ""
    person.password_hash = None
    person.deactivated_at = now
    request.carried_out_at = now

    record(ErasureCarriedOut(person.id), actor=actor, now=now)


def _empty(profile: Profile, now: dt.datetime) -> None:
    for words in ("kana", "affiliation", "bio", "can_do", "wants", "places", "conditions"):
        setattr(profile, words, "")
    for many in ("skills", "free_skills", "fields", "languages", "links", "hidden_from_towns"):
        setattr(profile, many, [])
    profile.name = rules.ERASED_NAME
    profile.hours_offered = profile.mode = profile.photo = None
    profile.revision += 1
    profile.updated_at = now
