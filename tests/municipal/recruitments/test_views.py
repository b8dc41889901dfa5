"""The desk's pages for recruitments, as staff use them."""

from __future__ import annotations

import pytest

from kyoso.core.access import Actor, Role
from kyoso.core.db import new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.recruitments.queries import get_recruitment
from support.departments import make_department
from support.pages import text_of
from support.recruitments import SKILL, apply_for, make_recruitment


def filled(department, **values):
    return {
        "form_id": str(new_id()),
        "department_id": str(department),
        "title": "広報を手伝うデザイナー",
        "purpose": "読まれる広報にしたい。",
        "tasks": "広報紙の見直し",
        "skills": [SKILL],
        "hours_a_month": "１０",
        "pay_unit": "hour",
        "pay_yen": "3,000",
        "mode": "online",
        "wanted": "2",
        **values,
    }


@pytest.fixture
def department(hinode):
    return make_department(hinode)


@pytest.fixture
def office(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def desk(hinode):
    return f"/{hinode.slug}/desk/recruitments/"


def test_the_empty_list_says_what_it_is_for(desk, office):
    page = text_of(office.get(desk))
    assert "まだ募集はありません" in page
    assert "最初の募集を書く" in page


def test_a_recruitment_goes_from_draft_to_the_portal(desk, office, department, hinode, visitor):
    made = office.post(f"{desk}new", filled(department))
    page = text_of(office.follow(made))
    assert "下書きを保存しました" in page
    assert "1時間あたり 3,000円" in page
    assert "月10時間" in page
    assert "2名" in page
    here = made.headers["Location"]
    public = f"/{hinode.slug}/recruitments/{here.rpartition('/')[2]}"
    visitor.get(public, status=404)
    office.post(f"{here}/publish")
    assert "広報を手伝うデザイナー" in visitor.get(public)
    again = office.post(f"{here}/publish", status=409)
    assert "画面を読み込み直してください" in again.text


def test_the_same_form_sent_twice_makes_one(desk, office, department):
    form = filled(department)
    first, second = (office.post(f"{desk}new", form) for _time in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert "1件" in text_of(office.get(desk))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "「募集の名前」を入力してください。"),
        ({"hours_a_month": "0"}, "「1か月の時間」は1から744までの整数で入力してください。"),
        ({"pay_unit": "none"}, "無償のときは、金額を空のままにしてください。"),
        ({"pay_yen": ""}, "金額を入力してください。"),
        ({"skills": ["no-such-skill"]}, "「求めるスキル」を選んでください。"),
        ({"starts_on": "2027-04-01", "ends_on": "2027-03-31"}, "活動を終える日は"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_typed_is_lost(
    desk, office, department, wrong, sentence
):
    page = office.post(f"{desk}new", filled(department, **wrong), status=422).text
    assert sentence in page
    assert "広報紙の見直し" in page


def test_what_is_over_cannot_be_published(desk, office, department, hinode):
    made = make_recruitment(hinode, department, published=False, closes_on=None)
    form = filled(department, closes_on="2020-01-01")
    form.pop("form_id")
    office.post(f"{desk}{made}/edit", form)
    assert "締切が過ぎています" in office.post(f"{desk}{made}/publish", status=409).text


def test_staff_write_for_their_own_department_only(hinode, department, desk, member_of, browser):
    own = browser(member_of(hinode, Role.STAFF, departments=(department,)))
    other = browser(member_of(hinode, Role.STAFF, departments=(make_department(hinode, "税務課"),)))
    auditor = browser(member_of(hinode, Role.AUDITOR))
    made = make_recruitment(hinode, department, published=False)
    form = filled(department)
    form.pop("form_id")
    own.post(f"{desk}{made}/edit", form)
    other.post(f"{desk}{made}/edit", form, status=403)
    other.post(f"{desk}{made}/publish", status=403)
    other.post(f"{desk}new", filled(department), status=403)
    assert "広報を手伝う" in auditor.get(f"{desk}{made}")
    auditor.get(f"{desk}new", status=403)


def test_the_list_is_searched_and_filtered(desk, office, department, hinode):
    make_recruitment(hinode, department, title="観光の写真家")
    make_recruitment(hinode, department, title="防災の助言", published=False)
    page = text_of(office.get(f"{desk}?q=写真"))
    assert "観光の写真家" in page
    assert "防災の助言" not in page
    page = text_of(office.get(f"{desk}?status=draft"))
    assert "防災の助言" in page
    assert "観光の写真家" not in page
    assert "条件に合う募集はありません" in office.get(f"{desk}?q=ない言葉")
    office.get(f"{desk}?status=x&page=-1&mode=y")


def test_the_list_takes_as_many_statements_for_many_as_for_few(
    desk, office, department, hinode, count_statements
):
    def statements():
        office.get(desk)
        with count_statements() as seen:
            office.get(desk)
        return len(seen)

    apply_for(hinode, make_recruitment(hinode, department))
    few = statements()
    for _time in range(8):
        apply_for(hinode, make_recruitment(hinode, department))
    assert statements() == few <= 7


def test_another_towns_recruitment_is_not_there(minato, hinode, desk, office):
    theirs = make_recruitment(minato)
    for place in ("", "/edit", "/end"):
        office.get(f"{desk}{theirs}{place}", status=404)
    office.post(f"{desk}{theirs}/publish", status=404)
    with tenant_scope(hinode.id):
        guest = Actor.guest(minato.id)
        with pytest.raises(Exception, match="ページが見つかりません"):
            # Also a query that asks for the other town by name: the database hides it.
            get_recruitment(guest, theirs)
