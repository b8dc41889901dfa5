"""Agreeing and taking back, as the database keeps it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import PersonActor, Role
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, InvalidInput, RuleViolation
from kyoso.core.events import _handlers
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.identity.consents import operations, queries, rules
from kyoso.identity.consents.events import ConsentGiven, ConsentWithdrawn
from kyoso.identity.consents.models import Consent
from kyoso.identity.consents.operations import Agreed
from kyoso.identity.consents.rules import ConsentState, Purpose, Recipient, Terms


@pytest.fixture
def hanako(hinode, member_of):
    return member_of(hinode, Role.STAFF)


def agree(person, recipient: Recipient, purpose=Purpose.PUBLICITY, until=None, version=None):
    """Let a person agree, in a transaction of their own."""
    until = until or clock.today() + dt.timedelta(days=90)
    terms = Terms(purpose, recipient, ("bio", "name"), until)
    version = version or rules.wording_for(purpose, clock.today()).version
    with scope(Scope(person_id=person.person_id)):
        consent = operations.give_consent(
            terms,
            Agreed(version, "ja"),
            consent_id=new_id(),
            person_id=person.person_id,
            actor=person.oneself,
            now=clock.now(),
        )
        db.session.commit()
        return consent


def to(town) -> Recipient:
    return Recipient(town.name, town_id=town.id)


def consents_of(person) -> list[Consent]:
    with scope(Scope(person_id=person.person_id)):
        return list(queries.list_consents(person.oneself))


def test_what_was_shown_is_kept(hanako, hinode):
    agree(hanako, to(hinode))
    (kept,) = consents_of(hanako)
    assert kept.fields == ["name", "bio"]
    assert kept.wording_version == "publicity-1"
    assert f"私は、{hinode.name}が" in kept.wording
    assert kept.state is ConsentState.RUNNING


def test_a_newer_consent_takes_the_place_of_the_older(hanako, hinode, minato):
    first = agree(hanako, to(hinode))
    other = agree(hanako, to(minato))
    second = agree(hanako, to(hinode))
    by_id = {one.id: one for one in consents_of(hanako)}
    assert by_id[first.id].state is ConsentState.REPLACED
    assert by_id[first.id].replaced_by == second.id
    assert by_id[second.id].state is ConsentState.RUNNING
    assert by_id[other.id].state is ConsentState.RUNNING


def test_words_that_have_changed_meanwhile_must_be_read_again(hanako, hinode):
    with pytest.raises(RuleViolation, match="新しくなりました"):
        agree(hanako, to(hinode), version="publicity-0")
    assert consents_of(hanako) == []


def test_a_day_that_has_passed_is_refused_at_its_field(hanako, hinode):
    with pytest.raises(InvalidInput) as refused:
        agree(hanako, to(hinode), until=clock.today() - dt.timedelta(days=1))
    assert list(refused.value.errors) == ["until"]


def test_nobody_agrees_for_somebody_else(hanako, hinode):
    terms = Terms(Purpose.PUBLICITY, to(hinode), ("name",), clock.today())
    stranger = PersonActor(new_id(), "見本 他人（見本）")
    with scope(Scope(person_id=stranger.person_id)), pytest.raises(Forbidden):
        operations.give_consent(
            terms,
            Agreed("publicity-1", "ja"),
            consent_id=new_id(),
            person_id=hanako.person_id,
            actor=stranger,
            now=clock.now(),
        )


def test_taken_back_it_is_over_at_once_and_only_once(hanako, hinode):
    given = agree(hanako, to(hinode))
    for attempt in range(2):
        with scope(Scope(person_id=hanako.person_id)):
            consent = queries.get_consent(hanako.oneself, given.id, lock=True)
            if attempt:
                with pytest.raises(RuleViolation):
                    operations.withdraw_consent(consent, actor=hanako.oneself, now=clock.now())
            else:
                operations.withdraw_consent(consent, actor=hanako.oneself, now=clock.now())
            db.session.commit()
    assert [one.state for one in consents_of(hanako)] == [ConsentState.WITHDRAWN]


def test_who_listens_hears_it_in_the_same_transaction(hanako, hinode):
    heard = []

    def listen(event, *, actor, now):
        heard.append((type(event).__name__, event.town_id, db.session().in_transaction()))

    for kind in (ConsentGiven, ConsentWithdrawn):
        _handlers[kind].append(listen)
    try:
        given = agree(hanako, to(hinode))
        with scope(Scope(person_id=hanako.person_id)):
            consent = queries.get_consent(hanako.oneself, given.id, lock=True)
            operations.withdraw_consent(consent, actor=hanako.oneself, now=clock.now())
            db.session.commit()
    finally:
        for kind in (ConsentGiven, ConsentWithdrawn):
            _handlers[kind].remove(listen)
    assert heard == [("ConsentGiven", hinode.id, True), ("ConsentWithdrawn", hinode.id, True)]


def test_the_database_lets_nobody_change_what_was_agreed_to(hanako, hinode):
    agree(hanako, to(hinode))
    with (
        scope(Scope(person_id=hanako.person_id)),
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        db.session.execute(sa.update(Consent).values(wording="何でもよい"))


# Who sees it


def seen_in(wanted: Scope) -> list[Consent]:
    with scope(wanted):
        return list(db.session.scalars(sa.select(Consent)).all())


def test_only_the_person_and_the_named_town_see_it(hanako, hinode, minato, member_of):
    given = agree(hanako, to(hinode))
    assert [one.id for one in seen_in(Scope(person_id=hanako.person_id))] == [given.id]
    assert [one.id for one in seen_in(Scope(tenant_id=hinode.id))] == [given.id]
    assert seen_in(Scope(tenant_id=minato.id)) == []
    assert seen_in(Scope(person_id=member_of(minato, Role.STAFF).person_id)) == []
    assert seen_in(Scope()) == []


def test_the_members_of_a_network_see_what_was_given_to_it(hanako, hinode):
    network = uuid.uuid4()
    given = agree(hanako, Recipient("会津（見本）", network_id=network), Purpose.LISTING)
    ours = Scope(tenant_id=hinode.id, network_ids=(uuid.uuid4(), network))
    assert [one.id for one in seen_in(ours)] == [given.id]
    theirs = Scope(tenant_id=hinode.id, network_ids=(uuid.uuid4(),))
    assert seen_in(theirs) == []


def test_a_town_cannot_end_or_make_one(hanako, hinode):
    agree(hanako, to(hinode))
    with tenant_scope(hinode.id):
        done = db.session.execute(sa.update(Consent).values(withdrawn_at=clock.now()))
        assert done.rowcount == 0


def test_a_town_asks_for_those_that_run(hanako, hinode, member_of):
    agree(hanako, to(hinode))
    given = agree(hanako, to(hinode))
    staff = member_of(hinode, Role.SECRETARIAT).actor
    with tenant_scope(hinode.id):
        found = queries.list_running_of_town(staff, [hanako.person_id], clock.today())
        assert [one.id for one in found] == [given.id]
        later = given.until + dt.timedelta(days=1)
        assert queries.list_running_of_town(staff, [hanako.person_id], later) == []
