"""What is counted of engagements, held against a small town."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Role
from kyoso.core.clock import frozen
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.engagements.metrics import count_engagements
from kyoso.municipal.engagements.operations import shorten_engagement
from kyoso.municipal.engagements.queries import get_engagement
from kyoso.municipal.engagements.rules import EngagementStatus as S
from support.engagements import make_engagement
from support.months import jst, numbers
from support.people import actor_of
from support.talents import make_talent

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def agreed(town, hours, first, last, at=None, **values):
    said = {"hours_a_month": hours, "starts_on": first, "ends_on": last, "answered_at": at}
    return make_engagement(town, make_talent(town), **(said | values))


def test_a_small_town(hinode, minato):
    agreed(hinode, 10, day(10, 1), day(3, 31, 2027), jst(9, 20))
    # Begins and ends within December; begins with the year; ended with the old year.
    agreed(hinode, 8, day(12, 10), day(12, 20), jst(12, 1), status=S.ENDED)
    agreed(hinode, 20, day(1, 1, 2027), day(6, 30, 2027), jst(12, 15))
    agreed(hinode, 5, day(4, 1), day(12, 31), jst(3, 1), status=S.ENDED, ended_at=NEW_YEAR)
    # Nobody agreed, or it was taken back before it began.
    for status in (S.OFFERED, S.WITHDRAWN):
        agreed(hinode, 40, day(12, 1), day(3, 31, 2027), status=status)
    agreed(hinode, 40, day(12, 1), day(3, 31, 2027), jst(12, 2), status=S.DECLINED)
    agreed(minato, 40, day(10, 1), day(3, 31, 2027), jst(9, 20))

    assert numbers(count_engagements, hinode, 12) == {"in_force": 2, "planned_hours": 10 + 8 + 5}
    january = {"in_force": 2, "planned_hours": 10 + 20}
    assert numbers(count_engagements, hinode, 1, 2027) == january
    assert numbers(count_engagements, minato, 12) == {"in_force": 1, "planned_hours": 40}
    assert numbers(count_engagements, hinode, 2) == {"in_force": 0, "planned_hours": 0}


def test_what_is_agreed_on_at_midnight_in_japan_belongs_to_the_new_month(hinode):
    agreed(hinode, 3, day(12, 1), day(3, 31, 2027), NEW_YEAR - SECOND)
    agreed(hinode, 4, day(12, 1), day(3, 31, 2027), NEW_YEAR)

    assert numbers(count_engagements, hinode, 12) == {"in_force": 1, "planned_hours": 3}
    assert numbers(count_engagements, hinode, 1, 2027) == {"in_force": 2, "planned_hours": 7}


def test_an_early_end_changes_no_month_before_it(hinode):
    one = agreed(hinode, 10, day(10, 1), day(3, 31, 2027), jst(9, 20))
    before = numbers(count_engagements, hinode, 12)

    with frozen(jst(1, 20, year=2027)), tenant_scope(hinode.id):
        actor = actor_of(hinode, Role.ADMIN)
        engagement = get_engagement(actor, one, lock=True)
        last = day(1, 25, 2027)
        shorten_engagement(engagement, last, "早く片づいた", actor=actor, now=jst(1, 20, year=2027))
        db.session.commit()

    assert numbers(count_engagements, hinode, 12) == before == {"in_force": 1, "planned_hours": 10}
    assert numbers(count_engagements, hinode, 1, 2027) == {"in_force": 0, "planned_hours": 10}
    assert numbers(count_engagements, hinode, 2, 2027) == {"in_force": 0, "planned_hours": 0}
