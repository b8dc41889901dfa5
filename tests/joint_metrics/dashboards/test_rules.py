"""Which months a page is about, who was expected, and how numbers compare."""

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.metrics import Direction, Kind, Metric, Month, Unit
from kyoso.exchange.networks.rules import MemberStatus
from kyoso.joint_metrics.dashboards.rules import (
    Card,
    Period,
    Town,
    TownRow,
    choose,
    in_order,
    list_periods,
    middle_of,
    usual_towns,
    year_of,
)
from kyoso.joint_metrics.drawings import find_breaks
from kyoso.joint_metrics.totals import Total

APRIL = Month(2026, 4)


def metric(kind: Kind = Kind.FLOW, unit: Unit = Unit.CASES, direction=Direction.MORE) -> Metric:
    return Metric("x.y", "見本", unit, "数え方", kind, direction, dt.date(2020, 4, 1))


def town(number: int, joined: dt.date = dt.date(2020, 1, 1), **more) -> Town:
    said = {"left_on": None, "suspended_on": None} | more
    return Town(
        uuid.UUID(int=number), f"{number:06}", f"町{number}", MemberStatus.ACTIVE, joined, **said
    )


PUBLISHED = [Month(2025, 12) + n for n in range(11)]
METRICS = {"a.b": metric(), "c.d": metric()}


@pytest.mark.parametrize(
    ("asked", "key", "problems"),
    [
        ({}, "2026-10", 0),
        ({"period": "2026-04"}, "2026-04", 0),
        ({"period": "fy2025"}, "fy2025", 0),
        ({"period": "fy2031"}, "2026-10", 1),
        ({"period": "2026-13"}, "2026-10", 1),
        ({"period": "きのう"}, "2026-10", 1),
        ({"period": "2026-11", "metric": "no.such", "years": "99", "order": "shame"}, "2026-10", 4),
    ],
)
def test_filters_that_cannot_be_met_are_said_and_left_out(asked, key, problems):
    found = choose(asked, PUBLISHED, METRICS)
    assert found.period.key == key
    assert len(found.problems) == problems
    assert found.metric is METRICS["a.b"]
    assert not found.by_value


def test_a_year_reaches_as_far_as_it_is_published():
    year = choose({"period": "fy2026"}, PUBLISHED, METRICS).period
    assert (year.last, len(year.year_so_far)) == (Month(2026, 10), 7)
    assert year.year_before == [Month(2025, 4) + n for n in range(7)]
    assert year.label == "令和8年度（2026年10月まで）"
    assert Period(Month(2026, 3), is_year=True).label == "令和7年度"
    assert [one.key for one in list_periods(PUBLISHED)][:3] == ["fy2026", "fy2025", "2026-10"]


@pytest.mark.parametrize(
    ("joined", "left", "expected"),
    [
        (dt.date(2026, 4, 30), None, True),
        (dt.date(2026, 5, 1), None, False),
        (dt.date(2020, 1, 1), dt.date(2026, 4, 1), False),
        (dt.date(2020, 1, 1), dt.date(2026, 4, 2), True),
    ],
)
def test_a_town_is_expected_in_the_months_of_its_membership(joined, left, expected):
    assert town(1, joined, left_on=left).expected_in(APRIL) is expected
    assert town(1, joined, suspended_on=left).expected_in(APRIL) is expected


def card(year, before=None, target=None, **of) -> Card:
    one = metric(**of)

    def total(value):
        if value is None:
            return None
        number, whole, towns = (
            (*value, None, 2)[:3] if isinstance(value, tuple) else (value, None, 2)
        )
        return Total(one, number, whole, towns=towns)

    return Card(one, None, total(year), total(before), target, 3)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (card(12, 10), "+2件"),
        (card(10, 12), "−2件"),
        (card(10, 10), "前年と同じ"),
        (card(10, None), ""),
        (card((6, 10), (5, 10), kind=Kind.RATE, unit=Unit.PERCENT), "+10.0ポイント"),
        # Of fewer than five, nothing can be said in percent.
        (card((2, 3), (5, 10), kind=Kind.RATE, unit=Unit.PERCENT), ""),
        (card((0, 0), (5, 10), kind=Kind.RATE, unit=Unit.PERCENT), ""),
    ],
)
def test_a_year_is_compared_with_the_year_before(made, words):
    assert made.change == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (card(12), ""),
        (card(12, target=20), "目標 20件の60%"),
        (card(20, target=20), "目標 20件：達成しています"),
        (card(None, target=20), "目標 20件"),
        (card(12, target=10, direction=Direction.LESS), "目標 10件以下：まだ届いていません"),
        (card(9, target=10, direction=Direction.LESS), "目標 10件以下：達成しています"),
        (
            card((3, 10), target=40, kind=Kind.RATE, unit=Unit.PERCENT),
            "目標 40.0%：まだ届いていません",
        ),
        (card(-3, target=0), "目標 0件：まだ届いていません"),
    ],
)
def test_a_target_is_said_in_words(made, words):
    assert made.progress == words


def test_another_number_of_towns_is_said_once_for_all_or_where_it_differs():
    many = [card((5, None, 3), (4, None, 2)) for _n in range(3)]
    odd = card((5, None, 3), (4, None, 1))
    usual = usual_towns([*many, odd, card(5, None)])
    assert usual == (2, 3)
    assert many[0].hints(usual) == []
    assert odd.hints(usual) == ["公開した自治体の数が違います（前年1、今年3）。"]
    assert usual_towns([]) == (0, 0)


def rows(*values) -> list[TownRow]:
    return [
        TownRow(town(n), [], [], None if value is None else Total(metric(), value))
        for n, value in enumerate(values, 1)
    ]


def test_towns_stand_in_the_order_of_their_codes_unless_somebody_asks():
    found = rows(1, 9, None, 5)
    assert [row.town.code for row in in_order(found[::-1], by_value=False)] == [
        "000001",
        "000002",
        "000003",
        "000004",
    ]
    # Who published nothing is no loser: it stands at the end, without a number.
    assert [row.town.id.int for row in in_order(found, by_value=True)] == [2, 4, 1, 3]


def test_the_middle_is_said_of_three_towns_or_more():
    assert middle_of(rows(1, 9)) is None
    assert middle_of(rows(1, 9, None, 4)) == 4


@given(st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=1, max_size=12))
def test_a_year_is_the_sum_of_the_months_there_are(values):
    months = [APRIL + n for n in range(len(values))]
    found = {
        month: None if value is None else Total(metric(), value)
        for month, value in zip(months, values, strict=True)
    }
    total = year_of(months, found)
    there = [value for value in values if value is not None]
    assert (total.number if total else None) == (sum(there) if there else None)


def test_a_series_is_broken_where_another_formula_counts():
    months = [APRIL + n for n in range(6)]
    versions = [(1, 1), (1, 1), None, (1, 2), (2, 2), (2, 2)]
    totals = [Total(metric(), 1, versions=v) if v else None for v in versions]
    found = find_breaks(metric(), months, totals)
    assert [(one.place, "混ざって" in one.words) for one in found] == [(3, True), (4, False)]
