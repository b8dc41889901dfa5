"""Workshops for tests, really committed."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.workshops import queries
from kyoso.municipal.workshops.operations import WorkshopDraft, add_ideas, create_workshop
from kyoso.municipal.workshops.rules import IdeaDraft, IdeaSource
from support.departments import make_department
from support.people import Town, actor_of


def draft(department_id: uuid.UUID, **values: object) -> WorkshopDraft:
    """Return what is said of a workshop."""
    said: dict[str, object] = {
        "title": "2030年の暮らし",
        "held_on": dt.date(2026, 10, 3),
        "place": "見本公民館",
        "department_id": department_id,
        "participants": 24,
        "theme": "10年後に残したいもの",
        "summary": "",
    }
    return WorkshopDraft(**(said | values))  # type: ignore[arg-type]


def make_workshop(town: Town, *ideas: str, **values: object) -> uuid.UUID:
    """Make a workshop with some ideas and return its id."""
    department, actor = make_department(town), actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        workshop = create_workshop(
            draft(department, **values), workshop_id=new_id(), actor=actor, now=now()
        )
        db.session.flush()
        if ideas:
            taken = [IdeaDraft(idea) for idea in ideas]
            add_ideas(workshop, taken, IdeaSource.HAND, actor=actor, now=now())
        db.session.commit()
        return workshop.id


def first_idea(town: Town, workshop_id: uuid.UUID) -> uuid.UUID:
    """Return the id of a workshop's first idea."""
    with tenant_scope(town.id):
        return queries.list_ideas(actor_of(town, Role.STAFF), workshop_id)[0].id
