"""Every change to plans: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kyoso.core.access import Actor, NetworkActor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.listed_needs.queries import ListedNeed
from kyoso.exchange.listed_needs.rules import ListedNeedStatus
from kyoso.exchange.networks.queries import Network
from kyoso.exchange.share_requests.operations import RequestDraft, draft_request
from kyoso.exchange.share_requests.queries import ShareRequest
from kyoso.exchange.talent_pool.queries import Listing
from kyoso.identity.hours_budget import hours_left
from kyoso.joint_metrics.allocations import events, queries, rules
from kyoso.joint_metrics.allocations.models import AllocationLine, AllocationPlan
from kyoso.joint_metrics.allocations.permissions import AllocationPermission as May
from kyoso.joint_metrics.allocations.rules import LineStatus, PlanStatus, Terms


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One line as it was calculated."""

    tenant_id: uuid.UUID
    listed_need_id: uuid.UUID
    home_tenant_id: uuid.UUID
    listing_id: uuid.UUID
    number: int
    hours: int
    reasons: dict[str, Any]
    stays: bool


def request_plan(
    network: Network,
    terms: Terms,
    title: str,
    base: AllocationPlan | None,
    *,
    plan_id: uuid.UUID,
    actor: NetworkActor,
    now: dt.datetime,
) -> AllocationPlan:
    """Ask the worker for a plan; it is calculated after this transaction."""
    authorise(actor, May.WORK)
    rules.check_not_too_many(queries.count_working(network.id, now - rules.GIVEN_UP))

    plan = AllocationPlan(
        network_id=actor.network_id,
        id=plan_id,
        title=title,
        terms=terms.kept(),
        base_id=base.id if base else None,
        status=PlanStatus.QUEUED,
        stage=0,
        asked_by=actor.name,
        asked_at=now,
        heard_at=now,
        result={},
    )
    db.session.add(plan)
    db.session.flush()

    record(events.AllocationRequested(plan.id, plan.network_id), actor=actor, now=now)
    return plan


def restart_plan(plan: AllocationPlan, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Calculate a plan again that failed, or whose worker was killed."""
    authorise(actor, May.WORK, plan)  # type: ignore[arg-type]
    rules.check_died(plan.status, plan.heard_at, now)

    plan.status, plan.stage = PlanStatus.QUEUED, 0
    plan.heard_at, plan.finished_at = now, None

    record(events.AllocationRestarted(plan.id, plan.network_id), actor=actor, now=now)


def finish_plan(
    plan: AllocationPlan,
    lines: Sequence[LineDraft],
    result: dict[str, Any],
    *,
    actor: NetworkActor,
    now: dt.datetime,
) -> None:
    """Keep what was calculated; the plan is held, and there is never a second result."""
    authorise(actor, May.MAKE, plan)  # type: ignore[arg-type]
    rules.check_at_work(plan.status)

    for line in lines:
        row = AllocationLine(
            tenant_id=line.tenant_id,
            id=new_id(),
            network_id=plan.network_id,
            plan_id=plan.id,
            listed_need_id=line.listed_need_id,
            home_tenant_id=line.home_tenant_id,
            listing_id=line.listing_id,
            number=line.number,
            hours=line.hours,
            reasons=line.reasons,
            stays=line.stays,
            status=LineStatus.PROPOSED,
            offered=False,
        )
        db.session.add(row)
    plan.status, plan.stage = PlanStatus.DONE, len(rules.STAGES)
    plan.heard_at, plan.finished_at = now, now
    plan.result = result

    finished = events.AllocationFinished(plan.id, plan.network_id, len(lines))
    record(finished, actor=actor, now=now)


def fail_plan(plan: AllocationPlan, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Say that a plan could not be calculated, so that it can be tried again."""
    authorise(actor, May.MAKE, plan)  # type: ignore[arg-type]
    rules.check_at_work(plan.status)

    plan.status, plan.heard_at, plan.finished_at = PlanStatus.FAILED, now, now

    record(events.AllocationFailed(plan.id, plan.network_id), actor=actor, now=now)


def offer_plan(
    plan: AllocationPlan,
    before: AllocationPlan | None,
    *,
    actor: NetworkActor,
    now: dt.datetime,
) -> None:
    """Show a plan to the towns, who may accept its lines; the one before is replaced."""
    authorise(actor, May.WORK, plan)  # type: ignore[arg-type]
    rules.check_offerable(plan.status, plan.wanted.supposes)

    if before is not None:
        before.status = PlanStatus.REPLACED
        for line in queries.list_lines(before, lock=True):
            if line.status is LineStatus.PROPOSED:
                line.status = LineStatus.REPLACED
        # There is one plan in force at any moment, also within the transaction.
        db.session.flush()
    plan.status, plan.offered_by, plan.offered_at = PlanStatus.OFFERED, actor.name, now
    for line in queries.list_lines(plan, lock=True):
        line.offered = True

    replaced_id = before.id if before else None
    record(events.AllocationOffered(plan.id, plan.network_id, replaced_id), actor=actor, now=now)


def accept_line(
    line: AllocationLine,
    need: ListedNeed,
    listing: Listing | None,
    draft: RequestDraft,
    *,
    actor: Actor,
    now: dt.datetime,
) -> ShareRequest:
    """Accept a line for a need of the town: a share request with the same id is drafted.

    `listing` is None where the person is not listed any more.
    """
    authorise(actor, May.ACCEPT, line)
    rules.check_acceptable(line.status)
    if listing is None:
        raise RuleViolation(_("この方の掲載が終わりました。この行は受けられません。"))
    if need.status is not ListedNeedStatus.LISTED:
        raise RuleViolation(_("「求めていること」の掲載が終わりました。この行は受けられません。"))
    left = hours_left(listing.person_id, draft.starts_on, draft.ends_on)
    rules.check_hours(draft.hours_a_month or 0, left)

    line.status = LineStatus.ACCEPTED
    line.accepted_at, line.accepted_by = now, actor.name
    request = draft_request(draft, listing, request_id=line.id, actor=actor, now=now)

    accepted = events.AllocationLineAccepted(line.id, line.network_id, line.plan_id)
    record(accepted, actor=actor, now=now)
    return request
