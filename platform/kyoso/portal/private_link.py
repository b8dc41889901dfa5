"""The way in by a private link: one proposal as its proposer sees it, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from kyoso.core.access import Actor
from kyoso.core.clock import now
from kyoso.core.config import settings
from kyoso.core.errors import DomainError, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.web import FeatureBlueprint, actor, enter_as, show, tenant
from kyoso.municipal.decisions import queries as decisions
from kyoso.municipal.decisions.queries import Decision
from kyoso.municipal.proposals import queries, rules
from kyoso.municipal.proposals.queries import Proposal
from kyoso.municipal.proposals.rules import ProposalStatus

_AFTER_DECISION = rules.DECIDED | {ProposalStatus.CANCELLED, ProposalStatus.REVOKED}


class LinkExpiredError(DomainError):
    """The private link was valid once; a new one goes to the registered address only."""

    def default_message(self) -> str:
        """Say what to do next."""
        return _("この専用リンクは有効期限が切れました。新しいリンクをお送りします。")


@dataclass(frozen=True, slots=True)
class Followed:
    """A proposal, and how it stands for its proposer."""

    proposal: Proposal
    #: As the proposer sees it: a decision shows only once announced.
    status: ProposalStatus
    #: Only once announced.
    decision: Decision | None

    @property
    def editable(self) -> bool:
        """Tell whether the proposer may change what they wrote."""
        return self.status in rules.EDITABLE

    @property
    def in_talk(self) -> bool:
        """Tell whether the proposer may write to the town and hand in files."""
        return self.status in rules.IN_TALK

    @property
    def unfinished(self) -> bool:
        """Tell whether the content may be saved with gaps, because it is still to be sent."""
        return self.status in {ProposalStatus.DRAFT, ProposalStatus.REVISION_REQUESTED}


def follow(token: str, *, change: bool = False) -> Followed:
    """Go on as the holder of a private link; NotFound if there is none, LinkExpiredError if it was one.

    `change` holds the proposal until the transaction ends, and refuses while a decision is
    made but not announced: any other refusal would give the decision away.
    """
    proposal = enter(token, change=change)
    decision = None
    if proposal.status in _AFTER_DECISION:
        decision = decisions.get_announced(actor(), proposal.id)
    if change and proposal.status in rules.DECIDED and decision is None:
        raise RuleViolation(
            _("ただいま町が回答をまとめています。回答をお送りするまで、変更はお待ちください。")
        )
    status = rules.visible_status(proposal.status, announced=decision is not None)
    return Followed(proposal, status, decision)


def enter(token: str, *, change: bool = False, even_expired: bool = False) -> Proposal:
    """Return the proposal of a private link, and act as its proposer from here on."""
    link = queries.get_link(tenant().id, token)
    if link.expires_at <= now() and not even_expired:
        raise LinkExpiredError
    proposal = queries.get_proposal(actor(), link.proposal_id, lock=change)
    enter_as(Actor.link_holder(tenant().id, proposal.id, proposal.known_as))
    return proposal


def address_of(token: str) -> str:
    """Return a private link as people copy it."""
    return f"{settings().base_url}/{tenant().slug}/p/{token}"


def keep_private(bp: FeatureBlueprint, expired: str = "following/expired.html") -> None:
    """Let a feature's pages answer expired links, and keep them out of caches and searches.

    `expired` is the page that says so.
    """

    def answer(_error: Exception) -> ResponseReturnValue:
        token = (request.view_args or {})["token"]
        return show(expired, token=token), 410

    bp.register_error_handler(LinkExpiredError, answer)
    bp.after_request(_unlisted)


def _unlisted(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
