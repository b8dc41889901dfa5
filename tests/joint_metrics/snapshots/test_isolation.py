"""Who reads and writes towns' months: the database is asked as each standing, past all pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.errors import Forbidden, NotFound, RuleViolation
from kyoso.core.metrics import Figure, Month
from kyoso.core.scope import Scope, member_scope, scope, tenant_scope
from kyoso.exchange.networks.queries import get_membership
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.joint_metrics.snapshots import operations, queries
from kyoso.joint_metrics.snapshots.models import (
    Measurement,
    NetworkMonth,
    PublishingChoice,
    Snapshot,
)
from kyoso.joint_metrics.snapshots.operations import Remarks
from support.database import Database, as_superuser
from support.networks import World, admin_of, leave, make_world, suspend
from support.people import Town, make_town
from support.samples import Sample, make_sample
from support.snapshots import be_member_since, measure_month, publish_month

LAST = Month.of(today()) + -1
RECEIVED = "proposals.received"
#: Whose rows a coordinator reads in SQL, table by table. Nothing else of any town.
COORDINATORS_READ = {
    # Who is in the network, and what its members published to it.
    "exchange.network_members",
    "joint_metrics.snapshots",
    # What towns brought before it: consultations nobody answered, and reports of what is shown.
    "exchange.consultation_cases",
    "exchange.item_reports",
    # What it plans for them.
    "joint_metrics.allocation_lines",
}


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """A world in which the member, and those who left or rest since, published the last month."""
    with app.app_context():
        made = make_world()
        for town in (made.former, made.suspended):
            # They come back for a moment: what they published stays when they are gone again.
            return_to(made, town)
            publish_month(town, made.network_id, LAST, {RECEIVED: Figure(1)})
        leave(made.network_id, made.former)
        suspend(made.network_id, made.suspended)
        publish_month(made.member, made.network_id, LAST, {RECEIVED: Figure(12)})
        publish_month(made.never, made.other_network_id, LAST, {RECEIVED: Figure(70)})
        with member_scope(made.member.id):
            actor = admin_of(made.member)
            operations.choose_publishing(made.network_id, False, actor=actor, now=now())
            db.session.commit()
        yield made


def return_to(made: World, town: Town) -> None:
    with member_scope(town.id):
        member = get_membership(admin_of(town), made.network_id, lock=True).member
        member.status, member.suspended_on = MemberStatus.ACTIVE, None
        member.notice_on = member.left_on = None
        db.session.commit()


def towns_seen(world: World, table, network_id: uuid.UUID) -> dict[str, set[uuid.UUID]]:
    query = sa.select(table.tenant_id).where(table.network_id == network_id)
    found = {}
    for name, wanted in world.scopes().items():
        with scope(wanted):
            found[name] = set(db.session.scalars(query))
    return found


def test_a_towns_own_numbers_are_nobody_elses(world):
    for table in (Measurement, PublishingChoice):
        seen = towns_seen(world, table, world.network_id)
        assert seen["member"] == {world.member.id}
        for name in ("second", "invited", "never", "coordinator", "other coordinator", "operator"):
            assert seen[name] == set(), (table, name)
        assert seen["former"] <= {world.former.id}
        assert seen["suspended"] <= {world.suspended.id}


def test_what_was_published_is_read_by_members_of_today_and_the_coordinator(world):
    seen = towns_seen(world, Snapshot, world.network_id)
    published = {world.member.id, world.former.id, world.suspended.id}
    for name in ("member", "second", "coordinator"):
        assert seen[name] == published, name
    assert seen["former"] == {world.former.id}
    assert seen["suspended"] == {world.suspended.id}
    for name in ("invited", "never", "other coordinator", "operator"):
        assert seen[name] == set(), name


def test_the_networks_months_are_read_by_members_of_today_and_the_coordinator(world):
    query = sa.select(NetworkMonth.figures).where(NetworkMonth.network_id == world.network_id)
    for name, wanted in world.scopes().items():
        with scope(wanted):
            found = db.session.scalars(query).all()
        if name in {"member", "second", "coordinator"}:
            assert [one[RECEIVED]["n"] for one in found] == [14], name
        else:
            assert found == [], name


def test_on_its_desk_a_town_sees_its_own_only(world):
    with tenant_scope(world.second.id):
        for table in (Measurement, Snapshot, NetworkMonth):
            assert db.session.execute(sa.select(table)).all() == []


def refused(
    wanted: Scope, statement: sa.Executable, values: dict[str, object] | None = None
) -> bool:
    with scope(wanted):
        try:
            result = db.session.execute(statement, values or {})
            return result.rowcount == 0
        except sa.exc.DBAPIError:
            return True
        finally:
            db.session.rollback()


def test_nobody_changes_or_deletes_what_was_published(world):
    for name, wanted in world.scopes().items():
        for table in (Snapshot, NetworkMonth):
            assert refused(wanted, sa.update(table).values(figures={})), name
            assert refused(wanted, sa.delete(table)), name
        month = sa.insert(NetworkMonth).values(
            network_id=world.network_id, month=today(), revision=new_id(), towns=[], figures={}
        )
        assert refused(wanted, month), name
        assert refused(wanted, sa.delete(Measurement)), name


def test_a_town_publishes_in_its_own_name_where_it_is_a_member_today(world):
    def row(tenant_id, network_id):
        return sa.insert(Snapshot).values(
            tenant_id=tenant_id,
            id=new_id(),
            network_id=network_id,
            month=(LAST + -1).first,
            version=1,
            figures={},
            published_by="x",
            published_at=now(),
        )

    for name, wanted in world.scopes().items():
        mine = {"member": world.member, "second": world.second}.get(name)
        for town in (world.member, world.second, world.former, world.suspended):
            allowed = mine is not None and mine.id == town.id
            assert refused(wanted, row(town.id, world.network_id)) != allowed, (name, town.name)
            assert refused(wanted, row(town.id, world.other_network_id)), (name, town.name)


def test_only_who_may_publish_puts_a_month_together(world):
    ask = sa.text("SELECT joint_metrics.roll_up(:network_id, :month)")
    for name, wanted in world.scopes().items():
        for network_id in (world.network_id, world.other_network_id):
            said = {"network_id": network_id, "month": LAST.first}
            inside = {
                world.network_id: {"member", "second"},
                world.other_network_id: {"never"},
            }[network_id]
            assert refused(wanted, ask, said) == (name not in inside), name


def test_no_operation_touches_another_towns_month(world):
    actor = admin_of(world.second)
    with member_scope(world.member.id):
        theirs = queries.get_measurement(admin_of(world.member), world.network_id, LAST)
    with member_scope(world.second.id):
        with pytest.raises(NotFound):
            queries.get_measurement(actor, world.network_id, LAST)
        with pytest.raises(Forbidden):
            operations.save_remarks(theirs, Remarks("x"), actor=actor, now=now())
        for network_id in (world.other_network_id, new_id()):
            counted = {network_id: {RECEIVED: Figure(1)}}
            with pytest.raises(RuleViolation):
                operations.measure_month(LAST, counted, actor=actor, now=now())
            with pytest.raises(NotFound):
                operations.choose_publishing(network_id, True, actor=actor, now=now())


# -- a coordinator, and every table of the database ----------------------------------------------


@pytest.fixture(scope="module")
def sample(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    with app.app_context():
        made = make_sample(tmp_path_factory.mktemp("coordinated"), "見本南町")
        publish_month(made.town, made.network.id, LAST, {RECEIVED: Figure(3)})
        yield made


def town_tables(database: Database) -> list[tuple[str, str]]:
    with as_superuser(database) as connection:
        return connection.execute(
            "SELECT table_schema::text, table_name::text FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE column_name IN ('tenant_id', 'home_tenant_id', 'other_tenant_id')"
            " AND table_type = 'BASE TABLE' GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()


def test_a_coordinator_reads_of_towns_what_is_on_the_list_and_nothing_else(app, database, sample):
    tables = town_tables(database)
    assert len(tables) > 60
    filled, readable = set(), set()
    with as_superuser(database) as connection:
        for schema, table in tables:
            anything = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(schema, table))
            if connection.execute(anything).fetchone():
                filled.add(f"{schema}.{table}")
    with scope(sample.network.coordinator.scope):
        for schema, table in tables:
            try:
                with db.session.begin_nested():
                    rows = db.session.execute(
                        sa.text(f'SELECT 1 FROM "{schema}"."{table}" LIMIT 1')  # noqa: S608
                    ).all()
            except sa.exc.ProgrammingError:
                continue  # No grant at all.
            if rows:
                readable.add(f"{schema}.{table}")
    # Without rows, a table that is open would look closed.
    assert len(filled) > 60
    assert readable == COORDINATORS_READ & filled
    assert "joint_metrics.snapshots" in readable


def test_no_policy_but_those_on_the_list_lets_a_coordinator_in(database):
    """Also where no sample has rows: what the policies themselves say."""
    with as_superuser(database) as connection:
        found = connection.execute(
            "SELECT DISTINCT schemaname || '.' || tablename FROM pg_policies"
            " WHERE qual LIKE '%coordinated_network_id%' AND roles <> ARRAY[current_user]"
        ).fetchall()
    towns = {f"{schema}.{table}" for schema, table in town_tables(database)}
    assert {name for (name,) in found} & towns == COORDINATORS_READ


def test_the_rows_it_reads_are_of_its_network_only(world, sample):
    with scope(sample.network.coordinator.scope):
        networks = set(db.session.scalars(sa.select(Snapshot.network_id)))
        assert networks == {sample.network.id}


def test_a_town_that_never_was_there_reads_nothing(world):
    stranger = make_town("だれも知らない町")
    with member_scope(stranger.id):
        for table in (Measurement, Snapshot, NetworkMonth):
            assert db.session.execute(sa.select(table)).all() == []


def test_measuring_writes_into_ones_own_months_only(world):
    be_member_since(world.second, world.network_id, LAST.first)
    measure_month(world.second, world.network_id, LAST, {RECEIVED: Figure(5)})
    with member_scope(world.member.id):
        (mine,) = db.session.scalars(sa.select(Measurement).where(Measurement.month == LAST.first))
        assert mine.figures[RECEIVED]["n"] == 12
