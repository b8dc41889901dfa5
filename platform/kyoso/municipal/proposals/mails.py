"""What a proposer is told by mail. Each message carries a private link of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kyoso.core.config import settings
from kyoso.core.db import db, new_id
from kyoso.core.mail import write_mail
from kyoso.core.tokens import new_token, token_hash
from kyoso.municipal.proposals.models import Proposal, ProposalLink
from kyoso.tenancy.queries import get_tenant


def new_link(proposal: Proposal, *, now: dt.datetime, token: str = "") -> str:
    """Make a private link to a proposal and return its secret, which is not stored.

    `token` is a secret that the visitor was given before; without it a new one is made.
    """
    token = token or new_token()
    db.session.add(
        ProposalLink(
            id=new_id(),
            tenant_id=proposal.tenant_id,
            proposal_id=proposal.id,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + dt.timedelta(days=settings().link_days),
        )
    )
    return token


def tell_proposer(proposal: Proposal, template: str, *, now: dt.datetime, **context: Any) -> None:
    """Write to the proposer, if there is an address: ``template`` is a name in proposals/mail/."""
    if not proposal.email:
        return
    town = get_tenant(proposal.tenant_id)
    link = f"{settings().base_url}/{town.slug}/p/{new_link(proposal, now=now)}"
    if proposal.locale != "ja":
        # The mail may be opened where nobody has chosen a language yet.
        link += f"?lang={proposal.locale}"
    write_mail(
        proposal.tenant_id,
        to=proposal.email,
        template=f"proposals/mail/{template}",
        sender_name=town.sender_name,
        locale=proposal.locale,
        subject_id=proposal.id,
        proposal=proposal,
        town=town,
        link=link,
        **context,
    )


def tell_desk(proposal: Proposal, template: str, *, now: dt.datetime) -> None:
    """Write to the desk's own address, if the town gave one."""
    town = get_tenant(proposal.tenant_id)
    address = town.declaration.get("mail", {}).get("desk_address")
    if not address:
        return
    write_mail(
        proposal.tenant_id,
        to=address,
        template=f"proposals/mail/{template}",
        sender_name=town.sender_name,
        subject_id=proposal.id,
        proposal=proposal,
        town=town,
        link=f"{settings().base_url}/{town.slug}/desk/proposals/{proposal.id}",
    )
