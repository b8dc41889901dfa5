"""Leaving, by the person; and taking note of it, in the town."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kyoso.core.access import Actor, PersonActor, authorise, authorise_self
from kyoso.core.journal import record
from kyoso.municipal.departures import queries, rules
from kyoso.municipal.departures.events import DepartureNoted, TownLeft
from kyoso.municipal.departures.mails import tell_town
from kyoso.municipal.departures.permissions import DeparturePermission as May


def leave_town(talent: Any, town: str, *, actor: PersonActor, now: dt.datetime) -> None:
    """Leave a town's register: it keeps who it was and what was done, and learns nothing new."""
    authorise_self(actor, talent.person_id)
    rules.check_free(queries.list_ties(actor, talent.tenant_id))

    talent.show(rules.kept_of(talent.name, talent.kana))
    talent.left_at = now

    record(TownLeft(talent.id, talent.tenant_id, town), actor=actor, now=now)


def note_departure(talent: Any, letter: str, *, actor: Actor, now: dt.datetime) -> None:
    """Write into the town's history what the person decided, and tell those who run it."""
    authorise(actor, May.NOTE, talent)

    tell_town(talent, letter, actor=actor)

    record(DepartureNoted(talent.id, letter, now.isoformat()), actor=actor, now=now)
