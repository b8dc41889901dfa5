import dataclasses
import datetime as dt

import pytest

from kyoso.app import create_app
from kyoso.core import clock
from kyoso.core.access import Role
from kyoso.core.config import load_settings
from kyoso.core.db import db
from kyoso.core.jobs import run_worker
from kyoso.core.scope import Scope, scope
from kyoso.identity import passwords
from kyoso.identity.accounts import operations, queries, rules
from kyoso.identity.sample_people import SamplePerson, keep_sample_people
from support.database import as_superuser
from support.members import PASSWORD, sign_in
from support.pages import Browser, text_of, without_stamps
from support.post_office import link_in, words_of

NEW = "たんぼ みずうみ もり かわべ"
WRONG = "メールアドレスまたはパスワードが違います。"


@pytest.fixture
def hanako(hinode, member_of):
    return member_of(hinode, Role.ADMIN, name="磐城 花子（見本）")


def try_to_sign_in(visitor, email, password, status=422):
    return visitor.post("/sign-in", {"email": email, "password": password}, status=status)


def test_one_town_leads_straight_to_its_desk(hanako, hinode, visitor):
    answer = try_to_sign_in(visitor, hanako.email, PASSWORD, status=303)
    assert answer.headers["Location"] == "/my-towns"
    onward = visitor.open("GET", "/my-towns", 303)
    assert onward.headers["Location"] == f"/{hinode.slug}/desk/"


def test_several_towns_are_offered(hanako, hinode, minato, member_of, browser):
    member_of(minato, Role.STAFF, email=hanako.email)
    words = text_of(browser(hanako).get("/my-towns"))
    assert hinode.name in words
    assert minato.name in words
    assert "管理者" in words
    assert "職員" in words


@pytest.mark.parametrize("outside", ["https://example.com/", "//example.com", "/\\example.com"])
def test_sign_in_leads_on_within_the_site_only(hanako, visitor, outside):
    form = {"email": hanako.email, "password": PASSWORD}
    answer = visitor.post("/sign-in", form | {"next": "/account"})
    assert answer.headers["Location"] == "/account"
    answer = visitor.post("/sign-in", form | {"next": outside})
    assert answer.headers["Location"] == "/my-towns"


def test_a_page_for_members_asks_to_sign_in_and_comes_back(hanako, hinode, visitor):
    answer = visitor.open("GET", f"/{hinode.slug}/desk/people/?q=a", 303)
    page = visitor.follow(answer)
    assert "サインイン" in page
    assert f"/{hinode.slug}/desk/people/?q=a" in page


def test_unknown_wrong_and_deactivated_are_one_answer(hanako, hinode, member_of, visitor):
    gone = member_of(hinode, Role.STAFF)
    with scope(Scope(person_id=gone.person_id)):
        person = queries.get_person(gone.oneself)
        operations.deactivate_person(person, actor=gone.oneself, now=clock.now())
        db.session.commit()
    pages = [
        without_stamps(try_to_sign_in(visitor, email, password).text.replace(email, "…"))
        for email, password in (
            ("nobody@example.jp", PASSWORD),
            (hanako.email, "まちがった パスワード"),
            (gone.email, PASSWORD),
        )
    ]
    assert WRONG in pages[0]
    assert len(set(pages)) == 1


def test_the_hash_is_checked_in_each_case(hanako, visitor, monkeypatch):
    checked = []
    matches = passwords.matches

    def counting(stored, password):
        checked.append(stored is not None)
        return matches(stored, password)

    monkeypatch.setattr(passwords, "matches", counting)
    try_to_sign_in(visitor, "nobody@example.jp", PASSWORD)
    try_to_sign_in(visitor, hanako.email, "まちがった パスワード")
    assert checked == [False, True]


def test_an_account_is_throttled_for_all_workers_and_success_forgets(hanako, visitor):
    for _try in range(rules.TRIES_PER_ACCOUNT - 1):
        try_to_sign_in(visitor, hanako.email, "ちがう パスワード です")
    try_to_sign_in(visitor, hanako.email, PASSWORD, status=303)
    for _try in range(rules.TRIES_PER_ACCOUNT):
        try_to_sign_in(visitor, hanako.email.upper(), "ちがう パスワード です")
    answer = try_to_sign_in(visitor, hanako.email, PASSWORD, status=429)
    assert int(answer.headers["Retry-After"]) > 0
    assert "回数が多すぎます" in answer.text


def test_an_unknown_account_is_throttled_the_same(visitor):
    for _try in range(rules.TRIES_PER_ACCOUNT):
        try_to_sign_in(visitor, "somebody@example.jp", PASSWORD)
    try_to_sign_in(visitor, "somebody@example.jp", PASSWORD, status=429)


def test_an_address_is_throttled_whatever_it_tries(app, hanako, monkeypatch):
    monkeypatch.setattr(rules, "TRIES_PER_ADDRESS", 3)
    elsewhere = Browser(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    for number in range(2):
        try_to_sign_in(elsewhere, hanako.email, PASSWORD, status=303)
        try_to_sign_in(elsewhere, f"n{number}@example.jp", PASSWORD)
    # The honest ones did not count.
    try_to_sign_in(elsewhere, "n3@example.jp", PASSWORD)
    try_to_sign_in(elsewhere, "n4@example.jp", PASSWORD, status=429)


def test_the_cookie_is_closed_to_scripts_and_other_sites(hanako, visitor, app):
    answer = try_to_sign_in(visitor, hanako.email, PASSWORD, status=303)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("kyoso="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    production = create_app(
        load_settings("production", secret_key="x", database_url=app.config["KYOSO"].database_url)
    )
    assert production.config["SESSION_COOKIE_SECURE"] is True


def test_an_old_cookie_is_worth_nothing_after_signing_out(hanako, browser, app):
    ours = browser(hanako)
    cookie = ours.client.get_cookie("kyoso")
    ours.post("/sign-out")
    thief = Browser(app)
    thief.client.set_cookie("kyoso", cookie.value)
    assert "/sign-in" in thief.open("GET", "/account", 303).headers["Location"]


def test_a_cookie_with_another_persons_id_is_worth_nothing(hanako, hinode, member_of, browser):
    other = member_of(hinode, Role.ADMIN)
    ours = browser(hanako)
    with ours.client.session_transaction() as cookie:
        secret = cookie["_user_id"].partition(".")[2]
        cookie["_user_id"] = f"{other.person_id}.{secret}"
    ours.open("GET", "/account", 303)
    with ours.client.session_transaction() as cookie:
        cookie["_user_id"] = "nonsense"
    ours.open("GET", "/account", 303)


def test_a_session_ends_when_it_is_not_used(hanako, browser, app):
    ours = browser(hanako)
    days = app.config["KYOSO"].session_days
    with clock.frozen(clock.now() + dt.timedelta(days=days - 1)):
        ours.get("/account")
    with clock.frozen(clock.now() + dt.timedelta(days=2 * days - 2)):
        ours.get("/account")
    with clock.frozen(clock.now() + dt.timedelta(days=4 * days)):
        ours.open("GET", "/account", 303)


def test_a_click_asks_who_it_is_in_one_statement(hanako, hinode, browser, count_statements):
    ours = browser(hanako)
    ours.get(f"/{hinode.slug}/desk/permissions/")
    with count_statements() as seen:
        ours.get(f"/{hinode.slug}/desk/permissions/")
    assert len([s for s in seen if "identity.sessions" in s]) == 1
    assert not [s for s in seen if s.startswith("UPDATE")]


def test_a_deactivated_person_is_out_at_the_next_click(hanako, browser):
    ours = browser(hanako)
    ours.get("/account")
    with scope(Scope(person_id=hanako.person_id)):
        person = queries.get_person(hanako.oneself)
        person.deactivated_at = clock.now()
        db.session.commit()
    ours.open("GET", "/account", 303)


def test_a_person_ends_sessions_on_other_devices_and_everywhere(hanako, browser, app):
    here, there = browser(hanako), sign_in(app, hanako)
    page = here.get("/account")
    assert "この端末" in page
    assert "2台がサインアウト" in page
    with scope(Scope(person_id=hanako.person_id)):
        since = clock.now() - dt.timedelta(days=1)
        newest = queries.list_sessions(hanako.oneself, since=since)[0].id
    here.post(f"/account/sessions/{newest}/end")
    there.open("GET", "/account", 303)
    assert "1台がサインアウト" in here.get("/account")
    again = sign_in(app, hanako)
    here.post("/account/sessions/end-all")
    here.open("GET", "/account", 303)
    again.open("GET", "/account", 303)


def test_a_person_changes_name_language_and_password(hanako, browser, visitor):
    ours = browser(hanako)
    ours.post("/account/profile", {"name": "", "locale": "ja"}, status=422)
    form = {"name": "会津 花子（見本）", "name_kana": "あいづ はなこ", "locale": "en"}
    ours.post("/account/profile", form)
    words = text_of(ours.get("/account"))
    assert "会津 花子（見本）" in words
    assert "アカウントの内容を変更しました" in words
    wrong = ours.post("/account/password", {"current": "x", "password": NEW}, status=422)
    assert "いまのパスワードが違います" in wrong.text
    weak = ours.post("/account/password", {"current": PASSWORD, "password": "短い"}, status=422)
    assert "12文字以上" in weak.text
    ours.post("/account/password", {"current": PASSWORD, "password": NEW})
    ours.get("/account")
    try_to_sign_in(visitor, hanako.email, PASSWORD)
    try_to_sign_in(visitor, hanako.email, NEW, status=303)


def test_a_forgotten_password_is_reset_by_a_real_mail(
    app, hanako, browser, visitor, arriving, database
):
    signed_in = browser(hanako)
    known = visitor.post("/password-reset", {"email": hanako.email})
    unknown = visitor.post("/password-reset", {"email": "nobody@example.jp"})
    assert known.headers["Location"] == unknown.headers["Location"]
    assert "登録されていれば" in visitor.follow(known)
    with as_superuser(database) as connection:
        queued = connection.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'identity.send_password_reset'"
            " AND status = 'todo' ORDER BY id DESC LIMIT 2"
        ).fetchall()
    assert [sorted(args) for (args,) in queued] == [["locale", "person_id"]] * 2
    assert "example" not in str(queued)
    run_worker(app, wait=False)
    assert arriving.to("nobody@example.jp") == []
    mail = arriving.to(hanako.email)[0]
    assert mail["Subject"] == "パスワードの再設定"
    assert "2時間" in words_of(mail)
    link = link_in(mail)
    assert "新しいパスワード" in visitor.get(link)
    visitor.post(link, {"password": "短い"}, status=422)
    assert "再設定しました" in visitor.follow(visitor.post(link, {"password": NEW}))
    visitor.get(link, status=410)
    signed_in.open("GET", "/account", 303)
    try_to_sign_in(visitor, hanako.email, NEW, status=303)


def test_a_wrong_reset_link_says_what_to_do(hanako, visitor):
    for token in ("x", f"{hanako.person_id.hex}.x", f"{hanako.person_id.hex}."):
        page = visitor.get(f"/password-reset/{token}", status=410)
        assert "もう一度メールを送る" in page
        visitor.post(f"/password-reset/{token}", {"password": NEW}, status=410)


def test_resets_are_throttled(visitor):
    for _try in range(rules.RESETS_PER_ACCOUNT):
        visitor.post("/password-reset", {"email": "often@example.jp"})
    visitor.post("/password-reset", {"email": "often@example.jp"}, status=429)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"email": "", "password": ""},
        {"email": "no address", "password": PASSWORD},
        {"email": "a@example.jp"},
        {"email": "a\x00@example.jp", "password": "x"},
        {"email": "a" * 300 + "@example.jp", "password": "x"},
        {"email": "a@example.jp", "password": "x" * 2000},
        {"email": "a@example.jp", "password": "x", "admin": "1"},
    ],
)
def test_a_bad_form_is_answered_with_what_to_mend(visitor, form):
    page = visitor.post("/sign-in", form, status=422).text
    assert "入力内容をご確認ください" in page


def test_pages_speak_english(hanako, browser, visitor):
    assert 'lang="en"' in visitor.get("/sign-in?lang=en")


def test_the_demo_offers_sample_people_and_lets_them_in(app, hanako, hinode, tmp_path):
    settings = dataclasses.replace(
        app.config["KYOSO"], environment="demo", demo=True, var_dir=tmp_path
    )
    demo = create_app(settings)
    demo.config["WTF_CSRF_ENABLED"] = False
    sample = SamplePerson(
        str(hanako.person_id), hanako.name, hanako.email, hinode.name, hinode.slug, ["admin"]
    )
    keep_sample_people(settings, [sample])
    with demo.app_context():
        visitor = Browser(demo)
        page = visitor.get("/sign-in")
        assert hanako.name in page
        assert "管理者" in page
        visitor.post("/demo/sign-in", {"person_id": str(hanako.person_id)})
        assert hanako.email in visitor.get("/account")
        other = Browser(demo)
        other.post("/demo/sign-in", {"person_id": str(hinode.id)}, status=404)
        other.post("/demo/sign-in", {}, status=404)
        db.engine.dispose()


def test_the_demo_shows_its_mail_with_links_to_follow(app, tmp_path):
    from kyoso.core.mail import deliver

    settings = dataclasses.replace(
        app.config["KYOSO"], environment="demo", demo=True, var_dir=tmp_path
    )
    demo = create_app(settings)
    visitor = Browser(demo)
    assert "まだメールはありません" in visitor.get("/demo/mailbox/")
    with demo.app_context():
        body = "<b>次のアドレス</b>\n\nhttp://localhost/sign-in\n"
        deliver("a@example.jp", "お知らせ", body, sender_name="ひので町")
    page = visitor.get("/demo/mailbox/")
    assert "お知らせ" in page
    name = next((tmp_path / "mailbox").glob("*.eml")).stem
    mail = visitor.get(f"/demo/mailbox/{name}")
    assert '<a href="http://localhost/sign-in"' in mail
    assert "&lt;b&gt;" in mail
    visitor.get("/demo/mailbox/00000000-0000-0000-0000-000000000000", status=404)


@pytest.mark.parametrize("environment", ["production", "development", "test"])
def test_nobody_signs_in_without_a_password_elsewhere(app, hanako, hinode, environment, tmp_path):
    settings = load_settings(
        environment,
        secret_key="x",
        database_url=app.config["KYOSO"].database_url,
        var_dir=tmp_path,
    )
    sample = SamplePerson(
        str(hanako.person_id), hanako.name, hanako.email, hinode.name, hinode.slug, ["admin"]
    )
    keep_sample_people(settings, [sample])
    real = create_app(settings)
    real.config["WTF_CSRF_ENABLED"] = False
    assert [e for e in real.view_functions if e.startswith(("demo.", "mailbox."))] == []
    visitor = Browser(real)
    assert hanako.name not in visitor.get("/sign-in")
    visitor.post("/demo/sign-in", {"person_id": str(hanako.person_id)}, status=404)
    visitor.get("/demo/mailbox/", status=404)
    with pytest.raises(ValueError, match="demo = true"):
        create_app(dataclasses.replace(settings, demo=True))
    with real.app_context():
        db.engine.dispose()


def test_a_form_from_elsewhere_is_refused(app, hanako, settings):
    strict = create_app(settings)
    visitor = Browser(strict)
    form = {"email": hanako.email, "password": PASSWORD}
    page = visitor.post("/sign-in", form, status=400).text
    assert "もう一度送信してください" in page
    with strict.app_context():
        db.engine.dispose()
