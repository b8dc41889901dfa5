"""Where the proposer says which towns may have what, sees what became of it, and takes it back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.clock import now
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import LINK, FeatureBlueprint, actor, go, show
from kyoso.exchange.referrals import operations, queries, rules
from kyoso.exchange.referrals.rules import OfferStatus, Part
from kyoso.exchange.referrals.schemas import LABELS, ConsentSchema
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.portal.private_link import Followed, follow, keep_private
from kyoso.portal.site.navigation import closed_for_now

bp = FeatureBlueprint("referring", __name__, url_prefix="/<town>", template_folder="templates")
bp.before_request(closed_for_now)
keep_private(bp)


@bp.page("/p/<token>/referrals", permission=LINK)
def consent(token: str) -> ResponseReturnValue:
    """Show what the town asks, word by word, and which towns and parts there are."""
    found = follow(token)
    if not _asked(found):
        return go("following.proposal", token=token)
    return _form(token, found, {}, {})


@bp.page("/p/<token>/referrals", permission=LINK, methods=("POST",))
def answer(token: str) -> ResponseReturnValue:
    """Keep the answer; what was consented is handed over by a job."""
    found = follow(token, change=True)
    offers = queries.list_asked(actor(), found.proposal.id)
    if not offers:
        return go("following.proposal", token=token)
    try:
        sent = load_form(ConsentSchema, request.form)
        chosen = {offer.id for offer in offers} & set(sent["chosen"])
        operations.answer_offers(
            found.proposal, offers, chosen, sent["parts"], actor=actor(), now=now()
        )
    except InvalidInput as error:
        return _form(token, found, request.form, error.errors), 422
    flash(
        _("同意を受け付けました。紹介先の返事は、このページとメールでお知らせします。")
        if chosen
        else _("紹介を希望されないことを受け付けました。")
    )
    return go("following.proposal", token=token, _anchor="referral")


@bp.page("/p/<token>/referrals/<uuid:offer_id>/take-back", permission=LINK, methods=("POST",))
def take_back(token: str, offer_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw a consent before the other town took the proposal in."""
    found = follow(token, change=True)
    offer = queries.get_offer(actor(), offer_id)
    if offer.proposal_id != found.proposal.id:
        raise NotFound
    referral = queries.find_given(actor(), offer_id)
    operations.take_back_referral(found.proposal, offer, referral, actor=actor(), now=now())
    flash(_("同意を取り消しました。渡した内容は、紹介先の町から見えなくなりました。"))
    return go("following.proposal", token=token, _anchor="referral")


def _asked(found: Followed) -> list[queries.Sent]:
    sent = queries.list_sent_of(actor(), found.proposal.id)
    return [one for one in sent if one.offer.status is OfferStatus.ASKED]


def _form(
    token: str, found: Followed, values: Mapping[str, Any], errors: Mapping[str, list[str]]
) -> str:
    asked = _asked(found)
    return show(
        "referring/consent.html",
        token=token,
        proposal=found.proposal,
        asked=asked,
        towns=[(one.offer.id, one.town) for one in asked],
        words=dict.fromkeys(one.offer.words for one in asked if one.offer.words),
        parts=[(part.value, part.label, part.hint) for part in Part],
        wording=rules.WORDING,
        terms=rules.WORDINGS[rules.WORDING],
        values=values,
        errors=errors,
        labels=LABELS,
    )


@fills("following.proposal")
def on_the_private_page(found: Followed, *, token: str) -> dict[str, Markup]:
    """Show on the proposer's page what is asked, and what became of what they let go."""
    if found.status not in {ProposalStatus.DECLINED, ProposalStatus.REFERRED}:
        return {}
    sent = [
        one
        for one in queries.list_sent_of(actor(), found.proposal.id)
        if one.offer.status is not OfferStatus.WITHDRAWN
    ]
    if not sent:
        return {}
    page = render_template(
        "referring/_referral.html",
        token=token,
        sent=sent,
        asks=any(one.offer.status is OfferStatus.ASKED for one in sent),
        secret_of=queries.secret_of,
        label_of=lambda part: Part(part).label,
    )
    return {"main": Markup(page)}  # noqa: S704 (a template made it)
