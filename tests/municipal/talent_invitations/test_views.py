"""Inviting one person or many, and the way in for the invited."""

import datetime as dt
import io

import pytest
import sqlalchemy as sa
from openpyxl import Workbook

from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.db import db, new_id
from kyoso.core.jobs import run_worker
from kyoso.core.mail import Mail
from kyoso.core.scope import tenant_scope
from kyoso.municipal.talent_invitations import rules
from kyoso.municipal.talent_invitations.models import TalentInvitation
from kyoso.municipal.talents.queries import talent_of_person
from support.members import PASSWORD, sign_in
from support.pages import Browser, text_of
from support.people import Town, actor_of
from support.post_office import link_in, words_of
from support.profiles import make_person
from support.talents import make_somebody, make_talent

ONE = {"email": "Aya@Example.jp", "name": "見本 彩（見本）", "message": "広報を一緒に。"}
COMING = {"name": "見本 彩（見本）", "kana": "みほん あや", "hours_offered": "２０"}


@pytest.fixture
def base(hinode: Town) -> str:
    return f"/{hinode.slug}/desk/talents/invitations"


@pytest.fixture
def desk(hinode: Town, member_of, browser) -> Browser:
    return browser(member_of(hinode, Role.SECRETARIAT, name="磐城 花子（見本）"))


def form(**values: object) -> dict[str, object]:
    return {"form_id": str(new_id()), "locale": "ja"} | values


def invited(town: Town) -> list[str]:
    """Return the addresses that the town has invited, oldest first."""
    with tenant_scope(town.id):
        order = sa.select(TalentInvitation.email).order_by(TalentInvitation.id)
        return list(db.session.scalars(order))


def mails(town: Town) -> int:
    with tenant_scope(town.id):
        return db.session.scalars(sa.select(sa.func.count()).select_from(Mail)).one()


@pytest.fixture
def link_to(desk, base, app, arriving):
    def send(email: str, **values: object) -> str:
        desk.post(f"{base}/new", form(**ONE | {"email": email} | values))
        run_worker(app, wait=False)
        return link_in(arriving.to(email)[-1])

    return send


def test_a_new_person_makes_an_account_and_comes_in(
    app, desk, base, hinode, arriving, visitor, link_to
):
    assert "まだ誰も招待していません" in desk.get(f"{base}/")
    link = link_to("aya@example.jp")
    (mail,) = arriving.to("aya@example.jp")
    assert f"{hinode.name}の複業人材への招待" in mail["Subject"]
    assert "広報を一緒に。" in words_of(mail)
    page = visitor.get(link)
    assert "広報を一緒に。" in page
    assert "1か月に働ける時間" in page
    wrong = visitor.post(link, {"name": "彩", "password": "short"}, status=422).text
    for sentence in ("「ふりがな」を入力", "「1か月に働ける時間」を入力"):
        assert sentence in wrong
    assert 'value="彩"' in wrong
    short = visitor.post(link, COMING | {"password": "short"}, status=422).text
    assert "みほん あや" in short
    answer = visitor.post(link, COMING | {"password": PASSWORD})
    assert answer.headers["Location"] == "/me/"
    assert "複業人材として登録しました" in visitor.follow(answer)
    assert "すでに使われています" in Browser(app).get(link, status=410)
    visitor.post(link, COMING | {"password": PASSWORD}, status=410)
    words = text_of(desk.get(f"{base}/?state=accepted"))
    assert "登録済み" in words
    register = desk.get(f"/{hinode.slug}/desk/talents/")
    assert "見本 彩" in register
    assert "20時間" in register


def test_a_known_address_comes_in_with_the_same_account_after_proof(
    app, desk, hinode, member_of, visitor, link_to
):
    person = make_person(hours=16, kana="みほん みどり")
    link = link_to(person.email)
    assert "すでにアカウントがあります" in visitor.get(link)
    # Nobody gets past the account's own password.
    answer = visitor.post(link, COMING | {"password": PASSWORD})
    assert answer.headers["Location"] == link
    answer = visitor.open("GET", f"{link}/join", 303)
    assert answer.headers["Location"].startswith("/sign-in?next=")
    other = sign_in(app, make_somebody())
    assert "サインアウトしてから" in other.get(f"{link}/join", status=409)
    other.post(f"{link}/join", {"kana": "x", "hours_offered": "1"}, status=409)
    theirs = sign_in(app, person)
    page = theirs.get(f"{link}/join")
    assert 'value="16"' in page
    assert 'value="みほん みどり"' in page
    refused = theirs.post(f"{link}/join", {"kana": "", "hours_offered": "999"}, status=422).text
    assert "「ふりがな」を入力" in refused
    assert 'value="999"' in refused
    theirs.post(f"{link}/join", {"kana": "みほん みどり", "hours_offered": "12"})
    with tenant_scope(hinode.id):
        talent = talent_of_person(actor_of(hinode, Role.STAFF), person.person_id)
        assert talent.hours_offered == 12
    theirs.get(f"{link}/join", status=410)


def test_a_link_that_ran_out_was_taken_back_or_is_wrong_says_what_to_do(
    app, desk, base, hinode, arriving, visitor, link_to
):
    link = link_to("late@example.jp")
    with clock.frozen(clock.now() + rules.INVITATION_LASTS + dt.timedelta(minutes=1)):
        assert "期限（14日間）が過ぎました" in visitor.get(link, status=410)
        visitor.post(link, COMING | {"password": PASSWORD}, status=410)
    with tenant_scope(hinode.id):
        ident = db.session.scalars(sa.select(TalentInvitation.id)).one()
    desk.post(f"{base}/{ident}/resend")
    unknown = visitor.get(link, status=404)
    assert "新しい招待メール" in unknown
    run_worker(app, wait=False)
    newer = link_in(arriving.to("late@example.jp")[-1])
    visitor.get(newer)
    desk.post(f"{base}/{ident}/withdraw")
    taken_back = visitor.get(newer, status=404)
    nonsense = visitor.get(f"/{hinode.slug}/talent-invitations/nonsense", status=404)
    assert text_of(taken_back) == text_of(nonsense)
    desk.post(f"{base}/{ident}/withdraw", status=409)
    assert "取消し" in desk.get(f"{base}/?state=withdrawn")


def test_a_link_of_one_town_opens_nothing_in_another(minato, visitor, link_to, hinode):
    link = link_to("aya@example.jp")
    visitor.get(link.replace(hinode.slug, minato.slug), status=404)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "「メールアドレス」を入力"),
        ({"email": "x"}, "name@example.jp の形"),
        ({"email": "a@example.jp", "name": "あ" * 61}, "60文字以内"),
        ({"email": "a@example.jp", "name": "彩", "locale": "fr"}, "「メールの言語」を"),
        ({"email": "a@example.jp", "name": "彩", "message": "長" * 1001}, "1000文字以内"),
    ],
)
def test_a_bad_invitation_says_what_to_mend_and_keeps_what_was_typed(
    desk, base, hinode, values, sentence
):
    page = desk.post(f"{base}/new", form(**values), status=422).text
    assert sentence in text_of(page)
    for typed in values.values():
        assert typed in page or typed == "fr"
    assert invited(hinode) == []


def test_the_same_form_sent_twice_invites_once(desk, base, hinode):
    once = form(**ONE)
    desk.post(f"{base}/new", once)
    desk.post(f"{base}/new", once)
    assert invited(hinode) == ["aya@example.jp"]
    assert mails(hinode) == 1
    again = desk.post(f"{base}/new", form(**ONE), status=422).text
    assert "すでに招待しています" in again


def roster(count: int) -> list[list[str]]:
    return [[f"t{n}@example.jp", f"見本 {n}（見本）", f"みほん{n}"] for n in range(1, count + 1)]


def workbook(rows: list[list[str]]) -> io.BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out


@pytest.fixture
def spoiled(hinode: Town, desk: Browser, base: str) -> list[list[str]]:
    """Return 200 rows of which 7 are wrong, each in its own way."""
    somebody = make_somebody()
    make_talent(hinode, somebody)
    desk.post(f"{base}/new", form(email="waits@example.jp", name="待"))
    rows = roster(200)
    rows[9][0] = "no-address"
    rows[19][0] = ""
    rows[29][1] = ""
    rows[39][0] = "T1@example.jp"
    rows[49][0] = somebody.email
    rows[59][0] = "waits@example.jp"
    rows[69][1] = "長" * 61
    return rows


#: Row and reason of each, as a reader counts them.
REASONS = {
    10: "name@example.jp の形で",
    20: "「メールアドレス」を入力",
    30: "「氏名」を入力",
    40: "1行目と同じメールアドレスです",
    50: "すでに人材台帳に登録されています",
    60: "すでに招待しています",
    70: "60文字以内",
}


@pytest.mark.parametrize("way", ["pasted", "xlsx", "csv"])
def test_of_200_rows_the_7_wrong_ones_are_named_and_the_rest_sent_after_confirmation(
    desk, base, hinode, spoiled, way
):
    sent = form(message="一緒に。")
    offset = 0
    if way == "pasted":
        sent["pasted"] = "\n".join("\t".join(row) for row in spoiled)
    else:
        offset = 1
        table = [["メールアドレス", "氏名", "ふりがな"], *spoiled]
        if way == "xlsx":
            sent["file"] = (workbook(table), "名簿.xlsx")
        else:
            text = "\n".join(",".join(row) for row in table)
            sent["file"] = (io.BytesIO(text.encode("cp932")), "名簿.csv")
    page = desk.post(f"{base}/many", sent, status=200).text
    words = text_of(page)
    assert "招待できない行：7件" in words
    assert "招待できる方：193人" in words
    for row, reason in REASONS.items():
        place = f"{row + offset}行目"
        found = words[words.index(f"{place} ") if f"{place} " in words else words.index(place) :]
        assert reason.replace("1行目", f"{1 + offset}行目") in found[:220], place
    # Each reason is one sentence, on a line of its own.
    assert page.count("<br>") == 0
    # Nothing was sent, and what was typed is still there.
    assert invited(hinode) == ["waits@example.jp"]
    assert mails(hinode) == 1
    assert "no-address" in page
    assert "一緒に。" in page

    tree_form = hidden_form(page)
    assert len(tree_form["pasted"].splitlines()) == 193
    answer = desk.post(f"{base}/many/send", tree_form)
    assert "193人に招待メールを送りました" in desk.follow(answer)
    assert len(invited(hinode)) == 194
    assert mails(hinode) == 194
    # Sent twice, it invites once.
    desk.post(f"{base}/many/send", tree_form)
    assert mails(hinode) == 194


def hidden_form(page: str) -> dict[str, str]:
    """Return what the confirming form of the page sends."""
    from support.pages import HTML, parse

    for found in parse(page).iter(f"{HTML}form"):
        if (found.get("action") or "").endswith("/many/send"):
            return {
                field.get("name", ""): field.get("value", "")
                for field in found.iter(f"{HTML}input")
            }
    raise AssertionError("no form asks for confirmation")


def test_somebody_invited_meanwhile_stops_the_list_and_nothing_is_sent(desk, base, hinode):
    pasted = "\n".join("\t".join(row) for row in roster(3))
    page = desk.post(f"{base}/many", form(pasted=pasted), status=200).text
    ready = hidden_form(page)
    desk.post(f"{base}/new", form(email="t2@example.jp", name="先"))
    answer = desk.post(f"{base}/many/send", ready, status=409).text
    assert "誰にも送っていません" in answer
    assert "すでに招待しています" in answer
    assert invited(hinode) == ["t2@example.jp"]
    desk.post(f"{base}/many/send", hidden_form(answer))
    assert sorted(invited(hinode)) == ["t1@example.jp", "t2@example.jp", "t3@example.jp"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "1行に1人ずつ"),
        ({"file": (io.BytesIO(b"x"), "a.pdf")}, "Excel（.xlsx）かCSV"),
        ({"file": (io.BytesIO(b"x"), "a.xlsx")}, "中身がXLSXではありません"),
        ({"pasted": "\n".join(f"{n}@example.jp,x" for n in range(501))}, "いま501人"),
        ({"pasted": "a@example.jp,x", "message": "長" * 1001}, "1000文字以内"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(desk, base, hinode, values, sentence):
    page = desk.post(f"{base}/many", form(**values), status=422).text
    assert sentence in text_of(page)
    assert values.get("pasted", "") in page
    assert invited(hinode) == []


def test_when_nobody_is_left_there_is_nothing_to_send(desk, base):
    page = desk.post(f"{base}/many", form(pasted="x,見本"), status=200).text
    assert "送れる方がいません" in page
    assert "/many/send" not in page


def test_the_list_takes_few_statements_however_long_it_is(desk, base, count_statements):
    def pasted(count: int) -> dict[str, object]:
        return form(pasted="\n".join("\t".join(row) for row in roster(count)))

    desk.post(f"{base}/many", pasted(1), status=200)
    with count_statements() as few:
        desk.post(f"{base}/many", pasted(2), status=200)
    with count_statements() as many:
        desk.post(f"{base}/many", pasted(200), status=200)
    assert len(many) == len(few)


def test_who_may_see_and_send(hinode, base, member_of, browser):
    auditor = browser(member_of(hinode, Role.AUDITOR))
    assert "1人を招待する" not in auditor.get(f"{base}/")
    for page in ("new", "many"):
        auditor.get(f"{base}/{page}", status=403)
        browser(member_of(hinode, Role.STAFF)).get(f"{base}/{page}")
    auditor.post(f"{base}/many/send", form(pasted="a@example.jp,x"), status=403)


def test_the_list_of_invitations_is_paged(desk, base, hinode):
    pasted = "\n".join("\t".join(row) for row in roster(60))
    page = desk.post(f"{base}/many", form(pasted=pasted), status=200).text
    desk.post(f"{base}/many/send", hidden_form(page))
    assert "1 / 2" in desk.get(f"{base}/?state=open")
    assert "2 / 2" in desk.get(f"{base}/?state=open&page=99")
    assert "条件に合う招待はありません" in desk.get(f"{base}/?state=expired")
    desk.get(f"{base}/?state=x&page=x&q=%00")
    found = desk.get(f"{base}/?q=T37@EXAMPLE&state=open")
    assert "1件" in found
    assert "見本 37" in found
    assert "0件" not in found
    assert "条件に合う招待はありません" in desk.get(f"{base}/?q=%25")


@pytest.mark.parametrize("way", ["pasted", "xlsx", "csv"])
def test_rows_are_counted_as_in_the_list_also_after_empty_ones(desk, base, way):
    rows = [[], [], ["no-address", "見本 一（見本）"], ["b@example.jp", "見本 二（見本）"]]
    sent = form()
    if way == "pasted":
        sent["pasted"] = "\n".join("\t".join(row) for row in rows)
    elif way == "xlsx":
        sent["file"] = (workbook(rows), "名簿.xlsx")
    else:
        text = "\n".join(",".join(row) for row in rows)
        sent["file"] = (io.BytesIO(text.encode()), "名簿.csv")
    words = text_of(desk.post(f"{base}/many", sent, status=200).text)
    assert "3行目" in words
    assert "招待できる方：1人" in words


def test_a_csv_of_an_old_mac_is_read(desk, base):
    content = "a@example.jp,見本 一（見本）\rb@example.jp,見本 二（見本）\r".encode("cp932")
    page = desk.post(f"{base}/many", form(file=(io.BytesIO(content), "名簿.csv")), status=200).text
    assert "招待できる方：2人" in text_of(page)


def test_a_csv_that_is_one_endless_cell_is_refused_in_words(desk, base):
    content = b'"' + b"x" * 200_000
    page = desk.post(f"{base}/many", form(file=(io.BytesIO(content), "名簿.csv")), status=422).text
    assert "CSVとして読み取れません" in text_of(page)
