"""Whose engagements: a town sees its own, a person their own in every town."""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import PersonActor, Role
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.municipal.engagements import queries
from kyoso.municipal.engagements.models import Engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from support.engagements import make_engagement
from support.people import actor_of, make_town
from support.talents import make_somebody, make_talent


def as_person(person_id: uuid.UUID):
    return scope(Scope(person_id=person_id))


@pytest.fixture
def somebody(app):
    return make_somebody()


@pytest.fixture
def ours(app, somebody):
    town = make_town("見本町")
    return town, make_engagement(town, make_talent(town, somebody))


@pytest.fixture
def theirs(app, somebody):
    town = make_town("よその町")
    other = make_somebody("別の 人（見本）")
    make_engagement(town, make_talent(town, other))
    return town, make_engagement(town, make_talent(town, somebody))


def test_a_town_sees_only_its_own_engagements(ours, theirs):
    town, mine = ours
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        assert [e.id for e in queries.list_engagements(actor)] == [mine]
        assert sum(queries.count_engagements(actor).values()) == 1


def test_another_towns_engagement_looks_like_a_missing_one(ours, theirs):
    town, _mine = ours
    actor = actor_of(town, Role.SECRETARIAT)
    with tenant_scope(town.id):
        for wanted in (theirs[1], uuid.uuid4()):
            with pytest.raises(NotFound):
                queries.get_engagement(actor, wanted)


def test_the_database_hides_theirs_even_from_a_query_that_forgot(ours, theirs):
    with tenant_scope(ours[0].id):
        found = db.session.scalars(sa.select(Engagement.tenant_id)).all()
    assert set(found) == {ours[0].id}


def test_a_person_sees_their_own_in_every_town_and_nobody_elses(ours, theirs, somebody):
    with as_person(somebody.person_id):
        rows = queries.list_engagements_of_person(somebody.oneself)
        assert {row.town for row in rows} == {"見本町", "よその町"}
        assert len(db.session.scalars(sa.select(Engagement.id)).all()) == 2
    stranger = PersonActor(uuid.uuid4(), "だれか")
    with as_person(stranger.person_id):
        assert db.session.scalars(sa.select(Engagement.id)).all() == []
        with pytest.raises(NotFound):
            queries.get_own_engagement(stranger, ours[1])


def test_a_person_can_do_no_more_to_a_row_than_answer(ours, somebody):
    with as_person(somebody.person_id):
        engagement = queries.get_own_engagement(somebody.oneself, ours[1])
        engagement.status = EngagementStatus.OFFERED
        engagement.answered_at = None
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nobody_writes_a_row_into_another_town(ours, theirs):
    with tenant_scope(ours[0].id):
        touched = db.session.execute(
            sa.update(Engagement).where(Engagement.id == theirs[1]).values(purpose="のぞき見")
        )
        assert touched.rowcount == 0
