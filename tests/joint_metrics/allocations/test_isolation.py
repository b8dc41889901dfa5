"""Who reads and changes plans, and what a plan may know: the database is asked as each standing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope
from kyoso.exchange.listed_needs.models import ListedNeed
from kyoso.exchange.talent_pool.models import Listing
from kyoso.joint_metrics.allocations import queries
from kyoso.joint_metrics.allocations.models import AllocationLine, AllocationPlan
from support.allocations import calculated_plan, offered_plan, own_line
from support.listings import list_a_need, publish
from support.networks import World, make_world

MEMBERS = {"member", "second"}


class Plans:
    """A world with a plan that towns see, and one that they do not."""

    def __init__(self) -> None:
        self.world: World = make_world()
        network = self.world.network_id
        self.person, self.listing_id = publish(self.world.second, [network])
        self.need_id = list_a_need(self.world.member, network, hours_a_month=10)
        self.offered = offered_plan(self.world.coordinator)
        self.kept = calculated_plan(self.world.coordinator)
        self.line_id = own_line(self.world.member, self.offered)
        stranger, other = publish(self.world.never, [self.world.other_network_id])
        self.other_person, self.other_listing = stranger, other

    @property
    def solving(self) -> Scope:
        """The scope of the job that calculates."""
        wanted = queries.scope_for(self.world.network_id)
        assert wanted is not None
        return wanted


@pytest.fixture(scope="module")
def plans(app: Flask) -> Iterator[Plans]:
    with app.app_context():
        yield Plans()


def seen_by(plans: Plans, query: sa.Select) -> dict[str, set[uuid.UUID]]:
    found = {}
    for name, wanted in plans.world.scopes().items():
        with scope(wanted):
            found[name] = set(db.session.scalars(query))
    return found


def refused(wanted: Scope, statement: sa.Executable) -> bool:
    """Tell whether the database refuses a change, or finds nothing to change."""
    with scope(wanted):
        try:
            return db.session.execute(statement).rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


def test_members_see_what_is_offered_and_the_coordinator_all(plans):
    seen = seen_by(plans, sa.select(AllocationPlan.id))
    assert {name: rows for name, rows in seen.items() if rows} == {
        "member": {plans.offered},
        "second": {plans.offered},
        "coordinator": {plans.offered, plans.kept},
    }
    lines = seen_by(plans, sa.select(AllocationLine.plan_id))
    assert {name: rows for name, rows in lines.items() if rows} == {
        "member": {plans.offered},
        "second": {plans.offered},
        "coordinator": {plans.offered, plans.kept},
    }


def test_a_town_on_its_own_pages_sees_no_plan(plans):
    with scope(Scope(plans.world.member.id)):
        assert db.session.scalars(sa.select(AllocationPlan)).all() == []
        assert db.session.scalars(sa.select(AllocationLine)).all() == []


def test_nobody_but_the_network_s_coordinator_writes_a_plan(plans):
    row = sa.insert(AllocationPlan).values(
        network_id=plans.world.network_id,
        id=new_id(),
        terms={},
        status="queued",
        asked_by="x",
        asked_at=now(),
        heard_at=now(),
    )
    change = sa.update(AllocationPlan).values(stage=1)
    for name, wanted in plans.world.scopes().items():
        assert refused(wanted, row) == (name != "coordinator"), name
        assert refused(wanted, change) == (name != "coordinator"), name


def test_only_the_need_s_town_accepts_and_only_what_is_offered(plans):
    accepting = sa.update(AllocationLine).values(
        status="accepted", accepted_at=now(), accepted_by="x"
    )
    ours = accepting.where(AllocationLine.id == plans.line_id)
    for name, wanted in plans.world.scopes().items():
        assert refused(wanted, ours) == (name != "member"), name
    hidden = accepting.where(AllocationLine.plan_id == plans.kept)
    for name, wanted in plans.world.scopes().items():
        assert refused(wanted, hidden), name
    member = plans.world.scopes()["member"]
    # A town accepts and does nothing else: no other status, hours or person.
    assert refused(member, sa.update(AllocationLine).values(status="replaced"))
    assert refused(member, sa.update(AllocationLine).values(hours=40))
    assert refused(member, sa.delete(AllocationLine))
    assert refused(plans.world.scopes()["coordinator"], sa.delete(AllocationLine))


def test_a_line_cannot_be_made_offered_or_accepted(plans):
    with scope(plans.world.coordinator.scope):
        line = db.session.get(AllocationLine, (plans.world.member.id, plans.line_id))
        assert line is not None
        values = {
            column.name: getattr(line, column.name) for column in AllocationLine.__table__.columns
        }
    values |= {"id": new_id(), "plan_id": plans.kept}
    for wrong in ({"offered": True}, {"status": "accepted", "accepted_at": now()}):
        assert refused(
            plans.world.coordinator.scope, sa.insert(AllocationLine).values(**values | wrong)
        )
    # The same need and listing twice in one plan: a second result of a job.
    assert refused(
        plans.world.coordinator.scope,
        sa.insert(AllocationLine).values(**values | {"plan_id": plans.offered, "offered": False}),
    )


def test_coordinators_read_titles_of_needs_and_nobody_s_listing(plans):
    query = sa.text("SELECT id FROM joint_metrics.needs_shown(:today)")
    for name, wanted in plans.world.scopes().items():
        with scope(wanted):
            found = set(db.session.scalars(query, {"today": today()}))
        assert found == ({plans.need_id} if name == "coordinator" else set()), name
    with scope(plans.world.coordinator.scope):
        assert db.session.scalars(sa.select(Listing.id)).all() == []
        assert db.session.scalars(sa.select(ListedNeed.id)).all() == []


HOURS = sa.text("SELECT listing_id FROM joint_metrics.hours_of_listed(:network, :first, 3)")


@pytest.mark.parametrize("other", [False, True])
def test_hours_are_told_of_those_listed_in_a_network_of_the_scope(plans, other):
    world = plans.world
    network = world.other_network_id if other else world.network_id
    values = {"network": network, "first": today().replace(day=1)}
    may = {"never"} if other else MEMBERS
    for name, wanted in world.scopes().items():
        with scope(wanted):
            found = set(db.session.scalars(HOURS, values))
        listed = plans.other_listing if other else plans.listing_id
        assert found == ({listed} if name in may else set()), name
    with scope(plans.solving):
        found = set(db.session.scalars(HOURS, values))
    assert found == (set() if other else {plans.listing_id})


def test_what_is_under_way_is_told_to_the_network_s_coordinator_only(plans):
    query = sa.text("SELECT count(*) FROM joint_metrics.lines_under_way(:network, :today)")
    values = {"network": plans.world.other_network_id, "today": today()}
    for wanted in plans.world.scopes().values():
        with scope(wanted):
            assert db.session.scalar(query, values) == 0


def test_the_job_sees_what_is_published_in_its_network_and_no_town_s_rows(plans):
    with scope(plans.solving):
        assert set(db.session.scalars(sa.select(Listing.id))) == {plans.listing_id}
        assert set(db.session.scalars(sa.select(ListedNeed.id))) == {plans.need_id}
        for table in ("municipal.needs", "municipal.talents", "identity.profiles"):
            count = sa.text(f"SELECT count(*) FROM {table}")  # noqa: S608 (names of this file)
            assert db.session.scalar(count) == 0, table
