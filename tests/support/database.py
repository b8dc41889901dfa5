"""One PostgreSQL for all tests, one database for each process, copied from a migrated template."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config

from kyoso.core import embedded
from kyoso.core.config import ROOT

FOLDER = ROOT / "var" / "test-postgres"


@dataclass(frozen=True)
class Database:
    name: str
    owner_url: str
    app_url: str
    superuser_url: str


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "migrations").rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def migrate(owner_url: str, revision: str = "head") -> None:
    """Bring a database to a revision, as `kyoso migrate` does."""
    config = Config(str(ROOT / "migrations" / "alembic.ini"))
    config.attributes["url"] = owner_url
    if revision == "base":
        command.downgrade(config, "base")
    else:
        command.upgrade(config, revision)


@contextmanager
def own_database() -> Iterator[Database]:
    """Return a migrated database of this process's own, dropped at the end."""
    server = embedded.start(FOLDER, fast=True)
    template = f"template_{_fingerprint()}"
    with (Path(FOLDER).parent / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not server.has_database(template):
            building = f"building_{os.getpid()}"
            server.create_database(building)
            migrate(server.url(embedded.OWNER_ROLE, building))
            with server.connect() as connection:
                connection.execute(f'ALTER DATABASE "{building}" RENAME TO "{template}"')
    worker = re.sub(r"\W", "", os.environ.get("PYTEST_XDIST_WORKER", "main"))
    name = f"test_{os.getpid()}_{worker}"
    server.create_database(name, template)
    try:
        yield Database(
            name,
            server.url(embedded.OWNER_ROLE, name),
            server.url(embedded.APP_ROLE, name),
            server.superuser_url(name),
        )
    finally:
        server.drop_database(name)
        server.stop()


def as_superuser(database: Database) -> psycopg.Connection[tuple[object, ...]]:
    """Connect past all policies: only to arrange faults and to look behind the wall."""
    return psycopg.connect(
        database.superuser_url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True
    )
