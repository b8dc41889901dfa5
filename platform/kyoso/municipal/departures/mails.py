"""Who is told of a departure: those who run the town's register."""

from __future__ import annotations

from typing import Any

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.municipal.departures.queries import list_told
from kyoso.tenancy.queries import get_tenant


def tell_town(talent: Any, letter: str, *, actor: Actor) -> None:
    """Write to the town; `letter` is left, erasure_requested or erased."""
    town = get_tenant(actor.tenant_id)
    for to in list_told(actor):
        write_mail(
            town.id,
            to=to,
            template=f"departures/mail/{letter}",
            sender_name=town.sender_name,
            subject_id=talent.id,
            name=talent.name,
            town=town,
            link=f"{settings().base_url}/{town.slug}/desk/talents/{talent.id}",
        )
