"""The pages of share requests: what we asked for, what others ask of us, and each one's steps."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.access import Actor, may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.share_requests import operations, queries, rules
from kyoso.exchange.share_requests.models import ShareRequest
from kyoso.exchange.share_requests.permissions import SharePermission as May
from kyoso.exchange.share_requests.queries import PER_PAGE, TABS, ShareFilter
from kyoso.exchange.share_requests.rules import Payer, PayUnit, ShareKind, ShareStatus, WorkMode
from kyoso.exchange.share_requests.schemas import (
    LABELS,
    ApprovalSchema,
    NewRequestSchema,
    ProposalOfTermsSchema,
    ReasonSchema,
    RequestSchema,
    VersionSchema,
    first_values,
    renewed_values,
    values_of,
)
from kyoso.exchange.talent_pool.queries import Listing, get_listing
from kyoso.identity.hours_budget import hours_left
from kyoso.identity.members.queries import list_members
from kyoso.tenancy.queries import list_departments

bp = FeatureBlueprint(
    "share_requests", __name__, url_prefix="/<town>/exchange/shares", template_folder="templates"
)

ONE = "/<uuid:share_request_id>"
Errors = Mapping[str, list[str]]


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List what we asked for, what is asked of us, what runs and what is over."""
    wanted = ShareFilter.of(request.args)
    counts = queries.count_requests(actor(), wanted)
    total = counts[wanted.tab]
    pages = max(1, -(-total // PER_PAGE))
    page = min(wanted.page, pages)
    return show(
        "share_requests/index.html",
        wanted=wanted,
        rows=queries.list_requests(actor(), wanted, page=page),
        tabs=[
            (
                str(words),
                url_for(".index", **wanted.address(tab=tab)),
                tab == wanted.tab,
                counts[tab],
            )
            for tab, (words, _statuses) in TABS.items()
        ],
        kinds=list(ShareKind),
        total=total,
        here=page,
        pages=pages,
        ours=actor().tenant_id,
        url_of_page=lambda number: url_for(".index", **wanted.address(page=number)),
    )


@bp.page("/export.<any(xlsx, csv):ending>", permission=May.READ)
def export(ending: str) -> ResponseReturnValue:
    """Return the list as a file."""
    wanted = ShareFilter.of(request.args)
    heads = [
        *(
            _("種類"),
            _("氏名"),
            _("状態"),
            _("お願いする町"),
            _("所属の町"),
            _("課・室"),
            _("目的"),
        ),
        *(_("月の時間"), _("日数"), _("始まりの日"), _("終わりの日"), _("依頼の日時")),
    ]
    rows = [
        [
            *(one.kind.label, one.person_name, one.status.label, one.asker_name, one.home_name),
            *(one.department_name, one.purpose, one.hours_a_month, one.days),
            *(one.starts_on, one.ends_on, one.sent_at),
        ]
        for one in queries.list_requests(actor(), wanted)
    ]
    return send_sheet(_("人材シェア"), ending, heads, rows)


@bp.page("/new", permission=May.ASK, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Ask for hours of a listed person; what is left of them is said before."""
    sent, values = request.form, dict[str, Any]()
    errors: Errors = {}
    source = sent or request.args
    listing = get_listing(_id(source.get("listing_id")), _id(source.get("network_id")))
    renews_id = source.get("renews_id")
    renews = queries.get_request(actor(), _id(renews_id)) if renews_id else None
    if request.method == "GET":
        first = renewed_values(renews) if renews else first_values(today())
        mine = {"responsible_membership_id": actor().membership_id}
        values = mine | first | {"form_id": new_id()}
    elif "check" not in sent:
        try:
            wanted = load_form(NewRequestSchema, sent)
            made = queries.find_sent(actor(), wanted.form_id) or operations.draft_request(
                wanted.draft,
                listing,
                request_id=wanted.form_id,
                renews=renews,
                actor=actor(),
                now=now(),
            )
        except InvalidInput as error:
            errors = error.errors
        else:
            flash(_("下書きを保存しました。内容を確かめて送ってください。"))
            return go(".detail", share_request_id=made.id)
    shown = values or shown_again(sent, dict(errors))
    page = _form(shown, errors, listing=listing, renews=renews)
    return (page, 422) if errors else page


@bp.page(f"{ONE}/edit", permission=May.ASK, methods=("GET", "POST"))
def edit(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is asked for, before the other town approves."""
    one = queries.get_request(actor(), share_request_id, lock=request.method == "POST")
    if one.kind is not ShareKind.HOURS or not _opened_here(one):
        raise NotFound
    values: Mapping[str, Any] = request.form or values_of(one)
    errors: Errors = {}
    if request.method == "POST" and "check" not in request.form:
        try:
            draft = load_form(RequestSchema, request.form)
            operations.revise_request(one, draft, actor=actor(), now=now())
        except (InvalidInput, RuleViolation) as refusal:
            errors = getattr(refusal, "errors", None) or {"": [refusal.message]}
            queries.forget_changes()
        else:
            flash(_("内容を変えました。"))
            return go(".detail", share_request_id=one.id)
    page = _form(values, errors, one=one)
    return (page, 422) if errors else page


@bp.page(ONE, permission=May.READ)
def detail(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Show one request: its steps, what is ours to do, the thread, the memorandum."""
    return _detail(queries.get_request(actor(), share_request_id))


@bp.page(f"{ONE}/memorandum/<int:version>.pdf", permission=May.READ)
def paper(share_request_id: uuid.UUID, version: int) -> ResponseReturnValue:
    """Return a version of the memorandum; 0 is how it would be if the draft were sent."""
    one = queries.get_request(actor(), share_request_id)
    if version == 0 and one.status is ShareStatus.DRAFT:
        content = queries.set_paper(one, 0, today())
    else:
        content = queries.pdf_of(one, version)
    return Response(content, content_type="application/pdf")


@bp.page(f"{ONE}/send", permission=May.ASK, methods=("POST",))
def send(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the other town; the hours are held from now on."""
    one = queries.get_request(actor(), share_request_id, lock=True)
    if one.sent_at is not None and _opened_here(one):
        return go(".detail", share_request_id=one.id)
    return _act(one, _("依頼を送りました。"), operations.send_request)


@bp.page(f"{ONE}/terms", permission=May.ANSWER, methods=("GET", "POST"))
def terms(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Word the terms differently, as the town that was asked."""
    one = queries.get_request(actor(), share_request_id, lock=request.method == "POST")
    who = one.who(one.side_of(actor().tenant_id))
    rules.check_move(one.status, ShareStatus.APPROVED, who)
    values: Mapping[str, Any] = request.form or values_of(one) | {"version": one.paper_version}
    errors: Errors = {}
    if request.method == "POST":
        try:
            said = load_form(ProposalOfTermsSchema, request.form)
            read = said.pop("version")
            operations.propose_terms(one, said, read, actor=actor(), now=now())
        except InvalidInput as error:
            errors = error.errors
        else:
            flash(_("覚書の新しい版を作り、相手の町に知らせました。"))
            return go(".detail", share_request_id=one.id)
    page = show("share_requests/terms.html", one=one, values=values, errors=errors, labels=LABELS)
    return (page, 422) if errors else page


@bp.page(f"{ONE}/confirm", permission=May.ASK, methods=("POST",))
def confirm(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Agree to the version of the memorandum that the other town wrote."""
    one = queries.get_request(actor(), share_request_id, lock=True)
    read = load_form(VersionSchema, request.form)["version"]
    return _act(one, _("覚書の新しい版に同意しました。"), operations.confirm_paper, read)


@bp.page(f"{ONE}/approve", permission=May.ANSWER, methods=("POST",))
def approve(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Say yes, to the version that was read; now the person is asked."""
    one = queries.get_request(actor(), share_request_id, lock=True)
    try:
        read, names = load_form(ApprovalSchema, request.form)
    except InvalidInput as error:
        return _detail(one, error.errors), 422
    said = _("承認しました。ご本人に返事をお願いしています。")
    return _act(one, said, operations.approve_request, read, names)


@bp.page(f"{ONE}/decline", permission=May.ANSWER, methods=("POST",))
def decline(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Say no; the other town and the person are told why."""
    return _end(share_request_id, _("見送りました。"), operations.decline_request)


@bp.page(f"{ONE}/withdraw", permission=May.ASK, methods=("POST",))
def withdraw(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Take a request back."""
    return _end(share_request_id, _("取り下げました。"), operations.withdraw_request)


def _end(share_request_id: uuid.UUID, said: str, operation: Any) -> ResponseReturnValue:
    one = queries.get_request(actor(), share_request_id, lock=True)
    try:
        reason = load_form(ReasonSchema, request.form)["reason"]
    except InvalidInput as error:
        return _detail(one, error.errors), 422
    return _act(one, said, operation, reason)


def _act(one: ShareRequest, said: str, operation: Any, *given: Any) -> ResponseReturnValue:
    """Do one step and show the request again, or why it is refused."""
    before = one.id
    try:
        operation(one, *given, actor=actor(), now=now())
    except (InvalidInput, RuleViolation) as refusal:
        queries.forget_changes()
        shown = queries.get_request(actor(), before)
        errors = getattr(refusal, "errors", None) or {"": [refusal.message]}
        status = 422 if isinstance(refusal, InvalidInput) else 409
        return _detail(shown, errors), status
    flash(said)
    return go(".detail", share_request_id=before)


def _opened_here(one: ShareRequest) -> bool:
    return one.side_of(actor().tenant_id) is one.opened_by


def _id(said: Any) -> uuid.UUID:
    try:
        return uuid.UUID(str(said))
    except ValueError as error:
        raise NotFound from error


def _day(said: Any) -> dt.date | None:
    try:
        return said if isinstance(said, dt.date) else dt.date.fromisoformat(str(said))
    except ValueError:
        return None


def _form(
    values: Mapping[str, Any],
    errors: Errors,
    *,
    listing: Listing | None = None,
    renews: ShareRequest | None = None,
    one: ShareRequest | None = None,
) -> str:
    person_id = one.person_id if one else listing.person_id if listing else None
    first, last = _day(values.get("starts_on")), _day(values.get("ends_on"))
    period = (max(first, today()), last) if first and last and last >= max(first, today()) else None
    asked = period or (today(), None)
    held = one.id if one else None
    return show(
        "share_requests/form.html",
        one=one,
        listing=listing,
        renews=renews,
        name=one.person_name if one else listing.name if listing else "",
        left=hours_left(person_id, *asked, except_source=held) if person_id else None,
        period=period,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=[(unit.id, unit.name) for unit in list_departments(actor())],
        members=[(one.id, one.name) for one in list_members(actor(), active=True)],
        modes=[(mode, mode.label) for mode in WorkMode],
        payers=[(payer, payer.label) for payer in Payer],
        units=[(unit, unit.label) for unit in PayUnit],
    )


def _detail(one: ShareRequest, errors: Errors | None = None) -> str:
    who: Actor = actor()
    side = one.side_of(who.tenant_id)
    role = one.who(side)

    def can(to: ShareStatus, permission: May) -> bool:
        return rules.may_move(one.status, to, role) and may(who, permission)

    lends = one.kind is ShareKind.STAY and side is rules.Side.HOME
    approves = can(ShareStatus.APPROVED, May.LEND if lends else May.ANSWER)
    names = approves and one.kind is ShareKind.STAY
    pending = one.status in rules.PENDING and one.waits_for is side
    agreed = one.asker_version if side is rules.Side.ASKER else one.home_version
    return show(
        "share_requests/detail.html",
        one=one,
        side=side,
        errors=errors or {},
        labels=LABELS,
        values=request.form,
        steps=[str(words) for words in rules.STEPS],
        step=rules.step_of(one.status),
        left=_left(one),
        papers=queries.list_papers(one),
        sends=can(ShareStatus.SENT, May.LEND if lends else May.ASK),
        edits=role is rules.Who.OPENER and one.status in rules.NEGOTIABLE and may(who, May.ASK),
        words=can(ShareStatus.APPROVED, May.ANSWER),
        approves=approves,
        confirms=pending
        and one.status is ShareStatus.APPROVED
        and agreed != one.paper_version
        and may(who, May.LEND if lends else May.ASK),
        declines=can(ShareStatus.DECLINED, May.ANSWER),
        withdraws=can(ShareStatus.WITHDRAWN, May.ASK),
        renews=one.kind is ShareKind.HOURS
        and side is rules.Side.ASKER
        and one.status in (*rules.AGREED, ShareStatus.ENDED)
        and may(who, May.ASK),
        members=[(m.id, m.name) for m in list_members(who, active=True)] if names else [],
        departments=[(u.id, u.name) for u in list_departments(who)] if names and not lends else [],
        parts=parts_of("share_request", one),
    )


def _left(one: ShareRequest) -> int | None:
    """Return what is left of the person's hours, for a draft that would hold some of them."""
    if one.status is not ShareStatus.DRAFT or one.person_id is None:
        return None
    first = max(one.starts_on, today())
    if one.kind is not ShareKind.HOURS or one.ends_on < first:
        return None
    return hours_left(one.person_id, first, one.ends_on, except_source=one.id)
