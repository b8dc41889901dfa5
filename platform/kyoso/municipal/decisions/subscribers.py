"""What is issued when an adoption ends, in the transaction that ends it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.core.i18n import gettext as _
from kyoso.municipal.decisions import queries, rules
from kyoso.municipal.documents import operations as documents
from kyoso.municipal.documents.rules import DocumentKind
from kyoso.municipal.proposals.events import ProposalCancelled, ProposalRevoked
from kyoso.municipal.proposals.queries import get_proposal


@subscribe(ProposalCancelled)
def issue_cancellation(event: ProposalCancelled, *, actor: Actor, now: dt.datetime) -> None:
    """Issue the 中止通知書 that answers a 中止届."""
    system = Actor.system(actor.tenant_id, rule="中止届")
    _issue(DocumentKind.CANCELLATION, event, actor=system, now=now)


@subscribe(ProposalRevoked)
def issue_revocation(event: ProposalRevoked, *, actor: Actor, now: dt.datetime) -> None:
    """Issue the 取消し通知書; the letter that told the adoption holds no longer."""
    # In the town's name, and with that of whoever took the adoption back.
    town = replace(Actor.system(actor.tenant_id, rule="採択の取消し"), name=actor.name)
    documents.void_documents(event.subject_id, rules.LETTERS, event.reason, actor=town, now=now)
    _issue(DocumentKind.REVOCATION, event, actor=town, now=now)


def _issue(
    kind: DocumentKind,
    event: ProposalCancelled | ProposalRevoked,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    proposal = get_proposal(actor, event.subject_id)
    documents.issue_document(
        kind,
        proposal.id,
        queries.ending_values(proposal, event.reason, now=now),
        title=_("%(letter)s（%(title)s）", letter=kind.label, title=proposal.title),
        actor=actor,
        now=now,
        locale=proposal.locale,
    )
