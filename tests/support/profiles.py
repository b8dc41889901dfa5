"""People with accounts and profiles, members of no town."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from kyoso.core.access import PersonActor
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope
from kyoso.identity.accounts.operations import NewAccount, create_account
from kyoso.identity.profiles.models import Profile
from support.members import PASSWORD


@dataclass(frozen=True)
class Somebody:
    """A person with an account, to be signed in as any other."""

    person_id: uuid.UUID
    name: str
    email: str

    @property
    def oneself(self) -> PersonActor:
        return PersonActor(self.person_id, self.name)

    @property
    def scope(self) -> Scope:
        return Scope(person_id=self.person_id)


def make_person(name: str = "見本 緑（見本）", *, hours: int | None = None, **said) -> Somebody:
    """Make an account and a profile that offers so many hours a month."""
    person = Somebody(new_id(), name, f"{uuid.uuid4().hex[:12]}@example.jp")
    with scope(person.scope):
        account = NewAccount(person.person_id, person.email, name, PASSWORD)
        create_account(account, actor=person.oneself, now=now())
        make_profile(person.person_id, name, hours=hours, **said)
        db.session.commit()
    return person


def make_profile(person_id: uuid.UUID, name: str, *, hours: int | None, **said) -> Profile:
    """Write the profile of a person in scope; `said` are its other columns."""
    empty = dict.fromkeys(("kana", "affiliation", "bio", "can_do", "wants"), "")
    empty |= dict.fromkeys(("places", "conditions"), "")
    lists = ("skills", "free_skills", "fields", "languages", "links")
    profile = Profile(
        **(
            {"person_id": person_id, "name": name, "hours_offered": hours}
            | empty
            | {column: [] for column in (*lists, "hidden_from_towns", "shown_to")}
            | {"revision": 1, "updated_at": now()}
            | said
        )
    )
    db.session.add(profile)
    db.session.flush()
    return profile
