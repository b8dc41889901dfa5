"""The desk's pages, read as people read them."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from kyoso.core import clock, files
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.files import CheckedFile
from kyoso.core.journal import JournalEntry
from kyoso.core.mail import GIVEN_UP, Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.proposals import operations
from kyoso.municipal.proposals.models import ProposalLink
from kyoso.municipal.proposals.queries import get_proposal
from kyoso.municipal.reviews.queries import list_reviews
from support.intake import make_policy
from support.pages import text_of
from support.proposals import WHO, S, holder, make, start

CONTENT = {
    "title": "広報紙を点字でも",
    "wish": "広報紙の点訳を届けたい。",
    "ability": "点訳の経験が十年ある。",
    "expectation": "",
    "merit_proposer": "",
    "merit_residents": "目の見えにくい方にも届く。",
    "merit_town": "",
}
PAPER = CONTENT | {
    "source": "paper",
    "proposer_kind": "person",
    "proposer_name": "見本 次郎（見本）",
    "email": "",
}


@pytest.fixture
def town(hinode):
    make_policy(hinode)
    return hinode


@pytest.fixture
def desk(town):
    return f"/{town.slug}/desk/"


@pytest.fixture
def secretariat(town, member_of):
    return member_of(town, Role.SECRETARIAT, name="見本 事務（見本）")


def test_a_proposal_goes_from_arrival_to_a_public_project(
    town, desk, secretariat, member_of, browser
):
    made = make(town)
    here = f"{desk}proposals/{made.id}"
    one = member_of(town, Role.STAFF, name="審査 一（見本）")
    two = member_of(town, Role.STAFF, name="審査 二（見本）")
    office = browser(secretariat)

    assert "まだ開いていない提案" in office.get(desk)
    assert "内容の確認を始める" in office.get(here)
    office.post(f"{here}/screening")
    office.post(f"{here}/question", {"body": "場所はどこですか。"})
    assert "返信待ち" in office.get(here)

    page = office.get(f"{here}/reviewers")
    assert "審査 一（見本）" in page
    assert "いま担当している審査 0件" in page
    chosen = {"members": [one.membership_id, two.membership_id], "due_on": ""}
    office.post(f"{here}/reviewers", chosen)
    assert "担当2名のうち0名が提出しました" in office.get(here)

    scores = {"score-vision": "4", "score-feasible": "5", "recommendation": "adopt"}
    for person, note in ((one, "ぜひ進めたい。"), (two, "衛生が気になる。")):
        reviewer = browser(person)
        assert "あなたの審査を待っています" in reviewer.get(desk)
        assert "審査を書く" in reviewer.get(f"{here}/review")
        reviewer.post(f"{here}/review", scores | {"note": note, "then": "submit"})
        assert "あなたの審査を待っています" not in reviewer.get(desk)

    assert "審査がそろいました" in office.get(here)
    assert "衛生が気になる。" in office.get(f"{here}/decision")
    choice = {"outcome": "adopted", "grounds": "将来像に合うため。", "public_summary": "月一の食堂"}
    answer = office.post(f"{here}/decision", choice)
    preview = office.follow(answer)
    assert "採択通知書" in preview
    assert "送付して公開する" in preview
    assert "送付・公開を待っている決定" in office.get(desk)

    office.post(f"{here}/decision/announce", {"seen": _seal(preview)})
    assert "プロジェクトを開く" in office.get(here)
    project = office.follow(office.open("GET", f"{here}/project", 303))
    assert "月一の食堂" in project
    history = text_of(office.get(here))
    assert "決定を送付し、公開しました見本 事務（見本）" in history
    assert "宛先：ichiro@example.jp" in history


def _seal(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


def test_a_decline_is_told_kindly_and_can_be_undone_with_a_reason(town, desk, secretariat, browser):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    office = browser(secretariat)

    refused = office.post(f"{here}/decision", {"outcome": "declined"}, status=422).text
    assert "見送りの理由の区分を選んでください。" in refused
    assert "「決定の理由」を入力してください。" in refused
    choice = {
        "outcome": "declined",
        "ground_key": "no_budget",
        "grounds": "来年度に向けて考えます。",
    }
    without = office.post(f"{here}/decision", choice, status=422).text
    assert "審査がそろっていません。" in without
    choice["incomplete_reason"] = "担当者が不在のため。"
    preview = office.follow(office.post(f"{here}/decision", choice))
    assert "費用の見通しが立たないため" in preview
    assert "公開されるものはありません" in preview

    letter = {"subject": "お知らせ", "body": "ありがとうございました。", "public_summary": ""}
    office.post(f"{here}/decision/announce", {"seen": "old"}, status=409)
    preview = office.follow(office.post(f"{here}/decision/letter", letter))
    office.post(f"{here}/decision/announce", {"seen": _seal(preview)})
    with tenant_scope(town.id):
        sent = db.session.scalars(sa.select(Mail).where(Mail.subject == "お知らせ")).one()
    assert "\nありがとうございました。\n" in sent.body

    assert "担当者が不在のため。" in office.get(here)
    assert "提案者には理由を添えてメールで知らせます" in office.get(f"{here}/decision/undo")
    office.post(f"{here}/decision/undo", {"reason": ""}, status=422)
    office.post(f"{here}/decision/undo", {"reason": "資料の取り違え"})
    page = office.get(here)
    assert "資料の取り違え" in page
    assert "取り消した決定：見送り" in page


def test_an_adoption_is_revoked_only_once_it_was_announced(town, desk, secretariat, browser):
    made = make(town, S.ADOPTED, announced=False)
    here = f"{desk}proposals/{made.id}"
    office = browser(secretariat)

    office.post(f"{here}/revocation", {"reason": "要綱に反するため"}, status=409)
    office.post(
        f"{here}/decision/announce", {"seen": _seal(office.get(f"{here}/decision/preview"))}
    )
    office.get(f"{here}/revocation")
    office.post(f"{here}/revocation", {"reason": "要綱に反するため"})

    assert "採択の取消し" in office.get(here)
    office.post(f"{here}/decision/undo", {"reason": "やはり"}, status=409)


def test_a_reviewer_with_an_interest_is_out_and_sees_no_scores(
    town, desk, secretariat, member_of, browser
):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    one = member_of(town, Role.STAFF, name="審査 一（見本）")
    two = member_of(town, Role.SECRETARIAT, name="審査 二（見本）")
    office = browser(secretariat)
    office.post(f"{here}/reviewers", {"members": [one.membership_id, two.membership_id]})
    scores = {"score-vision": "1", "score-feasible": "2", "recommendation": "decline"}
    first, second = browser(one), browser(two)
    first.post(f"{here}/review", scores | {"note": "秘密の意見", "then": "submit"})

    assert "秘密の意見" not in second.get(here)
    second.get(f"{here}/review/interest")
    second.post(f"{here}/review/interest", {"reason": ""}, status=422)
    second.post(f"{here}/review/interest", {"reason": "役員をしている"})

    page = second.get(here)
    assert "審査から外れています" in page
    assert "秘密の意見" not in page
    second.post(f"{here}/review", scores | {"then": "save"}, status=409)
    second.open("GET", f"{here}/decision", 409)
    assert "担当者を加える" not in page
    theirs = office.get(here)
    assert "秘密の意見" in theirs
    # Only of the one who still reviews: an interest stays on record.
    assert theirs.count("担当から外す") == 1
    second.post(f"{here}/reviewers", {"members": [secretariat.membership_id]}, status=409)

    with tenant_scope(town.id):
        asked = list_reviews(secretariat.actor, made.id)
        ours = {r.assignment.membership_id: r.assignment.id for r in asked}
    second.post(f"{here}/reviewers/{ours[one.membership_id]}/remove", status=409)
    office.post(f"{here}/reviewers/{ours[two.membership_id]}/remove")
    assert "秘密の意見" not in second.get(here)


def test_who_has_an_interest_does_not_revoke_an_adoption(
    town, desk, secretariat, member_of, browser
):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    interested = member_of(town, Role.SECRETARIAT)
    office, out = browser(secretariat), browser(interested)
    office.post(f"{here}/reviewers", {"members": [interested.membership_id]})
    out.post(f"{here}/review/interest", {"reason": "役員をしている"})
    choice = {
        "outcome": "adopted",
        "grounds": "将来像に合うため。",
        "public_summary": "月一の食堂",
        "incomplete_reason": "担当者が不在のため。",
    }
    preview = office.follow(office.post(f"{here}/decision", choice))
    office.post(f"{here}/decision/announce", {"seen": _seal(preview)})

    out.open("GET", f"{here}/revocation", 409)
    out.post(f"{here}/revocation", {"reason": "要綱に反するため"}, status=409)
    office.post(f"{here}/revocation", {"reason": "要綱に反するため"})


def test_a_decider_who_reviews_sees_the_others_scores_once_their_own_are_in(
    town, desk, secretariat, member_of, browser
):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    one = member_of(town, Role.STAFF, name="審査 一（見本）")
    office = browser(secretariat)
    office.post(f"{here}/reviewers", {"members": [one.membership_id, secretariat.membership_id]})
    scores = {"score-vision": "1", "score-feasible": "2", "recommendation": "decline"}
    browser(one).post(f"{here}/review", scores | {"note": "秘密の意見", "then": "submit"})

    assert "秘密の意見" not in office.get(f"{here}/decision")
    office.post(f"{here}/review", scores | {"note": "私の意見", "then": "submit"})
    page = office.get(f"{here}/decision")
    assert "秘密の意見" in page
    assert "私の意見" in page


def test_a_draft_review_keeps_what_was_typed_and_says_what_is_missing(
    town, desk, secretariat, member_of, browser
):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    one = member_of(town, Role.STAFF, name="審査 一（見本）")
    browser(secretariat).post(f"{here}/reviewers", {"members": [one.membership_id]})
    reviewer = browser(one)

    reviewer.post(f"{here}/review", {"score-vision": "3", "recommendation": "none", "note": "途中"})
    assert "途中" in reviewer.get(here)
    incomplete = {
        "score-vision": "3",
        "recommendation": "adopt",
        "then": "submit",
        "note": "長い話",
    }
    page = reviewer.post(f"{here}/review", incomplete, status=422).text
    assert "点数を選んでください。" in page
    assert "長い話" in page
    wrong = incomplete | {"score-feasible": "6"}
    assert "1から5までの点数" in reviewer.post(f"{here}/review", wrong, status=422).text
    unknown = incomplete | {"score-feasible": "5", "score-other": "1"}
    reviewer.post(f"{here}/review", unknown, status=422)


def test_a_paper_proposal_is_written_down_once_and_its_link_shown_once(
    town, desk, secretariat, member_of, browser
):
    staff = browser(member_of(town, Role.STAFF))
    assert "書面・口頭の提案を入力する" in staff.get(f"{desk}proposals/enter")
    form_id = new_id()
    form = PAPER | {"form_id": form_id}

    refused = staff.post(f"{desk}proposals/enter", form | {"title": ""}, status=422).text
    assert "「件名」を入力してください。" in refused
    assert "広報紙の点訳" in refused
    first = staff.post(f"{desk}proposals/enter", form, status=200).text
    assert f"/{town.slug}/p/" in first
    again = staff.follow(staff.post(f"{desk}proposals/enter", form))

    assert "この提案はすでに入力されています。" in again
    assert f"/{town.slug}/p/" not in again
    assert "リンクをなくしたときは、管理者か事務局が作り直せます" in again
    assert "提案者の確認を待っている書面・口頭の提案" in staff.get(desk)
    with tenant_scope(town.id):
        assert get_proposal(secretariat.actor, form_id).locale == "ja"
    link = f"{desk}proposals/{form_id}/link"
    assert link not in again
    staff.post(link, status=403)
    office = browser(secretariat)
    assert "専用リンクを印刷して手渡してください" in office.get(f"{desk}proposals/{form_id}")
    assert f"/{town.slug}/p/" in office.post(link, status=200).text


def test_a_paper_proposal_speaks_its_proposers_language_not_the_screens(
    town, desk, secretariat, browser
):
    office, form_id = browser(secretariat), new_id()
    form = PAPER | {"form_id": form_id, "locale": "en", "email": "someone@example.jp"}
    office.post(f"{desk}proposals/enter", form | {"locale": "fr"}, status=422)
    office.post(f"{desk}proposals/enter", form)

    with tenant_scope(town.id):
        assert get_proposal(secretariat.actor, form_id).locale == "en"
        subject = db.session.scalars(
            sa.select(Mail.subject).where(Mail.subject_id == form_id)
        ).one()
    assert "Please" in subject


def test_the_link_of_a_proposer_with_an_address_is_theirs_alone(town, desk, member_of, browser):
    staff = browser(member_of(town, Role.STAFF))
    form = PAPER | {"form_id": new_id(), "email": "jiro@example.jp"}

    page = staff.follow(staff.post(f"{desk}proposals/enter", form))

    assert f"/{town.slug}/p/" not in page
    assert "jiro@example.jp に確認のお願いを送りました" in page
    with tenant_scope(town.id):
        (mail,) = db.session.scalars(sa.select(Mail)).all()
        assert mail.to == "jiro@example.jp"
        assert f"/{town.slug}/p/" in mail.body
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ProposalLink)) == 1


def test_whom_an_interest_bars_is_offered_no_button_that_refuses(
    town, desk, secretariat, member_of, browser
):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    other = member_of(town, Role.ADMIN, name="決定 次郎（見本）")
    barred, decides = browser(secretariat), browser(other)
    decides.post(f"{here}/reviewers", {"members": [secretariat.membership_id]})
    barred.post(f"{here}/review/interest", {"reason": "家族が勤めている。"})
    for place in ("reviewers", "review", "review/interest", "decision"):
        refused = barred.get(f"{here}/{place}", status=409)
        assert "利害関係を申し出た" in refused

    choice = {"outcome": "declined", "grounds": "体制が整わないため", "ground_key": "no_capacity"}
    decides.post(f"{here}/decision", choice | {"incomplete_reason": "急ぎのため"})

    for page in (here, f"{here}/decision/preview"):
        assert "決定を取り消す" in decides.get(page)
        assert "決定を取り消す" not in barred.get(page)
    assert f"{here}/decision/announce" not in barred.get(f"{here}/decision/preview")
    for place in ("decision/letter", "decision/undo"):
        barred.get(f"{here}/{place}", status=409)


@pytest.mark.parametrize(
    ("sent", "error", "words"),
    [
        (True, None, "に送信しました"),
        (False, None, "送信を待っています"),
        (False, "OSError: x", "自動で送り直しています（OSError: x）"),
        (
            False,
            f"{GIVEN_UP}OSError: x",
            "届けられませんでした。ほかの方法でお知らせください（OSError: x）",
        ),
    ],
)
def test_the_history_says_how_far_a_mail_is(town, desk, secretariat, browser, sent, error, words):
    made = make(town)
    with tenant_scope(town.id):
        values = {"error": error, "sent_at": clock.now() if sent else None}
        db.session.execute(sa.update(Mail).values(**values))
        db.session.commit()
    assert words in browser(secretariat).get(f"{desk}proposals/{made.id}")


def test_what_somebody_still_writes_at_home_is_not_the_desks_to_read(
    town, desk, secretariat, browser
):
    draft = start(town)
    office = browser(secretariat)

    office.open("GET", f"{desk}proposals/{draft.id}", 404)
    office.post(f"{desk}proposals/{draft.id}/screening", status=404)
    assert str(draft.id) not in office.get(f"{desk}proposals/")


def test_the_journal_names_nobody_who_only_writes_at_home(
    town, desk, secretariat, member_of, browser, visitor
):
    made = start(town)
    private = f"/{town.slug}/p/{made.token}"
    idea = {"title": "見本の題", "wish": "やりたい。", "ability": "できる。"}
    visitor.post(f"{private}/idea", idea)
    journal = browser(member_of(town, Role.AUDITOR))

    page = journal.get(f"{desk}journal/")
    assert "下書きを始めました" in page
    assert WHO.proposer_name not in page

    visitor.post(f"{private}/merits", {"merit_residents": "集まれる。"})
    visitor.post(f"{private}/submit", {"consent": "yes"})
    assert WHO.proposer_name in journal.get(f"{desk}journal/")
    history = text_of(browser(secretariat).get(f"{desk}proposals/{made.id}"))
    assert f"下書きを始めました{WHO.proposer_name}" in history
    # The journal keeps each saving, and nobody has to scroll past them.
    assert history.count("内容を保存しました") == 1
    assert "内容を保存しました（2回）" in history
    told = '<td data-label="内容">内容を保存しました'
    assert told not in journal.get(f"{desk}journal/")
    assert journal.get(f"{desk}journal/?kind=ProposalSaved").count(told) == 2


def test_a_file_is_handed_out_as_an_attachment_and_only_at_home(
    town, desk, secretariat, minato, member_of, browser
):
    made = make(town)
    with tenant_scope(town.id):
        kept = files.keep_files(
            [CheckedFile("図面.pdf", "application/pdf", b"%PDF-1.4")],
            subject_id=made.id,
            actor=holder(town, made),
        )
        file_id = kept[0].id
        db.session.commit()
    office = browser(secretariat)

    assert "図面.pdf" in office.get(f"{desk}proposals/{made.id}")
    answer = office.fetch(f"{desk}proposals/{made.id}/files/{file_id}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data == b"%PDF-1.4"
    answer.close()
    other = browser(member_of(minato, Role.SECRETARIAT))
    other.open("GET", f"/{minato.slug}/desk/proposals/{made.id}/files/{file_id}", 404)
    office.open("GET", f"{desk}proposals/{make(town).id}/files/{file_id}", 404)


def test_the_history_shows_who_and_when_and_whether_a_mail_arrived(
    town, desk, secretariat, browser
):
    moment = dt.datetime(2026, 11, 21, 1, 5, tzinfo=dt.UTC)
    with clock.frozen(moment):
        made = make(town, now=moment)
        office = browser(secretariat)
        office.post(f"{desk}proposals/{made.id}/screening")
        page = text_of(office.get(f"{desk}proposals/{made.id}"))

    assert "2026年11月21日（土） 10:05内容の確認を始めました見本 事務（見本）" in page
    assert "送信を待っています" in page


def test_a_revision_shows_what_changed(town, desk, secretariat, browser):
    made = make(town, S.REVISION_REQUESTED)
    with tenant_scope(town.id):
        us = holder(town, made)
        proposal = get_proposal(us, made.id, lock=True)
        idea = operations.Idea(
            proposal.title, "駅前ではなく港の空き家を借りたい。", proposal.ability
        )
        operations.save_part(proposal, idea, actor=us, now=clock.now())
        operations.resubmit_proposal(proposal, actor=us, now=clock.now())
        db.session.commit()

    page = browser(secretariat).get(f"{desk}proposals/{made.id}")

    assert "<ins>駅前ではなく港の空き家を借りたい。</ins>" in page
    assert "第2版" in page


def test_an_auditor_reads_everything_and_is_offered_nothing(town, desk, member_of, browser):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    auditor = browser(member_of(town, Role.AUDITOR))

    auditor.get(desk)
    auditor.get(f"{desk}proposals/")
    page = auditor.get(here)

    main = page.partition("<main")[2].partition("</main>")[0]
    assert "<form" not in main
    assert "button--" not in main
    for path in ("screening", "question", "reviewers", "review", "decision", "decision/undo"):
        auditor.post(f"{here}/{path}", status=403)
    auditor.open("GET", f"{desk}proposals/enter", 403)


def test_staff_read_and_do_not_decide(town, desk, member_of, browser):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    staff = browser(member_of(town, Role.STAFF))

    assert "決定を入力する" not in staff.get(here)
    staff.post(f"{here}/decision", {"outcome": "adopted"}, status=403)
    staff.post(f"{here}/reviewers", {}, status=403)
    staff.open("GET", f"{here}/review", 404)


def test_the_inbox_is_filtered_counted_and_paged_by_its_address(town, desk, secretariat, browser):
    for _time in range(21):
        make(town)
    make(town, S.SCREENING, proposer_name="株式会社みほん（見本）")
    office = browser(secretariat)
    inbox = f"{desk}proposals/"

    assert "1 / 2" in office.get(inbox)
    assert "2 / 2" in office.get(f"{inbox}?page=2")
    assert "2 / 2" in office.get(f"{inbox}?page=99")
    found = office.get(f"{inbox}?q=株式会社みほん")
    assert "1件" in found
    assert "条件を消す" in found
    assert "株式会社みほん" in office.get(f"{inbox}?status=screening&sort=due&kind=person")
    assert "条件に合う提案はありません" in office.get(f"{inbox}?overdue=yes&kind=group")
    for nonsense in ("?status=x&kind=y&need=z&sort=w&page=-1", "?page=９", "?q=%25"):
        office.get(inbox + nonsense)


@pytest.mark.parametrize("role", [Role.SECRETARIAT, Role.STAFF, Role.AUDITOR])
def test_an_empty_desk_is_friendly(town, desk, member_of, browser, role):
    somebody = browser(member_of(town, role))

    assert "いま、あなたを待っているものはありません" in somebody.get(desk)
    assert "まだ提案は届いていません" in somebody.get(f"{desk}proposals/")


def test_the_export_opens_in_a_spreadsheet_and_runs_nothing(town, desk, secretariat, browser):
    make(town, proposer_name="=HYPERLINK(1)")
    make(town, proposer_name="+81")
    office = browser(secretariat)

    answer = office.fetch(f"{desk}proposals/export.xlsx?sort=oldest")
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[1]][:3] == ["受付番号", "受付日", "状況"]
    assert sheet["F2"].value == "=HYPERLINK(1)"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "inlineStr",
        "n",
        "d",
    }
    text = office.fetch(f"{desk}proposals/export.csv?sort=oldest").data
    assert text.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK(1)" in text.decode("utf-8-sig")
    assert "'+81" in text.decode("utf-8-sig")
    office.open("GET", f"{desk}proposals/export.pdf", 404)


def test_the_pages_take_few_statements_however_much_there_is(
    town, desk, secretariat, member_of, browser, count_statements
):
    made = make(town, S.IN_REVIEW)
    here = f"{desk}proposals/{made.id}"
    office = browser(secretariat)
    office.post(f"{here}/reviewers", {"members": [secretariat.membership_id]})

    def statements(page: str) -> int:
        office.get(page)
        with count_statements() as seen:
            office.get(page)
        return len(seen)

    few = {page: statements(page) for page in (desk, f"{desk}proposals/", here)}
    for _time in range(25):
        make(town)
    with tenant_scope(town.id):
        for _time in range(30):
            proposal = get_proposal(holder(town, made), made.id, lock=True)
            operations.give_reply(proposal, "追加です。", actor=holder(town, made), now=clock.now())
        db.session.commit()
    many = {page: statements(page) for page in few}

    assert many == few
    # 今日やること asks each feature once for what waits there.
    assert max(few.values()) <= 15, few


def test_every_step_is_in_the_journal_under_the_name_of_who_did_it(
    town, desk, secretariat, browser
):
    made = make(town)
    browser(secretariat).post(f"{desk}proposals/{made.id}/screening")

    with tenant_scope(town.id):
        entry = db.session.scalars(
            sa.select(JournalEntry).where(JournalEntry.kind == "ScreeningStarted")
        ).one()
    assert entry.actor_name == "見本 事務（見本）"
    assert entry.person_id == secretariat.person_id
