"""What ends a request, or a share, from the person's side; and what may not begin any more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kyoso.core import jobs
from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests.rules import ShareStatus
from kyoso.identity.erasures.events import ErasureCarriedOut
from kyoso.identity.profiles.models import BookedHours
from kyoso.municipal.departures import operations as departures
from kyoso.municipal.departures import queries as leaving
from kyoso.municipal.talents.operations import remove_talent
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from support.listings import take_back, withdraw
from support.people import actor_of
from support.shares import Deal, make_deal

S = ShareStatus


@pytest.fixture
def deal(app) -> Deal:
    return make_deal()


def booked(deal: Deal) -> list[int]:
    with deal.as_person():
        return [row.hours for row in db.session.scalars(sa.select(BookedHours))]


def leaves(deal: Deal) -> None:
    """Let the person leave the register of their home town."""
    with deal.as_person() as me:
        (own,) = [one for one, _town in leaving.list_registers(me) if one.tenant_id == deal.home.id]
        talent = leaving.get_own_talent(me, own.id)
        departures.leave_town(talent, deal.home.name, actor=me, now=now())


def is_taken_out(deal: Deal) -> None:
    """Let the home town take the person out of its register."""
    office = actor_of(deal.home, Role.SECRETARIAT)
    with tenant_scope(deal.home.id):
        found = talent_of_person(office, deal.person.person_id)
        talent = get_talent(office, found.id, lock=True)
        remove_talent(talent, "任期が終わった", actor=office, now=now())
        db.session.commit()


def is_erased(deal: Deal) -> None:
    """Let what follows an erasure follow."""
    from kyoso.core.journal import record

    with scope(Scope(person_id=deal.person.person_id)):
        done = ErasureCarriedOut(deal.person.person_id)
        record(done, actor=deal.person.oneself, now=now())
        db.session.commit()


@pytest.mark.parametrize("made", ["sent", "approved"])
@pytest.mark.parametrize("gone", [leaves, is_taken_out, is_erased])
def test_who_leaves_the_home_towns_register_is_asked_no_more(app, deal, made, gone):
    request_id = getattr(deal, made)()
    gone(deal)
    row = deal.row(request_id)
    assert row.status is S.CANCELLED
    assert "人材台帳から外れた" in row.end_reason
    jobs.run_worker(app, wait=False)
    assert booked(deal) == []


def test_what_runs_goes_on_when_somebody_leaves_the_home_towns_register(deal):
    request_id = deal.running()
    leaves(deal)
    assert deal.status(request_id) is S.ACTIVE
    assert booked(deal) == [10]


@pytest.mark.parametrize(
    "gone",
    [
        lambda deal: take_back(deal.person, deal.network_id),
        lambda deal: withdraw(deal.home, deal.listing_id, deal.network_id),
    ],
)
def test_a_draft_is_not_sent_to_somebody_who_is_listed_no_more(deal, gone):
    request_id = deal.drafted()
    gone(deal)
    with pytest.raises(RuleViolation, match="掲載が終わった"):
        deal.asks(request_id, requests.send_request)
    assert deal.status(request_id) is S.DRAFT
    assert booked(deal) == []
