"""Exchange isolation: the database is asked as each standing, whatever the pages would do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.journal import NetworkJournalEntry
from kyoso.core.scope import Scope, member_scope, scope, tenant_scope
from kyoso.exchange.coordination.models import Coordinator
from kyoso.exchange.networks import operations, queries
from kyoso.exchange.networks.models import Network, NetworkMember, NetworkRules
from kyoso.exchange.networks.rules import MemberStatus
from support.networks import World, admin_of, make_world

WITHIN = {"member", "second", "coordinator"}
EVERYBODY = {
    *("member", "second", "former", "suspended", "invited", "never"),
    *("coordinator", "other coordinator", "operator"),
}


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    with app.app_context():
        made = make_world()
        actor = admin_of(made.member)
        with member_scope(made.member.id):
            network = queries.get_joined(actor, made.network_id)
            operations.write_rules(network, "決まり", "", 0, actor=actor, now=now())
            db.session.commit()
        yield made


def seen_by(world: World, query: sa.Select[tuple[uuid.UUID]]) -> dict[str, list[uuid.UUID]]:
    found = {}
    for name, wanted in world.scopes().items():
        with scope(wanted):
            found[name] = list(db.session.scalars(query))
    return found


@pytest.mark.parametrize("table", [Coordinator, NetworkRules, NetworkJournalEntry])
def test_only_members_of_today_and_the_coordinator_see_a_network(world, table):
    seen = seen_by(world, sa.select(table.id).where(table.network_id == world.network_id))
    assert {name for name, rows in seen.items() if rows} == WITHIN


def test_that_a_network_exists_is_public_and_nothing_else_is(world):
    seen = seen_by(world, sa.select(Network.id).where(Network.id == world.network_id))
    assert {name for name, rows in seen.items() if rows} == EVERYBODY


def test_a_town_outside_sees_its_own_membership_only(world):
    query = sa.select(NetworkMember.tenant_id).where(NetworkMember.network_id == world.network_id)
    seen = seen_by(world, query)
    for name in ("former", "suspended", "invited"):
        assert seen[name] == [getattr(world, name).id]
    for name in WITHIN:
        assert len(seen[name]) == 5
    for name in ("never", "other coordinator", "operator"):
        assert seen[name] == []


def test_on_its_own_pages_a_town_sees_no_network(world):
    with tenant_scope(world.member.id):
        assert db.session.scalars(sa.select(NetworkRules)).all() == []
        assert db.session.scalars(sa.select(NetworkJournalEntry)).all() == []
        assert len(db.session.scalars(sa.select(NetworkMember)).all()) == 1


def refused(wanted: Scope, statement: sa.Executable) -> bool:
    """Tell whether the database refuses a change, or finds nothing to change."""
    with scope(wanted):
        try:
            result = db.session.execute(statement)
            return result.rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


def row_of(world: World, tenant_id: uuid.UUID, **values: object) -> sa.Insert:
    return sa.insert(NetworkMember).values(
        id=new_id(), tenant_id=tenant_id, network_id=world.network_id, **values
    )


def test_nobody_makes_themselves_a_member(world):
    stranger, day = world.never, now().date()
    ask = world.scopes()["never"]
    active = {"status": MemberStatus.ACTIVE, "joined_on": day}
    assert refused(ask, row_of(world, stranger.id, **active))
    assert refused(ask, row_of(world, stranger.id, founder_of=world.network_id, **active))
    assert refused(ask, row_of(world, stranger.id, status=MemberStatus.INVITED))
    # A member may invite, and that is all: not make a member, not change one.
    member = world.scopes()["member"]
    assert not refused(member, row_of(world, stranger.id, status=MemberStatus.INVITED))
    assert refused(member, row_of(world, stranger.id, **active))
    theirs = sa.update(NetworkMember).where(NetworkMember.tenant_id == world.second.id)
    for name in ("member", "coordinator", "never", "former", "operator"):
        assert refused(world.scopes()[name], theirs.values(status=MemberStatus.REVOKED)), name


def test_only_members_name_coordinators(world):
    row = sa.insert(Coordinator).values(
        network_id=world.network_id,
        id=new_id(),
        person_id=world.other_coordinator.person_id,
        name="x",
        email="x@example.jp",
        named_by="x",
        named_at=now(),
    )
    for name, wanted in world.scopes().items():
        assert refused(wanted, row) == (name not in {"member", "second"}), name


def test_only_those_within_write_rules_and_rename(world):
    rules = sa.insert(NetworkRules).values(
        network_id=world.network_id,
        id=new_id(),
        version=99,
        content="x",
        written_by="x",
        written_at=now(),
    )
    rename = sa.update(Network).where(Network.id == world.network_id).values(purpose="x")
    for name, wanted in world.scopes().items():
        assert refused(wanted, rules) == (name not in WITHIN), name
        assert refused(wanted, rename) == (name not in WITHIN), name


def test_nobody_becomes_the_founder_afterwards(world):
    taken = sa.update(Network).where(Network.id == world.network_id)
    for name, wanted in world.scopes().items():
        assert refused(wanted, taken.values(founded_by=world.never.id)), name


def test_the_networks_journal_is_written_in_ones_own_name_and_never_changed(world):
    def entry(town: uuid.UUID | None) -> sa.Insert:
        return sa.insert(NetworkJournalEntry).values(
            network_id=world.network_id,
            id=new_id(),
            by_tenant_id=town,
            kind="X",
            subject_id=new_id(),
            actor_name="x",
            facts={},
            at=now(),
        )

    for name, wanted in world.scopes().items():
        assert refused(wanted, entry(None)) == (name != "coordinator"), name
        assert refused(wanted, entry(world.member.id)) == (name != "member"), name
        assert refused(wanted, sa.update(NetworkJournalEntry).values(kind="Y")), name


def test_a_coordinator_sees_no_row_of_any_town(world):
    with scope(world.coordinator.scope):
        for table in sorted(db.metadata.tables.values(), key=lambda each: each.fullname):
            # Who is in the network is theirs to know; which towns there are is public.
            if "tenant_id" not in table.c or table.name == "network_members":
                continue
            assert db.session.execute(sa.select(table).limit(1)).all() == [], table.fullname


def test_what_is_published_is_shown_to_members_while_its_town_is_one(world):
    """`exchange.shown()` is what every policy on published rows asks."""
    one = sa.text("SELECT exchange.shown(:network, :town)")
    several = sa.text("SELECT exchange.shown(ARRAY[:network, :elsewhere]::uuid[], :town)")
    owners = {
        "member": True,
        "second": True,
        "former": False,
        "suspended": False,
        "invited": False,
    }
    for name, wanted in world.scopes().items():
        for owner, shown in owners.items():
            asked = {
                "network": world.network_id,
                "town": getattr(world, owner).id,
                "elsewhere": uuid.uuid4(),
            }
            with scope(wanted):
                expected = shown and name in {"member", "second"}
                assert bool(db.session.scalar(one, asked)) == expected, (name, owner)
                assert bool(db.session.scalar(several, asked)) == expected, (name, owner)
