"""What fills the demo: complete, marked as invented, and brought in once."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from kyoso.app import create_app
from kyoso.core import clock, embedded
from kyoso.core.access import MEMBER_ROLES, Actor
from kyoso.core.config import ROOT, load_settings
from kyoso.core.db import Model, db
from kyoso.core.scope import member_scope, tenant_scope
from kyoso.exchange.know_how.models import KnowHowListing
from kyoso.exchange.reuses.models import ReceivedReuse
from kyoso.identity.accounts.queries import find_credentials
from kyoso.identity.members.queries import list_members
from kyoso.identity.passwords import matches
from kyoso.identity.sample_people import list_sample_people
from kyoso.municipal.fit_sheets.models import FitItem, FitSheet
from kyoso.municipal.fit_sheets.rules import ItemState
from kyoso.municipal.proposals.models import Proposal
from kyoso.municipal.proposals.rules import ProposalStatus
from kyoso.municipal.workshops.models import Workshop, WorkshopIdea
from kyoso.municipal.workshops.rules import Fate, WorkshopStatus
from kyoso.operating import demo_data
from kyoso.operating.demo_data import exchange_people
from kyoso.operating.demo_data.days import Days
from kyoso.operating.demo_data.people import BEGAN, FOLDER
from kyoso.operating.demo_data.proposal_steps import VERBS
from kyoso.tenancy.queries import tenant_by_slug
from kyoso.tenancy.sync import tenants_sync
from support.pages import Browser, text_of

MARK = "（見本）"
TOWNS = demo_data.TOWNS
TOLD = {slug: tomllib.loads((FOLDER / f"{slug}.toml").read_text("utf-8")) for slug in TOWNS}
TALENTS = tomllib.loads((FOLDER / "talents.toml").read_text("utf-8"))["people"]
EXCHANGE = tomllib.loads((FOLDER / "exchange.toml").read_text("utf-8"))
PEOPLE = tomllib.loads((FOLDER / "people.toml").read_text("utf-8"))


class PowerCut(Exception):
    """The machine goes off in the middle of a story."""


@pytest.fixture(scope="module")
def empty(
    server: embedded.Server, name: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The demo's application with its towns, and nobody in them yet."""
    settings = load_settings(
        "demo",
        secret_key="the demo of the tests",
        database_url=server.url(embedded.APP_ROLE, name),
        owner_database_url=server.url(embedded.OWNER_ROLE, name),
        var_dir=tmp_path_factory.mktemp("demo"),
    )
    app = create_app(settings)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        tenants_sync(settings)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def after_the_cut(empty: Flask, server: embedded.Server, name: str) -> dict[str, int]:
    """What is there when the first filling stopped in the first town."""

    def cut(*_told: object) -> None:
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch, empty.app_context():
        patch.setitem(VERBS, "withdraw", cut)
        with pytest.raises(PowerCut):
            demo_data.seed()
    return counts(server, name)


@pytest.fixture(scope="module")
def after_the_second_cut(
    empty: Flask, after_the_cut: dict[str, int], server: embedded.Server, name: str
) -> dict[str, int]:
    """What is there when the second filling stopped between a person's yes and their share."""

    def cut(*_told: object, **_said: object) -> None:
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch, empty.app_context():
        patch.setattr(exchange_people.shares, "begin_share", cut)
        with pytest.raises(PowerCut):
            demo_data.seed()
    return counts(server, name)


@pytest.fixture(scope="module")
def demo(empty: Flask, after_the_second_cut: dict[str, int]) -> Flask:
    """The demo's application, filled at the third attempt."""
    with empty.app_context():
        demo_data.seed()
    return empty


def counts(server: embedded.Server, name: str) -> dict[str, int]:
    """Return how many rows each table has, of all towns."""
    url = server.superuser_url(name).replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection:
        return {
            table.fullname: connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(
                    sql.Identifier(str(table.schema), table.name)
                )
            ).fetchall()[0][0]
            for table in Model.metadata.sorted_tables
        }


def names_told(slug: str) -> list[str]:
    people = [row["name"] for row in PEOPLE[slug]]
    invited = [row["name"] for row in TOLD[slug].get("invitations", [])]
    proposers = [
        row[key]
        for row in TOLD[slug]["proposals"]
        for key in ("name", "contact", "public_name")
        if row.get(key)
    ]
    return people + invited + proposers


def test_filling_it_again_changes_nothing(demo: Flask, server: embedded.Server, name: str):
    before = counts(server, name)
    with demo.app_context():
        people = list_sample_people()
        demo_data.seed()
        assert list_sample_people() == people
    assert counts(server, name) == before
    told = sum(len(TOLD[slug]["proposals"]) for slug in TOWNS)
    taken_in = sum("accepted" in row for row in EXCHANGE["referrals"])
    assert before["municipal.proposals"] == told + taken_in


def test_an_interrupted_story_leaves_nothing_behind_and_is_told_anew(
    after_the_cut: dict[str, int], demo: Flask, server: embedded.Server, name: str
):
    now_there = counts(server, name)
    for table in ("municipal.proposals", "municipal.notices", "core.mails", "core.files"):
        assert after_the_cut[table] == 0
        assert now_there[table] > 0
    assert after_the_cut["identity.memberships"] == now_there["identity.memberships"]


def test_the_towns_are_there_before_anybody_works_in_them():
    with clock.frozen(dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)):
        assert demo_data.beginning() < Days(clock.now()).moment(BEGAN)


def test_it_belongs_into_a_demo_only(app: Flask):
    with pytest.raises(RuntimeError, match="demo"):
        demo_data.seed()


@pytest.mark.parametrize("slug", TOWNS)
def test_every_town_has_a_person_in_every_role(demo: Flask, slug: str):
    with demo.app_context():
        town = tenant_by_slug(slug)
        with tenant_scope(town.id):
            members = list_members(Actor.system(town.id, "test"), active=True)
        roles = [role for member in members for role in member.roles]
        assert set(roles) == {role.value for role in MEMBER_ROLES}
        assert roles.count("staff") >= 2
        shown = [person for person in list_sample_people() if person.slug == slug]
    assert {person.email for person in shown} == {member.email for member in members}


def test_one_person_works_in_two_towns(demo: Flask):
    with demo.app_context():
        people = list_sample_people()
    places = {(p.slug, *p.roles) for p in people if p.email.startswith("tsunagu.")}
    assert places == {("bandai", "secretariat"), ("yokoze", "staff")}
    assert len({p.person_id for p in people if p.email.startswith("tsunagu.")}) == 1


def test_every_status_occurs_that_can(demo: Flask):
    found: set[ProposalStatus] = set()
    with demo.app_context():
        for slug in TOWNS:
            town = tenant_by_slug(slug)
            with tenant_scope(town.id):
                found |= set(db.session.scalars(sa.select(Proposal.status)))
    assert found == set(ProposalStatus)


def test_one_workshop_is_public_with_every_fate_and_one_is_a_draft(demo: Flask):
    with demo.app_context():
        town = tenant_by_slug("bandai")
        with tenant_scope(town.id):
            statuses = list(db.session.scalars(sa.select(Workshop.status)))
            fates = set(db.session.scalars(sa.select(WorkshopIdea.fate)))
    assert (sorted(statuses), fates) == (
        [WorkshopStatus.DRAFT, WorkshopStatus.PUBLISHED],
        set(Fate),
    )


def test_one_proposal_under_review_has_items_in_every_state(demo: Flask):
    with demo.app_context():
        town = tenant_by_slug("bandai")
        with tenant_scope(town.id):
            states = db.session.scalars(
                sa.select(FitItem.state)
                .join(FitSheet, FitSheet.id == FitItem.sheet_id)
                .join(Proposal, Proposal.id == FitSheet.proposal_id)
                .where(Proposal.status == ProposalStatus.IN_REVIEW)
            ).all()
    assert set(states) == set(ItemState)


def test_nothing_of_it_lies_in_the_future_and_one_answer_is_overdue(demo: Flask):
    with demo.app_context():
        town = tenant_by_slug("bandai")
        with tenant_scope(town.id):
            rows = db.session.scalars(sa.select(Proposal)).all()
    assert all(row.moved_at <= clock.now() for row in rows)
    late = [
        row
        for row in rows
        if row.answer_by
        and row.answer_by < clock.today()
        and row.status in {ProposalStatus.SCREENING, ProposalStatus.IN_REVIEW}
    ]
    assert len(late) == 1


def test_every_talent_is_marked_as_invented_and_can_be_tried(demo: Flask):
    assert all(row["name"].endswith(MARK) for row in TALENTS)
    with demo.app_context():
        tried = {person.name for person in list_sample_people() if person.roles == ["talent"]}
    assert tried == {row["name"] for row in TALENTS}


def test_the_designer_of_two_towns_sees_both_and_what_waits(demo: Flask):
    browser = Browser(demo)
    with demo.app_context():
        (kotone,) = [p for p in list_sample_people() if p.name.startswith("彩倉")]
    browser.post("/demo/sign-in", {"person_id": kotone.person_id})
    today = browser.get("/me/")
    assert "磐梯町" in today
    assert "横瀬町" in today
    assert "すり合わせ" in today


@pytest.mark.parametrize("slug", TOWNS)
def test_every_name_is_marked_as_invented(slug: str):
    for name in names_told(slug):
        assert name.endswith(MARK), name
    for row in [*TOLD[slug].get("needs", []), *TOLD[slug]["notices"]]:
        assert "（見本" in row["title"], row["title"]
    text = (FOLDER / f"{slug}.toml").read_text("utf-8")
    addresses = set(re.findall(r"[\w.-]+@[\w.-]+", text + str(PEOPLE)))
    assert all(re.search(r"@(\w+\.)?example\.(com|jp)$", address) for address in addresses)


def test_no_name_is_one_of_those_documented_in_the_towns_folders():
    known = "\n".join(
        path.read_text("utf-8")
        for path in (ROOT / "tenants").rglob("*")
        if path.suffix in {".toml", ".md"}
    )
    for slug in TOWNS:
        for name in names_told(slug):
            assert name.removesuffix(MARK) not in known, name


def test_a_visitor_becomes_a_sample_person_with_one_click_or_the_password(demo: Flask):
    with demo.app_context():
        person = next(p for p in list_sample_people() if p.slug == "yokoze")
    browser = Browser(demo)
    assert browser.get("/sign-in").count(person.name) == 1
    browser.post("/demo/sign-in", {"person_id": person.person_id, "next": "/yokoze/desk/"})
    assert person.name in browser.get("/yokoze/desk/")
    with demo.app_context():
        credentials = find_credentials(person.email)
        assert credentials is not None
        assert matches(credentials.password_hash, demo_data.PASSWORD)


def test_a_coordinator_sees_the_towns_of_both_real_agreements(demo: Flask):
    with demo.app_context():
        (person,) = (p for p in list_sample_people() if p.roles == ["coordinator"])
    browser = Browser(demo)
    browser.post("/demo/sign-in", {"person_id": person.person_id, "next": "/my-towns"})
    assert browser.get("/my-towns").count("/networks/") == 2
    for slug, towns, signed in (
        ("sancho-mirai", ("磐梯町", "横瀬町", "海士町"), "2024年1月15日"),
        ("koiki-kyoso", ("磐梯町", "横瀬町"), "2022年9月6日"),
    ):
        page = browser.get(f"/networks/{slug}/")
        assert page.count("加盟中") == len(towns)
        for words in (*towns, signed):
            assert words in page


def test_the_towns_published_their_own_rows_and_one_is_late(demo: Flask):
    with demo.app_context():
        (person,) = (p for p in list_sample_people() if p.roles == ["coordinator"])
    browser = Browser(demo)
    browser.post("/demo/sign-in", {"person_id": person.person_id})
    page = browser.get("/networks/sancho-mirai/metrics/")
    assert "加盟する3自治体のうち2自治体が公開しています" in page
    assert "まだ公開していない自治体があります：海士町。" in text_of(page)
    assert "受け付けた提案" in page


def signed_in(demo: Flask, name: str) -> Browser:
    with demo.app_context():
        person = next(p for p in list_sample_people() if p.name.startswith(name))
    browser = Browser(demo)
    browser.post("/demo/sign-in", {"person_id": person.person_id})
    return browser


def test_an_interrupted_share_begins_when_it_is_told_anew(
    after_the_second_cut: dict[str, int], demo: Flask, server: embedded.Server, name: str
):
    now_there = counts(server, name)
    begun = ("municipal.engagements", "exchange.share_hours")
    for table in begun:
        assert after_the_second_cut[table] < now_there[table]
    asked = ("exchange.know_how", "exchange.listings", "exchange.listed_needs")
    for table in asked:
        assert after_the_second_cut[table] <= now_there[table]
        assert now_there[table] > 0


def test_everything_of_the_exchange_is_marked_as_invented():
    for row in (*EXCHANGE["know_how"], *EXCHANGE["consultations"], *EXCHANGE["needs"]):
        assert row["title"].endswith(MARK), row["title"]
    for row in (*EXCHANGE["listings"], *EXCHANGE["referrals"], *EXCHANGE["shares"]):
        text = row.get("introduction") or row.get("words") or row["purpose"]
        assert "（見本" in text, text


def test_a_town_reads_what_its_network_shares_and_not_who_failed(demo: Flask):
    browser = signed_in(demo, "波止ノ浜")
    know_how = browser.get("/ama/exchange/know-how/")
    for row in EXCHANGE["know_how"]:
        assert row["title"] in know_how
    (lesson,) = (row for row in EXCHANGE["know_how"] if row.get("nameless"))
    with demo.app_context(), member_scope(tenant_by_slug("ama").id):
        listings = sa.select(KnowHowListing.id).where(KnowHowListing.title == lesson["title"])
        (item_id,) = db.session.scalars(listings)
    page = browser.get(f"/ama/exchange/know-how/{item_id}")
    assert lesson["summary"] in page
    assert "磐梯町" not in page.split("<main")[1].split("</main")[0]
    talent = browser.get("/ama/exchange/talent/")
    for name in ("彩倉 ことね", "森影 そうた", "瀬戸波 りく"):
        assert name in talent
    assert "星見台" not in talent
    assert EXCHANGE["needs"][0]["title"] in browser.get("/ama/exchange/needs/")


def test_a_plan_gives_the_towns_needs_somebody(demo: Flask):
    browser = signed_in(demo, "波止ノ浜")
    plans = browser.get("/ama/exchange/allocations/")
    assert "はじめての割り当て案（見本）" in plans
    (address,) = re.findall(r'href="(/ama/exchange/allocations/[0-9a-f-]{36})"', str(plans))
    page = browser.get(address)
    assert "船の時刻と島のことを、一枚で伝える紙面づくり（見本）" in page
    assert "彩倉 ことね" in page
    assert "受ける" in page


def test_the_author_reads_how_its_template_went(demo: Flask):
    browser = signed_in(demo, "波止ノ浜")
    with demo.app_context():
        town = tenant_by_slug("ama")
        with tenant_scope(town.id):
            (received,) = db.session.scalars(sa.select(ReceivedReuse)).all()
            piece = received.know_how_id
    page = browser.get(f"/ama/exchange/know-how/own/{piece}")
    assert "横瀬町" in page
    assert EXCHANGE["reuses"][0]["thanks"] in page


def test_one_question_is_solved_and_one_without_a_name_waits(demo: Flask):
    browser = signed_in(demo, "猫魔")
    page = browser.get("/bandai/exchange/consultations/")
    for row in EXCHANGE["consultations"]:
        assert row["title"] in page
    assert "解決した" in page
    assert "海士町" not in page.split("<main")[1].split("</main")[0]


def test_one_referral_is_taken_in_and_one_waits_for_the_proposer(demo: Flask):
    page = signed_in(demo, "棚田沢").get("/yokoze/exchange/referrals/")
    assert "港の傘立てから始める" in page
    assert "受け取りました" in page
    assert "提案者に確認中" in signed_in(demo, "猫魔").get("/bandai/exchange/referrals/")
    assert "横瀬町からの紹介" in signed_in(demo, "波止ノ浜").get("/ama/exchange/referrals/")


def test_know_how_has_a_file_that_is_found_by_its_words_and_a_tactic(demo: Flask):
    browser = signed_in(demo, "波止ノ浜")
    found = browser.get("/ama/exchange/know-how/?q=法令で紙か")
    assert "紙の申請を減らす順番を決める棚卸し表" in found
    assert "生成AIで住民向けのお知らせ" in browser.get(
        "/ama/exchange/know-how/?q=職員の働き方の見直し"
    )


def test_one_share_waits_for_the_person_and_one_runs(demo: Flask):
    waiting = signed_in(demo, "森影").get("/me/shares/")
    assert "横瀬町" in waiting
    assert "本人の返事待ち" in waiting
    running = signed_in(demo, "猫魔").get("/bandai/exchange/shares/?tab=running")
    assert "瀬戸波 りく" in running
    asked = signed_in(demo, "星見台").get("/me/listings/")
    assert "磐梯町" in asked


@pytest.mark.parametrize(
    ("today", "at", "expected"),
    [
        # Sunday 22 November 2026: the last working day is Friday.
        ((2026, 11, 22, 7), "1 09:30", (2026, 11, 20, 9, 30)),
        ((2026, 11, 23, 7), "1 09:30", (2026, 11, 20, 9, 30)),
        ((2026, 11, 25, 7), "1 09:30", (2026, 11, 24, 9, 30)),
        ((2026, 11, 25, 7), "5 20:10", (2026, 11, 18, 20, 10)),
        ((2026, 11, 25, 7), "0 -90", (2026, 11, 25, 5, 30)),
    ],
)
def test_days_are_counted_in_working_days_of_japan(today: Any, at: str, expected: Any):
    japan = ZoneInfo("Asia/Tokyo")
    days = Days(dt.datetime(*today, tzinfo=japan))
    assert days.moment(at) == dt.datetime(*expected, tzinfo=japan)


@pytest.mark.parametrize("slug", TOWNS)
def test_each_story_is_told_in_an_order_that_holds_on_every_weekday(slug: str):
    for weekday in range(7):
        days = Days(dt.datetime(2026, 11, 16 + weekday, 0, 30, tzinfo=dt.UTC))
        for row in TOLD[slug]["proposals"]:
            moments = [days.moment(step["at"]) for step in row["steps"]]
            assert moments == sorted(moments), row["key"]


def test_the_towns_share_in_an_order_that_holds_on_every_weekday():
    told = (
        *((row, ("asked", "agreed")) for row in EXCHANGE["listings"]),
        *((row, ("written", "published", "listed")) for row in EXCHANGE["needs"]),
        *(
            (row, ("written", "sent", "approved", "accepted", "begun", "logged"))
            for row in EXCHANGE["shares"]
        ),
        *((row, ("at", "answered", "handed", "accepted")) for row in EXCHANGE["referrals"]),
    )
    for weekday in range(7):
        days = Days(dt.datetime(2026, 11, 16 + weekday, 0, 30, tzinfo=dt.UTC))
        for row, steps in told:
            moments = [days.moment(row[step]) for step in steps if step in row]
            assert moments == sorted(moments), row
        for row in EXCHANGE["shares"]:
            sent = days.moment(row["sent"]).astimezone(clock.JST).date()
            assert sent <= days.day(row["starts_in"])


def test_the_files_are_where_the_program_looks():
    assert {path.name for path in Path(FOLDER).glob("*.toml")} == {
        "people.toml",
        "talents.toml",
        "networks.toml",
        "exchange.toml",
        *(f"{slug}.toml" for slug in TOWNS),
    }
