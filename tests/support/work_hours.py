"""Hours that somebody logged, really committed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from kyoso.core.clock import now, today
from kyoso.core.db import db
from kyoso.core.scope import Scope, scope
from kyoso.municipal.work_hours.operations import save_hours
from kyoso.municipal.work_hours.queries import hold_own_log, list_own_spans
from kyoso.municipal.work_hours.rules import NOTHING, Cell, Change, Said
from support.talents import Somebody


def log_hours(
    somebody: Somebody,
    days: Mapping[tuple[uuid.UUID, dt.date], Said | int],
    *,
    at: dt.datetime | None = None,
) -> int:
    """Let somebody log minutes (or more) for days of engagements, as a form would; see save_hours."""
    with scope(Scope(person_id=somebody.person_id)):
        log = hold_own_log(somebody.oneself, sorted({day for _id, day in days}))
        there = log.said
        changes = []
        for (engagement_id, day), what in days.items():
            cell = Cell(engagement_id, day)
            said = what if isinstance(what, Said) else Said(what)
            changes.append(Change(cell, said, there.get(cell, NOTHING).token))
        changed = save_hours(log, changes, actor=somebody.oneself, now=at or now())
        db.session.commit()
        return changed


def make_hours(somebody: Somebody) -> None:
    """Log some days of all that somebody is engaged for, and correct one of a month before."""
    with scope(Scope(person_id=somebody.person_id)):
        spans = [span for span in list_own_spans(somebody.oneself) if span.runs]
    day = today()
    long_ago = day - dt.timedelta(days=40)
    for span in spans:
        log_hours(
            somebody,
            {
                (span.id, day): Said(90, True, "打合せと資料づくり"),
                (span.id, day - dt.timedelta(days=7)): 120,
                (span.id, long_ago): 60,
            },
        )
        log_hours(somebody, {(span.id, long_ago): 75})
