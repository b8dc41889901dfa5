"""The staff's pages for engagements. A view loads, calls one operation, and shows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.charts import Series, bars
from kyoso.core.clock import fiscal_year, now, today
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import fiscal_label, yen
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import list_history
from kyoso.core.schema import load_form, shown_again
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import fills, parts_of
from kyoso.core.web import FeatureBlueprint, actor, go, show, tenant
from kyoso.identity.hours_budget import hours_left
from kyoso.identity.members.queries import list_members
from kyoso.municipal.agreements.queries import AgreementFilter, list_agreements
from kyoso.municipal.agreements.rules import AgreementKind, AgreementStatus
from kyoso.municipal.engagements import operations, queries, rules
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.permissions import EngagementPermission as May
from kyoso.municipal.engagements.queries import EngagementFilter
from kyoso.municipal.engagements.rules import ContractKind
from kyoso.municipal.engagements.schemas import (
    LABELS,
    AssignmentSchema,
    EngagementSchema,
    NewEngagementSchema,
    ReasonSchema,
    ShorteningSchema,
    cells,
    renewed_values,
    sheet_heads,
    values_of,
)
from kyoso.municipal.projects.queries import list_board
from kyoso.municipal.talent_programmes.rules import PayUnit, Programmes, cost_in
from kyoso.municipal.talents.queries import get_talent, list_talents
from kyoso.municipal.talents.rules import WorkMode
from kyoso.tenancy.queries import list_departments

bp = FeatureBlueprint(
    "engagements", __name__, url_prefix="/<town>/desk/engagements", template_folder="templates"
)

ONE = "/<uuid:engagement_id>"
Values = Mapping[str, Any]
Errors = Mapping[str, list[str]]


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """List the town's engagements: search, filter, sort, count, page, all in the address."""
    wanted = EngagementFilter.of(request.args, today())
    counts = queries.count_engagements(actor(), wanted)
    every = sum(counts.values())
    total = counts[wanted.status] if wanted.status else every
    pages = max(1, -(-total // queries.PER_PAGE))
    here = min(wanted.page, pages)
    return show(
        "engagements/index.html",
        rows=queries.list_engagements(actor(), wanted, page=here),
        wanted=wanted,
        total=total,
        here=here,
        pages=pages,
        statuses=[
            (label, _url(wanted, status=status), status is wanted.status, count)
            for label, status, count in (
                (_("すべて"), None, every),
                *((one.label, one, counts[one]) for one in counts),
            )
        ],
        roles=rules.roles_of(tenant().declaration),
        programmes=list(_programmes().programmes.values()),
        departments=list_departments(actor()),
        soon=today() + rules.ENDING_SOON,
        days=rules.ENDING_SOON.days,
        url_of_sort=lambda sort: _url(wanted, sort=sort),
        url_of_page=lambda number: _url(wanted, page=number),
    )


def _url(wanted: EngagementFilter, **changes: Any) -> str:
    said: dict[str, Any] = wanted.address(**changes)
    return url_for(".index", **said)


def _programmes() -> Programmes:
    return Programmes.of(tenant().declaration)


@bp.page("/export.<any(xlsx,csv):ending>", permission=May.READ)
def export(ending: str) -> ResponseReturnValue:
    """Hand out the list as filtered and sorted, for a spreadsheet."""
    names = {one.key: one.name for one in _programmes().programmes.values()}
    found = queries.list_engagements(actor(), EngagementFilter.of(request.args, today()))
    rows = (cells(one, names) for one in found)
    return send_sheet(f"{tenant().slug}-engagements", ending, sheet_heads(), rows)


@bp.page("/costs", permission=May.READ)
def costs() -> ResponseReturnValue:
    """Show what each programme costs in a fiscal year beside its cap."""
    asked = request.args.get("year", "")
    typed = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else 0
    year = typed if 2000 <= typed <= 2199 else fiscal_year(today())
    first, last = dt.date(year, 4, 1), dt.date(year + 1, 3, 31)
    found = rules.costs_of(queries.list_costed(actor(), first, last), _programmes(), year)
    declared = _programmes().programmes
    short = {key: one.short_name or one.name for key, one in declared.items()}
    labels = [short.get(one.key) or one.name or _("制度なし") for one in found]
    links = [url_for(".index", programme=one.key) if one.key else None for one in found]
    figure = bars(
        [
            Series(_("合意済み"), [one.agreed.total for one in found], links),
            Series(_("返事待ち"), [one.offered.total for one in found], links),
        ],
        labels,
        title=_("%(year)sの制度ごとの費用と上限", year=fiscal_label(year)),
        stacked=True,
        limit=Series(_("上限"), [one.cap for one in found]),
        say=lambda value: yen(int(value)),
    )
    return show(
        "engagements/costs.html",
        year=year,
        found=found,
        figure=figure,
        programmes=declared,
        url_of_year=lambda other: url_for(".costs", year=other),
    )


@bp.page("/new", permission=May.WRITE, methods=("GET", "POST"))
def new() -> ResponseReturnValue:
    """Offer an engagement to somebody of the register; the same form sent twice makes one."""
    said = request.form if request.method == "POST" else request.args
    renews_id = said.get("renews_id", type=uuid.UUID)
    renews = queries.get_engagement(actor(), renews_id) if renews_id else None
    talent_id = renews.talent_id if renews else said.get("talent_id", type=uuid.UUID)
    if talent_id is None:
        return show("engagements/choose.html", talents=list_talents(actor()))
    if request.method == "GET":
        return _form(_first_values(renews), {}, talent_id, renews=renews)
    if "check" in request.form:
        return _form(request.form, {}, talent_id, renews=renews)
    try:
        sent = load_form(NewEngagementSchema, request.form)
        engagement = queries.find_sent(actor(), sent.form_id)
        if engagement is None:
            engagement = operations.offer_engagement(
                sent.draft,
                talent_id,
                engagement_id=sent.form_id,
                renews=renews,
                actor=actor(),
                now=now(),
            )
            flash(_saved(engagement))
    except InvalidInput as error:
        values = shown_again(request.form, error.errors)
        return _form(values, error.errors, talent_id, renews=renews), 422
    except RuleViolation as refusal:
        return _form(request.form, {"": [refusal.message]}, talent_id, renews=renews), 409
    return go(".detail", engagement_id=engagement.id)


def _saved(engagement: Engagement) -> str:
    name = engagement.person_name
    if engagement.answered_at:
        return _("%(name)sさんとの関与を登録し、本人にメールで知らせました。", name=name)
    return _("%(name)sさんに申し出のメールを送りました。返事を待ちます。", name=name)


def _first_values(renews: Engagement | None) -> dict[str, Any]:
    if renews:
        return {"form_id": new_id(), **renewed_values(renews)}
    day = today()
    first = dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)
    asked = {name: request.args[name] for name in LABELS if name in request.args}
    return {
        "form_id": new_id(),
        "starts_on": first,
        "ends_on": dt.date(fiscal_year(first) + 1, 3, 31),
        "check_in_days": 30,
        "responsible_membership_id": actor().membership_id,
        "contract_kind": ContractKind.COMMISSION,
        "mode": WorkMode.BOTH,
        **asked,
    }


@bp.page(ONE, permission=May.READ)
def detail(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Show one engagement: what is agreed, which rules it misses and why, and its history."""
    return _detail(queries.get_engagement(actor(), engagement_id), {}, {})


@bp.page(f"{ONE}/edit", permission=May.WRITE, methods=("GET", "POST"))
def edit(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Change what is offered, while nobody has answered."""
    engagement = queries.get_engagement(actor(), engagement_id, lock=request.method == "POST")
    talent_id = engagement.talent_id
    if engagement.status is not rules.EngagementStatus.OFFERED:
        raise RuleViolation(_("返事のあった関与の条件は変えられません。更新してください。"))
    if request.method == "GET":
        return _form(values_of(engagement), {}, talent_id, engagement)
    if "check" in request.form:
        return _form(request.form, {}, talent_id, engagement)
    try:
        draft = load_form(EngagementSchema, request.form)
        operations.revise_engagement(engagement, draft, actor=actor(), now=now())
    except InvalidInput as error:
        return _form(request.form, error.errors, talent_id, engagement), 422
    except RuleViolation as refusal:
        return _form(request.form, {"": [refusal.message]}, talent_id, engagement), 409
    flash(
        _("申し出の内容を変え、%(name)sさんにメールで知らせました。", name=engagement.person_name)
    )
    return go(".detail", engagement_id=engagement.id)


@bp.page(f"{ONE}/assignment", permission=May.WRITE, methods=("POST",))
def reassign(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Change who is responsible, the project, the agreement and the rhythm of check-ins."""
    engagement = queries.get_engagement(actor(), engagement_id, lock=True)
    try:
        change = load_form(AssignmentSchema, request.form)
        operations.reassign_engagement(engagement, change, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(engagement, request.form, error.errors), 422
    flash(_("担当などを変えました。"))
    return go(".detail", engagement_id=engagement.id)


@bp.page(f"{ONE}/withdraw", permission=May.WRITE, methods=("POST",))
def withdraw(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Take an offer back, or what was agreed before its first day."""
    engagement = queries.get_engagement(actor(), engagement_id, lock=True)
    try:
        reason = load_form(ReasonSchema, request.form)["reason"]
        operations.withdraw_engagement(engagement, reason, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(engagement, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(engagement, request.form, {"": [refusal.message]}), 409
    flash(_("取り下げました。%(name)sさんにメールで知らせました。", name=engagement.person_name))
    return go(".detail", engagement_id=engagement.id)


@bp.page(f"{ONE}/shorten", permission=May.WRITE, methods=("POST",))
def shorten(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """End an engagement before the agreed day."""
    engagement = queries.get_engagement(actor(), engagement_id, lock=True)
    try:
        sent = load_form(ShorteningSchema, request.form)
        operations.shorten_engagement(engagement, **sent, actor=actor(), now=now())
    except InvalidInput as error:
        return _detail(engagement, request.form, error.errors), 422
    except RuleViolation as refusal:
        return _detail(engagement, request.form, {"": [refusal.message]}), 409
    flash(
        _(
            "早く終えることを記録し、%(name)sさんにメールで知らせました。",
            name=engagement.person_name,
        )
    )
    return go(".detail", engagement_id=engagement.id)


def _form(
    values: Values,
    errors: Errors,
    talent_id: uuid.UUID,
    engagement: Engagement | None = None,
    renews: Engagement | None = None,
) -> str:
    talent = get_talent(actor(), talent_id)
    programmes = _programmes()
    roles = rules.roles_of(tenant().declaration)
    role = str(values.get("role") or "")
    first, last = _day(values, "starts_on"), _day(values, "ends_on")
    period = (first, last) if first and last and first <= last else None
    source = engagement.id if engagement else None
    if engagement and engagement.renews_id:
        renews = queries.get_engagement(actor(), engagement.renews_id)
    return show(
        "engagements/form.html",
        values=values,
        errors=errors,
        labels=LABELS,
        talent=talent,
        engagement=engagement,
        renews=renews,
        period=period,
        left=_left(talent.person_id, period, source, renews),
        roles=[(one, one) for one in [*roles, *([role] if role and role not in roles else [])]],
        programmes=[(one.key, one.name) for one in programmes.programmes.values()],
        guides=programmes,
        departments=[(unit.id, unit.name) for unit in list_departments(actor())],
        kinds=_choices(ContractKind),
        modes=_choices(WorkMode),
        units=_choices(PayUnit),
        **_choosable(),
    )


def _left(
    person_id: uuid.UUID,
    period: tuple[dt.date, dt.date] | None,
    source: uuid.UUID | None,
    renews: Engagement | None,
) -> int | None:
    first, last = period or (today(), None)
    first = max(first, today())
    if renews:
        first = rules.after_month_of(renews.terms, first)
    return hours_left(person_id, first, last and max(last, first), except_source=source)


def _choosable() -> dict[str, Any]:
    signed = AgreementFilter(kind=AgreementKind.ENGAGEMENT, status=AgreementStatus.SIGNED)
    return {
        "members": [(one.id, one.name) for one in list_members(actor(), active=True)],
        "projects": [(one.id, f"No.{one.number} {one.title}") for one in list_board(actor())],
        "agreements": [
            (one.id, f"No.{one.number} {one.title}")
            for one in list_agreements(actor(), signed, today())
        ],
    }


def _choices(kind: Any) -> list[tuple[str, str]]:
    return [(one.value, one.label) for one in kind]


def _day(values: Values, name: str) -> dt.date | None:
    value = values.get(name)
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value or "")
    except ValueError:
        return None


def _detail(engagement: Engagement, values: Values, errors: Errors) -> str:
    day = today()
    writes = may(actor(), May.WRITE, engagement)
    renewal = queries.renewal_of(actor(), engagement.id)
    began = engagement.starts_on <= day
    active = engagement.status is rules.EngagementStatus.ACTIVE
    programme = _programmes().programmes.get(engagement.programme or "")
    return show(
        "engagements/detail.html",
        engagement=engagement,
        programme=programme,
        cost=cost_in(engagement.terms, fiscal_year(max(day, engagement.starts_on))),
        chain=queries.list_earlier(actor(), engagement)[1:],
        renewal=renewal,
        days_left=(engagement.ends_on - day).days if active else None,
        soon=rules.ENDING_SOON.days,
        writes=writes,
        may_renew=writes and renewal is None and engagement.status in rules.RENEWABLE,
        may_withdraw=writes
        and (engagement.status is rules.EngagementStatus.OFFERED or (active and not began)),
        may_shorten=writes and active and began and engagement.ends_on >= day,
        entries=list_history(actor(), [engagement.id]),
        values={**values_of(engagement), "reason": "", **values},
        errors=errors,
        labels=LABELS,
        parts=parts_of("engagement", engagement),
        **(_choosable() if writes and engagement.status in rules.OPEN else {}),
    )


@fills("talent")
def talent_parts(talent: Any, **_loaded: Any) -> dict[str, Markup]:
    """Return what a person's page in the register says of their engagements."""
    if not may(actor(), May.READ):
        return {}
    rows = queries.list_engagements(
        actor(), EngagementFilter(talent_id=talent.id, sort="-starts_on")
    )
    part = render_template("engagements/_talent.html", talent=talent, rows=rows)
    return {"body": Markup(part)}  # noqa: S704
