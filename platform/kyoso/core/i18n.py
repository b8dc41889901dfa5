"""The two languages, and how dates, yen and numbers read in each.

Japanese is the source language: every message id is the Japanese sentence.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel
from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, lazy_gettext

__all__ = ["LOCALES", "force_locale", "gettext", "lazy_gettext", "locale", "ngettext"]

#: flask_babel ships no types; without these every sentence would be Any.
gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext

LOCALES = {"ja": "日本語", "en": "English"}
LOCALE_COOKIE = "lang"
JST = ZoneInfo("Asia/Tokyo")

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def locale() -> str:
    """Return the language of this request or job: ``ja`` or ``en``."""
    current = get_locale()
    return current.language if current else "ja"


def chosen_locale() -> str | None:
    """Return the language that the visitor asked for, by link or cookie."""
    if not has_request_context():
        return None
    wish = request.args.get("lang") or request.cookies.get(LOCALE_COOKIE)
    return wish if wish in LOCALES else None


def _local(moment: dt.date | dt.datetime) -> dt.date | dt.datetime:
    return moment.astimezone(JST) if isinstance(moment, dt.datetime) else moment


def jp_date(day: dt.date | dt.datetime | None) -> str:
    """Return ``2026年11月21日（土）`` or ``Sat 21 Nov 2026``; a moment is shown in JST."""
    if day is None:
        return ""
    day = _local(day)
    if locale() == "ja":
        return f"{day.year}年{day.month}月{day.day}日（{_WEEKDAYS_JA[day.weekday()]}）"
    return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"


def jp_datetime(moment: dt.datetime | None) -> str:
    """Return the day and the time, in JST."""
    if moment is None:
        return ""
    moment = moment.astimezone(JST)
    return f"{jp_date(moment)} {moment.hour}:{moment.minute:02}"


def jp_month(day: dt.date | None) -> str:
    """Return ``2026年11月`` or ``Nov 2026``."""
    if day is None:
        return ""
    if locale() == "ja":
        return f"{day.year}年{day.month}月"
    return f"{_MONTHS_EN[day.month - 1]} {day.year}"


def era_year(year: int) -> str:
    """Return the Reiwa year in words: ``令和8`` for 2026, ``令和元`` for 2019."""
    return "令和元" if year == 2019 else f"令和{year - 2018}"


def fiscal_label(year: int) -> str:
    """Return ``令和8年度`` or ``FY2026``; before Reiwa the western year."""
    if locale() != "ja":
        return f"FY{year}"
    return f"{era_year(year)}年度" if year >= 2019 else f"{year}年度"


def number(value: float | None) -> str:
    """Return the number with its thousands apart."""
    return "" if value is None else f"{value:,}"


def yen(value: int | None) -> str:
    """Return ``1,234,000円`` or ``JPY 1,234,000``."""
    if value is None:
        return ""
    return f"{value:,}円" if locale() == "ja" else f"JPY {value:,}"


FILTERS: dict[str, Any] = {
    "jp_date": jp_date,
    "jp_datetime": jp_datetime,
    "jp_month": jp_month,
    "fiscal_label": fiscal_label,
    "number": number,
    "yen": yen,
}


def init_i18n(app: Flask, translations: str) -> None:
    """Give the application its two languages and the filters above."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "ja")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = translations
    Babel(app, locale_selector=lambda: chosen_locale() or "ja")
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
