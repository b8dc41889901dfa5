"""What coordinators add to a network's numbers, for tests, really committed."""

from __future__ import annotations

import uuid
from decimal import Decimal

from kyoso.core.clock import now, today
from kyoso.core.db import db, new_id
from kyoso.core.metrics import Month
from kyoso.core.scope import scope
from kyoso.joint_metrics.annotations import operations
from kyoso.joint_metrics.annotations.operations import NoteDraft, TargetDraft
from kyoso.joint_metrics.annotations.rules import NoteKind
from support.networks import CoordinatorPerson


def make_annotations(coordinator: CoordinatorPerson) -> uuid.UUID:
    """Set a target for this year and write a note on the last month; return the note's id."""
    last, note_id = Month.of(today()) + -1, new_id()
    target = TargetDraft("proposals.received", last.fiscal_year, Decimal(20), "計画で約束した数")
    note = NoteDraft(NoteKind.NOTE, last.first, "大雪がありました。")
    with scope(coordinator.scope):
        operations.set_target(target, actor=coordinator.actor, now=now())
        operations.write_note(note, note_id=note_id, actor=coordinator.actor, now=now())
        db.session.commit()
    return note_id
