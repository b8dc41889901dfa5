"""The doctor names each fault, and says how to mend it."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from kyoso.core import embedded
from kyoso.core.config import ROOT, Settings
from kyoso.operating import doctor, migrating

Arrange = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def arranged(server: embedded.Server, name: str) -> Arrange:
    """Bring in a fault with one statement and take it back with another."""

    @contextmanager
    def arrange(fault: str, mended: str) -> Iterator[None]:
        with server.connect(name) as connection:
            connection.execute(fault)
            try:
                yield
            finally:
                connection.execute(mended)

    return arrange


def faults(settings: Settings) -> dict[str, doctor.Finding]:
    found = {f.name: f for f in doctor.examine(settings) if not f.ok}
    assert all(finding.mend for finding in found.values())
    return found


def test_a_healthy_installation_has_no_fault(healthy: Settings):
    findings = doctor.examine(healthy)
    assert [f.name for f in findings if not f.ok] == []
    assert [f.name for f in findings] == [
        *("設定", "データベース", "移行", "役割", "行の保護", "記録", "仕事", "メール", "ディスク"),
    ]


def test_an_unreachable_database_is_named_and_the_rest_still_looked_at(healthy: Settings):
    url = "postgresql+psycopg://kyoso_app@127.0.0.1:1/kyoso"
    broken = dataclasses.replace(healthy, database_url=url, var_dir=Path("/dev/null/var"))
    assert set(faults(broken)) == {"データベース", "メール", "ディスク"}


def test_a_role_above_the_policies_is_named(healthy: Settings, server, name: str):
    broken = dataclasses.replace(healthy, database_url=server.superuser_url(name))
    assert "越えられます" in faults(broken)["役割"].said


def test_a_role_that_owns_tables_is_named(healthy: Settings):
    broken = dataclasses.replace(healthy, database_url=healthy.owner_database_url)
    assert "所有しています" in faults(broken)["役割"].said


@pytest.mark.parametrize("word", ["ENABLE", "FORCE"])
def test_a_table_open_to_other_towns_is_named(healthy: Settings, arranged: Arrange, word: str):
    opposite = {"ENABLE": "DISABLE", "FORCE": "NO FORCE"}[word]
    table = "ALTER TABLE core.person_journal {} ROW LEVEL SECURITY"
    with arranged(table.format(opposite), table.format(word)):
        assert "core.person_journal" in faults(healthy)["行の保護"].said
    assert faults(healthy) == {}


def test_a_table_without_a_policy_is_named(healthy: Settings, arranged: Arrange):
    with arranged(
        "CREATE TABLE municipal.forgotten (tenant_id uuid, id uuid);"
        "ALTER TABLE municipal.forgotten ENABLE ROW LEVEL SECURITY;"
        "ALTER TABLE municipal.forgotten FORCE ROW LEVEL SECURITY",
        "DROP TABLE municipal.forgotten",
    ):
        assert "municipal.forgotten" in faults(healthy)["行の保護"].said


def test_a_journal_that_can_be_rewritten_is_named(healthy: Settings, arranged: Arrange):
    with arranged(
        "GRANT UPDATE ON core.person_journal TO kyoso_app",
        "REVOKE UPDATE ON core.person_journal FROM kyoso_app",
    ):
        assert "core.person_journal" in faults(healthy)["記録"].said


@pytest.mark.parametrize(("reached", "word"), [("0001_core", "0002_"), ("9999_tomorrow", "新しい")])
def test_a_database_that_does_not_fit_the_code_is_named(
    healthy: Settings, arranged: Arrange, reached: str, word: str
):
    newest = max(path.stem for path in (ROOT / "migrations/versions").glob("*.py"))
    update = "UPDATE alembic_version SET version_num = '{}'"
    with arranged(update.format(reached), update.format(newest)):
        assert word in faults(healthy)["移行"].said
    assert migrating.list_pending(healthy.database_url) == []


@pytest.mark.parametrize(("status", "word"), [("todo", "worker"), ("failed", "これまでの経過")])
def test_work_that_is_not_done_is_named(
    healthy: Settings, arranged: Arrange, status: str, word: str
):
    insert = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, scheduled_at, status)"
        " VALUES ('default', 'mail.send', now() - interval '1 hour', '{}')"
    )
    with arranged(insert.format(status), "DELETE FROM procrastinate_jobs"):
        assert word in faults(healthy)["仕事"].mend


def test_a_mail_server_that_does_not_answer_is_named(healthy: Settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        broken = dataclasses.replace(healthy, mail_backend="smtp", smtp_port=port)
        assert f"127.0.0.1:{port}" in faults(broken)["メール"].said


def test_a_mail_server_that_answers_is_fine(healthy: Settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        assert faults(dataclasses.replace(healthy, mail_backend="smtp", smtp_port=port)) == {}
    finally:
        controller.stop()


def test_a_full_disk_is_named(healthy: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**62)
    assert "空き" in faults(healthy)["ディスク"].said


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"secret_key": ""}, "KYOSO_SECRET_KEY"),
        ({"secret_key": "short"}, "KYOSO_SECRET_KEY"),
        ({"base_url": "http://kyoso.example.lg.jp"}, "KYOSO_BASE_URL"),
        ({"demo": True}, "KYOSO_DEMO"),
    ],
)
def test_production_is_asked_for_more(healthy: Settings, change: dict[str, object], word: str):
    fine = dataclasses.replace(
        healthy, environment="production", secret_key="x" * 48, base_url="https://example.lg.jp"
    )
    assert faults(fine) == {}
    assert word in faults(dataclasses.replace(fine, **change))["設定"].mend
