"""What towns see of each other's people, and what the people themselves see."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.identity.hours_budget import book_hours
from kyoso.municipal.talents.queries import talent_of_person
from support.listings import agree, list_a_need, make_listable, offer, office, publish, withdraw
from support.members import sign_in
from support.networks import leave, make_network
from support.pages import text_of, without_stamps
from support.profiles import say
from support.talents import make_somebody, make_talent


@pytest.fixture
def network_id(hinode, minato):
    return make_network(hinode, minato)


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def their_desk(minato, member_of, browser):
    return browser(member_of(minato, Role.SECRETARIAT))


def pool(town, what: str = "") -> str:
    return f"/{town.slug}/exchange/talent/{what}"


def field(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', page)


def test_an_empty_pool_says_what_it_is_for(hinode, network_id, desk):
    page = text_of(desk.get(pool(hinode)))
    assert "まだ掲載されている方はいません" in page
    assert "町の方を掲載する" in page


def test_a_person_is_asked_agrees_is_found_and_takes_it_down(
    app, hinode, minato, network_id, desk, their_desk
):
    person = make_listable(hinode)
    with tenant_scope(hinode.id):
        talent = talent_of_person(office(hinode), person.person_id)
        talent_id = talent.id
    assert "ほかの自治体には紹介していません" in text_of(
        desk.get(f"/{hinode.slug}/desk/talents/{talent_id}")
    )
    form = {
        "talent_id": str(talent_id),
        "network_ids": [str(network_id)],
        "introduction": "広報紙を一緒に作りました。",
    }
    desk.follow(desk.post(pool(hinode, "offers/new"), form))
    assert "本人の同意待ち" in text_of(desk.get(pool(hinode, "offers/")))
    assert "見本 緑" not in text_of(their_desk.get(pool(minato)))

    me = sign_in(app, person)
    page = me.get("/me/listings/")
    assert "掲載してよいですか" in text_of(page)
    (link,) = re.findall(r'href="(/me/listings/[0-9a-f-]{36})"', page)
    page = me.get(link)
    assert "広報紙を一緒に作りました。" in text_of(page)
    asked = f"network_ids={network_id}&parts=name&parts=skills&parts=can_do&until={today()}"
    words = me.get(f"{link}/words?{asked}")
    assert "同意する文面" in words
    answer = {
        "network_ids": field(words, "network_ids"),
        "parts": field(words, "parts"),
        "until": field(words, "until")[0],
        "version": field(words, "version")[0],
        "language": "ja",
    }
    me.post(f"{link}/agree", answer)
    found = their_desk.get(pool(minato, "?q=見本"))
    assert "見本 緑" in text_of(found)
    (detail,) = set(re.findall(r'href="(/[^"]*/exchange/talent/[0-9a-f-]{36})"', found))
    page = text_of(their_desk.get(detail))
    assert "広報紙とチラシの編集" in page
    assert "印刷会社" not in page
    assert "ご本人は時間を公開していません" in page
    assert "広域ネットワークの人材名簿への掲載" in text_of(me.get("/me/consents/"))

    me.post(f"{link}/take-down", {"network_id": str(network_id)})
    gone = their_desk.get(detail, status=404)
    never = their_desk.get(pool(minato, str(new_id())), status=404)
    assert without_stamps(gone) == without_stamps(never)
    assert "まだ掲載されている方はいません" in text_of(their_desk.get(pool(minato)))
    assert "有効な同意はありません" in text_of(me.get("/me/consents/"))


def test_taking_the_consent_back_in_the_register_takes_it_down(
    app, hinode, minato, network_id, their_desk
):
    person, listing_id = publish(hinode, [network_id])
    me = sign_in(app, person)
    (action,) = re.findall(r'action="(/me/consents/[0-9a-f-]+/withdraw)"', me.get("/me/consents/"))
    their_desk.get(pool(minato, str(listing_id)))
    me.post(action)
    their_desk.get(pool(minato, str(listing_id)), status=404)
    their_desk.get(pool(minato, f"{listing_id}/photo"), status=404)


def test_a_person_declines(app, hinode, minato, network_id, desk):
    person = make_listable(hinode)
    listing_id = offer(hinode, person, [network_id])
    me = sign_in(app, person)
    me.post(f"/me/listings/{listing_id}/decline")
    assert "本人が辞退" in text_of(desk.get(pool(hinode, "offers/")))
    me.get(f"/me/listings/{listing_id}", status=404)


def test_somebody_elses_listing_is_not_there(app, hinode, network_id):
    _person, listing_id = publish(hinode, [network_id])
    stranger = sign_in(app, make_somebody())
    for what in ("", "/words"):
        stranger.get(f"/me/listings/{listing_id}{what}", status=404)
    for what in ("agree", "decline", "take-down"):
        stranger.post(
            f"/me/listings/{listing_id}/{what}", {"network_id": str(network_id)}, status=404
        )


def test_facets_count_narrow_and_go_away_again(hinode, minato, network_id, desk):
    publish(hinode, [network_id])
    other = make_listable(minato, "見本 葵（見本）")
    say(other.oneself, skills=["video"], hours_offered=5, languages=["日本語"])
    publish(minato, [network_id], other)
    page = text_of(desk.get(pool(hinode)))
    assert "2件" in page
    assert "デザイナー 1件" in page
    assert "日本語 2件" in page
    narrowed = desk.get(pool(hinode, f"?f=skill:designer&f=town:{hinode.slug}"))
    assert "見本 葵" not in text_of(narrowed)
    assert "を条件から外す" in narrowed
    by_hours = text_of(desk.get(pool(hinode, "?hours=10")))
    assert "見本 緑" in by_hours
    assert "見本 葵" not in by_hours
    assert "条件に合う方はいません" in text_of(desk.get(pool(hinode, "?q=空飛ぶ円盤")))
    for odd in ("?f=nonsense&f=skill:", "?hours=-3&after=zz&need=x", "?q=" + "観" * 3000, "?q=%00"):
        desk.get(pool(hinode, odd))
    assert "200文字まで" in text_of(desk.get(pool(hinode, "?q=" + "観" * 300)))


def test_pages_go_on_without_gap(hinode, minato, network_id, desk):
    for n in range(23):
        publish(hinode, [network_id], make_listable(hinode, f"見本{n:02}（見本）"), parts=("name",))
    first = desk.get(pool(hinode))
    (link,) = re.findall(r'rel="next" href="([^"]*)"', first)
    second = desk.get(link.replace("&amp;", "&"))
    names = re.findall(r"見本(\d\d)（見本）</a>", first + second)
    assert sorted(names) == [f"{n:02}" for n in range(23)]
    assert 'rel="next"' not in second
    assert "最初のページ" in second


def test_why_somebody_suits_a_need_is_said_in_words(hinode, minato, network_id, desk):
    listed = list_a_need(hinode, network_id, hours_a_month=30)
    person, listing_id = publish(minato, [network_id])
    with tenant_scope(minato.id):
        book_hours(person.person_id, new_id(), 20, today(), None)
        db.session.commit()
    with tenant_scope(hinode.id):
        need_id = db.session.scalar(
            sa.text("SELECT need_id FROM exchange.listed_needs WHERE id = :id"), {"id": listed}
        )
    for where in (
        f"{listing_id}?need={need_id}",
        f"?need={need_id}",
        f"compare?id={listing_id}&need={need_id}",
    ):
        page = text_of(desk.get(pool(hinode, where)))
        assert "デザイナーが得意です" in page
        assert "今月の残りは20時間です（10時間足りません）" in page
        assert "「オンライン」で働けます" in page


def test_up_to_four_are_compared(hinode, minato, network_id, desk):
    ids = [
        publish(minato, [network_id], make_listable(minato, f"見本{n}（見本）"))[1]
        for n in range(5)
    ]
    page = text_of(desk.get(pool(hinode, "compare?" + "&".join(f"id={i}" for i in ids))))
    assert "見本0" in page
    assert "見本4" not in page
    assert "4人までです" in page
    assert "比べる方が選ばれていません" in text_of(desk.get(pool(hinode, "compare?id=x")))


def test_words_that_look_like_personal_data_are_asked_about(app, hinode, network_id, desk):
    person = make_listable(hinode)
    with tenant_scope(hinode.id):
        talent_id = talent_of_person(office(hinode), person.person_id).id
    form = {
        "talent_id": str(talent_id),
        "network_ids": [str(network_id)],
        "introduction": "電話は090-1234-5678です。",
    }
    refused = desk.post(pool(hinode, "offers/new"), form, status=422).text
    assert "電話番号" in text_of(refused)
    (seal,) = re.findall(r'name="looked_at" value="([^"]+)"', refused)
    desk.post(pool(hinode, "offers/new"), form | {"looked_at": seal})
    say(person.oneself, can_do="mihon@example.jp にどうぞ")
    me = sign_in(app, person)
    (link,) = re.findall(r'href="(/me/listings/[0-9a-f-]{36})"', me.get("/me/listings/"))
    words = me.get(f"{link}/words?network_ids={network_id}&parts=can_do&until={today()}")
    assert "メールアドレス" in text_of(words)
    answer = {
        "network_ids": [str(network_id)],
        "parts": ["can_do"],
        "until": str(today()),
        "version": "listing-1",
        "language": "ja",
    }
    assert "確かめることがあります" in me.post(f"{link}/agree", answer, status=422).text
    (seal,) = re.findall(r'name="looked_at" value="([^"]+)"', words)
    me.post(f"{link}/agree", answer | {"looked_at": seal})


def test_an_open_page_of_a_listing_that_is_gone_refuses(app, hinode, minato, network_id, desk):
    person, listing_id = publish(hinode, [network_id])
    desk.post(pool(hinode, f"{listing_id}/withdraw"), {"network_id": str(network_id)})
    assert (
        "できません"
        in desk.post(
            pool(hinode, f"{listing_id}/withdraw"), {"network_id": str(network_id)}, status=409
        ).text
    )
    me = sign_in(app, person)
    me.post(f"/me/listings/{listing_id}/take-down", {"network_id": str(network_id)}, status=404)


def test_a_town_outside_finds_nothing(hinode, minato, network_id, their_desk):
    _person, listing_id = publish(hinode, [network_id])
    leave(network_id, minato)
    assert "まだ掲載されている方はいません" in text_of(their_desk.get(pool(minato)))
    their_desk.get(pool(minato, str(listing_id)), status=404)


def test_staff_look_but_offer_nobody(hinode, network_id, member_of, browser):
    staff = browser(member_of(hinode, Role.STAFF))
    page = text_of(staff.get(pool(hinode, "offers/")))
    assert "町の方を掲載する" not in page
    staff.get(pool(hinode, "offers/new"), status=403)


def test_a_page_of_results_takes_few_statements(hinode, minato, network_id, desk, count_statements):
    for n in range(3):
        publish(hinode, [network_id], make_listable(hinode, f"見本{n}（見本）"))
    desk.get(pool(hinode))
    with count_statements() as counted:
        desk.get(pool(hinode, "?q=見本&f=skill:designer&f=mode:online&hours=10"))
    assert len(counted) <= 8, counted


def test_whom_the_towns_need_is_shown_to_the_person(app, hinode, minato, network_id):
    list_a_need(minato, network_id, "見本の広報")
    person = make_listable(hinode)
    me = sign_in(app, person)
    assert "いま見られるものはありません" in text_of(me.get("/me/listings/needs"))
    listing_id = offer(hinode, person, [network_id])
    agree(person, listing_id)
    page = text_of(me.get("/me/listings/needs"))
    assert "見本の広報" in page
    assert "デザイナーが得意です" in page
    withdraw(hinode, listing_id, network_id)
    assert "見本の広報" not in text_of(me.get("/me/listings/needs"))


def test_the_same_person_of_two_towns_has_two_listings(hinode, minato, network_id, desk):
    person, _first = publish(hinode, [network_id])
    make_talent(minato, person)
    _person, second = publish(minato, [network_id], person)
    assert isinstance(second, uuid.UUID)
    assert "2件" in text_of(desk.get(pool(hinode)))
