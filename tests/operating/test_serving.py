"""Settings made ready, and what the log may say."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.glogging import SafeAtoms

from kyoso.core.config import ROOT, Settings, load_settings
from kyoso.core.tokens import masked, new_token
from kyoso.operating.access_log import AccessLogger, MaskTokens
from kyoso.operating.serving import NotReady, handed_on, prepare, with_driver


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    return load_settings(
        "development", database_url="postgresql://kyoso_app@db/kyoso", var_dir=tmp_path / "var"
    )


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(given: Settings, tmp_path: Path):
    first, second = prepare(given), prepare(given)
    assert len(first.secret_key) >= 32
    assert first.secret_key == second.secret_key
    assert (tmp_path / "var/secret_key").stat().st_mode & 0o777 == 0o600


def test_the_sample_of_nginx_redirects_to_its_own_name_only():
    sample = (ROOT / "config/deploy/nginx.conf").read_text("utf-8")
    redirects = [line.split()[-1] for line in sample.splitlines() if "return 301" in line]
    assert redirects == ["https://$server_name$request_uri;"]


def test_production_without_a_secret_does_not_start(given: Settings):
    with pytest.raises(NotReady, match="KYOSO_SECRET_KEY"):
        prepare(dataclasses.replace(given, environment="production"))


@pytest.mark.parametrize("environment", ["production", "development", "test"])
def test_signing_in_without_a_password_starts_in_the_demo_only(given: Settings, environment: str):
    with pytest.raises(NotReady, match="KYOSO_DEMO"):
        prepare(dataclasses.replace(given, environment=environment, secret_key="x", demo=True))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgres://a@b/c", "postgresql+psycopg://a@b/c"),
        ("postgresql://a@b/c", "postgresql+psycopg://a@b/c"),
        ("postgresql+psycopg://a@b/c", "postgresql+psycopg://a@b/c"),
        ("", ""),
    ],
)
def test_an_address_is_understood_as_people_write_it(written: str, meant: str):
    assert with_driver(written) == meant


def test_child_processes_are_not_given_the_owner(given: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KYOSO_OWNER_DATABASE_URL", "postgresql://kyoso_owner@db/kyoso")
    environment = handed_on(
        dataclasses.replace(given, owner_database_url="postgresql://kyoso_owner@db/kyoso")
    )
    assert "kyoso_owner" not in " ".join(environment.values())
    assert environment["KYOSO_DATABASE_URL"] == given.database_url
    assert environment["KYOSO_ENV"] == "development"


def test_a_line_of_the_access_log_holds_no_token_no_search_and_no_referrer():
    configuration = Config()
    conf = {}
    exec((ROOT / "config/gunicorn.conf.py").read_text(), {"__file__": str(ROOT / "config/x")}, conf)  # noqa: S102
    configuration.set("access_log_format", conf["access_log_format"])
    token = new_token()
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    asked = SimpleNamespace(headers=[])
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": f"/bandai/p/{token}?q=secret",
        "PATH_INFO": f"/bandai/p/{token}",
        "QUERY_STRING": "q=secret",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://example.jp/bandai/p/{token}",
        "REMOTE_ADDR": "192.0.2.1",
    }
    parts = AccessLogger(configuration).atoms(answer, asked, environ, timedelta(seconds=1))
    line = conf["access_log_format"] % SafeAtoms(parts)
    assert "GET /bandai/p/***" in line
    assert token not in line
    assert "secret" not in line


def test_a_private_link_is_not_logged_but_ids_are():
    token = new_token()
    identity = "0192f8a1-7c3e-7d4b-9a52-0c1b2d3e4f50"
    assert masked(f"/bandai/p/{token}/files/{identity}") == f"/bandai/p/***/files/{identity}"

    record = logging.LogRecord(
        "x", logging.ERROR, "", 1, "on %s [%s]", (f"/p/{token}", "GET"), None
    )
    assert MaskTokens().filter(record)
    assert record.getMessage() == "on /p/*** [GET]"
