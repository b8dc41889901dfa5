"""The edge: refusals as pages, fragments and problems; a database that goes away; languages."""

import dataclasses
import io
import uuid

import pytest
import sqlalchemy as sa

from kyoso.core.access import Role
from kyoso.core.clock import now
from kyoso.core.db import db, new_id
from kyoso.core.files import StoredFile
from kyoso.core.scope import tenant_scope
from kyoso.core.web import PUBLIC, FeatureBlueprint, keep_so_far, safe_next, tenant
from support.database import as_superuser


def test_a_missing_page_says_what_to_do_in_both_languages(visitor):
    assert "ページが見つかりません" in visitor.get("/no-such-town/", status=404)
    assert "was not found" in visitor.get("/no-such-town/?lang=en", status=404)


def test_the_language_chosen_once_stays(visitor, hinode):
    visitor.get(f"/{hinode.slug}/?lang=en")
    assert 'lang="en"' in visitor.get(f"/{hinode.slug}/")
    visitor.get(f"/{hinode.slug}/?lang=ja")
    assert 'lang="ja"' in visitor.get(f"/{hinode.slug}/")


def test_an_unknown_language_changes_nothing(visitor, hinode):
    assert 'lang="ja"' in visitor.get(f"/{hinode.slug}/?lang=xx")


def test_every_answer_carries_the_headers_that_protect_it(visitor, hinode):
    headers = visitor.fetch(f"/{hinode.slug}/").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-cache"


def test_what_is_private_is_not_kept_by_the_browser(browser, member_of, hinode):
    desk = browser(member_of(hinode, Role.STAFF))
    assert desk.fetch(f"/{hinode.slug}/desk/").headers["Cache-Control"] == "no-store"


def test_a_form_without_its_token_is_refused_politely(settings, hinode):
    from kyoso.app import create_app
    from support.pages import Browser

    guarded = Browser(create_app(dataclasses.replace(settings)))
    page = guarded.post("/sign-in", {"email": "a@example.jp", "password": "x"}, status=400)
    assert "時間がたった" in page.text
    english = guarded.post("/sign-in?lang=en", {"email": "a@example.jp"}, status=400)
    assert 'lang="en"' in english.text
    assert "時間がたった" not in english.text
    assert 'lang="en"' in guarded.post("/sign-in", status=400).text
    assert 'lang="ja"' in Browser(guarded.app).post("/sign-in", status=400).text


def test_a_method_that_is_not_offered_is_a_page(visitor, hinode):
    assert "その操作はできません" in visitor.post(f"/{hinode.slug}/", status=405).text


def test_a_hundred_megabytes_are_refused_with_the_limit_named(visitor, hinode):
    size = 100 * 2**20
    answer = visitor.open(
        "POST",
        f"/{hinode.slug}/p/lost",
        413,
        input_stream=io.BytesIO(b"x" * size),
        content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": str(size)},
    )
    assert "合計50MBまで" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("desk/proposals/?q=%00&page=-1&status=x&sort=%00", 200),
        ("desk/proposals/?page=99999999999999999999", 200),
        (f"desk/proposals/?page={'9' * 5000}", 200),
        (f"desk/journal/?page={'9' * 5000}", 403),
        (f"projects/{10**30}", 404),
        ("guideline/9999-99-99", 404),
        ("p/%00", 404),
    ],
)
def test_no_address_breaks_the_product(browser, member_of, hinode, path, status):
    browser(member_of(hinode, Role.STAFF)).get(f"/{hinode.slug}/{path}", status=status)


def test_a_database_that_goes_away_is_said_and_comes_back(app, database, visitor, hinode):
    """Every connection is cut: one polite page, then everything works again."""
    visitor.get(f"/{hinode.slug}/")
    db.session.remove()
    with as_superuser(database) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'kyoso_app' AND datname = %s",
            (database.name,),
        )
    assert "少し待ってから" in visitor.get(f"/{hinode.slug}/", status=503)
    visitor.get(f"/{hinode.slug}/")


def test_a_database_away_mid_request_leaves_nothing_half_written(
    app, database, browser, member_of, hinode, monkeypatch
):
    """The connection dies after the operation and before the commit."""
    desk = browser(member_of(hinode, Role.SECRETARIAT))
    original = sa.orm.Session.commit

    def cut(session):
        if session.new or session.dirty:
            session.flush()
            with as_superuser(database) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = 'kyoso_app' AND datname = %s",
                    (database.name,),
                )
        original(session)

    monkeypatch.setattr(sa.orm.Session, "commit", cut)
    form = {
        "form_id": str(new_id()),
        "title": "途切れたお知らせ",
        "body": "本文",
    }
    page = desk.post(f"/{hinode.slug}/desk/notices/new", form, status=503)
    assert "保存は行われていません" in page.text
    monkeypatch.undo()
    assert "途切れたお知らせ" not in desk.get(f"/{hinode.slug}/desk/notices/")
    desk.post(f"/{hinode.slug}/desk/notices/new", form)
    assert "途切れたお知らせ" in desk.get(f"/{hinode.slug}/desk/notices/")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/bandai/desk/", "/bandai/desk/"),
        ("//evil.example/", None),
        ("/\\evil.example", None),
        ("/\t/evil.example", None),
        ("/\n/evil.example", None),
        ("/bandai/\r\nSet-Cookie: x", None),
        ("https://evil.example/", None),
        ("", None),
        (None, None),
    ],
)
def test_only_our_own_paths_are_followed_after_sign_in(given, kept):
    assert safe_next(given) == kept


def test_no_error_tells_the_log_what_was_being_stored(app):
    with pytest.raises(sa.exc.DBAPIError) as broken:
        db.session.execute(sa.text("SELECT :secret / 0"), {"secret": 4711})
    assert "4711" not in str(broken.value)
    db.session.rollback()


def write_a_row(subject_id: uuid.UUID) -> None:
    row = {"name": "x", "media_type": "text/csv", "size": 1, "given_by": "x", "created_at": now()}
    db.session.add(StoredFile(tenant_id=tenant().id, subject_id=subject_id, **row))
    db.session.flush()


def rows_of(town, subject_id: uuid.UUID) -> int:
    wanted = sa.select(sa.func.count()).select_from(StoredFile)
    with tenant_scope(town.id):
        return db.session.scalars(wanted.where(StoredFile.subject_id == subject_id)).one()


@pytest.fixture(scope="module")
def writing(settings):
    """An application with pages that write a row and then answer with a status."""
    from kyoso.app import create_app

    app = create_app(dataclasses.replace(settings))
    app.config["WTF_CSRF_ENABLED"] = False
    bp = FeatureBlueprint("writing", __name__, url_prefix="/<town>/writing")

    @bp.page("/<uuid:subject_id>/<int:status>", permission=PUBLIC, methods=("POST",))
    def write(subject_id, status):
        write_a_row(subject_id)
        return "done", status

    @bp.page("/partly/<uuid:subject_id>", permission=PUBLIC, methods=("POST",))
    def partly(subject_id):
        write_a_row(subject_id)
        keep_so_far()
        write_a_row(subject_id)
        return "the rest was refused", 422

    app.register_blueprint(bp)
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("status", "kept"),
    [(200, 1), (303, 1), (400, 0), (403, 0), (409, 0), (410, 0), (422, 0), (429, 0), (500, 0)],
)
def test_a_page_that_refuses_keeps_nothing_of_what_it_wrote(writing, hinode, status, kept):
    subject_id = new_id()
    assert writing.post(f"/{hinode.slug}/writing/{subject_id}/{status}").status_code == status
    assert rows_of(hinode, subject_id) == kept


def test_a_page_may_keep_a_part_on_purpose(writing, hinode):
    subject_id = new_id()
    writing.post(f"/{hinode.slug}/writing/partly/{subject_id}")
    assert rows_of(hinode, subject_id) == 1
