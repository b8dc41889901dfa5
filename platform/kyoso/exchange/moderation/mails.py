"""Who is told of what is hidden: those who publish for the town. Coordinators are told above."""

from __future__ import annotations

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.moderation import rules
from kyoso.exchange.moderation.models import Hiding
from kyoso.exchange.networks.queries import find_network
from kyoso.identity.members.queries import list_members
from kyoso.tenancy.queries import get_tenant


def tell_own_town(hiding: Hiding, *, actor: Actor) -> None:
    """Write to those who publish for the town that something of it was hidden, or is shown again."""
    town, network = get_tenant(actor.tenant_id), find_network(hiding.network_id)
    assert network is not None
    people = {
        member.email
        for role in (Role.ADMIN, Role.SECRETARIAT)
        for member in list_members(actor, role=role, active=True)
    }
    for address in sorted(people):
        write_mail(
            actor.tenant_id,
            to=address,
            template="moderation/mail/hidden",
            sender_name=town.sender_name,
            subject_id=hiding.item_id,
            network=network,
            hiding=hiding,
            kind=rules.kind_label(hiding.kind),
            town=town,
            link=f"{settings().base_url}/{town.slug}/exchange/moderation/",
        )
