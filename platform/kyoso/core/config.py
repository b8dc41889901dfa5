"""Settings: config/default.toml, then the environment's file, then KYOSO_* variables."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from flask import current_app

#: The checkout: what holds config/, tenants/ and migrations/.
ROOT = Path(os.environ.get("KYOSO_ROOT") or Path(__file__).resolve().parents[3])


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation can choose. docs/operations.md explains each."""

    environment: str
    #: Signs sessions and hashes throttle keys. A secret: environment variable only.
    secret_key: str
    #: The application's connection (role kyoso_app). Empty: the embedded PostgreSQL.
    database_url: str
    #: The owner's connection, for migrations only.
    owner_database_url: str
    var_dir: Path
    tenants_dir: Path
    base_url: str
    mail_backend: str
    mail_from: str
    smtp_host: str
    smtp_port: int
    smtp_user: str
    smtp_password: str
    smtp_starttls: bool
    demo: bool
    max_upload_mb: int
    session_days: int
    link_days: int
    trusted_proxies: int
    pool_size: int

    @property
    def production(self) -> bool:
        """Tell whether real people use this installation."""
        return self.environment == "production"


def load_settings(environment: str | None = None, **overrides: Any) -> Settings:
    """Return the settings of an environment; raises ValueError that names a wrong setting."""
    name = environment or os.environ.get("KYOSO_ENV") or "development"
    values = _read(ROOT / "config" / "default.toml")
    own = ROOT / "config" / f"{name}.toml"
    if not own.exists():
        raise ValueError(f"KYOSO_ENV={name}: config/{name}.toml がありません。")
    values |= _read(own)
    values["environment"] = name
    hints = get_type_hints(Settings)
    for field in dataclasses.fields(Settings):
        variable = f"KYOSO_{field.name.upper()}"
        if variable in os.environ and field.name != "environment":
            values[field.name] = os.environ[variable]
    values |= overrides
    unknown = values.keys() - hints.keys()
    if unknown:
        raise ValueError(f"知らない設定です: {', '.join(sorted(unknown))}")
    missing = hints.keys() - values.keys()
    if missing:
        raise ValueError(f"設定がありません: {', '.join(sorted(missing))}")
    return Settings(**{key: _cast(key, value, hints[key]) for key, value in values.items()})


def settings() -> Settings:
    """Return the settings of the running application."""
    return current_app.config["KYOSO"]  # type: ignore[no-any-return]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


def _cast(key: str, value: Any, kind: type) -> Any:
    try:
        if kind is Path:
            path = Path(value)
            return path if path.is_absolute() else ROOT / path
        if kind is bool and isinstance(value, str):
            return {"1": True, "true": True, "0": False, "false": False, "": False}[value.lower()]
        return kind(value)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"設定 {key} の値「{value}」が正しくありません。") from error
