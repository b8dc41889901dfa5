"""Every change to targets and notes: one function for each verb, each guards, changes, records."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from kyoso.core.access import NetworkActor, authorise
from kyoso.core.db import db, new_id
from kyoso.core.errors import InvalidInput
from kyoso.core.i18n import gettext as _
from kyoso.core.journal import record
from kyoso.core.metrics import METRICS
from kyoso.exchange.networks.queries import town_names
from kyoso.joint_metrics.annotations import events, queries, rules
from kyoso.joint_metrics.annotations.models import NetworkNote, NetworkTarget
from kyoso.joint_metrics.annotations.permissions import JointMetricsPermission as May
from kyoso.joint_metrics.annotations.rules import NoteKind


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """What a metric should be at the end of a fiscal year."""

    metric_id: str
    fiscal_year: int
    value: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What is written on the time line."""

    kind: NoteKind
    #: The month's first day.
    month: dt.date
    text: str
    town_id: uuid.UUID | None = None


def set_target(draft: TargetDraft, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Say what a metric should reach in a fiscal year; said again, the new number counts."""
    authorise(actor, May.WORK)
    rules.check_target(METRICS.get(draft.metric_id), float(draft.value))

    target = queries.find_target(actor, draft.metric_id, draft.fiscal_year)
    before = _said(target)
    if target is None:
        target = NetworkTarget(
            network_id=actor.network_id,
            id=new_id(),
            metric_id=draft.metric_id,
            fiscal_year=draft.fiscal_year,
        )
        db.session.add(target)
    target.value, target.reason = draft.value, draft.reason
    target.set_by, target.set_at = actor.name, now

    said = (draft.metric_id, draft.fiscal_year, str(draft.value), before, draft.reason)
    record(events.TargetSet(target.id, actor.network_id, *said), actor=actor, now=now)


def clear_target(target: NetworkTarget, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Take a target back."""
    authorise(actor, May.WORK, target)  # type: ignore[arg-type]

    before = _said(target)
    target.value, target.set_by, target.set_at = None, actor.name, now

    cleared = events.TargetCleared(
        target.id, target.network_id, target.metric_id, target.fiscal_year, before
    )
    record(cleared, actor=actor, now=now)


def write_note(
    draft: NoteDraft, *, note_id: uuid.UUID, actor: NetworkActor, now: dt.datetime
) -> None:
    """Write something on the time line."""
    authorise(actor, May.WORK)
    _check(draft, actor)

    note = NetworkNote(
        network_id=actor.network_id,
        id=note_id,
        kind=draft.kind,
        month=draft.month.replace(day=1),
        text=draft.text,
        town_id=draft.town_id,
        written_by=actor.name,
        written_at=now,
    )
    db.session.add(note)

    written = events.NoteWritten(note.id, note.network_id, str(note.month)[:7], note.text)
    record(written, actor=actor, now=now)


def change_note(
    note: NetworkNote, draft: NoteDraft, *, actor: NetworkActor, now: dt.datetime
) -> None:
    """Write a note anew; the journal keeps the old words."""
    authorise(actor, May.WORK, note)  # type: ignore[arg-type]
    _check(draft, actor)

    old = note.text
    note.kind, note.text, note.town_id = draft.kind, draft.text, draft.town_id
    note.month = draft.month.replace(day=1)
    note.written_by, note.written_at = actor.name, now

    changed = events.NoteChanged(note.id, note.network_id, str(note.month)[:7], old)
    record(changed, actor=actor, now=now)


def remove_note(note: NetworkNote, *, actor: NetworkActor, now: dt.datetime) -> None:
    """Take a note off the time line."""
    authorise(actor, May.WORK, note)  # type: ignore[arg-type]

    note.removed_at = now

    removed = events.NoteRemoved(note.id, note.network_id, str(note.month)[:7], note.text)
    record(removed, actor=actor, now=now)


def _check(draft: NoteDraft, actor: NetworkActor) -> None:
    rules.check_town(draft.kind, draft.town_id is not None)
    if draft.town_id is not None and draft.town_id not in town_names([actor.network_id]):
        raise InvalidInput({"town_id": [_("このネットワークの自治体を選んでください。")]})


def _said(target: NetworkTarget | None) -> str:
    return "" if target is None or target.value is None else str(target.value)
