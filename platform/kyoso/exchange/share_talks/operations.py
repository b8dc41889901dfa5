"""Every change to the thread of a request: each guards, changes, records."""

from __future__ import annotations

import datetime as dt

from kyoso.core.access import Actor, PersonActor, authorise, authorise_self
from kyoso.core.errors import RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.share_requests import events, rules
from kyoso.exchange.share_requests.queries import ShareMessage, ShareRequest
from kyoso.exchange.share_requests.rules import Audience, Side
from kyoso.exchange.share_talks import mails
from kyoso.exchange.share_talks.permissions import TalkPermission as May


def invite_person(request: ShareRequest, *, actor: Actor, now: dt.datetime) -> None:
    """Let the person take part in the thread."""
    authorise(actor, May.WRITE, request.seen_by(actor))
    if request.person_id is None or request.invited or request.status not in rules.HOLDING:
        raise RuleViolation(_("いまは、ご本人を招けません。"))

    request.invited = True
    side = request.side_of(actor.tenant_id)
    step = request.note(events.PersonInvited, side, actor.name, now)

    record(events.PersonInvited(*step.key), actor=actor, now=now)


def post_message(
    request: ShareRequest, text: str, audience: Audience, *, actor: Actor, now: dt.datetime
) -> None:
    """Write something to the other town, and to the person if they take part."""
    authorise(actor, May.WRITE, request.seen_by(actor))
    if request.sent_at is None:
        raise RuleViolation(_("依頼を送った後に、やり取りできます。"))
    if audience is Audience.ALL and not request.invited:
        raise RuleViolation(_("ご本人は、まだやり取りに招かれていません。"))

    side = request.side_of(actor.tenant_id)
    step = request.note(events.MessagePosted, side, actor.name, now, text, audience)

    record(events.MessagePosted(*step.key), actor=actor, now=now)


def reply_as_person(
    request: ShareRequest, text: str, *, actor: PersonActor, now: dt.datetime
) -> None:
    """Write to both towns, as the person it is about."""
    authorise_self(actor, request.person_id or request.id)
    if not request.invited:
        raise RuleViolation(_("やり取りに招かれると、ここに書き込めます。"))

    step = request.note(events.MessagePosted, Side.PERSON, actor.name, now, text)

    record(events.MessagePosted(*step.key), actor=actor, now=now)


def tell_of_step(
    request: ShareRequest, step: ShareMessage, *, actor: Actor, now: dt.datetime
) -> None:
    """Write the mails about a line of the thread in the actor's town, once; it holds the line.

    The home town also writes to the person, for whose address it answers.
    """
    authorise(actor, May.TELL, request.seen_by(actor))
    side = request.side_of(actor.tenant_id)
    if (step.told_home_at if side is Side.HOME else step.told_asker_at) is not None:
        raise RuleViolation(_("すでに知らせてあります。"))

    if step.side is not side:
        mails.tell_town(request, step, actor=actor)
    if side is Side.HOME:
        step.told_home_at = now
        if step.side is not Side.PERSON:
            mails.tell_person(request, step, actor=actor)
    else:
        step.told_asker_at = now

    record(events.StepTold(request.id, step.id), actor=actor, now=now)
