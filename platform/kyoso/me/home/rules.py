"""What of a person's engagements belongs on the page of today. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kyoso.municipal.engagements.rules import EngagementStatus
from kyoso.municipal.work_hours.queries import OwnSpan, OwnTotal
from kyoso.municipal.work_hours.rules import monday_of, month_of

NOTHING = OwnTotal(0, 0, 0)
#: From this day of the week on, hours that are not there are missing: Thursday.
WEEK_IS_LATE = 3


@dataclass(frozen=True, slots=True)
class TownMonth:
    """What was planned and logged in one town in a month."""

    town: str
    hours: int
    minutes: int

    @property
    def left(self) -> int:
        """Minutes still to work; below zero where it was more than planned."""
        return self.hours * 60 - self.minutes


def offers(spans: Sequence[OwnSpan]) -> list[OwnSpan]:
    """Return the engagements that wait for the person's answer, the first to begin first."""
    waiting = [span for span in spans if span.status is EngagementStatus.OFFERED]
    return sorted(waiting, key=lambda span: span.starts_on)


def without_hours(
    spans: Sequence[OwnSpan], totals: Mapping[uuid.UUID, OwnTotal], today: dt.date
) -> list[OwnSpan]:
    """Return the engagements for which nothing was logged this week, once the week is late."""
    if today.weekday() < WEEK_IS_LATE:
        return []
    monday = monday_of(today)
    return [
        span
        for span in spans
        if span.holds_on(today)
        and span.holds_on(monday)
        and not totals.get(span.id, NOTHING).week_minutes
    ]


def month_by_town(
    spans: Sequence[OwnSpan], totals: Mapping[uuid.UUID, OwnTotal], today: dt.date
) -> list[TownMonth]:
    """Return how this month stands in each town in which something is planned or logged."""
    month, found = month_of(today), dict[str, TownMonth]()
    for span in spans:
        hours = span.planned(month)
        minutes = totals.get(span.id, NOTHING).month_minutes
        if hours or minutes:
            so_far = found.get(span.slug, TownMonth(span.town, 0, 0))
            found[span.slug] = TownMonth(span.town, so_far.hours + hours, so_far.minutes + minutes)
    return list(found.values())
