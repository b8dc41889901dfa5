"""Who is told of a check-in: the person, and who answers for the town. Never what was answered."""

from __future__ import annotations

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.identity.members.queries import get_member, list_members
from kyoso.municipal.check_ins.models import CheckIn
from kyoso.municipal.engagements.queries import Engagement
from kyoso.municipal.talents.queries import get_talent
from kyoso.tenancy.queries import get_tenant


def tell_person(template: str, engagement: Engagement, check_in: CheckIn, *, actor: Actor) -> None:
    """Write to the person, with the way to their own page."""
    to = get_talent(actor, engagement.talent_id).email
    link = f"{settings().base_url}/me/check-ins/{check_in.id}"
    _write(f"{template}_to_person", to, engagement, check_in, link, actor=actor)


def tell_town(template: str, engagement: Engagement, check_in: CheckIn, *, actor: Actor) -> None:
    """Write to the responsible member; to the department where that one has left."""
    town = get_tenant(actor.tenant_id)
    link = f"{settings().base_url}/{town.slug}/desk/check-ins/{check_in.id}"
    for to in _town_addresses(engagement, actor):
        _write(f"{template}_to_town", to, engagement, check_in, link, actor=actor)


def _town_addresses(engagement: Engagement, actor: Actor) -> list[str]:
    responsible = get_member(actor, engagement.responsible_membership_id)
    if responsible.deactivated_at is None:
        return [responsible.email]
    return sorted(
        member.email
        for member in list_members(actor, active=True)
        if engagement.department_id in member.department_ids
    )


def _write(
    template: str,
    to: str,
    engagement: Engagement,
    check_in: CheckIn,
    link: str,
    *,
    actor: Actor,
) -> None:
    town = get_tenant(actor.tenant_id)
    write_mail(
        actor.tenant_id,
        to=to,
        template=f"check_ins/mail/{template}",
        sender_name=town.sender_name,
        subject_id=check_in.id,
        engagement=engagement,
        check_in=check_in,
        town=town,
        link=link,
    )
