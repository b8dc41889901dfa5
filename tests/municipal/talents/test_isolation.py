"""A town sees its own register only; a person sees their own rows over all towns, and no notes."""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.municipal.talents import queries
from kyoso.municipal.talents.models import Talent, TalentNote
from kyoso.municipal.talents.operations import remove_talent, show_profile
from kyoso.municipal.talents.queries import TalentFilter
from kyoso.municipal.talents.rules import ShownProfile
from support.people import actor_of
from support.profiles import keep_file
from support.talents import make_register, make_somebody, make_talent

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TABLES = [Talent, TalentNote]


@pytest.fixture
def theirs(minato) -> uuid.UUID:
    return make_register(minato)


def test_theirs_looks_missing_to_us(theirs, hinode, member_of, browser):
    us, ghost = actor_of(hinode, Role.ADMIN), uuid.uuid4()
    with tenant_scope(hinode.id):
        assert queries.list_talents(us) == []
        assert queries.find_talents(us, TalentFilter(), NOON.date()).total == 0
        assert queries.list_for_export(us, TalentFilter(), NOON.date()) == []
        assert queries.list_fields(us) == []
        assert queries.list_notes(us, theirs) == []
        assert queries.registered_emails(us, ["invited@example.jp"]) == []
        with pytest.raises(NotFound) as known:
            queries.get_talent(us, theirs)
        with pytest.raises(NotFound) as unknown:
            queries.get_talent(us, ghost)
        assert known.value.message == unknown.value.message
    page, here = browser(member_of(hinode, Role.ADMIN)), f"/{hinode.slug}/desk/talents"
    for rest in ("", "/remove", "/photo"):
        assert page.get(f"{here}/{theirs}{rest}", status=404).replace(str(theirs), "") == page.get(
            f"{here}/{ghost}{rest}", status=404
        ).replace(str(ghost), "")


@pytest.mark.parametrize("table", TABLES)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, hinode, table):
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(table)).all() == []
    with tenant_scope(hinode.id):
        if table is Talent:
            assert db.session.execute(sa.update(table).values(id=table.id)).rowcount == 0
        else:
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                db.session.execute(sa.update(table).values(id=table.id))


@pytest.mark.parametrize("table", TABLES)
def test_no_scope_sees_nothing(theirs, table):
    assert db.session.scalars(sa.select(table)).all() == []


def test_nothing_of_ours_can_point_at_theirs(theirs, hinode):
    with tenant_scope(hinode.id):
        db.session.add(
            TalentNote(
                id=new_id(),
                tenant_id=hinode.id,
                talent_id=theirs,
                text="x",
                written_by="x",
                written_at=NOON,
            )
        )
        with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
            db.session.flush()


def test_nothing_of_ours_can_act_on_theirs(theirs, hinode, minato):
    with tenant_scope(minato.id):
        talent = queries.get_talent(actor_of(minato, Role.ADMIN), theirs)
    with tenant_scope(hinode.id), pytest.raises(Forbidden):
        remove_talent(talent, "x", actor=actor_of(hinode, Role.ADMIN), now=NOON)


def test_nothing_can_be_written_in_their_name(theirs, hinode, minato):
    with tenant_scope(hinode.id):
        db.session.add(
            TalentNote(
                id=new_id(),
                tenant_id=minato.id,
                talent_id=theirs,
                text="x",
                written_by="x",
                written_at=NOON,
            )
        )
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_a_person_sees_their_own_rows_in_all_towns_and_nobody_elses(hinode, minato):
    me, another = make_somebody(), make_somebody("見本 別（見本）")
    mine = {make_talent(town, me) for town in (hinode, minato)}
    make_talent(hinode, another)
    make_register(minato)
    with scope(Scope(person_id=me.person_id)):
        assert set(db.session.scalars(sa.select(Talent.id))) == mine
        assert {town for _t, town, _s in queries.list_own_talents(me.oneself)} == {
            hinode.name,
            minato.name,
        }
        # What a town noted about people is its own.
        assert db.session.scalars(sa.select(TalentNote)).all() == []
    with scope(Scope(person_id=another.person_id)):
        assert queries.lock_own_talents(me.oneself) == []
        changed = db.session.execute(sa.update(Talent).values(name="別名"))
        assert changed.rowcount == 1


def test_a_person_can_neither_enter_a_register_alone_nor_become_somebody_else_there(hinode):
    me, another = make_somebody(), make_somebody("見本 別（見本）")
    make_talent(hinode, me)
    with scope(Scope(person_id=another.person_id)):
        row = Talent(tenant_id=hinode.id, person_id=another.person_id, email="x", name="x")
        row.source, row.joined_at = "invited", NOON
        db.session.add(row)
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()
    with (
        scope(Scope(person_id=me.person_id)),
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
    ):
        db.session.execute(sa.update(Talent).values(person_id=another.person_id))


def test_a_member_who_is_a_talent_elsewhere_sees_only_this_towns_register(
    hinode, minato, member_of, browser
):
    member = member_of(hinode, Role.SECRETARIAT)
    make_talent(minato, member, name="よその 台帳（見本）")
    page = browser(member)
    assert "まだ誰も登録されていません" in page.get(f"/{hinode.slug}/desk/talents/")
    page.get(f"/{minato.slug}/desk/talents/", status=403)


def test_another_persons_rows_are_not_written(hinode):
    me, another = make_somebody(), make_somebody("見本 別（見本）")
    make_talent(hinode, another, can_do="写真")
    with scope(Scope(person_id=me.person_id)):
        show_profile([], ShownProfile(name="x"), actor=me.oneself, now=NOON)
        db.session.commit()
    with tenant_scope(hinode.id):
        staff = actor_of(hinode, Role.STAFF)
        assert queries.talent_of_person(staff, another.person_id).can_do == "写真"


def test_a_file_is_open_to_the_towns_it_was_shared_with(hinode, minato, member_of, browser):
    me = make_somebody()
    ours, theirs = make_talent(hinode, me), make_talent(minato, me)
    file = keep_file(me.oneself, towns=[hinode.id])
    page = browser(member_of(hinode, Role.STAFF))
    assert file.name in page.get(f"/{hinode.slug}/desk/talents/{ours}")
    answer = page.fetch(f"/{hinode.slug}/desk/talents/{ours}/files/{file.id}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "2020,見本" in answer.text
    answer.close()
    page = browser(member_of(minato, Role.STAFF))
    assert file.name not in page.get(f"/{minato.slug}/desk/talents/{theirs}")
    page.get(f"/{minato.slug}/desk/talents/{theirs}/files/{file.id}", status=404)


@pytest.mark.parametrize("table", TABLES)
def test_nobody_deletes(theirs, minato, table):
    with (
        tenant_scope(minato.id),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.delete(table))
