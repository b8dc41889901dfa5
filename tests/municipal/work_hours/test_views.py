"""The staff's pages for hours: planned and logged, days in town, what is missing, files."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook

from kyoso.core.access import MEMBER_ROLES, Role
from kyoso.core.clock import frozen
from kyoso.core.scope import tenant_scope
from kyoso.municipal.work_hours import queries
from kyoso.municipal.work_hours.rules import Said
from support.departments import make_department
from support.engagements import make_engagement
from support.pages import Browser, text_of
from support.people import actor_of
from support.talents import Somebody, make_somebody, make_talent
from support.work_hours import log_hours

NOON = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
PERIOD = {"starts_on": dt.date(2026, 9, 10), "ends_on": dt.date(2027, 3, 31)}


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with frozen(NOON):
        yield


@pytest.fixture
def designer(app) -> Somebody:
    return make_somebody("見本 意匠（見本）")


@pytest.fixture
def department(hinode) -> uuid.UUID:
    return make_department(hinode, "デジタル変革戦略室")


@pytest.fixture
def ours(hinode, designer, department) -> uuid.UUID:
    """Ten hours a month from September; two in October, one and a half in November."""
    engagement = make_engagement(
        hinode,
        make_talent(hinode, designer),
        department_id=department,
        role="デザイナー",
        in_town_days=1,
        **PERIOD,
    )
    log_hours(designer, {(engagement, dt.date(2026, 10, 5)): 120}, at=NOON)
    log_hours(designer, {(engagement, dt.date(2026, 11, 20)): Said(90, True, "=会議")}, at=NOON)
    return engagement


@pytest.fixture
def desk(hinode, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.SECRETARIAT))


def at(hinode, page: str = "") -> str:
    return f"/{hinode.slug}/desk/work-hours/{page}"


@pytest.mark.parametrize("role", MEMBER_ROLES)
def test_every_member_reads_auditors_too(hinode, ours, member_of, browser, role):
    page = browser(member_of(hinode, role))
    for place in ("", "month", str(ours)):
        page.get(at(hinode, place))


def test_a_year_is_planned_and_logged_by_month_department_and_person(desk, hinode, ours):
    page = text_of(desk.get(at(hinode)))
    assert "計画（今月まで）30時間" in page
    assert "実績時間3時間30分" in page
    assert "2026年9月 10時間0時間 10時間少ない" in page
    assert "2026年10月 10時間2時間 8時間少ない" in page
    assert "2026年12月 10時間0時間 —" in page
    assert "デジタル変革戦略室 1人 30時間3時間30分 26時間30分少ない" in page
    assert "見本 意匠（見本） デザイナー 30時間3時間30分" in page
    assert "月ごとの計画と実績（時間）" in page


def test_hours_that_are_missing_are_named(desk, hinode, ours):
    idle = make_somebody("見本 未入力（見本）")
    make_engagement(hinode, make_talent(hinode, idle), role="助言", hours_a_month=5, **PERIOD)
    page = text_of(desk.get(at(hinode)))
    assert "2026年10月の時間がまだ入っていない関与が1件あります" in page
    assert "見本 未入力（見本）（助言） 計画 5時間" in page
    month = text_of(desk.get(at(hinode, "month?month=2026-10")))
    assert "5時間 入力なし" in month
    # This month is not over: nothing is missing yet.
    assert "入力なし" not in text_of(desk.get(at(hinode, "month")))


def test_a_department_can_be_looked_at_alone(desk, hinode, ours):
    other = make_department(hinode, "政策課")
    somebody = make_somebody("見本 政策（見本）")
    engagement = make_engagement(
        hinode, make_talent(hinode, somebody), department_id=other, **PERIOD
    )
    log_hours(somebody, {(engagement, dt.date(2026, 11, 2)): 60}, at=NOON)
    for page in (f"?department={other}", f"month?department={other}"):
        words = text_of(desk.get(at(hinode, page)))
        assert "見本 政策（見本）" in words
        assert "見本 意匠（見本）" not in words


def test_a_month_tells_days_in_town_and_every_entry(desk, hinode, ours):
    november = text_of(desk.get(at(hinode, "month?month=2026-11")))
    assert "1件のうち1件が満たしています" in november
    assert "1日（1日以上）満たしています" in november
    assert "2026年11月20日（金） 見本 意匠（見本）（デザイナー）1時間30分 はい =会議" in november
    october = text_of(desk.get(at(hinode, "month?month=2026-10")))
    assert "1件のうち0件が満たしています" in october
    assert "0日（1日以上）足りませんでした" in october


def test_an_engagement_tells_its_months_its_entries_and_what_was_corrected(
    desk, hinode, designer, ours
):
    log_hours(designer, {(ours, dt.date(2026, 10, 5)): 180}, at=NOON)
    page = text_of(desk.get(at(hinode, f"{ours}?month=2026-10")))
    assert "2026年11月 10時間 1時間30分" in page
    assert "2026年10月 10時間 3時間" in page
    assert "2026年10月5日（月） 2時間 → 3時間" in page
    assert "月が終わってから入力" in page


def test_a_year_is_saved_with_real_numbers(desk, hinode, ours):
    answer = desk.fetch(at(hinode, "export.xlsx?year=2026"))
    sheet = load_workbook(io.BytesIO(answer.data)).active
    heads, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert heads[:7] == ["月", "課・室", "氏名", "役割", "制度", "計画（時間）", "実績（時間）"]
    by_month = {row[0].date(): row for row in rows}
    assert len(rows) == 7, "September to March"
    assert by_month[dt.date(2026, 11, 1)][1:] == [
        *("デジタル変革戦略室", "見本 意匠（見本）", "デザイナー"),
        *(None, 10, 1.5, 1, 1, 1),
    ]
    text = desk.fetch(at(hinode, "export.csv?year=2026")).data.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert [lines[2][0], lines[2][6]] == ["2026-10-01", "2.0"]


def test_a_month_is_saved_day_by_day_and_no_note_is_a_formula(desk, hinode, ours):
    answer = desk.fetch(at(hinode, "month/export.xlsx?month=2026-11"))
    sheet = load_workbook(io.BytesIO(answer.data)).active
    (_heads, row) = map(list, sheet.iter_rows())
    assert row[4].value == 1.5
    assert (row[5].value, row[6].value, row[6].data_type) == ("はい", "=会議", "s")
    text = desk.fetch(at(hinode, "month/export.csv?month=2026-11")).data.decode("utf-8-sig")
    assert "'=会議" in text


def test_the_engagement_and_the_talent_show_their_hours(desk, hinode, ours):
    with tenant_scope(hinode.id):
        (row,) = queries.list_hours(
            actor_of(hinode, Role.STAFF), dt.date(2026, 11, 1), dt.date(2026, 11, 30)
        )
    page = text_of(desk.get(f"/{hinode.slug}/desk/engagements/{ours}"))
    assert "2026年11月は、計画10時間のうち1時間30分が記録されています" in page
    page = text_of(desk.get(f"/{hinode.slug}/desk/talents/{row.talent_id}"))
    assert "今月 1時間30分（計画 10時間）" in page
    assert "今年度 3時間30分（計画 30時間）" in page


def test_a_town_without_engagements_is_told_what_the_pages_are_for(desk, hinode):
    assert "この年度の関与はありません" in text_of(desk.get(at(hinode)))
    assert "この月の関与はありません" in text_of(desk.get(at(hinode, "month")))
    desk.fetch(at(hinode, "export.xlsx"))


@pytest.mark.parametrize(
    "query", ["year=x", "year=99999", "year=0001", "month=x", "month=9999-99", "department=x"]
)
def test_nonsense_in_the_address_is_now(desk, hinode, ours, query):
    for place in ("", "month", str(ours)):
        desk.get(at(hinode, f"{place}?{query}"))


def test_the_pages_ask_for_little(desk, hinode, ours, count_statements):
    for n in range(10):
        somebody = make_somebody(f"見本 {n}（見本）")
        engagement = make_engagement(hinode, make_talent(hinode, somebody), **PERIOD)
        log_hours(somebody, {(engagement, dt.date(2026, 11, 2)): 60}, at=NOON)
    for place, most in (("", 5), ("month", 6), (str(ours), 7)):
        with count_statements() as seen:
            desk.get(at(hinode, place))
        assert len(seen) <= most, seen


def test_another_towns_engagement_is_the_same_as_none(desk, hinode, minato, designer):
    theirs = make_engagement(minato, make_talent(minato, designer), **PERIOD)
    log_hours(designer, {(theirs, dt.date(2026, 11, 2)): Said(60, False, "港の会議")}, at=NOON)
    missing = uuid.uuid4()
    answers = {
        desk.get(at(hinode, str(ident)), status=404).replace(str(ident), "")
        for ident in (theirs, missing)
    }
    assert len(answers) == 1
    for place in ("", "month?month=2026-11"):
        assert "港の会議" not in desk.get(at(hinode, place))
