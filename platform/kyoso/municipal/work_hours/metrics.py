"""What a town's planned and logged hours come to: the sums that its pages show."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from kyoso.municipal.work_hours.queries import EngagementHours


@dataclass(frozen=True, slots=True)
class Sums:
    """Planned and logged hours of several engagements over several months."""

    planned: int
    minutes: int
    people: int

    @property
    def gap(self) -> int:
        """Minutes logged above what was planned; below zero where there are fewer."""
        return self.minutes - self.planned * 60


def add_up(rows: Sequence[EngagementHours], months: Sequence[dt.date]) -> Sums:
    """Return what some engagements come to over some months, each by its first day."""
    return Sums(
        sum(row.planned(month) for row in rows for month in months),
        sum(row.logged(month).minutes for row in rows for month in months),
        len({row.talent_id for row in rows}),
    )


def by_person(
    rows: Sequence[EngagementHours], months: Sequence[dt.date]
) -> list[tuple[list[EngagementHours], Sums]]:
    """Return each person's engagements with what they come to."""
    found: dict[uuid.UUID, list[EngagementHours]] = {}
    for row in rows:
        found.setdefault(row.talent_id, []).append(row)
    return [(mine, add_up(mine, months)) for mine in found.values()]


def without_hours(rows: Sequence[EngagementHours], month: dt.date) -> list[EngagementHours]:
    """Return the engagements for which hours were planned in a month and none were logged."""
    return [row for row in rows if row.planned(month) and not row.logged(month).minutes]
