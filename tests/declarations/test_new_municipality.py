"""docs/new-municipality.md is followed to the letter: a fourth town, in a temporary copy."""

import dataclasses
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from kyoso.cli import kyoso
from kyoso.core.access import Actor
from kyoso.core.config import ROOT, Settings
from kyoso.core.scope import tenant_scope
from kyoso.municipal.strategy.queries import list_tactics
from kyoso.tenancy.queries import list_departments, tenant_by_slug
from kyoso.tenancy.sync import tenants_check, tenants_sync
from support.folders import copy_of_tenants

PAGE = (ROOT / "docs/new-municipality.md").read_text("utf-8")
TOWNS = ("074071-bandai", "113611-yokoze", "325252-ama")
COMMANDS = [
    line.removeprefix("kyoso ").split()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
FILES = re.findall(r"```toml file=(\S+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = copy_of_tenants(tmp_path, *TOWNS)
    monkeypatch.setenv("KYOSO_ENV", "test")
    monkeypatch.setenv("KYOSO_TENANTS_DIR", str(root))
    return root


def run(*command: str) -> str:
    result = CliRunner().invoke(kyoso, list(command))
    assert result.exit_code == 0, result.output
    return result.output


def test_following_the_page_takes_in_a_fourth_town(
    root: Path, app: Flask, settings: Settings
) -> None:
    assert COMMANDS == [
        ["tenants", "new", "074080", "inawashiro"],
        ["tenants", "check"],
        ["tenants", "sync", "--dry-run"],
        ["tenants", "sync"],
        ["users", "invite", "--help"],
    ]
    new, check, _dry_run, _sync, invite = COMMANDS

    run(*new)
    folder = root / "074080-inawashiro"
    assert "間違いはありません。" in run(*check)

    assert [name for name, _ in FILES] == [
        "org_chart.toml",
        "strategy.toml",
        "intake_policy.toml",
        "theme/theme.toml",
    ]
    for name, text in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    assert "間違いはありません。" in run(*check)
    assert tenants_check(root) == []

    # The test database stands in for the installation's: the command is a line around this call.
    here = dataclasses.replace(settings, tenants_dir=root)
    would = [str(change) for change in tenants_sync(here, dry_run=True)]
    assert "猪苗代町 profile.toml: 猪苗代町 を追加" in would
    assert [str(change) for change in tenants_sync(here)] == would
    assert [change for change in tenants_sync(here) if not change.kept] == []

    town = tenant_by_slug("inawashiro")
    assert (town.name, town.key_color) == ("猪苗代町", "light-blue-900")
    with tenant_scope(town.id):
        actor = Actor.guest(town.id)
        assert [unit.name for unit in list_departments(actor)] == ["企画財務課", "商工観光課"]
        assert [tactic.code for tactic in list_tactics(actor)] == ["1-1", "1-2"]
    assert app.test_client().get("/inawashiro/theme.css").status_code == 200

    assert "Usage: " in run(*invite) or "使い方" in run(*invite)


def test_a_mistake_in_the_folder_is_told_and_fails_the_check(root: Path) -> None:
    run("tenants", "new", "074080", "inawashiro")
    (root / "074080-inawashiro/org_chart.toml").write_text("departments = 3\n", "utf-8")
    result = CliRunner().invoke(kyoso, ["tenants", "check"])
    assert result.exit_code == 1
    assert "074080-inawashiro/org_chart.toml: departments: 配列" in result.output


def test_a_code_with_a_wrong_check_digit_is_refused(root: Path) -> None:
    result = CliRunner().invoke(kyoso, ["tenants", "new", "074081", "inawashiro"])
    assert result.exit_code == 1
    assert "検査数字" in result.output
    assert not (root / "074081-inawashiro").exists()
