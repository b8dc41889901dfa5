import datetime as dt
import io
import uuid

import openpyxl
import pytest

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import new_id
from kyoso.core.i18n import jp_date
from kyoso.core.scope import tenant_scope
from kyoso.municipal.engagements import queries
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.talent_programmes.rules import PayUnit
from support.departments import make_department
from support.engagements import declare, make_engagement
from support.members import make_member
from support.pages import Browser, text_of
from support.people import Town, actor_of
from support.profiles import make_person
from support.talents import make_talent

TODAY = clock.today()
FIRST = TODAY + dt.timedelta(days=10)
LAST = FIRST + dt.timedelta(days=200)
DAY = dt.timedelta(days=1)


@pytest.fixture
def desk(hinode: Town) -> str:
    declare(hinode)
    return f"/{hinode.slug}/desk/engagements"


@pytest.fixture
def officer(hinode):
    return make_member(hinode, Role.STAFF, name="見本 担当（見本）")


@pytest.fixture
def staff(officer, browser) -> Browser:
    return browser(officer)


@pytest.fixture
def designer(hinode):
    return make_person("見本 彩（見本）", hours=40)


@pytest.fixture
def talent_id(hinode, designer) -> uuid.UUID:
    return make_talent(hinode, designer, hours_offered=40)


@pytest.fixture
def unit(hinode) -> uuid.UUID:
    return make_department(hinode, "広報課")


@pytest.fixture
def form(talent_id, officer, unit):
    def fill(**values: object) -> dict[str, object]:
        return {
            "form_id": str(new_id()),
            "talent_id": str(talent_id),
            "role": "アドバイザー",
            "title": "広報の相談役",
            "department_id": str(unit),
            "responsible_membership_id": str(officer.membership_id),
            "purpose": "広報を整える<script>alert(1)</script>",
            "contract_kind": "commission",
            "starts_on": FIRST.isoformat(),
            "ends_on": LAST.isoformat(),
            "hours_a_month": "１０",
            "mode": "both",
            "pay_unit": "month",
            "pay_yen": "50,000",
            "check_in_days": "30",
            **values,
        }

    return fill


def test_an_empty_list_says_what_it_is_for(staff, desk):
    page = text_of(staff.get(f"{desk}/"))
    assert "まだ関与はありません" in page
    assert "書面で合意済みとして登録できます" in page


def test_first_somebody_is_chosen(staff, desk, talent_id):
    page = staff.get(f"{desk}/new")
    assert "見本 彩（見本）" in text_of(page)
    page = text_of(staff.get(f"{desk}/new?talent_id={talent_id}"))
    assert "あと月40時間まで" in page
    assert "総務省 地域活性化起業人制度" in page


def test_without_anybody_in_the_register_the_way_there_is_shown(staff, desk):
    assert "人材台帳にまだ人がいません" in text_of(staff.get(f"{desk}/new"))


def test_an_engagement_is_offered_once_even_when_sent_twice(staff, desk, form):
    sent = form()
    html = staff.follow(staff.post(f"{desk}/new", sent))
    page = text_of(html)
    assert "<script>alert" not in html
    assert "申し出のメールを送りました" in page
    for words in ("返事待ち", "広報課", "月に10時間", "1か月あたり 50,000円", "見本 担当"):
        assert words in page
    staff.post(f"{desk}/new", sent)
    assert "1件" in text_of(staff.get(f"{desk}/"))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("role", "", "「役割」を入力してください。"),
        ("department_id", "", "「課・室」を選んでください。"),
        ("department_id", "018f0000-0000-7000-8000-000000000000", "いまある課を選んでください。"),
        ("responsible_membership_id", "", "「担当の職員」を選んでください。"),
        ("purpose", " ", "「目的」を入力してください。"),
        ("starts_on", "きのう", "「始まりの日」は 2026-04-01 の形"),
        ("ends_on", (FIRST - DAY).isoformat(), "終わりの日は、始まりの日より後に"),
        ("hours_a_month", "745", "「月の時間」は1から744まで"),
        ("hours_a_month", "41", "あと40時間まで"),
        ("days_a_month", "32", "「月の日数」は1から31まで"),
        ("pay_unit", "gold", "「報酬の単位」を選んでください。"),
        ("pay_unit", "none", "報酬の額を空けてください"),
        ("pay_yen", "-1", "「報酬の額」は0から"),
        ("check_in_days", "3", "「すり合わせの間隔」は7から365まで"),
        ("on_paper", "yes", "協定を選ぶか、どの書類かを書いてください"),
        ("programme", "no-such", "制度を選び直してください。"),
        ("unknown", "x", "この項目は受け付けられません。"),
    ],
)
def test_a_mistake_stands_at_its_field_and_what_was_typed_is_kept(
    staff, desk, form, field, value, told
):
    html = staff.post(f"{desk}/new", form(**{field: value}), status=422).text
    page = text_of(html)
    assert told in page
    assert 'value="広報の相談役"' in html
    # What is left is said again beside the mistake.
    assert "お願いできるのは、あと月40時間まで" in page


def test_what_is_left_for_a_period_is_asked_without_saving(staff, desk, form, hinode):
    page = text_of(staff.post(f"{desk}/new", form(check="hours", purpose=""), status=200).text)
    assert "どの月もお願いできる時間です" in page
    assert "入力内容をご確認ください" not in page
    assert "まだ関与はありません" in text_of(staff.get(f"{desk}/"))


def test_each_missed_rule_is_named_and_only_a_reason_lets_it_pass(staff, desk, form):
    sent = form(
        role="地域活性化起業人",
        programme="revitalizer-side-job",
        hours_a_month="15",
        days_a_month="3",
        in_town_days="0",
        pay_yen="90000",
    )
    page = text_of(staff.post(f"{desk}/new", sent, status=422).text)
    for words in (
        "月の時間は20時間以上です（いま15時間）",
        "月の日数は4日以上です（いま3日）",
        "町内にいる日は月に1日以上です（いま0日）",
        "企業などに所属している人が対象です",
        "制度の条件に合わない点が4件あります",
    ):
        assert words in page
    page = text_of(
        staff.follow(staff.post(f"{desk}/new", {**sent, "override_reason": "試行のため"}))
    )
    assert "制度の条件から外れています" in page
    assert page.count("理由：試行のため") == 4
    assert page.count(f"、{jp_date(clock.today())}）") == 4
    assert "条件外" in text_of(staff.get(f"{desk}/"))


def test_whoever_offers_no_hours_cannot_be_asked_yet(staff, desk, form, hinode):
    quiet = make_talent(hinode, make_person("見本 静（見本）"))
    page = text_of(staff.get(f"{desk}/new?talent_id={quiet}"))
    assert "まだ示していません" in page
    page = text_of(staff.post(f"{desk}/new", form(talent_id=str(quiet)), status=409).text)
    assert "まだ示していません" in page
    assert "広報を整える" in page


def test_an_offer_that_is_refused_leaves_nothing_behind(staff, desk, form, hinode):
    staff.post(f"{desk}/new", form(hours_a_month="41"), status=422)
    with tenant_scope(hinode.id):
        assert queries.list_engagements(actor_of(hinode, Role.STAFF)) == []
    address = staff.post(f"{desk}/new", form()).headers["Location"]
    sent = form(hours_a_month="41")
    del sent["form_id"], sent["talent_id"]
    staff.post(f"{address}/edit", sent, status=422)
    with tenant_scope(hinode.id):
        (kept,) = queries.list_engagements(actor_of(hinode, Role.STAFF))
        assert (kept.hours_a_month, kept.revision) == (int(form()["hours_a_month"]), 1)


def test_an_offer_is_changed_until_it_is_answered(staff, desk, form):
    address = staff.post(f"{desk}/new", form()).headers["Location"]
    sent = form(hours_a_month="12")
    del sent["form_id"], sent["talent_id"]
    page = text_of(staff.follow(staff.post(f"{address}/edit", sent)))
    assert "月に12時間" in page
    assert "申し出の内容を変更しました" in page
    assert "変えたところ：月の時間" in page


def test_what_was_answered_is_not_changed(staff, desk, hinode, talent_id, officer, unit):
    running = make_engagement(hinode, talent_id, officer, unit)
    assert "更新してください" in text_of(staff.get(f"{desk}/{running}/edit", status=409))


def test_an_offer_is_withdrawn_with_a_reason(staff, desk, form):
    address = staff.post(f"{desk}/new", form()).headers["Location"]
    assert "「理由」を入力してください。" in text_of(
        staff.post(f"{address}/withdraw", {"reason": ""}, status=422).text
    )
    page = text_of(staff.follow(staff.post(f"{address}/withdraw", {"reason": "予算がない"})))
    assert "取り下げました" in page
    assert "予算がない" in page
    page = text_of(staff.post(f"{address}/withdraw", {"reason": "もう一度"}, status=409).text)
    assert "「取下げ」の関与は「取下げ」にできません" in page


def test_a_running_one_is_ended_early_and_renewed(staff, desk, hinode, talent_id, officer, unit):
    running = make_engagement(hinode, talent_id, officer, unit, ends_on=TODAY + 50 * DAY)
    here = f"{desk}/{running}"
    page = text_of(staff.get(here))
    assert "あと50日で終わります" in page
    late = {"last_day": (TODAY + 50 * DAY).isoformat(), "reason": "転職"}
    assert "最後の日は" in text_of(staff.post(f"{here}/shorten", late, status=422).text)
    sent = {"last_day": (TODAY + 5 * DAY).isoformat(), "reason": "転職のため"}
    page = text_of(staff.follow(staff.post(f"{here}/shorten", sent)))
    assert "より早く" in page
    assert "転職のため" in page
    page = staff.get(f"{desk}/new?renews_id={running}")
    assert (TODAY + 6 * DAY).isoformat() in page
    assert "の続きです" in text_of(page)


def test_a_renewal_is_offered_from_the_page(staff, desk, form, hinode, talent_id, officer, unit):
    running = make_engagement(hinode, talent_id, officer, unit, ends_on=FIRST - DAY)
    page = text_of(staff.follow(staff.post(f"{desk}/new", form(renews_id=str(running)))))
    assert "前後の関与" in page
    page = text_of(staff.get(f"{desk}/{running}"))
    assert "更新（" in page
    assert "返事待ち" in page


def test_the_responsible_member_changes_on_the_page(staff, desk, hinode, talent_id, officer, unit):
    running = make_engagement(hinode, talent_id, officer, unit)
    after = make_member(hinode, Role.STAFF, name="見本 後任（見本）")
    sent = {"responsible_membership_id": after.membership_id, "check_in_days": "14"}
    page = text_of(staff.follow(staff.post(f"{desk}/{running}/assignment", sent)))
    assert "14日に1回" in page
    assert "担当などを変更しました" in page
    assert "「すり合わせの間隔」" in text_of(
        staff.post(f"{desk}/{running}/assignment", {**sent, "check_in_days": "x"}, status=422).text
    )


def test_the_list_is_narrowed_sorted_and_counted(staff, desk, hinode, talent_id, officer, unit):
    other = make_talent(hinode, make_person("見本 望（見本）", hours=10))
    elsewhere = make_department(hinode, "観光課")
    make_engagement(hinode, talent_id, officer, unit, ends_on=TODAY + 30 * DAY)
    make_engagement(
        hinode,
        other,
        officer,
        elsewhere,
        role="地域プロジェクトマネージャー",
        programme="project-manager",
        status=EngagementStatus.OFFERED,
    )

    def names(query: str) -> tuple[bool, bool]:
        html = staff.get(f"{desk}/?{query}")
        table = html[html.index("<main") :]
        return "見本 彩" in table, "見本 望" in table

    assert names("") == (True, True)
    assert names("q=望") == (False, True)
    assert names(f"department={unit}") == (True, False)
    assert names("role=地域プロジェクトマネージャー") == (False, True)
    assert names("programme=project-manager") == (False, True)
    assert names("status=active") == (True, False)
    assert names("soon=yes") == (True, False)
    assert names("status=declined") == (False, False)
    # Nonsense is no filter.
    assert names("status=x&department=y&sort=z&page=%00&q=%00") == (True, True)
    for sort, first in (("person_name", "見本 彩"), ("-person_name", "見本 望")):
        rows = staff.get(f"{desk}/?sort={sort}").partition("<tbody>")[2]
        assert rows.index(first) == min(rows.index("見本 彩"), rows.index("見本 望"))
    assert "条件に合う関与はありません" in text_of(staff.get(f"{desk}/?q=だれもいない"))


def test_the_list_is_taken_along_as_a_sheet(staff, desk, hinode, talent_id, officer, unit):
    make_engagement(
        hinode,
        talent_id,
        officer,
        unit,
        programme="revitalizer-side-job",
        overrides={
            "x": {"sentence": "月の時間は20時間以上です。", "reason": "", "by": "", "on": ""}
        },
    )
    content = staff.fetch(f"{desk}/export.xlsx?status=active").data
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    assert rows[0][:3] == ("氏名", "状態", "課・室")
    assert rows[1][:4] == ("見本 彩（見本）", "契約中", "広報課", "アドバイザー")
    assert "地域活性化起業人（副業型）" in rows[1]
    assert rows[1][-1] == "月の時間は20時間以上です。"
    assert len(rows) == 2
    assert "見本 彩" in staff.fetch(f"{desk}/export.csv").data.decode("utf-8-sig")


def test_the_list_takes_as_many_statements_for_many_as_for_one(
    staff, desk, hinode, talent_id, officer, unit, count_statements
):
    make_engagement(hinode, talent_id, officer, unit)
    staff.get(f"{desk}/")
    with count_statements() as few:
        staff.get(f"{desk}/")
    for number in range(30):
        make_engagement(hinode, talent_id, officer, unit, role=f"役割{number}")
    with count_statements() as many:
        staff.get(f"{desk}/")
    assert len(many) == len(few) <= 5


def test_costs_stand_beside_the_cap(staff, desk, hinode, talent_id, officer, unit):
    year = clock.fiscal_year(TODAY)
    make_engagement(
        hinode,
        talent_id,
        officer,
        unit,
        role="地域活性化起業人",
        programme="revitalizer-side-job",
        pay_unit=PayUnit.YEAR,
        pay_yen=900_000,
        starts_on=dt.date(year, 4, 1),
        ends_on=dt.date(year + 1, 3, 31),
    )
    page = text_of(staff.get(f"{desk}/costs"))
    for words in ("900,000円", "2,000,000円", "1,100,000円", "地域活性化起業人（副業型）"):
        assert words in page
    assert "古い案内によります" in page
    assert "費用はありません" in text_of(staff.get(f"{desk}/costs?year=2031"))
    for year in ("x", "0000020261", "1", "9999", "２０２６"):
        assert "2,000,000円" in text_of(staff.get(f"{desk}/costs?year={year}"))


def test_who_may_only_read_finds_no_button(browser, hinode, desk, talent_id, officer, unit):
    running = make_engagement(hinode, talent_id, officer, unit)
    auditor = browser(make_member(hinode, Role.AUDITOR))
    page = auditor.get(f"{desk}/{running}")
    assert "早く終える" not in text_of(page)
    assert "関与を申し出る" not in text_of(auditor.get(f"{desk}/"))
    auditor.get(f"{desk}/new", status=403)
    auditor.post(f"{desk}/{running}/withdraw", {"reason": "x"}, status=403)


def test_another_towns_engagement_is_a_missing_page(staff, desk, hinode, minato):
    theirs = make_engagement(minato, make_talent(minato))
    for path in ("", "/edit"):
        staff.get(f"{desk}/{theirs}{path}", status=404)
    for path in ("withdraw", "shorten", "assignment"):
        staff.post(f"{desk}/{theirs}/{path}", {"reason": "x"}, status=404)
    staff.get(f"{desk}/new?renews_id={theirs}", status=404)


def test_the_register_shows_a_persons_engagements(staff, desk, hinode, talent_id, officer, unit):
    make_engagement(hinode, talent_id, officer, unit)
    page = staff.get(f"/{hinode.slug}/desk/talents/{talent_id}")
    words = text_of(page)
    assert "アドバイザー 契約中" in words
    assert "広報課 ・ 月" in words
    assert f"new?talent_id={talent_id}" in page


def test_what_ends_soon_stands_on_todays_page(staff, desk, hinode, talent_id, officer, unit):
    today = f"/{hinode.slug}/desk/"
    assert "まもなく終わる関与" not in text_of(staff.get(today))
    make_engagement(hinode, talent_id, officer, unit, ends_on=TODAY + 7 * DAY)
    page = text_of(staff.get(today))
    assert "まもなく終わる関与" in page
    assert "あと7日" in page


def test_a_recruitment_or_another_page_can_fill_in_the_form(staff, desk, talent_id, hinode):
    page = staff.get(f"{desk}/new?talent_id={talent_id}&hours_a_month=7&purpose=写真を撮る")
    assert 'value="7"' in page
    assert "写真を撮る" in page
    with tenant_scope(hinode.id):
        assert queries.list_engagements(actor_of(hinode, Role.ADMIN)) == []
