"""The six questions: can one town's workshops and ideas be reached from another?"""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.workshops import queries
from kyoso.municipal.workshops.models import Workshop, WorkshopIdea
from kyoso.municipal.workshops.operations import publish_workshop
from kyoso.municipal.workshops.rules import Fate, IdeaSource
from support.people import Town, actor_of
from support.workshops import make_workshop

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TABLES = [Workshop, WorkshopIdea]


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    return make_workshop(minato, "港のアイデア", title="港のワークショップ", summary="まとめ")


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us, ghost = actor_of(hinode, Role.ADMIN), uuid.uuid4()
    with tenant_scope(hinode.id):
        assert queries.list_workshops(us) == []
        assert queries.count_workshops(us) == 0
        assert queries.list_ideas(us, theirs) == []
        assert queries.find_sent(us, theirs) is None
        with pytest.raises(NotFound) as known:
            queries.get_workshop(us, theirs)
        with pytest.raises(NotFound) as unknown:
            queries.get_workshop(us, ghost)
        assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    for here in (f"/{hinode.slug}/desk/workshops", f"/{hinode.slug}/workshops"):
        assert page.get(f"{here}/{theirs}", status=404).replace(str(theirs), "") == page.get(
            f"{here}/{ghost}", status=404
        ).replace(str(ghost), "")


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
        changed = db.session.execute(sa.update(table).values(id=table.id))
        assert changed.rowcount == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, hinode):
    with tenant_scope(hinode.id):
        db.session.add(
            WorkshopIdea(
                id=new_id(),
                tenant_id=hinode.id,
                workshop_id=theirs,
                number=1,
                text="x",
                source=IdeaSource.HAND,
                fate=Fate.OPEN,
            )
        )
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        workshop = queries.get_workshop(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        publish_workshop(workshop, actor=actor_of(hinode, Role.ADMIN), now=NOON)


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(
            WorkshopIdea(
                id=new_id(),
                tenant_id=minato.id,
                workshop_id=theirs,
                number=9,
                text="x",
                source=IdeaSource.HAND,
                fate=Fate.OPEN,
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Workshop)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))
