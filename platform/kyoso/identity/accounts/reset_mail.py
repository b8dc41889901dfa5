"""The job that sends the link to choose a new password."""

from __future__ import annotations

from kyoso.core import clock
from kyoso.core.access import PersonActor
from kyoso.core.config import settings
from kyoso.core.db import db
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import platform_job
from kyoso.core.mail import compose, deliver
from kyoso.core.scope import Scope, scope
from kyoso.identity.accounts import operations, queries, rules


@platform_job("identity.send_password_reset")
def send_password_reset(email: str, locale: str) -> None:
    """Send a link to the owner of an address; to an unknown one nothing, and nobody is told.

    The request only asks for this job, so its answer takes the same time for every address.
    """
    person_id = queries.person_of_email(email)
    if person_id is None:
        return
    with scope(Scope(person_id=person_id)), force_locale(locale):
        me = PersonActor(person_id, "")
        person = queries.get_person(me)
        if person.deactivated_at is not None:
            return
        secret = operations.request_password_reset(person, actor=me, now=clock.now())
        # Committed first: a link that arrives must work. If the mail server is away, the job
        # is tried again and makes a new link.
        db.session.commit()
        token = rules.reset_token(person_id, secret)
        subject, body = compose(
            "accounts/mail/password_reset",
            name=person.name,
            url=f"{settings().base_url}/password-reset/{token}",
            hours=int(rules.RESET_LASTS.total_seconds() // 3600),
        )
        deliver(person.email, subject, body, sender_name=_("共創ネットワーク"))
