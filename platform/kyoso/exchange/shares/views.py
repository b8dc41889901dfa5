"""What runs: its hours, its early end and the reviews, on a request's page and on today's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.schema import load_form
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.share_requests.queries import ShareRequest, get_request, list_waiting_for
from kyoso.exchange.share_requests.rules import ShareStatus, Side, check_last_day
from kyoso.exchange.shares import operations, queries
from kyoso.exchange.shares.permissions import RunningPermission as May
from kyoso.exchange.shares.schemas import LABELS, EndingSchema, ReviewSchema

bp = FeatureBlueprint(
    "shares", __name__, url_prefix="/<town>/exchange/shares", template_folder="templates"
)

ONE = "/<uuid:share_request_id>"


@bp.page(f"{ONE}/end", permission=May.END, methods=("GET", "POST"))
def end(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """End a running share before the agreed day, with a reason that all three read."""
    one = get_request(actor(), share_request_id, lock=request.method == "POST")
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            said = load_form(EndingSchema, request.form)
            check_last_day(said["last_day"], one.starts_on, one.ends_on, today())
            operations.shorten_share(one, **said, actor=actor(), now=now())
        except InvalidInput as error:
            errors = error.errors
        else:
            flash(_("%(day)sで終えることにしました。", day=jp_date(one.ends_on)))
            return go("share_requests.detail", share_request_id=one.id)
    page = show(
        "shares/end.html",
        one=one,
        runs=one.status is ShareStatus.ACTIVE,
        values=request.form,
        errors=errors,
        labels=LABELS,
    )
    return (page, 422) if errors else page


@bp.page(f"{ONE}/review", permission=May.REVIEW, methods=("GET", "POST"))
def review(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Look back on a share that is over."""
    one = get_request(actor(), share_request_id, lock=request.method == "POST")
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            said = load_form(ReviewSchema, request.form)
        except InvalidInput as error:
            errors = error.errors
        else:
            again = said["again"] == "yes"
            operations.review_share(one, said["text"], again, actor=actor(), now=now())
            flash(_("ふりかえりを保存しました。"))
            return go("share_requests.detail", share_request_id=one.id)
    page = show("shares/review.html", one=one, values=request.form, errors=errors, labels=LABELS)
    return (page, 422) if errors else page


@bp.page(f"{ONE}/retry", permission=May.RETRY, methods=("POST",))
def retry(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Let the engagement be made again."""
    one = get_request(actor(), share_request_id, lock=True)
    operations.retry_share(one, actor=actor(), now=now())
    flash(_("もう一度、関与を作っています。"))
    return go("share_requests.detail", share_request_id=one.id)


@fills("share_request")
def running(one: ShareRequest) -> Mapping[str, Markup]:
    """Show on a request's page what runs, or ran."""
    if one.status not in {ShareStatus.ACCEPTED, ShareStatus.ACTIVE, ShareStatus.ENDED}:
        return {}
    who = actor()
    side = one.side_of(who.tenant_id)
    reviews = queries.list_reviews(one) if one.status is ShareStatus.ENDED else []
    shown = render_template(
        "shares/_running.html",
        one=one,
        side=side,
        months=queries.list_months(one),
        reviews=reviews,
        retries=one.problem and side is Side.ASKER and may(who, May.RETRY),
        ends=one.status is ShareStatus.ACTIVE and may(who, May.END),
        reviews_it=one.status is ShareStatus.ENDED
        and side not in {one.side for one in reviews}
        and may(who, May.REVIEW),
    )
    return {"body": Markup(shown)}  # noqa: S704 (rendered with escaping)


@fills("desk.today")
def waiting(who: Actor) -> Mapping[str, Markup]:
    """Show on today's page which requests wait for the town."""
    rows = list_waiting_for(who)
    if not rows:
        return {}
    shown = render_template("shares/_today.html", rows=rows, ours=who.tenant_id)
    return {"main": Markup(shown)}  # noqa: S704 (rendered with escaping)


@fills("listing")
def ask_for(listing: Any, **_loaded: Any) -> Mapping[str, Markup]:
    """Offer, on a listed person's page, to ask their town for hours."""
    who = actor()
    if listing.tenant_id == who.tenant_id or not may(who, "shares:ask"):  # type: ignore[arg-type]
        return {}
    address = url_for("share_requests.new", listing_id=listing.id, network_id=listing.network_id)
    words = _("人材シェアを依頼する")
    return {
        "head": Markup('<a class="button button--primary" href="{}">{}</a>').format(address, words)
    }


@fills("exchange.home")
def card(_who: Actor) -> Mapping[str, Markup]:
    """Lead from the exchange's home to the shares."""
    shown = render_template("shares/_card.html")
    return {"people": Markup(shown)}  # noqa: S704 (rendered with escaping)
