"""What is counted of running shares, held against three small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.access import Actor, PersonActor
from kyoso.core.clock import frozen
from kyoso.core.db import db
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests.operations import Names
from kyoso.exchange.share_requests.queries import get_own_request
from kyoso.exchange.shares import operations as shares
from kyoso.exchange.shares.metrics import count_shares
from kyoso.exchange.shares.subscribers import follow_town
from support.months import counted_in, jst
from support.networks import join, leave, make_network
from support.people import make_town
from support.shares import ask_for_stay, make_deal

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)
NOTHING = {"lent": 0, "borrowed": 0, "hours_out": 0, "hours_in": 0, "hours_towards": {}}


def day(month: int, number: int, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


@pytest.fixture
def deal(app):
    with frozen(jst(11, 25)):
        return make_deal()


def found(deal, town, month: int, year: int = 2026, network_id=None) -> dict:
    figures = counted_in(network_id or deal.network_id, count_shares, town, month, year)
    numbers = {name: figure.number for name, figure in figures.items()}
    return numbers | {"hours_towards": dict(figures["hours_towards"].towards)}


def share(deal, hours: int, first: dt.date, last: dt.date, at: dt.datetime | None = None):
    """Let a share be agreed on by all three at one moment."""
    with frozen(at or jst(11, 26)):
        return deal.running(hours_a_month=hours, starts_on=first, ends_on=last)


def test_three_small_towns(deal):
    with frozen(jst(11, 25)):
        third = make_town("三つ目の町")
        join(deal.network_id, deal.home, third)
        listed = deal.person, deal.listing_id
        theirs = make_deal(third, deal.home, deal.network_id, listed=listed)
        other_id = make_network(deal.home, deal.asker, name="もう一つのネットワーク")
    share(deal, 4, day(12, 1), day(12, 9))
    share(deal, 3, day(12, 10), day(3, 31, 2027))
    share(theirs, 6, day(12, 31), day(12, 31))
    with frozen(jst(11, 27)):
        deal.accepted(hours_a_month=5, starts_on=day(1, 1, 2027), ends_on=day(2, 28, 2027))
        deal.approved(hours_a_month=7, starts_on=day(12, 1), ends_on=day(3, 31, 2027))

    assert found(deal, deal.home, 12) == {
        **NOTHING,
        "lent": 2,
        "hours_out": 3 + 4 + 6,
        "hours_towards": {deal.asker.id: 7, third.id: 6},
    }
    # The other side of the same hours, once.
    assert found(deal, deal.asker, 12) == {**NOTHING, "borrowed": 1, "hours_in": 3 + 4}
    assert found(deal, third, 12) == {**NOTHING, "borrowed": 1, "hours_in": 6}
    january = {**NOTHING, "lent": 2, "hours_out": 8, "hours_towards": {deal.asker.id: 8}}
    assert found(deal, deal.home, 1, 2027) == january
    assert found(deal, deal.home, 11) == NOTHING
    for town in (deal.home, deal.asker, third):
        assert found(deal, town, 12, network_id=other_id) == NOTHING


def test_what_is_agreed_on_at_midnight_in_japan_belongs_to_the_new_month(deal):
    period = (day(1, 2, 2027), day(3, 31, 2027))
    with frozen(jst(12, 20)):
        early = deal.approved(hours_a_month=2, starts_on=day(12, 31), ends_on=period[1])
        late = deal.approved(hours_a_month=3, starts_on=day(12, 31), ends_on=period[1])
    for request_id, at in ((early, NEW_YEAR - SECOND), (late, NEW_YEAR)):
        with frozen(at):
            deal.says(request_id, shares.accept_request, 1, deal.person.email)

    assert found(deal, deal.asker, 12) == {**NOTHING, "borrowed": 1, "hours_in": 2}
    assert found(deal, deal.asker, 1, 2027) == {**NOTHING, "borrowed": 2, "hours_in": 5}

    # What the town takes back later, before its engagement was made, had been agreed on.
    with frozen(jst(1, 5, year=2027)):
        deal.asks(early, requests.withdraw_request, "関与を作れなかったため")
    assert found(deal, deal.asker, 12) == {**NOTHING, "borrowed": 1, "hours_in": 2}
    assert found(deal, deal.asker, 1, 2027) == {**NOTHING, "borrowed": 1, "hours_in": 3}


def test_what_ends_later_changes_no_month_before_it(deal):
    one = share(deal, 3, day(12, 1), day(3, 31, 2027))
    before = found(deal, deal.home, 12)
    with frozen(jst(1, 10, year=2027)):
        deal.answers(one, shares.shorten_share, day(1, 20, 2027), "異動のため")
    with frozen(jst(2, 1, 3, year=2027)), tenant_scope(deal.asker.id):
        follow_town(Actor.system(deal.asker.id, rule="tests"), jst(2, 1, 3, year=2027))
        db.session.commit()

    assert found(deal, deal.home, 12) == before
    assert before["lent"] == 1
    january = {**NOTHING, "hours_out": 3, "hours_towards": {deal.asker.id: 3}}
    assert found(deal, deal.home, 1, 2027) == january
    assert found(deal, deal.home, 2, 2027) == NOTHING


def test_a_stay_is_a_share_without_hours(deal):
    with frozen(jst(12, 1)):
        stay = ask_for_stay(deal)
        deal.asks(stay, requests.send_request)
        names = Names(membership_id=deal.boss.membership_id)
        deal.answers(stay, requests.approve_request, 1, names)
        deal.asks(stay, requests.confirm_paper, 2)
    assert found(deal, deal.home, 12) == NOTHING, "its person has not agreed"

    me = PersonActor(deal.boss.person_id, deal.boss.name)
    with frozen(jst(12, 2)), scope(Scope(person_id=me.person_id)):
        request = get_own_request(me, stay, lock=True)
        shares.accept_request(request, request.paper_version, "", actor=me, now=jst(12, 2))
        db.session.commit()

    # From 11 to 31 December.
    assert found(deal, deal.home, 12) == {**NOTHING, "lent": 1}
    assert found(deal, deal.asker, 12) == {**NOTHING, "borrowed": 1}
    assert found(deal, deal.asker, 1, 2027) == NOTHING


def test_a_running_share_goes_on_when_a_town_leaves(deal):
    share(deal, 3, day(12, 1), day(3, 31, 2027))
    before = found(deal, deal.home, 12), found(deal, deal.asker, 12)
    with frozen(jst(1, 10, year=2027)):
        leave(deal.network_id, deal.asker)

    assert (found(deal, deal.home, 12), found(deal, deal.asker, 12)) == before
    assert found(deal, deal.home, 1, 2027)["hours_towards"] == {deal.asker.id: 3}
