"""A person's own rows: nobody else sees them, in whatever town they act."""

import pytest
import sqlalchemy as sa

from kyoso.core.access import PersonActor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.journal import PersonJournalEntry
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.accounts import operations, queries
from kyoso.identity.accounts.models import PasswordResetLink, Person, Session

TABLES = (Person, Session, PasswordResetLink, PersonJournalEntry)
DEVICE = operations.Device("", "192.0.2.1")


@pytest.fixture
def theirs(hinode, member_of):
    """Somebody with a session, a reset link and a journal."""
    person = member_of(hinode, Role.ADMIN)
    with scope(Scope(person_id=person.person_id)):
        row = queries.get_person(person.oneself)
        operations.sign_in(row, DEVICE, actor=person.oneself, now=now())
        operations.request_password_reset(row, actor=person.oneself, now=now())
        db.session.commit()
    return person


@pytest.fixture
def us(hinode, member_of):
    return member_of(hinode, Role.ADMIN)


def test_theirs_looks_missing_to_us(theirs, us, browser):
    with scope(Scope(person_id=theirs.person_id)):
        session_id = db.session.scalar(sa.select(Session.id))
    with scope(Scope(person_id=us.person_id)):
        with pytest.raises(NotFound) as known:
            queries.get_session(us.oneself, session_id)
        with pytest.raises(NotFound) as unknown:
            queries.get_session(us.oneself, new_id())
        assert known.value.message == unknown.value.message
    ours = browser(us)
    foreign = ours.post(f"/account/sessions/{session_id}/end", status=404).text
    unheard = new_id()
    missing = ours.post(f"/account/sessions/{unheard}/end", status=404).text
    assert foreign.replace(str(session_id), "") == missing.replace(str(unheard), "")


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.__tablename__)
def test_the_database_hides_theirs_even_from_a_query_that_forgot(theirs, us, hinode, table):
    owner = table.id if table is Person else table.person_id
    for wrong in (Scope(), Scope(tenant_id=hinode.id), Scope(hinode.id, person_id=us.person_id)):
        with scope(wrong):
            assert set(db.session.scalars(sa.select(owner))) <= {us.person_id}


def test_a_town_sees_nobodys_account(theirs, hinode):
    with tenant_scope(hinode.id):
        with pytest.raises(NotFound):
            queries.get_person(PersonActor(theirs.person_id, ""))
        changed = db.session.execute(sa.update(Person).values(name="x"))
        assert changed.rowcount == 0


@pytest.mark.parametrize("table", [Session, PasswordResetLink], ids=lambda t: t.__tablename__)
def test_nothing_can_be_written_in_their_name(theirs, us, table):
    extra = (
        {"secret_hash": b"x", "last_seen_at": now(), "user_agent": "", "address": ""}
        if table is Session
        else {"token_hash": b"x", "expires_at": now()}
    )
    with scope(Scope(person_id=us.person_id)):
        db.session.add(table(id=new_id(), person_id=theirs.person_id, **extra))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_nobody_makes_an_account_for_somebody_else(us):
    with scope(Scope(person_id=us.person_id)):
        db.session.add(Person(id=new_id(), email=f"{new_id()}@example.jp", name="だれか"))
        with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
            db.session.flush()


def test_the_look_up_tells_no_more_than_sign_in_needs(theirs):
    found = queries.find_credentials(theirs.email.upper())
    assert found is not None
    assert (found.person_id, found.deactivated) == (theirs.person_id, False)
    assert queries.find_credentials("nobody@example.jp") is None
    assert queries.person_of_email(theirs.email) == theirs.person_id
    assert queries.person_of_email("nobody@example.jp") is None


def test_nobody_can_change_what_was_written_down(theirs):
    with scope(Scope(person_id=theirs.person_id)):
        for change in (
            sa.update(PersonJournalEntry).values(kind="x"),
            sa.delete(PersonJournalEntry),
        ):
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                db.session.execute(change)
            db.session.rollback()
