"""Plans of a test network, really committed; each step in the scope of who takes it."""

from __future__ import annotations

import uuid
from typing import Any

from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.metrics import Month
from kyoso.core.scope import member_scope, scope
from kyoso.exchange.networks.queries import get_network
from kyoso.joint_metrics.allocations import operations, queries
from kyoso.joint_metrics.allocations.rules import Terms
from kyoso.joint_metrics.allocations.subscribers import calculate_plan
from support.listings import list_a_need, publish
from support.networks import CoordinatorPerson
from support.people import Town


def terms(**said: Any) -> Terms:
    """Return what a coordinator asks for, from next month on."""
    return Terms(**({"first_month": str(Month.of(today()).next)} | said))


def ask_for_plan(
    coordinator: CoordinatorPerson,
    *,
    title: str = "",
    base_id: uuid.UUID | None = None,
    **said: Any,
) -> uuid.UUID:
    """Let a coordinator ask for a plan, and return its id."""
    with scope(coordinator.scope):
        plan = operations.request_plan(
            get_network(coordinator.actor),
            terms(**said),
            title,
            queries.get_plan(base_id) if base_id else None,
            plan_id=new_id(),
            actor=coordinator.actor,
            now=now(),
        )
        db.session.commit()
        return plan.id


def calculated_plan(coordinator: CoordinatorPerson, **said: Any) -> uuid.UUID:
    """Let a coordinator ask for a plan and the worker calculate it."""
    plan_id = ask_for_plan(coordinator, **said)
    calculate_plan(coordinator.network_id, plan_id)
    return plan_id


def offer_plan(coordinator: CoordinatorPerson, plan_id: uuid.UUID) -> None:
    """Let a coordinator show a plan to the towns."""
    with scope(coordinator.scope):
        before = queries.plan_in_force(coordinator.network_id, lock=True)
        plan = queries.get_plan(plan_id, lock=True)
        operations.offer_plan(plan, before, actor=coordinator.actor, now=now())
        db.session.commit()


def offered_plan(coordinator: CoordinatorPerson, **said: Any) -> uuid.UUID:
    """Let a coordinator show a calculated plan to the towns, and return its id."""
    plan_id = calculated_plan(coordinator, **said)
    offer_plan(coordinator, plan_id)
    return plan_id


def lines_of(town: Town, plan_id: uuid.UUID) -> list[tuple[uuid.UUID, uuid.UUID, int]]:
    """Return (line, listing, hours) of a plan as a member town sees it."""
    with member_scope(town.id):
        lines = queries.list_lines(queries.get_plan(plan_id))
        return [(line.id, line.listing_id, line.hours) for line in lines]


def own_line(town: Town, plan_id: uuid.UUID) -> uuid.UUID:
    """Return the first line of a plan that is for a need of the town."""
    with member_scope(town.id):
        lines = queries.list_lines(queries.get_plan(plan_id))
        return next(line.id for line in lines if line.tenant_id == town.id)


def make_plans(town: Town, neighbour: Town, coordinator: CoordinatorPerson) -> uuid.UUID:
    """Make a plan in which the town gets somebody of its neighbour's, and return its id."""
    publish(neighbour, [coordinator.network_id])
    list_a_need(town, coordinator.network_id, "広報紙の企画", hours_a_month=10)
    list_a_need(neighbour, coordinator.network_id, "祭りのちらし", hours_a_month=8)
    return offered_plan(coordinator, title="見本の割り当て案")
