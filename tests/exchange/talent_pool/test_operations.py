"""Asking, agreeing, being shown, and being taken down at once."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import frozen, now, today
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.jobs import enqueue, run_worker
from kyoso.core.journal import list_history
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, in_networks, member_scope, scope, tenant_scope
from kyoso.core.search import wanted
from kyoso.exchange.finding import Kind, search
from kyoso.exchange.leaving import effects_of_leaving
from kyoso.exchange.talent_pool import operations, queries
from kyoso.exchange.talent_pool.models import Listing
from kyoso.exchange.talent_pool.operations import OfferDraft
from kyoso.exchange.talent_pool.rules import ListingStatus
from kyoso.exchange.talent_pool.subscribers import carry_answer, end_expired
from kyoso.identity.hours_budget import book_hours
from kyoso.municipal.talents.operations import remove_talent
from kyoso.municipal.talents.queries import talent_of_person
from support.listings import (
    agree,
    make_listable,
    offer,
    office,
    publish,
    take_back,
    withdraw,
)
from support.members import make_member
from support.networks import admin_of, announce, join, leave, make_network, suspend
from support.people import actor_of, make_town
from support.profiles import say
from support.talents import make_talent


@pytest.fixture
def pair(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    return ours, theirs, make_network(ours, theirs)


def seen_by(town, listing_id):
    """Return what a town is shown of a listing: the row, or None; and whether a search finds it."""
    with scope(in_networks(Scope(town.id))):
        rows = queries.list_listings_of(listing_id)
        found = listing_id in search(Kind.TALENT, wanted("")).ids
        assert found == bool(rows), "the index and the rows say the same"
        return rows[0] if rows else None


def test_nothing_is_shown_before_the_person_agreed(pair):
    ours, theirs, network_id = pair
    person = make_listable(ours)
    listing_id = offer(ours, person, [network_id], "広報の方です。")
    assert seen_by(theirs, listing_id) is None
    agree(person, listing_id)
    shown = seen_by(theirs, listing_id)
    assert shown.name == "見本 緑（見本）"
    assert shown.introduction == "広報の方です。"


def test_only_what_was_agreed_is_kept_and_shown(pair):
    ours, theirs, network_id = pair
    _person, listing_id = publish(ours, [network_id], parts=("skills", "hours_offered"))
    row = seen_by(theirs, listing_id)
    assert (row.name, row.bio, row.can_do, row.places, row.mode) == ("", "", "", "", None)
    assert row.links == []
    assert row.skills == ["designer", "public-relations", "tourism"]
    with scope(in_networks(Scope(theirs.id))):
        assert search(Kind.TALENT, wanted("見本デザイン")).ids == []
        assert search(Kind.TALENT, wanted("デザイナー")).ids == [listing_id]


def test_a_consent_taken_back_takes_it_down_everywhere_at_once(app):
    ours, second, theirs = make_town("ひがし町"), make_town("みなみ町"), make_town("にし町")
    network_id = make_network(ours, second, theirs)
    person, first = publish(ours, [network_id])
    make_talent(second, person)
    _person, other = publish(second, [network_id], person)
    assert seen_by(theirs, first)
    assert seen_by(theirs, other)
    take_back(person, network_id)
    assert seen_by(theirs, first) is None
    assert seen_by(theirs, other) is None


def test_a_town_takes_it_down_too(pair):
    ours, theirs, network_id = pair
    _person, listing_id = publish(ours, [network_id])
    withdraw(ours, listing_id, network_id)
    assert seen_by(theirs, listing_id) is None
    with tenant_scope(ours.id):
        row = queries.listing_of(office(ours), listing_id, network_id)
        assert (row.status, row.name, row.skills) == (ListingStatus.WITHDRAWN, "", [])


def test_a_newer_consent_of_another_towns_listing_covers_both(app):
    ours, second, theirs = make_town("ひがし町"), make_town("みなみ町"), make_town("にし町")
    network_id = make_network(ours, second, theirs)
    person, first = publish(ours, [network_id], parts=("name", "bio"))
    make_talent(second, person)
    publish(second, [network_id], person, parts=("name",))
    assert seen_by(theirs, first).bio == ""


def test_what_the_person_saves_reaches_the_listing_and_nothing_more(pair):
    ours, theirs, network_id = pair
    person, listing_id = publish(ours, [network_id], parts=("name", "can_do"))
    say(person.oneself, can_do="動画の編集", bio="秘密の経歴", hours_offered=20)
    row = seen_by(theirs, listing_id)
    assert (row.can_do, row.bio, row.hours_offered) == ("動画の編集", "", None)
    with scope(in_networks(Scope(theirs.id))):
        assert search(Kind.TALENT, wanted("動画")).ids == [listing_id]
        assert search(Kind.TALENT, wanted("秘密")).ids == []


def test_a_consent_ends_by_its_day_and_the_night_tidies_up(pair):
    ours, theirs, network_id = pair
    person = make_listable(ours)
    listing_id = offer(ours, person, [network_id])
    agree(person, listing_id, until=today() + dt.timedelta(days=1))
    with frozen(now() + dt.timedelta(days=2)):
        with scope(in_networks(Scope(theirs.id))):
            assert queries.list_listings_of(listing_id) == []
        end_expired()
    assert seen_by(theirs, listing_id) is None
    with tenant_scope(ours.id):
        row = queries.listing_of(office(ours), listing_id, network_id)
        assert (row.status, row.end_reason) == (ListingStatus.ENDED, "expired")


def test_leaving_takes_down_what_the_preview_counted(pair):
    ours, theirs, network_id = pair
    _person, listing_id = publish(ours, [network_id])
    asked = make_listable(ours, "見本 葵（見本）")
    offer(ours, asked, [network_id])
    with member_scope(ours.id):
        foreseen = {e.what: e.count for e in effects_of_leaving(admin_of(ours), network_id)}
    assert foreseen["人材の掲載を取り下げます"] == 1
    assert foreseen["掲載について本人にたずねているものを終えます"] == 1
    leave(network_id, ours)
    assert seen_by(theirs, listing_id) is None
    join(network_id, theirs, ours)
    assert seen_by(theirs, listing_id) is None
    with tenant_scope(ours.id):
        assert {r.status for r in queries.list_listings(office(ours))} == {ListingStatus.ENDED}


def test_suspending_ends_listings_for_good(pair):
    ours, theirs, network_id = pair
    _person, listing_id = publish(ours, [network_id])
    suspend(network_id, ours)
    assert seen_by(theirs, listing_id) is None


def test_leaving_the_register_ends_it(pair):
    ours, theirs, network_id = pair
    person, listing_id = publish(ours, [network_id])
    actor = office(ours)
    with tenant_scope(ours.id):
        talent = talent_of_person(actor, person.person_id, lock=True)
        remove_talent(talent, "退任", actor=actor, now=now())
        db.session.commit()
    assert seen_by(theirs, listing_id) is None


def test_one_network_can_be_taken_back_and_the_other_stays(app):
    ours, theirs, beside = make_town("ひがし町"), make_town("にし町"), make_town("きた町")
    first, second = make_network(ours, theirs), make_network(ours, beside)
    person, listing_id = publish(ours, [first, second])
    take_back(person, first)
    assert seen_by(theirs, listing_id) is None
    assert seen_by(beside, listing_id)


def test_in_two_shared_networks_a_person_is_found_once(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    networks = [make_network(ours, theirs), make_network(ours, theirs)]
    _person, listing_id = publish(ours, networks)
    with scope(in_networks(Scope(theirs.id))):
        found = search(Kind.TALENT, wanted(""))
        assert (found.ids, found.total) == ([listing_id], 1)
        assert found.facets[f"town:{ours.slug}"] == 1
        assert len(queries.list_lines([listing_id])) == 1


def test_nobody_is_asked_twice_at_once_and_anew_after_it_ended(pair):
    ours, _theirs, network_id = pair
    person = make_listable(ours)
    listing_id = offer(ours, person, [network_id])
    with pytest.raises(RuleViolation):
        offer(ours, person, [network_id])
    withdraw(ours, listing_id, network_id)
    assert offer(ours, person, [network_id]) == listing_id


def test_a_town_asks_only_for_its_own_networks(pair):
    ours, _theirs, _network_id = pair
    stranger = make_town("よそ町")
    elsewhere = make_network(stranger)
    with pytest.raises(NotFound):
        offer(ours, make_listable(ours), [elsewhere])


def test_staff_ask_nobody(pair):
    ours, _theirs, _network_id = pair
    person = make_listable(ours)
    with member_scope(ours.id):
        talent = talent_of_person(office(ours), person.person_id)
        staff = actor_of(ours, Role.STAFF)
        with pytest.raises(Forbidden):
            operations.offer_talent(talent, [], OfferDraft(), actor=staff, now=now())
        db.session.rollback()


def test_a_person_is_not_published_where_the_town_is_no_member_any_more(pair):
    ours, theirs, network_id = pair
    person = make_listable(ours)
    listing_id = offer(ours, person, [network_id])
    announce(network_id, ours)
    with pytest.raises(RuleViolation):
        agree(person, listing_id)
    assert seen_by(theirs, listing_id) is None


def test_the_hours_left_are_the_ledgers_and_only_of_those_who_show_them(pair):
    ours, theirs, network_id = pair
    shows, shown = publish(ours, [network_id])
    _hides, hidden = publish(
        ours, [network_id], make_listable(ours, "見本 葵（見本）"), parts=("name", "skills")
    )

    def by_hours(n):
        with scope(in_networks(Scope(theirs.id))):
            found = queries.find_ids(queries.TalentSearch(hours=n))
            return (
                found.ids,
                found.total,
                {r.id: r.hours_left for r in queries.list_lines([shown, hidden])},
            )

    assert by_hours(20) == ([shown], 1, {shown: 40, hidden: None})
    with tenant_scope(ours.id):
        book_hours(shows.person_id, new_id(), 30, today(), None)
        db.session.commit()
    assert by_hours(20) == ([], 0, {shown: 10, hidden: None})
    assert by_hours(10)[0] == [shown]


def test_the_database_lets_nobody_but_the_person_publish(pair):
    ours, theirs, network_id = pair
    person = make_listable(ours)
    listing_id = offer(ours, person, [network_id])
    publish_it = (
        sa.update(Listing)
        .where(Listing.id == listing_id)
        .values(status="published", parts=["name"], until=today(), published_at=now(), name="x")
    )
    for wanted_scope in (in_networks(Scope(ours.id)), in_networks(Scope(theirs.id))):
        with scope(wanted_scope):
            try:
                changed = db.session.execute(publish_it).rowcount
            except sa.exc.DBAPIError:
                changed = 0
            db.session.rollback()
        assert changed == 0


def test_the_town_is_told_once_what_the_person_answered(pair, app):
    ours, _theirs, network_id = pair
    make_member(ours, Role.SECRETARIAT)
    person, listing_id = publish(ours, [network_id])
    run_worker(app, wait=False)
    with tenant_scope(ours.id):
        letters = db.session.scalars(sa.select(Mail).order_by(Mail.id)).all()
        assert ["載せてもよいか" in letters[0].subject, "掲載中" in letters[1].subject] == [
            True,
            True,
        ]
        assert len(letters) == 2
    with tenant_scope(ours.id):
        noted = [e for e in list_history(office(ours), [listing_id]) if e.kind == "AnswerNoted"]
        assert len(noted) == 1
        facts = noted[0].facts
    with tenant_scope(ours.id):
        enqueue(
            carry_answer,
            tenant_id=str(ours.id),
            listing_id=str(listing_id),
            network_id=str(network_id),
            status="published",
            decided_at=facts["decided_at"],
        )
        db.session.commit()
    run_worker(app, wait=False)
    with tenant_scope(ours.id):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 2
    assert person
