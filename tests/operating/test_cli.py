"""The commands, as somebody at a terminal uses them."""

from __future__ import annotations

import email
import shutil
import subprocess
import sys
from email.policy import default
from pathlib import Path

import pytest

from kyoso.app import create_app
from kyoso.core.clock import now
from kyoso.core.config import ROOT, Settings
from kyoso.core.db import db, new_id
from kyoso.core.scope import Scope, scope
from kyoso.identity.accounts.queries import get_person
from kyoso.identity.erasures.operations import request_erasure
from operating.conftest import Run
from support.talents import make_somebody


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The towns' folders, in a copy that may be changed."""
    copy = tmp_path / "tenants"
    shutil.copytree(ROOT / "tenants", copy)
    monkeypatch.setenv("KYOSO_TENANTS_DIR", str(copy))
    return copy


def test_help_answers_without_loading_the_application():
    code = (
        "import sys; from click.testing import CliRunner; from kyoso.cli import kyoso;"
        "print(CliRunner().invoke(kyoso, ['--help']).output);"
        "assert not {'flask', 'sqlalchemy'} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "tenants" in done.stdout


def test_migrating_a_second_time_does_nothing(run: Run):
    result = run("migrate")
    assert (result.exit_code, result.output) == (0, "適用するものはありません。\n")


def test_migrating_needs_the_owner(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KYOSO_OWNER_DATABASE_URL", "")
    result = run("migrate")
    assert result.exit_code == 1
    assert "KYOSO_OWNER_DATABASE_URL" in result.output


def test_a_wrong_setting_is_named_in_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KYOSO_SMTP_PORT", "twenty-five")
    result = run("migrate")
    assert result.exit_code == 1
    assert "smtp_port" in result.output
    assert "twenty-five" in result.output


def test_a_database_that_is_away_is_said_in_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KYOSO_DATABASE_URL", "postgresql://kyoso_app@127.0.0.1:1/kyoso")
    result = run("tenants", "sync")
    assert result.exit_code == 1
    assert "データベースに接続できません" in result.output


def test_a_new_town_is_written_shown_taken_over_once_and_kept(run: Run, folders: Path):
    assert run("tenants", "sync").exit_code == 0
    result = run("tenants", "new", "013951", "niseko")
    assert result.exit_code == 0, result.output
    assert (folders / "013951-niseko/profile.toml").exists()

    for _ in range(2):
        shown = run("tenants", "sync", "--dry-run")
        assert "ニセコ町" in shown.output
        assert "変わります" in shown.output
    assert "変えました" in run("tenants", "sync").output
    assert run("tenants", "sync").output == "変わるところはありません。\n"

    shutil.rmtree(folders / "013951-niseko")
    kept = run("tenants", "sync")
    assert kept.exit_code == 0
    assert "残しています" in kept.output


def test_a_code_with_a_wrong_check_digit_makes_no_folder(run: Run, folders: Path):
    result = run("tenants", "new", "013952", "niseko")
    assert result.exit_code == 1
    assert not (folders / "013952-niseko").exists()


def test_a_mistake_is_named_by_check_and_stops_the_sync(run: Run, folders: Path):
    assert run("tenants", "check").exit_code == 0
    profile = folders / "074071-bandai/profile.toml"
    profile.write_text("colour = 'red'\n" + profile.read_text("utf-8"), "utf-8")
    for result in (run("tenants", "check"), run("tenants", "sync")):
        assert result.exit_code == 1
        assert "074071-bandai/profile.toml" in result.output
        assert "colour" in result.output


def test_the_first_administrator_is_invited_by_mail(run: Run, healthy: Settings):
    assert run("tenants", "sync").exit_code == 0
    invite = ("users", "invite", "kanri@example.jp", "--town", "bandai", "--role", "admin")
    result = run(*invite, "--name", "管理 花子")
    assert result.exit_code == 0, result.output
    link = result.output.rpartition("招待のリンク: ")[2].strip()

    assert run("worker", "--once").exit_code == 0
    (mail,) = (healthy.var_dir / "mailbox").glob("*.eml")
    message = email.message_from_bytes(mail.read_bytes(), policy=default)
    assert message["To"] == "kanri@example.jp"
    assert link in message.get_content()

    again = run(*invite, "--name", "管理 花子")
    assert again.exit_code == 1
    assert "すでに招待しています" in again.output


@pytest.mark.parametrize(
    ("email", "town", "role", "code", "word"),
    [
        ("kanri", "bandai", "admin", 1, "メールアドレスではありません"),
        ("kanri@example.jp", "nowhere", "admin", 1, "登録されていません"),
        ("kanri@example.jp", "bandai", "king", 2, "king"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(
    run: Run, email: str, town: str, role: str, code: int, word: str
):
    result = run("users", "invite", email, "--town", town, "--role", role, "--name", "花子")
    assert result.exit_code == code
    assert word in result.output


@pytest.mark.parametrize("where", [(), ("--town", "bandai")])
def test_nobody_by_that_address_is_said(run: Run, where: tuple[str, ...]):
    run("tenants", "sync")
    result = run("users", "deactivate", "nobody@example.jp", *where)
    assert result.exit_code == 1
    assert "nobody@example.jp" in result.output


def test_who_asked_to_be_erased_is_shown_and_erased_after_a_question(run: Run, healthy: Settings):
    assert run("users", "erasures").output == "消去の申出はありません。\n"
    refused = run("users", "erase", "nobody@example.jp", "--yes")
    assert refused.exit_code == 1
    assert "アカウントはありません" in refused.output
    app = create_app(healthy)
    with app.app_context():
        somebody = make_somebody(email="aya@example.jp")
        with scope(Scope(person_id=somebody.person_id)):
            person = get_person(somebody.oneself, lock=True)
            request_erasure(person, request_id=new_id(), actor=somebody.oneself, now=now())
            db.session.commit()
        db.engine.dispose()
    shown = run("users", "erasures").output
    assert "aya@example.jp  見本 彩（見本）" in shown
    assert "1件あります" in shown
    # CliRunner answers nothing: the question is not confirmed.
    assert run("users", "erase", "aya@example.jp").exit_code == 1
    done = run("users", "erase", "aya@example.jp", "--yes")
    assert done.exit_code == 0, done.output
    assert "消しました" in done.output
    assert run("users", "erasures").output == "消去の申出はありません。\n"


def test_the_doctor_ends_with_one_when_something_is_wrong(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    assert run("doctor").exit_code == 0
    monkeypatch.setenv("KYOSO_DATABASE_URL", "postgresql://kyoso_app@127.0.0.1:1/kyoso")
    result = run("doctor")
    assert result.exit_code == 1
    assert "失敗  データベース" in result.output
