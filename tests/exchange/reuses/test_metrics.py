"""What is counted of reuses, held against three small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.clock import frozen
from kyoso.exchange.reuses.metrics import count_reuses
from support.know_how import borrow, publish, write
from support.months import counted_in, jst
from support.networks import join, leave, make_network
from support.people import make_town

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


@pytest.fixture
def network_id(hinode, minato):
    with frozen(jst(11, 25)):
        return make_network(hinode, minato)


def found(network_id, town, month: int, year: int = 2026) -> tuple:
    figures = counted_in(network_id, count_reuses, town, month, year)
    numbers = figures["begun"].number, figures["received"].number
    return (*numbers, dict(figures["from_towns"].towards))


def publish_at(at: dt.datetime, town, *networks, piece=None, **how):
    with frozen(at):
        return publish(town, piece or write(town), *networks, **how)


def borrow_at(at: dt.datetime, town, item_id) -> None:
    with frozen(at):
        borrow(town, item_id)


def test_three_small_towns(hinode, minato, network_id):
    with frozen(jst(11, 25)):
        third = make_town("三つ目の町")
        join(network_id, hinode, third)
        other_id = make_network(minato, hinode, name="もう一つのネットワーク")
    ours = publish_at(jst(11, 26), hinode, network_id)
    theirs = publish_at(jst(11, 26), minato, network_id)
    beside = publish_at(jst(11, 26), minato, other_id)
    open_to_all = publish_at(jst(11, 26), hinode, is_public=True)
    borrow_at(jst(12, 1, 0, 0) - SECOND, hinode, theirs)
    borrow_at(jst(12, 1, 0, 0), hinode, theirs)
    borrow_at(jst(12, 5), third, ours)
    borrow_at(jst(12, 6), third, theirs)
    borrow_at(jst(12, 7), third, theirs)
    borrow_at(jst(12, 7), third, open_to_all)
    borrow_at(jst(12, 8), hinode, beside)
    borrow_at(NEW_YEAR, minato, ours)

    assert found(network_id, hinode, 12) == (1, 1, {minato.id: 1})
    assert found(network_id, third, 12) == (3, 0, {hinode.id: 1, minato.id: 2})
    assert found(network_id, minato, 12) == (0, 3, {})
    # Of every use the town that uses tells from whom: four begun, four received.
    assert found(network_id, hinode, 11) == (1, 0, {minato.id: 1})
    assert found(network_id, hinode, 1, 2027) == (0, 1, {})
    assert found(network_id, minato, 1, 2027) == (1, 0, {hinode.id: 1})
    assert found(other_id, hinode, 12) == (1, 0, {minato.id: 1})
    assert found(other_id, minato, 12) == (0, 1, {})


def test_whose_it_is_is_not_told_by_any_number_where_no_name_was_given(hinode, minato, network_id):
    quiet = publish_at(jst(11, 26), minato, network_id, nameless=True)
    named = publish_at(jst(11, 26), minato, network_id)
    borrow_at(jst(12, 5), hinode, quiet)
    borrow_at(jst(12, 5), hinode, named)
    assert found(network_id, hinode, 12) == (2, 0, {minato.id: 1})
    assert found(network_id, minato, 12) == (0, 1, {})

    # What it is called later does not say what it was called when it was taken.
    publish_at(jst(1, 5, year=2027), minato, network_id, piece=quiet)
    publish_at(jst(1, 5, year=2027), minato, network_id, piece=named, nameless=True)
    assert found(network_id, hinode, 12) == (2, 0, {minato.id: 1})
    assert found(network_id, minato, 12) == (0, 1, {})
    borrow_at(jst(1, 6, year=2027), hinode, quiet)
    borrow_at(jst(1, 6, year=2027), hinode, named)
    assert found(network_id, hinode, 1, 2027) == (2, 0, {minato.id: 1})
    assert found(network_id, minato, 1, 2027) == (0, 1, {})


def test_a_town_that_left_was_used_until_then(hinode, minato, network_id):
    item = publish_at(jst(11, 26), minato, network_id)
    borrow_at(jst(12, 5), hinode, item)
    with frozen(jst(1, 10, year=2027)):
        leave(network_id, minato)

    assert found(network_id, hinode, 12) == (1, 0, {minato.id: 1})
    assert found(network_id, minato, 12) == (0, 1, {})


def test_two_towns_of_one_name_are_in_no_flow(hinode, minato, network_id):
    with frozen(jst(11, 25)):
        twin = make_town("みなと町")
        join(network_id, hinode, twin)
    borrow_at(jst(12, 5), hinode, publish_at(jst(11, 26), minato, network_id))

    assert found(network_id, hinode, 12) == (1, 0, {})
