"""Exchange isolation of listed people, needs and saved searches: asked of the database and pages.

And a property: whatever is done in whatever order, nothing is shown that the rules forbid.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.errors import DomainError
from kyoso.core.jobs import run_worker
from kyoso.core.scope import Scope, in_networks, member_scope, scope, tenant_scope
from kyoso.core.search import wanted as searched
from kyoso.exchange.finding import Kind, search
from kyoso.exchange.listed_needs import queries as needs
from kyoso.exchange.listed_needs.models import ListedNeed
from kyoso.exchange.moderation.operations import (
    ReportDraft,
    hide_reported,
    lift_hiding,
    report_item,
)
from kyoso.exchange.moderation.queries import get_hiding, get_item, get_report
from kyoso.exchange.moderation.rules import Ground
from kyoso.exchange.saved_searches.models import SavedSearch
from kyoso.exchange.talent_pool import queries
from kyoso.exchange.talent_pool.models import Listing
from kyoso.exchange.talent_pool.rules import TalentSearch
from support.database import Database, as_superuser
from support.listings import (
    agree,
    keep_search,
    list_a_need,
    make_listable,
    offer,
    office,
    publish,
    take_back,
    withdraw,
)
from support.members import Person, make_member, sign_in
from support.networks import (
    CoordinatorPerson,
    World,
    join,
    leave,
    make_coordinator,
    make_network,
    make_world,
    suspend,
)
from support.pages import without_stamps
from support.people import Town, make_town
from support.talents import Somebody, make_somebody

#: Who may read what `member` publishes; everybody else finds nothing at all.
READERS = {"member", "second"}
TOWNS = ("member", "second", "former", "suspended", "invited", "never")


@dataclass(frozen=True)
class Pool:
    world: World
    person: Somebody
    listing_id: uuid.UUID
    need_id: uuid.UUID
    search_id: uuid.UUID
    keeper: Person
    #: Of towns that are not in the network today: made while they were.
    ended: dict[str, uuid.UUID]


@pytest.fixture(scope="module")
def pool(app: Flask) -> Iterator[Pool]:
    with app.app_context():
        world = make_world()
        person, listing_id = publish(world.member, [world.network_id])
        offer(world.member, make_listable(world.member), [world.network_id])
        keeper = make_member(world.member, Role.SECRETARIAT)
        ended = {}
        for name in ("former", "suspended"):
            town = getattr(world, name)
            if name == "former":
                join(world.network_id, world.member, town)
            else:
                beside = make_town("休む町その2")
                join(world.network_id, world.member, beside)
                town = beside
            _who, ended[name] = publish(town, [world.network_id])
            (leave if name == "former" else suspend)(world.network_id, town)
        yield Pool(
            world,
            person,
            listing_id,
            list_a_need(world.member, world.network_id),
            keep_search(keeper),
            keeper,
            ended,
        )


def readers(pool: Pool, query: sa.Select[tuple[uuid.UUID]]) -> set[str]:
    found = set()
    for name, asking in pool.world.scopes().items():
        with scope(asking):
            if db.session.scalars(query).first() is not None:
                found.add(name)
    return found


@pytest.mark.parametrize("table", [Listing, ListedNeed])
def test_what_is_published_is_read_by_members_of_today_only(pool, table):
    own = sa.select(table.id).where(table.tenant_id == pool.world.member.id)
    assert readers(pool, own) == READERS


def test_of_a_question_that_nobody_answered_only_the_town_that_asked_knows(pool):
    asked = sa.select(Listing.id).where(
        Listing.tenant_id == pool.world.member.id, Listing.status == "asked"
    )
    assert readers(pool, asked) == {"member"}


@pytest.mark.parametrize("who", ["former", "suspended"])
def test_what_a_town_showed_before_it_went_is_shown_to_nobody_else(pool, who):
    gone = sa.select(Listing.id).where(Listing.id == pool.ended[who])
    assert readers(pool, gone) <= {"former"}
    for name, asking in pool.world.scopes().items():
        with scope(asking):
            assert pool.ended[who] not in search(Kind.TALENT, searched("")).ids, name


def test_a_saved_search_is_its_keepers(pool):
    mine = sa.select(SavedSearch.id).where(SavedSearch.id == pool.search_id)
    # The town's own jobs have no person.
    assert readers(pool, mine) == {"member"}
    colleague = Scope(pool.world.member.id, person_id=make_somebody().person_id)
    with scope(colleague):
        assert db.session.scalars(mine).all() == []
    with scope(Scope(pool.world.member.id, person_id=pool.keeper.person_id)):
        assert db.session.scalars(mine).all() == [pool.search_id]


def test_a_search_its_facets_and_its_hours_are_for_members_of_today_only(pool):
    for name, asking in pool.world.scopes().items():
        with scope(asking):
            for asked in (TalentSearch(), TalentSearch(hours=1), TalentSearch(words="見本")):
                found = queries.find_ids(asked)
                assert (pool.listing_id in found.ids) == (name in READERS), (name, asked)
                if name not in READERS:
                    assert not found.total, name
                    assert found.facets == {}, name
            assert bool(needs.list_listed()) == (name in READERS), name


def test_a_photo_is_for_members_of_today_only(pool):
    for name, asking in pool.world.scopes().items():
        with scope(asking):
            shown = bool(queries.list_listings_of(pool.listing_id))
            assert shown == (name in READERS), name
            photo = db.session.scalar(sa.select(Listing.photo).where(Listing.photo.is_not(None)))
            assert (photo is not None) == (name in READERS), name


def test_the_person_sees_their_own_and_what_is_needed_where_they_are_listed(pool):
    stranger = make_somebody()
    for who, theirs in ((pool.person, True), (stranger, False)):
        with scope(Scope(person_id=who.person_id)):
            assert bool(queries.list_own_listings(who.oneself)) == theirs
            assert db.session.scalars(sa.select(ListedNeed)).all() == []
            assert bool(needs.list_for_person(who.oneself)) == theirs


def test_nobody_writes_what_is_not_theirs(pool):
    row = {
        "tenant_id": pool.world.member.id,
        "id": new_id(),
        "network_id": pool.world.network_id,
        "person_id": pool.person.person_id,
        "talent_id": new_id(),
        "status": "asked",
        "asked_by": "x",
        "asked_at": now(),
    }
    changes = (
        sa.insert(Listing).values(row),
        sa.update(Listing).where(Listing.id == pool.listing_id).values(name="x"),
        sa.update(ListedNeed).where(ListedNeed.id == pool.need_id).values(title="x"),
        sa.update(SavedSearch).where(SavedSearch.id == pool.search_id).values(name="x"),
        sa.delete(Listing).where(Listing.id == pool.listing_id),
        sa.update(Listing).where(Listing.id == pool.listing_id).values(hidden_in=[]),
        sa.text("SELECT exchange.index_listing(:t, :l, :n, 'x', 'x', '{}', '{}', :d)").bindparams(
            t=pool.world.member.id, l=pool.listing_id, n=pool.world.network_id, d=today()
        ),
    )
    for name, asking in pool.world.scopes().items():
        if name == "member":
            continue
        for change in changes:
            with scope(asking):
                try:
                    done = db.session.execute(change).rowcount > 0
                except sa.exc.DBAPIError:
                    done = False
                db.session.rollback()
            assert not done, (name, str(change))


def test_every_page_answers_those_outside_as_if_it_were_not_there(app, pool):
    pages = (
        f"talent/{pool.listing_id}",
        f"talent/{pool.listing_id}/photo",
        f"needs/{pool.need_id}",
    )
    for name in TOWNS:
        town = getattr(pool.world, name)
        browser = sign_in(app, make_member(town, Role.ADMIN))
        for page in pages:
            url = f"/{town.slug}/exchange/{page}"
            if name in READERS:
                browser.fetch(url)
                continue
            unknown = url.replace(page.split("/")[1], str(new_id()))
            assert without_stamps(browser.get(url, status=404)) == without_stamps(
                browser.get(unknown, status=404)
            )
        shown = "見本 緑" in browser.get(f"/{town.slug}/exchange/talent/")
        assert shown == (name in READERS), name
        compared = browser.get(f"/{town.slug}/exchange/talent/compare?id={pool.listing_id}")
        assert ("見本 緑" in compared) == (name in READERS), name


def test_coordinators_have_no_page_of_the_pool(app, pool):
    browser = sign_in(app, pool.world.coordinator)
    browser.get(f"/{pool.world.member.slug}/exchange/talent/", status=403)
    browser.get(f"/{pool.world.member.slug}/exchange/talent/{pool.listing_id}", status=403)


def hide(reporter: Town, coordinator: CoordinatorPerson, listing_id: uuid.UUID) -> uuid.UUID:
    """Let a town report a listing, and the coordinator hide it; return the hiding's id."""
    actor = office(reporter)
    with member_scope(reporter.id):
        item = get_item(actor, Kind.TALENT, listing_id)
        draft = ReportDraft(coordinator.network_id, Ground.WRONG, "ちがう人です。")
        report = report_item(item, draft, report_id=new_id(), actor=actor, now=now())
        db.session.commit()
    with scope(coordinator.scope):
        found = get_report(coordinator.actor, report.id, lock=True)
        hiding_id = hide_reported(found, "確かめるため", actor=coordinator.actor, now=now())
        db.session.commit()
    return hiding_id


def lift(coordinator: CoordinatorPerson, hiding_id: uuid.UUID) -> None:
    with scope(coordinator.scope):
        lift_hiding(get_hiding(hiding_id), actor=coordinator.actor, now=now())
        db.session.commit()


def test_what_a_coordinator_hides_is_gone_at_once_and_comes_back_when_lifted(app):
    ours, theirs = make_town("ひがし町"), make_town("にし町")
    network_id = make_network(ours, theirs)
    coordinator = make_coordinator(network_id, ours)
    _person, listing_id = publish(ours, [network_id])
    hiding_id = hide(theirs, coordinator, listing_id)

    def seen() -> bool:
        with scope(in_networks(Scope(theirs.id))):
            rows = bool(queries.list_listings_of(listing_id))
            assert rows == (listing_id in search(Kind.TALENT, searched("")).ids)
            return rows

    assert not seen()
    lift(coordinator, hiding_id)
    run_worker(app, wait=False)
    assert seen()


# --- The property ---------------------------------------------------------------------------


@dataclass
class Model:
    """What the rules say, of one town's one person in one network: small, and pure."""

    member: bool = True
    asked: bool = False
    published: bool = False
    expired: bool = False
    hidden: bool = False
    hiding: uuid.UUID | None = field(default=None, compare=False)

    @property
    def shown(self) -> bool:
        """Whether another member sees the person."""
        return self.member and self.published and not self.expired and not self.hidden


STEPS = ("offer", "consent", "withdraw", "take_back", "expire", "hide", "lift", "leave", "rejoin")


@dataclass(frozen=True)
class Stage:
    """A pair of towns with a network, made once; each run has a person of its own."""

    ours: Town
    theirs: Town
    stranger: Town
    network_id: uuid.UUID
    coordinator: CoordinatorPerson


@pytest.fixture(scope="module")
def stage(app: Flask) -> Iterator[Stage]:
    with app.app_context():
        ours, theirs = make_town("ひがし町"), make_town("にし町")
        network_id = make_network(theirs, ours)
        stranger = make_town("よそ町")
        make_network(stranger)
        yield Stage(ours, theirs, stranger, network_id, make_coordinator(network_id, theirs))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=12))
def test_no_order_of_events_shows_what_the_rules_forbid(app, database, stage, steps):
    model, person = Model(), make_listable(stage.ours)
    listing_id: uuid.UUID | None = None
    for step in steps:
        listing_id = take(step, model, stage, person, listing_id, database)
        check(model, stage, listing_id)
    if not model.member:
        join(stage.network_id, stage.theirs, stage.ours)


def take(
    step: str,
    model: Model,
    stage: Stage,
    person: Somebody,
    listing_id: uuid.UUID | None,
    database: Database,
) -> uuid.UUID | None:
    """Do a step, in the world and in the model; what the rules refuse changes neither."""
    ours, network_id = stage.ours, stage.network_id
    if step == "offer" and model.member and not (model.asked or model.published):
        listing_id = offer(ours, person, [network_id])
        model.asked, model.expired = True, False
    elif step == "consent" and (model.asked or model.published):
        assert listing_id is not None
        with suppress(DomainError):
            agree(person, listing_id)
            model.asked, model.published, model.expired = False, True, False
    elif step == "withdraw" and (model.asked or model.published):
        assert listing_id is not None
        withdraw(ours, listing_id, network_id)
        model.asked = model.published = False
    elif step == "take_back" and model.published:
        take_back(person, network_id)
        model.published = False
    elif step == "expire" and model.published:
        with as_superuser(database) as connection:
            connection.execute(
                "UPDATE exchange.listings SET until = %s WHERE id = %s",
                (today().replace(year=today().year - 1), listing_id),
            )
        model.expired = True
    elif step == "hide" and model.shown:
        assert listing_id is not None
        model.hiding = hide(stage.theirs, stage.coordinator, listing_id)
        model.hidden = True
    elif step == "lift" and model.hiding is not None:
        lift(stage.coordinator, model.hiding)
        model.hidden, model.hiding = False, None
    elif step == "leave" and model.member:
        leave(network_id, ours)
        model.member = model.asked = model.published = False
    elif step == "rejoin" and not model.member:
        join(network_id, stage.theirs, ours)
        model.member = True
    return listing_id


def check(model: Model, stage: Stage, listing_id: uuid.UUID | None) -> None:
    """Compare what each may see with what the model says."""
    for town, may_see in ((stage.theirs, model.shown), (stage.stranger, False)):
        with scope(in_networks(Scope(town.id))):
            rows = db.session.execute(
                sa.select(Listing.id, Listing.parts, Listing.name).where(Listing.id == listing_id)
            ).all()
            assert bool(rows) == may_see, model
            lines = queries.list_lines([listing_id]) if listing_id else []
            assert bool(lines) == may_see, model
            if listing_id in search(Kind.TALENT, searched("")).ids:
                # The index may know one day longer what expired; the rows never do.
                assert may_see or (model.expired and town is stage.theirs), model
    with tenant_scope(stage.ours.id):
        for row in db.session.scalars(sa.select(Listing).where(Listing.id == listing_id)):
            assert (row.status == "published") == model.published, model
            assert bool(row.name) == model.published, "nothing is kept of what is not shown"
