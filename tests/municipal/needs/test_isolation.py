"""The six questions: can one town's needs be reached from another?"""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.needs import queries
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.operations import NeedDraft, create_need, publish_need
from kyoso.municipal.needs.queries import NeedFilter
from kyoso.municipal.needs.rules import NeedStatus
from support.departments import make_department, make_tactic
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    unit = make_department(minato)
    actor = actor_of(minato, Role.SECRETARIAT)
    with tenant_scope(minato.id):
        need = create_need(
            NeedDraft(unit, "港の困りごと", "目的", "成果"), need_id=new_id(), actor=actor, now=NOON
        )
        publish_need(need, actor=actor, now=NOON)
        db.session.commit()
        return need.id


def a_need(tenant_id: uuid.UUID, department_id: uuid.UUID, tactic_id: uuid.UUID | None) -> Need:
    return Need(
        tenant_id=tenant_id,
        number=1,
        department_id=department_id,
        tactic_id=tactic_id,
        title="x",
        purpose="x",
        outcome="x",
        skills=[],
        field_offered="",
        status=NeedStatus.DRAFT,
        created_by="",
        closing_note="",
        search_key="x",
    )


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_needs(us, NeedFilter()) == []
        assert queries.list_published(us, NOON.date()) == []
        assert queries.find_sent(us, theirs) is None
        assert queries.need_titles(us, [theirs]) == {}
        for get in (queries.get_need, queries.get_published):
            with pytest.raises(NotFound) as known:
                get(us, theirs)
            with pytest.raises(NotFound) as unknown:
                get(us, uuid.uuid4())
            assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    here = f"/{hinode.slug}/desk/needs"
    ghost = uuid.uuid4()
    assert page.get(f"{here}/{theirs}", status=404).replace(str(theirs), "") == page.get(
        f"{here}/{ghost}", status=404
    ).replace(str(ghost), "")


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Need)).all() == []
        assert db.session.execute(sa.update(Need).values(title="x")).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    assert db.session.scalars(sa.select(Need)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, hinode, minato):
    ours, their_tactic = make_department(hinode), make_tactic(minato)
    with tenant_scope(minato.id):
        their_unit = db.session.scalars(sa.select(Need.department_id)).one()
    for unit, tactic in ((their_unit, None), (ours, their_tactic)):
        with tenant_scope(hinode.id):
            db.session.add(a_need(hinode.id, unit, tactic))
            with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
                db.session.flush()


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    with tenant_scope(minato.id):
        their_unit = db.session.scalars(sa.select(Need.department_id)).one()
        need = queries.get_need(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id):
        with pytest.raises(Forbidden):
            publish_need(need, actor=actor_of(hinode, Role.ADMIN), now=NOON)
        db.session.add(a_need(minato.id, their_unit, None))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Need)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


def test_nobody_deletes(theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(Need))
