import io
import uuid

import openpyxl
import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.needs.models import Need
from kyoso.municipal.needs.operations import NeedDraft, create_need, publish_need
from support.departments import make_department, make_tactic
from support.pages import Browser, text_of
from support.people import Town, actor_of


@pytest.fixture
def unit(hinode: Town) -> uuid.UUID:
    return make_department(hinode)


@pytest.fixture
def desk(hinode: Town) -> str:
    return f"/{hinode.slug}/desk/needs"


@pytest.fixture
def secretariat(hinode, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.SECRETARIAT))


def form(unit: uuid.UUID, **values: object) -> dict[str, object]:
    return {
        "form_id": str(new_id()),
        "department_id": str(unit),
        "title": "空き家の情報を届けたい",
        "purpose": "空き家が増えている。",
        "outcome": "家が見つかる。",
        **values,
    }


def make_needs(town: Town, unit: uuid.UUID, count: int, title: str = "相談") -> list[uuid.UUID]:
    actor = actor_of(town, Role.SECRETARIAT)
    ids = []
    with tenant_scope(town.id):
        for number in range(count):
            draft = NeedDraft(unit, f"{title}{number}", "目的", "成果")
            need = create_need(draft, need_id=new_id(), actor=actor, now=now())
            db.session.flush()
            ids.append(need.id)
        publish_need(need, actor=actor, now=now())
        db.session.commit()
    return ids


def test_an_empty_list_says_what_it_is_for_and_offers_the_first_step(secretariat, desk):
    page = text_of(secretariat.get(f"{desk}/"))
    assert "まだ「求めていること」はありません" in page
    assert "最初の一つを書く" in page


def test_a_need_is_written_edited_published_closed_and_reopened(hinode, unit, secretariat, desk):
    tactic = make_tactic(hinode)
    assert "戦略15 各課の取り組みの促進" in secretariat.get(f"{desk}/new")
    sent = form(
        unit,
        tactic_id=str(tactic),
        skills=["空き家", "GIS・地図"],
        other_skills="雪かき、大工",
        hours_a_month="２０",
        budget_yen="1,000,000",
    )
    answer = secretariat.post(f"{desk}/new", sent)
    page = text_of(secretariat.follow(answer))
    for words in (
        "下書きを保存しました",
        "No.1",
        "政策課",
        "15-11 空き家マップの公開",
        "空き家、GIS・地図、雪かき、大工",
        "月に20時間ほど",
        "1,000,000円",
        "期限なし",
        "求めていることを作成しました",
    ):
        assert words in page
    need = f"{desk}/{sent['form_id']}"

    edited = secretariat.get(f"{need}/edit")
    assert "雪かき、大工" in edited
    assert 'value="GIS・地図" id="f-skills-craft-13" checked' in edited
    changed = form(unit, budget_yen="0")
    del changed["form_id"]
    page = text_of(secretariat.follow(secretariat.post(f"{need}/edit", changed)))
    assert "予算なし" in page
    assert "変えたところ：関係する戦術、求めるスキル、月にかけてほしい時間、予算" in page

    html = secretariat.follow(secretariat.post(f"{need}/publish"))
    page = text_of(html)
    public = f"/{hinode.slug}/needs/{sent['form_id']}"
    assert f'href="{public}"' in html
    assert "空き家の情報を届けたい" in secretariat.get(public)
    assert "公開しました" in page
    assert "すでに公開されています" in secretariat.post(f"{need}/publish", status=409).text
    page = text_of(secretariat.follow(secretariat.post(f"{need}/close", {"note": "決まりました"})))
    assert "に募集を終了しました" in page
    assert "決まりました" in page
    late = secretariat.post(f"{need}/reopen", {"closes_on": "2020-01-01"}, status=409)
    assert "過ぎています" in late.text
    wrong = secretariat.post(f"{need}/reopen", {"closes_on": "あした"}, status=422)
    assert "2026-04-01 の形の日付" in wrong.text
    page = text_of(secretariat.follow(secretariat.post(f"{need}/reopen")))
    assert "募集を再開しました" in page


def test_a_form_sent_twice_makes_one_need(hinode, unit, secretariat, desk):
    sent = form(unit)
    first = secretariat.post(f"{desk}/new", sent)
    second = secretariat.post(f"{desk}/new", sent)
    assert first.headers["Location"] == second.headers["Location"]
    with tenant_scope(hinode.id):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Need)) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": ""}, "「件名」を入力してください"),
        ({"title": "あ" * 101}, "「件名」は100文字以内"),
        ({"purpose": "a\u202eb"}, "使えない文字"),
        ({"department_id": "x"}, "「担当する課」を選んでください"),
        ({"skills": ["魔法"]}, "「求めるスキル」を選んでください"),
        ({"other_skills": "あ" * 31}, "スキルは一つ30文字以内"),
        ({"hours_a_month": "0"}, "「月にかけてほしい時間」は1から744まで"),
        ({"budget_yen": "たくさん"}, "「予算」"),
        ({"closes_on": "2026-13-01"}, "「募集を終える日」"),
        ({"opens_on": "2026-05-02", "closes_on": "2026-05-01"}, "それより後"),
        ({"number": "7"}, "この項目は受け付けられません"),
    ],
)
def test_a_form_with_mistakes_comes_back_with_what_was_typed(
    values, sentence, hinode, unit, secretariat, desk
):
    html = secretariat.post(f"{desk}/new", form(unit) | values, status=422).text
    assert sentence in html
    assert "家が見つかる。" in html
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Need)).all() == []


def test_a_department_of_another_town_is_not_found(minato, secretariat, desk):
    secretariat.post(f"{desk}/new", form(make_department(minato)), status=404)


def test_staff_see_all_and_write_for_their_own_department(hinode, unit, desk, member_of, browser):
    other = make_department(hinode, "総務課")
    theirs = make_needs(hinode, other, 1, "総務の相談")[0]
    staff = browser(member_of(hinode, Role.STAFF, departments=(unit,)))
    assert "求めていることを書く" in staff.get(f"{desk}/")
    blank = staff.get(f"{desk}/new")
    assert "政策課" in blank
    assert "総務課" not in blank
    page = staff.get(f"{desk}/{theirs}")
    assert "総務の相談0" in page
    assert "編集する" not in page
    assert "募集を終了する" not in page
    staff.get(f"{desk}/{theirs}/edit", status=403)
    staff.post(f"{desk}/{theirs}/close", status=403)
    staff.post(f"{desk}/new", form(other), status=403)
    staff.post(f"{desk}/new", form(unit))


def test_staff_without_a_department_are_told_whom_to_ask(hinode, unit, desk, member_of, browser):
    staff = browser(member_of(hinode, Role.STAFF))
    assert "最初の一つを書く" not in staff.get(f"{desk}/")
    assert "書ける課がありません" in staff.get(f"{desk}/new")


def test_an_auditor_reads_only(hinode, unit, desk, member_of, browser):
    need = make_needs(hinode, unit, 1)[0]
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "求めていることを書く" not in auditor.get(f"{desk}/")
    assert "編集する" not in auditor.get(f"{desk}/{need}")
    auditor.get(f"{desk}/new", status=403)
    auditor.post(f"{desk}/{need}/close", status=403)


def test_a_stranger_is_asked_to_sign_in(visitor, desk):
    assert "/sign-in" in visitor.fetch(f"{desk}/", status=303).headers["Location"]


def test_the_list_is_searched_filtered_sorted_and_paged_in_the_address(
    hinode, unit, secretariat, desk
):
    make_needs(hinode, unit, 23)
    page = text_of(secretariat.get(f"{desk}/"))
    assert "23件" in page
    assert "1 / 2" in page
    assert "相談0" in text_of(secretariat.get(f"{desk}/?page=2"))
    assert "相談0" in text_of(secretariat.get(f"{desk}/?page=999"))
    assert "相談0" in text_of(secretariat.get(f"{desk}/?sort=number"))
    assert "1件" in text_of(secretariat.get(f"{desk}/?status=published"))
    assert "1件" in text_of(secretariat.get(f"{desk}/?q=相談11&department={unit}"))
    none = text_of(secretariat.get(f"{desk}/?q=見つからない"))
    assert "条件に合う「求めていること」はありません" in none


def test_an_export_holds_what_the_list_shows_and_no_formula(hinode, unit, secretariat, desk):
    make_needs(hinode, unit, 1, "=1+1 ")
    make_needs(hinode, unit, 1, "農業")
    csv = secretariat.fetch(f"{desk}/export.csv").data
    assert csv.startswith(b"\xef\xbb\xbf")
    assert "'=1+1 0" in csv.decode()
    assert "農業0" in csv.decode()
    only = secretariat.fetch(f"{desk}/export.csv?q=農業").data.decode()
    assert "=1+1" not in only
    sheet = openpyxl.load_workbook(io.BytesIO(secretariat.fetch(f"{desk}/export.xlsx").data))
    cell = next(c for row in sheet.active.rows for c in row if c.value == "=1+1 0")
    assert cell.data_type == "s"


@pytest.mark.parametrize("count", [2, 40])
def test_a_page_takes_the_same_few_statements_for_any_length(
    count, hinode, unit, secretariat, desk, count_statements
):
    need = make_needs(hinode, unit, count)[-1]
    for url, expected in ((f"{desk}/", 5), (f"{desk}/{need}", 5)):
        secretariat.get(url)
        with count_statements() as seen:
            secretariat.get(url)
        assert len(seen) <= 8, seen
        assert len(seen) == expected, seen


def test_the_pages_speak_english(hinode, unit, secretariat, desk):
    need = make_needs(hinode, unit, 1)[0]
    for url in (f"{desk}/", f"{desk}/new", f"{desk}/{need}"):
        assert '<html lang="en">' in secretariat.get(f"{url}?lang=en")
