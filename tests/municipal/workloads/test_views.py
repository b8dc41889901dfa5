import datetime as dt

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import frozen
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.workloads.models import Capacity, Promoter, Workload
from kyoso.tenancy.models import DepartmentPeriod
from support.departments import make_department
from support.pages import text_of
from support.projects import make_project
from support.site import make_need

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _noon():
    with frozen(NOON):
        yield


@pytest.fixture
def unit(hinode):
    return make_department(hinode, "農林課")


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def staff(hinode, unit, member_of, browser):
    return browser(member_of(hinode, Role.STAFF, name="農林 課子（見本）", departments=(unit,)))


@pytest.fixture
def address(hinode):
    return f"/{hinode.slug}/desk/projects/{make_project(hinode)}/workload"


@pytest.fixture
def unit_address(hinode, unit):
    return f"/{hinode.slug}/desk/departments/{unit}"


def form(unit, **changes):
    return {
        "form_id": str(new_id()),
        "department_id": str(unit),
        "from_month": "2027-01",
        "until_month": "2027年3月",
        "hours_added": "１２",
        "hours_removed": "0",
        "reason": "受付が増える",
        **changes,
    }


def only_id(hinode, table):
    with tenant_scope(hinode.id):
        return db.session.scalars(sa.select(table.id)).one()


def test_hours_are_entered_and_the_departments_own_staff_consent(
    hinode, desk, staff, address, unit
):
    page = text_of(desk.follow(desk.post(f"{address}/enter", form(unit))))
    assert "同意待ち" in page
    assert "2027年1月から2027年3月まで" in page
    assert "農林課として同意する" not in page
    one = f"{address}/{only_id(hinode, Workload)}"
    desk.post(f"{one}/consent", status=403)
    assert "農林課として同意する" in text_of(staff.get(address))
    page = text_of(staff.follow(staff.post(f"{one}/consent")))
    assert "農林 課子（見本）さんが2026年11月21日（土）に入力" in page
    staff.post(f"{one}/consent", status=409)


def test_the_same_form_sent_twice_makes_one_entry(hinode, desk, address, unit):
    sent = form(unit)
    desk.post(f"{address}/enter", sent)
    desk.post(f"{address}/enter", sent)
    only_id(hinode, Workload)


def test_a_department_hesitates_with_a_reason(hinode, desk, staff, address, unit):
    desk.post(f"{address}/enter", form(unit))
    one = f"{address}/{only_id(hinode, Workload)}"
    page = text_of(staff.post(f"{one}/hesitate", {"hesitation": ""}, status=422).text)
    assert "「ためらう理由」を入力してください" in page
    page = text_of(staff.follow(staff.post(f"{one}/hesitate", {"hesitation": "人が足りない"})))
    assert "ためらう理由人が足りない" in page


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"from_month": "四月"}, 422, "「始まりの月」は 2026-04 の形"),
        ({"from_month": "2027-13"}, 422, "2026-04 の形"),
        (
            {"until_month": "2026-12"},
            409,
            "終わりの月（2026年12月）が、始まりの月（2027年1月）より前",
        ),
        ({"hours_added": "-3"}, 422, "「増える時間（月）」は0から10,000まで"),
        ({"hours_added": "0"}, 409, "どちらかを1時間以上"),
        ({"reason": ""}, 422, "「理由」を入力"),
    ],
)
def test_what_was_typed_wrong_is_named_and_stays(desk, address, unit, change, status, words):
    page = desk.post(f"{address}/enter", form(unit, **change), status=status).text
    assert words in text_of(page)
    field, typed = next(iter(change.items()))
    assert field == "reason" or f'value="{typed}"' in page


def test_hours_are_changed_and_taken_back(hinode, desk, staff, address, unit):
    desk.post(f"{address}/enter", form(unit))
    one = f"{address}/{only_id(hinode, Workload)}"
    staff.post(f"{one}/consent")
    page = desk.get(f"{one}/edit")
    assert 'value="2027-03"' in page
    assert "もう一度同意してもらいます" in text_of(page)
    changed = {k: v for k, v in form(unit, hours_added="20").items() if k != "form_id"}
    page = text_of(desk.follow(desk.post(f"{one}/edit", changed)))
    assert "月に20時間増え" in page
    assert "同意待ち" in page
    desk.post(f"{one}/edit", {**changed, "until_month": "2026-01"}, status=409)
    desk.post(f"{one}/edit", {**changed, "until_month": ""}, status=422)
    page = text_of(desk.follow(desk.post(f"{one}/withdraw")))
    assert "業務負荷はまだ書かれていません" in page


def test_the_warning_is_on_the_project_and_on_the_department(
    hinode, desk, staff, address, unit, unit_address
):
    said = {"form_id": str(new_id()), "from_month": "2026-11", "hours_a_month": "10"}
    desk.post(f"{unit_address}/capacity", said, status=403)
    staff.post(f"{unit_address}/capacity", said)
    staff.post(f"{unit_address}/capacity", said)
    only_id(hinode, Capacity)
    desk.post(f"{address}/enter", form(unit))
    words = "農林課が「引き受けられる」と言った時間を超える月が3か月あります"
    assert words in text_of(desk.get(address))
    page = desk.get(unit_address)
    assert words in text_of(page)
    assert "<title>2027年1月 No.1 空き家の活用 その1 12時間</title>" in page
    assert "<title>2027年1月 引き受けられる時間 10時間</title>" in page
    overview = text_of(desk.get(unit_address.rpartition("/")[0] + "/"))
    assert "超える月がある" in overview
    assert "同意待ち 1件" in overview


def test_a_capacity_that_makes_no_sense_is_refused(staff, unit_address):
    said = {"form_id": str(new_id()), "from_month": "2026-11", "hours_a_month": "-1"}
    page = text_of(staff.post(f"{unit_address}/capacity", said, status=422).text)
    assert "「引き受けられる時間（月）」は0から" in page


def test_promoters_are_named_and_end(hinode, desk, unit, unit_address, member_of):
    member = member_of(hinode, Role.STAFF, name="若手 職員（見本）")
    sent = {
        "form_id": str(new_id()),
        "membership_id": str(member.membership_id),
        "starts_on": "2026-04-01",
    }
    page = text_of(desk.follow(desk.post(f"{unit_address}/promoters", sent)))
    assert "若手 職員（見本） 在任" in page
    again = {**sent, "form_id": str(new_id())}
    page = text_of(desk.post(f"{unit_address}/promoters", again, status=409).text)
    assert "すでにある任期と重なっています" in page
    desk.post(f"{unit_address}/promoters", {**again, "membership_id": ""}, status=422)
    end = f"{unit_address}/promoters/{only_id(hinode, Promoter)}/end"
    desk.post(end, {"ends_on": ""}, status=422)
    page = text_of(desk.post(end, {"ends_on": "2026-03-01"}, status=409).text)
    assert "任期の終わりが、始まりより前です" in page
    page = text_of(desk.follow(desk.post(end, {"ends_on": "2026-10-31"})))
    assert "2026年10月31日（土）" in page
    assert "在任" not in page


def test_a_department_shows_what_it_looks_for_and_that_it_has_ended(
    hinode, desk, unit, unit_address, address
):
    make_need(hinode, unit, title="獣害の見える化")
    assert "獣害の見える化" in text_of(desk.get(unit_address))
    with tenant_scope(hinode.id):
        db.session.execute(sa.update(DepartmentPeriod).values(ends_on=dt.date(2026, 3, 31)))
        db.session.commit()
    assert "この課は2026年3月31日（火）に終了しました" in text_of(desk.get(unit_address))
    assert "終了した課" in text_of(desk.get(unit_address.rpartition("/")[0] + "/"))
    page = text_of(desk.post(f"{address}/enter", form(unit), status=409).text)
    assert "農林課は2026年3月31日（火）に終了しました" in page


def test_pages_are_said_with_few_statements(
    desk, staff, address, unit, unit_address, count_statements
):
    desk.post(f"{address}/enter", form(unit))
    for url, most in (
        (address, 11),
        (unit_address, 15),
        (unit_address.rpartition("/")[0] + "/", 9),
    ):
        desk.get(url)
        with count_statements() as seen:
            desk.get(url)
        assert len(seen) <= most, (url, seen)


def test_auditors_read_and_change_nothing(hinode, address, unit, unit_address, member_of, browser):
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "業務負荷を入力する" not in auditor.get(address)
    assert "推進委員を決める" not in auditor.get(unit_address)
    auditor.post(f"{address}/enter", form(unit), status=403)


def test_today_asks_the_departments_own_staff(hinode, desk, staff, address, unit):
    desk.post(f"{address}/enter", form(unit))
    asked = "あなたの課の同意を待っている業務負荷"
    assert asked in text_of(staff.get(f"/{hinode.slug}/desk/"))
    assert asked not in text_of(desk.get(f"/{hinode.slug}/desk/"))
    staff.post(f"{address}/{only_id(hinode, Workload)}/consent")
    assert asked not in text_of(staff.get(f"/{hinode.slug}/desk/"))
