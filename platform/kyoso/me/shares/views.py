"""What towns ask of a person: read it, accept or decline with words, write, end it, look back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response, flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_date
from kyoso.core.schema import load_form
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, show
from kyoso.exchange.share_requests import queries, rules
from kyoso.exchange.share_requests.queries import ShareRequest
from kyoso.exchange.share_requests.rules import ShareKind, ShareStatus, Side
from kyoso.exchange.share_talks.operations import reply_as_person
from kyoso.exchange.share_talks.queries import list_thread
from kyoso.exchange.share_talks.schemas import LABELS as TALK_LABELS
from kyoso.exchange.share_talks.schemas import ReplySchema
from kyoso.exchange.shares import operations
from kyoso.exchange.shares.queries import list_months, list_reviews
from kyoso.exchange.shares.schemas import (
    LABELS,
    AcceptanceSchema,
    EndingSchema,
    RefusalSchema,
    ReviewSchema,
)
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.profiles.rules import PART_LABELS

bp = FeatureBlueprint("me_shares", __name__, url_prefix="/me/shares", template_folder="templates")

ONE = "/<uuid:share_request_id>"


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """List what waits for an answer, what runs, and what is over, over all towns."""
    rows = queries.list_own_requests(me())
    return show(
        "me_shares/index.html",
        pending=[row for row in rows if row.status in rules.PENDING],
        running=[row for row in rows if row.status in rules.AGREED],
        over=[row for row in rows if row.status not in (*rules.PENDING, *rules.AGREED)],
    )


@bp.page(ONE, permission=SIGNED_IN)
def detail(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a town asks, on what terms, and ask for the answer when it is time."""
    return _detail(queries.get_own_request(me(), share_request_id), {}, {})


@bp.page(f"{ONE}/memorandum/<int:version>.pdf", permission=SIGNED_IN)
def paper(share_request_id: uuid.UUID, version: int) -> ResponseReturnValue:
    """Return a version of the memorandum that names the person."""
    one = queries.get_own_request(me(), share_request_id)
    return Response(queries.pdf_of(one, version), content_type="application/pdf")


@bp.page(f"{ONE}/accept", permission=SIGNED_IN, methods=("POST",))
def accept(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Agree to what was read; what was agreed already stays so."""
    one = queries.get_own_request(me(), share_request_id, lock=True)
    if one.status in rules.AGREED:
        return go(".detail", share_request_id=one.id)
    try:
        read = load_form(AcceptanceSchema, request.form)["version"]
        email = get_person(me()).email
        operations.accept_request(one, read, email, actor=me(), now=now())
    except (InvalidInput, RuleViolation) as refusal:
        return _detail(one, {}, {"": [refusal.message]}), 409
    flash(_("承諾しました。二つの町に知らせました。"))
    return go(".detail", share_request_id=one.id)


@bp.page(f"{ONE}/refuse", permission=SIGNED_IN, methods=("POST",))
def refuse(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Say no; both towns read the reason, if there is one."""
    one = queries.get_own_request(me(), share_request_id, lock=True)
    if one.status is ShareStatus.REFUSED:
        return go(".detail", share_request_id=one.id)
    try:
        note = load_form(RefusalSchema, request.form)["note"]
        operations.refuse_request(one, note, actor=me(), now=now())
    except InvalidInput as error:
        return _detail(one, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(one, request.form, {"": [refusal.message]}), 409
    flash(_("辞退しました。二つの町に知らせました。"))
    return go(".detail", share_request_id=one.id)


@bp.page(f"{ONE}/messages", permission=SIGNED_IN, methods=("POST",))
def post(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Write to both towns, once invited."""
    one = queries.get_own_request(me(), share_request_id, lock=True)
    try:
        text = load_form(ReplySchema, request.form)["text"]
        reply_as_person(one, text, actor=me(), now=now())
    except InvalidInput as error:
        return _detail(one, request.form, error.errors), 422
    flash(_("書き込みました。"))
    return go(".detail", share_request_id=one.id, _anchor="talk")


@bp.page(f"{ONE}/end", permission=SIGNED_IN, methods=("POST",))
def end(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """End a running share before the agreed day; both towns read the reason."""
    one = queries.get_own_request(me(), share_request_id, lock=True)
    try:
        said = load_form(EndingSchema, request.form)
        if one.agreed_ends_on is None or one.ends_on != said["last_day"]:
            operations.leave_share(one, **said, actor=me(), now=now())
            flash(_("%(day)sで終えることにしました。", day=jp_date(one.ends_on)))
    except InvalidInput as error:
        return _detail(one, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(one, request.form, {"": [refusal.message]}), 409
    return go(".detail", share_request_id=one.id)


@bp.page(f"{ONE}/review", permission=SIGNED_IN, methods=("POST",))
def review(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Look back on a share that is over."""
    one = queries.get_own_request(me(), share_request_id, lock=True)
    try:
        said = load_form(ReviewSchema, request.form)
        again = said["again"] == "yes"
        operations.review_as_person(one, said["text"], again, actor=me(), now=now())
    except InvalidInput as error:
        return _detail(one, request.form, error.errors), 422
    flash(_("ふりかえりを保存しました。"))
    return go(".detail", share_request_id=one.id)


def _detail(one: ShareRequest, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    over = one.status is ShareStatus.ENDED
    reviews = list_reviews(one) if over else []
    answerable = one.status is ShareStatus.APPROVED
    parts = queries.own_shown(me(), one)[1] if answerable else []
    return show(
        "me_shares/detail.html",
        one=one,
        answerable=answerable and rules.both_agree(one) and one.ends_on >= today(),
        refusable=answerable,
        late=answerable and one.ends_on < today(),
        stay=one.kind is ShareKind.STAY,
        parts=[str(PART_LABELS[part]) for part in parts if part != "name"],
        lines=list_thread(one),
        papers=queries.list_papers(one),
        months=list_months(one),
        reviews=reviews,
        reviews_it=over and Side.PERSON not in {row.side for row in reviews},
        values=values,
        errors=errors,
        labels=LABELS,
        talk_labels=TALK_LABELS,
    )
