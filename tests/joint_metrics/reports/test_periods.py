import datetime as dt

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import force_locale
from kyoso.core.metrics import Month
from kyoso.joint_metrics.periods import (
    Period,
    check_period,
    months_between,
    offered,
    parse_month,
    usual,
)
from kyoso.joint_metrics.published import spans_of


@pytest.mark.parametrize(
    ("period", "label"),
    [
        (Period.of_year(2026), "令和8年度（2026年4月〜2027年3月）"),
        (Period.of_half(2026, 1), "令和8年度上期（2026年4月〜2026年9月）"),
        (Period.of_half(2026, 2), "令和8年度下期（2026年10月〜2027年3月）"),
        (Period(Month(2026, 5), Month(2026, 6)), "2026年5月〜2026年6月"),
        (Period(Month(2026, 5), Month(2026, 5)), "2026年5月"),
        (Period.year_to(Month(2027, 2)), "2026年4月〜2027年2月"),
    ],
)
def test_a_period_is_called_as_people_call_it(period, label):
    assert period.label == label


def test_half_a_year_has_six_months_and_the_year_before_the_same_ones():
    half = Period.of_half(2026, 2)
    assert [str(month) for month in half.months][:4] == ["2026-10", "2026-11", "2026-12", "2027-01"]
    assert len(half.months) == 6
    assert half.before == Period.of_half(2025, 2)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (dt.date(2026, 11, 22), "2026-04"),
        (dt.date(2026, 9, 30), "2025-10"),
        (dt.date(2026, 10, 1), "2026-04"),
        (dt.date(2027, 4, 1), "2026-10"),
        (dt.date(2026, 4, 1), "2025-10"),
    ],
)
def test_the_half_year_that_ended_last_is_reported_on_next(today, first):
    assert str(usual(today).first) == first
    assert all(period.first.first <= today for period in offered(today))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "1999-04", "2026-4", "２０２６-04", "2026-04 "]
)
def test_what_is_no_month_is_none(text):
    assert parse_month(text) is None


def test_a_period_neither_runs_backwards_nor_for_ever():
    first = Month(2026, 4)
    assert check_period(first, first + 35) == Period(first, first + 35)
    with pytest.raises(RuleViolation, match="始まりの月より後"):
        check_period(first, first + -1)
    with pytest.raises(RuleViolation, match="36か月まで"):
        check_period(first, first + 36)


def test_months_in_a_row_are_said_as_a_span():
    months = months_between(Month(2026, 4), Month(2026, 6))
    assert spans_of([*months, Month(2026, 9)]) == "2026年4月〜2026年6月、2026年9月"


def test_periods_have_english_names():
    with force_locale("en"):
        assert "2026" in Period.of_half(2026, 1).label
