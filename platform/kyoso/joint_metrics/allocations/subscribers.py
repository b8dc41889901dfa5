"""What follows when a plan was asked for: the worker calculates it, in the network's own scope."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from kyoso.core import clock
from kyoso.core.access import NetworkActor
from kyoso.core.db import db
from kyoso.core.events import subscribe
from kyoso.core.jobs import enqueue, platform_job
from kyoso.core.scope import scope
from kyoso.joint_metrics.allocations import operations, queries, rules
from kyoso.joint_metrics.allocations.events import AllocationRequested, AllocationRestarted
from kyoso.joint_metrics.allocations.models import AllocationPlan
from kyoso.joint_metrics.allocations.operations import LineDraft
from kyoso.joint_metrics.allocations.rules import SUPPOSED, WORKING, Gain, PlanStatus, Terms
from kyoso.joint_metrics.assigning import Limits, Result
from kyoso.joint_metrics.preparing import EXTRA_HOURS, Prepared, most_missing, prepare

log = logging.getLogger(__name__)


@subscribe(AllocationRequested)
@subscribe(AllocationRestarted)
def put_to_work(
    event: AllocationRequested | AllocationRestarted, *, actor: NetworkActor, now: dt.datetime
) -> None:
    """Put the calculation into the transaction that asked for it."""
    enqueue(calculate, network_id=str(event.network_id), plan_id=str(event.subject_id))


@platform_job("allocations.calculate")
def calculate(network_id: str, plan_id: str) -> None:
    """Calculate one plan. It may run twice: only a plan that has no result gets one."""
    calculate_plan(uuid.UUID(network_id), uuid.UUID(plan_id))


def calculate_plan(network_id: uuid.UUID, plan_id: uuid.UUID) -> None:
    """Calculate a plan in its network's scope, in transactions of its own."""
    wanted = queries.scope_for(network_id)
    if wanted is None:
        return
    with scope(wanted):
        actor = NetworkActor.system(network_id, "allocations.calculate")
        try:
            _calculate(actor, plan_id)
        except Exception:
            log.exception("an allocation plan was not calculated")
            db.session.rollback()
            plan = queries.get_plan(plan_id, network_id, lock=True)
            if plan.status in WORKING:
                operations.fail_plan(plan, actor=actor, now=clock.now())
            db.session.commit()


def _calculate(actor: NetworkActor, plan_id: uuid.UUID) -> None:
    # Numpy and the solver take 20 MB: the worker alone needs them.
    from kyoso.joint_metrics.solving import add_person, assign

    terms = _reach(actor, plan_id, 0)
    if terms is None:
        return
    needs = queries.list_open_needs(actor.network_id)
    months = (terms.first.first, terms.months)
    people, without_hours = queries.list_candidates(actor.network_id, *months)
    running = queries.lines_in_force(actor.network_id) if terms.stable else frozenset()
    if terms.supposes:
        people = [*people, rules.supposed_person(terms)]
    _reach(actor, plan_id, 1)
    # From here on no transaction is open: it may take minutes.
    prepared = prepare(terms, needs, people, running)
    seconds = rules.seconds_for(len(prepared.problem.pairs))
    found = assign(prepared.problem, Limits(seconds, rules.GAP))
    _reach(actor, plan_id, 2)
    unmet = {
        place: need.asked - met
        for place, need in enumerate(prepared.needs)
        if (met := found.met(place)) < need.asked
    }
    gains = []
    for skill, worth in most_missing(prepared, terms, unmet):
        left = (EXTRA_HOURS,) * terms.months
        hours, value, whole = add_person(prepared.problem, found, left, worth)
        if hours > 0:
            gains.append(Gain(skill, hours, round(value, 1), whole))
    result = rules.result_of(terms, prepared, found, gains, needs, people, without_hours)
    lines = _lines(prepared, found, people, running)
    plan = queries.get_plan(plan_id, actor.network_id, lock=True)
    if plan.status is PlanStatus.RUNNING:
        operations.finish_plan(plan, lines, result, actor=actor, now=clock.now())
    db.session.commit()


def _reach(actor: NetworkActor, plan_id: uuid.UUID, stage: int) -> Terms | None:
    """Say how far it is, and give the row free again; None if there is a result already."""
    plan: AllocationPlan = queries.get_plan(plan_id, actor.network_id, lock=True)
    working = plan.status in WORKING
    if working:
        plan.status, plan.stage, plan.heard_at = PlanStatus.RUNNING, stage, clock.now()
    terms = plan.wanted
    db.session.commit()
    return terms if working else None


def _lines(
    prepared: Prepared, found: Result, people: list[Any], running: frozenset[Any]
) -> list[LineDraft]:
    used = sorted({person for _need, person in found.hours})
    numbers = {person: number for number, person in enumerate(used, 1)}
    lines = []
    for (place, person), hours in sorted(found.hours.items()):
        need, one = prepared.needs[place], people[person]
        if one.listing_id == SUPPOSED:
            continue
        lines.append(
            LineDraft(
                need.tenant_id,
                need.id,
                one.tenant_id,
                one.listing_id,
                numbers[person],
                hours,
                prepared.fits[place, person].kept(),
                (need.id, one.listing_id) in running,
            )
        )
    return lines
