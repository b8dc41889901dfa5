"""What is written down about running the platform is true."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import click
import pytest

from kyoso.cli import kyoso
from kyoso.core.config import ROOT, Settings, load_settings
from kyoso.operating import documents

OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")
OUTSIDE_SETTINGS = {
    *("KYOSO_ENV", "KYOSO_ROOT", "KYOSO_HOST", "KYOSO_PORT", "KYOSO_WORKERS"),
    *("KYOSO_ACCESS_LOG", "KYOSO_LOG_LEVEL", "KYOSO_CHROMIUM", "KYOSO_REQUIRE_BROWSER"),
}


def commands(group: click.Group, before: str = "kyoso") -> list[str]:
    found = []
    for name, command in group.commands.items():
        full = f"{before} {name}"
        found += commands(command, full) if isinstance(command, click.Group) else [full]
    return found


def test_the_table_of_settings_is_the_settings():
    rows = set(re.findall(r"^\| `(KYOSO_[A-Z_]+)`", OPERATIONS, re.MULTILINE))
    fields = {f"KYOSO_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    assert rows == (fields - {"KYOSO_ENVIRONMENT"}) | OUTSIDE_SETTINGS


def test_the_table_says_the_plain_values():
    plain = tomllib.loads((ROOT / "config/default.toml").read_text("utf-8"))
    for name, value in plain.items():
        row = re.search(rf"^\| `KYOSO_{name.upper()}` \| ([^|]+) \|", OPERATIONS, re.MULTILINE)
        assert row, name
        said = str(value).lower() if isinstance(value, bool) else str(value)
        assert row[1].startswith(f"`{said}`" if said else "（"), name


def test_every_variable_that_the_code_reads_is_in_the_table():
    sources = [*(ROOT / "platform").rglob("*.py"), *(ROOT / "config").glob("*.py")]
    read = set()
    for source in (*sources, ROOT / "tests/support/browser_setup.py"):
        read |= set(
            re.findall(r"environ(?:\.get\(|\[)\"(KYOSO_[A-Z_]+)\"", source.read_text("utf-8"))
        )
    assert read <= OUTSIDE_SETTINGS


def test_the_table_of_commands_is_the_commands():
    rows = [
        " ".join(word for word in row.split() if word.islower() and not word.startswith(("-", "[")))
        for row in re.findall(r"^\| `(kyoso [^`]+)`", OPERATIONS, re.MULTILINE)
    ]
    assert sorted(rows) == sorted(commands(kyoso))


def test_every_command_says_what_it_does():
    for path in commands(kyoso):
        command: click.Command = kyoso
        for word in path.split()[1:]:
            assert isinstance(command, click.Group)
            command = command.commands[word]
        assert command.help, path


@pytest.mark.parametrize("environment", ["development", "demo", "test", "production"])
def test_every_environment_has_complete_settings(environment: str):
    assert load_settings(environment).environment == environment


def test_no_secret_stands_in_a_file():
    for name in ("default", "development", "demo", "production"):
        given = tomllib.loads((ROOT / f"config/{name}.toml").read_text("utf-8"))
        for secret in ("secret_key", "smtp_password", "database_url", "owner_database_url"):
            assert not given.get(secret), f"{secret} in {name}.toml"


def test_only_the_demo_is_a_demo():
    on = {name: load_settings(name).demo for name in ("development", "test", "production", "demo")}
    assert on == {"development": False, "test": False, "production": False, "demo": True}


def test_the_generated_documents_are_fresh():
    assert documents.write_documents(ROOT, check=True) == []


def test_a_document_that_fell_behind_is_named_and_mended(tmp_path: Path):
    (tmp_path / "docs").mkdir()
    everything = list(documents.DOCUMENTS)
    assert documents.write_documents(tmp_path, check=True) == everything
    assert not any((tmp_path / "docs").iterdir())
    assert documents.write_documents(tmp_path) == everything
    assert documents.write_documents(tmp_path, check=True) == []


def test_the_lock_pins_everything_with_hashes_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"https?:|file:|index|find-links|trusted", lock)
    blocks = re.split(r"\n(?=[a-z0-9])", lock)[1:]
    pinned = {re.match(r"([a-z0-9-]+)(?:\[.*\])?==", block)[1] for block in blocks}
    assert all("--hash=sha256:" in block for block in blocks)

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    assert {re.match(r"[a-z0-9-]+", each)[0] for each in asked} <= pinned


def test_the_embedded_package_is_named_in_one_module_only():
    word = "pixeltable" + "_pgserver"
    using = [p for p in (ROOT / "platform").rglob("*.py") if word in p.read_text("utf-8")]
    assert using == [ROOT / "platform/kyoso/core/embedded.py"]
