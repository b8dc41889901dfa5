import pytest

from kyoso.core.access import Role
from kyoso.core.db import new_id
from kyoso.me.check_ins.queries import own_answers, own_notes, own_topics
from kyoso.municipal.check_ins.rules import Side
from support.check_ins import answer, make_check_ins, make_pair, open_one
from support.departments import make_department
from support.members import make_member, sign_in
from support.pages import text_of
from support.talents import make_somebody

GIVEN = {"purpose": "4", "expectation": "2", "communication": "5", "comment": "期待を聞きたい"}
HOME = "/me/check-ins/"


@pytest.fixture
def pair(hinode):
    return make_pair(hinode)


@pytest.fixture
def mine(app, pair):
    return sign_in(app, pair.somebody)


def test_what_waits_is_on_top_over_all_towns(minato, pair, mine):
    assert "あなたの答えを待っています" not in mine.get(HOME)
    second = make_pair(minato, pair.somebody)
    for one in (pair, second):
        open_one(one)
    page = text_of(mine.get(HOME))
    assert "あなたの答えを待っています" in page
    assert "ひので町 広報課" in page
    assert "みなと町 広報課" in page


def test_the_person_answers_without_seeing_the_towns_first(pair, mine):
    check_in_id = open_one(pair)
    answer(pair, check_in_id, Side.TOWN, 5, 5, 5)
    one = f"{HOME}{check_in_id}"
    page = text_of(mine.get(one))
    assert "ひので町は、もう答えています" in page
    assert "townの補足" not in page
    page = text_of(mine.post(f"{one}/answer", GIVEN | {"purpose": "9"}, status=422).text)
    assert "「目的」は1から5までの整数" in page
    page = text_of(mine.follow(mine.post(f"{one}/answer", GIVEN)))
    assert "双方の答えがそろいました" in page
    assert "「期待」に3の違いがあります" in page
    assert "townの補足" in page
    mine.post(f"{one}/answer", GIVEN, status=409)


def test_the_person_opens_one(pair, mine):
    here = f"{HOME}engagements/{pair.engagement_id}"
    page = text_of(mine.get(here))
    assert "ひので町とのすり合わせ" in page
    sent = {"form_id": str(new_id())}
    assert "すり合わせを始めました" in mine.follow(mine.post(f"{here}/open", sent))
    mine.post(f"{here}/open", sent)
    page = mine.post(f"{here}/open", {"form_id": str(new_id()), "more": "x"}, status=422).text
    assert "入力内容を確認してください" in page
    page = mine.post(f"{here}/open", {"form_id": str(new_id())}, status=409).text
    assert "もう始まっています" in page


def test_topics_notes_and_decisions_from_the_persons_side(pair, mine):
    one = f"{HOME}{open_one(pair)}"
    said = {"form_id": str(new_id()), "topic": "会議の日", "decision": "第1月曜"}
    page = text_of(mine.follow(mine.post(f"{one}/topics", said)))
    assert "決定 第1月曜" in page
    assert "「話題」を入力" in mine.post(f"{one}/topics", said | {"topic": ""}, status=422).text
    note = {"form_id": str(new_id()), "note": "あとで聞く"}
    page = text_of(mine.follow(mine.post(f"{one}/notes", note)))
    assert "あなただけに見えます" in page
    assert "「メモ」を入力" in mine.post(f"{one}/notes", note | {"note": ""}, status=422).text


def test_a_topic_of_the_town_is_decided_by_the_person(app, hinode):
    unit = make_department(hinode, "広報課")
    responsible = make_member(hinode, Role.STAFF, departments=(unit,))
    pair = make_check_ins(hinode, make_somebody(), responsible, unit)
    mine = sign_in(app, pair.somebody)
    page = mine.get(HOME)
    one = page.partition(f'href="{HOME}0')[2].partition('"')[0]
    one = f"{HOME}0{one}"
    words = text_of(mine.get(one))
    assert "町のメモ" in words
    assert words.count("町のメモ") == 1
    decide = mine.get(one).partition('/decide"')[0].rpartition('action="')[2] + "/decide"
    assert "「決めたこと」を入力" in mine.post(decide, {"decision": ""}, status=422).text
    assert "第1月曜" in mine.follow(mine.post(decide, {"decision": "第1月曜"}))
    mine.post(decide, {"decision": "第2月曜"}, status=409)
    course = text_of(mine.get(f"{HOME}engagements/{pair.engagement_id}"))
    assert "答えのずれの移り変わり" in course
    # What the town has to see to is the town's alone.
    assert "対応事項" not in course
    assert "電話で話しました。" not in course


def test_nobody_elses_can_be_opened(app, pair):
    check_in_id = open_one(pair)
    stranger = sign_in(app, make_somebody())
    stranger.get(f"{HOME}{check_in_id}", status=404)
    stranger.get(f"{HOME}engagements/{pair.engagement_id}", status=404)
    stranger.post(f"{HOME}{check_in_id}/answer", GIVEN, status=404)
    stranger.post(f"{HOME}engagements/{pair.engagement_id}/open", {}, status=404)
    assert "すり合わせをする関わりはまだありません" in stranger.get(HOME)
    # Not even by the person who answers for the town.
    sign_in(app, pair.responsible).get(f"{HOME}{check_in_id}", status=404)


def test_the_list_takes_few_statements_in_five_towns(app, pair, mine, count_statements):
    from support.people import make_town

    def statements():
        mine.get(HOME)
        with count_statements() as seen:
            mine.get(HOME)
        return len(seen)

    open_one(pair)
    few = statements()
    for number in range(4):
        open_one(make_pair(make_town(f"第{number}町"), pair.somebody))
    assert statements() == few
    assert few <= 4


def test_the_archive_holds_what_the_person_may_read_and_no_more(hinode, pair):
    first = open_one(pair)
    for side in Side:
        answer(pair, first, side, 4, 4, 4)
    second = open_one(pair)
    answer(pair, second, Side.TOWN, 1, 1, 1)
    with pair.own_scope:
        rows = own_answers(pair.somebody.oneself)
        assert {(row["town"], row["side"], row["purpose"]) for row in rows} == {
            ("ひので町", "町", 4),
            ("ひので町", "ご本人", 4),
        }
        assert own_topics(pair.somebody.oneself) == own_notes(pair.somebody.oneself) == []
