"""What a town's planned and logged hours come to: the sums that its pages show, and what is counted
of them, month by month.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import Actor
from kyoso.core.db import db
from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.metrics import (
    Direction,
    Figure,
    Figures,
    Kind,
    Metric,
    Month,
    Unit,
    counts,
    declare,
)
from kyoso.municipal.work_hours.models import WorkHours
from kyoso.municipal.work_hours.queries import EngagementHours

LOGGED = declare(
    Metric(
        "work_hours.logged",
        _l("関与で働いた時間"),
        Unit.HOURS,
        _l(
            "働いた日がその月に入る時間の合計。本人が記録した時間をそのまま数え、町の承認は待ちません。"
            "月が終わってからの追加や訂正は、集計し直したときに入ります。"
        ),
        Kind.FLOW,
        Direction.NEITHER,
        since=dt.date(2025, 4, 1),
    )
)


@counts
def count_hours(actor: Actor, month: Month) -> Figures:
    """Count the hours that were worked in a month."""
    # Here and not in queries.py, which is as long as a file may be.
    minutes = sa.select(sa.func.coalesce(sa.func.sum(WorkHours.minutes), 0)).where(
        WorkHours.tenant_id == actor.tenant_id,
        WorkHours.worked_on.between(month.first, month.last),
    )
    return {LOGGED: Figure(db.session.scalars(minutes).one() / 60)}


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
