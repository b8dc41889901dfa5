"""What is counted of needs, held against a small town."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.needs import operations
from kyoso.municipal.needs.metrics import count_needs
from kyoso.municipal.needs.queries import get_need
from support.departments import make_department
from support.months import jst, numbers
from support.people import Town, actor_of


def make_need(town: Town, published: dt.datetime | None, **values: object) -> uuid.UUID:
    actor, unit = actor_of(town, Role.SECRETARIAT), make_department(town)
    draft = operations.NeedDraft(unit, "空き家の情報", "増えている。", "家が見つかる。", **values)
    with tenant_scope(town.id):
        need = operations.create_need(draft, need_id=new_id(), actor=actor, now=jst(8, 1))
        db.session.flush()
        if published:
            operations.publish_need(need, actor=actor, now=published)
        db.session.commit()
        return need.id


def happen(town: Town, need_id: uuid.UUID, what: str, at: dt.datetime) -> None:
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        need = get_need(actor, need_id, lock=True)
        if what == "close":
            operations.close_need(need, "見つかりました。", actor=actor, now=at)
        else:
            operations.reopen_need(need, None, actor=actor, now=at)
        db.session.commit()


@pytest.fixture
def town(hinode):
    return hinode


def test_a_small_town(town):
    make_need(town, None)
    make_need(town, jst(9, 30, 23, 59))
    make_need(town, jst(10, 1, 0, 0))
    # The days for answers do not decide whether it is public.
    make_need(town, jst(10, 31, 23, 59), closes_on=dt.date(2026, 10, 31))

    assert numbers(count_needs, town, 9) == {"published": 1, "open": 1}
    assert numbers(count_needs, town, 10) == {"published": 2, "open": 3}
    assert numbers(count_needs, town, 11) == {"published": 0, "open": 3}


def test_what_is_closed_later_and_reopened_was_open_all_the_same(town):
    need = make_need(town, jst(9, 10))
    happen(town, need, "close", jst(10, 31, 23, 59))
    happen(town, need, "reopen", jst(11, 1, 0, 0))
    happen(town, need, "close", jst(12, 1, 0, 0))

    opens = [numbers(count_needs, town, month)["open"] for month in (8, 9, 10, 11, 12)]
    assert opens == [0, 1, 0, 1, 0]
    assert [numbers(count_needs, town, m)["published"] for m in (9, 10, 11)] == [1, 0, 0]


def test_another_towns_needs_are_not_counted(town, minato):
    make_need(minato, jst(10, 10))

    assert numbers(count_needs, town, 10) == {"published": 0, "open": 0}
