"""The pages of plans: coordinators calculate and show, towns accept."""

from __future__ import annotations

import datetime as dt
import io
import re
from urllib.parse import urlsplit

import pytest
from openpyxl import load_workbook

from kyoso.core.access import Role
from kyoso.core.clock import today
from kyoso.core.db import new_id
from kyoso.core.jobs import run_worker
from kyoso.core.metrics import Month
from support.allocations import ask_for_plan, calculated_plan, lines_of, offered_plan
from support.departments import make_department
from support.listings import list_a_need, publish, take_back
from support.members import make_member, sign_in
from support.networks import make_coordinator, make_network
from support.pages import text_of
from support.people import make_town


class Scene:
    """A town that asks, a town that has somebody, and a coordinator."""

    def __init__(self, app) -> None:
        self.asker, self.home = make_town("たのむ町"), make_town("もとの町")
        self.slug = f"a-{self.asker.slug}"
        self.network_id = make_network(self.asker, self.home, slug=self.slug)
        self.coordinator = make_coordinator(self.network_id, self.asker)
        self.person, self.listing_id = publish(self.home, [self.network_id])
        self.need_id = list_a_need(self.asker, self.network_id, "広報紙の編集", hours_a_month=30)
        self.department_id = make_department(self.asker)
        self.clerk = make_member(self.asker, Role.SECRETARIAT)
        self.app = app
        self.here = f"/networks/{self.slug}/allocations"
        self.town_pages = f"/{self.asker.slug}/exchange/allocations"

    def form(self, **said: object) -> dict[str, object]:
        first = str(Month.of(today()).next)
        given = {"form_id": str(new_id()), "first_month": first, "months": "6"}
        given |= {"most_people": "3", "block": "５", "floor": "50", "stable": "yes"}
        return {**given, f"priority-{self.need_id}": "2", **said}


@pytest.fixture
def scene(app) -> Scene:
    return Scene(app)


@pytest.fixture
def office(app, scene):
    return sign_in(app, scene.coordinator)


@pytest.fixture
def clerk(app, scene):
    return sign_in(app, scene.clerk)


def answer(scene: Scene, **said: object) -> dict[str, object]:
    first = today() + dt.timedelta(days=20)
    given = {
        "purpose": "広報紙の編集を手伝ってほしい",
        "department_id": str(scene.department_id),
        "responsible_membership_id": str(scene.clerk.membership_id),
        "starts_on": first.isoformat(),
        "ends_on": (first + dt.timedelta(days=100)).isoformat(),
        "mode": "both",
        "payer": "asker",
        "pay_unit": "hour",
        "pay_yen": "3,000",
    }
    return given | said


def test_a_coordinator_calculates_shows_and_a_town_asks_for_the_person(app, scene, office, clerk):
    assert "まだ案はありません" in text_of(office.get(f"{scene.here}/"))
    assert "広報紙の編集" in text_of(office.get(f"{scene.here}/new"))
    sent = scene.form(title="秋の案")
    office.post(f"{scene.here}/new", sent)
    office.post(f"{scene.here}/new", sent)
    one = f"{scene.here}/{sent['form_id']}"
    assert "全3段階のうち1段階目：掲載されているものを集める" in text_of(office.get(one))
    run_worker(app, wait=False)
    page = text_of(office.get(one))
    for said in ("人材1（もとの町）", "デザイナーが得意です。", "最適", "割り当てた時間（月）30"):
        assert said in page
    assert scene.person.name not in page
    assert "見られる案はまだありません" in text_of(clerk.get(f"{scene.town_pages}/"))

    office.post(f"{one}/offer", {})
    assert "町に見せました" in text_of(office.get(one))
    assert "秋の案" in text_of(clerk.get(f"{scene.town_pages}/"))
    shown = clerk.get(f"{scene.town_pages}/{sent['form_id']}")
    assert scene.person.name in text_of(shown)
    link = re.search(r'href="([^"]+/accept)"', str(shown)).group(1)
    assert "依頼の下書きができます" in text_of(clerk.get(link))
    done = clerk.post(link, answer(scene))
    clerk.post(link, answer(scene))
    assert "下書き" in text_of(done.text) or done.status_code == 303
    assert "依頼を見る" in text_of(clerk.get(f"{scene.town_pages}/{sent['form_id']}"))
    assert "町が受けました" in text_of(office.get(one))
    listed = text_of(clerk.get(f"/{scene.asker.slug}/exchange/shares/"))
    assert listed.count(scene.person.name) == 1


def test_what_is_typed_wrong_is_said_at_the_field_and_kept(scene, office):
    page = office.post(f"{scene.here}/new", scene.form(months="40", title="のこる名前"), status=422)
    assert "「月の数」は1から12までの整数で入力してください。" in text_of(page.text)
    assert "のこる名前" in page.text
    page = office.post(f"{scene.here}/new", scene.form(extra_skill="通訳"), status=422)
    assert "スキルと時間の両方" in text_of(page.text)
    wrong = {f"priority-{scene.need_id}": "9"}
    page = office.post(f"{scene.here}/new", scene.form(**wrong), status=422)
    assert "優先度を選んでください" in text_of(page.text)
    page = office.post(f"{scene.here}/new", scene.form(first_month="2026-13"), status=422)
    assert "2026-04 の形" in text_of(page.text)


def test_a_variation_is_compared_with_its_base(scene, office):
    base = calculated_plan(scene.coordinator, title="もと")
    assert "条件を変えて計算する" in text_of(office.get(f"{scene.here}/new?base={base}"))
    varied = calculated_plan(scene.coordinator, base_id=base, priorities={str(scene.need_id): 0})
    page = text_of(office.get(f"{scene.here}/{varied}"))
    assert "もとの案との違い" in page
    assert "月30時間から0時間に（-30時間）" in page
    assert "優先度を「この案では扱わない」にしています。" in page


def test_what_is_missing_is_said(scene, office):
    list_a_need(scene.asker, scene.network_id, "祭りのちらし", hours_a_month=60)
    page = text_of(office.get(f"{scene.here}/{calculated_plan(scene.coordinator)}"))
    assert "満たせないもの" in page
    assert "スキルと働き方の合う人に、残りの時間がありません。" in page
    assert "デザイナー：月20時間（全体を計算し直した値）" in page
    assert "すべての町を" not in page


def test_a_plan_leaves_as_a_workbook_without_names(scene, office):
    plan_id = calculated_plan(scene.coordinator)
    response = office.fetch(f"{scene.here}/{plan_id}/export.xlsx")
    book = load_workbook(io.BytesIO(response.data))
    assert book.sheetnames == ["割り当て", "満たせないもの", "町ごと"]
    (row,) = list(book["割り当て"].iter_rows(min_row=2, values_only=True))
    assert row[:5] == ("たのむ町", "広報紙の編集", 1, "もとの町", 30)
    cells = [str(c.value) for sheet in book for r in sheet.iter_rows() for c in r]
    assert not any(scene.person.name in cell for cell in cells)
    waiting = ask_for_plan(scene.coordinator)
    office.get(f"{scene.here}/{waiting}/export.xlsx", status=404)


def test_a_listing_that_is_over_is_said_and_cannot_be_accepted(scene, clerk):
    plan_id = offered_plan(scene.coordinator)
    ((line_id, _listing, _hours),) = lines_of(scene.asker, plan_id)
    take_back(scene.person, scene.network_id)
    page = text_of(clerk.get(f"{scene.town_pages}/{plan_id}"))
    assert "掲載が終わりました" in page
    assert scene.person.name not in page
    accept = f"{scene.town_pages}/lines/{line_id}/accept"
    assert "この方の掲載が終わりました" in text_of(clerk.get(accept))
    refused = clerk.post(accept, answer(scene), status=409)
    assert "この行は受けられません" in text_of(refused.text)


def test_hours_that_are_gone_and_wrong_terms_are_refused_and_nothing_is_made(scene, clerk):
    plan_id = offered_plan(scene.coordinator)
    ((line_id, _listing, _hours),) = lines_of(scene.asker, plan_id)
    accept = f"{scene.town_pages}/lines/{line_id}/accept"
    page = clerk.post(accept, answer(scene, pay_yen=""), status=422)
    assert "報酬の単位と額を入力してください。" in text_of(page.text)
    page = clerk.post(accept, answer(scene, purpose=""), status=422)
    assert "「目的」を入力してください。" in text_of(page.text)
    assert "受ける（広報紙の編集）" in text_of(clerk.get(f"{scene.town_pages}/{plan_id}"))


def test_the_home_town_sees_where_its_people_would_go(app, scene):
    plan_id = offered_plan(scene.coordinator)
    home = sign_in(app, make_member(scene.home, Role.STAFF))
    page = text_of(home.get(f"/{scene.home.slug}/exchange/allocations/{plan_id}"))
    assert "私たちの町の人が、ほかの町に" in page
    assert scene.person.name in page
    assert "たのむ町：広報紙の編集" in page
    assert "この案には、私たちの町への割り当てがありません。" in page


def test_a_stopped_plan_is_begun_again(app, scene, office, monkeypatch):
    plan_id = ask_for_plan(scene.coordinator)
    one = f"{scene.here}/{plan_id}"
    page = office.post(f"{one}/restart", {}, status=409)
    assert "計算中か、計算が済んでいます" in text_of(page.text)
    from kyoso.joint_metrics.allocations import queries

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(queries, "list_open_needs", broken)
        run_worker(app, wait=False)
    assert "計算が途中で止まりました" in text_of(office.get(one))
    office.post(f"{one}/restart", {})
    run_worker(app, wait=False)
    assert "計算済み" in text_of(office.get(one))


def test_who_may_not_is_refused(app, scene, clerk):
    plan_id = offered_plan(scene.coordinator)
    ((line_id, _listing, _hours),) = lines_of(scene.asker, plan_id)
    staff = sign_in(app, make_member(scene.asker, Role.STAFF))
    staff.get(f"{scene.town_pages}/{plan_id}")
    staff.get(f"{scene.town_pages}/lines/{line_id}/accept", status=403)
    clerk.get(f"{scene.here}/", status=403)
    stranger = sign_in(app, make_member(make_town("よその町"), Role.ADMIN))
    stranger.get(f"{scene.town_pages}/{plan_id}", status=403)


def test_the_lists_ask_few_questions(scene, office, clerk, count_statements):
    plan_id = offered_plan(scene.coordinator)
    for _ in range(3):
        calculated_plan(scene.coordinator)
    for browser, url, most in (
        (office, f"{scene.here}/", 8),
        (office, f"{scene.here}/{plan_id}", 12),
        (clerk, f"{scene.town_pages}/", 8),
        (clerk, f"{scene.town_pages}/{plan_id}", 14),
    ):
        browser.get(url)
        with count_statements() as seen:
            browser.get(url)
        assert len(seen) <= most, (urlsplit(url).path, len(seen), seen)
