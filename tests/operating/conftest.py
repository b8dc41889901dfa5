"""A database of one's own: for tests that break it, or fill it with real towns."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kyoso.cli import kyoso
from kyoso.core import embedded
from kyoso.core.config import Settings, load_settings
from support.database import FOLDER, Database, migrate

Run = Callable[..., Result]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for a server of one's own: any other run of pytest may close tmp_path to its user."""
    with tempfile.TemporaryDirectory(prefix="kyoso-test-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def server(database: Database) -> embedded.Server:
    return embedded.start(FOLDER, fast=True)


@pytest.fixture(scope="module")
def name(server: embedded.Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a migrated database that only this file uses."""
    name = f"{request.module.__name__.rpartition('.')[2]}_{os.getpid()}"
    server.create_database(name)
    migrate(server.url(embedded.OWNER_ROLE, name))
    yield name
    server.drop_database(name)


@pytest.fixture
def healthy(server: embedded.Server, name: str, tmp_path: Path) -> Settings:
    return load_settings(
        "test",
        database_url=server.url(embedded.APP_ROLE, name),
        owner_database_url=server.url(embedded.OWNER_ROLE, name),
        var_dir=tmp_path,
    )


@pytest.fixture
def run(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a `kyoso` command against the database of one's own."""
    monkeypatch.setenv("KYOSO_ENV", "test")
    monkeypatch.setenv("KYOSO_DATABASE_URL", healthy.database_url)
    monkeypatch.setenv("KYOSO_OWNER_DATABASE_URL", healthy.owner_database_url)
    monkeypatch.setenv("KYOSO_VAR_DIR", str(healthy.var_dir))
    return lambda *arguments: CliRunner().invoke(kyoso, arguments, catch_exceptions=False)
