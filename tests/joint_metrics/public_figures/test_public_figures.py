"""Everybody sees what coordinators chose and switched public; the database knows nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.core.access import NetworkActor
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.errors import Forbidden
from kyoso.core.metrics import METRICS, Figure
from kyoso.core.scope import Scope, member_scope, scope
from kyoso.joint_metrics.periods import Period
from kyoso.joint_metrics.public_figures import operations, queries
from kyoso.joint_metrics.public_figures.models import PublicFigure, PublicPage
from kyoso.joint_metrics.public_figures.operations import PublicChoice
from support.members import sign_in
from support.pages import Browser, text_of
from support.reports import (
    ADOPTED,
    DAYS,
    FLOW,
    RATE,
    RECEIVED,
    WAITING,
    HalfYear,
    make_half_year,
    show_publicly,
)
from support.snapshots import publish_month


@pytest.fixture(scope="module")
def half(app: Flask) -> Iterator[HalfYear]:
    with app.app_context():
        yield make_half_year()


def rows(half: HalfYear) -> dict[tuple[str, dt.date], dict[str, object]]:
    """Return what nobody in particular reads."""
    with scope(Scope()):
        found = db.session.execute(
            sa.select(PublicFigure.metric_id, PublicFigure.month, PublicFigure.figure).where(
                PublicFigure.network_id == half.network_id
            )
        )
        return {(row.metric_id, row.month): row.figure for row in found}


def test_nothing_is_public_until_it_is_chosen_and_switched_on(half, visitor):
    page = f"/networks/{half.slug}/figures"
    visitor.get(page, status=404)
    show_publicly(half.coordinator.actor, RECEIVED, is_public=False)
    assert rows(half) == {}
    visitor.get(page, status=404)
    with scope(Scope()):
        assert db.session.get(PublicPage, half.network_id) is None

    show_publicly(half.coordinator.actor, RECEIVED, RATE, DAYS, words="三町の歩みです。")
    assert {metric_id for metric_id, _month in rows(half)} == {RECEIVED, RATE, DAYS}
    shown = text_of(visitor.get(page))
    assert "三町の歩みです。" in shown
    assert str(METRICS[RECEIVED].formula) in shown
    assert str(METRICS[WAITING].label) not in shown
    assert "3自治体のうち3自治体の数です。" in shown
    # No town is named.
    assert not [town.name for town in half.towns if town.name in shown]

    show_publicly(half.coordinator.actor, RECEIVED, is_public=False)
    assert rows(half) == {}
    visitor.get(page, status=404)


def test_the_numbers_are_those_of_the_network_and_single_values_stay_inside(half, visitor):
    show_publicly(half.coordinator.actor, RECEIVED, RATE, DAYS)
    # The third town left the last two months out.
    first, last = half.period.first, half.period.last + -2
    found = rows(half)
    assert found[RECEIVED, first.first]["n"] == first.number + 30 + first.number + 2
    assert found[RATE, last.first] == {"n": 6, "d": 12, "t": 3, "f": [1, 1]}
    days = found[DAYS, last.first]
    assert "s" not in days
    # 10, 20, 11, 20, 12, 20 of the three towns; all values of the year so far besides.
    assert days["m"] == 16
    with scope(Scope()):
        lines = {
            line.metric.id: line
            for line in queries.list_lines(queries.get_public_page(half.network_id))
        }
    assert lines[DAYS].latest_words == "16日"
    assert lines[RATE].latest_words == "50.0%"
    year = Period.year_to(last)
    in_year = [month for month in half.period.months if month in year.months and month <= last]
    total = sum(found[RECEIVED, month.first]["n"] for month in in_year)
    assert lines[RECEIVED].year_words == f"{total:,.0f}件"
    assert f"{total:,.0f}件" in text_of(visitor.get(f"/networks/{half.slug}/figures"))


def test_what_a_town_publishes_or_corrects_is_public_with_the_next_click(half, visitor):
    show_publicly(half.coordinator.actor, RECEIVED)
    last = half.period.last
    assert (RECEIVED, last.first) not in rows(half)
    publish_month(half.towns[2], half.network_id, last, {RECEIVED: Figure(1000)})
    after = rows(half)[RECEIVED, last.first]
    assert after["n"] == 1000 + 2 * last.number + 1
    assert after["t"] == 3
    assert "1,0" in text_of(visitor.get(f"/networks/{half.slug}/figures"))


def test_what_fewer_than_three_towns_published_is_not_public(half, visitor):
    # Of one town, the total is its number; of two, either of them can take its own off.
    show_publicly(half.coordinator.actor, ADOPTED, DAYS)
    missing = half.period.last + -1
    for metric_id in (ADOPTED, DAYS):
        assert (metric_id, (missing + -1).first) in rows(half)
        assert (metric_id, missing.first) not in rows(half)
    with scope(half.coordinator.scope):
        lines = queries.list_lines(queries.get_public_page(half.network_id))
    assert {line.latest.month for line in lines} == {missing + -1}
    # What is left out of a year is said, and the month is no zero.
    publish_month(half.towns[2], half.network_id, half.period.last, {ADOPTED: Figure(2)})
    shown = text_of(visitor.get(f"/networks/{half.slug}/figures"))
    assert f"{missing.label}は、公開した自治体が3に満たないため、含みません。" in shown
    publish_month(half.towns[2], half.network_id, missing, {ADOPTED: Figure(2)})
    assert rows(half)[ADOPTED, missing.first]["n"] == 6
    # A town that takes a number back takes it out of what is public with the same click.
    publish_month(half.towns[2], half.network_id, missing, {}, reason="公開しない")
    assert (ADOPTED, missing.first) not in rows(half)


def test_flows_name_towns_and_are_never_public(half):
    system = half.coordinator.actor
    with scope(half.coordinator.scope):
        with pytest.raises(Exception, match="."):
            operations.choose_public_figures(PublicChoice(True, (FLOW,)), actor=system, now=now())
        db.session.rollback()
        # Past the rules: the function leaves them out all the same.
        db.session.execute(
            sa.update(PublicPage)
            .where(PublicPage.network_id == half.network_id)
            .values(is_public=True, metric_ids=[FLOW, RECEIVED])
        )
        db.session.execute(
            sa.select(
                sa.func.joint_metrics.show_publicly(
                    half.network_id, dt.date(2000, 1, 1), dt.date(2200, 1, 1)
                )
            )
        )
        db.session.commit()
    assert {metric_id for metric_id, _month in rows(half)} == {RECEIVED}


def test_nobody_but_the_coordinators_changes_what_is_public(half):
    show_publicly(half.coordinator.actor, RECEIVED)
    for other in (Scope(), Scope(coordinated_network_id=half.towns[0].id)):
        with scope(other):
            assert db.session.execute(sa.update(PublicPage).values(is_public=False)).rowcount == 0
            db.session.rollback()
    with member_scope(half.towns[0].id):
        assert db.session.execute(sa.update(PublicPage).values(is_public=False)).rowcount == 0
        with pytest.raises(sa.exc.ProgrammingError):
            db.session.execute(sa.update(PublicFigure).values(members=0))
        db.session.rollback()
    with scope(half.coordinator.scope), pytest.raises(Forbidden):
        operations.choose_public_figures(
            PublicChoice(True, (RECEIVED,)),
            actor=NetworkActor.system(half.network_id, "tests"),
            now=now(),
        )


def test_coordinators_choose_on_a_page(app, half):
    browser: Browser = sign_in(app, half.coordinator)
    page = f"/networks/{half.slug}/figures/settings"
    assert "自治体ごとの数は出ません" in text_of(browser.get(page))
    sent = {"is_public": "yes", "metric_ids": [RECEIVED, ADOPTED], "introduction": "ごあいさつ"}
    assert "公開しました。" in browser.follow(browser.post(page, sent))
    assert {metric_id for metric_id, _month in rows(half)} == {RECEIVED, ADOPTED}
    wrong = browser.post(page, {"is_public": "yes", "introduction": "ことば"}, status=422)
    assert "公開する指標を選んでください。" in wrong.text
    assert "ことば" in wrong.text
    many = list(METRICS)[:13]
    browser.post(page, {"metric_ids": many}, status=422)
    browser.post(page, {"metric_ids": [FLOW]}, status=422)
    browser.post(page, {})
    assert rows(half) == {}


def test_two_fiscal_years_are_not_mixed_in_a_median(half):
    show_publicly(half.coordinator.actor, DAYS)
    before = half.period.first + -13
    for town in half.towns:
        publish_month(town, half.network_id, before, {DAYS: Figure(sample=(100.0,))})
    found = rows(half)
    assert found[DAYS, before.first]["y"] == 100
    assert found[DAYS, (half.period.last + -2).first]["y"] < 30
