"""The calendar at the desk, and the feed that calendar programs subscribe to."""

from __future__ import annotations

import datetime as dt

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from kyoso.core import clock
from kyoso.core.access import may
from kyoso.core.clock import now
from kyoso.core.config import settings
from kyoso.core.errors import NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.ics import DayEntry, calendar
from kyoso.core.web import LINK, FeatureBlueprint, actor, enter_as, go, show, tenant
from kyoso.municipal.calendars import operations, queries, rules
from kyoso.municipal.calendars.permissions import CalendarPermission
from kyoso.municipal.calendars.rules import DateEntry, DateKind

#: What a feed reaches back and ahead: enough to look up, little enough to send often.
BACK, AHEAD = dt.timedelta(days=365), dt.timedelta(days=3 * 365)

bp = FeatureBlueprint(
    "calendars", __name__, url_prefix="/<town>/desk/calendar", template_folder="templates"
)
feed = FeatureBlueprint("calendar_feed", __name__, url_prefix="/<town>/calendar")


@bp.page("/", permission=CalendarPermission.READ)
def month() -> ResponseReturnValue:
    """List the dates of a month."""
    return _month("")


def _month(address: str) -> str:
    first = rules.month_of(request.args.get("month", ""), clock.today())
    found = queries.list_dates(actor(), first, rules.last_of(first))
    days: dict[dt.date, list[DateEntry]] = {}
    for entry in found:
        if entry.kind is not DateKind.PILOT:
            days.setdefault(entry.first, []).append(entry)
    return show(
        "calendars/month.html",
        first=first,
        pilots=[entry for entry in found if entry.kind is DateKind.PILOT],
        days=days,
        today=clock.today(),
        earlier=url_for(".month", month=f"{rules.before(first):%Y-%m}"),
        later=url_for(".month", month=f"{rules.next_of(first):%Y-%m}"),
        link_since=queries.find_link_date(actor()),
        address=address,
    )


@bp.page("/link", permission=CalendarPermission.LINK, methods=("POST",))
def issue() -> ResponseReturnValue:
    """Give the reader a secret address; it is shown this once, because only its hash is kept."""
    token = operations.issue_link(actor=actor(), now=now())
    return _month(f"{settings().base_url.rstrip('/')}/{tenant().slug}/calendar/{token}.ics")


@bp.page("/link/revoke", permission=CalendarPermission.LINK, methods=("POST",))
def revoke() -> ResponseReturnValue:
    """End the reader's secret address."""
    operations.revoke_link(actor=actor(), now=now())
    flash(_("予定表の専用アドレスを無効にしました。登録した予定表は、もう更新されません。"))
    return go(".month")


@feed.page("/<token>.ics", permission=LINK)
def entries(token: str) -> ResponseReturnValue:
    """Give a member's calendar program the dates of the town's projects."""
    enter_as(queries.get_holder(tenant().id, token))
    if not may(actor(), CalendarPermission.READ):
        raise NotFound
    day = clock.today()
    content = calendar(
        _("%(town)s プロジェクトの予定", town=tenant().name),
        map(_entry, queries.list_dates(actor(), day - BACK, day + AHEAD)),
        now=now(),
    )
    response = Response(content, content_type="text/calendar; charset=utf-8")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _entry(entry: DateEntry) -> DayEntry:
    base = settings().base_url.rstrip("/")
    done = _("（済）") if entry.done else ""
    return DayEntry(
        uid=f"{entry.kind}-{entry.id}@{base.partition('://')[2]}",
        first=entry.first,
        last=entry.last,
        summary=f"{done}{entry.kind.label} No.{entry.number} {entry.title}",
        description=entry.who,
        url=f"{base}/{tenant().slug}/desk/projects/{entry.project_id}{entry.kind.page}",
    )
