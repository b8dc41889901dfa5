"""What is counted of listed people, held against two small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.clock import frozen
from kyoso.core.db import db
from kyoso.core.scope import member_scope
from kyoso.exchange.talent_pool.metrics import count_listed
from kyoso.exchange.talent_pool.subscribers import carry_answer, end_expired
from support.listings import agree, make_listable, offer, take_back, withdraw
from support.months import jst, numbers_in
from support.networks import leave, make_network

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


@pytest.fixture
def network_id(hinode, minato):
    with frozen(jst(11, 25)):
        return make_network(hinode, minato)


def listed(network_id, town, month: int, year: int = 2026) -> float:
    return numbers_in(network_id, count_listed, town, month, year)["listed"]


def publish_at(at: dt.datetime, town, *networks, until: dt.date | None = None):
    """Let a town list somebody new; returns who, and the listing."""
    with frozen(at):
        person = make_listable(town)
        listing_id = offer(town, person, networks)
        agree(person, listing_id, until=until)
    for network_id in networks:
        tell(town, listing_id, network_id, "published", at)
    return person, listing_id


def take_back_at(at: dt.datetime, town, person, listing_id, network_id) -> None:
    with frozen(at):
        take_back(person, network_id)
    tell(town, listing_id, network_id, "withdrawn", at)


def tell(town, listing_id, network_id, status: str, at: dt.datetime) -> None:
    """Do what the job in the town's scope does."""
    said = {"listing_id": listing_id, "network_id": network_id, "decided_at": at.isoformat()}
    with member_scope(town.id):
        carry_answer.func.__wrapped__(
            town.id, status=status, **{key: str(value) for key, value in said.items()}
        )
        db.session.commit()


def test_two_small_towns(hinode, minato, network_id):
    with frozen(jst(11, 25)):
        other_id = make_network(minato, hinode, name="もう一つのネットワーク")
    publish_at(jst(12, 1), hinode, network_id, other_id)
    publish_at(NEW_YEAR, hinode, network_id)
    _person, taken_down = publish_at(jst(12, 3), hinode, network_id)
    with frozen(jst(12, 20)):
        withdraw(hinode, taken_down, network_id)
    unwilling = publish_at(jst(12, 3), hinode, network_id)
    take_back_at(NEW_YEAR - SECOND, hinode, *unwilling, network_id)
    later = publish_at(jst(12, 3), hinode, network_id)
    take_back_at(NEW_YEAR, hinode, *later, network_id)
    publish_at(jst(12, 3), hinode, network_id, until=dt.date(2026, 12, 30))
    publish_at(jst(12, 3), hinode, network_id, until=dt.date(2026, 12, 31))
    with frozen(jst(12, 3)):
        offer(hinode, make_listable(hinode), [network_id])
    publish_at(jst(12, 3), minato, network_id)

    # The first, the one who took it back in the new year, the one until the last day.
    assert listed(network_id, hinode, 12) == 3
    # The first, and the one of the new year.
    assert listed(network_id, hinode, 1, 2027) == 2
    assert listed(network_id, hinode, 11) == 0
    assert listed(other_id, hinode, 12) == 1
    assert listed(network_id, minato, 12) == 1
    assert listed(other_id, minato, 12) == 0


def test_whoever_is_listed_anew_was_listed_or_not_before_as_they_were(hinode, network_id):
    willing = publish_at(jst(12, 1), hinode, network_id)
    doubtful = publish_at(jst(12, 2), hinode, network_id)
    take_back_at(jst(12, 20), hinode, *doubtful, network_id)
    expired = publish_at(jst(11, 26), hinode, network_id, until=dt.date(2026, 12, 30))
    with frozen(jst(12, 31, 3)):
        end_expired()
    assert [listed(network_id, hinode, month) for month in (11, 12)] == [1, 1]

    again = jst(1, 10, year=2027)
    take_back_at(jst(1, 5, year=2027), hinode, *willing, network_id)
    for person, listing_id in (willing, doubtful, expired):
        with frozen(again):
            offer(hinode, person, [network_id])
        # Asked, and not answered yet.
        assert [listed(network_id, hinode, month) for month in (11, 12)] == [1, 1]
        with frozen(again):
            agree(person, listing_id)
        tell(hinode, listing_id, network_id, "published", again)

    assert [listed(network_id, hinode, month) for month in (11, 12)] == [1, 1]
    assert listed(network_id, hinode, 1, 2027) == 3


def test_a_town_that_left_had_listed_them_until_then(hinode, minato, network_id):
    publish_at(jst(12, 1), minato, network_id)
    with frozen(jst(1, 10, year=2027)):
        leave(network_id, minato)

    assert listed(network_id, minato, 12) == 1
    assert listed(network_id, minato, 1, 2027) == 0
    assert listed(network_id, hinode, 12) == 0
