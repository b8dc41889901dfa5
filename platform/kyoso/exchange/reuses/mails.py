"""Who is told of a reuse: whoever took the copy, or else those who publish for the town."""

from __future__ import annotations

from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.know_how.queries import KnowHowListing
from kyoso.exchange.reuses.models import Reuse
from kyoso.identity.members.queries import find_member, list_members
from kyoso.tenancy.queries import get_tenant


def ask(reuse: Reuse, *, actor: Actor) -> None:
    """Ask what came of it."""
    _write("ask", reuse, actor=actor)


def tell_of_update(reuse: Reuse, listing: KnowHowListing, *, actor: Actor) -> None:
    """Say that the original has a new version, and what changed."""
    _write("updated", reuse, actor=actor, listing=listing)


def _write(template: str, reuse: Reuse, *, actor: Actor, **said: Any) -> None:
    town = get_tenant(actor.tenant_id)
    for address in _readers(reuse, actor):
        write_mail(
            actor.tenant_id,
            to=address,
            template=f"reuses/mail/{template}",
            sender_name=town.sender_name,
            subject_id=reuse.id,
            town=town,
            reuse=reuse,
            link=f"{settings().base_url}/{town.slug}/exchange/reuses/{reuse.id}",
            **said,
        )


def _readers(reuse: Reuse, actor: Actor) -> list[str]:
    if reuse.person_id is not None:
        member = find_member(actor, person_id=reuse.person_id)
        if member is not None and member.deactivated_at is None:
            return [member.email]
    return [member.email for member in list_members(actor, role=Role.SECRETARIAT, active=True)]
