"""When things happened: told in working days before today, so that the demo is always fresh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from kyoso.core import clock
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.scope import Scope, scope

SATURDAY = 5
ONE_DAY = dt.timedelta(days=1)


class Days:
    """The calendar of a story that ends now."""

    def __init__(self, now: dt.datetime) -> None:
        self._now = now

    def moment(self, at: str) -> dt.datetime:
        """Return the moment of ``"12 09:30"``: half past nine, twelve working days ago.

        ``"0 -90"`` is ninety minutes ago, because of today only what is over can have happened.
        """
        ago, _space, time = at.partition(" ")
        if ago == "0":
            return self._now - dt.timedelta(minutes=abs(int(time)))
        hour, _colon, minute = time.partition(":")
        clock = dt.time(int(hour), int(minute), tzinfo=JST)
        return dt.datetime.combine(self._working_day(int(ago)), clock).astimezone(dt.UTC)

    def day(self, ahead: int) -> dt.date:
        """Return the day that is so many calendar days from today."""
        return self._today + dt.timedelta(days=ahead)

    @property
    def _today(self) -> dt.date:
        return self._now.astimezone(JST).date()

    def _working_day(self, ago: int) -> dt.date:
        day = self._today
        while ago:
            day -= ONE_DAY
            ago -= day.weekday() < SATURDAY
        return day


@contextmanager
def then(wanted: Scope, moment: dt.datetime) -> Iterator[None]:
    """Do something at a moment of the story, in one transaction."""
    with scope(wanted), clock.frozen(moment):
        yield
        db.session.commit()
