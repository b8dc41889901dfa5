"""What counts by itself: at night, on joining, after a fault; and old months counted again."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.core import clock
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.i18n import JST
from kyoso.core.journal import JournalEntry
from kyoso.core.metrics import Month
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange.networks.events import TownJoinedNetwork
from kyoso.joint_metrics.snapshots import operations, queries, subscribers
from kyoso.joint_metrics.snapshots.models import Measurement, Snapshot
from kyoso.joint_metrics.snapshots.rules import MonthState
from kyoso.tenancy.queries import get_tenant
from support.networks import admin_of, leave, make_network, suspend
from support.people import make_town
from support.samples import make_sample
from support.snapshots import be_member_since, measure_month, publish_month

MONTH = Month(2026, 10)


def night(day: int, hour: int = 3, month: Month = MONTH):
    """Freeze the clock in a night of the month after."""
    return clock.frozen(dt.datetime.combine(month.next.first.replace(day=day), dt.time(hour), JST))


@pytest.fixture
def towns(app):
    return [make_town(f"よるの{n}町") for n in range(3)]


@pytest.fixture
def network(towns):
    network_id = make_network(*towns)
    for town in towns:
        be_member_since(town, network_id, (MONTH + -2).first)
    return network_id


def infos(towns):
    return [get_tenant(town.id) for town in towns]


def work(towns):
    found = infos(towns)
    db.session.rollback()
    subscribers.measure_towns(found)


def state_of(town, network_id, month=MONTH):
    with member_scope(town.id):
        own = queries.list_own_months(admin_of(town), month)
        return own.get(network_id, {}).get(month, queries.OwnMonth(month))


def times_counted(town) -> int:
    with tenant_scope(town.id):
        return db.session.scalars(
            sa.select(sa.func.count()).where(
                JournalEntry.tenant_id == town.id, JournalEntry.kind == "MonthMeasured"
            )
        ).one()


def choose(town, network_id, automatic=True):
    with member_scope(town.id):
        operations.choose_publishing(network_id, automatic, actor=admin_of(town), now=now())
        db.session.commit()


def test_the_first_nights_count_the_month_before_once_each(towns, network):
    with night(1):
        work(towns)
        work(towns)
    assert {state_of(town, network).state for town in towns} == {MonthState.COUNTED}
    assert [times_counted(town) for town in towns] == [1, 1, 1]
    with night(2):
        work(towns)
    assert times_counted(towns[0]) == 2
    with night(6):
        work(towns)
    assert times_counted(towns[0]) == 2
    with night(20):
        work(towns)
    assert times_counted(towns[0]) == 2


def test_a_night_that_was_missed_is_made_up_for(towns, network):
    with clock.frozen(dt.datetime.combine(MONTH.last, dt.time(12), JST)):
        measure_month(towns[0], network, MONTH)
    with night(8):
        work(towns)
    # Also what was counted while the month still ran.
    assert {state_of(town, network).state for town in towns} == {MonthState.COUNTED}


def test_a_job_that_was_cut_off_goes_on_where_it_was(towns, network, monkeypatch):
    counting, calls = queries.count_month, []

    def cut_off(actor, month, network_ids):
        calls.append(actor.tenant_id)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return counting(actor, month, network_ids)

    with night(1):
        monkeypatch.setattr(queries, "count_month", cut_off)
        with pytest.raises(KeyboardInterrupt):
            work(towns)
        states = [state_of(town, network).state for town in towns]
        assert states == [MonthState.COUNTED, MonthState.UNCOUNTED, MonthState.UNCOUNTED]
        work(towns)
    assert [times_counted(town) for town in towns] == [1, 1, 1]
    assert calls == [towns[0].id, towns[1].id, towns[1].id, towns[2].id]


def test_what_goes_wrong_in_one_town_stops_no_other_and_is_told(towns, network, monkeypatch):
    counting = queries.count_month

    def broken(actor, month, network_ids):
        if actor.tenant_id == towns[0].id:
            raise ZeroDivisionError
        return counting(actor, month, network_ids)

    with night(1):
        with monkeypatch.context() as patch:
            patch.setattr(queries, "count_month", broken)
            with pytest.raises(RuntimeError, match=towns[0].slug):
                work(towns)
        states = [state_of(town, network).state for town in towns]
        assert states == [MonthState.UNCOUNTED, MonthState.COUNTED, MonthState.COUNTED]
        work(towns)
    assert state_of(towns[0], network).state is MonthState.COUNTED


def test_only_towns_that_chose_it_are_published_and_not_before_the_sixth(towns, network):
    chose, stopped, never = towns
    choose(chose, network)
    choose(stopped, network)
    choose(stopped, network, False)
    for day in range(1, 6):
        with night(day):
            work(towns)
    assert {state_of(town, network).version for town in towns} == {0}
    with night(6):
        work(towns)
        work(towns)
    assert [state_of(town, network).version for town in towns] == [1, 0, 0]
    with member_scope(never.id):
        (one,) = queries.list_network_months(network, MONTH, MONTH)
        assert one.towns == [chose.id]


def test_nothing_is_counted_for_who_left_rests_or_joined_later(towns, network):
    gone, resting, late = towns
    leave(network, gone)
    suspend(network, resting)
    with night(1, month=Month.of(clock.today())):
        # It joined in the month that begins.
        be_member_since(late, network, clock.today())
        work(towns)
    assert {state_of(town, network).state for town in towns} == {MonthState.UNCOUNTED}


def test_a_published_month_is_not_counted_again_by_itself(towns, network):
    publish_month(towns[0], network, MONTH)
    before = times_counted(towns[0])
    with night(2):
        work(towns)
    assert times_counted(towns[0]) == before


def test_joining_looks_back_at_most_two_years(towns, network):
    town = towns[0]
    be_member_since(town, network, dt.date(2022, 9, 6))
    actor = admin_of(town)
    with member_scope(town.id):
        event = TownJoinedNetwork(network, network, town.id, None)
        subscribers.look_back(event, actor=actor, now=now())
        waiting = db.session.execute(
            sa.text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'snapshots.back'")
        ).scalar()
        db.session.rollback()
    assert waiting == 1
    with night(20), member_scope(town.id):
        subscribers.measure_back.func.__wrapped__(town.id)
        own = queries.list_own_months(actor)[network]
    assert sorted(own) == [MONTH + -23 + n for n in range(24)]


def test_a_night_costs_a_town_few_statements(towns, network, count_statements):
    with night(1), count_statements() as seen:
        work(towns[:1])
    assert len([one for one in seen if "joint_metrics" in one]) <= 2
    assert len(seen) < 90, len(seen)


# -- an old month, counted again, says what it said ----------------------------------------------


@pytest.fixture(scope="module")
def lived(app, tmp_path_factory):
    """A town in which everything happened once."""
    with app.app_context():
        yield make_sample(tmp_path_factory.mktemp("lived"), "見本北町")


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(days=st.lists(st.integers(0, 200), min_size=1, max_size=3))
def test_a_month_counted_again_later_says_the_same(app, lived, days):
    """Whatever happens afterwards: the numbers are as of the month's end."""
    town, network_id = lived.town, lived.network.id
    month = Month.of(clock.today())
    actor = admin_of(town)

    def counted():
        with member_scope(town.id):
            return queries.count_month(actor, month, [network_id])[network_id]

    with clock.frozen(month.ends + dt.timedelta(hours=3)):
        first = counted()
    for day in days:
        with clock.frozen(month.ends + dt.timedelta(days=day, hours=4)):
            again = counted()
        assert {key: one for key, one in again.items() if first.get(key) != one} == {}


def test_a_snapshot_says_what_the_rows_say(app, lived):
    town, network_id = lived.town, lived.network.id
    month = Month.of(clock.today())
    with clock.frozen(month.ends + dt.timedelta(hours=3)):
        publish_month(town, network_id, month)
        with member_scope(town.id):
            published = queries.newest_snapshot(admin_of(town), network_id, month)
            counted = queries.count_month(admin_of(town), month, [network_id])[network_id]
            entries = operations._entries(counted)
            assert isinstance(published, Snapshot)
            assert published.figures == entries
            assert len(entries) > 10
            measurement = queries.get_measurement(admin_of(town), network_id, month)
            assert isinstance(measurement, Measurement)
