"""The forms of 旅する公務員: ask another town for some of its staff, or offer somebody of ours."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.exchange.memoranda.queries import default_terms
from kyoso.exchange.networks.queries import list_member_towns
from kyoso.exchange.share_requests import operations, queries
from kyoso.exchange.share_requests.operations import RequestDraft
from kyoso.exchange.share_requests.queries import ShareRequest
from kyoso.exchange.share_requests.rules import ShareKind, Side
from kyoso.exchange.staff_exchanges.schemas import LABELS, NewStaySchema, StaySchema
from kyoso.identity.members.queries import list_members
from kyoso.municipal.agreements.rules import add_months
from kyoso.tenancy.queries import list_departments

bp = FeatureBlueprint(
    "staff_exchanges",
    __name__,
    url_prefix="/<town>/exchange/shares/stays",
    template_folder="templates",
)


@bp.page("/ask", permission="shares:ask", methods=("GET", "POST"))
def ask() -> ResponseReturnValue:
    """Ask a member town for somebody of its staff; it names whom."""
    return _new(Side.ASKER)


@bp.page("/offer", permission="shares:lend", methods=("GET", "POST"))
def offer() -> ResponseReturnValue:
    """Offer somebody of our staff to a member town; only an administrator may."""
    return _new(Side.HOME)


@bp.page("/<uuid:share_request_id>/edit", permission="shares:ask", methods=("GET", "POST"))
def edit(share_request_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is asked for or offered, before the other town approves."""
    one = queries.get_request(actor(), share_request_id, lock=request.method == "POST")
    if one.kind is not ShareKind.STAY or one.side_of(actor().tenant_id) is not one.opened_by:
        raise NotFound
    values: Mapping[str, Any] = request.form or {
        field.name: getattr(one, field.name) for field in dataclasses.fields(RequestDraft)
    }
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            draft = load_form(StaySchema, request.form)
            operations.revise_request(one, draft, actor=actor(), now=now())
        except InvalidInput as error:
            errors = error.errors
            queries.forget_changes()
        else:
            flash(_("内容を変えました。"))
            return go("share_requests.detail", share_request_id=one.id)
    page = _form(one.opened_by, values, errors, one)
    return (page, 422) if errors else page


def _new(side: Side) -> ResponseReturnValue:
    errors: dict[str, list[str]] = {}
    if request.method == "GET":
        first = add_months(today().replace(day=1), 1)
        values: Mapping[str, Any] = {
            "form_id": new_id(),
            "responsible_membership_id": actor().membership_id,
            "days": 5,
            "starts_on": first,
            "ends_on": first + dt.timedelta(days=30),
            **default_terms(ShareKind.STAY.value),
        }
        return _form(side, values, {})
    try:
        sent = load_form(NewStaySchema, request.form)
        made = queries.find_sent(actor(), sent.form_id)
        if made is None:
            town = list_member_towns(actor()).get(sent.other_id)
            if town is None:
                raise InvalidInput({"other_id": [_("同じネットワークの町を選んでください。")]})
            made = operations.draft_stay(
                sent.draft,
                town.network_id,
                town.tenant_id,
                side,
                request_id=sent.form_id,
                actor=actor(),
                now=now(),
            )
    except InvalidInput as error:
        errors = error.errors
        return _form(side, shown_again(request.form, errors), errors), 422
    flash(_("下書きを保存しました。内容を確かめて送ってください。"))
    return go("share_requests.detail", share_request_id=made.id)


def _form(
    side: Side,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    one: ShareRequest | None = None,
) -> str:
    who = actor()
    offering = side is Side.HOME
    return show(
        "staff_exchanges/form.html",
        one=one,
        offering=offering,
        values=values,
        errors=errors,
        labels=LABELS,
        towns=[]
        if one
        else [(town.tenant_id, town.name) for town in list_member_towns(who).values()],
        members=[(member.id, member.name) for member in list_members(who, active=True)],
        departments=[] if offering else [(unit.id, unit.name) for unit in list_departments(who)],
    )
