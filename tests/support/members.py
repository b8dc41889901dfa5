"""People with accounts, members of test towns, and browsers they signed in with."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import Flask

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.clock import now
from kyoso.identity.enrolling import Newcomer, enrol
from support.pages import Browser
from support.people import Town

PASSWORD = "うさぎ かめ とんび はやぶさ"


@dataclass(frozen=True)
class Person:
    person_id: uuid.UUID
    membership_id: uuid.UUID
    name: str
    email: str
    actor: Actor

    @property
    def oneself(self) -> PersonActor:
        """The person acting for themselves, in no town."""
        return PersonActor(self.person_id, self.name)


def make_member(
    town: Town,
    *roles: Role,
    name: str = "見本 花子（見本）",
    email: str | None = None,
    departments: tuple[uuid.UUID, ...] = (),
) -> Person:
    """Make somebody a member of a town; a known address stays the same person."""
    email = email or f"{uuid.uuid4().hex[:12]}@example.jp"
    newcomer = Newcomer(email, name, roles, departments, password=PASSWORD)
    enrolled = enrol(newcomer, town=town, rule="tests", now=now())
    actor = Actor(
        town.id,
        frozenset(roles),
        person_id=enrolled.person_id,
        name=name,
        membership_id=enrolled.membership_id,
        department_ids=frozenset(departments),
    )
    return Person(enrolled.person_id, enrolled.membership_id, name, email, actor)


def sign_in(app: Flask, person: Person) -> Browser:
    """Return a browser in which a person signed in by the form."""
    browser = Browser(app)
    browser.post("/sign-in", {"email": person.email, "password": PASSWORD, "next": "/my-towns"})
    return browser
