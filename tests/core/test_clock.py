import datetime as dt

import pytest

from kyoso.core import clock
from kyoso.core.i18n import fiscal_label, force_locale, jp_date, jp_datetime, jp_month, yen

DAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (dt.date(2026, 3, 31), 2025),
        (dt.date(2026, 4, 1), 2026),
        (dt.date(2026, 12, 31), 2026),
        (dt.date(2027, 1, 1), 2026),
    ],
)
def test_the_fiscal_year_begins_in_april(day, year):
    assert clock.fiscal_year(day) == year


def test_today_is_japans_day():
    with clock.frozen(dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)):
        assert clock.today() == dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    ("year", "label"), [(2018, "2018年度"), (2019, "令和元年度"), (2026, "令和8年度")]
)
def test_the_first_year_of_reiwa_has_a_name(app, year, label):
    with force_locale("ja"):
        assert fiscal_label(year) == label


def test_dates_and_yen_in_both_languages(app):
    moment = dt.datetime(2026, 11, 20, 23, 5, tzinfo=dt.UTC)
    with force_locale("ja"):
        assert jp_date(DAY) == "2026年11月21日（土）"
        assert jp_datetime(moment) == "2026年11月21日（土） 8:05"
        assert jp_month(DAY) == "2026年11月"
        assert yen(1234000) == "1,234,000円"
    with force_locale("en"):
        assert jp_date(DAY) == "Sat 21 Nov 2026"
        assert fiscal_label(2026) == "FY2026"
        assert yen(1234000) == "JPY 1,234,000"
