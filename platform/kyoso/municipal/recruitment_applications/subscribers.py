"""What follows when somebody is chosen, goes away or is erased, in the same transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.municipal.recruitment_applications.events import (
    ApplicationErased,
    ApplicationSelected,
    ApplicationWithdrawn,
)
from kyoso.municipal.recruitment_applications.queries import get_application
from kyoso.municipal.recruitments.queries import get_recruitment
from kyoso.municipal.talent_invitations.operations import (
    TalentInvite,
    forget_invitation,
    invite_talents,
    withdraw_invitation,
)
from kyoso.municipal.talent_invitations.queries import list_sent_by, standing_of
from kyoso.municipal.talents.rules import TalentSource


@subscribe(ApplicationSelected)
def invite_selected(event: ApplicationSelected, *, actor: Actor, now: dt.datetime) -> None:
    """Invite who was chosen into the register, unless they are there or invited already.

    By a rule, not by whoever chose: a department's staff choose, and need not hold the right to
    invite anybody they like; the mail names who chose. The address is proved by the invitation's link.
    """
    application = get_application(actor, event.subject_id)
    if standing_of(actor, [application.email]):
        return
    recruitment = get_recruitment(actor, application.recruitment_id)
    with force_locale(application.locale):
        words = _("「%(title)s」へのご応募を受けて、お送りしています。", title=recruitment.title)
    invite = TalentInvite(application.email, application.name, application.kana, application.locale)
    invite_talents(
        [invite],
        words,
        TalentSource.APPLIED,
        batch_id=application.id,
        actor=replace(_rule(actor), name=actor.name),
        now=now,
    )


@subscribe(ApplicationWithdrawn)
def take_invitation_back(event: ApplicationWithdrawn, *, actor: Actor, now: dt.datetime) -> None:
    """Take back the invitation of a chosen applicant who does not want to any more."""
    for invitation in list_sent_by(actor, event.subject_id):
        if invitation.accepted_at is None and invitation.withdrawn_at is None:
            withdraw_invitation(invitation, actor=_rule(actor), now=now)


@subscribe(ApplicationErased)
def forget_invited(event: ApplicationErased, *, actor: Actor, now: dt.datetime) -> None:
    """Erase what the invitation of an applicant tells of them, unless they came in by it."""
    for invitation in list_sent_by(actor, event.subject_id):
        if invitation.accepted_at is None:
            forget_invitation(invitation, actor=_rule(actor), now=now)


def _rule(actor: Actor) -> Actor:
    return Actor.system(actor.tenant_id, "応募の選考（自動）")
