import io
import uuid

import pytest

from kyoso.core.access import Role
from support.departments import make_department, make_tactic
from support.pages import Browser, text_of
from support.people import Town
from support.workshops import first_idea, make_workshop


@pytest.fixture
def desk(hinode: Town) -> str:
    return f"/{hinode.slug}/desk/workshops"


@pytest.fixture
def staff(hinode, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.STAFF))


def form(town: Town, **values: object) -> dict[str, object]:
    return {
        "form_id": str(uuid.uuid4()),
        "title": "2030年の暮らし",
        "held_on": "2026-10-03",
        "place": "",
        "department_id": str(make_department(town)),
        "participants": "２４",
        "theme": "残したいもの<script>alert(1)</script>",
        "summary": "",
        **values,
    }


def test_an_empty_list_offers_the_first_step(staff, desk):
    page = text_of(staff.get(f"{desk}/"))
    assert "まだワークショップはありません" in page
    assert "最初のワークショップを登録する" in page


def test_a_workshop_is_written_once_even_when_sent_twice(staff, desk, hinode):
    staff.get(f"{desk}/new")
    sent = form(hinode)
    html = staff.follow(staff.post(f"{desk}/new", sent))
    assert "<script>alert" not in html
    assert "24人" in text_of(html)
    staff.post(f"{desk}/new", sent)
    assert text_of(staff.get(f"{desk}/")).count("2030年の暮らし") == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "「題名」を入力してください。"),
        ("held_on", "きのう", "「開催日」は 2026-04-01 の形"),
        ("participants", "-3", "「参加した人数」は0から10,000まで"),
        ("department_id", "", "「開催した課」"),
    ],
)
def test_a_mistake_stands_at_its_field_and_the_rest_stays(staff, desk, hinode, field, value, told):
    page = staff.post(f"{desk}/new", form(hinode, place="公民館", **{field: value}), status=422)
    assert told in text_of(page.text)
    assert "公民館" in page.text


def test_ideas_come_by_hand_by_paste_and_by_csv(staff, desk, hinode):
    here = f"{desk}/{make_workshop(hinode)}"
    staff.post(f"{here}/ideas", {"pasted": "雪かきの日\n夜のバス"})
    file = (io.BytesIO("アイデア,グループ\n朝市,食\n".encode("cp932")), "ideas.csv")
    staff.post(f"{here}/ideas", {"pasted": "", "file": file})
    page = text_of(staff.get(here))
    for idea in ("1. 雪かきの日", "2. 夜のバス", "3. 朝市"):
        assert idea in page
    wrong = staff.post(f"{here}/ideas", {"pasted": "よい\n" + "長" * 501}, status=422)
    assert "2行目" in text_of(wrong.text)
    assert "長" * 501 in wrong.text


def test_ideas_are_grouped_and_settled_and_the_public_reads_what_became_of_them(
    staff, desk, hinode, visitor
):
    workshop_id = make_workshop(hinode, "空き家の地図がほしい", summary="24人で話しました。")
    here, idea = f"{desk}/{workshop_id}", first_idea(hinode, workshop_id)
    public = f"/{hinode.slug}/workshops"
    staff.post(f"{here}/groups", {"ideas": str(idea), "group": "住まい"})
    staff.get(f"{here}/ideas/{idea}")
    refused = staff.post(f"{here}/ideas/{idea}", {"fate": "tactic"}, status=422)
    assert "どれに反映したかを選んでください。" in text_of(refused.text)
    settled = {"fate": "tactic", "tactic_id": str(make_tactic(hinode)), "answer": "進めます。"}
    staff.post(f"{here}/ideas/{idea}", settled)
    assert "公開している話し合いは、まだありません" in text_of(visitor.get(public))
    visitor.get(f"{public}/{workshop_id}", status=404)

    staff.post(f"{here}/publish")

    assert "2030年の暮らし" in text_of(visitor.get(public))
    page = text_of(visitor.get(f"{public}/{workshop_id}"))
    for words in (
        "24人で話しました。",
        "空き家の地図がほしい",
        "戦術に反映",
        "進めます。",
        "15-11",
    ):
        assert words in page
    staff.post(f"{here}/withdraw")
    visitor.get(f"{public}/{workshop_id}", status=404)


def test_it_is_not_published_without_a_summary(staff, desk, hinode):
    page = staff.post(f"{desk}/{make_workshop(hinode)}/publish", status=422)
    assert "「公開するまとめ」を入力してください。" in text_of(page.text)


def test_an_auditor_reads_and_changes_nothing(hinode, desk, member_of, browser):
    workshop_id = make_workshop(hinode, "雪かき")
    auditor = browser(member_of(hinode, Role.AUDITOR))
    page = auditor.get(f"{desk}/{workshop_id}")
    assert "雪かき" in page
    assert "扱いを決める" not in page
    auditor.post(f"{desk}/{workshop_id}/ideas", {"pasted": "x"}, status=403)


def test_the_pages_ask_the_same_for_two_ideas_and_for_many(
    staff, desk, hinode, visitor, count_statements
):
    few = make_workshop(hinode, "一つ", "二つ", summary="まとめ")
    many = make_workshop(hinode, *(f"案{n}" for n in range(60)), summary="まとめ")
    counts = []
    staff.get(f"{desk}/{few}")
    for workshop_id in (few, many):
        with count_statements() as seen:
            staff.get(f"{desk}/{workshop_id}")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8
