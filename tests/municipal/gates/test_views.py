import io
import re

import pypdf
import pytest

from kyoso.core.access import Role
from kyoso.core.db import new_id
from kyoso.municipal.projects.rules import ProjectStage
from support.departments import make_department
from support.gates import walking
from support.pages import text_of
from support.projects import make_project

S = ProjectStage


@pytest.fixture
def department(hinode):
    return make_department(hinode, "建設課")


@pytest.fixture
def project(hinode, department):
    return make_project(hinode, 1, department_id=department)


@pytest.fixture
def here(hinode, project):
    return f"/{hinode.slug}/desk/projects/{project}"


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def admin(hinode, member_of, browser):
    return browser(member_of(hinode, Role.ADMIN))


def test_the_project_says_at_once_why_it_may_not_go_on(desk, here) -> None:
    page = desk.get(here)
    words = text_of(page)
    assert "まだ「実証」に進めません（あと6件）" in words
    assert "業務負荷を了承していない課があります。" in words
    assert f'href="{here}/indicators"' in page
    assert f'href="{here}/agreements"' in page
    assert f'href="{here}/fit-sheet"' in page
    assert f'href="{here}/costs"' in page
    assert f'href="{here}/workload"' in page


def test_every_missing_condition_has_its_link(desk, hinode, department) -> None:
    for number, stage in enumerate((S.PLANNING, S.PILOT, S.EVALUATION, S.OPERATION), 2):
        project = make_project(hinode, number, stage=stage, department_id=department)
        page = desk.get(f"/{hinode.slug}/desk/projects/{project}")
        assert page.count('class="checklist__mend"') == page.count('"tag tag--warning">まだ<')


def test_the_page_takes_ten_statements_with_everything_on_it(
    hinode, project, department, desk, here, count_statements
) -> None:
    with walking(hinode, project) as walk:
        walk.ready_for_pilot(department, walk.actor)
        walk.define_indicator("ほかの指標")
    desk.get(here)
    with count_statements() as seen:
        assert "「実証」に進めます" in desk.get(here)
    assert len(seen) <= 10, seen


def test_the_secretariat_passes_a_complete_gate(hinode, project, department, desk, here) -> None:
    with walking(hinode, project) as walk:
        walk.ready_for_pilot(department, walk.actor)
    assert "「実証」に進める" in desk.get(f"{here}/gate/pilot")
    page = desk.follow(desk.post(f"{here}/gate/pilot", {}))
    assert "段階を「実証」にしました。" in page
    assert "まだ「評価」に進めません" in page
    assert "ゲートを通りました" in page
    again = desk.post(f"{here}/gate/pilot", {}, status=409).text
    assert "「実証」にすることはできません" in again


def test_an_incomplete_gate_is_closed_to_the_secretariat(desk, here) -> None:
    assert "管理者に相談してください" in desk.get(f"{here}/gate/pilot")
    assert "まだそろっていないもの" in desk.post(f"{here}/gate/pilot", {}, status=409).text
    desk.post(f"{here}/gate/pilot", {"reason": "急ぐ"}, status=403)


def test_an_administrator_overrides_and_everybody_sees_it(admin, desk, here) -> None:
    page = admin.post(f"{here}/gate/pilot", {}, status=422).text
    assert "そろわないまま進める理由を書いてください" in page
    admin.post(f"{here}/gate/pilot", {"reason": "雪が降る前に始めるため"})
    for person in (admin, desk):
        page = text_of(person.get(here))
        assert "そろわないまま「実証」に進めました" in page
        assert "雪が降る前に始めるため" in page
        assert "実証協定を結んでいる" in page
    assert "雪が降る前に始めるため" in desk.get(f"{here}/gate/pilot")


def test_judging_deciding_and_closing(hinode, department, desk) -> None:
    project = make_project(hinode, 5, stage=S.EVALUATION, department_id=department)
    here = f"/{hinode.slug}/desk/projects/{project}"
    empty = desk.post(f"{here}/evaluation", {"form_id": new_id()}, status=422).text
    assert "「分かったこと」を入力してください。" in empty
    form = {
        "form_id": new_id(),
        "learnt": "声かけが効いた",
        "result": "38人から26人",
        "recommendation": "conclude",
        "reason": "目的を果たした",
    }
    assert "評価を記録しました。" in desk.follow(desk.post(f"{here}/evaluation", form))
    desk.post(f"{here}/evaluation", form)
    assert desk.get(f"{here}/evaluation").count('class="history__what"') == 1

    decided = {
        "form_id": new_id(),
        "kind": "not_operate",
        "grounds": "同じ働きの制度が県にできたため",
        "decided_by": "課長会議",
        "decided_on": "2026-01-01",
    }
    page = desk.follow(desk.post(f"{here}/stage-decisions", decided))
    assert "実証完了とし、実装はしない" in page
    late = {**decided, "form_id": new_id(), "decided_on": "2199-01-01"}
    assert "これからの日付" in desk.post(f"{here}/stage-decisions", late, status=422).text

    lessons = {"form_id": new_id(), "lessons": "三回説明する", "lessons_offered": "yes"}
    assert "書き残して" in desk.post(f"{here}/conclusion/letter", {}, status=409).text
    desk.post(f"{here}/conclusion", lessons)
    assert desk.fetch(f"{here}/conclusion/letter/pdf").data.startswith(b"%PDF")
    for _twice in range(2):
        desk.post(f"{here}/conclusion/letter", {})
    page = desk.follow(desk.post(f"{here}/gate/concluded", {}))
    assert "取組から分かったことは" in page
    assert "三回説明する" in desk.get(f"{here}/conclusion")


@pytest.fixture
def judged(hinode, department):
    project = make_project(hinode, 5, stage=S.EVALUATION, department_id=department)
    with walking(hinode, project) as walk:
        walk.define_indicator()
        walk.measure(26)
        walk.evaluate()
    return f"/{hinode.slug}/desk/projects/{project}/evaluation"


def pdf_of(answer) -> pypdf.PdfReader:
    assert answer.mimetype == "application/pdf"
    pdf = pypdf.PdfReader(io.BytesIO(answer.data))
    answer.close()
    return pdf


def test_the_result_of_a_pilot_is_looked_at_and_issued_once(desk, judged) -> None:
    seen = pdf_of(desk.fetch(f"{judged}/report/pdf"))
    assert "まだ発行していません" in seen.pages[0].extract_text()
    assert "実証結果報告書を発行する" in desk.get(judged)
    page = desk.follow(desk.post(f"{judged}/report", {}))
    assert "実証結果報告書を発行しました。" in page
    desk.post(f"{judged}/report", {})
    page = desk.get(judged)
    assert page.count("実証結果報告書（PDF）") == 1
    assert "実証結果報告書を発行する</button>" not in page

    (address,) = re.findall(r'href="([^"]*/documents/[^"]*)" download', page)
    pdf = pdf_of(desk.fetch(address))
    root = pdf.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("ja", True)
    assert "/StructTreeRoot" in root
    assert pdf.metadata.title == "実証結果報告書（No.5）"
    words = re.sub(r"\s", "", "".join(one.extract_text() for one in pdf.pages))
    for said in (
        "空き家の活用その5",
        "みほん商店（見本）",
        "38人から26人に減りました",
        "最新の値26人",
        "声をかける人がいる地区ほど",
        "■結果"[1:],
        "実装する",
    ):
        assert said in words
    assert "{{" not in words


def test_no_result_is_issued_without_an_evaluation(desk, here) -> None:
    assert "実証結果報告書" not in desk.get(f"{here}/evaluation")
    assert "評価を記録して" in desk.post(f"{here}/evaluation/report", {}, status=409).text
    desk.get(f"{here}/evaluation/report/pdf", status=409)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.STAFF])
def test_auditors_and_staff_of_others_read_the_result_only(
    hinode, member_of, browser, judged, role
) -> None:
    reader = browser(member_of(hinode, role))
    page = reader.get(judged)
    assert f"{judged}/report/pdf" in page
    assert "実証結果報告書を発行する" not in page
    assert reader.fetch(f"{judged}/report/pdf").data.startswith(b"%PDF")
    reader.post(f"{judged}/report", {}, status=403)


def test_staff_of_others_and_auditors_read_only(hinode, member_of, browser, here) -> None:
    for person in (member_of(hinode, Role.AUDITOR), member_of(hinode, Role.STAFF)):
        reader = browser(person)
        for page in ("", "/gate/pilot", "/evaluation", "/stage-decisions", "/conclusion"):
            reader.get(f"{here}{page}")
        reader.post(f"{here}/gate/pilot", {"reason": "x"}, status=403)
        lessons = {"form_id": new_id(), "lessons": "x"}
        reader.post(f"{here}/conclusion", lessons, status=403)


def test_the_pages_open_in_english(desk, here) -> None:
    for page in (
        "",
        "/gate/pilot",
        "/gate/concluded",
        "/evaluation",
        "/stage-decisions",
        "/conclusion",
    ):
        assert '<html lang="en">' in desk.get(f"{here}{page}?lang=en")


@pytest.mark.parametrize("page", ["gate/pilot", "evaluation", "stage-decisions", "conclusion"])
def test_sub_pages_take_few_statements(desk, here, count_statements, page) -> None:
    desk.get(f"{here}/{page}")
    with count_statements() as seen:
        desk.get(f"{here}/{page}")
    assert len(seen) <= 10
