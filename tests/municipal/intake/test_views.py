import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.intake.models import Guideline, IntakePause, IntakeWindow
from kyoso.municipal.intake.rules import WindowKind
from support.intake import make_policy
from support.pages import Browser, text_of
from support.people import Town

DAY = dt.timedelta(days=1)


@pytest.fixture
def desk(hinode: Town) -> str:
    return f"/{hinode.slug}/desk/intake"


@pytest.fixture
def secretariat(hinode, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.SECRETARIAT))


def only(kind: type, town: Town) -> uuid.UUID:
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(kind.id)).one()


def test_a_town_without_a_policy_is_told_what_to_do(secretariat, desk):
    page = text_of(secretariat.get(f"{desk}/"))
    assert "受付方針がまだ登録されていません" in page
    assert "受付を休止する" not in page


def test_the_page_shows_how_the_town_takes_proposals_in(hinode, secretariat, desk):
    make_policy(hinode)
    page = text_of(secretariat.get(f"{desk}/"))
    for words in (
        "いま：受付中",
        "全方位と課題特化",
        "一年を通して",
        "30日以内",
        "町の将来像に合うか",
        "重み2",
        "町の体制が整わないため",
        "休止の予定はありません",
        "ガイドラインはまだありません",
    ):
        assert words in page
    assert "受付期間を加える" not in page


def test_intake_is_paused_and_resumed(hinode, secretariat, desk):
    make_policy(hinode)
    assert f'value="{today()}"' in secretariat.get(f"{desk}/pause")
    sent = {"form_id": str(new_id()), "starts_on": str(today()), "reason": "引っ越しのため"}
    page = text_of(secretariat.follow(secretariat.post(f"{desk}/pause", sent)))
    assert "いま：受け付けていません" in page
    assert "理由：引っ越しのため" in page
    secretariat.post(f"{desk}/pause", sent)
    pause = only(IntakePause, hinode)
    again = secretariat.post(f"{desk}/pause", sent | {"form_id": str(new_id())}, status=409)
    assert "同じ時期の休止がすでにあります" in again.text
    assert "引っ越しのため" in again.text
    page = text_of(secretariat.follow(secretariat.post(f"{desk}/pauses/{pause}/resume")))
    assert "休止を終えました。提案を受け付けています。" in page
    secretariat.post(f"{desk}/pauses/{pause}/resume", status=409)


def test_a_window_is_added_and_ended(hinode, secretariat, desk):
    make_policy(hinode, window_kind=WindowKind.DATED)
    assert "いま：受け付けていません" in secretariat.get(f"{desk}/")
    secretariat.get(f"{desk}/windows/new")
    sent = {
        "form_id": str(new_id()),
        "opens_on": str(today()),
        "closes_on": str(today() + DAY),
        "label": "秋の募集",
    }
    page = text_of(secretariat.follow(secretariat.post(f"{desk}/windows/new", sent)))
    assert "いま：受付中" in page
    assert "秋の募集" in page
    secretariat.post(f"{desk}/windows/new", sent)
    window = only(IntakeWindow, hinode)
    page = text_of(secretariat.follow(secretariat.post(f"{desk}/windows/{window}/end")))
    assert "受付期間を終えました。ただいまは受付期間の外です" in page
    assert "受付期間を終えました" in page


@pytest.mark.parametrize(
    ("form", "values", "sentence"),
    [
        ("pause", {"reason": ""}, "「休止の理由」を入力してください"),
        ("pause", {"reason": "あ" * 301}, "300文字以内"),
        ("pause", {"starts_on": "2020-01-01"}, "今日より前にはできません"),
        ("pause", {"ends_on": "2020-01-01"}, "それより後にしてください"),
        ("pause", {"starts_on": "きょう"}, "の形の日付"),
        ("windows/new", {"opens_on": ""}, "「受付を始める日」を入力してください"),
        ("windows/new", {"closes_on": "2020-01-01"}, "それより後にしてください"),
        ("windows/new", {"label": "あ" * 61}, "60文字以内"),
    ],
)
def test_a_form_with_mistakes_comes_back(form, values, sentence, hinode, secretariat, desk):
    make_policy(hinode, window_kind=WindowKind.DATED)
    day = str(today())
    right = {
        "pause": {"starts_on": day, "reason": "理由"},
        "windows/new": {"opens_on": day, "label": "春"},
    }[form]
    sent = {"form_id": str(new_id())} | right | values
    assert sentence in secretariat.post(f"{desk}/{form}", sent, status=422).text


def test_a_guideline_is_read_by_version(hinode, secretariat, desk):
    make_policy(hinode)
    with tenant_scope(hinode.id):
        versions = [
            Guideline(
                id=new_id(),
                tenant_id=hinode.id,
                effective_on=dt.date(year, 4, 1),
                title=f"指針{year}",
                body="## 目的\n\n本文",
                title_en=f"Guideline {year}",
                body_en="## Aim\n\nText",
            )
            for year in (2020, 2026)
        ]
        db.session.add_all(versions)
        db.session.commit()
    page = text_of(secretariat.get(f"{desk}/"))
    assert "指針2020" in page
    assert "指針2026" in page
    page = secretariat.get(f"{desk}/guidelines/{versions[0].id}")
    assert "指針2020" in page
    assert "<h3>目的</h3>" in page
    english = secretariat.get(f"{desk}/guidelines/{versions[0].id}?lang=en")
    assert "Guideline 2020" in english
    secretariat.get(f"{desk}/guidelines/{uuid.uuid4()}", status=404)


@pytest.mark.parametrize("role", [Role.STAFF, Role.AUDITOR])
def test_other_members_read_only(role, hinode, desk, member_of, browser):
    make_policy(hinode, window_kind=WindowKind.DATED)
    page = browser(member_of(hinode, role))
    shown = text_of(page.get(f"{desk}/"))
    assert "審査の観点" in shown
    assert "受付を休止する" not in shown
    assert "受付期間を加える" not in shown
    page.get(f"{desk}/pause", status=403)
    page.get(f"{desk}/windows/new", status=403)
    page.post(f"{desk}/pauses/{uuid.uuid4()}/resume", status=403)
    page.post(f"{desk}/windows/{uuid.uuid4()}/end", status=403)


@pytest.mark.parametrize("count", [2, 40])
def test_the_page_takes_the_same_few_statements_for_any_length(
    count, hinode, secretariat, desk, count_statements
):
    make_policy(hinode, window_kind=WindowKind.DATED)
    with tenant_scope(hinode.id):
        for number in range(count):
            first = today() + 3 * number * DAY
            db.session.add(
                IntakeWindow(
                    tenant_id=hinode.id,
                    opens_on=first,
                    closes_on=first + DAY,
                    label=f"{number}",
                    declared=False,
                    added_by="",
                )
            )
            db.session.add(
                IntakePause(
                    tenant_id=hinode.id, starts_on=first, ends_on=first, reason="x", paused_by=""
                )
            )
        db.session.commit()
    secretariat.get(f"{desk}/")
    with count_statements() as seen:
        secretariat.get(f"{desk}/")
    assert len(seen) == 7, seen
