"""What follows when a check-in is opened or both have answered. The person may have done it, in no
town's scope: so what is the town's to do is a job in the town's.
"""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor, PersonActor
from kyoso.core.events import subscribe
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, job
from kyoso.municipal.check_ins import mails, operations, queries, rules
from kyoso.municipal.check_ins.events import CheckInAnswered, CheckInOpened
from kyoso.municipal.check_ins.rules import ActionKind
from kyoso.municipal.engagements.queries import get_engagement


@subscribe(CheckInOpened)
def ask_both(event: CheckInOpened, *, actor: Actor | PersonActor, now: dt.datetime) -> None:
    """Let both sides be told that they are asked."""
    enqueue(tell_both, tenant_id=str(event.tenant_id), check_in_id=str(event.subject_id))


@subscribe(CheckInAnswered)
def see_to_it(event: CheckInAnswered, *, actor: Actor | PersonActor, now: dt.datetime) -> None:
    """Once both answers are there, see whether somebody has to act."""
    if event.revealed:
        enqueue(compare, tenant_id=str(event.tenant_id), check_in_id=str(event.subject_id))


@job("すり合わせのお知らせ（自動）")
def tell_both(tenant_id: uuid.UUID, check_in_id: str) -> None:
    """Write to both sides that a check-in was opened, once."""
    actor = Actor.system(tenant_id, "すり合わせのお知らせ（自動）")
    check_in = queries.get_check_in(actor, uuid.UUID(check_in_id), lock=True)
    if not check_in.is_open or queries.was_told(actor, check_in.id):
        return
    engagement = get_engagement(actor, check_in.engagement_id)
    mails.tell_person("opened", engagement, check_in, actor=actor)
    mails.tell_town("opened", engagement, check_in, actor=actor)


@job("check_ins.compare")
def compare(tenant_id: uuid.UUID, check_in_id: str) -> None:
    """Close what waited for a check-in, and raise an action where the two are apart, once."""
    actor, now = Actor.system(tenant_id, "すり合わせの比較（自動）"), clock.now()
    check_in = queries.get_check_in(actor, uuid.UUID(check_in_id), lock=True)
    engagement = get_engagement(actor, check_in.engagement_id)
    actions = queries.list_actions(actor, engagement)
    for action in actions:
        if action.kind is ActionKind.OVERDUE and action.closed_at is None:
            done = _("双方がすり合わせに答えました。")
            operations.close_action(action, engagement, done, actor=actor, now=now)
    known = {action.check_in_id for action in actions}
    if rules.is_drift(check_in.largest_gap) and check_in.id not in known:
        operations.raise_action(engagement, ActionKind.GAP, check_in.id, actor=actor, now=now)
        mails.tell_person("gap", engagement, check_in, actor=actor)
        mails.tell_town("gap", engagement, check_in, actor=actor)
