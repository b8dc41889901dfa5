"""How figures become years and networks, and how they are said."""

from __future__ import annotations

import datetime as dt
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kyoso.core.db import new_id
from kyoso.core.i18n import force_locale
from kyoso.core.metrics import Direction, Figure, Kind, Metric, Unit
from kyoso.joint_metrics.totals import Total, from_entry, over, say, to_entry, together


def metric(kind: Kind, unit: Unit = Unit.CASES, version: int = 1) -> Metric:
    since = dt.date(2026, 4, 1)
    return Metric(f"test.{kind}", kind.label, unit, "。", kind, Direction.MORE, since, version)


FLOW, STOCK = metric(Kind.FLOW), metric(Kind.STOCK)
RATE = metric(Kind.RATE, Unit.PERCENT)
STOCK_RATE = metric(Kind.STOCK_RATE, Unit.PERCENT)
MEAN = metric(Kind.QUOTIENT, Unit.POINTS)
EACH = metric(Kind.STOCK_QUOTIENT, Unit.YEN)
MEDIAN = metric(Kind.MEDIAN, Unit.DAYS)
TOWARDS = metric(Kind.TOWARDS, Unit.HOURS)
ALL = (FLOW, STOCK, RATE, STOCK_RATE, MEAN, EACH, MEDIAN, TOWARDS)


@pytest.mark.parametrize(
    ("total", "value", "words"),
    [
        (Total(FLOW, 1234), 1234, "1,234件"),
        (Total(FLOW, 2.5), 2.5, "2.5件"),
        (Total(FLOW), 0, "0件"),
        (Total(RATE, 2, 3), pytest.approx(200 / 3), "3件中2件"),
        (Total(RATE, 0, 4), 0, "4件中0件"),
        (Total(RATE, 2, 5), 40, "40.0%"),
        (Total(STOCK_RATE, 1, 8), 12.5, "12.5%"),
        (Total(RATE, 0, 0), None, "該当なし"),
        (Total(RATE), None, "該当なし"),
        # So much for each is no part of a whole: two cases are a mean, not a fraction.
        (Total(MEAN, 3, 2), 1.5, "1.5点"),
        (Total(EACH, 380_000, 3000), pytest.approx(126.67, abs=0.01), "127円"),
        (Total(EACH, 380_000, 0), None, "該当なし"),
        (Total(MEDIAN, 3, None, (5, 20, 45)), 20, "20日"),
        (Total(MEDIAN, 2, None, (5, 20)), 12.5, "12.5日"),
        (Total(MEDIAN), None, "該当なし"),
        (Total(TOWARDS, 12, towards={"a": {"b": 12}}), 12, "12時間"),
    ],
)
def test_what_is_drawn_and_what_is_said(total, value, words):
    assert total.value == value
    with force_locale("ja"):
        assert total.words == words


def test_a_value_is_said_with_its_unit():
    with force_locale("ja"):
        assert say(metric(Kind.STOCK, Unit.YEN), 1_234_567.4) == "1,234,567円"
        assert say(metric(Kind.STOCK, Unit.PEOPLE), 3) == "3人"
        assert say(metric(Kind.STOCK, Unit.HOURS), -5) == "-5時間"


def test_few_is_said_of_rates_only():
    assert [Total(one, 2, 4).is_few for one in ALL] == [one in (RATE, STOCK_RATE) for one in ALL]
    assert [Total(one, 2, 5).is_few for one in ALL] == [False] * len(ALL)


OTHER, THIRD = str(new_id()), str(new_id())


@pytest.mark.parametrize(
    ("kind", "figure", "entry"),
    [
        (FLOW, Figure(3), {"n": 3, "f": 1}),
        (RATE, Figure(2, of=3), {"n": 2, "d": 3, "f": 1}),
        (RATE, Figure(0), {"n": 0, "d": 0, "f": 1}),
        (EACH, Figure(2, of=3), {"n": 2, "d": 3, "f": 1}),
        (MEDIAN, Figure(sample=(4, 9)), {"n": 2, "s": [4, 9], "f": 1}),
        (metric(Kind.FLOW, version=2), Figure(3), {"n": 3, "f": 2}),
    ],
)
def test_a_figure_is_kept_and_read_again(kind, figure, entry):
    assert to_entry(kind, figure) == entry
    total = from_entry(kind, entry)
    assert total is not None
    assert (total.number, total.of or 0) == (entry["n"], figure.of or 0)
    assert total.sample == figure.sample
    assert total.versions == (kind.version, kind.version)
    assert total.towns == 1


def test_a_flow_is_read_with_the_town_it_comes_from():
    town = new_id()
    entry = to_entry(TOWARDS, Figure(towards={town: 4}))
    assert entry == {"n": 4, "f": 1, "w": {str(town): 4}}
    total = from_entry(TOWARDS, entry, "home")
    assert total is not None
    assert total.towards == {"home": {str(town): 4}}


def test_an_entry_of_a_network_says_how_many_towns_and_which_versions():
    total = from_entry(RATE, {"n": 3, "d": 7, "t": 4, "f": [1, 2]})
    assert total == Total(RATE, 3, 7, towns=4, versions=(1, 2))
    assert from_entry(RATE, None) is None


def test_a_year_adds_what_flows_and_ends_with_what_stands():
    assert over([Total(FLOW, 3), None, Total(FLOW, 4)]) == Total(FLOW, 7)
    assert over([Total(STOCK, 3), Total(STOCK, 4), None]) == Total(STOCK, 4)
    assert over([Total(STOCK_RATE, 1, 2), Total(STOCK_RATE, 3, 9)]) == Total(STOCK_RATE, 3, 9)
    assert over([Total(EACH, 10, 2), Total(EACH, 30, 3)]) == Total(EACH, 30, 3)
    # A quarter of four and all of one are two of five, not the mean of both rates.
    assert over([Total(RATE, 1, 4), Total(RATE, 1, 1)]) == Total(RATE, 2, 5)
    assert over([Total(MEAN, 6, 4), Total(MEAN, 4, 1)]) == Total(MEAN, 10, 5)
    assert over([None, None]) is None
    assert over([]) is None


def test_a_year_s_median_is_that_of_all_its_cases():
    year = over([Total(MEDIAN, 2, None, (1, 100)), Total(MEDIAN), Total(MEDIAN, 1, None, (7,))])
    assert year is not None
    assert (year.value, year.number) == (7, 3)


def test_a_year_of_flows_between_towns_adds_up_by_pair():
    months = [
        Total(TOWARDS, 3, towards={"a": {OTHER: 3}}),
        Total(TOWARDS, 9, towards={"a": {OTHER: 4, THIRD: 5}}),
    ]
    assert over(months) == Total(TOWARDS, 12, towards={"a": {OTHER: 7, THIRD: 5}})


def test_a_year_keeps_the_versions_and_the_towns_that_are_in_it():
    year = over([Total(FLOW, 1, towns=3), Total(FLOW, 1, towns=5, versions=(1, 2))])
    assert year == Total(FLOW, 2, towns=5, versions=(1, 2))


def test_several_towns_are_put_together_and_a_missing_one_is_no_nought():
    assert together([Total(STOCK, 3), None, Total(STOCK, 4)]) == Total(STOCK, 7, towns=2)
    assert together([Total(STOCK_RATE, 1, 4), Total(STOCK_RATE, 1, 1)]) == Total(
        STOCK_RATE, 2, 5, towns=2
    )
    assert together([Total(EACH, 100, 20), Total(EACH, 50, 5)]) == Total(EACH, 150, 25, towns=2)
    median = together([Total(MEDIAN, 1, None, (9,)), Total(MEDIAN, 2, None, (1, 5))])
    assert median == Total(MEDIAN, 3, None, (1, 5, 9), towns=2)
    flows = [Total(TOWARDS, 3, towards={"a": {"b": 3}}), Total(TOWARDS, 4, towards={"b": {"a": 4}})]
    assert together(flows) == Total(TOWARDS, 7, towards={"a": {"b": 3}, "b": {"a": 4}}, towns=2)
    assert together([None]) is None


COUNT = st.integers(0, 1000)


@st.composite
def totals(draw, kind: Metric):
    sample = tuple(draw(st.lists(COUNT, max_size=4))) if kind is MEDIAN else ()
    divided = kind in (RATE, STOCK_RATE, MEAN, EACH)
    number = len(sample) if kind is MEDIAN else draw(COUNT)
    return Total(kind, number, draw(COUNT) if divided else None, sample)


@pytest.mark.parametrize("kind", [one for one in ALL if one is not TOWARDS], ids=lambda m: m.id)
@given(st.data())
def test_it_does_not_matter_whether_towns_or_months_come_first(kind, data):
    months = data.draw(st.integers(1, 4))
    towns = [
        [data.draw(totals(kind)) for _ in range(months)]
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    by_town = together(over(town) for town in towns)
    by_month = over([together(town[n] for town in towns) for n in range(months)])

    assert by_town is not None
    assert by_month is not None
    assert (by_town.number, by_town.of) == (by_month.number, by_month.of)
    assert sorted(by_town.sample) == sorted(by_month.sample)
    assert by_town.value == by_month.value
    if kind is MEDIAN and by_town.sample:
        assert by_town.value == statistics.median(by_town.sample)
