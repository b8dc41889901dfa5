"""What the operator does about people who asked to be erased."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.core.access import PersonActor
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.scope import Scope, scope
from kyoso.identity.accounts.queries import get_person, person_of_email
from kyoso.identity.erasures.operations import carry_out_erasure
from kyoso.identity.erasures.queries import find_open_request, list_desks, list_open_erasures
from kyoso.municipal.departures.queries import list_registers, list_ties


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits to be erased."""

    email: str
    name: str
    requested_at: dt.datetime
    #: The towns in whose register they are.
    towns: Sequence[str]
    #: What has to end first, in words.
    obstacles: Sequence[str]


def list_waiting() -> list[Waiting]:
    """Return everybody who waits to be erased, the oldest wish first."""
    return [_waiting(one.person_id, one.requested_at) for one in list_open_erasures()]


def _waiting(person_id: uuid.UUID, requested_at: dt.datetime) -> Waiting:
    oneself = PersonActor(person_id, "kyoso users erasures")
    with scope(Scope(person_id=person_id)):
        person = get_person(oneself)
        return Waiting(
            person.email,
            person.name,
            requested_at,
            [town for _talent, town in list_registers(oneself)],
            [
                *(f"{tie.town} {tie.what}" for tie in list_ties(oneself)),
                *(_("%(town)sの担当者", town=town) for town in list_desks(oneself)),
            ],
        )


def erase(email: str) -> str:
    """Erase somebody who asked for it, and return what they were called.

    Raises NotFound where nobody of that address asked, RuleViolation where something runs.
    """
    person_id = person_of_email(email.lower())
    if person_id is None:
        raise NotFound(_("%(email)s というアカウントはありません。", email=email))
    oneself = PersonActor(person_id, "kyoso users erase")
    with scope(Scope(person_id=person_id)):
        request = find_open_request(oneself, lock=True)
        if request is None:
            raise NotFound(
                _(
                    "%(email)s からの消去の申出はありません。消去は、本人の申出がなければできません。",
                    email=email,
                )
            )
        person = get_person(oneself, lock=True)
        name = person.name
        carry_out_erasure(request, person, actor=oneself, now=now())
        db.session.commit()
    return name
