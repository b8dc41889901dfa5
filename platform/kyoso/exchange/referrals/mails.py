"""Who is told of a referral: the proposer by their own town, and those who take proposals in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.referrals.models import Referral
from kyoso.identity.members.queries import list_members
from kyoso.municipal.proposals.mails import new_link
from kyoso.municipal.proposals.queries import Proposal
from kyoso.tenancy.queries import get_tenant


def tell_proposer(proposal: Proposal, template: str, *, now: dt.datetime, **said: Any) -> None:
    """Write to the proposer, if there is an address, with a private link of the first town."""
    if not proposal.email:
        return
    town = get_tenant(proposal.tenant_id)
    link = f"{settings().base_url}/{town.slug}/p/{new_link(proposal, now=now)}"
    if proposal.locale != "ja":
        link += f"?lang={proposal.locale}"
    write_mail(
        proposal.tenant_id,
        to=proposal.email,
        template=f"referrals/mail/{template}",
        sender_name=town.sender_name,
        locale=proposal.locale,
        subject_id=proposal.id,
        proposal=proposal,
        town=town,
        link=link,
        **said,
    )


def tell_desk(referral: Referral, from_town: str, template: str, *, actor: Actor) -> None:
    """Write to those of the other town who take proposals in; nothing of the content is said."""
    town = get_tenant(actor.tenant_id)
    people = {
        member.email
        for role in (Role.ADMIN, Role.SECRETARIAT)
        for member in list_members(actor, role=role, active=True)
    }
    for address in sorted(people):
        write_mail(
            actor.tenant_id,
            to=address,
            template=f"referrals/mail/{template}",
            sender_name=town.sender_name,
            subject_id=referral.id,
            referral=referral,
            from_town=from_town,
            town=town,
            link=f"{settings().base_url}/{town.slug}/exchange/referrals/{referral.id}",
        )
