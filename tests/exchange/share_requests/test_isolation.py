"""Whose requests: the two towns', the person's; nobody else's in the same network or outside."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.errors import NotFound
from kyoso.core.scope import Scope, in_networks, scope
from kyoso.exchange.share_requests import queries
from kyoso.exchange.share_requests.models import ShareMessage, SharePaper, ShareRequest
from kyoso.exchange.share_requests.rules import Audience
from kyoso.exchange.share_talks import operations as talks
from kyoso.exchange.shares import operations as shares
from kyoso.exchange.shares.models import ShareHours, ShareReview
from support.members import make_member, sign_in
from support.networks import World, make_world
from support.shares import Deal, make_deal
from support.talents import make_somebody
from support.work_hours import log_hours

TABLES = [ShareRequest, ShareMessage, SharePaper, ShareHours, ShareReview]


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    with app.app_context():
        yield make_world()


@pytest.fixture(scope="module")
def deal(world: World) -> Deal:
    """`member` asks `second`; all that there can be is there."""
    return make_deal(world.member, world.second, world.network_id)


@pytest.fixture(scope="module")
def ended(deal: Deal) -> uuid.UUID:
    request_id = deal.running(starts_on=today(), hours_a_month=5)
    log_hours(deal.person, {(request_id, today()): 60})
    deal.asks(request_id, talks.post_message, "町だけの話", Audience.TOWNS)
    deal.answers(request_id, shares.close_share, "終わり")
    deal.asks(request_id, shares.review_share, "よかった", True)
    return request_id


def everybody(world: World, deal: Deal) -> dict[str, Scope]:
    return world.scopes() | {
        "person": Scope(person_id=deal.person.person_id),
        "another person": Scope(person_id=make_somebody().person_id),
    }


@pytest.mark.parametrize("table", TABLES)
def test_the_two_towns_and_the_person_see_it_and_nobody_else(world, deal, ended, table):
    column = table.id if table is ShareRequest else table.request_id
    seen = set()
    for name, wanted in everybody(world, deal).items():
        with scope(wanted):
            if db.session.scalars(sa.select(table).where(column == ended)).all():
                seen.add(name)
    assert seen == {"member", "second", "person"}


def test_the_two_towns_see_it_also_outside_the_exchange_pages(world, deal, ended):
    for town in (deal.asker, deal.home):
        with scope(Scope(town.id)):
            assert db.session.scalars(sa.select(ShareRequest.id)).all() == [ended]


def test_what_is_not_sent_is_its_writers_alone(world, deal):
    draft = deal.drafted(hours_a_month=1)
    for name, wanted in everybody(world, deal).items():
        with scope(wanted):
            found = db.session.scalars(sa.select(ShareRequest).where(ShareRequest.id == draft))
            assert bool(found.all()) == (name == "member"), name


def test_the_person_reads_no_message_that_is_for_the_towns(deal, ended):
    with scope(Scope(person_id=deal.person.person_id)):
        texts = db.session.scalars(sa.select(ShareMessage.text)).all()
    assert "町だけの話" not in texts


def refused(wanted: Scope, statement: sa.Executable) -> bool:
    with scope(wanted):
        try:
            return db.session.execute(statement).rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


def test_nobody_else_changes_it_or_writes_in_its_thread(world, deal, ended):
    change = sa.update(ShareRequest).where(ShareRequest.id == ended).values(purpose="x")
    for name, wanted in everybody(world, deal).items():
        assert refused(wanted, change) == (name not in {"member", "second"}), name
        for side, writer in (("asker", "member"), ("home", "second"), ("person", "person")):
            line = sa.insert(ShareMessage).values(
                tenant_id=deal.asker.id,
                id=new_id(),
                request_id=ended,
                home_tenant_id=deal.home.id,
                person_id=deal.person.person_id,
                kind="MessagePosted",
                side=side,
                author_name="x",
                audience="all",
                text="x",
                at=now(),
            )
            assert refused(wanted, line) == (name != writer), (name, side)


def test_no_town_ties_a_line_to_a_request_that_is_not_its_own(world, deal, ended):
    """Its own id in the place of a town does not make a request of strangers its own."""
    for town in (world.never, world.former):
        for tenant, home in ((town.id, deal.home.id), (deal.asker.id, town.id)):
            line = sa.insert(ShareMessage).values(
                tenant_id=tenant,
                id=new_id(),
                request_id=ended,
                home_tenant_id=home,
                person_id=None,
                kind="MessagePosted",
                side="asker" if tenant == town.id else "home",
                author_name="x",
                audience="all",
                text="x",
                at=now(),
            )
            assert refused(in_networks(Scope(town.id)), line)


def test_a_request_begins_only_in_a_network_of_both_and_for_a_listed_person(world, deal, ended):
    with deal.as_asker() as actor:
        row = queries.get_request(actor, ended)
        whole = {
            column.key: getattr(row, column.key)
            for column in sa.inspect(ShareRequest).columns
            if column.key not in {"id", "created_at"}
        }
    fresh = whole | {
        **dict.fromkeys(("ended_at", "sent_at", "waiting_since", "person_version")),
        "status": "draft",
        "shown": {},
    }

    def row_with(**said: object) -> sa.Insert:
        return sa.insert(ShareRequest).values(id=new_id(), **(fresh | said))

    ask = in_networks(Scope(deal.asker.id))
    assert not refused(ask, row_with())
    assert refused(ask, row_with(status="sent", sent_at=now(), waiting_since=now()))
    assert refused(ask, row_with(network_id=world.other_network_id))
    assert refused(ask, row_with(person_id=make_somebody().person_id))
    assert refused(ask, row_with(home_tenant_id=world.never.id))
    assert refused(Scope(deal.asker.id), row_with()), "outside the exchange nothing begins"
    assert refused(in_networks(Scope(deal.home.id)), row_with()), "in another town's name"


def test_the_pages_look_alike_for_theirs_and_for_none(app, world, deal, ended):
    for town in (world.former, world.never, world.suspended):
        browser = sign_in(app, make_member(town, Role.ADMIN))
        for place in ("", "/end", "/memorandum/1.pdf"):
            for wanted in (ended, uuid.uuid4()):
                browser.get(f"/{town.slug}/exchange/shares/{wanted}{place}", status=404)
    stranger = sign_in(app, make_somebody())
    for wanted in (ended, uuid.uuid4()):
        stranger.get(f"/me/shares/{wanted}", status=404)
        stranger.get(f"/me/shares/{wanted}/memorandum/1.pdf", status=404)


def test_a_draft_is_missing_for_the_other_town_and_for_the_person(deal):
    draft = deal.drafted(hours_a_month=1)
    with deal.as_home() as actor, pytest.raises(NotFound):
        queries.get_request(actor, draft)
    with deal.as_person() as me, pytest.raises(NotFound):
        queries.get_own_request(me, draft)
