"""Which towns a person works with: said by the feature above that knows it.

As with core.slots: the profile asks upward who sees it, without knowing who answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kyoso.core.access import PersonActor


@dataclass(frozen=True, slots=True)
class Audience:
    """A town that the profile is pushed to."""

    tenant_id: uuid.UUID
    name: str


Teller = Callable[[PersonActor], Iterable[Audience]]

_tellers: list[Teller] = []


def tells_towns(teller: Teller) -> Teller:
    """Ask the function below for the towns whenever a person looks at who sees their profile."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def towns_of(me: PersonActor) -> list[Audience]:
    """Return the towns that see the person's profile today, each once."""
    found = {town.tenant_id: town for teller in _tellers for town in teller(me)}
    return list(found.values())
