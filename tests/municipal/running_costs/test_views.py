import datetime as dt
import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from kyoso.core.access import Role
from kyoso.core.clock import frozen
from kyoso.core.db import db
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.running_costs.rules import BudgetCalendar
from kyoso.operating.reminders import remind_of_budgets
from kyoso.tenancy.queries import get_tenant
from support.departments import make_department
from support.folders import TownFolder, copy_of_tenants
from support.pages import text_of
from support.projects import make_project
from support.site import declare

FORM = {
    "version": "0",
    "starts_on": "2027-04-01",
    "item-0-name": "保守",
    "item-0-category": "maintenance",
    "item-0-source": "general",
    "item-0-pilot": "５０，０００",
    "item-0-y1": "100,000",
    "item-0-y2": "100000",
    "item-0-y3": "100000",
    "item-0-y4": "100000",
    "item-0-y5": "0",
    "item-2-name": "通信",
    "item-2-category": "licence",
    "item-2-source": "donation",
    "item-2-y1": "30,900",
    **{f"item-2-y{n}": "0" for n in range(2, 6)},
    **{f"hours_{n}": "24" for n in range(1, 6)},
    "exit_yen": "20000",
    "exit_note": "撤去",
    "budget_source": "一般会計 2款1項",
    "assumptions": "見積りによる",
}


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def address(hinode):
    project = make_project(hinode, department_id=make_department(hinode))
    return f"/{hinode.slug}/desk/projects/{project}/costs"


def test_a_plan_is_written_completed_and_shown_with_its_sums(hinode, desk, address):
    declare(
        hinode,
        declaration={
            "population": {"value": 3309, "as_of": "2022-06-30"},
            "budget": {"request_month": 11, "request_day": 20},
        },
    )
    assert "まだ計画がありません" in text_of(desk.get(address))
    page = text_of(desk.follow(desk.post(f"{address}/edit", {**FORM, "save": "complete"})))
    for words in (
        "完成として保存しました",
        "430,900円",
        "50,000円",
        "130円",
        "人口3,309人（2022年6月30日（木）現在）",
        "予算要求の期限は2026年11月20日（金）です",
        "令和13年度",
        "寄附・ふるさと納税",
        "一般会計 2款1項",
        "第1版",
    ):
        assert words in page
    assert "足りないもの" not in page


def test_the_picture_shows_the_pilot_beside_operation(desk, address):
    desk.post(f"{address}/edit", {**FORM, "save": "draft"})
    page = desk.get(address)
    assert "<title>実証 一般財源 50,000円</title>" in page
    assert "<title>令和9年度 寄附・ふるさと納税 30,900円</title>" in page


def test_a_draft_names_what_is_missing(desk, address):
    form = {**FORM, "exit_yen": "", "item-2-source": "", "item-0-y3": "", "save": "draft"}
    page = text_of(desk.follow(desk.post(f"{address}/edit", form)))
    assert "下書きを保存しました" in page
    for part in ("「保守」の金額（令和11年度）", "「通信」の財源", "撤去・終了費用"):
        assert part in page
    form |= {"save": "complete", "version": "1"}
    page = text_of(desk.post(f"{address}/edit", form, status=409).text)
    assert "完成にするには、次が足りません：「保守」の金額（令和11年度）" in page


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("item-0-y1", "-5", "1行目「保守」 1年目：「金額」は0から50,000,000,000まで"),
        ("item-2-y4", "99999999999999999999", "3行目「通信」 4年目：「金額」は0から"),
        ("item-0-pilot", "1.5", "1行目「保守」 実証の費用：「実証の費用」を正しく"),
        ("item-0-category", "gold", "1行目「保守」 区分：「区分」を選んで"),
        ("item-0-name", "", "1行目 項目：「項目」を入力して"),
        ("exit_yen", "-1", "「撤去・終了費用」は0から"),
        ("hours_2", "-1", "職員の時間 2年目：「職員の時間」は0から"),
        ("starts_on", "令和9年", "「実装を始める予定日」は 2026-04-01 の形"),
    ],
)
def test_absurd_numbers_are_refused_with_the_field_named_and_what_was_typed_stays(
    desk, address, field, typed, words
):
    page = desk.post(f"{address}/edit", {**FORM, field: typed, "save": "draft"}, status=422).text
    assert words in text_of(page)
    assert f'href="#f-{field}"' in page
    assert 'value="一般会計 2款1項"' in page


def test_unknown_fields_are_refused(desk, address):
    desk.post(f"{address}/edit", {**FORM, "state": "complete", "save": "draft"}, status=422)
    desk.post(f"{address}/edit", {**FORM, "item-40-name": "x", "save": "draft"}, status=422)


def test_lines_are_added_without_javascript_and_nothing_is_saved_by_it(desk, address):
    form = {**FORM, "item-4-name": "旅費", "item-4-category": "travel", "save": "rows"}
    page = desk.post(f"{address}/edit", form, status=200).text
    assert 'id="f-item-7-name"' in page
    assert 'value="旅費"' in page
    assert "まだ計画がありません" in text_of(desk.get(address))


def test_the_second_of_two_writers_is_told_and_loses_nothing(desk, address):
    desk.post(f"{address}/edit", {**FORM, "save": "draft"})
    late = {**FORM, "assumptions": "あとから書いた", "save": "draft"}
    page = desk.post(f"{address}/edit", late, status=409).text
    assert "さんが保存しました" in text_of(page)
    assert "あとから書いた" in page
    desk.post(f"{address}/edit", {**late, "version": "1"})
    assert "あとから書いた" in text_of(desk.get(address))


def test_the_same_form_sent_twice_is_saved_once(desk, address):
    for _time in range(2):
        desk.post(f"{address}/edit", {**FORM, "save": "draft"})
    page = text_of(desk.get(address))
    assert "第1版" in page
    assert "第2版" not in page


def test_the_plan_is_taken_along_as_a_sheet(desk, address):
    desk.post(f"{address}/edit", {**FORM, "save": "draft"})
    book = load_workbook(io.BytesIO(desk.fetch(f"{address}/export.xlsx").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][4] == "令和9年度"
    assert rows[1] == (
        "保守",
        "保守・修繕",
        "一般財源",
        50000,
        100000,
        100000,
        100000,
        100000,
        0,
        400000,
    )
    assert rows[3][3:] == (50000, 130900, 100000, 100000, 100000, 0, 430900)
    assert "通信" in desk.get(f"{address}/export.csv")


def test_readers_read_and_staff_of_others_do_not_write(hinode, address, member_of, browser):
    for role in (Role.AUDITOR, Role.STAFF):
        reader = browser(member_of(hinode, role))
        assert "計画を書き始める" not in reader.get(address)
        reader.get(f"{address}/edit", status=403)
        reader.post(f"{address}/edit", {**FORM, "save": "draft"}, status=403)


def test_the_page_is_said_with_few_statements(desk, address, count_statements):
    desk.post(f"{address}/edit", {**FORM, "save": "draft"})
    desk.get(address)
    with count_statements() as seen:
        desk.get(address)
    assert len(seen) <= 10, seen


def test_it_speaks_english(desk, address):
    desk.post(f"{address}/edit", {**FORM, "save": "draft"})
    page = text_of(desk.get(f"{address}?lang=en"))
    assert "FY2027" in page
    assert "JPY 430,900" in page


def test_today_names_the_budget_request_that_is_near(hinode, desk, address, member_of, browser):
    with frozen(dt.datetime(2026, 10, 1, 3, tzinfo=dt.UTC)):
        other = browser(member_of(hinode, Role.STAFF))
        desk.post(f"{address}/edit", {**FORM, "save": "draft"})
        page = text_of(desk.get(f"/{hinode.slug}/desk/"))
        assert "予算要求の期限 2026年10月31日（土） ・ あと30日" in page
        assert "予算要求" not in text_of(other.get(f"/{hinode.slug}/desk/"))
    with frozen(dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)):
        desk = browser(member_of(hinode, Role.SECRETARIAT))
        assert "2日過ぎています" in text_of(desk.get(f"/{hinode.slug}/desk/"))
        desk.post(
            f"{address}/edit",
            {**FORM, "requested_on": "2026-10-30", "version": "1", "save": "draft"},
        )
        assert "予算要求" not in text_of(desk.get(f"/{hinode.slug}/desk/"))
        assert "に予算要求に入れました" in text_of(desk.get(address))


def test_the_night_reminds_once(hinode, desk, address):
    with frozen(dt.datetime(2026, 10, 1, 3, tzinfo=dt.UTC)):
        desk.post(f"{address}/edit", {**FORM, "save": "draft"})
        for _night in range(2):
            remind_of_budgets()
        with tenant_scope(hinode.id):
            assert len(db.session.scalars(sa.select(Mail)).all()) == 1


def test_the_town_says_until_when_it_takes_requests(app, tmp_path):
    folder = TownFolder(copy_of_tenants(tmp_path))

    def calendar():
        folder.sync()
        tenant_id = folder.read().tenant_id
        with tenant_scope(tenant_id):
            return BudgetCalendar.of(get_tenant(tenant_id).declaration)

    assert calendar() == BudgetCalendar(10, 31)
    folder.set_profile("budget", "budget = {request_month = 11, request_day = 20}")
    assert calendar() == BudgetCalendar(11, 20)
