"""What a plan must say, adds up to, and by when it must be asked for: tables, exhaustively."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest

from kyoso.core.errors import RuleViolation
from kyoso.municipal.running_costs import rules
from kyoso.municipal.running_costs.rules import (
    REMIND_BEFORE,
    BudgetCalendar,
    CostCategory,
    CostItem,
    CostSheet,
    FundingSource,
)

D = dt.date
ITEM = CostItem(
    "保守", CostCategory.MAINTENANCE, FundingSource.GENERAL, 50_000, (10, 20, 30, 40, 0)
)
FULL = CostSheet(D(2027, 4, 1), (ITEM,), (10, 10, 10, 10, 0), 0, "", "一般会計")


@pytest.mark.parametrize(
    ("starts_on", "labels"),
    [
        (D(2027, 4, 1), ["令和9年度", "令和10年度", "令和11年度", "令和12年度", "令和13年度"]),
        (D(2027, 3, 31), ["令和8年度", "令和9年度", "令和10年度", "令和11年度", "令和12年度"]),
        (D(2019, 4, 1), ["令和元年度", "令和2年度", "令和3年度", "令和4年度", "令和5年度"]),
        (D(2020, 3, 31), ["令和元年度", "令和2年度", "令和3年度", "令和4年度", "令和5年度"]),
        (D(2018, 4, 1), ["2018年度", "令和元年度", "令和2年度", "令和3年度", "令和4年度"]),
        (D(2019, 3, 31), ["2018年度", "令和元年度", "令和2年度", "令和3年度", "令和4年度"]),
    ],
)
def test_five_fiscal_years_begin_in_april_also_across_the_first_year_of_reiwa(starts_on, labels):
    assert rules.year_labels(CostSheet(starts_on)) == labels


def test_years_are_counted_while_the_beginning_is_open():
    assert rules.year_labels(CostSheet()) == ["1年目", "2年目", "3年目", "4年目", "5年目"]


@pytest.mark.parametrize(
    ("starts_on", "month", "day", "by"),
    [
        (D(2027, 4, 1), 10, 31, D(2026, 10, 31)),
        (D(2027, 10, 1), 10, 31, D(2026, 10, 31)),
        (D(2028, 3, 31), 10, 31, D(2026, 10, 31)),
        (D(2028, 4, 1), 10, 31, D(2027, 10, 31)),
        (D(2027, 4, 1), 4, 1, D(2026, 4, 1)),
        (D(2027, 4, 1), 11, 31, D(2026, 11, 30)),
        (D(2027, 4, 1), 1, 15, D(2027, 1, 15)),
        (D(2027, 4, 1), 2, 31, D(2027, 2, 28)),
        (D(2028, 4, 1), 2, 31, D(2028, 2, 29)),
        (D(2027, 4, 1), 3, 31, D(2027, 3, 31)),
        (D(2019, 5, 1), 10, 31, D(2018, 10, 31)),
    ],
)
def test_the_money_is_asked_for_in_the_fiscal_year_before(starts_on, month, day, by):
    found = rules.request_by(starts_on, BudgetCalendar(month, day))
    assert found == by
    first = rules.fiscal_years(starts_on)[0]
    assert rules.fiscal_year(found) == first - 1


@pytest.mark.parametrize(
    ("declaration", "calendar"),
    [
        ({}, BudgetCalendar(10, 31)),
        ({"budget": {"request_month": 11, "request_day": 20}}, BudgetCalendar(11, 20)),
    ],
)
def test_the_calendar_is_what_the_town_declares(declaration, calendar):
    assert BudgetCalendar.of(declaration) == calendar


PARTS = {
    "実装を始める予定日": lambda s: replace(s, starts_on=None),
    "費用の項目": lambda s: replace(s, items=()),
    "「保守」の財源": lambda s: replace(s, items=tuple(replace(i, source=None) for i in s.items)),
    "撤去・終了費用": lambda s: replace(s, exit_yen=None),
    "職員の時間": lambda s: replace(s, staff_hours=(10, None, 10, 10, 0)),
    "「保守」の金額": lambda s: replace(
        s, items=tuple(replace(i, yearly_yen=(1, 2, None, 4, 5)) for i in s.items)
    ),
}


@pytest.mark.parametrize(
    "taken",
    [c for n in range(len(PARTS) + 1) for c in itertools.combinations(PARTS, n)],
    ids="・".join,
)
def test_every_part_that_is_open_is_named_and_no_other(taken):
    sheet = FULL
    for part in taken:
        sheet = PARTS[part](sheet)
    expected = {
        part
        for part in taken
        if sheet.items or not part.startswith("「保守」")  # Without lines, none is incomplete.
    }
    found = rules.missing(sheet)
    assert {part.partition("（")[0] for part in found} == expected
    if found:
        with pytest.raises(RuleViolation) as refused:
            rules.check_complete(sheet)
        assert all(part in refused.value.message for part in found)
    else:
        rules.check_complete(sheet)


def test_an_open_year_is_named():
    assert rules.missing(PARTS["「保守」の金額"](FULL)) == ["「保守」の金額（令和11年度）"]
    assert rules.missing(PARTS["職員の時間"](FULL)) == ["職員の時間（令和10年度）"]


def test_nothing_at_all_is_an_answer_and_no_answer_is_not():
    free = replace(ITEM, yearly_yen=(0, 0, 0, 0, 0))
    assert rules.missing(replace(FULL, items=(free,), exit_yen=0, staff_hours=(0,) * 5)) == []


@pytest.mark.parametrize(
    ("sheet", "drafted"),
    [
        (CostSheet(), False),
        (CostSheet(D(2027, 4, 1)), False),
        (CostSheet(D(2027, 4, 1), (replace(ITEM, yearly_yen=rules.NO_YEARS),)), False),
        (CostSheet(None, (ITEM,)), False),
        (CostSheet(D(2027, 4, 1), (replace(ITEM, yearly_yen=(None, None, 0, None, None)),)), True),
        (FULL, True),
    ],
)
def test_a_draft_has_a_beginning_and_a_number(sheet, drafted):
    assert rules.is_drafted(sheet) is drafted


def test_sums_by_year_and_source_leave_out_who_pays_nothing():
    grant = replace(ITEM, source=FundingSource.GRANT, pilot_yen=None, yearly_yen=(1, 1, 1, 1, None))
    idle = replace(ITEM, source=FundingSource.BOND, pilot_yen=0, yearly_yen=(0,) * 5)
    unknown = replace(ITEM, source=None, pilot_yen=7, yearly_yen=(None,) * 5)
    sheet = replace(FULL, items=(ITEM, grant, idle, unknown))
    assert sheet.by_source == {
        FundingSource.GENERAL: [50_000, 10, 20, 30, 40, 0],
        FundingSource.GRANT: [0, 1, 1, 1, 1, 0],
        None: [7, 0, 0, 0, 0, 0],
    }
    assert sheet.year_totals == [11, 21, 31, 41, 0]
    assert (sheet.pilot_total, sheet.five_year_total) == (50_007, 104)
    assert rules.sums_of(sheet.items) == {CostCategory.MAINTENANCE: 104}


@pytest.mark.parametrize(
    ("yen", "population", "each"),
    [
        (0, 3309, 0),
        (3309, 3309, 1),
        (1654, 3309, 0),
        (1655, 3309, 1),
        (5, None, None),
        (5, 0, None),
    ],
)
def test_each_resident_bears_a_rounded_share_where_they_are_counted(yen, population, each):
    assert rules.per_resident(yen, population) == each


@pytest.mark.parametrize("sent", [None, *REMIND_BEFORE])
@pytest.mark.parametrize("left", range(-2, 63))
def test_each_reminder_is_due_once_and_a_later_one_replaces_those_missed(left, sent):
    reached = [days for days in REMIND_BEFORE if left <= days]
    expected = min(reached) if reached and left >= 0 else None
    if expected is not None and sent is not None and sent <= expected:
        expected = None
    assert rules.due_reminder(left, sent) == expected


def test_who_saves_over_what_they_did_not_see_is_told_by_whom():
    rules.check_version(3, 3, "x")
    with pytest.raises(RuleViolation, match="見本さんが保存しました"):
        rules.check_version(4, 3, "見本")
