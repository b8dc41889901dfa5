"""Settings made ready, and the application served with them."""

from __future__ import annotations

import dataclasses
import logging
import os
import secrets
import sys
from pathlib import Path

from flask import Flask

from kyoso.core import embedded
from kyoso.core.config import ROOT, Settings, load_settings
from kyoso.operating.access_log import MaskTokens

SECRET_BYTES = 32
#: The settings that are handed on to child processes. The owner's address is not: neither web
#: processes nor workers may change tables.
HANDED_ON = ("environment", "secret_key", "database_url", "var_dir", "tenants_dir", "base_url")


class NotReady(Exception):
    """The settings lack something; the message says what to give."""


def prepare(settings: Settings) -> Settings:
    """Return settings that can be served: with a database, started if need be, and a secret."""
    if settings.demo and settings.environment != "demo":
        raise NotReady(
            "demo は見本の環境（make demo）だけのものです。KYOSO_DEMO の指定を外してください。"
        )
    if not settings.secret_key:
        if settings.production:
            raise NotReady(
                "KYOSO_SECRET_KEY がありません。32文字以上の推測できない文字列を指定してください。"
            )
        settings = dataclasses.replace(settings, secret_key=_kept_secret(settings.var_dir))
    return with_database(settings)


def with_database(settings: Settings) -> Settings:
    """Return settings that name a database: the given one, or the embedded one, started."""
    return embedded.ensure_database(
        dataclasses.replace(
            settings,
            database_url=with_driver(settings.database_url),
            owner_database_url=with_driver(settings.owner_database_url),
        )
    )


def with_driver(url: str) -> str:
    """Return a PostgreSQL address in SQLAlchemy's form, however it was written."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url


def _kept_secret(var_dir: Path) -> str:
    """Return this machine's own secret, made at the first start."""
    file = var_dir / "secret_key"
    var_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text("utf-8").strip()
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(SECRET_BYTES))
    return file.read_text("utf-8").strip()


def served_app() -> Flask:
    """Return the application for gunicorn, with the settings of the environment."""
    from kyoso.app import create_app

    app = create_app(prepare(load_settings()))
    app.logger.addFilter(MaskTokens())
    return app


def handed_on(settings: Settings) -> dict[str, str]:
    """Return the environment for child processes that are to use these settings."""
    names = {"environment": "KYOSO_ENV"}
    ours = {
        names.get(name, f"KYOSO_{name.upper()}"): str(getattr(settings, name)) for name in HANDED_ON
    }
    rest = {k: v for k, v in os.environ.items() if k != "KYOSO_OWNER_DATABASE_URL"}
    return rest | ours | {"PYTHONUNBUFFERED": "1"}


def gunicorn_command() -> list[str]:
    """Return the command line that serves the application."""
    return [
        *(sys.executable, "-m", "gunicorn"),
        *("-c", str(ROOT / "config/gunicorn.conf.py"), "wsgi:app"),
    ]


def worker_command() -> list[str]:
    """Return the command line that runs the jobs."""
    return [sys.executable, "-m", "kyoso.cli", "worker"]


def log_to_stderr() -> None:
    """Send the log to the standard error, masked, for commands that run for long."""
    handler = logging.StreamHandler()
    handler.addFilter(MaskTokens())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=os.environ.get("KYOSO_LOG_LEVEL", "info").upper(), handlers=[handler])
