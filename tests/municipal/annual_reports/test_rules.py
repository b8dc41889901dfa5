import datetime as dt

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.municipal.annual_reports.rules import (
    ProposalFact,
    ReportStatus,
    Year,
    bounds,
    check_none_running,
    check_year,
)

TODAY = dt.date(2026, 11, 21)


def fact(day: dt.date, days: int | None = None, *, adopted: bool = False) -> ProposalFact:
    decided = None if days is None else day + dt.timedelta(days)
    return ProposalFact("2026-0001", "案", "個人", day, "審査中", decided, adopted)


def year_of(*proposals: ProposalFact) -> Year:
    return Year(2026, proposals, (), ())


@pytest.mark.parametrize(
    ("year", "good"), [(2018, False), (2019, True), (2025, True), (2026, True), (2027, False)]
)
def test_a_year_can_be_told_from_reiwa_until_this_one(year, good):
    if good:
        check_year(year, TODAY)
    else:
        with pytest.raises(RuleViolation, match="令和元年度から今年度まで"):
            check_year(year, TODAY)


def test_a_fiscal_year_runs_from_april_to_march():
    assert bounds(2026) == (dt.date(2026, 4, 1), dt.date(2027, 3, 31))


def test_the_months_begin_with_april():
    year = year_of(*(fact(dt.date(2026, m, 1)) for m in (4, 4, 12)), fact(dt.date(2027, 3, 31)))
    assert year.by_month == (2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1)


@pytest.mark.parametrize(
    ("adopted", "decided", "shown"),
    [(0, 0, "0 / 0"), (1, 4, "1 / 4"), (2, 5, "40%"), (141, 234, "60%")],
)
def test_a_rate_over_few_cases_is_a_fraction(adopted, decided, shown):
    day = dt.date(2026, 5, 1)
    facts = [fact(day, 10, adopted=n < adopted) for n in range(decided)]
    assert year_of(*facts, fact(day)).adoption_rate == shown


def test_the_days_are_their_median_and_no_decision_is_not_zero():
    day = dt.date(2026, 5, 1)
    assert year_of(fact(day, 3), fact(day, 10), fact(day, 90), fact(day)).median_days == "10日"
    assert year_of(fact(day)).median_days == "—"


@pytest.mark.parametrize("status", ReportStatus)
def test_one_report_is_written_at_a_time(status):
    assert status.label
    if status in {ReportStatus.QUEUED, ReportStatus.RUNNING}:
        with pytest.raises(RuleViolation, match="別の年次報告"):
            check_none_running([ReportStatus.DONE, status])
    else:
        check_none_running([status])
