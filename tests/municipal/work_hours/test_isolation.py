"""Whose hours: the person's own over all towns, and each town's own."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.municipal.work_hours import queries
from kyoso.municipal.work_hours.models import HoursCorrection, WorkHours
from kyoso.municipal.work_hours.rules import Said
from support.engagements import make_engagement
from support.people import Town, actor_of
from support.talents import Somebody, make_somebody, make_talent
from support.work_hours import log_hours

TABLES = [WorkHours, HoursCorrection]
LONG_AGO = dt.date(2026, 1, 15)


@pytest.fixture
def designer(app) -> Somebody:
    return make_somebody()


def engage(town: Town, somebody: Somebody) -> uuid.UUID:
    return make_engagement(
        town, make_talent(town, somebody), starts_on=LONG_AGO, hours_a_month=12, role="デザイナー"
    )


@pytest.fixture
def theirs(minato, designer) -> uuid.UUID:
    """Hours in another town, one of them corrected."""
    engagement = engage(minato, designer)
    log_hours(designer, {(engagement, LONG_AGO): Said(60, False, "港の会議")})
    log_hours(designer, {(engagement, LONG_AGO): Said(90, False, "港の打合せ")})
    return engagement


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
    if table is WorkHours:
        with tenant_scope(hinode.id):
            changed = db.session.execute(sa.update(table).values(note="x"))
            assert changed.rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


@pytest.mark.parametrize("table", TABLES)
def test_another_person_sees_nothing(theirs, table):
    with scope(Scope(person_id=make_somebody().person_id)):
        assert db.session.scalars(sa.select(table)).all() == []


def test_a_town_sees_its_own_hours_only_and_the_person_sees_all(theirs, hinode, minato, designer):
    ours = engage(hinode, designer)
    log_hours(designer, {(ours, LONG_AGO): Said(30, False, "うちの会議")})
    for town, engagement, note in (
        (hinode, ours, "うちの会議"),
        (minato, theirs, "港の打合せ"),
    ):
        actor = actor_of(town, Role.AUDITOR)
        with tenant_scope(town.id):
            rows = queries.list_entries(actor, LONG_AGO, today())
            assert [(row.engagement_id, row.note) for row in rows] == [(engagement, note)]
            assert [one.id for one in queries.list_hours(actor, LONG_AGO, today())] == [engagement]
    with scope(Scope(person_id=designer.person_id)):
        mine = queries.list_own_hours(designer.oneself, LONG_AGO, LONG_AGO)
        assert {cell.engagement_id for cell in mine} == {ours, theirs}
        assert len(queries.list_own_corrections(designer.oneself, LONG_AGO, LONG_AGO)) == 1


def test_the_town_cannot_write_hours(theirs, minato, designer):
    """Also not its own rows: what was worked is the person's word."""
    with tenant_scope(minato.id):
        changed = db.session.execute(sa.update(WorkHours).values(minutes=15))
        assert changed.rowcount == 0
        db.session.rollback()
    with tenant_scope(minato.id):
        db.session.add(row_of(minato, theirs, designer.person_id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nobody_can_log_for_an_engagement_of_another_person(theirs, minato):
    stranger = make_somebody()
    with scope(Scope(person_id=stranger.person_id)):
        db.session.add(row_of(minato, theirs, stranger.person_id))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nobody_can_log_in_the_name_of_another_person(theirs, minato, designer):
    with scope(Scope(person_id=make_somebody().person_id)):
        db.session.add(row_of(minato, theirs, designer.person_id))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def row_of(town: Town, engagement: uuid.UUID, person: uuid.UUID) -> WorkHours:
    return WorkHours(
        id=new_id(),
        tenant_id=town.id,
        engagement_id=engagement,
        person_id=person,
        worked_on=today(),
        minutes=60,
        in_town=False,
        changed_at=now(),
    )
