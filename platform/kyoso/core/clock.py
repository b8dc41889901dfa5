"""The time. The database keeps UTC; people see Japan's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kyoso.core.i18n import JST as JST

_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)


def now() -> dt.datetime:
    """Return this moment, aware, in UTC."""
    return _frozen.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the date in Japan."""
    return now().astimezone(JST).date()


def fiscal_year(day: dt.date) -> int:
    """Return the fiscal year, April to March (地方自治法208条), by the year it began in."""
    return day.year if day.month >= 4 else day.year - 1


@contextmanager
def frozen(moment: dt.datetime) -> Iterator[None]:
    """Hold the clock at an aware moment: for tests, and for reports as of a day."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
