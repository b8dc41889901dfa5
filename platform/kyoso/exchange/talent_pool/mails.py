"""Who is told of listings: the person who is asked, and the town that asked."""

from __future__ import annotations

from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.talent_pool.models import Listing
from kyoso.identity.members.queries import list_members
from kyoso.tenancy.queries import get_tenant


def ask_person(
    listing: Listing, to: str, networks: list[str], *, actor: Actor, **said: Any
) -> None:
    """Write to a person whom the town would like to offer, in the town's own scope."""
    town = get_tenant(actor.tenant_id)
    write_mail(
        actor.tenant_id,
        to=to,
        template="talent_pool/mail/asked",
        sender_name=town.sender_name,
        subject_id=listing.id,
        town=town,
        networks=networks,
        introduction=listing.introduction,
        link=f"{settings().base_url}/me/listings/{listing.id}",
        **said,
    )


def tell_office(listing: Listing, *, actor: Actor, **said: Any) -> None:
    """Write to the town's secretariat what the person answered, in the town's own scope."""
    town = get_tenant(actor.tenant_id)
    office = {
        member.email: member
        for role in (Role.SECRETARIAT, Role.ADMIN)
        for member in list_members(actor, role=role, active=True)
    }
    for email in office:
        write_mail(
            actor.tenant_id,
            to=email,
            template="talent_pool/mail/answered",
            sender_name=town.sender_name,
            subject_id=listing.id,
            town=town,
            link=f"{settings().base_url}/{town.slug}/exchange/talent/offers/",
            **said,
        )
