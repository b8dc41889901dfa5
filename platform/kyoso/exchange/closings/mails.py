"""Who is told that a network is closed: the administrators of a town."""

from __future__ import annotations

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.networks.queries import Network
from kyoso.identity.members.queries import list_members
from kyoso.tenancy.queries import get_tenant


def tell_of_closing(network: Network, *, actor: Actor) -> None:
    """Write to a town's administrators, in the town's own scope, how it stands now."""
    town = get_tenant(actor.tenant_id)
    for admin in list_members(actor, role=Role.ADMIN, active=True):
        write_mail(
            actor.tenant_id,
            to=admin.email,
            template="closings/mail/closing" if network.closed_on else "closings/mail/kept_open",
            sender_name=town.sender_name,
            subject_id=network.id,
            network=network,
            town=town,
            founder=get_tenant(network.founded_by),
            link=f"{settings().base_url}/{town.slug}/exchange/networks/{network.id}",
        )
