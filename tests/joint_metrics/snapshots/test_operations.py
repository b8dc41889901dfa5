"""Counting and publishing months: versions, conflicts, what may be published and by whom."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.clock import now, today
from kyoso.core.db import db
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.journal import NetworkJournalEntry, list_history
from kyoso.core.metrics import (
    METRICS,
    Direction,
    Figure,
    Kind,
    Metric,
    Month,
    Unit,
    declare,
)
from kyoso.core.scope import member_scope
from kyoso.joint_metrics.snapshots import operations, queries, rules
from kyoso.joint_metrics.snapshots.models import Measurement, Snapshot
from kyoso.joint_metrics.snapshots.operations import Publication, Remarks
from kyoso.joint_metrics.totals import from_entry, over, to_entry, together
from support.networks import admin_of, leave, make_network
from support.people import make_town
from support.snapshots import be_member_since, measure_month, publish_month

LAST = Month.of(today()) + -1
SINCE = dt.date(2020, 1, 1)


@pytest.fixture(scope="module", autouse=True)
def kinds():
    """One metric of each kind, known while these tests run."""
    made = {
        kind: declare(
            Metric(f"tests.{kind}", kind.value, Unit.CASES, "x", kind, Direction.MORE, SINCE)
        )
        for kind in Kind
    }
    yield made
    for metric in made.values():
        del METRICS[metric.id]


@pytest.fixture
def network(hinode, minato):
    network_id = make_network(hinode, minato)
    for town in (hinode, minato):
        be_member_since(town, network_id, (LAST + -30).first)
    return network_id


def agreed(town, network_id, month=LAST, reason="") -> Publication:
    actor = admin_of(town)
    measurement = queries.get_measurement(actor, network_id, month)
    newest = queries.newest_snapshot(actor, network_id, month)
    figures = rules.published_part(measurement.figures, measurement.withheld)
    seal = rules.seal_of(figures, measurement.comment)
    return Publication(newest.version if newest else 0, seal, reason)


def publish(town, network_id, publication, month=LAST, actor=None):
    with member_scope(town.id):
        measurement = queries.get_measurement(admin_of(town), network_id, month, lock=True)
        snapshot = operations.publish_month(
            measurement, publication, actor=actor or admin_of(town), now=now()
        )
        db.session.commit()
        return snapshot


FLOW = {"tests.flow": Figure(3)}


def test_counting_again_keeps_one_row_and_what_the_town_said(network, hinode):
    measure_month(hinode, network, LAST, FLOW)
    actor = admin_of(hinode)
    with member_scope(hinode.id):
        measurement = queries.get_measurement(actor, network, LAST)
        said = Remarks("雪の月", ["tests.flow", "no.such"])
        operations.save_remarks(measurement, said, actor=actor, now=now())
        db.session.commit()
    measure_month(hinode, network, LAST, {"tests.flow": Figure(4)})
    with member_scope(hinode.id):
        (one,) = db.session.scalars(sa.select(Measurement))
        assert (one.figures["tests.flow"]["n"], one.comment) == (4, "雪の月")
        assert one.withheld == ["tests.flow"]
        assert [entry.kind for entry in list_history(actor, [one.id])] == ["RemarksSaved"]


def test_what_was_withheld_is_withheld_in_the_next_month_too(network, hinode):
    publish_month(hinode, network, LAST + -1, FLOW, withheld=["tests.flow"])
    measure_month(hinode, network, LAST, FLOW)
    with member_scope(hinode.id):
        newer = queries.get_measurement(admin_of(hinode), network, LAST)
        assert newer.withheld == ["tests.flow"]
        assert newer.comment == ""


def withhold(town, network_id, month, *metric_ids):
    with member_scope(town.id):
        measurement = queries.get_measurement(admin_of(town), network_id, month, lock=True)
        remarks = Remarks(withheld=metric_ids)
        operations.save_remarks(measurement, remarks, actor=admin_of(town), now=now())
        db.session.commit()


def withheld_in(town, network_id, month):
    with member_scope(town.id):
        return queries.get_measurement(admin_of(town), network_id, month).withheld


def test_what_is_withheld_is_so_in_later_months_that_were_counted_before(network, hinode):
    figures = {"tests.flow": Figure(1), "tests.stock": Figure(2)}
    for month in (LAST + -3, LAST + -2, LAST + -1, LAST):
        measure_month(hinode, network, month, figures)
    with member_scope(hinode.id):
        seen = agreed(hinode, network, LAST + -1)
    publish(hinode, network, seen, LAST + -1)

    withhold(hinode, network, LAST + -2, "tests.flow")

    assert withheld_in(hinode, network, LAST) == ["tests.flow"]
    # What was said of an older month, or is published, stays as it was.
    assert withheld_in(hinode, network, LAST + -3) == []
    assert withheld_in(hinode, network, LAST + -1) == []


def test_what_is_withheld_stays_so_over_a_month_in_which_it_was_not_counted(network, hinode):
    measure_month(hinode, network, LAST + -2, {"tests.flow": Figure(1), "tests.stock": Figure(2)})
    withhold(hinode, network, LAST + -2, "tests.flow")
    measure_month(hinode, network, LAST + -1, {"tests.stock": Figure(3)})
    # The page shows no box for what is not there.
    withhold(hinode, network, LAST + -1)
    measure_month(hinode, network, LAST, {"tests.flow": Figure(4)})
    assert withheld_in(hinode, network, LAST) == ["tests.flow"]


def test_versions_are_counted_and_the_first_has_no_reason(network, hinode):
    assert publish_month(hinode, network, LAST, FLOW) == 1
    assert publish_month(hinode, network, LAST, {"tests.flow": Figure(5)}, reason="数え直し") == 2
    with member_scope(hinode.id):
        newest, first = queries.list_versions(network, hinode.id, LAST)
        assert (first.version, first.reason) == (1, "")
        assert (newest.version, newest.reason) == (2, "数え直し")
        assert first.figures["tests.flow"]["n"] == 3
        facts = db.session.scalars(
            sa.select(NetworkJournalEntry.facts)
            .where(NetworkJournalEntry.kind == "MonthPublished")
            .order_by(NetworkJournalEntry.id)
        ).all()
        assert [(one["month"], one["version"]) for one in facts] == [
            (str(LAST), 1),
            (str(LAST), 2),
        ]


def test_refusals_of_publishing(network, hinode):
    measure_month(hinode, network, LAST, FLOW)
    with member_scope(hinode.id):
        good = agreed(hinode, network)
    for bad, sentence in (
        (Publication(1, good.seal), "ほかの人が先に公開しました"),
        (Publication(0, "x"), "確かめたあとで数が変わりました"),
    ):
        with pytest.raises(RuleViolation, match=sentence):
            publish(hinode, network, bad)
    publish(hinode, network, good)
    with pytest.raises(RuleViolation, match="変わったところがありません"):
        publish(hinode, network, Publication(1, good.seal, "訂正"))
    measure_month(hinode, network, LAST, {"tests.flow": Figure(9)})
    with member_scope(hinode.id):
        changed = agreed(hinode, network)
    with pytest.raises(InvalidInput):
        publish(hinode, network, changed)


def test_a_month_counted_before_it_was_over_is_not_published(network, hinode):
    early = dt.datetime.combine(LAST.last, dt.time(3), dt.UTC)
    with clock.frozen(early):
        measure_month(hinode, network, LAST, FLOW)
    with member_scope(hinode.id):
        publication = agreed(hinode, network)
    with pytest.raises(RuleViolation, match="終わってから集計した数だけ"):
        publish(hinode, network, publication)
    measure_month(hinode, network, LAST, FLOW)
    assert publish(hinode, network, publication).version == 1


def test_months_that_have_not_begun_or_are_older_than_the_membership_are_not_counted(
    network, hinode
):
    for month in (Month.of(today()) + 1, LAST + -31):
        with pytest.raises(RuleViolation):
            measure_month(hinode, network, month, FLOW)
    measure_month(hinode, network, Month.of(today()), FLOW)
    measure_month(hinode, network, LAST + -30, FLOW)


def test_a_town_that_joined_in_the_middle_counts_from_that_month(hinode, minato):
    network_id = make_network(hinode, minato)
    be_member_since(minato, network_id, (LAST + -4).first.replace(day=20))
    with member_scope(minato.id):
        months = list(queries.list_uncounted(admin_of(minato), today()))
    assert months == [LAST + -4 + n for n in range(5)]
    publish_month(hinode, network_id, LAST + -5, FLOW)
    with member_scope(minato.id):
        (one,) = queries.list_network_months(network_id, LAST + -12, LAST)
        assert one.towns == [hinode.id]
        assert one.figures["tests.flow"]["t"] == 1


def test_who_left_publishes_nothing_more_and_stays_in_the_past_totals(network, hinode, minato):
    publish_month(hinode, network, LAST + -1, FLOW)
    publish_month(minato, network, LAST + -1, {"tests.flow": Figure(10)})
    measure_month(minato, network, LAST, FLOW)
    with member_scope(minato.id):
        publication = agreed(minato, network)
    leave(network, minato)
    with pytest.raises(NotFound):
        publish(minato, network, publication)
    publish_month(hinode, network, LAST + -1, {"tests.flow": Figure(4)})
    with member_scope(hinode.id):
        (one,) = queries.list_network_months(network, LAST + -1, LAST)
        assert one.figures["tests.flow"]["n"] == 14
        assert set(one.towns) == {hinode.id, minato.id}


def test_merged_towns_are_one_that_left_and_one_that_goes_on(hinode, minato):
    """合併: the old town leaves with its past, the new one joins; no month counts both."""
    network_id = make_network(hinode, minato)
    publish_month(minato, network_id, LAST + -1, {"tests.flow": Figure(10)})
    leave(network_id, minato)
    merged = make_town("あたらしい市")
    from support.networks import join

    join(network_id, hinode, merged)
    publish_month(merged, network_id, LAST, {"tests.flow": Figure(11)})
    with member_scope(hinode.id):
        months = queries.list_network_months(network_id, LAST + -1, LAST)
        assert [month.figures["tests.flow"]["n"] for month in months] == [10, 11]
        assert [month.towns for month in months] == [[minato.id], [merged.id]]


def test_the_platform_publishes_only_where_the_town_chose_it_and_only_once(network, hinode):
    measure_month(hinode, network, LAST, FLOW)
    system = Actor.system(hinode.id, "tests")
    with member_scope(hinode.id):
        publication = agreed(hinode, network)
    with pytest.raises(RuleViolation, match="自動での公開"):
        publish(hinode, network, publication, actor=system)
    with member_scope(hinode.id):
        operations.choose_publishing(network, True, actor=admin_of(hinode), now=now())
        db.session.commit()
    assert publish(hinode, network, publication, actor=system).published_by == "tests"
    measure_month(hinode, network, LAST, {"tests.flow": Figure(8)})
    with member_scope(hinode.id):
        correction = agreed(hinode, network, reason="x")
    with pytest.raises(RuleViolation, match="自動での公開"):
        publish(hinode, network, correction, actor=system)


def test_two_publish_at_once_and_one_is_told(network, hinode, app):
    """Two real connections, both with the preview of the same version."""
    measure_month(hinode, network, LAST, FLOW)
    with member_scope(hinode.id):
        publication = agreed(hinode, network)
    ready, outcomes = threading.Barrier(2), []

    def work() -> None:
        with app.app_context():
            try:
                with member_scope(hinode.id):
                    db.session.execute(sa.text("SELECT 1"))
                    ready.wait(10)
                    actor = admin_of(hinode)
                    measurement = queries.get_measurement(actor, network, LAST, lock=True)
                    operations.publish_month(measurement, publication, actor=actor, now=now())
                    db.session.commit()
                outcomes.append("published")
            except RuleViolation as refusal:
                outcomes.append(refusal.message[:4])

    threads = [threading.Thread(target=work) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == sorted(["published", "ほかの人"])
    with member_scope(hinode.id):
        assert [one.version for one in queries.list_versions(network, hinode.id, LAST)] == [1]


def test_two_towns_publish_at_once_and_both_are_in_the_total(network, hinode, minato, app):
    towns = {hinode: 3, minato: 4}
    for town, number in towns.items():
        measure_month(town, network, LAST, {"tests.flow": Figure(number)})
    ready = threading.Barrier(2)

    def work(town) -> None:
        with app.app_context(), member_scope(town.id):
            publication = agreed(town, network)
            db.session.rollback()
            ready.wait(10)
            actor = admin_of(town)
            measurement = queries.get_measurement(actor, network, LAST, lock=True)
            operations.publish_month(measurement, publication, actor=actor, now=now())
            db.session.commit()

    threads = [threading.Thread(target=work, args=(town,)) for town in towns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with member_scope(hinode.id):
        (one,) = queries.list_network_months(network, LAST, LAST)
        assert one.figures["tests.flow"]["n"] == 7


# -- what the database puts together is what the totals say --------------------------------------

NUMBERS = st.one_of(st.integers(0, 10**9), st.floats(0, 10**6, allow_nan=False))


def figures_of(towns: list[uuid.UUID]):
    sample = st.lists(NUMBERS, max_size=5).map(tuple)
    one = {
        "tests.flow": st.builds(Figure, NUMBERS),
        "tests.stock": st.builds(Figure, NUMBERS),
        # A part of nothing, too.
        "tests.rate": st.builds(Figure, NUMBERS, of=st.one_of(st.just(0), NUMBERS)),
        "tests.stock_rate": st.builds(Figure, NUMBERS, of=st.one_of(st.just(0), NUMBERS)),
        "tests.quotient": st.builds(Figure, NUMBERS, of=st.one_of(st.just(0), NUMBERS)),
        "tests.stock_quotient": st.builds(Figure, NUMBERS, of=st.one_of(st.just(0), NUMBERS)),
        "tests.median": st.builds(Figure, sample=sample),
        "tests.towards": st.builds(
            Figure, towards=st.dictionaries(st.sampled_from(towns), NUMBERS)
        ),
    }
    return st.fixed_dictionaries({}, optional=one)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_the_database_puts_together_is_what_the_totals_say(
    network, hinode, minato, kinds, data
):
    towns, published = [hinode, minato], {}
    for town in towns:
        figures = data.draw(figures_of([one.id for one in towns]))
        published[town.id] = {key: to_entry(METRICS[key], one) for key, one in figures.items()}
        with member_scope(town.id):
            version = db.session.scalars(
                sa.select(sa.func.coalesce(sa.func.max(Snapshot.version), 0) + 1).where(
                    Snapshot.tenant_id == town.id, Snapshot.month == LAST.first
                )
            ).one()
            db.session.add(
                Snapshot(
                    tenant_id=town.id,
                    network_id=network,
                    month=LAST.first,
                    version=version,
                    figures=published[town.id],
                    reason="x",
                    published_by="x",
                    published_at=now(),
                )
            )
            db.session.flush()
            db.session.execute(
                sa.text("SELECT joint_metrics.roll_up(:n, :m)"), {"n": network, "m": LAST.first}
            )
            db.session.commit()
    with member_scope(hinode.id):
        (found,) = queries.list_network_months(network, LAST, LAST)
    assert set(found.towns) == {one.id for one in towns}
    for metric in kinds.values():
        of_towns = [
            from_entry(metric, entries.get(metric.id), str(town))
            for town, entries in published.items()
        ]
        expected = together(of_towns)
        got = from_entry(metric, found.figures.get(metric.id))
        if expected is None:
            assert got is None, metric.id
            continue
        assert got is not None, metric.id
        assert got.number == pytest.approx(expected.number)
        assert (got.of or 0) == pytest.approx(expected.of or 0)
        assert got.sample == pytest.approx(expected.sample)
        assert (got.towns, got.versions) == (expected.towns, expected.versions)
        assert {town: dict(row) for town, row in (got.towards or {}).items()} == {
            town: pytest.approx(dict(row)) for town, row in (expected.towards or {}).items()
        }
        if expected.value is None:
            assert got.value is None
        else:
            assert got.value == pytest.approx(expected.value)
        assert over([got]) == got


def test_a_zero_denominator_is_said_in_words(network, hinode, kinds):
    nothing = {
        "tests.rate": Figure(0, of=0),
        "tests.median": Figure(),
        "tests.quotient": Figure(0, of=0),
    }
    publish_month(hinode, network, LAST, nothing)
    with member_scope(hinode.id):
        (one,) = queries.list_network_months(network, LAST, LAST)
    for key in nothing:
        total = from_entry(METRICS[key], one.figures[key])
        assert total.value is None
        assert total.words == "該当なし"


def test_a_formula_that_changed_is_seen_in_the_total(network, hinode, minato, kinds):
    publish_month(hinode, network, LAST, FLOW)
    old = kinds[Kind.FLOW]
    try:
        declare(Metric(old.id, "x", Unit.CASES, "x", Kind.FLOW, Direction.MORE, SINCE, version=2))
        publish_month(minato, network, LAST, FLOW)
    finally:
        declare(old)
    with member_scope(hinode.id):
        (one,) = queries.list_network_months(network, LAST, LAST)
    assert from_entry(old, one.figures[old.id]).versions == (1, 2)
