"""What coordinators are told by mail: that something waits for them, sent by the town it is from."""

from __future__ import annotations

from typing import Any

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.coordination.queries import list_coordinators
from kyoso.exchange.networks.queries import Network
from kyoso.tenancy.queries import get_tenant


def tell_coordinators(
    network: Network, template: str, path: str, *, actor: Actor, **said: Any
) -> None:
    """Write to all who coordinate a network, in the scope of one of its towns."""
    town = get_tenant(actor.tenant_id)
    for coordinator in list_coordinators(network.id):
        write_mail(
            actor.tenant_id,
            to=coordinator.email,
            template=f"coordination/mail/{template}",
            sender_name=town.sender_name,
            network=network,
            town=town,
            link=f"{settings().base_url}/networks/{network.slug}/{path}",
            **said,
        )
