import datetime as dt
import io
import re

import pytest
from PIL import Image

from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.scope import scope, tenant_scope
from kyoso.identity.consents import operations, rules
from kyoso.identity.hours_budget import book_hours
from kyoso.identity.profiles import queries
from support.pages import text_of
from support.profiles import keep_file, make_full_profile, make_person, own
from support.talents import make_somebody, make_talent
from support.uploads import PDF, picture

PAGE, EDIT = "/me/profile/", "/me/profile/edit"


@pytest.fixture
def somebody(app):
    return make_somebody()


@pytest.fixture
def full(app):
    person = make_somebody()
    make_full_profile(person.oneself)
    return person


def saved(person):
    with scope(own(person)):
        return queries.own_profile(person.oneself)


def form(**typed):
    return {"revision": "0", "name": "見本 彩（見本）", **typed}


def test_without_a_profile_the_page_says_what_it_is_for(somebody, browser):
    page = text_of(browser(somebody).get(PAGE))
    assert "まだ書いていません" in page
    assert "プロフィールを書く" in page


def test_only_who_signed_in_has_a_profile(visitor):
    assert visitor.open("GET", PAGE, 303).headers["Location"].startswith("/sign-in")
    visitor.post(EDIT, form(), status=403)


def test_everything_that_is_written_is_kept(somebody, browser):
    mine = browser(somebody)
    typed = form(
        kana="みほん あや",
        affiliation="見本社",
        bio="一行目\n二行目",
        skills=["designer", "tourism"],
        free_skills="茶道、ドローン操縦, 茶道",
        work_fields="旅行業\n食品流通",
        can_do="編集",
        wants="広報",
        languages="日本語、英語",
        hours_offered="４０",
        mode="online",
        places="東北",
        conditions="夜",
        links="作品集 https://example.jp/works\nhttps://example.org",
        hidden_from_towns=["conditions", "photo"],
        photo=(io.BytesIO(picture(with_place=True)), "顔.png"),
    )
    page = text_of(mine.follow(mine.post(EDIT, typed)))
    for words in (
        "デザイナー、観光、茶道、ドローン操縦",
        "旅行業、食品流通",
        "1か月40時間まで",
        "作品集",
    ):
        assert words in page
    profile = saved(somebody)
    assert profile.links == [
        {"label": "作品集", "url": "https://example.jp/works"},
        {"label": "example.org", "url": "https://example.org"},
    ]
    assert profile.hidden_from_towns == ["photo", "conditions"]
    again = mine.get(EDIT)
    for words in ("茶道、ドローン操縦", "作品集 https://example.jp/works", 'value="40"'):
        assert words in again
    assert len(re.findall(r'name="hidden_from_towns" value="\w+" checked', again)) == 2
    assert len(re.findall(r'name="skills" value="[\w-]+"[^>]* checked', again)) == 2


def test_the_photo_is_small_and_says_nothing_of_where_it_was_taken(full, browser):
    mine = browser(full)
    big = io.BytesIO()
    Image.new("RGB", (900, 600), "navy").save(big, "JPEG")
    typed = form(revision="1", photo=(io.BytesIO(big.getvalue()), "顔.jpg"))
    mine.post(EDIT, typed)
    answer = mine.fetch("/me/profile/files/photo")
    assert answer.mimetype == "image/webp"
    assert answer.headers["Cache-Control"] == "no-store"
    with Image.open(io.BytesIO(answer.data)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))
        assert not image.getexif()


def test_a_photo_can_be_taken_out(full, browser):
    mine = browser(full)
    mine.fetch("/me/profile/files/photo")
    mine.post(EDIT, form(revision="1", remove_photo="yes"))
    mine.get("/me/profile/files/photo", status=404)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "「氏名」を入力してください。"),
        ({"hours_offered": "745"}, "0から744まで"),
        ({"hours_offered": "たくさん"}, "0から744まで|正しく入力"),
        ({"skills": ["magic"]}, "得意なこと"),
        ({"mode": "moon"}, "「働き方」を選んでください。"),
        ({"links": "作品集 javascript:alert(1)"}, "1行目は「名前 https://…」の形"),
        ({"links": "作品集 https://"}, "1行目は"),
        ({"links": "よい https://example.jp\n[ https://["}, "2行目は"),
        ({"free_skills": "あ" * 41}, "長すぎます"),
        ({"languages": "、".join(map(str, range(21)))}, "20個まで"),
        ({"hidden_from_towns": ["name"]}, "自分だけに見せる項目"),
        ({"photo": (io.BytesIO(PDF), "顔.pdf")}, "写真は画像"),
        ({"photo": (io.BytesIO(b"x"), "顔.png")}, "画像として開けません"),
        ({"bio": "あ" * 4001}, "4000文字以内"),
    ],
    ids=range(14),
)
def test_what_cannot_be_taken_is_said_and_what_was_typed_stays(somebody, browser, typed, sentence):
    sent = form(can_do="消えては困る文", **typed) if "name" not in typed else form() | typed
    sent["wants"] = "これも残る"
    page = browser(somebody).post(EDIT, sent, status=422).text
    assert re.search(sentence, text_of(page))
    assert "これも残る" in page
    assert saved(somebody).revision == 0


def test_of_two_tabs_the_older_keeps_what_was_typed_and_shows_what_is_saved(full, browser):
    mine = browser(full)
    kept = saved(full)
    mine.post(EDIT, form(revision="1", bio="先に保存した経歴"))
    page = mine.post(EDIT, form(revision="1", bio="後から書いた経歴"), status=409).text
    assert "別の画面で先に保存されました" in text_of(page)
    assert "先に保存した経歴" in text_of(page)
    assert "後から書いた経歴" in page
    assert 'name="revision" value="2"' in page
    mine.post(EDIT, form(revision="2", bio="後から書いた経歴"))
    assert saved(full).bio == "後から書いた経歴" != kept.bio


def test_too_low_an_offer_is_said_at_the_field(hinode, browser):
    person = make_person("見本 彩（見本）", hours=40)
    with tenant_scope(hinode.id):
        book_hours(person.person_id, new_id(), 30, dt.date(2099, 4, 1), None)
        db.session.commit()
    page = browser(person).post(EDIT, form(revision="1", hours_offered="20"), status=409).text
    assert "2099年4月は、すでに30時間の約束があります" in text_of(page)
    assert 'id="f-hours_offered-error"' in page
    assert 'value="20"' in page


def test_each_audience_sees_its_part(full, hinode, minato, browser):
    mine = browser(full)
    make_talent(hinode, full)
    seen = text_of(mine.get(PAGE))
    assert "平日の夜に打ち合わせできます。" in seen
    assert "自分だけ" in seen
    town = text_of(mine.get(f"{PAGE}?audience=town-{hinode.id}"))
    assert "小さなまちの広報" in town
    assert "平日の夜に打ち合わせできます。" not in town
    public = text_of(mine.get(f"{PAGE}?audience=public"))
    assert "何も見えません。" in public
    assert "小さなまちの広報" not in public
    mine.get(f"{PAGE}?audience=town-{minato.id}", status=404)
    mine.get(f"{PAGE}?audience=x", status=404)


def test_a_consent_shows_what_was_agreed_to(full, browser, minato):
    agree(full, minato, ["skills", "places"])
    page = browser(full).get(PAGE)
    (address,) = re.findall(r'href="([^"]+audience=consent-[^"]+)"', page)
    seen = text_of(browser(full).get(address))
    assert "デザイナー" in seen
    assert "東北" in seen
    assert "印刷会社で10年" not in seen
    assert "（氏名は見せません）" in seen


def agree(person, town, parts):
    with scope(own(person)):
        to = rules.Recipient(town.name, town_id=town.id)
        until = today() + dt.timedelta(days=30)
        terms = rules.Terms(rules.Purpose.INTRODUCTION, to, tuple(parts), until)
        agreed = operations.Agreed(rules.wording_for(terms.purpose, today()).version, "ja")
        operations.give_consent(
            terms,
            agreed,
            consent_id=new_id(),
            person_id=person.person_id,
            actor=person.oneself,
            now=now(),
        )
        db.session.commit()


def test_a_file_is_kept_shown_to_the_chosen_towns_and_taken_out(full, hinode, minato, browser):
    mine = browser(full)
    make_talent(hinode, full)
    sent = {
        "form_id": str(new_id()),
        # Of another town nobody asked.
        "tenant_ids": [str(hinode.id), str(minato.id)],
        "file": (io.BytesIO(PDF), "作品集.pdf"),
    }
    mine.post("/me/profile/files", sent)
    mine.post("/me/profile/files", sent | {"file": (io.BytesIO(PDF), "作品集.pdf")})
    page = text_of(mine.get(PAGE))
    assert page.count("作品集.pdf （") == 1
    assert f"見せる自治体：{hinode.name}" in page
    with scope(own(full)):
        row = queries.list_files(full.oneself)[-1]
        assert row.shared_with == [hinode.id]
    assert "作品集.pdf" in text_of(mine.get(f"{PAGE}?audience=town-{hinode.id}"))
    answer = mine.fetch(f"/me/profile/files/{row.id}")
    assert answer.data == PDF
    assert "attachment" in answer.headers["Content-Disposition"]
    answer.close()
    mine.follow(mine.post(f"/me/profile/files/{row.id}/share", {}))
    assert "作品集.pdf" not in text_of(mine.get(f"{PAGE}?audience=town-{hinode.id}"))
    mine.follow(mine.post(f"/me/profile/files/{row.id}/remove"))
    assert "作品集.pdf" not in mine.get(PAGE)
    mine.fetch(f"/me/profile/files/{row.id}", status=404)


def test_a_file_that_cannot_be_taken_is_said_at_the_field(full, browser):
    mine = browser(full)
    for sent, sentence in (
        ({}, "ファイルを選んでから"),
        ({"file": (io.BytesIO(b"MZ"), "x.exe")}, "受け取れない種類"),
    ):
        answer = mine.post("/me/profile/files", {"form_id": str(new_id())} | sent, status=422)
        assert sentence in text_of(answer.text)
    for _one in range(9):
        keep_file(full.oneself)
    sent = {"form_id": str(new_id()), "file": (io.BytesIO(PDF), "a.pdf")}
    assert "10個まで" in text_of(mine.post("/me/profile/files", sent, status=409).text)


def test_the_page_asks_little_of_the_database(full, hinode, minato, browser, count_statements):
    for town in (hinode, minato):
        make_talent(town, full)
    mine = browser(full)
    mine.get(PAGE)
    with count_statements() as seen:
        mine.get(PAGE)
    assert len(seen) <= 7
