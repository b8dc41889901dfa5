"""Who is told that an agreement's end is near: the desk, and the unit that answers for it."""

from __future__ import annotations

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.identity.members.queries import list_members
from kyoso.municipal.agreements.queries import Expiring
from kyoso.tenancy.queries import get_tenant


def tell_responsible(one: Expiring, *, actor: Actor) -> None:
    """Write to the desk's own address and to the members of the responsible department."""
    town, agreement = get_tenant(actor.tenant_id), one.agreement
    addresses = {
        member.email
        for member in list_members(actor, active=True)
        if agreement.department_id in {unit.department_id for unit in member.departments}
    }
    desk = town.declaration.get("mail", {}).get("desk_address")
    for address in sorted(addresses | ({desk} if desk else set())):
        write_mail(
            actor.tenant_id,
            to=address,
            template="agreements/mail/expiring",
            sender_name=town.sender_name,
            subject_id=agreement.id,
            agreement=agreement,
            one=one,
            town=town,
            link=f"{settings().base_url}/{town.slug}/desk/agreements/{agreement.id}",
        )
