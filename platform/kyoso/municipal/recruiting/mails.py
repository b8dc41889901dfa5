"""What people are told by mail who want to join, and the desk of them."""

from __future__ import annotations

from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.municipal.projects.queries import Project
from kyoso.municipal.recruiting.models import JoinAnswer
from kyoso.tenancy.queries import get_tenant


def tell_applicant(answer: JoinAnswer, project: Project, template: str) -> None:
    """Write to the person in their language: ``template`` is a name in recruiting/mail/."""
    town = get_tenant(answer.tenant_id)
    write_mail(
        answer.tenant_id,
        to=answer.email,
        template=f"recruiting/mail/{template}",
        sender_name=town.sender_name,
        locale=answer.locale,
        subject_id=answer.id,
        answer=answer,
        project=project,
        town=town,
        link=f"{settings().base_url}/{town.slug}/projects/{project.number}",
    )


def tell_desk(answer: JoinAnswer, project: Project) -> None:
    """Write to the desk's own address, if the town gave one."""
    town = get_tenant(answer.tenant_id)
    address = town.declaration.get("mail", {}).get("desk_address")
    if not address:
        return
    write_mail(
        answer.tenant_id,
        to=address,
        template="recruiting/mail/arrived",
        sender_name=town.sender_name,
        subject_id=answer.id,
        project=project,
        town=town,
        link=f"{settings().base_url}/{town.slug}/desk/projects/{project.id}/recruiting",
    )
