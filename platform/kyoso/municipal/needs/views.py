"""The staff's pages for needs. A view loads, calls one operation, and shows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core.access import may
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import send_sheet
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.municipal.needs import operations, queries, rules
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.permissions import NeedPermission
from kyoso.municipal.needs.queries import PER_PAGE, NeedFilter
from kyoso.municipal.needs.rules import NeedStatus
from kyoso.municipal.needs.schemas import (
    LABELS,
    CloseSchema,
    NeedSchema,
    NewNeedSchema,
    ReopenSchema,
)
from kyoso.municipal.strategy.queries import get_tactic, list_tactics, tactic_labels
from kyoso.tenancy.queries import department_names, list_departments

bp = FeatureBlueprint(
    "needs", __name__, url_prefix="/<town>/desk/needs", template_folder="templates"
)


@bp.page("/", permission=NeedPermission.READ)
def index() -> ResponseReturnValue:
    """List the town's needs: search, filter, sort, page."""
    wanted = NeedFilter.of(request.args)
    counts = queries.count_needs(actor(), wanted)
    total = counts[wanted.status] if wanted.status else sum(counts.values())
    pages = max(1, -(-total // PER_PAGE))
    here = min(wanted.page, pages)
    statuses: list[tuple[Any, ...]] = [(_("すべて"), None, sum(counts.values()))]
    statuses += [(status.label, status, counts[status]) for status in NeedStatus]
    return show(
        "needs/index.html",
        needs=queries.list_needs(actor(), wanted, limit=PER_PAGE, offset=(here - 1) * PER_PAGE),
        wanted=wanted,
        total=total,
        here=here,
        pages=pages,
        statuses=[
            (label, _url(wanted, status=status), status is wanted.status, count)
            for label, status, count in statuses
        ],
        departments=department_names(actor()),
        may_create=may(actor(), NeedPermission.WRITE) and rules.acts_for_any(actor()),
        words=rules,
        url_of_sort=lambda sort: _url(wanted, sort=sort),
        url_of_page=lambda number: _url(wanted, page=number),
    )


def _url(wanted: NeedFilter, **changes: Any) -> str:
    return url_for(".index", **wanted.address(**changes))


@bp.page("/export.<any(xlsx,csv):kind>", permission=NeedPermission.READ)
def export(kind: str) -> ResponseReturnValue:
    """Return the list, as filtered and sorted, as a file."""
    departments, tactics = department_names(actor()), tactic_labels(actor())
    heads = [
        _("番号"),
        *(str(LABELS[name]) for name in ("title", "department_id", "tactic_id")),
        _("状態"),
        *(str(LABELS[name]) for name in ("purpose", "outcome", "skills")),
        _("時間（月）"),
        _("予算（円）"),
        *(str(LABELS[name]) for name in ("field_offered", "opens_on", "closes_on")),
        _("公開した日時"),
    ]
    rows = [
        (
            need.number,
            need.title,
            departments.get(need.department_id, ""),
            tactics.get(need.tactic_id, "") if need.tactic_id else "",
            need.status.label,
            need.purpose,
            need.outcome,
            "、".join(map(rules.skill_label, need.skills)),
            need.hours_a_month,
            need.budget_yen,
            need.field_offered,
            need.opens_on,
            need.closes_on,
            need.published_at,
        )
        for need in queries.list_needs(actor(), NeedFilter.of(request.args))
    ]
    return send_sheet(f"{tenant().slug}-needs", kind, heads, rows)


@bp.page("/new", permission=NeedPermission.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Write down what a department looks for; the same form sent twice makes one need."""
    if request.method == "GET":
        return _form({"form_id": new_id()}, {})
    try:
        sent = load_form(NewNeedSchema, request.form)
        need = queries.find_sent(actor(), sent.form_id)
        if need is None:
            need = operations.create_need(
                sent.draft, need_id=sent.form_id, actor=actor(), now=now()
            )
            flash(_("下書きを保存しました。内容を確かめてから公開してください。"))
    except InvalidInput as error:
        return _form(shown_again(request.form, error.errors), error.errors), 422
    return go(".detail", need_id=need.id)


@bp.page("/<uuid:need_id>", permission=NeedPermission.READ)
def detail(need_id: uuid.UUID) -> ResponseReturnValue:
    """Show one need, what can be done with it, and its history."""
    return _detail(queries.get_need(actor(), need_id))


@bp.page("/<uuid:need_id>/edit", permission=NeedPermission.WRITE, methods=("GET", "POST"))
def edit(need_id: uuid.UUID) -> ResponseReturnValue:
    """Change what a need says."""
    need = queries.get_need(actor(), need_id, lock=request.method == "POST")
    # Staff of other departments need not fill in a form that would be refused.
    rules.check_department(actor(), need.department_id)
    if request.method == "GET":
        return _form(_values(need), {}, need)
    try:
        draft = load_form(NeedSchema, request.form)
        operations.update_need(need, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors, need), 422
    flash(_("「%(title)s」を保存しました。", title=need.title))
    return go(".detail", need_id=need.id)


@bp.page("/<uuid:need_id>/publish", permission=NeedPermission.PUBLISH, methods=("POST",))
def publish(need_id: uuid.UUID) -> ResponseReturnValue:
    """Show a need on the portal."""
    need = queries.get_need(actor(), need_id, lock=True)
    try:
        operations.publish_need(need, actor=actor(), now=now())
    except RuleViolation as refusal:
        return _detail(need, refusal=refusal.message), 409
    flash(_("「%(title)s」を公開しました。", title=need.title))
    return go(".detail", need_id=need.id)


@bp.page("/<uuid:need_id>/close", permission=NeedPermission.PUBLISH, methods=("POST",))
def close(need_id: uuid.UUID) -> ResponseReturnValue:
    """Stop looking."""
    need = queries.get_need(actor(), need_id, lock=True)
    try:
        data = load_form(CloseSchema, request.form)
        operations.close_need(need, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(need, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(need, request.form, refusal=refusal.message), 409
    flash(_("「%(title)s」の募集を終了しました。", title=need.title))
    return go(".detail", need_id=need.id)


@bp.page("/<uuid:need_id>/reopen", permission=NeedPermission.PUBLISH, methods=("POST",))
def reopen(need_id: uuid.UUID) -> ResponseReturnValue:
    """Look again."""
    need = queries.get_need(actor(), need_id, lock=True)
    try:
        data = load_form(ReopenSchema, request.form)
        operations.reopen_need(need, **data, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(need, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(need, request.form, refusal=refusal.message), 409
    flash(_("「%(title)s」の募集を再開しました。", title=need.title))
    return go(".detail", need_id=need.id)


def _values(need: Need) -> dict[str, Any]:
    known = [skill for skill in need.skills if rules.is_known(skill)]
    return {
        **{name: getattr(need, name) for name in LABELS if hasattr(need, name)},
        "tactic_id": need.tactic_id or "",
        "skills": known,
        "other_skills": "、".join(skill for skill in need.skills if skill not in known),
    }


def _form(
    values: Mapping[str, Any], errors: Mapping[str, list[str]], need: Need | None = None
) -> str:
    departments = [
        (str(unit.id), unit.name)
        for unit in list_departments(actor())
        if rules.acts_for(actor(), unit.id)
    ]
    tactics = list_tactics(actor())
    if need is not None:
        # A unit or a tactic that has ended keeps its needs until somebody hands them on.
        if str(need.department_id) not in dict(departments):
            name = department_names(actor())[need.department_id]
            departments.insert(0, (str(need.department_id), name))
        if need.tactic_id and need.tactic_id not in {tactic.id for tactic in tactics}:
            tactics.insert(0, get_tactic(actor(), need.tactic_id))
    return show(
        "needs/form.html",
        need=need,
        values=values,
        errors=errors,
        labels=LABELS,
        departments=departments,
        tactics=tactics,
        skills=rules.SKILLS,
        skills_max=rules.SKILLS_MAX,
    )


def _detail(
    need: Need,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    refusal: str = "",
) -> str:
    return show(
        "needs/detail.html",
        need=need,
        department=department_names(actor()).get(need.department_id, ""),
        tactic=get_tactic(actor(), need.tactic_id) if need.tactic_id else None,
        skills="、".join(map(rules.skill_label, need.skills)),
        mine=rules.acts_for(actor(), need.department_id),
        is_open=rules.is_open(need, today()),
        over=bool(need.closes_on and need.closes_on < today()),
        words=rules,
        history=list_history(actor(), [need.id]),
        values=values or {},
        errors=errors or {},
        refusal=refusal,
        labels=LABELS,
    )
