"""A person's own rows: nobody else sees them, in whatever town they act."""

import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.profiles import operations, queries
from kyoso.identity.profiles.models import Profile, ProfileFile
from support.people import actor_of
from support.profiles import keep_file, make_full_profile, make_person, own
from support.talents import make_somebody

TABLES = (Profile, ProfileFile)


@pytest.fixture
def theirs(hinode):
    person = make_somebody()
    make_full_profile(person.oneself)
    return person


@pytest.fixture
def us(hinode):
    return make_person("見本 葵（見本）")


def file_of(person) -> uuid.UUID:
    with scope(own(person)):
        return queries.list_files(person.oneself)[0].id


def test_theirs_looks_missing_to_us(theirs, us, browser):
    ident = file_of(theirs)
    with scope(own(us)), pytest.raises(NotFound):
        queries.get_file(us.oneself, ident)
    ours = browser(us)
    for method, rest in (("GET", ""), ("POST", "/share"), ("POST", "/remove")):
        ghost = new_id()
        known = ours.open(method, f"/me/profile/files/{ident}{rest}", 404).text
        unknown = ours.open(method, f"/me/profile/files/{ghost}{rest}", 404).text
        assert known.replace(str(ident), "") == unknown.replace(str(ghost), "")
    ours.get("/me/profile/files/photo", status=404)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__tablename__)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, us, hinode, table):
    for wrong in (Scope(), Scope(hinode.id), own(us), Scope(hinode.id, person_id=us.person_id)):
        with scope(wrong):
            assert set(db.session.scalars(sa.select(table.person_id))) <= {us.person_id}
            if wrong.person_id is None:
                assert db.session.execute(sa.update(table).values(name="x")).rowcount == 0


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__tablename__)
def test_nothing_can_be_written_in_their_name(theirs, us, table):
    rows = {
        Profile: Profile(**_row(theirs.person_id)),
        ProfileFile: ProfileFile(
            person_id=theirs.person_id,
            name="x",
            media_type="text/csv",
            size=1,
            shared_with=[],
            created_at=now(),
        ),
    }
    with scope(own(us)):
        db.session.add(rows[table])
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def _row(person_id: uuid.UUID) -> dict[str, object]:
    texts = ("name", "kana", "affiliation", "bio", "can_do", "wants", "places", "conditions")
    lists = ("skills", "free_skills", "fields", "languages", "links", "hidden_from_towns")
    return (
        dict.fromkeys(texts, "x")
        | {name: [] for name in lists}
        | {"person_id": person_id, "revision": 1, "updated_at": now()}
    )


def test_a_town_cannot_change_what_is_shared_with_it(theirs, hinode):
    row = keep_file(theirs.oneself, towns=[hinode.id])
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(ProfileFile.id)).all() == [row.id]
        changed = db.session.execute(sa.update(ProfileFile).values(shared_with=[]))
        assert changed.rowcount == 0


def test_a_town_cannot_open_what_is_shared_with_another(theirs, hinode, minato):
    row = keep_file(theirs.oneself, towns=[minato.id])
    with tenant_scope(hinode.id), pytest.raises(NotFound):
        queries.get_shared_file(actor_of(hinode, Role.ADMIN), theirs.person_id, row.id)


def test_no_operation_acts_for_somebody_else(theirs, us):
    ident = file_of(theirs)
    with scope(own(theirs)):
        row = queries.get_file(theirs.oneself, ident)
        for step in (
            lambda: operations.share_file(row, [], actor=us.oneself, now=now()),
            lambda: operations.remove_file(row, actor=us.oneself, now=now()),
        ):
            with pytest.raises(Forbidden):
                step()


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__tablename__)
def test_nobody_deletes(theirs, table):
    with scope(own(theirs)), pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        db.session.execute(sa.delete(table))
