"""Who is told of a network's news: the administrators of a town."""

from __future__ import annotations

from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.networks.queries import Network
from kyoso.identity.members.queries import list_members
from kyoso.tenancy.queries import get_tenant


def tell_administrators(network: Network, template: str, *, actor: Actor, **said: Any) -> None:
    """Write to a town's administrators, in the town's own scope."""
    town = get_tenant(actor.tenant_id)
    for admin in list_members(actor, role=Role.ADMIN, active=True):
        write_mail(
            actor.tenant_id,
            to=admin.email,
            template=f"networks/mail/{template}",
            sender_name=town.sender_name,
            subject_id=network.id,
            network=network,
            town=town,
            link=f"{settings().base_url}/{town.slug}/exchange/networks/{network.id}",
            **said,
        )
