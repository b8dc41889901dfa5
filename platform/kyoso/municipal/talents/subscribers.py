"""What the registers do when a person saves their profile, and who sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from kyoso.core.access import PersonActor
from kyoso.core.events import subscribe
from kyoso.identity.profiles.audiences import Audience, tells_towns
from kyoso.identity.profiles.events import ProfileChanged
from kyoso.identity.profiles.queries import shown_to_towns
from kyoso.municipal.talents import operations, queries


@subscribe(ProfileChanged)
def show_profile_everywhere(
    _event: ProfileChanged, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Write what towns may see into every register that the person is in.

    No town reads a profile: it is pushed, in the same transaction in which it was saved. A town
    that the person left keeps what it knew then, and learns nothing new.
    """
    talents = queries.lock_own_talents(actor)
    if talents:
        operations.show_profile(talents, shown_to_towns(actor), actor=actor, now=now)


@tells_towns
def towns_of_registers(me: PersonActor) -> Iterable[Audience]:
    """Return the towns in whose register the person is today: they see the profile."""
    return [
        Audience(talent.tenant_id, town)
        for talent, town, _slug in queries.list_own_talents(me)
        if talent.left_at is None
    ]
