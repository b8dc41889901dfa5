"""The one ledger of a person's hours over all towns: what is booked never exceeds the offer.

Rows are written by functions of the database only (migration 0020), which hold the person's
profile while they count: of two towns that want the last hours at the same moment, one gets them.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.i18n import jp_month


@dataclass(frozen=True, slots=True)
class Booking:
    """Hours a month that a town has booked."""

    source_id: uuid.UUID
    person_id: uuid.UUID
    hours: int
    from_month: dt.date
    #: The last month; None without an end.
    until_month: dt.date | None
    #: What is left in the fullest of these months.
    left: int


class HoursNotStated(RuleViolation):
    """The person has not said how many hours a month they offer."""

    def default_message(self) -> str:
        """Say who can change that."""
        return _(
            "ご本人が「1か月に働ける時間」をまだ示していません。"
            "プロフィールに時間を入れてもらってから、もう一度お試しください。"
        )


class HoursExceeded(RuleViolation):
    """The hours wanted are more than what is left; `left` is how many that is, in `month`."""

    def __init__(self, left: int, month: dt.date) -> None:
        self.left, self.month = left, month
        super().__init__(
            _("%(month)sは、あと%(left)s時間までです。", month=jp_month(month), left=left)
        )


def book_hours(
    person_id: uuid.UUID,
    source_id: uuid.UUID,
    hours: int,
    from_month: dt.date,
    until_month: dt.date | None,
) -> Booking:
    """Book hours a month for the town in scope, or book what it has booked for `source_id` anew.

    Raises HoursExceeded or HoursNotStated, and has then written nothing. Holds the profile
    until the transaction ends.
    """
    first, last = _month(from_month), until_month and _month(until_month)
    row = db.session.execute(
        sa.text(
            "SELECT booked, hours_left, fullest"
            " FROM identity.book_hours(:person, :source, :hours, :first, :last)"
        ),
        {"person": person_id, "source": source_id, "hours": hours, "first": first, "last": last},
    ).one_or_none()
    if row is None:
        raise HoursNotStated
    if not row.booked:
        raise HoursExceeded(max(row.hours_left, 0), row.fullest)
    return Booking(source_id, person_id, hours, first, last, row.hours_left - hours)


def release_hours(source_id: uuid.UUID, last_month: dt.date | None) -> None:
    """Give hours back after `last_month`, or all of them; in the town's scope or the person's."""
    db.session.execute(
        sa.text("SELECT identity.release_hours(:source, :last)"),
        {"source": source_id, "last": last_month and _month(last_month)},
    )


def hours_left(
    person_id: uuid.UUID,
    from_month: dt.date,
    until_month: dt.date | None,
    *,
    except_source: uuid.UUID | None = None,
) -> int | None:
    """Return what is left of a person's hours in the fullest of these months; None: not stated.

    What the town in scope has booked for `except_source` does not count.
    """
    left: int | None = db.session.scalar(
        sa.text("SELECT identity.hours_left(:person, :first, :last, :source)"),
        {
            "person": person_id,
            "first": _month(from_month),
            "last": until_month and _month(until_month),
            "source": except_source,
        },
    )
    return left


def most_booked(person_id: uuid.UUID, from_month: dt.date) -> tuple[dt.date, int]:
    """Return the person's fullest month from one on, and its hours; in the person's scope."""
    row = db.session.execute(
        sa.text(
            "SELECT month, hours FROM identity.fullest_month(:person, :first, NULL, NULL, NULL)"
        ),
        {"person": person_id, "first": _month(from_month)},
    ).one()
    return row.month, row.hours


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)
