"""When a month's letter is written, to whom, and by which town. Pure: no database, no clock."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kyoso.core.errors import InvalidInput, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.metrics import Month
from kyoso.joint_metrics.published import Published

#: The letter waits for every town until this day of the next month.
LATEST_DAY = 15
#: So many numbers are read in a letter; and so many addresses a town has for a network.
MOST_METRICS, MOST_ADDRESSES = 8, 10
USUAL = (
    "proposals.received",
    "decisions.adopted",
    "stages.into_operation",
    "shares.hours_out",
    "know_how.reused",
)


def month_of(today: dt.date) -> Month:
    """Return the month that a letter written today is about: the last whole one."""
    return Month.of(today) + -1


def is_due(published: Published, month: Month, today: dt.date) -> bool:
    """Tell whether a month's letter is written now.

    When every town has published it, or from LATEST_DAY on; never while there is no number.
    """
    there = [town for town in published.due_in(month) if published.publication(town, month)]
    if not there:
        return False
    return len(there) == len(published.due_in(month)) or today.day >= LATEST_DAY


def sender_of(
    named_by: uuid.UUID | None, founder: uuid.UUID, members: Sequence[uuid.UUID]
) -> uuid.UUID | None:
    """Return the town whose letter to a coordinator it is: the one that named them.

    Where that is no member any more: the founder, else the first of the members by code.
    """
    for town in (named_by, founder):
        if town in members:
            return town
    return members[0] if members else None


@dataclass(frozen=True, slots=True)
class Key:
    """A number in a letter."""

    label: str
    words: str
    #: What this town published; empty in a coordinator's letter.
    own: str
    year: str
    before: str


def keys_of(
    published: Published, month: Month, metric_ids: Collection[str], town_id: uuid.UUID | None
) -> list[Key]:
    """Return the numbers of a letter; `published` is the fiscal year up to the month."""
    town = next((town for town in published.towns if town.id == town_id), None)
    keys = []
    for line in published.lines:
        if line.metric.id not in metric_ids:
            continue
        total = published.month_total(line.metric, month)
        own = published.cell(line.metric, town, month) if town else None
        keys.append(
            Key(
                str(line.metric.label),
                total.words if total else _("未提出"),
                (own.words if own else _("未提出")) if town else "",
                line.words,
                line.before_words,
            )
        )
    return keys


def check_metrics(metric_ids: Sequence[str], is_on: bool, known: Collection[str]) -> None:
    """Refuse metrics that are not counted, too many, or a letter without any."""
    if not set(metric_ids) <= set(known):
        raise InvalidInput({"metric_ids": [_("選んだ指標の中に、今はないものがあります。")]})
    if len(set(metric_ids)) > MOST_METRICS:
        raise InvalidInput({"metric_ids": [_("指標は%(most)sつまで選べます。", most=MOST_METRICS)]})
    if is_on and not metric_ids:
        raise InvalidInput({"metric_ids": [_("たよりに載せる指標を選んでください。")]})


def check_room(current: Sequence[str], email: str) -> None:
    """Refuse an address that is there, or one more than a town may have."""
    if email in current:
        raise InvalidInput({"email": [_("このメールアドレスは、もう登録されています。")]})
    if len(current) >= MOST_ADDRESSES:
        raise RuleViolation(
            _(
                "登録できる送り先は%(most)s件までです。使わないものを外してください。",
                most=MOST_ADDRESSES,
            )
        )
