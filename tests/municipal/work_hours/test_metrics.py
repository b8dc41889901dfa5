"""What is counted of worked hours, held against a small town."""

from __future__ import annotations

import datetime as dt

from kyoso.municipal.work_hours.metrics import count_hours
from support.engagements import make_engagement
from support.months import jst, numbers
from support.talents import make_somebody, make_talent
from support.work_hours import log_hours

FROM_TO = {"starts_on": dt.date(2026, 10, 1), "ends_on": dt.date(2027, 3, 31)}


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def test_a_small_town(hinode, minato):
    one, other = make_somebody("一 見本（見本）"), make_somebody("二 見本（見本）")
    first = make_engagement(hinode, make_talent(hinode, one), **FROM_TO)
    second = make_engagement(hinode, make_talent(hinode, other), **FROM_TO)
    elsewhere = make_engagement(minato, make_talent(minato, one), **FROM_TO)
    written = jst(1, 5, year=2027)
    log_hours(
        one,
        {
            (first, day(11, 30)): 600,
            (first, day(12, 1)): 90,
            (first, day(12, 31)): 120,
            (first, day(1, 1, 2027)): 600,
            (elsewhere, day(12, 1)): 480,
        },
        at=written,
    )
    log_hours(other, {(second, day(12, 15)): 15}, at=written)

    assert numbers(count_hours, hinode, 12) == {"logged": 3.75}
    assert numbers(count_hours, hinode, 11) == {"logged": 10}
    assert numbers(count_hours, minato, 12) == {"logged": 8}
    assert numbers(count_hours, minato, 11) == {"logged": 0}


def test_a_correction_is_in_what_is_counted_after_it(hinode):
    somebody = make_somebody()
    engagement = make_engagement(hinode, make_talent(hinode, somebody), **FROM_TO)
    log_hours(somebody, {(engagement, day(12, 1)): 90}, at=jst(12, 2))
    assert numbers(count_hours, hinode, 12) == {"logged": 1.5}

    log_hours(somebody, {(engagement, day(1, 4, 2027)): 60}, at=jst(1, 4, year=2027))
    assert numbers(count_hours, hinode, 12) == {"logged": 1.5}

    log_hours(somebody, {(engagement, day(12, 1)): 120}, at=jst(1, 4, year=2027))
    assert numbers(count_hours, hinode, 12) == {"logged": 2}
