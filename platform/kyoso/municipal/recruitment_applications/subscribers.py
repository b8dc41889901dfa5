"""What follows when somebody is chosen, in the same transaction."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor
from kyoso.core.events import subscribe
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.municipal.recruitment_applications.events import ApplicationSelected
from kyoso.municipal.recruitment_applications.queries import get_application
from kyoso.municipal.recruitments.queries import get_recruitment
from kyoso.municipal.talent_invitations.operations import TalentInvite, invite_talents
from kyoso.municipal.talent_invitations.queries import standing_of
from kyoso.municipal.talents.rules import TalentSource


@subscribe(ApplicationSelected)
def invite_selected(event: ApplicationSelected, *, actor: Actor, now: dt.datetime) -> None:
    """Invite who was chosen into the register, unless they are there or invited already.

    By a rule, not by whoever chose: a department's staff choose, and need not hold the right to
    invite anybody they like. The address is proved by the invitation's link.
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
        actor=Actor.system(actor.tenant_id, "recruitment_applications.invite"),
        now=now,
    )
