import csv
import io

import pytest
from openpyxl import load_workbook

from kyoso.core.access import Role
from kyoso.municipal.projects.rules import ProjectStage
from support.departments import make_department
from support.pages import text_of
from support.projects import make_project

FORM = {
    "title": "新しい名前",
    "summary": "短い説明",
    "content": "## 見出し\n\n本文",
    "proposer_name": "みほん商店",
    "team": "",
    "recruiting": "yes",
    "recruiting_text": "10人",
}


@pytest.fixture
def desk(hinode, member_of, browser):
    return browser(member_of(hinode, Role.SECRETARIAT))


@pytest.fixture
def address(hinode):
    return f"/{hinode.slug}/desk/projects/"


def test_the_list_is_searched_filtered_and_sorted(hinode, desk, address) -> None:
    make_project(hinode, 1, title="ランタン散策")
    make_project(hinode, 2, title="空き家カフェ", stage=ProjectStage.PILOT, public=False)

    assert text_of(desk.get(address)).index("No.2") < text_of(desk.get(address)).index("No.1")
    assert "空き家カフェ" not in desk.get(f"{address}?q=らんたん")
    assert "ランタン散策" not in desk.get(f"{address}?stage=pilot")
    assert "ランタン散策" not in desk.get(f"{address}?shown=hidden")
    rising = text_of(desk.get(f"{address}?sort=number"))
    assert rising.index("No.1") < rising.index("No.2")
    assert "条件に合うプロジェクトはありません" in desk.get(f"{address}?q=どこにもない")
    desk.get(f"{address}?stage=x&shown=y&sort=z&page=-1&q=%00")


def test_an_empty_list_says_what_it_is_for(desk, address) -> None:
    assert "まだプロジェクトはありません" in desk.get(address)


def test_a_page_past_the_end_shows_the_last(hinode, desk, address) -> None:
    for number in range(1, 23):
        make_project(hinode, number)
    assert "2 / 2" in desk.get(f"{address}?page=9")


def test_a_list_takes_as_many_statements_for_40_as_for_2(
    hinode, desk, address, count_statements
) -> None:
    counts = []
    desk.get(address)
    for numbers in (range(1, 3), range(3, 41)):
        for number in numbers:
            make_project(hinode, number)
        with count_statements() as seen:
            desk.get(address)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_the_list_goes_into_a_file_as_filtered(hinode, desk, address) -> None:
    make_project(hinode, 1, title="=1+1")
    make_project(hinode, 2, title="カフェ", recruiting=True)

    response = desk.fetch(f"{address}export.csv?q=カフェ")
    lines = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))
    assert [line[:2] for line in lines] == [["番号", "名前"], ["2", "カフェ"]]
    plain = desk.fetch(f"{address}export.csv").data.decode("utf-8-sig")
    assert "'=1+1" in plain
    book = load_workbook(io.BytesIO(desk.fetch(f"{address}export.xlsx").data))
    cells = list(book.active.values)
    assert cells[2][1] == "=1+1"
    assert book.active["B3"].data_type == "s"


def test_the_desk_edits_a_project(hinode, desk, address) -> None:
    project_id = make_project(hinode, 3)
    page = desk.follow(desk.post(f"{address}{project_id}/edit", FORM))
    assert "No.3 の内容を保存しました。" in page
    assert "<h3>見出し</h3>" in page
    assert "新しい名前" in desk.get(f"/{hinode.slug}/projects/3")


def test_a_form_with_mistakes_comes_back_with_what_was_typed(hinode, desk, address) -> None:
    project_id = make_project(hinode)
    page = desk.post(f"{address}{project_id}/edit", {**FORM, "title": ""}, status=422).text
    assert "「名前」を入力してください。" in page
    assert "短い説明" in page
    page = desk.post(f"{address}{project_id}/edit", {**FORM, "team": "a\x01"}, status=422).text
    assert "使えない文字" in page


def test_an_ended_project_cannot_recruit(hinode, desk, address) -> None:
    project_id = make_project(hinode, stage=ProjectStage.CONCLUDED)
    page = desk.post(f"{address}{project_id}/edit", FORM, status=409).text
    assert "募集できません" in page
    assert "短い説明" in page


def test_staff_see_all_and_edit_their_own(hinode, member_of, browser, address) -> None:
    mine = make_department(hinode, "建設課")
    own = make_project(hinode, 1, department_id=mine)
    other = make_project(hinode, 2)
    staff = browser(member_of(hinode, Role.STAFF, departments=(mine,)))

    assert "編集する" in staff.get(f"{address}{own}")
    assert "編集する</a>" not in staff.get(f"{address}{other}")
    assert 'name="department_id"' not in staff.get(f"{address}{own}/edit")
    staff.get(f"{address}{other}/edit", status=403)
    staff.post(f"{address}{other}/edit", FORM, status=403)
    staff.post(f"{address}{own}/edit", {**FORM, "department_id": ""})
    assert "建設課" in staff.get(f"{address}{own}")


def test_a_stage_is_changed_with_its_reason(hinode, desk, address) -> None:
    project_id = make_project(hinode, stage=ProjectStage.PILOT)
    again = desk.post(f"{address}{project_id}/move", {"to": "planning"}, status=409).text
    assert "理由を書いてください" in again
    desk.post(f"{address}{project_id}/move", {"to": "nowhere"}, status=422)
    page = desk.follow(
        desk.post(f"{address}{project_id}/move", {"to": "planning", "reason": "早すぎた"})
    )
    assert "段階を「計画」にしました。" in page
    assert "早すぎた" in page
    onward = desk.post(f"{address}{project_id}/move", {"to": "pilot"}, status=409).text
    assert "ゲートから進めてください" in onward


def test_taking_off_asks_for_a_reason_and_hides_the_page(hinode, desk, address, visitor) -> None:
    project_id = make_project(hinode, 5)
    public = f"/{hinode.slug}/projects/5"
    visitor.get(public)
    assert "「理由」を入力してください。" in (
        desk.post(f"{address}{project_id}/unpublish", {}, status=422).text
    )
    desk.post(f"{address}{project_id}/unpublish", {"reason": "確認のため"})
    assert "確認のため" in desk.get(f"{address}{project_id}")
    visitor.get(public, status=404)
    desk.post(f"{address}{project_id}/publish")
    visitor.get(public)


def test_an_auditor_reads_and_changes_nothing(hinode, member_of, browser, address) -> None:
    project_id = make_project(hinode)
    auditor = browser(member_of(hinode, Role.AUDITOR))
    page = auditor.get(f"{address}{project_id}")
    assert "段階を変える" not in page
    for step in ("edit", "move", "publish", "unpublish"):
        auditor.post(f"{address}{project_id}/{step}", FORM, status=403)


def test_a_stranger_is_asked_to_sign_in(visitor, address) -> None:
    assert "/sign-in" in visitor.fetch(address, status=303).headers["Location"]


def test_the_pages_open_in_english(hinode, desk, address) -> None:
    project_id = make_project(hinode)
    for page in (address, f"{address}{project_id}", f"{address}{project_id}/edit"):
        assert '<html lang="en">' in desk.get(f"{page}?lang=en")
