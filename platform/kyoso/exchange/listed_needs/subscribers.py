"""What follows for listed needs when the need changes or closes, and when the town goes."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.exchange.listed_needs import operations, queries
from kyoso.exchange.listed_needs.rules import EndReason
from kyoso.exchange.networks.events import TownLeftNetwork, TownSuspendedInNetwork
from kyoso.municipal.needs.events import NeedClosed, NeedUpdated
from kyoso.municipal.needs.queries import get_need
from kyoso.tenancy.queries import department_names


@subscribe(NeedUpdated)
def follow_the_need(event: NeedUpdated, *, actor: Actor, now: dt.datetime) -> None:
    """Show the networks what the need says now."""
    rows = queries.list_own(actor, need_id=event.subject_id, listed=True, lock=True)
    if rows:
        need = get_need(actor, event.subject_id)
        unit = department_names(actor).get(need.department_id, "")
        operations.rewrite_listed_needs(rows, need, unit, actor=actor, now=now)


@subscribe(NeedClosed)
def end_with_the_need(event: NeedClosed, *, actor: Actor, now: dt.datetime) -> None:
    """Show no need that nobody looks for any more."""
    rows = queries.list_own(actor, need_id=event.subject_id, listed=True, lock=True)
    if rows:
        reason = EndReason.NEED_CLOSED
        operations.end_listed_needs(rows, reason, subject_id=event.subject_id, actor=actor, now=now)


@subscribe(TownLeftNetwork)
@subscribe(TownSuspendedInNetwork)
def end_in_the_network(
    event: TownLeftNetwork | TownSuspendedInNetwork, *, actor: Actor, now: dt.datetime
) -> None:
    """Take down what the town showed in a network that it is not in any more."""
    rows = queries.list_own(actor, network_id=event.network_id, listed=True, lock=True)
    if rows:
        reason = EndReason.TOWN_LEFT
        operations.end_listed_needs(rows, reason, subject_id=event.network_id, actor=actor, now=now)
