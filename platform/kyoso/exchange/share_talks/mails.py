"""Who is told of a request's news, by mail that says what happened but not what was written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.errors import NotFound
from kyoso.core.mail import write_mail
from kyoso.exchange.share_requests.queries import ShareMessage, ShareRequest
from kyoso.exchange.share_requests.rules import Audience, Side
from kyoso.identity.members.queries import get_member, list_members
from kyoso.municipal.talents.queries import talent_of_person
from kyoso.tenancy.queries import get_tenant


def tell_town(request: ShareRequest, step: ShareMessage, *, actor: Actor) -> None:
    """Write to those who answer for a request in the actor's town."""
    link = f"{settings().base_url}/{get_tenant(actor.tenant_id).slug}/exchange/shares/{request.id}"
    for address in sorted(set(_addresses(request, actor))):
        _write(request, step, "town", address, link, actor=actor)


def tell_person(request: ShareRequest, step: ShareMessage, *, actor: Actor) -> None:
    """Write to the person, for whose address the home town answers."""
    if step.audience is not Audience.ALL or request.person_id is None:
        return
    if request.membership_id is not None:
        member = get_member(actor, request.membership_id)
        name, email = member.name, member.email
    else:
        talent = talent_of_person(actor, request.person_id)
        if talent is None:
            return
        name, email = talent.name, talent.email
    link = f"{settings().base_url}/me/shares/{request.id}"
    _write(request, step, "person", email, link, actor=actor, name=name)


def _addresses(request: ShareRequest, actor: Actor) -> Iterable[str]:
    if request.side_of(actor.tenant_id) is Side.ASKER and request.responsible_membership_id:
        try:
            member = get_member(actor, request.responsible_membership_id)
        except NotFound:
            member = None
        if member is not None and member.deactivated_at is None:
            return [member.email]
    office = (
        *list_members(actor, role=Role.ADMIN, active=True),
        *list_members(actor, role=Role.SECRETARIAT, active=True),
    )
    return [member.email for member in office]


def _write(
    request: ShareRequest,
    step: ShareMessage,
    letter: str,
    to: str,
    link: str,
    *,
    actor: Actor,
    **said: Any,
) -> None:
    town = get_tenant(actor.tenant_id)
    context: dict[str, Any] = {"request": request, "step": step, "town": town, "link": link}
    write_mail(
        actor.tenant_id,
        to=to,
        template=f"share_talks/mail/{letter}",
        sender_name=town.sender_name,
        subject_id=request.id,
        **context,
        **said,
    )
