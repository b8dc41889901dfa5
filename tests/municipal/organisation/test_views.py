import datetime as dt
import xml.etree.ElementTree as ET

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import frozen
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.posts.models import Post
from kyoso.municipal.posts.rules import Line
from kyoso.municipal.talents.rules import WorkMode
from kyoso.municipal.workloads.operations import Term, name_promoter
from kyoso.tenancy.models import Department, DepartmentPeriod, Tenant
from kyoso.tenancy.queries import forget_tenants
from support.departments import make_department
from support.engagements import declare, make_engagement
from support.pages import text_of
from support.people import actor_of
from support.posts import make_post
from support.talents import make_somebody, make_talent
from support.work_hours import log_hours

NOON = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _noon():
    with frozen(NOON):
        yield


@pytest.fixture
def unit(hinode):
    return make_department(hinode, "デジタル変革戦略室")


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def base(hinode):
    return f"/{hinode.slug}/desk/organisation/"


@pytest.fixture
def address(base, unit):
    return f"{base}{unit}"


def form(**changes):
    return {
        "form_id": str(new_id()),
        "title": "室長",
        "line": "core",
        "holder": "",
        "holder_name": "猫魔 岳（見本）",
        "starts_on": "2026-04-01",
        **changes,
    }


def make_host(town, unit):
    """Declare that a unit is the one whose roles the town declares."""
    declare(town)
    with tenant_scope(town.id):
        slug = db.session.get_one(Department, (town.id, unit)).slug
        tenant = db.session.get_one(Tenant, town.id)
        roles = {"core_line": ["最高デジタル責任者（CDO）", "室長"], "department": slug}
        tenant.declaration = {
            **tenant.declaration,
            "roles": {**tenant.declaration["roles"], **roles},
        }
        db.session.commit()
    forget_tenants()


def test_a_post_is_given_corrected_ended_and_stays_in_the_past(hinode, desk, address, base):
    assert "まだ登録されていません" in text_of(desk.get(address))
    page = text_of(desk.follow(desk.post(f"{address}/posts/new", form())))
    assert "役職を登録しました" in page
    assert "室長 猫魔 岳（見本）2026年4月1日（水）から" in page
    with tenant_scope(hinode.id):
        post = db.session.scalars(sa.select(Post.id)).one()
    one = f"{base}posts/{post}"
    assert "猫魔 岳" in desk.get(one)
    sent = form(title="室長補佐", concurrent="yes")
    del sent["form_id"]
    assert "室長補佐" in text_of(desk.follow(desk.post(one, sent)))
    desk.follow(desk.post(f"{one}/end", {"last_day": "2026-11-20"}))
    page = text_of(desk.get(address))
    assert "まだ登録されていません" in page
    assert "役職の最後の日を決めました" in page
    then = text_of(desk.get(f"{address}?on=2026-11-20"))
    assert "2026年11月20日（金）の体制です" in then
    assert "室長補佐猫魔 岳（見本） 兼任" in then
    assert "この日の体制は、まだ登録されていません" in text_of(desk.get(f"{address}?on=2026-03-31"))
    desk.post(f"{one}/withdraw", {"reason": ""}, status=422)
    desk.follow(desk.post(f"{one}/withdraw", {"reason": "別の課"}))
    assert "猫魔 岳（見本） 兼任" not in text_of(desk.get(f"{address}?on=2026-11-20"))
    assert "この役職は取り消されています" in text_of(desk.get(one))


def test_the_same_form_sent_twice_makes_one_post(hinode, desk, address):
    sent = form()
    desk.post(f"{address}/posts/new", sent)
    desk.post(f"{address}/posts/new", sent)
    with tenant_scope(hinode.id):
        db.session.scalars(sa.select(Post)).one()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "「役職名」を入力してください"),
        ({"line": "x"}, "「立つところ」を選んで"),
        ({"position": "0"}, "1から999まで"),
        ({"holder_name": ""}, "一覧から選ぶか、「名前」を入力"),
        ({"holder": "member:x"}, "「就く方」を選んで"),
        ({"holder": "king:" + "0" * 32}, "「就く方」を選んで"),
        ({"starts_on": "昨日"}, "2026-04-01 の形の日付"),
        ({"ends_on": "2026-03-01"}, "終わりの日は、始まりの日より後に"),
    ],
)
def test_what_was_typed_wrong_is_named_and_stays(desk, address, change, words):
    page = desk.post(f"{address}/posts/new", form(**change), status=422).text
    assert words in text_of(page)
    assert "2026-04-01" in page or change.get("starts_on", "") in page


def test_who_may_not_write_sees_the_chart_and_no_forms(
    hinode, unit, address, base, member_of, browser
):
    post = make_post(hinode, unit)
    for role in (Role.STAFF, Role.AUDITOR):
        reader = browser(member_of(hinode, role))
        page = reader.get(address)
        assert "見本 一郎（見本）" in page
        assert "役職を登録する" not in page
        reader.get(f"{address}/posts/new", status=403)
        reader.get(f"{base}posts/{post}", status=403)
        reader.post(f"{address}/posts/new", form(), status=403)


def test_side_job_people_stand_in_the_chart_by_themselves_and_are_marked(
    hinode, unit, desk, address
):
    declare(hinode)
    values = {"department_id": unit, "hours_a_month": 12, "mode": WorkMode.ONLINE}
    make_engagement(hinode, make_talent(hinode), role="複業人材", title="広報デザイナー", **values)
    offered = make_talent(hinode, make_somebody("まだ 返事（見本）"))
    make_engagement(hinode, offered, status=EngagementStatus.OFFERED, **values)
    page = desk.get(address)
    words = text_of(page)
    assert "複業人材見本 彩（見本） 外部人材 非常勤 オンライン" in words
    assert "広報デザイナー ・ 月12時間" in words
    assert "まだ 返事" not in words
    # In the picture: a word and a shape.
    assert "外部人材・非常勤・オンライン" in words
    assert "l5.5 6l-5.5 6l-5.5 -6z" in page
    later = text_of(desk.get(f"{address}?on=2030-01-01"))
    assert "見本 彩" not in later


def test_the_declared_unit_shows_vacant_places_and_gathers_the_promoters(
    hinode, unit, desk, address, member_of
):
    make_host(hinode, unit)
    other = make_department(hinode, "農林課")
    member = member_of(hinode, Role.STAFF, name="布藤 けん（見本）")
    with tenant_scope(hinode.id):
        name_promoter(
            other,
            Term(member.membership_id, dt.date(2026, 4, 1)),
            promoter_id=new_id(),
            actor=actor_of(hinode, Role.ADMIN),
            now=NOON,
        )
        db.session.commit()
    make_post(hinode, unit, title="室長")
    page = text_of(desk.get(address))
    assert "最高デジタル責任者（CDO）この日に就いている方の登録はありません" in page
    assert "デジタル活用推進委員布藤 けん（見本） 農林課と兼任" in page
    assert "布藤 けん" not in text_of(desk.get(address.replace(str(unit), str(other))))


def test_a_headquarters_across_departments_names_their_homes(hinode, unit, desk, address):
    home = make_department(hinode, "農林課")
    for n in range(3):
        make_post(
            hinode,
            unit,
            title="本部員",
            line=Line.MEMBER,
            holder_name=f"課長 {n}（見本）",
            concurrent=True,
            home_department_id=home,
        )
    page = text_of(desk.get(address))
    assert "本部員 3人" in page
    assert "課長 2（見本） 農林課と兼任" in page


def test_all_units_are_a_tree_with_who_leads_them(hinode, unit, desk, base):
    child = make_department(hinode, "推進係")
    with tenant_scope(hinode.id):
        db.session.execute(
            sa.update(DepartmentPeriod)
            .where(DepartmentPeriod.department_id == child)
            .values(parent_id=unit, starts_on=dt.date(2026, 4, 1))
        )
        db.session.commit()
    make_post(hinode, unit)
    page = desk.get(base)
    assert "室長 見本 一郎（見本） ・ 1人" in text_of(page)
    assert "推進係" in page
    assert f'href="{base}{unit}"' in page
    then = desk.get(f"{base}?on=2026-03-31")
    assert "推進係" not in then
    assert f"{base}{unit}?on=2026-03-31" in then
    assert "下の組織" in desk.get(f"{base}{unit}")
    gone = text_of(desk.get(f"{base}{child}?on=2026-03-31"))
    assert "この日には、この組織はありません" in gone


def test_a_town_without_units_says_where_they_come_from(desk, base):
    assert "org_chart.toml" in desk.get(base)


@pytest.mark.parametrize("asked", ["", "x", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_whatever_day_is_asked_for_there_is_a_page(desk, base, address, asked):
    for page in (base, address):
        desk.get(f"{page}?on={asked}")


def test_the_days_of_changes_lead_back_and_forth(hinode, unit, desk, address):
    make_post(hinode, unit, starts_on=dt.date(2026, 10, 1), ends_on=dt.date(2026, 12, 31))
    page = desk.get(address)
    assert f"{address}?on=2026-09-30" in page
    assert f"{address}?on=2027-01-01" in page
    assert "今日の体制" in text_of(desk.get(f"{address}?on=2027-01-01"))


def test_the_picture_is_given_as_files(hinode, unit, desk, base, address):
    make_post(hinode, unit, holder_name="<見本> & 一郎")
    for page in (base, f"{address}/"):
        response = desk.client.get(f"{page}picture.svg?on=2026-11-21")
        assert response.mimetype == "image/svg+xml"
        assert "2026-11-21.svg" in response.headers["Content-Disposition"]
        assert "<見本> & 一郎" in "".join(ET.fromstring(response.text).itertext())  # noqa: S314
        assert "href" not in response.text
        pdf = desk.client.get(f"{page}picture.pdf")
        assert pdf.data.startswith(b"%PDF")


def test_the_departments_page_says_who_hours_and_projects(hinode, unit, desk):
    somebody = make_somebody()
    engagement = make_engagement(hinode, make_talent(hinode, somebody), department_id=unit)
    log_hours(somebody, {(engagement, TODAY): 90}, at=NOON)
    make_post(hinode, unit)
    page = text_of(desk.get(f"/{hinode.slug}/desk/departments/{unit}"))
    assert "室長 見本 一郎（見本）" in page
    assert "アドバイザー 見本 彩（見本） 外部人材 非常勤" in page
    assert "外部人材の計画（2026年11月）10時間" in page
    assert "外部人材の実績（2026年11月）1時間30分" in page
    assert "担当しているプロジェクト" in page


def test_the_pages_ask_for_little_however_many_people_there_are(
    hinode, unit, desk, base, address, count_statements
):
    def asked(page):
        desk.get(page)
        with count_statements() as seen:
            desk.get(page)
        return len(seen)

    make_post(hinode, unit)
    make_engagement(hinode, make_talent(hinode), department_id=unit)
    pages = (base, address)
    few = [asked(page) for page in pages]
    for n in range(4):
        make_post(hinode, unit, title=f"係長{n}")
        make_engagement(hinode, make_talent(hinode), department_id=unit)
        make_department(hinode, f"課{n}")
    assert [asked(page) for page in pages] == few
    assert max(few) <= 13
