"""What ends a request, or a share, from the person's side; and what may not begin any more."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core import jobs
from kyoso.core.access import Actor, Role
from kyoso.core.clock import JST, frozen, now, today
from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.mail import Mail
from kyoso.core.scope import Scope, scope, tenant_scope
from kyoso.exchange.share_requests import operations as requests
from kyoso.exchange.share_requests import queries
from kyoso.exchange.share_requests.rules import ShareStatus
from kyoso.exchange.share_talks.queries import list_thread
from kyoso.exchange.shares.subscribers import follow_town
from kyoso.identity.erasures.events import ErasureCarriedOut
from kyoso.identity.profiles.models import BookedHours
from kyoso.municipal.departures import operations as departures
from kyoso.municipal.departures import queries as leaving
from kyoso.municipal.engagements.queries import get_engagement
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talents.operations import remove_talent
from kyoso.municipal.talents.queries import get_talent, talent_of_person
from support.listings import take_back, withdraw
from support.members import sign_in
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
    # Whoever is erased withdraws their consent as well: both are so, and one is said.
    withdrawn = gone is is_erased and "同意を取り消した" in row.end_reason
    assert "人材台帳から外れた" in row.end_reason or withdrawn
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


def in_days(days: int) -> dt.date:
    return today() + dt.timedelta(days=days)


def test_a_person_ends_a_share_alone_and_both_towns_are_told_why(app, deal):
    request_id = deal.running()
    page = sign_in(app, deal.person)
    here = f"/me/shares/{request_id}"
    assert "早く終える" in page.get(here)
    page.post(f"{here}/end", {"last_day": in_days(40).isoformat()}, status=422)
    page.post(f"{here}/end", {"last_day": in_days(400).isoformat(), "reason": "x"}, status=422)
    page.post(f"{here}/end", {"last_day": in_days(1).isoformat(), "reason": "x"}, status=422)
    said = {"last_day": in_days(40).isoformat(), "reason": "家族の介護が始まります。"}
    for _twice in range(2):
        page.post(f"{here}/end", said)
    jobs.run_worker(app, wait=False)
    row = deal.row(request_id)
    assert (row.status, row.ends_on) == (S.ACTIVE, in_days(40))
    assert row.agreed_ends_on == in_days(110)
    with deal.as_asker() as actor:
        engagement = get_engagement(actor, request_id)
        assert (engagement.ends_on, engagement.status) == (in_days(40), EngagementStatus.ACTIVE)
        lines = list_thread(queries.get_request(actor, request_id))
        assert [line.kind for line in lines].count("ShareShortened") == 1
        assert lines[-1].text == "家族の介護が始まります。"
    for town in (deal.asker, deal.home):
        with tenant_scope(town.id):
            letters = db.session.scalars(sa.select(Mail.subject)).all()
            assert any("予定より早く終える" in letter for letter in letters), town.name
    with deal.as_person():
        (held,) = db.session.scalars(sa.select(BookedHours))
        assert held.until_month == in_days(40).replace(day=1)
    with frozen(dt.datetime.combine(in_days(41), dt.time(12), tzinfo=JST)), deal.as_asker():
        follow_town(Actor.system(deal.asker.id, "shares.follow"), now())
    assert deal.status(request_id) is S.ENDED


def test_only_the_person_and_only_what_runs_is_ended_so(app, deal):
    request_id = deal.approved()
    said = {"last_day": in_days(40).isoformat(), "reason": "都合"}
    sign_in(app, deal.person).post(f"/me/shares/{request_id}/end", said, status=409)
    sign_in(app, deal.clerk).post(f"/me/shares/{request_id}/end", said, status=404)
