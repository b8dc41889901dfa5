import datetime as dt

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import frozen, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.check_ins import operations, queries
from kyoso.municipal.check_ins.rules import ActionKind, Side
from kyoso.municipal.engagements.queries import get_engagement
from support.check_ins import answer, make_check_ins, make_pair, open_one
from support.departments import make_department
from support.pages import text_of
from support.talents import make_somebody

GIVEN = {"purpose": "4", "expectation": "2", "communication": "5", "comment": "報告が遅い"}


@pytest.fixture
def pair(hinode):
    return make_pair(hinode)


@pytest.fixture
def desk(pair, browser):
    return browser(pair.responsible)


@pytest.fixture
def home(hinode):
    return f"/{hinode.slug}/desk/check-ins/"


def course(pair):
    return f"/{pair.town.slug}/desk/check-ins/engagements/{pair.engagement_id}"


def raise_one(pair):
    system = pair.responsible.actor.system(pair.town.id, "tests")
    with tenant_scope(pair.town.id):
        engagement = get_engagement(system, pair.engagement_id)
        at = dt.datetime.now(dt.UTC)
        action = operations.raise_action(engagement, ActionKind.OVERDUE, actor=system, now=at)
        db.session.commit()
        return action.id


def test_the_town_answers_and_sees_only_its_own_first(pair, desk, home):
    one = f"{home}{open_one(pair)}"
    assert "双方が答えるまで、お互いの答えは見えません" in text_of(desk.get(one))
    page = text_of(desk.follow(desk.post(f"{one}/answer", GIVEN)))
    assert "答えを受け付けました" in page
    assert "報告が遅い" in page
    assert "担当 太郎（見本）さんが" in page
    page = text_of(desk.follow(desk.post(f"{one}/answer", GIVEN | {"comment": "早くなった"})))
    assert "早くなった" in page
    assert "報告が遅い" not in page


def test_side_by_side_the_gap_is_named(pair, desk, home):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, Side.PERSON, 4, 5, 5)
    one = f"{home}{check_in_id}"
    page = text_of(desk.get(one))
    assert "もう答えています" in page
    assert "personの補足" not in page
    page = text_of(desk.follow(desk.post(f"{one}/answer", GIVEN)))
    assert "双方の答えがそろいました" in page
    assert "「期待」に3の違いがあります" in page
    assert "personの補足" in page
    assert "報告が遅い" in page
    assert "もう変えられません" in text_of(desk.post(f"{one}/answer", GIVEN, status=409).text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"purpose": ""}, "「目的」を選んでください"),
        ({"expectation": "6"}, "「期待」は1から5までの整数"),
        ({"communication": "とても"}, "「やり取り」を正しく"),
        ({"comment": "あ" * 1001}, "「補足」は1,000文字以内で入力してください（いま1,001文字）"),
    ],
)
def test_what_was_answered_wrong_is_named_and_the_rest_stays(pair, desk, home, change, words):
    one = f"{home}{open_one(pair)}"
    page = desk.post(f"{one}/answer", GIVEN | change, status=422).text
    assert words.replace("1,000", "1000").replace("1,001", "1001") in text_of(page)
    if "comment" not in change:
        assert "報告が遅い" in page
        assert page.count(" checked") == 2


def test_who_may_not_answer_is_told_who_does(hinode, pair, home, member_of, browser):
    one = f"{home}{open_one(pair)}"
    office = browser(member_of(hinode, Role.SECRETARIAT))
    assert "答えるのは、担当の担当 太郎（見本）さんか、広報課の職員です" in text_of(office.get(one))
    office.post(f"{one}/answer", GIVEN, status=403)
    far = browser(member_of(hinode, Role.STAFF, departments=(make_department(hinode, "建設課"),)))
    far.get(one, status=403)
    far.get(course(pair), status=403)
    assert pair.somebody.name not in far.get(home)
    browser(member_of(hinode, Role.AUDITOR)).get(home, status=403)


def test_one_goes_from_check_ins_to_what_they_are_about(pair, desk, home):
    for path in (course(pair), f"{home}{open_one(pair)}"):
        page = desk.get(path)
        assert f"/desk/engagements/{pair.engagement_id}" in page
        assert "見本 彩（見本）さんの台帳を開く" in text_of(page)


def test_the_manager_sees_without_asking_whose_understanding_drifts(
    hinode, home, member_of, browser
):
    unit = make_department(hinode, "建設課")
    near = make_pair(hinode, make_somebody("近い人"), department_id=unit)
    apart = make_pair(hinode, make_somebody("遠い人"))
    make_pair(hinode, make_somebody("まだの人"), starts_on=today())
    for pair, number in ((near, 4), (apart, 1)):
        check_in_id = open_one(pair)
        answer(pair, check_in_id, Side.TOWN, 4, 4, 5)
        answer(pair, check_in_id, Side.PERSON, number, 4, 4)
    office = browser(member_of(hinode, Role.SECRETARIAT))
    page = text_of(office.get(home))
    assert page.index("遠い人") < page.index("近い人") < page.index("まだの人")
    assert "ずれ 3ずれがある" in page
    page = text_of(office.get(f"{home}?standing=drifting"))
    assert "遠い人" in page
    assert "近い人" not in page
    assert "1件" in page
    page = text_of(office.get(f"{home}?department={unit}"))
    assert "近い人" in page
    assert "遠い人" not in page
    assert "条件に合う関与はありません" in office.get(f"{home}?q=いない")
    assert "条件に合う関与はありません" in office.get(f"{home}?mine=yes")
    page = text_of(office.get(f"{home}?sort=name"))
    assert page.index("まだの人") < page.index("近い人") < page.index("遠い人")
    table = office.fetch(f"{home}export.csv?standing=drifting").data.decode("utf-8-sig")
    assert table.splitlines()[0].startswith("氏名,役割,担当する課,担当の職員,いちばん大きなずれ")
    assert table.splitlines()[1].startswith("遠い人,アドバイザー,広報課,担当 太郎（見本）,3,")
    assert len(table.splitlines()) == 2
    office.fetch(f"{home}export.xlsx")
    office.get(f"{home}?standing=%00&page=99999999&department=x&sort=y")


def test_the_list_takes_few_statements_however_long_it_is(
    hinode, home, member_of, browser, count_statements
):
    unit = make_department(hinode, "広報課")
    responsible = member_of(hinode, Role.STAFF, departments=(unit,))
    office = browser(member_of(hinode, Role.SECRETARIAT))

    def statements():
        office.get(home)
        with count_statements() as seen:
            office.get(home)
        return len(seen)

    make_check_ins(hinode, make_somebody(), responsible, unit)
    few = statements()
    for _time in range(3):
        make_check_ins(hinode, make_somebody(), responsible, unit)
    assert statements() == few
    assert few <= 4


def test_today_shows_the_responsible_what_waits_and_nobody_else(
    hinode, pair, desk, member_of, browser
):
    here = f"/{hinode.slug}/desk/"
    assert "すり合わせの対応事項" not in desk.get(here)
    open_one(pair)
    raise_one(pair)
    page = text_of(desk.get(here))
    assert "すり合わせの対応事項" in page
    assert "すり合わせの間隔があいた" in page
    assert "町の答えを待っているすり合わせ" in page
    other = text_of(browser(member_of(hinode, Role.STAFF)).get(here))
    assert "町の答えを待っているすり合わせ" not in other
    assert "すり合わせの対応事項" not in other
    browser(member_of(hinode, Role.AUDITOR)).get(here)


def test_an_action_is_closed_with_what_was_done(pair, desk, home):
    action = raise_one(pair)
    close = f"{home}actions/{action}/close"
    assert "対応事項：すり合わせの間隔があいた" in text_of(desk.get(course(pair)))
    page = text_of(desk.post(close, {"done": " "}, status=422).text)
    assert "「したこと」を入力してください" in page
    page = text_of(desk.follow(desk.post(close, {"done": "電話で話しました"})))
    assert "終えた対応事項" in page
    assert "電話で話しました" in page
    assert "対応事項：すり合わせの間隔があいた" not in page
    assert "もう終えられて" in text_of(desk.post(close, {"done": "また"}, status=409).text)


def test_one_is_opened_once_however_often_the_button_is_pressed(pair, desk):
    here, sent = course(pair), {"form_id": str(new_id())}
    assert "すり合わせを始める" in desk.get(here)
    page = text_of(desk.follow(desk.post(f"{here}/open", sent)))
    assert "すり合わせを始めました" in page
    desk.post(f"{here}/open", sent)
    page = text_of(desk.post(f"{here}/open", {"form_id": str(new_id())}, status=409).text)
    assert "もう始まっています" in page
    assert "いまのすり合わせを開く" in text_of(desk.get(here))
    page = desk.post(f"{here}/open", {"form_id": str(new_id()), "more": "x"}, status=422).text
    assert "入力内容を確認してください" in text_of(page)
    stale = {"form_id": "01900000-0000-7000-8000-000000000000"}
    assert "時間がたったため" in desk.post(f"{here}/open", stale, status=422).text


def test_topics_notes_and_decisions(pair, desk, home):
    one = f"{home}{open_one(pair)}"
    said = {"form_id": str(new_id()), "topic": "会議の日", "decision": ""}
    desk.post(f"{one}/topics", said)
    page = text_of(desk.follow(desk.post(f"{one}/topics", said)))
    assert page.count("会議の日") == 1
    assert "「話題」を入力" in desk.post(f"{one}/topics", said | {"topic": ""}, status=422).text
    with tenant_scope(pair.town.id):
        actor = pair.responsible.actor
        (topic,) = queries.list_topics(actor, get_engagement(actor, pair.engagement_id))
    decide = f"{one}/topics/{topic.id}/decide"
    page = text_of(desk.post(decide, {"decision": ""}, status=422).text)
    assert "「決めたこと」を入力" in page
    page = text_of(desk.follow(desk.post(decide, {"decision": "第1月曜"})))
    assert "これまでに決めたこと 決定 第1月曜" in page
    desk.post(decide, {"decision": "第2月曜"}, status=409)
    desk.post(f"{one}/topics/{new_id()}/decide", {"decision": "x"}, status=404)
    note = {"form_id": str(new_id()), "note": "あとで電話する"}
    desk.post(f"{one}/notes", note)
    page = text_of(desk.follow(desk.post(f"{one}/notes", note)))
    assert page.count("あとで電話する") == 1
    assert "町だけに見えます" in page
    assert "「メモ」を入力" in desk.post(f"{one}/notes", note | {"note": ""}, status=422).text


def test_the_course_over_time_has_a_picture_and_its_numbers(hinode, member_of, browser):
    unit = make_department(hinode, "広報課")
    responsible = member_of(hinode, Role.STAFF, departments=(unit,))
    pair = make_check_ins(hinode, make_somebody(), responsible, unit)
    page = browser(responsible).get(course(pair))
    assert "<svg" in page
    words = text_of(page)
    assert "答えのずれの移り変わり" in words
    assert "双方の答えの平均の移り変わり" in words
    assert "打合せの回数" in words
    assert "月の初めに30分話す" in words
    assert "電話で話しました。" in words


def test_the_list_says_what_it_is_for_while_it_is_empty(hinode, home, member_of, browser):
    page = text_of(browser(member_of(hinode, Role.ADMIN)).get(home))
    assert "すり合わせをする関与はまだありません" in page


def test_what_is_over_says_so(pair, desk, home):
    check_in_id = open_one(pair)
    with tenant_scope(pair.town.id):
        system = pair.responsible.actor.system(pair.town.id, "tests")
        check_in = queries.get_check_in(system, check_in_id, lock=True)
        operations.cancel_check_in(check_in, actor=system, now=dt.datetime.now(dt.UTC))
        db.session.commit()
    assert "取りやめになりました" in desk.get(f"{home}{check_in_id}")
    assert "取りやめ" in desk.get(course(pair))
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2000)
    with frozen(later), tenant_scope(pair.town.id):
        assert queries.list_standings(pair.responsible.actor, later.date()) == []


def test_the_pages_of_the_engagement_and_of_the_talent_say_how_it_stands(
    hinode, pair, desk, member_of, browser
):
    open_one(pair)
    with tenant_scope(hinode.id):
        talent_id = get_engagement(pair.responsible.actor, pair.engagement_id).talent_id
    for place in (f"engagements/{pair.engagement_id}", f"talents/{talent_id}"):
        page = desk.get(f"/{hinode.slug}/desk/{place}")
        assert (
            "すり合わせの状況"
            in text_of(page).partition("メニュー")[2].partition("今日やること")[2]
        )
        assert f'href="{course(pair)}"' in page
        assert "ご本人の答え待ち" in page
        stranger = browser(member_of(hinode, Role.STAFF)).get(f"/{hinode.slug}/desk/{place}")
        assert "ご本人の答え待ち" not in stranger
