"""Every read that leaving asks for, in the person's scope or in the town's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from kyoso.core.access import Actor, PersonActor, Role
from kyoso.core.errors import NotFound
from kyoso.core.journal import last_entry
from kyoso.identity.members.queries import list_members
from kyoso.municipal.departures.events import DepartureNoted
from kyoso.municipal.departures.rules import Tie
from kyoso.municipal.engagements.queries import list_engagements_of_person
from kyoso.municipal.engagements.rules import OPEN
from kyoso.municipal.talents.queries import list_own_talents, lock_own_talents

#: Who is told that somebody left.
_TOLD = {Role.ADMIN.value, Role.SECRETARIAT.value}


def list_ties(me: PersonActor, tenant_id: uuid.UUID | None = None) -> list[Tie]:
    """Return what holds the person in one town, or in all."""
    return [
        Tie(town, one.title or one.role)
        for one, town, _slug in list_engagements_of_person(me, status=OPEN)
        if tenant_id in (None, one.tenant_id)
    ]


def list_registers(me: PersonActor) -> list[tuple[Any, str]]:
    """Return (the person's row, the town's name) of the registers that they are in today."""
    return [(one, town) for one, town, _slug in list_own_talents(me) if one.left_at is None]


def get_own_talent(me: PersonActor, talent_id: uuid.UUID) -> Any:
    """Return the person's row in a town that they have not left, held; or NotFound."""
    for talent in lock_own_talents(me, leaving=True):
        if talent.id == talent_id:
            return talent
    raise NotFound


def list_told(actor: Actor) -> Sequence[str]:
    """Return the addresses of those in the town who are told."""
    members = list_members(actor, active=True)
    return sorted({member.email for member in members if _TOLD & set(member.roles)})


def was_noted(actor: Actor, talent_id: uuid.UUID, decided_at: str) -> bool:
    """Tell whether the town was told of this decision already: jobs may run twice."""
    last = last_entry(actor, talent_id, DepartureNoted)
    return last is not None and last.facts["decided_at"] == decided_at
