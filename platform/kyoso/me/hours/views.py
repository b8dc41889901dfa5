"""A person's pages for hours, over all towns. A view loads, calls one operation, shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from kyoso.core.clock import now, today
from kyoso.core.errors import InvalidInput, NotFound
from kyoso.core.i18n import gettext as _
from kyoso.core.schema import load_form
from kyoso.core.web import SIGNED_IN, FeatureBlueprint, go, me, safe_next, show
from kyoso.me.hours.queries import WEEK, Log, Typed, load_log, month_of, week_of
from kyoso.me.hours.schemas import LABELS, QuickSchema, Sheet, read_sheet
from kyoso.municipal.work_hours import operations, queries, rules
from kyoso.municipal.work_hours.queries import OwnLog, OwnSpan
from kyoso.municipal.work_hours.rules import NOTHING, Cell, Change, HoursRefused

bp = FeatureBlueprint("me_hours", __name__, url_prefix="/me/hours", template_folder="templates")


@bp.page("/", permission=SIGNED_IN)
def index() -> ResponseReturnValue:
    """Show a week as a grid to fill in, and what can be added to today with two taps."""
    monday = rules.monday_of(_day(request.args.get("week", "")))
    return _week(monday, copy=request.args.get("copy") == "yes")


@bp.page("/week", permission=SIGNED_IN, methods=("POST",))
def save() -> ResponseReturnValue:
    """Save all days of a week at once; with one mistake nothing is saved and all is kept."""
    monday = rules.monday_of(_day(request.form.get("week", "")))
    sheet = read_sheet(request.form)
    log = _hold(sheet.cells)
    try:
        if sheet.errors:
            found = rules.weigh(sheet.changes, log.said, log.spans, today()).errors
            raise HoursRefused(found | _named(sheet.errors, log))
        changed = operations.save_hours(log, sheet.changes, actor=me(), now=now())
    except HoursRefused as error:
        return _week(monday, typed=_typed(sheet, log, error)), 422
    flash(
        _("%(n)s日分の時間を保存しました。", n=changed)
        if changed
        else _("変わったところはありませんでした。"),
    )
    return go(".index", week=monday.isoformat())


@bp.page("/quick", permission=SIGNED_IN, methods=("POST",))
def quick() -> ResponseReturnValue:
    """Add to today: one engagement, one button; the same tap sent twice adds once."""
    form = MultiDict(request.form)
    back = safe_next(form.pop("next", ""))
    tokens = {name: form.pop(name) for name in list(form) if name.startswith("seen-")}
    try:
        sent = load_form(QuickSchema, form)
        cell = Cell(sent["engagement_id"], sent["day"])
        log = _hold([cell])
        seen = read_sheet(MultiDict({f"seen-{cell.key}": tokens.get(f"seen-{cell.key}", "")}))
        there = log.said.get(cell, NOTHING)
        said = rules.tap(
            there,
            seen.changes[0].seen,
            int(sent["minutes"]),
            in_town=bool(sent["town"]),
            note=sent["note"],
        )
        operations.save_hours(
            log, [Change(cell, said, seen.changes[0].seen)], actor=me(), now=now()
        )
    except InvalidInput as error:
        found = {
            key if key in LABELS else "engagement_id": messages
            for key, messages in error.errors.items()
        } or {"engagement_id": [error.message]}
        return _week(rules.monday_of(today()), quick=request.form, errors=found), 422
    flash(
        _(
            "%(what)sの%(day)sは、%(total)sになりました。",
            what=log.spans[cell.engagement_id].words,
            day=_("今日") if cell.day == today() else str(cell.day),
            total=rules.say_minutes(said.minutes),
        )
    )
    return redirect(back, 303) if back else go(".index")


@bp.page("/calendar", permission=SIGNED_IN)
def calendar() -> ResponseReturnValue:
    """Show a month over all towns: days, totals, beginnings and ends."""
    month = rules.month_of(_day(f"{request.args.get('month', '')}-01"))
    last = rules.month_end(month)
    log = load_log(me(), month, last, today())
    lines = log.lines(month)
    return show(
        "me_hours/calendar.html",
        month=month,
        days=month_of(log, month),
        lines=lines,
        towns=log.towns(month),
        total=log.minutes(month, last),
        planned=sum(line.planned for line in lines),
        corrections=queries.list_own_corrections(me(), month, last),
        spans={span.id: span for span in log.spans},
        agreed=any(span.runs for span in log.spans),
        earlier=url_for(".calendar", month=f"{rules.next_month(month, -1):%Y-%m}"),
        later=url_for(".calendar", month=f"{rules.next_month(month):%Y-%m}"),
        today=today(),
        say=rules.say_minutes,
    )


def _day(asked: str) -> dt.date:
    """Return the day in an address; today where there is none that a calendar has."""
    try:
        day = dt.date.fromisoformat(asked)
    except ValueError:
        return today()
    return day if 2000 <= day.year <= 2200 else today()


def _hold(cells: list[Cell]) -> OwnLog:
    """Return the person's log of these days, held; an engagement of others is not there."""
    log = queries.hold_own_log(me(), sorted({cell.day for cell in cells}))
    if any(cell.engagement_id not in log.spans for cell in cells):
        raise NotFound
    return log


def _named(errors: Mapping[Cell, str], log: OwnLog) -> dict[Cell, str]:
    """Return what could not be read, with the town and the day before it."""
    return {
        cell: f"{rules.name_of(log.spans[cell.engagement_id], cell)}：{words}"
        for cell, words in errors.items()
    }


def _typed(sheet: Sheet, log: OwnLog, error: HoursRefused) -> Typed:
    """Return the grid as it was typed.

    Of a place that was not touched, what is kept now is shown: else a second press would write
    back what another screen has changed meanwhile.
    """
    touched = {
        change.cell.key
        for change in sheet.changes
        if change.said.token != change.seen
        or log.said.get(change.cell, NOTHING).token == change.seen
    } | {cell.key for cell in sheet.errors}
    form = request.form
    return Typed(
        {key: form.get(f"hours-{key}", "") for key in touched},
        {key: bool(form.get(f"town-{key}")) for key in touched},
        {key: form.get(f"note-{key}", "") for key in touched},
        {key: messages[0] for key, messages in error.errors.items()},
    )


def _week(
    monday: dt.date,
    *,
    typed: Typed | None = None,
    copy: bool = False,
    quick: Mapping[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> str:
    day, sunday = today(), monday + WEEK - dt.timedelta(days=1)
    this_week = monday <= day <= sunday
    # The month that most of the week is in; of this week, today's.
    month = rules.month_of(day if this_week else monday + dt.timedelta(days=3))
    first, last = min(monday - WEEK, month), max(sunday, rules.month_end(month))
    log = load_log(me(), first, last, day)
    days = week_of(log, monday, typed=typed, copy=copy)
    places = [place for one in days for place in one.places]
    running = [span for span in log.spans if span.holds_on(day)] if this_week else []
    alone = {"engagement_id": str(running[0].id)} if len(running) == 1 else {}
    return show(
        "me_hours/index.html",
        monday=monday,
        sunday=sunday,
        this_week=this_week,
        days=days,
        spans=[place.span for place in days[0].places],
        sums={
            span.id: log.minutes(monday, sunday, {span.id})
            for span in (place.span for place in days[0].places)
        },
        total=log.minutes(monday, sunday),
        editable=any(place.open for place in places),
        running=running,
        choices=[(str(span.id), span.words, _today_words(log, span, day)) for span in running],
        today_cells=[
            (cell.key, log.said.get(cell, NOTHING).token)
            for cell in (Cell(span.id, day) for span in running)
        ],
        taps=[(n, rules.say_minutes(n)) for n in rules.TAPS],
        quick=quick or alone,
        errors=errors or {},
        labels=LABELS,
        mistakes={p.cell.key: [p.error] for p in places if p.error},
        copied=copy and any(p.hours and not log.said.get(p.cell) for p in places),
        may_copy=bool(log.minutes(monday - WEEK, monday - dt.timedelta(days=1))),
        lines=log.lines(month),
        month=month,
        agreed=any(span.runs for span in log.spans),
        to_come=[span for span in log.spans if span.runs and span.starts_on > day],
        earlier=url_for(".index", week=(monday - WEEK).isoformat()),
        later=url_for(".index", week=(monday + WEEK).isoformat()),
        today=day,
        say=rules.say_minutes,
    )


def _today_words(log: Log, span: OwnSpan, day: dt.date) -> str:
    said = log.said.get(Cell(span.id, day), NOTHING)
    return _("今日はここまで%(total)s", total=rules.say_minutes(said.minutes))
