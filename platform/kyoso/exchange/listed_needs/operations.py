"""Every change to listed needs: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from kyoso.core.access import Actor, authorise
from kyoso.core.clock import JST
from kyoso.core.db import db
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.listed_needs import events, queries, rules
from kyoso.exchange.listed_needs.models import ListedNeed
from kyoso.exchange.listed_needs.permissions import ListedNeedPermission as May
from kyoso.exchange.listed_needs.rules import EndReason, ListedNeedStatus
from kyoso.exchange.networks.queries import Network, check_within
from kyoso.identity.profiles.rules import WorkMode
from kyoso.municipal.needs.rules import check_open

COPIED = (
    *("title", "purpose", "outcome", "skills", "hours_a_month", "budget_yen", "field_offered"),
    *("opens_on", "closes_on"),
)


def show_need(
    need: Any,
    network: Network,
    department_name: str,
    mode: WorkMode | None,
    *,
    listed_need_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> ListedNeed:
    """Show an open need of the town to one of its networks."""
    authorise(actor, May.LIST, need)
    check_within(network.id, actor)
    check_open(need, now.astimezone(JST).date())
    known = queries.list_own(actor, need_id=need.id, network_id=network.id, lock=True)
    if known and known[0].status is ListedNeedStatus.LISTED:
        raise RuleViolation(_("このネットワークには、すでに掲載しています。"))

    listed = known[0] if known else ListedNeed(tenant_id=actor.tenant_id, id=listed_need_id)
    listed.network_id, listed.need_id = network.id, need.id
    listed.status, listed.mode = ListedNeedStatus.LISTED, mode
    listed.listed_by, listed.listed_at = actor.name, now
    listed.ended_at, listed.end_reason = None, ""
    _copy(listed, need, department_name)
    db.session.add(listed)
    db.session.flush()

    record(events.NeedListed(listed.id, network.id, need.id, need.title), actor=actor, now=now)
    return listed


def withdraw_listed_need(listed: ListedNeed, *, actor: Actor, now: dt.datetime) -> None:
    """Show a need to a network no more."""
    authorise(actor, May.LIST, listed)
    rules.check_listed(listed.status)

    listed.status, listed.ended_at = ListedNeedStatus.ENDED, now

    record(events.ListedNeedWithdrawn(listed.id, listed.network_id), actor=actor, now=now)


def rewrite_listed_needs(
    rows: Sequence[ListedNeed], need: Any, department_name: str, *, actor: Actor, now: dt.datetime
) -> None:
    """Let what the networks see follow what the need says now."""
    authorise(actor, May.FOLLOW, need)

    for listed in rows:
        _copy(listed, need, department_name)

    record(events.ListedNeedsRewritten(need.id, len(rows)), actor=actor, now=now)


def end_listed_needs(
    rows: Sequence[ListedNeed],
    reason: EndReason,
    *,
    subject_id: uuid.UUID,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Show needs no more, because of what happened elsewhere."""
    authorise(actor, May.FOLLOW)

    for listed in rows:
        listed.status, listed.ended_at = ListedNeedStatus.ENDED, now
        listed.end_reason = reason.value

    ended = tuple(listed.id for listed in rows)
    record(events.ListedNeedsEnded(subject_id, reason.value, ended), actor=actor, now=now)


def _copy(listed: ListedNeed, need: Any, department_name: str) -> None:
    listed.department_name = department_name
    for name in COPIED:
        setattr(listed, name, getattr(need, name))
