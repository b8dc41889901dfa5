"""Applying for side-job work without an account, and what the private link shows."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa

from kyoso.core import clock
from kyoso.core.access import Actor, Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.files import list_files
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.recruitment_applications import queries
from kyoso.municipal.recruitment_applications.models import RecruitmentApplication
from kyoso.municipal.recruitment_applications.rules import ApplicationState as A
from kyoso.municipal.recruitments.models import Recruitment
from kyoso.operating.housekeeping import erase_applications
from support.departments import make_department
from support.pages import text_of
from support.recruitments import OTHER_SKILL, SKILL, apply_for, make_recruitment, step
from support.site import declare, parse_xml
from support.uploads import PDF

LATER = dt.timedelta(seconds=10)


@pytest.fixture
def out(hinode):
    return make_recruitment(hinode)


@pytest.fixture
def here(hinode, out):
    return f"/{hinode.slug}/recruitments/{out}"


def filled(page, **values):
    return {
        "form_id": re.search(r'name="form_id" value="([^"]+)"', page)[1],
        "name": "見本 彩（見本）",
        "kana": "みほん あや",
        "email": "Aya@Example.jp",
        "skills": [SKILL],
        "hours_a_month": "8",
        "message": "広報紙を十年つくってきました。",
        "links": "https://example.jp/a\nhttps://example.jp/b",
        "consent": "yes",
        "homepage": "",
        **values,
    }


def applications(town):
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(RecruitmentApplication)).all()


def send(visitor, here, *, status=303, page=None, **values):
    form = filled(page or visitor.get(f"{here}/apply"), **values)
    with clock.frozen(now() + LATER):
        return visitor.post(f"{here}/apply", form, status=status)


def test_the_empty_list_leads_to_proposing(hinode, visitor):
    page = text_of(visitor.get(f"/{hinode.slug}/recruitments"))
    assert "いま募集している仕事はありません" in page
    assert "提案のしかたを見る" in page
    assert "複業人材募集" not in visitor.get(f"/{hinode.slug}/needs")


def test_what_is_out_is_listed_and_linked_and_fed(hinode, visitor, here):
    department = make_department(hinode)
    make_recruitment(hinode, department, published=False, title="まだ下書き")
    make_recruitment(hinode, department, title="締め切られた", closes_on=dt.date(2099, 1, 1))
    page = text_of(visitor.get(f"/{hinode.slug}/recruitments"))
    assert "広報を手伝うデザイナー" in page
    assert "1時間あたり 3,000円" in page
    assert "まだ下書き" not in page
    assert "複業人材募集を見る（2件）" in visitor.get(f"/{hinode.slug}/needs")
    feed = parse_xml(visitor.fetch(f"/{hinode.slug}/feed/recruitments.atom").data)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 2
    assert here.rpartition("/")[2] in visitor.fetch(f"/{hinode.slug}/sitemap.xml").text


def test_the_towns_home_leads_to_what_is_out(hinode, visitor, here):
    assert f'href="{here.rpartition("/")[0]}"' in visitor.get(f"/{hinode.slug}/")


def test_the_list_is_narrowed_by_skill_and_mode(hinode, visitor):
    department = make_department(hinode)
    make_recruitment(hinode, department, title="画面の仕事", mode=WorkMode.ONLINE)
    make_recruitment(
        hinode, department, title="畑の仕事", mode=WorkMode.ON_SITE, skills=[OTHER_SKILL]
    )
    make_recruitment(hinode, department, title="両方の仕事", mode=WorkMode.BOTH, skills=[])
    base = f"/{hinode.slug}/recruitments"

    def listed(query):
        page = text_of(visitor.get(base + query))
        return {t for t in ("画面の仕事", "畑の仕事", "両方の仕事") if t in page}

    assert listed("?mode=online") == {"画面の仕事", "両方の仕事"}
    assert listed("?mode=on_site") == {"畑の仕事", "両方の仕事"}
    assert listed(f"?skill={OTHER_SKILL}") == {"畑の仕事"}
    assert "条件に合う募集はありません" in visitor.get(f"{base}?skill={OTHER_SKILL}&mode=both")
    assert len(listed("?mode=x")) == 3


def test_the_list_takes_as_many_statements_for_many_as_for_few(hinode, visitor, count_statements):
    counts = []
    department = make_department(hinode)
    for more in (1, 20):
        for _time in range(more):
            make_recruitment(hinode, department)
        visitor.get(f"/{hinode.slug}/recruitments")
        with count_statements() as seen:
            visitor.get(f"/{hinode.slug}/recruitments")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 3


def test_somebody_applies_without_an_account(hinode, visitor, here):
    page = visitor.get(f"{here}/apply")
    assert "365日後に消去します" in page
    receipt = text_of(visitor.follow(send(visitor, here, page=page)))
    assert "応募を受け付けました" in receipt
    assert re.search(r"R20\d\d-0001", receipt)
    assert "どのような結果でも、必ず町からお返事します" in receipt
    (one,) = applications(hinode)
    assert (one.email, one.hours_a_month, one.skills) == ("aya@example.jp", 8, [SKILL])
    assert one.links == ["https://example.jp/a", "https://example.jp/b"]


def test_the_form_states_the_time_that_the_town_declared(hinode, visitor, here):
    declare(hinode, declaration={"recruitment": {"keep_days": 90}})
    assert "90日後に消去します" in visitor.get(f"{here}/apply")


def test_the_same_form_sent_twice_makes_one_application(hinode, visitor, here):
    form = filled(visitor.get(f"{here}/apply"))
    with clock.frozen(now() + LATER):
        first, second = (visitor.post(f"{here}/apply", form) for _time in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(applications(hinode)) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "「お名前」を入力してください。"),
        ({"kana": ""}, "「ふりがな」を入力してください。"),
        ({"email": "x"}, "name@example.jp の形"),
        ({"links": "example.jp"}, "https:// で始まるアドレス"),
        ({"consent": ""}, "同意する場合はチェックを入れてください"),
        ({"hours_a_month": "0"}, "1から744まで"),
        ({"homepage": "http://spam.example"}, "自動での送信と区別できませんでした"),
    ],
)
def test_a_mistake_is_named_and_nothing_typed_is_lost(hinode, visitor, here, wrong, sentence):
    page = send(visitor, here, status=422, **wrong).text
    assert sentence in page
    assert "広報紙を十年つくってきました。" in page
    assert applications(hinode) == []


def test_a_file_that_was_chosen_has_to_be_chosen_again_after_a_mistake(hinode, visitor, here):
    wrong = send(visitor, here, status=422, name="", files=(io.BytesIO(PDF), "経歴.pdf"))
    assert "ファイルは、もう一度選んでください。" in wrong.text
    broken = send(visitor, here, status=422, files=(io.BytesIO(b"x"), "経歴.pdf"))
    assert "中身がPDFではありません" in broken.text
    page = visitor.follow(send(visitor, here, files=(io.BytesIO(PDF), "経歴.pdf")))
    link = re.search(r'href="([^"]+/applications/[\w-]{40,})"', page)[1]
    assert "経歴.pdf" in visitor.get(link)


def test_a_program_is_held_back(hinode, visitor, here):
    form = filled(visitor.get(f"{here}/apply"))
    assert "自動での送信" in visitor.post(f"{here}/apply", form, status=422).text
    for _time in range(10):
        send(visitor, here)
    late = send(visitor, here, status=429)
    assert int(late.headers["Retry-After"]) > 0
    assert "広報紙を十年" in late.text


def test_what_is_over_takes_no_application(hinode, visitor):
    over = make_recruitment(hinode)
    page = visitor.get(f"/{hinode.slug}/recruitments/{over}/apply")
    with tenant_scope(hinode.id):
        db.session.execute(
            sa.update(Recruitment)
            .where(Recruitment.id == over)
            .values(closes_on=clock.today() - dt.timedelta(days=1))
        )
        db.session.commit()
    refused = send(visitor, f"/{hinode.slug}/recruitments/{over}", status=409, page=page)
    assert "受付は終わりました" in refused.text
    assert "受付は終わりました" in visitor.get(f"/{hinode.slug}/recruitments/{over}")


def test_the_private_link_shows_the_way_and_takes_answers(hinode, visitor, out):
    one = apply_for(hinode, out, with_file=True)
    link = f"/{hinode.slug}/applications/{one.token}"
    answer = visitor.fetch(link)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "受け付けました" in answer.text
    assert "経歴.csv" in answer.text
    step(hinode, one.id, "write_to_applicant", "いつお話しできますか。", message_id=new_id())
    step(hinode, one.id, "note_application", "町だけの秘密", message_id=new_id())
    page = visitor.get(link)
    assert "いつお話しできますか。" in page
    assert "町だけの秘密" not in page
    form = {"form_id": str(new_id()), "body": "金曜の夜です。"}
    for _time in range(2):
        visitor.post(f"{link}/message", form)
    assert visitor.get(link).count("金曜の夜です。") == 1
    empty = visitor.post(f"{link}/message", {"form_id": str(new_id()), "body": ""}, status=422)
    assert "「メッセージ」を入力してください。" in empty.text


def test_files_are_added_later_and_not_without_end(hinode, visitor, out):
    one = apply_for(hinode, out)
    link = f"/{hinode.slug}/applications/{one.token}"
    assert "ファイルを選んでから" in visitor.post(f"{link}/files", {}, status=422).text
    for n in range(5):
        visitor.post(f"{link}/files", {"files": (io.BytesIO(PDF), f"{n}.pdf")})
    more = visitor.post(f"{link}/files", {"files": (io.BytesIO(PDF), "6.pdf")}, status=422)
    assert "全部で5個まで" in more.text


def test_a_no_is_not_seen_before_the_letter(hinode, visitor, out, member_of, browser):
    one = apply_for(hinode, out)
    link = f"/{hinode.slug}/applications/{one.token}"
    step(hinode, one.id, "move_application", A.NOT_SELECTED)
    assert "やり取り中" in visitor.get(link)
    assert "お返事しました" not in visitor.get(link)
    office = browser(member_of(hinode, Role.SECRETARIAT))
    form = {"end": "closed", "confirmed": "yes", f"letter-{one.id}": "またぜひお声がけください。"}
    office.post(f"/{hinode.slug}/desk/recruitments/{out}/end", form)
    page = text_of(visitor.get(link))
    assert "お返事しました" in page
    assert "またぜひお声がけください。" in page
    assert "以降に消去します" in page
    refused = visitor.post(
        f"{link}/message", {"form_id": str(new_id()), "body": "なぜですか"}, status=409
    )
    assert "やり取りは終わっています" in refused.text
    assert "なぜですか" not in str(applications(hinode))


def test_an_application_is_taken_back_after_asking_once(hinode, visitor, out):
    one = apply_for(hinode, out)
    link = f"/{hinode.slug}/applications/{one.token}"
    assert "応募を取り下げますか" in visitor.get(f"{link}/withdraw")
    page = visitor.follow(visitor.post(f"{link}/withdraw"))
    assert "町からのメッセージは、ここに表示され" not in page
    assert "応募を取り下げました。" in page
    visitor.open("GET", f"{link}/withdraw", 303)
    assert applications(hinode)[0].state is A.WITHDRAWN


def test_an_old_link_opens_nothing_and_mails_a_new_one_to_the_same_address(hinode, visitor, out):
    one = apply_for(hinode, out)
    link = f"/{hinode.slug}/applications/{one.token}"
    with clock.frozen(now() + dt.timedelta(days=400)):
        page = visitor.get(link, status=410)
        assert "見本 彩" not in page
        assert "新しいリンクを受け取る" in page
        visitor.post(f"{link}/mail-link", status=200)
    with tenant_scope(hinode.id):
        mails = db.session.scalars(sa.select(Mail).order_by(Mail.id)).all()
    assert {mail.to for mail in mails} == {one.email}
    assert "専用リンクをお送りします" in mails[-1].subject


def test_another_towns_and_a_made_up_link_are_not_there(hinode, minato, visitor, out):
    theirs = apply_for(minato, make_recruitment(minato))
    for token in (theirs.token, "no-such-token"):
        for place in ("", "/receipt", "/withdraw"):
            visitor.get(f"/{hinode.slug}/applications/{token}{place}", status=404)
        visitor.post(f"/{hinode.slug}/applications/{token}/message", status=404)


def test_two_applicants_never_see_each_other(hinode, visitor, out):
    mine, theirs = apply_for(hinode, out), apply_for(hinode, out, with_file=True, name="別 人")
    with tenant_scope(hinode.id):
        (file,) = list_files(Actor.guest(hinode.id), theirs.id)
    link = f"/{hinode.slug}/applications/{mine.token}"
    assert "別 人" not in visitor.get(link)
    visitor.get(f"{link}/files/{file.id}", status=404)


def test_what_was_erased_is_not_found_by_its_link(hinode, visitor, out):
    one = apply_for(hinode, out)
    link = f"/{hinode.slug}/applications/{one.token}"
    visitor.post(f"{link}/withdraw")
    db.session.remove()
    with clock.frozen(now() + dt.timedelta(days=366)):
        erase_applications()
    with tenant_scope(hinode.id):
        assert queries.get_application(Actor.guest(hinode.id), one.id).erased_at
    visitor.get(link, status=404)


def test_the_pages_speak_english(hinode, visitor, here):
    for place in (f"/{hinode.slug}/recruitments", here, f"{here}/apply"):
        page = visitor.get(f"{place}?lang=en")
        assert '<html lang="en"' in page
    visitor.get("/?lang=ja")
