"""What belongs on the page of today."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.me.home import rules
from kyoso.municipal.engagements.rules import EngagementStatus as Status
from kyoso.municipal.talents.rules import WorkMode
from kyoso.municipal.work_hours.queries import OwnSpan, OwnTotal

MONDAY = dt.date(2026, 11, 16)
FRIDAY = dt.date(2026, 11, 20)


def span(town: str = "ひので町", status: Status = Status.ACTIVE, **changes) -> OwnSpan:
    return OwnSpan(
        **{
            "id": uuid.uuid4(),
            "tenant_id": uuid.uuid4(),
            "town": town,
            "slug": town,
            "role": "アドバイザー",
            "title": "",
            "department": "広報課",
            "status": status,
            "starts_on": dt.date(2026, 4, 1),
            "ends_on": dt.date(2027, 3, 31),
            "hours_a_month": 10,
            "in_town_days": None,
            "mode": WorkMode.ONLINE,
        }
        | changes
    )


def test_only_what_was_offered_waits_for_an_answer_the_first_to_begin_first():
    later = span(status=Status.OFFERED, starts_on=dt.date(2027, 1, 1))
    sooner = span(status=Status.OFFERED, starts_on=dt.date(2026, 12, 1))
    others = [span(status=status) for status in Status if status is not Status.OFFERED]
    assert rules.offers([later, *others, sooner]) == [sooner, later]


@pytest.mark.parametrize(
    ("day", "missing"),
    [(MONDAY + dt.timedelta(days=n), n >= 3) for n in range(7)],
)
def test_a_week_without_hours_is_missing_from_thursday_on(day, missing):
    one = span()
    assert rules.without_hours([one], {}, day) == ([one] if missing else [])


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.OFFERED},
        {"status": Status.DECLINED},
        {"starts_on": MONDAY + dt.timedelta(days=1)},
        {"ends_on": MONDAY},
    ],
)
def test_nobody_is_asked_for_hours_of_a_week_that_was_not_theirs(changes):
    assert rules.without_hours([span(**changes)], {}, FRIDAY) == []


def test_who_logged_something_this_week_is_left_alone():
    one = span()
    assert rules.without_hours([one], {one.id: OwnTotal(0, 60, 0)}, FRIDAY) == []
    assert rules.without_hours([one], {one.id: OwnTotal(600, 0, 0)}, FRIDAY) == [one]


def test_a_month_is_summed_by_town():
    first, second, other = span(), span(hours_a_month=5), span("みなと町")
    over = span("かぜ町", ends_on=dt.date(2026, 10, 31))
    totals = {first.id: OwnTotal(90, 0, 0), second.id: OwnTotal(30, 0, 0)}
    found = rules.month_by_town([first, second, other, over], totals, FRIDAY)
    assert [(t.town, t.hours, t.minutes, t.left) for t in found] == [
        ("ひので町", 15, 120, 780),
        ("みなと町", 10, 0, 600),
    ]


def test_more_than_was_planned_is_below_zero():
    one = span(hours_a_month=1)
    (found,) = rules.month_by_town([one], {one.id: OwnTotal(90, 0, 0)}, FRIDAY)
    assert found.left == -30
