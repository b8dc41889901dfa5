"""Every read of targets and notes, as the coordinators who write them see them.

What a page of figures shows of them comes with the figures: see dashboards/queries.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from kyoso.core.access import NetworkActor
from kyoso.core.db import db
from kyoso.core.errors import NotFound
from kyoso.joint_metrics.annotations.models import NetworkNote, NetworkTarget


def list_targets(actor: NetworkActor, fiscal_year: int) -> Sequence[NetworkTarget]:
    """Return the targets of a fiscal year."""
    return db.session.scalars(
        sa.select(NetworkTarget)
        .where(
            NetworkTarget.network_id == actor.network_id,
            NetworkTarget.fiscal_year == fiscal_year,
            NetworkTarget.value.is_not(None),
        )
        .order_by(NetworkTarget.metric_id)
    ).all()


def find_target(actor: NetworkActor, metric_id: str, fiscal_year: int) -> NetworkTarget | None:
    """Return the row of a metric's target, also one that was taken back; held until the end."""
    return db.session.scalar(
        sa.select(NetworkTarget)
        .where(
            NetworkTarget.network_id == actor.network_id,
            NetworkTarget.metric_id == metric_id,
            NetworkTarget.fiscal_year == fiscal_year,
        )
        .with_for_update()
    )


def get_target(actor: NetworkActor, metric_id: str, fiscal_year: int) -> NetworkTarget:
    """Return a target that stands, or NotFound."""
    found = find_target(actor, metric_id, fiscal_year)
    if found is None or found.value is None:
        raise NotFound
    return found


def list_notes(actor: NetworkActor) -> Sequence[NetworkNote]:
    """Return the notes on the time line, the newest month first."""
    return db.session.scalars(
        sa.select(NetworkNote)
        .where(NetworkNote.network_id == actor.network_id, NetworkNote.removed_at.is_(None))
        .order_by(NetworkNote.month.desc(), NetworkNote.id.desc())
    ).all()


def find_note(actor: NetworkActor, note_id: uuid.UUID) -> NetworkNote | None:
    """Return the note that a form wrote, if it did."""
    return db.session.scalar(
        sa.select(NetworkNote)
        .where(NetworkNote.network_id == actor.network_id, NetworkNote.id == note_id)
        .with_for_update()
    )


def get_note(actor: NetworkActor, note_id: uuid.UUID) -> NetworkNote:
    """Return a note on the time line, or NotFound; its row is held until the end."""
    found = find_note(actor, note_id)
    if found is None or found.removed_at is not None:
        raise NotFound
    return found
