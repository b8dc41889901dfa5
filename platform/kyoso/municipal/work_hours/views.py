"""The staff's pages for worked hours: planned and logged. They only read: hours are the person's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kyoso.core.access import may
from kyoso.core.charts import Figure, Series, bars
from kyoso.core.clock import fiscal_year, today
from kyoso.core.i18n import gettext as _
from kyoso.core.sheets import send_sheet
from kyoso.core.slots import fills
from kyoso.core.web import FeatureBlueprint, actor, show, tenant
from kyoso.municipal.engagements.queries import Engagement, get_engagement
from kyoso.municipal.talent_programmes.rules import Programmes
from kyoso.municipal.work_hours import queries, rules
from kyoso.municipal.work_hours.metrics import add_up, by_person, without_hours
from kyoso.municipal.work_hours.permissions import WorkHoursPermission as May
from kyoso.municipal.work_hours.queries import EngagementHours
from kyoso.tenancy.queries import department_names

bp = FeatureBlueprint(
    "work_hours", __name__, url_prefix="/<town>/desk/work-hours", template_folder="templates"
)

#: A town's page of one engagement shows so many months.
MONTHS_SHOWN = 24
#: A month's page lists so many entries; the file has all of them.
ENTRIES_SHOWN = 200


@bp.page("/", permission=May.READ)
def index() -> ResponseReturnValue:
    """Show a fiscal year: planned and logged by month, department and person."""
    year, department, day = _year(), _department(), today()
    months = rules.months_of_year(year)
    rows = _of_year(year, department)
    # What is still to come is planned and cannot be logged: it is left out of the sums.
    so_far = [month for month in months if month <= day]
    names = department_names(actor())
    last = rules.next_month(day, -1)
    return show(
        "work_hours/index.html",
        year=year,
        years=_years(),
        department=department,
        departments=names,
        rows=rows,
        figure=_picture(rows, months),
        months=[(month, add_up(rows, [month])) for month in months],
        so_far=so_far,
        total=add_up(rows, so_far),
        by_department=[
            (unit, name, add_up(mine, so_far))
            for unit, name in names.items()
            if (mine := [row for row in rows if row.department_id == unit])
        ],
        by_person=by_person(rows, so_far),
        last=last,
        missing=without_hours(rows, last) if last in months else [],
        today=day,
        say=rules.say_minutes,
    )


@bp.page("/month", permission=May.READ)
def month() -> ResponseReturnValue:
    """Show a month: each engagement, days in town, missing hours, and every entry."""
    first, department, day = _month(), _department(), today()
    last = rules.month_end(first)
    rows = [
        row
        for row in queries.list_hours(actor(), first, last, department_id=department)
        if row.planned(first) or row.logged(first).minutes
    ]
    programmes = _programmes()
    by_programme: dict[str, list[rules.InTown]] = {}
    for row in rows:
        standing = row.in_town(first, day)
        if standing is not None:
            name = programmes.get(row.programme or "", _("制度によらない関与"))
            by_programme.setdefault(name, []).append(standing)
    return show(
        "work_hours/month.html",
        month=first,
        rows=rows,
        total=add_up(rows, [first]),
        missing={row.id for row in without_hours(rows, first)} if last < day else set(),
        by_programme=by_programme,
        programmes=programmes,
        entries=queries.list_entries(
            actor(), first, last, department_id=department, limit=ENTRIES_SHOWN
        ),
        shown=ENTRIES_SHOWN,
        department=department,
        departments=department_names(actor()),
        earlier=_link(first, -1, department),
        later=_link(first, 1, department),
        year=fiscal_year(first),
        today=day,
        say=rules.say_minutes,
    )


@bp.page("/<uuid:engagement_id>", permission=May.READ)
def engagement(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Show what was planned and logged for one engagement, and what was corrected."""
    found = get_engagement(actor(), engagement_id)
    until = min(found.ends_on, max(today(), found.starts_on))
    begin = max(rules.month_of(found.starts_on), rules.next_month(until, 1 - MONTHS_SHOWN))
    rows = queries.list_hours(actor(), begin, rules.month_end(until), engagement_id=engagement_id)
    asked = _month() if request.args.get("month") else rules.month_of(until)
    months = [rules.next_month(until, -n) for n in range(MONTHS_SHOWN)]
    return show(
        "work_hours/engagement.html",
        engagement=found,
        what=found.title or found.role,
        row=rows[0] if rows else None,
        months=[month for month in months if month >= begin],
        month=asked,
        entries=queries.list_entries(
            actor(), asked, rules.month_end(asked), engagement_id=engagement_id
        ),
        corrections=queries.list_corrections(actor(), engagement_id),
        today=today(),
        say=rules.say_minutes,
    )


@bp.page("/export.<any(xlsx,csv):kind>", permission=May.READ)
def export(kind: str) -> ResponseReturnValue:
    """Return a fiscal year's hours as a file: a line for each engagement and month."""
    year = _year()
    names, programmes = department_names(actor()), _programmes()
    rows = _of_year(year, _department())
    heads = [
        *(_("月"), _("課・室"), _("氏名"), _("役割"), _("制度"), _("計画（時間）")),
        *(_("実績（時間）"), _("働いた日数"), _("町にいた日数"), _("町にいる日数の決まり")),
    ]
    lines = [
        [
            first,
            names.get(row.department_id, ""),
            row.person_name,
            row.what,
            programmes.get(row.programme or "", ""),
            row.planned(first),
            _hours(row.logged(first).minutes),
            row.logged(first).days,
            row.logged(first).days_in_town,
            row.in_town_days if row.planned(first) else None,
        ]
        for first in rules.months_of_year(year)
        for row in rows
        if row.planned(first) or row.logged(first).minutes
    ]
    return send_sheet(f"{tenant().slug}-hours-{year}", kind, heads, lines)


@bp.page("/month/export.<any(xlsx,csv):kind>", permission=May.READ)
def export_month(kind: str) -> ResponseReturnValue:
    """Return a month's hours as a file: a line for each day of each engagement."""
    first = _month()
    names = department_names(actor())
    heads = [
        *(_("日"), _("課・室"), _("氏名"), _("役割"), _("時間"), _("町にいた"), _("メモ")),
        *(_("入力した日時"), _("最後に変えた日時")),
    ]
    lines = [
        [
            row.worked_on,
            names.get(row.department_id, ""),
            row.person_name,
            row.what,
            _hours(row.minutes),
            _("はい") if row.in_town else "",
            row.note,
            row.created_at,
            row.changed_at,
        ]
        for row in queries.list_entries(
            actor(), first, rules.month_end(first), department_id=_department()
        )
    ]
    return send_sheet(f"{tenant().slug}-hours-{first:%Y-%m}", kind, heads, lines)


@fills("engagement")
def engagement_parts(found: Engagement, **_loaded: Any) -> dict[str, Markup]:
    """Return what an engagement's page says of its hours this month."""
    if not may(actor(), May.READ) or found.status not in queries.AGREED:
        return {}
    first = rules.month_of(today())
    rows = queries.list_hours(actor(), first, rules.month_end(first), engagement_id=found.id)
    return _part("work_hours/_engagement.html", engagement=found, rows=rows, month=first)


@fills("talent")
def talent_parts(talent: Any, **_loaded: Any) -> dict[str, Markup]:
    """Return what a person's page in the register says of their hours in this fiscal year."""
    if not may(actor(), May.READ):
        return {}
    months = rules.months_of_year(fiscal_year(today()))
    rows = queries.list_hours(actor(), months[0], rules.month_end(months[-1]), talent_id=talent.id)
    if not rows:
        return {}
    so_far = [month for month in months if month <= today()]
    return _part("work_hours/_talent.html", rows=rows, month=so_far[-1], so_far=so_far)


def _part(template: str, **context: Any) -> dict[str, Markup]:
    words = render_template(
        template, **context, today=today(), say=rules.say_minutes, add_up=add_up
    )
    return {"body": Markup(words)}  # noqa: S704


def _hours(minutes: int) -> float:
    return minutes / 60


def _of_year(year: int, department: uuid.UUID | None) -> list[EngagementHours]:
    months = rules.months_of_year(year)
    return queries.list_hours(
        actor(), months[0], rules.month_end(months[-1]), department_id=department
    )


def _picture(rows: Sequence[EngagementHours], months: Sequence[dt.date]) -> Figure | None:
    if not rows:
        return None
    sums = [add_up(rows, [month]) for month in months]
    links = [_link(month, 0, _department()) for month in months]
    return bars(
        [
            Series(_("計画時間"), [one.planned for one in sums]),
            Series(_("実績時間"), [_hours(one.minutes) or None for one in sums], links),
        ],
        [f"{month.month}" for month in months],
        title=_("月ごとの計画と実績（時間）"),
        say=lambda hours: rules.say_minutes(round(hours * 60)),
    )


def _programmes() -> dict[str, str]:
    found = Programmes.of(tenant().declaration).programmes
    return {key: one.name for key, one in found.items()}


def _link(month: dt.date, later: int, department: uuid.UUID | None) -> str:
    asked = f"{rules.next_month(month, later):%Y-%m}"
    return url_for("work_hours.month", month=asked, department=department)


def _years() -> list[int]:
    """Return the fiscal years to choose from: the next, this, and three before."""
    this = fiscal_year(today())
    return list(range(this + 1, this - 4, -1))


def _year() -> int:
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else 0
    return year if 2000 <= year <= 2200 else fiscal_year(today())


def _month() -> dt.date:
    try:
        asked = dt.date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return rules.month_of(today())
    return asked if 2000 <= asked.year <= 2200 else rules.month_of(today())


def _department() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.args.get("department", ""))
    except ValueError:
        return None
