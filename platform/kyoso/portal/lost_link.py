"""The job that mails a new private link to whoever names a receipt and its address."""

from __future__ import annotations

import datetime as dt
import hmac
import uuid

from kyoso.core import clock, throttle
from kyoso.core.access import Actor
from kyoso.core.errors import TooMany
from kyoso.core.jobs import enqueue, job
from kyoso.core.tokens import keyed_hash
from kyoso.municipal.proposals import operations, queries

#: How often a link may be mailed for one proposal.
MAILS_PER_PROPOSAL = 3
WINDOW = dt.timedelta(hours=1)

#: A receipt that no proposal has, in place of what was typed and is none.
_NO_RECEIPT = (2000, 0)


def count_mail(proposal_id: uuid.UUID) -> None:
    """Count one link mailed for a proposal; raises TooMany."""
    throttle.hit(f"mail-link:{proposal_id}", limit=MAILS_PER_PROPOSAL, per=WINDOW)


def ask_for_link(tenant_id: uuid.UUID, receipt: tuple[int, int] | None, email: str) -> None:
    """Put the wish into the queue: the same for every receipt and every address.

    So the time that the answer takes tells nothing. The address goes in as a keyed hash:
    the queue is nobody's place to keep what people typed.
    """
    year, number = receipt or _NO_RECEIPT
    proof = _proof(tenant_id, year, number, email)
    enqueue(send_lost_link, tenant_id=str(tenant_id), year=year, number=number, proof=proof)


def _proof(tenant_id: uuid.UUID, year: int, number: int, email: str) -> str:
    return keyed_hash(f"lost-link:{tenant_id}:{year}-{number}:{email}").hex()


@job("portal.send_lost_link")
def send_lost_link(tenant_id: uuid.UUID, year: int, number: int, proof: str) -> None:
    """Mail a new link, if receipt and address belong together; else nobody hears anything."""
    found = queries.find_by_receipt(Actor.guest(tenant_id), year, number)
    if found is None or not found.email:
        return
    if not hmac.compare_digest(_proof(tenant_id, year, number, found.email), proof):
        return
    try:
        count_mail(found.id)
    except TooMany:
        return
    holder = Actor.link_holder(tenant_id, found.id, found.known_as)
    operations.resend_link(found, actor=holder, now=clock.now())
