"""What every test may ask for: a real database, towns, people, and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from kyoso.app import create_app
from kyoso.core.config import Settings, load_settings
from kyoso.core.db import db
from support.browser_selection import (  # noqa: F401 (hooks)
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
)
from support.database import Database, as_superuser, own_database
from support.members import Person, make_member, sign_in
from support.pages import Browser
from support.people import Town, make_town


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    with own_database() as database:
        yield database


@pytest.fixture(scope="session")
def settings(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        "test",
        database_url=database.app_url,
        owner_database_url=database.owner_url,
        var_dir=Path(tmp_path_factory.mktemp("var")),
    )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _context(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test that uses the application speak to the database directly."""
    if "app" not in request.fixturenames:
        yield
        return
    jobs = request.getfixturevalue("_jobs")
    with request.getfixturevalue("app").app_context():
        yield
        db.session.remove()
    jobs.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")


@pytest.fixture(scope="session")
def _jobs(database: Database) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Look after the queue: a test that runs the worker does not wait for all before it."""
    with as_superuser(database) as connection:
        yield connection


@pytest.fixture
def hinode(app: Flask) -> Town:
    return make_town("ひので町")


@pytest.fixture
def minato(app: Flask) -> Town:
    return make_town("みなと町")


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody without an account."""
    return Browser(app)


@pytest.fixture
def member_of(app: Flask) -> Callable[..., Person]:
    """Make somebody a member: ``member_of(hinode, Role.STAFF, name=…, departments=…)``."""
    return make_member


@pytest.fixture
def browser(app: Flask) -> Callable[[Person | None], Browser]:
    """Open a browser: ``browser(person)`` is signed in, ``browser(None)`` is a stranger's."""
    return lambda person: Browser(app) if person is None else sign_in(app, person)


@pytest.fixture
def count_statements(app: Flask) -> Callable[[], contextmanager]:
    """Count what is sent to the database: ``with count_statements() as seen: …; len(seen)``."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: object, _cu: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        def began(_c: object) -> None:
            seen.append("BEGIN; SET LOCAL …")

        engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        sa.event.listen(engine, "begin", began)
        try:
            yield seen
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
            sa.event.remove(engine, "begin", began)
            # Each process asks for the town of an address anew every five seconds.
            for place in [n for n, text in enumerate(seen) if "WHERE tenancy.tenants.slug" in text]:
                seen[place] = seen[place - 1] = ""
            seen[:] = filter(None, seen)

    return counting
