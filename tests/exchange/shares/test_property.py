"""Whatever order things happen in: the ledger is never exceeded, and nobody sees what is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.core.db import db
from kyoso.core.errors import DomainError
from kyoso.core.scope import Scope, in_networks, scope
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests.models import ShareRequest
from kyoso.exchange.share_requests.operations import Names
from kyoso.exchange.share_requests.rules import HOLDING, ShareStatus
from kyoso.exchange.shares import operations as shares
from kyoso.identity.hours_budget import release_hours
from kyoso.identity.profiles.models import BookedHours
from support.listings import agree, offer, publish, take_back
from support.networks import join, make_coordinator, make_network
from support.people import make_town
from support.shares import Deal, make_deal

OFFERED = 40
STEPS = ("send", "approve", "decline", "withdraw", "accept", "refuse", "begin", "end", "consent")
#: The way that things usually go comes more often, so that sequences get somewhere.
USUAL = ("draft", "draft", "send", "send", *STEPS, "approve", "accept", "begin", "draft")
#: (which town asks, which of its requests, what happens, how many hours)
ACTION = st.tuples(st.integers(0, 1), st.integers(0, 1), st.sampled_from(USUAL), st.integers(5, 30))


def settled(deal: Deal, request_id: Any) -> None:
    """Do what the job does that frees hours where the home town ended it."""
    with deal.as_asker():
        row = db.session.scalar(sa.select(ShareRequest).where(ShareRequest.id == request_id))
        if row is not None and row.status not in (*HOLDING, ShareStatus.ENDED):
            release_hours(request_id, None)


def take(deal: Deal, request_id: Any, step: str) -> None:
    steps: dict[str, Callable[[], None]] = {
        "send": lambda: deal.asks(request_id, requests.send_request),
        "approve": lambda: deal.answers(request_id, requests.approve_request, 1, Names()),
        "decline": lambda: deal.answers(request_id, requests.decline_request, "難しい"),
        "withdraw": lambda: deal.asks(request_id, requests.withdraw_request, "取りやめ"),
        "accept": lambda: deal.says(request_id, shares.accept_request, 1, deal.person.email),
        "refuse": lambda: deal.says(request_id, shares.refuse_request, ""),
        "begin": lambda: deal.begin(request_id),
        "end": lambda: deal.answers(request_id, shares.close_share, "終わり"),
        "consent": lambda: take_back(deal.person, deal.network_id),
    }
    steps[step]()


@pytest.mark.slow
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ACTION, min_size=8, max_size=30))
def test_no_sequence_exceeds_the_ledger_or_shows_what_is_not_theirs(app, actions):
    home, one, two, third = map(make_town, ("出す町", "借りる町", "もう一つの町", "見ている町"))
    network_id = make_network(home, one, third)
    join(network_id, home, two)
    coordinator = make_coordinator(network_id, home)
    listed = publish(home, [network_id])
    deals = [make_deal(town, home, network_id, listed=listed) for town in (one, two)]
    made: list[list[Any]] = [[], []]
    for who, which, what, hours in actions:
        deal, ours = deals[who], made[who]
        try:
            if what == "draft":
                ours.append(deal.drafted(hours_a_month=hours))
            elif ours:
                request_id = ours[which % len(ours)]
                take(deal, request_id, what)
                settled(deal, request_id)
                if what == "consent":
                    agree(deal.person, offer(home, deal.person, [network_id]))
        except DomainError:
            db.session.remove()
        _check(deals, third, coordinator.scope, made)


def _check(deals: list[Deal], third: Any, coordinator: Scope, made: list[list[Any]]) -> None:
    person = deals[0].person
    with scope(Scope(person_id=person.person_id)):
        booked = db.session.execute(sa.select(BookedHours.source_id, BookedHours.hours)).all()
        mine = set(db.session.scalars(sa.select(ShareRequest.id)))
    assert sum(row.hours for row in booked) <= OFFERED
    for nobody in (in_networks(Scope(third.id)), coordinator):
        with scope(nobody):
            assert db.session.scalars(sa.select(ShareRequest.id)).all() == []
    all_rows = {}
    for deal, ids in zip(deals, made, strict=True):
        with scope(in_networks(Scope(deal.asker.id))):
            rows = db.session.scalars(sa.select(ShareRequest)).all()
        assert {row.id for row in rows} == set(ids), "just its own"
        all_rows |= {row.id: row for row in rows}
    sent = {ident for ident, row in all_rows.items() if row.sent_at is not None}
    with scope(in_networks(Scope(deals[0].home.id))):
        assert set(db.session.scalars(sa.select(ShareRequest.id))) == sent
    assert mine == sent
    held = {ident for ident, row in all_rows.items() if row.status in HOLDING}
    over = {ident for ident, row in all_rows.items() if row.status is ShareStatus.ENDED}
    assert held <= {row.source_id for row in booked} <= held | over
