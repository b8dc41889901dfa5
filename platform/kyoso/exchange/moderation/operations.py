"""Every change in moderation: one function for each verb, each guards, changes, records.

Rows of another town are never touched from here: hiding and lifting are two functions of the
database that take the scope from the settings (migration 0036).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from kyoso.core.access import Actor, NetworkActor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput, NotFound, RuleViolation
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.exchange.moderation import events, queries, rules
from kyoso.exchange.moderation.models import Hiding, ItemReport
from kyoso.exchange.moderation.permissions import ModerationPermission as May
from kyoso.exchange.moderation.queries import EXCERPT, Item
from kyoso.exchange.moderation.rules import Ground, ReportStatus

_HIDE = sa.text(
    "SELECT exchange.hide_item(:kind, :item, :network, :hiding, :title, :reason, :by, :at)"
).bindparams(
    sa.bindparam("kind", type_=sa.SmallInteger),
    sa.bindparam("at", type_=sa.DateTime(timezone=True)),
)
_SHOW = sa.text("SELECT exchange.show_item(:hiding, :by, :at)").bindparams(
    sa.bindparam("at", type_=sa.DateTime(timezone=True))
)


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What somebody says is wrong, and to which network's coordinators."""

    network_id: uuid.UUID
    ground: Ground
    words: str


def report_item(
    item: Item, draft: ReportDraft, *, report_id: uuid.UUID, actor: Actor, now: dt.datetime
) -> ItemReport:
    """Tell the coordinators of a network that something in it should be looked at."""
    authorise(actor, May.REPORT)
    if item.ours:
        raise RuleViolation(_("町自身の掲載です。通報せずに、取り下げるか直してください。"))
    if draft.network_id not in item.network_ids:
        raise InvalidInput({"network_id": [_("「通報先」を選んでください。")]})

    report = ItemReport(
        tenant_id=actor.tenant_id,
        id=report_id,
        network_id=draft.network_id,
        kind=item.kind,
        item_id=item.id,
        title=item.title,
        excerpt=item.text[:EXCERPT],
        ground=draft.ground,
        words=draft.words,
        reported_by=actor.name,
        reported_at=now,
        status=ReportStatus.OPEN,
    )
    db.session.add(report)
    db.session.flush()

    reported = events.ItemReported(report.id, item.kind, item.id, draft.ground)
    record(reported, actor=actor, now=now)
    return report


def dismiss_report(
    report: ItemReport, answer: str, *, actor: NetworkActor, now: dt.datetime
) -> None:
    """Leave what was reported as it is, and say why."""
    authorise(actor, May.WORK, report)
    rules.check_open(report.status)

    _answer(report, ReportStatus.DISMISSED, answer, actor, now)

    dismissed = events.ReportDismissed(report.id, report.network_id, report.kind)
    record(dismissed, actor=actor, now=now)


def hide_reported(
    report: ItemReport, reason: str, *, actor: NetworkActor, now: dt.datetime
) -> uuid.UUID:
    """Hide what was reported from the coordinator's network at once; its town is told why."""
    authorise(actor, May.WORK, report)
    rules.check_open(report.status)

    hiding_id = _hide(report, report.network_id, report.title, reason, actor, now)
    for one in queries.list_open_reports_of(actor, report):
        _answer(one, ReportStatus.HIDDEN, reason, actor, now)

    hidden = events.ItemHidden(hiding_id, report.network_id, report.kind)
    record(hidden, actor=actor, now=now)
    return hiding_id


def lift_hiding(hiding: Hiding, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Let what the coordinator hid be seen again; its town puts it back into the search."""
    authorise(actor, May.WORK)
    if hiding.network_id != actor.network_id or not hiding.by_coordinator:
        raise NotFound
    _show(hiding, actor, now)

    lifted = events.HidingLifted(hiding.id, hiding.network_id, hiding.kind)
    record(lifted, actor=actor, now=now)


def hide_own_item(
    item: Item, network_id: uuid.UUID, reason: str, *, actor: Actor, now: dt.datetime
) -> uuid.UUID:
    """Hide something of our own from one network for a time."""
    authorise(actor, May.HIDE_OWN)
    if not item.ours or network_id not in item.network_ids:
        raise NotFound

    hiding_id = _hide(item, network_id, item.title, reason, actor, now)

    hidden = events.OwnItemHidden(hiding_id, item.kind, item.id, network_id, reason)
    record(hidden, actor=actor, now=now)
    return hiding_id


def show_own_item(hiding: Hiding, *, actor: Actor, now: dt.datetime) -> None:
    """Let what we hid ourselves be seen again; what a coordinator hid is theirs to lift."""
    authorise(actor, May.HIDE_OWN)
    if hiding.by_coordinator:
        raise RuleViolation(
            _("広域事務局が非表示にしたものです。直したら、広域事務局に連絡してください。")
        )
    _show(hiding, actor, now)

    record(_shown(hiding), actor=actor, now=now)


def learn_of_hiding(hiding: Hiding, *, actor: Actor, now: dt.datetime) -> None:
    """Let a town's own journal say that a coordinator hid something of it."""
    authorise(actor, May.LEARN)

    hidden = events.OwnItemHidden(
        hiding.id, hiding.kind, hiding.item_id, hiding.network_id, hiding.reason
    )
    record(hidden, actor=actor, now=now)


def learn_of_lifting(hiding: Hiding, *, actor: Actor, now: dt.datetime) -> None:
    """Let a town's own journal say that something of it may be seen again."""
    authorise(actor, May.LEARN)

    record(_shown(hiding), actor=actor, now=now)


def _shown(hiding: Hiding) -> events.OwnItemShown:
    return events.OwnItemShown(hiding.id, hiding.kind, hiding.item_id, hiding.network_id)


def _answer(
    report: ItemReport, status: ReportStatus, answer: str, actor: NetworkActor, now: dt.datetime
) -> None:
    report.status, report.answer = status, answer
    report.answered_by, report.answered_at = actor.name, now


def _hide(
    what: ItemReport | Item,
    network_id: uuid.UUID,
    title: str,
    reason: str,
    actor: Actor | NetworkActor,
    now: dt.datetime,
) -> uuid.UUID:
    hiding_id = new_id()
    done = db.session.scalar(
        _HIDE,
        {
            "kind": what.kind,
            "item": what.item_id if isinstance(what, ItemReport) else what.id,
            "network": network_id,
            "hiding": hiding_id,
            "title": title,
            "reason": reason,
            "by": actor.name,
            "at": now,
        },
    )
    if not done:
        raise RuleViolation(_("すでに取り下げられているか、非表示になっています。"))
    # What was loaded before does not know of it.
    db.session.expire_all()
    return hiding_id


def _show(hiding: Hiding, actor: Actor | NetworkActor, now: dt.datetime) -> None:
    if not db.session.scalar(_SHOW, {"hiding": hiding.id, "by": actor.name, "at": now}):
        raise RuleViolation(_("この非表示は、すでに解かれています。"))
    db.session.expire_all()
