"""The staff's pages for notices. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.clock import now
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.markdown import render
from kyoso.core.schema import load_form, shown_again
from kyoso.core.web import FeatureBlueprint, actor, go, show
from kyoso.municipal.notices import operations, queries
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.permissions import NoticePermission
from kyoso.municipal.notices.queries import PER_PAGE, NoticeFilter
from kyoso.municipal.notices.rules import NoticeStatus
from kyoso.municipal.notices.schemas import (
    LABELS,
    NewNoticeSchema,
    NoticeSchema,
    WithdrawSchema,
)

bp = FeatureBlueprint(
    "notices", __name__, url_prefix="/<town>/desk/notices", template_folder="templates"
)


@bp.page("/", permission=NoticePermission.READ)
def index() -> ResponseReturnValue:
    """List the town's notices: search, filter, page."""
    wanted = NoticeFilter.of(request.args)
    counts = queries.count_notices(actor(), wanted)
    total = counts[wanted.status] if wanted.status else sum(counts.values())
    pages = max(1, -(-total // PER_PAGE))
    here = min(wanted.page, pages)
    statuses: list[tuple[Any, ...]] = [(_("すべて"), None, sum(counts.values()))]
    statuses += [(status.label, status, counts[status]) for status in NoticeStatus]
    return show(
        "notices/index.html",
        notices=queries.list_notices(actor(), wanted, limit=PER_PAGE, offset=(here - 1) * PER_PAGE),
        wanted=wanted,
        total=total,
        here=here,
        pages=pages,
        statuses=[
            (label, _url(wanted, status=status), status is wanted.status, count)
            for label, status, count in statuses
        ],
        url_of_page=lambda number: _url(wanted, page=number),
    )


def _url(wanted: NoticeFilter, **changes: Any) -> str:
    return url_for(".index", **wanted.address(**changes))


@bp.page("/new", permission=NoticePermission.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Write a notice; the same form sent twice makes one."""
    if request.method == "GET":
        return _form({"form_id": new_id()}, {})
    try:
        sent = load_form(NewNoticeSchema, request.form)
    except InvalidInput as error:
        return _form(shown_again(request.form, error.errors), error.errors), 422
    notice = queries.find_sent(actor(), sent.form_id)
    if notice is None:
        notice = operations.create_notice(
            sent.draft, notice_id=sent.form_id, actor=actor(), now=now()
        )
        flash(_("下書きを保存しました。見え方を確かめてから公開してください。"))
    return go(".detail", notice_id=notice.id)


@bp.page("/<uuid:notice_id>", permission=NoticePermission.READ)
def detail(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Show one notice as the portal shows it, what can be done with it, and its history."""
    return _detail(queries.get_notice(actor(), notice_id))


@bp.page("/<uuid:notice_id>/edit", permission=NoticePermission.WRITE, methods=("GET", "POST"))
def edit(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a notice says."""
    notice = queries.get_notice(actor(), notice_id, lock=request.method == "POST")
    if request.method == "GET":
        return _form({"title": notice.title, "body": notice.body}, {}, notice)
    try:
        draft = load_form(NoticeSchema, request.form)
    except InvalidInput as error:
        return _form(request.form, error.errors, notice), 422
    operations.update_notice(notice, draft, actor=actor(), now=now())
    flash(_("「%(title)s」を保存しました。", title=notice.title))
    return go(".detail", notice_id=notice.id)


@bp.page("/<uuid:notice_id>/publish", permission=NoticePermission.WRITE, methods=("POST",))
def publish(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Show a notice on the portal."""
    notice = queries.get_notice(actor(), notice_id, lock=True)
    try:
        operations.publish_notice(notice, actor=actor(), now=now())
    except RuleViolation as refusal:
        return _detail(notice, refusal=refusal.message), 409
    flash(_("「%(title)s」を公開しました。", title=notice.title))
    return go(".detail", notice_id=notice.id)


@bp.page("/<uuid:notice_id>/withdraw", permission=NoticePermission.WRITE, methods=("POST",))
def withdraw(notice_id: uuid.UUID) -> ResponseReturnValue:
    """Take a notice off the portal."""
    notice = queries.get_notice(actor(), notice_id, lock=True)
    try:
        data = load_form(WithdrawSchema, request.form)
        operations.withdraw_notice(notice, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(notice, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(notice, request.form, refusal=refusal.message), 409
    flash(_("「%(title)s」を取り下げました。", title=notice.title))
    return go(".detail", notice_id=notice.id)


def _form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], notice: Notice | None = None
) -> str:
    return show("notices/form.html", notice=notice, values=values, errors=errors, labels=LABELS)


def _detail(
    notice: Notice,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    return show(
        "notices/detail.html",
        notice=notice,
        body=render(notice.body),
        history=list_history(actor(), [notice.id]),
        values=values or {},
        errors=errors or {},
        refusal=refusal,
        labels=LABELS,
    )
