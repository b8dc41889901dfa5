"""People with an account and no membership, and talents of test towns, really committed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kyoso.core.access import PersonActor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.accounts.operations import NewAccount, create_account
from kyoso.municipal.talent_invitations.operations import TalentInvite, invite_talents
from kyoso.municipal.talents.operations import add_note, join_as_talent
from kyoso.municipal.talents.queries import get_talent
from kyoso.municipal.talents.rules import ShownProfile, TalentSource
from support.members import PASSWORD
from support.people import Town, actor_of


@dataclass(frozen=True)
class Somebody:
    """A person with an account; `sign_in(app, somebody)` opens a browser for them."""

    person_id: uuid.UUID
    name: str
    email: str

    @property
    def oneself(self) -> PersonActor:
        """The person acting for themselves, in no town."""
        return PersonActor(self.person_id, self.name)


def make_somebody(name: str = "見本 彩（見本）", email: str | None = None) -> Somebody:
    """Make an account that is a member of no town."""
    email = email or f"{uuid.uuid4().hex[:12]}@example.jp"
    myself = PersonActor(new_id(), name)
    with scope(Scope(person_id=myself.person_id)):
        new = NewAccount(myself.person_id, email, name, PASSWORD, "みほん あや")
        create_account(new, actor=myself, now=now())
        db.session.commit()
    return Somebody(myself.person_id, name, email)


def make_talent(town: Town, somebody: Somebody | None = None, **shown: object) -> uuid.UUID:
    """Take somebody into a town's register and return the talent's id."""
    somebody = somebody or make_somebody()
    said: dict[str, object] = {"name": somebody.name, "kana": "みほん あや", "hours_offered": 40}
    with tenant_scope(town.id):
        talent = join_as_talent(
            somebody.person_id,
            somebody.email,
            ShownProfile(**(said | shown)),  # type: ignore[arg-type]
            TalentSource.INVITED,
            actor=actor_of(town, Role.SECRETARIAT),
            now=now(),
        )
        db.session.commit()
        return talent.id


def make_register(town: Town) -> uuid.UUID:
    """Make a talent with a note, and an invitation; return the talent's id."""
    talent_id, actor = (
        make_talent(town, can_do="広報紙の編集", fields=("観光",)),
        actor_of(town, Role.SECRETARIAT),
    )
    with tenant_scope(town.id):
        talent = get_talent(actor, talent_id)
        add_note(talent, "月に一度、来町できる。", note_id=new_id(), actor=actor, now=now())
        invite_talents(
            [TalentInvite("invited@example.jp", "見本 招（見本）")],
            batch_id=new_id(),
            actor=actor,
            now=now(),
        )
        db.session.commit()
    return talent_id
