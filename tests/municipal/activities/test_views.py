import io
import re
import uuid

import pytest

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db
from kyoso.core.scope import tenant_scope
from kyoso.municipal.activities import queries
from kyoso.municipal.projects.queries import get_project
from support.departments import make_department
from support.pages import text_of
from support.people import actor_of
from support.projects import make_project
from support.work import make_work, picture


@pytest.fixture
def project_id(hinode) -> uuid.UUID:
    return make_project(hinode, 7)


@pytest.fixture
def here(hinode, project_id) -> str:
    return f"/{hinode.slug}/desk/projects/{project_id}"


@pytest.fixture
def secretariat(hinode, member_of):
    return member_of(hinode, Role.SECRETARIAT)


@pytest.fixture
def desk(secretariat, browser):
    return browser(secretariat)


@pytest.fixture
def office(secretariat):
    return secretariat.actor


def new(**values: object) -> dict[str, object]:
    return {"form_id": str(uuid.uuid4()), **values}


def test_somebody_joins_the_team_once_and_leaves_it(desk, here, hinode, project_id):
    assert "まだチームの人がいません" in desk.get(f"{here}/team")
    sent = new(name="見本 里子", role="進行役", side="outside", starts_on="2026-04-01")
    desk.post(f"{here}/team", sent)
    desk.post(f"{here}/team", sent)
    page = text_of(desk.get(f"{here}/team"))
    assert page.count("進行役") == 2  # the row, and the hint of the form
    assert "役場の外" in page
    with tenant_scope(hinode.id):
        (entry,) = queries.list_team(actor_of(hinode, Role.ADMIN), project_id)
    changed = {"name": "見本 里子", "role": "記録", "side": "outside"}
    wrong = {**changed, "starts_on": "2026-04-02", "ends_on": "2026-04-01"}
    assert "始まりの日より前" in desk.post(f"{here}/team/{entry.id}", wrong, status=422).text
    desk.post(f"{here}/team/{entry.id}", {**changed, "ends_on": "2026-05-01"})
    assert "終了" in text_of(desk.get(f"{here}/team"))
    desk.post(f"{here}/team/{entry.id}/remove")
    assert "まだチームの人がいません" in desk.get(f"{here}/team")


@pytest.mark.parametrize("place", ["milestones", "tasks"])
def test_a_step_is_one_line_a_day_and_a_tick(desk, here, hinode, project_id, place):
    assert "まだありません" in desk.get(f"{here}/{place}")
    sent = new(title="中間報告", due_on="2020-01-01")
    desk.post(f"{here}/{place}", sent)
    desk.post(f"{here}/{place}", sent)
    page = text_of(desk.get(f"{here}/{place}"))
    assert "期限を過ぎています" in page
    with tenant_scope(hinode.id):
        (step,) = queries.list_steps(actor_of(hinode, Role.ADMIN), project_id)
    desk.post(f"{here}/steps/{step.id}/tick")
    assert "済みを取り消す" in desk.get(f"{here}/{place}")
    desk.post(f"{here}/steps/{step.id}/tick")
    desk.post(f"{here}/steps/{step.id}/remove")
    assert "まだありません" in desk.get(f"{here}/{place}")
    assert "「題名」を入力" in desk.post(f"{here}/{place}", new(title=""), status=422).text


def test_a_decision_is_noted_with_who_and_why(desk, here):
    assert "決定の記録はまだありません" in desk.get(f"{here}/decisions")
    said = {"decided_on": "2026-04-01", "decision": "延ばす", "decided_by": "課長会議"}
    assert "「理由」を入力" in desk.post(f"{here}/decisions", new(**said), status=422).text
    late = new(**{**said, "decided_on": "2199-01-01"}, reason="x")
    assert "まだ来ていない日" in desk.post(f"{here}/decisions", late, status=422).text
    sent = new(**said, reason="雪のため")
    desk.post(f"{here}/decisions", sent)
    desk.post(f"{here}/decisions", sent)
    page = text_of(desk.get(f"{here}/decisions"))
    assert page.count("雪のため") == 1
    assert "決定を記録しました" in text_of(desk.get(here))


def test_a_report_is_written_shown_and_taken_off(desk, here, hinode, visitor):
    sent = new(title="片付けた", body="## したこと\n\n<script>x</script>片付け")
    page = desk.follow(desk.post(f"{here}/reports/new", sent))
    assert desk.post(f"{here}/reports/new", sent).status_code == 303
    assert "<script>x" not in page
    report = f"{here}/reports/{sent['form_id']}"
    public = f"/{hinode.slug}/reports/{sent['form_id']}"
    visitor.get(public, status=404)

    photo = {"photo": (io.BytesIO(picture()), "現地.jpg"), "caption": "家の前の三人"}
    page = desk.follow(desk.post(f"{report}/photos", photo))
    (place,) = re.findall(r'src="([^"]+/files/[^"]+)"', page)
    with desk.fetch(place) as answer:
        assert answer.mimetype == "image/jpeg"
    shown = f"{public}/files/{place.rpartition('/')[2]}"
    visitor.get(shown, status=404)
    bad = {"photo": (io.BytesIO(b"a,b"), "表.csv"), "caption": "表"}
    assert "画像にしてください" in desk.post(f"{report}/photos", bad, status=422).text
    none = {"caption": "ない"}
    assert "写真を選んで" in desk.post(f"{report}/photos", none, status=422).text

    desk.post(f"{report}/publish")
    desk.post(f"{report}/publish", status=409)
    assert 'alt="家の前の三人"' in visitor.get(public)
    with visitor.fetch(shown) as answer:
        assert answer.mimetype == "image/jpeg"
    assert "片付けた" in visitor.get(f"/{hinode.slug}/reports")
    assert "片付けた" in visitor.get(f"/{hinode.slug}/projects/7")
    assert "片付けた" in visitor.get(f"/{hinode.slug}/feed/reports.atom")
    assert public in visitor.get(f"/{hinode.slug}/sitemap.xml")

    desk.post(f"{report}/edit", {"title": "片付けました", "body": "直した"})
    assert "片付けました" in visitor.get(public)
    desk.post(f"{place}/remove")
    visitor.get(shown, status=404)
    assert "「理由」を入力" in desk.post(f"{report}/withdraw", {}, status=422).text
    desk.post(f"{report}/withdraw", {"reason": "誤り"})
    desk.post(f"{report}/withdraw", {"reason": "誤り"}, status=409)
    visitor.get(public, status=404)


def test_a_report_is_public_only_while_its_project_is(
    desk, office, here, hinode, project_id, visitor
):
    with tenant_scope(hinode.id):
        work = make_work(get_project(office, project_id), office, now())
        db.session.commit()
    public = f"/{hinode.slug}/reports/{work.report_id}"
    visitor.get(public)
    desk.post(f"{here}/unpublish", {"reason": "準備のため"})
    visitor.get(public, status=404)
    visitor.get(f"{public}/files/{work.file_id}", status=404)
    assert "まだありません" in visitor.get(f"/{hinode.slug}/reports")


def test_staff_write_for_their_own_department_only(hinode, member_of, browser):
    ours, theirs = make_department(hinode, "ア課"), make_department(hinode, "イ課")
    staff = browser(member_of(hinode, Role.STAFF, departments=(ours,)))
    for number, department, status in ((1, ours, 303), (2, theirs, 403)):
        project = make_project(hinode, number, department_id=department)
        here = f"/{hinode.slug}/desk/projects/{project}"
        staff.post(f"{here}/tasks", new(title="やる"), status=status)
        staff.post(f"{here}/team", new(name="a", role="b", side="inside"), status=status)
        assert ("加える" in text_of(staff.get(f"{here}/tasks"))) == (status == 303)


def test_an_auditor_reads_only(hinode, here, member_of, browser):
    auditor = browser(member_of(hinode, Role.AUDITOR))
    for place in ("team", "milestones", "tasks", "decisions", "reports"):
        main = auditor.get(f"{here}/{place}").partition("<main")[2]
        assert "<form" not in main
    auditor.post(f"{here}/tasks", new(title="x"), status=403)


def test_the_pages_take_few_statements(desk, office, here, hinode, project_id, count_statements):
    with tenant_scope(hinode.id):
        work = make_work(get_project(office, project_id), office, now())
        db.session.commit()
    places = ("team", "milestones", "tasks", "decisions", "reports", f"reports/{work.report_id}")
    for place in (*places, "plan", "recruiting"):
        desk.get(f"{here}/{place}")
        with count_statements() as seen:
            desk.get(f"{here}/{place}")
        assert len(seen) <= 6, (place, seen)
