"""Who is told of an engagement: the person it is offered to, and whoever answers for it."""

from __future__ import annotations

from typing import Any

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.identity.members.queries import get_member
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.talents.queries import get_talent
from kyoso.tenancy.queries import get_tenant


def tell_person(engagement: Engagement, letter: str, *, actor: Actor) -> None:
    """Write to the person: `letter` is offered, registered, revised, withdrawn or shortened."""
    link = f"{settings().base_url}/me/engagements/{engagement.id}"
    _write(engagement, letter, get_talent(actor, engagement.talent_id).email, link)


def tell_responsible(engagement: Engagement, *, actor: Actor) -> None:
    """Write to whoever answers for it in the town what the person said."""
    town = get_tenant(actor.tenant_id)
    link = f"{settings().base_url}/{town.slug}/desk/engagements/{engagement.id}"
    member = get_member(actor, engagement.responsible_membership_id)
    if member.deactivated_at is None:
        _write(engagement, "answered", member.email, link)


def _write(engagement: Engagement, letter: str, to: str, link: str) -> None:
    town = get_tenant(engagement.tenant_id)
    context: dict[str, Any] = {"engagement": engagement, "town": town, "link": link}
    write_mail(
        engagement.tenant_id,
        to=to,
        template=f"engagements/mail/{letter}",
        sender_name=town.sender_name,
        subject_id=engagement.id,
        **context,
    )
