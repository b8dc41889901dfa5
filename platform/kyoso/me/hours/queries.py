"""What the pages for hours show, put together from what is kept below."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from kyoso.core.access import PersonActor
from kyoso.core.i18n import jp_date, locale
from kyoso.municipal.work_hours import queries, rules
from kyoso.municipal.work_hours.queries import OwnSpan
from kyoso.municipal.work_hours.rules import NOTHING, Cell, InTown, Said

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Place:
    """One day of one engagement in the week's grid."""

    span: OwnSpan
    cell: Cell
    #: As the field shows it: what is kept, or what was typed.
    hours: str
    in_town: bool
    note: str
    seen: str
    #: Whether hours of this day can be typed: the engagement runs, and the day is not to come.
    open: bool
    error: str = ""

    @property
    def asks_town(self) -> bool:
        """Whether the mark for a day in town is shown without asking for it."""
        return self.in_town or self.span.mode != "online" or bool(self.span.in_town_days)


@dataclass(frozen=True, slots=True)
class WeekDay:
    """One day of a week, with a place for each engagement of the grid."""

    day: dt.date
    to_come: bool
    minutes: int
    places: list[Place]

    @property
    def words(self) -> tuple[str, str]:
        """The day without its year, and the weekday: two lines of a narrow head."""
        return short_day(self.day)


def short_day(day: dt.date) -> tuple[str, str]:
    """Return a day without its year, and its weekday."""
    if locale() == "ja":
        date, _bracket, weekday = jp_date(day).partition("年")[2].partition("（")
        return date, f"（{weekday}"
    weekday, number, month, _year = jp_date(day).split()
    return f"{number} {month}", f" {weekday}"


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One engagement in a month: planned, logged, left, and the days in town."""

    span: OwnSpan
    planned: int
    minutes: int
    in_town: InTown | None

    @property
    def left(self) -> int:
        """Minutes still to work; below zero where it was more than planned."""
        return self.planned * 60 - self.minutes


@dataclass(frozen=True, slots=True)
class Log:
    """What a person logged on the days of a page, over all towns."""

    spans: list[OwnSpan]
    said: dict[Cell, Said]
    today: dt.date

    def minutes(self, first: dt.date, last: dt.date, spans: set[uuid.UUID] | None = None) -> int:
        """Return what was logged from a first to a last day, for some engagements or for all."""
        return sum(
            said.minutes
            for cell, said in self.said.items()
            if first <= cell.day <= last and (spans is None or cell.engagement_id in spans)
        )

    def lines(self, month: dt.date) -> list[MonthLine]:
        """Return how each engagement of a month stands."""
        first, last = month, rules.month_end(month)
        found = []
        for span in self.spans:
            minutes, planned = self.minutes(first, last, {span.id}), span.planned(month)
            if not (planned or minutes):
                continue
            days = sum(
                said.in_town
                for cell, said in self.said.items()
                if cell.engagement_id == span.id and first <= cell.day <= last
            )
            asked = span.in_town_days if planned else None
            standing = rules.in_town(asked, days, month, span.ends_on, self.today)
            found.append(MonthLine(span, planned, minutes, standing))
        return found

    def towns(self, month: dt.date) -> dict[str, int]:
        """Return the minutes of a month by town."""
        found: dict[str, int] = {}
        for line in self.lines(month):
            found[line.span.town] = found.get(line.span.town, 0) + line.minutes
        return found


def load_log(me: PersonActor, first: dt.date, last: dt.date, today: dt.date) -> Log:
    """Return what a person logged from a first to a last day: two statements."""
    return Log(queries.list_own_spans(me), queries.list_own_hours(me, first, last), today)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed and could not be saved, by the key of each day."""

    hours: Mapping[str, str]
    in_town: Mapping[str, bool]
    notes: Mapping[str, str]
    errors: Mapping[str, str]


def week_of(
    log: Log, monday: dt.date, *, typed: Typed | None = None, copy: bool = False
) -> list[WeekDay]:
    """Return a week's grid; with `copy`, empty places hold last week's hours, not saved yet."""
    days = rules.days_from(monday)
    errors = typed.errors if typed else {}
    shown = [
        span
        for span in log.spans
        if any(
            span.holds_on(day) or Cell(span.id, day) in log.said or Cell(span.id, day).key in errors
            for day in days
        )
    ]
    return [
        WeekDay(
            day,
            day > log.today,
            log.minutes(day, day),
            [_place(log, span, Cell(span.id, day), typed, copy) for span in shown],
        )
        for day in days
    ]


def _place(log: Log, span: OwnSpan, cell: Cell, typed: Typed | None, copy: bool) -> Place:
    said = log.said.get(cell, NOTHING)
    open_ = cell.day <= log.today and (span.holds_on(cell.day) or cell in log.said)
    hours, in_town, note = rules.typed_hours(said.minutes), said.in_town, said.note
    if typed is not None and cell.key in typed.hours:
        hours = typed.hours[cell.key]
        in_town, note = typed.in_town[cell.key], typed.notes[cell.key]
    elif copy and open_ and not said.minutes:
        before = log.said.get(Cell(span.id, cell.day - WEEK), NOTHING)
        hours = rules.typed_hours(before.minutes)
    error = typed.errors.get(cell.key, "") if typed else ""
    return Place(span, cell, hours, in_town, note, said.token, open_ or bool(error), error)


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day of the month's calendar: what was logged, and which engagements begin or end."""

    day: dt.date
    minutes: int
    parts: list[tuple[OwnSpan, Said]]
    begins: list[OwnSpan]
    ends: list[OwnSpan]
    running: int

    @property
    def weekday(self) -> str:
        """The word for the day of the week."""
        return short_day(self.day)[1]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say of it."""
        return not (self.parts or self.begins or self.ends)


def month_of(log: Log, month: dt.date) -> list[MonthDay]:
    """Return the days of a month."""
    by_id = {span.id: span for span in log.spans}
    agreed = [span for span in log.spans if span.runs]
    found = []
    for day in rules.days_from(month, rules.month_end(month).day):
        parts = [
            (by_id[cell.engagement_id], said)
            for cell, said in log.said.items()
            if cell.day == day and said.minutes
        ]
        found.append(
            MonthDay(
                day,
                sum(said.minutes for _span, said in parts),
                sorted(parts, key=lambda part: (part[0].town, part[0].what)),
                [span for span in agreed if span.starts_on == day],
                [span for span in agreed if span.ends_on == day],
                sum(span.holds_on(day) for span in agreed),
            )
        )
    return found
