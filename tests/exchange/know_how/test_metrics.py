"""What is counted of know-how, held against two small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.clock import frozen
from kyoso.exchange.know_how.metrics import count_know_how
from support.know_how import publish, rewrite, withdraw, write
from support.months import jst, numbers_in
from support.networks import leave, make_network

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


@pytest.fixture
def network_id(hinode, minato):
    with frozen(jst(11, 25)):
        return make_network(hinode, minato)


def published(network_id, town, month: int, year: int = 2026) -> float:
    return numbers_in(network_id, count_know_how, town, month, year)["published"]


def publish_at(at: dt.datetime, town, *networks, piece=None, **how):
    with frozen(at):
        return publish(town, piece or write(town), *networks, **how)


def test_two_small_towns(hinode, minato, network_id):
    with frozen(jst(11, 25)):
        other_id = make_network(minato, hinode, name="もう一つのネットワーク")
    first = publish_at(jst(12, 1, 0, 0), hinode, network_id)
    publish_at(jst(12, 1, 0, 0) - SECOND, hinode, network_id)
    publish_at(NEW_YEAR, hinode, network_id)
    publish_at(jst(12, 5), hinode, network_id, other_id, is_public=True)
    publish_at(jst(12, 5), hinode, is_public=True)
    publish_at(jst(12, 5), minato, network_id)
    with frozen(jst(12, 6)):
        write(hinode, "下書き")
    assert published(network_id, hinode, 12) == 2

    # A new version, or being published again, is nothing new; nor does taking it down undo it.
    with frozen(jst(1, 5, year=2027)):
        rewrite(hinode, first, body="## 使い方\n\n新しい。")
    publish_at(jst(1, 5, year=2027), hinode, network_id, piece=first, note="直しました。")
    with frozen(jst(1, 6, year=2027)):
        withdraw(hinode, first)
    publish_at(jst(1, 7, year=2027), hinode, network_id, piece=first, note="また出します。")

    assert [published(network_id, hinode, month) for month in (11, 12)] == [1, 2]
    assert published(network_id, hinode, 1, 2027) == 1
    assert published(other_id, hinode, 12) == 1
    assert published(network_id, minato, 12) == 1
    assert published(other_id, minato, 12) == 0


def test_what_has_no_name_is_in_no_number_of_its_town(hinode, network_id):
    piece = publish_at(jst(12, 5), hinode, network_id, nameless=True)
    assert published(network_id, hinode, 12) == 0

    # Once it has a name, it is told from then on, and not from when it had none.
    publish_at(jst(1, 5, year=2027), hinode, network_id, piece=piece)
    assert published(network_id, hinode, 12) == 0
    assert published(network_id, hinode, 1, 2027) == 1

    # Without its name again, it had been known.
    publish_at(jst(1, 6, year=2027), hinode, network_id, piece=piece, nameless=True)
    assert published(network_id, hinode, 1, 2027) == 1


def test_a_town_that_left_had_published(hinode, minato, network_id):
    publish_at(jst(12, 5), minato, network_id)
    with frozen(jst(1, 10, year=2027)):
        leave(network_id, minato)

    assert published(network_id, minato, 12) == 1
    assert published(network_id, hinode, 12) == 0
