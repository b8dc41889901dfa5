"""The two languages, and how dates, yen and numbers read in each.

Japanese is the source language: every message id is the Japanese sentence.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import LazyProxy, NullTranslations, Translations
from flask import Flask, has_request_context, request

LOCALES = {"ja": "日本語", "en": "English"}
LOCALE_COOKIE = "lang"
JST = ZoneInfo("Asia/Tokyo")
CATALOGUES = Path(__file__).resolve().parents[1] / "ui" / "translations"

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_locale: ContextVar[str] = ContextVar("locale", default="ja")


@functools.cache
def _catalogue(language: str) -> NullTranslations:
    # Japanese is what the code says: only English has a catalogue.
    if language == "ja":
        return NullTranslations()
    return Translations.load(str(CATALOGUES), [language])


def gettext(message: str, **values: Any) -> str:
    """Return the sentence in the language in force, its ``%(name)s`` filled in."""
    text: str = _catalogue(_locale.get()).gettext(message)
    return text % values if values else text


def ngettext(one: str, several: str, number: int, **values: Any) -> str:
    """Return the sentence for one or for several; ``%(num)s`` is the number."""
    text: str = _catalogue(_locale.get()).ngettext(one, several, number)
    return text % {"num": number, **values}


def lazy_gettext(message: str, **values: Any) -> LazyProxy:
    """Return what becomes the sentence when it is shown, for words said before any request."""
    return LazyProxy(gettext, message, enable_cache=False, **values)


def locale() -> str:
    """Return the language of this request or job: ``ja`` or ``en``."""
    return _locale.get()


@contextmanager
def force_locale(language: str) -> Iterator[None]:
    """Speak a language for a while: for mail, which its reader's language decides."""
    token = _locale.set(language if language in LOCALES else "ja")
    try:
        yield
    finally:
        _locale.reset(token)


def speak_as_chosen() -> None:
    """Speak the visitor's language from here on: said by the edge when a request begins."""
    _locale.set(chosen_locale() or "ja")


def speak_as_ever() -> None:
    """Speak Japanese again: said when the request is over."""
    _locale.set("ja")


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


def init_i18n(app: Flask) -> None:
    """Give the templates the two languages and the filters above."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(gettext, _plural, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(FILTERS)


def _plural(one: str, several: str, number: int) -> str:
    # The templates' extension fills the values in itself.
    text: str = _catalogue(_locale.get()).ngettext(one, several, number)
    return text
