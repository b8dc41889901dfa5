import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import PersonActor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput
from kyoso.core.journal import PersonJournalEntry
from kyoso.core.scope import Scope, scope
from kyoso.identity import passwords
from kyoso.identity.accounts import operations, queries, rules
from kyoso.identity.accounts.models import Session
from support.members import PASSWORD

NEW = "たんぼ みずうみ もり かわべ"
DEVICE = operations.Device("Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", "192.0.2.1")


@pytest.fixture
def hanako(hinode, member_of):
    return member_of(hinode, Role.STAFF)


@pytest.fixture
def acting(hanako):
    with scope(Scope(person_id=hanako.person_id)):
        yield queries.get_person(hanako.oneself)


def journal_of(person) -> list[str]:
    entries = queries.list_own_journal(person.oneself)
    return [entry.kind for entry in entries]


def open_sessions(person) -> int:
    since = now() - dt.timedelta(days=1)
    return len(queries.list_sessions(person.oneself, since=since))


def begin(person, hanako) -> Session:
    operations.sign_in(person, DEVICE, actor=hanako.oneself, now=now())
    return db.session.scalars(sa.select(Session).order_by(Session.id.desc())).first()


def test_nobody_acts_for_somebody_else(acting, hanako):
    stranger = PersonActor(new_id(), "だれか")
    begun = begin(acting, hanako)
    for attempt in (
        lambda: operations.update_account(
            acting, operations.AccountUpdate("x", "", "ja"), actor=stranger, now=now()
        ),
        lambda: operations.deactivate_person(acting, actor=stranger, now=now()),
        lambda: operations.sign_in(acting, DEVICE, actor=stranger, now=now()),
        lambda: operations.sign_out(begun, actor=stranger, now=now()),
        lambda: operations.end_session(begun, actor=stranger, now=now()),
        lambda: operations.end_all_sessions(acting, actor=stranger, now=now()),
        lambda: operations.request_password_reset(acting, actor=stranger, now=now()),
        lambda: operations.change_password(
            acting,
            operations.PasswordChange(PASSWORD, NEW),
            keep=None,
            actor=stranger,
            now=now(),
        ),
    ):
        with pytest.raises(Forbidden):
            attempt()
    begin(acting, hanako)
    assert open_sessions(hanako) == 2


def test_signing_in_begins_a_session_of_which_only_a_hash_is_kept(acting, hanako):
    secret = operations.sign_in(acting, DEVICE, actor=hanako.oneself, now=now())
    kept = db.session.scalars(sa.select(Session)).one()
    assert secret.encode() not in kept.secret_hash
    assert (kept.user_agent, kept.address) == ("Firefox · Windows", "192.0.2.1")
    assert journal_of(hanako)[0] == "SignedIn"


def test_signing_in_renews_a_hash_made_with_older_parameters(acting, hanako):
    acting.password_hash = passwords.STRONG.hash(PASSWORD)
    operations.sign_in(acting, DEVICE, actor=hanako.oneself, now=now(), password=PASSWORD)
    assert not passwords.is_outdated(acting.password_hash)
    assert passwords.matches(acting.password_hash, PASSWORD)


def test_one_session_ends_alone_and_all_end_together(acting, hanako):
    first = begin(acting, hanako)
    begin(acting, hanako)
    begin(acting, hanako)
    operations.end_session(first, actor=hanako.oneself, now=now())
    assert open_sessions(hanako) == 2
    assert operations.end_all_sessions(acting, actor=hanako.oneself, now=now()) == 2
    assert open_sessions(hanako) == 0
    assert journal_of(hanako)[:2] == ["AllSessionsEnded", "SessionEnded"]


def test_a_password_changes_for_whoever_knows_the_old_one(acting, hanako):
    here, elsewhere = begin(acting, hanako), begin(acting, hanako)
    wrong = operations.PasswordChange("まちがい", NEW)
    with pytest.raises(InvalidInput) as refused:
        operations.change_password(acting, wrong, keep=here, actor=hanako.oneself, now=now())
    assert list(refused.value.errors) == ["current"]
    right = operations.PasswordChange(PASSWORD, NEW)
    operations.change_password(acting, right, keep=here, actor=hanako.oneself, now=now())
    assert passwords.matches(acting.password_hash, NEW)
    db.session.expire_all()
    assert here.ended_at is None
    assert elsewhere.ended_at is not None


def test_a_weak_password_is_refused_everywhere(acting, hanako):
    secret = operations.request_password_reset(acting, actor=hanako.oneself, now=now())
    link = queries.find_reset(hanako.oneself, secret, now=now())
    weak = operations.PasswordChange(PASSWORD, "password1234")
    with pytest.raises(InvalidInput):
        operations.change_password(acting, weak, keep=None, actor=hanako.oneself, now=now())
    with pytest.raises(InvalidInput):
        operations.reset_password(acting, link, "short", actor=hanako.oneself, now=now())
    myself = PersonActor(new_id(), "")
    with pytest.raises(InvalidInput):
        operations.create_account(
            operations.NewAccount(myself.person_id, "a@example.jp", "見本", "aaaaaaaaaaaa"),
            actor=myself,
            now=now(),
        )
    assert passwords.matches(acting.password_hash, PASSWORD)


def test_a_reset_link_works_once_and_only_the_newest(acting, hanako):
    older = operations.request_password_reset(acting, actor=hanako.oneself, now=now())
    newer = operations.request_password_reset(acting, actor=hanako.oneself, now=now())
    db.session.flush()
    begin(acting, hanako)
    assert queries.find_reset(hanako.oneself, older, now=now()) is None
    link = queries.find_reset(hanako.oneself, newer, now=now())
    operations.reset_password(acting, link, NEW, actor=hanako.oneself, now=now())
    assert passwords.matches(acting.password_hash, NEW)
    assert queries.find_reset(hanako.oneself, newer, now=now()) is None
    assert open_sessions(hanako) == 0


def test_a_reset_link_runs_out(acting, hanako):
    secret = operations.request_password_reset(acting, actor=hanako.oneself, now=now())
    later = now() + rules.RESET_LASTS + dt.timedelta(seconds=1)
    assert queries.find_reset(hanako.oneself, secret, now=later) is None


def test_deactivating_an_account_ends_its_sessions_and_is_written_down(acting, hanako):
    begin(acting, hanako)
    operations.deactivate_person(acting, actor=hanako.oneself, now=now())
    db.session.flush()
    assert open_sessions(hanako) == 0
    assert queries.find_credentials(hanako.email) is not None
    entries = db.session.scalars(sa.select(PersonJournalEntry.kind)).all()
    assert "PersonDeactivated" in entries


def test_an_unknown_address_costs_a_verification_as_well(app, monkeypatch):
    checked = []

    class Counting:
        def verify(self, stored, password):
            checked.append(stored)
            return passwords.CHEAP.verify(stored, password)

        def hash(self, password):
            return passwords.CHEAP.hash(password)

    counting = Counting()
    monkeypatch.setattr(passwords, "_hasher", lambda: counting)
    assert not passwords.matches(None, "なにか")
    assert not passwords.matches(passwords.CHEAP.hash("正しい"), "なにか")
    assert not passwords.matches("no hash at all", "なにか")
    assert len(checked) == 3


def test_the_same_characters_typed_otherwise_are_the_same_password(app):
    assert passwords.matches(passwords.hash_password("ﾊﾞｽﾃｲ 12345678"), "バステイ 12345678")
