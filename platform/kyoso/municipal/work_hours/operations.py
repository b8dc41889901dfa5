"""Every change to worked hours: each guards, changes, records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kyoso.core.access import PersonActor, authorise_self
from kyoso.core.clock import JST
from kyoso.core.db import db, new_id
from kyoso.core.journal import record
from kyoso.municipal.work_hours import events, rules
from kyoso.municipal.work_hours.models import HoursCorrection, WorkHours
from kyoso.municipal.work_hours.queries import OwnLog
from kyoso.municipal.work_hours.rules import Cell, Change, HoursRefused, Said


def save_hours(
    log: OwnLog, changes: Sequence[Change], *, actor: PersonActor, now: dt.datetime
) -> int:
    """Write what a form says of some days, over all towns, and return how many of them changed.

    With one mistake in it nothing is written. `log` holds every entry of these days: see
    queries.hold_own_log.
    """
    authorise_self(actor, log.person_id)
    today, said = now.astimezone(JST).date(), log.said
    verdict = rules.weigh(changes, said, log.spans, today)
    if verdict.errors:
        raise HoursRefused(verdict.errors)
    if not verdict.write:
        return 0

    days = tuple(
        f"{cell.day} {cell.engagement_id} {said.get(cell, rules.NOTHING).minutes} > {new.minutes}"
        for cell, new in verdict.write.items()
    )
    corrected = sum(
        _write(log, cell, new, today=today, now=now) for cell, new in verdict.write.items()
    )

    record(events.HoursSaved(log.person_id, days, corrected), actor=actor, now=now)
    return len(days)


def _write(log: OwnLog, cell: Cell, new: Said, *, today: dt.date, now: dt.datetime) -> bool:
    """Write one day; tell whether it changed what a month that is over had said."""
    entry = log.entries.get(cell)
    if entry is None:
        db.session.add(
            WorkHours(
                id=new_id(),
                tenant_id=log.spans[cell.engagement_id].tenant_id,
                engagement_id=cell.engagement_id,
                person_id=log.person_id,
                worked_on=cell.day,
                minutes=new.minutes,
                in_town=new.in_town,
                note=new.note,
                created_at=now,
                changed_at=now,
            )
        )
        return False
    corrects = rules.month_is_over(cell.day, today)
    if corrects:
        db.session.add(
            HoursCorrection(
                id=new_id(),
                tenant_id=entry.tenant_id,
                work_hours_id=entry.id,
                person_id=log.person_id,
                minutes_before=entry.minutes,
                in_town_before=entry.in_town,
                note_before=entry.note,
                minutes_after=new.minutes,
                in_town_after=new.in_town,
                note_after=new.note,
                at=now,
            )
        )
    entry.minutes, entry.in_town, entry.note = new.minutes, new.in_town, new.note
    entry.changed_at = now
    return corrects
