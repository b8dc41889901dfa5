"""The PostgreSQL that comes along: started, shared, stopped, and never half made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kyoso.core import embedded

JOIN = """
import sys
from kyoso.core import embedded
server = embedded.start(sys.argv[1], fast=True)
print(server.app_url, flush=True)
sys.stdin.read()
"""


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    yield place / "postgres"
    embedded.destroy(place / "postgres")


def is_running(server: embedded.Server) -> bool:
    return (server.data_dir / "data/postmaster.pid").exists()


def test_a_second_start_finds_what_the_first_one_left(home: Path):
    server = embedded.start(home, fast=True)
    with connect(server.owner_url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
    server.stop()
    assert not is_running(server)

    again = embedded.start(home, fast=True)
    with connect(again.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_the_application_role_stands_under_the_policies_and_makes_nothing(home: Path):
    server = embedded.start(home, fast=True)
    with connect(server.app_url) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.mine (id int)")


def test_nobody_can_reach_the_server_over_the_network(home: Path):
    server = embedded.start(home, fast=True)
    with server.connect() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert server.socket_dir.stat().st_mode & 0o077 == 0


def test_a_path_too_long_for_a_socket_is_no_obstacle(place: Path):
    home = place / ("長い道" * 12) / "postgres"
    server = embedded.start(home, fast=True)
    try:
        with connect(server.app_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        embedded.destroy(home)


def test_a_first_start_that_was_interrupted_is_begun_anew(home: Path):
    (home / "data.new").mkdir(parents=True)
    (home / "data.new/PG_VERSION").write_text("half")

    with embedded.start(home, fast=True).connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_note_of_a_server_that_died_does_not_stop_a_new_one(home: Path):
    embedded.start(home, fast=True).stop()
    # A number that is alive but is no PostgreSQL: the first process there is.
    (home / "data/postmaster.pid").write_text("1\n")

    with embedded.start(home, fast=True).connect() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_server_stays_until_its_last_user_leaves(home: Path):
    server = embedded.start(home, fast=True)
    with subprocess.Popen(
        [sys.executable, "-c", JOIN, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == server.app_url
        server.stop()
        assert is_running(server)
        with pytest.raises(embedded.EmbeddedDatabaseError, match="別のプロセス"):
            embedded.destroy(home)
        other.communicate()
    assert not is_running(server)


def test_databases_are_copied_and_dropped(home: Path):
    server = embedded.start(home, fast=True)
    server.create_database("one")
    with connect(server.url(embedded.OWNER_ROLE, "one")) as connection:
        connection.execute("CREATE TABLE public.word (id int)")
    server.create_database("two", "one")
    with connect(server.url(embedded.OWNER_ROLE, "two")) as connection:
        connection.execute("SELECT * FROM public.word")
    server.drop_database("two")
    assert server.has_database("one")
    assert not server.has_database("two")
