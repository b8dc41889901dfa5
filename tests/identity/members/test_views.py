import datetime as dt
import threading
import time
import uuid

import pytest
from markupsafe import escape

from kyoso.core import clock
from kyoso.core.access import GRANTS, Role
from kyoso.core.db import db
from kyoso.core.jobs import run_worker
from kyoso.core.scope import tenant_scope
from kyoso.identity import permission_table
from kyoso.identity.members import queries, rules
from kyoso.identity.members.operations import Invite, invite_member
from kyoso.tenancy.queries import get_tenant
from support.database import as_superuser
from support.members import PASSWORD, sign_in
from support.pages import Browser, text_of
from support.post_office import link_in, words_of

INVITE = {"name": "見本 新（見本）", "roles": "staff", "locale": "ja"}


@pytest.fixture
def boss(hinode, member_of):
    return member_of(hinode, Role.ADMIN, name="磐城 花子（見本）")


@pytest.fixture
def people(hinode):
    return f"/{hinode.slug}/desk/people"


def test_the_list_is_searched_and_filtered(boss, hinode, people, member_of, browser, department_of):
    unit = department_of(hinode, "産業課")
    member_of(hinode, Role.STAFF, name="会津 次郎（見本）", departments=(unit,))
    member_of(hinode, Role.AUDITOR, name="猪苗代 三郎（見本）")
    ours = browser(boss)
    page = ours.get(f"{people}/")
    assert "3件" in page
    assert "産業課" in page
    found = ours.get(f"{people}/?q=会津")
    assert "会津 次郎" in found
    assert "猪苗代 三郎" not in found
    assert "猪苗代 三郎" in ours.get(f"{people}/?role=auditor")
    assert "当てはまる担当者がいません" in ours.get(f"{people}/?state=inactive")
    assert "当てはまる担当者がいません" in ours.get(f"{people}/?q=%25")
    ours.get(f"{people}/?role=king&state=x&q=%00")


def test_who_may_open_what(hinode, people, member_of, browser, boss):
    pages = {
        f"{people}/": {Role.ADMIN, Role.AUDITOR},
        f"{people}/{boss.membership_id}": {Role.ADMIN, Role.AUDITOR},
        f"{people}/invite": {Role.ADMIN},
        f"{people}/{boss.membership_id}/deactivate": {Role.ADMIN},
        f"/{hinode.slug}/desk/permissions/": {Role.ADMIN, Role.AUDITOR},
        f"/{hinode.slug}/desk/journal/": {Role.ADMIN, Role.AUDITOR},
    }
    for role in (Role.ADMIN, Role.SECRETARIAT, Role.STAFF, Role.AUDITOR):
        ours = browser(member_of(hinode, role))
        for page, allowed in pages.items():
            ours.get(page, status=200 if role in allowed else 403)


def test_an_auditor_sees_no_buttons(hinode, people, member_of, browser, boss):
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "招待する" not in text_of(auditor.get(f"{people}/"))
    page = auditor.get(f"{people}/{boss.membership_id}")
    assert "保存する" not in page
    assert "停止する" not in page
    auditor.post(f"{people}/{boss.membership_id}/update", {}, status=403)


def test_a_member_of_another_town_is_told_so(minato, people, member_of, browser):
    answer = browser(member_of(minato, Role.ADMIN)).get(f"{people}/", status=403)
    assert "担当者として登録されていません" in answer


def test_somebody_new_comes_in_by_a_real_mail(app, boss, hinode, people, browser, arriving):
    ours = browser(boss)
    ours.post(f"{people}/invite", INVITE | {"email": "New.Person@example.jp"})
    assert "見本 新（見本）" in ours.get(f"{people}/")
    run_worker(app, wait=False)
    mail = arriving.to("new.person@example.jp")[0]
    assert mail["Subject"] == f"{hinode.name}の担当者への招待"
    assert "磐城 花子（見本）さんから" in words_of(mail)
    link = link_in(mail)
    visitor = Browser(app)
    assert "職員" in visitor.get(link)
    weak = visitor.post(link, {"name": "見本 新（見本）", "password": "短い"}, status=422)
    assert "12文字以上" in weak.text
    answer = visitor.post(link, {"name": "見本 新（見本）", "password": PASSWORD})
    assert answer.headers["Location"] == f"/{hinode.slug}/desk/"
    assert "new.person@example.jp" in visitor.get("/account")
    gone = Browser(app).get(link, status=410)
    assert "すでに使われています" in gone
    visitor.post(link, {"name": "x", "password": PASSWORD}, status=410)
    with tenant_scope(hinode.id):
        assert queries.find_member(boss.actor, email="new.person@example.jp") is not None


def invitation_link(ours, people, hinode, boss, email, app, arriving) -> str:
    ours.post(f"{people}/invite", INVITE | {"email": email})
    run_worker(app, wait=False)
    return link_in(arriving.to(email)[-1])


def test_an_invitation_joins_an_account_that_is_there(
    app, boss, hinode, minato, people, member_of, browser, arriving
):
    person = member_of(minato, Role.AUDITOR)
    link = invitation_link(browser(boss), people, hinode, boss, person.email, app, arriving)
    visitor = Browser(app)
    assert "すでにアカウントがあります" in visitor.get(link)
    # Nobody gets past the account's own password.
    answer = visitor.post(link, {"name": "乗っ取り", "password": PASSWORD})
    assert answer.headers["Location"] == link
    answer = visitor.open("GET", f"{link}/join", 303)
    assert answer.headers["Location"].startswith("/sign-in?next=")
    other = sign_in(app, boss)
    assert "サインアウトしてから" in other.get(f"{link}/join", status=409)
    other.post(f"{link}/join", status=409)
    theirs = sign_in(app, person)
    assert "参加する" in theirs.get(f"{link}/join")
    theirs.post(f"{link}/join")
    words = text_of(theirs.get("/my-towns"))
    assert hinode.name in words
    assert minato.name in words
    theirs.post(f"{link}/join", status=410)


def test_a_link_that_ran_out_was_revoked_or_is_wrong_says_what_to_do(
    app, boss, hinode, people, browser, arriving, visitor
):
    ours = browser(boss)
    link = invitation_link(ours, people, hinode, boss, "late@example.jp", app, arriving)
    with clock.frozen(clock.now() + rules.INVITATION_LASTS + dt.timedelta(minutes=1)):
        assert "期限（14日間）が過ぎました" in visitor.get(link, status=410)
        visitor.post(link, {"name": "x", "password": PASSWORD}, status=410)
        late = sign_in(app, boss)
        assert "期限切れ" in late.get(f"{people}/")
    with tenant_scope(hinode.id):
        invitation = queries.find_open_invitation(boss.actor, "late@example.jp")
    ours.post(f"{people}/invitations/{invitation.id}/resend")
    assert "新しい招待メール" in visitor.get(link, status=404)
    run_worker(app, wait=False)
    newer = link_in(arriving.to("late@example.jp")[-1])
    visitor.get(newer)
    ours.post(f"{people}/invitations/{invitation.id}/revoke")
    visitor.get(newer, status=404)
    visitor.get(f"/{hinode.slug}/invitations/nonsense", status=404)
    ours.post(f"{people}/invitations/{invitation.id}/revoke", status=404)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({}, "「氏名」を入力してください"),
        (INVITE, "「メールアドレス」を入力してください"),
        (INVITE | {"email": "x"}, "name@example.jp の形"),
        (INVITE | {"email": "a@example.jp", "roles": []}, "「役割」を"),
        (INVITE | {"email": "a@example.jp", "roles": ["auditor", "admin"]}, "一緒には"),
        (INVITE | {"email": "a@example.jp", "roles": ["operator"]}, "付けられない役割"),
        (INVITE | {"email": "a@example.jp", "roles": ["king"]}, "「役割」を選んで"),
        (INVITE | {"email": "a@example.jp", "department_ids": "x"}, "「所属する課・室」を"),
        (
            INVITE | {"email": "a@example.jp", "department_ids": "0" * 32},
            "この自治体にない",
        ),
        (INVITE | {"email": "a@example.jp", "locale": "fr"}, "「メールの言語」を"),
        (INVITE | {"email": "a@example.jp", "name": "あ" * 61}, "60文字以内"),
    ],
)
def test_a_bad_invitation_says_what_to_mend(
    boss, people, browser, department_of, hinode, form, sentence
):
    department_of(hinode, "産業課")
    page = browser(boss).post(f"{people}/invite", form, status=422).text
    assert sentence in page


def test_a_member_is_edited_and_the_history_says_so(
    boss, hinode, people, member_of, browser, department_of
):
    unit = department_of(hinode, "観光課")
    person = member_of(hinode, Role.STAFF)
    ours, page = browser(boss), f"{people}/{person.membership_id}"
    form = {
        "name": "会津 次郎（見本）",
        "roles": ["secretariat", "staff"],
        "department_ids": str(unit),
    }
    ours.post(f"{page}/update", form)
    words = text_of(ours.get(page))
    assert "会津 次郎（見本）" in words
    assert "担当者の役割や所属を変更しました" in words
    ours.post(f"{page}/update", {"name": "x"}, status=422)
    own = f"{people}/{boss.membership_id}"
    alone = ours.post(f"{own}/update", {"name": "x", "roles": "staff"}, status=409).text
    assert "ただ一人の管理者" in alone
    ours.post(f"{own}/deactivate", status=409)


def test_a_member_shut_out_is_out_at_the_next_click(boss, hinode, people, member_of, browser):
    person = member_of(hinode, Role.AUDITOR)
    theirs, ours = browser(person), browser(boss)
    theirs.get(f"{people}/")
    confirm = ours.get(f"{people}/{person.membership_id}/deactivate")
    assert "入れなくなります" in confirm
    theirs.get(f"{people}/")
    ours.post(f"{people}/{person.membership_id}/deactivate")
    theirs.get(f"{people}/", status=403)
    theirs.get("/account")
    assert "停止中" in ours.get(f"{people}/{person.membership_id}")
    ours.post(f"{people}/{person.membership_id}/reactivate")
    theirs.get(f"{people}/")


def test_a_role_taken_away_is_gone_at_the_next_click(boss, hinode, people, member_of, browser):
    person = member_of(hinode, Role.ADMIN)
    theirs = browser(person)
    theirs.get(f"{people}/invite")
    form = {"name": "見本", "roles": "staff"}
    browser(boss).post(f"{people}/{person.membership_id}/update", form)
    theirs.get(f"{people}/invite", status=403)


def test_the_journal_is_filtered_and_paged(boss, hinode, people, browser):
    ours, journal = browser(boss), f"/{hinode.slug}/desk/journal/"
    for number in range(3):
        ours.post(f"{people}/invite", INVITE | {"email": f"n{number}@example.jp"})
    page = text_of(ours.get(f"{journal}?kind=MemberInvited&name=磐城"))
    assert "3件" in page
    assert "n0@example.jp" in page
    assert "当てはまる記録がありません" in ours.get(f"{journal}?kind=Nothing")
    assert "当てはまる記録がありません" in ours.get(f"{journal}?to=2020-01-01")
    today = clock.today().isoformat()
    # The three, and how the administrator came in.
    assert "4件" in ours.get(f"{journal}?kind=MemberInvited&from={today}&to={today}")
    for odd in ("page=0", "page=99999999999", "page=x", "from=x", "from=0001-01-01", "name=%00"):
        ours.get(f"{journal}?{odd}")


def test_a_refusal_leads_whoever_is_signed_in_back_to_their_desk(hinode, member_of, browser):
    staff = browser(member_of(hinode, Role.STAFF))
    for address, status in (("journal/", 403), (f"needs/{uuid.uuid4()}", 404)):
        refused = staff.open("GET", f"/{hinode.slug}/desk/{address}", status).text
        assert 'href="/my-towns"' in refused


def test_long_journals_have_pages(boss, hinode, browser, monkeypatch, member_of):
    from kyoso.identity.members import journal_views

    monkeypatch.setattr(journal_views, "ON_A_PAGE", 1)
    member_of(hinode, Role.STAFF)
    page = browser(boss).get(f"/{hinode.slug}/desk/journal/?page=2")
    assert "前のページ" in page
    assert "次のページ" in page


def test_a_list_costs_the_same_for_few_and_many(
    boss, hinode, people, member_of, browser, count_statements, department_of
):
    unit = department_of(hinode, "産業課")
    ours = browser(boss)
    member_of(hinode, Role.STAFF, departments=(unit,))
    ours.get(f"{people}/")
    with count_statements() as few:
        ours.get(f"{people}/")
    for _number in range(15):
        member_of(hinode, Role.STAFF, departments=(unit,))
    with count_statements() as many:
        ours.get(f"{people}/")
    assert len(many) == len(few)
    assert len(many) <= 8


def test_the_table_of_rights_is_the_one_that_decides(boss, hinode, browser):
    page = browser(boss).get(f"/{hinode.slug}/desk/permissions/")
    for row in permission_table.rows():
        assert str(escape(row.permission.label)) in page
        held = dict(zip(permission_table.ROLES, row.held, strict=True))
        assert {role for role, yes in held.items() if yes} == GRANTS[row.permission] & set(held)
    marks = sum(sum(row.held) for row in permission_table.rows())
    assert page.count("○") == marks


def test_members_and_their_town_speak_english(boss, people, browser):
    ours = browser(boss)
    for page in ("/", "/invite", f"/{boss.membership_id}"):
        assert 'lang="en"' in ours.get(f"{people}{page}?lang=en")


def test_of_two_who_invite_the_same_person_at_once_one_is_told(
    hinode, boss, people, browser, database
):
    ours = browser(boss)
    form = {"name": "見本 新（見本）", "email": "futago@example.jp"}
    answers: list[str] = []

    def post() -> None:
        answers.append(ours.post(f"{people}/invite", form | {"roles": "staff"}, status=409).text)

    second = threading.Thread(target=post)
    with tenant_scope(hinode.id):
        first = Invite(form["email"], form["name"], (Role.STAFF,))
        invite_member(first, town=get_tenant(hinode.id), actor=boss.actor, now=clock.now())
        db.session.flush()
        second.start()
        with as_superuser(database) as connection:
            until = time.monotonic() + 10
            waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            while not connection.execute(waiting).fetchone() and time.monotonic() < until:
                time.sleep(0.02)
        db.session.commit()
    second.join(20)

    assert "ほぼ同時に保存されました" in answers[0]
    assert ours.get(f"{people}/").count(form["email"]) == 1
