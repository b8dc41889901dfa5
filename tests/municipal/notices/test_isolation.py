"""The six questions: can one town's notices be reached from another?"""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.notices import queries
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.operations import (
    NoticeDraft,
    create_notice,
    publish_notice,
    update_notice,
)
from kyoso.municipal.notices.queries import NoticeFilter
from kyoso.municipal.notices.rules import NoticeStatus
from support.people import Town, actor_of

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
DRAFT = NoticeDraft("港のお知らせ", "本文")


@pytest.fixture
def theirs(minato: Town) -> uuid.UUID:
    actor = actor_of(minato, Role.ADMIN)
    with tenant_scope(minato.id):
        notice = create_notice(DRAFT, notice_id=new_id(), actor=actor, now=NOON)
        publish_notice(notice, actor=actor, now=NOON)
        db.session.commit()
        return notice.id


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        assert queries.list_notices(us, NoticeFilter()) == []
        assert queries.list_published(us) == []
        assert queries.count_published(us) == 0
        assert queries.find_sent(us, theirs) is None
        for get in (queries.get_notice, queries.get_published):
            with pytest.raises(NotFound) as known:
                get(us, theirs)
            with pytest.raises(NotFound) as unknown:
                get(us, uuid.uuid4())
            assert known.value.message == unknown.value.message
    page = browser(member_of(hinode, Role.ADMIN))
    here, ghost = f"/{hinode.slug}/desk/notices", uuid.uuid4()
    assert page.get(f"{here}/{theirs}", status=404).replace(str(theirs), "") == page.get(
        f"{here}/{ghost}", status=404
    ).replace(str(ghost), "")


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Notice)).all() == []
        assert db.session.execute(sa.update(Notice).values(title="x")).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    assert db.session.scalars(sa.select(Notice)).all() == []


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        notice = queries.get_notice(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        update_notice(notice, DRAFT, actor=actor_of(hinode, Role.ADMIN), now=NOON)


def test_nothing_can_be_written_in_their_name(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(
            Notice(
                tenant_id=minato.id, title="x", body="x", status=NoticeStatus.DRAFT, created_by=""
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Notice)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass


def test_nobody_deletes(theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(Notice))
