"""The register as staff see it: search, filters, paging, files, one talent, notes, leaving."""

import io
import uuid

import pytest
from openpyxl import load_workbook

from kyoso.core.access import Role
from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.identity.hours_budget import book_hours
from kyoso.municipal.talents.operations import join_as_talent
from kyoso.municipal.talents.queries import PER_PAGE
from kyoso.municipal.talents.rules import ShownProfile, TalentSource
from support.departments import make_department
from support.engagements import make_engagement
from support.pages import Browser, text_of, without_stamps
from support.people import Town, actor_of
from support.profiles import make_person, portrait, say
from support.talents import make_somebody, make_talent


@pytest.fixture
def desk(hinode: Town, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def base(hinode: Town) -> str:
    return f"/{hinode.slug}/desk/talents/"


def make_many(town: Town, count: int) -> None:
    """Take so many people into the register, under one account each."""
    people = [make_somebody(f"見本 {n:02}（見本）") for n in range(count)]
    with tenant_scope(town.id):
        for number, person in enumerate(people):
            shown = ShownProfile(
                person.name,
                kana=f"みほん{number:02}",
                skills=("designer", "tourism"),
                fields=("観光",),
                mode="online",
                hours_offered=number,
            )
            join_as_talent(
                person.person_id,
                person.email,
                shown,
                TalentSource.INVITED,
                actor=actor_of(town, Role.SECRETARIAT),
                now=now(),
            )
        db.session.commit()


def test_an_empty_register_says_what_it_is_for(desk, base, hinode, member_of, browser):
    page = desk.get(base)
    assert "まだ誰も登録されていません" in page
    assert "最初の方を招待する" in page
    assert "台帳から外れた方はいません" in desk.get(f"{base}?left=yes")
    auditor = browser(member_of(hinode, Role.AUDITOR)).get(base)
    assert "最初の方を招待する" not in auditor


def test_the_directory_is_searched_filtered_and_sorted(desk, base, hinode):
    unit = make_department(hinode, "観光課")
    aya = make_talent(
        hinode,
        make_somebody("見本 彩（見本）"),
        kana="みほん あや",
        skills=("designer",),
        fields=("観光",),
        mode="online",
        hours_offered=40,
        can_do="ＰＲ誌のデザイン",
    )
    make_talent(
        hinode,
        make_somebody("会津 太郎（見本）"),
        kana="あいづ たろう",
        free_skills=("陶芸",),
        mode="both",
        hours_offered=8,
    )
    make_talent(hinode, make_somebody("喜多 方子（見本）"), kana="きた かたこ", hours_offered=None)
    make_engagement(hinode, aya, department_id=unit)

    page = desk.get(base)
    assert "3件" in page
    assert page.index("会津 太郎") < page.index("喜多 方子") < page.index("見本 彩")
    assert "観光課" in page

    def found(query: str) -> list[str]:
        page = desk.get(f"{base}?{query}")
        return [name for name in ("会津 太郎", "喜多 方子", "見本 彩") if name in page]

    assert found("q=pr誌+デザイン") == ["見本 彩"]
    assert found("q=デザイナー") == ["見本 彩"]
    assert found("q=アイヅ") == ["会津 太郎"]
    assert found("q=%25") == []
    assert found("q=%00") == ["会津 太郎", "喜多 方子", "見本 彩"]
    assert found("skill=designer") == ["見本 彩"]
    assert found("field=観光") == ["見本 彩"]
    assert found("field=陶芸") == []
    assert found("mode=online") == ["会津 太郎", "見本 彩"]
    assert found("mode=on_site") == ["会津 太郎"]
    assert found(f"department={unit}") == ["見本 彩"]
    assert found(f"department={uuid.uuid4()}") == []
    assert found("mode=online&skill=designer&q=彩&field=観光") == ["見本 彩"]
    by_hours = desk.get(f"{base}?sort=-hours")
    assert by_hours.index("見本 彩") < by_hours.index("会津 太郎") < by_hours.index("喜多 方子")
    assert "条件に合う方はいません" in desk.get(f"{base}?q=だれもいない")


def test_who_worked_for_a_department_before_is_not_there_today(desk, base, hinode):
    unit, talent = make_department(hinode, "観光課"), make_talent(hinode)
    day = today().replace(year=today().year - 2)
    make_engagement(hinode, talent, department_id=unit, starts_on=day, ends_on=day)
    assert "条件に合う方はいません" in desk.get(f"{base}?department={unit}")


def test_pages_are_linked_and_one_past_the_end_shows_the_last(desk, base, hinode):
    make_many(hinode, PER_PAGE + 3)
    first = desk.get(f"{base}?sort=-name&mode=online")
    assert "1 / 2" in first
    assert "見本 22" in first
    assert "sort=-name&amp;page=2" in first
    for number in (2, 99):
        page = desk.get(f"{base}?sort=-name&mode=online&page={number}")
        assert "2 / 2" in page
        assert "見本 00" in page


def test_the_directory_takes_few_statements_however_many_there_are(
    desk, base, hinode, count_statements
):
    make_many(hinode, 3)
    desk.get(base)
    with count_statements() as few:
        desk.get(f"{base}?skill=designer")
    make_many(hinode, PER_PAGE)
    with count_statements() as many:
        desk.get(f"{base}?skill=designer")
    assert len(many) == len(few) <= 8


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_directory_is_exported_as_filtered(desk, base, hinode, kind):
    make_talent(hinode, make_somebody("=危険"), skills=("designer",), fields=("観光", "福祉"))
    make_talent(hinode, make_somebody("見本 別（見本）"))
    answer = desk.fetch(f"{base}export.{kind}?skill=designer")
    if kind == "csv":
        text = answer.data.decode("utf-8-sig")
        rows = [line.split(",") for line in text.splitlines()]
        assert rows[1][0] == "'=危険"
    else:
        sheet = load_workbook(io.BytesIO(answer.data)).active
        rows = [[cell.value for cell in row] for row in sheet]
        assert rows[1][0] == "=危険"
    assert rows[0][0] == "氏名"
    assert "デザイナー" in rows[1]
    assert "観光、福祉" in rows[1]
    assert len(rows) == 2


def test_one_talent_shows_what_they_let_the_town_see_and_what_is_left_of_them(
    desk, base, hinode, minato
):
    person = make_person(hours=40)
    talent = make_talent(hinode, person)
    say(
        person.oneself,
        kana="みほん みどり",
        hours_offered=40,
        can_do="広報紙の編集\n写真",
        skills=["designer"],
        free_skills=["陶芸"],
        links=[{"label": "作品", "url": "https://example.jp/"}],
        photo=portrait(),
    )
    with tenant_scope(minato.id):
        book_hours(person.person_id, new_id(), 28, today(), None)
        db.session.commit()
    page = desk.get(f"{base}{talent}")
    words = text_of(page)
    assert "デザイナー、陶芸" in words
    assert "広報紙の編集" in words
    assert "12時間" in words
    assert minato.name not in words
    assert 'href="https://example.jp/"' in page
    assert desk.fetch(f"{base}{talent}/photo").mimetype == "image/webp"


def test_whoever_has_not_stated_hours_is_said_to_offer_none(desk, base, hinode):
    talent = make_talent(hinode, hours_offered=None)
    assert "「提供できる時間」を示していません" in desk.get(f"{base}{talent}")
    desk.get(f"{base}{talent}/photo", status=404)


def test_a_note_is_written_once_and_kept_when_it_is_wrong(desk, base, hinode):
    talent, form = make_talent(hinode), {"form_id": str(new_id()), "text": "水曜がよい\n午後"}
    for _try in range(2):
        desk.post(f"{base}{talent}/notes", form)
    assert desk.get(f"{base}{talent}").count("水曜がよい") == 1
    too_long = {"form_id": str(new_id()), "text": "長" * 2001}
    answer = desk.post(f"{base}{talent}/notes", too_long, status=422).text
    assert "2000文字以内" in answer
    assert "長" * 2001 in answer
    desk.post(f"{base}{talent}/notes", {"form_id": str(new_id())}, status=422)


def test_taking_somebody_out_says_first_what_will_happen(desk, base, hinode):
    talent = make_talent(hinode, make_somebody("見本 去（見本）"))
    page = desk.get(f"{base}{talent}/remove")
    assert "新しい関わりをお願いできなくなります" in page
    refused = desk.post(f"{base}{talent}/remove", {"reason": " "}, status=422).text
    assert "「理由」を入力してください" in refused
    answer = desk.post(f"{base}{talent}/remove", {"reason": "ご本人の希望"})
    assert "見本 去（見本）さんを人材台帳から外しました" in desk.follow(answer)
    assert "見本 去" not in desk.get(f"{base}?q=見本")
    assert "見本 去" in desk.get(f"{base}?left=yes")
    assert "人材台帳に登録しました" in desk.get(f"{base}{talent}")
    assert "台帳から外れた方" in desk.get(f"{base}{talent}")
    desk.post(f"{base}{talent}/remove", {"reason": "二度目"}, status=409)


def test_nobody_is_taken_out_who_still_works_here(desk, base, hinode):
    talent = make_talent(hinode)
    make_engagement(hinode, talent)
    assert "関わりが1件続いています" in desk.get(f"{base}{talent}/remove")
    answer = desk.post(f"{base}{talent}/remove", {"reason": "終わり"}, status=409)
    assert "関わりが1件続いています" in answer.text


def test_who_may_do_what(hinode, base, member_of, browser):
    talent = make_talent(hinode)
    for role in (Role.STAFF, Role.AUDITOR):
        page = browser(member_of(hinode, role))
        shown = page.get(f"{base}{talent}")
        assert "人材台帳から外す" not in shown
        # What staff note among themselves is not for council members.
        assert ("職員のメモ" in shown) == (role is Role.STAFF)
        page.get(f"{base}{talent}/remove", status=403)
        page.post(f"{base}{talent}/remove", {"reason": "x"}, status=403)


def test_a_filtered_page_looks_the_same_twice(desk, base, hinode):
    make_many(hinode, 5)
    address = f"{base}?mode=online&sort=-joined"
    assert without_stamps(desk.get(address)) == without_stamps(desk.get(address))
