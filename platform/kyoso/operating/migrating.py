"""The database brought to the form that this version of the code expects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kyoso.core.config import ROOT, Settings
from kyoso.operating.serving import NotReady


def _config(url: str = "") -> Config:
    config = Config(str(ROOT / "migrations/alembic.ini"))
    config.attributes["url"] = url
    return config


def list_pending(url: str) -> list[str]:
    """Return the migrations that the database still lacks, oldest first.

    Raises alembic's CommandError if the database is at a migration that this code does not know.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection)
            reached = context.get_current_heads()
    finally:
        engine.dispose()
    script = ScriptDirectory.from_config(_config())
    script.get_revisions(reached)
    lower = reached[0] if reached else "base"
    steps = script.iterate_revisions("heads", lower)
    return [step.revision for step in steps if step.revision not in reached][::-1]


def migrate(settings: Settings) -> list[str]:
    """Apply what is pending, as the owner role; returns what was applied."""
    url = settings.owner_database_url
    if not url:
        raise NotReady(
            "KYOSO_OWNER_DATABASE_URL がありません。表を所有する役割（kyoso_owner）の接続先を"
            "指定してください。"
        )
    pending = list_pending(url)
    if pending:
        command.upgrade(_config(url), "head")
    return pending
