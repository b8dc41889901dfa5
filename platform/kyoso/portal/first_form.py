"""The first form of somebody without an account: sent by a person, from a page of ours, once.

What keeps programs out asks nothing of people: a box that they never see, a form that nobody
can fill in within three seconds, and a limit per network address.
"""

from __future__ import annotations

import datetime as dt
import uuid

from flask import session

from kyoso.core import clock, throttle
from kyoso.core.db import new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.tokens import new_token
from kyoso.core.web import client_address, tenant

#: In the signed session: form id -> [secret of the link to come, when the form was shown].
_KEY = "first_forms"
#: A visitor may have a few tabs open; more would only make the cookie grow.
_KEPT = 4

FASTEST = dt.timedelta(seconds=3)
VALID_FOR = dt.timedelta(days=1)
#: How often one network address may send a form, for each purpose.
PER_ADDRESS = 10
WINDOW = dt.timedelta(hours=1)


def new_form() -> uuid.UUID:
    """Return the id of a form that is about to be shown, and remember it for this visitor.

    The secret of the private link is made now: a form that is sent twice at once then leads
    to one proposal and one link, whichever arrives first.
    """
    form_id = new_id()
    kept = dict(list(session.get(_KEY, {}).items())[-(_KEPT - 1) :])
    session[_KEY] = {**kept, str(form_id): [new_token(), int(clock.now().timestamp())]}
    return form_id


def secret_of(form_id: uuid.UUID) -> str:
    """Return the secret that goes with a form shown to this visitor.

    Anybody else's form, a made-up one and one that is too old are refused alike.
    """
    secret, shown_at = session.get(_KEY, {}).get(str(form_id), ("", 0))
    if not secret or clock.now().timestamp() - shown_at > VALID_FOR.total_seconds():
        raise InvalidInput(
            {
                "": [
                    _(
                        "画面を開いてから時間がたったため、送信できませんでした。"
                        "入力した内容は残っています。もう一度ボタンを押してください。"
                    )
                ]
            }
        )
    return str(secret)


def still_valid(form_id: str | None) -> uuid.UUID | None:
    """Return the id of a form shown to this visitor that can still be sent, else None.

    The same form comes back with its mistakes marked, so that sending it twice stays one.
    """
    try:
        known = uuid.UUID(form_id or "")
        secret_of(known)
    except (ValueError, InvalidInput):
        return None
    return known


def check_person(form_id: uuid.UUID, trap: str, *, purpose: str = "propose") -> None:
    """Refuse what only a program sends: too fast, too often, or with the hidden box filled in."""
    _secret, shown_at = session[_KEY][str(form_id)]
    too_fast = clock.now().timestamp() - shown_at < FASTEST.total_seconds()
    if trap or too_fast:
        raise InvalidInput(
            {
                "": [
                    _(
                        "自動での送信と区別できませんでした。お手数ですが、"
                        "数秒待ってから、もう一度ボタンを押してください。"
                    )
                ]
            }
        )
    throttle.hit(f"{purpose}:{tenant().id}:{client_address()}", limit=PER_ADDRESS, per=WINDOW)
