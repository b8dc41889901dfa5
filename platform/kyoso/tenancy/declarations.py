"""What one municipality declares, once read; and the mistakes found on the way."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.tenancy import codes

#: The declaration files, by the name of their schema.
FILES = {
    "profile": "profile.toml",
    "org_chart": "org_chart.toml",
    "strategy": "strategy.toml",
    "intake_policy": "intake_policy.toml",
    "projects": "projects.toml",
    "agreements": "agreements.toml",
    "talent_programmes": "talent_programmes.toml",
    "faq": "faq.toml",
    "theme": "theme/theme.toml",
}

#: The first part of a URL that is not a town: no town may be called so.
RESERVED_SLUGS = frozenset(
    [
        "about",
        "account",
        "admin",
        "api",
        "assets",
        "calendar",
        "demo",
        "desk",
        "en",
        "exchange",
        "favicon",
        "feeds",
        "files",
        "health",
        "healthz",
        "help",
        "invitations",
        "ja",
        "links",
        "mail",
        "mailbox",
        "me",
        "metrics",
        "my-towns",
        "networks",
        "ops",
        "password",
        "password-reset",
        "permissions",
        "privacy",
        "public",
        "robots",
        "search",
        "sessions",
        "sign-in",
        "sign-out",
        "sign-up",
        "sitemap",
        "static",
        "status",
        "tenants",
        "terms",
    ]
)

#: How a town's folder is named.
FOLDER = re.compile(r"(?P<code>[0-9]{6})-(?P<slug>[a-z][a-z0-9]*(?:-[a-z0-9]+)*)")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing to mend: in which file, at which key, and why."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        """Return one line for a terminal."""
        return (
            f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"
        )


class DeclarationError(Exception):
    """The folders hold mistakes; nothing was changed."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


@dataclass(frozen=True, slots=True)
class Guideline:
    """The text in force from a day on, in Japanese and perhaps in English; Markdown."""

    effective_from: dt.date
    title: str
    body: str
    title_en: str | None
    body_en: str | None


@dataclass(frozen=True, slots=True)
class Declaration:
    """All that one municipality declares, defaults included; dates are ISO text, as in JSON."""

    folder: str
    profile: dict[str, Any]
    org_chart: dict[str, Any]
    strategy: dict[str, Any]
    intake_policy: dict[str, Any]
    projects: dict[str, Any]
    agreements: dict[str, Any]
    talent_programmes: dict[str, Any]
    faq: dict[str, Any]
    theme: dict[str, Any]
    guidelines: tuple[Guideline, ...]
    #: The logo as a ``data:`` URL, which the pages show in an ``img``.
    logo: str | None = None

    @property
    def code(self) -> str:
        """The six-digit code."""
        return str(self.profile["code"])

    @property
    def slug(self) -> str:
        """The name in URLs."""
        return str(self.profile["slug"])

    @property
    def name(self) -> str:
        """The municipality's name: 磐梯町."""
        return str(self.profile["name"])

    @property
    def tenant_id(self) -> uuid.UUID:
        """The tenant's id, made from the code."""
        return codes.tenant_id(self.code)

    @property
    def sender_name(self) -> str:
        """The name that the town's mail comes from."""
        mail = self.profile.get("mail", {})
        return str(mail.get("sender_name") or f"{self.name} {self.profile['programme']['name']}")


def first_day(text: str | None) -> dt.date | None:
    """Return the day a period begins: ``2020-07`` is July 1; None is "since before our records"."""
    if text is None:
        return None
    return dt.date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)


def last_day(text: str | None) -> dt.date | None:
    """Return the last day of a period: ``2022-03`` is March 31; None is "still so"."""
    if text is None:
        return None
    if month := _MONTH.fullmatch(text):
        year, number = int(month[1]), int(month[2])
        return dt.date(year, number, calendar.monthrange(year, number)[1])
    return dt.date.fromisoformat(text)


def period_of(entry: Mapping[str, Any]) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and the last day of an entry with ``from`` and ``until``."""
    return first_day(entry.get("from")), last_day(entry.get("until"))


def overlap(
    one: tuple[dt.date | None, dt.date | None], other: tuple[dt.date | None, dt.date | None]
) -> bool:
    """Tell whether two periods, both ends included, share a day."""
    begin = max(one[0] or dt.date.min, other[0] or dt.date.min)
    end = min(one[1] or dt.date.max, other[1] or dt.date.max)
    return begin <= end
