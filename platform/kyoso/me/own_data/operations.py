"""What a person does with the whole of their data."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core.access import PersonActor, authorise_self
from kyoso.core.journal import record
from kyoso.core.own_data import list_sections
from kyoso.me.own_data import queries as queries  # what it says is in the list of sections
from kyoso.me.own_data import rules
from kyoso.me.own_data.events import OwnDataTaken


def take_own_data(person_id: uuid.UUID, *, actor: PersonActor, now: dt.datetime) -> bytes:
    """Return everything about the person, over all towns, as one archive."""
    authorise_self(actor, person_id)

    parts = [(section, section.read(actor)) for section in list_sections()]
    archive = rules.pack(parts, name=actor.name, now=now)

    record(OwnDataTaken(person_id), actor=actor, now=now)
    return archive
