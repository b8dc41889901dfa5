"""A person made a member in one go, without mail: for the demo and for tests."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope
from kyoso.identity.accounts.operations import NewAccount, create_account
from kyoso.identity.accounts.queries import get_person, person_of_email
from kyoso.identity.members.operations import (
    Invite,
    Sender,
    accept_invitation,
    invite_member,
)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who is to become a member; an address that has an account keeps it."""

    email: str
    name: str
    roles: tuple[Role, ...]
    department_ids: tuple[uuid.UUID, ...] = ()
    name_kana: str = ""
    password: str = ""
    locale: str = "ja"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who became a member."""

    person_id: uuid.UUID
    membership_id: uuid.UUID


def enrol(newcomer: Newcomer, *, town: Sender, rule: str, now: dt.datetime) -> Enrolled:
    """Invite somebody and accept for them, in one transaction of their own.

    Call it outside any transaction. `rule` is what the journal names as the one who did it.
    """
    known = person_of_email(newcomer.email)
    myself = PersonActor(known or new_id(), newcomer.name)
    with scope(Scope(tenant_id=town.id, person_id=myself.person_id)):
        if known:
            person = get_person(myself)
        else:
            new = NewAccount(
                myself.person_id,
                newcomer.email,
                newcomer.name,
                newcomer.password,
                newcomer.name_kana,
                newcomer.locale,
            )
            person = create_account(new, actor=myself, now=now)
        invite = Invite(
            newcomer.email,
            newcomer.name,
            newcomer.roles,
            newcomer.department_ids,
            newcomer.locale,
        )
        invitation, _url = invite_member(
            invite, town=town, actor=Actor.system(town.id, rule), now=now, by_mail=False
        )
        holder = Actor.link_holder(town.id, invitation.id, newcomer.name)
        holder = dataclasses.replace(holder, person_id=myself.person_id)
        member = accept_invitation(invitation, person, actor=holder, now=now)
        db.session.commit()
        return Enrolled(myself.person_id, member.id)
