import csv
import datetime as dt
import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from pypdf import PdfReader

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.scope import tenant_scope
from kyoso.municipal.agreements.models import Agreement
from kyoso.municipal.agreements.rules import CLAUSES, AgreementKind, Renewal
from support.agreements import make_agreement
from support.departments import make_department
from support.pages import text_of
from support.projects import make_project

D = dt.date
FORM = {
    "kind": "pilot",
    "title": "ランタンの実証協定",
    "parties": "みほん商店（見本）／代表／0242-00-0000\n見本大学（見本）",
    "fields": "観光、灯り",
    "starts_on": "2026-04-01",
    "ends_on": "2027-03-31",
    "renewal": "none",
}


@pytest.fixture(autouse=True)
def _november():
    with clock.frozen(dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def here(hinode):
    return f"/{hinode.slug}/desk/agreements/"


def clause_form(kind=AgreementKind.PILOT, **changes):
    return {f"{clause}_state": "included" for clause in CLAUSES[kind]} | changes


def test_from_a_project_to_a_signed_agreement(hinode, desk, here):
    project = make_project(hinode, 7, title="ランタン散策")
    sub = f"/{hinode.slug}/desk/projects/{project}/agreements"
    assert "実証を始めるには、締結した実証協定が要ります" in desk.get(sub)
    first = desk.get(f"{here}new?kind=pilot&project={project}")
    assert "ランタン散策に関する実証協定" in first
    assert "みほん商店（見本）" in first

    form = {**FORM, "form_id": str(new_id()), "project_id": str(project)}
    made = desk.post(f"{here}new", form)
    again = desk.post(f"{here}new", form)
    assert made.headers["Location"] == again.headers["Location"]
    page = desk.follow(made)
    address = made.headers["Location"]
    assert "欠かせない条項がまだありません" in page
    assert "見本大学（見本）" in page
    assert "No.7 ランタン散策" in page

    no_publicity = {"publicity_state": "not_needed", "publicity_reason": "公表しない"}
    desk.post(f"{address}/clauses", clause_form(**no_publicity, cost_text="町が負担する。"))
    page = desk.get(address)
    assert "欠かせない条項がまだありません" not in page
    assert "公表しない" in page

    draft = desk.get(f"{address}/draft")
    assert "第1条（目的）" in draft
    assert "町が負担する。" in draft
    assert "約束するものではない" in draft
    assert "（広報）" not in draft
    desk.post(f"{address}/draft", {"content": "## 第1条（目的）\n\n手直し", "based_on": "0"})
    page = desk.get(address)
    assert "第1版" in page
    assert "手直し" in page

    desk.post(f"{address}/document")
    page = desk.get(address)
    assert "実証協定書（案）（PDF）" in page
    pdf = page.split('" download>')[0].rpartition('"')[2]
    with desk.fetch(pdf) as answer:
        said = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.data)).pages)
    assert "手直し" in said
    assert "##" not in said

    desk.post(f"{address}/sign", {"signed_on": "2026-04-01"})
    page = desk.get(address)
    assert "締結しました" not in page
    assert "有効" in page
    assert f"{address}/draft" not in page
    page = desk.get(sub)
    assert "ランタンの実証協定" in page
    assert "有効" in page


def test_a_reversed_period_and_wrong_lines_are_said_at_their_fields(hinode, desk, here):
    wrong = {**FORM, "form_id": str(new_id()), "ends_on": "2026-03-31"}
    page = text_of(desk.post(f"{here}new", wrong, status=422).text)
    assert "終わりの日は、始まりの日より後にしてください" in page
    assert "ランタンの実証協定" in desk.post(f"{here}new", wrong, status=422).text
    wrong = {**FORM, "form_id": str(new_id()), "parties": "a／b／c／d"}
    assert "1行目は" in desk.post(f"{here}new", wrong, status=422).text
    wrong = {**FORM, "form_id": str(new_id()), "renewal": "automatic"}
    assert "自動更新の月数を入力してください" in desk.post(f"{here}new", wrong, status=422).text
    wrong = {**FORM, "form_id": str(new_id()), "x": "y"}
    desk.post(f"{here}new", wrong, status=422)
    desk.get(f"{here}new?project=x&kind=y")
    with tenant_scope(hinode.id):
        assert db.session.scalars(sa.select(Agreement)).all() == []


def test_what_was_written_meanwhile_is_shown_beside_ones_own_text(hinode, desk, here):
    address = f"{here}{make_agreement(hinode)}"
    desk.post(f"{address}/draft", {"content": "甲が払う。", "based_on": "0"})
    late = desk.post(
        f"{address}/draft", {"content": "乙が払う。", "based_on": "0"}, status=409
    ).text
    assert "<del>甲が払う。</del>" in late
    assert "<ins>乙が払う。</ins>" in late
    assert 'name="based_on" value="1"' in late
    desk.post(f"{address}/draft", {"content": "乙が払う。", "based_on": "1"})
    assert "第2版" in desk.get(address)


def test_a_clause_that_is_required_cannot_be_waved_away(hinode, desk, here):
    address = f"{here}{make_agreement(hinode)}/clauses"
    desk.get(address)
    wrong = clause_form(no_promise_state="not_needed", exit_state="not_needed")
    page = desk.post(address, wrong, status=422).text
    assert "「実装を約束しないこと」は実証協定に欠かせません" in page
    assert "「終了・原状回復」が不要な理由を書いてください" in page


def test_the_list_is_searched_filtered_sorted_and_exported(hinode, desk, here):
    make_agreement(hinode, title="灯りの実証協定", signed_on=D(2026, 4, 1), ends_on=D(2026, 12, 21))
    make_agreement(
        hinode,
        AgreementKind.COMPREHENSIVE,
        title="包括の協定",
        signed_on=D(2020, 4, 1),
        ends_on=D(2021, 3, 31),
        renewal=Renewal.AUTOMATIC,
        renewal_months=12,
    )
    page = text_of(desk.get(here))
    assert page.index("包括の協定") < page.index("灯りの実証協定")
    assert "期限まで30日" in page
    assert "2027年3月31日" in page
    rising = text_of(desk.get(f"{here}?sort=number"))
    assert rising.index("灯りの実証協定") < rising.index("包括の協定")
    for narrowed in ("q=灯り", "kind=pilot", "expiring=yes", "q=みほん+灯り"):
        page = desk.get(f"{here}?{narrowed}")
        assert "灯りの実証協定" in page
        assert "包括の協定" not in page
    assert "条件に合う協定はありません" in desk.get(f"{here}?status=draft")
    desk.get(f"{here}?status=x&kind=y&sort=z&page=-1&q=%00")

    sheet = load_workbook(io.BytesIO(desk.fetch(f"{here}export.xlsx?sort=number").data)).active
    assert [cell.value for cell in sheet[1]][:3] == ["番号", "状態", "いまの期間の終わり"]
    assert sheet["B2"].value == "期限まで30日"
    rows = list(csv.reader(io.StringIO(desk.get(f"{here}export.csv?kind=pilot").lstrip("\ufeff"))))
    assert len(rows) == 2


def test_an_empty_list_says_what_it_is_for(desk, here):
    assert "まだ協定はありません" in desk.get(here)


def test_a_list_takes_as_many_statements_for_40_as_for_2(hinode, desk, here, count_statements):
    project = make_project(hinode)
    sub = here.replace("agreements/", f"projects/{project}/agreements")
    counts = []
    desk.get(here)
    for several in (2, 38):
        for _ in range(several):
            make_agreement(hinode, project_id=project, complete=False)
        found = []
        for page in (here, sub):
            with count_statements() as seen:
                desk.get(page)
            found.append(len(seen))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 10
    with count_statements() as seen:
        desk.get(f"{here}{make_agreement_id(hinode)}")
    assert len(seen) <= 12


def make_agreement_id(town):
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(Agreement.id).limit(1)).one()


def test_an_agreement_that_ends_during_the_pilot_is_warned_of(hinode, desk, here):
    pilot = {"pilot_starts_on": D(2026, 10, 1), "pilot_ends_on": D(2027, 6, 30)}
    project = make_project(hinode, **pilot)
    sub = here.replace("agreements/", f"projects/{project}/agreements")
    short = make_agreement(
        hinode, project_id=project, signed_on=D(2026, 9, 1), ends_on=D(2027, 3, 31)
    )
    assert "実証の期間を覆っていない協定があります" in desk.get(sub)
    assert "実証の期間を覆っていません" in desk.get(f"{here}{short}")
    values = {**FORM, "title": "延ばした協定", "ends_on": "2027-06-30"}
    del values["kind"]
    desk.post(f"{here}{short}/edit", values)
    assert "覆っていない" not in desk.get(sub)
    assert "延ばした協定" in desk.get(sub)


def test_ties_are_made_and_undone_at_the_project(hinode, desk, here):
    project, agreement = make_project(hinode), make_agreement(hinode, title="前からある協定")
    sub = here.replace("agreements/", f"projects/{project}/agreements")
    assert "すでにある協定を結び付ける" in desk.get(sub)
    desk.post(f"{sub}/link", status=422)
    desk.post(f"{sub}/link", {"agreement_id": str(new_id())}, status=404)
    desk.post(f"{sub}/link", {"agreement_id": str(agreement)})
    desk.post(f"{sub}/link", {"agreement_id": str(agreement)}, status=409)
    assert "結び付きを外す" in desk.get(sub)
    desk.post(f"{sub}/{agreement}/unlink")
    assert "結び付きを外す" not in desk.get(sub)


def test_files_are_handed_in_and_out(hinode, desk, here):
    address = f"{here}{make_agreement(hinode)}"
    assert "ファイルを選んでください" in desk.post(f"{address}/files", {}, status=422).text
    bad = {"files": (io.BytesIO(b"x"), "a.exe")}
    assert "受け取れない種類" in desk.post(f"{address}/files", bad, status=422).text
    desk.post(f"{address}/files", {"files": (io.BytesIO(b"a,b\n"), "別紙.csv")})
    page = desk.get(address)
    assert "別紙.csv" in page
    link = page.split("/files/")[1].split('"')[0]
    with desk.fetch(f"{address}/files/{link}") as answer:
        assert answer.data == b"a,b\n"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_an_end_is_recorded_with_its_reason(hinode, desk, here):
    address = f"{here}{make_agreement(hinode, signed_on=D(2026, 4, 1))}"
    form = {"to": "terminated", "ended_on": "2026-11-20"}
    assert "理由を書いてください" in desk.post(f"{address}/end", form, status=422).text
    assert (
        "終わった日は"
        in desk.post(f"{address}/end", {"to": "ended", "ended_on": "2026-03-31"}, status=422).text
    )
    desk.post(f"{address}/end", {**form, "reason": "相手の都合"})
    page = desk.get(address)
    assert "相手の都合" in page
    assert "解除・取りやめ" in page
    desk.post(f"{address}/sign", {"signed_on": "2026-11-20"}, status=409)
    desk.get(f"{address}/draft", status=409)


def test_today_shows_what_ends_soon(hinode, desk):
    today = f"/{hinode.slug}/desk/"
    assert "期限が近い協定" not in desk.get(today)
    make_agreement(hinode, title="灯りの協定", signed_on=D(2026, 4, 1), ends_on=D(2026, 12, 21))
    page = text_of(desk.get(today))
    assert "期限が近い協定" in page
    assert "期限まで30日" in page


def test_staff_see_all_and_write_for_their_own_department(hinode, member_of, browser, here):
    mine, other = make_department(hinode), make_department(hinode, "総務課")
    own = make_agreement(hinode, department_id=mine)
    theirs = make_agreement(hinode, department_id=other)
    staff = browser(member_of(hinode, Role.STAFF, departments=(mine,)))
    assert "編集する" in staff.get(f"{here}{own}")
    assert "編集する" not in staff.get(f"{here}{theirs}")
    for page in ("edit", "clauses", "draft"):
        staff.get(f"{here}{own}/{page}")
        staff.get(f"{here}{theirs}/{page}", status=403)
    for step in ("sign", "end", "files", "edit", "clauses", "draft"):
        staff.post(f"{here}{theirs}/{step}", {}, status=403)
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "編集する" not in auditor.get(f"{here}{own}")
    auditor.get(f"{here}new", status=403)
    homeless = browser(member_of(hinode, Role.STAFF))
    assert "書ける課がありません" in homeless.get(f"{here}new")


def test_only_the_draft_of_a_pilot_agreement_becomes_a_document(hinode, desk, here):
    unwritten = f"{here}{make_agreement(hinode)}"
    desk.post(f"{unwritten}/document", status=409)
    other = f"{here}{make_agreement(hinode, AgreementKind.NETWORK)}"
    desk.post(f"{other}/draft", {"content": "# 案", "based_on": "0"})
    assert "発行する" not in desk.get(other)
    desk.post(f"{other}/document", status=409)
