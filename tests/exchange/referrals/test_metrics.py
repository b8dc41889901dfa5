"""What is counted of referrals, held against two small towns and two networks."""

from __future__ import annotations

import datetime as dt

import pytest

from kyoso.core.access import Actor
from kyoso.core.clock import frozen
from kyoso.core.db import db
from kyoso.core.scope import member_scope
from kyoso.exchange.referrals import operations, queries
from kyoso.exchange.referrals.metrics import count_referrals
from support.intake import make_policy
from support.months import jst, numbers_in
from support.networks import leave, make_network
from support.people import make_town
from support.referrals import (
    EVERYTHING,
    accept,
    consent,
    decline,
    hand_over,
    look,
    make_pair,
    propose,
    settle,
    take_back,
    turn_down,
)

SECOND = dt.timedelta(seconds=1)
NEW_YEAR = jst(1, 1, 0, 0, year=2027)


@pytest.fixture
def pair(app):
    with frozen(jst(11, 25)):
        return make_pair()


def found(pair, town, month: int, year: int = 2026, network_id=None) -> tuple[float, float]:
    network_id = network_id or pair.network_id
    numbers = numbers_in(network_id, count_referrals, town, month, year)
    return numbers["sent"], numbers["adopted"]


def refer_at(at: dt.datetime, pair, made=None, *towns):
    """Let a declined proposal go to a town, or to several; return the referrals."""
    with frozen(at):
        made = made or decline(pair.ours)
        propose(pair.ours, made.id, *(towns or (pair.theirs,)))
        given = consent(pair.ours, made, EVERYTHING)
        for referral_id in given:
            hand_over(pair.ours, referral_id)
    return given


def take_in(at: dt.datetime, pair, referral_id, town=None) -> None:
    with frozen(at):
        look(town or pair.theirs, referral_id)
        accept(town or pair.theirs, referral_id)
        settle(pair.ours, referral_id)


def note(at: dt.datetime, pair, referral_id, *, adopted: bool, town=None) -> None:
    """Let the other town say that it adopted it, or that it took that back."""
    town = town or pair.theirs
    actor = Actor.system(town.id, rule="tests")
    with frozen(at):
        with member_scope(town.id):
            referral = queries.find_shared(actor, referral_id)
            operations.note_adoption(referral, adopted, actor=actor, now=at)
            db.session.commit()
        settle(pair.ours, referral_id)


def test_two_small_towns(pair):
    with frozen(jst(11, 25)):
        third = make_town("三つ目の町")
        other_id = make_network(pair.ours, third, name="もう一つのネットワーク")
    (early,) = refer_at(jst(12, 1, 0, 0) - SECOND, pair)
    (first,) = refer_at(jst(12, 1, 0, 0), pair)
    (second,) = refer_at(jst(12, 2), pair)
    refer_at(NEW_YEAR, pair)
    take_in(jst(12, 5), pair, early)
    take_in(jst(12, 5), pair, first)
    note(jst(12, 10), pair, early, adopted=True)
    note(NEW_YEAR, pair, first, adopted=True)
    with frozen(jst(12, 12)):
        look(pair.theirs, second)
        turn_down(pair.theirs, second)
        settle(pair.ours, second)
    # Asked only, and refused: nothing went anywhere.
    with frozen(jst(12, 3)):
        made = decline(pair.ours)
        propose(pair.ours, made.id, pair.theirs)

    assert found(pair, pair.ours, 12) == (2, 1)
    assert found(pair, pair.ours, 11) == (1, 0)
    assert found(pair, pair.ours, 1, 2027) == (1, 1)
    # The town that took it in counts it as its own proposal, not here.
    assert found(pair, pair.theirs, 12) == (0, 0)
    assert found(pair, pair.ours, 12, network_id=other_id) == (0, 0)


def test_one_proposal_in_two_networks_is_counted_in_each(pair):
    with frozen(jst(11, 25)):
        third = make_town("三つ目の町")
        other_id = make_network(pair.ours, third, name="もう一つのネットワーク")
        make_policy(third)
    given = refer_at(jst(12, 2), pair, None, pair.theirs, third)
    with member_scope(pair.ours.id):
        towns = {one: queries.get_offer(Actor.system(pair.ours.id, "t"), one) for one in given}
        (to_third,) = (key for key, offer in towns.items() if offer.other_tenant_id == third.id)
    take_in(jst(12, 5), pair, to_third, third)
    note(jst(12, 10), pair, to_third, adopted=True, town=third)

    assert found(pair, pair.ours, 12) == (1, 0)
    assert found(pair, pair.ours, 12, network_id=other_id) == (1, 1)


def test_an_adoption_that_is_undone_later_was_there_at_the_month_s_end(pair):
    (first,) = refer_at(jst(11, 30), pair)
    (second,) = refer_at(jst(11, 30), pair)
    for referral_id in (first, second):
        take_in(jst(12, 1), pair, referral_id)
        note(jst(12, 10), pair, referral_id, adopted=True)
    note(jst(12, 20), pair, first, adopted=False)
    note(jst(1, 5, year=2027), pair, second, adopted=False)

    assert found(pair, pair.ours, 12) == (0, 1)
    assert found(pair, pair.ours, 1, 2027) == (0, 0)


def test_a_consent_taken_back_and_a_town_that_leaves_change_no_month_before(pair):
    (taken_back,) = refer_at(jst(12, 1), pair, pair.proposal)
    (kept,) = refer_at(jst(12, 1), pair)
    take_in(jst(12, 5), pair, kept)
    note(jst(12, 10), pair, kept, adopted=True)
    with frozen(jst(1, 5, year=2027)):
        take_back(pair.ours, pair.proposal, taken_back)
    assert found(pair, pair.ours, 12) == (2, 1)

    with frozen(jst(1, 10, year=2027)):
        leave(pair.network_id, pair.theirs)
    assert found(pair, pair.ours, 12) == (2, 1)
