"""A person's own pages: what towns ask, and the answer."""

import datetime as dt
import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.jobs import run_worker
from kyoso.municipal.engagements.rules import AgreedBy, EngagementStatus
from kyoso.municipal.talent_programmes.rules import PayUnit
from support.engagements import declare, make_engagement
from support.members import make_member, sign_in
from support.pages import Browser, text_of
from support.talents import make_somebody, make_talent

DAY = dt.timedelta(days=1)
OFFERED = EngagementStatus.OFFERED


@pytest.fixture
def somebody(app):
    return make_somebody("見本 彩（見本）")


@pytest.fixture
def person(app, somebody) -> Browser:
    return sign_in(app, somebody)


@pytest.fixture
def talent_id(hinode, somebody):
    declare(hinode)
    return make_talent(hinode, somebody)


def test_without_any_the_page_says_how_they_come(person):
    page = text_of(person.get("/me/engagements/"))
    assert "まだ関わりはありません" in page
    assert "プロフィールを開く" in page


def test_all_towns_stand_on_one_page_and_nobody_elses(person, hinode, minato, talent_id, somebody):
    make_engagement(hinode, talent_id, status=OFFERED)
    make_engagement(minato, make_talent(minato, somebody), hours_a_month=8)
    make_engagement(hinode, talent_id, role="以前の役割", status=EngagementStatus.ENDED)
    make_engagement(hinode, make_talent(hinode), role="別人の役割")
    page = text_of(person.get("/me/engagements/"))
    for words in (
        "ひので町",
        "みなと町",
        "返事を待っています",
        "引き受けている仕事",
        "これまでの関わり",
    ):
        assert words in page
    assert "別人の役割" not in page
    assert "以前の役割" in page


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    person, hinode, talent_id, count_statements
):
    make_engagement(hinode, talent_id)
    person.get("/me/engagements/")
    with count_statements() as few:
        person.get("/me/engagements/")
    for number in range(12):
        make_engagement(hinode, talent_id, role=f"役割{number}")
    with count_statements() as many:
        person.get("/me/engagements/")
    assert len(many) == len(few) <= 4


def test_what_is_asked_is_said_in_plain_words(person, hinode, talent_id):
    offered = make_engagement(
        hinode,
        talent_id,
        status=OFFERED,
        pay_unit=PayUnit.MONTH,
        pay_yen=80_000,
        programme="revitalizer-side-job",
    )
    page = text_of(person.get(f"/me/engagements/{offered}"))
    for words in (
        "ひので町の政策課で、「アドバイザー」として",
        "月に10時間を目安に働きます",
        "報酬は1か月あたり80,000円です",
        "相談先は、担当の職員の",
        "地域活性化起業人（副業型）",
        "この内容で承諾する",
    ):
        assert words in page


def test_yes_is_said_once_and_stays(person, hinode, talent_id, app):
    offered = make_engagement(hinode, talent_id, status=OFFERED)
    here = f"/me/engagements/{offered}"
    page = text_of(person.follow(person.post(f"{here}/accept", {"revision": "1"})))
    assert "承諾しました" in page
    assert "契約中" in page
    assert "この内容で承諾する" not in page
    person.post(f"{here}/accept", {"revision": "1"}, status=303)
    answer = person.post(f"{here}/decline", {"note": ""}, status=409).text
    assert "「契約中」の関与は「辞退」にできません" in text_of(answer)
    run_worker(app, wait=False)


def test_one_goes_from_what_was_agreed_to_its_hours_and_check_ins(person, hinode, talent_id):
    engagement_id = make_engagement(hinode, talent_id, title="広報の助言")
    page = person.get(f"/me/engagements/{engagement_id}")
    assert "ひので町 広報の助言" in text_of(page)
    assert 'href="/me/hours/"' in page
    check_ins = f"/me/check-ins/engagements/{engagement_id}"
    assert check_ins in page
    assert f"/me/engagements/{engagement_id}" in person.get(check_ins)
    assert f"/me/engagements/{engagement_id}" in person.get("/me/hours/")


def test_no_is_said_with_a_reason_and_reaches_the_town(person, hinode, talent_id, app, browser):
    staff = make_member(hinode, Role.STAFF)
    offered = make_engagement(hinode, talent_id, staff, status=OFFERED)
    sent = {"note": "時期が<b>合いません"}
    page = text_of(person.follow(person.post(f"/me/engagements/{offered}/decline", sent)))
    assert "辞退しました" in page
    run_worker(app, wait=False)
    html = browser(staff).get(f"/{hinode.slug}/desk/engagements/{offered}")
    assert "時期が&lt;b&gt;合いません" in html
    assert "本人が辞退しました" in text_of(html)


def test_other_words_than_those_read_are_not_accepted(person, hinode, talent_id):
    offered = make_engagement(hinode, talent_id, status=OFFERED, revision=3)
    here = f"/me/engagements/{offered}"
    for said in ("2", "", "x"):
        page = person.post(f"{here}/accept", {"revision": said}, status=409).text
        assert "この内容で承諾する" in text_of(page)
    assert "内容が変わりました" in text_of(
        person.post(f"{here}/accept", {"revision": "2"}, status=409).text
    )


def test_an_offer_of_the_past_can_only_be_declined(person, hinode, talent_id):
    offered = make_engagement(hinode, talent_id, status=OFFERED, ends_on=today() - DAY)
    page = text_of(person.get(f"/me/engagements/{offered}"))
    assert "期間が過ぎている" in page
    assert "この内容で承諾する" not in page
    person.post(f"/me/engagements/{offered}/accept", {"revision": "1"}, status=409)
    person.post(f"/me/engagements/{offered}/decline", {"note": ""}, status=303)


def test_what_was_agreed_on_paper_says_so(person, hinode, talent_id):
    running = make_engagement(
        hinode, talent_id, agreed_by=AgreedBy.PAPER, paper_note="令和8年3月25日付 委嘱状"
    )
    page = text_of(person.get(f"/me/engagements/{running}"))
    assert "書面で合意した契約として" in page
    assert "令和8年3月25日付 委嘱状" in page


def test_somebody_elses_is_a_missing_page(person, hinode):
    theirs = make_engagement(hinode, make_talent(hinode), status=OFFERED)
    for ident in (theirs, uuid.uuid4()):
        person.get(f"/me/engagements/{ident}", status=404)
        person.post(f"/me/engagements/{ident}/accept", {"revision": "1"}, status=404)
        person.post(f"/me/engagements/{ident}/decline", {"note": ""}, status=404)
