"""What the worker does every night: tell people what ends soon, and end what is over."""

from __future__ import annotations

from kyoso.core.access import Actor
from kyoso.core.clock import now, today
from kyoso.core.db import new_id
from kyoso.municipal.agreements.operations import remind_agreement
from kyoso.municipal.agreements.queries import list_due_reminders
from kyoso.municipal.check_ins import operations as check_ins
from kyoso.municipal.check_ins import queries as check_in_queries
from kyoso.municipal.check_ins.rules import ActionKind, reminds
from kyoso.municipal.engagements.operations import close_engagement
from kyoso.municipal.engagements.queries import list_over
from kyoso.municipal.running_costs.operations import remind_budget
from kyoso.municipal.running_costs.queries import get_plan, list_to_request
from kyoso.municipal.running_costs.rules import BudgetCalendar
from kyoso.tenancy.nights import nightly_in_each_town
from kyoso.tenancy.queries import get_tenant


@nightly_in_each_town("agreements.remind", "協定の期限（自動）")
def remind_of_agreements(actor: Actor) -> int:
    """Write to those responsible for agreements whose end is 90 or 30 days away."""
    return remind_town(actor)


def remind_town(actor: Actor) -> int:
    """Write of the agreements of the actor's town that end soon; return how many these were."""
    due = list_due_reminders(actor, today())
    for one, threshold in due:
        remind_agreement(one, threshold, actor=actor, now=now())
    return len(due)


@nightly_in_each_town("running_costs.remind", "費用の見直し（自動）")
def remind_of_budgets(actor: Actor) -> int:
    """Write to those in charge of plans whose money must soon be asked for (予算要求)."""
    calendar = BudgetCalendar.of(get_tenant(actor.tenant_id).declaration)
    due = list_to_request(actor, calendar, today())
    for one in due:
        remind_budget(one, get_plan(actor, one.plan_id), actor=actor, now=now())
    return len(due)


@nightly_in_each_town("check_ins.keep_up", "すり合わせの間隔（自動）")
def keep_up_check_ins(actor: Actor) -> None:
    """Open the check-ins that are due, ask again, and tell where none came about for too long."""
    keep_up_town(actor)


def keep_up_town(actor: Actor) -> None:
    """Do a night's work on the check-ins of the actor's town."""
    day, moment = today(), now()
    for check_in, engagement in check_in_queries.list_open(actor):
        if not check_in_queries.get_standing(actor, engagement, day).pace.running:
            check_ins.cancel_check_in(check_in, actor=actor, now=moment)
        elif reminds(check_in.opened_at, check_in.reminded_at is not None, moment):
            check_ins.remind_check_in(check_in, engagement, actor=actor, now=moment)
    for row in check_in_queries.list_standings(actor, day):
        if row.pace.opens:
            check_ins.open_check_in(row.engagement, check_in_id=new_id(), actor=actor, now=moment)
    for row in check_in_queries.list_overdue(actor, day):
        check_ins.raise_action(row.engagement, ActionKind.OVERDUE, actor=actor, now=moment)


@nightly_in_each_town("engagements.close", "関与の終わり（自動）")
def close_engagements(actor: Actor) -> int:
    """Call those engagements ended whose last day is over."""
    over = list_over(actor, today())
    for engagement in over:
        close_engagement(engagement, actor=actor, now=now())
    return len(over)
