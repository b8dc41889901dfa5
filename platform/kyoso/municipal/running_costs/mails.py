"""Who is told that a budget request (予算要求) is near."""

from __future__ import annotations

from kyoso.core.access import Actor, Role
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.identity.members.queries import list_members
from kyoso.municipal.running_costs.queries import ToRequest
from kyoso.tenancy.queries import get_tenant


def tell_those_in_charge(due: ToRequest, *, actor: Actor) -> None:
    """Write to the secretariat and to the staff of the department in charge."""
    town = get_tenant(actor.tenant_id)
    for member in list_members(actor, active=True):
        theirs = due.department_id in {unit.department_id for unit in member.departments}
        if not (Role.SECRETARIAT in member.roles or (Role.STAFF in member.roles and theirs)):
            continue
        write_mail(
            actor.tenant_id,
            to=member.email,
            template="running_costs/mail/budget_request",
            sender_name=town.sender_name,
            subject_id=due.plan_id,
            due=due,
            town=town,
            reader=member.name,
            link=f"{settings().base_url}/{town.slug}/desk/projects/{due.project_id}/costs",
        )
