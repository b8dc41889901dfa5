"""Who of a town hears of an answer. No letter names a town that asked without its name."""

from __future__ import annotations

from collections.abc import Sequence

from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.mail import write_mail
from kyoso.exchange.consultations.models import (
    Consultation,
    ConsultationAnswer,
    ConsultationFollow,
)
from kyoso.identity.members.queries import list_members
from kyoso.tenancy.queries import get_tenant


def tell_followers(
    consultation: Consultation,
    answer: ConsultationAnswer,
    follows: Sequence[ConsultationFollow],
    *,
    ours: bool,
    answered_by: str,
    actor: Actor,
) -> int:
    """Write to those of a town who follow and still work there; return to how many."""
    town = get_tenant(actor.tenant_id)
    wanted = {follow.membership_id for follow in follows}
    readers = [one for one in list_members(actor, active=True) if one.id in wanted]
    for reader in readers:
        write_mail(
            actor.tenant_id,
            to=reader.email,
            template="consultations/mail/answered",
            sender_name=town.sender_name,
            subject_id=consultation.id,
            consultation=consultation,
            answer=answer,
            answered_by=answered_by,
            ours=ours,
            name=reader.name,
            town=town,
            link=f"{settings().base_url}/{town.slug}/exchange/consultations/{consultation.id}",
        )
    return len(readers)
