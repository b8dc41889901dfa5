"""What people see of consultations, as a town and as a coordinator."""

import datetime as dt
import re

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import frozen, now
from kyoso.core.db import new_id
from kyoso.exchange.consultations import subscribers
from support.consultations import accept, answer, ask
from support.members import make_member, sign_in
from support.networks import join, make_coordinator, make_network
from support.pages import text_of
from support.people import make_town


@pytest.fixture
def towns(hinode, minato):
    return hinode, minato, make_network(hinode, minato, slug=f"c-{hinode.slug}")


@pytest.fixture
def ours(towns, member_of, browser):
    return browser(member_of(towns[0], Role.STAFF, name="見本 ひな（見本）"))


@pytest.fixture
def theirs(towns, member_of, browser):
    return browser(member_of(towns[1], Role.STAFF, name="見本 みな（見本）"))


def at(town, *what):
    return f"/{town.slug}/exchange/consultations/" + "/".join(map(str, what))


def form(network_id, **said):
    return {
        "form_id": str(new_id()),
        "network_id": str(network_id),
        "title": "除雪の人手が足りません",
        "body": "夜中の出動をどう回していますか。",
        "tags": "除雪、人手",
        "named": "named",
        **said,
    }


def seal_in(page):
    return page.partition('name="looked_at" value="')[2].partition('"')[0]


def test_outside_networks_the_page_says_what_it_is_for(app, member_of, browser):
    town = make_town("ひとりの町")
    lonely = browser(member_of(town, Role.ADMIN))
    assert "まだネットワークに加盟していません" in text_of(lonely.get(at(town)))
    assert "まだネットワークに加盟していません" in text_of(lonely.get(at(town, "new")))
    assert "まだ相談していません" in text_of(lonely.get(at(town) + "?mine=yes"))


def test_a_question_is_asked_answered_and_solved(towns, ours, theirs):
    town, other, network_id = towns
    assert "まだ相談はありません" in text_of(ours.get(at(town)))
    bad = ours.post(at(town, "new"), form(network_id, title=""), status=422).text
    assert "夜中の出動をどう回していますか。" in bad
    sent = form(network_id)
    first, again = ours.post(at(town, "new"), sent), ours.post(at(town, "new"), sent)
    assert first.headers["Location"] == again.headers["Location"]
    asked = sent["form_id"]
    page = text_of(theirs.get(at(other)))
    assert page.count("除雪の人手が足りません") == 1
    assert "ひので町" in page
    assert theirs.get(at(other) + "?tag=人手").count("除雪の人手が足りません") == 1
    assert "見つかりませんでした" in text_of(theirs.get(at(other) + "?q=花火"))
    page = theirs.get(at(other))
    by_town = page[: page.index(f"asked_by={town.id}")].rpartition('href="')[2]
    assert f"{by_town}asked_by={town.id}".startswith(at(other))
    assert "除雪の人手が足りません" in theirs.get(at(other) + f"?asked_by={town.id}")
    assert "見つかりませんでした" in text_of(theirs.get(at(other) + f"?asked_by={other.id}"))

    reply = {"form_id": str(new_id()), "body": "当番表を作りました。"}
    theirs.post(at(other, asked, "answers"), {"form_id": str(new_id())}, status=422)
    theirs.post(at(other, asked, "answers"), reply)
    theirs.post(at(other, asked, "answers"), reply)
    page = ours.get(at(town, asked))
    assert page.count("当番表を作りました。") == 1
    assert "みなと町" in text_of(page)
    theirs.post(at(other, asked, "answers", reply["form_id"], "accept"), status=404)
    ours.post(at(town, asked, "answers", reply["form_id"], "edit"), {"body": "x"}, status=404)
    ours.get(at(town, asked, "edit"), status=409)
    ours.post(at(town, asked, "answers", reply["form_id"], "accept"))
    page = text_of(theirs.get(at(other, asked)))
    for words in ("解決した回答", "解決した"):
        assert words in page
    late = {"form_id": str(new_id()), "body": "もう一つ"}
    theirs.post(at(other, asked, "answers"), late, status=409)
    page = text_of(ours.follow(ours.post(at(town, asked, "know-how"))))
    assert "除雪の人手が足りません" in page
    assert "この相談から作ったノウハウを開く" in text_of(ours.get(at(town, asked)))


def test_a_town_asks_without_its_name_and_is_told_what_that_means(towns, ours, theirs):
    town, other, network_id = towns
    page = text_of(ours.get(at(town, "new")))
    assert "広域事務局だけは、町の名前と担当者を知ることができます" in page
    sent = form(network_id, named="unnamed", body="ひので町では困っています。")
    page = ours.post(at(town, "new"), sent, status=422).text
    assert "町の名前がわかる言葉" in text_of(page)
    sent["body"] = "わたしたちの町では困っています。"
    ours.post(at(town, "new"), sent)
    asked = sent["form_id"]
    more = {"form_id": str(new_id()), "body": "人口は三千人です。"}
    ours.post(at(town, asked, "answers"), more)
    for page in (theirs.get(at(other)), theirs.get(at(other, asked))):
        said = page.partition("<main")[2]
        assert "町の名前は非公開" in said
        for word in ("ひので", town.slug, str(town.id), "見本 ひな"):
            assert word not in said
    assert "相談した町（補足）" in text_of(theirs.get(at(other, asked)))
    assert "この町の相談です" in text_of(ours.get(at(town, asked)))
    home = theirs.get(f"/{other.slug}/exchange/").partition("<main")[2]
    assert "相談しました" not in home


def test_personal_data_is_pointed_out_before_it_is_published(towns, ours):
    town, _other, network_id = towns
    sent = form(network_id, body="担当は 090-1234-5678 です。")
    page = ours.post(at(town, "new"), sent, status=422).text
    assert "電話番号" in text_of(page)
    assert "090-1234-5678" in page
    ours.post(at(town, "new"), sent | {"looked_at": seal_in(page)})


def test_answers_are_edited_and_taken_back_by_their_town(towns, ours, theirs):
    town, other, network_id = towns
    asked = ask(town, network_id)
    reply = {"form_id": str(new_id()), "body": "はじめの文。"}
    theirs.post(at(other, asked, "answers"), reply)
    edit = at(other, asked, "answers", reply["form_id"], "edit")
    assert "はじめの文。" in theirs.get(edit)
    theirs.post(edit, {"body": ""}, status=422)
    theirs.post(edit, {"body": "書き直した文。"})
    page = text_of(ours.get(at(town, asked)))
    assert "書き直した文。" in page
    assert "に書き直し" in page
    with frozen(now() + dt.timedelta(hours=25)):
        theirs.get(edit, status=409)
    theirs.post(at(other, asked, "answers", reply["form_id"], "withdraw"))
    page = text_of(ours.get(at(town, asked)))
    assert "取り下げられました" in page
    assert "書き直した文。" not in page


def test_a_question_is_edited_closed_reopened_and_withdrawn(towns, ours, theirs):
    town, other, network_id = towns
    asked = ask(town, network_id)
    edited = {"title": "新しい件名", "body": "新しい本文", "tags": "雪"}
    ours.post(at(town, asked, "edit"), {"title": ""}, status=422)
    ours.post(at(town, asked, "edit"), edited)
    assert "新しい件名" in theirs.get(at(other))
    theirs.post(at(other, asked, "close"), {"note": "x"}, status=404)
    ours.post(at(town, asked, "close"), {"note": "自分たちで解決しました。"})
    assert "自分たちで解決しました。" in theirs.get(at(other, asked))
    ours.post(at(town, asked, "reopen"))
    ours.post(at(town, asked, "withdraw"))
    theirs.get(at(other, asked), status=404)
    assert "取り下げた相談です" in text_of(ours.get(at(town, asked)))
    assert "新しい件名" in ours.get(at(town) + "?mine=yes")


def test_somebody_follows_and_stops(towns, theirs):
    town, other, network_id = towns
    asked = ask(town, network_id)
    theirs.post(at(other, asked, "follow"), {"wanted": "yes"})
    assert "通知をやめる" in text_of(theirs.get(at(other, asked)))
    theirs.post(at(other, asked, "follow"), {"wanted": "no"})
    assert "通知を受け取る" in text_of(theirs.get(at(other, asked)))


def test_auditors_only_read(towns, member_of, browser):
    town, other, network_id = towns
    asked = ask(town, network_id)
    auditor = browser(member_of(other, Role.AUDITOR))
    assert "回答する" not in text_of(auditor.get(at(other, asked)))
    auditor.post(at(other, asked, "answers"), {"body": "x"}, status=403)
    auditor.get(at(other, "new"), status=403)


def test_coordinators_see_what_waits_whose_it_is_and_answer(app, towns, ours):
    town, other, network_id = towns
    coordinator = make_coordinator(network_id, town)
    asked = ask(town, network_id, named=False)
    with frozen(now() + dt.timedelta(days=8)):
        subscribers.pass_on_unanswered()
    browser = sign_in(app, coordinator)
    root = f"/networks/c-{town.slug}"
    assert "回答のない相談が1件あります" in text_of(browser.get(f"{root}/"))
    page = text_of(browser.get(f"{root}/consultations/"))
    for words in ("空き家バンクの登録が増えません", "ひので町", "ほかの町には名前を出していません"):
        assert words in page
    where = f"{root}/consultations/{asked}"
    assert "ほかの町に伝えないでください" in text_of(browser.get(where))
    browser.post(where, {"form_id": str(new_id())}, status=422)
    reply = {"form_id": str(new_id()), "body": "みなと町が詳しいです。"}
    browser.post(where, reply)
    browser.post(where, reply)
    page = ours.get(at(town, asked))
    assert page.count("みなと町が詳しいです。") == 1
    assert "広域事務局" in text_of(page)
    assert "まだ回答のない相談" in text_of(browser.get(f"{root}/health"))
    stranger = sign_in(app, make_coordinator(make_network(other), other))
    stranger.get(where, status=403)


def test_pages_follow_each_other_and_cost_the_same(app, towns, theirs, count_statements):
    town, other, network_id = towns
    for n in range(3):
        ask(town, network_id, f"相談{n}")
    theirs.get(at(other))
    with count_statements() as few:
        theirs.get(at(other))
    for n in range(3, 22):
        ask(town, network_id, f"相談{n}")
    with count_statements() as many:
        page = theirs.get(at(other))
    assert len(many) == len(few) <= 8, many
    after = page.partition("after=")[2].partition('"')[0]
    page = text_of(theirs.get(at(other) + f"?after={after}"))
    assert "相談0" in page
    assert "相談21" not in page
    assert "はじめに戻る" in page


def test_a_thread_costs_the_same_however_long(towns, theirs, count_statements):
    town, other, network_id = towns
    asked = ask(town, network_id)
    answer(other, asked)
    theirs.get(at(other, asked))
    with count_statements() as few:
        theirs.get(at(other, asked))
    for _ in range(5):
        answer(other, asked)
    with count_statements() as many:
        theirs.get(at(other, asked))
    assert len(many) == len(few) <= 9, many


def test_an_accepted_answer_that_is_gone_is_said_to_be(towns, ours):
    from support.networks import leave

    town, other, network_id = towns
    asked = ask(town, network_id)
    join(network_id, town, third := make_town("みなみ町"))
    accept(town, asked, answer(third, asked))
    leave(network_id, third)
    assert "解決した回答は、いま見られません" in text_of(ours.get(at(town, asked)))


def test_an_accepted_answer_that_was_hidden_does_not_say_that_its_town_left(app, towns, ours):
    town, other, network_id = towns
    asked = ask(town, network_id)
    accept(town, asked, chosen := answer(other, asked))
    said = {"form_id": str(new_id()), "network_id": str(network_id), "ground": "other"}
    ours.post(f"/{town.slug}/exchange/moderation/answer/{chosen}", said | {"words": "番号です。"})
    desk = sign_in(app, make_coordinator(network_id, town))
    reports = f"/networks/c-{town.slug}/reports/"
    (report,) = set(re.findall(rf'href="({reports}[0-9a-f-]{{36}})"', desk.get(reports)))
    desk.post(f"{report}/hide", {"reason": "番号を消してください。"})
    seen = text_of(ours.get(at(town, asked)))
    assert "非表示になっているか" in seen
    assert "見られません。回答した町がネットワークを離れた" not in seen


def test_the_words_at_closing_are_looked_through(towns, ours, theirs):
    town, other, network_id = towns
    asked = ask(town, network_id)
    answer(other, asked)
    sent = {"note": "山田さん（090-1234-5678）のおかげです。"}
    page = ours.post(at(town, asked, "close"), sent, status=422).text
    assert "電話番号" in text_of(page)
    assert "山田さん" in page
    assert "回答を募集中" in text_of(theirs.get(at(other, asked)))
    ours.post(at(town, asked, "close"), sent | {"looked_at": seal_in(page)})
    assert "090-1234-5678" in text_of(theirs.get(at(other, asked)))


def test_the_words_at_closing_do_not_say_which_town_asked(towns, ours):
    town, _other, network_id = towns
    asked = ask(town, network_id, named=False)
    page = ours.post(at(town, asked, "close"), {"note": f"{town.name}では解決"}, status=422).text
    assert "町の名前がわかる言葉" in text_of(page)


def test_the_words_of_an_answer_are_looked_through_before_it_is_chosen(towns, ours):
    town, other, network_id = towns
    asked = ask(town, network_id)
    chosen = answer(other, asked, "担当の 090-1234-5678 へどうぞ。")
    where = at(town, asked, "answers", chosen, "accept")
    page = ours.post(where, {}, status=422).text
    assert "電話番号" in text_of(page)
    assert "解決した回答" not in text_of(page)
    ours.post(where, {"looked_at": seal_in(page)})
    assert "解決した回答" in text_of(ours.get(at(town, asked)))


def test_who_is_in_no_town_of_the_network_finds_nothing(app, towns):
    town, _other, network_id = towns
    asked = ask(town, network_id)
    stranger_town = make_town("よその町")
    stranger = sign_in(app, make_member(stranger_town, Role.ADMIN))
    stranger.get(at(stranger_town, asked), status=404)
