"""The job that sends the link to choose a new password."""

from __future__ import annotations

import uuid

from kyoso.core import clock
from kyoso.core.access import PersonActor
from kyoso.core.config import settings
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, platform_job
from kyoso.core.mail import compose, deliver
from kyoso.core.scope import Scope, scope
from kyoso.identity.accounts import operations, queries, rules


def ask_for_reset(email: str, locale: str) -> None:
    """Put the wish for a new password into the queue, whether the address is known or not.

    An unknown one becomes an id that nobody has: the request does the same for every address,
    so its time tells nothing, and no address lies in the queue.
    """
    nobody = uuid.uuid4()
    person_id = queries.person_of_email(email) or nobody
    enqueue(send_password_reset, person_id=str(person_id), locale=locale)


@platform_job("identity.send_password_reset")
def send_password_reset(person_id: str, locale: str) -> None:
    """Send a link to a person, to their own address; for an id that nobody has, do nothing."""
    me = PersonActor(uuid.UUID(person_id), "")
    with scope(Scope(person_id=me.person_id)), force_locale(locale):
        try:
            person = queries.get_person(me)
        except NotFound:
            return
        if person.deactivated_at is not None:
            return
        secret = operations.request_password_reset(person, actor=me, now=clock.now())
        # Committed first: a link that arrives must work. If the mail server is away, the job
        # is tried again and makes a new link.
        db.session.commit()
        token = rules.reset_token(me.person_id, secret)
        subject, body = compose(
            "accounts/mail/password_reset",
            name=person.name,
            url=f"{settings().base_url}/password-reset/{token}",
            hours=int(rules.RESET_LASTS.total_seconds() // 3600),
        )
        deliver(person.email, subject, body, sender_name=_("共創ネットワーク"))
