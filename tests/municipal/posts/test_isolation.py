"""The six questions: can one town's posts be reached from another?"""

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import tenant_scope
from kyoso.municipal.organisation.queries import chart_of_town, chart_of_unit
from kyoso.municipal.organisation.rules import Roles
from kyoso.municipal.posts import operations, queries
from kyoso.municipal.posts.models import Post
from kyoso.municipal.posts.rules import Line
from support.departments import make_department
from support.engagements import make_engagement
from support.members import make_member
from support.people import actor_of
from support.posts import draft, make_post
from support.talents import make_talent

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.fixture
def their_unit(minato):
    return make_department(minato, "みなと課")


@pytest.fixture
def theirs(minato, their_unit):
    return make_post(minato, their_unit)


def row(tenant_id, unit, **values):
    return Post(
        id=new_id(),
        tenant_id=tenant_id,
        department_id=unit,
        line=Line.CORE,
        title="室長",
        holder_name="x",
        starts_on=NOON.date(),
        created_by="x",
        **values,
    )


def test_theirs_looks_missing_to_us(hinode, theirs, their_unit, member_of, browser):
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        for post in (theirs, new_id()):
            with pytest.raises(NotFound):
                queries.get_post(us, post)
        assert queries.list_posts(us) == queries.list_posts(us, their_unit) == []
        assert queries.list_engaged(us) == queries.post_history(us, their_unit) == []
        with pytest.raises(NotFound):
            chart_of_unit(us, their_unit, NOON.date(), Roles())
        assert chart_of_town(us, NOON.date(), Roles()).tree == ()
    page = browser(member_of(hinode, Role.ADMIN))
    for place in ("{}", "{}/posts/new", "posts/{}"):
        address = f"/{hinode.slug}/desk/organisation/{place}"
        ident = theirs if place == "posts/{}" else their_unit
        ghost = new_id()
        found = page.get(address.format(ident), status=404)
        missing = page.get(address.format(ghost), status=404)
        assert found.replace(str(ident), "") == missing.replace(str(ghost), "")


def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Post)).all() == []
        assert db.session.execute(sa.update(Post).values(title="y")).rowcount == 0


def test_no_scope_sees_nothing(theirs):
    assert db.session.scalars(sa.select(Post)).all() == []


@pytest.mark.parametrize("which", ["unit", "home", "member", "engagement"])
def test_nothing_of_ours_can_point_at_theirs(hinode, minato, their_unit, which):
    ours = make_department(hinode)
    values = {
        "unit": dict,
        "home": lambda: {"concurrent": True, "home_department_id": their_unit},
        "member": lambda: {"membership_id": make_member(minato, Role.STAFF).membership_id},
        "engagement": lambda: {
            "engagement_id": make_engagement(minato, make_talent(minato), department_id=their_unit)
        },
    }[which]()
    with tenant_scope(hinode.id):
        db.session.add(row(hinode.id, their_unit if which == "unit" else ours, **values))
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_can_be_written_in_their_name(hinode, minato, theirs, their_unit):
    with tenant_scope(minato.id):
        post = queries.get_post(actor_of(minato, Role.ADMIN), theirs)
    us = actor_of(hinode, Role.ADMIN)
    with tenant_scope(hinode.id):
        with pytest.raises(Forbidden):
            operations.end_post(post, NOON.date(), actor=us, now=NOON)
        with pytest.raises(NotFound):
            operations.add_post(their_unit, draft(), post_id=new_id(), actor=us, now=NOON)
        db.session.add(row(minato.id, their_unit))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nobody_deletes(theirs, minato):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(Post))


def test_scope_cannot_change_inside_a_transaction(hinode, minato):
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Post)).all()
        with pytest.raises(RuntimeError), tenant_scope(minato.id):
            pass
