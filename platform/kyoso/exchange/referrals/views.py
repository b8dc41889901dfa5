"""Where a town asks a proposer, sees what became of it, and answers what other towns refer to it."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request, send_file
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.networks.queries import list_member_towns, list_networks_in_force
from kyoso.exchange.referrals import operations, queries, rules
from kyoso.exchange.referrals.permissions import ReferralPermission as May
from kyoso.exchange.referrals.rules import Part
from kyoso.exchange.referrals.schemas import LABELS, DeclineSchema, OfferSchema
from kyoso.municipal.decisions.queries import get_announced
from kyoso.municipal.intake.queries import get_intake
from kyoso.municipal.proposals.queries import Proposal, get_received
from kyoso.municipal.proposals.rules import CONTENT, ProposalStatus, ProposerKind
from kyoso.tenancy.queries import get_tenant

Errors = Mapping[str, list[str]]

bp = FeatureBlueprint(
    "referrals", __name__, url_prefix="/<town>/exchange/referrals", template_folder="templates"
)


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show what other towns refer to ours, and what ours refers to them."""
    return show(
        "referrals/index.html",
        joined=list_networks_in_force(actor()),
        received=queries.list_received(actor()),
        sent=queries.list_sent(actor()),
    )


@bp.page("/new/<uuid:proposal_id>", permission=May.REFER, methods=("GET", "POST"))
def new(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the proposer of a declined proposal whether other towns may have it."""
    proposal = get_received(actor(), proposal_id, lock=request.method == "POST")
    announced = get_announced(actor(), proposal_id) is not None
    rules.check_referable(proposal.status, announced=announced)
    if request.method == "GET":
        return _new(proposal, {}, {})
    try:
        sent = load_form(OfferSchema, request.form)
        members = list_member_towns(actor())
        if any(town not in members for town in sent["towns"]):
            raise InvalidInput({"towns": [_("「紹介先の町」を選んでください。")]})
        towns = [members[town] for town in dict.fromkeys(sent["towns"])]
        operations.propose_referral(proposal, towns, sent["words"], actor=actor(), now=now())
    except InvalidInput as error:
        return _new(proposal, request.form, error.errors), 422
    if proposal.email:
        flash(_("提案者にメールで確認しました。同意があるまで、何も渡りません。"))
    else:
        flash(_("提案者にはメールがありません。専用リンクのページで答えていただいてください。"))
    return go(".index")


def _new(proposal: Proposal, values: Mapping[str, Any], errors: Errors) -> str:
    return show(
        "referrals/new.html",
        proposal=proposal,
        towns=queries.list_referable_towns(actor(), proposal.id),
        sent=queries.list_sent_of(actor(), proposal.id),
        parts=list(Part),
        values=values,
        errors=errors,
        labels=LABELS,
    )


@bp.page("/offers/<uuid:offer_id>/withdraw", permission=May.REFER, methods=("POST",))
def withdraw_offer(offer_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the proposer no more."""
    offer = queries.get_offer(actor(), offer_id)
    operations.withdraw_offer(offer, actor=actor(), now=now())
    flash(_("紹介の確認を取りやめました。"))
    return go(".index")


@bp.page("/<uuid:referral_id>", permission=May.READ)
def detail(referral_id: uuid.UUID) -> ResponseReturnValue:
    """Show a referral to the town that it was given to: what was consented, and the answers."""
    return _detail(referral_id, {}, {})


def _detail(referral_id: uuid.UUID, values: Mapping[str, Any], errors: Errors) -> str:
    received = queries.get_received(actor(), referral_id)
    waiting = received.referral.status is rules.ReferralStatus.OFFERED
    lent = queries.find_content(actor(), referral_id) if waiting else None
    return show(
        "referrals/detail.html",
        received=received,
        referral=received.referral,
        waiting=waiting and lent is not None,
        lent=lent.content if lent else {},
        content=CONTENT,
        kind=ProposerKind(lent.content["kind"]).label if lent else "",
        files=queries.list_lent_files(actor(), referral_id) if lent else [],
        intake=get_intake(actor(), today()),
        values=values,
        errors=errors,
        labels=LABELS,
    )


@bp.page("/<uuid:referral_id>/files/<uuid:file_id>", permission=May.READ)
def file(referral_id: uuid.UUID, file_id: uuid.UUID) -> ResponseReturnValue:
    """Hand out a file that was consented to, never to be opened in the page."""
    found = queries.get_lent_file(actor(), referral_id, file_id)
    return send_file(
        io.BytesIO(found.bytes),
        mimetype=found.media_type,
        as_attachment=True,
        download_name=found.name,
        max_age=0,
    )


@bp.page("/<uuid:referral_id>/accept", permission=May.ANSWER, methods=("POST",))
def accept(referral_id: uuid.UUID) -> ResponseReturnValue:
    """Take the referral in as a proposal of our own; a second click leads to the same."""
    received = queries.get_received(actor(), referral_id, lock=True)
    if received.intake is not None and received.intake.proposal_id is not None:
        return go("desk.detail", proposal_id=received.intake.proposal_id)
    proposal = operations.accept_referral(received, actor=actor(), now=now())
    flash(_("この町の提案として受け付けました（受付番号 %(receipt)s）。", receipt=proposal.receipt))
    return go("desk.detail", proposal_id=proposal.id)


@bp.page("/<uuid:referral_id>/decline", permission=May.ANSWER, methods=("POST",))
def decline(referral_id: uuid.UUID) -> ResponseReturnValue:
    """Say no, with words to the proposer."""
    received = queries.get_received(actor(), referral_id, lock=True)
    try:
        words = load_form(DeclineSchema, request.form)["words"]
    except InvalidInput as error:
        return _detail(referral_id, request.form, error.errors), 422
    operations.decline_referral(received, words, actor=actor(), now=now())
    flash(_("見送りました。言葉は、紹介元の町を通して提案者に届きます。"))
    return go(".index")


@fills("proposal")
def on_the_proposals_page(proposal: Proposal) -> dict[str, Markup]:
    """Show on a proposal's page where it was referred to, or from; one statement, seldom two."""
    who = actor()
    if proposal.status in {ProposalStatus.DECLINED, ProposalStatus.REFERRED}:
        sent = queries.list_sent_of(who, proposal.id)
        if sent or may(who, May.REFER):
            page = render_template("referrals/_sent.html", sent=sent, proposal=proposal)
            return {"aside": Markup(page)}  # noqa: S704 (a template made it)
    intake = queries.find_origin(who, proposal)
    if intake is None:
        return {}
    town = get_tenant(intake.from_tenant_id).name
    page = render_template("referrals/_origin.html", town=town)
    return {"aside": Markup(page)}  # noqa: S704 (a template made it)


@fills("exchange.home")
def on_the_exchanges_home(who: Actor) -> dict[str, Markup]:
    """Lead to the referrals, and say how many wait for an answer."""
    waiting = queries.count_waiting(who)
    page = render_template("referrals/_card.html", waiting=waiting)
    return {"cards": Markup(page)}  # noqa: S704 (a template made it)
