"""Every change to a network as a whole: guard, change, record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kyoso.core.access import Actor, authorise
from kyoso.core.errors import Forbidden
from kyoso.core.i18n import JST
from kyoso.core.journal import record
from kyoso.exchange.closings import events, queries, rules
from kyoso.exchange.closings.permissions import ClosingPermission as May
from kyoso.exchange.leaving import confirmed_effects
from kyoso.exchange.networks.queries import Membership, check_within


@dataclass(frozen=True, slots=True)
class Closing:
    """From when nobody is a member, why, and the seal of the preview that was shown."""

    closing_on: dt.date
    reason: str
    seal: str


def close_network(
    membership: Membership, closing: Closing, *, actor: Actor, now: dt.datetime
) -> None:
    """Set the day; on it reading ends by the date, and each town's membership in its own scope."""
    authorise(actor, May.CLOSE, membership.member)
    network = membership.network
    if not queries.is_founder(actor, network):
        raise Forbidden
    rules.check_closing(network.closed_on, closing.closing_on, network.notice_months, _day(now))
    check_within(network.id, actor)
    foreseen = confirmed_effects(actor, network.id, closing.seal)

    network.closed_on, network.closing_reason = closing.closing_on, closing.reason

    announced = events.ClosingAnnounced(
        network.id, network.id, closing.closing_on.isoformat(), closing.reason, foreseen
    )
    record(announced, actor=actor, now=now)


def keep_network_open(membership: Membership, *, actor: Actor, now: dt.datetime) -> None:
    """Take the day back, while it has not come."""
    authorise(actor, May.CLOSE, membership.member)
    network = membership.network
    if not queries.is_founder(actor, network):
        raise Forbidden
    rules.check_still_open(network.closed_on, _day(now))
    check_within(network.id, actor)

    network.closed_on, network.closing_reason = None, ""

    record(events.ClosingWithdrawn(network.id, network.id), actor=actor, now=now)


def _day(now: dt.datetime) -> dt.date:
    return now.astimezone(JST).date()
