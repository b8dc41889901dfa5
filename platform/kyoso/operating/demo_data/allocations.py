"""One plan of which hours could go to which need, calculated and shown to the demo's towns."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import NetworkActor
from kyoso.core.clock import JST
from kyoso.core.metrics import Month
from kyoso.core.scope import Scope, scope
from kyoso.exchange.coordination.queries import list_coordinators
from kyoso.exchange.networks.queries import get_network
from kyoso.joint_metrics.allocations import operations, queries
from kyoso.joint_metrics.allocations.rules import PlanStatus, Terms
from kyoso.joint_metrics.allocations.subscribers import calculate_plan
from kyoso.operating.demo_data.days import then
from kyoso.operating.demo_data.exchange import Stage


def plan_hours(stage: Stage, *, now: dt.datetime) -> None:
    """Let the network's coordinator ask for a plan and show it, unless there is one."""
    network_id, plan_id = stage.network_id, stage.id_of("plan", "first")
    asking = Scope(coordinated_network_id=network_id)
    with scope(asking):
        if queries.list_plans(network_id):
            return
        who = list_coordinators(network_id)[0]
    actor = NetworkActor(network_id, who.person_id, who.name)
    month = Month.of(now.astimezone(JST).date()).next
    with then(asking, now):
        operations.request_plan(
            get_network(actor),
            Terms(str(month)),
            "はじめての割り当て案（見本）",
            None,
            plan_id=plan_id,
            actor=actor,
            now=now,
        )
    calculate_plan(network_id, plan_id)
    with then(asking, now):
        plan = queries.get_plan(plan_id, network_id, lock=True)
        if plan.status is PlanStatus.DONE:
            operations.offer_plan(plan, None, actor=actor, now=now)
