import datetime as dt
import re
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, first_id_of, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.notices.models import Notice
from kyoso.municipal.notices.operations import NoticeDraft, create_notice, publish_notice
from support.pages import Browser, text_of
from support.people import Town, actor_of


@pytest.fixture
def desk(hinode: Town) -> str:
    return f"/{hinode.slug}/desk/notices"


@pytest.fixture
def secretariat(hinode, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.SECRETARIAT))


def form(**values: object) -> dict[str, object]:
    return {
        "form_id": str(new_id()),
        "title": "冬の募集",
        "body": "## いつ\n\n12月1日から\n\n<script>alert(1)</script>",
        **values,
    }


def make_notices(town: Town, count: int) -> list[uuid.UUID]:
    actor = actor_of(town, Role.SECRETARIAT)
    ids = []
    with tenant_scope(town.id):
        for number in range(count):
            draft = NoticeDraft(f"催し{number}", "本文")
            notice = create_notice(draft, notice_id=new_id(), actor=actor, now=now())
            ids.append(notice.id)
        publish_notice(notice, actor=actor, now=now())
        db.session.commit()
    return ids


def test_an_empty_list_says_what_it_is_for_and_offers_the_first_step(secretariat, desk):
    page = text_of(secretariat.get(f"{desk}/"))
    assert "まだお知らせはありません" in page
    assert "最初のお知らせを書く" in page


def test_a_notice_is_written_published_edited_and_withdrawn(hinode, secretariat, desk):
    secretariat.get(f"{desk}/new")
    sent = form()
    html = secretariat.follow(secretariat.post(f"{desk}/new", sent))
    assert "<h3>いつ</h3>" in html
    assert "<script>alert" not in html
    notice = f"{desk}/{sent['form_id']}"
    html = secretariat.follow(secretariat.post(f"{notice}/publish"))
    page = text_of(html)
    public = f"/{hinode.slug}/news/{sent['form_id']}"
    assert f'href="{public}"' in html
    assert "冬の募集" in secretariat.get(public)
    assert "「冬の募集」を公開しました。" in page
    assert "お知らせを公開しました" in page
    assert "公開中" in secretariat.get(f"{desk}/")
    secretariat.post(f"{notice}/publish", status=409)

    assert "すぐに変わります" in secretariat.get(f"{notice}/edit")
    changed = {"title": "冬の大募集", "body": "直した本文"}
    page = text_of(secretariat.follow(secretariat.post(f"{notice}/edit", changed)))
    assert "直した本文" in page
    assert "前の内容" in page
    wrong = secretariat.post(f"{notice}/edit", {"title": "", "body": "残る本文"}, status=422)
    assert "残る本文" in wrong.text

    missing = secretariat.post(f"{notice}/withdraw", {"reason": ""}, status=422)
    assert "「取り下げる理由」を入力してください" in missing.text
    page = text_of(secretariat.follow(secretariat.post(f"{notice}/withdraw", {"reason": "誤り"})))
    assert "に取り下げました" in page
    assert "誤り" in page
    secretariat.post(f"{notice}/withdraw", {"reason": "誤り"}, status=409)


def test_a_form_sent_twice_makes_one_notice(hinode, secretariat, desk):
    sent = form()
    first = secretariat.post(f"{desk}/new", sent)
    second = secretariat.post(f"{desk}/new", sent)
    assert first.headers["Location"] == second.headers["Location"]
    with tenant_scope(hinode.id):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": ""}, "「題名」を入力してください"),
        ({"title": "あ" * 101}, "「題名」は100文字以内"),
        ({"body": " \n"}, "「本文」を入力してください"),
        ({"body": "あ" * 10_001}, "「本文」は10000文字以内"),
        ({"title": "a\u202eb"}, "使えない文字"),
        ({"form_id": "x"}, "この画面"),
        ({"status": "published"}, "この項目は受け付けられません"),
    ],
)
def test_a_form_with_mistakes_comes_back(values, sentence, secretariat, desk):
    assert sentence in secretariat.post(f"{desk}/new", form(**values), status=422).text


def test_the_id_of_something_older_is_no_form_of_ours_and_the_next_try_succeeds(secretariat, desk):
    old = first_id_of(now() - dt.timedelta(days=2))
    page = secretariat.post(f"{desk}/new", form(form_id=str(old)), status=422).text
    assert "もう一度ボタンを押してください" in page
    assert "12月1日から" in page
    fresh = re.search(r'name="form_id" value="([^"]+)"', page)
    assert fresh
    assert fresh[1] != str(old)
    made = secretariat.post(f"{desk}/new", form(form_id=fresh[1]))
    assert "冬の募集" in secretariat.follow(made)


@pytest.mark.parametrize("role", [Role.STAFF, Role.AUDITOR])
def test_other_members_read_only(role, hinode, desk, member_of, browser):
    notice = make_notices(hinode, 1)[0]
    page = browser(member_of(hinode, role))
    assert "お知らせを書く" not in text_of(page.get(f"{desk}/"))
    shown = text_of(page.get(f"{desk}/{notice}"))
    assert "編集する" not in shown
    assert "取り下げる" not in shown
    page.get(f"{desk}/new", status=403)
    page.get(f"{desk}/{notice}/edit", status=403)
    page.post(f"{desk}/{notice}/publish", status=403)
    page.post(f"{desk}/{notice}/withdraw", {"reason": "x"}, status=403)


def test_the_list_is_searched_filtered_and_paged_in_the_address(hinode, secretariat, desk):
    make_notices(hinode, 22)
    page = text_of(secretariat.get(f"{desk}/"))
    assert "22件" in page
    assert "1 / 2" in page
    assert "2 / 2" in text_of(secretariat.get(f"{desk}/?page=99"))
    assert "1件" in text_of(secretariat.get(f"{desk}/?status=published"))
    assert "1件" in text_of(secretariat.get(f"{desk}/?q=催し11"))
    assert "条件に合うお知らせはありません" in secretariat.get(f"{desk}/?q=ない")


@pytest.mark.parametrize("count", [2, 40])
def test_a_page_takes_the_same_few_statements_for_any_length(
    count, hinode, secretariat, desk, count_statements
):
    notice = make_notices(hinode, count)[-1]
    for url, expected in ((f"{desk}/", 4), (f"{desk}/{notice}", 4)):
        secretariat.get(url)
        with count_statements() as seen:
            secretariat.get(url)
        assert len(seen) == expected, seen
